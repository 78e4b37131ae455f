"""What other rules would plan, beside the plan that stands; and how one plan differs from a later one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from followup.core.model import FollowUp, Rules
    from followup.core.planner import Planner
    from followup.store.book import Book

Start = tuple[str, str]
"""A rule and what started it: of these no more than one follow-up stands open."""

_STANDING = (
    "SELECT rule, started_by, day, title, channel, message, priority, expires FROM followups WHERE plan = 'open'"
)


class Change(NamedTuple):
    """What becomes of one follow-up: its day as it stands (None: it appears), and its new one (None: it vanishes).

    `altered` says that it keeps its day and gets another title, channel, message, priority or expiry.
    """

    rule: str
    contact: str | None
    title: str
    old: date | None
    new: date | None
    altered: bool = False

    @property
    def kind(self) -> str:
        """`appear`, `move`, `vanish`, or `stay`."""
        if self.old is None:
            return "appear"
        if self.new is None:
            return "vanish"
        return "stay" if self.old == self.new else "move"


def changes(book: Book, rules: Rules) -> Iterator[Change]:
    """Every follow-up that stands or would stand with other rules: contact by contact, then the group rules'.

    Nothing is written, and memory does not grow with the file.
    """
    from followup.core.facts import since
    from followup.store import histories

    planner = book.planner_with(rules)
    groups: dict[str, date] = {}
    for history in histories.of_all(book.db):
        plan = planner.plan(history)
        for name in plan.groups:
            groups[name] = min(since(history), groups.get(name, date.max))
        standing = book.db.execute(f"{_STANDING} AND contact_id = ?", [history.contact.id])
        yield from _compared(history.contact.name, standing, plan.open)
    standing = book.db.execute(f"{_STANDING} AND contact_id IS NULL")
    yield from _compared(None, standing, _of_groups(book.db, planner, groups))


def _of_groups(db: sqlite3.Connection, planner: Planner, groups: Mapping[str, date]) -> list[FollowUp]:
    from followup.store import histories

    found = []
    for rule in planner.rules.rules:
        if rule.name in groups:
            closings, snoozes, _ = histories.of_group(db, rule.name)
            found += planner.plan_group(rule, closings, snoozes, groups[rule.name]).open
    return found


def _compared(contact: str | None, standing: sqlite3.Cursor, planned: list[FollowUp]) -> Iterator[Change]:
    old = {(row[0], row[1]): row[2:] for row in standing}
    new = {(f.key.rule, f.key.started_by): _as_stored(f) for f in planned}
    found = [
        _change(start[0], contact, old.get(start), new.get(start))
        for start in (*old, *(s for s in new if s not in old))
    ]
    yield from sorted(found, key=lambda change: (change.new or change.old or date.max, change.rule, change.title))


def _as_stored(f: FollowUp) -> tuple[Any, ...]:
    expires = f.expires.isoformat() if f.expires else None
    return (f.day.isoformat(), f.title, f.channel, f.message, f.priority, expires)


def _change(rule: str, contact: str | None, old: tuple[Any, ...] | None, new: tuple[Any, ...] | None) -> Change:
    day = [date.fromisoformat(values[0]) if values else None for values in (old, new)]
    shown = new or old
    assert shown is not None
    return Change(rule, contact, shown[1], day[0], day[1], bool(old and new and old[0] == new[0] and old != new))


def standing_days(db: sqlite3.Connection) -> dict[Start, str]:
    """The day of every open follow-up."""
    rows = db.execute("SELECT rule, started_by, day FROM followups WHERE plan = 'open'")
    return {(row[0], row[1]): row[2] for row in rows}


def difference(before: Mapping[Start, str], after: Mapping[Start, str]) -> dict[str, int]:
    """How many follow-ups appeared, moved and vanished from one plan to the next."""
    return {
        "appear": len(after.keys() - before.keys()),
        "move": sum(after.get(start, day) != day for start, day in before.items()),
        "vanish": len(before.keys() - after.keys()),
    }
