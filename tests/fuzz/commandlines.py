"""Command lines made of what the commands themselves say they take: each with good, bad, hostile and huge values."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fuzzing import HOSTILE
from hypothesis import strategies as st
from typer.main import get_command

from followup.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = [
    "2026-12-01",
    "2026-11-20",
    "today",
    "yesterday",
    "next friday",
    "in 2 weeks",
    "15 jan",
    "2026-02-30",
    "1899-01-01",
    "12",
]
SPANS = ["3d", "2 weeks", "6m", "1 year 6 months", "5bd", "0d", "-1d", "200y", "9999y", "soon"]
PEOPLE = ["anna", "1", "2", "3", "4", "99", "anna berger", "anna@example.com", "@vip", "@", "nobody", "eve", "7" * 40]
IDS = ["1", "2", "3", "4", "5", "6", "7", "12", "0", "99", "-1", "9" * 30, "1.5", "anna", "@vip", "٣"]
CHANNELS = ["email", "phone", "e-mail", "chat", "post", "visit", "pigeon", "EMAIL"]
MONEY = ["1200", "1,200.50", "1.200,50 €", "12 JPY", "-5", "1e9", "$10 EUR", "9" * 20]
RULES = ["thank-you", "win-back", "thank", "no such", "Thank-You"]
KINDS = [
    "call", "email", "note", "complaint", "promise", "feedback", "referral", "perk", "attempt", "question", "meeting",
    "x",
]  # fmt: skip
TEXTS = ["blue, not green", "{{ 7 * 7 }}", "two\nlines", "x" * 3000, "Gr\udcfc\udcdf", "naïve 日本 👩‍👩‍👧"]
FILES = [
    "new.out", "sales.csv", "cards.vcf", "letter.eml", "rules.toml", "faulty.toml", "empty", "noise.bin", "folder",
    "exported",
    "exported-json", "saved", "no/such/folder/x", "home/rules.toml", "home/followup.db", "home/templates/x.email.j2",
    "home", "link", "dangling", "-", ".",
    "~nobody-there/x", "n\udcffame", "x" * 300,
]  # fmt: skip
"""Names in the folder where the command runs: the home and what lies beside it."""

VALUES: dict[str, list[str]] = {
    "WHO": PEOPLE, "INTO": PEOPLE, "WHO|NAME": [*PEOPLE, "Tom Reed"], "NAME": ["Zoë Field", "general", "thank-you",
    "thank-you.email"],
    "ID": IDS, "ID...": IDS, "EVENT": IDS, "ID... [WHEN]": [*IDS, *DAYS, *SPANS], "DATE": DAYS, "WHEN": DAYS,
    "FROM": DAYS, "TO": DAYS,
    "PERIOD": SPANS, "CHANNEL": CHANNELS, "MONEY": MONEY, "MONEY|PERCENT": [*MONEY, "10%", "110%"], "RULE": RULES,
    "KIND": KINDS,
    "TEXT": TEXTS, "TITLE": ["Logo", *TEXTS], "SEARCH": ["anna", "an be", "1234567", *TEXTS], "CODE": ["AUTUMN10",
    "EUR", "DE", "QQ"],
    "OUTCOME": ["resolved", "refunded", "kept", "broken", "redeemed", "x"], "REASON": ["price", "moved", "bored"],
    "0..10": ["0", "9", "11", "-1", "x", "9" * 5000], "ADDRESS": ["zoe@example.com", "anna@example.com", "a@b@c",
    "zoe@", ""],
    "NUMBER": ["+49 30 1234567", "12", "x", ""], "NET:NAME": ["whatsapp:+49301", "x:", "aol:z", ":",
    "mastodon:@a@b.example"],
    "xx": ["de", "en-GB", "klingon", ""], "T": ["vip", "a,b", "@vip", ",", ""], "C": ["web", ""],
    "NAME=DATE": ["trial=2026-12-01", "trial=", "=", "a b=today", "x=soon"], "COLUMN=FIELD": ["Name=name", "Wer=name",
    "x", "=", "Date=nope"],
    "DMY|MDY|YMD": ["DMY", "mdy", "ymd", "YDM"], "HH:MM": ["09:00", "9:5", "24:00"], "event|todo": ["event", "todo",
    "x"],
    "csv|json|vcard|vcard3": ["csv", "json", "vcard", "vcard3", "xml"], "bash|zsh|fish": ["bash", "zsh", "fish", "sh"],
    "PLAYBOOK": ["general", "designer", "repair", "x", "rules.toml", "faulty.toml"], "FILE": FILES, "DIR": FILES,
}  # fmt: skip
"""What is given for each kind of value that a command names, good and bad."""

PLACES = ("FILE", "DIR")
"""Kinds of value that name a place on the disk: they take nothing but `FILES`, so that nothing else is written."""

_SAFE = [text for text in HOSTILE if "\0" not in text and "/" not in text]
"""No argument can hold a zero, and no text that lands in the place of a file may lead out of the folder."""

RARE = {"doctor": 5, "demo": 5, "templates check": 5, "templates edit": 2}
"""Commands that take their time, one of so many times."""


class Line(NamedTuple):
    """A command line: its arguments, the command, and whether it asks for JSON in so many words."""

    arguments: list[str]
    command: str
    json: bool


@cache
def commands() -> dict[str, list[Any]]:
    """Every command, such as `contact add`, with its parameters."""
    return dict(_commands(get_command(app.app), ""))


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, list[Any]]]:
    for name, build in group.builders.items():
        command = build()
        if hasattr(command, "builders"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command.params


def kind_of(parameter: Any) -> str:
    """The kind of value that a parameter takes, as its help names it."""
    name = str(parameter.metavar)
    return name[1:-1] if name.startswith("[") and name.count("[") == 1 else name


def _value(kind: str) -> st.SearchStrategy[str]:
    good = st.sampled_from(VALUES[kind])
    if kind in PLACES:
        return good
    text = st.text(st.characters(exclude_characters="\0/~", exclude_categories=("Cs",)), max_size=12)
    return st.one_of(good, good, good, st.sampled_from(_SAFE), text)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Any command with any of its arguments and options: some missing, some surplus, some unknown."""
    names = [name for name in commands() for _ in range(1 if name in RARE else 10)]
    command = draw(st.sampled_from(names))
    chance = st.integers(0, 99)
    before: list[str] = []
    if draw(chance) < 15:
        before = ["--today", draw(st.sampled_from([*DAYS, *_SAFE]))]
    arguments: list[str] = []
    options: list[list[str]] = []
    json = False
    for parameter in commands()[command]:
        if parameter.param_type_name == "argument":
            number = 1 if draw(chance) < (93 if parameter.required else 55) else 0
            number += draw(st.integers(0, 2)) if number and parameter.nargs == -1 else 0
            arguments += [draw(_value(kind_of(parameter))) for _ in range(number)]
        elif parameter.is_flag:
            if draw(chance) < 35:
                options.append([parameter.opts[0]])
                json = json or parameter.opts[0] == "--json"
        elif draw(chance) < (80 if parameter.required else 22):
            for _ in range(draw(st.integers(1, 2)) if parameter.multiple else 1):
                value = draw(_value(kind_of(parameter)))
                joined = draw(chance) < 30 and parameter.opts[0].startswith("--")
                options.append([f"{parameter.opts[0]}={value}"] if joined else [parameter.opts[0], value])
    odd = draw(chance)
    if odd < 4:
        arguments.append(draw(st.sampled_from(["surplus", "-5", "--", "-", *_SAFE[:20]])))
    elif odd < 7:
        options.append([draw(st.sampled_from(["--nope", "-x", "--home", "--all", "--help", "--on"]))])
    words = [[argument] for argument in arguments]
    for option in options:
        words.insert(draw(st.integers(0, len(words))), option)
    flat = [word for group in words for word in group]
    clear = json and odd >= 7 and "--" not in flat
    return Line([*before, *command.split(), *flat], command, clear)
