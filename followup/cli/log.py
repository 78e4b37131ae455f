"""What happened: log and close."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

import typer
from msgspec.structs import replace
from typer._click.exceptions import UsageError

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.brief import in_list
from followup.cli.choosing import chosen_contacts, chosen_event, chosen_sale
from followup.cli.letters import letter_in, logged_before, told_by
from followup.cli.opening import opened_to_change
from followup.core.dates import parse_date
from followup.core.events import Saying, check_fits, check_kind, check_text, check_whole, closed, event_of
from followup.core.identity import check_name, clean_line
from followup.core.model import EVENT_KINDS, INCOMING, Event
from followup.core.refusal import Refusal
from followup.store import contacts, events, sales
from followup.store.book import Book, Changing

app = typer.Typer()

Value = TypeVar("Value")


@app.command(help=f"Something happened with a contact. KIND is one of {', '.join(EVENT_KINDS)}.")
def log(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What kind of event.")],
    who: Annotated[
        str | None,
        typer.Argument(metavar="WHO", help="A person, or @tag for everyone with that tag.", show_default=False),
    ] = None,
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="What was said.", show_default=False)] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day it happened, if not today.")] = None,
    sale: Annotated[str | None, typer.Option(metavar="ID", help="The sale it is about.")] = None,
    in_: Annotated[bool, typer.Option("--in", help="They reached out to you.")] = False,
    by: Annotated[str | None, typer.Option(metavar="DATE", help="The day you promised.")] = None,
    rating: Annotated[str | None, typer.Option(metavar="0..10", help="Of feedback.")] = None,
    of: Annotated[str | None, typer.Option(metavar="WHO|NAME", help="Whom they recommended.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Of a perk.")] = None,
    value: Annotated[str | None, typer.Option(metavar="MONEY|PERCENT", help="Of a perk.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="The last day of a perk.")] = None,
    cost: Annotated[str | None, typer.Option(metavar="MONEY", help="What it cost you.")] = None,
    eml: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A message that says who, when and what about, instead of WHO; - is stdin."),
    ] = None,
    json: JSON = False,
) -> None:
    if who is None and eml is None:
        raise UsageError("Missing argument 'WHO'.", ctx)
    kind = check_kind(kind)
    if text is not None and not text.strip():
        raise Refusal("the text is empty: say what to write down, or leave it out")
    texts = {"on": on, "by": by, "rating": rating, "of": of, "code": code, "value": value, "expires": expires}
    texts |= {"cost": cost, "eml": eml}
    given = {option: said for option, said in texts.items() if said is not None}
    check_fits(kind, [*given, *["in"] * in_])
    _check_whole(ctx, kind, given)
    letter = None if eml is None else letter_in(eml)
    with opened_to_change(ctx) as book:
        about = None if sale is None else chosen_sale(book, sale)
        saying = _saying(book, kind, text or "", in_, given)
        if letter is None:
            assert who is not None
            ids, called = chosen_contacts(book, who)
        else:
            saying, ids, called = told_by(book, letter, saying, who, dated=on is not None)
        said = [event_of(saying, contact_id, about, book.today) for contact_id in ids]
        known = {event.contact_id: logged_before(book, event) for event in said} if letter else {}
        with book.change(f"log {kind} {called}") as changing:
            made = [known.get(event.contact_id) or events.insert(book.db, event) for event in said]
            changing.touch(*(i for i in ids if not known.get(i)), saying.of_id)
        shown = [shapes.event(event, name_of(book, event)) for event in (events.load(book.db, i) for i in made)]
        _answer(book, changing, shown, shown if len(shown) > 1 or (who or "").startswith("@") else shown[0], json)
    for event_id in filter(None, known.values()):
        output.notice(f"event {event_id} says the same already: it was not logged again")


@app.command()
def close(
    ctx: typer.Context,
    which: Annotated[str, typer.Argument(metavar="EVENT", help="Its id, or a person with one open.")],
    outcome: Annotated[
        str | None, typer.Option(metavar="OUTCOME", help="How it ended, if not resolved, kept or redeemed.")
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day it ended, if not today.")] = None,
    json: JSON = False,
) -> None:
    """Ends an open case, promise or perk. Without --outcome: resolved, kept, redeemed."""
    with opened_to_change(ctx) as book:
        event = chosen_event(book, which)
        day = book.today if on is None else parse_date(on, book.today, "back")
        ended = closed(event, outcome, day, book.today)
        name = name_of(book, event)
        with book.change(f"close {event.kind} {name}: {ended.outcome}") as changing:
            events.update(book.db, ended)
            mark_refund(book, ended)
            changing.touch(event.contact_id)
        shown = shapes.event(ended, name)
        _answer(book, changing, [shown], shown, json)


def _check_whole(ctx: typer.Context, kind: str, given: Iterable[str]) -> None:
    """Where the option that the kind needs is missing, the line is not whole, as without an argument."""
    try:
        check_whole(kind, given)
    except Refusal as missing:
        raise UsageError(str(missing), ctx) from None


def _saying(book: Book, kind: str, text: str, incoming: bool, given: Mapping[str, str]) -> Saying:
    """What the options that were given say, by their names; without a day it happened today."""

    def read(option: str, reader: Callable[[str], Value]) -> Value | None:
        return reader(given[option]) if option in given else None

    of_id, of_name = read("of", lambda said: recommended(book, said)) or (None, None)
    cost, cost_currency = read("cost", lambda said: money(said, book)) or (None, None)
    return Saying(
        kind=kind,
        on=read("on", lambda said: parse_date(said, book.today, "back")) or book.today,
        text=check_text(text),
        incoming=incoming,
        by=read("by", lambda said: parse_date(said, book.today, "forward")),
        rating=read("rating", rated),
        of_id=of_id,
        of_name=of_name,
        code=read("code", lambda said: check_name(said, "code")),
        value=read("value", lambda said: worth(said, book)),
        expires=read("expires", lambda said: parse_date(said, book.today, "forward")),
        cost=cost,
        cost_currency=cost_currency,
    )


def mark_refund(book: Book, event: Event) -> None:
    """Makes the event's sale refunded exactly when one of its cases ended so."""
    if event.sale_id is None:
        return
    sale = sales.load(book.db, event.sale_id)
    refunded = events.any_refunded(book.db, event.sale_id)
    if sale.refunded != refunded:
        sales.update(book.db, replace(sale, refunded=refunded))


