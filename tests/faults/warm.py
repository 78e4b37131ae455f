"""A followup that is warm: each command runs in a process of its own, forked from one that has loaded everything.

So a hundred commands cost what a few cost that start from nothing, and each can be killed at an instant of its
transaction, or be given so much memory and no more. Run as a script it is that process: it reads requests, a JSON
document in each line, and answers each with one.
"""

from __future__ import annotations

import ctypes
import gc
import json
import mmap
import os
import resource
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-22"
PATIENCE = 60
"""Seconds after which a command that does not end is ended."""

_WARMING = (
    "init --yes",
    "contact add Anna --email anna@example.com --birthday 1990-06-15",
    "sale add Anna Logo --amount 1200 --on 2026-11-18",
    "due --all --json",
    "draft anna",
    "snooze anna in 2 weeks",
    "undo",
    "done anna",
    "log complaint Anna slow",
    "remind Anna 2026-11-22 Call",
    "import sales {folder}/sales.csv",
    "calendar export {folder}/all.ics",
    "rules check",
    "rules adopt general --yes",
    "why --contact Anna --rule thank-you",
)
_SALES = "date,client,email,title,amount\n2026-11-20,Ben Kay,ben@example.com,Flyer,120.00\n"


@dataclass(frozen=True)
class Ran:
    """How a command ended: its status, or None where a signal ended it; what it said; its seconds of CPU.

    `began` and `committing` are the seconds after which its first transaction began and its last one was to be
    committed, None where it did not get so far.
    """

    status: int | None
    out: str
    err: str
    cpu: float
    took: float
    began: float | None
    committing: float | None


class Warm:
    """The warm process, and what it is asked. It is warmer still, and later there, with what another command loads."""

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def run(
        self,
        home: Path,
        *args: str,
        today: str = TODAY,
        kill_after: float | None = None,
        memory: int | None = None,
        largest: int | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        """Runs one command. `kill_after` is in seconds; `memory` is the most bytes beyond what is loaded, `largest` the
        most of a file that the disk takes."""
        request = {
            "args": ["--home", str(home), "--today", today, *args],
            "kill_after": kill_after,
            "memory": memory,
            "largest": largest,
            "env": dict(env or {}),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Ran(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """Ends it."""
        self._process.communicate()


class Marks:
    """Instants of a transaction, told by SQLite's own trace, in memory that outlives whoever is killed."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16)

    def clear(self) -> None:
        self._memory[:16] = bytes(16)

    def watch(self) -> None:
        connect = sqlite3.connect

        def connect_watched(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            db = connect(*args, **kwargs)
            db.set_trace_callback(self._note)
            return db

        sqlite3.connect = connect_watched

    def _note(self, statement: str) -> None:
        if statement.startswith("BEGIN") and self._memory[:8] == bytes(8):
            struct.pack_into("d", self._memory, 0, time.monotonic())
        elif statement == "COMMIT":
            struct.pack_into("d", self._memory, 8, time.monotonic())

    def since(self, start: float) -> list[float | None]:
        return [moment - start if moment else None for moment in struct.unpack("dd", self._memory)]


def _serve() -> None:
    sys.path.insert(0, str(ROOT))
    answers = os.fdopen(os.dup(1), "w")
    _warm_up()
    marks = Marks()
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line), marks)) + "\n")
        answers.flush()


def _warm_up() -> None:
    from followup.cli.app import run

    silence = os.open(os.devnull, os.O_RDWR)
    kept = os.dup(1), os.dup(2)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sales.csv").write_text(_SALES)
        for line in (*_WARMING, " ".join(sys.argv[1:])):
            words = line.format(folder=folder).split()
            run(["--home", f"{folder}/home", "--today", TODAY, *words])
    for fd, old in zip((1, 2), kept, strict=True):
        os.dup2(old, fd)
        os.close(old)
    gc.freeze()


def _answer(request: dict[str, Any], marks: Marks) -> dict[str, Any]:
    if request["largest"] is None:
        out, err = ((fd, fd) for fd in (os.memfd_create("out"), os.memfd_create("err")))
    else:  # a pipe is no file: it takes what is said
        out, err = os.pipe(), os.pipe()
    marks.clear()
    start = time.monotonic()
    child = os.fork()
    if not child:
        _be_the_command(request, marks, out[1], err[1])
    if request["kill_after"] is not None:
        time.sleep(max(0.0, start + request["kill_after"] - time.monotonic()))
        os.kill(child, signal.SIGKILL)
    _, ended, usage = os.wait4(child, 0)
    took = time.monotonic() - start
    began, committing = marks.since(start)
    said = [_said(*fds) for fds in (out, err)]
    return {
        "status": os.WEXITSTATUS(ended) if os.WIFEXITED(ended) else None,
        "out": said[0],
        "err": said[1],
        "cpu": usage.ru_utime + usage.ru_stime,
        "took": took,
        "began": began,
        "committing": committing,
    }


def _said(reads: int, writes: int) -> str:
    if reads == writes:
        os.lseek(reads, 0, os.SEEK_SET)
    else:
        os.close(writes)
    with open(reads, "rb") as file:
        return file.read().decode(errors="replace")


def _be_the_command(request: dict[str, Any], marks: Marks, out: int, err: int) -> None:
    from followup.cli.app import run

    status = 70
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nobody stays behind
        signal.alarm(PATIENCE)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.environ.update(request["env"])
        time.tzset()
        marks.watch()
        if request["memory"] is not None:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            most = pages * mmap.PAGESIZE + request["memory"]
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        if request["largest"] is not None:
            sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - a pipe now, where it knows of a file
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["largest"], request["largest"]))
        status = run(request["args"])
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _serve()
