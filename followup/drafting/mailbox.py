"""A mailbox's Drafts folder over IMAP (RFC 9051, and RFC 3501 before it): drafts go in, once each.

Never without TLS and a certificate that fits. What the server answers is bounded, and nothing of it reaches a screen or
a command as it came.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from base64 import b64decode, b64encode
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.drafting.letter import fingerprint, message_id

if TYPE_CHECKING:
    from collections.abc import Iterator

How = Literal["added", "replaced", "unchanged", "kept both"]
"""What became of a draft: it is new, took the place of an older one, was there before, or an older one was edited."""

_TLS_PORT, _PLAIN_PORT = 993, 143
_PATIENCE = 20.0
"""Seconds that a server may be silent."""
_LONGEST = 300.0
"""Seconds that it may go on talking, in all."""
_MOST = 8_000_000
"""Bytes that a server may answer in all; a mailbox of ten thousand folders needs less than one million."""
_LONGEST_DRAFT = 500_000
_MOST_VERSIONS = 20
_NAMES = {
    "drafts", "draft", "entwürfe", "brouillons", "borradores", "bozze", "concepten", "rascunhos", "kladder", "utkast",
    "luonnokset", "szkice", "wersje robocze", "koncepty", "piszkozatok", "ciorne", "taslaklar", "πρόχειρα",
    "черновики", "чернетки", "下書き", "草稿", "草稿箱", "임시 보관함", "임시보관함",
}  # fmt: skip
"""What mail programs call the folder, for servers that do not say which it is."""
_LISTED = re.compile(rb'\(([^()]*)\) (?:NIL|"(\\?.)") (?:"((?:[^"\\]|\\.)*)"|([^\s"(){}%*\\]+))')
_LITERAL = re.compile(rb'(\([^()]*\) (?:NIL|"\\?.") )\{\d+\+?\}')


class Folder(NamedTuple):
    """A folder as the server lists it: its name on the wire, and as people read it."""

    wire: str
    name: str


class Drafts(NamedTuple):
    """The Drafts folder of a mailbox that is signed in to, selected."""

    imap: imaplib.IMAP4
    folder: Folder

    def put(self, document: bytes) -> How:
        """Puts a letter in, flagged as a draft.

        The same one is not put in again. An older one of its follow-up is taken out, unless it is no longer as it was
        put in: what a person has written there stays.
        """
        version = message_id(document)
        followup = version.partition(".")[0]
        uids = _answered(
            self.imap.uid("SEARCH", f'UNDELETED OR HEADER Message-ID "{version}" HEADER Message-ID "{followup}"')
        )
        found = [int(uid) for uid in _joined(uids).split()]
        texts = {uid: self._read(uid) for uid in found[-_MOST_VERSIONS:]}
        known = {uid: text for uid, text in texts.items() if message_id(text).startswith(f"{followup}.")}
        there = any(message_id(text) == version for text in known.values())
        if not there:
            _answered(self.imap.append(_quoted(self.folder.wire), r"(\Draft \Seen)", "", document))
        older = {uid: text for uid, text in known.items() if message_id(text) != version}
        unedited = [uid for uid, text in older.items() if f".{fingerprint(text)}@" in message_id(text)]
        for uid in unedited:
            self._remove(uid)
        if len(unedited) < len(older):
            return "kept both"
        if there:
            return "unchanged"
        return "replaced" if unedited else "added"

    def _read(self, uid: int) -> bytes:
        parts = _answered(self.imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{_LONGEST_DRAFT}>)"))
        return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")

    def _remove(self, uid: int) -> None:
        """Takes one message out, and no other: where the server cannot (RFC 4315), it stays there as deleted."""
        _answered(self.imap.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
        if "UIDPLUS" in self.imap.capabilities:
            _answered(self.imap.uid("EXPUNGE", str(uid)))


@contextmanager
def drafts_folder(host: str, user: str, password: str) -> Iterator[Drafts]:
    """The Drafts folder of a mailbox. `host` is a name, with `:PORT` behind it where that is not 993; port 143 begins
    with STARTTLS.

    Refuses where there is no such server, its certificate does not fit, it does not let the user in, or there is no
    such folder; and whatever the server does wrong until the block ends.
    """
    name, port = _address(host)
    with _in_words(name, port):
        imap = _connected(name, port)
        try:
            _sign_in(imap, user, password)
            imap.capabilities = _capabilities(imap)
            folder = _find(imap)
            if folder is None:
                raise Refusal(
                    f"the mailbox of {clean_line(user)} at {name} has no Drafts folder: make one named Drafts"
                )
            _answered(imap.select(_quoted(folder.wire)))
            yield Drafts(imap, folder)
        finally:
            for end in (imap.logout, imap.shutdown):
                with suppress(imaplib.IMAP4.error, OSError, ValueError):
                    end()


@contextmanager
def _in_words(name: str, port: int) -> Iterator[None]:
    """Whatever a connection can fail with, as a sentence."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        reason = clean_line(error.verify_message or "it is not valid").removesuffix(".")
        advice = "correct host in config.toml, [mail], or name your own authority's file in $SSL_CERT_FILE"
        raise Refusal(f"the certificate of {name} does not fit ({reason}), so nothing was sent: {advice}") from None
    except ssl.SSLError as error:
        reason = clean_line(error.reason or str(error))
        raise Refusal(f"{name} does not speak TLS on port {port} ({reason}): correct host in config.toml") from None
    except socket.gaierror:
        raise Refusal(f"there is no server {name}: correct host in config.toml, [mail], or check the network") from None
    except TimeoutError:
        raise Refusal(f"{name} does not answer on port {port}: check host and network, or try again later") from None
    except imaplib.IMAP4.abort as error:
        raise Refusal(f"{name} broke the connection off ({_words(error)}): try again later") from None
    except imaplib.IMAP4.error as error:
        raise Refusal(f"{name} refused ({_words(error)}): check the mailbox with your mail program") from None
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise Refusal(f"{name} cannot be reached on port {port} ({reason}): check host in config.toml") from None
    except (ValueError, LookupError):
        raise Refusal(f"{name} answers what no mailbox answers: check host in config.toml, [mail]") from None


