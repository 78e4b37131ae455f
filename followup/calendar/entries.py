"""Calendar entries: what a calendar shows of a follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.json import encode

from followup.core.identity import words
from followup.core.model import CHAT_NETWORKS, SOCIAL_NETWORKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from followup.core.agenda import Standing
    from followup.core.model import Contact, FollowUp

Form = Literal["event", "todo"]
FORMS: tuple[Form, ...] = ("event", "todo")

_PRIORITY = {"high": 1, "normal": 5, "low": 9}
"""RFC 5545, section 3.8.1.9: 1 is the highest, 5 normal, 9 the lowest."""

_CONTROLS: dict[int, str | None] = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)]),
    **dict.fromkeys(map(ord, "\n\u2028\u2029"), "\n"),
    ord("\t"): "\t",
}


class Style(Struct, frozen=True, kw_only=True):
    """How entries are to look: events or to-dos, for the whole day or `at` a local time; `alarm` is when they ring.

    Times are HH:MM.
    """

    form: Form = "event"
    at: str = ""
    alarm: str


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a calendar shows of a follow-up beside its day. Fields that come later need a default, so that what was told
    without them counts as unchanged."""

    title: str
    form: Form
    alarm: str
    priority: int
    at: str = ""
    category: str = ""
    contact: str = ""
    text: str = ""


class Entry(Struct, frozen=True, kw_only=True):
    """A follow-up as a calendar is to show it. `content` is a `Content` as JSON."""

    uid: str
    rule: str
    contact_id: int | None
    day: date
    content: str


def entries(
    followups: Iterable[tuple[str, Standing | FollowUp]], people: Mapping[int, Contact], style: Style
) -> Iterator[Entry]:
    """The entries of follow-ups, each given with its uid."""
    for uid, followup in followups:
        rule = followup.rule if isinstance(followup, tuple) else followup.key.rule
        contact = None if followup.contact_id is None else people[followup.contact_id]
        content = Content(
            title=printable(_summary(followup.title, contact)),
            form=style.form,
            alarm=style.at or style.alarm,
            priority=_PRIORITY[followup.priority],
            at=style.at,
            category=rule,
            contact=printable(_card(contact)) if contact else "",
            text=printable(_reach(contact, followup.channel, followup.missing)) if contact else "",
        )
        yield Entry(
            uid=uid, rule=rule, contact_id=followup.contact_id, day=followup.day, content=encode(content).decode()
        )


def printable(text: str) -> str:
    """The text without control characters, which RFC 5545 (section 3.1) leaves out; line breaks and tabs stay."""
    return text if text.isprintable() else text.replace("\r\n", "\n").translate(_CONTROLS)


def _summary(title: str, contact: Contact | None) -> str:
    """The title, after the contact's name where that is not in it already."""
    if contact is None:
        return title
    name = words(contact.name)
    named = name and f" {' '.join(name)} " in f" {' '.join(words(title))} "
    return title if named else f"{contact.name}: {title}"


def _card(contact: Contact) -> str:
    name = f"{contact.name} ({contact.company})" if contact.company else contact.name
    return ", ".join([name, *contact.emails[:1], *contact.phones[:1]])


def _reach(contact: Contact, channel: str | None, missing: str | None) -> str:
    """How to reach them, a line each: the follow-up's channel first (or what it lacks), then the others."""
    chat, social = (
        next((f"{net} {contact.handles[net]}" for net in networks if net in contact.handles), "")
        for networks in (CHAT_NETWORKS, SOCIAL_NETWORKS)
    )
    email, phone = (next(iter(points), "") for points in (contact.emails, contact.phones))
    address = contact.address or ""
    ways = {
        "phone": phone,
        "sms": phone,
        "email": email,
        "chat": chat,
        "social": social,
        "post": address,
        "visit": address,
    }
    first = f"{channel}: {ways[channel]}" if channel and ways[channel] else missing or ""
    used = ways[channel] if channel else ""
    others = [f"{way}: {ways[way]}" for way in ("phone", "email", "chat", "social") if ways[way] and ways[way] != used]
    return "\n".join(filter(None, [first, *others]))
