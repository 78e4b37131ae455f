"""Drafts, shown or edited."""

from typing import Annotated

import typer

from followup.cli import output
from followup.cli.app import JSON
from followup.cli.opening import opened
from followup.drafting.draft import Draft, draft_of

app = typer.Typer()

_BETWEEN = "\n" + "-" * 72 + "\n"


@app.command()
def draft(
    ctx: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Follow-ups, by id or by a person with one line in due.")
    ],
    channel: Annotated[str, typer.Option(metavar="CHANNEL", help="Another channel than the planned one.")] = "",
    edit: Annotated[bool, typer.Option("--edit", help="Open it in $VISUAL or $EDITOR first.")] = False,
    json: JSON = False,
) -> None:
    """The message for a follow-up, ready to send. It sends nothing and changes nothing: that is for you, and `done`."""
    from followup.cli.choosing import all_chosen

    asked = None
    if channel:
        from followup.cli.values import channel as checked

        asked = checked(channel)
    with opened(ctx) as book:
        drafts = [draft_of(book, row, asked) for row in all_chosen(book, ids)]
    if edit:
        drafts = [_edited(one) for one in drafts]
    if json:
        from msgspec.structs import asdict

        output.as_json([asdict(one) for one in drafts])
    else:
        output.lines(_BETWEEN.join(as_text(one) for one in drafts))


def as_text(draft: Draft) -> str:
    """The draft as it is read: where it goes to and its subject, a blank line, the body."""
    to = ", ".join(draft.to.splitlines()) + (f" ({draft.network})" if draft.network else "")
    head = [f"To: {to}"] if to else []
    head += [f"Bcc: {', '.join(draft.bcc)}"] if draft.bcc else []
    head += [f"Subject: {draft.subject}"] if draft.subject else []
    return "\n".join([*head, "", draft.body]) + "\n"


def _edited(draft: Draft) -> Draft:
    """The draft as the person's editor leaves it. Refuses an empty one, and an e-mail that has lost its subject."""
    from followup.cli.editing import chosen_editor, edited
    from followup.core.refusal import Refusal
    from followup.drafting.draft import retold
    from followup.drafting.render import clean_text, split_subject

    command = chosen_editor("leave out --edit")
    head = f"Subject: {draft.subject}\n\n" if draft.subject else ""
    body = clean_text(edited(command, f"{head}{draft.body}\n")).strip("\n")
    subject = None
    if head and body:
        subject, body = split_subject(body, "the edited draft")
    if not body.strip():
        raise Refusal(f"the draft of follow-up {draft.followup} was emptied: nothing is left to send")
    return retold(draft, subject, body)
