"""What stands open for a contact on a day, by what the rules mean: which occurrence, for whom, on which channel, how
long; and that a plan stays true for as long as it says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from planning import closing, contact, day, event, history, plan, planner, rules, sale, short

from followup.core.model import FollowUp, History, Key, Reminder, Rules
from followup.core.period import LAST_DAY, Workdays
from followup.core.planner import group_history, title_of
from followup.core.refusal import Refusal
from followup.core.series import series_of

TODAY = "2026-06-01"
"""A Monday."""

ASKED = history(sales=[sale(1, "2026-05-29")])


def the_open(body: str, known: History, today: str = TODAY, **settings: Any) -> FollowUp:
    """The one follow-up that stands."""
    (found,) = plan(rules(body, **settings), today, known).open
    return found


def dues(body: str, known: History, today: str = TODAY, workdays: Workdays | None = None) -> list[str]:
    """The due days of what stands, without any weekend shift."""
    return sorted(str(f.due) for f in plan(rules(body, weekend="keep"), today, known, workdays).open)


def test_a_follow_up_says_what_started_it_its_days_its_place_and_what_to_do() -> None:
    given = rules(
        'on="sale"', 'on="complaint"\nafter="1 business day"\nexpires="2 weeks"\npriority="low"\nmessage="sorry"'
    )
    known = history(events=[event(3, "complaint", "2026-05-29", sale_id=1)], sales=[sale(1, "2026-01-01")])
    (found,) = plan(given, "2026-05-29", known).open
    assert found == FollowUp(
        key=Key("b", "event:3", "0"),
        contact_id=1,
        sale_id=1,
        event_id=3,
        start=day("2026-05-29"),
        due=day("2026-06-01"),
        expires=day("2026-06-15"),
        last=day("2026-06-15"),
        title="b: Ada Example, Logo",
        channel="email",
        message="sorry",
        position=1,
        priority="low",
    )


@pytest.mark.parametrize(
    ("body", "today", "stands"),
    [
        ('on="sale"', "2026-06-28", True),  # 30 days when nothing is said
        ('on="sale"', "2026-06-29", False),
        ('on="sale"\nexpires="3 days"', "2026-06-01", True),
        ('on="sale"\nexpires="3 days"', "2026-06-02", False),
        ('on="sale"\nexpires="0 days"', "2026-05-29", True),
        ('on="sale"\nexpires="0 days"', "2026-05-30", False),
        ('on="sale"\nafter="1 day"\nexpires="1 day"', "2026-06-02", True),  # counted from the Monday it moves to
        ('on="sale"\nafter="1 day"\nexpires="1 day"', "2026-06-03", False),
        ('on="sale"\nexpires="never"', "2036-06-01", True),
    ],
)
def test_due_and_expires_is_the_last_day_in_the_list(body: str, today: str, stands: bool) -> None:
    assert len(plan(rules(body), today, ASKED).open) == stands


@pytest.mark.parametrize(
    ("body", "holdable"),
    [("", True), ('priority="low"', True), ('priority="high"', False), ("hold=false", False)],
)
def test_high_ones_and_rules_that_do_not_hold_are_never_held(body: str, holdable: bool) -> None:
    assert the_open('on="sale"\n' + body, ASKED).holdable == holdable


def test_never_is_told_apart_from_a_last_day() -> None:
    assert the_open('on="sale"\nexpires="never"', ASKED).expires is None
    assert the_open('on="sale"\nexpires="1 week"', ASKED).expires == day("2026-06-05")


def test_a_start_long_ago_counts_when_offset_or_a_time_away_bring_it_here() -> None:
    long_ago = history(sales=[sale(1, "2023-06-02")])
    assert dues('on="sale"\nafter="3 years"\nexpires="5 days"', long_ago) == ["2026-06-02"]
    assert dues('on="sale"\nafter="1096 days"\nexpires="5 days"', long_ago) == ["2026-06-02"]
    assert dues('on="sale"\nafter="780 business days"\nexpires="5 days"', long_ago) == ["2026-05-29"]
    assert dues('on="sale"\nafter="2 years"\nexpires="2 years"', long_ago) == ["2025-06-02"]
    assert dues('on="sale"\nafter="2 years"\nexpires="never"', history(sales=[sale(1, "2016-01-01")])) == ["2018-01-01"]
    sabbatical = Workdays(away=((day("2023-06-01"), day("2026-05-28")),))
    assert dues('on="sale"\nexpires="5 days"', long_ago, workdays=sabbatical) == ["2026-05-29"]
    every = 'on="sale"\nevery="1 month"\nexpires="5 days"'
    assert dues(every, long_ago, workdays=sabbatical) == ["2026-05-29"]


def test_what_comes_before_its_day_is_planned_from_a_start_ahead() -> None:
    known = history(sales=[sale(1, "2026-05-01", dates={"launch": day("2027-06-01")})])
    assert dues('on="date:launch"\nbefore="1 year"', known) == ["2026-06-01"]


# No flood


@pytest.mark.parametrize(("entered", "stands"), [("2026-05-11", True), ("2026-05-12", False)])
def test_what_was_over_on_the_day_it_was_written_down_is_not_planned(entered: str, stands: bool) -> None:
    known = history(sales=[sale(1, "2026-05-01", entered=day(entered))])
    body = 'on="sale"\nexpires="10 days"'
    assert len(plan(rules(body), entered, known).open) == stands
    assert len(plan(rules('on="sale"\nexpires="never"'), entered, known).open) == 1


def test_what_was_over_when_it_was_written_down_is_not_carried_on_by_a_hold_either() -> None:
    given = rules('on="sale"\nexpires="never"\npriority="high"', 'on="sale"\nexpires="10 days"')
    late = history(sales=[sale(1, "2026-05-01", entered=day("2026-05-20"))])
    assert short(plan(given, TODAY, late).open) == ["a sale:1 0 2026-05-01"]
    in_time = history(sales=[sale(1, "2026-05-01", entered=day("2026-05-11"))])
    assert short(plan(given, TODAY, in_time).open) == ["a sale:1 0 2026-05-01", "b sale:1 0 2026-05-01"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('on="sale"\nafter="30 days"\nexpires="never"', []),
        ('on="sale"\nafter="31 days"\nexpires="never"', ["2026-06-01"]),  # due on the day of the import
        ('on="sale"\nafter="2 years"', ["2028-05-01"]),
        ('on="warranty-end"\nafter="30 days"\nexpires="never"', []),
        ('on="sale"\nafter="1 day"\nevery="15 days"\nexpires="never"', ["2026-06-01"]),
        ('on="sale"\nevery="15 days"\nexpires="never"', ["2026-06-15"]),
        ('on="service"\nexpires="never"', ["2026-06-20"]),
        ('on="anniversary"\nexpires="never"', ["2027-05-01"]),
    ],
)
def test_an_imported_sale_starts_nothing_due_before_the_day_of_the_import(body: str, expected: list[str]) -> None:
    known = history(
        sales=[
            sale(
                1, "2026-05-01", entered=day("2026-06-01"), starts_from=day("2026-06-01"),
                service_every="50 days", warranty_until=day("2026-05-01"),
            )
        ]
    )  # fmt: skip
    assert dues(body, known) == expected


def test_a_repeating_one_of_a_sale_imported_late_goes_on_from_the_day_of_the_import() -> None:
    old = {"entered": day(TODAY), "starts_from": day(TODAY), "service_every": "5 months"}
    known = history(sales=[sale(1, "2024-01-10", **old)])
    assert dues('on="sale"\nevery="1 month"', known) == ["2026-06-10"]
    assert dues('on="service"', known) == ["2026-07-10"]
    assert dues('on="anniversary"', known) == ["2027-01-10"]
    # the client's own rhythm may be longer than the rule's
    yearly = history(contact(every="1 year"), [sale(1, "2025-10-10", **old)])
    assert dues('on="silence"\nafter="2 weeks"', yearly) == ["2026-10-10"]


def test_an_imported_sale_s_silence_counts_from_it_once_it_is_due_after_the_import() -> None:
    old = {"entered": day(TODAY), "starts_from": day(TODAY)}
    body = 'on="silence"\nafter="6 months"\nexpires="never"'
    assert dues(body, history(sales=[sale(1, "2025-06-01", **old)])) == []
    assert dues(body, history(sales=[sale(1, "2026-01-15", **old)])) == ["2026-07-15"]


# One at a time


MONTHLY = 'on="sale"\nevery="1 month"\nexpires="10 days"'
SINCE_JANUARY = history(sales=[sale(1, "2026-01-05")])


def done(occurrence: int, due: str, closed_on: str, how: str = "done") -> History:
    """The monthly sale with one occurrence closed."""
    return history(
        sales=[sale(1, "2026-01-05")],
        closings=[closing("a", "sale:1", str(occurrence), due, closed_on, how=how)],
    )


@pytest.mark.parametrize(
    ("known", "today", "due"),
    [
        (SINCE_JANUARY, "2026-01-01", "2026-01-05"),
        (SINCE_JANUARY, "2026-01-15", "2026-01-05"),
        (SINCE_JANUARY, "2026-01-16", "2026-02-05"),  # the first expired
        (done(0, "2026-01-05", "2026-01-06"), "2026-01-06", "2026-02-05"),
        (done(0, "2026-01-05", "2026-01-06", "skipped"), "2026-01-06", "2026-02-05"),
        (done(0, "2026-01-05", "2026-02-05"), "2026-02-05", "2026-03-05"),  # late ones don't pile up
        (done(0, "2026-01-05", "2026-04-20"), "2026-04-20", "2026-05-05"),
        (done(4, "2026-05-05", "2026-03-20"), "2026-03-20", "2026-06-05"),  # done before its day
        (done(4, "2026-05-05", "2026-05-05"), "2026-05-05", "2026-06-05"),
    ],
)
def test_of_one_start_the_earliest_that_is_not_done_skipped_or_expired_stands(
    known: History, today: str, due: str
) -> None:
    assert [str(f.due) for f in plan(rules(MONTHLY, weekend="keep"), today, known).open] == [due]


def test_after_several_the_latest_counts_whatever_order_they_were_closed_in() -> None:
    closings = [
        closing("a", "sale:1", "3", "2026-04-05", "2026-04-06"),
        closing("a", "sale:1", "0", "2026-01-05", "2026-01-06"),
    ]
    known = history(sales=[sale(1, "2026-01-05")], closings=closings)
    for expires in ("10 days", "never"):
        assert dues(f'on="sale"\nevery="1 month"\nexpires="{expires}"', known, "2026-04-10") == ["2026-05-05"]


def test_without_an_expiry_the_first_of_a_repeating_one_stays_until_it_is_answered() -> None:
    body = 'on="sale"\nevery="1 month"\nexpires="never"'
    assert dues(body, SINCE_JANUARY, "2029-01-01") == ["2026-01-05"]
    assert dues(body, done(0, "2026-01-05", "2026-01-20"), "2029-01-01") == ["2026-02-05"]


def test_times_ends_a_repeating_one() -> None:
    assert dues(MONTHLY + "\ntimes=3", SINCE_JANUARY, "2026-03-15") == ["2026-03-05"]
    assert dues(MONTHLY + "\ntimes=3", SINCE_JANUARY, "2026-03-16") == []


def test_what_was_done_for_one_sale_is_still_to_do_for_another() -> None:
    known = history(
        sales=[sale(1, "2026-05-20"), sale(2, "2026-05-20")],
        closings=[closing("a", "sale:1", "0", "2026-05-20", "2026-05-21")],
    )
    assert short(plan(rules('on="sale"', 'on="sale"\nhold=false'), TODAY, known).open) == [
        "a sale:2 0 2026-05-20",
        "b sale:1 0 2026-05-20",
        "b sale:2 0 2026-05-20",
    ]


def test_what_is_done_is_done_though_its_day_moves_on() -> None:
    known = history(sales=[sale(1, "2026-05-28")], closings=[closing("a", "sale:1", "0", "2026-05-01", "2026-05-01")])
    assert dues('on="sale"', known) == []


# Conditions


def test_an_occurrence_that_the_condition_refuses_gives_way_to_the_next() -> None:
    known = history(contact(birthday="--06-15", added=day("2026-01-10")))
    body = 'on="birthday"\nwhen="contact.years >= 2"'
    assert dues(body, known) == ["2028-06-15"]  # two years a client on that day
    assert dues('on="sale"\nwhen="contact.years >= 90"', ASKED) == []


def test_a_dozen_occurrences_are_tried_against_the_condition_and_no_more() -> None:
    known = history(contact(added=day("2024-06-01")))
    monthly = 'on="calendar"\nschedule="FREQ=MONTHLY;BYMONTHDAY=1"\nexpires="5 days"\n'
    # the eleven from August on are refused, the twelfth comes three years on
    assert dues(monthly + 'when="contact.years >= 3"', known, "2026-07-30") == ["2027-06-01"]
    never = planner(rules(monthly + 'when="contact.years >= 90"'), TODAY)
    finder = never.gather(known)
    (series,) = series_of(never.rules.rules[0], known, never.workdays, date.min)
    assert [fate for fate, _ in finder.tried(series)].count("refused") == 12
    assert {(f.title, f.channel) for _, f in finder.tried(series)} == {("", None)}
    assert finder.settle().open == []
    assert dues('on="sale"\nevery="1 year"\nwhen="contact.years >= 9000"', ASKED) == []


def fates(body: str, known: History) -> list[str]:
    """What becomes of each occurrence of a rule's only start that is tried."""
    asked = planner(rules(body, weekend="keep"), TODAY)
    (series,) = series_of(asked.rules.rules[0], known, asked.workdays, date.min)
    return [f"{followup.due} {fate}" for fate, followup in asked.gather(known).tried(series)]


