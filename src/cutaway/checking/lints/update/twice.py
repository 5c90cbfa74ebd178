"""A step that is taken twice: two lines move a parameter by the same amount with one gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each
from cutaway.checking.lints.update.steps import HINT, multiple, nearly
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change
from cutaway.checking.running.observe import kept_of, observe

PAIRS = 2  # of steps that must repeat, with other numbers


def twice(case: Case) -> Iterator[Finding]:
    """Consecutive changes of a parameter that are equal in pairs, always from the same two lines."""
    seen = observe(case)
    if seen is None:
        return
    done: set[tuple[int, int]] = set()
    for name, changes in kept_of(case, seen.log).items():
        moves = [c for c in changes[1:] if c.old is not None and np.shape(c.old) == np.shape(c.new)]
        pairs = list(zip(moves[::2], moves[1::2], strict=False))
        if len(pairs) < PAIRS or np.size(moves[0].new) < 2:
            continue
        lines = {(a.line, b.line) for a, b in pairs}
        if len(lines) != 1 or not all(_same_step(a, b) for a, b in pairs):
            continue
        ((first, second),) = lines
        # steps that are all alike, as those of a perceptron may be, prove nothing
        if first == second or (first, second) in done or multiple(_moved(pairs[0][0]), _moved(pairs[1][0])) is not None:
            continue
        done.add((first, second))
        size = float(np.abs(_moved(pairs[0][0])).max())
        finding = Finding(
            "updated-twice",
            "update",
            f"{name} moves twice with one gradient: by up to {size:.3g} in line {first} and by the same again in "
            f"line {second}, so the learning rate is double what it says.",
            "Take the step in one of the two places.",
            (name,),
            evidence={"lines": [first, second], "largest_step": size, "rounds": len(pairs)},
            hint=HINT,
        )
        places = [(c.file, c.line) for c in pairs[0][::-1]]
        yield from at_each(case, finding, places, f"{name} has its first step here.")


def _moved(c: Change) -> Array:
    moved: Array = np.asarray(c.new, dtype=float) - np.asarray(c.old, dtype=float)
    return moved


def _same_step(a: Change, b: Change) -> bool:
    return np.array_equal(a.new, b.old) and nearly(_moved(b), _moved(a))
