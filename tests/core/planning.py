"""Small facts and rules for the tables of the planner: what is not said has a plain value."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from followup.core.model import Closing, Contact, Event, FollowUp, History, Key, Reminder, Rules, Sale
from followup.core.period import Workdays
from followup.core.planner import Plan, Planner
from followup.core.rules import parse_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

day = date.fromisoformat


def contact(**fields: Any) -> Contact:
    """Ada Example, with an e-mail and a phone, added long ago."""
    plain = {"id": 1, "name": "Ada Example", "added": day("2020-01-01"), "emails": ("ada@example.com",)}
    return Contact(**{**plain, "phones": ("030 12345",), **fields})


def sale(number: int, completed: str, **fields: Any) -> Sale:
    """A finished job, written down on its day."""
    plain = {"id": number, "contact_id": 1, "title": "Logo", "completed": day(completed), "entered": day(completed)}
    return Sale(**{**plain, **fields})


def event(number: int, kind: str, on: str, **fields: Any) -> Event:
    """Something that happened, written down on its day."""
    plain = {"id": number, "contact_id": 1, "kind": kind, "on": day(on), "entered": day(on)}
    return Event(**{**plain, **fields})


def closing(rule: str, started_by: str, occurrence: str, due: str, closed_on: str, **fields: Any) -> Closing:
    """A follow-up that was done."""
    key = Key(rule, started_by, occurrence)
    plain = {"how": "done", "start": day(due), "day": day(due), "closed_on": day(closed_on), "priority": "normal"}
    return Closing(key=key, **{**plain, **fields})


def history(
    person: Contact | None = None,
    sales: Sequence[Sale] = (),
    events: Sequence[Event] = (),
    reminders: Sequence[Reminder] = (),
    closings: Sequence[Closing] = (),
    snoozes: dict[Key, date] | None = None,
) -> History:
    """All that is known of a contact, in the order that the store gives it."""
    return History(
        contact=person or contact(),
        sales=sorted((s for s in sales if not s.canceled), key=lambda s: (s.completed, s.id)),
        events=sorted(events, key=lambda e: (e.on, e.id)),
        reminders=list(reminders),
        closings=list(closings),
        snoozes=snoozes or {},
    )


def rules(*bodies: str, gap: str = "0 days", daily: int = 0, weekend: str = "next") -> Rules:
    """A rules file with these rules: named a, b, c…, on e-mail and phone, where they do not say otherwise."""
    text = f'[settings]\nmin_gap = "{gap}"\ndaily = {daily}\nweekend = "{weekend}"\n'
    for name, body in zip("abcdefgh", bodies, strict=False):
        text += "[[rule]]\n" + body + "\n"
        said = {line.partition("=")[0].strip() for line in body.splitlines()}
        for key, value in {"name": f'"{name}"', "channels": '["email", "phone"]', "message": '"m"'}.items():
            text += f"{key} = {value}\n" if key not in said else ""
    return parse_rules(text)


def planner(given: Rules, today: str, workdays: Workdays | None = None, **business: str) -> Planner:
    """A planner with these rules on a day."""
    return Planner(given, business, workdays or Workdays(), day(today))


def plan(given: Rules, today: str, known: History, workdays: Workdays | None = None) -> Plan:
    """The plan of a contact on a day."""
    return planner(given, today, workdays).plan(known)


def short(followups: Sequence[FollowUp]) -> list[str]:
    """Each follow-up as `rule started_by occurrence due`, in order of due day."""
    found = sorted(followups, key=lambda f: (f.due, f.key.rule, f.key.started_by))
    return [f"{f.key.rule} {f.key.started_by} {f.key.occurrence} {f.due}" for f in found]
