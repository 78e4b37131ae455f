"""The one place that prints: tables, records, texts and JSON on stdout; notices, questions and progress on stderr.

On a terminal people read: aligned tables and colour, with rich. Into a pipe programs read: tab-separated lines under
one header line. Text from outside passes through `safe` (or JSON's own escapes) in either case, so that no name in an
imported file can move the cursor, recolour the screen or turn a line around.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING

from followup.core.identity import TURNS
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import TextIO

    from rich.console import Console

    Cell = str | int | date | None
    Style = Callable[[str, Sequence[Cell]], str]
    """Given a column's name and the row, the rich style of that cell ('' for none), such as 'bold red'."""

_MOMENT = 0.3
"""Seconds for which people see nothing to wait for."""

_BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_TEXT: dict[int, str | None] = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\ufffd"),
    **dict.fromkeys(map(ord, TURNS), None),
    **dict.fromkeys(map(ord, "\v\f\x85\u2028\u2029"), "\n"),
    ord("\n"): "\n",
    ord("\t"): "\t",
}  # fmt: skip
_LINE: dict[int, str | None] = {**_TEXT, **dict.fromkeys(map(ord, _BREAKS), " ")}

_LONGEST_QUOTED = 60
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def safe(text: str) -> str:
    """The text as one line that a terminal only shows and never obeys.

    Line breaks and tabs become a space, other control characters (C0, C1, DEL) a visible `�`; direction marks go
    (Unicode TR 36, section 3.3). What remains is shown as it is, joiners and emoji included.
    """
    if text.isprintable():
        return text
    return text.replace("\r\n", " ").translate(_LINE)


def short(text: str) -> str:
    """A text as it is quoted in a notice: its first 60 characters."""
    return text if len(text) <= _LONGEST_QUOTED else f"{text[:_LONGEST_QUOTED]}…"


def safe_text(text: str) -> str:
    """The same for a text of several lines: its line breaks and tabs stay."""
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_TEXT)


def on_terminal() -> bool:
    """Whether a person reads stdout: it is a terminal, and one that can do more than print."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def plain() -> bool:
    """Whether no escape sequences are wanted: NO_COLOR is set (no-color.org), or the terminal can only print."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def console(stream: TextIO) -> Console:
    """What draws on a stream with rich: texts as they are, and without any style where `plain` says so."""
    from rich.console import Console

    return Console(file=stream, color_system=None if plain() else "auto", highlight=False, markup=False, emoji=False)


def prepare() -> None:
    """Makes the standard streams fit to print anything: none missing, no text that they refuse.

    A stream that was closed is replaced by one that swallows all. What an encoding cannot say becomes `?`; plain ASCII,
    which only an unset locale brings about, is taken for UTF-8.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            ascii_only = stream.encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968", "646")
            stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="replace")


def flush() -> None:
    """Hands what was printed to whoever reads it. Where that fails (a full disk), drops it and raises OSError."""
    try:
        sys.stdout.flush()
    except OSError:
        abandon()
        raise


def abandon() -> None:
    """Throws away what stdout still holds, so that nothing complains about it at exit."""
    with suppress(OSError, ValueError):
        full = sys.stdout.fileno()
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, full)
        os.close(sink)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    today: date | None = None,
    style: Style | None = None,
    right: Collection[str] = (),
    cut: Collection[str] = (),
    empty: str = "",
) -> None:
    """Rows under column names. Dates are ISO in a pipe; on a terminal they read as from `today`, if it is given.

    A terminal gets no column in which nothing stands. `right` names columns to align right (whole numbers are anyway),
    `cut` those whose values end in an ellipsis where there is no room; `empty` is what a terminal says for no rows.
    """
    if not on_terminal():
        _write_tabbed(columns, rows)
        return
    rows = list(rows)
    if not rows:
        lines(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from followup.cli.widths import Column, fitted

    told = [i for i in range(len(columns)) if any(row[i] is not None and row[i] != "" for row in rows)]
    texts = [[_shown(row[i], today) for i in told] for row in rows]
    laid_out = []
    for place, i in enumerate(told):
        number = columns[i] in right or any(isinstance(row[i], int) for row in rows)
        whole = number or any(isinstance(row[i], date) for row in rows)
        cells = [columns[i].replace("_", " "), *(text[place] for text in texts)]
        laid_out.append(Column(cells, number, whole, columns[i] in cut))
    page = console(sys.stdout)
    gaps = len(told) - 1
    narrow = sum(fitted(laid_out, sys.maxsize)) + 3 * gaps > page.width
    padding = (0, 1, 0, 0) if narrow else (0, 1, 0, 1)
    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, header_style="bold")
    for column, width in zip(laid_out, fitted(laid_out, page.width - (2 if narrow else 3) * gaps), strict=True):
        grid.add_column(
            column.cells[0],
            justify="right" if column.right else "left",
            width=width,
            no_wrap=column.cut,
            overflow="ellipsis" if column.cut else "fold",
        )
    for row, text in zip(rows, texts, strict=True):
        styles = [style(columns[i], row) if style else "" for i in told]
        grid.add_row(*map(Text, text, styles))
    page.print(grid)


def record(pairs: Iterable[tuple[str, Cell]], *, today: date | None = None) -> None:
    """One thing, as labels and values. On a terminal what is absent is left out and texts keep their lines."""
    if not on_terminal():
        _write_tabbed(("field", "value"), pairs)
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in pairs:
        if value is not None and value != "":
            shown = safe_text(value) if isinstance(value, str) else _shown(value, today)
            grid.add_row(Text(safe(label), "dim"), Text(shown))
    console(sys.stdout).print(grid)


def lines(text: str) -> None:
    """A text of one or several lines, such as a draft's body. Prints nothing for an empty one."""
    if text:
        sys.stdout.write(safe_text(text).removesuffix("\n") + "\n")


