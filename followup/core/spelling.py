"""An expression as text again, with the brackets that it needs and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from followup.core.model import Node

_SIGNS = {
    "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%",
    "eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in",
}  # fmt: skip
_BINDING = {
    **dict.fromkeys(("Const", "Name", "Getattr", "Getitem", "Call", "List", "Tuple"), 9),
    "Filter": 8, "Neg": 7, "Mul": 6, "Div": 6, "FloorDiv": 6, "Mod": 6, "Add": 5, "Sub": 5,
    "Test": 4, "Compare": 3, "Not": 2, "And": 1,
}  # fmt: skip
"""How tightly Jinja's expressions bind: what binds less than its surroundings ask for needs brackets."""


def spell(node: Node) -> str:
    """The expression as text; of what a condition may not contain, the name of its kind."""
    kind = node.kind
    binding = _BINDING.get(kind, 0)
    match kind:
        case "Const":
            return repr(node.value) if isinstance(node.value, str | float) else str(node.value).lower()
        case "Name":
            return str(node.name)
        case "Getattr":
            return f"{_operand(node.node, 9)}.{node.attr}"
        case "Getitem":
            return f"{_operand(node.node, 9)}[{spell(node.arg)}]"
        case "Call":
            return f"{_operand(node.node, 9)}({', '.join(spell(a) for a in node.args)})"
        case "Filter" | "Test":
            arguments = f"({', '.join(spell(a) for a in node.args)})" if node.args else ""
            return f"{_operand(node.node, 8)}{'|' if kind == 'Filter' else ' is '}{node.name}{arguments}"
        case "List" | "Tuple":
            return f"[{', '.join(spell(i) for i in node.items)}]"
        case "Neg":
            return f"-{_operand(node.node, 9)}"
        case _ if kind in _SIGNS:
            return f"{_operand(node.left, binding)} {_SIGNS[kind]} {_operand(node.right, binding + 1)}"
        case "Compare":
            return _operand(node.expr, 5) + "".join(f" {_SIGNS[o.op]} {_operand(o.expr, 5)}" for o in node.ops)
        case "Not":
            return f"not {_operand(node.node, 2)}"
        case "And" | "Or":
            return f" {kind.lower()} ".join(_operand(piece, binding + 1) for piece in node.pieces)
        case "CondExpr":
            other = f" else {_operand(node.expr2, 5)}" if node.expr2 else ""
            return f"{_operand(node.expr1, 5)} if {_operand(node.test, 5)}{other}"
        case _:
            return str(kind)


def _operand(node: Node, binding: int) -> str:
    """The node as text within another that asks for so tight a binding."""
    return spell(node) if _BINDING.get(node.kind, 0) >= binding else f"({spell(node)})"
