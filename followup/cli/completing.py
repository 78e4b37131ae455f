"""What a shell offers for the word at the cursor: commands, options, people, follow-ups, and words to choose from.

The scripts of `followup completion` call the program with `_FOLLOWUP_COMPLETE` set to the shell's name and the words up
to the cursor as arguments. Each line of the answer is one candidate; for fish a tab and a description may follow. No
shell evaluates any of it. Nothing to offer: the shell goes on to file names.
"""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer._click.core import Parameter
from typer._click.shell_completion import _resolve_context, _resolve_incomplete

from followup.cli import output
from followup.cli.place import Place, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from typer._click import Command

Offer = tuple[str, str]
"""A candidate and its description."""

_MOST = 200
_SPACE = re.compile(r"(?:[^\\]|\\.)*\s", re.DOTALL)
"""A line that ends with a space which no backslash makes a part of the word."""

_UNSAFE = re.compile(r"([^\w@%+=:,./\-])")
_BREAKS = re.compile(r".*[=:]", re.DOTALL)
"""bash takes these for the ends of words, and replaces only what follows the last."""


def answer(group: Command, shell: str, args: Sequence[str]) -> int:
    """Prints the candidates for the last of the arguments, and returns the exit status."""
    words = _typed(args[0] if args else "") if shell == "bash" else list(args)
    *before, incomplete = words or [""]
    offers = _offers(group, before, incomplete)
    for text, description in offers:
        if shell == "bash":
            output.lines(_for_bash(output.safe(text), args[0], incomplete))
        else:
            output.lines("\t".join(map(output.safe, (text, description))) if shell == "fish" else output.safe(text))
    return 0


def _typed(line: str) -> list[str]:
    """The words of a command line up to the cursor, without the program's name; the last may be unfinished."""
    for closed in (line, f"{line}'", f'{line}"', line.removesuffix("\\")):
        try:
            words = shlex.split(closed)
        except ValueError:
            continue
        return [*words[1:], *([""] if _SPACE.fullmatch(line) and closed == line else [])]
    return []


def _for_bash(text: str, line: str, incomplete: str) -> str:
    """The candidate as bash puts it in place of the word: without what stands before its word break, and quoted unless
    the person has opened a quotation mark."""
    if broken := _BREAKS.match(incomplete):
        text = text[len(broken[0]) :]
    quoted = line.count('"') % 2 or line.count("'") % 2
    return text if quoted else _UNSAFE.sub(r"\\\1", text)


def _offers(group: Command, before: list[str], incomplete: str) -> Iterator[Offer]:
    ctx = _resolve_context(group, {}, "followup", before)
    if (previous := before[-1:]) and previous[0] in ("--home", "--today") and ctx.parent is None:
        return
    wanted, incomplete = _resolve_incomplete(ctx, before, incomplete)
    if not isinstance(wanted, Parameter):
        for item in wanted.shell_complete(ctx, incomplete):
            yield str(item.value), item.help or ""
        return
    metavar = str(getattr(wanted, "metavar", None) or "").strip("[]")
    if offers := _BY_METAVAR.get(f"{ctx.info_name} {metavar}") or _BY_METAVAR.get(metavar):
        yield from offers(place(ctx), incomplete)
    elif re.fullmatch(r"[a-z0-9]+(\|[a-z0-9]+)+", metavar):
        yield from _starting(metavar.split("|"), incomplete)


def _starting(words: Sequence[str], incomplete: str) -> Iterator[Offer]:
    return ((word, "") for word in words if word.startswith(incomplete.lower()))


def _begun(name: str) -> tuple[str, str]:
    """The range of the folded names that begin with what is typed of one, a space behind it included."""
    from followup.core.identity import fold

    folded = fold(name) + " " * name[-1:].isspace()
    return folded, f"{folded}\U0010ffff"


def _people(at: Place, incomplete: str) -> Iterator[Offer]:
    """The contacts whose name begins so, by name; of several of one name, each by id. After `@`, the tags."""
    if incomplete.startswith("@"):
        query = "SELECT DISTINCT '@' || value, '' FROM contacts, json_each(tags) WHERE tags <> '[]' AND value LIKE ?"
        yield from _read(at, f"{query} ESCAPE '\\' ORDER BY 1", [_like(incomplete[1:].lower())])
        return
    rows = _read(
        at,
        "SELECT name, ifnull(company, ''), id, (SELECT count(*) FROM contacts o WHERE o.folded = c.folded) "
        "FROM contacts c WHERE folded >= ? AND folded < ? ORDER BY folded, id",
        [*_begun(incomplete)],
    )
    for name, company, contact_id, same in rows:
        yield (name, company) if same == 1 else (str(contact_id), name)


