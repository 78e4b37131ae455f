"""The home looked over, check by check: its file, its settings, who can be reached, where it lies. Changes nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from followup.core.agenda import REVIVAL
from followup.core.config import DEFAULTS, UNSIGNED
from followup.core.refusal import Refusal
from followup.store import erasing, homefiles, schema, snapshots, writeahead
from followup.store.files import LOG, UNFINISHED, beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from followup.store.book import Book

_MOST_NAMED = 5
_LARGE_LOG = 64_000_000
_LITTLE_ROOM = 100_000_000
_RESTORE = "followup restore FILE puts a backup in its place and keeps it aside"

_SERVICES = {
    "dropbox": "Dropbox", "onedrive": "OneDrive", "mobile documents": "iCloud", "icloud drive": "iCloud",
    "iclouddrive": "iCloud", "google drive": "Google Drive", "googledrive": "Google Drive", "my drive": "Google Drive",
    "nextcloud": "Nextcloud", "owncloud": "ownCloud", "pcloud": "pCloud", "pclouddrive": "pCloud", "box sync": "Box",
    "megasync": "MEGA", "syncthing": "Syncthing", "seafile": "Seafile", "cloudstorage": "a cloud drive",
}  # fmt: skip
"""Folders of services that copy files behind a program's back, by their names in lower case."""

_MARKS = {
    ".stfolder": "Syncthing", ".dropbox.cache": "Dropbox", ".owncloudsync.log": "ownCloud",
    ".nextcloudsync.log": "Nextcloud", "._sync_*.db": "Nextcloud", ".sync_*.db": "Nextcloud",
    ".tmp.drivedownload": "Google Drive",
}  # fmt: skip
"""What such services leave in the top folder that they copy."""

_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "9p", "davfs", "fuse.sshfs", "fuse.rclone", "fuse.davfs2")
"""File systems over a network, on which SQLite cannot rely on its locks (sqlite.org/useovernet.html)."""


class Finding(Struct, frozen=True):
    """What one check found, and what to do about it (None where nothing has to be done)."""

    check: str
    status: Literal["ok", "warning", "fault"]
    finding: str
    advice: str | None = None


def data_file(path: Path) -> tuple[Finding, sqlite3.Connection | None]:
    """What is to be said of the data file, and a private copy of it if it can be read."""
    if not path.is_file():
        gone = "there is none, or a folder in its place" if path.exists() else "there is none"
        advice = "followup restore FILE brings a backup back; followup init begins anew"
        return Finding("data file", "fault", f"{path}: {gone}", advice), None
    if not path.stat().st_size:
        advice = "followup restore FILE puts a backup in its place; if there is none, delete it to begin anew"
        return Finding("data file", "fault", "it is empty, as a crash or a full disk can leave it", advice), None
    lost = writeahead.is_damaged(path)  # before SQLite reads the log, and makes an index of what it can read
    try:
        copy = snapshots.snapshot(path)
        version = snapshots.version(copy)
    except sqlite3.OperationalError as error:
        advice = "check who owns it and its permissions, and whether another program holds it; then try again"
        return Finding("data file", "fault", f"it cannot be opened ({error})", advice), None
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        what = "it is damaged" if isinstance(error, UnicodeDecodeError) else f"it is damaged ({error})"
        return Finding("data file", "fault", what, _RESTORE), None
    if version is None:
        advice = f"choose another folder with --home; or {_RESTORE}"
        return Finding("data file", "fault", "it is damaged, or a database of another program", advice), None
    if version > schema.VERSION:
        advice = "install the newer followup"
        return Finding(
            "data file", "fault", f"a newer followup wrote it (version {version} of its tables)", advice
        ), None
    if damage := snapshots.damage(copy):
        return Finding("data file", "fault", f"it is damaged: {'; '.join(damage)}", _RESTORE), None
    counts = [copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("contacts", "sales", "events")]
    held = ", ".join(map(_number, counts, ("contact", "sale", "event")))
    if lost:
        finding = f"its log, {beside(path, LOG).name}, is damaged: what was answered last is not in the {held} left"
        advice = "the next command keeps the log aside; followup restore FILE brings a backup back"
        return Finding("data file", "fault", finding, advice), copy
    return Finding("data file", "ok", f"whole: {held}"), copy


def version(copy: sqlite3.Connection) -> Finding:
    """Whether migrations are pending, or what a restore or an import left to the next command."""
    if homefiles.waiting(copy) is not None:
        finding = "a restore or an import was cut short: its configuration, rules and messages wait in the data file"
        return Finding(
            "version", "warning", finding, "the next command, such as followup due, puts them in their places"
        )
    found = snapshots.version(copy)
    if found == schema.VERSION:
        return Finding("version", "ok", f"its tables are of version {found}, the newest")
    finding = f"its tables are of version {found}: the next command makes them version {schema.VERSION}"
    return Finding("version", "warning", finding, "followup backup FILE first, to be able to go back")


