"""Weights so small that the loop ends before it has begun: what goes forward and back is next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each
from cutaway.checking.lints.graphs import multiplied
from cutaway.checking.lints.initialization import MADE, at_the_start, made_at
from cutaway.checking.lints.trials import descent, whole_history
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding

SMALL = 0.01  # of the usual spread
STILL = 0.99  # of the first loss, what is left at the end of a loop that did nothing
WORTH = 0.5  # of that, what weights of the usual spread must leave at most


def weights_too_small(case: Case) -> Iterator[Finding]:
    """All matrices far below the usual spread, a loss that stays where it is, and one that falls with other weights."""
    graph = recorded_loss(case)
    if graph is None or case.gradients is None or not case.lr > 0:
        return
    start = {n: np.asarray(v, dtype=float) for n, v in case.params.items()}
    names = sorted(n for n in multiplied(graph) if n in start and start[n].ndim == 2 and start[n].size > 1)
    spreads = {n: float(start[n].std()) * np.sqrt(min(start[n].shape)) for n in names}
    if len(names) < 2 or not all(0 < s < SMALL for s in spreads.values()):
        return
    shown = whole_history(case)
    if len(shown) < 3 or not np.isfinite(shown).all() or not min(shown) > STILL * shown[0]:
        return
    larger = {n: v / spreads[n] if n in spreads else v for n, v in start.items()}
    steps = min(case.steps, 200)
    other = descent(case, larger, case.lr, steps)
    if not other or not np.isfinite(other).all() or not other[-1] < WORTH * shown[-1]:
        return
    finding = at_the_start(
        case,
        "weights-too-small",
        names,
        f"{', '.join(names[:4])} start at a spread of {float(start[names[0]].std()):.1g}: in {len(shown)} steps the "
        f"loss goes from {shown[0]:.4g} to {shown[-1]:.4g}. With a spread of 1 / sqrt(inputs) it ends at "
        f"{other[-1]:.3g} after {len(other) - 1}.",
        {"first_loss": shown[0], "last_loss": shown[-1], "last_loss_with_larger_weights": other[-1]},
        "Draw them with a spread of 1 / sqrt(number of inputs).",
    )
    yield from at_each(case, finding, made_at(case, *names), MADE, most=3)
