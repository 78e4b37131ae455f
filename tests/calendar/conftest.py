"""What the tests of the calendar room share: a rules file with one rule of each kind, and exports read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import icalendar
import pytest
import vobject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = """
[settings]
weekend = "keep"
[[rule]]
name     = "thank-you"
on       = "sale"
after    = "1 day"
channels = ["email", "phone"]
message  = "thank-you"
title    = "Thank {{ contact.first_name }} for {{ sale.title }}"
expires  = "7 days"
[[rule]]
name     = "call"
on       = "sale"
after    = "4 weeks"
channels = ["phone"]
message  = "call"
expires  = "never"
priority = "high"
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
channels = ["email"]
message  = "birthday"
expires  = "3 days"
priority = "low"
[[rule]]
name     = "newsletter"
on       = "calendar"
schedule = "FREQ=MONTHLY;BYMONTHDAY=1"
when     = "'newsletter' in contact.tags"
channels = ["email"]
message  = "newsletter"
group    = true
"""


@dataclass(frozen=True)
class File:
    """A calendar file that two libraries could read."""

    content: bytes
    entries: dict[str, Any]

    def titled(self, text: str) -> Any:
        """The one entry with this in its summary."""
        found = [entry for entry in self.entries.values() if text in entry["SUMMARY"]]
        assert len(found) == 1, [entry["SUMMARY"] for entry in self.entries.values()]
        return found[0]

    def titles(self, status: str) -> list[str]:
        """The summaries of the entries with this status, in order."""
        return [str(e["SUMMARY"]) for e in self.entries.values() if e["STATUS"] == status]


@pytest.fixture
def business(rules: Callable[[str], None]) -> None:
    """A home with `RULES`."""
    rules(RULES)


@pytest.fixture
def export(cli: Callable[..., Any], business: None, tmp_path: Path) -> Callable[..., File]:
    """Exports and reads back: `export("--as todo", today="2026-11-22") -> File`."""

    def call(options: str = "", today: str = "2026-11-22") -> File:
        path = tmp_path / "followups.ics"
        result = cli(f"calendar export {path} {options}", today=today)
        assert result.status == 0, result.err
        return read(path.read_bytes())

    return call


def read(content: bytes) -> File:
    """The entries of a calendar file by uid. Both libraries must agree on what it holds."""
    calendar = icalendar.Calendar.from_ical(content)
    parts = [part for part in calendar.subcomponents if part.name in ("VEVENT", "VTODO")]
    other = list(vobject.readOne(content.decode()).components())
    assert [(str(p["UID"]), str(p["SUMMARY"])) for p in parts] == [(o.uid.value, o.summary.value) for o in other]
    entries = {str(part["UID"]): part for part in parts}
    assert len(entries) == len(parts)
    return File(content, entries)
