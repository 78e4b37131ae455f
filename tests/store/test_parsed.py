"""Rules and configuration are kept as they were read, and read from their files again where those have changed."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING
from zlib import crc32

import pytest

from followup.core.config import Config, parse_config
from followup.core.model import Condition, Part, Rule, Rules, Settings
from followup.core.period import Period
from followup.core.refusal import Refusal
from followup.core.rules import parse_rules
from followup.store import parsed
from followup.store.book import PLANNER_VERSION, Book, make_home, open_book, playbook_text, playbooks

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
    assert repr(parsed.load(parsed.dump(rules, config))) == repr(parsed.Parsed(rules, config))


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


def test_the_mark_that_editors_put_in_front_is_passed_over(home: Path) -> None:
    for name in ("rules.toml", "config.toml"):
        (home / name).write_text((home / name).read_text(), encoding="utf-8-sig")
        assert (home / name).read_bytes().startswith(b"\xef\xbb\xbf")
    with closing(open_book(home, TODAY)) as book:
        before = kept(book)
        book.refresh()
        assert kept(book) == before


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


@pytest.mark.parametrize("text", ["", "{}", "hello", "[" * 200_000, '{"rules": {"settings": 1, "rules": []}}', "\0"])
def test_what_this_version_does_not_write_is_read_from_the_files(text: str) -> None:
    assert parsed.load(f"{crc32(text.encode()):08x} {text}") is None


def test_other_fields_come_with_another_version() -> None:
    """Where this fails, PLANNER_VERSION counts up: what is kept in every home has other fields than what is read."""
    kept = {
        kind.__name__: " ".join(kind.__struct_fields__) for kind in (Rules, Settings, Rule, Condition, Part, Period)
    }
    assert (PLANNER_VERSION, kept, Config.__struct_fields__) == (
        "6",
        {
            "Rules": "settings rules",
            "Settings": "weekend daily min_gap",
            "Rule": "name on line before offset usual every times when channels message title expires priority at_most "
            "hold weekend lost schedule group",
            "Condition": "text parts",
            "Part": "text node compares",
            "Period": "months days business",
        },
        ("business", "weekdays", "remind_at", "away", "mail", "caldav"),
    )


@pytest.mark.parametrize("name", ["rules.toml", "config.toml"])
def test_one_file_is_read_where_the_other_cannot_be(home: Path, name: str) -> None:
    (home / name).write_bytes(b"\xff\xfe")
    with closing(open_book(home, TODAY)) as book:
        assert book.config.currency == "EUR" if name == "rules.toml" else len(book.rules.rules) > 10


def test_nothing_is_kept_of_rules_with_a_fault(home: Path) -> None:
    (home / "rules.toml").write_text(RULE.format("3 days").replace("sale", "sail"))
    with closing(open_book(home, TODAY)) as book:
        before = kept(book)
        with pytest.raises(Refusal):
            book.refresh()
        assert kept(book) == before


def kept(book: Book) -> list[str | None]:
    return [book.meta("source"), book.meta("parsed")]
