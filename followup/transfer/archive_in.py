"""An exported home taken into an empty one: every value checked, all of it or nothing, numbers and identities kept."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from followup.core.identity import check_email, check_name
from followup.core.model import EVENT_KINDS, LOST_REASONS, OUTCOMES, PRIORITIES, Contact, Event, Reminder, Sale
from followup.core.refusal import Refusal
from followup.store import contacts, events, homefiles, journal, sales, schema
from followup.store.book import Book, playbook_text, playbooks
from followup.store.files import free_name, write_private
from followup.store.homes import default_config
from followup.transfer import archive_values as read
from followup.transfer.archive import FORMAT, HOME, TABLES, Home
from followup.transfer.archive_lines import rows
from followup.transfer.archive_values import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_HOME = 1_000_000
"""Bytes of `home.json`."""

_UID = re.compile(r"[\x21-\x7e]{1,200}")
_RULE = re.compile(r"([a-z0-9]+(-[a-z0-9]+)*)?")
_STARTED_BY = re.compile(r"(sale|event|contact|reminder):[0-9]{1,16}|everyone")
_OCCURRENCE = re.compile(r"[0-9-]{1,20}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MONEY = re.compile(r"[0-9]{1,16}(\.[0-9]{1,4})?")


def take_in(
    book: Book, folder: Path, check_content: Callable[[str], object], tick: Callable[[int], None]
) -> tuple[dict[str, int], dict[Path, Path]]:
    """Takes an exported home in; says how many rows each table had, and of which files of this home a copy is kept. One
    change, with rules, configuration and messages.

    `check_content` raises ValueError for what is no content of a calendar entry. Refuses a home that has contacts,
    anything in the folder that no export wrote, with file and line, and settings with a fault; then nothing has
    changed.
    """
    texts = _texts(folder)
    home = _home(folder)
    before = homefiles.texts(book.home)
    with book.transaction():
        if book.db.execute("SELECT 1 FROM contacts LIMIT 1").fetchone():
            raise Refusal(f"{book.home} has contacts already: name a new folder with --home for what is taken in")
        _clear(book.db, home)
        journal.begin(book.db, f"import archive {folder.name}", book.today)
        counts = _Taking(book.db, folder, home.tables, check_content, tick).take()
        journal.end(book.db)
        for table, last in home.last_numbers.items():
            schema.give_no_number_again(book.db, table, last)
        _plan(book, folder, texts, tick)
        kept = _keep_edited(book, before, texts)
        homefiles.wait(book.home, book.db, texts)
    homefiles.settle(book.home, book.db)
    return counts, kept


def _home(folder: Path) -> Home:
    """What `home.json` says. Refuses a folder that no export wrote to its end, and one of a newer version."""
    path = folder / HOME
    if not path.is_file():
        raise Refusal(f"{folder} is no exported home: it has no {HOME}")
    try:
        home = msgspec.json.decode(_start_of(path), type=Home)
        UUID(home.home_id)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refusal(f"{path} is not as an export writes it ({error}): export the home again") from None
    if home.format > FORMAT:
        raise Refusal(f"{folder} was exported by a newer followup: install the newer followup")
    if not home.complete:
        raise Refusal(f"{folder} was not exported to its end: export the home again")
    tables = {*(table.name for table in TABLES), "changes", "journal"}
    for name, last in home.last_numbers.items():
        if name not in tables or not 0 <= last <= read.LARGEST:
            raise Refusal(f"{path} is not as an export writes it (last_numbers): export the home again")
    return home


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST_HOME)


def _texts(folder: Path) -> dict[str, bytes]:
    """Configuration, rules and messages of the exported home. Refuses links."""
    messages = folder / homefiles.MESSAGES
    for path in (folder / HOME, *(folder / name for name in homefiles.SETTINGS), messages, *messages.glob("*")):
        if path.is_symlink():
            raise Refusal(f"{path} is a link: put the file itself there")
    return homefiles.texts(folder)


def _clear(db: sqlite3.Connection, home: Home) -> None:
    """Takes out what an empty home still has from before, all but what calendars were told, and makes it that home."""
    for table in ("followups", "changes", "plans", "group_members"):
        db.execute(f"DELETE FROM {table}")
    db.execute("DELETE FROM meta")
    db.execute("INSERT INTO meta (key, value) VALUES ('home_id', ?)", [home.home_id])


def _plan(book: Book, folder: Path, texts: Mapping[str, bytes], tick: Callable[[int], None]) -> None:
    """Plans with the settings that come along. Refuses those without rules, and any with a fault: with them every
    command of the home would refuse."""
    if not texts.get("rules.toml", b"").strip():
        raise Refusal(f"{folder} is no exported home: it has no rules.toml, or an empty one")
    new = Book(book.home, book.today, book.db, created=False)
    try:
        new.rules_text, new.config_text = _text(texts, "rules.toml"), _text(texts, "config.toml")
        new.workdays.holidays(book.today.year)
        new.refresh(tick)
    except Refusal as refusal:
        raise Refusal(f"{folder}/{refusal}") from None


def _text(texts: Mapping[str, bytes], name: str) -> str:
    try:
        return texts.get(name, b"").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{name} is not UTF-8 text: save it as UTF-8") from None


def _keep_edited(book: Book, before: Mapping[str, bytes], texts: Mapping[str, bytes]) -> dict[Path, Path]:
    """Copies settings that were edited, and messages, beside themselves before others take their place, or none does.
    The copies by what they are of."""
    unedited = {default_config({}), *map(playbook_text, playbooks())}
    kept = {}
    for name, text in before.items():
        if text.strip() and text != texts.get(name) and text.decode(errors="replace") not in unedited:
            path = book.home / name
            kept[path] = free_name(Path(f"{path}.bak-{book.today}"))
            write_private(kept[path], text)
    return kept


class _Taking:
    """Takes the tables of one exported home into the file, one after the other; `take` says how many rows each had."""

    def __init__(
        self,
        db: sqlite3.Connection,
        folder: Path,
        form: str,
        check_content: Callable[[str], object],
        tick: Callable[[int], None],
    ) -> None:
        self.db = db
        self.folder = folder
        self.form = form
        self.check_content = check_content
        self.tick = tick

    def take(self) -> dict[str, int]:
        """Takes every table. Refuses the first line that is not as an export writes it."""
        takers: dict[str, Callable[[Line], object]] = {
            "contacts": self._contact,
            "sales": self._sale,
            "followups": self._followup,
            "events": self._event,
            "reminders": self._reminder,
            "closings": self._closing,
            "snoozes": self._snooze,
            "imports": self._imported,
            "calendar": self._calendar_entry,
        }
        counts = {}
        for table in TABLES:
            number = 0
            for place, row in rows(self.folder / f"{table.name}.{self.form}", table):
                line = Line(place, row)
                try:
                    takers[table.name](line)
                except sqlite3.IntegrityError as error:
                    reason = f"it contradicts another line, or names one that is not there ({error})"
                    raise Refusal(f"{place}: {reason}") from None
                except Refusal as refusal:
                    raise refusal if str(refusal).startswith(place) else Refusal(f"{place}: {refusal}") from None
                number += 1
                self.tick(1)
            counts[table.name] = number
        return counts

    def _contact(self, line: Line) -> None:
        main = [line.may("email", check_email)], [line.may("phone", read.filled)]
        emails = line.must("emails", read.each(check_email))
        phones = line.must("phones", read.each(read.filled))
        lost = line.may("lost_reason", read.one_of(*LOST_REASONS)), line.may("lost_on", read.day)
        contact = Contact(
            id=line.must("id", read.own_number),
            name=line.must("name", check_name),
            added=line.must("added", read.day),
            emails=tuple(dict.fromkeys(e for e in (*main[0], *emails) if e)),
            phones=tuple(dict.fromkeys(p for p in (*main[1], *phones) if p)),
            company=line.may("company", read.text),
            address=line.may("address", read.text),
            birthday=line.may("birthday", read.birthday),
            handles=line.must("handles", read.handles),
            prefers=line.may("prefers", read.channel),
            language=line.may("language", read.like(_LANGUAGE)),
            every=line.may("every", read.period),
            tags=line.must("tags", read.each(read.filled)),
            notes=line.may("notes", read.text),
            dates=line.must("dates", read.days),
            opted_out=line.must("opted_out", read.each(read.channel_or_all)),
            lost_reason=lost[0],
            lost_on=lost[1],
        )
        contacts.insert(self.db, contact)

    def _sale(self, line: Line) -> None:
        currency = line.may("currency", read.currency)
        amount = read.amount(line, "amount", currency)
        sale = Sale(
            id=line.must("id", read.own_number),
            contact_id=line.must("contact_id", read.own_number),
            title=line.must("title", read.title),
            completed=line.must("completed", read.day),
            entered=line.must("entered", read.day),
            amount=amount,
            currency=currency if amount is not None else None,
            category=line.may("category", read.text),
            tags=line.must("tags", read.each(read.filled)),
            warranty=line.may("warranty", read.period),
            warranty_until=line.may("warranty_until", read.day),
            service_every=line.may("service_every", read.period),
            lasts=line.may("lasts", read.period),
            dates=line.must("dates", read.days),
            ref=line.may("ref", read.text),
            note=line.may("note", read.text),
            canceled=line.must("canceled", bool),
            refunded=line.must("refunded", bool),
            starts_from=line.may("starts_from", read.day),
        )
        sales.insert(self.db, sale)

    def _event(self, line: Line) -> None:
        kind = line.must("kind", read.one_of(*EVENT_KINDS))
        currency = line.may("cost_currency", read.currency)
        cost = read.amount(line, "cost", currency)
        event = Event(
            id=line.must("id", read.own_number),
            contact_id=line.must("contact_id", read.own_number),
            kind=kind,
            on=line.must("on", read.day),
            entered=line.must("entered", read.day),
            sale_id=line.may("sale_id", read.own_number),
            due=line.may("due", read.day),
            rating=line.may("rating", read.number),
            text=line.may("text", read.text),
            incoming=line.must("incoming", bool),
            reached=line.must("reached", bool),
            of_id=line.may("of_id", read.own_number),
            of_name=line.may("of_name", check_name),
            code=line.may("code", read.text),
            value=line.may("value", read.text),
            cost=cost,
            cost_currency=currency if cost is not None else None,
            closed_on=line.may("closed_on", read.day),
            outcome=line.may("outcome", read.one_of(*OUTCOMES.get(kind, ()))),
        )
        events.insert(self.db, event, line.may("followup_id", read.own_number))

    def _reminder(self, line: Line) -> None:
        reminder = Reminder(
            id=line.must("id", read.own_number),
            contact_id=line.must("contact_id", read.own_number),
            day=line.must("day", read.day),
            text=line.must("text", read.title),
            channel=line.may("channel", read.channel),
            every=line.may("every", read.period),
        )
        events.insert_reminder(self.db, reminder)

    def _followup(self, line: Line) -> None:
        self._insert(
            "followups",
            {
                "id": line.must("id", read.own_number),
                "uid": line.must("uid", read.like(_UID)),
                "rule": line.must("rule", read.like(_RULE)),
                "started_by": line.must("started_by", read.like(_STARTED_BY)),
                "occurrence": line.must("occurrence", read.like(_OCCURRENCE)),
                "contact_id": line.may("contact_id", read.own_number),
                "sale_id": line.may("sale_id", read.own_number),
                "event_id": line.may("event_id", read.own_number),
                "title": line.must("title", read.text),
                **{name: line.must(name, read.planned_day) for name in ("start", "due", "day", "last")},
                **{name: line.may(name, read.planned_day) for name in ("snoozed_until", "expires")},
                "channel": line.may("channel", read.channel),
                "missing": line.may("missing", read.text),
                "message": line.must("message", read.text),
                "priority": line.must("priority", read.one_of(*PRIORITIES)),
                "holdable": int(line.must("holdable", bool)),
                "position": line.must("position", read.whole),
                "plan": line.must("plan", read.one_of("open", "expired", "done", "skipped", "gone")),
            },
        )

    def _closing(self, line: Line) -> None:
        self._insert(
            "closings",
            {
                "followup_id": line.must("followup_id", read.own_number),
                "how": line.must("how", read.one_of("done", "skipped")),
                **{name: line.must(name, read.planned_day) for name in ("closed_on", "start", "due")},
                "note": line.may("note", read.text),
            },
        )

    def _snooze(self, line: Line) -> None:
        number = line.must("followup_id", read.own_number)
        self._insert("snoozes", {"followup_id": number, "until": line.must("until", read.planned_day)})

    def _imported(self, line: Line) -> None:
        key, amount = line.must("import_key", read.filled), line.may("import_amount", read.number)
        sale_id = line.must("sale_id", read.own_number)
        told = "UPDATE sales SET import_key = ?, import_amount = ? WHERE id = ?"
        if not self.db.execute(told, [key, amount, sale_id]).rowcount:
            raise Refusal(f"there is no sale {sale_id}")

    def _calendar_entry(self, line: Line) -> None:
        """One that calendars were told later in this home stays, or its sequence would fall."""
        entry = {
            "calendar": line.must("calendar", read.text),
            "uid": line.must("uid", read.like(_UID)),
            "rule": line.must("rule", read.like(_RULE)),
            "contact_id": line.may("contact_id", read.own_number),
            **{name: line.must(name, read.planned_day) for name in ("day", "earliest")},
            "content": line.must("content", self._content),
            "sequence": line.must("sequence", read.number),
            "stamped": line.must("stamped", read.planned_day),
            "status": line.must("status", read.one_of("standing", "completed", "cancelled", "dropped")),
            "done_on": line.may("done_on", read.planned_day),
            "place": line.may("place", read.text),
            "tag": line.may("tag", read.text),
        }
        known = "SELECT sequence FROM calendar_entries WHERE calendar = ? AND uid = ?"
        there = self.db.execute(known, [entry["calendar"], entry["uid"]]).fetchone()
        if not there or there[0] < entry["sequence"]:
            self._insert("calendar_entries", entry, "OR REPLACE")

    def _content(self, text: str) -> str:
        self.check_content(text)
        return text

    def _insert(self, table: str, values: dict[str, Any], otherwise: str = "") -> None:
        marks = ", ".join("?" * len(values))
        self.db.execute(
            f"INSERT {otherwise} INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values())
        )
