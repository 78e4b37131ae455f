"""The exports of other tools: what each is recognised by, what its columns are, and which of its rows are sales."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from followup.core.identity import clean_line, fold

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["contacts", "sales"]
DateOrder = Literal["DMY", "MDY", "YMD"]


class Sieve(Struct, frozen=True):
    """Which rows count by what a column says: those that say one of `takes`, and none that has one of `drops` in it.

    Both are folded and parted by commas. A row that does not count is told as `called`, else as what the cell says.
    """

    column: str
    takes: str = ""
    drops: str = ""
    called: str = ""


class Refund(Struct, frozen=True):
    """Which rows pay back: those with one of `words` in a column, or with anything. `names` has what they pay back.

    A refund of a `payment` cancels it only if it is of the whole amount; an invoice is cancelled by its credit note.
    """

    column: str
    words: str
    names: str
    payment: bool = False


class Tool(Struct, frozen=True, kw_only=True):
    """One kind of file that a tool exports.

    Columns are named as they stand in the file, with `|` between what one may be called and `*` for any ending; of
    several in a row the first that is filled counts. A field of a contact that is not named is recognised by the usual
    names. `export` says what to export there. Beside the usual fields, a sale may have what was `paid_back` of it, a
    `price` for each of a `quantity`, and whom the money went `to`.

    `mixed` exports also hold other things: money that goes out, and what names nobody. `grouped` ones name the
    person in a row above theirs, in a first column without a name. The rows of `monthly` ones are pieces of work,
    joined by client, title and month.
    """

    name: str
    kind: Kind
    export: str
    known_by: tuple[str, ...]
    columns: dict[str, str] = {}
    unless: str = ""
    sieves: tuple[Sieve, ...] = ()
    refund: Refund | None = None
    untitled: str | None = None
    date_order: DateOrder | None = None
    mixed: bool = False
    grouped: bool = False
    monthly: bool = False
    own: bool = False


def recognised(header: Sequence[str], kind: Kind | None = None) -> Tool | None:
    """The tool that exported a file with this header, if it is a known one."""
    columns = tuple(map(plain, header))
    for tool in TOOLS:
        if kind not in (None, tool.kind) or (tool.unless and _found(tool.unless, columns)):
            continue
        if all(_found(names, columns) for names in tool.known_by):
            return tool
    return None


def places(names: str, header: Sequence[str]) -> tuple[int, ...]:
    """Where the columns stand that go by these names, in the order of the names."""
    return _found(names, tuple(map(plain, header)))


@lru_cache(maxsize=4096)
def plain(column: str) -> str:
    """A column's name for comparison: without case and accents, and without the star that marks what is required."""
    return fold(clean_line(column)).removeprefix("*")


def _found(names: str, columns: tuple[str, ...]) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for name in map(plain, names.split("|")):
        start = name.removesuffix("*")
        found |= {
            index: None
            for index, column in enumerate(columns)
            if (column.startswith(start) if start != name else column == name)
        }
    return tuple(found)


_UNSOLD = "draft, void, deleted, cancel"

