"""Follow-ups of one's own: once or again and again, never held, never late, on the very day that was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]

RULES = '[settings]\nmin_gap = "30 days"\ndaily = 1\n'


@pytest.fixture(autouse=True)
def _two_people(cli: Cli, rules: Callable[[str], None]) -> None:
    rules(RULES)
    cli("contact add Ann --email ann@example.com --tag vip", today="2026-11-01")
    cli("contact add Bob --tag vip --tag old", today="2026-11-01")


def listed(cli: Cli, today: str = "2026-11-22", options: str = "--all --ahead 5y") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli(f"due {options} --json", today=today).json
    return found


def test_it_answers_with_the_follow_up(cli: Cli) -> None:
    found = cli("remind ann 2026-12-05 'send the invoice' --channel email --json").json
    assert found.pop("uid").endswith("@followup")
    assert found == {
        "id": 1,
        "rule": None,
        "contact": {"id": 1, "name": "Ann"},
        "sale": None,
        "event": None,
        "title": "send the invoice",
        "due": "2026-12-05",
        "expires": None,
        "state": "upcoming",
        "overdue_days": 0,
        "channel": "email",
        "missing": None,
        "message": None,
        "priority": "normal",
        "snoozed_until": None,
        "done_on": None,
        "note": None,
    }


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-11-28", "2026-11-28"),  # a Saturday
        ("today", "2026-11-22"),  # a Sunday
        ("tomorrow", "2026-11-23"),
        ("'next friday'", "2026-11-27"),
        ("'15 jan'", "2027-01-15"),
        ("3d", "2026-11-25"),
        ("'5 business days'", "2026-11-27"),
        ("'in 5 business days'", "2026-11-27"),
        ("'in 5bd'", "2026-11-27"),
        ("'in 2 weeks'", "2026-12-06"),
        ("174y", "2200-11-22"),
        ("'1 year 6 months'", "2028-05-22"),
    ],
)
def test_the_day_is_taken_as_it_is_said(cli: Cli, said: str, day: str) -> None:
    assert cli(f"remind ann {said} x --json").json["due"] == day


def test_away_and_public_holidays_do_not_move_it(cli: Cli, home: Any) -> None:
    text = '[business]\ncountry = "DE"\n[schedule]\naway = [["2026-12-20", "2027-01-05"]]\n'
    (home / "config.toml").write_text(text, encoding="utf-8")
    assert cli("remind ann 2026-12-25 x --json").json["due"] == "2026-12-25"


def test_it_is_never_held_and_never_expires(cli: Cli) -> None:
    for text in ("one", "two", "three"):
        cli(f"remind ann today {text}")
    cli("log call ann")
    assert {f["state"] for f in listed(cli, options="")} == {"due"}
    late = listed(cli, "2036-11-22", "")
    assert [(f["title"], f["state"]) for f in late] == [(text, "overdue") for text in ("one", "two", "three")]
    assert late[0]["overdue_days"] == 3653


def test_it_stays_for_one_who_opted_out_or_is_lost(cli: Cli) -> None:
    cli("remind ann 3d x --channel email")
    cli("contact opt-out ann")
    cli("contact lost ann --reason price")
    assert [(f["title"], f["channel"]) for f in listed(cli)] == [("x", "email")]


def test_once_done_it_is_over(cli: Cli) -> None:
    cli("remind ann today 'send it'")
    assert cli("done ann --json").json["planned"] == []
    assert listed(cli) == []
    assert [(e["kind"], e["text"]) for e in cli("event list --json").json] == [("note", "send it")]


@pytest.mark.parametrize(
    ("answer", "today", "due"),
    [
        ("done 1", "2026-11-22", "2026-12-22"),
        ("done 1", "2026-12-31", "2027-01-31"),
        ("done 1 --on 2026-11-30", "2026-12-31", "2026-12-30"),
        ("skip 1", "2026-12-31", "2027-01-31"),
    ],
)
def test_again_so_long_after_the_day_it_was_done(cli: Cli, answer: str, today: str, due: str) -> None:
    first = cli("remind ann today 'send it' --every 1m --json").json
    (again,) = cli(f"{answer} --json", today=today).json["planned"]
    assert (again["title"], again["due"]) == ("send it", due)
    assert (again["id"], again["uid"]) != (first["id"], first["uid"])
    assert [f["due"] for f in listed(cli, today)] == [due], "the next one only"


def test_a_tag_reminds_of_everyone_in_one_change(cli: Cli) -> None:
    found = cli("remind @VIP 3d 'say hello' --json").json
    assert [f["contact"]["name"] for f in found] == ["Ann", "Bob"]
    assert [f["contact"]["name"] for f in cli("remind @old 3d 'say hello' --json").json] == ["Bob"], "an array still"
    cli("undo")
    assert len(listed(cli)) == 2
    cli("undo")
    assert listed(cli) == []


def test_snoozed_it_comes_back_and_still_never_expires(cli: Cli) -> None:
    cli("remind ann today x")
    cli("snooze ann 3d")
    assert [f["expires"] for f in listed(cli)] == [None]
    assert [f["overdue_days"] for f in listed(cli, "2030-11-25", "")] == [1461]


def test_a_pipe_gets_its_line(cli: Cli) -> None:
    lines = cli("remind ann 2026-12-05 'call [red]her[/red]' --channel phone").out.splitlines()
    assert lines[1] == "1\t2026-12-05\tupcoming\tnormal\tAnn\tphone\tcall [red]her[/red]"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ann yesterday x", "2026-11-21 has passed: give today or a later day"),
        ("ann 2026-11-21 x", "has passed"),
        ("ann soon x", "'soon' is not a date"),
        ("ann 12 x", "'12' is not a date"),
        ("ann '' x", "the date is empty"),
        ("ann 175y x", "2201-11-22 is in the year 2201: years go from 1900 to 2200"),
        ("ann 'in 175y' x", "2201-11-22 is in the year 2201: years go from 1900 to 2200"),
        ("ann 2w ''", "the text is empty"),
        (f"ann 2w {'x' * 100_000}", "500 are the most"),
        ("ann 2w x --channel fax", "'fax' is no channel"),
        ("ann 2w x --channel ''", "the channel is empty"),
        ("ann 2w x --every ''", "the period is empty"),
        ("ann 2w x --every 0d", "is no time at all"),
        ("ann 2w x --every monthly", "'monthly' is not a period"),
        ("cy 2w x", "nobody is called 'cy'"),
        ("'' 2w x", "nobody is called ''"),
        ("@nobody 2w x", "nobody has the tag 'nobody'"),
        ("@ 2w x", "nobody has the tag ''"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(refused: Callable[..., str], line: str, words: str) -> None:
    assert words in refused(f"remind {line}")


def test_a_text_may_begin_with_a_dash_behind_two(cli: Cli) -> None:
    assert cli("remind ann 2w --json -- '-5 % on all'").json["title"] == "-5 % on all"
    assert cli("remind ann 2w '-5 % on all'").status == 2
