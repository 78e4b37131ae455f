"""Periods of time and days of business: PERIOD as people write it, adding it to a day, weekends, holidays, away."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_UNITS = {
    "d": "days", "day": "days", "days": "days",
    "w": "weeks", "week": "weeks", "weeks": "weeks",
    "m": "months", "month": "months", "months": "months",
    "y": "years", "year": "years", "years": "years",
    "bd": "business", "businessday": "business", "businessdays": "business",
}  # fmt: skip
_PART = re.compile(r"(\d{1,6})\s*(business\s+days?|[a-z]+)\s*", re.IGNORECASE)
_LONGEST_DAYS = 31 * 12 * 200
_FEW = 25
"""So many business days are counted one by one; a year's table is made for more."""

LAST_DAY = date.max
"""Stands for 'never' where a day is needed."""


class Period(Struct, frozen=True):
    """A length of time in months, days and business days, added to a day in this order."""

    months: int = 0
    days: int = 0
    business: int = 0

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        weeks, days = divmod(self.days, 7) if self.days % 7 == 0 else (0, self.days)
        parts = [
            (years, "year"),
            (months, "month"),
            (weeks, "week"),
            (days, "day"),
            (self.business, "business day"),
        ]
        return " ".join(f"{n} {unit}{'s' * (n != 1)}" for n, unit in parts if n) or "0 days"

    def times(self, n: int) -> Period:
        """This period n times over, before any clipping."""
        return Period(self.months * n, self.days * n, self.business * n)

    def plus(self, other: Period) -> Period:
        """The sum of both, unit by unit."""
        return Period(self.months + other.months, self.days + other.days, self.business + other.business)

    @property
    def at_most_days(self) -> int:
        """An upper bound of its length in days: a business day is long with one workday a week and holidays on it."""
        return self.months * 31 + self.days + (self.business * 10 + 40 if self.business else 0)


def parse_period(text: str) -> Period:
    """Reads `3 days`, `2 weeks`, `1y`, `5 business days`, `5bd`, and sums such as `1 year 6 months`.

    Refuses what is no period, a doubled unit, and more than 200 years.
    """
    rest = text.strip().casefold()
    amounts: dict[str, int] = {}
    while rest:
        part = _PART.match(rest)
        unit = part and _UNITS.get(re.sub(r"\s+", "", part[2]))
        if not part or not unit or unit in amounts:
            said = text[:40]
            raise Refusal(f"'{said}' is not a period: write it as 3 days, 2 weeks, 6 months, 1 year or 5 business days")
        amounts[unit] = int(part[1])
        rest = rest[part.end() :].removeprefix("and ")
    if not amounts:
        raise Refusal("the period is empty: write it as 3 days, 2 weeks, 6 months, 1 year or 5 business days")
    period = Period(
        months=amounts.get("years", 0) * 12 + amounts.get("months", 0),
        days=amounts.get("weeks", 0) * 7 + amounts.get("days", 0),
        business=amounts.get("business", 0),
    )
    if period.at_most_days > _LONGEST_DAYS:
        raise Refusal(f"'{text[:40]}' is too long: 200 years are the most")
    return period


class OffCalendar(Refusal):
    """A day before the year 1 or after the year 9999."""


def in_year(day: date, year: int) -> date:
    """The day's anniversary in a year; of 29 February it is 28 February in other years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def back(day: date, by: timedelta) -> date:
    """The day so long before, or the first of the calendar."""
    return day - by if day - date.min > by else date.min


def add_months(day: date, months: int) -> date:
    """The day so many months later or earlier, clipped to the month's end: 31 January + 1 is 28 or 29 February.

    Refuses to leave the calendar (years 1 to 9999).
    """
    if not months:
        return day
    from dateutil.relativedelta import relativedelta

    try:
        return day + relativedelta(months=months)
    except (ValueError, OverflowError):
        raise OffCalendar(f"{day} and {months} months leave the calendar") from None


@lru_cache(maxsize=1000)
def _business_days(weekdays: frozenset[int], holidays: Callable[[int], frozenset[date]], year: int) -> tuple[date, ...]:
    """The business days of a year, in order."""
    free, first = holidays(year), date(year, 1, 1).toordinal()
    days = map(date.fromordinal, range(first, date(year, 12, 31).toordinal() + 1))
    return tuple(day for day in days if day.weekday() in weekdays and day not in free)


class Workdays(Struct, frozen=True):
    """The days that business is done: weekdays (0 is Monday), public holidays, and times away (both ends included)."""

    weekdays: frozenset[int] = frozenset(range(5))
    holidays: Callable[[int], frozenset[date]] = lambda year: frozenset()
    away: tuple[tuple[date, date], ...] = ()

    def is_business(self, day: date) -> bool:
        """Whether it is a working weekday and no public holiday. Being away does not count here."""
        return day.weekday() in self.weekdays and day not in self.holidays(day.year)

    def add(self, day: date, period: Period) -> date:
        """The day plus the period, months first, then days, then business days; a negative period goes back.

        Refuses to leave the calendar.
        """
        day = add_months(day, period.months)
        try:
            day += timedelta(days=period.days)
            if abs(period.business) > _FEW:
                return self._far(day, period.business)
            sign = timedelta(days=1 if period.business > 0 else -1)
            for _ in range(abs(period.business)):
                day = self.next_business(day + sign, sign.days)
        except OverflowError:
            raise OffCalendar(f"{day} and {period} leave the calendar") from None
        return day

    def _far(self, day: date, business: int) -> date:
        """The day so many business days on or back, found year by year."""
        step = 1 if business > 0 else -1
        year = day.year
        days = _business_days(self.weekdays, self.holidays, year)
        at = bisect_right(days, day) - 1 + business if business > 0 else bisect_left(days, day) + business
        while not 0 <= at < len(days):
            if not date.min.year < year < date.max.year:
                raise OverflowError
            at -= len(days) if business > 0 else 0
            year += step
            days = _business_days(self.weekdays, self.holidays, year)
            at += len(days) if business < 0 else 0
        return days[at]

    def next_business(self, day: date, sign: int) -> date:
        """The day itself if it is a business day, else the first one after (sign 1) or before it (-1)."""
        while not self.is_business(day):
            day += timedelta(days=sign)
        return day

    @property
    def longest_shift(self) -> timedelta:
        """An upper bound of how far weekends, public holidays and times away move a day."""
        return timedelta(days=40 + sum((last - first).days + 40 for first, last in self.away))

    def settle(self, day: date, weekend: str, before: bool) -> date:
        """The day after the weekend shift and `away`: where `before` is said it only ever moves to an earlier day.

        `weekend` is keep, next or previous.
        """
        if weekend == "next" and before:
            weekend = "previous"
        if weekend != "keep":
            day = self.next_business(day, 1 if weekend == "next" else -1)
        sign = -1 if before else 1
        while out := next((a for a in self.away if a[0] <= day <= a[1]), None):
            edge = out[0] if before else out[1]
            day = self.next_business(edge + timedelta(days=sign), sign)
        return day
