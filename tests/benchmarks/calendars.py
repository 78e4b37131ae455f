"""Calendars of 10,000 follow-ups, against what icalendar alone needs to build and serialise the same entries.

`python tests/benchmarks/calendars.py`; each file is the first that its home writes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import homes
from homes import command
from measuring import HEAD, Line, medians, run

NUMBER = 10_000
_RULES = '[[rule]]\nname = "call"\non = "birthday"\nchannels = ["phone"]\nmessage = "call"\nexpires = "never"\n'
_FLOOR = """
import sys
from datetime import UTC, date, datetime, timedelta
from icalendar import Alarm, Calendar, Event

calendar = Calendar()
calendar.add("VERSION", "2.0")
calendar.add("PRODID", "-//floor//floor//EN")
for n in range(int(sys.argv[1])):
    name, email, phone = f"Client {n:06}", f"client{n:06}@example.com", f"+49 30 {n:07}"
    day = date(2026, 12, 2) + timedelta(days=n % 300)
    event = Event()
    event.add("UID", f"{n:036}@followup")
    event.add("DTSTAMP", datetime(2026, 12, 1, tzinfo=UTC))
    event.add("SEQUENCE", 0)
    event.add("SUMMARY", f"call: {name}")
    event.add("DTSTART", day)
    event.add("DTEND", day + timedelta(days=1))
    event.add("TRANSP", "TRANSPARENT")
    event.add("CATEGORIES", "call")
    event.add("CONTACT", f"{name} (Firm {n % 5000}), {email}, {phone}")
    event.add("DESCRIPTION", f"phone: {phone}\\nemail: {email}")
    event.add("PRIORITY", 5)
    event.add("STATUS", "CONFIRMED")
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", f"call: {name}")
    alarm.add("TRIGGER", timedelta(hours=9))
    event.add_component(alarm)
    calendar.add_component(event)
with open(sys.argv[2], "wb") as file:
    file.write(calendar.to_ical())
"""


def lines(folder: Path, runs: int) -> Iterator[Line]:
    """The lines of the table."""
    home = _home(folder / "calendars")
    file, other, vdir = folder / "ours.ics", folder / "floor.ics", folder / "vdir"
    again = command(home, "calendar", "vdir", str(vdir))

    def export() -> float:
        copy = folder / "first"
        shutil.copytree(home, copy)
        seconds = run(command(copy, "calendar", "export", str(file)))
        shutil.rmtree(copy)
        return seconds

    export()
    run(again)
    size = file.read_bytes().count(b"BEGIN:VEVENT")
    if size != NUMBER or len(list(vdir.iterdir())) != NUMBER:
        raise AssertionError(f"{size} entries instead of {NUMBER}")
    found = medians(
        {
            "export": export,
            "vdir": lambda: run(again),
            "floor": lambda: run([sys.executable, "-c", _FLOOR, str(NUMBER), str(other)]),
        },
        runs,
    )
    ratio = file.stat().st_size / other.stat().st_size
    what = f"calendar export of {NUMBER:,} follow-ups / icalendar ({ratio:.2f} times its bytes)"
    yield Line(what, found["export"], found["floor"], 1.5)
    yield Line(f"calendar vdir of {NUMBER:,}, nothing changed / icalendar", found["vdir"], found["floor"], 1.5)


def _home(home: Path) -> Path:
    """A home with so many people to call, each on a day ahead."""
    subprocess.run(command(home, "init", "--yes"), check=True, capture_output=True)
    (home / "rules.toml").write_text(_RULES, encoding="utf-8")
    source = homes.clients(home.with_suffix(".csv"), NUMBER)
    head, *rest = source.read_text(encoding="utf-8").splitlines()
    born = [f"{line},1980-{1 + n % 10:02}-{1 + n % 28:02}" for n, line in enumerate(rest)]
    source.write_text("\n".join([f"{head},Birthday", *born]) + "\n", encoding="utf-8")
    subprocess.run(command(home, "import", "contacts", str(source)), check=True, capture_output=True)
    return home


def main() -> None:
    """Measures and prints."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as made:
        print(HEAD)
        for line in lines(Path(made), 10):
            print(line, flush=True)


if __name__ == "__main__":
    main()