def test_of_each_occurrence_it_is_told_what_becomes_of_it() -> None:
    body = 'on="sale"\nevery="4 months"\nexpires="10 days"'
    began = [sale(1, "2025-02-20", entered=day("2025-03-10"))]
    assert fates(body, history(sales=began)) == [
        "2025-02-20 over", "2025-06-20 stale", "2025-10-20 stale", "2026-02-20 stale", "2026-06-20 stands",
    ]  # fmt: skip
    late = [closing("a", "sale:1", "0", "2025-02-20", "2025-07-01")]
    assert fates(body, history(sales=began, closings=late)) == [
        "2025-06-20 passed", "2025-10-20 stale", "2026-02-20 stale", "2026-06-20 stands",
    ]  # fmt: skip
    older = [sale(1, "2025-02-20")]
    assert fates(body, history(sales=older))[0] == "2025-02-20 old"
    refused = [
        *(f"{due} old" for due in ("2025-02-20", "2025-06-20", "2025-10-20", "2026-02-20")),
        "2026-06-20 refused",
    ]
    assert fates(body + '\nwhen="contact.years >= 90"', history(sales=older))[:5] == refused


def test_a_condition_sees_the_start_the_sale_the_event_and_the_business() -> None:
    known = history(
        sales=[sale(1, "2026-05-29", amount=5000, currency="EUR")],
        events=[
            event(3, "feedback", "2026-05-30", rating=9, sale_id=1, incoming=True),
            event(4, "call", "2026-05-30"),
        ],
        closings=[closing("a", "sale:1", "0", "2026-05-29", "2026-05-29")],
    )
    held = [
        "sale.amount == 50",
        "event.rating == 9",
        "me.owner == 'Nora'",
        "happened('call')",
        "not happened('message')",
        "contact.years >= 6",
    ]
    for condition in held:
        given = rules(f'on="feedback"\nwhen="{condition}"')
        assert len(planner(given, TODAY, owner="Nora").plan(known).open) == 1, condition
    for condition in ["sale.amount > 50", "event.rating < 9", "me.owner == 'Ada'", "not happened('call')"]:
        given = rules(f'on="feedback"\nwhen="{condition}"')
        assert planner(given, TODAY, owner="Nora").plan(known).open == [], condition
    assert len(plan(rules('on="sale"', 'on="feedback"\nwhen="not happened(\'feedback\')"'), TODAY, known).open) == 1


