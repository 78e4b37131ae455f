"""Conditions: what a rule's `when` may say, checked when the rules are read, and its value for one follow-up.

The language is Jinja's expressions, read by Jinja's parser; the evaluation is our own, over a short list of allowed
parts: so it has no loops, no clock, nothing to import, and a cost bounded by its own length. It also gives what Jinja
does not: a comparison with an absent value is false, and every value read can be told.
"""

from __future__ import annotations

import operator
from functools import cache
from typing import TYPE_CHECKING, Any

from followup.core.facts import FIELDS, KINDS, OPEN_ENDED
from followup.core.model import Condition, Node, Part
from followup.core.spelling import spell

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

    from followup.core.model import Readable

LONGEST = 2000
"""Characters that a condition may have."""

DEEPEST = 50
"""Levels of nesting that a condition may have."""

ROOTS = ("contact", "sale", "event", "me")
"""What fields can be read of, by name."""


class ConditionFault(Exception):
    """A condition that cannot be accepted, with the reason as its sentence."""


def parse_condition(text: str) -> Condition:
    """Reads and checks a `when`. Raises `ConditionFault` for a syntax error, an unknown name, or a forbidden part."""
    from jinja2 import TemplateSyntaxError
    from jinja2.parser import Parser

    if len(text) > LONGEST:
        raise ConditionFault(f"is {len(text)} characters long: {LONGEST} are the most")
    try:
        parser = Parser(_environment(), text, state="variable")
        tree = _node(parser.parse_expression(), DEEPEST)
        if not parser.stream.eos:
            raise ConditionFault(f"does not make sense from '{parser.stream.current.value}' on")
        return Condition(text, tuple(map(_part, tree.pieces if tree.kind == "And" else [tree])))
    except TemplateSyntaxError as error:
        raise ConditionFault(f"cannot be read: {(error.message or '').replace('end of template', 'end')}") from None
    except RecursionError:
        raise ConditionFault("is nested too deeply") from None
    except (SyntaxError, ValueError):  # Jinja takes digits of other scripts for a number, and Python does not
        raise ConditionFault("has a number that cannot be read: write it with the digits 0 to 9") from None


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(autoescape=False)


def _node(read: Any, levels: int) -> Node:
    """What Jinja read, with its kind and its fields; a chain of `and`, or of `or`, is one node with its `pieces`,
    however long. Raises RecursionError where it has more levels."""
    if not levels:
        raise RecursionError
    kind = type(read).__name__
    if kind in ("And", "Or"):
        return Node(kind=kind, pieces=[_node(piece, levels - 1) for piece in _chain(read, kind)])
    return Node(kind=kind, **{name: _field(value, levels - 1) for name, value in read.iter_fields(exclude=["ctx"])})


def _field(value: Any, levels: int) -> Any:
    """A field's value: a node, several, or plain."""
    if isinstance(value, list):
        return [_field(item, levels) for item in value]
    if isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ConditionFault("has an escape that stands for no character")
    return _node(value, levels) if hasattr(value, "iter_fields") else value


def _chain(read: Any, kind: str) -> list[Any]:
    """The pieces of a chain of `and` (or of `or`) in order; the node alone where it is none."""
    if type(read).__name__ != kind:
        return [read]
    pieces = []
    while type(read).__name__ == kind:
        pieces.append(_chain(read.right, kind))
        read = read.left
    return [read, *(piece for group in reversed(pieces) for piece in group)]


def _part(node: Node) -> Part:
    compiled(node)  # which refuses what is not on the list
    return Part(spell(node), node, _compares(node))


def _compares(value: Any) -> bool:
    """Whether there is a comparison in it, other than with `none`: one that is false where a value is absent."""
    if isinstance(value, Node):
        if value.kind == "Compare" and not any(map(_is_none, (value.expr, *(o.expr for o in value.ops)))):
            return True
        return any(map(_compares, vars(value).values()))
    return isinstance(value, list) and any(map(_compares, value))


