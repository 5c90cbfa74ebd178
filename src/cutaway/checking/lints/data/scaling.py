"""Inputs so large that the first steps explode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cutaway.checking.lines.places import assigned, place_of, text_of
from cutaway.checking.lints.graphs import hidden_values, inputs_of, plain
from cutaway.checking.lints.trials import another_rule
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding, Params

STEPS = 5
LARGE = 20.0  # of an entry of the inputs
UP = 1e3  # times the first loss


def exploding(case: Case) -> Iterator[Finding]:
    """Inputs so large that the author's own first steps throw the loss up."""
    graph = recorded_loss(case)
    if graph is None or case.gradients is None or case.loss is None:
        return
    first = next(inputs_of(graph), None)
    if first is None:
        return
    eqn, x, _ = first
    data = plain(x)
    if float(np.abs(data).max(initial=0)) <= LARGE:
        return
    p, losses = case.copies(), []
    with np.errstate(all="ignore"):
        for _ in range(STEPS + 1):
            losses.append(float(case.loss({n: v.copy() for n, v in p.items()})))
            if not np.isfinite(losses[-1]):
                break
            g = case.gradients({n: v.copy() for n, v in p.items()})
            p = {n: v - case.lr * np.asarray(g[n]) for n, v in p.items()}
    died = np.isfinite(losses[-1]) and _off(case, case.copies()) == 0 and _off(case, p) > 0
    if not np.isfinite(losses[0]) or (
        not died and np.isfinite(losses).all() and max(losses) <= UP * max(abs(losses[0]), 1e-12)
    ):
        return
    if another_rule(case):
        return
    names = list(names_of(case, data))
    line = place_of(eqn)
    step = len(losses) - 1 if died else int(np.argmax(np.where(np.isfinite(losses), losses, np.inf)))
    what = (
        f"after {step} steps the ReLUs of a whole layer are off for all samples."
        if died
        else f"the first steps throw the loss from {losses[0]:.3g} to {losses[step]:.3g}."
    )
    evidence = {"losses": [float(v) for v in losses], "largest_input": float(np.abs(data).max()), "step": step}
    # where a function leaves its range, that is what has to be mended
    named = not died and not np.isfinite(losses[step]) and any(f.certain for f in case.notes.get("not finite", ()))
    for i, where in enumerate(dict.fromkeys([*(w for n in names for w in assigned(case, n)), line])):
        yield Finding(
            "unscaled-inputs",
            "data" if where != line else "numerics",
            f"The inputs go up to {evidence['largest_input']:.4g}, and {what}"
            if i == 0
            else "The inputs are used here as they are.",
            "Scale the inputs: X = (X - X.mean(0)) / X.std(0), with the numbers of the training rows.",
            (),
            *where,
            evidence,
            text_of(case, where),
            hint="Look at the size of what goes into the first layer.",
            certain=i == 0 and not named,
        )


def names_of(case: Case, data: Array) -> Iterator[str]:
    """What the program calls an array, in its module."""
    program = case.notes.get("program")
    for name, value in (program.namespace if program is not None else {}).items():
        if isinstance(value, np.ndarray) and np.array_equal(value, data):
            yield name


def _off(case: Case, params: Params) -> int:
    """Hidden layers of ReLUs that are zero for all samples."""
    graph = recorded_loss(replace(case, params=params))
    hidden = hidden_values(graph) if graph is not None else set()
    relus = [e.output for e in (graph.eqns if graph is not None else ()) if e.primitive.name.endswith("relu")]
    return sum(v in hidden and np.ndim(v.value) == 2 and not np.any(v.value) for v in relus)
