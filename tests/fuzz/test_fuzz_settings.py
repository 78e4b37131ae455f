"""No rules, conditions, configuration or messages are more than read or refused; what is read, plans and drafts."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from fuzzing import HOSTILE, INPUTS, bounded, fuzzed, put_together, refused_or, spoilt
from hypothesis import strategies as st

from followup.core.condition import Condition, ConditionFault, parse_condition
from followup.core.config import Config, parse_config
from followup.core.facts import FIELDS, KINDS, Facts
from followup.core.model import Contact, Event, History, Reminder, Rules, Sale
from followup.core.period import Period, Workdays
from followup.core.planner import Planner
from followup.core.reasons import part_text
from followup.core.refusal import Refusal
from followup.core.rules import RulesFault, check_titles, parse_rules
from followup.core.sandbox import TemplateFault
from followup.core.why import explain, explain_rule
from followup.drafting.lookup import SHIPPED, Message
from followup.drafting.render import compose
from followup.store import parsed
from followup.store.book import playbook_text, playbooks
from followup.store.homes import default_config

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)
PLAIN = parse_config("")
NO_RULES = parse_rules("")

CONTACT = Contact(
    id=1, name="Zoë O'Neil", added=date(2024, 2, 29), emails=("zoe@example.com",), phones=("+49 30 1",), company="C",
    birthday="--02-29", handles={"whatsapp": "1"}, tags=("vip",), notes="{{ 7 * 7 }}", dates={"trial": date(2026, 12,
    1)},
    every="2 months",
)  # fmt: skip
SALE = Sale(
    id=1, contact_id=1, title="{{ sale }} %s", completed=date(2026, 11, 2), entered=date(2026, 11, 2), amount=120050,
    currency="EUR", category="web", warranty="2 years", warranty_until=date(2028, 11, 2), service_every="1 year",
    lasts="6 months", dates={"trial": date(2026, 11, 30)},
)  # fmt: skip
EVENTS = [
    Event(id=n, contact_id=1, kind=kind, on=date(2026, 11, 3), entered=date(2026, 11, 3), due=date(2026, 11, 30),
    rating=9)
    for n, kind in enumerate(("complaint", "call", "feedback", "promise", "perk", "referral"), 1)
]  # fmt: skip
RICH = History(
    contact=CONTACT,
    sales=[SALE],
    events=EVENTS,
    reminders=[Reminder(id=1, contact_id=1, day=date(2026, 12, 1), text="x", every="1 month")],
    closings=[],
    snoozes={},
)
BARE = History(
    contact=Contact(id=2, name="Bo", added=TODAY), sales=[], events=[], reminders=[], closings=[], snoozes={}
)

# Conditions

PLAYBOOKS = [playbook_text(name) for name in playbooks()]
BLOCKS = [block for text in PLAYBOOKS for block in text.split("[[rule]]")[1:]]
CONDITIONS = sorted(
    {line.partition('"')[2].rpartition('"')[0] for b in BLOCKS for line in b.splitlines() if line[:5] == "when "}
)  # fmt: skip
CONDITION_WORDS = [
    *(f"{root}.{field}" for root in FIELDS for field in FIELDS[root]), *(f"count('{kind}')" for kind in KINDS),
    "contact.dates", ".trial", "['trial']", "[0]", "[-1]", "[1:2]", "me.name", "tried", "contact", "sale", "and",
    "or", "not",
    "in", "is", "defined", "none", "==", "!=", "<", ">=", "+", "-", "*", "/", "//", "%", "**", "~", "(", ")", "[",
    "]", ",",
    "if", "else", "'x'", "0", "1.5", "10 ** 9", "1e308", "999999999999999", "|lower", "|int", "|float", "|round(9)",
    "|default('')", "|length", "|first", ".lower()", ".startswith('a')", ".get('a')", "divisibleby(0)", "open('case')",
    "happened('touch')", "true", "none", "\n", "{{", "%}", "|abs" * 40, "not " * 60, "(" * 50, "x" * 2001, "-" * 100,
]  # fmt: skip


def facts_of(history: History) -> Facts:
    """The facts that a condition sees of a sale."""
    sale, event = (history.sales or [None])[0], (history.events or [None])[0]  # type: ignore[list-item]
    return Facts(history, {"name": "N"}, rule="r", sale=sale, event=event, start=TODAY, due=TODAY, today=TODAY)


@pytest.mark.filterwarnings("ignore:invalid escape sequence")  # of Jinja's lexer, which Python tells nobody
@fuzzed(INPUTS["condition"], text=spoilt(CONDITIONS, CONDITION_WORDS, 6) | put_together(CONDITION_WORDS))
def test_a_condition_is_read_or_refused_and_always_has_a_value(text: str) -> None:
    condition = refused_or(ConditionFault, lambda: parse_condition(text))
    if isinstance(condition, Condition):
        for history in (RICH, BARE):
            facts = facts_of(history)
            with bounded():
                condition.holds(facts)
                assert all(part_text(part, facts)[1].strip() for part in condition.parts)


# Rules

KEYS = {
    "name": ['"x"', '""', '"A b"', '"' + "a" * 600 + '"'],
    "on": ['"sale"', '"silence"', '"birthday"', '"calendar"', '"service"', '"date:trial"', '"date:"', '"perk-closed"',
    '"x"'],
    "after": ['"0 days"', '"200 years"', '"5000 business days"', '"1.5 x usual"', '"99999999 x usual"',
    '"1e5 x usual"'],
    "before": ['"1 week"', '"200 years"', '"9 bd"'],
    "fallback": ['"6 months"', '"0 days"'],
    "every": ['"1 day"', '"0 days"', '"1 bd"', '"200 years"', '"1 month"'],
    "times": ["1", "9999", "0", "-1", "99999999999999999999", "1.5", "true", "1_0", "0x10"],
    "channels": ['["email"]', '["email", "email"]', "[]", '["pigeon"]', '"email"', "[1]", '[["email"]]'],
    "message": ['"thank-you"', '"../../x"', '""', '"nope"'],
    "title": ['"{{ contact.name }}"', '"{{ sale.titel }}"', '"{% for i in range(9) %}x{% endfor %}"',
    '"{{ 9 ** 9 }}"', '"\\u0000"', '"{{"'],
    "expires": ['"never"', '"0 days"', '"200 years"', '"x"'],
    "priority": ['"high"', '"urgent"', "1"],
    "at_most": ['"6 months"', '"0 days"', '"200 years"'],
    "hold": ["true", "false", '"no"'],
    "weekend": ['"keep"', '"previous"', '"next"', '"x"'],
    "lost": ["true", "false"],
    "schedule": [
        '"FREQ=MONTHLY;BYMONTHDAY=1"', '"FREQ=SECONDLY"', '"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"',
        '"FREQ=DAILY;COUNT=1"',
        '"FREQ=YEARLY;BYYEARDAY=366"', '"FREQ=WEEKLY;BYDAY=MO;UNTIL=19000101"', '"RRULE:FREQ=DAILY"',
        '"FREQ=HOURLY;BYHOUR=1"',
        '"FREQ=YEARLY;INTERVAL=9999"', '"DTSTART:20200101\\nRRULE:FREQ=DAILY"', '"FREQ=DAILY;BYSETPOS=366"',
        '"FREQ=MONTHLY;BYDAY=5SU"',
        '"FREQ=YEARLY;BYEASTER=0"', '"FREQ=DAILY;INTERVAL=0"', '"FREQ=YEARLY;BYWEEKNO=53"',
        '"FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=31"',
    ],
    "group": ["true", "false"],
    "when": ["\"sale.amount > 1\"", "\"open('case'\"", '"{{ 1 }}"', '"' + "not " * 400 + 'true"'],
    "daily": ["0", "-1", "999999999999999999999999", "1e3"],
    "min_gap": ['"3 days"', '"200 years"', "3"],
}  # fmt: skip
"""What may stand in a rules file by key, some of it wrong."""

TOML_WORDS = [
    "[[rule]]", "[settings]", "[rule]", "[", "]", "[[", "]]", "{", "}", "=", '"""', "'''", '"', "'", "#", "\n",
    "\\u0000", "\\",
    "a.b.c = 1", "= " * 3, "1979-05-27T07:32:00Z", "nan", "0o8", "9" * 5000, "[" * 2000, "{a=" * 300,
    "a." * 500 + "a = 1",
    *(f"{key} = {value}\n" for key in ("on", "schedule", "every", "times", "name") for value in KEYS[key]),
]  # fmt: skip

