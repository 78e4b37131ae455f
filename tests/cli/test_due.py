"""The morning list: what is in it on which day, in which order and state, and what is held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from followup.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Rules = Callable[[str], None]

COLUMNS = "id\tdue\tstate\tpriority\tcontact\tchannel\ttitle"


def rule(name: str, more: str = "", after: str = "0 days", on: str = "sale", expires: str = "10 days") -> str:
    """A rule on e-mail with the contact's name as its line in the list."""
    fields = f'name = "{name}"\non = "{on}"\nafter = "{after}"\nexpires = "{expires}"\nmessage = "{name}"'
    return (
        f'[[rule]]\n{fields}\nchannels = ["email"]\ntitle = "{name} {{{{ contact.name }}}}"\nweekend = "keep"\n{more}\n'
    )


def settings(min_gap: str = "0 days", daily: int = 0) -> str:
    return f'[settings]\nmin_gap = "{min_gap}"\ndaily = {daily}\n'


def titles(result: Result) -> list[str]:
    """The titles of a piped list, in its order."""
    return [line.split("\t")[6] for line in result.out.splitlines()[1:]]


def sell(cli: Cli, *names: str, on: str = "2026-11-20") -> None:
    for name in names:
        assert cli(f"sale add {name} Job --new --email {name.lower()}@example.com --on {on}").status == 0


def test_a_pipe_gets_one_header_and_tab_separated_lines(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("thanks"))
    sell(cli, "Ann")
    assert cli("due").out == f"{COLUMNS}\n1\t2026-11-20\toverdue\tnormal\tAnn\temail\tthanks Ann\n"


def test_nothing_to_do_is_a_header_alone_and_an_empty_document(cli: Cli) -> None:
    assert cli("due").out == COLUMNS + "\n"
    result = cli("due --json")
    assert (result.out, result.err) == ("[]\n", "")


def test_json_has_every_key_of_a_follow_up_and_dates_as_iso_text(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("thanks"))
    sell(cli, "Ann")
    (found,) = cli("due --json").json
    assert found["uid"].endswith("@followup")
    assert list(found.items()) == list(
        {
            "id": 1,
            "uid": found["uid"],
            "rule": "thanks",
            "contact": {"id": 1, "name": "Ann"},
            "sale": {"id": 1, "title": "Job"},
            "event": None,
            "title": "thanks Ann",
            "due": "2026-11-20",
            "expires": "2026-11-30",
            "state": "overdue",
            "overdue_days": 2,
            "channel": "email",
            "missing": None,
            "message": "thanks",
            "priority": "normal",
            "snoozed_until": None,
            "done_on": None,
            "note": None,
        }.items()
    )


def test_what_an_event_started_names_the_event(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("answer", on="question"))
    cli("contact add Ann --email a@example.com")
    cli("log question ann 'how much?'")
    (found,) = cli("due --json").json
    assert (found["event"], found["sale"]) == ({"id": 1, "kind": "question"}, None)


def test_a_group_has_no_contact(cli: Cli, rules: Rules) -> None:
    more = 'schedule = "FREQ=DAILY"\ngroup = true\n'
    rules(settings() + rule("news", more, on="calendar").replace("{{ contact.name }}", "to all"))
    cli("contact add Ann --email a@example.com", today="2026-11-21")
    (found,) = cli("due --json").json
    assert found["contact"] is None
    assert cli("due").out.splitlines()[1].split("\t")[4:] == ["", "email", "news to all"]


def test_without_a_channel_the_list_has_none(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("thanks"))
    cli("sale add Ann Job --new")
    (found,) = cli("due --json").json
    assert (found["channel"], found["missing"]) == (None, "Ann has no e-mail address")
    assert cli("due").out.splitlines()[1].split("\t")[5] == ""


def test_lines_come_by_day_then_priority_then_name(cli: Cli, rules: Rules) -> None:
    every = "hold = false\n"
    rules(
        settings()
        + rule("low", every + 'priority = "low"')
        + rule("high", every + 'priority = "high"')
        + rule("normal", every)
        + rule("late", every + 'priority = "low"', after="1 day")
    )
    sell(cli, "Bob", "ann", "Cy")
    assert titles(cli("due", today="2026-11-21")) == [
        f"{name} {who}" for name in ("high", "normal", "low", "late") for who in ("ann", "Bob", "Cy")
    ]


