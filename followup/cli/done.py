"""Answering the list: done, skip, snooze."""

from datetime import date
from typing import Annotated

import typer
from typer._click.exceptions import UsageError

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.choosing import all_chosen
from followup.cli.due import show
from followup.cli.opening import opened
from followup.core.agenda import Entry, Standing, agenda
from followup.core.refusal import Refusal
from followup.store import followups
from followup.store.book import Book, Changing

app = typer.Typer()

IDS = Annotated[
    list[str], typer.Argument(metavar="ID...", help="Follow-ups, by id or by a person with one line in due.")
]
NOTE = Annotated[str, typer.Option(metavar="TEXT", help="Something to remember about it.")]


@app.command()
def done(
    ctx: typer.Context,
    ids: IDS,
    on: Annotated[str, typer.Option(metavar="DATE", help="The day it was done, if not today.")] = "",
    note: NOTE = "",
    json: JSON = False,
) -> None:
    """It was sent or said: closes it, logs the contact as touched, plans what comes next."""
    with opened(ctx) as book:
        day = _past(on, book.today)
        rows = all_chosen(book, ids)
        with book.change(f"done {_names(rows)}") as changing:
            for row in rows:
                followups.done(changing.db, row, day, book.today, note or None)
                changing.touch(row.contact_id)
        _answer(book, rows, changing, json, "Done")


@app.command()
def skip(ctx: typer.Context, ids: IDS, note: NOTE = "", json: JSON = False) -> None:
    """Not this one: closes it without a touch."""
    with opened(ctx) as book:
        rows = all_chosen(book, ids)
        with book.change(f"skip {_names(rows)}") as changing:
            for row in rows:
                followups.close(changing.db, row, "skipped", book.today, note or None)
                changing.touch(row.contact_id)
        _answer(book, rows, changing, json, "Skipped")


@app.command()
def snooze(
    ctx: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="ID... [WHEN]", help="Follow-ups, then a DATE or a PERIOD from today.")
    ],
    no_answer: Annotated[
        bool, typer.Option("--no-answer", help="You tried: logs an attempt; WHEN is 2 business days if left out.")
    ] = False,
    json: JSON = False,
) -> None:
    """Not before a day."""
    with opened(ctx) as book:
        names, until = _split(book, words)
        if until is None and not no_answer:
            raise UsageError("Missing argument 'WHEN': a day or a period, such as 'next monday' or '2 weeks'.", ctx)
        if until is None:
            until = when(book, "2 business days")
        if until <= book.today:
            raise Refusal(f"{until} is not after today ({book.today}): give a later day")
        rows = all_chosen(book, names)
        with book.change(f"snooze {_names(rows)} until {until}") as changing:
            for row in rows:
                followups.snooze(changing.db, row.id, until)
                if no_answer:
                    followups.attempted(changing.db, row, book.today)
                changing.touch(row.contact_id)
        _answer(book, rows, changing, json, f"Put off to {until}")


def when(book: Book, text: str) -> date:
    """WHEN: a PERIOD from today, or a DATE. Refuses what is neither."""
    from followup.core.dates import parse_date
    from followup.core.period import parse_period

    try:
        period = parse_period(text)
    except Refusal:
        return parse_date(text, book.today, "forward")
    return book.planner.workdays.add(book.today, period)


def _split(book: Book, words: list[str]) -> tuple[list[str], date | None]:
    """The follow-ups and the day: the first rest of the words that reads as a day ends the list of follow-ups."""
    for n in range(1, len(words)):
        if not words[n].isdigit():
            try:
                return words[:n], when(book, " ".join(words[n:]))
            except Refusal:
                continue
    if len(words) > 1 and not words[-1].isdigit():
        when(book, words[-1])
    return words, None


def _past(text: str, today: date) -> date:
    if not text:
        return today
    from followup.core.dates import parse_date

    day = parse_date(text, today, "back")
    if day > today:
        raise Refusal(f"{day} lies ahead: give today or a day before")
    return day


def _names(rows: list[Standing]) -> str:
    return ", ".join(f"{row.id} ({row.title})" for row in rows[:3]) + (
        f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    )


def _answer(book: Book, rows: list[Standing], changing: Changing, json: bool, verb: str) -> None:
    closed = [followups.load(book.db, row.id) for row in rows]
    left = {row.id for row in rows}
    planned = [row for row in changing.planned() if row.id not in left or verb.startswith("Put")]
    if json:
        output.as_json(
            {
                "closed": [shapes.followup(row, _state(book, row), book.today) for row in closed],
                "planned": [shapes.followup(row, _state(book, row), book.today) for row in planned],
            }
        )
        return
    if not output.on_terminal():
        show(
            [Entry(row, _state(book, row)) for row in [*closed, *(p for p in planned if p.id not in left)]], book.today
        )
        return
    for row in closed:
        output.lines(f"{verb}: {row.title}")
    if planned := [row for row in planned if row.id not in left]:
        output.lines("Planned next:")
        show([Entry(row, _state(book, row)) for row in planned], book.today)


def _state(book: Book, row: Standing) -> str:
    return agenda([row], book.today, 0)[0].state if row.plan == "open" else row.plan
