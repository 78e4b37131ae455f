"""Shells complete names: each real shell, with the script that `followup completion` prints, on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

HOSTILE = 'Nell $(touch pwned) `touch pwned` "O\'Neil"'

SHELLS = {
    "bash": ("bash --norc --noprofile -i", 'eval "$(followup completion bash)"'),
    "zsh": ("zsh -f -i", 'autoload -U compinit; compinit -u -D; eval "$(followup completion zsh)"'),
    "fish": ("fish --no-config --interactive", "followup completion fish | source"),
}
READY = "ready-for-more"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with `followup` in it, for the PATH of a shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "followup"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m followup "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, program: Path, home: Path, tmp_path: Path) -> Iterator[Any]:
    command, script = SHELLS[request.param]
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    env = {**os.environ, "PATH": f"{program}:{os.environ['PATH']}", "TERM": "vt100", "HOME": str(tmp_path)}
    process = pexpect.spawn(
        command, env=env, cwd=tmp_path, encoding="utf-8", timeout=20, dimensions=(24, 200), use_poll=True
    )
    process.delaybeforesend = 0.1
    process.sendline(f"{script}; echo {READY[:5]}''{READY[5:]}")
    process.expect(READY)
    yield process
    process.close(force=True)


def _typed(shell: Any, keys: str) -> str:
    """What stands on the terminal after the keys were typed, Tab was pressed and the line was entered.

    A shell takes no key before it has completed the one before."""
    shell.sendline(f"{keys}\t ; echo {READY[:5]}''{READY[5:]}")
    shell.expect(READY)
    return str(shell.before)


def test_names_commands_and_files_are_completed_and_never_executed(
    shell: Any, cli: Callable[..., Any], tmp_path: Path
) -> None:
    cli("contact add 'Anna Berger'")
    cli("contact add 'Zoë Grün' --tag vip")
    cli(f"contact add {HOSTILE!r}".replace("\\'", "'\"'\"'"))
    assert "Anna Berger" in _typed(shell, "followup contact show ann")
    assert "Zoë Grün" in _typed(shell, "followup contact show zoe")
    assert "O'Neil" in _typed(shell, "followup contact show Nel")
    assert "client" in _typed(shell, 'followup contact show "Anna B')
    assert "vip" in _typed(shell, "followup log call @v")
    (tmp_path / "clients.csv").write_text("Name,Email\nBen,ben@example.com\n")
    assert "1 added" in _typed(shell, "followup import contacts clie")
    assert not (tmp_path / "pwned").exists()
