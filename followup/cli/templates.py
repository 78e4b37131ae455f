"""The messages, tended: listed, shown, checked, edited."""

from contextlib import closing
from typing import Annotated, Any

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened_raw
from followup.cli.place import place
from followup.core.refusal import Refusal
from followup.drafting.lookup import Message, every, matching, to_edit

app = typer.Typer()

NAME = Annotated[str, typer.Argument(metavar="NAME", help="thank-you, thank-you.email or thank-you.email.de.")]


@app.command("list")
def list_(ctx: typer.Context, json: JSON = False) -> None:
    """Every message, where it comes from, and which rules use it."""
    with closing(opened_raw(ctx)) as book:
        rules = book.rules.rules
        shown = [
            _shape(m) | {"rules": [r.name for r in rules if r.message == m.name and m.channel in r.channels]}
            for m in every(book.home)
        ]
    if json:
        output.as_json(shown)
        return
    columns = ("message", "channel", "language", "from", "rules")
    output.table(columns, [(*(one[c] for c in columns[:-1]), ", ".join(one["rules"])) for one in shown])


@app.command()
def show(ctx: typer.Context, name: NAME, json: JSON = False) -> None:
    """What a message says, as it is written; of NAME alone, on all channels."""
    found = matching(place(ctx).home, name)
    if json:
        output.as_json([_shape(m) | {"text": m.text()} for m in found])
    elif len(found) == 1:
        output.lines(found[0].text())
    else:
        output.lines("\n".join(f"--- {m.label} ({_origin(m)})\n{m.text()}" for m in found))


@app.command()
def check(ctx: typer.Context, json: JSON = False) -> None:
    """Every fault of the messages that are in use or yours, and every one that a rule names and nobody has written."""
    from followup.drafting.check import faults

    with closing(opened_raw(ctx)) as book:
        found = faults(book.home, book.rules, book.config.business)
    if json:
        output.as_json([fault._asdict() for fault in found])
    elif found:
        output.table(found[0]._fields, found)
    if found:
        number = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        raise Refusal(f"the messages have {number}: mend them with followup templates edit")
    if not json:
        output.notice("The messages have no faults.")


@app.command()
def edit(ctx: typer.Context, name: NAME, json: JSON = False) -> None:
    """Your own wording of a message: opens your copy in $VISUAL or $EDITOR, made from the shipped one if need be."""
    from followup.cli.editing import chosen_editor, open_in_editor
    from followup.drafting.check import faults_of
    from followup.store.files import write_private

    with closing(opened_raw(ctx)) as book:
        current, own = to_edit(book.home, name, book.config.business["language"])
        copied = current.path != own.path
        editor = chosen_editor(f"copy {current.path} to {own.path} and edit that" if copied else f"edit {own.path}")
        before = current.text()
        if copied:
            own.path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(own.path, before)
        try:
            open_in_editor(editor, own.path)
        finally:
            unchanged = own.path.exists() and own.path.read_bytes() == before.encode()
            if copied and unchanged:
                own.path.unlink()
        if unchanged:
            output.notice(f"{own.label} is as it was.")
        else:
            output.notice(f"{own.path} is what is sent now{_in_place_of(own, every(book.home))}.")
            for fault in faults_of(own, book.rules, book.config.business):
                output.notice(f"{fault.message}{f', line {fault.line}' if fault.line else ''}: {fault.reason}")
    if json:
        sent = current if unchanged else own
        output.as_json(_shape(sent) | {"text": sent.text()})


def _in_place_of(own: Message, messages: list[Message]) -> str:
    """Which translations that ship a message of one's own for all languages stands before."""
    behind = [m.language for m in messages if m[:2] == own[:2] and m.language and not m.yours]
    return f", also to those whose language is {', '.join(behind)}" if behind and not own.language else ""


def _origin(message: Message) -> str:
    return "yours" if message.yours else "shipped"


def _shape(message: Message) -> dict[str, Any]:
    return {
        "message": message.name,
        "channel": message.channel,
        "language": message.language,
        "from": _origin(message),
        "file": str(message.path),
    }
