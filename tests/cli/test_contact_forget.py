"""`contact export` and `contact forget`: all that is held on someone, and none of it left afterwards."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from followup.cli import app
from followup.store import erasing
from followup.store.book import Book

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Held = Callable[[], dict[str, object]]

RULES = """
[[rule]]
name = "thank-you"
on = "sale"
after = "3 days"
channels = ["email", "phone"]
message = "thank-you"
expires = "never"
title = "Thank {{ contact.name }} for {{ sale.title }}"

[[rule]]
name = "birthday"
on = "birthday"
channels = ["email", "phone"]
message = "birthday"

[[rule]]
name = "referred"
on = "referral"
channels = ["email", "phone", "post"]
message = "thank-you"
expires = "never"
title = "Thank {{ contact.first_name }} for {{ event.of.name }}"
"""

TRACES = ("Wilhelmina", "Quigley", "Müller-Lüdenscheidt", "quigley@example.com", "old-mail@example.net", "5550199",
          "5550177", "Peppermint", "Marzipan", "Zugspitze", "Xylophone", "Chrysanthemum", "willa_handle", "Turnip",
          "Gooseberry", "Rutabaga", "choirmaster", "Orangerie")  # fmt: skip
"""Words that only she has: name, old names, addresses, notes, titles, texts."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which Wilhelmina Quigley left her traces everywhere, beside Ben Kay and Anna Field."""
    folder = tmp_path_factory.mktemp("furnished")
    home = folder / "home"
    home.mkdir()
    (home / "rules.toml").write_text(RULES)
    (folder / "people.csv").write_text(
        "Name,Email,Notes\nWilhelmina Müller-Lüdenscheidt,old-mail@example.net,Marzipan\nBen Kay,ben@example.com,\n"
    )

    def do(line: str) -> None:
        assert app.run(["--home", str(home), "--today", "2026-11-22", *shlex.split(line)]) == 0, line

    for line in (
        f"import contacts {folder / 'people.csv'}",
        "contact add 'Anna Field' --phone '030 111'",
        "contact edit 1 --name 'Wilhelmina Quigley' --email quigley@example.com --phone '555 0199' --phone 5550177 "
        "--note Peppermint --address 'Zugspitze 1' --birthday 1980-12-01 --handle x:willa_handle --tag choirmaster "
        "--company Orangerie --date renewal=2027-01-01",
        "contact add 'Quigley, W.' --note Turnip",
        "sale add 4 Gooseberry --amount 1 --on 2026-11-01",
        "sale add 1 Xylophone --amount 100 --on 2026-11-10 --note Chrysanthemum",
        "sale add 1 Chrysanthemum --amount 100 --on 2026-11-11",
        "sale edit 2 --title Harp",
        "sale edit 2 --title Xylophone",
        "log call 1 Rutabaga",
        "log referral 'Ben Kay' 'Wilhelmina Quigley is a gem' --of 1",
        "remind 1 2026-12-24 Rutabaga",
        "contact merge 4 1",
        "contact edit 1 --note Peppermint",
        f"calendar export {folder / 'told.ics'}",
    ):
        do(line)
    with closing(sqlite3.connect(home / "followup.db")) as db:
        ids = dict(db.execute("SELECT title, id FROM followups WHERE plan = 'open'"))
    for title, answer in (
        ("Thank Wilhelmina Quigley for Xylophone", "done {} --note Rutabaga"),
        ("Thank Wilhelmina Quigley for Gooseberry", "skip {} --note Rutabaga"),
        ("Thank Wilhelmina Quigley for Chrysanthemum", "snooze {} 2026-12-24"),
        ("Thank Ben for Wilhelmina Quigley", "done {}"),
    ):
        do(answer.format(ids[title]))
    do(f"calendar export {folder / 'told.ics'}")
    do("contact edit 3 --note later")
    return home


@pytest.fixture
def full(furnished: Path, home: Path) -> Path:
    """A copy of that home."""
    shutil.copytree(furnished, home)
    return home


def traces(home: Path) -> dict[str, set[str]]:
    """The traces in the bytes of each file of the home."""
    found = {}
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            found[path.name] = {word for word in TRACES if word.encode().lower() in content}
    return {name: words for name, words in found.items() if words}


