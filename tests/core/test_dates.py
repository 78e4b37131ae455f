"""DATE as people write it, on Sunday 22 November 2026 unless said otherwise."""

import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.core.dates import Look, iso_date, parse_birthday, parse_date, written_date
from followup.core.refusal import Refusal

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01", "2026-12-01"),
        (" 2024-02-29 ", "2024-02-29"),
        ("1900-01-01", "1900-01-01"),
        ("2200-12-31", "2200-12-31"),
        ("today", "2026-11-22"),
        ("Yesterday", "2026-11-21"),
        ("TOMORROW", "2026-11-23"),
        ("the day after tomorrow", "2026-11-24"),
        ("the day before yesterday", "2026-11-20"),
        ("Day before yesterday", "2026-11-20"),
        ("vorgestern", "2026-11-20"),
        ("morgen", "2026-11-23"),
        ("Übermorgen", "2026-11-24"),
        ("demain", "2026-11-23"),
        ("aujourd’hui", "2026-11-22"),
        ("mañana", "2026-11-23"),
        ("next friday", "2026-11-27"),
        ("next sunday", "2026-11-29"),
        ("last monday", "2026-11-16"),
        ("last sunday", "2026-11-15"),
        ("next week", "2026-11-29"),
        ("next month", "2026-12-22"),
        ("next year", "2027-11-22"),
        ("last week", "2026-11-15"),
        ("last month", "2026-10-22"),
        ("in 2 weeks", "2026-12-06"),
        ("in 2w", "2026-12-06"),
        ("in 1 year 6 months", "2028-05-22"),
        ("in 1 month and 3 days", "2026-12-25"),
        ("2 weeks ago", "2026-11-08"),
        ("3 days ago", "2026-11-19"),
        ("3d ago", "2026-11-19"),
        ("15 january 2027", "2027-01-15"),
        ("jan 15, 2027", "2027-01-15"),
        ("January 15th, 2027", "2027-01-15"),
        ("the 15th of january 2027", "2027-01-15"),
        ("on 15 jan 2027", "2027-01-15"),
        ("15-Jan-2027", "2027-01-15"),
        ("15. März 2027", "2027-03-15"),
        ("1er août 2027", "2027-08-01"),
        ("15 de enero de 2027", "2027-01-15"),
        ("Fri 15 jan 2027", "2027-01-15"),
        ("friday, 2027-01-15", "2027-01-15"),
        ("2026/12/01", "2026-12-01"),
        ("2026/2/9", "2026-02-09"),
        ("2026-2-9", "2026-02-09"),
        ("Fri 2027/01/15", "2027-01-15"),
        ("15.01.2027", "2027-01-15"),
        ("1.2.2027", "2027-02-01"),
    ],
)
@pytest.mark.parametrize("look", ["forward", "back"])
def test_a_date_that_leaves_nothing_open_is_the_same_either_way(text: str, expected: str, look: Look) -> None:
    assert parse_date(text, SUNDAY, look) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in two weeks", "2026-12-06"),
        ("a fortnight ago", "2026-11-08"),
        ("2 weeks from now", "2026-12-06"),
        ("in einem Monat", "2026-12-22"),
        ("vor 2 Wochen", "2026-11-08"),
        ("nächste Woche", "2026-11-29"),
        ("dans 3 jours", "2026-11-25"),
        ("il y a une semaine", "2026-11-15"),
        ("hace 3 días", "2026-11-19"),
    ],
)
@pytest.mark.parametrize("look", ["forward", "back"])
def test_distances_in_words_are_read_in_four_languages(text: str, expected: str, look: Look) -> None:
    assert parse_date(text, SUNDAY, look) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "forward", "back"),
    [
        ("15 jan", "2027-01-15", "2026-01-15"),
        ("jan 15", "2027-01-15", "2026-01-15"),
        ("15jan", "2027-01-15", "2026-01-15"),
        ("sept 3", "2027-09-03", "2026-09-03"),
        ("22 nov", "2026-11-22", "2026-11-22"),
        ("23 nov", "2026-11-23", "2025-11-23"),
        ("21 nov", "2027-11-21", "2026-11-21"),
        ("29 feb", "2028-02-29", "2024-02-29"),
        ("15. Dezember", "2026-12-15", "2025-12-15"),
        ("friday", "2026-11-27", "2026-11-20"),
        ("fri", "2026-11-27", "2026-11-20"),
        ("on friday", "2026-11-27", "2026-11-20"),
        ("this friday", "2026-11-27", "2026-11-20"),
        ("Freitag", "2026-11-27", "2026-11-20"),
        ("vendredi", "2026-11-27", "2026-11-20"),
        ("viernes", "2026-11-27", "2026-11-20"),
        ("sunday", "2026-11-22", "2026-11-22"),
        ("saturday", "2026-11-28", "2026-11-21"),
        ("monday", "2026-11-23", "2026-11-16"),
    ],
)
def test_an_open_year_or_week_is_the_nearest_one_in_the_direction_asked(text: str, forward: str, back: str) -> None:
    assert parse_date(text, SUNDAY, "forward") == date.fromisoformat(forward)
    assert parse_date(text, SUNDAY, "back") == date.fromisoformat(back)


