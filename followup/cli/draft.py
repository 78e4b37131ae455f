"""Drafts: shown, edited, and handed over to what sends them."""

from typing import Annotated

import typer
from typer._click.exceptions import UsageError

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.choosing import all_chosen
from followup.cli.delivering import Ways, check, deliver, where
from followup.cli.editing import chosen_editor, edited, kept
from followup.cli.morning import nothing_due
from followup.cli.opening import opened
from followup.cli.pile import Leftover, Pile, left_over, pile_of
from followup.cli.values import channel as checked
from followup.cli.values import named_path
from followup.core.config import UNSIGNED
from followup.core.refusal import Refusal
from followup.drafting.draft import Draft, draft_of
from followup.store.book import Book

app = typer.Typer()

_BETWEEN = "\n" + "-" * 72 + "\n"


@app.command()
def draft(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Follow-ups, by id or by a person with one line in due."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every line of today's due instead.")] = False,
    channel: Annotated[
        str | None, typer.Option(metavar="CHANNEL", help="Another channel than the planned one.")
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Open it in your editor first ($VISUAL, $EDITOR).")] = False,
    copy: Annotated[bool, typer.Option("--copy", help="Put its body into the clipboard.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the program that sends it.")] = False,
    eml: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write an e-mail that mail programs open as a draft; - is stdout."),
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write a file for each: .eml for e-mail, else .txt.")
    ] = None,
    imap: Annotated[bool, typer.Option("--imap", help="Put e-mails into the Drafts folder of your mailbox.")] = False,
    json: JSON = False,
) -> None:
    """The message for a follow-up, ready to send. It sends nothing and changes nothing: that is for you, and `done`."""
    if bool(ids) == all_:
        raise UsageError("Give the ID of one or more follow-ups, or --all.", ctx)
    if json and eml == "-":
        raise Refusal("--json and the e-mail cannot both be on stdout: name a file")
    if eml is not None:
        named_path(eml, "file")
    folder = None if to is None else named_path(to, "folder")
    ways = Ways(imap=imap, eml=eml or "", to=to or "", copy=copy, open=open_)
    with opened(ctx) as book:
        drafts, faults = _chosen(book, ids, channel)
        config, today, nothing = book.config, book.today, nothing_due(book)
        old = left_over(book, folder, drafts) if all_ and folder and folder.is_dir() else []
    for fault in faults:
        output.notice(fault)
    check(ways, drafts, those_named=not all_)
    written: list[str] = []
    with kept(written):
        if edit:
            drafts = [reworked(one, written) for one in drafts]
        places = deliver(ways, drafts, {one.followup: as_text(one) for one in drafts}, config, today)
    _clear(old)
    if any(UNSIGNED in one.body for one in drafts):
        output.notice(f"drafts are signed {UNSIGNED}: write owner, or signature, into config.toml, [business]")
    if eml == "-":
        return
    if json:
        from msgspec.structs import asdict

        output.as_json([asdict(one) | places[one.followup] for one in drafts])
    elif any(places.values()):
        rows = [(one.followup, one.name or "everyone", one.channel, where(places[one.followup])) for one in drafts]
        output.table(("id", "contact", "channel", "where"), rows)
    elif drafts:
        output.lines(_BETWEEN.join(as_text(one) for one in drafts))
    elif not drafts and not faults and output.on_terminal():
        output.lines(nothing)


def _chosen(book: Book, ids: list[str] | None, channel: str | None) -> Pile:
    """The drafts that are asked for; without ids those of today's list."""
    asked = None if channel is None else checked(channel)
    if not ids:
        return pile_of(book, asked)
    return Pile([draft_of(book, row, asked) for row in all_chosen(book, ids)], [])


def _clear(old: list[Leftover]) -> None:
    """Takes what earlier piles left out of the folder; what a person may have changed stays, and is named."""
    for path, ours in old:
        if ours:
            path.unlink(missing_ok=True)
            output.notice(f"{path} is no draft of today's list any more, and was removed")
        else:
            output.notice(
                f"{path} is no draft of today's list, and may have been changed: delete it if it is not to be sent"
            )


def as_text(draft: Draft) -> str:
    """The draft as it is read: where it goes to and its subject, a blank line, the body."""
    to = ", ".join(draft.to.splitlines()) + (f" ({draft.network})" if draft.network else "")
    head = [f"To: {to}"] if to else []
    head += [f"Bcc: {', '.join(draft.bcc)}"] if draft.bcc else []
    head += [f"Subject: {draft.subject}"] if draft.subject else []
    return "\n".join([*head, "", draft.body]) + "\n"


def reworked(draft: Draft, written: list[str]) -> Draft:
    """The draft as the person's editor leaves it, without the note of a reminder above it.

    What was changed there is added to `written`, for `kept`. Refuses an empty one, and an e-mail without a subject.
    """
    from followup.drafting.draft import note_line, retold
    from followup.drafting.render import clean_text, split_subject

    command = chosen_editor("leave out --edit")
    head = f"Subject: {draft.subject or ''}\n\n" if draft.channel == "email" else ""
    before = f"{head}{draft.body}\n"
    typed = edited(command, before)
    if typed.strip() and typed != before:
        written.append(typed)
    body = clean_text(typed).strip("\n")
    subject = None
    if head and body:
        subject, body = split_subject(body, "the edited draft")
    if draft.note:
        body = body.removeprefix(note_line(draft.note)).strip("\n")
    if not body.strip():
        raise Refusal(f"the draft of follow-up {draft.followup} was emptied: nothing is left to send")
    return retold(draft, subject, body)
