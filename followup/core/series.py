"""What a rule starts from in one contact's history: the starts, and the days of their occurrences."""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from followup.core.facts import since
from followup.core.model import Event, History, Key, Rule, Sale
from followup.core.period import LAST_DAY, Period, Workdays, back, in_year, parse_period

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EVERYONE = "everyone"
"""What starts a group follow-up."""

_ANCHOR = date(2000, 1, 3)
"""The Monday from which the schedules of group rules count."""


class Occurrence(Struct, frozen=True):
    """One occurrence: its label, the starting day it counts from, and the offset from there."""

    label: str
    start: date
    offset: Period


class Series(Struct, frozen=True, kw_only=True):
    """One start of one rule. `entered` is the day it was written down: what is over by then is not planned. Nothing due
    before `starts_from` is either. Yearly and scheduled ones come after the day `after`.

    `begun_by` is the sale or event that the days count from, where there is one; `sale` and `event` are those that the
    follow-up is about. `usual` is the client's rhythm in days where the rule goes by it.
    """

    rule: Rule
    started_by: str
    day: date
    after: date = date.min
    sale: Sale | None = None
    event: Event | None = None
    begun_by: Sale | Event | None = None
    entered: date = date.min
    starts_from: date | None = None
    label: str = "0"
    offset: Period | None = None
    usual: float | None = None

    def key(self, label: str) -> Key:
        """The identity of the occurrence with this label."""
        return Key(self.rule.name, self.started_by, label)

    @property
    def repeats(self) -> bool:
        """Whether it has more than one occurrence."""
        return self.rule.every is not None or self.rule.on in ("service", "birthday", "anniversary", "calendar")

    def occurrences(self, first: date, workdays: Workdays) -> Iterator[Occurrence]:
        """The occurrences in order of day; those that fall due well before `first` may be left out."""
        rule = self.rule
        offset = self.offset or rule.offset
        if rule.before:
            offset = offset.times(-1)
        if not self.repeats:
            yield Occurrence(self.label, self.day, offset)
            return
        first = back(first, timedelta(days=max(0, offset.at_most_days) + 31))
        if rule.on == "service":
            assert self.sale is not None and self.sale.service_every is not None
            every = parse_period(self.sale.service_every)
            for k in range(max(1, _first_from(first, self.day, every, workdays)), 10**6):
                yield Occurrence(str(k), workdays.add(self.day, every.times(k)), offset)
        elif rule.on in ("birthday", "anniversary"):
            for year in range(max(self.after.year, first.year), 9999):
                if (day := in_year(self.day, year)) > self.after:
                    yield Occurrence(str(year), day, offset)
        elif rule.on == "calendar":
            assert rule.schedule is not None
            for day in scheduled(rule.schedule, self.day, max(first, self.after + timedelta(days=1))):
                yield Occurrence(day.isoformat(), day, offset)
        else:
            assert rule.every is not None
            for k in range(_first_from(first, self.day, rule.every, workdays), rule.times or 10**6):
                yield Occurrence(str(k), self.day, offset.plus(rule.every.times(k)))


def _first_from(first: date, start: date, every: Period, workdays: Workdays) -> int:
    """How often a period is added to a day at least to come to `first` or beyond."""
    span = (first - start).days
    if span <= 0:
        return 0
    shortest = every.months * 28 + every.days + every.business * 7 / len(workdays.weekdays)
    most = int((span + 7) / max(1, shortest)) + 1
    return bisect_left(range(most), first, key=lambda k: workdays.add(start, every.times(k)))


@cache
def _rule_of(schedule: str, anchor: date) -> Any:
    from datetime import datetime, time

    from dateutil.rrule import rrulestr

    return rrulestr(schedule, dtstart=datetime.combine(anchor, time()), ignoretz=True, cache=True)


def scheduled(schedule: str, since: date, first: date) -> Iterator[date]:
    """The days of an RFC 5545 recurrence rule after `since` and from `first` on, up to two hundred years ahead."""
    from datetime import datetime, time

    start = max(since + timedelta(days=1), first)
    for moment in _rule_of(schedule, since).xafter(datetime.combine(start, time()), inc=True):
        if moment.year > start.year + 200:
            return
        yield moment.date()


def series_of(rule: Rule, history: History, workdays: Workdays, oldest: date) -> Iterator[Series]:
    """Every start of the rule in the history, leaving out those before `oldest`, which can no longer matter."""
    on = rule.on
    if on == "sale":
        for sale in reversed(history.sales):
            if sale.completed < oldest:
                break
            if not sale.refunded:
                yield _of_sale(rule, sale, sale.completed)
    elif on in ("warranty-end", "service", "runs-out") or on.startswith("date:"):
        yield from _dated(rule, history, workdays, oldest)
    elif on in ("birthday", "anniversary", "calendar"):
        yield from _yearly(rule, history)
    elif on == "silence":
        yield from _silence(rule, history)
    else:
        yield from _of_events(rule, history, oldest)


def _of_sale(rule: Rule, sale: Sale, day: date) -> Series:
    return Series(
        rule=rule, started_by=f"sale:{sale.id}", day=day, sale=sale, entered=sale.entered, starts_from=sale.starts_from
    )


