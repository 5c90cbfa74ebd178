"""Fractions that are written into an array of whole numbers, where they are cut off."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.log import Change, Log
from cutaway.checking.observe import log_of, undisturbed
from cutaway.checking.places import name_of, root_of, statements_at, text_of
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding

LOST = 0.05  # of a whole number, on average


def truncated(case: Case) -> Iterator[Finding]:
    """``X[:, j] = (X[:, j] - mean) / std`` where ``X`` holds whole numbers."""
    graph = recorded_loss(case)
    if graph is None:
        return
    tables = [plain(x) for _, x, _ in inputs_of(graph)]
    for log in (case.notes.get("log"), log_of(case)):
        for c in log.changes if log is not None else ():
            if not (c.inplace and isinstance(c.new, np.ndarray) and c.new.dtype.kind in "iu" and c.new.ndim):
                continue
            if not any(t.size == c.new.size for t in tables):
                continue
            lost = _lost(case, log, c)
            if lost is None or not lost.size or float(lost.mean()) < LOST:
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


def _lost(case: Case, log: Log, c: Change) -> Array | None:
    """What the numbers on the right of the assignment lose; None where they cannot be computed again."""
    for node in statements_at(case, (c.file, c.line)):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Subscript):
            continue
        known = _names(case, log, c)
        used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        if root_of(node.targets[0]) != c.name or any(isinstance(known.get(n), _RANDOM) for n in used):
            continue
        if any(name_of(n) in ("random", "rand", "randn", "input", "open") for n in ast.walk(node.value)):
            continue
        known[c.name] = np.array(c.old)
        code = compile(ast.Expression(node.value), c.file, "eval")
        try:
            with undisturbed(), np.errstate(all="ignore"):
                numbers = np.asarray(eval(code, known), dtype=float)  # noqa: S307 - the author's own line, once more
        except Exception:
            return None
        return np.abs(numbers - np.trunc(numbers)) if np.isfinite(numbers).all() else None
    return None


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
