from __future__ import annotations

import socket

import numpy as np
import pytest
import sklearn.datasets

from cutaway.data import load

KNOWN = {
    "digits": (1797, 64, "multiclass", 10),
    "iris": (150, 4, "multiclass", 3),
    "wine": (178, 13, "multiclass", 3),
    "breast-cancer": (569, 30, "binary", 2),
    "diabetes": (442, 10, "regression", 0),
}


@pytest.mark.parametrize("name", KNOWN)
def test_sizes_and_tasks(name: str) -> None:
    n, d, task, k = KNOWN[name]
    data = load(name)
    assert data.X.shape == (n, d)
    assert data.y.shape == (n,)
    assert data.X.dtype == np.float64
    assert data.y.dtype == (np.float64 if task == "regression" else np.int64)
    assert (data.task, data.n_classes, len(data.feature_names)) == (task, k, d)


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_is_fetched(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert len(load(name)) == KNOWN[name][0]


def test_digits_are_pictures() -> None:
    data = load("digits")
    assert data.image_shape == (8, 8)
    assert np.array_equal(data.X.reshape(-1, *data.image_shape), sklearn.datasets.load_digits().images)
    assert data.class_names == tuple("0123456789")


def test_names_are_those_of_the_field() -> None:
    assert load("iris").class_names == ("setosa", "versicolor", "virginica")
    assert load("breast-cancer").class_names == ("malignant", "benign")
    assert load("breast-cancer").feature_names[0] == "mean radius"


def test_diabetes_is_in_the_units_it_was_measured_in() -> None:
    # The columns that scikit-learn scales by default were scaled with the rows that are to be held out.
    data = load("diabetes")
    age = data.X[:, data.feature_names.index("age")]
    assert (age.min(), age.max()) == (19, 79)
    assert (data.y.min(), data.y.max()) == (25, 346)