def _address(host: str) -> tuple[str, int]:
    """Host and port. Refuses what is neither a name nor an address."""
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname or "", parts.port or _TLS_PORT
    except ValueError:
        name, port = "", 0
    if not re.fullmatch(r"[\w.:-]+", name) or parts.netloc != host or "@" in host:
        raise Refusal(
            f"config.toml, [mail], key 'host': '{clean_line(host)[:60]}' is no server: write it as imap.example.com"
        )
    return name, port


class _Bounded(imaplib.IMAP4):
    """A connection that reads no more than `_MOST` bytes, however they are cut, and no longer than `_LONGEST`."""

    left = _MOST
    began: float | None = None

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise self.abort(f"it answers more than {_MOST} bytes")
        self.began = self.began or monotonic()
        if monotonic() - self.began > _LONGEST:
            raise self.abort(f"it is not done after {_LONGEST:.0f} seconds")


class _Tls(_Bounded, imaplib.IMAP4_SSL):
    """TLS from the first byte on."""


def _connected(name: str, port: int) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if port != _PLAIN_PORT:
        return _Tls(name, port, ssl_context=context, timeout=_PATIENCE)
    imap = _Bounded(name, port, timeout=_PATIENCE)
    try:
        if "STARTTLS" not in imap.capabilities:
            raise Refusal(f"{name} offers no TLS on port {port}, and nothing goes there without: leave the port out")
        imap.starttls(context)
    except BaseException:
        with suppress(OSError):
            imap.shutdown()
        raise
    imap.untagged_responses.clear()  # what came before TLS may be anybody's
    return imap


