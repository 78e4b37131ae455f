"""A calendar file: what each entry says, and what becomes of it from export to export."""

from __future__ import annotations

import os
import stat
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from followup.store import calendar
from followup.store.book import open_book

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.calendar.conftest import File

    Export = Callable[..., File]
    Cli = Callable[..., Any]

ANNA = 'sale add "Anna Smith" Logo --new --email anna@example.com --phone "+49 30 1234"'
SERVICED = 'sale add "Ben Ito" Boiler --new --email ben@example.com --service-every "6 months"'

WEEKLY = """
[settings]
weekend = "keep"
[[rule]]
name     = "chase"
on       = "sale"
after    = "1 week"
every    = "1 week"
channels = ["phone"]
message  = "chase"
expires  = "60 days"
"""


def sequence(entry: Any) -> int:
    return int(entry["SEQUENCE"])


def test_a_follow_up_is_an_all_day_event_with_an_alarm_in_the_morning(cli: Cli, export: Export) -> None:
    cli(ANNA)
    event = export("--rule thank-you").titled("Thank Anna")
    assert event.name == "VEVENT"
    assert event.to_ical().decode().splitlines()[1:-1] == [
        "SUMMARY:Anna Smith: Thank Anna for Logo",
        "DTSTART;VALUE=DATE:20261123",
        "DTEND;VALUE=DATE:20261124",
        "DTSTAMP:20261122T000000Z",
        f"UID:{event['UID']}",
        "SEQUENCE:0",
        "CATEGORIES:thank-you",
        r"CONTACT:Anna Smith\, anna@example.com\, +49 30 1234",
        r"DESCRIPTION:email: anna@example.com\nphone: +49 30 1234",
        "PRIORITY:5",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Anna Smith: Thank Anna for Logo",
        "TRIGGER:PT9H",
        "END:VALARM",
    ]


def test_as_a_to_do_it_is_due_that_day_and_the_alarm_counts_from_there(cli: Cli, export: Export) -> None:
    cli(ANNA)
    todo = export("--as todo").titled("Thank Anna")
    assert todo.name == "VTODO"
    assert todo.decoded("DUE") == date(2026, 11, 23)
    assert "DTSTART" not in todo
    assert todo["STATUS"] == "NEEDS-ACTION"
    (alarm,) = todo.walk("VALARM")
    assert alarm["TRIGGER"].params["RELATED"] == "END"
    assert alarm.decoded("TRIGGER") == timedelta(hours=9)


@pytest.mark.parametrize(("form", "key"), [("event", "DTSTART"), ("todo", "DUE")])
def test_at_a_time_of_day_it_is_local_time_and_rings_then(cli: Cli, export: Export, form: str, key: str) -> None:
    cli(ANNA)
    entry = export(f"--at 7:05 --as {form}").titled("Thank Anna")
    assert entry.decoded(key) == datetime(2026, 11, 23, 7, 5)
    assert entry[key].to_ical() == b"20261123T070500"
    (alarm,) = entry.walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta()
    if form == "event":
        assert entry.decoded("DTEND") == datetime(2026, 11, 23, 7, 20)


def test_the_alarm_rings_when_the_configuration_says(cli: Cli, export: Export, home: Path) -> None:
    cli(ANNA)
    config = home / "config.toml"
    config.write_text(config.read_text().replace("09:00", "06:30"))
    (alarm,) = export().titled("Thank Anna").walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta(hours=6, minutes=30)


@pytest.mark.parametrize(
    ("name", "title", "summary"),
    [
        ("María López", "Ask about the logo", "María López: Ask about the logo"),
        ("María López", "Call maria lopez back", "Call maria lopez back"),
        ("Al", "Call about the logo", "Al: Call about the logo"),
        ("Al", "Call Al, please", "Call Al, please"),
        ("!?", "Call !?", "!?: Call !?"),
    ],
)
def test_the_name_stands_in_front_where_the_title_does_not_have_it(
    cli: Cli, export: Export, name: str, title: str, summary: str
) -> None:
    cli(f'contact add "{name}"')
    cli(f'remind 1 2026-12-01 "{title}"')
    assert export().titles("CONFIRMED") == [summary]


@pytest.mark.parametrize(("rule", "priority"), [("call", 1), ("thank-you", 5), ("birthday", 9)])
def test_priorities_are_one_five_and_nine(cli: Cli, export: Export, rule: str, priority: int) -> None:
    cli(ANNA)
    cli("contact edit anna --birthday 1980-03-04")
    (entry,) = export(f"--rule {rule}").entries.values()
    assert entry["PRIORITY"] == priority


