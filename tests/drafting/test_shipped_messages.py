"""The words that ship: every message reads well in its language whichever facts are absent, the languages say the same,
and every playbook finds its messages."""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from jinja2 import nodes

from followup.core.facts import Money
from followup.core.model import CASES, CHANNELS
from followup.core.rules import check_titles, parse_rules
from followup.core.sandbox import render
from followup.drafting.render import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.core.model import Rule

TEMPLATES = Path(__file__).parents[2] / "templates"
MESSAGES = {path.name.removesuffix(".j2"): path.read_text("utf-8") for path in TEMPLATES.glob("messages/*.j2")}
PLAYBOOKS = {path.stem: path.read_text("utf-8") for path in TEMPLATES.glob("playbooks/*.toml")}


def language(name: str) -> str:
    """The language of `thank-you.email.de`; a message that names none is in English."""
    return name.split(".")[2] if name.count(".") == 2 else "en"


def with_the_optional_rules(text: str) -> str:
    """The playbook with its commented-out rules switched on: `#name = …` is a rule, `# words` is a comment."""
    return re.sub(r"^#(?=[\[a-z])", "", text, flags=re.MULTILINE)


RULES = {name: parse_rules(with_the_optional_rules(text)).rules for name, text in PLAYBOOKS.items()}
RULES_OF = {
    message: [rule for rules in RULES.values() for rule in rules if rule.message == message]
    for message in {name.partition(".")[0] for name in MESSAGES}
}

LONGEST_DAY = date(2026, 9, 30)
TITLE = "Landing page, shop and booking"
OPTIONAL: dict[str, Any] = {
    "contact.company": "Berg & Sons",
    "contact.address": "12 Harbour Lane, 20457 Hamburg",
    "contact.email": "josefine@example.com",
    "contact.phone": "+49 40 1234567",
    "contact.birthday": "1990-01-01",
    "contact.language": "en",
    "contact.notes": "prefers mornings",
    "contact.years": 3,
    "contact.since": date(2023, 9, 1),
    "contact.last_contact": LONGEST_DAY,
    "contact.bought": [TITLE, "Logo"],
    "sale": True,
    "sale.amount": Money(120050, "EUR"),
    "sale.category": "web",
    "sale.warranty_until": LONGEST_DAY,
    "sale.next_service": LONGEST_DAY,
    "sale.runs_out": LONGEST_DAY,
    "sale.ref": "R-2026-17",
    "sale.note": "blue, not green",
    "sale.dates": LONGEST_DAY,
    "event.due": LONGEST_DAY,
    "event.rating": 7,
    "event.text": "it came late",
    "event.closed_on": LONGEST_DAY,
    "event.outcome": "resolved",
    "event.code": "AUTUMN10",
    "event.value": "10%",
    "event.of": {"name": "Tom Reed"},
    "me.name": "Lumen & Ink",
    "me.owner": "Nora Field",
    "me.email": "nora@example.com",
    "me.phone": "+49 40 7654321",
    "me.website": "https://example.com",
    "me.feedback_link": "https://example.com/f",
    "me.review_link": "https://example.com/r",
    "usual": "6 weeks",
}
"""Every fact that may be absent, with what it says when it is there. The first name has 8 characters, the title 30, the
signature 10, and the days are the longest to write."""

IMPLIED = {
    "sale": {"sale"},
    "warranty-end": {"sale", "sale.warranty_until"},
    "service": {"sale", "sale.next_service"},
    "runs-out": {"sale", "sale.runs_out"},
    "promise": {"event.due"},
    "perk": {"event.due"},
    "promise-closed": {"event.due", "event.closed_on", "event.outcome"},
    **{f"{case}-closed": {"event.closed_on", "event.outcome"} for case in CASES},
    "calendar": set(),
}
"""What the start of a rule implies, and so is never absent."""

EVENTS = (*CASES, "feedback", "referral", "promise", "perk")
SALES = ("sale", "warranty-end", "service", "runs-out")
WITHOUT_SALE = ("birthday", "anniversary", "silence", "calendar")


def facts(rule: Rule, present: frozenset[str], number: int) -> dict[str, Any]:
    """What a message of this rule sees, with the optional facts that are present and no others."""

    def table(root: str, fixed: dict[str, Any], nothing: Any) -> dict[str, Any]:
        names = [n for n in OPTIONAL if n.startswith(root + ".")]
        return {n.partition(".")[2]: OPTIONAL[n] if n in present else nothing for n in names} | fixed

    dated = {rule.on[5:]: LONGEST_DAY} if rule.on.startswith("date:") else {}
    other = {"gallery_until": LONGEST_DAY} if "sale.dates" in present else {}
    latest = [TITLE] if "sale" in present else []
    bought = OPTIONAL["contact.bought"] if "contact.bought" in present else latest
    contact = {"name": "Josefine Berg", "first_name": "Josefine", "tags": [], "emails": [], "phones": [], "handles": {}}
    contact |= {"sales": 2, "dates": dated, "bought": bought}
    sale = {"title": TITLE, "completed": LONGEST_DAY, "number": number, "tags": [], "dates": dated or other}
    own = rule.on.removesuffix("-closed")
    event = {"kind": own, "on": LONGEST_DAY, "open": own == rule.on}
    return {
        "contact": None if rule.group else table("contact", contact, None),
        "sale": table("sale", sale, None) if "sale" in present else None,
        "event": table("event", event, None) if own in EVENTS else None,
        "me": table("me", {"signature": "Nora Field", "currency": "EUR", "country": "", "language": "en"}, ""),
        "today": LONGEST_DAY,
        "due": LONGEST_DAY,
        "usual": OPTIONAL["usual"] if "usual" in present else None,
    }


