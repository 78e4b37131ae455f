"""All that happened: to read, mend and take out."""

from typing import Annotated, Any

import typer
from msgspec.structs import replace

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.choosing import chosen_event
from followup.cli.log import EVENT_COLUMNS, event_row, mark_refund, money, number, worth
from followup.cli.opening import opened
from followup.core.dates import parse_date
from followup.core.events import check_kind, check_outcome
from followup.core.identity import clean_line
from followup.core.model import CLOSABLE, Event
from followup.core.refusal import Refusal
from followup.store import contacts, events, sales
from followup.store.book import Book

app = typer.Typer()

WHICH = Annotated[str, typer.Argument(metavar="EVENT", help="Its id, or a person with one open.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    search: Annotated[str, typer.Argument(metavar="[SEARCH]", help="Words of its text.", show_default=False)] = "",
    contact: Annotated[str, typer.Option(metavar="WHO", help="Only this person's.")] = "",
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only this kind.")] = "",
    open_: Annotated[bool, typer.Option("--open", help="Only what is open.")] = False,
    since: Annotated[str, typer.Option(metavar="DATE", help="Only from this day on.")] = "",
    json: JSON = False,
) -> None:
    """What happened, oldest first."""
    if kind:
        check_kind(kind)
    with opened(ctx) as book:
        contact_id = contacts.find(book.db, contact) if contact else None
        day = parse_date(since, book.today, "back") if since else None
        found = events.listed(book.db, search, contact_id, kind, day)
        shown = [shapes.event(event, name) for event, name in found if event.open or not open_]
        today = book.today
    if json:
        output.as_json(shown)
    else:
        output.table(EVENT_COLUMNS, [event_row(event) for event in shown], today=today, empty="Nothing happened.")


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
    by: Annotated[str | None, typer.Option(metavar="DATE", help="The day you promised.")] = None,
    rating: Annotated[str | None, typer.Option(metavar="0..10", help="Of feedback.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Of a perk.")] = None,
    value: Annotated[str | None, typer.Option(metavar="MONEY|PERCENT", help="Of a perk.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="The last day of a perk.")] = None,
    cost: Annotated[str | None, typer.Option(metavar="MONEY", help="What it cost you.")] = None,
    outcome: Annotated[str | None, typer.Option(metavar="OUTCOME", help="How it ended; empty opens it again.")] = None,
    json: JSON = False,
) -> None:
    """Mends what was logged; an empty value clears."""
    given = {"text": text, "on": on, "sale": sale, "by": by, "rating": rating, "code": code, "value": value}
    given |= {"expires": expires, "cost": cost, "outcome": outcome}
    with opened(ctx) as book:
        event = chosen_event(book, which)
        mended = _mended(book, event, {name: said for name, said in given.items() if said is not None})
        with book.change(f"event edit {event.kind} {event.id}") as changing:
            events.update(book.db, mended)
            mark_refund(book, event)
            mark_refund(book, mended)
            changing.touch(event.contact_id)
        _answer(book, mended, json)


@app.command()
def remove(ctx: typer.Context, which: WHICH, json: JSON = False) -> None:
    """Takes out what never happened."""
    with opened(ctx) as book:
        event = chosen_event(book, which)
        with book.change(f"event remove {event.kind} {event.id}") as changing:
            events.remove(book.db, event.id)
            mark_refund(book, event)
            changing.touch(event.contact_id)
        _answer(book, event, json)


def _mended(book: Book, event: Event, given: dict[str, str]) -> Event:
    """The event with what was given in place of what it had. Refuses what does not go with its kind."""
    from followup.core.events import check_fits

    check_fits(event.kind, given)
    changes: dict[str, Any] = {}
    for name, said in given.items():
        if name in ("on", "by", "expires"):
            day = parse_date(said, book.today, "back" if name == "on" else "forward") if said else None
            changes["on" if name == "on" else "due"] = day
        elif name == "sale":
            changes["sale_id"] = sales.load(book.db, number(said, "sale")).id if said else None
        elif name == "rating":
            changes["rating"] = number(said, "rating")
        elif name == "cost":
            changes["cost"], changes["cost_currency"] = money(said, book) if said else (None, None)
        elif name == "value":
            changes["value"] = worth(said, book) if said else None
        elif name == "outcome":
            changes |= _outcome(event, said, book)
        else:
            changes[name] = clean_line(said) or None
    mended = replace(event, **changes)
    if (
        mended.on > book.today
        or (mended.due and mended.due < mended.on)
        or (mended.closed_on and mended.closed_on < mended.on)
    ):
        raise Refusal(f"the days do not fit: it happened on {mended.on}, which must come first and not lie ahead")
    if mended.rating is not None and mended.rating > 10:
        raise Refusal(f"the rating {mended.rating} is not between 0 and 10")
    if mended.sale_id and sales.load(book.db, mended.sale_id).contact_id != event.contact_id:
        raise Refusal(
            f"sale {mended.sale_id} is another contact's: see followup sale list --contact {event.contact_id}"
        )
    return mended


def _outcome(event: Event, said: str, book: Book) -> dict[str, Any]:
    if not said:
        return {"closed_on": None, "outcome": None}
    if event.kind not in CLOSABLE:
        raise Refusal(f"a {event.kind} has no outcome: only {', '.join(CLOSABLE)} have")
    return {"closed_on": event.closed_on or book.today, "outcome": check_outcome(event.kind, said)}


def _answer(book: Book, event: Event, json: bool) -> None:
    shown = shapes.event(event, contacts.load(book.db, event.contact_id).name)
    if json:
        output.as_json(shown)
        return
    pairs = [(key, value) for key, value in shown.items() if not isinstance(value, dict)]
    output.record([("contact", shown["contact"]["name"]), *pairs], today=book.today)
