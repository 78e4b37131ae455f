"""What each kind of event needs, what goes with it, and how it ends: apart from any file."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from followup.core.events import (
    LONGEST_TEXT,
    Saying,
    check_event,
    check_fits,
    check_kind,
    check_mending,
    check_outcome,
    check_text,
    check_whole,
    closed,
    event_of,
    turned,
)
from followup.core.model import CASES, CLOSABLE, EVENT_KINDS, INCOMING, OUTCOMES, TOUCHES, Event, Sale
from followup.core.refusal import Refusal

TODAY = date(2026, 11, 22)
BEFORE = date(2026, 11, 20)
AFTER = date(2026, 11, 25)
NEEDS = {"promise": ["by"], "feedback": ["rating"], "referral": ["of"]}
GOES_WITH = {
    "by": [*CASES, "promise"],
    "rating": ["feedback"],
    "of": ["referral"],
    "code": ["perk"],
    "value": ["perk"],
    "expires": ["perk"],
    "in": [*TOUCHES, *INCOMING],
}


def happened(kind: str, **fields: object) -> Event:
    return replace(Event(id=1, contact_id=1, kind=kind, on=TODAY, entered=TODAY), **fields)


@pytest.mark.parametrize("kind", EVENT_KINDS)
@pytest.mark.parametrize("option", GOES_WITH)
def test_an_option_goes_with_its_kinds_only(kind: str, option: str) -> None:
    if kind in GOES_WITH[option]:
        check_fits(kind, [option])
    else:
        with pytest.raises(Refusal, match=f"--{option} does not go with {kind}, only with"):
            check_fits(kind, [option])


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_a_kind_needs_what_makes_it_one(kind: str) -> None:
    check_whole(kind, NEEDS.get(kind, []))
    if kind in NEEDS:
        with pytest.raises(Refusal, match=f"^{kind} needs --{NEEDS[kind][0]}: "):
            check_whole(kind, ["cost"])


def test_what_a_kind_needs_cannot_be_cleared_and_the_rest_can() -> None:
    check_mending("perk", {"code": "", "value": "", "expires": "", "cost": "", "text": "", "outcome": ""})
    check_mending("question", {"by": "", "sale": ""})
    for kind, option in (("promise", "by"), ("feedback", "rating"), ("referral", "of"), ("call", "on")):
        with pytest.raises(Refusal, match=f"{kind} needs --{option}: it cannot be empty"):
            check_mending(kind, {option: ""})


@pytest.mark.parametrize(("said", "kind"), [("call", "call"), ("CALL", "call"), (" Perk ", "perk")])
def test_a_kind_is_known_in_any_case(said: str, kind: str) -> None:
    assert check_kind(said) == kind


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(Refusal, match="there is no kind of event 'refferal': did you mean 'referral'"):
        check_kind("refferal")


@pytest.mark.parametrize("kind", EVENT_KINDS)
@pytest.mark.parametrize("incoming", [False, True])
def test_who_reached_out_and_whether_they_were_reached(kind: str, incoming: bool) -> None:
    event = event_of(Saying(kind=kind, on=TODAY, incoming=incoming), 1, None, TODAY)
    assert event.incoming == (incoming or kind in INCOMING)
    assert event.reached == (kind in ("call", "email", "message", "meeting", "visit", "card") and not incoming)
    assert turned(turned(event, not incoming), incoming) == event


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"on": AFTER}, "2026-11-25 lies ahead"),
        ({"due": BEFORE}, "2026-11-20 is before the day it happened"),
        ({"closed_on": BEFORE, "outcome": "resolved"}, "2026-11-20 is before the day it happened"),
        ({"rating": 11}, "the rating 11 is not between 0 and 10"),
        ({"rating": -1}, "the rating -1 is not between 0 and 10"),
        ({"of_id": 1}, "nobody recommends themselves"),
    ],
)
def test_days_ratings_and_people_must_fit(fields: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        check_event(happened("question", **fields), None, TODAY)


def test_what_fits_is_given_back() -> None:
    event = happened("question", on=BEFORE, due=BEFORE, closed_on=TODAY, outcome="resolved", rating=10, of_id=2)
    assert check_event(event, None, TODAY) is event


def test_a_sale_must_be_of_the_same_contact() -> None:
    sale = Sale(id=7, contact_id=2, title="Logo", completed=TODAY, entered=TODAY)
    with pytest.raises(Refusal, match=r"sale 7 \(Logo\) is another contact's: see followup sale list --contact 1"):
        check_event(happened("call"), sale, TODAY)
    assert event_of(Saying(kind="call", on=TODAY), 2, sale, TODAY).sale_id == 7


@pytest.mark.parametrize("kind", CLOSABLE)
def test_each_that_closes_has_an_outcome_of_its_own_without_any_said(kind: str) -> None:
    ended = closed(happened(kind), None, TODAY, TODAY)
    assert (ended.outcome, ended.closed_on, ended.open) == (OUTCOMES[kind][0], TODAY, False)


@pytest.mark.parametrize("kind", EVENT_KINDS)
@pytest.mark.parametrize(
    "outcome", ["resolved", "refunded", "replaced", "declined", "kept", "broken", "redeemed", "lapsed"]
)
def test_only_its_own_outcomes_end_a_kind(kind: str, outcome: str) -> None:
    if outcome in OUTCOMES.get(kind, ()):
        assert closed(happened(kind), outcome.upper(), TODAY, TODAY).outcome == outcome
    else:
        with pytest.raises(Refusal, match=r"cannot end as|is nothing to close"):
            closed(happened(kind), outcome, TODAY, TODAY)


@pytest.mark.parametrize(
    ("event", "on", "words"),
    [
        (happened("call"), TODAY, r"event 1 \(call\) is nothing to close"),
        (happened("claim", closed_on=BEFORE, outcome="declined"), TODAY, r"was closed on 2026-11-20 \(declined\)"),
        (happened("claim"), AFTER, "2026-11-25 lies ahead"),
        (happened("claim"), BEFORE, r"2026-11-20 is before the claim itself \(2026-11-22\)"),
    ],
)
def test_what_cannot_be_closed_that_day_is_refused(event: Event, on: date, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        closed(event, None, on, TODAY)


def test_an_empty_outcome_is_none() -> None:
    with pytest.raises(Refusal, match="a promise cannot end as '': outcomes are kept, broken"):
        check_outcome("promise", "")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", None),
        (" \n\t\n", None),
        ("  a   b ", "a b"),
        ("a\r\nb\n\n  c\n", "a\nb\n\nc"),
        ("a\x1b[31mb\x00c\u202e\u061c", "a [31mb c"),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
    ],
)
def test_a_text_keeps_its_lines_and_nothing_that_obeys(typed: str, kept: str | None) -> None:
    assert check_text(typed) == kept


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(Refusal, match="the text is 10001 characters long: 10000 are the most"):
        check_text("x" * (LONGEST_TEXT + 1))
