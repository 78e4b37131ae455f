"""Other programs on the same number of open reminders, ten of them due today: what each takes to show those ten.

Each is installed from its package: taskwarrior, remind, todoman and khal from Debian's, hermitcrm from PyPI into a
virtual environment of its own. Their own caches are warm: each is run once before it is measured.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from measuring import FOLLOWUP, medians, run

NUMBERS = (1_000, 10_000, 100_000)
DEBIAN = {"taskwarrior": "task", "remind": "remind", "todoman": "todoman", "khal": "khal"}
MOST = {"todoman": 10_000, "khal": 10_000, "hermitcrm": 10_000}
"""What takes too long to fill with more: each keeps a file or several for each reminder."""

HEAD = "| open reminders | " + " | ".join(["followup", *DEBIAN, "hermitcrm"]) + " |\n| --- " + "| --- " * 6 + "|"
_SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def rows(folder: Path, runs: int) -> Iterator[str]:
    """The lines of the table, in milliseconds."""
    hermit = _install(folder)
    for number in NUMBERS:
        place = folder / f"peers-{number}"
        place.mkdir()
        commands = {"followup": _followup(place, number)}
        for name, make in {"taskwarrior": _task, "remind": _remind, "todoman": _todo, "khal": _khal}.items():
            if shutil.which(DEBIAN[name]) and number <= MOST.get(name, number):
                commands[name] = make(place, number)
        if hermit and number <= MOST["hermitcrm"]:
            commands["hermitcrm"] = _hermit(hermit, place, number)
        found = medians({name: lambda c=c: run(c) for name, c in commands.items()}, runs)  # type: ignore[misc]
        cells = [f"{found[name] * 1000:.0f} ms" if name in found else "" for name in ["followup", *DEBIAN, "hermitcrm"]]
        yield f"| {number:,} | " + " | ".join(cells) + " |"
        shutil.rmtree(place)


def _install(folder: Path) -> Path | None:
    """Installs what is missing, as far as that can be done here; the path of hermitcrm, if there is one."""
    missing = [package for package, program in DEBIAN.items() if not shutil.which(program)]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "install", "-y", "-qq", *missing], check=False, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "hermit"], check=True)
    found = subprocess.run([folder / "hermit/bin/pip", "install", "-q", "hermitcrm"], check=False, capture_output=True)
    return None if found.returncode else folder / "hermit/bin/hermitcrm"


def _days(number: int) -> Iterator[date]:
    """Ten times today, then days of the coming year."""
    today = date.today()
    for n in range(number):
        yield today if n < 10 else today + timedelta(days=3 + n % 365)


def _followup(place: Path, number: int) -> list[str]:
    """A follow-up for each contact, from a rule on a day that is kept with them."""
    home = place / "home"
    subprocess.run([*FOLLOWUP, "--home", str(home), "init", "--yes"], check=True, capture_output=True)
    (home / "rules.toml").write_text(
        '[[rule]]\nname = "call"\non = "date:call"\nchannels = ["email"]\nmessage = "thank-you"\nweekend = "keep"\n',
        encoding="utf-8",
    )
    source = place / "contacts.csv"
    with source.open("w", encoding="utf-8") as file:
        file.write("id,name,emails,phones,handles,opted_out,lost_on,dates\n")  # as `followup export` writes them
        file.writelines(f"{n},Customer {n},c{n}@example.com,,,,,call={day}\n" for n, day in enumerate(_days(number)))
    run([*FOLLOWUP, "--home", str(home), "import", "contacts", str(source)])
    return _checked([*FOLLOWUP, "--home", str(home), "due"], 11)


def _checked(command: list[str], lines: int) -> list[str]:
    """The command, once it has shown the ten that are due and not others."""
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    if len([line for line in shown if line.strip()]) < lines or len(shown) > lines + 12:
        raise AssertionError(f"{command} shows {len(shown)} lines:\n" + "\n".join(shown[:20]))
    return command


def _task(place: Path, number: int) -> list[str]:
    folder = place / "task"
    folder.mkdir()
    (folder / "rc").write_text(f"data.location={folder}\nconfirmation=off\nverbose=nothing\n", encoding="utf-8")
    entry = int(datetime.now().timestamp()) - 86400
    with (folder / "pending.data").open("w", encoding="utf-8") as file:
        for n, day in enumerate(_days(number)):
            due = int(datetime(day.year, day.month, day.day, 23, 0).timestamp())
            file.write(f'[description:"Call customer {n}" due:"{due}" entry:"{entry}" status:"pending" ')
            file.write(f'uuid:"{uuid5(_SPACE, str(n))}"]\n')
    return _checked(["task", f"rc:{folder / 'rc'}", "due:today", "list"], 10)


def _remind(place: Path, number: int) -> list[str]:
    path = place / "reminders"
    with path.open("w", encoding="utf-8") as file:
        for n, day in enumerate(_days(number)):
            file.write(f"REM {day.isoformat()} MSG Call customer {n}\n")
    return _checked(["remind", "-q", str(path)], 10)


def _vdir(place: Path, number: int, kind: str) -> Path:
    folder = place / kind
    folder.mkdir()
    for n, day in enumerate(_days(number)):
        uid = f"{n}-{kind}@example.com"
        when = f"DUE;VALUE=DATE:{day:%Y%m%d}" if kind == "VTODO" else f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", f"BEGIN:{kind}", f"UID:{uid}"]
        lines += ["DTSTAMP:20260101T000000Z", f"SUMMARY:Call customer {n}", when, f"END:{kind}", "END:VCALENDAR", ""]
        (folder / f"{n}.ics").write_text("\r\n".join(lines), encoding="utf-8")
    return folder


def _todo(place: Path, number: int) -> list[str]:
    folder = _vdir(place, number, "VTODO")
    config = place / "todoman.py"
    config.write_text(
        f'path = "{folder}"\ncache_path = "{place / "todoman.sqlite"}"\ndate_format = "%Y-%m-%d"\n'
        'time_format = "%H:%M"\ndefault_list = "VTODO"\n',
        encoding="utf-8",
    )
    return _checked(["todoman", "--config", str(config), "list", "--due", "24"], 10)


def _khal(place: Path, number: int) -> list[str]:
    folder = _vdir(place, number, "VEVENT")
    config = place / "khal.conf"
    config.write_text(
        f"[calendars]\n[[reminders]]\npath = {folder}\n[sqlite]\npath = {place / 'khal.db'}\n"
        "[locale]\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
        "longdatetimeformat = %Y-%m-%d %H:%M\ntimeformat = %H:%M\n",
        encoding="utf-8",
    )
    return _checked(["khal", "-c", str(config), "list", "today", "1d"], 11)


def _hermit(program: Path, place: Path, number: int) -> list[str]:
    """People heard from a month ago; ten of them three hundred days ago, which it says to get in touch with."""
    data = place / "hermit"
    subprocess.run([program, "init", "--no-setup", data], check=True, capture_output=True)
    for n in range(number):
        _hermit_person(data / "companies" / f"firm-{n}", n, date.today() - timedelta(days=300 if n < 10 else 30))
    for words in (["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "People"]):
        subprocess.run(["git", "-C", data, *words], check=True, capture_output=True)
    return _checked([str(program), "--data", str(data), "keep-in-touch"], 10)


def _hermit_person(folder: Path, n: int, heard: date) -> None:
    person, made = f"customer-{n}", "created: 2026-01-01T09:00\nupdated: 2026-01-01T09:00"
    for name in ("contacts", "interactions"):
        (folder / name).mkdir(parents=True)
    (folder / "company.md").write_text(
        f"---\nname: Firm {n}\nslug: firm-{n}\nstage: won\nstage_changed: 2026-01-01\ntags: []\n{made}\n---\n"
    )
    (folder / "contacts" / f"{person}.md").write_text(
        f"---\nfirst_name: Customer\nlast_name: Number {n}\nslug: {person}\n"
        f"email: customer{n}@example.com\n{made}\n---\n"
    )
    (folder / "interactions" / f"{heard}T1000-email-out-{person}.md").write_text(
        f"---\ndate: {heard}T10:00\nchannel: email\ndirection: out\ncontact: {person}\n"
        "subject: Hello\nsource: manual\n---\nHi\n"
    )
