"""Command lines made of what the commands themselves say they take: each with good, bad, hostile and huge values."""

from __future__ import annotations

import shlex
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
    "~nobody-there/x", "n\udcffame", "x" * 300, "new \x1b[31m\u202e.out",
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

SAMPLES = {
    "due": "--ahead '2 weeks'", "draft": "13", "done": "13 --note sent", "skip": "8", "snooze": "8 2026-12-01",
    "review": "", "remind": "2 2026-12-01 'ask about the garden'", "why": "18", "log": "call 1 'blue, not green'",
    "close": "1 --outcome resolved", "event list": "--open", "event show": "1", "event edit": "1 --text better",
    "event remove": "2", "undo": "", "contact add": "'Zoë Field' --email zoe@example.com", "contact list": "anna",
    "contact show": "1", "contact edit": "1 --company Berger", "contact opt-out": "1", "contact opt-in": "5",
    "contact lost": "1 --reason price", "contact regain": "5", "contact duplicates": "", "contact merge": "3 1",
    "contact export": "1 new.out", "contact forget": "2 --yes", "sale add": "1 Logo", "sale list": "--since 2026-01-01",
    "sale show": "1", "sale edit": "1 --title Cards", "sale cancel": "1", "rules list": "", "rules check": "rules.toml",
    "rules preview": "rules.toml", "rules adopt": "general --yes", "templates list": "",
    "templates show": "thank-you.email", "templates check": "", "templates edit": "thank-you.email",
    "away": "2026-12-24 2027-01-02", "calendar export": "new.out --ahead 3m", "calendar vdir": "folder --ahead 3m",
    "calendar sync": "", "import contacts": "cards.vcf", "import sales": "sales.csv --partial",
    "import archive": "exported", "export": "new.out", "backup": "new.out", "restore": "saved --yes",
    "init": "--name Lumen --yes", "doctor": "", "completion": "bash", "demo": "new.out",
}  # fmt: skip
"""Of each command the arguments of a line that is accepted, where it can be; other lines are made of it."""

ELSEWHERE = {"import archive": ["--home", "empty-home"]}
"""What stands before a command that no home with anything in it accepts."""

NEVER = {
    "review": "goes through a list with keys, and there is no terminal",
    "templates edit": "opens an editor, and no program is started",
    "calendar sync": "speaks with a server, and there is none",
}
"""Commands of which no line can be accepted here, and why."""


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


LINES = dict.fromkeys(commands(), 26) | {"doctor": 6, "templates check": 6, "demo": 10}
"""How many different lines of each command the default run has: fewer of those that take their time."""


def sample(command: str) -> Line:
    """The line of a command that is accepted, where one can be."""
    arguments = [*ELSEWHERE.get(command, ()), *command.split(), *shlex.split(SAMPLES[command])]
    return Line(arguments, command, json=False)


@st.composite
def lines(draw: st.DrawFn, command: str) -> Line:
    """A command with any of its arguments and options: some missing, some surplus, some unknown. Every other line is
    the sample with options added, and here and there another word."""
    chance = st.integers(0, 99)
    before = [*ELSEWHERE.get(command, ())]
    if draw(chance) < 10:
        before += ["--today", draw(st.sampled_from([*DAYS, *_SAFE]))]
    sampled = draw(st.booleans())
    arguments = shlex.split(SAMPLES[command]) if sampled else []
    if arguments and draw(chance) < 20:
        arguments[draw(st.integers(0, len(arguments) - 1))] = draw(st.sampled_from([*IDS, *FILES, *_SAFE]))
    options: list[list[str]] = []
    json = False
    for parameter in commands()[command]:
        if parameter.param_type_name == "argument":
            number = 1 if not sampled and draw(chance) < (93 if parameter.required else 55) else 0
            number += draw(st.integers(0, 2)) if number and parameter.nargs == -1 else 0
            arguments += [draw(_value(kind_of(parameter))) for _ in range(number)]
        elif parameter.is_flag:
            if draw(chance) < (20 if sampled else 35):
                options.append([parameter.opts[0]])
                json = json or parameter.opts[0] == "--json"
        elif draw(chance) < (10 if sampled else 80 if parameter.required else 22):
            for _ in range(draw(st.integers(1, 2)) if parameter.multiple else 1):
                kind = kind_of(parameter)
                value = draw(st.sampled_from(VALUES[kind]) if sampled else _value(kind))
                joined = draw(chance) < 30 and parameter.opts[0].startswith("--")
                options.append([f"{parameter.opts[0]}={value}"] if joined else [parameter.opts[0], value])
    odd = draw(chance)
    if odd < 4:
        arguments.append(draw(st.sampled_from(["surplus", "-5", "--", "-", *_SAFE[:20]])))
    elif odd < 7:
        options.append([draw(st.sampled_from(["--nope", "-x", "--home", "--all", "--help", "--on"]))])
    words = [arguments] if sampled else [[argument] for argument in arguments]  # a sample's options keep their values
    for option in options:
        words.insert(draw(st.integers(0, len(words))), option)
    flat = [word for group in words for word in group]
    clear = json and odd >= 7 and "--" not in flat
    return Line([*before, *command.split(), *flat], command, clear)
