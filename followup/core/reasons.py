"""The steps that lead to a follow-up, in words: what started it, how its day came about, conditions, channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from followup.core.channels import choose_channel, missing_for
from followup.core.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from followup.core.facts import Facts
    from followup.core.model import Contact, Event, History, Part, Rule, Sale
    from followup.core.period import Workdays
    from followup.core.planner import Planner
    from followup.core.series import Occurrence, Series

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAYS = ("each day", "the day", "the last day", "the date")
_DAYS_OFF = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Step(Struct, frozen=True):
    """One step of an explanation: what it is about, in a word, and a sentence."""

    step: str
    text: str


def day_text(day: date) -> str:
    """A day with its weekday: `2026-11-23 (Mon)`."""
    return f"{day} ({_WEEKDAYS[day.weekday()]})"


def span(days: float) -> str:
    """A length of time in the largest unit in which it is even: 42 days are `6 weeks`, 91 are `3 months`."""
    months = round(days / 30.4375)
    if months >= 2 and abs(days - months * 30.4375) <= 1:
        return str(Period(months=months))
    return str(Period(days=round(days)))


def snippet(text: str | None) -> str:
    """The beginning of a text, in quotes within brackets; nothing for none."""
    words = " ".join((text or "").split())
    return f" ('{words[:57]}…')" if len(words) > 58 else f" ('{words}')" if words else ""


def sale_text(sale: Sale) -> str:
    """A sale by its id and title."""
    return f"sale {sale.id}{snippet(sale.title)}"


def event_text(event: Event) -> str:
    """An event by its kind, id and text."""
    return f"{event.kind} {event.id}{snippet(event.text)}"


def source_text(started_by: str) -> str:
    """`sale:7` as `sale 7`."""
    return started_by.replace(":", " ")


def of_rule(rule: Rule) -> Step:
    """What the rule says about when."""
    start = _start_of(rule)
    on = "on" if start.startswith(_DAYS) else "on the day of"
    offset = f"{rule.offset} {'before' if rule.before else 'after'}" if rule.offset != Period() else on
    if rule.usual is not None:
        offset = f"{rule.usual:g} x usual after (while there is no usual, {rule.offset} after)"
    text = f"{rule.name} (rules.toml, line {rule.line}): {offset} {start}"
    if rule.every:
        text += f", then every {rule.every}" + (f", {rule.times} times at most" if rule.times else "")
    return Step("rule", text)


def _start_of(rule: Rule) -> str:
    on = rule.on
    named = {
        "sale": "a sale",
        "warranty-end": "the end of a warranty",
        "service": "a service",
        "runs-out": "the day that something bought runs out",
        "birthday": "the birthday",
        "anniversary": "the anniversary of the first sale",
        "silence": "the last sale or touch",
        "feedback": "feedback",
        "promise": "the day of a promise",
        "perk": "the last day of a perk",
        "calendar": f"each day of {rule.schedule}",
    }
    if on.startswith("date:"):
        return f"the date '{on[5:]}'"
    return named.get(on) or (f"the closing of a {on[:-7]}" if on.endswith("-closed") else f"a {on}")


def of_start(series: Series, occurrence: Occurrence, history: History) -> Step:
    """What happened, or will, that started it."""
    on, day, name = series.rule.on, occurrence.start, history.contact.name
    if series.event is not None:
        return _of_event(series.event, on, day)
    if series.sale is not None:
        return Step("sale", _of_sale(series.sale, on, occurrence))
    if on == "birthday":
        born = history.contact.birthday or ""
        kept = ", kept on 28 February where there is no 29th" if born.endswith("02-29") else ""
        return Step("birthday", f"{name}'s birthday is {born.removeprefix('--')}{kept}: in {day.year} it is {day}")
    if on == "anniversary":
        first = history.sales[0]
        return Step("anniversary", f"{name}'s first sale was {sale_text(first)} on {first.completed}: again on {day}")
    if on == "silence":
        return Step("silence", f"{name} and you were last in touch on {day}{_touch_on(history, day)}")
    if on == "calendar":
        return Step("calendar", f"the schedule {series.rule.schedule} falls on {day}")
    return Step("date", f"the date '{on[5:]}' kept on {name} is {day}")


def _of_sale(sale: Sale, on: str, occurrence: Occurrence) -> str:
    day = occurrence.start
    if on == "warranty-end":
        length = f" + {sale.warranty}" if sale.warranty else ""
        return f"the warranty on {sale_text(sale)}, completed on {sale.completed}{length}, ends on {day}"
    if on == "service":
        number = f"service {occurrence.label} is on {day}"
        return f"{sale_text(sale)}, completed on {sale.completed}, has a service every {sale.service_every}: {number}"
    if on == "runs-out":
        return f"{sale_text(sale)}, completed on {sale.completed}, lasts {sale.lasts}: it runs out on {day}"
    if on.startswith("date:"):
        return f"the date '{on[5:]}' kept on {sale_text(sale)} is {day}"
    return f"{sale_text(sale)} was completed on {day}"


def _of_event(event: Event, on: str, day: date) -> Step:
    rating = f", rating {event.rating}" if event.rating is not None else ""
    if on.endswith("-closed"):
        return Step("event", f"{event_text(event)} of {event.on} was closed on {day}: {event.outcome}")
    if on in ("promise", "perk"):
        return Step("event", f"{event_text(event)} of {event.on} {'is due' if on == 'promise' else 'ends'} on {day}")
    return Step("event", f"{event_text(event)} came in on {day}{rating}")


def _touch_on(history: History, day: date) -> str:
    found = [sale_text(s) for s in history.sales if s.completed == day]
    found += [event_text(e) for e in history.events if e.touch and e.on == day]
    return f": {', '.join(found)}" if found else ""


def of_days(planner: Planner, series: Series, occurrence: Occurrence, history: History) -> Iterator[Step]:
    """How the due day comes about: the offset, then weekends and holidays, then times away."""
    rule, workdays = series.rule, planner.workdays
    first = workdays.add(occurrence.start, occurrence.offset)
    yield Step("date", _arithmetic(series, occurrence, first) + _rhythm(planner, series, history))
    shifted = replace(workdays, away=()).settle(first, rule.weekend, rule.before)
    if shifted != first:
        to = "the business day before" if shifted < first else "the next business day"
        why = ", as it must come before" if rule.before and rule.weekend == "next" else ""
        yield Step("weekend", f"{first} is {_day_off(first, workdays)}: it moves to {to}{why}, {day_text(shifted)}")
    due = planner.due_of(rule, occurrence)
    if due != shifted:
        spans = " and ".join(
            f"{a} to {b}" for a, b in workdays.away if min(due, shifted) <= b and a <= max(due, shifted)
        )
        to = "the last business day before" if due < shifted else "the first business day after"
        yield Step("away", f"you are away from {spans}: it moves to {to}, {day_text(due)}")


def _arithmetic(series: Series, occurrence: Occurrence, first: date) -> str:
    rule, start = series.rule, occurrence.start
    offset = series.offset or rule.offset
    number = int(occurrence.label) if rule.every and occurrence.label.isdigit() else 0
    terms = f" {'-' if rule.before else '+'} {offset}" if offset != Period() else ""
    if rule.every and number:
        terms += f" + {number} x {rule.every}"
    if not terms:
        return f"{day_text(start)}, the day itself"
    whole = occurrence.offset
    clipped = whole.months and not whole.days and not whole.business and first.day != start.day
    return f"{day_text(start)}{terms} = {day_text(first)}" + (", clipped to the month's end" if clipped else "")


def _rhythm(planner: Planner, series: Series, history: History) -> str:
    """Where the length of a silence comes from."""
    if series.offset is None:
        return ""
    if history.contact.every:
        return f" ({history.contact.name}'s own rhythm)"
    if series.rule.usual is None:
        return ""
    if series.usual is None:
        return " (the fallback: there is no usual before the third purchase day)"
    usual = span(series.usual)
    since = max(0, (planner.today - series.day).days)
    passed = since // 7 if usual.endswith(("week", "weeks")) else int(since / 30.4375) if "month" in usual else since
    return f" ({series.rule.usual:g} x usual, rounded up: usually every {usual}; it has been {passed})"


def _day_off(day: date, workdays: Workdays) -> str:
    return "a public holiday" if day in workdays.holidays(day.year) else f"a {_DAYS_OFF[day.weekday()]}"


class _Recorder:
    """Facts that remember what was asked of them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.values: dict[str, Any] = {}
        self.evidence: dict[str, str] = {}

    def read(self, root: str, field: str) -> Any:
        name = "tried" if root == "rule" else f"{root}.{field}"
        self.values[name] = self.facts.read(root, field)
        return self.values[name]

    def ask(self, question: str, kind: str) -> bool | int:
        name = f"{question}('{kind}')"
        self.values[name] = self.facts.ask(question, kind)
        if question != "count" and (found := self.facts.found(question, kind)):
            last = found[-1]
            is_sale = not hasattr(last, "kind")
            self.evidence[name] = f" (sale {last.id})" if is_sale else f" ({last.kind} {last.id})"  # type: ignore[union-attr]
        return self.values[name]  # type: ignore[no-any-return]


