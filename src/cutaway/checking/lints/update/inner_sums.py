"""Sums inside of a network that is used again and again: the gradients of its nodes are never set back.

Only the first step then follows the gradient. The parameters' own sums may well be set back.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each, constants_of
from cutaway.checking.lints.update.added_up import only_added_to, own_name
from cutaway.checking.lints.update.not_reset import BEFORE, FEW, sums_kept, where_it_belongs
from cutaway.checking.lints.update.steps import HINT, multiple, nearly
from cutaway.checking.optimizers import Steps, rule_of
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, by_slot
from cutaway.checking.running.observe import Observation, Step, observe
from cutaway.checking.running.quiet import call

ROUNDS = 3  # in which something is added to and never set back
STEPS = 4  # that are compared with the gradient
OFF = 1e-3  # of a step: how far it is from the gradient


def inner_sums(case: Case) -> Iterator[Finding]:
    """Steps that leave the gradient after the first one, where sums beside those of the parameters only grow."""
    seen = observe(case)
    if seen is None or case.gradients is None or set(seen.first) != set(case.params) or list(sums_kept(case)):
        return
    compared = _departing(case, seen)
    if compared is None:
        return
    name, steps, fresh, off = compared
    for changes in _growing(case, seen, steps[0], fresh[0]):
        sequence = Steps.of([s.before for s in steps], fresh, [s.moved for s in steps])
        if np.size(fresh[0]) > FEW and sequence is not None and rule_of(sequence, constants_of(case)) is not None:
            return
        total = changes[0].name
        finding = Finding(
            "gradient-not-reset",
            "update",
            f"{total} is added to in every round of the loop and never set back, so what is sent back through it "
            f"belongs to all rounds so far: the first step of {name} follows its gradient, "
            f"a later one is off by {off:.0%} of its size.",
            f"Set {total} to zeros at the start of every round, as those of the parameters.",
            (name,),
            evidence={"steps": len(steps), "off_by": off, "times_reset": 0},
            hint=HINT,
        )
        words = f"Or here: in each round, {total} {BEFORE}"
        yield from at_each(case, finding, where_it_belongs(case, seen.log, changes, steps[0]), words, certain=True)
        return


def _departing(case: Case, seen: Observation) -> tuple[str, list[Step], list[Array], float] | None:
    """A parameter, its steps, the gradients there, and how far one of its steps is from a multiple of its gradient."""
    count = min((len(s) for s in seen.steps.values() if s), default=0)
    known = {
        n: s[:STEPS] for n, s in seen.steps.items() if s and not any(c.unseen for x in s[:STEPS] for c in x.changes)
    }
    if count < ROUNDS or not known:
        return None
    try:
        gradients = [_gradients(case, seen.values(t)) for t in range(min(count, STEPS))]
    except Exception:
        return None
    found: tuple[str, list[Step], list[Array], float] | None = None
    for name, steps in known.items():
        fresh = [g[name] for g in gradients]
        if any(g.shape != np.shape(s.before) for g, s in zip(fresh, steps, strict=False)):
            return None
        rate = multiple(steps[0].moved, fresh[0])
        if rate is None or rate > 0:
            return None
        pairs = list(zip(steps, fresh, strict=False))
        sizes = [float(np.abs(rate * g).max(initial=0)) for _, g in pairs]
        if min(sizes) == 0:
            continue
        away = [float(np.abs(s.moved - rate * g).max()) / size for (s, g), size in zip(pairs, sizes, strict=True)]
        scaled = all(multiple(s.moved, g) is not None for s, g in pairs) and np.size(fresh[0]) > 1  # another rate
        if max(away) > OFF and not scaled and (found is None or max(away) > found[3]):
            found = name, [s for s, _ in pairs], fresh, max(away)
    return found


def _gradients(case: Case, values: dict[str, Array]) -> dict[str, Array]:
    assert case.gradients is not None
    given = {n: np.array(v) for n, v in values.items()}
    return {n: np.asarray(g, dtype=float) for n, g in call(case.gradients, given).items()}


def _growing(case: Case, seen: Observation, step: Step, gradient: Array) -> Iterator[list[Change]]:
    """What is only added to, of a name that also holds the gradient of a step, or of no parameter's shape."""
    own = {s.slot for s in seen.first.values()}
    shapes = {np.shape(v) for v in case.params.values()}
    numbers = [
        c for c in seen.log.changes if isinstance(c.new, float | np.ndarray) and np.asarray(c.new).dtype.kind == "f"
    ]
    named = {
        own_name(c.name) for c in numbers if np.shape(c.new) == gradient.shape and nearly(np.asarray(c.new), gradient)
    }
    top = step.changes[0].loops[:1]
    groups = [g for slot, g in by_slot(numbers).items() if slot not in own and len(g) > ROUNDS]
    groups.sort(key=lambda g: own_name(g[0].name) not in named)
    for changes in groups:
        rounds = {c.loops[0][2] for c in changes if top and c.loops and c.loops[0][:2] == top[0][:2]}
        first = next((i for i, c in enumerate(changes) if np.any(c.new)), None)
        if first is None or len(rounds) < ROUNDS or any(_breaks(c) for c in changes[first + 1 :]):
            continue
        if np.ndim(changes[-1].new) == 0 and any(shapes):
            continue  # one number beside arrays: the loss of all rounds
        inner = own_name(changes[0].name) in named or np.shape(changes[0].new) not in shapes
        if inner and only_added_to(case, seen.log, changes[max(first - 1, 0)], changes[max(first - 1, 0) + 1 :]):
            yield changes


def _breaks(c: Change) -> bool:
    """Whether it was set back, or another thing was put in its place."""
    return not np.any(c.new) or np.shape(c.old) != np.shape(c.new)
