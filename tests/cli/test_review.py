"""`review` in a real terminal: every key, every way out of it, and what another command changes meanwhile."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Start = Callable[..., "Terminal"]

ROOT = Path(__file__).parents[2]
LONG = " ".join(f"word{n}" for n in range(70))
FURNISHED = [
    "contact add 'Anna Berger' --email anna@example.com --phone 555-0101 --company 'Berger & Co' --note 'No calls'",
    "contact add 'Bea Celik' --phone 555-0102",
    "contact add 'Carl Nobody'",
    "remind Anna today 'Send the files' --channel email",
    "remind Bea today 'Call about the logo' --channel phone",
    "remind Carl today 'Ask for an address' --channel post",
]
ANNA, BEA, CARL = 1, 2, 3
"""The ids of the three reminders, in the order of the list."""


class Terminal:
    """A review on a terminal of its own."""

    def __init__(self, child: Any) -> None:
        self.child = child

    def sees(self, *texts: str) -> str:
        """Waits until the screen was painted with these texts, one after the other; returns what stands before."""
        before = ""
        for text in texts:
            self.child.expect_exact(text)
            before += self.child.before
        return before

    def press(self, keys: str, *texts: str) -> str:
        """Presses keys once the page is whole (its last word is `help`), and waits for what the next one says."""
        self.child.expect(r"help\S*$")
        self.child.send(keys)
        return self.sees(*texts)

    def ends(self, status: int = 0) -> str:
        """Waits for the end; returns what was said last, below the screen."""
        self.child.expect_exact(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == status
        return str(self.child.before)


@pytest.fixture
def start(at_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a review, in 80 columns and 24 lines unless other `dimensions` are given."""
    (tmp_path / "bin").mkdir()
    for name in ("NO_COLOR", "COLUMNS", "LINES", "VISUAL", "EDITOR", "SSH_CONNECTION", "SSH_TTY", "TMUX", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    started = []

    def begin(options: str = "", size: tuple[int, int] = (24, 80), shell: str = "{}", **more: str) -> Terminal:
        env = os.environ | {"TERM": "xterm-256color", "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"} | more
        line = f"{shlex.quote(sys.executable)} -m followup --today 2026-11-22 review {options}"
        command = ["-c", shell.format(f"exec {line}" if shell == "{}" else line)]
        child = pexpect.spawn(
            "/bin/sh",
            command,
            cwd=str(ROOT),
            env=env,
            dimensions=size,
            encoding="utf-8",
            timeout=30,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background have it ignored
        )
        child.delaybeforesend = None
        started.append(child)
        return Terminal(child)

    yield begin
    for child in started:
        child.close(force=True)


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Puts a program on the PATH of the review; returns the file with its words and what it read."""

    def make(name: str) -> Path:
        given = tmp_path / f"{name}.given"
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\n{{ echo "$@"; cat; }} > {shlex.quote(str(given))}\n')
        (tmp_path / "bin" / name).chmod(0o755)
        return given

    return make


@pytest.fixture
def editor(tmp_path: Path) -> Callable[[str], str]:
    """Makes an editor that leaves these words in every file, whatever stood there; returns its command."""

    def make(text: str) -> str:
        script = tmp_path / "editor"
        script.write_text(f"#!/bin/sh\ncat > \"$1\" <<'END'\n{text}\nEND\n")
        script.chmod(0o755)
        return str(script)

    return make


def states(cli: Cli) -> dict[int, str]:
    """Every reminder's id and state, whatever became of it."""
    return {n: cli(f"why {n} --json").json["followup"]["state"] for n in (ANNA, BEA, CARL)}


def due(cli: Cli) -> list[int]:
    return [followup["id"] for followup in cli("due --json").json]


# what is seen


def test_a_page_has_who_why_and_the_draft(start: Start) -> None:
    shown = start().sees("1 of 3", "Send the files", "due today, by email", "Anna Berger, Berger & Co", "No calls")
    assert "client" in shown
    start().sees("why", "your own: 'Send the files'", "To: anna@example.com", "Hello Anna", "copy", "quit")


def test_the_reason_stands_where_a_draft_cannot_be_made_and_it_can_be_done_all_the_same(start: Start, cli: Cli) -> None:
    review = start()
    review.press("n", "2 of 3")
    keys = review.press("n", "3 of 3", "No draft: Carl Nobody has no postal address", "help")
    assert "copy" not in keys
    review.child.send("d")
    review.sees("\x1b[?1049l", "Done: Ask for an address.")
    assert review.ends().endswith("1 done, 2 left.\r\n")
    assert states(cli)[CARL] == "done"


def test_a_long_page_on_a_small_screen_is_gone_through_with_the_space_bar(start: Start, cli: Cli) -> None:
    cli(f"done {ANNA} {BEA} {CARL}")
    cli(f"remind Bea today '{LONG}' --channel phone")
    review = start(size=(10, 40))
    shown = review.sees("lines 1 to ", "space goes on")
    assert "word69" not in shown
    assert shown.count("\n") < 10
    for _ in range(40):
        review.child.expect(r"help\S*$")
        review.child.send(" ")
        review.child.expect("lines ([0-9]+) to ([0-9]+) of ([0-9]+)")
        shown += review.child.before
        if review.child.match[2] == review.child.match[3]:
            break
    assert not {f"word{n}" for n in range(70)} - set(re.findall(r"word\d+", shown))
    review.press("\x1b[A", f"to {int(review.child.match[3]) - 1} of")
    review.press("q")
    review.ends()


@pytest.mark.parametrize("key", ["x", "c", "?x"])
def test_a_key_that_leaves_the_page_leaves_its_place_too(
    start: Start, cli: Cli, program: Callable[[str], Path], key: str
) -> None:
    program("pbcopy")
    cli(f"done {ANNA} {BEA} {CARL}")
    cli(f"remind Bea today '{LONG}' --channel phone")
    review = start(size=(14, 40))
    review.press(" ")
    review.child.expect("lines ([0-9]+) to")
    top = review.child.match[1]
    assert top != "1"
    if key == "?x":
        review.press("?", "any key goes back")
        review.child.send("x")
        review.sees(f"lines {top} to")
    else:
        review.press(key, f"lines {top} to")
    review.press("q")
    review.ends()


def test_an_edited_draft_goes_to_the_address_that_is_known_now(
    start: Start, cli: Cli, program: Callable[[str], Path], editor: Callable[[str], str]
) -> None:
    opened = program("xdg-open")
    review = start(EDITOR=editor("Subject: All\n\nHere they are."), DISPLAY=":0")
    review.press("e", "Edited")
    cli("contact edit Anna --email new@example.com")
    review.press("x", "To: new@example.com", "Subject: All", "Here they are.")
    review.press("o", "Opened")
    assert opened.read_text() == "mailto:new@example.com?subject=All&body=Here%20they%20are.\n"
    review.press("q")
    review.ends()


@pytest.mark.parametrize("size", [(10, 40), (4, 20), (1, 5)])
def test_no_page_is_taller_than_the_screen(start: Start, size: tuple[int, int]) -> None:
    review = start(size=size)
    review.child.expect_exact("\x1b[2J")
    review.child.send("q")
    page = review.ends().partition("\x1b[?1049l")[0]
    assert page.count("\n") < size[0]


def test_names_and_notes_cannot_write_to_the_terminal(start: Start, at_home: Path) -> None:
    with closing(sqlite3.connect(at_home / "followup.db")) as db, db:
        hostile = "\x1b]0;pwned\x07[red]\x1b[2J\u202eevil\nline"
        db.execute("UPDATE contacts SET name = ?, notes = ?, company = ? WHERE id = 1", [hostile] * 3)
        db.execute("UPDATE followups SET title = ? WHERE id = 1", [hostile])
    review = start()
    shown = review.sees("1 of 3", "notes", "why", "help")
    assert shown.count("[red]") > 2
    review.child.send("d")
    shown += review.sees("2 of 3", "Done: ", "[red]")
    assert "\x1b]0" not in shown
    assert "\x1b[2J�" not in shown
    assert "\u202e" not in shown
    review.press("q")
    assert "\x1b]0" not in review.ends()


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_where_no_colour_is_wanted_pages_follow_one_another_as_nothing_but_text(
    start: Start, cli: Cli, environment: dict[str, str]
) -> None:
    review = start(**environment)
    said = review.press("d", "Done: Send the files.")
    said += review.press("s", "Snooze until")
    review.child.send("2w\r")
    said += review.sees("2w", "Snoozed until 2026-12-06")
    said += review.press("q")
    said += review.ends()
    assert "\x1b" not in said
    assert said.endswith("\r\n1 done, 1 snoozed, 1 left.\r\n")


def test_a_page_is_coloured_otherwise(start: Start) -> None:
    review = start(NO_COLOR="")
    shown = review.press("q")
    shown += review.child.before + review.ends()
    assert re.search("\x1b\\[[0-9;]*3[0-7]m", shown)


# the keys


def test_copy_open_and_edit_hand_over_the_draft(
    start: Start, cli: Cli, program: Callable[[str], Path], editor: Callable[[str], str]
) -> None:
    (draft,) = cli(f"draft {ANNA} --json").json
    copied, opened = program("pbcopy"), program("xdg-open")
    review = start(EDITOR=editor("Subject: All of them\n\nHere they are."), DISPLAY=":0")
    review.press("c", "Copied; d when it is sent.")
    assert copied.read_text() == f"\n{draft['body']}"
    review.press("o", "Opened; d when it is sent.")
    assert opened.read_text() == f"{draft['link']}\n"
    review.press("e", "Subject: All of them", "Edited: c and o take it as it is now.")
    review.press("c", "Copied")
    assert copied.read_text() == "\nHere they are."
    review.press("o", "Opened")
    assert opened.read_text() == "mailto:anna@example.com?subject=All%20of%20them&body=Here%20they%20are.\n"
    review.press("n", "2 of 3")
    review.press("b", "1 of 3", "Here they are.")
    review.press("q")
    review.ends()


def test_what_was_written_stays_in_a_file_where_it_makes_no_draft(
    start: Start, editor: Callable[[str], str], tmp_path: Path
) -> None:
    review = start(EDITOR=editor("A long letter"), TMPDIR=str(tmp_path))
    review.press("e", "The edited draft, line 1: an e-mail begins with", "what you wrote is in", "help")
    (kept,) = tmp_path.glob("followup-*.txt")
    assert kept.read_text() == "A long letter\n"
    review.child.send("q")
    review.ends()


def test_an_editor_that_is_left_without_a_change_makes_no_edit(start: Start) -> None:
    review = start(EDITOR="true")
    review.press("n", "2 of 3")
    review.press("e", "It is as it was.")
    review.press("q")
    review.ends()


def test_what_cannot_be_handed_over_is_said_and_the_review_goes_on(start: Start) -> None:
    review = start(PATH="/nowhere")
    review.press("c", "There is no clipboard to copy to: install tmux")
    review.press("o", "There is no desktop program to open links with")
    review.press("e", "No editor is set: set $VISUAL or $EDITOR to yours, or copy the text")
    review.press("q")
    assert review.ends().endswith("3 left.\r\n")


def test_done_closes_it_logs_the_touch_and_shows_the_next(start: Start, cli: Cli) -> None:
    cli("remind Bea today 'Water the plants' --every 1w")
    review = start()
    review.press("D", "Done: Send the files.")
    review.press("n", "3 of 4", "Water the plants")
    review.press("d", "Done: Water the plants. Next: Water the plants, 29 Nov.")
    review.press("q")
    assert review.ends().endswith("2 done, 2 left.\r\n")
    assert due(cli) == [BEA, CARL]
    assert {(e["kind"], e["text"]) for e in cli("event list --json").json} == {
        ("email", "Send the files"),
        ("note", "Water the plants"),
    }
    assert [c["command"] for c in cli("undo --list --json").json][:2] == [
        "done 4 (Water the plants)",
        "done 1 (Send the files)",
    ]


def test_after_an_answer_the_next_for_the_same_person_is_told(start: Start, cli: Cli) -> None:
    cli("remind Anna 2026-11-25 'Ask how it went'")
    cli("remind Anna today 'Water the plants' --every 1w")
    review = start()
    review.press("d", "Done: Send the files. Next: Ask how it went, in 3 days.")
    review.press("k", "Skipped: Water the plants. Next: Ask how it went, in 3 days.")
    review.press("q")
    review.ends()


def test_what_stays_open_after_an_answer_is_told(start: Start, cli: Cli) -> None:
    cli("log promise Anna 'Send the sketch' --by today")
    review = start(size=(24, 200))
    review.press("d", "Promise 1 is still open: followup close 1 ends it.")
    review.press("q")
    review.ends()


def test_what_was_written_and_neither_copied_nor_opened_is_not_lost(
    start: Start, program: Callable[[str], Path], editor: Callable[[str], str], tmp_path: Path
) -> None:
    program("pbcopy")
    given = {"EDITOR": editor("Subject: Files\n\nA letter"), "TMPDIR": str(tmp_path)}
    review = start(**given)
    review.press("e", "Edited")
    review.press("c", "Copied")
    review.press("q")
    assert "letter" not in review.ends()
    assert not list(tmp_path.glob("followup-*.txt"))
    review = start(**given)
    review.press("e", "Edited")
    review.press("d", "2 of 3")
    review.press("q", "what you wrote for 'Send the files' was neither copied nor opened: it is in ")
    review.ends()
    (kept,) = tmp_path.glob("followup-*.txt")
    assert kept.read_text() == "To: anna@example.com\nSubject: Files\n\nA letter\n"


def test_an_answer_that_is_typed_never_wraps(start: Start) -> None:
    review = start(size=(12, 30))
    review.press("s", "[2026-11-23]", "> ")
    review.child.send("x" * 70 + "\x7fy\r")
    assert "y" in review.sees("not a date")
    review.sees("> ")
    review.child.send("\x1b")
    review.press("q")
    review.ends()


def test_snooze_asks_again_until_it_gets_a_day(start: Start, cli: Cli) -> None:
    review = start()
    review.press("s", "Snooze until a day, or for a period", "[2026-11-23]")
    review.child.send("soonish\r")
    review.sees("'soonish' is not a date", "[2026-11-23]")
    review.child.send("yesterday\r")
    review.sees("2026-11-21 is not after today (2026-11-22): give a later day", "[2026-11-23]")
    review.child.send("3 dayz\x7f\x7f\x7f\x7fweeks\r")
    review.sees("2 of 3", "Snoozed until 2026-12-13: Send the files.")
    review.press("s", "[2026-11-23]")
    review.child.send("\r")
    review.sees("3 of 3", "Snoozed until 2026-11-23: Call about the logo.")
    review.press("s", "[2026-11-23]")
    review.child.send("1w\x1b")
    assert "Snoozed" not in review.sees("3 of 3", "help")
    review.child.send("q")
    assert review.ends().endswith("2 snoozed, 1 left.\r\n")
    snoozed = {f["id"]: f["snoozed_until"] for f in cli("due --all --ahead 1y --json").json}
    assert snoozed == {ANNA: "2026-12-13", BEA: "2026-11-23", CARL: None}


def test_skip_next_and_back_walk_on_and_what_was_answered_stays_in_sight(start: Start, cli: Cli) -> None:
    review = start()
    review.press("k", "2 of 3", "Skipped: Send the files.")
    review.press("\r", "3 of 3", "Ask for an address")
    review.press("b", "2 of 3", "Call about the logo")
    keys = review.press("b", "1 of 3", "(Send the files) was skipped on 2026-11-22", "help")
    assert "done" not in keys.rpartition("─")[2]
    review.child.send("d")
    review.sees("1 of 3", "help")
    review.child.send("q")
    assert review.ends().endswith("1 skipped, 2 left.\r\n")
    assert states(cli) == {ANNA: "skipped", BEA: "due", CARL: "due"}


def test_undo_takes_back_the_last_answer_and_goes_back_to_it(start: Start, cli: Cli) -> None:
    review = start()
    review.press("d", "2 of 3", "undo")
    review.press("n", "3 of 3")
    review.press("u", "1 of 3", "Took back: done 1 (Send the files).")
    review.press("d", "2 of 3")
    cli("contact add Dora")
    review.press("u", "2 of 3", "Something else was changed since: followup undo --list")
    review.press("q")
    assert review.ends().endswith("1 done, 2 left.\r\n")
    assert states(cli)[ANNA] == "done"
    assert cli("contact show Dora").status == 0


def test_help_has_every_key_and_any_key_goes_back(start: Start) -> None:
    review = start()
    shown = review.press("?", "any key goes back")
    assert set("coedsknbuq") <= {line[:1] for line in re.sub("\x1b\\[[0-9;]*[a-zA-Z]", "", shown).splitlines()}
    review.child.send("d")
    review.sees("1 of 3")
    review.press("q")
    assert review.ends().endswith("3 left.\r\n")


def test_a_text_that_is_pasted_is_no_row_of_keys(start: Start, cli: Cli) -> None:
    review = start()
    review.press("dskd\r", "1 of 3")
    review.press("\x1b[Z", "1 of 3")
    review.press("q")
    assert review.ends().endswith("3 left.\r\n")
    assert set(states(cli).values()) == {"due"}


# the ways out


def test_after_the_last_the_review_says_what_was_done(start: Start, cli: Cli) -> None:
    review = start()
    review.press("d", "2 of 3")
    review.press("k", "3 of 3")
    review.press("d", "\x1b[?1049l")
    assert review.ends() == (
        "Done: Ask for an address. followup undo takes it back.\r\n2 done, 1 skipped, nothing left to do.\r\n"
    )
    assert due(cli) == []


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("\x04", 0), ("\x03", 130)])
def test_left_half_way_what_was_done_stays_done_and_the_terminal_is_as_before(
    start: Start, cli: Cli, tmp_path: Path, key: str, status: int
) -> None:
    review = start(
        shell=f"trap : INT; stty -a > {tmp_path}/before; {{}}; echo $? > {tmp_path}/status; stty -a > {tmp_path}/after"
    )
    review.press("d", "2 of 3")
    review.press(key, "\x1b[?1049l", "1 done, 2 left.")
    review.ends()
    assert (tmp_path / "status").read_text() == f"{status}\n"
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()
    assert due(cli) == [BEA, CARL]


