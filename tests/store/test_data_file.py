"""The data file as it is found on the disk: looked at without touching it, brought up to date or left as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from followup.core.refusal import Refusal
from followup.store import checks, schema, snapshots
from followup.store.book import bring_up_to_date, connect, make_home, open_book

TODAY = date(2026, 11, 22)
OLDEST = Path(__file__).parent.parent / "faults" / "files" / "version-1.tar.gz"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data file of a new home."""
    make_home(tmp_path / "home")
    open_book(tmp_path / "home", TODAY).close()
    return tmp_path / "home" / "followup.db"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A data file of the first version."""
    shutil.unpack_archive(OLDEST, tmp_path / "older")
    (found,) = (tmp_path / "older").rglob("followup.db")
    return found


def written(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)


def test_a_file_that_another_program_keeps_to_itself_is_told_to_be_locked(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *said, **more: opened(*said, **{**more, "timeout": 0}))
    with closing(sqlite3.connect(data, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("INSERT INTO meta VALUES ('a', 'b')")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            snapshots.usable(data)
        finding, copy = checks.data_file(data)
        assert (finding.status, finding.finding, copy) == ("fault", "it cannot be opened (database is locked)", None)
        assert finding.advice is not None
        assert "whether another program holds it" in finding.advice


def test_a_file_that_is_written_while_it_is_copied_is_copied_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied, times = snapshots._copy, []

    def disturbed(path: Path, copy: sqlite3.Connection, in_use: bool) -> None:
        copied(path, copy, in_use)
        times.append(in_use)
        if len(times) < most:
            os.utime(path, ns=(0, len(times)))

    monkeypatch.setattr(snapshots, "_copy", disturbed)
    most = 3
    snapshots.snapshot(data).close()
    assert times == [False] * 3
    most = 1000
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        snapshots.snapshot(data)


def test_a_log_is_found_where_the_data_file_is_a_link(data: Path, tmp_path: Path) -> None:
    real = data.rename(tmp_path / "elsewhere.db")
    data.symlink_to(real)
    with closing(sqlite3.connect(data, isolation_level=None)) as other:
        other.execute("INSERT INTO meta VALUES ('late', 'yes')")
        with closing(snapshots.snapshot(data)) as copy:
            assert copy.execute("SELECT value FROM meta WHERE key = 'late'").fetchone() == ("yes",)
    Path(f"{real}-wal").write_bytes(b"old")
    real.unlink()
    with pytest.raises(Refusal, match=r"has a elsewhere\.db-wal without its elsewhere\.db"):
        make_home(data.parent)


def test_a_file_and_its_log_are_only_read(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data, isolation_level=None)) as other:
        other.execute("INSERT INTO meta VALUES ('late', 'yes')")
        for ending in ("", "-wal"):
            shutil.copy(f"{data}{ending}", tmp_path / f"copy.db{ending}")
    before = [(tmp_path / f"copy.db{ending}").read_bytes() for ending in ("", "-wal")]
    with closing(snapshots.snapshot(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT value FROM meta WHERE key = 'late'").fetchone() == ("yes",)
    assert [(tmp_path / f"copy.db{ending}").read_bytes() for ending in ("", "-wal")] == before


def test_a_usable_file_is_whole_followup_s_and_of_no_newer_version(data: Path, older: Path, tmp_path: Path) -> None:
    assert snapshots.usable(data)
    assert snapshots.usable(older)
    assert not snapshots.usable(tmp_path / "nothing.db")
    assert not snapshots.usable(tmp_path)
    for content in (b"", b"SQLite format 3\0" + b"x" * 5000):
        (tmp_path / "broken.db").write_bytes(content)
        assert not snapshots.usable(tmp_path / "broken.db")
    written(tmp_path / "other.db", "CREATE TABLE meta (a)")
    assert not snapshots.usable(tmp_path / "other.db")
    written(data, f"PRAGMA user_version = {schema.VERSION + 1}")
    assert not snapshots.usable(data)


def test_a_row_whose_owner_is_gone_is_damage(data: Path) -> None:
    written(data, "INSERT INTO contact_points VALUES (1, 9, 'email', 0, 'a@example.com', 'a@example.com')")
    with closing(snapshots.snapshot(data)) as copy:
        (said,) = snapshots.damage(copy)
    assert said.endswith("of contact_points belongs to a row of contacts that is gone")
    assert not snapshots.usable(data)


def test_another_program_s_database_has_no_search_to_be_broken(tmp_path: Path) -> None:
    written(tmp_path / "other.db", "CREATE TABLE a (b)")
    with closing(snapshots.snapshot(tmp_path / "other.db")) as copy:
        assert (snapshots.version(copy), snapshots.damage(copy)) == (None, [])


def test_an_older_version_is_brought_up_to_date_or_stays_as_it_was(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(snapshots.snapshot(older)) as copy:
        assert snapshots.version(copy) == 1
        finding = checks.version(copy)
        assert finding.status == "warning"
        assert finding.finding.startswith("its tables are of version 1: the next command makes them version ")

    def failing(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM contacts")
        raise MemoryError

    with closing(connect(older)) as db:
        people = db.execute("SELECT count(*) FROM contacts").fetchone()
        with monkeypatch.context() as broken:
            broken.setattr(schema, "migrate", failing)
            with pytest.raises(MemoryError):
                bring_up_to_date(db)
        assert not db.in_transaction
        assert snapshots.version(db) == 1
        assert db.execute("SELECT count(*) FROM contacts").fetchone() == people
        bring_up_to_date(db)
        assert checks.version(db).status == "ok"
        assert db.execute("SELECT count(*) FROM contacts").fetchone() == people


def test_a_sound_file_passes_and_a_broken_one_does_not(data: Path) -> None:
    book = open_book(data.parent, TODAY)
    book.check_file()
    book.close()
    with data.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    with closing(connect(data)) as db:
        book.db = db
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            book.check_file()


@pytest.mark.parametrize(("kind", "status"), [("nfs4", "warning"), ("fuse.sshfs", "warning"), ("ext4", "ok")])
def test_a_home_on_a_network_is_told(data: Path, monkeypatch: pytest.MonkeyPatch, kind: str, status: str) -> None:
    monkeypatch.setattr(checks, "_file_system", lambda place: kind)
    finding = checks.folder(data.parent)
    assert finding.status == status
    assert (f"network ({kind})" in finding.finding) == (status == "warning")


def test_a_log_that_has_grown_large_is_told(data: Path) -> None:
    with Path(f"{data}-wal").open("wb") as log:
        log.truncate(64_000_000)
    assert [finding.check for finding in checks.left_over(data.parent)] == ["left over"]
    with Path(f"{data}-wal").open("wb") as log:
        log.truncate(65_000_000)
    found = {finding.check: finding for finding in checks.left_over(data.parent)}
    assert (found["log"].status, found["log"].finding) == ("warning", "followup.db-wal has grown to 65 MB")
