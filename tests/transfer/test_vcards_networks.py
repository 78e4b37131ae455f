"""Handles out of URIs, addresses of profiles and names, for the networks that are known."""

from __future__ import annotations

import pytest

from followup.transfer.networks import handle, handle_in_address, network


@pytest.mark.parametrize(
    ("text", "net"),
    [
        ("Twitter", "x"),
        ("X", "x"),
        ("WhatsApp", "whatsapp"),
        ("Facebook Messenger", "facebook"),
        ("LINKEDIN", "linkedin"),
        ("tg", "telegram"),
        ("github", None),
        ("", None),
    ],
)
def test_networks_by_what_others_call_them(text: str, net: str | None) -> None:
    assert network(text) == net


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://wa.me/49301234567?text=hi", ("whatsapp", "+49301234567")),
        ("wa.me/49301234567", ("whatsapp", "+49301234567")),
        ("https://api.whatsapp.com/send?phone=49301234567", ("whatsapp", "+49301234567")),
        ("https://wa.me/message/ABC", None),
        ("https://wa.me/", None),
        ("https://t.me/anna_f", ("telegram", "anna_f")),
        ("https://t.me/+49301234567", ("telegram", "+49301234567")),
        ("https://t.me/+AbCdEf", None),
        ("https://t.me/joinchat/AbC", None),
        ("tg://resolve?domain=anna_f", ("telegram", "anna_f")),
        ("https://signal.me/#p/+49301234567", ("signal", "+49301234567")),
        ("https://www.linkedin.com/in/anna-field/", ("linkedin", "anna-field")),
        ("https://de.linkedin.com/in/anna-field-1a2b/de", ("linkedin", "anna-field-1a2b")),
        ("https://www.linkedin.com/in/j%C3%B6rg", ("linkedin", "jörg")),
        ("https://www.linkedin.com/company/studio", None),
        ("http://twitter.com/anna", ("x", "anna")),
        ("https://mobile.twitter.com/anna?lang=de", ("x", "anna")),
        ("https://x.com/i/lists/1", None),
        ("https://x.com/anna/status/1", None),
        ("https://m.facebook.com/anna.field", ("facebook", "anna.field")),
        ("https://www.facebook.com/profile.php?id=1", None),
        ("https://instagram.com/anna/", ("instagram", "anna")),
        ("https://www.instagram.com/p/abc", None),
        ("https://example.com/anna", None),
        ("https://notx.com/anna", None),
        ("https://x.com.example.com/anna", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_addresses_of_profiles(address: str, found: tuple[str, str] | None) -> None:
    assert handle_in_address(address) == found


@pytest.mark.parametrize(
    ("text", "service", "found"),
    [
        ("skype:anna.field?chat", None, ("skype", "anna.field")),
        ("skype:live:anna", None, ("skype", "live:anna")),
        ("live:anna", "skype", ("skype", "live:anna")),
        ("x-apple:%2B49301234", "whatsapp", ("whatsapp", "+49301234")),
        ("xmpp:anna", "facebook", ("facebook", "anna")),
        ("xmpp:anna@example.com", None, None),
        ("aim:12345", None, None),
        ("+49 30 1234", "signal", ("signal", "+49 30 1234")),
        ("anna", None, None),
        ("whatsapp://send?phone=49301234567", None, ("whatsapp", "+49301234567")),
        ("https://social.example.com/@ana", "mastodon", ("mastodon", "ana@social.example.com")),
        (
            "https://www.facebook.com/profile.php?id=1",
            "facebook",
            ("facebook", "https://www.facebook.com/profile.php?id=1"),
        ),
        ("https://x.com/anna", "facebook", ("x", "anna")),
        ("javascript:alert(1)", None, None),
        ("", "skype", None),
        ("skype:", None, None),
    ],
)
def test_handles(text: str, service: str | None, found: tuple[str, str] | None) -> None:
    assert handle(text, service) == found
