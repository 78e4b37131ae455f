"""Content lines of vCard files of any version: found in the bytes, unfolded, split into name, parameters and value."""

from __future__ import annotations

import binascii
import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

LONGEST = 1 << 20
"""A content line may have so many bytes, unfolded: 1 MiB. Of a longer one no more than that is kept in memory."""

_CHUNK = 1 << 16
_BEGIN = re.compile(r"\s*BEGIN[ \t]*:[ \t]*VCARD\b", re.IGNORECASE)
_EDGE = re.compile(rb"(?:BEGIN|END)[ \t]*:", re.IGNORECASE)
_HEAD = re.compile(rb"(?:([\w-]{1,100})\.)?([A-Za-z][\w-]{0,100})[ \t]*([;:].*)", re.DOTALL)
_PARAMETERS = re.compile(r';([^=;:"]*)(?:=((?:"[^"]*"|[^;:"])*))?')
_BINARY_NAMES = ("PHOTO", "LOGO", "SOUND", "KEY", "X-MS-CARDPICTURE", "X-MS-OL-DESIGN")
_BINARY = re.compile(rb"(?:[\w-]+\.)?(?:" + "|".join(_BINARY_NAMES).encode() + rb")[;:]", re.IGNORECASE)
_CHARSET = re.compile(
    r"(?:us-)?ascii|(?:utf[_-]?(?:8|16|32)|iso|windows|cp|koi8|mac|shift|euc|gb|big5|latin|tis)[\w.:-]*", re.IGNORECASE
)
_ENCODINGS = {"QUOTED-PRINTABLE", "BASE64", "B", "7BIT", "8BIT"}
_UNQUOTED = {"^n": "\n", "^'": '"', "^^": "^"}


class Line(NamedTuple):
    """A content line: the line of the file where it begins (from 1), and its bytes, unfolded. Of a photo, a sound or a
    key only the first line.
    """

    number: int
    content: bytes


class Field(NamedTuple):
    """A property of a card. `name` is in capitals, `types` are in small letters; parameters' names are in capitals."""

    line: int
    group: str
    name: str
    types: frozenset[str]
    parameters: dict[str, str]
    value: str

    @property
    def preference(self) -> int:
        """From 1, the most preferred, to 100; 101 where nothing is said (RFC 6350, 5.3; `TYPE=pref` before that)."""
        stated = self.parameters.get("PREF", "")
        if stated.isascii() and stated.isdigit() and len(stated) < 4:
            return min(max(int(stated), 1), 100)
        return 1 if "pref" in self.types or "PREF" in self.parameters else 101


def is_vcard(path: Path) -> bool:
    """Whether the file begins with a card, after a byte order mark and blank lines, or is at least called `.vcf`.

    Refuses what is missing or cannot be read.
    """
    try:
        if not path.exists():
            raise Refusal(f"there is no file {path}: check its name")
        if not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror or error}") from None
    return bool(_BEGIN.match(start.decode(_encoding(start), "replace"))) or path.suffix.casefold() in (".vcf", ".vcard")


def content_lines(path: Path) -> Iterator[Line]:
    """The content lines of the file. Blank lines are left out. Refuses what cannot be read.

    Folds are undone before anything is decoded, because they may split a character (RFC 6350, 3.2). The soft line
    breaks of quoted-printable are undone too.
    """
    try:
        with path.open("rb") as file:
            yield from _unfolded(_lines(file))
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror or error}") from None


def parse(line: Line) -> Field | None:
    """The property that the line holds, decoded but with its escapes; of a photo and the like only the start, as it is.

    None where it is no property. Refuses a broken encoding.
    """
    head = _HEAD.fullmatch(line.content)
    if not head:
        return None
    group, name, rest = head.groups()
    if rest[:1] == b":":
        parameters: dict[str, str] = {}
        types, value = frozenset[str](), rest[1:]
    else:
        end = _end_of_parameters(rest)
        if end < 0:
            return None
        parameters, types = _parameters(_text(rest[:end], None))
        value = rest[end + 1 :]
    called = name.decode("ascii", "replace").upper()
    if called not in _BINARY_NAMES:
        value = _decoded(value, parameters.get("ENCODING", ""))
    said = (group or b"").decode("ascii", "replace").casefold(), called, types, parameters
    return Field(line.number, *said, _text(value, parameters.get("CHARSET")))


