"""No text that a person types is more than read or refused: periods, days, amounts, people, options."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commandlines import LINES
from fuzzing import INPUTS, fuzzed, put_together, refused_or, spoilt
from hypothesis import strategies as st

from followup.cli import app, values
from followup.core.dates import parse_birthday, parse_date
from followup.core.identity import check_email, check_language, check_name, clean_block, fold, phone_digits
from followup.core.money import decimal_text, exponent, parse_currency, parse_money
from followup.core.period import Period, Workdays, parse_period
from followup.core.refusal import Refusal
from followup.store import contacts
from followup.store.book import open_book

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

TODAY = date(2026, 11, 22)
TODAYS = st.sampled_from([TODAY, date(2024, 2, 29), date(2026, 1, 1), date(1900, 1, 1), date(2200, 12, 31)])
WORKDAYS = Workdays()

PERIODS = ["3 days", "2 weeks", "6 months", "1 year", "5 business days", "3d 2w 6m 1y 5bd", "1 year 6 months", "10 y"]
PERIOD_WORDS = [
    "d", "day", "days", "w", "weeks", "m", "months", "y", "years", "bd", "business day", "business", "and", "1", "0",
    "12", "999999", "1000000", "200", ",", ".", "1.5", "-3", "half", "x usual",
]  # fmt: skip

DATES = [
    "2026-12-01", "2026-1-5", "today", "yesterday", "tomorrow", "next friday", "last monday", "in 2 weeks",
    "3 days ago",
    "15 jan", "1st of march 2027", "January 5, 2027", "30. Februar", "next month", "12.11.2026", "11/12/2026",
    "übermorgen", "avant-hier", "pasado manana", "31 dec 1999", "--06-15", "06-15", "a week from now",
    "first monday of may",
]  # fmt: skip
DATE_WORDS = [
    "next", "last", "in", "ago", "on", "the", "of", "at", "noon", "10:30", "friday", "fr", "vendredi", "feb", "29",
    "31",
    "2023", "1900", "2200", "9999", "0000", "week", "weeks", "months", "business days", "T00:00:00Z", "+02:00", "/",
    "-",
    ".", ",", "now", "999999", "century", "BC", "'26", "1st", "from", "and", "UTC",
]  # fmt: skip

AMOUNTS = [
    "1200", "1,200.50", "1.200,50 €", "1200 EUR", "EUR 12", "$5", "12 kr", "1'000.00 CHF", "¥500", "-5", "(5)", "1.234",
    "0.001 KWD", "999999999999.99", "1 234,5 zł",
]  # fmt: skip
AMOUNT_WORDS = [
    "EUR", "usd", "€", "$", "£", "kr", "kr.", "R$", "₹", "JPY", "KWD", "XXX", "XAU", ",", ".", "'", " ", "-", "−", "(",
    ")", "+", "%", "1", "00", "000", "1e5", "0x10", "١٢", "½",
]  # fmt: skip
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "SEK"])

PEOPLE = ["anna", "Anna Berger", "ann ber", "1", "99", "anna@example.com", "@vip", "José", "o'neil", "+49 30 1234567"]
PEOPLE_WORDS = [
    "an",
    "b",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "folded",
    ":",
    "*",
    '"',
    "(",
    ")",
    "^",
    "+",
    "-",
    "_",
    "@",
    "7",
    "x@y",
]


@fuzzed(INPUTS["period"], text=spoilt(PERIODS, PERIOD_WORDS) | put_together(["3", *PERIOD_WORDS]))
def test_a_period_is_read_or_refused(text: str) -> None:
    period = refused_or(Refusal, lambda: parse_period(text))
    if isinstance(period, Period):
        assert period.at_most_days <= 31 * 12 * 200
        assert period == Period() or parse_period(str(period)) == period
        assert WORKDAYS.add(TODAY, period) >= TODAY


@fuzzed(
    INPUTS["date"],
    text=spoilt(DATES, DATE_WORDS) | put_together(["12", *DATE_WORDS]),
    today=TODAYS,
    look=st.sampled_from(["forward", "back"]),
)
def test_a_date_is_read_or_refused(text: str, today: date, look: Any) -> None:
    day = refused_or(Refusal, lambda: parse_date(text, today, look))
    if isinstance(day, date):
        assert 1900 <= day.year <= 2200


@fuzzed(INPUTS["birthday"], text=spoilt(DATES, DATE_WORDS) | put_together(["12", *DATE_WORDS]), today=TODAYS)
def test_a_birthday_is_read_or_refused(text: str, today: date) -> None:
    birthday = refused_or(Refusal, lambda: parse_birthday(text, today))
    if isinstance(birthday, str):
        assert re.fullmatch(r"(\d{4}|-)-\d\d-\d\d", birthday, re.ASCII) and birthday <= today.isoformat()


@fuzzed(INPUTS["money"], text=spoilt(AMOUNTS, AMOUNT_WORDS) | put_together(["12", *AMOUNT_WORDS]), default=CURRENCIES)
def test_an_amount_is_read_or_refused(text: str, default: str) -> None:
    amount = refused_or(Refusal, lambda: parse_money(text, default))
    refused_or(Refusal, lambda: parse_currency(text, default))
    if isinstance(amount, tuple):
        minor, currency = amount
        assert type(minor) is int and 0 <= minor < 10**16
        if exponent(currency) < 3:  # what has three decimals reads as thousands
            assert parse_money(f"{decimal_text(minor, currency)} {currency}", default) == amount


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The data of a home with people whose names are alike and odd."""
    home = tmp_path_factory.mktemp("people") / "home"
    for name, email in (
        ("Anna Berger", "anna@example.com"), ("Anna Bergmann", "bergmann@example.com"), ("José O'Neil-Grün",
        "jose@example.com"),
        ("7", "seven@example.com"), ("AND OR NOT", "and@example.com"), ("日本 太郎", "taro@example.com"),
    ):  # fmt: skip
        line = ["contact", "add", name, "--email", email, "--tag", "vip", "--phone", "+49 30 1234567"]
        assert app.run(["--home", str(home), "--today", "2026-11-22", *line]) == 0
    book = open_book(home, TODAY)
    yield book.db
    book.close()


