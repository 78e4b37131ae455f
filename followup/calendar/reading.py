"""Items of a calendar, read back: what other programs made of the entries that they were told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from icalendar import Component

LARGEST = 256 * 1024
"""How many bytes an item may have that is read; ours have one or two thousand."""

_YEARS = range(1900, 2201)


class Item(Struct, frozen=True, kw_only=True):
    """What an item says: its day (None where it has none), and whether and when it was completed.

    `done_on` is None where that is not said.
    """

    sequence: int
    day: date | None
    status: str
    done_on: date | None = None


def read(content: bytes, uid: str, stamped: date) -> Item | None:
    """The event or to-do with this uid; None for content that is no calendar, is too large, or has none such.

    Moments are taken for days in the local time zone. `stamped` is the day with which we stamped it: another stamp is a
    trace of the program that completed it (RFC 5545, sections 3.8.2.1 and 3.8.7).
    """
    from icalendar import Calendar

    if len(content) > LARGEST:
        return None
    try:
        calendar = Calendar.from_ical(content)
        parts = [part for part in calendar.subcomponents if part.name in ("VEVENT", "VTODO")]
        mine = [part for part in parts if str(part.get("UID", "")) == uid and "RECURRENCE-ID" not in part]
        return _item(mine[0], stamped) if mine else None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        return None  # the library's ways to say that this is no calendar


def _item(part: Component, stamped: date) -> Item:
    status = str(_first(part, "STATUS") or "").upper()
    day = _day(part, "DTSTART") if part.name == "VEVENT" else _day(part, "DUE") or _day(part, "DTSTART")
    completed = part.name == "VTODO" and (status == "COMPLETED" or (not status and "COMPLETED" in part))
    sequence = str(_first(part, "SEQUENCE") or "")
    return Item(
        sequence=int(sequence) if sequence.isdecimal() and len(sequence) < 10 else 0,
        day=day,
        status="completed" if completed else "cancelled" if status == "CANCELLED" else "standing",
        done_on=_day(part, "COMPLETED") or _touched(part, stamped) if completed else None,
    )


def _touched(part: Component, stamped: date) -> date | None:
    """The day on which another program wrote it last."""
    ours = datetime.combine(stamped, time(), UTC)
    stamp = _first(part, "DTSTAMP")
    return _day(part, "LAST-MODIFIED") or (None if getattr(stamp, "dt", ours) == ours else _day(part, "DTSTAMP"))


def _first(part: Component, name: str) -> Any:
    value = part.get(name)
    return value[0] if isinstance(value, list) else value


def _day(part: Component, name: str) -> date | None:
    found = getattr(_first(part, name), "dt", None)
    if isinstance(found, datetime):
        found = (found.astimezone() if found.tzinfo else found).date()
    return found if isinstance(found, date) and found.year in _YEARS else None
