"""Whether a line only ever adds to an array, list or dict: read in the statement, or seen in the numbers."""

from __future__ import annotations

import ast
import itertools
from typing import Any

import numpy as np

from cutaway.checking.lines.places import loop_around, name_of, statements_at, targets_of, tree_of
from cutaway.checking.lints.update.steps import multiple, nearly
from cutaway.checking.records import Array, Case
from cutaway.checking.running.log import Change, Log, arrays_in

WRAPPERS = ("list", "tuple", "dict", "array", "asarray")
Names = frozenset[str]


def only_added_to(case: Case, log: Log, first: Change, rest: list[Change]) -> bool:
    """Whether each of these changes of one name adds to what it was before something that does not depend on it."""
    name = own_name(first.name)
    lines = {(c.file, c.line) for c in rest if not c.unseen}
    if lines and all(any(_adds(case, line, node, name) for node in statements_at(case, line)) for line in lines):
        return True
    return _by_results(log, [first, *rest])


def own_name(name: str) -> str:
    """``dW`` of ``self.dW[0]`` and of ``net.dW['a']``."""
    return _root(ast.parse(name, mode="eval").body)


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript | ast.Starred):
        node = node.value
    return name_of(node)


# In the statement -----------------------------------------------------------------------------------------------------


def _adds(case: Case, where: tuple[str, int], node: ast.stmt, name: str) -> bool:
    """``s += x``, ``s = s + x``, ``s = [a + b for a, b in zip(s, x)]``, ``for a, b in zip(s, x): a += b``."""
    if isinstance(node, ast.AugAssign):
        own = frozenset({name, *_bound_to(_loops(case, where), name)})
        own |= _made_of(case, where, own)
        return isinstance(node.op, ast.Add) and _root(node.target) in own and not _reads(node.value, own, node.target)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):  # np.add(s, x, out=s)
        out = next((k.value for k in node.value.keywords if k.arg == "out"), None)
        return out is not None and _root(out) == name and _is_sum(node.value, frozenset({name}))
    if not isinstance(node, ast.Assign) or all(_root(t) != name for t in targets_of(node)):
        return False
    own = frozenset({name, *_bound_to(_loops(case, where), name)})
    values = [node.value]
    if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
        pairs = zip(node.targets[0].elts, node.value.elts, strict=False)
        values = [v for t, v in pairs if _root(t) == name]
    depending = _made_of(case, where, own)
    return bool(values) and all(_is_sum(v, own) and not _reads(v, depending) for v in values)


def _made_of(case: Case, where: tuple[str, int], own: Names) -> Names:
    """The names above a line in its loop that are computed from ``own``: ``d`` in ``d = g - v; v += 0.1 * d``."""
    nodes = [n for n in loop_around(case, where) or () if isinstance(n, ast.Assign) and n.lineno < where[1]]
    found: Names = frozenset()
    for _ in range(2):
        known = own | found
        found |= {_root(t) for n in nodes if _reads(n.value, known) for t in targets_of(n)} - own
    return found


def _is_sum(value: ast.expr, own: Names) -> bool:
    """Whether an expression, or each item that it makes, is the old one of ``own`` plus something without it."""
    if isinstance(value, ast.Dict | ast.List | ast.Tuple):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
        return bool(parts) and all(_is_sum(v, own) for v in parts)
    if isinstance(value, ast.ListComp | ast.GeneratorExp | ast.DictComp):
        bound = {n for g in value.generators for name in own for n in _bound_to([(g.target, g.iter)], name)}
        return _is_sum(value.value if isinstance(value, ast.DictComp) else value.elt, own | bound)
    if isinstance(value, ast.Call):
        called = name_of(value.func)
        if called in WRAPPERS and len(value.args) == 1:
            return _is_sum(value.args[0], own)
        if called == "map" and len(value.args) == 3:
            sides = [_root(a) in own for a in value.args[1:]]
            added = name_of(value.args[0]) == "add" or (
                isinstance(value.args[0], ast.Lambda)
                and isinstance(value.args[0].body, ast.BinOp)
                and isinstance(value.args[0].body.op, ast.Add)
            )
            return added and sum(sides) == 1
        if called == "add" and len(value.args) >= 2:
            return _one_is(value.args[0], value.args[1], own)
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and _one_is(value.left, value.right, own)


