"""Where and when a command runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from typer._click import Context


class Place(NamedTuple):
    """Where and when a command runs: the folder that holds everything, and the day that counts as today."""

    home: Path
    today: date


def place(ctx: Context) -> Place:
    """The place that the options before the command, the environment and the clock say. Refuses what is no day."""
    root = ctx.find_root()
    if root.obj is None:
        root.obj = place_of(root.params["home"], root.params["today"])
    chosen: Place = root.obj
    return chosen


def place_of(home: str | None, today: str | None) -> Place:
    """The place of this folder and day as they are written, or where they are not, of the clock and the user. Refuses
    what is no day."""
    return Place(_home(home), _today(today))


def _home(text: str | None) -> Path:
    if text is None:
        from platformdirs import user_data_dir

        return Path(user_data_dir("followup"))
    if not text.strip():
        raise Refusal("--home is empty: name the folder that holds everything")
    return Path(text).expanduser()


def _today(text: str | None) -> date:
    if text is None:
        return date.today()
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            found = date.fromisoformat(text)
            if 1900 <= found.year <= 2200:  # what is wrong with other years, parse_date says
                return found
        except ValueError:
            pass
    from followup.core.dates import parse_date

    return parse_date(text, date.today(), "forward")
