"""Histories: all that is known of a contact, read for the planner; one contact, or all of them one after the other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from followup.core.model import Closing, History, Key
from followup.store import contacts, events, sales

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

_CLOSINGS = (
    "SELECT f.contact_id, f.rule, f.started_by, f.occurrence, c.how, c.start, c.due, c.closed_on, f.priority "
    "FROM closings c JOIN followups f ON f.id = c.followup_id"
)
_SNOOZES = (
    "SELECT f.contact_id, f.rule, f.started_by, f.occurrence, s.until FROM snoozes s JOIN followups f "
    "ON f.id = s.followup_id"
)
_QUERIES = {
    "points": ("SELECT contact_id, kind, value FROM contact_points", "contact_id", "kind, position"),
    "sales": (
        "SELECT contact_id, " + sales.COLUMNS + " FROM sales WHERE NOT canceled",
        "contact_id",
        "completed, id",
    ),
    "events": ("SELECT contact_id, " + events.COLUMNS + " FROM events", "contact_id", "day, id"),
    "reminders": ("SELECT contact_id, id, contact_id, day, text, channel, every FROM reminders", "contact_id", "id"),
    "closings": (_CLOSINGS, "f.contact_id", "c.closed_on, f.id"),
    "snoozes": (_SNOOZES, "f.contact_id", "f.id"),
    "listed": (
        "SELECT contact_id, rule, occurrence, max(start, last) FROM followups "
        "WHERE started_by = 'contact:' || contact_id AND occurrence NOT GLOB '*[^0-9]*'",
        "contact_id",
        "CAST(occurrence AS INTEGER)",
    ),
}

MANY = 500
"""From so many contacts on, reading everyone's history in one go is faster than reading each one's."""


class _Groups:
    """The rows of a query that is ordered by contact, handed out contact by contact."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self.rows = rows
        self.next: Any = next(rows, None)

    def of(self, contact_id: int) -> list[Any]:
        found = []
        while self.next is not None and self.next[0] <= contact_id:
            if self.next[0] == contact_id:
                found.append(self.next[1:])
            self.next = next(self.rows, None)
        return found


def of_contact(db: sqlite3.Connection, contact_id: int) -> History:
    """The history of one contact. Refuses an unknown one."""
    contacts.load(db, contact_id)
    return next(_read(db, f"= {int(contact_id)}"))


def of_contacts(db: sqlite3.Connection, ids: Iterable[int]) -> Iterator[History]:
    """The histories of some contacts in the order of their ids, each once; those that are gone are left out."""
    wanted = set(ids)
    if len(wanted) > MANY:
        yield from (history for history in of_all(db) if history.contact.id in wanted)
        return
    for contact_id in sorted(wanted):
        yield from _read(db, f"= {int(contact_id)}")


def of_all(db: sqlite3.Connection) -> Iterator[History]:
    """Every contact's history, one at a time: memory does not grow with the file."""
    return _read(db, "IS NOT NULL")


def _read(db: sqlite3.Connection, which: str) -> Iterator[History]:
    groups = {}
    for name, (query, column, order) in _QUERIES.items():
        joint = "AND" if "WHERE" in query else "WHERE"
        groups[name] = _Groups(db.execute(f"{query} {joint} {column} {which} ORDER BY {column}, {order}"))
    people = db.execute(f"SELECT {contacts.COLUMNS} FROM contacts WHERE id {which} ORDER BY id")
    for row in people:
        contact_id = row[0]
        yield History(
            contact=contacts.from_row(row, groups["points"].of(contact_id)),
            sales=[sales.from_row(r) for r in groups["sales"].of(contact_id)],
            events=[events.from_row(r) for r in groups["events"].of(contact_id)],
            reminders=[events.reminder_from_row(r) for r in groups["reminders"].of(contact_id)],
            closings=[closing_from_row(r) for r in groups["closings"].of(contact_id)],
            snoozes={Key(*r[:3]): date.fromisoformat(r[3]) for r in groups["snoozes"].of(contact_id)},
            listed=_listed(groups["listed"].of(contact_id)),
        )


def _listed(rows: Iterable[Any]) -> dict[str, list[tuple[int, date]]]:
    found: dict[str, list[tuple[int, date]]] = {}
    for rule, number, last in rows:
        found.setdefault(rule, []).append((int(number), date.fromisoformat(last)))
    return found


def closing_from_row(row: Any) -> Closing:
    """A row (rule, started_by, occurrence, how, start, due, closed_on, priority) as a closing."""
    day = date.fromisoformat
    return Closing(
        key=Key(*row[:3]), how=row[3], start=day(row[4]), day=day(row[5]), closed_on=day(row[6]), priority=row[7]
    )


def of_group(db: sqlite3.Connection, rule: str) -> tuple[list[Closing], dict[Key, date], date]:
    """The closings and snoozes of a group rule, and since when the first of those that it lets through is a client."""
    closed = db.execute(f"{_CLOSINGS} WHERE f.rule = ? AND f.started_by = 'everyone'", [rule])
    snoozed = db.execute(f"{_SNOOZES} WHERE f.rule = ? AND f.started_by = 'everyone'", [rule])
    since = db.execute("SELECT min(since) FROM group_members WHERE rule = ?", [rule]).fetchone()[0]
    return (
        [closing_from_row(r[1:]) for r in closed],
        {Key(*r[1:4]): date.fromisoformat(r[4]) for r in snoozed},
        date.fromisoformat(since) if since else date.min,
    )


def members(db: sqlite3.Connection, rule: str) -> list[int]:
    """The contacts that a group rule lets through, by name."""
    query = "SELECT c.id FROM group_members g JOIN contacts c ON c.id = g.contact_id WHERE g.rule = ?"
    return [row[0] for row in db.execute(query + " ORDER BY c.folded, c.id", [rule])]
