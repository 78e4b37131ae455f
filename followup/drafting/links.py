"""Links that open a draft in the program that sends it, for each channel and network; percent-encoded throughout."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"(\+?[\d\s().\-/]*\d[\s).]*?)(?:\s*(?:ext\.?|x|#)\s*\d+)?", re.IGNORECASE)
_HANDLE = re.compile(r"@?([\w.\-]+)")
_FEDIVERSE = re.compile(r"@?([\w.\-]+)@([\w\-]+(?:\.[\w\-]+)+)", re.ASCII)
_PAGES = {
    "x": "https://x.com/{}",
    "facebook": "https://www.facebook.com/{}",
    "instagram": "https://www.instagram.com/{}/",
    "linkedin": "https://www.linkedin.com/in/{}/",
    "skype": "skype:{}?chat",
}


def link_to(
    channel: str, network: str | None, to: str, subject: str | None, body: str, bcc: Iterable[str] = ()
) -> str | None:
    """The link for a draft; None where there is none: by post, in person, or to what is no number and no handle."""
    if channel == "email":
        return _mailto(to, subject or "", body, bcc)
    if channel == "phone":
        number = dialled(to)
        return f"tel:{number}" if number else None
    if channel == "sms":
        number = dialled(to)
        return f"sms:{number}?body={_encoded(body)}" if number else None
    return _to_handle(network, to, body) if network else None


def dialled(text: str) -> str | None:
    """The digits to dial, with `+` in front where the country is named (RFC 3966): '+49 (0)30 123-4' is '+49301234'.

    An extension is left out. None for what is no number.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in written)
    if not (found := _NUMBER.fullmatch(plain)):
        return None
    number = found[1].strip()
    international = number.startswith(("+", "00"))
    if international:
        number = number.replace("(0)", "").lstrip("+").removeprefix("00")
    return "+" * international + re.sub(r"[^0-9]", "", number)


def _mailto(to: str, subject: str, body: str, bcc: Iterable[str]) -> str:
    """RFC 6068: line breaks are %0D%0A."""
    fields = {"bcc": ",".join(quote(address, safe="@") for address in bcc)}
    fields |= {"subject": quote(subject, safe=""), "body": _encoded(body)}
    query = "&".join(f"{name}={value}" for name, value in fields.items() if value)
    return f"mailto:{quote(to, safe='@')}?{query}"


def _encoded(body: str) -> str:
    return quote(body.replace("\n", "\r\n"), safe="")


def _to_handle(network: str, to: str, body: str) -> str | None:
    """As each network links numbers and names: faq.whatsapp.com, core.telegram.org/api/links, signal.me and others."""
    if to.startswith(("https://", "http://")):
        return quote(to, safe=":/?#[]@&+,;=%~")  # openers on Windows put it into a command, where `$(…)` would run
    number, text = dialled(to), quote(body, safe="")
    if network == "whatsapp":
        abroad = number and not number.startswith("0")
        return f"https://wa.me/{number.lstrip('+')}?text={text}" if number and abroad else None
    if network == "signal":
        return f"https://signal.me/#p/{number}" if number and number.startswith("+") else None
    if network == "telegram" and number:
        return f"https://t.me/{number}?text={text}" if number.startswith("+") else None
    if network == "mastodon":
        found = _FEDIVERSE.fullmatch(to)
        return f"https://{found[2]}/@{quote(found[1])}" if found else None
    if not (named := _HANDLE.fullmatch(to)):
        return None
    name = quote(named[1])
    return f"https://t.me/{name}?text={text}" if network == "telegram" else _PAGES[network].format(name)