def test_tried_counts_how_often_the_rule_itself_was_done() -> None:
    known = history(
        sales=[sale(1, "2026-05-01"), sale(2, "2026-05-01")],
        closings=[closing("a", "sale:1", "0", "2026-05-20", "2026-05-20")],
    )
    found = plan(rules('on="sale"\nwhen="tried == 1"', 'on="sale"\nwhen="tried == 0"'), "2026-05-20", known).open
    assert short(found) == ["a sale:2 0 2026-05-01", "b sale:1 0 2026-05-01", "b sale:2 0 2026-05-01"]


# Who is left alone


LOST = contact(lost_on=day("2026-05-01"), lost_reason="price")


def test_one_who_is_lost_has_follow_ups_only_from_rules_for_the_lost() -> None:
    given = rules('on="sale"', 'on="sale"\nlost=true')
    assert [f.key.rule for f in plan(given, TODAY, history(LOST, ASKED.sales)).open] == ["b"]
    assert [f.key.rule for f in plan(given, TODAY, ASKED).open] == ["a"]


@pytest.mark.parametrize("opted", [("all",), ("email", "phone", "sms", "chat", "social", "post", "visit")])
def test_one_who_opted_out_of_every_channel_has_nothing_but_reminders(opted: tuple[str, ...]) -> None:
    reminder = Reminder(id=5, contact_id=1, day=day("2026-06-10"), text="Ask")
    known = history(contact(opted_out=opted), ASKED.sales, reminders=[reminder])
    group = 'on="calendar"\nschedule="FREQ=MONTHLY"\ngroup=true'
    found = plan(rules('on="sale"\nchannels=["post", "email"]', group), TODAY, known)
    assert short(found.open) == [" reminder:5 0 2026-06-10"]
    assert found.groups == ()


