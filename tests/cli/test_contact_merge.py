"""`contact merge` and `contact duplicates`: two records of one person found, made one, and parted again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from followup.store import duplicates
from followup.store.book import open_book

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Held = Callable[[], dict[str, object]]

RULES = """
[[rule]]
name = "thank-you"
on = "sale"
after = "3 days"
channels = ["email", "phone"]
message = "thank-you"
expires = "never"

[[rule]]
name = "birthday"
on = "birthday"
before = "2 days"
channels = ["email", "phone"]
message = "birthday"
expires = "30 days"
hold = false

[[rule]]
name = "renewal"
on = "date:renewal"
channels = ["email", "phone"]
message = "check-in"
expires = "never"

[[rule]]
name = "win-back"
on = "silence"
after = "10 days"
channels = ["email", "phone"]
message = "win-back"
expires = "never"
"""


@pytest.fixture(autouse=True)
def _with_rules(rules: Callable[[str], None]) -> None:
    rules(RULES)


def facts(held: Held) -> list[str]:
    """What is known, without the plan, the last day's housekeeping, and the journal."""
    tables = ("contacts", "contact_points", "sales", "events", "reminders", "closings", "snoozes")
    rows = held()["followup.db"]
    assert isinstance(rows, list)
    return [line for line in rows if any(line.startswith(f'INSERT INTO "{table}"') for table in tables)]


def due(cli: Cli, today: str = "2026-11-22") -> set[tuple[str, str]]:
    found = cli("due --all --ahead 14m --json", today=today).json
    return {(line["rule"] or line["title"], line["due"]) for line in found}


def test_all_that_happened_with_either_is_the_ones(cli: Cli) -> None:
    cli("contact add 'Anna Field' --email anna@example.com")
    cli("contact add 'A. Field' --email a@example.com --phone '030 111'")
    cli("contact add 'Ben Kay'")
    cli("sale add 1 Cards --amount 50 --on 2026-11-20")
    cli("sale add 2 Logo --amount 100 --on 2026-11-21")
    cli("log call 2 'about the logo' --on 2026-11-19")
    cli("remind 2 2026-12-01 'Ask about the sign'")
    cli("log referral ben --of 2")
    joined = cli("contact merge 2 1 --json").json
    assert (joined["id"], joined["name"], joined["sales"], joined["spent"]) == (1, "Anna Field", 2, {"EUR": "150.00"})
    assert joined["emails"] == ["anna@example.com", "a@example.com"]
    assert joined["phones"] == ["030 111"]
    assert {sale["contact"]["id"] for sale in cli("sale list --json").json} == {1}
    assert {event["contact"]["id"] for event in cli("event list --kind call --json").json} == {1}
    assert cli("event list --kind referral --json").json[0]["of"] == {"id": 1, "name": "A. Field"}
    assert {line["contact"]["id"] for line in cli("due --all --ahead 14m --json").json} == {1, 3}
    assert ("Ask about the sign", "2026-12-01") in due(cli)
    assert cli("contact show 2").status == 1
    assert [contact["id"] for contact in cli("contact list --json").json] == [1, 3]


def test_nothing_is_overwritten_and_the_rest_is_in_the_notes(cli: Cli) -> None:
    cli("contact add 'Anna Field' --company Studio --birthday 1980-02-03 --note Tea --tag vip --prefer email")
    cli(
        "contact add 'A. Field' --company Shop --birthday 1981-02-03 --note Coffee --tag choir --address 'Main St 1' "
        "--language de --handle x:anna --date renewal=2027-03-01 --every '3 months'"
    )
    found = cli("contact merge 2 1 --json").json
    assert found["conflicts"] == [
        {"field": "name", "kept": "Anna Field", "given": "A. Field"},
        {"field": "company", "kept": "Studio", "given": "Shop"},
        {"field": "birthday", "kept": "1980-02-03", "given": "1981-02-03"},
    ]
    assert found["notes"].splitlines() == [
        "Tea",
        "Merged with A. Field (2) on 2026-11-22",
        "company: Shop",
        "birthday: 1981-02-03",
        "Coffee",
    ]
    assert (found["company"], found["birthday"], found["tags"]) == ("Studio", "1980-02-03", ["vip", "choir"])
    assert (found["address"], found["language"], found["handles"]) == ("Main St 1", "de", {"x": "anna"})
    assert (found["dates"], found["every"], found["prefers"]) == ({"renewal": "2027-03-01"}, "3 months", "email")


