"""What is wrong with the file or the disk under it is told in one line, and never costs what was kept before."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from keeping import check_sound, copied, held
from warm import ROOT, TODAY

from followup.store.book import playbook_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warm import Warm

    from tests.conftest import Result

    Cli = Callable[..., Result]

PAGE = 4096

COMMANDS = ("due", "contact list", "sale list", "event list", "contact add New", "sale add anna Cards", "undo")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A home with two contacts and a sale, all in the one file."""
    folder = tmp_path_factory.mktemp("furnished") / "home"
    for line in (
        ["contact", "add", "Anna Field", "--email", "anna@example.com"],
        ["contact", "add", "Ben Kay", "--note", "Tea. " * 200],
        ["sale", "add", "anna", "Logo", "--amount", "1200", "--on", "2026-11-18"],
        ["log", "complaint", "anna", "too slow"],
    ):
        assert warm.run(folder, *line).status == 0
    assert sorted(path.name for path in folder.glob("followup.db*")) == ["followup.db"]
    return folder


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_text("date,client,title\n2026-11-20,Cleo Day,Flyer\n")
    return copied(furnished, tmp_path / "home")


def check_refused(result: Result, words: str) -> None:
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("error: ") and result.err.count("\n") == 1
    assert words in result.err


# The file


@pytest.mark.parametrize("command", ["due", "contact add New", "undo"])
@pytest.mark.parametrize(
    "content", [b"x" * 50, b"Dear diary\n" * 1000, bytes(PAGE), b"SQLite format 3\0" + b"?" * PAGE]
)
def test_a_file_that_is_no_database(cli: Cli, home: Path, content: bytes, command: str) -> None:
    (home / "followup.db").write_bytes(content)
    check_refused(cli(command), "the data file is ")
    assert (home / "followup.db").read_bytes() == content


@pytest.mark.parametrize("command", ["due", "contact add New"])
@pytest.mark.parametrize("version", [0, 1, 7])
def test_a_database_of_another_program_is_left_as_it_is(cli: Cli, home: Path, version: int, command: str) -> None:
    (home / "followup.db").unlink()
    with closing(sqlite3.connect(home / "followup.db")) as db:
        db.executescript(f"CREATE TABLE diary (day TEXT); PRAGMA user_version = {version}")
    before = (home / "followup.db").read_bytes()
    check_refused(cli(command), "followup.db is a database of another program: move it away, or choose another --home")
    assert (home / "followup.db").read_bytes() == before
    assert not list(home.glob("followup.db-*"))


@pytest.mark.parametrize("command", ["due", "contact add New"])
def test_a_file_of_a_newer_version_is_left_as_it_is(cli: Cli, home: Path, command: str) -> None:
    with closing(sqlite3.connect(home / "followup.db")) as db:
        db.execute("PRAGMA user_version = 99")
    before = held(home)
    check_refused(cli(command), "this file was written by a newer followup (version 99 of its tables")
    assert held(home) == before


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("size", [0, 50, 100, PAGE - 1, PAGE, 3 * PAGE, 20 * PAGE + 7])
def test_a_file_that_was_cut_short(cli: Cli, home: Path, size: int, command: str) -> None:
    content = (home / "followup.db").read_bytes()[:size]
    assert len(content) == size
    (home / "followup.db").write_bytes(content)
    check_refused(cli(command), "followup restore FILE puts a backup in its place")
    assert (home / "followup.db").read_bytes() == content


