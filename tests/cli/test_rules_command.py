"""`rules`: listed, checked, previewed, adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from followup.store.book import playbook_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TODAY = "2026-11-20"

RULES = """\
# my rules
[[rule]]
name = "thank-you"
on = "sale"
after = "1 business day"
channels = ["email"]
message = "thank-you"
title = "Thank {{ contact.first_name }}"

[[rule]]
name = "what-else"
on = "sale"
after = "10 weeks"
channels = ["email"]
message = "what-else"
"""
FAULTY = """\
[settings]
daily = -1

[[rule]]
name     = "one"
on       = "sail"
channels = ["email"]
message  = "thank-you"

[[rule]]
name     = "two"
on       = "sale"
when     = "sale.ammount > 3"
channels = ["email"]
message  = "thank-you"

[[rule]]
name     = "three"
on       = "sale"
channels = ["email", "post"]
message  = "no-such-message"
title    = "{{ contact.nme }}"
"""


@pytest.fixture
def typed(cli: Callable[..., Any], rules: Callable[[str], None]) -> Callable[..., Any]:
    """The command line, in a home with two contacts and a sale to each."""
    rules(RULES)
    cli('sale add "Anna Bell" Logo --amount 80 --new --email anna@example.com', today=TODAY)
    cli('sale add "Bo Reed" Card --amount 20 --new --email bo@example.com', today=TODAY)
    return cli


def titles(typed: Callable[..., Any]) -> list[tuple[str, str]]:
    return [(f["due"], f["title"]) for f in typed("due --all --ahead 5y --json", today=TODAY).json]


def test_the_rules_are_listed_with_how_many_follow_ups_stand_open(typed: Callable[..., Any]) -> None:
    typed("done 1", today=TODAY)
    assert typed("rules list", today=TODAY).out.splitlines() == [
        "name\ton\toffset\tchannels\tpriority\texpires\topen",
        "thank-you\tsale\t1 business day after\temail\tnormal\t30 days\t1",
        "what-else\tsale\t10 weeks after\temail\tnormal\t30 days\t2",
    ]


def test_the_rules_as_json_have_every_key(typed: Callable[..., Any]) -> None:
    assert typed("rules list --json", today=TODAY).json[0] == {
        "name": "thank-you",
        "on": "sale",
        "after": "1 business day",
        "before": None,
        "fallback": None,
        "every": None,
        "times": None,
        "when": None,
        "channels": ["email"],
        "message": "thank-you",
        "title": "Thank {{ contact.first_name }}",
        "expires": "30 days",
        "priority": "normal",
        "at_most": None,
        "hold": True,
        "weekend": "next",
        "lost": False,
        "schedule": None,
        "group": False,
        "open": 2,
    }


def test_a_check_without_faults_says_how_many_rules_there_are(typed: Callable[..., Any]) -> None:
    answer = typed("rules check", today=TODAY)
    assert (answer.status, answer.out) == (0, "rules.toml: 2 rules, no faults.\n")
    assert typed("rules check --json", today=TODAY).json == []
    assert typed("rules check designer", today=TODAY).out.startswith("designer: ")


FAULTS = [
    (2, None, "daily"),
    (6, "one", "on"),
    (13, "two", "when"),
    (21, "three", "message"),
    (21, "three", "message"),
    (22, "three", "title"),
]


def test_a_check_tells_every_fault_with_line_rule_and_key(typed: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(FAULTY)
    answer = typed(f"rules check {tmp_path / 'new.toml'}", today=TODAY)
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.splitlines()[1].startswith(
        "error: new.toml, line 6, rule 'one', key 'on': 'sail' starts nothing; did"
    )
    assert len(answer.err.splitlines()) == 6
    found = typed(f"rules check {tmp_path / 'new.toml'} --json", today=TODAY)
    assert found.status == 1
    assert [(f["line"], f["rule"], f["key"]) for f in found.json] == FAULTS
    assert "there is no message 'no-such-message' for email" in found.json[3]["reason"]


def test_a_rule_with_a_fault_has_its_title_and_its_messages_checked_too(
    typed: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "new.toml").write_text(
        '[[rule]]\nname = "one"\non = "sale"\nchannels = ["email"]\nmessage = "zzz"\ntitle = "{{ foo }}"\n'
        'priority = "zz"\n[[rule]]\non = "sale"\nchannels = ["fax"]\nmessage = "m"\ntitle = "{{ foo"\n'
    )
    found = typed(f"rules check {tmp_path / 'new.toml'} --json", today=TODAY)
    assert [(f["line"], f["rule"], f["key"]) for f in found.json] == [
        (5, "one", "message"), (6, "one", "title"), (7, "one", "priority"),
        (8, "#2", "name"), (10, "#2", "channels"), (12, "#2", "title"),
    ]  # fmt: skip


def test_a_faulty_home_is_checked_while_other_commands_refuse(
    typed: Callable[..., Any], rules: Callable[[str], None]
) -> None:
    rules(FAULTY)
    assert [(f["line"], f["rule"], f["key"]) for f in typed("rules check --json", today=TODAY).json] == FAULTS
    refused = typed("due", today=TODAY)
    assert refused.status == 1
    assert refused.err.startswith("error: rules.toml, line 2, key 'daily'")
    assert "(and 2 more: see followup rules check)" in refused.err


@pytest.mark.parametrize("text", ["", "not toml", "x = 1\n"])
def test_an_empty_or_unreadable_file_is_told(
    typed: Callable[..., Any], rules: Callable[[str], None], text: str
) -> None:
    rules(text)
    answer = typed("rules check", today=TODAY)
    assert answer.status == 1
    assert answer.err.startswith("error: rules.toml")


def changed(tmp_path: Path, *replacements: tuple[str, str]) -> Path:
    text = RULES
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "new.toml"
    path.write_text(text)
    return path


def test_a_preview_tells_what_would_appear_move_and_vanish(typed: Callable[..., Any], tmp_path: Path) -> None:
    path = changed(
        tmp_path,
        ('"1 business day"', '"2 business days"'),
        ('name = "what-else"', 'name = "large-job"'),
        ('"10 weeks"', '"1 week"\nwhen = "sale.amount > 50"'),
    )
    before = titles(typed)
    answer = typed(f"rules preview {path}", today=TODAY)
    assert answer.out.splitlines() == [
        "change\trule\tcontact\told\tnew\ttitle",
        "move\tthank-you\tAnna Bell\t2026-11-23\t2026-11-24\tThank Anna",
        "appear\tlarge-job\tAnna Bell\t\t2026-11-27\tlarge-job: Anna Bell, Logo",
        "vanish\twhat-else\tAnna Bell\t2027-01-29\t\twhat-else: Anna Bell, Logo",
        "move\tthank-you\tBo Reed\t2026-11-23\t2026-11-24\tThank Bo",
        "vanish\twhat-else\tBo Reed\t2027-01-29\t\twhat-else: Bo Reed, Card",
    ]
    assert answer.err.splitlines() == [
        "thank-you: 2 move",
        "large-job: 1 appear",
        "what-else: 2 vanish",
        "week of 2026-11-23: 1 appear, 2 move",
        "week of 2027-01-25: 2 vanish",
    ]
    assert titles(typed) == before


def test_a_preview_as_json_has_the_changes_and_their_totals(typed: Callable[..., Any], tmp_path: Path) -> None:
    path = changed(tmp_path, ('"10 weeks"', '"11 weeks"'))
    assert typed(f"rules preview {path} --json", today=TODAY).json == {
        "changes": [
            {
                "change": "move",
                "rule": "what-else",
                "contact": name,
                "old": "2027-01-29",
                "new": "2027-02-05",
                "title": f"what-else: {name}, {title}",
            }
            for name, title in (("Anna Bell", "Logo"), ("Bo Reed", "Card"))
        ],
        "by_rule": {"what-else": {"appear": 0, "move": 2, "vanish": 0}},
        "by_week": {"2027-02-01": {"appear": 0, "move": 2, "vanish": 0}},
        "altered": 0,
    }


def test_a_preview_can_be_limited_to_what_is_due_soon(typed: Callable[..., Any], tmp_path: Path) -> None:
    path = changed(tmp_path, ('"10 weeks"', '"11 weeks"'), ('"1 business day"', '"1 week"'))
    found = typed(f'rules preview {path} --ahead "3 weeks" --json', today=TODAY).json
    assert {change["rule"] for change in found["changes"]} == {"thank-you"}


def test_a_preview_counts_what_keeps_its_day_and_changes_otherwise(typed: Callable[..., Any], tmp_path: Path) -> None:
    path = changed(tmp_path, ("Thank {{", "Write to {{"))
    answer = typed(f"rules preview {path}", today=TODAY)
    assert len(answer.out.splitlines()) == 1
    assert answer.err == "2 more keep their day and get another title, channel, message, priority or expiry\n"


def test_the_rules_that_are_in_force_would_change_nothing(typed: Callable[..., Any], home: Path) -> None:
    assert typed(f"rules preview {home / 'rules.toml'} --json", today=TODAY).json["changes"] == []


def test_a_preview_of_a_group_rule_shows_the_one_follow_up_for_everyone(
    typed: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "new.toml"
    path.write_text(
        RULES + '[[rule]]\nname = "newsletter"\non = "calendar"\nschedule = "FREQ=MONTHLY;BYMONTHDAY=1"\n'
        'group = true\nchannels = ["email"]\nmessage = "newsletter"\n'
    )
    found = typed(f"rules preview {path} --json", today=TODAY).json["changes"]
    assert [(c["change"], c["rule"], c["contact"]) for c in found] == [("appear", "newsletter", None)]


@pytest.mark.parametrize("playbook", ["general", "designer", "repair", "photographer", "consultant"])
def test_adopting_does_what_the_preview_said(typed: Callable[..., Any], playbook: str) -> None:
    said = typed(f"rules preview {playbook} --json", today=TODAY).json["changes"]
    answer = typed(f"rules adopt {playbook} --yes --json", today=TODAY).json
    kinds = [change["change"] for change in said]
    assert {kind: answer[kind] for kind in ("appear", "move", "vanish")} == {
        kind: kinds.count(kind) for kind in ("appear", "move", "vanish")
    }
    assert typed(f"rules preview {playbook} --json", today=TODAY).json["changes"] == []


@pytest.mark.parametrize("stdin", [None, "", "n\n"])
@pytest.mark.parametrize("options", ["", "--yes", "--json"])
def test_edited_rules_are_kept_beside_those_that_take_their_place(
    typed: Callable[..., Any], home: Path, piped: Callable[[str | None], None], options: str, stdin: str | None
) -> None:
    piped(stdin)
    answer = typed(f"rules adopt designer {options}", today=TODAY)
    kept = home / "rules.toml.bak-2026-11-20"
    assert (answer.status, answer.err) == (0, f"the rules as they were are in {kept}: undo does not bring them back\n")
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (RULES, 0o600)
    assert (home / "rules.toml").read_text() == playbook_text("designer")


@pytest.mark.parametrize("options", ["", "--json"])
def test_on_a_terminal_it_asks_before_edited_rules_give_way(
    typed: Callable[..., Any], home: Path, typing: Callable[..., None], options: str
) -> None:
    typing("n")
    refused = typed(f"rules adopt designer {options}", today=TODAY)
    assert (refused.status, refused.out) == (1, "")
    assert "followup rules preview designer" in refused.err and "nothing was adopted" in refused.err
    assert [path.name for path in home.glob("rules*")] == ["rules.toml"]
    assert (home / "rules.toml").read_text() == RULES
    typing("y")
    assert typed(f"rules adopt designer {options}", today=TODAY).status == 0
    assert (home / "rules.toml").read_text() == playbook_text("designer")


@pytest.mark.parametrize("line", ["designer --yes", "{home}/rules.toml"])
def test_there_it_asks_nothing_with_yes_or_where_nothing_changes(
    typed: Callable[..., Any], home: Path, typing: Callable[..., None], line: str
) -> None:
    typing("n")
    answer = typed(f"rules adopt {line.format(home=home)}", today=TODAY)
    assert answer.status == 0 and "?" not in answer.err


def test_a_second_copy_of_a_day_gets_a_name_of_its_own(
    typed: Callable[..., Any], rules: Callable[[str], None], home: Path
) -> None:
    typed("rules adopt designer --yes", today=TODAY)
    rules("# mine\n" + RULES)
    assert typed("rules adopt general --yes --json", today=TODAY).json["kept"] == "rules.toml.bak-2026-11-20-2"
    assert (home / "rules.toml.bak-2026-11-20").read_text() == RULES


def test_a_playbook_that_was_not_edited_gives_way_to_another(cli: Callable[..., Any], home: Path) -> None:
    cli("rules adopt designer", today=TODAY)
    answer = cli("rules adopt general --json", today=TODAY)
    assert answer.json == {"playbook": "general", "appear": 0, "move": 0, "vanish": 0, "kept": None}
    assert sorted(path.name for path in home.glob("rules*")) == ["rules.toml"]


def test_a_file_can_be_adopted_as_it_was_previewed(typed: Callable[..., Any], tmp_path: Path, home: Path) -> None:
    path = changed(tmp_path, ('"10 weeks"', '"11 weeks"'))
    answer = typed(f"rules adopt {path} --yes", today=TODAY)
    assert answer.out == "Adopted new.toml. Follow-ups: 0 new, 2 moved, 0 gone.\n"
    assert (home / "rules.toml").read_text() == path.read_text()


@pytest.mark.parametrize("text", ["", FAULTY, "[[rule"])
def test_adopting_mends_a_home_whose_rules_are_missing_or_faulty(
    typed: Callable[..., Any], rules: Callable[[str], None], text: str
) -> None:
    rules(text)
    assert typed("due", today=TODAY).status == 1
    assert typed("rules adopt general --yes", today=TODAY).status == 0
    assert typed("due", today=TODAY).status == 0


@pytest.mark.parametrize("command", ["rules preview", "rules adopt --yes"])
def test_a_faulty_file_is_neither_previewed_nor_adopted(
    typed: Callable[..., Any], tmp_path: Path, home: Path, command: str
) -> None:
    (tmp_path / "new.toml").write_text(FAULTY)
    answer = typed(f"{command} {tmp_path / 'new.toml'}", today=TODAY)
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("error: new.toml, line 2, key 'daily'")
    assert len(answer.err.splitlines()) == 1
    assert (home / "rules.toml").read_text() == RULES


@pytest.mark.parametrize("command", ["check", "preview", "adopt"])
def test_a_file_that_is_not_there_is_refused(typed: Callable[..., Any], command: str) -> None:
    answer = typed(f"rules {command} nowhere.toml", today=TODAY)
    assert answer.status == 1
    assert "there is no file 'nowhere.toml', and no playbook of that name" in answer.err


def test_a_file_that_is_no_text_is_refused(typed: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in typed(f"rules check {tmp_path / 'new.toml'}", today=TODAY).err
