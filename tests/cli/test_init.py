"""Setting up: what is asked, what is written, and what is left alone."""

from __future__ import annotations

import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from followup.core.config import DEFAULTS
from followup.store.book import playbook_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

pytestmark = pytest.mark.first_start


def config_of(home: Path) -> dict[str, dict[str, object]]:
    return tomllib.loads((home / "config.toml").read_text(encoding="utf-8"))


def test_yes_asks_nothing_and_writes_every_key_with_its_default(
    cli: Cli, home: Path, typing: Callable[..., None]
) -> None:
    typing()
    answer = cli("init --yes")
    assert answer.status == 0
    assert "?" not in answer.err
    assert config_of(home) == DEFAULTS
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("general")


ALL = {"name": "Nm", "owner": "Ow", "email": "o@example.com", "currency": "CHF", "country": "CH"}
PIPED: dict[str, tuple[str | None, str, dict[str, str]]] = {
    "all": ("Nm\nOw\no@example.com\nCHF\nCH\ndesigner\n", "", {**ALL, "playbook": "designer"}),
    "as they are typed": ("Nm\r\n Ow \r\no@example.com\r\nchf\r\nch\r\n", "", ALL),
    "more than are asked": ("Nm\nOw\no@example.com\nCHF\nCH\ngeneral\nmore\n", "", ALL),
    "some empty": ("Nm\n\n  \n\nCH\n\n", "", {"name": "Nm", "country": "CH"}),
    "some": ("Nm\nOw", "", {"name": "Nm", "owner": "Ow"}),
    "none": ("", "", {}),
    "none at all": (None, "", {}),
    "none that are asked for": ("Nm\n", "--yes", {}),
}


@pytest.mark.parametrize("case", PIPED)
def test_a_pipe_answers_too_and_what_it_does_not_answer_takes_its_default(
    cli: Cli, home: Path, piped: Callable[[str | None], None], case: str
) -> None:
    stdin, options, wanted = PIPED[case]
    piped(stdin)
    answer = cli(f"init {options} --json")
    assert answer.status == 0
    assert {**answer.json["business"], "playbook": answer.json["playbook"]} == {
        "name": "",
        "owner": "",
        "email": "",
        "currency": "EUR",
        "country": "",
        "playbook": "general",
        **wanted,
    }
    assert config_of(home)["business"] == {**DEFAULTS["business"], **answer.json["business"]}
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text(answer.json["playbook"])


@pytest.mark.parametrize("option", ["name", "owner", "email", "currency", "country", "playbook"])
def test_with_any_option_of_the_business_a_pipe_is_left_to_whom_it_belongs(
    cli: Cli, piped: Callable[[str | None], None], option: str
) -> None:
    given = {"name": "", "owner": "", "email": "", "currency": "EUR", "country": "", "playbook": "general"}
    given[option] = {**ALL, "playbook": "repair"}[option]
    script = "followup due\nfollowup contact list\n"
    piped(script)
    answer = cli(f"init --{option} {given[option]} --json")
    assert {**answer.json["business"], "playbook": answer.json["playbook"]} == given
    assert (answer.err, sys.stdin.read()) == ("", script)


def test_each_answer_of_a_pipe_is_told_with_its_question(cli: Cli, piped: Callable[[str | None], None]) -> None:
    piped("Nm\nOw\n\n\n")
    assert cli("init --json").err.splitlines() == [
        "Name of your business? Nm",
        "Your own name? Ow",
        "Your e-mail address?",
        "Your currency, as its ISO code? EUR",
    ]
    piped("")
    assert cli("init --json").err == ""


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        ("Nm\nOw\nnora\nCHF\n", "name@example.com"),
        ("\n\n\ngold\n", "ISO 4217"),
        ("\n\n\n\nGermany\n", "no public holidays are known"),
        ("\n\n\n\n\ndesignr", "there are consultant, designer"),
        ("M\udcfcller\n", "not in UTF-8"),
    ],
)
def test_an_answer_of_a_pipe_that_cannot_be_accepted_is_refused_and_nothing_is_written(
    cli: Cli, home: Path, piped: Callable[[str | None], None], stdin: str, said: str
) -> None:
    piped(stdin)
    answer = cli("init")
    assert (answer.status, answer.out, home.exists()) == (1, "", False)
    (error,) = (line for line in answer.err.splitlines() if line.startswith("error: "))
    assert said in error


