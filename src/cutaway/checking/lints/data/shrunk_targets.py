"""Labels that were scaled together with the features: targets of 0 and 0.0039 where the output runs from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, at_each
from cutaway.checking.lints.data.targets import FEWEST, places_of
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.observe import logs_of
from cutaway.checking.truth import look

HIGHEST = 0.45  # of a target that cannot be a one: softened labels are above
KINDS = ("sigmoid", "softmax")


def shrunk_targets(case: Case) -> Iterator[Finding]:
    """Targets of 0 and a small number, whose labels were 0 and 1, or something larger, before they were scaled."""
    point = look(case)
    if point.backprop is None:
        return
    scene = Scene(point.backprop)
    for _, a, kind in outputs(scene):
        for name, y in labels(scene, np.shape(a.value)) if kind in KINDS else ():
            one = _in_place_of_one(y, kind)
            if one is None:
                continue
            found = _scaled(case, y, one)
            if found is None:
                continue
            before, where = found
            how = f"divided by {before / one:.4g}" if before > one else f"multiplied with {one / before:.4g}"
            finding = Finding(
                "targets-shrunk",
                "data",
                f"The targets are 0 and {one:.3g}, while {kind} gives 0 to 1: the labels, 0 and {before:g}, were {how} "
                "together with the features. The network learns to say 0 of everything.",
                "Scale the features alone, and leave the column of labels as it is.",
                evidence={"targets": [0.0, one], "labels": [0.0, before], "samples": int(np.count_nonzero(y))},
                hint="Print a few of the targets.",
            )
            places = [where, *places_of(case, name, y)]
            yield from at_each(case, finding, places, "The targets are made here, of what was scaled.", most=4)
            return


def _in_place_of_one(y: Array, kind: str) -> float | None:
    """The small number that stands where a one should: for a class, or as the only one in a row of classes."""
    values = np.unique(y)
    if len(values) != 2 or values[0] != 0 or not 0 < values[1] < HIGHEST or y.size < FEWEST:
        return None
    if kind == "softmax":
        rows = [np.count_nonzero(y, axis=k) for k in range(y.ndim)]
        if y.ndim != 2 or not any(np.all(r == 1) for r in rows):
            return None
    return float(values[1])


def _scaled(case: Case, y: Array, one: float) -> tuple[float, Where] | None:
    """What the ones were before, and the line that made a table with the small ones of a table with those."""
    hot = np.ravel(y) != 0
    patterns = [hot, (np.transpose(y) != 0).ravel()] if y.ndim == 2 and min(y.shape) > 1 else [hot]
    single = y.ndim < 2 or min(y.shape) == 1
    before: float | None = None
    seen = [
        (c.at, (c.file, c.line), c.new) for log in logs_of(case) for c in log.changes if isinstance(c.new, np.ndarray)
    ]
    seen += [(at, (file, line), array) for log in logs_of(case) for array, line, _, file, at in log.first.values()]
    first: Where = NOWHERE
    for _, where, array in sorted(seen, key=lambda s: s[0]):
        for part in _parts(array, len(hot), single, y.shape):
            flat = np.ravel(part)
            if not any(np.array_equal(flat != 0, p) for p in patterns):
                continue
            height = np.unique(flat[flat != 0])
            if len(height) != 1:
                continue
            if np.isclose(height[0], one, rtol=1e-9, atol=0):
                first = where if first == NOWHERE else first
            elif height[0] > one and first == NOWHERE and float(height[0]) == round(float(height[0])):
                before = float(height[0])
    return (before, first) if before is not None and first != NOWHERE else None


def _parts(array: Array, n: int, single: bool, shape: tuple[int, ...]) -> Iterable[Any]:
    """An array as it is, its columns and its rows, as far as they can be targets."""
    if array.dtype.kind not in "fiub" or array.size < n:
        return []
    if array.size == n:
        return [array]
    if array.ndim != 2:
        return []
    if single and n in array.shape:
        return list(array.T) if array.shape[0] == n else list(array)
    count = min(shape)
    rows = max(shape)
    table = array if array.shape[0] == rows else array.T
    if table.shape[0] != rows or table.shape[1] <= count:
        return []
    return [table[:, :count], table[:, -count:]]
