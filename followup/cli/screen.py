"""A screen of one's own: pages, single keys and typed answers, on a terminal that is afterwards as it was before."""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from followup.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import TextIO

    from rich.console import RenderableType

_LONGEST = 60
"""The most cells of a typed answer."""
_SIGNALS = ("SIGWINCH", "SIGTSTP", "SIGTERM", "SIGHUP")
_NAMES = {
    "\x1b": "escape", "\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace", " ": "page down",
    "\x04": "end", "\x1a": "end", "": "end",
    "\x1b[A": "up", "\x1b[B": "down", "\x1bOA": "up", "\x1bOB": "down", "\x1b[5~": "page up", "\x1b[6~": "page down",
    "\xe0H": "up", "\xe0P": "down", "\xe0I": "page up", "\xe0Q": "page down",
}  # fmt: skip
"""What keys send: VT100 and its followers, then the Windows console."""

_STROKES = re.compile(r"\x1b\[[\d;]*[A-Za-z~]|\x1bO[A-Z]|\xe0[HPIQ]|.", re.DOTALL)
"""One key each, where several came at once."""


class _Resized(Exception):
    """The window has another size."""


class _Suspended(Exception):
    """Ctrl-Z was pressed."""


class Screen:
    """A context in which a terminal shows one page at a time and gives each key as it is pressed.

    Ctrl-C raises KeyboardInterrupt; Ctrl-D and a terminal that is gone are the key `end`. Where nothing but text is
    wanted (TERM=dumb, NO_COLOR) pages follow one another.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = output.console(stream)
        self._plain = output.plain() or self._console.is_dumb_terminal
        self._stream = stream
        self._keys = _Keys()
        self._tops: dict[str, int] = {}

    def __enter__(self) -> Screen:
        if not self._plain:
            self._console.set_alt_screen(True)
        self._keys.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._keys.stop()
        with suppress(OSError):
            if self._plain:
                self._echo("\n")
            else:
                self._console.set_alt_screen(False)

    @contextmanager
    def left(self) -> Iterator[None]:
        """The terminal as other programs expect it, for as long as one has it."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def key(self, body: RenderableType, foot: RenderableType) -> str:
        """Shows a page, its `foot` always in sight, and returns the key that is pressed: a character in lower case or
        a name. Space and the arrows go through a page that is longer than the screen; the same page shown again stays
        where it was. Several characters at once are no key: something was pasted."""
        self._keys.forget()
        page = "\n".join(self._lines(body))
        top = self._tops.get(page, 0)
        while True:
            top, room, last = self._paint(body, foot, top, ", space goes on")
            self._tops[page] = top
            typed = self._read()
            if typed is None:
                continue
            key = _NAMES.get(typed, typed.casefold())
            step = {"down": 1, "up": -1, "page down": room, "page up": -room}.get(key)
            if step is not None:
                top = min(max(0, top + step), last)
            elif len(typed) <= 1 or typed in _NAMES:
                return key

    def line(self, body: RenderableType, foot: RenderableType) -> str | None:
        """Shows a page whose foot is a question, and returns what is typed up to Enter; None after Escape.

        The answer has one line to itself and no more than fits in there: none can be rubbed out across lines.
        """
        from rich.console import Group

        self._keys.forget()
        answer = end = ""
        while not end:
            self._paint(body, Group(foot, ">"), 0)
            self._echo(f" {answer}")
            while not end and (typed := self._read()) is not None:
                answer, end = self._taken(answer, typed)
        return answer if end == "enter" else None

    def _taken(self, answer: str, typed: str) -> tuple[str, str]:
        """The answer with these keys typed after it, and the key that ends it, if one does."""
        from rich.cells import cell_len

        room = min(_LONGEST, self._console.width - 3)
        for stroke in _STROKES.findall(typed) or [""]:
            key = _NAMES.get(stroke, stroke)
            if key in ("enter", "escape", "end"):
                return answer, key
            if key == "backspace":
                self._echo("\b \b" * cell_len(answer[-1:]))
                answer = answer[:-1]
            elif len(stroke) == 1 and stroke.isprintable() and cell_len(answer + stroke) <= room:
                self._echo(stroke)
                answer += stroke
        return answer, ""

    def _echo(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _read(self) -> str | None:
        """What a key sends; None when the page has to be painted again."""
        try:
            return self._keys.read()
        except _Resized:
            return None
        except _Suspended:
            with self.left():
                os.kill(os.getpid(), signal.SIGSTOP)
            return None

    def _paint(self, body: RenderableType, foot: RenderableType, top: int, more: str = "") -> tuple[int, int, int]:
        """Paints the page from a line of its body on; `more` says how to see the rest of it. Returns that line, how
        many fit, and the last to begin with."""
        from rich.rule import Rule

        above, below = self._lines(body), self._lines(foot)
        if self._plain:
            self._echo("\n".join(["", *above, "-" * 72, *below]))
            return 0, 0, 0
        room = max(1, self._console.height - len(below) - 1)
        last = max(0, len(above) - room)
        top = min(top, last)
        seen = f"lines {top + 1} to {top + room} of {len(above)}{more}" if last else ""
        shown = above[top : top + room] + [""] * (room - len(above))
        page = [*shown, *self._lines(Rule(seen, style="dim", align="right"))[:1], *below]
        self._console.clear()
        self._echo("\n".join(page[-self._console.height :]))
        return top, room, last

    def _lines(self, page: RenderableType) -> list[str]:
        with self._console.capture() as painted:
            self._console.print(page)
        # terminals disagree on how wide an emoji is: spaces after one could end in the next line
        return [line.rstrip(" ") for line in painted.get().removesuffix("\n").split("\n")]


class _Keys:
    """The keyboard: each key at once and unseen, with the signals of a terminal turned into what it can wait for."""

    def __init__(self) -> None:
        self._waiting: type[Exception] | None = None
        self._before: list[object] | None = None
        self._handlers: dict[int, object] = {}
        self._bell: tuple[int, int] | None = None
        """A pipe that every signal writes to: one that comes just before a wait for keys ends it all the same."""

    def start(self) -> None:
        """Takes the keyboard over. What was typed ahead is forgotten."""
        if sys.platform == "win32":
            return
        import termios
        import tty

        self._before = termios.tcgetattr(0)
        tty.setcbreak(0, termios.TCSAFLUSH)
        self._bell = os.pipe()
        for end in self._bell:
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._bell[1], warn_on_full_buffer=False)
        for name in _SIGNALS:
            number = getattr(signal, name)
            self._handlers[number] = signal.signal(number, self._signalled)

    def stop(self) -> None:
        """Gives the keyboard back as it was."""
        if sys.platform == "win32":
            return
        import termios

        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        if self._bell is not None:
            signal.set_wakeup_fd(-1)
            for end in self._bell:
                os.close(end)
            self._bell = None
        if self._before is not None:
            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._before)  # type: ignore[arg-type]

    def forget(self) -> None:
        """Forgets what was typed before there was anything to answer."""
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                msvcrt.getwch()
            return
        import termios

        with suppress(termios.error):
            termios.tcflush(0, termios.TCIFLUSH)

    def read(self) -> str:
        """What the next key sends; '' where the terminal is gone."""
        if sys.platform == "win32":
            import msvcrt

            typed = msvcrt.getwch()
            if typed == "\x03":
                raise KeyboardInterrupt
            return "\xe0" + msvcrt.getwch() if typed in "\x00\xe0" else typed
        from select import select

        assert self._bell is not None
        try:
            self._wake()
            while self._bell[0] in select([0, self._bell[0]], [], [])[0]:
                os.read(self._bell[0], 1024)
                self._wake()
            return os.read(0, 1024).decode("utf-8", "replace")
        except OSError:
            return ""

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if number in (signal.SIGTERM, signal.SIGHUP):
            raise SystemExit(128 + number)
        self._waiting = _Resized if number == signal.SIGWINCH else _Suspended

    def _wake(self) -> None:
        """Raises what a signal was for, also one that came while a page was painted."""
        woken, self._waiting = self._waiting, None
        if woken:
            raise woken
