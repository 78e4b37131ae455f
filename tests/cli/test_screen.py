"""The screen of a review by itself: what must hold at instants that nobody can type at."""

from __future__ import annotations

import os
import sys

import pexpect

SIGNALLED_LATE = """
import os, select, signal, sys
from rich.text import Text
from followup.cli.screen import Screen

wait = select.select

def late(*given):
    select.select = wait
    os.kill(os.getpid(), signal.SIGWINCH)
    return wait(*given)

select.select = late
with Screen(sys.stdout) as screen:
    screen.key(Text("page"), Text("foot"))
"""


def test_a_signal_that_comes_just_before_the_wait_for_a_key_is_not_missed() -> None:
    env = os.environ | {"TERM": "xterm-256color"}
    child = pexpect.spawn(sys.executable, ["-c", SIGNALLED_LATE], env=env, encoding="utf-8", timeout=20)
    child.expect_exact("foot")
    child.expect_exact("foot")  # the window has another size: painted again, and no key was pressed
    child.send("q")
    child.expect_exact(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
