"""vCards as the programs that people have export them: what they say, and what is left out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from followup.transfer.records import Aside, BadRow, ContactRow
from followup.transfer.vcards import read_vcards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[[str | bytes], list[ContactRow | BadRow | Aside]]

TODAY = date(2026, 11, 22)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def rows(text: str | bytes) -> list[ContactRow | BadRow | Aside]:
        path = tmp_path / "cards.vcf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(read_vcards(path, TODAY))

    return rows


@pytest.fixture
def one(read: Read) -> Callable[..., ContactRow]:
    """The contact of a card with these lines and a name."""

    def contact(*lines: str, version: str = "3.0", name: str = "Anna Field") -> ContactRow:
        (row,) = read(card(f"FN:{name}", *lines, version=version))
        assert isinstance(row, ContactRow), row
        return row

    return contact


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def held(row: ContactRow) -> dict[str, Any]:
    """What a row has, without what it has not."""
    return {name: value for name in row.__struct_fields__ if (value := getattr(row, name)) and name != "line"}


# As programs export them

IPHONE = r"""BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.5//EN
N:Field;Anna;Maria;Dr.;
FN:Dr. Anna Maria Field
NICKNAME:Annie
ORG:Field & Sons\, Ltd.;Design;
TITLE:Head of Design
item1.EMAIL;type=INTERNET;type=pref:anna@example.com
EMAIL;type=INTERNET;type=WORK:anna@work.example.com
TEL;type=WORK;type=FAX:+49 30 9999
TEL;type=HOME;type=VOICE:+49 30 1234
TEL;type=CELL;type=VOICE;type=pref:+49 151 5678
item2.TEL:+49 40 4321
item2.X-ABLabel:Barn
item3.ADR;type=HOME;type=pref:;;Long Street 5\nBack yard;Berlin;;10115;Germany
item3.X-ABADR:de
ADR;type=WORK:;;Short Street 1;Hamburg;;20095;Germany
item4.URL;type=pref:https\://field.example.com
item4.X-ABLabel:_$!<HomePage>!$_
item5.URL:https://www.linkedin.com/in/anna-field/
BDAY;X-APPLE-OMIT-YEAR=1604:1604-06-15
item6.X-ABDATE:2015-05-01
item6.X-ABLabel:_$!<Anniversary>!$_
item7.X-ABDATE;type=pref:2027-03-31
item7.X-ABLabel:Contract ends
item8.X-ABRELATEDNAMES:Jonas
item8.X-ABLabel:_$!<Spouse>!$_
X-SOCIALPROFILE;type=twitter;x-user=annafield:http://twitter.com/annafield
IMPP;X-SERVICE-TYPE=Skype;type=HOME;type=pref:skype:anna.field
item9.IMPP;X-SERVICE-TYPE=WhatsApp;x-bundleidentifiers=net.whatsapp.WhatsApp:x-apple:%2B491515678
item9.X-ABLabel:WhatsApp
IMPP;X-SERVICE-TYPE=ICQ:aim:12345
NOTE:Likes tea\; no calls before ten\nMet at the fair
CATEGORIES:Client,Fair
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/
 4AAQSkZJRgABAQAAAQABAAD
X-ABShowAs:PERSON
END:VCARD
"""

ANDROID = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91and=C3=BA;Jos=C3=A9;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Jos=C3=A9=20=C3=91and=C3=BA
TEL;HOME:030 1234
TEL;CELL;PREF:+34 600 123 456
EMAIL;PREF;WORK:jose@example.com
ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Se=C3=B1ales
ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Calle Mayor 3=0D=0A2=C2=BA B;Madrid;;28013;Espa=C3=B1a
NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:primera l=C3=ADnea=0D=0Asegunda=
 l=C3=ADnea y una palabra par=
tida
BDAY:--06-15
CATEGORIES:My Contacts,Clientes
X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Pepe;1;;;;;;;;;;;;;
X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2011-09-03;1;;;;;;;;;;;;;
X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2027-01-12;0;Revisi=F3n;;;;;;;;;;;;
X-SKYPE-USERNAME:pepe.nandu
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQE
 CAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr=

END:VCARD
"""

