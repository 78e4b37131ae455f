"""The frame, tried with a command module that exists only here: what loads, what prints, and what errors become."""

from __future__ import annotations

import builtins
import errno
import json
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from followup.cli import app, output

ROOT = Path(__file__).parents[2]

FAKE = dedent('''
    """A command module of the shape that the frame expects."""
    from typing import Annotated

    import typer

    from followup.cli import output
    from followup.cli.app import JSON
    from followup.cli.place import place
    from followup.core.refusal import Refusal

    app = typer.Typer()

    @app.command()
    def due(ctx: typer.Context, times: int = 1, name: str = "Ána 世", rating: int = 0, json: JSON = False) -> None:
        """What to do today."""
        home, today = place(ctx)
        rows = [(n, today, name, str(home)) for n in range(times)]
        if json:
            output.as_json([dict(zip(("id", "due", "contact", "home"), row)) for row in rows])
        else:
            output.table(("id", "due", "contact", "home"), rows, today=today, empty="Nothing to do.")

    @app.command()
    def log(words: list[str], by: Annotated[str | None, typer.Option()] = None) -> None:
        """Says it again."""
        output.lines(" ".join(words))

    @app.command()
    def why(text: Annotated[str, typer.Argument(metavar="TEXT")]) -> None:
        """Refuses."""
        raise Refusal(text)

    @app.command()
    def close() -> None:
        """Asks."""
        output.notice("yes" if output.confirm("Erase Ana?") else "no")
''')

FAMILY = dedent('''
    import typer

    app = typer.Typer()

    @app.command("add")
    def add(name: str) -> None:
        """A new one."""
        print("added", name)
''')

FRAME = {"followup.cli.app", "followup.cli.answering", "followup.cli.output", "followup.cli.quick"}
"""What is loaded of the room whatever is typed, where no way is quicker."""

BOOT = dedent("""
    import atexit, pathlib, sys
    atexit.register(lambda: pathlib.Path({folder!r}, "loaded").write_text("\\n".join(sys.modules)))
    import followup.cli
    from followup.cli import app
    followup.cli.__path__.append({folder!r})
    for heading, group in app.COMMANDS.items():
        for name, (_, line) in group.items():
            group[name] = ("nothing_like_it", line)
    for name in ("due", "log", "why", "close"):
        app.COMMANDS["Every day"][name] = ("fake", "Help of " + name)
    app.COMMANDS["Contacts and sales"]["contact"] = ("fake_family", "The people.")
    from followup.__main__ import main
    from followup.cli import quick
    quick.way = lambda words: None  # which knows the real due
    main()
""")


@pytest.fixture
def boot(tmp_path: Path) -> list[str]:
    """The start of a command line that runs followup with the made-up modules, and with no real ones."""
    (tmp_path / "fake.py").write_text(FAKE, "utf-8")
    (tmp_path / "fake_family.py").write_text(FAMILY, "utf-8")
    return [sys.executable, "-c", BOOT.format(folder=str(tmp_path))]


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONDONTWRITEBYTECODE") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "FOLLOWUP_HOME": "/h", "FOLLOWUP_TODAY": "2026-11-22", **more}


def start(command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment(**more), timeout=30)


