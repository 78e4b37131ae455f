"""Contacts and sales from files of other programs."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened
from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.transfer.importing import Remark, Result, import_contacts, import_sales

app = typer.Typer()

FILE = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file, of whatever encoding and delimiter.")]
MAP = Annotated[
    list[str], typer.Option("--map", metavar="COLUMN=FIELD", help="What a column holds, if it is not clear.")
]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
PARTIAL = Annotated[bool, typer.Option("--partial", help="Take the good rows, report the bad ones.")]
ORDER = Annotated[str, typer.Option("--date-order", metavar="DMY|MDY", help="How dates such as 01/02/2026 are meant.")]

_MOST_IN_A_LINE = 10
"""So many bad rows are named in the line of the error itself; of more, each has a line of its own."""


@app.command("contacts")
def contacts_(
    ctx: typer.Context,
    file: FILE,
    map_: MAP = [],  # noqa: B006
    dry_run: DRY_RUN = False,
    partial: PARTIAL = False,
    date_order: ORDER = "",
    json: JSON = False,
) -> None:
    """Contacts from a CSV file. Fills what is empty in those that are known, overwrites nothing."""
    from followup.transfer.columns import match_columns
    from followup.transfer.rows import read_contacts, settle_date_order
    from followup.transfer.table import read_table

    table = read_table(file)
    columns = match_columns(table.header, "contacts", _mapping(map_))
    order = settle_date_order(table, columns.index("birthday"), _order(date_order))
    with opened(ctx) as book, output.progress(None, f"Importing {file.name}") as tick:
        result = import_contacts(
            book,
            read_contacts(table, columns, order, book.today),
            f"import contacts {file.name}",
            partial=partial,
            dry_run=dry_run,
            tick=tick,
        )
    _answer(file, result, _counts(result), dry_run, json)


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

    A row with a negative amount is a credit note: it cancels the sale whose invoice it names. An invoice that is known
    with another amount is reported and stays as it is; the other rows are taken.
    """
    from followup.transfer.columns import match_columns
    from followup.transfer.rows import read_sales, settle_date_order
    from followup.transfer.table import read_table

    table = read_table(file)
    columns = match_columns(table.header, "sales", _mapping(map_))
    order = settle_date_order(table, columns.index("date"), _order(date_order))
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
    _answer(file, result, _counts(result) | {"contacts_added": result.people}, dry_run, json)


def _mapping(given: list[str]) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in given]
    for text, (column, _, field) in zip(given, pairs, strict=True):
        if not column or not field:
            raise Refusal(f"'{clean_line(text)}' is no --map: write it as COLUMN=FIELD")
    return {column: field.strip() for column, _, field in pairs}


def _order(text: str) -> Literal["DMY", "MDY"] | None:
    match text.upper():
        case "":
            return None
        case "DMY":
            return "DMY"
        case "MDY":
            return "MDY"
    raise Refusal(f"'{clean_line(text)}' is no date order: give DMY (day first) or MDY (month first)")


def _counts(result: Result) -> dict[str, int]:
    return {"added": result.added, "updated": result.updated, "unchanged": result.unchanged}


def _answer(file: Path, result: Result, counts: dict[str, int], dry_run: bool, json: bool) -> None:
    """Says what an import did. Refuses, after the document, a file that was not taken because of its bad rows."""
    rejected = sorted(result.rejected + result.reported, key=lambda row: row.line)
    if json:
        output.as_json(counts | {"rejected": _documents(rejected), "notices": _documents(result.notices)})
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
