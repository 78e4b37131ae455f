"""No file from another program is more than read or refused: CSV, vCards, calendar items, letters, archives."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from fuzzing import INPUTS, bounded, fuzzed, refused_or, spoilt_bytes
from hypothesis import strategies as st
from msgspec.json import decode

from followup.calendar.entries import Content
from followup.calendar.reading import Item, read
from followup.cli import app
from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.store.book import open_book
from followup.transfer.archive_in import take_in
from followup.transfer.columns import match_columns
from followup.transfer.content_lines import is_vcard
from followup.transfer.letters import read_letter
from followup.transfer.records import BadRow, ContactRow, SaleRow
from followup.transfer.rows import read_contacts, read_sales, settle_date_order
from followup.transfer.table import read_table
from followup.transfer.vcards import read_vcards
from tests.faults.keeping import copied, held

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 22)

SHEETS = [
    b"Name,Date,Title,Amount\nAnna Berger,2026-11-20,Logo,1200 EUR\nBo,20.11.2026,Cards,\"1.200,50\"\n",
    b"Name;E-Mail;Telefon;Geburtstag;Notiz\r\nAnna;anna@example.com;+49 30 1;01.02.1990;\"zwei\r\nZeilen\"\r\n",
    b"\xef\xbb\xbfKunde\tRechnung\tDatum\tBetrag\nAnna\tR-1\t01/02/2026\t-5\nAnna\tR-1\t13/02/2026\t10\n",
    "Nom,Prénom,Courriel,Téléphone\nGrün,Zoé,zoe@example.com,01 23\n".encode("cp1252"),
    "Name,Date,Title\nAnna,2026-11-20,Logo\n".encode("utf-16"),
    b"id,Customer Email,Created (UTC),Amount,Currency,Status,Description\n"
    b"ch_1,a@example.com,2026-11-20 10:00,12.00,eur,Paid,x\n",
    b"id,name,email,phone,company,address,birthday,handles,tags,notes\n1,'=cmd|x,a@example.com,,,,,,,\n",
    b"First Name,Last Name,Birthday,Web Page,E-mail Address,Categories\n"
    b"Anna,Berger,2/31/1990,linkedin.com/in/a,x,\"a;b\"\n",
]  # fmt: skip
SHEET_WORDS = [
    b",", b";", b"\t", b'"', b'""', b"\n", b"\r", b"\r\n", b"Name,", b"Date,", b"Amount,", b"Email,", b"Title\n",
    b"Invoice,",
    b"2026-02-30", b"31.12.99", b"1/2/3", b"EUR 5 USD", b"1e9", b"'=1+1", b"@x", b"a@b@c",
    b"a@example.com;b@example.com",
    b"\0", b"," * 300, b"\n" * 300, b'"' * 51, b"x" * 20_000, b"Birthday,", b"Language,", b"Quantity,", b"Price,",
    b"Tags,",
]  # fmt: skip

CARDS = [
    b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna Berger\r\nN:Berger;Anna;;;\r\n"
    b"EMAIL;PREF=1:anna@example.com\r\nTEL;TYPE=cell:+49 30 1\r\n"
    b"BDAY:--0229\r\nADR;TYPE=home:;;Street 1;Town;;12345;Land\r\nNOTE:two\\nlines\\, and more\r\nEND:VCARD\r\n",
    b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=FCn;Zo=E9\n"
    b"TEL;HOME:1=\n2\nPHOTO;BASE64:\n AAAA\n\nEND:VCARD\n",
    b"BEGIN:VCARD\nVERSION:3.0\nitem1.X-ABDATE;type=pref:2026-12-01\n"
    b"item1.X-ABLabel:_$!<Anniversary>!$_\nX-SKYPE:live:a\nFN:B\n"
    b"BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29\nCATEGORIES:a,b\nURL:https://x.com/a\n"
    b"IMPP;X-SERVICE-TYPE=WhatsApp:+1\nEND:VCARD\n",
    "BEGIN:VCARD\nVERSION:3.0\nFN:Zoë\nEND:VCARD\n".encode("utf-16"),
    b"BEGIN:VCARD\nKIND:group\nFN:All\nMEMBER:urn:uuid:1\nEND:VCARD\nBEGIN:VCARD\nAGENT:\nBEGIN:VCARD\n"
    b"FN:x\nEND:VCARD\nFN:y\nEND:VCARD\n",
    b"BEGIN:VCARD\nX-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2026-01-01;1;;;;;;;;;;;;;\n"
    b"ORG:A;B\nLANG:de\nFN:z\nEND:VCARD",
]  # fmt: skip
CARD_WORDS = [
    b"BEGIN:VCARD\n", b"END:VCARD\n", b"VERSION:2.1\n", b"FN:", b"N:", b"\n ", b"\n\t", b"=\n", b";ENCODING=b:",
    b";ENCODING=B:A",
    b";ENCODING=QUOTED-PRINTABLE:=ZZ=", b";CHARSET=utf-7:+AD4-", b";CHARSET=x-unknown:", b";CHARSET=idna:",
    b";CHARSET=hex:zz",
    b";CHARSET=punycode:", b";CHARSET=unicode_escape:\\x", b";CHARSET=undefined:a", b";CHARSET=base64:",
    b";PREF=999:", b';TYPE="a,b":',
    b"BDAY:0000-00-00\n", b"BDAY:99999\n", b"ADR:;;;;;;\n", b"AGENT:\n", b"KIND:group\n", b"^n^'^^", b"\\;\\,\\\\",
    b"item1.",
    b"item1.X-ABLabel:x\n", b"PHOTO:" + b"A" * 20_000 + b"\n", b"NOTE:" + b"n" * 70_000 + b"\n", b":" * 200,
    b";" * 400, b"TEL:tel:+1;ext=2\n",
    b"X-" + b"A" * 3000 + b":\n", b"UID:x\n", b"REV:x\n", b"LANG;PREF=1:xx-YY\n", b"IMPP:xmpp:a@example.com\n",
    b"EMAIL:a@b@c\n",
]  # fmt: skip

UID = "0b9d2a2e-6d5c-5c55-9f9a-000000000001@followup"
ITEM = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\nUID:" + UID.encode() + b"\r\n"
    b"DTSTAMP:20261101T000000Z\r\n"
    b"SUMMARY:Thank Anna\r\nDUE;VALUE=DATE:20261123\r\nSTATUS:NEEDS-ACTION\r\nSEQUENCE:3\r\nEND:VTODO\r\n"
    b"END:VCALENDAR\r\n"
)  # fmt: skip
ITEMS = [
    ITEM,
    ITEM.replace(b"VTODO", b"VEVENT").replace(b"DUE;VALUE=DATE:", b"DTSTART;VALUE=DATE:"),
    ITEM.replace(b"NEEDS-ACTION", b"COMPLETED\r\nCOMPLETED:20261122T101112Z"),
    ITEM.replace(b"DUE;VALUE=DATE:20261123", b"DUE;TZID=Europe/Berlin:20261123T090000"),
]
ITEM_WORDS = [
    b"BEGIN:VTODO\r\n", b"END:VTODO\r\n", b"BEGIN:VEVENT\r\n", b"END:VCALENDAR\r\n", b"RECURRENCE-ID:20261101\r\n",
    b"STATUS:CANCELLED\r\n",
    b"STATUS:COMPLETED\r\n", b"COMPLETED:20261101T000000\r\n", b"COMPLETED:99991231T235959Z\r\n",
    b"COMPLETED:00010101T000000Z\r\n",
    b"DUE:20261340\r\n", b"DUE:\r\n", b"DUE;VALUE=PERIOD:20260101T000000Z/P1D\r\n", b"SEQUENCE:x\r\n",
    b"SEQUENCE:" + b"9" * 5000 + b"\r\n",
    b"DTSTAMP:20261101T000000Z\r\nDTSTAMP:20261102T000000Z\r\n", b";TZID=Nowhere/At All:", b";TZID=../../etc/passwd:",
    b";VALUE=DATE:", b"\r\n ",
    b"LAST-MODIFIED:20261121T000000Z\r\n", b"RRULE:FREQ=SECONDLY\r\n",
    b"BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\n", b"GEO:1;x\r\n",
    b"BEGIN:VALARM\r\nTRIGGER:-P9999999999D\r\nEND:VALARM\r\n", b"X-WR-TIMEZONE:x\r\n", b"DURATION:P1Y\r\n",
    b"PRIORITY:x\r\n", b"BEGIN:" * 50,
    b"BEGIN:VEVENT\r\n" * 2000,
]  # fmt: skip

LETTERS = [
    b"From: Anna <anna@example.com>\r\nTo: nora@example.com\r\nDate: Fri, 20 Nov 2026 10:11:12 +0100\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nBody\r\n",
    b"Received: x\n by y\nFrom: =?iso-8859-1?b?Wm/r?= <zoe@example.com>, b@example.com\n"
    b"Reply-To: c@example.com\nCc: <d@example.com>;\nSubject:\n\n",
    b"From nobody Fri Nov 20 2026\nFrom: a@example.com\nDate: yesterday\n\nx",
]  # fmt: skip
LETTER_WORDS = [
    b"From:", b"To:", b"Cc: undisclosed-recipients:;\r\n", b"Date:", b"Date: Fri, 31 Feb 2026 99:99:99 +9999\r\n",
    b"Date: 1 Jan 0001 00:00 +2359\r\n",
    b"Date: 31 Dec 9999 23:59:59 -2359\r\n", b"Subject: =?x?q?a?=\r\n", b"=?utf-8?b?////?=",
    b"=?utf-8?q?=00=1b[31m?=", b"=?hex?q?zz?=", b"\r\n", b"\r\n ",
    b"<", b">", b",", b"(", b")" * 50, b'"', b"@", b"<" * 500, b"(" * 3000, b"a@example.com," * 400, b"\xe2\x80\xae",
    b"=?utf-8?q?=E2=80=AE?=", b":",
    b"x" * 2000, b"=?idna?b?eA==?=", b"=?punycode?q?x?=", b"=?undefined?q?x?=", b"=?unicode_escape?q?=5Cx?=",
    b"From: " + b"=?utf-8?q?a?= " * 300,
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the files."""
    return tmp_path_factory.mktemp("files")


