"""Opening the home for a command: one book, brought up to date, closed again whatever happens."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from followup.cli import output
from followup.cli.place import place
from followup.store.book import founding, open_book
from followup.store.homefiles import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click import Context

    from followup.cli.place import Place
    from followup.store.book import Book


@contextmanager
def opened(ctx: Context) -> Iterator[Book]:
    """The book of the home that the options name, with its plan true to facts, rules and day, all as it is at one
    instant until something is changed.

    Says so when it had to make the home. Refuses while rules or configuration have a fault.
    """
    with opened_at(place(ctx)) as book:
        yield book


@contextmanager
def opened_at(where: Place) -> Iterator[Book]:
    """The same for a place."""
    book = _opened(where)
    try:
        with output.progress(None, "Planning") as tick:
            book.refresh(tick)
        book.read()
        yield book
    except sqlite3.IntegrityError:
        book.check_file()
        raise
    finally:
        book.close()


@contextmanager
def opened_to_change(ctx: Context) -> Iterator[Book]:
    """The same for a command that changes facts: what it reads stays true until its change is written."""
    book = opened_raw(ctx)
    try:
        with output.progress(None, "Planning") as tick:
            book.lock(tick)
        yield book
    except sqlite3.IntegrityError:
        book.check_file()
        raise
    finally:
        book.close()


def opened_raw(ctx: Context) -> Book:
    """The book as it is, plan and faults and all: for the commands that check and mend them."""
    return _opened(place(ctx))


def _opened(where: Place) -> Book:
    home, today = where
    there = [name for name in SETTINGS if (home / name).exists()]
    book = open_book(home, today)
    if book.created:
        output.notice(_made(book, there))
    if book.damaged_log:
        output.notice(
            f"the log of the data file was damaged: what was answered last may be lost; {book.damaged_log} is what "
            "there was of it, and followup restore FILE brings a backup back"
        )
    book.on_waiting = lambda: output.notice("waiting for another followup command to end")
    return book


@contextmanager
def opened_to_fill(ctx: Context) -> Iterator[Book]:
    """The same for a command that brings a whole home: where there is none, it is made only if the command succeeds."""
    home, today = place(ctx)
    if (home / "followup.db").exists():
        with closing(opened_raw(ctx)) as book:
            yield book
        return
    with founding(home, today) as book:
        yield book
    output.notice(f"made a new home in {home}")


def _made(book: Book, there: list[str]) -> str:
    """What is said of a data file that was made, given what stood beside it."""
    if not there:
        return f"made a new home in {book.home} with the general playbook: followup init asks about your business"
    return (
        f"followup.db was missing in {book.home}: made a new, empty one beside the {' and '.join(there)} that "
        f"{'was' if len(there) == 1 else 'were'} there; followup restore FILE brings a backup back"
    )
