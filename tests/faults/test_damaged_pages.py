"""A byte that has turned over, on a page of any kind: told or borne, named by `doctor`, mended by `restore`.

And what lies beside the file: the log that a killed writer left, and an index of it that is of no use.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest
from keeping import check_sound, copied

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warm import Warm

    from tests.conftest import Result

    Cli = Callable[..., Result]

TODAY = "2026-11-22"
KINDS = {2: "inner index", 5: "inner table", 10: "index leaf", 13: "table leaf"}
"""By the first byte of a page (sqlite.org/fileformat2.html, section 1.6)."""
OFFSETS = (0, 1, 3, 5, 7, 8, 11, 40, 2048, 4095)
RULES = """
[[rule]]
name = "thank-you"
on = "sale"
after = "1 business day"
channels = ["email"]
message = "thank-you"
[[rule]]
name = "win-back"
on = "silence"
after = "6 months"
channels = ["email"]
message = "win-back"
"""
COMMANDS = ("due", "contact list anna", "contact show anna", "sale list", "sale add anna Cards", "undo")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A home with pages of every kind, and a backup of it beside it."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "home").mkdir()
    (folder / "home" / "rules.toml").write_text(RULES)
    lines = [f"2026-11-{n % 20 + 1:02},Client {n},c{n}@example.com,Job {n},{n}.00,R{n}" for n in range(1, 70)]
    (folder / "sales.csv").write_text("date,client,email,title,amount,invoice\n" + "\n".join(lines) + "\n")
    for line in (
        ["contact", "add", "Anna Field", "--email", "anna@example.com", "--note", "Tea. " * 1900],
        ["import", "sales", str(folder / "sales.csv"), "--past"],
        ["contact", "add", "Gone Again", "--note", "Milk. " * 1600],
        ["undo"],
        ["backup", str(folder / "saved.db")],
    ):
        assert warm.run(folder / "home", *line).status == 0
    return folder


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    return copied(furnished / "home", tmp_path / "home")


def pages(home: Path) -> dict[str, list[int]]:
    """The kinds of pages that the file has, each with some of its pages, by number from 0."""
    content = (home / "followup.db").read_bytes()
    free = int.from_bytes(content[32:36], "big")
    found: dict[str, list[int]] = {"the first": [0], "free": [free - 1] if free else []}
    for number in range(1, len(content) // 4096):
        if number != free - 1:
            found.setdefault(KINDS.get(content[number * 4096], "overflow"), []).append(number)
    return {kind: [numbers[0], numbers[-1]] for kind, numbers in found.items() if numbers}


@pytest.mark.parametrize("kind", ["the first", "free", "overflow", *KINDS.values()])
def test_a_byte_that_turned_over_is_told_or_borne(
    cli: Cli, home: Path, tmp_path: Path, furnished: Path, kind: str
) -> None:
    sound = (home / "followup.db").read_bytes()
    wanted = cli("contact list --json").out
    places = sorted({number * 4096 + offset for number in pages(home)[kind] for offset in OFFSETS})
    for turn, place in enumerate(places):
        damaged = bytearray(sound)
        damaged[place] ^= 0xFF if turn % 2 else 1 << turn % 8
        for left in home.glob("followup.db*"):
            left.unlink()
        (home / "followup.db").write_bytes(damaged)
        bad = is_damaged(home / "followup.db")
        told = cli("doctor")
        assert told.status in (0, 1) and "Traceback" not in told.err, place
        assert told.status == 1 or not bad, f"doctor finds nothing wrong with byte {place}"
        result = cli(COMMANDS[turn % len(COMMANDS)])
        assert result.status == 0 or (result.status == 1 and result.err.startswith("error: ")), (place, result)
        if turn % 2:
            continue
        mended = cli(f"restore {furnished / 'saved.db'} --yes")
        assert mended.status == 0, (place, mended)
        assert cli("contact list --json").out == wanted, place
        check_sound(home, date.fromisoformat(TODAY))


def is_damaged(path: Path) -> bool:
    """What SQLite itself says."""
    try:
        with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
            return list(db.execute("PRAGMA integrity_check")) != [("ok",)]
    except sqlite3.DatabaseError:
        return True


# What lies beside the file


@pytest.fixture
def left_behind(cli: Cli, home: Path, tmp_path: Path) -> Path:
    """The home as a killed writer leaves it: its last three commands are in the log and nowhere else."""
    with closing(sqlite3.connect(home / "followup.db")) as other:
        other.execute("SELECT count(*) FROM contacts").fetchone()
        for n in range(3):
            assert cli(f"contact add 'Late {n}'").status == 0
        left = copied(home, tmp_path / "left")
    shutil.rmtree(home)
    left.rename(home)
    assert (home / "followup.db-wal").stat().st_size > 4096
    assert (home / "followup.db-shm").exists()
    return home


def late(cli: Cli) -> list[str]:
    result = cli("contact list late --json")
    assert result.status == 0, result
    return sorted(contact["name"] for contact in result.json)


def test_a_log_that_was_left_behind_is_read(cli: Cli, left_behind: Path) -> None:
    assert late(cli) == ["Late 0", "Late 1", "Late 2"]
    assert sorted(path.name for path in left_behind.glob("followup.db*")) == ["followup.db"]
    check_sound(left_behind, date.fromisoformat(TODAY))


@pytest.mark.parametrize("index", [b"", b"?" * 32768, bytes(32768), b"\xff" * 100])
def test_an_index_of_the_log_that_is_of_no_use_is_made_anew(cli: Cli, left_behind: Path, index: bytes) -> None:
    (left_behind / "followup.db-shm").write_bytes(index)
    assert late(cli) == ["Late 0", "Late 1", "Late 2"]
    check_sound(left_behind, date.fromisoformat(TODAY))


def test_an_index_without_its_log_is_of_no_use(cli: Cli, left_behind: Path) -> None:
    (left_behind / "followup.db-wal").unlink()
    assert late(cli) == []
    assert cli("contact add 'Late 9'").status == 0
    check_sound(left_behind, date.fromisoformat(TODAY))


ALL = ["Late 0", "Late 1", "Late 2"]
TOLD = "the log of the data file was damaged: what was answered last may be lost"
CUT, TURNED = 1, 0xFF


@pytest.mark.parametrize("part", range(0, 100, 18))
@pytest.mark.parametrize("how", [CUT, TURNED])
def test_a_log_that_was_cut_short_or_has_turned_over_is_told_and_kept_where_it_loses_something(
    cli: Cli, left_behind: Path, furnished: Path, part: int, how: int
) -> None:
    log = bytearray((left_behind / "followup.db-wal").read_bytes())
    place = len(log) * part // 100
    if how == CUT:
        del log[place:]
    else:
        log[place] ^= how
    (left_behind / "followup.db-wal").write_bytes(log)
    first = cli("contact list late --json")
    names = sorted(contact["name"] for contact in first.json)
    assert names == ALL[: len(names)]
    kept = left_behind / f"followup.db-wal.damaged-{TODAY}"
    assert (names == ALL) == (first.err == "") == (not kept.exists())
    if names != ALL:
        assert first.err.startswith(TOLD) and str(kept) in first.err and "followup restore FILE" in first.err
        assert first.err.count("\n") == 1
        assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (log, 0o600)
    second = cli("sale add anna Cards")
    assert second.status == 0 and TOLD not in second.err
    check_sound(left_behind, date.fromisoformat(TODAY))


@pytest.mark.parametrize("place", [12, 40, 60, -4115])
def test_doctor_names_a_damaged_log_as_long_as_it_is_there(
    cli: Cli, left_behind: Path, furnished: Path, place: int
) -> None:
    """In the header of the log, in that of its first frame, in a page, and in the last frame, which ends a commit."""
    log = bytearray((left_behind / "followup.db-wal").read_bytes())
    log[place] ^= 0xFF
    (left_behind / "followup.db-wal").write_bytes(log)

    def said() -> dict[str, tuple[str, str]]:
        return {one["check"]: (one["status"], one["finding"]) for one in cli("doctor --json").json}

    for _ in range(2):
        status, finding = said()["data file"]
        assert status == "fault" and finding.startswith("its log, followup.db-wal, is damaged")
        assert (left_behind / "followup.db-wal").read_bytes() == log
    assert cli(f"restore {furnished / 'saved.db'} --yes").status == 0
    assert not (left_behind / "followup.db-wal").exists()
    kept = left_behind / f"followup.db-wal.damaged-{TODAY}"
    assert kept.read_bytes() == log
    found = said()
    assert found["data file"][0] == "ok"
    assert found["damaged log"][0] == "warning" and kept.name in found["damaged log"][1]
    kept.unlink()
    assert "damaged log" not in said()


def test_the_log_of_a_data_file_that_is_a_link_is_kept_in_the_home(cli: Cli, left_behind: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for path in left_behind.glob("followup.db*"):
        path.rename(tmp_path / "elsewhere" / path.name.replace("followup", "data"))
    (left_behind / "followup.db").symlink_to(tmp_path / "elsewhere" / "data.db")
    with (tmp_path / "elsewhere" / "data.db-wal").open("r+b") as file:
        file.seek(40)
        file.write(b"\xff\xff")
    assert cli("due").err.startswith(TOLD)
    assert (left_behind / f"followup.db-wal.damaged-{TODAY}").stat().st_size > 4096
