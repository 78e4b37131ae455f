"""What the tests of commands share: a mistake is refused in one sentence, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

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
