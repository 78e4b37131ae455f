"""What the morning list does not load, and that every command that is announced is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from followup.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Result

ROOT = Path(__file__).parents[2]
HEAVY = {
    "typer", "rich", "jinja2", "icalendar", "sqlite_utils", "dateutil", "pydantic", "dateparser", "holidays", "msgspec",
}  # fmt: skip
RUNNER = """
import sys
from followup.cli.quick import way
status = way(sys.argv[1:])()
print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("options", [[], ["--json"], ["--all"]])
def test_the_piped_list_loads_nothing_heavy(cli: Callable[..., Result], home: Path, options: list[str]) -> None:
    cli("sale add Anna Logo --new --email anna@example.com --on 2026-11-18")
    command = [sys.executable, "-c", RUNNER, "--home", str(home), "--today", "2026-11-22", "due", *options]
    child = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "Anna" in child.stdout
    loaded = set(child.stderr.split())
    assert {"followup", "sqlite3"} <= loaded
    assert not loaded & HEAVY


def _every_command() -> Iterator[list[str]]:
    """The words of each command and each sub-command."""
    root = get_command(app.app)
    assert isinstance(root, TyperGroup)
    context = root.make_context("followup", [], resilient_parsing=True)
    for group in app.COMMANDS.values():
        for name in group:
            yield [name]
            family = root.get_command(context, name)
            if isinstance(family, TyperGroup):
                yield from ([name, inner] for inner in family.list_commands(context))


@pytest.mark.parametrize("words", list(_every_command()), ids=" ".join)
def test_every_command_tells_how_it_is_used(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run([*words, "--help"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"Usage: followup {' '.join(words)} ")
    assert said.err == ""
