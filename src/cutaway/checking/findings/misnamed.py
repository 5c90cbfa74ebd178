"""A wrong value that is only given a name: the line that names it, found by giving it another of the author's names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.correction.edited import Text
from cutaway.checking.correction.namings import SECONDS, namings
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.departures import Locator
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.quiet import call
from cutaway.checking.truth import fit


def misnamed(
    case: Case, view: View, locator: Locator, known: dict[str, Any], seconds: float = SECONDS
) -> Iterator[Finding]:
    """The lines on which another name makes the gradients right, all of them together."""
    wrong = frozenset(locator.wrong)
    if not case.file or case.gradients is None or case.loss is None:
        return
    text = Text(case.file, case.source)
    forward = {(s.function, s.first_line) for stack in view.point.stacks.values() for s in stack.spots}
    spots = (s for e in locator.eqns for s in locator.backward.stacks[e.output].spots if s.file == case.file)
    own = {(s.function, s.first_line) for s in spots} - forward
    functions = [f for f in text.functions() if (f.name, _first_line(f)) in own]
    gradients, loss, params = case.gradients, case.loss, view.point.params

    def still_wrong() -> frozenset[str] | None:
        try:
            numbers = call(gradients, params)
            fitted = {n: fit(np.asarray(numbers[n], dtype=float), e.shape) for n, e in view.exact.items()}
            bad = {
                n
                for n, g in fitted.items()
                if g is None or not view.error(n, g, view.exact[n]) <= 5 * locator.tolerance
            }
            if bad < wrong and abs(float(np.asarray(call(loss, params))) - view.point.value) > 1e-9 * abs(
                view.point.value
            ):
                return None
        except Exception:
            return None
        return frozenset(bad)

    for one in namings(text, functions, wrong, still_wrong, seconds):
        right = tuple(n for n in view.exact if n in one.right)
        yield Finding(
            "wrong-operand",
            "gradient",
            f"{one.before} is not what is needed here: with {one.after} on this line the gradient of "
            f"{', '.join(right)} is right.",
            f"Write {one.after} instead of {one.before}",
            right,
            evidence={n: known[n] for n in right if n in known},
            corrected=one.corrected,
            hint="What does this name stand for, and what should it?",
            **at((case.file, one.line)),
        )


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(d.lineno for d in function.decorator_list)])
