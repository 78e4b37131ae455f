"""The mailbox against servers that are unusual, broken or hostile, each played by a few lines over real TLS."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import threading
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from followup.core.refusal import Refusal
from followup.drafting import mailbox
from followup.drafting.letter import fingerprint
from followup.drafting.mailbox import drafts_folder
from tests.certificates import Certificates, certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

HEAD = b"Date: Sun, 22 Nov 2026 00:00:00 +0000\r\nMessage-ID: <%s>\r\n"
REST = b"To: anna@example.com\r\n\r\nHello Anna\r\n"
ID = f"0c9a-1.{fingerprint(REST)}@example.com"
LETTER = HEAD % ID.encode() + REST


class Played:
    """A server on a loopback port that answers commands by name; what it was told is in `heard`.

    An answer may have `{tag}` in it. LOGOUT and what is not scripted are answered with OK.
    """

    def __init__(self, made: Certificates, answers: dict[str, bytes], greeting: bytes, plain: bool) -> None:
        self.answers, self.greeting, self.plain = answers, greeting, plain
        self.heard: list[bytes] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(made.server, made.key)
        self.listening = socket.create_server(("localhost", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with suppress(OSError), self.listening:
            connection, _ = self.listening.accept()
            connection.settimeout(10)
            if not self.plain:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(self.greeting)
        reading = connection.makefile("rb")
        while line := reading.readline():
            self.heard.append(line)
            tag, _, rest = line.rstrip().partition(b" ")
            words = rest.decode("latin-1").upper().split() or [""]
            name = words[1] if words[0] == "UID" else words[0]
            if name in ("AUTHENTICATE", "APPEND"):
                connection.sendall(b"+ \r\n")
                size = re.search(rb"\{(\d+)\}$", rest)
                self.heard.append(reading.read(int(size[1])) + reading.readline() if size else reading.readline())
            default = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN UIDPLUS\r\n" if name == "CAPABILITY" else b""
            answer = self.answers.get(name, default + b"{tag} OK done\r\n")
            connection.sendall(answer.replace(b"{tag}", tag))
            if name == "STARTTLS" and name not in self.answers:
                self.greeting = b""
                self._talk(self.context.wrap_socket(connection, server_side=True))
                return

    def commands(self) -> list[str]:
        """What it was told, without tags."""
        return [line.partition(b" ")[2].decode("latin-1").rstrip() for line in self.heard if b" " in line]


DRAFTS = b'* LIST (\\Drafts) "/" Drafts\r\n{tag} OK done\r\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def played(made: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Played]]:
    """Starts a server: `played(LIST=b"…")`, of which one folder is Drafts where nothing else is said."""
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    monkeypatch.setattr(mailbox, "_PATIENCE", 3)
    monkeypatch.setattr(mailbox._Bounded, "left", 400_000)
    started: list[Played] = []

    def start(greeting: bytes = b"* OK hello\r\n", plain: bool = False, **answers: bytes) -> Played:
        started.append(Played(made, {"LIST": DRAFTS, **answers}, greeting, plain))
        if plain:
            monkeypatch.setattr(mailbox, "_PLAIN_PORT", started[-1].port)
        return started[-1]

    yield start
    for server in started:
        server.listening.close()
        server.thread.join(15)
        assert not server.thread.is_alive()


def put(server: Played, password: str = "secret", user: str = "nora") -> tuple[str, str]:
    """The folder's name, and what became of the letter."""
    with drafts_folder(f"localhost:{server.port}", user, password) as drafts:
        return drafts.folder.name, drafts.put(LETTER)


def refusal(server: Played, **given: str) -> str:
    with pytest.raises(Refusal) as caught:
        put(server, **given)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 400
    return sentence


@pytest.mark.parametrize(
    ("listed", "selected", "name"),
    [
        (rb'(\HasNoChildren) "/" Drafts', '"Drafts"', "Drafts"),
        (rb'(\HasNoChildren) "." INBOX.drafts', '"INBOX.drafts"', "INBOX.drafts"),
        (rb'() NIL "Entw&APw-rfe"', '"Entw&APw-rfe"', "Entwürfe"),
        (rb'() "\\" "Mail\\Brouillons"', r'"Mail\\Brouillons"', r"Mail\Brouillons"),
        (b'() "/" &BCcENQRABD0EPgQyBDgEOgQ4-', '"&BCcENQRABD0EPgQyBDgEOgQ4-"', "Черновики"),
        (rb'() "/" "a \"b\" {3}/Kladder"', r'"a \"b\" {3}/Kladder"', 'a "b" {3}/Kladder'),
        (rb'(\drafts) "/" {5}' + b'\r\nx "/y', r'"x \"/y"', 'x "/y'),
        (rb'(\Drafts) "/" "R&D"', '"R&D"', "R&D"),
        (rb'(\Drafts) "/" "&--x-"', '"&--x-"', "&-x-"),
    ],
)
def test_the_folder_is_found_and_named_back_as_the_server_wrote_it(
    played: Callable[..., Played], listed: bytes, selected: str, name: str
) -> None:
    others = b'* LIST () "/" INBOX\r\n* LIST (\\NoSelect \\Drafts) "/" Drafts/none\r\n* LIST (broken\r\n'
    server = played(LIST=others + b"* LIST " + listed + b"\r\n{tag} OK done\r\n")
    assert put(server) == (name, "added")
    assert f"SELECT {selected}" in server.commands()


