"""Changes to a configuration as it is written: a key gets another text, and every other line stays."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = re.compile(r"\s*\[[\w.-]+\]\s*(#.*)?")
_TEXT = r"""("(?:[^"\\]|\\.)*"|'[^']*')"""


def with_texts(config: str, table: str, values: Mapping[str, str]) -> str:
    """The text of a configuration that `parse_config` takes, with these values in a table; all else stays as written.

    Refuses one that is no TOML, and one in which a key is written in a way that cannot be changed line by line.
    """
    try:
        wanted = tomllib.loads(config)
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"config.toml is not TOML: {error}") from None
    lines = config.split("\n")
    for key, value in values.items():
        _set(lines, table, key, json.dumps(value, ensure_ascii=False))
    changed = "\n".join(lines)
    if not _reads_as(changed, {**wanted, table: {**wanted.get(table, {}), **values}}):
        raise Refusal(
            f"config.toml cannot be changed from here: set {', '.join(values)} under [{table}] in it yourself"
        )
    return changed


def _set(lines: list[str], table: str, key: str, value: str) -> None:
    """Writes the value into the key's line; a key or table that is missing is added."""
    headers = [n for n, line in enumerate(lines) if _HEADER.fullmatch(line)]
    start = next((n for n in headers if re.match(rf"\s*\[{re.escape(table)}\]", lines[n])), None)
    if start is None:
        lines += [f"[{table}]", f"{key} = {value}", ""]
        return
    end = next((n for n in headers if n > start), len(lines))
    for n in range(start + 1, end):
        if found := re.fullmatch(rf"(\s*{re.escape(key)}\s*=\s*){_TEXT}\s*(#.*)?", lines[n]):
            line = found[1] + value
            lines[n] = f"{line:<28} {found[3]}" if found[3] else line
            return
    lines.insert(start + 1, f"{key} = {value}")


def _reads_as(config: str, wanted: Mapping[str, object]) -> bool:
    try:
        return tomllib.loads(config) == wanted
    except tomllib.TOMLDecodeError:
        return False
