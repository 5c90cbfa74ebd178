"""One gradient for many steps: it is computed before the loop, and the parameters move on without it being new."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each, line_of_value
from cutaway.checking.lints.update.steps import HINT, multiple, nearly
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change
from cutaway.checking.running.observe import kept_of, observe
from cutaway.checking.running.quiet import call

STEPS = 3  # that must be alike, of all parameters
OTHER = 0.01  # of the gradient: what must have changed by the last of them


def stale_gradient(case: Case) -> Iterator[Finding]:
    """Steps that are all one multiple of the first gradient, though the gradient at each next place is another."""
    seen = observe(case)
    if seen is None or case.gradients is None or set(seen.first) != set(case.params):
        return
    kept = kept_of(case, seen.log)
    moves = {
        n: [np.asarray(c.new, dtype=float) for c in changes] for n, changes in kept.items() if len(changes) > STEPS
    }
    if not moves or len({len(m) for m in moves.values()}) != 1:
        return
    steps = {n: np.diff(np.stack(values), axis=0) for n, values in moves.items()}
    if any(not nearly(d, steps[n][0]) for n in steps for d in steps[n][1:] if np.any(steps[n][0])):
        return

    def gradients(t: int) -> dict[str, Array]:
        assert case.gradients is not None
        at = {n: moves[n][t] if n in moves else np.array(seen.first[n].new) for n in case.params}
        return {n: np.asarray(g, dtype=float) for n, g in call(case.gradients, at).items()}

    first, last = gradients(0), gradients(STEPS)
    tell = [n for n in steps if steps[n][0].size > 1 and multiple(steps[n][0], first[n]) is not None]
    off = max((float(np.abs(last[n] - first[n]).max() / np.abs(first[n]).max()) for n in tell), default=0.0)
    if off < OTHER:
        return
    count = len(next(iter(steps.values())))
    moved = kept[tell[0]][1]
    computed = line_of_value(seen.log, first[tell[0]])
    named = next((c for c in seen.log.changes if c.frame == moved.frame and _equal(c, first[tell[0]])), None)
    computed = (named.file, named.line) if named is not None else computed
    finding = Finding(
        "stale-gradient",
        "update",
        f"All {count} steps are the same multiple of the first gradient; by the fourth, the gradient of {tell[0]} "
        f"has changed by {off:.0%}: it is not computed again.",
        "Compute the gradients inside the loop, before each update.",
        tuple(tell),
        evidence={"steps": count, "change_of_the_gradient": off},
        hint=HINT,
    )
    places = (computed, (moved.file, moved.line))
    yield from at_each(case, finding, places, "Or here, where the steps are taken.", certain=True)


def _equal(c: Change, gradient: Array) -> bool:
    return isinstance(c.new, np.ndarray) and c.new.shape == gradient.shape and nearly(c.new, gradient)
