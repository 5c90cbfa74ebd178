"""The defaults, against those of scikit-learn's networks: on held-out rows, over several seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine, make_moons
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cutaway.estimators import NetworkClassifier, NetworkRegressor


def scaled(model: Any) -> Any:
    return make_pipeline(StandardScaler(), model)


def held_out_score(model: Any, X: np.ndarray, y: np.ndarray, seed: int) -> float:
    classes = y if len(np.unique(y)) < 20 else None
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, random_state=seed, stratify=classes)
    states = [name for name in model.get_params() if name.split("__")[-1] == "random_state"]
    return float(model.set_params(**dict.fromkeys(states, seed)).fit(X, y).score(X_test, y_test))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("data", "theirs", "ours", "seeds"),
    [
        # The columns of iris share a unit, and scaling them costs a flower or two, here as there.
        pytest.param(load_iris, scaled(MLPClassifier()), NetworkClassifier(), 6, id="iris"),
        pytest.param(load_wine, MLPClassifier(), NetworkClassifier(), 4, id="wine"),
        pytest.param(load_breast_cancer, MLPClassifier(), NetworkClassifier(), 3, id="breast-cancer"),
        pytest.param(load_digits, MLPClassifier(), NetworkClassifier(), 2, id="digits"),
        pytest.param(load_diabetes, MLPRegressor(), NetworkRegressor(), 3, id="diabetes"),
        pytest.param(None, MLPClassifier(), NetworkClassifier(), 4, id="moons"),
    ],
)
def test_the_defaults_are_at_least_as_good(data: Any, theirs: Any, ours: Any, seeds: int) -> None:
    X, y = make_moons(500, noise=0.25, random_state=0) if data is None else data(return_X_y=True)
    scores = [(held_out_score(theirs, X, y, seed), held_out_score(ours, X, y, seed)) for seed in range(seeds)]
    their_mean, our_mean = np.mean(scores, axis=0)
    print(f"scikit-learn {their_mean:.4f}, here {our_mean:.4f}")
    assert our_mean >= their_mean - 1e-9
