"""The morning list."""

from datetime import date, timedelta
from typing import Annotated

import typer

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.opening import opened
from followup.core.agenda import Entry, agenda
from followup.store import followups
from followup.store.book import Book

app = typer.Typer()

COLUMNS = ("id", "due", "state", "priority", "contact", "channel", "title")
_SHOWN = ("due", "overdue", "upcoming")


@app.command()
def due(
    ctx: typer.Context,
    ahead: Annotated[str, typer.Option(metavar="PERIOD", help="Add what comes due in the next days or weeks.")] = "",
    contact: Annotated[str, typer.Option(metavar="WHO", help="Only this person's.")] = "",
    rule: Annotated[str, typer.Option(metavar="RULE", help="Only what this rule planned.")] = "",
    channel: Annotated[str, typer.Option(metavar="CHANNEL", help="Only this channel's.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Add the held and the snoozed ones.")] = False,
    json: JSON = False,
) -> None:
    """What to do today, in order of due date, then priority, then name."""
    with opened(ctx) as book:
        until = _until(book, ahead)
        contact_id = _contact(book, contact) if contact else None
        if rule:
            from followup.cli.choosing import chosen_rule

            chosen_rule(book, rule)
        if channel:
            _check_channel(channel)
        rows = followups.due_by(book.db, until, book.today, book.daily)
        entries = [
            entry
            for entry in agenda(rows, book.today, book.daily)
            if (contact_id is None or entry.standing.contact_id == contact_id)
            and (not rule or entry.standing.rule == rule)
            and (not channel or entry.standing.channel == channel)
        ]
        shown = [entry for entry in entries if all_ or entry.state in _SHOWN]
        today = book.today
    if json:
        output.as_json([shapes.followup(entry.standing, entry.state, today) for entry in shown])
    else:
        show(shown, today, "Nothing to do: everyone has been written to.")
    held = sum(entry.state == "held" for entry in entries)
    if held and not all_:
        text = f"{held} more held back for now: followup due --all shows {'it' if held == 1 else 'them'}"
        if output.on_terminal() and not json:
            output.lines(text)
        else:
            output.notice(text)


def show(entries: list[Entry], today: date, empty: str = "") -> None:
    """The list: a table on a terminal, the columns `COLUMNS` in a pipe."""
    if not output.on_terminal():
        rows = [
            (
                e.standing.id,
                e.standing.day,
                e.state,
                e.standing.priority,
                e.standing.contact_name,
                e.standing.channel,
                e.standing.title,
            )
            for e in entries
        ]
        output.table(COLUMNS, rows)
        return
    states = {e.standing.id: e for e in entries}

    def style(column: str, row: object) -> str:
        entry = states[row[0]]  # type: ignore[index]
        if column == "due" and entry.state == "overdue":
            return "red"
        if entry.state in ("held", "snoozed"):
            return "dim"
        return "bold" if entry.standing.priority == "high" and column == "what" else ""

    rows_shown = [
        (e.standing.id, e.standing.day, e.standing.contact_name or "everyone", e.standing.title, _how(e))
        for e in entries
    ]
    output.table(("id", "due", "who", "what", "how"), rows_shown, today=today, style=style, empty=empty)


def _how(entry: Entry) -> str:
    row = entry.standing
    how = row.channel or (f"? {row.missing}" if row.missing else "")
    return f"{how} ({entry.state})".strip() if entry.state in ("held", "snoozed", "done", "skipped") else how


def _until(book: Book, ahead: str) -> date:
    if not ahead:
        return book.today
    from followup.core.period import parse_period
    from followup.core.refusal import Refusal

    until = book.planner.workdays.add(book.today, parse_period(ahead))
    if until - book.today > timedelta(days=366 * 50):
        raise Refusal(f"'{ahead}' ahead is too far: 50 years are the most")
    return until


def _contact(book: Book, who: str) -> int:
    from followup.store import contacts

    return contacts.find(book.db, who)


def _check_channel(name: str) -> None:
    from followup.core.condition import nearest
    from followup.core.model import CHANNELS
    from followup.core.refusal import Refusal

    if name not in CHANNELS:
        raise Refusal(f"there is no channel '{name}'{nearest(name, list(CHANNELS))}")
