"""Backups: the whole home as one file, made while the program is in use, and a home made what a backup holds.

A backup is a database like the home's own, with the home's other files in a table of its own.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Struct

from followup.core.refusal import Refusal
from followup.store import homefiles, schema, snapshots, writeahead
from followup.store.book import make_home
from followup.store.datafile import bring_up_to_date, connect, make_tables
from followup.store.files import LOG, LOG_INDEX, adding, beside, free_name, keep, make_folder, replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

_FILES = "CREATE TABLE backup (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT"
_CHECKSUM = "checksum"
"""Stands among the names of the files, and is none."""

_DERIVED = ("sqlite_%", "contacts_fts%", "_sqlite_migrations", "recording", "backup", "waiting")
"""Tables that SQLite and the schema keep themselves."""


class Backup(Struct, frozen=True):
    """A backup that was looked over: `db` is a private copy, up to date; `files` is None where it has only the data."""

    path: Path
    db: sqlite3.Connection
    files: dict[str, bytes] | None
    contacts: int
    sales: int


def back_up(home: Path, path: Path) -> None:
    """Writes the home as it is at this instant into one file that only its owner can read, whole or not at all.

    Takes the place of an earlier backup of the same home, and of nothing else. Refuses a damaged home.
    """
    data = home / "followup.db"
    if not data.is_file():
        raise Refusal(f"there is nothing to back up: {home} has no followup.db; name another folder with --home")
    with closing(snapshots.snapshot(data)) as db:
        if snapshots.version(db) is None:
            raise Refusal("followup.db is a database of another program: choose another --home")
        if found := snapshots.damage(db):
            raise Refusal(f"the data file is damaged ({found[0]}): see followup doctor; followup restore mends it")
        _check_target(home, db, path)
        texts = homefiles.texts(home)
        try:
            with replacing(path) as new:
                _write(db, texts, new)
        except OSError as error:
            raise Refusal(f"{path} cannot be written ({error.strerror}): name another file") from None


def _write(db: sqlite3.Connection, texts: dict[str, bytes], new: Path) -> None:
    """The copy is made anew, page by page, so that nothing is in it of what was erased.

    Its `user_version` is below zero, so that a command that finds it in the place of a data file makes it one, in which
    rows may change.
    """
    db.execute("VACUUM INTO ?", [str(new)])
    with closing(connect(new)) as copy:
        files = homefiles.take_waiting(copy)
        copy.execute("DROP TABLE IF EXISTS backup")
        copy.execute(_FILES)
        copy.executemany("INSERT INTO backup VALUES (?, ?)", (texts if files is None else files).items())
        copy.execute("INSERT INTO backup VALUES (?, ?)", [_CHECKSUM, snapshots.checksum(copy)])
        copy.execute(f"PRAGMA user_version = -{snapshots.version(copy)}")


def _check_target(home: Path, db: sqlite3.Connection, path: Path) -> None:
    if path.is_dir():
        raise Refusal(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise Refusal(f"there is no folder {path.parent}: make it, or name another file")
    homefiles.check_outside(path)
    if not path.exists():
        return
    if path.resolve().parent == home.resolve() and path.resolve().name.startswith("followup.db."):
        raise Refusal(f"{path} is what an earlier restore kept: name another file")
    if not path.is_file() or _owner(path) != _home_id(db):
        raise Refusal(f"{path} is there, and no backup of this home: name another file")


def _owner(path: Path) -> str | None:
    """The home that a backup is of; None for any other file."""
    with suppress(sqlite3.DatabaseError), closing(snapshots.snapshot(path)) as db:
        return _home_id(db) if _has_files(db) else None
    return None


def _home_id(db: sqlite3.Connection) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE key = 'home_id'").fetchone()
    return str(row[0]) if row else None


def _has_files(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'backup'").fetchone())


def read(path: Path) -> Backup:
    """A backup, or a copy of a home's data file, ready to be restored; the file is only read.

    Refuses what is missing, damaged, of another program or of a newer version.
    """
    if not path.is_file():
        is_folder = path.is_dir()
        raise Refusal(f"{path} is a folder: name a file" if is_folder else f"there is no file {path}: check its name")
    try:
        db = snapshots.snapshot(path)
        if snapshots.version(db) is None:
            raise Refusal(f"{path} is no backup of followup: name one that followup backup wrote")
        if found := snapshots.damage(db):
            raise Refusal(f"{path} is damaged ({found[0]}): restore another backup")
        if _is_altered(db):
            raise Refusal(f"{path} is damaged (it no longer holds what was written into it): restore another backup")
        files = homefiles.take_waiting(db)
        _upgrade(db, path)
        if files is None and _has_files(db):
            files = dict(db.execute("SELECT name, content FROM backup").fetchall())
        contacts, sales = (db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("contacts", "sales"))
        UUID(_home_id(db) or "")
    except (sqlite3.DatabaseError, ValueError) as error:
        raise Refusal(f"{path} is no backup of followup, or damaged ({error}): restore another one") from None
    if any(not homefiles.is_one(name) or not isinstance(text, bytes) for name, text in (files or {}).items()):
        raise Refusal(f"{path} is no backup of followup: it holds files that no home has")
    return Backup(path, db, files, contacts, sales)


def _is_altered(db: sqlite3.Connection) -> bool:
    """Whether the rows of a private copy are others than its checksum says, which is taken out; a copy of a data file,
    or a backup of an earlier version, has none."""
    if not _has_files(db):
        return False
    said = db.execute("DELETE FROM backup WHERE name = ? RETURNING content", [_CHECKSUM]).fetchall()
    return bool(said) and said[0][0] != snapshots.checksum(db)


def _upgrade(db: sqlite3.Connection, path: Path) -> None:
    try:
        bring_up_to_date(db)
    except Refusal as refusal:
        raise Refusal(f"{path}: {refusal}") from None


def restore(home: Path, backup: Backup, today: date, tick: Callable[[int], object]) -> str | None:
    """Makes the home what the backup holds. Returns the name of the file beside it that keeps what was there, if any.

    Killed at any instant, the next command finds the home as it was, or as the backup holds it. What calendars were
    told since stays, or a `SEQUENCE` would fall; and no number of a contact, sale or event is given again.
    """
    path = home / "followup.db"
    if path.exists() and backup.path.samefile(path):
        raise Refusal(f"{backup.path} is the data file of the home itself: name a backup")
    if path.is_dir() or (home.exists() and not home.is_dir()):
        raise Refusal(f"{path if path.is_dir() else home} is in the way: move it away, or name a folder with --home")
    make_folder(home)
    aside = home / f"followup.db.before-restore-{today}"
    usable = snapshots.usable(path)
    if usable and beside(path, LOG).exists():
        writeahead.set_aside(path, today)
    replace = _in_place if usable else _in_place_of_damaged
    kept = replace(home, backup, aside, tick)
    with closing(connect(path)) as db:
        homefiles.settle(home, db)
    make_home(home)
    return kept.name if kept else None


def _in_place(home: Path, backup: Backup, aside: Path, tick: Callable[[int], object]) -> Path:
    """One transaction on the file itself, so that commands under way elsewhere wait, and then see all of it."""
    kept, ending = None, False
    with closing(connect(home / "followup.db")) as db, closing(connect(home / "followup.db")) as reader:
        homefiles.settle(home, db)
        bring_up_to_date(db)
        db.execute("BEGIN IMMEDIATE")
        try:
            kept = _kept(aside, {"": lambda new: _write(reader, homefiles.texts(home), new)})
            _fill(db, backup, _Told.by(db), tick)
            if backup.files is not None:
                homefiles.wait(home, db, backup.files)
            ending = True
            db.execute("COMMIT")
        except BaseException:
            undone = db.in_transaction or not ending  # otherwise it may have happened: interrupted while it ended
            if db.in_transaction:
                db.execute("ROLLBACK")
            if undone and kept:
                kept.unlink(missing_ok=True)
            raise
    return kept


def _in_place_of_damaged(home: Path, backup: Backup, aside: Path, tick: Callable[[int], object]) -> Path | None:
    """A new file takes the place of one that cannot be read, which is kept as it is, with what stood beside it.

    What was not yet in the old file must be gone before the new one comes, or SQLite would write it into that.
    """
    path = home / "followup.db"
    sides = {ending: beside(path, ending) for ending in ("", LOG, LOG_INDEX)}
    with replacing(path) as new:
        with closing(connect(new)) as db:
            make_tables(db)
            db.execute("BEGIN")
            _fill(db, backup, _told_by_file(path), tick)
            if backup.files is not None:
                homefiles.wait(home, db, backup.files)
            db.execute("COMMIT")
        there = {ending: old for ending, old in sides.items() if old.is_file() and old.stat().st_size}
        kept = _kept(aside, {ending: partial(shutil.copyfile, old) for ending, old in there.items()})
        keep(new)
        for ending in (LOG, LOG_INDEX):
            sides[ending].unlink(missing_ok=True)
    return kept if there else None


def _kept(aside: Path, parts: Mapping[str, Callable[[Path], object]]) -> Path:
    """Writes what is there, as parts by what their names end with, under the first name that is free; returns that."""
    while True:
        kept = free_name(aside, ("", LOG, LOG_INDEX))
        try:
            for ending, write in parts.items():
                with adding(Path(f"{kept}{ending}")) as new:
                    write(new)
        except FileExistsError:  # another restore took the name at this moment
            continue
        return kept


class _Told(Struct, frozen=True):
    """What must not fall back: what calendars were told, by uid, and the last number given in each table."""

    entries: list[tuple[object, ...]]
    numbers: dict[str, int]

    @staticmethod
    def by(db: sqlite3.Connection) -> _Told:
        entries = db.execute("SELECT * FROM calendar_entries").fetchall()
        return _Told(entries, dict(db.execute("SELECT name, seq FROM sqlite_sequence").fetchall()))


def _told_by_file(path: Path) -> _Told:
    """The same of a file that may be damaged: as far as it can be read."""
    with suppress(sqlite3.DatabaseError, UnicodeDecodeError, OSError, Refusal), closing(snapshots.snapshot(path)) as db:
        bring_up_to_date(db)
        return _Told.by(db)
    return _Told([], {})


def _fill(db: sqlite3.Connection, backup: Backup, told: _Told, tick: Callable[[int], object]) -> None:
    """Puts the backup's rows in the place of all that there are; part of the transaction that is under way. The next
    command plans anew, by rules that it reads from their file: a backup may be from anywhere."""
    db.execute("PRAGMA defer_foreign_keys = ON")
    tables = _tables(db)
    for table in reversed(tables):
        db.execute(f"DELETE FROM {table}")
    for table in tables:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        rows = backup.db.execute(f"SELECT {', '.join(columns)} FROM {table}")
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", _ticked(rows, tick))
    db.execute("DELETE FROM meta WHERE key IN ('source', 'parsed')")
    _keep_told(db, told.entries)
    numbers = dict(backup.db.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    for table in tables:
        last = max(told.numbers.get(table, 0), numbers.get(table, 0))
        schema.give_no_number_again(db, table, last)


def _keep_told(db: sqlite3.Connection, entries: list[tuple[object, ...]]) -> None:
    """Adds what calendars were told, in the place of what they were told before that. How far a calendar was read is
    forgotten, so that the next `sync` reads all of it."""
    columns = [row[1] for row in db.execute("PRAGMA table_info(calendar_entries)")]
    settings = ", ".join(f"{column} = excluded.{column}" for column in columns)
    db.executemany(
        f"INSERT INTO calendar_entries VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT (calendar, uid) DO UPDATE SET {settings} WHERE excluded.sequence >= sequence",
        entries,
    )
    db.execute("DELETE FROM calendars")


def _ticked(rows: sqlite3.Cursor, tick: Callable[[int], object]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        tick(1)
        yield row


def _tables(db: sqlite3.Connection) -> list[str]:
    """The tables that hold a home, in the order in which they were made: others refer to the earlier ones."""
    others = " AND ".join("name NOT LIKE ?" for _ in _DERIVED)
    rows = db.execute(f"SELECT name FROM sqlite_master WHERE type = 'table' AND {others} ORDER BY rowid", _DERIVED)
    return [row[0] for row in rows]
