"""Links that open a draft: each channel's form, and nothing that breaks out of it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from followup.drafting.links import dialled, link_to

BODY = "Hi & bye?\n100% = #1 é"


def test_a_mail_link_holds_subject_and_body_whole() -> None:
    link = link_to("email", None, "a+b@example.com", "Q&A: 5 % off?", BODY)
    assert link is not None
    parts = urlsplit(link)
    assert (parts.scheme, parts.path, parts.fragment) == ("mailto", "a%2Bb@example.com", "")
    assert parse_qs(parts.query) == {"subject": ["Q&A: 5 % off?"], "body": [BODY.replace("\n", "\r\n")]}
    assert "+" not in parts.query


def test_a_mail_link_to_many_names_nobody_but_in_bcc() -> None:
    link = link_to("email", None, "", "News", "x", ("a@example.com", "b&c@example.com"))
    assert link == "mailto:?bcc=a@example.com,b%26c@example.com&subject=News&body=x"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 (0)30 123-4", "+49301234"),
        ("0049 30 1234", "+49301234"),
        ("030/1234", "0301234"),
        ("(030) 12.34", "0301234"),
        ("+1 555 0100 ext. 12", "+15550100"),
        ("٠٣٠ 1234", "0301234"),
        ("call me", None),
        ("+", None),
        ("1-800-FLOWERS", None),
        ("123;ext=4", None),
    ],
)
def test_a_number_is_reduced_to_what_is_dialled(text: str, number: str | None) -> None:
    assert dialled(text) == number


@pytest.mark.parametrize(
    ("channel", "network", "to", "link"),
    [
        ("phone", None, "+49 30 1234", "tel:+49301234"),
        ("phone", None, "reception", None),
        ("sms", None, "030 1234", "sms:0301234?body=Hi"),
        ("chat", "whatsapp", "+49 170 1", "https://wa.me/491701?text=Hi"),
        ("chat", "whatsapp", "491701", "https://wa.me/491701?text=Hi"),
        ("chat", "whatsapp", "0170 1", None),
        ("chat", "telegram", "@anna_g", "https://t.me/anna_g?text=Hi"),
        ("chat", "telegram", "+49170", "https://t.me/+49170?text=Hi"),
        ("chat", "telegram", "anna/../../x?y", None),
        ("chat", "signal", "+49 170", "https://signal.me/#p/+49170"),
        ("chat", "signal", "anna.01", None),
        ("chat", "skype", "anna.g", "skype:anna.g?chat"),
        ("social", "x", "@anna", "https://x.com/anna"),
        ("social", "linkedin", "anna-g", "https://www.linkedin.com/in/anna-g/"),
        ("social", "facebook", "anna.g", "https://www.facebook.com/anna.g"),
        ("social", "instagram", "anna", "https://www.instagram.com/anna/"),
        ("social", "mastodon", "@anna@social.example.com", "https://social.example.com/@anna"),
        ("social", "mastodon", "anna", None),
        ("social", "mastodon", "@anna@bücher.example", None),
        ("social", "linkedin", "https://example.com/in/a b", "https://example.com/in/a%20b"),
        ("social", "x", "javascript:alert(1)", None),
        ("social", "x", "https://example.com/$(x)';`y`", "https://example.com/%24%28x%29%27;%60y%60"),
        ("post", None, "Lane 1", None),
        ("visit", None, "Lane 1", None),
    ],
)
def test_each_channel_has_its_form_of_link(channel: str, network: str | None, to: str, link: str | None) -> None:
    assert link_to(channel, network, to, None, "Hi") == link
