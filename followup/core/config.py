"""The configuration file: TOML text becomes `Config`, or a refusal that names line, table and key."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from followup.core.identity import check_email, check_language
from followup.core.money import exponent
from followup.core.refusal import Refusal

UNSIGNED = "[your name]"
"""The signature of messages as long as nobody has given a name."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

DEFAULTS: dict[str, dict[str, Any]] = {
    "business": {
        "name": "", "owner": "", "email": "", "phone": "", "website": "", "feedback_link": "", "review_link": "",
        "signature": "", "currency": "EUR", "country": "", "region": "", "language": "en",
    },
    "schedule": {"workdays": ["mon", "tue", "wed", "thu", "fri"], "remind_at": "09:00", "away": []},
    "mail": {"host": "", "user": ""},
    "caldav": {"url": "", "user": ""},
}  # fmt: skip
"""Every table and key with what it is when it is left out."""

_LONGEST_AWAY = 3660
"""Days."""


class Config(Struct, frozen=True, kw_only=True):
    """The configuration: `business` is what messages see as `me`; `weekdays` has 0 for Monday; `remind_at` is HH:MM."""

    business: dict[str, str]
    weekdays: frozenset[int]
    remind_at: str
    away: tuple[tuple[date, date], ...]
    mail: dict[str, str]
    caldav: dict[str, str]

    @property
    def currency(self) -> str:
        """The ISO 4217 code of the business."""
        return self.business["currency"]

    @property
    def holiday_place(self) -> str:
        """Whose public holidays count: `DE`, `DE-BY`, or nothing."""
        return "-".join(filter(None, (self.business["country"], self.business["region"])))


def parse_config(text: str) -> Config:
    """Reads a configuration. Refuses what is no TOML, unknown tables and keys, and values that do not fit."""
    import tomllib

    try:
        raw = tomllib.loads(text)
    except RecursionError:
        raise Refusal("config.toml is not TOML that can be read: it is nested too deeply") from None
    except ValueError as error:  # no TOML, or a number of thousands of digits
        raise Refusal(f"config.toml is not TOML: {error}") from None
    tables: dict[str, dict[str, Any]] = {name: dict(values) for name, values in DEFAULTS.items()}
    for name, values in raw.items():
        if name not in tables:
            raise _fault(text, "", name, "is no table of the configuration" + _nearest(name, tables))
        if not isinstance(values, dict):
            raise _fault(text, "", name, f"must be a table: write [{name}] above its keys")
        for key, value in values.items():
            if name != "business" and key not in tables[name]:
                raise _fault(text, name, key, "is not known" + _nearest(key, tables[name]))
            want = type(tables[name].get(key, ""))
            if not isinstance(value, want):
                raise _fault(text, name, key, f"must be a {'text in quotes' if want is str else 'list'}")
            tables[name][key] = value
    return _checked(text, tables)


def _checked(text: str, tables: dict[str, dict[str, Any]]) -> Config:
    business, schedule = tables["business"], tables["schedule"]
    business["currency"] = business["currency"].upper() or "EUR"
    business["country"] = business["country"].upper()
    business["language"] = business["language"] or "en"
    business["signature"] = business["signature"] or business["owner"] or business["name"] or UNSIGNED
    for key, check in {"currency": exponent, "email": check_email, "language": check_language}.items():
        try:
            if business[key]:
                check(business[key])
        except Refusal as refusal:
            raise _fault(text, "business", key, str(refusal)) from None
    if not re.fullmatch(r"([A-Z]{2})?", business["country"]):
        raise _fault(text, "business", "country", "must be two letters (ISO 3166), such as DE")
    if business["region"] and not business["country"]:
        raise _fault(text, "business", "region", "needs a country: give that too, or leave both empty")
    days = schedule["workdays"]
    if not days or any(day not in WEEKDAYS for day in days):
        raise _fault(text, "schedule", "workdays", f"must list one or more of {', '.join(WEEKDAYS)}")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", schedule["remind_at"]):
        raise _fault(text, "schedule", "remind_at", "must be a time of day such as 09:00")
    try:
        away = msgspec.convert(schedule["away"], tuple[tuple[date, date], ...])
    except msgspec.ValidationError:
        raise _fault(
            text, "schedule", "away", 'must list pairs of days, such as ["2026-12-23", "2027-01-02"]'
        ) from None
    for first, last in away:
        if last < first:
            raise _fault(text, "schedule", "away", f"runs from {first} to {last}: the first day comes first")
        if (last - first).days > _LONGEST_AWAY:
            raise _fault(text, "schedule", "away", f"runs from {first} to {last}: ten years are the most")
    return Config(
        business=business,
        weekdays=frozenset(WEEKDAYS.index(day) for day in days),
        remind_at=schedule["remind_at"],
        away=tuple(sorted(away)),
        mail=tables["mail"],
        caldav=tables["caldav"],
    )


def _fault(text: str, table: str, key: str, reason: str) -> Refusal:
    header = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*\[([\w.-]+)\]", line):
            header = found[1]
        if re.match(rf"\s*(\[{re.escape(key)}\]|[\"']?{re.escape(key)}[\"']?\s*=)", line) and header in (table, key):
            return Refusal(f"config.toml, line {number}, key '{key}': {reason}")
    return Refusal(f"config.toml, key '{key}': {reason}")


def _nearest(name: str, known: Any) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"
