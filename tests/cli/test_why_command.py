"""`why`: why a follow-up is there, and why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = """
[settings]
min_gap = "7 days"

[[rule]]
name = "thank-you"
on = "sale"
after = "1 business day"
channels = ["phone", "email"]
message = "thank-you"
title = "Thank {{ contact.first_name }}"
expires = "7 days"

[[rule]]
name = "large-job"
on = "sale"
after = "1 week"
when = "sale.amount >= 100"
channels = ["email"]
message = "what-else"

[[rule]]
name = "newsletter"
on = "calendar"
schedule = "FREQ=MONTHLY;BYMONTHDAY=1"
when = "'news' in contact.tags"
group = true
channels = ["email"]
message = "newsletter"
"""
FRIDAY = "2026-11-20"


@pytest.fixture
def typed(cli: Callable[..., Any], rules: Callable[[str], None]) -> Callable[..., Any]:
    """The command line, in a home with two contacts and a sale."""
    rules(RULES)
    cli('sale add "Anna Bell" Logo --amount 80 --new --email anna@example.com', today=FRIDAY)
    cli('contact add "Bo Reed" --tag news --email bo@example.com', today=FRIDAY)
    return cli


def test_a_follow_up_is_explained_step_by_step(typed: Callable[..., Any]) -> None:
    answer = typed("why 1", today=FRIDAY)
    assert answer.status == 0
    assert answer.out.splitlines() == [
        "step\ttext",
        "rule\tthank-you (rules.toml, line 5): 1 business day after a sale",
        "sale\tsale 1 ('Logo') was completed on 2026-11-20",
        "date\t2026-11-20 (Fri) + 1 business day = 2026-11-23 (Mon)",
        "condition\tnone",
        "channel\temail: the rule's first that reaches Anna Bell (phone: no phone number)",
        "hold\tnothing holds it",
        "expiry\t2026-11-23 (Mon) + 1 week = 2026-11-30 (Mon) is its last day in the list",
        "upcoming\tit comes up on 2026-11-23 (Mon)",
    ]


def test_a_person_with_one_line_in_due_will_do(typed: Callable[..., Any]) -> None:
    by_id, by_name = (typed(f"why {which} --json", today="2026-11-23").json for which in ("1", "anna"))
    assert by_id == by_name
    assert by_id["followup"]["title"] == "Thank Anna"
    assert by_id["followup"]["state"] == "due"
    assert by_id["steps"][-1] == {"step": "due", "text": "it is due today"}


def test_what_was_done_skipped_or_expired_is_explained_too(typed: Callable[..., Any]) -> None:
    typed("done 1", today="2026-11-23")
    typed("sale add anna Card", today="2026-11-24")
    typed("skip 3", today="2026-11-25")
    states = [typed(f"why {number} --json", today="2026-12-20").json["followup"]["state"] for number in (1, 3)]
    assert states == ["done", "skipped"]
    planned = typed("sale add anna Flyer --json", today="2026-11-25").json["planned"]
    expired = typed(f"why {planned[0]['id']} --json", today="2026-12-20").json
    assert expired["followup"]["state"] == "expired"
    assert "it is too late for it now" in expired["steps"][-1]["text"]


def test_what_no_longer_follows_from_the_facts_is_gone(typed: Callable[..., Any]) -> None:
    typed("sale cancel 1", today=FRIDAY)
    answer = typed("why 1 --json", today=FRIDAY).json
    assert answer["followup"]["state"] == "gone"
    assert answer["steps"][-1]["text"] == "nothing is planned: sale 1 starts this rule no more"


def test_one_that_is_held_says_by_what(typed: Callable[..., Any]) -> None:
    typed("log call anna", today="2026-11-22")
    assert "held\tso it waits, and comes up by itself" in typed("why 1", today="2026-11-24").out
    assert "others are held until 2026-11-29" in typed("why 1", today="2026-11-24").out


def test_a_reminder_and_a_follow_up_for_everyone_are_explained(typed: Callable[..., Any]) -> None:
    typed('remind anna 2026-12-03 "Ask about the fair" --json', today=FRIDAY)
    rows = [line.split("\t") for line in typed("due --ahead 1m", today=FRIDAY).out.splitlines()[1:]]
    ids = {row[-1]: row[0] for row in rows}
    assert "reminder\tyour own: 'Ask about the fair'" in typed(f"why {ids['Ask about the fair']}", today=FRIDAY).out
    group = typed(f"why {ids['newsletter']}", today=FRIDAY).out
    assert "condition\t'news' in contact.tags: it lets 1 contact through, and this is for all of them" in group


def test_why_a_rule_plans_nothing_for_somebody(typed: Callable[..., Any]) -> None:
    answer = typed("why --contact anna --rule large-job --json", today=FRIDAY).json
    assert answer == {
        "followup": None,
        "steps": [
            {"step": "rule", "text": "large-job (rules.toml, line 14): 1 week after a sale"},
            {
                "step": "sale 1",
                "text": "due 2026-11-27 (Fri), but the condition does not hold: "
                "sale.amount >= 100: sale.amount is 80.00 → false",
            },
        ],
    }


def test_what_a_rule_does_plan_for_somebody_is_explained_instead(typed: Callable[..., Any]) -> None:
    answer = typed("why --contact anna --rule thank-you --json", today=FRIDAY).json
    assert answer["followup"]["id"] == 1
    assert [s["step"] for s in answer["steps"]][:3] == ["rule", "sale 1", "sale"]
    assert answer["steps"][1]["text"] == "planned: due 2026-11-23 (Mon)"


def test_why_somebody_is_left_out_of_a_newsletter(typed: Callable[..., Any]) -> None:
    left_out = typed("why --contact anna --rule newsletter", today=FRIDAY).out
    assert "condition\t'news' in contact.tags: contact.tags is empty → false" in left_out
    assert "is one of those that it is for" in typed("why --contact bo --rule newsletter", today=FRIDAY).out


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("why 99", 1, "there is no follow-up 99"),
        ("why nobody", 1, "nobody"),
        ("why bo", 1, "Bo Reed has no line in due"),
        ("why --contact anna --rule thank-yu", 1, "did you mean 'thank-you'?"),
        ("why --contact nobody --rule thank-you", 1, "nobody"),
        ("why", 2, "Give the ID of a follow-up, or --contact and --rule"),
        ("why --contact anna", 2, "--contact and --rule"),
        ("why --rule thank-you", 2, "--contact and --rule"),
        ("why 1 --contact anna --rule thank-you", 2, "--contact and --rule"),
        (f"why {'9' * 5000}", 1, "there is no follow-up 999"),
    ],
)
def test_what_cannot_be_explained_is_refused(typed: Callable[..., Any], line: str, status: int, said: str) -> None:
    answer = typed(line, today=FRIDAY)
    assert answer.status == status
    assert answer.out == ""
    assert said.casefold() in answer.err.casefold()


def test_a_group_s_first_day_comes_after_its_first_client(
    cli: Callable[..., Any], rules: Callable[[str], None]
) -> None:
    rules(RULES)
    cli("contact add 'Bo Reed' --tag news --email bo@example.com", today="2026-12-01")
    assert [f["due"] for f in cli("due --ahead 1y --json", today="2026-12-01").json] == ["2027-01-01"]
    assert "2027-01-01" in cli("why --contact bo --rule newsletter", today="2026-12-01").out
