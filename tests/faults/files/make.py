"""Makes the kept file of the schema version that the program has: `python tests/faults/files/make.py`.

Run it once when a version of the tables is released, and never again for that version: what was released stays as it
was. It works in a made-up home with something in every table, and packs that into `version-N.tar.gz` beside it.
"""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

from followup.cli import app
from followup.store.schema import VERSION

TODAY = "2026-11-25"
_GROUP = """
[[rule]]
name = "greetings"
on = "calendar"
schedule = "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=15"
group = true
channels = ["email"]
message = "greetings"
title = "Greetings to all"
"""
_SALES = """\
date,client,email,title,amount,invoice
2026-10-01,Ben Kay,ben@example.com,Flyer,120.00,R1
2026-11-20,Carla Müller,carla@example.com,Website,"2,400.00",R2
2026-11-24,Dan Ode,dan@example.com,Cards,80.00,R3
"""
_COMMANDS = (
    ["init", "--yes", "--name", "Lumen & Ink", "--owner", "Nora Field", "--country", "DE"],
    ["contact", "add", "Anna Field", "--email", "anna@example.com", "--phone", "030 1234567", "--birthday", "--12-03",
     "--tag", "vip", "--handle", "whatsapp:+49 30 1234567", "--date", "lease=2027-02-01", "--prefer", "phone"],
    ["contact", "add", "Gone Soon"],
    ["import", "sales", "{folder}/sales.csv", "--past"],
    ["sale", "add", "anna", "Logo", "--amount", "1200", "--on", "2026-11-18", "--warranty", "2 years",
     "--service-every", "6 months", "--lasts", "1 year", "--category", "brand", "--note", "two rounds"],
    ["log", "complaint", "ben", "the paper is thin"],
    ["log", "feedback", "carla", "lovely", "--rating", "9"],
    ["log", "promise", "dan", "send the files", "--by", "2026-12-01"],
    ["log", "perk", "anna", "--code", "THANKS10", "--value", "10%", "--expires", "2027-01-31"],
    ["log", "referral", "anna", "--of", "Eva Linde", "--on", "2026-11-20"],
    ["contact", "opt-out", "dan", "--channel", "phone"],
    ["remind", "carla", "2026-12-02", "Ask about the shop", "--every", "2 weeks"],
    ["due", "--ahead", "12 months"],
    ["done", "1"],
    ["skip", "2"],
    ["snooze", "5", "2026-12-10"],
    ["calendar", "export", "{folder}/all.ics"],
    ["contact", "lost", "Gone Soon", "--reason", "moved"],
    ["sale", "add", "anna", "Mistake"],
    ["undo"],
)  # fmt: skip


def make(file: Path) -> None:
    """Packs the made-up home."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        (Path(folder) / "sales.csv").write_text(_SALES)
        for command in _COMMANDS:
            words = [word.format(folder=folder) for word in command]
            assert app.run(["--home", str(home), "--today", TODAY, *words]) == 0, command
            if command[0] == "init":
                with (home / "rules.toml").open("a") as rules:
                    rules.write(_GROUP)
        with tarfile.open(file, "w:gz") as packed:
            for path in sorted(home.iterdir()):
                packed.add(path, path.name, filter=_nobodys)


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    kept = Path(__file__).with_name(f"version-{VERSION}.tar.gz")
    if kept.exists():
        raise SystemExit(f"{kept.name} is there already: what was released stays as it was")
    make(kept)
