"""Folders of calendar files, one for each follow-up: vdirs, as khal, todoman and vdirsyncer read them.

https://vdirsyncer.pimutils.org/en/stable/vdir.html
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from followup.calendar.exchange import Conflict, Found, Reading
from followup.calendar.reading import LARGEST
from followup.core.refusal import Refusal
from followup.store.calendar import GONE
from followup.store.files import make_folder, write_private
from followup.store.homefiles import writing_into

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.store.calendar import Sent

_STRANGE = "strange"
"""The tag of what is no file of ours: a link, a folder, a device, or far too large."""

_PLAIN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opens a file, but follows no link and waits for no pipe."""

_UID = re.compile(rb"^UID:([!-~]+)\r?$", re.MULTILINE)


class Vdir:
    """A folder, in which only files whose content changes are written, and only those that we wrote are removed.

    A tag is a digest of the content. Raises OSError where the folder cannot be read.
    """

    def __init__(self, path: Path) -> None:
        """Refuses what is there and no folder. One that cannot be written is refused once something is to be."""
        if path.exists() and not path.is_dir():
            raise Refusal(f"{path} is a file: name a folder")
        self._folder = path.resolve()
        self.name = f"folder {self._folder}"
        self._renamed: dict[str, Path] = {}

    def changed(self, known: Mapping[str, Sent], state: str | None) -> Reading:
        """All files that are not as they were left."""
        anew = not self._folder.exists()
        if anew:
            with writing_into(self._folder):
                make_folder(self._folder)
        self._renamed = self._find_renamed(known)
        found = []
        for uid, sent in known.items():
            tag, content = self._look(sent)
            if sent.tag is None or tag != sent.tag:
                found.append(Found(uid=uid, tag=tag, content=content))
        return Reading(found=found, anew=anew)

    def put(self, sent: Sent, content: bytes, tag: str | None) -> str | None:
        """Writes a file, whole or not at all; it can be read by its owner only."""
        if self._look(sent)[0] != (tag or GONE):
            raise Conflict
        with writing_into(self._folder):
            write_private(self._path(sent), content)
        return sha256(content).hexdigest()

    def remove(self, sent: Sent, tag: str) -> None:
        """Removes a file."""
        there = self._look(sent)[0]
        if there not in (tag, GONE):
            raise Conflict
        with writing_into(self._folder), suppress(FileNotFoundError):
            self._path(sent).unlink()

    def _path(self, sent: Sent) -> Path:
        return self._renamed.get(sent.uid) or self._folder / _name(sent.uid)

    def _find_renamed(self, known: Mapping[str, Sent]) -> dict[str, Path]:
        """Where ours lie that are under their own names no longer: vdirsyncer gives those that it brings other ones."""
        there = {entry.name for entry in os.scandir(self._folder) if entry.name.endswith(".ics")}
        missing = {uid for uid, sent in known.items() if sent.tag not in (None, GONE) and _name(uid) not in there}
        if not missing:
            return {}
        found: dict[str, Path] = {}
        for name in sorted(there - {_name(uid) for uid in known}):
            content = b""
            with suppress(OSError):  # what is not ours need not be readable
                content = _read(self._folder / name)[1]
            if (uid := _UID.search(content)) and uid[1].decode() in missing:
                found.setdefault(uid[1].decode(), self._folder / name)
        return found

    def _look(self, sent: Sent) -> tuple[str, bytes]:
        """The tag and the content of a file."""
        return _read(self._path(sent))


def _name(uid: str) -> str:
    return f"{quote(uid, safe='@')}.ics"


def _read(path: Path) -> tuple[str, bytes]:
    """The tag and the content of what lies at a path."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return _STRANGE, b""
        descriptor = os.open(path, _PLAIN)
    except FileNotFoundError:
        return GONE, b""
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _STRANGE, b""
        content = file.read(LARGEST + 1)
    return (sha256(content).hexdigest(), content) if len(content) <= LARGEST else (_STRANGE, b"")
