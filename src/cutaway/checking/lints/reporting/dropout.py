"""Dropout where it is not wanted, while the network is judged; and the masks of it that were seen.

A mask is an array of zeros and one other number, made on a line that draws random numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from cutaway.checking.lines.places import (
    Where,
    name_of,
    statements_at,
    targets_of,
    text_of,
    tree_of,
)
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Call, Change, Log
from cutaway.checking.running.observe import log_of, watched

RANDOM = ("rand", "random", "random_sample", "uniform", "binomial", "choice", "integers", "randint", "bernoulli")
SWITCHES = ("binomial", "choice", "bernoulli")  # that draw zeros and ones
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
    draws: dict[Where, bool] = {}
    for c in log.changes:
        if not isinstance(c.new, np.ndarray) or c.new.ndim != 2 or c.new.size < 16:
            continue
        if (c.file, c.line) not in draws:
            draws[c.file, c.line] = _draws(case, c)
        if not draws[c.file, c.line]:
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
        if compares and any(map(is_draw, nodes)):
            return True
        names = {name_of(n) for x in compares for n in ast.walk(x) if isinstance(n, ast.Name | ast.Attribute)}
        if names & _drawn(case, c.file):
            return True
    return False


def _drawn(case: Case, file: str) -> set[str]:
    """Names that a line gives random numbers and nothing else."""
    tree = tree_of(case, file)
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and is_draw(n.value)] if tree is not None else []
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


def _is_switch(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and name_of(node.func) in SWITCHES


def is_draw(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether an expression draws random numbers."""
    return isinstance(node, ast.Call) and name_of(node.func) in RANDOM
