"""The morning list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from followup.cli import output
from followup.cli.opening import opened_at
from followup.core.agenda import agenda
from followup.store import followups

if TYPE_CHECKING:
    from datetime import date

    from followup.cli.place import Place
    from followup.core.agenda import Entry, Standing
    from followup.store.book import Book

COLUMNS = ("id", "due", "state", "priority", "contact", "channel", "title")
_NOBODY = "Nothing to do yet. After a job: followup sale add WHO TITLE --new; for clients you have: followup import."
_SHOWN = ("due", "overdue", "upcoming")


class Wish(NamedTuple):
    """What is wanted of the list: up to when, whose, of which rule, on which channel, with the held ones, as JSON."""

    ahead: str | None = None
    contact: str | None = None
    rule: str | None = None
    channel: str | None = None
    all_: bool = False
    json: bool = False


def tell(place: Place, wish: Wish) -> None:
    """What to do on the day of the place. Refuses a wish for what is not there."""
    with opened_at(place) as book:
        until = _until(book, wish.ahead)
        wanted = _wanted(book, wish)
        rows = followups.due_by(book.db, until, book.today, book.daily)
        entries = [
            entry
            for entry in agenda(rows, book.today, book.daily)
            if all(getattr(entry.standing, field) == value for field, value in wanted.items())
        ]
        shown = [entry for entry in entries if wish.all_ or entry.state in _SHOWN]
        today, nothing = book.today, nothing_due(book)
    if wish.json:
        from followup.cli import shapes

        output.as_json([shapes.followup(entry.standing, entry.state, today) for entry in shown])
    else:
        show(shown, today, "Nothing to do." if wanted else nothing)
    held = sum(entry.state == "held" for entry in entries)
    if held and not wish.all_:
        more = " more" if shown else ""
        text = f"{held}{more} held back for now: followup due --all shows {'it' if held == 1 else 'them'}"
        if output.on_terminal() and not wish.json:
            output.lines(text)
        else:
            output.notice(text)


def show(entries: list[Entry], today: date, empty: str = "") -> None:
    """The list: a table on a terminal, the columns `COLUMNS` in a pipe."""
    if not output.on_terminal():
        output.table(COLUMNS, [_piped(entry.standing, entry.state) for entry in entries])
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


def nothing_due(book: Book) -> str:
    """What is said of an empty list: that all is done, or with nobody there how to begin."""
    somebody = book.db.execute("SELECT 1 FROM contacts LIMIT 1").fetchone()
    return "Nothing to do: everyone has been written to." if somebody else _NOBODY


def _piped(row: Standing, state: str) -> tuple[str | int | date | None, ...]:
    return (row.id, row.day, state, row.priority, row.contact_name, row.channel, row.title)


def _how(entry: Entry) -> str:
    row = entry.standing
    how = row.channel or ("? no way to reach them" if row.missing else "")
    return f"{how} ({entry.state})".strip() if entry.state in ("held", "snoozed", "done", "skipped") else how


def _until(book: Book, ahead: str | None) -> date:
    if ahead is None:
        return book.today
    from followup.cli import values

    return values.until(ahead, book)


def _wanted(book: Book, wish: Wish) -> dict[str, object]:
    """What is wished of a follow-up, by its field. Refuses unknown contacts, rules and channels."""
    wanted: dict[str, object] = {}
    if wish.contact is not None:
        from followup.store import contacts

        wanted["contact_id"] = contacts.find(book.db, wish.contact)
    if wish.rule is not None:
        from followup.cli.choosing import chosen_rule

        wanted["rule"] = chosen_rule(book, wish.rule).name
    if wish.channel is not None:
        from followup.cli import values

        wanted["channel"] = values.channel(wish.channel)
    return wanted
