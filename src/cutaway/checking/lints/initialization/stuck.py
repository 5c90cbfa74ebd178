"""Weights that start at zero and stay there: whatever the number of steps, no error ever reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import at_each
from cutaway.checking.lints.graphs import multiplied
from cutaway.checking.lints.initialization import MADE, made_at
from cutaway.checking.lints.initialization.equal_units import STEPS, descended
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding, Params

PLACES = 3


def stuck_at_zero(case: Case) -> Iterator[Finding]:
    """Weights of zero whose gradient is exactly zero in every step, and would not be with other numbers."""
    start = {n: np.asarray(v, dtype=float) for n, v in case.params.items()}
    zeros = [n for n, w in start.items() if w.size > 1 and not np.any(w)]
    graph = recorded_loss(case) if len(start) > 1 and zeros else None
    if graph is None:
        return
    weights = multiplied(graph)
    path = descended(case, start) if weights.intersection(zeros) else None
    if path is None:
        return
    last, moved = path
    stuck = [n for n in zeros if n in weights and not moved[n] and not np.any(last[n])]
    # one layer may be stuck where it belongs: at the best that it can do
    elsewhere = _gradient_elsewhere(case, start) if len(stuck) > 1 or (stuck and any(moved.values())) else {}
    stuck = [n for n in stuck if np.any(elsewhere.get(n, 0.0))]
    if not stuck:
        return
    shown = ", ".join(stuck[:4]) + (f" and {len(stuck) - 4} more" if len(stuck) > 4 else "")
    entries = sum(start[n].size for n in stuck)
    finding = Finding(
        "zero-weights",
        "initialization",
        f"{shown} {'starts' if len(stuck) == 1 else 'start'} at zero, and after {STEPS} steps all {entries} weights "
        "are still exactly zero: their gradient is 0 as long as they are, so they never move.",
        "Draw the weights at random, each another: rng.normal(0, 1 / sqrt(number of inputs), shape).",
        tuple(stuck),
        evidence={"steps": STEPS, "weights": entries, "largest_weight_after": 0.0},
        hint="Look at the numbers that the parameters start with.",
    )
    yield from at_each(case, finding, made_at(case, *stuck), MADE, most=PLACES)


def _gradient_elsewhere(case: Case, start: Params) -> dict[str, Any]:
    """The gradient at numbers that were drawn at random: nothing, where it is not known."""
    from cutaway.interpreters.differentiate import grad

    rng = np.random.default_rng(0)
    assert case.loss is not None
    try:
        with np.errstate(all="ignore"):
            found = grad(case.loss)({n: w + 0.5 * rng.normal(size=w.shape) for n, w in start.items()})
    except Exception:
        return {}
    return {n: g for n, g in found.items() if np.isfinite(g).all()}
