from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.preprocessing import StandardScaler

from cutaway.data import Standardizer, load
from cutaway.errors import DataError, DtypeError, ShapeError


@pytest.mark.parametrize("name", ["wine", "digits", "breast-cancer"])
def test_it_agrees_with_scikit_learn(name: str) -> None:
    X = load(name).X
    ours, theirs = Standardizer.fit(X), StandardScaler().fit(X)
    assert np.allclose(ours.mean, theirs.mean_, rtol=1e-12)
    assert np.allclose(ours.scale, theirs.scale_, rtol=1e-12)
    assert np.allclose(ours.transform(X), theirs.transform(X), atol=1e-12)


def test_held_out_rows_play_no_part() -> None:
    split = load("wine").split()
    fitted = Standardizer.fit(split.train.X)
    assert np.allclose(fitted.transform(split.train.X).mean(axis=0), 0, atol=1e-12)
    assert not np.allclose(fitted.transform(split.test.X).mean(axis=0), 0, atol=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e300, 1e-300])
def test_a_constant_column_becomes_zero_and_has_scale_1(value: float) -> None:
    X = np.full((10, 1), value)
    fitted = Standardizer.fit(X)
    assert fitted.scale.tolist() == [1]
    assert fitted.transform(X).tolist() == [[0]] * 10


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_tiny_and_huge_columns_keep_their_spread(unit: float) -> None:
    X = np.array([[1.0], [3.0]]) * unit
    assert np.allclose(Standardizer.fit(X).transform(X), [[-1], [1]])


matrices = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32)
)


@given(X=matrices)
@settings(max_examples=60, deadline=None)
def test_mean_0_deviation_1_and_back(X: np.ndarray) -> None:
    fitted = Standardizer.fit(X)
    Z = fitted.transform(X)
    varies = np.ptp(X, axis=0) > 0
    # A column whose spread is near the rounding of its values has a mean only as exact as that.
    wide = np.ptp(X, axis=0) > 1e-6 * np.abs(X).max(axis=0)
    assert np.allclose(Z.mean(axis=0)[wide | ~varies], 0, atol=1e-8)
    assert np.allclose(Z.std(axis=0)[wide & varies], 1, atol=1e-8)
    assert np.allclose(fitted.inverse(Z), X, rtol=1e-12, atol=1e-9)


def test_json_keeps_every_bit() -> None:
    fitted = Standardizer.fit(load("iris").X)
    again = Standardizer.from_json(json.loads(json.dumps(fitted.to_json())))
    assert np.array_equal(again.mean, fitted.mean)
    assert np.array_equal(again.scale, fitted.scale)


def test_float32_rows_are_transformed_in_float64() -> None:
    fitted = Standardizer.fit(np.array([[1, 2], [3, 5]], dtype=np.float32))
    assert fitted.transform(np.ones((1, 2), dtype=np.float32)).dtype == np.float64


@pytest.mark.parametrize("method", ["transform", "inverse"])
@pytest.mark.parametrize("X", [np.ones((3, 2)), np.ones(4), np.ones((1, 2, 2))])
def test_another_number_of_columns_is_refused(method: str, X: np.ndarray) -> None:
    fitted = Standardizer.fit(np.eye(4))
    with pytest.raises(ShapeError, match=r"X must have the shape \(n_samples, 4\); received \("):
        getattr(fitted, method)(X)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([1.0, 2.0], ShapeError, "X must be a matrix"),
        ([[1.0, np.nan]], DataError, "not finite; received nan in column 1, row 0"),
        ([["a"]], DtypeError, "real numbers"),
        ([[-1.7e308], [1.7e308]], DataError, "column 0 are too far apart"),
    ],
)
def test_rows_that_cannot_be_fitted(X: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Standardizer.fit(X)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"mean": [0.0]}, "not a standardisation; received KeyError: 'scale'"),
        ([], "not a standardisation; received TypeError"),
        ({"mean": [0.0], "scale": [0.0]}, "the scale positive"),
        ({"mean": [0.0, 1.0], "scale": [1.0]}, "vectors of one length"),
        ({"mean": [float("nan")], "scale": [1.0]}, "must be finite"),
        ({"mean": ["a"], "scale": [1.0]}, "real numbers"),
    ],
)
def test_documents_that_are_no_standardisation(document: Any, message: str) -> None:
    with pytest.raises((DataError, ShapeError, DtypeError), match=message):
        Standardizer.from_json(document)
