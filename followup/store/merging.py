"""Two contacts made one: all that happened with either is the one's from then on, and `undo` parts them again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from followup.core.identity import phone_digits
from followup.core.joining import Conflict, join
from followup.core.model import Key
from followup.core.refusal import Refusal
from followup.store import contacts, followups, journal, sales

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from followup.core.model import Contact
    from followup.store.book import Book, Changing

_STARTED = (
    "SELECT f.id, f.rule, f.occurrence FROM followups f JOIN {table} k ON k.followup_id = f.id "
    "WHERE f.contact_id = ? AND f.started_by = ?"
)
_COPIED = (
    "title, start, due, snoozed_until, day, expires, last, channel, missing, message, priority, holdable, position"
)


def merge(book: Book, changing: Changing, gone_id: int, into_id: int) -> list[Conflict]:
    """Joins the history of a contact and what is known of them to another's; returns where the two contradict.

    Overwrites nothing of the one that stays: what contradicts it is kept in the notes. What was done or put off for the
    one that goes (this year's birthday) is so for the one that stays. Refuses two that are the same.
    """
    if gone_id == into_id:
        raise Refusal(f"contact {into_id} is already one: give two that are the same person")
    db = book.db
    gone, into = contacts.load(db, gone_id), contacts.load(db, into_id)
    snoozed = _silences_put_off(book, (gone_id, into_id))
    _move(db, changing, gone_id, into_id)
    joined, conflicts = _joined(into, gone, sales.last_completed(db, into_id))
    _carry_over(book, gone, joined)
    db.execute("DELETE FROM contacts WHERE id = ?", [gone_id])
    contacts.update(db, _with_notes(joined, gone, conflicts, book.today))
    _put_off(book, into_id, snoozed)
    changing.touch(gone_id, into_id)
    return [conflict for conflict in conflicts if conflict.field != "notes"]


def _move(db: sqlite3.Connection, changing: Changing, gone_id: int, into_id: int) -> None:
    """Makes all that belongs to one contact the other's, but for who they are and what they themselves started."""
    for table in ("sales", "events", "reminders", "followups"):
        db.execute(f"UPDATE {table} SET contact_id = ? WHERE contact_id = ?", [into_id, gone_id])
    recommended_by = db.execute("SELECT contact_id FROM events WHERE of_id = ?", [gone_id])
    changing.touch(*(row[0] for row in recommended_by))
    # nobody recommends themselves: there the name alone is kept
    db.execute(
        "UPDATE events SET of_id = nullif(?, contact_id) WHERE of_id = ? OR (of_id = contact_id AND contact_id = ?)",
        [into_id, gone_id, into_id],
    )
    told = "'UPDATE calendar_entries SET contact_id = ' || contact_id || ' WHERE calendar = ' || quote(calendar)"
    back = f"SELECT {told} || ' AND uid = ' || quote(uid) FROM calendar_entries WHERE contact_id = ?"
    for (statement,) in db.execute(back, [gone_id]).fetchall():
        journal.note(db, gone_id, statement)
    db.execute("UPDATE calendar_entries SET contact_id = ? WHERE contact_id = ?", [into_id, gone_id])
    journal.note_merge(db, gone_id, into_id)


def _joined(into: Contact, gone: Contact, bought: date | None) -> tuple[Contact, list[Conflict]]:
    """The one that stays with all that the other adds. A sale of either after they were lost has regained them."""
    conflicts = []
    if into.lost_on and bought and bought > into.lost_on:
        conflicts.append(Conflict("lost", "", f"{into.lost_reason} on {into.lost_on}"))
        into = replace(into, lost_reason=None, lost_on=None)
    joined, more = join(into, gone, bought)
    joined = replace(
        joined,
        added=min(into.added, gone.added),
        emails=_added(into.emails, gone.emails, str.casefold),
        phones=_added(into.phones, gone.phones, phone_digits),
    )
    return joined, conflicts + more


def _added(mine: tuple[str, ...], theirs: Iterable[str], norm: Callable[[str], str]) -> tuple[str, ...]:
    known = set(map(norm, mine))
    return (*mine, *(value for value in theirs if norm(value) not in known))


def _with_notes(joined: Contact, gone: Contact, conflicts: list[Conflict], today: date) -> Contact:
    """The joined contact, whose notes say with whom it was joined, what was not taken over, and the other's notes."""
    lost = [f"{conflict.field}: {conflict.given}" for conflict in conflicts if conflict.field not in ("name", "notes")]
    notes = [conflict.given for conflict in conflicts if conflict.field == "notes"]
    said = [f"Merged with {gone.name} ({gone.id}) on {today}", *lost, *notes]
    return replace(joined, notes="\n".join(filter(None, (joined.notes, *said))))


def _carry_over(book: Book, gone: Contact, joined: Contact) -> None:
    """Makes what was done, skipped or put off of the gone contact's own days (birthday, anniversary, a date) so for
    the same days of the one that stays: else they would come again.

    What silence was answered with counts for whoever has it; a date of the same name on another day is another day.
    """
    kinds = {rule.name: rule.on for rule in book.rules.rules}
    for table in ("closings", "snoozes"):
        found = book.db.execute(_STARTED.format(table=table), [joined.id, f"contact:{gone.id}"]).fetchall()
        for followup_id, rule, occurrence in found:
            on = kinds.get(rule, "")
            name = on.removeprefix("date:")
            if on == "silence" or (name != on and gone.dates.get(name) != joined.dates.get(name)):
                continue
            key = Key(rule, f"contact:{joined.id}", occurrence)
            own_id = _counterpart(book, followup_id, key, joined.id)
            if _is_settled(book.db, own_id, table):
                continue
            book.db.execute(f"UPDATE {table} SET followup_id = ? WHERE followup_id = ?", [own_id, followup_id])
            if table == "closings":
                book.db.execute("UPDATE events SET followup_id = ? WHERE followup_id = ?", [own_id, followup_id])


def _is_settled(db: sqlite3.Connection, followup_id: int, table: str) -> bool:
    """Whether the one that stays has an answer of its own, which is not overwritten."""
    return bool(db.execute(f"SELECT 1 FROM {table} WHERE followup_id = ?", [followup_id]).fetchone())


def _counterpart(book: Book, followup_id: int, key: Key, contact_id: int) -> int:
    """The follow-up with this identity; made in the likeness of another where there was none."""
    found = book.db.execute(
        "SELECT id FROM followups WHERE rule = ? AND started_by = ? AND occurrence = ?",
        [key.rule, key.started_by, key.occurrence],
    ).fetchone()
    if found:
        return int(found[0])
    cursor = book.db.execute(
        f"INSERT INTO followups (rule, started_by, occurrence, uid, contact_id, plan, {_COPIED}) "
        f"SELECT ?, ?, ?, ?, ?, 'gone', {_COPIED} FROM followups WHERE id = ?",
        [key.rule, key.started_by, key.occurrence, book.uid_of(key), contact_id, followup_id],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _silences_put_off(book: Book, ids: tuple[int, int]) -> dict[str, tuple[str, int]]:
    """Until when the silence of either was put off, and which follow-up that was, by rule."""
    rules = {rule.name for rule in book.rules.rules if rule.on == "silence"}
    found = book.db.execute(
        "SELECT f.rule, s.until, f.id FROM snoozes s JOIN followups f ON f.id = s.followup_id "
        "WHERE f.contact_id IN (?, ?) AND f.started_by LIKE 'contact:%' AND f.plan = 'open' AND s.until > ? "
        "ORDER BY s.until",
        [*ids, book.today.isoformat()],
    )
    return {rule: (until, followup_id) for rule, until, followup_id in found if rule in rules}


def _put_off(book: Book, contact_id: int, snoozed: dict[str, tuple[str, int]]) -> None:
    """Puts off the silence of the joined contact, whose count goes on from both, as that of either was."""
    if not snoozed:
        return
    for followup in book.planner.plan(book.history(contact_id)).open:
        key = followup.key
        if key.rule in snoozed:
            until, likeness = snoozed[key.rule]
            followups.snooze(book.db, _counterpart(book, likeness, key, contact_id), date.fromisoformat(until))
