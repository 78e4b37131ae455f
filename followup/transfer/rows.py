"""Rows of a file as contacts and sales: each cell read and checked, each row good or bad with its reason."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from followup.core.dates import check_year, iso_date, parse_birthday, written_date, yearless_date
from followup.core.identity import check_email, check_name, clean_line, fold, phone_digits
from followup.core.model import CHANNELS
from followup.core.money import parse_currency, parse_signed_money
from followup.core.period import parse_period
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from followup.transfer.columns import Columns
    from followup.transfer.table import Table

DateOrder = Literal["DMY", "MDY"]

_CENTURY_AHEAD = 10
"""A two-digit year is the latest one up to so many years from now, for sales. For birthdays it is never ahead."""

_FIGURES = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})([./-])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2?")
_TIME = re.compile(
    r"(?:T|,?\s+(?:at\s+)?)(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]+)?)?"
    r"\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|[A-Z]{3,4}|[+-][0-9]{2}:?[0-9]{2})?$"
)
_OPEN_ORDER = re.compile(r"[0-9]{1,2}(?:/[0-9]{1,2}(?:/[0-9]{2,4})?|-[0-9]{1,2}-[0-9]{2,4})")
_SEVERAL = re.compile(r"\s*(?::::|[;|\n])\s*")
_SEVERAL_OR_COMMA = re.compile(r"\s*(?::::|[;|,\n])\s*")
_ALL_CONTACTS = "mycontacts"
"""The group that Google puts everyone in. It marks groups of its own with a star."""

_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{2,4})?")
_LANGUAGES = {
    "en": ("english", "englisch", "anglais", "ingles"),
    "de": ("german", "deutsch", "allemand", "aleman"),
    "fr": ("french", "franzosisch", "francais", "frances"),
    "es": ("spanish", "spanisch", "espagnol", "espanol"),
}


class ContactRow(Struct, frozen=True, kw_only=True):
    """A good row of a file of contacts. `birthday` is `YYYY-MM-DD` or `--MM-DD`; what is absent is None or empty.

    `left_out` names, each once, what the row holds that has no place in a contact or could not be read.
    """

    line: int
    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    company: str | None = None
    address: str | None = None
    birthday: str | None = None
    handles: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    notes: str | None = None
    language: str | None = None
    prefers: str | None = None
    every: str | None = None
    dates: dict[str, date] = {}
    opted_out: tuple[str, ...] = ()
    lost_reason: str | None = None
    lost_on: date | None = None
    left_out: tuple[str, ...] = ()


class SaleRow(Struct, frozen=True, kw_only=True):
    """A good row of a file of sales. `amount` is the total of the row in minor units; a credit note's is negative.

    It names a person by at least one of `name`, `email` and `phone`; `warranty` is a PERIOD.
    """

    line: int
    name: str | None
    email: str | None
    phone: str | None
    company: str | None
    title: str
    completed: date
    amount: int | None
    currency: str | None
    ref: str | None
    category: str | None
    tags: tuple[str, ...]
    note: str | None
    warranty: str | None


class BadRow(Struct, frozen=True):
    """A row that cannot be taken, with the line where it begins and the invoice that it names, if it does."""

    line: int
    reason: str
    ref: str | None = None


def settle_date_order(table: Table, column: int | None, forced: DateOrder | None) -> DateOrder | None:
    """Whether the dates of a column have the day or the month first, told by those that can only be read one way.

    None where no date of the column leaves it open: ISO dates, month names, and points, which have the day first.
    Refuses a column that cannot tell, and one that has both, unless the order is forced.
    """
    if forced or column is None:
        return forced
    proof: dict[DateOrder, int] = {}
    example = ""
    for row in table.rows():
        if row.fault or iso_date(row.cells[column]):
            continue
        figures = _OPEN_ORDER.fullmatch(_TIME.sub("", row.cells[column]))
        if not figures:
            continue
        first, second = (int(part) for part in re.findall("[0-9]+", figures[0])[:2])
        if first != second:
            example = example or figures[0]
        if first > 12 >= second:
            proof.setdefault("DMY", row.line)
        elif second > 12 >= first:
            proof.setdefault("MDY", row.line)
    name = table.header[column]
    if len(proof) == 2:
        raise Refusal(
            f"the dates of '{name}' have the day first on line {proof['DMY']} and the month first on line"
            f" {proof['MDY']}: mend the file, or say which with --date-order DMY or MDY"
        )
    if example and not proof:
        raise Refusal(
            f"the dates of '{name}', such as {example}, may have the day or the month first:"
            " say which with --date-order DMY or MDY"
        )
    return next(iter(proof), None)


def read_contacts(
    table: Table, columns: Columns, date_order: DateOrder | None, today: date
) -> Iterator[ContactRow | BadRow]:
    """The rows of a table as contacts, in the order of the file. Several e-mails or phones may share a cell."""
    at = _Places(columns)
    for row in table.rows():
        if row.fault:
            yield BadRow(row.line, row.fault)
            continue
        cells = (*row.cells, "")
        try:
            yield ContactRow(
                line=row.line,
                name=check_name(_name(cells, at) or cells[at["company"]]),
                emails=_emails([cells[i] for i in columns.of.get("email", ())]),
                phones=_phones([cells[i] for i in columns.of.get("phone", ())]),
                company=clean_line(cells[at["company"]]) or None,
                address=_address(cells, columns),
                birthday=_birthday(cells[at["birthday"]], date_order, today),
                tags=_tags(cells[at["tags"]]),
                notes=_lines(cells[at["notes"]]),
                language=_language(cells[at["language"]]),
                prefers=_channel(cells[at["prefers"]]),
            )
        except Refusal as refusal:
            yield BadRow(row.line, str(refusal))


def read_sales(
    table: Table, columns: Columns, date_order: DateOrder | None, default_currency: str, today: date
) -> Iterator[SaleRow | BadRow]:
    """The rows of a table as sales, in the order of the file.

    A file without a column of titles has the category as title, else `Invoice` and its number, else `Sale`.
    """
    at = _Places(columns)
    latest_year = today.year + _CENTURY_AHEAD
    for row in table.rows():
        cells = (*row.cells, "")
        try:
            if row.fault:
                raise Refusal(row.fault)
            yield _sale(row.line, cells, at, date_order, default_currency, latest_year)
        except Refusal as refusal:
            ref = clean_line(cells[at["ref"]]) if at["ref"] < len(cells) else ""
            yield BadRow(row.line, str(refusal), ref or None)


class _Places(dict[str, int]):
    """The column of each field; a field without one is read from the empty cell that is put behind each row."""

    def __init__(self, columns: Columns) -> None:
        super().__init__({field: found[0] for field, found in columns.of.items()})

    def __missing__(self, field: str) -> int:
        return -1


def _sale(
    line: int, cells: tuple[str, ...], at: _Places, order: DateOrder | None, default_currency: str, latest_year: int
) -> SaleRow:
    emails = _emails([cells[at["email"]]])
    phones = _phones([cells[at["phone"]]])
    company = clean_line(cells[at["company"]]) or None
    name = _name(cells, at) or company
    if not (name or emails or phones):
        raise Refusal("it names nobody: give a name or an e-mail")
    ref = clean_line(cells[at["ref"]]) or None
    category = clean_line(cells[at["category"]]) or None
    untitled = category or (f"Invoice {ref}" if ref else "Sale")
    amount, currency = _amount(cells[at["amount"]], cells[at["currency"]], default_currency)
    warranty = clean_line(cells[at["warranty"]]) or None
    if warranty:
        parse_period(warranty)
    return SaleRow(
        line=line,
        name=check_name(name) if name else None,
        email=emails[0] if emails else None,
        phone=phones[0] if phones else None,
        company=company,
        title=_title(cells[at["title"]]) if "title" in at else untitled,
        completed=_day(cells[at["date"]], order, latest_year),
        amount=amount,
        currency=currency,
        ref=ref,
        category=category,
        tags=_tags(cells[at["tags"]]),
        note=_lines(cells[at["note"]]),
        warranty=warranty,
    )


def _name(cells: tuple[str, ...], at: _Places) -> str:
    return cells[at["name"]] or f"{cells[at['first_name']]} {cells[at['last_name']]}".strip()


@lru_cache(maxsize=1024)
def _title(text: str) -> str:
    return check_name(text, "title")


def _amount(text: str, currency_text: str, default_currency: str) -> tuple[int | None, str | None]:
    if not text:
        return None, None
    stated = parse_currency(currency_text, default_currency) if currency_text else default_currency
    amount, currency = parse_signed_money(text, stated)
    if currency_text and currency != stated:
        raise Refusal(f"the amount '{clean_line(text)}' is not in {stated}, as its currency column says: correct one")
    return amount, currency


@lru_cache(maxsize=8192)
def _day(text: str, order: DateOrder | None, latest_year: int) -> date:
    """The day of a cell, without its time. A two-digit year is the latest one up to `latest_year`."""
    bare = _TIME.sub("", text)
    if found := iso_date(bare):
        return check_year(found)
    parts = _day_month_year(bare, order)
    if not parts:
        raise Refusal(
            f"'{clean_line(text)[:40]}' is not a date: write it as YYYY-MM-DD" if text else "the date is empty"
        )
    day, month, year_text = parts
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if 2000 + year <= latest_year else 1900
    try:
        return check_year(date(year, month, day))
    except ValueError:
        raise Refusal(f"'{clean_line(text)}' is no day of the calendar: check day and month") from None


def _day_month_year(text: str, order: DateOrder | None) -> tuple[int, int, str] | None:
    if first := _YEAR_FIRST.fullmatch(text):
        return int(first[4]), int(first[3]), first[1]
    if figures := _FIGURES.fullmatch(text):
        day, month = _ordered(figures, order)
        return day, month, figures[4]
    named = written_date(text)
    return named if named and named[2] else None


def _ordered(figures: re.Match[str], order: DateOrder | None) -> tuple[int, int]:
    """Day and month of `02/03/2026`; between points the day always comes first."""
    first, second = int(figures[1]), int(figures[3])
    if figures[2] == "." or first == second:
        return first, second
    if not order:
        raise Refusal(f"'{figures[0]}' may have the day or the month first: say which with --date-order DMY or MDY")
    return (first, second) if order == "DMY" else (second, first)


def _birthday(text: str, order: DateOrder | None, today: date) -> str | None:
    if not text.strip("0/-. "):  # 0/0/00 and 0000-00-00 stand for none
        return None
    if yearless_date(text):
        return parse_birthday(text, today)
    if figures := _DAY_AND_MONTH.fullmatch(text):
        day, month = _ordered(figures, order)
        return parse_birthday(f"--{month:02}-{day:02}", today)
    born = _day(text, order, today.year)
    if born > today:
        born = _day(text, order, today.year - 1)
    return parse_birthday(born.isoformat(), today)


def _emails(cells: list[str]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(_email(part) for cell in cells if cell for part in _SEVERAL_OR_COMMA.split(cell) if part)
    )


@lru_cache(maxsize=8192)
def _email(text: str) -> str:
    return check_email(text)


def _phones(cells: list[str]) -> tuple[str, ...]:
    parts = [clean_line(part) for cell in cells if cell for part in _SEVERAL.split(cell) if part]
    for part in parts:
        if not phone_digits(part):
            raise Refusal(f"'{part}' is not a phone number: it has no digits")
    return tuple(dict.fromkeys(parts))


def _address(cells: tuple[str, ...], columns: Columns) -> str | None:
    """The first address with anything in it, a line each for street, town and country."""
    for found in columns.addresses:
        part = {name: _lines(cells[index]) or "" for name, index in found.items()}
        if any(part.values()):
            return _address_lines(part)
    return None


def _address_lines(part: Mapping[str, str]) -> str:
    whole, street, city = part.get("address", ""), part.get("street", ""), part.get("city", "")
    if whole and (street or (city and city in whole)):
        return whole
    region, postcode = part.get("region", ""), part.get("postcode", "")
    if re.fullmatch(r"[A-Z]{2,3}", region):  # Springfield, IL 62701, as America and Australia write it
        town = [" ".join(filter(None, (f"{city}, {region}" if city else region, postcode)))]
    else:
        town = [f"{postcode} {city}".strip(), region]
    return "\n".join(filter(None, (whole or street, part.get("street2", ""), *town, part.get("country", ""))))


def _tags(text: str) -> tuple[str, ...]:
    tags = (clean_line(part.removeprefix("* ")) for part in _SEVERAL_OR_COMMA.split(text))
    return tuple(dict.fromkeys(tag for tag in tags if tag and tag.casefold() != _ALL_CONTACTS))


def _lines(text: str) -> str | None:
    """A text of several lines, each cleaned."""
    return "\n".join(clean_line(line) for line in text.splitlines()).strip() or None


def _language(text: str) -> str | None:
    """The two-letter code of a language, which may be written as a code with a country or as its name."""
    if not text:
        return None
    if code := _LANGUAGE.fullmatch(text):
        return code[1].lower()
    for language, names in _LANGUAGES.items():
        if fold(text) in names:
            return language
    raise Refusal(f"'{clean_line(text)[:40]}' is no language known here: give its two-letter code, such as de")


def _channel(text: str) -> str | None:
    channel = fold(text).replace("-", "")
    if channel and channel not in CHANNELS:
        raise Refusal(f"'{clean_line(text)[:40]}' is no channel: give one of {', '.join(CHANNELS)}")
    return channel or None
