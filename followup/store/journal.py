"""The undo journal: what each command changed, and taking it back.

Triggers write the inverse of every row change while a change is recorded (the pattern of sqlite.org/undoredo.html).
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from followup.core.refusal import Refusal
from followup.store.schema import JOURNALED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

_INVERSE = re.compile(rf"(DELETE FROM|UPDATE|INSERT INTO) ({'|'.join([*JOURNALED, 'followups', 'calendar_entries'])}) ")
"""What the triggers and merges write: changes of rows in the tables of facts, and of whose what is planned is."""

_ROW_GOES = re.compile(r"(DELETE FROM \w+ WHERE rowid=)([0-9]{1,18})")

KEPT = 200
"""How many changes can be taken back."""

_MERGED = "-- merged with contact "
"""A statement that does nothing: a comment, and the id of the contact that went."""


class Change(Struct, frozen=True):
    """One command that changed the file, with the day it was given."""

    id: int
    command: str
    day: date


def begin(db: sqlite3.Connection, command: str, day: date) -> None:
    """Starts recording a change; `KEPT` of them stay."""
    cursor = db.execute("INSERT INTO changes (command, day) VALUES (?, ?)", [command, day.isoformat()])
    assert cursor.lastrowid is not None
    beyond = "SELECT id FROM changes ORDER BY id DESC LIMIT 1 OFFSET ?"
    db.execute(f"DELETE FROM changes WHERE id <= ({beyond})", [KEPT])
    db.execute("UPDATE recording SET change_id = ?", [cursor.lastrowid])


def end(db: sqlite3.Connection) -> None:
    """Stops recording; a change that changed nothing is not kept."""
    change = db.execute("SELECT change_id FROM recording").fetchone()[0]
    db.execute("UPDATE recording SET change_id = NULL")
    if change and not db.execute("SELECT 1 FROM journal WHERE change_id = ? LIMIT 1", [change]).fetchone():
        db.execute("DELETE FROM changes WHERE id = ?", [change])


def note(db: sqlite3.Connection, contact_id: int, statement: str) -> None:
    """Has `undo` run a statement of its own with the change that is being recorded."""
    db.execute(
        "INSERT INTO journal (change_id, contact_id, statement) SELECT change_id, ?, ? FROM recording "
        "WHERE change_id IS NOT NULL",
        [contact_id, statement],
    )


def note_merge(db: sqlite3.Connection, gone_id: int, into_id: int) -> None:
    """Keeps with the change that a contact was merged: their earlier changes are the other's too."""
    note(db, into_id, f"{_MERGED}{gone_id}")


def ids_of(db: sqlite3.Connection, contact_id: int) -> list[int]:
    """The contact's id, and those of whom was merged into them, as far as that can be taken back."""
    ids = [contact_id]
    for known in ids:  # grows while it is gone through
        noted = db.execute(
            "SELECT statement FROM journal WHERE contact_id = ? AND statement LIKE ?", [known, f"{_MERGED}%"]
        )
        ids += [int(row[0].removeprefix(_MERGED)) for row in noted]
    return ids


def about(db: sqlite3.Connection, contact_id: int) -> list[tuple[Change, list[str]]]:
    """The changes that touched a contact, or whom was merged into them, with what taking them back would write."""
    found: dict[Change, list[str]] = {}
    for change_id, command, day, statement in db.execute(
        "SELECT c.id, c.command, c.day, j.statement FROM journal j JOIN changes c ON c.id = j.change_id "
        "WHERE j.contact_id IN (SELECT value FROM json_each(?)) ORDER BY j.id",
        [json.dumps(ids_of(db, contact_id))],
    ):
        change = Change(change_id, command, date.fromisoformat(day))
        found.setdefault(change, []).append(statement)
    return list(found.items())


def changes(db: sqlite3.Connection) -> list[Change]:
    """What can be taken back, the latest first."""
    rows = db.execute("SELECT id, command, day FROM changes ORDER BY id DESC")
    return [Change(row[0], row[1], date.fromisoformat(row[2])) for row in rows]


def take_back(db: sqlite3.Connection, progress: Callable[[int], object]) -> tuple[Change, list[int]]:
    """Takes back the last change and returns it, with the contacts it touched. Refuses when there is none."""
    last = changes_head(db)
    if last is None:
        raise Refusal("there is nothing to undo")
    contacts = db.execute("SELECT DISTINCT contact_id FROM journal WHERE change_id = ?", [last.id])
    touched = [row[0] for row in contacts if row[0] is not None]
    db.execute("PRAGMA defer_foreign_keys = ON")
    statements = db.execute("SELECT statement FROM journal WHERE change_id = ? ORDER BY id DESC", [last.id]).fetchall()
    for (statement,) in statements:
        idle = not statement or statement.startswith(_MERGED)
        if not idle and not _INVERSE.match(statement):  # a file from elsewhere may hold anything
            raise Refusal("the undo journal holds what no change wrote: followup doctor looks the file over")
        if row := _ROW_GOES.fullmatch(statement):  # compiled once for all rows of a table, which takes most of the time
            db.execute(f"{row[1]}?", [int(row[2])])
        else:
            db.execute(statement)
        progress(1)
    db.execute("DELETE FROM changes WHERE id = ?", [last.id])
    return last, touched


def changes_head(db: sqlite3.Connection) -> Change | None:
    """The change that `undo` would take back."""
    row = db.execute("SELECT id, command, day FROM changes ORDER BY id DESC LIMIT 1").fetchone()
    return Change(row[0], row[1], date.fromisoformat(row[2])) if row else None
