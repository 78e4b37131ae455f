"""Rows of a file as contacts and sales: each cell read and checked, each row good or bad with its reason."""

from __future__ import annotations

import re
import shlex
from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from followup.core.dates import iso_date
from followup.core.identity import check_name, clean_line, name_from_email
from followup.core.money import decimal_text, parse_currency, parse_signed_money
from followup.core.period import parse_period
from followup.core.refusal import Refusal
from followup.transfer import cells as said
from followup.transfer.columns import Columns
from followup.transfer.networks import handle_in_address
from followup.transfer.own import read_own_contacts, read_own_sales
from followup.transfer.records import Aside, BadRow, ContactRow, SaleRow
from followup.transfer.sifting import FIELDS, PassedRow, sifted
from followup.transfer.tools import DateOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from followup.transfer.table import Table
    from followup.transfer.tools import Tool

_FIRST: dict[DateOrder, str] = {"DMY": "day", "MDY": "month", "YMD": "year"}
_CENTURY_AHEAD = 10
"""A two-digit year is the latest one up to so many years from now, for sales. For birthdays it is never ahead."""

_LABELS = ("label", "type")
"""What columns end with that say what kind of e-mail or phone the next one has."""

_SIFTED: dict[str, tuple[int, ...]] = {field: (index,) for index, field in enumerate(FIELDS)}
_EVENT = re.compile(r"(Event [0-9]+) - Value", re.IGNORECASE)
_OPEN_ORDER = re.compile(r"[0-9]{1,2}(?:/[0-9]{1,2}(?:/[0-9]{2,4})?|-[0-9]{1,2}-[0-9]{2,4})")


def settle_date_order(table: Table, column: int | None, forced: DateOrder | None) -> DateOrder | None:
    """Whether the dates of a column have the day, the month or the year first, told by those that can only be read one
    way. The year can be first in `26-01-05` alone, where it is no less likely than the day.

    None where no date of the column leaves it open: ISO dates, month names, and points, which have the day first.
    Refuses a column that cannot tell, and one that has both, unless the order is forced.
    """
    if forced or column is None:
        return forced
    proof: dict[DateOrder, int] = {}
    left = set(_FIRST)
    example = ""
    for row in table.rows():
        if row.fault or iso_date(row.cells[column]):
            continue
        figures = _OPEN_ORDER.fullmatch(said.without_time(row.cells[column]))
        if not figures or not (orders := _orders(figures[0])):
            continue
        left.intersection_update(orders)
        if len(orders) == 1:
            proof.setdefault(orders[0], row.line)
        elif "YMD" in orders or len({int(part) for part in re.findall("[0-9]+", figures[0])[:2]}) == 2:
            example = example or figures[0]
    name = table.header[column]
    if len(proof) > 1:
        (one, line), (other, other_line) = sorted(proof.items())[:2]
        raise Refusal(
            f"the dates of '{name}' have the {_FIRST[one]} first on line {line} and the {_FIRST[other]} first on line"
            f" {other_line}: mend the file, or say which with --date-order {one} or {other}"
        )
    if example and len(left) != 1:
        orders = [order for order in _orders(example) if order in left or not left]
        firsts = " or the ".join(_FIRST[order] for order in orders)
        raise Refusal(
            f"the dates of '{name}', such as {example}, may have the {firsts} first:"
            f" say which with --date-order {' or '.join(orders)}"
        )
    return next(iter(left)) if example else next(iter(proof), None)


def _orders(figures: str) -> list[DateOrder]:
    """The orders in which a date of figures can be read."""
    first, second, *_, last = map(int, re.findall("[0-9]+", figures))
    fits: dict[DateOrder, bool] = {
        "DMY": 1 <= first <= 31 and 1 <= second <= 12,
        "MDY": 1 <= first <= 12 and 1 <= second <= 31,
        "YMD": bool(said.TWO_DIGITS.fullmatch(figures)) and 1 <= second <= 12 and 1 <= last <= 31,
    }
    return [order for order, does in fits.items() if does]


