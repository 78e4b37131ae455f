"""Taking a holiday."""

from datetime import date
from typing import Annotated

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened_to_change
from followup.core.away import with_away
from followup.core.dates import parse_date
from followup.store.preview import difference, standing_days

app = typer.Typer()


@app.command()
def away(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="FROM", help="The first day, a DATE.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="The last day, a DATE.")],
    json: JSON = False,
) -> None:
    """Take a holiday: adds it to the configuration, and nothing falls due in it."""
    with opened_to_change(ctx) as book:
        start = parse_date(first, book.today, "forward")
        end = _last_day(last, book.today, start)
        path = book.home / "config.toml"
        text = path.read_bytes().decode() if path.exists() else ""
        changed = with_away(text, start, end)
        before = standing_days(book.db)
        book.rewrite(path.name, changed)
        counts = difference(before, standing_days(book.db))
    if json:
        output.as_json({"away": [start, end], **counts})
    else:
        moved = counts["move"]
        output.lines(f"Away from {start} to {end}: {moved} follow-up{'s' * (moved != 1)} moved.")
        output.notice("to take it back, take it out of config.toml: undo is for contacts, sales and events")


def _last_day(text: str, today: date, first: date) -> date:
    """The last day: as seen from today, or where that would be before the first day, from there."""
    day = parse_date(text, today, "forward")
    return day if day >= first else parse_date(text, first, "forward")
