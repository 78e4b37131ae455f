"""All that happened: listing and reading it, mending it, and taking it out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from followup.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

CALL, QUESTION, FEEDBACK, REFERRAL, PERK, COMPLAINT, PROMISE = range(1, 8)


FURNISHED = (
    "sale add 'Ann Berg' Logo --new --email ann@example.com --phone 555-0101 --on 2026-11-02",
    "sale add 'Bob Stone' Site --new --email bob@example.com --on 2026-11-02",
    "log call ann 'Crème brûlée' --on 2026-11-12 --cost 3",
    "log question ann 'how much?' --on 2026-11-16 --by 2026-11-25",
    "log feedback bob 'well done' --rating 7 --on 2026-11-14",
    "log referral bob --of 'Zed Zimmer' --on 2026-11-15",
    "log perk bob --code SPRING --value 10% --expires 2026-12-31 --on 2026-11-15",
    "log complaint ann late --sale 1 --on 2026-11-18",
    "log promise ann files --by 2026-12-01 --on 2026-11-19",
)


@pytest.fixture
def home(at_home: Path) -> Path:
    return at_home


def shown(cli: Cli, event: int) -> dict[str, Any]:
    found: dict[str, Any] = cli(f"event show {event} --json").json
    return found


def planned(cli: Cli) -> list[tuple[str, str]]:
    return [(f["title"], f["due"]) for f in cli("due --all --ahead 2y --json").json]


# list and show


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", [CALL, FEEDBACK, REFERRAL, PERK, QUESTION, COMPLAINT, PROMISE]),
        ("''", [CALL, FEEDBACK, REFERRAL, PERK, QUESTION, COMPLAINT, PROMISE]),
        ("--contact ann", [CALL, QUESTION, COMPLAINT, PROMISE]),
        ("--kind perk", [PERK]),
        ("--kind Perk", [PERK]),
        ("--kind visit", []),
        ("--open", [PERK, QUESTION, COMPLAINT, PROMISE]),
        ("--open --contact bob", [PERK]),
        ("--since 2026-11-18", [COMPLAINT, PROMISE]),
        ("--since '18 nov'", [COMPLAINT, PROMISE]),
        ("--since thursday", [PROMISE]),
        ("--since 2026-12-01", []),
        ("creme", [CALL]),
        ("'BRULEE creme'", [CALL]),
        ("'creme zimmer'", []),
        ("zimmer", [REFERRAL]),
        ("spring", [PERK]),
        ("bob", [FEEDBACK, REFERRAL, PERK]),
        ("well --contact ann", []),
    ],
)
def test_the_list_is_what_is_asked_for_oldest_first(cli: Cli, options: str, found: list[int]) -> None:
    assert [e["id"] for e in cli(f"event list {options} --json").json] == found
    assert [int(line.split("\t")[0]) for line in cli(f"event list {options}").out.splitlines()[1:]] == found


def test_an_event_is_shown_whole_by_its_id_or_its_person(cli: Cli) -> None:
    perk = shown(cli, PERK)
    assert perk == cli("event show bob --json").json
    lines = dict(line.split("\t") for line in cli("event show 5").out.splitlines()[1:])
    assert lines.items() >= {"contact": "Bob Stone (2)", "value": "10%", "open": "yes", "due": "2026-12-31"}.items()
    lines = dict(line.split("\t") for line in cli("event show 4").out.splitlines()[1:])
    assert lines.items() >= {"of": "Zed Zimmer", "incoming": "yes", "open": "no", "text": ""}.items()


# edit


@pytest.mark.parametrize(
    ("event", "options", "found"),
    [
        (CALL, "--text hello", {"text": "hello"}),
        (CALL, "--text 'one\ntwo'", {"text": "one\ntwo"}),
        (CALL, "--text ''", {"text": None}),
        (CALL, "--on 2026-11-10", {"on": "2026-11-10"}),
        (CALL, "--on '15 jan'", {"on": "2026-01-15"}),
        (CALL, "--sale 1", {"sale_id": 1}),
        (CALL, "--in", {"incoming": True}),
        (CALL, "--out", {}),
        (CALL, "--cost '20 USD'", {"cost": "20.00", "cost_currency": "USD"}),
        (CALL, "--cost ''", {"cost": None, "cost_currency": None}),
        (QUESTION, "--by 2026-11-30", {"due": "2026-11-30"}),
        (QUESTION, "--by ''", {"due": None}),
        (QUESTION, "--outcome declined", {"outcome": "declined", "closed_on": "2026-11-22", "open": False}),
        (FEEDBACK, "--rating 2", {"rating": 2}),
        (REFERRAL, "--of ann", {"of": {"id": 1, "name": "Ann Berg"}}),
        (REFERRAL, "--of 'Yan Young'", {"of": {"id": None, "name": "Yan Young"}}),
        (
            PERK,
            "--code X --value 5 --expires 2027-01-01",
            {"code": "X", "value": "5.00", "value_currency": "EUR", "due": "2027-01-01"},
        ),
        (PERK, "--code '' --value '' --expires ''", {"code": None, "value": None, "due": None}),
        (COMPLAINT, "--sale ''", {"sale_id": None}),
        (COMPLAINT, "--in", {}),
        (PROMISE, "--by 2026-12-02", {"due": "2026-12-02"}),
    ],
)
def test_mending_changes_what_is_given_and_nothing_else(
    cli: Cli, event: int, options: str, found: dict[str, Any]
) -> None:
    before = shown(cli, event)
    plan = planned(cli)
    assert cli(f"event edit {event} {options} --json").json == before | found
    assert shown(cli, event) == before | found
    if before | found != before:
        cli("undo")
    assert (shown(cli, event), planned(cli)) == (before, plan)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("edit 1", "nothing was given to change: name it with an option, such as --text (see --help)"),
        ("edit 99", "nothing was given to change"),
        ("edit 1 --on 2026-11-23", "2026-11-23 lies ahead"),
        ("edit 1 --on ''", "call needs --on: it cannot be empty"),
        ("edit 1 --sale 2", "sale 2 (Site) is another contact's"),
        ("edit 1 --sale 99", "there is no sale 99"),
        ("edit 1 --cost -5", "is negative"),
        ("edit 1 --by 2026-12-01", "--by does not go with call"),
        ("edit 1 --rating 5", "--rating does not go with call"),
        ("edit 1 --outcome resolved", "--outcome does not go with call"),
        ("edit 1 --outcome ''", "--outcome does not go with call"),
        (f"edit 1 --text {'x' * 100_000}", "10000 are the most"),
        ("edit 2 --by 2026-11-15", "2026-11-15 is before the day it happened (2026-11-16)"),
        ("edit 2 --outcome kept", "a question cannot end as 'kept'"),
        ("edit 3 --rating 11", "is not between 0 and 10"),
        ("edit 3 --rating 5.5", "'5.5' is no rating"),
        ("edit 3 --rating ''", "feedback needs --rating: it cannot be empty"),
        ("edit 3 --out", "--out does not go with feedback"),
        ("edit 4 --of ''", "referral needs --of: it cannot be empty"),
        ("edit 4 --of bob", "nobody recommends themselves"),
        ("edit 5 --value 200%", "is no percentage"),
        ("edit 5 --expires 2026-11-01", "is before the day it happened"),
        ("edit 7 --by ''", "promise needs --by: it cannot be empty"),
        ("edit 7 --in", "--in does not go with promise"),
        ("edit 99 --text x", "there is no event 99"),
        ("edit ann --text x", "Ann Berg has 3 open: 2 (question, 2026-11-16), 6 (complaint"),
        ("remove 99", "there is no event 99"),
        ("remove ''", "nobody is called ''"),
        (f"show {'9' * 5000}", "there is no event 999"),
        ("list --contact nobody", "nobody is called 'nobody'"),
        ("list --contact ''", "nobody is called ''"),
        ("list --kind tantrum", "there is no kind of event 'tantrum'"),
        ("list --kind ''", "there is no kind of event ''"),
        ("list --since someday", "'someday' is not a date"),
        ("list --since ''", "the date is empty"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(refused: Callable[..., str], line: str, words: str) -> None:
    sentence = refused(f"event {line}")
    assert words in sentence
    assert len(sentence) < 500


def test_a_day_cannot_come_after_the_day_it_was_closed(cli: Cli, refused: Callable[..., str]) -> None:
    cli("close 2 --on 2026-11-20")
    assert "2026-11-20 is before the day it happened (2026-11-21)" in refused("event edit 2 --on 2026-11-21")


def test_who_reached_out_decides_whether_the_others_wait(cli: Cli) -> None:
    cli("event remove 4")
    cli("log call bob")
    assert cli("due --contact bob --json", today="2026-11-24").json == []
    cli("event edit 8 --in")
    assert [f["rule"] for f in cli("due --contact bob --json", today="2026-11-24").json] == ["call-new-client"]
    cli("event edit 8 --out")
    assert cli("due --contact bob --json", today="2026-11-24").json == []


def test_another_rating_plans_something_else(cli: Cli) -> None:
    rules = {f["rule"] for f in cli("due --all --ahead 2m --contact bob --json").json}
    assert "feedback-thanks" in rules
    cli("event edit 3 --rating 3")
    rules = {f["rule"] for f in cli("due --all --ahead 2m --contact bob --json").json}
    assert "bad-feedback" in rules
    assert "feedback-thanks" not in rules


# outcomes and refunds


def refunded(cli: Cli) -> list[bool]:
    return [sale["refunded"] for sale in cli("sale list --json").json]


def test_an_empty_outcome_opens_it_again_and_takes_the_refund_back(cli: Cli) -> None:
    before, plan = shown(cli, COMPLAINT), planned(cli)
    cli("close 6 --outcome refunded")
    assert refunded(cli) == [True, False]
    cli("event edit 6 --outcome ''")
    assert (shown(cli, COMPLAINT), refunded(cli), planned(cli)) == (before, [False, False], plan)


def test_another_outcome_keeps_the_day_it_was_closed(cli: Cli) -> None:
    cli("close 6 --on 2026-11-20")
    cli("event edit 6 --outcome refunded")
    assert shown(cli, COMPLAINT).items() >= {"outcome": "refunded", "closed_on": "2026-11-20"}.items()
    assert refunded(cli) == [True, False]
    cli("event edit 6 --outcome replaced")
    assert refunded(cli) == [False, False]


def test_the_refund_goes_with_the_case_to_another_sale_and_with_its_removal(cli: Cli) -> None:
    cli("sale add ann Flyer")
    cli("close 6 --outcome refunded")
    cli("event edit 6 --sale 3")
    assert refunded(cli) == [False, False, True]
    cli("event remove 6")
    assert refunded(cli) == [False, False, False]
    cli("undo")
    assert refunded(cli) == [False, False, True]


def test_two_refunds_of_a_sale_are_taken_back_one_by_one(cli: Cli) -> None:
    cli("log claim ann --sale 1")
    cli("close 6 --outcome refunded")
    cli("close 8 --outcome refunded")
    cli("event remove 6")
    assert refunded(cli) == [True, False]
    cli("event edit 8 --outcome resolved")
    assert refunded(cli) == [False, False]


# remove


def test_what_never_happened_is_taken_out_with_what_followed(cli: Cli) -> None:
    before, plan = shown(cli, COMPLAINT), planned(cli)
    assert cli("event remove 6 --json").json == before
    assert cli("event show 6").status == 1
    assert not any("complaint" in title for title, _ in planned(cli))
    cli("undo")
    assert (shown(cli, COMPLAINT), planned(cli)) == (before, plan)


def test_the_touch_of_a_follow_up_that_was_done_can_be_taken_out(cli: Cli) -> None:
    done = next(f["id"] for f in cli("due --all --ahead 1y --contact bob --json").json if f["rule"] == "win-back")
    cli(f"done {done}")
    touch = cli("event list --contact bob --json").json[-1]
    assert touch["kind"] == "email"
    assert cli(f"event remove {touch['id']}").status == 0
    assert cli(f"done {done}").status == 1, "it stays done"


def test_a_terminal_says_what_was_changed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    lines = cli("event edit 3 --rating 2").out.splitlines()
    assert lines[0] == "Changed event 3: feedback, Bob Stone."
    assert "Planned:" in lines
    assert cli("event remove 7").out.splitlines()[0] == "Removed event 7: promise, Ann Berg."
    assert cli("event list --kind visit").out == "No events: followup log writes one down.\n"
