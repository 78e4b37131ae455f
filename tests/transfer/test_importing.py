"""Rows into the book: who is known by what, which sale a row was before, and what credit notes cancel."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from followup.core.model import Contact, Sale
from followup.store import contacts, sales
from followup.store.book import Book, open_book
from followup.transfer.importing import import_contacts, import_sales
from followup.transfer.records import BadRow, ContactRow, SaleRow
from followup.transfer.result import Remark, Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = date(2026, 11, 22)

THANKS = """
[[rule]]
name = "thank-you"
on = "sale"
channels = ["email", "phone"]
message = "thank-you"
"""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    (tmp_path / "rules.toml").write_text(THANKS)
    book = open_book(tmp_path, TODAY)
    book.refresh()
    yield book
    book.close()


def person(line: int = 2, name: str = "Anna Field", **given: Any) -> ContactRow:
    fields: dict[str, Any] = {
        **dict.fromkeys(("emails", "phones", "tags"), ()),
        **dict.fromkeys(("company", "address", "birthday", "notes", "language", "prefers")),
    }
    return ContactRow(line=line, name=name, **{**fields, **given})


def job(line: int = 2, name: str | None = "Anna Field", amount: int | None = 12000, **given: Any) -> SaleRow:
    fields: dict[str, Any] = {
        **dict.fromkeys(("email", "phone", "company", "ref", "category", "note", "warranty")),
        "currency": None if amount is None else "EUR",
        "completed": date(2026, 11, 20),
        "title": "Logo",
        "tags": (),
    }
    return SaleRow(line=line, name=name, amount=amount, **{**fields, **given})


def take_people(book: Book, *rows: ContactRow | BadRow, partial: bool = False, dry_run: bool = False) -> Result:
    return import_contacts(book, rows, "import contacts", partial=partial, dry_run=dry_run, tick=lambda n: None)


def take(book: Book, *rows: SaleRow | BadRow, partial: bool = False, dry_run: bool = False) -> Result:
    return import_sales(book, rows, "import sales", partial=partial, dry_run=dry_run, past=False, tick=lambda n: None)


def keep(book: Book, name: str = "Anna Field", **given: Any) -> Contact:
    """A contact that was there before the import."""
    with book.change("contact add"):
        contact_id = contacts.insert(book.db, Contact(id=0, name=name, added=TODAY, **given))
    return contacts.load(book.db, contact_id)


def counts(result: Result) -> tuple[int, int, int, int]:
    return result.added, result.updated, result.unchanged, len(result.rejected)


def everyone(book: Book) -> list[Contact]:
    return [contacts.load(book.db, row[0]) for row in book.db.execute("SELECT id FROM contacts ORDER BY id")]


def all_sales(book: Book) -> list[Sale]:
    return [sales.load(book.db, row[0]) for row in book.db.execute("SELECT id FROM sales ORDER BY id")]


# Who is known


@pytest.mark.parametrize(
    ("known", "row"),
    [
        ({"emails": ("anna@example.com",)}, {"name": "A. F.", "emails": ("ANNA@Example.com",)}),
        ({"emails": ("a@example.com", "anna@example.com")}, {"name": "A. F.", "emails": ("anna@example.com",)}),
        ({"phones": ("+49 30 1234567",)}, {"name": "A. F.", "phones": ("0049 (0)30 123-4567",)}),
        ({}, {"name": "ANNA   fíeld"}),
        ({"company": "Studio"}, {}),
        ({}, {"company": "Studio"}),
        ({"company": "Studio"}, {"company": "STUDIO"}),
        ({"emails": ("anna@example.com",)}, {"emails": ("new@example.com",)}),
        ({"phones": ("030 111",)}, {"phones": ("030 222",)}),
    ],
)
def test_a_person_is_known_by_email_then_phone_then_whole_name(
    book: Book, known: dict[str, Any], row: dict[str, Any]
) -> None:
    anna = keep(book, **known)
    take_people(book, person(**row))
    assert [contact.id for contact in everyone(book)] == [anna.id]


@pytest.mark.parametrize(
    "row",
    [
        {"name": "Anna"},
        {"name": "Field"},
        {"name": "Anna Fields"},
        {"company": "Another"},
        {"name": "Anna Field-Berg", "emails": ("field@example.com",), "phones": ("030 222",)},
    ],
)
def test_a_person_is_not_known_by_a_part_of_the_name_nor_under_another_company(book: Book, row: dict[str, Any]) -> None:
    keep(book, emails=("anna@example.com",), phones=("030 111",), company="Studio")
    assert counts(take_people(book, person(**row))) == (1, 0, 0, 0)


def test_the_email_goes_before_the_phone_and_the_phone_before_the_name(book: Book) -> None:
    by_email = keep(book, "Ann", emails=("anna@example.com",))
    by_phone = keep(book, "Ben", phones=("030 111",))
    by_name = keep(book, "Anna Field")
    take_people(book, person(phones=("030 111",), notes="second"))
    take_people(book, person(emails=("anna@example.com",), phones=("030 111",), notes="first"))
    notes = {contact.id: contact.notes for contact in everyone(book)}
    assert notes == {by_email.id: "first", by_phone.id: "second", by_name.id: None}


@pytest.mark.parametrize(
    ("first", "second", "row", "what"),
    [
        ({"phones": ("030 111",)}, {"phones": ("030 111",)}, {"name": "Cleo", "phones": ("030 111",)}, "phone"),
        ({}, {}, {"name": "Anna Field"}, "name"),
        ({"company": "Studio"}, {"company": "Another"}, {"name": "Anna Field"}, "name"),
        (
            {"emails": ("a@example.com",)},
            {"emails": ("b@example.com",)},
            {"name": "Cleo", "emails": ("a@example.com", "b@example.com")},
            "e-mail",
        ),
    ],
)
def test_a_row_that_may_be_either_of_two_is_bad(
    book: Book, first: dict[str, Any], second: dict[str, Any], row: dict[str, Any], what: str
) -> None:
    one, two = keep(book, **first), keep(book, **second)
    found = take_people(book, person(7, **row))
    assert [remark.line for remark in found.rejected] == [7]
    assert f"its {what} is that of several contacts ({one.id}, {two.id})" in found.rejected[0].reason
    assert found.refused and len(everyone(book)) == 2


def test_a_known_name_with_a_new_email_gains_it_behind_the_main_one(book: Book) -> None:
    keep(book, emails=("anna@example.com",))
    assert counts(take_people(book, person(emails=("new@example.com",)))) == (0, 1, 0, 0)
    take(book, job(email="newest@example.com"))
    assert everyone(book)[0].emails == ("anna@example.com", "new@example.com", "newest@example.com")


def test_contacts_fill_what_is_empty_and_overwrite_nothing(book: Book) -> None:
    keep(book, company="Studio", tags=("vip",), birthday="1980-02-03")
    row = person(
        company="STUDIO",
        address="Main St 1",
        birthday="--02-03",
        tags=("VIP", "Choir"),
        notes="Tea, no milk",
        language="de",
        prefers="phone",
    )
    assert counts(take_people(book, row)) == (0, 1, 0, 0)
    anna = everyone(book)[0]
    assert (anna.company, anna.birthday, anna.tags) == ("Studio", "1980-02-03", ("vip", "choir"))
    assert (anna.address, anna.notes, anna.language, anna.prefers) == ("Main St 1", "Tea, no milk", "de", "phone")
    other = person(address="Elsewhere", notes="Coffee", language="en", prefers="email")
    assert counts(take_people(book, other)) == (0, 0, 1, 0)
    assert everyone(book)[0] == anna


def test_tags_are_kept_in_lower_case_as_those_that_are_typed(book: Book) -> None:
    take_people(book, person(tags=("VIP", "vip", "Choir")))
    take(book, job(tags=("Rush",)))
    assert everyone(book)[0].tags == ("vip", "choir")
    assert all_sales(book)[0].tags == ("rush",)


def test_the_same_person_twice_in_a_file_is_added_once(book: Book) -> None:
    found = take_people(
        book, person(2, emails=("a@example.com", "A@example.com")), person(3, emails=("a@example.com",))
    )
    assert counts(found) == (1, 0, 1, 0)
    assert everyone(book)[0].emails == ("a@example.com",)


def test_who_was_known_by_the_phone_under_another_name_is_told_once(book: Book) -> None:
    anna = keep(book, phones=("030 111",))
    said = f"Ben Kay is taken for Anna Field ({anna.id}), whose phone it is"
    assert take_people(book, person(4, "Ben Kay", phones=("030 111",))).notices == [Remark(4, said)]
    rows = [job(line, "Ben Kay", phone="030 111", ref=str(line)) for line in (5, 6)]
    assert take(book, *rows).notices == [Remark(5, said)]
    assert take(book, job(name="anna field", phone="030 111")).notices == []
    take_people(book, person(emails=("anna@example.com",)))
    assert take_people(book, person(name="A. F.", emails=("anna@example.com",))).notices == []


def test_who_buys_with_the_email_of_another_name_is_told_once(book: Book) -> None:
    anna = keep(book, emails=("anna@example.com",))
    rows = [job(line, "Ben Kay", email="ANNA@example.com", ref=str(line)) for line in (5, 6)]
    said = f"Ben Kay is taken for Anna Field ({anna.id}), whose e-mail it is"
    assert take(book, *rows).notices == [Remark(5, said)]


@pytest.mark.parametrize(
    "name",
    [
        None,
        "ANNA  Müller",
        "Müller, Anna",
        "Anna Mueller",
        "Dr. A. Müller",
        "Anna",
        "Anna Maria Müller",
        "Studio Nord Ltd",
    ],
)
def test_another_spelling_or_a_part_of_a_name_or_the_company_s_is_no_other_name(book: Book, name: str | None) -> None:
    keep(book, "Anna Müller", emails=("anna@example.com",), phones=("030 111",), company="Studio Nord")
    assert take(book, job(2, name, email="anna@example.com"), job(3, name, phone="030 111")).notices == []


# Contacts of sales


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"name": "Anna Field", "email": "x@example.com"}, "Anna Field"),
        ({"name": None, "email": "anna.field@example.com"}, "Anna Field"),
        ({"name": None, "email": "anna_mcField@example.com"}, "Anna McField"),
        ({"name": None, "email": "_@example.com"}, "_"),
        ({"name": None, "phone": "030 1234"}, "030 1234"),
    ],
)
def test_contacts_not_yet_known_are_added_with_the_best_name_there_is(
    book: Book, row: dict[str, Any], name: str
) -> None:
    found = take(book, job(**row))
    assert (counts(found), found.people) == ((1, 0, 0, 0), 1)
    assert [contact.name for contact in everyone(book)] == [name]


def test_a_later_sale_regains_a_lost_contact_and_an_earlier_one_does_not(book: Book) -> None:
    keep(book, lost_reason="price", lost_on=date(2026, 6, 1))
    take(book, job(completed=date(2026, 5, 31)), job(completed=date(2026, 6, 1)))
    assert everyone(book)[0].lost
    found = take(book, job(9, completed=date(2026, 6, 2)), job(10, completed=date(2026, 6, 3)))
    assert not everyone(book)[0].lost
    assert found.notices == [Remark(9, "Anna Field was lost on 2026-06-01 and is regained")]


def test_a_warranty_runs_from_the_day_of_the_sale(book: Book) -> None:
    take(book, job(warranty="24m", completed=date(2024, 2, 29)))
    assert (all_sales(book)[0].warranty, all_sales(book)[0].warranty_until) == ("2 years", date(2026, 2, 28))


@pytest.mark.parametrize("field", ["warranty", "service_every", "lasts"])
def test_a_period_that_ends_beyond_what_a_date_can_be_is_bad(book: Book, field: str) -> None:
    found = take(book, job(2, **{field: "190y"}), job(3, **{field: "10y"}), partial=True)
    assert found.rejected == [Remark(2, "2216-11-20 is in the year 2216: years go from 1900 to 2200")]
    assert counts(found) == (1, 0, 0, 1)


def test_a_sale_that_cannot_be_kept_brings_no_contact(book: Book) -> None:
    found = take(book, job(5, warranty="200 years", completed=date(9900, 1, 1)), job(6, "Ben"), partial=True)
    assert [remark.line for remark in found.rejected] == [5]
    assert [contact.name for contact in everyone(book)] == ["Ben"]


# Which sale a row was before


def test_identical_rows_without_a_number_are_counted(book: Book) -> None:
    assert counts(take(book, job(2), job(3), job(4, name="Ben"))) == (3, 0, 0, 0)
    assert counts(take(book, job(2), job(3), job(4, name="Ben"))) == (0, 0, 3, 0)
    assert counts(take(book, job(2), job(3), job(4), job(5, name="Ben"))) == (1, 0, 3, 0)


@pytest.mark.parametrize(
    "given",
    [
        {"title": "Website"},
        {"amount": 12001},
        {"completed": date(2026, 11, 21)},
        {"category": "design"},
        {"name": "Ben"},
        {"amount": None, "currency": None},
    ],
)
def test_rows_that_differ_are_different_sales(book: Book, given: dict[str, Any]) -> None:
    take(book, job())
    assert counts(take(book, job(**given))) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Søren  Łysy", "søren łysy"),
        ("Đorđe ÆØÅ", "đorđe æøa"),
        ("JOSÉ O’Neill‐Weiß", "jose o'neill-weiss"),
    ],
)
def test_a_row_keeps_the_key_that_earlier_versions_gave_it(book: Book, name: str, folded: str) -> None:
    take(book, job(name=name))
    keys = [row[0] for row in book.db.execute("SELECT import_key FROM sales")]
    assert keys == [f"row {folded}\x1f2026-11-20\x1fLogo\x1f1.2E+2\x1f\x1f1"]


def priceless(*rows: SaleRow) -> list[SaleRow]:
    """The rows as they are read where the amount's column is not known."""
    return [replace(row, amount=None, currency=None) for row in rows]


