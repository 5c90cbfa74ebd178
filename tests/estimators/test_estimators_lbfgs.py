"""L-BFGS: the solutions of problems that have one, records, and what it refuses."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPRegressor

import cutaway as ca
from cutaway.estimators import NetworkClassifier, NetworkRegressor, base
from cutaway.train import lbfgs

X, Y = make_blobs(200, centers=3, cluster_std=3.0, random_state=0)
X_NUMBERS, Y_NUMBERS = load_diabetes(return_X_y=True)
EXACT: dict[str, Any] = {
    "hidden_layer_sizes": (),
    "optimizer": "lbfgs",
    "weight_decay": 0.0,
    "tol": 1e-9,
    "max_iter": 1000,
    "random_state": 0,
}


@pytest.mark.parametrize("standardize", [True, False])
def test_a_network_without_hidden_layers_is_a_linear_regression(standardize: bool) -> None:
    ours = NetworkRegressor(**{**EXACT, "max_iter": 5000}, standardize=standardize).fit(X_NUMBERS, Y_NUMBERS)
    theirs = LinearRegression().fit(X_NUMBERS, Y_NUMBERS)
    assert np.allclose(ours.predict(X_NUMBERS), theirs.predict(X_NUMBERS), rtol=1e-3)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_network_without_hidden_layers_is_a_logistic_regression(classes: int) -> None:
    rows, labels, weights = X[classes > Y], Y[classes > Y], 1.0 + X[classes > Y, 0] % 2
    ours = NetworkClassifier(**EXACT).fit(rows, labels, sample_weight=weights)
    theirs = LogisticRegression(C=1e12, tol=1e-9, max_iter=5000).fit(rows, labels, sample_weight=weights)
    assert np.allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-4)


def test_weight_decay_is_that_of_the_optimizers() -> None:
    """At the minimum the gradient of the loss is that of the penalty, with the sign turned."""
    rows = (X - X.mean(axis=0)) / X.std(axis=0)
    model = NetworkClassifier(**{**EXACT, "weight_decay": 0.1}, standardize=False).fit(rows, Y == 1)
    slope = rows.T @ (model.predict_proba(rows)[:, 1] - (Y == 1)) / len(rows)
    assert np.allclose(slope, -0.1 * model.coefs_[0][:, 0], atol=1e-6)


def test_it_comes_as_far_as_that_of_scikit_learn() -> None:
    rows = (X_NUMBERS - X_NUMBERS.mean(axis=0)) / X_NUMBERS.std(axis=0)
    target = (Y_NUMBERS - Y_NUMBERS.mean()) / Y_NUMBERS.std()
    ours = NetworkRegressor(10, "tanh", optimizer="lbfgs", weight_decay=0.0, tol=1e-6, max_iter=300, random_state=0)
    theirs = MLPRegressor(
        hidden_layer_sizes=10, activation="tanh", solver="lbfgs", alpha=0.0, tol=1e-6, max_iter=300, random_state=0
    )
    with pytest.warns(UserWarning):  # neither has converged
        ours.fit(rows, target), theirs.fit(rows, target)
    assert ours.score(rows, target) > theirs.score(rows, target) - 0.05
    assert np.all(np.diff(ours.loss_curve_) <= 1e-12) and ours.n_iter_ == 300


def test_held_out_rows_and_callbacks_end_it() -> None:
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(100, 5)), rng.integers(0, 2, size=100)
    model = NetworkClassifier(16, optimizer="lbfgs", early_stopping=True, n_iter_no_change=5, random_state=0)
    model.fit(rows[:50], labels[:50], X_val=rows[50:], y_val=labels[50:])
    curve = model.validation_loss_curve_ or []
    assert len(curve) == int(np.argmin(curve)) + 6 and model.history_.stopped == "early stopping"
    p = model.predict_proba(rows[50:])[np.arange(50), labels[50:]]
    assert np.isclose(-np.log(p).mean(), min(curve))
    model = NetworkClassifier(16, optimizer="lbfgs", callbacks=lambda record: record["epoch"] == 3)
    assert model.fit(rows, labels).n_iter_ == 3


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The loss of each evaluation."""
    found: list[float] = []

    class Counted(lbfgs.CompiledStep):
        def __init__(self, run: Any, rows: int) -> None:
            super().__init__(run, rows)
            once = self.run
            self.run = lambda: (once(), found.append(float(self.loss)))[0]

    monkeypatch.setattr(lbfgs, "CompiledStep", Counted)
    return found


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
@pytest.mark.parametrize("limit", [1, 7, 10])
def test_a_limit_of_evaluations_ends_it(kind: Any, limit: int, looks: list[float]) -> None:
    model = kind(16, "tanh", optimizer="lbfgs", max_fun=limit, max_iter=50, random_state=0)
    with pytest.warns(ConvergenceWarning, match="Maximum evaluations of the loss reached .*; raise max_fun"):
        model.fit(X, Y)
    assert len(looks) == limit >= model.n_iter_ == len(model.loss_curve_)
    assert model.loss_curve_[-1] in looks and model.history_.stopped == "finished"
    assert f"its {limit} evaluations" in model.history_.notes[-1]
    twin = kind(**{**model.get_params(), "max_fun": None, "max_iter": model.n_iter_, "tol": None}).fit(X, Y)
    if limit > 1:
        assert twin.loss_curve_ == model.loss_curve_ and np.array_equal(twin.coefs_[0], model.coefs_[0])