# Channels


@pytest.mark.parametrize(
    ("person", "channels", "chosen"),
    [
        ({}, ["email", "phone"], "email"),
        ({}, ["phone", "email"], "phone"),
        ({"prefers": "phone"}, ["email", "phone"], "phone"),
        ({"prefers": "post"}, ["email", "phone"], "email"),  # not among the rule's
        ({"prefers": "phone", "phones": ()}, ["email", "phone"], "email"),
        ({"prefers": "phone", "opted_out": ("phone",)}, ["email", "phone"], "email"),
        ({"opted_out": ("email",)}, ["email", "phone"], "phone"),
        ({"emails": ()}, ["email", "phone"], "phone"),
        ({}, ["sms", "email"], "sms"),
        ({"handles": {"signal": "ada"}}, ["social", "chat"], "chat"),
        ({"handles": {"mastodon": "ada"}}, ["chat", "social"], "social"),
        ({"address": "1 Example Street"}, ["post", "visit"], "post"),
        ({"address": "1 Example Street"}, ["visit", "post"], "visit"),
    ],
)
def test_the_rules_first_channel_that_reaches_them_or_the_one_they_prefer(
    person: dict[str, Any], channels: list[str], chosen: str
) -> None:
    listed = str(channels).replace("'", '"')
    found = the_open(f'on="sale"\nchannels={listed}', history(contact(**person), ASKED.sales))
    assert (found.channel, found.missing) == (chosen, None)


@pytest.mark.parametrize(
    ("person", "channels", "missing"),
    [
        ({"emails": ()}, ["email"], "no e-mail address"),
        ({"phones": ()}, ["sms", "phone"], "no phone number"),
        ({}, ["chat"], "no chat handle"),
        ({}, ["social"], "no social handle"),
        ({}, ["post", "visit"], "no postal address"),
        ({"emails": ()}, ["email", "post"], "no e-mail address and no postal address"),
        ({"emails": (), "opted_out": ("post",)}, ["email", "post"], "no e-mail address"),
    ],
)
def test_without_what_its_channels_need_it_is_listed_with_what_is_missing(
    person: dict[str, Any], channels: list[str], missing: str
) -> None:
    listed = str(channels).replace("'", '"')
    found = the_open(f'on="sale"\nchannels={listed}', history(contact(**person), ASKED.sales))
    assert (found.channel, found.missing) == (None, f"Ada Example has {missing}")


@pytest.mark.parametrize(
    ("person", "channels"),
    [
        ({"opted_out": ("email",)}, ["email"]),
        ({"opted_out": ("email", "phone")}, ["email", "phone"]),
        ({"opted_out": ("email",), "phones": ()}, ["email", "phone"]),  # would reach them, but for the opt-out
        ({"opted_out": ("email",), "emails": ()}, ["email"]),
    ],
)
def test_without_a_channel_because_of_an_opt_out_it_is_not_planned(person: dict[str, Any], channels: list[str]) -> None:
    listed = str(channels).replace("'", '"')
    assert plan(rules(f'on="sale"\nchannels={listed}'), TODAY, history(contact(**person), ASKED.sales)).open == []


# Snoozed


def snoozed(until: str, label: str = "0", started_by: str = "sale:1") -> dict[Key, date]:
    """One follow-up of rule a, snoozed until a day."""
    return {Key("a", started_by, label): day(until)}


def test_snoozed_its_last_day_becomes_that_day_and_expires() -> None:
    found = the_open('on="sale"\nexpires="10 days"', history(sales=ASKED.sales, snoozes=snoozed("2026-06-20")))
    assert (found.due, found.snoozed_until, found.day) == (day("2026-05-29"), day("2026-06-20"), day("2026-06-20"))
    assert (found.expires, found.last) == (day("2026-06-30"), day("2026-06-30"))


def test_a_snooze_to_before_the_day_it_is_due_changes_nothing() -> None:
    known = history(sales=[sale(1, "2026-07-01")], snoozes=snoozed("2026-06-20"))
    found = the_open('on="sale"\nexpires="10 days"', known)
    assert (found.day, found.last, found.snoozed) == (day("2026-07-01"), day("2026-07-11"), False)


def test_what_is_snoozed_for_years_stands_however_long_ago_it_began() -> None:
    body = 'on="sale"\nexpires="10 days"'
    old = [sale(1, "2021-01-01"), sale(2, "2021-01-01")]
    others = {Key("b", "sale:1", "0"): day("2026-06-20")}
    for snoozes in (snoozed("2026-06-20"), {**others, **snoozed("2026-06-20")}):
        assert dues(body, history(sales=old, snoozes=snoozes)) == ["2021-01-01"]
        assert dues(body.replace("expires", 'every="1 month"\nexpires'), history(sales=old, snoozes=snoozes)) == [
            "2021-01-01",
            "2026-06-01",
        ]
    assert dues(body, history(sales=old)) == []


