"""What is shown of contacts and sales: a line in a list, a whole sale, and the brief to read before a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.cli import output, shapes
from followup.cli.choosing import todays
from followup.core.agenda import agenda, list_order
from followup.store import followups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from followup.cli.output import Cell
    from followup.core.agenda import Entry, Standing
    from followup.core.model import Contact, Event, History, Sale
    from followup.store.book import Book
    from followup.store.contacts import Summary

CONTACT_COLUMNS = ("id", "name", "email", "phone", "company", "tags", "last_contact", "sales")
SALE_COLUMNS = ("id", "completed", "contact", "title", "amount", "currency", "category", "ref", "state")
_MOST = 5
"""How many sales and how many touches the brief goes back."""


def show_contacts(rows: Iterable[Summary], today: date, empty: str = "") -> None:
    """A table of contacts, the lost ones dimmed."""
    rows = list(rows)
    lost = {row.id for row in rows if row.lost}
    output.table(
        CONTACT_COLUMNS,
        [(*row[:5], ", ".join(row.tags), row.last_contact, row.sales) for row in rows],
        today=today,
        style=lambda column, row: "dim" if row[0] in lost else "",
        right=("sales",),
        cut=("email",),
        empty=empty,
    )


def in_list(book: Book, rows: Iterable[Standing]) -> list[Entry]:
    """Open follow-ups with the states that they have in today's list, in its order."""
    now = {entry.standing.id: entry for entry in todays(book)}
    entries = [now.get(row.id) or agenda([row], book.today, 0)[0] for row in rows]
    return sorted(entries, key=lambda entry: list_order(entry.standing))


def open_of(book: Book, contact_id: int) -> list[Entry]:
    """What is planned for a contact, in the order of the list."""
    now = [entry for entry in todays(book) if entry.standing.contact_id == contact_id]
    known = {entry.standing.id for entry in now}
    rows = followups.of_contact(book.db, contact_id)
    later = [row for row in rows if row.plan == "open" and row.last >= book.today and row.id not in known]
    return sorted(now + agenda(later, book.today, 0), key=lambda entry: list_order(entry.standing))


def as_json(history: History, planned: list[Entry], today: date) -> dict[str, Any]:
    """The contact's shape, with what the brief adds to it, the latest first and what is planned by day."""
    name = history.contact.name
    events = history.events[::-1]
    return shapes.contact(history, today) | {
        "recent_sales": [shapes.sale(sale, name) for sale in history.sales[: -_MOST - 1 : -1]],
        "recent_touches": [shapes.event(event, name) for event in events if event.touch][:_MOST],
        "open_events": [shapes.event(event, name) for event in events if event.open],
        "planned": [shapes.followup(entry.standing, entry.state, today) for entry in planned],
    }


def show_brief(history: History, planned: list[Entry], today: date) -> None:
    """Who they are, how to reach them, what they bought, what is open, what was said last and what is planned."""
    output.record(_labelled(_brief(history, planned, today)), today=today)


def glance(history: History, today: date) -> Iterator[tuple[str, Cell]]:
    """The little to know before writing to someone, each with its label: who they are, and when and how you were last
    in touch."""
    contact = history.contact
    yield "who", ", ".join(filter(None, (contact.name, contact.company)))
    yield "client", _client(history)
    touches = [(event.on, _touch_line(event)) for event in history.events if event.touch and event.on <= today]
    touches += [(sale.completed, _sale_line(sale)) for sale in history.sales if sale.completed <= today]
    yield "last", max(touches, key=lambda touch: touch[0], default=(today, None))[1]
    yield "notes", contact.notes


def _labelled(sections: Iterable[tuple[str, Iterable[Cell]]]) -> Iterator[tuple[str, Cell]]:
    """Each value beside its label; on a terminal the label stands beside the first one only."""
    for label, values in sections:
        for n, value in enumerate(values):
            yield (label if n == 0 or not output.on_terminal() else ""), value


def _brief(history: History, planned: list[Entry], today: date) -> Iterator[tuple[str, Iterable[Cell]]]:
    from followup.core.facts import last_touch

    events = history.events[::-1]
    yield from _person(history.contact)
    yield "client", [_client(history)]
    yield "last contact", [last_touch(history, today)]
    yield "bought", [_sale_line(sale) for sale in history.sales[: -_MOST - 1 : -1]]
    yield "open", [_open_line(e) for e in events if e.open and e.kind != "perk"]
    yield "perks", [_open_line(e) for e in events if e.open and e.kind == "perk"]
    yield "ratings", [", ".join(f"{e.rating}/10 on {e.on}" for e in events if e.rating is not None) or None]
    yield "last words", [_touch_line(e) for e in events if e.touch][:_MOST]
    yield "planned", [_planned_line(entry) for entry in planned]
    yield "notes", [history.contact.notes]


