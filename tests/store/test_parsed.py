"""Rules and configuration are kept as they were read, and read from their files again where those have changed."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest

from followup.core.config import parse_config
from followup.core.refusal import Refusal
from followup.core.rules import parse_rules
from followup.store import parsed
from followup.store.book import Book, make_home, open_book, playbook_text, playbooks

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)
RULE = '[[rule]]\nname = "thanks"\non = "sale"\nafter = "{}"\nchannels = ["email"]\nmessage = "thank-you"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose rules have been taken in."""
    make_home(tmp_path / "home")
    with closing(open_book(tmp_path / "home", TODAY)) as book:
        book.refresh()
    return tmp_path / "home"


@pytest.mark.parametrize("name", playbooks())
def test_every_playbook_and_its_conditions_come_back_as_they_were_read(name: str) -> None:
    rules = parse_rules(playbook_text(name))
    config = parse_config('[business]\nown = "ü"\n[schedule]\naway = [["2026-12-23", "2027-01-02"]]\n')
    assert parsed.load(parsed.dump(rules, config)) == parsed.Parsed(rules, config)


def test_what_was_taken_in_is_not_read_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> None:
        raise AssertionError(text)

    monkeypatch.setattr("followup.core.rules.parse_rules", read)
    monkeypatch.setattr("followup.core.config.parse_config", read)
    with closing(open_book(home, TODAY)) as book:
        book.refresh()
        assert len(book.rules.rules) > 10
        assert book.config.currency == "EUR"


def test_a_file_that_has_changed_is_read_again(home: Path) -> None:
    (home / "rules.toml").write_text(RULE.format("3 days"))
    (home / "config.toml").write_text('[business]\ncurrency = "chf"\n')
    with closing(open_book(home, TODAY)) as book:
        assert [rule.name for rule in book.rules.rules] == ["thanks"]
        assert book.config.currency == "CHF"
    (home / "rules.toml").write_text(RULE.format("never"))
    with closing(open_book(home, TODAY)) as book, pytest.raises(Refusal, match="line 4"):
        assert book.rules


def test_what_is_kept_of_older_rules_counts_for_nothing(home: Path) -> None:
    (home / "rules.toml").write_text(RULE.format("3 days"))
    with closing(open_book(home, TODAY)) as book:
        before = book.meta("parsed")
        book.refresh()
        assert book.meta("parsed") != before
        assert [rule.name for rule in book.rules.rules] == ["thanks"]


@pytest.mark.parametrize("damage", ["replace(value, '3', '4')", "''", "substr(value, 1, 900)", "'00000000 {}'"])
def test_what_is_kept_and_damaged_is_read_from_the_files(home: Path, damage: str) -> None:
    with closing(open_book(home, TODAY)) as book:
        book.db.execute(f"UPDATE meta SET value = {damage} WHERE key = 'parsed'")
        assert book.rules == parse_rules(book.rules_text)
        assert book.config == parse_config(book.config_text)


def test_nothing_is_kept_of_rules_with_a_fault(home: Path) -> None:
    (home / "rules.toml").write_text(RULE.format("3 days").replace("sale", "sail"))
    with closing(open_book(home, TODAY)) as book:
        before = kept(book)
        with pytest.raises(Refusal):
            book.refresh()
        assert kept(book) == before


def kept(book: Book) -> list[str | None]:
    return [book.meta("source"), book.meta("parsed")]
