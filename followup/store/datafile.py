"""The data file by itself: how it is connected to, gets its tables, and becomes one of today's."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from followup.store import schema

if TYPE_CHECKING:
    from pathlib import Path


def connect(path: Path) -> sqlite3.Connection:
    """A connection as every command has it: references are held to, what was answered outlives a power cut, a file that
    is in use is waited for, and up to 32 MB of pages are kept, so that large changes do not write the same page again
    and again."""
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA cache_size = -32000")
    return db


def make_tables(db: sqlite3.Connection) -> None:
    """Gives a new file its tables and its identity. It has no log beside it yet, and is safe on the disk only once
    `files.keep` has seen to it."""
    from uuid import uuid4

    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA journal_mode = MEMORY")
    db.execute("BEGIN")
    schema.migrate(db)
    db.execute("INSERT INTO meta (key, value) VALUES ('home_id', ?)", [str(uuid4())])
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode = WAL")


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Applies the migrations that are pending. Refuses a file of another program, or of a newer version of this one.

    Raises sqlite3.DatabaseError for one without a table.
    """
    if schema.check_version(db):
        return
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    try:
        if not schema.check_version(db):
            schema.migrate(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