def cases(rule: Rule, source: str) -> Iterator[frozenset[str]]:
    """The optional facts in every combination that differs by up to two from all absent or from all present."""
    implied = IMPLIED.get(rule.on, set())
    never = {n for n in OPTIONAL if n.partition(".")[0] == "sale" and rule.on in WITHOUT_SALE}
    free = sorted(n for n in OPTIONAL if n in source and n not in implied | never)
    for some in (set(c) for size in range(3) for c in combinations(free, size)):
        yield frozenset(implied | some)
        yield frozenset(implied | (set(free) - some))


def drafts(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Every text that a message can become, with the facts that were present."""
    template = environment(language(name)).from_string(MESSAGES[name])
    starts = {(rule.on, rule.group): rule for rule in RULES_OF[name.partition(".")[0]]}
    for rule in starts.values():
        for present in cases(rule, MESSAGES[name]):
            for number in (1, 10) if "sale.number" in MESSAGES[name] else (10,):
                yield render(template, facts(rule, present, number), name), present


UNWELL = {
    "a missing fact": r"None|Undefined",
    "an unrendered expression": r"\{\{|\{%|\{#|\}\}|%\}|#\}",
    "a day or an amount as no language writes it": r"\d{4}-\d\d-\d\d|1200\.50",
    "doubled spaces": r"[ \u00a0\u202f]{2}",
    "space before punctuation": r" [,.;:!?](\s|$)",
    "doubled punctuation": r",,|\.\.|,\.|:\.|;\.|,;",
    "space at the end of a line": r"[^\S\n]$",
    "space at the start of a line": r"^[^\S\n]",
    "three newlines": r"\n\n\n",
    "empty quotes or brackets": r"\"\"|„“|«\s*»|\(\)|\( | \)",
    "a list point without words": r"^-\s*$",
    "a sentence that runs into the next": r"[a-zà-ÿ][.?!][A-ZÀ-Þ¿¡]",
}


class Wording(NamedTuple):
    """What all messages of a language have in common: how they greet and close, the heading of what to talk about, the
    first line of a card, the marks that come in pairs, and what must not be in a text."""

    hello: str
    bye: str
    points: str
    card: str
    pairs: tuple[str, ...]
    unwell: dict[str, str]


ENGLISH_WORDS = r"\b(the|you|your|please|with|regards)\b"
WORDINGS = {
    "en": Wording("(Hello|Good day)", "Kind regards,", "Talking points:", "Dear Josefine,", ("()",), {}),
    "de": Wording(
        "Guten Tag", "Freundliche Grüße", "Gesprächspunkte:", "Guten Tag Josefine Berg,", ("()", "„“"),
        {
            "English words": ENGLISH_WORDS,
            "marks of another language": r"[\"”«»]",
            "a word that needs a gender": r"\b([Gg]eehrte\w*|Lieber?|Kunde|Kundin)\b",
            "a word too familiar": r"\b[Dd](u|ir|ich|ein\w*)\b",
        },
    ),
    "fr": Wording(
        "Bonjour", "Bien cordialement,", "Points à aborder\u00a0:", "Bonjour Josefine,", ("()", "«»"),
        {
            "English words": ENGLISH_WORDS,
            "marks of another language": r"[\"'„“”]",
            "a mark without its narrow space": r"«(?!\u202f)|(?<!\u202f)[»;?!]",
            "a colon without its space": r"(?<!\u00a0)(?<!^Subject):(?!//)",
            "a word that needs a gender": r"\b([Cc]her|[Cc]hère|désolée?|ravie?|satisfaite?|contente?|heureu(x|se))\b",
            "a word too familiar": r"\b([Tt]u|[Tt]oi|[Tt]on|[Tt]a|[Tt]es)\b",
        },
    ),
    "es": Wording(
        "(Hola, |Buenos días)", "Un cordial saludo,", "Puntos para la conversación:", "Hola, Josefine:",
        ("()", "«»", "¿?", "¡!"),
        {
            "English words": ENGLISH_WORDS,
            "marks of another language": r"[\"„“”]|«\s|\s»",
            "a word that needs a gender": r"\b([Ee]stimad|satisfech|encantad|agradecid|junt)[oa]s?\b",
            "a word too familiar": r"\b([Tt]ú|[Tt]us?|[Tt]i|[Tt]e|contigo)\b",
        },
    ),
}  # fmt: skip
"""A greeting must do without the client's gender, and a closing without one's own: neither is known."""


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_reads_well_whichever_facts_are_absent(name: str) -> None:
    channel = name.split(".")[1]
    wording = WORDINGS[language(name)]
    unwell = UNWELL | {"a dangling comma": rf"^(?!{wording.hello}|{wording.card}|{wording.bye}).*,$"}
    if channel != "sms":  # whose alphabet lacks most marks
        unwell |= wording.unwell
    for text, present in drafts(name):
        for fault, pattern in unwell.items():
            found = re.search(pattern, text, re.MULTILINE)
            assert not found, f"{fault} with {sorted(present)}:\n{text}"
        for left, right in wording.pairs:
            assert text.count(left) == text.count(right), f"{left} without {right}:\n{text}"
        assert text == text.strip(), f"blank lines around it with {sorted(present)}:\n{text!r}"
        assert ("Josefine" in text) == ("contact." in MESSAGES[name]), f"names nobody:\n{text}"
        if channel == "email":
            head = rf"Subject: \S[^\n]*\n\n{wording.hello}[^\n]*\n\n\S"
            assert re.match(head, text), f"no subject, greeting or blank line:\n{text}"
        if channel in ("email", "post"):
            assert text.endswith(f"\n\n{wording.bye}\nNora Field"), f"not signed:\n{text}"
        if channel in ("phone", "visit"):
            assert re.search(rf"\n\n{wording.points}(\n- \w[^\n]*)+\Z", text), f"no talking points:\n{text}"
        if channel == "post":
            assert re.match(rf"Josefine Berg\n(\S[^\n]*\n)*\n{wording.card}\n\n\S", text), f"no card:\n{text}"
        longest = {"sms": 160, "social": 280}.get(channel)
        assert longest is None or len(text) <= longest, f"{len(text)} characters:\n{text}"


GSM = set(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters that count once in a text message (3GPP TS 23.038, section 6.2.1): one other leaves 70 of 160."""


@pytest.mark.parametrize("name", sorted(n for n in MESSAGES if n.split(".")[1] == "sms"))
def test_a_text_message_keeps_to_the_characters_that_count_once(name: str) -> None:
    for text, _ in drafts(name):
        assert set(text) <= GSM, set(text) - GSM


def said(name: str) -> tuple[set[str], set[str]]:
    """The facts that a message names, where the first name is as good as the whole, and the conditions that it puts."""
    source = MESSAGES[name].replace("contact.first_name", "contact.name")
    tree = environment(language(name)).parse(source)
    fields = {f"{f.node.name}.{f.attr}" for f in tree.find_all(nodes.Getattr) if isinstance(f.node, nodes.Name)}
    alone = {n.name for n in tree.find_all(nodes.Name)}
    return fields | alone, {repr(part.test) for part in tree.find_all((nodes.If, nodes.CondExpr))}


@pytest.mark.parametrize("name", sorted(n for n in MESSAGES if language(n) != "en"))
def test_a_translation_names_the_facts_of_the_english_message_on_the_same_conditions(name: str) -> None:
    assert said(name) == said(name.rpartition(".")[0])


@pytest.mark.parametrize("lang", sorted(WORDINGS.keys() - {"en"}))
def test_the_general_playbook_speaks_every_language_on_each_channel(lang: str) -> None:
    wanted = {f"{rule.message}.{channel}.{lang}" for rule in RULES["general"] for channel in rule.channels}
    assert not wanted - MESSAGES.keys()


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_block_at_the_end_of_a_line_stands_alone_on_it(name: str) -> None:
    for line in MESSAGES[name].splitlines():
        alone = re.fullmatch(r"\s*(\{%((?!%\}).)*%\}|\{#((?!#\}).)*#\})", line)
        assert alone or not line.endswith(("%}", "#}")), f"this swallows the newline that follows: {line}"


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_named_by_a_rule_on_its_channel(name: str) -> None:
    message, channel = name.split(".")[:2]
    assert channel in CHANNELS
    assert any(channel in rule.channels for rule in RULES_OF[message])


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS))
def test_every_rule_of_a_playbook_has_its_message_on_each_of_its_channels(playbook: str) -> None:
    wanted = {f"{rule.message}.{channel}" for rule in RULES[playbook] for channel in rule.channels}
    assert wanted <= set(MESSAGES)


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS))
def test_a_playbook_is_free_of_faults_as_it_ships_and_with_its_optional_rules(playbook: str) -> None:
    for text in (PLAYBOOKS[playbook], with_the_optional_rules(PLAYBOOKS[playbook])):
        check_titles(parse_rules(text), text, {})


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS))
def test_a_playbook_has_a_plan_for_the_time_after_a_sale_and_keeps_the_list_short(playbook: str) -> None:
    rules = parse_rules(PLAYBOOKS[playbook])
    assert len(rules.rules) >= 8
    assert sum(rule.on == "sale" for rule in rules.rules) >= 3
    assert rules.settings.daily == 5
    assert str(rules.settings.min_gap) == "1 week"
    assert {"complaint", "question", "promise", "feedback", "birthday", "silence"} <= {rule.on for rule in rules.rules}


def test_a_playbook_ships_for_each_trade() -> None:
    assert set(PLAYBOOKS) == {"general", "designer", "repair", "photographer", "consultant"}
