"""Which column of a file holds what: recognised by the names that address books and invoicing tools give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from followup.core.identity import fold
from followup.core.refusal import Refusal
from followup.transfer.amounts import bare_names, is_net, stated_currency
from followup.transfer.tools import DateOrder, Kind, Tool, places, recognised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEVERAL = ("email", "phone")
"""Fields of a contact that may stand in several columns."""

ADDRESS_PARTS = ("address", "street", "street2", "postcode", "city", "region", "country")

_PERSON = {
    "name": (
        "full name, display name, customer name, client name, contact name, customer, client, contact, bill to, name,"
        "vollständiger name, anzeigename, kundenname, kunde, kundin, auftraggeber, ansprechpartner, kontakt,"
        "nom complet, nom à afficher, nom du client, nom du contact, acheteur, nom,"
        "nombre completo, nombre y apellidos, nombre para mostrar, nombre del cliente, cliente, contacto, nombre"
    ),
    "first_name": (
        "first name, given name, forename, customer first name, vorname, prénom, nombre de pila, primer nombre"
    ),
    "middle_name": "middle name, additional name, second name, zweiter vorname, deuxième prénom, segundo nombre",
    "last_name": (
        "last name, family name, surname, customer last name, nachname, familienname, zuname, nom de famille,"
        "apellidos, apellido, primer apellido"
    ),
    "email": (
        "email, email address, email value, mail, mail address, customer email, client email,"
        "contact email, from email address,"
        "email adresse, mailadresse, kunden email,"
        "courriel, adresse email, adresse mail, adresse électronique, adresse de messagerie, email client,"
        "correo electrónico, correo, dirección de correo electrónico, dirección de correo, dirección email"
    ),
    "phone": (
        "phone, phone number, phone value, telephone, telephone number, mobile, mobile phone,"
        "mobile number, cell, cell phone,"
        "tel, customer phone,"
        "telefon, telefonnummer, tel nr, handy, handynummer, mobil, mobilnummer, mobiltelefon, mobil tel nr, rufnummer,"
        "téléphone, numéro de téléphone, téléphone portable, téléphone mobile, tél mobile, portable,"
        "teléfono, número de teléfono, teléfono móvil, móvil, celular"
    ),
    "company": (
        "company, company name, organization, organisation, organization name, organisation name, business name,"
        "customer company, firma, firmenname, unternehmen, société, entreprise, raison sociale, nom de la société,"
        "empresa, nombre de la empresa, organización, compañía, razón social"
    ),
}

_CONTACT = _PERSON | {
    "address": (
        "address formatted, full address, postal address, address, anschrift, postanschrift, adresse, adresse complète,"
        "adresse postale, dirección completa, dirección postal, dirección, domicilio"
    ),
    "street": (
        "street, street 1, street address, address street, address 1, address line 1, straße, straße und hausnummer,"
        "straße hausnummer, straße nr, rue, voie, adresse 1, ligne adresse 1, calle, calle y número, dirección 1"
    ),
    "street2": (
        "street 2, address 2, address line 2, address extended address, extended address, straße 2,"
        "adresszusatz, rue 2,"
        "adresse 2, complément d'adresse, ligne adresse 2, calle 2, dirección 2"
    ),
    "postcode": (
        "postcode, postal code, post code, address postal code, zip, zip code, plz, postleitzahl, code postal, cp,"
        "código postal"
    ),
    "city": "city, town, address city, locality, ort, stadt, wohnort, ville, localité, ciudad, población, localidad",
    "region": (
        "region, state, state province, province, county, address region, bundesland, kanton, région, département,"
        "provincia, estado, comunidad autónoma"
    ),
    "country": "country, country region, address country, land, land region, pays, pays région, país, país región",
    "birthday": (
        "birthday, birth date, birthdate, date of birth, dob, geburtstag, geburtsdatum, geboren am, anniversaire,"
        "date de naissance, cumpleaños, fecha de nacimiento"
    ),
    "tags": (
        "tags, tag, labels, categories, category, groups, group, group membership, keywords,"
        "schlagworte, schlagwörter, stichwörter, kategorien, kategorie, gruppen, gruppe,"
        "étiquettes, catégories, catégorie, groupes, groupe, mots clés, etiquetas, categorías, categoría, grupos, grupo"
    ),
    "notes": (
        "notes, note, comments, comment, remarks, notizen, notiz, bemerkungen, bemerkung, anmerkungen, anmerkung,"
        "kommentar, remarques, remarque, commentaires, commentaire, notas, nota, comentarios, observaciones"
    ),
    "language": "language, preferred language, locale, sprache, bevorzugte sprache, langue, idioma",
    "prefers": (
        "prefers, preferred channel, preferred contact method, contact preference, bevorzugter kanal, kontaktweg,"
        "canal préféré, moyen de contact préféré, canal preferido, medio de contacto preferido"
    ),
    "linkedin": "linkedin, linkedin url, linkedin profile, linkedin profile url",
}

_SALE = _PERSON | {
    "name": (
        f"{_PERSON['name']}, buyer, buyer name, payer, payer name, account name, invoice to, bill to name, empfänger,"
        "rechnungsempfänger, debitor, geschäftspartner, destinataire, destinatario"
    ),
    "date": (
        "date, invoice date, date of invoice, issue date, date issued, sale date, date of sale,"
        "order date, purchase date,"
        "transaction date, completed, completed on, completion date, date utc, created utc, created at,"
        "created, paid at,"
        "datum, rechnungsdatum, belegdatum, leistungsdatum, verkaufsdatum, auftragsdatum, bestelldatum, buchungsdatum,"
        "date de facture, date facturation, date d'émission, date de vente, date de commande, date de prestation,"
        "fecha, fecha de factura, fecha de emisión, fecha de venta, fecha de pedido,"
        "issued, issued on, ausgestellt, ausgestellt am, bill date, invoice bill date"
    ),
    "title": (
        "title, item name, item title, lineitem name, product name, product service, description, item description,"
        "memo description, item desc, item, product, service, services, subject, project, project name, job, work,"
        "titel, leistung, bezeichnung, artikelbezeichnung, leistungsbeschreibung, beschreibung, artikel, produkt,"
        "dienstleistung, betreff, projekt, titre, désignation, libellé, prestation, produit, article, objet, projet,"
        "título, concepto, descripción, producto, servicio, artículo, asunto, proyecto, trabajo"
    ),
    "amount": (
        "line total, line amount, item total, grand total, total amount, amount total, invoice total, invoice amount,"
        "total, amount, gross amount, gross, sum, revenue, net amount, net,"
        "gesamtbetrag, gesamtsumme, rechnungsbetrag, bruttobetrag, betrag brutto, brutto, gesamt, summe,"
        "betrag, umsatz, rechnungssumme,"
        "nettobetrag, betrag netto, netto, total ttc, montant ttc, montant total, prix total, montant,"
        "total ht, montant ht,"
        "importe total, total factura, importe, importe bruto, monto, importe neto,"
        "order total, total price, gesamtpreis, value, wert, valeur, valor"
    ),
    "price": "price, preis, prix, precio",
    "subtotal": "subtotal, zwischensumme, sous total, base imponible",
    "unit_price": (
        "unit price, price per unit, unit amount, einzelpreis, stückpreis, preis pro stück, prix unitaire,"
        "precio unitario"
    ),
    "fee": "fee, honorar, honoraires, honorarios",
    "quantity": "quantity, qty, units, menge, anzahl, stück, quantité, qté, cantidad, unidades, lineitem quantity",
    "currency": (
        "currency, currency code, währung, waehrung, währungscode, devise, monnaie, moneda, divisa,"
        "currency iso, currency iso code, iso currency, iso currency code, invoice currency, invoice currency code,"
        "order currency, order currency code, transaction currency, transaction currency code, payment currency,"
        "sale currency, document currency, währungskürzel, währungskennzeichen, währung iso, rechnungswährung,"
        "auftragswährung, belegwährung, transaktionswährung, code devise, devise iso, code monnaie, devise de facture,"
        "devise de facturation, devise de commande, código de moneda, código de divisa, moneda iso, moneda de factura,"
        "moneda del pedido, divisa de factura"
    ),
    "ref": (
        "invoice number, invoice no, no invoice, invoice id, invoice, order number, order no, order id,"
        "order, receipt number,"
        "document number, transaction id, number, num, no, reference, ref,"
        "rechnungsnummer, rechnungsnr, rechnung nr, rechnung, belegnummer, belegnr, auftragsnummer,"
        "bestellnummer, nummer,"
        "nr, numéro de facture, n facture, no facture, facture n, facture, numéro, n, référence,"
        "número de factura, n factura, no factura, factura n, factura, número de pedido, número, referencia"
    ),
    "category": "category, product type, kategorie, sparte, warengruppe, catégorie, rubrique, categoría",
    "tags": "tags, tag, labels, schlagworte, schlagwörter, étiquettes, etiquetas",
    "note": (
        "note, notes, memo, comment, comments, notiz, notizen, bemerkung, bemerkungen, kommentar, remarque, remarques,"
        "commentaire, commentaires, nota, notas, comentario, comentarios, observaciones"
    ),
    "warranty": (
        "warranty, warranty period, guarantee, garantie, garantiezeit, gewährleistung, durée de garantie, garantía,"
        "plazo de garantía"
    ),
}

_NAMES = {"contacts": _CONTACT, "sales": _SALE}
_STAND_INS = ("price", "subtotal", "unit_price", "fee")
"""What is taken for the amount where there is none, the first before the others."""

_INNER = (*_STAND_INS, "quantity")
"""Recognised only to tell an amount from a price for each piece."""

_MONEY = ("amount", *_STAND_INS)
"""Fields whose columns may be named with a currency, and with what is said of the tax."""

_VAGUE = ("value", "wert", "valeur", "valor")
"""Names of amounts that may as well be those of something else: taken for amounts only with a currency."""

_CONNECTING = {
    "a", "al", "and", "d", "das", "de", "del", "der", "des", "du", "et", "l", "la", "le", "of", "the", "und", "y",
}  # fmt: skip
_PLACES = {
    "business", "work", "office", "home", "personal", "private", "other", "primary", "secondary", "main", "mailing",
    "billing", "shipping", "geschaftlich", "dienstlich", "arbeit", "privat", "weitere", "primare", "sekundare",
    "bureau", "travail", "domicile", "personnel", "personnelle", "prive", "autre", "principal", "principale",
    "trabajo", "particular", "casa", "otro", "otra",
}  # fmt: skip
"""Words that tell one of several addresses, phones or e-mails from the others."""

_MOST_NAMED = 12
_STRIPPED = 1000
_UNMARKED = 2000
"""How far behind a usual name comes one that is usual without its place or number, or without its currency and tax."""

_NET = 500
"""How far behind the latter comes one that says that the tax is not in it."""

_MAPPED = -1
_BARE_NAMES = ("name", "nom", "nombre")


class Columns(Struct, frozen=True):
    """Where to find what in a row: the columns of each field, the first the main one, and those of each address.

    `tool` is the one whose export the file is, if it is known; `currency` that of the amounts by the name of their
    column, if it says one: a code or a mark.
    """

    of: dict[str, tuple[int, ...]]
    addresses: tuple[dict[str, int], ...] = ()
    tool: Tool | None = None
    currency: str = ""

    def index(self, field: str) -> int | None:
        """The main column of a field, if it has one."""
        found = self.of.get(field)
        return found[0] if found else None

    @property
    def needs_name(self) -> bool:
        """Whether each row has to name its person: there is a column for it, and no tool is known to leave it empty."""
        return not self.tool and any(field in self.of for field in ("name", "first_name", "last_name"))

    @property
    def date_order(self) -> DateOrder | None:
        """Whether dates have the day or the month first, if the tool fixes it."""
        return self.tool.date_order if self.tool else None


class _Match(Struct, frozen=True):
    """A column taken for a field; a low rank says how well its name fits, `place` which of several it is."""

    index: int
    field: str
    rank: int
    place: str
    key: str


def match_columns(header: Sequence[str], kind: Kind, mapping: Mapping[str, str]) -> Columns:
    """Finds the columns of contacts or sales: those of a known tool's export, else by their names in four languages.

    `mapping` says of columns, by name, which field they are (`--map COLUMN=FIELD`); it goes before what is recognised.
    Refuses unknown columns and fields in it, and a header without what each row needs: a name for contacts; a person,
    a date, and a title or an amount for sales.
    """
    chosen = _chosen(header, kind, mapping)
    tool = recognised(header, kind)
    if tool and kind == "sales":
        of = {field: places(names, header) for field, names in tool.columns.items()}
        return Columns(of | {field: (index,) for index, field in chosen.items()}, (), tool)
    known = _known(kind)
    if tool:
        chosen = {places(names, header)[0]: field for field, names in tool.columns.items()} | chosen
    matches = []
    for index, column in enumerate(header):
        if index in chosen:
            matches.append(_Match(index, chosen[index], _MAPPED, "", ""))
        elif match := _recognise(index, column, known):
            matches.append(match)
    matches = _names_completed(matches)
    columns = _assigned(_names_specified(matches) if kind == "sales" else matches)
    _refuse_incomplete(columns, header, kind)
    amount = columns.index("amount")
    return Columns(columns.of, columns.addresses, tool, "" if amount is None else stated_currency(header[amount]))


def _key(words: Sequence[str]) -> str:
    return "".join(word for word in words if word not in _CONNECTING)


def _words(column: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", fold(column))


def _known(kind: Kind) -> dict[str, tuple[str, int]]:
    """Field and rank by the folded name of a column."""
    return {
        _key(_words(name)): (field, rank)
        for field, names in _NAMES[kind].items()
        for rank, name in enumerate([field, *names.split(",")])
    }


def _recognise(index: int, column: str, known: Mapping[str, tuple[str, int]]) -> _Match | None:
    """The field of a column by its whole name, else by what remains without its place, else without its numbers too.

    An amount is also known without its currency, and without what is said of the tax.
    """
    vague = () if stated_currency(column) else _VAGUE
    words = _words(column)
    unplaced = [word for word in words if word not in _PLACES]
    unnumbered = [word for word in unplaced if not word.isdecimal()]
    for penalty, kept in ((0, words), (_STRIPPED, unplaced), (_STRIPPED, unnumbered)):
        key = _key(kept)
        if key in known and key not in vague:
            field, rank = known[key]
            place = " ".join(word for word in words if word not in kept)
            return _Match(index, field, penalty + rank, place, key)
    penalty = _UNMARKED + (_NET if is_net(column) else 0)
    for key in map(_key, bare_names(column)):
        field, rank = known.get(key, ("", 0))
        if field in _MONEY and key not in vague:
            return _Match(index, field, penalty + rank, "", key)
    return None


def _names_completed(matches: list[_Match]) -> list[_Match]:
    """A bare `Name` or `Nom` beside first names only holds last names; `Nombre` beside last names, first names."""
    fields = {match.field for match in matches}
    if ("first_name" in fields) == ("last_name" in fields):
        return matches
    other = "last_name" if "first_name" in fields else "first_name"
    return [
        _Match(match.index, other, match.rank, match.place, match.key) if match.key in _BARE_NAMES else match
        for match in matches
    ]


def _names_specified(matches: list[_Match]) -> list[_Match]:
    """A bare `Name` gives way to a column that says whose name it is. Beside a `Billing Name` it is the number of the
    order, as in the export of Shopify, if no other column is."""
    names = [match for match in matches if match.field == "name"]
    bare = [match for match in names if match.key in _BARE_NAMES and not match.place]
    billed = any(match.place == "billing" for match in names)
    if not bare or not (billed or any(match.key not in _BARE_NAMES for match in names)):
        return matches
    left = [match for match in matches if match not in bare]
    if billed and not any(match.field == "ref" for match in left):
        left.append(_Match(bare[0].index, "ref", bare[0].rank, "", bare[0].key))
    return left


def _assigned(matches: list[_Match]) -> Columns:
    of: dict[str, tuple[int, ...]] = {}
    addresses: dict[str, dict[str, int]] = {}
    for match in sorted(matches, key=lambda match: match.rank != _MAPPED):
        if match.field in SEVERAL:
            of[match.field] = (*of.get(match.field, ()), match.index)
        elif match.field in ADDRESS_PARTS:
            addresses.setdefault(match.place, {}).setdefault(match.field, match.index)
    for match in sorted(matches, key=lambda match: match.rank):
        if match.field not in (*SEVERAL, *ADDRESS_PARTS):
            of.setdefault(match.field, (match.index,))
    for field in _STAND_INS:
        if field in of and (field == "subtotal" or "quantity" not in of):
            of.setdefault("amount", of[field])
    return Columns({field: found for field, found in of.items() if field not in _INNER}, tuple(addresses.values()))


def _chosen(header: Sequence[str], kind: Kind, mapping: Mapping[str, str]) -> dict[int, str]:
    """The fields that `--map` gives, by the index of their columns."""
    fields = [field for field in _NAMES[kind] if field not in _INNER]
    by_key = {_key(_words(column)): index for index, column in enumerate(header)}
    chosen: dict[int, str] = {}
    for column, field in mapping.items():
        index = header.index(column) if column in header else by_key.get(_key(_words(column)))
        if index is None:
            raise Refusal(
                f"there is no column '{column}' to map: {_nearest(column, [name for name in header if name])}"
            )
        if field not in fields:
            raise Refusal(f"there is no field '{field}' to map '{column}' to: {_nearest(field, fields)}")
        if index in chosen:
            raise Refusal(f"'{column}' is mapped to '{chosen[index]}' and to '{field}': map it once")
        if field not in SEVERAL and field in chosen.values():
            raise Refusal(f"two columns are mapped to '{field}': map one")
        chosen[index] = field
    return chosen


def _nearest(text: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    folded = {fold(name): name for name in names}
    near = [folded[name] for name in get_close_matches(fold(text), folded)]
    return "did you mean " + " or ".join(f"'{name}'" for name in near) + "?" if near else "there are " + _listed(names)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _refuse_incomplete(columns: Columns, header: Sequence[str], kind: Kind) -> None:
    def has(*fields: str) -> bool:
        return any(field in columns.of for field in fields)

    missing = []
    if not has("name", "first_name", "last_name", "company", *(SEVERAL if kind == "sales" else ())):
        missing.append("the person (name)" if kind == "contacts" else "the person (name or email)")
    if kind == "sales" and not has("date"):
        missing.append("the day (date)")
    if kind == "sales" and not has("title", "amount"):
        missing.append("what was sold (title or amount)")
    if missing:
        found = _listed([name for name in header if name])
        raise Refusal(f"no column for {' and '.join(missing)} among {found}: name it with --map COLUMN=FIELD")
