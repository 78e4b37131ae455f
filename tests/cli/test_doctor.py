"""`doctor`: each thing that can be wrong is named with what to do, and nothing is changed."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from followup.core.period import Period
from followup.store import checks, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]

FURNISHED = ("sale add Anna Logo --new --email anna@example.com --on 2026-11-18", "contact add Ben --phone '555 0101'")
PAGE = 4096


@pytest.fixture(autouse=True)
def _at_home(at_home: Path) -> None:
    pass


def everything(home: Path) -> dict[str, tuple[Any, ...]]:
    found = {}
    for path in sorted(home.rglob("*")):
        state = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[path.name] = (state.st_mode, state.st_mtime_ns, state.st_ino, content)
    return found


@pytest.fixture
def found(cli: Cli, home: Path) -> Callable[[], dict[str, dict[str, str]]]:
    """Has the home looked over, which must change nothing; returns what was found, by check."""

    def look() -> dict[str, dict[str, str]]:
        before = everything(home)
        result = cli("doctor --json")
        assert everything(home) == before
        shape = ["check", "status", "finding", "advice"]
        assert all(list(one) == shape for one in result.json)
        assert all(one["advice"] for one in result.json if one["status"] != "ok")
        faults = sum(one["status"] == "fault" for one in result.json)
        assert result.status == (1 if faults else 0)
        assert (f"the home has {faults} fault" in result.err) == bool(faults)
        return {one["check"]: one for one in result.json}

    return look


Found = dict[str, dict[str, str]]


def test_a_business_without_a_name_signs_its_drafts_with_a_gap(found: Callable[[], Found]) -> None:
    one = found()["configuration"]
    assert (one["status"], one["finding"]) == ("warning", "drafts are signed [your name]: the business has no name")


def test_a_home_in_order(cli: Cli, home: Path, found: Callable[[], Found]) -> None:
    (home / "config.toml").write_text('[business]\nowner = "Nora"\n', encoding="utf-8")
    (home / "config.toml").chmod(0o600)
    assert {one["status"] for one in found().values()} == {"ok"}
    assert cli("doctor").out.splitlines()[0] == "check\tstatus\tfinding\tadvice"


def test_a_home_that_is_in_use(cli: Cli, home: Path, found: Callable[[], Found]) -> None:
    with closing(sqlite3.connect(home / "followup.db")) as other:
        other.execute("SELECT count(*) FROM contacts").fetchone()
        cli("contact add Carl --email c@example.com")
        before = (home / "followup.db-wal").read_bytes()
        assert "whole: 3 contacts, 1 sale, 0 events" in found()["data file"]["finding"]
        assert (home / "followup.db-wal").read_bytes() == before


def break_(home: Path, how: str) -> None:
    path = home / "followup.db"
    content = bytearray(path.read_bytes())
    match how:
        case "missing":
            path.unlink()
        case "a folder":
            path.unlink()
            path.mkdir()
        case "cut short":
            path.write_bytes(content[: 5 * PAGE + 7])
        case "empty":
            path.write_bytes(b"")
        case "no database":
            path.write_bytes(b"Dear diary" * 1000)
        case "overwritten":
            content[3 * PAGE : 9 * PAGE] = b"?" * 6 * PAGE
            path.write_bytes(content)
        case "its tables' names":
            path.write_bytes(content.replace(b"CREATE TABLE meta", b"CREATE \xff\xff\xff\xff\xff meta"))
        case _:
            with closing(sqlite3.connect(path, isolation_level=None)) as db:
                db.execute("PRAGMA foreign_keys = OFF")
                db.execute(how)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("missing", "there is none"),
        ("a folder", "a folder in its place"),
        ("cut short", "damaged"),
        ("empty", "empty"),
        ("no database", "damaged"),
        ("overwritten", "damaged"),
        ("its tables' names", "damaged"),
        ("PRAGMA user_version = 99", "a newer followup wrote it"),
        ("DELETE FROM contacts WHERE id = 1", "belongs to a row of contacts that is gone"),
        ("INSERT INTO contacts_fts (contacts_fts) VALUES ('delete-all')", "damaged"),
        ("DROP TABLE meta", "of another program"),
        ("UPDATE contacts SET notes = CAST(x'6cff' AS TEXT) WHERE id = 1", "a text in the table contacts is not UTF-8"),
    ],
)
def test_a_data_file_that_is_at_fault(home: Path, found: Callable[[], Found], how: str, words: str) -> None:
    break_(home, how)
    one = found()["data file"]
    assert one["status"] == "fault" and words in one["finding"]
    assert "restore" in one["advice"] or "install" in one["advice"]


@pytest.mark.parametrize("how", ["cut short", "overwritten"])
def test_a_damaged_file_with_a_log_beside_it_stays_as_it_is(home: Path, found: Callable[[], Found], how: str) -> None:
    break_(home, how)
    (home / "followup.db-wal").write_bytes(b"?" * 10_000)
    (home / "followup.db-shm").write_bytes(b"?" * 32_768)
    before = {name: (home / name).read_bytes() for name in ("followup.db", "followup.db-wal")}
    found_ = checks.data_file(home / "followup.db")[0]
    assert found_.status == "fault"
    assert before == {name: (home / name).read_bytes() for name in before}


def test_settings_are_looked_over_though_the_data_is_damaged(home: Path, found: Callable[[], Found]) -> None:
    break_(home, "overwritten")
    (home / "config.toml").write_text("[busines]\nname = 'x'\n")
    (home / "rules.toml").write_text("[[rule]]\nname = 7\n")
    looked = found()
    assert [looked[check]["status"] for check in ("data file", "configuration", "rules")] == ["fault"] * 3
    assert "line" in looked["rules"]["finding"] and "busines" in looked["configuration"]["finding"]


@pytest.mark.parametrize("name", ["config.toml", "rules.toml"])
def test_settings_that_are_no_text(home: Path, found: Callable[[], Found], name: str) -> None:
    (home / name).write_bytes(b"\xff\xfe")
    assert [one["status"] for one in found().values()].count("fault") >= 1


@pytest.mark.parametrize(
    ("name", "check"),
    [("config.toml", "configuration"), ("rules.toml", "rules"), ("templates/thank-you.email.j2", "messages")],
)
def test_what_cannot_be_read_is_a_fault_and_the_rest_is_looked_over(
    home: Path, found: Callable[[], Found], monkeypatch: pytest.MonkeyPatch, name: str, check: str
) -> None:
    (home / "templates" / "thank-you.email.j2").touch(0o600)
    read_text = Path.read_text

    def closed(path: Path, *more: Any, **options: Any) -> str:
        if path == home / name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read_text(path, *more, **options)

    monkeypatch.setattr(Path, "read_text", closed)
    looked = found()
    assert looked[check]["status"] == "fault"
    assert f"{home / name} cannot be read (Permission denied)" in looked[check]["finding"]
    assert {"data file", "permissions", "disk"} <= looked.keys()


@pytest.mark.parametrize(
    ("change", "check", "status", "words"),
    [
        (lambda home: (home / "config.toml").unlink(), "configuration", "warning", "is missing"),
        (lambda home: (home / "rules.toml").unlink(), "rules", "fault", "is missing"),
        (
            lambda home: (home / "config.toml").write_text("[business]\ncountry = 'XX'\n"),
            "configuration", "fault", "no public holidays",
        ),
        (lambda home: (home / "templates" / "thank-you.email.j2").write_text("{{ x"), "messages", "fault", "thank-you"),
        (lambda home: (home / "templates" / "Odd name.j2").write_text("x"), "messages", "fault", "Odd name"),
        (lambda home: home.chmod(0o755), "permissions", "warning", "others may read"),
        (lambda home: (home / "followup.db").chmod(0o644), "permissions", "warning", "followup.db"),
        (lambda home: (home / ".stfolder").mkdir(), "folder", "warning", "Syncthing"),
        (lambda home: (home / ".followup-x.new").write_bytes(b""), "left over", "warning", "commands that were killed"),
        (lambda home: (home / ".followup-x.new-wal").write_bytes(b""), "left over", "warning", ".followup-x.new-wal"),
        (lambda home: (home / "followup.db.before-restore-1").touch(0o600), "kept", "ok", "before-restore-1"),
    ],
)  # fmt: skip
def test_what_is_beside_the_data(
    home: Path, found: Callable[[], Found], change: Callable[[Path], object], check: str, status: str, words: str
) -> None:
    change(home)
    one = found()[check]
    assert (one["status"], words in one["finding"]) == (status, True), one


@pytest.mark.parametrize("name", ["Dropbox", "OneDrive - Lumen", "Mobile Documents", "Google Drive", "Nextcloud"])
def test_a_folder_that_a_service_copies(tmp_path: Path, name: str) -> None:
    (tmp_path / name / "home").mkdir(parents=True)
    assert checks.folder(tmp_path / name / "home").status == "warning"
    assert checks.folder(tmp_path).status == "ok"


def test_a_disk_that_is_nearly_full(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 2_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
    assert (checks.disk(home).status, checks.disk(home).finding) == ("warning", "only 2 MB are free")


def test_who_cannot_be_reached(cli: Cli, found: Callable[[], Found]) -> None:
    cli("contact add Carl")
    cli("contact add Lost")
    cli("contact lost lost --reason moved")
    cli("contact add Quiet")
    cli("contact opt-out quiet")
    assert found()["reach"]["finding"] == "1 contact cannot be reached on any channel: Carl (3)"
    cli("contact edit carl --address 'Example Street 1'")
    assert found()["reach"]["status"] == "ok"


def test_follow_ups_that_have_no_channel(cli: Cli, found: Callable[[], Found]) -> None:
    assert found()["channels"]["status"] == "ok"
    cli("sale add Carl Cards --new")
    one = found()["channels"]
    assert one["status"] == "warning" and "Carl" in one["finding"]


def test_a_plan_that_is_not_what_follows_from_the_facts(cli: Cli, home: Path, found: Callable[[], Found]) -> None:
    cli("due")
    with closing(sqlite3.connect(home / "followup.db", isolation_level=None)) as db:
        db.execute(
            "UPDATE followups SET title = 'Wrong' WHERE id = (SELECT min(id) FROM followups WHERE plan = 'open')"
        )
    one = found()["plan"]
    assert (one["status"], one["finding"][:7]) == ("fault", "2 lines")
    rules = home / "rules.toml"
    rules.write_text(rules.read_text() + "\n")
    cli("due")
    assert found()["plan"]["status"] == "ok"


def test_a_plan_made_by_what_was_wrongly_kept_of_the_rules(cli: Cli, home: Path, found: Callable[[], Found]) -> None:
    with closing(sqlite3.connect(home / "followup.db")) as db, db:
        (good,) = db.execute("SELECT value FROM meta WHERE key = 'parsed'").fetchone()
        wrong = parsed.load(good)
        assert wrong is not None
        later = [replace(rule, offset=Period(days=90)) for rule in wrong.rules.rules]
        text = parsed.dump(replace(wrong.rules, rules=tuple(later)), wrong.config)
        db.execute("UPDATE meta SET value = ? WHERE key = 'parsed'", [text])
    cli("sale add Anna Card")
    assert found()["rules"]["status"] == "ok"
    assert "differ from what follows from facts and rules" in found()["plan"]["finding"]


def test_a_plan_that_is_made_anew_anyway_is_not_compared(cli: Cli, home: Path, found: Callable[[], Found]) -> None:
    (home / "rules.toml").write_text((home / "rules.toml").read_text() + "\n")
    assert "plan" not in found()


def test_what_others_may_read_is_named_and_counted(home: Path, found: Callable[[], Found]) -> None:
    for n in range(9):
        (home / "templates" / f"hello-{n}.email.j2").write_text("Subject: Hello\n\nHello")
        (home / "templates" / f"hello-{n}.email.j2").chmod(0o644)
    finding = found()["permissions"]["finding"]
    assert finding.count(".email.j2") == 5 and finding.endswith(" and 4 more")


def test_titles_are_looked_at_where_the_configuration_has_a_fault_too(home: Path, found: Callable[[], Found]) -> None:
    (home / "config.toml").write_text("[business]\ncountry = 1\n")
    text = (home / "rules.toml").read_text()
    assert found()["rules"]["status"] == "ok"
    (home / "rules.toml").write_text(text.replace("for {{ sale.title }}", "for {{ sale.titel }}"))
    assert "titel" in found()["rules"]["finding"]


def test_a_home_that_is_not_there_is_not_made(cli: Cli, tmp_path: Path) -> None:
    assert "there is no home" in cli(f"--home {tmp_path}/none doctor").err
    assert not (tmp_path / "none").exists()