def configuration(book: Book) -> Finding:
    """Whether the configuration can be read, and its public holidays are known."""
    if not (book.home / "config.toml").exists():
        advice = "followup init asks about your business"
        return Finding("configuration", "warning", "config.toml is missing: defaults take its place", advice)
    try:
        if book.config.holiday_place:
            from followup.store.holidays import work_out

            work_out(book.config.holiday_place, book.today.year)
    except Refusal as refusal:
        return Finding("configuration", "fault", str(refusal), f"mend {book.home / 'config.toml'} in an editor")
    if book.config.business["signature"] == UNSIGNED:
        advice = "write owner, or signature, into config.toml, [business]"
        return Finding("configuration", "warning", f"drafts are signed {UNSIGNED}: the business has no name", advice)
    return Finding("configuration", "ok", "no faults")


def rules(book: Book) -> Finding:
    """Whether the rules can be read."""
    from followup.core.rules import RulesFault, check_titles

    try:
        check_titles(book.rules, book.rules_text, _business(book))
    except RulesFault as fault:
        more = f", and {len(fault.faults) - 1} more" if len(fault.faults) > 1 else ""
        finding = f"rules.toml, {fault.faults[0]}{more}"
        return Finding("rules", "fault", finding, f"followup rules check names all; mend {book.home / 'rules.toml'}")
    except Refusal as refusal:
        advice = "followup rules adopt general writes new ones, once the old ones are moved away"
        return Finding("rules", "fault", str(refusal), advice)
    return Finding("rules", "ok", f"{len(book.rules.rules)} rules, no faults")


def _business(book: Book) -> Mapping[str, str]:
    """The business of the home; where its configuration has a fault, which is a finding of its own, a bare one."""
    try:
        return book.config.business
    except Refusal:
        return DEFAULTS["business"]


def reach(copy: sqlite3.Connection) -> Finding:
    """Whether every contact can be reached on some channel; those who are lost or want nothing are left out."""
    found = copy.execute(
        "SELECT name, id FROM contacts c WHERE lost_on IS NULL AND opted_out <> '[\"all\"]' AND address IS NULL "
        "AND handles = '{}' AND NOT EXISTS (SELECT 1 FROM contact_points WHERE contact_id = c.id) ORDER BY folded, id"
    ).fetchall()
    if not found:
        return Finding("reach", "ok", "every contact can be reached on some channel")
    finding = f"{_number(len(found), 'contact')} cannot be reached on any channel: {_named(found)}"
    return Finding(
        "reach", "warning", finding, "followup contact edit WHO --email ADDRESS (or --phone, --address, --handle)"
    )


def channels(copy: sqlite3.Connection, today: date) -> Finding:
    """Whether every follow-up that stands open has a channel: one of its rule's that reaches the contact."""
    found = copy.execute(
        "SELECT coalesce(c.name, f.rule), f.id FROM followups f LEFT JOIN contacts c ON c.id = f.contact_id "
        "WHERE f.plan = 'open' AND f.last >= ? AND f.channel IS NULL AND f.missing IS NOT NULL ORDER BY f.day, f.id",
        [today.isoformat()],
    ).fetchall()
    if not found:
        return Finding("channels", "ok", "every follow-up has a channel")
    finding = f"{_number(len(found), 'follow-up')} without a channel that reaches: {_named(found)}"
    return Finding(
        "channels", "warning", finding, "followup draft ID says what is missing; followup contact edit adds it"
    )


def _named(found: list[tuple[str, int]]) -> str:
    more = f" and {len(found) - _MOST_NAMED:,} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(f"{name} ({number})" for name, number in found[:_MOST_NAMED]) + more


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def plan(book: Book, progress: Callable[[int], None]) -> Finding | None:
    """Whether the stored plan is the one that follows from facts and rules; None where it is to be made anew anyway.

    The book is on a private copy, whose plan is made anew here.
    """
    day = book.today.isoformat()
    stale = "SELECT 1 FROM plans WHERE valid_from > ? OR valid_until < ? LIMIT 1"
    if book.meta("source") != book.source or book.db.execute(stale, [day, day]).fetchone():
        return None
    query = "SELECT * FROM followups WHERE plan = 'open' OR (plan = 'expired' AND last >= date(?, ?))"
    standing = (query, [day, f"-{REVIVAL.days} days"])
    before = set(book.db.execute(*standing))
    book.db.execute("DELETE FROM meta WHERE key = 'source'")
    book.refresh(progress)
    differing = len(before ^ set(book.db.execute(*standing)))
    if not differing:
        return Finding("plan", "ok", f"{_number(len(before), 'follow-up')}, as facts and rules say")
    finding = f"{_number(differing, 'line')} of the stored plan differ from what follows from facts and rules"
    return Finding("plan", "fault", finding, "add an empty line to rules.toml: the next command plans everyone anew")


