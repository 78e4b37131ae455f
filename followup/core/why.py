"""Why a follow-up is there, or why a rule plans none: the planner's own answers, asked again step by step."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from followup.core.channels import opted_out_of_all
from followup.core.holding import rank, settled
from followup.core.period import LAST_DAY
from followup.core.reasons import (
    Step,
    day_text,
    no_start,
    of_channel,
    of_condition,
    of_days,
    of_rule,
    of_start,
    part_text,
    source_text,
)
from followup.core.series import Occurrence, Series, group_series, series_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from followup.core.facts import Facts
    from followup.core.model import Closing, FollowUp, History, Key, Reminder, Rule
    from followup.core.planner import Fate, Planner

_ALIVE = ("due", "overdue", "upcoming", "held", "snoozed")
"""The states of what stands open."""

_OCCURRENCES = 500
"""How many occurrences are looked through for one that is known by its label."""


class Explanation(Struct, frozen=True):
    """What becomes of a follow-up and the steps that lead there. `state` is one of the agenda's, or `gone`."""

    state: str
    steps: list[Step]


def explain(planner: Planner, history: History, key: Key, state: str, members: int = 0) -> Explanation:
    """Why the follow-up with this key is what it is.

    `state` is what the agenda says of it, or its place in the plan when it is not open. A group rule's comes with the
    history of nobody and the number of contacts that it lets through.
    """
    if not key.rule:
        return _Reminders(planner, history).explain(key, state)
    rule = next((rule for rule in planner.rules.rules if rule.name == key.rule), None)
    closing = next((c for c in history.closings if c.key == key), None)
    if rule is None:
        steps = [Step("rule", f"rules.toml has no rule {key.rule} any more"), _started(key)]
        return _closed(steps, closing) if closing else Explanation("gone", [*steps, _nothing("its rule is gone")])
    return _Asked(planner, history, rule, members).explain(key, state, closing)


def explain_rule(planner: Planner, history: History, rule: Rule, since: date = LAST_DAY.min) -> list[Step]:
    """For every start of the rule that the contact has: what it plans, or why it plans nothing. Of a group rule,
    `since` says since when the first of those that it lets through is a client."""
    asked = _Asked(planner, history, rule, 0, since)
    steps = [of_rule(rule)]
    if reason := asked.left_out():
        return [*steps, _nothing(reason)]
    if rule.group:
        return [*steps, *asked.membership()]
    found = [Step(source_text(series.started_by), asked.answer(series)) for series in asked.all_series()]
    return [*steps, *(found or [_nothing(no_start(rule, history))])]


def _started(key: Key) -> Step:
    return Step("start", f"it was started by {source_text(key.started_by)}")


def _nothing(reason: str) -> Step:
    return Step("gone", f"nothing is planned: {reason}")


def _closed(steps: list[Step], closing: Closing) -> Explanation:
    text = f"{closing.how} on {closing.closed_on}: that is history, and no rule changes it"
    return Explanation(closing.how, [*steps, Step(closing.how, text)])


