"""Follow-ups on the calendar: files to import, folders and CalDAV collections that are read back."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened
from followup.cli.values import choice, named_path, until
from followup.core.refusal import Refusal
from followup.store.book import Book

if TYPE_CHECKING:
    from followup.calendar.exchange import Exchanged, Place
    from followup.calendar.export import Wish

app = typer.Typer()

AHEAD = Annotated[str, typer.Option(metavar="PERIOD", help="How far to look ahead.")]
FORM = Annotated[str, typer.Option("--as", metavar="event|todo", help="As events or as to-dos.")]
AT = Annotated[str, typer.Option(metavar="HH:MM", help="At this time of day, not for the whole day.")]
CONTACT = Annotated[str, typer.Option(metavar="WHO", help="Only this person's.")]
RULE = Annotated[str, typer.Option(metavar="RULE", help="Only what this rule planned.")]


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The .ics file to write; - is stdout.")],
    ahead: AHEAD = "12 months",
    form: FORM = "event",
    at: AT = "",
    contact: CONTACT = "",
    rule: RULE = "",
    json: JSON = False,
) -> None:
    """A calendar file of what is to do, to import again and again: nothing appears twice, what is done goes away."""
    if json and file == "-":
        raise Refusal("--json and the calendar cannot both be on stdout: name a file")
    from followup.calendar.document import PRODUCT
    from followup.calendar.export import publish
    from followup.store.homefiles import check_ours, write_outside

    target = named_path(file, "file")
    check_ours(target, f"PRODID:{PRODUCT}".encode())
    documents: list[bytes] = []
    with opened(ctx) as book:
        keep = documents.append if file == "-" else lambda document: write_outside(target, document)
        published = publish(book, _wish(book, ahead, form, at, contact, rule), keep)
    if documents:
        output.verbatim(documents[0])
    elif json:
        output.as_json(
            {
                "file": file,
                "entries": published.entries,
                "cancelled": published.cancelled,
                "completed": published.completed,
            }
        )
    else:
        counts = [(published.cancelled, "cancelled"), (published.completed, "completed")]
        output.lines(f"{file}: {_counted(published.entries, counts)}")


@app.command()
def vdir(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder; it is made where there is none.")],
    ahead: AHEAD = "12 months",
    form: FORM = "event",
    at: AT = "",
    contact: CONTACT = "",
    rule: RULE = "",
    json: JSON = False,
) -> None:
    """A folder with a file for each follow-up, as khal, todoman and vdirsyncer read it.

    What was ticked off, cancelled or moved there is done, skipped or snoozed first.
    """
    from followup.calendar.vdir import Vdir

    target = named_path(folder, "folder")
    with opened(ctx) as book:
        wish = _wish(book, ahead, form, at, contact, rule)
        _exchange(book, wish, Vdir(target), f"calendar vdir {folder}", {"dir": folder}, json)


@app.command()
def sync(
    ctx: typer.Context,
    ahead: AHEAD = "12 months",
    form: FORM = "event",
    at: AT = "",
    contact: CONTACT = "",
    rule: RULE = "",
    json: JSON = False,
) -> None:
    """The CalDAV calendar of the configuration, and with it your phone, shows what is to do.

    What was ticked off, cancelled or moved there is done, skipped or snoozed first.
    """
    from followup.calendar.collection import Collection
    from followup.calendar.connection import account

    with opened(ctx) as book:
        wish = _wish(book, ahead, form, at, contact, rule)
        found = account(book.config.caldav)
        with Collection(found) as collection:
            _exchange(book, wish, collection, "calendar sync", {"url": found.url}, json)


def _wish(book: Book, ahead: str, form: str, at: str, contact: str, rule: str) -> "Wish":
    """What the options ask for. Refuses what they cannot mean."""
    from followup.calendar.entries import FORMS, Style
    from followup.calendar.export import Wish
    from followup.store import contacts

    style = Style(
        form=FORMS[FORMS.index(choice(form, FORMS, "form"))],
        at=_time(at) if at else "",
        alarm=book.config.remind_at,
    )
    return Wish(
        until=until(ahead, book),
        style=style,
        contact_id=contacts.find(book.db, contact) if contact else None,
        rule=choice(rule, [known.name for known in book.rules.rules], "rule") if rule else None,
    )


def _exchange(book: Book, wish: "Wish", place: "Place", command: str, where: dict[str, str], json: bool) -> None:
    """Reads back and writes, and says what was done."""
    from followup.calendar.exchange import exchange

    with output.progress(None, "Calendar") as progress:
        done = exchange(book, wish, place, command, progress)
    if json:
        counts = {"entries": done.entries, "written": done.written, "removed": done.removed}
        output.as_json({**where, **counts, "read_back": _read_back(book, done)})
        return
    for verb, ids in (
        ("Done there", done.done),
        ("Skipped there", done.skipped),
        ("Put off there", done.snoozed),
        ("Deleted there, still to do", done.deleted),
    ):
        output.lines("\n".join(f"{verb}: {title}" for title in _titles(book, ids)))
    output.lines("\n".join(f"Left alone: {one.title}: {one.reason}" for one in done.ignored))
    counted = _counted(done.entries, [(done.written, "written"), (done.removed, "removed")])
    output.lines(f"{next(iter(where.values()))}: {counted}")


def _read_back(book: Book, done: "Exchanged") -> dict[str, Any]:
    from followup.cli import shapes
    from followup.cli.brief import in_list
    from followup.store import followups

    def shown(ids: list[int]) -> list[dict[str, Any]]:
        rows = followups.by_ids(book.db, ids)
        states = {e.standing.id: e.state for e in in_list(book, [row for row in rows if row.plan == "open"])}
        return [shapes.followup(row, states.get(row.id, row.plan), book.today) for row in rows]

    return {
        "done": shown(done.done),
        "skipped": shown(done.skipped),
        "snoozed": shown(done.snoozed),
        "deleted": shown(done.deleted),
        "ignored": [{"uid": one.uid, "title": one.title, "reason": one.reason} for one in done.ignored],
    }


def _titles(book: Book, ids: list[int]) -> list[str]:
    from followup.store import followups

    return [
        f"{row.title}, until {row.snoozed_until}" if row.plan == "open" and row.snoozed_until else row.title
        for row in followups.by_ids(book.db, ids)
    ]


def _counted(entries: int, parts: list[tuple[int, str]]) -> str:
    return ", ".join([f"{entries} follow-up{'s' * (entries != 1)}", *(f"{n} {what}" for n, what in parts if n)])


def _time(text: str) -> str:
    """A time of day as HH:MM. Refuses what is none."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip(), re.ASCII)
    if found is None:
        raise Refusal(f"'{text}' is not a time of day: write it as 09:00")
    return f"{found[1]:>02}:{found[2]}"
