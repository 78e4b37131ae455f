"""All that happened: to read, mend and take out."""

from typing import Annotated, Any

import typer
from msgspec.structs import replace

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.choosing import chosen_event, chosen_sale
from followup.cli.log import mark_refund, money, name_of, rated, recommended, show_events, show_planned, worth
from followup.cli.opening import opened, opened_to_change
from followup.core.dates import parse_date
from followup.core.events import check_event, check_kind, check_mending, check_outcome, check_text, turned
from followup.core.identity import check_name
from followup.core.model import Event
from followup.core.refusal import Refusal
from followup.store import contacts, events, sales
from followup.store.book import Book

app = typer.Typer()

WHICH = Annotated[str, typer.Argument(metavar="EVENT", help="Its id, or a person with one open.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    search: Annotated[str, typer.Argument(metavar="[SEARCH]", help="Words in it.", show_default=False)] = "",
    contact: Annotated[str | None, typer.Option(metavar="WHO", help="Only this person's.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Only this kind.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Only what is open.")] = False,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only from this day on.")] = None,
    json: JSON = False,
) -> None:
    """What happened, oldest first."""
    kind = None if kind is None else check_kind(kind)
    with opened(ctx) as book:
        contact_id = None if contact is None else contacts.find(book.db, contact)
        day = None if since is None else parse_date(since, book.today, "back")
        found = events.listed(book.db, search, contact_id, kind, day)
        shown = [shapes.event(event, name) for event, name in found if event.open or not open_]
        today = book.today
    if json:
        output.as_json(shown)
    else:
        show_events(shown, today, "No events: followup log writes one down.")


@app.command()
def show(ctx: typer.Context, which: WHICH, json: JSON = False) -> None:
    """One event, whole."""
    with opened(ctx) as book:
        _answer(book, chosen_event(book, which), json)


@app.command()
def edit(
    ctx: typer.Context,
    which: WHICH,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="What was said.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day it happened.")] = None,
    sale: Annotated[str | None, typer.Option(metavar="ID", help="The sale it is about.")] = None,
    in_: Annotated[bool | None, typer.Option("--in/--out", help="Who reached out: they, or you.")] = None,
    by: Annotated[str | None, typer.Option(metavar="DATE", help="The day you promised.")] = None,
    rating: Annotated[str | None, typer.Option(metavar="0..10", help="Of feedback.")] = None,
    of: Annotated[str | None, typer.Option(metavar="WHO|NAME", help="Whom they recommended.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Of a perk.")] = None,
    value: Annotated[str | None, typer.Option(metavar="MONEY|PERCENT", help="Of a perk.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="The last day of a perk.")] = None,
    cost: Annotated[str | None, typer.Option(metavar="MONEY", help="What it cost you.")] = None,
    outcome: Annotated[str | None, typer.Option(metavar="OUTCOME", help="How it ended; empty opens it again.")] = None,
    json: JSON = False,
) -> None:
    """Mends what was logged; an empty value clears."""
    texts = {"text": text, "on": on, "sale": sale, "by": by, "rating": rating, "of": of, "code": code, "value": value}
    texts |= {"expires": expires, "cost": cost, "outcome": outcome}
    given = {option: said for option, said in texts.items() if said is not None}
    if not given and in_ is None:
        raise Refusal("nothing was given to change: name it with an option, such as --text (see --help)")
    with opened_to_change(ctx) as book:
        event = chosen_event(book, which)
        turning = {} if in_ is None else {"in" if in_ else "out": "yes"}
        check_mending(event.kind, given | turning)
        mended = replace(event if in_ is None else turned(event, in_), **_changes(book, event, given))
        about = None if mended.sale_id is None else sales.load(book.db, mended.sale_id)
        check_event(mended, about, book.today)
        with book.change(f"event edit {event.kind} {name_of(book, event)}") as changing:
            events.update(book.db, mended)
            mark_refund(book, event)
            mark_refund(book, mended)
            changing.touch(event.contact_id, event.of_id, mended.of_id)
        _answer(book, mended, json, "Changed")
        if not json:
            show_planned(book, changing)


@app.command()
def remove(ctx: typer.Context, which: WHICH, json: JSON = False) -> None:
    """Takes out what never happened."""
    with opened_to_change(ctx) as book:
        event = chosen_event(book, which)
        with book.change(f"event remove {event.kind} {name_of(book, event)}") as changing:
            events.remove(book.db, event.id)
            mark_refund(book, event)
            changing.touch(event.contact_id, event.of_id)
        _answer(book, event, json, "Removed")
        if not json:
            show_planned(book, changing)


def _changes(book: Book, event: Event, given: dict[str, str]) -> dict[str, Any]:
    """The fields of the event that the options change, each with its new value."""
    changes: dict[str, Any] = {}
    for option, said in given.items():
        match option:
            case "on":
                changes["on"] = parse_date(said, book.today, "back")
            case "by" | "expires":
                changes["due"] = parse_date(said, book.today, "forward") if said else None
            case "sale":
                changes["sale_id"] = chosen_sale(book, said).id if said else None
            case "rating":
                changes["rating"] = rated(said)
            case "of":
                changes["of_id"], changes["of_name"] = recommended(book, said)
            case "cost":
                changes["cost"], changes["cost_currency"] = money(said, book) if said else (None, None)
            case "value":
                changes["value"] = worth(said, book) if said else None
            case "code":
                changes["code"] = check_name(said, "code") if said else None
            case "outcome":
                changes["outcome"] = check_outcome(event.kind, said) if said else None
                changes["closed_on"] = (event.closed_on or book.today) if said else None
            case "text":
                changes["text"] = check_text(said)
    return changes


def _answer(book: Book, event: Event, json: bool, done: str = "") -> None:
    name = name_of(book, event)
    if json:
        output.as_json(shapes.event(event, name))
        return
    if done and output.on_terminal():
        output.lines(f"{done} event {event.id}: {event.kind}, {name}.\n")
    shown = shapes.event(event, name)
    people = {"contact": f"{name} ({event.contact_id})", "of": event.of_name}
    answers = {"open": "yes" if event.open else "no", "incoming": "yes" if event.incoming else "no"}
    days = {"on": event.on, "due": event.due, "closed_on": event.closed_on}
    output.record(list((shown | people | answers | days).items()), today=book.today)
