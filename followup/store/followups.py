"""Follow-ups in the file: the stored plan, written by replanning and read by the lists."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from followup.core.agenda import REVIVAL, Standing
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from followup.core.model import FollowUp, Key
    from followup.core.planner import Plan

    _Key = tuple[str, str, str]

_READ = """
SELECT f.id, f.uid, f.rule, f.started_by, f.occurrence, f.contact_id, c.name, c.folded, f.sale_id, s.title, e.id,
       e.kind, f.title, f.start, f.due, f.snoozed_until, f.day, f.expires, f.last, f.channel, f.missing, f.message,
       f.priority, f.holdable, f.position, f.plan, k.closed_on, k.note, p.free, p.reached
FROM followups f
LEFT JOIN contacts c ON c.id = f.contact_id
LEFT JOIN sales s ON s.id = f.sale_id
LEFT JOIN events e ON e.id = f.event_id
LEFT JOIN closings k ON k.followup_id = f.id
LEFT JOIN plans p ON p.contact_id = f.contact_id
"""
_DERIVED = (
    "contact_id", "sale_id", "event_id", "title", "start", "due", "snoozed_until", "day", "expires", "last", "channel",
    "missing", "message", "priority", "holdable", "position", "plan",
)  # fmt: skip
_DAY = _DERIVED.index("day")
_LAST = 1 + _DERIVED.index("last")
"""Behind the id."""

_UPDATE = f"UPDATE followups SET {', '.join(f'{column} = ?' for column in _DERIVED)} WHERE id = ?"
_INSERT = (
    f"INSERT INTO followups (rule, started_by, occurrence, uid, {', '.join(_DERIVED)}) "
    f"VALUES ({', '.join('?' * (4 + len(_DERIVED)))}) ON CONFLICT (rule, started_by, occurrence) DO NOTHING"
)
_ELSEWHERE = f"""
SELECT f.rule, f.started_by, f.occurrence, f.id, {", ".join(f"f.{column}" for column in _DERIVED)}
FROM json_each(?) k JOIN followups f
ON f.rule = k.value ->> 0 AND f.started_by = k.value ->> 1 AND f.occurrence = k.value ->> 2 AND f.id <= ?
"""

_DAYS = [
    Standing._fields.index(name)
    for name in ("start", "due", "snoozed_until", "day", "expires", "last", "closed_on", "free", "reached")
]
_HOLDABLE = Standing._fields.index("holdable")


def standing(row: Any) -> Standing:
    """A row of the reading query as a value."""
    day = date.fromisoformat
    values = list(row)
    for n in _DAYS:
        values[n] = day(values[n]) if values[n] else None
    values[_HOLDABLE] = bool(values[_HOLDABLE])
    return Standing._make(values)


def due_by(db: sqlite3.Connection, until: date, today: date, daily: int) -> list[Standing]:
    """What stands open and is due by a day, with the snoozed ones, and what the daily limit may carry on."""
    rows = db.execute(
        _READ + "WHERE f.plan = 'open' AND f.day <= ? AND f.last >= ?", [until.isoformat(), today.isoformat()]
    ).fetchall()
    # the + keeps SQLite to the index of the few that are snoozed, away from that of all that are upcoming
    rows += db.execute(
        _READ + "WHERE f.plan = 'open' AND +f.day > ? AND f.snoozed_until > ? AND +f.due <= ?",
        [until.isoformat(), today.isoformat(), until.isoformat()],
    ).fetchall()
    if daily:
        rows += lately_left(db, today)
    return [standing(row) for row in rows]


def lately_left(db: sqlite3.Connection, today: date) -> list[Any]:
    """Rows that expired within the daily limit's reach, and what was closed meanwhile; nothing if nothing expired."""
    since = (today - REVIVAL).isoformat()
    expired = db.execute(
        _READ + "WHERE f.plan = 'expired' AND f.last BETWEEN ? AND ?", [since, today.isoformat()]
    ).fetchall()
    if not expired:
        return []
    closed = db.execute(
        _READ + "WHERE f.id IN (SELECT followup_id FROM closings WHERE closed_on >= ?)", [since]
    ).fetchall()
    return expired + closed


