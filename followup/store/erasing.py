"""Forgetting a person for good: out of the tables, out of the undo journal, and out of the file's free pages.

What is done in the transaction leaves the file consistent and without them; only then are the pages that held them
overwritten. Until that has ended a mark says that it is not finished, so that it can be gone on with.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from followup.core.identity import fold, words
from followup.core.model import ERASED
from followup.store import calendar, contacts, journal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from followup.store.book import Changing

_UNFINISHED = "erasing"
_TEXTS = {"notes", "search", "title", "note", "text", "of_name"}
"""The columns in which people write what they like, and the one that notes are searched in."""

_CAME_OF_IT = "followup_id IN (SELECT id FROM followups WHERE event_id = :event)"
_LITERAL = r"'(?:[^']|'')*'|[^',() ]+"
_SETTING = re.compile(rf"(\w+)=({_LITERAL})")


class _Person(NamedTuple):
    """The ids that somebody had, and all that they were called and reached by, now and in the journal."""

    ids: list[int]
    names: set[str]
    points: set[str]

    @property
    def words(self) -> set[str]:
        """The folded words of the names."""
        return {word for name in self.names for word in words(name)}

    def is_meant(self, of_id: int | None, of_name: str) -> bool:
        """Whether a recommendation is of this person: by the id, or by the name where there is none."""
        return of_id in self.ids if of_id else fold(of_name) in {fold(name) for name in self.names}


def erase(changing: Changing, contact_id: int) -> set[str]:
    """Erases a contact and all that happened with them, what the journal would bring back of them included; returns
    what they were called.

    What others were told or recommended stays theirs, without the name. `clean` must follow once it is committed.
    Refuses an unknown contact.
    """
    db = changing.db
    db.execute("PRAGMA secure_delete = ON")
    person = _person(db, contact_id)
    _erase_from_recommendations(changing, person)
    _erase_from_journal(db, person)
    for gone_id in (contact_id, *_nobodies(db)):
        calendar.forget(db, gone_id)
    # with the contact go the follow-ups of those whose adding was taken back: nothing can bring them back
    db.execute(
        "DELETE FROM followups WHERE contact_id = ? OR (contact_id IS NULL AND started_by <> 'everyone')", [contact_id]
    )
    db.execute("DELETE FROM contacts WHERE id = ?", [contact_id])
    db.execute("INSERT INTO contacts_fts (contacts_fts) VALUES ('rebuild')")
    db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, '1')", [_UNFINISHED])
    return person.names


def is_unfinished(db: sqlite3.Connection) -> bool:
    """Whether somebody was erased whose traces may still be in the file's free pages."""
    return db.execute("SELECT 1 FROM meta WHERE key = ?", [_UNFINISHED]).fetchone() is not None


def clean(db: sqlite3.Connection) -> bool:
    """Overwrites the free pages of the file and empties its log; False where another command or a full disk keeps that
    from ending.

    Must be called outside a transaction.
    """
    import sqlite3

    try:
        db.execute("VACUUM")
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if not any(words in str(error) for words in ("locked", "full", "disk I/O")):
            raise
        return False
    if busy:
        return False
    db.execute("DELETE FROM meta WHERE key = ?", [_UNFINISHED])
    return True


def mentions(db: sqlite3.Connection, names: Iterable[str]) -> set[int]:
    """The contacts in whose notes, events, sales or reminders one of the names stands that is not theirs."""
    texts = {
        "contacts": ("id", "ifnull(notes, '')"),
        "events": ("contact_id", "ifnull(text, '') || char(10) || ifnull(of_name, '')"),
        "sales": ("contact_id", "title || char(10) || ifnull(note, '')"),
        "reminders": ("contact_id", "text"),
        "followups": ("contact_id", "title"),
    }
    query = " UNION ALL ".join(
        f"SELECT {owner}, {text} FROM {table} WHERE instr({text}, :name)" for table, (owner, text) in texts.items()
    )
    found: set[int] = set()
    for name in names:
        whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        ids = [row[0] for row in db.execute(query, {"name": name}) if whole.search(row[1])]
        others = "SELECT id FROM contacts WHERE name <> ? AND id IN (SELECT value FROM json_each(?))"
        found.update(row[0] for row in db.execute(others, [name, json.dumps(ids)]))
    return found


