"""Contacts that may be one person twice: which, and what speaks for it.

Contacts are put into blocks of those that share something (a phone, a name, a mailbox), and only within a block are
they compared, so that the time grows with their number and not with its square. Of a block of many, such as a phone
that a whole office shares, each is compared with its next few.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from followup.core.identity import fold, name_from_email, spelt_out, words
from followup.core.naming import TITLES, without_forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NEXT = 8
"""In a block, each is compared with so many that follow; in one of over `_MANY`, with the next."""

_MANY = 50

_SHORTEST = 5
"""A word of a name must be so long for one letter in it to be taken for a slip: Tim and Tom are two people."""

_LONGEST = 60
"""Names of more letters than that are not searched for slips: each letter costs memory for a whole name."""

_LEAST_DIGITS = 5
_GMAIL = ("gmail.com", "googlemail.com")
_GENERATIONS = frozenset(("jr", "sr", "junior", "senior", "ii", "iii", "iv"))
_ANYBODYS = """
    aol.com bluewin.ch email.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.de gmx.net googlemail.com hotmail.com
    hotmail.de hotmail.es hotmail.fr icloud.com laposte.net live.com mac.com mail.com me.com msn.com orange.fr
    outlook.com outlook.de outlook.es outlook.fr posteo.de proton.me protonmail.com sfr.fr t-online.de telefonica.net
    wanadoo.fr web.de yahoo.com yahoo.de yahoo.es yahoo.fr ymail.com
"""
"""Mail domains that say nothing of who has an address there."""

_SHORT_FORMS = """
    alexander: alex sandro sascha; alexandra: alex sandra; alejandro: alex; andreas: andi andy; andrew: andy drew;
    anthony: tony; antonio: toni tono; barbara: babs barb; benjamin: ben benny; bernhard: bernd; catherine: cathy kate;
    charles: charlie chuck; christian: chris; christine: chris tina; christina: chris tina; christoph: chris;
    christopher: chris; daniel: dan danny dani; david: dave; dominique: dom; edward: ed eddie ted;
    elisabeth: lisa;
    elizabeth: beth betty eliza lisa liz; emmanuel: manu; enrique: quique; ferdinand: ferdi; francisco: paco pancho;
    franziska: franzi; frederic: fred; friedrich: fritz; georg: schorsch; gregory: greg; guillermo: memo; hans: hansi;
    ignacio: nacho; jacob: jake; jacqueline: jackie; james: jim jimmy; jennifer: jen jenny; jeffrey: jeff;
    johannes: hans hannes; john: jon johnny jack; jonathan: jon jonny; jose: pepe; joseph: joe; josef: sepp;
    joshua: josh; katharina: kathi katja; katherine: kate kathy katie; kenneth: ken; lawrence: larry; leonard: leo;
    ludwig: lutz; manuel: manu manolo; manuela: manu ela; margaret: maggie meg peggy; maria: mia; mathias: matze;
    matthew: matt; matthias: matze matt; maximilian: max; michael: mike mick micha; michel: mich; miguel: migue;
    nicholas: nick; nicolas: nico; nikolaus: klaus niko; pamela: pam; patricia: pat trish tricia; patrick: pat;
    peter: pete; philip: phil; philipp: phil; philippe: phil; rafael: rafa; raymond: ray; rebecca: becky; richard: dick
    rich rick; robert: bob bobby rob bert; ronald: ron; rosario: charo; samuel: sam; samantha: sam; sebastian: basti;
    sebastien: seb; stefan: steffen; stefanie: steffi; stephanie: steffi steph; stephen: steve; steven: steve;
    susan: sue susie; susanne: susi; theodor: theo; thomas: tom tommy; timothy: tim; ulrich: uli; ulrike: uli;
    victor: vic; victoria: vicky; vincent: vince; walter: walt; wilhelm: willi willy; william: bill billy will
