"""The morning's pile: a draft for each line of the list, and a folder with a file for each draft."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from followup.cli.choosing import todays
from followup.core.identity import fold
from followup.core.refusal import Refusal
from followup.drafting.draft import draft_of
from followup.store.files import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable

    from followup.drafting.draft import Draft
    from followup.store.book import Book

_LONGEST_NAME = 40


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


def write_pile(folder: Path, contents: Iterable[tuple[str, bytes]]) -> None:
    """Writes files by name that only their owner can read, into a folder that is made where there is none.

    Those of the same name are replaced (a link itself, not what it leads to); all others stay. Refuses a folder that
    cannot be written to.
    """
    path = folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in contents:
            path = folder / name
            if path.is_symlink():
                path.unlink()
            write_private(path, content)
    except OSError as error:
        raise Refusal(f"{path} cannot be written ({error.strerror}): name another folder") from None