def of_condition(rule: Rule, facts: Facts) -> Iterator[Step]:
    """Each part of the condition, with what it was asked about and what it comes to."""
    if rule.when is None:
        yield Step("condition", "none")
        return
    for part in rule.when.parts:
        yield Step("condition", part_text(part, facts)[1])


def part_text(part: Part, facts: Facts) -> tuple[bool, str]:
    """Whether a part of a condition holds, and why."""
    recorder = _Recorder(facts)
    value = bool(part.evaluate(recorder))
    told = [f"{name} is {_shown(v)}{recorder.evidence.get(name, '')}" for name, v in recorder.values.items()]
    absent = any(v is None for v in recorder.values.values())
    because = ", and a comparison with an absent value is false" if absent and part.compares else ""
    return (
        value,
        f"{part.text}: {''.join([', '.join(told), because, ' → ']) if told else ''}{'true' if value else 'false'}",
    )


def _shown(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(v)}" for name, v in value.items()) or "empty"
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "empty"
    return (f"'{value[:60]}'" if isinstance(value, str) else str(value)).replace("\n", " ")


def of_channel(rule: Rule, contact: Contact) -> Step:
    """Which of the rule's channels it goes by, and why not by those before it."""
    verdict = choose_channel(rule, contact)
    if verdict.channel is not None and verdict.channel == contact.prefers:
        return Step("channel", f"{verdict.channel}: {contact.name} prefers it, and the rule has it")
    passed = []
    for channel in rule.channels:
        if channel == verdict.channel:
            break
        reason = "opted out" if channel in contact.opted_out else f"no {missing_for(contact, channel)}"
        passed.append(f"{channel}: {reason}")
    if contact.prefers and contact.prefers not in rule.channels:
        passed.insert(0, f"{contact.prefers}, which {contact.name} prefers, is none of the rule's")
    before = f" ({'; '.join(passed)})" if passed else ""
    if verdict.channel is not None:
        return Step("channel", f"{verdict.channel}: the rule's first that reaches {contact.name}{before}")
    if verdict.planned and rule.group:
        return Step("channel", f"none{before}")
    if verdict.planned:
        return Step("channel", f"none yet{before}: it is listed all the same, so that you can add what is missing")
    return Step("channel", f"none{before}: {verdict.reason}, so it is not planned")