def test_the_description_says_how_to_reach_them_the_chosen_channel_first(cli: Cli, export: Export) -> None:
    cli('contact add "Cy Do" --phone 0301234 --email cy@example.com --handle whatsapp:cy --address "1 Road, Town"')
    cli("remind cy 2026-12-01 Hello --channel visit")
    cli("remind cy 2026-12-02 Hallo --channel chat")
    found = export()
    assert found.titled("Hello")["DESCRIPTION"].splitlines()[0] == "visit: 1 Road, Town"
    assert found.titled("Hallo")["DESCRIPTION"].splitlines() == [
        "chat: whatsapp cy",
        "phone: 0301234",
        "email: cy@example.com",
    ]


def test_what_a_channel_lacks_is_said(cli: Cli, export: Export) -> None:
    cli("sale add Dora Poster --new --email dora@example.com")
    assert export().titled("call: Dora")["DESCRIPTION"] == "Dora has no phone number\nemail: dora@example.com"


def test_the_uid_is_the_one_that_due_shows(cli: Cli, export: Export) -> None:
    cli(ANNA)
    assert set(export().entries) == {row["uid"] for row in cli("due --ahead 12m --json").json}


@pytest.mark.parametrize("options", ["", "--as todo", "--at 08:00", "--contact anna", "--rule call"])
def test_with_nothing_changed_the_file_is_the_same_on_that_day_and_on_a_later_one(
    cli: Cli, export: Export, options: str
) -> None:
    cli(ANNA)
    cli(SERVICED)
    cli("contact edit anna --birthday 1980-03-04")
    cli("remind ben tomorrow Hello")
    first = export(options)
    assert export(options).content == first.content
    assert export(options, today="2026-11-28").content == first.content


def test_one_that_moves_keeps_its_uid_and_its_sequence_rises(cli: Cli, export: Export) -> None:
    sale = cli(f"{ANNA} --json").json["sale"]["id"]
    before = export().titled("call:")
    cli(f"sale edit {sale} --on 2026-11-21", today="2026-11-24")
    after = export(today="2026-11-24").titled("call:")
    assert (after["UID"], after.decoded("DTSTART")) == (before["UID"], before.decoded("DTSTART") - timedelta(days=1))
    assert (sequence(before), sequence(after)) == (0, 1)
    assert after["DTSTAMP"].to_ical() == b"20261124T000000Z"


def test_a_new_title_or_phone_number_is_a_change_too(cli: Cli, export: Export) -> None:
    cli(ANNA)
    export()
    cli('contact edit anna --name "Anna Ray"')
    assert sequence(export().titled("Thank Anna")) == 1
    cli("contact edit anna --phone 0309876")
    assert sequence(export().titled("Thank Anna")) == 2


def test_an_overdue_one_stays_on_its_day(cli: Cli, export: Export) -> None:
    cli(ANNA)
    assert export(today="2026-11-27").titled("Thank Anna").decoded("DTSTART") == date(2026, 11, 23)


def test_a_snoozed_one_is_on_the_day_that_it_was_put_off_to(cli: Cli, export: Export) -> None:
    cli(ANNA)
    export()
    cli("snooze anna 2026-12-03", today="2026-11-23")
    entry = export(today="2026-11-23").titled("Thank Anna")
    assert (entry.decoded("DTSTART"), sequence(entry)) == (date(2026, 12, 3), 1)


def test_a_held_one_stays_on_its_day(cli: Cli, export: Export) -> None:
    cli(ANNA)
    cli("log call anna", today="2026-11-23")
    assert [row["state"] for row in cli("due --all --json", today="2026-11-23").json] == ["held"]
    assert export(today="2026-11-23").titled("Thank Anna").decoded("DTSTART") == date(2026, 11, 23)


@pytest.mark.parametrize("command", ["done", "skip"])
def test_what_was_done_or_skipped_is_cancelled_for_twelve_months(cli: Cli, export: Export, command: str) -> None:
    cli(ANNA)
    uid = export().titled("Thank Anna")["UID"]
    cli(f"{command} anna", today="2026-11-24")
    told = export(today="2026-11-25")
    entry = told.entries[uid]
    assert (entry["STATUS"], sequence(entry), entry.walk("VALARM")) == ("CANCELLED", 1, [])
    assert entry.decoded("DTSTART") == date(2026, 11, 23)
    assert entry["DTSTAMP"].to_ical() == b"20261125T000000Z"
    assert export(today="2026-11-25").content == told.content
    assert uid in export(today="2027-11-25").entries
    assert uid not in export(today="2027-11-26").entries


