"""Answering the list: done, skip and snooze, what each leaves behind, and how it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from followup.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Rules = Callable[[str], None]

RULES = """
[settings]
min_gap = "3 days"
[[rule]]
name = "thanks"
on = "sale"
channels = ["email", "phone", "sms", "chat", "social", "post", "visit"]
message = "thank-you"
title = "Thank {{ contact.name }} for {{ sale.title }}"
weekend = "keep"
expires = "5 days"
[[rule]]
name = "care"
on = "sale"
after = "1 week"
every = "1 week"
times = 10
channels = ["email"]
message = "thank-you"
title = "Care for {{ contact.name }}"
weekend = "keep"
[[rule]]
name = "silence"
on = "silence"
after = "6 months"
channels = ["email"]
message = "win-back"
title = "Get back to {{ contact.name }}"
weekend = "keep"
"""
ANN = "sale add Ann Logo --new --email ann@example.com"


@pytest.fixture(autouse=True)
def _ruled(rules: Rules) -> None:
    rules(RULES)


def listed(cli: Cli, today: str = "2026-11-22", options: str = "--all --ahead 1y") -> dict[str, str]:
    """What is planned: each title with its day."""
    return {f["title"]: f["snoozed_until"] or f["due"] for f in cli(f"due {options} --json", today=today).json}


def events(cli: Cli) -> list[tuple[str, str, str]]:
    """Kind, day and text of all that happened."""
    return [(e["kind"], e["on"], e["text"]) for e in cli("event list --json").json]


# done


@pytest.mark.parametrize(
    ("reach", "channel", "touch"),
    [
        ("--email a@example.com", "email", "email"),
        ("--phone 555-0101", "phone", "call"),
        ("--phone 555-0101 --prefer sms", "sms", "message"),
        ("--handle whatsapp:555", "chat", "message"),
        ("--handle mastodon:ann", "social", "message"),
        ("--address 'Example Street 1'", "post", "card"),
        ("--address 'Example Street 1' --prefer visit", "visit", "visit"),
        ("", None, "note"),
    ],
)
def test_done_logs_a_touch_that_fits_the_channel(cli: Cli, reach: str, channel: str | None, touch: str) -> None:
    cli(f"contact add Ann {reach}")
    cli("sale add ann Logo")
    (closed,) = cli("done ann --json").json["closed"]
    assert (closed["channel"], closed["state"], closed["done_on"]) == (channel, "done", "2026-11-22")
    (event,) = cli("event list --json").json
    assert (event["kind"], event["on"], event["sale_id"]) == (touch, "2026-11-22", 1)
    assert (event["incoming"], event["open"]) == (False, False)
    care = cli("due --rule care --all --json", today="2026-11-29").json
    assert [f["state"] for f in care] == ["due"]


def test_done_restarts_the_silence_and_holds_the_others_for_the_gap(cli: Cli) -> None:
    cli(ANN, today="2026-11-15")
    assert listed(cli)["Get back to Ann"] == "2027-05-15"
    cli("remind ann 2026-11-22 'send the files'")
    answered = cli("done 4 --json").json
    assert [f["title"] for f in answered["planned"]] == ["Get back to Ann"]
    assert listed(cli)["Get back to Ann"] == "2027-05-22"
    assert cli("due --rule care --all --json", today="2026-11-24").json[0]["state"] == "held"
    assert cli("due --rule care --json", today="2026-11-25").json[0]["state"] == "overdue"


def test_done_plans_the_next_of_a_repeating_rule_after_the_day_it_was_done(cli: Cli) -> None:
    cli(ANN, today="2026-10-01")
    assert listed(cli)["Care for Ann"] == "2026-10-29"
    answered = cli("done ann --json").json
    assert [(f["title"], f["due"]) for f in answered["closed"]] == [("Care for Ann", "2026-10-29")]
    assert ("Care for Ann", "2026-11-26") in [(f["title"], f["due"]) for f in answered["planned"]]


def test_a_note_is_kept_with_its_lines_here_and_on_the_touch(cli: Cli) -> None:
    cli(ANN)
    answered = cli("done ann --note ' liked it,\n wants  a flyer\n' --json").json
    assert answered["closed"][0]["note"] == "liked it,\nwants a flyer"
    assert events(cli) == [("email", "2026-11-22", "liked it,\nwants a flyer")]


def test_without_a_note_the_touch_says_what_was_done(cli: Cli) -> None:
    cli(ANN)
    assert cli("done ann --json").json["closed"][0]["note"] is None
    assert events(cli) == [("email", "2026-11-22", "Thank Ann for Logo")]


@pytest.mark.parametrize(
    ("on", "day"),
    [("2026-11-20", "2026-11-20"), ("yesterday", "2026-11-21"), ("20 nov", "2026-11-20"), ("friday", "2026-11-20")],
)
def test_on_is_today_or_a_day_before(cli: Cli, on: str, day: str) -> None:
    cli(ANN, today="2026-11-19")
    assert cli(f"done ann --on '{on}' --json").json["closed"][0]["done_on"] == day
    assert [e[:2] for e in events(cli)] == [("email", day)]


def test_several_are_one_change_and_one_that_is_wrong_stops_them_all(cli: Cli, refused: Callable[..., str]) -> None:
    cli(ANN)
    cli(ANN.replace("Ann", "Bob").replace("ann", "bob"))
    before = listed(cli)
    assert "there is no follow-up 99" in refused("done ann bob 99")
    assert len(cli("done ann bob 1 --json").json["closed"]) == 2
    assert len(events(cli)) == 2
    cli("undo")
    assert (listed(cli), events(cli)) == (before, [])


def test_a_person_stands_for_their_one_line_in_due(cli: Cli, refused: Callable[..., str]) -> None:
    cli(f"{ANN} --on 2026-11-20")
    assert "Ann has no line in due today" in refused("done ann", today="2026-11-19")
    cli("remind ann today 'send it'")
    assert "Ann has 2 lines in due: 1 (Thank Ann for Logo), 4 (send it): give the id" in refused("skip ann")
    assert cli("done 4").status == 0
    assert "Ann has no line in due today" in refused("done ann@example.com"), "what is held is no line"
    assert cli("done 1").status == 0, "by its id anything open can be answered"
    assert cli("done 2").status == 0


def test_what_is_over_is_not_answered_again(cli: Cli, refused: Callable[..., str]) -> None:
    cli(ANN, today="2026-11-10")
    assert "1 (Thank Ann for Logo) expired on 2026-11-15: write down what you did with followup log" in refused(
        "done 1"
    )
    cli("done 2")
    assert "2 (Care for Ann) was done on 2026-11-22" in refused("done 2")
    assert "was done on 2026-11-22" in refused("snooze 2 3d")
    cli("skip 3")
    assert "was skipped on 2026-11-22" in refused("done 3")
    cli("contact opt-out ann")
    assert "no longer follows from the rules" in refused("done 4")


def test_a_group_is_done_without_touching_anybody(cli: Cli, rules: Rules) -> None:
    group = 'on = "calendar"\nschedule = "FREQ=MONTHLY;BYMONTHDAY=22"\ngroup = true\nmessage = "newsletter"'
    rules(f'[[rule]]\nname = "news"\n{group}\nchannels = ["email"]\nweekend = "keep"\n')
    cli("contact add Ann --email ann@example.com", today="2026-11-01")
    (row,) = cli("due --json").json
    answered = cli(f"done {row['id']} --json").json
    assert answered["closed"][0]["contact"] is None
    assert [f["due"] for f in answered["planned"]] == ["2026-12-22"]
    assert events(cli) == []


def test_nobody_has_not_answered_a_group(cli: Cli, rules: Rules) -> None:
    group = 'on = "calendar"\nschedule = "FREQ=MONTHLY;BYMONTHDAY=22"\ngroup = true\nmessage = "newsletter"'
    rules(f'[[rule]]\nname = "news"\n{group}\nchannels = ["email"]\nweekend = "keep"\nexpires = "2 weeks"\n')
    cli("contact add Ann --email ann@example.com", today="2026-11-01")
    (row,) = cli("due --json").json
    assert cli(f"snooze {row['id']} --no-answer --json").json["closed"][0]["snoozed_until"] == "2026-11-24"
    assert events(cli) == []


# skip


def test_skip_closes_without_a_touch_and_keeps_the_note(cli: Cli) -> None:
    cli(ANN)
    before = listed(cli)
    answered = cli("skip ann --note 'not now' --json").json
    assert [(f["state"], f["note"]) for f in answered["closed"]] == [("skipped", "not now")]
    assert answered["planned"] == []
    assert events(cli) == []
    assert listed(cli) == {title: day for title, day in before.items() if title != "Thank Ann for Logo"}


# snooze


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-12-24", "2026-12-24"),
        ("tomorrow", "2026-11-23"),
        ("next friday", "2026-11-27"),
        ("'next friday'", "2026-11-27"),
        ("in 2 weeks", "2026-12-06"),
        ("2w", "2026-12-06"),
        ("2 weeks", "2026-12-06"),
        ("1 month 3 days", "2026-12-25"),
        ("2 business days", "2026-11-24"),
        ("in 2 business days", "2026-11-24"),
        ("'In 2bd'", "2026-11-24"),
        ("in 1 month 2bd", "2026-12-24"),
        ("15 jan", "2027-01-15"),
        ("jan 15 2028", "2028-01-15"),
    ],
)
@pytest.mark.parametrize(("who", "ids"), [("ann", [1]), ("1", [1]), ("1 ann", [1]), ("1 2", [1, 2]), ("2 ann", [2, 1])])
def test_when_is_a_day_or_a_period_in_one_word_or_several(
    cli: Cli, who: str, ids: list[int], said: str, day: str
) -> None:
    cli(ANN)
    answered = cli(f"snooze {who} {said} --json").json
    assert {f["snoozed_until"] for f in answered["closed"]} == {day}
    assert [f["id"] for f in answered["closed"]] == ids


def test_snoozed_it_waits_until_the_day_and_may_then_stay_as_long_as_ever(cli: Cli, rules: Rules) -> None:
    rules(RULES[: RULES.index('[[rule]]\nname = "care"')])
    cli(ANN)
    answered = cli("snooze ann 2026-12-10 --json").json
    found = {"snoozed_until": "2026-12-10", "expires": "2026-12-15", "due": "2026-11-22", "state": "snoozed"}
    assert answered["closed"][0].items() >= found.items()
    assert answered["planned"] == answered["closed"]
    assert listed(cli, "2026-12-09", "--rule thanks") == {}
    assert listed(cli, "2026-12-09", "--rule thanks --all") == {"Thank Ann for Logo": "2026-12-10"}
    states = {
        day: [(f["state"], f["overdue_days"]) for f in cli("due --rule thanks --all --json", today=day).json]
        for day in ("2026-12-09", "2026-12-10", "2026-12-15", "2026-12-16")
    }
    assert states == {
        "2026-12-09": [("snoozed", 0)],
        "2026-12-10": [("due", 0)],
        "2026-12-15": [("overdue", 5)],
        "2026-12-16": [],
    }


def test_what_is_snoozed_stands_behind_nobody_and_may_be_put_off_again(cli: Cli) -> None:
    cli(ANN, today="2026-11-15")
    cli("remind ann 2026-11-22 x")
    cli("snooze 2 2026-12-01")
    cli("snooze 2 2026-12-05")
    assert listed(cli)["Care for Ann"] == "2026-12-05"
    cli("undo")
    assert listed(cli)["Care for Ann"] == "2026-12-01"
    cli("undo")
    assert listed(cli)["Care for Ann"] == "2026-11-22"


@pytest.mark.parametrize(("said", "day"), [("", "2026-11-24"), ("3d", "2026-11-25"), ("next friday", "2026-11-27")])
def test_no_answer_logs_an_attempt_which_is_no_touch(cli: Cli, said: str, day: str) -> None:
    cli(ANN, today="2026-11-20")
    assert cli(f"snooze ann {said} --no-answer --json").json["closed"][0]["snoozed_until"] == day
    assert events(cli) == [("attempt", "2026-11-22", "Thank Ann for Logo")]
    assert listed(cli)["Get back to Ann"] == "2027-05-20", "the silence goes on"
    assert cli("contact show ann --json").json["last_contact"] == "2026-11-20"
    cli("skip 1")
    assert [f["state"] for f in cli("due --rule care --json", today="2026-11-27").json] == ["due"], "it held nothing"


def test_no_answer_takes_several_people(cli: Cli) -> None:
    cli(ANN)
    cli(ANN.replace("Ann", "Bob").replace("ann", "bob"))
    cli("snooze ann bob --no-answer")
    assert [kind for kind, *_ in events(cli)] == ["attempt", "attempt"]
    cli("undo")
    assert events(cli) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("snooze ann today", "2026-11-22 is not after today (2026-11-22)"),
        ("snooze ann yesterday", "is not after today"),
        ("snooze ann 0d", "is not after today"),
        ("snooze ann 2026-11-22 --no-answer", "is not after today"),
        ("snooze ann someday", "'someday' is not a date"),
        ("snooze ann 2 weekz", "'2 weekz' is not a date"),
        ("snooze ann ''", "the date is empty"),
        ("snooze ann 300 years", "'300 years' is not a date"),
        ("snooze ann 200 years", "2226-11-22 is in the year 2226: years go from 1900 to 2200"),
        ("snooze ann in 190y", "years go from 1900 to 2200"),
        ("snooze ann 'in 9999 business daze'", "'in 9999 business daze' is not a date"),
        ("snooze bob 2w", "nobody is called 'bob'"),
        ("done ann --on tomorrow", "2026-11-23 lies ahead"),
        ("done ann --on 2026-11-23", "2026-11-23 lies ahead"),
        ("done ann --on ''", "the date is empty"),
        ("done ann --on 12", "'12' is not a date"),
        ("done ''", "nobody is called ''"),
        ("done 0", "there is no follow-up 0"),
        ("done -- -1", "nobody is called '-1'"),
        ("done 99999999999999999999", "there is no follow-up 99999999999999999999"),
        (f"done {'9' * 5000}", "there is no follow-up 999"),
        (f"skip ann --note {'x' * 100_000}", "10000 are the most"),
        (f"done ann --note {'x' * 10_001}", "the text is 10001 characters long"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    cli: Cli, refused: Callable[..., str], line: str, words: str
) -> None:
    cli(ANN)
    sentence = refused(line)
    assert words in sentence
    assert len(sentence) < 500


@pytest.mark.parametrize("line", ["snooze 1", "snooze 1 2", "snooze ann", "done", "skip", "snooze", "done -1"])
def test_what_is_missing_is_a_fault_of_the_command_line(
    cli: Cli, held: Callable[[], dict[str, object]], line: str
) -> None:
    cli(ANN)
    before = held()
    result = cli(line)
    assert (result.status, result.out) == (2, "")
    assert held() == before


# both ways


@pytest.mark.parametrize(
    "line",
    ["done ann", "done 1 2 --on 2026-11-21", "skip 1 3", "snooze ann 2w", "snooze 1 2 --no-answer", "done 1 --note x"],
)
def test_each_is_taken_back_to_what_was(cli: Cli, line: str) -> None:
    cli(ANN, today="2026-11-20")
    shown = "due --all --ahead 1y --json", "event list --json", "contact list --json", "undo --list --json"
    before = [cli(command).out for command in shown]
    assert cli(line).status == 0
    assert [cli(command).out for command in shown] != before
    assert cli("undo").status == 0
    assert [cli(command).out for command in shown] == before


def test_a_pipe_gets_the_answered_lines_and_then_what_is_planned(cli: Cli) -> None:
    cli(ANN, today="2026-11-15")
    lines = [line.split("\t") for line in cli("done 2").out.splitlines()]
    assert lines[0] == ["id", "due", "state", "priority", "contact", "channel", "title"]
    assert [(line[1], line[2], line[6]) for line in lines[1:]] == [
        ("2026-11-22", "done", "Care for Ann"),
        ("2026-11-29", "upcoming", "Care for Ann"),
        ("2027-05-22", "upcoming", "Get back to Ann"),
    ]


def test_a_terminal_says_what_was_done_and_what_comes_next(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli(ANN, today="2026-11-15")
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    assert cli("done 2").out.splitlines()[:2] == ["Done: Care for Ann", "Planned next:"]
    assert cli("snooze 3 2027-12-01").out == "Put off to 2027-12-01: Get back to Ann\n"
    assert cli("skip 3").out == "Skipped: Get back to Ann\n"


PROMISED = """
[[rule]]
name = "promise"
on = "promise"
channels = ["email"]
message = "thank-you"
title = "Keep the promise to {{ contact.name }}"
weekend = "keep"
"""


@pytest.mark.parametrize("answer", ["done", "skip"])
@pytest.mark.parametrize("option", ["", "--json"])
def test_what_stays_open_after_the_answer_is_told_with_how_to_end_it(
    cli: Cli, rules: Rules, answer: str, option: str
) -> None:
    rules(PROMISED)
    cli("contact add Ann --email ann@example.com")
    cli("log promise ann 'send the sketch' --by 2026-11-22")
    assert cli("snooze ann tomorrow").err == ""
    assert cli(f"{answer} 1 {option}").err == "promise 1 is still open: followup close 1 ends it\n"


def test_what_was_ended_before_the_answer_is_not_told(cli: Cli, rules: Rules) -> None:
    rules(PROMISED.replace('"promise"\nch', '"promise-closed"\nch'))
    cli("contact add Ann --email ann@example.com")
    cli("log promise ann 'send the sketch' --by 2026-11-22")
    cli("close ann")
    assert cli("done ann").err == ""
