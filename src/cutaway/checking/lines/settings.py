"""Where a number that a line computes with was set: by a default, by a caller, by the attribute that keeps it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cutaway.checking.lines.places import Where, name_of, targets_of, tree_of
from cutaway.checking.records import Case

Function = ast.FunctionDef


def axis_set_at(case: Case, where: Where) -> list[Where]:
    """The lines that say along which axis the sums and maxima of the function at ``where`` are taken."""
    tree = tree_of(case, where[0]) if where[0] else None
    function = _innermost(tree, where[1], Function) if tree is not None else None
    if tree is None or not isinstance(function, Function):
        return []
    found: list[int] = []
    for call in (n for n in ast.walk(function) if isinstance(n, ast.Call)):
        if name_of(call.func) not in ("sum", "max", "amax", "mean"):
            continue
        own = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) not in ("np", "numpy")
        axes = [k.value for k in call.keywords if k.arg == "axis"] or (call.args[:1] if own else call.args[1:2])
        for axis in axes:
            if isinstance(axis, ast.Name):
                found += _of_name(tree, function, axis.id)
            elif isinstance(axis, ast.Attribute):
                found += _of_attribute(tree, axis.attr)
    return [(where[0], line) for line in dict.fromkeys(found) if line != where[1]]


def _of_name(tree: ast.Module, function: Function, name: str) -> list[int]:
    """Where a name in a function gets its value: an argument from a caller or by default, or an assignment."""
    arguments = [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]
    if name in arguments:
        owner = _innermost(tree, 0, ast.ClassDef, function)
        called = {function.name} if function.name != "__init__" or owner is None else {owner.name}
        position = arguments.index(name) - (1 if arguments[:1] == ["self"] else 0)
        passed = [line for fn in called for line in _passed(tree, fn, name, position)]
        return passed or [function.lineno]
    inside = [n.lineno for n in ast.walk(function) if isinstance(n, ast.stmt) and _sets(n, name)]
    return inside or [n.lineno for n in tree.body if _sets(n, name)]


def _of_attribute(tree: ast.Module, name: str) -> list[int]:
    """Where an attribute is set; where it is set to an argument, where that gets its value."""
    found: list[int] = []
    for function in (n for n in ast.walk(tree) if isinstance(n, Function)):
        for node in (n for n in ast.walk(function) if isinstance(n, ast.Assign) and _sets(n, name)):
            inner = node.value.id if isinstance(node.value, ast.Name) else ""
            known = [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]
            found += _of_name(tree, function, inner) if inner in known else [node.lineno]
    return found


def _passed(tree: ast.Module, function: str, name: str, position: int) -> Iterator[int]:
    """The calls of a function that pass an argument, by name or by place."""
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call) and name_of(n.func) == function):
        if any(k.arg == name for k in call.keywords) or len(call.args) > position >= 0:
            yield call.lineno


def _sets(node: ast.AST, name: str) -> bool:
    return any(name_of(t) == name for t in targets_of(node))


def _innermost(
    tree: ast.AST, line: int, kind: type[ast.FunctionDef] | type[ast.ClassDef], around: ast.AST | None = None
) -> ast.FunctionDef | ast.ClassDef | None:
    """The innermost function or class that a line, or another node, stands in."""
    found: ast.FunctionDef | ast.ClassDef | None = None
    for node in ast.walk(tree):
        if isinstance(node, kind):
            inside = around in node.body if around is not None else node.lineno <= line <= (node.end_lineno or 0)
            if inside:
                found = node
    return found
