"""Contacts in the file: rows to values and back, and finding the one that is meant."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from followup.core.identity import fold, phone_digits, spelt_out, words
from followup.core.model import INCOMING, TOUCHES, Contact
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = (
    "id, name, company, address, birthday, handles, prefers, language, every, tags, notes, dates, opted_out, "
    "lost_reason, lost_on, added"
)
_MOST_LISTED = 10
_LONGEST_QUOTED = 100
_DIGRAPH = re.compile(r"([aou])e")
_ELIDED = re.compile(r"[odl]\w{3,}")
"""Names such as O'Brien, D'Angelo and L'Hôpital, written without the apostrophe."""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def days_from_json(text: str) -> dict[str, date]:
    """A `{name: day}` column as values."""
    return {name: date.fromisoformat(day) for name, day in json.loads(text).items()} if text != "{}" else {}


def days_to_json(days: Mapping[str, date]) -> str:
    """A `{name: day}` mapping as a column."""
    return json.dumps({name: day.isoformat() for name, day in days.items()}, ensure_ascii=False)


def from_row(row: Any, points: Iterable[tuple[str, str]]) -> Contact:
    """A row of `COLUMNS` and its (kind, value) points as a contact."""
    emails = tuple(value for kind, value in points if kind == "email")
    phones = tuple(value for kind, value in points if kind == "phone")
    return Contact(
        id=row[0],
        name=row[1],
        company=row[2],
        address=row[3],
        birthday=row[4],
        handles=json.loads(row[5]) if row[5] != "{}" else {},
        prefers=row[6],
        language=row[7],
        every=row[8],
        tags=tuple(json.loads(row[9])) if row[9] != "[]" else (),
        notes=row[10],
        dates=days_from_json(row[11]),
        opted_out=tuple(json.loads(row[12])) if row[12] != "[]" else (),
        lost_reason=row[13],
        lost_on=_day(row[14]),
        added=date.fromisoformat(row[15]),
        emails=emails,
        phones=phones,
    )


def load(db: sqlite3.Connection, contact_id: int) -> Contact:
    """The contact with this id. Refuses an unknown one."""
    row = db.execute(f"SELECT {COLUMNS} FROM contacts WHERE id = ?", [contact_id]).fetchone()
    if row is None:
        raise Refusal(f"there is no contact {contact_id}: see followup contact list")
    points = db.execute(
        "SELECT kind, value FROM contact_points WHERE contact_id = ? ORDER BY kind, position", [contact_id]
    ).fetchall()
    return from_row(row, points)


def by_ids(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Contact]:
    """These contacts, by id."""
    wanted = json.dumps(sorted(ids))
    points: dict[int, list[tuple[str, str]]] = {}
    for contact_id, kind, value in db.execute(
        "SELECT contact_id, kind, value FROM contact_points WHERE contact_id IN (SELECT value FROM json_each(?)) "
        "ORDER BY contact_id, kind, position",
        [wanted],
    ):
        points.setdefault(contact_id, []).append((kind, value))
    rows = db.execute(f"SELECT {COLUMNS} FROM contacts WHERE id IN (SELECT value FROM json_each(?))", [wanted])
    return {row[0]: from_row(row, points.get(row[0], [])) for row in rows}


def _values(contact: Contact) -> dict[str, Any]:
    more = [contact.company, *contact.emails, *contact.tags, contact.notes, contact.address]
    return {
        "name": contact.name,
        "folded": fold(contact.name),
        "search": fold(" ".join(filter(None, more))),
        "company": contact.company,
        "address": contact.address,
        "birthday": contact.birthday,
        "handles": json.dumps(contact.handles, ensure_ascii=False),
        "prefers": contact.prefers,
        "language": contact.language,
        "every": contact.every,
        "tags": json.dumps(contact.tags, ensure_ascii=False),
        "notes": contact.notes,
        "dates": days_to_json(contact.dates),
        "opted_out": json.dumps(contact.opted_out),
        "lost_reason": contact.lost_reason,
        "lost_on": contact.lost_on.isoformat() if contact.lost_on else None,
        "added": contact.added.isoformat(),
    }


