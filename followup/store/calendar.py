"""What calendars were told of each follow-up: kept beside the facts, where `undo` never takes it back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


FILES = ""
"""The calendar that stands for all the files to import; others are folders and collections."""

GONE = ""
"""The tag of what does not lie in its calendar."""

_COLUMNS = "uid, rule, contact_id, day, earliest, content, sequence, stamped, status, done_on, place, tag"


class Sent(Struct, frozen=True, kw_only=True):
    """A follow-up as a calendar was last told of it.

    `earliest` is the first of the days that it stood on while it was told; `content` is what else they show, as JSON of
    the calendar room's; `stamped` the day on which any of it last changed; `done_on` is there for a completed one. One
    that was `dropped` was deleted in the calendar. Folders and collections keep each by itself at `place` (None: where
    its uid says); `tag` is the mark of what lies there, None while it is not known to be this.
    """

    uid: str
    rule: str
    contact_id: int | None
    day: date
    earliest: date
    content: str
    sequence: int
    stamped: date
    status: Literal["standing", "completed", "cancelled", "dropped"] = "standing"
    done_on: date | None = None
    place: str | None = None
    tag: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it was last told as one that stands, whatever became of it there."""
        return self.status in ("standing", "dropped")


def sent(db: sqlite3.Connection, calendar: str) -> dict[str, Sent]:
    """All that a calendar was ever told of, by uid."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM calendar_entries WHERE calendar = ?", [calendar])
    return {row[0]: _sent(row) for row in rows}


def _sent(row: Any) -> Sent:
    day = date.fromisoformat
    return Sent(
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
        place=row[10],
        tag=row[11],
    )


def write(db: sqlite3.Connection, calendar: str, changed: Iterable[Sent]) -> None:
    """Keeps what a calendar is told now."""
    db.executemany(
        f"INSERT OR REPLACE INTO calendar_entries (calendar, {_COLUMNS}) VALUES ({', '.join('?' * 13)})",
        [
            (
                calendar,
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
                s.place,
                s.tag,
            )
            for s in changed
        ],
    )


def state(db: sqlite3.Connection, calendar: str) -> str | None:
    """How far a calendar was read, in words of its own."""
    row = db.execute("SELECT state FROM calendars WHERE calendar = ?", [calendar]).fetchone()
    return row[0] if row else None


def keep_state(db: sqlite3.Connection, calendar: str, found: str | None) -> None:
    """Keeps how far a calendar was read; None where it cannot say so."""
    db.execute("DELETE FROM calendars WHERE calendar = ?", [calendar])
    if found is not None:
        db.execute("INSERT INTO calendars (calendar, state) VALUES (?, ?)", [calendar, found])


def told_of(db: sqlite3.Connection, contact_id: int) -> list[Sent]:
    """All that calendars were told of a contact."""
    query = f"SELECT {_COLUMNS} FROM calendar_entries WHERE contact_id = ? ORDER BY day, uid"
    return [_sent(row) for row in db.execute(query, [contact_id])]


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


def service_periods(db: sqlite3.Connection) -> dict[int, str]:
    """How often what was sold is to be serviced, by sale."""
    return dict(db.execute("SELECT id, service_every FROM sales WHERE service_every IS NOT NULL").fetchall())
