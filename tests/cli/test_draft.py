"""`draft`: the message for a follow-up, where it goes to, and what it says when it cannot be written."""

from __future__ import annotations

import shlex
import stat
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

THANKS = """
[settings]
weekend = "keep"

[[rule]]
name = "thanks"
on = "sale"
channels = ["email", "sms", "chat", "social", "post", "visit", "phone"]
message = "thanks"
"""


@pytest.fixture
def message(home: Path) -> Callable[[str, str], None]:
    """Writes a message of the home's own: `message("thanks.email", "Subject: …")`."""

    def write(name: str, text: str) -> None:
        (home / "templates").mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "templates" / f"{name}.j2").write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a line of Python the editor; it has the file as `path`, in the folder `tmp` of the test's own."""
    monkeypatch.delenv("VISUAL", raising=False)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))

    def use(code: str) -> None:
        script = tmp_path / "editor.py"
        script.write_text(f"import os, pathlib, sys\npath = pathlib.Path(sys.argv[1])\n{code}\n", encoding="utf-8")
        monkeypatch.setenv("EDITOR", shlex.join([sys.executable, str(script)]))

    return use


@pytest.fixture
def anna(cli: Callable[..., Any], rules: Callable[[str], None], message: Callable[[str, str], None]) -> int:
    """The follow-up for Anna's sale, with a message of its own on three channels."""
    rules(THANKS)
    message("thanks.email", "Subject: Thanks, {{ contact.first_name }}\n\n{{ sale.title }}: {{ sale.amount|money }}\n")
    message("thanks.sms", "Thanks for {{ sale.title }}")
    message("thanks.post", "{{ contact.name }}\n{{ contact.address }}")
    assert not cli("contact add 'Anna Grün' --email anna@example.com").status
    sold = cli("sale add Anna 'Logo & Co' --amount 1200 --json")
    return int(sold.json["planned"][0]["id"])


def only(result: Any) -> dict[str, Any]:
    assert not result.status, result.err
    (draft,) = result.json
    return dict(draft)


def test_an_email_is_shown_with_address_and_subject_above_its_body(cli: Callable[..., Any], anna: int) -> None:
    assert cli(f"draft {anna}").out == "To: anna@example.com\nSubject: Thanks, Anna\n\nLogo & Co: €1,200.00\n"


def test_the_json_has_what_sends_it(cli: Callable[..., Any], anna: int) -> None:
    assert only(cli(f"draft {anna} --json")) == {
        "followup": anna,
        "channel": "email",
        "to": "anna@example.com",
        "subject": "Thanks, Anna",
        "body": "Logo & Co: €1,200.00",
        "link": "mailto:anna@example.com?subject=Thanks%2C%20Anna&body=Logo%20%26%20Co%3A%20%E2%82%AC1%2C200.00",
        "network": None,
        "bcc": [],
        "uid": cli("due --ahead 1m --json").json[0]["uid"],
        "title": "thanks: Anna Grün, Logo & Co",
        "name": "Anna Grün",
        "language": "en",
        "note": None,
    }


def test_a_person_with_one_line_in_due_stands_for_it(cli: Callable[..., Any], anna: int) -> None:
    assert only(cli("draft anna --json"))["followup"] == anna


def test_several_drafts_are_separated_by_a_line(cli: Callable[..., Any], anna: int) -> None:
    cli("remind anna today 'Send the files' --channel email")
    first, between, second = cli(f"draft {anna} {anna + 1}").out.partition("\n" + "-" * 72 + "\n")
    assert first.startswith("To: anna@example.com\nSubject: Thanks")
    assert between
    assert second.startswith("To: anna@example.com\n\n# Send the files\n")


def test_drafting_changes_nothing(cli: Callable[..., Any], anna: int) -> None:
    before = cli("due --all --ahead 1y --json").out, cli("undo --list").out
    cli(f"draft {anna}")
    assert (cli("due --all --ahead 1y --json").out, cli("undo --list").out) == before


