"""Follow-ups on the calendar: files to import."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened
from followup.cli.values import choice
from followup.core.refusal import Refusal
from followup.store.book import Book

app = typer.Typer()

_FARTHEST = timedelta(days=366 * 50)


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The .ics file to write; - is stdout.")],
    ahead: Annotated[str, typer.Option(metavar="PERIOD", help="How far to look ahead.")] = "12 months",
    form: Annotated[str, typer.Option("--as", metavar="event|todo", help="As events or as to-dos.")] = "event",
    at: Annotated[str, typer.Option(metavar="HH:MM", help="At this time of day, not for the whole day.")] = "",
    contact: Annotated[str, typer.Option(metavar="WHO", help="Only this person's.")] = "",
    rule: Annotated[str, typer.Option(metavar="RULE", help="Only what this rule planned.")] = "",
    json: JSON = False,
) -> None:
    """A calendar file of what is to do, to import again and again: nothing appears twice, what is done goes away."""
    if json and file == "-":
        raise Refusal("--json and the calendar cannot both be on stdout: name a file")
    from followup.calendar.entries import FORMS, Style
    from followup.calendar.export import Wish, publish, write_file
    from followup.store import contacts

    documents: list[bytes] = []
    with opened(ctx) as book:
        style = Style(
            form=FORMS[FORMS.index(choice(form, FORMS, "form"))],
            at=_time(at) if at else "",
            alarm=book.config.remind_at,
        )
        wish = Wish(
            until=_until(book, ahead),
            style=style,
            contact_id=contacts.find(book.db, contact) if contact else None,
            rule=choice(rule, [known.name for known in book.rules.rules], "rule") if rule else None,
        )
        keep = documents.append if file == "-" else lambda document: write_file(Path(file), document)
        published = publish(book, wish, keep)
    if documents:
        output.verbatim(documents[0])
    elif json:
        output.as_json(
            {
                "file": file,
                "entries": published.entries,
                "cancelled": published.cancelled,
                "completed": published.completed,
            }
        )
    else:
        counts = [(published.cancelled, "cancelled"), (published.completed, "completed")]
        told = [
            f"{published.entries} follow-up{'s' * (published.entries != 1)}",
            *(f"{n} {what}" for n, what in counts if n),
        ]
        output.lines(f"{file}: {', '.join(told)}")


def _until(book: Book, ahead: str) -> date:
    from followup.core.period import parse_period

    until = book.planner.workdays.add(book.today, parse_period(ahead))
    if until - book.today > _FARTHEST:
        raise Refusal(f"'{ahead}' ahead is too far: 50 years are the most")
    return until


def _time(text: str) -> str:
    """A time of day as HH:MM. Refuses what is none."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip(), re.ASCII)
    if found is None:
        raise Refusal(f"'{text}' is not a time of day: write it as 09:00")
    return f"{found[1]:>02}:{found[2]}"
