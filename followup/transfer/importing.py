"""Rows into the book, as one change: those of a file of contacts, or of sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.core.refusal import Refusal
from followup.transfer.contact_taking import ContactTaker
from followup.transfer.result import Remark, Result
from followup.transfer.sale_taking import SaleTaker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from followup.store.book import Book
    from followup.transfer.records import Aside, BadRow, ContactRow, SaleRow
    from followup.transfer.sifting import PassedRow


class _NotTaken(Exception):
    """Ends an import without a change: a dry run, or a file with bad rows."""


def import_contacts(
    book: Book,
    rows: Iterable[ContactRow | BadRow | Aside],
    command: str,
    *,
    partial: bool,
    dry_run: bool,
    tick: Callable[[int], None],
) -> Result:
    """Adds the contacts that are new and fills what is empty in those that are known; overwrites nothing.

    One change. With a bad row nothing is taken, unless `partial`. `tick` is told of each row and each replan.
    """
    result = Result()
    try:
        with book.change(command) as changing:
            changing.progress = tick
            taker = ContactTaker(book, result)
            for row in rows:
                tick(1)
                try:
                    changing.touch(taker.take(row))
                except Refusal as refusal:
                    result.rejected.append(Remark(row.line, str(refusal)))
            taker.edits.write()
            _settle(result, partial, dry_run)
    except _NotTaken:
        pass
    return result


def _settle(result: Result, partial: bool, dry_run: bool) -> None:
    result.rejected.sort(key=lambda remark: remark.line)
    if result.rejected and not partial:
        result.refused = True
        result.added = result.updated = result.unchanged = result.people = 0
        for told in (result.notices, result.merged, result.clashes, result.left_out):
            told.clear()
    if dry_run or result.refused:
        raise _NotTaken


def import_sales(
    book: Book,
    rows: Iterable[SaleRow | BadRow | PassedRow],
    command: str,
    *,
    partial: bool,
    dry_run: bool,
    past: bool,
    tick: Callable[[int], None],
) -> Result:
    """Adds the sales that are new, with the contacts that are; a row that names a known invoice is left as it is.

    One change. With a bad row nothing is taken, unless `partial`. Without `past` the sales start nothing that is due
    before today. `tick` is told of each row and each replan.
    """
    result = Result()
    try:
        with book.change(command) as changing:
            changing.progress = tick
            taker = SaleTaker(book, result, None if past else book.today)
            for row in rows:
                tick(1)
                try:
                    changing.touch(taker.take(row))
                except Refusal as refusal:
                    result.rejected.append(Remark(row.line, str(refusal)))
            for note in taker.credit_notes:
                try:
                    changing.touch(*taker.credit(note))
                except Refusal as refusal:
                    result.rejected.append(Remark(note.line, str(refusal)))
            taker.edits.write()
            _settle(result, partial, dry_run)
    except _NotTaken:
        pass
    return result
