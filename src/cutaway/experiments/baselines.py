"""Simpler models for the same job: what a network has to beat before it is worth its trouble.

A line, a tree, and the constant answer of somebody who has not looked at the features at all.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Bounds on the work, so that large data take seconds and not minutes. Logistic regression as a rule needs tens of
# iterations on standardised columns: how many of them, and multiplications in all. A tree sorts each column at each
# level: numbers in all, of which it is given so many as a random choice of the rows holds.
_MOST_ITERATIONS, _LEAST_ITERATIONS, _MOST_WORK = 2000, 40, 2e10
_MOST_NUMBERS = 2**24


@dataclass(frozen=True)
class Baseline:
    """A fitted model of scikit-learn; ``note`` says what held it back, if anything did."""

    model: Any
    note: str | None = None

    def predict(self, X: Array) -> Array:
        """Return labels (int64) or numbers, shape (n_samples,)."""
        return np.asarray(self.model.predict(X))


def fit_baselines(X: Array, y: Array, task: str, *, seed: int = 0) -> dict[str, Baseline]:
    """Fit the simpler models of a task, the line first.

    Parameters
    ----------
    X : ndarray, shape (n_samples, n_features)
        Standardised features; of float32 the line is fitted in float32.
    y : ndarray, shape (n_samples,)
        Labels, or numbers.
    task : {"binary", "multiclass", "regression"}
    seed : int
        Of the tree, which breaks ties at random, and of the choice of its rows from large data.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> list(fit_baselines(X, np.array([0, 0, 1, 1]), "binary"))
    ['logistic_regression', 'decision_tree', 'most_frequent_class']
    """
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    work = X.size * (1 if task == "regression" else len(np.unique(y)))
    iterations = int(max(min(_MOST_ITERATIONS, _MOST_WORK / work), min(_LEAST_ITERATIONS, _MOST_ITERATIONS)))
    models = (
        {
            "linear_regression": LinearRegression(),
            "decision_tree": DecisionTreeRegressor(random_state=seed),
            "mean_of_the_target": DummyRegressor(),
        }
        if task == "regression"
        else {
            "logistic_regression": LogisticRegression(max_iter=iterations),
            "decision_tree": DecisionTreeClassifier(random_state=seed),
            "most_frequent_class": DummyClassifier(),
        }
    )
    return {name: _fitted(name, model, X, y, seed) for name, model in models.items()}


def _fitted(name: str, model: Any, X: Array, y: Array, seed: int) -> Baseline:
    from sklearn.exceptions import ConvergenceWarning

    if name == "decision_tree" and X.size > _MOST_NUMBERS:
        n, most = len(X), max(1, _MOST_NUMBERS // X.shape[1])
        rows = np.random.default_rng(seed).choice(n, most, replace=False)
        model.fit(X[rows], y[rows])
        return Baseline(
            model, f"The decision tree was fitted on {most:,} of the {n:,} rows, drawn at random, to save time."
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(X, y)
    note = f"The {name.replace('_', ' ')} had not converged after {model.max_iter:,} iterations." if caught else None
    return Baseline(model, note)
