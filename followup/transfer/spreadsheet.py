"""Cells that a spreadsheet shows and never runs: what it would take for a formula gets an apostrophe in front.

That is so at a cell's start, and behind what may begin a new cell in the middle of ours: a line break, a tab, or a `;`
where that is the separator, for then quotation marks do not hold the cell together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMULA = r"'*[^\S\t\r\n]*[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""What formulas begin with, wide forms included (OWASP, "CSV Injection"), behind apostrophes that are there already."""

_RISKY = re.compile(rf"(^|[;\t\r\n])({_FORMULA}[^;\t\r\n]*)")
_GUARD = re.compile(rf"(^|[;\t\r\n])'({_FORMULA})")
_FIGURES = re.compile(r"\s*[+-][0-9+()\-./ ]*")
"""A phone number or a negative amount, which can do no harm."""

_VALUE = re.compile(r"((?:[^\\;]|\\.?)*)(?:; ?|$)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula. `unguarded` gives back the very same text."""
    return _RISKY.sub(_with_guard, text)


def unguarded(cell: str) -> str:
    """The text of a guarded cell. Of one that never was, only apostrophes in front of what looks like a formula go."""
    return _GUARD.sub(r"\1\2", cell) if "'" in cell else cell


def together(values: Iterable[str]) -> str:
    r"""Several values as one text, with `; ` between them. A `;` or `\` of their own gets a `\` in front."""
    return "; ".join(value.replace("\\", "\\\\").replace(";", "\\;") for value in values)


def apart(text: str) -> list[str]:
    """The values that `together` put into one text, without empty ones."""
    values = (_ESCAPED.sub(r"\1", found[1]) for found in _VALUE.finditer(text))
    return [value for value in values if value]


def _with_guard(found: re.Match[str]) -> str:
    return found[0] if _FIGURES.fullmatch(found[2]) else f"{found[1]}'{found[2]}"