def test_another_channel_can_be_asked_for(cli: Callable[..., Any], anna: int) -> None:
    cli("contact edit anna --phone '+49 (0)170 123'")
    draft = only(cli(f"draft {anna} --channel sms --json"))
    assert (draft["channel"], draft["to"], draft["subject"]) == ("sms", "+49 (0)170 123", None)
    assert draft["link"] == "sms:+49170123?body=Thanks%20for%20Logo%20%26%20Co"


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("fax", "'fax' is no channel"),
        ("''", "the channel is empty"),
        ("sms", "Anna Grün has no phone number"),
        ("chat", "Anna Grün has no chat handle"),
        ("social", "Anna Grün has no social handle"),
        ("visit", "Anna Grün has no postal address"),
    ],
)
def test_a_channel_that_does_not_reach_them_is_refused(
    cli: Callable[..., Any], anna: int, channel: str, words: str
) -> None:
    result = cli(f"draft {anna} --channel {channel} --json")
    assert (result.status, result.out) == (1, "")
    assert words in result.err


def test_a_channel_that_they_opted_out_of_is_refused(cli: Callable[..., Any], anna: int) -> None:
    cli("contact edit anna --phone 123456")
    cli("contact opt-out anna --channel sms")
    result = cli(f"draft {anna} --channel sms")
    assert (result.status, result.out) == (1, "")
    assert "Anna Grün opted out of sms" in result.err


def test_where_nothing_reaches_them_the_refusal_says_what_is_missing(
    cli: Callable[..., Any], rules: Callable[[str], None]
) -> None:
    rules(THANKS.replace('["email", "sms", "chat", "social", "post", "visit", "phone"]', '["email", "post"]'))
    cli("contact add Ben --phone 123456")
    followup = cli("sale add Ben Site --json").json["planned"][0]
    assert followup["channel"] is None
    result = cli(f"draft {followup['id']}")
    assert (result.status, result.out) == (1, "")
    assert "Ben has no e-mail address and no postal address" in result.err


def test_a_message_that_nobody_wrote_is_refused_with_the_place_for_it(
    cli: Callable[..., Any], anna: int, home: Path
) -> None:
    cli("contact edit anna --address 'Lane 1'")
    result = cli(f"draft {anna} --channel visit")
    assert result.status == 1
    assert str(home / "templates" / "thanks.visit.j2") in result.err


def test_a_fault_in_the_message_is_refused_with_file_and_line(
    cli: Callable[..., Any], anna: int, message: Callable[[str, str], None]
) -> None:
    message("thanks.email", "Subject: x\n\n{{ sale.titel }}")
    result = cli(f"draft {anna}")
    assert (result.status, result.out) == (1, "")
    assert "thanks.email.j2, line 3: sale has no 'titel'" in result.err


def test_a_chat_goes_to_the_first_network_that_they_have(
    cli: Callable[..., Any], anna: int, message: Callable[[str, str], None]
) -> None:
    message("thanks.chat", "Hi")
    cli("contact edit anna --handle telegram:@anna --handle whatsapp:+49170123")
    draft = only(cli(f"draft {anna} --channel chat --json"))
    assert (draft["to"], draft["network"], draft["link"]) == (
        "+49170123",
        "whatsapp",
        "https://wa.me/49170123?text=Hi",
    )
    assert cli(f"draft {anna} --channel chat").out.startswith("To: +49170123 (whatsapp)\n\nHi")


def test_a_card_has_the_address_and_no_link(cli: Callable[..., Any], anna: int) -> None:
    cli("contact edit anna --address 'Lane 1\nTown'")
    draft = only(cli(f"draft {anna} --channel post --json"))
    assert (draft["to"], draft["body"], draft["link"]) == ("Lane 1\nTown", "Anna Grün\nLane 1\nTown", None)
    assert cli(f"draft {anna} --channel post").out.startswith("To: Lane 1, Town\n\n")


def test_the_message_is_in_the_language_of_the_contact(
    cli: Callable[..., Any], anna: int, message: Callable[[str, str], None]
) -> None:
    message("thanks.email.de", "Subject: Danke\n\n{{ sale.amount|money }}, {{ sale.completed|day }}")
    assert only(cli(f"draft {anna} --json"))["subject"] == "Thanks, Anna"
    cli("contact edit anna --language de")
    assert only(cli(f"draft {anna} --json"))["body"] == "1.200,00 €, 22. November 2026"