@pytest.mark.parametrize(
    "rows",
    [
        [job(2), job(3, name="Ben", amount=5000)],
        [job(2), job(3, amount=5000), job(4)],
        [job(2), job(3, amount=None), job(4, amount=5000)],
        [job(2, amount=None), job(3), job(4, amount=None)],
    ],
)
def test_amounts_that_are_known_later_are_filled_in_and_add_nothing(book: Book, rows: list[SaleRow]) -> None:
    take(book, *priceless(*rows))
    filled = sum(row.amount is not None for row in rows)
    assert counts(take(book, *rows)) == (0, filled, len(rows) - filled, 0)
    assert [(sale.amount, sale.currency) for sale in all_sales(book)] == [(row.amount, row.currency) for row in rows]
    assert counts(take(book, *rows)) == (0, 0, len(rows), 0)


def test_an_amount_that_is_known_later_does_not_reset_what_was_edited(book: Book) -> None:
    take(book, *priceless(job()))
    sales.update(book.db, replace(sales.load(book.db, 1), amount=99, currency="USD"))
    assert counts(take(book, job())) == (0, 0, 1, 0)
    assert counts(take(book, job())) == (0, 0, 1, 0)
    assert [(sale.amount, sale.currency) for sale in all_sales(book)] == [(99, "USD")]


