"""The clock set back, another time zone, a leap day, the nights in which the clocks change: the list stays right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from keeping import check_sound
from warm import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]


def listed(cli: Cli, today: str, options: str = "--all --ahead '2 years'") -> list[dict[str, Any]]:
    result = cli(f"due {options} --json", today=today)
    assert result.status == 0, result
    found: list[dict[str, Any]] = result.json
    return found


def ok(cli: Cli, line: str, today: str) -> Result:
    result = cli(line, today=today)
    assert result.status == 0, result
    return result


# The clock set back


@pytest.mark.parametrize("back", ["2026-11-21", "2026-11-02", "2026-10-01", "2025-06-30", "2024-02-29"])
def test_after_a_day_back_and_forth_the_list_is_what_it_was(cli: Cli, home: Path, back: str) -> None:
    for line in ("contact add Anna --email a@example.com --birthday 1990-11-24", "sale add anna Logo --on 2026-11-02",
                 "log complaint anna slow", "remind anna 2026-12-01 Call"):  # fmt: skip
        ok(cli, line, "2026-11-22")
    before = listed(cli, "2026-11-22")
    then = listed(cli, back)
    check_sound(home, date.fromisoformat(back))
    assert all(row["expires"] is None or row["expires"] >= back for row in then)
    assert not [row for row in then if row["state"] == "overdue" and row["due"] >= back]
    assert listed(cli, "2026-11-22") == before
    check_sound(home, date.fromisoformat("2026-11-22"))


def test_work_goes_on_with_the_clock_set_back(cli: Cli, home: Path) -> None:
    ok(cli, "sale add Anna Logo --new --email a@example.com --on 2026-11-18", "2026-11-22")
    ok(cli, "done anna", "2026-11-22")
    earlier = "2026-11-20"
    ok(cli, "sale add anna Cards --on 2026-11-17", earlier)
    check_sound(home, date.fromisoformat(earlier))
    row = listed(cli, earlier)[0]
    refused = cli(f"snooze {row['id']} 2026-11-20", today=earlier)
    assert refused.status == 1 and "is not after today (2026-11-20)" in refused.err
    ok(cli, f"snooze {row['id']} 2026-11-21", earlier)
    ok(cli, f"done {row['id']}", earlier)
    later = cli(f"done {listed(cli, earlier)[-1]['id']} --on 2026-11-21", today=earlier)
    assert later.status == 1 and "lies ahead" in later.err
    for day in ("2026-11-20", "2026-11-22", "2027-03-01"):
        listed(cli, day)
        check_sound(home, date.fromisoformat(day))
    assert len(cli("undo --list", today=earlier).out.splitlines()) == 6
    for _ in range(5):
        ok(cli, "undo", earlier)
    check_sound(home, date.fromisoformat(earlier))


def sequences(text: str) -> dict[str, tuple[int, str]]:
    found = {}
    for entry in text.split("BEGIN:VEVENT")[1:]:
        fields = dict(line.partition(":")[::2] for line in entry.replace("\r\n ", "").splitlines() if ":" in line)
        found[fields["UID"]] = (int(fields["SEQUENCE"]), fields["DTSTAMP"])
    return found


def test_what_calendars_were_told_never_goes_back(cli: Cli) -> None:
    ok(cli, "sale add Anna Logo --new --email a@example.com --on 2026-11-18", "2026-11-22")
    told = sequences(ok(cli, "calendar export -", "2026-11-22").out)
    assert told
    for day in ("2026-11-10", "2026-11-22", "2026-11-01", "2026-11-25"):
        ok(cli, f"sale edit 1 --on {date.fromisoformat(day) - timedelta(days=4)}", day)
        now = sequences(ok(cli, "calendar export -", day).out)
        assert all(now[uid] >= revision for uid, revision in told.items() if uid in now)
        told |= now


# Another time zone


def typed(home: Path, zone: str, *words: str) -> str:
    environment = {**os.environ, "TZ": zone, "FOLLOWUP_HOME": str(home)}
    environment.pop("FOLLOWUP_TODAY", None)
    command = [sys.executable, "-m", "followup", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"])
def test_today_is_the_day_of_where_one_is(tmp_path: Path, zone: str) -> None:
    days = [datetime.now(ZoneInfo(zone)).date()]
    added = json.loads(typed(tmp_path / "home", zone, "sale", "add", "Anna", "Logo", "--new", "--json"))
    days.append(datetime.now(ZoneInfo(zone)).date())
    assert date.fromisoformat(added["sale"]["completed"]) in days


def test_a_journey_across_the_date_line_loses_and_doubles_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    typed(home, "Pacific/Kiritimati", "sale", "add", "Anna", "Logo", "--new", "--email", "a@example.com")
    before = typed(home, "Pacific/Kiritimati", "due", "--ahead", "2 years", "--all")
    there = typed(home, "Pacific/Pago_Pago", "due", "--ahead", "2 years", "--all")
    assert [line.split("\t")[:2] for line in there.splitlines()] == [
        line.split("\t")[:2] for line in before.splitlines()
    ]
    typed(home, "Pacific/Pago_Pago", "done", before.splitlines()[1].split("\t")[0])
    check_sound(home, datetime.now(ZoneInfo("Pacific/Pago_Pago")).date())
    after = typed(home, "Pacific/Kiritimati", "due", "--ahead", "2 years", "--all").splitlines()
    assert after == [before.splitlines()[0], *before.splitlines()[2:]]


# The nights in which the clocks change


def there(cli: Cli, zone: str) -> Cli:
    """Commands typed in another time zone."""
    return partial(cli, env={"TZ": zone})


@pytest.mark.parametrize(
    ("day", "stamp"),
    [("2027-03-28", "20270328T023000"), ("2026-10-25", "20261025T023000"), ("2027-10-31", "20271031T023000")],
)
@pytest.mark.parametrize("kind", ["event", "todo"])
def test_a_time_that_the_night_leaves_out_or_has_twice_is_told_as_it_is(
    cli: Cli, day: str, stamp: str, kind: str
) -> None:
    today = "2026-10-20"
    ok(cli, "contact add Anna --email a@example.com", today)
    ok(cli, f"remind anna {day} 'Change the clocks'", today)
    export = f"calendar export - --ahead '2 years' --as {kind} --at 02:30"
    files = set()
    for name in ("Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe"):
        files.add(ok(there(cli, name), export, today).out)
        assert [row["due"] for row in listed(there(cli, name), today)] == [day]
    assert len(files) == 1
    assert f"{'DUE' if kind == 'todo' else 'DTSTART'}:{stamp}\n" in files.pop().replace("\r", "")


def test_a_day_is_a_day_over_the_night_that_lacks_an_hour(cli: Cli) -> None:
    cli = there(cli, "Europe/Berlin")
    ok(cli, "contact add Anna --email a@example.com", "2027-03-27")
    ok(cli, "remind anna 2027-03-27 Call", "2027-03-27")
    ok(cli, "snooze anna '1 day'", "2027-03-27")
    assert [row["snoozed_until"] for row in listed(cli, "2027-03-27")] == ["2027-03-28"]
    assert [row["state"] for row in listed(cli, "2027-03-28")] == ["due"]
    assert [row["overdue_days"] for row in listed(cli, "2027-03-29")] == [1]


# A leap day


def test_on_a_leap_day_everything_works_and_falls_on_days_that_there_are(cli: Cli, home: Path) -> None:
    today = "2028-02-29"
    ok(cli, "contact add Anna --email a@example.com --birthday 1992-02-29", today)
    sale = ok(
        cli, "sale add anna Logo --warranty '1 year' --lasts '1 year' --service-every '6 months' --json", today
    ).json["sale"]
    assert (sale["completed"], sale["warranty_until"]) == (today, "2029-02-28")
    row = listed(cli, today)[0]
    ok(cli, f"snooze {row['id']} '1 year'", today)
    assert next(r for r in listed(cli, today) if r["id"] == row["id"])["snoozed_until"] == "2029-02-28"
    ok(cli, f"done {row['id']}", today)
    ok(cli, "remind anna 2028-03-01 Tea --every '1 year'", today)
    for day in (today, "2028-03-01", "2029-02-28", "2029-03-01", "2032-02-29", "2028-02-28"):
        assert all(date.fromisoformat(r["due"]) for r in listed(cli, day))
        assert cli("calendar export -", today=day).status == 0
        check_sound(home, date.fromisoformat(day))


def test_a_birthday_on_a_leap_day_is_kept_in_every_year(cli: Cli) -> None:
    ok(cli, "contact add Anna --email a@example.com --birthday --02-29", "2026-12-01")
    ok(cli, "sale add anna Logo --on 2026-11-30", "2026-12-01")
    for day in ("2027-02-26", "2028-02-29"):  # the 28th of February 2027 is a Sunday
        rows = [row for row in listed(cli, day, "--all") if row["rule"] == "birthday"]
        assert [row["due"] for row in rows] == [day]
