"""Days as people write them: ISO dates, quick words, written-out dates, and birthdays."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Literal

from followup.core.identity import clean_line, fold
from followup.core.period import add_months, parse_period
from followup.core.refusal import Refusal

Look = Literal["forward", "back"]

_MONTHS = (
    "jan january januar janner janv janvier ene enero",
    "feb february februar feber fev fevr fevrier febrero",
    "mar march marz maerz mrz mars marzo",
    "apr april avr avril abr abril",
    "may mai mayo",
    "jun june juni juin junio",
    "jul july juli juil juillet julio",
    "aug august aout ago agosto",
    "sep sept september septembre septiembre set setiembre",
    "oct october okt oktober octobre octubre",
    "nov november novembre noviembre",
    "dec december dez dezember decembre dic diciembre",
)
_WEEKDAYS = (
    "mon monday montag lundi lunes",
    "tue tues tuesday dienstag mardi martes",
    "wed weds wednesday mittwoch mercredi miercoles",
    "thu thur thurs thursday donnerstag jeudi jueves",
    "fri friday freitag vendredi viernes",
    "sat saturday samstag sonnabend samedi sabado",
    "sun sunday sonntag dimanche domingo",
)
_NEAR_DAYS = {
    -2: "the day before yesterday|day before yesterday|vorgestern|avant-hier|anteayer",
    -1: "yesterday|gestern|hier|ayer",
    0: "today|heute|aujourd'hui|hoy",
    1: "tomorrow|morgen|demain|manana",
    2: "the day after tomorrow|day after tomorrow|ubermorgen|uebermorgen|apres-demain|pasado manana",
}
_STEPS = {"week": (7, 0), "month": (0, 1), "year": (0, 12)}
"""Days and months to the same day of the next one."""


def _numbered(rows: tuple[str, ...], first: int) -> dict[str, int]:
    return {word: number for number, row in enumerate(rows, first) for word in row.split()}


_MONTH_OF = _numbered(_MONTHS, 1)
_WEEKDAY_OF = _numbered(_WEEKDAYS, 0)
_DAYS_TO = {word: days for days, row in _NEAR_DAYS.items() for word in row.split("|")}

_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er)?"
_YEAR = r"(?P<year>[0-9]{4}|'?[0-9]{2})"
_DAY_FIRST = re.compile(
    rf"(?:the |le |el |am |den )?{_DAY}\.?[ /-]*(?:of |de )?(?P<month>[a-z]+)\.?(?:[ ,/-]+(?:de |del )?{_YEAR})?"
)
_MONTH_FIRST = re.compile(rf"(?P<month>[a-z]+)\.?[ /-]*{_DAY}(?:[ ,/-]+{_YEAR})?")
_WEEKDAY_BEFORE = re.compile(r"([a-z]+)[.,]* +(?=.*[0-9])(.+)")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})([/-])([0-9]{1,2})\2([0-9]{1,2})")
_SLASHED = re.compile(r"[0-9]{1,4}[/-][0-9]{1,2}(?:[/-][0-9]{1,4})?")
_NO_YEAR = re.compile(r"(?:--)?([0-9]{2})-([0-9]{2})|--([0-9]{2})([0-9]{2})")
_WORDS_AND_NUMBERS = re.compile(r"(?:[^\W\d_]+|[0-9]{1,4})(?:[ '-](?:[^\W\d_]+|[0-9]{1,4})){0,7}")
_LINKING = {
    "a", "an", "and", "the", "un", "une", "una", "le", "la", "les", "el", "los", "las",
    "ein", "eine", "einer", "einem", "einen", "und", "et", "y", "de",
}  # fmt: skip
_LONGEST = 64


def iso_date(text: str) -> date | None:
    """The day of a text such as `2026-12-01`, None if it is written in any other way or is no day of the calendar."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def written_date(text: str) -> tuple[int, int, str] | None:
    """Day, month and year of a date with the month's name: `15 jan`, `Jan 15, 2027`, `15. März 27`, `15 de enero`.

    Months are English, German, French or Spanish. The year is as it was written, '' where it is open. Whether there is
    such a day is not checked. None for anything else.
    """
    said = fold(text)
    match = _DAY_FIRST.fullmatch(said) or _MONTH_FIRST.fullmatch(said)
    if not match or match["month"] not in _MONTH_OF:
        return None
    return int(match["day"]), _MONTH_OF[match["month"]], (match["year"] or "").removeprefix("'")


