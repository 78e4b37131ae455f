"""Taking back the last change."""

from typing import Annotated

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened

app = typer.Typer()

_COLUMNS = ("id", "day", "command")


@app.command()
def undo(
    ctx: typer.Context,
    list_: Annotated[bool, typer.Option("--list", help="Only show what can be taken back, the latest first.")] = False,
    json: JSON = False,
) -> None:
    """Takes back the last change, whatever command made it, an import as one."""
    from followup.store import journal

    with opened(ctx) as book, output.progress(None, "Taking back") as tick:
        found = journal.changes(book.db) if list_ else [book.undo(tick)]
        today = book.today
    if not list_ and found[0].command.startswith("import archive "):
        output.notice("configuration, rules and messages stay as they were imported")
    if json:
        shown = [{"id": change.id, "command": change.command, "day": change.day} for change in found]
        output.as_json(shown if list_ else {"undone": shown[0]})
    elif list_ or not output.on_terminal():
        rows = [(change.id, change.day, change.command) for change in found]
        output.table(_COLUMNS, rows, today=today, empty="There is nothing to undo.")
    else:
        output.lines(f"Took back: {found[0].command} ({output.day_text(found[0].day, today)}).")