class _Asked:
    """One rule and one history, planned, with the questions that can be put to them."""

    def __init__(
        self, planner: Planner, history: History, rule: Rule, members: int, since: date = LAST_DAY.min
    ) -> None:
        self.since = since
        self.planner = planner
        self.history = history
        self.rule = rule
        self.members = members
        self.today = planner.today
        grouped = rule.group and not history.contact.id
        self.finder = planner.gather_group(rule, history) if grouped else planner.gather(history)
        self.settled = settled(planner, history, self.finder.following, self.finder.candidates)
        self.plan = self.finder.settle()

    def all_series(self) -> list[Series]:
        """Every start of the rule, however long ago."""
        if self.rule.group:
            return [group_series(self.rule, self.history.contact.added)]
        return sorted(
            series_of(self.rule, self.history, self.planner.workdays, LAST_DAY.min),
            key=lambda series: (series.day, series.started_by),
        )

    def left_out(self) -> str:
        """Why the rule does not reach the contact at all; '' if it does."""
        contact = self.history.contact
        if not contact.id:
            return ""
        if opted_out_of_all(contact):
            return f"{contact.name} opted out of every channel: followup contact opt-in {contact.id}"
        if contact.lost and not self.rule.lost:
            return f"{contact.name} was lost on {contact.lost_on}: only rules with lost = true reach them"
        if self.rule.lost and not contact.lost:
            return f"the rule has lost = true: it reaches lost contacts only, which {contact.name} is not"
        return ""

    def explain(self, key: Key, state: str, closing: Closing | None) -> Explanation:
        """The steps to a follow-up of this rule, and what becomes of it."""
        steps = [of_rule(self.rule)]
        series = next((s for s in self.all_series() if s.started_by == key.started_by), None)
        if closing is not None:
            return _closed([*steps, *self._past(series, closing)], closing)
        if reason := self.left_out():
            return Explanation("gone", [*steps, _started(key), _nothing(reason)])
        standing = [*self.plan.open, *self.plan.expired, *self.settled.expired]
        followup = next((f for f in standing if f.key == key), None)
        if self.rule.group and not self.members:
            nobody = f"the rule lets nobody through: followup why --contact WHO --rule {self.rule.name} tells why"
            return Explanation("gone", [*steps, _started(key), _nothing(nobody)])
        if followup is not None and series is not None:
            steps += self._steps(series, followup, state)
            if state in _ALIVE:
                return Explanation(state, [*steps, _standing(followup, state, self.today)])
            text = f"its last day was {day_text(followup.last)}: it is too late for it now"
            return Explanation("expired", [*steps, Step("expired", text)])
        return self._gone(steps, key, series)

    def _past(self, series: Series | None, closing: Closing) -> Iterator[Step]:
        """How the day of one that was closed came about, as far as rule and facts still lead there."""
        label = closing.key.occurrence
        if self.rule.on == "silence":
            others = [c for c in self.history.closings if c.key.rule != self.rule.name]
            before = replace(self.history, closings=others)
            series = next(series_of(self.rule, before, self.planner.workdays, LAST_DAY.min), None)
            series = series and replace(series, day=closing.start, label=label)
        occurrence = series and self._occurrence(series, label, closing.day)
        if series and occurrence and self.planner.due_of(self.rule, occurrence) == closing.day:
            yield of_start(series, occurrence, self.history)
            yield from of_days(self.planner, series, occurrence, self.history)
            return
        yield _started(closing.key)
        counted = f"it was due {day_text(closing.day)}, counted from {closing.start}"
        yield Step("date", f"{counted}; the rule or the facts have changed since")

    def _occurrence(self, series: Series, label: str, due: date) -> Occurrence | None:
        """The occurrence with this label, looked for around the day that it is due."""
        several = islice(series.occurrences(due - self.planner.shift, self.planner.workdays), _OCCURRENCES)
        return next((o for o in several if o.label == label), None)

    def _steps(self, series: Series, followup: FollowUp, state: str) -> Iterator[Step]:
        """All steps to a follow-up that stands, or stood until it expired."""
        contact, rule = self.history.contact, self.rule
        yield from self._to_channel(series, followup)
        if rule.at_most is not None:
            near = self._too_close(followup)
            kept = near or f"no other of this rule for {contact.name} is closer"
            yield Step("at_most", f"one in {rule.at_most} at most: {kept}")
        yield Step("hold", self._hold(followup, state))
        yield from _snooze(followup)
        yield _expiry(followup, rule, state, self.today)

    def _to_channel(self, series: Series, followup: FollowUp) -> Iterator[Step]:
        occurrence = self._occurrence(series, followup.key.occurrence, followup.due)
        if occurrence is None:
            yield _started(followup.key)
            return
        yield of_start(series, occurrence, self.history)
        yield from of_days(self.planner, series, occurrence, self.history)
        if self.rule.group:
            condition = self.rule.when.text if self.rule.when else "no condition"
            who = "1 contact" if self.members == 1 else f"{self.members} contacts"
            yield Step("condition", f"{condition}: it lets {who} through, and this is for all of them")
            yield Step("channel", f"{self.rule.channels[0]}: the rule's first")
            return
        yield from of_condition(self.rule, self._facts(series, followup))
        yield of_channel(self.rule, self.history.contact)

    def _facts(self, series: Series, followup: FollowUp) -> Facts:
        occurrence = Occurrence(followup.key.occurrence, followup.start, self.rule.offset)
        return self.planner.facts_of(self.history, series, occurrence, followup.due)

    def _hold(self, followup: FollowUp, state: str) -> str:
        plan, name = self.plan, self.history.contact.name
        if not followup.holdable:
            return f"never held: {'high priority' if followup.priority == 'high' else 'hold = false'}"
        due = [f for f in plan.open if f.day <= self.today]
        first = min(due, key=rank, default=followup)
        gap = self.planner.rules.settings.min_gap
        reached = f"you reached {name} on {plan.reached}, and min_gap is {gap}: others are held until {plan.free}"
        if state != "held":
            waits = plan.free is not None and plan.free > max(followup.day, self.today)
            return reached if waits and state != "snoozed" else "nothing holds it"
        reasons = []
        if first.key != followup.key:
            reasons.append(
                f"'{first.title}' stands before it for {name}: {first.priority} priority, due {day_text(first.day)}"
            )
        if plan.free is not None and plan.free > self.today:
            reasons.append(reached)
        beyond = f"beyond the {self.planner.rules.settings.daily} that a day's list may have (daily)"
        return "held: " + (" and ".join(reasons) or beyond)

    def _gone(self, steps: list[Step], key: Key, series: Series | None) -> Explanation:
        """The steps to a follow-up that does not stand, up to what keeps it from standing."""
        if series is None:
            counts = f"{source_text(key.started_by)} starts this rule no more"
            return Explanation("gone", [*steps, _started(key), _nothing(counts)])
        found = next(((fate, f) for fate, f in self.finder.tried(series) if f.key == key), None)
        if found is None:
            if opened := self._open_of(series):
                other = f"the one that is due {day_text(opened.due)} has taken its place"
            else:
                other = self.answer(series)
            return Explanation("gone", [*steps, _started(key), _nothing(other)])
        fate, followup = found
        steps += self._to_channel(series, followup)
        state = "expired" if fate in ("old", "stale") and self._planned(series, followup) else "gone"
        return Explanation(state, [*steps, Step(state, self._fate_text(series, fate, followup))])

    def _open_of(self, series: Series) -> FollowUp | None:
        start = (self.rule.name, series.started_by)
        return next((f for f in self.plan.open if (f.key.rule, f.key.started_by) == start), None)

    def answer(self, series: Series) -> str:
        """In a sentence: what this start plans, or why it plans nothing."""
        if opened := self._open_of(series):
            return f"planned: due {day_text(opened.due)}"
        tried = list(self.finder.tried(series))
        ahead = next(((fate, f) for fate, f in tried if fate in ("refused", "stands")), None)
        if ahead is not None:
            return self._fate_text(series, *ahead)
        if closed := self.finder.closed.get((self.rule.name, series.started_by)):
            latest = max(closed, key=lambda c: (c.closed_on, c.day))
            return f"{latest.how} on {latest.closed_on}"
        if tried:
            return self._fate_text(series, *tried[-1])
        return "none of its days lie ahead"

    def _planned(self, series: Series, followup: FollowUp) -> bool:
        return self.rule.group or self.planner.judge(self._facts(series, followup), series).planned

    def _fate_text(self, series: Series, fate: Fate, followup: FollowUp) -> str:
        """Why an occurrence that was tried does not stand."""
        due = f"due {day_text(followup.due)}"
        if fate == "passed":
            return f"{due}, which is not after the last one that was done or skipped"
        if fate == "over":
            if series.starts_from is not None and followup.due < series.starts_from:
                return (
                    f"{due}, before the import of {series.starts_from}, which starts nothing in the past without --past"
                )
            return f"{due}: it was over when this was written down on {series.entered}"
        refusal = self._refusal(series, followup)
        if fate == "refused":
            return f"{due}, but {refusal}"
        if fate in ("old", "stale"):
            last = next((f.last for f in self.settled.expired if f.key == followup.key), followup.last)
            text = f"{due}: it expired, its last day was {day_text(last)}"
            return text + (f"; as things stand, {refusal}" if refusal else "")
        if self.rule.at_most is None:
            return f"{due}, but another from the same start stands before it"
        near = self._too_close(followup)
        return f"{due}, but the rule plans one in {self.rule.at_most} at most, and {near or 'another comes before it'}"

    def _refusal(self, series: Series, followup: FollowUp) -> str:
        """Why the occurrence is not planned, as the facts are: the parts of the condition that fail, or the channel."""
        if self._planned(series, followup):
            return ""
        facts = self._facts(series, followup)
        parts = self.rule.when.parts if self.rule.when else ()
        failing = [text for holds, text in (part_text(part, facts) for part in parts) if not holds]
        if failing:
            return f"the condition does not hold: {'; '.join(failing)}"
        return self.planner.judge(facts, series).reason

    def _too_close(self, followup: FollowUp) -> str:
        """Which other of the rule `at_most` keeps it away from; '' for none."""
        others = [(c.day, f"{c.how} on {c.closed_on}") for c in self.history.closings if c.key.rule == self.rule.name]
        others += [
            (f.due, f"for {source_text(f.key.started_by)}")
            for f in self.plan.open
            if f.key.rule == self.rule.name and f.key != followup.key
        ]
        near = [o for o in others if self.planner.too_close(self.rule, followup.due, o[0])]
        return next((f"the one due {day_text(day)} ({what}) is closer than that" for day, what in near), "")

    def membership(self) -> list[Step]:
        """Whether the contact is one of those that a group rule's next follow-up is for."""
        name = self.history.contact.name
        coming = self.planner.next_of_group_since(self.rule, self.since)
        if coming is None:
            return [_nothing("none of its days lie ahead")]
        series, occurrence, due = coming
        facts = self.planner.facts_of(self.history, series, occurrence, due)
        verdict = self.planner.judge(facts, series)
        steps = [of_start(series, occurrence, self.history), *of_days(self.planner, series, occurrence, self.history)]
        steps += [*of_condition(self.rule, facts), of_channel(self.rule, self.history.contact)]
        if verdict.planned and verdict.channel:
            return [*steps, Step("planned", f"{name} is one of those that it is for, {day_text(due)}")]
        return [*steps, Step("gone", f"{name} is left out: {verdict.reason or verdict.missing}")]