OUTLOOK = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;LANGUAGE=de:Grün;Jörg;;Herr;\r\nFN:Herr Jörg Grün\r\n"
    "ORG:Müller; Söhne;Einkauf\r\nTITLE:Einkäufer\r\n"
    "NOTE;ENCODING=QUOTED-PRINTABLE:Erste Zeile=0D=0A=\r\nzweite: mit Doppelpunkt=0D=0A=\r\n\r\n"
    "TEL;WORK;VOICE:(030) 1234\r\nTEL;WORK;FAX:(030) 9999\r\nX-MS-TEL;VOICE;CALLBACK:(030) 5555\r\n"
    "ADR;WORK;PREF:;;Lange Straße 5;Köln;;50667;Deutschland\r\n"
    "LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Lange Stra=DFe 5=0D=0A=\r\n50667 K=F6ln\r\n"
    "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2\r\nURL;WORK:http://example.com\r\nBDAY:19800322\r\n"
    "EMAIL;PREF;INTERNET:joerg@example.com\r\nX-MS-IMADDRESS:joerg\r\nX-MS-ANNIVERSARY:20110113\r\n"
    "PHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n /9j/4AAQSkZJRgABAQ\r\n\r\n"
    'X-MS-OL-DESIGN;CHARSET=utf-8:<card xmlns="http://example.com/" ver="1.0"></card>\r\n'
    "REV:20260801T184631Z\r\nEND:VCARD\r\n"
).encode("cp1252")

GOOGLE = r"""BEGIN:VCARD
VERSION:3.0
FN:Mr. Ivo Brandt
N:Brandt;Ivo;;Mr.;
EMAIL;TYPE=INTERNET;TYPE=HOME:ivo@example.com
TEL;TYPE=CELL:+44 7700 900123
ADR;TYPE=HOME:;;1 High St\nFlat 2\, rear;London;;N1 9GU;UK;1 High St\nLondon
ORG:Brandt Ltd
BDAY:1975-11-02
item1.URL:https\://wa.me/447700900123
item1.X-ABLabel:PROFILE
item2.X-ABDATE:--0301
item2.X-ABLabel:_$!<Anniversary>!$_
NOTE:said \"soon\"
CATEGORIES:myContacts,VIP
END:VCARD
"""

THUNDERBIRD = r"""BEGIN:VCARD
VERSION:4.0
EMAIL:second@example.com
EMAIL;PREF=1:lea@example.com
FN:Léa Martin
N:Martin;Léa;;;
ORG:Martin SARL;Achats
TEL;TYPE=cell;VALUE=TEXT:06 12 34 56 78
ADR:;;5 rue Haute;Lyon;;69001;France
BDAY;VALUE=DATE:19790228
ANNIVERSARY;VALUE=DATE:20100601
IMPP;PREF=1:skype:lea.martin
URL;TYPE=work;VALUE=URL:https://example.com
X-CUSTOM1;VALUE=TEXT:whatever
TZ;VALUE=TEXT:Europe/Paris
UID:b5a7
END:VCARD
"""

EVOLUTION = r"""BEGIN:VCARD
VERSION:3.0
FN:Mr. Tom Berg
N:Berg;Tom;;Mr.;
X-EVOLUTION-FILE-AS:Berg\, Tom
X-EVOLUTION-SPOUSE:Maria
X-EVOLUTION-ANNIVERSARY:2001-02-03
EMAIL;X-EVOLUTION-UI-SLOT=1;TYPE=WORK:tom@example.com
TEL;X-EVOLUTION-E164=12125550100,;TYPE="VOICE,WORK":(212) 555-0100
ADR;TYPE=HOME:PO 5;;12 Elm;Albany;NY;12207;USA
LABEL;TYPE=HOME:12 Elm\nAlbany\, NY 12207
X-AIM;X-EVOLUTION-UI-SLOT=1:tom
X-SKYPE;X-EVOLUTION-UI-SLOT=2:tom.berg
X-TWITTER:@tomberg
CATEGORIES:VIP
END:VCARD
"""

NEXTCLOUD = r"""BEGIN:VCARD
VERSION:4.0
PRODID:-//Sabre//Sabre VObject 4.5.4//EN
UID:e0a1
FN:Ana García
TEL;TYPE="home,voice";VALUE=uri;PREF=1:tel:+34-91-555-0100;ext=7
BDAY:--0615
LANG;PREF=2:en
LANG;PREF=1:es-MX
X-SOCIALPROFILE;TYPE=MASTODON:https://social.example.com/@ana
X-SOCIALPROFILE;TYPE=INSTAGRAM:https://instagram.com/ana.g
X-SOCIALPROFILE;TYPE=GITHUB:https://github.com/anag
IMPP;TYPE=TELEGRAM:@anag
IMPP;TYPE=SIGNAL:+34 600 111 222
ADR;TYPE=home;LABEL="Calle 3\nMadrid":;;Calle 3;Madrid;;28013;
GENDER:F
REV;VALUE=DATE-AND-OR-TIME:20260101T000000Z
END:VCARD
"""


