"""Sums of gradients that are never set back to zero: each step contains all gradients so far."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from cutaway.checking.lines.places import Where, at_each, name_of, targets_of, tree_of
from cutaway.checking.lints.update.added_up import only_added_to, own_name
from cutaway.checking.lints.update.steps import HINT, Explained, nearly, one_multiple
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log, Slot, by_slot
from cutaway.checking.running.observe import Step, observe
from cutaway.checking.running.program import Program

Loops: TypeAlias = "tuple[tuple[int, int, int], ...]"


def sums_kept(case: Case) -> Iterator[Finding]:
    """Sums of gradients that are made before the loop, applied in it, and never set back."""
    if "sums that are kept" not in case.notes:
        case.notes["sums that are kept"] = list(_found(case))
    yield from case.notes["sums that are kept"]


def _found(case: Case) -> Iterator[Finding]:
    seen = observe(case)
    if seen is None:
        return
    kept: dict[str, tuple[list[Change], list[Step], float]] = {}
    segments = _begun(seen.log, {np.shape(steps[0].after) for steps in seen.steps.values() if steps})
    for name, steps in seen.steps.items():
        for slot, changes in segments:
            if slot == seen.first[name].slot or np.shape(changes[0].new) != np.shape(seen.first[name].new):
                continue
            own = [s for s in steps if changes[0].at < s.changes[0].at and _within(s, changes)]
            if seen.log.sampled:  # what was done out of sight is seen as one step
                own = [s for s in own if len({c.loops for c in s.changes}) == 1]
            if len(own) < 3:
                continue
            shown = [_last_before(changes, s.changes[0].at) for s in own]
            if any(x is None or x.shape != s.moved.shape for x, s in zip(shown, own, strict=True)):
                continue
            times = one_multiple([s.moved for s in own], shown)
            if times is not None and only_added_to(case, seen.log, changes[0], changes[1:]):
                kept[name] = changes, own, times
                break
    if not kept:
        return
    name, (changes, own, times) = next(iter(kept.items()))
    total = changes[0].name
    finding = Finding(
        "gradient-not-reset",
        "update",
        f"Each step of {name} is {times:.3g} times {total}, the sum of all gradients "
        "since it was begun: in the loop it is never set back.",
        f"Set {total} to zeros at the start of every round.",
        tuple(kept),
        evidence={"steps": len(own), "multiplier_of_the_sum": times, "times_reset": 0},
        hint=HINT,
    )
    words = f"Or here: in each round, {total} has to be zero before the first gradient is added."
    yield from at_each(case, finding, where_it_belongs(case, seen.log, changes, own[0]), words, certain=True)


def where_it_belongs(case: Case, log: Log, changes: list[Change], step: Step) -> list[Where]:
    """The line that adds, the one in the loop that takes the step, the loop that adds, and where the zeros are made."""
    program = case.notes.get("program")
    first, last = changes[0], max(reversed(changes), key=lambda c: len(c.loops))
    after = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.shape == np.shape(step.after))
    moved = next((c for c in after if np.array_equal(c.new, step.after)), step.changes[0])
    common = [a for a, b in zip(last.loops, moved.loops, strict=False) if a[:2] == b[:2]]
    found = [*list(_names_of(log, last).values())[1:2], (last.file, last.line)]
    if common:
        around = [c for c in log.calls if c.caller == common[-1][0] and c.at <= moved.at <= c.returned and c.loops]
        found += [(last.file, c.caller_line) for c in around[-1:]] or [(moved.file, moved.line)]
    inner = last.loops[len(common)] if len(last.loops) > len(common) else common[-1] if common else None
    if inner is not None and isinstance(program, Program) and inner[1] in program.loops:
        found.append((program.path, program.loops[inner[1]].lineno))
    zeroed = next((c for c in log.calls if c.frame == first.frame and c.loops), None)  # in a loop, and too seldom
    made = _named_first(case, first) if np.any(first.new) else []
    found.append((first.file, zeroed.caller_line if zeroed is not None else made[-1] if made else first.line))
    return list(dict.fromkeys(found))[:4]


def _named_first(case: Case, first: Change) -> list[int]:
    """The lines above a change that give its name a value: ``None``, or an empty dict, for the sum that is to come."""
    name, tree = own_name(first.name), tree_of(case, first.file)
    nodes = (n for n in (ast.walk(tree) if tree is not None else ()) if isinstance(n, ast.Assign))
    return sorted(n.lineno for n in nodes if n.lineno < first.line and name in map(name_of, targets_of(n)))


def _begun(log: Log, shapes: set[tuple[int, ...]]) -> list[tuple[Slot, list[Change]]]:
    """Arrays that begin outside of the loop in which they change, or in its first round, from zeros or the first sum.

    Each from one time that it is zero to the next.
    """
    arrays = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.dtype.kind == "f")
    found = []
    for slot, changes in by_slot(c for c in arrays if c.new.shape in shapes).items():
        starts = [i for i, c in enumerate(changes) if not np.any(c.new)]
        starts = starts or [0]
        for i, j in zip(starts, [*starts[1:], len(changes)], strict=False):
            if j - i > 3 and len(_common(changes[i].loops, changes[j - 1].loops)) < len(changes[j - 1].loops):
                found.append((slot, changes[i:j]))
    return found


def _within(step: Step, changes: list[Change]) -> bool:
    """Whether a step was made in the round of the outer loops in which the sum was begun, and while it was kept."""
    outer = _common(changes[0].loops, changes[-1].loops)
    return step.changes[0].loops[: len(outer)] == outer and changes[1].at < step.changes[0].at


def _common(one: Loops, other: Loops) -> Loops:
    """The loops that both were in, in the same round."""
    same = [a == b for a, b in zip(one, other, strict=False)]
    return one[: same.index(False) if False in same else len(same)]


def _last_before(changes: list[Change], at: int) -> Array | None:
    earlier = [c.new for c in changes if c.at < at]
    return np.asarray(earlier[-1], dtype=float) if earlier else None


def never_reset(explained: Explained) -> tuple[Where, str]:
    """Where the running sum is kept: the line that gives it a second name, or the one that adds to it."""
    log, last = explained.seen.log, explained.seen.steps[-1]
    total = -last.moved / explained.rule.rate
    for change in log.changes:
        if (
            change.inplace
            and isinstance(change.new, np.ndarray)
            and change.new.shape == total.shape
            and nearly(change.new, total)
        ):
            names = _names_of(log, change)
            if len(names) > 1:
                (one, _), (other, where) = list(names.items())[:2]
                return where, f": {other} is {one}, the same array under two names"
            return (change.file, change.line), ""
    for change in log.changes:
        if isinstance(change.new, np.ndarray) and change.new.shape == total.shape and nearly(change.new, total):
            return (change.file, change.line), ""
    return explained.where, ""


def _names_of(log: Log, change: Change) -> dict[str, Where]:
    """The names that one function gives the array of a change, each with the first line that does."""
    keepers = [c for c in log.changes if c.identity == change.identity and not c.inplace]
    found: dict[str, Where] = {}
    for c in keepers:
        if c.slot[0] == keepers[0].slot[0]:
            found.setdefault(c.name, (c.file, c.line))
    return found
