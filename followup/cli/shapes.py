"""The JSON shapes of contacts, sales, follow-ups and events: the names that scripts rely on."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from followup.core.agenda import Standing
    from followup.core.joining import Conflict
    from followup.core.model import Event, History, Sale


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def contact(history: History, today: date) -> dict[str, Any]:
    """A contact with what its history adds up to."""
    from followup.core.facts import last_touch, since, spent
    from followup.core.money import decimal_text

    c = history.contact
    return {
        "id": c.id,
        "name": c.name,
        "email": next(iter(c.emails), None),
        "phone": next(iter(c.phones), None),
        "emails": list(c.emails),
        "phones": list(c.phones),
        "company": c.company,
        "address": c.address,
        "birthday": c.birthday,
        "handles": c.handles,
        "prefers": c.prefers,
        "language": c.language,
        "every": c.every,
        "tags": list(c.tags),
        "notes": c.notes,
        "dates": {name: day.isoformat() for name, day in c.dates.items()},
        "opted_out": list(c.opted_out),
        "lost": {"reason": c.lost_reason, "on": _day(c.lost_on)} if c.lost else None,
        "since": since(history).isoformat(),
        "sales": len(history.sales),
        "spent": {currency: decimal_text(total, currency) for currency, total in spent(history).items()},
        "last_contact": _day(last_touch(history, today)),
    }


def sale(sale: Sale, contact_name: str) -> dict[str, Any]:
    """A sale."""
    from followup.core.money import decimal_text

    return {
        "id": sale.id,
        "contact": {"id": sale.contact_id, "name": contact_name},
        "title": sale.title,
        "amount": None if sale.amount is None or sale.currency is None else decimal_text(sale.amount, sale.currency),
        "currency": sale.currency,
        "completed": sale.completed.isoformat(),
        "category": sale.category,
        "tags": list(sale.tags),
        "warranty_until": _day(sale.warranty_until),
        "service_every": sale.service_every,
        "lasts": sale.lasts,
        "dates": {name: day.isoformat() for name, day in sale.dates.items()},
        "ref": sale.ref,
        "note": sale.note,
        "canceled": sale.canceled,
        "refunded": sale.refunded,
    }


def followup(row: Standing, state: str, today: date) -> dict[str, Any]:
    """A follow-up as it stands on a day. `expires` of one that is or was held is the day that holds carry it to."""
    expires = row.expires
    if expires is not None and expires < row.last and (state == "held" or expires < today <= row.last):
        expires = row.last if row.last < date.max else None
    return {
        "id": row.id,
        "uid": row.uid,
        "rule": row.rule or None,
        "contact": {"id": row.contact_id, "name": row.contact_name} if row.contact_id is not None else None,
        "sale": {"id": row.sale_id, "title": row.sale_title} if row.sale_id is not None else None,
        "event": {"id": row.event_id, "kind": row.event_kind} if row.event_id is not None else None,
        "title": row.title,
        "due": row.due.isoformat(),
        "expires": _day(expires),
        "state": state,
        "overdue_days": max(0, (today - row.day).days) if state in ("overdue", "held", "due") else 0,
        "channel": row.channel,
        "missing": row.missing,
        "message": row.message or None,
        "priority": row.priority,
        "snoozed_until": _day(row.snoozed_until),
        "done_on": _day(row.closed_on),
        "note": row.note,
    }


def conflict(conflict: Conflict) -> dict[str, Any]:
    """Where two records of a person contradict each other."""
    return {"field": conflict.field, "kept": conflict.kept or None, "given": conflict.given}


def event(event: Event, contact_name: str) -> dict[str, Any]:
    """An event."""
    cost = None
    if event.cost is not None and event.cost_currency is not None:
        from followup.core.money import decimal_text

        cost = decimal_text(event.cost, event.cost_currency)
    value, value_currency = _worth(event.value)
    return {
        "id": event.id,
        "kind": event.kind,
        "contact": {"id": event.contact_id, "name": contact_name},
        "sale_id": event.sale_id,
        "on": event.on.isoformat(),
        "due": _day(event.due),
        "rating": event.rating,
        "text": event.text,
        "open": event.open,
        "closed_on": _day(event.closed_on),
        "outcome": event.outcome,
        "incoming": event.incoming,
        "of": {"id": event.of_id, "name": event.of_name} if event.of_name else None,
        "code": event.code,
        "value": value,
        "value_currency": value_currency,
        "cost": cost,
        "cost_currency": event.cost_currency,
    }


def _worth(value: str | None) -> tuple[str | None, str | None]:
    """A perk's value as it is kept (`20.00 EUR`, `10%`), parted into the amount and its currency; a share has none."""
    money = re.fullmatch(r"([0-9.]+) ([A-Z]{3})", value or "")
    return (money[1], money[2]) if money else (value, None)
