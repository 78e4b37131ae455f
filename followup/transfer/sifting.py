"""Rows of a known tool's export, sifted: those that are sales, their cells in one order, and those that are not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from followup.core.identity import clean_line, fold
from followup.transfer.amounts import stated_currency
from followup.transfer.table import Row
from followup.transfer.tools import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from followup.transfer.table import Table
    from followup.transfer.tools import Tool

FIELDS = (
    "name", "first_name", "last_name", "email", "phone", "company", "date", "title", "untitled", "amount", "price",
    "quantity", "paid_back", "currency", "ref", "category", "tags", "note", "warranty", "to", "refund",
)  # fmt: skip
"""The order of the cells in a sifted row. `untitled` is its title where it has none; `refund` says that the row pays
back what `ref` names: a `payment` or an `invoice`."""

_AT = {field: index for index, field in enumerate(FIELDS)}
_LONGEST_CALLED = 40


class PassedRow(Struct, frozen=True):
    """A row that is no sale, and what it is called."""

    line: int
    what: str


class _Test(Struct, frozen=True):
    """A sieve or a refund's mark, with the places of its column and its words."""

    at: tuple[int, ...]
    words: frozenset[str]
    parts: tuple[str, ...]
    called: str
    column: str


def sifted(table: Table, tool: Tool, of: Mapping[str, Sequence[int]]) -> Iterator[Row | PassedRow]:
    """The rows of a table: those that are sales with their cells in the order of `FIELDS`, told apart from the others.

    `of` has the columns of each field; the first of them that is filled counts.
    """
    sieves = [_test(sieve.column, sieve.takes, sieve.drops, sieve.called, table) for sieve in tool.sieves]
    refund = tool.refund and _test(tool.refund.column, tool.refund.words, "", "", table)
    named = places(tool.refund.names, table.header) if tool.refund else ()
    stated = next(filter(None, (stated_currency(table.header[index]) for index in of.get("amount", ()))), "")
    grouped, person = tool.grouped and not table.header[0], ""
    for row in table.rows():
        cells = row.cells
        named_above = grouped and any(cells[:1]) and "\0" not in cells[0]
        if row.fault and not named_above:
            if not cells or cells[0]:  # it may have been the line that names the next person
                person = ""
            yield Row(row.line, ("",) * len(FIELDS), row.fault)
            continue
        if named_above:  # a person, the totals below theirs, or the foot of the report, which is shorter
            person = cells[0]
            if any(cells[1:]):
                yield PassedRow(row.line, "total")
            continue
        if what := _passed_over(cells, sieves):
            yield PassedRow(row.line, what)
            continue
        found = [_first(cells, of.get(field, ())) for field in FIELDS]
        found[_AT["name"]] = found[_AT["name"]] or person
        found[_AT["currency"]] = found[_AT["currency"]] or stated
        found[_AT["untitled"]] = tool.untitled or ""
        if tool.mixed and (what := _no_sale(found)):
            yield PassedRow(row.line, what)
            continue
        if refund and tool.refund and _says(cells, refund):
            found[_AT["refund"]] = "payment" if tool.refund.payment else "invoice"
            found[_AT["ref"]] = _first(cells, named)
        yield Row(row.line, tuple(found))


def _test(column: str, words: str, parts: str, called: str, table: Table) -> _Test:
    def parted(text: str) -> list[str]:
        return [fold(word) for word in text.split(",") if word]

    first = column.split("|")[0].casefold()
    return _Test(places(column, table.header), frozenset(parted(words)), tuple(parted(parts)), called, first)


def _passed_over(cells: Sequence[str], sieves: Sequence[_Test]) -> str | None:
    for sieve in sieves:
        if not sieve.at:
            continue
        cell = _first(cells, sieve.at)
        said = _folded(cell)
        if (sieve.words and said not in sieve.words) or any(part in said for part in sieve.parts):
            return sieve.called or clean_line(cell).lower()[:_LONGEST_CALLED] or f"no {sieve.column}"
    return None


def _says(cells: Sequence[str], test: _Test) -> bool:
    said = _folded(_first(cells, test.at))
    return any(word in said for word in test.words) if test.words else bool(said)


def _no_sale(found: Sequence[str]) -> str | None:
    if not any(found[_AT[field]] for field in ("name", "first_name", "last_name", "email", "phone", "company")):
        return "no customer"
    if found[_AT["to"]] and fold(found[_AT["to"]]) == fold(found[_AT["name"]]):
        return "own transfer"
    return None


@lru_cache(maxsize=1024)
def _folded(cell: str) -> str:
    """A cell with one of few words, such as a status."""
    return fold(cell)


def _first(cells: Sequence[str], at: Sequence[int]) -> str:
    for index in at:
        if cells[index]:
            return cells[index]
    return ""
