"""Killed at any instant, `restore` leaves the old data or the new, whole; typed again, it ends where it was to end."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from keeping import copied, faults_of
from keeping import held as all_held

if TYPE_CHECKING:
    from pathlib import Path

    from keeping import Held
    from warm import Warm

SOAK = max(1, int(os.environ.get("FOLLOWUP_SOAK", "1")))
SEED = int(os.environ.get("FOLLOWUP_SEED") or time.time_ns() % 10**6)
KILLS = 20 * SOAK

INVOICES = "date,client,email,title,amount,invoice\n" + "".join(
    f"2026-11-{n % 20 + 1:02},Client {n},c{n}@example.com,Job {n},{n}0.00,R-{n}\n" for n in range(1, 25)
)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A folder with a home, and a backup of it from before other work."""
    folder = tmp_path_factory.mktemp("furnished")
    home = folder / "home"
    (folder / "invoices.csv").write_text(INVOICES)
    for line in (
        ["contact", "add", "Anna", "--email", "anna@example.com"],
        ["import", "sales", str(folder / "invoices.csv"), "--past"],
        ["backup", str(folder / "saved.db")],
        ["sale", "add", "Anna", "Logo"],
        ["undo"],
        ["contact", "add", "Ben"],
        ["rules", "adopt", "repair", "--yes"],
        ["due"],
    ):
        assert warm.run(home, *line).status == 0, line
    (home / "templates" / "later.email.j2").write_text("Later")
    return folder


def held(home: Path) -> Held:
    """All that the home holds, but when its tables were made, and the next free numbers, which follow those that a
    damaged file still tells."""
    rows, files = all_held(home)
    return {name: found for name, found in rows.items() if name not in ("_sqlite_migrations", "sqlite_sequence")}, files


def restored(warm: Warm, home: Path, saved: Path, kill_after: float | None = None) -> float:
    ran = warm.run(home, "restore", str(saved), "--yes", kill_after=kill_after)
    assert ran.status == 0 or kill_after is not None, ran
    return ran.took


def damage(home: Path, log: bytes) -> None:
    content = bytearray((home / "followup.db").read_bytes())
    content[3 * 4096 : 9 * 4096] = b"?" * 6 * 4096
    (home / "followup.db").write_bytes(content)
    (home / "followup.db-wal").write_bytes(log)


@pytest.fixture(scope="module")
def log(furnished: Path, warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A log that SQLite would write into any file that it lies beside."""
    home = copied(furnished / "home", tmp_path_factory.mktemp("log") / "home")
    with closing(sqlite3.connect(home / "followup.db")) as other:
        other.execute("SELECT count(*) FROM contacts").fetchone()
        warm.run(home, "contact", "add", "Carl")
        return (home / "followup.db-wal").read_bytes()


def check_mix(now: Held, old: Held, new: Held) -> None:
    assert now[0] in (old[0], new[0]), "neither the old data nor the new"
    for name, content in now[1].items():
        assert content in (old[1].get(name), new[1].get(name)), name


def test_a_sound_home_is_the_old_one_or_the_new_one(furnished: Path, warm: Warm, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    saved, home = furnished / "saved.db", tmp_path / "home"
    old = held(copied(furnished / "home", home))
    took = restored(warm, home, saved)
    new = held(home)
    assert new != old
    for _ in range(KILLS):
        copied(furnished / "home", home)
        restored(warm, home, saved, kill_after=chance.uniform(0, 1.1 * took))
        now = held(home)
        check_mix(now, old, new)
        if now[0] == new[0]:
            assert list(home.glob("followup.db.before-restore-*"))
        restored(warm, home, saved)
        assert held(home) == new, f"FOLLOWUP_SEED={SEED}"


def test_a_damaged_home_is_mended_whole_or_not_at_all(furnished: Path, warm: Warm, log: bytes, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    saved, home = furnished / "saved.db", tmp_path / "home"
    damage(copied(furnished / "home", home), log)
    damaged = (home / "followup.db").read_bytes()
    took = restored(warm, home, saved)
    new = held(home)
    for _ in range(KILLS):
        damage(copied(furnished / "home", home), log)
        restored(warm, home, saved, kill_after=chance.uniform(0, 1.1 * took))
        kept = [path.read_bytes() for path in home.glob("followup.db.before-restore-2026-11-22*")]
        if (home / "followup.db").read_bytes() != damaged:
            assert damaged in kept and log in kept
            look = shutil.copytree(home, tmp_path / "look")
            with closing(sqlite3.connect(look / "followup.db", isolation_level=None)) as db:
                assert not faults_of(db)
            assert held(look)[0] == new[0], f"FOLLOWUP_SEED={SEED}"
            shutil.rmtree(look)
        else:
            assert (home / "followup.db-wal").exists() or log in kept
        restored(warm, home, saved)
        assert held(home) == new, f"FOLLOWUP_SEED={SEED}"
