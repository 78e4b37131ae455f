"""The rows of a file of sales, one by one: which sale each is, what is new, and what is only reported."""

from __future__ import annotations

import unicodedata
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from followup.core.dates import check_year
from followup.core.identity import name_from_email, phone_digits
from followup.core.model import Contact, Sale
from followup.core.money import decimal_text, exponent, parse_currency
from followup.core.period import parse_period
from followup.core.refusal import Refusal
from followup.store import contacts, sales
from followup.transfer.contact_taking import Strangers
from followup.transfer.people import Edits, People, may_be_one
from followup.transfer.records import BadRow, SaleRow
from followup.transfer.result import Remark, Result, count
from followup.transfer.sifting import PassedRow

if TYPE_CHECKING:
    from datetime import date

    from followup.store.book import Book
    from followup.transfer.people import Match


class _Kept(NamedTuple):
    """A sale as an import left it: what it cost then, whatever it was edited to since; if it was, the currency is not
    that of the import."""

    id: int
    contact_id: int
    amount: int | None
    currency: str | None
    canceled: int
    by_hand: int
    edited: int

    def is_in(self, currency: str | None) -> bool:
        """Whether it may have been in a currency."""
        return bool(self.edited) or None in (self.currency, currency) or self.currency == currency


_KEPT = (
    "SELECT id, contact_id, iif(import_key IS NULL, amount, import_amount), currency, canceled, import_key IS NULL,"
    " import_key IS NOT NULL AND amount IS NOT import_amount FROM sales WHERE"
)
_NUMBERED = (
    "SELECT id, contact_id, amount, currency, canceled, import_key IS NULL, 0 FROM sales"
    " WHERE ref = ? AND (import_key IS NULL OR import_key < ? OR import_key >= ?) ORDER BY id"
)
_SAME = (
    "SELECT contact_id FROM sales WHERE id = ? AND title = ? AND completed = ? AND amount IS ? AND currency IS ?"
    " AND ref IS ? AND canceled >= ?"
)


