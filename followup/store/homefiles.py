"""What a home holds beside its data: configuration, rules, and messages of its own, as texts by name."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from followup.core.refusal import Refusal
from followup.store.files import unfinished, write_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SETTINGS = ("config.toml", "rules.toml")
MESSAGES = "templates"

LONGEST = 4_000_000
"""Bytes of one file: far more than any of them has."""

_START = 4096
_DATA = re.compile(r"followup\.db(-wal|-shm|-journal)?")
_WAITING = "CREATE TABLE waiting (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT"
_MESSAGE = re.compile(r"(?!\.)[^/\\:\x00-\x1f\x7f-\x9f]{1,100}\.j2")


def texts(folder: Path) -> dict[str, bytes]:
    """The files of a home: `config.toml`, `rules.toml`, `templates/NAME.CHANNEL.j2`. Refuses one that is too long.

    A message that lies outside the folder is left out, as whoever reads messages leaves it out.
    """
    found = {}
    for path in (*(folder / name for name in SETTINGS), *sorted((folder / MESSAGES).glob("*.j2"))):
        name = path.relative_to(folder).as_posix()
        inside = name in SETTINGS or path.resolve().is_relative_to((folder / MESSAGES).resolve())
        if path.is_file() and inside and is_one(name):
            if path.stat().st_size > LONGEST:
                raise Refusal(f"{path} has over {LONGEST:,} bytes, which is no such file: take it out")
            found[name] = path.read_bytes()
    return found


def is_one(name: str) -> bool:
    """Whether a file of a home may have this name. It then lies in the home or in its `templates/`."""
    folder, slash, file = name.rpartition("/")
    return name in SETTINGS or (folder == MESSAGES and bool(slash) and _MESSAGE.fullmatch(file) is not None)


def is_own(name: str) -> bool:
    """Whether what has this name in a home belongs to it: its data, its settings, or the folder of its messages."""
    return name in (*SETTINGS, MESSAGES) or _DATA.fullmatch(name) is not None


def check_outside(path: Path) -> None:
    """Refuses a file of a home, of this one or another, as a place to write something else."""
    real = path.resolve()
    if any(_DATA.fullmatch(real.name) or is_one(real.relative_to(home).as_posix()) for home in _homes_around(real)):
        raise Refusal(f"{path} is a file of a home of followup: name another file")


def check_ours(path: Path, mark: bytes) -> None:
    """Refuses a file that is there without this mark in its first lines, as a place to write something else."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(_START)
    if start and mark not in start:
        raise Refusal(f"{path} is there, and followup did not write it: name another file, or delete it first")


def write_outside(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, all of it or nothing. Refuses what cannot be written.

    A device or a pipe is written to, not replaced.
    """
    if path.is_dir():
        raise Refusal(f"{path} is a folder: name a file in it")
    check_outside(path)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            write_private(path, content)
    except OSError as error:
        raise Refusal(f"{path} cannot be written ({error.strerror}): name another file") from None


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Refuses a folder that turns out not to be writable, as a place to write something else."""
    try:
        yield
    except OSError as error:
        raise Refusal(f"{folder} cannot be written ({error.strerror}): name another folder") from None


def _homes_around(path: Path) -> Iterator[Path]:
    return (folder for folder in path.parents[:2] if (folder / "followup.db").exists())


def wait(home: Path, db: sqlite3.Connection, files: Mapping[str, bytes]) -> None:
    """Has files wait in the data file to become those of the home; part of the transaction that is under way. So they
    change with the data or not at all: `settle` does the rest, here or in the next command, which learns of it by a
    `user_version` below zero.

    Raises OSError where one cannot be written.
    """
    _check_writable(home, files)
    db.execute("DROP TABLE IF EXISTS waiting")
    db.execute(_WAITING)
    db.executemany("INSERT INTO waiting VALUES (?, ?)", files.items())
    db.execute(f"PRAGMA user_version = -{_version(db)}")


def waiting(db: sqlite3.Connection) -> dict[str, bytes] | None:
    """The files that wait in a data file; None where none do."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'waiting'").fetchone():
        return None
    return {name: content for name, content in db.execute("SELECT name, content FROM waiting") if is_one(name)}


def take_waiting(db: sqlite3.Connection) -> dict[str, bytes] | None:
    """Takes the files that wait in a data file out of it; None where none do."""
    files = waiting(db)
    if files is not None:
        db.execute("DROP TABLE waiting")
        db.execute(f"PRAGMA user_version = {_version(db)}")
    return files


def settle(home: Path, db: sqlite3.Connection) -> None:
    """Makes the files that wait in the data file, if any do, those of the home. Refuses where one cannot be written;
    then, and killed at any instant, they go on waiting. A backup that was put in its place is no backup any more."""
    if waiting(db) is None:
        _unmark(db)
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        files = take_waiting(db)  # another command may have been faster
        if files is not None:
            put(home, files)
        db.execute("COMMIT")
    except (OSError, sqlite3.OperationalError) as error:
        place, reason = home, str(error)
        if isinstance(error, OSError):
            place, reason = error.filename2 or error.filename or home, error.strerror or reason
        raise Refusal(
            f"the data of a restore or an import is there, but {place} cannot be written ({reason}): set that right, "
            "and the next command writes its configuration, rules and messages"
        ) from None
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _unmark(db: sqlite3.Connection) -> None:
    if int(db.execute("PRAGMA user_version").fetchone()[0]) >= 0:
        return
    db.execute("BEGIN IMMEDIATE")
    db.execute("DROP TABLE IF EXISTS backup")
    db.execute(f"PRAGMA user_version = {_version(db)}")
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    return abs(int(db.execute("PRAGMA user_version").fetchone()[0]))


def _check_writable(home: Path, files: Mapping[str, bytes]) -> None:
    """Raises OSError where `put` could not write these: no permission, no room, a folder in the place of one."""
    with ExitStack() as tried:
        for path, content in _differing(home, files):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            tried.enter_context(unfinished(Path(os.path.realpath(path)).parent)).write_bytes(content)


def put(home: Path, files: Mapping[str, bytes]) -> None:
    """Makes the files of a home these and no others; all of them, or where one cannot be written, none."""
    before = texts(home)
    try:
        _write(home, files)
        _remove(home, before.keys() - files.keys())
    except BaseException:
        _write(home, before)
        _remove(home, [name for name in files.keys() - before.keys() if (home / name).is_file()])
        raise


def _write(home: Path, files: Mapping[str, bytes]) -> None:
    for path, content in _differing(home, files):
        write_private(path, content)


def _differing(home: Path, files: Mapping[str, bytes]) -> Iterator[tuple[Path, bytes]]:
    """Those that are not yet there as they are to be; the folder for each is."""
    for name, content in files.items():
        path = home / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            yield path, content


def _remove(home: Path, names: Iterable[str]) -> None:
    for name in names:
        (home / name).unlink(missing_ok=True)
