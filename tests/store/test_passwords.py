"""Passwords: from the environment or the keyring, and otherwise a sentence that says how to set one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from followup.core.refusal import Refusal
from followup.store.passwords import password

if TYPE_CHECKING:
    from collections.abc import Iterator

keyring = pytest.importorskip("keyring", reason="the extra 'keyring' is not installed")

from keyring.backend import KeyringBackend  # noqa: E402
from keyring.backends.fail import Keyring as Missing  # noqa: E402
from keyring.errors import KeyringLocked  # noqa: E402


class Kept(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class Locked(Kept):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock\nthe collection!")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("FOLLOWUP_MAIL_PASSWORD", "FOLLOWUP_CALDAV_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(Kept())
    yield
    keyring.set_keyring(before)


def test_the_environment_goes_before_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_password("followup:mail", "nora", "kept")
    keyring.set_password("followup:caldav", "nora", "other")
    assert password("mail", "imap.example.com", "nora") == "kept"
    assert password("caldav", "dav.example.com", "nora") == "other"
    monkeypatch.setenv("FOLLOWUP_MAIL_PASSWORD", "given")
    assert password("mail", "imap.example.com", "nora") == "given"
    assert password("caldav", "dav.example.com", "nora") == "other"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLLOWUP_MAIL_PASSWORD", "")
    keyring.set_password("followup:mail", "nora", "kept")
    assert password("mail", "imap.example.com", "nora") == "kept"


def _refusal(user: str = "nora") -> str:
    with pytest.raises(Refusal) as caught:
        password("mail", "imap.example.com", user)
    assert "$FOLLOWUP_MAIL_PASSWORD" in str(caught.value)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_password_that_nobody_stored_is_refused_with_the_command_that_stores_it() -> None:
    assert "keyring set followup:mail nora stores it" in _refusal()
    assert "\x1b" not in _refusal("no\x1bra\n")


def test_a_keyring_that_is_locked_or_missing_is_said() -> None:
    keyring.set_keyring(Locked())
    assert "(Failed to unlock the collection!): unlock it" in _refusal()
    keyring.set_keyring(Missing())
    assert "this system has no keyring" in _refusal()


def test_without_the_extra_the_refusal_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "pip install 'followup[keyring]'" in _refusal()