@pytest.mark.parametrize(
    ("channel", "language", "body"),
    [
        ("email", "en", "# Send the files\n\nHello Anna,\n\n\n\nKind regards,\n[your name]"),
        ("email", "de", "# Send the files\n\nGuten Tag Anna Grün,\n\n\n\nFreundliche Grüße\n[your name]"),
        ("post", "fr", "# Send the files\n\nBonjour Anna,\n\n\n\nBien cordialement,\n[your name]"),
        ("sms", "it", "# Send the files\n\nHello Anna,\n\n\n\nKind regards,\n[your name]"),
        ("phone", "de", "Send the files"),
        ("visit", "de", "Send the files"),
    ],
)
def test_a_reminder_is_a_note_to_oneself_above_a_letter_to_write(
    cli: Callable[..., Any], anna: int, channel: str, language: str, body: str
) -> None:
    cli(f"contact edit anna --language {language} --phone 123456 --address Lane")
    made = cli("remind anna today 'Send the files' --json").json
    draft = only(cli(f"draft {made['id']} --channel {channel} --json"))
    assert (draft["subject"], draft["body"], draft["note"]) == (None, body, "Send the files")


def test_the_note_of_a_reminder_is_gone_once_the_letter_is_written(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None]
) -> None:
    made = cli("remind anna today 'Send the files' --channel email --json").json
    editor("path.write_text(path.read_text().replace('Subject:', 'Subject: Your files').replace('Anna,', 'Anna!'))")
    draft = only(cli(f"draft {made['id']} --edit --json"))
    assert (draft["subject"], draft["body"].partition("\n")[0]) == ("Your files", "Hello Anna!")
    editor("path.write_text(path.read_text().partition('Hello')[0])")
    assert cli(f"draft {made['id']} --edit").status == 1


def test_an_e_mail_that_was_written_without_a_subject_is_refused(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None]
) -> None:
    made = cli("remind anna today 'Send the files' --channel email --json").json
    editor("path.write_text(path.read_text().replace('Hello', 'Hi'))")
    result = cli(f"draft {made['id']} --edit")
    assert (result.status, result.out) == (1, "")
    assert "the subject is empty: write one" in result.err


def test_a_reminder_for_someone_who_cannot_be_reached_is_refused(cli: Callable[..., Any], anna: int) -> None:
    cli("contact add Ben")
    made = cli("remind Ben today Write --channel email --json").json
    result = cli(f"draft {made['id']}")
    assert (result.status, result.out) == (1, "")
    assert "Ben has no e-mail address" in result.err


GROUP = """
[[rule]]
name = "news"
on = "calendar"
schedule = "FREQ=MONTHLY;BYMONTHDAY=1"
when = "'news' in contact.tags"
channels = ["email", "sms"]
message = "news"
group = true
"""


def test_a_group_gets_one_draft_with_everyone_in_bcc_but_those_who_opted_out(
    cli: Callable[..., Any], rules: Callable[[str], None], message: Callable[[str, str], None]
) -> None:
    rules(GROUP)
    message("news.email", "Subject: News\n\nfrom {{ me.signature }}")
    for name in ("Zoe", "Ben", "Cat", "Dan"):
        cli(f"contact add {name} --email {name.lower()}@example.com --tag news")
    cli("contact add Eve --email eve@example.com")
    cli("contact opt-out Cat")
    cli("contact opt-out Dan --channel email")
    cli("contact edit Dan --phone 123456")
    (followup,) = cli("due --ahead 1m --json").json
    draft = only(cli(f"draft {followup['id']} --json"))
    assert (draft["to"], draft["bcc"]) == ("", ["ben@example.com", "zoe@example.com"])
    assert draft["link"].startswith("mailto:?bcc=ben@example.com,zoe@example.com&subject=News")
    assert cli(f"draft {followup['id']}").out.startswith("Bcc: ben@example.com, zoe@example.com\nSubject: News\n\n")


def test_a_message_to_a_group_that_names_a_contact_is_refused(
    cli: Callable[..., Any], rules: Callable[[str], None], message: Callable[[str, str], None]
) -> None:
    rules(GROUP)
    message("news.email", "Subject: News\n\nDear {{ contact.name }}")
    cli("contact add Ben --email ben@example.com --tag news")
    (followup,) = cli("due --ahead 1m --json").json
    result = cli(f"draft {followup['id']}")
    assert result.status == 1
    assert "line 3: 'name' is asked of something that is absent" in result.err


