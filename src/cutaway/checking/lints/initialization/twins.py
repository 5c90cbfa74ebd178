"""Some hidden units that are exact copies of others: what goes in and what goes out is equal, so they stay copies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each, line_of_value, origin_of
from cutaway.checking.lints.initialization import seeded_in_loop
from cutaway.checking.lints.initialization.equal_units import STEPS, all_equal, descended
from cutaway.checking.records import Array, Case, Finding, Params

CLOSE = 1e-9  # relative to the largest weight
PLACES = 3


def twins(case: Case) -> Iterator[Finding]:
    """Hidden units that come in groups of copies, get equal gradients, and are copies after some steps."""
    weights = {n: np.asarray(v, dtype=float) for n, v in case.params.items()}
    sides = {
        (n, axis): found
        for n, w in weights.items()
        if w.ndim == 2 and min(w.shape) >= 1 and max(w.shape) >= 3
        for axis in (0, 1)
        if (found := _groups(w, axis))
    }
    pairs = [
        (one, other)
        for one in sides
        for other in sides
        if one < other and one[0] != other[0] and len(_slices(weights, one)) == len(_slices(weights, other))
    ]
    kept = {pair: _common(sides[pair[0]], sides[pair[1]]) for pair in pairs}
    if not any(kept.values()) or "seeded alike" in case.notes:
        return
    path = descended(case, weights)
    if path is None:
        return
    last, moved = path
    for (one, other), groups in kept.items():
        units = len(_slices(weights, one))
        still = _common(_common(_groups(last[one[0]], one[1]), _groups(last[other[0]], other[1])), groups)
        names = sorted((one[0], other[0]), key=list(case.params).index)
        if not still or len(still[0]) == units or not all(moved[n] for n in names):
            continue  # all alike: said of the whole layer
        if not any(_went(weights[n], last[n], axis, still) for n, axis in (one, other)):
            continue
        log = case.notes.get("log")
        first = [line_of_value(log, np.asarray(case.params[n])) for n in names] if log is not None else []
        made = [*first[:1], origin_of(case, *names), *first[1:]]
        places = [*(s for w in made for s in seeded_in_loop(case, w)), *made]
        copies = sum(len(g) - 1 for g in still)
        shown = ", ".join(" = ".join(map(str, g)) for g in still[:4])
        finding = Finding(
            "twin-units",
            "initialization",
            f"{copies} of the {units} hidden units between {names[0]} and {names[1]} are exact copies of others "
            f"(counted from 0: {shown}), get equal gradients, and after {STEPS} steps they still are: the layer "
            f"works as one of {units - copies}.",
            "Make every unit another: add some noise to the copies, or draw them at random.",
            tuple(names),
            evidence={"units": units, "copies": copies, "groups": [list(g) for g in still], "steps": STEPS},
            hint="Are there two units with the same weights?",
        )
        yield from at_each(case, finding, places, "Or here, where these weights are made.", most=PLACES)
        return


def _slices(weights: Params, side: tuple[str, int]) -> Array:
    """The weights of each unit, one after the other."""
    name, axis = side
    return weights[name] if axis == 0 else weights[name].T


def _groups(w: Array, axis: int) -> list[tuple[int, ...]]:
    """The numbers of slices along ``axis`` that are equal and not zero, those of more than one slice."""
    slices = w if axis == 0 else w.T
    top = float(np.abs(w).max(initial=0))
    if len(slices) < 3 or not top or all_equal(w, 1 - axis):
        return []
    found: dict[bytes, list[int]] = {}
    for i, row in enumerate(np.round(slices / top / CLOSE) + 0.0):
        if np.any(row):
            found.setdefault(row.tobytes(), []).append(i)
    return [tuple(g) for g in found.values() if len(g) > 1]


def _common(one: list[tuple[int, ...]], other: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The groups of units that are together in both."""
    met = [tuple(sorted(set(a) & set(b))) for a in one for b in other]
    return [g for g in met if len(g) > 1]


def _went(before: Array, after: Array, axis: int, groups: list[tuple[int, ...]]) -> bool:
    """Whether the copies moved at all."""
    rows = [i for g in groups for i in g]
    return bool(np.any(np.take(before, rows, axis) != np.take(after, rows, axis)))
