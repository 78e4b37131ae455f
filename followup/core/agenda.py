"""The agenda: of the follow-ups that stand, which are shown on a day, which are held, and in what order.

Reads light rows rather than the model, so that the morning list loads nothing it does not need.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REVIVAL = timedelta(days=90)
"""How long the daily limit can carry on what has expired."""

PRIORITY_ORDER = {"high": 0, "normal": 1, "low": 2}


class Standing(NamedTuple):
    """A stored follow-up with the names that a list shows. `plan` is its place in the plan: open, expired, done,
    skipped or gone. `contact_folded` is the name as names are compared. Its contact was last reached on `reached`, and
    may be written to again on `free`."""

    id: int
    uid: str
    rule: str
    started_by: str
    occurrence: str
    contact_id: int | None
    contact_name: str | None
    contact_folded: str | None
    sale_id: int | None
    sale_title: str | None
    event_id: int | None
    event_kind: str | None
    title: str
    start: date
    due: date
    snoozed_until: date | None
    day: date
    expires: date | None
    last: date
    channel: str | None
    missing: str | None
    message: str
    priority: str
    holdable: bool
    position: int
    plan: str
    closed_on: date | None
    note: str | None
    free: date | None
    reached: date | None


class Entry(NamedTuple):
    """A follow-up as it stands on a day, with its state in the list."""

    standing: Standing
    state: str


def agenda(rows: list[Standing], today: date, daily: int) -> list[Entry]:
    """Every open row with its state on the day, in order of day, then priority, then name.

    `rows` are all that stand due by then (with the lately expired ones where there is a daily limit), and any others to
    tell the state of. `daily` is how many normal and low ones a day's list may have; 0 is no limit.
    """
    alive = sorted(carried_on(rows, today, daily), key=list_order)
    places = {row.id: n for n, row in enumerate(alive)}
    held = _held(sorted(alive, key=person_order), {row.id: row.last for row in alive}, places, today, daily)
    return [Entry(row, _state(row, today, held)) for row in alive]


def list_order(row: Standing) -> tuple[date, int, str, int]:
    """The order of the list: day, then priority, then name."""
    return (row.day, PRIORITY_ORDER[row.priority], row.contact_folded or "", row.id)


def carried_on(rows: list[Standing], today: date, daily: int) -> list[Standing]:
    """The open rows, with those expired ones that the daily limit kept out of every list until their last day.

    Goes through the days on which one left: one that was beyond the limit on its last day stays for another. As long as
    it does, there is no later one of the same start: late ones don't pile up.
    """
    alive = [row for row in rows if row.plan == "open"]
    left = {row.id: row for row in rows if row.plan == "expired"} if daily else {}
    if not left:
        return alive
    starts: dict[tuple[str, str], list[int]] = {}
    for row in sorted(left.values(), key=lambda row: row.due):
        starts.setdefault((row.rule, row.started_by), []).append(row.id)
    places = {row.id: n for n, row in enumerate(sorted(rows, key=list_order))}
    persons = sorted(rows, key=person_order)
    last = {row.id: row.last for row in rows}
    while left and (day := min(last[n] for n in left)) < today:
        held = _held(persons, last, places, day, daily)
        for n in [n for n in left if last[n] == day]:
            of_start = starts[left[n].rule, left[n].started_by]
            if n in held and n == of_start[0]:
                last[n] = day + timedelta(days=1)
            else:
                of_start.remove(n)
                del left[n]
    later = [row for row in alive if not starts.get((row.rule, row.started_by))]
    return later + [row._replace(plan="open", last=last[n]) for n, row in left.items()]


def _held(
    rows: Iterable[Standing], last: Mapping[int, date], places: Mapping[int, int], today: date, daily: int
) -> set[int]:
    """The ids of those that are due by the day but not shown: behind another of the same person, just reached, or
    beyond the daily limit. `rows` are in the order of each person's; `last` and `places` give, by id, the last day of
    each and its place in the list."""
    due = [row for row in rows if row.day <= today <= last[row.id] and (row.closed_on is None or row.closed_on > today)]
    held: set[int] = set()
    first: dict[int, int] = {}
    for row in due:
        behind = row.contact_id is not None and first.setdefault(row.contact_id, row.id) != row.id
        reached = row.reached is not None and row.free is not None and row.reached <= today < row.free
        if row.holdable and (reached or behind):
            held.add(row.id)
    if not daily:
        return held
    shown = [row for row in due if row.id not in held and row.priority != "high"]
    room = max(0, daily - sum(not row.holdable for row in shown))
    waiting = sorted((row.id for row in shown if row.holdable), key=places.__getitem__)
    return held.union(waiting[room:])


def person_order(row: Standing) -> tuple[int, date, int, tuple[str, str]]:
    """The order among the follow-ups of one person, as the planner has it."""
    return (PRIORITY_ORDER[row.priority], row.day, row.position, (row.started_by, row.occurrence))


def _state(row: Standing, today: date, held: set[int]) -> str:
    if row.plan != "open":
        return row.plan
    if row.snoozed_until is not None and row.snoozed_until > today:
        return "snoozed"
    if row.id in held:
        return "held"
    if row.day > today:
        return "upcoming"
    return "due" if row.day == today else "overdue"
