"""Amounts of money as people write them: read into exact minor units beside an ISO 4217 code, and shown as decimals."""

from __future__ import annotations

import re

from followup.core.identity import clean_line
from followup.core.refusal import Refusal

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DECIMALS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG BGN HRK"
)
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = {
    code: places
    for places, codes in ((0, _NO_DECIMALS), (2, _TWO_DECIMALS), (3, _THREE_DECIMALS))
    for code in codes.split()
}
"""The money of ISO 4217 list one, published 2026-01-01, with its minor unit exponents: no funds, metals or test codes.

BGN and HRK gave way to the euro in 2026 and 2023, and still stand on old invoices.
"""

_SYMBOLS = {
    "$": "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP UYU BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD",
    "us$": "USD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD",
    "nt$": "TWD", "mx$": "MXN", "r$": "BRL",
    "€": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP EGP FKP GIP LBP SDG SHP SSP SYP",
    "¥": "JPY CNY", "￥": "JPY CNY", "円": "JPY", "元": "CNY",
    "kr": "SEK NOK DKK ISK", "kr.": "SEK NOK DKK ISK",
    "fr": "CHF", "fr.": "CHF", "sfr": "CHF", "sfr.": "CHF",
    "zł": "PLN", "kč": "CZK", "ft": "HUF", "lei": "RON", "₴": "UAH", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₹": "INR",
    "₩": "KRW", "฿": "THB", "₫": "VND", "₱": "PHP", "₦": "NGN",
}  # fmt: skip
"""What a mark may stand for. The business's own currency comes first, then the first in the row."""

_NO_FIRST_CHOICE = ("kr", "kr.")

