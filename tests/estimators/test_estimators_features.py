"""The estimators as transformers, and the names of columns: of features that were learned, and of targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from cutaway.errors import UsageError
from cutaway.estimators import NetworkClassifier, NetworkRegressor

X, Y = load_iris(return_X_y=True)
X_NUMBERS, Y_NUMBERS = load_diabetes(return_X_y=True)
BOTH = np.stack([Y_NUMBERS, X_NUMBERS[:, 2]], axis=1)
QUICK: dict[str, Any] = {"hidden_layer_sizes": 8, "max_iter": 30, "learning_rate": 0.01, "tol": None, "random_state": 0}


def quick(**params: Any) -> NetworkClassifier:
    return NetworkClassifier(**{**QUICK, **params})


def test_features_are_the_activations_of_the_last_hidden_layer() -> None:
    model = quick(hidden_layer_sizes=(8, 5), activation="tanh", dropout=0.2).fit(X * 100 + 7, Y)
    by_hand = X * 100 + 7
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        by_hand = np.tanh(by_hand @ W + b)
    found = model.transform(X * 100 + 7)
    assert found.shape == (150, 5) and np.allclose(found, by_hand)
    z = found @ model.coefs_[-1] + model.intercepts_[-1]
    assert np.allclose(z, model.decision_function(X * 100 + 7))


def test_a_batch_normalisation_comes_before_the_features() -> None:
    model = NetworkRegressor(**QUICK, batch_norm=True).fit(X_NUMBERS, Y_NUMBERS)
    found = model.transform(X_NUMBERS)
    assert found.min() == 0
    assert np.allclose(found @ model.coefs_[-1][:, 0] + model.intercepts_[-1], model.predict(X_NUMBERS))


def test_without_hidden_layers_the_features_are_the_columns() -> None:
    model = quick(hidden_layer_sizes=()).fit(X, Y)
    assert np.array_equal(model.transform(X), X) and np.array_equal(model.transform(csr_array(X)), X)
    assert len(model.get_feature_names_out()) == 4


def test_features_of_sparse_rows_and_of_rows_in_float32() -> None:
    model = quick().fit(X, Y)
    assert np.allclose(model.transform(csr_array(X)), model.transform(X))
    assert model.transform(X).dtype == np.float64
    assert quick().fit_transform(X.astype(np.float32), Y).dtype == np.float32


def test_fit_transform_is_fit_and_transform() -> None:
    weights = 1.0 + Y
    found = quick().fit_transform(X, Y, sample_weight=weights)
    assert np.array_equal(found, quick().fit(X, Y, sample_weight=weights).transform(X))


def test_features_need_a_fit_and_the_columns_of_it() -> None:
    for use in (lambda model: model.transform(X), lambda model: model.get_feature_names_out()):
        with pytest.raises(NotFittedError):
            use(quick())
    with pytest.raises(ValueError, match="X has 3 features"):
        quick().fit(X, Y).transform(X[:, :3])


def test_features_go_on_to_the_next_step_of_a_pipeline() -> None:
    model = make_pipeline(quick(), LogisticRegression()).fit(X, Y)
    assert model.score(X, Y) > 0.9
    assert model[:-1].get_feature_names_out()[:2].tolist() == ["networkclassifier0", "networkclassifier1"]
    two = make_pipeline(make_union(StandardScaler(), NetworkRegressor(**QUICK)), Ridge()).fit(X_NUMBERS, Y_NUMBERS)
    assert two[:-1].transform(X_NUMBERS).shape == (442, 18) and two.score(X_NUMBERS, Y_NUMBERS) > 0.4


def test_features_of_a_data_frame_are_one_with_its_index() -> None:
    pd = pytest.importorskip("pandas", reason="pandas makes data frames")
    frame = pd.DataFrame(X, columns=list("abcd"), index=[f"flower {i}" for i in range(150)])
    pipeline = make_pipeline(StandardScaler(), quick()).set_output(transform="pandas")
    found = pipeline.fit(frame, Y).transform(frame[::2])
    assert found.index.tolist() == frame.index[::2].tolist()
    assert found.columns.tolist() == [f"networkclassifier{i}" for i in range(8)]
    assert np.allclose(found, make_pipeline(StandardScaler(), quick()).fit(X, Y).transform(X[::2]))
    assert isinstance(pipeline.predict(frame), np.ndarray)


def test_the_columns_of_targets_keep_their_names() -> None:
    pd = pytest.importorskip("pandas", reason="pandas makes data frames")
    targets = pd.DataFrame(BOTH, columns=["progression", "bmi"])
    model = NetworkRegressor(**QUICK).fit(X_NUMBERS, targets)
    assert model.target_names_ is not None and model.target_names_.tolist() == ["progression", "bmi"]
    assert pd.DataFrame(model.predict(X_NUMBERS), columns=model.target_names_)["bmi"].corr(targets["bmi"]) > 0.5
    assert model.fit(X_NUMBERS, targets["bmi"]).target_names_.tolist() == ["bmi"]
    assert model.fit(X_NUMBERS, BOTH).target_names_ is None
    assert model.fit(X_NUMBERS, pd.DataFrame(BOTH)).target_names_ is None
    labels = pd.DataFrame({"big": X[:, 0] > 5, "wide": X[:, 1] > 3}).astype(int)
    assert quick().fit(X, labels).target_names_.tolist() == ["big", "wide"]


def test_columns_of_targets_in_another_order_are_refused() -> None:
    pd = pytest.importorskip("pandas", reason="pandas makes data frames")
    targets = pd.DataFrame(BOTH, columns=["progression", "bmi"])
    model = NetworkRegressor(**QUICK, warm_start=True).partial_fit(X_NUMBERS, targets)
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(UsageError, match=r"columns \['bmi', 'progression'\], and had \['progression', 'bmi'\]"):
            fit(X_NUMBERS, targets[["bmi", "progression"]])
    model.partial_fit(X_NUMBERS, BOTH).fit(X_NUMBERS, targets)
    assert model.target_names_ is not None and model.target_names_.tolist() == ["progression", "bmi"]
    with pytest.raises(UsageError, match="bmi"):
        model.fit(X_NUMBERS, targets, X_val=X_NUMBERS, y_val=targets[["bmi", "progression"]])
