"""Features that changed their places: a permutation that was meant for the samples was applied to the other axis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, at_each
from cutaway.checking.lints.data.epochs import made, watched_gradients
from cutaway.checking.lints.data.rows import FEWEST, HINT
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.observe import observe

FEW = 10  # features: pictures are mirrored on purpose, tables are not


def moved_features(case: Case) -> Iterator[Finding]:
    """``X[:, rng.permutation(X.shape[1])]`` where the samples are rows, ``rng.shuffle(X)`` where they are columns."""
    seen, graph = observe(case), recorded_loss(case)
    for _, x, axis in list(inputs_of(graph))[:1] if seen is not None and graph is not None else ():
        table = np.sort(plain(x), None)
        for c in seen.log.changes if seen is not None else ():
            if not isinstance(c.new, np.ndarray) or c.new.shape != np.shape(x.value) or np.shape(c.old) != c.new.shape:
                continue
            order = _order(_rows(c.old, axis), _rows(c.new, axis))
            if order is not None and np.array_equal(np.sort(plain(c.new), None), table):
                yield from _findings(case, [(c.file, c.line)], order, axis)
                return
    for name, whole, axis, log, calls in watched_gradients(case):
        for call in calls:
            part = call.arguments.get(name)
            if not isinstance(part, np.ndarray) or part.ndim != 2 or not call.loops:
                continue
            order = _order(_rows(whole, axis), _rows(part, axis))
            if order is not None:
                yield from _findings(case, made(case, log, call), order, axis)
                return


def _findings(case: Case, places: list[Where], order: Array, axis: int) -> Iterator[Finding]:
    finding = Finding(
        "features-permuted",
        "data",
        f"The {len(order)} features of the samples stand in another order here, "
        f"{', '.join(map(str, order[:8]))}: the permutation was applied to axis {1 - axis}, the features, "
        f"where axis {axis} are the samples.",
        "Permute the samples: X = X[order]" if axis == 0 else "Permute the samples: X = X[:, order]",
        evidence={"features": len(order), "order": [int(k) for k in order]},
        hint=HINT,
    )
    yield from at_each(case, finding, places, "Or here.")


def _rows(table: Array, axis: int) -> Array:
    return np.ascontiguousarray(table if axis == 0 else table.T, dtype=float)


def _order(whole: Array, part: Array) -> Array | None:
    """The one order of features in which all samples of ``part`` stand, if it is not that of ``whole``."""
    if whole.shape[1] != part.shape[1] or whole.shape[1] < 2 or not FEWEST <= len(part) <= len(whole):
        return None
    known = {row.tobytes() for row in whole}
    if part[0].tobytes() in known or len(np.unique(part[0])) < len(part[0]):
        return None
    sorted_rows = np.sort(whole, axis=1)
    match = np.flatnonzero((sorted_rows == np.sort(part[0])).all(axis=1))
    if len(match) != 1:
        return None
    order = np.array([int(np.flatnonzero(whole[match[0]] == v)[0]) for v in part[0]])
    moved = {row.tobytes() for row in whole[:, order]}
    if not all(row.tobytes() in moved for row in part):
        return None
    mirrored = np.array_equal(order[order], np.arange(len(order)))
    return None if mirrored and len(order) >= FEW else order
