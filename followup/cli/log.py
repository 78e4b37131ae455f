"""What happened: log and close."""

from datetime import date
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.choosing import chosen_event
from followup.cli.opening import opened
from followup.core.dates import parse_date
from followup.core.events import Saying, check_kind, check_options, closed, event_of
from followup.core.identity import clean_line
from followup.core.model import EVENT_KINDS, Event
from followup.core.refusal import Refusal
from followup.store import contacts, events, sales
from followup.store.book import Book, Changing

app = typer.Typer()


@app.command(help=f"Something happened with a contact. KIND is one of {', '.join(EVENT_KINDS)}.")
def log(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What kind of event.")],
    who: Annotated[str, typer.Argument(metavar="WHO", help="A person, or @tag for everyone with that tag.")],
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="What was said.", show_default=False)] = "",
    on: Annotated[str, typer.Option(metavar="DATE", help="The day it happened, if not today.")] = "",
    sale: Annotated[str, typer.Option(metavar="ID", help="The sale it is about.")] = "",
    in_: Annotated[bool, typer.Option("--in", help="They reached out to you.")] = False,
    by: Annotated[str, typer.Option(metavar="DATE", help="The day you promised.")] = "",
    rating: Annotated[str, typer.Option(metavar="0..10", help="Of feedback.")] = "",
    of: Annotated[str, typer.Option(metavar="WHO|NAME", help="Whom they recommended.")] = "",
    code: Annotated[str, typer.Option(metavar="CODE", help="Of a perk.")] = "",
    value: Annotated[str, typer.Option(metavar="MONEY|PERCENT", help="Of a perk.")] = "",
    expires: Annotated[str, typer.Option(metavar="DATE", help="The last day of a perk.")] = "",
    cost: Annotated[str, typer.Option(metavar="MONEY", help="What it cost you.")] = "",
    json: JSON = False,
) -> None:
    check_kind(kind)
    given = {"by": by, "rating": rating, "of": of, "code": code, "value": value, "expires": expires, "in": in_}
    check_options(kind, {name for name, said in given.items() if said})
    with opened(ctx) as book:
        about = sales.load(book.db, number(sale, "sale")) if sale else None
        of_id, of_name = _recommended(book, of)
        cost_minor, cost_currency = money(cost, book) if cost else (None, None)
        saying = Saying(
            kind=kind,
            on=parse_date(on, book.today, "back") if on else book.today,
            text=clean_line(text) or None,
            incoming=in_,
            by=parse_date(by, book.today, "forward") if by else None,
            rating=number(rating, "rating") if rating else None,
            of_id=of_id,
            of_name=of_name,
            code=clean_line(code) or None,
            value=worth(value, book) if value else None,
            expires=parse_date(expires, book.today, "forward") if expires else None,
            cost=cost_minor,
            cost_currency=cost_currency,
        )
        ids = contacts.several(book.db, who)
        made = []
        with book.change(f"log {kind} {who}") as changing:
            for contact_id in ids:
                event = event_of(saying, contact_id, about, book.today)
                made.append(events.insert(book.db, event))
                changing.touch(contact_id, of_id)
        shown = [shapes.event(events.load(book.db, i), _name(book, c)) for i, c in zip(made, ids, strict=True)]
        _answer(book, changing, shown, shown if who.startswith("@") else shown[0], json)


@app.command()
def close(
    ctx: typer.Context,
    which: Annotated[str, typer.Argument(metavar="EVENT", help="Its id, or a person with one open.")],
    outcome: Annotated[str, typer.Option(metavar="OUTCOME", help="How it ended.")] = "",
    on: Annotated[str, typer.Option(metavar="DATE", help="The day it ended, if not today.")] = "",
    json: JSON = False,
) -> None:
    """Ends an open case, promise or perk. Without --outcome: resolved, kept, redeemed."""
    with opened(ctx) as book:
        event = chosen_event(book, which)
        day = parse_date(on, book.today, "back") if on else book.today
        ended = closed(event, outcome or None, day, book.today)
        name = _name(book, event.contact_id)
        with book.change(f"close {event.kind} {name}: {ended.outcome}") as changing:
            events.update(book.db, ended)
            mark_refund(book, ended)
            changing.touch(event.contact_id)
        shown = shapes.event(ended, name)
        _answer(book, changing, [shown], shown, json)


def mark_refund(book: Book, event: Event) -> None:
    """Makes the event's sale refunded exactly when one of its cases ended so."""
    if event.sale_id is None:
        return
    sale = sales.load(book.db, event.sale_id)
    refunded = events.any_refunded(book.db, event.sale_id)
    if sale.refunded != refunded:
        sales.update(book.db, replace(sale, refunded=refunded))


def number(text: str, what: str) -> int:
    """A whole number that was typed. Refuses anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise Refusal(f"'{clean_line(text)}' is no {what}: give a whole number")
    return int(text)


def money(text: str, book: Book) -> tuple[int, str]:
    """An amount that was typed, in the business's currency where it names none."""
    from followup.core.money import parse_money

    return parse_money(text, book.config.currency)


def worth(text: str, book: Book) -> str:
    """A perk's value: a percentage from 0 to 100 as it is, or an amount with its currency."""
    from followup.core.money import decimal_text

    percent = text.strip().removesuffix("%").strip()
    if text.strip().endswith("%"):
        whole, _, part = percent.partition(".")
        if not (whole + part).isascii() or not (whole + part).isdigit() or not 0 < float(percent) <= 100:
            raise Refusal(f"'{clean_line(text)}' is no percentage: give one above 0 and up to 100, such as 10%")
        return f"{percent}%"
    minor, currency = money(text, book)
    return f"{decimal_text(minor, currency)} {currency}"


def _recommended(book: Book, who: str) -> tuple[int | None, str | None]:
    """The contact whom the text means, or the name alone where it is nobody's. Refuses several."""
    if not who:
        return None, None
    name = clean_line(who)
    if not (contacts.exact(book.db, who) or contacts.matching(book.db, who)):
        return None, name
    contact_id = contacts.find(book.db, who)
    return contact_id, _name(book, contact_id)


def _name(book: Book, contact_id: int) -> str:
    return contacts.load(book.db, contact_id).name


def _answer(book: Book, changing: Changing, shown: list[dict[str, Any]], document: object, json: bool) -> None:
    from followup.cli.due import show
    from followup.core.agenda import agenda

    if json:
        output.as_json(document)
        return
    output.table(EVENT_COLUMNS, [event_row(event) for event in shown], today=book.today)
    planned = changing.planned()
    if planned and output.on_terminal():
        output.lines("\nPlanned:")
        show(agenda(planned, book.today, 0), book.today)


EVENT_COLUMNS = ("id", "on", "kind", "contact", "state", "text")


def event_row(event: dict[str, Any]) -> tuple[Any, ...]:
    """A row of `EVENT_COLUMNS` for an event's JSON shape."""
    state = "open" if event["open"] else event["outcome"] or ""
    if event["open"] and event["due"]:
        state = f"open, by {event['due']}"
    rating = f"{event['rating']}/10 " if event["rating"] is not None else ""
    of = f"of {event['of']['name']} " if event["of"] else ""
    said = f"{rating}{of}{event['code'] or ''} {event['value'] or ''} {event['text'] or ''}"
    way = (
        " (in)"
        if event["incoming"] and event["kind"] not in ("complaint", "claim", "question", "feedback", "referral")
        else ""
    )
    return (
        event["id"],
        date.fromisoformat(event["on"]),
        event["kind"] + way,
        event["contact"]["name"],
        state,
        " ".join(said.split()),
    )
