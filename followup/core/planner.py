"""The planner: one contact's history and the rules become the follow-ups that stand open on a day.

A function of what it is given, without a state of its own: planning bit by bit and planning from scratch give the same.
What depends on the day is only what has expired; so a plan says until which day it stays true.
"""

from __future__ import annotations

from datetime import date, timedelta
from heapq import merge
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from followup.core.agenda import REVIVAL
from followup.core.channels import Verdict, choose_channel, opted_out_of_all
from followup.core.facts import Facts
from followup.core.holding import HELD_REACH, Candidate, candidate, settled
from followup.core.model import (
    NOBODY,
    Closing,
    Contact,
    FollowUp,
    History,
    Key,
)
from followup.core.period import LAST_DAY, OffCalendar, Workdays, back, parse_period
from followup.core.series import Occurrence, Series, group_series, last_day, series_of
from followup.core.titles import title_of, title_or_default

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from followup.core.model import Reminder, Rule, Rules
    from followup.core.period import Period

_BY_DUE = ("years", "last_contact", "bought")
_BY_START = ("happened", "next_service")
"""What makes a condition come out differently for an occurrence that is due, or that starts, on another day."""

_MOST_TRIES = 150
"""How many coming occurrences of one start are tried against such a condition: of a monthly one a dozen years."""


class Plan(Struct, frozen=True, kw_only=True):
    """What stands open for a contact, from the day it was planned for up to and including `valid_until`.

    `expired` are those that left the list lately, for the daily limit to carry on; `over` the last days of the silences
    that are over. `groups` names the group rules that let the contact through. The contact was last reached on
    `reached`, which holds others up to before `free`.
    """

    open: list[FollowUp]
    expired: list[FollowUp]
    over: dict[Key, date]
    groups: tuple[str, ...]
    valid_until: date
    reached: date | None
    free: date | None


Fate = Literal["passed", "over", "old", "stale", "refused", "stands"]
"""What becomes of an occurrence: it lies before the last one that was done or skipped; it was over when it was written
down; it expired (stale: so lately that a hold may have carried it on); it is not planned; it may stand."""


class Days(NamedTuple):
    """The days of one occurrence: that it falls due, that it was put off to, and its last one in the list before holds
    carry it on."""

    occurrence: Occurrence
    due: date
    snoozed: date | None
    last: date


