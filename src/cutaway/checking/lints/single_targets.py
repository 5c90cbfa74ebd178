"""Targets that the output cannot reach, in losses that are added up sample by sample or number by number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, of_numbers, text_of
from cutaway.checking.lints.loss import AS_IT_IS, RANGES, places_of_activation, targets_out_of_range
from cutaway.checking.mistakes import Scene
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.observe import logs_of
from cutaway.checking.truth import look
from cutaway.graph import Eqn, Var

FEWEST = 2  # targets
OF_DIFFERENCES = ("power", "square", "absolute", "multiply", "abs")  # what a loss does with output minus target


@dataclass(frozen=True)
class Meeting:
    """A target that meets an activation."""

    kind: str
    activation: Var
    target: Array
    product: bool


def single_targets_out_of_range(case: Case) -> Iterator[Finding]:
    """Targets one by one, outside of what the output's activation can give."""
    point = look(case)
    if point.backprop is None or any(True for _ in targets_out_of_range(case)):
        return
    scene = Scene(point.backprop)
    met = list(_meetings(scene))
    outside: list[float] = []
    for m in met:
        if m.product and not any(_complements(m, other) for other in met):
            continue  # above one it may be the weight of a class
        low, high = (-1.0, 1.0) if m.product else RANGES[m.kind]
        outside += [float(t) for t in m.target.ravel() if not low - 1e-6 <= t <= high + 1e-6]
    every = [float(t) for m in met for t in m.target.ravel()]
    if len(every) < FEWEST or not outside:
        return
    first = next(m for m in met if any(float(t) in outside for t in m.target.ravel()))
    low, high = RANGES[first.kind]
    allowed = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and above"
    data = [w for made in _lines_of_numbers(case, set(outside)) for w in (*of_numbers(case, made, set(outside)), made)]
    shown = [(w, "loss") for w in places_of_activation(point, scene, first.activation)]
    for i, (where, kind) in enumerate([*((w, "data") for w in data), *shown]):
        yield Finding(
            "targets-out-of-range",
            "data" if kind == "data" else "loss",
            f"{len(outside)} of {len(every)} targets lie outside {allowed}, all that {first.kind} can give: they run "
            f"from {min(every):g} to {max(every):g}, so the loss can never become small."
            if i == 0
            else "Or here, where they are made."
            if kind == "data"
            else f"The output's {first.kind} stands here.",
            f"Scale the targets into {allowed}, or leave out {first.kind} at the output",
            (),
            *where,
            {
                "outside": len(outside),
                "targets": len(every),
                "lowest": min(every),
                "highest": max(every),
                "activation": first.kind,
            },
            text_of(case, where),
            hint="Compare the range of the targets with that of the output.",
            certain=i == 0,
        )


def _meetings(scene: Scene) -> Iterator[Meeting]:
    """Every place where a constant is subtracted from an activated value, or multiplied with its logarithm."""
    carried: dict[Any, tuple[str, Var]] = {}
    logarithms: set[Any] = set()
    used: dict[Any, list[Eqn]] = {}
    for eqn in scene.eqns:
        for a in eqn.inputs:
            if isinstance(a, Var):
                used.setdefault(a, []).append(eqn)
    for eqn in scene.eqns:
        kind = eqn.primitive.name.rpartition(".")[2]
        if kind in RANGES and eqn.output in scene.true:
            carried[eqn.output] = kind, eqn.output
            continue
        own = next((a for a in eqn.inputs if isinstance(a, Var) and a in carried), None)
        if own is None:
            continue
        others = [a for a in eqn.inputs if a is not own]
        fixed = [_numbers(a) for a in others if not (isinstance(a, Var) and a in scene.live)]
        same = [f for f in fixed if f is not None and f.size == np.size(own.value)]
        squared = any(e.primitive.name in OF_DIFFERENCES for e in _behind(used, eqn.output))
        if kind == "subtract" and same and squared and own not in logarithms:
            yield Meeting(*carried[own], same[0], False)
        elif kind == "multiply" and same and own in logarithms:
            yield Meeting(*carried[own], same[0], True)
        elif kind in AS_IT_IS and len(fixed) == len(others):
            carried[eqn.output] = carried[own]
            if kind == "log" or own in logarithms:
                logarithms.add(eqn.output)


def _complements(one: Meeting, other: Meeting) -> bool:
    """Whether one is the target y of a probability, and the other 1 - y of the same one, whatever their signs."""
    if other is one or not other.product or other.activation is not one.activation:
        return False
    y, rest = one.target.ravel(), other.target.ravel()
    return y.size == rest.size and any(np.allclose(np.abs(rest), np.abs(1 - sign * y)) for sign in (1, -1))


def _behind(used: dict[Any, list[Eqn]], var: Var) -> list[Eqn]:
    """The equations that take a value, as it is or reshaped."""
    found = list(used.get(var, ()))
    for eqn in used.get(var, ()):
        if eqn.primitive.name in ("reshape", "negative"):
            found += used.get(eqn.output, ())
    return found


def _numbers(atom: Any) -> Array | None:
    try:
        return np.asarray(atom.value if isinstance(atom, Var) else atom, dtype=float)
    except (TypeError, ValueError):
        return None


def _lines_of_numbers(case: Case, wanted: set[float]) -> list[Where]:
    """The line that put most of these numbers into a list, or all of them into an array; where that was returned."""
    found: dict[Where, set[float]] = {}
    for log in logs_of(case):
        for c in log.changes:
            if isinstance(c.new, int | float | np.number) and len(c.slot[1]) > 1 and float(c.new) in wanted:
                found.setdefault((c.file, c.line), set()).add(float(c.new))
            elif isinstance(c.new, np.ndarray) and c.new.dtype.kind in "fiu" and c.new.size:
                held = wanted & {float(v) for v in np.unique(c.new)[:1000]}
                if held == wanted:
                    found.setdefault((c.file, c.line), set()).update(held)
        if found:
            where = max(found, key=lambda w: len(found[w]))
            made = [
                (c.code.co_filename, c.result_line) for c in log.calls if c.caller_line == where[1] and c.result_line
            ]
            return list(dict.fromkeys([where, *made]))[:2]
    return []