def no_start(rule: Rule, history: History) -> str:
    """Why nothing in the history starts the rule."""
    name, on = history.contact.name, rule.on
    who = history.contact.id
    if on in ("sale", "anniversary") and not history.sales:
        return f"{name} has no sale: followup sale add starts this rule"
    if on in ("sale", "warranty-end", "service", "runs-out") and all(s.refunded for s in history.sales):
        return f"{name} has no sale that is neither canceled nor refunded"
    wanted = {
        "warranty-end": f"no sale to {name} has a warranty: followup sale edit ID --warranty",
        "service": f"no sale to {name} has a service: followup sale edit ID --service-every",
        "runs-out": f"no sale to {name} says how long it lasts: followup sale edit ID --lasts",
        "birthday": f"no birthday of {name} is known: followup contact edit {who} --birthday",
        "silence": f"{name} has no sale or touch since this rule's last follow-up was closed, or none at all: silence "
        "begins with one",
        "promise": f"no promise to {name} with a day is on record",
        "perk": f"no perk of {name} with a last day is on record",
    }
    if on.startswith("date:"):
        return f"neither {name} nor a sale to them has a date '{on[5:]}': followup contact edit {who} --date {on[5:]}=…"
    if on.endswith("-closed"):
        return f"no {on[:-7]} of {name} has been closed"
    return wanted.get(on, f"no {on} of {name} is on record")
