"""The ways out of a draft: files, a mailbox, the clipboard, and the program that sends it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from followup.cli import output
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from followup.core.config import Config
    from followup.drafting.draft import Draft

    Places = dict[int, dict[str, str]]
    """By follow-up where its draft went: `file`, and `mailbox` with what became of it there in `put`."""


class Ways(NamedTuple):
    """Which ways are asked for: `eml` is a file (`-` for stdout) for one e-mail, `to` a folder for all drafts."""

    imap: bool = False
    eml: str = ""
    to: str = ""
    copy: bool = False
    open: bool = False


def check(ways: Ways, drafts: list[Draft], those_named: bool) -> None:
    """Refuses drafts that cannot go these ways, and files that cannot be written, before any draft has gone any way.
    Of `those_named` one by one, each must."""
    if ways.eml and ways.to:
        raise Refusal("--eml and --to both write the e-mail into a file: give one of them")
    if option := "--eml" if ways.eml else "--copy" if ways.copy else "--open" if ways.open else "":
        if len(drafts) != 1:
            raise Refusal(f"{option} takes one draft, and there are {len(drafts)}: give the id of one")
        if ways.open and drafts[0].link is None:
            raise Refusal(f"no program opens what goes by {drafts[0].channel} to {drafts[0].to}: leave out --open")
    other = next((one for one in drafts if one.channel != "email"), None)
    if other and (ways.eml or (ways.imap and those_named)):
        raise Refusal(
            f"follow-up {other.followup} goes by {other.channel}, and {'--eml' if ways.eml else '--imap'} takes e-mail "
            "only: add --channel email, or take --to DIR for a text file"
        )
    if ways.eml and ways.eml != "-":
        _check_file(Path(ways.eml).expanduser())
    if ways.to:
        _check_folder(Path(ways.to).expanduser(), drafts)


def _check_file(path: Path) -> None:
    from followup.drafting.letter import untouched
    from followup.store.homefiles import check_outside

    if path.is_dir():
        raise Refusal(f"{path} is a folder: name a file in it")
    check_outside(path)
    if path.is_file() and not untouched(path.read_bytes()):
        raise Refusal(f"{path} is there already: name another file, or delete it first")
    if not path.exists() or path.is_file():
        _check_place(path.parent, path, "file")


def _check_folder(folder: Path, drafts: list[Draft]) -> None:
    """Looks at the folder, or where there is none at the nearest above it, in which it would be made."""
    from followup.cli.pile import file_name

    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if nearest == folder and not folder.is_dir():
        raise _not_writable(folder, errno.EEXIST, "folder")
    _check_place(nearest, folder, "folder")
    for path in (folder / file_name(one) for one in drafts):
        if path.is_dir():
            raise _not_writable(path, errno.EISDIR, "folder")


def _check_place(place: Path, path: Path, what: str) -> None:
    if not place.is_dir():
        raise _not_writable(path, errno.ENOTDIR if place.exists() else errno.ENOENT, what)
    if not os.access(place, os.W_OK | os.X_OK):
        raise _not_writable(path, errno.EACCES, what)


def _not_writable(path: Path, why: int, what: str) -> Refusal:
    return Refusal(f"{path} cannot be written ({os.strerror(why)}): name another {what}")


def deliver(ways: Ways, drafts: list[Draft], texts: Mapping[int, str], config: Config, today: date) -> Places:
    """Sends the drafts their ways, those first that can fail; `texts` are what files of other channels say."""
    places: Places = {one.followup: {} for one in drafts}
    letters: dict[int, bytes] = {}
    if ways.imap or ways.eml or ways.to:
        from followup.drafting.letter import letter

        letters = {one.followup: letter(one, config.business, today) for one in drafts if one.channel == "email"}
    if ways.copy or ways.open:  # first, as this can still fail and leaves nothing behind
        _to_program(ways, drafts[0])
    if ways.imap:
        _to_mailbox(config, letters, places)
    if ways.to:
        _to_folder(Path(ways.to).expanduser(), drafts, letters, texts, places)
    if ways.eml:
        _to_file(ways.eml, drafts[0], letters, places)
    return places


def _to_mailbox(config: Config, letters: dict[int, bytes], places: Places) -> None:
    """Refuses where no mailbox is configured."""
    from followup.drafting.mailbox import drafts_folder
    from followup.store.passwords import password

    host, user = config.mail["host"], config.mail["user"]
    if not host or not user:
        raise Refusal("no mailbox is configured: write its host and user into config.toml, [mail]")
    if not letters:
        return
    with drafts_folder(host, user, password("mail", host, user)) as drafts:
        for followup, document in letters.items():
            places[followup] |= {"mailbox": drafts.folder.name, "put": drafts.put(document)}


def _to_folder(
    folder: Path, drafts: list[Draft], letters: dict[int, bytes], texts: Mapping[int, str], places: Places
) -> None:
    from followup.cli.pile import file_name, write_pile
    from followup.drafting.letter import UNSENT

    contents = {n: text.encode() for n, text in texts.items()} | {n: UNSENT + text for n, text in letters.items()}
    staying = write_pile(folder, [(file_name(one), contents[one.followup]) for one in drafts])
    for path in staying:
        output.notice(
            f"{path} holds other words than the draft, maybe yours, and stays: delete it to have it written anew"
        )
    for one in drafts:
        places[one.followup]["file"] = str(folder / file_name(one))


def _to_file(file: str, draft: Draft, letters: dict[int, bytes], places: Places) -> None:
    from followup.drafting.letter import UNSENT

    content = UNSENT + letters[draft.followup]
    if file == "-":
        output.verbatim(content)
        return
    from followup.store.homefiles import write_outside

    write_outside(Path(file).expanduser(), content)
    places[draft.followup]["file"] = file


def _to_program(ways: Ways, draft: Draft) -> None:
    """Copies the body alone, since a subject has a field of its own to be pasted into."""
    from followup.cli import handing

    if ways.copy:
        handing.copy(draft.body)
        output.notice("copied to the clipboard")
    if ways.open and draft.link:
        handing.open_link(draft.link)
        output.notice("opened in the program that sends it")


_PUT = {
    "added": "",
    "replaced": " (in place of an older one)",
    "unchanged": " (was there already)",
    "kept both": " (beside the one that you changed there)",
}


def where(place: Mapping[str, str]) -> str:
    """The place of a draft, in words."""
    mailbox = [place["mailbox"] + _PUT[place["put"]]] if "put" in place else []
    return ", ".join(mailbox + ([place["file"]] if "file" in place else [])) or "left out: no e-mail"
