"""Importing files: taken whole or not at all, told again without effect, and planned as if it were today."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]
    File = Callable[..., Path]
    Held = Callable[[], dict[str, object]]

JOBS = """\
Customer,Email,Date,Description,Invoice,Amount,Currency
Anna Field,anna@example.com,2026-11-20,Logo,2026-1,120.00,EUR
Anna Field,anna@example.com,2026-11-20,Cards,2026-1,30.50,EUR
Ben Kay,ben@example.com,2026-11-19,Website,2026-2,1200.00,EUR
"""
PLAIN = """\
Name;Datum;Leistung;Betrag
Anna Feld;20.11.2026;Logo;120,00 €
Anna Feld;20.11.2026;Logo;120,00 €
Ben Kai;19.11.2026;Website;1.200,00 €
"""
PEOPLE = """\
Full Name,E-mail,Phone,Company,Birthday
Anna Field,anna@example.com,+49 30 1234567,Studio Field,1980-06-15
Ben Kay,ben@example.com,,,
"""


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Writes a CSV file and gives its path."""

    def write(text: str, name: str = "jobs.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def numbers(result: Result) -> tuple[int, int, int, int]:
    document = result.json
    return document["added"], document["updated"], document["unchanged"], len(document["rejected"])


# What comes in


@pytest.mark.first_start
def test_a_file_of_sales_brings_its_contacts(cli: Cli, file: File) -> None:
    result = cli(f"import sales {file(JOBS)} --json")
    assert (result.status, result.err.count("\n")) == (0, 1)  # the new home
    assert result.json == {
        "added": 3, "updated": 0, "unchanged": 0, "contacts_added": 2, "rejected": [], "notices": [],
        "left_out": {}, "passed_over": {},
    }  # fmt: skip
    sales = cli("sale list --json").json
    assert [(s["contact"]["name"], s["title"], s["amount"], s["completed"], s["ref"]) for s in sales] == [
        ("Ben Kay", "Website", "1200.00", "2026-11-19", "2026-2"),
        ("Anna Field", "Logo", "120.00", "2026-11-20", "2026-1"),
        ("Anna Field", "Cards", "30.50", "2026-11-20", "2026-1"),
    ]
    assert cli("contact show anna --json").json["email"] == "anna@example.com"
    assert {line["contact"]["name"] for line in cli("due --ahead 1w --all --json").json} == {"Anna Field", "Ben Kay"}


def test_a_file_of_contacts_is_taken_in(cli: Cli, file: File) -> None:
    assert numbers(cli(f"import contacts {file(PEOPLE)} --json")) == (2, 0, 0, 0)
    anna = cli("contact show anna --json").json
    assert (anna["phone"], anna["company"], anna["birthday"]) == ("+49 30 1234567", "Studio Field", "1980-06-15")
    assert numbers(cli(f"import contacts {file(PEOPLE)} --json")) == (0, 0, 2, 0)


def test_a_pipe_gets_the_counts_under_a_header(cli: Cli, file: File) -> None:
    cli("contact list")
    result = cli(f"import sales {file(JOBS)}")
    assert result.out == "added\tupdated\tunchanged\tcontacts_added\trejected\n3\t0\t0\t2\t0\n"
    assert result.err == ""
    assert cli(f"import contacts {file(PEOPLE)}").out == "added\tupdated\tunchanged\trejected\n0\t1\t1\t0\n"


def test_columns_of_sales_that_have_no_place_are_counted_and_told(cli: Cli, file: File) -> None:
    cli("contact list")
    path = file("Customer,Date,Total (USD),VAT,Hours\nAnna,2026-11-20,12,2,3\nBen,2026-11-20,5,,1\n")
    result = cli(f"import sales {path} --json")
    assert result.json["left_out"] == {"VAT": 1, "Hours": 2}
    assert result.err == "left out, for want of a place: Hours: 2, VAT: 1\n"
    assert {(sale["amount"], sale["currency"]) for sale in cli("sale list --json").json} == {
        ("12.00", "USD"), ("5.00", "USD"),
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_usual_kind_of_csv_is_simply_read(cli: Cli, file: File, encoding: str, delimiter: str) -> None:
    path = file("")
    rows = [("Name", "Datum", "Leistung", "Betrag"), ("José Grün", "2026-11-20", "Menü", "12")]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    assert cli(f"import sales {path}").status == 0
    assert cli("sale list --json").json[0]["contact"]["name"] == "José Grün"


def test_a_column_that_is_mapped_twice_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("Name,Date,Description\nAnn,2026-11-01,Logo\n")
    answer = cli(f"import sales {tmp_path / 'sales.csv'} --map Name=ref --map Name=name")
    assert (answer.status, answer.err.splitlines()[-1]) == (1, "error: 'Name' is mapped twice: map it once")


def test_columns_of_other_names_are_mapped(cli: Cli, file: File) -> None:
    path = file("Wer,Wann,Was,=Preis\nAnna Field,2026-11-20,Logo,12\n")
    assert "no column for the person" in cli(f"import sales {path}").err
    result = cli(f"import sales {path} --map wer=name --map Wann=date --map Was=title --map '=Preis=amount'")
    assert result.status == 0
    assert cli("sale list --json").json[0]["amount"] == "12.00"


def test_a_file_whose_amounts_were_not_known_gains_them_when_it_comes_again(cli: Cli, file: File) -> None:
    rows = "Name,Datum,Leistung,{}\nAnna Feld,2026-11-20,Logo,120\nAnna Feld,2026-11-20,Logo,90\n"
    cli(f"import sales {file(rows.format('Zu zahlen'))}")
    again = f"import sales {file(rows.format('Betrag in EUR'))} --json"
    assert (numbers(cli(again)), numbers(cli(again))) == ((0, 2, 0, 0), (0, 0, 2, 0))
    assert {sale["amount"] for sale in cli("sale list --json").json} == {"120.00", "90.00"}
    assert cli("undo").status == 0
    assert {sale["amount"] for sale in cli("sale list --json").json} == {None}


def test_dates_that_cannot_tell_day_from_month_ask_for_the_order(cli: Cli, file: File) -> None:
    path = file("Name,Date,Title\nAnna,02/03/2026,Logo\nBen,04/05/2026,Cards\n")
    result = cli(f"import sales {path}")
    assert (result.status, "--date-order DMY or MDY" in result.err) == (1, True)
    assert cli(f"import sales {path} --date-order mdy").status == 0
    assert [sale["completed"] for sale in cli("sale list --json").json] == ["2026-02-03", "2026-04-05"]


def test_dates_are_settled_by_the_whole_column(cli: Cli, file: File) -> None:
    path = file("Name,Date,Title\nAnna,02/03/2026,Logo\nBen,14/05/2026,Cards\n")
    cli(f"import sales {path}")
    assert [sale["completed"] for sale in cli("sale list --json").json] == ["2026-03-02", "2026-05-14"]


# A second time


@pytest.mark.parametrize("text", [JOBS, PLAIN])
def test_the_same_file_again_adds_nothing(cli: Cli, file: File, held: Held, text: str) -> None:
    assert numbers(cli(f"import sales {file(text)} --json")) == (3, 0, 0, 0)
    before = held()
    assert numbers(cli(f"import sales {file(text, 'renamed.csv')} --json", today="2026-11-22")) == (0, 0, 3, 0)
    assert cli("undo --list").out.count("import sales") == 1
    assert held() == before


@pytest.mark.parametrize("text", [JOBS, PLAIN])
@pytest.mark.parametrize(
    "since",
    [
        ["sale edit 1 --amount 99"],
        ["sale edit 1 --title Sign"],
        ["sale edit 1 --on 2026-01-02"],
        ["sale edit 1 --ref other", "sale edit 2 --ref 2026-2"],
        ["sale cancel 1"],
        ["sale cancel 1", "sale cancel 2", "sale edit 3 --amount 1 --title X --on 2026-02-03 --category c"],
        ["contact edit 1 --name Someone --email new@example.com"],
    ],
)
def test_what_was_edited_or_cancelled_since_stays_so(
    cli: Cli, file: File, held: Held, text: str, since: list[str]
) -> None:
    cli(f"import sales {file(text)}")
    for line in since:
        assert cli(line).status == 0
    before = held()
    assert numbers(cli(f"import sales {file(text)} --json")) == (0, 0, 3, 0)
    assert held() == before


def test_a_longer_file_adds_only_what_is_new(cli: Cli, file: File) -> None:
    cli(f"import sales {file(PLAIN)}")
    longer = PLAIN + "Anna Feld;20.11.2026;Logo;120,00 €\nCleo;21.11.2026;Logo;1 €\n"
    assert numbers(cli(f"import sales {file(longer)} --json")) == (2, 0, 3, 0)


def test_after_undo_it_adds_again(cli: Cli, file: File, held: Held) -> None:
    cli("contact add 'Ben Kay'")
    before = held()["followup.db"]
    cli(f"import sales {file(JOBS)}")
    assert cli("undo --json").json["undone"]["command"] == "import sales jobs.csv"
    assert cli("sale list --json").json == []
    assert [contact["name"] for contact in cli("contact list --json").json] == ["Ben Kay"]
    assert cli("contact show ben --json").json["emails"] == []
    assert [row for row in held()["followup.db"] if '"contacts"' in row and "INSERT" in row] == [
        row for row in before if '"contacts"' in row and "INSERT" in row
    ]
    assert numbers(cli(f"import sales {file(JOBS)} --json")) == (3, 0, 0, 0)


def test_the_same_number_with_another_amount_is_reported_and_the_rest_is_taken(cli: Cli, file: File) -> None:
    cli(f"import sales {file(JOBS)}")
    changed = JOBS.replace("30.50", "35.00") + "Cleo,,2026-11-21,Sign,2026-3,5,EUR\n"
    result = cli(f"import sales {file(changed)} --json")
    assert (result.status, numbers(result)) == (0, (1, 0, 2, 1))
    assert result.json["rejected"][0]["line"] == 3
    assert "invoice 2026-1 is 35.00 EUR here and was 30.50 EUR in sale 2" in result.json["rejected"][0]["reason"]
    assert result.err.startswith("line 3: invoice 2026-1")
    assert cli("sale show 2 --json").json["sale"]["amount"] == "30.50"


def test_a_credit_note_cancels_its_sale_once(cli: Cli, file: File, held: Held) -> None:
    cli(f"import sales {file(JOBS)}")
    noted = JOBS.replace("EUR\n", "EUR\nBen Kay,,2026-11-21,Credit,2026-2,-1200.00,EUR\n", 1)
    assert numbers(cli(f"import sales {file(noted)} --json")) == (0, 1, 3, 0)
    assert cli("sale show 3 --json").json["sale"]["canceled"] is True
    assert {line["contact"]["name"] for line in cli("due --ahead 1w --all --json").json} == {"Anna Field"}
    before = held()
    assert numbers(cli(f"import sales {file(noted)} --json")) == (0, 0, 4, 0)
    assert held() == before


# Bad rows

BAD = JOBS + "Cleo,cleo@example.com,2026-02-30,Sign,,5,EUR\n,,2026-11-20,Sign,,5,EUR\nDora,,2026-11-20,Sign,,-5,EUR\n"


def test_a_bad_row_refuses_the_whole_file_naming_each_line_and_reason(cli: Cli, file: File, held: Held) -> None:
    cli("due")
    before = held()
    result = cli(f"import sales {file(BAD)}")
    assert (result.status, result.out) == (1, "")
    assert result.err == (
        "error: jobs.csv was not taken: line 5: '2026-02-30' is no day of the calendar: check day and month; "
        "line 6: it names nobody: give a name; line 7: a negative amount that names no invoice: "
        "give the invoice's number, or take the row out (mend them, or --partial takes the good rows)\n"
    )
    assert held() == before


def test_a_refused_file_has_its_document_all_the_same(cli: Cli, file: File) -> None:
    cli("due")
    result = cli(f"import sales {file(BAD)} --json")
    assert (result.status, numbers(result)) == (1, (0, 0, 0, 3))
    assert [row["line"] for row in result.json["rejected"]] == [5, 6, 7]
    assert result.err.startswith("error: jobs.csv was not taken: line 5") and result.err.count("\n") == 1


def test_partial_takes_the_good_rows_and_reports_the_rest(cli: Cli, file: File) -> None:
    cli("due")
    result = cli(f"import sales {file(BAD)} --partial --json")
    assert (result.status, numbers(result)) == (0, (3, 0, 0, 3))
    assert [line.partition(":")[0] for line in result.err.splitlines()] == ["line 5", "line 6", "line 7"]
    assert len(cli("sale list --json").json) == 3


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("sales", JOBS + ",cleo@example.com,2026-11-20,Sign,2026-3,5,EUR\n"),
        ("contacts", PEOPLE + "Cleo,,,,\n,dora@example.com,,,\n"),
    ],
)
def test_a_row_without_a_name_refuses_the_file(cli: Cli, file: File, kind: str, text: str) -> None:
    result = cli(f"import {kind} {file(text)} --json")
    assert (result.status, numbers(result)) == (1, (0, 0, 0, 1))
    assert result.json["rejected"] == [{"line": 5, "reason": "the name is empty: give one"}]
    assert numbers(cli(f"import {kind} {file(text)} --partial --json")) == (3, 0, 0, 1)


