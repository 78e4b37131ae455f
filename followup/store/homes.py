"""What stands in a new home's configuration: every key written out, with what it is for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from followup.core.config import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEANING = {
    "feedback_link": "a short form that clients can fill in",
    "review_link": "where happy clients can leave a review",
    "signature": "below your messages; empty: the owner's name",
    "currency": "ISO 4217, for amounts without a currency",
    "country": "ISO 3166, for public holidays; empty: none",
    "region": "where holidays differ within the country, such as BY",
    "language": "of messages, for clients without one of their own",
    "remind_at": "alarms in calendars",
    "away": 'pairs of days, such as ["2026-12-23", "2027-01-02"]',
}
_HEADS = {
    "business": "what messages see as `me`; keys of your own are allowed",
    "schedule": "when you work",
    "mail": "only for `draft --imap`",
    "caldav": "only for `calendar sync`",
}


def default_config(business: Mapping[str, str]) -> str:
    """A configuration file with these values in [business], and the defaults for everything else."""
    lines: list[str] = []
    for table, keys in DEFAULTS.items():
        lines += [f"[{table}]".ljust(29) + f"# {_HEADS[table]}"]
        for key, default in keys.items():
            value = business.get(key, default) if table == "business" else default
            line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
            lines.append(line.ljust(28) + f" # {_MEANING[key]}" if key in _MEANING else line)
        lines.append("")
    return "\n".join(lines)
