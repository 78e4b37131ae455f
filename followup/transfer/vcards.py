"""vCards of any version and program as contacts: what each property says, and what has no place in a contact."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from followup.core.identity import check_email, check_name, clean_line, fold, name_from_email
from followup.core.model import CHANNELS, LOST_REASONS
from followup.core.period import parse_period
from followup.core.refusal import Refusal
from followup.transfer import card_values, cells
from followup.transfer.card_values import split, unescaped
from followup.transfer.cells import address_lines, as_key, block, each_tag, language, named_day, whole_day
from followup.transfer.content_lines import LONGEST, Field, Line, content_lines, parse
from followup.transfer.networks import handle, handle_in_address, network
from followup.transfer.records import Aside, BadRow, ContactRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

Value = TypeVar("Value")

_MOST_FIELDS = 5000
_MOST_BYTES = 4 << 20
"""A card may have so many lines, and so many bytes in those that are kept: 4 MiB."""

_MOST_TOLD = 10_000

_TECHNICAL = {
    "PRODID", "UID", "REV", "PROFILE", "SOURCE", "NAME", "MAILER", "CLASS", "SORT-STRING", "CLIENTPIDMAP", "CREATED",
    "XML", "X-ABUID", "X-ABADR", "X-ABSHOWAS", "X-ABORDER", "X-IMAGEHASH", "X-IMAGETYPE", "X-SHARED-PHOTO-DISPLAY-PREF",
    "X-EVOLUTION-FILE-AS", "X-EVOLUTION-WEBDAV-ETAG", "X-MS-OL-DEFAULT-POSTAL-ADDRESS", "X-MS-OL-DESIGN",
    "X-GENERATOR", "X-MOZILLA-HTML",
}  # fmt: skip
"""Properties about the card, not about the person: their loss is not worth telling."""

_KEPT = {
    "VERSION", "KIND", "X-ADDRESSBOOKSERVER-KIND", "X-ABLABEL", "FN", "N", "ORG", "EMAIL", "TEL", "ADR", "LABEL",
    "BDAY", "CATEGORIES", "NOTE", "LANG", "X-ABDATE", "IMPP", "X-SOCIALPROFILE", "SOCIALPROFILE", "URL",
    "X-ANDROID-CUSTOM", "X-FOLLOWUP-PREFERS", "X-FOLLOWUP-LANGUAGE", "X-FOLLOWUP-EVERY", "X-FOLLOWUP-OPTED-OUT",
    "X-FOLLOWUP-LOST", "X-FOLLOWUP-DATE", "X-FOLLOWUP-ADDED",
}  # fmt: skip
_ANNIVERSARIES = (
    "ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-MS-ANNIVERSARY", "X-KADDRESSBOOK-X-ANNIVERSARY"
)  # fmt: skip
_PROFILES = ("IMPP", "X-SOCIALPROFILE", "SOCIALPROFILE")
_NOTHING = b" \t\x1a"
"""What may stand between cards: blanks, and the mark of DOS at the end of a file."""

_SPOKEN = {"voice", "cell", "msg"}
_ADDRESS = ("box", "street2", "street", "city", "region", "postcode", "country")

_UNENDED = "the card has no END:VCARD, so some of it may be missing: export it again"
_EDGE = re.compile(rb"(?:\xef\xbb\xbf)?(BEGIN|END)[ \t]*:[ \t]*VCARD[ \t]*", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/= \t]+")
_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_ANDROID_DATE = re.compile(r".*/contact_event;([^;]*);([^;]*);([^;]*).*", re.DOTALL)
_ANDROID_NAMES = {"1": "anniversary", "2": "other"}


def read_vcards(path: Path, today: date) -> Iterator[ContactRow | BadRow | Aside]:
    """The cards of the file as contacts, in its order; `line` is where a card begins.

    A card without an end, one that names nobody, one over the limits and text between cards are bad rows; groups and
    cards without anything in them are told of. Refuses a file without a card, and one of 10,000 bad rows.
    Of what is unread in cards, the first 10,000 are told, and that there is more.
    """
    check_cards(path)
    bad = unread = 0
    for row in _rows(path, today):
        if isinstance(row, BadRow):
            bad += 1
            if bad > _MOST_TOLD:
                raise Refusal(f"{path} has over {_MOST_TOLD:,} bad cards: export it again, or take it in parts")
        elif isinstance(row, ContactRow) and row.unread:
            is_first = unread <= _MOST_TOLD
            unread += len(row.unread)
            if unread > _MOST_TOLD:
                more = (row.line, "from here on, what cannot be read is left out untold: import it in parts")
                row = replace(row, unread=(more,) if is_first else ())
        yield row


def check_cards(path: Path) -> None:
    """Refuses a file without a card, having read as far as the first one."""
    if not any((edge := _EDGE.fullmatch(line.content)) and edge[1].upper() == b"BEGIN" for line in content_lines(path)):
        raise Refusal(f"{path} holds no vCard: export the contacts again, as vCard or CSV")


def _rows(path: Path, today: date) -> Iterator[ContactRow | BadRow | Aside]:
    card: _Card | None = None
    astray = False
    for line in content_lines(path):
        edge = _EDGE.fullmatch(line.content)
        if edge and edge[1].upper() == b"BEGIN":
            if card and card.awaits_agent:
                card.enter()
                continue
            if card:
                yield BadRow(card.line, _UNENDED)
            card, astray = _Card(line.number), False
        elif not card:
            if not astray and line.content.strip(_NOTHING):
                yield BadRow(line.number, f"'{_said(line)}' stands in no card: take it out, or mend the card around it")
                astray = True
        elif not edge:
            card.take(line)
        elif not card.leave():
            yield card.row(today)
            card = None
    if card:
        yield BadRow(card.line, _UNENDED)


def _said(line: Line) -> str:
    return clean_line(line.content[:200].decode(errors="replace"))[:40]


@lru_cache(maxsize=1024)
def _has_place(name: str) -> bool:
    return name in _KEPT or name in _ANNIVERSARIES or _network_in(name) is not None


def _network_in(name: str) -> str | None:
    """The network of a property that is named after one, such as `X-SKYPE`."""
    return network(name[2:]) if name.startswith("X-") else None


class _Card:
    """One card: its fields as they come, and at its end what they say."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.awaits_agent = False
        self._version = "3.0"
        self._depth = 0
        self._fields: dict[str, list[Field]] = {}
        self._labels: dict[str, Field] = {}
        self._left_out: dict[str, None] = {}
        self._unread: list[tuple[int, str]] = []
        self._in_base64 = False
        self._lines = self._bytes = 0

    def enter(self) -> None:
        """The card of an agent begins within it (vCard 2.1, 2.4.2)."""
        self._depth += 1
        self.awaits_agent = False

    def leave(self) -> bool:
        """Whether what ends is the card of an agent, not this one."""
        self._depth -= 1
        return self._depth >= 0

    def take(self, line: Line) -> None:
        """One more line of the card. Those of an agent's card within it are passed over."""
        self.awaits_agent = False
        self._lines += 1
        if self._lines > _MOST_FIELDS or self._bytes > _MOST_BYTES:
            return
        try:
            field = parse(line)
        except Refusal as refusal:
            self._miss("unreadable line", line.number, f"'{_said(line)}': {refusal}")
            return
        if not field:
            if not (self._depth or (self._in_base64 and _BASE64.fullmatch(line.content))):
                self._miss("unreadable line", line.number, f"'{_said(line)}' is no field of a card")
            return
        self._in_base64 = field.parameters.get("ENCODING", "").upper() in ("B", "BASE64")
        if field.name == "AGENT":
            self.awaits_agent = not field.value.strip()
            self._leave_out("agent")
        elif not (self._depth or field.name in _TECHNICAL or not (self._in_base64 or field.value.strip("; \t\r\n"))):
            self._keep(field, len(line.content))

    def _keep(self, field: Field, size: int) -> None:
        if not _has_place(field.name):
            self._leave_out(field.name.casefold()[:40])
        elif size > LONGEST:
            self._miss(field.name.casefold(), field.line, f"it has over {LONGEST >> 20} MiB")
        else:
            self._bytes += size
            self._fields.setdefault(field.name, []).append(field)
            if field.name == "VERSION":
                self._version = field.value.strip()
            elif field.name == "X-ABLABEL" and field.group:
                self._labels.setdefault(field.group, field)

    def row(self, today: date) -> ContactRow | BadRow | Aside:
        """The card as a contact. A group, and a card without anything in it, are set aside."""
        if self._lines > _MOST_FIELDS or self._bytes > _MOST_BYTES:
            return BadRow(self.line, f"the card has over {_MOST_FIELDS:,} lines or {_MOST_BYTES >> 20} MiB: shorten it")
        kinds = self._fields.get("KIND", []) + self._fields.get("X-ADDRESSBOOKSERVER-KIND", [])
        if kinds and fold(kinds[0].value) == "group":
            name = self._best_line("FN") or self._best_line("N")
            return Aside(self.line, "group", f"the group '{name[:40]}' is left out: it is no person")
        if not (self._left_out or self._unread or self._fields.keys() - {"VERSION", "KIND", "X-ABLABEL"}):
            return Aside(self.line, "empty card", "the card is left out: it has no name, and nothing else in it")
        try:
            return self._contact(today)
        except Refusal as refusal:
            return BadRow(self.line, str(refusal))

    def _contact(self, today: date) -> ContactRow:
        emails = self._read_all("EMAIL", lambda field: check_email(self._bare_email(field)))
        phones = self._read_all("TEL", self._phone)
        company = self._company()
        formatted = self._best_line("FN")
        is_ours = "X-FOLLOWUP-ADDED" in self._fields  # whose FN is the name as it was
        name = (is_ours and formatted) or cells.name(formatted, self._full_name()) or company
        if not name and emails:
            name = name_from_email(emails[0])
        if not (name or phones):
            raise Refusal("the card names nobody: give it a name (FN), an e-mail or a phone")
        name = check_name(name or phones[0])
        lost = self._read_one("X-FOLLOWUP-LOST", self._loss)
        row = ContactRow(
            line=self.line,
            name=name,
            emails=tuple(dict.fromkeys(emails)),
            phones=tuple(dict.fromkeys(phones)),
            company=company or None,
            address=self._address(),
            birthday=self._read_one("BDAY", lambda field: self._birthday(field, today)),
            handles=self._handles(),
            tags=self._tags(),
            notes=block("\n".join(self._text(field) for field in self._fields.get("NOTE", ()))),
            language=self._read_one("X-FOLLOWUP-LANGUAGE", self._language) or self._read_one("LANG", self._language),
            prefers=self._read_one("X-FOLLOWUP-PREFERS", self._channel),
            every=self._read_one("X-FOLLOWUP-EVERY", lambda field: str(parse_period(self._line(field)))),
            dates=self._dates(),
            opted_out=tuple(self._read_all("X-FOLLOWUP-OPTED-OUT", self._channel)),
            lost_reason=lost[0] if lost else None,
            lost_on=lost[1] if lost else None,
            added=self._read_one("X-FOLLOWUP-ADDED", lambda field: card_values.whole_day(self._line(field))),
        )
        return replace(
            row,
            left_out=tuple(self._left_out),
            unread=tuple((line, f"{clean_line(name)}: {reason}") for line, reason in self._unread),
        )

    # What is left out

    def _leave_out(self, what: str) -> None:
        self._left_out[what] = None

    def _miss(self, what: str, line: int, reason: str) -> None:
        self._unread.append((line, f"{what} is left out: {reason}"))

    # One kind of property after the other

    def _best(self, name: str) -> list[Field]:
        """The fields of that name, the preferred ones first."""
        return sorted(self._fields.get(name, ()), key=lambda field: field.preference)

    def _text(self, field: Field) -> str:
        return unescaped(field.value, self._version)

    def _line(self, field: Field) -> str:
        return clean_line(unescaped(field.value, self._version))

    def _parts(self, field: Field) -> list[str]:
        return split(field.value, ";", self._version)

    def _read_all(self, name: str, read: Callable[[Field], Value | None]) -> list[Value]:
        """What the fields of that name say, the preferred ones first. Those that cannot be read are left out."""
        found = []
        for field in self._best(name):
            try:
                value = read(field)
            except Refusal as refusal:
                self._miss(name.casefold(), field.line, str(refusal))
                continue
            if value:
                found.append(value)
        return found

    def _read_one(self, name: str, read: Callable[[Field], Value | None]) -> Value | None:
        found = self._read_all(name, read)
        if any(other != found[0] for other in found[1:]):
            self._leave_out(name.casefold())
        return found[0] if found else None

    def _best_line(self, name: str) -> str:
        return self._read_one(name, self._line) or ""

    def _full_name(self) -> str:
        """The name out of its parts, in the order of English cards: title, given, middle, family, suffix."""
        for field in self._best("N"):
            family, given, middle, before, after, *_ = [*map(clean_line, self._parts(field)), *("",) * 5]
            return " ".join(filter(None, (before, given, middle, family, after)))
        return ""

    def _company(self) -> str:
        found = self._read_all("ORG", self._parts)
        named = [parts for parts in found if clean_line(parts[0])]
        if any(clean_line(part) for parts in named[:1] for part in parts[1:]):
            self._leave_out("department")
        if len(named) > 1:
            self._leave_out("org")
        return clean_line(named[0][0]) if named else ""

    def _bare_email(self, field: Field) -> str:
        text = self._text(field).strip()
        return text[7:] if text[:7].casefold() == "mailto:" else text

    def _phone(self, field: Field) -> str | None:
        for kind in ("fax", "pager"):
            if kind in field.types and not field.types & _SPOKEN:
                self._leave_out(kind)
                return None
        return card_values.phone(self._text(field))

    def _address(self) -> str | None:
        """The preferred address, as its label has it, else a line each for street, town and country."""
        found = self._read_all("ADR", self._address_text)
        if len(found) > 1:
            self._leave_out("adr")
        labels = (block(self._text(field)) for field in self._best("LABEL"))
        return found[0] if found else next(filter(None, labels), None)

    def _address_text(self, field: Field) -> str:
        if label := block(unescaped(field.parameters.get("LABEL", ""), self._version)):
            return label
        part = {name: block(text) or "" for name, text in zip(_ADDRESS, self._parts(field), strict=False)}
        return "\n".join(filter(None, (part.pop("box", ""), address_lines(part))))

    def _birthday(self, field: Field, today: date) -> str:
        return card_values.birthday(self._line(field), field.parameters.get("X-APPLE-OMIT-YEAR"), today)

    def _tags(self) -> tuple[str, ...]:
        texts = (self._text(field) for field in self._fields.get("CATEGORIES", ()))
        return each_tag(part for text in texts for part in text.split(","))

    def _language(self, field: Field) -> str | None:
        return language(self._line(field))

    def _channel(self, field: Field) -> str:
        channel = self._line(field)
        if channel not in CHANNELS and (channel, field.name) != ("all", "X-FOLLOWUP-OPTED-OUT"):
            raise Refusal(f"'{channel[:40]}' is no channel")
        return channel

    def _loss(self, field: Field) -> tuple[str, date]:
        reason, _, day = self._line(field).partition(" ")
        if reason not in LOST_REASONS:
            raise Refusal(f"'{self._line(field)[:40]}' is no reason with its day")
        return reason, whole_day(day)

    def _label(self, field: Field) -> str:
        """What Apple and Google call a field: the text of the label in its group."""
        label = self._labels.get(field.group)
        return _LABEL.sub(r"\1", self._line(label)) if label else ""

    # Dates and handles come from several properties

    def _dates(self) -> dict[str, date]:
        found: dict[str, date] = {}
        for name in (*_ANNIVERSARIES, "X-ABDATE", "X-ANDROID-CUSTOM", "X-FOLLOWUP-DATE"):
            for called, day in self._read_all(name, self._named_date):
                if found.setdefault(called, day) != day:
                    self._leave_out(name.casefold())
        return found

    def _named_date(self, field: Field) -> tuple[str, date] | None:
        if field.name in _ANNIVERSARIES:
            return "anniversary", card_values.whole_day(self._line(field))
        if field.name == "X-ABDATE":
            return as_key(self._label(field)), card_values.whole_day(self._line(field))
        if field.name == "X-FOLLOWUP-DATE":
            return named_day(self._line(field))
        event = _ANDROID_DATE.fullmatch(self._text(field))
        if not event:
            self._leave_out(_android_kind(self._line(field)))
            return None
        return as_key(_ANDROID_NAMES.get(event[2], event[3])), card_values.whole_day(event[1])

    def _handles(self) -> dict[str, str]:
        found: dict[str, str] = {}
        direct = [name for name in self._fields if _network_in(name)]
        for name in (*_PROFILES, *direct, "URL"):
            for net, handle_ in self._read_all(name, self._handle):
                if fold(found.setdefault(net, handle_)).lstrip("@") != fold(handle_).lstrip("@"):
                    self._leave_out(name.casefold())
        return found

    def _handle(self, field: Field) -> tuple[str, str] | None:
        """The network and the name there. What is neither is left out by the property's name."""
        text = self._text(field).strip()
        if field.name == "URL":
            found = handle_in_address(text)
        elif field.name in _PROFILES:
            service = self._service(field)
            user = field.parameters.get("X-USER") or field.parameters.get("USERNAME")
            found = (service, user) if service and user else handle(text, service)
        else:
            found = handle(text, _network_in(field.name))
        if not found:
            self._leave_out(field.name.casefold())
            return None
        return found[0], check_name(found[1], f"{found[0]} handle")

    def _service(self, field: Field) -> str | None:
        """The network that a profile is said to be on, by a parameter, its type or its label."""
        stated = field.parameters.get("X-SERVICE-TYPE") or field.parameters.get("SERVICE-TYPE")
        said = (stated,) if stated else (*sorted(field.types), self._label(field))
        return next(filter(None, map(network, said)), None)


def _android_kind(text: str) -> str:
    """What Android's own properties hold: `vnd.android.cursor.item/nickname;Bo;1` a nickname."""
    return text.partition(";")[0].rpartition("/")[2].casefold()[:40] or "x-android-custom"
