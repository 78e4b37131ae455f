"""Handing over: what the clipboards and openers of each desktop are given, and what is said where there are none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from followup.cli import handing
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
TEXT = "Grüße an 世界 👍🏽\n\n'x' \"y\" $(z) `w` -- \\n\n"
LINK = "mailto:anna@example.com?subject=Thanks%2C%20Anna&body=Hello%0D%0A%60x%60%24%28y%29"
DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "TMUX", "STY", "WSL_DISTRO_NAME")

COPY = "import sys\nfrom followup.cli.handing import copy\ncopy(sys.argv[1])\nprint('copied')"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a program on a PATH of its own, on a computer without desktop; returns the file with what it was given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in DESKTOP:
        monkeypatch.delenv(name, raising=False)

    def make(name: str, ends: str = "exit 0") -> Path:
        given = tmp_path / f"{name}.given"
        lines = (
            f"/bin/cat > '{given}'\nprintf '%s\\n' \"$#\" \"$@\" > '{given}.words'\necho noise\necho noise >&2\n{ends}"
        )
        (folder / name).write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
        return given

    return make


def words(given: Path) -> list[str]:
    """The arguments that a program was started with."""
    count, *found = given.with_name(f"{given.name}.words").read_text(encoding="utf-8").splitlines()
    assert len(found) == int(count)
    return found


# the clipboard


@pytest.mark.parametrize(
    ("name", "needs", "encoding"),
    [
        ("pbcopy", "", "utf-8"),
        ("termux-clipboard-set", "", "utf-8"),
        ("wl-copy", "WAYLAND_DISPLAY", "utf-8"),
        ("xclip", "DISPLAY", "utf-8"),
        ("xsel", "DISPLAY", "utf-8"),
        ("clip.exe", "", "utf-16-le"),
        ("tmux", "TMUX", "utf-8"),
    ],
)
def test_each_clipboard_gets_the_text_by_its_input_alone(
    program: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    needs: str,
    encoding: str,
) -> None:
    given = program(name)
    if needs:
        with pytest.raises(Refusal, match="no clipboard"):
            handing.copy(TEXT)
        assert not given.exists()
        monkeypatch.setenv(needs, "there")
    handing.copy(TEXT)
    expected = TEXT.replace("\n", "\r\n") if name == "clip.exe" else TEXT
    assert given.read_bytes() == expected.encode(encoding)
    assert "Grüße" not in " ".join(words(given))
    assert capfd.readouterr() == ("", "")


def test_the_first_clipboard_that_takes_it_is_enough(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("DISPLAY", ":0")
    program("wl-copy", "exit 1")
    second, third = program("xclip"), program("xsel")
    handing.copy(TEXT)
    assert second.read_text(encoding="utf-8") == TEXT
    assert not third.exists()


def test_clipboards_that_fail_are_named(program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    program("xclip", "exit 1")
    program("xsel", "exec /bin/sleep 20")
    monkeypatch.setattr(handing, "_PATIENCE", 0.3)
    with pytest.raises(Refusal, match="xclip and xsel did not take the text: "):
        handing.copy(TEXT)


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "install wl-clipboard"),
        ({"DISPLAY": ":0"}, "install xclip or xsel"),
        ({}, "install tmux"),
        ({"SSH_CONNECTION": "a b", "TERM": "dumb"}, "install tmux"),
        ({"SSH_CONNECTION": "a b", "TERM": "xterm", "STY": "screen"}, "install tmux"),
    ],
)
def test_without_a_clipboard_the_refusal_says_what_to_install(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], advice: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Refusal, match=f"there is no clipboard to copy to: {advice}"):
        handing.copy(TEXT)


def test_a_clipboard_that_goes_on_serving_the_text_holds_no_pipe_open(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    program("xclip", "/bin/sleep 20 &\nexit 0")
    began = time.monotonic()
    said = subprocess.run([sys.executable, "-c", COPY, TEXT], cwd=ROOT, capture_output=True, check=True, text=True)
    assert (said.stdout, said.stderr) == ("copied\n", "")
    assert time.monotonic() - began < 10


def test_over_ssh_the_terminal_is_asked_and_a_pipe_never(program: Callable[..., Path], tmp_path: Path) -> None:
    elsewhere = program("pbcopy")
    out = tmp_path / "out"
    env = os.environ | {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22", "TERM": "xterm-256color"}
    line = f'"{sys.executable}" -c "$CODE" "$TEXT" > "{out}" 2>&1'
    child = pexpect.spawn("/bin/sh", ["-c", line], cwd=str(ROOT), env=env | {"CODE": COPY, "TEXT": TEXT}, timeout=20)
    child.expect(pexpect.EOF)
    assert child.before == b"\x1b]52;c;" + b64encode(TEXT.encode()) + b"\x07"
    assert out.read_text() == "copied\n"
    assert not elsewhere.exists()  # the clipboard of that computer is nobody's


@pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux (Debian package tmux)")
def test_a_real_tmux_has_it_in_its_buffer(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in DESKTOP} | {"TMUX_TMPDIR": str(tmp_path)}
    tmux = ["tmux", "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "sleep 30"], env=env, check=True)
    try:
        inside = subprocess.run(
            [*tmux, "display-message", "-p", "#{socket_path},#{pid},0"],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        subprocess.run([sys.executable, "-c", COPY, TEXT], cwd=ROOT, env=env | {"TMUX": inside}, check=True)
        shown = subprocess.run([*tmux, "show-buffer"], env=env, check=True, capture_output=True).stdout
    finally:
        subprocess.run([*tmux, "kill-server"], env=env, check=True)
    assert shown.decode() == TEXT


@pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xclip") and shutil.which("xsel")),
    reason="needs an X server without a screen, xclip and xsel (Debian packages xvfb xclip xsel)",
)
@pytest.mark.parametrize(
    ("by", "read"),
    [
        ("xclip", ["xsel", "--clipboard", "--output"]),
        ("xsel", ["xclip", "-selection", "clipboard", "-o"]),
    ],
)
def test_on_a_real_desktop_another_program_pastes_it(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by: str, read: list[str]
) -> None:
    real, reader = shutil.which(by, path=os.defpath), shutil.which(read[0], path=os.defpath)
    assert real and reader
    (tmp_path / "bin" / by).symlink_to(real)
    receiver, sender = os.pipe()
    with subprocess.Popen(
        [str(shutil.which("Xvfb", path=os.defpath)), "-displayfd", str(sender)],
        pass_fds=[sender],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(sender)
        try:
            with open(receiver, encoding="ascii") as said:  # noqa: PTH123 (a descriptor)
                monkeypatch.setenv("DISPLAY", f":{said.readline().strip()}")
            handing.copy(TEXT)
            for _ in range(100):  # they answer before the clipboard is theirs
                pasted = subprocess.run([reader, *read[1:]], capture_output=True, check=False, timeout=10).stdout
                if pasted:
                    break
                time.sleep(0.05)
        finally:
            server.terminate()
    assert pasted.decode() == TEXT


# links


@pytest.mark.parametrize(
    ("name", "environment", "before"),
    [
        ("xdg-open", {"DISPLAY": ":0"}, []),
        ("xdg-open", {"WAYLAND_DISPLAY": "wayland-0"}, []),
        ("wslview", {}, []),
        ("termux-open-url", {}, []),
        ("rundll32.exe", {"WSL_DISTRO_NAME": "Debian"}, ["url.dll,FileProtocolHandler"]),
    ],
)
def test_each_opener_gets_the_link_as_one_word_and_keeps_off_the_screen(
    program: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    environment: dict[str, str],
    before: list[str],
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    given = program(name)
    handing.open_link(LINK)
    assert words(given) == [*before, LINK]
    assert capfd.readouterr() == ("", "")


def test_a_mac_opens_links_itself(program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    given = program("open")
    handing.open_link(LINK)
    assert words(given) == [LINK]


@pytest.mark.parametrize(
    "link",
    ["file:///etc/passwd", "javascript:alert(1)", "/bin/sh", "-x", "", "https://example.com/a b", "tel:1\n2", "tel:é"],
)
def test_nothing_but_a_link_of_a_draft_is_opened(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    given = program("xdg-open")
    with pytest.raises(Refusal, match="no link to open"):
        handing.open_link(link)
    assert not given.exists()


@pytest.mark.parametrize(
    ("environment", "advice"), [({"DISPLAY": ":0"}, "install xdg-utils"), ({}, "copy the text instead")]
)
def test_without_an_opener_the_refusal_says_what_to_do(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], advice: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if not environment:
        program("xdg-open")  # would open a text browser in this terminal
    with pytest.raises(Refusal, match=f"no desktop program to open links with: {advice}"):
        handing.open_link(LINK)


@pytest.mark.parametrize(("name", "most"), [("xdg-open", 100_000), ("wslview", 2_000)])
def test_a_link_that_would_arrive_in_part_is_refused(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    given = program(name)
    handing.open_link("tel:".ljust(most, "1"))
    assert len(words(given)[0]) == most
    with pytest.raises(Refusal, match=f"too long for a link .{most + 1} characters, {most} are the most.: copy it"):
        handing.open_link("tel:".ljust(most + 1, "1"))


def test_an_opener_that_fails_is_told_with_its_status(
    program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    program("xdg-open", "exit 3")
    with pytest.raises(Refusal, match=r"xdg-open could not open it \(status 3\): choose a program for mailto: links"):
        handing.open_link(LINK)


def test_an_opener_that_lasts_is_not_waited_for(program: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(handing, "_SOON", 0.3)
    given = program("xdg-open", "exec /bin/sleep 20")
    began = time.monotonic()
    handing.open_link(LINK)
    assert time.monotonic() - began < 10
    assert words(given) == [LINK]