def _one_is(a: ast.expr, b: ast.expr, own: Names) -> bool:
    return (_is(a, own) and not _reads(b, own)) or (_is(b, own) and not _reads(a, own))


def _is(node: ast.expr, own: Names) -> bool:
    """``s``, ``s[k]`` or ``s.get(k, 0)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return _root(node.func.value) in own
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and _root(node) in own


def _reads(node: ast.expr, own: Names, target: ast.expr | None = None) -> bool:
    """Whether one of these names is read; where an attribute is written to, that of another object is not meant."""
    while isinstance(target, ast.Subscript):
        target = target.value
    owner = ast.dump(target.value) if isinstance(target, ast.Attribute) else None
    return any(
        name_of(n) in own and not (owner and isinstance(n, ast.Attribute) and ast.dump(n.value) != owner)
        for n in ast.walk(node)
        if isinstance(n, ast.Name | ast.Attribute)
    )


def _loops(case: Case, where: tuple[str, int]) -> list[tuple[ast.expr, ast.expr]]:
    """The targets and the iterators of the loops around a line."""
    tree = tree_of(case, where[0])
    nodes = ast.walk(tree) if tree is not None else ()
    return [
        (n.target, n.iter)
        for n in nodes
        if isinstance(n, ast.For) and n.lineno <= where[1] <= (n.end_lineno or n.lineno)
    ]


def _bound_to(loops: list[tuple[ast.expr, ast.expr]], name: str) -> set[str]:
    """The names that go through the items of ``name``: ``a`` in ``for a, b in zip(name, other)``."""
    found: set[str] = set()
    for target, source in loops:
        called = name_of(source.func) if isinstance(source, ast.Call) else ""
        if called in ("items", "values") and isinstance(source, ast.Call):
            if _root(getattr(source.func, "value", source)) == name:
                found |= _names(target.elts[-1] if isinstance(target, ast.Tuple) else target)
        elif called == "enumerate" and isinstance(source, ast.Call) and isinstance(target, ast.Tuple):
            found |= _bound_to([(target.elts[-1], source.args[0])], name)
        elif called == "zip" and isinstance(source, ast.Call) and isinstance(target, ast.Tuple):
            pairs = zip(target.elts, source.args, strict=False)
            found |= {n for t, s in pairs for n in _bound_to([(t, s)], name)}
        elif _root(source) == name:
            found |= _names(target)
    return found - {name}


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


# In the numbers -------------------------------------------------------------------------------------------------------


def _by_results(log: Log, changes: list[Change]) -> bool:
    """Whether each change is one and the same multiple of an array that a function returned since the last one.

    A function that was given the old sum may have taken some of it off again, as an average that decays does.
    """
    times: list[float] = []
    returned = [c for c in log.calls if c.returned >= 0]
    for before, after in itertools.pairwise(changes):
        if np.shape(after.new) != np.shape(before.new):
            return False
        if after.unseen:
            continue
        added = np.asarray(after.new, dtype=float) - np.asarray(before.new, dtype=float)
        if not np.any(added):
            continue
        since = changes[0].at if log.sampled else before.at
        found = [
            k
            for call in returned
            if since <= call.returned <= after.at and not _was_given(call.arguments, before.new)
            for _, array in arrays_in(call.result)
            if array.shape == added.shape and array.dtype.kind == "f" and (k := _multiple(added, array)) is not None
        ]
        if not found:
            return False
        times.append(found[0] if not times or times[0] not in found else times[0])
    return len(times) > 2 and float(np.ptp(times)) <= 1e-6 * abs(times[0]) and times[0] > 0


def _multiple(added: Array, array: Array) -> float | None:
    if added.size == 1:  # any number is a multiple of any other
        return 1.0 if nearly(added, np.asarray(array, dtype=float)) else None
    return multiple(added, np.asarray(array, dtype=float))


def _was_given(arguments: dict[str, Any], old: Array | float) -> bool:
    return any(a.shape == np.shape(old) and np.array_equal(a, old) for v in arguments.values() for _, a in arrays_in(v))