def _followups(at: Place, incomplete: str) -> Iterator[Offer]:
    """Whose name begins so and who has something due, by name, or namesakes by what is due; then the ids of that."""
    waiting = "FROM followups f LEFT JOIN contacts c ON c.id = f.contact_id WHERE f.plan = 'open' AND f.day <= ?"
    today = at.today.isoformat()
    same = "(SELECT count(*) FROM contacts o WHERE o.folded = c.folded) > 1"
    offers = _read(
        at,
        f"SELECT CASE WHEN {same} THEN CAST(f.id AS TEXT) ELSE c.name END AS offer, f.title {waiting} "
        "AND c.folded >= ? AND c.folded < ? GROUP BY offer ORDER BY c.folded, f.day",
        [today, *_begun(incomplete)],
    )
    if not incomplete or incomplete.isdigit():
        offers += _read(
            at,
            f"SELECT CAST(f.id AS TEXT), f.title {waiting} AND f.id LIKE ? ORDER BY f.day",
            [today, f"{incomplete}%"],
        )
    yield from dict(offers).items()


def _sales(at: Place, incomplete: str) -> Iterator[Offer]:
    query = "SELECT CAST(s.id AS TEXT), s.title || ', ' || c.name FROM sales s JOIN contacts c ON c.id = s.contact_id"
    yield from _read(at, f"{query} WHERE s.id LIKE ? ORDER BY s.id DESC", [f"{incomplete}%"])


def _events(at: Place, incomplete: str) -> Iterator[Offer]:
    query = "SELECT CAST(e.id AS TEXT), e.kind || ', ' || c.name FROM events e JOIN contacts c ON c.id = e.contact_id"
    yield from _read(at, f"{query} WHERE e.id LIKE ? ORDER BY e.id DESC", [f"{incomplete}%"])


def _open_events(at: Place, incomplete: str) -> Iterator[Offer]:
    """What can be closed, by id; once a name is begun, whose it is."""
    from followup.core.model import CLOSABLE

    standing = (
        "FROM events e JOIN contacts c ON c.id = e.contact_id "
        "WHERE e.closed_on IS NULL AND e.kind IN (SELECT value FROM json_each(?))"
    )
    kinds = json.dumps(CLOSABLE)
    if incomplete and not incomplete.isdigit():
        query = f"SELECT c.name, group_concat(e.kind, ', ') {standing} AND c.folded >= ? AND c.folded < ? GROUP BY c.id"
        yield from _read(at, f"{query} ORDER BY c.folded", [kinds, *_begun(incomplete)])
        return
    query = f"SELECT CAST(e.id AS TEXT), e.kind || ', ' || c.name {standing} AND e.id LIKE ? ORDER BY e.id DESC"
    yield from _read(at, query, [kinds, f"{incomplete}%"])


def _rules(at: Place, incomplete: str) -> Iterator[Offer]:
    query = "SELECT DISTINCT rule, '' FROM followups WHERE rule LIKE ? ESCAPE '\\' AND rule <> '' ORDER BY 1"
    yield from _read(at, query, [_like(incomplete)])


def _words_of_model(name: str) -> Callable[[Place, str], Iterator[Offer]]:
    def offers(at: Place, incomplete: str) -> Iterator[Offer]:
        from followup.core import model

        return _starting(getattr(model, name), incomplete)

    return offers


def _playbooks(at: Place, incomplete: str) -> Iterator[Offer]:
    from followup.store.book import playbooks

    return _starting(playbooks(), incomplete)


_BY_METAVAR: dict[str, Callable[[Place, str], Iterator[Offer]]] = {
    "WHO": _people,
    "WHO|NAME": _people,
    "INTO": _people,
    "ID...": _followups,
    "ID... [WHEN": _followups,
    "ID": _sales,
    "EVENT": _events,
    "close EVENT": _open_events,
    "RULE": _rules,
    "PLAYBOOK": _playbooks,
    "CHANNEL": _words_of_model("CHANNELS"),
    "KIND": _words_of_model("EVENT_KINDS"),
    "REASON": _words_of_model("LOST_REASONS"),
}
"""What to offer for a parameter, by the name that its help gives to the value, or by the command's and that."""


def _read(at: Place, query: str, values: list[str]) -> list[Any]:
    """The first rows of a query on the home's file, which is only read; none where there is no such file."""
    path = Path(at.home, "followup.db")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1)) as db:
            return db.execute(f"{query} LIMIT {_MOST}", values).fetchall()
    except sqlite3.Error:
        return []


def _like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text) + "%"