def open_rows(db: sqlite3.Connection, today: date, daily: int) -> list[Standing]:
    """Every follow-up that stands open, whatever its day, and what the daily limit may carry on."""
    rows = db.execute(_READ + "WHERE f.plan = 'open' AND f.last >= ?", [today.isoformat()]).fetchall()
    return [standing(row) for row in (rows + lately_left(db, today) if daily else rows)]


def load(db: sqlite3.Connection, followup_id: int) -> Standing:
    """The follow-up with this id. Refuses an unknown one."""
    row = db.execute(_READ + "WHERE f.id = ?", [followup_id]).fetchone()
    if row is None:
        raise Refusal(f"there is no follow-up {followup_id}: see followup due --all")
    return standing(row)


def of_contact(db: sqlite3.Connection, contact_id: int) -> list[Standing]:
    """Everything ever planned for a contact, in order of day."""
    rows = db.execute(_READ + "WHERE f.contact_id = ? ORDER BY f.day, f.id", [contact_id])
    return [standing(row) for row in rows]


def _derived(followup: FollowUp, plan: str) -> tuple[Any, ...]:
    return (
        followup.contact_id,
        followup.sale_id,
        followup.event_id,
        followup.title,
        followup.start.isoformat(),
        followup.due.isoformat(),
        followup.snoozed_until.isoformat() if followup.snoozed_until else None,
        followup.day.isoformat(),
        followup.expires.isoformat() if followup.expires else None,
        followup.last.isoformat(),
        followup.channel,
        followup.missing,
        followup.message,
        followup.priority,
        int(followup.holdable),
        followup.position,
        plan,
    )


def write_plan(
    db: sqlite3.Connection,
    where: tuple[str, tuple[Any, ...]],
    plan: Plan,
    uid_of: Callable[[Key], str],
) -> list[int]:
    """Makes the stored rows of a contact (or group rule, by `where`) equal to its plan; touches only what differs.

    Returns the ids of what came into the list, and of what moved in it.
    """
    condition, values = where
    stored = {
        row[:3]: row[3:]
        for row in db.execute(
            f"SELECT rule, started_by, occurrence, id, {', '.join(_DERIVED)} FROM followups WHERE {condition}", values
        )
    }
    written: list[int] = []
    new: dict[_Key, tuple[FollowUp, tuple[Any, ...]]] = {}
    for state, found in (("open", plan.open), ("expired", plan.expired)):
        for f in found:
            key = (f.key.rule, f.key.started_by, f.key.occurrence)
            if before := stored.pop(key, None):
                written += _update(db, before, _derived(f, state))
            else:
                new[key] = (f, _derived(f, state))
    if new:
        written += _insert(db, new, uid_of)
    closings = "SELECT followup_id, how FROM closings WHERE followup_id IN (SELECT id FROM followups WHERE "
    closed = dict(db.execute(f"{closings}{condition})", values)) if stored else {}
    over = {(key.rule, key.started_by, key.occurrence): last.isoformat() for key, last in plan.over.items()}
    for key, row in stored.items():
        actual = closed.get(row[0], "gone")
        last = over.get(key, row[_LAST]) if actual == "gone" else row[_LAST]
        if (row[-1], row[_LAST]) != (actual, last):
            db.execute("UPDATE followups SET plan = ?, last = ? WHERE id = ?", [actual, last, row[0]])
    return written


