"""Why a follow-up is there, or why there is none: what is said, and that it always agrees with the plan."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from followup.core.config import parse_config
from followup.core.model import Closing, Contact, Event, History, Key, Reminder, Sale
from followup.core.period import Workdays
from followup.core.planner import Planner, group_history
from followup.core.reasons import span
from followup.core.rules import parse_rules
from followup.core.why import Explanation, explain, explain_rule
from followup.store.book import TEMPLATES

TODAY = date(2026, 11, 20)
"""A Friday."""

ANNA = Contact(id=1, name="Anna Bell", added=date(2024, 1, 10), emails=("anna@example.com",), birthday="--02-29")
LOGO = Sale(
    id=7,
    contact_id=1,
    title="Logo",
    completed=TODAY,
    entered=TODAY,
    amount=8000,
    currency="EUR",
    warranty="1 month",
    warranty_until=date(2026, 12, 20),
    service_every="6 months",
    lasts="3 months",
    dates={"refund": date(2026, 12, 4)},
)


def history(*sales: Sale, contact: Contact = ANNA, **more: Any) -> History:
    facts: dict[str, Any] = {"events": [], "reminders": [], "closings": [], "snoozes": {}, **more}
    return History(contact=contact, sales=list(sales), **facts)


def planner(rule: str, today: date = TODAY, days: Workdays | None = None, settings: str = "") -> Planner:
    """A planner whose only rule is called `r`; what the rule does not say is by e-mail on a sale."""
    keys = dict(line.split(" = ", 1) for line in rule.strip().splitlines())
    keys = {"name": '"r"', "on": '"sale"', "channels": '["email"]', "message": '"m"', **keys}
    text = f"[settings]\n{settings}\n[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
    return Planner(parse_rules(text), parse_config("").business, days or Workdays(), today)


def why(of: Planner, known: History, state: str = "upcoming", key: Key | None = None) -> Explanation:
    if key is None:
        (followup,) = of.plan(known).open
        key = followup.key
    return explain(of, known, key, state)


def told(explanation: Explanation, step: str) -> list[str]:
    return [s.text for s in explanation.steps if s.step == step]


def answers(of: Planner, known: History) -> list[tuple[str, str]]:
    return [(s.step, s.text) for s in explain_rule(of, known, of.rules.rules[0])[1:]]


def closing(key: Key, day: date, on: date, how: Any = "done") -> Closing:
    return Closing(key=key, how=how, start=LOGO.completed, day=day, closed_on=on, priority="normal")


def test_the_steps_come_in_the_order_in_which_the_planner_takes_them() -> None:
    of = planner('after = "1 business day"\nwhen = "sale.number == 1 and not open(\'trouble\')"\nexpires = "14 days"')
    explanation = why(of, history(LOGO))
    assert [(s.step, s.text) for s in explanation.steps] == [
        ("rule", "r (rules.toml, line 3): 1 business day after a sale"),
        ("sale", "sale 7 ('Logo') was completed on 2026-11-20"),
        ("date", "2026-11-20 (Fri) + 1 business day = 2026-11-23 (Mon)"),
        ("condition", "sale.number == 1: sale.number is 1 → true"),
        ("condition", "not open('trouble'): open('trouble') is false → true"),
        ("channel", "email: the rule's first that reaches Anna Bell"),
        ("hold", "nothing holds it"),
        ("expiry", "2026-11-23 (Mon) + 2 weeks = 2026-12-07 (Mon) is its last day in the list"),
        ("upcoming", "it comes up on 2026-11-23 (Mon)"),
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "on the day of a sale"),
        ('after = "2 weeks"\nevery = "1 month"\ntimes = 3',
         "2 weeks after a sale, then every 1 month, 3 times at most"),
        ('on = "complaint"', "on the day of a complaint"),
        ('on = "claim-closed"\nafter = "1 day"', "1 day after the closing of a claim"),
        ('on = "date:refund"\nbefore = "3 days"', "3 days before the date 'refund'"),
        ('on = "calendar"\nschedule = "FREQ=MONTHLY"', "on each day of FREQ=MONTHLY"),
        ('on = "silence"\nafter = "2 x usual"\nfallback = "6 months"',
         "2 x usual after (while there is no usual, 6 months after) the last sale or touch"),
    ],
)  # fmt: skip
def test_a_rule_is_told_by_what_it_says(rule: str, said: str) -> None:
    of = planner(rule)
    assert explain_rule(of, history(), of.rules.rules[0])[0].text == f"r (rules.toml, line 3): {said}"


FIRST_OF_MAY = Workdays(holidays=lambda year: frozenset({date(year, 5, 1)}))


@pytest.mark.parametrize(
    ("rule", "sale", "days", "said"),
    [
        ('after = "1 month"', {"completed": date(2027, 1, 31)}, Workdays(),
         ["2027-01-31 (Sun) + 1 month = 2027-02-28 (Sun), clipped to the month's end",
         "2027-02-28 is a Sunday: it moves to the next business day, 2027-03-01 (Mon)"]),
        ('after = "1 day"', {}, Workdays(), ["2026-11-20 (Fri) + 1 day = 2026-11-21 (Sat)",
         "2026-11-21 is a Saturday: it moves to the next business day, 2026-11-23 (Mon)"]),
        ('after = "1 day"\nweekend = "previous"', {}, Workdays(), ["2026-11-20 (Fri) + 1 day = 2026-11-21 (Sat)",
         "2026-11-21 is a Saturday: it moves to the business day before, 2026-11-20 (Fri)"]),
        ('after = "1 day"\nweekend = "keep"', {}, Workdays(), ["2026-11-20 (Fri) + 1 day = 2026-11-21 (Sat)"]),
        ("", {}, Workdays(), ["2026-11-20 (Fri), the day itself"]),
        ('after = "1 day"', {"completed": date(2026, 4, 30)}, FIRST_OF_MAY,
         ["2026-04-30 (Thu) + 1 day = 2026-05-01 (Fri)",
         "2026-05-01 is a public holiday: it moves to the next business day, 2026-05-04 (Mon)"]),
        ('on = "warranty-end"\nbefore = "1 week"', {}, Workdays(), ["2026-12-20 (Sun) - 1 week = 2026-12-13 (Sun)",
         "2026-12-13 is a Sunday: it moves to the business day before, as it must come before, 2026-12-11 (Fri)"]),
        ('after = "1 week"', {}, Workdays(away=((date(2026, 11, 25), date(2026, 11, 28)),)),
         ["2026-11-20 (Fri) + 1 week = 2026-11-27 (Fri)",
         "you are away from 2026-11-25 to 2026-11-28: it moves to the first business day after, 2026-11-30 (Mon)"]),
        ('on = "date:refund"\nbefore = "3 days"', {}, Workdays(away=((date(2026, 12, 1), date(2026, 12, 3)),)),
         ["2026-12-04 (Fri) - 3 days = 2026-12-01 (Tue)",
         "you are away from 2026-12-01 to 2026-12-03: it moves to the last business day before, 2026-11-30 (Mon)"]),
    ],
)  # fmt: skip
def test_the_day_is_worked_out_step_by_step(rule: str, sale: dict[str, Any], days: Workdays, said: list[str]) -> None:
    sold = replace(LOGO, **sale)
    sold = replace(sold, entered=min(TODAY, sold.completed))
    explanation = why(planner(rule, today=min(TODAY, sold.completed), days=days), history(sold))
    assert [s.text for s in explanation.steps if s.step in ("date", "weekend", "away")] == said


@pytest.mark.parametrize(
    ("rule", "step", "said"),
    [
        ('on = "warranty-end"', "sale",
         "the warranty on sale 7 ('Logo'), completed on 2026-11-20 + 1 month, ends on 2026-12-20"),
        ('on = "service"', "sale",
         "sale 7 ('Logo'), completed on 2026-11-20, has a service every 6 months: service 1 is on 2027-05-20"),
        ('on = "runs-out"', "sale",
         "sale 7 ('Logo'), completed on 2026-11-20, lasts 3 months: it runs out on 2027-02-20"),
        ('on = "date:refund"', "sale", "the date 'refund' kept on sale 7 ('Logo') is 2026-12-04"),
        ('on = "birthday"', "birthday",
         "Anna Bell's birthday is 02-29, kept on 28 February where there is no 29th: in 2027 it is 2027-02-28"),
        ('on = "anniversary"', "anniversary",
         "Anna Bell's first sale was sale 7 ('Logo') on 2026-11-20: again on 2027-11-20"),
        ('on = "silence"\nafter = "6 weeks"', "silence",
         "Anna Bell and you were last in touch on 2026-11-20: sale 7 ('Logo')"),
        ('on = "calendar"\nschedule = "FREQ=MONTHLY;BYMONTHDAY=1"', "calendar",
         "the schedule FREQ=MONTHLY;BYMONTHDAY=1 falls on 2026-11-01"),
    ],
)  # fmt: skip
def test_what_started_it_is_told(rule: str, step: str, said: str) -> None:
    assert told(why(planner(rule), history(LOGO)), step) == [said]


@pytest.mark.parametrize(
    ("on", "event", "said"),
    [
        ("complaint", {"text": "too late"}, "complaint 3 ('too late') came in on 2026-11-19"),
        ("feedback", {"rating": 9}, "feedback 3 came in on 2026-11-19, rating 9"),
        ("promise", {"due": date(2026, 12, 1)}, "promise 3 of 2026-11-19 is due on 2026-12-01"),
        ("perk", {"due": date(2026, 12, 1)}, "perk 3 of 2026-11-19 ends on 2026-12-01"),
        ("claim-closed", {"closed_on": TODAY, "outcome": "refunded"},
         "claim 3 of 2026-11-19 was closed on 2026-11-20: refunded"),
    ],
)  # fmt: skip
def test_an_event_that_started_it_is_told(on: str, event: dict[str, Any], said: str) -> None:
    kind = on.removesuffix("-closed")
    happened = Event(id=3, contact_id=1, kind=kind, on=date(2026, 11, 19), entered=TODAY, **event)
    assert told(why(planner(f'on = "{on}"'), history(events=[happened])), "event") == [said]


def test_an_occurrence_of_a_repeating_rule_is_counted_from_the_start() -> None:
    of = planner('after = "1 week"\nevery = "1 month"', today=date(2027, 1, 20))
    known = history(LOGO, closings=[closing(Key("r", "sale:7", "1"), date(2026, 12, 28), date(2026, 12, 28))])
    assert told(why(of, known), "date") == ["2026-11-20 (Fri) + 1 week + 2 x 1 month = 2027-01-27 (Wed)"]


def test_a_rhythm_is_told_in_weeks_with_how_long_it_has_been() -> None:
    days = [date(2026, 3, 2) + timedelta(days=42 * n) for n in range(4)]
    sales = [replace(LOGO, id=n, completed=day, entered=day) for n, day in enumerate(days)]
    of = planner('on = "silence"\nafter = "1.5 x usual"\nfallback = "6 months"', today=date(2026, 9, 24))
    assert told(why(of, history(*sales)), "date") == [
        "2026-07-06 (Mon) + 9 weeks = 2026-09-07 (Mon) (1.5 x usual, rounded up: usually every 6 weeks; it has been 11)"
    ]
    assert told(why(of, history(sales[3])), "date") == [
        "2026-07-06 (Mon) + 6 months = 2027-01-06 (Wed) (the fallback: there is no usual before the third purchase day)"
    ]
    own = replace(ANNA, every="3 months")
    assert told(why(of, history(sales[3], contact=own)), "date")[0].endswith("(Anna Bell's own rhythm)")


@pytest.mark.parametrize(
    ("days", "text"),
    [(42, "6 weeks"), (10, "10 days"), (61, "2 months"), (91, "3 months"), (92, "3 months"), (365, "1 year")],
)  # fmt: skip
def test_a_span_is_told_in_the_largest_unit_in_which_it_is_even(days: float, text: str) -> None:
    assert span(days) == text


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("sale.amount < 100", "sale.amount < 100: sale.amount is 80.00 → true"),
        ("not sale.ref > 3",
         "not sale.ref > 3: sale.ref is absent, and a comparison with an absent value is false → true"),
        ("sale.ref is none", "sale.ref is none: sale.ref is absent → true"),
        ("sale.ref == none", "sale.ref == none: sale.ref is absent → true"),
        ("sale.category == 'x' or sale.latest",
         "sale.category == 'x' or sale.latest: sale.category is absent, sale.latest is true, "
         "and a comparison with an absent value is false → true"),
        ("happened('complaint')", "happened('complaint'): happened('complaint') is true (complaint 3) → true"),
        ("count('touch') == 1 and true", "count('touch') == 1: count('touch') is 1 → true"),
        ("'vip' not in contact.tags", "'vip' not in contact.tags: contact.tags is empty → true"),
        ("tried < 2", "tried < 2: tried is 0 → true"),
        ("1 < 2", "1 < 2: true"),
    ],
)  # fmt: skip
def test_each_part_of_a_condition_is_told_with_the_values_that_it_read(when: str, said: str) -> None:
    complaint = Event(id=3, contact_id=1, kind="complaint", on=TODAY, entered=TODAY)
    assert told(why(planner(f'when = "{when}"'), history(LOGO, events=[complaint])), "condition")[0] == said


@pytest.mark.parametrize(
    ("channels", "contact", "said"),
    [
        ('["email", "phone"]', {}, "email: the rule's first that reaches Anna Bell"),
        ('["phone", "post", "email"]', {},
         "email: the rule's first that reaches Anna Bell (phone: no phone number; post: no postal address)"),
        ('["phone", "email"]', {"phones": ("1",), "prefers": "email"},
         "email: Anna Bell prefers it, and the rule has it"),
        ('["email"]', {"prefers": "chat"},
         "email: the rule's first that reaches Anna Bell (chat, which Anna Bell prefers, is none of the rule's)"),
        ('["phone", "email"]', {"phones": ("1",), "opted_out": ("phone",)},
         "email: the rule's first that reaches Anna Bell (phone: opted out)"),
        ('["phone"]', {},
         "none yet (phone: no phone number): it is listed all the same, so that you can add what is missing"),
    ],
)  # fmt: skip
def test_the_channel_is_told_with_why_it_is_no_other(channels: str, contact: dict[str, Any], said: str) -> None:
    assert told(why(planner(f"channels = {channels}"), history(LOGO, contact=replace(ANNA, **contact))), "channel") == [
        said
    ]


def test_a_hold_names_who_stands_before_it() -> None:
    of = planner('title = "Thank you"')
    known = history(LOGO, replace(LOGO, id=8))
    first, second = sorted(of.plan(known).open, key=lambda f: f.key.started_by)
    assert told(why(of, known, "held", second.key), "hold") == [
        "held: 'Thank you' stands before it for Anna Bell: normal priority, due 2026-11-20 (Fri)"
    ]
    assert told(why(of, known, "due", first.key), "hold") == ["nothing holds it"]


def test_a_hold_tells_when_the_person_was_reached_and_until_when_that_counts() -> None:
    call = Event(id=3, contact_id=1, kind="call", on=date(2026, 11, 18), entered=TODAY, reached=True)
    of = planner('expires = "1 day"', settings='min_gap = "1 week"')
    explanation = why(of, history(LOGO, events=[call]), "held")
    assert told(explanation, "hold") == [
        "held: you reached Anna Bell on 2026-11-18, and min_gap is 1 week: others are held until 2026-11-25"
    ]
    assert told(explanation, "expiry") == [
        "2026-11-20 (Fri) + 1 day = 2026-11-21 (Sat) is its last day in the list, "
        "carried on by holds to 2026-11-25 (Wed)"
    ]


def test_one_that_comes_up_before_the_person_is_free_again_says_that_it_will_be_held() -> None:
    call = Event(id=3, contact_id=1, kind="call", on=date(2026, 11, 18), entered=TODAY, reached=True)
    of = planner('after = "1 business day"', settings='min_gap = "1 week"')
    assert told(why(of, history(LOGO, events=[call])), "hold") == [
        "you reached Anna Bell on 2026-11-18, and min_gap is 1 week: others are held until 2026-11-25"
    ]
    of = planner('after = "1 week"', settings='min_gap = "1 week"')
    assert told(why(of, history(LOGO, events=[call])), "hold") == ["nothing holds it"]


def test_of_one_that_lies_ahead_it_is_told_how_long_holds_may_carry_it_on() -> None:
    of = planner('after = "3 days"\nexpires = "1 day"')
    known = history(LOGO, replace(LOGO, id=8))
    first, second = sorted(of.plan(known).open, key=lambda f: f.key.started_by)
    (said,) = told(why(of, known, "upcoming", second.key), "expiry")
    assert said.endswith(f"is its last day in the list, or, where holds carry it on, up to {second.last} (Wed)")
    assert second.last > first.last


def test_a_hold_without_another_reason_is_the_daily_limit() -> None:
    of = planner("", settings="daily = 2")
    assert told(why(of, history(LOGO), "held"), "hold") == ["held: beyond the 2 that a day's list may have (daily)"]


@pytest.mark.parametrize(
    ("rule", "said"), [('priority = "high"', "never held: high priority"), ("hold = false", "never held: hold = false")]
)
def test_what_is_never_held_says_so(rule: str, said: str) -> None:
    assert told(why(planner(rule), history(LOGO), "due"), "hold") == [said]


def test_a_snooze_and_its_expiry_are_told() -> None:
    key = Key("r", "sale:7", "0")
    explanation = why(planner('expires = "1 week"'), history(LOGO, snoozes={key: date(2026, 12, 1)}), "snoozed", key)
    assert told(explanation, "snooze") == ["you put it off until 2026-12-01 (Tue): that day counts"]
    assert told(explanation, "expiry") == ["2026-12-01 (Tue) + 1 week = 2026-12-08 (Tue) is its last day in the list"]
    assert told(explanation, "snoozed") == ["it comes up on 2026-12-01 (Tue)"]


def test_what_never_expires_says_so() -> None:
    assert told(why(planner('expires = "never"'), history(LOGO)), "expiry") == ["it never expires"]


def test_what_was_done_tells_its_day_and_that_it_is_history() -> None:
    key = Key("r", "sale:7", "0")
    known = history(LOGO, closings=[closing(key, date(2026, 11, 23), date(2026, 11, 24))])
    explanation = why(planner('after = "1 business day"', today=date(2026, 12, 1)), known, "done", key)
    assert explanation.state == "done"
    assert told(explanation, "date") == ["2026-11-20 (Fri) + 1 business day = 2026-11-23 (Mon)"]
    assert told(explanation, "done") == ["done on 2026-11-24: that is history, and no rule changes it"]


def test_what_was_done_under_another_rule_or_for_a_sale_that_is_gone_says_what_is_left() -> None:
    key = Key("r", "sale:7", "0")
    done = [closing(key, date(2026, 11, 23), date(2026, 11, 24))]
    for known in (history(LOGO, closings=done), history(closings=done)):
        explanation = why(planner('after = "3 weeks"', today=date(2026, 12, 1)), known, "done", key)
        assert told(explanation, "date") == [
            "it was due 2026-11-23 (Mon), counted from 2026-11-20; the rule or the facts have changed since"
        ]


def test_a_silence_that_was_answered_tells_the_touch_that_it_counted_from() -> None:
    key = Key("r", "contact:1", "0")
    touch = Event(id=3, contact_id=1, kind="email", on=date(2026, 12, 4), entered=TODAY, reached=True)
    known = history(LOGO, events=[touch], closings=[closing(key, date(2026, 12, 4), date(2026, 12, 4))])
    explanation = why(planner('on = "silence"\nafter = "2 weeks"', today=date(2026, 12, 5)), known, "done", key)
    assert told(explanation, "date") == ["2026-11-20 (Fri) + 2 weeks = 2026-12-04 (Fri)"]


def test_what_expired_tells_its_last_day() -> None:
    explanation = why(
        planner('expires = "3 days"', today=date(2026, 12, 20)), history(LOGO), "gone", Key("r", "sale:7", "0")
    )
    assert explanation.state == "expired"
    assert explanation.steps[-1].text == "its last day was 2026-11-23 (Mon): it is too late for it now"


def test_a_rule_or_a_start_that_is_gone_is_told() -> None:
    of = planner("")
    assert why(of, history(LOGO), "gone", Key("old-rule", "sale:7", "0")).steps[-1].text == (
        "nothing is planned: its rule is gone"
    )
    assert why(of, history(LOGO), "gone", Key("r", "sale:99", "0")).steps[-1].text == (
        "nothing is planned: sale 99 starts this rule no more"
    )


@pytest.mark.parametrize(
    ("rule", "known", "said"),
    [
        ('when = "sale.amount >= 100 and sale.number == 1"', history(LOGO),
         [("sale 7", "due 2026-11-20 (Fri), but the condition does not hold: "
                     "sale.amount >= 100: sale.amount is 80.00 → false")]),
        ('when = "sale.ref == \'x\'"', history(LOGO),
         [("sale 7", "due 2026-11-20 (Fri), but the condition does not hold: sale.ref == 'x': sale.ref is absent, "
                     "and a comparison with an absent value is false → false")]),
        ("", history(replace(LOGO, completed=date(2026, 9, 1), entered=date(2026, 9, 1))),
         [("sale 7", "due 2026-09-01 (Tue): it expired, its last day was 2026-10-01 (Thu)")]),
        ("", history(replace(LOGO, completed=date(2020, 9, 1), entered=date(2020, 9, 1))),
         [("sale 7", "due 2020-09-01 (Tue): it expired, its last day was 2020-10-01 (Thu)")]),
        ("", history(replace(LOGO, completed=date(2026, 9, 1))),
         [("sale 7", "due 2026-09-01 (Tue): it was over when this was written down on 2026-11-20")]),
        ("", history(replace(LOGO, completed=date(2026, 11, 9), starts_from=date(2026, 11, 10))),
         [("sale 7", "due 2026-11-09 (Mon), before the import of 2026-11-10, "
                     "which starts nothing in the past without --past")]),
        ("", history(LOGO, closings=[closing(Key("r", "sale:7", "0"), TODAY, TODAY, "skipped")]),
         [("sale 7", "skipped on 2026-11-20")]),
        ('at_most = "6 months"', history(replace(LOGO, id=8), closings=[closing(Key("r", "sale:7",
         "0"), date(2026, 8, 3), date(2026, 8, 4))]),
         [("sale 8", "due 2026-11-20 (Fri), but the rule plans one in 6 months at most, "
                     "and the one due 2026-08-03 (Mon) (done on 2026-08-04) is closer than that")]),
        ('at_most = "6 months"', history(replace(LOGO, id=6, completed=date(2026, 11, 19)), LOGO),
         [("sale 6", "planned: due 2026-11-19 (Thu)"),
          ("sale 7", "due 2026-11-20 (Fri), but the rule plans one in 6 months at most, "
                     "and the one due 2026-11-19 (Thu) (for sale 6) is closer than that")]),
        ("", history(LOGO, contact=replace(ANNA, opted_out=("email",))),
         [("sale 7", "due 2026-11-20 (Fri), but Anna Bell opted out of email")]),
        ("", history(LOGO, contact=replace(ANNA, opted_out=("all",))),
         [("gone", "nothing is planned: Anna Bell opted out of every channel: followup contact opt-in 1")]),
        ("", history(LOGO, contact=replace(ANNA, lost_on=TODAY, lost_reason="price")),
         [("gone", "nothing is planned: Anna Bell was lost on 2026-11-20: only rules with lost = true reach them")]),
        ("lost = true", history(LOGO),
         [("gone", "nothing is planned: the rule has lost = true: "
                   "it reaches lost contacts only, which Anna Bell is not")]),
        ("", history(), [("gone", "nothing is planned: Anna Bell has no sale: followup sale add starts this rule")]),
        ("", history(replace(LOGO, refunded=True)),
         [("gone", "nothing is planned: Anna Bell has no sale that is neither canceled nor refunded")]),
        ('on = "birthday"', history(contact=replace(ANNA, birthday=None)),
         [("gone", "nothing is planned: no birthday of Anna Bell is known: followup contact edit 1 --birthday")]),
        ('on = "warranty-end"', history(replace(LOGO, warranty_until=None)),
         [("gone", "nothing is planned: no sale to Anna Bell has a warranty: followup sale edit ID --warranty")]),
        ('on = "complaint"', history(LOGO), [("gone", "nothing is planned: no complaint of Anna Bell is on record")]),
        ('on = "claim-closed"', history(LOGO), [("gone", "nothing is planned: no claim of Anna Bell has been closed")]),
        ('on = "date:fair"', history(LOGO),
         [("gone", "nothing is planned: neither Anna Bell nor a sale to them has a date 'fair': "
                   "followup contact edit 1 --date fair=…")]),
        ('on = "calendar"\nschedule = "FREQ=DAILY;COUNT=1"', history(LOGO),
         [("contact 1", "none of its days lie ahead")]),
    ],
    ids=range(21),
)  # fmt: skip
def test_why_a_rule_plans_nothing_is_told_for_each_start(
    rule: str, known: History, said: list[tuple[str, str]]
) -> None:
    assert answers(planner(rule), known) == said


def test_a_group_rule_tells_whether_the_person_is_among_them() -> None:
    of = planner(
        'on = "calendar"\nschedule = "FREQ=MONTHLY;BYMONTHDAY=1"\ngroup = true\nwhen = "\'news\' in contact.tags"'
    )
    assert answers(of, history())[-1] == ("gone", "Anna Bell is left out: the condition does not hold")
    tagged = history(contact=replace(ANNA, tags=("news",)))
    assert answers(of, tagged)[-1] == ("planned", "Anna Bell is one of those that it is for, 2026-12-01 (Tue)")
    nowhere = history(contact=replace(ANNA, tags=("news",), emails=()))
    assert answers(of, nowhere)[-2:] == [
        ("channel", "none (email: no e-mail address)"),
        ("gone", "Anna Bell is left out: Anna Bell has no e-mail address"),
    ]
    (followup,) = of.plan_group(of.rules.rules[0], [], {}, date.min).open
    explanation = explain(of, group_history([], {}, date.min), followup.key, "upcoming", 12)
    assert told(explanation, "condition") == [
        "'news' in contact.tags: it lets 12 contacts through, and this is for all of them"
    ]


def test_what_is_for_a_group_that_nobody_is_left_in_is_gone_and_not_expired() -> None:
    of = planner('on = "calendar"\nschedule = "FREQ=MONTHLY;BYMONTHDAY=1"\ngroup = true')
    (followup,) = of.plan_group(of.rules.rules[0], [], {}, date.min).open
    explanation = explain(of, group_history([], {}, date.min), followup.key, "gone", 0)
    assert explanation.state == "gone"
    assert told(explanation, "gone") == [
        "nothing is planned: the rule lets nobody through: followup why --contact WHO --rule r tells why"
    ]


def test_a_reminder_tells_that_it_is_your_own_and_how_its_day_came_about() -> None:
    reminder = Reminder(id=5, contact_id=1, day=date(2026, 11, 25), text="Ask about the fair", every="2 weeks")
    of = planner("")
    first = Key("", "reminder:5", "0")
    explanation = why(of, history(reminders=[reminder]), "upcoming", first)
    assert [(s.step, s.text) for s in explanation.steps] == [
        ("reminder", "your own: 'Ask about the fair'"),
        ("date", "2026-11-25 (Wed), as you gave it"),
        ("channel", "none was given"),
        ("hold", "never held: it is your own"),
        ("expiry", "it never expires"),
        ("upcoming", "it comes up on 2026-11-25 (Wed)"),
    ]
    done = history(reminders=[reminder], closings=[closing(first, reminder.day, date(2026, 11, 26))])
    again = why(of, done, "upcoming", Key("", "reminder:5", "1"))
    assert told(again, "date") == ["2 weeks after it was done on 2026-11-26"]
    assert why(of, done, "done", first).state == "done"
    assert why(of, history(), "gone", first).steps[-1].text == "nothing is planned: the reminder was taken back"


def made_up(chance: random.Random) -> History:
    """A contact with a past, as chance will have it."""

    def day(back: int, ahead: int) -> date:
        return TODAY + timedelta(days=chance.randint(-back, ahead))

    contact = replace(
        ANNA,
        added=day(1200, 0),
        opted_out=chance.choice([(), (), ("email",), ("phone", "post")]),
        phones=chance.choice([(), ("1",)]),
        tags=chance.choice([(), ("newsletter",)]),
        every=chance.choice([None, None, "2 months"]),
        lost_on=chance.choice([None, None, None, None, day(300, 0)]),
    )
    sales = [
        replace(LOGO, id=n, completed=day(700, 20), entered=day(60, 0), refunded=chance.random() < 0.1,
                starts_from=chance.choice([None, None, day(60, 0)]), category=chance.choice([None, "web"]))
        for n in range(1, chance.randint(1, 7))
    ]  # fmt: skip
    sales.sort(key=lambda sale: (sale.completed, sale.id))
    events = [
        Event(id=n, contact_id=1,
              kind=chance.choice(["call", "email", "complaint", "claim", "feedback", "promise", "perk"]),
              on=day(200, 0), entered=day(30, 0), due=day(30, 60), rating=chance.randint(0, 10),
              reached=chance.random() < 0.2, closed_on=chance.choice([None, day(20, 0)]), outcome="resolved")
        for n in range(1, chance.randint(1, 6))
    ]  # fmt: skip
    events.sort(key=lambda event: (event.on, event.id))
    reminders = [Reminder(id=1, contact_id=1, day=day(10, 30), text="Call", every=chance.choice([None, "1 month"]))]
    return History(contact=contact, sales=sales, events=events, reminders=reminders, closings=[], snoozes={})


def with_answers(chance: random.Random, of: Planner, known: History) -> History:
    """The history after some of what stands was done, skipped or snoozed."""
    closings, snoozes = [], {}
    for f in of.plan(known).open:
        answer = chance.choice(["", "", "done", "skipped", "snoozed"])
        if answer == "snoozed":
            snoozes[f.key] = TODAY + timedelta(days=chance.randint(1, 40))
        elif answer:
            closings.append(
                Closing(
                    key=f.key, how=answer, start=f.start, day=f.due, closed_on=min(f.due, TODAY), priority=f.priority
                )
            )
    return replace(known, closings=closings, snoozes=snoozes)


@pytest.mark.parametrize("playbook", ["general", "designer", "repair"])
@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_agrees_with_the_plan_whatever_happened(playbook: str, seed: int) -> None:
    chance = random.Random(f"{playbook} {seed}")
    rules = parse_rules((TEMPLATES / "playbooks" / f"{playbook}.toml").read_text(encoding="utf-8"))
    days = Workdays(away=((TODAY + timedelta(days=10), TODAY + timedelta(days=25)),))
    of = Planner(rules, parse_config("").business, days, TODAY)
    before = made_up(chance)
    known = with_answers(chance, of, before)
    plan = of.plan(known)
    open_keys = {f.key for f in plan.open}
    for followup in of.plan(before).open:
        explanation = explain(of, known, followup.key, "upcoming" if followup.key in open_keys else "gone")
        closed = next((c.how for c in known.closings if c.key == followup.key), None)
        assert explanation.state == (closed or ("upcoming" if followup.key in open_keys else explanation.state))
        assert (explanation.state in ("gone", "expired")) == (followup.key not in open_keys and not closed)
    for rule in rules.rules:
        if rule.group:
            continue
        planned = {f.key.started_by.replace(":", " ") for f in plan.open if f.key.rule == rule.name}
        steps = explain_rule(of, known, rule)[1:]
        assert {s.step for s in steps if s.text.startswith("planned: ")} == planned
        assert all(s.text for s in steps) and steps
