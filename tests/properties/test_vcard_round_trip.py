"""Contacts to vCards and back, as a property: nothing is lost, whatever the texts have in them."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Literal

import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.core.identity import clean_line, phone_digits
from followup.core.model import CHANNELS, CHAT_NETWORKS, LOST_REASONS, SOCIAL_NETWORKS, Contact
from followup.core.period import Period
from followup.transfer.records import ContactRow
from followup.transfer.vcards import read_vcards
from followup.transfer.vcards_out import vcards

TODAY = date(2026, 11, 22)
HOME = "7a7b6d3e-6a52-4f0f-9d8e-0a1b2c3d4e5f"
FIELDS = set(ContactRow.__struct_fields__) & set(Contact.__struct_fields__)

hard = st.sampled_from([
    "\\", "\\n", "\\\\", ";", ",", ":", '"', "^", "^n", "^'", "=", "=3D", "%", "%41", "@", "+", "?", "#", "//", "://",
    " ", "é", "e\u0301", "👩‍👩‍👧", "🇩🇪", "שלום", "مرحبا", "日本", "ﬁ", "\ufeff", "\u200f", "\u202e", "\x1b[31m",
    "BEGIN:VCARD", "END:VCARD", "https://wa.me/491234567", "skype:", "tel:", "mailto:", "[red]", "=HYPERLINK(1)", "*",
])  # fmt: skip
character = st.characters(exclude_categories=["Cs"])
texts = st.lists(st.one_of(hard, st.text(character, max_size=8)), max_size=12).map("".join)
lines = texts.map(lambda text: clean_line(text)[:400].strip()).filter(bool)
blocks = st.lists(texts.map(clean_line), max_size=5).map(lambda many: "\n".join(many).strip("\n")).filter(bool)
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
locals_ = st.text(st.sampled_from("abcxyz.+-_=%'éü!#$&*/?^`{|}~0189"), min_size=1, max_size=20)
emails = st.builds("{}@{}.example.com".format, locals_, st.sampled_from(["a", "bücher", "x-1"]))
phones = st.one_of(
    st.from_regex(r"\+?[0-9][0-9 ()./-]{1,14}[0-9]( ext\. [0-9]{1,4})?", fullmatch=True).map(clean_line),
    st.builds(lambda text, digit: clean_line(f"{text} {digit}"), lines, st.integers(1, 9)),
).filter(lambda text: bool(phone_digits(text)) and not text.casefold().startswith("tel:"))
birthdays = st.one_of(
    st.dates(date(1900, 1, 1), TODAY).map(date.isoformat),
    st.dates(date(2000, 1, 1), date(2000, 12, 31)).map(lambda day: f"--{day:%m-%d}"),
)
tags = lines.map(lambda text: clean_line(text.replace(",", "").lower()).lstrip("@ ")).filter(
    lambda tag: tag not in ("", "mycontacts", "my contacts")
)
periods = st.builds(Period, months=st.integers(0, 30), days=st.integers(0, 90)).filter(lambda p: p != Period()).map(str)


@st.composite
def people(draw: st.DrawFn) -> Contact:
    """A contact as any command or import could have left it."""
    given: dict[str, Any] = {
        "name": draw(lines),
        "emails": tuple(draw(st.lists(emails, max_size=3, unique=True))),
        "phones": tuple(draw(st.lists(phones, max_size=3, unique=True))),
        "company": draw(st.none() | lines),
        "address": draw(st.none() | blocks),
        "birthday": draw(st.none() | birthdays),
        "handles": draw(st.dictionaries(st.sampled_from(CHAT_NETWORKS + SOCIAL_NETWORKS), lines, max_size=4)),
        "prefers": draw(st.none() | st.sampled_from(CHANNELS)),
        "language": draw(st.none() | st.sampled_from(["de", "en", "gsw"])),
        "every": draw(st.none() | periods),
        "tags": tuple(draw(st.lists(tags, max_size=3, unique=True))),
        "notes": draw(st.none() | blocks),
        "dates": draw(st.dictionaries(st.from_regex(r"[\w-]{1,20}", fullmatch=True) | st.just("anniversary"), days)),
        "opted_out": draw(st.sampled_from([(), ("all",), ("email",), ("phone", "sms")])),
    }
    if draw(st.booleans()):
        given |= {"lost_reason": draw(st.sampled_from(LOST_REASONS)), "lost_on": draw(days)}
    return Contact(id=draw(st.integers(1, 10**9)), added=draw(days), **given)


@settings(max_examples=100)
@given(st.lists(people(), min_size=1, max_size=3), st.sampled_from(["3.0", "4.0"]))
def test_contacts_come_back_from_vcards_the_same(contacts: list[Contact], version: Literal["3.0", "4.0"]) -> None:
    text = "".join(vcards(contacts, version, HOME))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "all.vcf")
        path.write_bytes(text.encode())
        rows = list(read_vcards(path, TODAY))
    for row, contact in zip(rows, contacts, strict=True):
        assert isinstance(row, ContactRow)
        assert (row.left_out, row.unread) == ((), ())
        assert {name: getattr(row, name) for name in FIELDS} == {name: getattr(contact, name) for name in FIELDS}


@settings(max_examples=40)
@given(people(), st.sampled_from(["3.0", "4.0"]))
def test_vobject_reads_the_same_texts(contact: Contact, version: Literal["3.0", "4.0"]) -> None:
    card = vobject.readOne("".join(vcards([contact], version, HOME)))
    assert card.fn.value == contact.name
    for name, values in (("email", contact.emails), ("tel", contact.phones)):
        assert tuple(field.value for field in card.contents.get(name, ())) == values
    if contact.notes:
        assert card.note.value == contact.notes
    if contact.address:
        assert card.adr.value.street == contact.address
