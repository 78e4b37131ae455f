"""MONEY as people write it, read into minor units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.core.money import decimal_text, exponent, parse_currency, parse_money, parse_signed_money
from followup.core.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("1200", 120000, "EUR"),
        ("1200.5", 120050, "EUR"),
        ("1200,50", 120050, "EUR"),
        ("1,200.50", 120050, "EUR"),
        ("1.200,50", 120050, "EUR"),
        ("1.200,50 €", 120050, "EUR"),
        ("€1.200,50", 120050, "EUR"),
        ("1200 EUR", 120000, "EUR"),
        ("1200eur", 120000, "EUR"),
        ("EUR 12", 1200, "EUR"),
        ("12 Euro", 1200, "EUR"),
        ("€ 12 EUR", 1200, "EUR"),
        ("$1,234.56", 123456, "USD"),
        ("$12 CAD", 1200, "CAD"),
        ("US$ 12", 1200, "USD"),
        ("1 234,56", 123456, "EUR"),
        ("1\u00a0234,56\u00a0€", 123456, "EUR"),
        ("1\u202f234,56", 123456, "EUR"),
        ("1'200.50", 120050, "EUR"),
        ("CHF 1’200.50", 120050, "CHF"),
        ("Fr. 12.50", 1250, "CHF"),
        ("Fr.12.50", 1250, "CHF"),
        ("£0.99", 99, "GBP"),
        (".50", 50, "EUR"),
        ("0", 0, "EUR"),
        ("  7 ", 700, "EUR"),
        ("1.234.567", 123456700, "EUR"),
        ("1,234,567.89", 123456789, "EUR"),
        ("1 234 567", 123456700, "EUR"),
        ("999999999999.99", 99999999999999, "EUR"),
        ("1200 JPY", 1200, "JPY"),
        ("¥1,200", 1200, "JPY"),
        ("1,234.567 KWD", 1234567, "KWD"),
        ("1234.567 KWD", 1234567, "KWD"),
        ("0.5 KWD", 500, "KWD"),
    ],
)
def test_an_amount_is_read_as_it_is_commonly_written(text: str, minor: int, currency: str) -> None:
    assert parse_money(text, "EUR") == (minor, currency)


@pytest.mark.parametrize(
    ("text", "minor"), [("1,2", 120), ("1.2", 120), ("1,23", 123), ("1.23", 123), ("1,234", 123400), ("1.234", 123400)]
)
def test_a_lone_mark_is_decimal_before_one_or_two_digits_and_groups_thousands_before_three(
    text: str, minor: int
) -> None:
    assert parse_money(text, "EUR") == (minor, "EUR")


@pytest.mark.parametrize(
    ("text", "minor"), [("458.2400", 45824), ("0.0000", 0), ("1,580.9400", 158094), ("1200.00 JPY", 1200)]
)
def test_zeros_behind_the_last_decimal_say_nothing(text: str, minor: int) -> None:
    assert parse_money(text, "EUR")[0] == minor


def test_a_lone_mark_before_three_digits_groups_thousands_even_for_three_decimals() -> None:
    assert parse_money("1.234", "KWD") == (1234000, "KWD")


@pytest.mark.parametrize(
    ("text", "default", "currency"),
    [
        ("$5", "EUR", "USD"),
        ("$5", "USD", "USD"),
        ("$5", "NZD", "NZD"),
        ("$5", "MXN", "MXN"),
        ("¥5", "EUR", "JPY"),
        ("¥5", "CNY", "CNY"),
        ("5 kr", "SEK", "SEK"),
        ("5 kr.", "DKK", "DKK"),
        ("kr 5", "NOK", "NOK"),
        ("5", "GBP", "GBP"),
        ("5 zł", "EUR", "PLN"),
    ],
)
def test_a_symbol_of_several_currencies_means_the_own_one_if_it_is_among_them(
    text: str, default: str, currency: str
) -> None:
    assert parse_money(text, default)[1] == currency


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("-5", "negative"),
        ("5-", "negative"),
        ("(12.00)", "negative"),
        ("1,20,00", "no amount"),
        ("1,20,000.00", "no amount"),
        ("1.2.3", "no amount"),
        ("1.234.56", "no amount"),
        ("1,234.567,89", "no amount"),
        ("12 34", "no amount"),
        ("1  234", "no amount"),
        ("12.", "no amount"),
        ("12,", "no amount"),
        ("12.345,6,7", "no amount"),
        ("0.500", "more decimals"),
        ("1234.567", "more decimals"),
        ("1,234.567", "more decimals"),
        ("0.1234", "more decimals"),
        ("1.5 JPY", "more decimals"),
        ("12.3456 KWD", "more decimals"),
        ("12 EUR $", "two currencies"),
        ("$12 €", "two currencies"),
        ("12 EUR USD", "two currencies"),
        ("12 XYZ", "no currency"),
        ("12 XAU", "no currency"),
        ("12 apples", "no currency"),
        ("12 kr", "SEK, NOK, DKK or ISK"),
        ("1234567890123", "too much"),
        ("1,234,567,890,123.00", "too much"),
        ("nan", "no amount"),
        ("inf", "no amount"),
        ("1e5", "no amount"),
        ("1_000", "no amount"),
        ("0x10", "no amount"),
        ("12 %", "no amount"),
        ("+5", "no amount"),
        ("--5", "no amount"),
        ("EUR", "no amount"),
        ("12€50", "no amount"),
        ("١٢", "no amount"),
        ("１２", "no amount"),
        ("1\n2", "no amount"),
        ("1" * 5000, "no amount"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(Refusal, match=says) as refusal:
        parse_money(text, "EUR")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("-5", -500),
        ("5-", -500),
        ("(5)", -500),
        ("-$5", -500),
        ("$-5", -500),
        ("($5.00)", -500),
        ("−5", -500),
        ("- 5 €", -500),
        ("5 €-", -500),
        ("-1.234,56", -123456),
        ("-29.33", -2933),
        ("12-", -1200),
        ("($1,234.56)", -123456),
        ("(1.234,56 €)", -123456),
        ("1\u202f234,56-", -123456),
        ("5", 500),
    ],
)
def test_credit_notes_are_written_with_a_sign_or_in_parentheses(text: str, minor: int) -> None:
    assert parse_signed_money(text, "EUR")[0] == minor


@pytest.mark.parametrize("text", ["(-5)", "-5-", "--5", "(5", "5)"])
def test_a_sign_stands_once(text: str) -> None:
    with pytest.raises(Refusal, match="no amount"):
        parse_signed_money(text, "EUR")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (120000, "EUR", "1200.00"),
        (5, "EUR", "0.05"),
        (-5, "EUR", "-0.05"),
        (-120050, "EUR", "-1200.50"),
        (1200, "JPY", "1200"),
        (-1200, "JPY", "-1200"),
        (1234567, "KWD", "1234.567"),
        (0, "EUR", "0.00"),
    ],
)
def test_minor_units_are_shown_as_a_decimal(minor: int, currency: str, text: str) -> None:
    assert decimal_text(minor, currency) == text


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.sampled_from(["EUR", "USD", "JPY", "CHF"]))
def test_what_is_shown_reads_back_exactly(minor: int, currency: str) -> None:
    assert parse_signed_money(decimal_text(minor, currency), currency) == (minor, currency)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        minor, currency = parse_signed_money(text, "EUR")
    except Refusal:
        return
    assert abs(minor) < 10**15
    assert exponent(currency) in (0, 2, 3)


@pytest.mark.parametrize(
    ("text", "code"), [("EUR", "EUR"), ("usd", "USD"), ("€", "EUR"), (" $ ", "CAD"), ("Fr.", "CHF")]
)
def test_a_currency_is_given_by_code_or_symbol(text: str, code: str) -> None:
    assert parse_currency(text, "CAD") == code


@pytest.mark.parametrize("text", ["", "E", "EURO!", "XXX", "kr", "ABC"])
def test_an_unknown_currency_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"ISO 4217|give the code"):
        parse_currency(text, "EUR")


@pytest.mark.parametrize(
    ("currency", "places"), [("EUR", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("HUF", 2)]
)
def test_currencies_have_their_own_number_of_decimals(currency: str, places: int) -> None:
    assert exponent(currency) == places
