"""What fails half-way leaves the home as it was: its files, its data, a backup that was being restored."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from followup.core.model import Contact, History
from followup.core.refusal import Refusal
from followup.store import backup, checks, contacts, erasing, files, histories, homefiles, planning, snapshots
from followup.store.book import Book, make_home, open_book

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one contact and a message of its own."""
    make_home(tmp_path / "home")
    book = open_book(tmp_path / "home", TODAY)
    add(book, "Anna Bell")
    book.close()
    (tmp_path / "home" / "templates").mkdir(exist_ok=True)
    (tmp_path / "home" / "templates" / "hello.email.j2").write_text("Subject: Hi\n\nHello")
    return tmp_path / "home"


def add(book: Book, name: str) -> None:
    with book.change(f"contact add {name}") as changing:
        changing.touch(contacts.insert(book.db, Contact(id=0, name=name, added=TODAY)))


def people(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "followup.db")) as db:
        return [row[0] for row in db.execute("SELECT name FROM contacts ORDER BY id")]


def test_the_files_of_a_home_change_together(home: Path) -> None:
    before = homefiles.texts(home)
    files = {"config.toml": b"", "templates/new.email.j2": b"new"}
    homefiles.put(home, files)
    assert homefiles.texts(home) == files
    homefiles.put(home, before)
    assert homefiles.texts(home) == before


def test_where_one_file_cannot_be_written_none_changes(home: Path) -> None:
    before = homefiles.texts(home)
    (home / "templates" / "taken.email.j2").mkdir()
    several = {f"templates/{n}.email.j2": b"new" for n in range(9)}
    with pytest.raises(OSError):
        homefiles.put(home, {"config.toml": b"", **several, "templates/taken.email.j2": b"new"})
    assert homefiles.texts(home) == before


