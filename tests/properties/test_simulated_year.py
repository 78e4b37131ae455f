"""How much a playbook asks of its owner: a made-up business lived day by day, and what its mornings looked like.

The shape is that of a freelancer with 60 clients and some 150 sales a year: 4 retainers billed monthly, 14 regulars,
17 occasional and 25 one-off clients. The first year warms up, the second is measured. Whatever the list shows is done.
`pytest tests/properties/test_simulated_year.py -s` prints the figures.
"""

from __future__ import annotations

import random
import re
import statistics
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from followup.core.agenda import agenda
from followup.core.events import closed
from followup.core.model import Contact, Event, Sale
from followup.store import contacts, events, followups, sales
from followup.store.book import Book, make_home, open_book

if TYPE_CHECKING:
    from pathlib import Path

FIRST = date(2025, 1, 1)
YEAR = 365
JOBS_A_YEAR = [12] * 4 + [4] * 14 + [1.6] * 17 + [0.5] * 25
PLAYBOOKS = ("general", "designer", "repair", "photographer", "consultant")


class Figures(NamedTuple):
    """Of the measured year: lines on each working day, and messages to each client."""

    lines: list[int]
    messages: Counter[int]

    def __str__(self) -> str:
        ordered = sorted(self.lines)
        busiest = max(self.messages.values())
        return (
            f"{statistics.mean(ordered):.1f} lines a day, 90 % of days {ordered[len(ordered) * 9 // 10]} or fewer, "
            f"at most {ordered[-1]}; {busiest} messages to the busiest client"
        )


def _people(book: Book, chance: random.Random) -> list[int]:
    ids = []
    with book.change("sixty clients") as changing:
        for n in range(len(JOBS_A_YEAR)):
            birthday = f"{1960 + n % 40}-{1 + n % 12:02}-{1 + n % 28:02}" if chance.random() < 0.3 else None
            contact = Contact(
                id=0,
                name=f"Client {n}",
                added=FIRST,
                emails=(f"client{n}@example.com",),
                phones=(f"555 01{n:02}",),
                address="1 Example Street" if chance.random() < 0.5 else None,
                birthday=birthday,
                tags=("newsletter",) if chance.random() < 0.2 else (),
            )
            ids.append(contacts.insert(book.db, contact))
        changing.touch(*ids)
    return ids


class Trade(NamedTuple):
    """What a playbook's rules ask about: the categories and tags of sales, and the days kept with them."""

    categories: list[str]
    tags: list[str]
    days: list[str]


def _trade(rules: str) -> Trade:
    """The trade that a rules file speaks of."""
    return Trade(
        sorted(set(re.findall(r"sale\.category == '([\w-]+)'", rules))),
        sorted(set(re.findall(r"'([\w-]+)' in sale\.tags", rules))),
        sorted(set(re.findall(r'^on\s*=\s*"date:([\w-]+)"', rules, re.MULTILINE))),
    )


def _work(book: Book, ids: list[int], trade: Trade, chance: random.Random) -> None:
    """What happens on a day: jobs are finished, feedback comes in, now and then a complaint, resolved within a week."""
    today = book.today
    with book.change("a day") as changing:
        for event, _ in events.listed(book.db, "", None, "complaint", None):
            if event.open and (today - event.on).days >= 5:
                events.update(book.db, closed(event, None, today, today))
                changing.touch(event.contact_id)
        for contact_id, rate in zip(ids, JOBS_A_YEAR, strict=True):
            monthly = rate == 12
            if (monthly and today.day == 1 + contact_id % 28) or (not monthly and chance.random() < rate / YEAR):
                sale = Sale(
                    id=0,
                    contact_id=contact_id,
                    title="Retainer" if monthly else "Job",
                    completed=today,
                    entered=today,
                    amount=chance.randrange(10_000, 300_000),
                    currency="EUR",
                    category="retainer" if monthly else chance.choice([*trade.categories, None]),
                    tags=tuple(tag for tag in trade.tags if chance.random() < 0.2),
                    dates={name: today + timedelta(days=30) for name in trade.days if chance.random() < 0.2},
                    warranty_until=today + timedelta(days=YEAR) if chance.random() < 0.2 else None,
                    service_every="1 year" if chance.random() < 0.1 else None,
                )
                sales.insert(book.db, sale)
                changing.touch(contact_id)
            kind = (
                "feedback"
                if chance.random() < 40 / YEAR / 60
                else "complaint"
                if chance.random() < 5 / YEAR / 60
                else ""
            )
            if kind:
                rating = chance.choice([5, 7, 8, 9, 9, 10]) if kind == "feedback" else None
                event = Event(
                    id=0, contact_id=contact_id, kind=kind, on=today, entered=today, rating=rating, incoming=True
                )
                events.insert(book.db, event)
                changing.touch(contact_id)


def _morning(book: Book) -> tuple[int, list[int]]:
    """Does all that the list shows; tells how many lines it had, and to whom one wrote."""
    rows = followups.due_by(book.db, book.today, book.today, book.daily)
    shown = [e.standing for e in agenda(rows, book.today, book.daily) if e.state in ("due", "overdue")]
    if shown:
        with book.change("the morning") as changing:
            for row in shown:
                followups.done(book.db, row, book.today, book.today, None)
                changing.touch(row.contact_id)
    return len(shown), [row.contact_id for row in shown if row.contact_id is not None]


def _live(home: Path, playbook: str) -> Figures:
    chance = random.Random(7)
    make_home(home, playbook)
    lines: list[int] = []
    messages: Counter[int] = Counter()
    ids: list[int] = []
    for n in range(2 * YEAR):
        today = FIRST + timedelta(days=n)
        if today.weekday() > 4:
            continue
        book = open_book(home, today)
        book.db.execute("PRAGMA synchronous = OFF")
        book.refresh()
        ids = ids or _people(book, chance)
        count, written = _morning(book)
        _work(book, ids, _trade(book.rules_text), chance)
        book.close()
        if n >= YEAR:
            lines.append(count)
            messages.update(written)
    return Figures(lines, messages)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_normal_day_has_one_to_four_lines(tmp_path: Path, playbook: str) -> None:
    figures = _live(tmp_path / "home", playbook)
    print(f"\n{playbook}: {figures}")
    assert 1 <= statistics.mean(figures.lines) <= 4
    assert sum(count <= 5 for count in figures.lines) >= 0.9 * len(figures.lines)
    assert max(figures.messages.values()) <= 40
