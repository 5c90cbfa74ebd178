"""An epoch's mean losses that are divided by the rows of a batch, or of all batches, as if they were sums.

A mean over a batch is divided already; what belongs to the means of an epoch is the number of batches. What is shown
otherwise depends on the size of a batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, at_each
from cutaway.checking.lints.data.unseen_rows import tables
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.lints.reporting.batch_numbers import Key, Round, rounds, series_of
from cutaway.checking.lints.reporting.batch_weights import (
    adder,
    all_numbers,
    inline,
    lines_dividing,
    lines_showing,
    name_of_series,
)
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import logs_of, observe

FAR = 2.0  # times the loss of the data, that a mean over a batch may be
FEWEST = 4  # rows of a batch: otherwise a sum over them is not far from their mean
OFF = 0.02  # of what is right, that is too little to be sure of


@dataclass(frozen=True)
class _Division:
    """A wrong division of the sum of means: what it shows, and in words by what."""

    value: float
    weights: Any
    words: str


def divided_means(case: Case) -> Iterator[Finding]:
    """Means over batches, added up and divided by rows: what is shown is that much too small."""
    graph = recorded_loss(case)
    rows = max((d.shape[axis] for d, axis in tables(graph)), default=0) if graph is not None else 0
    seen = observe(case)
    start = _loss_at_start(case)
    for log in logs_of(case) if rows and start and "count kept" not in case.notes else ():
        numbers = all_numbers(log, seen.history if seen is not None and seen.log is log else [])
        first: dict[Key, list[float]] = {}  # of each number, its values in the first round of all
        tall = {rows, *(n for c in log.changes if isinstance(c.new, np.ndarray) for n in c.new.shape[:2])}
        for one in () if log.sampled else rounds(log):
            sizes = _sizes(one, tall)
            for key, series in {**series_of(one), **inline(case, log, one)}.items() if sizes else ():
                first.setdefault(key, series)
                if not _are_means(series, sizes, first[key], start):
                    continue
                for division in _divisions(series, sizes, max(n for n in tall if n - sizes[0] < sum(sizes))):
                    add = adder(one, series, division.weights)
                    lines = lines_showing(numbers, division.value) or lines_dividing(case, log, add, division.value)
                    if lines:
                        places = [(add.file, add.line)] if add is not None else _kept_divided(one, series)
                        name = add.name if add is not None else name_of_series(one, key)
                        yield from _findings(case, log, name, series, sizes, division, [*places, *lines])
                        return


def _loss_at_start(case: Case) -> float:
    """The loss of the data before the first step; 0 if it is not known."""
    try:
        with np.errstate(all="ignore"):
            value = abs(float(np.asarray(case.loss(case.copies())))) if case.loss is not None else 0.0
    except Exception:
        return 0.0
    return value if math.isfinite(value) else 0.0


def _sizes(one: Round, tall: set[int]) -> list[int]:
    """The rows of each batch, as most arrays of every iteration tell them; nothing if they are no whole table."""
    steps = sorted(one.numbers)
    votes: dict[tuple[int, ...], int] = {}
    for key in one.shapes.get(steps[0], {}):
        shapes = [one.shapes.get(i, {}).get(key) for i in steps]
        if any(s is None or len(s) != len(shapes[0] or ()) for s in shapes):
            continue
        for axis in range(min(len(shapes[0] or ()), 2)):
            sizes = tuple(s[axis] for s in shapes if s is not None)
            whole = any(0 <= rows - sum(sizes) < sizes[0] for rows in tall)
            if whole and len(set(sizes[:-1])) == 1 and 0 < sizes[-1] <= sizes[0] >= FEWEST:
                votes[sizes] = votes.get(sizes, 0) + 1
    most = max(votes.values(), default=0)
    return next((list(sizes) for sizes, count in votes.items() if count == most), [])


def _are_means(series: list[float], sizes: list[int], first: list[float], start: float) -> bool:
    """Whether a number of each batch is a mean over its rows: as large as the loss of the data, or a share of them."""
    near = min(3.0, math.sqrt(sizes[0]))
    if start / near < first[0] < start * near and sum(first) / len(first) < start * FAR:
        return True
    if start / FAR < sum(first) / len(first) < start * FAR:
        return True
    counts = [v * n for v, n in zip(series, sizes, strict=True)]
    shares = all(0 <= v <= 1 for v in series) and any(0 < v < 1 for v in series)
    return shares and all(abs(c - round(c)) < 1e-6 for c in counts)


def _divisions(series: list[float], sizes: list[int], rows: int) -> Iterator[_Division]:
    values, n, m, size = np.array(series), np.array(sizes, dtype=float), len(sizes), sizes[0]
    ways: list[tuple[Any, str]] = [
        (np.full(m, 1 / size), f"divided by {size}, the rows of a batch"),
        (1 / n, "each divided by the rows of its batch"),
        (np.full(m, 1 / rows), f"divided by the {rows} rows"),
        (np.full(m, 1 / (m * size)), f"divided by {size}, the rows of a batch, and by the {m} batches"),
        (1 / (m * n), f"divided by the rows of its batch each, and by the {m} batches"),
        (np.full(m, 1 / m**2), f"divided by the {m} batches twice"),
    ]
    for weights, words in ways:
        value = float(values @ weights)
        if value and abs(float(weights.sum()) - 1) > OFF:
            yield _Division(value, weights, words)


def _kept_divided(one: Round, series: list[float]) -> list[Where]:
    """The line that puts such a number, divided, into a list."""
    for key, items in series_of(one).items():
        share = items[0] / series[0] if key[0] == "item" and series[0] else 1.0
        if share < 1 and np.allclose(items, np.array(series) * share, rtol=1e-9, atol=0):
            return [(one.names[key].file, one.names[key].line)]
    return []


def _findings(
    case: Case, log: Log, name: str, series: list[float], sizes: list[int], division: _Division, places: list[Where]
) -> Iterator[Finding]:
    right = float(np.array(series) @ np.array(sizes) / sum(sizes))
    kept = [
        (c.file, c.line)
        for c in log.changes
        if len(c.slot[1]) > 1 and isinstance(c.new, float) and math.isclose(c.new, division.value, rel_tol=1e-9)
    ]
    finding = Finding(
        "means-over-rows",
        "reporting",
        f"{name} adds up the means of {len(series)} batches of {sizes[0]}, {division.words}: it shows "
        f"{division.value:.4g}, where the mean over the rows is {right:.4g}. It depends on the size of a batch.",
        "Divide by the number of batches, or add up each batch's mean times its rows and divide by all rows.",
        evidence={"shown": division.value, "mean_over_rows": right, "batches": len(series), "rows": sizes},
        hint=HINT,
    )
    yield from at_each(case, finding, [*places, *kept[:1]], "Or here: this is part of the same average.", most=3)
