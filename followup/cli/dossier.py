"""All that is held on one contact, as one document: facts, follow-ups, what calendars were told, what `undo` knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from followup.cli import shapes
from followup.cli.brief import open_of
from followup.store import calendar, events, followups, journal, sales

if TYPE_CHECKING:
    from followup.core.model import Sale
    from followup.store.book import Book
    from followup.store.calendar import Sent
    from followup.store.journal import Change


def document(book: Book, contact_id: int) -> dict[str, Any]:
    """Everything that the file holds on a contact, in the shapes of the other commands, and what those leave out."""
    db = book.db
    history = book.history(contact_id)
    name = history.contact.name
    return {
        "exported": book.today.isoformat(),
        "contact": {
            **shapes.contact(history, book.today),
            "added": history.contact.added.isoformat(),
        },
        "sales": [_sale(sale, name) for sale in sales.listed(db, contact_id, None)],
        "events": [
            {**shapes.event(event, name), "entered": event.entered.isoformat()}
            for event, _ in events.listed(db, "", contact_id, None, None)
        ],
        "recommended_by": [shapes.event(event, other) for event, other in events.recommending(db, contact_id)],
        "reminders": [
            {"id": r.id, "day": r.day.isoformat(), "text": r.text, "channel": r.channel, "every": r.every}
            for r in history.reminders
        ],
        "followups": _followups(book, contact_id),
        "calendars": [_told(told) for told in calendar.told_of(db, contact_id)],
        "undo": [_change(*about) for about in journal.about(db, contact_id)],
    }


def _sale(sale: Sale, name: str) -> dict[str, Any]:
    starts_from = sale.starts_from.isoformat() if sale.starts_from else None
    return {
        **shapes.sale(sale, name),
        "entered": sale.entered.isoformat(),
        "warranty": sale.warranty,
        "starts_from": starts_from,
    }


def _followups(book: Book, contact_id: int) -> list[dict[str, Any]]:
    """Every follow-up that was ever planned, with its state: `gone` for one that no longer follows from the rules."""
    states = {entry.standing.id: entry.state for entry in open_of(book, contact_id)}
    rows = followups.of_contact(book.db, contact_id)
    return [shapes.followup(row, states.get(row.id, row.plan), book.today) for row in rows]


def _told(told: Sent) -> dict[str, Any]:
    return {
        "uid": told.uid,
        "day": told.day.isoformat(),
        "status": told.status,
        "sequence": told.sequence,
        "told_on": told.stamped.isoformat(),
        "content": json.loads(told.content),
    }


def _change(change: Change, statements: list[str]) -> dict[str, Any]:
    return {
        "id": change.id,
        "day": change.day.isoformat(),
        "command": change.command,
        "statements": list(filter(None, statements)),
    }
