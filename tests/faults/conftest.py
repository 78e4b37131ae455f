"""What the tests of faults share: a warm process in which each command is a process of its own."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from warm import TODAY, Warm

from tests.conftest import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder on a disk, so that what is interrupted is so while it waits for one, too."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """One warm process for all tests."""
    with closing(Warm("templates", "check")) as process:
        yield process


@pytest.fixture
def cli(home: Path, warm: Warm) -> Callable[..., Result]:
    """Types a command line, which runs in a process of its own, and returns what it answered:
    `cli("contact add Anna", largest=1000)`; what may be given is what `Warm.run` takes."""

    def call(line: str, today: str = TODAY, **given: Any) -> Result:
        ran = warm.run(home, *shlex.split(line), today=today, **given)
        assert ran.status is not None, ran
        return Result(ran.status, ran.out, ran.err)

    return call