def test_in_a_home_that_is_in_use_a_pipe_changes_what_it_answers(
    cli: Cli, home: Path, piped: Callable[[str | None], None]
) -> None:
    cli("init --yes --name 'Lumen & Ink' --owner Nora --currency CHF --playbook repair")
    piped("\nNora Field\n")
    assert cli("init").status == 0
    kept = {"name": "Lumen & Ink", "owner": "Nora Field", "currency": "CHF"}
    assert config_of(home)["business"] == {**DEFAULTS["business"], **kept}
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("repair")


def test_a_person_is_asked_for_what_was_not_given(cli: Cli, home: Path, typing: Callable[..., None]) -> None:
    typing("Lumen & Ink", "nora@example.com", "", "de", "designer")
    answer = cli("init --owner 'Nora Field' --json")
    assert answer.json["business"] == {
        "name": "Lumen & Ink",
        "owner": "Nora Field",
        "email": "nora@example.com",
        "currency": "EUR",
        "country": "DE",
    }
    assert answer.json["playbook"] == "designer"
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("designer")


def test_an_answer_that_cannot_be_accepted_is_asked_for_again(
    cli: Cli, home: Path, typing: Callable[..., None]
) -> None:
    typing("Lumen & Ink", "", "nora", "nora@example.com", "gold", "chf", "Germany", "DE", "designr", "")
    assert cli("init").status == 0
    assert config_of(home)["business"]["email"] == "nora@example.com"
    assert config_of(home)["business"]["currency"] == "CHF"
    assert config_of(home)["business"]["country"] == "DE"
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("general")


def test_a_person_who_walks_away_leaves_nothing_behind(cli: Cli, home: Path, typing: Callable[..., None]) -> None:
    typing("Lumen & Ink", "Nora")
    answer = cli("init")
    assert (answer.status, home.exists()) == (1, False)
    assert "nobody answered" in answer.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--currency GOLD", "ISO 4217"),
        ("--currency ''", "ISO 4217"),
        ("--country XX", "ISO 3166"),
        ("--country Germany", "no public holidays are known"),
        ("--country DEU", "no public holidays are known"),
        ("--email nora", "name@example.com"),
        ("--email nora@", "name@example.com"),
        ("--playbook dentist", "there are consultant, designer, general, photographer, repair"),
        ("--owner M\udcfcller", "not in UTF-8"),
    ],
)
def test_a_value_that_cannot_be_accepted_is_refused_and_nothing_is_written(
    cli: Cli, home: Path, options: str, said: str
) -> None:
    answer = cli(f"init --name 'Lumen & Ink' --yes {options}")
    assert answer.status == 1
    assert said in answer.err
    assert not home.exists()


@pytest.mark.parametrize(
    "name", ['"Quotes" and \\', "Grün & Söhne", "a # b", "[business]", "tabs\tand\nlines", "= 1\u2028x\x7f"]
)
def test_any_name_is_written_so_that_it_reads_back_as_one_line(cli: Cli, name: str) -> None:
    from shlex import quote

    assert cli(f"init --yes --name {quote(name)}").status == 0
    read = cli("init --yes --json").json["business"]["name"]
    assert read == " ".join(name.replace("\u2028", " ").replace("\x7f", " ").split())


def test_after_a_first_look_at_the_list_init_still_sets_up(cli: Cli, home: Path) -> None:
    cli("due")
    assert cli("init --name 'Lumen & Ink' --country DE --playbook repair --yes").status == 0
    assert config_of(home)["business"]["name"] == "Lumen & Ink"
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("repair")
    assert cli("sale add Anna Boiler --new").status == 0


def test_in_an_edited_configuration_only_what_is_given_changes(cli: Cli, home: Path) -> None:
    cli("init --yes")
    mine = (
        "# mine\n[schedule]\nremind_at = '07:30'\n\n[business] # this is me\n"
        'name = \'Old\' # for now\nmotto = """two\nlines"""\ncountry = \'AT\'\n'
    )
    (home / "config.toml").write_text(mine, encoding="utf-8")
    assert cli("init --yes --name New --email nora@example.com").status == 0
    lines = (home / "config.toml").read_text(encoding="utf-8").splitlines()
    changed = [line for line in lines if line not in mine.splitlines()]
    assert changed == ['email = "nora@example.com"', 'name = "New"                 # for now']
    assert [line for line in mine.splitlines() if line not in lines] == ["name = 'Old' # for now"]


def test_what_the_configuration_says_is_the_default_answer(cli: Cli, home: Path, typing: Callable[..., None]) -> None:
    cli("init --yes --name 'Lumen & Ink' --currency CHF --country CH")
    before = (home / "config.toml").read_text(encoding="utf-8")
    typing("", "", "", "", "", "")
    assert cli("init").status == 0
    assert (home / "config.toml").read_text(encoding="utf-8") == before


