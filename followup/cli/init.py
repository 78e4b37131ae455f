"""Setting up: the business in the configuration, and the playbook that the rules begin with."""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened_raw
from followup.cli.place import place
from followup.cli.replacing import agree, edited, keep_beside
from followup.core.identity import check_email, clean_line
from followup.core.refusal import Refusal
from followup.store.book import TEMPLATES, make_home, playbook_text
from followup.store.files import write_private

app = typer.Typer()

_NEXT = 'followup sale add "Anna Berger" "Logo design" --new --email anna@example.com'
_QUESTIONS = {
    "name": "Name of your business?",
    "owner": "Your own name?",
    "email": "Your e-mail address?",
    "currency": "Your currency, as its ISO code?",
    "country": "Your country for public holidays, as two letters such as DE? Empty: none.",
}


class Question(NamedTuple):
    """What is asked: which value it is for, what that is now, and what turns an answer into it or refuses that."""

    key: str
    text: str
    default: str
    check: Callable[[str], str]


@app.command()
def init(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="The name of your business.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="TEXT", help="Your own name.")] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where clients write to you.")] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="ISO 4217, such as EUR.")] = None,
    country: Annotated[str | None, typer.Option(metavar="CODE", help="ISO 3166, for public holidays, as DE.")] = None,
    playbook: Annotated[str | None, typer.Option(metavar="NAME", help="The rules to begin with.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: what is not given takes its default.")] = False,
    json: JSON = False,
) -> None:
    """Sets up your business. In a home that is in use it changes what you give and keeps all else.

    Without an option it takes its answers from a pipe too, a line each. Edited rules are kept beside a playbook that
    takes their place.
    """
    from followup.core.config import parse_config
    from followup.core.config_edit import with_texts
    from followup.store.holidays import work_out
    from followup.store.homes import default_config

    home, today = place(ctx)
    if (home / "followup.db").exists():
        opened_raw(ctx).close()
    before = _text(home / "config.toml") or default_config({})
    known = parse_config(before).business
    options = {"name": name, "owner": owner, "email": email, "currency": currency, "country": country}
    checks = _checks(today)
    given = {key: checks[key](said) for key, said in options.items() if said is not None}
    rules = _text(home / "rules.toml")
    chosen = _chosen(playbook, rules)
    gives_way = chosen is not None and edited(rules)
    if gives_way and output.attended() and not yes:
        agree(f"rules.toml has been edited. Put {chosen} in its place? The old one is kept beside it.", "changed")
    if not yes:
        questions = [Question(key, _QUESTIONS[key], known[key], checks[key]) for key in options if key not in given]
        if chosen and playbook is None:
            questions.append(Question("playbook", f"Your playbook: {', '.join(_playbooks())}?", chosen, _shipped))
        if output.attended():
            given |= _typed(questions)
        elif not given and playbook is None:
            given |= _piped(questions)
        chosen = given.pop("playbook", chosen)
    changed = {key: said for key, said in given.items() if said != known[key]}
    text = with_texts(before, "business", changed)
    text.encode()  # what was not typed in UTF-8 is refused before anything is made
    config = parse_config(text)
    if config.holiday_place and "country" in changed:
        work_out(config.holiday_place, today.year)
    kept = keep_beside(home / "rules.toml", today) if gives_way else None
    _write(home, text, chosen)
    _answer(home, {key: config.business[key] for key in options}, chosen, kept, json)


def _write(home: Path, config: str, playbook: str | None) -> None:
    """Makes the home where there is none, and writes the files that are to be another."""
    make_home(home, playbook or "general", config)
    if _text(home / "config.toml") != config:
        write_private(home / "config.toml", config)
    if playbook and _text(home / "rules.toml") != playbook_text(playbook):
        write_private(home / "rules.toml", playbook_text(playbook))


def _answer(home: Path, business: dict[str, str], playbook: str | None, kept: str | None, json: bool) -> None:
    if kept:
        output.notice(f"the rules as they were are in {home / kept}")
    if json:
        output.as_json({"home": str(home), "business": business, "playbook": playbook, "kept": kept})
        return
    output.record([("home", str(home)), *business.items(), ("playbook", playbook or "rules of your own")])
    if output.on_terminal():
        output.lines(
            f"\nNext, a job that you have finished:\n\n  {_NEXT}\n\nOr clients of others, to play with: followup demo"
        )
    else:
        output.notice(f"next: {_NEXT}")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _checks(today: date) -> dict[str, Callable[[str], str]]:
    """What turns each answer into the value that is kept, or refuses it."""
    from followup.core.money import parse_currency

    return {
        "name": clean_line,
        "owner": clean_line,
        "email": lambda text: check_email(text) if clean_line(text) else "",
        "currency": lambda text: parse_currency(text, "EUR"),
        "country": lambda text: _country(text, today),
    }


def _country(text: str, today: date) -> str:
    """A country's two letters, '' for none. Refuses one whose public holidays are not known."""
    from followup.store.holidays import work_out

    code = clean_line(text).upper()
    if not code:
        return ""
    if len(code) == 2:
        with suppress(Refusal):
            work_out(code, today.year)
            return code
    raise Refusal(
        f"no public holidays are known for '{clean_line(text)[:40]}': "
        "give the two letters of a country (ISO 3166), such as DE, or leave it empty"
    )


def _typed(questions: list[Question]) -> dict[str, str]:
    """What a person answers. Refuses where they leave before the last question."""
    return {question.key: _asked(question) for question in questions}


def _asked(question: Question) -> str:
    """The answer to a question, asked again until it can be accepted."""
    while True:
        answer = output.ask(question.text, question.default)
        try:
            return question.check(answer)
        except Refusal as refusal:
            output.notice(str(refusal))


def _piped(questions: list[Question]) -> dict[str, str]:
    """What the lines of a pipe answer, in order, each told with its question: an empty line and what comes after the
    last one leave things as they are. Refuses an answer that cannot be accepted."""
    answers = {}
    for question in questions:
        line = sys.stdin.readline() if sys.stdin else ""
        if not line:
            break
        answer = line.strip()
        output.notice(f"{question.text} {answer or question.default}".rstrip())
        if answer:
            answers[question.key] = question.check(answer)
    return answers


def _playbooks() -> dict[str, str]:
    """The playbooks that ship: their texts by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((TEMPLATES / "playbooks").glob("*.toml"))}


def _shipped(name: str) -> str:
    playbook_text(name)
    return name


def _chosen(playbook: str | None, rules: str) -> str | None:
    """The playbook to begin with: the one that is named, else the one that is there; None for rules of their own."""
    if playbook is not None:
        return _shipped(playbook)
    if not rules.strip():
        return "general"
    return next((name for name, text in _playbooks().items() if text == rules), None)
