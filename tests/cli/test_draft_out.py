"""`draft` on its ways out: files for mail programs, the morning's pile, the clipboard, the program that sends it."""

from __future__ import annotations

import stat
import subprocess
import sys
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest

from followup.cli import handing
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = """
[settings]
weekend = "keep"

[[rule]]
name = "thanks"
on = "sale"
channels = ["email", "sms", "post"]
message = "thanks"
title = "{{ sale.title }}"
"""


@pytest.fixture(autouse=True)
def _business(cli: Callable[..., Any], home: Path, rules: Callable[[str], None]) -> None:
    """Anna by e-mail (1), Ben by sms (2), Cem by post (3), and Dan whom nothing reaches (4)."""
    rules(RULES)
    (home / "templates").mkdir(mode=0o700)
    for channel, head in (("email", "Subject: Für {{ contact.first_name }}\n\n"), ("sms", ""), ("post", "")):
        (home / "templates" / f"thanks.{channel}.j2").write_text(f"{head}Danke: {{{{ sale.title }}}}", encoding="utf-8")
    config = 'owner = "Nora"\nemail = "nora@example.com"\n'
    (home / "config.toml").write_text(f"[business]\n{config}", encoding="utf-8")
    cli("contact add 'Anna Grün' --email anna@example.com")
    cli("contact add Ben --phone 1234567")
    cli("contact add Cem --address 'Lane 1\nTown'")
    cli("contact add Dan")
    for name, title in (("Anna", "Großes Logo"), ("Ben", "../../etc/passwd"), ("Cem", "東京"), ("Dan", "Site")):
        assert not cli(f"sale add {name} '{title}'").status