def read_contacts(
    table: Table, columns: Columns, date_order: DateOrder | None, today: date
) -> Iterator[ContactRow | BadRow | Aside]:
    """The rows of a table as contacts, in the order of the file. Several e-mails or phones may share a cell.

    Who has no name has the company's; where the file has no column for names, or is of a known tool, else one made of
    the e-mail, else the phone. A row that only says in which groups it is, is blank. One that names nobody, as a tool
    is known to write them, is set aside.
    """
    if columns.tool and columns.tool.own:
        yield from read_own_contacts(table, today)
        return
    at = _Places(columns)
    unplaced = _unplaced(table.header, columns)
    events = _events(table.header)
    telling = _telling(table.header, columns)
    placed = set(telling).difference(index for index, _ in unplaced)
    for row in table.rows():
        if row.fault:
            yield BadRow(row.line, row.fault)
            continue
        cells = (*row.cells, "")
        if not any(cells[index] for index in telling):
            continue
        if columns.tool and columns.tool.mixed and not any(cells[index] for index in placed):
            yield Aside(row.line, "empty row", "the row is left out: it names nobody")
            continue
        days = _days(cells, events)
        read = {index for index, _ in days.values()}
        try:
            emails = said.emails([cells[i] for i in columns.of.get("email", ())])
            phones = said.phones([cells[i] for i in columns.of.get("phone", ())])
            named = _name(cells, at) or cells[at["company"]]
            if not named and not columns.needs_name and (emails or phones):
                named = name_from_email(emails[0]) if emails else phones[0]
            yield ContactRow(
                line=row.line,
                name=check_name(named),
                emails=emails,
                phones=phones,
                company=clean_line(cells[at["company"]]) or None,
                address=said.address(cells, columns),
                birthday=said.birthday(cells[at["birthday"]], date_order, today),
                handles=_linkedin(cells[at["linkedin"]]),
                tags=said.tags(cells[at["tags"]]),
                notes=said.block(cells[at["notes"]]),
                language=said.language(cells[at["language"]]),
                prefers=said.channel(cells[at["prefers"]]),
                dates={called: day for called, (_, day) in days.items()},
                left_out=tuple(
                    name for index, name in unplaced if index not in read and not said.is_void(cells[index])
                ),
            )
        except Refusal as refusal:
            yield BadRow(row.line, str(refusal))


def _linkedin(text: str) -> dict[str, str]:
    found = handle_in_address(text)
    return {found[0]: check_name(found[1], "linkedin handle")} if found and found[0] == "linkedin" else {}


def _telling(header: Sequence[str], columns: Columns) -> list[int]:
    """The columns that say anything of a person: all but groups, and what the next column is."""
    groups = columns.of.get("tags", ())
    return [i for i, name in enumerate(header) if i not in groups and not name.casefold().endswith(_LABELS)]


def _events(header: Sequence[str]) -> dict[int, int]:
    """Google's columns of other days than the birthday, each with the column that says what it is."""
    at = {name.casefold(): index for index, name in enumerate(header)}
    return {
        index: at[label]
        for index, name in enumerate(header)
        for kind in _LABELS
        if (event := _EVENT.fullmatch(name)) and (label := f"{event[1]} - {kind}".casefold()) in at
    }


def _days(cells: Sequence[str], events: Mapping[int, int]) -> dict[str, tuple[int, date]]:
    """The days that have a year, each with its column, by their names."""
    found: dict[str, tuple[int, date]] = {}
    for index, label in events.items():
        try:
            found.setdefault(said.as_key(cells[label].removeprefix("* ")), (index, said.whole_day(cells[index])))
        except Refusal:
            continue
    return found


def _unplaced(header: Sequence[str], columns: Columns) -> list[tuple[int, str]]:
    """The columns that have no place in a contact, but for those that only say what the next one is."""
    placed = {index for found in columns.of.values() for index in found}
    placed |= {index for found in columns.addresses for index in found.values()}
    return [
        (index, name)
        for index, name in enumerate(header)
        if name and index not in placed and not name.casefold().endswith(_LABELS)
    ]