def test_the_currency_of_the_configuration_may_change_between_two_imports(book: Book) -> None:
    take(book, job(amount=120000, currency="EUR"))
    assert counts(take(book, job(amount=1200, currency="JPY"))) == (0, 0, 1, 0)


@pytest.mark.parametrize(("amount", "currency", "as_written"), [(1000, "USD", "USD"), (1000, "JPY", "¥")])
def test_an_invoice_in_another_currency_is_reported(book: Book, amount: int, currency: str, as_written: str) -> None:
    take(book, job(ref="7", amount=1000))
    found = take(book, job(ref="7", amount=amount, currency=currency, currency_as=as_written))
    assert counts(found) == (0, 0, 0, 0)
    assert "was 10.00 EUR in sale 1, which stays" in found.reported[0].reason


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"amount": 120000, "currency": "EUR"}, {"amount": 1200, "currency": "JPY"}),
        ({"amount": 1000, "currency": "CAD"}, {"amount": 1000, "currency": "USD", "currency_as": "$"}),
    ],
)
def test_an_invoice_whose_file_names_no_currency_is_known_by_its_figures(
    book: Book, before: dict[str, Any], now: dict[str, Any]
) -> None:
    take(book, job(ref="7", **before))
    found = take(book, job(ref="7", **now))
    assert (counts(found), found.reported) == ((0, 0, 1, 0), [])
    assert counts(take(book, job(3, ref="7", **now | {"amount": -now["amount"]}))) == (0, 1, 0, 0)


