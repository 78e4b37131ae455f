"""What calendars were told of each follow-up: kept beside the facts, where `undo` never takes it back."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from followup.store import contacts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from followup.core.model import Contact

_COLUMNS = "uid, rule, contact_id, day, earliest, content, sequence, stamped, status, done_on"


class Sent(Struct, frozen=True, kw_only=True):
    """A follow-up as calendars were last told of it.

    `earliest` is the first of the days that it stood on while it was told; `content` is what else they show, as JSON of
    the calendar room's; `stamped` the day on which any of it last changed; `done_on` is there for a completed one.
    """

    uid: str
    rule: str
    contact_id: int | None
    day: date
    earliest: date
    content: str
    sequence: int
    stamped: date
    status: Literal["standing", "completed", "cancelled"] = "standing"
    done_on: date | None = None


def sent(db: sqlite3.Connection) -> dict[str, Sent]:
    """All that calendars were ever told of, by uid."""
    day = date.fromisoformat
    return {
        row[0]: Sent(
            uid=row[0],
            rule=row[1],
            contact_id=row[2],
            day=day(row[3]),
            earliest=day(row[4]),
            content=row[5],
            sequence=row[6],
            stamped=day(row[7]),
            status=row[8],
            done_on=day(row[9]) if row[9] else None,
        )
        for row in db.execute(f"SELECT {_COLUMNS} FROM calendar_entries")
    }


def write(db: sqlite3.Connection, changed: Iterable[Sent]) -> None:
    """Keeps what calendars are told now."""
    db.executemany(
        f"INSERT OR REPLACE INTO calendar_entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                s.uid,
                s.rule,
                s.contact_id,
                s.day.isoformat(),
                s.earliest.isoformat(),
                s.content,
                s.sequence,
                s.stamped.isoformat(),
                s.status,
                s.done_on.isoformat() if s.done_on else None,
            )
            for s in changed
        ],
    )


def forget(db: sqlite3.Connection, contact_id: int) -> None:
    """Erases every word on a contact from what calendars were told; what stays is enough to cancel it there."""
    db.execute(
        "UPDATE calendar_entries SET sequence = sequence + 1, contact_id = NULL, "
        "content = json_remove(json_set(content, '$.title', 'erased'), '$.contact', '$.text') WHERE contact_id = ?",
        [contact_id],
    )


def days_done(db: sqlite3.Connection) -> dict[str, date]:
    """The days on which follow-ups that calendars know were done, by uid."""
    rows = db.execute(
        "SELECT e.uid, k.closed_on FROM calendar_entries e JOIN followups f ON f.uid = e.uid "
        "JOIN closings k ON k.followup_id = f.id WHERE k.how = 'done'"
    )
    return {uid: date.fromisoformat(day) for uid, day in rows}


def people(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Contact]:
    """These contacts, by id."""
    wanted = json.dumps(sorted(ids))
    points: dict[int, list[tuple[str, str]]] = {}
    for contact_id, kind, value in db.execute(
        "SELECT contact_id, kind, value FROM contact_points WHERE contact_id IN (SELECT value FROM json_each(?)) "
        "ORDER BY contact_id, kind, position",
        [wanted],
    ):
        points.setdefault(contact_id, []).append((kind, value))
    rows = db.execute(f"SELECT {contacts.COLUMNS} FROM contacts WHERE id IN (SELECT value FROM json_each(?))", [wanted])
    return {row[0]: contacts.from_row(row, points.get(row[0], [])) for row in rows}


def service_periods(db: sqlite3.Connection) -> dict[int, str]:
    """How often what was sold is to be serviced, by sale."""
    return dict(db.execute("SELECT id, service_every FROM sales WHERE service_every IS NOT NULL").fetchall())
