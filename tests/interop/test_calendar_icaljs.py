"""ical.js, the reader in Thunderbird, and vobject find in every export and folder what `due` shows."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import vobject

if TYPE_CHECKING:
    from collections.abc import Callable

    Cli = Callable[..., Any]

HERE = Path(__file__).parent
NODE = shutil.which("node")
needs_ical_js = pytest.mark.skipif(
    NODE is None or not (HERE / "node_modules" / "ical.js").is_dir(),
    reason="ical.js is not installed: npm install --prefix tests/interop",
)

NAMES = (
    "Anna Smith",
    r"Comma, Semi; Back\slash and \n and \N",
    'Quote "Q" : colon = equals',
    "山田太郎 👩‍👧‍👦 Ünal",
    "שרה לוי",
    "Long " * 60,
)


def with_ical_js(*paths: Path) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [str(NODE), str(HERE / "reader.mjs"), *map(str, paths)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def with_vobject(*paths: Path) -> dict[str, dict[str, Any]]:
    parts = [part for path in paths for part in vobject.readOne(path.read_bytes().decode()).components()]

    def text(part: Any, name: str) -> str:
        return str(getattr(part, name).value) if name in part.contents else ""

    return {
        part.uid.value: {
            "kind": part.name,
            "summary": part.summary.value,
            "text": text(part, "description"),
            "contact": text(part, "contact"),
            "status": part.status.value,
            "day": (part.dtstart if part.name == "VEVENT" else part.due).value.isoformat()[:10],
            "alarms": len(part.contents.get("valarm", [])),
        }
        for part in parts
    }


@needs_ical_js
@pytest.mark.parametrize("form", ["event", "todo"])
@pytest.mark.parametrize("at", ["", "--at 09:30"])
def test_other_readers_find_the_same_summaries_and_days_as_due(cli: Cli, tmp_path: Path, form: str, at: str) -> None:
    for n, name in enumerate(NAMES, 1):
        cli(f"""contact add '{name}' --email c{n}@example.com --address '1 Road; North, "X"'""")
        cli(f"sale add {n} 'Job, {n}; \\N'")
        cli(f"""remind {n} 2026-12-0{n} 'Ask: {name}'""")
    file, folder = tmp_path / "a.ics", tmp_path / "folder"
    assert cli(f"calendar export {file} --as {form} {at}").status == 0
    assert cli(f"calendar vdir {folder} --as {form} {at}").status == 0
    for paths in ([file], sorted(folder.iterdir())):
        found = with_ical_js(*paths)
        assert found == with_vobject(*paths)
        rows = cli("due --ahead '12 months' --all --json").json
        assert len(rows) > 20
        for row in rows:
            entry = found[row["uid"]]
            assert (entry["day"], entry["alarms"]) == (row["due"], 1)
            assert entry["summary"] in (row["title"], f"{row['contact']['name']}: {row['title']}")
    cli("done 1 --on 2026-11-22")
    cli("skip 2")
    assert cli(f"calendar export {file} --as {form} {at}").status == 0
    found = with_ical_js(file)
    assert found == with_vobject(file)
    ended = sorted(entry["status"] for entry in found.values() if not entry["alarms"])
    assert ended == (["CANCELLED", "COMPLETED"] if form == "todo" else ["CANCELLED", "CANCELLED"])
