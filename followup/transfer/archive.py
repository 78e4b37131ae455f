"""The exported home: a folder with a file for each table, as CSV or JSON, and the home's own settings beside them.

`home.json` says what the folder is; it is written first and last, so that one that was not finished can be told. CSV is
UTF-8 with a byte order mark and CRLF (RFC 4180), which spreadsheets open as it is meant; cells are guarded against
formulas. JSON is an array of objects, one in a line. Both have the same columns.
"""

from __future__ import annotations

import csv
import json
import os
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import Struct

from followup.core.money import decimal_text
from followup.core.refusal import Refusal
from followup.store import contacts, homefiles
from followup.store.files import replacing, write_private
from followup.transfer.spreadsheet import apart, guarded, together, unguarded
from followup.transfer.vcards_out import vcards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from followup.store.book import Book
    from followup.transfer.vcards_out import Version

Form = Literal["csv", "json"]
FORMS: tuple[Form, ...] = ("csv", "json")
FORMAT = 1
"""Counts up whenever older programs could not read the folder."""

HOME = "home.json"
CARDS = "contacts.vcf"
_CARD_START = 500

Kind = Literal["text", "word", "number", "flag", "money", "list", "handles", "days", "shown"]
"""What a column holds. A `word` is a text that may be empty but never absent; `money` an amount in the currency of the
next column; `shown` a text that only helps to read the table. All else may be absent."""

Plain = str | int | bool | list[str] | dict[str, str] | None
"""A value as JSON has it."""


class Home(Struct, frozen=True, kw_only=True):
    """What `home.json` says: which home it is, how its tables are written, the last number given in each of them, and
    whether the export came to its end."""

    format: int
    home_id: str
    tables: Form
    last_numbers: dict[str, int]
    complete: bool


class Column(NamedTuple):
    """A column: its name in the file, the SQL of its value, and what it holds."""

    name: str
    value: str
    kind: Kind


class Table(NamedTuple):
    """A table: the name of its file, its columns, and the SQL of where its rows come from."""

    name: str
    columns: tuple[Column, ...]
    source: str


def _columns(alias: str, text: str, **values: str) -> tuple[Column, ...]:
    """Columns from `name:kind, …`, text being the kind of most; `values` has the SQL of those of another name."""
    parts = (part.strip().partition(":") for part in text.split(","))
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    return tuple(Column(n, values.get(n, f"{alias}.{n}"), kinds.get(kind, "text")) for n, _, kind in parts)


def _point(kind: str, contact: str) -> str:
    main = "ORDER BY position LIMIT 1"
    return f"(SELECT value FROM contact_points WHERE contact_id = {contact} AND kind = '{kind}' {main})"


def _points(kind: str) -> str:
    rows = f"SELECT value FROM contact_points WHERE contact_id = c.id AND kind = '{kind}' ORDER BY position"
    return f"(SELECT json_group_array(value) FROM ({rows}))"


_NAME = {"name": "c.name"}

TABLES = (
    Table(
        "contacts",
        _columns(
            "c",
            "id:number, name:word, email, phone, emails:list, phones:list, company, address, birthday, "
            "handles:handles, prefers, language, every, tags:list, notes, dates:days, opted_out:list, lost_reason, "
            "lost_on, added",
            email=_point("email", "c.id"),
            phone=_point("phone", "c.id"),
            emails=_points("email"),
            phones=_points("phone"),
        ),
        "contacts c ORDER BY c.id",
    ),
    Table(
        "sales",
        _columns(
            "s",
            "id:number, contact_id:number, name:shown, email:shown, phone:shown, company:shown, title:word, "
            "amount:money, currency, completed, entered, category, tags:list, warranty, warranty_until, service_every, "
            "lasts, dates:days, ref, note, canceled:flag, refunded:flag, starts_from",
            **_NAME,
            company="c.company",
            email=_point("email", "c.id"),
            phone=_point("phone", "c.id"),
        ),
        "sales s JOIN contacts c ON c.id = s.contact_id ORDER BY s.id",
    ),
    Table(
        "followups",
        _columns(
            "f",
            "id:number, uid:word, rule:word, started_by:word, occurrence:word, contact_id:number, name:shown, "
            "sale_id:number, event_id:number, title:word, start, due, snoozed_until, day, expires, last, channel, "
            "missing, message:word, priority:word, holdable:flag, position:number, plan:word",
            **_NAME,
        ),
        "followups f LEFT JOIN contacts c ON c.id = f.contact_id ORDER BY f.id",
    ),
    Table(
        "events",
        _columns(
            "e",
            "id:number, contact_id:number, name:shown, kind:word, on, entered, sale_id:number, due, rating:number, "
            "text, incoming:flag, reached:flag, of_id:number, of_name, code, value, cost:money, cost_currency, "
            "closed_on, outcome, followup_id:number",
            **_NAME,
            on="e.day",
        ),
        "events e JOIN contacts c ON c.id = e.contact_id ORDER BY e.id",
    ),
    Table(
        "reminders",
        _columns("r", "id:number, contact_id:number, name:shown, day, text:word, channel, every", **_NAME),
        "reminders r JOIN contacts c ON c.id = r.contact_id ORDER BY r.id",
    ),
    Table(
        "closings",
        _columns("k", "followup_id:number, title:shown, how:word, closed_on, start, due, note", title="f.title"),
        "closings k JOIN followups f ON f.id = k.followup_id ORDER BY k.followup_id",
    ),
    Table(
        "snoozes",
        _columns("k", "followup_id:number, title:shown, until", title="f.title"),
        "snoozes k JOIN followups f ON f.id = k.followup_id ORDER BY k.followup_id",
    ),
    Table(
        "imports",
        _columns("s", "sale_id:number, import_key:word, import_amount:number", sale_id="s.id"),
        "sales s WHERE s.import_key IS NOT NULL ORDER BY s.id",
    ),
    Table(
        "calendar",
        _columns(
            "k",
            "calendar:word, uid:word, rule:word, contact_id:number, day, earliest, content:word, sequence:number, "
            "stamped, status:word, done_on, place, tag",
        ),
        "calendar_entries k ORDER BY k.calendar, k.uid",
    ),
)
"""Each after those that it refers to. `imports` tells rows of imported files again, `calendar` what calendars know."""

