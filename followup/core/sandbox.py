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
MOST_STEPS = 20_000


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
    "round",
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
        intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%", "**"])

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            if len(source) > LONGEST_SOURCE:
                raise TemplateSyntaxError(f"is longer than {LONGEST_SOURCE} characters", 1, name, filename)
            tree = super()._parse(source, name, filename)
            for kind, plural in _FORBIDDEN.items():
                for node in tree.find_all(getattr(nodes, kind)):
                    raise TemplateSyntaxError(f"{plural} are not allowed", node.lineno, name, filename)
            for loop in tree.find_all(nodes.For):
                if loop.recursive:
                    raise TemplateSyntaxError("recursive loops are not allowed", loop.lineno, name, filename)
                loop.iter = nodes.Filter(loop.iter, "_loop", [], [], None, None, lineno=loop.lineno)
            return cast("nodes.Template", _bound_concat(tree))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            for value in (left, right):
                if isinstance(value, str | list | tuple) and operator != "+":
                    raise SecurityError(f"{operator} works on numbers only")
                if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
                    raise SecurityError("a number is too large")
            if operator == "**":
                raise SecurityError("** is not allowed")
            return _small(super().call_binop(context, operator, left, right))

        def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
            owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
            if name not in _METHODS.get(type(owner), set()):
                raise SecurityError(f"{name or obj}() may not be called")
            return _small(obj(*args, **kwargs))

    env = Bounded(undefined=_absent(), trim_blocks=True, lstrip_blocks=True, autoescape=False)
    env.globals.clear()
    env.filters = {name: _bounded(env.filters[name]) for name in _FILTERS} | {
        "_loop": _loop,
        "_text": lambda parts: _small("".join(map(str, parts))),
        "replace": _replace,
        "join": _join,
    }
    return env


def _absent() -> type[StrictUndefined]:
    """What stands for a name that is not there: any use of it is an error that says so in the words of templates."""
    from difflib import get_close_matches

    from jinja2 import StrictUndefined
    from jinja2.utils import missing

    from followup.core.facts import FIELDS, View

    class Absent(StrictUndefined):
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


def _bound_concat(tree: Any) -> Any:
    """The tree with every `~` sent through a filter that limits the length: Jinja does not intercept it."""
    from jinja2 import nodes
    from jinja2.visitor import NodeTransformer

    class Rewriter(NodeTransformer):
        def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
            self.generic_visit(node)
            parts = nodes.List(node.nodes, lineno=node.lineno)
            return nodes.Filter(parts, "_text", [], [], None, None, lineno=node.lineno)

    return Rewriter().visit(tree)


def _small(value: Any) -> Any:
    from jinja2.exceptions import SecurityError

    if isinstance(value, str | list | tuple | dict) and len(value) > LONGEST_TEXT:
        raise SecurityError("a text is too long")
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise SecurityError("a number is too large")
    return value


def _bounded(apply: Callable[..., Any]) -> Callable[..., Any]:
    """The filter with its result limited; Jinja's own marks (pass_environment and so on) are kept."""
    from functools import wraps

    @wraps(apply)
    def limited(*args: Any, **kwargs: Any) -> Any:
        return _small(apply(*args, **kwargs))

    return limited


def _loop(values: Any) -> list[Any]:
    from itertools import islice

    from jinja2.exceptions import SecurityError

    items = list(islice(values, LONGEST_LOOP + 1))
    _turns[0] += len(items)
    if len(items) > LONGEST_LOOP or _turns[0] > MOST_STEPS:
        raise SecurityError(f"the loops have more than {LONGEST_LOOP} turns each or {MOST_STEPS} together")
    return items


_turns = [0]
"""How many turns the loops of the rendering under way have made."""


def _replace(text: Any, old: str, new: str) -> str:
    text, old, new = str(text), str(old), str(new)
    _small([None] * min(LONGEST_TEXT + 1, str(text).count(old) * len(new)))
    return str(text).replace(old, new)


def _join(values: Any, separator: str = "") -> str:
    parts = [str(v) for v in _loop(values)]
    _small([None] * min(LONGEST_TEXT + 1, len(parts) * len(separator) + sum(map(len, parts))))
    return str(separator).join(parts)


def compile_template(source: str, what: str, env: SandboxedEnvironment | None = None) -> Template:
    """The source as a template, in this environment or one built on it. Refuses one with a syntax error or a forbidden
    part; `what` names it in the sentence."""
    from jinja2 import TemplateSyntaxError
    from jinja2.exceptions import TemplateError

    try:
        return (env or environment()).from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(what, error.lineno, error.message or "is no template") from None
    except (TemplateError, RecursionError, OverflowError) as error:
        raise TemplateFault(what, None, str(error)) from None


def render(template: Template, names: Mapping[str, Any], what: str) -> str:
    """The template's text for these names. Refuses undefined names, forbidden calls, and what grows too large."""
    from jinja2.exceptions import TemplateError

    pieces: list[str] = []
    length = _turns[0] = 0
    try:
        for steps, piece in enumerate(template.generate(**names)):
            length += len(piece)
            if length > LONGEST_TEXT or steps > MOST_STEPS:
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
