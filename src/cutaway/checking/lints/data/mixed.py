"""Samples that a reshape mixes: ``X.reshape(features, samples)`` of a list of images, where ``.T`` was meant.

``reshape`` reads all numbers in their order, so that a column of the result holds a piece of many samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change
from cutaway.checking.running.observe import logs_of

MOST = 200  # arrays that are looked at
FEWEST = 3  # samples, and features


def mixed_samples(case: Case) -> Iterator[Finding]:
    """Arrays of which the first axis, the samples', became the last one though every number stayed where it was."""
    found: dict[tuple[str, int], tuple[Change, Change, int]] = {}
    for log in logs_of(case):
        arrays = [c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.ndim > 1][:MOST]
        flat = (c.new for c in log.changes if isinstance(c.new, np.ndarray) and c.new.shape)
        counts = {a.size for a in flat if max(a.shape) == a.size}  # such as labels
        for k, made in enumerate(arrays):
            for before in arrays[:k][::-1]:
                if before.slot != made.slot and len(before.new) in counts and _mixes(before.new, made.new):
                    found.setdefault((made.file, made.line), (before, made, len(before.new)))
    for where, (before, made, n) in list(found.items())[:1]:
        features = made.new.shape[0]
        held = len(np.unique(np.arange(features) * n // features))
        finding = Finding(
            "samples-mixed",
            "data",
            f"{made.name} is made of {before.name} by a reshape from {before.new.shape} to {made.new.shape}: the first "
            f"of its {n} columns, which should be one sample, holds numbers of {held}.",
            f"Flatten the samples, then transpose: {before.name}.reshape(len({before.name}), -1).T",
            evidence={"shape": list(before.new.shape), "reshaped": list(made.new.shape), "samples_in_a_column": held},
            hint="Draw one column as a picture.",
        )
        yield from at_each(
            case, finding, [where, *(w for w in found if w != where)], "Or here, in the same way.", most=3
        )


def _mixes(before: Array, after: Array) -> bool:
    """Whether the rows of one array became columns of the other by a reshape alone."""
    n = len(before)
    if after.ndim != 2 or before.size != after.size or after.shape[1] != n or min(n, len(after)) < FEWEST:
        return False
    if before.ndim < 3 or before.shape[-1] == n:
        return False  # no pictures, or the samples may well be on the last axis
    same = np.array_equal(np.ravel(before), np.ravel(after)) and bool(np.any(after != after[0, 0]))
    return same and not np.array_equal(after, np.reshape(before, (n, -1)).T)