UNCLOSED = "a quotation mark is opened in this row and never closed"


@pytest.mark.parametrize(
    ("spoilt", "reason", "taken"),
    [
        ("Ben\0 Kay", "it has a NUL character, which no text has: take it out", 2),
        ('"Ben Kay', f"{UNCLOSED}, so the rows below it cannot be told from its text", 1),
    ],
)
def test_a_row_that_is_no_row_is_rejected_as_other_bad_rows_are(
    cli: Cli, file: File, spoilt: str, reason: str, taken: int
) -> None:
    path = file("Name,Date,Title\nAnna,2026-11-20,Logo\nBen Kay,2026-11-20,Logo\nCleo,2026-11-20,Logo\n")
    path.write_text(path.read_text().replace("Ben Kay", spoilt))
    cli("due")
    refused = cli(f"import sales {path} --json")
    assert (refused.status, numbers(refused)) == (1, (0, 0, 0, 1))
    assert refused.json["rejected"] == [{"line": 3, "reason": reason}]
    assert refused.err.startswith(f"error: jobs.csv was not taken: line 3: {reason} (mend them")
    assert numbers(cli(f"import sales {path} --json --partial")) == (taken, 0, 0, 1)


def test_many_bad_rows_have_a_line_each(cli: Cli, file: File) -> None:
    cli("due")
    path = file("Name,Email\n" + "Anna,@\n" * 12)
    result = cli(f"import contacts {path}")
    *lines, last = result.err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"line {n}" for n in range(2, 14)]
    assert last.startswith("error: jobs.csv was not taken: 12 bad rows, named above")


