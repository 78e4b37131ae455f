"""What the words of a client's name are: titles, a company's, a family's; and how to address whom they name."""

from __future__ import annotations

import re
from functools import lru_cache

from followup.core.identity import fold


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


TITLES = _each(
    """
    dr dra prof profa pr mr mrs ms mx miss mister sir lord lady rev ing dipl lic mag herr herrn frau frl
    sr sra srta senor senora senorita m mme mlle monsieur madame mademoiselle
    """
)
_DEGREES = _each("med dent vet jur phil rer nat pol oec habil hc h c univ arch theol sc")
"""Titles only with a point, or in small letters behind another title: Phil and Nat are people."""

_BEHIND = _each("jr sr junior senior ii iii iv phd md mba msc bsc ma ba llm esq dds cpa")
"""What follows a comma and is no first name."""

FORMS = _each(
    """
    gmbh mbh ag kg kgaa ug ohg gbr e.k e.v eg ltd limited llc llp plc inc incorporated corp corporation co pty
    sarl sas sasu eurl s.a sa s.a.s s.a.r.l sl slu s.l s.l.u srl s.r.l spa s.p.a bv b.v nv n.v
    """
)
"""Legal forms of companies."""

_JOINING = _each("& + und and et y")
_COMPANIES = _each(
    """
    company group gruppe groupe grupo holding agency agentur agence agencia studio studios atelier hotel hostel pension
    gasthof gasthaus restaurant restaurante cafe bistro praxis kanzlei apotheke pharmacie farmacia clinic klinik
    clinique clinica schule ecole colegio university universitat universite universidad verein association asociacion
    stiftung foundation fondation fundacion werkstatt taller garage salon boutique shop tienda verlag editions bank
    banque services service consulting solutions partners associates architects architekten architectes arquitectos
    bakery boulangerie panaderia brewery gallery galerie galeria library bibliothek gemeinde mairie ayuntamiento
    """
)
_TRADES = ("erei", "praxis", "kanzlei", "agentur", "verein", "apotheke", "werkstatt", "studio")
"""How German names of businesses end, such as Bäckerei and Zahnarztpraxis."""

_NO_PERSON = _each("the die das los las les familie family famille familia fam eheleute ehepaar")
_PARTICLES = _each("von van vom zu zum zur de del della der den di da do dos du la le ten ter")


@lru_cache(maxsize=512)
def first_name(name: str, company: str | None = None) -> str:
    """How to address somebody: by the first name, behind any titles; a comma turns the order round.

    Where that is no person's first name, it is the whole name: that of a company, a family or several people, one with
    an initial, and a title before a last name (Frau Meier).
    """
    if _is_company(name, company):
        return name
    turned = _turned(name)
    words = turned.split()
    start = 0
    while start < len(words) and _is_title(words[start], start > 0):
        start += 1
    if start == len(words) or (start and start == len(words) - 1):
        return turned
    word = words[start]
    plain = fold(word)
    is_name = len(plain) > 1 and not plain.endswith(".") and not any(map(str.isdigit, plain))
    return word if is_name and plain not in _NO_PERSON and word not in _PARTICLES else turned


def without_forms(words: list[str]) -> list[str]:
    """The folded words of a company's name without its legal form; all of them where there is nothing else."""
    return [word for word in words if word not in FORMS] or words


def _is_company(name: str, company: str | None) -> bool:
    if company and fold(name) == fold(company):
        return True
    said = [word.strip(".,()") for word in name.casefold().split()]
    return not (FORMS | _JOINING).isdisjoint(said) or any(
        word in _COMPANIES or word.endswith(_TRADES) for word in map(fold, said)
    )


def _turned(name: str) -> str:
    """The name with what stands behind a comma in front; titles such as PhD behind one are left out."""
    parts = [part.split() for part in name.split(",")]
    kept = [part for part in parts if not all(re.sub(r"\W", "", word).casefold() in _BEHIND for word in part)]
    return " ".join([*kept[1], *kept[0]]) if len(kept) == 2 else " ".join(kept[0]) if len(kept) == 1 else name


def _is_title(word: str, behind: bool) -> bool:
    parts = [part for part in re.split(r"[.-]", fold(word)) if part]
    titles = TITLES | _DEGREES if word.endswith(".") or (behind and word.islower()) else TITLES
    return bool(parts) and titles.issuperset(parts)
