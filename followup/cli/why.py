"""Why a follow-up is there, and why there is none."""

from typing import Annotated, Any

import typer
from typer._click.exceptions import UsageError

from followup.cli import output, shapes
from followup.cli.app import JSON
from followup.cli.choosing import chosen, chosen_rule, number, todays
from followup.cli.opening import opened
from followup.core.agenda import Entry, Standing, agenda
from followup.core.model import Key, Rule
from followup.core.planner import group_history
from followup.core.reasons import Step
from followup.core.why import Explanation, explain, explain_rule
from followup.store import contacts, followups, histories
from followup.store.book import Book

app = typer.Typer()


@app.command()
def why(
    ctx: typer.Context,
    which: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A follow-up, or a person with one line in due.")
    ] = None,
    contact: Annotated[str | None, typer.Option(metavar="WHO", help="With --rule: for whom it plans nothing.")] = None,
    rule: Annotated[str | None, typer.Option(metavar="RULE", help="With --contact: which rule plans nothing.")] = None,
    json: JSON = False,
) -> None:
    """Why a follow-up is there, step by step; with --contact and --rule, why there is none."""
    given = (which is not None, contact is not None, rule is not None)
    if given not in ((True, False, False), (False, True, True)):
        raise UsageError("Give the ID of a follow-up, or --contact and --rule.", ctx)
    with opened(ctx) as book:
        entry: Entry | None
        if which is not None:
            entry, steps = _of_followup(book, which)
        else:
            assert contact is not None and rule is not None
            entry, steps = _of_rule(book, contacts.find(book.db, contact), chosen_rule(book, rule))
        today = book.today
    if json:
        shown: dict[str, Any] | None = entry and shapes.followup(entry.standing, entry.state, today)
        output.as_json({"followup": shown, "steps": [{"step": s.step, "text": s.text} for s in steps]})
        return
    if not output.on_terminal():
        output.table(("step", "text"), [(s.step, s.text) for s in steps])
        return
    if entry:
        output.lines(f"{entry.standing.id}  {entry.standing.title}\n")
    before = ["", *(s.step for s in steps)]
    output.record((s.step if s.step != last else "", s.text) for s, last in zip(steps, before, strict=False))


def _of_followup(book: Book, text: str) -> tuple[Entry, list[Step]]:
    """The follow-up, whatever has become of it, and the steps to it."""
    followup_id = number(text, "follow-up")
    row = chosen(book, text) if followup_id is None else followups.load(book.db, followup_id)
    row, state = _as_it_stands(book, row, todays(book))
    explanation = explained(book, row, state)
    return Entry(row, explanation.state), explanation.steps


def _of_rule(book: Book, contact_id: int, rule: Rule) -> tuple[Entry | None, list[Step]]:
    """The first follow-up that the rule plans for the contact, and the steps to all that it plans and does not."""
    since = histories.of_group(book.db, rule.name)[2]
    steps = explain_rule(book.planner, book.history(contact_id), rule, since)
    now = todays(book)
    listed = {entry.standing.id for entry in now}
    of_rule = [row for row in followups.of_contact(book.db, contact_id) if row.rule == rule.name]
    rows = [row for row in of_rule if row.plan == "open" or row.id in listed]
    entries = [Entry(*_as_it_stands(book, row, now)) for row in rows]
    for entry in entries:
        steps += explained(book, *entry).steps[1:]
    return (entries[0] if entries else None), steps


def _as_it_stands(book: Book, row: Standing, now: list[Entry]) -> tuple[Standing, str]:
    """The follow-up with its state: today's, the agenda's, or its place in the plan when it is not open."""
    for entry in [*now, *(agenda([row], book.today, 0) if row.plan == "open" else [])]:
        if entry.standing.id == row.id:
            return entry.standing, entry.state
    return row, row.plan


def explained(book: Book, row: Standing, state: str) -> Explanation:
    """Why a follow-up in this state is there, or is not."""
    key = Key(row.rule, row.started_by, row.occurrence)
    if row.contact_id is not None:
        return explain(book.planner, book.history(row.contact_id), key, state)
    history = group_history(*histories.of_group(book.db, row.rule))
    return explain(book.planner, history, key, state, len(histories.members(book.db, row.rule)))
