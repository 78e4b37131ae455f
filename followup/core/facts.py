"""What rules and messages can see of a contact, a sale and an event: the fields, by the names that people write.

One follow-up is looked at from its start and its due day. Conditions read field by field; titles and messages see the
same fields through `View`.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from followup.core.model import CASES, ERASED, EVENT_KINDS, TROUBLE, Event, History, Sale
from followup.core.money import decimal_text, exponent
from followup.core.naming import first_name
from followup.core.period import Workdays, in_year, parse_period

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

KINDS = (*EVENT_KINDS, "sale", "touch", "case", "trouble")
"""What `open`, `happened` and `count` can be asked about."""

GROUPS = {"case": CASES, "trouble": TROUBLE}


_WEEKDAYS = Workdays()


class Money(Struct, frozen=True):
    """An exact amount in minor units of a currency; as text it is a plain decimal."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return decimal_text(self.minor, self.currency)

    __repr__ = __str__
    """As it shows in what is spent by currency."""


class Facts:
    """A contact's history as seen from one follow-up: `start` is the starting day, `due` the day it falls due.

    `begun_by` is the sale or event that the days count from, which `happened` leaves out. `occasion` is the service
    date that a `service` rule speaks of; `usual` tells how often the contact buys.
    """

    __slots__ = (
        "__dict__",
        "begun_by",
        "business",
        "due",
        "event",
        "history",
        "occasion",
        "rule",
        "sale",
        "start",
        "today",
        "usual",
        "workdays",
    )

    def __init__(
        self,
        history: History,
        business: Mapping[str, str],
        *,
        rule: str = "",
        sale: Sale | None = None,
        event: Event | None = None,
        begun_by: Sale | Event | None = None,
        start: date,
        due: date,
        occasion: date | None = None,
        usual: str | None = None,
        today: date | None = None,
        workdays: Workdays = _WEEKDAYS,
    ) -> None:
        self.history = history
        self.business = business
        self.rule = rule
        self.sale = sale
        self.event = event
        self.begun_by = begun_by or event or sale
        self.start = start
        self.due = due
        self.occasion = occasion
        self.usual = usual
        self.today = today
        self.workdays = workdays

    def read(self, root: str, field: str) -> Any:
        """A field's value as conditions compare it: dates as ISO text, money as an exact decimal; None when absent."""
        value = self.field(root, field)
        if isinstance(value, dict):
            return {name: _comparable(inner) for name, inner in value.items()}
        return _comparable(value)

    def field(self, root: str, field: str) -> Any:
        """A field's value as messages show it; None when it is absent, or what it belongs to is."""
        if root == "me":
            return self.business.get(field)
        if (root == "sale" and self.sale is None) or (root == "event" and self.event is None):
            return None
        return FIELDS[root][field](self)

    def ask(self, question: str, kind: str) -> bool | int:
        """`open` and `happened`: whether anything is found of that kind; `count`: how much."""
        found = self.found(question, kind)
        return len(found) if question == "count" else bool(found)

    def found(self, question: str, kind: str) -> Sequence[Sale | Event]:
        """What there is of a kind. `open`: open now; `happened`: since the starting day, the starting one left out;
        `count`: all on record."""
        if kind == "sale":
            sales = self.history.sales if question != "open" else []
            if question == "happened":
                return [s for s in sales if s.completed >= self.start and s is not self.begun_by]
            return sales
        events = [e for e in self.history.events if is_of(e, kind)]
        if question == "open":
            return [e for e in events if e.open]
        if question == "happened":
            return [e for e in events if e.on >= self.start and e is not self.begun_by]
        return events

    @cached_property
    def since(self) -> date:
        """The day the contact was added or of their first sale, whichever is earlier."""
        return since(self.history)

    def views(self) -> dict[str, Any]:
        """The names that titles and messages see."""
        return {
            "contact": View(self, "contact") if self.history.contact.id else None,
            "sale": View(self, "sale") if self.sale else None,
            "event": View(self, "event") if self.event else None,
            "me": dict(self.business),
            "due": self.due,
            "today": self.today or self.due,
            "usual": self.usual,
        }


class View:
    """One of contact, sale or event as a template sees it: a field by its name, and nothing else."""

    __slots__ = ("_facts", "_root")

    def __init__(self, facts: Facts, root: str) -> None:
        self._facts = facts
        self._root = root

    def __getitem__(self, name: str) -> Any:
        if name not in FIELDS[self._root]:
            raise KeyError(name)
        return self._facts.field(self._root, name)


def _comparable(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Money):
        return _exact(value.minor, value.currency)
    return value if value != "" else None


@lru_cache(maxsize=256)
def _exact(minor: int, currency: str) -> Decimal:
    from decimal import Decimal

    return Decimal(minor).scaleb(-exponent(currency))


def is_of(event: Event, kind: str) -> bool:
    """Whether the event is of that kind, or of the kinds that `touch`, `case` and `trouble` stand for."""
    if kind == "touch":
        return event.touch
    return event.kind in GROUPS[kind] if kind in GROUPS else event.kind == kind


def since(history: History) -> date:
    """The day the contact was added or of their first sale, whichever is earlier."""
    return min([history.contact.added, *(s.completed for s in history.sales[:1])])


def whole_years(start: date, day: date) -> int:
    """Full years from one day to a later one, counted by anniversaries."""
    return max(0, day.year - start.year - (day < in_year(start, day.year)))