one_value = st.sampled_from(sorted(KEYS)).flatmap(
    lambda key: st.tuples(st.just(key), st.sampled_from([*KEYS[key], *KEYS[key], *map(json.dumps, HOSTILE)]))
)


def with_values(blocks: list[str], settings: list[tuple[str, str]], given: list[tuple[str, str]]) -> str:
    """A rules file of these blocks, in the first of which these values stand in the place of what stood there."""
    said = dict(given)
    kept = [line for line in blocks[0].splitlines() if line.partition("=")[0].strip() not in said]
    first = "\n".join([*kept, *(f"{key} = {value}" for key, value in said.items())])
    lines = [f"{key} = {value}" for key, value in dict(settings).items()]
    return "[settings]\n" + "\n".join(lines) + "".join(f"\n[[rule]]{block}\n" for block in [first, *blocks[1:]])


setting = st.sampled_from(["weekend", "daily", "min_gap"]).flatmap(
    lambda key: st.tuples(st.just(key), st.sampled_from(KEYS[key]))
)
rules_files = st.builds(
    with_values,
    st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=3),
    st.lists(setting, max_size=2),
    st.lists(one_value, max_size=4),
)


def plans(rules: Rules, text: str) -> None:
    """Fails where rules that were read cannot plan, or where the plan cannot be told."""
    refused_or(RulesFault, lambda: check_titles(rules, text, {}))
    for today in (TODAY, date(2199, 12, 30)):
        planner = Planner(rules, {"name": "N"}, Workdays(), today)
        for history in (RICH, BARE):
            with bounded():
                plan = planner.plan(history)
            for followup in plan.open[:3]:
                with bounded():
                    assert explain(planner, history, followup.key, "due").steps
            with bounded():
                list(planner.coming(history, plan, date(2027, 3, 1)))
                for rule in rules.rules:
                    if not rule.group:
                        explain_rule(planner, history, rule)
        for rule in rules.rules:
            if rule.group:
                with bounded():
                    planner.plan_group(rule, [], {}, date.min)