def nearest(name: str, known: list[str]) -> str:
    """A hint for a misspelt name: `; did you mean '…'?`, or the known ones where none is near."""
    from difflib import get_close_matches

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
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
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
    "float": lambda v: _exact(float(v)),
    "round": lambda v, digits=0: round(v, digits) if digits in range(10) else None,
    "default": lambda v, other="": other if v is None else v,
    "d": lambda v, other="": other if v is None else v,
}
_METHODS = ("startswith", "endswith", "lower", "upper", "strip", "get")
_TESTS: dict[str, Callable[..., Any]] = {
    "defined": lambda v: v is not None,
    "undefined": lambda v: v is None,
    "none": lambda v: v is None,
    "true": lambda v: v is True,
    "false": lambda v: v is False,
    "odd": lambda v: _is_number(v) and v % 2 == 1,
    "even": lambda v: _is_number(v) and v % 2 == 0,
    "divisibleby": lambda v, n: _is_number(v) and v % n == 0,
    "string": lambda v: isinstance(v, str),
    "number": lambda v: _is_number(v),
    "equalto": _same,
    "eq": _same,
    "in": lambda v, many: v in many,
}
_TRUE_OF_NOTHING = ("default", "d", "defined", "undefined", "none")
_TAKES = {
    **dict.fromkeys(("default", "d", "round", "strip"), (0, 1)),
    **dict.fromkeys(("divisibleby", "equalto", "eq", "in", "startswith", "endswith"), (1, 1)),
    "get": (1, 2),
}
"""How many arguments a filter, test or method takes at least and at most; none where it is not named."""


def compiled(node: Node) -> Callable[[Readable], Any]:
    """The node as a function of the facts. Raises `ConditionFault` for whatever is not on the list."""
    make = _MAKERS.get(node.kind)
    if make is None:
        raise ConditionFault(f"may not contain {_describe(node)}")
    return make(node)


def _describe(node: Node) -> str:
    names = {"Pow": "a power (**)", "Slice": "a slice", "Concat": "~", "Dict": "a dictionary"}
    return names.get(node.kind, f"a {node.kind.lower()}")


def _constant(node: Node) -> Callable[[Readable], Any]:
    value = node.value
    if isinstance(value, int | float) and not abs(value) <= 10**15:
        raise ConditionFault("has a number that is too large")
    if isinstance(value, float):
        value = _exact(value)
    return lambda facts: value


def _sequence(node: Node) -> Callable[[Readable], Any]:
    items = [compiled(item) for item in node.items]
    return lambda facts: [item(facts) for item in items]


def _name(node: Node) -> Callable[[Readable], Any]:
    if node.name == "tried":
        return lambda facts: facts.read("rule", "tried")
    if node.name in ROOTS:
        return lambda facts: facts.read(node.name, "id")
    raise ConditionFault(f"has an unknown name '{node.name}'" + nearest(node.name, [*ROOTS, "tried"]))


def _attribute(node: Node) -> Callable[[Readable], Any]:
    name = _named(node)
    if node.node.kind == "Name" and node.node.name in ROOTS:
        root = node.node.name
        if name is None:
            raise ConditionFault(f"names no field in '{spell(node)}'")
        if name not in FIELDS[root] and root not in OPEN_ENDED:
            raise ConditionFault(f"has an unknown field '{root}.{name}'" + nearest(name, list(FIELDS[root])))
        return lambda facts: facts.read(root, name)
    inner = compiled(node.node)
    if name is not None:
        if _path(node.node) not in OPEN_ENDED:
            raise ConditionFault(f"has an unknown field '{spell(node)}'")
        return lambda facts: (inner(facts) or {}).get(name)
    index = compiled(node.arg)
    return lambda facts: _item(inner(facts), index(facts))


def _named(node: Node) -> str | None:
    """The name after a dot, or in quotes within brackets."""
    if node.kind == "Getattr":
        return str(node.attr)
    name = getattr(getattr(node, "arg", None), "value", None)
    return name if isinstance(name, str) else None


def _path(node: Node) -> str:
    """A field as `contact.dates`, however it is written."""
    owner: Any = getattr(node, "node", None)
    return f"{owner.name}.{_named(node)}" if getattr(owner, "kind", "") == "Name" else ""


def _item(values: Any, index: Any) -> Any:
    try:
        return values[index]
    except (TypeError, KeyError, IndexError):
        return None


def _call(node: Node) -> Callable[[Readable], Any]:
    name = getattr(node.node, "name", None)
    if name in ("open", "happened", "count"):
        kind = getattr(node.args[0], "value", None) if len(node.args) == 1 and not _is_odd_call(node) else None
        if not isinstance(kind, str):
            raise ConditionFault(f"{name}() takes one kind in quotes, such as {name}('complaint')")
        if kind not in KINDS:
            raise ConditionFault(f"has an unknown kind '{kind}' in {name}()" + nearest(kind, list(KINDS)))
        return lambda facts: facts.ask(name, kind)
    method = getattr(node.node, "attr", None)
    if method not in _METHODS:
        raise ConditionFault(f"may not call {spell(node.node)}(): only open(), happened() and count() are there")
    owner = compiled(node.node.node)
    arguments = _arguments(method, node)

    def call(facts: Readable) -> Any:
        value = owner(facts)
        if not isinstance(value, dict if method == "get" else str):
            return None
        return _guarded(lambda: getattr(value, method)(*(a(facts) for a in arguments)))

    return call


