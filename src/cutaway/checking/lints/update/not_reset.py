"""Sums of gradients that are never set back to zero: each step contains all gradients so far."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from cutaway.checking.lines.places import Where, at_each, constants_of, name_of, targets_of, tree_of
from cutaway.checking.lints.update.added_up import only_added_to, own_name
from cutaway.checking.lints.update.partly_reset import where_others_are_reset
from cutaway.checking.lints.update.steps import HINT, Explained, multiple, nearly, one_multiple
from cutaway.checking.optimizers import Steps, rule_of
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log, Slot, by_slot
from cutaway.checking.running.observe import Step, observe
from cutaway.checking.running.program import Program

BEFORE = "has to be zero before the first gradient is added."
FEW = 3  # numbers: they fit too many rules
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
    kept: dict[str, tuple[list[Change], list[Step], str]] = {}
    segments = _begun(seen.log, {np.shape(steps[0].after) for steps in seen.steps.values() if steps})
    for name, steps in seen.steps.items():
        for slot, changes in segments:
            if slot == seen.first[name].slot or np.shape(changes[0].new) != np.shape(seen.first[name].new):
                continue
            own = [s for s in steps if changes[0].at < s.changes[0].at and _within(s, changes)]
            own = [s for s in own if not any(c.unseen for c in s.changes)]  # several steps that are seen as one
            if len(own) < 3:
                continue
            shown = [_last_before(changes, s.changes[0].at) for s in own]
            if any(x is None or x.shape != s.moved.shape for x, s in zip(shown, own, strict=True)):
                continue
            if only_added_to(case, seen.log, changes[0], changes[1:]):
                how = _how(case, own, [x for x in shown if x is not None], changes[0].name)
                if how:
                    kept[name] = changes, own, how
                    break
    if not kept:
        return
    name, (changes, own, how) = next(iter(kept.items()))
    total = changes[0].name
    finding = Finding(
        "gradient-not-reset",
        "update",
        f"Each step of {name} is {how}: in the loop it is never set back.",
        f"Set {total} to zeros at the start of every round.",
        tuple(kept),
        evidence={"steps": len(own), "times_reset": 0},
        hint=HINT,
    )
    words = f"Or here: in each round, {total} {BEFORE}"
    yield from at_each(case, finding, where_it_belongs(case, seen.log, changes, own[0]), words, certain=True)


def _how(case: Case, steps: list[Step], sums: list[Array], total: str) -> str:
    """How these steps are made of sums that go on growing; empty if they are not.

    They are multiples of the sum, or of the mean where what counts is never set back either, or those of a rule for
    which the sum is the gradient.
    """
    moves = [s.moved for s in steps]
    times = one_multiple(moves, sums)
    if times is not None:
        return f"{times:.3g} times {total}, the sum of all gradients since it was begun"
    found = [k for k in map(multiple, moves, sums) if k is not None]
    more = np.diff([1 / k for k in found])
    if len(found) == len(moves) > 2 and np.ptp(more) <= 1e-6 * abs(more[0]) and more[0] / found[0] > 0:
        return f"a multiple of the mean of all gradients since {total} was begun"
    sequence = Steps.of([s.before for s in steps], sums, moves)
    rule = rule_of(sequence, constants_of(case)) if sequence is not None and np.size(sums[0]) > FEW else None
    if rule is None or rule.mistake or rule.recipe is None:
        return ""
    return f"that of {rule.name} with {total} for the gradient, the sum of all gradients since it was begun"


def where_it_belongs(case: Case, log: Log, changes: list[Change], step: Step) -> list[Where]:
    """The line that adds; what sets others back, or this one too seldom; the step, its method's end; the adding loop.

    Of what is done in functions, the line in the loop that calls them.
    """
    program = case.notes.get("program")
    first, last = changes[0], max(reversed(changes), key=lambda c: len(c.loops))
    after = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.shape == np.shape(step.after))
    moved = next((c for c in after if np.array_equal(c.new, step.after)), step.changes[0])
    common = [a for a, b in zip(last.loops, moved.loops, strict=False) if a[:2] == b[:2]]
    found = [*list(_names_of(log, last).values())[1:2], (last.file, last.line)]
    top = common[-1][0] if common else 0
    if first.loops and first.function != "__init__":  # it is set back, but too seldom
        found += calls_down(log, first.loops[-1][0], first.frame)[:1]
    if common:
        found += calls_down(log, top, moved.frame)[:1] or [(moved.file, moved.line)]
    if (
        moved.function != last.function and moved.slot[0] == first.slot[0] and moved.frame != top
    ):  # a method of its own for the step
        found += [*_end_of(case, moved), *calls_down(log, top, moved.frame)[-1:]]
    found += calls_down(log, top, last.frame)[:1]
    inner = last.loops[len(common)] if len(last.loops) > len(common) else common[-1] if common else None
    if inner is not None and inner[0] in {top, last.frame} and isinstance(program, Program):
        found += [(program.path, program.loops[inner[1]].lineno)] if inner[1] in program.loops else []
    zeroed = next((c for c in log.calls if c.frame == first.frame and c.loops), None)
    made = _named_first(case, first) if np.any(first.new) else []
    found.append((first.file, zeroed.caller_line if zeroed is not None else made[-1] if made else first.line))
    found[1:1] = _in_function(case, log, last)
    others = where_others_are_reset(case, log, changes)
    return list(dict.fromkeys([*found[:1], *others, *found[1:]]))[: 4 + len(others[:1])]


def _in_function(case: Case, log: Log, last: Change) -> list[Where]:
    """The line of a function that made the sum which its caller got back, and the default of an argument that keeps it.

    ``def collect(g, total={})`` makes one dict, for all calls.
    """
    made = next((c for c in log.changes if c.identity == last.identity and not c.inplace), last)
    tree = tree_of(case, made.file) if made.frame != last.frame and not last.inplace else None
    found = [(made.file, made.line)] if tree is not None else []
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.lineno <= made.line <= (node.end_lineno or 0):
            named = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            found += [(made.file, a.lineno) for a in named if a.arg == own_name(made.name)]
    return found


def calls_down(log: Log, top: int, frame: int) -> list[Where]:
    """The calls that lead from one frame down to another, from the first to the last."""
    calls = {c.frame: c for c in log.calls}
    found: list[Where] = []
    while frame in calls and frame != top:
        found.insert(0, (calls[frame].code.co_filename, calls[frame].caller_line))
        frame = calls[frame].caller
    return found if frame == top else []


def _end_of(case: Case, moved: Change) -> list[Where]:
    """The last line of the function that a change was made in."""
    tree = tree_of(case, moved.file)
    functions = [n for n in (ast.walk(tree) if tree is not None else ()) if isinstance(n, ast.FunctionDef)]
    own = [n for n in functions if n.lineno <= moved.line <= (n.end_lineno or 0)]
    return [(moved.file, max(own, key=lambda n: n.lineno).body[-1].lineno)] if own else []


def _named_first(case: Case, first: Change) -> list[int]:
    """The lines above a change that give its name a value: ``None``, or an empty dict, for the sum that is to come."""
    name, tree = own_name(first.name), tree_of(case, first.file)
    nodes = (n for n in (ast.walk(tree) if tree is not None else ()) if isinstance(n, ast.Assign))
    return sorted(n.lineno for n in nodes if n.lineno < first.line and name in map(name_of, targets_of(n)))


def _begun(log: Log, shapes: set[tuple[int, ...]]) -> list[tuple[Slot, list[Change]]]:
    """Arrays that begin outside of the loop in which they change, or in its first round, from zeros or the first sum.

    Each from one time that it is zero to the next; a plain 0.0 may have stood in its place.
    """
    arrays = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.dtype.kind == "f")
    found = []
    for slot, changes in by_slot(c for c in arrays if c.new.shape in shapes).items():
        starts = [i for i, c in enumerate(changes) if not np.any(c.new) or (i and np.shape(c.old) != c.new.shape)]
        starts = starts or [0]
        for i, j in zip(starts, [*starts[1:], len(changes)], strict=False):
            inside = max((c.loops for c in changes[i:j][::-1]), key=len)  # the last may be seen only after the loop
            if j - i > 3 and len(_common(changes[i].loops, inside)) < len(inside):
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


def never_reset(explained: Explained) -> tuple[list[Where], str]:
    """Where the running sum is kept: the line that gives it a second name, or the one that adds to it and others."""
    case, log, last = explained.case, explained.seen.log, explained.seen.steps[-1]
    total = -last.moved / explained.rule.rate
    arrays = [c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.shape == total.shape]
    found = [c for c in arrays if nearly(c.new, total)]
    for change in (c for c in found if c.inplace):
        names = _names_of(log, change)
        if len(names) > 1:
            (one, _), (other, where) = list(names.items())[:2]
            return [where], f": {other} is {one}, the same array under two names"
        return where_it_belongs(case, log, [c for c in arrays if c.slot == change.slot], last), ""
    return [(change.file, change.line) for change in found[:1]] or [explained.where], ""


def _names_of(log: Log, change: Change) -> dict[str, Where]:
    """The names that one function gives the array of a change, each with the first line that does."""
    keepers = [c for c in log.changes if c.identity == change.identity and not c.inplace]
    found: dict[str, Where] = {}
    for c in keepers:
        if c.slot[0] == keepers[0].slot[0]:
            found.setdefault(c.name, (c.file, c.line))
    return found
