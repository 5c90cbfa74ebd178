"""A velocity that is computed of the last one and never stored: the last one stays what it began with, zeros."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, at_each, name_of, root_of, statements_at, targets_of
from cutaway.checking.lints.update.steps import Explained, multiple
from cutaway.checking.records import Finding
from cutaway.checking.running.log import Log, by_slot


def never_stored(explained: Explained) -> Iterator[Finding]:
    """Plain steps along ``mu * v + g``, where ``v`` is zeros in every round because nothing ever writes to it."""
    case, one = explained.case, explained.seen
    if explained.rule.name != "sgd" or explained.rule.rate < 0 or len(one.steps) < 3:
        return
    shape = np.shape(one.steps[0].before)
    still = _still(one.log, shape)
    gradients = [np.asarray(s.gradient, dtype=float) for s in one.steps]
    lines: dict[Where, int] = {}
    for c in one.log.changes:
        if not still or not c.loops or not isinstance(c.new, np.ndarray) or c.new.shape != shape:
            continue
        if np.any(c.new) and any(multiple(c.new, g) is not None for g in gradients):
            lines[c.file, c.line] = lines.get((c.file, c.line), 0) + 1
    for where, count in lines.items():
        for statement in statements_at(case, where):
            name = next((n for n in _multiplied(statement) if n in still), None)
            if name is None or count < 3:
                continue
            finding = explained.finding(
                "velocity-not-stored",
                f"{name} is zeros in all {count} rounds in which this line computes with it, as nothing "
                f"writes to it: each step of {one.name} is {explained.rule.rate:.3g} times the gradient alone.",
                f"Store what is computed in {name}.",
                times_written=0,
            )
            words = "Or here, where the step is taken."
            yield from at_each(case, finding, (where, explained.where), words, certain=True)
            return


def _still(log: Log, shape: tuple[int, ...]) -> set[str]:
    """The names of arrays of zeros of a shape that nothing ever writes to."""
    found = set()
    for changes in by_slot(log.changes).values():
        first = changes[0]
        zeros = isinstance(first.new, np.ndarray) and first.new.dtype.kind == "f" and not np.any(first.new)
        if zeros and len(changes) == 1 and first.new.shape == shape:
            found.add(_name(first.name))
    return found


def _name(text: str) -> str:
    return name_of(ast.parse(root_of(ast.parse(text, mode="eval").body), mode="eval").body)


def _multiplied(statement: ast.stmt) -> list[str]:
    """The names in a sum that stand beside a factor: ``v`` of ``mu * v[k] + g``, where the target is another."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return []
    own = {_name(ast.unparse(t)) for t in targets_of(statement)}
    sides = [
        s for n in ast.walk(value) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult) for s in (n.left, n.right)
    ]
    return [n for s in sides if (n := name_of(ast.parse(root_of(s), mode="eval").body)) and n not in own]
