"""Imported contacts that are already known: what they are recognised by, what is told of them, how long it takes."""

from __future__ import annotations

from datetime import date
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest

from followup.core.joining import Conflict
from followup.core.model import Contact
from followup.store import contacts
from followup.store.book import Book, open_book
from followup.transfer.importing import import_contacts
from followup.transfer.records import BadRow, ContactRow
from followup.transfer.result import Clash, Merged, Remark, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.conftest import Result as Answer

TODAY = date(2026, 11, 22)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = open_book(tmp_path, TODAY)
    book.refresh()
    yield book
    book.close()


def take(book: Book, rows: Iterable[ContactRow | BadRow], **how: bool) -> Result:
    options = {"partial": False, "dry_run": False} | how
    return import_contacts(book, rows, "import contacts", tick=lambda n: None, **options)


def row(line: int = 2, name: str = "Anna Field", **given: Any) -> ContactRow:
    return ContactRow(line=line, name=name, **given)


def everyone(book: Book) -> list[Contact]:
    return [contacts.load(book.db, row[0]) for row in book.db.execute("SELECT id FROM contacts ORDER BY id")]


WHOLE: dict[str, Any] = {
    "emails": ("anna@example.com", "a@example.com"),
    "phones": ("030 111", "030 222"),
    "company": "Studio",
    "address": "Main St 1",
    "birthday": "1980-02-03",
    "handles": {"whatsapp": "+49 170 1"},
    "tags": ("vip",),
    "notes": "Tea",
    "language": "de",
    "prefers": "phone",
    "every": "3 months",
    "dates": {"renewal": date(2027, 1, 1)},
    "opted_out": ("email",),
    "lost_reason": "price",
    "lost_on": date(2026, 1, 1),
}


@pytest.mark.parametrize("known", [False, True])
def test_a_contact_takes_all_that_a_row_has(book: Book, known: bool) -> None:
    if known:
        take(book, [row()])
    take(book, [row(**WHOLE)])
    assert everyone(book) == [Contact(id=1, name="Anna Field", added=TODAY, **WHOLE)]


@pytest.mark.parametrize("field", WHOLE)
def test_each_field_is_filled_by_itself(book: Book, field: str) -> None:
    given = {key: WHOLE[key] for key in ({"lost_reason", "lost_on"} if field.startswith("lost") else {field})}
    take(book, [row()])
    found = take(book, [row(**given)])
    assert (found.updated, found.clashes) == (1, [])
    assert everyone(book) == [Contact(id=1, name="Anna Field", added=TODAY, **given)]


def test_who_is_new_was_added_on_the_day_that_the_row_says_and_who_is_known_stays_as_long(book: Book) -> None:
    take(book, [row(added=date(2020, 1, 2)), row(3, added=date(2019, 1, 2)), row(4, "Ben Kay")])
    assert [contact.added for contact in everyone(book)] == [date(2020, 1, 2), TODAY]


def test_who_is_joined_by_what_is_told_with_the_line(book: Book) -> None:
    take(book, [row(emails=("anna@example.com",), phones=("030 111",))])
    found = take(
        book,
        [row(2, emails=("ANNA@example.com",)), row(3, phones=("030111",)), row(4, company="Studio"), row(5, "Ben Kay")],
    )
    assert found.merged == [
        Merged(line, 1, "Anna Field", by) for line, by in ((2, "e-mail"), (3, "phone"), (4, "name"))
    ]
    assert (found.added, found.updated, found.unchanged) == (1, 1, 2)


def test_contradictions_are_told_with_what_stays_and_what_was_given(book: Book) -> None:
    take(book, [row(emails=("anna@example.com",), company="Studio", birthday="1980-02-03")])
    before = everyone(book)
    found = take(book, [row(7, "A. Field", emails=("anna@example.com",), company="Shop", birthday="1981-02-03")])
    given = [
        ("name", "Anna Field", "A. Field"),
        ("company", "Studio", "Shop"),
        ("birthday", "1980-02-03", "1981-02-03"),
    ]
    assert found.clashes == [Clash(7, 1, "Anna Field", Conflict(*conflict)) for conflict in given]
    assert everyone(book) == before


def test_further_emails_and_phones_add_up_and_are_no_conflict(book: Book) -> None:
    take(book, [row(emails=("a@example.com",), phones=("030 111",))])
    found = take(book, [row(emails=("b@example.com", "B@example.com", "a@example.com"), phones=("030 222", "030-111"))])
    assert found.clashes == []
    anna = everyone(book)[0]
    assert (anna.emails, anna.phones) == (("a@example.com", "b@example.com"), ("030 111", "030 222"))


def test_who_shares_only_a_phone_is_known_by_it_and_that_is_told(book: Book) -> None:
    take(book, [row(emails=("anna@example.com",), phones=("030 111",))])
    found = take(book, [row(3, "Ben Kay", emails=("ben@example.com",), phones=("030 111",))])
    assert found.merged == [Merged(3, 1, "Anna Field", "phone")]
    assert found.clashes == [Clash(3, 1, "Anna Field", Conflict("name", "Anna Field", "Ben Kay"))]
    assert found.notices == [Remark(3, "Ben Kay is taken for Anna Field (1), whose phone it is")]
    assert everyone(book)[0].emails == ("anna@example.com", "ben@example.com")


