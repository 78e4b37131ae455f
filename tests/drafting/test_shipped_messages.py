"""The words that ship: every message reads well whichever facts are absent, and every playbook finds its messages."""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from followup.core.facts import Money
from followup.core.model import CASES, CHANNELS
from followup.core.rules import check_titles, parse_rules
from followup.drafting.render import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.core.model import Rule

TEMPLATES = Path(__file__).parents[2] / "templates"
MESSAGES = {path.name.removesuffix(".j2"): path.read_text("utf-8") for path in TEMPLATES.glob("messages/*.j2")}
PLAYBOOKS = {path.stem: path.read_text("utf-8") for path in TEMPLATES.glob("playbooks/*.toml")}


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
    template = environment("en").from_string(MESSAGES[name])
    starts = {(rule.on, rule.group): rule for rule in RULES_OF[name.partition(".")[0]]}
    for rule in starts.values():
        for present in cases(rule, MESSAGES[name]):
            for number in (1, 10) if "sale.number" in MESSAGES[name] else (10,):
                yield template.render(facts(rule, present, number)), present


UNWELL = {
    "a missing fact": r"None|Undefined",
    "an unrendered expression": r"\{\{|\{%|\{#|\}\}|%\}|#\}",
    "doubled spaces": r"  ",
    "a greeting of nobody": r"^(Hello|Dear|Hi) ?,",
    "space before punctuation": r" [,.;:!?](\s|$)",
    "doubled punctuation": r",,|\.\.|,\.|:\.|;\.|,;",
    "space at the end of a line": r"[ \t]$",
    "space at the start of a line": r"^[ \t]",
    "three newlines": r"\n\n\n",
    "empty quotes or brackets": r"\"\"|\(\)|\( | \)",
    "a dangling comma": r"^(?!Hello |Dear |Good day|Kind regards).*,$",
    "a list point without words": r"^-\s*$",
    "a sentence that runs into the next": r"[a-z][.?!][A-Z]",
}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_reads_well_whichever_facts_are_absent(name: str) -> None:
    channel = name.split(".")[1]
    for text, present in drafts(name):
        for fault, pattern in UNWELL.items():
            found = re.search(pattern, text, re.MULTILINE)
            assert not found, f"{fault} with {sorted(present)}:\n{text}"
        assert text == text.strip(), f"blank lines around it with {sorted(present)}:\n{text!r}"
        if channel == "email":
            assert re.match(r"Subject: \S[^\n]*\n\n\S", text), f"no subject or blank line:\n{text}"
            assert text.endswith("\nNora Field"), f"not signed:\n{text}"
        if channel in ("phone", "visit"):
            assert re.search(r"\n\nTalking points:(\n- \w[^\n]*)+\Z", text), f"no talking points:\n{text}"
        if channel == "post":
            assert re.match(r"Josefine Berg\n(\S[^\n]*\n)*\nDear Josefine,\n\n\S", text), f"no card:\n{text}"
        longest = {"sms": 160, "social": 280}.get(channel)
        assert longest is None or len(text) <= longest, f"{len(text)} characters:\n{text}"


@pytest.mark.parametrize("name", sorted(n for n in MESSAGES if n.endswith(".sms")))
def test_a_text_message_keeps_to_the_characters_that_count_once(name: str) -> None:
    assert MESSAGES[name].isascii(), "one character outside the GSM alphabet leaves 70 of 160"


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_block_at_the_end_of_a_line_stands_alone_on_it(name: str) -> None:
    for line in MESSAGES[name].splitlines():
        alone = re.fullmatch(r"\s*(\{%((?!%\}).)*%\}|\{#((?!#\}).)*#\})", line)
        assert alone or not line.endswith(("%}", "#}")), f"this swallows the newline that follows: {line}"


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_named_by_a_rule_on_its_channel(name: str) -> None:
    message, channel = name.split(".")
    assert channel in CHANNELS
    assert any(channel in rule.channels for rule in RULES_OF[message])


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS))
def test_every_rule_of_a_playbook_has_its_message_on_each_of_its_channels(playbook: str) -> None:
    wanted = {f"{rule.message}.{channel}" for rule in RULES[playbook] for channel in rule.channels}
    assert wanted <= set(MESSAGES)


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS))
def test_a_playbook_is_free_of_faults_as_it_ships_and_with_its_optional_rules(playbook: str) -> None:
    for text in (PLAYBOOKS[playbook], with_the_optional_rules(PLAYBOOKS[playbook])):
        check_titles(parse_rules(text), text)


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