def test_an_invoice_whose_sale_was_edited_to_another_currency_is_known(book: Book) -> None:
    row = job(ref="7", currency_as="EUR")
    take(book, row)
    sales.update(book.db, replace(sales.load(book.db, 1), amount=99, currency="USD"))
    assert counts(take(book, row)) == (0, 0, 1, 0)


def test_the_same_content_in_another_currency_is_reported(book: Book) -> None:
    euros, dollars, none = (
        job(currency=c, currency_as=named) for c, named in [("EUR", "EUR"), ("USD", "USD"), ("EUR", "")]
    )
    take(book, euros)
    told = take(book, dollars)
    assert counts(told) == (0, 0, 0, 0)
    assert [remark.reason for remark in told.reported] == [
        "it is 120.00 USD here and was 120.00 EUR in sale 1, which stays: if it is another, followup sale add"
    ]
    assert counts(take(book, none)) == (0, 0, 1, 0)


def test_in_one_file_the_same_content_in_two_currencies_is_two_sales(book: Book) -> None:
    rows = [job(currency=code, currency_as=code) for code in ("EUR", "USD")]
    assert counts(take(book, *rows)) == (2, 0, 0, 0)
    assert counts(take(book, *rows)) == (0, 0, 2, 0)


def test_the_rows_of_one_invoice_are_known_by_their_place(book: Book) -> None:
    rows = [job(2, ref="7"), job(3, ref="7", title="Cards", amount=3000), job(4, ref="8", amount=3000)]
    assert counts(take(book, *rows)) == (3, 0, 0, 0)
    assert counts(take(book, rows[2], *rows[:2])) == (0, 0, 3, 0)
    assert counts(take(book, *rows, job(5, ref="7", title="Domain"))) == (1, 0, 3, 0)


