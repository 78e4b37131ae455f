"""Replacing what a person has: they are asked first where one sits at a terminal, for a script has nobody to answer."""

import sys

from followup.cli import output
from followup.core.refusal import Refusal


def attended() -> bool:
    """Whether a person can be asked: stdin is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def agree(question: str, done: str) -> None:
    """Asks whether to go on. Refuses where the answer is no, saying that nothing was `done`."""
    if not output.confirm(question):
        raise Refusal(f"nothing was {done}: answer y to do so, or give --yes")