def test_they_are_known_since_the_earlier_day(cli: Cli) -> None:
    cli("contact add 'Anna Field'", today="2026-11-22")
    cli("contact add 'A. Field'", today="2025-01-02")
    assert cli("contact merge 2 1 --json").json["since"] == "2025-01-02"


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("contact opt-out 1", "contact list", ["all"]),
        ("contact list", "contact opt-out 2", ["all"]),
        ("contact opt-out 1 --channel phone", "contact opt-out 2 --channel email", ["email", "phone"]),
    ],
)
def test_who_opted_out_in_either_stays_so(cli: Cli, first: str, second: str, both: list[str]) -> None:
    cli("contact add 'Anna Field'")
    cli("contact add 'A. Field'")
    for line in (first, second):
        cli(line)
    assert cli("contact merge 2 1 --json").json["opted_out"] == both


@pytest.mark.parametrize(
    ("lost", "bought", "still"),
    [
        (1, "", True),
        (2, "", True),
        (1, "sale add 2 Logo --on 2026-11-21", False),
        (2, "sale add 1 Logo --on 2026-11-21", False),
        (2, "sale add 1 Logo --on 2026-09-01", True),
        (1, "sale add 2 Logo --on 2026-10-01", True),
        (2, "sale add 1 Logo --on 2026-10-01", True),
    ],
)
def test_who_was_lost_stays_so_unless_they_bought_since(cli: Cli, lost: int, bought: str, still: bool) -> None:
    cli("contact add 'Anna Field'")
    cli("contact add 'A. Field'")
    cli(f"contact lost {lost} --reason price", today="2026-10-01")
    if bought:
        cli(bought)
    found = cli("contact merge 2 1 --json").json
    assert (found["lost"] is not None) is still
    assert ("price on 2026-10-01" in (found["notes"] or "")) is not still


# What was done stays done


@pytest.mark.parametrize("into", [1, 2])
@pytest.mark.parametrize("answer", ["done", "skip"])
def test_a_birthday_that_was_answered_does_not_come_again_this_year(cli: Cli, answer: str, into: int) -> None:
    cli("contact add 'Anna Field' --email anna@example.com --birthday 1980-11-23", today="2026-01-01")
    cli("contact add 'A. Field' --phone '030 111' --birthday 1980-11-23", today="2026-01-01")
    cli(f"{answer} 2")
    assert ("birthday", "2026-11-20") in due(cli)
    cli(f"contact merge {3 - into} {into}")
    assert {line for line in due(cli) if line[0] == "birthday"} == {("birthday", "2027-11-19")}
    cli("undo")
    assert {line for line in due(cli) if line[0] == "birthday"} == {
        ("birthday", "2026-11-20"),
        ("birthday", "2027-11-19"),
    }


def test_the_touch_that_came_of_an_answer_still_does(cli: Cli, home: Path) -> None:
    for name in ("Anna Field", "A. Field"):
        cli(f"contact add '{name}' --phone '030 111' --birthday 1980-11-23", today="2026-01-01")
    cli("done 2")
    cli("contact merge 2 1")
    with closing(sqlite3.connect(home / "followup.db")) as db:
        query = "SELECT e.followup_id = k.followup_id, f.started_by FROM events e, closings k, followups f "
        assert db.execute(f"{query} WHERE f.id = k.followup_id").fetchall() == [(1, "contact:1")]


def test_nobody_is_left_to_have_recommended_themselves(cli: Cli) -> None:
    for name in ("'Anna Field'", "'A. Field'"):
        cli(f"contact add {name}")
    cli("log referral 1 --of 2")
    cli("log referral 2 --of 1")
    cli("contact merge 2 1")
    found = [event["of"] for event in cli("event list --json").json]
    assert found == [{"id": None, "name": "A. Field"}, {"id": None, "name": "Anna Field"}]


