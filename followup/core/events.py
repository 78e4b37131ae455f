"""Events as they may be written down: what each kind needs, what may be said of it, and how it is closed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from followup.core.identity import clean_block, clean_line
from followup.core.model import CASES, CLOSABLE, EVENT_KINDS, INCOMING, OUTCOMES, TOUCHES, Event
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from followup.core.model import Sale

LONGEST_TEXT = 10_000
"""The most characters of a text: messages quote it, and they are bounded."""

_DEFAULT_OUTCOME = {**dict.fromkeys(CASES, "resolved"), "promise": "kept", "perk": "redeemed"}
_GOES_WITH = {
    "by": (*CASES, "promise"),
    "rating": ("feedback",),
    "of": ("referral",),
    "code": ("perk",),
    "value": ("perk",),
    "expires": ("perk",),
    "in": (*TOUCHES, *INCOMING),
    "out": TOUCHES,
    "eml": ("email",),
    "outcome": CLOSABLE,
}
"""Which options go with which kinds; the others go with all. That a case came in may be said, though it is clear."""

_NEEDED = {"promise": ("by", "the day it is promised for"), "feedback": ("rating", "a number from 0 to 10"),
           "referral": ("of", "whom they recommended")}  # fmt: skip


class Saying(Struct, frozen=True, kw_only=True):
    """What was said of an event, checked by itself: `by` and `expires` are days, `of_id` is a contact's."""

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
    """A kind of event, case ignored. Refuses an unknown one, naming the nearest."""
    word = kind.strip().casefold()
    if word in EVENT_KINDS:
        return word
    from difflib import get_close_matches

    near = get_close_matches(word, EVENT_KINDS, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"kinds are {', '.join(EVENT_KINDS)}"
    raise Refusal(f"there is no kind of event '{clean_line(kind)[:40]}': {hint}")


def check_text(text: str) -> str | None:
    """What was said, its lines cleaned; None for nothing. Refuses more than `LONGEST_TEXT` characters."""
    lines = clean_block(text)
    if len(lines) > LONGEST_TEXT:
        raise Refusal(
            f"the text is {len(lines)} characters long: {LONGEST_TEXT} are the most, so say what matters in it"
        )
    return lines or None


def check_fits(kind: str, given: Iterable[str]) -> None:
    """Refuses an option that does not go with the kind."""
    for option in sorted(given):
        kinds = _GOES_WITH.get(option)
        if kinds and kind not in kinds:
            raise Refusal(f"--{option} does not go with {kind}, only with {', '.join(kinds)}")


def check_whole(kind: str, given: Iterable[str]) -> None:
    """Refuses a kind without the option that it needs."""
    option, what = _NEEDED.get(kind, ("", ""))
    if option and option not in given:
        raise Refusal(f"{kind} needs --{option}: {what}")


def check_mending(kind: str, given: Mapping[str, str]) -> None:
    """Refuses options that do not go with the kind, and clearing what it needs or the day it happened."""
    check_fits(kind, given)
    for option in ("on", _NEEDED.get(kind, ("", ""))[0]):
        if option in given and not given[option]:
            raise Refusal(f"{kind} needs --{option}: it cannot be empty")


def event_of(saying: Saying, contact_id: int, sale: Sale | None, today: date) -> Event:
    """The event that was said, for one contact. Refuses what `check_event` refuses."""
    event = Event(
        id=0,
        contact_id=contact_id,
        kind=saying.kind,
        on=saying.on,
        entered=today,
        sale_id=sale.id if sale else None,
        due=saying.by or saying.expires,
        rating=saying.rating,
        text=saying.text,
        of_id=saying.of_id,
        of_name=saying.of_name,
        code=saying.code,
        value=saying.value,
        cost=saying.cost,
        cost_currency=saying.cost_currency,
    )
    return check_event(turned(event, saying.incoming), sale, today)


def turned(event: Event, incoming: bool) -> Event:
    """The event as one in which they reached out, or you did. A note, and what is no touch, reaches nobody."""
    reached = event.kind in TOUCHES and event.kind != "note" and not incoming
    return replace(event, incoming=incoming or event.kind in INCOMING, reached=reached)


def check_event(event: Event, sale: Sale | None, today: date) -> Event:
    """The event itself, with the sale that it is about.

    Refuses a day ahead, days before the event, a rating off the scale, another's sale, and who recommends themselves.
    """
    if event.on > today:
        raise Refusal(f"{event.on} lies ahead: give today or a day before")
    for day in (event.due, event.closed_on):
        if day is not None and day < event.on:
            raise Refusal(f"{day} is before the day it happened ({event.on}): give a later day")
    if event.rating is not None and not 0 <= event.rating <= 10:
        raise Refusal(f"the rating {event.rating} is not between 0 and 10: give a number from 0 to 10")
    if sale is not None and sale.contact_id != event.contact_id:
        raise Refusal(
            f"sale {sale.id} ({sale.title}) is another contact's: see followup sale list --contact {event.contact_id}"
        )
    if event.of_id == event.contact_id:
        raise Refusal("nobody recommends themselves: name the person whom they recommended")
    return event


def closed(event: Event, outcome: str | None, on: date, today: date) -> Event:
    """The event closed on a day. Refuses what does not close or is closed, and another kind's outcome."""
    if event.kind not in CLOSABLE:
        raise Refusal(f"event {event.id} ({event.kind}) is nothing to close: only {', '.join(CLOSABLE)} are")
    if event.closed_on is not None:
        raise Refusal(
            f"{event.kind} {event.id} was closed on {event.closed_on} ({event.outcome}): followup event edit mends it"
        )
    outcome = check_outcome(event.kind, _DEFAULT_OUTCOME[event.kind] if outcome is None else outcome)
    if on > today:
        raise Refusal(f"{on} lies ahead: give today or a day before")
    if on < event.on:
        raise Refusal(f"{on} is before the {event.kind} itself ({event.on}): give a later day")
    return replace(event, closed_on=on, outcome=outcome)


def check_outcome(kind: str, outcome: str) -> str:
    """An outcome of this kind, case ignored. Refuses another, naming those there are."""
    word = outcome.strip().casefold()
    if word not in OUTCOMES[kind]:
        raise Refusal(f"a {kind} cannot end as '{clean_line(outcome)[:40]}': outcomes are {', '.join(OUTCOMES[kind])}")
    return word
