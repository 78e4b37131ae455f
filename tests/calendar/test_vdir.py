"""A folder with a file for each follow-up: what is written, left alone and removed, and what is read back from it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from followup.calendar import vdir as vdir_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Cli = Callable[..., Any]

ANNA = 'sale add "Anna Smith" Logo --new --email anna@example.com --phone "+49 30 1234"'
BEN = 'sale add "Ben Ito" Boiler --new --email ben@example.com --service-every "6 months"'
NEW = "STATUS:NEEDS-ACTION"
UNREADABLE = "what lies there cannot be read: remove it, and it comes anew"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "calendars" / "work"


@pytest.fixture
def vdir(cli: Cli, business: None, folder: Path) -> Callable[..., Any]:
    """Writes the folder: `vdir("--as todo", today="2026-11-22")` gives its JSON."""

    def call(options: str = "--as todo", today: str = "2026-11-22") -> Any:
        result = cli(f"calendar vdir {folder} {options} --json", today=today)
        assert result.status == 0, result.err
        return result.json

    return call


@pytest.fixture
def berlin() -> Iterator[None]:
    """The local time zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def file_of(folder: Path, text: str) -> Path:
    """The one file that has a text."""
    (found,) = [path for path in folder.iterdir() if text in path.read_text()]
    return found


def edit(folder: Path, title: str, old: str, new: str) -> None:
    path = file_of(folder, title)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def read_back(answer: Any) -> dict[str, list[str]]:
    return {
        verb: [one["title"] for one in ones] if verb != "ignored" else [one["reason"] for one in ones]
        for verb, ones in answer["read_back"].items()
        if ones
    }


def test_each_follow_up_has_a_file_named_by_its_uid_that_only_its_owner_reads(
    cli: Cli, vdir: Any, folder: Path
) -> None:
    cli(ANNA)
    assert vdir() == {
        "dir": str(folder),
        "entries": 2,
        "written": 2,
        "removed": 0,
        "read_back": {"done": [], "skipped": [], "snoozed": [], "deleted": [], "ignored": []},
    }
    uids = {row["uid"] for row in cli("due --ahead 1y --json").json}
    assert {path.name for path in folder.iterdir()} == {f"{uid}.ics" for uid in uids}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_files_that_did_not_change_are_not_written(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    cli(BEN)
    vdir()

    def look() -> dict[str, tuple[int, int]]:
        return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.iterdir()}

    before = look()
    assert vdir()["written"] == 0
    assert vdir(today="2026-11-25")["written"] == 0
    assert look() == before
    cli("snooze anna 2026-12-03", today="2026-11-25")
    assert vdir(today="2026-11-25")["written"] == 1
    after = look()
    assert [name for name in before if before[name] != after[name]] == [file_of(folder, "20261203").name]


@pytest.mark.parametrize("form", ["event", "todo"])
@pytest.mark.parametrize("command", ["done anna", "skip anna", "sale cancel 1"])
def test_files_of_what_vanished_are_removed(cli: Cli, vdir: Any, folder: Path, form: str, command: str) -> None:
    cli(ANNA)
    cli("remind anna 2026-12-24 Hello")
    vdir(f"--as {form}")
    cli(command, today="2026-11-24")
    vdir(f"--as {form}", today="2026-11-24")
    gone = 2 if command == "sale cancel 1" else 1
    assert len(list(folder.iterdir())) == 3 - gone
    cli("undo", today="2026-11-24")
    assert vdir(f"--as {form}", today="2026-11-24")["written"] == gone
    assert "SEQUENCE:2" in file_of(folder, "Thank Anna").read_text()


