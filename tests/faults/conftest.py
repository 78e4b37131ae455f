"""What the tests of faults share: a warm process in which each command is a process of its own."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from warm import Warm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """One warm process for all tests."""
    with closing(Warm()) as process:
        yield process