def test_a_snoozed_occurrence_stands_before_the_next_and_for_its_own_start_alone() -> None:
    known = history(sales=[sale(1, "2026-01-05"), sale(2, "2026-01-05")], snoozes=snoozed("2026-06-20", "1"))
    found = plan(rules(MONTHLY, weekend="keep"), TODAY, known).open
    assert short(found) == ["a sale:1 1 2026-02-05", "a sale:2 5 2026-06-05"]
    answered = history(
        sales=known.sales, snoozes=known.snoozes, closings=[closing("a", "sale:1", "1", "2026-02-05", TODAY)]
    )
    found = plan(rules(MONTHLY, weekend="keep"), TODAY, answered).open
    assert short(found) == ["a sale:1 5 2026-06-05", "a sale:2 5 2026-06-05"]


# Reminders


def remind(every: str | None = None, **more: Any) -> History:
    """A contact with one reminder."""
    reminder = Reminder(id=5, contact_id=1, day=day("2026-06-06"), text="Ask for a photo", channel="phone", every=every)
    return history(reminders=[reminder], **more)


def test_a_reminder_keeps_its_day_never_expires_and_is_never_held() -> None:
    away = Workdays(away=((day("2026-06-01"), day("2026-06-30")),))
    (found,) = plan(rules('on="sale"'), TODAY, remind(), away).open
    assert found == FollowUp(
        key=Key("", "reminder:5", "0"),
        contact_id=1,
        start=day("2026-06-06"),
        due=day("2026-06-06"),
        expires=None,
        last=LAST_DAY,
        title="Ask for a photo",
        channel="phone",
        position=-1,
        holdable=False,
    )
    assert plan(rules('on="sale"'), "2099-01-01", remind()).open == [found]


def test_a_reminder_is_over_once_it_is_done_and_others_are_not() -> None:
    closed = [closing("", "reminder:5", "0", "2026-06-06", TODAY)]
    other = Reminder(id=6, contact_id=1, day=day("2026-06-07"), text="Ask")
    known = remind(closings=closed)
    both = history(reminders=[*known.reminders, other], closings=closed)
    assert short(plan(rules('on="sale"'), TODAY, both).open) == [" reminder:6 0 2026-06-07"]


def test_a_repeating_reminder_comes_again_so_long_after_the_day_it_was_last_done() -> None:
    closed = [closing("", "reminder:5", str(n), "2026-06-06", f"2026-07-{n + 1:02}") for n in range(11)]
    for given in (closed, closed[::-1]):
        known = remind("1 week", closings=given, snoozes={Key("", "reminder:5", "11"): day("2026-08-01")})
        (found,) = plan(rules('on="sale"'), TODAY, known).open
        assert (found.key.occurrence, found.due) == ("11", day("2026-07-18"))
        assert found.start == found.due
        assert found.snoozed_until == day("2026-08-01")
    assert plan(rules('on="sale"'), TODAY, remind("1 week")).open[0].due == day("2026-06-06")


# At most


@pytest.mark.parametrize(
    ("second", "kept"),
    [("2026-06-30", ["2026-05-31"]), ("2026-07-01", ["2026-05-31", "2026-07-01"])],
)
def test_no_two_of_a_rule_are_due_closer_together_than_at_most(second: str, kept: list[str]) -> None:
    known = history(sales=[sale(1, "2026-05-31"), sale(2, second)])
    assert dues('on="sale"\nat_most="31 days"', known) == kept
    assert dues('on="sale"', known) == ["2026-05-31", second]


def test_at_most_in_months_counts_from_the_earlier_one() -> None:
    # 31 January + 1 month is 28 February
    known = history(sales=[sale(1, "2026-02-28")], closings=[closing("a", "sale:9", "0", "2026-01-31", "2026-02-01")])
    assert dues('on="sale"\nat_most="1 month"', known, "2026-02-28") == ["2026-02-28"]
    known = history(sales=[sale(1, "2026-02-27")], closings=[closing("a", "sale:9", "0", "2026-01-31", "2026-02-01")])
    assert dues('on="sale"\nat_most="1 month"', known, "2026-02-28") == []


# Groups


NEWS = 'on="calendar"\nschedule="FREQ=MONTHLY;BYMONTHDAY=15"\ngroup=true\n'


def group(
    body: str, today: str = TODAY, known: History | None = None, workdays: Workdays | None = None
) -> list[FollowUp]:
    """What stands of a group rule."""
    asked = planner(rules(body, weekend="keep"), today, workdays)
    known = known or group_history([], {})
    return asked.plan_group(asked.rules.rules[0], known.closings, known.snoozes).open


def test_a_group_has_one_follow_up_for_everyone_on_the_rules_first_channel() -> None:
    (found,) = group(NEWS + 'channels=["post", "email"]\nexpires="20 days"')
    assert found == FollowUp(
        key=Key("a", "everyone", "2026-05-15"),
        contact_id=None,
        start=day("2026-05-15"),
        due=day("2026-05-15"),
        expires=day("2026-06-04"),
        last=day("2026-06-04"),
        title="a",
        channel="post",
        message="m",
        position=0,
        holdable=False,
    )


def test_a_group_follow_up_is_answered_and_snoozed_like_any_other() -> None:
    body = NEWS + 'expires="20 days"'
    closed = [closing("a", "everyone", "2026-05-15", "2026-05-15", "2026-05-20")]
    assert [str(f.due) for f in group(body, known=group_history(closed, {}))] == ["2026-06-15"]
    known = group_history([], {Key("a", "everyone", "2026-04-15"): day("2026-06-20")})
    assert [(str(f.due), str(f.day)) for f in group(body, known=known)] == [("2026-04-15", "2026-06-20")]


def test_nothing_but_its_answers_is_known_of_a_group() -> None:
    closed = [closing("a", "everyone", "2026-05-15", "2026-05-15", "2026-05-20")]
    known = group_history(closed, snoozed("2026-06-20", "2026-05-15", "everyone"))
    assert (known.sales, known.events, known.reminders) == ([], [], [])
    assert (known.closings, known.snoozes) == (closed, snoozed("2026-06-20", "2026-05-15", "everyone"))


