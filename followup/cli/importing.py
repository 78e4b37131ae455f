"""Contacts and sales from files of other programs."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened
from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.transfer.importing import Result, import_contacts, import_sales

app = typer.Typer()

FILE = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file, of whatever encoding and delimiter.")]
MAP = Annotated[
    list[str], typer.Option("--map", metavar="COLUMN=FIELD", help="What a column holds, if it is not clear.")
]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
PARTIAL = Annotated[bool, typer.Option("--partial", help="Take the good rows, report the bad ones.")]
ORDER = Annotated[str, typer.Option("--date-order", metavar="DMY|MDY", help="How dates such as 01/02/2026 are meant.")]
_MOST_NAMED = 10


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

    with opened(ctx) as book:
        table = read_table(file)
        columns = match_columns(table.header, "contacts", _mapping(map_))
        order = settle_date_order(table, next(iter(columns.of.get("birthday", ())), None), _order(date_order))
        with output.progress(None, "reading contacts") as tick:
            result = import_contacts(
                book,
                read_contacts(table, columns, order, book.today),
                f"import contacts {file.name}",
                partial=partial,
                dry_run=dry_run,
                tick=lambda: tick(1),
            )
    _answer(file, result, "contact", partial, dry_run, json)


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
    """Sales from a CSV file, with the clients that are not yet known. The same file twice adds nothing."""
    from followup.transfer.columns import match_columns
    from followup.transfer.rows import read_sales, settle_date_order
    from followup.transfer.table import read_table

    with opened(ctx) as book:
        table = read_table(file)
        columns = match_columns(table.header, "sales", _mapping(map_))
        order = settle_date_order(table, next(iter(columns.of.get("date", ())), None), _order(date_order))
        with output.progress(None, "reading sales") as tick:
            result = import_sales(
                book,
                read_sales(table, columns, order, book.config.currency, book.today),
                f"import sales {file.name}",
                partial=partial,
                dry_run=dry_run,
                past=past,
                tick=lambda: tick(1),
            )
    _answer(file, result, "sale", partial, dry_run, json)


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


def _answer(file: Path, result: Result, what: str, partial: bool, dry_run: bool, json: bool) -> None:
    taken = not result.rejected or partial
    if not taken and not dry_run:
        result.added = result.updated = result.unchanged = result.people = 0
    if json:
        output.as_json(_document(result))
    elif taken:
        _say(result, what, dry_run)
    for row in result.reported + (result.rejected if taken else []):
        output.notice(f"line {row.line}: {row.reason}")
    if not taken:
        named = "; ".join(f"line {row.line}: {row.reason}" for row in result.rejected[:_MOST_NAMED])
        more = f"; and {len(result.rejected) - _MOST_NAMED} more" if len(result.rejected) > _MOST_NAMED else ""
        raise Refusal(f"{file.name} was not taken: {named}{more} (--partial takes the good rows)")


def _document(result: Result) -> dict[str, Any]:
    rows = sorted(result.rejected + result.reported, key=lambda row: row.line)
    return {
        "added": result.added,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "rejected": [{"line": row.line, "reason": row.reason} for row in rows],
        "contacts_added": result.people,
    }


def _say(result: Result, what: str, dry_run: bool) -> None:
    counts = [("added", result.added), ("updated", result.updated), ("unchanged", result.unchanged)]
    if what == "sale":
        counts.append(("new clients", result.people))
    counts.append(("rejected", len(result.rejected)))
    if not output.on_terminal():
        output.table([name for name, _ in counts], [[n for _, n in counts]])
        return
    text = ", ".join(f"{n:,} {name}" for name, n in counts)
    output.lines(f"{'Would be' if dry_run else what.capitalize() + 's'}: {text}")
