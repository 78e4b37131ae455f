"""iCalendar documents (RFC 5545, RFC 7986): what calendars are told, as they read it.

Times are local and floating, so that no time zone needs to be described. Nothing here reads the clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.json import decode

from followup.calendar.entries import Content, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from icalendar import Component

    from followup.store.calendar import Sent

PRODUCT = "-//followup//followup//EN"
"""What a calendar names as the program that wrote it (RFC 5545, 3.7.3)."""

_TIMED = timedelta(minutes=15)


class Text(str):
    """A text value, escaped by RFC 5545, section 3.3.11; the library takes the `\\N` of a path for a line break."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        """The escaped text."""
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return escaped.encode()


def document(told: Iterable[Sent], name: str, uid: str) -> bytes:
    """A calendar file of these. METHOD is PUBLISH without an ORGANIZER, as the large calendars export it: with one,
    they take an entry for somebody's invitation."""
    from icalendar import Calendar, vDuration

    calendar = Calendar()
    calendar["VERSION"] = Text("2.0")
    calendar["PRODID"] = Text(PRODUCT)
    calendar["METHOD"] = Text("PUBLISH")
    calendar["UID"] = Text(uid)
    for key in ("NAME", "X-WR-CALNAME"):
        calendar[key] = Text(printable(name))
    calendar["REFRESH-INTERVAL"] = vDuration(timedelta(days=1), params={"VALUE": "DURATION"})
    for sent in told:
        calendar.add_component(component(sent))
    return bytes(calendar.to_ical(sorted=False))


def item(sent: Sent) -> bytes:
    """A calendar of this one alone, as folders and collections keep it: without a METHOD (RFC 4791, section 4.1)."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar["VERSION"] = Text("2.0")
    calendar["PRODID"] = Text(PRODUCT)
    calendar.add_component(component(sent))
    return bytes(calendar.to_ical(sorted=False))


def component(sent: Sent) -> Component:
    """The event or to-do that tells of one follow-up; one that has ended does not ring."""
    from icalendar import Event, Todo

    content = decode(sent.content, type=Content)
    found = Event() if content.form == "event" else Todo()
    found["UID"] = Text(sent.uid)
    found.add("DTSTAMP", datetime.combine(sent.stamped, time(), UTC))
    found["SEQUENCE"] = Text(sent.sequence)
    found["SUMMARY"] = Text(content.title)
    _add_days(found, sent, content)
    if content.category:
        found["CATEGORIES"] = Text(content.category)
    if content.contact:
        found["CONTACT"] = Text(content.contact)
    if content.text:
        found["DESCRIPTION"] = Text(content.text)
    found["PRIORITY"] = Text(content.priority)
    _add_status(found, sent, content)
    if sent.status == "standing":
        found.add_component(_alarm(content))
    return found


def _add_days(found: Component, sent: Sent, content: Content) -> None:
    start: Any = sent.day
    length = timedelta(days=1)
    if content.at:
        start, length = datetime.combine(sent.day, time.fromisoformat(content.at)), _TIMED
    if content.form == "todo":
        found.add("DUE", start)
        return
    found.add("DTSTART", start)
    found.add("DTEND", start + length)
    found["TRANSP"] = Text("TRANSPARENT")


def _add_status(found: Component, sent: Sent, content: Content) -> None:
    if sent.status == "cancelled":
        found["STATUS"] = Text("CANCELLED")
    elif sent.done_on:
        found["STATUS"] = Text("COMPLETED")
        # A moment in UTC must be said where only the day is known: noon is on the same day almost everywhere.
        found.add("COMPLETED", datetime.combine(sent.done_on, time(12), UTC))
        found["PERCENT-COMPLETE"] = Text(100)
    else:
        found["STATUS"] = Text("CONFIRMED" if content.form == "event" else "NEEDS-ACTION")


def _alarm(content: Content) -> Component:
    """A display alarm: at the entry's own time, or so many hours into its day. A to-do has no start, so it counts from
    its due day (RFC 5545, section 3.8.6.3)."""
    from icalendar import Alarm

    alarm = Alarm()
    alarm["ACTION"] = Text("DISPLAY")
    alarm["DESCRIPTION"] = Text(content.title)
    hour = time.fromisoformat(content.alarm)
    wait = timedelta() if content.at else timedelta(hours=hour.hour, minutes=hour.minute)
    alarm.add("TRIGGER", wait, {"RELATED": "END"} if content.form == "todo" else {})
    return alarm
