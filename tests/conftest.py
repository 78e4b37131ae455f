"""What every room's tests share: a home of their own, and the command line as a person uses it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main
from hypothesis import settings

from followup.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable


typer.main.get_params_from_function = cache(typer.main.get_params_from_function)  # type: ignore[attr-defined]
"""What typer reads off a function is the same each time; a person's process reads it once too."""

_MEMORY = Path("/dev/shm")
"""Where files lie in memory. What tests write does where there is room: nobody waits for a disk but `tests/faults`."""
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 1 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

settings.register_profile("patient", deadline=None)  # a slow machine is no fault of the code
settings.load_profile("patient")


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of a home that does not exist yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FOLLOWUP_HOME", str(folder))
    monkeypatch.delenv("FOLLOWUP_TODAY", raising=False)
    return folder


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as its first command makes it, long before any other day of the tests."""
    folder = tmp_path_factory.mktemp("made") / "home"
    assert app.run(["--home", str(folder), "--today", "2000-01-01", "due"]) == 0
    return folder


@pytest.fixture
def cli(
    home: Path, made_home: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Callable[..., Result]:
    """Types a command line and returns what it answered: `cli("due --json", today="2026-11-22")`.

    The first one meets a home that was made before, or makes it where the test is marked as `first_start`.
    """
    to_make = request.node.get_closest_marker("first_start") is None

    def call(line: str, today: str = "2026-11-22") -> Result:
        nonlocal to_make
        if to_make and (not home.exists() or [path.name for path in home.iterdir()] == ["rules.toml"]):
            there = ["rules.toml"] if home.exists() else []
            shutil.copytree(made_home, home, dirs_exist_ok=True, ignore=lambda *_: there)
        to_make = False
        status = app.run(["--today", today, *shlex.split(line)])
        said = capsys.readouterr()
        return Result(status, said.out, said.err)

    return call


@pytest.fixture
def rules(home: Path) -> Callable[[str], None]:
    """Writes the rules file of the home."""

    def write(text: str) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "rules.toml").write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def held(home: Path) -> Callable[[], dict[str, object]]:
    """All that the home holds: the rows of its file (but the next free ids), and the bytes of everything else in it."""

    def look() -> dict[str, object]:
        files = (path for path in home.rglob("*") if path.is_file() and not path.name.startswith("followup.db"))
        with closing(sqlite3.connect(home / "followup.db")) as db:
            rows = [line for line in db.iterdump() if '"sqlite_sequence"' not in line]
            return {"followup.db": rows, **{str(path): path.read_bytes() for path in sorted(files)}}

    return look