@pytest.mark.parametrize(
    ("today", "state", "overdue"),
    [
        ("2026-11-19", "upcoming", 0),
        ("2026-11-20", "due", 0),
        ("2026-11-21", "overdue", 1),
        ("2026-11-30", "overdue", 10),
        ("2026-12-01", None, None),
    ],
)
def test_the_day_decides_the_state_up_to_the_last_day(
    cli: Cli, rules: Rules, today: str, state: str | None, overdue: int | None
) -> None:
    rules(settings() + rule("thanks"))
    sell(cli, "Ann")
    found = [(f["state"], f["overdue_days"]) for f in cli("due --ahead 1d --json", today=today).json]
    assert found == ([(state, overdue)] if state else [])


def test_only_the_first_of_a_person_is_shown_by_priority_then_day(cli: Cli, rules: Rules) -> None:
    rules(
        settings() + rule("old") + rule("new", 'priority = "normal"', after="1 day") + rule("low", 'priority = "low"')
    )
    sell(cli, "Ann", "Bob")
    result = cli("due", today="2026-11-21")
    assert titles(result) == ["old Ann", "old Bob"]
    assert result.err == "4 more held back for now: followup due --all shows them\n"
    assert cli("due --all --json", today="2026-11-21").json[2]["state"] == "held"
    assert len(titles(cli("due --all", today="2026-11-21"))) == 6
    assert cli("due --all", today="2026-11-21").err == ""


def test_high_priority_and_rules_that_do_not_hold_are_never_held(cli: Cli, rules: Rules) -> None:
    rules(settings("9 days", 1) + rule("first", 'priority = "high"') + rule("urgent", 'priority = "high"'))
    sell(cli, "Ann")
    cli("log call ann")
    assert titles(cli("due")) == ["first Ann", "urgent Ann"]
    rules(settings("9 days", 1) + rule("first") + rule("free", "hold = false"))
    assert titles(cli("due")) == ["free Ann"]


def test_the_held_ones_are_counted_within_the_filter_and_told_beside_json_too(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("first") + rule("second"))
    sell(cli, "Ann", "Bob")
    result = cli("due --contact ann --json")
    assert [f["title"] for f in result.json] == ["first Ann"]
    assert result.err == "1 more held back for now: followup due --all shows it\n"
    result = cli("due --rule second")
    assert result.out == COLUMNS + "\n"
    assert result.err == "2 held back for now: followup due --all shows them\n"


def test_the_daily_limit_holds_the_rest_and_lets_high_ones_through(cli: Cli, rules: Rules) -> None:
    rules(settings(daily=2) + rule("plain") + rule("urgent", 'priority = "high"', on="question"))
    sell(cli, "Ann", "Bob", "Cy")
    cli("contact add Di --email d@example.com")
    cli("log question di why --on 2026-11-20")
    result = cli("due")
    assert titles(result) == ["urgent Di", "plain Ann", "plain Bob"]
    assert result.err.startswith("1 more held back")
    cli("done ann")
    assert titles(cli("due")) == ["urgent Di", "plain Bob", "plain Cy"]


def test_what_the_daily_limit_kept_out_of_every_list_stays_though_it_comes_again(cli: Cli, rules: Rules) -> None:
    rules(settings(daily=1) + rule("care", expires="2 days", on="service"))
    cli("sale add Ann Job --new --email a@example.com --on 2026-05-22 --service-every '6 months'")
    cli("sale add Bob Job --new --email b@example.com --on 2026-05-22 --service-every '6 months'")
    for day in ("2026-11-22", "2026-11-23", "2026-11-24"):
        assert titles(cli("due", today=day)) == ["care Ann"]
    (found,) = cli("due --json", today="2026-11-25").json
    assert (found["title"], found["due"], found["state"]) == ("care Bob", "2026-11-22", "overdue")
    told = cli("why --contact bob --rule care --json", today="2026-11-25").json
    assert told["followup"]["id"] == found["id"]
    stays = "; the daily limit kept it out of the list until then, so it stays"
    assert [step["step"] for step in told["steps"] if step["text"].endswith(stays)] == ["expiry"]
    cli("done bob", today="2026-11-25")
    assert titles(cli("due --all", today="2026-11-26")) == []
    assert [f["due"] for f in cli("due --ahead 7m --json", today="2026-11-25").json] == ["2027-05-22"] * 2