def test_whom_the_one_that_stays_recommended_is_still_known(cli: Cli) -> None:
    for name in ("'Anna Field'", "'A. Field'", "'Ben Kay'"):
        cli(f"contact add {name}")
    cli("log referral 1 --of 3")
    cli("contact merge 2 1")
    assert [event["of"] for event in cli("event list --json").json] == [{"id": 3, "name": "Ben Kay"}]


def test_who_recommended_the_one_that_goes_has_a_plan_that_knows_the_one_that_stays(
    cli: Cli, rules: Callable[[str], None]
) -> None:
    rules(
        '[[rule]]\nname = "referred"\non = "referral"\nchannels = ["phone"]\nmessage = "thank-you"\n'
        "title = \"{{ 'Known' if event.of.id == 1 else 'Another' }}\"\n"
    )
    for name in ("'Anna Field'", "'A. Field'", "'Ben Kay' --phone 12345"):
        cli(f"contact add {name}")
    cli("log referral 3 --of 2")
    cli("contact merge 2 1")
    assert [line["title"] for line in cli("due --ahead 7d --json").json] == ["Known"]


def test_an_answer_of_the_one_that_stays_is_not_overwritten(cli: Cli, home: Path) -> None:
    for name in ("Anna Field", "A. Field"):
        cli(f"contact add '{name}' --phone '030 111' --birthday 1980-11-23", today="2026-01-01")
    cli("done 1 --on 2026-11-20 --note card")
    cli("done 2 --on 2026-11-21 --note call")
    cli("contact merge 2 1")
    with closing(sqlite3.connect(home / "followup.db")) as db:
        query = "SELECT f.started_by, k.note FROM closings k JOIN followups f ON f.id = k.followup_id ORDER BY f.id"
        assert db.execute(query).fetchall() == [("contact:1", "card"), ("contact:2", "call")]


@pytest.mark.parametrize(("day", "again"), [("2026-11-20", set()), ("2026-11-21", {("renewal", "2026-11-23")})])
def test_a_date_that_was_answered_is_so_only_if_it_is_the_same_day(cli: Cli, day: str, again: set[Any]) -> None:
    cli(f"contact add 'Anna Field' --phone '030 1' --date renewal={day}", today="2026-01-01")
    cli("contact add 'A. Field' --phone '030 1' --date renewal=2026-11-20", today="2026-01-01")
    cli("done 2")
    cli("contact merge 2 1")
    assert {line for line in due(cli) if line[0] == "renewal"} == again


@pytest.mark.parametrize("put_off", [1, 2])
def test_what_was_put_off_stays_put_off(cli: Cli, put_off: int) -> None:
    for name in ("Anna Field", "A. Field"):
        cli(f"contact add '{name}' --phone '030 111' --birthday 1980-11-23", today="2026-01-01")
    cli(f"snooze {put_off} 2026-12-01")
    cli("contact merge 2 1")
    found = [line for line in cli("due --all --ahead 1m --json").json if line["rule"] == "birthday"]
    assert [(line["state"], line["snoozed_until"]) for line in found] == [("snoozed", "2026-12-01")]


@pytest.mark.parametrize("put_off", ["Anna", "A."])
def test_a_silence_that_was_put_off_stays_so_though_its_count_goes_on(cli: Cli, put_off: str) -> None:
    for n, name in enumerate(("Anna Field", "A. Field")):
        cli(f"contact add '{name}' --phone '030 111' --birthday 1980-12-03", today="2026-01-01")
        cli(f"log call {n + 1} --on 2026-10-0{n + 1} --in", today="2026-10-03")
    answered = next(i for i in (1, 2) if put_off not in cli(f"contact show {i} --json").json["name"].split())
    first = {line["contact"]["id"]: line["id"] for line in cli("due --all --json").json}
    cli(f"done {first[answered]} --on 2026-10-15", today="2026-10-15")
    cli(f"snooze {first[3 - answered]} 2026-12-24")
    cli("contact merge 2 1")
    found = cli("due --all --ahead 3m --json").json
    assert {(line["rule"], line["snoozed_until"], line["state"]) for line in found} == {
        ("win-back", "2026-12-24", "snoozed"),
        ("birthday", None, "upcoming"),
    }


# Calendars


