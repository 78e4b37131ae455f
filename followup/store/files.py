"""Files that are written whole or not at all, and that only their owner can read."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGINS, _ENDS = ".followup-", ".new"
UNFINISHED = f"{_BEGINS}*{_ENDS}"
"""The names of files that were being written when the program was killed."""

LOG, LOG_INDEX = "-wal", "-shm"
"""What SQLite adds to the name of a database for what is not yet in it, and for an index of that."""

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file to write (mode 0600, empty), which is safe on the disk and in the place of `path` when the block ends.

    A link stays one. Killed at any instant, `path` is what it was or what it is to be. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    with unfinished(path.parent) as new:
        yield new
        keep(new)
        new.replace(path)
        keep(path.parent)


@contextmanager
def adding(path: Path) -> Iterator[Path]:
    """The same where there is no such file yet, which then appears whole. Raises FileExistsError, and leaves the other
    one alone, where there is one by the time the block ends."""
    path = Path(os.path.realpath(path))
    with unfinished(path.parent) as new:
        yield new
        keep(new)
        _link(new, path)
        keep(path.parent)


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A new file (mode 0600, empty) under a name of its own, which is gone when the block ends. Raises OSError."""
    from tempfile import mkstemp

    descriptor, name = mkstemp(prefix=_BEGINS, suffix=_ENDS, dir=folder)
    os.close(descriptor)
    new = Path(name)
    try:
        yield new
    finally:
        with suppress(OSError):
            new.unlink()


def _link(new: Path, path: Path) -> None:
    """Gives the file its name if nothing has it, in one step; in two on disks without hard links, such as exFAT."""
    try:
        os.link(new, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        new.replace(path)


def write_private(path: Path, content: str | bytes) -> None:
    """Writes a file as `replacing` does; text in UTF-8."""
    with replacing(path) as new:
        new.write_bytes(content.encode() if isinstance(content, str) else content)


def make_folder(path: Path) -> list[Path]:
    """Makes a folder, and those that are missing above it, into which only their owner can look whatever the umask; one
    that is there stays as it is. Returns those that it made, the innermost first. Refuses a link that leads
    nowhere; raises OSError."""
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    made: list[Path] = []
    for folder in reversed(missing):
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:  # another command made it at this moment, or it leads back up, as new/.. does
            if not folder.exists():
                raise Refusal(f"{folder} is a link that leads nowhere: mend it, or name another folder") from None
            if not folder.is_dir():
                raise
        else:
            folder.chmod(0o700)
            made.insert(0, folder)
    return made


def beside(data: Path, ending: str) -> Path:
    """The file that SQLite keeps beside a database. Where that is a link it lies where the link leads."""
    return Path(f"{os.path.realpath(data)}{ending}")


def free_name(path: Path, endings: tuple[str, ...] = ("",)) -> Path:
    """The path itself, or the first of `NAME-2`, `NAME-3`, … of which there is no file with any of these endings."""
    found, number = path, 1
    while any(os.path.lexists(f"{found}{ending}") for ending in endings):
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