_SEPARATOR = {"handles": ":", "days": "="}


def write(book: Book, folder: Path, form: Form, tick: Callable[[int], object]) -> dict[str, int]:
    """Writes the home into a folder, all of it as it is at one instant, row by row; says how many rows each table has.

    Files that are not of an export stay; an earlier export is replaced. Refuses the home itself, what is no folder, and
    files of the same names that no export wrote.
    """
    check_folder(folder, book.home)
    stale = _earlier(folder)
    texts = homefiles.texts(book.home)
    files = {HOME, *texts, *(f"{table.name}.{form}" for table in TABLES)}
    _check_free(folder, files | stale, stale)
    with homefiles.writing_into(folder):
        return _write_all(book, folder, form, texts, stale - files, tick)


def _write_all(
    book: Book, folder: Path, form: Form, texts: Mapping[str, bytes], gone: Iterable[str], tick: Callable[[int], object]
) -> dict[str, int]:
    make_private(folder)
    counts = {}
    book.read()
    try:
        numbers = dict(book.db.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall())
        home = Home(
            format=FORMAT, home_id=book.meta("home_id") or "", tables=form, last_numbers=numbers, complete=False
        )
        with ExitStack() as kept:  # an earlier export stays as it is until every table is written
            for table in TABLES:
                new = kept.enter_context(replacing(folder / f"{table.name}.{form}"))
                counts[table.name] = _write_table(new, form, table.columns, _rows(book, table, tick))
            _write_home(folder, home)
    finally:
        book.stop_reading()
    if any("/" in name for name in texts):
        make_private(folder / homefiles.MESSAGES)
    for name, content in texts.items():
        write_private(folder / name, content)
    for name in gone:
        (folder / name).unlink(missing_ok=True)
    _write_home(folder, msgspec.structs.replace(home, complete=True))
    return counts


def write_cards(book: Book, folder: Path, version: Version, tick: Callable[[int], object]) -> dict[str, int]:
    """Writes every contact as a vCard into `contacts.vcf` of a folder; says how many.

    Refuses what `write` refuses; a file of that name is replaced if an export wrote it.
    """
    check_folder(folder, book.home)
    _check_free(folder, {CARDS}, {CARDS} if _is_ours(folder / CARDS) else set())
    book.read()
    try:
        ids = [row[0] for row in book.db.execute("SELECT id FROM contacts ORDER BY id")]
        people = (contacts.load(book.db, contact_id) for contact_id in ids)
        with homefiles.writing_into(folder):
            make_private(folder)
            with replacing(folder / CARDS) as new, new.open("w", encoding="utf-8", newline="") as file:
                for card in vcards(people, version, book.meta("home_id") or ""):
                    file.write(card)
                    tick(1)
    finally:
        book.stop_reading()
    return {"contacts": len(ids)}


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_CARD_START)
    return not start or b"PRODID:-//followup//" in start


def _write_home(folder: Path, home: Home) -> None:
    write_private(folder / HOME, msgspec.json.format(msgspec.json.encode(home), indent=2) + b"\n")