@pytest.mark.parametrize(("first", "second"), [("1", "11"), ("1", "1:"), ("a", "a\u00e4"), ("7", "07"), ("x", "X")])
def test_invoice_numbers_are_the_same_only_letter_by_letter(book: Book, first: str, second: str) -> None:
    assert counts(take(book, job(ref=second), job(ref=first))) == (2, 0, 0, 0)
    assert counts(take(book, job(3, ref=first, amount=-12000))) == (0, 1, 0, 0)
    assert [sale.canceled for sale in all_sales(book)] == [False, True]


def test_the_same_number_with_another_amount_is_reported_and_not_changed(book: Book) -> None:
    take(book, job(ref="7"))
    found = take(book, job(4, ref="7", amount=15000), job(5, ref="8"))
    assert (counts(found), found.refused) == ((1, 0, 0, 0), False)
    reason = "invoice 7 is 150.00 EUR here and was 120.00 EUR in sale 1, which stays: see followup sale edit"
    assert found.reported == [Remark(4, reason)]
    assert [sale.amount for sale in all_sales(book)] == [12000, 12000]


def test_a_sale_written_down_by_hand_is_known_by_its_number(book: Book) -> None:
    anna = keep(book)
    with book.change("sale add"):
        for title in ("Logo", "Cards"):
            blank = Sale(id=0, contact_id=anna.id, title=title, completed=TODAY, entered=TODAY)
            sales.insert(book.db, replace(blank, ref="7", amount=12000, currency="EUR"))
    rows = [job(2, ref="7"), job(3, ref="7"), job(4, ref="7", title="Domain")]
    assert counts(take(book, *rows)) == (1, 0, 2, 0)
    sales.update(book.db, replace(sales.load(book.db, 1), ref="edited", amount=1))
    assert counts(take(book, *rows)) == (0, 0, 3, 0)


@pytest.mark.parametrize("earlier", [{}, {"ref": "1"}])
def test_an_imported_sale_that_was_given_a_number_is_known_by_it(book: Book, earlier: dict[str, Any]) -> None:
    old = job(2, **earlier)
    take(book, old)
    sales.update(book.db, replace(sales.load(book.db, 1), ref="7"))
    rows = [job(2, ref="7"), job(3, ref="7", title="Domain")]
    assert counts(take(book, *rows)) == (1, 0, 1, 0)
    assert counts(take(book, *rows)) == (0, 0, 2, 0)
    assert counts(take(book, old)) == (0, 0, 1, 0)


