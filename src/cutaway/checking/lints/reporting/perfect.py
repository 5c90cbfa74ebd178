"""An accuracy that even perfect answers would not have: it compares with other numbers than the network is taught."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import place_of, text_of
from cutaway.checking.lints.data.targets import places_of
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.lints.reporting.metrics import recorded
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.truth import look
from cutaway.graph import Graph, Var
from cutaway.interpreters.run import evaluate

PERFECT = 0.9  # that right answers must have at least


def perfect_answers(case: Case) -> Iterator[Finding]:
    """Put the targets in the place of the outputs and see which accuracy they would have."""
    point = look(case)
    if case.metric is None or point.backprop is None:
        return
    graph = recorded(case.metric, (case.copies(),))
    kinds = {e.primitive.name for e in graph.eqns} if graph is not None else set()
    if graph is None or "equal" not in kinds or "not_equal" in kinds:
        return
    scene = Scene(point.backprop)
    for _, a, kind in outputs(scene)[-1:]:
        output = np.asarray(a.value, dtype=float)
        # an output without an activation may be the logits of its answers
        ways = ((1, 0),) if kind else ((1, 0), (20, -10))
        shares = [(_of(graph, output, k * y + b), name, y) for name, y in labels(scene, a.shape) for k, b in ways]
        known = [(share, name, y) for share, name, y in shares if share is not None]
        if not known:
            return
        share, name, y = max(known, key=lambda entry: entry[0])
        if not 0 <= share < PERFECT:
            return
        compared = next(e for e in graph.eqns if e.primitive.name == "equal")
        for i, where in enumerate([place_of(compared), *places_of(case, name, y)]):
            yield Finding(
                "unfair-metric",
                "reporting" if i == 0 else "data",
                f"Outputs that are exactly the targets {name} would have an accuracy of {share:.3g}: what they are "
                "compared with is not what the network is taught."
                if i == 0
                else "The targets are made here.",
                "Make the targets and the numbers that the answers are compared with of the same labels.",
                (),
                *where,
                {"accuracy_of_perfect_answers": share, "samples": int(np.size(y))},
                text_of(case, where),
                hint=HINT,
                certain=i == 0,
            )


def _of(graph: Graph, output: Array, y: Array) -> float | None:
    """What the graph gives for the targets in the place of the output; None where the output is not in it."""
    for k, eqn in enumerate(graph.eqns):
        value = np.asarray(eqn.output.value)
        for seen, wanted in ((output, y), (output.T, y.T), (output.ravel(), y.ravel())):
            if (
                value.shape == seen.shape
                and value.dtype.kind == "f"
                and np.allclose(value, seen, rtol=1e-9, atol=1e-12)
            ):
                rest = [e for i, e in enumerate(graph.eqns) if i != k]
                known: dict[Var, Any] = {**{v: v.value for v in graph.inputs}, eqn.output: wanted}
                try:
                    values = evaluate(Graph(tuple(known), tuple(rest), ()), *known.values())
                    return float(np.asarray(values[graph.outputs[0]]))  # type: ignore[index]
                except Exception:
                    return None
    return None