@pytest.mark.parametrize(
    ("rule", "steps", "source", "body"),
    [
        (
            'on = "service"\nbefore = "2 weeks"',
            ["sale add Ben Boiler --on 2025-11-30 --service-every 1y"],
            "{{ sale.next_service|day }}, due {{ due|day }}, today {{ today|day }}",
            "30 November 2026, due 16 November 2026, today 22 November 2026",
        ),
        (
            'on = "service"\nbefore = "2 weeks"',
            ["sale add Ben Boiler --on 2023-11-30 --service-every 1y"],
            "{{ sale.next_service|day }}",
            "30 November 2026",
        ),
        (
            'on = "silence"\nafter = "1.5 x usual"\nfallback = "6 months"',
            [f"sale add Ben Flyer --on {day}" for day in ("2026-06-01", "2026-07-13", "2026-08-24")],
            "{{ usual }}, {{ sale is none }}, {{ contact.bought|join(', ') }}",
            "6 weeks, True, Flyer",
        ),
        (
            'on = "silence"\nafter = "1 month"',
            ["sale add Ben Flyer --on 2026-10-10"],
            "{{ usual is none }}",
            "True",
        ),
        (
            'on = "feedback"',
            ["sale add Ben Logo --on 2026-11-02", "log feedback Ben 'fine' --rating 9 --sale 1"],
            "{{ event.rating }}, {{ event.text }}, {{ sale.title }}, {{ sale.number }}",
            "9, fine, Logo, 1",
        ),
    ],
)
def test_a_message_sees_the_facts_that_its_follow_up_came_from(
    cli: Callable[..., Any],
    rules: Callable[[str], None],
    message: Callable[[str, str], None],
    rule: str,
    steps: list[str],
    source: str,
    body: str,
) -> None:
    rules(f'[settings]\nweekend = "keep"\n[[rule]]\nname = "m"\nmessage = "m"\nchannels = ["email"]\n{rule}\n')
    message("m.email", f"Subject: x\n\n{source}")
    cli("contact add Ben --email ben@example.com")
    for step in steps:
        assert not cli(step).status
    (followup,) = cli("due --json").json
    assert only(cli(f"draft {followup['id']} --json"))["body"] == body


def test_no_text_of_a_person_becomes_a_header(
    cli: Callable[..., Any], anna: int, message: Callable[[str, str], None]
) -> None:
    message("thanks.email", "Subject: {{ contact.notes }}\n\nbody")
    cli("contact edit anna --note 'one\nBcc: all@example.com\n\ntwo'")
    draft = only(cli(f"draft {anna} --json"))
    assert (draft["subject"], draft["body"]) == ("one Bcc: all@example.com two", "body")


def test_what_was_typed_in_the_editor_is_the_draft(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None]
) -> None:
    editor("path.write_text(path.read_text().replace('Thanks', 'Many thanks').replace('Co:', 'Co now:'))")
    draft = only(cli(f"draft {anna} --edit --json"))
    assert (draft["subject"], draft["body"]) == ("Many thanks, Anna", "Logo & Co now: €1,200.00")
    assert "subject=Many%20thanks" in draft["link"]
    assert "Co%20now" in draft["link"]


def test_the_file_in_the_editor_is_private_and_gone_afterwards(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None], tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    editor(f"pathlib.Path({str(seen)!r}).write_text(f'{{path}} {{os.stat(path).st_mode}}')")
    cli(f"draft {anna} --edit")
    path, mode = seen.read_text().split()
    assert stat.S_IMODE(int(mode)) == 0o600
    assert not type(tmp_path)(path).exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("path.write_text('')", "was emptied"),
        ("path.write_text('Subject: x')", "was emptied"),
        ("path.write_text('no subject')", "the edited draft, line 1: an e-mail begins with a line 'Subject: …'"),
        ("sys.exit(3)", "ended with status 3"),
    ],
)
def test_an_edit_that_leaves_no_draft_is_refused(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None], code: str, words: str
) -> None:
    editor(code)
    result = cli(f"draft {anna} --edit")
    assert (result.status, result.out) == (1, "")
    assert words in result.err


