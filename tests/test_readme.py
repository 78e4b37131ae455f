"""The README cannot lie: its first session is typed here, and must print what the README shows.

`python tests/test_readme.py` writes the session anew into the README.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
_SESSION = re.compile(r"(<!-- session: [^>]*-->\n```console\n)(.*?)(```)", re.DOTALL)


def _typed(session: str) -> list[str]:
    return [line[2:] for line in session.splitlines() if line.startswith("$ ")]


def _on_terminal(command: list[str], folder: Path, env: dict[str, str]) -> str:
    """What a command prints on a terminal of 100 columns."""
    parent, child = pty.openpty()
    process = subprocess.Popen(command, cwd=folder, env=env, stdin=child, stdout=child, stderr=child)
    os.close(child)
    printed = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        printed += piece
    process.wait()
    os.close(parent)
    return printed.decode().replace("\r\n", "\n")


def _play(session: str) -> str:
    """The session with what it prints now."""
    env = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "100", "LINES": "50"}
    shown = []
    with tempfile.TemporaryDirectory() as folder:
        for line in _typed(session):
            shown.append(f"$ {line}")
            words = shlex.split(line)
            if words[0] == "export":
                env |= dict(word.split("=", 1) for word in words[1:])
                continue
            command = [sys.executable, "-m", *words]
            printed = _on_terminal(command, Path(folder), env)
            printed = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed)
            shown += [text.rstrip() for text in printed.rstrip("\n").split("\n")]
    return "\n".join(shown) + "\n"


def test_the_first_session_prints_what_the_readme_shows() -> None:
    found = _SESSION.search(README.read_text(encoding="utf-8"))
    assert found
    assert _play(found[2]) == found[2]


def test_the_checks_run_the_tests_as_the_readme_does() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README.read_text(encoding="utf-8"))
    assert commands[0].endswith("followup demo")
    assert commands[1] in (README.parent / ".ci" / "run").read_text(encoding="utf-8")


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(_SESSION.sub(lambda m: m[1] + _play(m[2]) + m[3], text), encoding="utf-8")
