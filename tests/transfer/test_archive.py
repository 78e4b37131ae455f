"""The exported home: what is written where, what it never touches, and what is refused when it comes back."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from followup.cli import app
from followup.transfer import archive

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Result

    Cli = Callable[..., Result]
    Held = Callable[[], dict[str, object]]

ANNA = (
    'sale add "Anna Field" Logo --new --email anna@example.com --phone "+49 30 1234" --amount "1200 EUR" --ref 7 '
    '--on 2026-11-18 --note "=1+1"'
)


INVOICES = "Customer,Date,Amount,Invoice\nBen,2026-11-01,50,R-1\n"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with clients, sales, an event, a reminder, and follow-ups done and snoozed; calendars know of them."""
    folder = tmp_path_factory.mktemp("furnished")
    (folder / "invoices.csv").write_text(INVOICES)
    for line in (
        ANNA,
        'contact edit anna --tag "a,b" --handle telegram:@anna --date renewal=2027-01-01 --note "one\ntwo; three"',
        f"calendar export {folder}/before.ics",
        "done 1",
        "snooze 2 2026-12-10",
        "log complaint anna 'too; late'",
        "remind anna 2026-12-24 'Send a card'",
        f"import sales {folder}/invoices.csv",
    ):
        assert app.run(["--home", str(folder / "home"), "--today", "2026-11-22", *shlex.split(line)]) == 0, line
    (folder / "home" / "templates" / "hello.email.j2").write_text("Subject: Hello\n\nHello")
    return folder / "home"


@pytest.fixture
def filled(furnished: Path, home: Path) -> Path:
    shutil.copytree(furnished, home)
    return home


def other(cli: Cli, folder: Path, line: str) -> Result:
    return cli(f"--home {folder} {line}")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


TABLES = ["calendar", "closings", "contacts", "events", "followups", "imports", "reminders", "sales", "snoozes"]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_folder_has_a_file_for_each_table_and_the_settings_that_only_the_owner_reads(
    cli: Cli, filled: Path, tmp_path: Path, form: str
) -> None:
    os.umask(0o022)
    answer = cli(f"export {tmp_path}/out --format {form} --json").json
    settings = ["config.toml", "home.json", "rules.toml", "templates/hello.email.j2"]
    assert names(tmp_path / "out") == sorted([f"{table}.{form}" for table in TABLES] + settings)
    assert answer["rows"]["contacts"] == answer["rows"]["sales"] == 2
    for path in (tmp_path / "out").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_tables_are_for_spreadsheets(cli: Cli, filled: Path, tmp_path: Path) -> None:
    assert cli(f"export {tmp_path}/out").status == 0
    raw = (tmp_path / "out" / "sales.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid,contact_id,name,") and raw.endswith(b"\r\n")
    with (tmp_path / "out" / "sales.csv").open(encoding="utf-8-sig", newline="") as file:
        (sale, _) = csv.DictReader(file)
    assert (sale["name"], sale["email"], sale["amount"], sale["currency"]) == (
        "Anna Field",
        "anna@example.com",
        "1200.00",
        "EUR",
    )
    assert (sale["note"], sale["canceled"], sale["completed"]) == ("'=1+1", "no", "2026-11-18")
    with (tmp_path / "out" / "contacts.csv").open(encoding="utf-8-sig", newline="") as file:
        (anna, _) = csv.DictReader(file)
    assert (anna["phone"], anna["tags"], anna["handles"]) == ("+49 30 1234", "a; b", "telegram:@anna")
    assert (anna["dates"], anna["notes"]) == ("renewal=2027-01-01", "one\ntwo; three")


def test_json_has_an_array_of_objects_with_the_same_columns(cli: Cli, filled: Path, tmp_path: Path) -> None:
    assert cli(f"export {tmp_path}/out --format json").status == 0
    (sale, _) = json.loads((tmp_path / "out" / "sales.json").read_text())
    assert (sale["note"], sale["amount"], sale["canceled"]) == ("=1+1", "1200.00", False)
    (anna, _) = json.loads((tmp_path / "out" / "contacts.json").read_text())
    assert (anna["tags"], anna["dates"]) == (["a", "b"], {"renewal": "2027-01-01"})


