"""A home that is exported and taken in again is the same home: every fact, plan and calendar entry, in any text."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import histories as made_up
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from followup.calendar.entries import Style
from followup.calendar.export import Wish, publish
from followup.core.identity import clean_line
from followup.core.model import Contact, Event, Reminder, Sale
from followup.core.refusal import Refusal
from followup.store import contacts, events, followups, sales
from followup.store.book import Book, make_home, open_book
from followup.store.checks import plan
from followup.transfer.archive import write
from followup.transfer.archive_in import take_in

TODAY = made_up.FIRST_DAY
SPECIAL = ",;\n\\\"'=+-@\t\r|:…é😀👨‍👩‍👧\u202eשלוםمرحبا\x1b[31m\u2028\ufeff "

texts = (
    st.text(st.sampled_from(SPECIAL), max_size=12) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
).map(lambda text: text or None)
lines = texts.map(lambda text: clean_line(text or "") or "Anna")
facts = st.fixed_dictionaries(
    {
        "contact": made_up.contacts,
        "name": lines,
        "text": texts,
        "word": lines,
        "sales": st.lists(made_up.sales, max_size=2),
        "events": st.lists(made_up.events, max_size=2),
        "kind": st.sampled_from(["call", "complaint", "promise", "feedback", "referral", "perk", "attempt"]),
        "lost": st.booleans(),
    }
)

TABLES = ("contacts", "sales", "followups", "events", "reminders", "closings", "snoozes", "plans", "group_members",
          "calendar_entries", "sqlite_sequence")  # fmt: skip


def held(home: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(home / "followup.db")) as db:
        rows = {table: sorted(db.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}
        rows["sqlite_sequence"] = [row for row in rows["sqlite_sequence"] if row[0] not in ("changes", "journal")]
        rows["points"] = db.execute(
            "SELECT contact_id, kind, position, value FROM contact_points ORDER BY 1, 2, 3"
        ).fetchall()
        rows["meta"] = db.execute("SELECT * FROM meta ORDER BY key").fetchall()
    files = [path for path in home.rglob("*") if path.is_file() and not path.name.startswith("followup.db")]
    return rows | {str(path.relative_to(home)): path.read_bytes() for path in files}


def add(book: Book, number: int, made: dict[str, Any]) -> None:
    def day(offset: int) -> Any:
        return TODAY + timedelta(days=offset)

    own = made["contact"]
    contact = Contact(
        id=0,
        name=made["name"],
        added=day(-900),
        emails=(f"a{number}@example.com", f"=b{number}@example.com")[: 2 * own["emails"]],
        phones=("+49 30 1234", "'0;1\\2")[: 2 * own["phones"]],
        company=made["text"],
        address=made["text"],
        birthday=own["birthday"],
        handles=dict.fromkeys(own["handles"], made["word"]),
        prefers=own["prefers"],
        every=own["every"],
        tags=(*own["tags"], made["word"]),
        notes=made["text"],
        dates={name: day(offset) for name, offset in own["dates"].items()},
        lost_reason="moved" if made["lost"] else None,
        lost_on=day(-3) if made["lost"] else None,
    )
    with book.change("x") as changing:
        who = contacts.insert(book.db, contact)
        changing.touch(who)
        sale_id = None
        for each in made["sales"]:
            dates = {name: day(offset) for name, offset in each["dates"].items()}
            rest = {key: each[key] for key in ("amount", "category", "warranty", "service_every", "lasts")}
            sale = Sale(id=0, contact_id=who, title=made["word"], completed=day(each["completed"]), entered=TODAY,
                        **rest, dates=dates, currency="EUR" if each["amount"] else None, note=made["text"],
                        ref=made["text"], tags=(made["word"],), canceled=made["lost"])  # fmt: skip
            sale_id = sales.insert(book.db, sale, f"ref {who}\x1f{each!r}{number}{sale_id}")
        for each in made["events"]:
            events.insert(
                book.db,
                Event(id=0, contact_id=who, kind=made["kind"], on=day(each["on"]), entered=TODAY, sale_id=sale_id,
                      due=day(each["due"]), rating=each["rating"], text=made["text"], incoming=each["incoming"],
                      of_id=who, of_name=made["word"], code=made["text"], cost=5, cost_currency="JPY"),
            )  # fmt: skip
        events.insert_reminder(book.db, Reminder(id=0, contact_id=who, day=day(2), text=made["word"], every="1 month"))
    rows = followups.of_contact(book.db, who)
    with book.change("y") as changing:
        for row in rows[:2]:
            followups.done(book.db, row, TODAY, TODAY, made["text"])
        for row in rows[2:3]:
            followups.snooze(book.db, row.id, day(40))
        changing.touch(who)


@pytest.mark.parametrize("form", ["csv", "json"])
@given(people=st.lists(facts, max_size=3), chosen=made_up.rule_choices, setting=made_up.settings, message=texts)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_exported_home_is_the_same_again(form: Any, people: Any, chosen: Any, setting: Any, message: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, out, again = (Path(folder) / name for name in ("home", "out", "again"))
        make_home(home)
        (home / "rules.toml").write_text(made_up.rules_text(chosen, setting))
        (home / "templates" / "hello.email.j2").write_bytes((message or "").encode())
        with closing(open_book(home, TODAY)) as book:
            book.refresh()
            for number, made in enumerate(people):
                add(book, number, made)
            style = Style(form="todo", at="", alarm="09:00")
            publish(book, Wish(until=TODAY + timedelta(400), style=style), lambda document: None)
            write(book, out, form, lambda n: None)
        with closing(open_book(again, TODAY)) as book:
            take_in(book, out, lambda text: None, lambda n: None)
        before, after = held(home), held(again)
        assert after.keys() == before.keys()
        for what, rows in before.items():
            assert after[what] == rows, what


def test_the_same_folder_is_refused_where_there_are_contacts(tmp_path: Path) -> None:
    with closing(open_book(tmp_path / "home", TODAY)) as book:
        book.refresh()
        with book.change("x"):
            contacts.insert(book.db, Contact(id=0, name="Anna", added=TODAY))
        write(book, tmp_path / "out", "csv", lambda n: None)
        with pytest.raises(Refusal, match="has contacts already"):
            take_in(book, tmp_path / "out", lambda text: None, lambda n: None)
        assert plan(book, lambda n: None) is not None
