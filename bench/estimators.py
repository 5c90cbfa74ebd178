"""Time the fit of the estimators against scikit-learn's networks, on the same work in the same run.

Both do the same number of epochs with the same layers, batches, optimizer and rows; nothing stops them early. Rounds
are interleaved, the first is not counted, medians of the times and of the ratios of neighbouring rounds are printed.
Scores are on the training rows, to show that the same was learned.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_moons
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import scale

from cutaway.estimators import NetworkClassifier, NetworkRegressor

PAIRS = {"classifier": (MLPClassifier, NetworkClassifier), "regressor": (MLPRegressor, NetworkRegressor)}


def seconds(kind: Any, X: np.ndarray, y: np.ndarray, **params: Any) -> tuple[float, float]:
    """Wall time of a fit, and the score."""
    if params.pop("lbfgs", False):
        params["solver" if kind in (MLPClassifier, MLPRegressor) else "optimizer"] = "lbfgs"
    model = kind(random_state=0, n_iter_no_change=10**6, tol=0.0, **params)
    begin = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - begin, model.score(X, y)


def compare(task: str, X: np.ndarray, y: np.ndarray, rounds: int, **params: Any) -> list[float]:
    """Median seconds of theirs and ours, the median ratio, and both scores."""
    theirs, ours = PAIRS[task]
    found = []
    for _ in range(rounds + 1):
        a = seconds(theirs, X, y, **params)
        b = seconds(ours, X, y, standardize=False, weight_decay=0.0, **params)
        found.append((*a, *b))
    found = found[1:]
    ratios = [b[2] / b[0] for b in found]
    return [statistics.median(f[i] for f in found) for i in (0, 2)] + [
        statistics.median(ratios),
        found[0][1],
        found[0][3],
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")
    moons, digits = make_moons(1000, noise=0.2, random_state=0), load_digits(return_X_y=True)
    cancer, diabetes = load_breast_cancer(return_X_y=True), load_diabetes(return_X_y=True)
    scaled_diabetes = scale(diabetes[0]), scale(diabetes[1])
    small, large = {"hidden_layer_sizes": (16, 32)}, {"hidden_layer_sizes": (256, 128)}
    contests: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("moons 1000, 16-32, 200 epochs, batch 200", "classifier", moons, small),
        ("moons 1000, 16-32, 50 epochs, batch 32", "classifier", moons, {**small, "batch_size": 32, "max_iter": 50}),
        ("breast cancer, 100, 200 epochs, batch 200", "classifier", (scale(cancer[0]), cancer[1]), {}),
        ("digits, 100, 100 epochs, batch 200", "classifier", (digits[0] / 16, digits[1]), {"max_iter": 100}),
        ("digits, 256-128, 30 epochs, batch 200", "classifier", (digits[0] / 16, digits[1]), {**large, "max_iter": 30}),
        ("diabetes, 100, 200 epochs, batch 200", "regressor", scaled_diabetes, {}),
        ("diabetes, 100, L-BFGS, 200 iterations", "regressor", scaled_diabetes, {"lbfgs": True}),
    ]
    print(f"{'fit, in milliseconds':<46}{'dtype':>9}{'sklearn':>9}{'cutaway':>9}{'ratio':>7}   scores")
    for name, task, (X, y), params in contests:
        for dtype in (np.float64, np.float32):
            row = compare(task, X.astype(dtype), y, rounds, **{"batch_size": 200, "max_iter": 200, **params})
            theirs, ours, ratio, *scores = row
            print(
                f"{name:<46}{np.dtype(dtype).name:>9}{theirs * 1e3:>9.0f}{ours * 1e3:>9.0f}{ratio:>7.2f}"
                f"   {scores[0]:.3f} {scores[1]:.3f}"
            )


if __name__ == "__main__":
    main()
