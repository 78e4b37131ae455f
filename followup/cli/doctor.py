"""The home looked over: what is at fault, and what to do about it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from sqlite3 import connect

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.place import place
from followup.core.refusal import Refusal
from followup.store import checks
from followup.store.book import Book
from followup.store.checks import Finding
from followup.store.datafile import bring_up_to_date

app = typer.Typer()

_STYLES = {"ok": "green", "warning": "yellow", "fault": "bold red"}


@app.command()
def doctor(ctx: typer.Context, json: JSON = False) -> None:
    """Looks everything over and says what to do: file, rules, messages, contacts, where the home lies. Changes nothing.

    Ends with status 1 where anything is at fault."""
    home, today = place(ctx)
    if not home.is_dir():
        raise Refusal(f"there is no home in {home}: followup init makes one, or name another folder with --home")
    file, copy = checks.data_file(home / "followup.db")
    with closing(copy or connect(":memory:")) as db:
        book = Book(home, today, db, created=False)
        book.read_files()
        found = [file, *_of_settings(book), *(_of_data(book) if copy is not None else ())]
    found += [checks.permissions(home), checks.folder(home), checks.disk(home), *checks.left_over(home)]
    if json:
        output.as_json([{name: getattr(one, name) for name in Finding.__struct_fields__} for one in found])
    else:
        rows = [(one.check, one.status, one.finding, one.advice) for one in found]
        output.table(
            Finding.__struct_fields__, rows, style=lambda name, row: _STYLES[str(row[1])] if name == "status" else ""
        )
    faults = Counter(one.status for one in found)["fault"]
    if faults:
        raise Refusal(f"the home has {faults} fault{'s' * (faults != 1)}: each says what to do")


def _of_settings(book: Book) -> Iterator[Finding]:
    """What the files beside the data show."""
    settings, rules = checks.configuration(book), checks.rules(book)
    yield from (settings, rules)
    if _sound(settings, rules):
        yield _messages(book)


def _of_data(book: Book) -> Iterator[Finding]:
    """What the data shows, on the private copy, which is brought up to date for it."""
    yield checks.version(book.db)
    bring_up_to_date(book.db)
    if _sound(checks.configuration(book), checks.rules(book)):
        with output.progress(None, "Planning anew") as tick:
            if plan := checks.plan(book, tick):
                yield plan
    yield from checks.erased(book.db)
    yield checks.reach(book.db)
    yield checks.channels(book.db, book.today)


def _sound(*found: Finding) -> bool:
    return all(one.status != "fault" for one in found)


def _messages(book: Book) -> Finding:
    from followup.drafting.check import faults

    try:
        found = faults(book.home, book.rules, book.config.business)
    except OSError as error:
        finding = f"{error.filename} cannot be read ({error.strerror})"
        return Finding("messages", "fault", finding, "check who owns it and its permissions")
    if not found:
        return Finding("messages", "ok", "no faults")
    first = found[0]
    line = f", line {first.line}" if first.line else ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    advice = "followup templates check names all; followup templates edit mends one"
    return Finding("messages", "fault", f"{first.message}{line}: {first.reason}{more}", advice)
