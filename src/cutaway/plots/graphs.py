"""A graph laid out in the plane, and what a hidden layer makes of its nodes (or of any samples)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cutaway.data.adjacency import adjacency
from cutaway.errors import ShapeError, UsageError, one_of
from cutaway.plots import frame
from cutaway.plots.inputs import Array, Samples, are_classes, classes_of, matrix, samples, vector
from cutaway.plots.points import class_signs, point_size, scatter, subsample, subsample_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EXACT, _PUSHING = 512, 64  # nodes: of more than so many, each is pushed by a random choice of so many others
_STEPS = 150
_NUMBERED = 60  # nodes: of more, there is no room for their numbers


def graph(
    source: Any,
    labels: object = None,
    predicted: object = None,
    *,
    class_names: Iterable[str] | None = None,
    positions: object = None,
    max_edges: int = 20_000,
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a graph: nodes in the colour of their class, linked ones near each other, wrong predictions ringed.

    Parameters
    ----------
    source : GraphDataset, sparse matrix, array or graph
        What `cutaway.data.adjacency` takes. A ``cutaway.data.GraphDataset`` brings its labels and names.
    labels : array (n_nodes,), optional
        The class of each node.
    predicted : array (n_nodes,), optional
        The predicted class of each node.
    class_names : sequence of str, optional
        Names for the classes in sorted order.
    positions : array (n_nodes, 2), optional
        Where to draw the nodes; by default `layout` decides.
    max_edges : int
        Of more edges than this, an even random choice is drawn, always the same one, and the picture says so.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError, DtypeError, DataError
        If the graph cannot be read, or the labels do not fit it.
    UsageError
        If there are predictions and no labels, or an argument cannot be used.

    Examples
    --------
    >>> from cutaway import data, plots
    >>> club = data.load("karate")
    >>> fig = plots.graph(club, predicted=club.y, title="Two sides")
    >>> [text.get_text() for text in fig.legends[0].get_texts()]
    ['Mr. Hi', 'Officer']
    """
    from matplotlib.collections import LineCollection

    if labels is None and hasattr(source, "adjacency") and hasattr(source, "y"):
        labels = source.y
        class_names = getattr(source, "class_names", None) if class_names is None else class_names
    links = adjacency(getattr(source, "adjacency", source))
    n = links.shape[0]
    if max_edges < 1:
        raise UsageError("max_edges must be at least 1", received=str(max_edges))
    table = _nodes(n, labels, class_names, layout(links) if positions is None else matrix(positions, "positions"))
    wrong = _wrong(table, predicted, n)
    fig, (axes,), new = frame.panels(["graph"], ax, size=(6.4, 5.6))

    ends = np.unique(np.sort(np.column_stack(links.nonzero()), axis=1), axis=0)  # one line for both directions
    kept = subsample(len(ends), max_edges)
    faint = float(np.clip(8 / np.sqrt(len(kept) + 1), 0.15, 0.7))  # many lines are light, so that nodes are seen
    lines = LineCollection(table.X[ends[kept]], colors=frame.GREY, linewidths=0.2 + faint, alpha=faint, zorder=1)
    axes.add_collection(lines)
    scatter(axes, table.X, table, np.arange(n))
    signs = list(class_signs(table)) if table.classes is not None else []
    if wrong is not None and wrong.any():
        signs.append(_rings(axes, table.X[wrong], n))
    if n <= _NUMBERED:
        _number(axes, table)
    note = f"{len(kept):,} of {len(ends):,} edges drawn" if len(kept) < len(ends) else ""
    if wrong is not None:
        note = "\n".join(filter(None, [f"{n - wrong.sum():,} of {n:,} nodes predicted right", note]))
    frame.dress(axes, title=title, note=note)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_aspect("equal")
    frame.legend(fig, [axes], new, signs)
    return fig


