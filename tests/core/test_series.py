"""What rules start from, and the days of their occurrences."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from planning import closing, contact, day, event, history, planner, rules, sale

from followup.core.model import Event, History
from followup.core.period import Workdays, in_year
from followup.core.series import Series, purchase_rhythm, series_of


def starts(body: str, known: History) -> list[Series]:
    """Every start of one rule."""
    return list(series_of(rules(body).rules[0], known, Workdays(), date.min))


def days(body: str, known: History, count: int) -> list[str]:
    """The first due days of one rule's only start, without any shift."""
    given = rules(body, weekend="keep")
    (series,) = series_of(given.rules[0], known, Workdays(), date.min)
    asked = planner(given, "2026-01-01")
    return [str(asked.due_of(series.rule, o)) for o in islice(series.occurrences(date.min, asked.workdays), count)]


LAST_OF_JANUARY = history(sales=[sale(1, "2026-01-31")])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('on="sale"', ["2026-01-31"]),
        ('on="sale"\nafter="1 month"', ["2026-02-28"]),
        # after + k x every is summed before it is clipped: the 31st comes back
        ('on="sale"\nafter="1 month"\nevery="1 month"', ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ('on="sale"\nevery="6 months"', ["2026-01-31", "2026-07-31", "2027-01-31", "2027-07-31"]),
        ('on="sale"\nafter="1 week"\nevery="2 weeks"\ntimes=3', ["2026-02-07", "2026-02-21", "2026-03-07"]),
        ('on="sale"\nbefore="2 weeks"\nevery="1 year"', ["2026-01-17", "2027-01-17", "2028-01-17", "2029-01-17"]),
        ('on="sale"\nafter="1 month"\nevery="1 day"', ["2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"]),
        ('on="anniversary"', ["2027-01-31", "2028-01-31", "2029-01-31", "2030-01-31"]),
        ('on="anniversary"\nbefore="1 month"', ["2026-12-31", "2027-12-31", "2028-12-31", "2029-12-31"]),
    ],
)
def test_occurrence_k_is_the_start_plus_after_plus_k_times_every(body: str, expected: list[str]) -> None:
    assert days(body, LAST_OF_JANUARY, 4) == expected


def test_service_comes_each_so_often_after_the_sale_and_clips_anew_each_time() -> None:
    known = history(sales=[sale(1, "2026-08-31", service_every="6 months")])
    assert days('on="service"\nbefore="2 weeks"', known, 3) == ["2027-02-14", "2027-08-17", "2028-02-15"]
    assert starts('on="service"', history(sales=[sale(1, "2026-08-31")])) == []


@pytest.mark.parametrize(
    ("birthday", "added", "expected"),
    [
        ("1980-06-15", "2026-03-01", ["2026-06-15", "2027-06-15"]),
        ("--06-15", "2026-03-01", ["2026-06-15", "2027-06-15"]),
        ("1980-06-15", "2026-06-15", ["2027-06-15", "2028-06-15"]),  # the first after the day they were added
        ("--02-29", "2026-03-01", ["2027-02-28", "2028-02-29"]),
        ("1988-02-29", "2028-02-28", ["2028-02-29", "2029-02-28"]),
    ],
)
def test_a_birthday_comes_each_year_after_the_contact_was_added(birthday: str, added: str, expected: list[str]) -> None:
    assert days('on="birthday"', history(contact(birthday=birthday, added=day(added))), 2) == expected


def test_a_first_sale_before_the_contact_was_added_is_since_when_birthdays_and_schedules_count() -> None:
    known = history(contact(birthday="--06-15", added=day("2026-03-01")), [sale(1, "2024-12-20")])
    assert days('on="birthday"', known, 1) == ["2025-06-15"]
    assert days('on="calendar"\nschedule="FREQ=MONTHLY;BYMONTHDAY=1"', known, 2) == ["2025-01-01", "2025-02-01"]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=1", ["2026-04-01", "2026-05-01", "2026-06-01"]),  # not on the day itself
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-03-31", "2026-04-30", "2026-05-31"]),
        ("FREQ=WEEKLY;BYDAY=TU", ["2026-03-03", "2026-03-10", "2026-03-17"]),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15", ["2026-03-15", "2026-06-15", "2026-09-15"]),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1", ["2026-12-01", "2027-12-01", "2028-12-01"]),
    ],
)
def test_a_schedule_counts_from_the_day_the_contact_was_added(schedule: str, expected: list[str]) -> None:
    assert days(f'on="calendar"\nschedule="{schedule}"', history(contact(added=day("2026-03-01"))), 3) == expected


