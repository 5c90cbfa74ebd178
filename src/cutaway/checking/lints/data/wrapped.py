"""Arithmetic on bytes that wraps around: ``x - 128`` of unsigned whole numbers makes 255 of 127.

Each operation of the program that stands on an array of small whole numbers is computed once more in wide ones. Where
the results differ and the wrapped numbers, scaled or not, are among the data of the loss, it is a mistake.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, at_each, tree_of
from cutaway.checking.lints.data.wrapped_inside import wrapped_inside
from cutaway.checking.lints.graphs import plain
from cutaway.checking.lints.recomputed import names_at, safely, with_attributes
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import logs_of
from cutaway.graph import Var

SMALL = 4  # bytes of a whole number, at most; of hashes and random numbers wider ones are meant to wrap
MOST = 60  # expressions that are computed once more
WIDEST = 400  # columns of a table that are looked at one by one
FEWEST = 6  # different numbers, with which two columns are not alike by chance
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Pow, ast.MatMult)
FUNCTIONS = frozenset(
    ("subtract", "add", "multiply", "negative", "diff", "dot", "matmul", "square", "power", "inner", "outer")
)
QUIET = FUNCTIONS | frozenset(
    ("reshape", "ravel", "flatten", "astype", "copy", "transpose", "mean", "min", "max", "sum", "std", "array")
)


@dataclass(frozen=True)
class _Wrapped:
    """An expression, what it gave and what it would have given."""

    node: ast.AST
    name: str
    dtype: str
    given: Array
    true: Array
    frame: int
    file: str
    made: int


def wrapped(case: Case) -> Iterator[Finding]:
    """An operation on small whole numbers whose result does not fit into them, and reaches the loss."""
    graph = recorded_loss(case)
    if graph is None:
        return
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    constants = {a for e in graph.eqns for a in e.inputs if isinstance(a, Var) and a not in varying}
    tables = [plain(a) for a in constants if np.size(a.value) > 3]
    for log in logs_of(case):
        for one in _found(case, log):
            if any(_made_of(t, one.given) for t in tables):
                yield from _findings(case, log, one)
                return
    for node, dtype, given, true, call in wrapped_inside(case, lambda result: any(_made_of(t, result) for t in tables)):
        part = ast.unparse(node.right if isinstance(node.left, ast.Constant) else node.left)
        inside = _Wrapped(node, part, dtype, given, true, call.frame if call is not None else 0, case.file, 0)
        log = next((log for log in logs_of(case) if any(c is call for c in log.calls)), Log())
        yield from _findings(case, log, inside)


def _findings(case: Case, log: Log, one: _Wrapped) -> Iterator[Finding]:
    off = one.given != one.true
    first = int(np.flatnonzero(off.ravel())[0])
    example = f"{one.true.ravel()[first]:g} becomes {one.given.ravel()[first]:g}"
    low, high = float(one.true.min()), float(one.true.max())
    finding = Finding(
        "whole-numbers-wrap",
        "data",
        f"{one.name} holds numbers of {one.dtype}, so {ast.unparse(one.node)} wraps around: {int(off.sum())} of "
        f"{off.size} numbers are wrong, {example}. They should run from {low:g} to {high:g}.",
        f"Make floats of it first: {one.name}.astype(float)",
        evidence={
            "dtype": one.dtype,
            "wrapped": int(off.sum()),
            "numbers": int(off.size),
            "should_be": float(one.true.ravel()[first]),
            "is": float(one.given.ravel()[first]),
        },
        hint="Print the smallest and the largest number before and after this line.",
    )
    calls = {call.frame: call for call in log.calls}
    places: list[Where] = [(one.file, getattr(one.node, "lineno", 0))]
    call = calls.get(one.frame)
    if call is not None:
        given = [v for v in call.arguments.values() if _small(v)]
        places += [(one.file, one.made)] if one.made > call.line else []
        places += [(c.file, c.line) for v in given[:1] if (c := _first_seen(case, v)) is not None]
        above = calls.get(call.caller)
        file = above.code.co_filename if above is not None else case.file
        places += [(file, call.caller_line)] if call.caller_line else []
    yield from at_each(case, finding, places, f"Or here, where an array of {one.dtype} is made or handed on.")


def _first_seen(case: Case, array: Array) -> Change | None:
    """Where an array of these numbers was first seen, not as the argument of a function."""
    for log in logs_of(case):
        for c in log.changes:
            same = isinstance(c.new, np.ndarray) and c.new.dtype == array.dtype and np.array_equal(c.new, array)
            if same and not any(k.frame == c.frame and c.name in k.arguments for k in log.calls):
                return c
    return None


def _found(case: Case, log: Log) -> Iterator[_Wrapped]:
    """The innermost expressions in the scope of a small whole-number array whose wide result is another."""
    tried: set[tuple[int, str]] = set()
    for c in log.changes:
        if not isinstance(c.new, np.ndarray) or not _small(c.new) or len(tried) >= MOST:
            continue
        then = next((d for d in log.changes if d.at > c.at and d.slot == c.slot), None)
        for node in _expressions(case, c):
            key = (id(node), c.name)
            if key in tried or (then is not None and c.line <= then.line < node.lineno):  # it reads what came then
                continue
            for at in (c.at, _last(log, c)):
                one = _computed(case, log, c, node, at)
                if one is not None:
                    tried.add(key)
                    if not np.array_equal(one.given, one.true):
                        yield one
                    break


def _small(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.ndim > 0 and x.dtype.kind in "iu" and x.dtype.itemsize <= SMALL


def _last(log: Log, c: Change) -> int:
    return max((d.at for d in log.changes if d.frame == c.frame), default=c.at)


def _expressions(case: Case, c: Change) -> Iterator[ast.expr]:
    """The operations, innermost first, that stand on a name in the function of a change."""
    tree = tree_of(case, c.file) if c.file else None
    nodes = list(ast.walk(tree)) if tree is not None else []
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef)]
    own = [f for f in functions if f.name == c.function and f.lineno <= c.line <= (f.end_lineno or 0)]
    inside = {id(n) for f in functions for n in ast.walk(f)}
    everywhere = c.slot[0] == 0 or "." in c.name
    scope = nodes if everywhere else list(ast.walk(own[-1])) if own else [n for n in nodes if id(n) not in inside]
    found: list[ast.expr] = []
    for node in scope:
        if isinstance(node, ast.AugAssign) and isinstance(node.op, OPERATORS):
            target = ast.parse(ast.unparse(node.target), mode="eval").body
            found.append(ast.copy_location(ast.BinOp(target, node.op, node.value), node))
        elif isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call) and _may_wrap(node):
            found.append(node)
    size = {id(n): sum(1 for _ in ast.walk(n)) for n in found}
    for node in sorted(found, key=lambda n: size[id(n)]):
        parts = list(ast.walk(node))
        named = any(ast.unparse(p) == c.name for p in parts if isinstance(p, ast.Name | ast.Attribute))
        if named and all(getattr(p.func, "attr", "") in QUIET for p in parts if isinstance(p, ast.Call)):
            yield node


def _may_wrap(node: ast.BinOp | ast.UnaryOp | ast.Call) -> bool:
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", "") in FUNCTIONS
    return isinstance(node.op, (*OPERATORS, ast.USub))


def _computed(case: Case, log: Log, c: Change, node: ast.expr, at: int) -> _Wrapped | None:
    """An expression as it was computed, and in whole numbers of eight bytes."""
    expression, known = with_attributes(log, node, names_at(case, log, c, at), at, {c.name: c.new})
    given = safely(c.file, expression, known)
    if not _small(given):
        return None
    wide = {k: v.astype(np.int64) if _small(v) else v for k, v in known.items()}
    true = safely(c.file, expression, wide)
    if not isinstance(true, np.ndarray) or true.shape != given.shape:
        return None
    frame = c.frame if c.slot[0] == c.frame else 0
    return _Wrapped(node, c.name, str(c.new.dtype), given.astype(float), true.astype(float), frame, c.file, c.line)


def _made_of(table: Array, given: Array) -> bool:
    """Whether a table is made of some numbers: scaled as a whole, or column by column, in this order or in parts."""
    if np.ptp(given) == 0 or np.ptp(table) == 0:
        return False
    if _holds(table, given):
        return True
    if table.size == given.size:
        ways = [given.reshape(table.shape)]
        if given.ndim == table.ndim == 2:
            ways += [given.T.reshape(table.shape)]
        if table.ndim == 2:
            ways += [given.reshape(table.shape[::-1]).T]
        return any(_linear(w, table) for w in ways)
    a, b = np.unique(given), np.unique(table)
    if len(b) < 3 or len(b) > len(a):
        return False
    scaled = (b - b[0]) * (np.ptp(a) / np.ptp(b)) + a[0]
    return bool(np.isin(np.round(scaled, 6), np.round(a, 6)).all())


def _holds(table: Array, given: Array) -> bool:
    """Whether some columns of a table, or rows, are those of the numbers, scaled or put through a rising function."""
    parts = given.reshape(len(given), -1).T if given.ndim < 3 else given[:0]
    if table.ndim != 2 or not 0 < len(parts) <= WIDEST or max(table.shape) < FEWEST:
        return False
    for columns in (table.T, table)[: 1 + (table.shape[0] <= WIDEST)]:
        if columns.shape[1] == parts.shape[1] and len(columns) <= WIDEST:
            ranks = [np.unique(c, return_inverse=True)[1] for c in columns]
            if all(any(_ranked(p, r) for r in ranks) for p in parts):
                return True
    return False


def _ranked(part: Array, ranks: Any) -> bool:
    """Whether numbers stand in one order, or in the opposite one; a few values do so by chance."""
    own = np.unique(part, return_inverse=True)[1]
    if own.max() + 1 < FEWEST:
        return False
    return bool(np.array_equal(own, ranks) or np.array_equal(own.max() - own, ranks))


def _linear(w: Array, table: Array) -> bool:
    """Whether all of an array, or each of its rows or columns, is a linear function of the other's."""
    for axis in (None, 0, 1)[: 1 + 2 * (w.ndim == 2)]:
        x = w - w.mean(axis=axis, keepdims=True)
        y = table - table.mean(axis=axis, keepdims=True)
        scale = np.sum(x * x, axis=axis, keepdims=True)
        k = np.divide(np.sum(x * y, axis=axis, keepdims=True), scale, out=np.zeros_like(scale), where=scale > 0)
        if np.abs(k).max() > 0 and np.allclose(y, k * x, rtol=0, atol=1e-6 * float(np.abs(y).max())):
            return True
    return False
