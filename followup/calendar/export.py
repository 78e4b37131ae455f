"""Exports: telling calendars, in one file, of the follow-ups that stand and of those that no longer do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from followup.calendar import revisions
from followup.calendar.coming import coming
from followup.calendar.document import document
from followup.calendar.entries import Style, entries
from followup.calendar.revisions import still_told
from followup.core.agenda import carried_on
from followup.store import calendar, contacts, followups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from followup.calendar.entries import Entry
    from followup.core.agenda import Standing
    from followup.core.model import FollowUp
    from followup.store.book import Book
    from followup.store.calendar import Sent


class Wish(Struct, frozen=True, kw_only=True):
    """What an export is to hold: all up to a day, or only one contact's, or only one rule's; and how it is to look."""

    until: date
    style: Style
    contact_id: int | None = None
    rule: str | None = None

    def takes(self, told: Standing | Sent) -> bool:
        """Whether it is one of those that are asked for."""
        return self.contact_id in (None, told.contact_id) and self.rule in (None, told.rule)


class Published(Struct, frozen=True, kw_only=True):
    """How many entries a file has: of follow-ups that stand, and of those that were cancelled or completed."""

    entries: int
    cancelled: int
    completed: int


def publish(book: Book, wish: Wish, deliver: Callable[[bytes], None]) -> Published:
    """Delivers the calendar file, and keeps what calendars were told in it; neither without the other.

    What the wish leaves out is neither told nor cancelled.
    """
    with book.transaction():
        before = calendar.sent(book.db, calendar.FILES)
        said = [sent for sent in told(book, wish, before) if sent.stands or still_told(sent, book.today)]
        calendar.write(book.db, calendar.FILES, [sent for sent in said if before.get(sent.uid) is not sent])
        said.sort(key=lambda sent: (sent.day, sent.uid))
        deliver(document(said, _name(book), f"{book.meta('home_id')}@followup"))
    states = [sent.status for sent in said]
    return Published(
        entries=states.count("standing"), cancelled=states.count("cancelled"), completed=states.count("completed")
    )


def _name(book: Book) -> str:
    business = book.config.business["name"]
    return f"{business}: follow-ups" if business else "Follow-ups"


def told(book: Book, wish: Wish, before: dict[str, Sent]) -> Iterator[Sent]:
    """All that a calendar is told that was told `before`: what stands up to the day that is wished, and what ended.

    One that was told and has moved beyond that day is told with its new day, or it would stay on the old one.
    """
    rows = standing_rows(book)
    known = {row.uid for row in rows}
    left = {uid: sent for uid, sent in before.items() if uid not in known and wish.takes(sent)}
    for entry in _entries(book, wish, rows, before, left):
        sent = before.get(entry.uid)
        earliest = min(entry.day, sent.earliest) if sent and sent.stands else entry.day
        left.pop(entry.uid, None)
        if earliest <= wish.until:
            yield revisions.standing(sent, entry, book.today)
    done = calendar.days_done(book.db) if left else {}
    for uid, sent in left.items():
        yield revisions.ended(sent, done.get(uid), book.today)


def standing_rows(book: Book) -> list[Standing]:
    """The follow-ups that stand, held and snoozed ones and those that the daily limit carries on among them."""
    rows = followups.open_rows(book.db, book.today, book.daily)
    # Those that lie ahead take no part in what the daily limit did up to today.
    later = [row for row in rows if row.plan == "open" and row.day > book.today]
    return later + carried_on(
        [row for row in rows if row.plan != "open" or row.day <= book.today], book.today, book.daily
    )


def _entries(
    book: Book, wish: Wish, rows: list[Standing], before: dict[str, Sent], left: dict[str, Sent]
) -> Iterator[Entry]:
    """The entries that the wish takes: of what stands, and of what repeating rules bring, as far as was ever told.

    `left` are those that were told and are not open: coming ones, or ended. An occurrence whose day passes while an
    earlier one is still open is not told anew, but stays where it was told.
    """
    mine = [row for row in rows if wish.takes(row)]
    ahead = {uid: sent.day for uid, sent in left.items() if sent.stands}
    horizon = max([wish.until, *ahead.values()])
    found: list[tuple[str, Standing | FollowUp]] = [
        (row.uid, row) for row in mine if row.day <= wish.until or row.uid in before
    ]
    for followup in coming(book, rows, mine, horizon):
        uid = book.uid_of(followup.key)
        if followup.day > book.today or uid in ahead:
            found.append((uid, followup))
    people = contacts.by_ids(book.db, {f.contact_id for _, f in found if f.contact_id is not None})
    return entries(found, people, wish.style)
