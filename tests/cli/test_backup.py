"""`backup` and `restore`: the whole home as one file, and back, whatever state the home is in."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from followup.store import parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Held = Callable[[], dict[str, object]]

FURNISHED = (
    "sale add Anna Logo --new --email anna@example.com --on 2026-11-18",
    "contact add Ben",
    "log complaint anna late",
    "remind ben 2026-12-01 Ask",
)
ASIDE = "followup.db.before-restore-2026-11-22"


@pytest.fixture(autouse=True)
def _at_home(at_home: Path) -> None:
    pass


@pytest.fixture
def saved(cli: Cli, tmp_path: Path) -> Path:
    """A backup of the home."""
    assert cli(f"backup {tmp_path}/saved.db").status == 0
    return tmp_path / "saved.db"


@pytest.fixture(params=["in the home", "behind a link"])
def data(home: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The data file itself, wherever it lies."""
    path = home / "followup.db"
    if request.param == "in the home":
        return path
    (tmp_path / "elsewhere").mkdir()
    real = path.rename(tmp_path / "elsewhere" / "data.db")
    path.symlink_to(real)
    return real


def people(cli: Cli) -> list[str]:
    return [contact["name"] for contact in cli("contact list --json").json]


def only(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_backup_is_one_file_that_only_the_owner_reads(cli: Cli, home: Path, tmp_path: Path) -> None:
    os.umask(0o022)
    folder = tmp_path / "backups"
    folder.mkdir()
    answer = cli(f"backup {folder}/b.db --json").json
    assert (answer["contacts"], answer["sales"]) == (2, 1)
    assert only(folder) == {"b.db"}
    assert (folder / "b.db").stat().st_mode & 0o777 == 0o600
    assert (folder / "b.db").read_bytes()[18:20] == b"\x01\x01", "needs no log beside it"


def test_it_holds_what_is_not_yet_in_the_file_itself(cli: Cli, data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data)) as other:
        other.execute("SELECT count(*) FROM contacts").fetchone()
        cli("contact add Carl")
        assert Path(f"{data}-wal").stat().st_size
        assert cli(f"backup {tmp_path}/b.db --json").json["contacts"] == 3


def test_nothing_of_what_was_erased_is_in_it(cli: Cli, home: Path, tmp_path: Path) -> None:
    cli("contact add Xylophone")
    with closing(sqlite3.connect(home / "followup.db")) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("DELETE FROM contacts WHERE name = 'Xylophone'")
        db.execute("DELETE FROM journal")
        db.execute("DELETE FROM changes")
        db.commit()
    cli(f"backup {tmp_path}/b.db")
    assert b"Xylophone" not in (tmp_path / "b.db").read_bytes()


def test_a_later_backup_takes_the_place_of_an_earlier_one(cli: Cli, saved: Path) -> None:
    cli("contact add Carl")
    assert cli(f"backup {saved} --json").json["contacts"] == 3


@pytest.mark.parametrize("content", [b"", b"Dear diary", b"SQLite format 3\0" + b"?" * 4096])
def test_no_other_file_is_replaced(cli: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine").write_bytes(content)
    assert "is there, and no backup of this home" in cli(f"backup {tmp_path}/mine").err
    assert (tmp_path / "mine").read_bytes() == content


def test_the_backup_of_another_home_is_not_replaced(cli: Cli, saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    cli(f"--home {tmp_path}/other contact add Zoe")
    assert "no backup of this home" in cli(f"--home {tmp_path}/other backup {saved}").err
    assert saved.read_bytes() == before


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("", "is a folder"),
        ("no/b.db", "there is no folder"),
        ("home/followup.db", "a file of a home"),
        ("home/followup.db-wal", "a file of a home"),
        ("home/templates/new.email.j2", "a file of a home"),
        ("home/followup.db.before-restore-2026-11-22", "an earlier restore kept"),
    ],
)
def test_a_place_that_cannot_be_is_refused(cli: Cli, home: Path, tmp_path: Path, where: str, words: str) -> None:
    (home / ASIDE).write_bytes(b"")
    result = cli(f"backup {tmp_path}/{where}")
    assert result.status == 1 and words in result.err


