"""Calendar files as other programs read them: every reader finds the same, and RFC 5545 is kept to the letter."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import icalendar
import pytest
import vobject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Found = dict[str, dict[str, Any]]

NAMES = (
    "Anna Smith",
    r"Comma, Semi; Back\slash and \n and \N",
    'Quote "Q" : colon = equals',
    "山田太郎 👩‍👧‍👦 Ünal",
    "שרה לוי",
    "Long " * 60,
)

_LINE = re.compile(r"[A-Z-]+(?:;[A-Z-]+=[^\x00-\x1f\x7f\":;,]+)*:[^\x00-\x08\x0a-\x1f\x7f]*")
"""A content line with unquoted parameters (RFC 5545, section 3.1)."""

_ONCE = {
    "VEVENT": {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "STATUS", "PRIORITY", "TRANSP"},
    "VTODO": {"UID", "DTSTAMP", "DUE", "SEQUENCE", "SUMMARY", "STATUS", "PRIORITY"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
    "VCALENDAR": {"VERSION", "PRODID", "METHOD", "UID", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL"},
}
"""What each component has exactly once."""


@pytest.fixture(params=["", "--as todo", "--at 09:30", "--as todo --at 09:30"])
def document(request: pytest.FixtureRequest, cli: Callable[..., Any], tmp_path: Path) -> bytes:
    """A file with names of all kinds, some follow-ups open, some done and some skipped since the last one."""
    for n, name in enumerate(NAMES, 1):
        cli(f"""contact add '{name}' --email c{n}@example.com --address '1 Road; North, "X"' --birthday --0{n}-1{n}""")
        cli(f"""sale add {n} 'Job, {n}; \\N' --service-every '5 months'""")
        cli(f"""remind {n} 2026-12-0{n} 'Ask: {name}'""")
    path = tmp_path / "followups.ics"
    assert cli(f"calendar export {path} {request.param}").status == 0
    rows = cli("due --ahead 3w --all --json").json
    for row in rows[::4]:
        cli(f"done {row['id']}")
    for row in rows[1::4]:
        cli(f"skip {row['id']}")
    assert cli(f"calendar export {path} {request.param}").status == 0
    return path.read_bytes()


def with_icalendar(document: bytes) -> Found:
    calendar = icalendar.Calendar.from_ical(document)
    return {
        str(part["UID"]): {
            "kind": part.name,
            "summary": str(part["SUMMARY"]),
            "text": str(part.get("DESCRIPTION", "")),
            "status": str(part["STATUS"]),
            "sequence": int(part["SEQUENCE"]),
            "day": part.decoded("DTSTART" if part.name == "VEVENT" else "DUE"),
            "alarms": len(part.walk("VALARM")),
        }
        for part in calendar.subcomponents
    }


def with_vobject(document: bytes) -> Found:
    return {
        part.uid.value: {
            "kind": part.name,
            "summary": part.summary.value,
            "text": part.description.value if "description" in part.contents else "",
            "status": part.status.value,
            "sequence": int(part.sequence.value),
            "day": (part.dtstart if part.name == "VEVENT" else part.due).value,
            "alarms": len(part.contents.get("valarm", [])),
        }
        for part in vobject.readOne(document.decode()).components()
    }


def test_readers_agree_on_what_a_file_holds(document: bytes) -> None:
    found = with_icalendar(document)
    assert found == with_vobject(document)
    assert len(found) > 30
    statuses = {entry["status"] for entry in found.values()}
    assert statuses in ({"CONFIRMED", "CANCELLED"}, {"NEEDS-ACTION", "CANCELLED", "COMPLETED"})
    assert all(entry["alarms"] == (entry["status"] in ("CONFIRMED", "NEEDS-ACTION")) for entry in found.values())
    assert all(type(entry["day"]) in (date, datetime) for entry in found.values())


def test_names_of_all_kinds_come_back_as_they_were(document: bytes) -> None:
    summaries = {entry["summary"] for entry in with_icalendar(document).values()}
    for name in NAMES:
        assert f"Ask: {name.strip()}" in summaries


def test_every_line_and_component_is_as_the_standard_has_it(document: bytes) -> None:
    assert document.endswith(b"\r\n")
    assert all(len(line) <= 75 for line in document.split(b"\r\n"))
    lines = document.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    assert [line for line in lines if not _LINE.fullmatch(line)] == []
    open_: list[tuple[str, list[str]]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "BEGIN":
            open_.append((value, []))
        elif name == "END":
            component, properties = open_.pop()
            assert component == value
            assert {p: properties.count(p) for p in _ONCE[component]} == dict.fromkeys(_ONCE[component], 1)
        else:
            open_[-1][1].append(name.partition(";")[0])
    assert open_ == []