@pytest.mark.parametrize(
    ("text", "today", "expected"),
    [
        ("next month", date(2027, 1, 31), date(2027, 2, 28)),
        ("last month", date(2028, 3, 31), date(2028, 2, 29)),
        ("next year", date(2028, 2, 29), date(2029, 2, 28)),
        ("next friday", date(2026, 11, 27), date(2026, 12, 4)),
        ("friday", date(2026, 11, 27), date(2026, 11, 27)),
        ("1 month ago", date(2026, 12, 31), date(2026, 11, 30)),
    ],
)
def test_words_count_from_today(text: str, today: date, expected: date) -> None:
    assert parse_date(text, today, "forward") == expected


NONSENSE = (
    *("", "  ", "foo", "may be", "christmas", "x" * 500, "a", "day", "in", "ago", "next", "in a", "next friday please"),
    *("yesterday tomorrow", "in 2 weeks ago", "in 2 weeks please", "in 2 weeks 3", "in 3 2 weeks", "in 2 weeks on"),
    *("2 weeks in", "3 years today", "1 2", "in -2 days", "in 1.5 weeks"),
)
BARE_NUMBERS = ("12", "2026", "1.5", "1,5", "-5", "20261201", "1700000000", "1/2", "2026-1", "12-01")
TIMES_OF_DAY = (
    *("12:30", "10am", "noon", "tomorrow 5pm", "tomorrow morning", "in 2 hours", "15 jan 10:00", "2026-12-01T10:00"),
    *("15 jan utc", "in 2 weeks est", "jan 15 EST"),
)
OTHER_CALENDARS = ("2026-W01", "2026-W01-1", "2026-335")
UNCLEAR = ("26/12/01", "2026/12", "2026/12-01", "01/12/2026", "12/13/2026", "2026/12/011")
NO_SINGLE_DAY = ("may", "jan 2027", "this week", "this month", "3 ago", "15 foo", "the 15th")


@pytest.mark.parametrize("text", [*NONSENSE, *BARE_NUMBERS, *TIMES_OF_DAY, *OTHER_CALENDARS, *UNCLEAR, *NO_SINGLE_DAY])
@pytest.mark.parametrize("look", ["forward", "back"])
def test_what_does_not_make_sense_as_a_whole_is_refused(text: str, look: Look) -> None:
    with pytest.raises(Refusal, match=r"2026-12-01|YYYY-MM-DD"):
        parse_date(text, SUNDAY, look)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1/2/2026", "several ways: write it as YYYY-MM-DD"),
        ("13/1/2026", "several ways: write it as YYYY-MM-DD"),
        ("2 weeks", "length of time.*in 2 weeks"),
        ("6m", "length of time"),
        ("2bd", "counts business days"),
        ("in 2bd", "counts business days"),
        ("in 5 business days", "business days"),
        ("15 jan 27", "four figures"),
        ("15 jan '27", "four figures"),
        ("mon 15 jan 2027", "2027-01-15 is a Friday"),
        ("2026-13-45", "no day of the calendar"),
        ("2026/31/12", "no day of the calendar"),
        ("2201/01/01", "1900 to 2200"),
        ("2026-02-29", "no day of the calendar"),
        ("0000-01-01", "no day of the calendar"),
        ("31 feb", "no day of the calendar"),
        ("30 feb 2026", "no day of the calendar"),
        ("29 feb 2027", "no day of the calendar"),
        ("31.02.2026", "no day of the calendar"),
        ("32 jan", "no day of the calendar"),
        ("1899-12-31", "1900 to 2200"),
        ("2201-01-01", "1900 to 2200"),
        ("15 jan 1066", "1900 to 2200"),
        ("in 190 years", "1900 to 2200"),
        ("150 years ago", "1900 to 2200"),
    ],
)
def test_a_refusal_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        parse_date(text, SUNDAY, "forward")


