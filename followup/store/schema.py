"""The tables of the file and how older files become newer ones.

`PRAGMA user_version` counts the migrations applied, so that a look at it tells whether anything is pending without
loading `sqlite_utils`, which runs them.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION = 3
"""The number of migrations below."""

EMPTY = "the file is empty"
"""What is said of a data file without anything in it, in the way of SQLite's own errors."""

_TABLES = """
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL CHECK (name <> ''),
    folded      TEXT NOT NULL,
    search      TEXT NOT NULL DEFAULT '',
    company     TEXT,
    address     TEXT,
    birthday    TEXT CHECK (birthday GLOB '[0-9-]*-[0-9][0-9]-[0-9][0-9]'),
    handles     TEXT NOT NULL DEFAULT '{}' CHECK (json_type(handles) = 'object'),
    prefers     TEXT,
    language    TEXT,
    every       TEXT,
    tags        TEXT NOT NULL DEFAULT '[]' CHECK (json_type(tags) = 'array'),
    notes       TEXT,
    dates       TEXT NOT NULL DEFAULT '{}' CHECK (json_type(dates) = 'object'),
    opted_out   TEXT NOT NULL DEFAULT '[]' CHECK (json_type(opted_out) = 'array'),
    lost_reason TEXT CHECK (lost_reason IN ('service', 'product', 'competitor', 'moved', 'price', 'other')),
    lost_on     TEXT,
    added       TEXT NOT NULL CHECK (date(added) IS added),
    CHECK ((lost_reason IS NULL) = (lost_on IS NULL))
) STRICT;
CREATE INDEX contacts_folded ON contacts (folded);

CREATE TABLE contact_points (
    id         INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
    position   INTEGER NOT NULL,
    value      TEXT NOT NULL CHECK (value <> ''),
    norm       TEXT NOT NULL,
    UNIQUE (contact_id, kind, position)
) STRICT;
CREATE INDEX contact_points_norm ON contact_points (kind, norm);

CREATE VIRTUAL TABLE contacts_fts USING fts5 (
    folded, search, content = 'contacts', content_rowid = 'id', tokenize = 'unicode61'
);
CREATE TRIGGER contacts_fts_insert AFTER INSERT ON contacts BEGIN
    INSERT INTO contacts_fts (rowid, folded, search) VALUES (NEW.id, NEW.folded, NEW.search);
END;
CREATE TRIGGER contacts_fts_delete AFTER DELETE ON contacts BEGIN
    INSERT INTO contacts_fts (contacts_fts, rowid, folded, search) VALUES ('delete', OLD.id, OLD.folded, OLD.search);
END;
CREATE TRIGGER contacts_fts_update AFTER UPDATE OF folded, search ON contacts BEGIN
    INSERT INTO contacts_fts (contacts_fts, rowid, folded, search) VALUES ('delete', OLD.id, OLD.folded, OLD.search);
    INSERT INTO contacts_fts (rowid, folded, search) VALUES (NEW.id, NEW.folded, NEW.search);
END;

CREATE TABLE sales (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id     INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    title          TEXT NOT NULL CHECK (title <> ''),
    completed      TEXT NOT NULL CHECK (date(completed) IS completed),
    entered        TEXT NOT NULL CHECK (date(entered) IS entered),
    amount         INTEGER CHECK (amount >= 0),
    currency       TEXT CHECK (length(currency) = 3),
    category       TEXT,
    tags           TEXT NOT NULL DEFAULT '[]' CHECK (json_type(tags) = 'array'),
    warranty       TEXT,
    warranty_until TEXT,
    service_every  TEXT,
    lasts          TEXT,
    dates          TEXT NOT NULL DEFAULT '{}' CHECK (json_type(dates) = 'object'),
    ref            TEXT,
    note           TEXT,
    canceled       INTEGER NOT NULL DEFAULT 0 CHECK (canceled IN (0, 1)),
    refunded       INTEGER NOT NULL DEFAULT 0 CHECK (refunded IN (0, 1)),
    starts_from    TEXT,
    import_key     TEXT,
    import_amount  INTEGER,
    CHECK ((amount IS NULL) = (currency IS NULL))
) STRICT;
CREATE INDEX sales_contact ON sales (contact_id, completed, id);
CREATE INDEX sales_completed ON sales (completed);
CREATE INDEX sales_ref ON sales (ref) WHERE ref IS NOT NULL;
CREATE UNIQUE INDEX sales_import_key ON sales (import_key) WHERE import_key IS NOT NULL;

CREATE TABLE followups (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    uid           TEXT NOT NULL UNIQUE,
    rule          TEXT NOT NULL,
    started_by    TEXT NOT NULL,
    occurrence    TEXT NOT NULL,
    contact_id    INTEGER REFERENCES contacts (id) ON DELETE SET NULL,
    sale_id       INTEGER REFERENCES sales (id) ON DELETE SET NULL,
    event_id      INTEGER, -- no reference: a closed one keeps it when the event is removed, for undo
    title         TEXT NOT NULL,
    start         TEXT NOT NULL,
    due           TEXT NOT NULL,
    snoozed_until TEXT,
    day           TEXT NOT NULL,
    expires       TEXT,
    last          TEXT NOT NULL,
    channel       TEXT,
    missing       TEXT,
    message       TEXT NOT NULL,
    priority      TEXT NOT NULL CHECK (priority IN ('high', 'normal', 'low')),
    holdable      INTEGER NOT NULL CHECK (holdable IN (0, 1)),
    position      INTEGER NOT NULL,
    plan          TEXT NOT NULL CHECK (plan IN ('open', 'expired', 'done', 'skipped', 'gone')),
    UNIQUE (rule, started_by, occurrence)
) STRICT;
CREATE INDEX followups_open ON followups (day) WHERE plan = 'open';
CREATE INDEX followups_snoozed ON followups (snoozed_until) WHERE plan = 'open' AND snoozed_until IS NOT NULL;
CREATE INDEX followups_expired ON followups (last) WHERE plan = 'expired';
CREATE INDEX followups_contact ON followups (contact_id);
CREATE INDEX followups_sale ON followups (sale_id);
CREATE INDEX followups_event ON followups (event_id);

CREATE TABLE events (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id    INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,
    day           TEXT NOT NULL CHECK (date(day) IS day),
    entered       TEXT NOT NULL CHECK (date(entered) IS entered),
    sale_id       INTEGER REFERENCES sales (id) ON DELETE SET NULL,
    due           TEXT,
    rating        INTEGER CHECK (rating BETWEEN 0 AND 10),
    text          TEXT,
    incoming      INTEGER NOT NULL DEFAULT 0 CHECK (incoming IN (0, 1)),
    reached       INTEGER NOT NULL DEFAULT 0 CHECK (reached IN (0, 1)),
    of_id         INTEGER REFERENCES contacts (id) ON DELETE SET NULL,
    of_name       TEXT,
    code          TEXT,
    value         TEXT,
    cost          INTEGER CHECK (cost >= 0),
    cost_currency TEXT,
    closed_on     TEXT,
    outcome       TEXT,
    followup_id   INTEGER REFERENCES followups (id) ON DELETE SET NULL,
    CHECK ((cost IS NULL) = (cost_currency IS NULL))
) STRICT;
CREATE INDEX events_contact ON events (contact_id, day, id);
CREATE INDEX events_day ON events (day);
CREATE INDEX events_sale ON events (sale_id) WHERE sale_id IS NOT NULL;
CREATE INDEX events_of ON events (of_id) WHERE of_id IS NOT NULL;
CREATE INDEX events_followup ON events (followup_id) WHERE followup_id IS NOT NULL;
CREATE INDEX events_code ON events (code) WHERE code IS NOT NULL;

CREATE TABLE reminders (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    day        TEXT NOT NULL CHECK (date(day) IS day),
    text       TEXT NOT NULL CHECK (text <> ''),
    channel    TEXT,
    every      TEXT
) STRICT;
CREATE INDEX reminders_contact ON reminders (contact_id);

CREATE TABLE closings (
    followup_id INTEGER PRIMARY KEY REFERENCES followups (id) ON DELETE CASCADE,
    how         TEXT NOT NULL CHECK (how IN ('done', 'skipped')),
    closed_on   TEXT NOT NULL CHECK (date(closed_on) IS closed_on),
    start       TEXT NOT NULL,
    due         TEXT NOT NULL,
    note        TEXT
) STRICT;
CREATE INDEX closings_day ON closings (closed_on);

CREATE TABLE snoozes (
    followup_id INTEGER PRIMARY KEY REFERENCES followups (id) ON DELETE CASCADE,
    until       TEXT NOT NULL CHECK (date(until) IS until)
) STRICT;

CREATE TABLE plans (
    contact_id  INTEGER PRIMARY KEY,
    valid_from  TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    reached     TEXT,
    free        TEXT
) STRICT;
CREATE INDEX plans_from ON plans (valid_from);
CREATE INDEX plans_until ON plans (valid_until);
CREATE TRIGGER plans_follow_contacts AFTER DELETE ON contacts BEGIN
    DELETE FROM plans WHERE contact_id = OLD.id;
    DELETE FROM group_members WHERE contact_id = OLD.id;
END;
CREATE TRIGGER plans_end_with_contacts BEFORE DELETE ON contacts BEGIN
    UPDATE followups SET plan = 'gone' WHERE contact_id = OLD.id AND plan IN ('open', 'expired');
END;

CREATE TABLE group_members (
    rule       TEXT NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (rule, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_contact ON group_members (contact_id);

CREATE TABLE calendar_entries (
    uid        TEXT PRIMARY KEY,
    rule       TEXT NOT NULL,
    contact_id INTEGER,
    day        TEXT NOT NULL,
    earliest   TEXT NOT NULL,
    content    TEXT NOT NULL CHECK (json_type(content) = 'object'),
    sequence   INTEGER NOT NULL CHECK (sequence >= 0),
    stamped    TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('standing', 'completed', 'cancelled')),
    done_on    TEXT,
    CHECK ((status = 'completed') = (done_on IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE public_holidays (
    place TEXT NOT NULL,
    year  INTEGER NOT NULL,
    days  TEXT NOT NULL,
    PRIMARY KEY (place, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    command TEXT NOT NULL,
    day     TEXT NOT NULL
) STRICT;
CREATE TABLE journal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    change_id  INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    contact_id INTEGER,
    statement  TEXT NOT NULL
) STRICT;
CREATE INDEX journal_change ON journal (change_id);
CREATE TABLE recording (change_id INTEGER) STRICT;
INSERT INTO recording VALUES (NULL);
"""

