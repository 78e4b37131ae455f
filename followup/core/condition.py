"""Conditions: what a rule's `when` may say, checked when the rules are read, and its value for one follow-up.

The language is Jinja's expressions, read by Jinja's parser; the evaluation is our own, over a short list of allowed parts:
so it has no loops, no clock, nothing to import, and a cost bounded by its own length. It also gives what Jinja does not:
a comparison with an absent value is false, and every value read can be told.
"""

from __future__ import annotations

import operator
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from followup.core.facts import FIELDS, KINDS, OPEN_ENDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment, nodes

LONGEST = 2000
"""Characters that a condition may have."""


class ConditionFault(Exception):
    """A condition that cannot be accepted, with the reason as its sentence."""


class Readable(Protocol):
    """What a condition is asked about: fields by name, and what happened by kind."""

    def read(self, root: str, field: str) -> Any:
        """The value of a field such as `sale.amount`; None when absent."""

    def ask(self, question: str, kind: str) -> bool | int:
        """`open`, `happened` or `count` of a kind."""


Evaluate = "Callable[[Readable], Any]"


class Part(Struct, frozen=True):
    """A piece of a condition that must hold, with its text."""

    text: str
    evaluate: Any


class Condition(Struct, frozen=True):
    """A checked condition: all of its parts must hold."""

    text: str
    parts: tuple[Part, ...]

    def holds(self, facts: Readable) -> bool:
        """Whether every part is true for these facts."""
        return all(part.evaluate(facts) for part in self.parts)


def parse_condition(text: str) -> Condition:
    """Reads and checks a `when`. Raises `ConditionFault` for a syntax error, an unknown name, or a forbidden part."""
    from jinja2 import TemplateSyntaxError
    from jinja2.parser import Parser

    if len(text) > LONGEST:
        raise ConditionFault(f"is {len(text)} characters long: {LONGEST} are the most")
    try:
        parser = Parser(_environment(), text, state="variable")
        tree = parser.parse_expression()
        if not parser.stream.eos:
            raise ConditionFault(f"does not make sense from '{parser.stream.current.value}' on")
        parts = tuple(Part(_show(part), _compile(part)) for part in _conjuncts(tree))
    except TemplateSyntaxError as error:
        raise ConditionFault(f"cannot be read: {error.message}") from None
    except RecursionError:
        raise ConditionFault("is nested too deeply") from None
    return Condition(text, parts)


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(autoescape=False)


def _conjuncts(tree: nodes.Expr) -> list[nodes.Expr]:
    if type(tree).__name__ != "And":
        return [tree]
    return [*_conjuncts(tree.left), *_conjuncts(tree.right)]  # type: ignore[attr-defined]


def nearest(name: str, known: list[str]) -> str:
    """A hint for a misspelt name: `; did you mean '…'?`, or the known ones where none is near."""
    if close := get_close_matches(name, known, 1):
        return f"; did you mean '{close[0]}'?"
    return f"; known are {', '.join(sorted(known))}"


def _same(a: Any, b: Any) -> bool:
    return bool(a == b)


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": _same,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda a, b: a in b,
    "notin": lambda a, b: a not in b,
}
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}
_ARITHMETIC: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Add": ("+", operator.add),
    "Sub": ("-", operator.sub),
    "Mul": ("*", operator.mul),
    "Div": ("/", operator.truediv),
    "FloorDiv": ("//", operator.floordiv),
    "Mod": ("%", operator.mod),
}
_FILTERS: dict[str, Callable[..., Any]] = {
    "lower": lambda v: str(v).lower(),
    "upper": lambda v: str(v).upper(),
    "trim": lambda v: str(v).strip(),
    "string": str,
    "length": len,
    "count": len,
    "first": lambda v: next(iter(v), None),
    "last": lambda v: v[-1] if v else None,
    "abs": abs,
    "int": int,
    "float": float,
    "round": round,
    "default": lambda v, other="": other if v is None else v,
    "d": lambda v, other="": other if v is None else v,
}
_METHODS = {"startswith", "endswith", "lower", "upper", "strip", "get"}
_TESTS: dict[str, Callable[..., Any]] = {
    "defined": lambda v: v is not None,
    "undefined": lambda v: v is None,
    "none": lambda v: v is None,
    "true": lambda v: v is True,
    "false": lambda v: v is False,
    "odd": lambda v: v is not None and v % 2 == 1,
    "even": lambda v: v is not None and v % 2 == 0,
    "divisibleby": lambda v, n: v is not None and v % n == 0,
    "string": lambda v: isinstance(v, str),
    "number": lambda v: isinstance(v, int | float) or type(v).__name__ == "Decimal",
    "equalto": _same,
    "eq": _same,
    "in": lambda v, many: v in many,
}
_TRUE_OF_NOTHING = ("default", "d", "defined", "undefined", "none")


