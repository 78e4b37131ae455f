"""The rules file: TOML text becomes `Rules`, or the list of every fault in it, each with line, rule and key."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from followup.core.condition import ConditionFault, parse_condition
from followup.core.model import (
    CHANNELS,
    CLOSABLE,
    INCOMING,
    NOBODY,
    Contact,
    Event,
    History,
    Rule,
    Rules,
    Sale,
    Settings,
)
from followup.core.period import Period, parse_period
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STARTS = (
    "sale", "warranty-end", "service", "runs-out", "birthday", "anniversary", "silence", "calendar",
    *INCOMING, "promise", "perk", *(f"{kind}-closed" for kind in CLOSABLE),
)  # fmt: skip
"""What a rule can start from, beside `date:NAME`."""

RECURRING = ("service", "birthday", "anniversary", "calendar")
"""Starts that have many occurrences of their own."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE_START = re.compile(r"date:[\w-]+")
_KEY_LINE = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")
_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?")
_SCHEDULE = re.compile(r"[A-Za-z]+=[A-Za-z0-9,+-]+(;[A-Za-z]+=[A-Za-z0-9,+-]+)*")
_UNREADABLE = Period(days=1)
"""Stands for a period with a fault of its own, so that it brings out no other."""

_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_USUAL = re.compile(r"(\d+(?:\.\d+)?)\s*[x×]\s*usual")


class Fault(Struct, frozen=True):
    """One thing that is wrong with a rules file. `rule` is its name or number; `key` is empty when it is all of it."""

    line: int
    rule: str
    key: str
    reason: str

    def __str__(self) -> str:
        where = [f"line {self.line}"]
        where += [f"rule '{self.rule}'"] if self.rule else []
        where += [f"key '{self.key}'"] if self.key else []
        return f"{', '.join(where)}: {self.reason}"


class RulesFault(Refusal):
    """A rules file with faults: all of them, in the order of the file, and the rules in it that have none.

    `damaged` are the others, as far as they could be read, each by its name or number.
    """

    def __init__(self, faults: list[Fault], rules: Rules | None = None, damaged: Sequence[Rule] = ()) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        self.rules = rules or Rules(settings=Settings(min_gap=Period()), rules=())
        self.damaged = tuple(damaged)
        more = f" (and {len(faults) - 1} more: see followup rules check)" if len(faults) > 1 else ""
        super().__init__(f"rules.toml, {self.faults[0]}{more}")


_SETTING_TYPES: dict[str, Any] = {"weekend": Literal["keep", "next", "previous"], "daily": int, "min_gap": str}
_RULE_TYPES: dict[str, Any] = {
    "name": str, "on": str, "after": str, "before": str, "fallback": str, "every": str, "times": int, "when": str,
    "channels": list[str], "message": str, "title": str, "expires": str, "priority": Literal["high", "normal", "low"],
    "at_most": str, "hold": bool, "weekend": Literal["keep", "next", "previous"], "lost": bool, "schedule": str,
    "group": bool,
}  # fmt: skip


