"""Messages looked over before anybody gets one: each rule's are tried on made-up facts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from followup.core.facts import Facts
from followup.core.model import INCOMING, NOBODY, Contact, Event, History, Sale
from followup.core.refusal import Refusal
from followup.core.sandbox import TemplateFault
from followup.drafting.lookup import every, find, strangers
from followup.drafting.render import compiled, compose, usual_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from followup.core.model import Rule, Rules
    from followup.drafting.lookup import Message

LONGEST = {"sms": 160, "social": 280}
"""Characters of one text message (GSM 03.38), and of one post on X."""


class MessageFault(NamedTuple):
    """One thing that is wrong with a message: on a line, where that is known; for a rule, where one brought it out."""

    message: str
    line: int | None
    rule: str | None
    reason: str


def faults(home: Path, rules: Rules, business: Mapping[str, str]) -> list[MessageFault]:
    """Every fault of the messages, in the order of their names: of the home's all, of the shipped ones those in use."""
    found = [
        MessageFault(path.name, None, None, "no message has such a name: NAME.CHANNEL.j2 or NAME.CHANNEL.LANG.j2")
        for path in strangers(home)
    ]
    for message in every(home):
        users = [rule for rule in rules.rules if rule.message == message.name]
        if users or message.yours:
            found += _faults_of(message, users, business)
    return found + list(_missing(home, rules, business["language"]))


def faults_of(message: Message, rules: Rules, business: Mapping[str, str]) -> list[MessageFault]:
    """The faults of one message."""
    return _faults_of(message, [rule for rule in rules.rules if rule.message == message.name], business)


def _missing(home: Path, rules: Rules, language: str) -> Iterator[MessageFault]:
    for rule in rules.rules:
        for channel in rule.channels:
            try:
                find(home, rule.message, channel, language)
            except Refusal as refusal:
                yield MessageFault(f"{rule.message}.{channel}", None, rule.name, str(refusal))


def _faults_of(message: Message, users: list[Rule], business: Mapping[str, str]) -> list[MessageFault]:
    """What is wrong with the message in itself; else what each rule that uses it brings to light, every fault once."""
    language = message.written_in(business["language"])
    try:
        compiled(message.text(), message.what, language)
    except TemplateFault as fault:
        return [MessageFault(message.label, fault.line, None, fault.reason)]
    found: dict[tuple[int | None, str], MessageFault] = {}
    longest = 0
    for rule in users:
        for facts in _samples(rule, business, language):
            try:
                _, body = compose(message, facts.views(), business["language"])
                longest = max(longest, len(body))
            except TemplateFault as fault:
                known = MessageFault(message.label, fault.line, rule.name, fault.reason)
                found.setdefault((fault.line, fault.reason), known)
    most = LONGEST.get(message.channel, longest)
    if longest > most:
        reason = f"grows to {longest} characters with ordinary names: {most} are the most"
        return [*found.values(), MessageFault(message.label, None, None, reason)]
    return list(found.values())


def _samples(rule: Rule, business: Mapping[str, str], language: str) -> Iterator[Facts]:
    """Facts that the rule can meet: with all that there can be, and with what its start implies and nothing else.

    Where the rule's condition asks for more, the second is left out.
    """
    rich, bare = _facts(rule, business, full=True), _facts(rule, business, full=False)
    rich.usual = usual_text(42, language) if rule.on == "silence" else None
    yield rich
    if rule.when is None or rule.when.holds(bare):
        yield bare


_DAY = date(2026, 9, 30)
"""As long as days get to write."""


def _facts(rule: Rule, business: Mapping[str, str], full: bool) -> Facts:
    dates = {rule.on[5:]: _DAY} if rule.on.startswith("date:") else {}
    own = rule.on.removesuffix("-closed")
    contact = Contact(id=1, name="Josefine Berg", added=_DAY - timedelta(800), dates=dates, **_more(_CONTACT, full))
    sale = Sale(id=1, contact_id=1, title="Landing page, shop and booking", completed=_DAY, entered=_DAY, dates=dates,
                **_more(_SALE, full, _IMPLIED.get(rule.on, ())))  # fmt: skip
    implied = ("due",) if own in ("promise", "perk") else ()
    closed = _CLOSED if own != rule.on else {}
    event = Event(id=1, contact_id=1, kind=own, on=_DAY, entered=_DAY, **_more(_EVENT, full, implied), **closed)
    of_event = own in (*INCOMING, "promise", "perk")
    of_sale = rule.on in ("sale", *_IMPLIED) or (full and (of_event or bool(dates)))
    bought = of_sale or full or rule.on == "anniversary"
    history = History(
        contact=NOBODY if rule.group else contact,
        sales=[sale] if bought and not rule.group else [],
        events=[event] if of_event else [],
        reminders=[],
        closings=[],
        snoozes={},
    )
    return Facts(
        history,
        business,
        rule=rule.name,
        sale=sale if of_sale else None,
        event=event if of_event else None,
        start=_DAY,
        due=_DAY,
        occasion=_DAY if rule.on == "service" else None,
        today=_DAY,
    )


def _more(values: dict[str, Any], full: bool, implied: tuple[str, ...] = ()) -> dict[str, Any]:
    return {name: value for name, value in values.items() if full or name in implied}


_IMPLIED: dict[str, tuple[str, ...]] = {
    "warranty-end": ("warranty_until",), "service": ("service_every",), "runs-out": ("lasts",),
}  # fmt: skip
"""What a start implies of its sale."""

_CONTACT: dict[str, Any] = {
    "emails": ("josefine@example.com",), "phones": ("+49 40 1234567",), "company": "Berg & Sons",
    "address": "12 Harbour Lane\n20457 Hamburg", "birthday": "1990-06-15", "language": "en",
    "handles": {"whatsapp": "+49 40 1234567", "x": "josefine"}, "tags": ("regular",), "notes": "prefers mornings",
}  # fmt: skip
_SALE: dict[str, Any] = {
    "amount": 120050, "currency": "EUR", "category": "web", "warranty_until": _DAY, "service_every": "1 year",
    "lasts": "6 months", "ref": "R-2026-17", "note": "blue, not green", "tags": ("web",),
}  # fmt: skip
_EVENT: dict[str, Any] = {
    "sale_id": 1, "due": _DAY, "rating": 7, "text": "it came late", "of_name": "Tom Reed", "code": "AUTUMN10",
    "value": "10%", "cost": 500, "cost_currency": "EUR",
}  # fmt: skip
_CLOSED: dict[str, Any] = {"closed_on": _DAY, "outcome": "resolved"}
