"""The morning's pile: a draft for each line of the list, and a folder with a file for each draft."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from followup.cli.choosing import todays
from followup.core.identity import fold
from followup.core.refusal import Refusal
from followup.drafting.draft import draft_of
from followup.drafting.letter import begin_of_ids, untouched
from followup.store import followups
from followup.store.files import make_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Iterable

    from followup.drafting.draft import Draft
    from followup.store.book import Book

_LONGEST_NAME = 40
_NAME = re.compile(r"([0-9]{1,18})-[a-z0-9-]+\.(eml|txt)")
_HEADS = (b"To: ", b"Bcc: ", b"\n")
"""What the text files of drafts begin with."""


class Pile(NamedTuple):
    """Drafts in the order of the list, and for each line that could not be drafted a sentence that says why."""

    drafts: list[Draft]
    faults: list[str]


def pile_of(book: Book, channel: str | None) -> Pile:
    """Every line of today's list but the held ones, on the channel that is asked for, else the planned ones."""
    pile = Pile([], [])
    for entry in todays(book):
        if entry.state not in ("due", "overdue"):
            continue
        try:
            pile.drafts.append(draft_of(book, entry.standing, channel))
        except Refusal as refusal:
            pile.faults.append(f"no draft of {entry.standing.id} ({entry.standing.title}): {refusal}")
    return pile


def file_name(draft: Draft) -> str:
    """A name that every system takes, the same for a follow-up as long as its title is: `12-thank-anna.eml`."""
    words = "-".join(re.findall("[a-z0-9]+", fold(draft.title)))[:_LONGEST_NAME].strip("-")
    return f"{draft.followup}-{words or draft.channel}.{'eml' if draft.channel == 'email' else 'txt'}"


def write_pile(folder: Path, contents: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Writes files by name that only their owner can read, into a folder that is made where there is none.

    An e-mail that is as it was written gives way to its follow-up's new one. Whatever else has such a name stays, since
    it may be what a person made of the draft: those are returned. Refuses a folder that cannot be written to.
    """
    path = folder
    staying = []
    try:
        make_folder(folder)
        for name, content in contents:
            path = folder / name
            if _holds_another(path, content):
                staying.append(path)
            else:
                write_private(path, content)
    except OSError as error:
        raise Refusal(f"{path} cannot be written ({error.strerror}): name another folder") from None
    return staying


def _holds_another(path: Path, content: bytes) -> bool:
    """Whether something is there that is neither this content nor an e-mail of its follow-up as it was written."""
    if path.is_symlink() or not path.is_file():
        return os.path.lexists(path)
    there = path.read_bytes()
    return there != content and (not untouched(there) or untouched(there) != untouched(content))


class Leftover(NamedTuple):
    """A file of an earlier pile; `ours` if it is an e-mail as it was written, which loses nobody's words if it goes."""

    path: Path
    ours: bool


def left_over(book: Book, folder: Path, drafts: Iterable[Draft]) -> list[Leftover]:
    """The drafts in the folder that are none of these: of follow-ups that were done since, or are called otherwise."""
    today = {file_name(draft) for draft in drafts}
    named = ((path, _NAME.fullmatch(path.name)) for path in sorted(folder.iterdir()) if path.name not in today)
    files = {path: int(name[1]) for path, name in named if name and path.is_file() and not path.is_symlink()}
    begins = {row.id: begin_of_ids(row.uid) for row in followups.by_ids(book.db, set(files.values()))}
    found = []
    for path, number in files.items():
        content = path.read_bytes()
        ours = begins.get(number, "") == untouched(content) != ""
        if ours or path.suffix == ".eml" or content.startswith(_HEADS):
            found.append(Leftover(path, ours))
    return found
