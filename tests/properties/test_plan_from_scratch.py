"""After any sequence of commands the stored plan is the plan from scratch, and undo gives back the very same facts.

Random commands run on a real home: contacts, sales, events, reminders, answers to follow-ups, undo, edits of the rules
and the configuration, days that go forward and back. After every one the stored plan is compared with a fresh one.

The default is some 4,000 commands. `FOLLOWUP_SOAK=20` does twenty times as many, with longer histories:

    FOLLOWUP_SOAK=20 pytest tests/properties/test_plan_from_scratch.py
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import histories as made_up
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from followup.core.agenda import REVIVAL, agenda
from followup.core.channels import opted_out_of_all
from followup.core.config import parse_config
from followup.core.model import CLOSABLE, EVENT_KINDS, INCOMING, OUTCOMES, TOUCHES, Contact, Event, Reminder, Sale
from followup.core.period import Workdays, parse_period
from followup.core.planner import Planner
from followup.core.rules import parse_rules
from followup.store import contacts, erasing, events, followups, histories, journal, merging, sales
from followup.store.book import Book, make_home, open_book
from followup.store.schema import JOURNALED

SOAK = int(os.environ.get("FOLLOWUP_SOAK", "0"))
MOST_CONTACTS = 4
pick = st.integers(0, 10**6)
rules_from = lru_cache(maxsize=None)(parse_rules)
config_from = lru_cache(maxsize=None)(parse_config)


@lru_cache(maxsize=1)
def empty_file() -> bytes:
    """A home's file, made once, to be copied for each run."""
    with tempfile.TemporaryDirectory() as folder:
        make_home(Path(folder))
        book = open_book(Path(folder), made_up.FIRST_DAY)
        book.db.execute("PRAGMA journal_mode = DELETE")
        book.close()
        return (Path(folder) / "followup.db").read_bytes()


def without(facts: dict[str, list[Any]], ids: set[int], planned: set[int]) -> dict[str, list[Any]]:
    """The facts but those of contacts with their follow-ups. Rows begin with their rowid, then the columns follow."""
    place = {"contacts": 1, "contact_points": 2, "sales": 2, "events": 2, "reminders": 2}
    found = {table: [row for row in facts[table] if row[place[table]] not in ids] for table in place}
    found |= {table: [row for row in facts[table] if row[1] not in planned] for table in ("closings", "snoozes")}
    return found | {"followups": [row for row in facts["followups"] if row[1] not in ids]}


