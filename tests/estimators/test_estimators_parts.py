"""Training in parts: the same as in one, and with compiled steps that serve again the same as without."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

import cutaway as ca
from cutaway.estimators import NetworkClassifier, NetworkRegressor, parts
from cutaway.train import loop

X, Y = load_iris(return_X_y=True)
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(80, 3)) * [1, 10, 0.1] + [0, 5, 1]
TARGETS = NUMBERS @ [1.0, 0.5, 3.0] + 20
QUICK: dict[str, Any] = {"hidden_layer_sizes": 8, "max_iter": 30, "learning_rate": 0.01, "tol": None, "random_state": 0}
SIZES = (40, 40, 10, 40, 1, 10, 9)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of each step that is compiled."""
    found: list[int] = []
    original = loop.CompiledStep

    def noted(run: Any, rows: int) -> Any:
        found.append(rows)
        return original(run, rows)

    monkeypatch.setattr(loop, "CompiledStep", noted)
    return found


def trained_in_parts(model: Any, **more: Any) -> Any:
    order = np.random.default_rng(1).permutation(150)
    for part in np.split(order, np.cumsum(SIZES)[:-1]):
        model.partial_fit(X[part], Y[part], **{k: v[part] for k, v in more.items()})
    return model


@pytest.mark.parametrize("optimizer", [ca.Adam(0.01), ca.SGD(0.1, momentum=0.9)], ids=["adam", "momentum"])
def test_training_in_parts_is_the_training_in_one(optimizer: Any) -> None:
    whole = NetworkRegressor(**{**QUICK, "learning_rate": None, "optimizer": optimizer, "batch_size": 80})
    pieces = NetworkRegressor(**whole.get_params())
    whole.fit(NUMBERS, TARGETS)
    for _ in range(30):
        pieces.partial_fit(NUMBERS, TARGETS)
    assert np.allclose(pieces.predict(NUMBERS), whole.predict(NUMBERS), rtol=1e-9)
    assert np.allclose(pieces.loss_curve_, whole.loss_curve_) and pieces.t_ == whole.t_


