"""`away`: a holiday in the configuration, and everyone planned around it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from followup.store import planning

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TODAY = "2026-11-20"


@pytest.fixture
def typed(cli: Callable[..., Any], rules: Callable[[str], None]) -> Callable[..., Any]:
    """The command line, in a home with two sales that are thanked for on the next business day, 23 November."""
    rules(
        '[[rule]]\nname = "thank-you"\non = "sale"\nafter = "1 business day"\n'
        'channels = ["email"]\nmessage = "thank-you"\n'
    )
    cli('sale add "Anna Bell" Logo --new --email anna@example.com', today=TODAY)
    cli('sale add "Bo Reed" Card --new --email bo@example.com', today=TODAY)
    return cli


def days(typed: Callable[..., Any]) -> list[str]:
    return [f["due"] for f in typed("due --all --ahead 1y --json", today=TODAY).json]


def test_nothing_falls_due_in_a_holiday_any_more(typed: Callable[..., Any], home: Path) -> None:
    before = (home / "config.toml").read_text()
    answer = typed("away 2026-11-23 2026-11-28", today=TODAY)
    assert (answer.status, answer.out) == (0, "Away from 2026-11-23 to 2026-11-28: 2 follow-ups moved.\n")
    assert days(typed) == ["2026-11-30", "2026-11-30"]
    after = (home / "config.toml").read_text()
    assert after == before.replace("away = []", 'away = [["2026-11-23", "2026-11-28"]]')


def test_the_answer_as_json_counts_what_changed(typed: Callable[..., Any]) -> None:
    assert typed("away 2026-11-23 2026-11-28 --json", today=TODAY).json == {
        "away": ["2026-11-23", "2026-11-28"],
        "appear": 0,
        "move": 2,
        "vanish": 0,
    }


@pytest.mark.parametrize(
    ("line", "away"),
    [
        ("away '23 dec' '2 jan'", ["2026-12-23", "2027-01-02"]),
        ("away 'next monday' 'in 2 weeks'", ["2026-11-23", "2026-12-04"]),
        ("away '10 jun' '2 mar'", ["2027-06-10", "2028-03-02"]),
        ("away today today", ["2026-11-20", "2026-11-20"]),
        ("away 2026-11-01 2026-11-30", ["2026-11-01", "2026-11-30"]),
    ],
)
def test_days_look_forward_and_the_last_one_from_the_first_on(
    typed: Callable[..., Any], line: str, away: list[str]
) -> None:
    assert typed(f"{line} --json", today=TODAY).json["away"] == away


def test_several_holidays_add_up(typed: Callable[..., Any], home: Path) -> None:
    typed("away 2026-11-23 2026-11-24", today=TODAY)
    typed("away 2026-11-25 2026-11-26", today=TODAY)
    assert 'away = [["2026-11-23", "2026-11-24"], ["2026-11-25", "2026-11-26"]]' in (home / "config.toml").read_text()
    assert days(typed) == ["2026-11-27", "2026-11-27"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("away 2026-12-10 2026-12-01", "2026-12-01 is before 2026-12-10"),
        ("away 2026-12-24 2026-12-26", "you are away from 2026-12-23 to 2027-01-02 already"),
        ("away 2026-12-23 2027-01-02", "already"),
        ("away whenever 2026-12-26", "whenever"),
        ("away 2026-12-24 someday", "someday"),
        ("away 2027-02-01 2047-02-01", "away"),
    ],
)
def test_what_is_no_holiday_is_refused_and_nothing_changes(
    typed: Callable[..., Any], held: Callable[[], dict[str, object]], line: str, said: str
) -> None:
    typed("away 2026-12-23 2027-01-02", today=TODAY)
    before = held()
    answer = typed(line, today=TODAY)
    assert (answer.status, answer.out) == (1, "")
    assert said in answer.err
    assert held() == before


def test_a_configuration_that_is_a_link_stays_one(typed: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles.toml"
    (home / "config.toml").rename(elsewhere)
    (home / "config.toml").symlink_to(elsewhere)
    assert typed("away 2026-11-23 2026-11-28", today=TODAY).status == 0
    assert (home / "config.toml").is_symlink()
    assert "2026-11-28" in elsewhere.read_text()


def test_where_it_cannot_be_planned_by_the_configuration_stays_as_it_was(
    typed: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    before, due = (home / "config.toml").read_text(), days(typed)
    with monkeypatch.context() as patched:
        patched.setattr(planning, "plan_everyone", full)
        assert typed("away 2026-11-23 2026-11-28", today=TODAY).status == 1
        assert typed("rules adopt repair --yes", today=TODAY).status == 1
    assert (home / "config.toml").read_text() == before
    assert '[[rule]]\nname = "thank-you"' in (home / "rules.toml").read_text()
    assert days(typed) == due
