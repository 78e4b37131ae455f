"""No condition, title or message gets out of the sandbox, or uses up the machine.

Each attack below is typed as a person would: as the condition and the title of a rule, and as a message. Each is to be
refused in one sentence, within a second of CPU and 200 MB. The collection is made of what is known of Jinja: its
advisories (CVE-2016-10745, CVE-2019-8341, CVE-2019-10906, CVE-2020-28493, CVE-2024-22195, CVE-2024-34064,
CVE-2024-56201, CVE-2024-56326, CVE-2025-27516), the ways known from server-side template injection, and what
multiplies.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from keeping import copied

if TYPE_CHECKING:
    from pathlib import Path

    from warm import Ran, Warm

SECONDS = 1.0
MEMORY = 200 * 2**20

ESCAPES = [
    # attributes of Python's own, by every way to name them
    "''.__class__",
    "''.__class__.__mro__[1].__subclasses__()",
    "[].__class__.__base__.__subclasses__()[104].__init__.__globals__['sys']",
    "{}.__class__.__bases__[0]",
    "(1).__class__.__base__",
    "''['__class__']",
    "''['__cla' ~ 'ss__']",
    "''['\\x5f\\x5fclass\\x5f\\x5f']",
    "contact.__class__",
    "contact['__class__']",
    "contact.name.__class__.__init__.__globals__",
    "contact.__init__.__globals__",
    "contact._history",
    "contact._facts.db",
    "contact.tags.__class__.__base__",
    "sale.__dict__",
    "sale.amount.__class__.__mro__",
    "me.__init__.__func__.__globals__",
    "me['__class__']['__mro__']",
    "today.__class__.__subclasses__()",
    "due.__reduce__()",
    "contact.name.__doc__",
    "contact.name.__len__()",
    "(contact.name.upper).__self__",
    "contact.name.upper.__call__()",
    "contact.name.encode().decode.__self__",
    "contact.name.encode('utf-7')",
    "true.__class__.__base__",
    "none.__class__",
    "(1.5).as_integer_ratio()",
    "(255).to_bytes(2, 'big')",
    # by filters
    "''|attr('__class__')",
    "''|attr('\\x5f\\x5fclass\\x5f\\x5f')|attr('mro')()",
    "contact|attr('__init__')|attr('__globals__')",
    "''|attr('for' ~ 'mat')('{0.__class__}')",  # CVE-2025-27516
    "['']|map(attribute='__class__')|first",
    "['']|map('attr', '__class__')|list",
    "['']|map(attribute='__class__.__mro__')|list",
    "[contact]|map(attribute='__init__.__globals__')|first",
    "[contact]|groupby('__class__')",
    "[contact]|sort(attribute='__class__.__name__')",
    "[contact, contact]|sum(attribute='__class__')",
    "[contact, sale]|max(attribute='__class__')",
    "[contact]|selectattr('__class__.__name__')|list",
    "[contact]|rejectattr('__class__.__base__')|list",
    "['{0.__class__}']|map('format', 1)|list",
    "'a'|map('__class__')|list",
    "contact|pprint",
    "contact|tojson",
    "{'<': 1}|xmlattr",  # CVE-2024-22195, CVE-2024-34064
    "'%s'|format(contact)",
    # by str.format and its kin: CVE-2016-10745, CVE-2019-10906, CVE-2024-56326
    "'{0.__class__}'.format(1)",
    "'{0.__class__.__init__.__globals__}'.format(contact)",
    "'{a.__class__}'.format_map({'a': 1})",
    "'{x.__class__.__mro__}'.format_map({'x': contact})",
    "('{0.__class__}').format(contact)",
    "''.format.__self__",
    "''.join(['{0.__class__}']).format(1)",
    "['{0.__class__}'.format]|map('string')|list|first|length > 0 and '{0}'.format(1)",
    "'{0.__class__}'.format.__call__(1)",
    "['{0.__class__}'.format][0](1)",
    "{'f': '{0.__class__}'.format}.f(1)",
    "{'f': '{0.__class__}'.format}['f'](1)",
    "('{0.__class__}'.format,)|first is callable and ['{0.__class__}'.format]|first(1)",
    "'%(a)s' % {'a': contact}",
    "'%s' % contact",
    "'{0.__class__}'|string|string.format(1)",
    "'a'.translate({97: '{0.__class__}'})",
    # by what Jinja has at hand
    "range(3)",
    "dict(a=1)",
    "lipsum()",
    "lipsum.__globals__['os'].popen('id').read()",
    "lipsum.__globals__.__builtins__",
    "cycler('a')",
    "cycler.__init__.__globals__.os.popen('id').read()",
    "joiner.__init__.__globals__.os",
    "namespace(a=1)",
    "namespace.__init__.__globals__",
    "self.__init__.__globals__.__builtins__",
    "self._TemplateReference__context",
    "self._TemplateReference__context.cycler.__init__.__globals__.os",
    "self['_TemplateReference__context']",
    "self.body()",
    "self.blocks",
    "caller()",
    "varargs[0]",
    "kwargs.a",
    "loop.index",
    "super()",
    "context.environment",
    "environment.globals",
    "config.items()",
    "request.application",
    "url_for.__globals__",
    "get_flashed_messages.__globals__",
    "g.pop",
    "_('{0.__class__}')",
    "gettext('a')",
    "ngettext('a', 'b', 2)",
    "__builtins__",
    "__import__('os').system('id')",
    "__name__",
    "missing.x",
    "resolve('a')",
    "undefined_name",
    "undefined_name.__class__",
    "undefined_name.__init__.__globals__",
    "undefined_name|default(undefined_name.__init__)",
    "open('/etc/passwd')",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('1')",
    "print(1)",
    "getattr('', '__class__')",
    "globals()",
    "type(contact)",
    "id(contact)",
    "debug()",
    # by generators, coroutines and frames
    "(['a']|map('upper')).gi_frame.f_builtins",
    "(['a']|map('upper')).gi_frame.f_back.f_globals",
    "(['a']|select).gi_code",
    "(['a']|map('upper')).send(none)",
    "(['a']|map('upper')).throw(1)",
    "(['a']|map('upper')).ag_frame",
    "(['a']|map('upper')).cr_frame",
    "contact.name.upper.__func__.__code__",
    "contact.read.__func__.func_globals",
    # by changing what is shared
    "contact.tags.append('x')",
    "contact.dates.update({'a': 1})",
    "contact.tags.clear()",
    "me.clear()",
    "me.pop('name')",
    "me.setdefault('a', 1)",
    "contact.handles.__setitem__('x', 'y')",
    "[1, 2].sort()",
    "[1].extend([2])",
    "{}.fromkeys('abc')",
    "contact.name.maketrans('a', 'b')",
    "today.replace(year=1)",
    "due.strftime('%Y')",
    "lambda: 1",
    "contact.name := 'x'",
    "yield 1",
    "await contact",
    "f'{contact.__class__}'",
]
"""Expressions: each is tried as a condition, within a title and within a message."""

BOMBS = [
    "range(10**9)",
    "range(1000000000)|list",
    "'a' * 10**9",
    "'a' * 1000000000",
    "1000000000 * 'a'",
    "[0] * 1000000000",
    "('a',) * 99999999",
    "10**10**10",
    "2**99999999",
    "9**9**9**9",
    "7 ** (9 ** 9)",
    "999999999999999999 * 999999999999999999 * 999999999999999999 * 999999999999999999",
    "1 + " + "9" * 1900,
    "-" + "9" * 1900,
    "1e400 * contact.sales",
    "'%999999999d' % 1",
    "'%0999999999.9f' % 1.5",
    "'%*d' % (999999999, 1)",
    "'{:>999999999}'.format(1)",
    "'{:0999999999d}'.format(1)",
    "'{0:{1}}'.format(1, 999999999)",
    "'a'|center(1000000000)",
    "'a'.center(1000000000)",
    "'a'.ljust(1000000000)",
    "'a'.rjust(1000000000)",
    "'a'.zfill(1000000000)",
    "'a\\tb'.expandtabs(1000000000)",
    "'a'.join('b' * 1000000)",
    "'a'.replace('a', 'b' * 1000000)",
    "'aaaa'|indent(1000000000)",
    "'a b'|wordwrap(1, wrapstring='x' * 1000000)",
    "'http://' ~ 'a.' * 1000000|urlize",  # CVE-2020-28493
    "'a@a'|urlize",
    "'<' * 1000000|striptags",
    "[1, 2]|batch(1000000000, 0)|list",
    "[1, 2]|slice(1000000000)|list",
    "1|round(999999999, 'ceil')",
    "1.5|round(999999999, 'floor')",
    "1|round(-999999999, 'ceil')",
    "lipsum(n=100000)",
    "cycler(*range(10**8))",
    "dict(a='a' * 10**9)",
    "1000000000|filesizeformat('a' * 10**9)",
    "'a' * 10**8|tojson",
    "'a' * 10**8|pprint",
    "'a' * 10**8|random",
    "(" * 900 + "1" + ")" * 900,
    "[" * 900 + "]" * 900,
    "not " * 450 + "1",
    "- " * 900 + "1",
    "contact" + ".name" * 380,
    "contact.name" + "|upper" * 320,
    "contact.name" + "[0]" * 620,
    "1 if " * 380 + "1",
    "{1:" * 400 + "1" + "}" * 400,
]
"""What multiplies, and fits into a condition."""

LONG = "{% set big = '" + "a" * 9000 + "' %}{% set big = big ~ big ~ big ~ big ~ big %}"
TEXTS = [
    "{% include 'thank-you.email.j2' %}",
    "{% include '/etc/passwd' %}",
    "{% import 'thank-you.email.j2' as again %}",
    "{% from 'thank-you.email.j2' import again %}",
    "{% extends 'thank-you.email.j2' %}",
    "{% extends contact.name %}",
    "{{ me.__class__ }}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{% macro again(n) %}{{ again(n) }}{{ again(n) }}{% endmacro %}{{ again(1) }}",
    "{% call contact.name.upper() %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% set text %}a{% endset %}{{ text }}",
    "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}",
    "{% set contact.name = 'x' %}",
    "{% set big = 'aaaaaaaaaa' %}" + "{% set big = big ~ big %}" * 30 + "{{ big }}",
    "{% set big = 'aaaaaaaaaa' %}" + "{% set big = big + big %}" * 30 + "{{ big }}",
    "{% set big = [1, 2] %}" + "{% set big = big + big %}" * 30 + "{{ big|length }}",
    "{% set big = 'aaaaaaaaaa' %}" + "{% set big = big|replace('a', big) %}" * 9 + "{{ big }}",
    "{% set big = ['aaaaaaaaaa'] %}" + "{% set big = [big, big] %}" * 40 + "{{ big }}",
    "{% set n = 10 %}" + "{% set n = n * n %}" * 40 + "{{ n }}",
    "{% for a in 'x' * 1000 %}{% endfor %}",
    "{% for a in range(1000000000) %}{% endfor %}",
    "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% for a in [1, 2, 3] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "{% for a in [1, 2, 3] %}{{ loop._iterator.gi_frame }}{% endfor %}",
    "{% for a in [1, 2, 3] %}{{ loop.cycle.__func__.__globals__ }}{% endfor %}",
    "{% for a in [1] %}{{ loop.changed('a') }}{% endfor %}",
    "".join(f"{{% for a{n} in '0123456789' %}}" for n in range(9)) + "x" + "{% endfor %}" * 9,
    "".join(f"{{% for a{n} in [1] %}}" for n in range(40)) + "x" + "{% endfor %}" * 40,
    "{% for a in 'a' %}" * 150 + "{% endfor %}" * 150,
    "{% if contact %}" * 150 + "{% endif %}" * 150 + "{{ nothing }}",
    "{% if contact %}" * 900 + "{% endif %}" * 900,
    "{% with a = 1 %}" * 300 + "{% endwith %}" * 300 + "{{ nothing }}",
    "{{ " + "[" * 250 + "]" * 250 + " }}",
    "{{ " + "{'a': " * 250 + "1" + "}" * 250 + " }}",
    "{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}",
    "{{ " + "-" * 9000 + "1 }}",
    "{{ 1" + " + 1" * 4900 + " }}",
    "{{ contact.name" + "|upper" * 3000 + " }}",
    "{{ " + "9" * 9000 + " }}",
    "{{ '" + "9" * 4000 + "'|int }}",
    "{{ [" + "1," * 60_000 + "] }}",
    "{{ {" + ",".join(f"{n}: 1" for n in range(20_000)) + "} }}",
    "{{ '" + "a" * 100_000 + "' }}",
    "{% for a in '0123456789' * 20 %}{% endfor %}",
    # what is allowed, over and over
    LONG + "{% for a in big[:190] %}{% for b in big[:100] %}{% set c = big|sort %}{% endfor %}{% endfor %}",
    LONG + "{% for a in big[:190] %}{% for b in big[:100] %}{% set c = big|title %}{% endfor %}{% endfor %}",
    LONG + "{% for a in big[:190] %}{% for b in big[:100] %}{% set c = big.split('a') %}{% endfor %}{% endfor %}",
    LONG + "{% for a in big[:190] %}{% for b in big[:100] %}{% set c = big ~ b %}{% endfor %}{% endfor %}",
    LONG + "{% for a in big[:190] %}{% for b in big[:100] %}{% set c = big + b %}{% endfor %}{% endfor %}",
    LONG + "{{ big|map('replace', 'a', big)|list }}",
    LONG + "{{ big|map('upper')|map('replace', 'a', big)|list|length }}",
    LONG + "{{ big|map(attribute='" + "0." * 4000 + "0')|list|length }}",
    LONG + "{{ big|list|sort(attribute='" + "0," * 4000 + "0')|length }}",
    LONG + "{{ big|map('default', big)|map(attribute='" + "0." * 4000 + "0')|sum }}",
    LONG + "{{ [" + "big ~ 1," * 1000 + "]|length }}",
    LONG + "{{ [" + "big|list," * 1000 + "]|length }}",
    LONG + "{{ big|unique|list }}" * 200,
    LONG + "{{ big|wordcount }}" * 400,
    "{% trans %}{0.__class__}{% endtrans %}",
    "{% trans count=1 %}a{% pluralize %}b{% endtrans %}",
    "{% do contact.tags.append('x') %}",
    "{% debug %}",
    "{% break %}",
    "{% autoescape true %}{{ contact.name.__html__() }}{% endautoescape %}",
    "{% print(1).__class__ %}",
    "{{",
    "{% for %}",
]
"""Texts: each is tried as a title and as a message."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A home with one rule, and a thank-you to draft."""
    folder = tmp_path_factory.mktemp("sandbox") / "home"
    folder.mkdir()
    (folder / "rules.toml").write_text(rule("thank-you", "title", "Thank {{ contact.first_name }}"))
    for line in (
        ["contact", "add", "Anna Field", "--email", "anna@example.com", "--tag", "vip", "--birthday", "1990-02-01"],
        ["sale", "add", "anna", "Logo", "--amount", "1200", "--on", "2026-11-18"],
    ):
        assert warm.run(folder, *line).status == 0
    return folder