def insert(db: sqlite3.Connection, contact: Contact) -> int:
    """Adds the contact under its id, or for 0 the next free one, and returns that. Refuses an e-mail that is somebody
    else's."""
    check_emails_free(db, contact.emails, 0)
    values = ({"id": contact.id} if contact.id else {}) | _values(contact)
    cursor = db.execute(
        f"INSERT INTO contacts ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )
    assert cursor.lastrowid is not None
    _write_points(db, cursor.lastrowid, "email", (), contact.emails)
    _write_points(db, cursor.lastrowid, "phone", (), contact.phones)
    return cursor.lastrowid


def fold_anew(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Writes how the names and texts of these contacts are compared, where that is not as it is written now."""
    query = "SELECT id, name, folded, search FROM contacts WHERE id IN (SELECT value FROM json_each(?))"
    for contact_id, name, folded, search in db.execute(query, [json.dumps(list(ids))]).fetchall():
        new = fold(name), fold(search)
        if new != (folded, search):
            db.execute("UPDATE contacts SET folded = ?, search = ? WHERE id = ?", [*new, contact_id])


def update(db: sqlite3.Connection, contact: Contact) -> None:
    """Writes the contact as it is now. Refuses an e-mail that is somebody else's."""
    before = load(db, contact.id)
    values = _values(contact)
    db.execute(
        f"UPDATE contacts SET {', '.join(f'{c} = ?' for c in values)} WHERE id = ?", [*values.values(), contact.id]
    )
    if (before.emails, before.phones) != (contact.emails, contact.phones):
        check_emails_free(db, contact.emails, contact.id)
        _write_points(db, contact.id, "email", before.emails, contact.emails)
        _write_points(db, contact.id, "phone", before.phones, contact.phones)


def _write_points(
    db: sqlite3.Connection, contact_id: int, kind: str, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    """Makes the stored points those of `after`; leaves alone the first ones, as far as they are the same."""
    first = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    first = min(len(before), len(after)) if first is None else first
    if first < len(before):
        db.execute(
            "DELETE FROM contact_points WHERE contact_id = ? AND kind = ? AND position >= ?", [contact_id, kind, first]
        )
    norm = phone_digits if kind == "phone" else str.casefold
    db.executemany(
        "INSERT INTO contact_points (contact_id, kind, position, value, norm) VALUES (?, ?, ?, ?, ?)",
        [(contact_id, kind, n, value, norm(value)) for n, value in enumerate(after[first:], first)],
    )


def check_emails_free(db: sqlite3.Connection, emails: Iterable[str], own_id: int) -> None:
    """Refuses an e-mail address that another contact has."""
    for email in emails:
        for other in ids_by_point(db, "email", email.casefold()):
            if other != own_id:
                raise Refusal(f"{email} belongs to {_label(db, other)}: edit that contact, or give another address")


def ids_by_point(db: sqlite3.Connection, kind: str, norm: str) -> list[int]:
    """The contacts that have this e-mail (casefolded) or phone (digits)."""
    rows = db.execute(
        "SELECT DISTINCT contact_id FROM contact_points WHERE kind = ? AND norm = ? ORDER BY 1", [kind, norm]
    )
    return [row[0] for row in rows]


def ids_by_name(db: sqlite3.Connection, name: str) -> list[int]:
    """The contacts whose whole name this is, case and accents ignored."""
    return [row[0] for row in db.execute("SELECT id FROM contacts WHERE folded = ? ORDER BY id", [fold(name)])]


def exact(db: sqlite3.Connection, who: str) -> list[int]:
    """The contacts that WHO names exactly: by id, e-mail or whole name."""
    text = who.strip()
    if text.isascii() and text.isdigit():
        found = db.execute("SELECT id FROM contacts WHERE id = ?", [min(int(text[:20]), 2**62)]).fetchone()
        if found:
            return [found[0]]
    if "@" in text:
        return ids_by_point(db, "email", text.casefold())
    return ids_by_name(db, text)


def find(db: sqlite3.Connection, who: str) -> int:
    """The one contact that WHO means: an id, an exact e-mail, a whole name, else words or their beginnings.

    Refuses several (listing them) and none (with the nearest names).
    """
    ids = exact(db, who) or matching(db, who)
    if len(ids) == 1:
        return ids[0]
    said = who if len(who) <= _LONGEST_QUOTED else f"{who[:_LONGEST_QUOTED]}…"
    if ids:
        listed = ", ".join(_label(db, i) for i in ids[:_MOST_LISTED])
        more = f" and {len(ids) - _MOST_LISTED} more" if len(ids) > _MOST_LISTED else ""
        raise Refusal(f"'{said}' could be {listed}{more}: give the id or more of the name")
    near = nearest(db, who)
    hint = f"; nearest are {', '.join(near)}" if near else ""
    raise Refusal(f"nobody is called '{said}'{hint}: see followup contact list")


def matching(db: sqlite3.Connection, who: str) -> list[int]:
    """The contacts whose name has a word beginning with each of the words of WHO: words of their own if there are such
    names, so that `tom t` is Tom Taylor and no other Tom. Where there is none, those with such a word in another
    spelling: Mueller for Müller, Obrien for O'Brien, and the other way round."""
    parts = [part for word in words(who) for part in word.split("_") if part]
    if not parts or who.strip().isdigit() or "@" in who:
        return []
    found = _named(db, [[part] for part in parts])
    if len(found) > 1 and len(parts) > 1:
        named = names(db, found)
        found = [one for one in found if _has_each(words(named[one]), parts)] or found
    return found or _named(db, [_spellings(word) for word in who.replace("_", " ").split() if words(word)])


def _has_each(said: list[str], parts: list[str]) -> bool:
    """Whether each part begins a word of its own."""
    if not parts:
        return True
    places = (n for n, word in enumerate(said) if word.startswith(parts[0]))
    return any(_has_each(said[:n] + said[n + 1 :], parts[1:]) for n in places)


def _named(db: sqlite3.Connection, spellings: list[list[str]]) -> list[int]:
    """The contacts whose name has, for each word, one of its spellings in front of a word."""
    said = " AND ".join("(" + " OR ".join(f'"{text}" *' for text in texts) + ")" for texts in spellings)
    query = "SELECT rowid FROM contacts_fts WHERE contacts_fts MATCH ? ORDER BY rowid"
    return [row[0] for row in db.execute(query, [f"folded : ({said})"])]


def _spellings(word: str) -> list[str]:
    """A word as it may stand in names: umlauts written out or drawn together, with an apostrophe or without."""
    whole, out = " ".join(words(word)), " ".join(words(spelt_out(word)))
    found = [whole, out, _DIGRAPH.sub(r"\1", out), whole.replace(" ", "")]
    if _ELIDED.fullmatch(whole):
        found.append(f"{whole[0]} {whole[1:]}")
    return list(dict.fromkeys(found))


def nearest(db: sqlite3.Connection, who: str) -> list[str]:
    """Up to three contacts with names like this one."""
    from difflib import get_close_matches

    wanted = fold(who)
    if not wanted:
        return []
    names: dict[str, int] = {}
    for contact_id, folded in db.execute("SELECT id, folded FROM contacts LIMIT 20000"):
        for part in (folded, *folded.split()):
            names.setdefault(part, contact_id)
    found = dict.fromkeys(names[n] for n in get_close_matches(wanted, names, 3, 0.7))
    return [_label(db, contact_id) for contact_id in found]


def _label(db: sqlite3.Connection, contact_id: int) -> str:
    name = db.execute("SELECT name FROM contacts WHERE id = ?", [contact_id]).fetchone()[0]
    return f"{name} ({contact_id})"


def tagged(db: sqlite3.Connection, tag: str) -> list[int]:
    """The contacts with this tag."""
    rows = db.execute(
        "SELECT id FROM contacts WHERE tags <> '[]' AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?) "
        "ORDER BY id",
        [tag.lower()],
    )
    return [row[0] for row in rows]


def several(db: sqlite3.Connection, who: str) -> list[int]:
    """WHO, or `@tag` for everyone with that tag. Refuses a tag that nobody has."""
    if not who.startswith("@"):
        return [find(db, who)]
    ids = tagged(db, who[1:])
    if not ids:
        raise Refusal(f"nobody has the tag '{who[1:]}': see followup contact list")
    return ids


def listed(db: sqlite3.Connection, search: str | None, tag: str | None) -> list[int]:
    """The contacts that a list shows, by name: all, or those in which every word of `search` begins one.

    A `search` of five digits or more also finds the phone numbers that end with it.
    """
    conditions, values = [], []
    if search is not None:
        found = ["id IN (SELECT rowid FROM contacts_fts WHERE contacts_fts MATCH ?)"]
        parts = [part for word in words(search) for part in word.split("_") if part]
        if not parts:
            return []
        values.append(" AND ".join(f'"{part}" *' for part in parts))
        if len(phone_digits(search)) >= 5 and "".join(parts).isdigit():
            found.append("id IN (SELECT contact_id FROM contact_points WHERE kind = 'phone' AND norm LIKE '%' || ?)")
            values.append(phone_digits(search))
        conditions.append(f"({' OR '.join(found)})")
    if tag is not None:
        conditions.append("tags <> '[]' AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)")
        values.append(tag.lower())
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return [row[0] for row in db.execute(f"SELECT id FROM contacts {where} ORDER BY folded, id", values)]


class Summary(NamedTuple):
    """A contact as a line of a list: `last_contact` is the last sale or touch up to today, cancelled ones aside."""

    id: int
    name: str
    email: str | None
    phone: str | None
    company: str | None
    tags: list[str]
    last_contact: date | None
    sales: int
    lost: bool


_SUMMARY = f"""
SELECT id, name,
    (SELECT value FROM contact_points WHERE contact_id = c.id AND kind = 'email' ORDER BY position LIMIT 1),
    (SELECT value FROM contact_points WHERE contact_id = c.id AND kind = 'phone' ORDER BY position LIMIT 1),
    company, tags,
    nullif(max(
        ifnull((SELECT max(completed) FROM sales WHERE contact_id = c.id AND NOT canceled AND completed <= :today), ''),
        ifnull((SELECT max(day) FROM events
                WHERE contact_id = c.id AND kind IN {(*TOUCHES, *INCOMING)} AND day <= :today), '')
    ), ''),
    (SELECT count(*) FROM sales WHERE contact_id = c.id AND NOT canceled),
    lost_on IS NOT NULL
FROM contacts c WHERE id IN (SELECT value FROM json_each(:ids))
"""


def summaries(db: sqlite3.Connection, ids: Sequence[int], today: date) -> list[Summary]:
    """The contacts with these ids as lines of a list, in the order of the ids."""
    found = {row[0]: row for row in db.execute(_SUMMARY, {"ids": json.dumps(ids), "today": today.isoformat()})}
    rows = (found[contact_id] for contact_id in ids)
    return [
        Summary._make((*r[:5], json.loads(r[5]) if r[5] != "[]" else [], _day(r[6]), r[7], bool(r[8]))) for r in rows
    ]


def names(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The names of the contacts with these ids."""
    query = "SELECT id, name FROM contacts WHERE id IN (SELECT value FROM json_each(?))"
    return dict(db.execute(query, [json.dumps(sorted(ids))]).fetchall())
