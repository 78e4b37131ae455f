"""What options say, as checked values: tags, handles, dates, periods, channels, paths, phones and texts.

Those that read one text expect it not to be empty, which is for the command to judge: in an edit it clears. Those that
read names with values have None for a name that is to be taken out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from followup.core.identity import DATE_NAME, check_name, clean_line, fold, phone_digits
from followup.core.model import CHANNELS, CHAT_NETWORKS, SOCIAL_NETWORKS
from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from followup.core.model import Rules
    from followup.core.period import Period
    from followup.store.book import Book

Value = TypeVar("Value")

_MUCH_ALIKE = 0.75
"""How alike (difflib's ratio) a word must be to be taken for a slip: at its 0.6, `teuer` would be `other`."""

_FEW = 8
"""So many are all named, even beside the one that was probably meant."""


def unless_empty(text: str, read: Callable[[str], Value]) -> Value | None:
    """What the text reads as, None for an empty one: in an edit, that clears."""
    return read(text) if clean_line(text) else None


def each_once(given: Iterable[str], read: Callable[[str], str]) -> tuple[str, ...]:
    """What the texts read as, empty ones left out, and each once where only case differs."""
    found: dict[str, str] = {}
    for value in (read(text) for text in given if clean_line(text)):
        found.setdefault(value.casefold(), value)
    return tuple(found.values())


def choice(text: str, known: Sequence[str], what: str) -> str:
    """The one of `known` that is written, case ignored. Refuses others, naming the one that is much like it and, where
    they are few or none is, all there are."""
    word = fold(text)
    if word in known:
        return word
    from difflib import get_close_matches

    every = ", ".join(known)
    hint = f"give one of {every}"
    if near := get_close_matches(word, known, 1, _MUCH_ALIKE):
        hint = f"did you mean '{near[0]}'?" + (f" There are {every}" if len(known) <= _FEW else "")
    if not word:
        raise Refusal(f"the {what} is empty: {hint}")
    raise Refusal(f"'{clean_line(text)[:40]}' is no {what}: {hint}")


def channel(text: str) -> str:
    """A channel by its name. Refuses others, naming the nearest."""
    return choice("email" if fold(text) == "e-mail" else text, CHANNELS, "channel")


def named_path(text: str, what: str) -> Path:
    """Where a file or a folder, which `what` says, is. Refuses one without a name."""
    if not text.strip():
        raise Refusal(f"the {what} has no name: name one")
    return Path(text).expanduser()


def period(text: str) -> str:
    """A PERIOD as it is always written: `6m` is `6 months`. Refuses what is none, and no time at all."""
    from followup.core.period import Period, parse_period

    found = parse_period(text)
    if found == Period():
        raise Refusal(f"'{clean_line(text)}' is no time at all: give a period such as 6 months")
    return str(found)


def period_ahead(text: str) -> Period:
    """A PERIOD from today, which may have `in` before it: `in 5 business days`. Refuses what is none."""
    from followup.core.period import parse_period

    line = clean_line(text)
    return parse_period(line[3:] if line[:3].casefold() == "in " else line)


def until(text: str, book: Book) -> date:
    """The last day of a PERIOD from today, business days counted as the book has them. Refuses more than 50 years."""
    day = book.planner.workdays.add(book.today, period_ahead(text))
    if (day - book.today).days > 366 * 50:
        raise Refusal(f"'{text}' ahead is too far: 50 years are the most")
    return day


def phone(text: str) -> str:
    """A phone number as it was written, on one line. Refuses one of fewer than three digits."""
    number = check_name(text, "phone number")
    if len(phone_digits(number)) < 3:
        raise Refusal(f"'{number[:40]}' is no phone number: write it as +49 30 1234567")
    return number


def tags(given: Iterable[str]) -> tuple[str, ...]:
    """Tags in lower case, each once; commas separate several, and empty ones fall away."""
    parts = (clean_line(part).lower().lstrip("@ ") for text in given for part in text.split(","))
    return tuple(dict.fromkeys(check_name(part, "tag") for part in parts if part))


def handles(given: Iterable[str]) -> dict[str, str | None]:
    """`NET:NAME` handles by network; None where NAME is empty. Refuses unknown networks."""
    found: dict[str, str | None] = {}
    for text in given:
        net, colon, name = text.partition(":")
        if not colon:
            raise Refusal(f"the handle '{clean_line(text)[:40]}' names no network: write it as whatsapp:+49301234567")
        known = choice(net, (*CHAT_NETWORKS, *SOCIAL_NETWORKS), "network")
        found[known] = check_name(name, f"{known} handle") if clean_line(name) else None
    return found


def dates(given: Iterable[str], today: date) -> dict[str, date | None]:
    """`NAME=DATE` dates by name, looking forward; None where DATE is empty. Names are letters, digits, _ and -."""
    from followup.core.dates import parse_date

    found: dict[str, date | None] = {}
    for text in given:
        name, equals, day = (part.strip() for part in text.partition("="))
        if not equals or not DATE_NAME.fullmatch(name):
            raise Refusal(f"'{clean_line(text)[:40]}' is no named date: write it as refund_until=2026-12-01")
        found[name] = parse_date(day, today, "forward") if day else None
    return found


def merged(
    kept: Mapping[str, Value], given: Sequence[str], read: Callable[[Sequence[str]], Mapping[str, Value | None]]
) -> dict[str, Value]:
    """What was kept with what the texts say: new values replace, None takes out one, and an empty text all of them."""
    texts = [text for text in given if clean_line(text)]
    before = kept if len(texts) == len(given) else {}
    return {name: value for name, value in {**before, **read(texts)}.items() if value is not None}


def added(given: Sequence[str], read: Callable[[Sequence[str]], Mapping[str, Value | None]]) -> dict[str, Value]:
    """What the texts say. Refuses a name without a value: what is new has nothing to take out."""
    found: dict[str, Value] = {}
    for name, value in read(given).items():
        if value is None:
            raise Refusal(f"'{name}' is given without a value: add one, or leave it out")
        found[name] = value
    return found


def unknown_dates(names: Iterable[str], rules: Rules) -> list[str]:
    """A hint for each named date that no rule starts from, though one starts from a name very much like it."""
    from difflib import get_close_matches

    known = [rule.on.removeprefix("date:") for rule in rules.rules if rule.on.startswith("date:")]
    near = {name: get_close_matches(name, known, 1, 0.8) for name in names if name not in known}
    return [
        f"no rule starts from the date '{name}': did you mean '{close[0]}'?" for name, close in near.items() if close
    ]