def on_a_terminal(command: list[str], typed: str = "", **more: str) -> str:
    """What the command shows on a terminal of 80 columns, where this is `typed` once it says something."""
    main, side = pty.openpty()
    env = environment(**{"TERM": "xterm", "COLUMNS": "80", **more})
    child = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=env)
    os.close(side)
    seen = b""
    until = time.monotonic() + 30
    while time.monotonic() < until and select.select([main], [], [], 30)[0]:
        try:
            piece = os.read(main, 65536)
        except OSError:  # Linux says EIO once the child has gone
            break
        if not piece:
            break
        if not seen:
            os.write(main, typed.encode())
        seen += piece
    child.wait(timeout=30)
    os.close(main)
    return seen.decode()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The made-up module in this process, with a home and a day of its own."""
    module = ModuleType("followup.cli.fake")
    exec(FAKE, module.__dict__)
    monkeypatch.setitem(sys.modules, "followup.cli.fake", module)
    for name in ("due", "log", "why", "close"):
        monkeypatch.setitem(app.COMMANDS["Every day"], name, ("fake", f"Help of {name}"))
    monkeypatch.setenv("FOLLOWUP_HOME", str(tmp_path))
    monkeypatch.setenv("FOLLOWUP_TODAY", "2026-11-22")
    return module


# What loads


def loaded(folder: Path) -> set[str]:
    """The modules that the last command line in a process of its own had loaded when it ended."""
    return set((folder / "loaded").read_text().split())


def test_naming_a_command_loads_its_module_and_no_heavy_library(boot: list[str], tmp_path: Path) -> None:
    assert start([*boot, "due"]).returncode == 0
    modules = loaded(tmp_path)
    ours = {*FRAME, "followup.cli.place", "followup.cli.fake"}
    assert {name for name in modules if name.startswith("followup.cli.")} == ours
    heavy = "rich jinja2 icalendar sqlite_utils dateutil pydantic dateparser holidays platformdirs msgspec json"
    assert not {name.partition(".")[0] for name in modules} & set(heavy.split())


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["nonsense"], []])
def test_what_names_no_command_loads_no_command_module(boot: list[str], tmp_path: Path, arguments: list[str]) -> None:
    start([*boot, *arguments])
    modules = loaded(tmp_path)
    assert {name for name in modules if name.startswith("followup.cli.")} == FRAME
    assert "rich" not in modules


def test_help_lists_every_command_of_the_table_under_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["--help"]) == 0
    shown = capsys.readouterr().out
    at = 0
    for heading, group in app.COMMANDS.items():
        assert (at := shown.index(f"\n{heading}:\n", at)) > 0
        for name, (_, line) in group.items():
            assert re.search(rf"^  {name} +{re.escape(line)}$", shown[at:], re.MULTILINE)


def test_a_module_without_a_command_of_that_name_is_a_family_even_with_one_member(boot: list[str]) -> None:
    assert start([*boot, "contact", "add", "Ana"]).stdout == "added Ana\n"
    assert "  add  A new one." in start([*boot, "contact", "--help"]).stdout
    assert start([*boot, "contact"]).returncode == 2
    near = start([*boot, "contact", "ad", "Ana"])
    assert (near.returncode, near.stderr.splitlines()[0]) == (2, "error: no such command 'ad': did you mean 'add'?")


@pytest.mark.parametrize(
    ("words", "candidates"),
    [
        ("followup co", {"contact", "completion"}),
        ("followup contact ", {"add"}),
        ("followup d", {"due", "draft", "done", "demo", "doctor"}),
    ],
)
def test_the_shell_completes_commands(boot: list[str], words: str, candidates: set[str]) -> None:
    done = start([*boot, words], _FOLLOWUP_COMPLETE="bash")
    assert set(done.stdout.split()) == candidates


# Where and when


def test_home_and_today_come_from_the_options_then_the_environment(boot: list[str]) -> None:
    row = start([*boot, "due"]).stdout.splitlines()[1]
    assert row == "0\t2026-11-22\tÁna 世\t/h"
    row = start([*boot, "--home", "/other", "--today", "2027-01-02", "due"]).stdout.splitlines()[1]
    assert row == "0\t2027-01-02\tÁna 世\t/other"


def test_without_a_word_on_it_home_is_the_users_data_folder_and_today_the_clocks(
    fake: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("FOLLOWUP_HOME")
    monkeypatch.setenv("FOLLOWUP_TODAY", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert app.run(["due", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["home"] == str(tmp_path / "followup")
    assert row["due"] == date.today().isoformat()


@pytest.mark.parametrize("text", ["2026-02-30", "2026-W01-1", "20261122", "soonish", "12"])
def test_a_today_that_is_no_day_is_refused(fake: ModuleType, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["--today", text, "due"]) == 1
    assert re.fullmatch(r"error: .+\n", capsys.readouterr().err)


def test_an_empty_home_is_refused_rather_than_taken_for_this_folder(
    fake: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(["--home", "", "due"]) == 1
    assert "--home is empty" in capsys.readouterr().err


# What errors become


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["why", "no such contact: add it"], 1, "error: no such contact: add it"),
        (["why", "two\nlines\t\x1b[31mred\u202e"], 1, "error: two lines �[31mred"),
        (["due", "--rating", "x"], 1, "'x' is not a valid int"),
        (["deu"], 2, "did you mean 'due'?"),
        (["\x1b[2J"], 2, "error: no such command '�[2J'"),
        (["--nope"], 2, "no such option: --nope"),
        (["why"], 2, "missing argument 'TEXT'"),
        (["why", "a", "b"], 2, "unexpected extra argument"),
        (["due", "--name"], 2, "requires an argument"),
        (["due", "--today", "2026-01-01"], 2, "before the command, as in 'followup --today … due'"),
        (["--json", "due"], 2, "after the command, as in 'followup due --json'"),
        (["log", "-5% off"], 2, "put -- before a text that begins with a dash"),
        (["log", "--", "-5% off"], 0, ""),
    ],
)
def test_a_mistake_is_told_in_one_line_and_by_the_status(
    fake: ModuleType, arguments: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(arguments) == status
    told = capsys.readouterr()
    assert words in told.err
    lines = told.err.splitlines()
    if status:
        assert lines[0].startswith("error: ")
        assert told.out == ""
        assert len(lines) == status  # a wrong command line is also told where to read on
    else:
        assert (told.out, lines) == ("-5% off\n", [])


def failure(kind: str) -> Exception:
    """The exception that 'CLASS: WORDS' stands for, as Python and SQLite raise it."""
    name, _, words = kind.partition(": ")
    if name.startswith("sqlite3."):
        return getattr(sqlite3, name.removeprefix("sqlite3."))(words)
    if name == "OSError":
        return OSError(getattr(errno, words), os.strerror(getattr(errno, words)), "/h/followup.db")
    return getattr(builtins, name)(words)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("sqlite3.OperationalError: database is locked", "another command is using the data file"),
        ("sqlite3.OperationalError: database table is locked: sales", "another command is using the data file"),
        ("sqlite3.OperationalError: attempt to write a readonly database", "may not be written"),
        ("sqlite3.OperationalError: database or disk is full", "free some space"),
        ("sqlite3.OperationalError: disk I/O error", "free some space"),
        ("sqlite3.OperationalError: unable to open database file", "cannot be opened"),
        ("sqlite3.OperationalError: no such table: sales", "no such table: sales"),
        ("sqlite3.DatabaseError: file is not a database", "followup restore FILE"),
        ("sqlite3.DatabaseError: database disk image is malformed", "followup restore FILE"),
        ("OSError: EACCES", "/h/followup.db: Permission denied: check who owns it"),
        ("OSError: EROFS", "--home"),
        ("OSError: ENOSPC", "free some space"),
        ("OSError: ENOENT", "check the name"),
        ("OSError: EXDEV", "/h/followup.db: "),
        ("UnicodeError: x", "UTF-8"),
        ("OverflowError: x", "too large"),
    ],
)
def test_what_the_machine_refuses_is_told_in_one_line(
    fake: ModuleType, monkeypatch: pytest.MonkeyPatch, kind: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(ctx: object) -> None:
        raise failure(kind)

    monkeypatch.setattr(fake, "place", fail)
    assert app.run(["due"]) == 1
    assert re.fullmatch(rf"error: .*{re.escape(words)}.*\n", capsys.readouterr().err)


@pytest.mark.parametrize("kind", ["KeyError: x", "sqlite3.IntegrityError: UNIQUE constraint failed"])
def test_a_fault_of_our_own_is_not_dressed_up_as_the_users(
    fake: ModuleType, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def fail(ctx: object) -> None:
        raise failure(kind)

    monkeypatch.setattr(fake, "place", fail)
    with pytest.raises(type(failure(kind))):
        app.run(["due"])


def test_an_interrupt_is_quiet(
    fake: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(ctx: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fake, "place", interrupt)
    assert app.run(["due"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [["due", "--times", "100000"], ["due"], ["due", "--json"], ["--help"]])
def test_a_reader_that_goes_away_is_no_error(boot: list[str], arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*boot, *arguments], stdout=writer, stderr=subprocess.PIPE, env=environment(), timeout=30)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("due --times 100000", "No space left on device: free some space and try again"),
        ("--help", "No space left on device: free some space and try again"),
        ("due", "the answer could not be written (No space left on device), but what was asked for is done"),
        ("due --json", "the answer could not be written (No space left on device), but what was asked for is done"),
    ],
)
def test_output_that_finds_no_space_is_told(boot: list[str], arguments: str, says: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*boot, *arguments.split()], stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=30
        )
    assert (done.returncode, done.stderr.decode()) == (1, f"error: {says}\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_a_stream_that_is_closed_changes_nothing_else(boot: list[str], closed: str) -> None:
    done = start(["sh", "-c", f'"$@" {closed}', "sh", *boot, "due"])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_any_locale_prints_any_name(boot: list[str], locale: dict[str, str]) -> None:
    done = subprocess.run([*boot, "due"], capture_output=True, env=environment(**locale), timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")
    latin = "PYTHONIOENCODING" in locale
    assert done.stdout.decode("latin-1" if latin else "utf-8").split("\t")[5] == ("Ána ?" if latin else "Ána 世")
    done = subprocess.run([*boot, "due", "--json"], capture_output=True, env=environment(**locale), timeout=30)
    assert json.loads(done.stdout)[0]["contact"] == "Ána 世"


def test_an_argument_that_is_no_utf_8_is_no_traceback(boot: list[str]) -> None:
    done = start([*boot, "due", "--name", os.fsdecode(b"An\xff")])
    assert (done.returncode, done.stderr) == (0, "")


# What is shown

HOSTILE = "Ana\x1b]0;gotcha\x07\r\n\x9b31m\tBo\u202eb\u2066\x7f\u2028\x00"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ána 世 👩‍🔧", "Ána 世 👩‍🔧"),
        ("", ""),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        (HOSTILE, "Ana�]0;gotcha� �31m Bob� �"),
        ("a\rb\nc\vd\x85e\u2029f", "a b c d e f"),
    ],
)
def test_a_text_is_shown_as_one_line_that_a_terminal_does_not_obey(text: str, shown: str) -> None:
    assert output.safe(text) == shown


def test_no_single_character_gets_past_the_cleaning() -> None:
    control = [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
    assert {output.safe(f"a{chr(point)}b") for point in control} <= {"a b", "a�b", "ab"}


def test_a_draft_keeps_its_lines_and_loses_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    output.lines("Dear Ana,\r\n\r\n\tthanks\x1b[2J.\u2028Bo\u202eb\n")
    assert capsys.readouterr().out == "Dear Ana,\n\n\tthanks�[2J.\nBob\n"


def test_a_piped_table_is_one_header_and_one_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(1, date(2026, 12, 1), None, HOSTILE), (2, date(2026, 11, 22), "", "a\tb")]
    output.table(("id", "due", "channel", "title"), rows, today=date(2026, 11, 22), style=lambda column, row: "red")
    assert capsys.readouterr().out.split("\n") == [
        "id\tdue\tchannel\ttitle",
        "1\t2026-12-01\t\tAna�]0;gotcha� �31m Bob� �",
        "2\t2026-11-22\t\ta b",
        "",
    ]


def test_a_piped_record_has_a_line_for_each_field_the_absent_ones_too(capsys: pytest.CaptureFixture[str]) -> None:
    output.record([("name", "Ana"), ("notes", "one\ntwo"), ("phone", None)])
    assert capsys.readouterr().out == "field\tvalue\nname\tAna\nnotes\tone two\nphone\t\n"


def test_json_is_one_document_that_gives_back_every_text(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": HOSTILE + "Á世", "due": date(2026, 1, 2), "n": 1, "none": None, "lone": "\ud800"}
    output.as_json(value)
    shown = capsys.readouterr().out
    assert json.loads(shown) == {**value, "due": "2026-01-02"}
    assert "Á世" in shown
    assert shown.removesuffix("\n").isprintable()


def test_a_file_goes_into_a_pipe_byte_for_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.lines("before")
    output.verbatim(b"BEGIN:VCALENDAR\r\n\x1b\xc3\x81\r\n")
    assert capfdbinary.readouterr().out == b"before\nBEGIN:VCALENDAR\r\n\x1b\xc3\x81\r\n"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2026-11-22", "today"),
        ("2026-11-23", "tomorrow"),
        ("2026-11-21", "yesterday"),
        ("2026-11-25", "in 3 days"),
        ("2026-11-16", "6 days ago"),
        ("2026-11-15", "15 Nov"),
        ("2026-11-29", "29 Nov"),
        ("2027-01-12", "12 Jan 2027"),
    ],
)
def test_a_day_is_told_as_from_today(day: str, text: str) -> None:
    assert output.day_text(date.fromisoformat(day), date(2026, 11, 22)) == text


def test_a_terminal_gets_a_table_with_days_as_people_say_them(boot: list[str]) -> None:
    shown = on_a_terminal([*boot, "due", "--name", "[red]Ana\x1b[2J[/red]"])
    assert "\t" not in shown
    assert re.search(r"today +\[red\]Ana�\[2J\[/red\] +/h", shown)
    assert "\x1b[1m" in shown  # the heading is bold


def test_a_terminal_without_rows_gets_a_sentence_and_a_pipe_the_header(boot: list[str]) -> None:
    assert on_a_terminal([*boot, "due", "--times", "0"]) == "Nothing to do.\r\n"
    assert start([*boot, "due", "--times", "0"]).stdout == "id\tdue\tcontact\thome\n"


def test_a_long_text_wraps_within_the_terminal(boot: list[str]) -> None:
    plain = on_a_terminal([*boot, "due", "--name", "word " * 40 + "x" * 200], NO_COLOR="1", TERM="xterm")
    assert max(map(len, plain.split("\r\n"))) <= 80
    assert plain.count("word") == 40
    assert plain.count("x") == 200


RECORD = [sys.executable, "-c", "from followup.cli import output; output.record([('name', 'Ana'), ('open', 2)])"]


@pytest.mark.parametrize(
    ("environment", "styled"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_where_no_colour_is_wanted_nothing_is_bold_or_dim_either(
    boot: list[str], environment: dict[str, str], styled: bool
) -> None:
    for command in ([*boot, "due"], RECORD):
        assert ("\x1b" in on_a_terminal(command, **environment)) is styled


def test_without_styles_a_table_stays_a_table(boot: list[str]) -> None:
    styled = on_a_terminal([*boot, "due"])
    assert on_a_terminal([*boot, "due"], NO_COLOR="1") == re.sub(r"\x1b\[[0-9;]*m", "", styled)


def test_a_dumb_terminal_gets_plain_lines(boot: list[str]) -> None:
    assert on_a_terminal([*boot, "due"], TERM="dumb") == "id\tdue\tcontact\thome\r\n0\t2026-11-22\tÁna 世\t/h\r\n"


def test_json_on_a_terminal_is_indented_and_no_less_safe(boot: list[str]) -> None:
    shown = on_a_terminal([*boot, "due", "--json", "--name", "A\u202en\x9ba"])
    assert json.loads(shown)[0]["contact"] == "A\u202en\x9ba"
    assert '\r\n    "id": 0' in shown
    assert not set(shown) & {"\u202e", "\x9b"}


ANSWERS = pytest.mark.parametrize(("answer", "told"), [("y", "yes"), ("YES", "yes"), ("", "no"), ("nah", "no")])


@ANSWERS
def test_on_a_terminal_a_question_is_asked_and_only_yes_means_yes(boot: list[str], answer: str, told: str) -> None:
    assert on_a_terminal([*boot, "close"], f"{answer}\n").endswith(f"Erase Ana? [y/N] {answer}\r\n{told}\r\n")


@ANSWERS
def test_a_piped_answer_is_taken_without_asking(boot: list[str], answer: str, told: str) -> None:
    command = [*boot, "close"]
    done = subprocess.run(command, input=f"{answer}\n", capture_output=True, text=True, env=environment(), timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{told}\n")


UNANSWERED = "error: nobody answered 'Erase Ana? [y/N]': give --yes"


def test_a_question_that_nobody_answers_is_refused_in_one_line(boot: list[str]) -> None:
    done = subprocess.run([*boot, "close"], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stderr) == (1, f"{UNANSWERED}\n")


def test_a_person_who_leaves_without_an_answer_is_told_on_a_line_of_its_own(boot: list[str]) -> None:
    assert on_a_terminal([*boot, "close"], "\x04").endswith(f"Erase Ana? [y/N] \r\n{UNANSWERED}\r\n")


def test_progress_is_silent_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress(3, "Reading") as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, True), (0, False)])
def test_progress_shows_on_a_terminal_once_it_takes_a_moment(seconds: float, shown: bool) -> None:
    script = "import time\nfrom followup.cli import output\nwith output.progress(3, 'Rea[b]ding') as advance:\n"
    said = on_a_terminal([sys.executable, "-c", f"{script}    time.sleep({seconds})\n    advance(3)\nprint('read')"])
    assert ("Rea[b]ding" in said, "100%" in said, "read" in said) == (shown, shown, True)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_where_no_escape_sequences_are_wanted_there_is_no_bar(environment: dict[str, str]) -> None:
    script = "import time\nfrom followup.cli import output\nwith output.progress(3, 'Reading') as advance:\n"
    command = [sys.executable, "-c", f"{script}    time.sleep(0.4)\n    advance(3)\nprint('read')"]
    assert on_a_terminal(command, **environment) == "read\r\n"