def rows_of(path: Path, kind: Any) -> list[Any]:
    """What a sheet holds."""
    table = read_table(path)
    columns = match_columns(table.header, kind, {})
    column = columns.index("date" if kind == "sales" else "birthday")
    order = settle_date_order(table, column, columns.date_order)
    if kind == "sales":
        return list(read_sales(table, columns, order, "EUR", TODAY))
    return list(read_contacts(table, columns, order, TODAY))


@fuzzed(INPUTS["csv"], content=spoilt_bytes(SHEETS, SHEET_WORDS), kind=st.sampled_from(["sales", "contacts"]))
def test_a_sheet_is_read_or_refused(folder: Path, content: bytes, kind: str) -> None:
    path = folder / "sheet.csv"
    path.write_bytes(content)
    check_rows(refused_or(Refusal, lambda: rows_of(path, kind)))


@fuzzed(INPUTS["vcard"], content=spoilt_bytes(CARDS, CARD_WORDS))
def test_vcards_are_read_or_refused(folder: Path, content: bytes) -> None:
    path = folder / "cards.vcf"
    path.write_bytes(content)
    with bounded():
        is_vcard(path)
    check_rows(refused_or(Refusal, lambda: list(read_vcards(path, TODAY))))


def check_rows(found: Any) -> None:
    """Fails where a row that was read has what no contact or sale may have, or a bad one no reason."""
    for row in found or ():
        if isinstance(row, BadRow):
            assert row.reason and row.line >= 1
        if isinstance(row, ContactRow):
            assert 1 <= len(row.name) <= 500 and row.name == clean_line(row.name)
        if isinstance(row, SaleRow):
            assert row.title and row.title == clean_line(row.title)


