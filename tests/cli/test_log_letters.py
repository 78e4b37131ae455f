"""`log email --eml`: a message says itself whose it is, which way it went, when, and what about."""

from __future__ import annotations

import io
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from followup.core.refusal import Refusal
from followup.transfer.letters import LONGEST_HEADER, read_letter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

FURNISHED = [
    "init --name Lumen --owner Nora --email Nora@Example.com --yes",
    "contact add 'Anna Berger' --email anna@example.com",
    "contact add 'Béa Celik' --email bea@example.com",
]
SENT = """From: Nora Field <nora@example.com>
To: Anna <ANNA@example.com>
Subject: Your logo
Date: Fri, 20 Nov 2026 10:00:00 +0000

Hello"""


@pytest.fixture(autouse=True)
def _in_utc(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def log(cli: Cli, tmp_path: Path) -> Callable[..., Result]:
    """Logs a message from a file: `log(SENT, "Anna --json")`."""

    def call(message: str | bytes, words: str = "--json", **more: str) -> Result:
        file = tmp_path / "letter.eml"
        file.write_bytes(message if isinstance(message, bytes) else message.encode())
        return cli(f"log email --eml {file} {words}", **more)

    return call


def with_headers(**headers: str) -> str:
    """A message from Anna, with these headers changed; None takes one out."""
    own = {
        "From": "anna@example.com",
        "To": "nora@example.com",
        "Subject": "Hi",
        "Date": "Fri, 20 Nov 2026 10:00:00 +0000",
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\n" for name, value in (own | named).items() if value is not None) + "\nbody\n"


def event(result: Result) -> dict[str, Any]:
    assert not result.status, result.err
    return dict(result.json)


def test_what_you_sent_is_a_touch_with_whom_it_went_to(log: Callable[..., Result]) -> None:
    logged = event(log(SENT))
    assert (logged["kind"], logged["contact"], logged["on"], logged["incoming"], logged["text"]) == (
        "email",
        {"id": 1, "name": "Anna Berger"},
        "2026-11-20",
        False,
        "Your logo",
    )


def test_what_you_got_came_in_from_who_wrote_it(log: Callable[..., Result]) -> None:
    logged = event(log(with_headers(Cc="bea@example.com")))
    assert (logged["contact"]["name"], logged["incoming"], logged["text"]) == ("Anna Berger", True, "Hi")


def test_the_address_of_the_mailbox_is_your_own_too(log: Callable[..., Result], at_home: Path) -> None:
    config = at_home / "config.toml"
    config.write_text(config.read_text().replace('user = ""', 'user = "Box@example.com"', 1))
    assert "Box@" in config.read_text()
    assert event(log(with_headers(From="box@example.com", To="anna@example.com")))["incoming"] is False


def test_what_went_to_several_is_one_event_each_in_one_change(log: Callable[..., Result], cli: Cli) -> None:
    message = with_headers(
        From="nora@example.com",
        To='"Berger, Anna" <anna@example.com>, x@example.org',
        Cc="Nora@example.com",
        Bcc="bea@example.com",
    )
    logged = log(message).json
    assert [(e["contact"]["name"], e["incoming"]) for e in logged] == [("Anna Berger", False), ("Béa Celik", False)]
    assert cli("undo --list --json").json[0]["command"] == "log email Anna Berger, Béa Celik"


def test_a_form_on_your_website_is_from_whom_the_answer_goes_to(log: Callable[..., Result]) -> None:
    form = with_headers(From="nora@example.com", To="nora@example.com", Reply_To="Bea <bea@example.com>")
    logged = event(log(form))
    assert (logged["contact"]["name"], logged["incoming"]) == ("Béa Celik", True)


def test_a_message_from_a_service_is_from_whom_the_answer_goes_to(log: Callable[..., Result]) -> None:
    assert event(log(with_headers(From="no-reply@example.org", Reply_To="bea@example.com")))["contact"]["id"] == 2


@pytest.mark.parametrize(
    ("headers", "incoming"),
    [
        ({"From": "home@example.net"}, True),
        ({"From": "nora@example.com", "To": "home@example.net"}, False),
        ({"From": "my-other@example.net", "To": "anna@example.com"}, False),
        ({"From": "nora@example.com", "To": "bea@example.com"}, False),
    ],
)
def test_the_person_that_is_named_wins(log: Callable[..., Result], headers: dict[str, str], incoming: bool) -> None:
    logged = event(log(with_headers(**headers), "anna --json"))
    assert (logged["contact"]["name"], logged["incoming"]) == ("Anna Berger", incoming)


def test_what_is_typed_wins(log: Callable[..., Result]) -> None:
    logged = event(log(SENT, "anna 'Sent the logo' --on 2026-11-18 --in --json"))
    assert (logged["on"], logged["text"], logged["incoming"]) == ("2026-11-18", "Sent the logo", True)


def test_the_same_letter_again_is_not_logged_twice(log: Callable[..., Result], cli: Cli) -> None:
    first = event(log(SENT))
    again = log(SENT)
    assert again.json == first
    assert again.err == f"event {first['id']} says the same already: it was not logged again\n"
    assert len(cli("event list --json").json) == 1
    assert [change["command"] for change in cli("undo --list --json").json].count("log email Anna Berger") == 1
    both = log(SENT.replace("To:", "To: bea@example.com,")).json
    assert [e["id"] for e in both] == [first["id"] + 1, first["id"]]


@pytest.mark.parametrize(
    "other",
    [
        SENT.replace("Your logo", "Your logo, again"),
        SENT.replace("20 Nov", "19 Nov"),
        with_headers(Subject="Your logo"),
    ],
)
def test_another_day_subject_or_direction_is_another_letter(log: Callable[..., Result], other: str) -> None:
    assert event(log(SENT))["id"] != event(log(other))["id"]


def test_a_letter_counts_as_a_touch_in_the_plan(log: Callable[..., Result], cli: Cli, at_home: Path) -> None:
    (at_home / "rules.toml").write_text(
        '[[rule]]\nname = "silence"\non = "silence"\nafter = "6 months"\nchannels = ["email"]\nmessage = "win-back"\n'
        'weekend = "keep"\n'
    )
    cli("log call anna --on 2026-11-01")
    assert [f["due"] for f in cli("due --ahead 1y --json").json] == ["2027-05-01"]
    log(SENT)
    assert [f["due"] for f in cli("due --ahead 1y --json").json] == ["2027-05-20"]


# the day


@pytest.mark.parametrize(
    ("zone", "written", "day"),
    [
        ("UTC", "Fri, 20 Nov 2026 23:30:00 -0500", "2026-11-21"),
        ("America/New_York", "Fri, 20 Nov 2026 23:30:00 -0500", "2026-11-20"),
        ("Asia/Tokyo", "Fri, 20 Nov 2026 23:30:00 +0000", "2026-11-21"),
        ("UTC", "20 Nov 2026 10:00 GMT", "2026-11-20"),
        ("America/New_York", "20 Nov 2026 02:00:00 -0000", "2026-11-19"),
        ("UTC", "Mon, 23 Nov 2026 00:30:00 +0000", "2026-11-22"),
        ("UTC", "last tuesday", "2026-11-22"),
        ("UTC", "Fri, 99 Nov 2026 10:00:00 +0000", "2026-11-22"),
        ("UTC", "Fri, 31 Dec 9999 23:59:00 -2359", "2026-11-22"),
        ("UTC", None, "2026-11-22"),
    ],
)
def test_the_day_is_the_one_on_which_it_was_written_where_you_are(
    log: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, zone: str, written: str, day: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    assert event(log(with_headers(Date=written)))["on"] == day


# the words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=\n =?utf-8?b?IGF1cw==?= Berlin", "Grüße aus Berlin"),
        ("=?iso-8859-1?Q?caf=E9?=", "café"),
        ("=?utf-8?b?4pyT?= =?utf-8?b?4pyT?=", "✓✓"),
        ("Grüße", "Grüße"),
        ("folded\n  line\tof words", "folded line of words"),
        ("=?utf-8?q?a=0D=0ABcc=3A_x=40example=2Ecom?=", "a Bcc: x@example.com"),
        ("=?utf-8?q?=1B]0;pwned=07=E2=80=AE?=", "]0;pwned"),
        ("=?x-nowhere?q?a=20b?=", "a b"),
        ("=?utf-8?b?abcde?=", "=?utf-8?b?abcde?="),
        ("x" * 600, "x" * 499 + "…"),
        ("", None),
    ],
)
def test_the_subject_is_decoded_cleaned_and_bounded(log: Callable[..., Result], written: str, read: str | None) -> None:
    assert event(log(with_headers(Subject=written)))["text"] == read


def test_what_old_programs_wrote_without_saying_how_is_read(log: Callable[..., Result]) -> None:
    assert event(log(with_headers(Subject="Grüße").encode("cp1252")))["text"] == "Grüße"


@pytest.mark.parametrize("before", ["\ufeff", "\n\r\n", "From nora@example.com Fri Nov 20 10:00:00 2026\n"])
def test_what_programs_put_before_a_message_is_passed_over(log: Callable[..., Result], before: str) -> None:
    assert event(log(before + with_headers().replace("\n", "\r\n")))["text"] == "Hi"


# a pipe


def test_a_message_may_be_piped_in_and_its_body_is_read_by_nobody(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            read = super().read(size)
            self.largest = max(self.largest, len(read))
            return read

    pipe = Pipe(SENT.encode() + b"\xff" * 3_000_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
    assert event(cli("log email --eml - --json"))["text"] == "Your logo"
    assert pipe.tell() == len(pipe.getvalue())  # who writes it may finish
    assert 0 < pipe.largest <= 65536


# refusals


def test_a_message_with_nobody_known_says_how_to_add_them(refused: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "letter.eml"
    file.write_text(with_headers(From="`reboot`@example.org"))
    assert refused(f"log email --eml {file}") == (
        "nobody known has the address `reboot`@example.org: followup contact add NAME --email '`reboot`@example.org' "
        "adds them, or name the person before --eml"
    )


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"From": "nora@example.com"}, "between addresses of your own: name the person"),
        (
            {"From": "nora@example.com", "To": "a@b.org, c@b.org, d@b.org, e@b.org"},
            "a@b.org, c@b.org, d@b.org and others",
        ),
        ({"Date": "Tue, 24 Nov 2026 10:00:00 +0000"}, "dated 2026-11-24, which lies ahead: give its day with --on"),
        ({"From": "undisclosed"}, "is no e-mail message: it has no sender (From) in its header"),
        ({"From": "(" * 100_000}, "is no e-mail message: it has no sender"),
        ({"X": "y" * LONGEST_HEADER}, "is no e-mail message: its header has no end within 256 KB"),
    ],
)
def test_a_message_that_cannot_be_placed_is_refused(
    refused: Callable[..., str], tmp_path: Path, headers: dict[str, str], words: str
) -> None:
    file = tmp_path / "letter.eml"
    file.write_text(with_headers(**headers))
    assert words in refused(f"log email --eml {file}")