class Commands(RuleBasedStateMachine):
    """A person at work, and someone who checks the books after each command."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="followup-run-"))
        (self.home / "followup.db").write_bytes(empty_file())
        self.db = sqlite3.connect(self.home / "followup.db", isolation_level=None)
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.execute("PRAGMA journal_mode = MEMORY")
        self.today = made_up.FIRST_DAY
        self.identities: dict[tuple[str, ...], tuple[int, str]] = {}
        self.closed: dict[int, tuple[Any, ...]] = {}
        self.before: list[tuple[int, dict[str, list[Any]]]] = []

    def teardown(self) -> None:
        self.db.close()
        shutil.rmtree(self.home)

    # The home, the day, the files

    def reopen(self) -> None:
        self.book = Book(self.home, self.today, self.db, created=False)
        self.book.__dict__["rules"] = rules_from(self.book.rules_text)
        self.book.__dict__["config"] = config_from(self.book.config_text)
        self.book.refresh()

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    @initialize(
        chosen=made_up.rule_choices,
        setting=made_up.settings,
        config=made_up.configs,
        people=st.lists(made_up.contacts, min_size=1, max_size=2),
        bought=st.lists(made_up.sales, max_size=4),
    )
    def begin(
        self,
        chosen: dict[str, int],
        setting: dict[str, Any],
        config: dict[str, Any],
        people: list[dict[str, Any]],
        bought: list[dict[str, Any]],
    ) -> None:
        (self.home / "rules.toml").write_text(made_up.rules_text(chosen, setting))
        (self.home / "config.toml").write_text(made_up.config_text(config))
        self.reopen()
        for made in people:
            self.contact_add(made)
        for which, made_sale in enumerate(bought):
            self.sale_add(which, made_sale, imported=False)

    @rule(chosen=made_up.rule_choices, setting=made_up.settings)
    def edit_rules(self, chosen: dict[str, int], setting: dict[str, Any]) -> None:
        (self.home / "rules.toml").write_text(made_up.rules_text(chosen, setting))
        self.reopen()

    @rule(config=made_up.configs)
    def edit_config(self, config: dict[str, Any]) -> None:
        (self.home / "config.toml").write_text(made_up.config_text(config))
        self.reopen()

    @rule(days=st.one_of(st.integers(1, 4), st.integers(1, 40), st.sampled_from([90, 200, 390, 401, 420])))
    def days_go_by(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.reopen()

    @rule(days=st.integers(1, 25))
    def some_days_go_by(self, days: int) -> None:
        self.days_go_by(days)

    @rule(days=st.one_of(st.integers(1, 5), st.integers(1, 60)))
    def days_go_back(self, days: int) -> None:
        self.today -= timedelta(days=days)
        self.reopen()

    # Choosing what a command is about

    def some(self, table: str, which: int, where: str = "1", column: str = "id") -> int | None:
        ids = [row[0] for row in self.db.execute(f"SELECT {column} FROM {table} WHERE {where} ORDER BY 1")]
        return ids[which % len(ids)] if ids else None

    def someone(self, which: int) -> Contact:
        found = self.some("contacts", which)
        assert found is not None
        return contacts.load(self.db, found)

    def facts(self) -> dict[str, list[Any]]:
        found = {table: sorted(self.db.execute(f"SELECT rowid, * FROM {table}"), key=repr) for table in JOURNALED}
        closed = "SELECT id, contact_id FROM followups WHERE plan IN ('done', 'skipped')"
        return found | {"followups": sorted(self.db.execute(closed))}

    def change(self, command: str) -> Any:
        before, changes = self.facts(), journal.changes_head(self.db)
        machine = self

        class Watched:
            def __enter__(self) -> Any:
                self.inner = machine.book.change(command)
                return self.inner.__enter__()

            def __exit__(self, *failure: Any) -> None:
                self.inner.__exit__(*failure)
                head = journal.changes_head(machine.db)
                if head is not None and head != changes:
                    machine.before.append((head.id, before))

        return Watched()

    # Contacts

    @precondition(lambda self: self.db.execute("SELECT count(*) FROM contacts").fetchone()[0] < MOST_CONTACTS)
    @rule(made=made_up.contacts)
    def contact_add(self, made: dict[str, Any]) -> None:
        number = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'contacts'").fetchone()
        with self.change("contact add") as changing:
            contact = Contact(id=0, name=f"Person {number}", added=self.today)
            changing.touch(contacts.insert(self.db, self.with_fields(contact, made, str(number))))

    def with_fields(self, contact: Contact, made: dict[str, Any], unique: str) -> Contact:
        emails = tuple(f"p{unique}{n}@example.com".replace("(", "").replace(",)", "") for n in range(made["emails"]))
        return replace(
            contact,
            birthday=made["birthday"],
            emails=emails,
            phones=("030 12345",) * made["phones"],
            prefers=made["prefers"],
            handles=made["handles"],
            tags=made["tags"],
            every=made["every"],
            dates={name: self.day(offset) for name, offset in made["dates"].items()},
        )

    @rule(which=pick, made=made_up.contacts)
    def contact_edit(self, which: int, made: dict[str, Any]) -> None:
        contact = self.someone(which)
        self.contact_update("edit", self.with_fields(contact, made, f"{contact.id}e"))

    @rule(
        which=pick,
        what=st.sampled_from(["opt out", "opt in", "lost", "regain", "merge", "merge", "forget", "cancel"]),
        opted=made_up.opted,
    )
    def seldom(self, which: int, what: str, opted: tuple[str, ...]) -> None:
        contact = self.someone(which)
        if what == "merge":
            self.contact_merge(contact, which)
        elif what == "forget":
            self.contact_forget(contact)
        elif what == "cancel":
            self.sale_cancel(which)
        elif what == "lost":
            self.contact_update(what, replace(contact, lost_reason="price", lost_on=self.today))
        elif what == "regain":
            self.contact_update(what, replace(contact, lost_reason=None, lost_on=None))
        else:
            self.contact_update(what, replace(contact, opted_out=opted if what == "opt out" else ()))

    def contact_update(self, what: str, contact: Contact) -> None:
        with self.change(f"contact {what}") as changing:
            contacts.update(self.db, contact)
            changing.touch(contact.id)

    def contact_merge(self, gone: Contact, which: int) -> None:
        if (into := self.some("contacts", which, f"id <> {gone.id}")) is None:
            return
        with self.change("contact merge") as changing:
            merging.merge(self.book, changing, gone.id, into)
        self.forget_what_was_reopened()
        told = f"started_by = 'contact:{gone.id}' AND plan IN ('open', 'expired')"
        assert self.some("followups", 0, told) is None

    def contact_forget(self, gone: Contact) -> None:
        """Erases someone; who was changed together with them is still given back as they were."""
        if self.some("contacts", 0, f"id <> {gone.id}") is None:
            return
        ids = set(journal.ids_of(self.db, gone.id))
        planned = {row[0] for row in self.db.execute("SELECT id FROM followups WHERE contact_id = ?", [gone.id])}
        with self.book.change_for_good() as changing:
            erasing.erase(changing, gone.id)
        left = {change.id for change in journal.changes(self.db)}
        self.before = [(change, without(facts, ids, planned)) for change, facts in self.before if change in left]
        self.forget_what_was_reopened()
        for table in ("contacts", "followups", "sales", "events", "journal", "calendar_entries"):
            column = "id" if table == "contacts" else "contact_id"
            assert self.some(table, 0, f"{column} IN ({', '.join(map(str, ids))})", column) is None

    def forget_what_was_reopened(self) -> None:
        still = {row[0] for row in self.db.execute("SELECT followup_id FROM closings")}
        self.closed = {key: row for key, row in self.closed.items() if key in still}

    # Sales

    @rule(which=pick, made=made_up.sales, imported=st.sampled_from([False, False, True]))
    def sale_add(self, which: int, made: dict[str, Any], imported: bool) -> None:
        contact = self.someone(which)
        with self.change("sale add") as changing:
            sale = Sale(id=0, contact_id=contact.id, title="Logo", completed=self.today, entered=self.today)
            sale = self.sale_with_fields(sale, made)
            sales.insert(self.db, replace(sale, starts_from=self.today) if imported else sale)
            if contact.lost:
                contacts.update(self.db, replace(contact, lost_reason=None, lost_on=None))
            changing.touch(contact.id)

    def sale_with_fields(self, sale: Sale, made: dict[str, Any]) -> Sale:
        completed = self.day(made["completed"])
        warranty = made["warranty"]
        return replace(
            sale,
            completed=completed,
            amount=made["amount"],
            currency="EUR" if made["amount"] is not None else None,
            category=made["category"],
            warranty=warranty,
            warranty_until=Workdays().add(completed, parse_period(warranty)) if warranty else None,
            service_every=made["service_every"],
            lasts=made["lasts"],
            dates={name: self.day(offset) for name, offset in made["dates"].items()},
        )

    @rule(which=pick, made=made_up.sales)
    def sale_edit(self, which: int, made: dict[str, Any]) -> None:
        if (found := self.some("sales", which)) is not None:
            sale = sales.load(self.db, found)
            with self.change("sale edit") as changing:
                sales.update(self.db, self.sale_with_fields(sale, made))
                changing.touch(sale.contact_id)

    def sale_cancel(self, which: int) -> None:
        if (found := self.some("sales", which, "NOT canceled")) is not None:
            sale = sales.load(self.db, found)
            with self.change("sale cancel") as changing:
                sales.update(self.db, replace(sale, canceled=True))
                changing.touch(sale.contact_id)

    # Events

    @rule(
        which=pick,
        kind=st.sampled_from([*EVENT_KINDS, *INCOMING, "call", "email"]),
        made=made_up.events,
        of_sale=st.none() | pick,
    )
    def log(self, which: int, kind: str, made: dict[str, Any], of_sale: int | None) -> None:
        contact = self.someone(which)
        own = f"contact_id = {contact.id}"
        incoming = made["incoming"] or kind in INCOMING
        event = Event(
            id=0,
            contact_id=contact.id,
            kind=kind,
            on=self.day(made["on"]),
            entered=self.today,
            incoming=incoming,
            reached=kind in TOUCHES and kind != "note" and not incoming,
            rating=made["rating"] if kind == "feedback" else None,
            due=self.day(made["due"]) if kind in ("promise", "perk") else None,
            sale_id=None if of_sale is None else self.some("sales", of_sale, own),
        )
        with self.change(f"log {kind}") as changing:
            events.insert(self.db, event)
            changing.touch(contact.id)

    @rule(which=pick, outcome=pick, ago=st.integers(0, 20))
    def close(self, which: int, outcome: int, ago: int) -> None:
        found = self.some("events", which, f"closed_on IS NULL AND kind IN {CLOSABLE}")
        if found is None:
            return
        event = events.load(self.db, found)
        outcomes = OUTCOMES[event.kind]
        how = outcomes[outcome % len(outcomes)]
        closed = replace(event, closed_on=max(event.on, self.day(-ago)), outcome=how)
        with self.change("close") as changing:
            events.update(self.db, closed)
            if how == "refunded" and event.sale_id is not None:
                sales.update(self.db, replace(sales.load(self.db, event.sale_id), refunded=True))
            changing.touch(event.contact_id)

    @rule(which=pick, made=made_up.events, reopen=st.booleans())
    def event_edit(self, which: int, made: dict[str, Any], reopen: bool) -> None:
        if (found := self.some("events", which)) is not None:
            event = events.load(self.db, found)
            edited = replace(event, on=self.day(made["on"]), due=self.day(made["due"]) if event.due else None)
            if event.kind == "feedback":
                edited = replace(edited, rating=made["rating"])
            if reopen:
                edited = replace(edited, closed_on=None, outcome=None)
            with self.change("event edit") as changing:
                events.update(self.db, edited)
                changing.touch(event.contact_id)

    @rule(which=pick)
    def event_remove(self, which: int) -> None:
        if (found := self.some("events", which)) is not None:
            event = events.load(self.db, found)
            with self.change("event remove") as changing:
                events.remove(self.db, found)
                changing.touch(event.contact_id)

    # Follow-ups

    @rule(which=pick, ahead=made_up.ahead, every=made_up.periods("1 week", "1 month", "3 business days"))
    def remind(self, which: int, ahead: int, every: str | None) -> None:
        contact = self.someone(which)
        with self.change("remind") as changing:
            reminder = Reminder(id=0, contact_id=contact.id, day=self.day(ahead), text="Ask", every=every)
            events.insert_reminder(self.db, reminder)
            changing.touch(contact.id)

    @rule(which=pick, days=st.integers(0, 3))
    def the_next_day_one_is_done(self, which: int, days: int) -> None:
        self.days_go_by(days)
        self.done(which, True, 0)

    def an_open_one(self, which: int, listed: bool) -> followups.Standing | None:
        """One of today's list, or any that stands open."""
        rows = followups.open_rows(self.db, self.today, self.book.daily)
        entries = agenda(rows, self.today, self.book.daily)
        if listed:
            entries = [e for e in entries if e.state in ("due", "overdue")]
        entries = [e for e in entries if e.state not in ("done", "skipped", "expired")]
        return entries[which % len(entries)].standing if entries else None

    @rule(which=pick, listed=st.booleans(), ago=st.sampled_from([0, 0, 0, 1, 5, 30]))
    def done(self, which: int, listed: bool, ago: int) -> None:
        if (row := self.an_open_one(which, listed)) is not None:
            with self.change("done") as changing:
                followups.done(self.db, row, self.day(-ago), self.today, None)
                changing.touch(row.contact_id)
            self.remember(row.id)

    @rule(which=pick, listed=st.booleans())
    def skip(self, which: int, listed: bool) -> None:
        if (row := self.an_open_one(which, listed)) is not None:
            with self.change("skip") as changing:
                followups.close(self.db, row, "skipped", self.today, None)
                changing.touch(row.contact_id)
            self.remember(row.id)

    @rule(which=pick, listed=st.booleans(), ahead=made_up.ahead)
    def snooze(self, which: int, listed: bool, ahead: int) -> None:
        if (row := self.an_open_one(which, listed)) is not None:
            with self.change("snooze") as changing:
                followups.snooze(self.db, row.id, self.day(ahead))
                changing.touch(row.contact_id)

    @rule(times=st.sampled_from([1, 1, 2, 5]))
    def undo(self, times: int) -> None:
        for _ in range(min(times, len(self.before))):
            if len(self.before) == 1:
                return
            self.book.undo()
            assert self.facts() == self.before.pop()[1]
            self.forget_what_was_reopened()
            if self.some("contacts", 0) is None:  # the others were forgotten for good
                self.contact_add(made_up.SOMEBODY)

    # What must hold after each of them

    def remember(self, followup_id: int) -> None:
        self.closed[followup_id] = self.row(followup_id)

    def row(self, followup_id: int) -> tuple[Any, ...]:
        """All of a follow-up but whose it is, which a merge changes."""
        columns = [c for c in followups._DERIVED if c != "contact_id"]
        query = f"SELECT uid, rule, started_by, occurrence, {', '.join(columns)} FROM followups WHERE id = ?"
        found: tuple[Any, ...] = self.db.execute(query, [followup_id]).fetchone()
        return found

    @invariant()
    def the_stored_plan_is_the_plan_from_scratch(self) -> None:
        book = self.book
        planner = Planner(book.rules, book.config.business, book.planner.workdays, self.today)
        wanted: dict[tuple[str, ...], tuple[Any, ...]] = {}
        free: dict[int, tuple[str | None, str | None]] = {}
        members = set()
        for history in histories.of_all(self.db):
            plan = planner.plan(history)
            wanted |= self.rows_of(plan)
            free[history.contact.id] = (str(plan.reached or ""), str(plan.free or ""))
            members |= {(name, history.contact.id) for name in plan.groups}
        for group in {name for name, _ in members}:
            of = next(r for r in book.rules.rules if r.name == group)
            wanted |= self.rows_of(planner.plan_group(of, *histories.of_group(self.db, group)))
        columns = ", ".join(followups._DERIVED)
        since = str(self.day(-REVIVAL.days))
        stored = {
            tuple(row[:3]): tuple(row[3:])
            for row in self.db.execute(
                f"SELECT rule, started_by, occurrence, {columns} FROM followups "
                "WHERE plan = 'open' OR (plan = 'expired' AND last >= ?)",
                [since],
            )
        }
        differing = {key for key in stored.keys() | wanted.keys() if stored.get(key) != wanted.get(key)}
        assert not differing, {key: ("stored", stored.get(key), "fresh", wanted.get(key)) for key in differing}
        assert members == set(self.db.execute("SELECT rule, contact_id FROM group_members"))
        stored_free = self.db.execute(
            "SELECT contact_id, coalesce(reached, ''), coalesce(free, '') FROM plans WHERE contact_id > 0"
        )
        assert free == {row[0]: (row[1], row[2]) for row in stored_free}

    def rows_of(self, plan: Any) -> dict[tuple[str, ...], tuple[Any, ...]]:
        rows = {}
        for state in ("open", "expired"):
            for followup in getattr(plan, state):
                key = (followup.key.rule, followup.key.started_by, followup.key.occurrence)
                assert key not in rows
                rows[key] = followups._derived(followup, state)
        return rows

    @invariant()
    def what_stands_open_may_stand(self) -> None:
        query = "SELECT rule, started_by, last, contact_id FROM followups WHERE plan = 'open'"
        rows = self.db.execute(query).fetchall()
        starts = [row[:2] for row in rows]
        assert len(starts) == len(set(starts)), "two open ones of the same start"
        people = {c.id: c for c in (h.contact for h in histories.of_all(self.db))}
        lost_rules = {r.name for r in self.book.rules.rules if r.lost}
        for name, started_by, last, contact_id in rows:
            assert last >= str(self.today)
            if name == "" or started_by == "everyone":
                continue
            assert not opted_out_of_all(people[contact_id])
            assert people[contact_id].lost == (name in lost_rules)

    @invariant()
    def identities_never_change(self) -> None:
        for rule_, started_by, occurrence, followup_id, uid in self.db.execute(
            "SELECT rule, started_by, occurrence, id, uid FROM followups"
        ):
            assert self.identities.setdefault((rule_, started_by, occurrence), (followup_id, uid)) == (followup_id, uid)

    @invariant()
    def what_was_closed_stays_as_it_was(self) -> None:
        for followup_id, row in self.closed.items():
            assert self.row(followup_id) == row

    @invariant()
    def every_change_can_be_taken_back(self) -> None:
        assert len(journal.changes(self.db)) == min(len(self.before), journal.KEPT)
        self.db.execute("INSERT INTO contacts_fts (contacts_fts, rank) VALUES ('integrity-check', 1)")


Commands.TestCase.settings = settings(
    max_examples=100 * max(1, SOAK),
    stateful_step_count=50 if not SOAK else 100,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    **({"phases": [Phase.reuse, Phase.generate]} if os.environ.get("NOSHRINK") else {}),
)
TestPlanFromScratch = Commands.TestCase
