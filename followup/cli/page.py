"""A page of the review: one follow-up with whom it is for, why it is there, and the draft that answers it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from followup.cli import output
from followup.cli.brief import glance
from followup.cli.draft import as_text
from followup.cli.why import explained
from followup.core.agenda import Standing
from followup.core.refusal import Refusal
from followup.drafting.draft import Draft, draft_of, retold

if TYPE_CHECKING:
    from datetime import date

    from rich.console import RenderableType

    from followup.store.book import Book

_LONGEST = 300
"""The most characters of a fact above a draft; `contact show` has it whole."""
_LINE = re.compile(r" \(rules\.toml, line \d+\)")


class Page(Struct, frozen=True, kw_only=True):
    """One follow-up, ready to be shown. `facts` are labels and values; `closed` says why nothing can be answered any
    more, and `fault` why there is no draft."""

    row: Standing
    state: str
    facts: tuple[tuple[str, str], ...]
    draft: Draft | None = None
    fault: str = ""
    closed: str = ""


def page_of(book: Book, row: Standing, state: str, edited: Draft | None) -> Page:
    """The page of an open follow-up, with the draft that its message makes, or the words that it was edited to; where
    it goes is never older than what is known of the contact now."""
    steps = explained(book, row, state).steps[:2]
    facts = [("why", "; ".join(_LINE.sub("", step.text) for step in steps))]
    if row.contact_id is not None:
        facts = [
            (label, str(value)) for label, value in glance(book.history(row.contact_id), book.today) if value
        ] + facts
    shown = tuple((label, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") for label, text in facts)
    try:
        draft, fault = draft_of(book, row, None), ""
        if edited:
            draft = retold(draft, edited.subject if draft.channel == edited.channel else draft.subject, edited.body)
    except Refusal as refusal:
        draft, fault = None, str(refusal)
    return Page(row=row, state=state, facts=shown, draft=draft, fault=fault)


def drawn(page: Page, place: str, today: date) -> RenderableType:
    """What the screen shows of a page; `place` says which of how many it is."""
    from rich.console import Group
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for label, value in page.facts:
        facts.add_row(Text(label, "dim"), Text(output.safe(value)))
    head = Text(place, "dim")
    head.append(f"  {output.safe(page.row.title)}", "bold not dim")
    lines: list[RenderableType] = [head, Text(_standing(page, today), "red" if page.state == "overdue" else "")]
    if page.closed:
        return Group(*lines, facts, Rule(style="dim"), Text(output.safe(page.closed)))
    if page.draft is None:
        return Group(*lines, facts, Rule(style="dim"), Text(f"No draft: {output.safe(page.fault)}", "yellow"))
    return Group(*lines, facts, Rule(style="dim"), Text(output.safe_text(as_text(page.draft)).rstrip("\n")))


def _standing(page: Page, today: date) -> str:
    """Its id, day, priority and channel in one line."""
    row = page.row
    priority = "" if row.priority == "normal" else f", {row.priority} priority"
    state = f" ({page.state})" if page.state in ("held", "snoozed") else ""
    channel = page.draft.channel if page.draft else row.channel
    return f"{row.id}  due {output.day_text(row.day, today)}{state}{priority}" + (f", by {channel}" if channel else "")