def test_a_to_do_that_was_done_is_completed_on_that_day(cli: Cli, export: Export) -> None:
    cli(ANNA)
    uid = export("--as todo").titled("Thank Anna")["UID"]
    cli("done anna --on 2026-11-24", today="2026-11-25")
    todo = export("--as todo", today="2026-11-26").entries[uid]
    assert (todo["STATUS"], todo["PERCENT-COMPLETE"], sequence(todo)) == ("COMPLETED", 100, 1)
    assert todo.decoded("COMPLETED").date() == date(2026, 11, 24)
    assert uid not in export("--as todo", today="2027-11-27").entries


def test_a_to_do_that_was_skipped_is_cancelled(cli: Cli, export: Export) -> None:
    cli(ANNA)
    export("--as todo")
    cli("skip anna", today="2026-11-24")
    assert export("--as todo", today="2026-11-24").titles("CANCELLED") == ["Anna Smith: Thank Anna for Logo"]


def test_what_ended_keeps_the_form_that_the_calendar_has_it_in(cli: Cli, export: Export) -> None:
    cli(ANNA)
    uid = export("--as event").titled("Thank Anna")["UID"]
    cli("done anna", today="2026-11-24")
    entry = export("--as todo", today="2026-11-24").entries[uid]
    assert (entry.name, entry["STATUS"]) == ("VEVENT", "CANCELLED")


def test_what_expired_or_lost_its_reason_is_cancelled(cli: Cli, export: Export) -> None:
    sale = cli(f"{ANNA} --json").json["sale"]["id"]
    export()
    expired = export(today="2026-12-01")
    assert expired.titles("CANCELLED") == ["Anna Smith: Thank Anna for Logo"]
    cli(f"sale cancel {sale}", today="2026-12-01")
    assert export(today="2026-12-01").titles("CONFIRMED") == []


def test_what_was_never_exported_is_not_cancelled(cli: Cli, export: Export) -> None:
    cli(ANNA)
    cli("done anna", today="2026-11-24")
    assert export(today="2026-11-24").titles("CANCELLED") == []


def test_one_that_comes_back_stands_again_with_a_higher_sequence(cli: Cli, export: Export) -> None:
    cli(ANNA)
    uid = export().titled("Thank Anna")["UID"]
    cli("done anna", today="2026-11-24")
    export(today="2026-11-24")
    cli("undo", today="2026-11-24")
    entry = export(today="2026-11-24").entries[uid]
    assert (entry["STATUS"], sequence(entry)) == ("CONFIRMED", 2)


def test_undo_does_not_lower_a_sequence(cli: Cli, export: Export) -> None:
    cli(ANNA)
    export()
    cli("snooze anna 2026-12-03", today="2026-11-23")
    assert sequence(export(today="2026-11-23").titled("Thank Anna")) == 1
    cli("undo", today="2026-11-23")
    entry = export(today="2026-11-23").titled("Thank Anna")
    assert (entry.decoded("DTSTART"), sequence(entry)) == (date(2026, 11, 23), 2)


def test_an_export_is_no_change_to_undo(cli: Cli, export: Export) -> None:
    cli(ANNA)
    before = cli("undo --list --json").json
    export()
    assert cli("undo --list --json").json == before


@pytest.mark.parametrize("options", ["--contact ben", "--rule service", '--ahead "5 days"'])
def test_what_a_filter_leaves_out_is_neither_told_nor_cancelled(cli: Cli, export: Export, options: str) -> None:
    cli(ANNA)
    cli(SERVICED)
    whole = export()
    assert set(export(options).entries) < set(whole.entries)
    assert export(options).titles("CANCELLED") == []
    assert export().content == whole.content


def test_a_filter_leaves_what_ended_for_a_later_export(cli: Cli, export: Export) -> None:
    cli(ANNA)
    cli(SERVICED)
    export()
    cli("done anna", today="2026-11-24")
    assert export("--contact ben", today="2026-11-24").titles("CANCELLED") == []
    assert export("--contact anna", today="2026-11-24").titles("CANCELLED") == ["Anna Smith: Thank Anna for Logo"]


def test_one_that_ended_ahead_of_its_day_is_cancelled_in_a_shorter_file_too(cli: Cli, export: Export) -> None:
    cli("contact add Anna")
    row = cli("remind anna 2027-05-01 Hello --json").json["id"]
    export()
    cli(f"done {row}")
    assert export("--ahead 5d").titles("CANCELLED") == ["Anna: Hello"]