"""


class Pair(NamedTuple):
    """Two contacts that may be one, the one that was there first before the other, and what speaks for it.

    `into` is the one to keep: the first, unless its name is nothing but its e-mail address.
    """

    first: tuple[int, str]
    second: tuple[int, str]
    reasons: list[str]
    into: int


class Person(NamedTuple):
    """A contact as it is compared. `words` are those of the name that tell people apart."""

    id: int
    name: str
    words: tuple[str, ...]
    spelt_out: tuple[str, ...]
    """The same words, with umlauts as they are written without them."""
    company: str
    birthday: str
    emails: tuple[str, ...]
    phones: dict[str, str]
    bare: str | None
    """The e-mail address that the name was made of, if it was."""


class _Evidence(NamedTuple):
    weight: int
    reason: str


def pairs(people: Iterable[Person]) -> list[Pair]:
    """Those who may be one person twice, the surest first. None whose birthdays differ, nor two who share no more than
    a name and work for different companies."""
    records = {person.id: person for person in people}
    found: dict[tuple[int, int], dict[str, _Evidence]] = defaultdict(dict)
    for kind, evidence in _evidence(records):
        for one, other, piece in evidence:
            if not _plainly_two(one, other):
                found[min(one.id, other.id), max(one.id, other.id)].setdefault(kind, piece)
    scored = []
    for (first_id, second_id), said in found.items():
        one, other = records[first_id], records[second_id]
        if said.keys() == {"name"} and one.company and other.company and one.company != other.company:
            continue
        reasons = [evidence.reason for evidence in sorted(said.values(), reverse=True)]
        into = second_id if one.bare and not other.bare else first_id
        pair = Pair((first_id, one.name), (second_id, other.name), reasons, into)
        scored.append((-sum(evidence.weight for evidence in said.values()), pair))
    return [pair for _, pair in sorted(scored)]


def person(
    contact_id: int,
    name: str,
    company: str | None,
    birthday: str | None,
    emails: Iterable[str],
    phones: Mapping[str, str],
) -> Person:
    """A contact as it is compared: `emails` as they are compared, `phones` by their digits."""
    own = tuple(emails)
    return Person(
        id=contact_id,
        name=name,
        words=_telling(name),
        spelt_out=_telling(spelt_out(name)),
        company=" ".join(without_forms(words(company or ""))),
        birthday=birthday or "",
        emails=own,
        phones={digits: value for digits, value in phones.items() if len(digits) >= _LEAST_DIGITS},
        bare=next((email for email in own if fold(name) in (email, fold(name_from_email(email)))), None),
    )


def _telling(name: str) -> tuple[str, ...]:
    """The words of a name but for titles and legal forms."""
    return tuple(without_forms([word for word in words(name) if word not in TITLES]))


def _plainly_two(one: Person, other: Person) -> bool:
    """Whether they cannot be the same: their birthdays differ, or they are senior and junior."""
    mine, theirs = one.birthday, other.birthday
    if mine and theirs and (mine[-5:] != theirs[-5:] or ("--" not in (mine[:2], theirs[:2]) and mine != theirs)):
        return True
    return _GENERATIONS.intersection(one.words) != _GENERATIONS.intersection(other.words)


_Said = tuple[Person, Person, _Evidence]


def _evidence(records: dict[int, Person]) -> Iterator[tuple[str, Iterator[_Said]]]:
    """What speaks for two being one, kind by kind."""
    everyone = list(records.values())
    yield "e-mail", _same_mailbox(everyone)
    yield "phone", _same_phone(everyone)
    yield "name", _same_name(everyone)
    yield "near", _near_names(everyone)
    yield "short", _short_names(everyone)
    yield "bare", _named_by_email(everyone)


def _blocks(keyed: Iterable[tuple[object, Person]]) -> Iterator[tuple[list[Person], Person, Person]]:
    """Each two of those that share a key, with all of them; of many, each with its next few."""
    blocks: dict[object, list[Person]] = defaultdict(list)
    for key, record in keyed:
        if not (block := blocks[key]) or block[-1] is not record:
            block.append(record)
    for block in blocks.values():
        following = _NEXT if len(block) <= _MANY else 1
        for n, one in enumerate(block[:-1]):
            for other in block[n + 1 : n + 1 + following]:
                yield block, one, other


def _same_mailbox(everyone: list[Person]) -> Iterator[_Said]:
    """Gmail delivers an address with other dots, with a + and a word, and at googlemail.com to the same mailbox."""
    keyed = ((box, record) for record in everyone for email in record.emails if (box := _mailbox(email)))
    for _, one, other in _blocks(keyed):
        shared = {box for email in one.emails if (box := _mailbox(email))}
        spelt = [email for email in other.emails if _mailbox(email) in shared]
        mine = [email for email in one.emails if _mailbox(email) == _mailbox(spelt[0])]
        yield one, other, _Evidence(8, f"{mine[0]} and {spelt[0]} are one mailbox")


def _mailbox(email: str) -> str | None:
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@gmail.com" if domain in _GMAIL else None


def _same_phone(everyone: list[Person]) -> Iterator[_Said]:
    """A phone that more than two have is an office's: there their names must have a word in common, too."""
    for members, one, other in _blocks((norm, record) for record in everyone for norm in record.phones):
        alike = not {word for word in one.words if len(word) > 1}.isdisjoint(other.words)
        if alike or len(members) == 2 or one.bare or other.bare:
            shared = next(value for norm, value in one.phones.items() if norm in other.phones)
            weight = 1 + alike + (one.words[-1:] == other.words[-1:])
            yield one, other, _Evidence(weight, f"same phone {shared}")