def test_a_damaged_table_is_no_text_of_the_users(cli: Cli, home: Path) -> None:
    content = (home / "followup.db").read_bytes()
    (home / "followup.db").write_bytes(content.replace(b"CREATE TABLE meta", b"CREATE \xff\xff\xff\xff\xff meta"))
    check_refused(cli("due"), "the data file is damaged")


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_damaged_is_answered_or_refused(cli: Cli, home: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray((home / "followup.db").read_bytes())
    if seed % 2:
        for _ in range(3 * seed):
            content[chance.randrange(len(content))] = chance.randrange(256)
    else:
        page = chance.randrange(1, len(content) // PAGE) * PAGE
        content[page : page + PAGE] = chance.randbytes(PAGE)
    (home / "followup.db").write_bytes(content)
    for command in COMMANDS:
        result = cli(command)
        assert result.status == 0 or (result.status == 1 and result.err.startswith("error: "))


def test_a_folder_where_the_file_should_be(cli: Cli, home: Path) -> None:
    (home / "followup.db").unlink()
    (home / "followup.db").mkdir()
    check_refused(cli("due"), "the data file cannot be opened")


# The disk


WRITING = ("contact add New", "sale add anna Cards", "undo", "contact edit ben --note x", "import sales {sales}")


@pytest.mark.parametrize("size", [0, 1000, 10_000, 35_000])
@pytest.mark.parametrize("command", WRITING)
def test_what_the_disk_does_not_take_changes_nothing(cli: Cli, home: Path, command: str, size: int) -> None:
    command = command.format(sales=home.parent / "sales.csv")
    cli("due")
    before = held(home)
    check_refused(cli(command, largest=size), "disk")
    assert held(home) == before
    assert cli(command).status == 0
    assert held(home) != before
    assert cli("contact list --json").json[0]["name"] == "Anna Field"


@pytest.mark.parametrize("size", [0, 1000, 10_000, 35_000])
@pytest.mark.parametrize("command", ["due --all", "rules adopt repair --yes"])
def test_new_rules_that_the_disk_does_not_take_leave_the_plan_as_it_was(
    cli: Cli, home: Path, command: str, size: int
) -> None:
    """They are there whole, or the old ones are; with some room the same command takes them in."""
    cli("due")
    rules = home / "rules.toml"
    rules.write_text(rules.read_text().replace('"1 business day"', '"9 business days"'))
    known = (rules.read_text(), playbook_text("repair"))
    before, _ = held(home)
    check_refused(cli(command, largest=size), "disk")
    assert held(home)[0] == before
    assert rules.read_text() in known
    assert cli(command).status == 0
    assert rules.read_text() == known["adopt" in command]
    assert held(home)[0] != before
    check_sound(home, date.fromisoformat(TODAY))


@pytest.mark.parametrize("size", [0, 1000, 20_000, 100_000])
def test_a_home_that_could_not_be_finished_is_finished_later(warm: Warm, tmp_path: Path, size: int) -> None:
    ended = warm.run(tmp_path / "new", "contact", "add", "Anna", largest=size)
    assert (ended.status, ended.err.count("error: ")) == (1, 1)
    assert not list((tmp_path / "new").glob(".*"))
    assert warm.run(tmp_path / "new", "contact", "add", "Anna").status == 0
    assert "[[rule]]" in (tmp_path / "new" / "rules.toml").read_text()


FULL = dedent("""
    mount -t tmpfs -o size=2m tmpfs "$1" || exit 77
    cp -r "$2" "$1/home" || exit 1
    dir=$1 python=$3
    followup() { "$python" -m followup --home "$dir/home" --today 2026-11-22 "$@"; }
    head -c 4000000 /dev/zero > "$dir/ballast" 2>/dev/null
    followup contact add New; echo "status $?"
    followup contact list > "$dir/list"; echo "status $?"
    followup import sales "$4"; echo "status $?"
    followup rules adopt repair --yes; echo "status $?"
    rm "$dir/ballast"
    followup contact list | cut -f2
    followup import sales "$4"; echo "status $?"
    followup rules adopt repair --yes; echo "status $?"
""")


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a disk of its own")
def test_a_full_disk_is_told_and_loses_nothing(furnished: Path, home: Path, tmp_path: Path) -> None:
    words = [str(tmp_path / "disk"), str(furnished), sys.executable, str(tmp_path / "sales.csv")]
    (tmp_path / "disk").mkdir()
    command = ["unshare", "-m", "sh", "-c", FULL, "sh", *words]
    child = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    if child.returncode == 77 or child.stderr.startswith("unshare: "):
        pytest.skip("may not mount a disk of its own")
    told = child.stdout.splitlines()
    assert told[:7] == [*["status 1"] * 4, "name", "Anna Field", "Ben Kay"], child
    assert [line for line in told[7:] if line.startswith("status")] == ["status 0"] * 2
    errors = [line for line in child.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 4
    assert all(error.startswith("error: the disk is full") or "No space left" in error for error in errors), errors