def parse_date(text: str, today: date, look: Look) -> date:
    """Reads DATE: `2026-12-01`, or words such as `tomorrow`, `next friday`, `in 2 weeks`, `15 jan`.

    Where the year or the week is open, 'forward' gives the first such day from today on, 'back' the last one up to
    today. `next friday` is the first Friday after today. Refuses bare numbers, times of day, figures between dashes or
    slashes unless the year stands first, days that do not exist, and years outside 1900 to 2200.
    """
    line = clean_line(text)
    if not line:
        raise Refusal("the date is empty: write it as 2026-12-01, or as tomorrow, next friday, in 2 weeks, 15 jan")
    if len(line) > _LONGEST:
        raise _no_date(line[:20] + "…")
    line = line[3:] if line[:3].casefold() == "on " else line
    day = (
        iso_date(line)
        or _quick(fold(line).replace("’", "'"), today, look)
        or _in_figures(line)
        or _written(line, today, look)
        or _by_library(line, today)
    )
    return check_year(day)


def names_weekday(text: str) -> bool:
    """Whether the text is the bare name of a day of the week, such as `friday` or `on friday`."""
    return fold(clean_line(text)).removeprefix("on ") in _WEEKDAY_OF


def check_year(day: date) -> date:
    """The day itself. Refuses one outside the years 1900 to 2200."""
    if not 1900 <= day.year <= 2200:
        raise Refusal(f"{day} is in the year {day.year}: years go from 1900 to 2200")
    return day


def yearless_date(line: str) -> tuple[int, int] | None:
    """Month and day of a date that leaves out the year: `--06-15`, `06-15`, `--0615`, `15 jun`. None for others."""
    if figures := _NO_YEAR.fullmatch(line):
        month, day = (int(part) for part in figures.groups() if part)
        return month, day
    named = written_date(line)
    return (named[1], named[0]) if named and not named[2] else None


def parse_birthday(text: str, today: date) -> str:
    """Reads a birthday: `YYYY-MM-DD` if the year is given, else `--MM-DD` (`--06-15`, `06-15`, `15 jun`).

    Refuses one after today.
    """
    line = clean_line(text)
    if yearless := yearless_date(line):
        month, day = yearless
        _existing(2000, month, day, line)
        return f"--{month:02}-{day:02}"
    born = parse_date(line, today, "back")
    if born > today:
        raise Refusal(f"the birthday '{line}' is after today: give the day of birth, or --MM-DD without the year")
    return born.isoformat()


def _quick(said: str, today: date, look: Look) -> date | None:
    """The words that need no library: near days, weekdays, next and last, `in 2 weeks`, `3 days ago`."""
    if said in _DAYS_TO:
        return today + timedelta(_DAYS_TO[said])
    which, _, rest = said.partition(" ")
    if which in ("next", "last"):
        sign = 1 if which == "next" else -1
        if rest in _STEPS:
            days, months = _STEPS[rest]
            return add_months(today, sign * months) + timedelta(sign * days)
        return _weekday(rest, today + timedelta(sign), sign)
    if which == "in":
        return _away(rest, today, 1)
    if said.endswith(" ago"):
        return _away(said.removesuffix(" ago"), today, -1)
    return _weekday(said.removeprefix("this "), today, 1 if look == "forward" else -1)


def _weekday(word: str, start: date, sign: int) -> date | None:
    """The first day of that name from start on, backwards where sign is -1."""
    if word not in _WEEKDAY_OF:
        return None
    return start + timedelta(sign * ((sign * (_WEEKDAY_OF[word] - start.weekday())) % 7))


def _away(length: str, today: date, sign: int) -> date | None:
    try:
        period = parse_period(length)
    except Refusal:
        return None
    if period.business:
        raise _business_days(length)
    return add_months(today, sign * period.months) + timedelta(sign * period.days)


