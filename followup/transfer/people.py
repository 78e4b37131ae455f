"""Who a row is about: the contacts that are known, by e-mail, phone and whole name, kept in memory for one import."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from followup.core.identity import fold, phone_digits, spelt_out, words
from followup.core.naming import FORMS, TITLES
from followup.core.refusal import Refusal
from followup.store import contacts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from followup.core.model import Contact

By = Literal["e-mail", "phone", "name"]
_Ids = dict[int, None]
"""Contacts in the order in which they were learnt."""

_MOST_NAMED = 5
"""So many are named, where it cannot be told which of several is meant."""

_MOST_UNWRITTEN = 500
_NORM: dict[str, Callable[[str], str]] = {"e-mail": str.casefold, "phone": phone_digits}


def may_be_one(mine: Iterable[str | None], theirs: Iterable[str | None]) -> bool:
    """Whether of two people, each with names and companies, one has all the words of the other's: in another order or
    spelling, or with a part of the name left out."""
    said = [telling for name in theirs if name for telling in _spellings(name)]
    return any(own <= other or other <= own for name in mine if name for own in _spellings(name) for other in said)


def _spellings(name: str) -> list[set[str]]:
    """The words of a name but for initials, titles and legal forms; the same with umlauts spelt out."""
    spellings = ({word for word in words(text) if len(word) > 1} - TITLES - FORMS for text in (name, spelt_out(name)))
    return [*filter(None, spellings)]


class Match(NamedTuple):
    """The contact that is meant, and what told so."""

    id: int
    by: By


class People:
    """The contacts of the file, and those that the import adds to them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._points: dict[tuple[By, str], _Ids] = {}
        self._named: dict[str, _Ids] = {}
        self._at_company: dict[tuple[str, str], _Ids] = {}
        self._names: dict[int, tuple[str, str]] = {}
        self.lost: dict[int, date] = {}
        for contact_id, kind, norm in db.execute("SELECT contact_id, kind, norm FROM contact_points"):
            self._points.setdefault(("phone" if kind == "phone" else "e-mail", norm), {})[contact_id] = None
        for contact_id, folded, company, lost_on in db.execute("SELECT id, folded, company, lost_on FROM contacts"):
            self._learn_name(contact_id, folded, fold(company or ""))
            if lost_on:
                self.lost[contact_id] = date.fromisoformat(lost_on)

    def find(self, emails: Iterable[str], phones: Iterable[str], name: str | None, company: str | None) -> Match | None:
        """The one that is meant: by e-mail, then phone, then whole name (and company where both have one).

        Refuses when two match.
        """
        return (
            self._by_points("e-mail", emails)
            or self._by_points("phone", phones)
            or (self._by_name(name, company) if name else None)
        )

    def _by_points(self, by: By, values: Iterable[str]) -> Match | None:
        norms = filter(None, map(_NORM[by], values))
        return self._one((self._points.get((by, norm), {}) for norm in norms), by)

    def _by_name(self, name: str, company: str | None) -> Match | None:
        folded, own = fold(name), fold(company or "")
        if not own:
            return self._one([self._named.get(folded, {})], "name")
        return self._one((self._at_company.get((folded, known), {}) for known in (own, "")), "name")

    def _one(self, found: Iterable[_Ids], by: By) -> Match | None:
        # a few of each will do, however many share a name or an office's phone
        ids = sorted({i for some in found for i in islice(some, _MOST_NAMED)})
        if len(ids) > 1:
            listed = ", ".join(map(str, ids[:_MOST_NAMED]))
            raise Refusal(
                f"its {by} is that of several contacts ({listed}): give an e-mail that is one contact's alone"
            )
        return Match(ids[0], by) if ids else None

    def is_called(self, contact_id: int, name: str) -> bool:
        """Whether that is the contact's whole name."""
        return self._names[contact_id][0] == fold(name)

    def has_email(self, email: str, contact_id: int | None = None) -> bool:
        """Whether it is a contact's, or anybody's."""
        found = self._points.get(("e-mail", email.casefold()), {})
        return contact_id in found if contact_id else bool(found)

    def new_points(self, contact_id: int, by: By, values: Iterable[str]) -> tuple[str, ...]:
        """The e-mails or phones that the contact (0: nobody yet) does not have, each once."""
        found: dict[str, str] = {}
        for value in values:
            if contact_id not in self._points.get((by, norm := _NORM[by](value)), {}):
                found.setdefault(norm, value)
        return tuple(found.values())

    def learn(self, contact: Contact, emails: Iterable[str], phones: Iterable[str]) -> None:
        """Takes note of a contact as it is now, with the e-mails and phones that it gained."""
        for email in emails:
            self._points.setdefault(("e-mail", email.casefold()), {})[contact.id] = None
        for phone in phones:
            self._points.setdefault(("phone", phone_digits(phone)), {})[contact.id] = None
        self._learn_name(contact.id, fold(contact.name), fold(contact.company or ""))
        if not contact.lost:
            self.lost.pop(contact.id, None)

    def _learn_name(self, contact_id: int, name: str, company: str) -> None:
        if known := self._names.get(contact_id):
            self._at_company[known].pop(contact_id)
        self._names[contact_id] = name, company
        self._named.setdefault(name, {})[contact_id] = None
        self._at_company.setdefault((name, company), {})[contact_id] = None


class Edits:
    """Contacts as the import leaves them, written when they are many or at its end: one of many rows is not written
    anew for each."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._unwritten: dict[int, Contact] = {}

    def load(self, contact_id: int) -> Contact:
        """The contact as it is now."""
        return self._unwritten.get(contact_id) or contacts.load(self._db, contact_id)

    def keep(self, contact: Contact) -> None:
        """Has the contact written as it is now."""
        self._unwritten[contact.id] = contact
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            self.write()

    def write(self) -> None:
        """Writes what is not yet written."""
        for contact in self._unwritten.values():
            contacts.update(self._db, contact)
        self._unwritten.clear()