def test_a_terminal_that_is_closed_leaves_done_what_was_done(start: Start, cli: Cli) -> None:
    review = start()
    review.press("d", "2 of 3")
    review.child.expect("help")
    review.child.close(force=False)  # hangs up, as a window that is closed does
    assert not review.child.isalive()
    assert due(cli) == [BEA, CARL]


def test_a_review_that_is_ended_by_another_gives_the_terminal_back(start: Start, cli: Cli, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    review = start(
        shell=f"stty -a > {tmp_path}/before; {{}} & echo $! > {pid}; fg; stty -a > {tmp_path}/after".join(
            ["set -m; ", ""]
        )
    )
    review.press("d", "2 of 3", "help")
    os.kill(int(pid.read_text()), signal.SIGTERM)
    review.sees("\x1b[?1049l")
    review.child.expect_exact(pexpect.EOF)
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()
    assert due(cli) == [BEA, CARL]


def test_a_stopped_review_gives_the_terminal_back_and_goes_on_where_it_was(start: Start) -> None:
    review = start()
    review.press("n", "2 of 3")
    review.press("\x1a", "\x1b[?1049l")
    for _ in range(200):
        pid, status = os.waitpid(review.child.pid, os.WUNTRACED | os.WNOHANG)
        if pid:
            break
        time.sleep(0.05)
    assert pid and os.WIFSTOPPED(status)
    os.kill(review.child.pid, signal.SIGCONT)
    review.sees("\x1b[?1049h", "2 of 3")
    review.press("q")
    assert review.ends().endswith("3 left.\r\n")


def test_a_window_of_another_size_is_painted_anew(start: Start) -> None:
    review = start()
    review.sees("─" * 80)
    review.press("")
    review.child.setwinsize(12, 50)
    assert "─" * 51 not in review.sees("1 of 3", "─" * 50, "help")
    review.child.send("s")
    review.sees("[2026-11-23]")
    review.child.send("2w")
    review.sees("2w")
    review.child.setwinsize(12, 60)
    review.sees("1 of 3", "[2026-11-23]", "2w")
    review.child.send("\r")
    review.sees("Snoozed until 2026-12-06")
    review.press("q")
    review.ends()


# while it waits


def test_other_commands_write_while_it_waits_and_what_they_answered_is_passed_over(start: Start, cli: Cli) -> None:
    review = start()
    review.sees("1 of 3", "help")
    began = time.monotonic()
    assert cli(f"done {ANNA} {BEA}").status == 0
    assert time.monotonic() - began < 5
    review.child.send("d")
    review.sees("2 of 2", "Ask for an address", "(Send the files) was done on 2026-11-22", "help")
    review.child.send("k")
    assert review.ends().endswith("1 skipped, nothing left to do.\r\n")
    assert len(cli("event list --json").json) == 2


def test_what_has_left_the_list_meanwhile_is_told(start: Start, cli: Cli) -> None:
    review = start()
    review.sees("1 of 3", "help")
    cli(f"skip {BEA}")
    review.child.send("n")
    review.sees("2 of 2", "Ask for an address", "No longer due, so passed over: Call about the logo.")
    review.press("q")
    review.ends()


def test_what_was_held_behind_another_comes_up_when_that_one_is_skipped(start: Start, cli: Cli, at_home: Path) -> None:
    rule = """
        [[rule]]
        name = "{0}"
        title = "{0}"
        on = "sale"
        channels = ["email"]
        message = "thank-you"
        weekend = "keep"
    """
    (at_home / "rules.toml").write_text("\n".join(rule.format(name) for name in ("first", "second")))
    cli(f"done {ANNA} {BEA} {CARL}")
    cli("sale add Dora Logo --new --email dora@example.com")
    review = start()
    review.sees("1 of 1", "first")
    review.press("k", "2 of 2", "second", "Thank you: Logo")
    review.press("k")
    assert review.ends().endswith("2 skipped, nothing left to do.\r\n")


# without a page


def test_without_a_terminal_it_says_what_to_do_instead(refused: Callable[..., str]) -> None:
    assert refused("review") == "review needs a terminal: followup due has the list, and followup draft the words"


def test_with_nothing_due_no_screen_is_opened(start: Start, cli: Cli) -> None:
    cli(f"done {ANNA} {BEA} {CARL}")
    assert start().ends() == "Nothing left to do.\r\n"


def test_with_json_the_answers_are_one_document_on_stdout(start: Start, tmp_path: Path) -> None:
    review = start("--json", shell=f"{{}} > {tmp_path}/answers")
    review.press("d", "2 of 3")
    review.press("q")
    review.ends()
    document = json.loads((tmp_path / "answers").read_text())
    assert [(f["id"], f["state"], f["done_on"]) for f in document["closed"]] == [(ANNA, "done", "2026-11-22")]
    assert document["left"] == 2