def test_the_plan_of_a_group_does_not_end_with_the_day_on_which_it_is_asked_who_is_in_it() -> None:
    asked = planner(rules(NEWS + 'expires="never"\nwhen="contact.years >= 1"'), TODAY)
    found = asked.plan_group(asked.rules.rules[0], [], {})
    assert (len(found.open), found.groups, found.valid_until) == (1, (), LAST_DAY)


def test_a_group_s_title_may_say_more() -> None:
    (found,) = group(NEWS + 'title="News of {{ due }}"')
    assert found.title == "News of 2026-05-15"


@pytest.mark.parametrize(
    ("person", "extra", "member"),
    [
        ({}, "", True),
        ({"tags": ("vip",)}, "when=\"'vip' in contact.tags\"", True),
        ({}, "when=\"'vip' in contact.tags\"", False),
        ({"emails": (), "phones": ()}, "", False),
        ({"opted_out": ("email", "phone")}, "", False),
        ({"lost_on": day("2026-05-01")}, "", False),
        ({"lost_on": day("2026-05-01")}, "lost=true", True),
        ({}, "lost=true", False),
        ({"added": day("2025-06-15")}, 'when="contact.years >= 1"', True),  # on the day it falls due
        ({"added": day("2025-06-16")}, 'when="contact.years >= 1"', False),
    ],
)
def test_a_group_reaches_those_whom_the_rule_lets_through(person: dict[str, Any], extra: str, member: bool) -> None:
    given = rules('on="sale"', NEWS + extra, NEWS + 'when="contact.years >= 90"', NEWS)
    lost = "lost_on" in person
    alone = not person.get("emails", True) or "opted_out" in person
    expected = (*(("b",) if member else ()), *(("d",) if not lost and not alone else ()))
    assert plan(given, TODAY, history(contact(**person))).groups == expected


def test_a_group_whose_schedule_is_over_has_nobody_and_does_not_hide_the_next() -> None:
    over = 'on="calendar"\nschedule="FREQ=MONTHLY;COUNT=3"\ngroup=true\n'
    found = plan(rules(over, NEWS), TODAY, history())
    assert found.groups == ("b",)


def test_the_day_a_group_falls_due_is_shifted_before_it_is_asked_who_is_in_it() -> None:
    away = Workdays(away=((day("2026-05-10"), day("2026-06-09")),))
    known = history(contact(added=day("2025-06-10")))
    condition = 'when="contact.years >= 1"'
    assert plan(rules(NEWS + condition), TODAY, known, away).groups == ("a",)  # 15 May moves to 10 June
    assert plan(rules(NEWS + condition), "2026-06-10", known, away).groups == ("a",)
    shorter = Workdays(away=((day("2026-05-10"), day("2026-06-08")),))
    assert plan(rules(NEWS + condition), TODAY, known, shorter).groups == ()


def test_a_group_rule_plans_nothing_for_a_single_contact() -> None:
    assert plan(rules(NEWS), TODAY, history()).open == []


def test_who_is_in_a_group_is_asked_again_after_its_day_where_years_or_days_count() -> None:
    assert plan(rules(NEWS + 'when="contact.years >= 1"'), TODAY, history()).valid_until == day("2026-06-15")
    assert plan(rules(NEWS + "when=\"not happened('note')\""), TODAY, history()).valid_until == day("2026-06-15")
    assert plan(rules(NEWS + "when=\"not open('claim')\""), TODAY, history()).valid_until == LAST_DAY
    assert plan(rules(NEWS), TODAY, history()).valid_until == LAST_DAY


# What comes


def coming(given: Rules, until: str, known: History, today: str = TODAY, workdays: Workdays | None = None) -> list[str]:
    asked = planner(given, today, workdays)
    return short(list(asked.coming(known, asked.plan(known), day(until))))


def test_the_coming_ones_of_a_repeating_rule_follow_the_open_one_up_to_a_day() -> None:
    given = rules('on="sale"', MONTHLY, weekend="keep")
    known = history(sales=[sale(1, "2026-05-28")])
    assert coming(given, "2026-08-28", known) == [
        "b sale:1 1 2026-06-28", "b sale:1 2 2026-07-28", "b sale:1 3 2026-08-28",
    ]  # fmt: skip
    assert coming(given, "2026-08-27", known) == ["b sale:1 1 2026-06-28", "b sale:1 2 2026-07-28"]
    assert coming(given, "2026-06-27", known) == []


def test_what_is_not_open_has_nothing_that_follows() -> None:
    known = history(sales=[sale(1, "2026-01-28"), sale(2, "2026-05-28")])
    assert coming(rules(MONTHLY + "\ntimes=2", weekend="keep"), "2027-01-01", known) == ["a sale:2 1 2026-06-28"]


def test_what_was_done_ahead_or_is_refused_does_not_come() -> None:
    known = history(
        contact(birthday="--06-15"),
        closings=[closing("a", "contact:1", "2028", "2028-06-15", TODAY)],
        snoozes={Key("a", "contact:1", "2026"): day("2026-06-20")},
    )
    birthday = 'on="birthday"\nwhen="contact.years != 10"'  # which is in 2030
    asked = planner(rules(birthday, weekend="keep"), TODAY)
    series = next(iter(series_of(asked.rules.rules[0], known, asked.workdays, date.min)))
    found = asked.gather(known).following(series, day("2026-06-15"), day("2032-01-01"))
    assert [str(f.due) for f in found] == ["2027-06-15", "2029-06-15", "2031-06-15"]


