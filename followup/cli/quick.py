"""The question of every morning, `followup due`, without what reads other command lines: loading that takes longer than
the answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLES = {"--home": "FOLLOWUP_HOME", "--today": "FOLLOWUP_TODAY"}
"""The options before a command that the environment can say, each with its variable."""

_FLAGS = {"--all", "--json"}


def way(words: list[str]) -> Callable[[], int] | None:
    """What answers `due`, with nothing but --home and --today before it and --all and --json behind it, and returns the
    exit status; None for any other command line, for completion, and where a variable is empty."""
    given = {option: os.environ.get(variable) for option, variable in VARIABLES.items()}
    while len(words) > 1 and words[0] in given and not words[1].startswith("-"):
        given[words[0]] = words[1]
        words = words[2:]
    if words[:1] != ["due"] or not _FLAGS.issuperset(words[1:]):
        return None
    if "" in given.values() or "_FOLLOWUP_COMPLETE" in os.environ:
        return None
    from followup.cli import morning
    from followup.cli.answering import answer
    from followup.cli.place import place_of

    def due() -> int:
        where = place_of(given["--home"], given["--today"])
        morning.tell(where, morning.Wish(all_="--all" in words, json="--json" in words))
        return 0

    return lambda: answer(due)
