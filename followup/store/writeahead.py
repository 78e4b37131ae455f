"""The log in which SQLite keeps what is not yet in the data file: whether some of it is lost, and then a copy of it.

A log that was damaged is no error to SQLite: it reads what comes before the damage, and deletes the rest unread.
"""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from shutil import copyfile
from time import sleep
from typing import TYPE_CHECKING

from followup.store.files import LOG, LOG_INDEX, beside, free_name, replacing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_PAGES = tuple(512 << n for n in range(8))

_INDEX = struct.Struct("=16xI12x8s8x")
"""Of the index of a log: how many of its frames are committed, and its salts (sqlite.org/walformat.html, 2.1)."""

_IN_USE = 0.003
"""Seconds to wait for others: two commands that start at once meet for less."""

_MOMENT, _TRIES = 0.05, 5
"""Seconds after which a log that looks damaged is looked at again, and how often that may happen."""

KEPT = "followup.db-wal.damaged-"
"""How the names of kept copies begin."""


def set_aside(data: Path, today: date) -> Path | None:
    """To be called before a data file is opened that has a log beside it. Where what was committed cannot be read from
    the log, keeps a copy (mode 0600) in the home, as SQLite will write over it, and returns its path.

    Where the file may not be written, the log stays and its own path is returned. None where nothing is lost, and while
    others use the file: the first of them has looked. Raises OSError where the copy cannot be written.
    """
    log = beside(data, LOG)
    with closing(sqlite3.connect(data, timeout=_IN_USE, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # nobody else has it open, nor opens it as long as this one has
        try:
            db.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError as error:
            return log if "locked" not in str(error) and is_damaged(data) else None
        if not is_damaged(data):
            return None
        kept = free_name(data.with_name(f"{KEPT}{today}"))
        with replacing(kept) as new:
            copyfile(log, new)
        return kept


def is_damaged(data: Path) -> bool:
    """Whether something that was committed cannot be read from the log beside a data file. Touches nothing, and needs
    no more memory for a long one. Others may write to it meanwhile: that is not taken for damage."""
    log, index = beside(data, LOG), beside(data, LOG_INDEX)
    try:
        for _ in range(_TRIES):
            before = _state(log)
            if not _is_torn(log, index):
                return False
            sleep(_MOMENT)  # longer than the tick of a file's time
            if _is_torn(log, index) and _state(log) == before:
                return True
    except FileNotFoundError:
        pass
    return False


def _state(log: Path) -> tuple[int, ...]:
    found = log.stat()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _is_torn(log: Path, index: Path) -> bool:
    """Whether a commit lies behind the break in the chain of checksums (sqlite.org/fileformat2.html, 4.1 and 4.2), or
    the index knows of more than the chain has.

    Nothing else leaves one there: of a transaction that was rolled back or killed no frame ends a commit, a log that
    begins anew has other salts, and frames become the chain's before the one that commits them. Only power that fails,
    and a commit that was killed at its last instant while others went on, can look like it.
    """
    indexed = _indexed(index)  # it is written after the log, so it is read before
    with log.open("rb") as file:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return any(indexed.values())
        magic, _, size, _, *salts, sum1, sum2 = _HEADER.unpack(head)
        order = ">" if magic & 1 else "<"
        sums = (sum1, sum2)
        if size not in _PAGES or _sums(order, head[:24], (0, 0)) != sums:
            return any(head) or any(file.read(_FRAME.size))
        number = committed = 0
        whole = True
        while len(frame := file.read(_FRAME.size + size)) == _FRAME.size + size:
            number += 1
            page, pages, *own, sum1, sum2 = _FRAME.unpack_from(frame)
            if whole:
                sums = _sums(order, frame[:8] + frame[24:], sums)
                whole = bool(page) and own == salts and sums == (sum1, sum2)
            if pages and whole:
                committed = number
            elif pages and (own[0] == salts[0] or own[1] == salts[1]):  # one of them may be what is damaged
                return True
    return committed < indexed.get(head[16:24], 0)


def _indexed(index: Path) -> dict[bytes, int]:
    """What the index of a log says that is committed in it, by the salts of the log. Empty where it says nothing."""
    try:
        with index.open("rb") as file:
            first, second = file.read(_INDEX.size), file.read(_INDEX.size)
    except OSError:
        return {}
    if len(first) < _INDEX.size or first != second:
        return {}
    committed, salts = _INDEX.unpack(first)
    return {salts: committed}


def _sums(order: str, content: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    """The checksum of a log, carried on over more of it."""
    first, second = sums
    words: Iterable[int] = iter(struct.unpack(f"{order}{len(content) // 4}I", content))
    for one, other in zip(words, words, strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second
