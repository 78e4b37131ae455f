"""What a home holds beside its data: configuration, rules, and messages of its own, as texts by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from followup.core.refusal import Refusal
from followup.store.files import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SETTINGS = ("config.toml", "rules.toml")
MESSAGES = "templates"

LONGEST = 4_000_000
"""Bytes of one file: far more than any of them has."""

_DATA = re.compile(r"followup\.db(-wal|-shm|-journal)?")
_MESSAGE = re.compile(r"(?!\.)[^/\\:\x00-\x1f\x7f-\x9f]{1,100}\.j2")


def texts(folder: Path) -> dict[str, bytes]:
    """The files of a home: `config.toml`, `rules.toml`, `templates/NAME.CHANNEL.j2`. Refuses one that is too long.

    A message that lies outside the folder is left out, as whoever reads messages leaves it out.
    """
    found = {}
    for path in (*(folder / name for name in SETTINGS), *sorted((folder / MESSAGES).glob("*.j2"))):
        name = path.relative_to(folder).as_posix()
        inside = name in SETTINGS or path.resolve().is_relative_to((folder / MESSAGES).resolve())
        if path.is_file() and inside and is_one(name):
            if path.stat().st_size > LONGEST:
                raise Refusal(f"{path} has over {LONGEST:,} bytes, which is no such file: take it out")
            found[name] = path.read_bytes()
    return found


def is_one(name: str) -> bool:
    """Whether a file of a home may have this name. It then lies in the home or in its `templates/`."""
    folder, slash, file = name.rpartition("/")
    return name in SETTINGS or (folder == MESSAGES and bool(slash) and _MESSAGE.fullmatch(file) is not None)


def is_own(name: str) -> bool:
    """Whether what has this name in a home belongs to it: its data, its settings, or the folder of its messages."""
    return name in (*SETTINGS, MESSAGES) or _DATA.fullmatch(name) is not None


def check_outside(path: Path) -> None:
    """Refuses a file of a home, of this one or another, as a place to write something else."""
    real = path.resolve()
    if any(_DATA.fullmatch(real.name) or is_one(real.relative_to(home).as_posix()) for home in _homes_around(real)):
        raise Refusal(f"{path} is a file of a home of followup: name another file")


def write_outside(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, all of it or nothing. Refuses what cannot be written.

    A device or a pipe is written to, not replaced.
    """
    if path.is_dir():
        raise Refusal(f"{path} is a folder: name a file in it")
    check_outside(path)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            write_private(path, content)
    except OSError as error:
        raise Refusal(f"{path} cannot be written ({error.strerror}): name another file") from None


def _homes_around(path: Path) -> Iterator[Path]:
    return (folder for folder in path.parents[:2] if (folder / "followup.db").exists())


def put(home: Path, files: Mapping[str, bytes]) -> None:
    """Makes the files of a home these and no others; all of them, or where one cannot be written, none."""
    before = texts(home)
    try:
        _write(home, files)
        _remove(home, before.keys() - files.keys())
    except BaseException:
        _write(home, before)
        _remove(home, [name for name in files.keys() - before.keys() if (home / name).is_file()])
        raise


def _write(home: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = home / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(path, content)


def _remove(home: Path, names: Iterable[str]) -> None:
    for name in names:
        (home / name).unlink(missing_ok=True)
