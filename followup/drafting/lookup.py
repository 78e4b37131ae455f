"""Where messages are: a file for each name, channel and language, in the home's `templates/` or among the shipped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from followup.core.model import CHANNELS
from followup.core.refusal import Refusal
from followup.core.sandbox import LONGEST_SOURCE, TemplateFault
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

    def written_in(self, own: str) -> str:
        """The language of its days and amounts: its file's, else `own`, the business's; English where it shipped."""
        return self.language or (own if self.yours else "en")

    def text(self) -> str:
        """What the file says. Refuses one that is no UTF-8 text, is too long, or lies outside its folder."""
        if not self.path.is_file() or not self.path.resolve().is_relative_to(self.path.parent.resolve()):
            raise TemplateFault(self.what, None, "is no file of its folder: put the message itself there")
        if self.path.stat().st_size > 4 * LONGEST_SOURCE:
            raise TemplateFault(self.what, None, f"is longer than {LONGEST_SOURCE} characters: shorten it")
        try:
            return self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise TemplateFault(self.what, None, "is not UTF-8 text: save it as UTF-8") from None


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
            if (message := _named(folder, path.name, yours)) is not None:
                found.setdefault(message.label, message)
    return sorted(found.values(), key=lambda m: (m.name, CHANNELS.index(m.channel), m.language or ""))


def strangers(home: Path) -> list[Path]:
    """The files in the home's folder whose names are no message's, so that nothing ever reads them."""
    folder = home / "templates"
    return sorted(path for path in folder.glob("*.j2") if _named(folder, path.name, True) is None)


def matching(home: Path, text: str) -> list[Message]:
    """The messages that `NAME` (on all channels), `NAME.CHANNEL` or `NAME.CHANNEL.LANG` names.

    Those for one language are left out, unless it is named or there is no other. Refuses where there are none.
    """
    wanted = text.strip().removesuffix(".j2").split(".")
    messages = every(home)
    found = [m for m in messages if m.label.split(".")[: len(wanted)] == wanted]
    for_all = [m for m in found if m.language is None]
    if found:
        return for_all or found
    from difflib import get_close_matches

    near = get_close_matches(".".join(wanted), [*(m.label for m in messages), *{m.name for m in messages}], 1)
    hint = f"did you mean '{near[0]}'?" if near else "see followup templates list"
    raise Refusal(f"there is no message '{'.'.join(wanted)}': {hint}")


def to_edit(home: Path, text: str, language: str) -> tuple[Message, Message]:
    """What `NAME.CHANNEL` (in the business's language) or `NAME.CHANNEL.LANG` is now, and the home's own file for it.

    `NAME` will do where it has one channel. Refuses what does not exist or is not clear.
    """
    label = text.strip().removesuffix(".j2")
    if "." not in label:
        found = matching(home, label)
        if len(found) > 1:
            raise Refusal(f"'{label}' has several channels: say which of {', '.join(m.label for m in found)}")
        label = found[0].label
    own = _named(home / "templates", f"{label}.j2", True)
    if own is None:
        raise Refusal(f"'{label}' names no message: write it as thank-you.email or thank-you.email.de")
    if own.path.exists():
        return own, own
    return find(home, own.name, own.channel, own.language or language), own


def _folders(home: Path) -> Iterator[tuple[Path, bool]]:
    yield home / "templates", True
    yield SHIPPED, False


def _fallbacks(language: str) -> Iterator[str]:
    """`pt-br`, then `pt` (RFC 4647, section 3.4); nothing for what is no language."""
    tag = language.replace("_", "-").casefold()
    while _LANGUAGE.fullmatch(tag):
        yield tag
        tag = tag.rpartition("-")[0]


def _named(folder: Path, file: str, yours: bool) -> Message | None:
    """The message that a file's name says it is; None for a name that no look-up tries."""
    name, channel, language = [*file.removesuffix(".j2").split("."), "", ""][:3]
    if not _NAME.fullmatch(name) or channel not in CHANNELS or not _LANGUAGE.fullmatch(language or "en"):
        return None
    message = Message(name, channel, language or None, folder / file, yours)
    return message if file == f"{message.label}.j2" else None
