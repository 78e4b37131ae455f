"""Public holidays, worked out once for each place and year and kept in the file."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable


def holidays_of(db: sqlite3.Connection, place: str) -> Callable[[int], frozenset[date]]:
    """The public holidays of a place (`DE`, `DE-BY`; '' has none) by year."""
    if not place:
        return lambda year: frozenset()

    @cache
    def days_of(year: int) -> frozenset[date]:
        row = db.execute("SELECT days FROM public_holidays WHERE place = ? AND year = ?", [place, year]).fetchone()
        if row:
            return frozenset(date.fromisoformat(day) for day in json.loads(row[0]))
        days = work_out(place, year)
        text = json.dumps(sorted(day.isoformat() for day in days))
        db.execute("INSERT OR IGNORE INTO public_holidays (place, year, days) VALUES (?, ?, ?)", [place, year, text])
        return days

    return days_of


def work_out(place: str, year: int) -> frozenset[date]:
    """The public holidays of one year, from the `holidays` library. Refuses a place that it does not know."""
    import holidays

    country, _, region = place.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))
    except (NotImplementedError, KeyError):
        raise Refusal(
            f"config.toml, key '{'region' if region else 'country'}': no public holidays are known for {place}: "
            "use ISO 3166 codes, or leave it empty"
        ) from None
