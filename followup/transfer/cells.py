"""What the cells of a file say: titles, amounts, days, e-mails, phones, addresses, tags, languages and channels."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from followup.core.dates import check_year, iso_date, parse_birthday, written_date, yearless_date
from followup.core.identity import (
    DATE_NAME,
    check_email,
    check_name,
    clean_block,
    clean_line,
    fold,
    phone_digits,
    words,
)
from followup.core.model import CHANNELS
from followup.core.money import parse_currency, parse_signed_money
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from followup.transfer.columns import Columns
    from followup.transfer.tools import DateOrder

_FIGURES = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})([./-])([0-9]{1,2})\2([0-9]{1,2})")
TWO_DIGITS = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{2})")
"""A date that may have the year first, in two digits."""

_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2?")
_TIME = re.compile(
    r"(?:T|,?\s+(?:at\s+)?)(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]+)?)?"
    r"\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|[A-Z]{3,4}|[+-][0-9]{2}:?[0-9]{2})?$"
)
_MARKS = re.compile(r"[^0-9.,'’ʼ()\s−‐‑–-]+\.?")
"""What stands in an amount beside the number: signs, codes, and `kr.`"""

_QUANTITY = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,9})?")
_SEVERAL = re.compile(r":::|[;|\n]")
_SEVERAL_OR_COMMA = re.compile(r":::|[;|,\n]")
_ALL_CONTACTS = ("mycontacts", "my contacts")
"""The group that Google and Android put everyone in. Google marks groups of its own with a star."""

_NO_DATE = "0/-. "
"""What stands in a date that is none, such as 0/0/00 or 0000-00-00."""

_LONGEST_DATE = 100
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
_LANGUAGES = {
    "en": ("english", "englisch", "anglais", "ingles"),
    "de": ("german", "deutsch", "allemand", "aleman"),
    "fr": ("french", "franzosisch", "francais", "frances"),
    "es": ("spanish", "spanisch", "espagnol", "espanol"),
}


@lru_cache(maxsize=1024)
def title(text: str) -> str:
    """A title on one line. Refuses an empty one."""
    return check_name(text, "title")


def amount(text: str, currency_text: str, default_currency: str) -> tuple[int | None, str | None]:
    """Minor units and the currency of an amount; None for both where there is none.

    The currency may stand in a cell of its own, as a code, a mark, or a name with the code (`Euro - EUR`).
    """
    if not text:
        return None, None
    currency_text = _code(currency_text)
    stated = parse_currency(currency_text, default_currency) if currency_text else default_currency
    minor, currency = parse_signed_money(text, stated)
    if currency_text and currency != stated:
        raise Refusal(f"the amount '{clean_line(text)}' is not in {stated}, as its currency column says: correct one")
    return minor, currency


def currency_as(text: str, currency_text: str) -> str:
    """The currency of an amount as it is written, in its own cell or else beside the number; empty for none."""
    return _code(currency_text) or max(_MARKS.findall(text), key=lambda mark: len(mark.strip(".")), default="")


def _code(currency_text: str) -> str:
    return currency_text.rpartition(" - ")[2]


def product(price: str, quantity: str, currency_text: str, default_currency: str) -> tuple[int | None, str | None]:
    """The amount of so many pieces at a price. Refuses a quantity that is no number."""
    each, currency = amount(price, currency_text, default_currency)
    if each is None:
        return None, None
    if not _QUANTITY.fullmatch(quantity):
        raise Refusal(f"the quantity '{clean_line(quantity)[:40]}' is no number: write it as 2 or 1.5")
    return int((each * Decimal(quantity.replace(",", "."))).to_integral_value(ROUND_HALF_UP)), currency


def name(whole: str, parts: str) -> str:
    """A name that is given whole, in parts, or both: `Field, Anna` is as its parts have it."""
    is_turned = "," in whole and "," not in parts and sorted(words(whole)) == sorted(words(parts))
    return parts if is_turned else whole or parts


@lru_cache(maxsize=8192)
def day(text: str, order: DateOrder | None, latest_year: int) -> date:
    """The day of a cell, without its time. A two-digit year is the latest one up to `latest_year`."""
    bare = without_time(text)
    if found := iso_date(bare):
        return check_year(found)
    parts = _day_month_year(bare, order)
    if not parts:
        raise Refusal(
            f"'{clean_line(text)[:40]}' is not a date: write it as YYYY-MM-DD" if text else "the date is empty"
        )
    number, month, year_text = parts
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if 2000 + year <= latest_year else 1900
    try:
        return check_year(date(year, month, number))
    except ValueError:
        raise Refusal(f"'{clean_line(text)}' is no day of the calendar: check day and month") from None


def whole_day(text: str) -> date:
    """A day as our own exports write it, `YYYY-MM-DD`. Refuses others."""
    if found := iso_date(text):
        return check_year(found)
    raise Refusal(f"'{clean_line(text)[:40]}' is not a date: write it as YYYY-MM-DD")


def named_day(text: str) -> tuple[str, date]:
    """A date with its name, as in `refund_until=2026-12-01`. Refuses others."""
    name, _, day = text.rpartition("=")
    if not DATE_NAME.fullmatch(name):
        raise Refusal(f"'{clean_line(text)[:40]}' is no named date: write it as refund_until=2026-12-01")
    return name, whole_day(day)


def as_key(label: str) -> str:
    """A label as the name of a date: `Contract ends` is `contract_ends`."""
    return re.sub(r"[^\w-]+", "_", label.strip()).strip("_").lower()[:60] or "other"


def without_time(text: str) -> str:
    """A date without the time of day that follows it. Texts that are too long for a date stay as they are."""
    return _TIME.sub("", text) if len(text) <= _LONGEST_DATE else text


def is_void(text: str) -> bool:
    """Whether nothing is said, or a date that is none."""
    return not text.strip(_NO_DATE)


def _day_month_year(text: str, order: DateOrder | None) -> tuple[int, int, str] | None:
    if first := _YEAR_FIRST.fullmatch(text):
        return int(first[4]), int(first[3]), first[1]
    if figures := _FIGURES.fullmatch(text):
        if order == "YMD" and TWO_DIGITS.fullmatch(text):
            return int(figures[4]), int(figures[3]), figures[1]
        return (*_ordered(figures, order), figures[4])
    named = written_date(text)
    return named if named and named[2] else None


def _ordered(figures: re.Match[str], order: DateOrder | None) -> tuple[int, int]:
    """Day and month of `02/03/2026`; between points the day always comes first."""
    first, second = int(figures[1]), int(figures[3])
    if figures[2] == "." or first == second:
        return first, second
    if order not in ("DMY", "MDY"):
        raise Refusal(f"'{figures[0]}' may have the day or the month first: say which with --date-order DMY or MDY")
    return (first, second) if order == "DMY" else (second, first)


def birthday(text: str, order: DateOrder | None, today: date) -> str | None:
    """A birthday as `YYYY-MM-DD` or `--MM-DD`. Refuses one after today."""
    if is_void(text):
        return None
    if yearless_date(text):
        return parse_birthday(text, today)
    if figures := _DAY_AND_MONTH.fullmatch(text):
        number, month = _ordered(figures, order)
        return parse_birthday(f"--{month:02}-{number:02}", today)
    born = day(text, order, today.year)
    if born > today:
        born = day(text, order, today.year - 1)
    return parse_birthday(born.isoformat(), today)


def emails(cells: Sequence[str]) -> tuple[str, ...]:
    """The addresses in some cells, each of which may have several. Refuses what is none."""
    return tuple(
        dict.fromkeys(_email(part) for cell in cells for part in _SEVERAL_OR_COMMA.split(cell) if part.strip())
    )


@lru_cache(maxsize=8192)
def _email(text: str) -> str:
    return check_email(text)


def phones(cells: Sequence[str]) -> tuple[str, ...]:
    """The phone numbers in some cells, each of which may have several. Refuses what has no digits."""
    return tuple(dict.fromkeys(phone(part) for cell in cells for part in _SEVERAL.split(cell) if part.strip()))


def phone(text: str) -> str:
    """A phone number as it is written. Refuses what has no digits."""
    number = check_name(text, "phone number")
    if not phone_digits(number):
        raise Refusal(f"'{number[:40]}' is not a phone number: it has no digits")
    return number


def address(cells: tuple[str, ...], columns: Columns) -> str | None:
    """The first address with anything in it, a line each for street, town and country."""
    for found in columns.addresses:
        part = {name: block(cells[index]) or "" for name, index in found.items()}
        if any(part.values()):
            return address_lines(part)
    return None


def address_lines(part: Mapping[str, str]) -> str:
    """An address of several lines from its parts: `address`, `street`, `street2`, `postcode`, `city`, `region` and
    `country`, whichever there are. The town is written as its country does, as far as the region tells.
    """
    whole, street, city = part.get("address", ""), part.get("street", ""), part.get("city", "")
    if whole and (street or (city and city in whole)):
        return whole
    region, postcode = part.get("region", ""), part.get("postcode", "")
    if re.fullmatch(r"[A-Z]{2,3}", region):  # Springfield, IL 62701, as America and Australia write it
        town = [" ".join(filter(None, (f"{city}, {region}" if city else region, postcode)))]
    else:
        town = [f"{postcode} {city}".strip(), region]
    return "\n".join(filter(None, (whole or street, part.get("street2", ""), *town, part.get("country", ""))))


def tags(text: str) -> tuple[str, ...]:
    """The tags in a cell, each once."""
    return each_tag(part.strip().removeprefix("* ") for part in _SEVERAL_OR_COMMA.split(text))


def each_tag(texts: Iterable[str]) -> tuple[str, ...]:
    """The tags that texts are, each once, without an @ in front and without the group that everyone is in."""
    found = (clean_line(text).lstrip("@ ") for text in texts)
    return tuple(dict.fromkeys(tag for tag in found if tag and tag.casefold() not in _ALL_CONTACTS))


def block(text: str) -> str | None:
    """A text of several lines, each cleaned; None for none."""
    return clean_block(text) or None


def language(text: str) -> str | None:
    """The code of a language, of two or three letters. It may be written with a country (`de-AT`), or as its name."""
    if not text:
        return None
    if code := _LANGUAGE.fullmatch(text):
        return code[1].lower()
    for known, names in _LANGUAGES.items():
        if fold(text) in names:
            return known
    raise Refusal(f"'{clean_line(text)[:40]}' is no language known here: give its two-letter code, such as de")


def channel(text: str) -> str | None:
    """A channel by its name, None for an empty cell. Refuses others."""
    named = fold(text).replace("-", "")
    if named and named not in CHANNELS:
        raise Refusal(f"'{clean_line(text)[:40]}' is no channel: give one of {', '.join(CHANNELS)}")
    return named or None
