"""One row of an exported home: its columns read as the values that they are to be, each refused with its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from followup.core.dates import check_year, iso_date, parse_birthday
from followup.core.identity import DATE_NAME, check_name
from followup.core.model import CHANNELS, CHAT_NETWORKS, SOCIAL_NETWORKS
from followup.core.money import exponent
from followup.core.period import parse_period
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from followup.transfer.archive import Plain

Value = TypeVar("Value")

LARGEST = 2**53
"""Whole numbers up to here are the same in every program that reads JSON (RFC 8259, section 6)."""


class Line:
    """One row of a table: its plain values by column, and where it stands."""

    def __init__(self, place: str, values: dict[str, Plain]) -> None:
        self.place = place
        self.values = values

    def may(self, column: str, read: Callable[[Any], Value]) -> Value | None:
        """What a column reads as, None where it is empty. Refuses what `read` refuses, with the place."""
        value = self.values[column]
        return None if value is None else self._read(column, value, read)

    def must(self, column: str, read: Callable[[Any], Value]) -> Value:
        """The same for a column that is never empty."""
        value = self.values[column]
        if value is None:
            raise Refusal(f"{self.place}, column '{column}': it is empty")
        return self._read(column, value, read)

    def _read(self, column: str, value: Plain, read: Callable[[Any], Value]) -> Value:
        try:
            return read(value)
        except (Refusal, ValueError) as error:
            raise Refusal(f"{self.place}, column '{column}': {error}") from None


def day(text: str) -> date:
    """A day of something that happened or was promised, as `YYYY-MM-DD`, of the years 1900 to 2200."""
    return check_year(date.fromisoformat(planned_day(text)))


def planned_day(text: str) -> str:
    """A day of the plan as text, `YYYY-MM-DD`; the last day of the calendar stands for never."""
    if found := iso_date(text):
        return found.isoformat()
    raise ValueError(f"'{text[:40]}' is no day as YYYY-MM-DD")


def birthday(text: str) -> str:
    """A birthday as `YYYY-MM-DD` or `--MM-DD`."""
    if parse_birthday(text, date(2200, 12, 31)) != text:
        raise ValueError(f"'{text[:40]}' is no birthday as YYYY-MM-DD or --MM-DD")
    return text


def period(text: str) -> str:
    """A PERIOD."""
    return str(parse_period(text))


def _from(least: int) -> Callable[[int], int]:
    def read(value: int) -> int:
        if not least <= value <= LARGEST:
            raise ValueError(f"{value} is out of bounds")
        return value

    return read


own_number, number, whole = _from(1), _from(0), _from(-LARGEST)
"""A row's own number, a count, and any whole number."""


def text(text: str) -> str:
    """Any text."""
    return text


def title(text: str) -> str:
    """A title as one clean line."""
    return check_name(text, "title")


def filled(text: str) -> str:
    """A text that says something."""
    if not text.strip():
        raise ValueError("it is empty")
    return text


def one_of(*known: str) -> Callable[[str], str]:
    """Reads one of these words."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"'{text[:40]}' is none of {', '.join(known)}")
        return text

    return read


def like(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """Reads a text of this form."""

    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"'{text[:40]}' is not as an export writes it")
        return text

    return read


def each(read: Callable[[str], str]) -> Callable[[list[str]], tuple[str, ...]]:
    """Reads several texts, each as `read` does."""
    return lambda texts: tuple(map(read, texts))


def days(found: dict[str, str]) -> dict[str, date]:
    """Days by name."""
    return {_name_of_date(name): day(text) for name, text in found.items()}


def handles(found: dict[str, str]) -> dict[str, str]:
    """Handles by network."""
    return {_network(net): check_name(name, "handle") for net, name in found.items()}


def currency(code: str) -> str:
    """An ISO 4217 code."""
    exponent(code)
    return code


def amount(line: Line, column: str, currency: str | None) -> int | None:
    """An amount in minor units. Refuses one without a currency, or with more decimals than that has."""

    def read(text: str) -> int:
        minor = Decimal(_figures(text)).scaleb(exponent(currency)) if currency else None
        if minor is None or minor != int(minor):
            raise ValueError(f"'{text[:40]}' is no amount in {currency or 'a currency, which is missing'}")
        return number(int(minor))

    return line.may(column, read)


channel = one_of(*CHANNELS)
channel_or_all = one_of(*CHANNELS, "all")
"""A channel, and what one may be opted out of."""

_network = one_of(*CHAT_NETWORKS, *SOCIAL_NETWORKS)
_name_of_date = like(DATE_NAME)
_figures = like(re.compile(r"[0-9]{1,16}(\.[0-9]{1,4})?"))
