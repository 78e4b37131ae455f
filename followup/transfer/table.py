"""CSV files of any common kind, read row by row: encoding, delimiter, header, and the line where each row begins."""

from __future__ import annotations

import codecs
import csv
import re
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from followup.core.identity import clean_line
from followup.core.refusal import Refusal
from followup.transfer.spreadsheet import unguarded
from followup.transfer.tools import recognised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

_CHUNK = 1 << 16
_DELIMITERS = "\t;,"
"""On a tie the first wins: commas stand in the text of files that use the others, hardly the other way round."""

_SEP = re.compile(r'"?sep=([,;:|^~\t])"?', re.IGNORECASE)
"""A first line that says the delimiter, as Excel writes and reads it."""

_MOST_ABOVE = 12
"""So many rows may stand above the header of a known tool's export: a title, the days, a notice."""

_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\r\f\x1a")
_MOST_CONTROL = 0.05


class Row(Struct, frozen=True):
    """One row: the line of the file where it begins, its cells, and what is wrong with its shape, if anything."""

    line: int
    cells: tuple[str, ...]
    fault: str | None = None


class Table(Struct, frozen=True):
    """A CSV file whose header was read. Its rows stay in the file: `rows` reads them anew each time.

    `above` is how many rows stand above the header.
    """

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    above: int = 0

    def rows(self) -> Iterator[Row]:
        """The rows below the header, blank ones left out. Line numbers are those of the file, from 1.

        Cells are trimmed, and rid of the apostrophe that keeps a spreadsheet from taking them for formulas.

        A row carries a fault if it is no text, has not as many cells as the header, or has a quotation mark where none
        may stand. One that is never closed hides the rows below, and so does a huge cell, because they cannot be told
        from its text.
        """
        width = len(self.header)
        below = _records(self.path, self.encoding, self.delimiter)
        for line, cells, fault in islice(below, self.above + 1, None):
            if len(cells) > width and not any(cells[width:]):
                cells = cells[:width]
            joined = "".join(cells)
            if "\0" in joined:
                fault = "it has a NUL character, which no text has: take it out"
            elif not fault and len(cells) != width:
                fault = f"it has {len(cells)} cells where the header has {width}"
            if "'" in joined:
                cells = [unguarded(cell) for cell in cells]
            yield Row(line, tuple(cells), fault)


def read_table(path: Path) -> Table:
    """Opens a CSV file: UTF-8, UTF-16 or Windows-1252 (Latin-1), with comma, semicolon or tab, or what `sep=` says.

    The header is the first row, or that of a known tool's export a few rows below, behind a title or a notice. Refuses
    what is missing, no readable file, empty, no text, or has the same column twice.
    """
    encoding = _encoding(path)
    delimiter = _delimiter(path, encoding)
    first = list(islice(_records(path, encoding, delimiter), _MOST_ABOVE))
    if not first:
        raise Refusal(f"{path} is empty: it needs a header line that names the columns")
    above = next((above for above, (_, cells, _) in enumerate(first) if recognised(cells)), 0)
    if any("\0" in cell for _, cells, _ in first[: above + 1] for cell in cells):
        raise _no_text(path)
    line, cells, fault = first[above]
    if fault:
        raise Refusal(f"the header of {path} (line {line}) cannot be read: {fault}")
    while not cells[-1]:
        cells.pop()
    columns = tuple(clean_line(cell) for cell in cells)
    _refuse_doubled(path, columns)
    return Table(path, encoding, delimiter, columns, above)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Line, trimmed cells and fault of every row that is not blank, the header included, a line `sep=;` not."""
    with _opened(path, encoding) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = [cell.strip() for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error as error:
                yield line, [], _fault(error, line, reader.line_num)
                if _is_too_long(error):
                    return
                continue
            if any(cells) and not (line == 1 and _SEP.fullmatch(delimiter.join(cells))):
                yield line, cells, None


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield file
    except UnicodeError:
        raise Refusal(f"{path} is not all in one encoding: save it again as UTF-8") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _is_too_long(error: csv.Error) -> bool:
    return "field limit" in str(error)


def _fault(error: csv.Error, line: int, last_line: int) -> str:
    """What a malformed row suffers from, that was read down to a line."""
    most = f"{csv.field_size_limit():,}"
    if _is_too_long(error) and last_line == line:
        return f"a cell has over {most} characters, so the rows below it cannot be told from its text: shorten it"
    if _is_too_long(error) or "unexpected end of data" in str(error):
        within = f", or not within {most} characters" if _is_too_long(error) else ""
        return (
            f"a quotation mark is opened in this row and never closed{within},"
            " so the rows below it cannot be told from its text"
        )
    reach = f" somewhere down to line {last_line}" if last_line > line else ""
    return f"a quotation mark stands where none may{reach}: within quotes it is written twice"


def _encoding(path: Path) -> str:
    """Reads the file through once and tells its encoding. Refuses what is no text, by how much of its start is none."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    valid = True
    try:
        if not path.exists():
            raise Refusal(f"there is no file {path}: check its name")
        if not path.is_file():
            raise Refusal(f"{path} is not a file: give the name of a CSV file")
        with path.open("rb") as file:
            chunk = start = file.read(_CHUNK)
            if wide := _utf16(start):
                return wide
            while chunk:
                valid = valid and _decodes(utf8, chunk)
                chunk = file.read(_CHUNK)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(start) - len(start.translate(None, _CONTROL)) > _MOST_CONTROL * len(start):
        raise _no_text(path)
    if valid and _decodes(utf8, b"", final=True):
        return "utf-8-sig"
    _refuse_mixed(path)
    return "cp1252"


def _refuse_mixed(path: Path) -> None:
    """Refuses a file that has lines in UTF-8 and no more others: read in another encoding, their letters are lost."""
    inside, outside, first = 0, 0, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            if _decodes(codecs.getincrementaldecoder("utf-8")(), line, final=True):
                inside += 1
            else:
                outside, first = outside + 1, first or number
    if inside >= outside:
        raise Refusal(f"{path}, line {first} is not in UTF-8, as others are: save the file again as UTF-8")


def _utf16(start: bytes) -> str | None:
    """The UTF-16 encoding of a file by its byte order mark, else by the zero in every second byte of western text."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return None
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) < 0.4 * (len(start) // 2) or not even + odd or (even and odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(path: Path, encoding: str) -> str:
    """The delimiter that a first line `sep=;` says, else the one that stands most often in the first line with any
    text, outside quotation marks."""
    with _opened(path, encoding) as file:
        start = file.read(_CHUNK)
    if told := _SEP.fullmatch(re.split("[\r\n]", start, maxsplit=1)[0]):
        return told[1]
    start = start.lstrip("\r\n")
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for character in start:
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            break
        elif character in counts and not quoted:
            counts[character] += 1
    most = max(counts, key=lambda delimiter: counts[delimiter])
    return most if counts[most] else ","


def _refuse_doubled(path: Path, header: tuple[str, ...]) -> None:
    seen = set()
    for column in header:
        if column and column.casefold() in seen:
            raise Refusal(f"the column '{column}' stands twice in the header of {path}: rename or remove one")
        seen.add(column.casefold())


def _no_text(path: Path) -> Refusal:
    return Refusal(f"{path} is no text: save it as CSV in the program it comes from")


def _unreadable(path: Path, error: OSError) -> Refusal:
    return Refusal(f"{path} cannot be read: {error.strerror or error}")
