"""The line that says that somebody has been silent: the same follow-up however it moves, until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Rules = Callable[[str], None]

QUIET = (
    '[settings]\nmin_gap = "0 days"\n[[rule]]\nname = "quiet"\non = "silence"\nafter = "{after}"\nexpires = "10 days"\n'
    'weekend = "keep"\nchannels = ["email"]\nmessage = "win-back"\n'
)


@pytest.fixture
def ada(cli: Cli, rules: Rules) -> None:
    rules(QUIET.format(after="1 month"))
    cli("contact add 'Ada Field' --email ada@example.com", today="2026-01-01")
    cli("sale add ada Logo", today="2026-01-05")


def line(cli: Cli, today: str) -> tuple[int, str, str]:
    """The id, uid and day of the one line there is."""
    (found,) = listed(cli, today)
    return found["id"], found["uid"], found["due"]


def listed(cli: Cli, today: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli("due --ahead '3 years' --all --json", today=today).json
    return found


@pytest.mark.parametrize(
    ("typed", "due"),
    [
        ("log call ada hello", "2026-02-20"),  # it moves
        ("log call ada --on 2024-03-01", "2026-02-05"),  # what is written down later of earlier days changes nothing
        ("sale add ada Flyer --on 2023-03-01", "2026-02-05"),
        ("contact edit ada --every '2 weeks'", "2026-01-19"),
        ("contact edit ada --every '1 year'", "2027-01-05"),
    ],
)
@pytest.mark.usefixtures("ada")
def test_it_keeps_its_id_and_uid_whatever_moves_it(cli: Cli, typed: str, due: str) -> None:
    before = line(cli, "2026-01-20")
    assert cli(typed, today="2026-01-20").status == 0
    assert line(cli, "2026-01-20") == (*before[:2], due)
    assert cli("undo", today="2026-01-20").status == 0
    assert line(cli, "2026-01-20") == before


@pytest.mark.usefixtures("ada")
def test_it_keeps_them_when_the_rule_changes(cli: Cli, rules: Rules) -> None:
    cli("sale add ada Flyer", today="2026-03-30")  # long after the first one was over
    before = line(cli, "2026-03-31")
    rules(QUIET.format(after="1 year"))
    assert line(cli, "2026-03-31") == (*before[:2], "2027-03-30")


@pytest.mark.usefixtures("ada")
def test_one_that_is_held_beyond_its_last_day_is_still_the_one_that_a_touch_moves(cli: Cli) -> None:
    cli("remind ada 2026-02-01 'Ask her'", today="2026-01-06")
    before = [entry for entry in listed(cli, "2026-02-20") if entry["rule"] == "quiet"]
    assert [entry["state"] for entry in before] == ["held"]
    cli("log call ada --in", today="2026-02-20")
    after = [entry for entry in listed(cli, "2026-02-20") if entry["rule"] == "quiet"]
    assert [entry["id"] for entry in after] == [entry["id"] for entry in before]


@pytest.mark.parametrize(
    ("away", "back"),
    [
        ("contact opt-out ada", "contact opt-in ada"),
        ("contact lost ada", "contact regain ada"),
        ("contact edit ada --email ''", "contact edit ada --email ada@example.com"),
    ],
)
@pytest.mark.usefixtures("ada")
def test_one_that_was_away_for_a_while_comes_back_as_it_was_wherever_it_was_moved_meanwhile(
    cli: Cli, away: str, back: str
) -> None:
    first = line(cli, "2026-01-06")
    cli(f"snooze {first[0]} 2026-04-01", today="2026-01-06")
    cli(away, today="2026-01-10")
    cli("log call ada", today="2026-01-20")
    cli(back, today="2026-01-25")
    (found,) = listed(cli, "2026-01-25")
    assert (found["id"], found["uid"], found["due"]) == (*first[:2], "2026-02-20")
    assert found["snoozed_until"] == "2026-04-01"


@pytest.mark.usefixtures("ada")
def test_one_that_no_longer_follows_did_not_expire(cli: Cli) -> None:
    first = line(cli, "2026-01-06")
    cli("contact opt-out ada", today="2026-01-10")
    assert "(quiet: Ada Field) no longer follows from the rules" in cli(f"done {first[0]}", today="2026-02-07").err


@pytest.mark.usefixtures("ada")
def test_one_that_was_put_off_is_open_for_longer_and_no_longer_once_that_is_taken_back(cli: Cli) -> None:
    first = line(cli, "2026-02-05")
    cli(f"snooze {first[0]} 2026-06-01", today="2026-02-10")
    cli("log call ada --in", today="2026-05-01")
    assert line(cli, "2026-05-01") == (*first[:2], "2026-06-01")
    cli("undo", today="2026-05-02")
    cli("undo", today="2026-05-02")  # the call, then the snooze: by now it is over
    assert listed(cli, "2026-05-02") == []
    cli("log call ada --in", today="2026-05-03")
    assert line(cli, "2026-05-03")[:2] != first[:2]


@pytest.mark.usefixtures("ada")
def test_once_over_nothing_comes_until_a_later_touch_begins_another(cli: Cli) -> None:
    first = line(cli, "2026-02-05")
    assert listed(cli, "2026-02-16") == []
    cli("log call ada --in", today="2026-03-01")
    second = line(cli, "2026-03-01")
    assert second[2] == "2026-04-01"
    assert first[:2] != second[:2]
    cli("log call ada --on 2026-01-20", today="2026-03-02")  # while the first one was in the list
    assert line(cli, "2026-03-02") == second