def by_hand(book: Book, **person: Any) -> None:
    """Bob Heater's invoice 1, written down."""
    bob = keep(book, "Bob Heater", **person)
    blank = Sale(id=0, contact_id=bob.id, title="Logo", completed=TODAY, entered=TODAY)
    with book.change("sale add"):
        sales.insert(book.db, replace(blank, ref="1", amount=12000, currency="EUR"))


@pytest.mark.parametrize(
    "row",
    [{"name": "Ann Lee"}, {"name": "Ann Lee", "email": "new@example.com"}, {"name": None, "email": "cy@example.com"},
     {"name": "Ann Lee", "completed": TODAY}],
)  # fmt: skip
def test_an_invoice_written_down_for_another_person_is_reported_each_time(book: Book, row: dict[str, Any]) -> None:
    by_hand(book)
    keep(book, "Cy", emails=("cy@example.com",))
    named = row["name"] or row["email"]
    reason = f"invoice 1 is for {named} here and was for Bob Heater in sale 1, which stays"
    for _ in range(2):
        found = take(book, job(4, ref="1", **row))
        assert (counts(found), found.reported) == ((0, 0, 0, 0), [Remark(4, reason)])


@pytest.mark.parametrize(
    "row",
    [{"name": "BOB HEATER"}, {"name": "B. H.", "email": "bob@example.com"}, {"name": "B. H.", "phone": "030 111"},
     {"name": None, "email": "new@example.com"}],
)  # fmt: skip
def test_an_invoice_written_down_for_who_may_be_the_same_is_known(book: Book, row: dict[str, Any]) -> None:
    by_hand(book, emails=("bob@example.com",), phones=("030 111",))
    assert counts(take(book, job(ref="1", **row))) == (0, 0, 1, 0)


def test_the_row_of_an_imported_invoice_is_for_another_person_only_if_the_email_is_anothers(book: Book) -> None:
    row = job(ref="1", email="anna@example.com")
    take(book, row)
    contacts.update(book.db, replace(everyone(book)[0], name="Anna Berg", emails=("berg@example.com",)))
    assert counts(take(book, row)) == (0, 0, 1, 0)
    keep(book, "Cy", emails=("anna@example.com",))
    reason = "invoice 1 is for Anna Field here and was for Anna Berg in sale 1, which stays"
    assert take(book, row).reported == [Remark(2, reason)]


@pytest.mark.parametrize(
    "row",
    [
        {"name": "Cy Dow", "email": "cy@example.com", "title": "Cards", "completed": TODAY},
        {"name": "Cy Dow", "title": "Cards"},
        {"name": "Cy Field", "phone": "030 222", "completed": TODAY},
        {"name": "Dow Ltd", "company": "Dow Ltd", "completed": TODAY},
    ],
)
def test_an_imported_invoice_for_somebody_nobody_knows_is_reported(book: Book, row: dict[str, Any]) -> None:
    take(book, job(ref="1", email="anna@example.com", phone="030 111", company="Studio Ltd"))
    reason = f"invoice 1 is for {row['name']} here and was for Anna Field in sale 1, which stays"
    found = take(book, job(4, ref="1", **row))
    assert (counts(found), found.people, found.reported) == ((0, 0, 0, 0), 0, [Remark(4, reason)])


@pytest.mark.parametrize(
    "row",
    [
        {"name": "Cy Dow", "email": "ANNA@example.com"},
        {"name": "Cy Dow", "email": "new@example.com", "phone": "(030) 111"},
        {"name": "FIELD, Anna"},
        {"name": "Anna", "email": "new@example.com"},
        {"name": "Cy Dow", "company": "Studio"},
        {"name": "Studio Ltd"},
        {"name": None, "email": "new@example.com"},
    ],
)
def test_an_imported_invoice_whose_person_may_be_the_same_is_known(book: Book, row: dict[str, Any]) -> None:
    take(book, job(ref="1", email="anna@example.com", phone="030 111", company="Studio Ltd"))
    found = take(book, job(ref="1", **{"title": "Cards", "completed": TODAY, **row}))
    assert (counts(found), found.reported) == ((0, 0, 1, 0), [])


