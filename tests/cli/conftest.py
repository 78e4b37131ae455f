"""What the tests of commands share: a mistake is refused in one sentence and changes nothing; who answers questions."""

from __future__ import annotations

import io
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from followup.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result


@pytest.fixture
def refused(cli: Callable[..., Result], held: Callable[[], dict[str, object]]) -> Callable[..., str]:
    """Types a line that must be refused, with nothing on stdout and the home as it was; returns the sentence."""

    def call(line: str, today: str = "2026-11-22") -> str:
        cli("due", today=today)
        before = held()
        result = cli(line, today=today)
        assert (result.status, result.out) == (1, ""), line
        assert result.err.startswith("error: ")
        assert result.err.count("\n") == 1
        assert held() == before
        return result.err.removeprefix("error: ").removesuffix("\n")

    return call


@pytest.fixture(scope="module")
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the lines that the module lists as `FURNISHED` were typed, made once for all its tests."""
    folder = tmp_path_factory.mktemp("furnished") / "home"
    for line in request.module.FURNISHED:
        assert app.run(["--home", str(folder), "--today", "2026-11-22", *shlex.split(line)]) == 0
    return folder


@pytest.fixture
def at_home(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the furnished home, for one test."""
    folder = tmp_path / "home"
    shutil.copytree(furnished, folder)
    monkeypatch.setenv("FOLLOWUP_HOME", str(folder))
    monkeypatch.delenv("FOLLOWUP_TODAY", raising=False)
    return folder


class Terminal(io.StringIO):
    """A person who types these lines."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has a person answer the questions with these lines, and then leave."""

    def answer(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", Terminal("".join(f"{line}\n" for line in lines)))

    return answer


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Has a pipe or a file with this text in the place of a person; None: stdin is closed."""

    def lead(text: str | None) -> None:
        monkeypatch.setattr("sys.stdin", None if text is None else io.StringIO(text))

    return lead
