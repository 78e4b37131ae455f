"""Where passwords come from: the environment or the system's keyring. None is ever written or shown."""

from __future__ import annotations

import os
from typing import Literal

from followup.core.identity import clean_line
from followup.core.refusal import Refusal

_VARIABLES = {"mail": "FOLLOWUP_MAIL_PASSWORD", "caldav": "FOLLOWUP_CALDAV_PASSWORD"}


def password(table: Literal["mail", "caldav"], host: str, user: str) -> str:
    """The password of the account that a table of the configuration names.

    It is in $FOLLOWUP_MAIL_PASSWORD or $FOLLOWUP_CALDAV_PASSWORD, else in the keyring under `followup:mail` or
    `followup:caldav` and the user. `host` only says whose it is. Refuses where it is in neither, or the keyring is
    locked.
    """
    variable, service = _VARIABLES[table], f"followup:{table}"
    if found := os.environ.get(variable):
        return found
    whose = f"the password of {clean_line(user)} at {clean_line(host)}"
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        install = "pip install 'followup[keyring]' reads it from the system's keyring"
        raise Refusal(f"{whose} is not known: set ${variable}, or {install}") from None
    try:
        stored = keyring.get_password(service, user)
    except NoKeyringError:
        raise Refusal(f"{whose} is not known, and this system has no keyring: set ${variable}") from None
    except KeyringError as error:
        reason = clean_line(str(error))[:200] or "it is locked"
        raise Refusal(f"the keyring does not give {whose} ({reason}): unlock it, or set ${variable}") from None
    if not stored:
        raise Refusal(f"{whose} is not known: keyring set {service} {clean_line(user)} stores it, or set ${variable}")
    return stored
