"""Rows into the book: who is already known, what is new, and what is only reported."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from followup.core.identity import fold, phone_digits
from followup.core.model import Contact, Sale
from followup.core.money import decimal_text
from followup.core.period import Workdays, parse_period
from followup.core.refusal import Refusal
from followup.store import contacts, sales
from followup.transfer.rows import BadRow, ContactRow, SaleRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from datetime import date

    from followup.store.book import Book


class Rejected(Struct, frozen=True):
    """A row that was not taken, with the line where it begins."""

    line: int
    reason: str


class Result(Struct):
    """What an import did; for sales, `added` counts sales and `people` the clients that came with them.

    `rejected` has the bad rows; `reported` those that are fine but contradict what is known, which stays as it is.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    people: int = 0
    rejected: list[Rejected] = []
    reported: list[Rejected] = []


class NotTaken(Exception):
    """Ends an import without a change: a dry run, or a file with bad rows."""


class People:
    """Who is known, by e-mail, phone and name, kept in memory for one import."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.points: dict[tuple[str, str], set[int]] = {}
        self.names: dict[str, dict[int, str]] = {}
        for contact_id, kind, norm in db.execute("SELECT contact_id, kind, norm FROM contact_points"):
            self.points.setdefault((kind, norm), set()).add(contact_id)
        for contact_id, folded, company in db.execute("SELECT id, folded, company FROM contacts"):
            self.names.setdefault(folded, {})[contact_id] = fold(company or "")

    def find(self, emails: Iterable[str], phones: Iterable[str], name: str | None, company: str | None) -> int | None:
        """The one that is meant: by e-mail, then phone, then whole name (and company where both have one).

        Refuses when two match.
        """
        for kind, norms in (("email", [e.casefold() for e in emails]), ("phone", [phone_digits(p) for p in phones])):
            found: set[int] = set().union(*(self.points.get((kind, norm), set()) for norm in norms if norm))
            if found:
                return self._one(found, "e-mail" if kind == "email" else kind)
        if not name:
            return None
        own = fold(company or "")
        named = self.names.get(fold(name), {})
        found = {i for i, known in named.items() if not own or not known or own == known}
        return self._one(found, "name") if found else None

    def _one(self, found: set[int], what: str) -> int:
        if len(found) > 1:
            listed = ", ".join(str(i) for i in sorted(found)[:5])
            raise Refusal(f"its {what} is that of several contacts ({listed}): give another e-mail, or merge them")
        return next(iter(found))

    def learn(self, contact: Contact) -> None:
        """Takes note of a contact as it is now."""
        for email in contact.emails:
            self.points.setdefault(("email", email.casefold()), set()).add(contact.id)
        for phone in contact.phones:
            self.points.setdefault(("phone", phone_digits(phone)), set()).add(contact.id)
        self.names.setdefault(fold(contact.name), {})[contact.id] = fold(contact.company or "")


def import_contacts(
    book: Book,
    rows: Iterable[ContactRow | BadRow],
    command: str,
    *,
    partial: bool,
    dry_run: bool,
    tick: Callable[[], object],
) -> Result:
    """Adds the contacts that are new and fills what is empty in those that are known; overwrites nothing.

    One change. With a bad row nothing is taken, unless `partial`.
    """
    result = Result()
    try:
        with book.change(command) as changing:
            people = People(book.db)
            for row in rows:
                tick()
                if isinstance(row, BadRow):
                    result.rejected.append(Rejected(row.line, row.reason))
                    continue
                try:
                    changing.touch(_take_contact(book, people, row, result))
                except Refusal as refusal:
                    result.rejected.append(Rejected(row.line, str(refusal)))
            _settle(result, partial, dry_run)
    except NotTaken:
        pass
    return result


def _take_contact(book: Book, people: People, row: ContactRow, result: Result) -> int | None:
    known = people.find(row.emails, row.phones, row.name, row.company)
    if known is None:
        contact = Contact(
            id=0,
            name=row.name,
            added=book.today,
            emails=row.emails,
            phones=row.phones,
            company=row.company,
            address=row.address,
            birthday=row.birthday,
            tags=row.tags,
            notes=row.notes,
            language=row.language,
            prefers=row.prefers,
        )
        contact = replace(contact, id=contacts.insert(book.db, contact))
        people.learn(contact)
        result.added += 1
        return contact.id
    before = contacts.load(book.db, known)
    after = replace(
        before,
        emails=joined(before.emails, row.emails, str.casefold),
        phones=joined(before.phones, row.phones, phone_digits),
        company=before.company or row.company,
        address=before.address or row.address,
        birthday=before.birthday or row.birthday,
        tags=joined(before.tags, row.tags, str.casefold),
        notes=before.notes or row.notes,
        language=before.language or row.language,
        prefers=before.prefers or row.prefers,
    )
    if after == before:
        result.unchanged += 1
        return None
    contacts.update(book.db, after)
    people.learn(after)
    result.updated += 1
    return known


def joined(known: tuple[str, ...], more: Iterable[str], norm: Callable[[str], str]) -> tuple[str, ...]:
    """What is known, then what is new in `more`."""
    return tuple(
        {norm(value): value for value in (*more, *known)}[key] for key in dict.fromkeys(map(norm, (*known, *more)))
    )


def import_sales(
    book: Book,
    rows: Iterable[SaleRow | BadRow],
    command: str,
    *,
    partial: bool,
    dry_run: bool,
    past: bool,
    tick: Callable[[], object],
) -> Result:
    """Adds the sales that are new, with the clients that are; a row that names a known invoice is left as it is.

    One change. With a bad row nothing is taken, unless `partial`. Without `past` the sales start nothing that is due
    before today.
    """
    result = Result()
    try:
        with book.change(command) as changing:
            taker = _Sales(book, result, None if past else book.today)
            for row in rows:
                tick()
                if isinstance(row, BadRow):
                    result.rejected.append(Rejected(row.line, row.reason))
                    continue
                try:
                    changing.touch(taker.take(row))
                except Refusal as refusal:
                    result.rejected.append(Rejected(row.line, str(refusal)))
            for row in taker.credit_notes:
                changing.touch(taker.credit(row))
            _settle(result, partial, dry_run)
    except NotTaken:
        pass
    return result


def _settle(result: Result, partial: bool, dry_run: bool) -> None:
    result.rejected.sort(key=lambda r: r.line)
    if dry_run or (result.rejected and not partial):
        raise NotTaken


class _Sales:
    """Takes the rows of one file of sales."""

    def __init__(self, book: Book, result: Result, starts_from: date | None) -> None:
        self.book = book
        self.db = book.db
        self.result = result
        self.starts_from = starts_from
        self.people = People(book.db)
        self.places: Counter[object] = Counter()
        self.credit_notes: list[SaleRow] = []

    def take(self, row: SaleRow) -> int | None:
        """Adds the sale of a row, and its client where they are new; returns the contact that is touched, if any."""
        if row.amount is not None and row.amount < 0:
            if not row.ref:
                raise Refusal("a negative amount that names no invoice: give the invoice's number, or take the row out")
            self.credit_notes.append(row)
            return None
        key = self._key(row)
        known = self._known(row, key)
        if known is not None:
            self._compare(row, *known)
            return None
        contact_id = self._client(row)
        until = Workdays().add(row.completed, parse_period(row.warranty)) if row.warranty else None
        sale = Sale(
            id=0,
            contact_id=contact_id,
            title=row.title,
            completed=row.completed,
            entered=self.book.today,
            amount=row.amount,
            currency=row.currency,
            category=row.category,
            tags=row.tags,
            warranty=row.warranty,
            warranty_until=until,
            ref=row.ref,
            note=row.note,
            starts_from=self.starts_from,
        )
        sales.insert(self.db, sale, key)
        self.result.added += 1
        return contact_id

    def _key(self, row: SaleRow) -> str:
        """What tells the row again: its invoice number and place among the rows of that number, else its content and
        place among identical rows."""
        if row.ref:
            self.places[row.ref] += 1
            return f"ref {self.places[row.ref]} {row.ref}"
        who = (row.email or "").casefold() or phone_digits(row.phone or "") or fold(row.name or "")
        content = (who, row.completed.isoformat(), row.title, row.amount, row.currency, row.category)
        self.places[content] += 1
        return "row " + "\x1f".join(map(str, (self.places[content], *content)))

    def _known(self, row: SaleRow, key: str) -> tuple[int, int | None] | None:
        """The id and amount of the sale that the row was before: imported, or written down by hand with its number."""
        found = self.db.execute("SELECT id, import_amount FROM sales WHERE import_key = ?", [key]).fetchone()
        if found is None and row.ref:
            found = self.db.execute(
                "SELECT id, amount FROM sales WHERE ref = ? AND import_key IS NULL ORDER BY id LIMIT 1 OFFSET ?",
                [row.ref, self.places[row.ref] - 1],
            ).fetchone()
        return (found[0], found[1]) if found else None

    def _compare(self, row: SaleRow, sale_id: int, amount: int | None) -> None:
        self.result.unchanged += 1
        if row.ref and row.amount != amount:
            before, now = (
                decimal_text(a, row.currency or "EUR") if a is not None else "none" for a in (amount, row.amount)
            )
            reason = (
                f"invoice {row.ref} has the amount {now}, sale {sale_id} had {before}: it stays, see followup sale edit"
            )
            self.result.reported.append(Rejected(row.line, reason))

    def _client(self, row: SaleRow) -> int:
        emails = (row.email,) if row.email else ()
        phones = (row.phone,) if row.phone else ()
        known = self.people.find(emails, phones, row.name, row.company)
        if known is None:
            name = row.name or (row.email or "").partition("@")[0] or row.phone or ""
            contact = Contact(id=0, name=name, added=self.book.today, emails=emails, phones=phones, company=row.company)
            contact = replace(contact, id=contacts.insert(self.db, contact))
            self.people.learn(contact)
            self.result.people += 1
            return contact.id
        if row.email and ("email", row.email.casefold()) not in self.people.points:
            before = contacts.load(self.db, known)
            after = replace(before, emails=(*before.emails, row.email))
            contacts.update(self.db, after)
            self.people.learn(after)
        return known

    def credit(self, row: SaleRow) -> int | None:
        """Cancels the sale whose invoice a credit note names; returns the contact that is touched, if any."""
        found = self.db.execute(
            "SELECT id FROM sales WHERE ref = ? ORDER BY canceled DESC, id LIMIT 1", [row.ref]
        ).fetchone()
        if found is None:
            self.result.rejected.append(Rejected(row.line, f"a credit note for {row.ref}, which is no known invoice"))
            return None
        sale = sales.load(self.db, found[0])
        if sale.canceled:
            self.result.unchanged += 1
            return None
        sales.update(self.db, replace(sale, canceled=True))
        self.result.updated += 1
        return sale.contact_id