def check_folder(folder: Path, home: Path) -> None:
    """Refuses to export into a file, into a folder that is not there to be made, and into the home itself."""
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"{folder} is a file: name a folder")
    if folder.resolve().is_relative_to(home.resolve()):
        raise Refusal(f"{folder} is in the home itself: name a folder outside of {home}")
    if not folder.exists() and not folder.parent.is_dir():
        raise Refusal(f"there is no folder {folder.parent}: make it, or name another one")


def _earlier(folder: Path) -> set[str]:
    """The files of an earlier export, whole or not; none where `home.json` is not there or says something else."""
    try:
        msgspec.json.decode((folder / HOME).read_bytes(), type=Home)
    except (OSError, msgspec.DecodeError):
        return set()
    names = {f"{table.name}.{form}" for table in TABLES for form in FORMS}
    names |= {HOME, *homefiles.SETTINGS}
    names |= {f"{homefiles.MESSAGES}/{path.name}" for path in (folder / homefiles.MESSAGES).glob("*.j2")}
    return {name for name in names if os.path.lexists(folder / name)}


def _check_free(folder: Path, names: Iterable[str], earlier: set[str]) -> None:
    """Refuses links, which may lead anywhere, and files that no export wrote."""
    if (folder / homefiles.MESSAGES).is_symlink():
        raise Refusal(f"{folder / homefiles.MESSAGES} is a link: remove it, or name another folder")
    for path in (folder / name for name in sorted(names)):
        if path.is_symlink():
            raise Refusal(f"{path} is a link: remove it, or name another folder")
        if os.path.lexists(path) and path.relative_to(folder).as_posix() not in earlier:
            raise Refusal(f"{path} is there, and no export wrote it: move it away, or name another folder")


def make_private(folder: Path) -> None:
    """Makes a folder that only its owner can look into; one that is there stays as it is."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)


def _rows(book: Book, table: Table, tick: Callable[[int], object]) -> Iterator[list[Plain]]:
    """The rows of a table as plain values."""
    readers = [_READERS[column.kind] for column in table.columns]
    money = [n for n, column in enumerate(table.columns) if column.kind == "money"]
    select = ", ".join(column.value for column in table.columns)
    for row in book.db.execute(f"SELECT {select} FROM {table.source}"):
        values = [reader(value) if reader else value for reader, value in zip(readers, row, strict=True)]
        for n in money:
            values[n] = None if row[n] is None else decimal_text(row[n], row[n + 1])
        yield values
        tick(1)


def _from_json(text: str) -> Any:
    return json.loads(text)


_READERS: dict[Kind, Callable[[Any], Plain] | None] = {
    "text": None, "word": None, "number": None, "money": None, "shown": None,
    "flag": bool, "list": _from_json, "handles": _from_json, "days": _from_json,
}  # fmt: skip


def _write_table(new: Path, form: Form, columns: tuple[Column, ...], rows: Iterator[list[Plain]]) -> int:
    number = 0
    names = [column.name for column in columns]
    if form == "json":
        encode = msgspec.json.Encoder().encode
        with new.open("wb") as file:
            for row in rows:
                file.write((b",\n" if number else b"[\n") + encode(dict(zip(names, row, strict=True))))
                number += 1
            file.write(b"\n]\n" if number else b"[]\n")
        return number
    kinds = [column.kind for column in columns]
    with new.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow([cell(value, kind) for value, kind in zip(row, kinds, strict=True)])
            number += 1
    return number


def cell(value: Plain, kind: Kind) -> str | int:
    """A plain value as a cell: several values with `; ` between them (`\\` before a `;` or `\\` of their own)."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case list():
            value = together(value)
        case dict():
            value = together(f"{name}{_SEPARATOR[kind]}{what}" for name, what in value.items())
    return value if kind == "money" else guarded(value)


def plain(text: str, kind: Kind) -> Plain:
    """The value of a cell. Raises ValueError for one that is none of its kind."""
    if kind in ("text", "word", "shown", "money"):
        text = unguarded(text)
        return text if kind == "word" else text or None
    if kind == "number" and text:
        if not re.fullmatch(r"-?[0-9]{1,16}", text):
            raise ValueError("it is not a whole number")
        return int(text)
    if kind == "number":
        return None
    if kind == "flag":
        if text not in ("yes", "no"):
            raise ValueError("it is neither yes nor no")
        return text == "yes"
    parts = apart(unguarded(text)) if text else []
    if kind == "list":
        return parts
    pairs = [part.partition(_SEPARATOR[kind]) for part in parts]
    return {name: what for name, _, what in pairs}
