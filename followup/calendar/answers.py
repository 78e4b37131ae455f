"""Answers given in a calendar: what was ticked off, cancelled or moved there, against what was told and what stands.

What lies there is compared with what it was told last, so that only what somebody did there counts as an answer, and
not what changed here meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from datetime import date

    from followup.calendar.reading import Item
    from followup.core.agenda import Standing
    from followup.store.calendar import Sent

Verb = Literal["done", "skip", "snooze", "ignore"]


class Answer(Struct, frozen=True, kw_only=True):
    """What was done there with a follow-up: done or put off to a day, or skipped; or why it cannot count."""

    verb: Verb
    on: date | None = None
    reason: str = ""


def there(told: Sent, item: Item, tag: str) -> Sent | None:
    """What the calendar is known to have now that the item was read; None for one that our last word did not reach.

    One whose tag was not known was being written when a run was interrupted: it has our last word, or a former one.
    """
    if not told.stands:
        return replace(told, tag=tag)
    if told.tag is None and item.status == "standing" and item.sequence < told.sequence:
        return None
    day = item.day or told.day
    if told.tag is None and told.sequence == 0:
        day = told.day  # another copy of this home may have told it: nothing says who moved it
    return replace(
        told,
        day=day,
        earliest=min(told.earliest, day),
        sequence=max(told.sequence, item.sequence),
        status=item.status,
        done_on=(item.done_on or day) if item.status == "completed" else None,
        tag=tag,
    )


def answer(told: Sent, found: Sent, item: Item, row: Standing | None, today: date) -> Answer | None:
    """The answer that lies in the difference between what was told and what is there; None for no answer.

    `row` is the follow-up as it stands, or as it was closed; None for an occurrence that is still to come.
    """
    if not told.stands:
        return None
    if found.status == "standing":
        return _moved(told, found.day, row, today)
    if row is None:
        return Answer(verb="ignore", reason="it opens once the one before it is done")
    done = found.status == "completed"
    on = min(item.done_on or today, today)
    in_time = row.closed_on is None and on <= row.last < today  # it expired since
    if row.plan == "open" or (done and in_time):
        return Answer(verb="done", on=on) if done else Answer(verb="skip")
    agreed = row.plan == ("done" if done else "skipped")
    return None if agreed else Answer(verb="ignore", reason=_closed(row))


def _moved(told: Sent, day: date, row: Standing | None, today: date) -> Answer | None:
    if day == told.day:
        return None
    if row is None:
        return Answer(verb="ignore", reason="it opens once the one before it is done")
    if row.plan != "open":
        return Answer(verb="ignore", reason=_closed(row))
    if row.day == day:
        return None
    if row.day != told.day:
        return Answer(verb="ignore", reason=f"it moved here too, to {row.day}")
    if day <= today:
        return Answer(verb="ignore", reason=f"{day} is not after today")
    if day < row.due:
        return Answer(verb="ignore", reason=f"it cannot come before the day it is due, {row.due}")
    return Answer(verb="snooze", on=day)


def _closed(row: Standing) -> str:
    if row.plan == "expired":
        return f"it expired on {row.last}"
    return f"it was {row.plan} on {row.closed_on}" if row.closed_on else "it no longer stands"