_CALENDARS_APART = """
CREATE TEMP TABLE told AS SELECT * FROM calendar_entries;
DROP TABLE calendar_entries;
CREATE TABLE calendar_entries (
    calendar   TEXT NOT NULL DEFAULT '', -- '' for the files to import, else a folder or a collection
    uid        TEXT NOT NULL,
    rule       TEXT NOT NULL,
    contact_id INTEGER,
    day        TEXT NOT NULL,
    earliest   TEXT NOT NULL,
    content    TEXT NOT NULL CHECK (json_type(content) = 'object'),
    sequence   INTEGER NOT NULL CHECK (sequence >= 0),
    stamped    TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('standing', 'completed', 'cancelled', 'dropped')),
    done_on    TEXT,
    place      TEXT,
    tag        TEXT, -- NULL: unknown, '': not there
    PRIMARY KEY (calendar, uid),
    CHECK ((status = 'completed') = (done_on IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO calendar_entries (uid, rule, contact_id, day, earliest, content, sequence, stamped, status, done_on)
    SELECT uid, rule, contact_id, day, earliest, content, sequence, stamped, status, done_on FROM told;
DROP TABLE told;
CREATE INDEX calendar_entries_contact ON calendar_entries (contact_id);

CREATE TABLE calendars (
    calendar TEXT PRIMARY KEY,
    state    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""What is told is kept for each calendar by itself, with what lies there; `calendars` has how far each was read."""

