"""The demonstration: a made-up business in a home of its own, and a first look at it."""

import shlex
import sys
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.choosing import todays
from followup.cli.draft import as_text
from followup.cli.morning import show
from followup.cli.place import place
from followup.cli.values import named_path
from followup.core.agenda import Entry
from followup.core.refusal import Refusal
from followup.store.book import Book, make_home, open_book
from followup.store.homefiles import write_outside, writing_into

app = typer.Typer()

_HEAD = """\
{name} is a made-up studio: {clients} clients and {sales} sales in two years. Today is {today:%A}.

$ followup due
"""
_FOOT = """\
$ followup calendar export {calendar}
{entries} follow-ups of the next 12 months, for the calendar on your phone

Go on playing; nothing that you do there reaches anybody:

  {followup} due --ahead 2w
  {followup} why {urgent}
  {followup} done {urgent}

Your own business begins with: followup init"""


@app.command()
def demo(
    ctx: typer.Context,
    folder: Annotated[
        str | None, typer.Argument(metavar="[DIR]", help="A new or empty folder for its home.", show_default=False)
    ] = None,
    json: JSON = False,
) -> None:
    """A made-up business to try everything on: its morning list, one draft, a calendar file."""
    from followup.drafting.draft import draft_of
    from followup.store import example
    from followup.store.homes import default_config

    today = place(ctx).today
    home = _new_home(folder)
    calendar = home / "followups.ics"
    business = example.business()
    with writing_into(home):
        make_home(home, config=default_config(business))
    book = open_book(home, today)
    try:
        clients, sales = example.fill(book)
        listed = todays(book)
        shown = [entry for entry in listed if entry.state in ("due", "overdue")]
        draft = draft_of(book, _mail(shown).standing, None)
        entries = _export(book, calendar)
    finally:
        book.close()
    if json:
        from msgspec.structs import asdict

        due = [shapes.followup(entry.standing, entry.state, today) for entry in shown]
        output.as_json({"home": str(home), "due": due, "draft": asdict(draft), "calendar": str(calendar)})
        return
    output.lines(_HEAD.format(name=business["name"], clients=clients, sales=sales, today=today))
    show(shown, today)
    output.lines(f"{len(listed) - len(shown)} more are held back for now: due --all shows them")
    output.lines(f"\n$ followup draft {draft.followup}\n\n{as_text(draft)}\n")
    start = f"{_program()} --home {shlex.quote(str(home))}"
    if ctx.find_root().params["today"]:
        start += f" --today {today}"
    urgent = min(shown, key=lambda entry: entry.standing.priority != "high").standing.id
    output.lines(_FOOT.format(calendar=calendar, entries=entries, followup=start, urgent=urgent))


def _program() -> str:
    """How the program can be typed: by its name, or as it was called where the shell does not find the name."""
    return "followup" if which("followup") or not Path(sys.argv[0]).is_file() else shlex.quote(sys.argv[0])


def _new_home(folder: str | None) -> Path:
    """The folder for the home: the one that is named, else a temporary one. Refuses one that holds anything."""
    if folder is None:
        from tempfile import mkdtemp

        return Path(mkdtemp(prefix="followup-demo-"))
    home = named_path(folder, "folder").absolute()
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        what = "is not empty" if home.is_dir() else "is a file"
        raise Refusal(f"{home} {what}: name a new folder for the demo, or none")
    return home


def _mail(shown: list[Entry]) -> Entry:
    """The latest of the e-mails to one person: the thank-you, on most days."""
    return [e for e in shown if e.standing.channel == "email" and e.standing.contact_id is not None][-1]


def _export(book: Book, file: Path) -> int:
    """Writes the calendar file of the next year and says how many entries it has."""
    from followup.calendar.entries import Style
    from followup.calendar.export import Wish, publish
    from followup.core.period import Period

    until = book.planner.workdays.add(book.today, Period(months=12))
    style = Style(form="event", at="", alarm=book.config.remind_at)
    return publish(book, Wish(until=until, style=style), lambda document: write_outside(file, document)).entries
