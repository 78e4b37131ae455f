"""Replacing what a person has: they are asked first where one sits at a terminal, for a script has nobody to answer,
and what was there is kept beside what takes its place."""

from datetime import date
from pathlib import Path

from followup.cli import output
from followup.core.refusal import Refusal
from followup.store.files import free_name, write_private


def agree(question: str, done: str) -> None:
    """Asks whether to go on. Refuses where the answer is no, saying that nothing was `done`."""
    if not output.confirm(question):
        raise Refusal(f"nothing was {done}: answer y, or give --yes")


def edited(rules: str) -> bool:
    """Whether a person's own rules stand there, which are to be kept beside what takes their place: no playbook that
    ships, and not nothing."""
    from followup.store.book import playbook_text, playbooks

    return bool(rules.strip()) and rules not in map(playbook_text, playbooks())


def keep_beside(path: Path, today: date) -> str:
    """Copies a file beside itself, and returns the copy's name."""
    copy = free_name(path.with_name(f"{path.name}.bak-{today}"))
    write_private(copy, path.read_bytes())
    return copy.name
