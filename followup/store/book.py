"""The book: one home opened for one command. Transactions, and the stored plan kept true to facts, rules and day."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from followup.core.refusal import Refusal
from followup.store import schema
from followup.store.datafile import bring_up_to_date, connect, make_tables
from followup.store.files import LOG, adding, beside, make_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from uuid import UUID

    from followup.core.agenda import Standing
    from followup.core.config import Config
    from followup.core.model import FollowUp, History, Key, Rules
    from followup.core.period import Workdays
    from followup.core.planner import Planner
    from followup.store.journal import Change
    from followup.store.parsed import Parsed

PLANNER_VERSION = "6"
"""Counts up whenever the planner plans differently, or rules or configuration have other fields, so that stored plans
are made anew."""

PATIENCE = 1000
"""Milliseconds after which a command that waits for another one says so."""

TEMPLATES = Path(__file__).parent.parent / "templates"
if not TEMPLATES.is_dir():
    TEMPLATES = Path(__file__).parent.parent.parent / "templates"


class Book:
    """One home, opened. `created` says that it was made just now, `damaged_log` where a log is kept from which what
    was answered last could not all be read.

    Reading methods expect `refresh()` to have been called; whatever changes facts goes through `change()`.
    """

    def __init__(self, home: Path, today: date, db: sqlite3.Connection, created: bool) -> None:
        self.damaged_log: Path | None = None
        self.home = home
        self.today = today
        self.db = db
        self.created = created
        self.on_waiting: Callable[[], object] = lambda: None
        self._reading = False

    @cached_property
    def rules_text(self) -> str:
        """The rules file as it is written; empty where there is none."""
        return _read_text(self.home / "rules.toml")

    @cached_property
    def config_text(self) -> str:
        """The configuration file as it is written; empty where there is none."""
        return _read_text(self.home / "config.toml")

    @cached_property
    def rules(self) -> Rules:
        """The rules of the home. Refuses a file with faults."""
        if not self.rules_text.strip():
            raise Refusal("rules.toml is missing or empty: followup rules adopt general writes one")
        if self._parsed:
            return self._parsed.rules
        from followup.core.rules import parse_rules

        return parse_rules(self.rules_text)

    @cached_property
    def config(self) -> Config:
        """The configuration of the home. Refuses one with a fault."""
        if self._parsed:
            return self._parsed.config
        from followup.core.config import parse_config

        return parse_config(self.config_text)

    @cached_property
    def _parsed(self) -> Parsed | None:
        """Rules and configuration as they were read for the stored plan; None where the files have changed since."""
        from followup.store import parsed

        try:
            source = self.source
        except Refusal:  # of one file, when perhaps the other is asked for
            return None
        query = "SELECT p.value FROM meta p, meta s WHERE p.key = 'parsed' AND s.key = 'source' AND s.value = ?"
        row = self.db.execute(query, [source]).fetchone()
        return row and parsed.load(row[0])

    def read_files(self) -> None:
        """Has rules and configuration read from their files, whatever is kept of them."""
        self._parsed = None

    @cached_property
    def planner(self) -> Planner:
        """The planner for this home and day."""
        return self.planner_with(self.rules)

    def planner_with(self, rules: Rules) -> Planner:
        """A planner for this home and day with other rules."""
        from followup.core.planner import Planner

        return Planner(rules, self.config.business, self.workdays, self.today)

    @cached_property
    def workdays(self) -> Workdays:
        """The business days of the home: its weekdays, its public holidays, its times away."""
        from followup.core.period import Workdays
        from followup.store.holidays import holidays_of

        config = self.config
        return Workdays(config.weekdays, holidays_of(self.db, config.holiday_place), config.away)

    @property
    def source(self) -> str:
        """What the whole plan follows from, beside facts and day; `meta` has that of the stored plan."""
        return "\0".join((PLANNER_VERSION, self.rules_text, self.config_text))

    @property
    def daily(self) -> int:
        """The daily limit, as it was when the rules were last taken in."""
        return int(self.meta("daily") or 0)

    def meta(self, key: str) -> str | None:
        """A value kept beside the facts."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return row[0] if row else None

    def _set_meta(self, key: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, value])

    def refresh(self, progress: Callable[[int], object] = lambda n: None) -> None:
        """Brings the stored plan up to the rules, the configuration and the day; free when nothing has changed.

        Refuses while the rules or the configuration have a fault: the last good plan stays underneath.
        """
        if self._has_new_rules():
            self._check_rules()
        elif not self._outdated():
            return
        from followup.store.planning import plan_some

        alone = not self._writing
        with self.transaction():
            if alone:  # what was found before it began may be done by now, and by newer rules
                self._read_anew()
            if self._has_new_rules():
                self._take_in(progress)
            if ids := self._outdated():
                plan_some(self, ids, progress)

    def _has_new_rules(self) -> bool:
        return self.meta("source") != self.source

    def _outdated(self) -> list[int]:
        """Whose stored plan is for other days than today."""
        day = self.today.isoformat()
        query = "SELECT contact_id FROM plans WHERE valid_from > ? OR valid_until < ?"
        return [row[0] for row in self.db.execute(query, [day, day])]

    def _read_anew(self) -> None:
        """Reads rules and configuration again, and forgets what was made of them if they have changed."""
        before = [self.__dict__.pop(name, None) for name in ("rules_text", "config_text")]
        if before != [self.rules_text, self.config_text]:
            for made in ("_parsed", "rules", "config", "workdays", "planner"):
                self.__dict__.pop(made, None)

    def _check_rules(self) -> None:
        from followup.core.rules import check_titles

        check_titles(self.rules, self.rules_text, self.config.business)

    def _take_in(self, progress: Callable[[int], object]) -> None:
        from followup.store import parsed
        from followup.store.planning import plan_everyone

        self._check_rules()
        plan_everyone(self, progress)
        self._set_meta("source", self.source)
        self._set_meta("parsed", parsed.dump(self.rules, self.config))
        self._set_meta("daily", str(self.rules.settings.daily))

    def read(self) -> None:
        """Has all that is read from now on be of one instant, whatever others write: until a transaction that writes
        begins, or `stop_reading()`."""
        self.db.execute("BEGIN")
        self._reading = True

    def stop_reading(self) -> None:
        """Ends what `read()` began; nothing where that has not begun."""
        if self._reading:
            self.db.execute("COMMIT")
            self._reading = False

    @property
    def _writing(self) -> bool:
        return self.db.in_transaction and not self._reading

    def begin(self) -> None:
        """Begins a transaction that writes, as soon as whoever writes now has ended. Calls `on_waiting` once where that
        takes a while; raises sqlite3.OperationalError where it takes too long."""
        self.stop_reading()
        longest = self.db.execute("PRAGMA busy_timeout").fetchone()[0]
        self.db.execute(f"PRAGMA busy_timeout = {min(PATIENCE, longest)}")
        try:
            self.db.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or longest <= PATIENCE:
                raise
        finally:
            self.db.execute(f"PRAGMA busy_timeout = {longest}")
        self.on_waiting()
        self.db.execute("BEGIN IMMEDIATE")

    def lock(self, progress: Callable[[int], object] = lambda n: None) -> None:
        """Begins the one transaction of a command that changes facts: nobody writes between what it reads and what it
        writes. `change()` ends it; closing the book without one takes all of it back."""
        self.begin()
        self._read_anew()
        self.refresh(progress)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written inside, or nothing; a part of the command's transaction where that has begun. Not
        recorded for `undo`: facts change through `change()`."""
        if self._writing:
            yield
            return
        self.begin()
        with self._ended():
            yield

    @contextmanager
    def _ended(self) -> Iterator[None]:
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def rewrite(self, name: str, text: str) -> None:
        """Makes `rules.toml` or `config.toml` this text and plans by it: both, or where one fails, neither."""
        path = self.home / name
        before = path.read_bytes() if path.exists() else None
        if not self._writing:
            self.begin()
        try:
            with self._ended():
                write_private(path, text)
                self._read_anew()
                self.refresh()
        except BaseException:
            if before is None:
                path.unlink(missing_ok=True)
            else:
                write_private(path, before)
            raise

    @contextmanager
    def change(self, command: str) -> Iterator[Changing]:
        """One change of facts, whole or not at all: the contacts that it touches are replanned before it ends."""
        from followup.store import journal
        from followup.store.planning import plan_some

        if not self._writing:
            self.lock()
        with self._ended():
            journal.begin(self.db, command, self.today)
            changing = Changing(self)
            yield changing
            changing.written = plan_some(self, changing.touched, changing.progress)
            journal.end(self.db)

    @contextmanager
    def change_for_good(self) -> Iterator[Changing]:
        """The same for what can never be taken back: nothing of it is kept, and `undo` passes over it."""
        from followup.store.planning import plan_some

        if not self._writing:
            self.lock()
        with self._ended():
            changing = Changing(self)
            yield changing
            changing.written = plan_some(self, changing.touched, changing.progress)

    def undo(self, progress: Callable[[int], object] = lambda n: None) -> Change:
        """Takes back the last change and replans whom it touched. Refuses when there is none."""
        from followup.store import contacts, journal
        from followup.store.planning import plan_some

        self.lock()
        with self._ended():
            change, touched = journal.take_back(self.db, progress)
            contacts.fold_anew(self.db, touched)  # what an earlier version wrote may be folded otherwise
            plan_some(self, touched, progress)
        return change

    def uid_of(self, key: Key) -> str:
        """The identifier of a follow-up for calendars, the same for ever."""
        from uuid import uuid5

        text = "\0".join((key.rule, key.started_by, key.occurrence))
        return f"{uuid5(self._home_id, text)}@followup"

    @cached_property
    def _home_id(self) -> UUID:
        from uuid import UUID

        found = self.meta("home_id")
        assert found is not None
        return UUID(found)

    def history(self, contact_id: int) -> History:
        """All that is known of a contact."""
        from followup.store import histories

        return histories.of_contact(self.db, contact_id)

    def coming(self, contact_id: int, until: date) -> list[FollowUp]:
        """The occurrences that follow the open ones of a contact's repeating rules, up to a day."""
        history = self.history(contact_id)
        return list(self.planner.coming(history, self.planner.plan(history), until))

    def check_file(self) -> None:
        """Raises SQLite's error for a damaged file where this one is: in such a file rows can seem to contradict each
        other, which in a sound one only a fault of the program brings about."""
        if self.db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("database disk image is malformed")

    def close(self) -> None:
        """Closes the file."""
        self.db.close()