def test_there_is_nothing_to_back_up_where_there_is_no_home(cli: Cli, tmp_path: Path) -> None:
    assert "nothing to back up" in cli(f"--home {tmp_path}/new backup {tmp_path}/b.db").err
    assert not (tmp_path / "new").exists()


def test_a_damaged_home_is_not_backed_up(cli: Cli, home: Path, tmp_path: Path) -> None:
    damage(home)
    before = (home / "followup.db").read_bytes()
    assert "followup restore mends it" in cli(f"backup {tmp_path}/b.db").err
    assert not (tmp_path / "b.db").exists() and (home / "followup.db").read_bytes() == before


def test_faulty_rules_can_be_backed_up(cli: Cli, home: Path, tmp_path: Path) -> None:
    (home / "rules.toml").write_text("faulty [")
    assert cli(f"backup {tmp_path}/b.db").status == 0


# Restoring


def damage(home: Path) -> None:
    content = bytearray((home / "followup.db").read_bytes())
    content[3 * 4096 : 9 * 4096] = b"?" * 6 * 4096
    (home / "followup.db").write_bytes(content)


def test_the_home_is_what_it_was_when_the_backup_was_made(cli: Cli, home: Path, held: Held, tmp_path: Path) -> None:
    (home / "templates" / "hello.email.j2").write_text("Subject: Hello\n\nHello")
    cli("due")
    before, shown = held(), cli("due --all --json").json
    cli(f"backup {tmp_path}/b.db")
    for line in ("contact add Carl", "done anna", "away 2026-12-23 2027-01-02", "rules adopt repair --yes"):
        cli(line)
    (home / "templates" / "hello.email.j2").unlink()
    (home / "templates" / "more.email.j2").write_text("More")
    for path in home.glob("*.bak*"):
        path.unlink()
    answer = cli(f"restore {tmp_path}/b.db --yes --json").json
    assert (answer["contacts"], answer["settings"], answer["kept"]) == (2, True, ASIDE)
    (home / ASIDE).rename(tmp_path / ASIDE)
    assert cli("due --all --json").json == shown
    after = held()
    for state in (before, after):
        state["followup.db"] = sorted(row for row in cast(list[str], state["followup.db"]) if "contacts_fts" not in row)
    assert after == before


def test_what_was_replaced_is_a_backup_itself(cli: Cli, home: Path, saved: Path) -> None:
    cli("contact add Carl")
    cli("rules adopt repair --yes")
    rules = (home / "rules.toml").read_bytes()
    cli(f"restore {saved} --yes")
    assert people(cli) == ["Anna", "Ben"]
    assert (home / ASIDE).stat().st_mode & 0o777 == 0o600
    assert cli(f"restore {home / ASIDE} --yes --json").json["kept"] == f"{ASIDE}-2"
    assert people(cli) == ["Anna", "Ben", "Carl"] and (home / "rules.toml").read_bytes() == rules
    assert only(home) >= {ASIDE, f"{ASIDE}-2"}


def test_what_was_not_yet_in_the_old_file_is_kept_aside_too(cli: Cli, home: Path, saved: Path, data: Path) -> None:
    with closing(sqlite3.connect(data)) as other:
        other.execute("SELECT count(*) FROM contacts").fetchone()
        cli("contact add Carl")
        assert cli(f"restore {saved} --yes").status == 0
        assert other.execute("SELECT count(*) FROM contacts").fetchone() == (2,), "others see it at once"
    cli(f"restore {home / ASIDE} --yes")
    assert "Carl" in people(cli)


def test_on_a_terminal_it_asks_before_it_replaces_anything(cli: Cli, saved: Path, typing: Callable[..., None]) -> None:
    cli("contact add Carl")
    typing()
    assert "nobody answered" in cli(f"restore {saved}").err
    for answer in ("n", "", "yesterday"):
        for options in ("", "--json"):
            typing(answer)
            refused = cli(f"restore {saved} {options}")
            assert refused.out == "" and "nothing was restored" in refused.err
    assert people(cli) == ["Anna", "Ben", "Carl"]
    typing("y")
    assert cli(f"restore {saved}").status == 0
    assert people(cli) == ["Anna", "Ben"]


