"""A history that is not that of the loss: every number the sum of all before it, or one number again and again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, statements_at, text_of
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import by_slot
from cutaway.checking.running.observe import Observation, observe


def summed(case: Case) -> Iterator[Finding]:
    """A reported number that is the sum of the losses of all steps so far."""
    seen = observe(case)
    if seen is None or case.loss is None or set(seen.steps) != set(case.params):
        return
    losses = _losses(case, seen, 5)
    if len(losses) < 3 or not np.isfinite(losses).all() or not all(losses):
        return
    sums = np.cumsum(losses)
    slots = by_slot(c for c in seen.log.changes if isinstance(c.new, float | np.floating) and c.loops)
    lists: dict[Any, dict[Any, float]] = {}
    for slot, changes in slots.items():
        if len(slot[1]) > 1 and isinstance(slot[1][-1], int):
            lists.setdefault((slot[0], slot[1][:-1]), {})[slot[1][-1]] = float(changes[0].new)
    kept = [[entries[i] for i in sorted(entries)][: len(sums)] for entries in lists.values()]
    if not any(
        len(k) == len(sums) and np.allclose(k, sums, rtol=1e-9, atol=0) for k in [*kept, seen.history[: len(sums)]]
    ):
        return  # a sum that is divided before it is shown is a mean
    for changes in slots.values():
        values = [float(c.new) for c in changes[: len(sums)]]
        if len(values) == len(sums) and np.allclose(values, sums, rtol=1e-9, atol=0):
            c = changes[1]
            where = (c.file, c.line)
            yield Finding(
                "loss-accumulates",
                "reporting",
                f"{c.name} is not the loss but the sum of all losses so far: "
                f"{', '.join(f'{x:.4g}' for x in values[:4])}, where "
                f"the loss is {', '.join(f'{x:.4g}' for x in losses[:4])}.",
                f"Set {c.name} to zero at the start of each epoch, or assign instead of adding.",
                (),
                *where,
                {"shown": values, "losses": losses},
                text_of(case, where),
                assigned_anew(case, where),
                hint=HINT,
            )
            return


def stale(case: Case) -> Iterator[Finding]:
    """A history that shows one value again and again while the loss of the parameters changes."""
    seen = observe(case)
    if seen is None or case.loss is None or len(seen.history) < 3 or set(seen.steps) != set(case.params):
        return
    shown = seen.history
    if len(set(shown)) > 1 or not np.isfinite(shown).all():
        return
    losses = _losses(case, seen, 4)
    if len(losses) < 3 or np.ptp(losses) <= 1e-9 * abs(losses[0]):
        return
    kept = [c for c in seen.log.changes if len(c.slot[1]) > 1 and np.ndim(c.new) == 0 and c.new == shown[0]]
    if len(kept) < 2:
        return
    where = (kept[1].file, kept[1].line)
    yield Finding(
        "loss-of-old-weights",
        "reporting",
        f"The history shows {shown[0]:.6g} again and again, while the loss of the parameters goes "
        f"{', '.join(f'{x:.6g}' for x in losses)}.",
        "Compute the loss anew in every step, from the parameters of that step.",
        (),
        *where,
        {"shown": shown[:4], "losses": losses},
        text_of(case, where),
        hint=HINT,
    )


def _losses(case: Case, seen: Observation, most: int) -> list[float]:
    """The loss before each of the first steps; none where it cannot be computed."""
    assert case.loss is not None
    count = min((len(s) for s in seen.steps.values() if s), default=0)
    try:
        with np.errstate(all="ignore"):
            return [
                float(case.loss({n: np.array(v) for n, v in seen.values(t).items()})) for t in range(min(count, most))
            ]
    except Exception:
        return []


def assigned_anew(case: Case, where: Where) -> str:
    """The line with ``=`` in the place of ``+=``."""
    for node in statements_at(case, where):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            return text_of(case, where).replace("+=", "=", 1)
    return ""
