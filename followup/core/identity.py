"""How people are recognised: names, e-mail addresses and phone numbers, cleaned and folded for comparison."""

from __future__ import annotations

import re
import unicodedata

from followup.core.refusal import Refusal

TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that turn the direction of text (Unicode Standard Annex 9, table 4), so that it seems to say something else."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSEEN = dict.fromkeys(map(ord, f"{TURNS}\u200b\u2060\ufeff"))
DATE_NAME = re.compile(r"[\w-]+")
"""What a named date may be called, such as `refund_until`."""

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].+)?")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")


def clean_line(text: str) -> str:
    """The text as one line: control characters, direction marks and doubled spaces taken out."""
    return " ".join(_CONTROL.sub(" ", text).translate(_UNSEEN).split())


def clean_block(text: str) -> str:
    """A text that keeps its line breaks, such as a note or an address, each line cleaned."""
    return "\n".join(map(clean_line, text.splitlines())).strip("\n")


def check_name(text: str, what: str = "name") -> str:
    """A name or title as one clean line. Refuses an empty one, or one of over 500 characters."""
    name = clean_line(text)
    if not name:
        raise Refusal(f"the {what} is empty: give one")
    if len(name) > 500:
        raise Refusal(f"the {what} is {len(name)} characters long: 500 are the most")
    return name


def check_email(text: str) -> str:
    """An e-mail address, trimmed. Refuses one without exactly one @ and a domain (RFC 5321 lengths)."""
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if not _EMAIL.fullmatch(address) or address != clean_line(address) or not _domain(domain):
        raise Refusal(f"'{clean_line(text)}' is not an e-mail address: write it as name@example.com")
    if len(local) > 64 or len(address) > 254:
        raise Refusal(f"the e-mail address '{clean_line(address)[:40]}…' is too long")
    return address


def check_language(text: str) -> str:
    """A language as its code of two or three letters (ISO 639), a country after it left out: `de-AT` is `de`. Refuses
    what is none."""
    code = _LANGUAGE.fullmatch(fold(text))
    if not code:
        raise Refusal(f"'{clean_line(text)[:40]}' is no language: give its code of two letters, such as en")
    return code[1]


def _domain(text: str) -> bool:
    return bool(text) and all(label and not label.startswith("-") for label in text.split("."))


def name_from_email(address: str) -> str:
    """What an address calls its owner: 'anna.schmidt@example.com' is 'Anna Schmidt'."""
    local = address.partition("@")[0]
    return " ".join(part[0].upper() + part[1:] for part in re.split(r"[._]+", local) if part) or local


_STROKES = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
_PLAIN = str.maketrans(dict(zip("‘’ʼ´`‐‑–", "'''''---", strict=True)) | _STROKES)
"""Apostrophes and hyphens as telephones and word processors write them, and as keyboards do; and the letters with a
stroke, and two in one, that Unicode does not take apart."""


def fold(text: str) -> str:
    """The text without case, accents and doubled spaces, for comparing names: 'José  GRÜN' is 'jose grun'."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).casefold().split())


def words(text: str) -> list[str]:
    """The folded words of a text: its runs of letters and digits."""
    return re.findall(r"\w+", fold(text))


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def spelt_out(text: str) -> str:
    """The text in small letters with its umlauts as they are written without them: 'Jörg Müller' is 'joerg mueller'."""
    return unicodedata.normalize("NFC", text.casefold()).translate(_UMLAUTS)


def phone_digits(text: str) -> str:
    """The digits of a phone number that two ways of writing it share: no punctuation, no leading 00, + or 0.

    '+49 (0)30 1234-567' is '49301234567', and so is '0049 30 1234567'; a national number keeps its own digits.
    """
    bare = text.replace("(0)", "")
    digits = "".join(c for c in unicodedata.normalize("NFKC", bare) if c.isdecimal() and c.isascii())
    return digits.lstrip("0")
