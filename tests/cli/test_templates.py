"""`templates`: which messages there are, what they say, what is wrong with them, and wording of one's own."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from followup.drafting import lookup
from followup.store.book import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = """
[[rule]]
name = "thanks"
on = "sale"
channels = ["email", "sms"]
message = "thank-you"

[[rule]]
name = "party"
on = "birthday"
channels = ["social"]
message = "party"
"""


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped messages in place of the real one."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    mail = "Subject: Thanks\n\nThanks for {{ sale.title }}\n"
    texts = {"email": mail, "email.de": "Subject: Danke\n\nDanke\n", "phone": "- thank them\n", "sms": "Thanks\n"}
    for name, text in texts.items():
        (folder / f"thank-you.{name}.j2").write_text(text, encoding="utf-8")
    monkeypatch.setattr(lookup, "SHIPPED", folder)
    return folder


@pytest.fixture
def message(home: Path) -> Callable[[str, str], Path]:
    """Writes a message of the home's own."""

    def write(name: str, text: str) -> Path:
        (home / "templates").mkdir(mode=0o700, parents=True, exist_ok=True)
        path = home / "templates" / f"{name}.j2"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a line of Python the editor; it has the file as `path`."""
    monkeypatch.delenv("VISUAL", raising=False)

    def use(code: str) -> None:
        script = tmp_path / "editor.py"
        script.write_text(f"import pathlib, sys\npath = pathlib.Path(sys.argv[1])\n{code}\n", encoding="utf-8")
        monkeypatch.setenv("EDITOR", shlex.join([sys.executable, str(script)]))

    return use


def reasons(cli: Callable[..., Any]) -> list[tuple[str, int | None, str]]:
    """What `templates check` found: message, line, reason."""
    result = cli("templates check --json")
    assert result.status == (1 if result.json else 0)
    return [(fault["message"], fault["line"], fault["reason"]) for fault in result.json]


def test_the_list_says_where_each_comes_from_and_which_rules_use_it(
    cli: Callable[..., Any], rules: Callable[[str], None], message: Callable[[str, str], Path]
) -> None:
    rules(RULES)
    path = message("thank-you.sms", "Thanks")
    listed = {(m["message"], m["channel"]): m for m in cli("templates list --json").json if not m["language"]}
    assert listed["thank-you", "sms"] == {
        "message": "thank-you",
        "channel": "sms",
        "language": None,
        "from": "yours",
        "file": str(path),
        "rules": ["thanks"],
    }
    assert listed["thank-you", "email"]["from"] == "shipped"
    assert listed["thank-you", "phone"]["rules"] == []
    assert "thank-you\tsms\t\tyours\tthanks" in cli("templates list").out.splitlines()


def test_one_message_is_shown_as_it_is_written(cli: Callable[..., Any], message: Callable[[str, str], Path]) -> None:
    message("party.social", "Hey {{ contact.first_name }}\n")
    assert cli("templates show party.social").out == "Hey {{ contact.first_name }}\n"


def test_a_name_alone_shows_all_its_channels(cli: Callable[..., Any], message: Callable[[str, str], Path]) -> None:
    message("party.sms", "short\n")
    message("party.social", "long\n")
    assert cli("templates show party").out == "--- party.sms (yours)\nshort\n\n--- party.social (yours)\nlong\n"
    assert [m["text"] for m in cli("templates show party --json").json] == ["short\n", "long\n"]


def test_an_unknown_message_is_refused_with_the_nearest(cli: Callable[..., Any]) -> None:
    result = cli("templates show thank-yuo.email")
    assert (result.status, result.out) == (1, "")
    assert "did you mean 'thank-you.email'?" in result.err


def test_what_ships_has_no_faults(cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "SHIPPED", TEMPLATES / "messages")
    assert reasons(cli) == []
    assert "no faults" in cli("templates check").err


def test_check_tells_every_fault_at_once(
    cli: Callable[..., Any], rules: Callable[[str], None], message: Callable[[str, str], Path], home: Path
) -> None:
    rules(RULES)
    message("thank-you.email", "Dear {{ contact.name }}")
    message("thank-you.sms", "a\n{{ sale.titel }}")
    message("thank-you.visit", "{% if %}")
    message("old.email", "{{ contact.name|nosuch }}")
    message("thank-you.fax", "x")
    found = reasons(cli)
    assert [(name, line) for name, line, _ in found] == [
        ("thank-you.fax.j2", None),
        ("old.email", 1),
        ("thank-you.email", 1),
        ("thank-you.sms", 2),
        ("thank-you.visit", 1),
        ("party.social", None),
    ]
    assert "NAME.CHANNEL.j2" in found[0][2]
    assert "'Subject: …'" in found[2][2]
    assert "did you mean 'title'?" in found[3][2]
    assert str(home / "templates" / "party.social.j2") in found[5][2]


def test_check_names_the_fault_in_a_table_and_exits_with_1(
    cli: Callable[..., Any], rules: Callable[[str], None]
) -> None:
    rules(RULES)
    result = cli("templates check")
    assert result.status == 1
    assert result.out.splitlines()[0] == "message\tline\trule\treason"
    assert result.out.splitlines()[1].startswith("party.social\t\tparty\tthere is no message 'party' for social")
    assert "error: the messages have 1 fault: mend them with followup templates edit\n" in result.err


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{{ sale.title }}", "'title' is asked of something that is absent"),
        ("{% if sale %}{{ sale.title }}{% endif %}", None),
        ("{{ event.rating }}", "'rating' is asked of something that is absent"),
        ("{{ contact.birthday|day }} {{ usual }}", None),
        ("{{ contact.company|upper }}", None),
        ("{% if contact.company %}{{ contact.compny }}{% endif %}", "did you mean 'company'?"),
        ("x" * 281, "grows to 281 characters with ordinary names: 280 are the most"),
        ("x" * 280, None),
    ],
)
def test_a_message_is_tried_on_what_its_rule_can_meet(
    cli: Callable[..., Any],
    rules: Callable[[str], None],
    message: Callable[[str, str], Path],
    text: str,
    fault: str | None,
) -> None:
    rules(RULES)
    message("party.social", text)
    found = [reason for name, _, reason in reasons(cli) if name == "party.social"]
    assert len(found) == (fault is not None)
    assert not fault or fault in found[0]


@pytest.mark.parametrize(
    ("rule", "text", "good"),
    [
        ('on = "feedback"', "{{ event.rating }} {{ event.of.name }}", False),
        ('on = "feedback"', "{{ sale.title }}", False),
        ('on = "feedback"\nwhen = "sale.title"', "{{ sale.title }}", True),
        ('on = "sale"', "{{ sale.title }} {{ sale.amount|money }}", True),
        ('on = "service"', "{{ sale.next_service|day }}", True),
        ('on = "date:trial"', "{{ sale.title }}", False),
        ('on = "date:trial"', "{{ (sale or contact).dates.trial|day }}", True),
        ('on = "complaint-closed"', "{{ event.outcome|upper }} {{ event.closed_on|day }}", True),
        ('on = "calendar"\nschedule = "FREQ=MONTHLY"\ngroup = true', "{{ contact.name }}", False),
        ('on = "calendar"\nschedule = "FREQ=MONTHLY"', "{{ contact.name }}", True),
    ],
)
def test_what_a_start_implies_may_be_used_without_asking(
    cli: Callable[..., Any],
    rules: Callable[[str], None],
    message: Callable[[str, str], Path],
    rule: str,
    text: str,
    good: bool,
) -> None:
    rules(f'[[rule]]\nname = "m"\nmessage = "m"\nchannels = ["sms"]\n{rule}\n')
    message("m.sms", text)
    assert (reasons(cli) == []) == good


def test_a_text_message_of_more_than_160_characters_is_a_fault(
    cli: Callable[..., Any], rules: Callable[[str], None], message: Callable[[str, str], Path]
) -> None:
    rules(RULES)
    message("party.social", "x")
    message("thank-you.sms", "x" * 140 + "{{ sale.title }}")
    assert [reason.split(":")[1] for *_, reason in reasons(cli)] == [" 160 are the most"]


def test_your_own_wording_starts_from_the_shipped_one_and_takes_its_place(
    cli: Callable[..., Any], home: Path, editor: Callable[[str], None]
) -> None:
    editor("path.write_text(path.read_text() + 'Bye')")
    result = cli("templates edit thank-you.sms")
    path = home / "templates" / "thank-you.sms.j2"
    assert result.status == 0
    assert f"{path} is what is sent now" in result.err
    assert path.read_text() == "Thanks\nBye"
    assert path.stat().st_mode & 0o777 == 0o600
    assert cli("templates show thank-you.sms").out == "Thanks\nBye\n"


def test_your_own_wording_for_all_says_whose_translation_it_stands_before(
    cli: Callable[..., Any], editor: Callable[[str], None]
) -> None:
    editor("path.write_text(path.read_text() + 'Bye')")
    assert "also to those whose language is de." in cli("templates edit thank-you.email").err


def test_a_copy_that_was_not_changed_does_not_stay(
    cli: Callable[..., Any], home: Path, editor: Callable[[str], None]
) -> None:
    editor("pass")
    assert cli("templates edit thank-you.sms").status == 0
    assert not list((home / "templates").iterdir())


@pytest.mark.parametrize(
    ("typed", "origin", "text"),
    [("path.write_text(path.read_text() + 'Bye')", "yours", "Thanks\nBye"), ("pass", "shipped", "Thanks\n")],
)
def test_an_edit_answers_with_the_message_that_is_sent_now(
    cli: Callable[..., Any], home: Path, editor: Callable[[str], None], typed: str, origin: str, text: str
) -> None:
    editor(f"print('an editor draws'); {typed}")
    edited = cli("templates edit thank-you.sms --json").json
    assert [edited] == cli("templates show thank-you.sms --json").json
    assert (edited["message"], edited["channel"], edited["from"], edited["text"]) == ("thank-you", "sms", origin, text)


def test_your_own_file_is_edited_where_it_is(
    cli: Callable[..., Any], message: Callable[[str, str], Path], editor: Callable[[str], None]
) -> None:
    path = message("thank-you.sms", "mine")
    editor("path.write_text(path.read_text() + '!')")
    cli("templates edit thank-you.sms")
    assert path.read_text() == "mine!"


def test_a_fault_that_was_typed_is_told_at_once(cli: Callable[..., Any], editor: Callable[[str], None]) -> None:
    editor("path.write_text('{{ sale.titel }}')")
    result = cli("templates edit thank-you.sms")
    assert result.status == 0
    assert "thank-you.sms, line 1: sale has no 'titel'; did you mean 'title'?" in result.err


def test_a_failing_editor_leaves_no_copy(cli: Callable[..., Any], home: Path, editor: Callable[[str], None]) -> None:
    editor("sys.exit(1)")
    assert cli("templates edit thank-you.sms").status == 1
    assert not list((home / "templates").iterdir())


def test_a_name_with_several_channels_is_refused_with_the_list(cli: Callable[..., Any]) -> None:
    result = cli("templates edit thank-you")
    assert result.status == 1
    assert "say which of thank-you.email, thank-you.phone, thank-you.sms" in result.err


def test_without_an_editor_the_refusal_names_the_file(
    cli: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    result = cli("templates edit thank-you.sms")
    assert result.status == 1
    assert str(home / "templates" / "thank-you.sms.j2") in result.err
    assert not list((home / "templates").iterdir())