def test_a_flagged_folder_goes_before_a_name_and_a_short_name_before_a_long_one(played: Callable[..., Played]) -> None:
    flagged = b'* LIST () "/" Drafts\r\n* LIST (\\Drafts) "/" Mine\r\n{tag} OK done\r\n'
    assert put(played(LIST=flagged))[0] == "Mine"
    named = b'* LIST () "/" Old/Archive/Drafts\r\n* LIST () "/" Drafts\r\n{tag} OK done\r\n'
    assert put(played(LIST=named))[0] == "Drafts"


def test_a_server_that_knows_special_uses_is_asked_for_them(played: Callable[..., Played]) -> None:
    server = played(CAPABILITY=b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SPECIAL-USE\r\n{tag} OK done\r\n")
    put(server)
    assert 'LIST (SPECIAL-USE) "" "*"' in server.commands()


@pytest.mark.parametrize("name", [b"x\r\na DELETE y", b"x\x1b[31mred", b"Entw\xc3\xbcrfe"])
def test_a_name_that_no_command_can_carry_is_passed_over(played: Callable[..., Played], name: bytes) -> None:
    listed = b'* LIST (\\Drafts) "/" {%d}\r\n%s\r\n* LIST () "/" Drafts\r\n{tag} OK done\r\n' % (len(name), name)
    server = played(LIST=listed)
    assert put(server)[0] == "Drafts"
    assert not any(command.startswith("DELETE") for command in server.commands())


@pytest.mark.parametrize(
    "answers",
    [
        {"LIST": b'* LIST () "/" {99999999999}\r\nx'},
        {"LIST": b'* LIST () "/" ' + b"x" * 500_000 + b"\r\n{tag} OK done\r\n"},
        {"LIST": b'* LIST () "/" x\r\n' * 30_000 + b"{tag} OK done\r\n"},
        {"FETCH": b"* 1 FETCH (BODY[] {500000}\r\n", "SEARCH": b"* SEARCH 1\r\n{tag} OK done\r\n"},
        {"SEARCH": b"* SEARCH " + b"9" * 300_000 + b"\r\n{tag} OK done\r\n"},
        {"SEARCH": b"* SEARCH one\r\n{tag} OK done\r\n"},
        {"LIST": b"* BYE \x1b[2J\xff gone\r\n"},
        {"SELECT": b"{tag} NO \x1b]0;title\x07\xff not today\r\n"},
        {"APPEND": b"{tag} NO [OVERQUOTA] \x1b[31mfull\r\n"},
        {"CAPABILITY": b"* CAPABILITY \xff\xfe\r\n{tag} OK done\r\n"},
        {"CAPABILITY": b"{tag} OK done\r\n"},
        {"AUTHENTICATE": b"+ \xff!\r\n{tag} BAD\r\n"},
        {"LIST": b"{tag} OK done\r\n"},
    ],
    ids=lambda answers: next(iter(answers)),
)
def test_what_a_broken_server_answers_is_a_sentence(played: Callable[..., Played], answers: dict[str, bytes]) -> None:
    assert "localhost" in refusal(played(**answers))


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH\r\n", b"* BYE busy\r\n", b"* PREAUTH hello\r\n", b""])
def test_what_does_not_greet_as_a_mailbox_is_refused(
    played: Callable[..., Played], monkeypatch: pytest.MonkeyPatch, greeting: bytes
) -> None:
    monkeypatch.setattr(mailbox, "_PATIENCE", 0.5)
    server = played(greeting=greeting)
    assert "localhost" in refusal(server)
    assert not any("secret" in command for command in server.commands())


def test_a_login_that_is_refused_tells_why_but_never_the_password(played: Callable[..., Played]) -> None:
    why = refusal(played(AUTHENTICATE=b"{tag} NO [AUTHENTICATIONFAILED] use an \x1b[1mapp password\r\n"))
    assert "does not let nora in ([AUTHENTICATIONFAILED] use an" in why
    for said in (b"secret", b64encode(b"\0nora\0secret")):
        echoed = refusal(played(AUTHENTICATE=b"{tag} NO you said " + said + b"\r\n"))
        assert "in (no reason)" in echoed
        assert "you said" not in echoed


def test_without_authenticate_login_is_told_in_quotes(played: Callable[..., Played]) -> None:
    server = played(CAPABILITY=b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n")
    put(server, user='no"ra x', password='se"c\\ret')
    assert r'LOGIN "no\"ra x" "se\"c\\ret"' in server.commands()


@pytest.mark.parametrize(
    ("capabilities", "password"),
    [(b"LOGINDISABLED", "secret"), (b"AUTH=XOAUTH2", "gehäim"), (b"AUTH=XOAUTH2", "x\r\na1 DELETE INBOX")],
)
def test_a_password_that_cannot_be_carried_is_not_sent(
    played: Callable[..., Played], capabilities: bytes, password: str
) -> None:
    server = played(CAPABILITY=b"* CAPABILITY IMAP4rev1 " + capabilities + b"\r\n{tag} OK done\r\n")
    assert "lets nobody in by a password such as this" in refusal(server, password=password)
    assert [command.split()[0] for command in server.commands()] == ["CAPABILITY", "LOGOUT"]


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"greeting": b"* PREAUTH hello\r\n", "CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n"},
        {"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n", "STARTTLS": b"{tag} NO\r\n"},
        {"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n", "STARTTLS": b"{tag} OK\r\njunk\r\n"},
    ],
)
def test_without_tls_nothing_is_told_on_port_143_either(played: Callable[..., Played], answers: dict[str, Any]) -> None:
    server = played(plain=True, **answers)
    said = refusal(server)
    assert answers or "offers no TLS on port" in said
    assert not any("LOGIN" in command or "AUTHENTICATE" in command for command in server.commands())