def test_what_calendars_were_told_of_the_one_that_went_is_cancelled(cli: Cli, tmp_path: Path) -> None:
    for name in ("Anna Field", "A. Field"):
        cli(f"contact add '{name}' --phone '030 111' --birthday 1980-12-01")
    cli(f"calendar export {tmp_path / 'a.ics'}")
    before = (tmp_path / "a.ics").read_text()
    cli("contact merge 2 1")
    cli(f"calendar export {tmp_path / 'b.ics'}")
    after = (tmp_path / "b.ics").read_text()
    assert (before.count("BEGIN:VEVENT"), after.count("BEGIN:VEVENT")) == (2, 2)
    assert (before.count("STATUS:CANCELLED"), after.count("STATUS:CANCELLED")) == (0, 1)
    cli("undo")
    cli(f"calendar export {tmp_path / 'c.ics'}")
    assert (tmp_path / "c.ics").read_text().count("STATUS:CANCELLED") == 0


def test_an_export_of_the_one_that_stays_cancels_it_too(cli: Cli, tmp_path: Path) -> None:
    for name in ("Anna Field", "A. Field"):
        cli(f"contact add '{name}' --phone '030 111' --birthday 1980-12-01")
    cli(f"calendar export {tmp_path / 'a.ics'}")
    cli("contact merge 2 1")
    cli(f"calendar export {tmp_path / 'b.ics'} --contact 1")
    assert (tmp_path / "b.ics").read_text().count("STATUS:CANCELLED") == 1


# Undo


def test_one_undo_takes_all_of_it_back_exactly(cli: Cli, held: Held, tmp_path: Path, home: Path) -> None:
    cli("contact add 'Anna Field' --email anna@example.com --birthday 1980-11-23 --note Tea", today="2026-01-01")
    cli("contact add 'A. Field' --phone '030 111' --birthday 1980-11-23 --tag vip", today="2026-01-01")
    cli("contact add 'Ben Kay'", today="2026-01-01")
    cli("sale add 1 Cards --on 2026-11-15")
    cli("sale add 2 Logo --on 2026-11-16")
    cli("log complaint 2 'too slow' --on 2026-11-17")
    cli("log referral ben --of 2")
    cli("log referral 1 --of 2")
    cli("remind 2 2026-12-01 Ask --every '1 month'")
    for line in cli("due --all --json").json[:3]:
        cli(f"done {line['id']}")
    for line in cli("due --all --json").json[-2:]:
        cli(f"snooze {line['id']} 2026-12-20")
    cli(f"calendar export {tmp_path / 'a.ics'}")
    before, listed, due_before = facts(held), cli("undo --list").out, cli("due --all --ahead 14m --json").json
    assert cli("contact merge 2 1").status == 0
    assert facts(held) != before
    assert cli("undo --json").json["undone"]["command"] == "contact merge A. Field into Anna Field"
    assert (facts(held), cli("undo --list").out) == (before, listed)
    assert cli("due --all --ahead 14m --json").json == due_before
    with closing(sqlite3.connect(home / "followup.db")) as db:
        query = "SELECT DISTINCT contact_id FROM calendar_entries ORDER BY 1"
        assert db.execute(query).fetchall() == [(1,), (2,), (3,)]


def test_what_was_before_the_merge_can_be_taken_back_too(cli: Cli) -> None:
    cli("contact add 'Anna Field'")
    cli("contact add 'A. Field' --note one")
    cli("contact edit 2 --note two")
    cli("contact merge 2 1")
    cli("undo")
    cli("undo")
    assert cli("contact show 2 --json").json["notes"] == "one"


