"""The people you work for: add, list, show, edit; opted out and in, lost and regained. `people` has the rest."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from followup.cli import brief, output, people, shapes, values
from followup.cli.app import JSON
from followup.cli.opening import opened, opened_to_change
from followup.cli.place import place
from followup.core.dates import parse_birthday
from followup.core.identity import check_email, check_language, check_name, clean_block, clean_line
from followup.core.model import CHANNELS, LOST_REASONS, Contact
from followup.core.refusal import Refusal
from followup.store import contacts
from followup.store.book import Book, Changing

app = typer.Typer()

WHO = Annotated[str, typer.Argument(metavar="WHO", help="Id, e-mail, or (part of) the name.")]
EMAIL = Annotated[list[str] | None, typer.Option("--email", metavar="ADDRESS", help="The main one first; repeatable.")]
PHONE = Annotated[list[str] | None, typer.Option("--phone", metavar="NUMBER", help="The main one first; repeatable.")]
COMPANY = Annotated[str | None, typer.Option(metavar="NAME", help="Where they work.")]
ADDRESS = Annotated[str | None, typer.Option(metavar="TEXT", help="For cards and visits.")]
BIRTHDAY = Annotated[str | None, typer.Option(metavar="DATE", help="With the year, or --06-15 without.")]
HANDLE = Annotated[list[str] | None, typer.Option("--handle", metavar="NET:NAME", help="whatsapp:+49…; repeatable.")]
PREFER = Annotated[str | None, typer.Option(metavar="CHANNEL", help=f"One of {', '.join(CHANNELS)}.")]
LANGUAGE = Annotated[str | None, typer.Option(metavar="xx", help="Of messages to them: en, de, …")]
TAG = Annotated[list[str] | None, typer.Option("--tag", metavar="T", help="Repeatable; in an edit they replace all.")]
NOTE = Annotated[str | None, typer.Option(metavar="TEXT", help="What to remember about them.")]
DATE = Annotated[list[str] | None, typer.Option("--date", metavar="NAME=DATE", help="A day that rules know by name.")]
EVERY = Annotated[str | None, typer.Option(metavar="PERIOD", help="Their own rhythm: when silence is too long.")]
CHANNEL = Annotated[str | None, typer.Option(metavar="CHANNEL", help="Only this one, not all of them.")]


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Their whole name.")],
    email: EMAIL = None,
    phone: PHONE = None,
    company: COMPANY = None,
    address: ADDRESS = None,
    birthday: BIRTHDAY = None,
    handle: HANDLE = None,
    prefer: PREFER = None,
    language: LANGUAGE = None,
    tag: TAG = None,
    note: NOTE = None,
    date: DATE = None,
    every: EVERY = None,
    json: JSON = False,
) -> None:
    """Someone you work for."""
    if "@" in name:
        raise Refusal(f"'{clean_line(name)}' is no name: give the name, and the address with --email")
    with opened_to_change(ctx) as book:
        new = _with_options(Contact(id=0, name=check_name(name), added=book.today), _given(ctx), book.today)
        namesakes = contacts.ids_by_name(book.db, new.name)
        with book.change(f"contact add {new.name}") as changing:
            contact_id = contacts.insert(book.db, new)
            changing.touch(contact_id)
        _answer(book, changing, [contact_id], f"Added {new.name} ({contact_id}).", json)
        hints = values.unknown_dates(new.dates, book.rules)
    if namesakes:
        known = ", ".join(map(str, namesakes))
        output.notice(f"{new.name} is also the name of contact {known}: followup undo, if it is the same person")
    for hint in hints:
        output.notice(hint)


@app.command("list")
def list_(
    ctx: typer.Context,
    search: Annotated[
        str | None,
        typer.Argument(metavar="[SEARCH]", help="Words of name, company, e-mail, tags, notes; a phone number."),
    ] = None,
    tag: Annotated[str | None, typer.Option(metavar="T", help="Only those with this tag.")] = None,
    silent: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Only those whose last sale or touch is so long ago.")
    ] = None,
    json: JSON = False,
) -> None:
    """Contacts by name. One without any sale or touch is not silent."""
    with opened(ctx) as book:
        words = search if search is None or search.strip() else None
        found = contacts.summaries(book.db, contacts.listed(book.db, words, tag and tag.removeprefix("@")), book.today)
        if silent is not None:
            found = _silent(book, found, silent)
        if json:
            output.as_json(_all_shapes(book, [row.id for row in found]))
            return
        if words or tag or silent:
            empty = "Nobody is like that: followup contact list has everyone."
        else:
            empty = "Nobody: followup contact add NAME adds someone."
        brief.show_contacts(found, book.today, empty)


@app.command()
def show(ctx: typer.Context, who: WHO, json: JSON = False) -> None:
    """The brief to read before a call: who they are, what they bought, what is open, what was said, what is next."""
    with opened(ctx) as book:
        contact_id = contacts.find(book.db, who)
        history, planned = book.history(contact_id), brief.open_of(book, contact_id)
        if json:
            output.as_json(brief.as_json(history, planned, book.today))
        else:
            brief.show_brief(history, planned, book.today)


@app.command()
def edit(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="WHO", help="A contact, or @tag for everyone with that tag.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Their whole name.")] = None,
    email: EMAIL = None,
    phone: PHONE = None,
    company: COMPANY = None,
    address: ADDRESS = None,
    birthday: BIRTHDAY = None,
    handle: HANDLE = None,
    prefer: PREFER = None,
    language: LANGUAGE = None,
    tag: TAG = None,
    note: NOTE = None,
    date: DATE = None,
    every: EVERY = None,
    json: JSON = False,
) -> None:
    """Changes what is known. An empty value clears (--phone ""); NET: and NAME= take out one handle, one date."""
    given = _given(ctx)
    if not given:
        raise Refusal("nothing was given to change: name it with an option, such as --phone (see --help)")
    with opened_to_change(ctx) as book:
        ids = contacts.several(book.db, who)
        if who.startswith("@") and given.keys() & {"name", "email"}:
            raise Refusal("name and e-mail are one person's: give the id instead of a tag")
        before = [contacts.load(book.db, contact_id) for contact_id in ids]
        after = [_with_options(contact, given, book.today) for contact in before]
        with (
            output.progress(len(ids), "Planning") as tick,
            book.change(f"contact edit {before[0].name if len(ids) == 1 else who}") as changing,
        ):
            changing.progress = tick
            _write(book, changing, after)
        said = f"Changed {after[0].name} ({ids[0]})." if len(ids) == 1 else f"Changed {len(ids)} contacts."
        _answer(book, changing, ids, said, json, several=who.startswith("@"))
        hints = values.unknown_dates(after[0].dates if date else {}, book.rules)
    for hint in hints:
        output.notice(hint)


@app.command()
def opt_out(ctx: typer.Context, who: WHO, channel: CHANNEL = None, json: JSON = False) -> None:
    """They want no more messages, on one channel or on any."""
    without = "all" if channel is None else values.channel(channel)

    def opted(contact: Contact) -> Contact:
        if without == "all" or "all" in contact.opted_out:
            return replace(contact, opted_out=("all",))
        return replace(contact, opted_out=_in_order({*contact.opted_out, without}))

    _change_one(
        ctx, who, "opt-out", opted, f"gets nothing by {'any channel' if without == 'all' else without} now", json
    )


@app.command()
def opt_in(ctx: typer.Context, who: WHO, channel: CHANNEL = None, json: JSON = False) -> None:
    """They may be written to again, on one channel or on all."""
    again = "all" if channel is None else values.channel(channel)

    def opted(contact: Contact) -> Contact:
        left = set() if again == "all" else set(CHANNELS) if "all" in contact.opted_out else set(contact.opted_out)
        return replace(contact, opted_out=_in_order(left - {again}))

    how = "any channel" if again == "all" else again
    _change_one(ctx, who, "opt-in", opted, f"may be written to by {how} again", json)


@app.command()
def lost(
    ctx: typer.Context,
    who: WHO,
    reason: Annotated[str, typer.Option(metavar="REASON", help=f"Why: {', '.join(LOST_REASONS)}.")],
    note: Annotated[str, typer.Option(metavar="TEXT", help="Is added to the notes.")] = "",
    json: JSON = False,
) -> None:
    """They went elsewhere: only rules with lost = true reach them from now on."""
    why = values.choice(reason, LOST_REASONS, "reason")
    today = place(ctx).today

    def gone(contact: Contact) -> Contact:
        notes = "\n".join(filter(None, (contact.notes, clean_block(note))))
        return replace(contact, lost_reason=why, lost_on=today, notes=notes or None)

    _change_one(ctx, who, "lost", gone, f"is lost ({why})", json)


@app.command()
def regain(ctx: typer.Context, who: WHO, json: JSON = False) -> None:
    """They came back."""

    def back(contact: Contact) -> Contact:
        if not contact.lost:
            raise Refusal(f"{contact.name} is not lost: there is nothing to regain")
        return replace(contact, lost_reason=None, lost_on=None)

    _change_one(ctx, who, "regain", back, "is no longer lost", json)


def _given(ctx: typer.Context) -> dict[str, Any]:
    """The options of `add` and `edit` that were given, by name."""
    others = ("who", "json") if "who" in ctx.params else ("name", "json")
    return {option: said for option, said in ctx.params.items() if option not in others and said not in (None, ())}


def _with_options(contact: Contact, given: Mapping[str, Any], today: date) -> Contact:
    """The contact with what the options say; an empty value clears, and what is not given stays."""
    readers: dict[str, tuple[str, Callable[[str], str]]] = {
        "company": ("company", lambda text: check_name(text, "company")),
        "address": ("address", clean_block),
        "birthday": ("birthday", lambda text: parse_birthday(text, today)),
        "prefer": ("prefers", values.channel),
        "language": ("language", check_language),
        "every": ("every", values.period),
        "note": ("notes", clean_block),
    }
    fields: dict[str, Any] = {
        field: values.unless_empty(given[option], read) for option, (field, read) in readers.items() if option in given
    }
    if "name" in given:
        fields["name"] = check_name(given["name"])
    if "email" in given:
        fields["emails"] = values.each_once(given["email"], check_email)
    if "phone" in given:
        fields["phones"] = values.each_once(given["phone"], values.phone)
    if "tag" in given:
        fields["tags"] = values.tags(given["tag"])
    if "handle" in given:
        said = given["handle"]
        fields["handles"] = (
            values.merged(contact.handles, said, values.handles) if contact.id else values.added(said, values.handles)
        )
    if "date" in given:
        said, days = given["date"], partial(values.dates, today=today)
        fields["dates"] = values.merged(contact.dates, said, days) if contact.id else values.added(said, days)
    return replace(contact, **fields)


def _write(book: Book, changing: Changing, after: Iterable[Contact]) -> None:
    for contact in after:
        if contact != contacts.load(book.db, contact.id):
            contacts.update(book.db, contact)
            changing.touch(contact.id)


def _change_one(
    ctx: typer.Context, who: str, command: str, changed: Callable[[Contact], Contact], said: str, json: bool
) -> None:
    with opened_to_change(ctx) as book:
        contact = contacts.load(book.db, contacts.find(book.db, who))
        after = changed(contact)
        with book.change(f"contact {command} {contact.name}") as changing:
            _write(book, changing, [after])
        _answer(book, changing, [contact.id], f"{contact.name} ({contact.id}) {said}.", json)


def _answer(book: Book, changing: Changing, ids: list[int], said: str, json: bool, several: bool = False) -> None:
    if json:
        shown = _all_shapes(book, ids)
        output.as_json(shown if several else shown[0])
        return
    if not output.on_terminal():
        brief.show_contacts(contacts.summaries(book.db, ids, book.today), book.today)
        return
    output.lines(said)
    if planned := changing.planned():
        from followup.cli.morning import show as show_followups

        output.lines("\nPlanned:")
        show_followups(brief.in_list(book, planned), book.today)


def _all_shapes(book: Book, ids: list[int]) -> list[dict[str, Any]]:
    """The contacts' shapes in the order of the ids."""
    from followup.store import histories

    found = histories.of_contacts(book.db, ids)
    by_id = {history.contact.id: shapes.contact(history, book.today) for history in found}
    return [by_id[contact_id] for contact_id in ids]


def _silent(book: Book, rows: list[contacts.Summary], text: str) -> list[contacts.Summary]:
    """Those whose last sale or touch is a period ago or longer, counted forward from it as `silence` rules count."""
    from followup.core.period import parse_period

    period = parse_period(text)
    days = {row.last_contact for row in rows if row.last_contact}
    long_ago = {day for day in days if book.planner.workdays.add(day, period) <= book.today}
    return [row for row in rows if row.last_contact in long_ago]


def _in_order(channels: set[str]) -> tuple[str, ...]:
    return tuple(channel for channel in CHANNELS if channel in channels)


app.registered_commands += people.app.registered_commands
