"""vCards on the command line: what is taken, what is said to be left out, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import pytest

from followup.core.model import Contact
from followup.store import contacts
from followup.store.book import open_book
from followup.transfer.vcards_out import vcards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

HOME = "7a7b6d3e-6a52-4f0f-9d8e-0a1b2c3d4e5f"
TODAY = date(2026, 11, 22)

ANNA = "BEGIN:VCARD\nVERSION:3.0\nFN:Anna Field\nEMAIL:anna@example.com\nTITLE:Boss\nPHOTO;ENCODING=b:AAAA\nEND:VCARD\n"
BO = "BEGIN:VCARD\nVERSION:3.0\nFN:Bo\nX-SKYPE:bo.berg\nBDAY:soon\nTITLE:Boss\nEND:VCARD\n"
CUT_OFF = "BEGIN:VCARD\nVERSION:3.0\nFN:Cut Off\n"


@pytest.fixture
def card_file(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, name: str = "people.vcf") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write


def test_cards_become_contacts_and_what_has_no_place_is_counted(
    cli: Callable[..., Result], card_file: Callable[..., Path]
) -> None:
    answer = cli(f"import contacts {card_file(ANNA + BO)} --json")
    assert answer.status == 0
    assert {key: answer.json[key] for key in ("added", "rejected", "left_out", "notices")} == {
        "added": 2,
        "rejected": [],
        "left_out": {"title": 2, "photo": 1},
        "notices": [
            {"line": 12, "reason": "Bo: bday is left out: 'soon' is no day with its month and year"},
        ],
    }
    assert [(c["name"], c["email"], c["handles"]) for c in cli("contact list --json").json] == [
        ("Anna Field", "anna@example.com", {}),
        ("Bo", None, {"skype": "bo.berg"}),
    ]


def test_piped_it_says_what_is_left_out_on_stderr(cli: Callable[..., Result], card_file: Callable[..., Path]) -> None:
    answer = cli(f"import contacts {card_file(ANNA + BO)}")
    assert answer.out == "added\tupdated\tunchanged\trejected\n2\t0\t0\t0\n"
    assert "line 12: Bo: bday is left out: 'soon' is no day with its month and year\n" in answer.err
    assert "left out, for want of a place: title: 2, photo: 1\n" in answer.err


def test_the_same_file_twice_changes_nothing(
    cli: Callable[..., Result], card_file: Callable[..., Path], held: Callable[[], dict[str, object]]
) -> None:
    path = card_file(ANNA + BO)
    cli(f"import contacts {path}")
    before = held()
    assert cli(f"import contacts {path} --json").json["unchanged"] == 2
    assert held() == before


def test_a_known_contact_gains_what_it_lacks(cli: Callable[..., Result], card_file: Callable[..., Path]) -> None:
    cli("contact add 'Anna Field' --email anna@example.com --company Studio --date anniversary=2020-01-01")
    card = ANNA.replace(
        "END", "TEL:030 1234\nORG:Other\nX-TELEGRAM:annaf\nANNIVERSARY:20150501\nX-ABDATE:20270331\nEND"
    )
    cli(f"import contacts {card_file(card)}")
    anna = cli("contact show anna --json").json
    assert (anna["phone"], anna["company"], anna["handles"]) == ("030 1234", "Studio", {"telegram": "annaf"})
    assert anna["dates"] == {"anniversary": "2020-01-01", "other": "2027-03-31"}


def test_a_bad_card_refuses_the_file_and_partial_takes_the_others(
    cli: Callable[..., Result], card_file: Callable[..., Path]
) -> None:
    path = card_file(ANNA + CUT_OFF + BO)
    refused = cli(f"import contacts {path}")
    assert (refused.status, refused.out) == (1, "")
    assert "line 8: the card has no END:VCARD" in refused.err
    assert cli("contact list --json").json == []
    taken = cli(f"import contacts {path} --partial --json")
    assert (taken.status, taken.json["added"], [row["line"] for row in taken.json["rejected"]]) == (0, 2, [8])


def test_a_dry_run_says_what_would_be_and_changes_nothing(
    cli: Callable[..., Result], card_file: Callable[..., Path]
) -> None:
    answer = cli(f"import contacts {card_file(ANNA)} --dry-run --json")
    assert (answer.json["added"], answer.json["left_out"]) == (1, {"title": 1, "photo": 1})
    assert cli("contact list --json").json == []


def test_cards_are_known_by_how_the_file_begins(cli: Callable[..., Result], card_file: Callable[..., Path]) -> None:
    assert cli(f"import contacts {card_file(ANNA, 'people.csv')} --json").json["added"] == 1


def test_groups_are_told_of_and_left_out(cli: Callable[..., Result], card_file: Callable[..., Path]) -> None:
    group = "BEGIN:VCARD\nVERSION:3.0\nFN:Friends\nX-ADDRESSBOOKSERVER-KIND:group\nEND:VCARD\n"
    answer = cli(f"import contacts {card_file(group + ANNA)} --json")
    assert (answer.json["added"], answer.json["left_out"]["group"]) == (1, 1)
    assert answer.json["notices"] == [{"line": 1, "reason": "the group 'Friends' is left out: it is no person"}]


def test_cards_without_anything_in_them_are_counted(cli: Callable[..., Result], card_file: Callable[..., Path]) -> None:
    empty = "BEGIN:VCARD\nFN:\nEND:VCARD\n"
    answer = cli(f"import contacts {card_file(BO + empty + ANNA)} --json")
    assert (answer.json["added"], answer.json["left_out"]["empty card"]) == (2, 1)
    assert 8 in [notice["line"] for notice in answer.json["notices"]]


@pytest.mark.parametrize(
    ("name", "text", "options", "words"),
    [
        ("people.vcf", ANNA, "--map Name=name", "--map is for CSV files"),
        ("people.vcf", ANNA, "--date-order DMY", "--date-order is for CSV files"),
        ("people.vcf", "name,email\nAnna,a@example.com\n", "", "holds no vCard"),
        ("people.vcf", "", "", "holds no vCard"),
        ("people.vcf", None, "", "there is no file"),
    ],
)
def test_refusals(
    cli: Callable[..., Result],
    card_file: Callable[..., Path],
    tmp_path: Path,
    name: str,
    text: str | None,
    options: str,
    words: str,
) -> None:
    path = tmp_path / name if text is None else card_file(text, name)
    answer = cli(f"import contacts {path} {options}")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.splitlines()[-1].startswith("error: ")
    assert words in answer.err


def test_nothing_in_a_card_reaches_the_terminal(cli: Callable[..., Result], card_file: Callable[..., Path]) -> None:
    evil = "\x1b[2J\x07\u202e[red]=HYPERLINK(1)"
    lines = [
        "BEGIN:VCARD",
        f"FN:A{evil}",
        f"X-{evil}:1",
        f"X-AB{evil}",
        f"EMAIL:{evil}",
        f"BDAY:{evil}",
        f"NOTE:{evil}",
    ]
    path = card_file("\n".join([*lines, "END:VCARD", evil, ANNA]))
    for answer in (
        cli(f"import contacts {path}"),
        cli(f"import contacts {path} --partial"),
        cli("contact list"),
        cli("contact show 1"),
        cli("contact list --json"),
    ):
        assert not set(answer.out + answer.err) & set("\x1b\x07\u202e")


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_contacts_exported_and_imported_into_an_empty_home_are_the_same(
    cli: Callable[..., Result], home: Path, tmp_path: Path, version: Literal["3.0", "4.0"]
) -> None:
    ana = (
        "contact add 'Ana, die \"Große\"; 日本 👩\u200d👧' --email ana@example.com --email b@example.com --phone 0151"
        " --phone '+49 (0)30 12-3' --company 'A;B, C\\D' --address 'Weg 5' --birthday --02-29 --handle whatsapp:+4930"
        " --handle x:@ana --handle 'facebook:https://example.com/a?b=1;c' --prefer sms --language gsw --tag vip"
        " --tag 'two words' --note 'one; two, \\n' --date refund_until=2027-01-02 --date anniversary=2020-02-29"
        " --every 6m"
    )
    assert cli(ana, today="2025-01-02").status == 0
    cli("contact add Bo --birthday 1980-03-22", today="2025-01-03")
    cli("contact opt-out bo --channel phone")
    cli("contact lost bo --reason price", today="2026-01-02")
    before = cli("contact list --json").json
    book = open_book(home, TODAY)
    people: list[Contact] = [contacts.load(book.db, contact["id"]) for contact in before]
    book.close()
    path = tmp_path / "all.vcf"
    path.write_bytes("".join(vcards(people, version, HOME)).encode())
    answer = cli(f"--home {tmp_path / 'other'} import contacts {path} --json")
    assert answer.json["left_out"] == {}
    assert cli(f"--home {tmp_path / 'other'} contact list --json").json == before