@pytest.mark.parametrize(
    ("on", "start"),
    [
        ("sale", "2026-01-31"),
        ("warranty-end", "2028-01-31"),
        ("runs-out", "2026-04-30"),
        ("date:refund", "2026-02-14"),
    ],
)
def test_a_sale_starts_by_its_days_and_a_refunded_or_cancelled_one_starts_nothing(on: str, start: str) -> None:
    fields: dict[str, Any] = {
        "warranty_until": day("2028-01-31"),
        "lasts": "3 months",
        "dates": {"refund": day("2026-02-14")},
    }
    (series,) = starts(f'on="{on}"', history(sales=[sale(1, "2026-01-31", **fields)]))
    assert (series.started_by, str(series.day)) == ("sale:1", start)
    for gone in ("refunded", "canceled"):
        assert starts(f'on="{on}"', history(sales=[sale(1, "2026-01-31", **fields, **{gone: True})])) == []


@pytest.mark.parametrize("on", ["warranty-end", "runs-out", "date:refund", "service"])
def test_a_sale_without_the_day_that_is_asked_for_starts_nothing(on: str) -> None:
    assert starts(f'on="{on}"', LAST_OF_JANUARY) == []


def test_a_date_kept_on_a_contact_starts_by_the_contact() -> None:
    (series,) = starts('on="date:renewal"', history(contact(dates={"renewal": day("2026-05-05")})))
    assert (series.started_by, str(series.day)) == ("contact:1", "2026-05-05")


OPEN_PROMISE = {"due": day("2026-03-20")}
CLOSED = {"closed_on": day("2026-03-09"), "outcome": "resolved"}


@pytest.mark.parametrize(
    ("on", "kind", "fields", "start"),
    [
        ("complaint", "complaint", {}, "2026-03-01"),
        ("claim", "claim", {}, "2026-03-01"),
        ("question", "question", {"due": day("2026-03-20")}, "2026-03-01"),
        ("feedback", "feedback", {"rating": 9}, "2026-03-01"),
        ("referral", "referral", {}, "2026-03-01"),
        ("promise", "promise", OPEN_PROMISE, "2026-03-20"),
        ("perk", "perk", OPEN_PROMISE, "2026-03-20"),
        ("complaint-closed", "complaint", CLOSED, "2026-03-09"),
        ("promise-closed", "promise", {**OPEN_PROMISE, **CLOSED}, "2026-03-09"),
    ],
)
def test_an_event_starts_on_its_day_a_promise_on_the_promised_one(
    on: str, kind: str, fields: dict[str, Any], start: str
) -> None:
    (series,) = starts(f'on="{on}"', history(events=[event(3, kind, "2026-03-01", **fields)]))
    assert (series.started_by, str(series.day)) == ("event:3", start)


def test_what_is_open_has_not_been_closed_and_a_perk_without_an_end_starts_nothing() -> None:
    known = history(events=[event(1, "complaint", "2026-03-01"), event(2, "perk", "2026-03-01")])
    assert starts('on="complaint-closed"', known) == []
    assert starts('on="perk"', known) == []


def test_a_refunded_sale_still_starts_what_follows_the_closing_of_its_case() -> None:
    known = history(
        sales=[sale(7, "2026-01-31", refunded=True)],
        events=[
            event(1, "complaint", "2026-03-01", sale_id=7, closed_on=day("2026-03-09"), outcome="refunded"),
        ],
    )
    (series,) = starts('on="complaint-closed"', known)
    assert series.sale is not None
    assert series.sale.id == 7


# Silence

HALF_A_YEAR = 'on="silence"\nafter="6 months"\nexpires="30 days"'


def silence(known: History, body: str = HALF_A_YEAR) -> list[str]:
    """The silence's number and the day it counts from."""
    return [f"{series.label} {series.day}" for series in starts(body, known)]


def test_a_contact_without_sale_or_touch_is_not_silent() -> None:
    assert silence(history(events=[event(1, "attempt", "2026-01-01"), event(2, "promise", "2026-01-02")])) == []


@pytest.mark.parametrize(
    "touch",
    [
        *(event(1, kind, "2026-02-01") for kind in ("call", "email", "message", "meeting", "visit", "card", "note")),
        *(event(1, kind, "2026-02-01", incoming=True) for kind in ("complaint", "claim", "question", "feedback")),
        event(1, "referral", "2026-02-01", incoming=True),
        event(1, "call", "2026-02-01", incoming=True),
    ],
)
def test_any_touch_either_way_starts_the_count_anew(touch: Event) -> None:
    assert silence(history(sales=[sale(1, "2026-01-01")], events=[touch])) == ["0 2026-02-01"]