def _sign_in(imap: imaplib.IMAP4, user: str, password: str) -> None:
    """AUTHENTICATE PLAIN (RFC 4616), in UTF-8; else LOGIN, which takes ASCII only."""
    plain = "AUTH=PLAIN" in imap.capabilities
    simple = (
        "LOGINDISABLED" not in imap.capabilities and (user + password).isascii() and (user + password).isprintable()
    )
    if not plain and not simple:
        raise Refusal(f"{imap.host} lets nobody in by a password such as this: see whether it has app passwords")
    secret = f"\0{user}\0{password}".encode("utf-8", "surrogateescape")
    try:
        if plain:
            imap.authenticate("PLAIN", lambda _: secret)
        else:
            imap.login(_quoted(user), password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        advice = "check user in config.toml, [mail], and the password; some providers want an app password"
        reason = _words(error, password, b64encode(secret).decode())
        raise Refusal(f"{imap.host} does not let {clean_line(user)} in ({reason}): {advice}") from None


def _capabilities(imap: imaplib.IMAP4) -> tuple[str, ...]:
    """What the server can do, now that it knows who asks."""
    return tuple(_joined(_answered(imap.capability())).decode("ascii", "replace").upper().split())


def _find(imap: imaplib.IMAP4) -> Folder | None:
    """The folder with the special use \\Drafts (RFC 6154), asked for where the server tells only then; else by name."""
    special = _list(imap, "(SPECIAL-USE)") if "SPECIAL-USE" in imap.capabilities else []
    every = _list(imap)
    for flags, _, folder in special + every:
        if "\\drafts" in flags:
            return folder
    named = [folder for _, last, folder in every if last.casefold() in _NAMES]
    return min(named, key=lambda folder: len(folder.wire), default=None)


def _list(imap: imaplib.IMAP4, *selection: str) -> list[tuple[list[str], str, Folder]]:
    """The folders that can hold messages: flags, last part of the name, folder."""
    _answered(imap.xatom("LIST", *selection, '""', '"*"'))
    found = []
    for answer in imap.response("LIST")[1] or []:
        listed = _LISTED.fullmatch(_line(answer))
        if listed is None:
            continue
        flags = listed[1].decode("ascii", "replace").casefold().split()
        wire = re.sub(rb"\\(.)", rb"\1", listed[3] if listed[4] is None else listed[4]).decode("ascii", "replace")
        if {"\\noselect", "\\nonexistent"} & set(flags) or not wire.isascii() or not wire.isprintable():
            continue
        folder = Folder(wire, clean_line(_readable(wire)))
        parts = wire.split((listed[2] or b"\n").decode("ascii", "replace")[-1])
        found.append((flags, _readable(parts[-1]), folder))
    return found


def _line(answer: Any) -> bytes:
    """An answer to LIST on one line: a name that came as a literal is put in quotes."""
    if not isinstance(answer, tuple):
        return answer or b""
    head = _LITERAL.fullmatch(answer[0])
    return head[1] + _quoted(answer[1].decode("latin-1")).encode("latin-1") if head else b""


def _readable(wire: str) -> str:
    """A folder's name out of modified UTF-7 (RFC 3501, section 5.1.3); as it is where it is none."""

    def decoded(found: re.Match[str]) -> str:
        if not found[1]:
            return "&"
        return b64decode(found[1].replace(",", "/") + "===").decode("utf-16-be")

    try:
        return re.sub("&([^&-]*)-", decoded, wire)
    except ValueError:
        return wire


def _quoted(text: str) -> str:
    """A quoted string (RFC 9051, section 4.3); `text` has no line break."""
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def _answered(answer: tuple[str, list[Any]]) -> list[Any]:
    """What a command brought. Raises IMAP4.error for one that was not done."""
    status, parts = answer
    if status != "OK":
        raise imaplib.IMAP4.error(parts[-1] if parts else status)
    return parts


def _joined(parts: list[Any]) -> bytes:
    return b" ".join(part for part in parts if isinstance(part, bytes))


def _words(error: Exception, *secrets: str) -> str:
    """What the server said, as one short line; nothing of it where one of the secrets is a part."""
    said = error.args[0] if error.args else ""
    line = clean_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said))
    return "no reason" if not line or any(clean_line(secret) in line for secret in secrets) else line[:160]