def test_every_trace_is_there_before_or_the_test_tests_nothing(full: Path) -> None:
    assert set().union(*traces(full).values()) == set(TRACES)


def test_no_byte_of_them_is_left_in_any_file_of_the_home(cli: Cli, full: Path) -> None:
    found = cli("contact forget quigley --yes --json")
    assert (found.status, found.json) == (
        0,
        {"forgotten": {"id": 1, "name": "Wilhelmina Quigley"}, "finished": True},
    )
    assert traces(full) == {}
    with closing(sqlite3.connect(full / "followup.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO contacts_fts (contacts_fts, rank) VALUES ('integrity-check', 1)")


def test_not_while_the_command_is_ending_either(cli: Cli, full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    close = Book.close
    monkeypatch.setattr(Book, "close", lambda book: (seen.append(traces(full)), close(book)))
    cli("contact forget quigley --yes")
    assert seen == [{}]


def test_it_says_what_it_cannot_reach(cli: Cli, full: Path) -> None:
    (full / "followup-before.db").touch()
    cli("contact edit ben --note 'Wilhelmina Quigley sent him'")
    said = cli("contact forget quigley --yes").err.splitlines()
    assert said == [
        "backups, exported files and calendars that were told still hold them: erase those yourself",
        "importing an old file again brings them back: take them out of it first",
        "so may these, which lie beside the data: followup-before.db",
        "the name still stands in what you wrote about Ben Kay (2)",
    ]


def test_an_earlier_name_that_still_stands_somewhere_is_told_too(cli: Cli, full: Path) -> None:
    cli("log call anna 'Wilhelmina Müller-Lüdenscheidt sent her'")
    said = cli("contact forget quigley --yes").err.splitlines()
    assert said[-1] == "the name still stands in what you wrote about Anna Field (3)"


def test_everyone_else_is_as_before(cli: Cli, full: Path) -> None:
    before = {who: cli(f"contact show {who} --json").json for who in ("ben", "anna")}
    cli("contact forget quigley --yes")
    assert cli("contact show anna --json").json == before["anna"]
    after = cli("contact show ben --json").json
    assert {key: after[key] for key in ("id", "emails", "last_contact")} == {
        key: before["ben"][key] for key in ("id", "emails", "last_contact")
    }
    assert [contact["name"] for contact in cli("contact list --json").json] == ["Anna Field", "Ben Kay"]
    referral = cli("event list --kind referral --json").json[0]
    assert (referral["of"], referral["text"]) == ({"id": None, "name": "(erased)"}, "(erased) is a gem")
    assert [touch["text"] for touch in after["recent_touches"]] == ["Thank Ben for (erased)", "(erased) is a gem"]


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
@pytest.mark.parametrize("channel", ["email", "phone", "post"])
def test_who_recommended_them_is_thanked_without_the_name(cli: Cli, language: str, channel: str) -> None:
    reach = "--email ben@example.com --phone '030 111' --address 'Lane 1'"
    cli(f"contact add 'Ben Kay' {reach} --language {language}")
    cli("contact add 'Wilhelmina Quigley'")
    cli("log referral ben --of 2")
    (thanks,) = cli("due --ahead 1w --contact ben --json").json
    draft = f"draft {thanks['id']} --channel {channel}"
    assert "Wilhelmina Quigley" in cli(draft).out
    cli("contact forget quigley --yes")
    said = cli(draft)
    assert (said.status, "erased" in said.out) == (0, False)
    assert "erased" not in cli("due --ahead 1w").out
    assert "Ben" in said.out


def test_what_calendars_were_told_is_cancelled_without_a_word(cli: Cli, full: Path, tmp_path: Path) -> None:
    cli("contact forget quigley --yes")
    cli(f"calendar export {tmp_path / 'after.ics'}")
    text = (tmp_path / "after.ics").read_text()
    assert text.count("STATUS:CANCELLED") >= 3
    assert not [word for word in TRACES if word in text]


# Undo


def test_undo_passes_over_it_and_gives_back_the_others_alone(cli: Cli, full: Path) -> None:
    cli("contact forget quigley --yes")
    listed = cli("undo --list --json").json
    assert [change["command"] for change in listed] == [
        "contact edit Anna Field",
        "done (erased)",
        "log referral Ben Kay",
        "contact add Anna Field",
        "import contacts people.csv",
    ]
    assert cli("contact show anna --json").json["notes"] == "later"
    for _ in listed:
        assert cli("undo").status == 0
        assert traces(full) == {}
        cli("due --all")
    assert cli("undo").status == 1
    assert cli("contact list --json").json == []


def test_an_undo_of_anothers_edited_referral_does_not_bring_the_name_back(cli: Cli, home: Path) -> None:
    cli("contact add 'Wilhelmina Quigley'")
    cli("contact add 'Ben Kay'")
    cli("log referral ben --of 1 \"it's Wilhelmina Quigley, 'the' one, of_id=1,of_name='x'\"")
    cli("event edit 1 --text other")
    cli("log referral ben --of 'Wilhelmina Quigley'")
    cli("event remove 2")
    cli("contact forget 1 --yes")
    assert traces(home) == {}
    cli("undo")
    assert cli("event show 2 --json").json["of"] == {"id": None, "name": "(erased)"}
    cli("undo")
    cli("undo")
    assert cli("event show 1 --json").json["text"] == "it's (erased), 'the' one, of_id=1,of_name='x'"
    assert traces(home) == {}


def test_an_undo_of_anothers_edited_texts_does_not_bring_the_name_back(cli: Cli, home: Path) -> None:
    cli('contact add "Anna Berger" --email anna@example.com')
    cli("contact add 'Ben Kay' --note \"brother-in-law of O'Neill and Anna Berger\"")
    cli('contact edit ben --note "likes tea"')
    cli('log call ben "spoke of Anna Berger, anna@example.com, and Anna Bergerson"')
    cli('event edit 1 --text "spoke"')
    cli("contact forget anna --yes")
    found = b"".join(path.read_bytes() for path in home.glob("followup.db*"))
    assert not [word for word in (b"Anna Berger ", b"Anna Berger,", b"anna@", b"anna berger") if word in found]
    cli("undo")
    assert cli("event show 1 --json").json["text"] == "spoke of (erased), (erased), and Anna Bergerson"
    cli("undo")
    cli("undo")
    assert cli("contact show ben --json").json["notes"] == "brother-in-law of O'Neill and (erased)"


def test_of_others_no_row_is_touched(cli: Cli, home: Path, tmp_path: Path) -> None:
    tables = ("contacts", "contact_points", "sales", "events", "reminders", "followups", "closings", "snoozes",
              "calendar_entries", "journal", "changes")  # fmt: skip

    def rows() -> dict[str, list[object]]:
        with closing(sqlite3.connect(home / "followup.db")) as db:
            return {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}

    for line in (
        "contact add 'Ben Kay' --email ben@example.com --birthday 1980-12-01 --note 'knows Eve'",
        "sale add ben Logo --amount 10 --on 2026-11-20",
        "log referral ben 'a new client' --of Somebody",
        "remind ben 'in 3 days' 'a small thing'",
        "done 1 --note 'sent to Eve'",
        f"calendar export {tmp_path / 'told.ics'}",
    ):
        cli(line)
    cli("snooze 2 2026-12-24")
    before = rows()
    assert all(before.values())
    cli("contact add 'Eve Kay' --email eve@example.com")
    cli("contact forget eve --yes")
    assert rows() == before


def test_who_was_recommended_by_name_alone_is_taken_for_them_and_a_namesake_is_not(cli: Cli) -> None:
    for line in (
        "contact add 'Ben Kay'",
        "log referral ben --of 'Eve Field'",
        "contact add 'Eve Field'",
        "contact add 'Eve Field'",
        "log referral ben --of 3",
    ):
        cli(line)
    cli("contact forget 2 --yes")
    found = {event["id"]: event["of"] for event in cli("event list --json").json}
    assert found == {1: {"id": None, "name": "(erased)"}, 2: {"id": 3, "name": "Eve Field"}}


def test_a_file_that_was_called_like_them_is_named_no_more(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "eve.csv").write_text("Name\nEve Kay\nBen Kay\n")
    cli(f"import contacts {tmp_path / 'eve.csv'}")
    cli("contact forget eve --yes")
    assert [change["command"] for change in cli("undo --list --json").json] == ["import contacts (erased)"]


def test_what_lay_in_free_pages_before_is_gone_too(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every SQLite overwrites what it deletes, as Debian's does."""
    from followup.store import book, journal

    def connect(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = OFF")
        return db

    monkeypatch.setattr(book, "connect", connect)
    monkeypatch.setattr(journal, "KEPT", 1)
    cli("contact add Eve")
    cli(f"contact edit eve --note '{'Rutabaga ' * 5000}'")
    for note in ("''", "short", "''"):
        cli(f"contact edit eve --note {note}")
    assert traces(home) == {"followup.db": {"Rutabaga"}}
    cli("contact forget eve --yes")
    assert traces(home) == {}


def test_a_namesake_keeps_the_name(cli: Cli) -> None:
    for n in range(2):
        cli(f"contact add 'Anna Field' --note {n}")
    cli("contact edit 2 --note two")
    cli("contact forget 1 --yes")
    cli("undo")
    assert [(c["name"], c["notes"]) for c in cli("contact list --json").json] == [("Anna Field", "1")]


def test_who_was_added_and_taken_back_before_leaves_nothing_either(cli: Cli, home: Path, tmp_path: Path) -> None:
    cli("contact add 'Wilhelmina Quigley' --birthday 1980-12-01")
    cli("sale add 1 Xylophone --on 2026-11-20")
    cli(f"calendar export {tmp_path / 'a.ics'}")
    cli("undo")
    cli("undo")
    cli("contact add 'Wilhelmina Quigley'")
    cli("contact forget quigley --yes")
    assert traces(home) == {}


# Asking


QUESTION = "Erase Anna Field (1) and all that happened with them, for good? [y/N]"
ANSWERS = pytest.mark.parametrize(("answer", "gone"), [("y", True), ("YES", True), ("n", False), ("", False)])


@ANSWERS
def test_it_asks_before(cli: Cli, held: Held, typing: Callable[..., None], answer: str, gone: bool) -> None:
    cli("contact add 'Anna Field'")
    before = held()
    typing(answer)
    found = cli("contact forget anna")
    assert found.err.startswith(f"{QUESTION} ")
    assert found.status == (0 if gone else 1)
    assert (held() == before) is not gone


@ANSWERS
def test_a_piped_answer_is_taken_without_asking(
    cli: Cli, held: Held, piped: Callable[[str], None], answer: str, gone: bool
) -> None:
    cli("contact add 'Anna Field'")
    before = held()
    piped(f"{answer}\n")
    found = cli("contact forget anna")
    assert QUESTION not in found.err
    assert gone or found.err == "error: Anna Field was not erased: answer y, or give --yes\n"
    assert found.status == (0 if gone else 1)
    assert (held() == before) is not gone


@pytest.mark.parametrize("stdin", ["", None])
def test_where_nobody_can_answer_it_says_what_does(
    refused: Callable[..., str], cli: Cli, piped: Callable[[str | None], None], stdin: str | None
) -> None:
    cli("contact add 'Anna Field'")
    piped(stdin)
    assert refused("contact forget anna") == f"nobody answered '{QUESTION}': give --yes"


@pytest.mark.parametrize("command", ["contact forget nobody --yes", "contact export nobody", "contact forget 9 --yes"])
def test_nobody_is_refused(cli: Cli, held: Held, command: str) -> None:
    cli("contact add 'Anna Field'")
    before = held()
    found = cli(command)
    assert (found.status, found.out) == (1, "")
    assert "error: nobody is called" in found.err
    assert held() == before


# Ending half-way


def test_what_a_reader_keeps_from_ending_is_told_and_ended_by_the_next(
    cli: Cli, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import followup.store.book as store

    real = sqlite3.connect
    monkeypatch.setattr(store.sqlite3, "connect", lambda *a, **k: real(*a, **{**k, "timeout": 0.1}))
    with closing(real(full / "followup.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM contacts").fetchone()
        found = cli("contact forget quigley --yes --json")
        assert (found.status, found.json["finished"]) == (0, False)
        assert "since another command uses it or the disk is full" in found.err
        assert traces(full)
        reader.execute("COMMIT")
    assert "followup contact forget with the same name" in cli("doctor").out
    again = cli("contact forget quigley --yes --json")
    assert (again.status, again.json) == (0, {"forgotten": None, "finished": True})
    assert again.err == "an earlier erasing is finished now: nothing of it is left in the data file\n"
    assert traces(full) == {}
    assert "erased" not in cli("doctor").out
    assert cli("contact forget quigley --yes").status == 1


def test_killed_before_the_pages_are_cleaned_it_is_gone_on_with(
    cli: Cli, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(db: sqlite3.Connection) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "clean", killed)
        assert cli("contact forget quigley --yes").status == 130
    assert [contact["name"] for contact in cli("contact list --json").json] == ["Anna Field", "Ben Kay"]
    cli("contact forget quigley --yes")
    assert traces(full) == {}


@pytest.mark.parametrize("wait", [0.15, 0.25, 0.35])
def test_killed_at_any_instant_there_is_all_of_them_or_nothing(cli: Cli, full: Path, wait: float) -> None:
    command = [sys.executable, "-m", "followup", "--today", "2026-11-22", "contact", "forget", "quigley", "--yes"]
    child = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(wait)
    child.send_signal(signal.SIGKILL)
    child.wait()
    names = [contact["name"] for contact in cli("contact list --json").json]
    assert names in (["Anna Field", "Ben Kay"], ["Anna Field", "Ben Kay", "Wilhelmina Quigley"])
    if len(names) == 3:
        assert cli("contact show quigley --json").json["sales"] == 3
    cli("contact forget quigley --yes")
    assert traces(full) == {}


# Export


def test_the_export_has_every_trace_that_the_file_has(cli: Cli, full: Path) -> None:
    found = cli("contact export quigley")
    said = found.out.lower().replace(" ", "")
    assert [word for word in TRACES if word.lower() not in said] == []
    document: dict[str, Any] = json.loads(found.out)
    assert document["contact"]["name"] == "Wilhelmina Quigley"
    assert {sale["title"] for sale in document["sales"]} == {"Gooseberry", "Xylophone", "Chrysanthemum"}
    assert document["recommended_by"][0]["contact"]["name"] == "Ben Kay"
    assert [reminder["text"] for reminder in document["reminders"]] == ["Rutabaga"]
    states = {row["title"]: row["state"] for row in document["followups"] if row["rule"] == "thank-you"}
    assert states == {
        "Thank Wilhelmina Quigley for Gooseberry": "skipped",
        "Thank Wilhelmina Quigley for Xylophone": "done",
        "Thank Wilhelmina Quigley for Chrysanthemum": "snoozed",
    }
    assert any("Wilhelmina Quigley" in told["content"]["title"] for told in document["calendars"])
    commands = [change["command"] for change in document["undo"]]
    assert "contact merge Quigley, W. into Wilhelmina Quigley" in commands
    assert "contact add Quigley, W." in commands
    assert "Ben Kay" not in json.dumps([document["contact"], document["sales"], document["followups"]])


def test_canceled_sales_and_snoozed_ones_are_in_it(cli: Cli, rules: Callable[[str], None]) -> None:
    rules(RULES)
    cli("contact add 'Anna Field' --email anna@example.com")
    cli("sale add anna Logo --on 2026-11-10")
    cli("sale add anna Cards --on 2026-11-10")
    cli("sale cancel 2")
    cli("snooze 1 2026-12-01")
    document = cli("contact export anna").json
    assert [(sale["title"], sale["canceled"]) for sale in document["sales"]] == [("Logo", False), ("Cards", True)]
    assert [(row["title"], row["state"], row["snoozed_until"]) for row in document["followups"]] == [
        ("Thank Anna Field for Cards", "gone", None),
        ("Thank Anna Field for Logo", "snoozed", "2026-12-01"),
    ]


def test_a_file_is_private_and_whole_and_the_same_document(cli: Cli, tmp_path: Path) -> None:
    cli("contact add 'Anna Field' --note 'Zoë 🎈'")
    path = tmp_path / "anna.json"
    found = cli(f"contact export anna {path}")
    assert (found.status, found.out) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8")) == cli("contact export anna").json
    assert cli(f"contact export anna {path} --json").json == {
        "file": str(path),
        "contact": {"id": 1, "name": "Anna Field"},
    }
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["anna.json"]


@pytest.mark.parametrize("name", ["", "missing/anna.json"])
def test_a_file_that_cannot_be_written_is_refused(cli: Cli, tmp_path: Path, name: str) -> None:
    cli("contact add 'Anna Field'")
    found = cli(f"contact export anna {tmp_path / name}")
    assert (found.status, found.err.count("error: ")) == (1, 1)
    assert "name " in found.err
