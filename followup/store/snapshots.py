"""A data file looked at without touching it: a private copy of it, and what is broken in that."""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING

from followup.store import schema
from followup.store.files import LOG, beside

if TYPE_CHECKING:
    from pathlib import Path

_BUSY, _LOCKED = 5, 6
"""Result codes of SQLite."""

_TRIES = 5
_WITH_TEXTS = ("meta", "contacts", "contact_points", "sales", "followups", "events", "reminders", "closings", "changes")
_MOST_NAMED = 5


def snapshot(path: Path) -> sqlite3.Connection:
    """A private copy of a database as it is at this instant, what is not yet written into it included.

    Neither the file nor a log beside it changes; for a log that has no index (`-shm`) SQLite makes one, and leaves it.
    Raises sqlite3.DatabaseError for a file that cannot be read, or that has nothing in it.
    """
    if not path.stat().st_size:
        raise sqlite3.DatabaseError(schema.EMPTY)
    for _ in range(_TRIES):
        before = _state(path)
        copy = sqlite3.connect("", isolation_level=None)
        try:
            _copy(path, copy, in_use=any(beside(path, ending).exists() for ending in (LOG, "-journal")))
        except BaseException:
            copy.close()
            raise
        if _state(path) == before:
            return copy
        copy.close()
    raise sqlite3.OperationalError("database is locked")


def _copy(path: Path, copy: sqlite3.Connection, in_use: bool) -> None:
    """Copies page by page. One that nobody uses is read as if nobody ever wrote it, or SQLite would leave files."""

    def check(status: int, left: int, pages: int) -> None:
        if status in (_BUSY, _LOCKED):
            raise sqlite3.OperationalError("database is locked")

    uri = f"{path.resolve().as_uri()}?{'mode=ro' if in_use else 'immutable=1'}"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as db:
        db.backup(copy, progress=check)


def _state(path: Path) -> tuple[object, ...] | None:
    """What changes when somebody writes to a file that nobody used; None while it is in use, when SQLite sees to it."""
    if beside(path, LOG).exists():
        return None
    found = path.stat()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def version(db: sqlite3.Connection) -> int | None:
    """The version of a file's tables, whether or not files wait in it; None for one that is not followup's."""
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"_sqlite_migrations", "meta", "contacts"} <= tables:
        return None
    return abs(int(db.execute("PRAGMA user_version").fetchone()[0]))


def damage(copy: sqlite3.Connection) -> list[str]:
    """What is broken in a private copy: in its pages and indexes, in what its rows say of each other, in the search, in
    its texts."""
    try:
        found = [str(row[0]) for row in copy.execute(f"PRAGMA integrity_check({_MOST_NAMED})")]
        found = [] if found == ["ok"] else found
        lost = copy.execute("PRAGMA foreign_key_check").fetchmany(_MOST_NAMED)
        found += [f"row {row} of {table} belongs to a row of {parent} that is gone" for table, row, parent, _ in lost]
        if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'contacts_fts'").fetchone():
            copy.execute("INSERT INTO contacts_fts (contacts_fts, rank) VALUES ('integrity-check', 1)")
        found += _spoilt_texts(copy)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    except UnicodeDecodeError:  # SQLite quotes what is damaged
        return ["database disk image is malformed"]
    return [" ".join(line.split()) for line in found]


def _spoilt_texts(copy: sqlite3.Connection) -> list[str]:
    """The tables with a text that is not UTF-8, which SQLite itself does not look at."""
    spoilt = []
    there = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in _WITH_TEXTS:
        if table not in there:
            continue
        try:
            deque(copy.execute(f"SELECT * FROM {table}"), maxlen=0)
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            spoilt.append(f"a text in the table {table} is not UTF-8")
    return spoilt


def checksum(db: sqlite3.Connection) -> bytes:
    """The SHA-256 (FIPS 180-4) of all rows of a file's tables in their order: it tells of a letter that has changed
    where pages, indexes and references are sound."""
    from hashlib import sha256

    from msgspec.msgpack import Encoder

    digest, encode = sha256(), Encoder().encode
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE ? AND name NOT LIKE ? ORDER BY name"
    for (name,) in db.execute(tables, ["sqlite_%", "contacts_fts%"]).fetchall():
        digest.update(encode(name))
        quoted = name.replace('"', '""')  # a file from elsewhere may have any
        for row in db.execute(f'SELECT * FROM "{quoted}"'):
            digest.update(encode(row))
    return digest.digest()


def usable(path: Path) -> bool:
    """Whether a data file is there, followup's, whole, and not of a newer version. Raises what only the system can
    help: no permission, a file that stays locked."""
    if not path.is_file():
        return False
    try:
        with closing(snapshot(path)) as copy:
            known = version(copy)
            return known is not None and known <= schema.VERSION and not damage(copy)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False