def _encoding(start: bytes) -> str:
    """UTF-16 by its byte order mark or by the zeros beside the `BEGIN` of a card, else UTF-8."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(start) > 1 and (start[0] == 0) != (start[1] == 0):
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    return "utf-8-sig"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file piece by piece, UTF-16 as UTF-8."""
    chunk = file.read(_CHUNK)
    encoding = _encoding(chunk)
    if encoding == "utf-8-sig":
        chunk = chunk.removeprefix(codecs.BOM_UTF8)
        while chunk:
            yield chunk
            chunk = file.read(_CHUNK)
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while chunk:
        yield decoder.decode(chunk).encode(errors="replace")
        chunk = file.read(_CHUNK)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of the file without their ends, which are LF, CR or both. One over `LONGEST` is cut behind that."""
    rest = b""
    for chunk in _chunks(file):
        lines = (rest + chunk).splitlines(keepends=True)
        rest = b""
        if lines and not lines[-1].endswith(b"\n"):  # a CR at the end may have its LF in the next chunk
            rest = lines.pop()
            if len(rest) > LONGEST:
                rest = rest[: LONGEST + 1] + (b"\r" if rest.endswith(b"\r") else b"")
        for line in lines:
            yield line.rstrip(b"\r\n")
    yield from rest.splitlines()


def _unfolded(lines: Iterable[bytes]) -> Iterator[Line]:
    begun = size = 0
    parts: list[bytes] = []
    binary = quoted = broken = False
    for number, line in enumerate(lines, 1):
        if parts and broken and not _EDGE.match(line):
            more = line
        elif parts and line[:1] in (b" ", b"\t"):
            more = line[1:]
        elif not line:
            continue
        else:
            if parts:
                yield Line(begun, b"".join(parts))
            begun, size, parts, more = number, 0, [], line
            binary = bool(_BINARY.match(line))
            quoted = not binary and b"QUOTED-PRINTABLE" in line.partition(b":")[0].upper()
        broken = quoted and more.endswith(b"=")
        if more and size <= LONGEST and not (binary and parts):
            parts.append(more[:-1] if broken else more)
            size += len(more)
    if parts:
        yield Line(begun, b"".join(parts))


def _end_of_parameters(rest: bytes) -> int:
    """Where the colon stands that ends the parameters: the first one outside quotation marks, else the first at all."""
    colon = rest.find(b":")
    if b'"' not in rest[:colon]:
        return colon
    quoted = False
    for place, character in enumerate(rest):
        if character == 0x22:
            quoted = not quoted
        elif character == 0x3A and not quoted:
            return place
    return colon


def _parameters(text: str) -> tuple[dict[str, str], frozenset[str]]:
    """Parameters by name, the first of a name, and the types. In vCard 2.1 a type or encoding may stand alone."""
    found: dict[str, str] = {}
    types: set[str] = set()
    for name, value in _PARAMETERS.findall(text):
        name = name.strip().upper()
        value = value.strip()
        if not value and name:
            if name in _ENCODINGS:
                found.setdefault("ENCODING", name)
            else:
                types.add(name.casefold())
        elif name == "TYPE":
            types.update(part.strip().casefold() for part in value.replace('"', "").split(","))
        elif name:
            found.setdefault(name, _unquoted(value))
    return found, frozenset(types - {""})


def _unquoted(value: str) -> str:
    """A parameter's value without its quotation marks, and with what stands for them and for line breaks (RFC 6868)."""
    return re.sub(r"\^[n'^]", lambda escape: _UNQUOTED[escape[0]], value.replace('"', ""))


def _decoded(value: bytes, encoding: str) -> bytes:
    if not encoding:
        return value
    if encoding.upper() == "QUOTED-PRINTABLE":
        return binascii.a2b_qp(value)
    if encoding.upper() not in ("B", "BASE64"):
        return value
    try:
        return binascii.a2b_base64(value)
    except binascii.Error:
        raise Refusal("its base64 cannot be read") from None


def _text(value: bytes, charset: str | None) -> str:
    """The text: in the charset that is named, else UTF-8, else Windows-1252, which Outlook does not name."""
    if value.isascii() and not charset:
        return value.decode("ascii")
    for name in filter(None, (charset if charset and _CHARSET.fullmatch(charset) else None, "utf-8")):
        try:
            return value.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return value.decode("cp1252", "replace")
