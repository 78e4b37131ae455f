"""Revisions: how what calendars were told becomes what they are told now, each change taken and no ghost left.

`SEQUENCE` rises with every change and never falls (RFC 5545, section 3.8.7.4); the stamp is the day on which the change
was first told, so that what has not changed is told in the same words on any later day.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec.json import decode
from msgspec.structs import replace

from followup.calendar.entries import Content
from followup.core.period import add_months
from followup.store.calendar import Sent

if TYPE_CHECKING:
    from followup.calendar.entries import Entry

MONTHS_TOLD = 12
"""For how long calendars are told that one is cancelled or completed."""


def standing(before: Sent | None, entry: Entry, today: date) -> Sent:
    """What calendars are told of a follow-up that stands: nothing new where it was deleted there and is as it was."""
    if before is None:
        return _first(entry, today)
    if before.stands and (before.day, before.content) == (entry.day, entry.content):
        return before
    return replace(
        before,
        rule=entry.rule,
        contact_id=entry.contact_id,
        day=entry.day,
        earliest=min(before.earliest, entry.day) if before.stands else entry.day,
        content=entry.content,
        sequence=before.sequence + 1,
        stamped=max(before.stamped, today),
        status="standing",
        done_on=None,
        tag=None,
    )


def _first(entry: Entry, today: date) -> Sent:
    return Sent(
        uid=entry.uid,
        rule=entry.rule,
        contact_id=entry.contact_id,
        day=entry.day,
        earliest=entry.day,
        content=entry.content,
        sequence=0,
        stamped=today,
    )


def ended(before: Sent, done_on: date | None, today: date) -> Sent:
    """What calendars are told of one that no longer stands: a to-do that was done is completed, all else is cancelled.

    It keeps the form in which it was told last, for that is what the calendar has.
    """
    if decode(before.content, type=Content).form != "todo":
        done_on = None
    status = "completed" if done_on else "cancelled"
    if (before.status, before.done_on) == (status, done_on):
        return before
    return replace(
        before,
        status=status,
        done_on=done_on,
        sequence=before.sequence + 1,
        stamped=max(before.stamped, today),
    )


def still_told(told: Sent, today: date) -> bool:
    """Whether one that ended is still told: for `MONTHS_TOLD` from the day that its end was first told."""
    return today <= add_months(told.stamped, MONTHS_TOLD)
