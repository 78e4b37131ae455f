"""The facts and the plan as frozen values: what happened, which rules there are, and what follows from them.

`msgspec.Struct` rather than dataclasses: an import builds a hundred thousand of these, and start-up builds the classes.
Dates are `datetime.date`; money is an integer of minor units (cents) beside its ISO 4217 code.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from msgspec import Struct

from followup.core.period import Period

if TYPE_CHECKING:
    from collections.abc import Callable

Priority = Literal["high", "normal", "low"]
PRIORITIES: tuple[Priority, ...] = ("high", "normal", "low")

CHANNELS = ("email", "phone", "sms", "chat", "social", "post", "visit")
CHAT_NETWORKS = ("whatsapp", "telegram", "signal", "skype")
SOCIAL_NETWORKS = ("x", "facebook", "instagram", "linkedin", "mastodon")

TOUCHES = ("call", "email", "message", "meeting", "visit", "card", "note")
CASES = ("complaint", "claim", "question")
TROUBLE = ("complaint", "claim")
CLOSABLE = (*CASES, "promise", "perk")
EVENT_KINDS = (*TOUCHES, "attempt", *CASES, "promise", "feedback", "referral", "perk")
OUTCOMES = {
    **dict.fromkeys(CASES, ("resolved", "refunded", "replaced", "declined")),
    "promise": ("kept", "broken"),
    "perk": ("redeemed", "lapsed"),
}
INCOMING = (*CASES, "feedback", "referral")
"""Kinds that are touches from the contact's side."""

LOST_REASONS = ("service", "product", "competitor", "moved", "price", "other")

TOUCH_OF_CHANNEL = {
    "email": "email",
    "phone": "call",
    "sms": "message",
    "chat": "message",
    "social": "message",
    "post": "card",
    "visit": "visit",
    None: "note",
}
"""Which touch a follow-up counts as when it is done on a channel."""


class Contact(Struct, frozen=True, kw_only=True):
    """A client. `birthday` is `YYYY-MM-DD` or `--MM-DD`; the first of `emails` and `phones` is the main one."""

    id: int
    name: str
    added: date
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    company: str | None = None
    address: str | None = None
    birthday: str | None = None
    handles: dict[str, str] = {}
    prefers: str | None = None
    language: str | None = None
    every: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    dates: dict[str, date] = {}
    opted_out: tuple[str, ...] = ()
    lost_reason: str | None = None
    lost_on: date | None = None

    @property
    def lost(self) -> bool:
        """Whether they went elsewhere."""
        return self.lost_on is not None


ERASED = "(erased)"
"""Stands where the name of somebody was who is erased."""

NOBODY = Contact(id=0, name="everyone", added=date.min)
"""Stands for the contact where a follow-up is for a whole group."""


class Sale(Struct, frozen=True, kw_only=True):
    """A finished job. `starts_from` is the day of the import it came with: it starts nothing due before that day.

    `entered` is the day it was written down; what was over by then is not planned.
    """

    id: int
    contact_id: int
    title: str
    completed: date
    entered: date
    amount: int | None = None
    currency: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    warranty: str | None = None
    warranty_until: date | None = None
    service_every: str | None = None
    lasts: str | None = None
    dates: dict[str, date] = {}
    ref: str | None = None
    note: str | None = None
    canceled: bool = False
    refunded: bool = False
    starts_from: date | None = None


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened with a contact on a day: a touch, a case, a promise, feedback, a referral, a perk.

    `due` is the promised or expiry day. `reached` says that it was an outgoing touch or a follow-up done, which holds
    the contact's other follow-ups for a while.
    """

    id: int
    contact_id: int
    kind: str
    on: date
    entered: date
    sale_id: int | None = None
    due: date | None = None
    rating: int | None = None
    text: str | None = None
    incoming: bool = False
    reached: bool = False
    of_id: int | None = None
    of_name: str | None = None
    code: str | None = None
    value: str | None = None
    cost: int | None = None
    cost_currency: str | None = None
    closed_on: date | None = None
    outcome: str | None = None

    @property
    def open(self) -> bool:
        """Whether it is of a kind that is closed one day, and that day has not come."""
        return self.kind in CLOSABLE and self.closed_on is None

    @property
    def touch(self) -> bool:
        """Whether it counts as being in touch, either way. An attempt, a promise or a perk does not."""
        return self.kind in TOUCHES or self.kind in INCOMING


class Reminder(Struct, frozen=True, kw_only=True):
    """A follow-up of one's own, once or again each `every` after the day it was done."""

    id: int
    contact_id: int
    day: date
    text: str
    channel: str | None = None
    every: str | None = None