def _person(contact: Contact) -> Iterator[tuple[str, Iterable[Cell]]]:
    yield "id", [contact.id]
    yield "name", [contact.name]
    yield "company", [contact.company]
    yield "lost", [f"{contact.lost_reason}, on {contact.lost_on}" if contact.lost else None]
    yield "email", contact.emails
    yield "phone", contact.phones
    yield "handles", [f"{net}: {name}" for net, name in contact.handles.items()]
    yield "address", [contact.address]
    yield "prefers", [contact.prefers]
    yield "opted out", [", ".join(contact.opted_out) or None]
    yield "language", [contact.language]
    yield "birthday", [contact.birthday]
    yield "dates", [f"{name}: {day}" for name, day in contact.dates.items()]
    yield "every", [contact.every]
    yield "tags", [", ".join(contact.tags) or None]


def _client(history: History) -> str:
    from followup.core.facts import since, spent
    from followup.core.money import decimal_text

    sums = " and ".join(f"{decimal_text(total, currency)} {currency}" for currency, total in spent(history).items())
    count = len(history.sales)
    bought = f"{count} sale{'s' * (count != 1)}" + (f" for {sums}" if sums else "")
    return f"since {since(history)}, {bought}"


def show_sales(found: Sequence[tuple[Sale, str]], today: date) -> None:
    """A table of sales with the names of their contacts, the canceled ones dimmed."""
    dim = {sale.id for sale, _ in found if sale.canceled}
    rows: list[tuple[Cell, ...]] = [_sale_row(sale, name) for sale, name in found]
    columns: tuple[str, ...] = SALE_COLUMNS
    if output.on_terminal():
        rows = [(*row[:4], amount_text(sale), *row[6:]) for row, (sale, _) in zip(rows, found, strict=True)]
        columns = (*columns[:5], *columns[6:])
    output.table(
        columns,
        rows,
        today=today,
        style=lambda column, row: "dim" if row[0] in dim else "",
        right=("amount",),
        empty="No sales: followup sale add WHO TITLE adds one.",
    )


def show_sale(sale: Sale, name: str, planned: list[Entry], today: date) -> None:
    """One sale, whole, with what is planned for it."""
    output.record(_labelled(_sale(sale, name, planned)), today=today)


def _sale_row(sale: Sale, name: str) -> tuple[Cell, ...]:
    amount = amount_text(sale).partition(" ")[0]
    return (sale.id, sale.completed, name, sale.title, amount, sale.currency, sale.category, sale.ref, _state(sale))


def _sale(sale: Sale, name: str, planned: list[Entry]) -> Iterator[tuple[str, Iterable[Cell]]]:
    yield "id", [sale.id]
    yield "contact", [f"{name} ({sale.contact_id})"]
    yield "title", [sale.title]
    yield "amount", [amount_text(sale)]
    yield "completed", [sale.completed]
    yield "state", [_state(sale)]
    yield "category", [sale.category]
    yield "tags", [", ".join(sale.tags)]
    yield "warranty until", [sale.warranty_until]
    yield "service every", [sale.service_every]
    yield "lasts", [sale.lasts]
    yield "dates", [f"{date_name}: {day}" for date_name, day in sale.dates.items()]
    yield "ref", [sale.ref]
    yield "note", [sale.note]
    yield "planned", [_planned_line(entry) for entry in planned]


def _state(sale: Sale) -> str:
    return "canceled" if sale.canceled else "refunded" if sale.refunded else ""


def amount_text(sale: Sale) -> str:
    """What a sale cost, as a decimal with its currency; '' if that is not known."""
    from followup.core.money import decimal_text

    if sale.amount is None or sale.currency is None:
        return ""
    return f"{decimal_text(sale.amount, sale.currency)} {sale.currency}"


def _sale_line(sale: Sale) -> str:
    warranty = f"warranty until {sale.warranty_until}" if sale.warranty_until else ""
    facts = [sale.title, amount_text(sale), warranty, "refunded" if sale.refunded else "", sale.note or ""]
    return f"{sale.completed}  {', '.join(filter(None, facts))}"


def _open_line(event: Event) -> str:
    what = " ".join(filter(None, (event.kind, event.code, event.value)))
    until = f", {'until' if event.kind == 'perk' else 'by'} {event.due}" if event.due else ""
    return f"{event.on}  {what} (event {event.id}{until}){_said(event)}"


def _touch_line(event: Event) -> str:
    rating = f" {event.rating}/10" if event.rating is not None else ""
    of = f" of {event.of_name}" if event.of_name else ""
    return f"{event.on}  {event.kind}{rating}{of}{' from them' if event.incoming else ''}{_said(event)}"


def _said(event: Event) -> str:
    return f": {event.text}" if event.text else ""


def _planned_line(entry: Entry) -> str:
    row = entry.standing
    state = "" if entry.state == "upcoming" else f", {entry.state}"
    return f"{row.day}  {row.title} ({row.id}, {row.channel or row.missing or 'no channel'}{state})"