# Who it is


def _person(db: sqlite3.Connection, contact_id: int) -> _Person:
    contact = contacts.load(db, contact_id)
    ids = journal.ids_of(db, contact_id)
    names, points = {contact.name}, {*contact.emails, *contact.phones}
    for column, found in (("name", names), ("value", points)):
        table = "contacts" if column == "name" else "contact_points"
        for (statement,) in db.execute(
            "SELECT statement FROM journal WHERE contact_id IN (SELECT value FROM json_each(?)) "
            f"AND (statement LIKE 'UPDATE {table} %' OR statement LIKE 'INSERT INTO {table} %')",
            [json.dumps(ids)],
        ):
            found.add(_text(_values(statement)[column]))
    return _Person(ids, names, points)


def _nobodies(db: sqlite3.Connection) -> list[int]:
    """The contacts that calendars were told of and that are no more, because their adding was taken back."""
    query = (
        "SELECT DISTINCT contact_id FROM calendar_entries WHERE contact_id IS NOT NULL "
        "AND contact_id NOT IN (SELECT id FROM contacts)"
    )
    return [row[0] for row in db.execute(query)]


# What stands with others


def _erase_from_recommendations(changing: Changing, person: _Person) -> None:
    """Takes the name out of what others recommended, and of the follow-ups and touches that came of it."""
    db = changing.db
    for event_id, contact_id, of_name in _recommendations(db, person):
        for name in sorted(person.names | {of_name}, key=len, reverse=True):
            values = {"name": name, "erased": ERASED, "event": event_id, "contact": contact_id}
            for table, column, which in (
                ("followups", "title", "event_id = :event"),
                ("events", "text", f"id = :event OR {_CAME_OF_IT}"),
                ("closings", "note", _CAME_OF_IT),
            ):
                db.execute(f"UPDATE {table} SET {column} = replace({column}, :name, :erased) WHERE {which}", values)
            # told anew with the next export, because it differs from then on
            db.execute(
                "UPDATE calendar_entries SET content = json_remove(json_set(content, '$.title', :erased), '$.text') "
                "WHERE contact_id = :contact AND instr(content, :quoted)",
                values | {"quoted": json.dumps(name, ensure_ascii=False)[1:-1]},
            )
        changing.touch(contact_id)


def _recommendations(db: sqlite3.Connection, person: _Person) -> set[tuple[int, int, str]]:
    """The events in which others named the person, now or in the journal: their ids, whose, and the name. Those that
    are there now name nobody afterwards."""
    found = db.execute("SELECT id, contact_id, of_id, of_name FROM events WHERE of_name IS NOT NULL").fetchall()
    now = {row for row in found if person.is_meant(row[2], row[3])}
    db.executemany("UPDATE events SET of_id = NULL, of_name = ? WHERE id = ?", [(ERASED, row[0]) for row in now])
    for _, statement in _of_events(db):
        values = _values(statement)
        of_id = _number(values["of_id"])
        if person.is_meant(of_id, _text(values["of_name"])):
            now.add((int(values["id"]), int(values["contact_id"]), of_id, _text(values["of_name"])))
    return {(event_id, contact_id, name) for event_id, contact_id, _, name in now if contact_id not in person.ids}


# The journal