class _Reminders:
    """The follow-ups of one's own in a history."""

    def __init__(self, planner: Planner, history: History) -> None:
        self.planner = planner
        self.history = history

    def explain(self, key: Key, state: str) -> Explanation:
        """Why a reminder is there."""
        reminder = next((r for r in self.history.reminders if f"reminder:{r.id}" == key.started_by), None)
        if reminder is None:
            return Explanation("gone", [_started(key), _nothing("the reminder was taken back")])
        steps = [Step("reminder", f"your own: '{reminder.text}'"), self._day(reminder, key)]
        if closing := next((c for c in self.history.closings if c.key == key), None):
            return _closed(steps, closing)
        followup = next((f for f in self.planner.plan(self.history).open if f.key == key), None)
        if followup is None:
            return Explanation("gone", [*steps, _nothing("what came before it was taken back")])
        steps.append(Step("channel", reminder.channel or "none was given"))
        steps += [Step("hold", "never held: it is your own"), *_snooze(followup), Step("expiry", "it never expires")]
        return Explanation(state, [*steps, _standing(followup, state, self.planner.today)])

    def _day(self, reminder: Reminder, key: Key) -> Step:
        number = int(key.occurrence)
        closings = sorted(
            (c for c in self.history.closings if c.key.started_by == key.started_by),
            key=lambda c: int(c.key.occurrence),
        )
        if not number or not reminder.every or number > len(closings):
            return Step("date", f"{day_text(reminder.day)}, as you gave it")
        before = closings[number - 1]
        return Step("date", f"{reminder.every} after it was {before.how} on {before.closed_on}")