def test_what_was_said_before_tls_counts_for_nothing(played: Callable[..., Played]) -> None:
    capabilities = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n"
    planted = b'* LIST (\\Drafts) "/" Planted\r\n'
    server = played(greeting=b"* OK hello\r\n" + planted, plain=True, CAPABILITY=capabilities + b"{tag} OK done\r\n")
    assert put(server) == ("Drafts", "added")


def test_a_server_that_says_nothing_is_given_up(played: Callable[..., Played], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "_PATIENCE", 0.3)
    assert "localhost does not answer" in refusal(played(LIST=b""))


def test_a_server_that_never_comes_to_an_end_is_given_up(
    played: Callable[..., Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "_LONGEST", 0)
    assert "broke the connection off (it is not done after 0 seconds)" in refusal(played())


OLD = HEAD % b"0c9a-1.%s@example.com" + b"To: anna@example.com\r\n\r\nHello\r\n"
OLD = OLD % fingerprint(OLD).encode()


@pytest.mark.parametrize(
    ("there", "how", "told"),
    [
        (LETTER, "unchanged", []),
        (OLD, "replaced", ["APPEND", "STORE", "EXPUNGE"]),
        (OLD.replace(b"Hello", b"Dear"), "kept both", ["APPEND"]),
        (OLD.replace(b"To:", b"Cc:"), "kept both", ["APPEND"]),
        (OLD.replace(b"0c9a-1", b"other"), "added", ["APPEND"]),
        (b"", "added", ["APPEND"]),
    ],
)
def test_only_a_draft_that_is_as_it_was_put_in_makes_way(
    played: Callable[..., Played], there: bytes, how: str, told: list[str]
) -> None:
    fetched = b"* 1 FETCH (UID 7 BODY[]<0> {%d}\r\n%s)\r\n{tag} OK done\r\n" % (len(there), there)
    server = played(SEARCH=b"* SEARCH 7\r\n{tag} OK done\r\n", FETCH=fetched)
    assert put(server)[1] == how
    names = [command.removeprefix("UID ").split()[0] for command in server.commands()]
    assert [name for name in names if name in ("APPEND", "STORE", "EXPUNGE")] == told
    assert not told or r"APPEND \"Drafts\" (\Draft \Seen)".replace(r"\"", '"') in "\n".join(server.commands())


def test_where_the_server_cannot_take_out_one_alone_it_is_only_marked(played: Callable[..., Played]) -> None:
    server = played(
        CAPABILITY=b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK done\r\n",
        SEARCH=b"* SEARCH 7\r\n{tag} OK done\r\n",
        FETCH=b"* 1 FETCH (UID 7 BODY[]<0> {%d}\r\n%s)\r\n{tag} OK done\r\n" % (len(OLD), OLD),
    )
    assert put(server)[1] == "replaced"
    assert any("STORE 7 +FLAGS.SILENT" in command for command in server.commands())
    assert not any("EXPUNGE" in command for command in server.commands())


@pytest.mark.parametrize("host", ["", "a b", "imap.example.com/x", "nora@imap.example.com", "x:y", "x:99999", "a\nb"])
def test_what_is_no_server_is_refused(host: str) -> None:
    with pytest.raises(Refusal, match="is no server: write it as imap"), drafts_folder(host, "nora", "secret"):
        pass


def test_a_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="there is no server"), drafts_folder("imap.invalid", "nora", "secret"):
        pass
