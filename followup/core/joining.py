"""Two records of one person as one: what the first lacks is filled, nothing of it is overwritten, and what contradicts
it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from followup.core.identity import fold, phone_digits
from followup.core.model import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date

    from followup.core.model import Contact

_TEXTS = ("company", "address", "language", "prefers", "every")
_NUMBERED = ("whatsapp", "signal")
"""Networks on which people go by their phone number."""


class Conflict(Struct, frozen=True):
    """A field in which two records contradict each other: the value that stays ('' for none) and the one that does
    not."""

    field: str
    kept: str
    given: str


def join(kept: Contact, given: Contact, bought: date | None) -> tuple[Contact, list[Conflict]]:
    """`kept` with what only `given` has, and where the two contradict each other; e-mails and phones are left as they
    are.

    Values that differ in case, accents and spaces alone are equal. Tags and opt-outs add up. Being lost is taken over,
    unless a sale of the day `bought` came after it.
    """
    join = _Join()
    join.settle("name", kept.name, given.name)
    fields: dict[str, Any] = {f: join.settle(f, getattr(kept, f), getattr(given, f)) for f in _TEXTS}
    fields["birthday"] = join.birthday(kept.birthday, given.birthday)
    known = kept.notes and given.notes and fold(given.notes) in fold(kept.notes)
    fields["notes"] = kept.notes if known else join.settle("notes", kept.notes, given.notes)
    fields["handles"] = dict(kept.handles)
    for net, name in given.handles.items():
        norm = _number if net in _NUMBERED else _without_at
        fields["handles"][net] = join.settle(f"handles.{net}", kept.handles.get(net), name, norm)
    fields["dates"] = {**given.dates, **kept.dates}
    for name, day in given.dates.items():
        join.settle(f"dates.{name}", fields["dates"][name].isoformat(), day.isoformat())
    fields["tags"] = tuple(dict.fromkeys((*kept.tags, *given.tags)))
    fields["opted_out"] = opted_out_of({*kept.opted_out, *given.opted_out})
    if given.lost_on and not kept.lost and bought and bought > given.lost_on:
        join.conflicts.append(Conflict("lost", "", _loss(given)))
    elif join.settle("lost", _loss(kept), _loss(given)) and not kept.lost:
        fields |= {"lost_reason": given.lost_reason, "lost_on": given.lost_on}
    return replace(kept, **fields), join.conflicts


def opted_out_of(channels: Collection[str]) -> tuple[str, ...]:
    """Channels as a contact has them: `all` alone, or each in order."""
    return ("all",) if "all" in channels else tuple(channel for channel in CHANNELS if channel in channels)


class _Join:
    """Settles field after field, and collects where the two contradict each other."""

    def __init__(self) -> None:
        self.conflicts: list[Conflict] = []

    def settle(self, field: str, kept: str | None, given: str | None, norm: Callable[[str], str] = fold) -> str | None:
        """The value that stays. Those that `norm` makes the same are equal."""
        if kept and given and norm(kept) != norm(given):
            self.conflicts.append(Conflict(field, kept, given))
        return kept or given

    def birthday(self, kept: str | None, given: str | None) -> str | None:
        """The same for birthdays: of two on the same day of the year, the one that has the year."""
        if kept and given and kept[-5:] == given[-5:]:
            if kept.startswith("--"):
                return given
            if given.startswith("--"):
                return kept
        return self.settle("birthday", kept, given)


def _number(handle: str) -> str:
    return phone_digits(handle) or fold(handle)


def _without_at(handle: str) -> str:
    return fold(handle).lstrip("@")


def _loss(contact: Contact) -> str:
    return f"{contact.lost_reason} on {contact.lost_on}" if contact.lost else ""
