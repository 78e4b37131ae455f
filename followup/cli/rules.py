"""The rules, tended: list, check, preview, adopt."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from msgspec.structs import replace

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened, opened_raw
from followup.cli.replacing import agree, edited, keep_beside
from followup.core.model import Rule, Rules
from followup.core.period import Period, parse_period
from followup.core.refusal import Refusal
from followup.core.rules import Fault, RulesFault, check_titles, line_of, parse_rules
from followup.store.book import Book, playbook_text, playbooks
from followup.store.preview import Change, changes, difference, standing_days

app = typer.Typer()

_LISTED = ("name", "on", "offset", "channels", "priority", "expires", "open")
_CHANGED = ("change", "rule", "contact", "old", "new", "title")
_KINDS = ("appear", "move", "vanish")


class Source(NamedTuple):
    """A rules file to look at, and how to name it."""

    name: str
    text: str


@app.command("list")
def list_(ctx: typer.Context, json: JSON = False) -> None:
    """The rules, and how many follow-ups of each stand open."""
    from followup.store import followups

    with opened(ctx) as book:
        rows = followups.open_rows(book.db, book.today, 0)
        stand = Counter(row.rule for row in rows)
        rules = book.rules.rules
    if json:
        output.as_json([{**_shape(rule), "open": stand[rule.name]} for rule in rules])
        return
    output.table(
        _LISTED,
        [
            (r.name, r.on, _offset(r), " ".join(r.channels), r.priority, str(r.expires or "never"), stand[r.name])
            for r in rules
        ],
        empty="There are no rules.",
    )


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="A rules file, if not the home's.")] = None,
    json: JSON = False,
) -> None:
    """Every fault of the rules at once, with line, rule and key."""
    book = opened_raw(ctx)
    try:
        source = _own(book) if file is None else _source(file)
        rules, faults = _examined(book, source.text)
    finally:
        book.close()
    if json:
        output.as_json([_fault_shape(fault) for fault in faults])
    elif not faults:
        output.lines(f"{source.name}: {len(rules)} rule{'s' * (len(rules) != 1)}, no faults.")
    for fault in faults:
        output.error(f"{source.name}, {fault}")
    if faults:
        raise typer.Exit(1)


@app.command()
def preview(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A rules file, or the name of a playbook.")],
    ahead: Annotated[str | None, typer.Option(metavar="PERIOD", help="Only what is, or would be, due by then.")] = None,
    json: JSON = False,
) -> None:
    """What would appear, move and vanish if this file were adopted. Nothing changes."""
    source = _source(file)
    with opened(ctx) as book:
        rules = _accepted(book, source)
        until = book.planner.workdays.add(book.today, parse_period(ahead)) if ahead is not None else date.max
        totals = Totals()
        found = totals.counting(c for c in changes(book, rules) if min(c.old or date.max, c.new or date.max) <= until)
        if json:
            output.as_json(
                {
                    "changes": [dict(zip(_CHANGED, _row(c), strict=True)) for c in found],
                    "by_rule": totals.by_rule,
                    "by_week": {str(week): counts for week, counts in sorted(totals.by_week.items())},
                    "altered": totals.altered,
                }
            )
            return
        output.table(_CHANGED, (_row(c) for c in found), empty="Nothing would change.")
    _summarise(totals)


@app.command()
def adopt(
    ctx: typer.Context,
    playbook: Annotated[str, typer.Argument(metavar="PLAYBOOK", help="The name of a playbook, or a rules file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    json: JSON = False,
) -> None:
    """Puts a playbook in the place of the rules. Edited rules are kept beside it."""
    source = _source(playbook)
    book = opened_raw(ctx)
    try:
        _accepted(book, source)
        path = book.home / "rules.toml"
        gives_way = book.rules_text != source.text and edited(book.rules_text)
        if gives_way and output.attended() and not yes:
            agree(
                f"rules.toml has been edited. Put {source.name} in its place? The old one is kept beside it; "
                f"followup rules preview {playbook} shows what would change.",
                "adopted",
            )
        if book.rules_text.strip():
            with suppress(RulesFault):
                book.refresh()
        before = standing_days(book.db)
        kept = keep_beside(path, book.today) if gives_way else None
        book.rewrite(path.name, source.text)
        counts = difference(before, standing_days(book.db))
    finally:
        book.close()
    if json:
        output.as_json({"playbook": source.name, **counts, "kept": kept})
    else:
        appear, move, vanish = counts.values()
        output.lines(f"Adopted {source.name}. Follow-ups: {appear} new, {move} moved, {vanish} gone.")
    if kept:
        output.notice(f"the rules as they were are in {path.with_name(kept)}: undo does not bring them back")


def _row(change: Change) -> tuple[str, str, str | None, date | None, date | None, str]:
    return (change.kind, change.rule, change.contact, change.old, change.new, change.title)


class Totals:
    """The changes of a preview, counted as they go by: by rule and by the Monday of the week."""

    def __init__(self) -> None:
        self.by_rule: dict[str, dict[str, int]] = {}
        self.by_week: dict[date, dict[str, int]] = {}
        self.altered = 0

    def counting(self, found: Iterator[Change]) -> Iterator[Change]:
        """Those that appear, move or vanish, each counted."""
        for change in found:
            self.altered += change.altered
            if change.kind != "stay":
                day = change.new or change.old or date.min
                self._count(self.by_rule, change.rule, change.kind)
                self._count(self.by_week, day - timedelta(days=day.weekday()), change.kind)
                yield change

    def _count(self, totals: dict[Any, dict[str, int]], key: Any, kind: str) -> None:
        totals.setdefault(key, dict.fromkeys(_KINDS, 0))[kind] += 1


def _summarise(totals: Totals) -> None:
    """The totals: tables on a terminal, else lines on stderr, so that a pipe has one table."""
    weeks = sorted(totals.by_week.items())
    if output.on_terminal():
        if weeks:
            output.table(("rule", *_KINDS), [(rule, *n.values()) for rule, n in totals.by_rule.items()])
            output.table(("week of", *_KINDS), [(str(week), *n.values()) for week, n in weeks])
    else:
        for label, counts in [*totals.by_rule.items(), *((f"week of {week}", n) for week, n in weeks)]:
            output.notice(f"{label}: {', '.join(f'{n} {kind}' for kind, n in counts.items() if n)}")
    if totals.altered:
        output.notice(
            f"{totals.altered} more keep their day and get another title, channel, message, priority or expiry"
        )


def _source(which: str) -> Source:
    """A playbook by its name, or a file. Refuses what is neither."""
    if which in playbooks():
        return Source(which, playbook_text(which))
    path = Path(which).expanduser()
    if not path.is_file():
        raise Refusal(f"there is no file '{which}', and no playbook of that name: there are {', '.join(playbooks())}")
    try:
        return Source(path.name, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise Refusal(f"{path.name} is not UTF-8 text: save it as UTF-8") from None


def _own(book: Book) -> Source:
    if not book.rules_text.strip():
        raise Refusal("rules.toml is missing or empty: followup rules adopt general writes one")
    return Source("rules.toml", book.rules_text)


def _examined(book: Book, text: str) -> tuple[tuple[Rule, ...], list[Fault]]:
    """The rules without a fault of their own, and every fault: of the text, of titles, of messages that are missing."""
    faults: list[Fault] = []
    damaged: tuple[Rule, ...] = ()
    try:
        rules = parse_rules(text)
    except RulesFault as fault:
        faults, damaged = fault.faults, fault.damaged
        rules = fault.rules
    told = {(fault.rule, fault.key) for fault in faults}
    try:
        titled = (*rules.rules, *(r for r in damaged if (r.name, "title") not in told))
        check_titles(replace(rules, rules=titled), text, book.config.business)
    except RulesFault as fault:
        faults += fault.faults
    whole = [r for r in damaged if not told & {(r.name, "message"), (r.name, "channels")}]
    faults += _missing_messages(book, [*rules.rules, *whole], text)
    return rules.rules, sorted(faults, key=lambda fault: fault.line)


def _missing_messages(book: Book, rules: Iterable[Rule], text: str) -> Iterator[Fault]:
    from followup.drafting.lookup import find

    language = book.config.business["language"]
    for rule in rules:
        for channel in rule.channels:
            try:
                find(book.home, rule.message, channel, language)
            except Refusal as refusal:
                yield Fault(line_of(text, rule, "message"), rule.name, "message", str(refusal))


def _accepted(book: Book, source: Source) -> Rules:
    """The rules of a file. Refuses one with faults."""
    _, faults = _examined(book, source.text)
    if faults:
        more = f" (and {len(faults) - 1} more: see followup rules check {source.name})" if len(faults) > 1 else ""
        raise Refusal(f"{source.name}, {faults[0]}{more}")
    return parse_rules(source.text)


def _offset(rule: Rule) -> str:
    if rule.usual is not None:
        return f"{rule.usual:g} x usual, else {rule.offset} after"
    offset = f"{rule.offset} {'before' if rule.before else 'after'}" if rule.offset != Period() else "same day"
    return offset + (f", every {rule.every}" if rule.every else "")


def _shape(rule: Rule) -> dict[str, Any]:
    """A rule as the file says it, with what was left out."""
    offset = str(rule.offset)
    usual = rule.usual is not None
    return {
        "name": rule.name,
        "on": rule.on,
        "after": None if rule.before else f"{rule.usual:g} x usual" if usual else offset,
        "before": offset if rule.before else None,
        "fallback": offset if usual else None,
        "every": str(rule.every) if rule.every else None,
        "times": rule.times,
        "when": rule.when.text if rule.when else None,
        "channels": rule.channels,
        "message": rule.message,
        "title": rule.title,
        "expires": str(rule.expires) if rule.expires is not None else "never",
        "priority": rule.priority,
        "at_most": str(rule.at_most) if rule.at_most else None,
        "hold": rule.hold,
        "weekend": rule.weekend,
        "lost": rule.lost,
        "schedule": rule.schedule,
        "group": rule.group,
    }


def _fault_shape(fault: Fault) -> dict[str, Any]:
    return {"line": fault.line, "rule": fault.rule or None, "key": fault.key or None, "reason": fault.reason}