def _update(db: sqlite3.Connection, before: tuple[Any, ...], derived: tuple[Any, ...]) -> list[int]:
    """Makes a row, given with its id in front, what is derived now; its id if it came into the list or moved in it."""
    followup_id, *was = before
    if tuple(was) == derived:
        return []
    db.execute(_UPDATE, [*derived, followup_id])
    moved = derived[-1] == "open" and (was[-1], was[_DAY]) != ("open", derived[_DAY])
    return [followup_id] if moved else []


def _insert(
    db: sqlite3.Connection, new: dict[_Key, tuple[FollowUp, tuple[Any, ...]]], uid_of: Callable[[Key], str]
) -> list[int]:
    """Adds what this contact has no row of, in its order; takes the row where another contact has one, as when a sale
    has moved to this one. The ids of what came into the list, and of what moved in it."""
    last = db.execute("SELECT max(id) FROM followups").fetchone()[0] or 0
    rows = ((*key, uid_of(f.key), *derived) for key, (f, derived) in new.items())
    missed = len(new) - db.executemany(_INSERT, rows).rowcount
    written = []
    if missed:
        for row in db.execute(_ELSEWHERE, [json.dumps(list(new)), last]).fetchall():
            written += _update(db, row[3:], new[row[:3]][1])
    opened = db.execute("SELECT id FROM followups WHERE id > ? AND plan = 'open' ORDER BY id", [last])
    return written + [row[0] for row in opened]


def close(db: sqlite3.Connection, row: Standing, how: str, on: date, note: str | None) -> None:
    """Marks a follow-up done or skipped."""
    db.execute(
        "INSERT INTO closings (followup_id, how, closed_on, start, due, note) VALUES (?, ?, ?, ?, ?, ?)",
        [row.id, how, on.isoformat(), row.start.isoformat(), row.due.isoformat(), note],
    )


def snooze(db: sqlite3.Connection, followup_id: int, until: date) -> None:
    """Puts a follow-up off to a day."""
    db.execute(
        "INSERT INTO snoozes (followup_id, until) VALUES (?, ?) "
        "ON CONFLICT (followup_id) DO UPDATE SET until = excluded.until",
        [followup_id, until.isoformat()],
    )


def by_ids(db: sqlite3.Connection, ids: Iterable[int]) -> list[Standing]:
    """The follow-ups with these ids, in order of day."""
    rows = db.execute(_READ + "WHERE f.id IN (SELECT value FROM json_each(?))", [json.dumps(list(ids))])
    return sorted(map(standing, rows), key=lambda row: (row.day, row.id))


def by_uids(db: sqlite3.Connection, uids: Iterable[str]) -> list[Standing]:
    """The follow-ups that have one of these uids, whatever became of them."""
    rows = db.execute(_READ + "WHERE f.uid IN (SELECT value FROM json_each(?))", [json.dumps(list(uids))])
    return list(map(standing, rows))


def done(db: sqlite3.Connection, row: Standing, on: date, today: date, note: str | None) -> None:
    """Closes a follow-up as done and logs its contact as touched on that day, by the channel it was for.

    The touch counts as having reached them even where no channel was named. A group's touches nobody.
    """
    from followup.core.model import TOUCH_OF_CHANNEL, Event
    from followup.store import events

    close(db, row, "done", on, note)
    if row.contact_id is None:
        return
    touch = Event(
        id=0,
        contact_id=row.contact_id,
        kind=TOUCH_OF_CHANNEL[row.channel],
        on=on,
        entered=today,
        sale_id=row.sale_id,
        text=note or row.title,
        reached=True,
    )
    events.insert(db, touch, followup_id=row.id)


def attempted(db: sqlite3.Connection, row: Standing, today: date) -> None:
    """Logs that nobody answered: no touch, so it restarts and holds nothing."""
    from followup.core.model import Event
    from followup.store import events

    if row.contact_id is not None:
        attempt = Event(
            id=0,
            contact_id=row.contact_id,
            kind="attempt",
            on=today,
            entered=today,
            sale_id=row.sale_id,
            text=row.title,
        )
        events.insert(db, attempt)