class SaleTaker:
    """Takes the rows of one file of sales."""

    def __init__(self, book: Book, result: Result, starts_from: date | None) -> None:
        self.book = book
        self.db = book.db
        self.result = result
        self.starts_from = starts_from
        self.people = People(book.db)
        self.edits = Edits(book.db)
        self.strangers = Strangers(result, self.people, self.edits)
        self.places: Counter[object] = Counter()
        self.taken: set[int] = set()
        self.credit_notes: list[SaleRow] = []
        self.credited: set[int] = set()

    def take(self, row: SaleRow | BadRow | PassedRow) -> int | None:
        """Adds the sale of a row, and its contact where they are new; returns the contact that is touched, if any.

        Credit notes are put aside for `credit`, because their invoice may come later. Refuses a bad row, a credit note
        for no invoice, and a person who may be two.
        """
        if isinstance(row, BadRow):
            if row.ref:
                self.places[row.ref] += 1  # once it is mended, the invoice's other rows still have their places
            raise Refusal(row.reason)
        if isinstance(row, PassedRow):
            count(self.result.passed_over, row.what)
            return None
        for what in row.left_out:
            count(self.result.left_out, what)
        if row.amount is not None and row.amount < 0:
            if not row.ref:
                raise Refusal("a negative amount that names no invoice: give the invoice's number, or take the row out")
            self.credit_notes.append(row)
            return None
        if row.remark:
            self.result.notices.append(Remark(row.line, row.remark))
        key, unpriced, kept = self._by_number(row.ref) if row.ref else self._by_content(row)
        if row.id and self._is_at_home(row):
            self.result.unchanged += 1
            return None
        if kept:
            return self._compare(row, key, kept)
        if kept := self._keyed(unpriced):
            return self._fill_in(row, key, kept)
        sale = self._sale(row)
        contact_id = self._contact(row)
        self.taken.add(sales.insert(self.db, replace(sale, contact_id=contact_id), key))
        self.result.added += 1
        return contact_id

    def _by_number(self, ref: str) -> tuple[str, str, _Kept | None]:
        """What tells a row again, twice: its invoice number and place among the rows of that number. And the sale that
        it was before: imported as such, or written down or imported otherwise and given the number."""
        self.places[ref] += 1
        first = _invoice(ref)
        key = f"{first}{self.places[ref]}"
        if kept := self._keyed(key):
            return key, key, kept
        numbered = map(_Kept._make, self.db.execute(_NUMBERED, [ref, first, first + ":"]))
        kept = next((kept for kept in numbered if kept.id not in self.taken), None)
        if kept:
            self.taken.add(kept.id)
        return key, key, kept

    def _by_content(self, row: SaleRow) -> tuple[str, str, _Kept | None]:
        """What tells a row without a number again: its content and place among identical rows. What would tell it if no
        amount had been read from the file, as when the column was not known. And the sale that it was before.

        The currency is no part of the content: where the file names none it is the configuration's, which may change.
        """
        who = (row.email or "").casefold() or phone_digits(row.phone or "") or _key_name(row.name or "")
        amount = "" if row.amount is None else Decimal(_money(row.amount, row.currency)).normalize()
        what, category = (who, row.completed.isoformat(), row.title), row.category or ""
        self.places[*what, amount, category] += 1
        self.places[*what, category] += 1
        key = _content(*what, amount, category, self.places[*what, amount, category])
        return key, _content(*what, "", category, self.places[*what, category]), self._keyed(key)

    def _is_at_home(self, row: SaleRow) -> bool:
        """Whether a row of our own export is a sale of this very home, which is as it was."""
        is_as = [row.id, row.title, row.completed.isoformat(), row.amount, row.currency, row.ref, row.canceled]
        found = self.db.execute(_SAME, is_as).fetchone()
        return bool(found) and self.people.is_called(found[0], row.name or "")

    def _keyed(self, key: str) -> _Kept | None:
        found = self.db.execute(f"{_KEPT} import_key = ?", [key]).fetchone()
        return _Kept(*found) if found else None

    def _fill_in(self, row: SaleRow, key: str, kept: _Kept) -> int | None:
        """Gives a sale that was imported without its amount the key of its row, and the amount unless it has one by
        now; returns the contact then."""
        sale = sales.load(self.db, kept.id)
        told = [key, row.amount, kept.id]
        self.db.execute("UPDATE sales SET import_key = ?, import_amount = ? WHERE id = ?", told)
        if row.amount is None or sale.amount is not None:
            self.result.unchanged += 1
            return None
        sales.update(self.db, replace(sale, amount=row.amount, currency=row.currency))
        self.result.updated += 1
        return sale.contact_id

    def _compare(self, row: SaleRow, key: str, kept: _Kept) -> int | None:
        """Reports another person or amount, and cancels the sale where it was taken back since; returns the contact if
        anything of them changed."""
        if row.ref and self._is_for_another(row, kept):
            self._tell_another(row, kept)
            return None
        if kept.by_hand:
            self.db.execute("UPDATE sales SET import_key = ?, import_amount = amount WHERE id = ?", [key, kept.id])
        gained = kept.contact_id if row.ref and self._gains_email(row, kept.contact_id) else None
        meant = row if kept.edited else _meant(row, kept.currency)
        if kept.is_in(meant.currency) and (not row.ref or meant.amount == kept.amount):
            if row.canceled and not kept.canceled:
                return self._cancel([kept])[0]
            if gained:
                self.result.updated += 1
            else:
                self.result.unchanged += 1
            return gained
        before, now = (f"{_money(m.amount, m.currency)} {m.currency or ''}".strip() for m in (kept, row))
        what = f"invoice {row.ref}" if row.ref else "it"
        advice = "see followup sale edit" if row.ref else "if it is another, followup sale add"
        reason = f"{what} is {now} here and was {before} in sale {kept.id}, which stays: {advice}"
        self.result.reported.append(Remark(row.line, reason))
        return gained

    def _is_for_another(self, row: SaleRow, kept: _Kept) -> bool:
        """Whether a row of a known invoice clearly names another person than the contact of its sale.

        A row with the day and title of an imported sale may be its own, whose contact was changed since: only an e-mail
        that is another's tells there.
        """
        if row.email and self.people.has_email(row.email):
            return not self.people.has_email(row.email, kept.contact_id)
        if not row.name or self.people.is_called(kept.contact_id, row.name):
            return False
        try:
            match = self._find(row)
        except Refusal:  # of several: it may be any of them
            return False
        if match and match.id == kept.contact_id:
            return False
        known, sale = self.edits.load(kept.contact_id), sales.load(self.db, kept.id)
        is_credit = row.amount is not None and row.amount < 0
        if not (kept.by_hand or is_credit) and (row.title, row.completed) == (sale.title, sale.completed):
            return False
        return not may_be_one([row.name, row.company], [known.name, known.company])

    def _tell_another(self, row: SaleRow, kept: _Kept) -> None:
        known = self.edits.load(kept.contact_id).name
        reason = (
            f"invoice {row.ref} is for {row.name or row.email} here and was for {known} in sale {kept.id}, which stays"
        )
        self.result.reported.append(Remark(row.line, reason))

    def _gains_email(self, row: SaleRow, contact_id: int) -> bool:
        """Gives the contact of a known invoice the e-mail that its row has, if that is new and the name is theirs."""
        if not (row.email and row.name and self.people.is_called(contact_id, row.name)):
            return False
        if self.people.has_email(row.email):
            return False
        before = self.edits.load(contact_id)
        after = replace(before, emails=(*before.emails, row.email))
        self.edits.keep(after)
        self.people.learn(after, [row.email], ())
        return True

    def _find(self, row: SaleRow) -> Match | None:
        emails, phones = ([value] if value else [] for value in (row.email, row.phone))
        return self.people.find(emails, phones, row.name, row.company)

    def _sale(self, row: SaleRow) -> Sale:
        periods = {"warranty": row.warranty, "service_every": row.service_every, "lasts": row.lasts}
        ends = {
            name: check_year(self.book.planner.workdays.add(row.completed, parse_period(period)))
            for name, period in periods.items()
            if period
        }
        return Sale(
            id=0,
            contact_id=0,
            title=row.title,
            completed=row.completed,
            entered=self.book.today,
            amount=row.amount,
            currency=row.currency,
            category=row.category,
            tags=tuple(dict.fromkeys(map(str.lower, row.tags))),
            warranty=str(parse_period(row.warranty)) if row.warranty else None,
            warranty_until=row.warranty_until or ends.get("warranty"),
            service_every=row.service_every,
            lasts=row.lasts,
            dates=row.dates,
            ref=row.ref,
            note=row.note,
            canceled=row.canceled,
            refunded=row.refunded,
            starts_from=max(filter(None, (row.starts_from, self.starts_from)), default=None),
        )

    def _contact(self, row: SaleRow) -> int:
        """The contact of a row: added where they are new, else with the e-mail gained, and regained if they were lost
        before the sale."""
        emails = [row.email] if row.email else []
        phones = [row.phone] if row.phone else []
        match = self._find(row)
        if match is None:
            return self._new_contact(row, tuple(emails), tuple(phones))
        if match.by != "name" and row.name:
            self.strangers.meet(row.line, row.name, match)
        lost_on = self.people.lost.get(match.id)
        regained = lost_on is not None and row.completed > lost_on and not row.canceled
        if not regained and all(map(self.people.has_email, emails)):
            return match.id
        before = self.edits.load(match.id)
        gained = self.people.new_points(match.id, "e-mail", emails)
        after = replace(before, emails=before.emails + gained)
        if regained:
            after = replace(after, lost_reason=None, lost_on=None)
            self.result.notices.append(Remark(row.line, f"{before.name} was lost on {lost_on} and is regained"))
        self.edits.keep(after)
        self.people.learn(after, gained, ())
        return match.id

    def _new_contact(self, row: SaleRow, emails: tuple[str, ...], phones: tuple[str, ...]) -> int:
        name = row.name or (name_from_email(row.email) if row.email else row.phone or "")
        contact = Contact(id=0, name=name, added=self.book.today, emails=emails, phones=phones, company=row.company)
        contact = replace(contact, id=contacts.insert(self.db, contact))
        self.people.learn(contact, emails, phones)
        self.result.people += 1
        return contact.id

    def credit(self, row: SaleRow) -> list[int]:
        """Cancels what a credit note credits; returns the contacts that are touched.

        Of an invoice with several sales that is the one of that amount, or all of them where it is their sum. A part of
        a payment that was paid back is reported, and so is a credit note for another person. Refuses an unknown
        invoice, one in another currency, and an amount that could be for any of several sales.
        """
        assert row.ref is not None
        first = _invoice(row.ref)
        found = self.db.execute(
            f"{_KEPT} (import_key >= ? AND import_key < ?) OR ref = ? ORDER BY canceled DESC, id",
            [first, first + ":", row.ref],
        ).fetchall()
        if not found:
            raise Refusal(
                f"the amount is negative and {row.ref} is the number of no known invoice: put the number of the invoice"
                " that it takes back there, or take the row out and see followup sale cancel"
            )
        invoiced = [_Kept(*kept) for kept in found]
        known = [kept for kept in invoiced if row.whole or kept.canceled or not self._is_for_another(row, kept)]
        if not known:
            self._tell_another(row, invoiced[0])
            return []
        currencies = list(dict.fromkeys(kept.currency for kept in known if kept.currency and not kept.edited))
        if currencies and row.currency not in currencies:
            row = _meant(row, currencies[0])
        assert row.amount is not None
        fitting = [kept for kept in known if kept.is_in(row.currency)]
        if not fitting:
            raise Refusal(
                f"a credit note in {row.currency} for {row.ref}, which is in {' and '.join(currencies)}: correct it,"
                " or take the row out and see followup sale cancel"
            )
        chosen = self._credited_by(row, fitting)
        paid = sum(kept.amount or 0 for kept in chosen)
        if row.whole and -row.amount < paid:
            part, whole = (f"{_money(amount, row.currency)} {row.currency}" for amount in (-row.amount, paid))
            reason = f"{part} of {whole} for {row.ref} was paid back: sale {chosen[0].id} stays, see followup sale edit"
            self.result.reported.append(Remark(row.line, reason))
            return []
        self.credited.update(kept.id for kept in chosen)
        canceled = [kept for kept in chosen if not kept.canceled]
        if canceled and -row.amount < paid:
            self._tell_part(row, canceled[0])
        return self._cancel(canceled)

    def _tell_part(self, row: SaleRow, kept: _Kept) -> None:
        """That a credit note of less cancels a sale, and how it stays if that was only a part."""
        less, whole = f"{_money(-(row.amount or 0), row.currency)} {row.currency}", _money(kept.amount, kept.currency)
        title = sales.load(self.db, kept.id).title
        reason = (
            f"credit note of {less} cancels sale {kept.id} ({title}, {whole} {kept.currency}): if it was only a part,"
            " followup undo, take the row out, and import the file again"
        )
        self.result.notices.append(Remark(row.line, reason))

    def _cancel(self, kept: list[_Kept]) -> list[int]:
        """Cancels sales that one row takes back, if any is left to cancel; returns their contacts."""
        canceled = [sales.load(self.db, known.id) for known in kept]
        for sale in canceled:
            sales.update(self.db, replace(sale, canceled=True))
        if canceled:
            self.result.updated += 1
        else:
            self.result.unchanged += 1
        return [sale.contact_id for sale in canceled]

    def _credited_by(self, row: SaleRow, invoiced: list[_Kept]) -> list[_Kept]:
        amount = -(row.amount or 0)
        left = [kept for kept in invoiced if kept.id not in self.credited]
        same = [kept for kept in left if kept.amount == amount]
        if same:
            return same[:1]
        if len(invoiced) == 1 or not left or sum(kept.amount or 0 for kept in left) == amount:
            return left
        listed = ", ".join(str(kept.id) for kept in left)
        raise Refusal(
            f"a credit note for a part of invoice {row.ref}, which could be for sale {listed}:"
            " take the row out and see followup sale cancel"
        )


