"""The whole home as one file, and back."""

from contextlib import closing
from typing import Annotated

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.place import place
from followup.cli.replacing import agree
from followup.cli.values import named_path

app = typer.Typer()


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write, or an earlier backup to replace.")],
    json: JSON = False,
) -> None:
    """The whole home as one file: data, configuration, rules and messages. Safe while followup is in use."""
    from followup.store.backup import back_up, read

    path = named_path(file, "file")
    back_up(place(ctx).home, path)
    with closing((written := read(path)).db):
        size = path.stat().st_size
    if json:
        output.as_json({"file": file, "contacts": written.contacts, "sales": written.sales, "bytes": size})
    else:
        output.lines(f"{file}: {_held(written.contacts, written.sales)}, {size / 1_000_000:,.1f} MB")


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup, or a copy of a followup.db.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    json: JSON = False,
) -> None:
    """Makes the home what a backup holds. What was there is kept beside it. Mends a damaged data file."""
    from followup.store import backup as backups

    home, today = place(ctx)
    data = home / "followup.db"
    found = backups.read(named_path(file, "file"))
    held = _held(found.contacts, found.sales)
    with closing(found.db):
        if data.exists() and output.attended() and not yes:
            agree(
                f"Replace all that is in {home} by {held} of {file}? What is there now is kept beside it.", "restored"
            )
        with output.progress(None, f"Restoring {file}") as tick:
            kept = backups.restore(home, found, today, tick)
    settings = found.files is not None
    if json:
        answer = {"file": file, "contacts": found.contacts, "sales": found.sales, "settings": settings, "kept": kept}
        output.as_json(answer)
    else:
        output.lines(f"Restored {held} from {file}.")
    if not settings:
        output.notice("it holds only the data: configuration, rules and messages are as they were")
    if kept:
        output.notice(f"what was there before is in {home / kept}")


def _held(contacts: int, sales: int) -> str:
    return f"{contacts:,} contact{'s' * (contacts != 1)} and {sales:,} sale{'s' * (sales != 1)}"
