"""Handles on messaging and social networks, as address books write them: names, URIs and addresses of profiles."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from followup.core.identity import fold, phone_digits
from followup.core.model import CHAT_NETWORKS, SOCIAL_NETWORKS

_ALSO = {
    "twitter": "x",
    "x-twitter": "x",
    "fb": "facebook",
    "messenger": "facebook",
    "facebook-messenger": "facebook",
    "insta": "instagram",
    "tg": "telegram",
    "sgnl": "signal",
    "skype-username": "skype",
}
_SCHEMES = {"x-apple", "xmpp", "im", "aim", "acct", "x-unknown"}
"""What stands before a handle without saying whose it is."""

_NET_OF_HOST = {
    "wa.me": "whatsapp",
    "whatsapp.com": "whatsapp",
    "api.whatsapp.com": "whatsapp",
    "web.whatsapp.com": "whatsapp",
    "t.me": "telegram",
    "telegram.me": "telegram",
    "signal.me": "signal",
    "x.com": "x",
    "twitter.com": "x",
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "m.me": "facebook",
    "instagram.com": "instagram",
    "linkedin.com": "linkedin",
}
_NO_NAMES = {
    "x": {"i", "intent", "share", "home", "search", "hashtag", "explore", "settings"},
    "facebook": {"profile.php", "people", "groups", "pages", "events", "sharer", "share", "watch", "photo"},
    "instagram": {"p", "reel", "reels", "stories", "explore", "accounts"},
    "telegram": {"joinchat", "addstickers", "share", "s", "c"},
}
"""The first words of paths that are no person's name."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!//)(.*)", re.DOTALL)
_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{3,}")


def network(text: str) -> str | None:
    """The network that is called so, None for one that is not known here."""
    name = fold(text).replace(" ", "-")
    name = _ALSO.get(name, name)
    return name if name in CHAT_NETWORKS or name in SOCIAL_NETWORKS else None


def handle(text: str, service: str | None) -> tuple[str, str] | None:
    """The network and the name there that a text says: a URI, the address of a profile, or a name on `service`.

    A name that is given plainly or behind a scheme stays as it is written. None for what is no known network's.
    """
    text = text.strip()
    if "://" in text:
        return _from_address(text, service)
    scheme = _SCHEME.fullmatch(text)
    if not scheme:
        return (service, text) if service and text else None
    named = network(scheme[1])
    if not named and scheme[1].casefold() not in _SCHEMES:
        return (service, text) if service else None
    net = service or named
    name = unquote(scheme[2].partition("?")[0])
    return (net, name) if net and name else None


def handle_in_address(text: str) -> tuple[str, str] | None:
    """The network and name if the text is the address of a person's profile on a known network, None for others."""
    return _from_address(text.strip(), None) if "://" in text else _from_address(f"https://{text.strip()}", None)


def _from_address(text: str, service: str | None) -> tuple[str, str] | None:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").casefold()
        query = {key: values[0] for key, values in parse_qs(parts.query, max_num_fields=20).items()}
    except ValueError:
        return None
    path = [unquote(part) for part in parts.path.split("/") if part]
    if parts.scheme.casefold() not in ("http", "https"):  # tg://resolve?domain=anna, whatsapp://send?phone=49301234
        net = network(parts.scheme) or service
        said = query.get("domain") or query.get("phone") or parts.fragment.removeprefix("p/")
        return (net, _name(net, said)) if net and said else None
    net = _net_of(host)
    if net is None:
        if service == "mastodon" and path and path[0].startswith("@"):
            return service, path[0] if "@" in path[0][1:] else f"{path[0][1:]}@{host}"
        return (service, text) if service else None
    name = _name_in(net, path, query, parts.fragment)
    if name:
        return net, name
    return (service, text) if service == net else None


def _net_of(host: str) -> str | None:
    for start in ("www.", "m.", "mobile."):
        host = host.removeprefix(start)
    if host.endswith(".linkedin.com"):  # de.linkedin.com
        host = "linkedin.com"
    return _NET_OF_HOST.get(host)


def _name_in(net: str, path: list[str], query: dict[str, str], fragment: str) -> str | None:
    """The name in the address of a profile, None in any other address of the network."""
    if net == "signal":
        number = fragment.removeprefix("p/")
        return number if _NUMBER.fullmatch(number) else None
    if net == "whatsapp":
        number = query.get("phone") or (path[0] if len(path) == 1 else "")
        return _name(net, number.strip()) if _NUMBER.fullmatch(number.strip()) else None
    if net == "linkedin":
        return path[1] if len(path) > 1 and path[0].casefold() == "in" else None
    if net == "telegram" and path and path[0].startswith("+") and not _NUMBER.fullmatch(path[0]):
        return None
    if len(path) != 1 or path[0].casefold() in _NO_NAMES.get(net, ()):
        return None
    return path[0].removeprefix("@")


def _name(net: str, text: str) -> str:
    """A number in an address has its country's code, but no plus sign."""
    bare = text.strip()
    numbered = net in ("whatsapp", "signal", "telegram") and _NUMBER.fullmatch(bare) and phone_digits(bare)
    return f"+{bare.lstrip('+')}" if numbered else bare