@fuzzed(
    INPUTS["calendar"], content=spoilt_bytes(ITEMS, ITEM_WORDS), stamped=st.sampled_from([TODAY, date(2026, 11, 1)])
)
def test_a_calendar_item_says_something_or_nothing(content: bytes, stamped: date) -> None:
    with bounded():
        item = read(content, UID, stamped)
    if isinstance(item, Item):
        assert item.day is None or 1900 <= item.day.year <= 2200
        assert item.done_on is None or 1900 <= item.done_on.year <= 2200
        assert 0 <= item.sequence < 10**9


@fuzzed(INPUTS["letter"], content=spoilt_bytes(LETTERS, LETTER_WORDS))
def test_a_letter_is_read_or_refused(content: bytes) -> None:
    letter: Any = refused_or(Refusal, lambda: read_letter(BytesIO(content), "x.eml"))
    if letter:
        assert letter.subject is None or len(letter.subject) <= 500
        with bounded():
            letter.others({"nora@example.com"})


# Archives, and imports into a home


class Kept(NamedTuple):
    """A home with a little of everything, an export of it in each form, an empty home; where homes are copied to."""

    home: Path
    exports: dict[str, Path]
    empty: Path
    scratch: Path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The homes and the exports, made once."""
    folder = tmp_path_factory.mktemp("kept")
    home, empty = folder / "home", folder / "empty"
    for line in (
        "contact add Anna --email anna@example.com --birthday 1990-02-28 --date trial=2026-12-01",
        "sale add Anna Logo --on 2026-11-18 --amount 1200 --warranty 2y --ref R-1", "log complaint Anna slow",
        "remind Anna 2026-12-01 x",
        "done 1", "snooze 2 2026-12-20", f"calendar export {folder}/x.ics", f"export {folder}/csv",
        f"export {folder}/json --format json",
    ):  # fmt: skip
        app.run(["--home", str(home), "--today", "2026-11-22", *line.split()])
    assert app.run(["--home", str(empty), "--today", "2026-11-22", "due"]) == 0
    return Kept(home, {form: folder / form for form in ("csv", "json")}, empty, folder / "scratch")


def taken_or_refused(home: Path, take: Callable[[Any], object]) -> None:
    """Fails where a change of a home is neither made, nor refused with nothing changed; or made with references that
    lead nowhere."""
    book = open_book(home, TODAY)
    before = held(home)
    try:
        with closing(book):
            done = refused_or(Refusal, lambda: take(book))
            assert not book.db.execute("PRAGMA foreign_key_check").fetchall()
        assert done is not None or held(home) == before
    finally:
        book.close()


WORDS = [
    b",", b'"', b"\n", b"null", b"true", b"{", b"}", b"[", b"]", b":", b'""', b"-1", b"1", b"0",
    b"99999999999999999999", b"2026-02-30",
    b"9999-12-31", b"0001-01-01", b"anna@example.com", b"EUR", b"1.5", b'{"a": "b"}', b"sale:1", b"contact:99",
    b"everyone", b"done",
    b"\\u0000", b"\\ud800", b'"\\u202e"', b"[" * 3000, b"1e400", b"NaN", b"200 years", b"XXX", b"'", b"=1",
    b'"complete":false',
    b'"format":99', b'"last_numbers":{"contacts":9223372036854775807}', b'"home_id":"x"', b"../x",
]  # fmt: skip
SUFFIXES = (
    "home.json",
    "contacts",
    "sales",
    "followups",
    "events",
    "reminders",
    "closings",
    "snoozes",
    "imports",
    "calendar",
    "rules.toml",
)


@fuzzed(
    INPUTS["archive"],
    form=st.sampled_from(["csv", "json"]),
    name=st.sampled_from(SUFFIXES),
    edits=st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(WORDS)), min_size=1, max_size=3
    ),
)
def test_an_archive_is_taken_in_or_refused_and_then_nothing_changes(
    kept: Kept, form: str, name: str, edits: list[tuple[int, int, bytes]]
) -> None:
    archive = copied(kept.exports[form], kept.scratch / "archive")
    path = archive / (name if "." in name else f"{name}.{form}")
    content = path.read_bytes()
    for where, length, new in edits:
        start = where % (len(content) + 1)
        content = content[:start] + new + content[start + length :]
    path.write_bytes(content)
    home = copied(kept.empty, kept.scratch / "home")
    taken_or_refused(
        home, lambda book: take_in(book, archive, lambda text: decode(text, type=Content), lambda number: None)
    )


@fuzzed(
    INPUTS["import"],
    content=spoilt_bytes([*SHEETS, *CARDS], [*SHEET_WORDS, *CARD_WORDS], 2),
    kind=st.sampled_from(["sales", "contacts"]),
)
def test_an_import_is_taken_or_refused_and_then_nothing_changes(kept: Kept, content: bytes, kind: str) -> None:
    home = copied(kept.home, kept.scratch / "home")
    path = kept.scratch / "file"
    path.write_bytes(content)
    before = held(home)
    with bounded():
        status = app.run(["--home", str(home), "--today", "2026-11-22", "import", kind, str(path)])
    assert status == 0 or (status == 1 and held(home) == before)
