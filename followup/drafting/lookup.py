"""Where messages are: the home's own `templates/`, then those that ship; one file for a name, a channel and a language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from followup.core.model import CHANNELS
from followup.core.refusal import Refusal
from followup.core.sandbox import LONGEST_SOURCE
from followup.store.book import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHIPPED = TEMPLATES / "messages"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")


class Message(NamedTuple):
    """One message file. `language` None is for every language that has no file of its own; `yours` says that it is the
    home's."""

    name: str
    channel: str
    language: str | None
    path: Path
    yours: bool

    @property
    def label(self) -> str:
        """How commands name it: `thank-you.email`, `thank-you.email.de`."""
        return ".".join(filter(None, (self.name, self.channel, self.language)))

    @property
    def what(self) -> str:
        """How a fault in it names it."""
        return str(self.path) if self.yours else f"the shipped message {self.path.name}"

    def text(self) -> str:
        """What the file says. Refuses one that is no UTF-8 text, is too long, or lies outside its folder."""
        if not self.path.is_file() or not self.path.resolve().is_relative_to(self.path.parent.resolve()):
            raise Refusal(f"{self.what} is no file in its folder: put the message itself there")
        if self.path.stat().st_size > 4 * LONGEST_SOURCE:
            raise Refusal(f"{self.what} is longer than {LONGEST_SOURCE} characters: shorten it")
        try:
            return self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise Refusal(f"{self.what} is not UTF-8 text: save it as UTF-8") from None


def find(home: Path, name: str, channel: str, language: str | None) -> Message:
    """The message for a channel in a language: in each folder the language's own, the one without its region, then the
    one for all. Refuses a message that does not exist, and a name that is none."""
    if not _NAME.fullmatch(name) or channel not in CHANNELS:
        raise Refusal(f"'{name}.{channel}' names no message: messages are lower-case words and dashes, then a channel")
    for folder, yours in _folders(home):
        for lang in (*_fallbacks(language or ""), None):
            path = folder / (".".join(filter(None, (name, channel, lang))) + ".j2")
            if path.exists():
                return Message(name, channel, lang, path, yours)
    raise Refusal(f"there is no message '{name}' for {channel}: write {home / 'templates' / f'{name}.{channel}.j2'}")


def every(home: Path) -> list[Message]:
    """Every message there is, by name, channel and language; of two files of the same name the home's."""
    found: dict[str, Message] = {}
    for folder, yours in _folders(home):
        for path in folder.glob("*.j2"):
            if (message := _named(path, yours)) is not None:
                found.setdefault(message.label, message)
    return sorted(found.values(), key=lambda m: (m.name, CHANNELS.index(m.channel), m.language or ""))


def strangers(home: Path) -> list[Path]:
    """The files in the home's folder whose names are no message's, so that nothing ever reads them."""
    return sorted(path for path in (home / "templates").glob("*.j2") if _named(path, True) is None)


def matching(home: Path, text: str) -> list[Message]:
    """The messages that `NAME`, `NAME.CHANNEL` or `NAME.CHANNEL.LANG` names. Refuses where there are none."""
    wanted = text.strip().removesuffix(".j2").split(".")
    messages = every(home)
    found = [m for m in messages if m.label.split(".")[: len(wanted)] == wanted]
    if found:
        return found
    from difflib import get_close_matches

    near = get_close_matches(".".join(wanted), [*(m.label for m in messages), *{m.name for m in messages}], 1)
    hint = f"did you mean '{near[0]}'?" if near else "see followup templates list"
    raise Refusal(f"there is no message '{'.'.join(wanted)}': {hint}")


def _folders(home: Path) -> Iterator[tuple[Path, bool]]:
    yield home / "templates", True
    yield SHIPPED, False


def _fallbacks(language: str) -> Iterator[str]:
    """`pt-br`, then `pt` (RFC 4647, section 3.4); nothing for what is no language."""
    tag = language.replace("_", "-").casefold()
    while _LANGUAGE.fullmatch(tag):
        yield tag
        tag = tag.rpartition("-")[0]


def _named(path: Path, yours: bool) -> Message | None:
    """The message that the file's name says it is; None for a name that no look-up tries."""
    name, channel, *more = [*path.name.removesuffix(".j2").split("."), ""]
    language = more[0] or None
    if not _NAME.fullmatch(name) or channel not in CHANNELS or len(more) > 2:
        return None
    if language is not None and not _LANGUAGE.fullmatch(language):
        return None
    return Message(name, channel, language, path, yours)