def _compile(node: nodes.Node) -> Callable[[Readable], Any]:
    """The node as a function of the facts. Raises `ConditionFault` for whatever is not on the list."""
    make = _MAKERS.get(type(node).__name__)
    if make is None:
        raise ConditionFault(f"may not contain {_describe(node)}")
    return make(node)


def _describe(node: nodes.Node) -> str:
    names = {"Pow": "a power (**)", "Slice": "a slice", "Concat": "~", "Dict": "a dictionary"}
    return names.get(type(node).__name__, f"a {type(node).__name__.lower()}")


def _constant(node: Any) -> Callable[[Readable], Any]:
    value = node.value
    if isinstance(value, float):
        from decimal import Decimal

        value = Decimal(repr(value))
    if isinstance(value, int) and abs(value) > 10**15:
        raise ConditionFault("has a number that is too large")
    return lambda facts: value


def _sequence(node: Any) -> Callable[[Readable], Any]:
    items = [_compile(item) for item in node.items]
    return lambda facts: [item(facts) for item in items]


def _name(node: Any) -> Callable[[Readable], Any]:
    if node.name == "tried":
        return lambda facts: facts.read("rule", "tried")
    if node.name in FIELDS:
        return lambda facts: facts.read(node.name, "id")
    raise ConditionFault(f"has an unknown name '{node.name}'" + nearest(node.name, [*FIELDS, "tried"]))


def _attribute(node: Any) -> Callable[[Readable], Any]:
    name = node.attr if type(node).__name__ == "Getattr" else getattr(node.arg, "value", None)
    if type(node.node).__name__ == "Name" and node.node.name in FIELDS and isinstance(name, str):
        root = node.node.name
        known = FIELDS[root]
        if name not in known and root not in OPEN_ENDED:
            raise ConditionFault(f"has an unknown field '{root}.{name}'" + nearest(name, list(known)))
        return lambda facts: facts.read(root, name)
    inner = _compile(node.node)
    if isinstance(name, str):
        owner = _show(node.node)
        if owner not in OPEN_ENDED:
            raise ConditionFault(f"has an unknown field '{owner}.{name}'")
        return lambda facts: (inner(facts) or {}).get(name)
    index = _compile(node.arg)
    return lambda facts: _item(inner(facts), index(facts))


def _item(values: Any, index: Any) -> Any:
    try:
        return values[index]
    except (TypeError, KeyError, IndexError):
        return None


def _call(node: Any) -> Callable[[Readable], Any]:
    name = getattr(node.node, "name", None)
    if name in ("open", "happened", "count"):
        kind = getattr(node.args[0], "value", None) if len(node.args) == 1 and not node.kwargs else None
        if not isinstance(kind, str):
            raise ConditionFault(f"{name}() takes one kind in quotes, such as {name}('complaint')")
        if kind not in KINDS:
            raise ConditionFault(f"has an unknown kind '{kind}' in {name}()" + nearest(kind, list(KINDS)))
        return lambda facts: facts.ask(name, kind)
    method = getattr(node.node, "attr", None)
    if method not in _METHODS or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise ConditionFault(f"may not call {_show(node.node)}(): only open(), happened() and count() are there")
    owner = _compile(node.node.node)
    arguments = [_compile(a) for a in node.args]

    def call(facts: Readable) -> Any:
        value = owner(facts)
        if not isinstance(value, dict if method == "get" else str):
            return None
        return _guarded(lambda: getattr(value, method)(*(a(facts) for a in arguments)))

    return call


def _guarded(compute: Callable[[], Any]) -> Any:
    """The value, or None where the operands do not fit: an absent or unfit value makes no condition true."""
    try:
        return compute()
    except (TypeError, ValueError, ArithmeticError, IndexError, KeyError, AttributeError):
        return None


def _compare(node: Any) -> Callable[[Readable], Any]:
    first = _compile(node.expr)
    steps = [(_COMPARE[o.op], _compile(o.expr), _is_none(o.expr) or _is_none(node.expr)) for o in node.ops]

    def compare(facts: Readable) -> bool:
        left = first(facts)
        for test, right_of, about_none in steps:
            right = right_of(facts)
            if (left is None or right is None) and not about_none:
                return False
            if not _guarded(lambda left=left, right=right, test=test: test(left, right)):  # type: ignore[misc]
                return False
            left = right
        return True

    return compare


def _is_none(node: Any) -> bool:
    return type(node).__name__ == "Const" and node.value is None


def _both(node: Any) -> Callable[[Readable], Any]:
    left, right = _compile(node.left), _compile(node.right)
    return lambda facts: left(facts) and right(facts)


def _either(node: Any) -> Callable[[Readable], Any]:
    left, right = _compile(node.left), _compile(node.right)
    return lambda facts: left(facts) or right(facts)