def test_an_e_mail_is_written_as_a_draft_that_mail_programs_open(cli: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "anna.eml"
    result = cli(f"draft 1 --eml {file}")
    assert (result.status, result.err) == (0, "")
    assert result.out == f"id\tcontact\tchannel\twhere\n1\tAnna Grün\temail\t{file}\n"
    message: Any = message_from_bytes(file.read_bytes(), policy=policy.SMTP)
    assert message["X-Unsent"] == "1"
    assert str(message["To"]) == "Anna Grün <anna@example.com>"
    assert str(message["From"]) == "Nora <nora@example.com>"
    assert message["Subject"] == "Für Anna"
    assert message.get_content() == "Danke: Großes Logo\r\n"
    assert message["Content-Language"] == "en"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_is_the_same_file_byte_for_byte(cli: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("a", "b"):
        cli(f"draft 1 --eml {tmp_path / name}")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_dash_is_stdout_with_nothing_else_there(cli: Callable[..., Any], tmp_path: Path) -> None:
    cli(f"draft 1 --eml {tmp_path / 'a'}")
    command = [sys.executable, "-m", "followup", "--today", "2026-11-22", "draft", "1", "--eml", "-"]
    result = subprocess.run(command, capture_output=True, check=True)
    assert (result.stdout, result.stderr) == ((tmp_path / "a").read_bytes(), b"")


def test_json_says_where_it_is(cli: Callable[..., Any], tmp_path: Path) -> None:
    (draft,) = cli(f"draft 1 --eml {tmp_path / 'a.eml'} --json").json
    assert (draft["followup"], draft["subject"], draft["file"]) == (1, "Für Anna", str(tmp_path / "a.eml"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("draft 2 --eml {}/x", "follow-up 2 goes by sms, and --eml takes e-mail only: add --channel email"),
        ("draft 1 2 --eml {}/x", "--eml takes one draft, and there are 2"),
        ("draft --all --eml {}/x", "--eml takes one draft, and there are 3"),
        ("draft 1 2 --copy", "--copy takes one draft, and there are 2"),
        ("draft --all --open", "--open takes one draft, and there are 3"),
        ("draft 3 --open", "no program opens what goes by post to Lane 1 Town: leave out --open"),
        ("draft 1 --eml - --json", "--json and the e-mail cannot both be on stdout: name a file"),
        ("draft 1 --eml {}", "is a folder: name a file in it"),
        ("draft 1 --eml {}/file", "/out/file is there already: name another file"),
        ("draft 1 --eml {}/x --to {}", "--eml and --to both write the e-mail into a file: give one of them"),
        ("draft 1 --imap --eml {}/no/x", "/out/no/x cannot be written (No such file or directory): name another file"),
        ("draft 1 --imap --to {}/file/deep", "/out/file/deep cannot be written (Not a directory): name another folder"),
        ("draft 1 --imap --to {}/file", "/out/file cannot be written (File exists): name another folder"),
        ("draft 1 --eml {}/no/x", "cannot be written"),
        ("draft 1 2 --imap", "follow-up 2 goes by sms, and --imap takes e-mail only"),
        ("draft 1 --imap", "no mailbox is configured: write its host and user into config.toml, [mail]"),
        ("draft --all --imap", "no mailbox is configured"),
        ("draft 1 --to {}/file", "/out/file cannot be written (File exists): name another folder"),
        ("draft 1 --to {}/..", "1-grosses-logo.eml cannot be written (Is a directory): name another folder"),
        ("draft 4", "Dan has no e-mail address"),
    ],
)
def test_what_cannot_go_that_way_is_refused(cli: Callable[..., Any], tmp_path: Path, line: str, words: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "file").write_text("mine")
    (tmp_path / "1-grosses-logo.eml").mkdir()
    result = cli(line.replace("{}", str(folder)))
    assert (result.status, result.out) == (1, "")
    assert words in result.err
    assert [path.name for path in folder.iterdir()] == ["file"]


@pytest.mark.parametrize("line", ["draft", "draft 1 --all", "draft --to x"])
def test_either_ids_or_all_are_given(cli: Callable[..., Any], line: str) -> None:
    result = cli(line)
    assert (result.status, result.out) == (2, "")
    assert "the ID of one or more follow-ups, or --all" in result.err


def test_all_are_the_lines_of_todays_list_without_those_that_cannot_be_drafted(cli: Callable[..., Any]) -> None:
    cli("snooze 2 1w")
    result = cli("draft --all --json")
    assert result.status == 0
    assert [draft["followup"] for draft in result.json] == [1, 3]
    assert result.err == (
        "no draft of 4 (Site): Dan has no e-mail address and no phone number and no postal address: "
        "followup contact edit 4 adds one, or name another with --channel\n"
    )
    assert cli("draft --all").out.count("Danke:") == 2


def test_a_faulty_message_costs_only_its_own_draft(cli: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    (home / "templates" / "thanks.sms.j2").write_text("{{ sale.titel }}")
    result = cli(f"draft --all --to {tmp_path / 'pile'}")
    assert (result.status, result.err.count("no draft of")) == (0, 2)
    assert "line 1: sale has no 'titel'" in result.err
    assert len(list((tmp_path / "pile").iterdir())) == 2


def test_nothing_due_is_an_empty_pile(cli: Callable[..., Any], tmp_path: Path) -> None:
    cli("skip 1 2 3 4")
    assert cli("draft --all --json").json == []
    assert cli("draft --all").out == ""
    assert not cli(f"draft --all --to {tmp_path / 'pile'}").status


def test_the_mornings_pile_is_a_private_file_for_each_draft(cli: Callable[..., Any], tmp_path: Path) -> None:
    pile = tmp_path / "deep" / "pile"
    result = cli(f"draft --all --to {pile} --json")
    names = ["1-grosses-logo.eml", "2-etc-passwd.txt", "3-post.txt"]
    assert [draft["file"] for draft in result.json] == [str(pile / name) for name in names]
    assert sorted(path.name for path in pile.iterdir()) == names
    assert {stat.S_IMODE(path.stat().st_mode) for path in pile.iterdir()} == {0o600}
    assert stat.S_IMODE(pile.stat().st_mode) == 0o700
    assert (pile / names[0]).read_bytes().startswith(b"X-Unsent: 1\r\n")
    assert (pile / names[2]).read_text(encoding="utf-8") == "To: Lane 1, Town\n\nDanke: 東京\n"
    assert not list(tmp_path.glob("**/passwd*"))


STAYS = "holds other words than the draft, maybe yours, and stays: delete it to have it written anew"


def test_a_later_pile_writes_over_nothing_that_a_person_has_changed(cli: Callable[..., Any], tmp_path: Path) -> None:
    pile = tmp_path / "pile"
    cli(f"draft --all --to {pile}")
    (pile / "2-notes.txt").write_text("mine")
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (pile / "2-etc-passwd.txt").unlink()
    (pile / "2-etc-passwd.txt").symlink_to(precious)
    (pile / "3-post.txt").write_text("old")
    letter = pile / "1-grosses-logo.eml"
    letter.write_bytes(letter.read_bytes() + b"See you on Monday!\r\n")
    result = cli(f"draft --all --to {pile} --json")
    assert result.status == 0
    assert [line for line in result.err.splitlines() if "stays" in line] == [
        f"{pile / name} {STAYS}" for name in ("1-grosses-logo.eml", "2-etc-passwd.txt", "3-post.txt")
    ]
    assert (pile / "2-notes.txt").read_text() == "mine"
    assert precious.read_text() == "precious"
    assert (pile / "3-post.txt").read_text() == "old"
    assert b"Monday" in letter.read_bytes()


def test_a_draft_that_nobody_changed_gives_way_to_the_new_one(
    cli: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    pile = tmp_path / "pile"
    cli(f"draft --all --to {pile}")
    assert cli(f"draft --all --to {pile}").err.count("\n") == 1  # of Dan
    (home / "templates" / "thanks.email.j2").write_text("Subject: New\n\nOther words")
    assert "stays" not in cli(f"draft --all --to {pile}").err
    assert b"Other words" in (pile / "1-grosses-logo.eml").read_bytes()
    file = tmp_path / "anna.eml"
    assert not cli(f"draft 1 --eml {file}").status
    assert not cli(f"draft 1 --eml {file}").status
    file.write_bytes(file.read_bytes().replace(b"words", b"Words"))
    assert (
        cli(f"draft 1 --eml {file}").err == f"error: {file} is there already: name another file, or delete it first\n"
    )


def test_drafts_that_are_no_longer_due_leave_the_folder_unless_they_may_have_been_changed(
    cli: Callable[..., Any], tmp_path: Path
) -> None:
    pile = tmp_path / "pile"
    cli("sale add Anna Poster")
    cli("contact add Eve --email eve@example.com")
    cli("sale add Eve Logo")
    cli(f"draft 1 2 3 5 6 --to {pile}")
    foreign = (pile / "6-logo.eml").read_bytes()
    (pile / "1-of-another-home.eml").write_bytes(foreign)
    (pile / "7-notes.txt").write_text("mine")
    (pile / "logo.eml").write_bytes(foreign)
    (pile / "5-poster.eml").write_bytes(b"changed")
    cli("done 1 2 5 6")
    cli(f"draft 3 --to {pile}")
    assert len(list(pile.iterdir())) == 8
    result = cli(f"draft --all --to {pile}")
    assert [line for line in result.err.splitlines() if "no draft of today" in line] == [
        f"{pile / '1-grosses-logo.eml'} is no draft of today's list any more, and was removed",
        f"{pile / '1-of-another-home.eml'} {CHANGED}",
        f"{pile / '2-etc-passwd.txt'} {CHANGED}",
        f"{pile / '5-poster.eml'} {CHANGED}",
        f"{pile / '6-logo.eml'} is no draft of today's list any more, and was removed",
    ]
    names = ["1-of-another-home.eml", "2-etc-passwd.txt", "3-post.txt", "5-poster.eml", "7-notes.txt", "logo.eml"]
    assert sorted(path.name for path in pile.iterdir()) == names


CHANGED = "is no draft of today's list, and may have been changed: delete it if it is not to be sent"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("CON", "5-con.txt"),
        ("a\x00b:c*d?<e>|f\\g", "5-a-b-c-d-e-f-g.txt"),
        ("x" * 400, f"5-{'x' * 40}.txt"),
        ("x" * 39 + " y", f"5-{'x' * 39}.txt"),
        ("🎉", "5-post.txt"),
        ("ÀÉÎ õü ß ﬁ", "5-aei-ou-ss-fi.txt"),
        (".hidden.", "5-hidden.txt"),
    ],
)
def test_a_title_becomes_a_name_that_every_system_takes(
    cli: Callable[..., Any], tmp_path: Path, title: str, name: str
) -> None:
    from followup.cli import app

    assert app.run(["--today", "2026-11-22", "sale", "add", "Cem", title.replace("\0", "\x01")]) == 0
    cli(f"draft 5 --to {tmp_path / 'pile'}")
    assert [path.name for path in (tmp_path / "pile").iterdir()] == [name]


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was copied and opened, in order."""
    done: list[tuple[str, str]] = []
    monkeypatch.setattr(handing, "copy", lambda text: done.append(("copy", text)))
    monkeypatch.setattr(handing, "open_link", lambda link: done.append(("open", link)))
    return done


def test_the_body_is_copied_and_the_link_opened_and_the_draft_still_shown(
    cli: Callable[..., Any], handed: list[tuple[str, str]]
) -> None:
    shown = cli("draft 1").out
    result = cli("draft 1 --open --copy")
    assert (result.status, result.out) == (0, shown)
    assert result.err == "copied to the clipboard\nopened in the program that sends it\n"
    link = cli("draft 1 --json").json[0]["link"]
    assert handed == [("copy", "Danke: Großes Logo"), ("open", link)]


def test_with_json_there_is_one_document_all_the_same(cli: Callable[..., Any], handed: list[tuple[str, str]]) -> None:
    assert cli("draft 2 --copy --json").json == cli("draft 2 --json").json
    assert handed == [("copy", "Danke: ../../etc/passwd")]


def test_where_there_is_no_clipboard_the_refusal_is_all(
    cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(text: str) -> None:
        raise Refusal("there is no clipboard: install one")

    monkeypatch.setattr(handing, "copy", refuse)
    result = cli("draft 1 --copy")
    assert (result.status, result.out, result.err) == (1, "", "error: there is no clipboard: install one\n")


def test_hostile_names_stay_text_in_files_and_on_the_screen(cli: Callable[..., Any], tmp_path: Path) -> None:
    from followup.cli import app

    nasty = "Eve\r\nBcc: all\x1b[31m [red]x[/red] \u202e=HYPERLINK(1)"
    assert app.run(["contact", "add", nasty, "--email", "eve@example.com"]) == 0
    assert app.run(["--today", "2026-11-22", "sale", "add", "eve@example.com", nasty]) == 0
    cli("due")
    result = cli(f"draft 5 --to {tmp_path / 'pile'}")
    assert "\x1b" not in result.out
    assert result.out.count("\n") == 2
    (file,) = (tmp_path / "pile").iterdir()
    message: Any = message_from_bytes(file.read_bytes(), policy=policy.SMTP)
    assert "Bcc" not in message
    assert [one.addr_spec for one in message["To"].addresses] == ["eve@example.com"]


@pytest.mark.parametrize("way", ["--to {}", "--eml {}/a.eml"])
@pytest.mark.parametrize("program", ["copy", "open"])
def test_where_nothing_takes_it_no_file_is_left_either(
    cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, program: str
) -> None:
    def nobody(text: str) -> None:
        raise Refusal("there is nobody")

    monkeypatch.setattr(handing, {"copy": "copy", "open": "open_link"}[program], nobody)
    (tmp_path / "out").mkdir()
    assert cli(f"draft 1 {way.format(tmp_path / 'out')} --{program}").status == 1
    assert not list((tmp_path / "out").iterdir())
