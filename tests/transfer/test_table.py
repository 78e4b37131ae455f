"""CSV files as other programs write them."""

from pathlib import Path

import pytest

from followup.core.refusal import Refusal
from followup.transfer.table import Row, Table, read_table

PLAIN = "Name,Email\nAnna Grün,anna@example.com\nJosé,jose@example.com\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def rows(table: Table) -> list[Row]:
    return list(table.rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_each_common_encoding_is_recognised(file: Path, encoding: str) -> None:
    file.write_bytes(PLAIN.encode(encoding))
    table = read_table(file)
    assert table.header == ("Name", "Email")
    assert rows(table) == [Row(2, ("Anna Grün", "anna@example.com")), Row(3, ("José", "jose@example.com"))]


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_a_byte_order_mark_says_which_utf16_it_is(file: Path, mark: bytes, encoding: str) -> None:
    file.write_bytes(mark + PLAIN.encode(encoding))
    assert rows(read_table(file))[0].cells[0] == "Anna Grün"


def test_windows_quotes_and_euro_signs_survive(file: Path) -> None:
    file.write_bytes("Name,Betrag\n„Anna“,5 €\n".encode("cp1252"))
    assert rows(read_table(file))[0].cells == ("„Anna“", "5 €")


def test_a_letter_cut_by_a_read_is_still_utf8(file: Path) -> None:
    file.write_text("Name\n" + "x" * (2**16 - 6) + "ü\n", encoding="utf-8")
    assert rows(read_table(file))[0].cells[0].endswith("xü")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_in_the_header(file: Path, delimiter: str) -> None:
    file.write_text(f"Name{delimiter}Amount{delimiter}Note\nAnna{delimiter}5{delimiter}a\n")
    assert rows(read_table(file))[0].cells == ("Anna", "5", "a")


@pytest.mark.parametrize(
    ("text", "header", "cells"),
    [
        ('"Name, first;last";Amount\nAnna;1,50\n', ("Name, first;last", "Amount"), ("Anna", "1,50")),
        ('"Net, gross, tax";Name\n5;Anna\n', ("Net, gross, tax", "Name"), ("5", "Anna")),
        ("Name, first;Amount\nAnna;5\n", ("Name, first", "Amount"), ("Anna", "5")),
        ("Name\nAnna\n", ("Name",), ("Anna",)),
        ("Name,Note\nAnna,a;b;c;d\n", ("Name", "Note"), ("Anna", "a;b;c;d")),
        ('"Name\n(full)",Note\nAnna,a;b;c;d\n', ("Name (full)", "Note"), ("Anna", "a;b;c;d")),
        ('Name, "Note"\nAnna, "a, b"\n', ("Name", "Note"), ("Anna", "a, b")),
    ],
)
def test_delimiters_within_text_do_not_count(file: Path, text: str, header: tuple[str], cells: tuple[str]) -> None:
    file.write_text(text)
    table = read_table(file)
    assert table.header == header
    assert rows(table)[0].cells == cells


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(("first", "delimiter"), [("sep=;", ";"), ("SEP=,", ","), ('"sep=;"', ";"), ("sep=\t", "\t")])
def test_a_first_line_may_say_the_delimiter(file: Path, encoding: str, first: str, delimiter: str) -> None:
    text = f"{first}\r\nName{delimiter}Note\r\nAnna{delimiter}x\r\n"
    file.write_bytes(text.encode(encoding))
    table = read_table(file)
    assert table.header == ("Name", "Note")
    assert rows(table) == [Row(3, ("Anna", "x"))]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_the_file_where_each_row_begins(file: Path, newline: str) -> None:
    text = 'Name,Note\nAnna,"one\ntwo\nthree"\n\nBert,"a ""quoted"" word"\n,\nCleo,x'
    file.write_bytes(text.replace("\n", newline).encode())
    found = rows(read_table(file))
    assert [row.line for row in found] == [2, 6, 8]
    assert found[0].cells == ("Anna", newline.join(("one", "two", "three")))
    assert found[1].cells == ("Bert", 'a "quoted" word')


def test_blank_lines_before_the_header_are_skipped_and_counted(file: Path) -> None:
    file.write_text("\n\nName;Note\nAnna;a,b\n")
    table = read_table(file)
    assert (table.header, rows(table)) == (("Name", "Note"), [Row(4, ("Anna", "a,b"))])


def test_a_ragged_row_has_a_fault_and_the_others_do_not(file: Path) -> None:
    file.write_text("a,b,c\n1,2\n1,2,3\n1,2,3,4\n")
    short, good, long = rows(read_table(file))
    assert short.fault == "it has 2 cells where the header has 3"
    assert good.fault is None
    assert long.fault == "it has 4 cells where the header has 3"


def test_empty_cells_beyond_the_header_are_no_fault(file: Path) -> None:
    file.write_text("a,b,\n1,2,\n1,2\n1,2,,,\n")
    assert rows(read_table(file)) == [Row(2, ("1", "2")), Row(3, ("1", "2")), Row(4, ("1", "2"))]


def test_a_misplaced_quotation_mark_spoils_its_own_row_only(file: Path) -> None:
    file.write_text('a,b\n"x"y,2\n3,4\n5" disk,6\n')
    bad, good, inch = rows(read_table(file))
    assert (bad.line, bad.fault) == (2, "a quotation mark stands where none may: within quotes it is written twice")
    assert good == Row(3, ("3", "4"))
    assert inch == Row(4, ('5" disk', "6"))


def test_a_header_that_cannot_be_read_is_refused(file: Path) -> None:
    file.write_text('"Name"x,Email\nAnna,anna@example.com\n')
    with pytest.raises(Refusal, match=r"header of .* \(line 1\)"):
        read_table(file)


def test_rows_can_be_read_more_than_once(file: Path) -> None:
    file.write_text(PLAIN, encoding="utf-8")
    table = read_table(file)
    assert rows(table) == rows(table)


def test_a_header_alone_is_a_table_without_rows(file: Path) -> None:
    file.write_text("Name,Email")
    assert rows(read_table(file)) == []


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"\xff\xfe", b",,,\n"])
def test_an_empty_file_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(Refusal, match="is empty"):
        read_table(file)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00",
        b"Na\x00me,Email,Notes\nAnna,a@example.com,\n",
        b"\n\nName,Email,\x00\nAnna,a@example.com,\n",
        "Name\nAnna\n".encode("utf-32"),
        bytes(range(1, 32)) * 10,
        b"Name\n" + b"Anna\n" + b"\x00" * 500,
    ],
)
def test_a_binary_file_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(Refusal, match="is no text: save it as CSV"):
        read_table(file)


