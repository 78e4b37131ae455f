"""Everything in files that other programs read."""

from typing import Annotated, Literal

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened_raw
from followup.cli.place import place
from followup.cli.values import choice, named_path
from followup.core.refusal import Refusal

app = typer.Typer()

_CARDS: dict[str, Literal["4.0", "3.0"]] = {"vcard": "4.0", "vcard3": "3.0"}
_SAID = ("contacts", "sales", "events")


@app.command()
def export(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder to write, or an earlier export to replace.")],
    form: Annotated[str, typer.Option("--format", metavar="csv|json|vcard|vcard3", help="How it is written.")] = "csv",
    json: JSON = False,
) -> None:
    """Everything as tables for spreadsheets (csv) or programs (json); or the contacts as vCards 4.0 or 3.0.

    Of csv and json, followup import archive DIR makes the same home again."""
    from contextlib import closing, suppress

    from followup.transfer.archive import FORMS, write, write_cards

    chosen = choice(form, (*FORMS, *_CARDS), "format")
    target = named_path(folder, "folder")
    if not (place(ctx).home / "followup.db").is_file():
        raise Refusal(f"there is nothing to export: {place(ctx).home} has no followup.db")
    with closing(opened_raw(ctx)) as book, output.progress(None, f"Exporting to {folder}") as tick:
        with suppress(Refusal):  # where the rules have faults the last good plan goes out
            book.refresh()
        if chosen in _CARDS:
            counts = write_cards(book, target, _CARDS[chosen], tick)
        else:
            counts = write(book, target, FORMS[FORMS.index(chosen)], tick)
    if json:
        output.as_json({"folder": folder, "format": chosen, "rows": counts})
    else:
        output.lines(f"{folder}: {held(counts)}")


def held(counts: dict[str, int]) -> str:
    """How much an exported home holds, in words."""
    return ", ".join(
        f"{counts[what]:,} {what.removesuffix('s' * (counts[what] == 1))}" for what in _SAID if what in counts
    )
