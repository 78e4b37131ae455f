"""Messages as text: the environment in which they run, with money and days as each language writes them."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from followup.core import sandbox
from followup.core.facts import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

    from followup.drafting.lookup import Message


class _Manner(NamedTuple):
    """How a language writes amounts, days, days of no year, and lengths of time (day, days, weeks, months, years)."""

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
        "day days weeks months years",
    ),
    "de": _Manner(
        ".", ",", "{number} {sign}", "{day}. {month} {year}", "{day}. {month}",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Tag Tage Wochen Monate Jahre",
    ),
    "fr": _Manner(
        "\u202f", ",", "{number}\u202f{sign}", "{day} {month} {year}", "{day} {month}",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "jour jours semaines mois ans", first="1er",
    ),
    "es": _Manner(
        ".", ",", "{number} {sign}", "{day} de {month} de {year}", "{day} de {month}",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "día días semanas meses años",
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


def usual_text(days: float, language: str) -> str:
    """A length of time as people say it, never more exact than is usual: 42 days are `6 weeks`, 200 days `7 months`."""
    manner = _MANNERS.get(primary(language), _MANNERS["en"])
    day, several, weeks, months, years = manner.units.split()
    if days < 14:
        return f"{round(days)} {several if round(days) > 1 else day}"
    if days < 61:
        return f"{round(days / 7)} {weeks}"
    return f"{round(days / 30.44)} {months}" if days < 730 else f"{round(days / 365.25)} {years}"


_BREAK = "\x1f"
"""Stands for a line break inside a value until subject and body are told apart, so that none can end the subject."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_text(text: str) -> str:
    """The text with plain line breaks, and without control characters and marks that turn a line around."""
    return _CONTROL.sub("", "\n".join(text.splitlines()))


@cache
def _sending(language: str) -> SandboxedEnvironment:
    """The environment as drafts need it: values stay within their place."""

    def within(value: Any) -> str:
        return clean_text(sandbox.shown(value)).replace("\n", _BREAK)

    return environment(language).overlay(finalize=within)


@lru_cache(maxsize=512)
def compiled(source: str, what: str, language: str) -> Template:
    """A message's source as a template, kept for the next use. Refuses one with a syntax error."""
    return sandbox.compile_template(source, what, _sending(language))


def compose(message: Message, names: Mapping[str, Any], own_language: str) -> tuple[str | None, str]:
    """Subject (of an e-mail; else None) and body of a message for these names.

    Refuses a template with a fault, naming file and line, and an e-mail that does not begin with its subject.
    """
    template = compiled(message.text(), message.what, message.written_in(own_language))
    text = sandbox.render(template, names, message.what).strip("\n")
    subject = None
    if message.channel == "email":
        subject, text = split_subject(text, message.what)
    return subject, text.replace(_BREAK, "\n")


def split_subject(text: str, what: str) -> tuple[str, str]:
    """The subject, as one line, and the body of an e-mail that begins with `Subject: …` and a blank line."""
    first, _, rest = text.partition("\n")
    blank, _, body = rest.partition("\n")
    word, colon, subject = first.partition(":")
    if word.strip().casefold() != "subject" or not colon or blank.strip():
        raise sandbox.TemplateFault(what, 1, "an e-mail begins with a line 'Subject: …' and a blank line: write them")
    line = " ".join(clean_text(subject.replace(_BREAK, " ")).split())
    if not line:
        raise sandbox.TemplateFault(what, 1, "the subject is empty: write one after 'Subject:'")
    return line, body.strip("\n")