@pytest.mark.parametrize("data", [b"\xff\xfeN\x00a\x00\x00\xd8x\x00", b"Name\nAnna \x81\xff\n"])
def test_a_file_in_no_single_encoding_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(Refusal, match="not all in one encoding"):
        rows(read_table(file))


@pytest.mark.parametrize("header", ["Name,Email,name", "Name,Email, Name ", '"Name",Name'])
def test_a_doubled_column_is_refused(file: Path, header: str) -> None:
    file.write_text(header + "\n")
    with pytest.raises(Refusal, match=r"'(?i:name)' stands twice"):
        read_table(file)


def test_several_columns_without_a_name_are_allowed(file: Path) -> None:
    file.write_text("Name,,,Email\nAnna,1,2,a@example.com\n")
    assert read_table(file).header == ("Name", "", "", "Email")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_nul_spoils_its_own_row_only(file: Path, encoding: str) -> None:
    text = 'Name,Note\nZoë,a note that is longer\nAn\0na,"two\nlines"\nBen,\0\nCleo\0\nDora,y\n'
    file.write_bytes(text.encode(encoding))
    found = rows(read_table(file))
    assert [row.line for row in found if row.fault] == [3, 5, 6]
    assert {row.fault for row in found} == {None, "it has a NUL character, which no text has: take it out"}
    assert [row for row in found if not row.fault] == [Row(2, ("Zoë", "a note that is longer")), Row(7, ("Dora", "y"))]


