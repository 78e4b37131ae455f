"""The morning list, as it is asked for."""

from typing import Annotated

import typer

from followup.cli.app import JSON
from followup.cli.morning import Wish, tell
from followup.cli.place import place

app = typer.Typer()


@app.command()
def due(
    ctx: typer.Context,
    ahead: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Add what comes due in the next days or weeks.")
    ] = None,
    contact: Annotated[str | None, typer.Option(metavar="WHO", help="Only this person's.")] = None,
    rule: Annotated[str | None, typer.Option(metavar="RULE", help="Only what this rule planned.")] = None,
    channel: Annotated[str | None, typer.Option(metavar="CHANNEL", help="Only this channel's.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Add the held and the snoozed ones.")] = False,
    json: JSON = False,
) -> None:
    """What to do today, in order of due date, then priority, then name."""
    tell(place(ctx), Wish(ahead, contact, rule, channel, all_, json))