@pytest.mark.parametrize("kind", ["attempt", "promise", "perk"])
def test_an_attempt_a_promise_and_a_perk_are_no_touch(kind: str) -> None:
    known = history(sales=[sale(1, "2026-01-01")], events=[event(1, kind, "2026-02-01")])
    assert silence(known) == ["0 2026-01-01"]


@pytest.mark.parametrize(
    ("touches", "closings", "expected"),
    [
        # once done, only a later touch starts a new one: the one that doing it was
        (["2026-01-30", "2026-08-03"], [("0", "2026-07-30", "2026-08-03", "2026-01-30")], "1 2026-08-03"),
        # skipped: nothing until there is a touch
        (["2026-01-30"], [("0", "2026-07-30", "2026-08-03", "2026-01-30")], None),
        (["2026-01-30", "2026-05-01"], [("0", "2026-07-30", "2026-08-03", "2026-01-30")], None),
        (["2026-01-30", "2026-09-01"], [("0", "2026-07-30", "2026-08-03", "2026-01-30")], "1 2026-09-01"),
        # a number once used is never used again, in whatever order the days of the closings are
        (
            ["2026-01-30", "2026-09-01"],
            [("0", "2026-07-30", "2026-08-20", "2026-01-30"), ("1", "2026-07-30", "2026-08-03", "2026-01-30")],
            "2 2026-09-01",
        ),
        # what the rule did when it started from something else is no number of a silence
        (["2026-01-30", "2026-09-01"], [("2026-08-01", "2026-08-01", "2026-08-03", "2026-01-30")], "0 2026-09-01"),
    ],
)
def test_once_done_or_skipped_only_a_later_touch_begins_a_new_silence(
    touches: list[str], closings: list[tuple[str, str, str, str]], expected: str | None
) -> None:
    known = history(
        events=[event(n, "call", on) for n, on in enumerate(touches, 1)],
        closings=[
            closing("a", "contact:1", label, due, on, how="skipped", start=day(start))
            for label, due, on, start in closings
        ],
    )
    assert silence(known) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("touches", "listed", "expected"),
    [
        (["2026-01-30"], [], "0 2026-01-30"),
        # while it is open it moves, up to its last day
        (["2026-01-30", "2026-05-01"], [(0, "2026-08-29")], "0 2026-05-01"),
        (["2026-01-30", "2026-08-29"], [(0, "2026-08-29")], "0 2026-08-29"),
        (["2026-01-30", "2026-08-30"], [(0, "2026-08-29")], "1 2026-08-30"),
        # a hold or a snooze lets it stay for longer: its last day is what counts, not what rule and touches give
        (["2026-01-30", "2026-10-01"], [(0, "2026-12-31")], "0 2026-10-01"),
        # what is written down later of earlier days begins no other one, and takes no old one up again
        (["2023-01-10", "2025-01-10", "2026-01-30"], [(0, "2026-08-29")], "0 2026-01-30"),
        (["2026-01-30", "2026-03-01", "2026-09-10"], [(0, "2026-08-29"), (1, "2027-04-09")], "1 2026-09-10"),
        # the touch that began the second one is taken back: it is the first again
        (["2026-01-30"], [(0, "2026-08-29"), (1, "2027-04-09")], "0 2026-01-30"),
    ],
)
def test_a_touch_moves_the_silence_that_was_in_the_list_that_day(
    touches: list[str], listed: list[tuple[int, str]], expected: str
) -> None:
    known = history(events=[event(n, "call", on) for n, on in enumerate(touches, 1)])
    known = replace(known, listed={"a": [(number, day(last)) for number, last in listed]})
    assert silence(known) == [expected]


@pytest.mark.parametrize(
    ("completed", "median"),
    [
        ([], None),
        (["2026-01-01", "2026-01-11"], None),
        (["2026-01-01", "2026-01-01", "2026-01-11"], None),  # two days of purchase only
        (["2026-01-01", "2026-01-11", "2026-01-31"], 15),
        (["2026-01-01", "2026-01-11", "2026-01-22"], 10.5),
        (["2026-01-01", "2026-01-11", "2026-01-11", "2026-01-31", "2026-12-31"], 20),
    ],
)
def test_usual_is_the_median_gap_between_purchase_days_from_the_third_on(
    completed: list[str], median: float | None
) -> None:
    known = history(sales=[sale(n, on) for n, on in enumerate(completed, 1)])
    assert purchase_rhythm(known) == median


