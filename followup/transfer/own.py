"""The tables of our own export, read back: every column of contacts and of sales."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from followup.core.dates import parse_birthday
from followup.core.identity import check_email, check_name, clean_line
from followup.core.model import CHANNELS, CHAT_NETWORKS, LOST_REASONS, SOCIAL_NETWORKS
from followup.core.period import parse_period
from followup.core.refusal import Refusal
from followup.transfer import cells as said
from followup.transfer.records import BadRow, ContactRow, SaleRow
from followup.transfer.spreadsheet import apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from followup.transfer.table import Row, Table

_YES = ("yes", "true", "1")
_ID = re.compile("[0-9]{1,18}")


def read_own_contacts(table: Table, today: date) -> Iterator[ContactRow | BadRow]:
    """The rows of `contacts.csv` as contacts. Their ids are not read: an import tells people by what they are."""
    for row in table.rows():
        try:
            yield _contact(row.line, _named(row, table.header), today)
        except Refusal as refusal:
            yield BadRow(row.line, str(refusal))


def read_own_sales(table: Table) -> Iterator[SaleRow | BadRow]:
    """The rows of `sales.csv` as sales, each naming its contact by e-mail, phone, name and company, and with its id,
    which tells it in the home that it came from."""
    for row in table.rows():
        cells: _Cells | None = None
        try:
            cells = _named(row, table.header)
            yield _sale(row.line, cells)
        except Refusal as refusal:
            yield BadRow(row.line, str(refusal), cells["ref"] or None if cells else None)


class _Cells(dict[str, str]):
    """The cells of a row by their columns; a column that is not there is empty."""

    def __missing__(self, column: str) -> str:
        return ""


def _named(row: Row, header: Sequence[str]) -> _Cells:
    if row.fault:
        raise Refusal(row.fault)
    return _Cells(zip(header, row.cells, strict=True))


def _contact(line: int, cells: _Cells, today: date) -> ContactRow:
    emails = (cells["email"], *apart(cells["emails"]))
    phones = (cells["phone"], *apart(cells["phones"]))
    return ContactRow(
        line=line,
        name=check_name(cells["name"]),
        emails=tuple(dict.fromkeys(check_email(email) for email in emails if email)),
        phones=tuple(dict.fromkeys(said.phone(phone) for phone in phones if phone)),
        company=clean_line(cells["company"]) or None,
        address=said.block(cells["address"]),
        birthday=parse_birthday(cells["birthday"], today) if cells["birthday"] else None,
        handles=dict(map(_handle, apart(cells["handles"]))),
        prefers=said.channel(cells["prefers"]),
        language=said.language(cells["language"]),
        every=_period(cells["every"]),
        tags=said.each_tag(apart(cells["tags"])),
        notes=said.block(cells["notes"]),
        dates=dict(map(said.named_day, apart(cells["dates"]))),
        opted_out=tuple(_one_of(text, (*CHANNELS, "all"), "channel") for text in apart(cells["opted_out"])),
        lost_reason=_one_of(cells["lost_reason"], LOST_REASONS, "reason") if cells["lost_reason"] else None,
        lost_on=_day(cells["lost_on"]),
        added=_day(cells["added"]),
    )


def _sale(line: int, cells: _Cells) -> SaleRow:
    amount, currency = said.amount(cells["amount"], cells["currency"], cells["currency"])
    completed = _day(cells["completed"])
    if not completed:
        raise Refusal("the date is empty: completed says when the job was finished")
    name = check_name(cells["name"]) if "name" in cells else None
    if not (name or cells["email"] or cells["phone"]):
        raise Refusal("it names nobody: give a name or an e-mail")
    return SaleRow(
        line=line,
        name=name,
        email=check_email(cells["email"]) if cells["email"] else None,
        phone=clean_line(cells["phone"]) or None,
        company=clean_line(cells["company"]) or None,
        title=check_name(cells["title"], "title"),
        completed=completed,
        amount=amount,
        currency=currency,
        currency_as=cells["currency"],
        ref=clean_line(cells["ref"]) or None,
        category=clean_line(cells["category"]) or None,
        tags=said.each_tag(apart(cells["tags"])),
        note=said.block(cells["note"]),
        warranty=_period(cells["warranty"]),
        warranty_until=_day(cells["warranty_until"]),
        service_every=_period(cells["service_every"]),
        lasts=_period(cells["lasts"]),
        dates=dict(map(said.named_day, apart(cells["dates"]))),
        canceled=cells["canceled"].casefold() in _YES,
        refunded=cells["refunded"].casefold() in _YES,
        starts_from=_day(cells["starts_from"]),
        id=int(cells["id"]) if _ID.fullmatch(cells["id"]) else None,
    )


def _handle(text: str) -> tuple[str, str]:
    net, _, name = text.partition(":")
    return _one_of(net, (*CHAT_NETWORKS, *SOCIAL_NETWORKS), "network"), check_name(name, "handle")


def _day(text: str) -> date | None:
    return said.whole_day(text) if text else None


def _period(text: str) -> str | None:
    return str(parse_period(text)) if text else None


def _one_of(text: str, known: Sequence[str], what: str) -> str:
    if text not in known:
        raise Refusal(f"'{clean_line(text)[:40]}' is no {what}: give one of {', '.join(known)}")
    return text
