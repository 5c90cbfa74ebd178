"""The steps of each parameter as the lints of updates read them: watched in the author's loop, or tried alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, line_of_value, text_of, where_of
from cutaway.checking.optimizers import Rule, Steps
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import Observation, Step, observe, watched

TRIALS = 6
HINT = "Follow one parameter through one step of the loop: what it is before, what is added, and where the sum is kept."


@dataclass(frozen=True)
class Seen:
    """The steps of one parameter and what was seen around them."""

    name: str
    steps: list[Step]
    log: Log
    rate: float  # what the author calls the learning rate
    sure: bool = True  # whether this is certainly where the program keeps the parameter

    def sequence(self) -> Steps | None:
        """The steps as numbers, if every one has a gradient."""
        known = [s for s in self.steps if s.gradient is not None]
        if not known or len(known) < len(self.steps):
            return None
        gradients = [np.asarray(s.gradient) for s in known]
        return Steps.of([s.before for s in known], gradients, [s.moved for s in known])


def watched_steps(case: Case) -> list[Seen]:
    """The steps of the author's own loop."""
    seen = observe(case)
    if seen is None or not seen.steps:
        return []
    owners = {seen.first[n].slot[0] for n, steps in seen.steps.items() if steps}
    ways = {seen.first[n].slot[1] for n, steps in seen.steps.items() if steps}

    def sure(first: Change) -> bool:
        return first.slot[0] in owners or (first.slot[1] in ways and bool(np.any(first.new)))

    return [Seen(n, _with_gradients(case, seen, n), seen.log, case.lr, sure(seen.first[n])) for n in seen.steps]


def _with_gradients(case: Case, seen: Observation, name: str) -> list[Step]:
    """The steps with their gradients: those that the loop had computed, or the author's at the same parameters.

    A parameter that never moved gets one step, on the spot.
    """
    steps = seen.steps[name]
    if steps and all(s.gradient is not None for s in steps):
        return steps
    complete = set(seen.first) == set(case.params)
    if case.gradients is None or not complete:
        return steps
    count = max((len(s) for s in seen.steps.values()), default=0)
    if not steps:
        if count < 2:
            return []
        first = seen.first[name].new
        return [Step(first, first, _gradient(case, seen.values(0), name), [seen.first[name]])]
    gradients = [_gradient(case, seen.values(t), name) for t in range(len(steps))]
    return [Step(s.before, s.after, g, s.changes) for s, g in zip(steps, gradients, strict=True)]


def _gradient(case: Case, values: Mapping[str, Any], name: str) -> Array | None:
    assert case.gradients is not None
    copies = {n: np.array(v) for n, v in values.items()}
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(case.gradients(copies)[name], dtype=float)
    except Exception:
        return None
    return np.broadcast_to(found, np.shape(values[name])) if found.size <= np.size(values[name]) else None


def tried_steps(case: Case) -> list[Seen]:
    """Steps of the author's update on random gradients, each from where the last one ended."""
    if case.update is None:
        return []
    rng = np.random.default_rng(0)
    inputs: list[tuple[dict[str, Array], dict[str, Array]]] = []
    outputs: list[dict[str, Array]] = []
    update = case.update

    def run() -> None:
        values = {n: np.array(v) + rng.normal(size=np.shape(v)).astype(_float(v)) for n, v in case.params.items()}
        for _ in range(TRIALS):
            gradients = {n: rng.normal(size=np.shape(v)).astype(v.dtype) for n, v in values.items()}
            given = {n: v.copy() for n, v in values.items()}
            inputs.append(({n: v.copy() for n, v in values.items()}, gradients))
            result = update(given, {n: g.copy() for n, g in gradients.items()}, case.lr)
            result = given if not isinstance(result, Mapping) else result
            outputs.append({n: np.array(result[n]) for n in values if n in result})
            values = {n: outputs[-1].get(n, v) for n, v in values.items()}

    _, log, problem = watched(case, run)
    if problem is not None or not outputs:
        return []
    found = []
    for name in case.params:
        if not all(name in out for out in outputs):
            continue
        steps: list[Step] = []
        for (values, gradients), out in zip(inputs, outputs, strict=True):
            if np.shape(out[name]) != np.shape(values[name]):
                steps = []
                break
            steps.append(Step(values[name], out[name], gradients[name], []))
        if steps:
            found.append(Seen(name, steps, log, case.lr))
    return found


def _float(value: Array) -> Any:
    return value.dtype if np.asarray(value).dtype.kind == "f" else float


@dataclass(frozen=True)
class Explained:
    """The steps of one parameter together with the rule that gives them."""

    case: Case
    seen: Seen
    rule: Rule

    @cached_property
    def where(self) -> Where:
        """The line that moves the parameter."""
        steps = self.seen.steps
        moving = next((s for s in steps if not np.array_equal(s.before, s.after)), steps[0])
        first = line_of_value(self.seen.log, moving.after)
        return first if first != NOWHERE else where_of(c for s in self.seen.steps for c in s.changes)

    def finding(
        self,
        code: str,
        message: str,
        fix: str,
        at: Where | None = None,
        corrected: str = "",
        **evidence: Any,
    ) -> Finding:
        """A finding with the numbers of the rule, on the line that moves the parameter unless ``at`` says another."""
        where = self.where if at is None else at
        about: dict[str, Any] = {
            "steps": len(self.seen.steps),
            "learning_rate": self.case.lr,
            "multiplier_of_the_gradient": -self.rule.rate,
            **self.rule.coefficients,
            **evidence,
        }
        excerpt = text_of(self.case, where)
        named = (self.seen.name,)
        return Finding(code, "update", message, fix, named, *where, about, excerpt, corrected, hint=HINT)


def own_gradients(case: Case) -> dict[str, Array]:
    """The author's gradients at the initial parameters."""
    assert case.gradients is not None
    with np.errstate(all="ignore"):
        return {n: np.asarray(g, dtype=float) for n, g in case.gradients(case.copies()).items()}


def nearly(a: Array, b: Array) -> bool:
    """Whether two arrays are equal to a millionth of the largest entry, and not zero."""
    scale = float(np.abs(b).max(initial=0))
    return scale > 0 and bool(np.all(np.abs(a - b) <= 1e-6 * scale))


def multiple(a: Array, b: Any) -> float | None:
    """What ``b`` is multiplied by to give ``a``; None if ``a`` is no multiple of it, or zero."""
    below = float(np.sum(b * b))
    k = float(np.sum(a * b)) / below if below > 0 else 0.0
    return k if k and nearly(a, k * b) else None


def one_multiple(arrays: Sequence[Array], others: Sequence[Any]) -> float | None:
    """What all of ``others`` are multiplied by to give ``arrays``, if it is the same number for all."""
    found = [multiple(a, b) for a, b in zip(arrays, others, strict=True)]
    known = [k for k in found if k is not None]
    return known[0] if len(known) == len(found) and np.ptp(known) <= 1e-6 * abs(known[0]) else None
