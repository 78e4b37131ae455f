"""The exchange with a CalDAV collection: what is pushed, what comes back, and what a run that was cut off leaves."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.calendar.conftest import RULES
from tests.calendar.server import Server, running

pytest.importorskip("caldav", reason="the extra sync is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Cli = Callable[..., Any]

ANNA = 'sale add "Anna Smith" Logo --new --email anna@example.com --phone "+49 30 1234"'
BEN = 'sale add "Ben Ito" Boiler --new --email ben@example.com --service-every "6 months"'
DUE = "DUE;VALUE=DATE:20261123"


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    with running(server) as url:
        yield url


@pytest.fixture
def point(home: Path, cli: Cli, business: None) -> Callable[..., None]:
    """Writes into the configuration where the calendar is."""

    def write(url: str, user: str = "") -> None:
        cli("due")
        file = home / "config.toml"
        text = re.sub(r"\[caldav\].*", "", file.read_text(), flags=re.DOTALL)
        file.write_text(f'{text}[caldav]\nurl = "{url}"\nuser = "{user}"\n')

    return write


@pytest.fixture
def sync(cli: Cli, point: Callable[..., None], address: str, server: Server) -> Callable[..., Any]:
    """Syncs: `sync("--as todo", today="2026-11-22")` gives its JSON; `.requests` of the server has this run's only."""
    point(address)

    def call(options: str = "--as todo", today: str = "2026-11-22") -> Any:
        server.requests.clear()
        result = cli(f"calendar sync {options} --json", today=today)
        assert result.status == 0, result.err
        return result.json

    return call


def summaries(server: Server) -> list[str]:
    """What the collection shows, in order of day."""
    found = [
        (
            re.search(r"(?:DUE|DTSTART)[^:]*:(\d+)", text)[1],
            re.search("SUMMARY:(.*)", text)[1].strip().replace("\\,", ","),
        )  # type: ignore[index]
        for text in server.items.values()
    ]
    return [f"{day} {summary}" for day, summary in sorted(found)]


def read_back(answer: Any) -> dict[str, list[str]]:
    return {
        verb: [one["title"] for one in ones] if verb != "ignored" else [one["reason"] for one in ones]
        for verb, ones in answer["read_back"].items()
        if ones
    }