def _business_days(text: str) -> Refusal:
    return Refusal(f"'{text}' counts business days, which a date cannot: write it in days or weeks, or as 2026-12-01")


def _in_figures(line: str) -> date | None:
    """A day in figures: with points, the day first, or with dashes or slashes, the year first. Refuses other orders."""
    if dotted := _DOTTED.fullmatch(line):
        day, month, year = (int(part) for part in dotted.groups())
        return _existing(year, month, day, line)
    if parts := _YEAR_FIRST.fullmatch(line):
        return _existing(int(parts[1]), int(parts[3]), int(parts[4]), line)
    if _SLASHED.fullmatch(line):
        raise Refusal(f"'{line}' can be read in several ways: write it as YYYY-MM-DD")
    return None


def _written(line: str, today: date, look: Look) -> date | None:
    """A date with the month's name, or any date after the name of its weekday."""
    headed = _WEEKDAY_BEFORE.fullmatch(fold(line))
    if headed and headed[1] in _WEEKDAY_OF:
        found = parse_date(headed[2], today, look)
        if found.weekday() != _WEEKDAY_OF[headed[1]]:
            raise Refusal(f"'{line}' is another day of the week: {found} is a {found:%A}")
        return found
    named = written_date(line)
    if not named or (not named[2] and fold(line).endswith(" ago")):  # agosto, or days forgotten
        return None
    day, month, year = named
    if len(year) == 2:
        raise Refusal(f"'{line}' leaves the century open: write the year with four figures")
    if year:
        return _existing(int(year), month, day, line)
    around = [each for n in range(today.year - 8, today.year + 9) if (each := _day_of(n, month, day))]
    if not around:
        raise _no_day(line)
    return min(d for d in around if d >= today) if look == "forward" else max(d for d in around if d <= today)


def _by_library(line: str, today: date) -> date:
    """What dateparser makes of a distance in words: `in two weeks`, `vor 3 Tagen`, `la semaine prochaine`.

    It skips over words that it does not need, so each word is left out once: the day must change with it.
    """
    said = fold(line)
    try:
        period = parse_period(said)
    except Refusal:
        pass
    else:
        if period.business:
            raise _business_days(line)
        raise Refusal(f"'{line}' is a length of time, not a date: write in {line}, or {line} ago")
    words = said.split()
    astray = "in" in words[1:] or not _DAYS_TO.keys().isdisjoint(words)
    if len(words) < 2 or astray or not _WORDS_AND_NUMBERS.fullmatch(said):
        raise _no_date(line)
    day = _distance(said, today)
    shortened = (" ".join(words[:i] + words[i + 1 :]) for i, word in enumerate(words) if word not in _LINKING)
    if not day or day == today or any(_distance(rest, today) == day for rest in shortened):
        raise _no_date(line)
    return day


def _distance(said: str, today: date) -> date | None:
    """The day at that distance, None where the text does not say in which direction."""
    ahead, behind = (_dateparser_day(said, today, prefer) for prefer in ("future", "past"))
    return ahead if ahead == behind else None


def _dateparser_day(said: str, today: date, prefer: str) -> date | None:
    from dateparser.date import DateDataParser

    settings = {
        "RELATIVE_BASE": datetime(today.year, today.month, today.day),
        "PREFER_DATES_FROM": prefer,
        "PARSERS": ["relative-time"],
        "RETURN_TIME_AS_PERIOD": True,
        "TIMEZONE": "UTC",
    }
    found = DateDataParser(languages=["en", "de", "fr", "es"], settings=settings).get_date_data(said)
    if not found.date_obj or found.date_obj.tzinfo or found.period not in ("day", "week", "month", "year"):
        return None
    return date(found.date_obj.year, found.date_obj.month, found.date_obj.day)


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _existing(year: int, month: int, day: int, line: str) -> date:
    found = _day_of(year, month, day)
    if not found:
        raise _no_day(line)
    return found


def _no_day(line: str) -> Refusal:
    return Refusal(f"'{line}' is no day of the calendar: check day and month")


def _no_date(line: str) -> Refusal:
    return Refusal(f"'{line}' is not a date: write it as 2026-12-01, or as tomorrow, next friday, in 2 weeks, 15 jan")
