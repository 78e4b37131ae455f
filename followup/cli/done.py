"""Answering the list: done, skip, snooze."""

from datetime import date, timedelta
from typing import Annotated

import typer
from typer._click.exceptions import UsageError

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.brief import in_list
from followup.cli.choosing import all_chosen
from followup.cli.morning import show
from followup.cli.opening import opened_to_change
from followup.cli.values import period_ahead
from followup.core.agenda import Entry, Standing
from followup.core.events import check_text
from followup.core.refusal import Refusal
from followup.store import events, followups
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
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day it was done, if not today.")] = None,
    note: NOTE = "",
    json: JSON = False,
) -> None:
    """It was sent or said: closes it, logs the contact as touched, plans what comes next."""
    said = check_text(note)
    with opened_to_change(ctx) as book:
        day = book.today if on is None else _past(on, book.today)
        rows = all_chosen(book, ids)
        with book.change(f"done {_names(rows)}") as changing:
            for row in rows:
                followups.done(changing.db, row, day, book.today, said)
                changing.touch(row.contact_id)
        _answer(book, rows, changing, json, "Done")
        _tell_open(book, rows)


@app.command()
def skip(ctx: typer.Context, ids: IDS, note: NOTE = "", json: JSON = False) -> None:
    """Not this one: closes it without a touch."""
    said = check_text(note)
    with opened_to_change(ctx) as book:
        rows = all_chosen(book, ids)
        with book.change(f"skip {_names(rows)}") as changing:
            for row in rows:
                followups.close(changing.db, row, "skipped", book.today, said)
                changing.touch(row.contact_id)
        _answer(book, rows, changing, json, "Skipped")
        _tell_open(book, rows)


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
    with opened_to_change(ctx) as book:
        names, until = _split(book, words)
        if until is None and no_answer:
            names, until = words, later(book, "2 business days")
        if until is None:
            if len(words) > 1 and not words[-1].isdigit():
                later(book, " ".join(words[-2:] if words[1:-1] and words[-2].isdigit() else words[-1:]))  # says why not
            raise UsageError("Missing argument 'WHEN': a day or a period, such as 'next monday' or '2 weeks'.", ctx)
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
    """WHEN: a PERIOD from today, or a DATE. Refuses what is neither, and days beyond those that a DATE can be."""
    from followup.core.dates import check_year, parse_date

    try:
        period = period_ahead(text)
    except Refusal:
        return parse_date(text, book.today, "forward")
    return check_year(book.planner.workdays.add(book.today, period))


def later(book: Book, text: str) -> date:
    """WHEN as of something that is put off: a day of the week by its name alone is never today, but the next one."""
    from followup.core.dates import names_weekday

    day = when(book, text)
    return day + timedelta(7) if day == book.today and names_weekday(text) else day


def _split(book: Book, words: list[str]) -> tuple[list[str], date | None]:
    """The follow-ups and the day: the first rest of the words that reads as a day ends the list of follow-ups.

    A number may be an id or begin a day: `5 6 2 weeks` is two follow-ups and `2 weeks`.
    """
    for n in range(1, len(words)):
        rest = words[n:]
        if len(rest) == 1 and rest[0].isdigit():
            break
        try:
            return words[:n], later(book, " ".join(rest))
        except Refusal:
            continue
    return words, None


def _past(text: str, today: date) -> date:
    from followup.core.dates import parse_date

    day = parse_date(text, today, "back")
    if day > today:
        raise Refusal(f"{day} lies ahead: give today or a day before")
    return day


def _names(rows: list[Standing]) -> str:
    return ", ".join(f"{row.id} ({row.title})" for row in rows[:3]) + (
        f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    )


def as_answered(book: Book, rows: list[Standing]) -> list[Entry]:
    """Follow-ups with the states that their answers gave them; a snoozed one is still in the list."""
    still = [row for row in rows if row.plan == "open"]
    listed = {entry.standing.id: entry for entry in (in_list(book, still) if still else [])}
    return [listed.get(row.id) or Entry(row, row.plan) for row in rows]


def still_open(book: Book, rows: list[Standing]) -> list[str]:
    """A sentence for each case, promise or perk that these follow-ups came from and that an answer to them did not
    end: no line may ever come back for it."""
    found = [events.load(book.db, i) for i in dict.fromkeys(row.event_id for row in rows) if i is not None]
    return [f"{e.kind} {e.id} is still open: followup close {e.id} ends it" for e in found if e.open]


def _tell_open(book: Book, rows: list[Standing]) -> None:
    for sentence in still_open(book, rows):
        output.notice(sentence)


def _answer(book: Book, rows: list[Standing], changing: Changing, json: bool, verb: str) -> None:
    """Shows what was answered, and what came into the list or moved in it: a snoozed one is both."""
    closed = as_answered(book, [followups.load(book.db, row.id) for row in rows])
    planned = in_list(book, changing.planned())
    if json:
        output.as_json(
            {
                "closed": [shapes.followup(entry.standing, entry.state, book.today) for entry in closed],
                "planned": [shapes.followup(entry.standing, entry.state, book.today) for entry in planned],
            }
        )
        return
    others = [entry for entry in planned if entry not in closed]
    if not output.on_terminal():
        show([*closed, *others], book.today)
        return
    for entry in closed:
        output.lines(f"{verb}: {entry.standing.title}")
    if others:
        output.lines("Planned next:")
        show(others, book.today)
