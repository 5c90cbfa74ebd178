"""Sums of gradients that are never set back to zero: each step contains all gradients so far."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, name_of, root_of, statements_at, text_of
from cutaway.checking.lints.update.steps import HINT, Explained, nearly, one_multiple
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log, Slot, by_slot
from cutaway.checking.running.observe import Step, observe
from cutaway.checking.running.program import Program


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
    for name, steps in seen.steps.items():
        for slot, changes in _sums(case, seen.log).items():
            own = [s for s in steps if changes[0].at < s.changes[0].at and _within(s, changes)]
            if len(own) < 3:
                continue
            shown = [_last_before(changes, s.changes[0].at) for s in own]
            if any(x is None or x.shape != s.moved.shape for x, s in zip(shown, own, strict=True)):
                continue
            times = one_multiple([s.moved for s in own], shown)
            if times is not None and slot != seen.first[name].slot:
                kept[name] = changes, own, times
                break
    if not kept:
        return
    name, (changes, own, times) = next(iter(kept.items()))
    for i, where in enumerate(where_it_belongs(case, seen.log, changes, own[0])):
        yield Finding(
            "gradient-not-reset",
            "update",
            f"Each step of {name} is {times:.3g} times {changes[0].name}, the sum of all gradients "
            "since it was made of zeros, before the loop: in the loop it is never set back."
            if i == 0
            else f"Or here: in each round, {changes[0].name} has to be zero before the first gradient is added.",
            f"Set {changes[0].name} to zeros at the start of every round.",
            tuple(kept),
            *where,
            {"steps": len(own), "multiplier_of_the_sum": times, "times_reset": 0},
            text_of(case, where),
            hint=HINT,
        )


def where_it_belongs(case: Case, log: Log, changes: list[Change], step: Step) -> list[Where]:
    """The line that adds, the one in the loop that takes the step, the loop that adds, and where the zeros are made."""
    program = case.notes.get("program")
    first, last = changes[0], changes[-1]
    after = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.shape == np.shape(step.after))
    moved = next((c for c in after if np.array_equal(c.new, step.after)), step.changes[0])
    common = [a for a, b in zip(last.loops, moved.loops, strict=False) if a[:2] == b[:2]]
    found = [(last.file, last.line)]
    if common:
        around = [c for c in log.calls if c.caller == common[-1][0] and c.at <= moved.at <= c.returned and c.loops]
        found += [(last.file, c.caller_line) for c in around[-1:]] or [(moved.file, moved.line)]
    inner = last.loops[len(common)] if len(last.loops) > len(common) else common[-1] if common else None
    if inner is not None and isinstance(program, Program) and inner[1] in program.loops:
        found.append((program.path, program.loops[inner[1]].lineno))
    zeroed = next((c for c in log.calls if c.frame == first.frame and c.loops), None)  # in a loop, and too seldom
    found.append((first.file, zeroed.caller_line if zeroed is not None else first.line))
    return list(dict.fromkeys(found))[:4]


def _sums(case: Case, log: Log) -> dict[Slot, list[Change]]:
    """Arrays that begin as zeros outside of the loop in which they are only ever added to."""
    arrays = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.dtype.kind == "f")
    found = {}
    for slot, changes in by_slot(arrays).items():
        starts = [i for i, c in enumerate(changes) if not np.any(c.new)]
        for i, j in zip(starts, [*starts[1:], len(changes)], strict=False):  # from one time that it is zero to the next
            first, rest = changes[i], changes[i + 1 : j]
            if len(rest) < 3 or len(first.loops) >= len(rest[-1].loops) or slot in found:
                continue
            lines = {(c.file, c.line) for c in rest}
            target = _root(first.name)
            if all(any(_adds(n, target) for n in statements_at(case, w)) for w in lines):
                found[slot] = changes[i:j]
    return found


def _within(step: Step, changes: list[Change]) -> bool:
    """Whether a step was made in the round of the outer loops in which the sum was begun, and while it was kept."""
    depth = len(changes[0].loops)
    return bool(step.changes[0].loops[:depth] == changes[0].loops and changes[1].at < step.changes[0].at)


def _adds(node: ast.stmt, name: str) -> bool:
    """``name += ...`` or ``name = name + ...``."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add) and _root(ast.unparse(node.target)) == name
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add)):
        return False
    target = ast.unparse(node.targets[0])
    return target == ast.unparse(node.value.left) and _root(target) == name


def _root(name: str) -> str:
    """``dW`` of ``self.dW[0]`` and of ``net.dW['a']``."""
    return name_of(ast.parse(root_of(ast.parse(name, mode="eval").body), mode="eval").body)


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
            keepers = [c for c in log.changes if c.identity == change.identity and not c.inplace]
            names = list(dict.fromkeys(c.name for c in keepers if c.slot[0] == keepers[0].slot[0]))
            if len(names) > 1:
                second = next(c for c in keepers if c.name == names[1])
                return (second.file, second.line), f": {names[1]} is {names[0]}, the same array under two names"
            return (change.file, change.line), ""
    for change in log.changes:
        if isinstance(change.new, np.ndarray) and change.new.shape == total.shape and nearly(change.new, total):
            return (change.file, change.line), ""
    return explained.where, ""