def read_sales(
    table: Table, columns: Columns, date_order: DateOrder | None, default_currency: str, today: date
) -> Iterator[SaleRow | BadRow | PassedRow]:
    """The rows of a table as sales, in the order of the file; of a known tool's export also those that are no sales.

    A file without a column of titles has the category as title, else `Invoice` and its number, else `Sale`. Amounts
    without a currency have the one that the name of their column says, else the default. What has no place is named,
    but for the columns of a known tool, each of which was weighed.
    """
    if columns.tool and columns.tool.own:
        yield from read_own_sales(table)
        return
    found = _read_sales(table, columns, date_order, default_currency, today.year + _CENTURY_AHEAD)
    yield from _by_month(found) if columns.tool and columns.tool.monthly else found


def _read_sales(
    table: Table, columns: Columns, order: DateOrder | None, default_currency: str, latest_year: int
) -> Iterator[SaleRow | BadRow | PassedRow]:
    tool = columns.tool
    at = _Places(Columns(_SIFTED, tool=tool)) if tool else _Places(columns, table.header)
    if columns.currency:
        default_currency = parse_currency(columns.currency, default_currency)
    remark = None if tool or at["amount"] >= 0 else _likely_amount(table, at.unplaced, default_currency)
    for row in sifted(table, tool, columns.of) if tool else table.rows():
        if isinstance(row, PassedRow):
            yield row
            continue
        cells = (*row.cells, "")
        try:
            if row.fault:
                raise Refusal(row.fault)
            sale = _sale(row.line, cells, at, order, default_currency, latest_year)
            yield _settled(sale, cells, at, tool) if tool else replace(sale, remark=remark)
            remark = None
        except Refusal as refusal:
            ref = clean_line(cells[at["ref"]]) if at["ref"] < len(cells) else ""
            yield BadRow(row.line, str(refusal), ref or None)


def _likely_amount(table: Table, unplaced: Sequence[tuple[int, str]], default_currency: str) -> str | None:
    """What to say of the one column that holds nothing but money, not all of it whole numbers, if there is one."""
    left, marked = {index for index, _ in unplaced}, set()
    for row in table.rows():
        if not left:
            return None
        if row.fault:
            continue
        filled = {index for index in left if row.cells[index]}
        left -= {index for index in filled if not _is_money(row.cells[index], default_currency)}
        marked |= {index for index in filled if not row.cells[index].isdecimal()}
    names = [name for index, name in unplaced if index in left & marked]
    if len(names) != 1:
        return None
    chosen = shlex.quote(f"{names[0]}=amount")
    return (
        f"no column is known for the amounts, and '{names[0]}' holds nothing but money:"
        f" if it is the amount, --map {chosen}"
    )


def _is_money(text: str, default_currency: str) -> bool:
    try:
        parse_signed_money(text, default_currency)
    except Refusal:
        return False
    return True


class _Places(dict[str, int]):
    """The column of each field; a field without one is read from the empty cell that is put behind each row.

    Beside them, the columns of the header that are read for no field, and what the header says of all rows.
    """

    def __init__(self, columns: Columns, header: Sequence[str] = ()) -> None:
        super().__init__({field: found[0] for field, found in columns.of.items()})
        self.unplaced = [(index, name) for index, name in enumerate(header) if name and index not in self.values()]
        self.needs_name = columns.needs_name
        self.currency = columns.currency

    def __missing__(self, field: str) -> int:
        self[field] = -1  # told once, not for each row: whether there is a column is asked with >= 0
        return -1


