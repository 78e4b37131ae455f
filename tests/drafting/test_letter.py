"""E-mail drafts as messages: what goes in comes out of a parser again, and nothing in it becomes anything else."""

from __future__ import annotations

import re
from datetime import date
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.drafting.draft import Draft
from followup.drafting.letter import UNSENT, fingerprint, letter
from followup.drafting.render import clean_text

if TYPE_CHECKING:
    from email.message import Message

DAY = date(2026, 11, 22)
BUSINESS = {"name": "Lumen & Ink", "owner": "Nora Field", "email": "nora@example.com"}
DRAFT = Draft(
    followup=7,
    channel="email",
    to="anna@example.com",
    subject="Thanks, Anna",
    body="Logo & Co: €1,200.00",
    link=None,
    uid="0c9a-1@followup",
    title="Thank Anna",
    name="Anna Grün",
    language="en",
)
FIELDS = ["Date", "Message-ID", "From", "To", "Subject", "MIME-Version", "Content-Language", "Content-Type"]


def read(document: bytes) -> Message:
    return message_from_bytes(document)


def shown(message: Message, field: str) -> str:
    """A field as a mail program shows it, unfolded."""
    return str(make_header(decode_header(message[field].replace("\r\n", ""))))


def addressed(message: Message, field: str) -> list[tuple[str, str]]:
    """Names and addresses of a field: taken apart first, and decoded then, as RFC 2047 (section 6.2) has it."""
    return [(str(make_header(decode_header(name))), address) for name, address in getaddresses([message[field]])]


def body(message: Message) -> str:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n").removesuffix("\n")


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
NASTY = st.text(st.sampled_from('ab é\r\n\t\0\x1b[]"\\<>@,;:()=?_.&東🎉\u202e\u2028'), max_size=300)


@settings(max_examples=300)
@given(name=ANY | NASTY, own=ANY | NASTY, subject=ANY | NASTY, text=ANY | NASTY)
def test_every_text_comes_out_as_it_went_in(name: str, own: str, subject: str, text: str) -> None:
    draft = replace(DRAFT, name=name, subject=clean_line(subject) or None, body=clean_text(text))
    document = letter(draft, {**BUSINESS, "owner": own}, DAY)
    message = read(document)
    assert addressed(message, "To") == [(clean_line(name), "anna@example.com")]
    assert addressed(message, "From") == [(clean_line(own or "Lumen & Ink"), "nora@example.com")]
    if draft.subject:
        assert shown(message, "Subject") == draft.subject
    assert body(message) == draft.body
    fields = [field for field in FIELDS if field != "Subject" or draft.subject]
    assert message.keys() == [*fields, "Content-Transfer-Encoding"]
    modern: Any = message_from_bytes(document, policy=policy.SMTP)
    assert [one.addr_spec for one in modern["To"].addresses] == ["anna@example.com"]
    assert modern.defects == []
    lines = document.split(b"\r\n")
    assert not re.search(rb"[\r\n]", b"".join(lines))
    assert max(map(len, lines)) < 200
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S*", document.partition(b"\r\n\r\n")[0]))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Anna Gruen", "Anna Gruen <anna@example.com>"),
        ("Gruen, Anna", '"Gruen, Anna" <anna@example.com>'),
        ('Anna "Lo" \\', '"Anna \\"Lo\\" \\\\" <anna@example.com>'),
        ("A <b@example.com>, c", '"A <b@example.com>, c" <anna@example.com>'),
        ("Grün", "=?utf-8?b?R3LDvG4=?= <anna@example.com>"),
        ("=?utf-8?q?x?=", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <anna@example.com>"),
        ("", "anna@example.com"),
    ],
)
def test_a_name_is_written_so_that_no_reader_takes_it_for_more(name: str, field: str) -> None:
    assert read(letter(replace(DRAFT, name=name), BUSINESS, DAY))["To"] == field


@pytest.mark.parametrize(
    "text", ["=?utf-8?q?Bcc?=", "a =?utf-8?b?QmNj?= b", "x" * 900, "word " * 190 + "end", "é" * 500]
)
def test_a_text_that_is_long_or_looks_encoded_is_shown_as_it_is(text: str) -> None:
    message = read(document := letter(replace(DRAFT, name=text, subject=text), BUSINESS, DAY))
    assert addressed(message, "To") == [(text, "anna@example.com")]
    assert shown(message, "Subject") == text
    assert max(map(len, document.split(b"\r\n"))) < 100


