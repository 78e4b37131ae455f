"""Logging an e-mail from the message itself: whose it is, which way it went, and whether it was logged before."""

from __future__ import annotations

import shlex
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from followup.cli.choosing import chosen_contacts
from followup.core.refusal import Refusal
from followup.store import contacts

if TYPE_CHECKING:
    from followup.core.events import Saying
    from followup.core.model import Event
    from followup.store.book import Book
    from followup.transfer.letters import Letter

_MOST_NAMED = 3


def letter_in(file: str) -> Letter:
    """The letter in a file, or on stdin for `-`. Refuses what is none."""
    from followup.transfer.letters import read_letter

    if file != "-":
        with Path(file).expanduser().open("rb") as stream:
            return read_letter(stream, file)
    letter = read_letter(sys.stdin.buffer, "what was piped in")
    while sys.stdin.buffer.read(1 << 16):  # a mail program takes it for a failure if nobody reads to the end
        pass
    return letter


def told_by(book: Book, letter: Letter, saying: Saying, who: str | None, dated: bool) -> tuple[Saying, list[int], str]:
    """What the letter adds to what was said, whom it was with, and what the list of changes calls them.

    What was typed wins: the person `who`, the text, the direction, and the day if it is `dated`. Refuses a letter that
    is with nobody known, and one from a day ahead; clocks and time zones may differ by one.
    """
    own = {address.casefold() for address in (book.config.business["email"], book.config.mail["user"])} - {""}
    incoming, addresses = letter.others(own)
    if who is None:
        ids, called = _known(book, letter, addresses, own)
    else:
        ids, called = chosen_contacts(book, who)
        theirs = {email.casefold() for i in ids for email in contacts.load(book.db, i).emails}
        incoming = incoming and not (theirs.intersection(letter.recipients) and theirs.isdisjoint(addresses))
    day = saying.on
    if not dated and letter.day:
        day = book.today if letter.day == book.today + timedelta(days=1) else letter.day
    if day > book.today:
        raise Refusal(f"the message is dated {day}, which lies ahead: give its day with --on")
    text = saying.text or letter.subject
    return replace(saying, on=day, text=text, incoming=saying.incoming or incoming), ids, called


def _known(book: Book, letter: Letter, addresses: list[str], own: set[str]) -> tuple[list[int], str]:
    ids = _owners(book, addresses)
    if ids:
        return ids, ", ".join(contacts.names(book.db, ids).values())
    if not own and _owners(book, letter.recipients):
        raise Refusal(
            "your own address is not known, so what you sent looks like what you got: set email under [business] in "
            "config.toml"
        )
    if not addresses:
        raise Refusal("the message is between addresses of your own: name the person, as in followup log email WHO")
    named = ", ".join(addresses[:_MOST_NAMED]) + (" and others" if len(addresses) > _MOST_NAMED else "")
    adding = f"followup contact add NAME --email {shlex.quote(addresses[0])}"
    raise Refusal(f"nobody known has the address {named}: {adding} adds them, or name the person before --eml")


def _owners(book: Book, addresses: list[str] | tuple[str, ...]) -> list[int]:
    return list(dict.fromkeys(i for a in addresses for i in contacts.ids_by_point(book.db, "email", a)))


def logged_before(book: Book, event: Event) -> int | None:
    """The event in the file that says the same: the same contact, day, direction and words."""
    said = (event.kind, event.on, event.incoming, event.text)
    known = book.history(event.contact_id).events
    return next((old.id for old in known if (old.kind, old.on, old.incoming, old.text) == said), None)
