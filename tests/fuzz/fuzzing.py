"""How the fuzzing goes: how many different inputs of what, how long each may take, and how good samples are spoilt.

`FOLLOWUP_FUZZ=20` takes twenty times as many inputs, other ones in each run; what fails is printed with the blob that
brings it back (`@reproduce_failure`). Without it the inputs are the same in every run.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from functools import update_wrapper, wraps
from inspect import signature
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

TIMES = int(os.environ.get("FOLLOWUP_FUZZ", "1"))

INPUTS = {
    "period": 1800,
    "date": 1100,
    "birthday": 600,
    "money": 1800,
    "who": 1200,
    "value": 1700,
    "condition": 2100,
    "rules": 460,
    "toml": 1300,
    "config": 1600,
    "message": 610,
    "csv": 1180,
    "vcard": 1200,
    "calendar": 640,
    "letter": 1200,
    "archive": 150,
    "import": 130,
}
"""How many different inputs of each kind the default run has; those of command lines are with the commands."""

TURNS = 100
"""At most, in which the inputs of a test are drawn."""

SECONDS = 2.0
"""Of CPU that one input may take."""

HOSTILE = [
    "", " ", "\t", "\n", "\r\n", "\0", "\x1b[31m", "\x1b]0;x\x07", "\x7f", "\x9b2J", "\u202e", "\u2066", "\u200b",
    "\ufeff",
    "\u2028", "\x85", "\u00a0", "ß", "İ", "ﬁ", "e\u0301", "日本", "👩‍👩‍👧", "٣", "³", "½", "９", "−", "'", '"', "`",
    "\\", "%", "%s",
    "%n", "{{", "}}", "{%", "%}", "{#", "{0.__class__}", "__class__", "$(id)", ";", "--", "-", "/*", "*", "?", "@",
    "#", "~",
    "=", "&&", "|", "<", ">", "(" * 60, "[" * 300, ")" * 60, "0", "-1", "1e999", "nan", "inf", "9" * 30, "9" * 5000,
    "a" * 600, "é" * 5000, "' OR 1=1 --", "'); DROP TABLE contacts; --", 'x" * OR "', "NULL", "None", "true",
]  # fmt: skip
"""Texts that have broken programs before."""

Value = TypeVar("Value", str, bytes)


class TooSlow(BaseException):
    """An input that took too long: no exception that code under test may catch."""


def fuzzed(number: int, **drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a test one of so many different inputs, each run once; it fails where there were fewer."""
    enough = number * TIMES

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        passed: set[int] = set()

        @wraps(test)
        def once(**arguments: Any) -> None:
            mark = hash(repr([arguments[name] for name in drawn]))
            if mark not in passed:
                test(**arguments)
                passed.add(mark)

        def counted(**fixtures: Any) -> None:
            passed.clear()
            for turn in range(TURNS):  # what is drawn again and again leaves some to be drawn in another turn
                if len(passed) < enough:
                    drawing = turn_of(enough - len(passed))(given(**drawn)(once))
                    (drawing if TIMES > 1 else seed(turn)(drawing))(**fixtures)
            assert len(passed) >= enough

        update_wrapper(counted, test, updated=())  # what other decorators noted is for `given`
        asked = signature(test)
        fixtures = [parameter for name, parameter in asked.parameters.items() if name not in drawn]
        counted.__signature__ = asked.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return counted

    return decorate


def turn_of(number: int) -> settings:
    """The settings of a turn in which so many new inputs are wanted."""
    return settings(
        max_examples=number + 1,  # the first is the same in every turn
        derandomize=False,  # a turn has a seed of its own
        database=None,
        deadline=None,
        print_blob=True,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),  # without tracing, which takes its time
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Raises `TooSlow` where the block takes more CPU than this."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"over {seconds} seconds, at last in {frame and frame.f_code.co_qualname}")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    started = time.process_time()
    try:
        yield
    except (RecursionError, TooSlow) as error:  # of whose frames no report can be made
        raise AssertionError(f"{type(error).__name__}: {error}") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert time.process_time() - started <= seconds  # a call into C may have kept the signal waiting


def spoilt(samples: Sequence[str], tokens: Sequence[str], most: int = 4) -> st.SearchStrategy[str]:
    """A sample with a few edits: pieces cut out, doubled, or put in: words of the grammar, hostile texts, any text."""
    words = [*tokens, *HOSTILE]
    return SEEDS.map(lambda seed: _spoilt(Random(seed), samples, words, most, _any_text))


def spoilt_bytes(samples: Sequence[bytes], tokens: Sequence[bytes], most: int = 5) -> st.SearchStrategy[bytes]:
    """The same for the bytes of a file."""
    strange = [
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xfe\xff",
        b"\x80",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\0\0",
        b"\x89PNG\r\n\x1a\n",
    ]
    words = [*tokens, *(text.encode() for text in HOSTILE), *strange]
    return SEEDS.map(lambda seed: _spoilt(Random(seed), samples, words, most, lambda chance, n: chance.randbytes(n)))


SEEDS = st.binary(min_size=8, max_size=8)
"""What an input is made from: one draw for each, where a draw for each edit would take longer than what is tested."""


def _any_text(chance: Random, length: int) -> str:
    """Letters of any script, one in two of them of the first 256."""
    ranges = ((0, 0xFF), (0x100, 0xD7FF), (0, 0xFF), (0xE000, 0x10FFFF))
    return "".join(chr(chance.randint(*chance.choice(ranges))) for _ in range(length))


def _spoilt(
    chance: Random, samples: Sequence[Value], tokens: list[Value], most: int, anything: Callable[[Random, int], Value]
) -> Value:
    sample = chance.choice(samples)
    for _ in range(chance.randint(0, most)):
        start = chance.randint(0, len(sample))
        end = start + chance.randint(0, 40)
        new = chance.choice(tokens) if chance.randrange(3) else anything(chance, chance.randint(0, 6))
        match chance.choice(("cut", "double", "put", "put", "swap")):
            case "cut":
                sample = sample[:start] + sample[end:]
            case "double":
                sample = sample[:end] + sample[start:]
            case "put":
                sample = sample[:start] + new + sample[start:]
            case "swap":
                sample = sample[:start] + new + sample[end:]
    return sample


def put_together(tokens: Sequence[str], most: int = 8) -> st.SearchStrategy[str]:
    """Words of a grammar in any order, and hostile texts among them."""

    def build(seed: bytes) -> str:
        chance = Random(seed)
        pieces = (chance.choice(tokens if chance.randrange(3) else HOSTILE) for _ in range(chance.randint(0, most)))
        return chance.choice(("", " ")).join(pieces)

    return SEEDS.map(build)


def refused_or(kind: type[Exception] | tuple[type[Exception], ...], call: Callable[[], object]) -> object:
    """What the call gives within its time; None where it refuses, in one of these kinds and with a sentence."""
    with bounded():
        try:
            return call()
        except kind as refusal:
            sentence = str(refusal)
    assert sentence.strip()
    return None