def test_what_comes_is_found_for_an_older_sale_when_a_later_one_has_ended() -> None:
    given = rules('on="sale"\nevery="1 month"\ntimes=2', weekend="keep")
    ended = [closing("a", "sale:2", str(n), "2026-05-20", "2026-05-29") for n in range(2)]
    known = history(sales=[sale(1, "2026-05-15"), sale(2, "2026-05-20")], closings=ended)
    assert coming(given, "2026-09-01", known) == ["a sale:1 1 2026-06-15"]


def test_the_coming_ones_keep_the_distance_of_at_most() -> None:
    given = rules('on="sale"\nevery="10 days"\nat_most="25 days"', 'on="date:launch"', weekend="keep")  # of one rule
    known = history(sales=[sale(1, "2026-06-01", dates={"launch": day("2026-07-02")})])
    assert coming(given, "2026-08-15", known) == ["a sale:1 3 2026-07-01", "a sale:1 6 2026-07-31"]


def test_two_starts_of_a_rule_keep_their_distance_in_what_comes() -> None:
    given = rules('on="sale"\nevery="20 days"\nat_most="20 days"', weekend="keep")
    known = history(sales=[sale(1, "2026-06-01"), sale(2, "2026-06-21")])
    assert short(plan(given, TODAY, known).open) == ["a sale:1 0 2026-06-01", "a sale:2 0 2026-06-21"]
    assert coming(given, "2026-08-01", known) == ["a sale:2 1 2026-07-11", "a sale:2 2 2026-07-31"]


def test_times_away_move_what_comes_and_leave_none_out() -> None:
    away = Workdays(away=((day("2026-06-10"), day("2026-08-20")),))
    given = rules('on="sale"\nevery="1 month"\nweekend="keep"')
    known = history(sales=[sale(1, "2026-06-01")])
    found = coming(given, "2026-09-01", known, workdays=away)
    assert found == ["a sale:1 1 2026-08-21", "a sale:1 2 2026-08-21", "a sale:1 3 2026-09-01"]


# Titles


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        (None, "a: Ada Example, Logo"),
        ("Thank {{ contact.first_name }} for {{ sale.title }}", "Thank Ada for Logo"),
        ("  Thank\\n  {{ contact.first_name }} ", "Thank Ada"),
        ("{{ '' }}", "a: Ada Example, Logo"),
        ("{{ event.text }}", "a: Ada Example, Logo"),  # there is no event
        ("{{ start_of_it }}", "a: Ada Example, Logo"),
        ("{{ due }}", "2026-05-29"),
        ("{{ me.owner }} asks", "Nora asks"),
    ],
)
def test_the_line_in_the_list_is_the_title_or_name_contact_and_sale(title: str | None, shown: str) -> None:
    body = 'on="sale"' + (f'\ntitle="{title}"' if title is not None else "")
    (found,) = planner(rules(body), TODAY, owner="Nora").plan(ASKED).open
    assert found.title == shown


def test_without_a_sale_the_line_has_the_name_alone() -> None:
    known = history(contact(birthday="--06-15"))
    assert the_open('on="birthday"', known).title == "a: Ada Example"


def test_a_title_for_a_service_can_name_its_day() -> None:
    known = history(sales=[sale(1, "2026-01-10", service_every="6 months")])
    body = 'on="service"\nbefore="2 weeks"\ntitle="{{ sale.next_service }}"'
    assert the_open(body, known).title == "2026-07-10"
    assert the_open(body, known, "2026-08-20").title == "2027-01-10"


def test_a_title_is_three_hundred_characters_at_most() -> None:
    known = history(sales=[sale(1, "2026-05-29", title="x" * 200)])
    body = 'on="sale"\ntitle="{{ sale.title }}{{ sale.title }}"'
    assert the_open(body, known).title == "x" * 300


def test_a_title_that_names_what_is_not_there_is_refused_where_it_is_asked_for() -> None:
    asked = planner(rules('on="birthday"\ntitle="{{ sale.title }}"'), TODAY)
    known = history(contact(birthday="--06-15"))
    (series,) = series_of(asked.rules.rules[0], known, asked.workdays, date.min)
    occurrence = next(series.occurrences(day(TODAY)))
    with pytest.raises(Refusal, match=r"^the title"):
        title_of(series.rule, asked.facts_of(known, series, occurrence, day("2026-06-15")))


# When a contact was reached


def reached(*days: str, today: str = TODAY, gap: str = "3 days") -> tuple[str, str, str]:
    """The day a contact was last reached, the day they are free again, and how long the plan stays true."""
    events = [event(n, "call", on, reached=True) for n, on in enumerate(days, 1)]
    unheard = [event(8, "note", "2026-06-01"), event(9, "call", "2026-06-01", incoming=True)]
    found = plan(rules('on="birthday"', gap=gap), today, history(events=[*events, *unheard]))
    return str(found.reached), str(found.free), str(found.valid_until)


def test_a_contact_is_free_again_so_long_after_they_were_last_reached() -> None:
    assert reached("2026-05-20", "2026-05-30") == ("2026-05-30", "2026-06-02", str(LAST_DAY))
    assert reached("2026-06-01") == ("2026-06-01", "2026-06-04", str(LAST_DAY))
    assert reached("2026-05-29", gap="2 business days") == ("2026-05-29", "2026-06-02", str(LAST_DAY))
    assert reached() == ("None", "None", str(LAST_DAY))


def test_a_touch_written_down_ahead_counts_from_its_day_on() -> None:
    assert reached("2026-05-20", "2026-06-03", "2026-06-09") == ("2026-05-20", "2026-05-23", "2026-06-02")
    assert reached("2026-06-02") == ("None", "None", "2026-06-01")


# What left the list lately, for the daily limit