class Planner:
    """Plans contact by contact with one set of rules, one business and one day."""

    def __init__(self, rules: Rules, business: Mapping[str, str], workdays: Workdays, today: date) -> None:
        self.rules = rules
        self.business = business
        self.workdays = workdays
        self.today = today
        self._rules = {
            lost: tuple(rule for rule in rules.rules if rule.lost == lost and not rule.group) for lost in (False, True)
        }
        self._positions = {rule.name: n for n, rule in enumerate(rules.rules)}
        self.shift = workdays.longest_shift
        self._reach = {
            rule.name: self.shift + timedelta(days=0 if rule.before else rule.offset.at_most_days)
            for rule in rules.rules
        }
        self.oldest = today - HELD_REACH
        first = {rule.name: _first_due(rule, self.oldest) for rule in rules.rules}
        self._first = {name: back(day, self.shift) for name, day in first.items()}
        self._start = {
            rule.name: back(first[rule.name], self._reach[rule.name]) if rule.every is None else date.min
            for rule in rules.rules
        }
        self._moving = {rule.name for rule in rules.rules if _moves(rule)}
        self._due: dict[tuple[str, date, Period], date] = {}
        self._last: dict[tuple[str, date], date] = {}
        self._next_of_group: dict[str, tuple[Series, Occurrence, date] | None] = {}

    def plan(self, history: History) -> Plan:
        """The plan of one contact."""
        return self.gather(history).settle()

    def gather(self, history: History) -> Finder:
        """All that may stand for a contact."""
        finder = Finder(self, history)
        snoozed = {key.rule for key in history.snoozes}
        for rule in self.rules_for(history.contact):
            oldest = date.min if rule.name in snoozed else self._start[rule.name]
            for series in series_of(rule, history, self.workdays, oldest):
                finder.add(series)
        for reminder in history.reminders:
            finder.add_reminder(reminder)
        return finder

    def plan_group(self, rule: Rule, closings: list[Closing], snoozes: Mapping[Key, date], since: date) -> Plan:
        """The plan of a group rule that lets somebody through, the first of whom is a client since a day."""
        return self.gather_group(rule, group_history(closings, snoozes, since)).settle()

    def gather_group(self, rule: Rule, history: History) -> Finder:
        """All that may stand for a group rule."""
        finder = Finder(self, history)
        finder.add(group_series(rule, history.contact.added))
        return finder

    def next_of_group(self, rule: Rule) -> tuple[Series, Occurrence, date] | None:
        """The next occurrence of a group rule, and the day that it falls due: found once for all contacts."""
        if rule.name not in self._next_of_group:
            self._next_of_group[rule.name] = self.next_of_group_since(rule, date.min)
        return self._next_of_group[rule.name]

    def next_of_group_since(self, rule: Rule, since: date) -> tuple[Series, Occurrence, date] | None:
        """The same of a group whose first client is one since a day."""
        series = group_series(rule, since)
        for occurrence in series.occurrences(self.today - self.shift, self.workdays):
            if (due := self.due_of(rule, occurrence)) >= self.today:
                return series, occurrence, due
        return None

    def rules_for(self, contact: Contact) -> tuple[Rule, ...]:
        """The rules that can plan something for a contact: none for one who opted out of everything."""
        return () if opted_out_of_all(contact) else self._rules[contact.lost]

    def position(self, name: str) -> int:
        """The place of the rule with this name in the file; -1, before all others, for a reminder or one that went."""
        return self._positions.get(name, -1)

    def first_start(self, rule: Rule) -> date:
        """What falls due before this day, ahead of any shift, has expired too long ago to matter, unless it was
        snoozed."""
        return self._first[rule.name]

    def moves(self, rule: Rule) -> bool:
        """Whether its condition may come out differently for another occurrence of the same start."""
        return rule.name in self._moving

    def before_import(self, series: Series) -> bool:
        """Whether all of it is surely due before the day of the import that it came with: told without arithmetic."""
        first = series.starts_from
        once = not series.repeats and series.offset is None
        return first is not None and once and series.day + self._reach[series.rule.name] < first

    def due_of(self, rule: Rule, occurrence: Occurrence) -> date:
        """The day an occurrence falls due: offset, then weekend and holidays, then times away."""
        known = (rule.name, occurrence.start, occurrence.offset)
        if (due := self._due.get(known)) is None:
            day = self.workdays.add(occurrence.start, occurrence.offset)
            due = self.workdays.settle(day, rule.weekend, rule.before)
            if rule.every is None:  # of those that repeat there are too many to keep
                self._due[known] = due
        return due

    def last_of(self, rule: Rule, day: date) -> date:
        """The last day in the list of what is due, or was put off to, that day, before holds carry it on."""
        if (last := self._last.get((rule.name, day))) is None:
            last = self._last[rule.name, day] = last_day(self.workdays, day, rule.expires)
        return last

    def facts_of(self, history: History, series: Series, occurrence: Occurrence, due: date) -> Facts:
        """What a condition, a title and a message see of this occurrence."""
        return Facts(
            history,
            self.business,
            rule=series.rule.name,
            sale=series.sale,
            event=series.event,
            begun_by=series.begun_by,
            start=occurrence.start,
            due=due,
            workdays=self.workdays,
            occasion=occurrence.start if series.rule.on == "service" else None,
        )

    def judge(self, facts: Facts, series: Series) -> Verdict:
        """Whether the condition holds and a channel is open for it."""
        rule = series.rule
        if rule.when is not None and not rule.when.holds(facts):
            return Verdict(False, "the condition does not hold")
        return choose_channel(rule, facts.history.contact)

    def coming(self, history: History, plan: Plan, until: date) -> Iterator[FollowUp]:
        """The occurrences that follow the open ones of repeating rules, up to a day: for calendars."""
        standing = {(f.key.rule, f.key.started_by): f for f in plan.open}
        finder = Finder(self, history)
        rules = {rule.name: rule for rule in self.rules_for(history.contact)}
        for rule in rules.values():
            kept = [f.due for f in plan.open if f.key.rule == rule.name]
            kept += [c.day for c in history.closings if c.key.rule == rule.name]
            repeating = [
                (series, opened.due)
                for series in series_of(rule, history, self.workdays, date.min)
                if series.repeats and (opened := standing.get((rule.name, series.started_by)))
            ]
            found = [finder.following(series, due, until) for series, due in repeating]
            for f in merge(*found, key=lambda f: f.due):
                if not any(self.too_close(rule, f.due, day) for day in kept):
                    kept.append(f.due)
                    yield f

    def too_close(self, rule: Rule, due: date, other: date) -> bool:
        """Whether `at_most` keeps one due on a day away from another of the rule for the same person."""
        if rule.at_most is None:
            return False
        earlier, later = sorted((due, other))
        return later < self.workdays.add(earlier, rule.at_most)


