"""From the plan to a calendar file and back: whatever the names and titles, nothing is lost and no day moves."""

from __future__ import annotations

from datetime import date, timedelta

import icalendar
import vobject
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode

from followup.calendar import reading, revisions
from followup.calendar.document import document, item
from followup.calendar.entries import FORMS, Content, Style, entries, printable
from followup.core.model import Contact, FollowUp, Key
from followup.store.calendar import Sent

TODAY = date(2026, 11, 22)

texts = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=120),
    st.text(st.sampled_from(list("\\nN;,:\"'^=\t\n\r aé山\u202e\u200d👩\u2028")), min_size=1, max_size=40),
)
contacts = st.builds(
    Contact,
    id=st.just(1),
    name=texts,
    added=st.just(TODAY),
    company=st.none() | texts,
    address=st.none() | texts,
    emails=st.lists(texts, max_size=2).map(tuple),
    phones=st.lists(texts, max_size=1).map(tuple),
)
followups = st.builds(
    FollowUp,
    key=st.builds(Key, rule=st.just("call"), started_by=st.just("contact:1"), occurrence=st.just("0")),
    contact_id=st.none() | st.just(1),
    start=st.just(TODAY),
    due=st.dates(date(1990, 1, 1), date(2150, 1, 1)),
    snoozed_until=st.none() | st.dates(date(1990, 1, 1), date(2150, 1, 1)),
    expires=st.none(),
    last=st.just(date.max),
    title=texts,
    channel=st.sampled_from([None, "email", "phone", "post"]),
    missing=st.none() | texts,
    priority=st.sampled_from(["high", "normal", "low"]),
)
styles = st.builds(
    Style, form=st.sampled_from(FORMS), at=st.sampled_from(["", "09:30", "23:59"]), alarm=st.just("09:00")
)


def told(followup: FollowUp, contact: Contact, style: Style) -> tuple[Sent, Content]:
    (entry,) = entries([("1@followup", followup)], {1: contact}, style)
    sent = revisions.standing(None, entry, TODAY)
    return sent, decode(sent.content, type=Content)


@given(followups, contacts, styles)
def test_what_a_calendar_shows_is_what_was_planned(followup: FollowUp, contact: Contact, style: Style) -> None:
    sent, content = told(followup, contact, style)
    assert printable(followup.title) in content.title
    for file in (item(sent), document([sent], contact.name, "x")):
        calendar = icalendar.Calendar.from_ical(file)
        (part,) = calendar.subcomponents
        day = part.decoded("DTSTART" if style.form == "event" else "DUE")
        assert str(part["SUMMARY"]) == content.title
        assert str(part.get("CONTACT", "")) == content.contact
        assert str(part.get("DESCRIPTION", "")) == content.text
        assert f"{day}"[:10] == followup.day.isoformat()
        other = vobject.readOne(file.decode())
        (same,) = other.components()
        assert same.summary.value == content.title
        assert all(len(line) <= 75 for line in file.split(b"\r\n"))


@given(followups, contacts, styles)
def test_what_was_told_reads_back_as_unchanged(followup: FollowUp, contact: Contact, style: Style) -> None:
    sent, _ = told(followup, contact, style)
    read = reading.read(item(sent), sent.uid, sent.stamped)
    assert read == reading.Item(sequence=0, day=followup.day, status="standing")


LINES = (
    *("BEGIN:VCALENDAR", "BEGIN:VTODO", "BEGIN:VEVENT", "END:VTODO", "END:VEVENT", "END:VCALENDAR", " ", "UID:u"),
    *("DUE:1", "DUE;VALUE=DATE:20261201", "DUE;TZID=x:2", "DUE;VALUE=PERIOD:20261201T000000Z/PT1H", "RRULE:;"),
    *("STATUS:COMPLETED", "COMPLETED:x", "SEQUENCE:٣"),
)


@given(st.binary(max_size=400), st.lists(st.sampled_from(LINES), max_size=12))
def test_reading_any_content_ends_in_an_item_or_in_none(noise: bytes, lines: list[str]) -> None:
    for content in (noise, "\r\n".join(lines).encode(), b"BEGIN:VCALENDAR\r\n" + noise + b"\r\nEND:VCALENDAR"):
        read = reading.read(content, "u", TODAY - timedelta(days=1))
        assert read is None or read.status in ("standing", "completed", "cancelled")
