"""Fractions that are written into an array of whole numbers, where they are cut off."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.origins import is_in
from cutaway.checking.lines.places import (
    Where,
    at_each,
    statements_at,
    text_of,
    tree_of,
    whole_targets,
)
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.lints.recomputed import names_at, safely
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import logs_of
from cutaway.graph import Var

FEWEST = 4  # numbers of an array that is a part of the data
LOST, LEAST = 0.1, 1e-3  # of the spread of the numbers, on average, and at all
ROUNDS = 12  # of a loop, of which the numbers are computed again


def truncated(case: Case) -> Iterator[Finding]:
    """``X[:, j] = (X[:, j] - mean) / std`` where ``X`` holds whole numbers, or was made like an array of them."""
    graph = recorded_loss(case)
    if graph is None:
        return
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    constants = {a for e in graph.eqns for a in e.inputs if isinstance(a, Var) and a not in varying}
    tables = [plain(a) for a in constants if np.size(a.value) > 1]
    for log in logs_of(case):
        made: dict[int, Change] = {}
        last: dict[int, Any] = {}
        for c in log.changes:
            last[c.identity] = c.new
            if isinstance(c.new, np.ndarray) and c.new.dtype.kind in "iu" and c.new.ndim:
                made.setdefault(c.identity, c)
        for first in made.values():
            final = last[first.identity]
            if not any(_holds(t, final) for t in tables):
                continue
            for line, numbers in written_later(case, log, first):
                lost = np.abs(numbers - np.trunc(numbers))
                if float(lost.mean()) < max(LOST * float(numbers.std()), LEAST) or not lost.any():
                    continue
                yield from _cut_off(case, first, (first.file, line), lost, final)
                return


def _holds(table: Array, part: Array) -> bool:
    """Whether a table has the numbers of an array: all of its own, in any order, or those of one after the other."""
    if table.size == part.size:
        return bool(np.array_equal(np.sort(table, None), np.sort(part, None)))
    return FEWEST <= part.size < table.size and plain(part).tobytes() in table.tobytes()


def _cut_off(case: Case, made: Change, written: Where, lost: Array, final: Array) -> Iterator[Finding]:
    left = len(np.unique(final))
    finding = Finding(
        "fractions-cut-off",
        "data",
        f"{made.name} is an array of {final.dtype}, so what this line writes into it is cut off to whole numbers: "
        f"{int(np.sum(lost > 0))} of {lost.size} numbers lose {lost.mean():.2g} on average, and "
        f"{left} different {'value is' if left == 1 else 'values are'} left in it.",
        f"Make it an array of floats before: {made.name} = {made.name}.astype(float), or np.zeros(shape)",
        evidence={
            "dtype": str(final.dtype),
            "numbers_cut_off": int(np.sum(lost > 0)),
            "mean_loss": float(lost.mean()),
            "different_values_left": left,
        },
        hint="Print the dtype of the array that is written to.",
    )
    words = f"Or here, where {made.name} is made an array of {final.dtype}."
    yield from at_each(case, finding, (written, (made.file, made.line)), words)


def written_later(case: Case, log: Log, made: Change) -> Iterator[tuple[int, Array]]:
    """The lines that write into an array, and the numbers that they mean to write, of some rounds of their loop."""
    writers: dict[tuple[Where, str], list[ast.Assign | ast.AugAssign]] = {}  # a function may be called very often
    for named in {(c.frame, c.name): c for c in log.changes if c.identity == made.identity}.values():
        key = (named.file, named.line), named.name
        if key not in writers:
            writers[key] = [n for n in _statements_around(case, key[0]) if _writes_into(n, named.name)]
        if not writers[key]:
            continue
        times = sorted({c.at for c in log.changes if c.frame == named.frame})
        times = times[:: max(1, len(times) // ROUNDS)]
        for node in writers[key]:
            value = node.value if isinstance(node, ast.Assign) else _sum(node)
            found = [_evaluated(named.file, value, names_at(case, log, named, at)) for at in times]
            numbers = [np.ravel(f) for f in found if f is not None]
            if numbers:
                yield node.lineno, np.concatenate(numbers)


def _writes_into(node: ast.AST, name: str) -> bool:
    """Whether a statement writes into items of an array, and into nothing else."""
    targets = whole_targets(node)
    return len(targets) == 1 and isinstance(targets[0], ast.Subscript) and is_in(targets[0], name)


def _sum(node: ast.AugAssign) -> ast.expr:
    """What an augmented assignment means to write."""
    text = ast.unparse(node.target)
    return ast.BinOp(ast.parse(text, mode="eval").body, node.op, node.value)


def _statements_around(case: Case, where: Where) -> list[ast.Assign | ast.AugAssign]:
    """The statements of the function that a line is in, or of the module outside of functions."""
    tree = tree_of(case, where[0]) if where[0] else None
    if tree is None:
        return []
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    around = [f for f in functions if f.lineno <= where[1] <= (f.end_lineno or 0)]
    inside = {id(n) for f in functions for n in ast.walk(f)} if not around else set()
    scope = around[-1] if around else tree
    return [n for n in ast.walk(scope) if isinstance(n, ast.Assign | ast.AugAssign) and id(n) not in inside]


def _evaluated(file: str, node: ast.expr, known: dict[str, Any]) -> Array | None:
    """An expression of the author's, computed once more, as floats; None if that is not possible or not finite."""
    try:
        numbers = np.asarray(safely(file, node, known), dtype=float)
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


def floor_divided(case: Case) -> Iterator[Finding]:
    """``X = images // 255``: inputs that are divided without their fractions."""
    graph = recorded_loss(case)
    tables = [plain(x) for _, x, _ in inputs_of(graph)] if graph is not None else []
    for log in logs_of(case):
        for c in log.changes:
            if not isinstance(c.new, np.ndarray) or c.new.dtype.kind not in "iuf" or c.inplace or c.new.ndim != 2:
                continue
            if not any(t.shape in (c.new.shape, c.new.T.shape) and t.size == c.new.size for t in tables):
                continue
            for statement in statements_at(case, (c.file, c.line)):
                if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.BinOp):
                    continue
                value = statement.value
                if not isinstance(value.op, ast.FloorDiv):
                    continue
                known = names_at(case, log, c)
                cut = _evaluated(c.file, value, known)
                true = _evaluated(c.file, ast.BinOp(value.left, ast.Div(), value.right), known)
                if cut is None or true is None or not np.array_equal(cut, c.new):
                    continue
                lost = np.abs(true - cut)
                if float(lost.mean()) < LOST * float(true.std()) or not lost.any():
                    continue
                where = (c.file, c.line)
                yield Finding(
                    "fractions-cut-off",
                    "data",
                    f"// cuts off the fractions of {c.name}: {int(np.sum(lost > 0))} of {lost.size} numbers lose "
                    f"{lost.mean():.2g} on average, and {len(np.unique(cut))} different values are left of "
                    f"{len(np.unique(true))}.",
                    "Divide with /.",
                    (),
                    *where,
                    {
                        "numbers_cut_off": int(np.sum(lost > 0)),
                        "mean_loss": float(lost.mean()),
                        "different_values_left": len(np.unique(cut)),
                    },
                    text_of(case, where),
                    text_of(case, where).replace("//", "/", 1),
                    hint="Print a few of the inputs.",
                )
                return
