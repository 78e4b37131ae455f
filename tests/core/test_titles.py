"""The line in the list: a rule's title filled in, or name, contact and sale."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from planning import contact, day, event, history, plan, planner, rules, sale

from followup.core import sandbox
from followup.core.facts import FIELDS, Facts
from followup.core.period import Workdays
from followup.core.refusal import Refusal
from followup.core.series import series_of
from followup.core.titles import title_of

if TYPE_CHECKING:
    from followup.core.model import FollowUp, History

TODAY = "2026-06-01"
ASKED = history(sales=[sale(1, "2026-05-29")])


def the_open(body: str, known: History, today: str = TODAY) -> FollowUp:
    """The one follow-up that stands."""
    (found,) = plan(rules(body), today, known).open
    return found


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        (None, "a: Ada Example, Logo"),
        ("Thank {{ contact.first_name }} for {{ sale.title }}", "Thank Ada for Logo"),
        ("  Thank\\n  {{ contact.first_name }} ", "Thank Ada"),
        ("{{ '' }}", "a: Ada Example, Logo"),
        ("{{ event.text }}", "a: Ada Example, Logo"),  # there is no event
        ("{{ sale.titel }}", "a: Ada Example, Logo"),
        ("Ask about {{ sale.title }}{{ sale.note }}", "Ask about Logo"),  # there is no note
        ("{{ sale.note|upper if sale.note }}Ask", "Ask"),
        ("{{ contact.notes }}", "a: Ada Example, Logo"),
        ("{{ 'Ask' ~ sale.note ~ contact.notes }}", "Ask"),
        ("x" * sandbox.LONGEST_SOURCE, "x" * 300),
        ("x" * (sandbox.LONGEST_SOURCE + 1), "a: Ada Example, Logo"),
        ("{{ start_of_it }}", "a: Ada Example, Logo"),
        ("{{ due }}", "2026-05-29"),
        ("{{ me.owner }} asks", "Nora asks"),
    ],
)
def test_the_line_in_the_list_is_the_title_or_name_contact_and_sale(title: str | None, shown: str) -> None:
    body = 'on="sale"' + (f'\ntitle="{title}"' if title is not None else "")
    (found,) = planner(rules(body), TODAY, owner="Nora").plan(ASKED).open
    assert found.title == shown


def test_what_is_spent_shows_as_amounts() -> None:
    known = history(sales=[sale(1, "2026-05-29", amount=70000, currency="EUR")])
    assert the_open('on="sale"\ntitle="{{ contact.spent }}"', known).title == "{'EUR': 700.00}"


def test_without_a_sale_the_line_has_the_name_alone() -> None:
    known = history(contact(birthday="--06-15"))
    assert the_open('on="birthday"', known).title == "a: Ada Example"


def test_a_title_for_a_service_can_name_its_day() -> None:
    known = history(sales=[sale(1, "2026-01-10", service_every="6 months")])
    body = 'on="service"\nbefore="2 weeks"\ntitle="{{ sale.next_service }}"'
    assert the_open(body, known).title == "2026-07-10"
    assert the_open(body, known, "2026-08-20").title == "2027-01-10"


def test_a_title_can_name_a_service_that_its_rule_does_not_start_from() -> None:
    known = history(sales=[sale(1, "2026-05-29", service_every="6 months")])
    assert the_open('on="sale"\ntitle="{{ sale.next_service }}"', known).title == "2026-11-29"


def test_days_in_a_title_are_those_of_the_business() -> None:
    known = history(sales=[sale(1, "2026-05-29", lasts="3 business days")])
    away = Workdays(weekdays=frozenset({0, 4}))  # Mondays and Fridays
    (found,) = plan(rules('on="sale"\ntitle="{{ sale.runs_out }}"'), TODAY, known, away).open
    assert found.title == "2026-06-08"


def test_a_title_is_three_hundred_characters_at_most() -> None:
    known = history(sales=[sale(1, "2026-05-29", title="x" * 200)])
    body = 'on="sale"\ntitle="{{ sale.title }}{{ sale.title }}"'
    assert the_open(body, known).title == "x" * 300


def test_a_title_that_names_what_is_not_there_is_refused_where_it_is_asked_for() -> None:
    asked = planner(rules('on="birthday"\ntitle="{{ sale.title }}"'), TODAY)
    known = history(contact(birthday="--06-15"))
    (series,) = series_of(asked.rules.rules[0], known, asked.workdays, date.min)
    occurrence = next(series.occurrences(day(TODAY), asked.workdays))
    with pytest.raises(Refusal, match=r"^the title"):
        title_of(series.rule, asked.facts_of(known, series, occurrence, day("2026-06-15")))


RICH = history(
    contact(company="Ada & Co {{ x }}", handles={"x": "ada"}, tags=("a", "b"), dates={"launch": day("2026-07-01")}),
    sales=[sale(1, "2026-05-29", amount=120050, currency="EUR", lasts="1 year", dates={"launch": day("2026-07-01")})],
    events=[event(1, "feedback", "2026-05-30", rating=9, text="  two\n lines ", of_id=2, of_name="Bo")],
)
BARE = history(contact(emails=(), phones=()), sales=[sale(1, "2026-05-29")], events=[event(1, "call", "2026-05-30")])


@pytest.mark.parametrize("known", [RICH, BARE])
@pytest.mark.parametrize(
    "field", [f"{owner}.{name}" for owner in ("contact", "sale", "event") for name in FIELDS[owner]]
)
def test_a_field_in_a_title_shows_as_jinja_shows_it(field: str, known: History) -> None:
    title = f"Ask {{{{{field}}}}} {{{{ contact.name }}}}: {{{{\n{field} }}}}!"
    seen = Facts(known, {}, sale=known.sales[0], event=known.events[0], start=day("2026-05-29"), due=day("2026-06-01"))
    by_jinja = sandbox.render(sandbox.compile_template(title, "the title"), seen.views(), "the title")
    (rule,) = rules('on="sale"').rules
    assert title_of(replace(rule, title=title), seen) == " ".join(by_jinja.split())[:300]


@pytest.mark.parametrize("length", [sandbox.LONGEST_TEXT - 4, sandbox.LONGEST_TEXT - 3])
def test_a_title_that_grows_too_long_gives_way_to_the_default(length: int) -> None:
    known = history(contact(notes="n" * length), sales=[sale(1, "2026-05-29")])
    shown = the_open('on="sale"\ntitle="Ask {{ contact.notes }}"', known).title
    assert shown == ("Ask " + "n" * 296 if length + 4 <= sandbox.LONGEST_TEXT else "a: Ada Example, Logo")


def test_a_title_with_names_of_fields_alone_does_not_load_jinja() -> None:
    code = f"""
import sys
sys.path.append({str(Path(__file__).parent)!r})
from test_titles import ASKED, the_open
print(the_open('on="sale"\\ntitle="Thank {{{{ contact.first_name }}}} for {{{{sale.title}}}}"', ASKED).title)
print("jinja2" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Thank Ada for Logo\nFalse\n"
