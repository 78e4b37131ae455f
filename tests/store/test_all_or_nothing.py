"""What fails half-way leaves the home as it was: its files, its data, a backup that was being restored."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest

from followup.core.model import Contact
from followup.core.refusal import Refusal
from followup.store import backup, contacts, homefiles
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
    with pytest.raises(OSError):
        homefiles.put(home, {"config.toml": b"", "templates/a.email.j2": b"new", "templates/taken.email.j2": b"new"})
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
