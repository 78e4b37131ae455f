"""Rows of contacts into the book: a new contact, or one that is known and filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from followup.core.joining import join, opted_out_of
from followup.core.model import Contact
from followup.core.refusal import Refusal
from followup.store import contacts, sales
from followup.transfer.people import Edits, People, may_be_one
from followup.transfer.records import Aside, BadRow, ContactRow
from followup.transfer.result import Clash, Merged, Remark, Result, count

if TYPE_CHECKING:
    from datetime import date

    from followup.store.book import Book
    from followup.transfer.people import Match


class ContactTaker:
    """Takes the rows of one file of contacts."""

    def __init__(self, book: Book, result: Result) -> None:
        self.book = book
        self.result = result
        self.people = People(book.db)
        self.edits = Edits(book.db)
        self.strangers = Strangers(result, self.people, self.edits)

    def take(self, row: ContactRow | BadRow | Aside) -> int | None:
        """Adds or fills the contact of a row; returns its id if anything changed. Refuses a bad row."""
        if isinstance(row, BadRow):
            raise Refusal(row.reason)
        if isinstance(row, Aside):
            count(self.result.left_out, row.kind)
            self.result.notices.append(Remark(row.line, row.reason))
            return None
        match = self.people.find(row.emails, row.phones, row.name, row.company)
        for what in row.left_out:
            count(self.result.left_out, what)
        self.result.notices += [Remark(line, reason) for line, reason in row.unread]
        return self._fill(row, match) if match else self._add(row)

    def _add(self, row: ContactRow) -> int:
        new = _as_contact(row, self.book.today)
        emails, phones = self._new_points(0, row)
        new = replace(new, emails=emails, phones=phones)
        new = replace(new, id=contacts.insert(self.book.db, new))
        self.people.learn(new, emails, phones)
        self.result.added += 1
        return new.id

    def _fill(self, row: ContactRow, match: Match) -> int | None:
        before = self.edits.load(match.id)
        if match.by == "phone":
            self.strangers.meet(row.line, row.name, match)
        given = _as_contact(row, self.book.today)
        after, conflicts = join(before, given, _last_bought(self.book, before, given))
        emails, phones = self._new_points(match.id, row)
        after = replace(after, emails=before.emails + emails, phones=before.phones + phones)
        self.result.merged.append(Merged(row.line, before.id, before.name, match.by))
        self.result.clashes += [Clash(row.line, before.id, before.name, conflict) for conflict in conflicts]
        if after == before:
            self.result.unchanged += 1
            return None
        self.edits.keep(after)
        self.people.learn(after, emails, phones)
        self.result.updated += 1
        return after.id

    def _new_points(self, contact_id: int, row: ContactRow) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (
            self.people.new_points(contact_id, "e-mail", row.emails),
            self.people.new_points(contact_id, "phone", row.phones),
        )


def _as_contact(row: ContactRow, today: date) -> Contact:
    """What a row says, as a contact without e-mails and phones."""
    return Contact(
        id=0,
        name=row.name,
        added=min(row.added or today, today),
        company=row.company,
        address=row.address,
        birthday=row.birthday,
        handles=row.handles,
        prefers=row.prefers,
        language=row.language,
        every=row.every,
        tags=tuple(dict.fromkeys(map(str.lower, row.tags))),
        notes=row.notes,
        dates=row.dates,
        opted_out=opted_out_of(row.opted_out),
        lost_reason=row.lost_reason,
        lost_on=(row.lost_on or today) if row.lost_reason else None,
    )


def _last_bought(book: Book, known: Contact, given: Contact) -> date | None:
    """The day of the known contact's last sale, if the row makes it matter."""
    if known.lost or not given.lost:
        return None
    return sales.last_completed(book.db, known.id)


class Strangers:
    """Tells, once, who was known under another name: the phone may be a whole office's, and the e-mail a family's,
    which only a person can judge."""

    def __init__(self, result: Result, people: People, edits: Edits) -> None:
        self.notices = result.notices
        self.people = people
        self.edits = edits
        self.met: set[tuple[int, str]] = set()

    def meet(self, line: int, name: str, match: Match) -> None:
        """A row with this name was taken for a contact by the phone or the e-mail."""
        if self.people.is_called(match.id, name) or (match.id, name) in self.met:
            return
        self.met.add((match.id, name))
        known = self.edits.load(match.id)
        if not may_be_one([name], [known.name, known.company]):
            self.notices.append(Remark(line, f"{name} is taken for {known.name} ({known.id}), whose {match.by} it is"))
