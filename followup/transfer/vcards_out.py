"""Contacts as vCards 4.0 (RFC 6350) and 3.0 (RFC 2426), from which they come back the same.

What has a property of its own stands in it; what vCard has no place for stands in `X-FOLLOWUP-…`, which other programs
pass over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote
from uuid import UUID, uuid5

from followup import __version__
from followup.core.model import CHAT_NETWORKS
from followup.core.naming import first_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from followup.core.model import Contact

Version = Literal["4.0", "3.0"]

_FOLD_AT = 75
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SERVICES = {"whatsapp": "WhatsApp", "telegram": "Telegram", "signal": "Signal", "skype": "Skype", "x": "twitter"}
"""What others call a network, where that is not just its name."""

_PAGES = {
    "x": "https://x.com/{}",
    "facebook": "https://www.facebook.com/{}",
    "instagram": "https://www.instagram.com/{}",
    "linkedin": "https://www.linkedin.com/in/{}",
}
_PLAIN = re.compile(r"@?([\w.-]+)", re.ASCII)
_FEDIVERSE = re.compile(r"@?([\w.-]+)@([\w-]+(?:\.[\w-]+)+)", re.ASCII)
_UNYEARED = 1604
"""Apple's year for birthdays without one: vCard 3.0 cannot leave the year out."""


def vcards(contacts: Iterable[Contact], version: Version, home_id: str) -> Iterator[str]:
    """A card for each contact, in order, its lines ended with CR LF: to be written as UTF-8 without changing that.

    `home_id` makes the UID of a card, which stays the same for ever, so that an address book knows it again.
    """
    home = UUID(home_id)
    for contact in contacts:
        uid = f"urn:uuid:{uuid5(home, f'contact:{contact.id}')}"
        yield "".join(f"{_folded(line)}\r\n" for line in _lines(contact, version, uid))


def _lines(contact: Contact, version: Version, uid: str) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield f"VERSION:{version}"
    yield f"PRODID:-//followup//followup {__version__}//EN"
    yield f"UID:{uid}"
    yield f"FN:{_escaped(contact.name)}"
    yield _name_parts(contact)
    if contact.company:
        yield f"ORG:{_escaped(contact.company)}"
    yield from _points("EMAIL", contact.emails, version)
    yield from _points("TEL", contact.phones, version)
    if contact.address:
        yield f"ADR:;;{_escaped(contact.address)};;;;"
    if contact.birthday:
        yield _birthday(contact.birthday, version)
    for net, name in contact.handles.items():
        yield _chat(net, name) if net in CHAT_NETWORKS else _profile(net, name)
    if contact.tags:
        yield f"CATEGORIES:{','.join(map(_escaped, contact.tags))}"
    if contact.notes:
        yield f"NOTE:{_escaped(contact.notes)}"
    yield from _dates(contact.dates, version)
    yield from _our_own(contact, version)
    yield "END:VCARD"


def _name_parts(contact: Contact) -> str:
    """The last word as the family's name, which 3.0 demands and Apple shows; a firm's name stays whole.

    A comma turns the order round, but before a title or a degree, which is a suffix.
    """
    parts = [part.strip() for part in contact.name.split(",")]
    called = first_name(contact.name, contact.company)
    if contact.name == contact.company or (parts[1:] and called == contact.name):
        family, given, *suffixes = contact.name, ""
    elif parts[1:] and called.split()[0] in parts[1].split():
        family, given, *suffixes = parts
    else:
        given, _, family = parts[0].rpartition(" ")
        suffixes = parts[1:]
    return f"N:{_escaped(family)};{_escaped(given)};;;{','.join(map(_escaped, suffixes))}"


def _points(name: str, values: Iterable[str], version: Version) -> Iterator[str]:
    """E-mails or phones; the first is marked as the preferred one."""
    preferred = ";PREF=1" if version == "4.0" else ";TYPE=PREF"
    for place, value in enumerate(values):
        yield f"{name}{'' if place else preferred}:{_escaped(value)}"


def _birthday(birthday: str, version: Version) -> str:
    if version == "4.0":
        return f"BDAY:--{birthday[2:].replace('-', '')}" if birthday[0] == "-" else f"BDAY:{birthday.replace('-', '')}"
    if birthday[0] == "-":
        return f"BDAY;X-APPLE-OMIT-YEAR={_UNYEARED}:{_UNYEARED}{birthday[1:]}"
    return f"BDAY:{birthday}"


def _chat(net: str, name: str) -> str:
    """RFC 4770, with the parameter by which Apple and Google tell the service."""
    return f"IMPP;X-SERVICE-TYPE={_SERVICES.get(net, net)}:{net}:{quote(name, safe='@+')}"


def _profile(net: str, name: str) -> str:
    """As Apple and Nextcloud write profiles; the name as it is kept stands in the parameter (carets: RFC 6868)."""
    user = _CONTROL.sub("", name.replace("\n", " ")).replace("^", "^^").replace('"', "^'")
    return f'X-SOCIALPROFILE;TYPE={_SERVICES.get(net, net)};X-USER="{user}":{_page(net, name)}'


def _page(net: str, name: str) -> str:
    if named := _PLAIN.fullmatch(name):
        if net in _PAGES:
            return _PAGES[net].format(named[1])
    elif net == "mastodon" and (named := _FEDIVERSE.fullmatch(name)):
        return f"https://{named[2]}/@{named[1]}"
    return f"x-apple:{quote(name, safe='@+')}"


def _dates(dates: dict[str, date], version: Version) -> Iterator[str]:
    for name, day in dates.items():
        if name != "anniversary":
            yield f"X-FOLLOWUP-DATE:{_escaped(name)}={day.isoformat()}"
        elif version == "4.0":
            yield f"ANNIVERSARY:{day:%Y%m%d}"
        else:
            yield f"X-ANNIVERSARY:{day.isoformat()}"


def _our_own(contact: Contact, version: Version) -> Iterator[str]:
    if contact.language:
        yield f"{'LANG' if version == '4.0' else 'X-FOLLOWUP-LANGUAGE'}:{_escaped(contact.language)}"
    yield f"X-FOLLOWUP-ADDED:{contact.added.isoformat()}"
    if contact.prefers:
        yield f"X-FOLLOWUP-PREFERS:{contact.prefers}"
    if contact.every:
        yield f"X-FOLLOWUP-EVERY:{_escaped(contact.every)}"
    for channel in contact.opted_out:
        yield f"X-FOLLOWUP-OPTED-OUT:{channel}"
    if contact.lost_on:
        yield f"X-FOLLOWUP-LOST:{contact.lost_reason or 'other'} {contact.lost_on.isoformat()}"


def _escaped(text: str) -> str:
    """A text as a value of one line (RFC 2426, 4; RFC 6350, 3.4), without the control characters that none may have."""
    plain = _CONTROL.sub(" ", "\n".join(text.splitlines()))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in pieces of at most 75 bytes, which split no character (RFC 6350, 3.2)."""
    if len(line) <= _FOLD_AT and line.isascii():
        return line
    data = line.encode()
    pieces, start, room = [], 0, _FOLD_AT
    while len(data) - start > room:
        end = start + room
        while data[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        pieces.append(data[start:end])
        start, room = end, _FOLD_AT - 1
    return b"\r\n ".join([*pieces, data[start:]]).decode()