def last_touch(history: History, by: date) -> date | None:
    """The last day of being in touch up to a day: a sale or a touch of any kind, in or out."""
    days = [e.on for e in history.events if e.touch and e.on <= by]
    days += [s.completed for s in history.sales if s.completed <= by]
    return max(days, default=None)


def _bought(facts: Facts) -> list[str]:
    by = facts.today or facts.due
    return list(dict.fromkeys(s.title for s in reversed(facts.history.sales) if s.completed <= by))[:5]


def _spent(facts: Facts) -> dict[str, Money]:
    return {currency: Money(total, currency) for currency, total in spent(facts.history).items()}


def spent(history: History) -> dict[str, int]:
    """What the contact has bought for, in minor units by currency; refunded sales count as nothing."""
    totals: dict[str, int] = {}
    for sale in history.sales:
        if sale.amount is not None and sale.currency and not sale.refunded:
            totals[sale.currency] = totals.get(sale.currency, 0) + sale.amount
    return totals


def _lost(facts: Facts) -> dict[str, str] | None:
    c = facts.history.contact
    return {"reason": c.lost_reason or "other", "on": c.lost_on.isoformat()} if c.lost_on else None


def _latest(facts: Facts) -> bool:
    sale = facts.sale
    assert sale is not None
    same = [s for s in facts.history.sales if s.category == sale.category]
    return same[-1].id == sale.id if same else True


def _amount(facts: Facts) -> Money | None:
    sale = facts.sale
    assert sale is not None
    return None if sale.amount is None or sale.currency is None else Money(sale.amount, sale.currency)


def _number(facts: Facts) -> int:
    return next((n for n, s in enumerate(facts.history.sales, 1) if s is facts.sale), 0)


def _of(facts: Facts) -> dict[str, Any] | None:
    e = facts.event
    assert e is not None
    return {"id": e.of_id, "name": e.of_name} if e.of_name and e.of_name != ERASED else None


def _cost(facts: Facts) -> Money | None:
    e = facts.event
    assert e is not None
    return None if e.cost is None or e.cost_currency is None else Money(e.cost, e.cost_currency)


def _next_service(facts: Facts) -> date | None:
    sale = facts.sale
    assert sale is not None
    return facts.occasion or _later(facts, sale.completed, sale.service_every)


def _runs_out(facts: Facts) -> date | None:
    sale = facts.sale
    assert sale is not None
    return _later(facts, sale.completed, sale.lasts)


def _later(facts: Facts, day: date, period: str | None) -> date | None:
    return facts.workdays.add(day, parse_period(period)) if period else None


def _tried(facts: Facts) -> int:
    """How often this rule was done since the contact's last sale or incoming touch."""
    history = facts.history
    days = [s.completed for s in history.sales[-1:]] + [e.on for e in history.events if e.touch and e.incoming]
    last = max(days, default=date.min)
    return sum(c.key.rule == facts.rule and c.how == "done" and c.closed_on > last for c in history.closings)


def _contact(name: str) -> Callable[[Facts], Any]:
    return lambda facts: getattr(facts.history.contact, name)


def _sale(name: str) -> Callable[[Facts], Any]:
    return lambda facts: getattr(facts.sale, name)


def _event(name: str) -> Callable[[Facts], Any]:
    return lambda facts: getattr(facts.event, name)


FIELDS: dict[str, dict[str, Callable[[Facts], Any]]] = {
    "contact": {
        **{n: _contact(n) for n in ("id", "name", "company", "address", "birthday", "handles", "prefers")},
        **{n: _contact(n) for n in ("language", "every", "notes", "dates")},
        "first_name": lambda f: first_name(f.history.contact.name, f.history.contact.company),
        "email": lambda f: next(iter(f.history.contact.emails), None),
        "phone": lambda f: next(iter(f.history.contact.phones), None),
        "emails": lambda f: list(f.history.contact.emails),
        "phones": lambda f: list(f.history.contact.phones),
        "tags": lambda f: list(f.history.contact.tags),
        "opted_out": lambda f: list(f.history.contact.opted_out),
        "lost": _lost,
        "since": lambda f: f.since,
        "years": lambda f: whole_years(f.since, f.due),
        "sales": lambda f: len(f.history.sales),
        "spent": _spent,
        "bought": _bought,
        "last_contact": lambda f: last_touch(f.history, f.today or f.due),
    },
    "sale": {
        **{n: _sale(n) for n in ("id", "title", "currency", "completed", "category", "warranty_until")},
        **{n: _sale(n) for n in ("service_every", "lasts", "dates", "ref", "note", "canceled", "refunded")},
        "tags": lambda f: list(f.sale.tags) if f.sale else [],
        "amount": _amount,
        "number": _number,
        "latest": _latest,
        "next_service": _next_service,
        "runs_out": _runs_out,
    },
    "event": {
        **{n: _event(n) for n in ("id", "kind", "on", "due", "rating", "text", "open", "closed_on")},
        **{n: _event(n) for n in ("outcome", "incoming", "code", "value", "sale_id")},
        "of": _of,
        "cost": _cost,
    },
    "me": {n: (lambda f: None) for n in ("name", "owner", "email", "phone", "website", "signature", "currency")}
    | {n: (lambda f: None) for n in ("feedback_link", "review_link", "country", "region", "language")},
    "rule": {"tried": _tried},
}
"""The fields by what they belong to. `me` lists the usual keys only: the business may have keys of its own."""

OPEN_ENDED = (
    "me", "contact.dates", "contact.handles", "contact.spent", "contact.lost", "sale.dates", "event.of",
)  # fmt: skip
"""Where any name may follow."""