@pytest.mark.parametrize(
    "text", ["x\r\nBcc: all@example.com", "x\nBcc: a@example.com", "x\r\n\r\n<b>", "x\u2028Bcc: y"]
)
@pytest.mark.parametrize("place", ["name", "subject", "owner", "language", "uid"])
def test_no_text_becomes_a_field(text: str, place: str) -> None:
    draft = replace(DRAFT, **{place: text}) if place != "owner" else DRAFT
    message = read(letter(draft, {**BUSINESS, **({"owner": text} if place == "owner" else {})}, DAY))
    assert "Bcc" not in message
    assert body(message) == DRAFT.body


@pytest.mark.parametrize(
    ("draft", "email", "words"),
    [
        ({"to": "anna@example.com\r\nBcc: all@example.com"}, "", "is not an e-mail address"),
        ({"to": "a@example.com, b@example.com"}, "", "is not an e-mail address"),
        ({"to": "", "bcc": ("a@example.com", "b@example.com>")}, "", "is not an e-mail address"),
        ({}, "nora", r"config.toml, \[business\], key 'email': 'nora' is not an e-mail address"),
        ({}, "nora@example.com\nBcc: all@example.com", r"config.toml, \[business\], key 'email'"),
    ],
)
def test_an_address_that_is_none_is_refused(draft: dict[str, Any], email: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        letter(replace(DRAFT, **draft), {**BUSINESS, "email": email}, DAY)


def test_a_group_is_in_bcc_each_on_a_line_that_is_not_too_long() -> None:
    everyone = tuple(f"somebody.{n}@mail.example.com" for n in range(200))
    message = read(document := letter(replace(DRAFT, to="", name=None, bcc=everyone), BUSINESS, DAY))
    assert message["To"] is None
    assert [address for _, address in getaddresses([message["Bcc"]])] == list(everyone)
    assert max(map(len, document.split(b"\r\n"))) <= 78


def test_without_an_own_address_there_is_no_sender_and_no_domain() -> None:
    message = read(letter(DRAFT, {**BUSINESS, "email": ""}, DAY))
    assert message["From"] is None
    assert message["Message-ID"].endswith("@followup.invalid>")


def test_an_international_address_stays_as_it_is() -> None:
    document = letter(replace(DRAFT, to="jürgen@büro.example"), BUSINESS, DAY)
    assert "<jürgen@büro.example>\r\n".encode() in document


def test_an_address_with_odd_dots_is_quoted() -> None:
    assert b'<"a..b."@example.com>\r\n' in letter(replace(DRAFT, to="a..b.@example.com"), BUSINESS, DAY)


def test_the_message_id_is_the_follow_ups_and_the_contents_and_not_the_days() -> None:
    def identity(draft: Draft, day: date = DAY) -> str:
        return str(read(letter(draft, BUSINESS, day))["Message-ID"])

    first = identity(DRAFT)
    assert re.fullmatch(r"<0c9a-1\.[0-9a-f]{16}@example\.com>", first)
    assert identity(DRAFT, date(2026, 11, 23)) == first
    for change in ({"body": "x"}, {"subject": "x"}, {"name": "x"}, {"to": "x@example.com"}, {"language": "de"}):
        assert identity(replace(DRAFT, **change)) != first
        assert identity(replace(DRAFT, **change)).startswith("<0c9a-1.")


def test_the_message_id_ends_with_the_fingerprint_of_the_whole() -> None:
    document = letter(DRAFT, BUSINESS, DAY)
    assert f".{fingerprint(document)}@" in str(read(document)["Message-ID"])
    assert fingerprint(document.replace(b"Logo", b"Lego")) != fingerprint(document)


def test_the_day_is_the_one_that_counts_as_today() -> None:
    message: Any = message_from_bytes(letter(DRAFT, BUSINESS, DAY), policy=policy.SMTP)
    assert message["Date"].datetime.date() == DAY


def test_the_field_of_an_unsent_draft_is_read_as_one() -> None:
    message = read(UNSENT + letter(DRAFT, BUSINESS, DAY))
    assert message["X-Unsent"] == "1"
    assert message["To"]