def test_late_ones_that_the_daily_limit_held_do_not_pile_up(cli: Cli, rules: Rules) -> None:
    weekly = rule("tips", 'every = "1 week"\nwhen = "contact.name == \'Bob\'"', expires="2 days")
    rules(settings(daily=1) + rule("plain", "when = \"contact.name == 'Ann'\"", expires="never") + weekly)
    for name in ("Ann", "Bob"):
        cli(f"sale add {name} Job --new --email {name}@example.com --on 2026-11-01", today="2026-11-01")
    for day in ("2026-11-04", "2026-11-08", "2026-11-22", "2026-11-24"):
        assert titles(cli("due", today=day)) == ["plain Ann"]
        shown = cli("due --all --ahead 3w --contact bob --json", today=day).json
        assert [(f["due"], f["state"]) for f in shown] == [("2026-11-01", "held")]
    cli("skip 1", today="2026-11-24")
    assert [f["due"] for f in cli("due --json", today="2026-11-24").json] == ["2026-11-01"]
    cli("done bob", today="2026-11-24")
    assert [f["due"] for f in cli("due --all --ahead 3w --json", today="2026-11-24").json] == ["2026-11-29"]


def test_what_is_for_everyone_counts_in_the_daily_limit_and_stands_behind_nobody(cli: Cli, rules: Rules) -> None:
    monthly = 'schedule = "FREQ=MONTHLY;BYMONTHDAY=22"\ngroup = true'
    groups = "".join(
        f'[[rule]]\nname = "{name}"\non = "calendar"\n{monthly}\nchannels = ["email"]\nmessage = "m"\n'
        'weekend = "keep"\n'
        for name in ("cards", "news")
    )
    rules(settings(daily=2) + rule("plain") + groups)
    sell(cli, "Ann", on="2026-11-20")
    assert titles(cli("due")) == ["plain Ann", "cards"]  # the older line first
    assert titles(cli("due --all")) == ["plain Ann", "cards", "news"]
    rules(settings() + rule("plain") + groups)
    assert titles(cli("due")) == ["plain Ann", "cards", "news"]


def test_names_are_in_order_whatever_their_case_and_accents(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("plain"))
    sell(cli, "Zed", "álvaro", "Bob", "Øster", "amy")
    assert titles(cli("due")) == [f"plain {name}" for name in ("álvaro", "amy", "Bob", "Øster", "Zed")]


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("log call ann", True),
        ("log email ann", True),
        ("log message ann", True),
        ("log meeting ann", True),
        ("log visit ann", True),
        ("log card ann", True),
        ("log note ann", False),
        ("log attempt ann", False),
        ("log call ann --in", False),
        ("log question ann", False),
        ("log feedback ann --rating 8", False),
        ("log perk ann", False),
    ],
)
def test_after_reaching_a_person_their_others_wait_for_the_gap(cli: Cli, rules: Rules, said: str, holds: bool) -> None:
    rules(settings("3 days") + rule("thanks"))
    sell(cli, "Ann")
    cli(said)
    assert titles(cli("due", today="2026-11-24")) == ([] if holds else ["thanks Ann"])
    assert titles(cli("due", today="2026-11-25")) == ["thanks Ann"]


def test_holding_loses_nothing_the_last_day_moves_to_the_end_of_the_hold(cli: Cli, rules: Rules) -> None:
    rules(settings("9 days") + rule("thanks", expires="2 days"))
    sell(cli, "Ann")
    cli("log call ann")
    assert titles(cli("due", today="2026-11-30")) == []
    assert [f["expires"] for f in cli("due --all --json").json] == ["2026-12-01"]
    (found,) = cli("due --json", today="2026-12-01").json
    assert (found["title"], found["expires"]) == ("thanks Ann", "2026-12-01")
    assert titles(cli("due --all", today="2026-12-02")) == []


