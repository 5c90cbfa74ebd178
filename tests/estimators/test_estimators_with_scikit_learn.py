"""The estimators among scikit-learn's tools: pipelines, searches, copies, and the same bits again."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

import cutaway as ca
from cutaway.estimators import NetworkClassifier, NetworkRegressor

X, Y = load_iris(return_X_y=True)
X_NUMBERS, Y_NUMBERS = load_diabetes(return_X_y=True)
QUICK: dict[str, Any] = {"hidden_layer_sizes": 8, "max_iter": 30, "learning_rate": 0.01, "tol": None}


def quick(**params: Any) -> NetworkClassifier:
    return NetworkClassifier(**{**QUICK, "random_state": 0, **params})


def test_the_classes_are_reached_from_the_front_page() -> None:
    assert ca.estimators.NetworkClassifier is NetworkClassifier
    assert ca.estimators.NetworkRegressor is NetworkRegressor


def test_equal_random_states_give_equal_bits() -> None:
    first, second = quick(dropout=0.2).fit(X, Y), quick(dropout=0.2).fit(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(first.coefs_, second.coefs_, strict=True))
    assert first.loss_curve_ == second.loss_curve_
    assert not np.array_equal(first.coefs_[0], quick(dropout=0.2, random_state=1).fit(X, Y).coefs_[0])


def test_a_random_state_is_drawn_from_and_none_is_another_draw_each_time() -> None:
    states = [np.random.RandomState(3), np.random.RandomState(3)]
    first, second = (quick(random_state=state).fit(X, Y) for state in states)
    assert np.array_equal(first.coefs_[0], second.coefs_[0])
    assert not np.array_equal(first.coefs_[0], quick(random_state=states[0]).fit(X, Y).coefs_[0])
    a, b = quick(random_state=None).fit(X, Y), quick(random_state=None).fit(X, Y)
    assert not np.array_equal(a.coefs_[0], b.coefs_[0])


def test_a_clone_keeps_parameters_that_are_objects() -> None:
    model = quick(optimizer=ca.SGD(ca.Cosine(0.1), momentum=0.9), callbacks=[ca.EarlyStopping("loss", patience=5)])
    twin = clone(model)
    assert twin.optimizer == model.optimizer and twin.callbacks[0].patience == 5
    assert twin.set_params(optimizer=ca.Adam(0.5)).get_params()["optimizer"] == ca.Adam(0.5)
    assert "optimizer=SGD(" in repr(model)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_copies_predict_the_same_and_go_on_to_the_same_bits(copied: Any) -> None:
    model = quick().partial_fit(X, Y, classes=[0, 1, 2])
    twin = copied(model)
    assert np.array_equal(twin.predict_proba(X), model.predict_proba(X))
    model.partial_fit(X, Y)
    assert not np.array_equal(twin.predict_proba(X), model.predict_proba(X))
    assert np.array_equal(twin.partial_fit(X, Y).predict_proba(X), model.predict_proba(X))


def test_two_processes_give_the_bits_of_one() -> None:
    models = Parallel(n_jobs=2)(delayed(quick(random_state=seed).fit)(X, Y) for seed in (0, 1))
    for seed, model in enumerate(models):
        assert np.array_equal(model.coefs_[0], quick(random_state=seed).fit(X, Y).coefs_[0])


def test_a_pipeline_and_a_search() -> None:
    search = GridSearchCV(
        make_pipeline(PolynomialFeatures(2), quick()),
        {"networkclassifier__hidden_layer_sizes": [(), (8,)], "networkclassifier__optimizer": [ca.Adam(0.01), "sgd"]},
        cv=3,
    ).fit(X, Y)
    assert search.best_score_ > 0.9
    assert len(search.cv_results_["params"]) == 4


def test_cross_validation_scores_by_several_measures() -> None:
    found = cross_validate(quick(), X, Y, cv=3, scoring=["accuracy", "roc_auc_ovr", "neg_log_loss"])
    assert found["test_accuracy"].mean() > 0.9 and found["test_roc_auc_ovr"].mean() > 0.95


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration(method: str) -> None:
    model = CalibratedClassifierCV(quick(), method=method, cv=3).fit(X, Y)
    assert np.allclose(model.predict_proba(X).sum(axis=1), 1)
    assert model.score(X, Y) > 0.9


def test_permutation_importance_finds_the_column_that_matters() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 3))
    model = quick().fit(rows, rows[:, 1] > 0)
    found = permutation_importance(model, rows, rows[:, 1] > 0, n_repeats=3, random_state=0)
    assert found.importances_mean.argmax() == 1


def test_meta_estimators() -> None:
    labels = np.stack([Y, Y % 2], axis=1)
    assert MultiOutputClassifier(quick()).fit(X, labels).predict(X).shape == (150, 2)
    regressor = NetworkRegressor(**QUICK, random_state=0)
    model = TransformedTargetRegressor(regressor, func=np.log, inverse_func=np.exp).fit(X_NUMBERS, Y_NUMBERS)
    assert model.score(X_NUMBERS, Y_NUMBERS) > 0.3


def test_what_was_learned_is_a_network_for_columns_as_they_come(tmp_path: Any) -> None:
    rows = X * [1, 100, 0.01, 1] + [0, 1e4, 0, -50]
    model = quick(hidden_layer_sizes=(8, 4), batch_norm=True).fit(rows, Y)
    assert np.allclose(model.network_.predict_proba(rows), model.predict_proba(rows))
    model.network_.save(tmp_path / "iris.safetensors")
    again = ca.Network.load(tmp_path / "iris.safetensors")
    assert np.array_equal(again.predict(rows), model.predict(rows))


def test_the_weights_are_found_by_the_names_of_scikit_learn() -> None:
    model = NetworkRegressor(**{**QUICK, "activation": "tanh"}, random_state=0).fit(X_NUMBERS, Y_NUMBERS)
    (w1, w2), (b1, b2) = model.coefs_, model.intercepts_
    assert [w1.shape, w2.shape, b1.shape, b2.shape] == [(10, 8), (8, 1), (8,), (1,)]
    by_hand = np.tanh(X_NUMBERS @ w1 + b1) @ w2 + b2
    assert np.allclose(by_hand[:, 0], model.predict(X_NUMBERS))
    assert (model.n_layers_, model.n_outputs_, model.out_activation_) == (3, 1, "identity")
    assert model.n_iter_ == len(model.loss_curve_) == 30 and model.t_ == 30 * len(X_NUMBERS)
    assert model.loss_ == model.loss_curve_[-1] and model.best_loss_ == min(model.loss_curve_)
