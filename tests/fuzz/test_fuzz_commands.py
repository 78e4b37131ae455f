"""No command line does more than answer, or refuse in one sentence and change nothing; nothing else is ever written."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sqlite3
import stat
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import commandlines
import pytest
from commandlines import LINES, NEVER, SAMPLES, VALUES, Line, kind_of, lines, sample
from fuzzing import SECONDS, bounded, fuzzed
from hypothesis import example

from followup.cli import app
from tests.faults.keeping import held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TODAY = "2026-11-22"
SLOW = {"doctor": 5.0, "demo": 5.0, "templates check": 5.0}
"""Seconds of CPU for those that look through everything."""

HOSTILE_NAME = "Eve \x1b[31mred\x07\u202egnp.exe\x9b2J"

FACTS = ("contacts", "contact_points", "sales", "events", "reminders", "closings", "snoozes", "changes", "journal")

TERMINAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey, or what turns a line around."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

WRITING = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
WRITERS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


DATA = {"home/followup.db", "home/followup.db-wal", "home/followup.db-shm"}
"""What holds the rows of the home: looked at row by row."""


class Watch:
    """Sees to it that a command under test touches nothing outside one folder, starts nothing, and reaches nobody."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.astray: list[str] = []
        sys.addaudithook(self.look)

    def look(self, event: str, args: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event == "subprocess.Popen":  # an editor, a clipboard, an opener: as if there were none
            raise PermissionError(13, "no programs in a test")
        if event in ("socket.connect", "os.system", "os.exec", "os.posix_spawn"):
            self.fail(f"{event} {args!r:.200}")
        if event not in WRITING or (event == "open" and not (isinstance(args[2], int) and args[2] & WRITERS)):
            return
        for path in args[:2] if event in ("os.rename", "os.link", "os.symlink") else args[:1]:
            if isinstance(path, int) or os.fsdecode(path) in (os.devnull, "/dev/tty"):
                continue
            if not Path(os.fsdecode(path)).absolute().parent.resolve().is_relative_to(self.folder):
                self.fail(f"{event} {path!r}")

    def fail(self, what: str) -> None:
        self.astray.append(what)
        raise PermissionError(13, f"not in a test: {what}")


WATCH = Watch()


class World:
    """The folder where commands run, with the home in it: as it was made, and where it is put before each."""

    def __init__(self, made: Path, at: Path) -> None:
        self.made = made
        self.at = at
        self.rows = held(made / "home")[0]
        self.marks: dict[str, tuple[int, ...]] = {}
        self.put_back()

    def put_back(self) -> None:
        """Makes the folder what it was, if it is not."""
        touched = self.touched()
        if touched - DATA or not self.marks:
            shutil.rmtree(self.at)
            shutil.copytree(self.made, self.at, symlinks=True)
            os.chdir(self.at)
            self.marks = marks(self.at)
        elif touched:
            for name in DATA:
                (self.at / name).unlink(missing_ok=True)
            shutil.copy2(self.made / "home" / "followup.db", self.at / "home")

    def touched(self) -> set[str]:
        """The files and folders that are not there any more, or new, or written to."""
        now = marks(self.at)
        return {name for name in now.keys() | self.marks.keys() if now.get(name) != self.marks.get(name)}

    def changed(self) -> list[str]:
        """The files and folders that are not as they were, the data left out."""
        return [name for name in self.touched() - DATA if not self._same(name)]

    def _same(self, name: str) -> bool:
        was, now = self.made / name, self.at / name
        if not (was.is_file() and now.is_file()) or was.lstat().st_mode != now.lstat().st_mode:
            return False
        return was.read_bytes() == now.read_bytes()

    def changed_rows(self, tables: Iterable[str]) -> list[str]:
        """The tables of the data that are not as they were."""
        if not self.touched() & DATA:
            return []
        now = held(self.at / "home")[0]
        return [name for name in tables if now[name] != self.rows[name]]


def make(folder: Path) -> None:
    """A home with a little of everything, and files of all kinds beside it."""
    folder.mkdir()
    for line in (
        ["contact", "add", "Anna Berger", "--email", "anna@example.com", "--tag", "vip", "--phone", "+49 30 1234567"],
        ["contact", "add", "Bo Reed", "--handle", "whatsapp:+49301", "--birthday", "--11-22"],
        ["contact", "add", "Anna Bergmann", "--address", "12 Harbour Lane", "--date", "trial=2026-11-20"],
        ["contact", "add", "Eve", "--email", "eve@example.com"],
        ["sale", "add", "1", "Logo", "--on", "2026-11-18", "--amount", "1200", "--warranty", "2y"],
        ["sale", "add", "2", "Cards", "--on", "2026-10-01", "--service-every", "1 month"],
        ["sale", "add", "4", "Site", "--on", "2026-11-12"],
        ["log", "complaint", "1", "too slow"],
        ["log", "perk", "2", "--code", "AUTUMN10", "--value", "10%", "--expires", "2026-12-31"],
        ["remind", "3", "today", "ask about the garden", "--every", "1 week"],
        ["contact", "add", "Cleo Moss", "--email", "cleo@example.com"],
        ["contact", "lost", "5", "--reason", "moved"],
        ["contact", "opt-out", "5"],
        ["due"],
        ["export", str(folder / "exported")],
        ["export", str(folder / "exported-json"), "--format", "json"],
        ["backup", str(folder / "saved")],
    ):
        assert app.run(["--home", str(folder / "home"), "--today", TODAY, *line]) == 0, line
    (folder / "folder").mkdir()
    for name, content in {
        "sales.csv": "Name,Date,Title,Amount\nAnna Berger,2026-11-20,Logo,1200\nTom,2026-11-01,X,-5\n",
        "cards.vcf": "BEGIN:VCARD\nVERSION:3.0\nFN:Zoe\x1b[31m\nEND:VCARD\n",
        "letter.eml": "From: anna@example.com\nTo: me@example.com\nSubject: =?utf-8?q?=1b[31mHi=E2=80=AE?=\n\nx",
        "rules.toml": '[[rule]]\nname = "x"\non = "sale"\nchannels = ["email"]\nmessage = "thank-you"\n',
        "faulty.toml": '[[rule]]\nname = "\\u001b[31m"\non = "x"\n',
        "empty": "",
    }.items():
        (folder / name).write_text(content)
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 9)
    (folder / "link").symlink_to("sales.csv")
    (folder / "dangling").symlink_to("nowhere")
    with closing(sqlite3.connect(folder / "home" / "followup.db")) as db:  # as no command would write it
        db.execute("UPDATE contacts SET name = ?, notes = ? WHERE id = 4", [HOSTILE_NAME, HOSTILE_NAME])
        db.execute("UPDATE events SET text = ?", [HOSTILE_NAME])
        db.execute("DELETE FROM meta WHERE key = 'source'")
        db.commit()
    assert app.run(["--home", str(folder / "home"), "--today", TODAY, "due"]) == 0
    # what reads dates in words takes its time to load, which is not that of the first input that asks for it
    assert app.run(["--home", str(folder / "home"), "--today", TODAY, "remind", "3", "no such day", "x"]) == 1