def verbatim(document: bytes) -> None:
    """A whole UTF-8 file on stdout, byte for byte. A terminal gets it cleaned, as any text."""
    if sys.stdout.isatty():
        lines(document.decode(errors="replace"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(document)


def as_json(value: object) -> None:
    """One JSON document (RFC 8259): lists, dicts, texts, numbers, and dates as `YYYY-MM-DD`; indented on a terminal."""
    import json

    unicode_out = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    indent = 2 if sys.stdout.isatty() else None  # json encodes in C only without an indent: 5 times as fast
    document = json.dumps(value, ensure_ascii=not unicode_out, indent=indent, default=_as_text)
    if not document.isprintable():
        document = re.sub(f"[\x7f-\x9f{TURNS}\u2028\u2029\ud800-\udfff]", lambda c: f"\\u{ord(c[0]):04x}", document)
    sys.stdout.write(document + "\n")


def notice(text: str) -> None:
    """One line on stderr, for what is worth knowing and no part of the result."""
    _say(safe(text) + "\n")


def error(text: str) -> None:
    """One line on stderr that begins with `error:`: what was wrong and what to do."""
    _say("error: " + " ".join(safe(text).split()) + "\n")


def usage(text: str) -> None:
    """Several lines on stderr on how a command is used."""
    _say(safe_text(text) + "\n")


def attended() -> bool:
    """Whether a person can be asked: stdin is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str, default: str = "", otherwise: str = "give the answer as an option (see --help)") -> str:
    """The answer that is typed to a question, or the default for an empty one; one that is piped in is not asked for.

    Refuses where nobody answers; `otherwise` is what to do then.
    """
    if attended():
        _say(f"{safe(question)} [{safe(default)}] " if default else f"{safe(question)} ")
    answer = sys.stdin.readline() if sys.stdin else ""
    if not answer:
        if attended():
            _say("\n")
        raise Refusal(f"nobody answered '{question}': {otherwise}")
    return answer.strip() or default


def confirm(question: str) -> bool:
    """Whether the question is answered with yes. Refuses where nobody answers: `--yes` is for that."""
    return ask(f"{question} [y/N]", otherwise="give --yes").casefold() in ("y", "yes")


@contextmanager
def progress(total: int | None, what: str) -> Iterator[Callable[[int], None]]:
    """A bar on stderr once the work has lasted a moment, if that is a terminal and not `plain`, for a bar draws itself
    with escape sequences: tell what it yields how many more are done."""
    if not sys.stderr.isatty() or plain():
        yield lambda more: None
        return
    begun, done = monotonic(), 0
    with ExitStack() as shown:
        advance: Callable[[int], None] | None = None

        def tick(more: int) -> None:
            nonlocal advance, done
            done += more
            if advance:
                advance(more)
            elif monotonic() - begun > _MOMENT:
                advance = shown.enter_context(_bar(total, what))
                advance(done)

        yield tick


@contextmanager
def _bar(total: int | None, what: str) -> Iterator[Callable[[int], None]]:
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=console(sys.stderr), transient=True) as bar:
        job = bar.add_task(escape(safe(what)), total=total)
        yield lambda more: bar.advance(job, more)


def day_text(day: date, today: date) -> str:
    """A day as people say it: 'today', 'in 3 days' or '2 days ago' within a week, else '12 Jan' or '12 Jan 2027'."""
    away = (day - today).days
    if abs(away) <= 1:
        return ("yesterday", "today", "tomorrow")[away + 1]
    if abs(away) < 7:
        return f"in {away} days" if away > 0 else f"{-away} days ago"
    short = f"{day.day} {_MONTHS[day.month - 1]}"
    return short if day.year == today.year else f"{short} {day.year}"


def _shown(cell: Cell, today: date | None) -> str:
    if isinstance(cell, date):
        return day_text(cell, today) if today else cell.isoformat()
    return "" if cell is None else safe(str(cell))


def _as_text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a JSON document")


def _write_tabbed(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sys.stdout.write("\t".join(columns) + "\n")
    sys.stdout.writelines("\t".join([_shown(cell, None) for cell in row]) + "\n" for row in rows)


def _say(text: str) -> None:
    """Writes to stderr, after what stdout holds; nobody is left to tell where that fails."""
    with suppress(OSError):
        flush()
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()
