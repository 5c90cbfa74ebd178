"""Sums of gradients that are set back to zero before a step was made of them: what was computed is thrown away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checking.lines.places import Where, at_each
from cutaway.checking.lints.update.not_reset import calls_down
from cutaway.checking.lints.update.steps import HINT, one_multiple, own_gradients
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log, by_slot
from cutaway.checking.running.observe import Step, observe

FEWEST = 3  # sums that are thrown away
ALIKE = 0.3  # cosine of what is thrown away and the gradient


@dataclass(frozen=True)
class _Sum:
    """What was added up from zeros, as it was when it was last added to, and the change that set it back."""

    last: Change
    zeroed: Change


def thrown_before_step(case: Case) -> Iterator[Finding]:
    """Gradients that are zeroed too often: in every round, but a step is made in some; or before the step."""
    seen = observe(case)
    if seen is None or case.gradients is None:
        return
    moving = {n: steps for n, steps in seen.steps.items() if steps}
    for sums in _sums(seen.log, {np.shape(v) for v in case.params.values()}):
        found = _every_nth(sums, moving) or _never(case, sums, moving)
        if found is None:
            continue
        name, words, used = found
        total = sums[0].last.name
        finding = Finding(
            "gradient-thrown-away",
            "update",
            f"{total} is set back to zero before a step is made of it, in {len(sums) - used} of {len(sums)} rounds: "
            f"{words}.",
            f"Set {total} to zeros after the step, or before the first gradient is added that the step needs.",
            (name,),
            evidence={"rounds": len(sums), "sums_used": used, "sums_thrown_away": len(sums) - used},
            hint=HINT,
        )
        yield from at_each(case, finding, _places(seen.log, sums), "Or here, where the zeros are made.")
        return


def _sums(log: Log, shapes: set[tuple[int, ...]]) -> Iterator[list[_Sum]]:
    """Of each array that is set back to zeros again and again: its sums, all of which one line of the loop made."""
    arrays = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.dtype.kind == "f")
    slots = by_slot(c for c in arrays if c.new.shape in shapes).values()
    for changes in sorted(slots, key=lambda own: -own[0].new.size):
        if len({c.new.shape for c in changes}) > 1:
            continue
        pairs = itertools.pairwise(changes)
        sums = [_Sum(a, b) for a, b in pairs if np.any(a.new) and not np.any(b.new)]
        lines = {(s.last.file, s.last.line, s.zeroed.line) for s in sums}
        ways = {_places(log, [s])[0] for s in sums}
        if len(sums) >= FEWEST and len(lines) == len(ways) == 1 and not any(s.zeroed.unseen for s in sums):
            yield sums


def _every_nth(sums: list[_Sum], moving: dict[str, list[Step]]) -> tuple[str, str, int] | None:
    """A step is made of every second, third, ... sum, and the others are lost."""
    for name, steps in moving.items():
        made = [next((s for s in steps if x.last.at < s.changes[0].at <= x.zeroed.at), None) for x in sums]
        used = [(i, s.moved, x.last.new) for i, (x, s) in enumerate(zip(sums, made, strict=True)) if s is not None]
        apart = {b[0] - a[0] for a, b in itertools.pairwise(used)}
        if len(used) < 2 or len(apart) != 1 or len(sums) - len(used) < FEWEST or used[0][1].shape != used[0][2].shape:
            continue
        period = apart.pop()
        times = one_multiple([moved for _, moved, _ in used], [total for _, _, total in used])
        if period > 1 and times is not None and times < 0:
            return name, f"each step of {name} is {times:.3g} times the last of {period} sums alone", len(used)
    return None


def _never(case: Case, sums: list[_Sum], moving: dict[str, list[Step]]) -> tuple[str, str, int] | None:
    """No step of anything is made before they are set back, and the parameter whose gradients they are never moves."""
    times = [s.changes[0].at for steps in moving.values() for s in steps]
    if any(x.last.at < at <= x.zeroed.at for x in sums for at in times):
        return None
    thrown = np.sum([s.last.new for s in sums], axis=0)
    for name, gradient in own_gradients(case).items():
        if name not in moving and np.shape(gradient) == thrown.shape and _cosine(thrown, gradient) > ALIKE:
            return name, f"{name} never moves", 0
    return None


def _cosine(a: Array, b: Array) -> float:
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.sum(a * b)) / norms if norms > 0 else 0.0


def _places(log: Log, sums: list[_Sum]) -> list[Where]:
    """The line of the loop that sets the sum back, by a call or itself; and the one that makes the zeros."""
    last, zeroed = sums[0].last, sums[0].zeroed
    common = [a for a, b in zip(last.loops, zeroed.loops, strict=False) if a[:2] == b[:2]]
    ways = calls_down(log, common[-1][0], zeroed.frame) if common else []
    return [*ways[:1], (zeroed.file, zeroed.line)]