def test_a_nul_far_down_a_file_is_found_too(file: Path) -> None:
    file.write_bytes(b"Name\n" + b"Anna\n" * 20_000 + b"\0")
    assert [row.line for row in rows(read_table(file)) if row.fault] == [20_002]


def test_a_quotation_mark_that_is_never_closed_spoils_its_row_and_hides_those_below(file: Path) -> None:
    file.write_text('a,b\n1,2\n"3,4\n5,6\n')
    good, bad = rows(read_table(file))
    assert good == Row(2, ("1", "2"))
    assert (bad.line, bad.fault) == (
        3,
        "a quotation mark is opened in this row and never closed, so the rows below it cannot be told from its text",
    )


def test_a_quotation_mark_that_may_never_be_closed_hides_what_is_below(file: Path) -> None:
    file.write_text('a,b\n1,2\n"3,4\n' + "5,6\n" * 50_000)
    good, bad = rows(read_table(file))
    assert good == Row(2, ("1", "2"))
    assert (bad.line, bad.fault) == (
        3,
        "a quotation mark is opened in this row and never closed, or not within 131,072 characters,"
        " so the rows below it cannot be told from its text",
    )


@pytest.mark.parametrize("cell", ["x" * 200_000, '"' + "x" * 200_000 + '\nAnna,1\nBen,2"'])
def test_a_huge_cell_spoils_its_row_and_hides_those_below_which_may_be_its_text(file: Path, cell: str) -> None:
    file.write_text(f"a,b\n1,2\n{cell},4\n5,6\n")
    good, bad = rows(read_table(file))
    assert good == Row(2, ("1", "2"))
    assert (bad.line, bad.fault) == (
        3,
        "a cell has over 131,072 characters, so the rows below it cannot be told from its text: shorten it",
    )


@pytest.mark.parametrize(("name", "says"), [("missing.csv", "there is no file"), ("", "is not a file")])
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        read_table(tmp_path / name)


def test_one_line_that_is_not_in_utf_8_is_told_instead_of_spoiling_the_others(file: Path) -> None:
    file.write_bytes("Name,Note\nJörg,\nZoë,".encode() + b"caf\xe9\n")
    with pytest.raises(Refusal, match="line 3 is not in UTF-8, as others are"):
        read_table(file)
    file.write_bytes("Name,Note\nJÃ¶rg,\nZoë,\nÉva,\n".encode("cp1252"))
    assert rows(read_table(file))[1].cells == ("Zoë", "")


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"cannot be read|there is no file"):
        read_table(tmp_path / ("x" * 300))


def test_a_file_that_vanishes_between_two_readings_is_refused(file: Path) -> None:
    file.write_text(PLAIN, encoding="utf-8")
    table = read_table(file)
    file.unlink()
    with pytest.raises(Refusal, match="cannot be read"):
        rows(table)


def test_rows_are_not_held_in_memory(file: Path) -> None:
    import tracemalloc

    file.write_text("Name,Note\n" + "Anna,some text that goes on for a while\n" * 50_000)
    table = read_table(file)
    tracemalloc.start()
    count = sum(1 for _ in table.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 1_000_000


def test_the_apostrophe_that_guards_against_formulas_is_taken_off(file: Path) -> None:
    file.write_text("""Name,Phone\n'=HYPERLINK(1),'+49 30 1\n'@anna,'t Hooft\n""")
    assert [row.cells for row in rows(read_table(file))] == [("=HYPERLINK(1)", "+49 30 1"), ("@anna", "'t Hooft")]


CONNECTIONS = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"


def test_the_header_of_a_known_export_may_stand_below_a_notice(file: Path) -> None:
    file.write_text(f'Notes:\n"Some are, or ""may be"", missing."\n\n{CONNECTIONS}Anna,Field,,,,,\n')
    table = read_table(file)
    assert table.header[0] == "First Name"
    assert [(row.line, row.cells[:2]) for row in rows(table)] == [(5, ("Anna", "Field"))]


def test_the_header_of_a_known_export_is_not_looked_for_far_below(file: Path) -> None:
    file.write_text("Name\n" + "Anna\n" * 20 + CONNECTIONS)
    assert read_table(file).header == ("Name",)