@pytest.mark.parametrize(
    ("line", "typed", "words"),
    [
        ("draft {} --edit", "Subject:\n\nA long letter", "the subject is empty"),
        ("draft {} --edit --imap", "Subject: x\n\nA long letter", "no mailbox is configured"),
    ],
)
def test_what_was_written_is_kept_where_it_cannot_be_used(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None], line: str, typed: str, words: str, tmp_path: Path
) -> None:
    editor(f"path.write_text({typed!r})")
    result = cli(line.format(anna))
    (kept,) = (tmp_path / "tmp").iterdir()
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)
    assert words in result.err
    assert result.err.endswith(f"; what you wrote is in {kept}\n")
    assert kept.read_text() == typed
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_refused_before_anybody_types(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None], tmp_path: Path
) -> None:
    editor("path.write_text('Subject: x\\n\\nA long letter')")
    result = cli(f"draft {anna} --edit --eml /nowhere/x")
    assert result.err.startswith("error: /nowhere/x cannot be written")
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize("code", ["pass", "path.write_text('')"])
def test_where_nothing_was_written_nothing_is_kept(
    cli: Callable[..., Any], anna: int, editor: Callable[[str], None], code: str, tmp_path: Path
) -> None:
    editor(code)
    assert cli(f"draft {anna} --edit --imap").status == 1
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize(
    ("there", "taken"), [(("vi",), "vi"), (("nano", "vi"), "nano"), (("editor", "nano", "vi"), "editor")]
)
def test_who_has_set_no_editor_gets_a_usual_one(
    cli: Callable[..., Any],
    anna: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    there: tuple[str, ...],
    taken: str,
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in there:
        (folder / name).write_text(f"#!/bin/sh\nprintf 'Subject: x\\n\\nby {name}' > \"$1\"\n")
        (folder / name).chmod(0o755)
    assert cli(f"draft {anna} --edit --json").json[0]["body"] == f"by {taken}"


def test_drafts_that_nobody_signs_say_so_once_and_not_in_the_document(
    cli: Callable[..., Any], home: Path, anna: int, message: Callable[[str, str], None]
) -> None:
    message("thanks.email", "Subject: Thanks\n\n{{ me.signature }}")
    (home / "config.toml").write_text("[business]\n", encoding="utf-8")
    result = cli("draft --all --json")
    assert "[your name]" in result.json[0]["body"]
    said = "drafts are signed [your name]: write owner, or signature, into config.toml, [business]\n"
    assert result.err == said
    (home / "config.toml").write_text('[business]\nowner = "Nora"\n', encoding="utf-8")
    assert cli("draft --all").err == ""


@pytest.mark.parametrize(("command", "words"), [("", "no editor is set"), ("nowhere/editor", "cannot be started")])
def test_without_an_editor_edit_says_what_to_set(
    cli: Callable[..., Any], anna: int, monkeypatch: pytest.MonkeyPatch, command: str, words: str
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("VISUAL", command)
    monkeypatch.setenv("PATH", "/nowhere")
    result = cli(f"draft {anna} --edit")
    assert result.status == 1
    assert words in result.err
    assert "$VISUAL or $EDITOR" in result.err


def test_a_draft_has_the_same_days_as_the_title(
    cli: Callable[..., Any], rules: Callable[[str], None], message: Callable[[str, str], None], home: Path
) -> None:
    cli("init --yes")
    config = (home / "config.toml").read_text(encoding="utf-8")
    (home / "config.toml").write_text(
        config.replace('["mon", "tue", "wed", "thu", "fri"]', '["mon"]'), encoding="utf-8"
    )
    rules(THANKS + 'title = "{{ sale.runs_out }}"\n')
    message("thanks.email", "Subject: {{ sale.runs_out }}\n\n{{ sale.next_service }}\n")
    cli("sale add Anna Ink --new --email a@example.com --lasts '3 business days' --service-every '2 business days'")
    (found,) = cli("due --json").json
    (draft,) = cli(f"draft {found['id']} --json").json
    assert (found["title"], draft["subject"], draft["body"].strip()) == ("2026-12-07", "2026-12-07", "2026-11-30")


@pytest.mark.parametrize(("today", "promised"), [("2026-11-23", True), ("2026-11-24", True), ("2026-11-25", False)])
def test_an_answer_is_promised_by_a_day_only_as_long_as_that_day_is_not_over(
    cli: Callable[..., Any], today: str, promised: bool
) -> None:
    cli("contact add Ben --email ben@example.com", today="2026-11-23")
    cli("log complaint ben 'too dark' --by 2026-11-24", today="2026-11-23")
    (ack,) = (f for f in cli("due --all --json", today=today).json if f["rule"] == "complaint-ack")
    body = cli(f"draft {ack['id']}", today=today).out
    assert ("by 24 November 2026" in body) == promised
