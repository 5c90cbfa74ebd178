"""A loop that is left in its first pass: with all passes, the author's gradients are those of the loss.

Nothing but the passes that are missing is wrong then, so that no rule of backpropagation is broken anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.correction.edited import Text
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.early_exits import EarlyExit, early_exits
from cutaway.checking.records import Case, Finding, Kind, Params
from cutaway.checking.running.passes import counted
from cutaway.checking.running.quiet import call
from cutaway.checking.truth import fit

SECONDS = 2.0  # for all trials
CLOSE = 1e-5  # relative: of a slope of the loss and differences of it
STEP = 1e-5
FIX = "Indent the line less, so that it stands behind the loop."


def left_early(case: Case, seen: list[View], wrong: list[str], tolerance: float) -> Iterator[Finding]:
    """The exits because of which the gradients are wrong: moved behind their loop, they make the gradients right."""
    if not case.file or case.gradients is None:
        return
    text = Text(case.file, case.source)
    started = time.process_time()
    for function in list(text.functions()):
        for found in list(early_exits(function)):
            for level in range(len(found.around)):
                if time.process_time() - started > SECONDS:
                    return
                finding = _tried(case, seen, wrong, tolerance, text, found, level)
                if finding is not None:
                    yield finding
                    return


def _tried(
    case: Case,
    seen: list[View],
    wrong: list[str],
    tolerance: float,
    text: Text,
    found: EarlyExit,
    level: int,
) -> Finding | None:
    """What is to be said of an exit, if gradients become right with it behind the loop and none becomes wrong."""
    before = counted(case, text, found.loop, case.gradients)
    passes = before or counted(case, text, found.loop, case.loss)
    if passes is None:
        return None
    with found.moved(level):
        after = counted(case, text, found.loop, case.gradients if before else case.loss)
        if after is None or after[1] <= passes[1]:
            return None
        kind, right = _with_all(case, seen, wrong, tolerance, text)
    if kind is None:
        return None
    line = found.leaves.lineno
    return Finding(
        "loop-left-early",
        kind,
        f"The loop of line {found.loop.lineno} {found.word} at the end of its first pass: of {after[1]} passes "
        f"{passes[1]} {'is' if passes[1] == 1 else 'are'} made, in {passes[0]} "
        f"{'call' if passes[0] == 1 else 'calls'}. With all of them, "
        + (
            f"the gradient of {', '.join(right)} is right."
            if kind == "gradient"
            else "the loss is the one whose gradient is computed."
        ),
        FIX if found.word == "returns" else "Leave it out.",
        tuple(right),
        evidence={"passes": passes[1], "passes_meant": after[1], "calls": passes[0]},
        hint="How often does each loop go round?",
        **at((case.file, line)),
    )


def _with_all(
    case: Case, seen: list[View], wrong: list[str], tolerance: float, text: Text
) -> tuple[Kind | None, list[str]]:
    """Whether the changed program's gradients are right, and those of which parameters."""
    assert case.gradients is not None and case.loss is not None
    right: list[str] | None = None
    try:
        with text.running() as done:
            if not done:
                return None, []
            for view in seen:
                numbers = call(case.gradients, view.point.params)
                value = float(np.asarray(call(case.loss, view.point.params)))
                if abs(value - view.point.value) > 1e-9 * max(abs(value), abs(view.point.value)):
                    return ("loss", list(view.exact)) if _of_this_loss(case, view, numbers) else (None, [])
                good = [n for n in view.exact if n in numbers and _close(view, n, numbers[n], tolerance)]
                if not set(view.exact) - set(wrong) <= set(good):
                    return None, []
                right = [n for n in wrong if n in good and (right is None or n in right)]
    except Exception:
        return None, []
    return ("gradient", right) if right else (None, [])


def _close(view: View, name: str, numbers: Any, tolerance: float) -> bool:
    got = fit(np.asarray(numbers, dtype=float), view.exact[name].shape)
    return got is not None and view.error(name, got, view.exact[name]) <= tolerance


def _of_this_loss(case: Case, view: View, numbers: Any) -> bool:
    """Whether the gradient is that of the loss as it is now, along some directions."""
    assert case.loss is not None
    rng = np.random.default_rng(0)
    for _ in range(3):
        along: Params = {n: np.asarray(rng.normal(size=v.shape)) for n, v in view.point.params.items()}
        there, back = (float(np.asarray(call(case.loss, _further(view.point.params, along, s)))) for s in (STEP, -STEP))
        slope = sum(float(np.sum(np.reshape(numbers[n], d.shape) * d)) for n, d in along.items())
        if not abs((there - back) / (2 * STEP) - slope) <= CLOSE * max(abs(slope), abs(view.point.value)):
            return False
    return True


def _further(params: Params, along: Params, step: float) -> Params:
    return {n: np.asarray(v + step * along[n]) for n, v in params.items()}
