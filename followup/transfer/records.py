"""What the rows of a file are once they are read: a contact, a sale, a bad row, or something set aside."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class ContactRow(Struct, frozen=True, kw_only=True):
    """A good row of a file of contacts. `birthday` is `YYYY-MM-DD` or `--MM-DD`; what is absent is None or empty.

    `left_out` names, each once, what the row holds that has no place in a contact; `unread` has the line and the reason
    of each thing that could not be read.
    """

    line: int
    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    company: str | None = None
    address: str | None = None
    birthday: str | None = None
    handles: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    notes: str | None = None
    language: str | None = None
    prefers: str | None = None
    every: str | None = None
    dates: dict[str, date] = {}
    opted_out: tuple[str, ...] = ()
    lost_reason: str | None = None
    lost_on: date | None = None
    added: date | None = None
    left_out: tuple[str, ...] = ()
    unread: tuple[tuple[int, str], ...] = ()


class SaleRow(Struct, frozen=True, kw_only=True):
    """A good row of a file of sales. `amount` is the total of the row in minor units; a credit note's is negative.

    It names a person by at least one of `name`, `email` and `phone`; `warranty`, `service_every` and `lasts` are each a
    PERIOD. `currency_as` is how the file writes the currency: a code, a mark that may be that of several, or empty
    where the currency is the configuration's. `id` is what our own export says that the sale had. `whole` says that it
    takes back a payment, which cancels the sale only if it is all that was paid; `canceled` that the sale was taken
    back by the time of the file; `remark` is to be told of it, and `left_out` names what the row holds that has no
    place in a sale.
    """

    line: int
    name: str | None
    email: str | None
    phone: str | None
    company: str | None
    title: str
    completed: date
    amount: int | None
    currency: str | None
    currency_as: str = ""
    ref: str | None
    category: str | None
    tags: tuple[str, ...]
    note: str | None
    warranty: str | None
    warranty_until: date | None = None
    service_every: str | None = None
    lasts: str | None = None
    dates: dict[str, date] = {}
    canceled: bool = False
    refunded: bool = False
    starts_from: date | None = None
    id: int | None = None
    whole: bool = False
    remark: str | None = None
    left_out: tuple[str, ...] = ()


class BadRow(Struct, frozen=True):
    """A row that cannot be taken, with the line where it begins and the invoice that it names, if it does."""

    line: int
    reason: str
    ref: str | None = None


class Aside(Struct, frozen=True):
    """What stands among the rows and is no person, such as a group of contacts (`kind`): left out, and told of."""

    line: int
    kind: str
    reason: str