_GROUPS_BEGIN = """
ALTER TABLE group_members ADD COLUMN since TEXT NOT NULL DEFAULT '';
CREATE INDEX group_members_since ON group_members (rule, since);
DROP INDEX followups_sale;
CREATE INDEX followups_sale ON followups (sale_id) WHERE sale_id IS NOT NULL;
DROP INDEX followups_event;
CREATE INDEX followups_event ON followups (event_id) WHERE event_id IS NOT NULL;
"""
"""Since when each that a group rule is for is a client; and follow-ups without a sale or event are in no index of
those."""

JOURNALED = {
    "contacts": "{row}.id",
    "contact_points": "{row}.contact_id",
    "sales": "{row}.contact_id",
    "events": "{row}.contact_id",
    "reminders": "{row}.contact_id",
    "closings": "(SELECT contact_id FROM followups WHERE id = {row}.followup_id)",
    "snoozes": "(SELECT contact_id FROM followups WHERE id = {row}.followup_id)",
}
"""The tables of facts, which `undo` takes back, and the contact that each row belongs to. What is planned is not in it,
but for whose a follow-up is: a merge moves those that were done or snoozed."""


def check_version(db: sqlite3.Connection) -> bool:
    """Whether the file is up to date. Refuses one of another program, or of a newer version of this one.

    Raises sqlite3.DatabaseError for one without a table: the program leaves none, a crash or a full disk can.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version == VERSION:
        return True
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    if not tables:
        raise sqlite3.DatabaseError(EMPTY)
    if "_sqlite_migrations" not in tables:
        raise Refusal("followup.db is a database of another program: move it away, or choose another --home")
    if version > VERSION:
        raise Refusal(
            f"this file was written by a newer followup (version {version} of its tables, this one knows {VERSION}): "
            "install the newer followup"
        )
    return False


def migrate(db: sqlite3.Connection) -> None:
    """Applies every pending migration, all of them or none."""
    from sqlite_utils import Database, Migrations

    migrations = Migrations("followup")

    @migrations()
    def first_tables(database: Database) -> None:
        _script(database, _TABLES)
        _write_triggers(database)

    @migrations()
    def calendars_apart(database: Database) -> None:
        _script(database, _CALENDARS_APART)

    @migrations()
    def groups_begin(database: Database) -> None:
        from followup.store.contacts import fold_anew

        _script(database, _GROUPS_BEGIN)
        fold_anew(database.conn, [row[0] for row in database.conn.execute("SELECT id FROM contacts")])

    database = Database(db)
    migrations.apply(database)
    db.execute(f"PRAGMA user_version = {VERSION}")


def give_no_number_again(db: sqlite3.Connection, table: str, last: int) -> None:
    """Has a table number its new rows from `last` on, if it has not come further already."""
    if last and not db.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [last, table]).rowcount:
        db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, last])


def _script(database: Database, text: str) -> None:
    """Runs a script statement by statement: `executescript` would end the transaction that a migration runs in."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.conn.execute(statement)
            statement = ""


