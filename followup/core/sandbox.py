"""The Jinja environment in which titles and messages run: sandboxed, strict, and bounded in time and memory.

Jinja's own sandbox keeps templates from Python's internals, but not from using up time and memory. So here every loop,
text and calculation has a limit, and only filters and methods that cannot multiply their input are there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from followup.core.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import StrictUndefined, Template
    from jinja2.sandbox import SandboxedEnvironment

LONGEST_SOURCE = 20_000
LONGEST_TEXT = 50_000
LONGEST_LOOP = 200
LARGEST_NUMBER = 10**18
MOST_WORK = 250_000
"""What filters, calculations and loops may go through together, in characters and items."""
TURN = 100
"""What a turn of a loop counts as."""
DEEPEST = 80
"""Levels of nesting; what is compiled from them grows with their square."""


class TemplateFault(Refusal):
    """What is wrong with a template: `what` names it; `line` is where, if that is known."""

    def __init__(self, what: str, line: int | None, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"{what}, line {line}: {reason}" if line else f"{what}: {reason}")


_FILTERS = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "select",
    "selectattr",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "wordcount",
]
_BY_ITEM = ("dictsort", "map", "max", "min", "reject", "rejectattr", "select", "selectattr", "sort", "sum", "unique")
"""Filters that go through all of what they are told (an attribute, another filter's text) for each item."""
_METHODS: dict[type, set[str]] = {
    str: {
        "capitalize",
        "count",
        "endswith",
        "find",
        "lower",
        "lstrip",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "title",
    }
    | {"upper", "splitlines", "isdigit"},
    dict: {"get", "items", "keys", "values"},
    list: {"count", "index"},
}
_FORBIDDEN = {
    "Macro": "macros", "CallBlock": "call blocks", "Import": "imports", "FromImport": "imports", "Include": "includes",
    "Extends": "extends", "Block": "blocks", "FilterBlock": "filter blocks", "AssignBlock": "set blocks",
}  # fmt: skip


@cache
def environment() -> SandboxedEnvironment:
    """The bounded environment: undefined names are errors, and there are no globals."""
    from jinja2 import nodes
    from jinja2.exceptions import SecurityError, TemplateSyntaxError
    from jinja2.sandbox import SandboxedEnvironment

    class Bounded(SandboxedEnvironment):
        """Jinja's sandbox, with what a template may take bounded."""

        intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%", "**"])

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            if len(source) > LONGEST_SOURCE:
                raise TemplateSyntaxError(f"is longer than {LONGEST_SOURCE} characters", 1, name, filename)
            tree = super()._parse(source, name, filename)
            if _is_deep(tree):
                raise TemplateSyntaxError("is nested too deeply", 1, name, filename)
            for constant in tree.find_all(nodes.Const):
                if isinstance(constant.value, int | float) and not abs(constant.value) <= LARGEST_NUMBER:
                    raise TemplateSyntaxError("a number is too large", constant.lineno, name, filename)
            for kind, plural in _FORBIDDEN.items():
                for node in tree.find_all(getattr(nodes, kind)):
                    raise TemplateSyntaxError(f"{plural} are not allowed", node.lineno, name, filename)
            for loop in tree.find_all(nodes.For):
                if loop.recursive:
                    raise TemplateSyntaxError("recursive loops are not allowed", loop.lineno, name, filename)
                loop.iter = nodes.Filter(loop.iter, "_loop", [], [], None, None, lineno=loop.lineno)
            return cast("nodes.Template", _bound_literals(tree))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            for value in (left, right):
                if isinstance(value, str | list | tuple) and operator != "+":
                    raise SecurityError(f"{operator} works on numbers only")
                _spend(_size(_small(value)))
            if operator == "**":
                raise SecurityError("** is not allowed")
            return _small(super().call_binop(context, operator, left, right))

        def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
            owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
            if not any(isinstance(owner, kind) and name in names for kind, names in _METHODS.items()):
                raise SecurityError(f"{name or obj}() may not be called")
            _spend(sum(map(_size, (owner, *args, *kwargs.values()))))
            return _small(obj(*args, **kwargs))

    env = Bounded(undefined=_absent(), finalize=shown, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    env.globals.clear()
    env.filters = {name: _bounded(env.filters[name], name in _BY_ITEM) for name in _FILTERS} | {
        "_loop": _loop,
        "_text": _text,
        "_items": _small,
        "replace": _replace,
        "join": _join,
        "round": _round,
    }
    return env


def shown(value: Any) -> str:
    """A value as text: what is absent shows as nothing."""
    return "" if value is None else str(value)


def _absent() -> type[StrictUndefined]:
    """What stands for a name that is not there: any use of it is an error that says so in the words of templates."""
    from difflib import get_close_matches

    from jinja2 import StrictUndefined
    from jinja2.utils import missing

    from followup.core.facts import FIELDS, View

    class Absent(StrictUndefined):
        """A name that stands for nothing: an error with a hint at what may have been meant."""

        __slots__ = ()

        @property
        def _undefined_message(self) -> str:
            owner, name = self._undefined_obj, str(self._undefined_name)
            if self._undefined_hint:
                return self._undefined_hint
            if owner is None:
                return f"'{name}' is asked of something that is absent: put it between {{% if … %}} and {{% endif %}}"
            root = owner._root if isinstance(owner, View) else ""
            known = FIELDS.get(root, ["contact", "sale", "event", "me", "today", "due", "usual"])
            near = get_close_matches(name, known, 1) if owner is missing or root else []
            reason = f"{root} has no '{name}'" if root else f"there is no '{name}'" + " in it" * (owner is not missing)
            return reason + (f"; did you mean '{near[0]}'?" if near else "")

    return Absent


def _is_deep(tree: Any) -> bool:
    """Whether the tree has more than `DEEPEST` levels; told without going down by recursion."""
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in node.iter_child_nodes()]
    return bool(level)


def _bound_literals(tree: Any) -> Any:
    """The tree with every `~`, and every list, tuple and dictionary that is written out, sent through a filter that
    limits it: Jinja does not intercept those, and a list of lists of lists can stand for more than there is memory."""
    from jinja2 import nodes
    from jinja2.visitor import NodeTransformer

    class Rewriter(NodeTransformer):
        """Puts what makes long texts and lists through the functions that bound them."""

        def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
            self.generic_visit(node)
            return self.through("_text", nodes.List(node.nodes, lineno=node.lineno))

        def visit_List(self, node: nodes.Expr) -> nodes.Node:
            self.generic_visit(node)
            return node if getattr(node, "ctx", "load") == "store" else self.through("_items", node)

        visit_Tuple = visit_Dict = visit_List

        def through(self, name: str, node: nodes.Expr) -> nodes.Node:
            return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)

    return Rewriter().visit(tree)


