"""A holiday written into the configuration: one pair of days more, every other byte as it was."""

from __future__ import annotations

from datetime import date

import pytest

from followup.core.away import with_away
from followup.core.config import parse_config
from followup.core.refusal import Refusal
from followup.store.homes import default_config

FIRST, LAST = date(2026, 12, 23), date(2027, 1, 2)
NEW = '["2026-12-23", "2027-01-02"]'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"\n[schedule]\naway = [{NEW}]\n"),
        ("[business]\nname = 'x'", f"[business]\nname = 'x'\n\n[schedule]\naway = [{NEW}]\n"),
        ("[schedule]\nremind_at = '08:00'\n", f"[schedule]\naway = [{NEW}]\nremind_at = '08:00'\n"),
        ("[schedule] # when", f"[schedule] # when\naway = [{NEW}]\n"),
        ("[schedule]\naway = []   # pairs\n", f"[schedule]\naway = [{NEW}]   # pairs\n"),
        ("[schedule]\naway=[ ]\n[mail]\nhost = ''\n", f"[schedule]\naway=[{NEW} ]\n[mail]\nhost = ''\n"),
        (
            '[schedule]\naway = [["2026-01-01", "2026-01-03"]]\n',
            f'[schedule]\naway = [["2026-01-01", "2026-01-03"], {NEW}]\n',
        ),
        (
            "[schedule]\naway = [['2026-01-01', '2026-01-03'],] # [x]\n",
            f"[schedule]\naway = [['2026-01-01', '2026-01-03'], {NEW},] # [x]\n",
        ),
        (
            '[schedule]\naway = [\n  ["2026-01-01", "2026-01-03"],  # skiing, [not] sailing\n]\n',
            f'[schedule]\naway = [\n  ["2026-01-01", "2026-01-03"],  # skiing, [not] sailing\n  {NEW},\n]\n',
        ),
        (
            '[schedule]\naway = [\n\t["2026-01-01", "2026-01-03"]  # no comma\n\t# more to come\n]\n',
            f'[schedule]\naway = [\n\t["2026-01-01", "2026-01-03"],  # no comma\n\t{NEW},\n\t# more to come\n]\n',
        ),
        (
            '[schedule]\naway = [\n  ["2026-01-01", "2026-01-03"],\n  ["2026-02-01", "2026-02-03"]]\n',
            f'[schedule]\naway = [\n  ["2026-01-01", "2026-01-03"],\n  ["2026-02-01", "2026-02-03"],\n  {NEW}]\n',
        ),
        (
            '[schedule]\r\naway = [\r\n  ["2026-01-01", "2026-01-03"]\r\n]\r\n',
            f'[schedule]\r\naway = [\r\n  ["2026-01-01", "2026-01-03"],\r\n  {NEW},\r\n]\r\n',
        ),
        ("[schedule]\r\nremind_at = '08:00'\r\n", f"[schedule]\r\naway = [{NEW}]\r\nremind_at = '08:00'\r\n"),
    ],
)
def test_one_pair_is_added_and_the_rest_stays(before: str, after: str) -> None:
    assert with_away(before, FIRST, LAST) == after
    assert (FIRST, LAST) in parse_config(after).away


def test_a_new_home_s_configuration_takes_several_and_keeps_its_comments() -> None:
    before = default_config({"name": "Lumen & Ink"})
    after = with_away(with_away(before, FIRST, LAST), date(2027, 7, 1), date(2027, 7, 14))
    assert parse_config(after).away == ((FIRST, LAST), (date(2027, 7, 1), date(2027, 7, 14)))
    assert [line.partition("#")[2] for line in after.splitlines()] == [
        line.partition("#")[2] for line in before.splitlines()
    ]


@pytest.mark.parametrize(
    ("config", "first", "last", "said"),
    [
        ("", LAST, FIRST, "2026-12-23 is before 2027-01-02"),
        (f"[schedule]\naway = [{NEW}]\n", FIRST, LAST, "you are away from 2026-12-23 to 2027-01-02 already"),
        (f"[schedule]\naway = [{NEW}]\n", date(2026, 12, 24), date(2026, 12, 26), "already"),
        ("", FIRST, date(2040, 1, 1), "away"),
        ("[business]\nsignature = '''\n[schedule]\naway = []\n'''\n", FIRST, LAST, "cannot be changed from here"),
        ("schedule = {away = []}\n", FIRST, LAST, "cannot be changed from here"),
        ("[schedule]\naway = 3\n", FIRST, LAST, "must be a list"),
        ("[schedule\n", FIRST, LAST, "is not TOML"),
    ],
)
def test_what_cannot_be_added_is_refused(config: str, first: date, last: date, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        with_away(config, first, last)


def test_times_that_overlap_are_taken() -> None:
    config = with_away(with_away("", FIRST, LAST), date(2026, 12, 30), date(2027, 1, 9))
    assert len(parse_config(config).away) == 2
