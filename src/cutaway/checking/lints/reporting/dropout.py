"""Dropout where it is not wanted, or not made up for: masks while the network is judged, outputs of another size then.

A mask is an array of zeros and one other number, made on a line that draws random numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from cutaway.checking.lines.places import (
    Where,
    mentions,
    name_of,
    place_of,
    statements_at,
    targets_of,
    text_of,
    tree_of,
)
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.lints.reporting.metrics import recorded
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Call, Change, Log, by_slot, last_name
from cutaway.checking.running.observe import log_of, logs_of, watched

RANDOM = ("rand", "random", "random_sample", "uniform", "binomial", "choice", "integers", "randint", "bernoulli")
SWITCHES = ("binomial", "choice", "bernoulli")  # that draw zeros and ones
STEPS = 2  # of the loop
CLOSE = 0.1  # relative: how near a number lies to the share of units that was seen
JUDGES = ("accuracy", "acc", "evaluate", "eval", "test", "validate", "validation", "score", "predict")


@dataclass(frozen=True)
class Mask:
    """Some units switched off."""

    where: Where
    frame: int
    at: int
    kept: Array  # true where a unit is left on
    factor: float  # what it is multiplied by

    @property
    def share(self) -> float:
        return float(self.kept.mean())


def masks_in(case: Case, log: Log) -> list[Mask]:
    """Every mask that was seen."""
    found = []
    for c in log.changes:
        if not isinstance(c.new, np.ndarray) or c.new.ndim != 2 or c.new.size < 16 or not _draws(case, c):
            continue
        numbers = np.asarray(c.new, dtype=float)
        before = c.old if isinstance(c.old, np.ndarray) and c.old.shape == c.new.shape else None
        values = np.unique(numbers)
        if len(values) != 2 and before is not None and np.all(before):
            numbers = numbers / before
            values = np.unique(np.round(numbers, 9))
        if len(values) == 2 and values[0] == 0 < values[1]:
            found.append(Mask((c.file, c.line), c.frame, c.at, numbers > 0, float(values[1])))
    return found


def _draws(case: Case, c: Change) -> bool:
    """Whether the line compares random numbers, perhaps drawn on another, or draws zeros and ones."""
    for statement in statements_at(case, (c.file, c.line)):
        nodes = list(ast.walk(statement))
        if any(map(_is_switch, nodes)):
            return True
        compares = [n for n in nodes if isinstance(n, ast.Compare)]
        if compares and any(map(_is_draw, nodes)):
            return True
        names = {name_of(n) for x in compares for n in ast.walk(x) if isinstance(n, ast.Name | ast.Attribute)}
        if names & _drawn(case, c.file):
            return True
    return False


def _drawn(case: Case, file: str) -> set[str]:
    """Names that a line gives random numbers and nothing else."""
    tree = tree_of(case, file)
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and _is_draw(n.value)] if tree is not None else []
    return {name_of(t) for n in nodes for t in targets_of(n)} - {""}


# Left on while judging -----------------------------------------------------------------------------------------------


def dropout_while_judging(case: Case) -> Iterator[Finding]:
    """A metric that goes through a mask: it judges another network each time."""
    if case.metric is not None:
        first, log, problem = watched(case, case.metric, case.copies())
        masks = masks_in(case, log) if problem is None else []
        if masks:
            second, other, _ = watched(case, case.metric, case.copies())
            if any(not np.array_equal(a.kept, b.kept) for a, b in zip(masks, masks_in(case, other), strict=False)):
                yield from _judged(
                    case,
                    _calls_above(log, masks[0].frame),
                    masks[0],
                    f"twice with the same parameters it is {first:.4g} and {second:.4g}",
                )
                return
    loop = log_of(case)
    for mask in masks_in(case, loop) if loop is not None else ():
        above = _calls_above(loop, mask.frame) if loop is not None else []
        if any(c.code.co_name.lower().lstrip("_") in JUDGES and isinstance(c.result, float) for c in above):
            yield from _judged(case, above, mask, _number(above))
            return


def _number(above: list[Call]) -> str:
    judge = next(c for c in above if c.code.co_name.lower().lstrip("_") in JUDGES)
    return f"{judge.code.co_name} gives {judge.result:.4g}, of one mask by chance"


def _calls_above(log: Log, frame: int) -> list[Call]:
    """The call that a frame belongs to, and those around it, innermost first."""
    by_frame = {c.frame: c for c in log.calls}
    found = []
    while frame in by_frame:
        found.append(by_frame[frame])
        frame = by_frame[frame].caller
    return found


def _judged(case: Case, above: list[Call], mask: Mask, words: str) -> Iterator[Finding]:
    callers = [(c.code.co_filename, c.caller_line) for c in above[:-1]]
    for i, where in enumerate(dict.fromkeys([*callers[:2], mask.where])):
        yield Finding(
            "dropout-while-judging",
            "reporting",
            f"Here the network is judged with {1 - mask.share:.0%} of its hidden units switched off at random: {words}."
            if i == 0
            else "The mask is made here."
            if where == mask.where
            else "It is called here.",
            "Judge the whole network: call forward without dropout, forward(X, train=False).",
            (),
            *where,
            {"share_switched_off": 1 - mask.share, "units": int(mask.kept.size)},
            text_of(case, where),
            hint=HINT,
            certain=i == 0,
        )


# Not made up for -----------------------------------------------------------------------------------------------------


def dropout_scale(case: Case) -> Iterator[Finding]:
    """Units are switched off in training, the others are not enlarged, and nothing is made smaller without the mask."""
    log = _used(case)
    masks = masks_in(case, log) if log is not None else []
    if log is None or not masks:
        return
    dropped = [d for m in masks if (d := _dropped(log, m)) is not None]
    if not dropped or any(abs(factor - 1) > 1e-6 for _, factor, _ in dropped) or _scaled(case, log, masks[0].share):
        return
    change, _, _ = dropped[0]
    share = float(np.mean([m.share for m in masks]))
    used = _without_mask(case, log, masks, dropped)
    if used is None:
        return
    judging, line = used
    whole, part = float(np.abs(judging).mean()), float(np.abs(change.new).mean())
    places: list[tuple[Where, str]] = [((change.file, change.line), "numerics"), (line, "reporting")]
    for i, (where, kind) in enumerate(dict(places).items()):
        yield Finding(
            "dropout-scale",
            "numerics" if kind == "numerics" else "reporting",
            f"In training {share:.0%} of the units of {change.name} stay on, as they are; without the mask all do, "
            f"and no line multiplies or divides by that share: its mean size is {part:.3g} in training and "
            f"{whole:.3g} when the network is used."
            if i == 0
            else "The network is used without the mask here.",
            "Divide by the share that stays on, in training: a = a * mask / keep.",
            (),
            *where,
            {"share_kept": share, "factor": 1.0, "mean_size_in_training": part, "mean_size_without_mask": whole},
            text_of(case, where),
            hint="Compare the size of what the next layer gets in training and in use.",
            certain=i == 0,
        )


def _without_mask(
    case: Case, log: Log, masks: list[Mask], dropped: list[tuple[Change, float, Array]]
) -> tuple[Array, Where] | None:
    """The same units where no mask is applied to them, and the line that uses the network so."""
    with_mask = {m.frame for m in masks}
    codes = {c.code for c in log.calls if c.frame in with_mask}
    for call in log.calls:
        if call.code in codes and call.frame not in with_mask and call.returned >= 0:
            for c in log.changes:
                if c.frame == call.frame and c.slot[1] == dropped[0][0].slot[1] and isinstance(c.new, np.ndarray):
                    return c.new, (call.code.co_filename, call.caller_line)
    graph = recorded(case.metric, (case.copies(),)) if case.metric is not None else None
    for eqn in graph.eqns if graph is not None else ():
        value = np.asarray(eqn.output.value)
        if any(value.shape == a.shape and np.allclose(value, a, rtol=1e-9, atol=1e-12) for _, _, a in dropped):
            return value, place_of(eqn)
    return None


def _used(case: Case) -> Log | None:
    """The loop, if there is one, then what judges the network, in one log; None if no line can make a mask."""
    tree = tree_of(case, case.file) if case.file else None
    if tree is None or not any(_is_draw(n) for n in ast.walk(tree)):
        return None
    train, used = case.train, [f for f in (case.gradients, case.metric, case.predict, case.loss) if f is not None]

    def run() -> None:
        if train is not None:
            train(STEPS)
        for fn in used:
            fn(case.copies())

    _, log, problem = watched(case, run)
    return log if problem is None else log_of(case)


def _dropped(log: Log, mask: Mask) -> tuple[Change, float, Array] | None:
    """The result of a mask, what the units left on are multiplied by, and what it was applied to."""
    own = [c for c in log.changes if c.frame == mask.frame and isinstance(c.new, np.ndarray)]
    own = [c for c in own if c.new.shape == mask.kept.shape and c.new.dtype.kind == "f"]
    off = [c for c in own if c.at >= mask.at and not np.any(c.new[~mask.kept])]
    for after in reversed(off):
        for before in own:
            a, b = before.new[mask.kept], after.new[mask.kept]
            if before.at < after.at and np.any(before.new[~mask.kept]) and np.any(a):
                factor = float(b @ a / (a @ a))
                if np.allclose(b, factor * a, rtol=1e-9, atol=1e-12):
                    return after, factor, before.new
    return None


def _is_switch(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and name_of(node.func) in SWITCHES


def _is_draw(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and name_of(node.func) in RANDOM


def _scaled(case: Case, log: Log, share: float) -> bool:
    """Whether any line but the comparison calculates with the share of units that stay on, or that go off."""
    alike = [share, 1 - share, 1 / share, 1 / (1 - share)]

    def is_share(x: Any) -> bool:
        return isinstance(x, float) and any(abs(x - a) < CLOSE * a for a in alike)

    program = case.notes.get("program")
    slots = [changes for part in (log, *logs_of(case)) for changes in by_slot(part.changes).values()]
    steady = [seen[0] for seen in slots if all(c.new is seen[0].new for c in seen) and is_share(seen[0].new)]
    names = {last_name(c.name) for c in steady if not c.name.endswith("]") or "'" in c.name}
    names |= {n for n, v in (program.namespace if program is not None else {}).items() if is_share(v)}
    tree = tree_of(case, case.file) if case.file else None
    if tree is None:
        return True
    compared = {id(n) for c in ast.walk(tree) if isinstance(c, ast.Compare) for n in ast.walk(c)}
    for node in ast.walk(tree):
        if id(node) in compared or not isinstance(node, ast.BinOp | ast.AugAssign):
            continue
        parts = [n for n in ast.walk(node) if id(n) not in compared]
        if any(mentions(n, name) for n in parts if isinstance(n, ast.Name | ast.Attribute) for name in names):
            return True
        scales = isinstance(node.op, ast.Mult | ast.Div)
        if scales and any(isinstance(n, ast.Constant) and is_share(n.value) for n in parts):
            return True
    return False
