"""The demonstration: whatever day it is, a list worth looking at, and a business that one can play with."""

from __future__ import annotations

import stat
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from followup.cli.choosing import todays
from followup.drafting.draft import draft_of
from followup.store import example, followups, histories, journal
from followup.store.book import Book, make_home, open_book
from followup.store.homes import default_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Result

    Cli = Callable[..., Result]

pytestmark = pytest.mark.first_start

ORDINARY = [date(2026, 1, 5) + timedelta(days=59 * n) for n in range(27)]
SPECIAL = [
    date(2024, 2, 29), date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1), date(2026, 7, 31), date(2027, 3, 1),
]  # fmt: skip


@pytest.fixture
def book(home: Path) -> Iterator[Callable[[date], Book]]:
    """Opens a home with the example in it as it is on a day."""
    books: list[Book] = []

    def filled(today: date) -> Book:
        make_home(home, config=default_config(example.business()))
        books.append(open_book(home, today))
        example.fill(books[-1])
        return books[-1]

    yield filled
    for opened in books:
        opened.close()


@pytest.mark.parametrize("today", ORDINARY + SPECIAL, ids=str)
def test_on_any_day_the_list_is_short_and_of_many_kinds(book: Callable[[date], Book], today: date) -> None:
    demo = book(today)
    entries = todays(demo)
    shown = [entry.standing for entry in entries if entry.state in ("due", "overdue")]
    assert 3 <= len(shown) <= 6
    assert len({row.rule for row in shown}) >= 3
    assert any(row.priority == "high" for row in shown)
    assert sum(entry.state == "held" for entry in entries) >= 2
    answered = demo.db.execute("SELECT how, count(*) FROM closings GROUP BY how ORDER BY how").fetchall()
    assert answered == [("done", 60), ("skipped", 2)]


def test_the_days_tried_are_of_all_sorts() -> None:
    assert {day.weekday() for day in ORDINARY} == set(range(7))
    assert {day.month for day in ORDINARY} == set(range(1, 13))


def test_everything_planned_has_a_message_and_somebody_to_send_it_to(book: Callable[[date], Book]) -> None:
    demo = book(date(2026, 11, 18))
    rows = [row for row in followups.open_rows(demo.db, demo.today, 0) if row.rule]
    assert len(rows) > 30
    assert all(draft_of(demo, row, None).body for row in rows)


def test_the_example_is_one_change_and_its_plan_is_the_plan_from_scratch(book: Callable[[date], Book]) -> None:
    demo = book(date(2026, 11, 18))
    assert [change.command for change in journal.changes(demo.db)] == ["demo"]
    for history in histories.of_all(demo.db):
        stored = followups.of_contact(demo.db, history.contact.id)
        planned = {(f.key.rule, f.key.started_by, f.key.occurrence, f.due) for f in demo.planner.plan(history).open}
        assert {(r.rule, r.started_by, r.occurrence, r.due) for r in stored if r.plan == "open"} == planned


def test_every_file_of_the_example_is_read(book: Callable[[date], Book], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    read_bytes = Path.read_bytes

    def watched(path: Path) -> bytes:
        read.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", watched)
    book(date(2026, 11, 18))
    assert set(read) == {path.name for path in example.EXAMPLES.iterdir()}


def test_no_number_or_address_of_the_example_is_anybodys(book: Callable[[date], Book]) -> None:
    points = book(date(2026, 11, 18)).db.execute("SELECT kind, value FROM contact_points").fetchall()
    assert len(points) > 25
    assert all(value.endswith(".example.com") for kind, value in points if kind == "email")
    assert all(value.startswith("+49 30 23125 ") for kind, value in points if kind == "phone")


def test_the_demo_shows_the_list_a_draft_and_how_to_go_on(
    cli: Cli, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["followup"])
    folder = tmp_path / "my demo"
    answer = cli(f"demo '{folder}'", today="2026-11-18")
    assert (answer.status, answer.err) == (0, "")
    listed = cli(f"--home '{folder}' due", today="2026-11-18").out
    assert listed in answer.out
    assert "Thank Lena for Logo and letterhead" in listed
    thanks = next(line for line in listed.splitlines() if "Thank Lena" in line).split("\t")[0]
    assert cli(f"--home '{folder}' draft {thanks}", today="2026-11-18").out.strip() in answer.out
    promise = next(line for line in listed.splitlines() if "\thigh\t" in line).split("\t")[0]
    assert f"followup --home '{folder}' --today 2026-11-18 why {promise}\n" in answer.out
    assert not home.exists()


def test_its_calendar_file_is_the_one_that_an_export_writes(cli: Cli, tmp_path: Path) -> None:
    said = cli(f"demo {tmp_path / 'demo'} --json").json
    again = tmp_path / "again.ics"
    cli(f"--home {said['home']} calendar export {again}")
    assert again.read_bytes() == Path(said["calendar"]).read_bytes()


def test_without_a_folder_its_home_is_a_temporary_one_of_its_own(
    cli: Cli, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    homes = [Path(cli("demo --json").json["home"]) for _ in range(2)]
    assert homes[0] != homes[1]
    assert {found.parent for found in homes} == {tmp_path}
    assert stat.S_IMODE(homes[0].stat().st_mode) == 0o700
    assert not home.exists()


def test_the_list_in_json_is_the_morning_list(cli: Cli, tmp_path: Path) -> None:
    said = cli(f"demo {tmp_path / 'demo'} --json").json
    assert said["due"] == cli(f"--home {said['home']} due --json").json
    assert said["draft"] == cli(f"--home {said['home']} draft {said['draft']['followup']} --json").json[0]


@pytest.mark.parametrize(("there", "why"), [("file", "is a file"), ("folder/file", "is not empty")])
def test_a_folder_that_holds_something_is_left_alone(cli: Cli, tmp_path: Path, there: str, why: str) -> None:
    kept = tmp_path / "place" / there
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")
    answer = cli(f"demo {tmp_path / 'place' / there.split('/')[0]}")
    assert (answer.status, kept.read_text()) == (1, "mine")
    assert f"{why}: name a new folder" in answer.err


def test_an_empty_folder_will_do(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert cli(f"demo {tmp_path / 'empty'}").status == 0


def test_one_can_go_on_playing(cli: Cli, tmp_path: Path) -> None:
    said = cli(f"demo {tmp_path / 'demo'} --json").json
    at = f"--home {said['home']}"
    first = said["due"][0]["id"]
    assert cli(f"{at} done {first}").status == 0
    assert first not in [line["id"] for line in cli(f"{at} due --json").json]
    assert cli(f"{at} undo").status == 0
    assert cli(f"{at} due --json").json == said["due"]