SHOWN = ("due --all", "due --ahead 1y", "contact list", "sale list", "event list", "contact show anna", "rules list")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_empty_home_that_takes_it_in_answers_the_same(cli: Cli, filled: Path, tmp_path: Path, form: str) -> None:
    assert cli(f"export {tmp_path}/out --format {form}").status == 0
    assert other(cli, tmp_path / "new", f"import archive {tmp_path}/out").status == 0
    for line in SHOWN:
        assert other(cli, tmp_path / "new", f"{line} --json").json == cli(f"{line} --json").json
    cli(f"calendar export {tmp_path}/a.ics")
    other(cli, tmp_path / "new", f"calendar export {tmp_path}/b.ics")
    assert (tmp_path / "a.ics").read_bytes() == (tmp_path / "b.ics").read_bytes()
    assert b"SEQUENCE:1" in (tmp_path / "a.ics").read_bytes()


def test_it_can_be_taken_back_and_taken_in_again(cli: Cli, filled: Path, tmp_path: Path) -> None:
    cli(f"export {tmp_path}/out")
    other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    assert other(cli, tmp_path / "new", "undo").status == 0
    assert other(cli, tmp_path / "new", "contact list --json").json == []
    assert other(cli, tmp_path / "new", f"import archive {tmp_path}/out").status == 0
    assert other(cli, tmp_path / "new", "due --all --json").json == cli("due --all --json").json


def test_a_number_that_was_given_is_never_given_again(cli: Cli, filled: Path, tmp_path: Path) -> None:
    cli("contact add Carl")
    cli("undo")
    cli(f"export {tmp_path}/out")
    other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    assert other(cli, tmp_path / "new", "contact add Carl --json").json["id"] == 4