_work = [0]
"""What the rendering under way has gone through."""


def _spend(amount: int) -> None:
    from jinja2.exceptions import SecurityError

    _work[0] += amount
    if _work[0] > MOST_WORK:
        raise SecurityError("the loops, texts and lists are too long for so many filters and turns")


def _size(value: Any) -> int:
    """The characters and items of a value, with all that is in it; no further counted than it takes to refuse it."""
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list | tuple | dict):
        return 1
    size = 1
    for item in value.items() if isinstance(value, dict) else value:
        size += _size(item)
        if size > LONGEST_TEXT:
            break
    return size


def _small(value: Any) -> Any:
    from jinja2.exceptions import SecurityError

    if _size(value) > LONGEST_TEXT:
        raise SecurityError("a text or a list is too long")
    if isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER:
        raise SecurityError("a number is too large")
    return value


def _bounded(apply: Callable[..., Any], by_item: bool) -> Callable[..., Any]:
    """The filter with its work counted and its result limited, and made at once where it would be made as one goes.

    Jinja's own marks (pass_environment and so on) are kept.
    """
    from functools import wraps
    from itertools import islice

    own = 1 if hasattr(apply, "jinja_pass_arg") else 0  # what Jinja passes comes first

    @wraps(apply)
    def limited(*args: Any, **kwargs: Any) -> Any:
        told = sum(map(_size, (*args[own + 1 :], *kwargs.values())))
        size = _size(args[own])
        _spend(size * (1 + told) if by_item else size + told)
        result = apply(*args, **kwargs)
        if hasattr(result, "__next__"):
            result = list(islice(result, LONGEST_TEXT))
        _spend(_size(_small(result)))
        return result

    return limited


def _loop(values: Any) -> list[Any]:
    from itertools import islice

    from jinja2.exceptions import SecurityError

    items = list(islice(values, LONGEST_LOOP + 1))
    if len(items) > LONGEST_LOOP:
        raise SecurityError(f"a loop has more than {LONGEST_LOOP} turns")
    _spend(TURN * len(items))
    return items


def _text(parts: list[Any]) -> str:
    _spend(sum(map(_size, parts)))
    return str(_small("".join(map(shown, parts))))


def _replace(text: Any, old: str, new: str) -> str:
    text, old, new = str(text), str(old), str(new)
    _spend(len(text) + text.count(old) * len(new))
    return str(_small(text.replace(old, new)))


def _join(values: Any, separator: str = "") -> str:
    parts = [str(v) for v in _loop(_small(values))]
    _spend(len(parts) * len(str(separator)) + sum(map(len, parts)))
    return str(_small(str(separator).join(parts)))


def _round(number: Any, digits: int = 0, method: str = "common") -> Any:
    """Jinja's rounding, which would take ten to the power of any number, for as many digits as anybody needs."""
    from jinja2.exceptions import SecurityError
    from jinja2.filters import do_round

    if digits not in range(10):
        raise SecurityError("round takes 0 to 9 digits")
    return do_round(number, digits, method)  # type: ignore[arg-type]


def compile_template(source: str, what: str, env: SandboxedEnvironment | None = None) -> Template:
    """The source as a template, in this environment or one built on it. Refuses one with a syntax error or a forbidden
    part; `what` names it in the sentence."""
    from jinja2 import TemplateSyntaxError
    from jinja2.exceptions import TemplateError

    _work[0] = 0
    try:
        return (env or environment()).from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(what, error.lineno, error.message or "is no template") from None
    except (RecursionError, SyntaxError):  # the latter from Python, which takes 20 loops in each other and no more
        raise TemplateFault(what, None, "is nested too deeply") from None
    except (TemplateError, OverflowError) as error:
        raise TemplateFault(what, None, str(error)) from None
    except ValueError:
        raise TemplateFault(what, None, "has a number that is too large") from None


def render(template: Template, names: Mapping[str, Any], what: str) -> str:
    """The template's text for these names. Refuses undefined names, forbidden calls, and what grows too large."""
    from jinja2.exceptions import TemplateError

    pieces: list[str] = []
    length = _work[0] = 0
    try:
        for piece in template.generate(**names):
            length += len(piece)
            if length > LONGEST_TEXT:
                raise TemplateFault(what, None, "the text grows too long")
            pieces.append(piece)
    except TemplateError as error:
        raise TemplateFault(what, _line_of(error), error.message or "fails") from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
        raise TemplateFault(what, _line_of(error), str(error)) from None
    return "".join(pieces)


def _line_of(error: Exception) -> int | None:
    """The template's line that an error came from: Jinja puts it into the traceback."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
