"""A user's mistake gets one line that says what was wrong, never a traceback, and changes nothing."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

from followup.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Held = Callable[[], dict[str, object]]

TODAY = "2026-11-22"
NOBODY = 65534


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two contacts, a sale, a complaint and a follow-up that is due, up to date with the day."""
    folder = tmp_path_factory.mktemp("furnished") / "home"
    for line in (
        ["contact", "add", "Maria Lopez", "--email", "maria@example.com"],
        ["contact", "add", "Marco Lopez", "--phone", "+49 30 1234567"],
        ["sale", "add", "maria", "Logo", "--amount", "1200 EUR", "--on", "2026-11-18"],
        ["log", "complaint", "maria", "too slow"],
        ["due"],
    ):
        assert app.run(["--home", str(folder), "--today", TODAY, *line]) == 0
    return folder


@pytest.fixture
def home(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    shutil.copytree(furnished, folder)
    monkeypatch.setenv("FOLLOWUP_HOME", str(folder))
    monkeypatch.delenv("FOLLOWUP_TODAY", raising=False)
    return folder


@pytest.fixture
def refused(cli: Cli, held: Held) -> Callable[..., str]:
    """Types a line, checks that it was refused in one sentence and changed nothing, and gives the sentence."""

    def call(line: str, today: str = TODAY) -> str:
        before = held()
        result = cli(line, today)
        assert (result.status, result.out) == (1, "")
        assert result.err.startswith("error: ")
        assert result.err.count("\n") == 1
        assert held() == before
        return result.err.removeprefix("error: ").rstrip()

    return call


# Who


@pytest.mark.parametrize("line", ["contact show {}", "sale add {} Logo", "log call {}", "remind {} tomorrow x"])
@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("nobody", "nobody is called 'nobody'"),
        ("99", "99"),
        ("99999999999999999999", "99999999999999999999"),
        ("nobody@example.com", "nobody is called 'nobody@example.com'"),
        ("''", "nobody is called ''"),
        ("'* OR \"'", "nobody is called"),
        ("mar", "'mar' could be Maria Lopez (1), Marco Lopez (2): give the id or more of the name"),
        ("lopez", "'lopez' could be Maria Lopez (1), Marco Lopez (2)"),
        ("'mariah lopez'", "nearest are Maria Lopez (1)"),
    ],
)
def test_unknown_and_ambiguous_people(refused: Callable[..., str], line: str, who: str, words: str) -> None:
    assert words in refused(line.format(who))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("remind @vip tomorrow x", "nobody has the tag 'vip'"),
        ("done 99", "there is no follow-up 99"),
        ("done x", "nobody is called 'x'"),
        ("done marco", "Marco Lopez has no line in due today"),
        ("skip 99", "there is no follow-up 99"),
        ("snooze 99 tomorrow", "there is no follow-up 99"),
        ("draft 99", "there is no follow-up 99"),
        ("why 99", "99"),
        ("close 99", "there is no event 99"),
        ("close marco", "Marco Lopez has nothing open"),
        ("event show 99", "there is no event 99"),
        ("event remove 99", "there is no event 99"),
        ("sale show 99", "there is no sale 99"),
        ("sale show x", "'x' is no sale's number"),
        ("sale edit 99 --title x", "there is no sale 99"),
        ("sale cancel 99", "there is no sale 99"),
        ("log call maria --sale 99", "there is no sale 99"),
        ("due --contact nobody", "nobody is called 'nobody'"),
        ("due --rule thank-yuo", "there is no rule 'thank-yuo'"),
        ("templates show nope", "there is no message 'nope'"),
        ("rules adopt nope", "nope"),
        ("rules check nope.toml", "nope.toml"),
    ],
)
def test_what_is_not_there(refused: Callable[..., str], line: str, words: str) -> None:
    assert words in refused(line)


