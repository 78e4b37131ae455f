"""Headers of real kinds of exports, and what is made of them."""

import pytest

from followup.core.refusal import Refusal
from followup.transfer.columns import match_columns
from followup.transfer.tools import Kind


def named(header: str, kind: Kind, mapping: dict[str, str] | None = None) -> dict[str, list[str]]:
    """The column names of each field."""
    columns = header.split(",")
    found = match_columns(columns, kind, mapping or {})
    return {field: [columns[i] for i in indices] for field, indices in found.of.items()}


def addresses(header: str) -> list[dict[str, str]]:
    columns = header.split(",")
    found = match_columns(columns, "contacts", {})
    return [{part: columns[i] for part, i in address.items()} for address in found.addresses]


OUTLOOK = (
    "First Name,Middle Name,Last Name,Company,Job Title,Business Street,Business Street 2,Business City,"
    "Business State,Business Postal Code,Business Country/Region,Home Street,Home City,Home Postal Code,Business Fax,"
    "Business Phone,Business Phone 2,Mobile Phone,Birthday,Anniversary,Categories,E-mail Address,E-mail Type,"
    "E-mail Display Name,E-mail 2 Address,Language,Notes"
)
GOOGLE = (
    "Name,Given Name,Family Name,Birthday,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Value,"
    "Phone 1 - Type,Phone 1 - Value,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - Region,"
    "Address 1 - Postal Code,Address 1 - Country,Address 2 - Street,Organization 1 - Name,Organization 1 - Title"
)


def test_an_english_address_book_is_recognised() -> None:
    assert named(OUTLOOK, "contacts") == {
        "first_name": ["First Name"],
        "middle_name": ["Middle Name"],
        "last_name": ["Last Name"],
        "company": ["Company"],
        "email": ["E-mail Address", "E-mail 2 Address"],
        "phone": ["Business Phone", "Business Phone 2", "Mobile Phone"],
        "birthday": ["Birthday"],
        "tags": ["Categories"],
        "language": ["Language"],
        "notes": ["Notes"],
    }


def test_each_address_keeps_its_own_parts() -> None:
    assert addresses(OUTLOOK) == [
        {
            "street": "Business Street",
            "street2": "Business Street 2",
            "city": "Business City",
            "region": "Business State",
            "postcode": "Business Postal Code",
            "country": "Business Country/Region",
        },
        {"street": "Home Street", "city": "Home City", "postcode": "Home Postal Code"},
    ]