def _standing(followup: FollowUp, state: str, today: date) -> Step:
    """What the state of an open follow-up means."""
    late = (today - followup.day).days
    told = {
        "due": "it is due today",
        "overdue": f"it has been due for {late} day{'s' * (late != 1)}",
        "held": "so it waits, and comes up by itself",
    }
    return Step(state, told.get(state, f"it comes up on {day_text(followup.day)}"))


def _snooze(followup: FollowUp) -> Iterator[Step]:
    if followup.snoozed_until is None:
        return
    if followup.snoozed_until <= followup.due:
        yield Step("snooze", f"you put it off until {followup.snoozed_until}, before it was due: that changes nothing")
    else:
        yield Step("snooze", f"you put it off until {day_text(followup.snoozed_until)}: that day counts")


def _expiry(followup: FollowUp, rule: Rule, state: str, today: date) -> Step:
    if rule.expires is None or followup.expires is None:
        return Step("expiry", "it never expires")
    text = f"{day_text(followup.day)} + {rule.expires} = {day_text(followup.expires)} is its last day in the list"
    if followup.last == LAST_DAY:
        waits = "it is held" if state == "held" else "it can be held"
        return Step("expiry", f"{text}; but {waits} for as long as what stands before it")
    if followup.last > followup.expires:
        carried = "carried on by holds" if state == "held" else "or, where holds carry it on, up"
        text += f", {carried} to {day_text(followup.last)}"
    elif state == "held":
        text += ", or the day on which the hold ends"
    if followup.last < today and state in _ALIVE:
        text += "; the daily limit kept it out of the list until then, so it stays"
    return Step("expiry", text)
