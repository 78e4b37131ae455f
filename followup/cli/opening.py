"""Opening the home for a command: one book, brought up to date, closed again whatever happens."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import typer

from followup.cli import output
from followup.cli.app import place
from followup.store.book import Book, founding, open_book
from followup.store.homefiles import SETTINGS


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Book]:
    """The book of the home that the options name, with its plan true to facts, rules and day, all as it is at one
    instant until something is changed.

    Says so when it had to make the home. Refuses while rules or configuration have a fault.
    """
    book = opened_raw(ctx)
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
def opened_to_change(ctx: typer.Context) -> Iterator[Book]:
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


def opened_raw(ctx: typer.Context) -> Book:
    """The book as it is, plan and faults and all: for the commands that check and mend them."""
    home, today = place(ctx)
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
def opened_to_fill(ctx: typer.Context) -> Iterator[Book]:
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
