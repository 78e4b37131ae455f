"""The bounds of titles and messages: what may not be written, called or made, each with its sentence."""

from __future__ import annotations

from typing import Any

import pytest

from followup.core.sandbox import LONGEST_SOURCE, TemplateFault, compile_template, render

NAMES: dict[str, Any] = {"name": "Ada", "tags": ["vip", "new"], "dates": {"launch": "2026-06-01"}, "n": 3, "none": None}


def text(source: str) -> str:
    """What the source becomes."""
    return render(compile_template(source, "the title"), NAMES, "the title")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{", "line 1: unexpected 'end of template'"),
        ("\n{% if name %}", "line 2: Unexpected end of template"),
        ("x" * (LONGEST_SOURCE + 1), f"line 1: is longer than {LONGEST_SOURCE} characters"),
        ("{{ " + "(" * 85 + "1" + ",)" * 85 + " }}", "nested too deeply"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "is nested too deeply"),
        ("{% for a in tags %}" * 25 + "{% endfor %}" * 25, "is nested too deeply"),
        ("\n{{ 1000000000000000001 }}", "line 2: a number is too large"),
        ("{{ 1e300 }}", "line 1: a number is too large"),
        ("{{ " + "9" * 5000 + " }}", "has a number that is too large"),
        ("{% macro a() %}{% endmacro %}", "line 1: macros are not allowed"),
        ("{% include 'a' %}", "line 1: includes are not allowed"),
        ("{% set a %}b{% endset %}", "line 1: set blocks are not allowed"),
        ("{% for a in tags recursive %}{% endfor %}", "line 1: recursive loops are not allowed"),
        ("{{ name | pprint }}", "line 1: No filter named 'pprint'"),
    ],
)
def test_what_may_not_be_written_is_refused_before_it_runs(source: str, said: str) -> None:
    with pytest.raises(TemplateFault) as refused:
        compile_template(source, "the title")
    assert str(refused.value).startswith("the title")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ nam }}", "line 1: there is no 'nam'"),
        ("\n{{ none.name }}", "line 2: 'name' is asked of something that is absent: put it between {% if … %}"),
        ("{{ dates.lunch.day }}", "there is no 'lunch' in it"),
        ("{{ name * 3 }}", "* works on numbers only"),
        ("{{ 3 * tags }}", "* works on numbers only"),
        ("{{ n ** n }}", "** is not allowed"),
        ("{{ n * 999999999999999999 }}", "a number is too large"),
        ("{{ tags.append(1) }}", "append() may not be called"),
        ("{{ name.format(1) }}", "may not be called"),
        ("{{ name() }}", "may not be called"),
        ("{{ name.__class__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{% for a in '" + "x" * 201 + "' %}{% endfor %}", "a loop has more than 200 turns"),
        (
            "{% for a in tags %}" * 14 + "x" + "{% endfor %}" * 14,
            "the loops, texts and lists are too long for so many filters and turns",
        ),
        ("{% set a = '" + "x" * 15_000 + "' %}{{ a ~ a ~ a ~ a }}", "a text or a list is too long"),
        ("{% set a = '" + "x" * 15_000 + "' %}{{ a + a + a + a }}", "a text or a list is too long"),
        ("{% set a = '" + "x" * 15_000 + "' %}{{ a.replace('x', 'xxxx') }}", "may not be called"),
        ("{% set a = '" + "x" * 15_000 + "' %}{{ a | replace('x', 'xxxx') }}", "a text or a list is too long"),
        ("{% set a = '" + "x" * 15_000 + "' %}{{ [a, a, a, a] }}", "a text or a list is too long"),
        ("{% set a = '" + "x" * 15_000 + "' %}{{ [a, a, a] | join(a) }}", "a text or a list is too long"),
        ("{% set a = '" + "x" * 15_000 + "' %}{{ a }}{{ a }}{{ a }}{{ a }}", "the text grows too long"),
        ("{{ n | round(10) }}", "round takes 0 to 9 digits"),
        ("{{ n / 0 }}", "division by zero"),
        ("{{ name + n }}", "can only concatenate str"),
    ],
)
def test_what_may_not_be_done_is_refused_as_it_runs(source: str, said: str) -> None:
    with pytest.raises(TemplateFault) as refused:
        text(source)
    assert str(refused.value).startswith("the title")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Thank {{ name }}", "Thank Ada"),
        ("{{ name.upper() ~ '!' }}", "ADA!"),
        ("{{ dates.launch }} {{ dates.get('fair') }}", "2026-06-01 "),
        ("{{ tags | join(' and ') }}", "vip and new"),
        ("{{ name | replace('A', 'E') }}", "Eda"),
        ("{{ (n / 7) | round(2) }}", "0.43"),
        ("{{ n + 1 - 2 * 2 }}", "0"),
        ("{% for tag in tags %}{{ loop.index }}{{ tag }} {% endfor %}", "1vip 2new "),
        ("{% for a, b in dates.items() %}{{ a }}={{ b }}{% endfor %}", "launch=2026-06-01"),
    ],
)
def test_what_messages_need_is_allowed(source: str, said: str) -> None:
    assert text(source) == said


def test_a_fault_knows_its_line_and_its_reason() -> None:
    with pytest.raises(TemplateFault) as refused:
        text("one\ntwo\n{{ nam }}")
    assert (refused.value.line, refused.value.reason) == (3, "there is no 'nam'")