def _erase_from_journal(db: sqlite3.Connection, person: _Person) -> None:
    """Takes out what would bring the person back. A change that was about others too stays theirs; one that was not
    goes."""
    ids = json.dumps(person.ids)
    theirs = "contact_id IN (SELECT value FROM json_each(?))"
    changed = {row[0] for row in db.execute(f"SELECT DISTINCT change_id FROM journal WHERE {theirs}", [ids])}
    db.execute(f"DELETE FROM journal WHERE {theirs}", [ids])
    for journal_id, statement in _of_events(db):
        values = _values(statement)
        if person.is_meant(_number(values["of_id"]), _text(values["of_name"])):
            values |= {"of_id": "NULL", "of_name": f"'{ERASED}'"}
            db.execute("UPDATE journal SET statement = ? WHERE id = ?", [_statement(statement, values), journal_id])
    _erase_from_texts(db, {name for name in person.names if " " in name} | person.points)
    db.execute(
        "DELETE FROM changes WHERE id IN (SELECT value FROM json_each(?)) "
        "AND id NOT IN (SELECT change_id FROM journal WHERE statement <> '')",
        [json.dumps(sorted(changed))],
    )
    _erase_from_labels(db, person, changed)


def _erase_from_texts(db: sqlite3.Connection, called: set[str]) -> None:
    """Takes what the person was called and reached by out of the texts of others that `undo` would bring back."""
    whole = "|".join(re.escape(text.replace("'", "''")) for text in {*called, *map(fold, called)})
    anywhere = re.compile(rf"(?<!\w)(?:{whole})(?!\w)")
    for journal_id, statement in db.execute("SELECT id, statement FROM journal WHERE statement LIKE '%''%'").fetchall():
        if not called or not anywhere.search(statement):
            continue
        values = _values(statement)
        cleaned = {column: anywhere.sub(ERASED, values[column]) for column in _TEXTS & values.keys()}
        db.execute(
            "UPDATE journal SET statement = ? WHERE id = ?", [_statement(statement, values | cleaned), journal_id]
        )


def _erase_from_labels(db: sqlite3.Connection, person: _Person, changed: set[int]) -> None:
    """Leaves of the texts that `undo` shows only the command, where they tell of the person."""
    whole = {fold(text) for text in person.names | person.points}
    for change_id, command in db.execute("SELECT id, command FROM changes").fetchall():
        folded = fold(command)
        named = change_id in changed and not person.words.isdisjoint(words(command))
        if not named and not any(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", folded) for text in whole):
            continue
        kept = []
        for word in command.split(" ")[:2]:
            if not re.fullmatch(r"[a-z-]+", word) or word in person.words:
                break
            kept.append(word)
        db.execute("UPDATE changes SET command = ? WHERE id = ?", [" ".join([*kept, ERASED]), change_id])


def _of_events(db: sqlite3.Connection) -> list[tuple[int, str]]:
    """What the journal would write into the table of events, by id."""
    return db.execute(
        "SELECT id, statement FROM journal WHERE statement LIKE 'UPDATE events %' OR statement LIKE 'INSERT INTO ev%'"
    ).fetchall()


def _values(statement: str) -> dict[str, str]:
    """The columns and SQL literals of a statement that the journal's triggers wrote, `rowid` among them."""
    if statement.startswith("UPDATE"):
        return dict(_SETTING.findall(statement.partition(" SET ")[2]))
    columns, _, literals = statement.partition("(")[2].partition(") VALUES (")
    return dict(zip(columns.split(","), re.findall(_LITERAL, literals), strict=True))


def _statement(before: str, values: dict[str, str]) -> str:
    """The same statement with other literals."""
    if before.startswith("UPDATE"):
        settings = ",".join(f"{column}={literal}" for column, literal in values.items() if column != "rowid")
        return f"{before.partition(' SET ')[0]} SET {settings} WHERE rowid={values['rowid']}"
    return f"{before.partition(' (')[0]} ({','.join(values)}) VALUES ({','.join(values.values())})"


def _number(literal: str) -> int | None:
    return None if literal == "NULL" else int(literal)


def _text(literal: str) -> str:
    """What an SQL literal of a text says; '' for NULL."""
    return literal[1:-1].replace("''", "'") if literal.startswith("'") else ""