def _not(node: Any) -> Callable[[Readable], Any]:
    inner = _compile(node.node)
    return lambda facts: not inner(facts)


def _negative(node: Any) -> Callable[[Readable], Any]:
    inner = _compile(node.node)
    return lambda facts: _guarded(lambda: -inner(facts))


def _arithmetic(node: Any) -> Callable[[Readable], Any]:
    _, apply = _ARITHMETIC[type(node).__name__]
    left, right = _compile(node.left), _compile(node.right)
    for side in (node.left, node.right):
        if isinstance(getattr(side, "value", None), str) or type(side).__name__ in ("List", "Tuple"):
            raise ConditionFault("may calculate with numbers only, not with texts or lists")

    def calculate(facts: Readable) -> Any:
        a, b = left(facts), right(facts)
        if a is None or b is None or isinstance(a, str | list | dict) or isinstance(b, str | list | dict):
            return None
        return _guarded(lambda: apply(_exact(a), _exact(b)))

    return calculate


def _exact(number: Any) -> Any:
    """Whole numbers and decimals as they are, others as decimals, so that money can be multiplied."""
    from decimal import Decimal

    return Decimal(repr(number)) if isinstance(number, float) else number


def _filter(node: Any) -> Callable[[Readable], Any]:
    apply = _FILTERS.get(node.name)
    if apply is None or node.node is None:
        raise ConditionFault(f"has an unknown filter '{node.name}'" + nearest(str(node.name), list(_FILTERS)))
    return _applied(apply, node)


def _test(node: Any) -> Callable[[Readable], Any]:
    apply = _TESTS.get(node.name)
    if apply is None:
        raise ConditionFault(f"has an unknown test 'is {node.name}'" + nearest(str(node.name), list(_TESTS)))
    applied = _applied(apply, node)
    return lambda facts: bool(applied(facts))


def _applied(apply: Callable[..., Any], node: Any) -> Callable[[Readable], Any]:
    inner = _compile(node.node)
    arguments = [_compile(a) for a in node.args]
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise ConditionFault(f"'{node.name}' takes plain arguments only")
    takes_nothing = node.name in _TRUE_OF_NOTHING

    def value(facts: Readable) -> Any:
        operand = inner(facts)
        if operand is None and not takes_nothing:
            return None
        return _guarded(lambda: apply(operand, *(a(facts) for a in arguments)))

    return value


def _choice(node: Any) -> Callable[[Readable], Any]:
    test, yes = _compile(node.test), _compile(node.expr1)
    no = _compile(node.expr2) if node.expr2 else (lambda facts: None)
    return lambda facts: yes(facts) if test(facts) else no(facts)


_MAKERS: dict[str, Callable[[Any], Callable[[Readable], Any]]] = {
    "Const": _constant,
    "List": _sequence,
    "Tuple": _sequence,
    "Name": _name,
    "Getattr": _attribute,
    "Getitem": _attribute,
    "Call": _call,
    "Compare": _compare,
    "And": _both,
    "Or": _either,
    "Not": _not,
    "Neg": _negative,
    "Filter": _filter,
    "Test": _test,
    "CondExpr": _choice,
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
}


def _show(node: Any) -> str:
    """The node as text again, for telling which part held and which did not."""
    match type(node).__name__:
        case "Const":
            return repr(node.value)
        case "Name":
            return str(node.name)
        case "Getattr":
            return f"{_show(node.node)}.{node.attr}"
        case "Getitem":
            return f"{_show(node.node)}[{_show(node.arg)}]"
        case "Call":
            return f"{_show(node.node)}({', '.join(_show(a) for a in node.args)})"
        case "Compare":
            return _show(node.expr) + "".join(f" {_SIGNS[o.op]} {_show(o.expr)}" for o in node.ops)
        case "And" | "Or":
            return f"({_show(node.left)} {type(node).__name__.lower()} {_show(node.right)})"
        case "Not":
            return f"not {_show(node.node)}"
        case "Neg":
            return f"-{_show(node.node)}"
        case "Filter" | "Test":
            arguments = f"({', '.join(_show(a) for a in node.args)})" if node.args else ""
            return f"{_show(node.node)} {'|' if type(node).__name__ == 'Filter' else 'is'} {node.name}{arguments}"
        case "List" | "Tuple":
            return f"[{', '.join(_show(i) for i in node.items)}]"
        case "CondExpr":
            other = f" else {_show(node.expr2)}" if node.expr2 else ""
            return f"{_show(node.expr1)} if {_show(node.test)}{other}"
        case name if name in _ARITHMETIC:
            return f"{_show(node.left)} {_ARITHMETIC[name][0]} {_show(node.right)}"
        case name:
            return name
