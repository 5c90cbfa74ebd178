"""An accuracy that is none: every sample compared with every other, or the largest taken over the samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import place_of, text_of
from cutaway.checking.lints.graphs import inputs_of
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.observe import log_of
from cutaway.graph import Eqn, Graph, Var


def odd_metric(case: Case) -> Iterator[Finding]:
    """A metric that compares every sample with every other, or takes the largest over the samples."""
    for fn, args in _metrics(case):
        graph = recorded(fn, args)
        if graph is None:
            continue
        n = next((x.value.shape[axis] for _, x, axis in inputs_of(graph)), None)
        for eqn in graph.eqns:
            shapes = [np.shape(a.value) if isinstance(a, Var) else np.shape(a) for a in eqn.inputs]
            out = np.shape(eqn.output.value)
            where = place_of(eqn)
            if len(shapes) == 2 and len(out) == 2 and out[0] == out[1] > 1 and {len(s) for s in shapes} <= {1, 2}:
                column = {(out[0], 1)} & set(shapes)
                row = {(out[0],), (1, out[0])} & set(shapes)
                if column and row and eqn.primitive.elementwise:
                    yield Finding(
                        "metric-broadcasts",
                        "reporting",
                        f"Arrays of shapes {shapes[0]} and {shapes[1]} are compared: that gives {out}, every "
                        f"sample with every "
                        "other, so the number is not an accuracy.",
                        f"Give both one shape: y.reshape(-1, 1), or predictions.ravel(): {out[0]} comparisons.",
                        (),
                        *where,
                        {"shapes": [list(s) for s in shapes], "result": list(out), "comparisons": int(np.prod(out))},
                        text_of(case, where),
                        hint=HINT,
                    )
                    return
            odd = _wrong_axis(graph, eqn, n) if eqn.primitive.name == "argmax" and n and len(shapes[0]) == 2 else None
            if odd is not None:
                message, fix, evidence = odd
                yield Finding(
                    "metric-axis", "reporting", message, fix, (), *where, evidence, text_of(case, where), hint=HINT
                )
                return


def _wrong_axis(graph: Graph, eqn: Eqn, n: int) -> tuple[str, str, dict[str, Any]] | None:
    """What is wrong with the axis over which the largest is taken of a table for ``n`` samples, and what to write."""
    shape, axis = (
        np.shape(eqn.inputs[0].value if isinstance(eqn.inputs[0], Var) else eqn.inputs[0]),
        eqn.params.get("axis"),
    )
    if n not in shape:
        return None
    if axis is None:
        over = shape.index(n)
        classes = shape[1 - over]
        if min(classes, n) < 2 or not _compared(graph, eqn.output, n):
            return None
        message = (
            f"The largest is taken over all {n * classes} numbers: one place in the flattened array, which is compared "
            f"with the labels of all {n} samples, where it should be one for each of them."
        )
        fix = f"Take argmax over the {classes} classes: axis={1 - over}."
    else:
        over = axis % 2
        classes = shape[1 - over]
        if shape[over] != n or classes >= n:
            return None
        message = (
            f"The largest is taken over axis {over}, the {n} samples, where it should be over the {classes} classes."
        )
        fix, axis = f"Take argmax over axis {1 - over}.", over
    return message, fix, {"shape": list(shape), "axis": axis, "samples": n, "classes": classes}


def _compared(graph: Graph, number: Var, n: int) -> bool:
    """Whether a number is compared with ``n`` others."""
    same = [eqn for eqn in graph.eqns if eqn.primitive.name in ("equal", "not_equal", "subtract")]
    return any(number in eqn.inputs and np.size(eqn.output.value) == n for eqn in same)


def _metrics(case: Case) -> Iterator[tuple[Callable[..., Any], tuple[Any, ...]]]:
    if case.metric is not None:
        yield case.metric, (case.copies(),)
    log, program = log_of(case), case.notes.get("program")
    if log is None or program is None:
        return
    functions = {f.__code__: f for f in program.namespace.values() if hasattr(f, "__code__")}
    done = set()
    for call in log.calls:
        if call.code in functions and call.code not in done and isinstance(call.result, float | np.floating):
            done.add(call.code)
            arrays = [a for a in call.arguments.values() if isinstance(a, np.ndarray)]
            if arrays:
                yield functions[call.code], tuple(call.arguments.values())


def recorded(fn: Callable[..., Any], args: tuple[Any, ...]) -> Graph | None:
    """The graph of a function of the author's; None if it cannot be recorded."""
    from cutaway.tracing import record

    try:
        with np.errstate(all="ignore"):
            return record(fn, *args).graph()
    except Exception:
        return None
