"""The tables of an exported home read row by row, whoever wrote them: types checked, memory bounded, lines counted."""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from followup.core.refusal import Refusal
from followup.transfer.archive import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from followup.transfer.archive import Kind, Plain, Table

LONGEST = 16_000_000
"""Characters of one row: far more than any row of a home has."""

_CHUNK = 1 << 18

_TYPES: dict[Kind, type] = {"number": int, "flag": bool, "list": list, "handles": dict, "days": dict}
"""What a column of each kind holds, if it is no text."""

_ALWAYS = ("word", "flag", "list", "handles", "days")
"""Kinds that are never absent."""


def rows(path: Path, table: Table) -> Iterator[tuple[str, dict[str, Plain]]]:
    """Each row of a table as plain values by column, with the place where it stands: `sales.csv, line 3`.

    Refuses what is missing, a link, no UTF-8, another header, a row of over `LONGEST` characters, wrong types.
    """
    if path.is_symlink() or not path.is_file():
        raise Refusal(f"{path} is missing, or no file: export the home again")
    read = _json_rows if path.suffix == ".json" else _csv_rows
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from read(file, path.name, table)
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not UTF-8 text: export the home again") from None


def _csv_rows(file: TextIO, name: str, table: Table) -> Iterator[tuple[str, dict[str, Plain]]]:
    with _long_cells():
        reader = csv.reader(_lines(file, name), strict=True)
        begins = 1
        header: list[str] | None = None
        while True:
            place = f"{name}, line {begins}"
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                raise Refusal(f"{place}: it is no row of a CSV file ({error})") from None
            begins = reader.line_num + 1
            if header is None:
                header = _header(cells, name, table)
            elif len(cells) != len(header):
                raise Refusal(f"{place}: it has {len(cells)} cells where the header has {len(header)}")
            else:
                yield place, _from_cells(dict(zip(header, cells, strict=True)), place, table)
    if header is None:
        raise Refusal(f"{name} is empty: export the home again")


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _lines(file: TextIO, name: str) -> Iterator[str]:
    while line := file.readline(LONGEST):
        if len(line) == LONGEST:
            raise Refusal(f"{name} has a line of over {LONGEST:,} characters, as no export writes it")
        yield line


def _header(cells: list[str], name: str, table: Table) -> list[str]:
    wanted = [column.name for column in table.columns]
    if sorted(cells) != sorted(wanted):
        missing, strange = [c for c in wanted if c not in cells], [c[:40] for c in cells if c not in wanted]
        said = [f"{what} {', '.join(found[:5])}" for what, found in (("without", missing), ("with", strange)) if found]
        raise Refusal(
            f"{name}, line 1: its columns are not those of an export ({'; '.join(said) or 'one stands twice'})"
        )
    return cells


def _from_cells(cells: dict[str, str], place: str, table: Table) -> dict[str, Plain]:
    values = {}
    for column in table.columns:
        try:
            values[column.name] = plain(cells[column.name], column.kind)
        except ValueError as error:
            raise Refusal(f"{place}, column '{column.name}': {error}") from None
    return values


def _json_rows(file: TextIO, name: str, table: Table) -> Iterator[tuple[str, dict[str, Plain]]]:
    for line, value in _values(file, name):
        place = f"{name}, line {line}"
        if not isinstance(value, dict) or value.keys() != {column.name for column in table.columns}:
            raise Refusal(f"{place}: its names are not those of an export ({', '.join(c.name for c in table.columns)})")
        for column in table.columns:
            if not _fits(value[column.name], column.kind):
                raise Refusal(f"{place}, column '{column.name}': it does not hold a {column.kind}")
        yield place, value


def _fits(value: Any, kind: Kind) -> bool:
    if value is None:
        return kind not in _ALWAYS
    if type(value) is not _TYPES.get(kind, str):
        return False
    inside = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return all(isinstance(one, str) for one in inside)


def _values(file: TextIO, name: str) -> Iterator[tuple[int, Any]]:
    """The objects of a JSON array, each with its line, read one after the other."""
    document = _Document(file, name)
    mark = document.expect("[")
    if document.next() == "]":
        mark = document.expect("]")
    while mark in "[,":
        value = document.object()
        yield document.begins, value
        mark = document.expect(",]")
    if document.next():
        raise document.fault("it goes on behind its end")


class _Document:
    """A JSON text of which only a window is in memory: from where it was read to, to what was looked at."""

    def __init__(self, file: TextIO, name: str) -> None:
        self.file = file
        self.name = name
        self.text = ""
        self.line = 1
        self.begins = 1
        self.decoder = json.JSONDecoder(parse_constant=_refuse_constant)

    def next(self) -> str:
        """The next character that is no space; '' at the end."""
        while True:
            rest = self.text.lstrip(" \t\r\n")
            self.line += self.text.count("\n", 0, len(self.text) - len(rest))
            self.text = rest or self.file.read(_CHUNK)
            if rest or not self.text:
                return self.text[:1]

    def expect(self, marks: str) -> str:
        """Reads the next character, which is to be one of these."""
        mark = self.next()
        if not mark or mark not in marks:
            raise self.fault("it is no array of objects, or was cut short")
        self.text = self.text[1:]
        return mark

    def object(self) -> Any:
        """Reads the next object, taking in as much of the file as it needs."""
        if self.next() != "{":
            raise self.fault("it is no array of objects")
        self.begins = self.line
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text)
            except (ValueError, RecursionError) as error:
                if len(self.text) > LONGEST:
                    raise self.fault(f"an object has over {LONGEST:,} characters, as no export writes it") from None
                more = self.file.read(max(_CHUNK, len(self.text)))
                if not more:
                    raise self.fault(f"it is no JSON ({str(error).partition(':')[0]})") from None
                self.text += more
                continue
            self.line += self.text.count("\n", 0, end)
            self.text = self.text[end:]
            return value

    def fault(self, reason: str) -> Refusal:
        return Refusal(f"{self.name}, line {self.line}: {reason}")


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")
