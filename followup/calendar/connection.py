"""The connection to a CalDAV server: encrypted, verified, bounded in size and time, and nothing but an answer or a
refusal in our own words comes out of it."""

from __future__ import annotations

import logging
import time
import warnings
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from followup.core.identity import clean_line
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from caldav.response import DAVResponse

LARGEST_ANSWER = 32 * 1024 * 1024
"""How many bytes an answer may have: the changes of some hundred thousand items."""

_TIMEOUT = 30
"""For how many seconds the server may be silent."""

_LONGEST = 300
"""How many seconds an answer may take."""

_MAY_BE_ASKED_OTHERWISE = (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.INSUFFICIENT_STORAGE)
"""Faults that only one way of asking meets: unknown, or too much at once."""

_CHECK_URL = "check the url in table [caldav] of config.toml"

Parsed = TypeVar("Parsed")


class Account(Struct, frozen=True, kw_only=True):
    """Where the calendar is, and whose. `url` ends in a slash."""

    url: str
    host: str
    user: str


class Denied(Exception):
    """The server understood, and will not. `reasons` are the preconditions that it names (RFC 4918, section 16)."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


def account(table: dict[str, str]) -> Account:
    """The calendar that the configuration names. Refuses none, one with a user in it, and one without encryption."""
    url, user = clean_line(table["url"]), clean_line(table["user"])
    if not url:
        raise Refusal("config.toml, table [caldav]: url is empty: give the address of a CalDAV calendar")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise Refusal(
            f"config.toml, table [caldav]: '{url[:80]}' is no address of a calendar: "
            "write it as https://example.com/calendars/name/work/"
        )
    if parts.username is not None or parts.password is not None:
        raise Refusal(
            "config.toml, table [caldav]: the url names a user: put that into user, and the password into the keyring "
            "or $FOLLOWUP_CALDAV_PASSWORD"
        )
    if parts.scheme == "http" and not _on_this_machine(host):
        raise Refusal(f"config.toml, table [caldav]: http sends the password to {host} in the open: use https")
    return Account(url=f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/", host=host, user=user)


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Connection:
    """Asks the server of an account; a context in which the libraries underneath print nothing."""

    def __init__(self, whose: Account) -> None:
        """Refuses where the library or the password is missing."""
        try:
            from caldav.davclient import DAVClient
            from caldav.lib.http_sync import requests
        except ImportError:
            raise Refusal("calendar sync needs a library: pip install 'followup[sync]'") from None
        self.account = whose
        self._faults: Any = requests.exceptions
        self._client = DAVClient(
            whose.url,
            username=whose.user or None,
            password=_password(whose) if whose.user else None,
            timeout=_TIMEOUT,
            enable_rfc6764=False,
        )
        self._client.close()
        http: Any = requests  # one of two libraries, whichever is there
        self._client.session = _Bounded(http.Session(), whose.host)  # type: ignore[assignment]
        self._warnings = warnings.catch_warnings()
        self._logged = logging.root.manager.disable

    def __enter__(self) -> Connection:
        logging.disable()  # they quote what the server says
        self._warnings.__enter__()
        warnings.simplefilter("ignore")
        return self

    def __exit__(self, *fault: object) -> None:
        self._client.close()
        self._warnings.__exit__(None, None, None)
        logging.disable(self._logged)

    def ask(self, method: str, name: str = "", body: str = "", **headers: str) -> DAVResponse:
        """The answer to a request for the calendar, or for what lies in it under a name. Raises Denied.

        Refuses where there is no answer, or one that says that nothing can be done: wrong password, moved, broken.
        """
        from caldav.lib import error

        host, faults = self.account.host, self._faults
        said = {key.replace("_", "-"): value for key, value in headers.items()}
        try:
            answer: DAVResponse = self._client.request(self.account.url + name, method, body, said)
        except error.RateLimitError:
            raise Refusal(f"{host} is busy: try again in some minutes") from None
        except error.AuthorizationError as fault:
            if fault.status != HTTPStatus.UNAUTHORIZED:
                raise Denied(fault.preconditions) from None
            raise Refusal(
                f"{host} does not take this user and password: check user in table [caldav] of config.toml, and the "
                "password in the keyring or $FOLLOWUP_CALDAV_PASSWORD"
            ) from None
        except faults.SSLError as fault:
            raise Refusal(
                f"the certificate of {host} cannot be trusted{_why(fault)}: check the url in table [caldav] of "
                "config.toml; $REQUESTS_CA_BUNDLE can name the file of an authority of your own"
            ) from None
        except faults.Timeout:
            raise Refusal(f"{host} does not answer: try again later") from None
        except (faults.RequestException, faults.BaseHTTPError, OSError):
            raise Refusal(f"{host} cannot be reached, or broke off: check the network, and try again") from None
        except (error.DAVError, SyntaxError, ValueError, AttributeError, NotImplementedError):
            raise Refusal(f"{host} answers in a way that no calendar does: {_CHECK_URL}") from None
        if 300 <= answer.status < 400:
            raise Refusal(f"{host} says that the calendar is at another address: {_CHECK_URL}")
        if answer.status >= 500 and answer.status not in _MAY_BE_ASKED_OTHERWISE:
            raise Refusal(f"{host} fails ({_status(answer.status)}): try again later")
        return answer

    def understood(self, parse: Callable[[], Parsed]) -> Parsed:
        """What an answer says, as the library parses it. Refuses one that makes no sense."""
        from caldav.lib.error import DAVError

        try:
            return parse()
        except (DAVError, ValueError, TypeError, AttributeError, AssertionError):
            raise Refusal(f"{self.account.host} answers in a way that no calendar does: {_CHECK_URL}") from None

    def unexpected(self, answer: DAVResponse) -> Refusal:
        """What to raise for an answer that does not fit the question."""
        return Refusal(f"{self.account.host} answers {_status(answer.status)}: {_CHECK_URL}")


class Answer(Struct, frozen=True, kw_only=True):
    """A whole answer, as the library reads it."""

    status_code: int
    headers: Any
    content: bytes
    url: str

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    @property
    def reason(self) -> str:
        return _status(self.status_code)


class _Bounded:
    """A session that follows no redirect and reads no more than it must."""

    def __init__(self, session: Any, host: str) -> None:
        session.headers["Accept-Encoding"] = "identity"
        self._session = session
        self._host = host

    def request(self, method: str, url: str, **options: Any) -> Answer:
        begun = time.monotonic()
        answer = self._session.request(method, url, **options, allow_redirects=False, stream=True)
        content = bytearray()
        try:
            for chunk in answer.iter_content(64 * 1024):
                content += chunk
                if len(content) > LARGEST_ANSWER or time.monotonic() - begun > _LONGEST:
                    raise Refusal(f"the answer of {self._host} is too long: {_CHECK_URL}")
        finally:
            answer.close()
        return Answer(
            status_code=answer.status_code, headers=answer.headers, content=bytes(content), url=str(answer.url)
        )

    def close(self) -> None:
        self._session.close()


def _password(whose: Account) -> str:
    from followup.store.passwords import password

    return password("caldav", whose.host, whose.user)


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}" if code in set(HTTPStatus) else str(code)


def _why(fault: BaseException | None) -> str:
    """What OpenSSL has against a certificate, in its own words, from the depth of the fault."""
    seen = 0
    queue: list[Any] = [fault]
    while queue and seen < 20:
        part = queue.pop(0)
        seen += 1
        if isinstance(words := getattr(part, "verify_message", None), str):
            return f" ({clean_line(words)[:120]})"
        if isinstance(part, BaseException):
            queue += [part.__cause__, part.__context__, getattr(part, "reason", None), *part.args]
    return ""