@fuzzed(INPUTS["who"], who=spoilt(PEOPLE, PEOPLE_WORDS) | put_together(PEOPLE_WORDS))
def test_a_person_is_found_or_refused(db: sqlite3.Connection, who: str) -> None:
    found = refused_or(Refusal, lambda: contacts.find(db, who))
    assert found is None or contacts.load(db, found)  # type: ignore[arg-type]
    refused_or(Refusal, lambda: contacts.several(db, who))
    refused_or(Refusal, lambda: contacts.listed(db, who, who))


@fuzzed(
    INPUTS["value"],
    text=spoilt(
        [
            "anna@example.com",
            "whatsapp:+49 30 12",
            "refund=2026-12-01",
            "de-AT",
            "Email",
            "a, b,@c",
            "+49 (0)30 1234-567",
        ],
        ["@", ".", ":", "=", ",", "-", "_", "x" * 65, "telegram:", "mastodon:@a@b.example", "deu", "phone", "tomorrow"],
    ),
)
def test_an_option_is_read_or_refused(text: str) -> None:
    refused_or(Refusal, lambda: check_name(text))
    refused_or(Refusal, lambda: check_email(text))
    refused_or(Refusal, lambda: (fold(text), phone_digits(text), clean_block(text)))
    for read in (values.channel, check_language, values.period, values.phone):
        refused_or(Refusal, lambda read=read: values.unless_empty(text, read))  # type: ignore[misc]
    refused_or(Refusal, lambda: values.tags([text]))
    refused_or(Refusal, lambda: values.handles([text]))
    refused_or(Refusal, lambda: values.dates([text], TODAY))


def test_the_default_run_has_twenty_thousand_inputs() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_fuzz_*.py"))
    assert sorted(re.findall(r'@fuzzed\(\s*INPUTS\["(\w+)"\]', tests)) == sorted(INPUTS)  # each kind has its test
    assert len(re.findall(r"@fuzzed\(\s*LINES\[command\]", tests)) == 1
    assert sum(INPUTS.values()) + sum(LINES.values()) >= 20_000