def test_a_restore_that_fails_half_way_leaves_the_home_as_it_was(home: Path, tmp_path: Path) -> None:
    backup.back_up(home, tmp_path / "saved.db")
    saved = backup.read(tmp_path / "saved.db")
    assert (saved.contacts, saved.sales) == (1, 0)
    book = open_book(home, TODAY)
    add(book, "Ben Kay")
    book.close()
    (home / "config.toml").write_text("[business]\nname = 'New'\n")
    before, names = homefiles.texts(home), sorted(path.name for path in home.iterdir() if "db-" not in path.name)

    def stop(rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.restore(home, saved, TODAY, stop)
    assert people(home) == ["Anna Bell", "Ben Kay"]
    assert homefiles.texts(home) == before
    assert sorted(path.name for path in home.iterdir() if "db-" not in path.name) == names
    assert backup.restore(home, saved, TODAY, lambda rows: None) is not None
    assert people(home) == ["Anna Bell"]


class _Interrupted(sqlite3.Connection):
    """Ctrl-C just after a transaction has ended."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        found = super().execute(statement, *values)
        if statement == "COMMIT":
            raise KeyboardInterrupt
        return found


def interrupted(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, factory=_Interrupted)


def test_what_is_interrupted_when_its_data_is_there_is_finished_by_the_next_command(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.back_up(home, tmp_path / "saved.db")
    with closing(open_book(home, TODAY)) as book:
        add(book, "Ben Kay")
    old = homefiles.texts(home)
    (home / "config.toml").write_text("[business]\nname = 'New'\n")
    (home / "templates" / "more.email.j2").write_text("More")
    with monkeypatch.context() as pressed:
        pressed.setattr(backup, "connect", interrupted)
        with pytest.raises(KeyboardInterrupt):
            backup.restore(home, backup.read(tmp_path / "saved.db"), TODAY, lambda rows: None)
    assert people(home) == ["Anna Bell"]
    (kept,) = home.glob("followup.db.before-restore-*")
    assert backup.read(kept).contacts == 2
    assert homefiles.texts(home) != old
    with closing(snapshots.snapshot(home / "followup.db")) as copy:
        assert checks.version(copy).status == "warning"
    shutil.copy(home / "followup.db", tmp_path / "copy.db")
    backup.back_up(home, tmp_path / "later.db")
    for whole in ("copy.db", "later.db"):
        assert backup.read(tmp_path / whole).files == old
    open_book(home, TODAY).close()
    assert homefiles.texts(home) == old
    with closing(snapshots.snapshot(home / "followup.db")) as copy:
        assert checks.version(copy).status == "ok"


def test_files_that_wait_and_cannot_be_written_go_on_waiting(home: Path) -> None:
    new = {"config.toml": b"", "templates/hello.email.j2": b"New"}
    with closing(open_book(home, TODAY)) as book, book.transaction():
        homefiles.wait(home, book.db, new)
    (home / "templates" / "hello.email.j2").unlink()
    (home / "templates" / "hello.email.j2").mkdir()
    for _ in range(2):
        with pytest.raises(Refusal, match=r"hello\.email\.j2 cannot be written \(Is a directory\): set that right"):
            open_book(home, TODAY)
        assert (home / "config.toml").read_bytes()
    (home / "templates" / "hello.email.j2").rmdir()
    open_book(home, TODAY).close()
    assert homefiles.texts(home) == new


def test_a_name_that_another_restore_takes_at_the_same_moment_is_left_to_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.back_up(home, tmp_path / "saved.db")
    taken: list[Path] = []

    def late(path: Path, *endings: tuple[str, ...]) -> Path:
        found = files.free_name(path, *endings)
        if not taken:
            found.write_bytes(b"another's")
            taken.append(found)
        return found

    monkeypatch.setattr(backup, "free_name", late)
    kept = backup.restore(home, backup.read(tmp_path / "saved.db"), TODAY, lambda rows: None)
    assert kept == f"{taken[0].name}-2"
    assert taken[0].read_bytes() == b"another's"
    assert backup.read(home / kept).contacts == 1


def test_a_free_name_is_none_that_has_a_log_beside_it(tmp_path: Path) -> None:
    (tmp_path / "kept-wal").write_bytes(b"")
    assert files.free_name(tmp_path / "kept") == tmp_path / "kept"
    assert files.free_name(tmp_path / "kept", ("", "-wal")) == tmp_path / "kept-2"


def test_a_restore_whose_files_cannot_be_written_changes_no_data_either(home: Path, tmp_path: Path) -> None:
    backup.back_up(home, tmp_path / "saved.db")
    book = open_book(home, TODAY)
    add(book, "Ben Kay")
    book.close()
    (home / "templates" / "hello.email.j2").unlink()
    (home / "templates" / "hello.email.j2").mkdir()
    with pytest.raises(OSError):
        backup.restore(home, backup.read(tmp_path / "saved.db"), TODAY, lambda rows: None)
    assert people(home) == ["Anna Bell", "Ben Kay"]


def test_a_backup_for_which_there_is_no_room_leaves_nothing_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(backup, "_write", full)
        with pytest.raises(Refusal, match=r"saved.db cannot be written \(No space left on device\): name another file"):
            backup.back_up(home, home.parent / "saved.db")
    assert [path.name for path in home.parent.iterdir()] == ["home"]


def test_another_program_s_database_is_not_backed_up(home: Path) -> None:
    (home / "followup.db").unlink()
    with closing(sqlite3.connect(home / "followup.db")) as db:
        db.execute("CREATE TABLE a (b)")
    with pytest.raises(Refusal, match="a database of another program"):
        backup.back_up(home, home.parent / "saved.db")
    assert not (home.parent / "saved.db").exists()


def test_a_folder_in_the_place_of_the_data_file_is_in_the_way_of_a_restore(home: Path, tmp_path: Path) -> None:
    backup.back_up(home, tmp_path / "saved.db")
    (tmp_path / "other" / "followup.db").mkdir(parents=True)
    for where in (tmp_path / "other", tmp_path / "saved.db"):
        with pytest.raises(Refusal, match="is in the way: move it away"):
            backup.restore(where, backup.read(tmp_path / "saved.db"), TODAY, lambda rows: None)


def test_a_change_that_fails_leaves_the_data_as_it_was_and_the_book_open(home: Path) -> None:
    book = open_book(home, TODAY)
    for change in (lambda: book.change("contact add"), book.change_for_good):
        with pytest.raises(MemoryError), change() as changing:
            changing.touch(contacts.insert(book.db, Contact(id=0, name="Ben Kay", added=TODAY)))
            raise MemoryError
        assert not book.db.in_transaction
        assert people(home) == ["Anna Bell"]
    add(book, "Ben Kay")
    book.close()
    assert people(home) == ["Anna Bell", "Ben Kay"]


def test_a_contact_that_is_not_there_is_refused(home: Path) -> None:
    book = open_book(home, TODAY)
    with pytest.raises(Refusal, match="there is no contact 99"):
        contacts.load(book.db, 99)
    book.close()


@pytest.mark.parametrize("links", [True, False])
def test_a_file_is_added_whole_where_there_is_none_and_leaves_another_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def none(new: Path, path: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", none)
    for n in range(2):
        try:
            with files.adding(tmp_path / "a") as new:
                new.write_text(f"from {n}")
        except FileExistsError:
            assert n == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "from 0"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_where_a_file_cannot_be_added_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(new: Path, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space left"), files.adding(tmp_path / "a"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_was_erased_is_not_overwritten_while_another_command_reads_or_writes(home: Path) -> None:
    book = open_book(home, TODAY)
    book.db.execute("PRAGMA busy_timeout = 0")
    with book.change_for_good() as changing:
        erasing.erase(changing, 1)
    for begun in ("BEGIN IMMEDIATE", "BEGIN"):
        with closing(sqlite3.connect(home / "followup.db", isolation_level=None)) as other:
            other.execute(begun)
            other.execute("SELECT * FROM meta").fetchall()
            assert not erasing.clean(book.db)
        assert erasing.is_unfinished(book.db)
    assert erasing.clean(book.db)
    assert not erasing.is_unfinished(book.db)
    book.close()


def test_a_log_without_its_data_file_is_not_taken_into_a_new_one(home: Path) -> None:
    (home / "followup.db").rename(home.parent / "moved.db")
    (home / "followup.db-wal").write_bytes(b"old")
    with pytest.raises(Refusal, match=r"has a followup\.db-wal without its followup\.db"):
        make_home(home)
    assert not (home / "followup.db").exists()
    assert (home / "followup.db-wal").read_bytes() == b"old"


def test_a_change_to_many_plans_them_and_nobody_else(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "MANY", 1)
    book = open_book(home, TODAY)
    planned = []
    plan_one = planning._plan_one

    def noted(book: Book, known: History) -> list[int]:
        planned.append(known.contact.name)
        return plan_one(book, known)

    monkeypatch.setattr(planning, "_plan_one", noted)
    with book.change("import contacts") as changing:
        for name in ("Ben Kay", "Carla Diaz"):
            changing.touch(contacts.insert(book.db, Contact(id=0, name=name, added=TODAY)))
    assert planned == ["Ben Kay", "Carla Diaz"]
    book.close()


def test_undo_runs_nothing_that_no_change_wrote(home: Path, tmp_path: Path) -> None:
    with closing(open_book(home, TODAY)) as book:
        add(book, "Zoe Bell")
        for statement in (f"ATTACH '{tmp_path / 'stolen.db'}' AS other", "UPDATE meta SET value = ''", "VACUUM"):
            book.db.execute("INSERT INTO journal (change_id, statement) SELECT max(id), ? FROM changes", [statement])
            with pytest.raises(Refusal, match="no change wrote"):
                book.undo()
        assert contacts.exact(book.db, "Zoe Bell")
    assert not (tmp_path / "stolen.db").exists()