_PLAIN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{2}))?")
_ONE_WRITING = str.maketrans("\u00a0\u2007\u2009\u202f\u2019\u02bc\u2212\u2010\u2011\u2013", "    ''----")
_PARTS = re.compile(r"([^0-9]*?)((?:(?<![^\W\d_])[.,])?[0-9](?:[0-9.,' ]*[0-9])?)([^0-9]*)")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([.,' ])[0-9]{3}(?:\1[0-9]{3})*")
_LONGEST = 64
_MOST_DIGITS = 12
_GROUP = 3
"""So many digits behind a mark may be thousands, and so are never taken for decimals that say nothing."""


def exponent(currency: str) -> int:
    """How many decimals a currency has, by its ISO 4217 code: EUR 2, JPY 0, KWD 3. Refuses an unknown one."""
    places = _EXPONENTS.get(currency)
    if places is None:
        raise _no_currency(currency)
    return places


def parse_currency(text: str, default_currency: str) -> str:
    """The ISO 4217 code of a code or a symbol: `EUR`, `eur`, `€`, `kr`.

    A symbol of several currencies means the default one if it is among them. Refuses unknown ones, and `kr` where
    nothing says which.
    """
    mark = text.strip().casefold()
    return _choose(_candidates(mark), mark, default_currency)


def parse_money(text: str, default_currency: str) -> tuple[int, str]:
    """Reads MONEY: minor units (cents) and the ISO 4217 code, the default one where none is written.

    A lone comma or point before exactly three digits groups thousands (`1.234`), before fewer it is the decimal mark;
    of two kinds of marks the last is the decimal mark. Spaces and apostrophes group thousands. Refuses negative
    amounts, wrong grouping, more decimals than the currency has (but for zeros, as in `458.2400`), and more than 12
    digits before them.
    """
    minor, currency = parse_signed_money(text, default_currency)
    if minor < 0:
        raise Refusal(f"'{clean_line(text)}' is negative: give the amount without a sign")
    return minor, currency


def parse_signed_money(text: str, default_currency: str) -> tuple[int, str]:
    """Reads MONEY as `parse_money` does, and `-5`, `5-` or `(5)` as a negative amount: that of a credit note."""
    plain = _PLAIN.fullmatch(text)
    if plain and exponent(default_currency) == 2:
        minor = int(plain[2] + (plain[3] or "00"))
        return (-minor if plain[1] else minor), default_currency
    if len(text) > _LONGEST:
        raise Refusal(f"'{clean_line(text[:20])}…' is no amount of money: write it as 1200 or 1,200.50 EUR")
    negative, before, number, after = _split(text)
    currency = _currency(before, after, text, default_currency)
    minor = _minor_units(number, currency, text)
    return (-minor if negative else minor), currency


def decimal_text(minor: int, currency: str) -> str:
    """Minor units as a decimal number without the currency: 120000 EUR is '1200.00', 1200 JPY is '1200'."""
    places = exponent(currency)
    sign = "-" if minor < 0 else ""
    if not places:
        return f"{sign}{abs(minor)}"
    whole, fraction = divmod(abs(minor), 10**places)
    return f"{sign}{whole}.{fraction:0{places}}"


def _split(text: str) -> tuple[bool, str, str, str]:
    """Whether it is negative, the mark before the number, the number, and the mark after it."""
    line = text.strip().translate(_ONE_WRITING)
    bracketed = line.startswith("(") and line.endswith(")")
    parts = _PARTS.fullmatch(line[1:-1].strip() if bracketed else line)
    if not parts:
        raise _no_money(text)
    before, number, after = parts[1].strip(), parts[2], parts[3].strip()
    signs = bracketed + before.count("-") + after.count("-")
    before, after = (mark.removeprefix("-").removesuffix("-").strip() for mark in (before, after))
    if signs > 1 or "-" in before + after:
        raise _no_money(text)
    return signs == 1, before, number, after


def _currency(before: str, after: str, text: str, default_currency: str) -> str:
    marks = [*before.casefold().split(), *after.casefold().split()]
    if not all(mark in _SYMBOLS or mark.isalpha() for mark in marks):
        raise _no_money(text)
    in_all = tuple(code for code in _candidates(marks[0]) if code in _candidates(marks[-1])) if marks else ()
    if len(marks) > 2 or (marks and not in_all):
        raise Refusal(f"'{clean_line(text)}' names two currencies: give one")
    return _choose(in_all, marks[0], default_currency) if marks else default_currency


def _candidates(mark: str) -> tuple[str, ...]:
    if mark in _SYMBOLS:
        return tuple(_SYMBOLS[mark].split())
    if mark.upper() not in _EXPONENTS:
        raise _no_currency(mark)
    return (mark.upper(),)


def _choose(candidates: tuple[str, ...], mark: str, default_currency: str) -> str:
    if default_currency in candidates:
        return default_currency
    if len(candidates) > 1 and mark in _NO_FIRST_CHOICE:
        raise Refusal(f"'{mark}' may be {', '.join(candidates[:-1])} or {candidates[-1]}: give the code")
    return candidates[0]


def _minor_units(number: str, currency: str, text: str) -> int:
    places = exponent(currency)
    whole, fraction = number, ""
    if not _GROUPED.fullmatch(number):
        last = max(number.rfind("."), number.rfind(","))
        if last >= 0:
            whole, fraction = number[:last], number[last + 1 :]
            if number[last] in whole or not fraction.isdigit():
                raise _no_money(text)
    if len(fraction) > places and len(fraction) != _GROUP and not fraction[places:].strip("0"):
        fraction = fraction[:places]
    if whole and not whole.isdigit() and not _GROUPED.fullmatch(whole):
        raise _no_money(text)
    if len(fraction) > places:
        raise Refusal(f"'{clean_line(text)}' has more decimals than {currency}, which has {places or 'none'}: round it")
    digits = "".join(c for c in whole if c.isdigit()).lstrip("0")
    if len(digits) > _MOST_DIGITS:
        raise Refusal(f"'{clean_line(text)}' is too much: {_MOST_DIGITS} digits before the decimals are the most")
    return int((digits or "0") + fraction.ljust(places, "0"))


def _no_money(text: str) -> Refusal:
    if not text.strip():
        return Refusal("the amount is empty: write it as 1200 or 1,200.50 EUR")
    return Refusal(f"'{clean_line(text)}' is no amount of money: write it as 1200 or 1,200.50 EUR")


def _no_currency(text: str) -> Refusal:
    return Refusal(f"'{clean_line(text)[:20]}' is no currency known here: give its ISO 4217 code, such as EUR")