def read_and_planned(text: str) -> None:
    """Fails where a rules file is not read, or refused with faults that name their place, or cannot plan."""
    with bounded():
        try:
            rules = parse_rules(text)
        except RulesFault as fault:
            lines = text.count("\n") + 1
            assert fault.faults and all(1 <= one.line <= lines and one.reason for one in fault.faults)
            rules = fault.rules
    kept = parsed.load(parsed.dump(rules, PLAIN))
    assert kept and repr(kept.rules) == repr(rules)
    plans(kept.rules, text)


@fuzzed(INPUTS["rules"], text=rules_files)
def test_rules_are_read_or_refused_and_what_is_read_plans(text: str) -> None:
    read_and_planned(text)


@fuzzed(
    INPUTS["toml"],
    text=spoilt([f"[settings]\ndaily = 5\n[[rule]]{block}" for block in BLOCKS], TOML_WORDS, 5)
    | put_together(TOML_WORDS),
)
def test_any_text_of_rules_is_read_or_refused(text: str) -> None:
    read_and_planned(text)


# Configuration

CONFIGS = [
    default_config({}),
    default_config({"name": "Lumen & Ink", "country": "DE", "currency": "chf", "language": "de"}),
]
CONFIG_WORDS = [
    *TOML_WORDS[:30], "[business]\n", "[schedule]\n", "[mail]\n", "[caldav]\n", "[x]\n", 'currency = "XXQ"\n',
    "name = 1\n",
    'country = "QQ"\n', 'region = "BY"\n', "workdays = []\n", "workdays = [1]\n", 'workdays = ["mon", "mon"]\n',
    "away = [[]]\n",
    'away = [["2026-12-23", "2027-01-02", "x"]]\n', 'away = [["0001-01-01", "9999-12-31"]]\n',
    "away = [[2026-12-23, 2027-01-02]]\n",
    'remind_at = "24:00"\n', 'remind_at = "٠٩:٠٠"\n', 'url = "http://x"\n', 'own = "x"\n', "own = {a = 1}\n",
    "[[business]]\n",
    '"" = 1\n', "business = 1\n", "a.b = 1\n", "own = " + "[" * 2000 + "\n", "n = " + "9" * 5000 + "\n",
]  # fmt: skip