def test_a_phone_without_digits_is_nobodys(book: Book) -> None:
    assert take(book, [row(2, phones=("n/a",)), row(3, "Ben Kay", phones=("unknown",))]).added == 2


def test_a_refused_file_and_a_dry_run_take_nothing(book: Book) -> None:
    take(book, [row()])
    before = everyone(book)
    rows = [row(2, company="Studio", left_out=("photo",)), row(3, "Ben Kay")]
    refused = take(book, [*rows, BadRow(4, "no name")])
    assert (refused.merged, refused.clashes, refused.left_out) == ([], [], {})
    dry = take(book, rows, dry_run=True)
    assert (len(dry.merged), dry.left_out) == (1, {"photo": 1})
    assert everyone(book) == before


def test_a_long_file_about_one_person_is_written_once_in_a_while_and_whole(book: Book) -> None:
    rows = [row(n, emails=(f"a{n}@example.com",)) for n in range(700)]
    others = [row(n, f"Client {n}", phones=(f"030 {n:07}",)) for n in range(1000, 1600)]
    take(book, [*rows, *others])
    take(book, [*others, *(row(n, f"Client {n}", notes="seen") for n in range(1000, 1600)), row(9, notes="last")])
    found = everyone(book)
    assert found[0].emails == tuple(f"a{n}@example.com" for n in range(700))
    assert [contact.notes for contact in found] == ["last", *["seen"] * 600]


@pytest.mark.parametrize(
    "made",
    [
        lambda n: row(n, emails=(f"a{n}@example.com",)),
        lambda n: row(n, f"Client {n}", phones=("030 1234",)),
        lambda n: row(n, "Info", company=f"Company {n}"),
    ],
)
def test_the_time_grows_with_the_rows_and_not_with_their_square(book: Book, made: Any) -> None:
    def seconds(rows: int) -> float:
        start = process_time()
        take(book, map(made, range(rows)), dry_run=True)
        return process_time() - start

    few = min(seconds(300) for _ in range(3))
    assert seconds(2400) < 8 * few * 3


# On the command line

ANNA = "Name,Email,Phone,Company,Notes\nAnna Field,anna@example.com,030 111222,Studio,Tea\n"
OTHER = "Name,Email,Phone,Company,Notes\nA. Field,ANNA@example.com,,Shop,\nBen Kay,,030 111222,,\nCleo,,,,\n"


def test_json_names_each_merge_and_each_conflict(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "anna.csv").write_text(ANNA)
    (tmp_path / "other.csv").write_text(OTHER)
    cli(f"import contacts {tmp_path / 'anna.csv'}")
    found: Answer = cli(f"import contacts {tmp_path / 'other.csv'} --json")
    anna = {"id": 1, "name": "Anna Field"}
    assert found.json["merged"] == [
        {"line": 2, "contact": anna, "by": "e-mail"},
        {"line": 3, "contact": anna, "by": "phone"},
    ]
    assert found.json["conflicts"] == [
        {"line": 2, "contact": anna, "field": "name", "kept": "Anna Field", "given": "A. Field"},
        {"line": 2, "contact": anna, "field": "company", "kept": "Studio", "given": "Shop"},
        {"line": 3, "contact": anna, "field": "name", "kept": "Anna Field", "given": "Ben Kay"},
    ]
    assert found.json["left_out"] == {}


def test_text_tells_them_in_a_few_lines_on_stderr(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "anna.csv").write_text(ANNA)
    (tmp_path / "other.csv").write_text(OTHER)
    cli(f"import contacts {tmp_path / 'anna.csv'}")
    found: Answer = cli(f"import contacts {tmp_path / 'other.csv'}")
    assert found.err.splitlines() == [
        "line 3: Ben Kay is taken for Anna Field (1), whose phone it is",
        "taken for people who were known: e-mail: 1, phone: 1",
        "line 2: Anna Field (1) keeps name 'Anna Field', not 'A. Field'",
        "line 2: Anna Field (1) keeps company 'Studio', not 'Shop'",
    ]


def test_many_conflicts_are_told_by_their_number(cli: Any, tmp_path: Path) -> None:
    header = "Name,Company,Email\n"
    (tmp_path / "a.csv").write_text(header + "".join(f"Client {n},Studio,c{n}@example.com\n" for n in range(12)))
    (tmp_path / "b.csv").write_text(header + "".join(f"Client {n},Shop,c{n}@example.com\n" for n in range(12)))
    cli(f"import contacts {tmp_path / 'a.csv'}")
    found: Answer = cli(f"import contacts {tmp_path / 'b.csv'}")
    assert found.err.splitlines() == [
        "taken for people who were known: e-mail: 12",
        "what was known stays where it differs: company: 12 (--json names each)",
    ]
