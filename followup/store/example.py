"""The example business: the files that ship, read into a home as two years of work that end today."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from msgspec import Struct, toml
from msgspec.structs import replace

from followup.core.events import Saying, closed, event_of
from followup.core.model import Contact, Reminder, Sale
from followup.core.money import parse_money
from followup.core.period import parse_period
from followup.core.planner import Planner
from followup.store import contacts, events, followups, histories, sales

if TYPE_CHECKING:
    from followup.store.book import Book

EXAMPLES = Path(__file__).parent.parent / "examples"
if not EXAMPLES.is_dir():
    EXAMPLES = Path(__file__).parent.parent.parent / "examples"


class _Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something written down on a day: `ago` counts back from today, as every number of days in these files."""

    ago: int


class _Lost(Struct, frozen=True, forbid_unknown_fields=True):
    ago: int
    reason: str


class _Client(_Entry, frozen=True, kw_only=True):
    name: str
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    birthday: int | None = None
    handles: dict[str, str] = {}
    prefers: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    opted_out: tuple[str, ...] = ()
    lost: _Lost | None = None


class _Job(_Entry, frozen=True, kw_only=True):
    who: str
    title: str
    amount: str
    category: str
    tags: tuple[str, ...] = ()
    warranty: str | None = None
    service_every: str | None = None
    lasts: str | None = None
    ref: str


class _Happening(_Entry, frozen=True, kw_only=True):
    who: str
    kind: str
    text: str
    sale: str | None = None
    incoming: bool = False
    by: int | None = None
    rating: int | None = None
    of: str | None = None
    code: str | None = None
    value: str | None = None
    cost: str | None = None
    closed: int | None = None
    outcome: str | None = None


class _Answer(_Entry, frozen=True, kw_only=True):
    who: str
    rule: str
    how: Literal["done", "skipped"] = "done"
    note: str | None = None


class _Reminder(_Entry, frozen=True, kw_only=True):
    who: str
    day: int
    text: str
    channel: str


class _Clients(Struct, frozen=True, forbid_unknown_fields=True):
    contact: list[_Client]


class _Jobs(Struct, frozen=True, forbid_unknown_fields=True):
    sales: list[_Job]


class _Happenings(Struct, frozen=True, forbid_unknown_fields=True):
    events: list[_Happening]
    answers: list[_Answer]
    reminders: list[_Reminder]


_File = TypeVar("_File")


def _read(name: str, shape: type[_File]) -> _File:
    return toml.decode((EXAMPLES / name).read_bytes(), type=shape)


def business() -> dict[str, str]:
    """The example's [business] table."""
    return _read("business.toml", dict[str, str])


def fill(book: Book) -> tuple[int, int]:
    """Writes the example into an empty home, as one change: every entry in order, as if on its own day.

    Returns how many contacts and sales it has.
    """
    happenings = _read("events.toml", _Happenings)
    with book.change("demo") as changing:
        telling = _Telling(book)
        steps = [
            *((c.ago, partial(telling.add_contact, c)) for c in _read("contacts.toml", _Clients).contact),
            *((s.ago, partial(telling.add_sale, s)) for s in _read("sales.toml", _Jobs).sales),
            *((e.ago, partial(telling.add_event, e)) for e in happenings.events),
            *((r.ago, partial(telling.add_reminder, r)) for r in happenings.reminders),
            *((a.ago, partial(telling.answer, a)) for a in happenings.answers),
            *((e.closed, partial(telling.close_event, e)) for e in happenings.events if e.closed is not None),
        ]
        for _, step in sorted(steps, key=lambda step: -step[0]):
            step()
        changing.touch(*telling.people.values())
    return len(telling.people), len(telling.jobs)


class _Telling:
    """The example being told: who is in the file so far, and the days of the entries."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.db = book.db
        self.people: dict[str, int] = {}
        self.jobs: dict[tuple[str, str], Sale] = {}
        self.happened: dict[_Happening, int] = {}

    def day(self, ago: int) -> date:
        return self.book.today - timedelta(days=ago)

    def money(self, text: str) -> tuple[int, str]:
        return parse_money(text, self.book.config.currency)

    def add_contact(self, client: _Client) -> None:
        birthday = None if client.birthday is None else f"--{self.day(client.birthday):%m-%d}"
        contact = Contact(
            id=0,
            name=client.name,
            added=self.day(client.ago),
            emails=(client.email,) if client.email else (),
            phones=(client.phone,) if client.phone else (),
            company=client.company,
            address=client.address,
            birthday=birthday,
            handles=client.handles,
            prefers=client.prefers,
            tags=client.tags,
            notes=client.notes,
            opted_out=client.opted_out,
            lost_reason=client.lost.reason if client.lost else None,
            lost_on=self.day(client.lost.ago) if client.lost else None,
        )
        self.people[client.name] = contacts.insert(self.db, contact)

    def add_sale(self, job: _Job) -> None:
        day = self.day(job.ago)
        amount, currency = self.money(job.amount)
        sale = Sale(
            id=0,
            contact_id=self.people[job.who],
            title=job.title,
            completed=day,
            entered=day,
            amount=amount,
            currency=currency,
            category=job.category,
            tags=job.tags,
            warranty=job.warranty,
            warranty_until=self.book.planner.workdays.add(day, parse_period(job.warranty)) if job.warranty else None,
            service_every=job.service_every,
            lasts=job.lasts,
            ref=job.ref,
        )
        self.jobs[job.who, job.title] = replace(sale, id=sales.insert(self.db, sale))

    def add_event(self, happening: _Happening) -> None:
        day = self.day(happening.ago)
        cost, currency = self.money(happening.cost) if happening.cost else (None, None)
        saying = Saying(
            kind=happening.kind,
            on=day,
            text=happening.text,
            incoming=happening.incoming,
            by=None if happening.by is None else self.day(happening.by),
            rating=happening.rating,
            of_id=self.people[happening.of] if happening.of else None,
            of_name=happening.of,
            code=happening.code,
            value=happening.value,
            cost=cost,
            cost_currency=currency,
        )
        sale = self.jobs[happening.who, happening.sale] if happening.sale else None
        event = event_of(saying, self.people[happening.who], sale, day)
        self.happened[happening] = events.insert(self.db, event)

    def close_event(self, happening: _Happening) -> None:
        assert happening.closed is not None
        day = self.day(happening.closed)
        event = events.load(self.db, self.happened[happening])
        events.update(self.db, closed(event, happening.outcome, day, day))

    def add_reminder(self, reminder: _Reminder) -> None:
        events.insert_reminder(
            self.db,
            Reminder(
                id=0,
                contact_id=self.people[reminder.who],
                day=self.day(reminder.day),
                text=reminder.text,
                channel=reminder.channel,
            ),
        )

    def answer(self, answer: _Answer) -> None:
        """Answers what the rule had open that day; nothing where it had none."""
        day = self.day(answer.ago)
        contact_id = self.people[answer.who]
        planner = Planner(self.book.rules, self.book.config.business, self.book.planner.workdays, day)
        plan = planner.plan(histories.of_contact(self.db, contact_id))
        followups.write_plan(self.db, ("contact_id = ?", (contact_id,)), plan, self.book.uid_of)
        rows = (
            row for row in followups.of_contact(self.db, contact_id) if row.plan == "open" and row.rule == answer.rule
        )
        row = next(rows, None)
        if row is None:
            return
        if answer.how == "done":
            followups.done(self.db, row, day, day, answer.note)
        else:
            followups.close(self.db, row, "skipped", day, answer.note)
