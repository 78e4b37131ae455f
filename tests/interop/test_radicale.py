"""Radicale takes the sync over TLS with a password, and gives it back through another client, which answers."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.certificates import certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Cli = Callable[..., Any]

caldav = pytest.importorskip("caldav", reason="the extra sync is not installed")
for program in ("radicale", "openssl"):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed", allow_module_level=True)

ANNA = 'sale add "Anna Smith" Logo --new --email anna@example.com --phone "+49 30 1234"'


@pytest.fixture
def radicale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with an account nora; yields its address."""
    made = certificates(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "users").write_text("nora:secret\n")
    (tmp_path / "radicale.conf").write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\nssl = True\ncertificate = {made.server}\nkey = {made.key}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {tmp_path / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {tmp_path / 'collections'}\n"
    )
    with (tmp_path / "radicale.log").open("w") as log:
        server = subprocess.Popen(
            ["radicale", "-C", str(tmp_path / "radicale.conf")], stdout=log, stderr=subprocess.STDOUT
        )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.authority))
    monkeypatch.setenv("FOLLOWUP_CALDAV_PASSWORD", "secret")
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"https://localhost:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def phone(radicale: str) -> Iterator[Any]:
    """The calendar as another client sees it."""
    with caldav.DAVClient(f"{radicale}/", username="nora", password="secret") as client:
        client.mkcol(f"{radicale}/nora/", "")
        client.mkcalendar(f"{radicale}/nora/work/")
        yield client.calendar(url=f"{radicale}/nora/work/")


@pytest.fixture
def sync(cli: Cli, home: Path, radicale: str, phone: Any) -> Callable[..., Any]:
    """Syncs: `sync("--as todo", today="2026-11-22")` gives its JSON."""
    cli("due")
    file = home / "config.toml"
    text = re.sub(r"\[caldav\].*", "", file.read_text(), flags=re.DOTALL)
    file.write_text(f'{text}[caldav]\nurl = "{radicale}/nora/work/"\nuser = "nora"\n')

    def call(options: str, today: str = "2026-11-22") -> Any:
        result = cli(f"calendar sync {options} --json", today=today)
        assert result.status == 0, result.err
        return result.json

    return call


def shown(calendar: Any) -> dict[str, str]:
    """The days of what the other client sees, by uid."""
    parts = [item.icalendar_component for item in calendar.search(todo=True, event=False) + calendar.get_events()]
    days = [(str(part["UID"]), part.get("DUE") or part["DTSTART"]) for part in parts]
    return {uid: f"{day.dt.date() if isinstance(day.dt, datetime) else day.dt}" for uid, day in days}


def due(cli: Cli, today: str = "2026-11-22") -> dict[str, str]:
    rows = cli("due --ahead '6 months' --all --json", today=today).json
    return {row["uid"]: row["snoozed_until"] or row["due"] for row in rows}


@pytest.mark.parametrize("form", ["event", "todo"])
def test_another_client_sees_the_plan_and_its_answers_come_back(cli: Cli, sync: Any, phone: Any, form: str) -> None:
    cli(ANNA)
    cli("remind anna 2026-12-01 Hello")
    cli("remind anna 2026-12-02 Bye")
    options = f"--as {form} --ahead '6 months'"
    sync(options)
    assert shown(phone) == due(cli)
    items = {str(item.icalendar_component["SUMMARY"]): item for item in phone.get_todos() + phone.get_events()}
    moved = items["Anna Smith: Hello"]
    with moved.edit_icalendar_component() as part:
        part["DUE" if form == "todo" else "DTSTART"].dt = date(2026, 12, 9)
        if form == "event":
            part["DTEND"].dt = date(2026, 12, 10)
    moved.save()
    if form == "todo":
        items["Anna Smith: Bye"].complete(completion_timestamp=datetime(2026, 11, 25, 12).astimezone())
    answer = sync(options, today="2026-11-26")["read_back"]
    assert [(row["title"], row["snoozed_until"]) for row in answer["snoozed"]] == [("Hello", "2026-12-09")]
    assert [(row["title"], row["done_on"]) for row in answer["done"]] == [("Bye", "2026-11-25")] * (form == "todo")
    assert shown(phone) == due(cli, today="2026-11-26")
    again = sync(options, today="2026-11-26")
    assert (again["written"], again["removed"]) == (0, 0)
    cli("undo", today="2026-11-26")
    sync(options, today="2026-11-26")
    assert shown(phone) == due(cli, today="2026-11-26")


def test_events_can_become_to_dos(cli: Cli, sync: Any, phone: Any) -> None:
    cli(ANNA)
    sync("--ahead '6 months'")
    sync("--as todo --ahead '6 months'")
    assert (len(phone.get_events()), len(phone.get_todos())) == (0, len(due(cli)))


def test_a_certificate_that_does_not_fit_is_refused(
    cli: Cli, sync: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(ANNA)
    file = home / "config.toml"
    file.write_text(file.read_text().replace("https://localhost", "https://127.0.0.1"))
    result = cli("calendar sync")
    assert (result.status, result.out) == (1, "")
    assert re.match(r"error: the certificate of 127\.0\.0\.1 cannot be trusted \(.*127\.0\.0\.1.*\): ", result.err)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    file.write_text(file.read_text().replace("https://127.0.0.1", "https://localhost"))
    result = cli("calendar sync")
    assert result.err.startswith("error: the certificate of localhost cannot be trusted (")
    assert "secret" not in result.err


def test_a_calendar_that_does_not_exist_and_a_wrong_password_are_refused(
    cli: Cli, sync: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "config.toml"
    file.write_text(file.read_text().replace("/nora/work/", "/nora/other/"))
    assert cli("calendar sync").err.startswith("error: localhost answers 404 Not Found: check the url")
    file.write_text(file.read_text().replace("/nora/other/", "/nora/"))
    assert "is no calendar" in cli("calendar sync").err
    monkeypatch.setenv("FOLLOWUP_CALDAV_PASSWORD", "wrong")
    assert "does not take this user and password" in cli("calendar sync").err