def test_numbered_columns_with_a_label_and_a_value_are_recognised() -> None:
    found = named(GOOGLE, "contacts")
    assert found["name"] == ["Name"]
    assert found["email"] == ["E-mail 1 - Value", "E-mail 2 - Value"]
    assert found["phone"] == ["Phone 1 - Value"]
    assert found["company"] == ["Organization 1 - Name"]
    assert found["tags"] == ["Group Membership"]
    assert addresses(GOOGLE)[0]["address"] == "Address 1 - Formatted"
    assert addresses(GOOGLE)[1] == {"street": "Address 2 - Street"}


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            "Vorname,Nachname,Firma,Straße geschäftlich,Ort geschäftlich,Telefon privat,E-Mail-Adresse,Geburtstag",
            {"first_name", "last_name", "company", "phone", "email", "birthday"},
        ),
        (
            "Prénom,Nom,Société,Rue (bureau),Téléphone (bureau),Adresse de messagerie,Anniversaire,Catégories,Langue",
            {"first_name", "last_name", "company", "phone", "email", "birthday", "tags", "language"},
        ),
        (
            "Nombre,Apellidos,Empresa,Calle del trabajo,Teléfono móvil,Correo electrónico,Cumpleaños,Notas",
            {"first_name", "last_name", "company", "phone", "email", "birthday", "notes"},
        ),
        ("NAME,e_mail,PHONE-NUMBER", {"name", "email", "phone"}),
        ("Prenom,NOM,telephone", {"first_name", "last_name", "phone"}),
    ],
)
def test_contacts_are_recognised_in_four_languages(header: str, fields: set[str]) -> None:
    assert set(named(header, "contacts")) == fields


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Vorname,Name", "last_name"),
        ("Prénom,Nom", "last_name"),
        ("Nombre,Apellidos", "first_name"),
        ("Vorname,Nachname,Name", "name"),
        ("Name,Email", "name"),
    ],
)
def test_a_bare_name_beside_half_a_name_is_the_other_half(header: str, field: str) -> None:
    bare = next(name for name in header.split(",") if name in ("Name", "Nom", "Nombre"))
    assert named(header, "contacts")[field] == [bare]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "Customer,Email,Date,Description,Quantity,Amount,Currency",
            {"name": "Customer", "email": "Email", "date": "Date", "title": "Description", "amount": "Amount",
             "currency": "Currency"},
        ),
        (
            "ContactName,EmailAddress,InvoiceNumber,Reference,InvoiceDate,DueDate,Total,Description,UnitAmount,LineAmount",
            {"name": "ContactName", "email": "EmailAddress", "ref": "InvoiceNumber", "date": "InvoiceDate",
             "title": "Description", "amount": "LineAmount"},
        ),
        (
            "Rechnungsnummer,Rechnungsdatum,Fälligkeit,Kundennummer,Kunde,Leistung,Betrag (netto),Betrag (brutto)",
            {"ref": "Rechnungsnummer", "date": "Rechnungsdatum", "name": "Kunde", "title": "Leistung",
             "amount": "Betrag (brutto)"},
        ),
        (
            "N° de facture,Date de facture,Client,Objet,Montant HT,Montant TTC,Devise",
            {"ref": "N° de facture", "date": "Date de facture", "name": "Client", "title": "Objet",
             "amount": "Montant TTC", "currency": "Devise"},
        ),
        (
            "Nº factura,Fecha de emisión,Cliente,Concepto,Base imponible,Importe total,Moneda",
            {"ref": "Nº factura", "date": "Fecha de emisión", "name": "Cliente", "title": "Concepto",
             "amount": "Importe total", "currency": "Moneda"},
        ),
        (
            "Client,Job,Price,Date,Warranty,Category,Tags,Notes",
            {"name": "Client", "title": "Job", "amount": "Price", "date": "Date", "warranty": "Warranty",
             "category": "Category", "tags": "Tags", "note": "Notes"},
        ),
    ],
)  # fmt: skip
def test_sales_are_recognised_in_four_languages(header: str, expected: dict[str, str]) -> None:
    assert named(header, "sales") == {field: [column] for field, column in expected.items()}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        *((column, "currency") for column in (
            "Order Currency", "Invoice Currency", "Currency (ISO)", "Invoice currency code", "Transaction Currency",
            "Währungskürzel", "Code devise", "Código de moneda", "Code de la devise",
        )),
        *((column, "name") for column in (
            "Buyer", "Payer", "Empfänger", "Rechnungsempfänger", "Debitor", "Geschäftspartner", "Destinataire",
            "Destinatario", "Account Name", "Invoice To",
        )),
        ("Invoice/Bill Date", "date"),
    ],
)  # fmt: skip
def test_other_names_that_invoicing_tools_give_are_recognised(column: str, field: str) -> None:
    usual = {"name": "Client", "date": "Date", "title": "Title", "currency": "Currency"}
    header = [name for known, name in usual.items() if known != field]
    assert named(",".join([*header, column]), "sales")[field] == [column]


SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Total,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Billing Name"
)


def test_a_shops_order_is_named_by_its_number_and_the_person_by_the_bill() -> None:
    found = named(SHOPIFY, "sales")
    assert (found["name"], found["ref"]) == (["Billing Name"], ["Name"])
    assert (found["amount"], found["title"], found["date"]) == (["Total"], ["Lineitem name"], ["Created at"])
    assert named(f"{SHOPIFY},Order ID", "sales")["ref"] == ["Order ID"]


@pytest.mark.parametrize("column", ["Other Name", "Name 2", "Shipping Name"])
def test_a_bare_name_does_not_give_way_to_one_of_several(column: str) -> None:
    assert named(f"{column},Name,Date,Total", "sales") == {"name": ["Name"], "date": ["Date"], "amount": ["Total"]}


@pytest.mark.parametrize("column", ["Customer Name", "Client", "Kunde", "Buyer"])
def test_a_bare_name_gives_way_to_the_customers(column: str) -> None:
    assert named(f"Name,Date,Total,{column}", "sales") == {"name": [column], "date": ["Date"], "amount": ["Total"]}


