"""Commands against the clock, and the lines of the table: medians of runs that take turns, each beside its floor."""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PIPED = [sys.executable, "-c", "import typer, sqlite3"]
TERMINAL = [sys.executable, "-c", "import typer, sqlite3, rich.console, rich.table"]
FOLLOWUP = [sys.executable, "-m", "followup"]


def run(command: list[str], env: Mapping[str, str] | None = None) -> float:
    """Seconds until the command has ended, its output read by nobody. Raises when it fails."""
    begin = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})}
    )
    return time.perf_counter() - begin


def peak(command: list[str]) -> tuple[float, float]:
    """Seconds, and the most memory in MB that the command held."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(status, command)
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def on_terminal(command: list[str]) -> float:
    """Seconds until the command has ended, its output on a terminal."""
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


def medians(measured: Mapping[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """The median of each, after a round to warm up: all take turns, so that a busy spell meets every one."""
    times: dict[str, list[float]] = {name: [] for name in measured}
    for n in range(runs + 1):
        for name, measure in measured.items():
            seconds = measure()
            if n:
                times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


@dataclass(frozen=True)
class Line:
    """A line of the table: what took how long, beside its floor, and how many times the floor it may be."""

    what: str
    seconds: float
    floor: float
    bar: float

    def __str__(self) -> str:
        ratio = self.seconds / self.floor
        missed = "" if ratio <= self.bar else " missed"
        return f"| {self.what} | {_span(self.seconds)} | {_span(self.floor)} | {ratio:.2f} | {self.bar:g}{missed} |"


HEAD = "| what | measured | floor | ratio | bar |\n| --- | --- | --- | --- | --- |"


def _span(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds * 1000:.0f} ms"