class Key(Struct, frozen=True):
    """What a follow-up is, for ever: its rule ('' for a reminder), what started it, and which occurrence.

    `started_by` is `sale:7`, `event:3`, `contact:2`, `reminder:5` or `everyone`; `occurrence` is a number, a year or
    a day, as text.
    """

    rule: str
    started_by: str
    occurrence: str


class Closing(Struct, frozen=True, kw_only=True):
    """A follow-up that was done or skipped: history that no replan changes."""

    key: Key
    how: Literal["done", "skipped"]
    start: date
    day: date
    closed_on: date
    priority: Priority


class History(Struct, frozen=True, kw_only=True):
    """All that is known of one contact: what the planner is given.

    `sales` are ordered by completed day, then id, and leave out the cancelled ones; `events` by day, then id. `listed`
    has, by rule, the numbered follow-ups that the contact itself started, in order, each with the last day that it was
    in the list or would have been.
    """

    contact: Contact
    sales: list[Sale]
    events: list[Event]
    reminders: list[Reminder]
    closings: list[Closing]
    snoozes: dict[Key, date]
    listed: dict[str, list[tuple[int, date]]] = {}


class Readable(Protocol):
    """What a condition is asked about: fields by name, and what happened by kind."""

    def read(self, root: str, field: str) -> Any:
        """The value of a field such as `sale.amount`; None when absent."""

    def ask(self, question: str, kind: str) -> bool | int:
        """`open`, `happened` or `count` of a kind."""


class Node(SimpleNamespace):
    """A node of a condition's expression: its `kind` and its fields, by the names that Jinja's nodes have."""


class Part(Struct, frozen=True, dict=True):
    """A piece of a condition that must hold: its text, its expression, and whether it compares anything."""

    text: str
    node: Node
    compares: bool

    @cached_property
    def evaluate(self) -> Callable[[Readable], Any]:
        """Gives its value for the facts."""
        from followup.core.condition import compiled

        return compiled(self.node)


class Condition(Struct, frozen=True):
    """A checked condition: all of its parts must hold."""

    text: str
    parts: tuple[Part, ...]

    def holds(self, facts: Readable) -> bool:
        """Whether every part is true for these facts."""
        return all(part.evaluate(facts) for part in self.parts)


class Rule(Struct, frozen=True, kw_only=True):
    """One `[[rule]]` of the rules file, checked. `line` is where it begins; `before` says how to read `offset`.

    `expires` None means never. `usual` is the factor of `after = "1.5 x usual"`, with `offset` as the fallback.
    """

    name: str
    on: str
    line: int = 0
    before: bool = False
    offset: Period
    usual: float | None = None
    every: Period | None = None
    times: int | None = None
    when: Condition | None = None
    channels: tuple[str, ...] = ()
    message: str = ""
    title: str | None = None
    expires: Period | None
    priority: Priority = "normal"
    at_most: Period | None = None
    hold: bool = True
    weekend: str = "next"
    lost: bool = False
    schedule: str | None = None
    group: bool = False


class Settings(Struct, frozen=True, kw_only=True):
    """The `[settings]` of the rules file."""

    weekend: Literal["keep", "next", "previous"] = "next"
    daily: int = 0
    min_gap: Period


class Rules(Struct, frozen=True, kw_only=True):
    """A whole rules file, checked, in the order it is written."""

    settings: Settings
    rules: tuple[Rule, ...]


class FollowUp(Struct, frozen=True, kw_only=True):
    """One planned follow-up, as the planner returns it.

    `start` is the day of what started it, `due` that day with offset, weekend shift and holidays applied, `expires` the
    last day in the list (None: never) and `last` the same carried on by holds. `missing` says what no channel could do
    without; `holdable` whether others may stand before it; `position` is its rule's place in the file.
    """

    key: Key
    contact_id: int | None
    sale_id: int | None = None
    event_id: int | None = None
    start: date
    due: date
    snoozed_until: date | None = None
    expires: date | None
    last: date
    title: str
    channel: str | None
    missing: str | None = None
    message: str = ""
    position: int = -1
    priority: Priority = "normal"
    holdable: bool = True

    @property
    def snoozed(self) -> bool:
        """Whether it was put off beyond the day that it is due."""
        return self.snoozed_until is not None and self.snoozed_until > self.due

    @property
    def day(self) -> date:
        """The day that counts: the later of due and snoozed until."""
        return max(self.due, self.snoozed_until) if self.snoozed_until else self.due
