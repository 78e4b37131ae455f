"""The rules file: what it may say, and every fault in it at once, each with line, rule and key."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.core.period import Period
from followup.core.rules import Fault, RulesFault, check_titles, parse_rules
from followup.store.book import TEMPLATES

PLAYBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in (TEMPLATES / "playbooks").glob("*.toml")}

GOOD = """\
[[rule]]
name = "thanks"
on = "sale"
channels = ["email"]
message = "thank-you"
"""


def faults(text: str) -> list[Fault]:
    with pytest.raises(RulesFault) as raised:
        parse_rules(text)
    return raised.value.faults


def of_rule(**values: str) -> str:
    """A rules file with the good rule, these keys added or put in the place of its own; '' leaves one out."""
    keys = {"name": '"thanks"', "on": '"sale"', "channels": '["email"]', "message": '"thank-you"', **values}
    return "[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def test_what_is_left_out_has_its_default() -> None:
    rules = parse_rules(GOOD)
    (rule,) = rules.rules
    assert (rule.offset, rule.before, rule.every, rule.times, rule.when) == (Period(), False, None, None, None)
    assert (rule.expires, rule.priority, rule.at_most, rule.hold) == (Period(days=30), "normal", None, True)
    assert (rule.weekend, rule.lost, rule.group, rule.title, rule.line) == ("next", False, False, None, 1)
    assert (rules.settings.weekend, rules.settings.daily, rules.settings.min_gap) == ("next", 0, Period(days=3))


def test_a_rule_takes_its_weekend_from_the_settings_unless_it_has_its_own() -> None:
    text = '[settings]\nweekend = "previous"\n' + GOOD + of_rule(name='"other"', weekend='"keep"')
    assert [rule.weekend for rule in parse_rules(text).rules] == ["previous", "keep"]


def test_usual_is_a_factor_with_a_fallback() -> None:
    (rule,) = parse_rules(of_rule(on='"silence"', after='"1.5 x usual"', fallback='"6 months"')).rules
    assert (rule.usual, rule.offset) == (1.5, Period(months=6))


def test_an_empty_file_has_no_rules_and_never_expires_is_none() -> None:
    assert parse_rules("").rules == ()
    assert parse_rules(of_rule(expires='"never"')).rules[0].expires is None


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS))
def test_every_playbook_that_ships_is_free_of_faults(playbook: str) -> None:
    text = PLAYBOOKS[playbook]
    check_titles(parse_rules(text), text, {})


def test_five_different_faults_are_told_at_once_with_line_rule_and_key() -> None:
    text = """\
[settings]
dayly = 5

[[rule]]
name     = "one"
on       = "sail"
channels = ["email"]
message  = "x"

# a comment
[[rule]]
name     = "two"
on       = "sale"
channels = ["fax"]
message  = "x"
when     = "sale.ammount > 3"