def test_with_yes_it_asks_nothing(cli: Cli, saved: Path, typing: Callable[..., None]) -> None:
    typing("n")
    answer = cli(f"restore {saved} --yes")
    assert answer.status == 0 and "?" not in answer.err


@pytest.mark.parametrize("stdin", [None, "", "n\n"])
def test_where_nobody_can_be_asked_it_restores_and_says_where_the_old_one_is(
    cli: Cli, home: Path, saved: Path, piped: Callable[[str | None], None], stdin: str | None
) -> None:
    cli("contact add Carl")
    piped(stdin)
    answer = cli(f"restore {saved}")
    assert (answer.status, answer.err) == (0, f"what was there before is in {home / ASIDE}\n")
    assert people(cli) == ["Anna", "Ben"]
    assert cli(f"restore {home / ASIDE} --json").err == f"what was there before is in {home / ASIDE}-2\n"


def test_undo_goes_on_from_what_was_restored(cli: Cli, home: Path, saved: Path) -> None:
    cli("contact add Carl")
    cli(f"restore {saved} --yes")
    assert cli("undo").status == cli("undo").status == 0
    assert [event["kind"] for event in cli("event list --json").json] == []


def ruin(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "a home without files":
        shutil.rmtree(path.parent)
    elif how == "damaged":
        damage(path.parent)
    elif how == "cut short":
        path.write_bytes(content[:5000])
    elif how == "no database":
        path.write_bytes(b"Dear diary")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "another program's":
        path.unlink()
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE diary (day TEXT)")
    elif how == "newer":
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 99")
    elif how == "a search that is out of step":
        with closing(sqlite3.connect(path)) as db:
            db.execute("INSERT INTO contacts_fts (contacts_fts) VALUES ('delete-all')")
            db.commit()
    else:
        assert how == "with a strange log"
        path.write_bytes(b"Dear diary")
        Path(f"{path}-wal").write_bytes(b"?" * 100_000)
        Path(f"{path}-shm").write_bytes(b"?" * 32_768)


RUINS = (
    "missing", "a home without files", "damaged", "cut short", "no database", "empty", "another program's", "newer",
    "a search that is out of step", "with a strange log",
)  # fmt: skip


@pytest.mark.parametrize("how", RUINS)
def test_whatever_is_broken_is_mended_and_kept_aside(cli: Cli, home: Path, saved: Path, how: str) -> None:
    shown = cli("due --all --json").json
    ruin(home / "followup.db", how)
    beside = {
        name: (home / name).read_bytes() for name in ("followup.db", "followup.db-wal") if (home / name).is_file()
    }
    answer = cli(f"restore {saved} --yes --json")
    assert answer.status == 0, answer.err
    assert cli("due --all --json").json == shown
    assert cli("doctor").status == 0
    for name, content in beside.items():
        if content:
            assert (home / name.replace("followup.db", ASIDE)).read_bytes() == content
    assert (answer.json["kept"] is not None) == any(beside.values())
    assert not list(home.glob("followup.db-*"))


@pytest.mark.parametrize("settings", [True, False])
def test_a_stale_log_is_never_written_into_the_new_file(
    cli: Cli, home: Path, saved: Path, data: Path, settings: bool
) -> None:
    with closing(sqlite3.connect(data)) as other:
        other.execute("SELECT count(*) FROM contacts").fetchone()
        cli("contact add Carl")
        log = Path(f"{data}-wal").read_bytes()
    if settings:
        damage(home)
    else:
        data.unlink()
    Path(f"{data}-wal").write_bytes(log)
    assert cli(f"restore {saved} --yes").status == 0
    assert (home / f"{ASIDE}-wal").read_bytes() == log
    assert people(cli) == ["Anna", "Ben"]
    assert cli("doctor").status == 0
    assert data.is_file() and (home / "followup.db").is_symlink() == (data.parent != home)
    damage(home)
    assert cli(f"restore {saved} --yes --json").json["kept"] == f"{ASIDE}-2", "what was kept has no other file's log"


@pytest.mark.parametrize("how", [how for how in RUINS if how not in ("missing", "a home without files")])
def test_a_backup_that_is_broken_changes_nothing(
    cli: Cli, home: Path, held: Held, saved: Path, tmp_path: Path, how: str
) -> None:
    (tmp_path / "b").mkdir()
    shutil.copy(saved, tmp_path / "b" / "followup.db")
    ruin(tmp_path / "b" / "followup.db", how)
    cli("due")
    before, there = held(), only(home)
    result = cli(f"restore {tmp_path}/b/followup.db --yes")
    assert result.status == 1 and result.err.count("\n") == 1 and "followup.db" in result.err
    assert held() == before and only(home) == there


@pytest.mark.parametrize(
    ("table", "changed"),
    [("sales", "title = 'Logx'"), ("backup", "content = x'00'"), ("contacts", "birthday = '1990-01-01'")],
)
def test_a_backup_that_no_longer_holds_what_was_written_into_it_is_refused(
    cli: Cli, held: Held, saved: Path, table: str, changed: str
) -> None:
    with closing(sqlite3.connect(saved)) as db, db:
        assert db.execute(f"UPDATE {table} SET {changed}").rowcount
    cli("due")
    before = held()
    assert "is damaged (it no longer holds what was written into it)" in cli(f"restore {saved}").err
    assert held() == before


def test_a_backup_that_was_put_in_the_place_of_the_data_file_is_one_and_its_copies_are_sound(
    cli: Cli, home: Path, saved: Path, tmp_path: Path
) -> None:
    shutil.copy(saved, home / "followup.db")
    cli("contact add Carl")
    shutil.copy(home / "followup.db", tmp_path / "copy.db")
    cli("contact add Dora")
    assert cli(f"restore {tmp_path}/copy.db").status == 0
    assert people(cli) == ["Anna", "Ben", "Carl"]
    assert cli("doctor").status == 0


def test_a_backup_from_before_there_were_checksums_is_restored(cli: Cli, saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as db, db:
        assert db.execute("DELETE FROM backup WHERE name = 'checksum'").rowcount == 1
    assert cli(f"restore {saved}").status == 0
    assert people(cli) == ["Anna", "Ben"]


def test_what_a_backup_says_was_read_of_the_rules_is_not_believed(cli: Cli, saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as db, db:
        (good,) = db.execute("SELECT value FROM meta WHERE key = 'parsed'").fetchone()
        kept = parsed.load(good)
        assert kept is not None
        text = parsed.dump(replace(kept.rules, rules=()), kept.config)
        db.execute("UPDATE meta SET value = ? WHERE key = 'parsed'", [text])
        db.execute("DELETE FROM backup WHERE name = 'checksum'")
    assert cli(f"restore {saved}").status == 0
    assert len(cli("rules list --json").json) == len(kept.rules.rules)
    assert cli("sale add Anna Card").status == 0
    assert cli("doctor").status == 0


def test_a_backup_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    assert "there is no file" in cli(f"restore {tmp_path}/none --yes").err
    assert "is a folder: name a file" in cli(f"restore {tmp_path} --yes").err
    assert "is the data file of the home itself" in cli(f"restore {tmp_path}/home/followup.db --yes").err


def test_a_backup_is_only_read(cli: Cli, home: Path, saved: Path, tmp_path: Path) -> None:
    before, there = saved.read_bytes(), only(tmp_path)
    cli(f"restore {saved} --yes")
    assert saved.read_bytes() == before and only(tmp_path) == there


def test_a_plain_copy_of_the_data_file_brings_back_the_data_alone(cli: Cli, home: Path, tmp_path: Path) -> None:
    shutil.copy(home / "followup.db", tmp_path / "copy.db")
    cli("contact add Carl")
    cli("rules adopt repair --yes")
    result = cli(f"restore {tmp_path}/copy.db --yes")
    assert "it holds only the data" in result.err
    assert people(cli) == ["Anna", "Ben"]
    assert 'after    = "' in (home / "rules.toml").read_text() and cli("due").status == 0


RELEASED = sorted((Path(__file__).parents[1] / "faults" / "files").glob("version-*.tar.gz"))


@pytest.mark.parametrize("archive", RELEASED, ids=[path.name for path in RELEASED])
def test_a_copy_of_an_older_version_is_brought_up_to_date(cli: Cli, home: Path, tmp_path: Path, archive: Path) -> None:
    shutil.unpack_archive(archive, tmp_path / "old")
    (old,) = (tmp_path / "old").rglob("followup.db")
    before = old.read_bytes()
    assert cli(f"restore {old} --yes").status == 0
    assert old.read_bytes() == before
    assert cli("doctor").status == 0


def test_names_of_files_that_no_home_has_are_refused(cli: Cli, home: Path, saved: Path, tmp_path: Path) -> None:
    for name in (
        "../evil",
        "templates/../../evil.j2",
        "/tmp/evil.j2",
        "templates/.evil.j2",
        "evil",
        "templates/a/b.j2",
    ):
        with closing(sqlite3.connect(saved)) as db:
            db.execute("DELETE FROM backup WHERE name NOT IN ('config.toml', 'rules.toml')")
            db.execute("INSERT INTO backup VALUES (?, x'00')", [name])
            db.commit()
        assert "files that no home has" in cli(f"restore {saved} --yes").err
    assert not list(tmp_path.rglob("*evil*"))


# What must not fall back


def sequences(path: Path) -> dict[str, int]:
    found, uid = {}, ""
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        uid = value if name == "UID" else uid
        if name == "SEQUENCE":
            found[uid] = int(value)
    return found


def test_no_sequence_falls_and_no_ghost_stays(cli: Cli, home: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    cli(f"calendar export {tmp_path}/f.ics")
    cli(f"backup {saved}")
    (asked,) = cli("due --ahead 1m --contact ben --json").json
    for day in ("2026-12-10", "2026-12-11"):
        assert cli(f"snooze {asked['id']} {day}").status == 0
        cli(f"calendar export {tmp_path}/f.ics")
    assert cli("remind ben 2026-12-24 Thank").status == 0
    cli(f"calendar export {tmp_path}/f.ics")
    before = sequences(tmp_path / "f.ics")
    cli(f"restore {saved} --yes")
    cli(f"calendar export {tmp_path}/f.ics")
    after = sequences(tmp_path / "f.ics")
    assert all(after[uid] >= number for uid, number in before.items())
    assert after[asked["uid"]] == before[asked["uid"]] + 1 == 3, "it moved back"
    assert "STATUS:CANCELLED" in (tmp_path / "f.ics").read_text()


def test_no_number_is_given_again(cli: Cli, saved: Path) -> None:
    cli("contact add Carl")
    cli(f"restore {saved} --yes")
    assert cli("contact add Dora --json").json["id"] == 4


def test_no_number_is_given_again_though_the_data_file_is_gone(cli: Cli, home: Path, tmp_path: Path) -> None:
    cli("contact add Carl")
    cli("undo")
    cli(f"backup {tmp_path}/b.db")
    (home / "followup.db").unlink()
    cli(f"restore {tmp_path}/b.db --yes")
    assert cli("contact add Dora --json").json["id"] == 4


def test_the_identity_is_that_of_the_backup(cli: Cli, saved: Path, tmp_path: Path) -> None:
    uids = {row["uid"] for row in cli("due --all --ahead 1y --json").json}
    other = f"--home {tmp_path}/other"
    cli(f"{other} contact add Zoe")
    assert cli(f"{other} restore {saved} --yes").status == 0
    assert {row["uid"] for row in json.loads(cli(f"{other} due --all --ahead 1y --json").out)} == uids
