"""Contacts that may be one person twice, found among all that the file has."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from followup.core import duplicates

if TYPE_CHECKING:
    import sqlite3


def pairs(db: sqlite3.Connection) -> list[duplicates.Pair]:
    """Those who may be one person twice, the surest first."""
    emails: dict[int, list[str]] = defaultdict(list)
    phones: dict[int, dict[str, str]] = defaultdict(dict)
    for contact_id, kind, value, norm in db.execute(
        "SELECT contact_id, kind, value, norm FROM contact_points ORDER BY contact_id, kind, position"
    ):
        if kind == "email":
            emails[contact_id].append(norm)
        else:
            phones[contact_id][norm] = value
    people = db.execute("SELECT id, name, company, birthday FROM contacts")
    return duplicates.pairs(
        duplicates.person(contact_id, name, company, birthday, emails[contact_id], phones[contact_id])
        for contact_id, name, company, birthday in people
    )
