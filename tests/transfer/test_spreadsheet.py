"""Cells: a spreadsheet takes none of them for a formula, and the text comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from followup.transfer.spreadsheet import guarded, unguarded


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("https://example.com")', '\'=HYPERLINK("https://example.com")'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3+A1", "'-2+3+A1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+A1", "' =1+A1"),
        ("＝1", "'＝1"),
        ("\t=A1", "\t'=A1"),
        ("hello\r=A1", "hello\r'=A1"),
        ("a;=A1; b", "a;'=A1; b"),
        ("'=A1", "''=A1"),
        ("- tea\n- milk", "'- tea\n'- milk"),
    ],
)
def test_a_formula_is_guarded_wherever_a_cell_may_begin(text: str, cell: str) -> None:
    assert guarded(text) == cell
    assert unguarded(cell) == text


@pytest.mark.parametrize(
    "text", ["", "Anna", "+49 30 1234", "+49 (0)30/12-34.5", "-12.00", "a=b", "1-2", "O'Brien", "'tis"]
)
def test_what_can_do_no_harm_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


def test_a_guard_that_others_put_before_a_phone_number_is_taken_off() -> None:
    assert unguarded("'+49 30 1234") == "+49 30 1234"


@given(st.text() | st.text(st.sampled_from("='+-@; \t\n\r1a.\v＝\u3000")))
@example("'\n=x")
def test_every_text_comes_back_as_it_was(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    for separator in "\t;\r\n":
        cell = cell.replace(separator, "\n")
    for begun in cell.split("\n"):
        assert begun.strip()[:1] not in tuple("=@＝＋－＠")
