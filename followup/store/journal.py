"""The undo journal: what each command changed, and taking it back.

Triggers write the inverse of every row change while a change is recorded (the pattern of sqlite.org/undoredo.html).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    import sqlite3

KEPT = 200
"""How many changes can be taken back."""


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


def changes(db: sqlite3.Connection) -> list[Change]:
    """What can be taken back, the latest first."""
    rows = db.execute("SELECT id, command, day FROM changes ORDER BY id DESC")
    return [Change(row[0], row[1], date.fromisoformat(row[2])) for row in rows]


def take_back(db: sqlite3.Connection) -> tuple[Change, list[int]]:
    """Takes back the last change and returns it, with the contacts it touched. Refuses when there is none."""
    last = changes_head(db)
    if last is None:
        raise Refusal("there is nothing to undo")
    contacts = db.execute("SELECT DISTINCT contact_id FROM journal WHERE change_id = ?", [last.id])
    touched = [row[0] for row in contacts if row[0] is not None]
    db.execute("PRAGMA defer_foreign_keys = ON")
    statements = db.execute("SELECT statement FROM journal WHERE change_id = ? ORDER BY id DESC", [last.id]).fetchall()
    for (statement,) in statements:
        db.execute(statement)
    db.execute("DELETE FROM changes WHERE id = ?", [last.id])
    return last, touched


def changes_head(db: sqlite3.Connection) -> Change | None:
    """The change that `undo` would take back."""
    row = db.execute("SELECT id, command, day FROM changes ORDER BY id DESC LIMIT 1").fetchone()
    return Change(row[0], row[1], date.fromisoformat(row[2])) if row else None
