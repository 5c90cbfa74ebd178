"""An accuracy that even perfect answers would not have: it compares with other numbers than the network is taught."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import at_each, place_of
from cutaway.checking.lints.data.targets import odd_targets, places_of
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.lints.reporting.metrics import odd_metric, recorded
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.records import Array, Case, Finding, Params
from cutaway.checking.truth import look
from cutaway.graph import Graph, Var
from cutaway.interpreters.run import evaluate

PERFECT = 0.8  # that right answers must have at least; labels with some noise in them may be meant
FEW = 20  # different numbers in targets that are classes: a teacher's soft answers have more
AS_TARGETS = ((1, 0), (-1, 0), (-1, 1), (0.5, 0.5))  # of what a loss computes with: y, -y, 1 - y, 2 y - 1


def perfect_answers(case: Case) -> Iterator[Finding]:
    """Put the targets in the place of the outputs and see which accuracy they would have."""
    point = look(case)
    if case.metric is None or point.backprop is None:
        return
    elsewhere = _nearby(case.copies())  # where no two values are alike by chance
    graph = recorded(case.metric, (elsewhere,))
    kinds = {e.primitive.name for e in graph.eqns} if graph is not None else set()
    if graph is None or "equal" not in kinds or "not_equal" in kinds:
        return
    scene = Scene(point.backprop)
    values = _values(scene.graph, elsewhere)
    for z, a, kind in outputs(scene)[-1:]:
        # the metric may take the output before its activation, and one without activation may be logits
        ways = [(a, 1, 0), *([(z, 20, -10)] if kind else [(a, 20, -10)])]
        targets = [(name, y) for name, y in labels(scene, a.shape) if len(np.unique(y)) <= FEW]
        taught = [(name, k * y + b) for name, y in targets for k, b in AS_TARGETS]
        shares = [
            (_of(graph, np.asarray(values[v], dtype=float), m * y + c), name, y)
            for name, y in taught
            for v, m, c in ways
            if v in values
        ]
        known = [(share, name, y) for share, name, y in shares if share is not None]
        if not known:
            return
        share, name, y = max(known, key=lambda entry: entry[0])
        if not 0 <= share < PERFECT or any(True for lint in (odd_targets, odd_metric) for _ in lint(case)):
            return  # what is wrong with the targets or with the comparison is said there
        compared = next(e for e in graph.eqns if e.primitive.name == "equal")
        finding = Finding(
            "unfair-metric",
            "reporting",
            f"Outputs that are exactly the targets {name} would have an accuracy of {share:.3g}: what they are "
            "compared with is not what the network is taught.",
            "Make the targets and the numbers that the answers are compared with of the same labels.",
            evidence={"accuracy_of_perfect_answers": share, "samples": int(np.size(y))},
            hint=HINT,
        )
        places = [place_of(compared), *places_of(case, name, y)]
        yield from at_each(case, finding, places, "The targets are made here.", kind="data")


def _nearby(params: Params) -> Params:
    """Parameters that are not special."""
    rng = np.random.default_rng(0)
    return {n: np.asarray(v, dtype=float) + 0.1 * rng.normal(size=np.shape(v)) for n, v in params.items()}


def _values(graph: Graph, params: Params) -> dict[Any, Any]:
    """Every value of the loss at other parameters."""
    with np.errstate(all="ignore"):
        return evaluate(graph, *(params[str(v.name)] for v in graph.inputs))


def _of(graph: Graph, output: Array, y: Array) -> float | None:
    """What the graph gives for the targets in the place of the output; None where not all of it goes through that."""
    for k, eqn in enumerate(graph.eqns):
        value = np.asarray(eqn.output.value)
        for seen, wanted in ((output, y), (output.T, y.T), (output.ravel(), y.ravel())):
            if (
                value.shape == seen.shape
                and value.dtype.kind == "f"
                and abs(value.flat[0] - seen.flat[0]) <= 1e-6 * (1 + abs(seen.flat[0]))
                and np.allclose(value, seen, rtol=1e-9, atol=1e-12)
            ):
                rest = tuple(e for i, e in enumerate(graph.eqns) if i != k)
                if _reads_parameters(graph, rest):
                    continue
                known: dict[Var, Any] = {**{v: v.value for v in graph.inputs}, eqn.output: wanted}
                try:
                    values = evaluate(Graph(tuple(known), rest, ()), *known.values())
                    return float(np.asarray(values[graph.outputs[0]]))  # type: ignore[index]
                except Exception:
                    return None
    return None


def _reads_parameters(graph: Graph, eqns: tuple[Any, ...]) -> bool:
    """Whether the graph's output still depends on its inputs with these equations alone."""
    needed: set[Any] = {a for a in graph.outputs if isinstance(a, Var)}
    for eqn in reversed(eqns):
        if eqn.output in needed:
            needed.update(a for a in eqn.inputs if isinstance(a, Var))
    return any(v in needed for v in graph.inputs)
