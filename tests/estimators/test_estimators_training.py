"""How the estimators train: every parameter, early stopping, several starts, warm starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

import cutaway as ca
from cutaway.estimators import NetworkClassifier, NetworkRegressor

X, Y = load_iris(return_X_y=True)
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(80, 3)) * [1, 10, 0.1] + [0, 5, 1]
TARGETS = NUMBERS @ [1.0, 0.5, 3.0] + 20
COUNTS = RNG.poisson(np.exp(0.3 * NUMBERS[:, 0]))
QUICK: dict[str, Any] = {"hidden_layer_sizes": 8, "max_iter": 30, "learning_rate": 0.01, "tol": None, "random_state": 0}


def quick(**params: Any) -> NetworkClassifier:
    return NetworkClassifier(**{**QUICK, **params})


@pytest.mark.parametrize(
    ("params", "layers"),
    [
        ({"hidden_layer_sizes": ()}, "[Dense(3, 'softmax')]"),
        (
            {"hidden_layer_sizes": (8, 4), "activation": ("tanh", "gelu")},
            "[Dense(8, 'tanh'), Dense(4, 'gelu'), Dense(3, 'softmax')]",
        ),
        (
            {"hidden_layer_sizes": [8, 4], "dropout": (0.5, 0.0)},
            "[Dense(8, 'relu'), Dropout(0.5), Dense(4, 'relu'), Dense(3, 'softmax')]",
        ),
        (
            {"batch_norm": True, "activation": np.sin},
            "[Dense(8), BatchNorm(), Activation(sin), Dense(3, 'softmax')]",
        ),
    ],
    ids=["none", "activations", "dropout", "batch-norm"],
)
def test_the_layers(params: dict[str, Any], layers: str) -> None:
    model = quick(**params).fit(X, Y)
    plain = [str(layer).replace(", weights='glorot_uniform'", "") for layer in model.network_.layers]
    assert f"[{', '.join(plain)}]" == layers
    assert model.score(X, Y) > 0.6


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": "adamw", "schedule": "cosine"},
        {"optimizer": ca.SGD(0.1, momentum=0.9), "learning_rate": None},
        {"optimizer": "sgd", "learning_rate": None, "schedule": ca.OneCycle(0.5)},
        {"optimizer": ca.RMSprop(), "schedule": "one-cycle"},
        {"loss": "mean_squared_error", "learning_rate": 0.05},
        {"loss": lambda t, p: ((t - p) ** 4).sum(axis=1), "learning_rate": 0.05},
        {"init": "he_normal", "weight_decay": 0.01, "batch_size": 16, "shuffle": False},
    ],
    ids=["adamw", "momentum", "schedule", "one-cycle", "squares", "own-loss", "init"],
)
def test_optimizers_schedules_and_losses(params: dict[str, Any]) -> None:
    assert quick(**params).fit(X, Y).score(X, Y) > 0.85


def test_a_schedule_is_followed() -> None:
    model = quick(schedule="cosine", max_iter=4, batch_size=150).fit(X, Y)
    assert np.allclose(model.history_["lr"], ca.Cosine(0.01).rates(1, 4))


def test_weight_decay_is_small_for_a_name_and_that_of_an_object() -> None:
    weights = [np.abs(quick(weight_decay=d, max_iter=100).fit(X, Y).coefs_[1]).sum() for d in (0.0, "auto", 0.1)]
    assert weights[0] > weights[1] > weights[2]
    same = [quick(optimizer=ca.Adam(0.01), weight_decay=d).fit(X, Y).coefs_[0] for d in (0.0, "auto")]
    assert np.array_equal(*same)


@pytest.mark.parametrize(
    ("loss", "y"),
    [("mean_absolute_error", TARGETS), (ca.nn.huber(2.0), TARGETS / 10), ("poisson", COUNTS)],
    ids=["absolute", "huber", "poisson"],
)
def test_losses_of_numbers(loss: Any, y: np.ndarray) -> None:
    model = NetworkRegressor(**{**QUICK, "max_iter": 300}, loss=loss).fit(NUMBERS, y)
    assert model.score(NUMBERS, y) > (0.1 if loss == "poisson" else 0.95)
    assert loss != "poisson" or (model.predict(NUMBERS) > 0).all()


def test_an_output_activation_of_ones_own_bounds_the_predictions() -> None:
    model = NetworkRegressor(**QUICK, out_activation="sigmoid").fit(NUMBERS, (TARGETS > 25) * 1.0)
    p = model.predict(NUMBERS)
    assert p.min() >= 0 and p.max() <= 1 and model.out_activation_ == "sigmoid"


def test_early_stopping_keeps_the_weights_of_the_best_epoch() -> None:
    rows, labels = RNG.normal(size=(120, 5)), RNG.integers(0, 2, size=120)
    model = quick(max_iter=300, early_stopping=True, tol=0.0, n_iter_no_change=5, learning_rate=0.05)
    model.fit(rows[:60], labels[:60], X_val=rows[60:], y_val=labels[60:])
    curve = model.validation_loss_curve_
    assert curve is not None and model.n_iter_ == len(curve) == int(np.argmin(curve)) + 6
    p = model.predict_proba(rows[60:])[np.arange(60), labels[60:]]
    assert np.isclose(-np.log(p).mean(), min(curve))
    assert model.best_loss_ is None and model.validation_scores_ is None


def test_early_stopping_by_a_metric() -> None:
    model = quick(max_iter=100, early_stopping="balanced_accuracy", n_iter_no_change=5).fit(X, Y)
    scores = model.validation_scores_
    assert scores is not None and model.best_validation_score_ == max(scores) and model.n_iter_ == len(scores) < 100
    errors = NetworkRegressor(**QUICK, early_stopping="mean_absolute_error").fit(NUMBERS, TARGETS)
    assert errors.best_validation_score_ == min(errors.validation_scores_ or [])


def test_rows_to_watch_by_do_not_stop_the_training_by_themselves() -> None:
    model = quick().fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
    assert model.n_iter_ == 30 and len(model.validation_loss_curve_ or []) == 30
    alone = quick().fit(X[::2], Y[::2])
    assert np.array_equal(alone.coefs_[0], model.coefs_[0]) and alone.validation_loss_curve_ is None


def test_held_out_rows_count_by_their_weights() -> None:
    heavy = np.where(Y == 2, 1.0, 1e-6)
    model = quick(max_iter=3).fit(X, Y, X_val=X, y_val=Y, sample_weight_val=heavy)
    p = model.predict_proba(X)[Y == 2, 2]
    assert np.isclose((model.validation_loss_curve_ or [])[-1], -np.log(p).mean(), rtol=1e-4)


def test_a_share_is_held_out_of_each_class_alike() -> None:
    y = np.repeat([0, 1, 2], [135, 10, 5])
    assert np.isfinite(quick(early_stopping=True, max_iter=3).fit(X, y).validation_loss_curve_ or [np.nan]).all()
    with pytest.raises(ValueError, match="only 1 member"):
        quick(early_stopping=True).fit(X, np.repeat([0, 1], [149, 1]))


def test_a_training_that_has_not_converged_says_so() -> None:
    with pytest.warns(ConvergenceWarning, match="Maximum iterations \\(30\\)"):
        quick(tol=1e-4).fit(X, Y)
    model = quick(tol=0.5, max_iter=1000).fit(X, Y)
    assert model.n_iter_ < 1000 and model.history_.stopped == "early stopping"


def test_the_best_of_several_starts_is_kept() -> None:
    state = np.random.RandomState(0)
    ends = [quick(random_state=state).fit(X, Y).loss_ for _ in range(4)]
    model = quick(n_init=4).fit(X, Y)
    assert model.loss_ == pytest.approx(min(ends)) and min(ends) < max(ends)
    assert quick(n_init=4, callbacks=lambda record: None).fit(X, Y).loss_ == min(ends)
    assert quick(n_init=3, early_stopping=True, max_iter=500).fit(X, Y).history_.stopped == "early stopping"


def test_callbacks_hear_each_epoch_and_may_stop(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[int] = []

    def listen(record: dict[str, Any]) -> bool:
        heard.append(record["epoch"])
        return record["epoch"] == 7

    assert quick(callbacks=listen, verbose=True).fit(X, Y).n_iter_ == 7 and heard == list(range(1, 8))
    assert capsys.readouterr().out.splitlines()[6].startswith("Iteration 7, loss = ")


def test_training_goes_on_from_a_warm_start() -> None:
    model = quick(warm_start=True).fit(X, Y)
    first = model.loss_
    assert model.fit(X, Y).loss_curve_[0] < first * 1.1 and model.loss_ < first and model.n_iter_ == 30
    before = model.predict_proba(X)
    model.set_params(learning_rate=0.0).fit(X, Y)
    assert np.allclose(model.predict_proba(X), before)
