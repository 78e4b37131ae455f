"""E-mail messages, read for who wrote to whom, when and about what. Their bodies are nobody's business and not read."""

from __future__ import annotations

from datetime import UTC
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import HeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from followup.core.identity import clean_line
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from email.message import Message

LONGEST_HEADER = 256 * 1024
"""Bytes: real ones have some 20 KB at most."""
_LONGEST_SUBJECT = 500


class Letter(Struct, frozen=True, kw_only=True):
    """What the header of a message says (RFC 5322): addresses in lower case, and the day that the writer's `Date` is
    where this computer stands; None where there is none to be read."""

    senders: tuple[str, ...]
    answered_to: tuple[str, ...]
    recipients: tuple[str, ...]
    day: date | None
    subject: str | None

    def others(self, own: Collection[str]) -> tuple[bool, list[str]]:
        """Whether it came in, and the addresses of those who wrote it, or whom you wrote to; `own` are yours.

        What you sent to yourself alone is a form's on your website: it is from whom the answer goes to.
        """
        reached = [address for address in self.recipients if address not in own]
        if reached and any(address in own for address in self.senders):
            return False, reached
        return True, [address for address in (*self.senders, *self.answered_to) if address not in own]


def read_letter(stream: IO[bytes], name: str) -> Letter:
    """Reads the header of a message and nothing after it. Refuses what is no message, and a header without an end."""
    head = HeaderParser().parsestr(_text(_header(stream, name)))
    senders = _addresses(head, "From") or _addresses(head, "Sender")
    if not senders:
        raise Refusal(f"{name} is no e-mail message: it has no sender (From) in its header")
    return Letter(
        senders=tuple(senders),
        answered_to=tuple(_addresses(head, "Reply-To")),
        recipients=tuple(dict.fromkeys(a for field in ("To", "Cc", "Bcc") for a in _addresses(head, field))),
        day=_day(head.get("Date", "")),
        subject=_subject(head.get("Subject", "")),
    )


def _header(stream: IO[bytes], name: str) -> bytes:
    """The bytes before the first empty line; empty lines and a byte order mark before them are none of it."""
    head = bytearray()
    length = 0
    while length <= LONGEST_HEADER:
        line = stream.readline(LONGEST_HEADER)
        length += len(line)
        if not head:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if line in (b"\n", b"\r\n"):
                continue
        if line in (b"", b"\n", b"\r\n"):
            return bytes(head)
        head += line
    raise Refusal(f"{name} is no e-mail message: its header has no end within {LONGEST_HEADER // 1024} KB")


def _text(head: bytes) -> str:
    """UTF-8 where it is (RFC 6532), else what old programs wrote."""
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace")


def _addresses(head: Message, field: str) -> list[str]:
    try:
        found = getaddresses([str(value) for value in head.get_all(field, [])])
    except RecursionError:  # comments within comments, thousands deep
        return []
    return [address.casefold() for _, address in found if "@" in address]


def _day(text: str) -> date | None:
    """The day of a `Date` in this computer's time zone; one without a zone, or with -0000, is in UTC (RFC 5322)."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone().date()
    except (TypeError, ValueError, IndexError, OverflowError, OSError):
        return None


def _subject(text: str) -> str | None:
    """A subject as a person reads it: encoded words (RFC 2047) decoded, in one line of bounded length."""
    subject = clean_line(_decoded(text[: 20 * _LONGEST_SUBJECT]))
    return (subject if len(subject) <= _LONGEST_SUBJECT else f"{subject[: _LONGEST_SUBJECT - 1]}…") or None


def _decoded(text: str) -> str:
    try:
        parts = decode_header(text)
    except HeaderParseError:
        return text
    return "".join(part if isinstance(part, str) else _in_charset(part, charset) for part, charset in parts)


def _in_charset(part: bytes, charset: str | None) -> str:
    try:
        # what is not encoded comes back in this escape of Python's own
        return part.decode(charset or "raw-unicode-escape", "replace")
    except (LookupError, ValueError):
        return part.decode("ascii", "replace")
