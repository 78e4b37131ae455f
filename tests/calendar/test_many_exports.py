"""Exports one after the other, whatever happens in between: no entry doubles, none stays behind, no sequence falls."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.calendar.conftest import File

ACTIONS = (
    'sale add "Client {n}" "Job {m}" --new --email c{n}@example.com --phone 03012{n} --service-every "5 months"',
    "contact edit {n} --birthday --{month:02}-{day:02}",
    "contact edit {n} --tag newsletter",
    'contact edit {n} --email ""',
    "sale edit {m} --on {past}",
    "sale cancel {m}",
    "log call {n} --on {past}",
    "remind {n} {future} Hello",
    "done {n}",
    "done {id}",
    "skip {id}",
    "snooze {id} {future}",
    "undo",
    "undo",
)


@pytest.mark.parametrize("seed", range(4))
def test_calendars_that_take_every_export_show_what_stands(
    cli: Callable[..., Any], export: Callable[..., File], seed: int
) -> None:
    random = Random(seed)
    form = random.choice(["", "--as todo"])
    today = date(2026, 11, 22)
    shown: dict[str, Any] = {}
    for n in range(1, 4):
        cli(ACTIONS[0].format(n=n, m=n))
    cli("contact edit 1 --tag newsletter")
    for _ in range(12):
        for _ in range(random.randrange(4)):
            cli(_action(random, today), today=today.isoformat())
        told = export(form, today=today.isoformat())
        assert export(form, today=today.isoformat()).content == told.content
        for uid, entry in told.entries.items():
            known = shown.get(uid)
            if known is not None and known.to_ical() != entry.to_ical():
                assert int(entry["SEQUENCE"]) > int(known["SEQUENCE"])
                assert entry["DTSTAMP"].dt >= known["DTSTAMP"].dt
            shown[uid] = entry
        rows = cli('due --ahead "12 months" --all --json', today=today.isoformat()).json
        opened = {row["uid"]: max(row["due"], row["snoozed_until"] or "") for row in rows}
        standing = {
            uid: _day(entry) for uid, entry in shown.items() if entry["STATUS"] in ("CONFIRMED", "NEEDS-ACTION")
        }
        assert opened.items() <= standing.items()
        for uid in standing.keys() - opened.keys():
            assert str(told.entries[uid]["CATEGORIES"].cats[0]) in ("service", "birthday", "newsletter")
        today += timedelta(days=random.choice([0, 1, 3, 12, 40]))


def _day(entry: Any) -> str:
    found: date = entry.decoded("DTSTART" if entry.name == "VEVENT" else "DUE")
    return found.isoformat()


def _action(random: Random, today: date) -> str:
    return random.choice(ACTIONS).format(
        n=random.randrange(1, 4),
        m=random.randrange(1, 6),
        id=random.randrange(1, 15),
        month=random.randrange(1, 13),
        day=random.randrange(1, 29),
        past=today - timedelta(days=random.randrange(20)),
        future=today + timedelta(days=random.randrange(1, 90)),
    )
