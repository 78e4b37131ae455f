"""Periods as people write them, adding them to a day, and the shift to a business day and out of times away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.core.period import Period, Workdays, add_months, back, parse_period
from followup.core.refusal import Refusal

day = date.fromisoformat
MAY_DAY = Workdays(holidays=lambda year: frozenset({date(year, 5, 1)}))
WINTER = ((day("2026-12-23"), day("2027-01-02")),)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("3 days", Period(days=3)),
        ("1 day", Period(days=1)),
        ("0 days", Period()),
        ("1 week", Period(days=7)),
        ("2 weeks", Period(days=14)),
        ("6 months", Period(months=6)),
        ("1 year", Period(months=12)),
        ("5 business days", Period(business=5)),
        ("1 business day", Period(business=1)),
        ("3d", Period(days=3)),
        ("2w", Period(days=14)),
        ("6m", Period(months=6)),
        ("1y", Period(months=12)),
        ("5bd", Period(business=5)),
        ("1 year 6 months", Period(months=18)),
        ("1y 2w 3d", Period(months=12, days=17)),
        ("  2  Weeks ", Period(days=14)),
        ("1 month and 2 business days", Period(months=1, business=2)),
    ],
)
def test_a_period_is_read_as_it_is_written(text: str, period: Period) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    "text",
    ["", "  ", "soon", "3", "days", "-1 day", "1.5 weeks", "1 day 2 days", "3 fortnights", "201 years", "1 b d"],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        parse_period(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "'soon' is not a period: write it as 3 days, 2 weeks, 6 months, 1 year or 5 business days"),
        ("x" * 41, f"'{'x' * 40}' is not a period"),
        ("", "the period is empty: write it as 3 days, 2 weeks, 6 months, 1 year or 5 business days"),
        ("200 years 1 day", "'200 years 1 day' is too long: 200 years are the most"),
        ("201 years" + " " * 40, f"'201 years{' ' * 31}' is too long"),
    ],
)
def test_a_refusal_says_what_was_wrong_and_how_to_write_it(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_period(text)
    assert str(refused.value).startswith(said)


def test_two_hundred_years_are_the_most() -> None:
    assert parse_period("200 years") == Period(months=2400)
    assert parse_period("999 weeks") == Period(days=6993)


@pytest.mark.parametrize(
    ("period", "written"),
    [
        (Period(), "0 days"),
        (Period(days=1), "1 day"),
        (Period(days=6), "6 days"),
        (Period(days=7), "1 week"),
        (Period(days=8), "8 days"),
        (Period(days=21), "3 weeks"),
        (Period(months=1), "1 month"),
        (Period(months=12), "1 year"),
        (Period(months=18, days=3, business=1), "1 year 6 months 3 days 1 business day"),
        (Period(business=5), "5 business days"),
    ],
)
def test_a_period_is_written_out_in_the_largest_units_that_fit(period: Period, written: str) -> None:
    assert str(period) == written


def test_periods_add_up_and_multiply_unit_by_unit() -> None:
    assert Period(1, 2, 3).plus(Period(10, 20, 30)) == Period(11, 22, 33)
    assert Period(1, 2, 3).times(3) == Period(3, 6, 9)


@given(st.builds(Period, st.integers(0, 600), st.integers(0, 9000), st.integers(0, 500)))
def test_a_period_written_out_reads_back_as_itself(period: Period) -> None:
    assert parse_period(str(period)) == period


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2028-02-29", "1 year", "2029-02-28"),
        ("2026-08-31", "6 months", "2027-02-28"),
        ("2026-01-31", "1 month 1 day", "2026-03-01"),  # the month is added, and clipped, first
        ("2026-01-30", "1 business day", "2026-02-02"),  # a Friday
        ("2026-01-31", "1 business day", "2026-02-02"),  # a Saturday
        ("2026-02-01", "1 business day", "2026-02-02"),  # a Sunday
        ("2026-01-30", "1 month 2 business days", "2026-03-03"),  # 28 February is a Saturday
        ("2026-01-30", "2 days 1 business day", "2026-02-02"),  # Sunday, then Monday
        ("2026-02-02", "5 business days", "2026-02-09"),
        ("2026-02-02", "0 days", "2026-02-02"),
    ],
)
def test_months_are_added_first_then_days_then_business_days(start: str, text: str, end: str) -> None:
    assert Workdays().add(day(start), parse_period(text)) == day(end)


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-03-31", "1 month", "2026-02-28"),
        ("2026-02-09", "5 business days", "2026-02-02"),
        ("2026-02-08", "1 business day", "2026-02-06"),  # the Friday before a Sunday
        ("2026-02-09", "2 weeks", "2026-01-26"),
    ],
)
def test_before_counts_back(start: str, text: str, end: str) -> None:
    assert Workdays().add(day(start), parse_period(text).times(-1)) == day(end)


def test_a_public_holiday_is_no_business_day() -> None:
    assert MAY_DAY.add(day("2026-04-30"), Period(business=1)) == day("2026-05-04")  # 1 May 2026 is a Friday


def test_leaving_the_calendar_is_refused() -> None:
    with pytest.raises(Refusal):
        add_months(day("9999-01-31"), 12)
    with pytest.raises(Refusal):
        Workdays().add(day("9999-12-30"), Period(days=5))
    for business in (3, 300, -3, -300):
        edge = "9999-12-30" if business > 0 else "0001-01-02"
        with pytest.raises(Refusal, match="leave the calendar"):
            Workdays().add(day(edge), Period(business=business))
    with pytest.raises(Refusal, match="9999-01-31 and 12 months leave the calendar"):
        add_months(day("9999-01-31"), 12)


def test_the_last_and_the_first_days_of_the_calendar_can_be_reached() -> None:
    assert Workdays().add(day("9999-12-24"), Period(business=5)) == day("9999-12-31")  # a Friday
    assert Workdays().add(day("9999-01-01"), Period(business=260)) == day("9999-12-31")
    assert Workdays().add(day("0001-12-31"), Period(business=-260)) == day("0001-01-01")  # a Monday
    assert add_months(day("9999-12-31"), 0) == day("9999-12-31")


def test_going_back_ends_at_the_first_day_of_the_calendar() -> None:
    assert back(day("2026-06-01"), timedelta(days=31)) == day("2026-05-01")
    assert back(day("0001-01-03"), timedelta(days=2)) == day("0001-01-01")
    assert back(day("0001-01-03"), timedelta(days=3)) == day("0001-01-01")


@pytest.mark.parametrize(
    ("start", "business", "end"),
    [
        ("2026-01-01", 260, "2026-12-31"),  # 2026 has 261, from a Thursday to a Thursday
        ("2026-01-01", 261, "2027-01-01"),
        ("2026-12-31", -260, "2026-01-01"),
        ("2026-02-06", -26, "2026-01-01"),
        ("2026-02-06", -27, "2025-12-31"),
        ("2026-01-03", 261, "2027-01-04"),  # from a Saturday on
        ("2026-01-04", 1000, "2029-11-02"),
        ("2029-11-02", -1000, "2026-01-02"),
    ],
)
def test_many_business_days_reach_over_the_turn_of_the_year(start: str, business: int, end: str) -> None:
    assert Workdays().add(day(start), Period(business=business)) == day(end)


def test_a_business_day_is_its_own_next_one() -> None:
    assert Workdays().next_business(day("2026-02-06"), 1) == day("2026-02-06")
    assert Workdays().next_business(day("2026-02-07"), 1) == day("2026-02-09")
    assert Workdays().next_business(day("2026-02-08"), 1) == day("2026-02-09")
    assert Workdays().next_business(day("2026-02-07"), -1) == day("2026-02-06")


def test_being_away_makes_no_day_a_holiday() -> None:
    workdays = Workdays(away=WINTER)
    assert workdays.is_business(day("2026-12-28"))
    assert workdays.add(day("2026-12-22"), Period(business=2)) == day("2026-12-24")


@pytest.mark.parametrize(
    ("on", "weekend", "before", "end"),
    [
        ("2026-02-06", "next", False, "2026-02-06"),  # a Friday stays
        ("2026-02-07", "next", False, "2026-02-09"),
        ("2026-02-08", "next", False, "2026-02-09"),
        ("2026-02-07", "previous", False, "2026-02-06"),
        ("2026-02-07", "keep", False, "2026-02-07"),
        ("2026-02-07", "next", True, "2026-02-06"),  # never past what it comes before
        ("2026-02-07", "previous", True, "2026-02-06"),
        ("2026-02-07", "keep", True, "2026-02-07"),
        ("2026-05-01", "next", False, "2026-05-04"),  # a holiday, a Friday
        ("2026-05-01", "next", True, "2026-04-30"),
        ("2026-05-01", "keep", False, "2026-05-01"),
    ],
)
def test_a_day_on_a_weekend_or_holiday_goes_where_the_rule_says(on: str, weekend: str, before: bool, end: str) -> None:
    assert MAY_DAY.settle(day(on), weekend, before) == day(end)


@pytest.mark.parametrize(
    ("on", "weekend", "before", "end"),
    [
        ("2026-12-22", "next", False, "2026-12-22"),
        ("2026-12-23", "next", False, "2027-01-04"),  # both ends are away; 2 January 2027 is a Saturday
        ("2026-12-24", "keep", False, "2027-01-04"),
        ("2027-01-02", "keep", False, "2027-01-04"),
        ("2027-01-02", "previous", False, "2027-01-04"),  # the Friday before is away
        ("2026-12-24", "next", True, "2026-12-22"),
        ("2026-12-24", "keep", True, "2026-12-22"),
        ("2027-01-03", "next", True, "2026-12-22"),  # a Sunday: the Friday before is away
    ],
)
def test_what_falls_into_a_time_away_moves_out_of_it(on: str, weekend: str, before: bool, end: str) -> None:
    assert Workdays(away=WINTER).settle(day(on), weekend, before) == day(end)


@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.dates(date(1990, 1, 1), date(2040, 12, 31)),
    st.integers(-900, 900),
)
def test_many_business_days_are_as_many_steps_from_one_to_the_next(weekdays: frozenset[int], on: date, n: int) -> None:
    workdays = Workdays(weekdays, MAY_DAY.holidays)
    step = 1 if n > 0 else -1
    reached = on
    for _ in range(abs(n)):
        reached = workdays.next_business(reached + timedelta(days=step), step)
    assert workdays.add(on, Period(business=n)) == reached


def test_one_time_away_after_another_is_one_long_one() -> None:
    workdays = Workdays(away=(*WINTER, (day("2027-01-04"), day("2027-01-06"))))
    assert workdays.settle(day("2026-12-28"), "next", before=False) == day("2027-01-07")
    assert workdays.settle(day("2027-01-05"), "next", before=True) == day("2026-12-22")


workdays_of_any_kind = st.builds(
    lambda weekdays, off, away: Workdays(
        weekdays, lambda year: frozenset(date(year, 1, 1) + timedelta(days=n) for n in off), away
    ),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.integers(0, 364), max_size=16),
    st.lists(
        st.builds(
            lambda start, length: (
                date(2026, 1, 1) + timedelta(days=start),
                date(2026, 1, 1) + timedelta(days=start + length),
            ),
            st.integers(0, 600),
            st.integers(0, 90),
        ),
        max_size=3,
    ).map(tuple),
)
days = st.dates(date(2026, 1, 1), date(2028, 1, 1))


@given(workdays_of_any_kind, days, st.builds(Period, st.integers(0, 30), st.integers(0, 90), st.integers(0, 60)))
def test_a_period_is_never_longer_than_its_bound(workdays: Workdays, start: date, period: Period) -> None:
    assert (workdays.add(start, period) - start).days <= period.at_most_days


@given(workdays_of_any_kind, days, st.sampled_from(["next", "previous", "keep"]), st.booleans())
def test_a_shifted_day_is_not_away_and_not_further_than_the_bound(
    workdays: Workdays, on: date, weekend: str, before: bool
) -> None:
    shifted = workdays.settle(on, weekend, before)
    assert not any(first <= shifted <= last for first, last in workdays.away)
    assert abs(shifted - on) <= workdays.longest_shift
    assert not before or shifted <= on
    assert weekend == "keep" or workdays.is_business(shifted)
