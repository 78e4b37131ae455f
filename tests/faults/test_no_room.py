"""A disk that takes no more of a `backup` or a `restore`: told in one line, and nothing is half done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from warm import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Held = Callable[[], dict[str, object]]

SIZES = [0, 1000, 20_000, 100_000, 200_000]


@pytest.fixture
def saved(cli: Cli, home: Path, tmp_path: Path) -> Path:
    """A backup of a home in which other work was done since."""
    for line in ("sale add Anna Logo --new --email anna@example.com", f"backup {tmp_path}/saved.db",
                 "contact add Ben", "rules adopt repair --yes", "due"):  # fmt: skip
        assert cli(line).status == 0
    return tmp_path / "saved.db"


def beside(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("followup.db-")}


@pytest.mark.parametrize("size", SIZES)
def test_a_backup_that_the_disk_does_not_take_leaves_the_earlier_one(
    cli: Cli, home: Path, held: Held, saved: Path, size: int
) -> None:
    before, earlier, there = held(), saved.read_bytes(), beside(saved.parent)
    result = cli(f"backup {saved}", largest=size)
    assert result.status == 1 and result.err.startswith("error: ") and result.err.count("\n") == 1
    assert (held(), saved.read_bytes(), beside(saved.parent)) == (before, earlier, there)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("damaged", [False, True])
def test_a_restore_that_the_disk_does_not_take_changes_nothing(
    cli: Cli, home: Path, held: Held, saved: Path, size: int, damaged: bool
) -> None:
    if damaged:
        (home / "followup.db").write_bytes((home / "followup.db").read_bytes()[:50_000])
    before, there = held() if not damaged else (home / "followup.db").read_bytes(), beside(home)
    result = cli(f"restore {saved} --yes", largest=size)
    assert result.status == 1 and result.err.startswith("error: ") and result.err.count("\n") == 1
    assert before == (held() if not damaged else (home / "followup.db").read_bytes())
    assert beside(home) == there
    assert cli(f"restore {saved} --yes").status == 0
    assert [contact["name"] for contact in cli("contact list --json").json] == ["Anna"]


FULL = dedent("""
    mount -t tmpfs -o size=4m tmpfs "$1" && shift && exec "$@" || exit 77
""")

TRYING = dedent("""
    import shutil, sys
    from contextlib import redirect_stdout, redirect_stderr
    from io import StringIO
    from pathlib import Path
    from followup.cli.app import run

    disk, furnished, saved = map(Path, sys.argv[1:])

    def told(*words):
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            status = run(["--home", str(disk / "home"), "--today", "2026-11-22", *words])
        return status, out.getvalue().splitlines(), err.getvalue().splitlines()

    for room in range(0, 1_200_000, 75_000):
        shutil.copytree(furnished, disk / "home")
        free = shutil.disk_usage(disk).free - room
        (disk / "ballast").write_bytes(bytes(free))
        status, _, said = told("restore", str(saved), "--yes")
        (disk / "ballast").unlink()
        assert told("due")[0] == 0
        names = [line.split("\t")[1] for line in told("contact", "list")[1][1:]]
        rules = (disk / "home" / "rules.toml").read_text().splitlines()[0]
        print(status, len(said), ",".join(names), rules, sep="|")
        shutil.rmtree(disk / "home")
""")


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a disk of its own")
def test_a_restore_on_a_disk_that_is_full_is_whole_or_not_at_all(cli: Cli, home: Path, saved: Path) -> None:
    disk = saved.parent / "disk"
    disk.mkdir()
    trying = [sys.executable, "-c", TRYING, str(disk), str(home), str(saved)]
    child = subprocess.run(
        ["unshare", "-m", "sh", "-c", FULL, "sh", str(disk), *trying],
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    if child.returncode in (1, 77) and ("mount:" in child.stderr or "unshare:" in child.stderr):
        pytest.skip("may not mount a disk of its own")
    assert child.returncode == 0, child
    old, new = "Anna,Ben|# The playbook of a repair", "Anna|# The general playbook"
    outcomes = [line.split("|", 2) for line in child.stdout.splitlines()]
    for status, said, found in outcomes:
        assert found.startswith((old, new)), found
        assert said == "1"
        assert status == "1" or found.startswith(new)
    assert {status for status, _, _ in outcomes} == {"0", "1"}
