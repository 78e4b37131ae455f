"""What repeating rules bring: the short way there finds what the long way finds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from followup.calendar.coming import coming
from followup.calendar.export import standing_rows
from followup.store.book import open_book

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = """
[settings]
weekend = "next"
[[rule]]
name     = "service"
on       = "service"
before   = "2 weeks"
channels = ["email"]
message  = "service"
expires  = "21 days"
[[rule]]
name     = "birthday"
on       = "birthday"
weekend  = "previous"
channels = ["email"]
message  = "birthday"
expires  = "3 days"
[[rule]]
name     = "anniversary"
on       = "anniversary"
after    = "3 business days"
channels = ["email"]
message  = "anniversary"
[[rule]]
name     = "chase"
on       = "sale"
after    = "5 business days"
every    = "1 month 2 business days"
times    = 9
at_most  = "7 weeks"
channels = ["email"]
message  = "chase"
expires  = "never"
[[rule]]
name     = "winter"
on       = "calendar"
schedule = "FREQ=YEARLY;BYMONTH=3,10;BYDAY=MO"
channels = ["email"]
message  = "winter"
[[rule]]
name     = "thanks"
on       = "sale"
channels = ["email"]
message  = "thanks"
"""


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2027, 12, 30), date(2028, 2, 28)])
def test_leaving_out_those_who_have_nothing_coming_loses_nothing(
    cli: Callable[..., Any], rules: Callable[[str], None], home: Path, today: date
) -> None:
    rules(RULES)
    for n in range(12):
        day = today - timedelta(days=29 * n)
        birthday = day.replace(day=28) + timedelta(days=n)
        service = f'--service-every "{n + 1} months"' if n % 2 else ""
        cli(f"sale add Client{n} Boiler --new --email c{n}@example.com --on {day} {service}", today=today.isoformat())
        cli(f"contact edit Client{n} --birthday --{birthday:%m-%d}", today=today.isoformat())
    config = home / "config.toml"
    config.write_text(config.read_text().replace("away = []", 'away = [["2027-02-20", "2027-03-20"]]'))
    book = open_book(home, today)
    book.refresh()
    rows = standing_rows(book)
    farthest = today + timedelta(days=800)
    ids = {row.contact_id for row in rows if row.contact_id is not None}
    due = {f.key: f.due for contact_id in ids for f in book.coming(contact_id, farthest)}
    for until in set(due.values()):
        found = {f.key: f.due for f in coming(book, rows, rows, until)}
        assert found == {key: day for key, day in due.items() if day <= until}
    book.close()
