"""A loss that is wrong itself: what the author meant is put in its place before gradients are compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.checking.findings.comparison import crossed, source_line
from cutaway.checking.findings.lost_terms import put_back
from cutaway.checking.findings.remade import remade
from cutaway.checking.findings.tables import paired
from cutaway.checking.records import Case, Finding
from cutaway.checking.truth import Truth
from cutaway.graph import Eqn, Var


def repaired(case: Case, truth: Truth) -> tuple[Truth, list[Finding]]:
    """The truth about the loss that was meant, and what is wrong with the one that is computed."""
    findings: list[Finding] = []
    for point in truth.points:
        if point.backprop is None:
            continue
        found = _labels_aligned(point.backprop)
        if found is None:
            continue
        meant, eqn, shapes = found
        before = point.value
        point.backprop, point.bare, point.unguarded = meant, None, {}
        point.exact = meant.inputs(meant.true)
        point.value = float(np.ravel(meant.output.value)[0])
        if findings:
            continue
        place = (eqn.where.file, eqn.where.line) if eqn.where else (case.file, 0)
        a, b = shapes
        findings.append(
            Finding(
                "label-broadcast",
                "loss",
                f"Shapes {a} and {b} broadcast to {eqn.output.shape}: the loss is taken over all pairs of "
                f"samples, not over "
                f"the samples. It shows {before:.4g} where it should show {point.value:.4g}.",
                "Give both the same shape: y.reshape(-1, 1)",
                (),
                place[0],
                place[1],
                {"shapes": [list(a), list(b)], "result": list(eqn.output.shape), "loss": before, "meant": point.value},
                source_line(*place) if place[1] else "",
                wrong=r"\frac{1}{n^2} \sum_{i,j} \ell(y_i, p_j)",
                right=r"\frac{1}{n} \sum_i \ell(y_i, p_i)",
                hint="Print the shape of what the loss averages.",
            )
        )
    return truth, findings or paired(truth) or put_back(truth)


def _labels_aligned(backprop: Backprop) -> tuple[Backprop, Eqn, Any] | None:
    """The loss with its labels in the shape of its predictions, if they broadcast into a square."""
    for eqn in backprop.graph.eqns:
        shapes = crossed(eqn)
        if shapes is None or eqn.output not in backprop.true:
            continue
        fixed = [a for a in eqn.inputs if isinstance(a, Var) and a not in backprop.live]
        moving = [a for a in eqn.inputs if isinstance(a, Var) and a in backprop.live]
        if len(fixed) != 1 or len(moving) != 1:
            continue
        n = moving[0].shape[0]
        replaced: dict[Var, Any] = {}
        for other in backprop.graph.eqns:
            for a in other.inputs:
                if (
                    isinstance(a, Var)
                    and a not in backprop.live
                    and a.shape in ((n,), (n, 1))
                    and len(a.shape) == len(fixed[0].shape)
                ):
                    replaced[a] = np.reshape(a.value, moving[0].shape)
        graph = remade(backprop.graph, {a: Var(value, a.name) for a, value in replaced.items()})
        return (Backprop(graph), eqn, shapes) if graph is not None else None
    return None