@pytest.mark.parametrize("options", ["", "--partial"])
@pytest.mark.parametrize("text", [JOBS, BAD])
def test_a_dry_run_says_the_same_and_changes_nothing(cli: Cli, file: File, held: Held, text: str, options: str) -> None:
    cli("contact add 'Anna Field'")
    before = held()
    dry = cli(f"import sales {file(text)} --dry-run --json {options}")
    assert held() == before
    real = cli(f"import sales {file(text)} --json {options}")
    assert (dry.status, dry.out, dry.err) == (real.status, real.out, real.err)


# What it starts

STARTS = """
[[rule]]
name = "thank-you"
on = "sale"
after = "1 day"
channels = ["email"]
message = "thank-you"
weekend = "keep"

[[rule]]
name = "how-is-it-going"
on = "sale"
after = "20 days"
channels = ["email"]
message = "how-is-it-going"
weekend = "keep"

[[rule]]
name = "win-back"
on = "silence"
after = "10 days"
channels = ["email"]
message = "win-back"
weekend = "keep"

[[rule]]
name = "anniversary"
on = "anniversary"
channels = ["email"]
message = "anniversary"
weekend = "keep"
"""


def planned(cli: Cli, today: str = "2026-11-22") -> set[tuple[str, str]]:
    return {(line["rule"], line["due"]) for line in cli("due --ahead 13m --all --json", today=today).json}


