"""Follow-ups of one's own."""

from typing import Annotated

import typer

from followup.cli import output, shapes, values
from followup.cli.app import JSON
from followup.cli.choosing import chosen_contacts
from followup.cli.done import when
from followup.cli.morning import show
from followup.cli.opening import opened_to_change
from followup.core.agenda import agenda
from followup.core.identity import check_name
from followup.core.model import Reminder
from followup.core.refusal import Refusal
from followup.store import events

app = typer.Typer()


@app.command()
def remind(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="WHO", help="A person, or @tag for everyone with that tag.")],
    day: Annotated[str, typer.Argument(metavar="WHEN", help="A DATE, or a PERIOD from today.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to do.")],
    channel: Annotated[str | None, typer.Option(metavar="CHANNEL", help="How.")] = None,
    every: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Again, so long after the day it was done.")
    ] = None,
    json: JSON = False,
) -> None:
    """A follow-up of your own, once or again and again. It is never held and never expires."""
    title = check_name(text, "text")
    by = None if channel is None else values.channel(channel)
    again = None if every is None else values.period(every)
    with opened_to_change(ctx) as book:
        due = when(book, day)
        if due < book.today:
            raise Refusal(f"{due} has passed: give today or a later day")
        ids, called = chosen_contacts(book, who)
        made = []
        with book.change(f"remind {called} {due}: {title}") as changing:
            for contact_id in ids:
                reminder = Reminder(id=0, contact_id=contact_id, day=due, text=title, channel=by, every=again)
                made.append(f"reminder:{events.insert_reminder(book.db, reminder)}")
                changing.touch(contact_id)
        entries = agenda([row for row in changing.planned() if row.started_by in made], book.today, 0)
        if json:
            shown = [shapes.followup(entry.standing, entry.state, book.today) for entry in entries]
            output.as_json(shown if who.startswith("@") else shown[0])
        else:
            show(entries, book.today)