@lru_cache(maxsize=16)
def parse_rules(text: str) -> Rules:
    """Reads a rules file. Raises `RulesFault` with every fault in it.

    The same text is read once: a review opens the home anew for each key.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise RulesFault([Fault(1, "", "", "is not TOML that can be read: it is nested too deeply")]) from None
    except ValueError as error:
        line = re.search(r"at line (\d+)", str(error))
        end = text.count("\n") + 1
        raise RulesFault([Fault(int(line[1]) if line else end, "", "", f"is not TOML: {error}")]) from None
    reader = _Reader(text)
    rules = reader.read(table)
    if reader.faults:
        raise RulesFault(reader.faults, rules, reader.damaged)
    return rules


class _Reader:
    """Reads one file and gathers its faults, so that all are told at once."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self.damaged: list[Rule] = []
        self.top_lines, self.settings_lines, self.rule_lines = _lines_of(text)
        self.names: dict[str, int] = {}

    def read(self, table: dict[str, Any]) -> Rules:
        for key in table:
            if key not in ("settings", "rule"):
                line = self.top_lines.get(key, 1)
                self.faults.append(Fault(line, "", key, "is not known at the top: [settings] and [[rule]] are"))
        settings = self._settings(table.get("settings", {}))
        listed = table.get("rule", [])
        if not isinstance(listed, list) or not all(isinstance(r, dict) for r in listed):
            line = self.top_lines.get("rule", 1)
            self.faults.append(Fault(line, "", "rule", "must be written as [[rule]], once for each rule"))
            listed = []
        rules = tuple(rule for n, raw in enumerate(listed) if (rule := self._rule(n, raw, settings)))
        return Rules(settings=settings, rules=rules)

    def _settings(self, raw: Any) -> Settings:
        lines = self.settings_lines

        def fault(key: str, reason: str) -> None:
            self.faults.append(Fault(lines.get(key, lines.get("", 1)), "", key, reason))

        values = _typed(raw if isinstance(raw, dict) else {"settings": raw}, _SETTING_TYPES, fault)
        if values.get("daily", 0) < 0:
            fault("daily", "must be 0 (no limit) or more")
        gap = _period(values.get("min_gap", "3 days"), lambda reason: fault("min_gap", reason))
        return Settings(weekend=values.get("weekend", "next"), daily=max(0, values.get("daily", 0)), min_gap=gap)

    def _rule(self, n: int, raw: dict[str, Any], settings: Settings) -> Rule | None:
        lines = self.rule_lines[n] if n < len(self.rule_lines) else {}
        name = raw.get("name")
        label = name if isinstance(name, str) and name else f"#{n + 1}"
        known = len(self.faults)

        def fault(key: str, reason: str) -> None:
            self.faults.append(Fault(lines.get(key, lines.get("", 1)), label, key, reason))

        v = _typed(raw, _RULE_TYPES, fault)
        for key in ("name", "on", "channels", "message"):
            if key not in raw:
                fault(key, "is missing")
        _check_names(v, self.names, fault)
        self.names.setdefault(v.get("name", ""), n)
        _check_fit(v, fault)
        rule = _build({"weekend": settings.weekend, **v}, lines.get("", 1), fault)
        if len(self.faults) == known:
            return rule
        self.damaged.append(replace(rule, name=label))
        return None


def _lines_of(text: str) -> tuple[dict[str, int], dict[str, int], list[dict[str, int]]]:
    """Where each key stands: at the top (tables too), in [settings], in each [[rule]] ('' is the header's line)."""
    top: dict[str, int] = {}
    settings: dict[str, int] = {}
    rules: list[dict[str, int]] = []
    current = top
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            current = {"": number}
            top.setdefault(header[1].partition(".")[0], number)
            if header[1] == "rule":
                rules.append(current)
            elif header[1] == "settings":
                settings = current
        elif key := _KEY_LINE.match(line):
            current.setdefault(key[1], number)
    return top, settings, rules


def line_of(text: str, rule: Rule, key: str) -> int:
    """The line of a rule's key in its file; of the rule itself where the key is not written."""
    lines = next((lines for lines in _lines_of(text)[2] if lines[""] == rule.line), {})
    return lines.get(key, rule.line)


def _typed(raw: dict[str, Any], types: dict[str, Any], fault: Callable[[str, str], None]) -> dict[str, Any]:
    """The values that have the type that their key asks for; the others are told."""
    values = {}
    for key, value in raw.items():
        if key not in types:
            near = get_close_matches(key, types, 1)
            fault(key, f"is not known; did you mean '{near[0]}'?" if near else "is not known")
            continue
        try:
            values[key] = msgspec.convert(value, types[key])
        except msgspec.ValidationError as error:
            choices = get_args(types[key]) if get_origin(types[key]) is Literal else ()
            fault(
                key,
                f"does not fit: must be one of {', '.join(choices)}"
                if choices
                else f"does not fit: {str(error).lower()}",
            )
    return values


