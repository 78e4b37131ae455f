"""What happened: every kind with what it needs and what it cannot have, and the end of what was open."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from followup.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

PLAIN = {
    "id": 1,
    "kind": "note",
    "contact": {"id": 1, "name": "Ann Berg"},
    "sale_id": None,
    "on": "2026-11-22",
    "due": None,
    "rating": None,
    "text": None,
    "open": False,
    "closed_on": None,
    "outcome": None,
    "incoming": False,
    "of": None,
    "code": None,
    "value": None,
    "value_currency": None,
    "cost": None,
    "cost_currency": None,
}
"""An event of which nothing was said."""


FURNISHED = (
    "sale add 'Ann Berg' Logo --new --email ann@example.com --phone 555-0101 --on 2026-11-02",
    "sale add 'Bob Stone' Site --new --email bob@example.com",
    "contact add 'Ann Smith' --tag vip",
)


@pytest.fixture
def home(at_home: Path) -> Path:
    return at_home


def planned(cli: Cli, who: str = "1", today: str = "2026-11-22") -> dict[str, str]:
    """What is planned for a person: each rule with its day."""
    return {f["rule"]: f["due"] for f in cli(f"due --all --ahead 2y --contact {who} --json", today=today).json}


# log


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("call 1", {"kind": "call"}),
        ("email 1 'sent the files'", {"kind": "email", "text": "sent the files"}),
        ("message 1 --in", {"kind": "message", "incoming": True}),
        ("meeting 1 --on yesterday", {"kind": "meeting", "on": "2026-11-21"}),
        ("visit 1 --on '15 jan'", {"kind": "visit", "on": "2026-01-15"}),
        ("card 1 --cost 3,50", {"kind": "card", "cost": "3.50", "cost_currency": "EUR"}),
        ("card 1 --cost '1,200.5 USD'", {"kind": "card", "cost": "1200.50", "cost_currency": "USD"}),
        ("card 1 --cost '350 JPY'", {"kind": "card", "cost": "350", "cost_currency": "JPY"}),
        ("note 1 --in", {"kind": "note", "incoming": True}),
        ("attempt 1 'no answer'", {"kind": "attempt", "text": "no answer"}),
        ("Call 1", {"kind": "call"}),
        ("complaint 1 bad", {"kind": "complaint", "text": "bad", "open": True, "incoming": True}),
        (
            "claim 1 --sale 1 --by 2026-12-01",
            {"kind": "claim", "sale_id": 1, "due": "2026-12-01", "open": True, "incoming": True},
        ),
        ("question 1 --in", {"kind": "question", "open": True, "incoming": True}),
        ("promise 1 files --by friday", {"kind": "promise", "due": "2026-11-27", "text": "files", "open": True}),
        ("promise 1 --by '20 nov'", {"kind": "promise", "due": "2027-11-20", "open": True}),
        ("feedback 1 --rating 0", {"kind": "feedback", "rating": 0, "incoming": True}),
        ("feedback 1 fine --rating 10", {"kind": "feedback", "rating": 10, "text": "fine", "incoming": True}),
        (
            "referral 1 --of bob",
            {"kind": "referral", "of": {"id": 2, "name": "Bob Stone"}, "incoming": True},
        ),
        (
            "referral 1 --of 'Zed  Zimmer'",
            {"kind": "referral", "of": {"id": None, "name": "Zed Zimmer"}, "incoming": True},
        ),
        ("perk 1", {"kind": "perk", "open": True}),
        (
            "perk 1 gift --code ' TEN ' --value 10% --expires 2026-12-31 --cost 5",
            {"kind": "perk", "text": "gift", "code": "TEN", "value": "10%", "due": "2026-12-31", "open": True}
            | {"cost": "5.00", "cost_currency": "EUR"},
        ),
    ],
)
def test_each_kind_is_kept_as_it_was_said(cli: Cli, said: str, found: dict[str, Any]) -> None:
    answered = cli(f"log {said} --json")
    assert list(answered.json.items()) == list((PLAIN | found).items())
    assert answered.out.count("\n") == 1
    assert cli("event list --json").json == [PLAIN | found]


@pytest.mark.parametrize(
    ("said", "value", "currency", "shown"),
    [
        ("10%", "10%", None, "10%"),
        ("10,5 %", "10.5%", None, "10.5%"),
        ("100%", "100%", None, "100%"),
        ("25", "25.00", "EUR", "25.00 EUR"),
        ("1.200,50 €", "1200.50", "EUR", "1200.50 EUR"),
        ("20 USD", "20.00", "USD", "20.00 USD"),
        ("350 JPY", "350", "JPY", "350 JPY"),
    ],
)
def test_a_perk_is_worth_a_percentage_or_money(
    cli: Cli, said: str, value: str, currency: str | None, shown: str
) -> None:
    perk = cli(f"log perk 1 'a gift' --value '{said}' --json").json
    assert (perk["value"], perk["value_currency"]) == (value, currency)
    assert cli("event list").out.endswith(f"\topen\t{shown} a gift\n")
    assert f"perk {shown} (event 1)" in cli("contact show 1").out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tantrum 1", "there is no kind of event 'tantrum': kinds are call, email"),
        ("complain 1", "did you mean 'complaint'?"),
        ("'' 1", "there is no kind of event ''"),
        (f"{'x' * 100_000} 1", "there is no kind of event 'xxx"),
        ("call nobody", "nobody is called 'nobody'"),
        ("call ann", "'ann' could be Ann Berg (1), Ann Smith (3)"),
        ("call ''", "nobody is called ''"),
        (f"call {'9' * 5000}", "nobody is called '999"),
        (f"call {'x' * 100_000}", "nobody is called 'xxx"),
        ("call @nobody", "nobody has the tag 'nobody'"),
        ("call 1 --on tomorrow", "2026-11-23 lies ahead"),
        ("call 1 --on 2026-11-23", "2026-11-23 lies ahead"),
        ("call 1 --on ''", "the date is empty"),
        ("call 1 --on 12", "'12' is not a date"),
        ("call 1 --sale 2", "sale 2 (Site) is another contact's: see followup sale list --contact 1"),
        ("call 1 --sale 99", "there is no sale 99"),
        ("call 1 --sale ''", "'' is no sale"),
        ("call 1 --sale -1", "'-1' is no sale"),
        ("call 1 --sale 99999999999999999999", "there is no sale 9"),
        ("call 1 --cost ''", "the amount is empty"),
        ("call 1 --cost -5", "is negative"),
        ("call 1 --cost cheap", "is no amount of money"),
        (f"call 1 {'x' * 10_001}", "the text is 10001 characters long: 10000 are the most"),
        ("call 1 --by 2026-12-01", "--by does not go with call, only with complaint, claim, question, promise"),
        ("call 1 --rating 5", "--rating does not go with call, only with feedback"),
        ("call 1 --of bob", "--of does not go with call, only with referral"),
        ("call 1 --code X", "--code does not go with call, only with perk"),
        ("call 1 --value 10%", "--value does not go with call, only with perk"),
        ("call 1 --expires 2026-12-01", "--expires does not go with call, only with perk"),
        ("attempt 1 --in", "--in does not go with attempt"),
        ("promise 1 --in --by friday", "--in does not go with promise"),
        ("perk 1 --in", "--in does not go with perk"),
        ("complaint 1 --rating 3", "--rating does not go with complaint"),
        ("question 1 --on 2026-11-20 --by 2026-11-19", "2026-11-19 is before the day it happened (2026-11-20)"),
        ("question 1 --by ''", "the date is empty"),
        ("promise 1 --by 2026-11-21", "2026-11-21 is before the day it happened"),
        ("promise 1 --expires 2026-12-01", "--expires does not go with promise"),
        ("feedback 1 --rating 11", "the rating 11 is not between 0 and 10"),
        ("feedback 1 --rating -1", "'-1' is no rating"),
        ("feedback 1 --rating 5.5", "'5.5' is no rating"),
        ("feedback 1 --rating ''", "'' is no rating"),
        ("feedback 1 --rating ٣", "'٣' is no rating"),
        ("referral 1 --of ''", "the name is empty"),
        ("referral 1 --of ann", "'ann' could be Ann Berg (1), Ann Smith (3)"),
        ("referral 1 --of 99", "nobody is called '99'"),
        ("referral 1 --of 'ann berg'", "nobody recommends themselves"),
        ("referral @vip --of 3", "nobody recommends themselves"),
        ("perk 1 --value 0%", "'0%' is no percentage"),
        ("perk 1 --value 101%", "is no percentage"),
        ("perk 1 --value 1e1%", "is no percentage"),
        ("perk 1 --value .5%", "is no percentage"),
        ("perk 1 --value %", "is no percentage"),
        ("perk 1 --value ''", "the amount is empty"),
        ("perk 1 --value -5", "is negative"),
        ("perk 1 --code ''", "the code is empty"),
        ("perk 1 --expires 2026-11-21", "2026-11-21 is before the day it happened"),
        ("perk 1 --by 2026-12-01", "--by does not go with perk"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(refused: Callable[..., str], line: str, words: str) -> None:
    sentence = refused(f"log {line}")
    assert words in sentence
    assert len(sentence) < 500


@pytest.mark.parametrize(
    "line", ["log", "log call", "log call 1 two texts", "log call 1 --rate 5", "log call 1 -5", "close"]
)
def test_what_is_missing_or_surplus_is_a_fault_of_the_command_line(cli: Cli, line: str) -> None:
    assert cli(line).status == 2
    assert cli("event list --json").json == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("promise 1 files", "promise needs --by: the day it is promised for"),
        ("feedback 1 fine", "feedback needs --rating: a number from 0 to 10"),
        ("referral 1", "referral needs --of: whom they recommended"),
        ("referral nobody", "referral needs --of: whom they recommended"),
    ],
)
def test_an_option_that_a_kind_needs_is_missing_as_an_argument_is(
    cli: Cli, held: Callable[[], dict[str, object]], line: str, words: str
) -> None:
    before = held()
    result = cli(f"log {line}")
    assert (result.status, result.out) == (2, "")
    assert result.err == f"error: {words}\nTry 'followup log --help'.\n"
    assert held() == before


def test_an_option_that_does_not_fit_is_told_before_one_that_is_missing(refused: Callable[..., str]) -> None:
    assert "--rating does not go with promise" in refused("log promise 1 --rating 5")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("'one\ntwo  words\n\n three \n'", "one\ntwo words\n\nthree"),
        ("'[red]x[/red] {{ 7*7 }} {% x'", "[red]x[/red] {{ 7*7 }} {% x"),
        ("'\x1b[31mred\x07'", "[31mred"),
        ("'\u202eevil\u202c مرحبا 👩\u200d👧'", "evil مرحبا 👩\u200d👧"),
        ("-- '-5 percent'", "-5 percent"),
        ("-- --sale", "--sale"),
        ("é" * 10_000, "é" * 10_000),
    ],
)
def test_a_text_is_kept_without_what_would_obey_it(cli: Cli, typed: str, kept: str) -> None:
    assert cli(f"log call 1 --json {typed}").json["text"] == kept
    piped = cli("event list").out.splitlines()
    assert len(piped) == 2
    assert piped[1].split("\t")[5] == " ".join(kept.split("\n"))


@pytest.mark.parametrize("typed", ["''", "'  '", "' \t\n'"])
def test_an_empty_text_is_no_text(refused: Callable[..., str], typed: str) -> None:
    assert refused(f"log note 1 {typed}").startswith("the text is empty")


@pytest.mark.parametrize(
    ("said", "touches"),
    [
        ("call 1 --in", True),
        ("card 1", True),
        ("note 1", True),
        ("complaint 1", True),
        ("question 1", True),
        ("feedback 1 --rating 7", True),
        ("referral 1 --of bob", True),
        ("attempt 1", False),
        ("promise 1 --by friday", False),
        ("perk 1", False),
    ],
)
def test_any_touch_restarts_the_silence_and_nothing_else_does(cli: Cli, said: str, touches: bool) -> None:
    cli(f"log {said}")
    assert cli("contact show 1 --json").json["last_contact"] == ("2026-11-22" if touches else "2026-11-02")
    assert planned(cli)["win-back"] == ("2027-05-24" if touches else "2027-05-03")


def test_the_one_who_recommends_is_thanked(cli: Cli) -> None:
    cli("log referral 1 --of bob")
    assert "referral-thanks" in planned(cli)
    assert "referral-thanks" not in planned(cli, "bob")


def test_a_tag_of_one_person_is_an_array_still(cli: Cli) -> None:
    assert [e["contact"]["name"] for e in cli("log call @vip --json").json] == ["Ann Smith"]


def test_a_tag_logs_for_everyone_in_one_change(cli: Cli) -> None:
    cli("contact edit bob --tag vip")
    before = cli("due --all --ahead 2y --json").json
    found = cli("log meeting @VIP 'summer party' --on yesterday --cost 10 --json").json
    assert [(e["contact"]["name"], e["text"], e["cost"]) for e in found] == [
        ("Bob Stone", "summer party", "10.00"),
        ("Ann Smith", "summer party", "10.00"),
    ]
    cli("undo")
    assert cli("event list --json").json == []
    assert cli("due --all --ahead 2y --json").json == before


def test_a_sale_of_one_is_refused_for_all(refused: Callable[..., str], cli: Cli) -> None:
    cli("contact edit bob --tag vip")
    assert "sale 2 (Site) is another contact's" in refused("log complaint @vip bad --sale 2")


@pytest.mark.parametrize("line", ["log call 1 --on 2026-11-20", "done 1 --on 2026-11-20", "remind 1 2w x"])
def test_a_plain_day_loads_no_library_for_dates_in_words(home: Path, line: str) -> None:
    typed = ["--today", "2026-11-22", *line.split()]
    code = f"import sys; from followup.cli.app import run; assert run({typed}) == 0; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = ran.stdout.splitlines()[-1].split()
    assert "followup.core.planner" in loaded
    assert not {"dateparser", "holidays", "sqlite_utils", "rich", "icalendar", "pydantic"} & set(loaded)


# close


@pytest.mark.parametrize(
    ("said", "options", "outcome"),
    [
        ("complaint 1", "", "resolved"),
        ("claim 1", "", "resolved"),
        ("question 1", "", "resolved"),
        ("promise 1 --by friday", "", "kept"),
        ("perk 1", "", "redeemed"),
        ("complaint 1", "--outcome refunded", "refunded"),
        ("claim 1", "--outcome Replaced", "replaced"),
        ("question 1", "--outcome declined", "declined"),
        ("promise 1 --by friday", "--outcome broken", "broken"),
        ("perk 1", "--outcome lapsed", "lapsed"),
    ],
)
def test_closing_says_how_it_ended(cli: Cli, said: str, options: str, outcome: str) -> None:
    cli(f"log {said} --on 2026-11-18")
    found = cli(f"close 'ann b' {options} --on friday --json").json
    assert (found["open"], found["closed_on"], found["outcome"]) == (False, "2026-11-20", outcome)
    assert cli("event show 1 --json").json == found
    cli("undo")
    assert cli("event show 1 --json").json["open"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1 --outcome kept", "a complaint cannot end as 'kept': outcomes are resolved, refunded, replaced, declined"),
        ("1 --outcome ''", "a complaint cannot end as ''"),
        ("2 --outcome resolved", "a promise cannot end as 'resolved': outcomes are kept, broken"),
        ("1 --on 2026-11-19", "2026-11-19 is before the complaint itself (2026-11-20)"),
        ("1 --on tomorrow", "2026-11-23 lies ahead"),
        ("1 --on ''", "the date is empty"),
        ("3", "event 3 (call) is nothing to close"),
        ("4", "question 4 was closed on 2026-11-22 (resolved): followup event edit mends it"),
        ("99", "there is no event 99"),
        ("99999999999999999999", "there is no event 99999999999999999999"),
        ("'ann b'", "Ann Berg has 2 open: 1 (complaint, 2026-11-20), 2 (promise, 2026-11-22): give the id"),
        ("bob", "Bob Stone has nothing open"),
        ("nobody", "nobody is called 'nobody'"),
        ("''", "nobody is called ''"),
        ("-- -1", "nobody is called '-1'"),
    ],
)
def test_what_cannot_be_closed_is_refused_and_changes_nothing(
    cli: Cli, refused: Callable[..., str], line: str, words: str
) -> None:
    cli("log complaint 1 --on 2026-11-20")
    cli("log promise 1 --by friday")
    cli("log call 1")
    cli("log question bob")
    cli("close 4")
    assert words in refused(f"close {line}")


def test_a_refund_marks_the_sale_and_stops_what_it_started(cli: Cli) -> None:
    cli("log complaint 1 --sale 1 --on 2026-11-20")
    before = cli("sale show 1 --json").json
    plan = planned(cli)
    cli("close 1 --outcome refunded")
    assert cli("sale show 1 --json").json["sale"]["refunded"]
    assert set(planned(cli)) == {"complaint-check", "win-back", "anniversary"}
    assert cli("contact show 1 --json").json["spent"] == {}
    cli("undo")
    assert cli("sale show 1 --json").json == before
    assert planned(cli) == plan


def test_a_refund_of_one_case_does_not_touch_other_sales(cli: Cli) -> None:
    cli("sale add 1 Flyer")
    cli("log claim 1 --sale 1")
    cli("close 1 --outcome refunded")
    assert [s["refunded"] for s in cli("sale list --contact 1 --json").json] == [True, False]
    cli("log claim 1")
    assert cli("close 2 --outcome refunded").status == 0, "about no sale"
    assert [s["refunded"] for s in cli("sale list --contact 1 --json").json] == [True, False]


@pytest.mark.parametrize(
    "line",
    [
        "log call 1 hi",
        "log complaint 1 --sale 1 --by 2026-12-01",
        "log feedback 1 --rating 3",
        "log referral 1 --of bob",
        "log perk 1 --expires 2027-01-01",
        "log promise 1 --by 2026-12-01",
        "close bob",
        "close bob --outcome refunded",
    ],
)
def test_each_is_taken_back_to_what_was(cli: Cli, line: str) -> None:
    cli("log claim bob --sale 2")
    shown = "due --all --ahead 2y --json", "event list --json", "sale list --json", "contact list --json"
    before = [cli(command).out for command in shown]
    assert cli(line).status == 0
    assert [cli(command).out for command in shown] != before
    cli("undo")
    assert [cli(command).out for command in shown] == before


# what is shown


def test_a_pipe_gets_the_event_alone(cli: Cli) -> None:
    header = "id\ton\tkind\tcontact\tstate\ttext"
    assert cli("log call 1 hi --in").out == f"{header}\n1\t2026-11-22\tcall\tAnn Berg\tin\thi\n"
    said = "log perk 1 tea --code T --value 5 --expires 2027-01-01"
    assert cli(said).out == f"{header}\n2\t2026-11-22\tperk\tAnn Berg\topen, until 2027-01-01\tT 5.00 EUR tea\n"
    said = "log question 1 when --by 2026-12-01"
    assert cli(said).out == f"{header}\n3\t2026-11-22\tquestion\tAnn Berg\topen, by 2026-12-01\twhen\n"
    assert cli("close 3").out == f"{header}\n3\t2026-11-22\tquestion\tAnn Berg\tresolved\twhen\n"
    assert cli("log feedback 1 good --rating 9").out.splitlines()[1].endswith("feedback\tAnn Berg\t\t9/10 good")


def test_a_terminal_gets_what_follows_from_it_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    shown = cli("log complaint 1 bad").out
    assert "Planned:" in shown
    assert "Tell Ann that the complaint has arrived" in shown
    assert "Planned:" not in cli("log perk 3").out
    long = cli(f"log note 3 '{'word ' * 100}'").out
    assert "…" in long
    assert long.count("word") < 50
