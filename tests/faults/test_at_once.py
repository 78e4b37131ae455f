"""Many at once: each command answers as if it were alone, and none is lost."""

from __future__ import annotations

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from keeping import check_sound, held
from warm import TODAY, Warm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warm import Ran

WRITERS = 8
EACH = 100


def commands_of(writer: int) -> list[list[str]]:
    """What one person does in a day: new clients, sales, calls, reminders, answers to their own follow-ups."""
    own = [f"Writer{writer} Client{n}" for n in range(10)]
    todo: list[list[str]] = []
    for n, name in enumerate(own):
        todo += [
            ["sale", "add", name, f"Job {writer}.{n}", "--new", "--on", "2026-11-18",
             "--email", f"w{writer}.{n}@example.com"],
            ["done", name],
            ["sale", "add", name, f"Job {writer}.{n} again", "--amount", "90"],
            ["log", "call", name, "about it"],
            ["log", "complaint", name, "about that"],
            ["close", name],
            ["remind", name, "in 2 weeks", f"Ask {writer}.{n}"],
            ["contact", "edit", name, "--tag", f"t{writer}"],
            ["log", "email", name, "as promised", "--in"],
            ["contact", "add", f"Friend{writer}.{n}"],
        ]  # fmt: skip
    assert len(todo) == EACH
    return todo


@pytest.fixture(scope="module")
def writers() -> Iterator[list[Warm]]:
    """Eight warm processes."""
    processes = [Warm() for _ in range(WRITERS)]
    yield processes
    for process in processes:
        process.close()


@pytest.fixture(scope="module")
def answered(
    tmp_path_factory: pytest.TempPathFactory, writers: list[Warm], warm: Warm
) -> tuple[Path, list[Ran], list[Ran]]:
    """A home that eight processes wrote to at once, what they answered, and what was read meanwhile. Its list has no
    limit: beyond one, whose line is shown would be a matter of who came first."""
    home = tmp_path_factory.mktemp("at-once") / "home"
    assert warm.run(home, "contact", "add", "Anna").status == 0
    rules = home / "rules.toml"
    rules.write_text(re.sub(r"(?m)^daily .*", "daily = 0", rules.read_text(encoding="utf-8")), encoding="utf-8")
    assert warm.run(home, "due").status == 0

    def write(writer: int) -> list[Ran]:
        return [writers[writer].run(home, *command) for command in commands_of(writer)]

    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(WRITERS)]
        read = []
        while not all(written.done() for written in writing):
            read.append(warm.run(home, "due", "--ahead", "3 months"))
            time.sleep(0.1)
        results = [ran for written in writing for ran in written.result()]
    return home, results, read


Answered = tuple["Path", "list[Ran]", "list[Ran]"]


def test_every_one_of_800_commands_answers(answered: Answered) -> None:
    _, results, _ = answered
    assert len(results) == WRITERS * EACH
    assert [ran for ran in results if ran.status != 0] == []
    assert not [ran.err for ran in results if "locked" in ran.err or "error" in ran.err]


def test_nothing_that_was_answered_is_lost(answered: Answered) -> None:
    home, _, _ = answered
    rows, _ = held(home)
    assert len(rows["contacts"]) == 1 + WRITERS * 20
    assert len(rows["sales"]) == WRITERS * 20
    # a touch for done, a call, a complaint, a mail
    assert len(rows["events"]) == WRITERS * 40
    assert len(rows["reminders"]) == WRITERS * 10
    assert len(rows["closings"]) == WRITERS * 10
    for table in ("contacts", "sales", "events", "reminders", "followups"):
        ids = [row[0] for row in rows[table]]
        assert len(set(ids)) == len(ids)
    assert len({row[1] for row in rows["contacts"]}) == 1 + WRITERS * 20


def test_no_followup_is_there_twice_and_the_plan_is_the_one_from_scratch(answered: Answered) -> None:
    home, _, _ = answered
    check_sound(home, date.fromisoformat(TODAY))
    rows, _ = held(home)
    starts = Counter((row[2], row[3]) for row in rows["followups"] if row[-1] == "open")
    assert starts.most_common(1)[0][1] == 1
    uids = [row[1] for row in rows["followups"]]
    assert len(set(uids)) == len(uids)


def test_who_reads_meanwhile_gets_an_answer_each_time(answered: Answered) -> None:
    _, _, read = answered
    assert len(read) > 10
    assert [ran for ran in read if ran.status != 0] == []
    header = "id\tdue\tstate\tpriority\tcontact\tchannel\ttitle"
    for ran in read:
        first, *lines = ran.out.splitlines()
        assert first == header
        assert all(line.count("\t") == header.count("\t") for line in lines)


def test_undo_takes_back_one_change_each(writers: list[Warm], answered: Answered) -> None:
    home, _, _ = answered
    before = len(held(home)[0]["changes"])
    with ThreadPoolExecutor() as pool:
        undone = list(pool.map(lambda process: [process.run(home, "undo") for _ in range(10)], writers[:2]))
    assert [ran.status for runs in undone for ran in runs] == [0] * 20
    assert len(held(home)[0]["changes"]) == before - 20
    check_sound(home, date.fromisoformat(TODAY))


def test_a_home_that_many_make_at_once_is_one_home(writers: list[Warm], tmp_path: Path) -> None:
    for turn in range(10):
        home = tmp_path / f"home-{turn}"
        with ThreadPoolExecutor(WRITERS) as pool:
            added = [
                pool.submit(process.run, home, "contact", "add", f"Client {n}") for n, process in enumerate(writers)
            ]
        assert [ran.result().err for ran in added if ran.result().status != 0] == []
        assert sorted(row[1] for row in held(home)[0]["contacts"]) == [f"Client {n}" for n in range(WRITERS)]
        check_sound(home, date.fromisoformat(TODAY))