# Values


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sale add maria X --on 2026-02-30", "no day of the calendar"),
        ("sale add maria X --on 2026-13-01", "no day of the calendar"),
        ("sale add maria X --on 0000-00-00", "no day of the calendar"),
        ("sale add maria X --on someday", "'someday' is not a date"),
        ("sale add maria X --on 12", "'12' is not a date"),
        ("sale add maria X --on ''", "the date is empty"),
        ("sale add maria X --on 9999-12-31", "years go from 1900 to 2200"),
        ("sale list --since 31.02.2026", "31.02.2026"),
        ("log call maria --on tomorrow", "lies ahead"),
        ("log call maria --on 2026-11-31", "no day of the calendar"),
        ("log promise maria x --by 2026-02-30", "no day of the calendar"),
        ("done 1 --on 2027-01-01", "lies ahead"),
        ("close 1 --on 2020-01-01", "is before the complaint itself"),
        ("snooze 1 yesterday", "is not after today"),
        ("snooze 1 today", "is not after today"),
        ("remind maria 2026-11-31 x", "no day of the calendar"),
        ("contact add Zoe --birthday 2026-11-23", "is after today"),
        ("contact add Zoe --birthday 1980-02-30", "no day of the calendar"),
        ("contact edit maria --date x=soon", "'soon' is not a date"),
        ("due --ahead soon", "'soon' is not a period"),
        ("due --ahead=-1d", "'-1d' is not a period"),
        ("due --ahead 9999y", "too long"),
        ("sale add maria X --warranty forever", "'forever' is not a period"),
        ("contact edit maria --every 0d", "no time at all"),
        ("remind maria tomorrow x --every 0d", "period"),
    ],
)
def test_impossible_days_and_periods(refused: Callable[..., str], line: str, words: str) -> None:
    assert words in refused(line)


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("2026-02-30", "no day of the calendar"),
        ("2026-13-01", "no day of the calendar"),
        ("", "the date is empty"),
        ("someday", "'someday' is not a date"),
        ("12", "'12' is not a date"),
        ("9999-12-31", "years go from 1900 to 2200"),
        ("0001-01-01", "years go from 1900 to 2200"),
    ],
)
def test_a_today_that_is_no_day(refused: Callable[..., str], today: str, words: str) -> None:
    assert words in refused("due", today)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("-5", "is negative"),
        ("-0.01 EUR", "is negative"),
        ("abc", "is no amount of money"),
        ("1e9", "is no amount of money"),
        ("NaN", "is no amount of money"),
        ("1,2,3", "is no amount of money"),
        ("12,34,567", "is no amount of money"),
        ("10 EUR 5 USD", "is no amount of money"),
        ("$10 EUR", "names two currencies"),
        ("EUR 10 USD", "names two currencies"),
        ("12 XYZ", "is no currency known here"),
        ("99999999999999999999", "is too much"),
        ("1.2345", ""),
    ],
)
@pytest.mark.parametrize(
    "line", ["sale add maria X --amount='{}'", "sale edit 1 --amount='{}'", "log card maria --cost='{}'"]
)
def test_absurd_money(refused: Callable[..., str], line: str, amount: str, words: str) -> None:
    assert words in refused(line.format(amount))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("contact add ''", "the name is empty"),
        ("contact add '  '", "the name is empty"),
        ("contact edit maria --name ''", "the name is empty"),
        ("sale add maria ''", "the title is empty"),
        ("remind maria tomorrow ' '", "the text is empty"),
        ("contact add Zoe --email nope", "is not an e-mail address"),
        ("contact add Zoe --email a@b@example.com", "is not an e-mail address"),
        ("contact add Zoe --email zoe@", "is not an e-mail address"),
        ("contact add Zoe --email MARIA@example.com", "belongs to Maria Lopez (1)"),
        ("contact edit marco --email maria@example.com", "belongs to Maria Lopez (1)"),
        ("sale add Zoe Logo --new --email maria@example.com", "belongs to Maria Lopez (1)"),
        ("contact add Zoe --prefer pigeon", "'pigeon' is no channel"),
        ("contact opt-out maria --channel pigeon", "'pigeon' is no channel"),
        ("contact add Zoe --handle aol:zoe", "'aol' is no network"),
        ("contact add Zoe --language klingon", "'klingon' is no language"),
        ("contact lost maria --reason bored", "'bored' is no reason"),
        ("log tantrum maria", "there is no kind of event 'tantrum'"),
        ("log feedback maria --rating 11", "not between 0 and 10"),
        ("log feedback maria --rating x", "'x' is no rating"),
        ("close 1 --outcome kept", "cannot end as 'kept'"),
        ("draft maria --channel phone", "no phone"),
        ("sale add maria X --perk NOPE", "has no perk 'NOPE'"),
        ("sale edit 1", "nothing was given to change"),
        ("init --currency XXQ --yes", "is no currency known here"),
        ("init --country QQ --yes", "QQ"),
        ("away 2026-12-24 2026-12-20", ""),
        ("calendar export /nonexistent/x.ics", "/nonexistent/x.ics"),
        ("calendar export ''", "the file has no name: name one"),
        ("calendar vdir ' '", "the folder has no name: name one"),
        ("backup ''", "the file has no name: name one"),
        ("restore ''", "the file has no name: name one"),
        ("contact export maria ''", "the file has no name: name one"),
        ("draft maria --eml ''", "the file has no name: name one"),
        ("draft maria --to ''", "the folder has no name: name one"),
        ("demo ''", "the folder has no name: name one"),
        ("export ''", "the folder has no name: name one"),
        ("export '' --format vcard", "the folder has no name: name one"),
        ("import archive ''", "the folder has no name: name one"),
        ("import sales nope.csv", "there is no file nope.csv"),
        ("import sales /", "/ is not a file"),
        ("import sales x.csv --map Wer", "is no --map"),
        ("import sales x.csv --date-order YDM", "is no date order"),
    ],
)
def test_other_values_that_cannot_be_accepted(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("Name,Date,Title\nAnna,2026-11-20,Logo\n")
    assert words in refused(line)


@pytest.mark.parametrize("line", ["calendar vdir", "export", "export --format json", "export --format vcard", "demo"])
def test_a_folder_that_may_not_be_written_is_named_and_no_part_of_it(
    cli: Cli, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    def closed(**where: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", f"{where['dir']}/.followup-x.new")

    monkeypatch.setattr("tempfile.mkstemp", closed)
    result = cli(f"{line} {tmp_path}/out")
    assert (result.status, result.out) == (1, "")
    assert result.err == f"error: {tmp_path}/out cannot be written (Permission denied): name another folder\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("deu", "no such command 'deu': did you mean 'due'?"),
        ("due --nope", "no such option: --nope"),
        ("due surplus", "unexpected extra argument"),
        ("done", "missing argument 'ID...'"),
        ("sale add maria", "missing argument 'TITLE'"),
        ("snooze 1", "missing argument 'WHEN'"),
        ("contact lost maria", "missing option '--reason'"),
        ("log promise maria x", "promise needs --by"),
        ("log feedback maria", "feedback needs --rating"),
        ("log referral maria", "referral needs --of"),
        ("import sales", "missing argument 'FILE'"),
        ("import nothing x", "no such command 'nothing'"),
    ],
)
def test_a_wrong_command_line_exits_with_two(cli: Cli, held: Held, line: str, words: str) -> None:
    before = held()
    result = cli(line)
    assert (result.status, result.out) == (2, "")
    error, hint = result.err.splitlines()
    assert error.startswith("error: ") and words in error
    assert hint.startswith("Try 'followup")
    assert held() == before


def test_bytes_that_are_no_text_are_refused(home: Path, held: Held, capsys: pytest.CaptureFixture[str]) -> None:
    before = held()
    assert app.run(["--today", TODAY, "contact", "add", os.fsdecode(b"Zo\xeb")]) == 1
    assert capsys.readouterr().err == "error: a text is not in UTF-8: save or type it in that encoding\n"
    assert held() == before


# Rules, configuration and messages

FAULTY = """\
[settings]
weekend = "sometimes"

[[rule]]
name = "thank-you"
on = "sale"
after = "soon"
channels = ["email"]
message = "thank-you"

[[rule]]
name = "ask"
on = "sales"
channels = ["pigeon"]
message = "thank-you"
when = "sale.amont > 3"
"""


def test_each_fault_of_the_rules_has_its_line_and_key(cli: Cli, home: Path, held: Held) -> None:
    (home / "rules.toml").write_text(FAULTY)
    before = held()
    found = cli("rules check --json")
    assert found.status == 1
    assert [(fault["line"], fault["rule"], fault["key"]) for fault in found.json] == [
        (2, None, "weekend"),
        (7, "thank-you", "after"),
        (13, "ask", "on"),
        (14, "ask", "channels"),
        (16, "ask", "when"),
    ]
    said = cli("rules check")
    assert said.status == 1
    for line, key in ((2, "weekend"), (7, "after"), (13, "on"), (14, "channels"), (16, "when")):
        assert f"rules.toml, line {line}" in said.err and f"key '{key}'" in said.err
    assert held() == before


@pytest.mark.parametrize(
    "line",
    ["due", "due --json", "contact add Zoe", "sale add maria X", "done 1", "why 1", "calendar export x.ics", "undo"],
)
def test_while_the_rules_have_a_fault_every_command_that_plans_names_it(
    refused: Callable[..., str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (home / "rules.toml").write_text(FAULTY.replace('"sometimes"', '"keep"'))
    assert refused(line).startswith("rules.toml, line 7, rule 'thank-you', key 'after': 'soon' is not a period")
    assert not (tmp_path / "x.ics").exists()


def test_the_last_good_plan_is_kept_underneath(cli: Cli, home: Path) -> None:
    before = cli("due --json").json
    good = (home / "rules.toml").read_text()
    (home / "rules.toml").write_text(FAULTY)
    assert cli("due").status == 1
    (home / "rules.toml").write_text(good)
    assert cli("due --json").json == before


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("rules.toml", b"", "rules.toml is missing or empty"),
        ("rules.toml", b"[[rule]", "rules.toml"),
        ("rules.toml", b"\xff\xfe[\0", "rules.toml is not UTF-8 text"),
        ("config.toml", b"[business", "config.toml"),
        ("config.toml", b"\xe4", "config.toml is not UTF-8 text"),
        ("config.toml", b'[business]\ncurrency = "XXQ"\n', "config.toml, line 2, key 'currency'"),
        ("config.toml", b'[schedule]\nworkdays = ["monday"]\n', "config.toml, line 2, key 'workdays'"),
        ("config.toml", b'[schedule]\naway = [["2027-01-02", "2026-12-23"]]\n', "config.toml, line 2, key 'away'"),
    ],
)
def test_text_files_that_cannot_be_read(
    refused: Callable[..., str], home: Path, name: str, content: bytes, words: str
) -> None:
    (home / name).write_bytes(content)
    assert words in refused("due")


@pytest.mark.parametrize("name", ["rules.toml", "config.toml"])
def test_a_folder_in_the_place_of_a_text_file_is_to_be_moved_away(cli: Cli, home: Path, name: str) -> None:
    (home / name).unlink()
    (home / name).mkdir()
    assert cli("due").err == f"error: {home / name} is a folder where a file should be: move it away\n"
    assert cli("init --name Mine").err.startswith(f"error: {home / name}: Is a directory: move it away")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"Subject: {{ sale.titel }}\n\nHi", "thank-you.email.j2, line 1: sale has no 'titel'; did you mean 'title'?"),
        (b"Subject: Hi\n\n{{ nobody }}", "thank-you.email.j2, line 3"),
        (b"Subject: Hi\n\n{{ }", "thank-you.email.j2, line 3"),
        (b"No subject", "thank-you.email.j2"),
        (b"Subject: Hi\n\n\xff", "is not UTF-8 text"),
        (b"Subject: Hi\n\n{{ ().__class__ }}", "thank-you.email.j2, line 3"),
        (b"Subject: Hi\n\n{% for n in range(10 ** 9) %}x{% endfor %}", "thank-you.email.j2, line 3"),
    ],
)
def test_a_message_with_a_fault_is_named_with_its_line(
    cli: Cli, refused: Callable[..., str], home: Path, message: bytes, words: str
) -> None:
    planned = cli("sale add Zoe Cards --new --email zoe@example.com --json").json["planned"]
    thanks = next(followup["id"] for followup in planned if followup["rule"] == "thank-you")
    (home / "templates" / "thank-you.email.j2").write_bytes(message)
    assert words in refused(f"draft {thanks}")


