"""What repeating rules bring after the follow-ups that stand open: calendars show it ahead of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.core.model import FollowUp, Key
from followup.core.period import parse_period
from followup.core.planner import Finder, Plan, group_history
from followup.core.series import group_series
from followup.store import histories
from followup.store.calendar import service_periods

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from followup.core.agenda import Standing
    from followup.core.model import Rule
    from followup.store.book import Book


def coming(book: Book, rows: list[Standing], leading: list[Standing], until: date) -> Iterator[FollowUp]:
    """The occurrences due up to a day that follow the open ones in `leading`, some of all that stand (`rows`).

    Contacts whose next occurrence cannot be due by then are not looked at.
    """
    rules = {rule.name: rule for rule in book.rules.rules}
    services = service_periods(book.db)
    slack = _slack(book)
    wanted: dict[int, set[str]] = {}
    for row in leading:
        rule = rules.get(row.rule)
        gap = _least_gap(rule, services.get(row.sale_id or 0)) if rule else None
        if rule is None or gap is None or (until - row.due).days < gap - slack:
            continue
        if row.contact_id is None:
            yield from _of_group(book, rule, row.due, until)
        else:
            wanted.setdefault(row.contact_id, set()).add(row.rule)
    standing: dict[int, list[FollowUp]] = {contact_id: [] for contact_id in wanted}
    for row in rows:
        if row.contact_id in standing:
            standing[row.contact_id].append(_planned(row))
    for history in histories.of_contacts(book.db, wanted):
        contact_id = history.contact.id
        for followup in book.planner.coming(history, _plan(book, standing[contact_id]), until):
            if followup.key.rule in wanted[contact_id]:
                yield followup


def _of_group(book: Book, rule: Rule, due: date, until: date) -> Iterator[FollowUp]:
    history = group_history(*histories.of_group(book.db, rule.name))
    return Finder(book.planner, history).following(group_series(rule, history.contact.added), due, until)


def _least_gap(rule: Rule, service: str | None) -> int | None:
    """At least how many days lie between two occurrences before any shift; None for a rule that does not repeat."""
    if rule.on in ("birthday", "anniversary"):
        return 365
    if rule.on == "calendar":
        return 1
    every = parse_period(service) if rule.on == "service" and service else rule.every
    return None if every is None else every.months * 28 + every.days + every.business


def _slack(book: Book) -> int:
    """How many days at most weekends, public holidays and times away bring two occurrences closer together."""
    return 14 + sum((last - first).days + 1 for first, last in book.config.away)


def _planned(row: Standing) -> FollowUp:
    return FollowUp(
        key=Key(row.rule, row.started_by, row.occurrence),
        contact_id=row.contact_id,
        start=row.start,
        due=row.due,
        expires=row.expires,
        last=row.last,
        title=row.title,
        channel=row.channel,
    )


def _plan(book: Book, standing: list[FollowUp]) -> Plan:
    """The stored plan of a contact, as far as it matters here: planning anew takes five times as long."""
    return Plan(open=standing, expired=[], over={}, groups=(), valid_until=book.today, reached=None, free=None)
