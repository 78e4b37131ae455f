"""The jobs you finished, each with its plan: add, list, show, edit, cancel."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from followup.cli import brief, output, shapes, values
from followup.cli.app import JSON
from followup.cli.choosing import chosen_sale
from followup.cli.opening import opened, opened_to_change
from followup.core.agenda import Entry, Standing
from followup.core.dates import check_year, parse_date
from followup.core.events import closed
from followup.core.identity import check_email, check_name, clean_block, clean_line, fold, name_from_email
from followup.core.model import Contact, Sale
from followup.core.money import parse_money
from followup.core.period import parse_period
from followup.core.refusal import Refusal
from followup.store import contacts, events, sales
from followup.store.book import Book

app = typer.Typer()

ID = Annotated[str, typer.Argument(metavar="ID", help="A sale's number.")]
AMOUNT = Annotated[str | None, typer.Option(metavar="MONEY", help="1200, 1,200.50 EUR, …")]
ON = Annotated[str | None, typer.Option(metavar="DATE", help="The day the job was finished; it may lie ahead.")]
CATEGORY = Annotated[str | None, typer.Option(metavar="C", help="What kind of job it was.")]
TAG = Annotated[list[str] | None, typer.Option("--tag", metavar="T", help="Repeatable; in an edit they replace all.")]
WARRANTY = Annotated[str | None, typer.Option(metavar="PERIOD", help="How long it is under warranty.")]
SERVICE = Annotated[str | None, typer.Option(metavar="PERIOD", help="How often it needs service.")]
LASTS = Annotated[str | None, typer.Option(metavar="PERIOD", help="How long what you sold lasts.")]
DATE = Annotated[list[str] | None, typer.Option("--date", metavar="NAME=DATE", help="A day that rules know by name.")]
REF = Annotated[str | None, typer.Option(metavar="TEXT", help="An invoice or serial number.")]
PERK = Annotated[str | None, typer.Option(metavar="CODE", help="The perk that they redeemed with it.")]
NOTE = Annotated[str | None, typer.Option(metavar="TEXT", help="What to remember about it.")]

_PERIODS = ("warranty", "service_every", "lasts")


@app.command()
def add(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="WHO", help="Id, e-mail, or (part of) the name.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What they bought.")],
    amount: AMOUNT = None,
    on: ON = None,
    category: CATEGORY = None,
    tag: TAG = None,
    warranty: WARRANTY = None,
    service_every: SERVICE = None,
    lasts: LASTS = None,
    date: DATE = None,
    ref: REF = None,
    perk: PERK = None,
    note: NOTE = None,
    new: Annotated[bool, typer.Option("--new", help="Add WHO if no id, e-mail or whole name is theirs.")] = False,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Of WHO, with --new.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="Of WHO, with --new.")] = None,
    json: JSON = False,
) -> None:
    """A job is done: keeps the sale and plans every follow-up."""
    if not new and (email is not None or phone is not None):
        raise Refusal("--email and --phone go with --new: followup contact edit gives them to a contact you have")
    with opened_to_change(ctx) as book:
        client = _newcomer(book, who, email, phone) if new else contacts.load(book.db, _known(book, who))
        blank = Sale(
            id=0, contact_id=client.id, title=check_name(title, "title"), completed=book.today, entered=book.today
        )
        sale = _with_options(blank, _given(ctx), book)
        with book.change(f"sale add {client.name}: {sale.title}") as changing:
            contact_id = _keep_client(book, client)
            sale = replace(sale, contact_id=contact_id)
            sale = replace(sale, id=sales.insert(book.db, sale))
            _redeem(book, sale, perk)
            changing.touch(contact_id)
        notices = values.unknown_dates(sale.dates, book.rules)
        if client.lost:
            notices.append(
                f"{client.name} was lost ({client.lost_reason}, {client.lost_on}) and is regained with this sale"
            )
        if not client.id:
            notices.append(f"{client.name} is a new contact ({contact_id})")
        if not changing.planned():
            notices.append(f"nothing new is planned: followup why --contact {contact_id} --rule RULE says why")
        price = brief.amount_text(sale)
        said = f"Added sale {sale.id}: {sale.title} for {client.name}{f', {price}' if price else ''}."
        _answer(book, sale.id, changing.planned(), said, json, notices)


@app.command("list")
def list_(
    ctx: typer.Context,
    contact: Annotated[str | None, typer.Option(metavar="WHO", help="Only this person's.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only those finished from this day on.")] = None,
    json: JSON = False,
) -> None:
    """Sales, oldest first, the canceled ones too."""
    with opened(ctx) as book:
        contact_id = None if contact is None else contacts.find(book.db, contact)
        found = sales.listed(book.db, contact_id, None if since is None else parse_date(since, book.today, "back"))
        names = contacts.names(book.db, {sale.contact_id for sale in found})
        today = book.today
    if json:
        output.as_json([shapes.sale(sale, names[sale.contact_id]) for sale in found])
    else:
        brief.show_sales([(sale, names[sale.contact_id]) for sale in found], today)


@app.command()
def show(ctx: typer.Context, sale_id: ID, json: JSON = False) -> None:
    """One sale, and what is planned for it."""
    with opened(ctx) as book:
        sale = chosen_sale(book, sale_id)
        planned = [entry for entry in brief.open_of(book, sale.contact_id) if entry.standing.sale_id == sale.id]
        if json:
            output.as_json(_document(book, sale, planned))
            return
        name = contacts.load(book.db, sale.contact_id).name
        brief.show_sale(sale, name, planned, book.today)


@app.command()
def edit(
    ctx: typer.Context,
    sale_id: ID,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="What they bought.")] = None,
    amount: AMOUNT = None,
    on: ON = None,
    category: CATEGORY = None,
    tag: TAG = None,
    warranty: WARRANTY = None,
    service_every: SERVICE = None,
    lasts: LASTS = None,
    date: DATE = None,
    ref: REF = None,
    perk: PERK = None,
    note: NOTE = None,
    json: JSON = False,
) -> None:
    """Mends a sale; its follow-ups move with it. An empty value clears (--note ""); NAME= takes out one date."""
    given = _given(ctx)
    if not given:
        raise Refusal("nothing was given to change: name it with an option, such as --amount (see --help)")
    with opened_to_change(ctx) as book:
        before = chosen_sale(book, sale_id)
        sale = _with_options(before, given, book)
        name = contacts.load(book.db, sale.contact_id).name
        with book.change(f"sale edit {name}: {sale.title}") as changing:
            if sale != before:
                sales.update(book.db, sale)
            _redeem(book, sale, perk)
            changing.touch(sale.contact_id)
        notices = values.unknown_dates(sale.dates if date else {}, book.rules)
        said = f"Changed sale {sale.id}: {sale.title} for {name}."
        _answer(book, sale.id, changing.planned(), said, json, notices)


@app.command()
def cancel(ctx: typer.Context, sale_id: ID, json: JSON = False) -> None:
    """It came to nothing: the sale counts nowhere, and its follow-ups leave the list."""
    with opened_to_change(ctx) as book:
        sale = chosen_sale(book, sale_id)
        if sale.canceled:
            raise Refusal(f"sale {sale.id} ({sale.title}) is canceled already: followup sale show {sale.id}")
        name = contacts.load(book.db, sale.contact_id).name
        with book.change(f"sale cancel {name}: {sale.title}") as changing:
            sales.update(book.db, replace(sale, canceled=True))
            changing.touch(sale.contact_id)
        _answer(book, sale.id, changing.planned(), f"Canceled sale {sale.id}: {sale.title} for {name}.", json, [])


def _known(book: Book, who: str) -> int:
    """The contact that WHO means. For nobody it refuses with what to do for a new client."""
    nobody = not contacts.exact(book.db, who) and not contacts.matching(book.db, who)
    if nobody and not who.strip().isdigit():
        near = contacts.nearest(book.db, who)
        hint = f"; nearest are {', '.join(near)}" if near else ""
        raise Refusal(f"nobody is called '{clean_line(who)}'{hint}: for a new client add --new")
    return contacts.find(book.db, who)


def _newcomer(book: Book, who: str, email: str | None, phone: str | None) -> Contact:
    """The contact that WHO names exactly, gaining the e-mail and phone, or a new one (id 0) of that name.

    An e-mail address for WHO names the new one by what stands before the @. Refuses a number or tag that is nobody's.
    """
    given = [check_email(email)] if email else []
    if contacts.exact(book.db, who):
        client = contacts.load(book.db, contacts.find(book.db, who))
    elif "@" in who:
        address = check_email(who)
        client = Contact(id=0, name=check_name(name_from_email(address)), added=book.today)
        given.insert(0, address)
    elif who.strip().isdigit():
        raise Refusal(
            f"there is no contact {clean_line(who)}: give the name of the new client, or see followup contact list"
        )
    else:
        client = Contact(id=0, name=check_name(who), added=book.today)
    return replace(
        client,
        emails=values.each_once((*client.emails, *given), check_email),
        phones=values.each_once((*client.phones, *filter(None, [phone])), values.phone),
    )


def _keep_client(book: Book, client: Contact) -> int:
    """Writes a new client, or one who gained something or was lost until now; returns the id."""
    if not client.id:
        return contacts.insert(book.db, client)
    found = replace(client, lost_reason=None, lost_on=None)
    if found != contacts.load(book.db, client.id):
        contacts.update(book.db, found)
    return client.id


def _given(ctx: typer.Context) -> dict[str, Any]:
    """The options about the sale that were given, by name."""
    others = ("who", "sale_id", "new", "email", "phone", "json")
    return {option: said for option, said in ctx.params.items() if option not in others and said not in (None, ())}


def _with_options(sale: Sale, given: Mapping[str, Any], book: Book) -> Sale:
    """The sale with what the options say; an empty value clears, and what is not given stays."""
    readers: dict[str, Callable[[str], str]] = {
        "category": lambda text: check_name(text, "category"),
        "warranty": values.period,
        "service_every": values.period,
        "lasts": values.period,
        "ref": lambda text: check_name(text, "reference"),
        "note": clean_block,
    }
    fields: dict[str, Any] = {
        field: values.unless_empty(given[field], read) for field, read in readers.items() if field in given
    }
    if "title" in given:
        fields["title"] = check_name(given["title"], "title")
    if "on" in given:
        fields["completed"] = parse_date(given["on"], book.today, "back")
    if "amount" in given:
        money = values.unless_empty(
            given["amount"], lambda text: parse_money(text, sale.currency or book.config.currency)
        )
        fields["amount"], fields["currency"] = money or (None, None)
    if "tag" in given:
        fields["tags"] = values.tags(given["tag"])
    if "date" in given:
        days = partial(values.dates, today=book.today)
        fields["dates"] = (
            values.merged(sale.dates, given["date"], days) if sale.id else values.added(given["date"], days)
        )
    changed = replace(sale, **fields)
    ends = _ends(changed, [name for name in _PERIODS if "on" in given or name in given], book)
    if "warranty" in {*ends, *given}:
        return replace(changed, warranty_until=ends.get("warranty"))
    return changed


def _ends(sale: Sale, names: Iterable[str], book: Book) -> dict[str, date]:
    """The day on which each of these periods of the sale first ends. Refuses one beyond those that a DATE can be."""
    periods = {name: getattr(sale, name) for name in names}
    return {
        name: check_year(book.planner.workdays.add(sale.completed, parse_period(period)))
        for name, period in periods.items()
        if period
    }


def _redeem(book: Book, sale: Sale, code: str | None) -> None:
    """Closes the open perk of that code, on the day of the sale or today if that lies ahead.

    Refuses a code that the contact does not have, or used already.
    """
    if code is None:
        return
    wanted = check_name(code, "code")
    history = book.history(sale.contact_id)
    perks = [event for event in history.events if event.kind == "perk" and event.code]
    same = sorted((perk for perk in perks if fold(perk.code or "") == fold(wanted)), key=lambda perk: not perk.open)
    if not same:
        codes = ", ".join(perk.code for perk in perks if perk.open and perk.code)
        hint = f"open are {codes}" if codes else "there is none open: see followup event list --kind perk"
        raise Refusal(f"{history.contact.name} has no perk '{wanted}': {hint}")
    perk = same[0]
    day = max(perk.on, min(sale.completed, book.today))
    events.update(book.db, replace(closed(perk, None, day, book.today), sale_id=perk.sale_id or sale.id))


def _answer(book: Book, sale_id: int, planned: list[Standing], said: str, json: bool, notices: list[str]) -> None:
    from followup.cli.morning import show as show_followups

    entries = brief.in_list(book, planned)
    if json:
        output.as_json(_document(book, sales.load(book.db, sale_id), entries))
    elif output.on_terminal():
        output.lines(said)
        if entries:
            output.lines("\nPlanned:")
            show_followups(entries, book.today)
    else:
        output.notice(said)
        show_followups(entries, book.today)
    for text in notices:
        output.notice(text)


def _document(book: Book, sale: Sale, planned: list[Entry]) -> dict[str, Any]:
    history = book.history(sale.contact_id)
    return {
        "sale": shapes.sale(sale, history.contact.name),
        "contact": shapes.contact(history, book.today),
        "planned": [shapes.followup(entry.standing, entry.state, book.today) for entry in planned],
    }