_AS_TYPED = str.maketrans("‘’ʼ´`‐‑–", "'''''---")


def _key_name(name: str) -> str:
    """A name as it stands in the keys of rows: without case, accents and doubled spaces.

    It must never change, even where names come to be compared otherwise: the keys in data files depend on it.
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_AS_TYPED))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).casefold().split())


def _content(*parts: object) -> str:
    """The key of a row without a number, from its content and place."""
    return "row " + "\x1f".join(map(str, parts))


def _invoice(ref: str) -> str:
    """What the keys of all rows of an invoice begin with; their place follows, in digits."""
    return f"ref {ref}\x1f"


def _may_mean(row: SaleRow, currency: str | None) -> bool:
    """Whether the file may mean a currency: it names none, or has a mark such as $ that may stand for it."""
    if not row.currency_as or not currency:
        return True
    try:
        return parse_currency(row.currency_as, currency) == currency
    except Refusal:
        return False


def _meant(row: SaleRow, currency: str | None) -> SaleRow:
    """The row in the currency of a known sale, where its file may mean that: then it is in another only because the
    configuration's was another."""
    if row.amount is None or not row.currency or currency in (None, row.currency) or not _may_mean(row, currency):
        return row
    amount = Decimal(row.amount).scaleb(exponent(currency) - exponent(row.currency))
    return replace(row, amount=int(amount), currency=currency) if amount == int(amount) else row


def _money(amount: int | None, currency: str | None) -> str:
    return "nothing" if amount is None or currency is None else decimal_text(amount, currency)