@pytest.mark.parametrize(
    ("params", "more"),
    [
        ({}, {}),
        ({"dropout": 0.3, "batch_size": 16}, {}),
        ({"optimizer": ca.SGD(0.1, momentum=0.9), "learning_rate": None, "schedule": "cosine", "max_iter": 7}, {}),
        ({"standardize": False, "dtype": "float32"}, {"sample_weight": 1.0 + Y}),
        ({"shuffle": False, "batch_size": 7, "loss": lambda t, y: (t - y) ** 4}, {}),
    ],
    ids=["defaults", "dropout", "schedule", "weights", "own-loss"],
)
def test_steps_that_serve_again_give_the_same_bits(
    params: dict[str, Any], more: dict[str, Any], compiled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = trained_in_parts(NetworkRegressor(**{**QUICK, **params}), **more)
    few = len(compiled)
    monkeypatch.setattr(parts, "_MOST", 0)
    anew = trained_in_parts(NetworkRegressor(**{**QUICK, **params}), **more)
    assert few < len(compiled) - few
    assert again.loss_curve_ == anew.loss_curve_ and again.history_["lr"].tolist() == anew.history_["lr"].tolist()
    assert all(np.array_equal(a, b) for a, b in zip(again.coefs_, anew.coefs_, strict=True))


@pytest.mark.native
def test_machine_code_is_made_for_each_part() -> None:
    pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")
    model = trained_in_parts(NetworkRegressor(**QUICK, dropout=0.3, engine="native"))
    reference = trained_in_parts(NetworkRegressor(**QUICK, dropout=0.3, engine="numpy"))
    assert not model._progress.runs and reference._progress.runs
    assert np.allclose(model.loss_curve_, reference.loss_curve_)


def test_a_step_is_compiled_once_for_parts_of_one_size(compiled: list[int]) -> None:
    model = NetworkClassifier(**QUICK, batch_norm=True)
    for _ in range(3):
        for part in (slice(0, 50), slice(50, 100), slice(100, 120)):
            model.partial_fit(X[part], Y[part], classes=[0, 1, 2])
    assert sorted(compiled) == [18, 20, 32]


def test_other_parameters_are_compiled_anew(compiled: list[int]) -> None:
    model = NetworkRegressor(**QUICK)
    for changed in ({}, {"weight_decay": 0.1}, {"loss": "mean_absolute_error"}, {"optimizer": "sgd"}):
        model.set_params(**changed).partial_fit(NUMBERS, TARGETS)
    model.set_params(learning_rate=0.5).partial_fit(NUMBERS, TARGETS)
    assert len(compiled) == 2 * 4 and model.history_["lr"][-1] == 0.5  # batches of two sizes in each
    model.fit(NUMBERS, TARGETS).partial_fit(NUMBERS, TARGETS)
    assert len(compiled) == 2 * 6


def test_the_arrays_of_the_user_are_left_alone() -> None:
    rows, targets = NUMBERS.copy(), TARGETS.copy()
    model = NetworkRegressor(**QUICK, standardize=False)
    model.partial_fit(rows, targets).partial_fit(rows[::-1] * 2, targets[::-1] * 2)
    assert np.array_equal(rows, NUMBERS) and np.array_equal(targets, TARGETS)


def test_copies_and_pickles_do_not_carry_compiled_steps() -> None:
    model = NetworkRegressor(**QUICK).partial_fit(NUMBERS, TARGETS)
    assert len(model._progress.runs) == 1
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert not twin._progress.runs and twin._progress.steps == model._progress.steps
    twin, before = copy.deepcopy(model), model.predict(NUMBERS)
    twin.partial_fit(NUMBERS, TARGETS)
    assert np.array_equal(model.predict(NUMBERS), before)


def test_a_part_that_diverges_leaves_the_last_finite_weights_and_the_next_begins_well() -> None:
    model = NetworkRegressor(**{**QUICK, "batch_size": 80}, standardize=False)
    model.partial_fit(NUMBERS, TARGETS)
    good = model.predict(NUMBERS)
    with pytest.warns(ca.errors.DivergenceWarning):
        model.partial_fit(NUMBERS, np.full(80, 1e300))
    assert np.array_equal(model.predict(NUMBERS), good) and model.history_.stopped == "diverged"
    assert np.isfinite(model.partial_fit(NUMBERS, TARGETS).loss_) and model.history_.stopped == "finished"


def test_a_listener_that_fails_leaves_the_estimator_as_it_was() -> None:
    model = NetworkRegressor(**QUICK).partial_fit(NUMBERS, TARGETS)
    twin, before = copy.deepcopy(model), model.predict(NUMBERS)
    with pytest.raises(ZeroDivisionError):
        model.set_params(callbacks=lambda record: 1 / 0).partial_fit(NUMBERS, TARGETS)
    assert np.array_equal(model.predict(NUMBERS), before)
    model.set_params(callbacks=None).partial_fit(NUMBERS, TARGETS)
    assert np.array_equal(model.predict(NUMBERS), twin.partial_fit(NUMBERS, TARGETS).predict(NUMBERS))


def test_columns_are_known_better_with_each_part() -> None:
    model = NetworkRegressor(**QUICK)
    for part in np.array_split(np.arange(80), 7):
        model.partial_fit(NUMBERS[part], TARGETS[part])
    scaler = StandardScaler().fit(NUMBERS)
    assert model._units_.X is not None
    assert np.allclose(model._units_.X.mean, scaler.mean_) and np.allclose(model._units_.X.variance, scaler.var_)


def test_parts_of_many_sizes_and_of_one_row() -> None:
    model = NetworkClassifier(**{**QUICK, "learning_rate": 0.02})
    order = RNG.permutation(150)
    for _ in range(8):
        for part in np.split(order, [1, 2, 40, 41]):
            model.partial_fit(X[part], Y[part], classes=[0, 1, 2])
    assert model.score(X, Y) > 0.8