def test_a_table_that_is_missing_is_added(cli: Cli, home: Path) -> None:
    cli("init --yes")
    (home / "config.toml").write_text('[schedule]\nremind_at = "07:30"\n', encoding="utf-8")
    assert cli("init --yes --name New").status == 0
    assert config_of(home) == {"schedule": {"remind_at": "07:30"}, "business": {"name": "New"}}


@pytest.mark.parametrize(
    "written", ['business = { name = "Old" }\n', '[business]\nname = """Old"""\n', 'business.name = "Old"\n']
)
def test_a_configuration_that_cannot_be_changed_line_by_line_is_left_to_its_owner(
    cli: Cli, home: Path, written: str
) -> None:
    cli("init --yes")
    (home / "config.toml").write_text(written, encoding="utf-8")
    answer = cli("init --yes --name New")
    assert (answer.status, (home / "config.toml").read_text(encoding="utf-8")) == (1, written)
    assert "set name under [business]" in answer.err


EDITED = playbook_text("general") + "\n# mine\n"


@pytest.fixture
def edited(cli: Cli, home: Path) -> None:
    """A home whose rules were edited."""
    cli("init --yes")
    (home / "rules.toml").write_text(EDITED, encoding="utf-8")


def test_edited_rules_stay_where_no_playbook_is_named(cli: Cli, home: Path, edited: None) -> None:
    answer = cli("init --yes --name New --json").json
    assert (answer["playbook"], answer["kept"]) == (None, None)
    assert (home / "rules.toml").read_text(encoding="utf-8") == EDITED


@pytest.mark.parametrize("options", ["", "--yes", "--json"])
def test_edited_rules_are_kept_beside_the_playbook_that_is_named(
    cli: Cli, home: Path, edited: None, piped: Callable[[str | None], None], options: str
) -> None:
    piped("")
    answer = cli(f"init --name New --playbook designer {options}")
    kept = home / "rules.toml.bak-2026-11-22"
    assert answer.status == 0 and f"the rules as they were are in {kept}\n" in answer.err
    assert (kept.read_text(encoding="utf-8"), kept.stat().st_mode & 0o777) == (EDITED, 0o600)
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("designer")
    assert config_of(home)["business"]["name"] == "New"
    assert options != "--json" or answer.json["kept"] == kept.name


def test_a_playbook_that_was_not_edited_gives_way_without_a_word(cli: Cli, home: Path) -> None:
    cli("init --yes")
    assert cli("init --yes --playbook designer --json").json["kept"] is None
    assert [path.name for path in home.glob("rules*")] == ["rules.toml"]


def test_on_a_terminal_it_asks_before_edited_rules_give_way(
    cli: Cli, home: Path, edited: None, typing: Callable[..., None]
) -> None:
    typing("n")
    answer = cli("init --name New --playbook designer")
    assert answer.status == 1 and "nothing was changed" in answer.err
    assert config_of(home)["business"]["name"] == ""
    assert [path.name for path in home.glob("rules*")] == ["rules.toml"]
    assert (home / "rules.toml").read_text(encoding="utf-8") == EDITED
    typing("y", "", "", "", "")
    assert cli("init --name New --playbook designer").status == 0
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("designer")
    typing()
    assert cli("init --name New --playbook repair --yes").status == 0
    assert (home / "rules.toml").read_text(encoding="utf-8") == playbook_text("repair")


def test_a_country_must_go_with_the_region_that_is_kept(cli: Cli, home: Path) -> None:
    cli("init --yes --country DE")
    text = (home / "config.toml").read_text(encoding="utf-8").replace('region = ""', 'region = "BY"')
    (home / "config.toml").write_text(text, encoding="utf-8")
    answer = cli("init --yes --country FR")
    assert (answer.status, (home / "config.toml").read_text(encoding="utf-8")) == (1, text)
    assert "region" in answer.err


def test_it_says_what_comes_next(cli: Cli) -> None:
    assert "followup sale add" in cli("init --yes").err


def test_what_it_writes_is_for_its_owner_alone(cli: Cli, home: Path) -> None:
    cli("init --yes --name First")
    cli("init --yes --name Second --playbook designer")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (home, home / "config.toml", home / "rules.toml")}
    assert modes == {home.name: 0o700, "config.toml": 0o600, "rules.toml": 0o600}
