"""What is known of people reaches SQLite as parameters only: no statement is made of any value."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import followup

PACKAGE = Path(followup.__file__).parent

ALLOWED = {
    ("cli/completing.py", "query"): "one of two constants of its callers",
    ("store/backup.py", "columns"): "names of columns, as the file of this home has them",
    ("store/backup.py", "table"): "names of tables, as the file of this home has them",
    ("store/book.py", "min(PATIENCE, longest)"): "a number of milliseconds: a PRAGMA takes no parameters",
    ("store/book.py", "longest"): "the same, as SQLite had it",
    ("store/backup.py", "snapshots.version(copy)"): "a number of its own: a PRAGMA takes no parameters",
    ("store/checks.py", "*standing"): "a constant and its parameters",
    ("store/contacts.py", "(*TOUCHES, *INCOMING)"): "constants: kinds of events",
    ("store/contacts.py", "values"): "names of columns: what holds the values is a dictionary",
    ("store/events.py", "values"): "the same",
    ("store/sales.py", "values"): "the same",
    ("store/followups.py", "condition"): "one of two constants of its caller, with parameters",
    ("store/histories.py", "which"): "a constant, or a number that int() made",
    ("store/histories.py", "query"): "of a table of constants",
    ("store/histories.py", "column"): "of a table of constants",
    ("store/histories.py", "order"): "of a table of constants",
    ("store/homefiles.py", "_version(db)"): "a number of its own: a PRAGMA takes no parameters",
    ("store/journal.py", "statement"): "what SQLite's own quote() wrote: the inverse of a change",
    ("store/journal.py", "row[1]"): "such a statement without its number: a DELETE from a table by rowid",
    ("store/merging.py", "back"): "a constant: it selects such statements",
    ("store/merging.py", "table"): "one of two constants of its callers",
    ("store/schema.py", "statement"): "of the migrations, which are constants",
    ("store/schema.py", "name"): "of a trigger, by its table and what it is for",
    ("store/schema.py", "action"): "of a trigger",
    ("store/schema.py", "table"): "a table of the schema",
    ("store/schema.py", "when"): "made of names of columns",
    ("store/schema.py", "owner"): "of a table of constants",
    ("store/snapshots.py", "quoted"): "the name of a table, with its quotation marks doubled",
    ("transfer/archive.py", "select"): "of a table of constants",
    ("transfer/archive.py", "table.source"): "of a table of constants",
    ("transfer/archive_in.py", "table"): "a constant of its callers",
    ("transfer/archive_in.py", "values"): "names of columns: what holds the values is a dictionary",
    ("transfer/archive_in.py", "otherwise"): "a constant of its callers",
}
"""What is put into statements and cannot be seen to be constant: by module, the expression, and why it is."""


class Module:
    """One module of the package, asked where the texts of its statements come from."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(PACKAGE).as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.around: dict[ast.AST, ast.AST] = {
            inner: outer for outer in ast.walk(self.tree) for inner in ast.iter_child_nodes(outer)
        }

    def strange(self) -> list[str]:
        """The statements that are made of anything else than constants."""
        return [
            f"{self.name}, line {call.lineno}: {ast.unparse(call.args[0])}"
            for call in ast.walk(self.tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in ("execute", "executemany", "executescript")
            and not (call.args and self.constant(call.args[0], call, frozenset()))
        ]

    def constant(self, node: ast.AST, at: ast.AST, asked: frozenset[str]) -> bool:
        """Whether an expression has only constants of the program in it; `asked` are names that are being traced."""

        def all_of(*nodes: ast.AST) -> bool:
            return all(self.constant(one, at, asked) for one in nodes)

        if (self.name, ast.unparse(node)) in ALLOWED:
            return True
        match node:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return all_of(*parts)
            case ast.FormattedValue(value=inner) | ast.Starred(value=inner) | ast.Subscript(value=inner):
                return all_of(inner)
            case ast.BinOp(left=ast.Constant(), op=ast.Mult()):  # a row of question marks
                return True
            case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
                return all_of(left, right)
            case ast.Dict(keys=keys, values=values):
                return all_of(*(key for key in keys if key), *values)
            case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
                return all_of(elt)
            case ast.Call(
                func=ast.Attribute(value=text, attr="join" | "format" | "items" | "keys" | "split" | "strip"), args=args
            ):
                return all_of(text, *args, *(keyword.value for keyword in node.keywords))
            case ast.Attribute(attr=name):
                return name.isupper()  # a constant of another module
            case ast.Name(id=name):
                return name in asked or self._named(name, at, asked | {name})
        return False

    def _named(self, name: str, at: ast.AST, asked: frozenset[str]) -> bool:
        """Whether all that a name is ever given, in its function or its module, is constant."""
        scope = at
        while True:
            scope = self.around[scope]
            if isinstance(scope, ast.FunctionDef | ast.Module):
                given = self._given(scope, name)
                if given:
                    return all(self.constant(one, at, asked) for one in given)
            if isinstance(scope, ast.Module):
                return False

    def _given(self, scope: ast.AST, name: str) -> list[ast.AST]:
        """What a name is given within a function or module; of a loop, what it goes through."""
        found: list[ast.AST] = []
        for node in ast.walk(scope):
            match node:
                case ast.Assign(targets=targets, value=value) if _holds(targets, name):
                    found.append(value)
                case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value) if value:
                    found += [value] if _holds([target], name) else []
                case ast.For(target=target, iter=through) | ast.comprehension(target=target, iter=through):
                    found += [through] if _holds([target], name) else []
                case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="append" | "extend"), args=args):
                    found += args if owner == name else []
        return found


def _holds(targets: list[ast.expr], name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for target in targets for one in ast.walk(target))


def test_what_is_allowed_is_still_there() -> None:
    for name, expression in ALLOWED:
        found = ast.walk(ast.parse((PACKAGE / name).read_text(encoding="utf-8")))
        assert any(isinstance(node, ast.expr) and ast.unparse(node) == expression for node in found), (name, expression)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_statement_is_made_of_constants(path: Path) -> None:
    assert not Module(path).strange()