def test_an_iphone_card(read: Read) -> None:
    (row,) = read(IPHONE)
    assert isinstance(row, ContactRow)
    assert held(row) == {
        "name": "Dr. Anna Maria Field",
        "emails": ("anna@example.com", "anna@work.example.com"),
        "phones": ("+49 151 5678", "+49 30 1234", "+49 40 4321"),
        "company": "Field & Sons, Ltd.",
        "address": "Long Street 5\nBack yard\n10115 Berlin\nGermany",
        "birthday": "--06-15",
        "handles": {
            "skype": "anna.field",
            "whatsapp": "+491515678",
            "x": "annafield",
            "linkedin": "anna-field",
        },
        "tags": ("Client", "Fair"),
        "notes": "Likes tea; no calls before ten\nMet at the fair",
        "dates": {"anniversary": date(2015, 5, 1), "contract_ends": date(2027, 3, 31)},
        "left_out": (
            "nickname", "title", "x-abrelatednames", "photo", "fax", "department", "adr", "impp", "url",
        ),
    }  # fmt: skip


def test_an_android_card(read: Read) -> None:
    (row,) = read(ANDROID)
    assert isinstance(row, ContactRow)
    assert held(row) == {
        "name": "José Ñandú",
        "emails": ("jose@example.com",),
        "phones": ("+34 600 123 456", "030 1234"),
        "company": "Señales",
        "address": "Calle Mayor 3\n2º B\n28013 Madrid\nEspaña",
        "birthday": "--06-15",
        "handles": {"skype": "pepe.nandu"},
        "tags": ("Clientes",),
        "notes": "primera línea\nsegunda línea y una palabra partida",
        "dates": {"anniversary": date(2011, 9, 3), "revisi_f3n": date(2027, 1, 12)},
        "left_out": ("photo", "nickname"),
    }


def test_an_outlook_card_in_windows_1252(read: Read) -> None:
    (row,) = read(OUTLOOK)
    assert isinstance(row, ContactRow)
    assert held(row) == {
        "name": "Herr Jörg Grün",
        "emails": ("joerg@example.com",),
        "phones": ("(030) 1234",),
        "company": "Müller",
        "address": "Lange Straße 5\n50667 Köln\nDeutschland",
        "birthday": "1980-03-22",
        "notes": "Erste Zeile\nzweite: mit Doppelpunkt",
        "dates": {"anniversary": date(2011, 1, 13)},
        "left_out": ("title", "x-ms-tel", "x-ms-imaddress", "photo", "fax", "department", "url"),
    }


def test_a_google_card(read: Read) -> None:
    (row,) = read(GOOGLE)
    assert isinstance(row, ContactRow)
    assert held(row) == {
        "name": "Mr. Ivo Brandt",
        "emails": ("ivo@example.com",),
        "phones": ("+44 7700 900123",),
        "company": "Brandt Ltd",
        "address": "1 High St\nFlat 2, rear\nN1 9GU London\nUK",
        "birthday": "1975-11-02",
        "handles": {"whatsapp": "+447700900123"},
        "tags": ("VIP",),
        "notes": 'said "soon"',
        "unread": ((12, "Mr. Ivo Brandt: x-abdate is left out: '--0301' is no day with its month and year"),),
    }


def test_a_thunderbird_card(read: Read) -> None:
    (row,) = read(THUNDERBIRD)
    assert isinstance(row, ContactRow)
    assert held(row) == {
        "name": "Léa Martin",
        "emails": ("lea@example.com", "second@example.com"),
        "phones": ("06 12 34 56 78",),
        "company": "Martin SARL",
        "address": "5 rue Haute\n69001 Lyon\nFrance",
        "birthday": "1979-02-28",
        "handles": {"skype": "lea.martin"},
        "dates": {"anniversary": date(2010, 6, 1)},
        "left_out": ("x-custom1", "tz", "department", "url"),
    }