def test_imported_sales_start_nothing_that_was_due_before_the_import(
    cli: Cli, file: File, rules: Callable[[str], None]
) -> None:
    rules(STARTS)
    path = file("Name,Email,Date,Title\nAnna,anna@example.com,2026-11-08,Logo\n")
    cli(f"import sales {path}")
    assert planned(cli) == {("how-is-it-going", "2026-11-28"), ("anniversary", "2027-11-08")}
    cli("undo")
    cli(f"import sales {path} --past")
    assert planned(cli) == {
        ("thank-you", "2026-11-09"),
        ("win-back", "2026-11-18"),
        ("how-is-it-going", "2026-11-28"),
        ("anniversary", "2027-11-08"),
    }


def test_what_is_due_on_the_day_of_the_import_is_started(cli: Cli, file: File, rules: Callable[[str], None]) -> None:
    rules(STARTS)
    path = file("Name,Email,Date,Title\nAnna,anna@example.com,2025-11-12,Logo\nAnna,anna@example.com,2026-11-12,Logo\n")
    cli(f"import sales {path}", today="2026-11-12")
    assert planned(cli, "2026-11-12") == {
        ("thank-you", "2026-11-13"),
        ("how-is-it-going", "2026-12-02"),
        ("win-back", "2026-11-22"),
        ("anniversary", "2026-11-12"),
    }


def test_a_sale_after_the_import_starts_silence_again(cli: Cli, file: File, rules: Callable[[str], None]) -> None:
    rules(STARTS)
    path = file("Name,Email,Date,Title\nAnna,anna@example.com,2026-11-08,Logo\n")
    cli(f"import sales {path}")
    cli("log call anna --on 2026-11-10")
    assert ("win-back", "2026-11-20") in planned(cli)


# A terminal


def test_a_terminal_sees_progress_and_a_sentence(home: Path, file: File) -> None:
    path = file("Name,Date,Title\n" + "".join(f"Client {n},2026-11-{n % 28 + 1:02},Logo\n" for n in range(4000)))
    main, side = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "FOLLOWUP_HOME": str(home)}
    command = [sys.executable, "-m", "followup", "--today", "2026-11-22", "import", "sales", str(path)]
    child = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=env)
    os.close(side)
    seen = b""
    while select.select([main], [], [], 30)[0]:
        try:
            piece = os.read(main, 65536)
        except OSError:  # Linux says EIO once the child has gone
            break
        if not piece:
            break
        seen += piece
    os.close(main)
    assert child.wait(timeout=30) == 0
    assert b"Importing jobs.csv" in seen
    assert "Imported: 4,000 added, 0 updated, 0 unchanged, 4,000 contacts added, 0 rejected." in seen.decode()
