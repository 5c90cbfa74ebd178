"""A data set as points: one colour and one marker for each class, or a colour scale for a quantity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cutaway.errors import UsageError
from cutaway.plots import frame
from cutaway.plots.inputs import Array, Samples, samples
from cutaway.plots.plane import plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


def data(
    X: object,
    y: object = None,
    *,
    features: Sequence[int | str] | None = None,
    feature_names: Iterable[str] | None = None,
    class_names: Iterable[str] | None = None,
    target_name: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    max_points: int = 5000,
) -> Figure:
    """Draw a data set as points.

    Two features are drawn as they are. Of more, the first two principal components of the standardized features are
    drawn (and named on the axes), or the two columns in ``features``. One feature is drawn against its classes or
    target.

    Parameters
    ----------
    X : array (n_samples, n_features), or Dataset
        The samples in rows. A ``cutaway.data.Dataset`` brings its own labels and names.
    y : array (n_samples,) or (n_samples, 1), optional
        Text, or at most 30 different whole numbers, are classes; other numbers are a quantity, shown as a colour scale.
    features : two column numbers or names, optional
        Which two features to draw.
    feature_names, class_names : sequences of str, optional
        Names for the columns of ``X``, and for the classes in sorted order.
    target_name : str, optional
        What a quantity ``y`` is called.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title.
    max_points : int
        Of more samples than this, an even random choice is drawn, always the same one, and the picture says so.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        If ``X`` is not two-dimensional or ``y`` has another length.
    DataError
        If a value is NaN or infinite.
    UsageError
        If a feature is not known or a name is missing.

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.data([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], title="XOR")
    >>> [axes.get_xlabel() for axes in fig.axes]
    ['x1']
    """
    table = samples(X, y, feature_names=feature_names, class_names=class_names, target_name=target_name)
    fig, (axes,), new = frame.panels(["points"], ax, size=(5.8, 4.6))
    kept = subsample(len(table.X), max_points)
    notes = [subsample_note(len(table.X), kept)]
    if table.X.shape[1] == 1:
        xy, labels = _one_feature(table)
    else:
        view = plane(table, features)
        xy, labels = view.project(table.X), view.labels
        notes.insert(0, view.project_note)
    scatter(axes, xy, table, kept)
    if table.X.shape[1] == 1 and table.classes is not None:
        axes.set_yticks(range(len(table.classes)), [frame.shortened(name) for name in table.class_names])
    elif table.y is not None and table.classes is None and table.X.shape[1] > 1:
        fig.colorbar(axes.collections[-1], ax=axes, label=frame.shortened(table.target_name, 60))
    frame.dress(axes, title=title, x=labels[0], y=labels[1], note="\n".join(filter(None, notes)), grid=True)
    frame.legend(fig, [axes], new, class_signs(table))
    return fig


def scatter(ax: Axes, xy: Array, table: Samples, kept: Array, *, limits: tuple[float, float] | None = None) -> None:
    """Draw the kept points, class by class in its colour and marker, or coloured by a quantity."""
    size = point_size(len(kept))
    width = 0.02 * size
    if table.classes is None:
        ax.scatter(
            xy[kept, 0],
            xy[kept, 1],
            s=size,
            c=frame.GREY if table.y is None else table.y[kept],
            cmap=None if table.y is None else frame.SEQUENTIAL,
            vmin=limits[0] if limits else None,
            vmax=limits[1] if limits else None,
            edgecolors="white",
            linewidths=width,
        )
        return
    assert table.y is not None
    for i, (label, name) in enumerate(zip(table.classes, table.class_names, strict=True)):
        chosen = kept[table.y[kept] == label]
        ax.scatter(
            xy[chosen, 0],
            xy[chosen, 1],
            s=size,
            color=frame.COLOURS[i % len(frame.COLOURS)],
            marker=frame.MARKERS[i % len(frame.MARKERS)],
            edgecolors="white",
            linewidths=width,
            label=name,
        )


def class_signs(table: Samples) -> list[Line2D]:
    """Return the signs of a legend: each class with its marker, large enough to be told from the others."""
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=frame.MARKERS[i % len(frame.MARKERS)],
            markersize=7,
            color=frame.COLOURS[i % len(frame.COLOURS)],
            label=frame.class_title(name),
        )
        for i, name in enumerate(table.class_names)
    ]


def point_size(count: int) -> float:
    """Return the area of a marker in square points: many points are small, a handful is large."""
    return float(np.clip(630 / np.sqrt(count), 9, 42)) if count > 20 else 110.0


def subsample(count: int, most: int) -> Array:
    """Return the indices of the points to draw: all, or an even choice of ``most`` that is always the same."""
    if most < 1:
        raise UsageError("max_points must be at least 1", received=str(most))
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def subsample_note(count: int, kept: Array) -> str:
    """Return the sentence that says how many points are missing, or nothing."""
    return f"{len(kept):,} of {count:,} points drawn" if len(kept) < count else ""


def _one_feature(table: Samples) -> tuple[Array, tuple[str, str]]:
    """Return points for a single feature: against the target, or in one row for each class, spread to be seen."""
    x = table.X[:, 0]
    if table.classes is not None and table.y is not None:
        rows = np.searchsorted(table.classes, table.y)
        height, label = rows + np.random.default_rng(0).uniform(-0.15, 0.15, len(x)), "class"
    elif table.y is not None:
        height, label = table.y, table.target_name
    else:
        height, label = np.zeros(len(x)), ""
    return np.column_stack([x, height]), (table.feature_names[0], label)
