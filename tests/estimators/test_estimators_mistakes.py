"""What is wrong with the parameters or the data of an estimator is said at ``fit``, in words that help."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

import cutaway as ca
from cutaway.estimators import NetworkClassifier, NetworkRegressor
from cutaway.estimators.training import best

X, Y = load_iris(return_X_y=True)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": (8, 0)}, "an entry of hidden_layer_sizes must be a whole number of at least 1"),
        ({"hidden_layer_sizes": "8"}, "hidden_layer_sizes must be a whole number"),
        ({"activation": "rellu"}, "Did you mean 'relu'"),
        ({"activation": ("relu", "tanh")}, "activation must be one for all hidden layers.*received 2 for 1"),
        ({"dropout": 1.0}, "dropout must be a number in \\[0, 1\\)"),
        ({"dropout": (0.1, 0.2)}, "dropout must be one for all"),
        ({"loss": "squared"}, "loss is not known"),
        ({"loss": "binary_cross_entropy"}, "This loss does not suit y, which is multiclass"),
        ({"loss": "categorical_cross_entropy_from_logits"}, "needs logits"),
        ({"optimizer": "adamm"}, "Did you mean 'adam'"),
        ({"optimizer": ca.SGD}, "the optimizer must be a name or an Optimizer"),
        ({"learning_rate": -1.0}, "lr of Adam must be a number, 0 or more"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"),
        ({"schedule": ca.Cosine(0.1), "learning_rate": 0.1}, "A schedule holds the learning rate itself"),
        ({"schedule": "cosine", "learning_rate": ca.Cosine(0.1)}, "There are two schedules"),
        ({"weight_decay": "none"}, "weight_decay is not known"),
        ({"weight_decay": -0.1}, "weight_decay of Adam must be a number, 0 or more"),
        ({"init": "glorot"}, "weights of Dense is not known"),
        ({"batch_norm": "yes"}, "batch_norm must be True or False"),
        ({"standardize": 1}, "standardize must be True or False"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1"),
        ({"batch_size": "all"}, "batch_size must be a whole number"),
        ({"max_iter": 0}, "max_iter must be a whole number"),
        ({"optimizer": "lbfgs", "max_fun": 0}, "max_fun must be a whole number of at least 1"),
        ({"shuffle": None}, "shuffle must be True or False"),
        ({"class_weight": "equal"}, "balanced"),
        ({"class_weight": {7: 1.0}}, "class_weight"),
        ({"early_stopping": "val_loss"}, "early_stopping is not known"),
        ({"early_stopping": True, "validation_fraction": 1.5}, "validation_fraction must be a number in \\(0, 1\\)"),
        ({"tol": -1.0}, "tol must be a number in \\[0, inf\\)"),
        ({"n_iter_no_change": 0}, "n_iter_no_change must be a whole number"),
        ({"n_init": 0}, "n_init must be a whole number"),
        ({"warm_start": "yes"}, "warm_start must be True or False"),
        ({"callbacks": 3}, "a callback must be a Callback"),
        ({"engine": "fast"}, "engine is not known"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_parameters(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkClassifier(**{"max_iter": 2, "tol": None, **params}).fit(X, Y)


@pytest.mark.parametrize(
    ("kind", "y", "weights", "message"),
    [
        (NetworkClassifier, Y[:-1], None, "inconsistent numbers of samples"),
        (NetworkClassifier, Y + 0.5, None, "continuous"),
        (NetworkClassifier, Y, Y * 0, "All rows have a weight of zero"),
        (NetworkClassifier, Y, Y - 1.0, "cannot be negative"),
        (NetworkClassifier, Y, Y[:-1], "one number for each row"),
        (NetworkRegressor, np.array(["a", "b"])[Y % 2], None, "y must be numbers"),
        (NetworkRegressor, np.where(Y, np.nan, 1.0), None, "NaN"),
    ],
    ids=["rows", "continuous", "zero", "negative", "too-few", "text", "nan"],
)
def test_data(kind: Any, y: np.ndarray, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(max_iter=2, tol=None).fit(X, y, sample_weight=weights)


@pytest.mark.parametrize(
    ("kind", "y", "metric", "suitable"),
    [
        (NetworkClassifier, Y, "r2", "loss, accuracy, balanced_accuracy, precision, recall, f1"),
        (NetworkClassifier, np.stack([Y > 0, Y > 1], axis=1), "f1", "loss, accuracy"),
        (NetworkRegressor, Y, "accuracy", "loss, r2, mean_squared_error, root_mean_squared_error, mean_absolute_error"),
    ],
    ids=["classes", "labels", "numbers"],
)
def test_a_metric_that_does_not_suit_the_targets(kind: Any, y: np.ndarray, metric: str, suitable: str) -> None:
    with pytest.raises(ValueError, match=rf"does not suit y; received '{metric}'\. Choose one of: {suitable}\.$"):
        kind(early_stopping=metric).fit(X, y)
    for name in suitable.split(", "):
        kind(4, early_stopping=name, max_iter=2).fit(X, y)


def test_counts_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        NetworkRegressor(loss="poisson").fit(X, Y - 1)


def test_one_row_is_too_few_for_a_batch_normalisation() -> None:
    with pytest.raises(ValueError, match="batch_norm needs at least two rows"):
        NetworkRegressor(batch_norm=True).fit(X[:1], Y[:1])


@pytest.mark.parametrize("n", [32, 33, 65])
def test_a_batch_normalisation_never_meets_a_single_row(n: int) -> None:
    assert np.isfinite(
        NetworkRegressor(4, batch_norm=True, batch_size=32, max_iter=2, tol=None).fit(X[:n], Y[:n]).loss_
    )


def test_partial_fit() -> None:
    model = NetworkClassifier(4, random_state=0)
    with pytest.raises(ValueError, match=r"needs all classes.*classes=numpy.unique\(y\)"):
        model.partial_fit(X, Y)
    with pytest.raises(ValueError, match="not among the classes"):
        model.partial_fit(X, Y, classes=[0, 1])
    model = NetworkClassifier(4, random_state=0).partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="classes must be those of the first call"):
        model.partial_fit(X, Y, classes=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="not among the classes"):
        model.partial_fit(X, Y + 1)
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        model.set_params(early_stopping=True).partial_fit(X, Y)
    with pytest.raises(ValueError, match="needs all rows at once"):
        model.set_params(early_stopping=False, class_weight="balanced").partial_fit(X, Y)
    numbers = NetworkRegressor(4, random_state=0).partial_fit(X, Y)
    with pytest.raises(ValueError, match="y has 2 columns, and had 1 before"):
        numbers.partial_fit(X, np.stack([Y, Y], axis=1))


def test_a_warm_start_needs_the_same_classes() -> None:
    model = NetworkClassifier(4, max_iter=2, tol=None, warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"warm_start .* Previously got \[0 1 2\], `y` has \[0 1\]"):
        model.fit(X[:100], Y[:100])


@pytest.mark.parametrize("starts", [1, 3], ids=["alone", "together"])
@pytest.mark.parametrize("watched", [False, True, "r2"])
def test_a_training_that_diverges_keeps_finite_weights_and_ends_its_curves_with_nan(watched: Any, starts: int) -> None:
    params = {"optimizer": ca.SGD(1.0), "standardize": False, "batch_size": 200, "random_state": 0, "n_init": starts}
    model = NetworkRegressor(8, "identity", early_stopping=watched, **params)
    with pytest.warns(ca.errors.DivergenceWarning):
        model.fit(X, Y)
    assert all(np.isfinite(w).all() for w in model.coefs_)
    assert not watched or np.isfinite(model.predict(X)).all()  # those of the best epoch
    assert model.history_.stopped == "diverged" and model.n_iter_ == len(model.loss_curve_) > 1
    for curve in (model.loss_curve_, model.validation_loss_curve_, model.validation_scores_):
        assert curve is None or (np.isfinite(curve[0]) and np.isnan(curve[-1]) and len(curve) == model.n_iter_)
    assert (model.validation_loss_curve_ is None, model.validation_scores_ is None) == (not watched, watched != "r2")
    assert np.isfinite(model.loss_curve_[:-1]).all() and np.isnan(model.loss_)
    for value in (model.best_loss_, model.best_validation_score_):
        assert value is None or np.isfinite(value)


def test_a_start_that_diverges_is_never_the_best() -> None:
    finite, lost = ca.History([{"epoch": 1, "loss": 5.0}], "finished"), ca.History(stopped="diverged")
    for record in ({"epoch": 1, "loss": 1.0}, {"epoch": 2, "loss": float("nan")}):
        lost.append(record)
    networks: list[Any] = ["lost", "finite"]
    assert best(networks, [lost, finite], None) == ("finite", finite)


@pytest.mark.parametrize("fit", ["fit", "partial_fit"])
@pytest.mark.filterwarnings("ignore::cutaway.errors.DivergenceWarning")
def test_a_training_that_diverges_at_once_has_nothing_to_keep(fit: str) -> None:
    message = (
        r"Solver produced non-finite .* need to be preprocessed; received X up to 7.9e\+300 and targets up to 2\. "
    )
    with pytest.raises(ca.errors.DataError, match=message + "Write standardize=True, or a smaller learning_rate"):
        getattr(NetworkRegressor(8, standardize=False), fit)(X * 1e300, Y)
    with pytest.raises(ca.errors.DataError, match=r"2\. Write a smaller learning_rate"):
        getattr(NetworkRegressor(8, optimizer=ca.SGD(1e300)), fit)(X, Y)
    model = NetworkRegressor(8, warm_start=True, max_iter=3, tol=None, random_state=0).fit(X, Y)
    before = model.predict(X)
    model.set_params(standardize=False)
    with pytest.warns(ca.errors.DivergenceWarning):
        getattr(model, fit)(X * 1e300, Y)
    assert np.allclose(model.predict(X), before)


def test_classes_too_small_to_hold_out_are_called_by_their_own_labels() -> None:
    with pytest.raises(
        ValueError, match=r"least populated classes in y have only 1 member.*few members are: \['iris'\]"
    ):
        NetworkClassifier(early_stopping=True).fit(X[:4], ["rose", "rose", "rose", "iris"])
