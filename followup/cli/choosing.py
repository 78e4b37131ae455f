"""Which follow-up, sale, event or rule is meant: by its id or name, or by the person when only one of theirs can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.core.agenda import agenda
from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.store import contacts, followups, sales

if TYPE_CHECKING:
    from collections.abc import Iterable

    from followup.core.agenda import Entry, Standing
    from followup.core.model import Event, Rule, Sale
    from followup.store.book import Book

_LONGEST_ID = 18
"""The most digits of an id in the file."""


def todays(book: Book) -> list[Entry]:
    """Everything that is due by today, held and snoozed ones too, in order."""
    return agenda(followups.due_by(book.db, book.today, book.today, book.daily), book.today, book.daily)


def number(text: str, what: str) -> int | None:
    """The id that a text is, None for other texts. Refuses one that is longer than any id."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) > _LONGEST_ID:
        raise Refusal(f"there is no {what} {digits[:40]}: give the id that the list shows")
    return int(digits)


def chosen(book: Book, text: str) -> Standing:
    """The follow-up with this id, or the one line that the person has in `due`.

    Refuses one that is no longer open, and a person with none or several lines.
    """
    if (followup_id := number(text, "follow-up")) is not None:
        return _open(book, followups.load(book.db, followup_id))
    contact_id = contacts.find(book.db, text)
    mine = [e.standing for e in todays(book) if e.state in ("due", "overdue") and e.standing.contact_id == contact_id]
    if len(mine) == 1:
        return mine[0]
    name = contacts.load(book.db, contact_id).name
    if not mine:
        raise Refusal(
            f"{name} has no line in due today: give the id of a follow-up "
            f"(followup due --ahead 1y --all --contact {contact_id})"
        )
    listed = ", ".join(f"{row.id} ({row.title})" for row in mine)
    raise Refusal(f"{name} has {len(mine)} lines in due: {listed}: give the id")


def all_chosen(book: Book, texts: Iterable[str]) -> list[Standing]:
    """The follow-ups that the texts name, each once."""
    return list({row.id: row for row in (chosen(book, text) for text in texts)}.values())


def _open(book: Book, row: Standing) -> Standing:
    if row.plan == "open" and row.last >= book.today:
        return row
    if row.plan == "expired":
        for entry in todays(book):
            if entry.standing.id == row.id:
                return entry.standing
    if row.closed_on is not None:
        reason = f"was {row.plan} on {row.closed_on}"
    elif row.last < book.today:
        reason = f"expired on {row.last}: write down what you did with followup log"
    else:
        reason = f"no longer follows from the rules: followup why {row.id} tells why"
    raise Refusal(f"follow-up {row.id} ({row.title}) {reason}")


def chosen_contacts(book: Book, who: str) -> tuple[list[int], str]:
    """The person, or everyone with an `@tag`; and what the list of changes calls them."""
    ids = contacts.several(book.db, who)
    return ids, who if who.startswith("@") else contacts.load(book.db, ids[0]).name


def chosen_rule(book: Book, name: str) -> Rule:
    """The rule of this name. Refuses an unknown one, naming the nearest."""
    from followup.core.condition import nearest

    for rule in book.rules.rules:
        if rule.name == name:
            return rule
    raise Refusal(f"there is no rule '{name[:60]}'{nearest(name, [rule.name for rule in book.rules.rules])}")


def chosen_sale(book: Book, text: str) -> Sale:
    """The sale with this id. Refuses what is no id, and an unknown one."""
    sale_id = number(text, "sale")
    if sale_id is None:
        raise Refusal(f"'{clean_line(text)[:40]}' is no sale's number: see followup sale list")
    return sales.load(book.db, sale_id)


def chosen_event(book: Book, text: str) -> Event:
    """The event with this id, or the person's one open event. Refuses a person with none or several open."""
    from followup.store import events

    if (event_id := number(text, "event")) is not None:
        return events.load(book.db, event_id)
    history = book.history(contacts.find(book.db, text))
    name = history.contact.name
    mine = [e for e in history.events if e.open]
    if len(mine) == 1:
        return mine[0]
    if not mine:
        raise Refusal(f"{name} has nothing open: see followup event list --contact {history.contact.id}")
    listed = ", ".join(f"{e.id} ({e.kind}, {e.on})" for e in mine)
    raise Refusal(f"{name} has {len(mine)} open: {listed}: give the id")
