"""Nobody else reads what is known of people: not in files, be they temporary, nor lists of processes or bug reports."""

from __future__ import annotations

import os
import shlex
import sqlite3
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from followup import __main__
from followup.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TODAY = "2026-11-22"
PEOPLE = ("Anna", "Berger", "anna@example.com", "Logo", "harbour")

TOUCHING = {
    "open", "mkdir", "rename", "replace", "link", "chmod", "write", "close", "fsync", "copy_file_range", "sendfile",
    "execute", "executemany", "connect", "backup", "commit",
}  # fmt: skip
"""Functions written in C after which there may be a file that was not there before."""

LINES = [
    "init --name Lumen --yes",
    "import contacts {work}/people.csv",
    "import contacts {work}/people.vcf",
    "sale add anna Logo --on 2026-11-18 --amount 1200",
    "due",
    "rules adopt {work}/rules.toml",
    "rules adopt general --yes",
    "away 2026-12-24 2027-01-02",
    "draft 1 --eml {work}/new.eml",
    "draft 1 --edit",
    "draft --all --to {work}/pile/of/drafts",
    "templates edit thank-you.email",
    "calendar export {work}/new.ics",
    "calendar vdir {work}/calendars/work",
    "contact export anna {work}/anna.json",
    "export {work}/csv",
    "export {work}/csv",
    "export {work}/json --format json",
    "export {work}/cards --format vcard",
    "--home {work}/other/home import archive {work}/csv",
    "backup {work}/saved",
    "backup {work}/saved",
    "restore {work}/saved --yes",
    "--home {work}/third/new/home restore {work}/saved --yes",
    "contact forget bo --yes",
    "undo",
    "demo",
]
"""Every command that writes files, one after the other, in one home."""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files to take in, and an editor that changes what it is given."""
    folder = tmp_path / "work"
    folder.mkdir(mode=0o700)
    for name, content in {
        "people.csv": "Name,Email\nAnna Berger,anna@example.com\nBo Reed,bo@example.com\n",
        "people.vcf": "BEGIN:VCARD\nVERSION:3.0\nFN:Zoe Field\nEND:VCARD\n",
        "rules.toml": '[[rule]]\nname = "x"\non = "sale"\nchannels = ["email"]\nmessage = "thank-you"\n',
    }.items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o600)
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf ' ' >> \"$1\"\n")
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("FOLLOWUP_HOME", str(folder / "new" / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def open_to_others(folder: Path) -> set[str]:
    """The files and folders below a folder that anybody but their owner may read, write or enter."""
    found = set()
    for path, folders, names in os.walk(folder):
        for name in (*folders, *names):
            full = os.path.join(path, name)  # noqa: PTH118
            try:
                mode = os.lstat(full).st_mode
            except FileNotFoundError:
                continue
            if mode & 0o077 and not stat.S_ISLNK(mode):
                found.add(f"{os.path.relpath(full, folder)} {stat.S_IMODE(mode):o}")
    return found


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_every_file_is_its_owners_alone_at_every_instant(
    work: Path, umask: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: dict[str, set[str]] = {}
    line = ""

    def look(frame: object, event: str, function: Any) -> None:
        if event == "c_return" and function.__name__ in TOUCHING and type(function.__self__) is not str:
            seen.setdefault(line, set()).update(open_to_others(work))

    before = os.umask(umask)
    try:
        for line in LINES:
            sys.setprofile(look if umask == 0 else None)  # which hides nothing; and it takes its time
            status = app.run(["--today", TODAY, *shlex.split(line.format(work=work))])
            sys.setprofile(None)
            assert status == 0, (line, capsys.readouterr().err)
            seen.setdefault(line, set()).update(open_to_others(work))
    finally:
        sys.setprofile(None)
        os.umask(before)
    assert not {line: found for line, found in seen.items() if found}


# Processes

STARTED: list[list[str]] | None = None


def watch(event: str, args: tuple[Any, ...]) -> None:
    """Notes the arguments of every program that is started."""
    if STARTED is not None and event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        STARTED.append([str(part) for part in (args[1] if isinstance(args[1], list | tuple) else args)])


sys.addaudithook(watch)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The arguments of the programs that are started from here on."""
    global STARTED
    STARTED = []
    yield STARTED
    STARTED = None


@pytest.mark.parametrize("line", ["draft 1 --copy", "draft 1 --edit", "templates edit thank-you.email"])
def test_no_program_is_started_with_anything_of_people(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[list[str]], line: str
) -> None:
    run = desktop(work, tmp_path, monkeypatch)
    assert run(line) == 0
    assert started
    assert not [word for command in started for word in command if any(name in word for name in PEOPLE)]


def test_only_the_link_to_open_is_an_argument(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[list[str]]
) -> None:
    run = desktop(work, tmp_path, monkeypatch)
    assert run("draft 1 --open") == 0
    (command,) = started
    assert len(command) == 2 and command[1].startswith("mailto:anna@example.com")


def desktop(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """What runs a line in a home with a sale, on a desktop with a clipboard and an opener that do nothing."""
    for name in ("WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "TMUX", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("xclip", "xdg-open"):
        (programs / name).write_text("#!/bin/sh\ncat > /dev/null\n")
        (programs / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")

    def run(line: str) -> int:
        return app.run(["--today", TODAY, *shlex.split(line)])

    assert run("contact add 'Anna Berger' --email anna@example.com --note 'house by the harbour'") == 0
    assert run("sale add anna Logo --on 2026-11-18") == 0
    return run


# Bug reports


@pytest.mark.parametrize("kind", [KeyError, ValueError, sqlite3.IntegrityError, RuntimeError, AssertionError])
def test_a_bug_report_says_where_and_never_of_whom(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[Exception]
) -> None:
    def fail(args: list[str]) -> int:
        client = "Anna Berger"
        try:
            raise kind(f"{client} has no harbour")
        except kind as fault:
            raise LookupError(client) from fault

    monkeypatch.setattr(app, "run", fail)
    monkeypatch.setattr(sys, "argv", ["followup", "contact", "list"])
    with pytest.raises(SystemExit) as end:
        __main__.main()
    told = capsys.readouterr()
    assert (end.value.code, told.out) == (1, "")
    first, *lines = told.err.splitlines()
    assert first.startswith(f"error: a fault in followup itself (LookupError after {kind.__name__})")
    assert any("__main__.py, line" in line for line in lines)
    assert any(f"{Path(__file__).name}, line" in line and "in fail" in line for line in lines)
    assert not any(name in told.err for name in PEOPLE)
    assert str(Path(__file__).parents[2]) not in told.err
