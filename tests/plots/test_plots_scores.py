"""Confusion, predictions of a quantity, and the comparison of models."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, DtypeError, ShapeError, UsageError

RNG = np.random.default_rng(0)
TRUE = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([0, 0, 1, 1, 1, 0])
COUNTS = [[2, 1, 0], [0, 2, 0], [1, 0, 0]]


def test_confusion_counts_rows_are_true() -> None:
    fig = plots.confusion(TRUE, SAID)
    axes = fig.axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), COUNTS)
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written[(1, 0)] == "1" and written[(0, 2)] == "1" and written[(0, 0)] == "2"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert axes.get_title(loc="left") == "accuracy 0.667 (4 of 6)"
    assert fig.axes[1].get_ylabel() == "samples"


def test_confusion_normalized_by_the_true_class() -> None:
    fig = plots.confusion(TRUE, SAID, normalize=True)
    np.testing.assert_allclose(fig.axes[0].images[0].get_array(), [[2 / 3, 1 / 3, 0], [0, 1, 0], [1, 0, 0]])
    assert [text.get_text() for text in fig.axes[0].texts[:3]] == ["0.67", "0.33", "0"]
    assert fig.axes[0].images[0].get_clim() == (0, 1)


def test_confusion_of_a_class_that_never_is_true_has_an_empty_row() -> None:
    fig = plots.confusion([0, 0], [0, 1], normalize=True)
    np.testing.assert_allclose(fig.axes[0].images[0].get_array(), [[0.5, 0.5], [0, 0]])


def test_confusion_agrees_with_scikit_learn_on_text_labels() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="compares with scikit-learn")
    true, said = RNG.choice(["a", "b", "c", "d"], (2, 200))
    fig = plots.confusion(true, said)
    np.testing.assert_array_equal(fig.axes[0].images[0].get_array(), metrics.confusion_matrix(true, said))
    assert [text.get_text() for text in fig.axes[0].get_yticklabels()] == ["a", "b", "c", "d"]


def test_confusion_names_every_class_and_inks_numbers_readably() -> None:
    fig = plots.confusion([0, 0, 0], [0, 0, 1], class_names=["no", "yes", "never seen"])
    assert [text.get_text() for text in fig.axes[0].get_xticklabels()] == ["no", "yes", "never seen"]
    colours = {text.get_text(): text.get_color() for text in fig.axes[0].texts}
    assert colours["2"] == "white" and colours["0"] == "black"


def test_predictions_and_residuals() -> None:
    true, said = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.5, 2.0])
    fig = plots.predictions(true[:, None], said, target_name="height in m")
    left, right = fig.axes
    np.testing.assert_array_equal(left.collections[0].get_offsets(), np.column_stack([true, said]))
    np.testing.assert_array_equal(right.collections[0].get_offsets(), np.column_stack([said, true - said]))
    assert left.get_title(loc="left") == f"R² {1 - 1.25 / 2:.3f}, mean absolute error 0.5"
    assert left.get_xlabel() == "true height in m"
    np.testing.assert_array_equal(left.get_lines()[0].get_xdata(), left.get_lines()[0].get_ydata())


def test_predictions_of_a_constant_target_have_no_r_squared() -> None:
    assert plots.predictions([2.0, 2.0], [1.0, 3.0]).axes[0].get_title(loc="left") == "mean absolute error 1"


def test_many_predictions_are_thinned_and_it_says_so() -> None:
    fig = plots.predictions(RNG.normal(size=900), RNG.normal(size=900), max_points=100)
    assert all(len(axes.collections[0].get_offsets()) == 100 for axes in fig.axes)
    assert "100 of 900 points drawn" in fig.axes[0].get_xlabel()


def test_comparison_shows_runs_means_and_the_baseline() -> None:
    fig = plots.comparison({"network": [0.9, 0.94], "line": 0.86}, metric="test accuracy", baseline="line")
    axes = fig.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["network", "line"]
    np.testing.assert_allclose(axes.collections[0].get_offsets(), [[0.9, 0], [0.94, 0]])
    assert [text.get_text() for text in axes.texts] == ["0.920 ± 0.028", "0.860"]
    dashed = [line for line in axes.get_lines() if line.is_dashed()]
    assert len(dashed) == 1 and dashed[0].get_xdata()[0] == 0.86
    assert axes.get_xlabel().startswith("test accuracy")


def test_own_axes() -> None:
    own = Figure()
    axes = own.subplots(2, 2).ravel()
    assert plots.confusion(TRUE, SAID, ax=axes[0]) is own
    assert plots.predictions([1.0, 2.0], [1.0, 2.0], ax=axes[1:3]) is own
    assert plots.comparison({"a": 1.0}, ax=axes[3]) is own


REFUSED = {
    "lengths": (lambda: plots.confusion(TRUE, SAID[:2]), ShapeError, "6 in y_true and 2 in y_pred"),
    "probabilities": (lambda: plots.confusion(TRUE, SAID / 3), DataError, r"y_pred must hold classes.*\(p >= 0.5\)"),
    "columns": (lambda: plots.confusion(TRUE, np.eye(3)[SAID]), ShapeError, r"y_pred.argmax\(axis=1\)"),
    "types": (lambda: plots.confusion(TRUE, ["a"] * 6), DataError, "same type; received such as 0 and a"),
    "empty": (lambda: plots.confusion([], []), DataError, "y_true is empty"),
    "names": (lambda: plots.confusion(TRUE, SAID, class_names=["a"]), UsageError, "1 names for the classes 0, 1, 2"),
    "outputs": (lambda: plots.predictions(np.ones((3, 2)), [1.0] * 3), ShapeError, r"y_true .*shape \(3, 2\)"),
    "text": (lambda: plots.predictions(["a"], [1.0]), DtypeError, "y_true must hold real numbers"),
    "NaN": (lambda: plots.predictions([1.0], [np.nan]), DataError, "y_pred has values that are NaN"),
    "quantity lengths": (lambda: plots.predictions([1.0, 2.0], [1.0]), ShapeError, "2 in y_true and 1 in y_pred"),
    "one axes": (
        lambda: plots.predictions([1.0, 2.0], [1.0, 2.0], ax=Figure().subplots()),
        UsageError,
        r"2 panels \(predicted, residuals\); received 1 axes",
    ),
    "nothing": (lambda: plots.comparison({}), UsageError, "at least one score"),
    "baseline": (lambda: plots.comparison({"line": 1.0}, baseline="lime"), UsageError, "Did you mean 'line'"),
    "a text score": (lambda: plots.comparison({"a": "good"}), DtypeError, "scores of 'a' must be numbers"),
    "no scores": (lambda: plots.comparison({"a": []}), ShapeError, r"'a' .*shape \(0,\)"),
    "NaN score": (lambda: plots.comparison({"a": [1.0, np.nan]}), DataError, "score of 'a' has values that are NaN"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_named(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()
