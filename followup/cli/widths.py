"""How wide the columns of a table on a terminal are: first those give way that lose the least by it."""

from __future__ import annotations

from typing import NamedTuple

_LONGEST_WORD = 12
_SHORT_CUT = 10
_LONG_CUT = 16


class Column(NamedTuple):
    """A column's cells, its name first. `whole` ones keep on one line as long as others can give way; `cut` ones lose
    the end of what is too long."""

    cells: list[str]
    right: bool
    whole: bool
    cut: bool


def fitted(columns: list[Column], room: int) -> list[int]:
    """The width of each column, in cells of the terminal, so that all of them together fit into the room.

    The widest gives way first: down to its longest word, then to words of 12 characters, and only then within words.
    """
    from rich.cells import cell_len

    room = max(room, len(columns))
    widths = [min(room, max(map(cell_len, column.cells))) for column in columns]
    words = [max((cell_len(word) for cell in column.cells for word in cell.split()), default=1) for column in columns]
    for least in (
        [
            w if c.whole else min(_LONG_CUT, word) if c.cut else word
            for c, w, word in zip(columns, widths, words, strict=True)
        ],
        [min(_SHORT_CUT if c.cut else _LONGEST_WORD, word) for c, word in zip(columns, words, strict=True)],
        [1] * len(columns),
    ):
        _narrow(widths, least, room)
    return widths


def _narrow(widths: list[int], least: list[int], room: int) -> None:
    """Takes from the widest column, one by one, until all fit or none can spare any more."""
    while sum(widths) > room:
        spare = [i for i, width in enumerate(widths) if width > least[i]]
        if not spare:
            return
        widths[max(spare, key=lambda i: widths[i])] -= 1
