"""Killed at any instant, a command is there whole or not at all, and what had answered before it is there.

Some 340 kills by SIGKILL, spread over the spans that each command was measured to need: some before it writes, most
while it writes, some after. Each is followed by a look at all that the home holds, and the next command opens the home
as the killed one left it. More of them, and the ones of a failure again:

    FOLLOWUP_SOAK=20 pytest tests/faults/test_killed.py
    FOLLOWUP_SEED=12345 pytest tests/faults/test_killed.py
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

import pytest
from keeping import check_sound, copied, held
from warm import ROOT, TODAY, Ran

from followup.store.book import playbook_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warm import Warm

SOAK = max(1, int(os.environ.get("FOLLOWUP_SOAK", "1")))
SEED = int(os.environ.get("FOLLOWUP_SEED") or time.time_ns() % 10**6)
FIRST_DAY = date(2026, 11, 25)


class Desk:
    """A home at work, and the next command of a kind on it, with what that needs."""

    def __init__(self, home: Path, warm: Warm, chance: random.Random) -> None:
        self.home = home
        self.warm = warm
        self.chance = chance
        self.today = FIRST_DAY
        self.number = 0

    def do(self, *args: str) -> Ran:
        ran = self.warm.run(self.home, *args, today=str(self.today))
        assert ran.status == 0, ran
        return ran

    def sale_add(self) -> list[str]:
        who = self.chance.choice(["Anna Field", f"New Client {self.number}"])
        return ["sale", "add", who, f"Job {self.number}", "--new", "--amount", "120", "--warranty", "1 year"]

    def done(self) -> list[str]:
        query = "SELECT id FROM followups WHERE plan = 'open' AND contact_id IS NOT NULL ORDER BY day, id"
        with closing(sqlite3.connect(self.home / "followup.db")) as db:
            ids = [row[0] for row in db.execute(query)]
        return ["done", str(self.chance.choice(ids)), "--note", f"said {self.number}"]

    def import_sales(self) -> list[str]:
        lines = ["date,client,email,title,amount,invoice"]
        for n in range(12):
            who = f"{self.number}-{n % 4}"
            lines.append(f"2026-11-{2 * n + 1:02},Client {who},c{who}@example.com,Job {n},{n}0.00,R{self.number}-{n}")
        path = self.home.parent / f"sales-{self.number}.csv"
        path.write_text("\n".join(lines) + "\n")
        return ["import", "sales", str(path)]

    def undo(self) -> list[str]:
        self.do(*self.chance.choice([self.sale_add, self.sale_add, self.done, self.done, self.import_sales])())
        return ["undo"]

    def edited_rules(self) -> list[str]:
        text = playbook_text(self.chance.choice(["general", "repair"]))
        (self.home / "rules.toml").write_text(f"# {self.number}\n{text.replace('1 week', f'{self.number + 2} days')}")
        return ["due"]

    def rules_adopt(self) -> list[str]:
        path = self.home.parent / f"rules-{self.number}.toml"
        path.write_text(f"# {self.number}\n{playbook_text(self.chance.choice(['general', 'repair']))}")
        return ["rules", "adopt", str(path), "--yes"]

    def new_day(self) -> list[str]:
        self.today += timedelta(days=self.chance.choice([1, 3, 30, -20]))
        return ["due"]


KINDS: dict[str, tuple[Callable[[Desk], list[str]], int]] = {
    "sale add": (Desk.sale_add, 55),
    "done": (Desk.done, 55),
    "import": (Desk.import_sales, 50),
    "undo": (Desk.undo, 45),
    "edited rules": (Desk.edited_rules, 40),
    "rules adopt": (Desk.rules_adopt, 30),
    "a new day": (Desk.new_day, 25),
}
"""What is killed, and how often."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A home with a week's work in it."""
    folder = tmp_path_factory.mktemp("furnished")
    desk = Desk(folder / "home", warm, random.Random(1))
    desk.do("contact", "add", "Anna Field", "--email", "anna@example.com", "--birthday", "1990-12-01")
    desk.do(*desk.import_sales())
    desk.do("log", "complaint", "anna", "too slow")
    desk.do("due")
    return desk.home


@pytest.fixture
def desk(furnished: Path, tmp_path: Path, warm: Warm, request: pytest.FixtureRequest) -> Desk:
    return Desk(copied(furnished, tmp_path / "home"), warm, random.Random(f"{SEED} {request.node.name}"))


class Span:
    """When, in seconds from its start, a command begins to write, commits, and has ended: medians of its last runs."""

    def __init__(self, runs: list[Ran]) -> None:
        self.runs = runs
        self.begins = median(run.began or run.took for run in runs)
        self.commits = median(run.committing or run.took for run in runs)
        self.ends = median(run.took for run in runs)

    def with_run(self, run: Ran) -> Span:
        """The same with one run more, in the place of the oldest: the machine may be busier now, or less."""
        return Span([*self.runs[1:], run])

    def instant(self, chance: random.Random) -> float:
        """A random instant: one in eight before it writes, one in eight after, the others in between."""
        draw = chance.random()
        if draw < 1 / 8:
            return chance.uniform(0, self.begins)
        if draw < 7 / 8:
            return chance.uniform(self.begins, self.commits + (self.ends - self.commits) / 4)
        return chance.uniform(self.commits, self.ends * 1.1)