def _same_name(everyone: list[Person]) -> Iterator[_Said]:
    keyed = ((tuple(sorted(name)), record) for record in everyone for name in {record.words, record.spelt_out} if name)
    for _, one, other in _blocks(keyed):
        if one.words == other.words:
            yield one, other, _Evidence(4 if len(one.words) > 1 else 2, "same name")
        elif sorted(one.words) == sorted(other.words):
            yield one, other, _Evidence(3, "same name in another order")
        else:
            yield one, other, _Evidence(3 if len(one.words) > 1 else 2, "same name in another spelling")


def _near_names(everyone: list[Person]) -> Iterator[_Said]:
    """At one company: names that a slip of the pen tells apart, or that have an initial for the first name."""
    companies: dict[str, list[Person]] = defaultdict(list)
    for record in everyone:
        if record.company and record.words and len(record.name) <= _LONGEST:
            companies[record.company].append(record)
    for colleagues in companies.values():
        if len(colleagues) > 1:
            for _, one, other in _blocks((key, record) for record in colleagues for key in _near_keys(record.words)):
                if _is_slip(one.words, other.words) or _is_initial(one.words, other.words):
                    yield one, other, _Evidence(2, "names that are nearly the same at one company")


def _first_names(word: str) -> set[str]:
    """The first names that a word may stand for: itself, and those of which it is a short form."""
    return {word, *_short_forms().get(word, ())}


@cache
def _short_forms() -> dict[str, list[str]]:
    """The first names by each of their short forms."""
    found: dict[str, list[str]] = {}
    for entry in _SHORT_FORMS.split(";"):
        name, _, forms = entry.partition(":")
        for form in forms.split():
            found.setdefault(form, []).append(name.strip())
    return found


def _short_names(everyone: list[Person]) -> Iterator[_Said]:
    """At one company or mail domain: names of which one has a short form of the other's first name."""
    keyed = (
        ((place, first, record.words[1:]), record)
        for record in everyone
        if len(record.words) > 1
        for place in _places(record)
        for first in _first_names(record.words[0])
    )
    for _, one, other in _blocks(keyed):
        if one.words != other.words:
            yield one, other, _Evidence(2, "a short form of the first name at one company or mail domain")


def _places(record: Person) -> set[str]:
    """Where somebody is: the company, and the domains of the e-mails that are not anybody's."""
    domains = {email.rpartition("@")[2] for email in record.emails}
    return domains.difference(_ANYBODYS.split()) | ({record.company} if record.company else set())


def _near_keys(name: tuple[str, ...]) -> Iterator[str]:
    """What two names share that are a letter apart: each name without one of its letters (Norvig's and Garbe's
    spelling correction by deletions); and the name with an initial."""
    text = " ".join(name)
    yield text
    yield " ".join((name[0][:1], *name[1:]))
    for n in range(len(text)):
        yield text[:n] + text[n + 1 :]


def _is_slip(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether one longer word differs in a letter, added, left out, another, or two swapped. A first name that ends
    differently is another name (Daniel, Daniela), and so is a number."""
    if len(mine) != len(theirs):
        return False
    differing = [n for n, pair in enumerate(zip(mine, theirs, strict=True)) if pair[0] != pair[1]]
    if len(differing) != 1:
        return False
    one, other = mine[differing[0]], theirs[differing[0]]
    if min(len(one), len(other)) < _SHORTEST or not (one.isalpha() and other.isalpha()):
        return False
    return (differing[0] > 0 or one[-1] == other[-1]) and _letters_apart(one, other)


def _letters_apart(one: str, other: str) -> bool:
    """Whether two different words are one slip apart."""
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    mine, theirs = one[start:], other[start:]
    swapped = mine[:2] == theirs[:2][::-1] and mine[2:] == theirs[2:]
    return swapped or mine[1:] == theirs[1:] or mine[1:] == theirs or mine == theirs[1:]


def _is_initial(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether one has but the initial of the other's first name."""
    if len(mine) < 2 or mine[1:] != theirs[1:] or mine[0] == theirs[0]:
        return False
    return 1 in (len(mine[0]), len(theirs[0])) and mine[0][0] == theirs[0][0]


def _named_by_email(everyone: list[Person]) -> Iterator[_Said]:
    """A name that is nothing but an e-mail address, and a whole name that such addresses are made of."""
    fitting: dict[str, list[Person]] = defaultdict(list)
    for record in everyone:
        if not record.bare and len(record.words) > 1:
            first, last = record.words[0], record.words[-1]
            for local in (first + last, last + first, first[0] + last, last + first[0], first + last[0]):
                fitting[local].append(record)
    for record in everyone:
        if record.bare:
            local = "".join(c for c in fold(record.bare.partition("@")[0]) if c.isalpha())
            for other in fitting.get(local, ())[:_NEXT] if len(local) >= _SHORTEST else ():
                yield record, other, _Evidence(2, f"{record.bare} may be an address of {other.name}")
