"""Drafts in a real mailbox: Dovecot receives them over TLS, and reads their headers as another program does."""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.certificates import Certificates, certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Result

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(DOVECOT is None, reason="dovecot is not installed (Debian: dovecot-imapd)")

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{server}
ssl_key = <{key}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
{unprivileged}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  separator = .
{mailboxes}
}}
"""
MAILBOXES = """
  mailbox Drafts {
    auto = create
  }
  mailbox "Entwürfe & Neues" {
    special_use = \\Drafts
    auto = create
  }
"""
UNFLAGGED = """
  mailbox Sent {
    auto = create
  }
  mailbox Archiv.Brouillons {
    auto = create
  }
"""
USER, PASSWORD = "nora@example.com", 'pass "wörd" €'


class Server(NamedTuple):
    tls: int
    starttls: int
    certificates: Certificates

    @contextmanager
    def mailbox(self) -> Iterator[imaplib.IMAP4]:
        """A second client, signed in."""
        context = ssl.create_default_context(cafile=str(self.certificates.authority))
        with imaplib.IMAP4_SSL("localhost", self.tls, ssl_context=context) as imap:
            imap.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            yield imap

    def drafts(self, folder: str) -> list[bytes]:
        """Flags and text of each message in a folder, by the name that it has on the wire."""
        with self.mailbox() as imap:
            assert imap.select(folder, readonly=True)[0] == "OK"
            _, found = imap.search(None, "ALL")
            texts = [imap.fetch(n, "(FLAGS BODY.PEEK[])")[1] for n in found[0].decode().split()]
        return [text[0][0] + b"\r\n" + text[0][1] + text[1] for text in texts]

    def found(self, folder: str, *criteria: str) -> bool:
        """Whether the server's own reading of a message fits what is searched for."""
        with self.mailbox() as imap:
            imap.select(folder, readonly=True)
            *words, imap.literal = (text.encode() for text in criteria)
            return bool(imap.search("UTF-8", *(word.decode() for word in words))[1][0])