def test_one_that_moved_beyond_the_file_is_told_where_it_went(cli: Cli, export: Export) -> None:
    cli(ANNA)
    export("--ahead 5d")
    cli("snooze anna 2026-12-24", today="2026-11-23")
    told = export("--ahead 5d", today="2026-11-23")
    assert told.titled("Thank Anna").decoded("DTSTART") == date(2026, 12, 24)
    assert export("--ahead 5d", today="2026-11-23").content == told.content


@pytest.mark.parametrize(("first", "then"), [("--as event", "--as todo"), ("", "--at 10:00")])
def test_another_form_is_a_change(cli: Cli, export: Export, first: str, then: str) -> None:
    cli(ANNA)
    export(first)
    assert sequence(export(then).titled("Thank Anna")) == 1
    assert sequence(export(first).titled("Thank Anna")) == 2


def test_a_repeating_rule_shows_what_comes_and_each_keeps_its_uid_when_it_opens(cli: Cli, export: Export) -> None:
    cli(SERVICED)
    first = export('--rule service --ahead "20 months"')
    days = {entry.decoded("DTSTART"): uid for uid, entry in first.entries.items()}
    assert list(days) == [date(2027, 5, 8), date(2027, 11, 8), date(2028, 5, 8)]
    (opened,) = cli("due --all --rule service --json", today="2027-05-08").json
    cli(f"done {opened['id']}", today="2027-05-08")
    (row,) = cli("due --ahead 1y --rule service --json", today="2027-05-08").json
    assert row["uid"] == days[date(2027, 11, 8)]
    then = export('--rule service --ahead "14 months"', today="2027-05-08")
    assert [(e.decoded("DTSTART"), e["STATUS"], sequence(e)) for e in then.entries.values()] == [
        (date(2027, 5, 8), "CANCELLED", 1),
        (date(2027, 11, 8), "CONFIRMED", 0),
        (date(2028, 5, 8), "CONFIRMED", 0),
    ]


def test_coming_ones_that_a_shorter_file_leaves_out_are_not_cancelled_until_they_end(cli: Cli, export: Export) -> None:
    cli(SERVICED)
    whole = export('--ahead "20 months"')
    assert export("--ahead 8m").titles("CANCELLED") == []
    assert export('--ahead "20 months"').content == whole.content
    cli("sale cancel 1")
    assert len(export("--ahead 8m").titles("CANCELLED")) == 5


def test_an_occurrence_that_passes_while_an_earlier_one_is_open_stays_where_it_was(
    cli: Cli, export: Export, rules: Callable[[str], None]
) -> None:
    rules(WEEKLY)
    cli("sale add Ben Boiler --new --phone 0301234")
    first = export("--ahead 3w")
    assert len(first.entries) == 3
    later = export("--ahead 1w", today="2026-12-07")
    assert later.content == first.content
    assert len(export("--ahead 2w", today="2026-12-07").entries) == 4


def test_late_ones_do_not_pile_up_in_a_new_calendar(cli: Cli, export: Export, rules: Callable[[str], None]) -> None:
    rules(WEEKLY)
    cli("sale add Ben Boiler --new --phone 0301234")
    days = [entry.decoded("DTSTART") for entry in export("--ahead 1w", today="2026-12-15").entries.values()]
    assert days == [date(2026, 11, 29), date(2026, 12, 20)]


def test_a_group_rule_shows_what_comes_without_a_name(cli: Cli, export: Export) -> None:
    cli("contact add Ben --email ben@example.com --tag newsletter")
    found = export("--ahead 3m").entries.values()
    assert [(str(e["SUMMARY"]), e.decoded("DTSTART"), "CONTACT" in e) for e in found] == [
        ("newsletter", date(2026, 12, 1), False),
        ("newsletter", date(2027, 1, 1), False),
        ("newsletter", date(2027, 2, 1), False),
    ]


def test_a_name_that_calls_for_care_survives(cli: Cli, export: Export) -> None:
    cli(r"""contact add 'Žoë "Z"; d\Ñ, 山田 👩‍👧 C:\New'""")
    cli(r"""remind 1 2026-12-01 'שלום \n; a,b \\N :=" ends \'""")
    (entry,) = export().entries.values()
    assert entry["SUMMARY"] == r"""Žoë "Z"; d\Ñ, 山田 👩‍👧 C:\New: שלום \n; a,b \\N :=" ends """ + "\\"
    assert entry["CONTACT"] == r"""Žoë "Z"; d\Ñ, 山田 👩‍👧 C:\New"""