@pytest.mark.parametrize(("today", "kept"), [("2026-06-09", True), ("2026-09-06", True), ("2026-09-07", False)])
def test_with_a_daily_limit_what_expired_within_ninety_days_is_told(today: str, kept: bool) -> None:
    body = 'on="sale"\nexpires="10 days"'  # from 29 May: its last day is 8 June
    found = plan(rules(body, daily=1), today, ASKED)
    assert (found.open, short(found.expired)) == ([], ["a sale:1 0 2026-05-29"] if kept else [])
    assert plan(rules(body), today, ASKED).expired == []


def test_what_expired_is_not_told_beside_an_open_one_of_the_same_start() -> None:
    found = plan(rules(MONTHLY, daily=1, weekend="keep"), "2026-01-16", SINCE_JANUARY)
    assert short(found.open) == ["a sale:1 1 2026-02-05"]
    assert found.expired == []


def test_what_expired_stays_told_beside_an_open_one_of_another_start() -> None:
    known = history(sales=[sale(1, "2026-05-11"), sale(2, "2026-05-29")])
    found = plan(rules('on="sale"\nexpires="10 days"', daily=1), TODAY, known)
    assert (short(found.open), short(found.expired)) == (["a sale:2 0 2026-05-29"], ["a sale:1 0 2026-05-11"])


def test_what_the_condition_refuses_now_has_not_expired() -> None:
    found = plan(rules('on="sale"\nexpires="1 day"\nwhen="contact.years >= 90"', daily=1), TODAY, ASKED)
    assert (found.open, found.expired) == ([], [])


# How long a plan stays true


YEARS_OF_WORK = history(
    contact(birthday="1980-02-29", added=day("2024-03-10")),
    sales=[
        sale(1, "2024-03-10", service_every="5 months", lasts="2 months", warranty_until=day("2026-07-01")),
        sale(2, "2026-02-20", dates={"launch": day("2026-04-11")}, starts_from=day("2026-02-25")),
        sale(3, "2026-05-29"),
    ],
    events=[
        event(1, "complaint", "2026-05-20", incoming=True),
        event(2, "call", "2026-06-20", reached=True),
        event(3, "promise", "2026-05-20", due=day("2026-06-12")),
    ],
    reminders=[Reminder(id=5, contact_id=1, day=day("2026-06-10"), text="Ask", every="2 weeks")],
    closings=[closing("a", "sale:1", "2", "2026-05-10", "2026-05-20")],
    snoozes={Key("b", "sale:1", "0"): day("2026-07-10")},
)
"""A contact with something of every kind."""

PLAYBOOK = (
    'on="sale"\nevery="1 month"\ntimes=40\nexpires="10 days"',
    'on="warranty-end"\nbefore="3 weeks"\nexpires="2 weeks"\npriority="low"',
    'on="service"\nat_most="8 months"\nexpires="12 days"',
    'on="birthday"\nhold=false\nexpires="3 days"\nwhen="contact.years >= 3"',
    'on="calendar"\nschedule="FREQ=MONTHLY;BYMONTHDAY=20"\nwhen="contact.years >= 3"\nexpires="6 days"',
    'on="complaint"\nevery="9 days"\npriority="high"\nexpires="1 week"',
    'on="calendar"\nschedule="FREQ=WEEKLY"\ngroup=true\nwhen="contact.years >= 3"',
    'on="silence"\nafter="2 months"\nexpires="2 weeks"',
)


@pytest.mark.parametrize(("daily", "first"), [(0, "2026-03-01"), (2, "2026-03-01"), (0, "2027-01-01")])
def test_planning_bit_by_bit_and_planning_from_scratch_give_the_same(daily: int, first: str) -> None:
    given = rules(*PLAYBOOK, gap="4 days", daily=daily)
    kept = plan(given, first, YEARS_OF_WORK)
    replans = 0
    for n in range(1, 180):
        on = day(first) + timedelta(days=n)
        fresh = plan(given, str(on), YEARS_OF_WORK)
        if on > kept.valid_until:
            kept = fresh
            replans += 1
        assert (kept.open, kept.groups, kept.reached, kept.free) == (
            fresh.open, fresh.groups, fresh.reached, fresh.free,
        ), on  # fmt: skip
    assert 0 < replans < 100  # most days it was kept, and not always


def test_what_a_hold_carries_on_stays_for_as_long_as_the_plan_says() -> None:
    given = rules('on="sale"\nexpires="never"\npriority="high"', 'on="sale"\nexpires="10 days"')
    known = history(sales=[sale(1, "2026-05-29")])
    kept = plan(given, "2026-05-29", known)
    assert len(kept.open) == 2
    for on in (kept.valid_until, kept.valid_until - timedelta(days=1), day("2026-12-01")):
        assert plan(given, str(on), known).open == kept.open
    assert kept.valid_until > day("2027-06-01")


@pytest.mark.parametrize(
    ("body", "until"),
    [
        ('on="sale"\nexpires="10 days"', "2026-06-08"),  # its last day
        ('on="sale"\nexpires="never"', str(LAST_DAY)),
        ('on="sale"\nwhen="contact.years >= 90"', str(LAST_DAY)),
        ('on="birthday"\nwhen="contact.years >= 90"\nexpires="10 days"', "2026-06-25"),  # then another is tried
        ('on="birthday"\nexpires="10 days"', "2026-06-25"),
        ('on="silence"\nafter="1 month"\nexpires="10 days"', "2026-07-09"),
    ],
)
def test_a_plan_stays_true_until_the_first_of_it_ends(body: str, until: str) -> None:
    known = history(contact(birthday="--06-15"), ASKED.sales)
    assert str(plan(rules(body), TODAY, known).valid_until) == until


def test_a_rule_has_its_place_in_the_file_and_what_has_none_comes_before_all_others() -> None:
    asked = planner(rules('on="sale"', 'on="birthday"'), TODAY)
    assert [asked.position(name) for name in ("a", "b", "", "went")] == [0, 1, -1, -1]
