"""What a home holds, looked at from outside: every row, whether the file is sound, and whether its plan is true."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from followup.core.agenda import REVIVAL
from followup.core.config import parse_config
from followup.core.rules import parse_rules
from followup.store import followups, histories
from followup.store.book import Book

if TYPE_CHECKING:
    from pathlib import Path

rules_from = lru_cache(maxsize=None)(parse_rules)
config_from = lru_cache(maxsize=None)(parse_config)

Rows = dict[str, list[tuple[Any, ...]]]
Held = tuple[Rows, dict[str, bytes]]


def rows(db: sqlite3.Connection) -> Rows:
    """Every row of every table, the next free ids included; of the full-text index what can be found by it."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'contacts_fts_%'"
    names = [row[0] for row in db.execute(tables)]
    return {name: db.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def files(home: Path) -> dict[str, bytes]:
    """Every file beside the data file that a command reads: copies kept of rules, and what was begun under a name of
    its own and not finished, are none."""
    aside = ("followup.db", "rules.toml.bak", ".")
    kept = (path for path in home.rglob("*") if path.is_file() and not path.name.startswith(aside))
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(kept)}


def copied(home: Path, to: Path) -> Path:
    """The home as it lies there, with all that a killed writer left in it."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(home, to)
    return to


def faults_of(db: sqlite3.Connection) -> list[Any]:
    """What SQLite finds wrong with the file: its pages, its references, its full-text index."""
    found = [row for row in db.execute("PRAGMA integrity_check") if row != ("ok",)]
    found += db.execute("PRAGMA foreign_key_check").fetchall()
    try:
        db.execute("INSERT INTO contacts_fts (contacts_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as fault:
        found.append(fault)
    return found


def plan_faults(home: Path, db: sqlite3.Connection, today: date) -> dict[tuple[str, ...], Any]:
    """Where the stored plan is not the plan from scratch, by the rules and the configuration that it was made with."""
    book = Book(home, today, db, created=False)
    _, book.rules_text, book.config_text = (book.meta("source") or "").split("\0")
    book.__dict__["rules"] = rules_from(book.rules_text)
    book.__dict__["config"] = config_from(book.config_text)
    wanted: dict[tuple[str, ...], tuple[Any, ...]] = {}
    members: dict[str, set[int]] = {}
    for history in histories.of_all(db):
        plan = book.planner.plan(history)
        wanted |= _rows_of(plan)
        for name in plan.groups:
            members.setdefault(name, set()).add(history.contact.id)
    for rule in book.rules.rules:
        if rule.name in members:
            wanted |= _rows_of(book.planner.plan_group(rule, *histories.of_group(db, rule.name)))
    stored = {
        tuple(row[:3]): tuple(row[3:])
        for row in db.execute(
            f"SELECT rule, started_by, occurrence, {', '.join(followups._DERIVED)} FROM followups "
            "WHERE plan = 'open' OR (plan = 'expired' AND last >= date(?, ?))",
            [str(today), f"-{REVIVAL.days} days"],
        )
    }
    keys = stored.keys() | wanted.keys()
    return {key: (stored.get(key), wanted.get(key)) for key in keys if stored.get(key) != wanted.get(key)}


def _rows_of(plan: Any) -> dict[tuple[str, ...], tuple[Any, ...]]:
    return {
        (f.key.rule, f.key.started_by, f.key.occurrence): followups._derived(f, state)
        for state in ("open", "expired")
        for f in getattr(plan, state)
    }


def held(home: Path) -> Held:
    """All that the home holds. Whoever looks tidies up what a killed writer left: look at a copy to leave it."""
    with closing(sqlite3.connect(home / "followup.db", isolation_level=None)) as db:
        return rows(db), files(home)


def check_sound(home: Path, today: date) -> None:
    """Fails where the file is not sound, or the plan in it not the plan from scratch for that day."""
    with closing(sqlite3.connect(home / "followup.db", isolation_level=None)) as db:
        assert not (found := faults_of(db)), found
        assert not (differing := plan_faults(home, db, today)), differing