def test_the_calendar_is_named_after_the_business(cli: Cli, export: Export, home: Path) -> None:
    assert b"\r\nNAME:Follow-ups\r\n" in export().content
    config = home / "config.toml"
    config.write_text(config.read_text().replace('name = ""', 'name = "Lumen & Ink; Co"', 1))
    assert b"\r\nNAME:Lumen & Ink\\; Co: follow-ups\r\nX-WR-CALNAME:Lumen" in export().content


def test_stdout_gets_the_same_bytes(cli: Cli, export: Export) -> None:
    cli(ANNA)
    assert cli("calendar export -").out.encode() == export().content


def test_it_says_what_the_file_holds(cli: Cli, export: Export, tmp_path: Path) -> None:
    cli(ANNA)
    export("--as todo")
    cli("done anna", today="2026-11-24")
    file = tmp_path / "a.ics"
    said = {"file": str(file), "entries": 1, "cancelled": 0, "completed": 1}
    assert cli(f"calendar export {file} --as todo --json", today="2026-11-24").json == said
    assert cli(f"calendar export {file} --as todo", today="2026-11-24").out == f"{file}: 1 follow-up, 1 completed\n"


@pytest.mark.parametrize(
    "options",
    [
        "x.ics --at 25:00",
        "x.ics --at 9",
        "x.ics --as journal",
        "x.ics --rule nothing",
        "x.ics --contact nobody",
        "x.ics --ahead soon",
        'x.ics --ahead "90 years"',
        "- --json",
        ".",
        "missing/x.ics",
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    cli: Cli, business: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    cli(ANNA)
    monkeypatch.chdir(tmp_path)
    result = cli(f"calendar export {options}")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_a_full_disk_changes_neither_the_file_nor_what_was_told(
    cli: Cli, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(ANNA)
    first = export()
    cli("snooze anna 2026-12-03", today="2026-11-23")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        result = cli(f"calendar export {tmp_path / 'followups.ics'}", today="2026-11-23")
    assert result.status == 1
    assert "No space left on device" in result.err
    assert (tmp_path / "followups.ics").read_bytes() == first.content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["followups.ics", "home"]
    later = export(today="2026-11-25").titled("Thank Anna")
    assert (sequence(later), later["DTSTAMP"].to_ical()) == (1, b"20261125T000000Z")


def test_only_its_owner_can_read_the_file(cli: Cli, export: Export, tmp_path: Path) -> None:
    export()
    assert stat.S_IMODE((tmp_path / "followups.ics").stat().st_mode) == 0o600


def test_a_link_is_followed_and_a_device_stays_one(cli: Cli, export: Export, tmp_path: Path) -> None:
    (tmp_path / "followups.ics").symlink_to(tmp_path / "real.ics")
    export()
    assert (tmp_path / "followups.ics").is_symlink()
    assert (tmp_path / "real.ics").is_file()
    assert cli("calendar export /dev/null").status == 0
    assert Path("/dev/null").is_char_device()


def test_lines_end_in_crlf_and_are_folded_at_75_octets(cli: Cli, export: Export) -> None:
    cli(f'contact add "{"Ünal Łukasz 山田 " * 12}"')
    cli(f'remind 1 2026-12-01 "{"schön, " * 20}"')
    content = export().content
    lines = content.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) == 75
    assert b"\n" not in b"".join(lines)
    assert all(line.decode() for line in lines)


def test_a_forgotten_contact_leaves_no_word_but_is_cancelled(cli: Cli, export: Export, home: Path) -> None:
    cli(ANNA)
    export()
    cli("sale cancel 1")
    book = open_book(home, date(2026, 11, 22))
    calendar.forget(book.db, 1)
    book.close()
    told = export()
    assert set(told.titles("CANCELLED")) == {"erased"}
    assert b"Anna" not in told.content
    assert b"anna" not in told.content


def test_a_file_that_something_else_wrote_is_never_replaced(cli: Cli, tmp_path: Path) -> None:
    for name, content in (("photo.jpg", b"\xff\xd8JPEG"), ("other.ics", b"BEGIN:VCALENDAR\nPRODID:-//other//EN\n")):
        (tmp_path / name).write_bytes(content)
        result = cli(f"calendar export {tmp_path / name}")
        assert result.status == 1
        assert "followup did not write it" in result.err
        assert (tmp_path / name).read_bytes() == content
    (tmp_path / "empty.ics").touch()
    assert cli(f"calendar export {tmp_path / 'empty.ics'}").status == 0
    assert cli(f"calendar export {tmp_path / 'empty.ics'}").status == 0