def test_the_contact_of_a_known_invoice_gains_a_new_email(book: Book) -> None:
    take(book, job(ref="1"))
    assert counts(take(book, job(ref="1", email="anna@example.com"))) == (0, 1, 0, 0)
    assert everyone(book)[0].emails == ("anna@example.com",)
    assert counts(take(book, job(ref="1", email="anna@example.com"))) == (0, 0, 1, 0)


def test_a_bad_row_keeps_the_place_of_its_invoice_for_when_it_is_mended(book: Book) -> None:
    second = job(3, ref="7", title="Cards", amount=3000)
    assert counts(take(book, BadRow(2, "no date", "7"), second, partial=True)) == (1, 0, 0, 1)
    assert counts(take(book, job(2, ref="7"), second)) == (1, 0, 1, 0)
    assert [sale.title for sale in all_sales(book)] == ["Cards", "Logo"]


# Credit notes


@pytest.mark.parametrize("before", [True, False])
def test_a_credit_note_cancels_its_sale_wherever_it_stands(book: Book, before: bool) -> None:
    rows = [job(2, ref="7"), job(3, ref="7", amount=-12000), job(4, ref="8")]
    found = take(book, *(rows[1::-1] if before else rows[:2]), rows[2])
    assert counts(found) == (2, 1, 0, 0)
    assert [sale.canceled for sale in all_sales(book)] == [True, False]
    assert counts(take(book, *rows)) == (0, 0, 3, 0)
    assert [sale.canceled for sale in all_sales(book)] == [True, False]


def test_a_canceled_sale_plans_nothing(book: Book) -> None:
    take(book, job(ref="7", email="a@example.com", completed=TODAY))
    assert book.db.execute("SELECT count(*) FROM followups WHERE plan = 'open'").fetchone() == (1,)
    take(book, job(ref="7", amount=-1))
    assert book.db.execute("SELECT count(*) FROM followups WHERE plan = 'open'").fetchone() == (0,)


def test_a_credit_note_of_less_cancels_its_sale_and_says_so_once(book: Book) -> None:
    rows = [job(2, ref="7", title="Facade", amount=61000), job(3, ref="7", amount=-6000)]
    assert take(book, *rows).notices == [
        Remark(
            3,
            "credit note of 60.00 EUR cancels sale 1 (Facade, 610.00 EUR): if it was only a part, followup undo, take"
            " the row out, and import the file again",
        )
    ]
    assert all_sales(book)[0].canceled
    assert take(book, *rows).notices == []


def test_a_credit_note_of_the_whole_amount_needs_no_notice(book: Book) -> None:
    assert take(book, job(2, ref="7"), job(3, ref="7", amount=-12000)).notices == []


def test_a_credit_note_knows_its_sale_after_the_number_was_edited(book: Book) -> None:
    rows = [job(2, ref="7"), job(3, ref="7", amount=-12000)]
    take(book, rows[0])
    sales.update(book.db, replace(all_sales(book)[0], ref="2026-7"))
    assert counts(take(book, *rows)) == (0, 1, 1, 0)


@pytest.mark.parametrize("person", [{"name": "Ben Kay"}, {"name": "Cy Dow", "email": "cy@example.com"}])
def test_a_credit_note_for_another_person_cancels_nothing_and_is_reported(book: Book, person: dict[str, Any]) -> None:
    keep(book, "Ben Kay")
    take(book, job(ref="7", email="anna@example.com"))
    reason = f"invoice 7 is for {person['name']} here and was for Anna Field in sale 1, which stays"
    found = take(book, job(3, ref="7", amount=-12000, **person))
    assert (counts(found), found.reported) == ((0, 0, 0, 0), [Remark(3, reason)])
    assert not all_sales(book)[0].canceled


@pytest.mark.parametrize(
    "person",
    [{"name": None}, {"name": "Field, Anna"}, {"name": "A. F.", "email": "anna@example.com"},
     {"name": "Cy Dow", "email": "cy@example.com", "whole": True}],
)  # fmt: skip
def test_a_credit_note_for_the_same_person_or_nobody_or_a_payment_cancels(book: Book, person: dict[str, Any]) -> None:
    take(book, job(ref="7", email="anna@example.com"))
    found = take(book, job(3, ref="7", amount=-12000, title="Refund", **person))
    assert (counts(found), found.reported) == ((0, 1, 0, 0), [])


