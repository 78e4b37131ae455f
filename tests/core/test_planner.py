"""What stands open for a contact on a day, by what the rules mean: which occurrence, for whom, on which channel, how
long."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from planning import closing, contact, day, event, history, plan, planner, rules, sale, short

from followup.core.model import FollowUp, History, Key, Reminder
from followup.core.period import LAST_DAY, Workdays
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


def test_years_are_full_on_the_anniversary_also_that_of_a_leap_day() -> None:
    known = history(contact(added=day("2024-02-29")), sales=[sale(1, "2024-02-29")])
    assert dues('on="anniversary"\nwhen="contact.years == 2"', known, today="2025-06-01") == ["2026-02-28"]


@pytest.mark.parametrize(
    "body",
    [
        'on="sale"\nevery="100 years"\nwhen="contact.years > 9000"',
        'on="sale"\nevery="200 years"\nexpires="200 years"\nwhen="contact.years > 9000"',
        'on="silence"\nafter="100 x usual"\nfallback="1 year"',
    ],
)
def test_where_the_calendar_ends_nothing_is_planned(body: str) -> None:
    known = history(sales=[sale(1, "1900-01-02"), sale(2, "2026-01-02"), sale(3, "2199-12-31")])
    assert plan(rules(body), TODAY, known).open == []


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


def test_on_an_earlier_day_what_was_written_down_later_is_planned_as_long_as_it_makes_sense() -> None:
    known = history(sales=[sale(1, "2026-01-15", entered=day("2026-05-01"))])
    body = 'on="sale"\nafter="1 day"\nexpires="7 days"'
    assert dues(body, known, "2026-01-20") == ["2026-01-16"]
    assert dues(body, known, "2026-01-24") == []
    assert dues(body, known, "2026-05-01") == []


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


def test_a_dozen_years_of_months_are_tried_against_a_condition_that_time_can_change_and_no_more() -> None:
    known = history(contact(added=day("2024-06-01")))
    monthly = 'on="calendar"\nschedule="FREQ=MONTHLY;BYMONTHDAY=1"\nexpires="5 days"\n'
    assert dues(monthly + 'when="contact.years >= 3"', known, "2026-07-30") == ["2027-06-01"]
    assert dues(monthly + 'when="contact.years >= 14"', known, "2026-07-30") == ["2038-06-01"]
    never = planner(rules(monthly + 'when="contact.years >= 90"'), TODAY)
    finder = never.gather(known)
    (series,) = series_of(never.rules.rules[0], known, never.workdays, date.min)
    assert [fate for fate, _ in finder.tried(series)].count("refused") == 150
    assert {(f.title, f.channel) for _, f in finder.tried(series)} == {("", None)}
    assert finder.settle().open == []
    assert dues('on="sale"\nevery="1 year"\nwhen="contact.years >= 9000"', ASKED) == []


def test_one_occurrence_is_tried_against_a_condition_that_time_does_not_change() -> None:
    asked = planner(rules('on="birthday"\nwhen="\'vip\' in contact.tags"'), TODAY)
    known = history(contact(birthday="--06-15"))
    (series,) = series_of(asked.rules.rules[0], known, asked.workdays, date.min)
    assert [fate for fate, _ in asked.gather(known).tried(series)].count("refused") == 1
    assert dues('on="birthday"\nwhen="\'vip\' in contact.tags"', history(contact(birthday="--06-15", tags=("vip",))))


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


def test_the_touch_that_a_silence_counts_from_has_not_happened_since() -> None:
    given = rules('on="silence"\nafter="1 month"\nwhen="not happened(\'call\')"', weekend="keep")
    call = event(1, "call", "2026-05-10")
    assert short(plan(given, TODAY, history(events=[call])).open) == ["a contact:1 0 2026-06-10"]
