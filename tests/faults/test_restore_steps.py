"""Killed before each of its steps in turn, `restore` and `import archive` leave the old home or the new one.

A step is what changes a file or a folder, and what begins and ends a transaction. Run as a script this kills, in as
many copies of a home as the command has steps.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from keeping import check_sound, copied, files, held
from warm import ROOT, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from keeping import Held
    from warm import Warm

_EVENTS = ("os.rename", "os.remove", "os.link", "os.mkdir")
_STATEMENTS = ("BEGIN", "COMMIT", "VACUUM")


def _kill_at_each_step(template: Path, work: Path, command: list[str]) -> None:
    sys.path.insert(0, str(ROOT))
    from followup.cli.app import run

    shutil.copytree(template, work / "0", symlinks=True)
    assert run(["--home", str(work / "0" / "home"), "--today", TODAY, *command]) == 0  # which loads everything
    for step in count(1):
        home = work / str(step)
        shutil.copytree(template, home, symlinks=True)
        child = os.fork()
        if not child:
            _kill_before(step)
            os._exit(run(["--home", str(home / "home"), "--today", TODAY, *command]))
        _, ended = os.waitpid(child, 0)
        if not os.WIFSIGNALED(ended):
            assert os.WEXITSTATUS(ended) == 0
            shutil.rmtree(home)
            return


def _kill_before(step: int) -> None:
    steps = count(1)
    connect = sqlite3.connect

    def take() -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def happens(event: str, args: tuple[Any, ...]) -> None:
        if event in _EVENTS or (event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR)):
            take()

    def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        db = connect(*args, **kwargs)
        db.set_trace_callback(lambda statement: take() if statement.startswith(_STATEMENTS) else None)
        return db

    sqlite3.connect = connected
    sys.addaudithook(happens)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A folder with a home, and a backup and an export of it from before other work."""
    folder = tmp_path_factory.mktemp("furnished")
    home = folder / "home"
    for line in (
        ["sale", "add", "Anna", "Logo", "--new", "--email", "anna@example.com", "--on", "2026-11-18"],
        ["contact", "add", "Ben"],
        ["rules", "adopt", "repair", "--yes"],
        ["due"],
    ):
        assert warm.run(home, *line).status == 0, line
    (home / "templates" / "hello.email.j2").write_text("Hello")
    for line in (["backup", str(folder / "saved.db")], ["export", str(folder / "exported")]):
        assert warm.run(home, *line).status == 0, line
    (home / "templates" / "hello.email.j2").write_text("Other")
    (home / "templates" / "later.email.j2").write_text("Later")
    for line in (["contact", "add", "Carl"], ["rules", "adopt", "general", "--yes"], ["due"]):
        assert warm.run(home, *line).status == 0, line
    return folder


def sound(furnished: Path, home: Path, warm: Warm) -> list[str]:
    copied(furnished / "home", home)
    return ["restore", str(furnished / "saved.db"), "--yes"]


def damaged(furnished: Path, home: Path, warm: Warm) -> list[str]:
    """With its data file elsewhere, and what was not yet in that."""
    copied(furnished / "home", home)
    data = home.parent / "data.db"
    (home / "followup.db").rename(data)
    (home / "followup.db").symlink_to(Path("..", "data.db"))
    with sqlite3.connect(data) as other:
        other.execute("SELECT * FROM contacts").fetchone()
        assert warm.run(home, "contact", "add", "Dora").status == 0
        log = Path(f"{data}-wal").read_bytes()
    other.close()
    content = bytearray(data.read_bytes())
    content[3 * 4096 : 9 * 4096] = b"?" * 6 * 4096
    data.write_bytes(content)
    Path(f"{data}-wal").write_bytes(log)
    return ["restore", str(furnished / "saved.db"), "--yes"]


def empty(furnished: Path, home: Path, warm: Warm) -> list[str]:
    assert warm.run(home, "due").status == 0
    return ["import", "archive", str(furnished / "exported")]


def found(home: Path, warm: Warm) -> Held | None:
    """All that the home holds once a command has opened it, but when its tables were made; None where it is damaged."""
    ran = warm.run(home, "due")
    if ran.status:
        assert "followup doctor says what is wrong" in ran.err, ran
        return None
    check_sound(home, date.fromisoformat(TODAY))
    rows, beside = held(home)
    return {
        name: found for name, found in rows.items() if name not in ("_sqlite_migrations", "sqlite_sequence")
    }, beside


def lying(home: Path) -> list[bytes]:
    """What lies there, byte by byte, so that a home that nothing touched need not be opened."""
    data = (home / "followup.db").resolve()
    log = Path(f"{data}-wal")
    return [data.read_bytes(), log.read_bytes() if log.exists() else b"", *files(home).values()]


@pytest.mark.parametrize("laid_out", [sound, damaged, empty])
def test_the_home_is_the_old_one_or_the_new_one(
    furnished: Path, warm: Warm, tmp_path: Path, laid_out: Callable[[Path, Path, Warm], list[str]]
) -> None:
    (tmp_path / "work").mkdir()
    command = laid_out(furnished, tmp_path / "template" / "home", warm)
    script = [sys.executable, __file__, str(tmp_path / "template"), str(tmp_path / "work"), *command]
    subprocess.run(script, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ended, *killed = sorted((tmp_path / "work").iterdir(), key=lambda path: int(path.name))
    new = found(ended / "home", warm)
    template = tmp_path / "template" / "home"
    beside, untouched = files(template), lying(template)
    old = found(template, warm)
    assert new and new != old and new[1] != beside
    was_new = []
    for place in killed:
        home = place / "home"
        now = old if lying(home) == untouched else found(home, warm)
        if now != new:
            assert now == old and files(home) == beside, f"step {place.name}"
        was_new.append(now == new)
    assert was_new == sorted(was_new), "new from one step on"
    assert was_new.count(False) > 5 and was_new.count(True) > 2


if __name__ == "__main__":
    _kill_at_each_step(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
