"""Contacts and sales from files of other programs."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial as given
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.opening import opened, opened_to_fill
from followup.cli.values import named_path
from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.transfer.importing import import_contacts, import_sales
from followup.transfer.result import Remark, Result

if TYPE_CHECKING:
    from followup.transfer.records import Aside, BadRow, ContactRow
    from followup.transfer.tools import DateOrder

app = typer.Typer()

FILE = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file, of whatever encoding and delimiter.")]
MAP = Annotated[
    list[str], typer.Option("--map", metavar="COLUMN=FIELD", help="What a column holds, if it is not clear.")
]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
PARTIAL = Annotated[bool, typer.Option("--partial", help="Take the good rows, report the bad ones.")]
ORDER = Annotated[
    str, typer.Option("--date-order", metavar="DMY|MDY|YMD", help="How dates such as 01/02/2026 are meant.")
]

_MOST_IN_A_LINE = 10
"""So many bad rows are named in the line of the error itself; of more, each has a line of its own."""


@app.command("contacts")
def contacts_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file of any encoding and delimiter, or vCards.")],
    map_: MAP = [],  # noqa: B006
    dry_run: DRY_RUN = False,
    partial: PARTIAL = False,
    date_order: ORDER = "",
    json: JSON = False,
) -> None:
    """Contacts from a CSV file or from vCards. Fills what is empty in those that are known, overwrites nothing."""
    rows = _contact_rows(file, map_, date_order)
    with opened(ctx) as book, output.progress(None, f"Importing {file.name}") as tick:
        result = import_contacts(
            book, rows(book.today), f"import contacts {file.name}", partial=partial, dry_run=dry_run, tick=tick
        )
    _answer(file, result, _counts(result), dry_run, json, _joined_documents(result))
    _tell_joined(result)


def _contact_rows(
    file: Path, mapping: list[str], date_order: str
) -> "Callable[[date], Iterable[ContactRow | BadRow | Aside]]":
    """What reads the file, given today: vCards if it begins with one or is called so, else CSV."""
    from followup.transfer.content_lines import is_vcard

    if is_vcard(file):
        from followup.transfer.vcards import check_cards, read_vcards

        if mapping or date_order:
            option = "--map" if mapping else "--date-order"
            raise Refusal(f"{option} is for CSV files, and {file.name} has vCards: leave it out")
        check_cards(file)
        return given(read_vcards, file)
    from followup.transfer.columns import match_columns
    from followup.transfer.rows import read_contacts, settle_date_order
    from followup.transfer.table import read_table

    table = read_table(file)
    columns = match_columns(table.header, "contacts", _mapping(mapping))
    order = settle_date_order(table, columns.index("birthday"), _order(date_order))
    return given(read_contacts, table, columns, order)


@app.command("sales")
def sales_(
    ctx: typer.Context,
    file: FILE,
    map_: MAP = [],  # noqa: B006
    dry_run: DRY_RUN = False,
    partial: PARTIAL = False,
    past: Annotated[bool, typer.Option("--past", help="Plan also what would be due before today.")] = False,
    date_order: ORDER = "",
    json: JSON = False,
) -> None:
    """Sales from a CSV file, with the contacts that are not yet known. The same file twice adds nothing.

    What Stripe, PayPal, Square, Wise, Wave, FreshBooks, QuickBooks, Xero, Zoho Invoice, Harvest and Toggl export is
    known by its header; of other files the columns are recognised by their names.

    A row with a negative amount is a credit note: it cancels the sale whose invoice it names. An invoice that is known
    with another amount is reported and stays as it is; the other rows are taken.
    """
    from followup.transfer.columns import match_columns
    from followup.transfer.content_lines import is_vcard
    from followup.transfer.rows import read_sales, settle_date_order
    from followup.transfer.table import read_table

    if is_vcard(file):
        raise Refusal(f"{file.name} has vCards, which hold no sales: followup import contacts takes them")
    table = read_table(file)
    columns = match_columns(table.header, "sales", _mapping(map_))
    order = settle_date_order(table, columns.index("date"), _order(date_order) or columns.date_order)
    with opened(ctx) as book, output.progress(None, f"Importing {file.name}") as tick:
        result = import_sales(
            book,
            read_sales(table, columns, order, book.config.currency, book.today),
            f"import sales {file.name}",
            partial=partial,
            dry_run=dry_run,
            past=past,
            tick=tick,
        )
    counts = _counts(result) | {"contacts_added": result.people}
    _answer(file, result, counts, dry_run, json, {"left_out": result.left_out, "passed_over": result.passed_over})
    _tell_left_out(result)
    if result.passed_over:
        output.notice(f"passed over, being no sales: {_sums(Counter(result.passed_over).elements())}")


@app.command("archive")
def archive_(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder that followup export wrote as csv or json.")],
    json: JSON = False,
) -> None:
    """A whole exported home into an empty one: the same contacts, sales, follow-ups and calendar entries again."""
    from msgspec.json import decode

    from followup.calendar.entries import Content
    from followup.cli.archive import held
    from followup.transfer.archive_in import take_in

    source = named_path(folder, "folder")
    with opened_to_fill(ctx) as book, output.progress(None, f"Importing {folder}") as tick:
        counts, kept = take_in(book, source, lambda text: decode(text, type=Content), tick)
    if json:
        output.as_json({"rows": counts})
    else:
        output.lines(f"Imported {held(counts)}.")
    for path, copy in kept.items():
        output.notice(f"{path} as it was is in {copy}: undo does not bring it back")


def _mapping(given: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for text in given:
        column, _, field = text.rpartition("=")
        if not column or not field:
            raise Refusal(f"'{clean_line(text)}' is no --map: write it as COLUMN=FIELD")
        if column in fields:
            raise Refusal(f"'{clean_line(column)}' is mapped twice: map it once")
        fields[column] = field.strip()
    return fields


def _order(text: str) -> "DateOrder | None":
    match text.upper():
        case "":
            return None
        case "DMY":
            return "DMY"
        case "MDY":
            return "MDY"
        case "YMD":
            return "YMD"
    raise Refusal(f"'{clean_line(text)}' is no date order: give DMY (day first), MDY (month first) or YMD")


def _counts(result: Result) -> dict[str, int]:
    return {"added": result.added, "updated": result.updated, "unchanged": result.unchanged}


def _joined_documents(result: Result) -> dict[str, Any]:
    """Which rows were taken for people who were known, where they contradict them, and what had no place."""
    return {
        "merged": [
            {"line": merged.line, "contact": {"id": merged.id, "name": merged.name}, "by": merged.by}
            for merged in result.merged
        ],
        "conflicts": [
            {
                "line": clash.line,
                "contact": {"id": clash.id, "name": clash.name},
                **shapes.conflict(clash.conflict),
            }
            for clash in result.clashes
        ],
        "left_out": result.left_out,
    }


def _tell_joined(result: Result) -> None:
    """The same in a few lines: each conflict, or their number where they are many."""
    if result.merged:
        output.notice(f"taken for people who were known: {_sums(merged.by for merged in result.merged)}")
    told = {remark.line for remark in result.notices}
    clashes = [c for c in result.clashes if c.conflict.field != "name" or c.line not in told]
    if len(clashes) > _MOST_IN_A_LINE:
        fields = _sums(clash.conflict.field for clash in clashes)
        output.notice(f"what was known stays where it differs: {fields} (--json names each)")
        clashes = []
    for clash in clashes:
        kept, given = output.short(clash.conflict.kept or "nothing"), output.short(clash.conflict.given)
        who = f"{clash.name} ({clash.id})"
        output.notice(f"line {clash.line}: {who} keeps {clash.conflict.field} '{kept}', not '{given}'")
    _tell_left_out(result)


def _tell_left_out(result: Result) -> None:
    if result.left_out:
        output.notice(f"left out, for want of a place: {_sums(Counter(result.left_out).elements())}")


def _sums(found: Iterable[str]) -> str:
    """How often there is what, the most frequent first."""
    return ", ".join(f"{what}: {number:,}" for what, number in Counter(found).most_common())


def _answer(
    file: Path, result: Result, counts: dict[str, int], dry_run: bool, json: bool, more: Mapping[str, Any] = {}
) -> None:
    """Says what an import did. Refuses, after the document, a file that was not taken because of its bad rows."""
    rejected = sorted(result.rejected + result.reported, key=lambda row: row.line)
    if json:
        found = {"rejected": _documents(rejected), "notices": _documents(result.notices)}
        output.as_json({**counts, **found, **more})
    elif not result.refused:
        _say(counts | {"rejected": len(rejected)}, dry_run)
    named = result.refused and len(result.rejected) <= _MOST_IN_A_LINE
    told = result.reported if named else rejected
    for row in sorted(told + result.notices, key=lambda row: row.line):
        output.notice(_line(row))
    if result.refused:
        reasons = "; ".join(map(_line, result.rejected)) if named else f"{len(result.rejected)} bad rows, named above"
        raise Refusal(f"{file.name} was not taken: {reasons} (mend them, or --partial takes the good rows)")


def _documents(remarks: list[Remark]) -> list[dict[str, Any]]:
    return [{"line": remark.line, "reason": remark.reason} for remark in remarks]


def _line(remark: Remark) -> str:
    return f"line {remark.line}: {remark.reason}"


def _say(counts: dict[str, int], dry_run: bool) -> None:
    if not output.on_terminal():
        output.table(list(counts), [list(counts.values())])
        return
    said = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in counts.items())
    output.lines(f"{'Would be' if dry_run else 'Imported'}: {said}.")
