"""What an import did, row by row, as the command line tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from followup.core.joining import Conflict
    from followup.transfer.people import By


_MOST_KINDS = 300


class Remark(Struct, frozen=True):
    """Something to be told about a row, with the line where it begins."""

    line: int
    reason: str


class Merged(Struct, frozen=True):
    """A row that was taken for a contact who was known, and what they were known by."""

    line: int
    id: int
    name: str
    by: By


class Clash(Struct, frozen=True):
    """Where a row contradicts the contact that it was taken for, who stays as they are."""

    line: int
    id: int
    name: str
    conflict: Conflict


class Result(Struct):
    """What an import did, each row counted once; for sales, `people` counts the contacts that came with them.

    `rejected` has the bad rows, and `reported` those that contradict what is known, which stays as it is. `notices` are
    about rows that were taken. `left_out` counts what rows held that has no place, `passed_over` the rows
    of a tool's export that are none of what is imported, by what they are called. A `refused` file changed nothing.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    people: int = 0
    refused: bool = False
    rejected: list[Remark] = []
    reported: list[Remark] = []
    notices: list[Remark] = []
    merged: list[Merged] = []
    clashes: list[Clash] = []
    left_out: dict[str, int] = {}
    passed_over: dict[str, int] = {}


def count(counts: dict[str, int], what: str) -> None:
    """Counts one more by its name, or with all others once the names are a few hundred."""
    named = what if what in counts or len(counts) < _MOST_KINDS else "others"
    counts[named] = counts.get(named, 0) + 1
