"""What goes in: weights of rows and classes, sparse matrices, data frames, labels of any kind, several outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_array
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.utils.class_weight import compute_sample_weight

from cutaway import SGD
from cutaway.errors import UsageError
from cutaway.estimators import NetworkClassifier, NetworkRegressor, base

X, Y = load_iris(return_X_y=True)
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(60, 3))
TARGETS = NUMBERS @ [[1.0, 0.0], [0.5, 2.0], [0.0, -1.0]] * [1, 1000] + [0, 5e4]
QUICK: dict[str, Any] = {"hidden_layer_sizes": 8, "max_iter": 40, "learning_rate": 0.01, "tol": None, "random_state": 0}


def test_a_row_of_weight_two_counts_like_two_rows() -> None:
    weights = RNG.integers(0, 3, size=len(X))
    model = NetworkClassifier(**QUICK, batch_size=300)
    one = model.fit(X, Y, sample_weight=weights).predict_proba(X)
    other = model.fit(X.repeat(weights, axis=0), Y.repeat(weights)).predict_proba(X)
    assert np.allclose(one, other, atol=1e-9)
    assert not np.allclose(one, model.fit(X, Y).predict_proba(X), atol=1e-3)


def test_rows_of_weight_zero_are_left_out_but_their_classes_stay() -> None:
    model = NetworkClassifier(**QUICK).fit(X, Y, sample_weight=Y < 2)
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.predict_proba(X)[:, 2].max() < 0.5
    assert np.allclose(model.loss_curve_, NetworkClassifier(**QUICK).fit(X, Y, (Y < 2) * 3.0).loss_curve_)


@pytest.mark.parametrize("class_weight", ["balanced", {"setosa": 5.0, "virginica": 0.5}], ids=["balanced", "dict"])
def test_class_weights_are_weights_of_the_rows(class_weight: Any) -> None:
    names = np.array(["setosa", "versicolor", "virginica"])[Y][20:130]
    model = NetworkClassifier(**QUICK, class_weight=class_weight).fit(X[20:130], names)
    weights = compute_sample_weight(class_weight, names)
    other = NetworkClassifier(**QUICK).fit(X[20:130], names, sample_weight=weights)
    assert np.allclose(model.predict_proba(X), other.predict_proba(X))


def test_balanced_classes_count_the_weights_of_their_rows() -> None:
    weights = RNG.integers(1, 4, size=len(X))
    model = NetworkClassifier(**QUICK, class_weight="balanced", batch_size=400)
    one = model.fit(X, Y, sample_weight=weights).predict_proba(X)
    assert np.allclose(one, model.fit(X.repeat(weights, axis=0), Y.repeat(weights)).predict_proba(X), atol=1e-9)


@pytest.mark.parametrize("container", [csr_array, csc_matrix])
def test_sparse_rows_give_what_dense_ones_give(container: Any) -> None:
    rows = np.where(X > 2, X, 0)
    dense, sparse = NetworkClassifier(**QUICK).fit(rows, Y), NetworkClassifier(**QUICK).fit(container(rows), Y)
    assert np.array_equal(dense.predict_proba(rows), sparse.predict_proba(rows))
    assert np.allclose(sparse.predict_proba(container(rows)), dense.predict_proba(rows))


def test_large_sparse_matrices_stay_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_SMALL", 0)
    rows = csr_array(np.where(X > 2, X, 0) * [1, 100, 1, 0])
    model = NetworkClassifier(**{**QUICK, "max_iter": 150}, early_stopping=True).fit(rows, Y)
    assert model.score(rows, Y) > 0.9
    assert np.array_equal(model.predict(rows), model.predict(rows.toarray()))
    model = NetworkClassifier(**QUICK).partial_fit(rows[:50], Y[:50], classes=[0, 1, 2])
    assert model.partial_fit(rows, Y).n_iter_ == 2


def test_data_frames_keep_their_names() -> None:
    pd = pytest.importorskip("pandas", reason="pandas makes data frames")
    frame = pd.DataFrame(X, columns=list("abcd"))
    labels = pd.Series(np.array(["x", "y", "z"], dtype=object)[Y], name="kind")
    model = NetworkClassifier(**QUICK, early_stopping=True).fit(frame, labels)
    assert model.feature_names_in_.tolist() == list("abcd")
    assert set(model.predict(frame)) <= {"x", "y", "z"} and model.score(frame, labels) > 0.9
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[list("dcba")])
    numbers = pd.DataFrame(TARGETS, columns=["s", "t"])
    assert NetworkRegressor(**QUICK).fit(pd.DataFrame(NUMBERS), numbers).predict(NUMBERS).shape == (60, 2)


@pytest.mark.parametrize("labels", [np.array(["no", "yes"]), np.array([-1, 7]), np.array([False, True])], ids=str)
def test_two_labels_of_any_kind(labels: np.ndarray) -> None:
    y = labels[(Y > 0).astype(int)]
    model = NetworkClassifier(**QUICK).fit(X, y)
    assert np.array_equal(model.classes_, labels) and model.score(X, y) == 1
    z, p = model.decision_function(X), model.predict_proba(X)
    assert np.array_equal(model.predict(X), labels[(z > 0).astype(int)])
    assert np.allclose(p[:, 1], 1 / (1 + np.exp(-z))) and np.allclose(np.exp(model.predict_log_proba(X)), p)


def test_logarithms_of_probabilities_that_are_too_small_for_a_number() -> None:
    model = NetworkClassifier(**QUICK).fit(X, Y)
    far = model.predict_log_proba(X * 1e5)
    assert np.isfinite(far).all() and far.min() < -800
    assert model.predict_proba(X * 1e5).min() == 0


@pytest.mark.parametrize("labels", [Y, Y > 0, np.stack([Y > 0, Y > 1, Y < 9], axis=1)], ids=["three", "two", "several"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logarithms_are_those_of_the_probabilities_that_are_given(labels: np.ndarray, dtype: str) -> None:
    model = NetworkClassifier(**QUICK, dtype=dtype).fit(X, labels)
    for rows in (X, X * 30, X * 1e5):
        p, logarithms = model.predict_proba(rows), model.predict_log_proba(rows)
        given = p >= np.finfo(p.dtype).tiny
        assert np.array_equal(logarithms[given], np.log(p[given])) and (logarithms[~given] < -80).all()


def test_a_single_class_is_always_predicted() -> None:
    model = NetworkClassifier(**QUICK).fit(X, np.full(150, "only"))
    assert set(model.predict(X)) == {"only"}
    assert np.array_equal(model.predict_proba(X), np.ones((150, 1)))
    assert np.array_equal(model.predict_log_proba(X), np.zeros((150, 1)))


def test_several_labels_in_each_row() -> None:
    rows, labels = make_multilabel_classification(n_samples=80, n_classes=4, random_state=0)
    model = NetworkClassifier(**{**QUICK, "max_iter": 150}).fit(rows, labels)
    p = model.predict_proba(rows)
    assert p.shape == labels.shape and np.ptp(p.sum(axis=1)) > 0.5
    assert np.array_equal(model.predict(rows), p > 0.5) and model.score(rows, labels) > 0.9
    assert np.array_equal(model.fit(rows, csr_array(labels)).predict_proba(rows), p)
    assert model.out_activation_ == "sigmoid" and model.n_outputs_ == 4
    weighted = NetworkClassifier(**QUICK, class_weight="balanced").fit(rows, labels)
    assert not np.allclose(weighted.predict_proba(rows), p)


def test_the_log_loss_of_several_labels_is_the_sum_of_theirs() -> None:
    rows, labels = make_multilabel_classification(n_samples=80, n_classes=4, random_state=0)
    params = {**QUICK, "optimizer": SGD(0.0), "learning_rate": None, "max_iter": 1}
    mean, total = (NetworkClassifier(**params, loss=loss).fit(rows, labels) for loss in ("auto", "log_loss"))
    assert np.isclose(total.loss_, 4 * mean.loss_, rtol=1e-12)
    slow = {**params, "optimizer": SGD(0.1, weight_decay=0.04), "max_iter": 20}
    fast = {**params, "optimizer": SGD(0.4, weight_decay=0.01), "max_iter": 20}
    one, other = (
        NetworkClassifier(**slow, loss="log_loss").fit(rows, labels),
        NetworkClassifier(**fast).fit(rows, labels),
    )
    assert np.allclose(one.coefs_[0], other.coefs_[0], rtol=1e-9) and one.score(rows, labels) == other.score(
        rows, labels
    )
    for y in (Y, Y > 0):
        one, other = NetworkClassifier(**QUICK, loss="log_loss").fit(X, y), NetworkClassifier(**QUICK).fit(X, y)
        assert one.loss_curve_ == other.loss_curve_


def test_the_log_loss_is_exact_where_probabilities_are_rounded_to_one() -> None:
    rows, labels = np.array([[1.0], [-1.0]]), np.array([[0, 1], [1, 0]])
    params = {
        "loss": "log_loss",
        "optimizer": SGD(1.0),
        "standardize": False,
        "init": 1000.0,
        "max_iter": 1,
        "tol": None,
    }
    model = NetworkClassifier((), **params).fit(rows, labels)
    assert model.loss_ == 1000.0 and np.allclose(model.coefs_[0], [[999.0, 1000.0]])


def test_several_numbers_of_different_size() -> None:
    model = NetworkRegressor(**{**QUICK, "max_iter": 300}).fit(NUMBERS, TARGETS)
    errors = np.abs(model.predict(NUMBERS) - TARGETS).mean(axis=0) / TARGETS.std(axis=0)
    assert errors.max() < 0.1


@pytest.mark.parametrize("shape", [(60,), (60, 1), (60, 2)], ids=str)
def test_predictions_have_the_shape_of_the_targets(shape: tuple[int, ...]) -> None:
    y = TARGETS[:, : np.prod(shape[1:], dtype=int)].reshape(shape)
    assert NetworkRegressor(**QUICK).fit(NUMBERS, y).predict(NUMBERS).shape == shape


def test_the_order_of_numbers_in_memory_does_not_matter() -> None:
    rows = {"C": np.ascontiguousarray(X), "F": np.asfortranarray(X), "strided": np.repeat(X, 2, axis=1)[:, ::2]}
    found = {name: NetworkClassifier(**QUICK).fit(X_, Y) for name, X_ in rows.items()}
    for name, model in found.items():
        assert np.array_equal(model.coefs_[0], found["C"].coefs_[0])
        assert np.array_equal(model.predict_proba(rows[name]), found["C"].predict_proba(X))


def test_the_unit_of_a_column_does_not_matter() -> None:
    gain, shift = [1e-3, 1.0, 1e4], [0.0, 1e3, -5.0]
    one = NetworkRegressor(**QUICK).fit(NUMBERS, TARGETS)
    other = NetworkRegressor(**QUICK).fit(NUMBERS * gain + shift, TARGETS * 1e-3 - 7)
    assert np.allclose(other.predict(NUMBERS * gain + shift), one.predict(NUMBERS) * 1e-3 - 7)
    as_is = NetworkRegressor(**QUICK, standardize=False).fit(NUMBERS, TARGETS)
    assert not np.allclose(as_is.predict(NUMBERS), one.predict(NUMBERS), rtol=0.1)


def test_constant_columns_do_no_harm() -> None:
    rows = np.column_stack([X, np.full(150, 0.1), np.full(150, 1e300)])
    model = NetworkClassifier(**QUICK).fit(rows, Y)
    assert model.score(rows, Y) > 0.9 and not model.coefs_[0][4:].any()
    assert NetworkRegressor(**QUICK).fit(X, np.full(150, 7.0)).predict(X) == pytest.approx(7.0, abs=0.5)


def test_predictions_are_of_the_dtype_of_the_data() -> None:
    for dtype in (np.float32, np.float64):
        model = NetworkRegressor(**QUICK).fit(NUMBERS.astype(dtype), TARGETS)
        assert model.coefs_[0].dtype == model.predict(NUMBERS.astype(dtype)).dtype == dtype
    model = NetworkRegressor(**QUICK, dtype="float32").fit(NUMBERS, TARGETS)
    assert model.coefs_[0].dtype == np.float32 and model.predict(NUMBERS).dtype == np.float64


def test_one_class_in_each_of_several_columns_is_refused() -> None:
    with pytest.raises(UsageError, match="MultiOutputClassifier"):
        NetworkClassifier(**QUICK).fit(X, np.stack([Y, Y], axis=1))