def test_files_that_are_not_ours_are_left_alone(cli: Cli, vdir: Any, folder: Path, tmp_path: Path) -> None:
    cli(ANNA)
    vdir()
    (mine, other) = folder.iterdir()
    foreign = mine.read_text().replace(mine.stem, "someone-else")
    outside = tmp_path / "outside"
    outside.write_bytes(other.read_bytes())
    mine.write_text(foreign)
    other.unlink()
    other.symlink_to(outside)
    (folder / "aaaaaaaa-0000-0000-0000-000000000000@followup.ics").write_text("BEGIN:VCALENDAR\n")
    (folder / "color").write_text("#aabbcc")
    cli('contact edit anna --name "Anna Ray"')
    assert read_back(vdir()) == {"ignored": [UNREADABLE] * 2}
    cli("sale cancel 1")
    vdir()
    assert mine.read_text() == foreign
    assert other.is_symlink()
    assert "Anna Smith" in outside.read_text()
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("made", ["pipe", "folder", "huge", "empty"])
def test_what_is_no_file_of_ours_blocks_nothing(cli: Cli, vdir: Any, folder: Path, made: str) -> None:
    cli(ANNA)
    vdir()
    path = file_of(folder, "Thank Anna")
    path.unlink()
    match made:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "huge":
            path.write_bytes(b"BEGIN:VCALENDAR\r\n" * 100_000)
        case "empty":
            path.touch()
    cli("remind anna 2026-12-24 Hello")
    answer = vdir()
    assert (answer["written"], len(answer["read_back"]["ignored"])) == (1, 1)
    assert path.is_dir() == (made == "folder")
    if made == "folder":
        path.rmdir()
    else:
        path.unlink()
    assert vdir()["written"] == 1
    assert "Thank Anna" in path.read_text()


@pytest.mark.parametrize("form", ["event", "todo"])
@pytest.mark.parametrize("runs", [1, 2])
def test_what_cannot_be_read_is_told_each_time_and_comes_anew_once_it_is_removed(
    cli: Cli, vdir: Any, folder: Path, form: str, runs: int
) -> None:
    cli(ANNA)
    vdir(f"--as {form}")
    path = file_of(folder, "Thank Anna")
    before = path.read_bytes()
    path.write_text("junk")
    for _ in range(runs):
        assert read_back(vdir(f"--as {form}")) == {"ignored": [UNREADABLE]}
        assert path.read_text() == "junk"
    path.unlink()
    answer = vdir(f"--as {form}")
    assert (answer["written"], read_back(answer)) == (1, {})
    assert path.read_bytes() == before
    path.unlink()
    assert read_back(vdir(f"--as {form}")) == {"deleted": ["Thank Anna for Logo"]}


