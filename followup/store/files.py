"""Files that are written whole or not at all, and that only their owner can read."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGINS, _ENDS = ".followup-", ".new"
UNFINISHED = f"{_BEGINS}*{_ENDS}"
"""The names of files that were being written when the program was killed."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file to write (mode 0600, empty), which is safe on the disk and in the place of `path` when the block ends.

    A link stays one. Killed at any instant, `path` is what it was or what it is to be. Raises OSError.
    """
    from tempfile import mkstemp

    path = Path(os.path.realpath(path))
    descriptor, name = mkstemp(prefix=_BEGINS, suffix=_ENDS, dir=path.parent)
    os.close(descriptor)
    new = Path(name)
    try:
        yield new
        keep(new)
        new.replace(path)
        keep(path.parent)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def write_private(path: Path, content: str | bytes) -> None:
    """Writes a file as `replacing` does; text in UTF-8."""
    with replacing(path) as new:
        new.write_bytes(content.encode() if isinstance(content, str) else content)


def free_name(path: Path) -> Path:
    """The path itself, or where there is such a file the first of `NAME-2`, `NAME-3`, … that is free."""
    found, number = path, 1
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def keep(path: Path) -> None:
    """Has a file, or the names in a folder, written to the disk itself, as far as the system can with folders."""
    if not path.is_dir():
        _sync(path, os.O_RDWR)
        return
    with suppress(OSError):
        _sync(path, os.O_RDONLY)


def _sync(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
