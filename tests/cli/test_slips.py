"""What a new user types and sees first: quotes left out, empty lists, wide tables, help and completion."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from followup.cli import app, output
from followup.cli.widths import Column, fitted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Screen = Callable[[int], None]

WORDS = "put quotes around a text of several words"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Makes stdout a terminal of so many columns."""

    def wide(columns: int) -> None:
        monkeypatch.setattr(output, "on_terminal", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("NO_COLOR", "1")

    return wide


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("log call julia she wants a flyer", f'{WORDS}, as in followup log call julia "she wants a flyer"\n'),
        ("remind julia next friday call her", f'{WORDS}, as in followup remind julia "next friday" "call her"\n'),
        ("due --ahead 2 weeks", f'{WORDS}, as in followup due --ahead "2 weeks"\n'),
        ("contact add Julia Brandt", f'{WORDS}, as in followup contact add "Julia Brandt"\n'),
        ("contact show julia brandt", f"(brandt): {WORDS}\n"),
        ("contact duplicates 5", "(5)\n"),
    ],
)
def test_words_too_many_are_said_to_want_quotes_where_a_text_can_stand(cli: Cli, line: str, words: str) -> None:
    result = cli(line)
    assert (result.status, result.out) == (2, "")
    first, rest = result.err.split("\n", 1)
    assert f"{first}\n".endswith(words)
    assert rest.startswith("Try 'followup ")


@pytest.mark.parametrize(("today", "until"), [("2026-11-27", "2026-12-04"), ("2026-11-26", "2026-11-27")])
@pytest.mark.parametrize("when", ["friday", "on Fri"])
def test_putting_off_to_a_weekday_is_never_today(cli: Cli, today: str, until: str, when: str) -> None:
    cli("contact add Anna")
    cli("remind Anna today Call", today="2026-11-20")
    assert cli(f"snooze 1 '{when}' --json", today=today).json["closed"][0]["snoozed_until"] == until
    assert "is not after today" in cli("snooze 1 today", today=today).err
    assert cli(f"remind Anna '{when}' Visit --json", today="2026-11-27").json["due"] == "2026-11-27"


@pytest.mark.parametrize("period", ["2 weeks", "10bd"])
def test_a_period_from_today_may_have_in_before_it(cli: Cli, tmp_path: Path, period: str) -> None:
    cli("contact add Anna")
    cli("remind Anna 2026-12-04 Call")
    cli("remind Anna 2026-12-07 Visit")
    (found,) = cli(f"due --ahead 'in {period}' --json").json
    assert found["title"] == "Call"
    assert cli(f"calendar export {tmp_path / 'a.ics'} --ahead 'in {period}' --json").json["entries"] == 1


def test_an_empty_list_says_what_is_so(cli: Cli, screen: Screen) -> None:
    screen(100)
    assert "followup sale add WHO TITLE --new" in cli("due").out
    assert "followup sale add WHO TITLE --new" in cli("draft --all").out
    assert cli("contact list --tag nope").out == "Nobody is like that: followup contact list has everyone.\n"
    assert cli("contact list").out == "Nobody: followup contact add NAME adds someone.\n"
    cli("contact add Anna")
    assert cli("due").out == "Nothing to do: everyone has been written to.\n"


def test_vcards_are_no_sales(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "people.vcf"
    file.write_text("BEGIN:VCARD\nVERSION:4.0\nFN:Anna\nEND:VCARD\n")
    result = cli(f"import sales {file}")
    assert (result.status, result.out) == (1, "")
    assert "people.vcf has vCards, which hold no sales: followup import contacts takes them" in result.err


@pytest.mark.parametrize(
    "family", ["contact", "sale", "event", "rules", "templates", "calendar", "import", "away", "completion"]
)
def test_no_line_of_help_is_cut(capsys: pytest.CaptureFixture[str], family: str) -> None:
    assert app.run([family, "--help"]) == 0
    _, *shown = capsys.readouterr().out.splitlines()  # the first line, of usage, ends so
    assert not [line for line in shown if line.endswith("...") or len(line) > 80]


def test_a_terminal_has_no_empty_columns_and_one_for_amounts_with_currency(cli: Cli, screen: Screen) -> None:
    cli("sale add Anna Logo --new --amount 1200 --on 2026-11-20")
    piped = cli("sale list").out
    assert piped.startswith("id\tcompleted\tcontact\ttitle\tamount\tcurrency\tcategory\tref\tstate\n")
    screen(80)
    head, _, row = cli("sale list").out.splitlines()
    assert head.split() == ["id", "completed", "contact", "title", "amount"]
    assert row.endswith("1200.00 EUR")


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_table_keeps_words_whole_and_shortens_e_mails(cli: Cli, screen: Screen, width: int) -> None:
    cli("contact add 'Julia Brandt' --email julia.brandt@brandt-architects.example.com --phone '+49 30 1234567'")
    cli("contact add 'Maximilian Fogg' --email m@example.com --company 'Interiors and Gardens Ltd' --tag regular,web")
    cli("sale add julia Logo --on 2025-11-20")
    screen(width)
    shown = cli("contact list").out
    assert max(map(len, shown.splitlines())) <= width
    for word in ("last", "contact", "Maximilian", "Brandt", "Interiors", "Gardens", "regular,", "1234567", "2025"):
        assert f" {word}" in shown.replace("\n", " \n "), word
    assert ("…" in shown) == ("architects" not in shown)


@pytest.mark.parametrize("room", [1, 5, 20, 30, 36, 60])
def test_widths_fit_the_room_as_long_as_each_column_has_a_cell(room: int) -> None:
    columns = [
        Column(["id", "12"], True, True, False),
        Column(["name", "Maximilian of Somewhere"], False, False, False),
        Column(["email", "m" * 30], False, False, True),
    ]
    widths = fitted(columns, room)
    assert sum(widths) <= max(room, 3)
    if room >= 28:
        assert widths[0] == 2
        assert widths[1] >= len("Maximilian")
        assert widths[2] >= 10
    assert fitted(columns, 100) == [2, 23, 30]


@pytest.fixture
def offered(cli: Cli, capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[str]]:
    def offer(line: str) -> list[str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("_FOLLOWUP_COMPLETE", "bash")
            patch.setitem(os.environ, "FOLLOWUP_TODAY", "2026-11-22")
            app.run([f"followup {line}"])
        return capsys.readouterr().out.splitlines()

    return offer


def test_done_and_draft_offer_those_with_something_due(cli: Cli, offered: Callable[[str], list[str]]) -> None:
    for name in ("Anna Berger", "Anton Celik", "Bea Dorn", "Bea Dorn"):
        cli(f"contact add '{name}'")
    cli("remind 'Anna Berger' today Call")
    cli("remind 3 today Call")
    cli("remind 'Anton Celik' 2026-12-24 Call")
    for command in ("done", "draft", "skip", "snooze"):
        assert offered(f"{command} ") == ["Anna\\ Berger", "2", "1"]
        assert offered(f"{command} an") == ["Anna\\ Berger"]
        assert offered(f"{command} bea") == ["2"]
        assert offered(f"{command} 1") == ["1"]


def test_close_offers_what_can_be_closed(cli: Cli, offered: Callable[[str], list[str]]) -> None:
    cli("contact add 'Anna Berger'")
    cli("contact add 'Anton Celik'")
    cli("log complaint Anna")
    cli("log question Anton")
    cli("log call Anton")
    cli("close 2")
    assert offered("close ") == ["1"]
    assert offered("close an") == ["Anna\\ Berger"]
    assert offered("event show ") == ["3", "2", "1"]
