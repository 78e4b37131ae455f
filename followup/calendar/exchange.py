"""Exchanging with a calendar that keeps each follow-up by itself: reading the answers given there, then telling it.

What is to be told is written down before it is sent, and that it arrived after: a run that is cut off anywhere is
finished by the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.json import decode
from msgspec.structs import replace

from followup.calendar import answers, reading
from followup.calendar.document import item
from followup.calendar.entries import Content
from followup.calendar.export import standing_rows, told
from followup.core.refusal import Refusal
from followup.store import calendar, followups
from followup.store.calendar import GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from followup.calendar.answers import Answer
    from followup.calendar.export import Wish
    from followup.core.agenda import Standing
    from followup.store.book import Book, Changing
    from followup.store.calendar import Sent

ROUNDS = 4
"""How often it is read again because somebody changed what was about to be written."""

UNREADABLE = "unreadable"
"""The tag of what lies in the place of one that had arrived and cannot be read: who removes it wants that one back."""


class Found(Struct, frozen=True, kw_only=True):
    """What lies at the place of a follow-up, where that is not what was left there: nothing, if the tag is `GONE`."""

    uid: str
    tag: str
    content: bytes = b""


class Reading(Struct, frozen=True, kw_only=True):
    """All that changed in a calendar, how far it is read with it, and whether the calendar itself is new."""

    found: list[Found]
    state: str | None = None
    anew: bool = False


class Conflict(Exception):
    """Something else lies there than was thought; at `place`, if it is another one."""

    def __init__(self, place: str | None = None) -> None:
        super().__init__(place)
        self.place = place


class Place(Protocol):
    """A calendar that keeps each follow-up by itself."""

    @property
    def name(self) -> str:
        """What it is kept under."""

    def changed(self, known: Mapping[str, Sent], state: str | None) -> Reading:
        """What is not as `known` has it by its tag, all of those without one, and perhaps some that are as known."""

    def put(self, sent: Sent, content: bytes, tag: str | None) -> str | None:
        """Writes one over what has this tag, or where nothing is (None); its new tag, if known. Raises Conflict."""

    def remove(self, sent: Sent, tag: str) -> None:
        """Removes what has this tag; nothing happens where nothing is. Raises Conflict."""


class Ignored(Struct, frozen=True, kw_only=True):
    """A change made there that does not count."""

    uid: str
    title: str
    reason: str


class Exchanged(Struct, kw_only=True):
    """What an exchange did: ids of the follow-ups that were answered there, and how many entries were written.

    `deleted` are those that somebody deleted there: they stand here, and stay away there until they change.
    """

    done: list[int]
    skipped: list[int]
    snoozed: list[int]
    deleted: list[int]
    ignored: list[Ignored]
    entries: int = 0
    written: int = 0
    removed: int = 0


def exchange(
    book: Book, wish: Wish, place: Place, command: str, progress: Callable[[int], object] = lambda n: None
) -> Exchanged:
    """Reads the answers back as one change, whatever the wish leaves out, then tells what the wish takes.

    Refuses where the calendar goes on changing meanwhile.
    """
    outcome = Exchanged(done=[], skipped=[], snoozed=[], deleted=[], ignored=[])
    for _ in range(ROUNDS):
        tags, strange = _take(book, place, command, outcome)
        if _tell(book, wish, place, tags, strange, outcome, progress):
            outcome.ignored += strange.values()
            return outcome
    raise Refusal("the calendar is being changed by another program: run it again once that has ended")


def _take(book: Book, place: Place, command: str, outcome: Exchanged) -> tuple[dict[str, str], dict[str, Ignored]]:
    """Reads what changed and lets it count. Returns the tags of what lies there, and what is unreadable, by uid."""
    before = calendar.sent(book.db, place.name)
    known = {uid: sent for uid, sent in before.items() if sent.tag != GONE}
    lying = {uid: replace(sent, tag=None) if sent.tag == UNREADABLE else sent for uid, sent in known.items()}
    state = calendar.state(book.db, place.name)
    read = place.changed(lying, state)
    tags = {uid: sent.tag for uid, sent in lying.items() if sent.tag is not None}
    strange: dict[str, Ignored] = {}
    if not read.found and read.state == state:
        return tags, strange
    with book.change(command) as changing:
        rows = _rows(book, [found.uid for found in read.found])
        bases = _gone(known, [found.uid for found in read.found if found.tag == GONE], read.anew)
        outcome.deleted += [rows[uid].id for uid, sent in bases.items() if sent.status == "dropped" and uid in rows]
        for uid in bases:
            tags.pop(uid, None)
        for found in read.found:
            if found.tag == GONE:
                continue
            sent = known[found.uid]
            content = reading.read(found.content, sent.uid, sent.stamped)
            if content is None:
                strange[sent.uid] = _ignored(sent, "what lies there cannot be read: remove it, and it comes anew")
                if sent.tag is not None:
                    bases[sent.uid] = replace(sent, tag=UNREADABLE)
                continue
            tags[sent.uid] = found.tag
            if base := answers.there(sent, content, found.tag):
                bases[sent.uid] = base
                row = rows.get(sent.uid)
                if verdict := answers.answer(sent, base, content, row, book.today):
                    _let_count(changing, sent, row, verdict, outcome)
        calendar.write(book.db, place.name, bases.values())
        calendar.keep_state(book.db, place.name, read.state)
    return tags, strange


def _rows(book: Book, uids: list[str]) -> dict[str, Standing]:
    """The follow-ups with these uids: as they stand, else as they were closed."""
    wanted = set(uids)
    return {
        **{row.uid: row for row in followups.by_uids(book.db, uids)},
        **{row.uid: row for row in standing_rows(book) if row.uid in wanted},
    }


def _gone(known: Mapping[str, Sent], uids: list[str], anew: bool) -> dict[str, Sent]:
    """What the calendar has of those that do not lie there any more.

    Who deletes one does not want to see it there, unless it could not be read any more. Where all were deleted, the
    calendar was made anew, and wants them.
    """
    were = [uid for uid, sent in known.items() if sent.status == "standing" and sent.tag is not None]
    anew = anew or (len(were) > 1 and set(were) <= set(uids))
    bases = {}
    for uid in uids:
        sent = known[uid]
        if sent.status == "standing" and (anew or sent.tag in (None, UNREADABLE)):
            bases[uid] = replace(sent, tag=None)
        else:
            bases[uid] = replace(sent, tag=GONE, status="dropped" if sent.status == "standing" else sent.status)
    return bases


def _let_count(changing: Changing, sent: Sent, row: Standing | None, verdict: Answer, outcome: Exchanged) -> None:
    """Writes an answer down, as `done`, `skip` and `snooze` do."""
    if verdict.verb == "ignore" or row is None:
        outcome.ignored.append(_ignored(sent, verdict.reason))
        return
    today = changing.book.today
    if verdict.verb == "skip":
        followups.close(changing.db, row, "skipped", today, None)
        outcome.skipped.append(row.id)
    elif verdict.verb == "done":
        followups.done(changing.db, row, verdict.on or today, today, None)
        outcome.done.append(row.id)
    elif verdict.on:
        followups.snooze(changing.db, row.id, verdict.on)
        outcome.snoozed.append(row.id)
    changing.touch(row.contact_id)


def _ignored(sent: Sent, reason: str) -> Ignored:
    return Ignored(uid=sent.uid, title=decode(sent.content, type=Content).title, reason=reason)


def _tell(
    book: Book,
    wish: Wish,
    place: Place,
    tags: Mapping[str, str],
    strange: Collection[str],
    outcome: Exchanged,
    progress: Callable[[int], object],
) -> bool:
    """Writes what is to lie there over what has these tags, and removes what ended. False where something came up."""
    with book.transaction():
        before = calendar.sent(book.db, place.name)
        wanted = list(told(book, wish, before))
        calendar.write(book.db, place.name, [sent for sent in wanted if before.get(sent.uid) is not sent])
    outcome.entries = sum(sent.status == "standing" for sent in wanted)
    arrived: list[Sent] = []
    whole = True
    try:
        for sent in wanted:
            if sent.uid in strange or sent.tag == GONE or (sent.status == "standing" and sent.tag is not None):
                continue
            progress(1)
            try:
                arrived.append(_deliver(place, sent, tags.get(sent.uid), outcome))
            except Conflict as conflict:
                arrived.append(replace(sent, tag=None, place=conflict.place or sent.place))
                whole = False
    finally:
        with book.transaction():
            calendar.write(book.db, place.name, arrived)
    return whole and all(sent.tag is not None for sent in arrived)


def _deliver(place: Place, sent: Sent, tag: str | None, outcome: Exchanged) -> Sent:
    """Makes the place have one, or have it no more."""
    if sent.status == "standing":
        new = place.put(sent, item(sent), tag)
        outcome.written += 1
        return replace(sent, tag=new)
    if tag is not None:
        place.remove(sent, tag)
        outcome.removed += 1
    return replace(sent, tag=GONE)