def _check_names(v: dict[str, Any], seen: dict[str, int], fault: Callable[[str, str], None]) -> None:
    name, on = v.get("name"), v.get("on")
    if name is not None and not _NAME.fullmatch(name):
        fault("name", f"'{name}' must be lower-case words and dashes")
    if name is not None and name in seen:
        fault("name", f"'{name}' is taken by an earlier rule")
    if on is not None and on not in STARTS and not _DATE_START.fullmatch(on):
        near = get_close_matches(on, STARTS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(STARTS)} and date:NAME"
        fault("on", f"'{on}' starts nothing; {hint}")
    for channel in v.get("channels", []):
        if channel not in CHANNELS:
            near = get_close_matches(channel, CHANNELS, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"channels are {', '.join(CHANNELS)}"
            fault("channels", f"'{channel}' is no channel; {hint}")
    if v.get("channels") == []:
        fault("channels", "names no channel")
    if "message" in v and not _NAME.fullmatch(v["message"]):
        fault("message", f"'{v['message']}' must be lower-case words and dashes")


def _check_fit(v: dict[str, Any], fault: Callable[[str, str], None]) -> None:
    """Keys that go with some starts only, or with other keys."""
    on = v.get("on")
    if "after" in v and "before" in v:
        fault("before", "stands beside 'after': say one of them")
    if "every" in v and on in (*RECURRING, "silence"):
        fault("every", f'does not go with on = "{on}", which comes again by itself')
    if "times" in v and "every" not in v:
        fault("times", "goes with 'every' only")
    if v.get("times", 1) < 1:
        fault("times", "must be 1 or more")
    if on == "calendar" and "schedule" not in v:
        fault("schedule", 'is missing: such as "FREQ=MONTHLY;BYMONTHDAY=1"')
    if "schedule" in v and on != "calendar":
        fault("schedule", 'goes with on = "calendar" only')
    if v.get("group") and on != "calendar":
        fault("group", 'goes with on = "calendar" only')
    usual = _USUAL.fullmatch(v.get("after", "").strip())
    if usual and on != "silence":
        fault("after", 'with "usual" goes with on = "silence" only')
    elif usual and "fallback" not in v:
        fault("fallback", 'is missing: what counts before there is a usual, such as "6 months"')
    if "fallback" in v and not usual:
        fault("fallback", 'goes with after = "1.5 x usual" only')


def _build(v: dict[str, Any], line: int, fault: Callable[[str, str], None]) -> Rule:
    usual = _USUAL.fullmatch(v.get("after", "").strip())
    key = "fallback" if usual else "before" if "before" in v else "after"
    if usual and not 0 < float(usual[1]) <= 100:
        fault("after", "needs a factor above 0 and up to 100")

    def period(key: str) -> Period:
        return _period(v[key], lambda reason: fault(key, reason))

    every = period("every") if "every" in v else None
    if every and not every.at_most_days:
        fault("every", "must be longer than nothing")
    when = None
    if "when" in v:
        try:
            when = parse_condition(v["when"])
        except ConditionFault as error:
            fault("when", str(error))
    if "schedule" in v and (reason := _schedule_fault(v["schedule"])):
        fault("schedule", reason)
    expires = v.get("expires", "30 days")
    return Rule(
        name=v.get("name", ""),
        on=v.get("on", ""),
        line=line,
        before="before" in v,
        offset=period(key) if key in v else Period(),
        usual=float(usual[1]) if usual else None,
        every=every,
        times=v.get("times"),
        when=when,
        channels=tuple(dict.fromkeys(v.get("channels", []))),
        message=v.get("message", ""),
        title=v.get("title"),
        expires=None if expires == "never" else _period(expires, lambda reason: fault("expires", reason)),
        priority=v.get("priority", "normal"),
        at_most=period("at_most") if "at_most" in v else None,
        hold=v.get("hold", True),
        weekend=v["weekend"],
        lost=v.get("lost", False),
        schedule=v.get("schedule"),
        group=v.get("group", False),
    )


def _period(text: str, fault: Callable[[str], None]) -> Period:
    try:
        return parse_period(text)
    except Refusal as refusal:
        fault(str(refusal))
        return _UNREADABLE


def _schedule_fault(text: str) -> str | None:
    from dateutil.rrule import rrulestr

    if not _SCHEDULE.fullmatch(text):
        return f"'{text[:60]}' is no schedule: such as FREQ=MONTHLY;BYMONTHDAY=1"
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return f"'{text}' needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY (RFC 5545, section 3.3.10)"
    if any(key in parts for key in ("DTSTART", "BYHOUR", "BYMINUTE", "BYSECOND")):
        return f"'{text}' may name days only, no times"
    if "COUNT" in parts and "UNTIL" in parts:
        return f"'{text}' may name COUNT or UNTIL, not both (RFC 5545, section 3.3.10)"
    for key in ("INTERVAL", "COUNT"):
        if not _COUNT.fullmatch(parts.get(key, "1")):
            return f"'{text}' needs {key} from 1 to 9999"
    endless = ";".join(f"{key}={value}" for key, value in parts.items() if key not in ("COUNT", "UNTIL"))
    try:
        for rule, start in ((endless, 9600), (text, 2000)):  # until 9999 it looks; 400 years have all that ever comes
            if next(iter(rrulestr(rule, dtstart=datetime(start, 1, 3), ignoretz=True)), None) is None:
                return f"'{text}' names no day that ever comes"
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        return f"'{text}' is no schedule: {error}"
    return None


def check_titles(rules: Rules, text: str, business: Mapping[str, str]) -> None:
    """Renders every title for an imagined contact who has everything. Raises `RulesFault` with every one that fails."""
    from followup.core.titles import title_of

    faults = []
    for rule in rules.rules:
        try:
            title_of(rule, _sample(rule, business))
        except Refusal as refusal:
            faults.append(Fault(line_of(text, rule, "title"), rule.name, "title", str(refusal)))
    if faults:
        raise RulesFault(faults, rules)


class _EveryName(dict[str, Any]):
    """Has a value under every name: which dates and handles people have is not for the rules to know."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __missing__(self, name: str) -> object:
        return self.value


def _sample(rule: Rule, business: Mapping[str, str]) -> Any:
    from followup.core.facts import Facts

    day = date(2026, 3, 2)
    dates = _EveryName(day)
    contact = Contact(id=1, name="Ada Example", added=day, emails=("ada@example.com",), phones=("1",), company="C",
                      address="A", birthday="1990-01-01", language="en", every="1 month", notes="N",
                      dates=dates, handles=_EveryName("ada"))  # fmt: skip
    sale = Sale(id=1, contact_id=1, title="T", completed=day, entered=day, amount=1, currency="EUR", category="c",
                service_every="1 year", lasts="1 year", warranty_until=day, ref="r", note="n", dates=dates)  # fmt: skip
    event = Event(id=1, contact_id=1, kind="feedback", on=day, entered=day, sale_id=1, due=day, rating=9, text="t",
                  of_id=1, of_name="Bo", code="X", value="1", closed_on=day, outcome="kept")  # fmt: skip
    if rule.group:
        contact = NOBODY
    history = History(contact=contact, sales=[sale], events=[event], reminders=[], closings=[], snoozes={})
    own = rule.on.removesuffix("-closed")
    of_sale = rule.on not in ("birthday", "anniversary", "silence", "calendar")
    return Facts(
        history,
        business,
        sale=sale if of_sale else None,
        event=event if own in (*INCOMING, "promise", "perk") else None,
        start=day,
        due=day,
    )
