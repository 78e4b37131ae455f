"""Rows of files as contacts and sales, read on Sunday 22 November 2026."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.core.refusal import Refusal
from followup.transfer.columns import match_columns
from followup.transfer.records import BadRow, ContactRow, SaleRow
from followup.transfer.rows import read_contacts, read_sales, settle_date_order
from followup.transfer.sifting import PassedRow
from followup.transfer.table import read_table
from followup.transfer.tools import DateOrder

SUNDAY = date(2026, 11, 22)


@pytest.fixture
def contacts(tmp_path: Path) -> Callable[..., list[ContactRow | BadRow]]:
    def read(text: str, order: DateOrder | None = None) -> list[ContactRow | BadRow]:
        file = tmp_path / "contacts.csv"
        file.write_text(text, encoding="utf-8")
        table = read_table(file)
        columns = match_columns(table.header, "contacts", {})
        order = settle_date_order(table, columns.index("birthday"), order)
        return list(read_contacts(table, columns, order, SUNDAY))

    return read


@pytest.fixture
def sales(tmp_path: Path) -> Callable[..., list[SaleRow | BadRow]]:
    def read(text: str, order: DateOrder | None = None, currency: str = "EUR") -> list[SaleRow | BadRow]:
        file = tmp_path / "sales.csv"
        file.write_text(text, encoding="utf-8")
        table = read_table(file)
        columns = match_columns(table.header, "sales", {})
        order = settle_date_order(table, columns.index("date"), order)
        found = read_sales(table, columns, order, currency, SUNDAY)
        return [row for row in found if not isinstance(row, PassedRow)]

    return read


@pytest.mark.parametrize(
    ("amount", "more", "currency_as"),
    [
        ("Amount", ("5", ""), ""),
        ("Amount", ("-1.200,50", ""), ""),
        ("Amount", ("(5)", "usd"), "usd"),
        ("Amount", ("5", "US Dollar - USD"), "USD"),
        ("Amount", ("$ 5", ""), "$"),
        ("Amount", ("-5€", ""), "€"),
        ("Amount", ("kr. 5 SEK", ""), "SEK"),
        ("Amount", ("US$5", ""), "US$"),
        ("Amount (CHF)", ("5", ""), "chf"),
        ("Price", ("5 GBP", ""), "GBP"),
    ],
)
def test_a_sale_tells_how_its_file_writes_the_currency(
    sales: Callable[..., list[SaleRow]], amount: str, more: tuple[str, str], currency_as: str
) -> None:
    header = f"Customer;Date;Title;{amount};Currency\n"
    assert sales(f"{header}Anna;2026-01-05;Logo;{more[0]};{more[1]}\n")[0].currency_as == currency_as


def test_a_sale_has_all_that_its_row_says(sales: Callable[..., list[SaleRow]]) -> None:
    header = "Customer,Email,Phone,Company,Date,Description,Amount,Currency,Invoice No,Category,Tags,Note,Warranty\n"
    row = 'Anna  Lopez,anna@example.com,+49 30 12,ACME,2026-01-05,Logo,"1,200.50",usd,R-1,Design,"a; b",Hi,2 years\n'
    assert sales(header + row) == [
        SaleRow(
            line=2,
            name="Anna Lopez",
            email="anna@example.com",
            phone="+49 30 12",
            company="ACME",
            title="Logo",
            completed=date(2026, 1, 5),
            amount=120050,
            currency="USD",
            currency_as="usd",
            ref="R-1",
            category="Design",
            tags=("a", "b"),
            note="Hi",
            warranty="2 years",
        )
    ]


def test_what_a_sale_leaves_empty_is_absent(sales: Callable[..., list[SaleRow]]) -> None:
    [row] = sales("Customer,Email,Date,Title,Amount,Ref,Note,Tags\nAnna,,2026-01-05,Logo,,,,\n")
    assert (row.email, row.amount, row.currency, row.ref, row.note, row.tags) == (None, None, None, None, None, ())


def test_the_amount_is_not_multiplied_by_the_quantity(sales: Callable[..., list[SaleRow]]) -> None:
    [row] = sales("Customer,Date,Quantity,Amount,Title\nAnna,2026-01-05,5,77.00,CD\n")
    assert row.amount == 7700


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("29.33", "", (2933, "EUR")),
        ("29.33", "USD", (2933, "USD")),
        ('"1.200,50 €"', "", (120050, "EUR")),
        ("-12.00", "", (-1200, "EUR")),
        ("(12.00)", "GBP", (-1200, "GBP")),
        ("$5", "CAD", (500, "CAD")),
        ("1200", "JPY", (1200, "JPY")),
        ("5", "€", (500, "EUR")),
        ("5", "Swedish Krona - SEK", (500, "SEK")),
    ],
)
def test_an_amount_is_read_in_its_own_currency(
    sales: Callable[..., list[SaleRow]], amount: str, currency: str, expected: tuple[int, str]
) -> None:
    [row] = sales(f"Customer,Date,Title,Amount,Currency\nAnna,2026-01-05,Logo,{amount},{currency}\n")
    assert (row.amount, row.currency) == expected


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("Amount (USD)", "5", (500, "USD")),
        ("Amount (USD)", "5 €", (500, "EUR")),
        ("Amount ($)", "5", (500, "CAD")),
        ("Amount (JPY)", "1200", (1200, "JPY")),
        ("Amount (USD),Currency", "5,", (500, "USD")),
        ("Amount (USD),Currency", "5,usd", (500, "USD")),
        ("Amount (USD),Currency", ",EUR", (None, None)),
        ("Betrag €", "5", (500, "EUR")),
        ("Amount", "5", (500, "CAD")),
    ],
)
def test_the_name_of_the_column_gives_the_currency_of_amounts_that_have_none(
    sales: Callable[..., list[SaleRow]], header: str, row: str, expected: tuple[int | None, str | None]
) -> None:
    [sale] = sales(f"Customer,Date,Title,{header}\nAnna,2026-01-05,Logo,{row}\n", currency="CAD")
    assert (sale.amount, sale.currency) == expected


def test_a_currency_column_that_contradicts_the_name_of_the_amount_is_bad(sales: Callable[..., list[BadRow]]) -> None:
    [bad] = sales("Customer,Date,Amount (EUR),Currency\nAnna,2026-01-05,5,USD\n")
    assert (
        bad.reason == "the amount is in EUR by the name of its column, and in USD by its currency column: correct one"
    )


@pytest.mark.parametrize(
    ("header", "cells", "named"),
    [
        ("Zu zahlen", ("120,00", "1.200,00 €"), "'Zu zahlen=amount'"),
        ("Paid;Code", ("", "80.50"), "Paid=amount"),
        ("Paid", ("120,00", "not yet"), None),
        ("Hours", ("12", "7"), None),
        ("Paid;Due", ("12.00;1.00", "7.00;1.00"), None),
        ("Paid;Amount", ("12.00;1.00", "7.00;1.00"), None),
    ],
)
def test_a_column_that_may_hold_the_amounts_is_told_once(
    sales: Callable[..., list[SaleRow]], header: str, cells: tuple[str, str], named: str | None
) -> None:
    width = header.count(";")
    rows = "".join(f"Anna;2026-11-20;Logo;{said}{';' * (width - said.count(';'))}\n" for said in cells)
    first, second = sales(f"Name;Date;Title;{header}\n{rows}")
    told = "no column is known for the amounts, and '{}' holds nothing but money: if it is the amount, --map {}"
    assert (first.remark, second.remark) == (named and told.format(header.partition(";")[0], named), None)


def test_what_has_no_place_in_a_sale_is_named(sales: Callable[..., list[SaleRow]]) -> None:
    header = "Customer,Email,Billing email,Date,Total,Net,Quantity,Paid on,,Document type"
    full, bare = sales(
        f"{header}\nAnna,a@example.com,b@example.com,2026-01-05,12,10,2,2026-02-01,x,Invoice\nBert,,,2026-01-05,5,,0,-,,\n"
    )
    assert full.left_out == ("Billing email", "Net", "Quantity", "Paid on", "Document type")
    assert bare.left_out == ()


@pytest.mark.parametrize(
    ("header", "row", "title"),
    [
        ("Customer,Date,Amount,Category,Ref", "Anna,2026-01-05,5,Design,R-1", "Design"),
        ("Customer,Date,Amount,Category,Ref", "Anna,2026-01-05,5,,R-1", "Invoice R-1"),
        ("Customer,Date,Amount", "Anna,2026-01-05,5", "Sale"),
    ],
)
def test_a_file_without_titles_has_others_in_their_place(
    sales: Callable[..., list[SaleRow]], header: str, row: str, title: str
) -> None:
    assert sales(f"{header}\n{row}\n")[0].title == title


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("Anna,,2026-01-05,,5", "the title is empty"),
        (",,2026-01-05,Logo,5", "it names nobody"),
        ("Anna,anna.example.com,2026-01-05,Logo,5", "not an e-mail address"),
        ("Anna,a@b@c,2026-01-05,Logo,5", "not an e-mail address"),
        ("Anna,,,Logo,5", "the date is empty"),
        ("Anna,,soon,Logo,5", "'soon' is not a date"),
        ("Anna,,2026-02-30,Logo,5", "no day of the calendar"),
        ("Anna,,1066-01-01,Logo,5", "1900 to 2200"),
        ("Anna,,2026-01-05,Logo,5 XYZ", "no currency known"),
        ("Anna,,2026-01-05,Logo,five", "no amount of money"),
        ("Anna,,2026-01-05,Logo", "4 cells where the header has 5"),
    ],
)
def test_a_bad_row_says_why_and_where(sales: Callable[..., list[SaleRow | BadRow]], row: str, says: str) -> None:
    good = "Bert,,2026-01-05,Logo,5"
    first, bad, last = sales(f"Customer,Email,Date,Title,Amount\n{good}\n{row}\n{good}\n")
    assert isinstance(first, SaleRow)
    assert isinstance(last, SaleRow)
    assert isinstance(bad, BadRow)
    assert bad.line == 3
    assert says in bad.reason


def test_an_amount_in_another_currency_than_its_column_says_is_bad(sales: Callable[..., list[BadRow]]) -> None:
    [bad] = sales("Customer,Date,Amount,Currency\nAnna,2026-01-05,5 €,USD\n")
    assert "not in USD" in bad.reason


def test_a_warranty_that_is_no_period_is_bad(sales: Callable[..., list[BadRow]]) -> None:
    [bad] = sales("Customer,Date,Title,Warranty\nAnna,2026-01-05,Logo,long\n")
    assert "'long' is not a period" in bad.reason


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("First name,Last name,Date,Title", "Anna,Lopez,2026-01-05,Logo", "Anna Lopez"),
        ("Firma,Kunde,Datum,Leistung", "ACME,,2026-01-05,Logo", "ACME"),
        ("Firma,Kunde,Datum,Leistung", "ACME,Anna,2026-01-05,Logo", "Anna"),
        ("Email,Datum,Leistung", "anna@example.com,2026-01-05,Logo", None),
    ],
)
def test_a_person_is_named_in_one_cell_or_two_or_by_the_company(
    sales: Callable[..., list[SaleRow]], header: str, row: str, name: str | None
) -> None:
    assert sales(f"{header}\n{row}\n")[0].name == name


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Customer,Email,Date,Title", ",anna@example.com,2026-01-05,Logo"),
        ("Customer,Phone,Date,Title", ",030 12345,2026-01-05,Logo"),
        ("Kunde,Firma,E-Mail,Datum,Leistung", ",,anna@example.com,2026-01-05,Logo"),
        ("First name,Last name,Email,Date,Title", ",,anna@example.com,2026-01-05,Logo"),
    ],
)
def test_an_empty_cell_for_the_name_of_a_client_is_bad(
    sales: Callable[..., list[SaleRow | BadRow]], header: str, row: str
) -> None:
    assert sales(f"{header}\n{row}\n") == [BadRow(2, "the name is empty: give one")]


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-01-05", None, "2026-01-05"),
        ("2026-01-05T10:00:00Z", None, "2026-01-05"),
        ("2026-01-05T23:30:00+02:00", None, "2026-01-05"),
        ("2026-01-05 10:00", None, "2026-01-05"),
        ("2026-01-05 10:00:00.123 UTC", None, "2026-01-05"),
        ("2026/01/05", None, "2026-01-05"),
        ("02.03.2026", None, "2026-03-02"),
        ("02.03.2026", "MDY", "2026-03-02"),
        ("2.3.26", None, "2026-03-02"),
        ("02.03.97 10:15", None, "1997-03-02"),
        ("05/05/2026", None, "2026-05-05"),
        ("02/03/2026", "DMY", "2026-03-02"),
        ("02/03/2026", "MDY", "2026-02-03"),
        ("2-3-26", "MDY", "2026-02-03"),
        ("26-01-05", "YMD", "2026-01-05"),
        ("26-01-05 10:00", "DMY", "2005-01-26"),
        ("2/3/2026 9:05 PM", "MDY", "2026-02-03"),
        ("13/02/2026", None, "2026-02-13"),
        ("02/13/2026", None, "2026-02-13"),
        ("5 Jan 2026", None, "2026-01-05"),
        ('"Jan 5, 2026"', None, "2026-01-05"),
        ('"Jan 5, 2026, 10:15 AM"', None, "2026-01-05"),
        ("5. März 2026", None, "2026-03-05"),
        ("5 févr. 2026", None, "2026-02-05"),
        ("03-ago-26", None, "2026-08-03"),
        ("31/12/36", "DMY", "2036-12-31"),
        ("31/12/37", "DMY", "1937-12-31"),
    ],
)
def test_dates_are_read_in_the_forms_of_exports(
    sales: Callable[..., list[SaleRow]], text: str, order: DateOrder | None, expected: str
) -> None:
    [row] = sales(f"Customer,Date,Title\nAnna,{text},Logo\n", order)
    assert row.completed == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    ["5 Jan", "2026", "46027", "20260105", "today", "2026-01-05X", "2026-01-05 25:00", "13.13.2026", "1/2", "1/2/3/4"],
)
def test_what_is_no_date_in_a_file_is_bad(sales: Callable[..., list[SaleRow | BadRow]], text: str) -> None:
    [row] = sales(f"Customer,Date,Title\nAnna,{text},Logo\n", "DMY")
    assert isinstance(row, BadRow)


def test_the_whole_column_settles_which_comes_first(sales: Callable[..., list[SaleRow]]) -> None:
    rows = sales("Customer,Date,Title\nAnna,02/03/2026,Logo\nBert,04/05/2026,Logo\nCleo,25/05/2026,Logo\n")
    assert [row.completed for row in rows] == [date(2026, 3, 2), date(2026, 5, 4), date(2026, 5, 25)]


def test_a_column_that_cannot_tell_is_refused(sales: Callable[..., list[SaleRow]]) -> None:
    with pytest.raises(Refusal, match=r"'Date', such as 02/03/2026, .* --date-order DMY or MDY"):
        sales("Customer,Date,Title\nAnna,2026-01-05,Logo\nBert,02/03/2026,Logo\n")


@pytest.mark.parametrize(
    ("days", "orders"),
    [
        (["26-01-05"], "DMY or YMD"),
        (["05-05-05"], "DMY or MDY or YMD"),
        (["25-12-26", "05-01-26"], "DMY or YMD"),
        (["05/01/2026", "05-01-26"], "DMY or MDY"),
    ],
)
def test_figures_that_may_have_the_year_first_are_refused(
    sales: Callable[..., list[SaleRow]], days: list[str], orders: str
) -> None:
    with pytest.raises(Refusal, match=f"--date-order {orders}$"):
        sales("Customer,Date,Title\n" + "".join(f"Anna,{day},Logo\n" for day in days))


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (["82-06-15"], "1982-06-15"),
        (["26-01-05", "99-12-31"], "2026-01-05"),
        (["25-12-26", "05-01-99"], "2026-12-25"),
        (["25-12-26", "25-12-2026"], "2026-12-25"),
        (["12-25-26"], "2026-12-25"),
        (["05-01-26", "12-25-26"], "2026-05-01"),
    ],
)
def test_the_column_may_say_where_the_year_is(sales: Callable[..., list[SaleRow]], days: list[str], first: str) -> None:
    rows = sales("Customer,Date,Title\n" + "".join(f"Anna,{day},Logo\n" for day in days))
    assert rows[0].completed == date.fromisoformat(first)


def test_a_column_that_contradicts_itself_is_refused_with_its_lines(sales: Callable[..., list[SaleRow]]) -> None:
    with pytest.raises(Refusal, match=r"day first on line 3 and the month first on line 4"):
        sales("Customer,Date,Title\nAnna,01/02/2026,Logo\nBert,13/02/2026,Logo\nCleo,02/13/2026 10:00,Logo\n")


def test_a_forced_order_needs_no_proof_and_leaves_the_others_bad(sales: Callable[..., list[SaleRow | BadRow]]) -> None:
    good, bad = sales("Customer,Date,Title\nBert,13/02/2026,Logo\nCleo,02/13/2026,Logo\n", "DMY")
    assert isinstance(good, SaleRow)
    assert bad == BadRow(3, "'02/13/2026' is no day of the calendar: check day and month")


def test_a_contact_has_all_that_its_row_says(contacts: Callable[..., list[ContactRow]]) -> None:
    header = (
        "Vorname;Nachname;Firma;E-Mail;E-Mail 2;Telefon;Handy;Straße;PLZ;Ort;Land;"
        "Geburtstag;Gruppen;Notizen;Sprache;Prefers"
    )
    row = (
        "Anna;Grün;ACME;anna@example.com;a.g@example.com;030 12;0170 3;Weg 1;10115;Berlin;Deutschland;"
        "15.06.1980;VIP, Chor;Hallo;Deutsch;E-Mail"
    )
    assert contacts(f"{header}\n{row}\n") == [
        ContactRow(
            line=2,
            name="Anna Grün",
            emails=("anna@example.com", "a.g@example.com"),
            phones=("030 12", "0170 3"),
            company="ACME",
            address="Weg 1\n10115 Berlin\nDeutschland",
            birthday="1980-06-15",
            tags=("VIP", "Chor"),
            notes="Hallo",
            language="de",
            prefers="email",
        )
    ]


def test_what_a_contact_leaves_empty_is_absent(contacts: Callable[..., list[ContactRow]]) -> None:
    [row] = contacts("Name,Email,Phone,Company,Address,Birthday,Tags,Notes,Language,Prefers\nAnna,,,,,,,,,\n")
    assert row == ContactRow(
        line=2, name="Anna", emails=(), phones=(), company=None, address=None, birthday=None, tags=(), notes=None,
        language=None, prefers=None,
    )  # fmt: skip


def test_several_emails_phones_and_tags_may_share_a_cell(contacts: Callable[..., list[ContactRow]]) -> None:
    row = "Anna,a@example.com ::: b@example.com; a@example.com,+1 (2) ::: 3,* myContacts ::: * friends ::: VIP"
    [anna] = contacts(f"Name,Email,Phone,Labels\n{row}\n")
    assert anna.emails == ("a@example.com", "b@example.com")
    assert anna.phones == ("+1 (2)", "3")
    assert anna.tags == ("friends", "VIP")


def test_a_company_without_a_person_is_a_contact_of_that_name(contacts: Callable[..., list[ContactRow]]) -> None:
    assert contacts("First Name,Last Name,Company\n,,ACME\n")[0].name == "ACME"


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "Street,City,State,Zip,Country",
            "1 Main St,Springfield,IL,62701,USA",
            "1 Main St\nSpringfield, IL 62701\nUSA",
        ),
        ("Street,City,Region,Zip", "Weg 1,München,Bayern,80331", "Weg 1\n80331 München\nBayern"),
        ("Address 1,Address 2,City", "Weg 1,Hinterhaus,Bonn", "Weg 1\nHinterhaus\nBonn"),
        ("Address,City", "Weg 1,Bonn", "Weg 1\nBonn"),
        ("Address,City", "Weg 1 Bonn,Bonn", "Weg 1 Bonn"),
        ("Address", '"Weg 1\n53111 Bonn"', "Weg 1\n53111 Bonn"),
        ("Business Street,Business City,Home Street,Home City", ",,Gasse 2,Wien", "Gasse 2\nWien"),
        ("Business Street,Business City,Home Street,Home City", "Weg 1,Bonn,Gasse 2,Wien", "Weg 1\nBonn"),
    ],
)
def test_an_address_is_put_together_from_its_parts(
    contacts: Callable[..., list[ContactRow]], header: str, row: str, expected: str
) -> None:
    assert contacts(f"Name,{header}\nAnna,{row}\n")[0].address == expected


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("1980-06-15", None, "1980-06-15"),
        ("1980-06-15T00:00:00Z", None, "1980-06-15"),
        ("--06-15", None, "--06-15"),
        ("06-15", None, "--06-15"),
        ("15 Jun", None, "--06-15"),
        ("15.06.", None, "--06-15"),
        ("15 Jun 1980", None, "1980-06-15"),
        ("15.06.1980", None, "1980-06-15"),
        ("15/06/1980", None, "1980-06-15"),
        ("6/15/1980", None, "1980-06-15"),
        ("06/07/1980", "DMY", "1980-07-06"),
        ("06/07", "MDY", "--06-07"),
        ("15.06.80", None, "1980-06-15"),
        ("15.06.25", None, "2025-06-15"),
        ("24.12.26", None, "1926-12-24"),
        ("0/0/00", None, None),
        ("0000-00-00", None, None),
    ],
)
def test_birthdays_are_read_with_and_without_a_year(
    contacts: Callable[..., list[ContactRow]], text: str, order: DateOrder | None, expected: str | None
) -> None:
    assert contacts(f"Name,Birthday\nAnna,{text}\n", order)[0].birthday == expected


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("Birthday", "2027-01-01", "after today"),
        ("Birthday", "24.12.2026", "after today"),
        ("Birthday", "in May", "not a date"),
        ("Birthday", "--02-30", "no day of the calendar"),
        ("Email", "anna", "not an e-mail address"),
        ("Phone", "none", "not a phone number"),
        ("Language", "Klingon", "no language known"),
        ("Prefers", "pigeon", "no channel: give one of email, phone"),
    ],
)
def test_a_bad_cell_of_a_contact_says_why(
    contacts: Callable[..., list[BadRow]], column: str, text: str, says: str
) -> None:
    [bad] = contacts(f"Name,{column}\nAnna,{text}\n")
    assert says in bad.reason


def test_what_has_no_place_in_a_contact_is_named(contacts: Callable[..., list[ContactRow]]) -> None:
    header = "Name,Job Title,Shoe Size,Anniversary,E-mail 1 - Type,E-mail 1 - Value\n"
    full, bare = contacts(f"{header}Anna,Owner,38,2/3/2010,Work,a@example.com\nBert,,,0/0/00,* Work,\n")
    assert full.left_out == ("Job Title", "Shoe Size", "Anniversary")
    assert bare.left_out == ()


def test_a_middle_name_is_part_of_the_name(contacts: Callable[..., list[ContactRow]]) -> None:
    [anna] = contacts("First Name,Middle Name,Last Name\nAnna,Maria,Field\n")
    assert anna.name == "Anna Maria Field"


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("https://www.linkedin.com/in/anna-field/", {"linkedin": "anna-field"}),
        ("de.linkedin.com/in/anna", {"linkedin": "anna"}),
        ("https://www.linkedin.com/company/acme", {}),
        ("https://x.com/anna", {}),
        ("", {}),
    ],
)
def test_a_profile_on_linkedin_is_a_handle(
    contacts: Callable[..., list[ContactRow]], text: str, handles: dict[str, str]
) -> None:
    assert contacts(f"Name,LinkedIn\nAnna,{text}\n")[0].handles == handles


def test_a_ragged_row_is_bad_and_no_proof_of_the_order(contacts: Callable[..., list[ContactRow | BadRow]]) -> None:
    first, bad = contacts("Name,Phone,Birthday\nAnna,12,15/06/1980\nBert,13\n")
    assert isinstance(first, ContactRow)
    assert bad == BadRow(3, "it has 2 cells where the header has 3")


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("Name,Company,Email", ",Studio,anna@example.com", "Studio"),
        ("Company,Email,Phone", ",anna.field@example.com,030 12345", "Anna Field"),
        ("Company,Email,Phone", ",,030 12345", "030 12345"),
        (
            "First Name,Last Name,Labels,Phone 1 - Value,E-mail 1 - Value",
            ",,,030 1,anna.field@example.com",
            "Anna Field",
        ),
        ("First Name,Last Name,Labels,Phone 1 - Value,E-mail 1 - Value", ",,,030 1,", "030 1"),
    ],
)
def test_a_contact_has_the_name_of_the_company_the_email_or_the_phone_where_its_own_is_not_asked_for(
    contacts: Callable[..., list[ContactRow]], header: str, row: str, name: str
) -> None:
    assert [found.name for found in contacts(f"{header}\n{row}\n")] == [name]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Name,Email", ",anna@example.com"),
        ("Name,Phone", ",030 12345"),
        ("Name,Company,Email", ",,anna@example.com"),
        ("First name,Last name,Email", ",,anna@example.com"),
        ("Vorname;Firma;E-Mail", ";;anna@example.com"),
    ],
)
def test_an_empty_cell_for_the_name_of_a_contact_is_bad(
    contacts: Callable[..., list[ContactRow | BadRow]], header: str, row: str
) -> None:
    assert contacts(f"{header}\n{row}\n") == [BadRow(2, "the name is empty: give one")]


def test_a_row_with_groups_alone_is_blank_and_another_that_names_nobody_is_bad(
    contacts: Callable[..., list[BadRow]],
) -> None:
    header = "Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Notes"
    assert contacts(f"{header}\n,* myContacts,*,,\n,,,,Who?\n") == [BadRow(3, "the name is empty: give one")]


def test_a_last_name_before_a_comma_is_behind_the_first_where_the_parts_say_so(
    contacts: Callable[..., list[ContactRow]],
) -> None:
    rows = contacts('Name,First Name,Last Name\n"Hartmann, Julia",Julia,Hartmann\n"Weber, Tom",Thomas,Weber\n')
    assert [row.name for row in rows] == ["Julia Hartmann", "Weber, Tom"]


def test_other_days_of_google_are_dates(contacts: Callable[..., list[ContactRow]]) -> None:
    header = ",".join(f"Event {n} - Label,Event {n} - Value" for n in (1, 2, 3))
    rows = contacts(
        f"Name,{header}\nAnna,* Anniversary,2015-06-20,,,,\nBen,Contract ends,2027-01-31,,2026-12-24,X, --06-20\n"
    )
    assert [row.dates for row in rows] == [
        {"anniversary": date(2015, 6, 20)},
        {"contract_ends": date(2027, 1, 31), "other": date(2026, 12, 24)},
    ]
    assert [row.left_out for row in rows] == [(), ("Event 3 - Value",)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "de"),
        ("EN", "en"),
        ("gsw", "gsw"),
        ("pt-BR", "pt"),
        ("zh-Hans-CN", "zh"),
        ("en_US", "en"),
        ("Français", "fr"),
        ("Spanish", "es"),
    ],
)
def test_a_language_is_given_by_code_or_name(contacts: Callable[..., list[ContactRow]], text: str, code: str) -> None:
    assert contacts(f"Name,Language\nAnna,{text}\n")[0].language == code


def test_notes_keep_their_lines_and_lose_control_characters(contacts: Callable[..., list[ContactRow]]) -> None:
    assert contacts('Name,Notes\nAnna,"one\x07\n two \n"\n')[0].notes == "one\ntwo"


def test_seventy_thousand_rows_are_read_in_seconds(sales: Callable[..., list[SaleRow]]) -> None:
    lines = (f"Anna {n // 3},anna{n // 3}@example.com,2026-01-{n % 28 + 1:02},Logo,{n}.50,USD" for n in range(70_000))
    text = "Customer,Email,Date,Title,Amount,Currency\n" + "\n".join(lines)
    start = time.process_time()
    rows = sales(text)
    assert len(rows) == 70_000
    assert time.process_time() - start < 5  # 0.7 s where it was written; a per-row library call takes minutes


@pytest.mark.parametrize("column", ["Birthday", "Email", "Phone", "Tags", "Notes", "Language"])
def test_the_time_for_a_cell_grows_with_its_length_and_not_with_its_square(
    contacts: Callable[..., list[ContactRow | BadRow]], column: str
) -> None:
    start = time.process_time()
    contacts(f"Name,{column}\nAnna,1{' ' * 100_000}2\n")
    assert time.process_time() - start < 5  # hardly any; minutes where each blank begins a search of its own


def test_a_profile_has_no_control_characters_in_its_name(contacts: Callable[..., list[ContactRow]]) -> None:
    row = contacts("Name,LinkedIn\nAnna,https://www.linkedin.com/in/anna%0D%0ABcc:%20x%1B[31m\n")[0]
    assert row.handles == {"linkedin": "anna Bcc: x [31m"}


@given(st.binary(max_size=200) | st.text(alphabet='N;,\t\n\r"ä 0123456789/.-:@T', max_size=120).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    for header in (b"", b"Name,Birthday,Phone\n"):
        file.write_bytes(header + data)
        try:
            table = read_table(file)
            columns = match_columns(table.header, "contacts", {})
            order = settle_date_order(table, columns.index("birthday"), None)
            assert all(row.line > 1 for row in read_contacts(table, columns, order, SUNDAY))
        except Refusal as refusal:
            assert str(refusal)
