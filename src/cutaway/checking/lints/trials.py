"""What lints try out: the author's whole loop run to its end, and plain descent along the author's own gradients."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from cutaway.checking.records import Case, Params
from cutaway.checking.running.observe import STEPS, observe, undisturbed
from cutaway.checking.running.quiet import call, quiet

SECONDS = 1.5  # that a loop may take


def whole_history(case: Case) -> list[float]:
    """The history that the author's loop returns after all of its steps, or as many as there is time for."""
    if "whole history" not in case.notes:
        case.notes["whole history"] = _run(case)
    found: list[float] = case.notes["whole history"]
    return found


def _run(case: Case) -> list[float]:
    from cutaway.checking.running.observe import history_of

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


def another_rule(case: Case) -> bool:
    """Whether the author's loop is known to move otherwise than by plain descent at the case's rate, and stays finite.

    What such descent comes to then says nothing about the program.
    """
    seen = observe(case)
    if seen is None or case.gradients is None or set(seen.first) != set(case.params):
        return False
    first = {n: np.array(c.new, dtype=float) for n, c in seen.first.items()}
    try:
        gradients = call(case.gradients, first)
        for name, steps in seen.steps.items():
            wanted = -case.lr * np.asarray(gradients[name], dtype=float)
            if steps and np.allclose(steps[0].moved, wanted, rtol=1e-6, atol=1e-12):
                return False
    except Exception:
        return False
    shown = whole_history(case)
    return len(shown) > 2 and bool(np.isfinite(shown).all())