TOOLS = (
    Tool(
        name="followup",
        kind="contacts",
        export="`followup export`: `contacts.csv`",
        known_by=("id", "name", "emails", "phones", "handles", "opted_out", "lost_on"),
        own=True,
    ),
    Tool(
        name="followup",
        kind="sales",
        export="`followup export`: `sales.csv`",
        known_by=("id", "contact_id", "title", "completed", "service_every", "warranty_until", "ref"),
        own=True,
    ),
    Tool(
        name="Google Contacts",
        kind="contacts",
        export="Export, Google CSV",
        known_by=("First Name", "Last Name", "Labels", "E-mail 1 - Value|Phone 1 - Value"),
    ),
    Tool(
        name="Google Contacts, older form",
        kind="contacts",
        export="Export, Google CSV",
        known_by=("Name", "Given Name", "Family Name", "E-mail 1 - Value|Phone 1 - Value"),
    ),
    Tool(
        name="Outlook",
        kind="contacts",
        export="File, Open & Export, Comma Separated Values; on outlook.com: Manage contacts, Export",
        known_by=("First Name", "Last Name", "E-mail Address", "Business Street"),
    ),
    Tool(
        name="LinkedIn",
        kind="contacts",
        export="Settings, Get a copy of your data: `Connections.csv`",
        known_by=("First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"),
        columns={"linkedin": "URL"},
        mixed=True,
    ),
    Tool(
        name="Stripe payments",
        kind="sales",
        export="Payments, Export, with the columns of the customer",
        known_by=("id", "Created*", "Amount", "Amount Refunded", "Status"),
        columns={
            "ref": "id",
            "date": "Created date*|Created (*|Created*",
            "amount": "Amount",
            "paid_back": "Amount Refunded",
            "currency": "Currency",
            "email": "Customer Email",
            "name": "Customer Name|Card Name|Customer Description",
            "title": "Description",
        },
        sieves=(Sieve("Status", takes="paid, succeeded, refunded, partially refunded, partial refund"),),
        untitled="Payment",
        mixed=True,
    ),
    Tool(
        name="Stripe invoices",
        kind="sales",
        export="Invoices, Export",
        known_by=("id", "Number", "Amount Due", "Total", "Customer", "Date (*|Created (*"),
        columns={
            "ref": "Number|id",
            "date": "Finalized At (*|Date (*|Created (*",
            "amount": "Total",
            "currency": "Currency",
            "email": "Customer Email",
            "name": "Customer Name|Customer Description",
            "title": "Description",
        },
        sieves=(Sieve("Status", drops=_UNSOLD),),
    ),
    Tool(
        name="PayPal",
        kind="sales",
        export="Activity, Download, CSV (in English or German)",
        known_by=(
            "Date|Datum",
            "Gross|Brutto",
            "Net|Netto",
            "From Email Address|Absender E-Mail-Adresse",
            "Transaction ID|Transaktionscode",
        ),
        columns={
            "ref": "Transaction ID|Transaktionscode",
            "date": "Date|Datum",
            "amount": "Gross|Brutto",
            "currency": "Currency|Währung",
            "email": "From Email Address|Absender E-Mail-Adresse",
            "name": "Name",
            "title": "Item Title|Artikelbezeichnung|Subject|Betreff",
            "note": "Note|Hinweis",
        },
        sieves=(
            Sieve(
                "Status",
                takes=(
                    "completed, refunded, partially refunded, reversed,"
                    "abgeschlossen, zuruckgezahlt, teilweise zuruckgezahlt, ruckerstattet"
                ),
            ),
            Sieve("Balance Impact|Auswirkung auf Guthaben", drops="memo"),
            Sieve(
                "Type|Typ|Description|Beschreibung",
                drops=(
                    "conversion, deposit, withdrawal, hold, authorization, fee, transfer, funding, cart, adjustment,"
                    "umrechnung, gutschrift, abbuchung, einbehalt, autorisierung, gebuhr, warenkorb, uberweisung"
                ),
            ),
        ),
        refund=Refund(
            "Type|Typ|Description|Beschreibung",
            words="refund, reversal, chargeback, ruckzahlung, ruckbuchung, ruckerstattung",
            names="Reference Txn ID|Zugehöriger Transaktionscode",
            payment=True,
        ),
        untitled="Payment",
        mixed=True,
    ),
    Tool(
        name="Square",
        kind="sales",
        export="Transactions, Export, Transactions CSV",
        known_by=("Date", "Gross Sales", "Total Collected", "Net Total", "Transaction ID", "Event Type"),
        columns={
            "ref": "Transaction ID",
            "date": "Date",
            "amount": "Total Collected",
            "name": "Customer Name",
            "title": "Description",
        },
        sieves=(
            Sieve("Event Type", takes="payment, refund"),
            Sieve("Transaction Status", drops="fail, void, cancel, pending"),
        ),
        refund=Refund("Event Type", words="refund", names="Transaction ID", payment=True),
        untitled="Payment",
        mixed=True,
    ),
    Tool(
        name="Wise transactions",
        kind="sales",
        export="Transactions, Download, CSV",
        known_by=("ID", "Status", "Direction", "Source name", "Target name", "Target amount (after fees)"),
        columns={
            "ref": "ID",
            "date": "Finished on|Created on",
            "amount": "Target amount (after fees)",
            "currency": "Target currency",
            "name": "Source name",
            "title": "Reference",
            "note": "Note",
            "to": "Target name",
        },
        sieves=(Sieve("Status", takes="completed"), Sieve("Direction", takes="in")),
        untitled="Payment",
        mixed=True,
    ),
    Tool(
        name="Wise statement",
        kind="sales",
        export="Statements and reports, Statement, CSV",
        known_by=("TransferWise ID", "Date", "Amount", "Currency", "Payer Name"),
        columns={
            "ref": "TransferWise ID",
            "date": "Date",
            "amount": "Amount",
            "currency": "Currency",
            "name": "Payer Name",
            "title": "Payment Reference|Description",
            "note": "Note",
        },
        untitled="Payment",
        date_order="DMY",
        mixed=True,
    ),
    Tool(
        name="Wave",
        kind="sales",
        export="Settings, Data export, accounting transactions: `accounting.csv`",
        known_by=("Transaction ID", "Transaction Date", "Account Group", "Customer", "Invoice Number"),
        columns={
            "ref": "Invoice Number|Transaction ID",
            "date": "Transaction Date",
            "amount": "Credit Amount*|Debit Amount*",
            "name": "Customer",
            "title": "Transaction Line Description|Transaction Description",
            "note": "Notes / Memo",
        },
        sieves=(Sieve("Account Group", takes="income"),),
        refund=Refund("Debit Amount*", words="", names="Invoice Number"),
        mixed=True,
    ),
    Tool(
        name="FreshBooks",
        kind="sales",
        export="Reports, Invoice Details, Export for Excel (CSV)",
        known_by=("Client Name", "Invoice #", "Date Issued", "Invoice Status", "Line Total"),
        columns={
            "ref": "Invoice #",
            "date": "Date Issued",
            "amount": "Line Total",
            "currency": "Currency",
            "name": "Client Name",
            "title": "Item Name|Item Description",
            "note": "Item Description",
        },
        sieves=(Sieve("Invoice Status", drops=_UNSOLD),),
    ),
    Tool(
        name="QuickBooks",
        kind="sales",
        export="Reports, Sales by Customer Detail, Export (saved as CSV)",
        known_by=("Date|Transaction date", "Transaction Type", "Num", "Amount"),
        unless="Split",
        columns={
            "ref": "Num",
            "date": "Date|Transaction date",
            "amount": "Amount",
            "name": "Customer|Customer full name|Name",
            "email": "Email",
            "title": "Memo/Description|Product/Service full name|Product/Service|Memo",
        },
        sieves=(
            Sieve("Transaction Type", takes="invoice, sales receipt, credit memo, refund receipt, refund, credit note"),
        ),
        refund=Refund("Transaction Type", words="credit, refund", names=""),
        grouped=True,
    ),
    Tool(
        name="Xero",
        kind="sales",
        export="Business, Invoices, Export",
        known_by=("ContactName", "InvoiceNumber", "InvoiceDate", "DueDate", "Quantity", "UnitAmount"),
        columns={
            "ref": "InvoiceNumber",
            "date": "InvoiceDate",
            "amount": "LineAmount",
            "price": "UnitAmount",
            "quantity": "Quantity",
            "currency": "Currency",
            "email": "EmailAddress",
            "name": "ContactName",
            "title": "Description|InventoryItemCode",
        },
        sieves=(
            Sieve("Type", takes="sales invoice, sales credit note, accrec, accreccredit"),
            Sieve("Status", drops=f"{_UNSOLD}, awaiting approval"),
        ),
        refund=Refund("Type", words="credit", names="Reference"),
    ),
    Tool(
        name="Zoho Invoice",
        kind="sales",
        export="Settings, Export Data, Invoices: `Invoice.csv`",
        known_by=("Invoice Date", "Invoice Number", "Invoice Status", "Customer Name", "Item Total"),
        columns={
            "ref": "Invoice Number",
            "date": "Invoice Date",
            "amount": "Item Total",
            "currency": "Currency Code",
            "email": "Primary Contact EmailID",
            "phone": "Primary Contact Mobile|Primary Contact Phone|Billing Phone",
            "name": "Customer Name",
            "company": "Company Name",
            "title": "Item Name|Item Desc|Subject",
        },
        sieves=(Sieve("Invoice Status", drops=_UNSOLD),),
    ),
    Tool(
        name="Harvest",
        kind="sales",
        export="Invoices, Report, Export, CSV",
        known_by=("Issue Date", "ID", "Client", "Subject", "Invoice Amount", "Document Type"),
        columns={
            "ref": "ID",
            "date": "Issue Date",
            "amount": "Invoice Amount",
            "currency": "Currency",
            "name": "Client",
            "title": "Subject",
        },
        sieves=(Sieve("Document Type", drops="estimate", called="estimate"),),
    ),
    Tool(
        name="Toggl",
        kind="sales",
        export="Reports, Detailed, Export, CSV",
        known_by=("User", "Client", "Project", "Billable", "Start date", "Duration"),
        columns={
            "date": "End date|Stop date|Start date",
            "amount": "Amount*",
            "name": "Client",
            "title": "Project",
        },
        sieves=(Sieve("Billable", takes="yes", called="not billable"),),
        untitled="Work",
        mixed=True,
        monthly=True,
    ),
)