def test_what_can_be_read_again_is_an_answer_as_ever(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    vdir()
    path = file_of(folder, "Thank Anna")
    before = path.read_text()
    path.write_text(before[:100])
    vdir()
    path.write_text(before.replace("DUE;VALUE=DATE:20261123", "DUE;VALUE=DATE:20261204"))
    assert read_back(vdir()) == {"snoozed": ["Thank Anna for Logo"]}


def test_what_changed_here_while_it_could_not_be_read_is_told_and_is_no_answer(
    cli: Cli, vdir: Any, folder: Path
) -> None:
    cli(ANNA)
    vdir()
    path = file_of(folder, "Thank Anna")
    before = path.read_text()
    path.write_text("junk")
    vdir()
    cli("snooze anna 2026-12-03", today="2026-11-23")
    assert read_back(vdir(today="2026-11-23")) == {"ignored": [UNREADABLE]}
    path.write_text(before)
    assert read_back(vdir(today="2026-11-23")) == {}
    assert "DUE;VALUE=DATE:20261203" in path.read_text()


def test_what_was_done_here_while_it_could_not_be_read_stays_away(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    vdir()
    path = file_of(folder, "Thank Anna")
    path.write_text("junk")
    vdir()
    cli("done anna", today="2026-11-24")
    assert read_back(vdir(today="2026-11-24")) == {"ignored": [UNREADABLE]}
    path.unlink()
    answer = vdir(today="2026-11-24")
    assert (answer["written"], read_back(answer), path.exists()) == (0, {}, False)


def test_a_new_one_does_not_replace_what_lies_at_its_place(cli: Cli, vdir: Any, folder: Path, tmp_path: Path) -> None:
    cli(ANNA)
    vdir()
    path = file_of(folder, "Thank Anna")
    moved = folder.rename(tmp_path / "moved")
    folder.mkdir()
    (folder / path.name).symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_text("secret")
    vdir()
    assert (tmp_path / "secret").read_text() == "secret"
    assert (folder / path.name).is_symlink()
    shutil.rmtree(moved)


@pytest.mark.parametrize("options", ["--contact ben", "--rule service", '--ahead "5 days"'])
def test_what_a_filter_leaves_out_is_neither_written_nor_removed(
    cli: Cli, vdir: Any, folder: Path, options: str
) -> None:
    cli(ANNA)
    cli(BEN)
    vdir()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert vdir(f"--as todo {options}")["removed"] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_another_program_has_renamed_is_still_ours(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    cli("remind anna 2026-11-25 'Call her'")
    vdir()
    files = len(list(folder.iterdir()))
    for n, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / f"{n}-brought-from-the-server.ics")
    told = vdir()
    assert (told["written"], told["removed"], len(list(folder.iterdir()))) == (0, 0, files)
    edit(folder, "Call her", NEW, "STATUS:COMPLETED\r\nCOMPLETED:20261122T101112Z")
    assert read_back(vdir())["done"] == ["Call her"]
    cli("remind anna 2026-11-26 'Call again'")
    assert vdir()["written"] == 1
    cli("undo")
    assert vdir()["removed"] == 1


def test_one_calendar_does_not_raise_the_sequence_of_another(cli: Cli, vdir: Any, folder: Path, tmp_path: Path) -> None:
    cli(ANNA)
    other = tmp_path / "other"
    for _ in range(3):
        vdir()
        assert cli(f"calendar vdir {other} --at 10:00").status == 0
        assert cli(f"calendar export {tmp_path / 'a.ics'}").status == 0
    for text in (
        (tmp_path / "a.ics").read_text(),
        *(path.read_text() for path in [*folder.iterdir(), *other.iterdir()]),
    ):
        assert "SEQUENCE:0" in text
        assert "SEQUENCE:1" not in text


TICKED = "STATUS:COMPLETED\r\nCOMPLETED"
READ = {
    "a moment": (f"{TICKED}:20261124T231500Z", "done", "2026-11-25"),
    "a day": (f"{TICKED};VALUE=DATE:20261124", "done", "2026-11-24"),
    "a local time": (f"{TICKED}:20261124T233000", "done", "2026-11-24"),
    "no moment, but when it was written": (
        "STATUS:COMPLETED\r\nLAST-MODIFIED:20261124T080000Z",
        "done",
        "2026-11-24",
    ),
    "nothing": ("STATUS:COMPLETED", "done", "2026-11-27"),
    "a moment ahead": (f"{TICKED}:20301124T080000Z", "done", "2026-11-27"),
    "a day before all days": (f"{TICKED}:00010101T000000Z", "done", "2026-11-27"),
    "cancelled": ("STATUS:CANCELLED", "skipped", "2026-11-27"),
}


@pytest.mark.parametrize("case", READ)
def test_what_was_ticked_off_is_done_on_that_day_of_the_local_time_zone(
    cli: Cli, vdir: Any, folder: Path, berlin: None, case: str
) -> None:
    written, verb, day = READ[case]
    cli(ANNA)
    vdir()
    edit(folder, "Thank Anna", NEW, written)
    (row,) = vdir(today="2026-11-27")["read_back"][verb]
    assert (row["title"], row["done_on"], row["state"]) == ("Thank Anna for Logo", day, verb)


MOVED = {
    "another day": ("DUE;VALUE=DATE:20261204", "2026-12-04"),
    "a moment elsewhere": ("DUE;TZID=America/New_York:20261203T200000", "2026-12-04"),
    "a time of day": ("DUE:20261204T093000", "2026-12-04"),
    "by a start instead": ("DTSTART;VALUE=DATE:20261204", "2026-12-04"),
    "the same day, at a time": ("DUE:20261123T093000", None),
    "no day at all": ("X-DUE:1", None),
}


@pytest.mark.parametrize("case", MOVED)
def test_what_was_moved_is_snoozed_and_not_written_again(
    cli: Cli, vdir: Any, folder: Path, berlin: None, case: str
) -> None:
    written, day = MOVED[case]
    cli(ANNA)
    vdir()
    edit(folder, "Thank Anna", "DUE;VALUE=DATE:20261123", written)
    answer = vdir()
    assert [row["snoozed_until"] for row in answer["read_back"]["snoozed"]] == [day] * (day is not None)
    assert answer["written"] == 0
    assert written in file_of(folder, "Thank Anna").read_text()


def test_one_that_was_put_off_can_be_moved_back_to_its_day(cli: Cli, vdir: Any, folder: Path) -> None:
    cli("contact add Anna")
    cli("remind anna 2026-12-01 Hello")
    cli("snooze 1 2026-12-20")
    vdir()
    edit(folder, "Hello", "20261220", "20261201")
    assert read_back(vdir()) == {"snoozed": ["Hello"]}
    (row,) = cli("due --all --ahead 1m --json").json
    assert (row["state"], row["snoozed_until"]) == ("snoozed", "2026-12-01")
    assert cli("due --json", today="2026-12-01").json[0]["state"] == "due"


def test_what_is_read_back_is_one_change_even_for_the_filtered(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    cli(BEN)
    vdir()
    edit(folder, "Thank Anna", NEW, "STATUS:COMPLETED")
    edit(folder, "Thank Ben", "DUE;VALUE=DATE:20261123", "DUE;VALUE=DATE:20261210")
    answer = vdir("--as todo --contact ben", today="2026-11-24")
    assert read_back(answer) == {"done": ["Thank Anna for Logo"], "snoozed": ["Thank Ben for Boiler"]}
    assert cli("undo --list --json").json[0]["command"] == f"calendar vdir {folder}"
    cli("undo", today="2026-11-24")
    due = cli("due --json", today="2026-11-24").json
    assert [row["title"] for row in due] == ["Thank Anna for Logo", "Thank Ben for Boiler"]


def test_a_deleted_file_stays_away_until_its_follow_up_changes(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    vdir()
    file_of(folder, "Thank Anna").unlink()
    assert read_back(vdir()) == {"deleted": ["Thank Anna for Logo"]}
    assert read_back(vdir()) == {}
    assert len(list(folder.iterdir())) == 1
    cli('contact edit anna --name "Anna Ray"')
    vdir()
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("whole", [True, False])
def test_a_folder_that_was_emptied_or_removed_is_filled_again(cli: Cli, vdir: Any, folder: Path, whole: bool) -> None:
    cli(ANNA)
    vdir()
    shutil.rmtree(folder)
    if not whole:
        folder.mkdir()
    assert vdir()["written"] == 2


def test_it_says_what_it_did_in_words(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    cli("remind anna 2026-12-24 Hello")
    vdir()
    edit(folder, "Thank Anna", NEW, "STATUS:COMPLETED")
    edit(folder, "Hello", "20261224", "20261231")
    edit(folder, "call:", "20261220", "20261119")
    said = cli(f"calendar vdir {folder} --as todo", today="2026-11-24")
    assert said.out.splitlines() == [
        "Done there: Thank Anna for Logo",
        "Put off there: Hello, until 2026-12-31",
        "Left alone: call: Anna Smith, Logo: 2026-11-19 is not after today",
        f"{folder}: 2 follow-ups, 1 written, 1 removed",
    ]


def test_a_forgotten_person_leaves_the_folder(cli: Cli, vdir: Any, folder: Path) -> None:
    cli(ANNA)
    cli(BEN)
    vdir()
    assert cli("contact forget anna --yes").status == 0
    vdir()
    assert not any("Anna" in path.read_text() for path in folder.iterdir())


@pytest.mark.parametrize("options", ["--as journal", "--at 25:00", "--contact nobody", "--rule nothing"])
def test_what_cannot_be_is_refused_and_nothing_is_made(cli: Cli, vdir: Any, folder: Path, options: str) -> None:
    cli(ANNA)
    result = cli(f"calendar vdir {folder} {options}")
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)
    assert not folder.exists()


def test_a_file_in_the_place_of_the_folder_is_refused(cli: Cli, business: None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    result = cli(f"calendar vdir {tmp_path / 'file'}")
    assert result.status == 1
    assert "is a file: name a folder" in result.err
    assert (tmp_path / "file").read_text() == "mine"
    assert cli("calendar vdir ''").status == 1


def test_cut_off_at_any_file_and_run_again_it_ends_in_the_same_state(
    cli: Cli, vdir: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(ANNA)
    cli(BEN)
    cut = 0
    while True:
        cut += 1
        shutil.rmtree(folder, ignore_errors=True)
        left = [cut]

        def full(path: Path, content: bytes, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise OSError(28, "No space left on device", str(path))
            path.write_bytes(content)

        with monkeypatch.context() as patch:
            patch.setattr(vdir_module, "write_private", full)
            cli(f"contact edit anna --name 'Anna {cut}'")
            result = cli(f"calendar vdir {folder} --as todo")
        if result.status == 0:
            break
        assert "No space left" in result.err
        cli(f"contact edit anna --name 'Anna Ray {cut}'")
        assert read_back(vdir()) == {}
        rows = cli("due --ahead 1y --json").json
        texts = [path.read_text() for path in folder.iterdir()]
        assert {row["uid"] for row in rows} <= {path.stem for path in folder.iterdir()}
        assert sum(f"Anna Ray {cut}" in text.replace("\r\n ", "") for text in texts) == 2
    assert cut > 3


def test_a_file_that_another_program_changes_meanwhile_is_not_written_over(
    cli: Cli, vdir: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(ANNA)
    vdir()
    cli('contact edit anna --name "Anna Ray"')
    looked = vdir_module.Vdir.changed

    def changed(self: Any, known: Any, state: Any) -> Any:
        read = looked(self, known, state)
        monkeypatch.setattr(vdir_module.Vdir, "changed", looked)
        edit(folder, "Thank Anna", NEW, "STATUS:COMPLETED")
        return read

    monkeypatch.setattr(vdir_module.Vdir, "changed", changed)
    assert read_back(vdir(today="2026-11-24")) == {"done": ["Thank Anna for Logo"]}
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_killed_while_writing_it_is_no_answer_of_anybody_even_if_the_change_is_undone(
    cli: Cli, vdir: Any, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    cli(ANNA)
    cli("remind anna 2026-12-24 Hello")
    vdir()
    cli("snooze anna 2026-12-03", today="2026-11-23")
    left = home.parent / "left"
    write = vdir_module.write_private

    def killed(path: Path, content: bytes) -> None:
        if arrived:
            write(path, content)
        with closing(sqlite3.connect(home / "followup.db")) as db, closing(sqlite3.connect(left)) as copy:
            db.backup(copy)
        raise OSError(5, "killed")

    with monkeypatch.context() as patch:
        patch.setattr(vdir_module, "write_private", killed)
        assert cli(f"calendar vdir {folder} --as todo", today="2026-11-23").status == 1
    for path in home.glob("followup.db*"):
        path.unlink()
    left.rename(home / "followup.db")
    cli("undo", today="2026-11-23")
    assert read_back(vdir(today="2026-11-23")) == {}
    assert "DUE;VALUE=DATE:20261123" in file_of(folder, "Thank Anna").read_text()
    (row,) = cli("due --json", today="2026-11-23").json
    assert (row["title"], row["snoozed_until"]) == ("Thank Anna for Logo", None)
