"""Speeds as ratios, measured side by side in one run: `python tests/benchmarks/run.py [--csv FILE] [--runs N]`.

Each line has the median time, the floor that it is measured against, and the ratio with its bar. The package must be
installed (not only importable) in the Python that runs this, so that its modules are compiled. `--csv` takes a file of
real purchases instead of the made-up ones.
"""

from __future__ import annotations

import argparse
import csv
import os
import pty
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

SALES = 69_659
CLIENTS = 23_570
TODAY = "1998-07-01"
PIPED = "import typer, sqlite3"
TERMINAL = "import typer, sqlite3, rich.console, rich.table"
FOLLOWUP = [sys.executable, "-m", "followup"]


def main() -> None:
    """Measures everything and prints the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--csv", type=Path)
    options.add_argument("--runs", type=int, default=15)
    given = options.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = Path(tempfile.mkdtemp(prefix="followup-bench-"))
    try:
        source = given.csv or _purchases(folder / "purchases.csv")
        _bulk(folder, source)
        _daily(folder, given.runs)
    finally:
        shutil.rmtree(folder)


def _row(what: str, seconds: float, floor: float, bar: float) -> None:
    verdict = "" if seconds <= bar * floor else "  MISSED"
    times = f"{seconds * 1000:>9.1f} ms  {floor * 1000:>9.1f} ms"
    print(f"{what:<52} {times}  {seconds / floor:>6.2f} (<= {bar:.2f}){verdict}", flush=True)


def _purchases(path: Path) -> Path:
    """Made-up purchases in the shape of a real shop's: most clients buy once, few often."""
    chance = random.Random(1)
    first = date(1997, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["Customer", "Email", "Date", "Description", "Quantity", "Amount", "Currency"])
        for n in range(SALES):
            client = n if n < CLIENTS else int(CLIENTS * chance.random() ** 3)
            day = first + timedelta(days=chance.randrange(90 if n < CLIENTS else 545))
            amount = f"{chance.randrange(500, 9000) / 100:.2f}"
            out.writerow(
                [f"Customer {client:05}", f"customer{client:05}@example.com", day, "CD order", 1, amount, "USD"]
            )
    return path


def _run(command: list[str], **more: object) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)  # type: ignore[call-overload]
    return time.perf_counter() - begin


def _on_terminal(command: list[str]) -> float:
    begin = time.perf_counter()
    parent, child = pty.openpty()
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env={**os.environ, "TERM": "xterm-256color"}
    )
    os.close(child)
    while True:
        try:
            if not os.read(parent, 65536):
                break
        except OSError:
            break
    process.wait()
    os.close(parent)
    return time.perf_counter() - begin


def _home(folder: Path, name: str, *words: str) -> list[str]:
    return [*FOLLOWUP, "--home", str(folder / name), "--today", TODAY, *words]


def _bulk(folder: Path, source: Path) -> None:
    """Imports the file, then replans everyone."""
    with source.open(encoding="utf-8") as file:
        sales = sum(1 for _ in file) - 1
    floor = _run(
        [sys.executable, "-m", "sqlite_utils", "insert", str(folder / "floor.db"), "sales", str(source), "--csv"]
    )
    seconds = _run(_home(folder, "large", "import", "sales", str(source)))
    _row(f"import {sales:,} sales / sqlite-utils insert", seconds, floor, 10)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'memory of the import':<52} {memory:>9.0f} MB (<= 300){'' if memory <= 300 else '  MISSED'}")

    rules_file = folder / "large" / "rules.toml"
    rules = rules_file.read_text(encoding="utf-8").count("[[rule]]")
    by_sale = sum(
        line.split("=")[1].strip().startswith('"sale"')
        for line in rules_file.read_text().splitlines()
        if line.startswith("on ")
    )
    pairs = sales * by_sale + CLIENTS * (rules - by_sale)
    rules_file.write_text(rules_file.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    seconds = _run(_home(folder, "large", "due"))
    _row(f"replan of everyone / insert of {pairs:,} rows", seconds, _bulk_insert(folder / "rows.db", pairs), 8)


def _bulk_insert(path: Path, rows: int) -> float:
    db = sqlite3.connect(path)
    db.execute(
        "CREATE TABLE pairs (id INTEGER PRIMARY KEY, rule TEXT, started_by TEXT, occurrence TEXT, day TEXT, title TEXT)"
    )
    begin = time.perf_counter()
    with db:
        db.executemany(
            "INSERT INTO pairs (rule, started_by, occurrence, day, title) VALUES (?, ?, ?, ?, ?)",
            (("thank-you", f"sale:{n}", "0", "1998-07-01", "Thank somebody for something") for n in range(rows)),
        )
    return time.perf_counter() - begin


def _daily(folder: Path, runs: int) -> None:
    """The commands of a morning, on a small file and on the large one, with equally many due."""
    _make_small(folder)
    _same_due(folder)
    added = _home(folder, "large", "sale", "add", "customer00001@example.com", "Extra", "--amount", "10")
    measured: dict[str, tuple[Callable[[], float], list[float]]] = {
        "piped": (lambda: _run([sys.executable, "-c", PIPED]), []),
        "terminal": (lambda: _on_terminal([sys.executable, "-c", TERMINAL]), []),
        "due small": (lambda: _run(_home(folder, "small", "due")), []),
        "due large": (lambda: _run(_home(folder, "large", "due")), []),
        "due terminal": (lambda: _on_terminal(_home(folder, "small", "due")), []),
        "sale add small": (lambda: _run([w.replace("large", "small") for w in added]), []),
        "sale add large": (lambda: _run(added), []),
        "help": (lambda: _run([*FOLLOWUP, "--help"]), []),
    }
    for n in range(runs + 1):
        for measure, times in measured.values():
            seconds = measure()
            if n:
                times.append(seconds)
    of = {name: statistics.median(times) for name, (_, times) in measured.items()}
    _row("due, piped / import typer, sqlite3", of["due small"], of["piped"], 1.25)
    _row("due, on a terminal / the same with rich", of["due terminal"], of["terminal"], 1.3)
    _row(f"due, {SALES:,} sales / 100 sales", of["due large"], of["due small"], 1.15)
    _row(f"sale add, {SALES:,} sales / import typer, sqlite3", of["sale add large"], of["piped"], 2.5)
    _row("sale add, large / small", of["sale add large"], of["sale add small"], 1.15)
    _row("--help / import with rich", of["help"], of["terminal"], 1.5)


def _make_small(folder: Path) -> None:
    source = _purchases(folder / "all.csv")
    small = folder / "small.csv"
    with source.open(encoding="utf-8") as file:
        small.write_text("".join(line for _, line in zip(range(101), file, strict=False)), encoding="utf-8")
    _run(_home(folder, "small", "import", "sales", str(small)))


def _same_due(folder: Path) -> None:
    """Leaves ten reminders due in each home, and nothing else."""
    for name in ("small", "large"):
        rules = folder / name / "rules.toml"
        text = rules.read_text(encoding="utf-8").replace("daily   = 5", "daily   = 0")
        rules.write_text(text, encoding="utf-8")
        out = subprocess.run(_home(folder, name, "due", "--all"), capture_output=True, text=True, check=True).stdout
        ids = [line.split("\t")[0] for line in out.splitlines()[1:]]
        for start in range(0, len(ids), 500):
            _run(_home(folder, name, "skip", *ids[start : start + 500]))
        for n in range(1, 11):
            _run(_home(folder, name, "remind", f"customer{n:05}@example.com", TODAY, f"Reminder {n}"))


if __name__ == "__main__":
    main()
