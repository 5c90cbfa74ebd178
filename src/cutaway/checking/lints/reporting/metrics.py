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
from cutaway.graph import Graph, Var


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
            axis = eqn.params.get("axis")
            if eqn.primitive.name == "argmax" and axis is None and len(shapes[0]) == 2 and n and n in shapes[0]:
                classes = shapes[0][1 - shapes[0].index(n)]
                if classes > 1 and n > 1 and _compared(graph, eqn.output, n):
                    yield Finding(
                        "metric-axis",
                        "reporting",
                        f"The largest is taken over all {n * classes} numbers: one place in the flattened array, which "
                        f"is compared with the labels of all {n} samples, where it should be one for each of them.",
                        f"Take argmax over the {classes} classes: axis={1 - shapes[0].index(n)}.",
                        (),
                        *where,
                        {"shape": list(shapes[0]), "axis": None, "samples": n, "classes": classes},
                        text_of(case, where),
                        hint=HINT,
                    )
                    return
            if eqn.primitive.name == "argmax" and isinstance(axis, int) and len(shapes[0]) == 2 and n:
                axis %= 2
                rows, classes = shapes[0][axis], shapes[0][1 - axis]
                if rows == n and classes != n and classes < n:
                    yield Finding(
                        "metric-axis",
                        "reporting",
                        f"The largest is taken over axis {axis}, the {n} samples, where it should be over the "
                        f"{classes} classes.",
                        f"Take argmax over axis {1 - axis}.",
                        (),
                        *where,
                        {"shape": list(shapes[0]), "axis": axis, "samples": n, "classes": classes},
                        text_of(case, where),
                        hint=HINT,
                    )
                    return


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
