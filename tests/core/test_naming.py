"""How clients are addressed."""

from __future__ import annotations

import pytest

from followup.core.naming import first_name


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Anna Maria Field", "Anna"),
        ("Hartmann, Julia", "Julia"),
        ("Müller, Dr. Eva", "Eva"),
        ("von der Leyen, Ursula", "Ursula"),
        ("Smith, John, PhD", "John"),
        ("John Smith, Jr.", "John"),
        ("Prof. Dr. med. Eva Klein", "Eva"),
        ("Dipl.-Ing. Hans-Jürgen Koch", "Hans-Jürgen"),
        ("Herr Prof. Dr. Karl Koch", "Karl"),
        ("Mme Claire Dupont", "Claire"),
        ("Sra. Ana López", "Ana"),
        ("Mr. Phil Collins", "Phil"),
        ("Phil Collins", "Phil"),
        ("Van Morrison", "Van"),
        ("Anna", "Anna"),
    ],
)
def test_a_person_is_addressed_by_the_first_name(name: str, first: str) -> None:
    assert first_name(name) == first


@pytest.mark.parametrize(
    "name",
    [
        "Hotel Adler",
        "Bäckerei Schmidt",
        "Café Roma",
        "Adler, Inc.",
        "Acme S.L.",
        "Weber GmbH",
        "Zahnarztpraxis Lang",
        "Anna & Tom Weber",
        "The Smiths",
        "Familie Huber",
        "Famille Dupont",
        "Frau Meier",
        "Herr Dr. Meier",
        "Frau von Berg",
        "M. Dupont",
        "Señora Ruiz",
        "J. R. Smith",
        "J Smith",
        "St. John Doe",
        "3D Print",
        "Dr.",
        ",",
    ],
)
def test_where_there_is_no_first_name_it_is_the_whole_name(name: str) -> None:
    assert first_name(name) == name


def test_a_contact_that_is_its_own_company_has_no_first_name() -> None:
    assert first_name("Blue Door", "BLUE  Door") == "Blue Door"
    assert first_name("Anna Field", "Blue Door") == "Anna"


def test_a_whole_name_is_turned_at_its_comma_too() -> None:
    assert first_name("Weber, T.") == "T. Weber"
    assert first_name("Müller, Dr.") == "Dr. Müller"
