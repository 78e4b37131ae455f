"""How a home comes to be: whole or not at all, never in the place of data that went missing, and not by a refusal."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from keeping import files, held
from warm import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

RESTORE = "followup restore FILE"


def entries(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# A data file without anything in it


def without_tables(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    assert path.stat().st_size


@pytest.fixture(params=["of no bytes", "without tables"])
def emptied(cli: Cli, home: Path, request: pytest.FixtureRequest) -> Path:
    """A home that had a client, whose data file has nothing in it now, and a backup from before beside the home."""
    assert cli("contact add Anna").status == 0
    assert cli(f"backup {home.parent / 'saved.db'}").status == 0
    if request.param == "of no bytes":
        (home / "followup.db").write_bytes(b"")
    else:
        without_tables(home / "followup.db")
    return home


@pytest.mark.parametrize(
    "command",
    ["due", "contact list", "contact add Ben", "sale add Ben Logo --new", "undo", "init --yes", "export {out}",
     "calendar export {out}", "backup {out}", "rules check"],
)  # fmt: skip
def test_an_empty_data_file_is_damage(cli: Cli, emptied: Path, command: str) -> None:
    before = entries(emptied)
    result = cli(command.format(out=emptied.parent / "out"))
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("error: ") and result.err.count("\n") == 1
    assert command.startswith("backup") or f"followup doctor says what is wrong, {RESTORE} puts" in result.err
    assert entries(emptied) == before


def test_a_log_beside_an_empty_data_file_is_kept(cli: Cli, home: Path) -> None:
    cli("contact add Anna")
    (home / "followup.db").write_bytes(b"")
    (home / "followup.db-wal").write_bytes(b"?" * 5000)
    assert cli("due").status == 1
    assert (home / "followup.db-wal").read_bytes() == b"?" * 5000


def test_doctor_names_an_empty_data_file_as_a_fault(cli: Cli, emptied: Path) -> None:
    result = cli("doctor --json")
    assert result.status == 1
    data = next(one for one in result.json if one["check"] == "data file")
    assert data["status"] == "fault"
    assert RESTORE in data["advice"]


def test_restore_mends_an_empty_data_file(cli: Cli, emptied: Path) -> None:
    assert cli(f"restore {emptied.parent / 'saved.db'} --yes").status == 0
    assert [contact["name"] for contact in cli("contact list --json").json] == ["Anna"]
    assert cli("doctor").status == 0


# A home that is made


@pytest.mark.parametrize("command", ["due", "init --yes"])
def test_a_new_data_file_is_whole_with_nothing_beside_it(cli: Cli, home: Path, command: str) -> None:
    assert cli(command).status == 0
    assert sorted(path.name for path in home.iterdir()) == ["config.toml", "followup.db", "rules.toml", "templates"]
    assert (home / "followup.db").stat().st_mode & 0o777 == 0o600
    assert (home / "followup.db").read_bytes()[18:20] == b"\2\2"  # in WAL mode
    assert cli("doctor").status == 0


def test_folders_that_were_there_keep_their_permissions_whatever_way_leads_to_the_home(
    cli: Cli, tmp_path: Path
) -> None:
    there = [tmp_path, tmp_path / "there"]
    (tmp_path / "there").mkdir()
    for folder in there:
        folder.chmod(0o755)
    assert cli(f"--home {tmp_path}/there/new/../../there/home due").status == 0
    assert [folder.stat().st_mode & 0o777 for folder in there] == [0o755, 0o755]
    made = [tmp_path / "there" / "new", tmp_path / "there" / "home"]
    assert [folder.stat().st_mode & 0o777 for folder in made] == [0o700, 0o700]


def test_a_file_in_the_way_to_a_home_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert cli(f"--home {tmp_path}/file/home due").status == 1
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("name", ["config.toml", "rules.toml", "config.toml and rules.toml"])
def test_a_data_file_that_went_missing_is_no_new_home(cli: Cli, home: Path, name: str) -> None:
    cli("contact add Anna")
    (home / "followup.db").unlink()
    for gone in {"config.toml", "rules.toml"} - set(name.split(" and ")):
        (home / gone).unlink()
    result = cli("due")
    assert (result.status, result.err.count("\n")) == (0, 1)
    assert f"followup.db was missing in {home}" in result.err and f"beside the {name} that w" in result.err
    assert RESTORE in result.err and "general playbook" not in result.err
    assert cli("due").err == ""


def test_no_data_file_is_made_beside_the_log_of_an_old_one(cli: Cli, home: Path) -> None:
    cli("contact add Anna")
    cli(f"backup {home.parent / 'saved.db'}")
    (home / "followup.db").unlink()
    (home / "followup.db-wal").write_bytes(b"?" * 5000)
    before = entries(home)
    result = cli("due")
    assert result.status == 1 and RESTORE in result.err
    assert entries(home) == before
    assert cli(f"restore {home.parent / 'saved.db'} --yes").status == 0
    assert cli("contact list --json").json[0]["name"] == "Anna"


# What is refused makes no home


@pytest.fixture
def exported(cli: Cli, home: Path) -> Path:
    cli("sale add Anna Logo --new --email anna@example.com")
    cli("contact add Ben")
    assert cli(f"export {home.parent / 'out'}").status == 0
    return home.parent / "out"


def spoil(folder: Path, how: str) -> None:
    match how:
        case "no export":
            (folder / "home.json").unlink()
        case "not ended":
            (folder / "home.json").write_text((folder / "home.json").read_text().replace("true", "false"))
        case "a bad line":
            contacts = folder / "contacts.csv"
            contacts.write_text(contacts.read_text().replace("anna@example.com", "anna"))
        case "a table is missing":
            (folder / "calendar.csv").unlink()


@pytest.mark.parametrize("there", [None, "rules.toml"])
@pytest.mark.parametrize("how", ["no export", "not ended", "a bad line", "a table is missing"])
def test_an_archive_that_is_refused_makes_no_home(cli: Cli, exported: Path, how: str, there: str | None) -> None:
    spoil(exported, how)
    new = exported.parent / "new"
    if there:
        new.mkdir()
        (new / there).write_text("# mine\n")
    before = entries(exported.parent)
    result = cli(f"--home {new if there else new / 'deep' / 'home'} import archive {exported}")
    assert (result.status, result.err.count("\n")) == (1, 1), result
    assert entries(exported.parent) == before


def test_an_archive_that_is_taken_makes_the_home_it_is(cli: Cli, exported: Path, home: Path) -> None:
    new = exported.parent / "new"
    result = cli(f"--home {new} import archive {exported}")
    assert (result.status, result.err) == (0, f"made a new home in {new}\n")
    assert held(new)[0]["contacts"] == held(home)[0]["contacts"]
    assert files(new) == files(home)
    assert sorted(path.name for path in new.iterdir()) == sorted(path.name for path in home.iterdir())
    assert cli(f"--home {new} doctor").status == 0


@pytest.mark.parametrize("name", ["cards.vcf", "missing.vcf", "table.csv"])
def test_a_file_without_contacts_makes_no_home(cli: Cli, home: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "cards.vcf").write_text("Dear diary\n")
    (tmp_path / "table.csv").write_text("")
    result = cli(f"import contacts {tmp_path / name}")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert not home.exists()


# Waiting for each other


def test_who_waits_for_another_command_is_told_once(cli: Cli, home: Path) -> None:
    cli("contact add Anna")
    command = [sys.executable, "-m", "followup", "--home", str(home), "contact", "add", "Ben"]
    with closing(sqlite3.connect(home / "followup.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
            assert waiting.stderr is not None
            assert waiting.stderr.readline() == "waiting for another followup command to end\n"
            other.execute("ROLLBACK")
            _, more = waiting.communicate()
    assert (waiting.returncode, more) == (0, "")
    assert cli("contact add Carl").err == ""
