"""Metrics as sums over the rows of a batch, so that they can be recorded with the step and computed along with it.

Each gives sums that are cheap to make while the rows pass, and the number that follows from these sums for every step.
What has no such form here is computed from the outputs of each step instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.nn import metrics
from cutaway.nn.losses import Loss
from cutaway.nn.metrics import Metric

Array = NDArray[Any]
_COLUMNS = 16  # at most so many sums of each kind


@dataclass(frozen=True)
class Sums:
    """The sums of a metric, recorded; and the metric from their values, of shape (steps, number of sums).

    ``finish`` also gets the targets, of shape (steps, rows, ...); or (1, rows, ...) if they are the same at all steps,
    or if it does not look at them.
    """

    recorded: list[Any]
    finish: Callable[[Array, Array], Array]
    reads_targets: bool = False


def sums_of(metric: Metric, loss: Loss, targets: Any, outputs: Any) -> Sums | None:
    """The sums for a metric of recorded targets and outputs; None if it has no such form."""
    two = outputs.reshape(outputs.shape[0], -1) if outputs.ndim != 2 else outputs
    t = targets.reshape(two.shape) if targets.ndim != 2 else targets
    if metric is metrics.accuracy and loss.task != "regression":
        hits = _hits(loss, t, two) if outputs.ndim == 2 else None
        return None if hits is None else Sums([np.sum(hits)], lambda s, t: s[:, 0] / t.shape[1])
    if loss.task != "regression" or two.shape[1] > _COLUMNS:
        return None
    count = two.shape[1]
    if metric in (metrics.mean_squared_error, metrics.root_mean_squared_error):
        squares = [np.sum(np.square(two - t))]
        if metric is metrics.mean_squared_error:
            return Sums(squares, lambda s, t: s[:, 0] / (t.shape[1] * count))
        return Sums(squares, lambda s, t: np.sqrt(s[:, 0] / (t.shape[1] * count)))
    if metric is metrics.mean_absolute_error:
        return Sums([np.sum(np.abs(two - t))], lambda s, t: s[:, 0] / (t.shape[1] * count))
    if metric is metrics.r2:
        return _r2(t, two)
    return None


def _hits(loss: Loss, t: Any, y: Any) -> Any:
    """1 for each row that is right."""
    if loss.task == "binary":
        if y.shape[1] != 1:
            return None
        right = (y > (0 if loss.reads == "logits" else 0.5)) == (t > 0.5)
    else:
        right = _largest(y) == _largest(t)
    return right.astype(y.dtype)


def _largest(x: Any) -> Any:
    """The place of the first largest entry of each row, as argmax finds it; (n, 1)."""
    k = x.shape[1]
    places = np.arange(k, dtype=x.dtype)
    top = np.max(x, axis=1, keepdims=True)
    return np.min(np.where(x == top, places, float(k)), axis=1, keepdims=True)


def _r2(t: Any, y: Any) -> Sums:
    """From the squared errors of each column; how the targets themselves spread does not depend on the weights."""
    k = t.shape[1]
    left = np.sum(np.square(y - t), axis=0)

    def finish(s: Array, targets: Array) -> Array:
        t = targets.reshape(len(targets), -1, k)
        total = np.square(t - t.mean(axis=1, keepdims=True)).sum(axis=1, dtype=np.float64)
        share = 1 - s / np.where(total > 0, total, 1)
        found: Array = np.where(total > 0, share, np.where(s > 0, 0.0, 1.0)).mean(axis=1)
        return found

    return Sums([left[j] for j in range(k)], finish, reads_targets=True)
