"""What the values of a card's properties say: texts without their escapes, lists, days and phones."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from urllib.parse import unquote

from followup.core.dates import check_year, parse_birthday
from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.transfer import cells

_YEARLESS = (0, 1604)
"""The years in which programs have birthdays whose year is unknown; Apple's, 1604, had a 29 February."""

_ESCAPE = re.compile(r'\\([nN,;:\\"])')
_OLD_ESCAPE = re.compile(r"\\([;:,])")
_DAY = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})(?:[T ].*)?")
_DAY_OF_YEAR = re.compile(r"--([0-9]{2})-?([0-9]{2})(?:T.*)?")
_EXTENSION = re.compile(r";ext=([0-9]+)", re.IGNORECASE)


def unescaped(value: str, version: str) -> str:
    """The text of a value. vCard 2.1 escapes only what separates; later versions line breaks and backslashes too
    (RFC 2426, 4; RFC 6350, 3.4). A backslash before anything else stands for itself.
    """
    if "\\" not in value:
        return value
    if version == "2.1":
        return _OLD_ESCAPE.sub(r"\1", value)
    return _ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], value)


def split(value: str, separator: str, version: str) -> list[str]:
    """The texts of a value between the separators that are not escaped."""
    if "\\" not in value:
        return value.split(separator)
    between = [found.start() for found in re.finditer(rf"\\.|{separator}", value, re.DOTALL) if found[0] == separator]
    return [unescaped(value[a + 1 : b], version) for a, b in pairwise((-1, *between, len(value)))]


def birthday(text: str, omitted_year: str | None, today: date) -> str:
    """`YYYY-MM-DD`, or `--MM-DD` where the year is not known, or is the one that stands for that. Refuses others."""
    if found := _DAY_OF_YEAR.fullmatch(text):
        return parse_birthday(f"--{found[1]}-{found[2]}", today)
    year, month, day = _figures(text)
    if year in _YEARLESS or str(year) == omitted_year:
        return parse_birthday(f"--{month:02}-{day:02}", today)
    return parse_birthday(f"{year:04}-{month:02}-{day:02}", today)


def whole_day(text: str) -> date:
    """A day with its year. Refuses others."""
    year, month, day = _figures(text)
    if year in _YEARLESS:
        raise Refusal(f"'{clean_line(text)[:40]}' has no year")
    try:
        return check_year(date(year, month, day))
    except ValueError:
        raise Refusal(f"'{clean_line(text)[:40]}' is no day of the calendar") from None


def _figures(text: str) -> tuple[int, int, int]:
    found = _DAY.fullmatch(text)
    if not found or (not found[2] and len(found[3] + found[4]) < 4):
        raise Refusal(f"'{clean_line(text)[:40]}' is no day with its month and year")
    return int(found[1]), int(found[3]), int(found[4])


def phone(text: str) -> str:
    """A phone number, as it is written or out of its `tel:` URI (RFC 3966). Refuses what has no digits."""
    number = clean_line(text)
    if number[:4].casefold() == "tel:":
        bare, _, more = number[4:].partition(";")
        extension = _EXTENSION.search(f";{more}")
        number = unquote(bare) + (f" ext. {extension[1]}" if extension else "")
    return cells.phone(number)
