"""A file of every released version of the tables opens, becomes one of today's, and keeps all that was in it.

The files are kept as `files/version-N.tar.gz`; `files/make.py` tells how they came to be.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from keeping import check_sound, copied, held
from test_killed import SEED, SOAK, Span, landed

from followup.store.schema import JOURNALED, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from warm import Warm

    from tests.conftest import Result

    Cli = Callable[..., Result]

MADE_ON = "2026-11-25"
FILES = sorted(Path(__file__).parent.glob("files/version-*.tar.gz"))
KILLS = 15 * SOAK
MIGRATING = ("templates", "list")
FOLLOWUPS = "id, uid, rule, started_by, occurrence, contact_id, title, due, expires, channel, plan"


def version_of(file: Path) -> int:
    return int(file.name.removeprefix("version-").partition(".")[0])


def unpacked(file: Path, home: Path) -> Path:
    shutil.unpack_archive(file, home)
    return home


@pytest.fixture(params=FILES, ids=lambda file: file.name.partition(".")[0])
def old_home(request: pytest.FixtureRequest, home: Path) -> Path:
    return unpacked(request.param, home)


def test_every_version_before_this_one_is_kept() -> None:
    kept = {version_of(file) for file in FILES}
    assert {1, *range(1, VERSION)} <= kept <= set(range(1, VERSION + 1))


def facts(home: Path, columns: dict[str, str]) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(home / "followup.db")) as db:
        return {table: db.execute(f"SELECT {some} FROM {table}").fetchall() for table, some in columns.items()}


def columns_of(home: Path) -> dict[str, str]:
    with closing(sqlite3.connect(home / "followup.db")) as db:
        tables = [*JOURNALED, "calendar_entries", "changes"]
        return {t: ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({t})")) for t in tables} | {
            "followups": FOLLOWUPS
        }


def test_it_opens_with_every_fact_and_its_plan_as_they_were(cli: Cli, old_home: Path) -> None:
    columns = columns_of(old_home)
    before = facts(old_home, columns)
    assert all(before.values())
    assert cli("due --ahead '2 years' --all --json", today=MADE_ON).status == 0
    assert facts(old_home, columns) == before
    with closing(sqlite3.connect(old_home / "followup.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    check_sound(old_home, date.fromisoformat(MADE_ON))


def test_it_has_the_tables_that_a_new_home_has(cli: Cli, old_home: Path, tmp_path: Path, warm: Warm) -> None:
    assert cli("due", today=MADE_ON).status == 0
    warm.run(tmp_path / "new", "due")

    def tables(home: Path) -> dict[str, set[tuple[Any, ...]]]:
        with closing(sqlite3.connect(home / "followup.db")) as db:
            names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {n: {row[1:4] for row in db.execute(f"PRAGMA table_info('{n}')")} for n in names} | {
                "others": set(db.execute("SELECT type, name, tbl_name FROM sqlite_master WHERE type <> 'table'"))
            }

    assert tables(old_home) == tables(tmp_path / "new")


def test_what_was_changed_in_it_can_be_taken_back(cli: Cli, old_home: Path) -> None:
    while cli("undo", today=MADE_ON).status == 0:
        check_sound(old_home, date.fromisoformat(MADE_ON))
    with closing(sqlite3.connect(old_home / "followup.db")) as db:
        assert db.execute("SELECT count(*) FROM contacts").fetchone() == (0,)


def test_work_goes_on_in_it(cli: Cli, old_home: Path) -> None:
    for line in ("sale add anna Poster --amount 90", "done anna", "log call ben", "calendar export - --ahead 1y"):
        assert cli(line, today="2026-12-07").status == 0
    check_sound(old_home, date.fromisoformat("2026-12-07"))


@pytest.mark.parametrize("file", [file for file in FILES if version_of(file) < VERSION], ids=lambda file: file.name)
def test_a_migration_that_is_killed_is_made_by_the_next_command(
    file: Path, tmp_path: Path, warm: Warm, record_property: Callable[[str, object], None]
) -> None:
    """Most of the kills hit it between its first statement and its commit, and the test counts that they do.

    The command that is killed plans nothing: where the planner is newer too, that is a change of its own.
    """
    chance = random.Random(SEED)
    spare, home = unpacked(file, tmp_path / "spare"), tmp_path / "home"
    before = undated(held(copied(spare, tmp_path / "before")))
    measured = []
    for _ in range(3):
        copied(spare, home)
        measured.append(warm.run(home, *MIGRATING, today=MADE_ON))
    span, after = Span(measured), undated(held(home))
    out = warm.run(home, "due", today=MADE_ON).out
    hits: Counter[str] = Counter()
    while hits["writing"] + hits["in the commit"] < KILLS:
        assert sum(hits.values()) < 6 * KILLS, f"hardly a kill hits: {hits}"
        copied(spare, home)
        ran = warm.run(home, *MIGRATING, today=MADE_ON, kill_after=chance.uniform(span.begins, span.commits))
        left = undated(held(copied(home, tmp_path / "left")))
        hint = f"FOLLOWUP_SEED={SEED} {hits} {ran}"
        assert left in (before, after), hint
        hits[landed(ran, left == after)] += 1
        again = warm.run(home, *MIGRATING, today=MADE_ON)
        if left == before or ran.status is not None:  # one of the two was a whole migration
            span = span.with_run(again if ran.status is None else ran)
        assert undated(held(home)) == after, hint
        assert warm.run(home, "due", today=MADE_ON).out == out, hint
        check_sound(home, date.fromisoformat(MADE_ON))
    record_property("kills", dict(hits))
    print(f"{file.name}: {dict(hits)}")


def undated(home: Any) -> Any:
    """Without the moments at which migrations were made."""
    rows, files = home
    return {**rows, "_sqlite_migrations": [row[:3] for row in rows["_sqlite_migrations"]]}, files