def test_without_an_address_of_your_own_it_says_what_to_set(
    refused: Callable[..., str], at_home: Path, tmp_path: Path
) -> None:
    config = at_home / "config.toml"
    config.write_text(config.read_text().replace("Nora@Example.com", ""))
    file = tmp_path / "letter.eml"
    file.write_text(SENT)
    assert "your own address is not known" in refused(f"log email --eml {file}")
    assert "set email under [business] in config.toml" in refused(f"log email --eml {file}")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("log call Anna --eml letter", "--eml does not go with call, only with email"),
        ("log email --eml nowhere/letter", "nowhere/letter: No such file or directory"),
        ("log email Nobody --eml /dev/null", "is no e-mail message"),
    ],
)
def test_what_does_not_go_together_is_refused(refused: Callable[..., str], line: str, words: str) -> None:
    assert words in refused(line)


def test_without_a_message_the_person_stays_required(cli: Cli) -> None:
    result = cli("log email")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: missing argument 'WHO'\n")


@pytest.mark.parametrize("junk", [b"\n" * 3_000_000, b"\0" * 3_000_000, b"a: b\n" * 600_000])
def test_what_is_no_message_is_not_read_to_its_end(junk: bytes) -> None:
    stream = io.BytesIO(junk)
    with pytest.raises(Refusal, match="is no e-mail message"):
        read_letter(stream, "junk")
    assert stream.tell() <= 2 * LONGEST_HEADER + 1


@pytest.mark.parametrize("part", ['"(', "<", "a@b:", "=?utf-8?q?a?= ", "a <b@c.de>, ", "("])
def test_no_header_takes_long_to_read(part: str) -> None:
    header = part * (120_000 // len(part))
    message = f"From: a@example.com\nTo: {header}\nSubject: {header}\n\n"
    began = time.monotonic()
    letter = read_letter(io.BytesIO(message.encode()), "it")
    assert letter.senders == ("a@example.com",)
    assert time.monotonic() - began < 5
