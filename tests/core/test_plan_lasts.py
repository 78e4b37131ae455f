"""What follows the open ones, what is planned for a group, and how long a plan stays true."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from planning import closing, contact, day, event, history, plan, planner, rules, sale, short

from followup.core.model import FollowUp, History, Key, Reminder, Rules
from followup.core.period import LAST_DAY, Workdays
from followup.core.planner import group_history
from followup.core.series import series_of

TODAY = "2026-06-01"
"""A Monday."""

ASKED = history(sales=[sale(1, "2026-05-29")])
MONTHLY = 'on="sale"\nevery="1 month"\nexpires="10 days"'
SINCE_JANUARY = history(sales=[sale(1, "2026-01-05")])


# Groups

NEWS = 'on="calendar"\nschedule="FREQ=MONTHLY;BYMONTHDAY=15"\ngroup=true\n'


def group(
    body: str, today: str = TODAY, known: History | None = None, workdays: Workdays | None = None
) -> list[FollowUp]:
    """What stands of a group rule."""
    asked = planner(rules(body, weekend="keep"), today, workdays)
    known = known or group_history([], {}, date.min)
    return asked.plan_group(asked.rules.rules[0], known.closings, known.snoozes, known.contact.added).open


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
    )


def test_a_group_follow_up_is_answered_and_snoozed_like_any_other() -> None:
    body = NEWS + 'expires="20 days"'
    closed = [closing("a", "everyone", "2026-05-15", "2026-05-15", "2026-05-20")]
    assert [str(f.due) for f in group(body, known=group_history(closed, {}, date.min))] == ["2026-06-15"]
    known = group_history([], {Key("a", "everyone", "2026-04-15"): day("2026-06-20")}, date.min)
    assert [(str(f.due), str(f.day)) for f in group(body, known=known)] == [("2026-04-15", "2026-06-20")]


@pytest.mark.parametrize(
    ("since", "expires", "due"),
    [
        ("2020-01-01", "20 days", "2026-05-15"),
        ("2026-05-14", "20 days", "2026-05-15"),
        ("2026-05-15", "20 days", "2026-06-15"),  # the first is after the day that somebody became a client
        ("2026-03-15", "never", "2026-04-15"),
    ],
)
def test_a_group_has_nobody_to_be_for_before_its_first_client(since: str, expires: str, due: str) -> None:
    body = NEWS + f'expires="{expires}"'
    assert [str(f.due) for f in group(body, known=group_history([], {}, day(since)))] == [due]


def test_nothing_but_its_answers_is_known_of_a_group() -> None:
    closed = [closing("a", "everyone", "2026-05-15", "2026-05-15", "2026-05-20")]
    put_off = {Key("a", "everyone", "2026-05-15"): day("2026-06-20")}
    known = group_history(closed, put_off, date.min)
    assert (known.sales, known.events, known.reminders) == ([], [], [])
    assert (known.closings, known.snoozes) == (closed, put_off)


def test_the_plan_of_a_group_does_not_end_with_the_day_on_which_it_is_asked_who_is_in_it() -> None:
    asked = planner(rules(NEWS + 'expires="never"\nwhen="contact.years >= 1"'), TODAY)
    found = asked.plan_group(asked.rules.rules[0], [], {}, date.min)
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


def test_the_services_to_come_follow_the_open_one_and_what_runs_out_does_so_once() -> None:
    given = rules('on="service"', 'on="runs-out"', weekend="keep")
    known = history(sales=[sale(1, "2026-03-02", service_every="65 business days", lasts="10 business days")])
    assert coming(given, "2026-12-31", known) == ["a sale:1 2 2026-08-31", "a sale:1 3 2026-11-30"]


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


def test_the_coming_ones_keep_their_distance_from_what_was_done_ahead_of_its_day() -> None:
    given = rules('on="sale"\nevery="1 month"\nat_most="2 months"\ntimes=8', weekend="keep")
    done = [closing("a", "sale:1", "0", "2026-08-10", "2026-06-01")]
    known = history(sales=[sale(1, "2026-08-10"), sale(2, "2026-06-05")], closings=done)
    assert coming(given, "2026-10-04", known) == []


def test_the_coming_ones_keep_the_distance_of_at_most() -> None:
    given = rules('on="sale"\nevery="10 days"\nat_most="25 days"', 'on="date:launch"', weekend="keep")  # of one rule
    known = history(sales=[sale(1, "2026-06-01", dates={"launch": day("2026-07-02")})])
    assert coming(given, "2026-08-15", known) == ["a sale:1 3 2026-07-01", "a sale:1 6 2026-07-31"]


def test_two_starts_of_a_rule_keep_their_distance_in_what_comes() -> None:
    given = rules('on="sale"\nevery="20 days"\nat_most="20 days"', weekend="keep")
    known = history(sales=[sale(1, "2026-06-01"), sale(2, "2026-06-21")])
    assert short(plan(given, TODAY, known).open) == ["a sale:1 0 2026-06-01", "a sale:2 0 2026-06-21"]
    assert coming(given, "2026-08-01", known) == ["a sale:2 1 2026-07-11", "a sale:2 2 2026-07-31"]


def test_of_two_starts_what_comes_first_keeps_the_other_away() -> None:
    given = rules('on="sale"\nevery="20 days"\nat_most="25 days"', weekend="keep")
    known = history(sales=[sale(1, "2026-06-06"), sale(2, "2026-06-11")])
    assert short(plan(given, TODAY, known).open) == ["a sale:1 0 2026-06-06", "a sale:2 1 2026-07-01"]
    assert coming(given, "2026-08-15", known) == ["a sale:1 3 2026-08-05"]  # not sale:2 3, five days later


def test_times_away_move_what_comes_and_leave_none_out() -> None:
    away = Workdays(away=((day("2026-06-10"), day("2026-08-20")),))
    given = rules('on="sale"\nevery="1 month"\nweekend="keep"')
    known = history(sales=[sale(1, "2026-06-01")])
    found = coming(given, "2026-09-01", known, workdays=away)
    assert found == ["a sale:1 1 2026-08-21", "a sale:1 2 2026-08-21", "a sale:1 3 2026-09-01"]


# What is over


def test_of_what_is_over_the_silences_are_told_with_their_last_day() -> None:
    given = rules('on="silence"\nafter="1 month"\nexpires="10 days"', 'on="sale"\nexpires="10 days"')
    found = plan(given, TODAY, history(sales=[sale(1, "2026-03-02")]))
    assert found.over == {Key("a", "contact:1", "0"): day("2026-04-12")}
    long_ago = plan(given, TODAY, history(sales=[sale(1, "2024-03-02")]))
    assert long_ago.over == {Key("a", "contact:1", "0"): day("2024-04-12")}
    standing = plan(given, "2026-04-12", history(sales=[sale(1, "2026-03-02")]))
    assert (standing.over, short(standing.open)) == ({}, ["a contact:1 0 2026-04-02"])


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


def test_what_expired_is_told_beside_the_next_one_of_the_same_start_too() -> None:
    found = plan(rules(MONTHLY, daily=1, weekend="keep"), "2026-01-16", SINCE_JANUARY)
    assert short(found.open) == ["a sale:1 1 2026-02-05"]
    assert short(found.expired) == ["a sale:1 0 2026-01-05"]


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


def test_the_plan_of_an_earlier_day_lasts_until_what_it_is_made_of_was_written_down() -> None:
    given = rules('on="sale"\nexpires="never"\npriority="high"', 'on="sale"\nexpires="10 days"')
    known = history(sales=[sale(1, "2026-05-29", entered=day("2026-07-01"))])
    kept = plan(given, "2026-06-05", known)
    assert (len(kept.open), str(kept.valid_until)) == (2, "2026-06-30")
    assert plan(given, "2026-06-30", known).open == kept.open
    assert len(plan(given, "2026-07-01", known).open) == 1


def test_a_rule_has_its_place_in_the_file_and_what_has_none_comes_before_all_others() -> None:
    asked = planner(rules('on="sale"', 'on="birthday"'), TODAY)
    assert [asked.position(name) for name in ("a", "b", "", "went")] == [0, 1, -1, -1]
