"""Events as they may be written down: what each kind needs, what may be said of it, and how it is closed."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from followup.core.model import CASES, CLOSABLE, EVENT_KINDS, INCOMING, OUTCOMES, TOUCHES, Event
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from followup.core.model import Sale

_DEFAULT_OUTCOME = {**dict.fromkeys(CASES, "resolved"), "promise": "kept", "perk": "redeemed"}
_GOES_WITH = {
    "by": (*CASES, "promise"),
    "rating": ("feedback",),
    "of": ("referral",),
    "code": ("perk",),
    "value": ("perk",),
    "expires": ("perk",),
    "in": TOUCHES,
}
"""Which options go with which kinds; the others go with all."""

_NEEDED = {"promise": ("by", "the day it is promised for"), "feedback": ("rating", "a number from 0 to 10"),
           "referral": ("of", "whom they recommended")}  # fmt: skip


class Saying(Struct, frozen=True, kw_only=True):
    """What was said of an event, checked by itself: `by` and `expires` are days, `of_id` a contact where they are one."""

    kind: str
    on: date
    text: str | None = None
    incoming: bool = False
    by: date | None = None
    rating: int | None = None
    of_id: int | None = None
    of_name: str | None = None
    code: str | None = None
    value: str | None = None
    expires: date | None = None
    cost: int | None = None
    cost_currency: str | None = None


def check_kind(kind: str) -> str:
    """A kind of event. Refuses an unknown one, naming the nearest."""
    if kind in EVENT_KINDS:
        return kind
    near = get_close_matches(kind, EVENT_KINDS, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"kinds are {', '.join(EVENT_KINDS)}"
    raise Refusal(f"there is no kind of event '{kind}': {hint}")


def check_options(kind: str, given: set[str]) -> None:
    """Refuses an option that does not go with the kind, and a kind without what it needs."""
    for option in sorted(given):
        kinds = _GOES_WITH.get(option)
        if kinds and kind not in kinds:
            raise Refusal(f"--{option} does not go with {kind}, only with {', '.join(kinds)}")
    if kind in _NEEDED and _NEEDED[kind][0] not in given:
        option, what = _NEEDED[kind]
        raise Refusal(f"a {kind} needs --{option}: {what}")


def event_of(saying: Saying, contact_id: int, sale: Sale | None, today: date) -> Event:
    """The event that was said, for one contact. Refuses a day ahead, days before the event, and another's sale."""
    if saying.on > today:
        raise Refusal(f"{saying.on} lies ahead: give today or a day before")
    if sale is not None and sale.contact_id != contact_id:
        raise Refusal(
            f"sale {sale.id} ({sale.title}) is another contact's: see followup sale list --contact {contact_id}"
        )
    due = saying.by or saying.expires
    if due is not None and due < saying.on:
        raise Refusal(f"{due} is before the day it happened ({saying.on}): give a later day")
    if saying.rating is not None and not 0 <= saying.rating <= 10:
        raise Refusal(f"the rating {saying.rating} is not between 0 and 10")
    if saying.of_id == contact_id:
        raise Refusal("nobody recommends themselves: name the person whom they recommended")
    return Event(
        id=0,
        contact_id=contact_id,
        kind=saying.kind,
        on=saying.on,
        entered=today,
        sale_id=sale.id if sale else None,
        due=due,
        rating=saying.rating,
        text=saying.text,
        incoming=saying.incoming or saying.kind in INCOMING,
        reached=saying.kind in TOUCHES and saying.kind != "note" and not saying.incoming,
        of_id=saying.of_id,
        of_name=saying.of_name,
        code=saying.code,
        value=saying.value,
        cost=saying.cost,
        cost_currency=saying.cost_currency,
    )


def closed(event: Event, outcome: str | None, on: date, today: date) -> Event:
    """The event closed on a day. Refuses what does not close or is closed, and an outcome that does not fit the kind."""
    if event.kind not in CLOSABLE:
        raise Refusal(f"event {event.id} is a {event.kind}: only {', '.join(CLOSABLE)} are closed")
    if event.closed_on is not None:
        raise Refusal(
            f"{event.kind} {event.id} was closed on {event.closed_on} ({event.outcome}): followup event edit mends it"
        )
    outcome = check_outcome(event.kind, outcome or _DEFAULT_OUTCOME[event.kind])
    if on > today:
        raise Refusal(f"{on} lies ahead: give today or a day before")
    if on < event.on:
        raise Refusal(f"{on} is before the {event.kind} itself ({event.on}): give a later day")
    return replace(event, closed_on=on, outcome=outcome)


def check_outcome(kind: str, outcome: str) -> str:
    """An outcome of this kind. Refuses another, naming those there are."""
    if outcome not in OUTCOMES[kind]:
        raise Refusal(f"a {kind} cannot end as '{outcome}': outcomes are {', '.join(OUTCOMES[kind])}")
    return outcome


def check_fits(kind: str, given: dict[str, str]) -> None:
    """Refuses options that do not go with the kind, and clearing what it needs or the day it happened."""
    for option in given:
        kinds = _GOES_WITH.get(option)
        if kinds and kind not in kinds:
            raise Refusal(f"--{option} does not go with {kind}, only with {', '.join(kinds)}")
    for option in ("on", _NEEDED.get(kind, ("", ""))[0]):
        if given.get(option) == "":
            raise Refusal(f"a {kind} needs --{option}: it cannot be empty")