@pytest.fixture(scope="module")
def other_home(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(home, tmp_path_factory.mktemp("sandbox-rules") / "home")


def check_refused(ran: Ran) -> None:
    assert ran.status == 1, ran
    assert "error: " in ran.err and "Traceback" not in ran.err, ran
    assert len(ran.err) < 4000
    assert ran.cpu < SECONDS, ran


def rule(name: str, key: str, text: str) -> str:
    return (
        f'[[rule]]\nname = "{name}"\non = "sale"\nchannels = ["email"]\nmessage = "thank-you"\n'
        f"{key} = {json.dumps(text)}\n"
    )


def check_rules(home: Path, warm: Warm, *rules: str, command: str = "rules check") -> None:
    """The command refuses the rules; `rules check` names a fault of each."""
    (home / "rules.toml").write_text("\n".join(rules), encoding="utf-8")
    ran = warm.run(home, *command.split(), memory=MEMORY)
    check_refused(ran)
    if command == "rules check":
        named = [line for line in ran.err.splitlines() if line.startswith("error: rules.toml, line ")]
        assert len(named) == len(rules), ran.err


def check_message(home: Path, warm: Warm, text: str, command: str = "draft 1") -> None:
    """The command refuses the message."""
    message = f"Subject: Hello\n\n{text}\n"
    (home / "templates" / "thank-you.email.j2").write_text(message, encoding="utf-8")
    check_refused(warm.run(home, *command.split(), memory=MEMORY))


@pytest.mark.parametrize("attack", [*ESCAPES, *BOMBS], ids=lambda attack: attack[:60])
def test_an_expression_that_would_break_out_is_refused(home: Path, other_home: Path, warm: Warm, attack: str) -> None:
    inside = "{{ " + attack + " }}"
    check_rules(other_home, warm, rule("condition", "when", attack), rule("title", "title", inside))
    check_message(home, warm, inside)


@pytest.mark.parametrize("attack", TEXTS, ids=lambda attack: f"{attack[:50]}…{attack[-30:]}")
def test_a_text_that_would_break_out_is_refused(home: Path, other_home: Path, warm: Warm, attack: str) -> None:
    check_rules(other_home, warm, rule("title", "title", attack))
    check_message(home, warm, attack)


SOME = [*(f"{{{{ {attack} }}}}" for attack in [*ESCAPES[::9], *BOMBS[::9]]), *TEXTS[::9]]


@pytest.mark.parametrize("attack", SOME, ids=lambda attack: f"{attack[:50]}…{attack[-30:]}")
def test_whatever_else_reads_them_refuses_too(home: Path, other_home: Path, warm: Warm, attack: str) -> None:
    check_rules(other_home, warm, rule("title", "title", attack), command="due")
    check_rules(other_home, warm, rule("condition", "when", attack.strip("{} ")), command="due")
    check_message(home, warm, attack, command="templates check")


def test_what_is_no_attack_is_allowed(home: Path, other_home: Path, warm: Warm) -> None:
    (other_home / "rules.toml").write_text(
        rule("condition", "when", "sale.amount * 2 >= 100 and contact.name|lower != 'x'")
        + rule("title", "title", "{{ contact.name|upper }} {% for tag in contact.tags %}{{ tag }}{% endfor %}")
    )
    assert warm.run(other_home, "rules", "check", memory=MEMORY).status == 0
    (home / "templates" / "thank-you.email.j2").write_text(
        "Subject: Hi\n\n{{ contact.tags|sort|join(', ') }} {{ contact.name|replace('a', 'o') }} {{ [3, 1]|max }}"
    )
    ran = warm.run(home, "draft", "1", memory=MEMORY)
    assert ran.status == 0 and "vip Anno Field 3" in ran.out, ran