def layout(source: Any) -> Array:
    """Return places for the nodes of a graph: linked nodes pull each other, all push each other away.

    Parameters
    ----------
    source : sparse matrix, array or graph
        What `cutaway.data.adjacency` takes; weights count.

    Returns
    -------
    ndarray, shape (n_nodes, 2)
        Within -1 ... 1; the same for the same graph.

    Notes
    -----
    The forces are those of ForceAtlas2 (Jacomy et al. 2014), for each node divided by its mass: a pull that grows with
    the distance, a push that falls with it, and a hold of the centre on all, since parts without a link would drift
    away. Random places that were smoothed along the links are the start, so that the whole is unfolded first.
    """
    links = adjacency(source)
    links = (links + links.T) / 2
    n, rng = links.shape[0], np.random.default_rng(0)
    if n < 3:
        return np.array([[-1.0, 0.0], [1.0, 0.0]])[:n]
    degree = np.asarray(links.sum(axis=1))
    mass = 1 + degree
    places = _smooth(links, mass, rng) * np.sqrt(n)
    for step in range(_STEPS):
        others = np.arange(n) if n <= _EXACT else rng.choice(n, _PUSHING, replace=False)
        squares = (places**2).sum(axis=1)
        squares = np.maximum(squares[:, None] + squares[others] - 2 * places @ places[others].T, 1e-3)
        shares = mass[others] / squares * (n / len(others))
        push = places * shares.sum(axis=1)[:, None] - shares @ places[others]
        pull = (links @ places - degree[:, None] * places) / mass[:, None]
        force = pull + 0.1 * push - 2 * places / (_length(places) + 1e-9)
        furthest = 0.2 * np.sqrt(n) * (1 - step / _STEPS)  # in one step; less and less, so that it comes to rest
        places = places + 0.5 * force * np.minimum(1, furthest / (_length(force) + 1e-9))
    places = places - places.mean(axis=0)
    radius = _length(places) / max(float(_length(places).max()), 1e-9)
    return np.asarray(places / (_length(places) + 1e-9) * radius**0.65)  # gives room to the middle, which is crowded


def _smooth(links: Any, mass: Array, rng: np.random.Generator) -> Array:
    """Random places, each replaced a few times by the mean over its neighbours: the two slowest patterns remain."""
    share = (mass / mass.sum())[:, None]
    places = rng.normal(size=(len(mass), 2))
    for _ in range(30):
        places = (links @ places + places) / mass[:, None]
        places = places - (share * places).sum(axis=0)
        places = np.linalg.qr(np.sqrt(share) * places)[0] / np.sqrt(share)
    return np.asarray(places * np.minimum(1, 3 / (_length(places) + 1e-9)))


def _length(vectors: Array) -> Array:
    return np.asarray(np.sqrt((vectors**2).sum(axis=1, keepdims=True)))


def _nodes(n: int, labels: object, class_names: Iterable[str] | None, places: Array) -> Samples:
    """The nodes as points with their classes."""
    if places.shape != (n, 2):
        raise ShapeError("positions must have a place in the plane for each node", received=f"{places.shape} for {n}")
    if labels is None:
        return samples(places)
    y = vector(labels, "labels", like=n, like_name="the graph")
    if not are_classes(y):
        return samples(places, y)
    classes, names = classes_of(y, class_names)
    return Samples(places, y, ("", ""), classes, names)


def _wrong(table: Samples, predicted: object, n: int) -> Array | None:
    """Which nodes were predicted wrong; None if there are no predictions."""
    if predicted is None:
        return None
    if table.classes is None or table.y is None:
        raise UsageError("predicted is for classes", received="no labels", instead="Give the labels too")
    return np.asarray(vector(predicted, "predicted", like=n, like_name="the graph") != table.y)


