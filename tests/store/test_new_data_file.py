"""A data file that is made at an instant, or on a disk, that no command can be brought to by itself."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from followup.store import book as books

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

pytestmark = pytest.mark.first_start


def no_link(*args: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_home_is_made_on_a_disk_without_hard_links(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_link)
    assert cli("contact add Anna").status == 0
    assert cli("contact list --json").json[0]["name"] == "Anna"
    assert not list(home.glob(".*"))


@pytest.mark.parametrize("link", [os.link, no_link])
def test_a_data_file_that_another_command_made_meanwhile_stays(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch, link: Callable[..., None]
) -> None:
    make_tables = books.make_tables

    def overtaken(db: sqlite3.Connection) -> None:
        monkeypatch.setattr(books, "make_tables", make_tables)
        make_tables(db)
        assert cli("contact add Anna").status == 0

    monkeypatch.setattr(os, "link", link)
    monkeypatch.setattr(books, "make_tables", overtaken)
    ended = cli("contact list --json")
    assert [contact["name"] for contact in ended.json] == ["Anna"]
    assert not list(home.glob(".*"))
