"""What is measured on held-out rows, the same for every model; the first metric of a task decides."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.nn.metrics import find_metric

Array = NDArray[Any]

_CLASSES = ("accuracy", "balanced_accuracy", "f1")
_NUMBERS = ("r2", "mean_absolute_error", "root_mean_squared_error")
TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "r2": "R²",
    "mean_absolute_error": "mean absolute error",
    "root_mean_squared_error": "root mean squared error",
}
"""How the metrics are written in tables."""


def metrics_of(task: str) -> tuple[str, ...]:
    """Return the metrics of a task, the one that decides first."""
    return _NUMBERS if task == "regression" else _CLASSES


def scores(task: str, y: Array, predicted: Array) -> dict[str, float]:
    """Return each metric of predictions for the targets ``y``, both of shape (n,).

    >>> scores("binary", np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))["accuracy"]
    0.75
    """
    return {name: float(find_metric(name)(y, predicted)) for name in metrics_of(task)}


def contributions(task: str, y: Array, predicted: Array) -> NDArray[np.float64]:
    """Return what each row adds to the score that decides: their mean is the accuracy, or R².

    >>> float(contributions("regression", np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])).mean())
    0.5
    """
    if task != "regression":
        return np.asarray(y == predicted, dtype=np.float64)
    variance = float(np.var(y)) or 1.0
    return np.asarray(1 - np.square(y - predicted) / variance, dtype=np.float64)


def mean_and_spread(values: Sequence[float]) -> dict[str, Any]:
    """Return mean, standard deviation (n - 1; None of a single value) and the values themselves."""
    # summed exactly: of equal values the spread is zero, and not some rounding
    spread = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.mean(values), "std": spread, "values": [float(v) for v in values]}
