"""Events and reminders in the file: rows to values and back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from followup.core.model import Event, Reminder
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    import sqlite3

COLUMNS = (
    "id, contact_id, kind, day, entered, sale_id, due, rating, text, incoming, reached, of_id, of_name, code, value, "
    "cost, cost_currency, closed_on, outcome"
)


def from_row(row: Any) -> Event:
    """A row of `COLUMNS` as an event."""
    day = date.fromisoformat
    return Event(
        id=row[0],
        contact_id=row[1],
        kind=row[2],
        on=day(row[3]),
        entered=day(row[4]),
        sale_id=row[5],
        due=day(row[6]) if row[6] else None,
        rating=row[7],
        text=row[8],
        incoming=bool(row[9]),
        reached=bool(row[10]),
        of_id=row[11],
        of_name=row[12],
        code=row[13],
        value=row[14],
        cost=row[15],
        cost_currency=row[16],
        closed_on=day(row[17]) if row[17] else None,
        outcome=row[18],
    )


def load(db: sqlite3.Connection, event_id: int) -> Event:
    """The event with this id. Refuses an unknown one."""
    row = db.execute(f"SELECT {COLUMNS} FROM events WHERE id = ?", [event_id]).fetchone()
    if row is None:
        raise Refusal(f"there is no event {event_id}: see followup event list")
    return from_row(row)


def _values(event: Event) -> dict[str, Any]:
    def text(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "contact_id": event.contact_id,
        "kind": event.kind,
        "day": event.on.isoformat(),
        "entered": event.entered.isoformat(),
        "sale_id": event.sale_id,
        "due": text(event.due),
        "rating": event.rating,
        "text": event.text,
        "incoming": int(event.incoming),
        "reached": int(event.reached),
        "of_id": event.of_id,
        "of_name": event.of_name,
        "code": event.code,
        "value": event.value,
        "cost": event.cost,
        "cost_currency": event.cost_currency,
        "closed_on": text(event.closed_on),
        "outcome": event.outcome,
    }


def insert(db: sqlite3.Connection, event: Event, followup_id: int | None = None) -> int:
    """Adds the event under its id, or for 0 the next free one, and returns that. `followup_id` says which follow-up it
    was."""
    own = {"id": event.id} if event.id else {}
    values = own | _values(event) | {"followup_id": followup_id}
    cursor = db.execute(
        f"INSERT INTO events ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def update(db: sqlite3.Connection, event: Event) -> None:
    """Writes the event as it is now."""
    values = _values(event)
    db.execute(f"UPDATE events SET {', '.join(f'{c} = ?' for c in values)} WHERE id = ?", [*values.values(), event.id])


def remove(db: sqlite3.Connection, event_id: int) -> None:
    """Takes the event out."""
    db.execute("DELETE FROM events WHERE id = ?", [event_id])


def reminder_from_row(row: Any) -> Reminder:
    """A row (id, contact_id, day, text, channel, every) as a reminder."""
    return Reminder(
        id=row[0], contact_id=row[1], day=date.fromisoformat(row[2]), text=row[3], channel=row[4], every=row[5]
    )


def insert_reminder(db: sqlite3.Connection, reminder: Reminder) -> int:
    """Adds the reminder under its id, or for 0 the next free one, and returns that."""
    cursor = db.execute(
        "INSERT INTO reminders (id, contact_id, day, text, channel, every) VALUES (nullif(?, 0), ?, ?, ?, ?, ?)",
        [reminder.id, reminder.contact_id, reminder.day.isoformat(), reminder.text, reminder.channel, reminder.every],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def recommending(db: sqlite3.Connection, contact_id: int) -> list[tuple[Event, str]]:
    """The events in which others recommended a contact, with the others' names."""
    columns = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
    rows = db.execute(
        f"SELECT {columns}, c.name FROM events e JOIN contacts c ON c.id = e.contact_id WHERE e.of_id = ? "
        "ORDER BY e.day, e.id",
        [contact_id],
    )
    return [(from_row(row[:-1]), row[-1]) for row in rows]


def any_refunded(db: sqlite3.Connection, sale_id: int) -> bool:
    """Whether a case about the sale ended with a refund."""
    return bool(db.execute("SELECT 1 FROM events WHERE sale_id = ? AND outcome = 'refunded'", [sale_id]).fetchone())


def listed(
    db: sqlite3.Connection, search: str, contact_id: int | None, kind: str | None, since: date | None
) -> list[tuple[Event, str]]:
    """Events with their contacts' names, oldest first; every word of `search` is in what was said or in a name."""
    from followup.core.identity import fold

    conditions, values = ["1"], []
    if contact_id is not None:
        conditions.append("e.contact_id = ?")
        values.append(str(contact_id))
    if kind is not None:
        conditions.append("e.kind = ?")
        values.append(kind)
    if since is not None:
        conditions.append("e.day >= ?")
        values.append(since.isoformat())
    columns = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
    rows = db.execute(
        f"SELECT {columns}, c.name FROM events e JOIN contacts c ON c.id = e.contact_id "
        f"WHERE {' AND '.join(conditions)} ORDER BY e.day, e.id",
        values,
    )
    found = [(from_row(row[:-1]), row[-1]) for row in rows]
    wanted = fold(search).split()

    def has_all(event: Event, name: str) -> bool:
        said = (event.text, event.code, event.value, event.outcome, event.of_name, name)
        text = fold(" ".join(filter(None, said)))
        return all(word in text for word in wanted)

    return [(event, name) for event, name in found if not wanted or has_all(event, name)]
