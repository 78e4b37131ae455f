"""The configuration: what is left out, what is read, and what is refused with its line and key."""

from __future__ import annotations

from datetime import date

import pytest

from followup.core.config import DEFAULTS, parse_config
from followup.core.refusal import Refusal


def test_what_is_left_out_has_its_default() -> None:
    config = parse_config("")
    assert (config.currency, config.holiday_place, config.remind_at) == ("EUR", "", "09:00")
    assert (config.weekdays, config.away) == (frozenset(range(5)), ())
    assert (config.mail, config.caldav) == (DEFAULTS["mail"], DEFAULTS["caldav"])
    assert (config.business["language"], config.business["signature"]) == ("en", "[your name]")


def test_one_configuration_leaves_no_trace_in_the_next() -> None:
    parse_config('[business]\ncountry = "DE"\n[mail]\nhost = "imap.example.com"')
    assert (parse_config("").holiday_place, parse_config("").mail["host"]) == ("", "")


def test_what_is_said_is_read() -> None:
    config = parse_config(
        '[business]\nowner = "Nora"\ncurrency = "chf"\ncountry = "de"\nregion = "BY"\nlanguage = "de-AT"\n'
        'motto = "ink"\n'
        '[schedule]\nworkdays = ["mon", "sun"]\nremind_at = "23:59"\n'
        'away = [["2027-01-01", "2027-01-01"], ["2026-07-01", "2026-07-14"]]\n'
    )
    assert (config.currency, config.holiday_place, config.business["motto"]) == ("CHF", "DE-BY", "ink")
    assert (config.business["signature"], config.business["language"]) == ("Nora", "de-AT")
    assert (config.weekdays, config.remind_at) == (frozenset({0, 6}), "23:59")
    assert config.away == ((date(2026, 7, 1), date(2026, 7, 14)), (date(2027, 1, 1), date(2027, 1, 1)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[business", "config.toml is not TOML: "),
        ("a = " + "[" * 3000, "config.toml is not TOML that can be read: it is nested too deeply"),
        ("a = " + "9" * 5000, "config.toml is not TOML: "),
        (
            "[busines]\n",
            "config.toml, line 1, key 'busines': is no table of the configuration; did you mean 'business'?",
        ),
        ("business = 1\n", "config.toml, line 1, key 'business': must be a table: write [business] above its keys"),
        ("[zzz]\n", "config.toml, line 1, key 'zzz': is no table of the configuration; known are business, schedule"),
        ("[business]\nemail = 'quinn'\n", "config.toml, line 2, key 'email': 'quinn' is not an e-mail address"),
        (
            "[mail]\nuser = ''\n[schedule]\n'remindat' = '09:00'\n",
            "config.toml, line 4, key 'remindat': is not known; did you mean 'remind_at'?",
        ),
        ("[caldav]\nuser = 3\n", "config.toml, line 2, key 'user': must be a text in quotes"),
        ("[mail]\nuser=''\n[caldav]\nuser = 3\n", "config.toml, line 4, key 'user': must be a text in quotes"),
        ("[business]\nmotto = ['ink']\n", "config.toml, line 2, key 'motto': must be a text in quotes"),
        ("[schedule]\naway = ''\n", "config.toml, line 2, key 'away': must be a list"),
        ("schedule = {away = ''}\n", "config.toml, key 'away': must be a list"),
        ("[business]\ncurrency = 'EURO'\n", "config.toml, line 2, key 'currency': "),
        ("[business]\ncountry = 'DEU'\n", "config.toml, line 2, key 'country': must be two letters (ISO 3166)"),
        ("[business]\nregion = 'BY'\n", "config.toml, line 2, key 'region': needs a country: give that too"),
        (
            "[business]\nlanguage = 'german'\n",
            "config.toml, line 2, key 'language': 'german' is no language: give its code",
        ),
        ("[business]\nlanguage = 'd'\n", "config.toml, line 2, key 'language': 'd' is no language: give its code"),
        ("[schedule]\nworkdays = []\n", "config.toml, line 2, key 'workdays': must list one or more of mon, tue"),
        ("[schedule]\nworkdays = ['mon', 'day']\n", "config.toml, line 2, key 'workdays': must list one or more of"),
        ("[schedule]\nremind_at = '24:00'\n", "config.toml, line 2, key 'remind_at': must be a time of day such as"),
        ("[schedule]\nremind_at = '9:00'\n", "config.toml, line 2, key 'remind_at': must be a time of day such as"),
        ("[schedule]\naway = [['2026-12-23']]\n", "config.toml, line 2, key 'away': must list pairs of days"),
        ("[schedule]\naway = ['2026-12-23']\n", "config.toml, line 2, key 'away': must list pairs of days"),
        (
            "[schedule]\naway = [['2026-12-23', '2037-12-22']]\n",
            "config.toml, line 2, key 'away': runs from 2026-12-23 to 2037-12-22: ten years are the most",
        ),
        (
            "[schedule]\naway = [['2026-12-23', '2026-12-22']]\n",
            "config.toml, line 2, key 'away': runs from 2026-12-23 to 2026-12-22: the first day comes first",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line_and_key(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_config(text)
    assert str(refused.value).startswith(said)