def _is_odd_call(node: Node) -> bool:
    return bool(node.kwargs or node.dyn_args or node.dyn_kwargs)


def _arguments(name: str, node: Any) -> list[Callable[[Readable], Any]]:
    """The arguments of a filter, test or method, as many as it takes."""
    least, most = _TAKES.get(name, (0, 0))
    if _is_odd_call(node) or not least <= len(node.args) <= most:
        takes = "no arguments" if not most else f"{least} or {most} arguments" if least < most else "one argument"
        raise ConditionFault(f"'{name}' takes {takes}")
    return [compiled(a) for a in node.args]


_UNFIT = (TypeError, ValueError, ArithmeticError, IndexError, KeyError, AttributeError)


def _guarded(compute: Callable[[], Any]) -> Any:
    """The value, or None where the operands do not fit: an absent or unfit value makes no condition true."""
    try:
        return compute()
    except _UNFIT:
        return None


def _compare(node: Node) -> Callable[[Readable], Any]:
    first = compiled(node.expr)
    steps = [(_COMPARE[o.op], compiled(o.expr), _is_none(o.expr) or _is_none(node.expr)) for o in node.ops]

    def compare(facts: Readable) -> bool:
        left = first(facts)
        for test, right_of, about_none in steps:
            right = right_of(facts)
            if (left is None or right is None) and not about_none:
                return False
            try:
                if not test(left, right):
                    return False
            except _UNFIT:
                return False
            left = right
        return True

    return compare


def _is_none(node: Node) -> bool:
    return node.kind == "Const" and node.value is None


def _both(node: Node) -> Callable[[Readable], Any]:
    pieces = [compiled(piece) for piece in node.pieces]

    def both(facts: Readable) -> Any:
        value: Any = True
        for piece in pieces:
            if not (value := piece(facts)):
                break
        return value

    return both


def _either(node: Node) -> Callable[[Readable], Any]:
    pieces = [compiled(piece) for piece in node.pieces]

    def either(facts: Readable) -> Any:
        value: Any = False
        for piece in pieces:
            if value := piece(facts):
                break
        return value

    return either


def _not(node: Node) -> Callable[[Readable], Any]:
    inner = compiled(node.node)
    return lambda facts: not inner(facts)


def _negative(node: Node) -> Callable[[Readable], Any]:
    inner = compiled(node.node)
    return lambda facts: _guarded(lambda: -inner(facts))


def _arithmetic(node: Node) -> Callable[[Readable], Any]:
    apply = _ARITHMETIC[node.kind]
    left, right = compiled(node.left), compiled(node.right)
    for side in (node.left, node.right):
        if isinstance(getattr(side, "value", None), str) or side.kind in ("List", "Tuple"):
            raise ConditionFault("may calculate with numbers only, not with texts or lists")

    def calculate(facts: Readable) -> Any:
        a, b = left(facts), right(facts)
        if a is None or b is None or isinstance(a, str | list | dict) or isinstance(b, str | list | dict):
            return None
        return _guarded(lambda: apply(_exact(a), _exact(b)))

    return calculate


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or type(value).__name__ == "Decimal"


def _exact(number: Any) -> Any:
    """Whole numbers and decimals as they are, others as decimals, so that money can be multiplied."""
    from decimal import Decimal

    return Decimal(repr(number)) if isinstance(number, float) else number


def _filter(node: Node) -> Callable[[Readable], Any]:
    apply = _FILTERS.get(node.name)
    if apply is None or node.node is None:
        raise ConditionFault(f"has an unknown filter '{node.name}'" + nearest(str(node.name), list(_FILTERS)))
    return _applied(apply, node)


def _test(node: Node) -> Callable[[Readable], Any]:
    apply = _TESTS.get(node.name)
    if apply is None:
        raise ConditionFault(f"has an unknown test 'is {node.name}'" + nearest(str(node.name), list(_TESTS)))
    applied = _applied(apply, node)
    return lambda facts: bool(applied(facts))


def _applied(apply: Callable[..., Any], node: Any) -> Callable[[Readable], Any]:
    inner = compiled(node.node)
    arguments = _arguments(node.name, node)
    takes_nothing = node.name in _TRUE_OF_NOTHING

    def value(facts: Readable) -> Any:
        operand = inner(facts)
        if operand is None and not takes_nothing:
            return None
        return _guarded(lambda: apply(operand, *(a(facts) for a in arguments)))

    return value


def _choice(node: Node) -> Callable[[Readable], Any]:
    test, yes = compiled(node.test), compiled(node.expr1)
    no = compiled(node.expr2) if node.expr2 else (lambda facts: None)
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
