"""Speeds as ratios to the machine's floor, everything in one run: `python tests/benchmarks/run.py`.

Prints one table: medians of ten runs that take turns, after one to warm up (of three for imports and replans). The
package must be installed (not only importable) in the Python that runs this, so that its modules are compiled.
`--largest N` leaves out larger homes (the default goes up to 1,000,000 sales, which takes some minutes to make);
`--peers` adds other programs on the same number of reminders.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from statistics import median

import calendars
import homes
import peers
import vcards
from homes import command
from measuring import FOLLOWUP, HEAD, PIPED, TERMINAL, Line, medians, on_terminal, peak, run

SIZES = (100, 10_000, 100_000, 1_000_000)
LARGE = 100_000
BULK_RUNS = 3
"""For what takes a minute; the median is taken of an odd number."""

REPLANS = {"of ten years": (range(4, 52, 4), 10), "long over": (range(1, 13), 1), "in hand": (range(100, 112), 1)}
"""The weeks after which twelve rules are due, and over how many years the sales lie. Of ten years, some of the latest
ones' are still to come, as in a business that goes on; long over, most pairs of sale and rule need no look; in hand,
nearly every pair is a follow-up to be written."""


def main() -> None:
    """Measures everything and prints the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=10)
    options.add_argument("--largest", type=int, default=SIZES[-1])
    options.add_argument("--peers", action="store_true")
    given = options.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as made:
        print(HEAD)
        for line in _lines(Path(made), given.runs, given.largest):
            print(line, flush=True)
        if given.peers:
            print(f"\n{peers.HEAD}")
            for row in peers.rows(Path(made), given.runs):
                print(row, flush=True)


def _lines(folder: Path, runs: int, largest: int) -> Iterator[Line]:
    yield from _bulk(folder)
    at = {size: homes.with_sales(folder, size) for size in SIZES if size <= largest and size != LARGE}
    at[LARGE] = folder / f"home-{LARGE}"
    yield from _daily(dict(sorted(at.items())), runs)
    yield from _people(folder, runs)
    yield from calendars.lines(folder, runs)
    yield from vcards.lines(folder, BULK_RUNS)