def test_a_second_import_of_the_same_invoices_adds_nothing(cli: Cli, filled: Path, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(INVOICES)
    cli(f"export {tmp_path}/out")
    other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    answer = other(cli, tmp_path / "new", f"import sales {tmp_path}/s.csv --json").json
    assert (answer["added"], answer["unchanged"]) == (0, 1)


def test_settings_that_were_edited_in_the_empty_home_are_kept_beside(cli: Cli, filled: Path, tmp_path: Path) -> None:
    cli(f"export {tmp_path}/out")
    other(cli, tmp_path / "new", "init --name Mine --yes")
    assert other(cli, tmp_path / "new", f"import archive {tmp_path}/out").status == 0
    assert 'name = "Mine"' in (tmp_path / "new" / "config.toml.bak-2026-11-22").read_text()
    assert not list((tmp_path / "new").glob("rules.toml.bak*"))


def test_messages_of_the_home_are_kept_beside_and_whatever_is_kept_is_told(
    cli: Cli, filled: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    (filled / "templates" / "same.email.j2").write_text("Subject: Same\n\nSame")
    cli(f"export {tmp_path}/out")
    other(cli, new, "init --name Mine --yes")
    shutil.copy(filled / "templates" / "same.email.j2", new / "templates")
    own = {"hello.email.j2": "Subject: Mine\n\nMine", "thank-you.email.j2": "Subject: Thanks\n\nThanks"}
    for name, text in own.items():
        (new / "templates" / name).write_text(text)
    result = other(cli, new, f"import archive {tmp_path}/out")
    assert names(new / "templates") == [
        "hello.email.j2",
        "hello.email.j2.bak-2026-11-22",
        "same.email.j2",
        "thank-you.email.j2.bak-2026-11-22",
    ]
    for name, text in own.items():
        assert (new / "templates" / f"{name}.bak-2026-11-22").read_text() == text
    assert result.err.splitlines() == [
        f"{path} as it was is in {path}.bak-2026-11-22: undo does not bring it back"
        for path in (new / "config.toml", *(new / "templates" / name for name in own))
    ]


def test_an_import_that_is_refused_leaves_no_copy(cli: Cli, filled: Path, tmp_path: Path, held: Held) -> None:
    cli(f"export {tmp_path}/out")
    (filled / "templates" / "hello.email.j2").write_text("Subject: Mine\n\nMine")
    before = held()
    assert "has contacts already" in cli(f"import archive {tmp_path}/out").err
    assert held() == before


def test_copies_stay_where_the_messages_of_the_import_are_still_to_come(
    cli: Cli, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new"
    cli(f"export {tmp_path}/out")
    other(cli, new, "init --yes")
    (new / "templates" / "mine.email.j2").write_text("Subject: Mine\n\nMine")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(new))

    with monkeypatch.context() as patched:
        patched.setattr("followup.store.homefiles.put", full)
        assert "the next command writes" in other(cli, new, f"import archive {tmp_path}/out").err
    assert other(cli, new, "due").status == 0
    assert names(new / "templates") == ["hello.email.j2", "mine.email.j2.bak-2026-11-22"]


def test_undo_tells_that_it_leaves_the_settings(cli: Cli, filled: Path, tmp_path: Path) -> None:
    cli(f"export {tmp_path}/out")
    other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    said = "configuration, rules and messages stay as they were imported\n"
    assert other(cli, tmp_path / "new", "undo --list").err == ""
    assert other(cli, tmp_path / "new", "undo").err == said
    other(cli, tmp_path / "new", "contact add Zoe")
    assert other(cli, tmp_path / "new", "undo").err == ""


# The folder


def test_an_earlier_export_is_replaced_and_other_files_stay(cli: Cli, filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cli(f"export {out} --format json")
    (out / "mine.txt").write_text("mine")
    (filled / "templates" / "hello.email.j2").unlink()
    assert cli(f"export {out}").status == 0
    assert (out / "mine.txt").read_text() == "mine"
    assert not list(out.glob("sales.json")) and not list(out.glob("templates/*"))
    assert other(cli, tmp_path / "new", f"import archive {out}").status == 0


@pytest.mark.parametrize("name", ["sales.csv", "rules.toml", "home.json", "templates/hello.email.j2"])
def test_a_file_that_no_export_wrote_is_never_replaced(cli: Cli, filled: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    result = cli(f"export {tmp_path}/out")
    assert (result.status, path.read_text()) == (1, "mine")
    assert names(tmp_path / "out") == [name]
    assert "no export wrote it" in result.err


@pytest.mark.parametrize("name", ["contacts.csv", "home.json", "templates"])
def test_no_link_leads_out_of_the_folder(cli: Cli, filled: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    cli(f"export {out}")
    outside = tmp_path / "outside"
    outside.mkdir()
    (out / name).rename(tmp_path / "moved")
    (out / name).symlink_to(tmp_path / "moved")
    before = (tmp_path / "moved").read_bytes() if name != "templates" else names(tmp_path / "moved")
    assert "is a link" in cli(f"export {out}").err
    after = (tmp_path / "moved").read_bytes() if name != "templates" else names(tmp_path / "moved")
    assert after == before


@pytest.mark.parametrize(
    ("where", "words"),
    [("home", "is in the home itself"), ("home/templates", "is in the home itself"), ("no/such", "there is no folder"),
     ("home/rules.toml", "is a file")],
)  # fmt: skip
def test_a_folder_that_cannot_be_is_refused(cli: Cli, filled: Path, tmp_path: Path, where: str, words: str) -> None:
    before = names(filled)
    result = cli(f"export {tmp_path}/{where}")
    assert result.status == 1 and words in result.err
    assert names(filled) == before


def test_an_export_that_cannot_be_ended_leaves_the_earlier_one_whole(
    cli: Cli, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli(f"export {tmp_path}/out").status == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()}
    cli("contact add Zoe")
    write_table = archive._write_table

    written = []

    def full(new: Path, *more: Any) -> int:
        written.append(new)
        if len(written) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_table(new, *more)

    monkeypatch.setattr(archive, "_write_table", full)
    assert cli(f"export {tmp_path}/out").status == 1
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()} == before


@pytest.mark.first_start
def test_there_is_nothing_to_export_where_there_is_no_home(cli: Cli, home: Path, tmp_path: Path) -> None:
    assert "nothing to export" in cli(f"export {tmp_path}/out").err
    assert not home.exists() and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("rules.toml", b"[[rule]]\nname = 7\n", "/out/rules.toml, line 1"),
        ("rules.toml", b"\xff\xfe", "/out/rules.toml is not UTF-8 text"),
        ("config.toml", b"business = 3\n", "/out/config.toml, line 1, key 'business': must be a table"),
        ("config.toml", b"[business]\ncountry = 'XX'\n", "/out/config.toml, key 'country': no public holidays"),
    ],
)
def test_settings_with_a_fault_go_out_and_are_refused_on_the_way_in(
    cli: Cli, filled: Path, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (filled / name).write_bytes(content)
    assert cli(f"export {tmp_path}/out").status == 0
    result = other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    assert result.status == 1 and result.err.startswith(f"error: {tmp_path}{words}")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("change", [lambda rules: rules.unlink(), lambda rules: rules.write_text("\n")])
def test_an_export_without_rules_is_refused(
    cli: Cli, filled: Path, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    cli(f"export {tmp_path}/out")
    change(tmp_path / "out" / "rules.toml")
    result = other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    assert result.err == f"error: {tmp_path}/out is no exported home: it has no rules.toml, or an empty one\n"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("form", "version"), [("vcard", "4.0"), ("vcard3", "3.0")])
def test_vcards_are_one_file(cli: Cli, filled: Path, tmp_path: Path, form: str, version: str) -> None:
    for _ in range(2):
        assert cli(f"export {tmp_path}/out --format {form} --json").json["rows"] == {"contacts": 2}
    assert names(tmp_path / "out") == ["contacts.vcf"]
    raw = (tmp_path / "out" / "contacts.vcf").read_bytes()
    assert raw.count(f"VERSION:{version}\r\n".encode()) == 2 and b"FN:Anna Field\r\n" in raw
    assert (tmp_path / "out" / "contacts.vcf").stat().st_mode & 0o777 == 0o600
    (tmp_path / "out" / "contacts.vcf").write_text("BEGIN:VCARD\nVERSION:4.0\nFN:Mine\nEND:VCARD\n")
    assert "no export wrote it" in cli(f"export {tmp_path}/out --format {form}").err


def test_the_tables_can_be_imported_by_themselves(cli: Cli, home: Path, tmp_path: Path) -> None:
    for line in (ANNA, 'contact edit anna --tag "a;b,c" --note "=1; +2" --handle telegram:@anna', "contact add Ben"):
        assert cli(line).status == 0
    assert cli(f"export {tmp_path}/out").status == 0
    for line in (f"import contacts {tmp_path}/out/contacts.csv", f"import sales {tmp_path}/out/sales.csv --past"):
        assert other(cli, tmp_path / "new", line).status == 0
    for line in ("due --all --ahead 1y", "contact list", "sale list", "contact show anna"):
        apart = [
            json.loads(re.sub(r'"uid": "[^"]*"', '"uid": ""', c(f"{line} --json").out))
            for c in (cli, lambda text: other(cli, tmp_path / "new", text))
        ]
        assert apart[0] == apart[1], line


# What comes back


def change_cell(path: Path, column: str, value: str) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, first, *others = csv.reader(file)
    first[header.index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, first, *others])


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("contacts", "id", "one"), ("contacts", "id", "-1"), ("contacts", "id", "99999999999999999999"),
        ("contacts", "id", "２"), ("contacts", "name", ""), ("contacts", "emails", "nobody"),
        ("contacts", "birthday", "yesterday"), ("contacts", "handles", "aim:anna"), ("contacts", "handles", "telegram"),
        ("contacts", "prefers", "pigeon"), ("contacts", "language", "../x"), ("contacts", "every", "often"),
        ("contacts", "dates", "renewal=soon"), ("contacts", "dates", "a b=2026-01-01"),
        ("contacts", "opted_out", "everything"), ("contacts", "lost_reason", "bored"),
        ("contacts", "lost_on", "2026-01-01"), ("contacts", "added", "2026-02-30"),
        ("sales", "contact_id", "99"), ("sales", "amount", "12.345"), ("sales", "amount", "1e9"),
        ("sales", "amount", "-5.00"), ("sales", "currency", ""), ("sales", "currency", "XXQ"),
        ("sales", "canceled", "maybe"), ("sales", "completed", ""), ("sales", "title", "x" * 501),
        ("events", "kind", "party"), ("events", "rating", "11"), ("events", "sale_id", "99"),
        ("events", "of_id", "77"), ("events", "outcome", "kept"), ("events", "followup_id", "999"),
        ("reminders", "channel", "smoke"), ("reminders", "contact_id", ""),
        ("followups", "uid", "a\r\nb"), ("followups", "started_by", "x"), ("followups", "plan", "maybe"),
        ("followups", "occurrence", "'; DROP"), ("closings", "followup_id", "999"), ("snoozes", "until", "later"),
        ("calendar", "content", "{}"), ("calendar", "content", "[["), ("calendar", "sequence", "-1"),
        ("calendar", "status", "odd"), ("imports", "sale_id", "99"),
    ],
)  # fmt: skip
def test_what_no_export_writes_is_refused_with_its_place(
    cli: Cli, filled: Path, tmp_path: Path, table: str, column: str, value: str
) -> None:
    cli(f"export {tmp_path}/out")
    change_cell(tmp_path / "out" / f"{table}.csv", column, value)
    result = other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    assert result.status == 1
    assert f"{table}.csv, line 2" in result.err and "error: " in result.err
    assert other(cli, tmp_path / "new", "contact list --json").json == []
    assert not list((tmp_path / "new" / "templates").glob("*"))


