"""Messages as text: the environment in which they run, with money and days as each language writes them."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from followup.core import sandbox
from followup.core.facts import Money

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment


class _Manner(NamedTuple):
    """How a language writes amounts and days: `{day}`, `{month}` and `{year}`, and the day where the year is open."""

    thousands: str
    decimal: str
    amount: str
    day: str
    yearless: str
    months: str
    units: str
    first: str = "1"


_MANNERS = {
    "en": _Manner(
        ",", ".", "{sign}{number}", "{day} {month} {year}", "{day} {month}",
        "January February March April May June July August September October November December",
        "days weeks months years",
    ),
    "de": _Manner(
        ".", ",", "{number} {sign}", "{day}. {month} {year}", "{day}. {month}",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Tage Wochen Monate Jahre",
    ),
    "fr": _Manner(
        "\u202f", ",", "{number}\u202f{sign}", "{day} {month} {year}", "{day} {month}",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "jours semaines mois ans", first="1er",
    ),
    "es": _Manner(
        ".", ",", "{number} {sign}", "{day} de {month} de {year}", "{day} de {month}",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "días semanas meses años",
    ),
}  # fmt: skip
"""As the Unicode CLDR has them, but for Spanish, which groups thousands from four digits on here as the others do."""

_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
"""Where a sign names one currency in all of these languages; others are named by their code."""


@cache
def environment(language: str) -> SandboxedEnvironment:
    """The bounded environment of `sandbox` with the filters `money` and `day` in a language (`de`, `pt-br`)."""
    env = sandbox.environment().overlay()
    manner = _MANNERS.get(primary(language))
    env.filters = {
        **env.filters,
        "money": lambda amount: money_text(amount, manner),
        "day": lambda day: day_text(day, manner),
    }
    return env


def primary(language: str) -> str:
    """The language of a tag without its region: `pt-BR` is `pt` (BCP 47)."""
    return language.replace("_", "-").partition("-")[0].casefold()


def money_text(amount: Any, manner: _Manner | None) -> str:
    """An amount as the language writes it; `1200.00 EUR` where its manner is not known, nothing where it is absent."""
    from jinja2.exceptions import SecurityError

    if amount is None:
        return ""
    if not isinstance(amount, Money):
        raise SecurityError("money works on amounts only, such as sale.amount")
    if manner is None:
        return f"{amount} {amount.currency}"
    whole, _, fraction = str(amount).partition(".")
    number = f"{int(whole):,}".replace(",", manner.thousands) + (manner.decimal + fraction if fraction else "")
    sign = _SIGNS.get(amount.currency)
    return manner.amount.format(number=number, sign=sign) if sign else f"{number} {amount.currency}"


def day_text(day: Any, manner: _Manner | None) -> str:
    """A day as the language writes it; ISO 8601 where its manner is not known, nothing where it is absent.

    Takes the text of a birthday too: `1990-06-15`, or `--06-15` where the year is open.
    """
    from jinja2.exceptions import SecurityError

    if day is None or day == "":
        return ""
    try:
        on = day if isinstance(day, date) else date.fromisoformat(str(day).replace("--", "1904-", 1))
    except ValueError:
        raise SecurityError("day works on days only, such as sale.completed") from None
    if manner is None:
        return str(day)
    number = manner.first if on.day == 1 else str(on.day)
    pattern = manner.yearless if str(day).startswith("--") else manner.day
    return pattern.format(day=number, month=manner.months.split()[on.month - 1], year=on.year)