def _write_triggers(database: Database) -> None:
    """The triggers that write the inverse of each change to the journal (sqlite.org/undoredo.html)."""
    for table, owner in JOURNALED.items():
        columns = [str(row[1]) for row in database.conn.execute(f"PRAGMA table_info({table})")]
        old = " || ',' || ".join(f"quote(OLD.{c})" for c in columns)
        settings = " || ',' || ".join(f"'{c}=' || quote(OLD.{c})" for c in columns)
        changed = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in columns)
        added, gone = owner.format(row="NEW"), owner.format(row="OLD")
        _write_trigger(database, table, "INSERT", "1", added, f"'DELETE FROM {table} WHERE rowid=' || NEW.rowid")
        back = f"'UPDATE {table} SET ' || {settings} || ' WHERE rowid=' || NEW.rowid"
        _write_trigger(database, table, "UPDATE", changed, gone, back)
        back = f"'INSERT INTO {table} (rowid,{','.join(columns)}) VALUES (' || OLD.rowid || ',' || {old} || ')'"
        _write_trigger(database, table, "DELETE", "1", gone, back)
        if "contact_id" in columns:
            moved = "OLD.contact_id IS NOT NEW.contact_id"
            _write_trigger(database, table, "UPDATE OF contact_id", moved, "NEW.contact_id", "''")
    moved = "OLD.contact_id IS NOT NEW.contact_id"
    back = "'UPDATE followups SET contact_id=' || quote(OLD.contact_id) || ' WHERE id=' || NEW.id"
    _write_trigger(database, "followups", "UPDATE OF contact_id", moved, "OLD.contact_id", back)


def _write_trigger(database: Database, table: str, action: str, when: str, owner: str, statement: str) -> None:
    """One trigger of the journal: for which changes, whose they are, and the expression that gives the inverse."""
    name = f"journal_{table}_{action.replace(' ', '_').lower()}"
    database.conn.execute(
        f"CREATE TRIGGER {name} AFTER {action} ON {table} "
        f"WHEN (SELECT change_id FROM recording) IS NOT NULL AND ({when}) "
        "BEGIN INSERT INTO journal (change_id, contact_id, statement) "
        f"VALUES ((SELECT change_id FROM recording), {owner}, {statement}); END"
    )
