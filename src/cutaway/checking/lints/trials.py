"""What lints try out: the author's whole loop run to its end, and plain descent along the author's own gradients."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from cutaway.checking.observe import STEPS, undisturbed
from cutaway.checking.quiet import call, quiet
from cutaway.checking.records import Case, Params

SECONDS = 1.5  # that a loop may take


def whole_history(case: Case) -> list[float]:
    """The history that the author's loop returns after all of its steps, or as many as there is time for."""
    if "whole history" not in case.notes:
        case.notes["whole history"] = _run(case)
    found: list[float] = case.notes["whole history"]
    return found


def _run(case: Case) -> list[float]:
    from cutaway.checking.observe import history_of

    if case.train is None:
        return []
    shown: list[float] = []
    count = STEPS
    with undisturbed(), quiet(case.train):
        try:
            while True:
                started = time.process_time()
                shown = history_of(case.train(count))
                each = (time.process_time() - started) / count
                more = min(case.steps, int(SECONDS / max(each, 1e-6)))
                if count != STEPS or more <= count:
                    return shown
                count = more
        except Exception:
            return shown


def descent(case: Case, params: Params, rate: float, steps: int) -> list[float]:
    """The losses before each step of plain descent along the author's gradients, and after the last; the end, if any.

    It stops where the loss is not finite any more, or when time is up.
    """
    assert case.loss is not None and case.gradients is not None
    losses: list[float] = []
    p: dict[str, Any] = {n: np.array(v, dtype=float) for n, v in params.items()}
    started = time.process_time()
    for _ in range(steps + 1):
        losses.append(float(np.asarray(call(case.loss, p))))
        if not np.isfinite(losses[-1]) or time.process_time() - started > SECONDS:
            break
        g = call(case.gradients, p)
        p = {n: np.asarray(v - rate * np.asarray(g[n], dtype=float)) if n in g else v for n, v in p.items()}
        if any(p[n].shape != np.shape(v) for n, v in params.items()):
            return []
    return losses
