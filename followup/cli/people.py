"""The people you work for, as records: who is there twice, two made one, all that is held on someone, and its end."""

from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.opening import opened, opened_to_change
from followup.cli.values import named_path
from followup.core.refusal import Refusal
from followup.store import contacts

if TYPE_CHECKING:
    from followup.core.joining import Conflict

app = typer.Typer()

_MOST_NAMED = 5


@app.command()
def duplicates(ctx: typer.Context, json: JSON = False) -> None:
    """Those who may be one person twice, the surest first, each with what speaks for it. Changes nothing."""
    from followup.store.duplicates import pairs

    with opened(ctx) as book:
        found = pairs(book.db)
    if json:
        shown = [
            {"contacts": [{"id": i, "name": name} for i, name in (pair.first, pair.second)], "reasons": pair.reasons}
            for pair in found
        ]
        output.as_json(shown)
    elif not output.on_terminal():
        rows = [(*pair.first, *pair.second, "; ".join(pair.reasons)) for pair in found]
        output.table(("id", "name", "other_id", "other_name", "reasons"), rows)
    else:
        told = [
            (
                f"{pair.first[1]} ({pair.first[0]})",
                f"{pair.second[1]} ({pair.second[0]})",
                ", ".join(pair.reasons),
                f"followup contact merge {pair.second[0] if pair.into == pair.first[0] else pair.first[0]} {pair.into}",
            )
            for pair in found
        ]
        output.table(("contact", "other", "because", "to make them one"), told, empty="Nobody seems to be there twice.")


@app.command()
def merge(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="WHO", help="The one that goes.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="The same person: the one that stays.")],
    json: JSON = False,
) -> None:
    """Makes two contacts one: INTO has all that happened with either. Nothing is overwritten; notes take the rest."""
    from followup.store.merging import merge as join

    with opened_to_change(ctx) as book:
        gone = contacts.load(book.db, contacts.find(book.db, who))
        kept = contacts.load(book.db, contacts.find(book.db, into))
        with book.change(f"contact merge {gone.name} into {kept.name}") as changing:
            conflicts = join(book, changing, gone.id, kept.id)
        shown = shapes.contact(book.history(kept.id), book.today)
    if json:
        output.as_json({**shown, "conflicts": list(map(shapes.conflict, conflicts))})
        return
    if output.on_terminal():
        output.lines(f"{gone.name} ({gone.id}) is {kept.name} ({kept.id}) now; followup undo parts them again.")
    else:
        output.table(("id", "name", "email", "phone"), [tuple(shown[key] for key in ("id", "name", "email", "phone"))])
    for conflict in conflicts:
        output.notice(_sentence(conflict))


def _sentence(conflict: "Conflict") -> str:
    kept = f"'{output.short(conflict.kept)}' stays" if conflict.kept else "stays empty"
    return f"{conflict.field}: {kept}, '{output.short(conflict.given)}' is in the notes"


@app.command()
def export(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="WHO", help="Id, e-mail, or (part of) the name.")],
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="Where to write it; stdout if left out.")] = "-",
    json: JSON = False,
) -> None:
    """All that is held on someone, as one JSON document: the answer to who asks what you know of them (GDPR, 15)."""
    from followup.cli.dossier import document

    path = named_path(file, "file")
    with opened(ctx) as book:
        found = document(book, contacts.find(book.db, who))
    if file == "-":
        output.as_json(found)
        return
    from json import dumps

    from followup.store.homefiles import check_ours, write_outside

    check_ours(path, b'"contact":')
    write_outside(path, (dumps(found, ensure_ascii=False, indent=2) + "\n").encode())
    person = {key: found["contact"][key] for key in ("id", "name")}
    if json:
        output.as_json({"file": str(path), "contact": person})
    else:
        output.notice(f"all that is held on {person['name']} ({person['id']}) is in {path}")


@app.command()
def forget(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="WHO", help="Id, e-mail, or (part of) the name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JSON = False,
) -> None:
    """Erases someone for good, from the undo journal and the file's free pages too. It cannot be taken back."""
    from followup.store import erasing
    from followup.store.homefiles import is_own

    with opened(ctx) as book:
        book.stop_reading()  # free pages can be overwritten only where nobody reads
        if erasing.is_unfinished(book.db) and erasing.clean(book.db):
            output.notice("an earlier erasing is finished now: nothing of it is left in the data file")
            if not contacts.exact(book.db, who) and not contacts.matching(book.db, who):
                if json:
                    output.as_json({"forgotten": None, "finished": True})
                return
        person = contacts.load(book.db, contacts.find(book.db, who))
        question = f"Erase {person.name} ({person.id}) and all that happened with them, for good?"
        if not yes and not output.confirm(question):
            raise Refusal(f"{person.name} was not erased: answer y, or give --yes")
        with book.change_for_good() as changing:
            names = erasing.erase(changing, person.id)
        cleaned = erasing.clean(book.db)
        mentioned = contacts.names(book.db, erasing.mentions(book.db, names))
        aside = sorted(path.name for path in book.home.iterdir() if not is_own(path.name))
    if json:
        output.as_json({"forgotten": {"id": person.id, "name": person.name}, "finished": cleaned})
    elif output.on_terminal():
        output.lines(f"{person.name} ({person.id}) is erased, for good.")
    else:
        output.table(("id", "name"), [(person.id, person.name)])
    output.notice("backups, exported files and calendars that were told still hold them: erase those yourself")
    output.notice("importing an old file again brings them back: take them out of it first")
    if aside:
        output.notice(f"so may these, which lie beside the data: {_few(aside)}")
    if mentioned:
        people = [f"{name} ({contact_id})" for contact_id, name in mentioned.items()]
        output.notice(f"the name still stands in what you wrote about {_few(people)}")
    if not cleaned:
        output.notice(
            "the free pages of the data file may still hold them, since another command uses it or the disk is full: "
            "when that has ended, the same followup contact forget again finishes it"
        )


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