[[rule]]
on       = "sale"
after    = "soon"
channels = ["email"]
message  = "x"
"""
    found = faults(text)
    assert [(f.line, f.rule, f.key) for f in found] == [
        (2, "", "dayly"),
        (6, "one", "on"),
        (14, "two", "channels"),
        (16, "two", "when"),
        (18, "#3", "name"),
        (20, "#3", "after"),
    ]
    with pytest.raises(
        RulesFault, match=r"rules\.toml, line 2, key 'dayly': .*\(and 5 more: see followup rules check\)"
    ):
        parse_rules(text)


@pytest.mark.parametrize(
    ("values", "key", "said"),
    [
        ({"name": ""}, "name", "is missing"),
        ({"name": '"Thank you"'}, "name", "lower-case words and dashes"),
        ({"name": '""'}, "name", "lower-case words and dashes"),
        ({"name": "3"}, "name", "expected `str`"),
        ({"on": ""}, "on", "is missing"),
        ({"on": '"sael"'}, "on", "did you mean 'sale'?"),
        ({"on": '"complaint-close"'}, "on", "did you mean 'complaint-closed'?"),
        ({"on": '"feedback-closed"'}, "on", "starts nothing"),
        ({"on": '"date:"'}, "on", "starts nothing"),
        ({"on": '["sale"]'}, "on", "expected `str`"),
        ({"after": '"1 fortnight"'}, "after", "is not a period"),
        ({"after": '""'}, "after", "the period is empty"),
        ({"after": '"300 years"'}, "after", "is too long"),
        ({"after": "3"}, "after", "expected `str`"),
        ({"after": '"1 day"', "before": '"1 day"'}, "before", "beside 'after'"),
        ({"before": '"-1 day"'}, "before", "is not a period"),
        ({"after": '"1.5 x usual"'}, "after", 'goes with on = "silence" only'),
        ({"on": '"silence"', "after": '"2 x usual"'}, "fallback", "is missing"),
        ({"on": '"silence"', "after": '"0 x usual"', "fallback": '"1y"'}, "after", "factor above 0"),
        ({"on": '"silence"', "after": '"101 x usual"', "fallback": '"1y"'}, "after", "up to 100"),
        ({"on": '"silence"', "fallback": '"1y"'}, "fallback", "goes with after"),
        ({"every": '"often"'}, "every", "is not a period"),
        ({"every": '"0 days"'}, "every", "longer than nothing"),
        ({"on": '"birthday"', "every": '"1 year"'}, "every", "comes again by itself"),
        ({"on": '"silence"', "every": '"1 year"'}, "every", "comes again by itself"),
        ({"times": "3"}, "times", "goes with 'every' only"),
        ({"every": '"1 week"', "times": "0"}, "times", "1 or more"),
        ({"every": '"1 week"', "times": "true"}, "times", "expected `int`"),
        ({"when": '"sale.amount >"'}, "when", "cannot be read"),
        ({"when": '"contact.birthdate"'}, "when", "did you mean 'birthday'?"),
        ({"when": "\"open('claims')\""}, "when", "did you mean 'claim'?"),
        ({"channels": ""}, "channels", "is missing"),
        ({"channels": "[]"}, "channels", "names no channel"),
        ({"channels": '["emial"]'}, "channels", "did you mean 'email'?"),
        ({"channels": '"email"'}, "channels", "expected `array`"),
        ({"message": ""}, "message", "is missing"),
        ({"message": '"../x"'}, "message", "lower-case words and dashes"),
        ({"title": "3"}, "title", "expected `str`"),
        ({"expires": '"soon"'}, "expires", "is not a period"),
        ({"priority": '"urgent"'}, "priority", "does not fit"),
        ({"at_most": '"once"'}, "at_most", "is not a period"),
        ({"hold": '"no"'}, "hold", "expected `bool`"),
        ({"weekend": '"skip"'}, "weekend", "does not fit"),
        ({"lost": "1"}, "lost", "expected `bool`"),
        ({"group": "true"}, "group", 'goes with on = "calendar" only'),
        ({"schedule": '"FREQ=DAILY"'}, "schedule", 'goes with on = "calendar" only'),
        ({"on": '"calendar"'}, "schedule", "is missing"),
        ({"chanels": '["email"]'}, "chanels", "did you mean 'channels'?"),
        ({"xyz": "1"}, "xyz", "is not known"),
    ],
)
def test_a_bad_value_is_told_with_its_key(values: dict[str, str], key: str, said: str) -> None:
    text = of_rule(**values)
    found = faults(text)
    assert [f.key for f in found] == [key]
    assert said in found[0].reason
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith(f"{key} =")]
    assert found[0].line == (lines or [1])[0]


@pytest.mark.parametrize(
    ("settings", "key", "said"),
    [
        ('weekend = "after"', "weekend", "does not fit"),
        ("daily = -1", "daily", "0 (no limit) or more"),
        ('daily = "5"', "daily", "expected `int`"),
        ('min_gap = "a while"', "min_gap", "is not a period"),
        ('min_gapp = "3 days"', "min_gapp", "did you mean 'min_gap'?"),
    ],
)
def test_a_bad_setting_is_told_with_its_key(settings: str, key: str, said: str) -> None:
    (fault,) = faults(f"# rules\n[settings]\n{settings}\n{GOOD}")
    assert (fault.line, fault.rule, fault.key) == (3, "", key)
    assert said in fault.reason


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("monthly", "is no schedule"),
        ("", "is no schedule"),
        ("FREQ=HOURLY", "needs FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("BYMONTHDAY=1", "needs FREQ"),
        ("FREQ=MONTHLY;BYHOUR=9", "no times"),
        ("FREQ=MONTHLY;DTSTART=20260101", "no times"),
        ("FREQ=MONTHLY;BYDAY=XX", "is no schedule"),
        ("FREQ=MONTHLY;FOO=1", "is no schedule"),
        ("FREQ=DAILY;INTERVAL=0", "needs INTERVAL from 1"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "needs INTERVAL from 1"),
        ("FREQ=DAILY;COUNT=-1", "needs COUNT from 1"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20300101", "COUNT or UNTIL, not both"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "names no day that ever comes"),
        ("FREQ=YEARLY;BYEASTER=1000", "is no schedule"),
        ("FREQ=DAILY\\nRDATE:20260101", "is no schedule"),
    ],
)
def test_a_schedule_that_is_none_is_told(schedule: str, said: str) -> None:
    (fault,) = faults(of_rule(on='"calendar"', schedule=f'"{schedule}"'))
    assert (fault.line, fault.key) == (6, "schedule")
    assert said in fault.reason


@pytest.mark.parametrize(
    "schedule",
    ["FREQ=MONTHLY;BYMONTHDAY=1", "freq=weekly;byday=mo,we", "FREQ=MONTHLY;BYDAY=-1FR",
     "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"],
)  # fmt: skip
def test_a_schedule_of_days_is_taken(schedule: str) -> None:
    assert parse_rules(of_rule(on='"calendar"', schedule=f'"{schedule}"')).rules[0].schedule == schedule


def test_a_name_that_is_taken_is_told_at_the_second_rule() -> None:
    (fault,) = faults(GOOD + GOOD)
    assert (fault.line, fault.key, fault.reason) == (7, "name", "'thanks' is taken by an earlier rule")


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("[[rule]]\nname = a\n", 2, ""),
        ("x = 1\n" + GOOD, 1, "x"),
        (GOOD + "[setings]\ndaily = 1\n", 6, "setings"),
        ("[rule]\nname = 'a'\n", 1, "rule"),
        ("rule = 3\n", 1, "rule"),
        ("# one\nsettings = 3\n", 1, "settings"),
        ("[settings]\n[settings]\n", 2, ""),
        ("a = " + "[" * 100_000, 1, ""),
        ("[settings]\ndaily = " + "9" * 5000, 2, ""),
    ],
    ids=range(9),
)
def test_what_is_wrong_with_the_file_as_a_whole_is_told(text: str, line: int, key: str) -> None:
    (fault,) = faults(text)
    assert (fault.line, fault.key) == (line, key)


def test_the_rules_without_a_fault_are_handed_over_beside_the_faults() -> None:
    with pytest.raises(RulesFault) as raised:
        parse_rules(GOOD + of_rule(name='"bad"', on='"never"'))
    assert [rule.name for rule in raised.value.rules.rules] == ["thanks"]


def test_a_title_is_tried_and_every_faulty_one_told_with_its_line() -> None:
    text = (
        of_rule(name='"one"', title='"{{ contact.nme }}"')
        + of_rule(name='"two"', title='"{{ contact.name }} {{ sale.title }}"')
        + of_rule(name='"three"', title='"{% for x in %}"')
    )
    with pytest.raises(RulesFault) as raised:
        check_titles(parse_rules(text), text, {})
    assert [(f.line, f.rule, f.key) for f in raised.value.faults] == [(6, "one", "title"), (18, "three", "title")]


@pytest.mark.parametrize(
    "title",
    [
        "{{ me.name }} {{ me.slogan }}",
        "{{ sale.dates.domain_until }} {{ contact.dates['launch'] }}",
        "{{ contact.handles.whatsapp }} {{ contact.handles.get('x') }}",
    ],
)
def test_a_title_may_name_what_the_business_says_and_any_date_or_handle(title: str) -> None:
    text = of_rule(name='"one"', title=f'"{title}"')
    check_titles(parse_rules(text), text, {"name": "S", "slogan": "We draw"})


def test_a_title_that_names_what_the_business_does_not_say_is_a_fault() -> None:
    text = of_rule(name='"one"', title='"{{ me.slogn }}"')
    with pytest.raises(RulesFault, match="there is no 'slogn' in it"):
        check_titles(parse_rules(text), text, {"slogan": "We draw"})


_VALUES = st.one_of(
    st.sampled_from(['"1 day"', '"sale"', '"silence"', '"calendar"', '"never"', '["email"]', '"1.5 x usual"']),
    st.sampled_from(["0", "-1", "3.5", "true", "[]", "{}", "{a = 1}", "[[1]]", "2026-11-22", "07:30:00", '""', "nan"]),
    st.sampled_from(['"FREQ=DAILY"', '"FREQ=MONTHLY;BYDAY=5MO"', '"FREQ=YEARLY;COUNT=2;UNTIL=20300101"', '"open(1)"']),
    st.text(alphabet=st.characters(exclude_characters="'", exclude_categories=("Cs", "Cc"))).map(lambda t: f"'{t}'"),
)  # fmt: skip
_KEYS = st.sampled_from(
    ["name", "on", "after", "before", "fallback", "every", "times", "when", "channels", "message", "title", "expires",
     "priority", "at_most", "hold", "weekend", "lost", "schedule", "group", "daily", "min_gap", "settings", "rule", "x"]
)  # fmt: skip
_TABLES = st.tuples(
    st.sampled_from(["[[rule]]", "[[rule]]", "[settings]", "[rule]", "[[settings]]", "[rule.x]", ""]),
    st.dictionaries(_KEYS, _VALUES, max_size=10),
)


@settings(deadline=None)
@given(st.lists(_TABLES, max_size=3))
def test_any_tables_are_read_or_told_with_their_faults(tables: list[tuple[str, dict[str, str]]]) -> None:
    text = "\n".join(
        f"{head}\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for head, keys in tables
    )
    try:
        check_titles(parse_rules(text), text, {})
    except RulesFault as fault:
        assert fault.faults
        assert all(1 <= f.line <= text.count("\n") + 1 and f.reason for f in fault.faults)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_told_with_its_faults(text: str) -> None:
    try:
        parse_rules(text)
    except RulesFault as fault:
        assert fault.faults


def test_a_large_file_is_read_within_a_second() -> None:
    text = "".join(of_rule(name=f'"r{n}"', title='"{{ contact.name }}"', when='"sale.number > 1"') for n in range(300))
    started = time.perf_counter()
    assert len(parse_rules(text + "# " + "x" * 10**6).rules) == 300
    assert time.perf_counter() - started < 1