def test_what_is_planned_is_pushed_and_what_is_gone_is_removed(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    assert sync("")["written"] == 2
    assert summaries(server) == ["20261123 Anna Smith: Thank Anna for Logo", "20261220 call: Anna Smith, Logo"]
    assert all(b"METHOD" not in text.encode() for text in server.items.values())
    cli("done anna", today="2026-11-24")
    answer = sync("", today="2026-11-24")
    assert (answer["entries"], answer["written"], answer["removed"]) == (1, 0, 1)
    assert summaries(server) == ["20261220 call: Anna Smith, Logo"]


def test_one_that_moves_is_written_over_the_old_one(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync()
    cli("snooze anna 2026-12-03", today="2026-11-23")
    assert sync(today="2026-11-23")["written"] == 1
    assert "20261203 Anna Smith: Thank Anna for Logo" in summaries(server)
    assert sum("SEQUENCE:1" in text for text in server.items.values()) == 1


@pytest.mark.parametrize("tokens", ["sync", "ctag", ""])
@pytest.mark.parametrize("tags", [True, False])
@pytest.mark.parametrize("user", ["", "nora:secret"])
def test_with_nothing_changed_there_are_at_most_three_requests(
    cli: Cli, sync: Any, point: Any, address: str, server: Server, monkeypatch: pytest.MonkeyPatch,
    tokens: str, tags: bool, user: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("FOLLOWUP_CALDAV_PASSWORD", "secret")
    server.tokens, server.tags_on_put, server.user = tokens, tags, user
    point(address, user.partition(":")[0])
    cli(ANNA)
    cli(BEN)
    sync()
    for _ in range(3):
        answer = sync()
        assert (answer["written"], answer["removed"], read_back(answer)) == (0, 0, {})
        assert len(server.requests) <= 3, server.requests


CASES = {
    "ticked off": (("STATUS:NEEDS-ACTION", "STATUS:COMPLETED\r\nCOMPLETED:20261124T120000Z"), {"done": "2026-11-24"}),
    "ticked off without a day": (("STATUS:NEEDS-ACTION", "STATUS:COMPLETED"), {"done": "2026-11-25"}),
    "ticked off tomorrow": (
        ("STATUS:NEEDS-ACTION", "STATUS:COMPLETED\r\nCOMPLETED:20261127T120000Z"),
        {"done": "2026-11-25"},
    ),
    "cancelled": (("STATUS:NEEDS-ACTION", "STATUS:CANCELLED"), {"skipped": "2026-11-25"}),
    "moved": ((DUE, "DUE;VALUE=DATE:20261204"), {"snoozed": "2026-12-04"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_answered_there_counts_here_as_one_change(cli: Cli, sync: Any, server: Server, case: str) -> None:
    (old, new), wanted = CASES[case]
    cli(f"{ANNA}")
    cli("sale cancel 1")
    cli("remind anna 2026-11-23 Hello")
    sync()
    server.edit(old, new)
    answer = sync(today="2026-11-25")
    ((verb, day),) = wanted.items()
    assert {key for key, ones in answer["read_back"].items() if ones} == {verb}
    (row,) = answer["read_back"][verb]
    assert day in (row["done_on"], row["snoozed_until"])
    assert len(server.items) == (1 if verb == "snoozed" else 0)
    assert cli("undo", today="2026-11-25").status == 0
    (row,) = cli("due --json", today="2026-11-25").json
    assert (row["title"], row["state"]) == ("Hello", "overdue")
    sync(today="2026-11-25")
    assert summaries(server) == ["20261123 Anna Smith: Hello"]


NEW = "STATUS:NEEDS-ACTION"
DONE = "STATUS:COMPLETED\r\nCOMPLETED:20261123T100000Z"


def test_what_is_done_there_logs_a_touch_and_plans_what_comes_next(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    cli("remind anna 2026-11-23 Hello --every '1 week'")
    sync('--as todo --ahead "1 week"')
    server.edit(NEW, DONE, "Thank Anna")
    server.edit(NEW, DONE, "Hello")
    answer = sync('--as todo --ahead "1 week"', today="2026-11-25")
    assert read_back(answer) == {"done": ["Thank Anna for Logo", "Hello"]}
    kinds = [(e["kind"], e["on"]) for e in cli("event list --contact anna --json").json]
    assert sorted(kinds) == [("email", "2026-11-23"), ("note", "2026-11-23")]
    assert summaries(server) == ["20261130 Anna Smith: Hello"]


def test_a_moved_event_is_snoozed_and_stays_where_it_was_moved(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync("")
    server.edit("DTSTART;VALUE=DATE:20261123", "DTSTART;TZID=Europe/Berlin:20261204T093000", "Thank Anna")
    answer = sync("")
    assert read_back(answer) == {"snoozed": ["Thank Anna for Logo"]}
    assert (answer["written"], answer["read_back"]["snoozed"][0]["snoozed_until"]) == (0, "2026-12-04")
    assert "20261204T093000" in str(server.items)


IGNORED = {
    "moved to today": ("DUE;VALUE=DATE:20261122", "", "2026-11-22 is not after today"),
    "moved before the day it is due": (
        "DUE;VALUE=DATE:20261201",
        "call:",
        "it cannot come before the day it is due, 2026-12-20",
    ),
}


@pytest.mark.parametrize("case", IGNORED)
def test_a_move_that_cannot_be_is_told_and_taken_back(cli: Cli, sync: Any, server: Server, case: str) -> None:
    moved, title, reason = IGNORED[case]
    cli(ANNA)
    sync()
    before = summaries(server)
    server.edit("DUE;VALUE=DATE:20261220" if title else DUE, moved, title)
    assert read_back(sync()) == {"ignored": [reason]}
    assert summaries(server) == before
    assert read_back(sync()) == {}


def test_what_moved_there_and_here_stays_where_it_is_here(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync()
    server.edit(DUE, "DUE;VALUE=DATE:20261204")
    cli("snooze anna 2026-12-08", today="2026-11-23")
    assert read_back(sync(today="2026-11-23")) == {"ignored": ["it moved here too, to 2026-12-08"]}
    assert "20261208 Anna Smith: Thank Anna for Logo" in summaries(server)


@pytest.mark.parametrize(("here", "ignored"), [("done", {}), ("skip", {"ignored": ["it was skipped on 2026-11-24"]})])
def test_what_was_answered_there_and_here_is_answered_once(
    cli: Cli, sync: Any, server: Server, here: str, ignored: dict[str, list[str]]
) -> None:
    cli(ANNA)
    sync()
    server.edit(NEW, DONE, "Thank Anna")
    cli(f"{here} anna", today="2026-11-24")
    assert read_back(sync(today="2026-11-24")) == ignored
    assert summaries(server) == ["20261220 call: Anna Smith, Logo"]
    assert len(cli("event list --contact anna --json").json) == (here == "done")


def test_what_was_ticked_off_in_time_counts_though_it_expired_since(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync()
    server.edit(NEW, DONE, "Thank Anna")
    assert read_back(sync(today="2026-12-15")) == {"done": ["Thank Anna for Logo"]}


def test_an_occurrence_still_to_come_cannot_be_answered_and_comes_back(cli: Cli, sync: Any, server: Server) -> None:
    cli(BEN)
    options = '--as todo --ahead "13 months" --rule service'
    sync(options)
    before = summaries(server)
    server.edit(NEW, DONE, "20271108")
    assert read_back(sync(options)) == {"ignored": ["it opens once the one before it is done"]}
    assert summaries(server) == before


def test_what_was_deleted_there_stays_away_until_it_changes(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync()
    server.delete(next(name for name, text in server.items.items() if "Thank Anna" in text))
    assert read_back(sync()) == {"deleted": ["Thank Anna for Logo"]}
    assert read_back(sync()) == {}
    assert summaries(server) == ["20261220 call: Anna Smith, Logo"]
    assert [row["title"] for row in cli("due --json", today="2026-11-23").json] == ["Thank Anna for Logo"]
    cli("snooze anna 2026-12-01", today="2026-11-23")
    assert sync(today="2026-11-23")["written"] == 1
    assert len(server.items) == 2


@pytest.mark.parametrize("form", ["event", "todo"])
@pytest.mark.parametrize(("tokens", "tags"), [("sync", True), ("sync", False), ("ctag", True), ("", True)])
def test_what_cannot_be_read_is_told_each_time_and_comes_anew_once_it_is_removed(
    cli: Cli, sync: Any, server: Server, form: str, tokens: str, tags: bool
) -> None:
    server.tokens, server.tags_on_put = tokens, tags
    cli(ANNA)
    sync(f"--as {form}")
    before = summaries(server)
    name = next(name for name, text in server.items.items() if "Thank Anna" in text)
    server.write(name, "junk")
    for text in ("Hello", "Hello again"):
        cli(f"remind anna 2026-12-24 '{text}'")
        assert read_back(sync(f"--as {form}")) == {
            "ignored": ["what lies there cannot be read: remove it, and it comes anew"]
        }
        assert server.items[name] == "junk"
    server.delete(name)
    answer = sync(f"--as {form}")
    assert (answer["written"], read_back(answer)) == (1, {})
    assert set(before) < set(summaries(server))
    server.delete(name)
    assert read_back(sync(f"--as {form}")) == {"deleted": ["Thank Anna for Logo"]}


def test_a_collection_that_was_emptied_is_filled_again(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync()
    before = summaries(server)
    for name in list(server.items):
        server.delete(name)
    assert sync()["written"] == 2
    assert summaries(server) == before


def test_notes_that_somebody_adds_there_are_left_alone(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync()
    server.edit("DESCRIPTION:email", "DESCRIPTION:Bring the samples\\nemail", "Thank Anna")
    answer = sync()
    assert (answer["written"], read_back(answer)) == (0, {})
    assert "Bring the samples" in str(server.items)


def test_a_server_that_rewrites_what_it_is_given_is_told_once(cli: Cli, sync: Any, server: Server) -> None:
    def rewrites(text: str) -> str:
        changed = text.replace("PRODID:-//followup//followup//EN", "PRODID:-//Other//EN\r\nCALSCALE:GREGORIAN")
        return changed.replace(DUE, "DUE;TZID=Europe/Berlin:20261123T000000\r\nLAST-MODIFIED:20261122T101010Z")

    server.rewrites, server.tags_on_put = rewrites, False
    cli(ANNA)
    assert sync()["written"] == 2
    answer = sync()
    assert (answer["written"], read_back(answer)) == (0, {})


def test_items_of_others_are_neither_fetched_nor_touched(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    server.write("dentist.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    sync()
    server.write("dentist.ics", "BEGIN:VCALENDAR\r\nX:1\r\nEND:VCALENDAR\r\n")
    sync()
    assert "dentist" not in "".join(server.bodies)
    assert "X:1" in server.items["dentist.ics"]


@pytest.mark.parametrize("answered", [False, True])
def test_what_somebody_changes_while_it_is_written_is_read_first(
    cli: Cli, sync: Any, server: Server, answered: bool
) -> None:
    cli(ANNA)
    sync()
    cli('contact edit anna --name "Anna Ray"')

    def meanwhile(method: str, name: str) -> None:
        if method == "PUT" and "Thank Anna" in server.items[name]:
            server.meanwhile = lambda method, name: None
            server.edit(NEW, DONE if answered else f"{NEW}\r\nX-MARK:1", "Thank Anna")

    server.meanwhile = meanwhile
    answer = sync(today="2026-11-24")
    assert read_back(answer) == ({"done": ["Thank Anna for Logo"]} if answered else {})
    assert [s for s in summaries(server) if "Anna Smith" in s] == []
    assert len(server.items) == 2 - answered


def test_an_entry_that_was_imported_there_before_is_taken_over(cli: Cli, sync: Any, server: Server) -> None:
    cli(ANNA)
    sync()
    for name in list(server.items):
        server.items[f"imported-{name}"] = server.items.pop(name)
    server.forgets_tokens = True
    cli('contact edit anna --name "Anna Ray"')
    sync()
    assert len(server.items) == 2
    assert all(name.startswith("imported-") for name in server.items)
    assert all("Anna Ray" in text for text in server.items.values())


def test_a_home_that_was_restored_finds_what_it_told(
    cli: Cli, sync: Any, point: Any, address: str, server: Server, home: Path, tmp_path: Path
) -> None:
    cli(ANNA)
    shutil.copytree(home, tmp_path / "backup")
    sync()
    server.edit(NEW, DONE, "Thank Anna")
    shutil.rmtree(home)
    (tmp_path / "backup").rename(home)
    point(address)
    answer = sync(today="2026-11-24")
    assert read_back(answer) == {"done": ["Thank Anna for Logo"]}
    assert summaries(server) == ["20261220 call: Anna Smith, Logo"]


def test_a_token_that_the_server_forgot_costs_a_look_at_ours_and_loses_nothing(
    cli: Cli, sync: Any, server: Server
) -> None:
    cli(ANNA)
    sync()
    server.edit(NEW, DONE, "Thank Anna")
    server.forgets_tokens = True
    assert read_back(sync(today="2026-11-24")) == {"done": ["Thank Anna for Logo"]}


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_any_request_and_run_again_it_ends_in_the_same_state(
    cli: Cli, point: Any, rules: Any, home: Path, when: str
) -> None:
    def play(cut: int) -> tuple[list[str], Any, Any]:
        """Two syncs with a life between them; the n-th request of all is lost, and what it stopped is run again."""
        shutil.rmtree(home, ignore_errors=True)
        server = Server()
        server.fails = lambda n: when if n == cut else ""
        with running(server) as url:
            rules(RULES)
            point(url)
            for day in ("2026-11-22", "2026-11-24"):
                if day == "2026-11-22":
                    cli(ANNA)
                    cli("remind anna 2026-11-30 Hello")
                else:
                    server.edit(NEW, DONE, "Thank Anna")
                    server.edit("DUE;VALUE=DATE:20261220", "DUE;VALUE=DATE:20270104")
                    cli("skip 3", today=day)
                    cli("remind anna 2026-12-01 Again", today=day)
                while (result := cli("calendar sync --as todo", today=day)).status:
                    assert "cannot be reached" in result.err
        asked.append(len(server.requests))
        due = cli('due --all --ahead "1 year" --json', today="2026-11-24").json
        return summaries(server), due, cli("event list --json", today="2026-11-24").json

    asked: list[int] = []
    wanted = play(0)
    assert wanted[0] == ["20261201 Anna Smith: Again", "20270104 call: Anna Smith, Logo"]
    for cut in range(1, asked[0] + 1):
        found = play(cut)
        assert [len(part) for part in found] == [len(part) for part in wanted], cut
        assert found[0] == wanted[0], cut
        assert [_facts(row) for row in found[1]] == [_facts(row) for row in wanted[1]], cut
        assert found[2] == wanted[2], cut


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "uid"}
