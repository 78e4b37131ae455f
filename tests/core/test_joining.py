"""Two records of one person: what is filled, what stays, and what counts as a contradiction."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from followup.core.joining import Conflict, join
from followup.core.model import Contact

DAY = date(2026, 11, 22)


def person(name: str = "Anna Field", **given: Any) -> Contact:
    return Contact(id=1, name=name, added=DAY, **given)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", "Studio"),
        ("address", "Main St 1\nBerlin"),
        ("birthday", "1980-02-03"),
        ("handles", {"whatsapp": "+49 170 1"}),
        ("prefers", "phone"),
        ("language", "de"),
        ("every", "3 months"),
        ("tags", ("vip",)),
        ("notes", "Tea"),
        ("dates", {"renewal": DAY}),
        ("opted_out", ("phone",)),
    ],
)
def test_what_is_empty_is_filled_and_nothing_is_taken_away(field: str, value: object) -> None:
    full = person(**{field: value})
    assert join(person(), full, None) == (full, [])
    assert join(full, person(), None) == (full, [])
    assert join(full, full, None) == (full, [])


@pytest.mark.parametrize(
    ("mine", "theirs", "field", "kept", "given"),
    [
        ({}, {"name": "A. Field"}, "name", "Anna Field", "A. Field"),
        ({"company": "Studio"}, {"company": "Shop"}, "company", "Studio", "Shop"),
        ({"birthday": "1980-02-03"}, {"birthday": "1981-02-03"}, "birthday", "1980-02-03", "1981-02-03"),
        ({"birthday": "1980-02-03"}, {"birthday": "--02-04"}, "birthday", "1980-02-03", "--02-04"),
        ({"handles": {"x": "anna"}}, {"handles": {"x": "ann"}}, "handles.x", "anna", "ann"),
        ({"handles": {"signal": "abc"}}, {"handles": {"signal": "abd"}}, "handles.signal", "abc", "abd"),
        ({"dates": {"r": DAY}}, {"dates": {"r": date(2027, 1, 1)}}, "dates.r", "2026-11-22", "2027-01-01"),
        ({"notes": "Tea"}, {"notes": "Coffee"}, "notes", "Tea", "Coffee"),
        (
            {"lost_reason": "price", "lost_on": DAY},
            {"lost_reason": "moved", "lost_on": DAY},
            "lost",
            "price on 2026-11-22",
            "moved on 2026-11-22",
        ),
    ],
)
def test_what_contradicts_stays_and_is_told(
    mine: dict[str, Any], theirs: dict[str, Any], field: str, kept: str, given: str
) -> None:
    before = person(**mine)
    assert join(before, person(**theirs), None) == (before, [Conflict(field, kept, given)])


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({}, {"name": "ANNA  fíeld"}),
        ({"company": "Studio"}, {"company": "STUDIO "}),
        ({"address": "Main St 1\nBerlin"}, {"address": "main st 1 berlin"}),
        ({"birthday": "1980-02-03"}, {"birthday": "--02-03"}),
        ({"handles": {"x": "anna"}}, {"handles": {"x": "@Anna"}}),
        ({"handles": {"whatsapp": "+49 170 1"}}, {"handles": {"whatsapp": "0049 (0)170-1"}}),
        ({"notes": "Likes tea.\nTall."}, {"notes": "likes tea."}),
    ],
)
def test_what_is_equal_but_for_its_spelling_is_no_conflict(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    before = person(**mine)
    assert join(before, person(**theirs), None) == (before, [])


def test_a_birthday_without_a_year_gains_it() -> None:
    joined, conflicts = join(person(birthday="--02-03"), person(birthday="1980-02-03"), None)
    assert (joined.birthday, conflicts) == ("1980-02-03", [])


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        (("phone",), ("email",), ("email", "phone")),
        (("phone",), ("all",), ("all",)),
        (("all",), (), ("all",)),
    ],
)
def test_who_opted_out_in_either_stays_opted_out(
    mine: tuple[str, ...], theirs: tuple[str, ...], both: tuple[str, ...]
) -> None:
    assert join(person(opted_out=mine), person(opted_out=theirs), None)[0].opted_out == both


@pytest.mark.parametrize(("bought", "lost"), [(None, True), (DAY, True), (date(2026, 11, 23), False)])
def test_being_lost_is_taken_over_unless_they_bought_since(bought: date | None, lost: bool) -> None:
    joined, conflicts = join(person(), person(lost_reason="price", lost_on=DAY), bought)
    assert joined.lost is lost
    assert conflicts == ([] if lost else [Conflict("lost", "", "price on 2026-11-22")])