def _rings(axes: Axes, places: Array, n: int) -> Any:
    from matplotlib.lines import Line2D

    size = point_size(n)
    area = size + 20 if n > _EXACT else 2.2 * size
    axes.scatter(
        places[:, 0], places[:, 1], s=area, facecolors="none", edgecolors="black", linewidths=0.03 * size + 0.3
    )
    return Line2D(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=9,
        markerfacecolor="none",
        markeredgecolor="black",
        markeredgewidth=1.4,
        label=f"wrong ({len(places)})",
    )


def _number(axes: Axes, table: Samples) -> None:
    for i, (x, y) in enumerate(table.X):
        colour = frame.GREY
        if table.classes is not None and table.y is not None:
            colour = frame.COLOURS[int(np.searchsorted(table.classes, table.y[i])) % len(frame.COLOURS)]
        axes.annotate(str(i), (x, y), (6, 5), textcoords="offset points", fontsize=frame.SMALL, color=colour)


# A hidden layer ----------------------------------------------------------------------------------------------------


def embedding(
    hidden: object,
    labels: object = None,
    *,
    method: Literal["pca", "tsne"] = "pca",
    class_names: Iterable[str] | None = None,
    max_points: int = 5000,
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw what a hidden layer makes of the samples, in two dimensions.

    Parameters
    ----------
    hidden : array (n_samples, n_units)
        Outputs of a layer, as ``net.hidden(X)`` gives them.
    labels : array (n_samples,), optional
        Classes, or a quantity that is shown as a colour scale.
    method : {"pca", "tsne"}
        The plane of largest variance, or t-SNE (van der Maaten and Hinton 2008), which keeps neighbours together and
        distorts distances; it takes a second for a few hundred samples.
    class_names : sequence of str, optional
        Names for the classes in sorted order.
    max_points : int
        Of more samples than this, an even random choice is drawn, always the same one, and the picture says so.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.embedding([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]], [0, 0, 1, 1])
    >>> len(fig.axes[0].collections)
    2
    """
    if method not in ("pca", "tsne"):
        raise one_of(method, ("pca", "tsne"), name="method")
    rows = matrix(hidden, "hidden")
    kept = subsample(len(rows), max_points)
    y = None if labels is None else vector(labels, "labels", like=len(rows), like_name="hidden")[kept]
    places, axis_names = _plane(rows[kept]) if method == "pca" else (_neighbours(rows[kept]), ("", ""))
    note = f"{rows.shape[1]} units" + (", distances distorted (t-SNE)" if method == "tsne" else "")
    note = "\n".join(filter(None, [note, subsample_note(len(rows), kept)]))
    table = samples(places, y, class_names=class_names, feature_names=["first", "second"])
    fig, (axes,), new = frame.panels(["embedding"], ax, size=(5.8, 4.6))
    scatter(axes, places, table, np.arange(len(kept)))
    if table.y is not None and table.classes is None:
        fig.colorbar(axes.collections[-1], ax=axes)
    frame.dress(axes, title=title, x=axis_names[0], y=axis_names[1], note=note)
    if method == "tsne":
        axes.set_xticks([])
        axes.set_yticks([])
    frame.legend(fig, [axes], new, class_signs(table))
    return fig


def _plane(rows: Array) -> tuple[Array, tuple[str, str]]:
    """Coordinates in the plane of largest variance, in the units' own scale."""
    if min(rows.shape) < 2:
        raise UsageError("An embedding needs at least two units and two samples", received=f"shape {rows.shape}")
    _, singular, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    axes = axes[:2] * np.sign(axes[[0, 1], np.abs(axes[:2]).argmax(axis=1)])[:, None]  # a sign is arbitrary
    shares = 100 * singular**2 / max(float(np.sum(singular**2)), 1e-300)
    first, second = (f"principal component {k + 1} ({shares[k]:.0f} % of variance)" for k in (0, 1))
    return (rows - rows.mean(axis=0)) @ axes.T, (first, second)


def _neighbours(rows: Array) -> Array:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(rows) - 1) / 3)
    return np.asarray(TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(rows))