def test_two_rows_of_the_same_number_are_refused(cli: Cli, filled: Path, tmp_path: Path) -> None:
    cli(f"export {tmp_path}/out")
    path = tmp_path / "out" / "contacts.csv"
    path.write_bytes(path.read_bytes().replace(b"\r\n2,Ben", b"\r\n1,Ben"))
    assert (
        "contacts.csv, line 4: it contradicts another line"
        in other(cli, tmp_path / "new", f"import archive {tmp_path}/out").err
    )


@pytest.mark.parametrize(
    ("form", "name", "content"),
    [
        ("csv", "sales.csv", b""), ("csv", "sales.csv", b"\xff\xfe"), ("csv", "sales.csv", b"id,name\r\n"),
        ("csv", "contacts.csv", b'id,"na'), ("csv", "contacts.csv", b"x" * 17_000_000),
        ("csv", "contacts.csv", b"\xef\xbb\xbf" + b'"' + b"x\n" * 9_000_000),
        ("csv", "home.json", b"{}"), ("csv", "home.json", b'{"format": 99}'), ("csv", "home.json", b"[" * 100_000),
        ("csv", "rules.toml", b"x" * 5_000_000),
        ("json", "sales.json", b""), ("json", "sales.json", b"{}"), ("json", "sales.json", b"[1]"),
        ("json", "sales.json", b"[{}]"), ("json", "sales.json", b'[{"id": NaN}]'), ("json", "sales.json", b"[] x"),
        ("json", "sales.json", b"[{"), ("json", "sales.json", b'[{"a":' * 100_000),
        ("json", "sales.json", b'[{"id": 1' + b"0" * 10_000 + b"}]"),
        ("json", "sales.json", b'[{"id": "' + b"x" * 40_000_000 + b'"}]'),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(
    cli: Cli, filled: Path, tmp_path: Path, form: str, name: str, content: bytes
) -> None:
    cli(f"export {tmp_path}/out --format {form}")
    (tmp_path / "out" / name).write_bytes(content)
    result = other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    assert result.status == 1 and name in result.err
    assert other(cli, tmp_path / "new", "contact list --json").json == []


@pytest.mark.parametrize(
    ("value", "kept"), [("true", False), ('"1"', False), ("1.0", False), ("null", False), ("1", True)]
)
def test_json_of_another_type_is_refused(cli: Cli, filled: Path, tmp_path: Path, value: str, kept: bool) -> None:
    cli(f"export {tmp_path}/out --format json")
    path = tmp_path / "out" / "contacts.json"
    path.write_text(path.read_text().replace('"id":1,', f'"id":{value},'))
    result = other(cli, tmp_path / "new", f"import archive {tmp_path}/out")
    assert (result.status == 0) == kept
    assert kept or "contacts.json, line 2, column 'id'" in result.err


def test_json_may_be_laid_out_in_another_way(cli: Cli, filled: Path, tmp_path: Path) -> None:
    cli(f"export {tmp_path}/out --format json")
    for path in (tmp_path / "out").glob("*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()), indent=4))
    assert other(cli, tmp_path / "new", f"import archive {tmp_path}/out").status == 0
    assert other(cli, tmp_path / "new", "due --all --json").json == cli("due --all --json").json


@pytest.mark.parametrize("name", ["contacts.csv", "rules.toml", "templates/hello.email.j2", "home.json"])
def test_no_link_is_followed_on_the_way_in(cli: Cli, filled: Path, tmp_path: Path, name: str) -> None:
    cli(f"export {tmp_path}/out")
    (tmp_path / "out" / name).rename(tmp_path / "moved")
    (tmp_path / "out" / name).symlink_to(tmp_path / "moved")
    assert other(cli, tmp_path / "new", f"import archive {tmp_path}/out").status == 1
    assert other(cli, tmp_path / "new", "contact list --json").json == []
    assert not list((tmp_path / "new" / "templates").glob("*"))


def test_a_folder_that_was_not_written_to_its_end_is_refused(cli: Cli, filled: Path, tmp_path: Path) -> None:
    cli(f"export {tmp_path}/out")
    path = tmp_path / "out" / "home.json"
    path.write_text(path.read_text().replace('"complete": true', '"complete": false'))
    assert "was not exported to its end" in other(cli, tmp_path / "new", f"import archive {tmp_path}/out").err
    assert cli(f"export {tmp_path}/out").status == 0
    assert other(cli, tmp_path / "new", f"import archive {tmp_path}/out").status == 0


def test_a_folder_that_is_no_export_is_refused(cli: Cli, tmp_path: Path) -> None:
    result = cli(f"import archive {tmp_path}")
    assert result.status == 1 and "is no exported home" in result.err
