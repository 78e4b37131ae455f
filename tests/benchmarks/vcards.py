"""Importing vCards into a new home, against what vobject alone needs to parse them.

`python tests/benchmarks/vcards.py`; the most memory that the import takes is said with it.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from homes import command
from measuring import HEAD, Line, peak, run

NUMBER = 20_000
_FLOOR = """
import sys, vobject
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    print(sum(1 for card in vobject.readComponents(file)))
"""


def lines(folder: Path, runs: int) -> Iterator[Line]:
    """The line of the table."""
    source = folder / "cards.vcf"
    write_cards(source, NUMBER)
    imports, floors = [], []
    for n in range(runs):
        floors.append(run([sys.executable, "-c", _FLOOR, str(source)]))
        imports.append(peak(command(folder / f"cards-{n}", "import", "contacts", str(source))))
    seconds = statistics.median(spent for spent, _ in imports)
    most = max(memory for _, memory in imports)
    what = f"import of {NUMBER:,} vCards ({most:.0f} MB) / vobject parsing them"
    yield Line(what, seconds, statistics.median(floors), 3)


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


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="followup-bench-") as made:
        print(HEAD)
        for line in lines(Path(made), 3):
            print(line, flush=True)