def _free_ports() -> tuple[int, int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as one, closing(socket.create_server(("127.0.0.1", 0))) as two:
        return one.getsockname()[1], two.getsockname()[1]


@contextmanager
def running(mailboxes: str) -> Iterator[Server]:
    """Dovecot on loopback ports of its own, with everything of its in one folder, as root or not."""
    assert DOVECOT
    folder = Path(mkdtemp(prefix="followup-dovecot-"))  # not in pytest's, which only its owner can enter
    try:
        folder.chmod(0o755)
        made = certificates(folder)
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
        (folder / "mail").mkdir()
        root = os.getuid() == 0
        uid, gid = (65534, 65534) if root else (os.getuid(), os.getgid())
        if root:
            os.chown(folder / "mail", uid, gid)
        tls, starttls = _free_ports()
        settings = ("default_internal_user", "default_login_user", "default_internal_group")
        unprivileged = "" if root else "\n".join(f"{name} = {n}" for name, n in zip(settings, _myself(), strict=True))
        (folder / "dovecot.conf").write_text(
            CONFIG.format(
                folder=folder,
                server=made.server,
                key=made.key,
                uid=uid,
                gid=gid,
                tls=tls,
                starttls=starttls,
                mailboxes=mailboxes,
                unprivileged=unprivileged,
            ),
            encoding="utf-8",
        )
        with (folder / "stderr").open("wb") as stderr:
            command = [DOVECOT, "-F", "-c", str(folder / "dovecot.conf")]
            master = subprocess.Popen(command, stderr=stderr, start_new_session=True)
        try:
            _await(tls, master, folder)
            yield Server(tls, starttls, made)
        finally:
            master.terminate()
            master.wait(10)
    finally:
        shutil.rmtree(folder)


def _myself() -> tuple[str, str, str]:
    import grp
    import pwd

    name = pwd.getpwuid(os.getuid()).pw_name
    return name, name, grp.getgrgid(os.getgid()).gr_name


def _await(port: int, master: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if master.poll() is not None:
                break
            time.sleep(0.05)
    said = [path.read_text() for path in (folder / "stderr", folder / "log") if path.exists()]
    raise AssertionError(f"dovecot does not run: {said}")


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Server]:
    with running(MAILBOXES) as server:
        yield server


WIRE, NAME = '"Entw&APw-rfe &- Neues"', "Entwürfe & Neues"


@pytest.fixture
def configured(cli: Callable[..., Result], home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Points a home with a follow-up for Anna at a server."""
    cli("due")
    config = home / "config.toml"
    text = config.read_text(encoding="utf-8").replace('owner = ""', 'owner = "Nora Fäld"')
    config.write_text(text.replace('email = ""', 'email = "nora@example.com"', 1), encoding="utf-8")
    cli("sale add 'Grün, Anna \"Lo\"' 'Großes Logo' --new --email anna@example.com --on 2026-11-19")

    def point(server: Server, host: str = "", user: str = USER, password: str = PASSWORD) -> None:
        head, table, rest = config.read_text(encoding="utf-8").partition("[mail]")
        server_name = host or f"localhost:{server.tls}"
        rest = rest.replace('host = ""', f'host = "{server_name}"', 1).replace('user = ""', f'user = "{user}"', 1)
        config.write_text(head + table + rest, encoding="utf-8")
        monkeypatch.setenv("FOLLOWUP_MAIL_PASSWORD", password)
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificates.authority))

    return point


@pytest.fixture(autouse=True)
def _emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "dovecot" in request.fixturenames:
        with request.getfixturevalue("dovecot").mailbox() as imap:
            _, (there,) = imap.select(WIRE)
            if int(there):
                imap.store("1:*", "+FLAGS", r"(\Deleted)")
                imap.expunge()


def test_a_draft_arrives_flagged_in_the_folder_for_drafts_whatever_its_name(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server
) -> None:
    configured(dovecot)
    result = cli("draft 1 --imap --json")
    assert (result.status, result.err) == (0, "")
    assert (result.json[0]["mailbox"], result.json[0]["put"]) == (NAME, "added")
    (text,) = dovecot.drafts(WIRE)
    flags, _, message = text.partition(b"\r\n")
    assert b"\\Draft" in flags
    assert b"\\Seen" in flags
    assert b"X-Unsent" not in message
    assert dovecot.drafts("Drafts") == []


def test_the_server_reads_names_subject_and_body_as_they_were_meant(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server
) -> None:
    configured(dovecot)
    long = "Jürgen „der Große“ von und zu Übelgönne-Äußersthausen, Söhne & Töchter GmbH in 東京 🎉 " * 2
    cli(f"contact edit 1 '--name={long}'")
    assert not cli("draft 1 --imap").status
    for field, text in (("TO", long.strip()), ("FROM", "Nora Fäld"), ("SUBJECT", "Großes Logo"), ("BODY", "Großes")):
        assert dovecot.found(WIRE, field, text), field
        assert not dovecot.found(WIRE, field, f"{text}x"), field
    with dovecot.mailbox() as imap:
        imap.select(WIRE, readonly=True)
        envelope = imap.fetch("1", "(ENVELOPE)")[1][0]
    assert b'"anna" "example.com"))' in envelope
    assert b'"nora" "example.com"))' in envelope


def test_the_same_draft_is_not_put_in_twice(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server
) -> None:
    configured(dovecot)
    cli("draft 1 --imap")
    again = cli("draft 1 --imap", today="2026-11-23")
    assert (again.status, "(was there already)" in again.out) == (0, True)
    assert len(dovecot.drafts(WIRE)) == 1


def test_a_changed_draft_takes_the_place_of_the_older_one_of_its_follow_up_alone(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server
) -> None:
    configured(dovecot)
    cli("sale add Ben Site --new --email ben@example.com --on 2026-11-19")
    cli("draft --all --imap")
    cli("sale edit 1 --title 'Kleines Logo'")
    assert cli("draft 1 --imap --json").json[0]["put"] == "replaced"
    texts = dovecot.drafts(WIRE)
    assert len(texts) == 2
    assert not any("Großes".encode().hex() in text.hex() for text in texts)
    assert any(b"ben@example.com" in text for text in texts)


def test_an_older_draft_that_was_changed_in_the_mailbox_stays(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server
) -> None:
    configured(dovecot)
    cli("draft 1 --imap")
    with dovecot.mailbox() as imap:
        imap.select(WIRE)
        mine = imap.fetch("1", "(BODY.PEEK[])")[1][0][1].replace(b"Kind regards", b"Love")
        imap.store("1", "+FLAGS", r"(\Deleted)")
        imap.expunge()
        imap.append(WIRE, r"(\Draft)", "", mine)
    assert cli("draft 1 --imap --json").json[0]["put"] == "unchanged"
    cli("sale edit 1 --title 'Kleines Logo'")
    assert cli("draft 1 --imap --json").json[0]["put"] == "kept both"
    texts = dovecot.drafts(WIRE)
    assert len(texts) == 2
    assert any(b"Love" in text for text in texts)


def test_the_whole_mornings_e_mails_go_in_and_the_rest_is_named(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server
) -> None:
    configured(dovecot)
    cli("sale add Ben Site --new --phone 1234567 --on 2026-11-19")
    result = cli("draft --all --imap")
    assert result.status == 0
    assert sorted(line.split("\t")[2:] for line in result.out.splitlines()[1:]) == [
        ["email", NAME],
        ["phone", "left out: no e-mail"],
    ]
    assert len(dovecot.drafts(WIRE)) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"password": "geheim, aber falsch"}, "does not let nora@example.com in"),
        ({"user": "nobody@example.com"}, "does not let nobody@example.com in"),
        ({"user": "x\\r\\na1 DELETE INBOX\\r\\n"}, "does not let x a1 DELETE INBOX"),
        ({"host": "127.0.0.1:{tls}"}, "the certificate of 127.0.0.1 does not fit"),
        ({"host": "localhost:{starttls}"}, "does not speak TLS"),
        ({"host": "localhost:1"}, "cannot be reached on port 1"),
    ],
)
def test_what_is_wrong_with_host_user_or_password_is_said(
    cli: Callable[..., Result],
    configured: Callable[..., None],
    dovecot: Server,
    given: dict[str, Any],
    words: str,
) -> None:
    ports = {"tls": dovecot.tls, "starttls": dovecot.starttls}
    configured(dovecot, **{key: value.format(**ports) if key == "host" else value for key, value in given.items()})
    result = cli("draft 1 --imap")
    assert (result.status, result.out) == (1, "")
    assert words in result.err
    assert result.err.count("\n") == 1
    assert PASSWORD not in result.err
    assert "falsch" not in result.err
    assert dovecot.drafts(WIRE) == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(dovecot)
    monkeypatch.delenv("SSL_CERT_FILE")
    result = cli("draft 1 --imap")
    assert (result.status, result.out) == (1, "")
    assert "the certificate of localhost does not fit" in result.err
    assert dovecot.drafts(WIRE) == []


def test_port_143_begins_with_starttls(
    cli: Callable[..., Result], configured: Callable[..., None], dovecot: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("followup.drafting.mailbox._PLAIN_PORT", dovecot.starttls)
    configured(dovecot, host=f"localhost:{dovecot.starttls}")
    assert cli("draft 1 --imap --json").json[0]["put"] == "added"
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "the certificate of localhost does not fit" in cli("draft 1 --imap").err


def test_where_the_server_flags_no_folder_one_is_known_by_its_name(
    cli: Callable[..., Result], configured: Callable[..., None]
) -> None:
    with running(UNFLAGGED) as server:
        configured(server)
        assert cli("draft 1 --imap --json").json[0]["mailbox"] == "Archiv.Brouillons"
        assert len(server.drafts("Archiv.Brouillons")) == 1


def test_a_mailbox_without_such_a_folder_is_refused(
    cli: Callable[..., Result], configured: Callable[..., None]
) -> None:
    with running("") as server:
        configured(server)
        result = cli("draft 1 --imap")
    assert (result.status, result.out) == (1, "")
    assert "has no Drafts folder: make one named Drafts" in result.err
