"""Who a row is about: the contacts that are known, by e-mail, phone and whole name, kept in memory for one import."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from followup.core.identity import fold, phone_digits
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from followup.core.model import Contact

By = Literal["e-mail", "phone", "name"]


class Match(NamedTuple):
    """The contact that is meant, and what told so."""

    id: int
    by: By


class People:
    """The contacts of the file, and those that the import adds to them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._points: dict[tuple[By, str], set[int]] = {}
        self._companies: dict[str, dict[int, str]] = {}
        self.lost: dict[int, date] = {}
        for contact_id, kind, norm in db.execute("SELECT contact_id, kind, norm FROM contact_points"):
            self._points.setdefault(("phone" if kind == "phone" else "e-mail", norm), set()).add(contact_id)
        for contact_id, folded, company, lost_on in db.execute("SELECT id, folded, company, lost_on FROM contacts"):
            self._companies.setdefault(folded, {})[contact_id] = fold(company or "")
            if lost_on:
                self.lost[contact_id] = date.fromisoformat(lost_on)

    def find(self, emails: Iterable[str], phones: Iterable[str], name: str | None, company: str | None) -> Match | None:
        """The one that is meant: by e-mail, then phone, then whole name (and company where both have one).

        Refuses when two match.
        """
        return (
            self._by_points("e-mail", map(str.casefold, emails))
            or self._by_points("phone", map(phone_digits, phones))
            or (self._by_name(name, company) if name else None)
        )

    def _by_points(self, by: By, norms: Iterable[str]) -> Match | None:
        return self._one(set().union(*(self._points.get((by, norm), set()) for norm in norms)), by)

    def _by_name(self, name: str, company: str | None) -> Match | None:
        own = fold(company or "")
        named = self._companies.get(fold(name), {})
        return self._one({i for i, known in named.items() if not own or not known or own == known}, "name")

    def _one(self, found: set[int], by: By) -> Match | None:
        if len(found) > 1:
            listed = ", ".join(str(i) for i in sorted(found)[:5])
            raise Refusal(
                f"its {by} is that of several contacts ({listed}): give an e-mail that is one contact's alone"
            )
        return Match(found.pop(), by) if found else None

    def is_called(self, contact_id: int, name: str) -> bool:
        """Whether that is the contact's whole name."""
        return contact_id in self._companies.get(fold(name), {})

    def has_email(self, email: str) -> bool:
        """Whether it is anybody's."""
        return ("e-mail", email.casefold()) in self._points

    def learn(self, contact: Contact) -> None:
        """Takes note of a contact as it is now."""
        for email in contact.emails:
            self._points.setdefault(("e-mail", email.casefold()), set()).add(contact.id)
        for phone in contact.phones:
            self._points.setdefault(("phone", phone_digits(phone)), set()).add(contact.id)
        self._companies.setdefault(fold(contact.name), {})[contact.id] = fold(contact.company or "")
        if not contact.lost:
            self.lost.pop(contact.id, None)