def test_a_refusal_quotes_only_the_beginning_of_a_long_text() -> None:
    with pytest.raises(Refusal) as refusal:
        parse_date("tomorrow " * 100, SUNDAY, "forward")
    assert len(str(refusal.value)) < 150


def test_common_dates_do_not_load_the_library() -> None:
    script = """
import sys
from datetime import date
from followup.core.dates import parse_birthday, parse_date
from followup.core.refusal import Refusal
for text in (
    *("2026-12-01", "2026/12/01", "tomorrow", "the day before yesterday", "next week", "next friday", "in 10 days"),
    *("3 days ago", "15 jan", "foo", "12"),
):
    try:
        parse_date(text, date(2026, 11, 22), "forward")
    except Refusal:
        pass
parse_birthday("--06-15", date(2026, 11, 22))
print([name for name in sys.modules if name in ("dateparser", "dateutil")])
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from(["forward", "back"]))
def test_every_iso_date_reads_as_itself(day: date, look: Look) -> None:
    assert parse_date(day.isoformat(), SUNDAY, look) == day


@given(st.text(alphabet="0123456789 -./:abdejnoruwy", max_size=14))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        day = parse_date(text, SUNDAY, "forward")
    except Refusal:
        return
    assert 1900 <= day.year <= 2200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1980-06-15", "1980-06-15"),
        ("15 jun 1980", "1980-06-15"),
        ("15.06.1980", "1980-06-15"),
        ("1980/06/15", "1980-06-15"),
        ("June 15, 1980", "1980-06-15"),
        ("--06-15", "--06-15"),
        ("--0615", "--06-15"),
        ("06-15", "--06-15"),
        ("15 jun", "--06-15"),
        ("june 15", "--06-15"),
        ("15. Juni", "--06-15"),
        ("29 feb", "--02-29"),
        ("--02-29", "--02-29"),
        ("2026-11-22", "2026-11-22"),
    ],
)
def test_a_birthday_may_lack_the_year(text: str, expected: str) -> None:
    assert parse_birthday(text, SUNDAY) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-11-23", "after today"),
        ("tomorrow", "after today"),
        ("--02-30", "no day of the calendar"),
        ("13-01", "no day of the calendar"),
        ("1979-02-29", "no day of the calendar"),
        ("1899-06-15", "1900 to 2200"),
        ("15 jun 80", "four figures"),
        ("6/15/1980", "YYYY-MM-DD"),
        ("soon", "not a date"),
        ("", "empty"),
    ],
)
def test_a_birthday_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        parse_birthday(text, SUNDAY)


@pytest.mark.parametrize(
    "text", ["20261201", "2026-W01-1", "2026-1-05", "2026-02-30", "2026-12-01T10:00", "２０２６-12-01"]
)
def test_only_year_month_and_day_with_dashes_is_an_iso_date(text: str) -> None:
    assert iso_date(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15 jan", (15, 1, "")),
        ("15. März 27", (15, 3, "27")),
        ("5 févr. 2026", (5, 2, "2026")),
        ("03-ago-2026", (3, 8, "2026")),
        ("Dez 24, 2026", (24, 12, "2026")),
        ("1/Mai/2026", (1, 5, "2026")),
        ("15 foo", None),
        ("jan 2027", None),
        ("2026-12-01", None),
    ],
)
def test_month_names_are_known_in_four_languages(text: str, expected: tuple[int, int, str] | None) -> None:
    assert written_date(text) == expected
