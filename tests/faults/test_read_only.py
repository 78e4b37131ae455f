"""A home that may be read and not written: told in one line, with nothing changed and nothing left half done."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from keeping import copied, held
from warm import ROOT, TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warm import Warm

UNPRIVILEGED = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.geteuid() == 0 else []
"""Root may write anything; without its capabilities it is a user like any other, and files are still its own."""

pytestmark = pytest.mark.skipif(
    bool(UNPRIVILEGED) and not shutil.which("setpriv"), reason="root, and nothing to give that up with"
)

READING = {
    "due": "id\tdue",
    "contact list": "1\tAnna Field\tanna@example.com",
    "sale list": "Logo",
    "event list": "id\t",
    "rules list": "thank-you",
    "why 1": "thank-you",
}
WRITING = ("contact add New", "sale add anna Cards", "done 1", "undo", "import sales {sales}", "calendar export {ics}")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    folder = tmp_path_factory.mktemp("read-only")
    for line in (
        ["contact", "add", "Anna Field", "--email", "anna@example.com"],
        ["sale", "add", "anna", "Logo", "--on", "2026-11-18"],
    ):
        assert warm.run(folder / "home", *line).status == 0
    return folder / "home"


@pytest.fixture(params=["the folder", "the file", "both"])
def home(furnished: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    home = copied(furnished, tmp_path / "home")
    (tmp_path / "sales.csv").write_text("date,client,title\n2026-11-20,Ben Kay,Flyer\n")
    if request.param != "the folder":
        (home / "followup.db").chmod(0o400)
    if request.param != "the file":
        home.chmod(0o500)
    yield home
    home.chmod(0o700)


def typed(home: Path, command: str, today: str = TODAY) -> subprocess.CompletedProcess[str]:
    words = command.format(sales=home.parent / "sales.csv", ics=home.parent / "all.ics").split()
    return subprocess.run(
        [*UNPRIVILEGED, sys.executable, "-m", "followup", "--home", str(home), "--today", today, *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def check_told(ended: subprocess.CompletedProcess[str]) -> None:
    assert ended.returncode == 1, ended
    assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1, ended
    assert "check who owns it and its permissions" in ended.stderr or "Permission denied" in ended.stderr, ended


def test_what_would_write_is_refused_and_changes_nothing(home: Path, furnished: Path, tmp_path: Path) -> None:
    content = (home / "followup.db").read_bytes()
    for command in WRITING:
        check_told(typed(home, command))
        assert (home / "followup.db").read_bytes() == content
    home.chmod(0o700)
    (home / "followup.db").chmod(0o600)
    assert held(copied(home, tmp_path / "after")) == held(copied(furnished, tmp_path / "before"))
    assert not [path for path in home.iterdir() if path.name.startswith(".")]


def test_what_only_reads_answers_unless_the_folder_is_closed(home: Path) -> None:
    """SQLite reads a file with a log only where there is an index of that, or it can put one beside it."""
    closed = not home.stat().st_mode & 0o200
    for command, said in READING.items():
        ended = typed(home, command)
        if closed:
            check_told(ended)
        else:
            assert (ended.returncode, ended.stderr) == (0, "") and said in ended.stdout, ended
    check_told(typed(home, "due", today="2027-06-01"))  # its plan is to be made anew


def test_a_damaged_log_beside_a_file_that_may_only_be_read_stays_and_is_told(
    furnished: Path, tmp_path: Path, warm: Warm
) -> None:
    home = copied(furnished, tmp_path / "working")
    with closing(sqlite3.connect(home / "followup.db")) as other:
        other.execute("SELECT count(*) FROM contacts").fetchone()
        assert warm.run(home, "contact", "add", "Late").status == 0
        home = copied(home, tmp_path / "home")
    with (home / "followup.db-wal").open("r+b") as log:
        log.seek(40)
        log.write(b"\xff\xff")
    (home / "followup.db").chmod(0o400)
    before = (home / "followup.db-wal").read_bytes()
    ended = typed(home, "contact list")
    assert (ended.returncode, ended.stderr.count("\n")) == (0, 1), ended
    assert "what was answered last may be lost" in ended.stderr and f"{home}/followup.db-wal is what" in ended.stderr
    assert (home / "followup.db-wal").read_bytes() == before
    assert not list(home.glob("*damaged*"))


def test_a_place_where_no_home_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    check_told(typed(tmp_path / "closed" / "home", "due"))
    assert not list((tmp_path / "closed").iterdir())


def test_a_home_that_may_not_even_be_read(furnished: Path, tmp_path: Path) -> None:
    home = copied(furnished, tmp_path / "home")
    (home / "followup.db").chmod(0)
    check_told(typed(home, "due"))
    home.chmod(0)
    check_told(typed(home, "due"))
    home.chmod(0o700)