def _bulk(folder: Path) -> Iterator[Line]:
    """The import of 100,000 sales, and the replan of all of them by twelve rules: medians of `BULK_RUNS`."""
    source = homes.purchases(folder / "floor.csv", LARGE)
    floor, new = folder / "floor.db", folder / "imported"
    insert = [sys.executable, "-m", "sqlite_utils", "insert", str(floor), "sales", str(source), "--csv"]
    inserted, imported = [], []
    for _ in range(BULK_RUNS):
        inserted.append(run(insert))
        imported.append(peak(command(new, "import", "sales", str(source))))
        floor.unlink()
        shutil.rmtree(new)
    seconds, memory = median(imported)
    yield Line(f"import of {LARGE:,} sales ({memory:.0f} MB) / sqlite-utils insert", seconds, median(inserted), 8)
    for what, (weeks, years) in REPLANS.items():
        _, smaller = _replan(folder, LARGE // 10, weeks, years)
        seconds, memory = _replan(folder, LARGE, weeks, years)
        what = f"replan of {LARGE:,} sales {what} x 12 rules ({memory:.0f} MB; {smaller:.0f} MB for {LARGE // 10:,})"
        floors = [_bulk_insert(folder / "rows.db", LARGE * 12) for _ in range(BULK_RUNS)]
        yield Line(f"{what} / insert of {LARGE * 12:,} rows", seconds, median(floors), 8)
    rows, floor = _same_rows(folder / "twelve", folder / "same")
    yield Line(f"the same / insert of the {rows:,} follow-ups as they are stored", seconds, floor, 8)


def _replan(folder: Path, size: int, weeks: range, years: int) -> tuple[float, float]:
    """Seconds and MB of planning everybody by new rules, each due so many weeks after the sale. The last home stays."""
    rule = (
        '[[rule]]\nname = "rule-{n}"\non = "sale"\nafter = "{after} weeks"\nwhen = "sale.amount >= {n}00"\n'
        'channels = ["email"]\nmessage = "thank-you"\nexpires = "30 days"\n'
    )
    made, home = homes.with_sales(folder, size), folder / "twelve"
    spent = []
    for _ in range(BULK_RUNS):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(made, home)
        if years > 1:
            _spread(home / "followup.db", years)
        rules = (rule.format(n=n, after=after) for n, after in enumerate(weeks, 1))
        (home / "rules.toml").write_text("".join(rules), encoding="utf-8")
        spent.append(peak(command(home, "due")))
    return median(spent)


def _spread(path: Path, years: int) -> None:
    """Makes the sales of last year those of so many years, this one the latest."""
    with closing(sqlite3.connect(path)) as db, db:
        back = f"'+1 year', '-' || (id % {years}) || ' years'"
        db.execute(f"UPDATE sales SET completed = date(completed, {back}), entered = date(entered, {back})")


def _bulk_insert(path: Path, rows: int) -> float:
    """Seconds that SQLite takes to insert as many rows as rules and sales were paired."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE pairs (id INTEGER PRIMARY KEY, rule TEXT, started_by TEXT, occurrence TEXT, day TEXT)")
    begin = time.perf_counter()
    with db:
        values = (("thank-you", f"sale:{n}", "0", "1998-07-01") for n in range(rows))
        db.executemany("INSERT INTO pairs (rule, started_by, occurrence, day) VALUES (?, ?, ?, ?)", values)
    seconds = time.perf_counter() - begin
    db.close()
    path.unlink()
    return seconds


def _same_rows(home: Path, other: Path) -> tuple[int, float]:
    """How many follow-ups a home has, and the seconds in which SQLite inserts the very same rows, read from there, into
    the same table of a new home, with its indexes and references: median of `BULK_RUNS`."""
    spent = []
    for _ in range(BULK_RUNS):
        shutil.rmtree(other, ignore_errors=True)
        run(command(other, "init", "--yes"))
        with (
            closing(sqlite3.connect(home / "followup.db")) as old,
            closing(sqlite3.connect(other / "followup.db")) as new,
        ):
            for table in ("contacts", "sales"):
                _copy(old, new, table)
            new.execute("PRAGMA foreign_keys = ON")
            begin = time.perf_counter()
            rows = _copy(old, new, "followups")
            spent.append(time.perf_counter() - begin)
    return rows, median(spent)


def _copy(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    columns = len(old.execute(f"PRAGMA table_info({table})").fetchall())
    with new:
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"
        return new.executemany(insert, old.execute(f"SELECT * FROM {table}")).rowcount


def _daily(at: dict[int, Path], runs: int) -> Iterator[Line]:
    """The commands of a day on homes of each size, with equally many due in all."""
    small, large = at[SIZES[0]], at[LARGE]
    open_ids = {home: _reminders(home, runs + 1) for home in (small, large)}

    def written(home: Path) -> dict[str, object]:
        ids, texts = iter(open_ids[home]), count()
        return {
            f"sale add {home.name}": lambda: run(
                command(home, "sale", "add", "customer000007@example.com", f"Extra {next(texts)}", "--amount", "10")
            ),
            f"done {home.name}": lambda: run(command(home, "done", str(next(ids)))),
            f"log {home.name}": lambda: run(command(home, "log", "call", "customer000008@example.com", "Hello")),
        }

    found = medians(
        {
            "piped": lambda: run(PIPED),
            "terminal": lambda: on_terminal(TERMINAL),
            **{f"due {size}": lambda home=home: run(command(home, "due")) for size, home in at.items()},  # type: ignore[misc]
            "due terminal": lambda: on_terminal(command(small, "due")),
            "help": lambda: on_terminal([*FOLLOWUP, "--help"]),
            "version": lambda: run([*FOLLOWUP, "--version"]),
        },
        runs,
    )
    yield Line("due piped, 100 sales / import typer, sqlite3", found["due 100"], found["piped"], 1.25)
    for size in list(at)[1:]:
        yield Line(f"due piped, {size:,} sales / 100 sales", found[f"due {size}"], found["due 100"], 1.15)
    yield Line("due on a terminal / the same with rich", found["due terminal"], found["terminal"], 1.3)
    yield Line("--version / import typer, sqlite3", found["version"], found["piped"], 1.5)
    yield Line("--help on a terminal / the same with rich", found["help"], found["terminal"], 1.5)
    wrote = medians({"piped": lambda: run(PIPED), **written(small), **written(large)}, runs)  # type: ignore[dict-item]
    for what in ("sale add", "done", "log"):
        seconds = wrote[f"{what} {large.name}"]
        yield Line(f"{what}, {LARGE:,} sales / import typer, sqlite3", seconds, wrote["piped"], 2.5)
        yield Line(f"{what}, {LARGE:,} sales / 100 sales", seconds, wrote[f"{what} {small.name}"], 1.15)


def _reminders(home: Path, number: int) -> list[int]:
    """The ids of so many reminders that lie ahead, one for each run."""
    for _ in range(number):
        homes.remind(home, 9, "2026-12-24")
    with sqlite3.connect(home / "followup.db") as db:
        query = "SELECT id FROM followups WHERE rule = '' AND plan = 'open' AND day = '2026-12-24' ORDER BY id"
        return [row[0] for row in db.execute(query)]


def _people(folder: Path, runs: int) -> Iterator[Line]:
    """Finding somebody among 100,000 contacts."""
    home = folder / "people"
    run(command(home, "import", "contacts", str(homes.clients(folder / "people.csv", LARGE))))
    name = homes.client_name(77_123)
    first, last = name.split()
    line = f"followup contact show '{name[:-2]}"
    complete = {"_FOLLOWUP_COMPLETE": "bash", "FOLLOWUP_HOME": str(home)}
    found = medians(
        {
            "piped": lambda: run(PIPED),
            "list": lambda: run(command(home, "contact", "list", name.lower())),
            "show": lambda: run(command(home, "contact", "show", f"{first[:3]} {last[:-2]}")),
            "due": lambda: run(command(home, "due", "--contact", name)),
            "complete": lambda: run([*FOLLOWUP, line], complete),
        },
        runs,
    )
    for name, what in {
        "list": "contact list SEARCH",
        "show": "contact show WHO",
        "due": "due --contact WHO",
        "complete": "completing a contact's name",
    }.items():
        yield Line(f"{what}, {LARGE:,} contacts / import typer, sqlite3", found[name], found["piped"], 1.5)


if __name__ == "__main__":
    main()
