"""Where a batch that a loop takes from a function is made: the line that yields it, returns it, or puts it into a list.

``for xb, yb in batches(X, y):`` only takes what ``yield X[i], y[j]`` has made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cutaway.checking.lines.places import Where, name_of, tree_of, whole_targets
from cutaway.checking.records import Case

ITERATING = ("__iter__", "__next__", "__getitem__", "__call__")
DEEPEST = 4  # functions and names between the line that takes and the one that makes


def makers(case: Case, where: Where) -> list[Where]:
    """The lines that make the pairs which this one takes from a function, a generator or a list; often none."""
    tree = tree_of(case, where[0]) if where[0] else None
    if tree is None:
        return []
    nodes = list(ast.walk(tree))
    taken = [e for n in nodes for e in _taken(n, where[1])]
    lines: dict[int, None] = {}
    for node in _sources(nodes, taken):
        for made in ast.walk(node):
            lines.update(dict.fromkeys(e.lineno for e in _given(made) if _is_pair(e)))
    return [(where[0], line) for line in lines if line != where[1]][:2]


def yields_around(case: Case, where: Where) -> list[Where]:
    """The lines on which the generator that a line stands in yields pairs."""
    tree = tree_of(case, where[0]) if where[0] else None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.lineno <= where[1] <= (node.end_lineno or 0):
            yielded = [n for n in ast.walk(node) if isinstance(n, ast.Yield)]
            pairs = [(where[0], n.lineno) for n in yielded if n.value is not None and _is_pair(n.value)]
            if pairs:
                return pairs[:2]
    return []


def _taken(node: ast.AST, line: int) -> Iterator[ast.expr]:
    """What a loop or comprehension on a line goes over, or what an assignment calls."""
    if isinstance(node, ast.For | ast.comprehension):
        if node.iter.lineno <= line <= (node.iter.end_lineno or 0):
            yield node.iter
    elif isinstance(node, ast.Assign) and node.lineno == line:
        yield from (n for n in ast.walk(node.value) if isinstance(n, ast.Call))


def _sources(nodes: list[ast.AST], taken: list[ast.expr]) -> Iterator[ast.AST]:
    """The functions that are called in some expressions, and the statements that fill the names in them."""
    functions = {n.name: n for n in nodes if isinstance(n, ast.FunctionDef)}
    classes = {n.name: n for n in nodes if isinstance(n, ast.ClassDef)}
    todo: list[tuple[ast.AST, int]] = [(e, 0) for e in taken]
    seen: set[str] = set()
    while todo:
        expression, depth = todo.pop(0)
        for part in ast.walk(expression):
            name = name_of(part)
            if not name or name in seen or depth > DEEPEST:
                continue
            seen.add(name)
            if name in functions:
                yield functions[name]
                inner = [n for n in ast.walk(functions[name]) if isinstance(n, ast.Return | ast.YieldFrom)]
                todo += [(n.value, depth + 1) for n in inner if n.value is not None]
            elif name in classes:
                for method in classes[name].body:
                    if isinstance(method, ast.FunctionDef) and method.name in ITERATING:
                        yield method
            else:
                filled = [n for n in nodes if any(name_of(t) == name for t in whole_targets(n))]
                yield from filled
                todo += [(n.value, depth + 1) for n in filled if isinstance(n, ast.Assign)]
                yield from (n for n in nodes if isinstance(n, ast.Call) and _fills(n, name))


def _fills(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "append" and name_of(call.func.value) == name


def _given(node: ast.AST) -> Iterator[ast.expr]:
    """What is yielded, returned, appended, or put into a list."""
    value: ast.expr | None = None
    if isinstance(node, ast.Yield | ast.Return):
        value = node.value
    elif isinstance(node, ast.ListComp | ast.GeneratorExp):
        value = node.elt
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        value = node.args[0] if node.args else None
    if value is not None:
        yield value


def _is_pair(node: ast.expr) -> bool:
    """Whether an expression puts parts of arrays beside each other."""
    parts = node.values if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    return len(parts) > 1 and any(isinstance(n, ast.Subscript | ast.Call) for part in parts for n in ast.walk(part))
