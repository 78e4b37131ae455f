"""The command family `contact`: adding people, finding them, changing what is known, and leaving them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]

SIMPLE = """
[[rule]]
name = "thanks"
on = "sale"
after = "1 week"
channels = ["email", "phone"]
message = "thank-you"

[[rule]]
name = "birthday"
on = "birthday"
channels = ["email"]
message = "birthday"

[[rule]]
name = "quiet"
on = "silence"
after = "6 months"
channels = ["email"]
message = "win-back"

[[rule]]
name = "domain"
on = "date:domain_until"
before = "2 weeks"
channels = ["email"]
message = "domain-renewal"
"""


@pytest.fixture(autouse=True)
def _rules(rules: Callable[[str], None]) -> None:
    rules(SIMPLE)


def added(cli: Cli, line: str, today: str = "2026-11-22") -> dict[str, Any]:
    result = cli(f"contact add {line} --json", today=today)
    assert result.status == 0, result.err
    shown: dict[str, Any] = result.json
    return shown


def planned(cli: Cli, today: str = "2026-11-22") -> list[tuple[str, str]]:
    shown = cli("due --all --ahead '20 years' --json", today=today).json
    return [(row["rule"], row["due"]) for row in shown]


def names(cli: Cli, line: str, today: str = "2026-11-22") -> list[str]:
    return [contact["name"] for contact in cli(f"contact list {line} --json", today=today).json]


def test_everything_that_is_told_of_a_contact_is_kept(cli: Cli) -> None:
    contact = added(
        cli,
        "'Maria López' --email maria@example.com --email office@example.com --phone '+49 30 123' --phone 0171-555 "
        "--company 'Foto GmbH' --address 'Hauptstr. 1\n10115 Berlin' --birthday --02-03 --handle whatsapp:+4930123 "
        "--handle linkedin:maria-l --prefer Chat --language de-AT --tag VIP --tag 'newsletter, @vip' "
        "--note 'met at fair' --date domain_until=2027-03-01 --every 6w",
    )
    assert contact == {
        "id": 1,
        "name": "Maria López",
        "email": "maria@example.com",
        "phone": "+49 30 123",
        "emails": ["maria@example.com", "office@example.com"],
        "phones": ["+49 30 123", "0171-555"],
        "company": "Foto GmbH",
        "address": "Hauptstr. 1\n10115 Berlin",
        "birthday": "--02-03",
        "handles": {"whatsapp": "+4930123", "linkedin": "maria-l"},
        "prefers": "chat",
        "language": "de",
        "every": "6 weeks",
        "tags": ["vip", "newsletter"],
        "notes": "met at fair",
        "dates": {"domain_until": "2027-03-01"},
        "opted_out": [],
        "lost": None,
        "since": "2026-11-22",
        "sales": 0,
        "spent": {},
        "last_contact": None,
    }


def test_a_contact_with_a_birthday_and_a_date_has_their_follow_ups_at_once(cli: Cli) -> None:
    added(cli, "Ann --email a@example.com --birthday 1980-02-03 --date domain_until=2027-03-01")
    assert planned(cli) == [("birthday", "2027-02-03"), ("domain", "2027-02-15")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("''", "the name is empty"),
        ("'  \t '", "the name is empty"),
        (f"{'x' * 501}", "501 characters"),
        ("ann@example.com", "give the name, and the address with --email"),
        ("Ann --email ann", "'ann' is not an e-mail address"),
        ("Ann --email a@b@example.com", "is not an e-mail address"),
        ("Ann --email OLD@example.com", "belongs to Old (1)"),
        ("Ann --phone none", "'none' is no phone number"),
        ("Ann --birthday 2026-11-23", "after today"),
        ("Ann --birthday 2025-02-30", "no day of the calendar"),
        ("Ann --handle maria", "names no network: write it as"),
        ("Ann --handle whatsap:1", "did you mean 'whatsapp'?"),
        ("Ann --handle x:", "'x' is given without a value"),
        ("Ann --handle x:ann --handle 'signal: '", "'signal' is given without a value"),
        ("Ann --handle ''", "names no network: write it as"),
        ("Ann --prefer emial", "did you mean 'email'?"),
        ("Ann --prefer pigeon", "give one of email, phone, sms, chat, social, post, visit"),
        ("Ann --language german", "give its code of two letters"),
        ("Ann --date 2026-12-01", "is no named date: write it as"),
        ("Ann --date 'a b=2026-12-01'", "is no named date"),
        ("Ann --date until=soon", "'soon' is not a date"),
        ("Ann --date until=", "'until' is given without a value"),
        ("Ann --date ''", "is no named date: write it as"),
        ("Ann --every often", "'often' is not a period"),
        ("Ann --every 0d", "no time at all"),
    ],
)
def test_what_cannot_be_accepted_is_refused_in_one_line_and_nothing_is_added(cli: Cli, line: str, said: str) -> None:
    added(cli, "Old --email old@example.com")
    result = cli(f"contact add {line}")
    assert result.status == 1
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1
    assert said in result.err
    assert names(cli, "") == ["Old"]


def test_control_characters_are_taken_out_of_names_and_notes_which_keep_their_lines(cli: Cli) -> None:
    contact = added(cli, "'Ann\x1b[31m\tBlue' --note 'one\x07\ntwo\x1b' --address '\x01'")
    assert contact["name"] == "Ann [31m Blue"
    assert contact["notes"] == "one\ntwo"
    assert contact["address"] is None


def test_a_second_contact_of_the_same_name_is_added_and_pointed_out(cli: Cli) -> None:
    added(cli, "Ann")
    result = cli("contact add ANN")
    assert result.status == 0
    assert "is also the name of contact 1" in result.err


def test_a_date_almost_like_one_that_a_rule_knows_is_pointed_out(cli: Cli) -> None:
    assert "did you mean 'domain_until'?" in cli("contact add Ann --date domian_until=2027-01-01").err
    assert cli("contact add Bob --date child_birthday=2027-01-01").err == ""


def test_piped_the_list_has_tab_separated_columns(cli: Cli) -> None:
    added(cli, "'Zoe Ann' --email z@example.com --phone 030123 --company ACME --tag b --tag a")
    cli("sale add zoe Logo --on 2026-11-01")
    cli("contact add Bob")
    assert cli("contact list").out.splitlines() == [
        "id\tname\temail\tphone\tcompany\ttags\tlast_contact\tsales",
        "2\tBob\t\t\t\t\t\t0",
        "1\tZoe Ann\tz@example.com\t030123\tACME\tb, a\t2026-11-01\t1",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", ["Bob Stone", "Élodie Petit", "Maria López"]),
        ("elo", ["Élodie Petit"]),
        ("'lop mar'", ["Maria López"]),
        ("acme", ["Maria López"]),
        ("bob@example.com", ["Bob Stone"]),
        ("fair", ["Élodie Petit"]),
        ("'30 12345'", ["Bob Stone"]),
        ("030-12345", ["Bob Stone"]),
        ("--tag vip", ["Maria López"]),
        ("--tag @VIP", ["Maria López"]),
        ("petit --tag vip", []),
        ("'\" OR *'", []),
        ("'!?'", []),
        ("'  '", ["Bob Stone", "Élodie Petit", "Maria López"]),
    ],
)
def test_the_list_finds_people_by_words_numbers_and_tags(cli: Cli, line: str, found: list[str]) -> None:
    added(cli, "'Maria López' --company ACME --tag vip")
    added(cli, "'Bob Stone' --email bob@example.com --phone '+49 30 123 45'")
    added(cli, "'Élodie Petit' --note 'met at the fair'")
    assert names(cli, line) == found


def test_silent_are_those_whose_last_sale_or_touch_is_so_long_ago(cli: Cli) -> None:
    for name in ("Ann", "Bob", "Cem", "Dov"):
        added(cli, name, today="2020-01-01")
    cli("sale add Ann Logo --on 2026-05-22")
    cli("sale add Bob Logo --on 2026-05-23")
    cli("sale add Cem Logo --on 2020-05-23")
    cli("log call Cem --on 2026-10-01")
    assert names(cli, "--silent 6m") == ["Ann"]
    assert names(cli, "--silent 6m", today="2026-11-23") == ["Ann", "Bob"]
    cli("log promise Ann 'call back' --by 2027-01-01")
    cli("log attempt Ann")
    assert names(cli, "--silent 6m") == ["Ann"]


def test_a_cancelled_sale_breaks_no_silence(cli: Cli) -> None:
    added(cli, "Ann")
    cli("sale add Ann Old --on 2025-01-01")
    cli("sale add Ann New")
    assert names(cli, "--silent 1y") == []
    cli("sale cancel 2")
    assert names(cli, "--silent 1y") == ["Ann"]


def test_silence_refuses_what_is_no_period(cli: Cli) -> None:
    assert "is not a period" in cli("contact list --silent long").err


def test_show_is_the_brief_to_read_before_a_call(cli: Cli) -> None:
    added(cli, "'Maria López' --email maria@example.com --prefer phone --tag vip --note 'likes tea'")
    cli("sale add maria Logo --amount 1200 --warranty 1y --on 2026-11-01")
    cli("log complaint maria 'too blue' --on 2026-11-10")
    cli("log promise maria 'new draft' --by 2026-12-01")
    cli("log perk maria --code SPRING --value 10% --expires 2027-01-31")
    cli("log feedback maria 'nice' --rating 8 --on 2026-11-12")
    cli("log call maria 'will think' --on 2026-11-15")
    rows = [line.split("\t") for line in cli("contact show maria").out.splitlines()]
    brief: dict[str, list[str]] = {}
    for label, value in rows[1:]:
        brief.setdefault(label, []).append(value)
    assert rows[0] == ["field", "value"]
    assert brief["email"] == ["maria@example.com"]
    assert brief["prefers"] == ["phone"]
    assert brief["client"] == ["since 2026-11-01, 1 sale for 1200.00 EUR"]
    assert brief["last contact"] == ["2026-11-15"]
    assert brief["bought"] == ["2026-11-01  Logo, 1200.00 EUR, warranty until 2027-11-01"]
    assert brief["open"] == [
        "2026-11-22  promise (event 2, by 2026-12-01): new draft",
        "2026-11-10  complaint (event 1): too blue",
    ]
    assert brief["perks"] == ["2026-11-22  perk SPRING 10% (event 3, until 2027-01-31)"]
    assert brief["ratings"] == ["8/10 on 2026-11-12"]
    assert brief["last words"][0] == "2026-11-15  call: will think"
    assert len(brief["last words"]) == 3
    assert any("thanks" in line for line in brief["planned"])
    assert brief["notes"] == ["likes tea"]


def test_show_json_is_the_contact_with_what_the_brief_adds(cli: Cli) -> None:
    contact = added(cli, "Ann --email a@example.com")
    cli("sale add ann Logo")
    cli("log question ann 'when?'")
    shown = cli("contact show ann --json").json
    assert shown.keys() >= contact.keys()
    assert [sale["title"] for sale in shown["recent_sales"]] == ["Logo"]
    assert [event["kind"] for event in shown["open_events"]] == ["question"]
    assert [(row["rule"], row["state"]) for row in shown["planned"]] == [("thanks", "upcoming"), ("quiet", "upcoming")]


def test_show_says_which_of_two_due_ones_is_held(cli: Cli) -> None:
    added(cli, "Ann --email a@example.com")
    cli("sale add ann One --on 2026-11-10")
    cli("sale add ann Two --on 2026-11-11")
    states = [row["state"] for row in cli("contact show ann --json").json["planned"]]
    assert states == ["overdue", "held", "upcoming"]


def test_an_edit_replaces_what_is_given_and_leaves_the_rest(cli: Cli) -> None:
    added(
        cli,
        "Ann --email a@example.com --phone 030123 --tag old --tag older --note one --handle x:ann --date a=2027-01-01",
    )
    changed = cli(
        "contact edit ann --name 'Ann Lee' --phone 040456 --phone 050789 --tag new --note two "
        "--handle mastodon:ann@example.com --date b=2027-02-02 --json"
    ).json
    assert changed["name"] == "Ann Lee"
    assert changed["emails"] == ["a@example.com"]
    assert changed["phones"] == ["040456", "050789"]
    assert changed["tags"] == ["new"]
    assert changed["notes"] == "two"
    assert changed["handles"] == {"x": "ann", "mastodon": "ann@example.com"}
    assert changed["dates"] == {"a": "2027-01-01", "b": "2027-02-02"}


def test_an_empty_value_clears(cli: Cli) -> None:
    added(
        cli,
        "Ann --email a@example.com --phone 030123 --company C --address A --birthday 1980-01-01 --prefer email "
        "--language en --tag t --note n --every 6m --handle x:ann --handle signal:ann --date a=2027-01-01",
    )
    cleared = cli(
        "contact edit ann --email '' --phone '' --company '' --address ' ' --birthday '' --prefer '' --language '' "
        "--tag '' --note '' --every '' --handle x: --date a= --json"
    ).json
    for key in ("email", "phone", "company", "address", "birthday", "prefers", "language", "notes", "every"):
        assert cleared[key] is None, key
    assert cleared["tags"] == cleared["emails"] == cleared["phones"] == []
    assert cleared["handles"] == {"signal": "ann"}
    assert cleared["dates"] == {}


@pytest.mark.parametrize(
    ("options", "handles", "dates"),
    [
        ("--handle ''", {}, ["a", "b"]),
        ("--date ' '", {"x": "ann", "signal": "ann"}, []),
        ("--handle '' --date ''", {}, []),
        ("--handle '' --handle signal:lee --date '' --date c=2027-03-01", {"signal": "lee"}, ["c"]),
        ("--handle signal:lee --handle '' --date c=2027-03-01 --date ''", {"signal": "lee"}, ["c"]),
        ("--handle x: --handle signal:lee --date a=", {"signal": "lee"}, ["b"]),
    ],
)
def test_an_empty_handle_or_date_clears_all_before_others_are_added(
    cli: Cli, options: str, handles: dict[str, str], dates: list[str]
) -> None:
    added(cli, "Ann --handle x:ann --handle signal:ann --date a=2027-01-01 --date b=2027-02-01")
    changed = cli(f"contact edit ann {options} --json").json
    assert (changed["handles"], list(changed["dates"])) == (handles, dates)
    cli("undo")
    assert cli("contact show ann --json").json["handles"] == {"x": "ann", "signal": "ann"}


def test_a_moved_birthday_moves_the_follow_up_that_keeps_its_id(cli: Cli) -> None:
    added(cli, "Ann --email a@example.com --birthday 1980-02-03")
    before = cli("contact show ann --json").json["planned"][0]
    cli("contact edit ann --birthday 1980-03-03")
    after = cli("contact show ann --json").json["planned"][0]
    assert (after["id"], after["uid"]) == (before["id"], before["uid"])
    assert (before["due"], after["due"]) == ("2027-02-03", "2027-03-03")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ann", "nothing was given to change"),
        ("ann --name ''", "the name is empty"),
        ("ann --email b@example.com", "belongs to Bob (2)"),
        ("nobody --note x", "nobody is called 'nobody'"),
        ("@none --note x", "nobody has the tag 'none'"),
        ("@t --name X", "one person's"),
        ("@t --email x@example.com", "one person's"),
        ("@t --birthday 2027-01-01", "after today"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_changes_nobody(cli: Cli, line: str, said: str) -> None:
    added(cli, "Ann --email a@example.com --tag t")
    added(cli, "Bob --email b@example.com --tag t")
    before = cli("contact list --json").out
    result = cli(f"contact edit {line}")
    assert result.status == 1
    assert said in result.err
    assert cli("contact list --json").out == before


def test_a_tag_in_place_of_who_edits_everyone_with_it_in_one_change(cli: Cli) -> None:
    for name in ("Ann --tag t", "Bob --tag t", "Cem"):
        added(cli, name)
    changed = cli("contact edit @T --language fr --json").json
    assert [(contact["name"], contact["language"]) for contact in changed] == [("Ann", "fr"), ("Bob", "fr")]
    assert cli("contact show cem --json").json["language"] is None
    cli("undo")
    assert cli("contact show ann --json").json["language"] is None
    assert cli("contact show bob --json").json["language"] is None


def test_a_tag_that_one_person_has_still_answers_with_an_array(cli: Cli) -> None:
    added(cli, "Ann --tag t")
    assert isinstance(cli("contact edit @t --note x --json").json, list)


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        (["opt-out ann"], ["all"]),
        (["opt-out ann --channel email"], ["email"]),
        (["opt-out ann --channel phone", "opt-out ann --channel email"], ["email", "phone"]),
        (["opt-out ann", "opt-out ann --channel email"], ["all"]),
        (["opt-out ann --channel email", "opt-out ann"], ["all"]),
        (["opt-out ann", "opt-in ann"], []),
        (["opt-out ann --channel email", "opt-in ann --channel email"], []),
        (["opt-out ann", "opt-in ann --channel email"], ["phone", "sms", "chat", "social", "post", "visit"]),
        (["opt-in ann"], []),
    ],
)
def test_opting_out_and_in_by_channel(cli: Cli, steps: list[str], left: list[str]) -> None:
    added(cli, "Ann")
    for step in steps:
        result = cli(f"contact {step} --json")
        assert result.status == 0
    assert result.json["opted_out"] == left


def test_who_opted_out_of_everything_has_no_follow_ups_until_they_opt_in(cli: Cli) -> None:
    added(cli, "Ann --email a@example.com")
    cli("sale add ann Logo")
    before = planned(cli)
    cli("contact opt-out ann")
    assert planned(cli) == []
    cli("contact opt-in ann")
    assert planned(cli) == before


def test_opting_out_of_what_is_no_channel_is_refused(cli: Cli) -> None:
    added(cli, "Ann")
    assert "did you mean 'email'?" in cli("contact opt-out ann --channel mail").err


def test_lost_keeps_reason_day_and_note_and_empties_the_plan_until_regained(cli: Cli) -> None:
    added(cli, "Ann --email a@example.com --note one")
    cli("sale add ann Logo")
    before = planned(cli)
    shown = cli("contact lost ann --reason Price --note 'went cheaper' --json").json
    assert shown["lost"] == {"reason": "price", "on": "2026-11-22"}
    assert shown["notes"] == "one\nwent cheaper"
    assert planned(cli) == []
    assert cli("contact regain ann --json").json["lost"] is None
    assert planned(cli) == before


def test_lost_wants_one_of_the_reasons(cli: Cli) -> None:
    added(cli, "Ann")
    every = "service, product, competitor, moved, price, other"
    assert cli("contact lost ann --reason teuer").err == f"error: 'teuer' is no reason: give one of {every}\n"
    assert cli("contact lost ann --reason prize").err == (
        f"error: 'prize' is no reason: did you mean 'price'? There are {every}\n"
    )
    assert cli("contact lost ann --reason ''").err == f"error: the reason is empty: give one of {every}\n"
    assert cli("contact lost ann").status == 2
    assert cli("contact show ann --json").json["lost"] is None


def test_regaining_someone_who_is_not_lost_is_refused(cli: Cli) -> None:
    added(cli, "Ann")
    result = cli("contact regain ann")
    assert (result.status, result.err) == (1, "error: Ann is not lost: there is nothing to regain\n")


def test_a_change_that_changes_nothing_leaves_nothing_to_undo(cli: Cli) -> None:
    added(cli, "Ann --note x")
    cli("contact edit ann --note x")
    cli("contact opt-in ann")
    assert [change["command"] for change in cli("undo --list --json").json] == ["contact add Ann"]


def test_several_matches_are_listed_with_their_ids(cli: Cli) -> None:
    added(cli, "'Maria López'")
    added(cli, "'Maria Lang'")
    result = cli("contact show maria")
    assert result.status == 1
    assert "Maria López (1), Maria Lang (2)" in result.err


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("Jörg Müller", "mueller"),
        ("Jörg Müller", "'Joerg Mueller'"),
        ("Jörg Müller", "joerg"),
        ("Joerg Mueller", "müll"),
        ("Sean O'Brien", "obrien"),
        ("Sean O'Brien", "'sean obri'"),
        ("Sean Obrien", '"o\'brien"'),
        ("Anna Strauß", "strauss"),
    ],
)
def test_a_name_is_found_in_another_spelling_where_none_is_spelt_so(cli: Cli, name: str, who: str) -> None:
    added(cli, f'"{name}"')
    added(cli, "'Ben Kay'")
    assert cli(f"contact show {who} --json").json["name"] == name


@pytest.mark.parametrize(
    ("who", "name"), [("'tom t'", "Tom Taylor"), ("'t. tom'", "Tom Taylor"), ("'tom h'", "Tom Hale")]
)
def test_each_word_of_who_begins_a_word_of_its_own(cli: Cli, who: str, name: str) -> None:
    added(cli, "'Tom Taylor'")
    added(cli, "'Tom Hale'")
    assert cli(f"contact show {who} --json").json["name"] == name


def test_where_no_name_has_so_many_words_all_that_begin_so_are_meant(cli: Cli) -> None:
    added(cli, "'Tom Hale'")
    added(cli, "'Tom Lang'")
    assert "Tom Hale (1), Tom Lang (2)" in cli("contact show 'tom t'").err


def test_who_is_spelt_so_goes_before_other_spellings(cli: Cli) -> None:
    added(cli, "'Jörg Müller'")
    added(cli, "'Joerg Mueller'")
    assert cli("contact show mueller --json").json["id"] == 2
    assert cli("contact show müller --json").json["id"] == 1
