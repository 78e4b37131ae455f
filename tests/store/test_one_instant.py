"""What one command reads is of one instant, and what it plans is by the rules that are there when it writes."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest

from followup.core.model import Contact, Sale
from followup.store import contacts, followups, sales
from followup.store.book import Book, make_home, open_book

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)
LATER = date(2026, 12, 20)
RULE = '[[rule]]\nname = "thanks"\non = "sale"\nafter = "{}"\nchannels = ["email"]\nmessage = "thank-you"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose one sale is thanked for three days later, until ten days after that."""
    home = tmp_path / "home"
    make_home(home)
    (home / "rules.toml").write_text(RULE.format("3 days") + 'expires = "10 days"\n')
    with closing(open_book(home, TODAY)) as book, book.change("sale add") as changing:
        anna = contacts.insert(book.db, Contact(id=0, name="Anna", added=TODAY, emails=("anna@example.com",)))
        sales.insert(book.db, Sale(id=0, contact_id=anna, title="Logo", completed=TODAY, entered=TODAY))
        changing.touch(anna)
    return home


def standing(book: Book) -> list[str]:
    return [row.rule for row in followups.due_by(book.db, date(2200, 1, 1), book.today, 0)]


def test_rules_that_another_command_took_in_meanwhile_are_the_ones_that_are_planned_by(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_book(home, LATER)) as book:
        begin = book.begin

        def begin_late() -> None:
            (home / "rules.toml").write_text(RULE.format("4 weeks"))
            with closing(open_book(home, LATER)) as other:
                other.refresh()
                assert standing(other) == ["thanks"]
            begin()

        monkeypatch.setattr(book, "begin", begin_late)
        book.refresh()
        assert standing(book) == ["thanks"]


def test_what_is_read_stays_as_it_was_until_something_is_changed(home: Path) -> None:
    with closing(open_book(home, TODAY)) as book:
        book.refresh()
        book.read()
        assert standing(book) == ["thanks"]
        with closing(open_book(home, TODAY)) as other, other.change("contact add") as changing:
            changing.touch(contacts.insert(other.db, Contact(id=0, name="Zoe", added=TODAY)))
        assert contacts.listed(book.db, None, None) == [1]
        with book.change("contact add") as changing:
            changing.touch(contacts.insert(book.db, Contact(id=0, name="Zed", added=TODAY)))
        assert contacts.listed(book.db, None, None) == [1, 3, 2]


def test_a_change_begins_where_a_reading_has_begun_and_is_whole(home: Path) -> None:
    with closing(open_book(home, TODAY)) as book:
        book.refresh()
        book.read()
        with pytest.raises(ZeroDivisionError), book.change("contact add"):
            contacts.insert(book.db, Contact(id=0, name="Zoe", added=TODAY))
            raise ZeroDivisionError
        assert contacts.listed(book.db, None, None) == [1]