def _moves(rule: Rule) -> bool:
    """Whether its condition can come out differently for another occurrence of the same start."""
    if rule.when is None:
        return False
    words = _BY_DUE if rule.every is not None else _BY_DUE + _BY_START
    return any(word in rule.when.text for word in words)


def group_history(closings: list[Closing], snoozes: Mapping[Key, date], since: date) -> History:
    """What a group rule is planned from: nobody's history, which begins with the first client that it is for."""
    nobody = replace(NOBODY, added=since)
    return History(contact=nobody, sales=[], events=[], reminders=[], closings=closings, snoozes=dict(snoozes))


class Finder:
    """Gathers one contact's candidates, then settles which of them stand."""

    def __init__(self, planner: Planner, history: History) -> None:
        self.planner = planner
        self.history = history
        self.today = planner.today
        self.valid_until = LAST_DAY
        self.candidates: list[Candidate] = []
        self.closed: dict[tuple[str, str], list[Closing]] = {}
        for closing in history.closings:
            self.closed.setdefault((closing.key.rule, closing.key.started_by), []).append(closing)
        self.verdicts: dict[str, Verdict] = {}
        self.over: dict[Key, date] = {}
        self.snoozed = {(key.rule, key.started_by) for key in history.snoozes}

    def add(self, series: Series) -> None:
        """Adds the earliest occurrence that is not done, skipped or expired, and those expired lately, which a hold may
        have carried on."""
        if self.planner.before_import(series):
            return
        if series.entered > self.today:  # it is looked at on an earlier day; from then on it may be over
            self.valid_until = min(self.valid_until, series.entered - timedelta(days=1))
        for fate, days, judged in self._tried(series):
            if series.rule.on == "silence" and days.last < self.today:
                self.over[series.key(days.occurrence.label)] = days.last
            if judged is not None:
                self.candidates.append(candidate(judged, series))
            elif fate == "refused" and series.repeats:
                self.valid_until = min(self.valid_until, days.last)

    def tried(self, series: Series) -> Iterator[tuple[Fate, FollowUp]]:
        """The occurrences that are not closed, in order of day and with what becomes of each, up to the first that may
        stand or the last that is tried."""
        for fate, days, judged in self._tried(series):
            yield fate, judged or self._followup(series, days)

    def _tried(self, series: Series) -> Iterator[tuple[Fate, Days, FollowUp | None]]:
        """The same with the days alone of those that are not planned."""
        start = (series.rule.name, series.started_by)
        closed = self.closed.get(start, ())
        labels = {c.key.occurrence for c in closed}
        after = max(max(c.day, c.closed_on) for c in closed) if closed else date.min
        first = self.planner.first_start(series.rule)
        if first == date.min or start in self.snoozed:
            first = back(after, self.planner.shift)
        tries = 0
        most = _MOST_TRIES if self.planner.moves(series.rule) else 1
        for days in self._days_of(series, first, labels):
            if days.due <= after:
                yield "passed", days, None
            elif over_when_written(days, series, self.today):
                yield "over", days, None
            elif days.last < self.planner.oldest:
                yield "old", days, None
            elif tries == most:
                return
            elif days.last < self.today:
                judged = self._judged(series, days)
                yield "stale" if judged else "old", days, judged
            elif judged := self._judged(series, days):
                yield "stands", days, judged
                return
            else:
                tries += 1
                yield "refused", days, None

    def following(self, series: Series, due: date, until: date) -> Iterator[FollowUp]:
        """The planned occurrences after one that is due on a day, up to another day."""
        labels = {c.key.occurrence for c in self.closed.get((series.rule.name, series.started_by), ())}
        for days in self._days_of(series, back(due, self.planner.shift), labels):
            if days.due > until:
                return
            if days.due > due and (judged := self._judged(series, days)) is not None:
                yield judged

    def _days_of(self, series: Series, first: date, closed: Container[str]) -> Iterator[Days]:
        """The days of its occurrences in order, from well before `first` on: those that are not closed, as far as the
        calendar goes."""
        try:
            for occurrence in series.occurrences(first, self.planner.workdays):
                if occurrence.label not in closed:
                    yield self._days(series, occurrence)
        except OffCalendar:
            return

    def _days(self, series: Series, occurrence: Occurrence) -> Days:
        rule = series.rule
        due = self.planner.due_of(rule, occurrence)
        snoozed = self.history.snoozes.get(series.key(occurrence.label)) if self.snoozed else None
        return Days(occurrence, due, snoozed, self.planner.last_of(rule, max(due, snoozed) if snoozed else due))

    def _judged(self, series: Series, days: Days) -> FollowUp | None:
        """The follow-up with title and channel; None when it is not planned."""
        rule = series.rule
        facts = self.planner.facts_of(self.history, series, days.occurrence, days.due)
        if rule.group:
            return self._followup(series, days, title_of(rule, facts), Verdict(True, channel=rule.channels[0]))
        if rule.when is not None and not rule.when.holds(facts):
            return None
        if (verdict := self.verdicts.get(rule.name)) is None:
            verdict = self.verdicts[rule.name] = choose_channel(rule, self.history.contact)
        return self._followup(series, days, title_or_default(rule, facts), verdict) if verdict.planned else None

    def _followup(self, series: Series, days: Days, title: str = "", verdict: Verdict = Verdict(False)) -> FollowUp:
        """The occurrence as a follow-up; without title and channel where it was not judged."""
        rule = series.rule
        return FollowUp(
            key=series.key(days.occurrence.label),
            contact_id=None if rule.group else self.history.contact.id,
            sale_id=series.sale.id if series.sale else None,
            event_id=series.event.id if series.event else None,
            start=days.occurrence.start,
            due=days.due,
            snoozed_until=days.snoozed,
            expires=None if rule.expires is None else days.last,
            last=days.last,
            title=title,
            channel=verdict.channel,
            missing=verdict.missing,
            message=rule.message,
            position=self.planner.position(rule.name),
            priority=rule.priority,
            holdable=rule.hold and rule.priority != "high",
        )

    def add_reminder(self, reminder: Reminder) -> None:
        """Adds a follow-up of one's own: it never expires, is never held, and its day is taken as it is."""
        started_by = f"reminder:{reminder.id}"
        closed = self.closed.get(("", started_by), [])
        day = reminder.day
        if closed:
            if reminder.every is None:
                return
            latest = max(closed, key=lambda c: int(c.key.occurrence))
            day = self.planner.workdays.add(latest.closed_on, parse_period(reminder.every))
        key = Key("", started_by, str(len(closed)))
        snoozed = self.history.snoozes.get(key)
        followup = FollowUp(
            key=key,
            contact_id=self.history.contact.id,
            start=day,
            due=day,
            snoozed_until=snoozed,
            expires=None,
            last=LAST_DAY,
            title=reminder.text,
            channel=reminder.channel,
            holdable=False,
        )
        self.candidates.append(candidate(followup, None))

    def settle(self) -> Plan:
        """Which candidates stand, and what else is told of the contact."""
        found = settled(self.planner, self.history, self.following, self.candidates)
        self.valid_until = min(self.valid_until, found.valid_until)
        daily = self.planner.rules.settings.daily
        lately = [f for f in found.expired if daily and f.last >= self.today - REVIVAL]
        groups = tuple(self._groups())
        reached = [e.on for e in self.history.events if e.reached]
        if coming := min((day for day in reached if day > self.today), default=None):
            self.valid_until = min(self.valid_until, coming - timedelta(days=1))
        latest = max((day for day in reached if day <= self.today), default=None)
        return Plan(
            open=found.standing,
            expired=lately,
            over=self.over | {f.key: f.last for f in found.expired if f.key in self.over},
            groups=groups,
            valid_until=self.valid_until,
            reached=latest,
            free=latest and self.planner.workdays.add(latest, self.planner.rules.settings.min_gap),
        )

    def _groups(self) -> Iterator[str]:
        """The group rules that let this contact through on the next day that they fall due."""
        contact = self.history.contact
        for rule in self.planner.rules.rules:
            if not rule.group or not contact.id or rule.lost != contact.lost or opted_out_of_all(contact):
                continue
            if (coming := self.planner.next_of_group(rule)) is None:
                continue
            series, occurrence, due = coming
            if self.planner.moves(rule):
                self.valid_until = min(self.valid_until, due)
            verdict = self.planner.judge(self.planner.facts_of(self.history, series, occurrence, due), series)
            if verdict.channel:
                yield rule.name


def over_when_written(days: Days, series: Series, today: date) -> bool:
    """Whether it was over on the day that its start was written down, if that day has come, or is due before its
    import's day."""
    return days.last < series.entered <= today or (series.starts_from is not None and days.due < series.starts_from)


def _first_due(rule: Rule, oldest: date) -> date:
    """The first day on which something due can have its last day on `oldest` or later."""
    return date.min if rule.expires is None else oldest - timedelta(days=rule.expires.at_most_days)
