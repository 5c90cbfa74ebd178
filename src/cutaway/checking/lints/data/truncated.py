"""Fractions that are written into an array of whole numbers, where they are cut off."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import name_of, root_of, statements_at, text_of
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import logs_of, undisturbed

LOST = 0.1  # of the spread of the numbers, on average


def truncated(case: Case) -> Iterator[Finding]:
    """``X[:, j] = (X[:, j] - mean) / std`` where ``X`` holds whole numbers."""
    graph = recorded_loss(case)
    if graph is None:
        return
    tables = [plain(x) for _, x, _ in inputs_of(graph)]
    for log in logs_of(case):
        for c in log.changes:
            if not (c.inplace and isinstance(c.new, np.ndarray) and c.new.dtype.kind in "iu" and c.new.ndim):
                continue
            if not any(t.size == c.new.size for t in tables):
                continue
            numbers = _numbers(case, log, c)
            lost = np.abs(numbers - np.trunc(numbers)) if numbers is not None else np.zeros(0)
            if numbers is None or not lost.size or float(lost.mean()) < LOST * float(numbers.std()) or not lost.any():
                continue
            final = [d.new for d in log.changes if d.identity == c.identity][-1]
            if not any(t.size == final.size and np.array_equal(np.sort(t, None), np.sort(final, None)) for t in tables):
                continue
            where = (c.file, c.line)
            yield Finding(
                "fractions-cut-off",
                "data",
                f"{c.name} is an array of {c.new.dtype}, so what this line writes into it is cut off to whole numbers: "
                f"{int(np.sum(lost > 0))} of {lost.size} numbers lose {lost.mean():.2g} on average, and "
                f"{len(np.unique(final))} different values are left in it.",
                f"Make it an array of floats before: {c.name} = {c.name}.astype(float)",
                (),
                *where,
                {
                    "dtype": str(c.new.dtype),
                    "numbers_cut_off": int(np.sum(lost > 0)),
                    "mean_loss": float(lost.mean()),
                    "different_values_left": len(np.unique(final)),
                },
                text_of(case, where),
                hint="Print the dtype of the array that this line writes to.",
            )
            return


def _numbers(case: Case, log: Log, c: Change) -> Array | None:
    """The numbers on the right of the assignment; None where they cannot be computed again."""
    for node in statements_at(case, (c.file, c.line)):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Subscript):
            continue
        if root_of(node.targets[0]) == c.name:
            return _evaluated(c.file, node.value, {**_names(case, log, c), c.name: np.array(c.old)})
    return None


def _evaluated(file: str, node: ast.expr, known: dict[str, Any]) -> Array | None:
    """An expression of the author's, computed once more; None if it draws random numbers or fails."""
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    if any(isinstance(known.get(n), _RANDOM) for n in used):
        return None
    if any(name_of(n) in ("random", "rand", "randn", "input", "open") for n in ast.walk(node)):
        return None
    code = compile(ast.fix_missing_locations(ast.Expression(node)), file, "eval")
    try:
        with undisturbed(), np.errstate(all="ignore"):
            numbers = np.asarray(eval(code, dict(known)), dtype=float)
    except Exception:
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
                known = _names(case, log, c)
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


_RANDOM = (np.random.Generator, np.random.RandomState)


def _names(case: Case, log: Log, c: Change) -> dict[str, Any]:
    """What the names meant on the line of a change: those of the module, then what was seen of the frame."""
    program = case.notes.get("program")
    known: dict[str, Any] = {"math": math, **(program.namespace if program is not None else {})}
    for earlier in log.changes:
        if earlier.at >= c.at:
            break
        if len(earlier.slot[1]) == 1 and earlier.slot[0] in (0, c.frame):
            known[earlier.name] = earlier.new
    return known
