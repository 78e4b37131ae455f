"""What other tools export: a small file of each, with its real header, and what is made of it.

The people and jobs are made up. Where each header was read is said beside it: in the file of a public repository, or,
where only "programs" are named, in the sources and fixtures of several that read or write such files.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.core.refusal import Refusal
from followup.transfer.columns import match_columns
from followup.transfer.records import Aside, BadRow, ContactRow, SaleRow
from followup.transfer.rows import read_contacts, read_sales, settle_date_order
from followup.transfer.sifting import PassedRow
from followup.transfer.table import read_table
from followup.transfer.tools import TOOLS, Kind, Tool, recognised

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]

SUNDAY = date(2026, 11, 22)
FOLDER = Path(__file__).parent / "tools"


def tool_of(name: str) -> Tool | None:
    return recognised(read_table(FOLDER / f"{name}.csv").header)


def sales_of(path: Path) -> list[SaleRow | BadRow | PassedRow]:
    table = read_table(path)
    columns = match_columns(table.header, "sales", {})
    order = settle_date_order(table, columns.index("date"), columns.date_order)
    return list(read_sales(table, columns, order, "EUR", SUNDAY))


def contacts_of(path: Path) -> list[ContactRow | BadRow | Aside]:
    table = read_table(path)
    columns = match_columns(table.header, "contacts", {})
    order = settle_date_order(table, columns.index("birthday"), None)
    return list(read_contacts(table, columns, order, SUNDAY))


def sold(rows: list[SaleRow | BadRow | PassedRow]) -> list[tuple[object, ...]]:
    return [
        (row.name or row.email, str(row.completed), row.title, row.amount, row.currency, row.ref)
        for row in rows
        if isinstance(row, SaleRow)
    ]


def passed_over(rows: list[SaleRow | BadRow | PassedRow]) -> list[str]:
    return [row.what for row in rows if isinstance(row, PassedRow)]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("google", "Google Contacts"),  # README of bvpelt/adresbook, and programs
        ("google_older", "Google Contacts, older form"),  # programs
        ("outlook", "Outlook"),  # programs; much the same in README.md of akitten/csv-linkedin-parser
        ("outlook_com", "Outlook"),  # programs
        ("linkedin", "LinkedIn"),  # programs, with the notice above it
        ("stripe_unified", "Stripe payments"),  # programs; their choice of columns differs, the order hardly
        ("stripe_payments", "Stripe payments"),  # programs that read charges
        ("stripe_invoices", "Stripe invoices"),  # programs, by the names of columns: their order is not known
        ("paypal", "PayPal"),  # examples/csv/paypal-custom.csv.rules of simonmichael/hledger
        ("paypal_german", "PayPal"),  # programs
        ("paypal_german_short", "PayPal"),  # programs
        ("square", "Square"),  # src/test/java/vfcorp/smartwool/CsvExamples.java of PratikeshG/BenNJerry, and programs
        ("wise_transactions", "Wise transactions"),  # examples/csv/Wise.rules of simonmichael/hledger, and programs
        ("wise_statement", "Wise statement"),  # programs
        ("wave", "Wave"),  # tests/Feature/Import/wave_invoices.csv of invoiceninja/invoiceninja
        ("freshbooks", "FreshBooks"),  # tests/Feature/Import/freshbooks_invoices.csv of invoiceninja/invoiceninja
        ("quickbooks", "QuickBooks"),  # programs, with the rows above and below
        ("quickbooks_flat", "QuickBooks"),  # programs
        ("xero", "Xero"),  # programs
        ("xero_template", "Xero"),  # programs that write it for Xero to read
        ("zoho_invoice", "Zoho Invoice"),  # tests/Feature/Import/zoho_invoices.csv of invoiceninja/invoiceninja
        ("harvest", "Harvest"),  # programs
        ("toggl", "Toggl"),  # README of wiseleyb/toggl_to_harvest
        ("apple_table", None),  # a script for Contacts on the Mac, which itself writes no CSV
    ],
)
def test_an_export_is_recognised_by_its_header(file: str, name: str | None) -> None:
    tool = tool_of(file)
    assert (tool.name if tool else None) == name


def test_every_tool_has_an_example() -> None:
    shown = {tool.name for path in FOLDER.glob("*.csv") if (tool := tool_of(path.stem))}
    assert shown == {tool.name for tool in TOOLS if not tool.own}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "stripe_unified",
            [
                ("Anna Field", "2026-11-19", "Website", 120000, "EUR", "pi_1"),
                ("ben@example.com", "2026-11-18", "Logo", 10000, "EUR", "pi_2"),
                ("cleo@example.com", "2026-11-17", "Payment", 10000, "EUR", "pi_3"),
            ],
        ),
        ("stripe_payments", [("Anna Field", "2026-11-19", "Website", 120000, "USD", "ch_1")]),
        (
            "stripe_invoices",
            [
                ("Anna", "2026-11-19", "Invoice ABC-0001", 123456, "EUR", "ABC-0001"),
                ("Ben", "2026-11-19", "Invoice ABC-0002", 8000, "EUR", "ABC-0002"),
            ],
        ),
        (
            "paypal",
            [
                ("Anna Field", "2026-11-19", "Website", 120000, "USD", "1AB"),
                ("Ben Kay", "2026-11-18", "Logo", 10000, "USD", "2CD"),
                ("Ben Kay", "2026-11-20", "Payment", -10000, "USD", "2CD"),
                ("Cleo Dane", "2026-11-17", "Payment", 8000, "USD", "4GH"),
                ("Cleo Dane", "2026-11-20", "Payment", -3000, "USD", "4GH"),
            ],
        ),
        (
            "paypal_german",
            [
                ("Anna Feld", "2026-11-19", "Website", 120000, "EUR", "1AB"),
                ("Ben Kai", "2026-11-18", "Logo", 10000, "EUR", "2CD"),
                ("Ben Kai", "2026-11-20", "Payment", -10000, "EUR", "2CD"),
            ],
        ),
        ("paypal_german_short", [("Anna Feld", "2026-11-19", "Payment", 350, "EUR", "0Y2")]),
        (
            "square",
            [
                ("Anna Field", "2026-11-19", "Website", 123456, "USD", "SQA"),
                ("Ben Kay", "2026-11-18", "Mug", 1200, "USD", "SQB"),
                ("Ben Kay", "2026-11-20", "Mug", -1200, "USD", "SQB"),
            ],
        ),
        ("wise_transactions", [("Studio Kay Ltd", "2026-11-19", "Invoice 7", 250000, "USD", "TRANSFER-1")]),
        ("wise_statement", [("Studio Kay Ltd", "2026-11-05", "Invoice 7", 250000, "EUR", "TRANSFER-1")]),
        (
            "wave",
            [
                ("Anna Field", "2026-11-19", "Website", 120000, "EUR", "2"),
                ("Anna Field", "2026-11-19", "Hosting", 3000, "EUR", "2"),
                ("Ben Kay", "2026-11-19", "Logo", 10000, "EUR", "3"),
                ("Ben Kay", "2026-11-19", "Refund of 3", -10000, "EUR", "3"),
            ],
        ),
        (
            "freshbooks",
            [
                ("Studio Field", "2026-11-19", "Website", 120000, "USD", "0000001"),
                ("Studio Field", "2026-11-19", "Hosting", 3000, "USD", "0000001"),
                ("Ben Kay", "2026-11-19", "Logo", 10000, "USD", "0000002"),
            ],
        ),
        (
            "quickbooks",
            [
                ("Anna Field", "2026-11-19", "Website", 120000, "EUR", "2001"),
                ("Anna Field", "2026-11-19", "Hosting", 3000, "EUR", "2001"),
                ("Ben Kay", "2026-11-18", "Logo", 10000, "EUR", "2002"),
            ],
        ),
        ("quickbooks_flat", [("Anna Field", "2026-11-19", "Design", 120000, "EUR", "2001")]),
        (
            "xero",
            [
                ("Anna Field", "2026-11-19", "Website", 120000, "NZD", "INV-1"),
                ("Anna Field", "2026-11-19", "Hosting", 3000, "NZD", "INV-1"),
                ("Ben Kay", "2026-11-18", "Logo", 10000, "NZD", "INV-2"),
                ("Ben Kay", "2026-11-20", "Logo", -10000, "NZD", "INV-2"),
            ],
        ),
        ("xero_template", [("Anna Field", "2026-11-19", "Labour", 37500, "EUR", "INV-1")]),
        (
            "zoho_invoice",
            [
                ("Anna Field", "2026-11-19", "Website", 120000, "USD", "INV-1"),
                ("Anna Field", "2026-11-19", "Hosting", 3000, "USD", "INV-1"),
                ("Ben Kay", "2026-11-19", "Logo", 10000, "USD", "INV-2"),
            ],
        ),
        (
            "harvest",
            [
                ("Studio Field", "2026-11-19", "Website", 2016000, "SEK", "101"),
                ("Ben Kay", "2026-11-18", "Invoice 102", 42500, "EUR", "102"),
            ],
        ),
        (
            "toggl",
            [
                ("Studio Field", "2026-10-20", "Website", 24050, "USD", "Studio Field, Website, 2026-10"),
                ("Studio Field", "2026-11-02", "Website", 4000, "USD", "Studio Field, Website, 2026-11"),
                ("Ben Kay", "2026-11-03", "Work", 2000, "USD", "Ben Kay, Work, 2026-11"),
            ],
        ),
    ],
)
def test_the_sales_of_an_export_are_read(file: str, expected: list[tuple[object, ...]]) -> None:
    rows = sales_of(FOLDER / f"{file}.csv")
    assert sold(rows) == expected
    assert not any(isinstance(row, BadRow) for row in rows)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("stripe_unified", ["failed", "requires_payment_method", "no customer"]),
        ("stripe_payments", ["failed"]),
        ("stripe_invoices", ["void", "draft"]),
        (
            "paypal",
            [
                "general withdrawal",
                "outgoing",
                "refund received",
                "general currency conversion",
                "general currency conversion",
                "bank deposit to pp account",
                "pending",
                "memo",
            ],
        ),
        (
            "paypal_german",
            [
                "bankgutschrift auf paypal-konto",
                "outgoing",
                "allgemeine währungsumrechnung",
                "von nutzer eingeleitete abbuchung",
                "ausstehend",
            ],
        ),
        ("paypal_german_short", ["outgoing", "bankgutschrift auf paypal-konto"]),
        ("square", ["no customer", "failed", "no customer"]),
        ("wise_transactions", ["own transfer", "out", "cancelled", "neutral"]),
        ("wise_statement", ["no customer", "outgoing", "no customer"]),
        ("wave", ["asset", "asset", "asset", "no customer", "expense"]),
        ("freshbooks", ["draft"]),
        ("quickbooks", ["total", "total", "total"]),
        ("quickbooks_flat", ["estimate"]),
        ("xero", ["draft", "bill", "sales overpayment"]),
        ("xero_template", []),
        ("zoho_invoice", ["draft", "void"]),
        ("harvest", ["estimate"]),
        ("toggl", ["not billable", "no customer"]),
    ],
)
def test_what_is_no_sale_is_passed_over_by_its_name(file: str, expected: list[str]) -> None:
    assert passed_over(sales_of(FOLDER / f"{file}.csv")) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "google",
            [
                ContactRow(
                    line=2,
                    name="Anna Maria Field",
                    emails=("anna@example.com", "studio@example.com", "anna.field@example.org"),
                    phones=("+49 170 1234567",),
                    company="Studio Field",
                    address="Weg 1\n10115 Berlin\nDE",
                    birthday="--06-15",
                    tags=("Clients",),
                    notes="Met at the fair",
                    left_out=("Organization Title",),
                ),
                ContactRow(line=5, name="Ben Kay", phones=("030 7654321",)),
            ],
        ),
        (
            "google_older",
            [
                ContactRow(
                    line=2,
                    name="Anna Maria Field",
                    emails=("anna@example.com",),
                    phones=("+49 170 1234567",),
                    company="Studio Field",
                    birthday="1980-06-15",
                    tags=("Clients",),
                    language="de",
                )
            ],
        ),
        (
            "outlook",
            [
                ContactRow(
                    line=2,
                    name="Anna Maria Field",
                    emails=("anna@example.com",),
                    phones=("(217) 555-0101", "(217) 555-0102"),
                    company="Studio Field",
                    address="Main St 1\nSpringfield, IL 62701\nUSA",
                    birthday="1980-06-15",
                    tags=("Clients", "Choir"),
                    left_out=("Title", "E-mail Display Name"),
                ),
                ContactRow(line=3, name="Ben Kay", phones=("(217) 555-0103",)),
            ],
        ),
        (
            "outlook_com",
            [
                ContactRow(
                    line=2,
                    name="Anna Maria Field",
                    emails=("anna@example.com", "studio@example.com"),
                    phones=("+49 170 1234567",),
                    company="Studio Field",
                    address="Gasse 2\n1010 Wien",
                    birthday="1980-06-15",
                    notes="Met at the fair",
                )
            ],
        ),
        (
            "linkedin",
            [
                ContactRow(
                    line=5,
                    name="Anna Field",
                    company="Studio Field, Inc.",
                    handles={"linkedin": "anna-field-1a2b3c"},
                    left_out=("Position", "Connected On"),
                ),
                ContactRow(
                    line=6,
                    name="Ben Kay",
                    emails=("ben@example.com",),
                    handles={"linkedin": "benkay"},
                    left_out=("Connected On",),
                ),
            ],
        ),
        (
            "apple_table",
            [
                ContactRow(
                    line=2,
                    name="Anna Maria Field",
                    emails=("anna@example.com", "studio@example.com"),
                    phones=("030 1234567", "+49 170 1234567"),
                    company="Studio Field",
                    address="Weg 1\n10115 Berlin",
                    birthday="1980-06-15",
                    notes="Met at the fair",
                    left_out=("Job Title",),
                )
            ],
        ),
    ],
)
def test_the_people_of_an_address_book_are_read(file: str, expected: list[ContactRow]) -> None:
    assert contacts_of(FOLDER / f"{file}.csv") == expected


def test_a_connection_whose_account_is_closed_is_left_out_and_told_of(tmp_path: Path) -> None:
    file = tmp_path / "Connections.csv"
    closed, nameless = ",,,,,,02 Jan 2020\n", ",,https://www.linkedin.com/in/anna,,,,02 Jan 2020\n"
    file.write_text((FOLDER / "linkedin.csv").read_text(encoding="utf-8-sig") + closed + nameless)
    assert contacts_of(file)[2:] == [
        Aside(7, "empty row", "the row is left out: it names nobody"),
        BadRow(8, "the name is empty: give one"),
    ]


# Taken into a home


@pytest.mark.parametrize("file", sorted(path.stem for path in FOLDER.glob("*.csv")))
def test_an_export_a_second_time_adds_nothing(cli: Cli, file: str) -> None:
    tool = tool_of(file)
    kind: Kind = tool.kind if tool else "contacts"
    line = f"import {kind} {FOLDER / f'{file}.csv'} --json"
    dry = cli(f"{line} --dry-run")
    assert cli("contact list --json").json == []
    first = cli(line)
    assert (first.status, first.json) == (0, dry.json)
    assert first.json["added"] > 0
    again = cli(line).json
    assert (again["added"], again["updated"]) == (0, 0)
    taken = sum(first.json[key] for key in ("added", "updated", "unchanged"))
    assert again["unchanged"] == taken


def test_what_was_passed_over_is_counted_and_told(cli: Cli) -> None:
    result = cli(f"import sales {FOLDER / 'wave.csv'} --json")
    assert result.json["passed_over"] == {"asset": 3, "no customer": 1, "expense": 1}
    assert result.err.endswith("passed over, being no sales: asset: 3, no customer: 1, expense: 1\n")


@pytest.mark.parametrize(
    ("file", "canceled"),
    [
        ("stripe_unified", [False, True, False]),
        ("paypal", [False, True, False]),
        ("paypal_german", [False, True]),
        ("square", [False, True]),
        ("wave", [False, False, True]),
        ("xero", [False, False, True]),
    ],
)
def test_a_refund_cancels_the_sale_that_it_names_and_a_part_does_not(cli: Cli, file: str, canceled: list[bool]) -> None:
    cli(f"import sales {FOLDER / f'{file}.csv'}")
    found = sorted(cli("sale list --json").json, key=lambda sale: sale["id"])
    assert [sale["canceled"] for sale in found] == canceled


def test_a_refund_of_a_part_is_told(cli: Cli) -> None:
    [remark] = cli(f"import sales {FOLDER / 'paypal.csv'} --json").json["rejected"]
    assert remark == {
        "line": 6, "reason": "30.00 USD of 80.00 USD for 4GH was paid back: sale 3 stays, see followup sale edit"
    }  # fmt: skip
    [remark] = cli(f"import sales {FOLDER / 'stripe_unified.csv'} --json").json["notices"]
    assert remark["line"] == 4
    assert "of 100.00 EUR 30.00 was paid back" in remark["reason"]


STRIPE = "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer Email\n"


def test_a_payment_refunded_after_its_import_is_cancelled_by_the_next(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "unified_payments.csv"
    file.write_text(f"{STRIPE}ch_1,2026-11-20 10:00:00,100.00,0.00,eur,Paid,anna@example.com\n")
    assert cli(f"import sales {file} --json").json["added"] == 1
    file.write_text(f"{STRIPE}ch_1,2026-11-20 10:00:00,100.00,100.00,eur,Refunded,anna@example.com\n")
    assert cli(f"import sales {file} --json").json["updated"] == 1
    assert cli("sale show 1 --json").json["sale"]["canceled"] is True
    assert cli("due --ahead 1y --all --json").json == []
    assert cli(f"import sales {file} --json").json["unchanged"] == 1


def test_a_refund_of_an_unknown_payment_is_rejected(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "paypal.csv"
    lines = (FOLDER / "paypal.csv").read_text(encoding="utf-8-sig").splitlines()
    file.write_text("\n".join([lines[0], lines[1], lines[3]]))
    result = cli(f"import sales {file} --partial --json").json
    assert result["added"] == 1
    [remark] = result["rejected"]
    assert "2CD is the number of no known invoice" in remark["reason"]
    assert cli(f"import sales {file}").status == 1


def test_a_credit_memo_that_names_no_invoice_is_rejected(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "quickbooks.csv"
    row = ",11/20/2026,Credit Memo,2003,Design,Website,1,-50.00,-50.00,0.00"
    text = (FOLDER / "quickbooks.csv").read_text()
    file.write_text(text.replace("Total for Ben Kay", f"{row}\nTotal for Ben Kay"))
    result = cli(f"import sales {file} --partial --json").json
    assert (result["added"], len(result["rejected"])) == (3, 1)
    assert "names no invoice" in result["rejected"][0]["reason"]


def test_a_column_can_be_mapped_in_a_known_export_too(cli: Cli) -> None:
    cli(f"import sales {FOLDER / 'freshbooks.csv'} --map 'Item Description=title' --map 'Item Name=category'")
    assert {(sale["title"], sale["category"]) for sale in cli("sale list --json").json} == {
        ("as agreed", "Website"), ("as agreed", "Hosting"), ("as agreed", "Logo"),
    }  # fmt: skip


def test_a_ragged_row_of_a_known_export_is_bad(tmp_path: Path) -> None:
    for name in ("quickbooks", "freshbooks", "toggl"):
        file = tmp_path / f"{name}.csv"
        text = (FOLDER / f"{name}.csv").read_text(encoding="utf-8-sig")
        file.write_text(text.rstrip().partition("\n\n\n")[0] + "\n,x\n")
        assert sum(isinstance(row, BadRow) for row in sales_of(file)) == 1


@pytest.mark.parametrize("spoilt", ["Ben\0 Kay,,,,,,,,,", '"Ben" Kay,,,,,,,,,'])
def test_sales_below_a_line_that_cannot_be_read_are_not_taken_for_those_of_the_person_above(
    tmp_path: Path, spoilt: str
) -> None:
    file = tmp_path / "quickbooks.csv"
    text = (FOLDER / "quickbooks.csv").read_text(encoding="utf-8-sig")
    assert "\nBen Kay,,,,,,,,,\n" in text
    file.write_text(text.replace("\nBen Kay,,,,,,,,,\n", f"\n{spoilt}\n"))
    rows = sales_of(file)
    assert [row[0] for row in sold(rows)] == ["Anna Field", "Anna Field"]
    assert sum(isinstance(row, BadRow) for row in rows) == 2


# Anything at all

HEADERS = st.sampled_from([path.read_bytes() for path in sorted(FOLDER.glob("*.csv"))])
ANY = st.binary(max_size=120) | st.text(alphabet='N;,\t\n\r"ä 0123456789/.-:@$()T', max_size=80).map(str.encode)


@given(HEADERS, ANY, st.integers(0, 3000))
def test_any_export_that_is_damaged_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, damage: bytes, at: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.csv"
    file.write_bytes(text[:at] + damage + text[at + len(damage) // 2 :])
    for read in (sales_of, contacts_of):
        try:
            assert all(row.line > 0 for row in read(file))
        except Refusal as refusal:
            assert str(refusal)
