"""Which file a message is read from, and that nothing outside its folders ever is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from followup.core.refusal import Refusal
from followup.drafting import lookup
from followup.drafting.lookup import every, find, matching, strangers, to_edit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped messages with one for two channels."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    for name in ("hello.email", "hello.sms", "hello.email.fr"):
        (folder / f"{name}.j2").write_text("shipped", encoding="utf-8")
    monkeypatch.setattr(lookup, "SHIPPED", folder)
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], None]:
    """Writes messages into the home's folder."""

    def files(names: str) -> None:
        (tmp_path / "templates").mkdir(exist_ok=True)
        for name in names.split():
            (tmp_path / "templates" / name).write_text("yours", encoding="utf-8")

    return files


@pytest.mark.parametrize(
    ("yours", "language", "found"),
    [
        ("", None, "shipped hello.email.j2"),
        ("", "de", "shipped hello.email.j2"),
        ("", "fr", "shipped hello.email.fr.j2"),
        ("", "fr-CA", "shipped hello.email.fr.j2"),
        ("hello.email.j2", None, "templates hello.email.j2"),
        ("hello.email.j2", "fr", "templates hello.email.j2"),
        ("hello.email.de.j2", "en", "shipped hello.email.j2"),
        ("hello.email.j2 hello.email.de.j2", "de", "templates hello.email.de.j2"),
        ("hello.email.pt.j2", "pt-br", "templates hello.email.pt.j2"),
        ("hello.email.pt.j2 hello.email.pt-br.j2", "pt_BR", "templates hello.email.pt-br.j2"),
        ("hello.email.pt-br.j2", "pt", "shipped hello.email.j2"),
        ("", "../../x", "shipped hello.email.j2"),
    ],
)
def test_yours_comes_first_and_in_it_the_nearest_language(
    tmp_path: Path, write: Callable[[str], None], yours: str, language: str | None, found: str
) -> None:
    write(yours)
    path = find(tmp_path, "hello", "email", language).path
    assert f"{path.parent.name} {path.name}" == found


def test_a_message_that_does_not_exist_is_refused_with_the_place_for_one(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        find(tmp_path, "hello", "post", None)
    assert "'hello' for post" in str(refusal.value)
    assert str(tmp_path / "templates" / "hello.post.j2") in str(refusal.value)


@pytest.mark.parametrize("name", ["../hello", "/etc/passwd", "..", "", "Hello", "hello.email", "hello\n", "a/b"])
def test_a_name_that_could_leave_the_folders_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "hello.email.j2").write_text("outside", encoding="utf-8")
    with pytest.raises(Refusal, match="names no message"):
        find(tmp_path, name, "email", None)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path, write: Callable[[str], None]) -> None:
    write("")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "templates" / "hello.email.j2").symlink_to(tmp_path / "secret")
    with pytest.raises(Refusal, match=r"hello\.email\.j2: is no file of its folder"):
        find(tmp_path, "hello", "email", None).text()


def test_a_folder_in_the_place_of_a_message_is_refused(tmp_path: Path) -> None:
    (tmp_path / "templates" / "hello.email.j2").mkdir(parents=True)
    with pytest.raises(Refusal, match="is no file of its folder"):
        find(tmp_path, "hello", "email", None).text()


@pytest.mark.parametrize(
    ("content", "fault"), [(b"\xff\xfe\x00", "is not UTF-8 text"), (b"x" * 100_000, "longer than 20000 characters")]
)
def test_a_file_that_cannot_be_a_message_is_refused(
    tmp_path: Path, write: Callable[[str], None], content: bytes, fault: str
) -> None:
    write("hello.email.j2")
    (tmp_path / "templates" / "hello.email.j2").write_bytes(content)
    with pytest.raises(Refusal, match=fault):
        find(tmp_path, "hello", "email", None).text()


def test_a_byte_order_mark_is_no_part_of_the_message(tmp_path: Path, write: Callable[[str], None]) -> None:
    write("hello.email.j2")
    (tmp_path / "templates" / "hello.email.j2").write_bytes(b"\xef\xbb\xbfSubject: x")
    assert find(tmp_path, "hello", "email", None).text() == "Subject: x"


def test_of_two_files_of_one_name_yours_is_listed(tmp_path: Path, write: Callable[[str], None]) -> None:
    write("hello.sms.j2 new.visit.j2 notes.txt wrong.fax.j2")
    assert [(m.label, m.yours) for m in every(tmp_path)] == [
        ("hello.email", False),
        ("hello.email.fr", False),
        ("hello.sms", True),
        ("new.visit", True),
    ]


def test_files_whose_names_no_look_up_tries_are_told(tmp_path: Path, write: Callable[[str], None]) -> None:
    names = "Hello.email.j2 a.j2 hello.email..j2 hello.email.de.at.j2 hello.emial.j2"
    write(f"hello.email.j2 hello.email.de-at.j2 notes.txt {names}")
    assert [path.name for path in strangers(tmp_path)] == names.split()


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("hello", ["hello.email", "hello.sms"]),
        ("hello.email", ["hello.email"]),
        ("hello.email.fr", ["hello.email.fr"]),
        ("bonjour", ["bonjour.sms.fr"]),
        ("hello.sms.j2", ["hello.sms"]),
    ],
)
def test_a_name_stands_for_all_channels_in_the_wording_for_all_languages(
    tmp_path: Path, write: Callable[[str], None], text: str, labels: list[str]
) -> None:
    write("bonjour.sms.fr.j2")
    assert [m.label for m in matching(tmp_path, text)] == labels


def test_a_name_with_a_slip_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"did you mean 'hello\.sms'\?"):
        matching(tmp_path, "helo.sms")


@pytest.mark.parametrize(
    ("yours", "text", "language", "start"),
    [
        ("", "hello.email", "en", "shipped hello.email.j2"),
        ("", "hello.email", "fr", "shipped hello.email.fr.j2"),
        ("", "hello.email.de", "en", "shipped hello.email.j2"),
        ("", "hello.email.fr", "en", "shipped hello.email.fr.j2"),
        ("hello.email.j2", "hello.email.de", "en", "templates hello.email.j2"),
        ("hello.email.j2 hello.email.fr.j2", "hello.email", "fr", "templates hello.email.j2"),
    ],
)
def test_what_is_edited_starts_from_what_is_sent_now(
    tmp_path: Path, write: Callable[[str], None], yours: str, text: str, language: str, start: str
) -> None:
    write(yours)
    current, own = to_edit(tmp_path, text, language)
    assert f"{current.path.parent.name} {current.path.name}" == start
    assert own.path == tmp_path / "templates" / f"{text}.j2"


@pytest.mark.parametrize("text", ["../hello.email", "hello", "hello.fax", "none.email", "hello.email.d/e"])
def test_what_is_not_one_message_is_not_edited(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal):
        to_edit(tmp_path, text, "en")


@pytest.mark.parametrize(("label", "language"), [("hello.email", "en"), ("hello.email.fr", "fr"), ("hello.sms", "de")])
def test_days_are_written_in_the_language_of_the_file_that_is_used(
    tmp_path: Path, write: Callable[[str], None], label: str, language: str
) -> None:
    write("hello.sms.j2")
    assert next(m for m in every(tmp_path) if m.label == label).written_in("de") == language
