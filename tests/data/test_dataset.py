from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from cutaway.data import Column, Dataset, Schema, Target, load
from cutaway.errors import CutawayError, DataError, DtypeError, ShapeError, UsageError


def make(**changes: Any) -> Dataset:
    parts: dict[str, Any] = {
        "name": "tiny",
        "X": np.arange(8.0).reshape(4, 2),
        "y": np.array([0, 1, 1, 0]),
        "task": "binary",
        "feature_names": ("a", "b"),
        "class_names": ("no", "yes"),
    }
    return Dataset(**(parts | changes))


def test_lists_and_other_dtypes_become_the_documented_ones() -> None:
    data = make(X=[[1, 2], [3, 4]], y=np.array([True, False]), feature_names=["a", "b"], class_names=["no", "yes"])
    assert data.X.dtype == np.float64
    assert data.y.dtype == np.int64
    assert data.y.tolist() == [1, 0]
    assert data.feature_names == ("a", "b")
    assert make(y=np.array([0.0, 1.0, 0.0, 1.0])).y.dtype == np.int64


def test_it_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make().name = "other"  # type: ignore[misc]


def test_the_schema_is_made_from_the_names() -> None:
    assert make().schema == Schema((Column("a"), Column("b")), Target("target", "binary", ("no", "yes")))


def test_it_prints_as_one_line() -> None:
    assert repr(make()) == "Dataset('tiny': 4 samples x 2 features; binary target: no 2, yes 2)"
    values = make(task="regression", class_names=(), y=[0.5, 1, 2, 3])
    assert repr(values) == "Dataset('tiny': 4 samples x 2 features; regression target: from 0.5 to 3)"


@pytest.mark.parametrize("name", ["digits", "diabetes", "moons"])
def test_the_summary_is_json(name: str) -> None:
    data = load(name)
    summary = json.loads(json.dumps(data.summary(), allow_nan=False))
    assert (summary["n_samples"], summary["n_features"]) == data.X.shape
    assert summary["feature_names"] == list(data.feature_names)
    if name == "diabetes":
        assert summary["target"]["mean"] == pytest.approx(data.y.mean())
    else:
        assert sum(summary["class_counts"].values()) == len(data)
        assert list(summary["class_counts"]) == list(data.class_names)
    assert summary["image_shape"] == ([8, 8] if name == "digits" else None)


def test_a_subset_keeps_names_and_order() -> None:
    part = make().subset([3, 0])
    assert part.X.tolist() == [[6, 7], [0, 1]]
    assert part.y.tolist() == [0, 0]
    assert part.class_names == ("no", "yes")
    assert part.summary()["class_counts"] == {"no": 2, "yes": 0}


def test_a_subset_by_mask_slice_or_negative_index() -> None:
    data = make()
    assert np.array_equal(data.subset(data.y == 1).X, data.X[1:3])
    assert np.array_equal(data.subset(range(1, 3)).X, data.X[1:3])
    assert np.array_equal(data.subset([-1]).X, data.X[3:])


@pytest.mark.parametrize("indices", [[], [4], [-5], [0.5], np.array([[0, 1]]), np.array([True, False])])
def test_a_subset_of_rows_that_are_not_there_is_refused(indices: Any) -> None:
    with pytest.raises(UsageError, match="indices must be row numbers"):
        make().subset(indices)


X = np.arange(8.0).reshape(4, 2)
BAD: list[tuple[dict[str, Any], type[CutawayError], str]] = [
    ({"X": np.arange(4.0)}, ShapeError, r"X must be a matrix .* received \(4,\).*reshape\(-1, 1\)"),
    ({"X": np.ones((4, 2, 1))}, ShapeError, r"received \(4, 2, 1\)"),
    ({"X": [[1, 2], [3]]}, ShapeError, "rows of different lengths"),
    ({"X": np.ones((0, 2)), "y": []}, DataError, "X has no rows"),
    ({"X": np.ones((4, 0)), "feature_names": ()}, DataError, "X has no columns"),
    ({"X": np.array([["a", "b"]] * 4)}, DtypeError, "X must hold real numbers; received dtype <U1"),
    ({"X": X.astype(complex)}, DtypeError, "complex128"),
    ({"X": np.where(X == 3, np.nan, X)}, DataError, r"1 value that is not finite; received nan in column 'b', row 1"),
    ({"X": np.where(X > 3, np.inf, X)}, DataError, r"4 values that are not finite; received inf in column 'a', row 2"),
    ({"y": np.array([[0], [1], [1], [0]])}, ShapeError, r"y must have the shape \(4,\); received \(4, 1\).*ravel"),
    ({"y": [0, 1]}, ShapeError, r"received \(2,\).*one target for each row"),
    ({"y": [0, 1, 2, 0]}, DataError, "labels must be 0 to 1.*received labels from 0 to 2"),
    ({"y": [0, -1, 1, 0]}, DataError, "labels from -1 to 1"),
    ({"y": [0.0, 0.5, 1, 0]}, DtypeError, "must be whole numbers; received an array of float64"),
    ({"y": ["no", "yes", "no", "no"]}, DtypeError, "y must hold real numbers"),
    ({"y": [0, np.nan, 1, 0]}, DataError, "received nan in row 1"),
    ({"task": "ternary"}, UsageError, "task is not known; received 'ternary'"),
    ({"task": "regression"}, UsageError, "A regression has no classes"),
    ({"task": "multiclass"}, UsageError, "three or more different names"),
    ({"class_names": ()}, UsageError, "two different names of classes; received none"),
    ({"class_names": ("a", "a")}, UsageError, "two different names"),
    ({"feature_names": ("a",)}, ShapeError, r"one feature name for each column; received 1 for \(4, 2\)"),
    ({"feature_names": ("a", "a")}, DataError, "occurs more than once; received 'a'"),
    ({"image_shape": (3, 3)}, ShapeError, r"image_shape does not fit .* received \(3, 3\) for \(4, 2\)"),
]


@pytest.mark.parametrize(("changes", "error", "message"), BAD)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, Any], error: type[CutawayError], message: str) -> None:
    with pytest.raises(error, match=message):
        make(**changes)
