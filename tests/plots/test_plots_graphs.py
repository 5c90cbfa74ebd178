"""Graphs in the plane, and hidden layers: what is drawn, where, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from scipy import sparse

from cutaway import data, plots
from cutaway.errors import ShapeError, UsageError

RNG = np.random.default_rng(0)
CLUB = data.load("karate")


def lines(fig: Figure) -> LineCollection:
    (found,) = [c for c in fig.axes[0].collections if isinstance(c, LineCollection)]
    return found


def points(fig: Figure) -> list[PathCollection]:
    return [c for c in fig.axes[0].collections if isinstance(c, PathCollection)]


def words(fig: Figure) -> list[str]:
    return [text.get_text() for legend in fig.legends for text in legend.get_texts()]


def communities(count: int, size: int) -> tuple[sparse.csr_array, np.ndarray]:
    """Groups with many links within and few between."""
    label = np.repeat(np.arange(count), size)
    n = len(label)
    chance = np.where(label[:, None] == label, 8 / size, 0.3 / n)
    upper = np.triu(RNG.uniform(size=(n, n)) < chance, 1)
    return sparse.csr_array((upper | upper.T).astype(float)), label


# Layout -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [30, 300])
def test_linked_nodes_lie_near_each_other(size: int) -> None:
    """Of small graphs all nodes push each other, of large ones some: both set communities apart."""
    links, label = communities(3, size)
    places = plots.layout(links)
    assert places.shape == (3 * size, 2) and np.abs(places).max() <= 1
    middles = np.array([np.median(places[label == k], axis=0) for k in range(3)])
    nearest = ((places[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1)
    assert np.mean(nearest == label) > 0.85


def test_the_same_graph_has_the_same_places() -> None:
    np.testing.assert_array_equal(plots.layout(CLUB.adjacency), plots.layout(CLUB.adjacency))


@pytest.mark.parametrize("n", [1, 2, 3, 9])
def test_nodes_without_links_do_not_fall_together(n: int) -> None:
    places = plots.layout(sparse.csr_array((n, n)))
    apart = np.linalg.norm(places[:, None] - places, axis=2) + np.eye(n)
    assert places.shape == (n, 2) and np.isfinite(places).all() and apart.min() > 0.1


# The graph --------------------------------------------------------------------------------------------------------


def test_a_data_set_brings_its_classes() -> None:
    fig = plots.graph(CLUB, title="club")
    assert words(fig) == ["Mr. Hi", "Officer"]
    assert [len(p.get_offsets()) for p in points(fig)] == [17, 17]
    assert fig.axes[0].get_title(loc="left") == "club"
    assert {text.get_text() for text in fig.axes[0].texts} == set(map(str, range(34)))


def test_every_edge_is_drawn_once_and_ends_at_its_nodes() -> None:
    places = RNG.normal(size=(34, 2))
    fig = plots.graph(CLUB.adjacency, positions=places)
    segments = np.array(lines(fig).get_segments())
    assert len(segments) == 78
    ends = [tuple(sorted((i, j))) for i, j in zip(*CLUB.adjacency.nonzero(), strict=True)]
    expected = np.array([places[[i, j]] for i, j in sorted(set(ends))])
    np.testing.assert_array_equal(segments, expected)


def test_wrong_predictions_are_ringed_and_counted() -> None:
    places = RNG.normal(size=(34, 2))
    predicted = CLUB.y.copy()
    predicted[[8, 20]] = 1 - predicted[[8, 20]]
    fig = plots.graph(CLUB, predicted=predicted, positions=places)
    np.testing.assert_array_equal(points(fig)[-1].get_offsets(), places[[8, 20]])
    assert words(fig) == ["Mr. Hi", "Officer", "wrong (2)"]
    assert fig.axes[0].get_xlabel() == "32 of 34 nodes predicted right"


def test_nothing_is_ringed_if_all_is_right() -> None:
    fig = plots.graph(CLUB, predicted=CLUB.y)
    assert words(fig) == ["Mr. Hi", "Officer"]
    assert fig.axes[0].get_xlabel() == "34 of 34 nodes predicted right"


def test_of_many_edges_some_are_drawn_and_it_says_so() -> None:
    fig = plots.graph(CLUB.adjacency, max_edges=50)
    assert len(lines(fig).get_segments()) == 50
    assert fig.axes[0].get_xlabel() == "50 of 78 edges drawn"


def test_large_graphs_have_no_numbers() -> None:
    links, label = communities(2, 40)
    fig = plots.graph(links, label)
    assert len(fig.axes[0].texts) == 0 and words(fig) == ["class 0", "class 1"]


def test_it_draws_into_axes_of_yours() -> None:
    fig = Figure()
    ax = fig.add_subplot()
    assert plots.graph([[0, 1], [1, 2], [2, 0]], [0, 1, 1], ax=ax) is fig
    fig.draw_without_rendering()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="labels"):
        plots.graph(CLUB.adjacency, [0, 1])
    with pytest.raises(ShapeError, match="predicted"):
        plots.graph(CLUB, predicted=[0, 1])
    with pytest.raises(ShapeError, match=r"received \(3, 2\) for 34"):
        plots.graph(CLUB, positions=np.zeros((3, 2)))
    with pytest.raises(UsageError, match="Give the labels too"):
        plots.graph(CLUB.adjacency, predicted=CLUB.y)
    with pytest.raises(UsageError, match="max_edges must be at least 1"):
        plots.graph(CLUB, max_edges=0)


# Hidden layers ----------------------------------------------------------------------------------------------------

H = RNG.normal(size=(60, 5)) * [9, 3, 1, 1, 1]
LABELS = np.repeat([0, 1, 2], 20)


def test_the_plane_of_largest_variance_is_that_of_scikit_learn() -> None:
    decomposition = pytest.importorskip("sklearn.decomposition")
    places = np.concatenate([np.asarray(p.get_offsets()) for p in points(plots.embedding(H, LABELS))])
    expected = decomposition.PCA(2).fit_transform(H)
    np.testing.assert_allclose(np.abs(places), np.abs(expected), atol=1e-10)


def test_an_embedding_says_what_it_is() -> None:
    fig = plots.embedding(H, LABELS, class_names=["a", "b", "c"], title="hidden", max_points=45)
    assert words(fig) == ["a", "b", "c"]
    assert fig.axes[0].get_xlabel().split("\n")[1:] == ["5 units", "45 of 60 points drawn"]
    assert "% of variance" in fig.axes[0].get_ylabel()
    assert len(plots.embedding(H).axes[0].collections) == 1
    assert len(plots.embedding(H, H[:, 0]).axes) == 2  # a quantity has a colour bar


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_neighbours_stay_together() -> None:
    far = H[:30] / 10 + 50 * np.eye(5)[LABELS[::2]]
    fig = plots.embedding(far, LABELS[::2], method="tsne")
    groups = [np.asarray(p.get_offsets()) for p in points(fig)]
    widest = max(np.ptp(g, axis=0).max() for g in groups)
    middles = np.array([g.mean(axis=0) for g in groups])
    assert np.linalg.norm(middles[:, None] - middles, axis=2)[~np.eye(3, dtype=bool)].min() > widest / 2
    assert "t-SNE" in fig.axes[0].get_xlabel()


def test_what_cannot_be_embedded_is_refused() -> None:
    with pytest.raises(UsageError, match="method is not known"):
        plots.embedding(H, LABELS, method="umap")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="at least two units"):
        plots.embedding(H[:, :1], LABELS)
    with pytest.raises(ShapeError):
        plots.embedding(H, LABELS[:5])
