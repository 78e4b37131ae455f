"""The line in the list: a rule's title for one follow-up, or the default one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from followup.core import sandbox
from followup.core.facts import FIELDS
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from followup.core.facts import Facts
    from followup.core.model import Contact, Rule, Sale

_LONGEST = 300
_FIELD = re.compile(r"\{\{\s*(contact|sale|event)\.(\w+)\s*\}\}")


def title_of(rule: Rule, facts: Facts) -> str:
    """The line in the list. Refuses a title that names what is not there."""
    if rule.title is None:
        return default_title(rule, facts.history.contact, facts.sale)
    text = _filled_in(rule.title, facts)
    if text is None:
        text = sandbox.render(_template(rule.title), facts.views(), "the title")
    return " ".join(text.split())[:_LONGEST] or default_title(rule, facts.history.contact, facts.sale)


def title_or_default(rule: Rule, facts: Facts) -> str:
    """The line in the list; the default one where the rule's title does not fit this contact's facts."""
    try:
        return title_of(rule, facts)
    except Refusal:
        return default_title(rule, facts.history.contact, facts.sale)


def default_title(rule: Rule, contact: Contact, sale: Sale | None) -> str:
    """`NAME: CONTACT, SALE TITLE`; for everyone, the name alone."""
    if rule.group:
        return rule.name
    return f"{rule.name}: {contact.name}" + (f", {sale.title}" if sale else "")


@lru_cache(maxsize=256)
def _template(source: str) -> Any:
    return sandbox.compile_template(source, "the title")


@lru_cache(maxsize=256)
def _pieces(source: str) -> list[str] | None:
    """The text up to each field, the field's owner and its name, and so on, and the last text; None for a title with
    more in it than names of fields."""
    if len(source) > sandbox.LONGEST_SOURCE:
        return None
    pieces = _FIELD.split(source)
    known = all(name in FIELDS[owner] for owner, name in zip(pieces[1::3], pieces[2::3], strict=True))
    return pieces if known and not any("{" in text for text in pieces[::3]) else None


def _filled_in(source: str, facts: Facts) -> str | None:
    """The title with its fields, as Jinja would give it, which takes longer to load than most commands to run; None
    where that has to be asked: for what is more than names of fields, and to say what is wrong."""
    pieces = _pieces(source)
    if pieces is None:
        return None
    views, texts = facts.views(), pieces[::3]
    for n, (owner, name) in enumerate(zip(pieces[1::3], pieces[2::3], strict=True)):
        if views[owner] is None:
            return None
        texts[n] += sandbox.shown(views[owner][name])
    text = "".join(texts)
    return text if len(text) <= sandbox.LONGEST_TEXT else None