def _sale(
    line: int, cells: tuple[str, ...], at: _Places, order: DateOrder | None, default_currency: str, latest_year: int
) -> SaleRow:
    emails = said.emails([cells[at["email"]]])
    phones = said.phones([cells[at["phone"]]])
    company = clean_line(cells[at["company"]]) or None
    name = _name(cells, at) or company
    if not name and at.needs_name:
        raise Refusal("the name is empty: give one" if emails or phones else "it names nobody: give a name")
    if not (name or emails or phones):
        raise Refusal("it names nobody: give a name or an e-mail")
    ref = clean_line(cells[at["ref"]]) or None
    category = clean_line(cells[at["category"]]) or None
    untitled = cells[at["untitled"]] or category or (f"Invoice {ref}" if ref else "Sale")
    amount, currency, currency_as = _amount(cells, at, default_currency)
    warranty = clean_line(cells[at["warranty"]]) or None
    if warranty:
        parse_period(warranty)
    title = cells[at["title"]]
    needs_title = at["title"] >= 0 > at["untitled"]
    return SaleRow(
        line=line,
        name=check_name(name) if name else None,
        email=emails[0] if emails else None,
        phone=phones[0] if phones else None,
        company=company,
        title=said.title(title) if title or needs_title else untitled,
        completed=said.day(cells[at["date"]], order, latest_year),
        amount=amount,
        currency=currency,
        currency_as=currency_as,
        ref=ref,
        category=category,
        tags=said.tags(cells[at["tags"]]),
        note=said.block(cells[at["note"]]),
        warranty=warranty,
        left_out=tuple(name for index, name in at.unplaced if not said.is_void(cells[index])),
    )


def _amount(cells: tuple[str, ...], at: _Places, default_currency: str) -> tuple[int | None, str | None, str]:
    """Minor units, the currency, and how the file writes that."""
    stated = cells[at["currency"]]
    text = cells[at["amount"]]
    amount, currency = said.amount(text, stated, default_currency)
    if stated and at.currency and currency not in (None, default_currency):
        raise Refusal(
            f"the amount is in {default_currency} by the name of its column, and in {currency} by its currency column:"
            " correct one"
        )
    if amount is None and at["price"] >= 0:
        text = cells[at["price"]]
        amount, currency = said.product(text, cells[at["quantity"]], stated, default_currency)
    return amount, currency, said.currency_as(text, stated) or at.currency


def _settled(sale: SaleRow, cells: tuple[str, ...], at: _Places, tool: Tool) -> SaleRow | PassedRow:
    """A sale of a known tool's export with what its row says of money that was paid back."""
    if refund := cells[at["refund"]]:
        if refund == "payment" and (sale.amount or 0) > 0:
            return PassedRow(sale.line, "refund received")
        return replace(sale, amount=-abs(sale.amount or 0), whole=refund == "payment")
    if tool.mixed and (sale.amount or 0) < 0:
        return PassedRow(sale.line, "outgoing")
    paid_back, currency = said.amount(cells[at["paid_back"]], cells[at["currency"]], sale.currency or "")
    if not paid_back or not sale.amount or not currency:
        return sale
    if abs(paid_back) >= sale.amount:
        return replace(sale, canceled=True)
    part, whole = decimal_text(abs(paid_back), currency), decimal_text(sale.amount, currency)
    return replace(
        sale, remark=f"of {whole} {currency} {part} was paid back: the sale stays as it was, see followup sale edit"
    )


def _by_month(rows: Iterable[SaleRow | BadRow | PassedRow]) -> Iterator[SaleRow | BadRow | PassedRow]:
    """Pieces of work as one sale for each client, title and month, on the last day of it that they worked."""
    sales: dict[str, SaleRow] = {}
    for row in rows:
        if not isinstance(row, SaleRow):
            yield row
            continue
        ref = f"{row.name}, {row.title}, {row.completed:%Y-%m}"
        known = sales.get(ref)
        amounts = [part.amount for part in (known, row) if part and part.amount is not None]
        sales[ref] = replace(
            row,
            line=known.line if known else row.line,
            ref=ref,
            completed=max(known.completed, row.completed) if known else row.completed,
            amount=sum(amounts) if amounts else None,
            currency=row.currency or (known.currency if known else None),
            currency_as=row.currency_as or (known.currency_as if known else ""),
        )
    yield from sales.values()


def _name(cells: tuple[str, ...], at: _Places) -> str:
    parts = (cells[at[part]] for part in ("first_name", "middle_name", "last_name"))
    return said.name(cells[at["name"]], " ".join(filter(None, parts)))
