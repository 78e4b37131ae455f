"""How messages become text: money and days by language, and values that stay where the message puts them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from followup.core.facts import Facts, Money
from followup.core.model import Contact, History
from followup.core.refusal import Refusal
from followup.drafting.lookup import Message
from followup.drafting.render import clean_text, compose, environment, split_subject, usual_text

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 3, 3)


def shown(language: str, source: str, **names: Any) -> str:
    return environment(language).from_string(source).render(**names)


def composed(folder: Path, text: str, channel: str = "email", **names: Any) -> tuple[str | None, str]:
    path = folder / f"m.{channel}.j2"
    path.write_text(text, encoding="utf-8")
    return compose(Message("m", channel, None, path, True), names, "en")


@pytest.mark.parametrize(
    ("language", "minor", "currency", "text"),
    [
        ("en", 120000, "EUR", "€1,200.00"),
        ("en", 99, "GBP", "£0.99"),
        ("en", 123456789, "CHF", "1,234,567.89 CHF"),
        ("en", 1200, "JPY", "1,200 JPY"),
        ("de", 120000, "EUR", "1.200,00 €"),
        ("de-at", 120000, "EUR", "1.200,00 €"),
        ("fr", 120000, "EUR", "1\u202f200,00\u202f€"),
        ("es", 120000, "EUR", "1.200,00 €"),
        ("es", 1234567, "KWD", "1.234,567 KWD"),
        ("pt-br", 120000, "EUR", "1200.00 EUR"),
    ],
)
def test_money_is_written_as_in_the_language(language: str, minor: int, currency: str, text: str) -> None:
    assert shown(language, "{{ amount|money }}", amount=Money(minor, currency)) == text


@pytest.mark.parametrize(
    ("language", "day", "text"),
    [
        ("en", DAY, "3 March 2026"),
        ("de", DAY, "3. März 2026"),
        ("fr", DAY, "3 mars 2026"),
        ("fr", date(2026, 8, 1), "1er août 2026"),
        ("es", DAY, "3 de marzo de 2026"),
        ("EN_us", DAY, "3 March 2026"),
        ("sv", DAY, "2026-03-03"),
        ("en", "1990-06-15", "15 June 1990"),
        ("de", "--06-15", "15. Juni"),
        ("en", "--02-29", "29 February"),
    ],
)
def test_a_day_is_written_as_in_the_language(language: str, day: date | str, text: str) -> None:
    assert shown(language, "{{ day|day }}", day=day) == text


def test_an_absent_amount_or_day_is_nothing() -> None:
    assert shown("en", "[{{ x|money }}{{ x|day }}]", x=None) == "[]"


@pytest.mark.parametrize(("filter_", "value"), [("money", 12), ("money", "12"), ("day", "soon"), ("day", 3)])
def test_a_filter_refuses_what_it_is_not_for(tmp_path: Path, filter_: str, value: object) -> None:
    with pytest.raises(Refusal, match=f"m.sms.j2, line 2: {filter_} works on"):
        composed(tmp_path, f"\n{{{{ value|{filter_} }}}}", "sms", value=value)


@pytest.mark.parametrize(
    ("days", "language", "text"),
    [
        (1.0, "en", "1 day"),
        (10.5, "en", "10 days"),
        (42.0, "en", "6 weeks"),
        (60.0, "de", "9 Wochen"),
        (200.0, "fr", "7 mois"),
        (800.0, "es", "2 años"),
        (42.0, "sv", "6 weeks"),
    ],
)
def test_a_rhythm_is_said_in_round_numbers(days: float, language: str, text: str) -> None:
    assert usual_text(days, language) == text


def test_an_email_is_its_subject_and_after_a_blank_line_its_body(tmp_path: Path) -> None:
    text = "{# a note #}\nSubject:  Hello {{ name }} \n\nDear {{ name }},\n\nbye\n"
    assert composed(tmp_path, text, name="Anna") == ("Hello Anna", "Dear Anna,\n\nbye")


def test_only_an_email_has_a_subject(tmp_path: Path) -> None:
    assert composed(tmp_path, "Subject: x\n\ny", "sms") == (None, "Subject: x\n\ny")


@pytest.mark.parametrize("text", ["Hello", "Subject: a\nno blank line", "Dear Anna,\n\nSubject: x", "Subject\n\nx"])
def test_an_email_without_a_subject_line_and_a_blank_line_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal, match=r"m\.email\.j2, line 1: .*'Subject: …' and a blank line"):
        composed(tmp_path, text)


def test_an_empty_subject_is_refused() -> None:
    with pytest.raises(Refusal, match="the subject is empty"):
        split_subject("Subject: \n\nx", "it")


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\u2028", "\x85", "\n\n", "\x1f"])
def test_no_value_can_break_out_of_the_subject(tmp_path: Path, break_: str) -> None:
    name = f"Eve{break_}Bcc: all@example.com"
    subject, body = composed(tmp_path, "Subject: Hi {{ name }}\n\nbody", name=name)
    assert subject is not None
    assert subject.splitlines() == [subject]
    assert subject.startswith("Hi Eve")
    assert body == "body"


def test_a_value_of_several_lines_keeps_them_in_the_body(tmp_path: Path) -> None:
    assert composed(tmp_path, "{{ address }}", "post", address="Lane 1\r\nTown")[1] == "Lane 1\nTown"


def test_control_characters_and_turning_marks_are_taken_out_of_values() -> None:
    assert clean_text("a\x1b[31m\x00b\u202ec\ufeff\td") == "a[31mbc\td"


def test_a_template_inside_a_value_stays_text(tmp_path: Path) -> None:
    assert composed(tmp_path, "{{ note }}", "sms", note="{{ me.name }}{% if %}")[1] == "{{ me.name }}{% if %}"


def test_what_is_absent_shows_as_nothing_rather_than_none(tmp_path: Path) -> None:
    assert composed(tmp_path, "[{{ company }}]", "sms", company=None)[1] == "[]"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\n\n{{ contact.nmae }}", r"line 3: contact has no 'nmae'; did you mean 'name'\?"),
        ("a\n{{ contcat }}", r"line 2: there is no 'contcat'; did you mean 'contact'\?"),
        ("{{ sale.title }}", r"line 1: 'title' is asked of something that is absent: put it between \{% if"),
        ("{{ me.slogan }}", "line 1: there is no 'slogan' in it"),
        ("a\n{% if %}", "line 2: "),
        ("a\n{{ contact.name|nosuch }}", "line 2: .*nosuch"),
        ("a\n{% include 'x' %}", "line 2: includes are not allowed"),
        ("{{ contact.__class__ }}", "line 1: "),
        ("{{ 9**9**9 }}", r".*\*\* is not allowed"),
        ("\n{% set x = 'ab'|list %}{{ 'x' * 10**9 }}", "line 2: "),
        ("{% for a in L %}{% for b in L %}{% for c in L %}x{% endfor %}{% endfor %}{% endfor %}", "line 1: the loops"),
        ("x" * 30_000, "line 1: is longer than 20000 characters"),
    ],
)
def test_a_fault_in_a_message_is_one_sentence_with_file_and_line(tmp_path: Path, text: str, fault: str) -> None:
    contact = Contact(id=1, name="Anna", added=DAY)
    history = History(contact=contact, sales=[], events=[], reminders=[], closings=[], snoozes={})
    views = Facts(history, {"name": "N"}, start=DAY, due=DAY).views()
    with pytest.raises(Refusal, match=rf"^{tmp_path}/m\.sms\.j2, {fault}"):
        composed(tmp_path, text, "sms", **views, L=list(range(150)))