# Files to import


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n\r\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is no text"),
        (bytes(range(256)), "is no text"),
        (b"a,b,c\n1,2,3\n", "no column for the person (name or email) and the day (date) and what was sold"),
        (b"Name,Date,Title,title\nA,2026-11-20,x,y\n", "the column 'title' stands twice"),
        (b"Name,Date,Title\nA,2026-11-20\nB,2026-11-20,x,y\n", "line 2: it has 2 cells where the header has 3; line 3"),
        (b'Name,Date,Title\nA,2026-11-20,"x\n', "a quotation mark is opened in this row and never closed"),
        (b'Name,Date,Title\nA,2026-11-20,"x"y\n', "line 2: a quotation mark stands where none may"),
        (b"Name,Date,Amount\nA,2026-11-20,EUR 5 USD\n", "line 2: 'EUR 5 USD' names two currencies"),
        (b"Name,Date,Amount\nA,2026-11-20,five\n", "line 2: 'five' is no amount of money"),
        (b"Name,Date,Amount\nA,2026-11-20,-5\n", "line 2: a negative amount that names no invoice"),
        (b"Name,Date,Title\nA,2026-02-30,x\n", "line 2: '2026-02-30' is no day of the calendar"),
        (b"Name,Date,Title\nA,,x\n", "line 2: the date is empty"),
        (b"Name,Date,Title\n,2026-11-20,x\n", "line 2: it names nobody"),
        (b"Email,Date,Title\na@b@c,2026-11-20,x\n", "line 2: 'a@b@c' is not an e-mail address"),
    ],
)
def test_files_that_are_no_sales(refused: Callable[..., str], tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    assert words in refused(f"import sales {tmp_path / 'x.csv'}")


# Homes


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_home_that_is_a_file(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("FOLLOWUP_HOME", f"{tmp_path}/file{below}")
    result = cli("due")
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)
    assert result.err.startswith(f"error: {tmp_path}/file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_home_that_is_a_link_to_nothing(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to("nothing")
    monkeypatch.setenv("FOLLOWUP_HOME", f"{tmp_path}/link")
    assert cli("due").err == f"error: {tmp_path}/link is a link that leads nowhere: mend it, or name another folder\n"


@pytest.fixture
def unwritable(furnished: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that this process may read and not write, with a home in it. Root is nobody for the while."""
    folder = Path(mkdtemp())
    shutil.copytree(furnished, folder / "home")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (folder / "unreadable.csv").touch(0)
    monkeypatch.setenv("FOLLOWUP_HOME", str(folder / "home"))
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    yield folder
    if root:
        os.seteuid(0)
    for path in (folder, folder / "home", folder / "home" / "templates"):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.first_start
@pytest.mark.parametrize("line", ["due", "contact add Zoe", "sale add maria X", "undo"])
def test_a_home_that_may_not_be_written(cli: Cli, unwritable: Path, line: str) -> None:
    result = cli(line)
    assert (result.status, result.out, result.err.count("\n")) == (1, "", 1)
    assert "check who owns it and its permissions" in result.err


@pytest.mark.first_start
def test_a_home_that_cannot_be_made(cli: Cli, unwritable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLLOWUP_HOME", str(unwritable / "new"))
    result = cli("due")
    assert result.status == 1
    assert result.err == (
        f"error: {unwritable}/new: Permission denied: check who owns it and its permissions, "
        "or name another folder with --home\n"
    )


@pytest.mark.first_start
def test_a_file_that_may_not_be_read(cli: Cli, unwritable: Path) -> None:
    result = cli(f"import sales {unwritable / 'unreadable.csv'}")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "unreadable.csv cannot be read: Permission denied" in result.err


def test_a_busy_file_is_told(cli: Cli, held: Held, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, **{**options, "timeout": 0.1}))
    with closing(connect(home / "followup.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = cli("contact add Zoe")
        assert cli("due").status == 0
        other.execute("ROLLBACK")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert result.err.startswith("error: another command is using the data file")
    assert held() == before
