"""A person's own editor, opened on a file and waited for."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from followup.core.refusal import Refusal

_STDERR = 2
"""Where the editor draws when the draft itself goes into a pipe or a file."""

_USUAL = ("editor", "nano", "vi")
"""What to open where a person has named none: the system's own choice (Debian), then the gentlest."""


def chosen_editor(otherwise: str) -> list[str]:
    """The command line of $VISUAL, else of $EDITOR, else the first usual editor there is. Refuses where there is none;
    `otherwise` is what else can be done."""
    for name in ("VISUAL", "EDITOR"):
        if words := _words(os.environ.get(name, ""), name):
            return words
    if found := next(filter(which, _USUAL), None):
        return [found]
    raise Refusal(f"no editor is set: set $VISUAL or $EDITOR to yours, or {otherwise}")


def _words(command: str, name: str) -> list[str]:
    try:
        return shlex.split(command, posix=os.name == "posix")
    except ValueError as error:
        raise Refusal(f"${name} is '{command}', which is no command line ({error}): set it to your editor") from None


def open_in_editor(command: list[str], path: Path) -> None:
    """Opens the file and waits until the editor ends. Refuses when it cannot be started, or ends with a failure."""
    import subprocess

    screen = None if sys.stdout.isatty() else _STDERR
    try:
        status = subprocess.run([*command, str(path)], stdout=screen, check=False).returncode
    except OSError as error:
        reason = f"the editor '{command[0]}' cannot be started ({error.strerror})"
        raise Refusal(f"{reason}: set $VISUAL or $EDITOR to yours") from None
    if status:
        raise Refusal(f"the editor '{command[0]}' ended with status {status}: what was typed is not used")


def edited(command: list[str], text: str) -> str:
    """The text after the person has edited it, in a file that only they can read and that is gone afterwards."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="followup-") as folder:
        path = Path(folder) / "draft.txt"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        open_in_editor(command, path)
        return path.read_text(encoding="utf-8")


@contextmanager
def kept(written: list[str]) -> Iterator[None]:
    """Where what follows is refused, keeps what was `written` by then in a file that the refusal names."""
    try:
        yield
    except Refusal as refusal:
        if not written:
            raise
        raise Refusal(f"{refusal}; what you wrote is in {keep(written)}") from None


def keep(written: list[str]) -> str:
    """Writes texts into a new file that only the person can read; returns its name."""
    from tempfile import mkstemp

    descriptor, name = mkstemp(prefix="followup-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(written))
    return name
