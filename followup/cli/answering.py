"""What becomes of a command: its exit status, and what a failure says."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from followup.cli import output
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(command: Callable[[], int]) -> int:
    """Runs a command, prints what it has to say, and returns the exit status. Faults of our own are raised."""
    output.prepare()
    try:
        status = command()
        return status if _answered() else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        output.abandon()
        return 0
    except Exception as fault:
        sentence = _explain(fault)
        if sentence is None:
            raise
        output.error(sentence)
        return 1


def _answered() -> bool:
    """Whether the answer could be written. Where it could not, says so: the command itself has done its work."""
    try:
        output.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        output.error(f"the answer could not be written ({error.strerror}), but what was asked for is done")
        return False
    return True


_NOT_WRITABLE = "check who owns it and its permissions, or name another folder with --home"
_SYSTEM = {
    errno.ENOSPC: "free some space and try again",
    errno.EDQUOT: "free some space and try again",
    errno.EACCES: _NOT_WRITABLE,
    errno.EPERM: _NOT_WRITABLE,
    errno.EROFS: _NOT_WRITABLE,
    errno.ENOENT: "check the name",
    errno.ENOTDIR: "name a folder",
    errno.EISDIR: "move it away, or name a file in it",
    errno.EIO: "check the disk, then try again",
}
_RESTORE = "followup doctor says what is wrong, followup restore FILE puts a backup in its place"
_SQLITE = {
    "locked": "another command is using the data file: wait for it to end and try again",
    "readonly": f"the data file may not be written: {_NOT_WRITABLE}",
    "unable to open": f"the data file cannot be opened: {_NOT_WRITABLE}",
    "is full": "the disk is full: free some space and try again",
    "disk I/O": "the disk is full or fails: free some space and try again",
    "no such table: meta": "followup.db is a database of another program: move it away, or choose another --home",
    "not a database": f"the data file is no followup file: {_RESTORE}",
    "is empty": f"the data file is empty, as a crash or a full disk can leave it: {_RESTORE}",
    "malformed": f"the data file is damaged: {_RESTORE}",
    "decode to UTF-8": f"the data file is damaged, a text in it is no text: {_RESTORE}",
}


def _explain(fault: Exception) -> str | None:
    """What a failure says to the person, and what to do; None for one that only a fault in the program can cause."""
    import sqlite3

    match fault:
        case Refusal():
            return str(fault)
        case OSError():
            what = f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror or str(fault)
            return f"{what}: {_SYSTEM.get(fault.errno or 0, 'set that right and try again')}"
        case UnicodeDecodeError() if b"malformed" in fault.object:  # SQLite quotes what is damaged
            return _SQLITE["malformed"]
        case UnicodeError():
            return "a text is not in UTF-8: save or type it in that encoding"
        case MemoryError():
            return "the memory does not suffice: close other programs, or give less at once"
        case OverflowError():
            return "a number is too large: give a smaller one"
        case RuntimeError() if "home directory" in str(fault):  # pathlib, of a ~ that it cannot expand
            return "a path begins with ~ and names nobody's home folder: write it out"
        case sqlite3.IntegrityError() | sqlite3.ProgrammingError() | sqlite3.NotSupportedError():
            return None
        case sqlite3.DatabaseError():
            known = (advice for words, advice in _SQLITE.items() if words in str(fault))
            return next(known, f"the data file cannot be used ({fault}): {_RESTORE}")
    return None
