"""CalDAV collections (RFC 4791): what changed there, asked for in as few requests as can be, and each item by itself.

How far one was read is its sync token (RFC 6578) or, where it has none, its ctag. What is not ours is never fetched,
and listed only as far as it changed since: a collection of any size costs the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from followup.calendar.connection import Connection, Denied
from followup.calendar.exchange import Conflict, Found, Reading
from followup.core.refusal import Refusal
from followup.store.calendar import GONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from caldav.response import CalendarQueryResult, DAVResponse

    from followup.calendar.connection import Account
    from followup.store.calendar import Sent

_ITEMS = 100
"""How many items are fetched at once."""

_TAGS = 2000
"""How many items are asked at once whether they changed."""

_PAGES = 100
"""In how many answers a server may tell the changes."""

_UNTAGGED = "W/"
"""Stands for the tag that an item lacks, and begins a weak one: no condition can name either (RFC 9110, section 13)."""

_CALENDAR = "{urn:ietf:params:xml:ns:caldav}calendar"
_NAMES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
_STATE = f"<propfind {_NAMES}><prop><resourcetype/><sync-token/><S:getctag/></prop></propfind>"
_SINCE = (
    f"<sync-collection {_NAMES}><sync-token>%s</sync-token><sync-level>1</sync-level><prop><getetag/></prop>"
    "</sync-collection>"
)
_GET = f"<C:calendar-multiget {_NAMES}><prop><getetag/>%s</prop>%s</C:calendar-multiget>"
_FIND = (
    f'<C:calendar-query {_NAMES}><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR">'
    '<C:comp-filter name="%s"><C:prop-filter name="UID"><C:text-match collation="i;octet">%s</C:text-match>'
    "</C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
)


class Collection:
    """The collection of an account; a context. A tag is the ETag of an item, its place the last part of its address.

    Refuses where the server does not do as it should.
    """

    def __init__(self, account: Account) -> None:
        self.name = f"caldav {account.url}"
        self._connection = Connection(account)
        self._path = urlsplit(account.url).path

    def __enter__(self) -> Collection:
        self._connection.__enter__()
        return self

    def __exit__(self, *fault: object) -> None:
        self._connection.__exit__(*fault)

    def changed(self, known: Mapping[str, Sent], state: str | None) -> Reading:
        """What the server says changed since, of ours. Refuses what is no calendar."""
        names = {_name(sent): sent for sent in known.values()}
        since = self._since(state.removeprefix("token ")) if state and state.startswith("token ") else None
        if since is None:
            latest = self._state()
            tags = {} if latest and latest == state else self._tags(list(names))
        else:
            tags, latest = since
        fresh = [name for name, sent in names.items() if sent.tag is None or tags.get(name, sent.tag) != sent.tag]
        wanted = [name for name in fresh if tags.get(name) != GONE]
        found = dict.fromkeys(fresh, (GONE, b"")) | dict(self._items(wanted))
        return Reading(
            found=[Found(uid=names[name].uid, tag=tag, content=content) for name, (tag, content) in found.items()],
            state=latest,
        )

    def put(self, sent: Sent, content: bytes, tag: str | None) -> str | None:
        """Writes an item, if it still has its tag. One that lies at another place already is a conflict."""
        if tag is None:
            condition = {"If_None_Match": "*"}
        else:
            condition = {} if tag.startswith(_UNTAGGED) else {"If_Match": tag}
        said = {"Content_Type": "text/calendar; charset=utf-8", **condition}
        reasons: list[str] = []
        try:
            answer = self._connection.ask("PUT", quote(_name(sent), safe=""), content.decode(), **said)
            if answer.status in (200, 201, 204):
                found = answer.headers.get("ETag")
                return str(found) if found else None
            if answer.status == 412 or (tag is not None and answer.status in (404, 410)):
                raise Conflict
            refusal = self._connection.unexpected(answer)
        except Denied as denied:
            reasons = denied.reasons
            refusal = self._denied()
        if any("supported-calendar-component" in reason for reason in reasons):
            raise Refusal("this calendar does not take such entries: try the other form with --as, or another calendar")
        if tag is None and (place := self._elsewhere(sent)):
            raise Conflict(place)
        raise refusal

    def remove(self, sent: Sent, tag: str) -> None:
        """Removes an item, if it still has its tag."""
        condition = {} if tag.startswith(_UNTAGGED) else {"If_Match": tag}
        try:
            answer = self._connection.ask("DELETE", quote(_name(sent), safe=""), **condition)
        except Denied:
            raise self._denied() from None
        if answer.status == 412:
            raise Conflict
        if answer.status not in (200, 202, 204, 404, 410):
            raise self._connection.unexpected(answer)

    def _denied(self) -> Refusal:
        return Refusal(f"{self._connection.account.host} does not let you write there: give a calendar of your own")

    def _since(self, token: str) -> tuple[dict[str, str], str | None] | None:
        """The tags of what changed since a token was given, and how far that is; None where the token is worth nothing
        any more."""
        tags: dict[str, str] = {}
        for _ in range(_PAGES):
            try:
                answer = self._connection.ask("REPORT", body=_SINCE % escape(token), Depth="0")
            except Denied:
                return None
            if answer.status not in (200, 207):
                return None
            found = self._connection.understood(answer.parse_sync_collection)
            tags |= {_last(item.href): item.etag or _UNTAGGED for item in found.changed}
            tags |= {_last(href): GONE for href in found.deleted}
            if not found.truncated:
                return tags, f"token {found.sync_token}" if found.sync_token else None
            if not found.sync_token or found.sync_token == token:
                return None
            token = found.sync_token
        return None

    def _state(self) -> str | None:
        """How far the collection has come; None where it does not say. Refuses what is no calendar."""
        answer = self._report("PROPFIND", _STATE, Depth="0")
        found = self._connection.understood(answer.parse_propfind)
        values = found[0].properties if found else {}
        if _CALENDAR not in (values.get("{DAV:}resourcetype") or []):
            raise Refusal(
                f"{self._connection.account.url} is no calendar: give the address of one calendar in table [caldav] of "
                "config.toml"
            )
        for kind, key in (("token", "{DAV:}sync-token"), ("ctag", "{http://calendarserver.org/ns/}getctag")):
            if isinstance(value := values.get(key), str) and value:
                return f"{kind} {value}"
        return None

    def _tags(self, names: Sequence[str]) -> dict[str, str]:
        """The tags of these items, as far as they are there."""
        tags = dict.fromkeys(names, GONE)
        for item in self._got(names, "", _TAGS):
            if item.status != 404:
                tags[_last(item.href)] = item.etag or _UNTAGGED
        return tags

    def _items(self, names: Sequence[str]) -> Iterator[tuple[str, tuple[str, bytes]]]:
        """These items with their tags, as far as they are there."""
        for item in self._got(names, "<C:calendar-data/>", _ITEMS):
            if item.status != 404 and item.calendar_data and _last(item.href) in names:
                yield _last(item.href), (item.etag or _UNTAGGED, item.calendar_data.encode())

    def _got(self, names: Sequence[str], data: str, most: int) -> Iterator[CalendarQueryResult]:
        for first in range(0, len(names), most):
            paths = [escape(self._path + quote(name, safe="")) for name in names[first : first + most]]
            answer = self._report("REPORT", _GET % (data, "".join(f"<href>{path}</href>" for path in paths)))
            yield from self._connection.understood(answer.parse_calendar_query)

    def _elsewhere(self, sent: Sent) -> str | None:
        """Where the item lies that has this uid and was put there by somebody else."""
        for kind in ("VEVENT", "VTODO"):
            answer = self._report("REPORT", _FIND % (kind, escape(sent.uid)), Depth="1")
            for item in self._connection.understood(answer.parse_calendar_query):
                if item.status != 404 and _last(item.href) != _name(sent):
                    return _last(item.href)
        return None

    def _report(self, method: str, body: str, **headers: str) -> DAVResponse:
        try:
            answer = self._connection.ask(method, body=body, **headers)
        except Denied:
            raise Refusal(
                f"{self._connection.account.host} does not let you read there: give a calendar of your own"
            ) from None
        if answer.status not in (200, 207):
            raise self._connection.unexpected(answer)
        return answer


def _name(sent: Sent) -> str:
    return sent.place or re.sub(r"[^0-9A-Za-z-]", "-", sent.uid.removesuffix("@followup")) + ".ics"


def _last(href: str) -> str:
    return href.rstrip("/").rpartition("/")[2]
