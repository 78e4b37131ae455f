"""A key of the configuration gets another text, and all else stays as it was written."""

from __future__ import annotations

import pytest

from followup.core.config_edit import with_texts
from followup.core.refusal import Refusal

TWO_USERS = "[mail]\nuser = 'a'\n[caldav] # here\n  user = \"b\"   # mine\nurl = ''\n"


@pytest.mark.parametrize(
    ("config", "table", "values", "wanted"),
    [
        (TWO_USERS, "mail", {"user": "c"}, TWO_USERS.replace("'a'", '"c"')),
        (TWO_USERS, "caldav", {"user": "c"}, TWO_USERS.replace('"b"   #', '"c"                 #')),
        (
            TWO_USERS,
            "caldav",
            {"url": "x", "user": "b"},
            TWO_USERS.replace("''", '"x"').replace('"b"   ', '"b"' + " " * 17),
        ),
        ("[mail]\n[caldav]\nuser = 'b'\n", "mail", {"user": "c"}, "[mail]\nuser = \"c\"\n[caldav]\nuser = 'b'\n"),
        ("[mail]\nuser = 'a'\n", "caldav", {"user": "c"}, "[mail]\nuser = 'a'\n\n[caldav]\nuser = \"c\"\n"),
        ("[mail]\nuser = 'a'\n# [mail]\nusers = 1", "mail", {}, "[mail]\nuser = 'a'\n# [mail]\nusers = 1"),
        ('[mail]\nuser = "a \\" # b" # c\n', "mail", {"user": 'd"'}, '[mail]\nuser = "d\\""' + " " * 17 + "# c\n"),
        ("", "mail", {"user": "c"}, '\n[mail]\nuser = "c"\n'),
    ],
)
def test_one_line_changes(config: str, table: str, values: dict[str, str], wanted: str) -> None:
    assert with_texts(config, table, values) == wanted


@pytest.mark.parametrize(
    "config",
    ["mail = { user = 'a' }", "mail.user = 'a'", "[mail]\nuser = '''a'''", "[mail]\n'user' = 'a'", "[mail"],
)
def test_what_cannot_be_changed_line_by_line_is_refused(config: str) -> None:
    with pytest.raises(Refusal, match=r"config\.toml"):
        with_texts(config, "mail", {"user": "c"})