def test_an_iteration_is_not_evaluated_again_for_its_record(looks: list[float]) -> None:
    model = NetworkRegressor(**{**EXACT, "tol": None, "max_iter": 20}, early_stopping="r2").fit(X_NUMBERS, Y_NUMBERS)
    assert set(model.loss_curve_) <= set(looks) and len(set(looks)) == len(looks)


def test_an_interruption_in_a_line_search_leaves_the_last_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(lbfgs.CompiledStep):
        def __init__(self, run: Any, rows: int) -> None:
            super().__init__(run, rows)
            once, steps = self.run, iter(range(30))
            self.run = lambda: (next(steps, None) is None and signal.raise_signal(signal.SIGINT)) or once()

    model = NetworkRegressor(16, "tanh", optimizer="lbfgs", max_iter=500, tol=None, random_state=0)
    monkeypatch.setattr(lbfgs, "CompiledStep", Interrupted)
    model.fit(X_NUMBERS, Y_NUMBERS)
    assert model.history_.stopped == "interrupted"
    monkeypatch.undo()
    twin = NetworkRegressor(**{**model.get_params(), "max_iter": model.n_iter_}).fit(X_NUMBERS, Y_NUMBERS)
    assert twin.loss_curve_ == model.loss_curve_ and np.array_equal(twin.coefs_[0], model.coefs_[0])


def test_a_listener_may_end_what_cannot_be_improved() -> None:
    rows, targets = np.zeros((10, 2)), np.zeros(10)
    model = NetworkRegressor((), optimizer="lbfgs", weight_decay=0.0, callbacks=lambda record: True, random_state=0)
    assert model.fit(rows, targets).n_iter_ == 1


def test_sparse_rows_float32_and_warm_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_SMALL", 0)
    model = NetworkClassifier(8, optimizer="lbfgs", dtype="float32", warm_start=True, random_state=0)
    linear = LogisticRegression().fit(X, Y).score(X, Y)
    assert model.fit(csr_array(X), Y).score(X, Y) > linear - 0.01
    first = model.loss_curve_[-1]
    assert model.fit(csr_array(X), Y).loss_curve_[0] < first + 0.01
    assert model.coefs_[0].dtype == np.float32


def test_what_it_has_not() -> None:
    assert not hasattr(NetworkClassifier(optimizer="L-BFGS"), "partial_fit")
    assert hasattr(NetworkClassifier(optimizer="adam"), "partial_fit")
    for layer in ({"dropout": 0.5}, {"batch_norm": True}):
        with pytest.raises(ca.errors.UsageError, match=r"a loss that is the same each time.*Leave dropout"):
            NetworkClassifier(optimizer="lbfgs", **layer).fit(X, Y)
    with pytest.raises(ZeroDivisionError):
        NetworkClassifier(optimizer="lbfgs", callbacks=lambda record: 1 / 0).fit(X, Y)
