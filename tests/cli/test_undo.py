"""Taking back changes, one after the other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]


def test_undo_takes_back_the_latest_change_and_says_which(cli: Cli) -> None:
    cli("contact add Ann")
    cli("sale add ann Logo")
    undone = cli("undo --json").json
    assert undone == {"undone": {"id": 2, "command": "sale add Ann: Logo", "day": "2026-11-22"}}
    assert cli("sale list --json").json == []
    assert cli("undo").out == "id\tday\tcommand\n1\t2026-11-22\tcontact add Ann\n"
    assert cli("contact list --json").json == []


def test_undo_with_nothing_left_is_refused(cli: Cli) -> None:
    result = cli("undo")
    assert result.status == 1
    assert "error: there is nothing to undo" in result.err


def test_the_list_has_the_latest_first_and_takes_nothing_back(cli: Cli) -> None:
    cli("contact add Ann", today="2026-11-20")
    cli("contact edit ann --note x")
    listed = [
        {"id": 2, "command": "contact edit Ann", "day": "2026-11-22"},
        {"id": 1, "command": "contact add Ann", "day": "2026-11-20"},
    ]
    assert cli("undo --list --json").json == listed
    assert cli("undo --list --json").json == listed
    assert cli("undo --list").out.splitlines() == [
        "id\tday\tcommand",
        "2\t2026-11-22\tcontact edit Ann",
        "1\t2026-11-20\tcontact add Ann",
    ]


def test_an_empty_list_is_no_error(cli: Cli) -> None:
    assert cli("undo --list --json").json == []


def test_who_comes_back_under_a_name_that_an_earlier_version_folded_otherwise_is_found(cli: Cli, home: Path) -> None:
    cli("contact add 'Łukasz Øre'")
    cli("contact edit 1 --name Zed")
    with closing(sqlite3.connect(home / "followup.db")) as db, db:
        earlier = "UPDATE journal SET statement = replace(statement, 'lukasz ore', 'łukasz øre')"
        assert db.execute(f"{earlier} WHERE statement LIKE '%lukasz%'").rowcount
    cli("undo")
    assert cli("contact show lukasz --json").json["name"] == "Łukasz Øre"


def test_undo_passes_over_a_new_day(cli: Cli) -> None:
    cli("contact add Ann --email a@example.com")
    cli("sale add ann Logo")
    before = cli("due --json", today="2026-11-24").json
    assert before
    cli("due", today="2026-12-24")
    assert cli("undo --json", today="2026-11-24").json["undone"]["command"] == "sale add Ann: Logo"
    assert cli("due --json", today="2026-11-24").json == []


def test_every_change_is_taken_back_exactly(cli: Cli) -> None:
    steps = [
        "contact add Ann --email a@example.com --phone 030123 --tag t --birthday 1980-02-03",
        "sale add ann Logo --amount 100 --warranty 1y",
        "log perk ann --code SPRING --expires 2027-01-01",
        "sale add ann Cards --perk SPRING",
        "contact edit ann --name 'Ann Lee' --email '' --phone 040456 --tag ''",
        "contact opt-out ann --channel phone",
        "contact lost ann --reason moved --note gone",
        "sale add ann Sign",
        "sale add Bob Site --new --email b@example.com",
        "sale edit 1 --on 2026-10-01 --title Brand --amount ''",
        "sale cancel 1",
        "contact regain ann",
    ]
    shown = "contact list --json", "sale list --json", "event list --json", "due --all --ahead '5 years' --json"
    states = [[cli(line).out for line in shown]]
    done = []
    for step in steps:
        if cli(step).status == 0:
            done.append(step)
            states.append([cli(line).out for line in shown])
    assert len(done) == len(steps) - 1, "she was regained by the sale"
    for state in reversed(states[:-1]):
        assert cli("undo").status == 0
        assert [cli(line).out for line in shown] == state
