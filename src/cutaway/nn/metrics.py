"""A metric is a plain function ``fn(targets, predictions)`` that gives one number, for people to read.

Both arguments have the form of predictions, labels (n,) or numbers (n,) or (n, k), and the same shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, ShapeError, UsageError, one_of
from cutaway.nn.validate import is_function, shown

Metric: TypeAlias = Callable[[NDArray[Any], NDArray[Any]], float]


def accuracy(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Share of rows that are right; with several labels in a row, all of them must be.

    >>> accuracy([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    t, y = _pair(targets, predictions)
    return float((t == y).reshape(len(t), -1).all(axis=1).mean())


def balanced_accuracy(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Mean over the classes of the share of their rows that are right: always naming the largest class earns 1 / k."""
    matrix = confusion_matrix(targets, predictions)
    present = matrix.sum(axis=1) > 0
    return float((matrix.diagonal()[present] / matrix.sum(axis=1)[present]).mean())


def precision(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Of the rows that are called positive, the share that is; mean over the classes if there are more than two."""
    matrix = confusion_matrix(targets, predictions)
    return _of_classes(matrix.diagonal(), matrix.sum(axis=0))


def recall(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Of the rows that are positive, the share that is called so; mean over the classes if there are more than two."""
    matrix = confusion_matrix(targets, predictions)
    return _of_classes(matrix.diagonal(), matrix.sum(axis=1))


def f1(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Harmonic mean of precision and recall; its mean over the classes if there are more than two."""
    matrix = confusion_matrix(targets, predictions)
    return _of_classes(2 * matrix.diagonal(), matrix.sum(axis=0) + matrix.sum(axis=1))


def confusion_matrix(targets: ArrayLike, predictions: ArrayLike, n_classes: int | None = None) -> NDArray[np.int64]:
    """Count rows by true class (row) and predicted class (column).

    >>> confusion_matrix([0, 1, 1], [0, 1, 0])
    array([[1, 0],
           [1, 1]])
    """
    t, y = _pair(targets, predictions)
    if t.ndim != 1 or any(a.dtype.kind not in "biu" or a.min() < 0 for a in (t, y)):
        raise DataError(
            "Classes are counted from labels, whole numbers from 0",
            received=f"targets of shape {t.shape} and dtype {t.dtype}, predictions of dtype {y.dtype}",
            instead="Give labels of shape (n,), such as network.predict(X)",
        )
    t, y = t.astype(np.int64), y.astype(np.int64)
    k = max(int(t.max()), int(y.max())) + 1
    if n_classes is not None and n_classes < k:
        raise DataError(f"There are labels up to {k - 1}", received=f"n_classes={n_classes}", instead=f"Write {k}")
    k = n_classes or max(k, 2)
    return np.bincount(t * k + y, minlength=k * k).reshape(k, k).astype(np.int64)


def mean_squared_error(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Mean of ``(y - t)²``."""
    t, y = _pair(targets, predictions)
    return float(np.square(y - t).mean())


def root_mean_squared_error(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Root of the mean squared error, in the unit of the targets."""
    return math.sqrt(mean_squared_error(targets, predictions))


def mean_absolute_error(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Mean of ``|y - t|``, in the unit of the targets."""
    t, y = _pair(targets, predictions)
    return float(np.abs(y - t).mean())


def r2(targets: ArrayLike, predictions: ArrayLike) -> float:
    """Share of the variance that is explained: 1 is perfect, 0 is no better than the mean, below 0 is worse.

    The mean over the columns if there are several. Of constant targets there is nothing to explain: 1 if all are met,
    else 0.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """
    t, y = _pair(targets, predictions)
    left = np.square(y - t).sum(axis=0, dtype=np.float64)
    total = np.square(t - t.mean(axis=0)).sum(axis=0, dtype=np.float64)
    share = 1 - left / np.where(total > 0, total, 1)
    return float(np.where(total > 0, share, np.where(left > 0, 0.0, 1.0)).mean())


METRICS: dict[str, Metric] = {
    fn.__name__: fn
    for fn in (
        accuracy,
        balanced_accuracy,
        precision,
        recall,
        f1,
        mean_squared_error,
        root_mean_squared_error,
        mean_absolute_error,
        r2,
    )
}
"""Metrics by name."""


def find_metric(metric: str | Metric) -> Metric:
    """Return the metric of that name, or the user's own function; UsageError if it is neither."""
    if isinstance(metric, str):
        if metric not in METRICS:
            raise one_of(metric, METRICS, name="metric")
        return METRICS[metric]
    if not is_function(metric):
        raise UsageError(
            "A metric must be a name or a function fn(targets, predictions)",
            received=shown(metric),
            instead='Write a name such as "accuracy"',
        )
    return metric


def metric_name(metric: Metric) -> str:
    """How a metric is called in records."""
    return getattr(metric, "__name__", "metric")


def _pair(targets: ArrayLike, predictions: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    t, y = np.asarray(targets), np.asarray(predictions)
    if t.shape != y.shape or t.ndim == 0 or t.size == 0:
        raise ShapeError(
            "Targets and predictions must have the same shape, with at least one row",
            received=f"targets of shape {t.shape}, predictions of shape {y.shape}",
            instead="Write .ravel() for the one that is a column (n, 1)" if t.size == y.size and t.size else None,
        )
    return t, y


def _of_classes(hits: NDArray[np.int64], totals: NDArray[np.int64]) -> float:
    shares = hits / np.maximum(totals, 1)  # a class that never occurs counts as 0
    return float(shares[1] if len(shares) == 2 else shares.mean())
