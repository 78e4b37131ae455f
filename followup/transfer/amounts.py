"""What the name of a column of amounts says beside that: the currency, and whether the tax is in it."""

from __future__ import annotations

import re

from followup.core.identity import fold
from followup.core.money import parse_currency
from followup.core.refusal import Refusal

_LONGEST = 100
_SIGNS = "$€£¥₩₪₫₱₦₹₺₽₴฿"
_PART = re.compile(rf"(?:\b[a-z]{{1,2}})?\$|[{_SIGNS}]|[^\W\d_]+|\d+")
_MARK = re.compile(rf"[a-z]{{3}}|euros?|.*[{_SIGNS}]")
"""What may be a currency: a code, a sign, the euro by its name. Short words such as `kr` say too many other things."""

_LETTERS = 3
_SET_OFF = r"(?:[(\[] *|_|\b(?:in|en) ){}(?![^\W\d_])"
"""How a code stands in a name that is all in capitals, or in none: in brackets, behind `in` or behind `_`."""

_TAX = (
    "(?:sales )?(?:vat|gst|hst|tax|taxes|mwst|ust|mehrwertsteuer|umsatzsteuer|steuer|steuern|tva|taxe|iva|impuestos?)"
)
_AT = r"(?:(?: of| de| la| les| los| \d+){0,3} )"
"""What may stand before the tax, as in `incl. 19 % VAT`."""

_WITH = "incl|including|inclusive|inc|inkl|inklusive|einschl|einschliesslich"
_WITHOUT = "excl|excluding|exclusive|exkl|exklusive|zzgl|zuzuglich"
_GROSS = re.compile(
    rf"\bbrutto|\b(?:gross|brut|bruto|ttc|t t c|toutes taxes comprises"
    rf"|(?:{_WITH}|with|after|mit|nach|avec|apres|y compris|con){_AT}{_TAX}|{_WITH}"
    rf"|{_TAX} (?:{_WITH}|included|inclus|incluses?|compris|comprises?|incluidos?))\b"
)
_NET = re.compile(
    rf"\bnetto|\b(?:net{_AT}{_TAX}|net|neto|ht|h t"
    rf"|(?:{_WITHOUT}|ex|without|before|plus|ohne|vor|hors|sans|avant|sin|mas){_AT}{_TAX}|{_WITHOUT}"
    rf"|{_TAX} (?:{_WITHOUT}|excluded|not included|exclu|exclues?|non compris|non comprises?|no incluidos?))\b"
)


def stated_currency(column: str) -> str:
    """The currency in a column's name, as it is written there: `eur` in `Amount (EUR)`. Empty for none or several."""
    found = {code: part for part in _parts(column) if (code := _code(part, column))}
    return next(iter(found.values())) if len(found) == 1 else ""


def bare_names(column: str) -> tuple[list[str], list[str]]:
    """The words of a column's name without the currency, and without what it says of the tax either.

    `Total in EUR (incl. VAT)` is `total incl vat`, and `total`. A name with several currencies keeps them.
    """
    parts = _parts(column)
    if stated_currency(column):
        parts = _unmarked(parts, column)
    return parts, _GROSS.sub(" ", _NET.sub(" ", " ".join(parts))).split()


def is_net(column: str) -> bool:
    """Whether a column's name says that the tax is not in it."""
    return bool(_NET.search(" ".join(_parts(column))))


def _parts(column: str) -> list[str]:
    return _PART.findall(fold(column)) if len(column) <= _LONGEST else []


def _code(part: str, column: str) -> str | None:
    """The code of the currency that a part of a column's name is, of several that a sign may mean one of them."""
    if not _MARK.fullmatch(part):
        return None
    if len(part) == _LETTERS and part.isalpha() and not _stands_out(part, column):
        return None
    try:
        return parse_currency(part, "EUR")
    except Refusal:
        return None


def _stands_out(code: str, column: str) -> bool:
    """Whether three letters are no word like the others: many a code is one, such as `all`, `bob` and `top`."""
    in_capitals = not column.isupper() and re.search(rf"\b{code.upper()}\b", column)
    return bool(in_capitals or re.search(_SET_OFF.format(code), column, re.IGNORECASE))


def _unmarked(parts: list[str], column: str) -> list[str]:
    """The parts without the currency, and without the `in` before it."""
    marks = [_code(part, column) is not None for part in parts]
    return [
        part
        for part, is_mark, before_mark in zip(parts, marks, [*marks[1:], False], strict=True)
        if not is_mark and not (before_mark and part in ("in", "en"))
    ]
