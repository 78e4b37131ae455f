"""What is said of a follow-up that once stood and does not any more: what keeps it from standing."""

from __future__ import annotations

import pytest
from planning import closing, contact, day, event, history, planner, rules, sale

from followup.core.model import History, Key, Reminder
from followup.core.why import explain, explain_rule

TODAY = "2026-06-01"
"""A Monday."""

MONTHLY = 'on="sale"\nevery="1 month"\nexpires="10 days"'


def said(body: str, known: History, key: Key, today: str = TODAY) -> tuple[str, str]:
    """The state that a follow-up is told to be in, and the last sentence."""
    explanation = explain(planner(rules(body, weekend="keep"), today), known, key, "gone")
    assert explanation.steps[-1].step == explanation.state
    return explanation.state, explanation.steps[-1].text


SOLD = history(sales=[sale(1, "2026-05-20")])
FIRST = Key("a", "sale:1", "0")


@pytest.mark.parametrize(
    ("body", "known", "key", "expected"),
    [
        (
            'on="sale"\nwhen="sale.amount > 10"', SOLD, FIRST,
            ("gone", "due 2026-05-20 (Wed), but the condition does not hold: sale.amount > 10: "
             "sale.amount is absent, and a comparison with an absent value is false → false"),
        ),
        (
            'on="sale"', history(contact(opted_out=("email", "phone")), SOLD.sales), FIRST,
            ("gone", "due 2026-05-20 (Wed), but Ada Example opted out of email and phone"),
        ),
        (
            MONTHLY, SOLD, Key("a", "sale:1", "3"),
            ("gone", "nothing is planned: the one that is due 2026-06-20 (Sat) has taken its place"),
        ),
        (
            MONTHLY, history(sales=SOLD.sales, closings=[closing("a", "sale:1", "0", "2026-05-20", "2026-06-20")]),
            Key("a", "sale:1", "1"),
            ("gone", "due 2026-06-20 (Sat), which is not after the last one that was done or skipped"),
        ),
        (
            'on="sale"\nexpires="1 day"', SOLD, FIRST,
            ("expired", "its last day was 2026-05-21 (Thu): it is too late for it now"),
        ),
        (
            'on="sale"\nexpires="1 day"', history(sales=[sale(1, "2024-05-21")]), FIRST,
            ("expired", "due 2024-05-21 (Tue): it expired, its last day was 2024-05-22 (Wed)"),
        ),
        (
            'on="sale"\nexpires="1 day"\nwhen="contact.years > 90"', SOLD, FIRST,
            ("gone", "due 2026-05-20 (Wed): it expired, its last day was 2026-05-21 (Thu); as things stand, "
             "the condition does not hold: contact.years > 90: contact.years is 6 → false"),
        ),
        (
            'on="sale"\nexpires="1 day"', history(sales=[sale(1, "2026-05-20", entered=day("2026-05-25"))]), FIRST,
            ("gone", "due 2026-05-20 (Wed): it was over when this was written down on 2026-05-25"),
        ),
        (
            'on="sale"\nevery="1 day"', history(sales=[sale(1, "2026-05-20", starts_from=day("2026-05-25"))]), FIRST,
            ("gone", "due 2026-05-20 (Wed), before the import of 2026-05-25, which starts nothing in the past "
             "without --past"),
        ),
        (
            MONTHLY + "\ntimes=2", SOLD, Key("a", "sale:1", "7"),
            ("gone", "nothing is planned: the one that is due 2026-06-20 (Sat) has taken its place"),
        ),
        (
            MONTHLY + "\ntimes=2", history(sales=[sale(1, "2026-01-05")]), Key("a", "sale:1", "7"),
            ("gone", "nothing is planned: due 2026-02-05 (Thu): it expired, its last day was 2026-02-15 (Sun)"),
        ),
        (
            'on="sale"\nat_most="1 month"', history(sales=[sale(1, "2026-05-20"), sale(2, "2026-05-25")]),
            Key("a", "sale:2", "0"),
            ("gone", "due 2026-05-25 (Mon), but the rule plans one in 1 month at most, and the one due "
             "2026-05-20 (Wed) (for sale 1) is closer than that"),
        ),
        (
            'on="sale"\nat_most="1 month"',
            history(sales=SOLD.sales, closings=[closing("a", "sale:9", "0", "2026-05-10", "2026-05-12")]), FIRST,
            ("gone", "due 2026-05-20 (Wed), but the rule plans one in 1 month at most, and the one due "
             "2026-05-10 (Sun) (done on 2026-05-12) is closer than that"),
        ),
    ],
)  # fmt: skip
def test_what_does_not_stand_any_more_tells_what_keeps_it_from_standing(
    body: str, known: History, key: Key, expected: tuple[str, str]
) -> None:
    assert said(body, known, key) == expected


def test_a_reminder_whose_turn_was_taken_back_is_told() -> None:
    reminder = Reminder(id=5, contact_id=1, day=day("2026-06-10"), text="Ask", every="1 week")
    known = history(reminders=[reminder])
    later = Key("", "reminder:5", "2")
    assert said('on="sale"', known, later) == ("gone", "nothing is planned: what came before it was taken back")


def test_of_a_group_whose_days_are_over_nothing_lies_ahead() -> None:
    given = rules('on="calendar"\nschedule="FREQ=MONTHLY;COUNT=3"\ngroup=true')
    asked = planner(given, TODAY)
    assert explain_rule(asked, history(events=[event(1, "call", TODAY)]), given.rules[0])[-1].text == (
        "nothing is planned: none of its days lie ahead"
    )
