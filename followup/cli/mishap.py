"""What is told of a fault of the program itself: where it happened, and nothing of what it was dealing with."""

from __future__ import annotations

import platform
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

from followup import __version__
from followup.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).parent.parent


def report(fault: BaseException) -> None:
    """Tells on stderr what a bug report needs. What the exception says is left out, as it may hold names and notes."""
    kinds = " after ".join(type(one).__name__ for one in _chain(fault))
    system = f"followup {__version__}, Python {platform.python_version()}, {platform.system()}"
    output.error(
        f"a fault in followup itself ({kinds}): please report it with these lines, which hold none of your data"
    )
    output.usage("\n".join([f"  {system}", *(f"  {place}" for place in _places(fault))]))


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """The exception, and those that led to it."""
    seen: BaseException | None = fault
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _places(fault: BaseException) -> Iterator[str]:
    """Where it passed through, from the outside in."""
    for frame, line in walk_tb(fault.__traceback__):
        path = Path(frame.f_code.co_filename)
        shown = path.relative_to(_PACKAGE.parent).as_posix() if path.is_relative_to(_PACKAGE) else path.name
        yield f"{shown}, line {line}, in {frame.f_code.co_name}"
