"""Handing a draft over to what sends it: a text to the clipboard, a link to the program that opens it."""

import os
import subprocess
import sys
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import NamedTuple

from followup.core.refusal import Refusal

_PATIENCE = 5.0
"""Seconds that a program has to take a text."""
_SOON = 2.0
"""Seconds within which an opener fails, if it fails; some go on for as long as what they opened does."""
_SCHEMES = ("mailto:", "tel:", "sms:", "https://", "http://", "skype:", "tg:")
_LONGEST_LINK = 100_000
"""Characters: Linux takes 128 KiB in one argument (MAX_ARG_STRLEN)."""
_LONGEST_ON_WINDOWS = 2_000
"""Characters: past 2,046 Outlook is not opened, or opened with a part."""
_LONGEST_SEQUENCE = 100_000
"""Bytes of OSC 52: terminals drop what is longer, hterm from here on."""


class _Clipboard(NamedTuple):
    """A program that puts what it reads into a clipboard, and the variable without which it has none to reach."""

    command: tuple[str, ...]
    needs: str = ""
    encoding: str = "utf-8"


_HERE = (
    _Clipboard(("termux-clipboard-set",)),
    _Clipboard(("pbcopy",)),
    _Clipboard(("wl-copy", "--type", "text/plain"), "WAYLAND_DISPLAY"),
)
_ANYWHERE = (
    _Clipboard(("xclip", "-selection", "clipboard"), "DISPLAY"),
    _Clipboard(("xsel", "--clipboard", "--input"), "DISPLAY"),
)
_WINDOWS = (_Clipboard(("clip.exe",), encoding="utf-16-le"),)
_TMUX = (_Clipboard(("tmux", "load-buffer", "-w", "-"), "TMUX"),)
"""Its own buffer, and the clipboard of the terminal that it runs in (from 3.2 on)."""


def copy(text: str) -> None:
    """Puts the text into the clipboard of the person in front of the screen. Refuses where there is none.

    The text goes through a pipe: a command line is there for everyone to read. Over ssh, where the clipboards of this
    computer are nobody's, the terminal is asked (OSC 52, `xterm` control sequences), never a pipe or a file.
    """
    remote = _remote()
    known = (*_ANYWHERE, *_TMUX) if remote else (*_HERE, *_ANYWHERE, *_WINDOWS, *_TMUX)
    there = [one for one in known if (not one.needs or os.environ.get(one.needs)) and which(one.command[0])]
    if any(_taken(one, text) for one in there) or (remote and _by_terminal(text)):
        return
    if there:
        names = " and ".join(one.command[0] for one in there)
        raise Refusal(f"{names} did not take the text: see that the clipboard works, or take it from followup draft")
    raise Refusal(f"there is no clipboard to copy to: {_advice(remote)}")


def _remote() -> bool:
    return bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))


def _advice(remote: bool) -> str:
    """What to do where no clipboard is found."""
    if sys.platform == "darwin" or os.name == "nt":
        return "see that pbcopy (Mac) or clip.exe (Windows) is on the PATH"
    if os.environ.get("WAYLAND_DISPLAY") and not remote:
        return "install wl-clipboard"
    if os.environ.get("DISPLAY"):
        return "install xclip or xsel"
    return "install tmux and work in it, or take the text from followup draft"


def _taken(clipboard: _Clipboard, text: str) -> bool:
    """Whether the program took the text and ended well.

    What it leaves running (X11 and Wayland ask the owner of a text for it at each paste) outlives this terminal, and
    holds no pipe of ours open.
    """
    if clipboard.encoding != "utf-8":
        text = text.replace("\n", "\r\n")
    try:
        end = subprocess.run(
            clipboard.command,
            input=text.encode(clipboard.encoding, "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            start_new_session=True,
            env=os.environ | {"LC_ALL": "en_US.UTF-8"} if clipboard.command[0] == "pbcopy" else None,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return end.returncode == 0


def _by_terminal(text: str) -> bool:
    """Whether the terminal could be asked; it never says whether it did as asked."""
    if os.environ.get("TERM", "dumb") in ("dumb", "linux") or os.environ.get("STY") or os.environ.get("TMUX"):
        return False
    sequence = b"\x1b]52;c;" + b64encode(text.encode("utf-8", "replace")) + b"\x07"
    if len(sequence) > _LONGEST_SEQUENCE:
        return False
    with suppress(OSError), Path("/dev/tty").open("wb", buffering=0) as terminal:
        while sequence:
            sequence = sequence[terminal.write(sequence) or 0 :]
        return True
    return False


def open_link(link: str) -> None:
    """Opens a draft's link in the program that the desktop has for it. Refuses where that cannot be.

    The link, text and all, is an argument, and in the list of processes as long as the opener runs: no desktop takes
    one in another way. No shell sees it.
    """
    if not link.startswith(_SCHEMES) or not link.isascii() or not link.isprintable() or " " in link:
        raise Refusal("this is no link to open: only those of drafts are (mailto:, tel:, sms:, https: and the like)")
    command = [] if os.name == "nt" else _opener()
    windows = os.name == "nt" or command[0] in ("wslview", "rundll32.exe")
    longest = _LONGEST_ON_WINDOWS if windows else _LONGEST_LINK
    if len(link) > longest:
        raise Refusal(
            f"the message is too long for a link ({len(link)} characters, {longest} are the most): copy it, or write "
            "it to a file with followup draft --eml"
        )
    if sys.platform == "win32":
        os.startfile(link)
        return
    _start([*command, link])


def _opener() -> list[str]:
    """The command that opens a link on this desktop."""
    known = ["open"] if sys.platform == "darwin" else ["termux-open-url", "wslview"]
    if os.environ.get("WSL_DISTRO_NAME"):
        known.append("rundll32.exe")
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        known.append("xdg-open")  # without a desktop it would start a browser in this very terminal
    found = next((name for name in known if which(name)), None)
    if found is None:
        on_desktop = known[-1] == "xdg-open"
        advice = "install xdg-utils" if on_desktop else "copy the text instead, or work on the computer's own desktop"
        raise Refusal(f"there is no desktop program to open links with: {advice}")
    return [found, "url.dll,FileProtocolHandler"] if found == "rundll32.exe" else [found]


def _start(command: list[str]) -> None:
    """Starts an opener, away from this terminal, and waits only as long as a failure takes."""
    try:
        opener = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        status = opener.wait(_SOON)
    except OSError as error:
        raise Refusal(f"{command[0]} cannot be started ({error.strerror}): copy the text instead") from None
    except subprocess.TimeoutExpired:
        return
    if status:
        raise Refusal(
            f"{command[0]} could not open it (status {status}): choose a program for {command[-1].partition(':')[0]}: "
            "links in the settings of your desktop, or copy the text"
        )
