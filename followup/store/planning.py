"""The stored plan made equal to what the planner says: contact by contact, then the group rules.

Loaded only where something is planned anew, which a look at what is due seldom needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.core.facts import since
from followup.core.period import LAST_DAY
from followup.core.planner import Plan
from followup.store import histories
from followup.store.followups import write_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from followup.core.model import History
    from followup.store.book import Book

EVERYONE_ID = 0
"""Stands in `plans` for the group rules."""


def plan_everyone(book: Book, progress: Callable[[int], object]) -> None:
    """Plans every contact anew, and the group rules. Keeps nothing of one contact while it plans the next."""
    for history in histories.of_all(book.db):
        _plan_one(book, history)
        progress(1)
    _plan_groups(book)


def plan_some(book: Book, ids: Iterable[int], progress: Callable[[int], object]) -> list[int]:
    """Plans these contacts anew, and the group rules; the ids of what came into the list, and of what moved."""
    written: list[int] = []
    for history in histories.of_contacts(book.db, set(ids) - {EVERYONE_ID}):
        written += _plan_one(book, history)
        progress(1)
    return written + _plan_groups(book)


def _plan_one(book: Book, history: History) -> list[int]:
    contact_id = history.contact.id
    plan = book.planner.plan(history)
    written = write_plan(book.db, ("contact_id = ?", (contact_id,)), plan, book.uid_of)
    book.db.execute(
        "INSERT OR REPLACE INTO plans (contact_id, valid_from, valid_until, reached, free) VALUES (?, ?, ?, ?, ?)",
        [
            contact_id,
            book.today.isoformat(),
            plan.valid_until.isoformat(),
            plan.reached.isoformat() if plan.reached else None,
            plan.free.isoformat() if plan.free else None,
        ],
    )
    day = since(history).isoformat()
    wanted = {(rule, contact_id, day) for rule in plan.groups}
    query = "SELECT rule, contact_id, since FROM group_members WHERE contact_id = ?"
    if wanted != set(book.db.execute(query, [contact_id])):
        book.db.execute("DELETE FROM group_members WHERE contact_id = ?", [contact_id])
        book.db.executemany("INSERT INTO group_members (rule, contact_id, since) VALUES (?, ?, ?)", wanted)
    return written


def _plan_groups(book: Book) -> list[int]:
    """Plans the group rules: each has one follow-up as long as it lets anybody through."""
    found = [
        book.planner.plan_group(rule, *histories.of_group(book.db, rule.name))
        for rule in book.rules.rules
        if rule.group and book.db.execute("SELECT 1 FROM group_members WHERE rule = ?", [rule.name]).fetchone()
    ]
    plan = Plan(
        open=[f for p in found for f in p.open],
        expired=[f for p in found for f in p.expired],
        over={},
        groups=(),
        valid_until=min((p.valid_until for p in found), default=LAST_DAY),
        reached=None,
        free=None,
    )
    everyone = ("contact_id IS NULL AND started_by = 'everyone'", ())
    written = write_plan(book.db, everyone, plan, book.uid_of)
    book.db.execute(
        "INSERT OR REPLACE INTO plans (contact_id, valid_from, valid_until) VALUES (?, ?, ?)",
        [EVERYONE_ID, book.today.isoformat(), plan.valid_until.isoformat()],
    )
    return written
