"""A holiday written into a configuration: `[schedule] away` gets one more pair of days, every other byte stays."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from followup.core.config import parse_config
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from datetime import date

_SCHEDULE = re.compile(r"^[ \t]*\[[ \t]*schedule[ \t]*\][^\n]*\n?", re.MULTILINE)
_HEADER = re.compile(r"^[ \t]*\[\[?[\w. \t-]+\]\]?[ \t]*(#[^\n]*)?$", re.MULTILINE)
_AWAY = re.compile(r"^[ \t]*away[ \t]*=[ \t]*(?=\[)", re.MULTILINE)
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\],]')


def with_away(config: str, first: date, last: date) -> str:
    """The configuration's text with one more time away, both days included.

    Refuses a time that ends before it begins, one that is away already, and a list that cannot be added to as it is
    written.
    """
    if last < first:
        raise Refusal(f"{last} is before {first}: the first day comes first")
    for start, end in parse_config(config).away:
        if start <= first and last <= end:
            raise Refusal(f"you are away from {start} to {end} already: see [schedule] in config.toml")
    pair = [str(first), str(last)]
    changed = _added(config, '["{}", "{}"]'.format(*pair))
    wanted = tomllib.loads(config)
    schedule: dict[str, Any] = wanted.setdefault("schedule", {})
    schedule["away"] = [*schedule.get("away", []), pair]
    if not _reads_as(changed, wanted):
        raise Refusal(f"config.toml cannot be changed from here: add {pair} to away under [schedule] in it yourself")
    parse_config(changed)
    return changed


def _reads_as(config: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(config) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _added(text: str, pair: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    table = _SCHEDULE.search(text)
    if table is None:
        gap = "" if not text or text.endswith("\n") else newline
        return f"{text}{gap}{newline}[schedule]{newline}away = [{pair}]{newline}"
    following = _HEADER.search(text, table.end())
    key = _AWAY.search(text, table.end(), following.start() if following else len(text))
    if key is None:
        gap = "" if table[0].endswith("\n") else newline
        return f"{text[: table.end()]}{gap}away = [{pair}]{newline}{text[table.end() :]}"
    last, close, comma = _end_of_list(text, key.end())
    if last is None:
        return text[: key.end() + 1] + pair + text[key.end() + 1 :]
    rest = text[last:close]
    if "\n" not in text[key.end() : close]:
        return f"{text[:last]}, {pair}{text[last:]}"
    line = text[text.rfind("\n", 0, last) + 1 : last]
    indent = line[: len(line) - len(line.lstrip())] or "    "
    if "\n" not in rest:
        return f"{text[:last]},{newline}{indent}{pair}{text[last:]}"
    tail, _, after = rest.partition("\n")
    return f"{text[:last]}{'' if comma else ','}{tail}\n{indent}{pair},{newline}{after}{text[close:]}"


def _end_of_list(text: str, start: int) -> tuple[int | None, int, bool]:
    """Where the last item of a list ends (None: it has none) and the list itself, and whether a comma is between."""
    depth, last, comma = 0, None, False
    for token in _TOKEN.finditer(text, start):
        if token[0] == "[":
            depth += 1
        elif token[0] == "]":
            depth -= 1
            if depth == 0:
                return last, token.start(), comma
            if depth == 1:
                last, comma = token.end(), False
        elif token[0] == ",":
            comma = True
    return last, len(text), comma
