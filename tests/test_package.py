"""The package as people install it: built from what is shipped, and complete away from the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from the source distribution, which is built from here."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    shutil.unpack_archive(next(folder.glob("*.tar.gz")), folder)
    unpacked = next(path for path in folder.iterdir() if path.is_dir())
    subprocess.run([*build, "-t", "wheel"], cwd=unpacked, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `followup` of an environment that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    library = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    install = ["pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True)
    (library / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # comes after the wheel's own folder
    return folder / "bin" / "followup"


def test_the_wheel_has_all_that_ships_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    shipped = [path for folder in ("templates", "examples") for path in (ROOT / folder).rglob("*.*") if path.is_file()]
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "followup").rglob("*.py")}
    assert packed == modules | {f"followup/{path.relative_to(ROOT)}" for path in shipped}


def test_an_installed_followup_finds_messages_playbooks_and_the_example(installed: Path, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FOLLOWUP"))}

    def followup(*arguments: str) -> str:
        command = [str(installed), "--home", str(tmp_path / "home"), "--today", "2026-11-22", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True, text=True).stdout

    where = [str(installed.with_name("python")), "-c", "import followup; print(followup.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=env, check=True, capture_output=True, text=True).stdout
    assert found.startswith(str(installed.parents[1]))
    assert "Subject:" in followup("templates", "show", "thank-you")
    followup("rules", "adopt", "designer")
    playbook = ROOT / "templates" / "playbooks" / "designer.toml"
    assert (tmp_path / "home" / "rules.toml").read_text() == playbook.read_text()
    assert "followup due" in followup("demo", str(tmp_path / "demo"))
    assert (tmp_path / "demo" / "followups.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
