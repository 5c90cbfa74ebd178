"""A mean that is divided by the number of samples again, in the step: the rate is smaller than it says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from cutaway.checking.lines.backward import Backward, record_backward
from cutaway.checking.lines.places import NOWHERE, Where, at_each, line_of_value
from cutaway.checking.lints.update.steps import HINT, Explained, Seen
from cutaway.checking.optimizers import Rule
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.quiet import call
from cutaway.graph import Eqn, Var

FEWEST = 3  # samples: smaller factors may be meant
MEAN = 2.5  # times or part of the whole mean that the gradients of batches are, taken together, if they are means too


def divided_again(case: Case, rules: Mapping[str, tuple[Seen, Rule]]) -> Iterator[Finding]:
    """Steps of ``lr / n`` times a gradient that is a mean over samples: ``n`` is their number, or that of a batch."""
    plain = {n: (o, r) for n, (o, r) in rules.items() if r.name in ("sgd", "linear") and r.rate > 0}
    if not plain or len(plain) < len(rules) or case.gradients is None or not case.lr > 0:
        return
    shares = [case.lr / r.rate for _, r in plain.values()]
    rows = round(shares[0])
    if rows < FEWEST or any(abs(s - rows) > 1e-6 * rows for s in shares):
        return
    try:
        backward = record_backward(case.gradients, {n: np.array(v, dtype=float) for n, v in case.params.items()})
    except Exception:
        return
    means = _means(backward)
    one, rule = next(iter(plain.values()))
    of_all = [where for lengths, where in means if rows in lengths]
    batches = not of_all and _is_batch(one, rows)
    watched = any(s.changes for s in one.steps)
    if not means or not (of_all or batches) or (watched and not _are_means(case, plain)):
        return
    explained = Explained(case, one, rule)
    gradient = np.asarray(one.steps[0].gradient, dtype=float)
    scaled = [k * gradient / rows for k in (1, case.lr, -case.lr)]
    made = (line_of_value(one.log, value) for value in scaled)  # a line of its own
    ways = [w for w in dict.fromkeys(made) if w != NOWHERE][:1]
    finding = Finding(
        "divided-again",
        "update",
        f"The step is lr / {rows} times the gradient, which is a mean over the "
        f"{'samples of a batch' if batches else 'samples'} already: it is {rows} times smaller than the learning "
        f"rate {case.lr:g} says.",
        "Divide by the number of samples once: in the gradient, or in the step.",
        tuple(plain),
        evidence={"learning_rate": case.lr, "multiplier_of_the_gradient": -rule.rate, "samples": rows},
        hint=HINT,
    )
    places = [explained.where, *ways, *(of_all or [where for _, where in means])]
    words = "Or here, where the gradient is divided by the number of samples."
    yield from at_each(case, finding, places, words, most=4)


def _means(backward: Backward) -> list[tuple[set[int], Where]]:
    """Where the author's backward pass divides by the number of samples or of entries: the lengths, and the line."""
    shapes = {a.shape for e in backward.eqns for a in e.inputs if isinstance(a, Var) and a.shape}
    found = []
    for eqn in backward.relevant():
        spot, count = backward.spot(eqn.output), abs(_divisor(eqn))
        lengths = {
            n
            for shape in shapes
            for n in shape
            if n >= FEWEST and any(abs(count - k * m) < 1e-9 * m for k in (0.5, 1, 2) for m in (n, math.prod(shape)))
        }
        if lengths and spot is not None:
            found.append((lengths, (spot.file, spot.line)))
    return found


def _divisor(eqn: Eqn) -> float:
    """What an equation divides by, where that is one number that is known; 0 otherwise."""
    name = eqn.primitive.name
    if name == "mean":
        whole = math.prod(eqn.inputs[0].shape) if isinstance(eqn.inputs[0], Var) else 0
        return whole / max(math.prod(eqn.output.shape), 1)
    if name not in ("divide", "multiply") or len(eqn.inputs) != 2:
        return 0.0
    values = [np.asarray(a.value if isinstance(a, Var) else a) for a in eqn.inputs]
    for i in (1,) if name == "divide" else (0, 1):
        if values[i].size == 1 and np.isfinite(k := float(values[i].ravel()[0])) and k:
            return k if name == "divide" else 1 / k
    return 0.0


def _is_batch(one: Seen, rows: int) -> bool:
    """Whether the loop works on arrays of so many rows or columns."""
    parameters = {s.before.shape for s in one.steps}
    arrays = (c.new for c in one.log.changes if isinstance(c.new, np.ndarray) and c.loops)
    return any(rows in a.shape for a in arrays if a.shape not in parameters)


def _are_means(case: Case, plain: Mapping[str, tuple[Seen, Rule]]) -> bool:
    """Whether the gradients that the loop had are, taken together, as large as the case's own: a sum is far larger."""
    assert case.gradients is not None
    whole = call(case.gradients, case.copies())
    above = below = 0.0
    for name, (one, _) in plain.items():
        own = np.asarray(whole[name], dtype=float)
        first = [np.asarray(s.gradient, dtype=float) for s in one.steps[:8] if s.gradient is not None]
        if not first or first[0].shape != own.shape:
            return False
        above += float(np.sum(np.mean(first, axis=0) * own))
        below += float(np.sum(own * own))
    return below > 0 and 1 / MEAN < above / below < MEAN
