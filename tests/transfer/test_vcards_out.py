"""vCards as they are written: what stands where, the folds, and that other readers take them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pytest
import vobject

from followup.core.model import Contact
from followup.transfer.records import ContactRow
from followup.transfer.vcards import read_vcards
from followup.transfer.vcards_out import vcards

if TYPE_CHECKING:
    from pathlib import Path

HOME = "7a7b6d3e-6a52-4f0f-9d8e-0a1b2c3d4e5f"
TODAY = date(2026, 11, 22)
ANNA = Contact(
    id=7,
    name="Anna Maria Field",
    added=TODAY,
    emails=("anna@example.com", "a@work.example.com"),
    phones=("+49 30 1234", "0151 5678"),
    company="Field & Sons, Ltd.",
    address="Long Street 5; rear\n10115 Berlin",
    birthday="--06-15",
    handles={"whatsapp": "+49 30 1234", "telegram": "@anna", "x": "anna", "mastodon": "anna@social.example.com"},
    prefers="email",
    language="de",
    every="6 months",
    tags=("client", "fair"),
    notes='Likes "tea"; no calls\nC:\\new, then lunch',
    dates={"anniversary": date(2015, 5, 1), "Contract_ends": date(2027, 3, 31)},
    opted_out=("phone", "sms"),
    lost_reason="price",
    lost_on=date(2026, 1, 2),
)


def written(contact: Contact, version: Literal["3.0", "4.0"]) -> str:
    return "".join(vcards([contact], version, HOME))


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_a_card_4_0() -> None:
    assert unfolded(written(ANNA, "4.0")) == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "PRODID:-//followup//followup 0.1.0//EN",
        "UID:urn:uuid:cf67b46e-6a88-5cb6-85f8-2c19ac5ca6b6",
        "FN:Anna Maria Field",
        "N:Field;Anna Maria;;;",
        r"ORG:Field & Sons\, Ltd.",
        "EMAIL;PREF=1:anna@example.com",
        "EMAIL:a@work.example.com",
        "TEL;PREF=1:+49 30 1234",
        "TEL:0151 5678",
        r"ADR:;;Long Street 5\; rear\n10115 Berlin;;;;",
        "BDAY:--0615",
        "IMPP;X-SERVICE-TYPE=WhatsApp:whatsapp:+49%2030%201234",
        "IMPP;X-SERVICE-TYPE=Telegram:telegram:@anna",
        'X-SOCIALPROFILE;TYPE=twitter;X-USER="anna":https://x.com/anna',
        'X-SOCIALPROFILE;TYPE=mastodon;X-USER="anna@social.example.com":https://social.example.com/@anna',
        "CATEGORIES:client,fair",
        r'NOTE:Likes "tea"\; no calls\nC:\\new\, then lunch',
        "ANNIVERSARY:20150501",
        "X-FOLLOWUP-DATE:Contract_ends=2027-03-31",
        "LANG:de",
        "X-FOLLOWUP-ADDED:2026-11-22",
        "X-FOLLOWUP-PREFERS:email",
        "X-FOLLOWUP-EVERY:6 months",
        "X-FOLLOWUP-OPTED-OUT:phone",
        "X-FOLLOWUP-OPTED-OUT:sms",
        "X-FOLLOWUP-LOST:price 2026-01-02",
        "END:VCARD",
        "",
    ]


def test_a_card_3_0_where_it_differs() -> None:
    assert set(unfolded(written(ANNA, "3.0"))) - set(unfolded(written(ANNA, "4.0"))) == {
        "VERSION:3.0",
        "EMAIL;TYPE=PREF:anna@example.com",
        "TEL;TYPE=PREF:+49 30 1234",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-06-15",
        "X-ANNIVERSARY:2015-05-01",
        "X-FOLLOWUP-LANGUAGE:de",
    }


def test_vobject_reads_what_is_written() -> None:
    for version in ("3.0", "4.0"):
        card = vobject.readOne(written(ANNA, version))  # type: ignore[arg-type]
        assert card.fn.value == ANNA.name
        assert card.note.value == ANNA.notes
        assert card.adr.value.street == ANNA.address
        assert (card.n.value.family, card.n.value.given) == ("Field", "Anna Maria")
        assert tuple(field.value for field in card.contents["tel"]) == ANNA.phones
        assert tuple(field.value for field in card.contents["email"]) == ANNA.emails
        assert card.categories.value == list(ANNA.tags)


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@pytest.mark.parametrize(
    "text",
    [
        "Ann\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Mallory",
        "a\x00b\x1b[31m\x07c",
        "a\u2028b\x85c\x0bd",
        "=HYPERLINK(1)",
        "\\n\\,\\;\\\\",
        "\"^n^^'",
    ],
)
def test_no_text_breaks_out_of_its_field(version: Literal["3.0", "4.0"], text: str) -> None:
    fields: dict[str, Any] = dict.fromkeys(("name", "company", "address", "notes", "language", "every"), text)
    handles = {"skype": text, "x": text}
    contact = Contact(id=1, added=TODAY, emails=(text,), phones=(text,), tags=(text,), handles=handles, **fields)
    card = written(contact, version)
    assert card.count("BEGIN:VCARD") == 1 + sum(line.count("BEGIN:VCARD") for line in unfolded(card)[1:])
    assert [line for line in unfolded(card) if line.startswith(("BEGIN", "END"))] == ["BEGIN:VCARD", "END:VCARD"]
    assert not any(ord(character) < 32 for line in unfolded(card) for character in line)
    assert len(list(vobject.readComponents(card))) == 1


@pytest.mark.parametrize("text", ["ü" * 200, "x" + "日本" * 100, "👩‍👩‍👧" * 40, "a" * 71, "a" * 72, "a" * 73])
def test_lines_have_at_most_75_bytes_and_split_no_character(text: str) -> None:
    card = written(Contact(id=1, name=text, added=TODAY), "4.0")
    assert max(len(line.encode()) for line in card.split("\r\n")) <= 75
    assert f"FN:{text}" in unfolded(card)


def test_a_firm_s_name_stays_whole() -> None:
    assert "N:Studio Nord;;;;" in written(Contact(id=1, name="Studio Nord", company="Studio Nord", added=TODAY), "3.0")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Müller, Hans", "Müller;Hans;;;"),
        ("Müller, Dr. Hans Peter", "Müller;Dr. Hans Peter;;;"),
        ("Smith, J.", "Smith;J.;;;"),
        ("Smith, John, MBA, PhD", "Smith;John;;;MBA,PhD"),
        ("Anna Ünal, Dr.", "Ünal;Anna;;;Dr."),
        ("Anna Ünal, PhD", "Ünal;Anna;;;PhD"),
        ("Field & Sons, Ltd.", r"Field & Sons\, Ltd.;;;;"),
        ("Anna Field,", "Field;Anna;;;"),
        (",", r"\,;;;;"),
    ],
)
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_name_with_a_comma_is_in_its_parts_and_comes_back_as_it_was(
    tmp_path: Path, version: Literal["3.0", "4.0"], name: str, parts: str
) -> None:
    card = written(Contact(id=1, name=name, added=TODAY), version)
    assert f"N:{parts}" in unfolded(card)
    path = tmp_path / "one.vcf"
    path.write_bytes(card.encode())
    assert [row.name for row in read_vcards(path, TODAY) if isinstance(row, ContactRow)] == [name]


def test_a_card_keeps_its_uid_and_two_homes_have_different_ones() -> None:
    other = "00000000-6a52-4f0f-9d8e-0a1b2c3d4e5f"
    cards = [written(ANNA, "4.0"), written(ANNA, "3.0"), "".join(vcards([ANNA], "4.0", other))]
    uids = [next(line for line in unfolded(card) if line.startswith("UID")) for card in cards]
    assert uids[0] == uids[1] != uids[2]


def test_several_cards_come_back_in_order(tmp_path: Path) -> None:
    people = [Contact(id=n, name=f"Person {n}", added=TODAY) for n in range(1, 50)]
    path = tmp_path / "all.vcf"
    path.write_bytes("".join(vcards(people, "4.0", HOME)).encode())
    rows = list(read_vcards(path, TODAY))
    assert [row.name for row in rows if isinstance(row, ContactRow)] == [person.name for person in people]