def test_what_a_new_rule_planned_meanwhile_goes_back_with_its_sale(cli: Cli, rules: Callable[[str], None]) -> None:
    cli("contact add 'Anna Field' --email anna@example.com")
    cli("contact add 'A. Field' --email a.field@example.com")
    cli("sale add 2 Logo --on 2026-11-16")
    cli("contact merge 2 1")
    rules(RULES.replace('name = "thank-you"', 'name = "thanks"'))
    planned = cli("due --rule thanks --all --json").json
    assert [line["contact"]["id"] for line in planned] == [1]
    cli("undo")
    again = cli("due --rule thanks --all --json").json
    assert [(line["id"], line["contact"]["id"]) for line in again] == [(planned[0]["id"], 2)]
    assert {finding["check"]: finding["status"] for finding in cli("doctor --json").json}["plan"] == "ok"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("contact merge 1 1", "contact 1 is already one: give two that are the same person"),
        ("contact merge anna@example.com Anna", "contact 1 is already one"),
        ("contact merge 1 nobody", "nobody is called 'nobody'"),
        ("contact merge 9 1", "nobody is called '9'"),
    ],
)
def test_refusals_change_nothing(cli: Cli, held: Held, line: str, said: str) -> None:
    cli("contact add 'Anna Field' --email anna@example.com")
    before = held()
    found = cli(line)
    assert (found.status, found.out) == (1, "")
    assert found.err.startswith("error: ") and said in found.err
    assert held() == before


# Duplicates

SHORT = "a short form of the first name at one company or mail domain"
SURE = [
    ("'Anna Field' --phone '030 12345'", "'anna  fíeld' --phone 03012345", ["same name", "same phone 030 12345"]),
    ("'Nora Field'", "'Field, Nora'", ["same name in another order"]),
    ("'Nora Field'", "'Dr. Nora Field'", ["same name"]),
    ("Anna --phone '030 12345'", "'Anna Field' --phone '(030) 12345'", ["same phone 030 12345"]),
    ("'Acme Ltd' --phone '030 12345'", "'Anna Field' --phone '030 12345'", ["same phone 030 12345"]),
    (
        "Anna --email anna.field@gmail.com",
        "Annie --email annafield+shop@googlemail.com",
        ["anna.field@gmail.com and annafield+shop@googlemail.com are one mailbox"],
    ),
    (
        "'Anna Petersen' --company Studio",
        "'Anna Peterson' --company STUDIO",
        ["names that are nearly the same at one company"],
    ),
    (
        "'A. Petersen' --company Studio",
        "'Anna Petersen' --company Studio",
        ["names that are nearly the same at one company"],
    ),
    (
        "Afield --email afield@example.com",
        "'Anna Field' --email anna@example.com",
        ["afield@example.com may be an address of Anna Field"],
    ),
    ("'Anna Field' --birthday 1980-02-03", "'Anna Field' --birthday=--02-03", ["same name"]),
    ("'Jörg Müller'", "'Joerg Mueller'", ["same name in another spelling"]),
    ("'Jörg Mueller'", "'Joerg Müller'", ["same name in another spelling"]),
    ("'Anna Groß'", "'Anna Gross'", ["same name"]),
    ("'Hotel Adler'", "'Adler Hotel GmbH'", ["same name in another order"]),
    ("'Acme Ltd'", "Acme", ["same name"]),
    ("'Thomas Weber' --email tw@example.com", "'Tom Weber' --email tom@example.com", [SHORT]),
    ("'Thomas Weber' --company Acme", "'Tom Weber' --company 'Acme GmbH'", [SHORT]),
    ("'Jon Smith' --company Studio", "'John Smith' --company Studio", [SHORT]),
    ("'Bob Berg' --company Studio", "'Rob Berg' --company Studio", [SHORT]),
]


