"""E-mail drafts as messages (RFC 5322), for a file that a mail program opens or for a mailbox.

Header fields are written here rather than by `email`, whose folding of long and foreign names does not read back in
every Python: display names and subjects as RFC 2047 has them, and nothing in them that a reader could take for more.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from datetime import datetime, time
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from followup.core.identity import check_email, clean_line
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from followup.drafting.draft import Draft

UNSENT = b"X-Unsent: 1\r\n"
"""The field that makes Outlook and Thunderbird open a file as a draft to send on. A mailbox has its flag for that, and
some programs would send the field along."""

_LINE = 76
_WORD = 39
"""The most bytes in an encoded word, so that it is no longer than 75 characters and fits behind a field's name."""
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOTTED = re.compile(r"[^.\"\\]+(\.[^.\"\\]+)*")
_CHANGING = re.compile(rb"^(?:Date|Message-ID): [^\r\n]*\r\n", re.MULTILINE)


def letter(draft: Draft, business: Mapping[str, str], today: date) -> bytes:
    """The message of an e-mail draft, with CRLF line ends: the same for the same draft on the same day.

    Its Date is the beginning of that day, which the program that sends it replaces. Its Message-ID begins with the
    follow-up's uid, so that any version is known for that follow-up's, and ends with a `fingerprint` of all the rest.
    Refuses an address that is none.
    """
    fields = [
        _field("From", [_mailbox(business["owner"] or business["name"], _own_address(business))])
        if business["email"]
        else "",
        _field("To", [_mailbox(draft.name or "", check_email(draft.to))]) if draft.to else "",
        _field("Bcc", _listed([check_email(address) for address in draft.bcc])) if draft.bcc else "",
        _field("Subject", _worded(draft.subject)) if draft.subject else "",
        "MIME-Version: 1.0\r\n",
        _field("Content-Language", [draft.language]) if re.fullmatch("[A-Za-z0-9-]+", draft.language) else "",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
    ]
    body = b2a_qp(f"{draft.body}\n".encode()).replace(b"\n", b"\r\n")
    rest = "".join(fields).encode() + body
    moment = datetime.combine(today, time()).astimezone()
    unique = begin_of_ids(draft.uid)
    domain = _domain(business["email"])
    head = f"Date: {format_datetime(moment)}\r\nMessage-ID: <{unique}.{fingerprint(rest)}@{domain}>\r\n"
    return head.encode() + rest


def fingerprint(document: bytes) -> str:
    """What tells this version of a message from any other: of all of it but the day and the Message-ID."""
    head, blank, body = document.partition(b"\r\n\r\n")
    return sha256(_CHANGING.sub(b"", head + blank) + body).hexdigest()[:16]


def begin_of_ids(uid: str) -> str:
    """What the Message-IDs of a follow-up's letters begin with, up to a point."""
    return re.sub("[^A-Za-z0-9-]", "", uid.partition("@")[0])


def message_id(document: bytes) -> str:
    """The Message-ID of a message, without its brackets; '' where there is none."""
    found = re.search(rb"^Message-ID:\s*<([^<>\s]*)>", document.partition(b"\r\n\r\n")[0], re.MULTILINE | re.IGNORECASE)
    return found[1].decode("ascii", "replace") if found else ""


def untouched(file: bytes) -> str:
    """The `begin_of_ids` of the follow-up whose unsent draft this file is, as it was written; '' for a draft that was
    changed since, and for any other file."""
    document = file.removeprefix(UNSENT)
    unique, _, version = message_id(document).partition(".")
    return unique if document != file and version.startswith(f"{fingerprint(document)}@") else ""


def _domain(own: str) -> str:
    """The right side of a Message-ID: the business's domain (RFC 5322, section 3.6.4), or none there can be."""
    domain = own.rpartition("@")[2]
    return domain if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", domain) else "followup.invalid"


def _own_address(business: Mapping[str, str]) -> str:
    try:
        return check_email(business["email"])
    except Refusal as refusal:
        raise Refusal(f"config.toml, [business], key 'email': {refusal}") from None


def _mailbox(name: str, address: str) -> str:
    """A name and an address as one token; the name folded already where it is long."""
    local, _, domain = address.rpartition("@")
    spec = f"{local}@{domain}" if _DOTTED.fullmatch(local) else f'"{local}"@{domain}'
    shown = _phrase(clean_line(name))
    return f"{shown} <{spec}>" if shown else spec


def _phrase(name: str) -> str:
    """A display name: as it is, in quotes, or in encoded words where it is no short ASCII or could pass for such."""
    if not name.isascii() or "=?" in name or len(name) > 60:
        return "\r\n ".join(_encoded(name))
    if not name or _ATOMS.fullmatch(name):
        return name
    return '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'


def _worded(text: str) -> list[str]:
    """The tokens of a text without structure, such as a subject."""
    line = clean_line(text)
    tokens = line.split(" ")
    return tokens if line.isascii() and "=?" not in line and max(map(len, tokens)) < _LINE else _encoded(line)


def _listed(addresses: Iterable[str]) -> list[str]:
    *first, last = [_mailbox("", address) for address in addresses]
    return [*(f"{address}," for address in first), last]


def _encoded(text: str) -> list[str]:
    """A text as encoded words (RFC 2047, section 2), none of which ends within a character."""
    pieces, piece = [], b""
    for character in text:
        byte = character.encode()
        if len(piece) + len(byte) > _WORD:
            pieces.append(piece)
            piece = b""
        piece += byte
    return [f"=?utf-8?b?{b64encode(one).decode()}?=" for one in [*pieces, piece] if one]


def _field(name: str, tokens: Iterable[str]) -> str:
    """A header field, folded between tokens where its lines would get long (RFC 5322, section 2.2.3)."""
    lines = [f"{name}:"]
    for token in tokens:
        longer = f"{lines[-1]} {token}"
        if len(longer) > _LINE and lines[-1] != f"{name}:":
            lines.append(f" {token}")
        else:
            lines[-1] = longer
    return "\r\n".join(lines) + "\r\n"
