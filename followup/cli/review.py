"""The morning, tied together: what is due, one by one, each with its draft and a key for each answer."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import typer
from msgspec import Struct

from followup.cli import handing, output, shapes
from followup.cli.app import JSON
from followup.cli.brief import in_list, open_of
from followup.cli.choosing import chosen, todays
from followup.cli.done import as_answered, later, still_open
from followup.cli.draft import as_text, reworked
from followup.cli.editing import chosen_editor, keep, kept
from followup.cli.opening import opened, opened_to_change
from followup.cli.page import Page, drawn, page_of
from followup.cli.screen import Screen
from followup.core.agenda import Standing
from followup.core.refusal import Refusal
from followup.drafting.draft import Draft
from followup.store import followups, journal
from followup.store.book import Book

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer()

_HELP = """\
c      copies the text to the clipboard
o      opens the draft in the program that sends it
e      opens the draft in your editor; c and o then take what you made of it
d      it was sent or said: done, and what comes next is planned
s      not now: puts it off to a day or by a period
k      not this one: skips it
n      leaves it as it is and goes on, as Enter does
b      goes back to the one before
u      takes back your last answer
space  goes on in a long page, as the arrows do
q      ends here; what was done stays done, and the rest stays in the list"""

_KEYS = {
    "c": "copy", "o": "open", "e": "edit", "d": "done", "s": "snooze", "k": "skip", "n": "next", "b": "back",
    "u": "undo", "q": "quit", "?": "help",
}  # fmt: skip
_COMMANDS = {"done": "done", "snoozed": "snooze", "skipped": "skip"}
"""What each answer is called afterwards, and the command that gives it too."""


@app.command()
def review(ctx: typer.Context, json: JSON = False) -> None:
    """Walks through what is due, one by one: the draft, then one key each for copy, open, edit, done, snooze, skip."""
    stream = sys.stderr if json else sys.stdout
    if not (sys.stdin.isatty() and stream.isatty()):
        raise Refusal("review needs a terminal: followup due has the list, and followup draft the words")
    walk = _Walk(ctx)
    status = 0
    if walk.next():
        with Screen(stream) as screen:
            try:
                walk.through(screen)
            except KeyboardInterrupt:
                walk.word, status = "", 130
    walk.report(json)
    if status:
        raise typer.Exit(status)


class _Answer(Struct, frozen=True):
    """What was answered in this review: the change that it is in the file, the follow-up and the word for it."""

    change: int
    followup: int
    how: str


class _Walk:
    """The way through the list. Between two keys the file is closed, so each look at it may find another list.

    `trail` are the ids of those that were shown, `at` the place of the present one among them. `edited` are the drafts
    that a person changed, and `loose` the ids of those that they have not copied or opened since.
    """

    def __init__(self, ctx: typer.Context) -> None:
        self.ctx = ctx
        self.trail: list[int] = []
        self.at = 0
        self.answers: list[_Answer] = []
        self.edited: dict[int, Draft] = {}
        self.loose: set[int] = set()
        self.waiting: dict[int, str] = {}
        self.word = ""
        self.refused = False

    def next(self) -> Page | None:
        """The page of the present follow-up, or of the first in the list that was not shown yet; None past the last."""
        with opened(self.ctx) as book:
            self.today = book.today
            self.tomorrow = later(book, "1 business day")
            self._look(book)
            while True:
                if self.at == len(self.trail):
                    new = next((followup_id for followup_id in self.waiting if followup_id not in self.trail), None)
                    if new is None:
                        return None
                    self.trail.append(new)
                try:
                    row = followups.load(book.db, self.trail[self.at])
                except Refusal:  # gone, with its contact, since it was shown
                    del self.trail[self.at]
                    continue
                return self._page(book, row)

    def _page(self, book: Book, row: Standing) -> Page:
        try:
            row = chosen(book, str(row.id))
        except Refusal as closed:
            return Page(row=row, state=row.plan, facts=(), closed=str(closed))
        return page_of(book, *in_list(book, [row])[0], self.edited.get(row.id))

    def _look(self, book: Book) -> None:
        """Reads the list, and says what has left it while nobody looked."""
        before = self.waiting
        self._read(book)
        left = [t for i, t in before.items() if i not in self.waiting and i not in self.trail]
        if left:
            self.word = f"{self.word} No longer due, so passed over: {', '.join(left)}.".strip()

    def _read(self, book: Book) -> None:
        self.waiting = {e.standing.id: e.standing.title for e in todays(book) if e.state in ("due", "overdue")}

    def through(self, screen: Screen) -> None:
        """Shows one page after the other until the last, or until `q`."""
        self.screen = screen
        while page := self.next():
            key = screen.key(self._body(page), self._foot(page))
            self.word, self.refused = "", False
            if key in ("q", "end"):
                return
            if key in ("n", "enter"):
                self.at += 1
            elif action := self._actions(page).get(key):
                try:
                    action(page)
                except Refusal as refusal:
                    self._refuse(refusal)

    def _actions(self, page: Page) -> dict[str, Callable[[Page], None]]:
        """What each key does on this page; those that can do nothing on it are left out."""
        known: dict[str, Callable[[Page], None]] = {}
        if page.draft:
            known |= {"c": self._copy, "o": self._open, "e": self._edit}
        if page.draft and page.draft.link is None:
            del known["o"]
        if not page.closed:
            known |= {"d": self._done, "s": self._snooze, "k": self._skip}
        if self.at:
            known["b"] = self._back
        if self.answers:
            known["u"] = self._undo
        return known | {"?": self._help}

    def _body(self, page: Page) -> "RenderableType":
        seen = len(self.trail) + sum(followup_id not in self.trail for followup_id in self.waiting)
        return drawn(page, f"{self.at + 1} of {seen}", self.today)

    def _foot(self, page: Page, question: str = "") -> "RenderableType":
        """What was just done, and the keys that do something; or a question in their place."""
        from rich.columns import Columns
        from rich.console import Group
        from rich.text import Text

        tone = "yellow" if self.refused else "green"
        lines: list[RenderableType] = [Text(output.safe(self.word), tone)] if self.word else []
        if question:
            return Group(*lines, Text(question, "bold"))
        actions = self._actions(page)
        keys = [
            Text.assemble((key, "bold cyan"), f" {name}")
            for key, name in _KEYS.items()
            if key in "nq" or key in actions
        ]
        return Group(*lines, Columns(keys, padding=(0, 2)))

    def _copy(self, page: Page) -> None:
        assert page.draft
        handing.copy(page.draft.body)
        self.loose.discard(page.row.id)
        self.word = "Copied; d when it is sent."

    def _open(self, page: Page) -> None:
        assert page.draft and page.draft.link
        handing.open_link(page.draft.link)
        self.loose.discard(page.row.id)
        self.word = "Opened; d when it is sent."

    def _edit(self, page: Page) -> None:
        assert page.draft
        chosen_editor("copy the text and change it where you paste it")
        written: list[str] = []
        with self.screen.left(), kept(written):
            draft = reworked(page.draft, written)
        if not written:
            self.word = "It is as it was."
            return
        self.edited[page.row.id] = draft
        self.loose.add(page.row.id)
        self.word = "Edited: c and o take it as it is now."

    def _done(self, page: Page) -> None:
        def write(book: Book, row: Standing) -> None:
            followups.done(book.db, row, book.today, book.today, None)

        self._answer(page, "done", write)

    def _skip(self, page: Page) -> None:
        def write(book: Book, row: Standing) -> None:
            followups.close(book.db, row, "skipped", book.today, None)

        self._answer(page, "skipped", write)

    def _snooze(self, page: Page) -> None:
        until = self._ask_when(page)
        if until is not None:
            day = until
            self._answer(page, "snoozed", lambda book, row: followups.snooze(book.db, row.id, day), f" until {day}")

    def _ask_when(self, page: Page) -> date | None:
        """The day to put it off to, asked for until it is one; None where Escape is the answer."""
        question = f"Snooze until a day, or for a period [{self.tomorrow}]"
        while True:
            answer = self.screen.line(self._body(page), self._foot(page, question))
            self.word, self.refused = "", False
            if answer is None:
                return None
            try:
                with opened(self.ctx) as book:
                    until = later(book, answer) if answer.strip() else self.tomorrow
                if until > self.today:
                    return until
                raise Refusal(f"{until} is not after today ({self.today}): give a later day")
            except Refusal as refusal:
                self._refuse(refusal)

    def _answer(self, page: Page, how: str, write: Callable[[Book, Standing], None], until: str = "") -> None:
        """Writes an answer down as a change of its own, and goes on. Passes over what was answered elsewhere."""
        self.at += 1
        with opened_to_change(self.ctx) as book:
            self._look(book)
            row = chosen(book, str(page.row.id))
            with book.change(f"{_COMMANDS[how]} {row.id} ({row.title}){until}") as changing:
                write(book, row)
                changing.touch(row.contact_id)
                change = journal.changes_head(book.db)
            assert change
            self.answers.append(_Answer(change.id, row.id, how))
            following = self._next_for(book, row)
            ajar = still_open(book, [row]) if how != "snoozed" else []
            self._read(book)
        self.word = f"{self.word} {how.capitalize()}{until}: {row.title}.".strip()
        if following:
            self.word += f" Next: {following.title}, {output.day_text(following.day, self.today)}."
        self.word += "".join(f" {sentence[0].upper()}{sentence[1:]}." for sentence in ajar)

    def _next_for(self, book: Book, row: Standing) -> Standing | None:
        """What else is planned for the same person on the first day after today."""
        coming = [entry.standing for entry in open_of(book, row.contact_id)] if row.contact_id is not None else []
        return next((other for other in coming if other.day > book.today and other.id != row.id), None)

    def _back(self, page: Page) -> None:
        self.at -= 1

    def _undo(self, page: Page) -> None:
        """Takes back the last answer, if nothing else was changed since, and goes back to it."""
        last = self.answers[-1]
        with opened(self.ctx) as book:
            head = journal.changes_head(book.db)
            if head is None or head.id != last.change:
                raise Refusal("something else was changed since: followup undo --list has all that can be taken back")
            taken = book.undo()
            self._read(book)
        self.answers.pop()
        self.at = self.trail.index(last.followup)
        self.word = f"Took back: {taken.command}."

    def _refuse(self, refusal: Refusal) -> None:
        self.word = f"{str(refusal)[:1].upper()}{str(refusal)[1:]}."
        self.refused = True

    def _help(self, page: Page) -> None:
        from rich.text import Text

        self.screen.key(Text(_HELP), Text("any key goes back", "dim"))

    def report(self, json: bool) -> None:
        """What was answered in this review, what is left, and where that is which would be lost otherwise."""
        for draft in (self.edited[followup_id] for followup_id in self.loose):
            file = keep([as_text(draft)])
            output.notice(f"what you wrote for '{draft.title}' was neither copied nor opened: it is in {file}")
        answered = {answer.followup: answer.how for answer in self.answers}
        with opened(self.ctx) as book:
            states = Counter(entry.state for entry in todays(book))
            closed = as_answered(book, followups.by_ids(book.db, answered))
        left, held = states["due"] + states["overdue"], states["held"]
        if json:
            output.as_json({"closed": [shapes.followup(*entry, self.today) for entry in closed], "left": left})
            return
        ended_by_answer = self.word and self.answers and self.answers[-1].followup == self.trail[-1]
        output.lines(f"{self.word} followup undo takes it back." if ended_by_answer else self.word)
        counts = Counter(answered.values())
        said = [f"{counts[how]} {how}" for how in _COMMANDS if counts[how]]
        said.append(f"{left} left" if left else "nothing left to do")
        output.lines(", ".join(said).capitalize() + (f", {held} held back for now." if held else "."))
