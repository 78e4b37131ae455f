"""Drafts: a follow-up becomes the message to send, with where it goes to and the link that opens it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from followup.core.channels import choose_channel, missing_for
from followup.core.facts import Facts
from followup.core.model import CHANNELS, CHAT_NETWORKS, NOBODY, SOCIAL_NETWORKS, History, Rule
from followup.core.naming import first_name
from followup.core.period import Period
from followup.core.refusal import Refusal
from followup.core.series import EVERYONE, purchase_rhythm
from followup.drafting.links import link_to
from followup.drafting.lookup import find
from followup.drafting.render import clean_text, compose, primary, usual_text
from followup.store import contacts, histories

if TYPE_CHECKING:
    from followup.core.agenda import Standing
    from followup.core.model import Contact
    from followup.store.book import Book


class Draft(Struct, frozen=True, kw_only=True):
    """A message ready to send: `to` is an address, a number or a handle, which `network` goes with.

    `subject` is an e-mail's. `link` opens the message in what sends it; None where nothing can. One for a group has
    nobody in `to` and everyone in `bcc`. `name` is whom it goes to; `uid` and `title` are the follow-up's. `note` is
    the text of a reminder, for one's own eyes: a body that is a letter begins with it.
    """

    followup: int
    channel: str
    to: str
    subject: str | None
    body: str
    link: str | None
    network: str | None = None
    bcc: tuple[str, ...] = ()
    uid: str
    title: str
    name: str | None
    language: str
    note: str | None = None


def draft_of(book: Book, row: Standing, channel: str | None) -> Draft:
    """The draft of an open follow-up, on the channel that is asked for, else the planned one.

    Refuses a channel that does not reach the contact or that they opted out of, a message that does not exist, and one
    with a fault.
    """
    if row.started_by == EVERYONE:
        return _for_group(book, row, channel)
    assert row.contact_id is not None
    history = book.history(row.contact_id)
    contact = history.contact
    chosen = _channel(row, contact, channel)
    network, to = address(contact, chosen)
    note = None if row.rule else clean_text(row.title)
    subject, body, language = (
        _written(book, row, history, chosen) if note is None else _jotted(book, note, contact, chosen)
    )
    empty = Draft(
        followup=row.id,
        channel=chosen,
        to=to,
        subject=None,
        body="",
        link=None,
        network=network,
        uid=row.uid,
        title=row.title,
        name=contact.name,
        language=language,
        note=note,
    )
    return retold(empty, subject, body)


def retold(draft: Draft, subject: str | None, body: str) -> Draft:
    """The draft with another subject and body, and the link that goes with them."""
    link = link_to(draft.channel, draft.network, draft.to, subject, body, draft.bcc)
    return replace(draft, subject=subject, body=body, link=link)


def address(contact: Contact, channel: str) -> tuple[str | None, str]:
    """Where a channel reaches the contact: the network (of chat and social), and what it is sent to.

    Refuses a channel that does not reach them.
    """
    missing = missing_for(contact, channel)
    if missing:
        raise _unreachable(contact, f"{contact.name} has no {missing}")
    if channel == "email":
        return None, contact.emails[0]
    if channel in ("phone", "sms"):
        return None, contact.phones[0]
    if channel in ("chat", "social"):
        networks = CHAT_NETWORKS if channel == "chat" else SOCIAL_NETWORKS
        network = next(net for net in networks if net in contact.handles)
        return network, contact.handles[network]
    return None, clean_text(contact.address or "")


def _unreachable(contact: Contact, words: str) -> Refusal:
    return Refusal(f"{words}: followup contact edit {contact.id} adds one, or name another with --channel")


_ANY = Rule(name="", on="", offset=Period(), channels=CHANNELS, expires=None)
"""The channels of a follow-up of one's own that names none."""


def _channel(row: Standing, contact: Contact, asked: str | None) -> str:
    """The channel to draft for. Whether to write in spite of an opt-out is up to a person's own reminders alone."""
    if asked:
        if row.rule and (asked in contact.opted_out or "all" in contact.opted_out):
            raise Refusal(f"{contact.name} opted out of {asked}: name another with --channel")
        return asked
    if row.channel:
        return row.channel
    verdict = choose_channel(_ANY, contact)
    if row.missing or verdict.channel is None:
        raise _unreachable(contact, row.missing or verdict.missing or verdict.reason)
    return verdict.channel


def _for_group(book: Book, row: Standing, asked: str | None) -> Draft:
    """One draft for everyone whom the rule lets through, so that none sees the others."""
    channel = asked or row.channel or "email"
    reached = []
    for contact_id in histories.members(book.db, row.rule):
        contact = contacts.load(book.db, contact_id)
        if missing_for(contact, channel) is None and not {channel, "all"} & set(contact.opted_out):
            reached.append(address(contact, channel)[1])
    if not reached:
        raise Refusal(f"nobody of '{row.title}' is reached by {channel}: name another channel with --channel")
    nobody = History(contact=NOBODY, sales=[], events=[], reminders=[], closings=[], snoozes={})
    subject, body, language = _written(book, row, nobody, channel)
    empty = Draft(
        followup=row.id,
        channel=channel,
        to="",
        subject=None,
        body="",
        link=None,
        bcc=tuple(reached),
        uid=row.uid,
        title=row.title,
        name=None,
        language=language,
    )
    return retold(empty, subject, body)


_GREETED = {
    "en": ("Hello {first},", "Kind regards,"),
    "de": ("Guten Tag {name},", "Freundliche Grüße"),
    "fr": ("Bonjour {first},", "Bien cordialement,"),
    "es": ("Hola, {first}:", "Un cordial saludo,"),
}
"""How a letter begins and ends, as in the shipped messages."""


def note_line(note: str) -> str:
    """A reminder's text as it stands above the letter, so that nobody takes it for a part of that."""
    return f"# {' '.join(note.split())}"


def _jotted(book: Book, note: str, contact: Contact, channel: str) -> tuple[str | None, str, str]:
    """Subject, body and language of a reminder: what to talk about, or a letter still to be written below the note."""
    business = book.config.business
    language = contact.language or business["language"]
    if channel in ("phone", "visit"):
        return None, note, language
    if primary(language) not in _GREETED:
        language = "en"
    greeting, end = _GREETED[primary(language)]
    greeting = greeting.format(first=first_name(contact.name, contact.company), name=contact.name)
    return None, f"{note_line(note)}\n\n{greeting}\n\n\n\n{end}\n{business['signature']}", language


def _written(book: Book, row: Standing, history: History, channel: str) -> tuple[str | None, str, str]:
    """Subject, body and language of the rule's message, as its follow-up sees the facts."""
    business = book.config.business
    own = business["language"]
    message = find(book.home, row.message, channel, history.contact.language or own)
    rule = next(rule for rule in book.rules.rules if rule.name == row.rule)
    rhythm = purchase_rhythm(history) if rule.on == "silence" else None
    facts = Facts(
        history,
        business,
        rule=row.rule,
        sale=next((sale for sale in history.sales if sale.id == row.sale_id), None),
        event=next((event for event in history.events if event.id == row.event_id), None),
        start=row.start,
        due=row.due,
        workdays=book.workdays,
        occasion=row.start if rule.on == "service" else None,
        usual=usual_text(rhythm, message.written_in(own)) if rhythm else None,
        today=book.today,
    )
    return *compose(message, facts.views(), own), message.written_in(own)
