"""Metrics agree with scikit-learn, and never broadcast."""

import numpy as np
import pytest
from sklearn import metrics as reference

from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.nn import METRICS, confusion_matrix, find_metric


def macro(fn, k):
    return lambda t, y: fn(t, y, average="binary" if k == 2 else "macro", zero_division=0)


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("seed", range(3))
def test_classes(k, seed):
    rng = np.random.default_rng(seed)
    t = rng.integers(k, size=50)
    y = np.where(rng.random(50) < 0.6, t, rng.integers(k, size=50))
    for name, fn in {
        "accuracy": reference.accuracy_score,
        "balanced_accuracy": reference.balanced_accuracy_score,
        "precision": macro(reference.precision_score, k),
        "recall": macro(reference.recall_score, k),
        "f1": macro(reference.f1_score, k),
    }.items():
        assert METRICS[name](t, y) == pytest.approx(fn(t, y), rel=1e-12), name
    assert np.array_equal(confusion_matrix(t, y), reference.confusion_matrix(t, y))


@pytest.mark.parametrize("shape", [(30,), (30, 3)])
def test_numbers(shape):
    rng = np.random.default_rng(0)
    t = rng.normal(size=shape)
    y = t + 0.3 * rng.normal(size=shape)
    for name, fn in {
        "mean_squared_error": reference.mean_squared_error,
        "mean_absolute_error": reference.mean_absolute_error,
        "r2": reference.r2_score,
    }.items():
        assert METRICS[name](t, y) == pytest.approx(fn(t, y), rel=1e-12), name
    assert METRICS["root_mean_squared_error"](t, y) ** 2 == pytest.approx(reference.mean_squared_error(t, y))


def test_r2_of_constant_targets():
    t = np.full(4, 2.0)
    for y in (t, t + np.eye(4)[0]):
        assert METRICS["r2"](t, y) == reference.r2_score(t, y)


def test_a_class_that_is_never_predicted_counts_as_zero():
    assert METRICS["precision"]([1, 1], [0, 0]) == 0.0
    assert METRICS["balanced_accuracy"]([2, 2, 0], [2, 2, 2]) == 0.5


def test_several_labels_in_a_row_must_all_be_right():
    assert METRICS["accuracy"]([[1, 0], [1, 1]], [[1, 0], [1, 0]]) == 0.5


def test_confusion_matrix_of_a_part_has_all_classes():
    assert confusion_matrix([0, 1], [0, 1], n_classes=3).shape == (3, 3)


@pytest.mark.parametrize("name", METRICS)
def test_a_column_against_a_row_is_refused(name):
    with pytest.raises(ShapeError, match=r"targets of shape \(4,\), predictions of shape \(4, 1\).*ravel"):
        METRICS[name](np.ones(4, int), np.ones((4, 1), int))


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: find_metric("acuracy"), UsageError, "Did you mean 'accuracy'"),
        (lambda: find_metric(3), UsageError, "must be a name or a function"),
        (lambda: METRICS["accuracy"]([], []), ShapeError, "at least one row"),
        (lambda: confusion_matrix([0.2, 0.7], [0, 1]), DataError, "counted from labels"),
        (lambda: confusion_matrix([-1, 1], [0, 1]), DataError, "whole numbers from 0"),
        (lambda: confusion_matrix([0, 5], [0, 1], n_classes=2), DataError, "labels up to 5; received n_classes=2"),
    ],
)
def test_refused(wrong, error, says):
    with pytest.raises(error, match=says):
        wrong()
