"""A gradient, or what an update keeps beside it, in an array of whole numbers: what is written there is cut off."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.correction.edited import Part, Text, within
from cutaway.checking.lines.places import at_each, name_of
from cutaway.checking.lints.data.truncated import written_later
from cutaway.checking.records import Array, Case, Finding, Kind
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import history_of, log_of, watched

LEAST = 1e-9  # of the largest number that is written
OFF = 1e-6  # relative: more than rounding
STEPS = 3  # of the loop, in a trial
MAKERS = ("array", "asarray", "zeros", "ones", "empty", "full", "zeros_like", "ones_like", "full_like", "empty_like")


def whole_gradients(case: Case) -> Iterator[Finding]:
    """``g = np.array([0, 0, 0])`` and then ``g[0] = err @ x``: the author's gradient is cut off to whole numbers."""
    if not case.file or any(np.asarray(v).dtype.kind in "iu" for v in case.params.values()):
        return  # what whole numbers among the parameters lead to is said of them
    if case.gradients is not None:
        result, log, problem = watched(case, case.gradients, case.copies())
        found = list(_cut_off(case, log, "gradient", result)) if problem is None else []
        yield from found
        if found:
            return
    loop = log_of(case)
    if loop is not None:
        yield from _cut_off(case, loop, "update", None)


def _cut_off(case: Case, log: Log, kind: Kind, result: Any) -> Iterator[Finding]:
    made: dict[int, Change] = {}
    last: dict[int, Array] = {}
    for c in log.changes:
        if isinstance(c.new, np.ndarray) and c.new.dtype.kind in "iu" and c.new.ndim:
            made.setdefault(c.identity, c)
            last[c.identity] = c.new
    told: set[tuple[str, int]] = set()
    for identity, first in made.items():
        where = first.file, first.line
        if where in told or not _of_a_parameter(case, first.new):
            continue
        lost, lines = _lost(case, log, first)
        lines = lines or [c.line for c in log.changes if c.identity == identity and c.inplace and c.file == first.file]
        if not lines or not _matters(case, first, last[identity], result, lost is not None):
            continue
        told.add(where)
        words = f"Or here, where fractions are written into {first.name}."
        yield from at_each(case, _finding(first, kind, lost), [where, (first.file, lines[0])], words)


def _lost(case: Case, log: Log, made: Change) -> tuple[Array | None, list[int]]:
    """What the numbers that a line writes into an array lose, and the line, where they can be computed again."""
    for line, numbers in written_later(case, log, made):
        lost = np.abs(numbers - np.trunc(numbers))
        if float(lost.max(initial=0)) > LEAST * float(np.abs(numbers).max(initial=0)):
            return lost, [line]
    return None, []


def _of_a_parameter(case: Case, array: Array) -> bool:
    """Whether an array is as large as a parameter."""
    return any((np.size(v) == array.size and np.shape(v) in (array.shape, (1, *array.shape))) or _flat(v, array)
               for v in case.params.values())  # fmt: skip


def _flat(value: Array, array: Array) -> bool:
    return np.size(value) == array.size > 1 and 1 in (np.ndim(value), array.ndim)


def _matters(case: Case, made: Change, final: Array, result: Any, lost: bool) -> bool:
    """Whether what is computed is other numbers with an array of floats, or is this array itself."""
    given = _numbers(result)
    if lost and any(g.shape == final.shape and np.array_equal(g, final) for g in given):
        return True
    text = Text(case.file, case.source)
    fn, args = (case.gradients, (case.copies(),)) if result is not None else (case.train, (STEPS,))
    maker = _maker(text, made)
    if maker is None or fn is None:
        return lost and result is None
    before = given or _numbers(_called(case, fn, args))
    with maker.instead(_Floats().visit(copy.deepcopy(maker.node))), text.running() as done:
        after = _numbers(_called(case, fn, args)) if done else []
    pairs = [(a, b) for a, b in zip(before, after, strict=False) if a.shape == b.shape]
    return any(not np.allclose(a, b, rtol=OFF, atol=0) for a, b in pairs)


def _called(case: Case, fn: Any, args: tuple[Any, ...]) -> Any:
    result, _, problem = watched(case, fn, *args, calls_only=True)
    return None if problem is not None else result if fn is case.gradients else history_of(result)


def _numbers(result: Any) -> list[Array]:
    given = list(result.values()) if hasattr(result, "values") else [] if result is None else [result]
    try:
        return [np.asarray(g, dtype=float) for g in given]
    except (TypeError, ValueError):
        return []


def _maker(text: Text, made: Change) -> Part | None:
    """The value that the line gives the array, or what holds it."""
    for function in text.functions():
        for part in within(function):
            if part.field == "value" and isinstance(part.parent, ast.Assign) and part.parent.lineno == made.line:
                return part
    return None


class _Floats(ast.NodeTransformer):
    """Every array that is made, made of floats."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call that makes an array, times 1.0."""
        self.generic_visit(node)
        return ast.BinOp(node, ast.Mult(), ast.Constant(1.0)) if name_of(node.func) in MAKERS else node


def _finding(made: Change, kind: Kind, lost: Array | None) -> Finding:
    evidence: dict[str, Any] = {"dtype": str(made.new.dtype)}
    said = ""
    if lost is not None:
        cut = int(np.sum(lost > 0))
        said = f": {cut} of {lost.size} numbers lose {lost.mean():.2g} on average"
        evidence |= {"numbers_cut_off": cut, "mean_loss": float(lost.mean())}
    return Finding(
        "fractions-cut-off",
        kind,
        f"{made.name} is made an array of {made.new.dtype}, so what is written into it later is cut off to whole "
        f"numbers{said}.",
        f"Make it an array of floats: np.zeros({_shape(made.new)}), or dtype=float",
        evidence=evidence,
        hint="Print the dtype of the array that is written to.",
    )


def _shape(array: Array) -> str:
    return str(array.shape if array.ndim > 1 else array.size)
