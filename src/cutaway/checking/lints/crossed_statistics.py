"""A sum, maximum or mean of the rows that meets the columns: ``e / e.sum(axis=1)`` of as many samples as classes.

Without ``keepdims`` the result of a reduction is spread over the last axis. Mostly that is an error; where a table is
square it is none, and every entry is divided by a number that belongs to another sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.lines.places import at_each, place_of
from cutaway.checking.mistakes import Scene
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.truth import look
from cutaway.graph import Eqn, Var

WORDS = {"sum": "sum", "max": "maximum", "amax": "maximum", "mean": "mean", "std": "deviation", "var": "variance"}
SAME_ORDER = frozenset(("reshape", "transpose", "expand_dims", "squeeze", "take_at", "broadcast_to", "copy", "astype"))
ALONG = frozenset(("sqrt", "log", "abs", "absolute", "reciprocal", "negative", "power", "square", "clip", *SAME_ORDER))
WITH_A_NUMBER = frozenset(("add", "multiply", "divide", "subtract", "power", "maximum", "minimum"))
BY_ENTRY = frozenset(("exp", *ALONG, *WITH_A_NUMBER))
STEPS = 8  # from where a statistic is used to where it is computed, and from there to the table
SUMMED = 1e-6  # how far shares that sum to one may be from it


def crossed_statistics(case: Case) -> Iterator[Finding]:
    """A table that is divided by, or moved by, its own statistic along the axis that this was taken over."""
    point = look(case)
    if point.backprop is None:
        return
    scene = Scene(point.backprop)
    made = {e.output: e for e in scene.eqns}
    found = [(e, r) for e in scene.eqns if e.output in scene.true and (r := _crossed(e, made)) is not None]
    if not found:
        return
    eqn, reduction = found[-1]
    table, axis = np.asarray(_value(eqn.inputs[0])), _axis(reduction)
    word, n = WORDS[_kind(reduction)], len(table)
    whose, other = ("row", "column") if axis == 1 else ("column", "row")
    shares = np.asarray(eqn.output.value)
    sums = shares.sum(axis=axis)
    evidence: dict[str, Any] = {"axis": axis, "shapes": [list(table.shape), list(np.shape(_value(eqn.inputs[1])))]}
    said = ""
    if _kind(eqn) == "divide" and word == "sum" and (table > 0).all() and np.abs(sums - 1).max() > SUMMED:
        said = f": the shares of one {whose} sum to {sums.min():.3g} up to {sums.max():.3g} instead of 1"
        evidence |= {"smallest_sum": float(sums.min()), "largest_sum": float(sums.max())}
    of_softmax = _has_exponential(eqn, made) or _goes_into_exponential(eqn, scene)
    finding = Finding(
        "softmax-axis" if of_softmax else "statistic-axis",
        "numerics",
        f"The {word} of each {whose}, of shape {np.shape(_value(eqn.inputs[1]))}, meets the {other}s here, for as many "
        f"of these as there are {whose}s ({n}): every entry is paired with the {word} of another {whose}{said}.",
        f"Keep the axis: .{_kind(reduction)}(axis={axis}, keepdims=True)",
        evidence=evidence,
        hint="Print the shapes, and the sums of the rows.",
    )
    places = [w for pair in reversed(found) for e in pair if (w := place_of(e))[1]]
    first, *others = at_each(case, finding, list(dict.fromkeys(places)), f"Or here, where this {word} is made or used.")
    words = "The loss is taken of these numbers, which are not those that were meant."
    yield from (first, *others, replace(first, kind="loss", message=words, certain=False))


def _crossed(eqn: Eqn, made: dict[Any, Eqn]) -> Eqn | None:
    """The reduction of a table over the axis along which its results then meet the same table."""
    if _kind(eqn) not in ("divide", "subtract", "multiply") or eqn.output.value.ndim != 2:
        return None
    table, second = eqn.inputs
    shape = np.shape(_value(second))
    if not isinstance(table, Var) or table.shape != eqn.output.shape or len(set(table.shape)) > 1:
        return None
    n = int(table.shape[0]) if len(table.shape) == 2 else 0
    if n < 2 or shape not in ((n,), (1, n), (n, 1)):
        return None
    along = 0 if shape == (n, 1) else 1
    reduction = _reduction(second, made)
    if reduction is None or _axis(reduction) != along or np.shape(_value(reduction.inputs[0])) != table.shape:
        return None
    if _kind(eqn) == "multiply" and WORDS[_kind(reduction)] != "sum":
        return None
    if not _comes_from(reduction.inputs[0], table, made) or _is_symmetric(np.asarray(table.value)):
        return None
    return reduction


def _reduction(atom: Any, made: dict[Any, Eqn]) -> Eqn | None:
    """The reduction that a vector comes from, entry by entry."""
    for _ in range(STEPS):
        eqn = made.get(atom) if isinstance(atom, Var) else None
        if eqn is None:
            return None
        kind = _kind(eqn)
        if kind in WORDS:
            return eqn
        if kind in WITH_A_NUMBER:
            of_size = [a for a in eqn.inputs if np.size(_value(a)) > 1]
            if len(of_size) != 1:
                return None
            atom = of_size[0]
        elif kind in ALONG:
            atom = eqn.inputs[0]
        else:
            return None
    return None


def _comes_from(atom: Any, table: Var, made: dict[Any, Eqn]) -> bool:
    """Whether a table is computed from another one, entry by entry."""
    todo = [(0, atom)]
    while todo:
        depth, one = todo.pop(0)
        if one is table:
            return True
        eqn = made.get(one) if isinstance(one, Var) else None
        if eqn is not None and _kind(eqn) in BY_ENTRY and depth < STEPS:
            todo += [(depth + 1, a) for a in eqn.inputs if isinstance(a, Var) and a.shape == table.shape]
    return False


def _has_exponential(eqn: Eqn, made: dict[Any, Eqn]) -> bool:
    """Whether exponentials are what was reduced."""
    return any(_kind(e) == "exp" for e in _above(eqn, made))


def _above(eqn: Eqn, made: dict[Any, Eqn]) -> Iterator[Eqn]:
    todo, seen = [(0, eqn)], {eqn.output}
    while todo:
        depth, one = todo.pop(0)
        yield one
        for a in one.inputs:
            below = made.get(a) if isinstance(a, Var) else None
            if below is not None and below.output not in seen and depth < STEPS // 2:
                seen.add(below.output)
                todo.append((depth + 1, below))


def _goes_into_exponential(eqn: Eqn, scene: Scene) -> bool:
    """Whether what was moved is what the exponential is taken of."""
    return any(_kind(e) in ("exp", "softmax") and eqn.output in e.inputs for e in scene.eqns)


def _is_symmetric(table: Array) -> bool:
    """Whether rows and columns are the same: then it does not matter whose statistic is taken."""
    return bool(np.allclose(table, table.T, rtol=1e-9, atol=0))


def _axis(reduction: Eqn) -> int | None:
    """The one axis that a table was reduced over; None where there are several."""
    axis = reduction.params.get("axis")
    if isinstance(axis, tuple):
        axis = axis[0] if len(axis) == 1 else None
    return None if axis is None else int(axis) % 2


def _kind(eqn: Eqn) -> str:
    return eqn.primitive.name.rpartition(".")[2]


def _value(atom: Any) -> Any:
    return atom.value if isinstance(atom, Var) else atom
