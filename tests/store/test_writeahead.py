"""The log beside the data file: damage to it is told from all that others who use it, or were killed, leave in it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from followup.store import writeahead

TODAY = date(2026, 11, 22)
FRAME = 24 + 4096
ROWS = "SELECT count(*) FROM rows"


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A data file that was left behind with three transactions in its log, the last of one frame."""
    data = tmp_path / "working" / "followup.db"
    data.parent.mkdir()
    with closing(sqlite3.connect(data, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE rows (text)")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for text in ("a" * 9000, "b" * 9000, "c"):
            db.execute("INSERT INTO rows VALUES (?)", [text])
        shutil.copytree(data.parent, tmp_path / "left")
    return tmp_path / "left" / "followup.db"


def beside(data: Path, ending: str) -> Path:
    return Path(f"{data}{ending}")


def judged(data: Path, log: bytes, index: bool, to: Path) -> tuple[bool, int]:
    """What is said of this log, and how many of the three rows SQLite then finds."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data.parent, to)
    beside(to / data.name, "-wal").write_bytes(log)
    if not index:
        beside(to / data.name, "-shm").unlink()
    said = writeahead.is_damaged(to / data.name)
    with closing(sqlite3.connect(to / data.name)) as db:
        return said, db.execute(ROWS).fetchone()[0]


@pytest.mark.parametrize("index", [True, False])
def test_whatever_byte_turns_over_what_sqlite_loses_is_named_and_nothing_else(
    left: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: bool
) -> None:
    monkeypatch.setattr(writeahead, "sleep", lambda seconds: None)
    log = beside(left, "-wal").read_bytes()
    frames = (len(log) - 32) // FRAME
    assert len(log) == 32 + frames * FRAME
    places = [*range(0, 32, 3), *(32 + n * FRAME + k for n in (0, frames - 2, frames - 1) for k in (*range(24), 2000))]
    for place in places:
        turned = bytearray(log)
        turned[place] ^= 0x41
        said, rows = judged(left, bytes(turned), index, tmp_path / "turned")
        assert said == (rows < 3), (place, rows)
    assert judged(left, log, index, tmp_path / "whole") == (False, 3)


def test_a_log_that_was_cut_short_is_named_as_long_as_its_index_knows_of_more(
    left: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writeahead, "sleep", lambda seconds: None)
    log = beside(left, "-wal").read_bytes()
    for size in (0, 20, 32, 5000, 32 + 2 * FRAME, len(log) - 1):
        said, rows = judged(left, log[:size], True, tmp_path / "cut")
        assert said == (rows < 3), size
    assert judged(left, log + bytes(FRAME), True, tmp_path / "longer") == (False, 3)
    assert judged(left, log + log[32 : 32 + 500], True, tmp_path / "half a frame") == (False, 3)


@pytest.mark.parametrize("content", [b"", bytes(5000), bytes(20)])
def test_a_log_in_which_nothing_was_begun_loses_nothing(left: Path, content: bytes) -> None:
    beside(left, "-wal").write_bytes(content)
    beside(left, "-shm").unlink()
    assert not writeahead.is_damaged(left)


def test_frames_of_what_was_rolled_back_or_never_committed_are_no_loss(tmp_path: Path) -> None:
    """The log then has frames of its own that no chain reaches."""
    data = tmp_path / "working" / "followup.db"
    data.parent.mkdir()
    with closing(sqlite3.connect(data, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA cache_size = 5")
        db.execute("CREATE TABLE rows (text)")
        for ending in ("ROLLBACK", "COMMIT", "ROLLBACK"):
            db.execute("BEGIN")
            for _ in range(4 if ending == "COMMIT" else 40):
                db.execute("INSERT INTO rows VALUES (zeroblob(4000))")
            db.execute(ending)
        shutil.copytree(data.parent, tmp_path / "left")
    log = beside(tmp_path / "left" / "followup.db", "-wal")
    assert log.stat().st_size > 30 * FRAME
    assert not writeahead.is_damaged(tmp_path / "left" / "followup.db")
    assert writeahead.set_aside(tmp_path / "left" / "followup.db", TODAY) is None
    with closing(sqlite3.connect(tmp_path / "left" / "followup.db")) as db:
        assert db.execute(ROWS).fetchone() == (4,)


def test_a_log_that_somebody_has_in_use_is_left_to_them(left: Path) -> None:
    with closing(sqlite3.connect(left)) as other:
        other.execute(ROWS).fetchone()
        log = beside(left, "-wal").read_bytes()
        beside(left, "-wal").write_bytes(log[:40] + b"\xff\xff" + log[42:])
        assert writeahead.set_aside(left, TODAY) is None
        assert beside(left, "-wal").exists()


WRITER = dedent("""
    import random, sqlite3, sys, time
    chance, ends = random.Random(sys.argv[2]), time.monotonic() + float(sys.argv[3])
    while time.monotonic() < ends:
        db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
        db.execute(f"PRAGMA wal_autocheckpoint = {chance.choice([1, 5, 1000])}")
        db.execute(f"PRAGMA cache_size = {chance.choice([2, 2000])}")
        db.execute("PRAGMA synchronous = OFF")
        for _ in range(chance.choice([1, 20])):
            db.execute("BEGIN IMMEDIATE")
            for _ in range(chance.choice([1, 40])):
                db.execute("INSERT INTO rows VALUES (?)", [chance.randbytes(chance.choice([10, 3000]))])
            db.execute("DELETE FROM rows WHERE rowid % 2")
            db.execute(chance.choice(["COMMIT", "COMMIT", "ROLLBACK"]))
        db.execute(chance.choice(["PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(RESTART)", "SELECT 1"]))
        db.close()
""")
"""One who comes and goes, commits, rolls back what was already in the log, and has the log begin anew."""


def test_writers_at_work_are_no_damage_and_are_not_disturbed(left: Path) -> None:
    commands = [[sys.executable, "-c", WRITER, str(left), str(seed), "2"] for seed in range(3)]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands]
    looked = 0
    while any(writer.poll() is None for writer in writers):
        assert not writeahead.is_damaged(left)
        if beside(left, "-wal").exists():
            assert writeahead.set_aside(left, TODAY) is None
        looked += 1
        time.sleep(0.001)
    assert [writer.communicate()[1] for writer in writers] == [""] * 3
    assert [writer.returncode for writer in writers] == [0] * 3
    assert looked > 10
    with closing(sqlite3.connect(left)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
