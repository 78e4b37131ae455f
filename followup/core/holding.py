"""Holding: which of one contact's candidates stand on a day, and to which day the ones before them carry each on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from followup.core.model import PRIORITIES, FollowUp, History, Key
from followup.core.period import LAST_DAY, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from followup.core.planner import Planner
    from followup.core.series import Series

HELD_REACH = timedelta(days=400)
"""How long after its last day a follow-up can still be standing, carried on by holds."""

_LOOK_ON = timedelta(days=800)
"""How far ahead the next occurrence is looked for where `at_most` keeps one away."""

Rank = tuple[int, date, int, Any]
"""The order among the follow-ups of one person: priority, then day, then the rules' order."""


class Candidate(NamedTuple):
    """A follow-up that may stand: `last` is its last day before holds, `series` what it came from, None a reminder."""

    rank: Rank
    followup: FollowUp
    series: Series | None


class Settled(NamedTuple):
    """What stands, what left the list, and up to which day both remain so."""

    standing: list[FollowUp]
    expired: list[FollowUp]
    valid_until: date


def candidate(followup: FollowUp, series: Series | None) -> Candidate:
    """The follow-up with its place among the others of the person."""
    return Candidate(rank(followup), followup, series)


def rank(followup: FollowUp) -> Rank:
    """The place of a follow-up among the others of the person."""
    key = followup.key
    return (PRIORITIES.index(followup.priority), followup.day, followup.position, (key.started_by, key.occurrence))


def settled(
    planner: Planner, history: History, following: Callable[..., Iterator[FollowUp]], candidates: list[Candidate]
) -> Settled:
    """Which of a contact's candidates stand, and which have left the list.

    `at_most` keeps the one that is due first, even where it was snoozed and others come before it in rank: but only as
    long as it stands, which is known when it has been tried.
    """
    gone: dict[Key, FollowUp | None] = {}
    while True:
        leading = list(_leading(planner, history, candidates, gone))
        before = [followup for followup in gone.values() if followup]
        found = Settling(planner, history, following, leading, before).settle(candidates)
        left = {followup.key for followup in leading} - {followup.key for followup in found.standing}
        if not left:
            return found
        stood = {followup.key: followup for followup in found.expired}
        gone |= {key: stood.get(key) for key in left}


def _leading(
    planner: Planner, history: History, candidates: list[Candidate], gone: Container[Key]
) -> Iterator[FollowUp]:
    """Of the rules with `at_most`, the snoozed ones that may stand: far enough from each other, the first in first."""
    days: dict[str, list[date]] = {}
    snoozed = [(c.followup, c.series.rule) for c in candidates if c.followup.snoozed and c.series]
    for followup, rule in sorted(snoozed, key=lambda c: _due_order(c[0])):
        if rule.at_most is None or followup.key in gone:
            continue
        kept = days.setdefault(rule.name, [c.day for c in history.closings if c.key.rule == rule.name])
        if not any(planner.too_close(rule, followup.due, day) for day in kept):
            kept.append(followup.due)
            yield followup


def _due_order(followup: FollowUp) -> tuple[date, str]:
    return (followup.due, followup.key.started_by)