def marks(folder: Path) -> dict[str, tuple[int, ...]]:
    """What shows that a file or folder was changed, by its name in the folder: of both their kind and whose they are,
    of a file its size and when it was written."""
    found: dict[str, tuple[int, ...]] = {}
    inside = len(f"{folder}/")
    for path, folders, names in os.walk(folder):
        for name in (*folders, *names):
            full = f"{path}/{name}"
            seen = os.lstat(full)
            of_file = () if stat.S_ISDIR(seen.st_mode) else (seen.st_size, seen.st_mtime_ns)
            found[full[inside:]] = (seen.st_mode, *of_file)
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Where commands run: no network, no terminal, no programs, no clipboard, no folder but one."""
    base = tmp_path_factory.mktemp("world").resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FOLLOWUP_TODAY", raising=False)
        patch.setenv("FOLLOWUP_HOME", str(base / "at" / "home"))
        patch.setenv("HOME", str(base / "at"))
        patch.setenv("XDG_DATA_HOME", str(base / "at" / "data"))
        for name in ("VISUAL", "EDITOR", "DISPLAY", "WAYLAND_DISPLAY", "TMUX", "SSH_CONNECTION", "SSH_TTY"):
            patch.delenv(name, raising=False)
        patch.setattr(tempfile, "tempdir", str(base / "at"))
        make(base / "made")
        (base / "at").mkdir()
        patch.chdir(base / "at")
        yield World(base / "made", base / "at")


class Answer(NamedTuple):
    """What a command line came to."""

    status: int
    out: str
    err: str


def run(arguments: list[str], seconds: float) -> Answer:
    """Runs a command line as a pipe would see it, with nothing on stdin."""
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdin", "stdout", "stderr")}
    before = {name: getattr(sys, name) for name in streams}
    for name, stream in streams.items():
        setattr(sys, name, stream)
    WATCH.folder, WATCH.astray = Path.cwd(), []
    try:
        with bounded(seconds):
            status = app.run(arguments)
    finally:
        WATCH.folder = None
        for name, stream in before.items():
            setattr(sys, name, stream)
    assert not WATCH.astray
    texts = []
    for name in ("stdout", "stderr"):
        streams[name].flush()
        texts.append(streams[name].buffer.getvalue().decode("utf-8", "replace"))  # type: ignore[attr-defined]
    return Answer(status, *texts)


@pytest.mark.parametrize("command", LINES)
def test_a_command_line_is_answered_or_refused_and_then_changes_nothing(world: World, command: str) -> None:
    accepted = []

    @fuzzed(LINES[command], line=lines(command))
    @example(line=sample(command))
    def check(line: Line) -> None:
        if check_line(world, line) == 0 and "--help" not in line.arguments:
            accepted.append(line)

    check()
    assert bool(accepted) == (command not in NEVER)


def check_line(world: World, line: Line) -> int:
    """The status of a line; fails where it does what none may do."""
    world.put_back()
    answer = run(["--today", TODAY, *line.arguments], SLOW.get(line.command, SECONDS))
    assert answer.status in (0, 1, 2)
    check_words(answer, line)
    if answer.status:
        assert not world.changed()
        assert not world.changed_rows(FACTS if "--today" in line.arguments else world.rows)
    else:
        with closing(sqlite3.connect(world.at / "home" / "followup.db")) as db:
            assert not db.execute("PRAGMA foreign_key_check").fetchall()
    return answer.status


THERE = ["followup.db", "config.toml", "rules.toml"]
MADE = ["followup.db-wal", "templates/x.email.j2"]
FILED = [(line, file) for line in ("calendar export", "contact export 1", "draft 13 --eml") for file in THERE + MADE]
FILED += [(line, file) for line in ("backup", "export", "calendar vdir", "draft --all --to") for file in THERE]


@pytest.mark.parametrize(("line", "file"), FILED)
def test_nothing_is_written_in_the_place_of_what_a_home_holds(world: World, line: str, file: str) -> None:
    world.put_back()
    answer = run(["--today", TODAY, *line.split(), str(world.at / "home" / file)], SECONDS)
    assert (answer.status, answer.out) == (1, "")
    assert not world.changed() and not world.changed_rows(world.rows)


@pytest.mark.parametrize("left", ["home/junk", "home/followup.db.before-restore-1", "folder/junk"])
def test_what_a_refusal_would_leave_behind_is_seen(world: World, left: str) -> None:
    world.put_back()
    if left.endswith("junk"):
        (world.at / left).mkdir()
    else:
        (world.at / left).write_text("Anna")
    assert world.changed() == [left]
    world.put_back()
    assert not world.touched()


def check_words(answer: Answer, line: Line) -> None:
    """Fails where the answer is more or less than one answer, or would move a terminal."""
    file = "-" in line.arguments  # a whole file on stdout, as another program is to read it
    assert not (CONTROL.search(answer.out.replace("\r\n", "\n")) if file else TERMINAL.search(answer.out))
    assert not TERMINAL.search(answer.err)
    assert "Traceback" not in answer.err
    told = [text for text in answer.err.splitlines() if text.startswith("error: ")]
    if answer.status == 0:
        assert not told
        if line.json:
            json.loads(answer.out)
    elif answer.status == 1:
        assert len(told) == 1 or (line.command == "rules check" and told), answer.err
        assert all(len(text) > len("error: ") for text in told)
    else:
        assert answer.out == ""
        assert len(told) == 1 or answer.err.startswith("Usage: "), answer.err


def test_every_command_has_a_sample_of_its_lines() -> None:
    assert SAMPLES.keys() == commandlines.commands().keys()
    assert LINES.keys() == commandlines.commands().keys()


def test_every_kind_of_value_that_a_command_takes_is_known() -> None:
    kinds = {
        kind_of(parameter)
        for parameters in commandlines.commands().values()
        for parameter in parameters
        if not getattr(parameter, "is_flag", False)
    }
    assert kinds <= VALUES.keys()
