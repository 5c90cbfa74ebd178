"""Inputs that were standardised wrongly: along the features of each sample, or by a spread of zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, line_of_value, text_of
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import logs_of

UNLIKE = 20.0  # times: how far the sizes of raw features lie apart if they are of different units
ALIKE = 0.35  # of a sample's spread: how much a feature still differs between samples
HINT = "Print the mean and the spread of each feature, over the samples, before and after the scaling."


def standardised(case: Case) -> Iterator[Finding]:
    """What is wrong with the numbers in the inputs after their scaling."""
    graph = recorded_loss(case)
    if graph is None:
        return
    logs = logs_of(case)
    for _, x, axis in inputs_of(graph):
        data = plain(x) if axis == 0 else plain(x).T
        if len(data) < 4 or data.shape[1] < 3:
            continue
        yield from _not_finite(case, logs, data)
        yield from _along_features(case, logs, plain(x), data, axis)
        return


def _not_finite(case: Case, logs: list[Log], data: Array) -> Iterator[Finding]:
    bad = ~np.isfinite(data)
    if not bad.any():
        return
    columns = int(bad.any(axis=0).sum())
    for log in logs:
        for c in log.changes:
            if not isinstance(c.new, np.ndarray) or c.new.dtype.kind != "f" or np.isfinite(c.new).all():
                continue
            where = (c.file, c.line)
            yield Finding(
                "inputs-not-finite",
                "numerics",
                f"{int(bad.sum())} of the {data.size} inputs are not finite, in {columns} of {data.shape[1]} features: "
                f"{c.name} gets them here, from a feature that is the same in all samples, whose spread is zero.",
                "Divide by the spread plus a small number, or leave constant features out: "
                "X = (X - X.mean(0)) / (X.std(0) + 1e-8)",
                (),
                *where,
                {"not_finite": int(bad.sum()), "features": columns, "of": data.shape[1]},
                text_of(case, where),
                hint=HINT,
            )
            return


def _along_features(case: Case, logs: list[Log], table: Array, data: Array, axis: int) -> Iterator[Finding]:
    """Every sample has mean 0 and spread 1 over its own features, although these are of different units."""
    if not (np.abs(data.mean(1)).max() < 1e-6 and np.abs(data.std(1) - 1).max() < 1e-4):
        return
    raw, where = _before(logs, table)
    if raw is None or where == NOWHERE:
        return
    raw = raw if axis == 0 else raw.T
    sizes = np.abs(raw).mean(0)
    sizes = sizes[sizes > 0]
    between = float(np.median(data.std(0)))
    if sizes.size < 3 or sizes.max() < UNLIKE * np.median(sizes) or between > ALIKE:
        return
    yield Finding(
        "scaled-along-features",
        "data",
        f"Each of the {len(data)} samples has mean 0 and spread 1 over its own {data.shape[1]} features, whose sizes "
        f"were {sizes.min():.3g} to {sizes.max():.3g}: the largest feature decides, and the samples are nearly alike "
        f"(a feature varies by {between:.2g} between them).",
        f"Scale every feature over the samples: X = (X - X.mean(axis={axis}, keepdims=True)) / "
        f"X.std(axis={axis}, keepdims=True)",
        (),
        *where,
        {
            "spread_within_samples": 1.0,
            "spread_between_samples": between,
            "smallest_size": float(sizes.min()),
            "largest_size": float(sizes.max()),
        },
        text_of(case, where),
        hint=HINT,
    )


def _before(logs: list[Log], table: Array) -> tuple[Array | None, Where]:
    """The array of which each sample is a multiple plus a number, and the line where the scaled one was made."""
    for log in logs:
        for c in log.changes:
            if not isinstance(c.new, np.ndarray) or c.new.shape != table.shape or c.new.dtype.kind not in "fiu":
                continue
            a, b = np.asarray(c.new, dtype=float), table
            if np.array_equal(a, b) or not np.isfinite(a).all():
                continue
            for axis in (0, 1):
                u, v = a - a.mean(axis, keepdims=True), b - b.mean(axis, keepdims=True)
                norm = np.sqrt((u**2).sum(axis) * (v**2).sum(axis))
                if np.all(np.abs((u * v).sum(axis) - norm) <= 1e-6 * norm) and np.all(norm > 0):
                    return a, next((w for log in logs if (w := line_of_value(log, table)) != NOWHERE), NOWHERE)
    return None, NOWHERE
