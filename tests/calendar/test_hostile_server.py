"""A CalDAV server that means harm, or none that it should be: refused in one sentence, with nothing shown or spent."""

from __future__ import annotations

import re
import resource
from typing import TYPE_CHECKING, Any

import pytest

from followup.calendar import connection
from tests.calendar.server import ROOT, Server, running

pytest.importorskip("caldav", reason="the extra sync is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Cli = Callable[..., Any]

ANNA = 'sale add "Anna Smith" Logo --new --email anna@example.com --phone "+49 30 1234"'


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    with running(server) as url:
        yield url


@pytest.fixture
def sync(cli: Cli, business: None, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Syncs with the calendar at an address, as nora."""
    cli(ANNA)
    monkeypatch.setenv("FOLLOWUP_CALDAV_PASSWORD", "secret")

    def call(url: str, user: str = "nora") -> Any:
        file = home / "config.toml"
        text = re.sub(r"\[caldav\].*", "", file.read_text(), flags=re.DOTALL)
        file.write_text(f'{text}[caldav]\nurl = "{url}"\nuser = "{user}"\n')
        return cli("calendar sync --as todo")

    return call


def refused(result: Any) -> str:
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1), result.err
    assert result.err.isprintable() or result.err[:-1].isprintable()
    assert "secret" not in result.err
    found: str = result.err.removeprefix("error: ")
    return found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "url is empty"),
        ("work", "is no address of a calendar"),
        ("ftp://example.com/work/", "is no address of a calendar"),
        ("file:///etc/passwd", "is no address of a calendar"),
        ("https:///work", "is no address of a calendar"),
        ("https://example.com/work/?a=b", "is no address of a calendar"),
        ("https://example.com:port/work/", "is no address of a calendar"),
        ("https://[::1/", "is no address of a calendar"),
        ("https://nora:secret@example.com/work/", "the url names a user"),
        ("http://example.com/work/", "use https"),
        ("http://127.0.0.1.example.com/work/", "use https"),
        ("http://localhost.example.com/", "use https"),
    ],
)
def test_an_address_that_cannot_be_is_refused_before_anything_is_sent(sync: Any, url: str, words: str) -> None:
    assert words in refused(sync(url))


def test_without_a_password_nothing_is_sent(
    sync: Any, server: Server, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLLOWUP_CALDAV_PASSWORD", "")
    assert "FOLLOWUP_CALDAV_PASSWORD" in refused(sync(address))
    assert server.requests == []


def test_a_wrong_password_is_said_so(sync: Any, server: Server, address: str) -> None:
    server.user = "nora:other"
    assert "does not take this user and password" in refused(sync(address))


def test_the_password_goes_to_nobody_that_a_server_sends_us_on_to(sync: Any, server: Server, address: str) -> None:
    other = Server()
    other.user = server.user = "nora:secret"
    with running(other) as elsewhere:
        server.instead = lambda method: (301, {"Location": elsewhere}, b"")
        assert "at another address" in refused(sync(address))
        server.instead = lambda method: (401, {"Location": elsewhere, "WWW-Authenticate": 'Basic realm="x"'}, b"")
        refused(sync(address))
    assert other.requests == []


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "a billion laughs": f'<!DOCTYPE m [<!ENTITY l0 "ha">{LAUGHS}]><multistatus xmlns="DAV:">&l9;</multistatus>',
    "quadratic blowup": (
        f'<!DOCTYPE m [<!ENTITY a "{"x" * 100_000}">]><multistatus xmlns="DAV:">{"&a;" * 20_000}</multistatus>'
    ),
    "a file": (
        '<!DOCTYPE m [<!ENTITY f SYSTEM "file:///etc/passwd">]><multistatus xmlns="DAV:"><response>'
        f"<href>{ROOT}</href><propstat><prop><sync-token>&f;</sync-token></prop></propstat></response></multistatus>"
    ),
    "depth": "<a>" * 1_000_000,
    "no XML": "\x1b[31m<html>\u202e Not found",
    "nothing": "",
    "another document": '<other xmlns="DAV:"/>',
    "no calendar": f'<multistatus xmlns="DAV:"><response><href>{ROOT}</href></response></multistatus>',
}


@pytest.mark.parametrize("status", [207, 200, 404, 403, 500])
@pytest.mark.parametrize("case", BOMBS)
def test_answers_that_make_no_sense_are_refused_and_never_shown(
    sync: Any, server: Server, address: str, caplog: pytest.LogCaptureFixture, case: str, status: int
) -> None:
    server.instead = lambda method: (status, {"Content-Type": "evil/type"}, BOMBS[case].encode())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = refused(sync(address))
    assert not re.search("root:|html|Not found|haha", said)
    assert caplog.records == []
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200


def test_an_answer_without_end_is_cut_off(
    sync: Any, server: Server, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LARGEST_ANSWER", 1_000_000)
    server.instead = lambda method: (207, {}, b" " * 5_000_000)
    assert "is too long" in refused(sync(address))


def test_a_server_that_says_nothing_is_given_up(
    sync: Any, server: Server, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setattr(connection, "_TIMEOUT", 0.2)
    server.meanwhile = lambda method, name: time.sleep(1)
    assert "does not answer" in refused(sync(address))


def test_nobody_there_is_said_so(sync: Any, server: Server) -> None:
    with running(server) as url:
        pass
    assert "cannot be reached" in refused(sync(url))


def test_titles_that_come_back_are_neither_obeyed_nor_taken(sync: Any, cli: Cli, server: Server, address: str) -> None:
    sync(address)
    server.edit("SUMMARY:", "SUMMARY:\x9b31m[red]=HYPERLINK(1)\u202e", "Thank Anna")
    server.edit("DUE;VALUE=DATE:20261123", "DUE;VALUE=DATE:20261122", "Thank Anna")
    result = sync(address)
    assert result.out.splitlines()[0] == ("Left alone: Anna Smith: Thank Anna for Logo: 2026-11-22 is not after today")
    assert "\x9b" not in "".join(server.items.values())


HOSTILE = (
    "",
    "BEGIN:VCALENDAR\r\n" * 10_000,
    "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:{uid}\r\nDUE:never\r\nSTATUS:COMPLETED\r\nCOMPLETED:x\r\nSEQUENCE:-1\r\n"
    "END:VTODO\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:{uid}\r\nDUE;TZID=../../etc/passwd:20261204T000000\r\nDUE:20261205\r\n"
    "SEQUENCE:99999999999999999999\r\nSTATUS:A\r\nSTATUS:B\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:{uid}\r\nDUE;VALUE=DATE:99991231\r\nRRULE:FREQ=SECONDLY\r\nEND:VTODO\r\n"
    "END:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:{uid}\r\nDESCRIPTION:" + "x" * 1_000_000 + "\r\nEND:VTODO\r\nEND:VCALENDAR",
)


@pytest.mark.parametrize("n", range(len(HOSTILE)))
def test_items_of_any_content_are_read_or_left_alone(sync: Any, cli: Cli, server: Server, address: str, n: int) -> None:
    sync(address)
    (name,) = [name for name, text in server.items.items() if "Thank Anna" in text]
    uid = re.search(r"UID:(\S+)", server.items[name])[1]  # type: ignore[index]
    server.write(name, HOSTILE[n].format(uid=uid))
    result = sync(address)
    assert result.status == 0, result.err
    assert ("cannot be read" in result.out) == (n in (1, 2, 3, 5))
    assert cli("due --json", today="2026-11-23").status == 0


def test_a_collection_of_a_hundred_thousand_events_costs_no_more(sync: Any, server: Server, address: str) -> None:
    server.others = 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2):
        assert sync(address).status == 0
        assert sum(map(len, server.bodies)) < 20_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 300
