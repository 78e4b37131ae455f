"""Rules and configuration as they were read when the stored plan was made: kept beside it, so that a command reads no
TOML and no expression again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct

from followup.core.config import Config
from followup.core.model import Node, Rules


class Parsed(Struct, frozen=True):
    """Both of them, without a fault."""

    rules: Rules
    config: Config


def dump(rules: Rules, config: Config) -> str:
    """Both as text: a checksum, and JSON."""
    text = msgspec.json.encode(Parsed(rules, config), enc_hook=vars).decode()
    return f"{crc32(text.encode()):08x} {text}"


@lru_cache(maxsize=16)
def load(kept: str) -> Parsed | None:
    """What was made that text of; None where it is not as it was written, or not as this version writes it.

    The same text is read once: a review opens the home anew for each key.
    """
    checksum, _, text = kept.partition(" ")
    if checksum != f"{crc32(text.encode()):08x}":
        return None
    try:
        return msgspec.json.decode(text, type=Parsed, dec_hook=lambda _, value: _node(value))
    except (msgspec.MsgspecError, RecursionError):
        return None


def _node(value: Any) -> Any:
    """A condition's nodes again, of what JSON has in their place."""
    if isinstance(value, dict):
        return Node(**{name: _node(field) for name, field in value.items()})
    return [_node(item) for item in value] if isinstance(value, list) else value
