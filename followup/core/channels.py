"""Channels: which of them reach a contact, and which one a rule uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from followup.core.model import CHANNELS, CHAT_NETWORKS, SOCIAL_NETWORKS

if TYPE_CHECKING:
    from followup.core.model import Contact, Rule


class Verdict(NamedTuple):
    """Whether an occurrence is planned, with the channel and what is missing; `reason` says why not."""

    planned: bool
    reason: str = ""
    channel: str | None = None
    missing: str | None = None


def opted_out_of_all(contact: Contact) -> bool:
    """Whether rules plan nothing for them at all."""
    return "all" in contact.opted_out or all(channel in contact.opted_out for channel in CHANNELS)


def missing_for(contact: Contact, channel: str) -> str | None:
    """What a channel needs and the contact has not; None when it reaches them."""
    match channel:
        case "email":
            reached, need = bool(contact.emails), "e-mail address"
        case "phone" | "sms":
            reached, need = bool(contact.phones), "phone number"
        case "chat":
            reached, need = any(net in CHAT_NETWORKS for net in contact.handles), "chat handle"
        case "social":
            reached, need = any(net in SOCIAL_NETWORKS for net in contact.handles), "social handle"
        case _:
            reached, need = bool(contact.address), "postal address"
    return None if reached else need


def choose_channel(rule: Rule, contact: Contact) -> Verdict:
    """The rule's first channel that reaches the contact and is not opted out, or the one they prefer among those."""
    reaching = [c for c in rule.channels if missing_for(contact, c) is None]
    candidates = [c for c in reaching if c not in contact.opted_out]
    if candidates:
        return Verdict(True, channel=contact.prefers if contact.prefers in candidates else candidates[0])
    allowed = [c for c in rule.channels if c not in contact.opted_out]
    if reaching or not allowed:
        return Verdict(False, f"{contact.name} opted out of {' and '.join(reaching or rule.channels)}")
    needs = list(dict.fromkeys(need for c in allowed if (need := missing_for(contact, c))))
    return Verdict(True, missing=f"{contact.name} has no {' and no '.join(needs)}")