def rated(text: str) -> int:
    """A rating that was typed. Refuses what is no whole number."""
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise Refusal(f"'{clean_line(text)[:40]}' is no rating: give a whole number from 0 to 10")
    return int(text)


def money(text: str, book: Book) -> tuple[int, str]:
    """An amount that was typed, in the business's currency where it names none."""
    from followup.core.money import parse_money

    return parse_money(text, book.config.currency)


def worth(text: str, book: Book) -> str:
    """A perk's value: a percentage above 0 and up to 100, or an amount with its currency."""
    from followup.core.money import decimal_text

    line = clean_line(text)
    if line.endswith("%"):
        percent = line[:-1].strip().replace(",", ".")
        whole, _, part = percent.partition(".")
        figures = whole.isdigit() and (part.isdigit() or percent == whole) and percent.isascii()
        if not figures or len(percent) > 8 or not 0 < float(percent) <= 100:
            raise Refusal(f"'{line[:40]}' is no percentage: give one above 0 and up to 100, such as 10%")
        return f"{percent}%"
    minor, currency = money(line, book)
    return f"{decimal_text(minor, currency)} {currency}"


def recommended(book: Book, who: str) -> tuple[int | None, str]:
    """The contact whom the text means, or the name alone where it is nobody's. Refuses several."""
    name = check_name(who)
    known = contacts.exact(book.db, name) or contacts.matching(book.db, name)
    if not known and not name.isdigit():
        return None, name
    contact_id = contacts.find(book.db, name)
    return contact_id, contacts.load(book.db, contact_id).name


def name_of(book: Book, event: Event) -> str:
    """The name of the event's contact."""
    return contacts.load(book.db, event.contact_id).name


def _answer(book: Book, changing: Changing, shown: list[dict[str, Any]], document: object, json: bool) -> None:
    if json:
        output.as_json(document)
        return
    show_events(shown, book.today)
    show_planned(book, changing)


def show_planned(book: Book, changing: Changing) -> None:
    """On a terminal, what came into the list or moved with a change."""
    from followup.cli.morning import show

    planned = in_list(book, changing.planned())
    if planned and output.on_terminal():
        output.lines("\nPlanned:")
        show(planned, book.today)


_COLUMNS = ("id", "on", "kind", "contact", "state", "text")
_SHORT = 200
"""The most characters of a text in a list on a terminal; `event show` has it whole."""


def show_events(shown: list[dict[str, Any]], today: date, empty: str = "") -> None:
    """A table of events, given in their JSON shape."""
    output.table(_COLUMNS, [_row(event) for event in shown], today=today, empty=empty)


def _row(event: dict[str, Any]) -> tuple[Any, ...]:
    state = "open" if event["open"] else event["outcome"]
    if event["open"] and event["due"]:
        state = f"open, {'until' if event['kind'] == 'perk' else 'by'} {event['due']}"
    elif event["incoming"] and event["kind"] not in INCOMING:
        state = "in"
    rating = None if event["rating"] is None else f"{event['rating']}/10"
    of = event["of"] and f"of {event['of']['name']}"
    said = " ".join(filter(None, (rating, of, event["code"], event["value"], event["value_currency"], event["text"])))
    if output.on_terminal() and len(said) > _SHORT:
        said = f"{said[:_SHORT]}…"
    return event["id"], date.fromisoformat(event["on"]), event["kind"], event["contact"]["name"], state, said
