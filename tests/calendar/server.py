"""A CalDAV server for one collection, small enough to break on purpose."""

from __future__ import annotations

import re
from base64 import b64decode
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = "/nora/work/"


class Server:
    """Items by name, and what the server is to do with them.

    `fails` says of the n-th request (from 1) whether it is lost "before" it is done, or its answer "after"; `tokens`
    is how it says what changed: "sync", "ctag" or nothing; `rewrites` is what it makes of an item that is put.
    """

    def __init__(self) -> None:
        self.items: dict[str, str] = {}
        self.requests: list[str] = []
        self.bodies: list[str] = []
        self.passwords: list[str] = []
        self.tokens = "sync"
        self.tags_on_put = True
        self.user = ""
        self.others = 0
        self.log: list[str] = []
        self.fails: Callable[[int], str] = lambda n: ""
        self.rewrites: Callable[[str], str] = lambda text: text
        self.meanwhile: Callable[[str, str], None] = lambda method, name: None
        self.instead: Callable[[str], tuple[int, dict[str, str], bytes] | None] = lambda method: None
        self.forgets_tokens = False

    def tag(self, name: str) -> str:
        return f'"{md5(self.items[name].encode()).hexdigest()}"'

    def write(self, name: str, text: str) -> None:
        """What another program does."""
        self.items[name] = text
        self.log.append(name)

    def delete(self, name: str) -> None:
        """The same."""
        del self.items[name]
        self.log.append(name)

    def edit(self, old: str, new: str, title: str = "") -> None:
        """Replaces a text in the one item that has it, and this title."""
        (name,) = [name for name, text in self.items.items() if old in text and title in text]
        self.write(name, self.items[name].replace(old, new))

    def answer(self, method: str, name: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        if method == "PUT":
            return self._put(name, body, headers)
        if method == "DELETE":
            return self._delete(name, headers)
        if method == "PROPFIND":
            return 207, {}, self._properties()
        if "sync-collection" in body:
            return self._since(body)
        if "calendar-multiget" in body:
            names = re.findall(rf"<href>{ROOT}([^<]*)</href>", body)
            return 207, {}, _multi("".join(self._item(name, "calendar-data" in body) for name in names))
        if found := re.search(r"<C:text-match[^>]*>([^<]*)<", body):
            names = [name for name, text in self.items.items() if f"UID:{found[1]}" in text]
            return 207, {}, _multi("".join(self._item(name, False) for name in names))
        return 400, {}, ""

    def _put(self, name: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        uid = re.search(r"UID:(\S+)", body)[1]  # type: ignore[index]
        if headers.get("If-None-Match") == "*" and name in self.items:
            return 412, {}, ""
        if "If-Match" in headers and (name not in self.items or headers["If-Match"] != self.tag(name)):
            return 412, {}, ""
        if any(f"UID:{uid}" in text for other, text in self.items.items() if other != name):
            return 409, {}, ""
        status = 204 if name in self.items else 201
        self.write(name, self.rewrites(body))
        return status, {"ETag": self.tag(name)} if self.tags_on_put else {}, ""

    def _delete(self, name: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        if name not in self.items:
            return 404, {}, ""
        if "If-Match" in headers and headers["If-Match"] != self.tag(name):
            return 412, {}, ""
        self.delete(name)
        return 204, {}, ""

    def _properties(self) -> str:
        tokens = {
            "sync": f"<sync-token>urn:{len(self.log)}</sync-token>",
            "ctag": f"<S:getctag>{len(self.log)}</S:getctag>",
            "": "",
        }
        props = f"<resourcetype><collection/><C:calendar/></resourcetype>{tokens[self.tokens]}"
        return _multi(
            f"<response><href>{ROOT}</href><propstat><prop>{props}</prop><status>HTTP/1.1 200 OK</status></propstat>"
            "</response>"
        )

    def _since(self, body: str) -> tuple[int, dict[str, str], str]:
        token = re.search(r"<sync-token>urn:(\d+)</sync-token>", body)
        if token is None or self.forgets_tokens or self.tokens != "sync":
            return 403, {}, f"<error {_NAMES}><valid-sync-token/></error>"
        changed = dict.fromkeys(self.log[int(token[1]) :])
        others = (
            f'<response><href>{ROOT}other-{n}.ics</href><propstat><prop><getetag>"{n}"</getetag></prop>'
            "<status>HTTP/1.1 200 OK</status></propstat></response>"
            for n in range(self.others)
        )
        told = "".join([*others, *(self._item(name, False) for name in changed)])
        return 207, {}, _multi(f"{told}<sync-token>urn:{len(self.log)}</sync-token>")

    def _item(self, name: str, data: bool) -> str:
        if name not in self.items:
            return f"<response><href>{ROOT}{name}</href><status>HTTP/1.1 404 Not Found</status></response>"
        content = f"<C:calendar-data>{escape(self.items[name])}</C:calendar-data>" if data else ""
        return (
            f"<response><href>{ROOT}{name}</href><propstat><prop><getetag>{escape(self.tag(name))}</getetag>{content}"
            "</prop><status>HTTP/1.1 200 OK</status></propstat></response>"
        )


_NAMES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'


def _multi(responses: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><multistatus {_NAMES}>{responses}</multistatus>'


class _Quiet(ThreadingHTTPServer):
    """Says nothing of clients that break off."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def running(server: Server) -> Iterator[str]:
    """Serves on a free port of this machine; yields the address of the collection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            server.requests.append(self.command)
            server.bodies.append(body)
            name = self.path.removeprefix(ROOT)
            fails = server.fails(len(server.requests))
            if fails == "before":
                self.close_connection = True
                return
            sent = self.headers.get("Authorization", "")
            if server.user and not sent:
                self._send(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")
                return
            if sent:
                server.passwords.append(b64decode(sent.removeprefix("Basic ")).decode())
                if server.user and server.passwords[-1] != server.user:
                    self._send(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")
                    return
            server.meanwhile(self.command, name)
            status, headers, text = 0, {}, b""
            if instead := server.instead(self.command):
                status, headers, text = instead
            else:
                status, headers, said = server.answer(self.command, name, body, dict(self.headers))
                text = said.encode()
            if fails == "after":
                self.close_connection = True
                return
            self._send(status, headers, text)

        do_PROPFIND = do_REPORT = do_PUT = do_DELETE = _handle

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for key, value in ({"Content-Type": "application/xml"} | headers).items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    listening = _Quiet(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}{ROOT}"
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
