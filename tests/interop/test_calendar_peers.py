"""khal and todoman read the folders, and what is answered in todoman comes back."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Cli = Callable[..., Any]

KHAL = shutil.which("khal")
TODOMAN = shutil.which("todo") or shutil.which("todoman")

NAMES = ("Anna Smith", r"Comma, Semi; Back\slash", 'Quote "Q": =', "山田太郎 👩‍👧‍👦 Ünal", "שרה לוי")


@pytest.fixture
def planned(cli: Cli) -> dict[str, str]:
    """Follow-ups for people of all kinds of names; the days that `due` shows, by title."""
    for n, name in enumerate(NAMES, 1):
        cli(f"""contact add '{name}' --email c{n}@example.com""")
        cli(f"""remind {n} 2026-12-0{n} 'Call: {name}, "soon"; [red]'""")
        cli(f"sale add {n} 'Job; {n}, done'")
    rows = cli("due --ahead '12 months' --all --json").json
    assert len(rows) > 10
    return {f"{row['title']}": row["due"] for row in rows if row["rule"] is None}


def run(folder: Path, *command: str) -> str:
    """What a program says that has a home of its own."""
    env = {
        "HOME": str(folder),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "XDG_CACHE_HOME": str(folder),
    }
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(KHAL is None, reason="khal is not installed")
@pytest.mark.parametrize("at", ["", "--at 09:30"])
def test_khal_lists_the_follow_ups_on_their_days(cli: Cli, planned: dict[str, str], tmp_path: Path, at: str) -> None:
    assert cli(f"calendar vdir {tmp_path / 'work'} {at}").status == 0
    config = tmp_path / "khal.conf"
    config.write_text(
        f"[calendars]\n[[work]]\npath = {tmp_path / 'work'}\n[sqlite]\npath = {tmp_path / 'khal.db'}\n"
        "[locale]\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        "default_timezone = UTC\nlocal_timezone = UTC\n"
    )
    said = run(
        tmp_path, str(KHAL), "-c", str(config), "list", "2026-11-22", "2027-11-22", "--once",
        "--format", "{start-date}\t{title}", "--day-format", "",
    )  # fmt: skip
    listed = {title: day for day, title in (line.split("\t") for line in said.splitlines() if line)}
    assert {title: listed.get(title) for title in planned} == planned
    assert len(listed) == cli(f"calendar vdir {tmp_path / 'work'} {at} --json").json["entries"]


@pytest.fixture
def todoman(tmp_path: Path) -> Callable[..., Any]:
    """Runs todoman on the folder `work`: `todoman("list")` gives its JSON."""
    config = tmp_path / "todoman.py"
    config.write_text(
        f'path = "{tmp_path / "work"}"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\ndt_separator = " "\n'
        f'default_list = "work"\ncache_path = "{tmp_path / "todoman.sqlite3"}"\n'
    )

    def call(*words: str) -> Any:
        listing = ["--porcelain"] if words[0] == "list" else []
        said = run(tmp_path, str(TODOMAN), "--config", str(config), *listing, *words)
        return json.loads(said) if listing else said

    return call


@pytest.mark.skipif(TODOMAN is None, reason="todoman is not installed")
def test_todoman_lists_the_follow_ups_on_their_days_and_its_answers_come_back(
    cli: Cli, planned: dict[str, str], tmp_path: Path, todoman: Callable[..., Any]
) -> None:
    command = f"calendar vdir {tmp_path / 'work'} --as todo --json"
    assert cli(command).status == 0
    listed = {todo["summary"]: todo for todo in todoman("list")}
    days = {title: datetime.fromtimestamp(todo["due"], UTC).date().isoformat() for title, todo in listed.items()}
    assert {title: days.get(title) for title in planned} == planned

    done, cancelled, moved = list(planned)[:3]
    todoman("done", str(listed[done]["id"]))
    todoman("cancel", str(listed[cancelled]["id"]))
    todoman("edit", str(listed[moved]["id"]), "--due", "2027-01-08")
    answer = cli(command, today="2027-01-01").json["read_back"]
    assert [row["title"] for row in answer["done"]] == [done]
    assert [row["title"] for row in answer["skipped"]] == [cancelled]
    assert [(row["title"], row["snoozed_until"]) for row in answer["snoozed"]] == [(moved, "2027-01-08")]
    after = {todo["summary"]: datetime.fromtimestamp(todo["due"], UTC).date().isoformat() for todo in todoman("list")}
    assert done not in after
    assert after[moved] == "2027-01-08"
