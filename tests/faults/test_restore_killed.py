"""Killed at any instant, `restore` leaves the old home or the new one, whole, as the next command finds it.

Typed again, it ends where it was to end.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest
from keeping import check_sound, copied, files
from keeping import held as all_held
from test_killed import Span, landed
from warm import TODAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from keeping import Held
    from warm import Ran, Warm

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


def opened(warm: Warm, home: Path) -> Held:
    """All that the home holds once a command has opened it, but when its tables were made, and the next free numbers,
    which follow those that a damaged file still tells."""
    ran = warm.run(home, "due")
    assert ran.status == 0, ran
    check_sound(home, date.fromisoformat(TODAY))
    rows, beside = all_held(home)
    return {
        name: found for name, found in rows.items() if name not in ("_sqlite_migrations", "sqlite_sequence")
    }, beside


def restored(warm: Warm, home: Path, saved: Path, kill_after: float | None = None) -> Ran:
    ran = warm.run(home, "restore", str(saved), "--yes", kill_after=kill_after)
    assert ran.status == 0 or (kill_after is not None and ran.status is None), ran
    return ran


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


def kill_often(
    warm: Warm, lay_out: Callable[[], Path], saved: Path, look: Callable[[Path], bool], new: Held
) -> Counter[str]:
    """Kills a restore in each home that is laid out, has a look at what is left, which says whether that is the new
    one, and restores again. Says what was hit: no fewer than KILLS, and both outcomes."""
    chance = random.Random(SEED)
    span = Span([restored(warm, lay_out(), saved) for _ in range(3)])
    hits: Counter[str] = Counter()
    outcomes: Counter[bool] = Counter()
    while sum(outcomes.values()) < KILLS or len(outcomes) < 2:
        assert hits.total() < 4 * KILLS, f"hardly a kill hits: {hits}"
        if sum(outcomes.values()) >= KILLS:  # all too early, or too late: the machine is busier now, or less
            span = span.with_run(restored(warm, lay_out(), saved))
        home = lay_out()
        ran = restored(warm, home, saved, kill_after=span.instant(chance))
        renewed = look(home)
        hits[landed(ran, renewed)] += 1
        if ran.status is not None:
            assert renewed
            span = span.with_run(ran)
            continue
        outcomes[renewed] += 1
        restored(warm, home, saved)
        assert opened(warm, home) == new, f"FOLLOWUP_SEED={SEED}"
    print(dict(hits))
    return hits


def test_a_sound_home_is_the_old_one_or_the_new_one(
    furnished: Path, warm: Warm, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    saved, home = furnished / "saved.db", tmp_path / "home"
    old = opened(warm, copied(furnished / "home", home))
    restored(warm, home, saved)
    new = opened(warm, home)
    assert all(then != now for then, now in zip(old, new, strict=True))

    def look(home: Path) -> bool:
        now = opened(warm, home)
        assert now in (old, new), f"neither the old home nor the new one: FOLLOWUP_SEED={SEED}"
        if now == new:
            (kept,) = home.glob("followup.db.before-restore-*")
            with closing(sqlite3.connect(kept)) as db:
                assert db.execute("SELECT * FROM contacts").fetchall() == old[0]["contacts"]
                assert dict(db.execute("SELECT * FROM backup WHERE name <> 'checksum'")) == old[1]
        return now == new

    hits = kill_often(warm, lambda: copied(furnished / "home", home), saved, look, new)
    record_property("kills", dict(hits))


def test_a_damaged_home_is_mended_whole_or_not_at_all(
    furnished: Path, warm: Warm, log: bytes, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    saved, home = furnished / "saved.db", tmp_path / "home"

    def lay_out() -> Path:
        damage(copied(furnished / "home", home), log)
        return home

    damaged, beside = (lay_out() / "followup.db").read_bytes(), files(home)
    restored(warm, home, saved)
    new = opened(warm, home)
    assert new[1] != beside

    def look(home: Path) -> bool:
        kept = [path.read_bytes() for path in home.glob("followup.db.before-restore-2026-11-22*")]
        if (home / "followup.db").read_bytes() == damaged:
            assert (home / "followup.db-wal").exists() or log in kept
            assert files(home) == beside, f"FOLLOWUP_SEED={SEED}"
            return False
        assert damaged in kept and log in kept
        assert opened(warm, home) == new, f"FOLLOWUP_SEED={SEED}"
        return True

    record_property("kills", dict(kill_often(warm, lay_out, saved, look, new)))
