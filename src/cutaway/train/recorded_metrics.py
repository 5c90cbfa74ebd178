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
    """The sums of a metric, recorded; and what it is for sums of shape (steps, number of sums) over ``n`` rows."""

    recorded: list[Any]
    finish: Callable[[Array, int], Array]


def sums_of(metric: Metric, loss: Loss, targets: Any, outputs: Any, all_targets: Array) -> Sums | None:
    """The sums for a metric of recorded targets and outputs; None if it has no such form."""
    two = outputs.reshape(outputs.shape[0], -1) if outputs.ndim != 2 else outputs
    t = targets.reshape(two.shape) if targets.ndim != 2 else targets
    if metric is metrics.accuracy and loss.task != "regression":
        hits = _hits(loss, t, two) if outputs.ndim == 2 else None
        return None if hits is None else Sums([np.sum(hits)], lambda s, n: s[:, 0] / n)
    if loss.task != "regression" or two.shape[1] > _COLUMNS:
        return None
    count = two.shape[1]
    if metric in (metrics.mean_squared_error, metrics.root_mean_squared_error):
        squares = [np.sum(np.square(two - t))]
        if metric is metrics.mean_squared_error:
            return Sums(squares, lambda s, n: s[:, 0] / (n * count))
        return Sums(squares, lambda s, n: np.sqrt(s[:, 0] / (n * count)))
    if metric is metrics.mean_absolute_error:
        return Sums([np.sum(np.abs(two - t))], lambda s, n: s[:, 0] / (n * count))
    if metric is metrics.r2:
        return _r2(t, two, all_targets.reshape(len(all_targets), -1))
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


def _r2(t: Any, y: Any, everything: Array) -> Sums:
    """From the sums of squared errors and of the targets' deviations from their mean over all batches."""
    k = everything.shape[1]
    centre = everything.mean(axis=0).astype(everything.dtype)
    moved = t - centre
    kinds = (np.sum(np.square(y - t), axis=0), np.sum(np.square(moved), axis=0), np.sum(moved, axis=0))
    constant = (everything == everything[0]).all(axis=0)

    def finish(s: Array, n: int) -> Array:
        left, squares, total = s[:, :k], s[:, k : 2 * k], s[:, 2 * k :]
        spread = np.where(constant, 0.0, np.maximum(squares - total**2 / n, 0.0))
        share = 1 - left / np.where(spread > 0, spread, 1.0)
        found: Array = np.where(spread > 0, share, np.where(left > 0, 0.0, 1.0)).mean(axis=1)
        return found

    return Sums([kind[j] for kind in kinds for j in range(k)], finish)
