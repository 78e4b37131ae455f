"""Follow-ups of one's own."""

from typing import Annotated

import typer

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.done import when
from followup.cli.due import show
from followup.cli.opening import opened
from followup.core.agenda import agenda
from followup.core.identity import check_name
from followup.core.model import CHANNELS, Reminder
from followup.core.period import Period, parse_period
from followup.core.refusal import Refusal
from followup.store import contacts, events

app = typer.Typer()


@app.command()
def remind(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="WHO", help="A person, or @tag for everyone with that tag.")],
    day: Annotated[str, typer.Argument(metavar="WHEN", help="A DATE, or a PERIOD from today.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to do.")],
    channel: Annotated[str, typer.Option(metavar="CHANNEL", help="How.")] = "",
    every: Annotated[str, typer.Option(metavar="PERIOD", help="Again, so long after the day it was done.")] = "",
    json: JSON = False,
) -> None:
    """A follow-up of your own, once or again and again. It is never held and never expires."""
    if channel and channel not in CHANNELS:
        raise Refusal(f"there is no channel '{channel}': channels are {', '.join(CHANNELS)}")
    title = check_name(text, "text")
    period = parse_period(every) if every else None
    if period == Period():
        raise Refusal("--every needs a period longer than nothing")
    with opened(ctx) as book:
        due = when(book, day)
        if due < book.today:
            raise Refusal(f"{due} has passed: give today or a later day")
        ids = contacts.several(book.db, who)
        made = []
        with book.change(f"remind {who} {due}: {title}") as changing:
            for contact_id in ids:
                reminder = Reminder(
                    id=0,
                    contact_id=contact_id,
                    day=due,
                    text=title,
                    channel=channel or None,
                    every=str(period) if period else None,
                )
                made.append(f"reminder:{events.insert_reminder(book.db, reminder)}")
                changing.touch(contact_id)
        entries = agenda([row for row in changing.planned() if row.started_by in made], book.today, 0)
        if json:
            shown = [shapes.followup(e.standing, e.state, book.today) for e in entries]
            output.as_json(shown if who.startswith("@") else shown[0])
        else:
            show(entries, book.today)
