"""The command family `sale`: a job is done, its plan stands; mending it moves the plan, cancelling takes it away."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Result

    Cli = Callable[..., Result]

RULES = """
[[rule]]
name = "thanks"
on = "sale"
after = "1 week"
channels = ["email", "phone"]
message = "thank-you"

[[rule]]
name = "warranty"
on = "warranty-end"
before = "1 month"
weekend = "keep"
channels = ["email"]
message = "warranty-ending"

[[rule]]
name = "service"
on = "service"
channels = ["email"]
message = "service"

[[rule]]
name = "reorder"
on = "runs-out"
channels = ["email"]
message = "runs-out"

[[rule]]
name = "refund"
on = "date:refund_until"
channels = ["email"]
message = "refund-window"

[[rule]]
name = "quiet"
on = "silence"
after = "6 months"
channels = ["email"]
message = "win-back"
"""


@pytest.fixture(autouse=True)
def _home(rules: Callable[[str], None], cli: Cli) -> None:
    rules(RULES)
    cli("contact add 'Ann Lee' --email ann@example.com")


def sold(cli: Cli, line: str, today: str = "2026-11-22") -> dict[str, Any]:
    result = cli(f"sale add {line} --json", today=today)
    assert result.status == 0, result.err
    shown: dict[str, Any] = result.json
    return shown


def plan_of(shown: dict[str, Any]) -> dict[str, str]:
    return {row["rule"]: row["due"] for row in shown["planned"]}


def test_everything_that_is_told_of_a_sale_is_kept(cli: Cli) -> None:
    shown = sold(
        cli,
        "ann 'Web site' --amount '1.200,50 €' --on 2026-11-02 --category web --tag CMS --tag cms --warranty 1y "
        "--service-every 6m --lasts '10 weeks' --date refund_until=2026-12-01 --ref R-17 --note 'two\nlines'",
    )
    assert shown["sale"] == {
        "id": 1,
        "contact": {"id": 1, "name": "Ann Lee"},
        "title": "Web site",
        "amount": "1200.50",
        "currency": "EUR",
        "completed": "2026-11-02",
        "category": "web",
        "tags": ["cms"],
        "warranty_until": "2027-11-02",
        "service_every": "6 months",
        "lasts": "10 weeks",
        "dates": {"refund_until": "2026-12-01"},
        "ref": "R-17",
        "note": "two\nlines",
        "canceled": False,
        "refunded": False,
    }
    assert shown["contact"]["sales"] == 1
    assert shown["contact"]["spent"] == {"EUR": "1200.50"}
    assert shown["contact"]["last_contact"] == "2026-11-02"


def test_a_sale_answers_with_its_whole_plan_by_date(cli: Cli) -> None:
    shown = sold(cli, "ann Logo --warranty 1y --service-every 6m --lasts 10w --date refund_until=2026-12-01")
    assert [(row["rule"], row["due"], row["state"]) for row in shown["planned"]] == [
        ("thanks", "2026-11-30", "upcoming"),
        ("refund", "2026-12-01", "upcoming"),
        ("reorder", "2027-02-01", "upcoming"),
        ("service", "2027-05-24", "upcoming"),
        ("quiet", "2027-05-24", "upcoming"),
        ("warranty", "2027-10-22", "upcoming"),
    ]


def test_piped_the_plan_has_the_columns_of_due_and_the_sale_is_named_on_stderr(cli: Cli) -> None:
    result = cli("sale add ann Logo --amount 90")
    assert result.out.splitlines()[0] == "id\tdue\tstate\tpriority\tcontact\tchannel\ttitle"
    assert result.out.splitlines()[1] == "1\t2026-11-30\tupcoming\tnormal\tAnn Lee\temail\tthanks: Ann Lee, Logo"
    assert result.err == "Added sale 1: Logo for Ann Lee, 90.00 EUR.\n"


def test_a_second_sale_answers_with_what_it_added_and_moved(cli: Cli) -> None:
    first = sold(cli, "ann Logo --on 2026-10-01")
    second = sold(cli, "ann Cards")
    assert plan_of(first).keys() == {"quiet"}
    assert plan_of(second) == {"thanks": "2026-11-30", "quiet": "2027-05-24"}
    ids = {row["rule"]: row["id"] for row in first["planned"]}
    assert ids["quiet"] in [row["id"] for row in second["planned"]]


def test_what_is_due_at_once_is_due_or_held(cli: Cli) -> None:
    sold(cli, "ann One --on 2026-11-13")
    assert [row["state"] for row in sold(cli, "ann Two --on 2026-11-13")["planned"]] == ["held"]


def test_the_day_may_lie_ahead_and_a_day_without_a_year_looks_back(cli: Cli) -> None:
    assert plan_of(sold(cli, "ann Later --on 2026-12-10"))["thanks"] == "2026-12-17"
    assert sold(cli, "ann Old --on '15 dec'")["sale"]["completed"] == "2025-12-15"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ann ''", "the title is empty"),
        ("'' Logo", "nobody is called ''"),
        ("bob Logo", "for a new client add --new"),
        ("77 Logo", "nobody is called '77'"),
        ("ann Logo --amount -5", "is negative"),
        ("ann Logo --amount '5 EUR USD'", "two currencies"),
        ("ann Logo --amount 1e9", "no amount of money"),
        ("ann Logo --amount 9999999999999", "too much"),
        ("ann Logo --amount '5 XXX'", "no currency"),
        ("ann Logo --on 2026-02-30", "no day of the calendar"),
        ("ann Logo --on ''", "the date is empty"),
        ("ann Logo --on 12", "is not a date"),
        ("ann Logo --on 3000-01-01", "years go from 1900 to 2200"),
        ("ann Logo --warranty long", "is not a period"),
        ("ann Logo --warranty 200y", "2226-11-22 is in the year 2226: years go from 1900 to 2200"),
        ("ann Logo --lasts 200y", "years go from 1900 to 2200"),
        ("ann Logo --service-every 200y", "years go from 1900 to 2200"),
        ("ann Logo --on 2199-12-31 --warranty 1y1d", "2201-01-01 is in the year 2201"),
        ("ann Logo --service-every 0d", "no time at all"),
        ("ann Logo --lasts '300 years'", "too long"),
        ("ann Logo --date 2026-12-01", "no named date"),
        ("ann Logo --date refund_until=", "'refund_until' is given without a value"),
        ("ann Logo --perk NONE", "Ann Lee has no perk 'NONE'"),
        ("ann Logo --email x@example.com", "go with --new"),
        ("ann Logo --phone 030123", "go with --new"),
        ("77 Logo --new", "there is no contact 77"),
        ("Bob Logo --new --email ANN@example.com", "belongs to Ann Lee (1)"),
        ("Bob Logo --new --email bob", "is not an e-mail address"),
        ("Bob Logo --new --phone x", "is no phone number"),
        ("'' Logo --new", "the name is empty"),
        ("@vip Logo --new", "is not an e-mail address"),
    ],
)
def test_what_cannot_be_accepted_is_refused_in_one_line_and_nothing_is_kept(cli: Cli, line: str, said: str) -> None:
    result = cli(f"sale add {line}")
    assert result.status == 1
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert said in result.err
    assert cli("sale list --json").json == []
    assert len(cli("contact list --json").json) == 1


def test_new_adds_who_is_not_known_with_email_and_phone(cli: Cli) -> None:
    shown = sold(cli, "'Bob Stone' Logo --new --email bob@example.com --phone 030123")
    assert shown["contact"]["name"] == "Bob Stone"
    assert shown["contact"]["emails"] == ["bob@example.com"]
    assert shown["contact"]["phones"] == ["030123"]
    assert plan_of(shown)["thanks"] == "2026-11-30"
    cli("undo")
    assert len(cli("contact list --json").json) == 1


def test_new_does_not_take_part_of_a_name_for_someone_known(cli: Cli) -> None:
    assert sold(cli, "Ann Logo --new")["contact"]["id"] == 2


@pytest.mark.parametrize("who", ["1", "ANN@example.com", "'ann  lee'"])
def test_new_takes_an_id_an_email_or_a_whole_name_for_who_is_known(cli: Cli, who: str) -> None:
    shown = sold(cli, f"{who} Logo --new --email lee@example.com --phone 030123")
    assert shown["contact"]["id"] == 1
    assert shown["contact"]["emails"] == ["ann@example.com", "lee@example.com"]
    assert shown["contact"]["phones"] == ["030123"]


def test_new_refuses_a_name_that_two_have(cli: Cli) -> None:
    cli("contact add 'ANN LEE'")
    result = cli("sale add 'Ann Lee' Logo --new")
    assert result.status == 1
    assert "Ann Lee (1), ANN LEE (2)" in result.err


def test_new_names_an_unknown_email_by_what_stands_before_the_at(cli: Cli) -> None:
    contact = sold(cli, "bob.van_stone@example.com Logo --new")["contact"]
    assert (contact["name"], contact["emails"]) == ("Bob Van Stone", ["bob.van_stone@example.com"])


def test_a_sale_regains_a_lost_contact(cli: Cli) -> None:
    cli("contact lost ann --reason price")
    result = cli("sale add ann Logo")
    assert "is regained with this sale" in result.err
    assert cli("contact show ann --json").json["lost"] is None
    assert len(result.out.splitlines()) == 3


def test_a_client_of_whom_nothing_is_planned_is_pointed_out(cli: Cli) -> None:
    cli("contact opt-out ann")
    result = cli("sale add ann Logo")
    assert len(result.out.splitlines()) == 1
    assert "followup why --contact 1" in result.err


def test_amounts_are_in_the_currency_of_the_business_unless_they_say(cli: Cli) -> None:
    assert sold(cli, "ann A --amount 1,200.50")["sale"]["currency"] == "EUR"
    assert sold(cli, "ann B --amount '1200 USD'")["sale"]["amount"] == "1200.00"
    assert sold(cli, "ann C --amount '1200 JPY'")["contact"]["spent"] == {
        "EUR": "1200.50",
        "USD": "1200.00",
        "JPY": "1200",
    }


def test_a_perk_is_redeemed_on_the_day_of_the_sale(cli: Cli) -> None:
    cli("log perk ann --code SPRING --expires 2027-01-01 --on 2026-11-01")
    sold(cli, "ann Logo --perk spring --on 2026-11-20")
    perk = cli("event show 1 --json").json
    assert (perk["open"], perk["outcome"], perk["closed_on"], perk["sale_id"]) == (False, "redeemed", "2026-11-20", 1)


@pytest.mark.parametrize(("on", "closed"), [("2026-12-24", "2026-11-22"), ("2026-10-01", "2026-11-01")])
def test_a_perk_is_never_redeemed_after_today_or_before_it_was_given(cli: Cli, on: str, closed: str) -> None:
    cli("log perk ann --code SPRING --on 2026-11-01")
    sold(cli, f"ann Logo --perk SPRING --on {on}")
    assert cli("event show 1 --json").json["closed_on"] == closed


def test_a_perk_is_redeemed_once_and_only_by_who_has_it(cli: Cli) -> None:
    cli("contact add Bob")
    cli("log perk bob --code BOBS")
    cli("log perk ann --code SPRING")
    cli("log perk ann --code AUTUMN")
    assert "has no perk 'BOBS': open are SPRING, AUTUMN" in cli("sale add ann Logo --perk BOBS").err
    sold(cli, "ann Logo --perk SPRING")
    again = cli("sale add ann Logo --perk SPRING")
    assert again.status == 1
    assert "was closed on 2026-11-22 (redeemed)" in again.err
    assert len(cli("sale list --json").json) == 1


def test_of_two_perks_with_one_code_the_open_one_is_redeemed(cli: Cli) -> None:
    cli("log perk ann --code SPRING")
    cli("log perk ann --code SPRING")
    sold(cli, "ann Logo --perk SPRING")
    sold(cli, "ann Cards --perk SPRING")
    assert [event["open"] for event in cli("event list --kind perk --json").json] == [False, False]


def test_an_edit_changes_what_is_given_and_moves_the_follow_ups_which_keep_their_ids(cli: Cli) -> None:
    before = sold(cli, "ann Logo --warranty 1y --service-every 6m --amount 100 --note x")
    after = cli("sale edit 1 --on 2026-11-25 --title Brand --json").json
    assert after["sale"]["title"] == "Brand"
    assert after["sale"]["note"] == "x"
    assert after["sale"]["warranty_until"] == "2027-11-25"
    assert plan_of(before) == {
        "thanks": "2026-11-30",
        "service": "2027-05-24",
        "quiet": "2027-05-24",
        "warranty": "2027-10-22",
    }
    assert plan_of(after) == {
        "thanks": "2026-12-02",
        "service": "2027-05-25",
        "quiet": "2027-05-25",
        "warranty": "2027-10-25",
    }
    ids = {row["rule"]: (row["id"], row["uid"]) for row in before["planned"]}
    assert ids == {row["rule"]: (row["id"], row["uid"]) for row in after["planned"]}


def test_an_empty_value_clears_and_what_followed_from_it_leaves(cli: Cli) -> None:
    sold(
        cli,
        "ann Logo --amount 100 --category c --tag t --warranty 1y --service-every 6m --lasts 10w --ref r --note n "
        "--date refund_until=2026-12-01 --date other=2026-12-02",
    )
    sale = cli(
        "sale edit 1 --amount '' --category '' --tag '' --warranty '' --service-every '' --lasts '' --ref '' --note '' "
        "--date refund_until= --json"
    ).json["sale"]
    for key in ("amount", "currency", "category", "warranty_until", "service_every", "lasts", "ref", "note"):
        assert sale[key] is None, key
    assert sale["tags"] == []
    assert sale["dates"] == {"other": "2026-12-02"}
    assert [row["rule"] for row in cli("sale show 1 --json").json["planned"]] == ["thanks"]


@pytest.mark.parametrize(
    ("options", "dates"),
    [("--date ''", {}), ("--date '' --date other=2026-12-03", {"other": "2026-12-03"})],
)
def test_an_empty_date_clears_all_before_others_are_added(cli: Cli, options: str, dates: dict[str, str]) -> None:
    sold(cli, "ann Logo --date refund_until=2026-12-01 --date other=2026-12-02")
    assert cli(f"sale edit 1 {options} --json").json["sale"]["dates"] == dates
    assert "refund" not in plan_of(cli("sale show 1 --json").json)


def test_an_amount_given_anew_stays_in_the_currency_of_the_sale(cli: Cli) -> None:
    sold(cli, "ann Logo --amount '100 USD'")
    sale = cli("sale edit 1 --amount 150 --json").json["sale"]
    assert (sale["amount"], sale["currency"]) == ("150.00", "USD")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1", "nothing was given to change"),
        ("1 --title ' '", "the title is empty"),
        ("1 --on ''", "the date is empty"),
        ("1 --amount -1", "is negative"),
        ("1 --perk NONE", "has no perk"),
        ("1 --warranty 200y", "years go from 1900 to 2200"),
        ("1 --perk ''", "the code is empty"),
        ("9 --note x", "there is no sale 9"),
        ("99999999999999999999999 --note x", "there is no sale"),
        ("x --note x", "'x' is no sale's number"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(cli: Cli, line: str, said: str) -> None:
    sold(cli, "ann Logo --amount 100")
    before = cli("sale list --json").out
    result = cli(f"sale edit {line}")
    assert result.status == 1
    assert said in result.err
    assert cli("sale list --json").out == before


def test_an_edit_judges_the_periods_that_are_given_or_all_where_the_day_is(cli: Cli, home: Path) -> None:
    sold(cli, "ann Logo --lasts 1y --warranty 1y")
    with closing(sqlite3.connect(home / "followup.db")) as db, db:
        db.execute("UPDATE sales SET lasts = '190 years'")
    edited = cli("sale edit 1 --title Poster --warranty 2y --json").json["sale"]
    assert (edited["title"], edited["lasts"], edited["warranty_until"]) == ("Poster", "190 years", "2028-11-22")
    for line in ("sale edit 1 --on 2026-11-01", "sale edit 1 --lasts 190y"):
        assert "years go from 1900 to 2200" in cli(line).err
    assert cli("sale edit 1 --on 2026-11-01 --lasts 2y --json").json["sale"]["warranty_until"] == "2028-11-01"


def test_a_canceled_sale_counts_nowhere_and_its_follow_ups_leave(cli: Cli) -> None:
    sold(cli, "ann Logo --on 2026-10-20 --amount 100")
    sold(cli, "ann Cards --amount 50")
    shown = cli("sale cancel 2 --json").json
    assert shown["sale"]["canceled"] is True
    assert shown["contact"]["sales"] == 1
    assert shown["contact"]["spent"] == {"EUR": "100.00"}
    assert plan_of(shown) == {"quiet": "2027-04-20"}
    assert cli("sale show 2 --json").json["planned"] == []


def test_cancelling_twice_is_refused(cli: Cli) -> None:
    sold(cli, "ann Logo")
    cli("sale cancel 1")
    assert "is canceled already" in cli("sale cancel 1").err


def test_the_list_is_by_day_and_narrowed_by_person_and_day(cli: Cli) -> None:
    cli("contact add Bob")
    sold(cli, "ann Logo --amount 100 --category web --ref R1")
    sold(cli, "bob Site --on 2026-03-01")
    sold(cli, "ann Old --on 2025-12-20")
    cli("sale cancel 2")
    assert cli("sale list").out.splitlines() == [
        "id\tcompleted\tcontact\ttitle\tamount\tcurrency\tcategory\tref\tstate",
        "3\t2025-12-20\tAnn Lee\tOld\t\t\t\t\t",
        "2\t2026-03-01\tBob\tSite\t\t\t\t\tcanceled",
        "1\t2026-11-22\tAnn Lee\tLogo\t100.00\tEUR\tweb\tR1\t",
    ]
    assert [sale["id"] for sale in cli("sale list --contact ann --json").json] == [3, 1]
    assert [sale["id"] for sale in cli("sale list --since '1 dec' --json").json] == [3, 2, 1]
    assert [sale["id"] for sale in cli("sale list --since 2026-03-01 --contact bob --json").json] == [2]


def test_show_has_the_sale_and_what_is_planned_for_it_alone(cli: Cli) -> None:
    sold(cli, "ann Logo --warranty 1y")
    sold(cli, "ann Cards")
    assert [row["rule"] for row in cli("sale show 1 --json").json["planned"]] == ["thanks", "warranty"]
    rows = [line.split("\t") for line in cli("sale show 1").out.splitlines()]
    assert ["contact", "Ann Lee (1)"] in rows
    assert ["warranty until", "2027-11-22"] in rows
    assert ["planned", "2026-11-30  thanks: Ann Lee, Logo (1, email)"] in rows


def test_a_date_almost_like_one_that_a_rule_knows_is_pointed_out(cli: Cli) -> None:
    assert "did you mean 'refund_until'?" in cli("sale add ann Logo --date refund_untill=2026-12-01").err
