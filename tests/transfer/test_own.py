"""The tables of our own export, imported as any other file is: every column comes back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.transfer.archive import cell
from followup.transfer.spreadsheet import apart, unguarded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

LINES = (
    "contact add 'Anna Field' --email anna@example.com --phone '+49 30 1234' --company 'Field; Sons'"
    " --handle linkedin:anna --handle whatsapp:+491701234 --tag vip --tag choir --note '=1+1; and \\ so on'"
    " --date renewal=2027-01-02 --date party=2027-03-04 --every 3m --prefer phone --language de --address 'Weg 1'"
    " --birthday 1980-06-15",
    "contact edit anna --email anna@example.com --email a.field@example.org",
    "contact opt-out anna --channel sms",
    "contact add 'Ben Kay' --birthday --02-29",
    "contact lost ben --reason moved",
    "sale add anna Logo --amount 1200.50 --on 2026-11-01 --warranty 2y --service-every 6m --lasts 1y --ref R-1"
    " --date refund_until=2026-12-01 --tag a --tag b --category Design --note 'x; y'",
    "sale add anna Cards --amount '5 JPY' --on 2026-11-02",
    "sale add anna Sign --on 2026-11-03",
    "sale cancel 2",
    "log claim anna --sale 3",
    "close anna --outcome refunded",
)


@pytest.fixture
def exported(cli: Cli, tmp_path: Path) -> tuple[Path, dict[str, object]]:
    """A folder with the export of a home, and what the home has; a new home is in its place."""
    for line in LINES:
        assert cli(line, today="2026-11-10").status == 0, line
    folder, had = tmp_path / "out", held(cli)
    assert cli(f"export {folder}").status == 0
    (tmp_path / "home").rename(tmp_path / "before")
    return folder, had


def held(cli: Cli) -> dict[str, object]:
    """What a home has of contacts and sales; what it plans depends on its events too."""
    contacts = [cli(f"contact show {found['id']} --json").json for found in cli("contact list --json").json]
    for contact in contacts:
        for key in ("last_contact", "recent_touches", "planned"):
            del contact[key]
    return {"contacts": contacts, "sales": sorted(cli("sale list --json").json, key=lambda sale: sale["id"])}


def test_contacts_and_sales_come_back_as_they_were(cli: Cli, exported: tuple[Path, dict[str, object]]) -> None:
    folder, had = exported
    assert cli(f"import contacts {folder / 'contacts.csv'} --json").json["added"] == 2
    found = cli(f"import sales {folder / 'sales.csv'} --json").json
    assert (found["added"], found["contacts_added"]) == (3, 0)
    assert held(cli) == had


def test_the_same_export_again_changes_nothing(cli: Cli, exported: tuple[Path, dict[str, object]]) -> None:
    folder, had = exported
    for _ in range(2):
        contacts = cli(f"import contacts {folder / 'contacts.csv'} --json").json
        sales = cli(f"import sales {folder / 'sales.csv'} --json").json
    assert (contacts["added"], contacts["updated"], contacts["unchanged"]) == (0, 0, 2)
    assert (sales["added"], sales["updated"], sales["unchanged"]) == (0, 0, 3)
    assert held(cli) == had


def test_an_export_taken_in_where_it_came_from_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    jobs = tmp_path / "jobs.csv"
    jobs.write_text("Name,Date,Title,Amount\nAnna Field,2026-11-03,Sign,5\nAnna Field,2026-11-03,Sign,5\n")
    for line in (*LINES, f"import sales {jobs}", "sale edit 4 --ref INV-7", f"export {tmp_path / 'out'}"):
        assert cli(line, today="2026-11-10").status == 0, line
    had = held(cli)
    found = cli(f"import sales {tmp_path / 'out' / 'sales.csv'} --json").json
    assert (found["added"], found["updated"], found["unchanged"], found["rejected"]) == (0, 0, 5, [])
    assert held(cli) == had
    found = cli(f"import sales {jobs} --json").json
    assert (found["added"], found["unchanged"]) == (0, 2)


def test_sales_alone_bring_their_contacts(cli: Cli, exported: tuple[Path, dict[str, object]]) -> None:
    folder, _ = exported
    assert cli(f"import sales {folder / 'sales.csv'} --json").json["contacts_added"] == 1
    anna = cli("contact show anna --json").json
    assert (anna["email"], anna["phone"], anna["company"]) == ("anna@example.com", "+49 30 1234", "Field; Sons")


@pytest.mark.parametrize(
    ("table", "column", "text", "says"),
    [
        ("contacts", "email", "anna", "not an e-mail address"),
        ("contacts", "phones", "none", "not a phone number"),
        ("contacts", "birthday", "1066-01-01", "year"),
        ("contacts", "handles", "icq:1", "'icq' is no network"),
        ("contacts", "dates", "renewal", "no named date"),
        ("contacts", "dates", "re newal=2026-12-01", "no named date"),
        ("contacts", "dates", "renewal=9999-12-31", "years go from 1900 to 2200"),
        ("contacts", "language", "../../x", "no language"),
        ("contacts", "every", "often", "not a period"),
        ("contacts", "opted_out", "fax", "'fax' is no channel"),
        ("contacts", "lost_reason", "bored", "'bored' is no reason"),
        ("contacts", "added", "yesterday", "not a date"),
        ("sales", "title", "", "the title is empty"),
        ("sales", "completed", "", "the date is empty"),
        ("sales", "completed", "9999-12-31", "years go from 1900 to 2200"),
        ("sales", "amount", "much", "no amount of money"),
        ("sales", "currency", "XYZ", "no currency known"),
        ("sales", "lasts", "long", "not a period"),
        ("contacts", "name", "", "the name is empty"),
        ("sales", "name", "", "the name is empty"),
    ],
)
def test_a_bad_cell_is_told_with_its_line(
    cli: Cli, exported: tuple[Path, dict[str, object]], table: str, column: str, text: str, says: str
) -> None:
    import csv

    file = exported[0] / f"{table}.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    rows[0][column] = text
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    rejected = cli(f"import {table} {file} --partial --json").json["rejected"]
    assert [row["line"] for row in rejected] == [2]
    assert says in rejected[0]["reason"]


def test_a_backslash_at_the_end_of_a_cell_takes_nothing_away_and_no_time() -> None:
    start = time.process_time()
    assert apart("a; " + "b" * 50_000 + "\\") == ["a", "b" * 50_000 + "\\"]
    assert time.process_time() - start < 5  # hardly any; minutes where each letter begins a search of its own


@given(st.lists(st.text(min_size=1)))
def test_several_values_in_a_cell_are_told_apart(values: list[str]) -> None:
    assert apart(unguarded(str(cell(values, "list")))) == values