def test_what_was_answered_before_its_day_holds_nothing(cli: Cli, rules: Rules) -> None:
    rules(settings("4 days") + rule("high", 'priority = "high"', after="10 days") + rule("plain", expires="6 days"))
    sell(cli, "Ann", on="2026-11-20")
    cli("log call ann", today="2026-11-24")
    cli("skip 1", today="2026-11-26")
    (held,) = cli("due --all --json", today="2026-11-27").json
    assert (held["title"], held["state"], held["expires"]) == ("plain Ann", "held", "2026-11-28")
    assert titles(cli("due", today="2026-11-28")) == ["plain Ann"]


def test_what_is_held_for_as_long_as_something_stands_before_it_has_no_last_day(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("first", expires="never") + rule("second"))
    sell(cli, "Ann")
    assert [(f["title"], f["expires"]) for f in cli("due --all --json").json] == [
        ("first Ann", None),
        ("second Ann", None),
    ]
    cli("done 1")
    assert [(f["title"], f["expires"]) for f in cli("due --all --json").json] == [("second Ann", "2026-11-30")]


def test_ahead_adds_what_comes_due_and_of_a_repeating_one_only_the_next(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("check", 'every = "1 week"', after="5 days"))
    sell(cli, "Ann")
    assert titles(cli("due --ahead 2d")) == []
    assert cli("due --ahead 3d").out.splitlines()[1].split("\t")[1:3] == ["2026-11-25", "upcoming"]
    assert titles(cli("due --ahead '1 year 6 months'")) == ["check Ann"]
    assert titles(cli("due --ahead 3bd")) == ["check Ann"]


def test_ahead_leaves_out_who_waits_and_all_shows_the_snoozed_ones(cli: Cli, rules: Rules) -> None:
    rules(settings() + rule("thanks"))
    sell(cli, "Ann")
    cli("snooze ann 2026-12-10")
    assert titles(cli("due --ahead 1y")) == []
    assert cli("due --all").out.splitlines()[1].split("\t")[1:3] == ["2026-12-10", "snoozed"]
    assert cli("due").err == ""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["old Ann", "old Bob"]),
        ("--contact bob", ["old Bob"]),
        ("--contact 1", ["old Ann"]),
        ("--contact ann@example.com", ["old Ann"]),
        ("--rule old", ["old Ann", "old Bob"]),
        ("--rule new", []),
        ("--rule new --ahead 1w --contact ann", ["new Ann"]),
        ("--channel email", ["old Ann", "old Bob"]),
        ("--channel E-Mail", ["old Ann", "old Bob"]),
        ("--channel phone --all", []),
    ],
)
def test_filters_leave_the_rest_out(cli: Cli, rules: Rules, options: str, expected: list[str]) -> None:
    rules(settings() + rule("old") + rule("new", after="5 days"))
    sell(cli, "Ann", "Bob")
    assert titles(cli(f"due {options}")) == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--rule thanx", "there is no rule 'thanx'; did you mean 'thanks'?"),
        ("--rule ''", "there is no rule ''"),
        ("--channel fax", "'fax' is no channel"),
        ("--channel ''", "the channel is empty"),
        ("--contact nobody", "nobody is called 'nobody'"),
        ("--contact ''", "nobody is called ''"),
        ("--ahead ''", "the period is empty"),
        ("--ahead tomorrow", "'tomorrow' is not a period"),
        ("--ahead 3", "'3' is not a period"),
        ("--ahead 51y", "50 years are the most"),
        (f"--contact {'9' * 5000}", "nobody is called '9999"),
    ],
)
def test_what_cannot_be_asked_is_refused(rules: Rules, refused: Callable[..., str], options: str, words: str) -> None:
    rules(settings() + rule("thanks"))
    sentence = refused(f"due {options}")
    assert words in sentence
    assert len(sentence) < 500


def test_on_a_terminal_the_last_line_tells_of_the_held_ones(
    cli: Cli, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(settings() + rule("first") + rule("second"))
    sell(cli, "Ann")
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    result = cli("due")
    assert [line.split()[-3:] for line in result.out.splitlines()[2:3]] == [["first", "Ann", "email"]]
    assert result.out.splitlines()[-1] == "1 more held back for now: followup due --all shows it"
    assert result.err == ""
    assert "second Ann" in cli("due --all").out
    assert cli("due --contact ann --rule second").out.splitlines()[0] == "Nothing to do."
