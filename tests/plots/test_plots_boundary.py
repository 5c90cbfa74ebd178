"""The boundary of anything that predicts: which kind of answer it is, where the line lies, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.plots import field as fields
from cutaway.plots.field import evaluate
from cutaway.plots.inputs import samples

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, size=(80, 2))
Y = (X[:, 0] > 0.25).astype(int)
Y3 = np.digitize(X[:, 0], [-0.3, 0.3])
FAST: dict[str, Any] = {"resolution": 41}


def score(x: np.ndarray) -> np.ndarray:
    return 4 * (x[:, 0] - 0.25)  # its boundary is the line x1 = 0.25


def probability(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-score(x)))


def shares(x: np.ndarray) -> np.ndarray:
    """Three classes along x1, with borders at -0.3 and 0.3."""
    logits = np.stack([-3 * (x[:, 0] + 0.3), np.zeros(len(x)), 3 * (x[:, 0] - 0.3)], axis=1)
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


class Model:
    """A model that has the methods it is given."""

    def __init__(self, **methods: Any) -> None:
        self.__dict__.update(methods)


def lines(fig: Figure, axes: int = 0) -> list[QuadContourSet]:
    return [c for c in fig.axes[axes].collections if isinstance(c, QuadContourSet)]


def crossings(fig: Figure) -> np.ndarray:
    return np.concatenate([path.vertices[:, 0] for c in lines(fig) for path in c.get_paths() if len(path.vertices)])


BINARY = {
    "probability (n,)": (probability, "probability", 0.5),
    "probability (n, 1)": (lambda x: probability(x)[:, None], "probability", 0.5),
    "probability (n, 2)": (lambda x: np.stack([1 - probability(x), probability(x)], 1), "probability", 0.5),
    "float32 probability": (lambda x: probability(x).astype(np.float32), "probability", 0.5),
    "score (n,)": (score, "score", 0.0),
    "score (n, 1)": (lambda x: score(x)[:, None], "score", 0.0),
    "scores (n, 2)": (lambda x: np.stack([-score(x), score(x)], 1), "score", 0.0),
    "labels": (lambda x: (score(x) > 0).astype(int), "regions", 0.0),
    "labels as float": (lambda x: (score(x) > 0).astype(float), "regions", 0.0),
    "labels as bool (n, 1)": (lambda x: score(x)[:, None] > 0, "regions", 0.0),
    "labels one-hot": (lambda x: np.eye(2)[(score(x) > 0).astype(int)], "probability", 0.5),
    "a list": (lambda x: probability(x).tolist(), "probability", 0.5),
    "predict_proba": (
        Model(predict_proba=lambda x: np.stack([1 - probability(x), probability(x)], 1)),
        "probability",
        0.5,
    ),
    "decision_function": (Model(decision_function=score, predict=lambda x: 1 / 0), "score", 0.0),
    "predict": (Model(predict=lambda x: (score(x) > 0).astype(int)), "regions", 0.0),
}


@pytest.mark.parametrize("case", BINARY)
def test_every_kind_of_answer_gives_the_same_boundary(case: str) -> None:
    predict, kind, level = BINARY[case]
    fig = plots.boundary(predict, X, Y, **FAST)
    (line,) = lines(fig)
    assert line.levels.tolist() == [level]
    step = np.ptp(X[:, 0]) * 1.2 / 40
    np.testing.assert_allclose(crossings(fig), 0.25, atol=step)  # labels are known to half a step of the grid
    if kind != "regions":
        row = fig.axes[0].images[0].get_array()[0]
        assert row[0] < level < row[-1]  # the second class is to the right
    label = {"probability": "probability of class 1", "score": "score of class 1", "regions": "predicted class"}[kind]
    assert fig.axes[1].get_ylabel() == label


def test_the_line_is_where_the_probability_is_a_half() -> None:
    fig = plots.boundary(probability, X, Y, **FAST)
    vertices = lines(fig)[0].get_paths()[0].vertices
    np.testing.assert_allclose(probability(vertices), 0.5, atol=1e-3)
    image = fig.axes[0].images[0]
    assert image.get_clim() == (0.0, 1.0)
    assert fig.axes[0].get_title(loc="left") == ""


def test_the_field_lies_where_the_points_are() -> None:
    fig = plots.boundary(probability, X, Y, margin=0.5, **FAST)
    axes = fig.axes[0]
    left, right, low, high = axes.images[0].get_extent()
    np.testing.assert_allclose(
        [left, right], [X[:, 0].min() - 0.5 * np.ptp(X[:, 0]), X[:, 0].max() + 0.5 * np.ptp(X[:, 0])]
    )
    assert (axes.get_xlim(), axes.get_ylim()) == ((left, right), (low, high))
    field = axes.images[0].get_array()
    assert axes.images[0].origin == "lower"
    np.testing.assert_allclose(field[0, [0, -1]], probability(np.array([[left, low], [right, low]])))


def test_string_labels_meet_the_classes_of_y() -> None:
    names = np.array(["cat", "dog"])
    fig = plots.boundary(lambda x: names[(score(x) > 0).astype(int)], X, names[Y], **FAST)
    assert [text.get_text() for text in fig.axes[1].get_yticklabels()] == ["cat", "dog"]


def test_classes_of_the_model_order_its_columns() -> None:
    model = Model(predict_proba=lambda x: np.stack([1 - probability(x), probability(x)], 1), classes_=np.array([-1, 1]))
    assert plots.boundary(model, X, 2 * Y - 1, **FAST).axes[1].get_ylabel() == "probability of class 1"


def test_three_classes_have_a_line_around_each_and_paler_doubt() -> None:
    fig = plots.boundary(shares, X, Y3, class_names=["low", "middle", "high"], **FAST)
    assert len(lines(fig)) == 3 and all(line.levels.tolist() == [0.0] for line in lines(fig))
    np.testing.assert_allclose(np.abs(crossings(fig)), 0.3, atol=0.01)
    row = np.asarray(fig.axes[0].images[0].get_array())[0]
    border = np.linspace(*fig.axes[0].get_xlim(), 41).searchsorted(-0.3) - 1
    assert row[border].sum() > row[0].sum() + 0.3  # towards the border the colour goes to white
    assert [text.get_text() for text in fig.axes[1].get_yticklabels()] == ["low", "middle", "high"]


def test_scores_of_three_classes_are_regions_without_shades() -> None:
    fig = plots.boundary(lambda x: np.log(shares(x)), X, Y3, **FAST)
    colours = np.unique(np.asarray(fig.axes[0].images[0].get_array()).reshape(-1, 3), axis=0)
    assert len(colours) == 3


def test_one_against_one_scores_are_not_taken_for_classes() -> None:
    model = Model(decision_function=lambda x: np.ones((len(x), 3)), predict=lambda x: shares(x).argmax(1))
    field = evaluate(model, X, samples(X, Y3))
    assert field.kind == "regions"
    np.testing.assert_array_equal(field.values, shares(X).argmax(1))


def test_a_class_that_y_lacks_is_drawn_in_a_colour_of_its_own() -> None:
    fig = plots.boundary(lambda x: shares(x).argmax(1), X[Y3 != 1], Y3[Y3 != 1], **FAST)
    assert [text.get_text() for text in fig.axes[1].get_yticklabels()] == ["0", "1", "2"]
    image = np.asarray(fig.axes[0].images[0].get_array())[0]
    assert len(np.unique(image, axis=0)) == 3


def test_a_quantity_is_a_field_on_the_scale_of_the_data() -> None:
    fig = plots.boundary(Model(predict=lambda x: x[:, 0] * 5), X, X[:, 0] * 5 + 0.01, target_name="height", **FAST)
    assert lines(fig) == []
    limits = fig.axes[0].images[0].get_clim()
    assert limits == (X[:, 0].min() * 5 + 0.01, X[:, 0].max() * 5 + 0.01)
    assert fig.axes[0].collections[0].get_clim() == limits
    assert fig.axes[1].get_ylabel() == "predicted height"


def test_kind_decides_what_a_number_means() -> None:
    fig = plots.boundary(lambda x: np.clip(score(x), 0.1, 0.9) - 0.05, X, Y, kind="score", **FAST)
    assert fig.axes[1].get_ylabel() == "score of class 1"
    assert "no boundary here: class 1 everywhere" in fig.axes[0].get_xlabel()


@pytest.mark.parametrize("answer", [0.2, 0, -3.5, 0.5])
def test_a_constant_answer_has_no_boundary_and_says_so(answer: float) -> None:
    fig = plots.boundary(lambda x: np.full(len(x), answer), X, Y, **FAST)
    assert lines(fig) == []
    assert "no boundary here: class 0 everywhere" in fig.axes[0].get_xlabel()


def test_one_huge_score_does_not_bleach_the_picture() -> None:
    def peaked(x: np.ndarray) -> np.ndarray:
        values = score(x)
        values[0] = -1e9
        return values

    fig = plots.boundary(peaked, X, Y, **FAST)
    low, high = fig.axes[0].images[0].get_clim()
    assert low == -high and 1 < high < 10
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["class 0", "class 1"]


def test_more_features_are_asked_for_in_the_plane_of_the_picture() -> None:
    wide = np.column_stack([X, RNG.normal(size=(80, 3)) + 5])
    seen: list[np.ndarray] = []

    def predict(x: np.ndarray) -> np.ndarray:
        seen.append(x)
        return score(x)

    fig = plots.boundary(predict, wide, Y, features=(0, 1), **FAST)
    np.testing.assert_allclose(seen[0][:, 2:], np.broadcast_to(wide[:, 2:].mean(0), (41 * 41, 3)))
    np.testing.assert_allclose(crossings(fig), 0.25, atol=1e-9)
    assert "the other features are held at their mean" in fig.axes[0].get_xlabel()
    fig = plots.boundary(predict, wide, Y, **FAST)
    centred = (seen[1] - wide.mean(0)) / wide.std(0)
    assert np.linalg.matrix_rank(centred, tol=1e-8) == 2
    assert "plane of two components of 5 features" in fig.axes[0].get_xlabel()


def test_a_fine_grid_is_asked_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "ROWS_AT_ONCE", 100)
    sizes: list[int] = []

    def predict(x: np.ndarray) -> np.ndarray:
        sizes.append(len(x))
        return probability(x)

    fig = plots.boundary(predict, X, Y, resolution=25)
    assert sizes == [100] * 6 + [25]
    np.testing.assert_allclose(crossings(fig), 0.25, atol=1e-3)


def test_points_lie_over_the_field_in_the_colours_of_its_ends() -> None:
    fig = plots.boundary(probability, X, Y, **FAST)
    first = next(c for c in fig.axes[0].collections if not isinstance(c, QuadContourSet))
    np.testing.assert_allclose(first.get_facecolor()[0][:3], to_rgb("#0072B2"))
    end = np.array(fig.axes[0].images[0].cmap(0.0)[:3])
    np.testing.assert_allclose(end, (np.array(to_rgb("#0072B2")) + 1) / 2, atol=1e-2)


def test_several_models_side_by_side_share_one_colour_bar() -> None:
    fig = plots.boundaries({"a": probability, "b": lambda x: 1 - probability(x)}, X, Y, title="both", **FAST)
    assert [axes.get_title(loc="left") for axes in fig.axes[:2]] == ["a", "b"]
    assert len(fig.axes) == 3
    assert fig.get_suptitle() == "both"
    assert lines(fig, 0) and lines(fig, 1)


def test_models_of_different_kinds_have_a_colour_bar_each() -> None:
    fig = plots.boundaries({"a": probability, "b": score}, X, Y, **FAST)
    assert len(fig.axes) == 4
    assert {fig.axes[2].get_ylabel(), fig.axes[3].get_ylabel()} == {"probability of class 1", "score of class 1"}


def test_own_axes() -> None:
    own = Figure()
    first, second = own.subplots(1, 2)
    assert plots.boundary(probability, X, Y, ax=second, title="mine", **FAST) is own
    assert len(second.images) == 1 and len(first.images) == 0
    assert second.get_title(loc="left") == "mine"
    own = Figure()
    assert plots.boundaries({"a": probability, "b": score}, X, Y, ax=own.subplots(1, 2), **FAST) is own
    assert all(axes.images for axes in own.axes[:2])


def bad(answer: Any, **options: Any) -> Any:
    return lambda: plots.boundary(lambda x: answer(x), X, Y, **FAST, **options)


REFUSED = {
    "wrong length": (
        bad(lambda x: np.ones(7)),
        ShapeError,
        r"each of the 1681 points it was given; received shape \(7,\)",
    ),
    "a number": (bad(lambda x: 0.5), ShapeError, r"received shape \(\)"),
    "columns": (bad(lambda x: probability(x)[None]), ShapeError, r"predict\(X.T\).T"),
    "three axes": (bad(lambda x: np.ones((len(x), 1, 1))), ShapeError, "1681, 1, 1"),
    "a tuple": (bad(lambda x: (x, x)), ShapeError, r"a tuple of 2.*forward\(X\)\[-1\]"),
    "nothing": (bad(lambda x: None), ShapeError, r"received shape \(\)"),
    "NaN": (
        bad(lambda x: np.where(x[:, 0] > 9, 1, np.nan)),
        DataError,
        "the answer of predict has values that are NaN",
    ),
    "infinite": (bad(lambda x: np.full(len(x), np.inf)), DataError, "logarithm of 0"),
    "no probability": (
        bad(score, kind="probability"),
        DataError,
        "between 0 and 1; received numbers from .*kind='score'",
    ),
    "no labels": (bad(score, kind="label"), DataError, "1681 different values|41 different values"),
    "labels of other type": (bad(lambda x: np.full(len(x), "cat")), DataError, "labels such as cat where y has 0"),
    "four columns": (
        lambda: plots.boundary(lambda x: np.ones((len(x), 4)) / 4, X, np.array(["a", "b", "c"])[Y3], **FAST),
        ShapeError,
        "4 columns for 3 classes",
    ),
    "unknown kind": (bad(score, kind="scores"), UsageError, "Did you mean 'score'"),
    "no model": (lambda: plots.boundary(3, X, Y), UsageError, "predict must be a function.*type int"),
    "resolution": (lambda: plots.boundary(score, X, Y, resolution=1), UsageError, "between 2 and 2000.*received 1"),
    "margin": (lambda: plots.boundary(score, X, Y, margin=-1), UsageError, "margin must be.*received -1"),
    "one feature": (
        lambda: plots.boundary(score, X[:, :1], Y),
        UsageError,
        r"two features; received X of shape \(80, 1\)",
    ),
    "3-D X": (lambda: plots.boundary(score, X[None], Y), ShapeError, r"shape \(1, 80, 2\)"),
    "no models": (lambda: plots.boundaries({}, X, Y), UsageError, "mapping of names to models"),
    "a list of models": (lambda: plots.boundaries([score], X, Y), UsageError, "received list.*use plots.boundary"),
    "axes": (
        lambda: plots.boundaries({"a": score, "b": score}, X, Y, ax=Figure().subplots()),
        UsageError,
        r"2 panels \(a, b\); received 1 axes",
    ),
    "columns 0": (lambda: plots.boundaries({"a": score}, X, Y, columns=0), UsageError, "columns must be at least 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_named(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()


def test_an_error_inside_predict_stays_and_says_what_it_was_given() -> None:
    with pytest.raises(ValueError, match="matmul") as caught:
        plots.boundary(lambda x: np.ones((1, 3)) @ x, X, Y, **FAST)
    assert "shape (1681, 2), rows are samples" in caught.value.__notes__[0]


def test_scikit_learn_models_of_all_kinds() -> None:
    svm = pytest.importorskip("sklearn.svm", reason="compares with scikit-learn")
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    three = np.array(["a", "b", "c"])[Y3]
    for model, y, label in (
        (LogisticRegression(), Y, "probability of class 1"),
        (svm.SVC(), Y, "score of class 1"),
        (svm.SVC(decision_function_shape="ovo"), three, "predicted class"),
        (DecisionTreeClassifier(random_state=0), three, "predicted class"),
        (LinearRegression(), X[:, 0] / 3, "predicted target"),
    ):
        fig = plots.boundary(model.fit(X, y), X, y, **FAST)
        assert fig.axes[1].get_ylabel() == label
