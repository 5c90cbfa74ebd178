"""Data sets as points: what is drawn, in which plane, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, DtypeError, ShapeError, UsageError
from cutaway.plots import frame
from cutaway.plots.inputs import samples
from cutaway.plots.plane import plane

RNG = np.random.default_rng(0)
X2 = RNG.normal(size=(60, 2))
Y2 = (X2[:, 0] > 0).astype(int)
X5 = RNG.normal(size=(60, 5)) * [1, 10, 100, 1, 1]


def drawn(fig: Figure) -> int:
    return sum(len(points.get_offsets()) for points in fig.axes[0].collections)


def words(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.legends[0].get_texts()]


def test_each_class_has_its_own_colour_and_its_own_marker() -> None:
    fig = plots.data(X5, np.arange(60) % 10)
    signs = [(h.get_color(), h.get_marker()) for h in fig.legends[0].legend_handles]
    assert len({colour for colour, _ in signs}) == len({marker for _, marker in signs}) == 10
    shapes = {points.get_paths()[0].vertices.tobytes() for points in fig.axes[0].collections}
    assert len(shapes) == 10


def test_points_keep_their_places_and_classes() -> None:
    fig = plots.data(X2, Y2, title="halves", class_names=["left", "right"], feature_names=["width", "height"])
    axes = fig.axes[0]
    left, right = (np.asarray(points.get_offsets()) for points in axes.collections)
    np.testing.assert_array_equal(left, X2[Y2 == 0])
    np.testing.assert_array_equal(right, X2[Y2 == 1])
    assert (axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()) == ("halves", "width", "height")
    assert words(fig) == ["left", "right"]


@pytest.mark.parametrize(
    "y", [Y2, Y2.astype(bool), Y2.astype(float), Y2[:, None], Y2.tolist(), np.array(["a", "b"])[Y2], Y2 * 2 - 1]
)
def test_labels_of_any_type_are_classes(y: object) -> None:
    fig = plots.data(X2, y)
    assert [len(points.get_offsets()) for points in fig.axes[0].collections] == [np.sum(Y2 == 0), np.sum(Y2 == 1)]


def test_object_labels_are_read_as_text_or_numbers() -> None:
    assert samples(X2, np.array(["a", "b"], dtype=object)[Y2]).class_names == ("a", "b")
    assert samples(X2, np.array([0, 1], dtype=object)[Y2]).class_names == ("0", "1")


def test_a_quantity_gets_a_colour_bar_and_no_legend() -> None:
    fig = plots.data(X2, X2[:, 0] * 3, target_name="price ($) or cost ($)")
    assert fig.axes[1].get_ylabel() == r"price (\$) or cost (\$)"
    assert fig.legends == []
    fig.draw_without_rendering()  # two dollar signs would be a formula


def test_many_whole_numbers_are_a_quantity() -> None:
    assert samples(X2, np.arange(60)).classes is None
    assert samples(X2, np.arange(60) % 30).classes is not None


def test_no_labels_are_drawn_in_grey() -> None:
    fig = plots.data(X2)
    assert drawn(fig) == 60
    assert len(fig.axes) == 1 and fig.legends == []


def test_more_features_are_seen_along_principal_components_and_it_says_so() -> None:
    fig = plots.data(X5, Y2)
    assert "principal component 1 (" in fig.axes[0].get_xlabel()
    assert "5 standardized features" in fig.axes[0].get_xlabel()
    assert "principal component 2 (" in fig.axes[0].get_ylabel()


def test_principal_components_agree_with_the_covariance_matrix() -> None:
    view = plane(samples(X5), None)
    scaled = (X5 - X5.mean(0)) / X5.std(0)
    values, vectors = np.linalg.eigh(np.cov(scaled.T))
    ours = view.project(X5)
    np.testing.assert_allclose(np.abs(ours), np.abs(scaled @ vectors[:, [-1, -2]]), atol=1e-10)
    assert f"({100 * values[-1] / values.sum():.0f} %" in view.labels[0]


@pytest.mark.parametrize("features", [None, (3, 1), ("x1", "x5")])
def test_lifting_from_the_paper_and_projecting_back_is_the_identity(features: tuple[int, int] | None) -> None:
    view = plane(samples(X5), features)
    points = RNG.normal(size=(7, 2))
    np.testing.assert_allclose(view.project(view.lift(points)), points, atol=1e-9)


def test_chosen_columns_keep_the_others_at_their_mean() -> None:
    view = plane(samples(X5), (3, 1))
    lifted = view.lift(np.array([[0.5, -2.0]]))[0]
    np.testing.assert_allclose(lifted, [X5[:, 0].mean(), -2.0, X5[:, 2].mean(), 0.5, X5[:, 4].mean()])
    assert view.labels == ("x4", "x2")


def test_constant_columns_do_not_matter() -> None:
    both = np.column_stack([X5, np.full(60, 7.0)])
    np.testing.assert_allclose(plane(samples(both), None).project(both), plane(samples(X5), None).project(X5))


def test_one_feature_is_drawn_against_classes_or_target() -> None:
    fig = plots.data(X2[:, :1], Y2, class_names=["no", "yes"])
    assert [tick.get_text() for tick in fig.axes[0].get_yticklabels()] == ["no", "yes"]
    fig = plots.data(X2[:, :1], X2[:, 1], target_name="height")
    np.testing.assert_array_equal(fig.axes[0].collections[0].get_offsets(), X2)
    assert fig.axes[0].get_ylabel() == "height"


def test_large_data_is_thinned_the_same_way_each_time_and_says_so() -> None:
    X = RNG.normal(size=(3000, 2))
    first, second = plots.data(X, max_points=500), plots.data(X, max_points=500)
    np.testing.assert_array_equal(
        first.axes[0].collections[0].get_offsets(), second.axes[0].collections[0].get_offsets()
    )
    assert drawn(first) == 500
    assert "500 of 3,000 points drawn" in first.axes[0].get_xlabel()


def test_a_data_set_brings_its_names() -> None:
    dataset = SimpleNamespace(
        X=X2, y=Y2, task="binary", feature_names=("a", "b"), class_names=("no", "yes"), target_name="t"
    )
    fig = plots.data(dataset)
    assert words(fig) == ["no", "yes"]
    assert fig.axes[0].get_xlabel() == "a"
    scores = SimpleNamespace(X=X2, y=Y2.astype(float), task="regression", feature_names=("a", "b"), target_name="score")
    assert plots.data(scores).axes[1].get_ylabel() == "score"


def test_a_class_keeps_its_colour_in_a_subset_that_lacks_another() -> None:
    fig = plots.data(X2, np.full(60, 1), class_names=["no", "yes"])
    points = fig.axes[0].collections[1]
    assert len(points.get_offsets()) == 60
    np.testing.assert_allclose(
        points.get_facecolor()[0][:3], [int(frame.VERMILION[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    )


def test_own_axes_are_used_and_their_figure_returned() -> None:
    own = Figure()
    left, right = own.subplots(1, 2)
    assert plots.data(X2, Y2, ax=left) is own
    assert len(left.collections) == 2 and len(right.collections) == 0
    assert left.get_legend() is not None and own.legends == []
    inner = own.subfigures(1, 2)[0].subplots()
    assert plots.data(X2, Y2, ax=inner) is own


NAN = X2.copy()
NAN[3, 1] = np.nan

REFUSED = {
    "X is 3-D": (lambda: plots.data(np.zeros((4, 8, 8))), ShapeError, r"received shape \(4, 8, 8\).*plots.gallery"),
    "X is 1-D": (lambda: plots.data(np.zeros(4)), ShapeError, r"shape \(4,\).*X.reshape\(-1, 1\)"),
    "X is empty": (lambda: plots.data(np.zeros((0, 2))), DataError, "X is empty"),
    "X is text": (lambda: plots.data([["a", "b"]]), DtypeError, "X must hold real numbers"),
    "X is complex": (lambda: plots.data(np.ones((2, 2)) * 1j), DtypeError, "complex128"),
    "X is ragged": (lambda: plots.data([[1, 2], [3]]), ShapeError, "rows of different lengths"),
    "X has NaN": (lambda: plots.data(NAN), DataError, "1 of them, the first in row 3, column 1"),
    "lengths differ": (lambda: plots.data(X2, Y2[:9]), ShapeError, "60 in X and 9 in y"),
    "one-hot y": (lambda: plots.data(X2, np.eye(2)[Y2]), ShapeError, r"\(60, 2\).*y.argmax\(axis=1\)"),
    "y has NaN": (lambda: plots.data(X2, np.where(Y2, np.nan, 1)), DataError, "y has values that are NaN"),
    "y is complex": (lambda: plots.data(X2, Y2 * 1j), DtypeError, "y must hold numbers or text"),
    "too many texts": (lambda: plots.data(X2, [str(i) for i in range(60)]), DataError, "more than 30 classes"),
    "unknown feature": (
        lambda: plots.data(X5, features=("x1", "y2")),
        UsageError,
        "feature is not known; received 'y2'.*x1, x2, x3",
    ),
    "column out of range": (lambda: plots.data(X5, features=(0, 9)), UsageError, "9 of the columns 0 to 4"),
    "one column": (lambda: plots.data(X5, features=(1,)), UsageError, r"two columns; received \(1,\)"),
    "same column": (lambda: plots.data(X5, features=(1, 1)), UsageError, "two different columns"),
    "feature names": (lambda: plots.data(X2, feature_names=["a"]), UsageError, "1 names for 2 features"),
    "names as text": (lambda: plots.data(X2, Y2, class_names="ab"), UsageError, "must be a list of names"),
    "class names": (lambda: plots.data(X2, Y2 * 2 - 1, class_names=["a"]), UsageError, "1 names for the classes -1, 1"),
    "max_points": (lambda: plots.data(X2, max_points=0), UsageError, "max_points must be at least 1"),
    "ax is no axes": (lambda: plots.data(X2, ax=Figure()), UsageError, "axes of matplotlib; received Figure"),
    "two axes": (lambda: plots.data(X2, ax=Figure().subplots(1, 2)), UsageError, r"has 1 panel .*received 2 axes"),
    "one sample": (lambda: plots.data(X5[:1]), UsageError, "at least two samples"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_named(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()