USUAL = 'on="silence"\nafter="1.5 x usual"\nfallback="6 months"'


@pytest.mark.parametrize(
    ("completed", "every", "due"),
    [
        (["2026-01-01"], None, "2026-07-01"),  # the fallback
        (["2026-01-01", "2026-01-11", "2026-01-22"], None, "2026-02-07"),  # 15.75 days, rounded up
        (["2026-01-01", "2026-01-11", "2026-01-31"], None, "2026-02-23"),  # 22.5
        (["2026-01-01", "2026-01-11", "2026-01-21"], None, "2026-02-05"),  # 15
        (["2026-01-01", "2026-01-11", "2026-01-21"], "1 month", "2026-02-21"),  # the contact's own rhythm
    ],
)
def test_a_silence_goes_by_the_usual_rhythm_or_the_contacts_own(
    completed: list[str], every: str | None, due: str
) -> None:
    sales = [sale(n, on) for n, on in enumerate(completed, 1)]
    assert days(USUAL, history(contact(every=every), sales), 1) == [due]


def test_the_product_of_factor_and_rhythm_is_exact_before_it_is_rounded_up() -> None:
    known = history(sales=[sale(n, on) for n, on in enumerate(["2026-01-01", "2026-04-11", "2026-07-20"], 1)])
    assert days(USUAL.replace("1.5", "1.1"), known, 1) == [
        "2026-11-07"
    ]  # 110 days, where floats give 110.00000000000001


def test_a_service_in_business_days_goes_by_those_of_the_business() -> None:
    christmas = Workdays(holidays=lambda year: frozenset({date(year, 12, 25), date(year, 12, 28)}))
    given = rules('on="service"', weekend="keep")
    known = history(sales=[sale(1, "2026-12-21", service_every="5 business days")])
    (series,) = series_of(given.rules[0], known, christmas, date.min)
    assert str(next(series.occurrences(date.min, christmas)).start) == "2026-12-30"


def test_29_february_is_28_february_in_other_years() -> None:
    assert [str(in_year(day("2028-02-29"), year)) for year in (2027, 2028)] == ["2027-02-28", "2028-02-29"]


# Leaving out what lies before

repeating = st.sampled_from(
    [
        'on="sale"\nafter="{n} days"\nevery="{m} weeks"',
        'on="sale"\nafter="{n} business days"\nevery="{m} business days"',
        'on="sale"\nbefore="{n} weeks"\nevery="{m} months"\ntimes=9',
        'on="sale"\nafter="{n} months"\nevery="1 year {m} days"',
        'on="service"\nbefore="{n} weeks"',
        'on="service"\nafter="{n} months"',
        'on="birthday"\nbefore="{n} weeks"',
        'on="birthday"\nafter="{n} months"',
        'on="anniversary"\nafter="{n} weeks"',
        'on="calendar"\nschedule="FREQ=MONTHLY;INTERVAL={m}"\nbefore="{n} days"',
        'on="calendar"\nschedule="FREQ=WEEKLY;INTERVAL={m};COUNT=40"\nafter="{n} weeks"',
    ]
)
weekdays = st.sampled_from([frozenset(range(5)), frozenset({0}), frozenset({1, 5, 6})])


@settings(deadline=None, max_examples=60)
@given(repeating, st.integers(1, 20), st.integers(1, 9), weekdays, st.integers(-100, 2500))
def test_leaving_out_what_lies_before_a_day_leaves_out_nothing_due_from_then_on(
    body: str, n: int, m: int, workdays: frozenset[int], later: int
) -> None:
    known = history(contact(birthday="--02-29"), [sale(1, "2021-08-31", service_every="40 days")])
    given = rules(body.format(n=n, m=m), weekend="keep")
    asked = planner(given, "2026-01-01", Workdays(workdays))
    (series,) = series_of(given.rules[0], known, asked.workdays, date.min)
    first = day("2021-01-01") + timedelta(days=later)

    def due_from(start: date) -> list[tuple[str, date]]:
        found = (
            (o.label, asked.due_of(series.rule, o)) for o in islice(series.occurrences(start, asked.workdays), 400)
        )
        return [(label, due) for label, due in found if due >= first]

    kept, whole = due_from(first), due_from(date.min)
    assert kept[: len(whole)] == whole
    assert kept or not whole