@fuzzed(INPUTS["config"], text=spoilt(CONFIGS, CONFIG_WORDS, 5) | put_together(CONFIG_WORDS))
def test_a_configuration_is_read_or_refused(text: str) -> None:
    config = refused_or(Refusal, lambda: parse_config(text))
    if isinstance(config, Config):
        assert config.weekdays and config.currency
        kept = parsed.load(parsed.dump(NO_RULES, config))
        assert kept and repr(kept.config) == repr(config)
        with bounded():
            Workdays(config.weekdays, away=config.away).add(TODAY, Period(business=1000))


# Messages

MESSAGES = [path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.email*.j2")) if len(path.name) % 3 == 0]
MESSAGE_WORDS = [
    "Subject: ", "\n\n", "{{ ", " }}", "{% ", " %}", "{# ", " #}", "{{ contact.first_name }}",
    "{{ sale.amount|money }}",
    "{{ due|day }}", "{{ me.name }}", "{{ event.text }}", "{{ sale.titel }}", "{{ contact }}", "{{ me }}",
    "{{ usual }}",
    "{% if sale %}", "{% else %}", "{% endif %}", "{% for t in contact.tags %}", "{% for a in 'x' * 99999 %}",
    "{% endfor %}",
    "{% set a = 1 %}", "{% set a = a + a %}", "{% macro f() %}", "{% include 'x' %}", "{% raw %}", "{% endraw %}",
    "loop.index",
    "|join(',')", "|upper", "|replace('a', 'bb')", "|map('upper')", "|sum", "|sort", "|truncate(5)", "|round",
    "|attr('x')",
    "|format(1)", ".__class__", "['__init__']", "()", "(1, 2)", " * 10 ** 12", " ** 99", " % 0", " // 0", " ~ ",
    "[::0]", "|day",
    "|money", "|first", "|default(sale.x)", "is defined", "if", "not", "'", "{{ 'a' * 1000000 }}",
    "{{ [1] * 99999999 }}",
]  # fmt: skip


@pytest.fixture(scope="module")
def message(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a message."""
    return tmp_path_factory.mktemp("messages") / "m.email.j2"


@fuzzed(
    INPUTS["message"], source=spoilt(MESSAGES, MESSAGE_WORDS, 5) | put_together(["Subject: x\n\n", *MESSAGE_WORDS], 12)
)
def test_a_message_becomes_text_or_is_refused(message: Path, source: str) -> None:
    message.write_text(source.encode("utf-8", "replace").decode(), encoding="utf-8", newline="")
    for history in (RICH, BARE):
        views = facts_of(history).views()
        drafted: Any = refused_or(
            TemplateFault, lambda views=views: compose(Message("m", "email", None, message, True), views, "de")
        )
        if drafted:
            subject, body = drafted
            assert subject and "\n" not in subject and len(body) < 100_000
            assert "\x1f" not in subject + body  # what holds the lines of values together
