"""A call of a function of one's own whose result is thrown away: it gives a new array and leaves the old one as it was.

``shuffle(X, y)``, ``normalise(W)``, ``clipped(grads)``: what comes back is the argument in another order, shape or
scale, and neither the argument nor anything else was changed by the call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import name_of, text_of, tree_of
from cutaway.checking.lints.data.unused import is_scaled
from cutaway.checking.records import Array, Case, Finding, Kind
from cutaway.checking.running.log import Call, Log, arrays_in
from cutaway.checking.running.observe import calls_of, logs_of, watched


def results_lost(case: Case) -> Iterator[Finding]:
    """Statements that only call a function which returns its argument changed, and that lose what it returns."""
    tree = tree_of(case, case.file) if case.file else None
    alone = _alone(tree) if tree is not None else {}
    if not alone:
        return
    for log, in_loss in _logs(case, alone):
        if log.sampled:
            continue
        for call in _looked_at(alone, log):
            node, pair = alone[call.caller_line, call.code.co_name], _made_of(call)
            if pair is None or is_scaled(*pair) or not _is_pure(log, call):  # what is scaled is said elsewhere
                continue
            before, after = pair
            shown, name = ast.unparse(node), ast.unparse(node.args[0])
            where = (case.file, call.caller_line)
            other = before.shape != after.shape or int(np.sum(before != after))
            kind: Kind = "loss" if in_loss else "data"
            if any(np.shape(v) == before.shape for v in case.params.values()):
                kind = "update" if call.loops or log is not case.notes.get("log") else "initialization"
            yield Finding(
                "result-thrown-away",
                kind,
                f"What {shown} returns is thrown away: it is {name} changed, but the array itself stays as it was"
                + (f", and {other} of its {before.size} numbers would be others." if other is not True else "."),
                f"Keep it: {name} = {shown}",
                (),
                *where,
                {"carried_out": sum(c.code is call.code for c in log.calls), "shape": list(before.shape)},
                text_of(case, where),
                hint="Which lines compute something that nothing uses?",
            )
            return


def _alone(tree: ast.Module) -> dict[tuple[int, str], ast.Call]:
    """The calls that are statements of their own, in functions and loops, by line and name, that are given a name."""
    top = {id(n) for n in tree.body}
    return {
        (n.lineno, name_of(n.value.func)): n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and id(n) not in top
        if n.value.args and isinstance(n.value.args[0], ast.Name | ast.Attribute | ast.Subscript)
    }


def _looked_at(alone: dict[tuple[int, str], ast.Call], log: Log) -> list[Call]:
    """The first calls that each of the statements made."""
    found: dict[tuple[int, str], list[Call]] = {}
    for call in log.calls:
        place = call.caller_line, call.code.co_name
        if place in alone and call.returned >= 0:
            found.setdefault(place, []).append(call)
    return [c for calls in found.values() for c in calls[:MOST]]


def _logs(case: Case, alone: dict[tuple[int, str], ast.Call]) -> Iterator[tuple[Log, bool]]:
    for log in logs_of(case):
        yield log, False
    if case.loss is not None and any(map(_made_of, _looked_at(alone, calls_of(case, case.loss)[1]))):
        yield watched(case, case.loss, case.copies())[1], True


def _is_pure(log: Log, call: Call) -> bool:
    """Whether nothing was changed during a call but names of its own."""
    during = (c for c in log.changes if call.at <= c.at <= call.returned)
    return not any(c.slot[0] < call.frame or c.slot[0] > MOST_FRAMES for c in during)


MOST = 8  # calls of one statement that are looked at
MOST_FRAMES = 1 << 24  # numbers of frames are below, those of objects above


def _made_of(call: Call) -> tuple[Array, Array] | None:
    """The first argument and what came back, if each returned array is an argument changed."""
    given = [a for v in call.arguments.values() for _, a in arrays_in(v) if a.size > 1]
    back = [a for _, a in arrays_in(call.result)]
    if not given or not back or len(back) > len(given):
        return None
    if not all(_is_changed(a, b) for a, b in zip(given, back, strict=False)):
        return None
    return next(((a, b) for a, b in zip(given, back, strict=False) if not _equal(a, b)), None)


def _equal(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b))


def _is_changed(a: Array, b: Array) -> bool:
    """Whether ``b`` has the numbers of ``a`` in another order or shape, or larger where those are larger."""
    if a.size != b.size or a.dtype.kind not in "fiu" or b.dtype.kind not in "fiu":
        return False
    if np.array_equal(np.sort(a, axis=None), np.sort(b, axis=None)):
        return True
    if a.shape != b.shape:
        return False
    flat: list[tuple[Any, Any]] = [(a.ravel(), b.ravel())]
    if a.ndim == 2 and len(a) > 2 and a.shape[1] > 2:
        flat = [*flat] if _monotone(*flat[0]) else list(zip(a, b, strict=True))
    return all(_monotone(x, y) for x, y in flat) and bool(np.any(a != b))


def _monotone(x: Array, y: Array) -> bool:
    order = np.argsort(x, kind="stable")
    rises = np.diff(y[order]) >= -1e-12 * float(np.abs(y).max(initial=0))
    return bool(np.all(rises))
