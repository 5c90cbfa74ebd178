"""The author's own reset, which misses a sum of gradients: it sets others back, or a copy, or only now and then."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, name_of, tree_of
from cutaway.checking.lints.update.added_up import own_name
from cutaway.checking.records import Case
from cutaway.checking.running.log import Change, Log

MOST = 2  # places
ZEROS = ("zeros", "zeros_like", "full", "full_like")


def where_others_are_reset(case: Case, log: Log, changes: list[Change]) -> list[Where]:
    """The lines of the loop that set other sums of gradients back, or a second name of this one, or mean to."""
    first, last = changes[0], changes[-1]
    shapes = {np.shape(v) for v in case.params.values() if np.size(v) > 1}
    name = own_name(first.name)
    found = [
        (c.file, c.line)
        for c in log.changes
        if c.slot != first.slot
        and not c.unseen
        and any(a[:2] == b[:2] for a, b in zip(c.loops, last.loops, strict=False))
        and _is_zeroed(c)
        and (own_name(c.name) == name or (isinstance(c.new, np.ndarray) and c.new.shape in shapes))
    ]
    return list(dict.fromkeys(found or _meant(case, log, first, name)))[:MOST]


def _is_zeroed(c: Change) -> bool:
    """Whether something that was not zero became it; a number may take the place of an array."""
    return c.old is not None and bool(np.any(c.old)) and not np.any(c.new)


def _meant(case: Case, log: Log, first: Change, name: str) -> Iterator[Where]:
    """What would set the sum back if it ran in each round: the condition that it stands under, its call, itself."""
    tree = tree_of(case, first.file)
    nodes = [n for n in (ast.walk(tree) if tree is not None else ()) if _sets_back(n, name)]
    for node in nodes:
        around = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and _inside(node, f)] if tree else []
        inner = max(around, key=lambda f: f.lineno, default=None)
        if node.lineno == first.line or (inner is not None and inner.name == "__init__"):  # type: ignore[attr-defined]
            continue
        calls = [c for c in log.calls if inner is not None and c.code.co_name == inner.name and c.loops]
        called = [(c.loops, c.caller_line) for c in calls]
        for line in dict.fromkeys(line for _, line in called):
            rounds = {loops for loops, own in called if own == line}
            if len(rounds) > 1:
                continue  # it ran again and again
            yield from _conditions(tree, (first.file, line))
            yield first.file, line
        scope = inner or tree
        loops = [n for n in (ast.walk(scope) if scope is not None else ()) if isinstance(n, ast.For | ast.While)]
        if not calls and any(_inside(node, n) for n in loops):
            yield from _conditions(tree, (first.file, node.lineno))  # type: ignore[attr-defined]
            yield first.file, node.lineno  # type: ignore[attr-defined]


def _conditions(tree: ast.Module | None, where: Where) -> Iterator[Where]:
    """The innermost ``if`` that a line stands under."""
    nodes = ast.walk(tree) if tree is not None else ()
    lines = [n.lineno for n in nodes if isinstance(n, ast.If) and n.lineno <= where[1] <= (n.end_lineno or 0)]
    yield from [(where[0], max(lines))] if lines else []


def _inside(node: ast.AST, other: ast.stmt) -> bool:
    return other.lineno <= getattr(node, "lineno", 0) <= (other.end_lineno or 0)


def _sets_back(node: ast.AST, name: str) -> bool:
    """``s = 0``, ``s[:] = 0.0``, ``s = np.zeros_like(s)``, ``s *= 0``, ``s.fill(0)``, ``s = None``."""
    if isinstance(node, ast.AugAssign):
        return _root(node.target) == name and isinstance(node.op, ast.Mult) and _is_zero(node.value)
    if isinstance(node, ast.Assign):
        return any(_root(t) == name for t in node.targets) and _is_zero(node.value)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        called = node.value.func
        return called.attr in ("fill", "clear") and _root(called.value) == name
    return False


def _is_zero(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None or value.value == 0
    if isinstance(value, ast.ListComp | ast.GeneratorExp):
        return _is_zero(value.elt)
    if isinstance(value, ast.DictComp):
        return _is_zero(value.value)
    if isinstance(value, ast.List | ast.Tuple | ast.Dict):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
        return all(_is_zero(v) for v in parts)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        return _is_zero(value.left) or _is_zero(value.right)
    return isinstance(value, ast.Call) and (
        name_of(value.func) in ZEROS or any(isinstance(a, ast.ListComp) and _is_zero(a) for a in value.args)
    )


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript | ast.Starred):
        node = node.value
    return name_of(node)