class Changing:
    """A change under way: which contacts it touches, and what its replan wrote."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.db = book.db
        self.touched: set[int] = set()
        self.written: list[int] = []
        self.progress: Callable[[int], object] = lambda n: None

    def touch(self, *contact_ids: int | None) -> None:
        """Has these contacts replanned when the change ends."""
        self.touched.update(i for i in contact_ids if i is not None)

    def planned(self) -> list[Standing]:
        """After the change: the open follow-ups that it added or moved, in order of day."""
        from followup.store.followups import by_ids

        return by_ids(self.db, self.written)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # an editor may have put its mark in front
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise Refusal(f"{path.name} is not UTF-8 text: save it as UTF-8") from None
    except IsADirectoryError:
        raise Refusal(f"{path} is a folder where a file should be: move it away") from None
    except OSError as error:
        raise Refusal(f"{path} cannot be read ({error.strerror}): check who owns it and its permissions") from None


def open_book(home: Path, today: date) -> Book:
    """Opens the home; makes it with the `general` playbook where there is none, and finishes what a killed restore or
    import left to do.

    Refuses a path that is no folder, and a `followup.db` that is not followup's or a newer one's. Raises
    sqlite3.DatabaseError for one that is damaged.
    """
    path = home / "followup.db"
    created = not path.exists() and make_home(home)
    if not path.stat().st_size:  # SQLite would take it for a new one, and delete the log beside it
        raise sqlite3.DatabaseError(schema.EMPTY)
    damaged_log = None
    if beside(path, LOG).exists():
        from followup.store import writeahead

        damaged_log = writeahead.set_aside(path, today)
    db = connect(path)
    try:
        if not schema.check_version(db):
            from followup.store import homefiles

            homefiles.settle(home, db)
            bring_up_to_date(db)
    except BaseException:
        db.close()
        raise
    book = Book(home, today, db, created)
    book.damaged_log = damaged_log
    return book


def make_home(home: Path, playbook: str = "general", config: str | None = None) -> bool:
    """Makes the folder with configuration, rules and a data file; leaves what is there alone. Returns whether there was
    no data file."""
    _check_place(home)
    make_folder(home)
    if not (home / "rules.toml").exists():
        write_private(home / "rules.toml", playbook_text(playbook))
    if not (home / "config.toml").exists():
        from followup.store.homes import default_config

        write_private(home / "config.toml", config if config is not None else default_config({}))
    (home / "templates").mkdir(mode=0o700, exist_ok=True)
    if (home / "followup.db").exists():
        return False
    try:
        with adding(home / "followup.db") as new, closing(connect(new)) as db:
            make_tables(db)
    except FileExistsError:  # another command made it at this moment
        return False
    return True


@contextmanager
def founding(home: Path, today: date) -> Iterator[Book]:
    """The book of a home without a data file, which gets one when the block ends, with all that was put into it. Where
    the block fails no home was made. The block writes configuration and rules."""
    _check_place(home)
    made = make_folder(home)
    try:
        with adding(home / "followup.db") as new, closing(connect(new)) as db:
            make_tables(db)
            yield Book(home, today, db, created=True)
            (home / "templates").mkdir(mode=0o700, exist_ok=True)
    except BaseException:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise


def _check_place(home: Path) -> None:
    """Refuses a file, and a folder where SQLite would write what is left of an old data file into a new one."""
    if home.exists() and not home.is_dir():
        raise Refusal(f"{home} is a file: name a folder with --home")
    log = beside(home / "followup.db", LOG)
    if log.exists() and not (home / "followup.db").exists():
        raise Refusal(
            f"{log.parent} has a {log.name} without its {log.name.removesuffix(LOG)}: followup restore FILE brings a "
            "backup back, or move it away to begin anew"
        )


def playbooks() -> list[str]:
    """The names of the playbooks that ship."""
    return sorted(path.stem for path in (TEMPLATES / "playbooks").glob("*.toml"))


def playbook_text(name: str) -> str:
    """The text of a playbook that ships. Refuses an unknown one, naming those there are."""
    if name not in playbooks():
        raise Refusal(f"there is no playbook '{name}': there are {', '.join(playbooks())}")
    return (TEMPLATES / "playbooks" / f"{name}.toml").read_text(encoding="utf-8")