@pytest.mark.parametrize(
    ("column", "currency"),
    [
        ("Amount (EUR)", "eur"),
        ("Amount EUR", "eur"),
        ("amount_usd", "usd"),
        ("Amount in €", "€"),
        ("Amount (US$)", "us$"),
        ("Net Amount (EUR)", "eur"),
        ("Total EUR", "eur"),
        ("TOTAL (CHF)", "chf"),
        ("Total (in GBP)", "gbp"),
        ("Total (ALL)", "all"),
        ("BETRAG IN EUR", "eur"),
        ("montant en eur", "eur"),
        ("betrag [eur]", "eur"),
        ("Total BOB", "bob"),
        ("Betrag (EUR)", "eur"),
        ("Betrag in EUR", "eur"),
        ("Betrag €", "€"),
        ("Betrag in Euro", "euro"),
        ("Betrag € (EUR)", "eur"),
        ("Preis (EUR)", "eur"),
        ("Montant (EUR)", "eur"),
        ("Montant en EUR", "eur"),
        ("Montant H.T. (EUR)", "eur"),
        ("Importe (EUR)", "eur"),
        ("Importe en euros (IVA incluido)", "euros"),
        ("Rechnungsbetrag (brutto)", ""),
        ("Betrag inkl. 19 % MwSt.", ""),
        ("Betrag zzgl. 8,1 % MwSt", ""),
        ("Bruttosumme", ""),
        ("Total (incl. VAT)", ""),
        ("Total incl.", ""),
        ("Total tax included (EUR)", "eur"),
        ("Total net of tax", ""),
        ("Amount (excl. VAT)", ""),
        ("Amount before sales tax", ""),
        ("Prix T.T.C.", ""),
        ("Total hors taxes", ""),
        ("Importe sin IVA", ""),
        ("Importe (IVA no incluido)", ""),
        ("Order Total", ""),
        ("Subtotal", ""),
        ("Sub-Total (USD)", "usd"),
        ("Zwischensumme", ""),
        ("Base imponible", ""),
        ("Unit Price", ""),
        ("Einzelpreis (netto)", ""),
        *((column, "") for column in ("Honorar", "Honoraires", "Honorarios", "Fee", "Rechnungssumme", "Summe")),
        ("Honorar (EUR)", "eur"),
        ("Value (EUR)", "eur"),
        ("Wert in €", "€"),
        ("Valeur €", "€"),
    ],
)
def test_an_amount_is_recognised_with_its_currency_and_with_what_is_said_of_the_tax(column: str, currency: str) -> None:
    columns = match_columns(["Customer", "Date", "Title", column], "sales", {})
    assert (columns.index("amount"), columns.currency) == (3, currency)


@pytest.mark.parametrize(
    "column",
    [
        "VAT (EUR)", "Tax amount", "Total tax", "VAT amount (EUR)", "Tax included", "Tax amount incl.", "EUR",
        "Invoice (EUR)", "Title (EUR)", "Amount (EUR/USD)", "Amount (k EUR)", "Betrag in TEUR", "Betrag in Cent",
        "Total all", "TOTAL ALL", "Top amount", "Amount Bob", "Mur total", "Gel price", "bob amount", "MUR TOTAL",
        "Total Eur", "Gross margin", "Discount (EUR)", "Total discount (EUR)",
        "Amount due (EUR)", "Amount incl. shipping", "Value", "Wert", "Valeur", "Valor", "Value 1", "Wert (brutto)",
        f"{'all ' * 40}amount",
    ],
)  # fmt: skip
def test_what_is_no_amount_of_the_sale_is_not_taken_for_it(column: str) -> None:
    assert "amount" not in named(f"Customer,Date,Title,{column}", "sales")


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Net Amount (EUR),VAT (EUR),Total (EUR)", "Total (EUR)"),
        ("Amount (excl. VAT),Amount (incl. VAT)", "Amount (incl. VAT)"),
        ("Net Amount (EUR),Total (incl. VAT)", "Total (incl. VAT)"),
        ("Betrag netto (EUR),Betrag brutto (EUR)", "Betrag brutto (EUR)"),
        ("Nettobetrag (EUR),MwSt (EUR),Bruttobetrag (EUR)", "Bruttobetrag (EUR)"),
        ("Montant HT (EUR),TVA (EUR),Montant TTC (EUR)", "Montant TTC (EUR)"),
        ("Importe sin IVA,Importe con IVA", "Importe con IVA"),
        ("Base imponible,IVA,Total (EUR)", "Total (EUR)"),
        ("Unit Price,Subtotal,Tax,Total (EUR)", "Total (EUR)"),
        ("Subtotal,Net Amount (EUR)", "Net Amount (EUR)"),
        ("Unit Price,Subtotal", "Subtotal"),
        ("Quantity,Unit Price,Subtotal", "Subtotal"),
        ("Price,Total (EUR)", "Total (EUR)"),
        ("Price,Subtotal", "Price"),
        ("Fee,Total (EUR)", "Total (EUR)"),
        ("Fee,Unit price", "Unit price"),
        ("Amount (USD),Amount (EUR)", "Amount (USD)"),
        ("Total (EUR),Net", "Net"),  # as it was before currencies were taken out: a file known by its amounts stays so
        ("Total (incl. VAT),Amount", "Amount"),
    ],
)
def test_of_several_amounts_the_one_with_the_tax_counts(header: str, column: str) -> None:
    assert named(f"Customer,Date,Title,{header}", "sales")["amount"] == [column]


