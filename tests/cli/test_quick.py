"""`due` has a quick way that loads no typer: it says word for word what the other way says, and leaves it the rest."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from followup.cli import app, quick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

TODAY = "2026-11-22"
RULES = """
[settings]
min_gap = "3 days"
[[rule]]
name = "thank-you"
on = "sale"
channels = ["email"]
message = "thank-you"
[[rule]]
name = "greeting"
on = "sale"
channels = ["email", "phone"]
message = "check-in"
"""


@pytest.fixture
def furnished(cli: Cli, home: Path, rules: Callable[[str], None]) -> Path:
    """A home with something due, something held back and something snoozed."""
    rules(RULES)
    cli("sale add Anna Logo --new --email anna@example.com --on 2026-11-20")
    cli("remind anna 2026-11-21 Call")
    cli("remind anna 2026-11-22 Write")
    cli("sale add Béa Card --new --on 2026-11-20")
    cli("snooze 1 2026-11-25")
    assert {row["state"] for row in cli("due --all --json").json} == {"due", "overdue", "held", "snoozed"}
    return home


@pytest.mark.parametrize(
    "line",
    [
        "due",
        "due --all",
        "due --json",
        "due --json --all --json",
        "--today 2026-12-20 due",
        "--today tomorrow due",
        "--today 2026-11-22 --today 2027-01-03 due",
        "--today 'no day' due",
        "--home {other} due",
        "--home {other}/none due --json",
        "--home {file} due",
        "--home {damaged} due",
        "--home {faulty} due",
        "--home ~no-such-user/home due",
    ],
)
def test_the_quick_way_says_what_the_other_way_says(
    furnished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("FOLLOWUP_TODAY", TODAY)
    answers = []
    for turn in range(2):
        places = {name: tmp_path / name for name in ("other", "file", "damaged", "faulty")}
        for place in places.values():
            shutil.rmtree(place, ignore_errors=True)
        places["file"].write_text("a file")
        for name in ("damaged", "faulty"):
            shutil.copytree(furnished, places[name])
        (places["damaged"] / "followup.db").write_bytes(b"Dear diary" * 1000)
        (places["faulty"] / "rules.toml").write_text("[[rule]]\n")
        words = shlex.split(line.format(**places))
        run = quick.way(words) if turn else lambda words=words: app.run(words)  # type: ignore[misc]
        assert run is not None
        answers.append((run(), *capsys.readouterr()))
        places["file"].unlink()
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "done",
        "--version",
        "--home",
        "--home due",
        "--home x",
        "--home --today due",
        "--home '' due",
        "--home=x due",
        "due 3",
        "due --ahead 2w",
        "due --al",
        "due --all -h",
        "due -- --all",
        "due --home x",
        "--json due",
        "-- due",
    ],
)
def test_any_other_command_line_goes_the_other_way(home: Path, line: str) -> None:
    assert quick.way(shlex.split(line)) is None


@pytest.mark.parametrize("variable", ["FOLLOWUP_HOME", "FOLLOWUP_TODAY"])
def test_an_empty_variable_goes_the_other_way(home: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "")
    assert quick.way(["due"]) is None


def test_completion_goes_the_other_way(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_FOLLOWUP_COMPLETE", "bash")
    assert quick.way(["due"]) is None


@pytest.mark.parametrize(("line", "loaded"), [("due", False), ("due --json --all", False), ("due --ahead 2w", True)])
def test_the_program_takes_the_quick_way(furnished: Path, line: str, loaded: bool) -> None:
    code = (
        "import sys; from followup.__main__ import main\n"
        "try: main()\n"
        "finally: print('typer' in sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "--today", TODAY, *line.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Anna" in done.stdout
    assert done.stderr.splitlines()[-1] == str(loaded)