def span_of(desk: Desk, prepare: Callable[[Desk], list[str]], runs: int = 3) -> Span:
    measured = []
    for _ in range(runs):
        desk.number += 1
        measured.append(desk.do(*prepare(desk)))
    return Span(measured)


def landed(ran: Ran, changed: bool) -> str:
    """Where a kill hit: what had begun, and what came of it."""
    if ran.status is not None:
        return "ended before"
    if changed:
        return "answered" if ran.out else "committed"
    return "in the commit" if ran.committing else "writing" if ran.began else "before writing"


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_command_is_there_whole_or_not_at_all(
    desk: Desk, warm: Warm, tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    prepare, kills = KINDS[kind]
    span = span_of(desk, prepare)
    hits: Counter[str] = Counter()
    day = desk.today
    while sum(hits.values()) - hits["ended before"] < kills * SOAK:
        desk.number += 1
        assert desk.number < 4 * kills * SOAK, f"hardly a kill hits: {hits}"
        args = prepare(desk)
        before = copied(desk.home, tmp_path / "before")
        instant = span.instant(desk.chance)
        ran = warm.run(desk.home, *args, today=str(desk.today), kill_after=instant)
        whole, day = settled(desk, before, ran, args, day, tmp_path)
        hits[landed(ran, whole)] += 1
        if ran.status is not None:
            span = span.with_run(ran)
    record_property("kills", dict(hits))
    print(f"{kind}: {dict(hits)}")


def settled(desk: Desk, before: Path, ran: Ran, args: list[str], day: date, tmp_path: Path) -> tuple[bool, date]:
    """Checks what a killed command left: nothing of it, or all. Returns which, and the day that the plan is of."""
    hint = f"FOLLOWUP_SEED={SEED} number {desk.number}: {args} {ran}"
    assert ran.status in (None, 0), hint
    copy = copied(desk.home, tmp_path / "left")
    left = held(copy)
    if left == held(before) and not ran.out and ran.status is None:
        check_sound(copy, day)
        return False, day
    desk.warm.run(before, *args, today=str(desk.today))
    if args[0] == "rules":
        desk.do("due")  # where the new rules are there, the next command takes them in
        left = held(copied(desk.home, copy))
    assert left == held(before), f"neither whole nor not at all: {hint}"
    check_sound(copy, desk.today)
    return True, desk.today


def test_a_home_that_was_killed_while_it_was_made_is_made_by_the_next_command(
    warm: Warm, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(SEED)
    first = ["contact", "add", "Anna"]
    span = Span([warm.run(tmp_path / f"measured-{n}", *first) for n in range(3)])
    hits: Counter[str] = Counter()
    for n in range(25 * SOAK):
        home = tmp_path / f"home-{n}"
        ran = warm.run(home, *first, kill_after=chance.uniform(0, span.ends))
        added = warm.run(home, "contact", "list", "--json")
        assert added.status == 0, f"FOLLOWUP_SEED={SEED} {n}: {ran} {added}"
        names = [contact["name"] for contact in json.loads(added.out)]
        assert names == ["Anna"] or (names == [] and not ran.out), f"FOLLOWUP_SEED={SEED} {n}: {ran}"
        assert (home / "rules.toml").read_text() == playbook_text("general")
        check_sound(home, date.fromisoformat(TODAY))
        hits[landed(ran, bool(names))] += 1
    record_property("kills", dict(hits))
    print(f"a new home: {dict(hits)}")


def test_a_command_that_was_started_from_nothing_and_killed_is_whole_or_not_at_all(
    desk: Desk, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The same without the warm process: `python -m followup`, with what it does before and after the command."""
    command = [sys.executable, "-m", "followup", "--home", str(desk.home), "--today", str(desk.today)]
    start = time.monotonic()
    subprocess.run([*command, *desk.sale_add()], cwd=ROOT, check=True, capture_output=True)
    took = time.monotonic() - start
    hits: Counter[str] = Counter()
    for _ in range(20 * SOAK):
        desk.number += 1
        args = desk.sale_add()
        before = copied(desk.home, tmp_path / "before")
        start = time.monotonic()
        with subprocess.Popen([*command, *args], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            time.sleep(desk.chance.uniform(took / 2, took * 1.1))
            child.send_signal(signal.SIGKILL)
            out, err = child.communicate()
        status = None if child.returncode < 0 else child.returncode
        ran = Ran(status, out.decode(), err.decode(), 0, time.monotonic() - start, None, None)
        whole, _ = settled(desk, before, ran, args, desk.today, tmp_path)
        hits["whole" if whole else "not there"] += 1
    record_property("kills", dict(hits))
    print(f"from nothing: {dict(hits)}")