@pytest.mark.parametrize("column", ["Issued", "Issued on", "Ausgestellt am"])
def test_an_invoice_was_sold_on_the_day_it_was_issued_where_no_other_is_given(column: str) -> None:
    assert named(f"Customer,{column},Amount", "sales")["date"] == [column]
    assert named(f"Customer,{column},Amount,Invoice date", "sales")["date"] == ["Invoice date"]


@pytest.mark.parametrize("price", ["Price", "Price (EUR)", "Unit price"])
def test_a_price_beside_a_quantity_is_not_the_amount(price: str) -> None:
    with pytest.raises(Refusal, match=r"title or amount"):
        match_columns(["Client", "Date", "Qty", price], "sales", {})


def test_a_mapped_column_goes_before_a_recognised_one() -> None:
    assert named("Customer,Date,Total,Net", "sales", {"Net": "amount"})["amount"] == ["Net"]


def test_a_mapped_column_says_its_currency_too() -> None:
    assert match_columns(["Customer", "Date", "Due in USD"], "sales", {"Due in USD": "amount"}).currency == "usd"


def test_columns_of_unknown_names_can_be_mapped() -> None:
    mapping = {"who": "name", "WHEN": "date", "what": "title"}
    assert named("Who,When,What", "sales", mapping) == {"name": ["Who"], "date": ["When"], "title": ["What"]}


def test_a_mapped_email_becomes_the_main_one() -> None:
    assert named("Name,Email,Reach", "contacts", {"Reach": "email"})["email"] == ["Reach", "Email"]


def test_a_column_can_be_mapped_away_from_what_its_name_says() -> None:
    assert named("Name,Category", "contacts", {"Category": "notes"}) == {"name": ["Name"], "notes": ["Category"]}


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"Betrog": "amount"}, "no column 'Betrog' to map: did you mean 'Betrag'"),
        ({"xyz": "amount"}, "no column 'xyz' to map: there are Kunde, Datum, Betrag"),
        ({"Betrag": "amont"}, "no field 'amont' to map 'Betrag' to: did you mean 'amount'"),
        ({"Betrag": "birthday"}, "no field 'birthday'.*there are name, "),
        ({"Betrag": "quantity"}, "no field 'quantity'"),
        ({"Betrag": "amount", "betrag": "title"}, "'betrag' is mapped to 'amount' and to 'title': map it once"),
        ({"Betrag": "title", "Datum": "title"}, "two columns are mapped to 'title'"),
    ],
)
def test_an_unknown_column_or_field_is_refused_with_the_nearest(mapping: dict[str, str], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        match_columns(["Kunde", "Datum", "Betrag"], "sales", mapping)


@pytest.mark.parametrize(
    ("header", "kind", "says"),
    [
        ("foo,bar", "contacts", r"the person \(name\) among foo, bar: .*--map COLUMN=FIELD"),
        ("email,phone", "contacts", r"the person \(name\)"),
        ("foo,bar", "sales", r"the person .* and the day .* and what was sold"),
        ("Date,Amount", "sales", r"the person \(name or email\) among Date, Amount"),
        ("Customer,Amount", "sales", r"the day \(date\)"),
        ("Customer,Date", "sales", r"what was sold \(title or amount\)"),
    ],
)
def test_a_header_that_lacks_what_rows_need_is_refused(header: str, kind: Kind, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        match_columns(header.split(","), kind, {})


@pytest.mark.parametrize("header", ["Email,Date,Amount", "Firma,Datum,Betrag", "Cliente,Fecha,Concepto"])
def test_sales_need_a_person_a_day_and_a_title_or_an_amount(header: str) -> None:
    match_columns(header.split(","), "sales", {})


@pytest.mark.parametrize("kind", ["contacts", "sales"])
def test_no_name_of_a_column_stands_for_two_fields(kind: Kind) -> None:
    from followup.transfer.columns import _NAMES, _key, _words

    keys = [(_key(_words(name)), field) for field, names in _NAMES[kind].items() for name in names.split(",")]
    fields: dict[str, set[str]] = {}
    for key, field in keys:
        fields.setdefault(key, set()).add(field)
    assert {key: several for key, several in fields.items() if len(several) > 1 or not key} == {}