class Settling:
    """Goes through the candidates in order of rank, so that each knows what stands before it and for how long.

    `leading` are the snoozed ones that keep others of their rule away, `before` those that did until they left the
    list.
    """

    def __init__(
        self,
        planner: Planner,
        history: History,
        following: Callable[..., Iterator[FollowUp]],
        leading: list[FollowUp],
        before: list[FollowUp],
    ) -> None:
        self.leading = leading
        self.before = before
        self.planner = planner
        self.history = history
        self.following = following
        self.today = planner.today
        self.blocks = sorted(self._stretches())
        self.gaps = self._gaps()
        self.taken, self.counted = Taken(self.gaps), 0
        self.kept: dict[str, list[date]] = {}
        for closing in history.closings:
            self.kept.setdefault(closing.key.rule, []).append(closing.day)
        self.standing: dict[tuple[str, str], FollowUp] = {}
        self.expired: dict[str, list[FollowUp]] = {}
        self.valid_until = LAST_DAY

    def settle(self, candidates: list[Candidate]) -> Settled:
        """Which stand, and which have left the list. Of each start, the next is looked at when the one before does not
        stand."""
        chains: dict[tuple[str, str], deque[Candidate]] = {}
        for c in candidates:
            chains.setdefault((c.followup.key.rule, c.followup.key.started_by), deque()).append(c)
        queue = [chain.popleft() for chain in chains.values()]
        heapify(queue)
        while queue:
            order, followup, series = heappop(queue)
            start = (followup.key.rule, followup.key.started_by)
            near = self._too_close(followup, series)
            if not near:
                self._place(order, followup, self._opens(followup, series))
            elif followup.last >= self.today and series is not None and series.repeats:
                self.valid_until = min(self.valid_until, followup.last)
                if later := self._next(followup, series, near):
                    heappush(queue, candidate(later, series))
            if start not in self.standing and chains[start]:
                heappush(queue, chains[start].popleft())
        expired = [f for of_rule in self.expired.values() for f in of_rule]
        return Settled(list(self.standing.values()), expired, self.valid_until)

    def _place(self, order: Rank, followup: FollowUp, opens: date) -> None:
        """Takes in one that stands from a day on: to this day, or until it left the list."""
        last = followup.last
        if opens > last:
            return
        if followup.holdable:
            last = self._taken_before(order).free_from(last)
        self._take(order, opens, last)
        name = followup.key.rule
        if last > followup.last:
            self.valid_until = min(self.valid_until, followup.last + HELD_REACH)
            followup = replace(followup, last=last)
        if last < self.today:
            self.expired.setdefault(name, []).append(followup)
            return
        self.standing[name, followup.key.started_by] = followup
        self.kept.setdefault(name, []).append(followup.due)
        self.valid_until = min(self.valid_until, last)

    def _taken_before(self, order: Rank) -> Taken:
        """The days on which others of the person stood before it, or the person had just been reached."""
        place = bisect_left(self.blocks, (order,))
        if place < self.counted:  # seldom: what was put off makes room for one that comes before it
            self.taken, self.counted = Taken(self.gaps), 0
        for _, first, last in self.blocks[self.counted : place]:
            self.taken.add(first, last)
        self.counted = place
        return self.taken

    def _take(self, order: Rank, first: date, last: date) -> None:
        place = bisect_left(self.blocks, (order,))
        self.blocks.insert(place, (order, first, last))
        if place < self.counted:
            self.taken, self.counted = Taken(self.gaps), 0

    def _too_close(self, followup: FollowUp, series: Series | None) -> list[date]:
        """The days that `at_most` keeps it away from, of those of its rule that are done, skipped or stand, and of
        snoozed ones that are due before it."""
        if series is None or series.rule.at_most is None:
            return []
        name, place = followup.key.rule, _due_order(followup)
        before = [f.due for f in self.leading if f.key.rule == name and _due_order(f) < place]
        others = [*self.kept.get(name, ()), *before]
        return [day for day in others if self.planner.too_close(series.rule, followup.due, day)]

    def _next(self, followup: FollowUp, series: Series, near: list[date]) -> FollowUp | None:
        """The next occurrence that is far enough from what kept this one away."""
        at_most = series.rule.at_most
        assert at_most is not None
        day = max(self.planner.workdays.add(day, at_most) for day in near) - timedelta(days=1)
        found = self.following(series, max(day, followup.due), min(day, LAST_DAY - _LOOK_ON) + _LOOK_ON)
        return next((later for later in found if later.last >= self.today), None)

    def _opens(self, followup: FollowUp, series: Series | None) -> date:
        """The first day that it stands: not as long as an earlier one of the same start does, nor, with `at_most`, one
        of the same rule that is too close; nor as long as a snoozed one that was due before it did."""
        opens = followup.day
        for f in self.before:
            first = f.key.rule == followup.key.rule and _due_order(f) < _due_order(followup)
            if first and f.last >= opens and series and self.planner.too_close(series.rule, followup.due, f.due):
                opens = f.last + timedelta(days=1)
        for f in self.expired.get(followup.key.rule, ()):
            if f.last >= opens and (
                f.key.started_by == followup.key.started_by
                or (series and self.planner.too_close(series.rule, followup.due, f.due))
            ):
                opens = f.last + timedelta(days=1)
        return opens

    def _stretches(self) -> Iterator[tuple[Rank, date, date]]:
        """The days on which those that were done or skipped since stood before the others, with their ranks: none for
        one that was closed before its day."""
        for closing in self.history.closings:
            key = closing.key
            day = max(closing.day, self.history.snoozes.get(key, closing.day))
            if closing.closed_on <= max(day, self.today - HELD_REACH):
                continue
            place = (day, self.planner.position(key.rule), (key.started_by, key.occurrence))
            yield (PRIORITIES.index(closing.priority), *place), day, closing.closed_on - timedelta(days=1)

    def _gaps(self) -> list[tuple[date, date]]:
        """The times in which the contact had just been reached: from the touch to the day before it is free."""
        gap = self.planner.rules.settings.min_gap
        oldest = self.today - HELD_REACH - timedelta(days=gap.at_most_days)
        days = {event.on for event in self.history.events if event.reached and event.on >= oldest}
        if gap == Period():
            return []
        return [(day, self.planner.workdays.add(day, gap) - timedelta(days=1)) for day in days]


class Taken:
    """Days that are not free, as stretches (both ends included) with a free day between any two, in order."""

    def __init__(self, stretches: Iterable[tuple[date, date]]) -> None:
        self.begins: list[int] = []
        self.ends: list[int] = []
        for first, last in stretches:
            self.add(first, last)

    def add(self, first: date, last: date) -> None:
        """Takes these days too, of which the last is not before the first."""
        begin, end = first.toordinal(), last.toordinal()
        low, high = bisect_left(self.ends, begin - 1), bisect_right(self.begins, end + 1)
        if low < high:  # it touches those between
            begin, end = min(begin, self.begins[low]), max(end, self.ends[high - 1])
        self.begins[low:high], self.ends[low:high] = [begin], [end]

    def free_from(self, day: date) -> date:
        """The day itself if it is free, else the first one after it that is."""
        number = day.toordinal()
        at = bisect_left(self.ends, number)
        if at == len(self.ends) or self.begins[at] > number:
            return day
        return date.fromordinal(self.ends[at] + 1) if self.ends[at] < LAST_DAY.toordinal() else LAST_DAY