def _dated(rule: Rule, history: History, workdays: Workdays, oldest: date) -> Iterator[Series]:
    for sale in history.sales:
        day = None
        if sale.refunded:
            continue
        if rule.on == "warranty-end":
            day = sale.warranty_until
        elif rule.on == "service":
            day = sale.completed if sale.service_every else None
        elif rule.on == "runs-out":
            day = workdays.add(sale.completed, parse_period(sale.lasts)) if sale.lasts else None
        elif sale.dates:
            day = sale.dates.get(rule.on[5:])
        if day and (day >= oldest or rule.on == "service"):
            yield _of_sale(rule, sale, day)
    if rule.on.startswith("date:") and (day := history.contact.dates.get(rule.on[5:])):
        contact = history.contact
        yield Series(rule=rule, started_by=f"contact:{contact.id}", day=day, entered=contact.added)


def _yearly(rule: Rule, history: History) -> Iterator[Series]:
    contact = history.contact
    started_by = f"contact:{contact.id}"
    if rule.on == "anniversary":
        for first in history.sales[:1]:
            day = first.completed
            yield Series(
                rule=rule,
                started_by=started_by,
                day=day,
                after=day,
                entered=first.entered,
                starts_from=first.starts_from,
            )
        return
    day = after = since(history)
    if rule.on == "birthday":
        if not contact.birthday:
            return
        day = date.fromisoformat("1904" + contact.birthday[-6:])
    yield Series(rule=rule, started_by=started_by, day=day, after=after, entered=contact.added)


def _of_events(rule: Rule, history: History, oldest: date) -> Iterator[Series]:
    kind = rule.on.removesuffix("-closed")
    sales = {sale.id: sale for sale in history.sales}
    for event in history.events:
        if event.kind != kind:
            continue
        day: date | None = event.on
        if rule.on != kind:
            day = event.closed_on
        elif kind in ("promise", "perk"):
            day = event.due
        if day and day >= oldest:
            sale = sales.get(event.sale_id) if event.sale_id else None
            yield Series(
                rule=rule, started_by=f"event:{event.id}", day=day, sale=sale, event=event, entered=event.entered
            )


def group_series(rule: Rule, since: date) -> Series:
    """The one start of a group rule, which has nobody to be for up to the day that its first client became one."""
    return Series(rule=rule, started_by=EVERYONE, day=_ANCHOR, after=since)


def purchase_rhythm(history: History) -> float | None:
    """The median gap in days between the contact's purchase days; None before the third purchase day."""
    days = sorted({sale.completed for sale in history.sales})
    if len(days) < 3:
        return None
    from statistics import median

    return float(median((b - a).days for a, b in pairwise(days)))


def _silence(rule: Rule, history: History) -> Iterator[Series]:
    """The contact's silence: one start, the last touch, which moves while the follow-up is open.

    A touch after it was done, skipped or expired starts the next one. The count goes on from the latest closing, so
    that facts written down later cannot bring back what was done. The silence that a touch moves is the one that was in
    the list on that day, so that it stays the same follow-up whatever is written down later of earlier days.
    """
    touches = _touches(history)
    closed = [c for c in history.closings if c.key.rule == rule.name]
    number = 0
    if closed:
        latest = max(closed, key=lambda c: (c.closed_on, c.start))
        # other labels are from a time when the rule started from something else
        number = max((int(c.key.occurrence) for c in closed if c.key.occurrence.isdecimal()), default=-1) + 1
        touches = [t for t in touches if t.day >= latest.closed_on and t.day > latest.start]
    if not touches:
        return
    current = touches[-1]
    usual = purchase_rhythm(history) if rule.usual else None
    yield Series(
        rule=rule,
        started_by=f"contact:{history.contact.id}",
        day=current.day,
        begun_by=current.fact,
        entered=current.fact.entered,
        starts_from=current.starts_from,
        label=str(_number_of(history.listed.get(rule.name, ()), number, current.day)),
        offset=_silence_offset(rule, history, usual),
        usual=usual,
    )


def _number_of(listed: Sequence[tuple[int, date]], least: int, day: date) -> int:
    """The number of the silence that a touch of a day moves or begins."""
    known = [(number, last) for number, last in listed if number >= least]
    return next((number for number, last in known if day <= last), known[-1][0] + 1 if known else least)


class _Touch(Struct, frozen=True):
    day: date
    fact: Sale | Event
    starts_from: date | None


def _touches(history: History) -> list[_Touch]:
    """The days of sales and touches in order, one a day; a day is an import's only if nothing else happened on it."""
    found = [_Touch(s.completed, s, s.starts_from) for s in history.sales]
    found += [_Touch(e.on, e, None) for e in history.events if e.touch]
    found.sort(key=lambda t: (t.day, t.starts_from or date.min, t.fact.entered), reverse=True)
    return list({t.day: t for t in found}.values())[::-1]


def _silence_offset(rule: Rule, history: History, usual: float | None) -> Period:
    if history.contact.every:
        return parse_period(history.contact.every)
    if rule.usual and usual:
        from fractions import Fraction

        return Period(days=math.ceil(Fraction(repr(rule.usual)) * Fraction(usual)))
    return rule.offset


def last_day(workdays: Workdays, day: date, expires: Period | None) -> date:
    """The last day in the list of what is due that day; `LAST_DAY` for never."""
    return LAST_DAY if expires is None else workdays.add(day, expires)