def test_of_an_invoice_of_two_people_a_credit_note_cancels_what_is_its_person_s(book: Book) -> None:
    take(book, job(2, ref="7"), job(3, "Ben Kay", ref="7"), job(4, "Ben Kay", ref="7", amount=-12000, title="Refund"))
    assert [sale.canceled for sale in all_sales(book)] == [False, True]


def test_a_credit_note_that_was_taken_is_known_after_its_contact_was_renamed(book: Book) -> None:
    rows = [job(2, ref="7"), job(3, ref="7", amount=-12000, title="Refund")]
    take(book, *rows)
    contacts.update(book.db, replace(everyone(book)[0], name="Studio"))
    found = take(book, *rows)
    assert (counts(found), found.reported) == ((0, 0, 2, 0), [])


@pytest.mark.parametrize(
    ("credits", "canceled"),
    [
        ([-3000], [False, True, False]),
        ([-12000], [True, False, False]),
        ([-12000, -3000], [True, True, False]),
        ([-12000, -12000], [True, False, True]),
        ([-27000], [True, True, True]),
        ([-27000, -27000], [True, True, True]),
    ],
)
def test_of_an_invoice_with_several_sales_the_credit_note_cancels_what_it_amounts_to(
    book: Book, credits: list[int], canceled: list[bool]
) -> None:
    rows = [job(2, ref="7"), job(3, ref="7", amount=3000), job(4, ref="7", title="Cards")]
    rows += [job(line, ref="7", amount=amount) for line, amount in enumerate(credits, 5)]
    assert take(book, *rows).rejected == []
    assert [sale.canceled for sale in all_sales(book)] == canceled
    assert counts(take(book, *rows)) == (0, 0, len(rows), 0)
    assert [sale.canceled for sale in all_sales(book)] == canceled


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([job(2, amount=-1)], "a negative amount that names no invoice"),
        (
            [job(2, ref="9", amount=-1)],
            "the amount is negative and 9 is the number of no known invoice: put the number of the invoice that it"
            " takes back there, or take the row out and see followup sale cancel",
        ),
        ([job(2, ref="9", amount=-1), job(3, ref="7"), job(4, ref="7")], "9 is the number of no known invoice"),
        ([job(2, ref="7", amount=-5), job(3, ref="7"), job(4, ref="7")], "could be for sale 1, 2"),
        (
            [job(2, ref="7", amount=-12000, currency="USD", currency_as="USD"), job(3, ref="7")],
            "a credit note in USD for 7, which is in EUR: correct it",
        ),
    ],
)
def test_other_credit_notes_are_bad_rows(book: Book, rows: list[SaleRow], reason: str) -> None:
    found = take(book, *rows, partial=True)
    assert [remark.line for remark in found.rejected] == [2]
    assert reason in found.rejected[0].reason
    assert len(all_sales(book)) == len(rows) - 1
    assert not any(sale.canceled for sale in all_sales(book))


def test_a_second_credit_note_is_not_taken_for_what_is_left_of_the_invoice(book: Book) -> None:
    rows = [job(2, ref="7"), job(3, ref="7", amount=3000), job(4, ref="7", amount=-12000), job(5, ref="7", amount=-5)]
    found = take(book, *rows, partial=True)
    assert [remark.line for remark in found.rejected] == [5]
    assert [sale.canceled for sale in all_sales(book)] == [True, False]


# Whole or not at all


def test_a_refused_file_and_a_dry_run_change_nothing(book: Book) -> None:
    before = "\n".join(book.db.iterdump())
    rows = [job(2, ref="7"), job(3, ref="7", amount=-12000), BadRow(4, "the date is empty")]
    refused = take(book, *rows)
    assert (counts(refused), refused.people, refused.refused) == ((0, 0, 0, 1), 0, True)
    dry = take(book, *rows, partial=True, dry_run=True)
    assert "\n".join(book.db.iterdump()) == before
    real = take(book, *rows, partial=True)
    assert counts(dry) == counts(real) == (1, 1, 0, 1)
    assert dry.people == real.people == 1


def test_each_row_and_each_replan_is_told(book: Book) -> None:
    told: list[int] = []
    import_sales(book, [job(2), job(3)], "import sales", partial=False, dry_run=False, past=False, tick=told.append)
    assert told == [1, 1, 1]