def permissions(home: Path) -> Finding:
    """Whether nobody else can read what the home holds, and you can write it."""
    data = home / "followup.db"
    own = [path for path in (home, data, *(beside(data, end) for end in (LOG, "-shm"))) if path.exists()]
    if closed := [str(path) for path in own if not os.access(path, os.W_OK)]:
        finding = f"you may not write {', '.join(closed)}"
        return Finding("permissions", "fault", finding, f"chmod u+w {' '.join(map(quote, closed))}")
    paths = [home, *home.iterdir(), *(home / "templates").glob("*.j2")]
    open_ = [path for path in paths if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if not open_:
        return Finding("permissions", "ok", "only you can read it")
    more = f" and {len(open_) - _MOST_NAMED} more" if len(open_) > _MOST_NAMED else ""
    finding = f"others may read {', '.join(str(path) for path in open_[:_MOST_NAMED])}{more}"
    return Finding("permissions", "warning", finding, f"chmod -R go= {quote(str(home))}")


def folder(home: Path) -> Finding:
    """Whether the folder is one that a service copies elsewhere while the file is in use, or on a network."""
    place = home.resolve()
    advice = "move the home to a folder of this computer alone (see --home), and let backups be copied instead"
    for part in (place, *place.parents):
        if service := _SERVICES.get(part.name.casefold().partition(" - ")[0]) or _marked(part):
            finding = f"{part} is copied by {service}, which can damage the file while it is in use"
            return Finding("folder", "warning", finding, advice)
    kind = _file_system(place)
    if kind in _NETWORK:
        return Finding("folder", "warning", f"it lies on a network ({kind}), where two commands can damage it", advice)
    return Finding("folder", "ok", f"{place} is on this computer alone, as far as can be seen")


def _marked(part: Path) -> str | None:
    try:
        return next((service for mark, service in _MARKS.items() if any(part.glob(mark))), None)
    except OSError:
        return None


def _file_system(place: Path) -> str:
    """The kind of file system that a folder lies on, from the system's table of mounts; '' where there is none."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    found = [(line.split()[1].replace("\\040", " "), line.split()[2]) for line in mounts]
    over = [pair for pair in found if place.is_relative_to(pair[0])]
    return max(over, key=lambda pair: len(pair[0]))[1] if over else ""


def erased(db: sqlite3.Connection) -> Iterator[Finding]:
    """Whether somebody was erased and that was not ended: their traces may still be in the file's free pages."""
    if erasing.is_unfinished(db):
        finding = "somebody was erased, and the free pages of the file may still hold them"
        yield Finding("erasing", "warning", finding, "followup contact forget with the same name again finishes it")


def disk(home: Path) -> Finding:
    """Whether there is room for what commands write."""
    free = shutil.disk_usage(home).free
    data = home / "followup.db"
    wanted = max(_LITTLE_ROOM, 3 * data.stat().st_size if data.is_file() else 0)
    if free >= wanted:
        return Finding("disk", "ok", f"{free // 1_000_000:,} MB are free")
    finding = f"only {free / 1_000_000:,.0f} MB are free"
    return Finding("disk", "warning", finding, "free some space: a restore needs three times the size of the data file")


def left_over(home: Path) -> Iterator[Finding]:
    """What commands that were killed left behind, what others are writing, and what `restore` kept."""
    unfinished = sorted(path.name for path in home.glob(f"{UNFINISHED}*"))
    if unfinished:
        finding = (
            f"{_number(len(unfinished), 'file')} of commands that were killed: {', '.join(unfinished[:_MOST_NAMED])}"
        )
        yield Finding(
            "left over", "warning", finding, f"once no command is running: rm {quote(str(home))}/{UNFINISHED}*"
        )
    else:
        yield Finding("left over", "ok", "nothing of commands that were killed")
    log = beside(home / "followup.db", LOG)
    if log.is_file() and log.stat().st_size > _LARGE_LOG:
        finding = f"{log.name} has grown to {log.stat().st_size // 1_000_000:,} MB"
        yield Finding(
            "log", "warning", finding, "end the programs that hold the file open: the next command takes it in"
        )
    damaged = sorted(path.name for path in home.glob(f"{writeahead.KEPT}*"))
    if damaged:
        finding = f"{', '.join(damaged[:_MOST_NAMED])}: damaged, with answered commands that may be lost"
        advice = "add again what is missing, or followup restore FILE brings a backup back; then delete it"
        yield Finding("damaged log", "warning", finding, advice)
    kept = sorted(path.name for path in home.glob("followup.db.before-restore-*"))
    if kept:
        finding = f"restore kept what it replaced: {', '.join(kept[:_MOST_NAMED])}"
        yield Finding("kept", "ok", finding, "delete what you no longer need: it holds your clients")
