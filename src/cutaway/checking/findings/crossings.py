"""A row that meets a column in the backward pass: every sample is compared with every other one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cutaway.checking.findings.comparison import crossed, source_line
from cutaway.checking.lines.backward import Backward
from cutaway.checking.lines.departures import Locator
from cutaway.checking.records import Finding
from cutaway.graph import Eqn, Var


def crossing(eqns: Sequence[Eqn], backward: Backward, names: tuple[str, ...]) -> Iterator[Finding]:
    """The first equation that broadcasts a column against a row."""
    for eqn in eqns:
        shapes, spot = crossed(eqn), backward.spot(eqn.output)
        if shapes is None or spot is None or eqn.output.shape[0] < 2:
            continue
        a, b = shapes
        yield Finding(
            "label-broadcast",
            "gradient",
            f"Shapes {a} and {b} broadcast to {eqn.output.shape} here: every sample meets every other one.",
            "Give both the same shape: y.reshape(-1, 1)",
            names,
            spot.file,
            spot.line,
            {"shapes": [list(a), list(b)], "result": list(eqn.output.shape)},
            source_line(spot.file, spot.line),
            hint="Print the shapes on this line.",
        )
        return


def right_aligned(locator: Locator, wrong: tuple[str, ...]) -> bool:
    """Whether the gradients are right if what is broadcast to all pairs is taken sample by sample."""
    pairs = [e for e in locator.eqns if crossed(e) is not None]
    aligned = {}
    for eqn in pairs:
        args = [np.asarray(a.value if isinstance(a, Var) else a) for a in eqn.inputs]
        columns = [a.reshape(-1, 1) if a.size == max(eqn.output.shape) else a for a in args]
        aligned[eqn.output] = eqn.primitive.fn(*columns, **eqn.params)
    return locator.residual(aligned, {}, frozenset(wrong)) <= 5 * locator.tolerance
