"""vCard files as bytes: encodings, folds, line ends, damage and size; and that none of it costs much memory."""

from __future__ import annotations

import codecs
import tracemalloc
from datetime import date
from typing import TYPE_CHECKING

import pytest

from followup.core.refusal import Refusal
from followup.transfer.content_lines import LONGEST, is_vcard
from followup.transfer.records import Aside, BadRow, ContactRow
from followup.transfer.vcards import read_vcards

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)
ANNA = "BEGIN:VCARD\nVERSION:3.0\nFN:Änna\nNOTE:a long\n  note\nEND:VCARD\n"
BO = "BEGIN:VCARD\nVERSION:3.0\nFN:Bo\nEND:VCARD\n"


def rows_of(path: Path, data: str | bytes) -> list[ContactRow | BadRow | Aside]:
    path = path / "cards.vcf"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_vcards(path, TODAY))


def names(rows: list[ContactRow | BadRow | Aside]) -> list[str]:
    return [row.name if isinstance(row, ContactRow) else f"line {row.line}" for row in rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_encoding_and_line_end(tmp_path: Path, encoding: str, end: str) -> None:
    (row,) = rows_of(tmp_path, ANNA.replace("\n", end).encode(encoding))
    assert isinstance(row, ContactRow)
    assert (row.name, row.notes) == ("Änna", "a long note")


def test_files_of_several_encodings_put_together(tmp_path: Path) -> None:
    data = ANNA.encode() + ANNA.encode("cp1252") + codecs.BOM_UTF8 + ANNA.replace("\n", "\r\n").encode()
    assert names(rows_of(tmp_path, data)) == ["Änna"] * 3


def test_what_utf_7_makes_of_half_a_character_is_no_text(tmp_path: Path) -> None:
    data = BO.replace("FN:Bo", "FN;CHARSET=UTF-7:Bo+2AA-")
    assert names(rows_of(tmp_path, data)) == ["Bo+2AA-"]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\xfe\xff", b"\xff\xfeB"])
def test_a_file_of_little_but_a_byte_order_mark_holds_no_card(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Refusal, match="holds no vCard"):
        rows_of(tmp_path, data)


def test_half_a_character_at_the_end_of_a_file_is_passed_over(tmp_path: Path) -> None:
    """It comes in a piece of its own, which is no text yet, where the file is read in pieces of 64 KiB."""
    text = BO.replace("FN:Bo", f"FN:Bo\nNOTE:{'x' * 32_700}")
    data = codecs.BOM_UTF16_LE + (text + "\n" * ((65_534 - 2 * len(text)) // 2)).encode("utf-16-le") + b"x"
    assert len(data) == 65_537
    assert names(rows_of(tmp_path, data)) == ["Bo"]


def test_blanks_and_the_mark_of_dos_stand_between_cards(tmp_path: Path) -> None:
    assert names(rows_of(tmp_path, f"  \n{BO}\n\t\n{ANNA}\x1a")) == ["Bo", "Änna"]


@pytest.mark.parametrize(
    ("head", "value"),
    [
        ("CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE", b"=C4nna"),
        ("CHARSET=UTF-8;QUOTED-PRINTABLE", b"=C3=84n=\r\nna"),
        ("CHARSET=windows-1251", "Änna".encode()),
        ("CHARSET=no-such", "Änna".encode()),
        ("CHARSET=rot13", "Änna".encode()),
        ("CHARSET=UTF-7", "Änna".encode()),
        ("ENCODING=b", b"w4RubmE="),
        ("CHARSET=UTF-16LE;ENCODING=BASE64", b"xABuAG4AYQA="),
        ("ENCODING=8BIT", "Änna".encode("cp1252")),
    ],
)
def test_charsets_and_encodings_of_a_single_value(tmp_path: Path, head: str, value: bytes) -> None:
    data = b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;" + head.encode() + b":" + value + b"\r\nEND:VCARD\r\n"
    expected = "Änna" if "1251" not in head else "Änna".encode().decode("cp1251")
    assert names(rows_of(tmp_path, data)) == [expected]


def test_a_fold_may_split_a_character(tmp_path: Path) -> None:
    data = "BEGIN:VCARD\r\nFN:Bjö".encode()[:-1] + b"\r\n " + "ö".encode()[1:] + b"rn\r\nEND:VCARD\r\n"
    assert names(rows_of(tmp_path, data)) == ["Björn"]


def test_a_byte_order_mark_may_stand_before_blank_lines(tmp_path: Path) -> None:
    assert names(rows_of(tmp_path, codecs.BOM_UTF8 + b"\r\n\r\n" + BO.encode())) == ["Bo"]


@pytest.mark.parametrize("size", range(65_520, 65_540))
def test_lines_are_counted_right_wherever_the_file_is_read_in_two(tmp_path: Path, size: int) -> None:
    start = b"BEGIN:VCARD\r\nFN:Anna\r\nNOTE:"
    data = start + b"a" * (size - len(start)) + b"\r\nBDAY:soon\r\nEND:VCARD\r\n"
    (row,) = rows_of(tmp_path, data)
    assert isinstance(row, ContactRow)
    assert [line for line, _ in row.unread] == [4]


def test_base64_that_is_not_indented_belongs_to_the_photo(tmp_path: Path) -> None:
    data = "BEGIN:VCARD\nVERSION:2.1\nPHOTO;JPEG;ENCODING=BASE64:\nAAAA+/8=\nBBBB\n\nFN:Anna\nEND:VCARD\n"
    (row,) = rows_of(tmp_path, data)
    assert isinstance(row, ContactRow)
    assert (row.name, row.left_out, row.unread) == ("Anna", ("photo",), ())


def test_broken_base64_is_left_out_and_named(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, "BEGIN:VCARD\nFN:Anna\nNOTE;ENCODING=b:A\nEND:VCARD\n")
    assert isinstance(row, ContactRow)
    assert row.unread == ((3, "Anna: unreadable line is left out: 'NOTE;ENCODING=b:A': its base64 cannot be read"),)


def test_an_agent_s_card_is_passed_over(tmp_path: Path) -> None:
    agent = "BEGIN:VCARD\nVERSION:2.1\nFN:Agent\nAGENT:\nBEGIN:VCARD\nFN:His\nEND:VCARD\nEND:VCARD\n"
    data = f"BEGIN:VCARD\nVERSION:2.1\nFN:Anna\nAGENT:\n{agent}TEL:1234\nEND:VCARD\n{BO}"
    anna, bo = rows_of(tmp_path, data)
    assert isinstance(anna, ContactRow) and isinstance(bo, ContactRow)
    assert (anna.name, anna.phones, anna.left_out, bo.name) == ("Anna", ("1234",), ("agent",), "Bo")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("BEGIN:VCARD\nFN:Anna\n" + BO, ["line 1", "Bo"]),
        (BO + "BEGIN:VCARD\nFN:Anna\n", ["Bo", "line 5"]),
        (BO + "some words\nmore\n\n" + BO, ["Bo", "line 5", "Bo"]),
        (BO + "END:VCARD\n" + BO, ["Bo", "line 5", "Bo"]),
        ("BEGIN:VCARD\nTITLE:Boss\nEND:VCARD\n" + BO, ["line 1", "Bo"]),
        ("BEGIN:VCARD\nFN:Anna\nAGENT:\nBEGIN:VCARD\nFN:A\nEND:VCARD\n" + BO, ["line 1", "Bo"]),
        (f"BEGIN:VCARD\nFN:{'a' * 501}\nEND:VCARD\n" + BO, ["line 1", "Bo"]),
        ("\n\n  begin:vcard\nFN:Anna\nend:VCARD  \n".replace("  b", "b"), ["Anna"]),
    ],
)
def test_damage_is_a_bad_row_and_the_cards_around_it_are_read(tmp_path: Path, data: str, found: list[str]) -> None:
    assert names(rows_of(tmp_path, data)) == found


@pytest.mark.parametrize("lines", ["", "VERSION:3.0\n", "FN:\n", "FN: \nN:;;;;\nUID:1\nREV:2026\n"])
def test_a_card_without_anything_in_it_is_told_of_and_left_out(tmp_path: Path, lines: str) -> None:
    empty, bo = rows_of(tmp_path, f"BEGIN:VCARD\n{lines}END:VCARD\n{BO}")
    assert empty == Aside(1, "empty card", "the card is left out: it has no name, and nothing else in it")
    assert isinstance(bo, ContactRow)


@pytest.mark.parametrize("data", ["", "\n\n", "name,email\nAnna,a@example.com\n", "\0" * 100])
def test_a_file_without_a_card_is_refused(tmp_path: Path, data: str) -> None:
    with pytest.raises(Refusal, match="holds no vCard"):
        rows_of(tmp_path, data)


@pytest.mark.parametrize(
    ("name", "data", "so"),
    [
        ("a.csv", b"BEGIN:VCARD\n", True),
        ("a.csv", codecs.BOM_UTF8 + b"\r\n \r\nbegin:vcard\r\n", True),
        ("a", "BEGIN:VCARD\n".encode("utf-16"), True),
        ("a", "BEGIN:VCARD\n".encode("utf-16-be"), True),
        ("a.VCF", b"something else", True),
        ("a.csv", b"name,email\nBEGIN:VCARD,x\n", False),
        ("a.csv", b"", False),
    ],
)
def test_a_file_is_known_by_how_it_begins(tmp_path: Path, name: str, data: bytes, so: bool) -> None:
    (tmp_path / name).write_bytes(data)
    assert is_vcard(tmp_path / name) is so


# Size


def peak(path: Path, start: bytes, piece: bytes, times: int, end: bytes) -> tuple[list[str], float]:
    """The rows of a file with one part repeated, and the most memory that reading them took, in MiB."""
    path = path / "large.vcf"
    with path.open("wb") as file:
        file.write(start)
        for _ in range(50):
            file.write(piece * (times // 50))
        file.write(end)
    tracemalloc.start()
    try:
        found = [row.name if isinstance(row, ContactRow) else "bad" for row in read_vcards(path, TODAY)]
        return found, tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


OPEN, CLOSE = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna\r\n", b"\r\nEND:VCARD\r\n" + BO.encode()


@pytest.mark.parametrize(
    ("start", "piece", "times", "found"),
    [
        (b"PHOTO;ENCODING=b:", b"\r\n " + b"A" * 7000, 7000, ["Anna", "Bo"]),
        (b"PHOTO;ENCODING=b:", b"A" * 7000, 7000, ["Anna", "Bo"]),
        (b"NOTE:", b"A" * 7000, 7000, ["Anna", "Bo"]),
        (b"NOTE:", b"\r\n " + b"A" * 7000, 7000, ["Anna", "Bo"]),
        (b"NOTE;ENCODING=QUOTED-PRINTABLE:", b"A" * 7000 + b"=\r\n", 7000, ["Anna", "Bo"]),
        (b"", b"NOTE:" + b"A" * 7000 + b"\r\n", 7000, ["bad", "Bo"]),
        (b"", b"\r\n ", 100_000, ["Anna", "Bo"]),
        (b"", b"X-A:1\r\n", 100_000, ["bad", "Bo"]),
        (b"", b"A" * 7000, 7000, ["Anna", "Bo"]),
        (b"", b"AGENT:\r\nBEGIN:VCARD\r\n", 20_000, ["bad"] * 4 + ["Bo"]),
    ],
)
def test_a_huge_card_takes_little_memory_and_the_next_one_is_read(
    tmp_path: Path, start: bytes, piece: bytes, times: int, found: list[str]
) -> None:
    names_, most = peak(tmp_path, OPEN + start, piece, times, CLOSE)
    assert names_ == found
    assert most < 24


def test_a_text_over_the_limit_is_left_out_and_named(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, OPEN + b"NOTE:" + b"A" * LONGEST + b"\r\nEND:VCARD\r\n")
    assert isinstance(row, ContactRow)
    assert row.notes is None
    assert row.unread == ((4, "Anna: note is left out: it has over 1 MiB"),)


def test_a_file_of_nothing_but_bad_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="over 10,000 bad cards"):
        rows_of(tmp_path, "BEGIN:VCARD\n" * 10_010)


def test_not_everything_that_is_unread_in_a_large_file_is_told(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, ("BEGIN:VCARD\nFN:Anna\n" + "?\n" * 4000 + "END:VCARD\n") * 4)
    told = [len(row.unread) for row in rows if isinstance(row, ContactRow)]
    assert told == [4000, 4000, 1, 0]
    assert isinstance(rows[2], ContactRow)
    assert rows[2].unread == ((8007, "from here on, what cannot be read is left out untold: import it in parts"),)


def test_a_card_of_nothing_that_can_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, "BEGIN:VCARD\n?\nEND:VCARD\n")
    assert isinstance(row, BadRow)


@pytest.mark.parametrize(
    "line",
    [
        b";" * 200_000,
        b"TEL" + b";a=" * 70_000 + b":1",
        b"TEL" + b';a="' * 50_001 + b":1",
        b"NOTE:" + b"\\" * 200_001,
        b"ORG:" + b"\\;;" * 70_000,
        b"NOTE;ENCODING=QUOTED-PRINTABLE:" + b"=" * 200_000,
        b"URL:http://" + b"[" * 100_000,
        b"URL:http://x.com/?" + b"a=1&" * 50_000,
        b"X-SKYPE:" + b"a:" * 100_000,
        b"BDAY:" + b"1980-03-22T" * 20_000,
        b"EMAIL:" + b"a@" * 100_000,
        b"TEL:tel:" + b";ext=1" * 30_000,
        b"X-ANDROID-CUSTOM:" + b"/contact_event;" * 15_000,
        b"X-ABLabel:" + b"_$!<" * 50_000,
    ],
)
def test_no_line_takes_long(tmp_path: Path, line: bytes) -> None:
    from time import process_time

    begin = process_time()
    rows = rows_of(tmp_path, OPEN + line + b"\r\nEND:VCARD\r\n")
    assert names(rows) == ["Anna"]
    assert process_time() - begin < 2