@pytest.mark.parametrize(("first", "second", "reasons"), SURE)
def test_who_may_be_one_person_twice_is_proposed_with_what_speaks_for_it(
    cli: Cli, first: str, second: str, reasons: list[str]
) -> None:
    cli(f"contact add {first}")
    cli(f"contact add {second}")
    cli("contact add 'Cleo Marsh' --phone '030 999999' --company Studio --email cleo@gmail.com")
    found = cli("contact duplicates --json").json
    assert [[contact["id"] for contact in pair["contacts"]] for pair in found] == [[1, 2]]
    assert found[0]["reasons"] == reasons


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("'Anna Field'", "'Ben Kay'"),
        ("'Anna Field'", "'Anna Kay'"),
        ("'Anna Field' --birthday 1980-02-03", "'Anna Field' --birthday 1980-02-04"),
        ("'Anna Field' --birthday 1980-02-03", "'Anna Field' --birthday 1981-02-03"),
        ("'Anna Field' --birthday 1980-02-03", "'Anna Field' --birthday=--03-03"),
        ("'Anna Field' --company Studio", "'Anna Field' --company Shop"),
        ("'Ben Kay Sr.' --phone '030 12345'", "'Ben Kay Jr.' --phone '030 12345'"),
        ("'Tim Petersen' --company Studio", "'Tom Petersen' --company Studio"),
        ("'Daniel Berg' --company Studio", "'Daniela Berg' --company Studio"),
        ("'Client 12345' --company Studio", "'Client 12346' --company Studio"),
        ("'Anna Petersen' --company Studio", "'Anna Peterson' --company Shop"),
        ("Anna --email anna.field@example.com", "Ann --email annafield@example.com"),
        ("'Anna Field' --phone 112", "'Ben Kay' --phone 112"),
        ("'Thomas Weber' --email tw@gmail.com", "'Tom Weber' --email tom@gmail.com"),
        ("'Thomas Weber' --company Studio", "'Tom Weber' --company Shop"),
        ("'Thomas Weber' --company Studio", "'Tim Weber' --company Studio"),
        ("'Michael Berg'", "'Michal Berg'"),
    ],
)
def test_who_is_plainly_another_is_not_proposed(cli: Cli, first: str, second: str) -> None:
    cli(f"contact add {first}")
    cli(f"contact add {second}")
    assert cli("contact duplicates --json").json == []


def test_the_phone_of_a_whole_office_makes_nobody_the_same(cli: Cli) -> None:
    for name in ("Anna Field", "Ben Kay", "Cleo Marsh", "Anna Feld"):
        cli(f"contact add '{name}' --phone '030 12345'")
    found = cli("contact duplicates --json").json
    assert [[contact["name"] for contact in pair["contacts"]] for pair in found] == [["Anna Field", "Anna Feld"]]


def test_the_surest_come_first_and_a_pipe_has_columns(cli: Cli) -> None:
    for line in ("'Ada Moor'", "'Moor Ada'", "'Anna Field' --phone '030 12345'", "'Anna Field' --phone '030 12345'"):
        cli(f"contact add {line}")
    assert cli("contact duplicates").out.splitlines() == [
        "id\tname\tother_id\tother_name\treasons",
        "3\tAnna Field\t4\tAnna Field\tsame name; same phone 030 12345",
        "1\tAda Moor\t2\tMoor Ada\tsame name in another order",
    ]


def test_a_terminal_shows_the_command_that_makes_them_one(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("contact add Afield --email afield@example.com")
    cli("contact add 'Anna Field'")
    monkeypatch.setattr("followup.cli.output.on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    shown = cli("contact duplicates").out
    assert "followup contact merge 1 2" in shown
    cli("contact merge 1 2")
    assert "Nobody seems to be there twice." in cli("contact duplicates").out


def test_long_names_at_one_company_cost_little_memory(cli: Cli, home: Path) -> None:
    """Each with one letter left out in turn, a thousand names of 500 letters are a quarter of a gigabyte."""
    import tracemalloc
    from datetime import date

    from followup.core.model import Contact
    from followup.store import contacts

    cli("contact list")
    book = open_book(home, date(2026, 11, 22))
    with book.transaction():
        for n in range(100):
            one = Contact(id=0, name=f"{n} {'long name ' * 49}", added=book.today, company="Studio")
            contacts.insert(book.db, one)
    tracemalloc.start()
    assert duplicates.pairs(book.db) == []
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    book.close()
    assert most < 5_000_000


def test_the_time_grows_with_the_contacts_and_not_with_their_square(cli: Cli, home: Path) -> None:
    """Of thousands with one name, phone and company, each is paired with few others."""
    from datetime import date

    from followup.core.model import Contact
    from followup.store import contacts

    cli("contact list")
    book = open_book(home, date(2026, 11, 22))
    with book.transaction():
        for n in range(4000):
            one = Contact(id=0, name="Info Desk", added=book.today, phones=("030 12345",), company="Studio")
            contacts.insert(book.db, one if n % 2 else Contact(id=0, name=f"Info Dask{n}", added=book.today))
    found = duplicates.pairs(book.db)
    book.close()
    assert 1999 <= len(found) <= 4000 * 9
