"""Opening the home for a command: one book, brought up to date, closed again whatever happens."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from followup.cli import output
from followup.cli.app import place
from followup.store.book import Book, open_book


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Book]:
    """The book of the home that the options name, with its plan true to facts, rules and day.

    Says so when it had to make the home. Refuses while rules or configuration have a fault.
    """
    book = opened_raw(ctx)
    try:
        book.refresh()
        yield book
    except sqlite3.IntegrityError:
        book.check_file()
        raise
    finally:
        book.close()


@contextmanager
def opened_to_change(ctx: typer.Context) -> Iterator[Book]:
    """The same for a command that changes facts: what it reads stays true until its change is written."""
    book = opened_raw(ctx)
    try:
        book.lock()
        yield book
    except sqlite3.IntegrityError:
        book.check_file()
        raise
    finally:
        book.close()


def opened_raw(ctx: typer.Context) -> Book:
    """The book as it is, plan and faults and all: for the commands that check and mend them."""
    home, today = place(ctx)
    book = open_book(home, today)
    if book.created:
        output.notice(f"made a new home in {home} with the general playbook: followup init asks about your business")
    return book
