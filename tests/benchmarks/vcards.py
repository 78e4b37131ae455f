"""Importing vCards against what vobject alone needs to parse them: `python tests/benchmarks/vcards.py [--cards N]`.

Each runs in a process of its own, so that its memory is its own; the import writes them into a new home and plans them.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TODAY = "2026-11-22"
BAR = 3.0
PARSE = """
import sys, vobject
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    print(sum(1 for card in vobject.readComponents(file)))
"""


def main() -> None:
    """Measures both, side by side, and prints the ratio and the memory of the import."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", type=int, default=20_000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as name:
        folder = Path(name)
        source = folder / "cards.vcf"
        write_cards(source, given.cards)
        imports, floors, memory = [], [], 0
        for n in range(given.runs):
            floors.append(_run([sys.executable, "-c", PARSE, str(source)])[0])
            command = [sys.executable, "-m", "followup", "--home", str(folder / f"home{n}"), "--today", TODAY]
            seconds, most = _run([*command, "import", "contacts", str(source)])
            imports.append(seconds)
            memory = max(memory, most)
        size = source.stat().st_size / 2**20
    seconds, floor = statistics.median(imports), statistics.median(floors)
    verdict = "" if seconds <= BAR * floor else "  MISSED"
    what = f"import {given.cards:,} vCards ({size:.1f} MB) / vobject parse"
    print(f"{what:<52} {seconds:>7.2f} s  {floor:>7.2f} s  {seconds / floor:>6.2f} (<= {BAR:.2f}){verdict}")
    print(f"{'memory of the import':<52} {memory / 1024:>7.0f} MB")


def write_cards(path: Path, number: int) -> None:
    """Made-up cards in the shape of a telephone's: two phones, an address, a note; a small photo on every fifth."""
    chance = random.Random(1)
    given = ("Anna", "José", "Zoë", "Marek", "Aylin", "Noor", "Ines", "Tomás")
    family = ("Field", "Müller", "Okafor", "Rossi", "Novák", "Silva", "Haddad", "Berg")
    with path.open("w", encoding="utf-8", newline="") as file:
        for n in range(number):
            first, last = chance.choice(given), f"{chance.choice(family)}-{n}"
            lines = [
                "BEGIN:VCARD",
                "VERSION:3.0",
                "PRODID:-//Apple Inc.//iPhone OS 17.0//EN",
                f"N:{last};{first};;;",
                f"FN:{first} {last}",
                f"ORG:Studio {n % 900};Design",
                f"EMAIL;type=INTERNET;type=HOME;type=pref:person{n}@example.com",
                f"EMAIL;type=INTERNET;type=WORK:p{n}@work.example.com",
                f"TEL;type=CELL;type=VOICE;type=pref:+49 151 {n:08}",
                f"TEL;type=WORK;type=VOICE:+49 30 {n:08}",
                f"item1.ADR;type=HOME;type=pref:;;Long Street {n % 200};Berlin;;10{n % 1000:03};Germany",
                "item1.X-ABADR:de",
                f"BDAY:19{chance.randrange(50, 99)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}",
                f"NOTE:Met at the fair\\, wants a quote by {n % 28 + 1} May\\nLikes: tea\\; no calls before ten",
                "CATEGORIES:client,fair",
                f"UID:{n:032x}",
            ]
            if n % 5 == 0:
                lines.append("PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/")
                lines += [" " + "Ab3+" * 18 for _ in range(40)]
            file.write("".join(f"{line}\r\n" for line in [*lines, "END:VCARD"]))


def _run(command: list[str]) -> tuple[float, int]:
    """Seconds and the most memory (KiB) of a process."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - begin, usage.ru_maxrss


if __name__ == "__main__":
    main()