def test_an_evolution_card(read: Read) -> None:
    (row,) = read(EVOLUTION)
    assert isinstance(row, ContactRow)
    assert held(row) == {
        "name": "Mr. Tom Berg",
        "emails": ("tom@example.com",),
        "phones": ("(212) 555-0100",),
        "address": "PO 5\n12 Elm\nAlbany, NY 12207\nUSA",
        "handles": {"skype": "tom.berg", "x": "@tomberg"},
        "tags": ("VIP",),
        "dates": {"anniversary": date(2001, 2, 3)},
        "left_out": ("x-evolution-spouse", "x-aim"),
    }


def test_a_nextcloud_card(read: Read) -> None:
    (row,) = read(NEXTCLOUD)
    assert isinstance(row, ContactRow)
    assert held(row) == {
        "name": "Ana García",
        "phones": ("+34-91-555-0100 ext. 7",),
        "address": "Calle 3\nMadrid",
        "birthday": "--06-15",
        "handles": {
            "telegram": "@anag",
            "signal": "+34 600 111 222",
            "mastodon": "ana@social.example.com",
            "instagram": "ana.g",
        },
        "language": "es",
        "left_out": ("gender", "x-socialprofile", "lang"),
    }


# One property after the other


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Field;Anna;;;"], "Anna Field"),
        (["N:Field;Anna;Maria;Dr.;Jr."], "Dr. Anna Maria Field Jr."),
        (["FN:", "N:;;;;", "ORG:Studio Nord;"], "Studio Nord"),
        (["EMAIL:anna.field@example.com"], "Anna Field"),
        (["TEL:+49 30 1234"], "+49 30 1234"),
        (["FN:Second", "FN;PREF=1:First"], "First"),
        (["N:Field", "FN: Anna\t Field "], "Anna Field"),
        (["N:Hartmann;Julia;;;", r"FN:Hartmann\, Julia"], "Julia Hartmann"),
        (["N:Hartmann;Julia;;Dr.;", r"FN:Hartmann\, Dr. Julia"], "Dr. Julia Hartmann"),
        (["N:Julia;Hartmann\\,;;;", r"FN:Hartmann\, Julia"], "Hartmann, Julia"),
        ([r"FN:Hartmann\, Julia"], "Hartmann, Julia"),
    ],
)
def test_the_name_is_the_formatted_one_else_its_parts_the_firm_the_email_or_the_phone(
    read: Read, lines: list[str], name: str
) -> None:
    (row,) = read(card(*lines))
    assert isinstance(row, ContactRow)
    assert row.name == name


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        ("BDAY:1980-03-22", "1980-03-22"),
        ("BDAY:19800322", "1980-03-22"),
        ("BDAY:1980-3-2", "1980-03-02"),
        ("BDAY:1980/03/22", "1980-03-22"),
        ("BDAY:1980-03-22T00:00:00Z", "1980-03-22"),
        ("BDAY;VALUE=date-and-or-time:19800322T101500Z", "1980-03-22"),
        ("BDAY:--0229", "--02-29"),
        ("BDAY:--02-29", "--02-29"),
        ("BDAY:1604-02-29", "--02-29"),
        ("BDAY;X-APPLE-OMIT-YEAR=1900:1900-06-15", "--06-15"),
        ("BDAY:0000-06-15", "--06-15"),
    ],
)
def test_birthdays_with_and_without_year(one: Callable[..., ContactRow], line: str, birthday: str) -> None:
    assert one(line).birthday == birthday


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("BDAY:1980-02-30", "bday"),
        ("BDAY:1980-03", "bday"),
        ("BDAY:198013", "bday"),
        ("BDAY;VALUE=text:circa 1800", "bday"),
        ("BDAY:2030-01-01", "bday"),
        ("BDAY:1780-01-01", "bday"),
        ("ANNIVERSARY:--0601", "anniversary"),
        ("EMAIL:nobody", "email"),
        ("EMAIL:/o=Firm/ou=Site/cn=anna", "email"),
        ("TEL:call me", "tel"),
        ("LANG:nonsense", "lang"),
        ("X-FOLLOWUP-PREFERS:pigeon", "x-followup-prefers"),
        ("X-FOLLOWUP-PREFERS:all", "x-followup-prefers"),
        ("X-FOLLOWUP-EVERY:now and then", "x-followup-every"),
        ("X-FOLLOWUP-LOST:price", "x-followup-lost"),
        ("X-FOLLOWUP-DATE:two words=2026-01-01", "x-followup-date"),
        ("just some words", "unreadable line"),
        (f"X-SKYPE:{'a' * 501}", "x-skype"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line_and_not_as_without_a_place(
    one: Callable[..., ContactRow], line: str, what: str
) -> None:
    row = one(line)
    assert held(row).keys() == {"name", "unread"}
    (said,) = row.unread
    assert said[0] == 4
    assert said[1].startswith(f"Anna Field: {what} is left out: ")


@pytest.mark.parametrize(
    ("lines", "phones"),
    [
        (["TEL:1", "TEL;TYPE=pref:2", "TEL:3"], ("2", "1", "3")),
        (["TEL:1", "TEL;PREF=2:2", "TEL;PREF=1:3"], ("3", "2", "1")),
        (["TEL;HOME:1", "TEL;CELL;PREF:2"], ("2", "1")),
        (["TEL;TYPE=home,pref:1", 'TEL;TYPE="cell,pref":2'], ("1", "2")),
        (["TEL:1", "TEL:1"], ("1",)),
        (["TEL;TYPE=FAX,VOICE:1", "TEL;TYPE=PAGER:2"], ("1",)),
        (["TEL;VALUE=uri:tel:+1-201-555-0123;phone-context=example.com"], ("+1-201-555-0123",)),
    ],
)
def test_the_preferred_phone_is_the_main_one_and_the_others_stay(
    one: Callable[..., ContactRow], lines: list[str], phones: tuple[str, ...]
) -> None:
    assert one(*lines).phones == phones


@pytest.mark.parametrize(
    ("version", "value", "note"),
    [
        ("3.0", r"a\nb\Nc", "a\nb\nc"),
        ("3.0", r"a\, b\; c\: \"d\" \\n", 'a, b; c: "d" \\n'),
        ("4.0", r"C:\Users\\new", r"C:\Users\new"),
        ("2.1", r"C:\new\; and \\server", r"C:\new; and \\server"),
        ("3.0", "ends in \\", "ends in \\"),
    ],
)
def test_each_version_has_its_own_escapes(one: Callable[..., ContactRow], version: str, value: str, note: str) -> None:
    assert one(f"NOTE:{value}", version=version).notes == note


def test_escaped_separators_part_nothing(one: Callable[..., ContactRow]) -> None:
    row = one(r"ORG:Smith\; Wesson\\;Sales", r"ADR:;;A\;B;Town\\;;1;X", r"N:a\;b;c;;;")
    assert (row.company, row.address) == ("Smith; Wesson\\", "A;B\n1 Town\\\nX")


def test_the_first_handle_of_a_network_stays_and_another_one_is_named(one: Callable[..., ContactRow]) -> None:
    row = one("IMPP:skype:anna", "X-SKYPE:anna", "X-TELEGRAM:anna", "IMPP:telegram:other")
    assert (row.handles, row.left_out) == ({"skype": "anna", "telegram": "other"}, ("x-telegram",))
    row = one("X-SOCIALPROFILE;TYPE=twitter:https://x.com/anna", "X-TWITTER:@Anna")
    assert (row.handles, row.left_out) == ({"x": "anna"}, ())


def test_the_first_date_of_a_name_stays_and_another_one_is_named(one: Callable[..., ContactRow]) -> None:
    row = one("ANNIVERSARY:20100601", "X-EVOLUTION-ANNIVERSARY:2010-06-01", "X-MS-ANNIVERSARY:20110601")
    assert (row.dates, row.left_out) == ({"anniversary": date(2010, 6, 1)}, ("x-ms-anniversary",))


def test_a_group_is_told_of_and_no_contact(read: Read) -> None:
    rows = read(card("FN:Friends", "KIND:group", "MEMBER:urn:uuid:1", version="4.0") + card("FN:Anna"))
    assert [type(row) for row in rows] == [Aside, ContactRow]
    (group, _) = read(card("FN:Friends", "X-ADDRESSBOOKSERVER-KIND:group") + card("FN:Anna"))
    assert group == Aside(1, "group", "the group 'Friends' is left out: it is no person")


def test_several_notes_and_categories_add_up(one: Callable[..., ContactRow]) -> None:
    row = one("NOTE:one", "NOTE:two", "CATEGORIES:a,b", r"CATEGORIES:b,c\, d")
    assert (row.notes, row.tags) == ("one\ntwo", ("a", "b", "c", "d"))
