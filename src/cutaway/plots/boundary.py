"""What a model says everywhere in the plane, with the line where it changes its mind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cutaway.errors import UsageError
from cutaway.plots import frame
from cutaway.plots.inputs import samples
from cutaway.plots.plane import plane
from cutaway.plots.points import class_signs, subsample
from cutaway.plots.shading import Scene, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def boundary(
    predict: object,
    X: object,
    y: object = None,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    resolution: int = 300,
    margin: float = 0.1,
    kind: str = "auto",
    features: Sequence[int | str] | None = None,
    feature_names: Iterable[str] | None = None,
    class_names: Iterable[str] | None = None,
    target_name: str | None = None,
    max_points: int = 2000,
) -> Figure:
    """Draw what any model predicts in the plane of the data, its decision boundary, and the data.

    The picture follows from what the model answers: a probability becomes a field with the line at 0.5, a score a field
    with the line at 0, labels (or more than two classes) become regions, a quantity a field of values.

    Parameters
    ----------
    predict : callable or object
        A function of ``X`` (n, n_features), or a model: the first it has of ``predict_proba``, ``decision_function``
        and ``predict`` is asked. The answer is labels, scores or probabilities of shape (n,), (n, 1), (n, 2) or
        (n, n_classes). Of (n, 2) scores the difference is drawn.
    X : array (n_samples, n_features), or Dataset
        The samples in rows. Of more than two features, two are chosen with ``features`` and the others held at their
        mean, or the plane of the first two principal components is drawn; the picture says which.
    y : array (n_samples,) or (n_samples, 1), optional
        Labels, or a quantity.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title.
    resolution : int
        Points of the grid along each axis, 2 to 2000.
    margin : float
        Room around the data, as a share of its range.
    kind : {"auto", "probability", "score", "label", "value"}
        What the answer means; "auto" tells whole numbers and text (labels) from numbers in [0, 1] (probabilities) from
        others (scores).
    features : two column numbers or names, optional
        Which two features to draw.
    feature_names, class_names : sequences of str, optional
        Names for the columns of ``X``, and for the classes in sorted order.
    target_name : str, optional
        What a quantity ``y`` is called.
    max_points : int
        Of more samples than this, an even random choice is drawn, and the picture says so.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        If ``X`` or ``y`` has a wrong shape, or ``predict`` doesn't return one row for each point.
    DataError
        If the data or the answer has NaN, or labels of another type than ``y``.
    UsageError
        If an option or a name is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from cutaway import plots
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    >>> fig = plots.boundary(lambda X: X @ np.array([1.0, 1.0]) - 1.5, X, y, title="AND")
    >>> fig.axes[1].get_ylabel()
    'score of class 1'
    """
    scene = _scene(X, y, resolution, margin, features, feature_names, class_names, target_name, max_points)
    fig, axes, new = frame.panels(["boundary"], ax, size=(6.4, 4.8))
    drawn = draw(axes[0], predict, scene, kind, title)
    drawn.colour_bar(fig, axes)
    frame.legend(fig, axes, new, class_signs(scene.table))
    return fig


def boundaries(
    models: Mapping[str, object],
    X: object,
    y: object = None,
    *,
    ax: Iterable[Axes] | Axes | None = None,
    title: str | None = None,
    columns: int = 3,
    kind: str = "auto",
    resolution: int = 300,
    margin: float = 0.1,
    features: Sequence[int | str] | None = None,
    feature_names: Iterable[str] | None = None,
    class_names: Iterable[str] | None = None,
    target_name: str | None = None,
    max_points: int = 2000,
) -> Figure:
    """Draw the boundaries of several models side by side, on the same data.

    Parameters
    ----------
    models : mapping of str to callable or object
        Each name becomes the title of a panel; the values are as ``predict`` of `boundary`.
    X, y, resolution, margin, kind, features, feature_names, class_names, target_name, max_points
        As in `boundary`.
    ax : sequence of matplotlib.axes.Axes, optional
        Axes of your own, one for each model.
    title : str, optional
        The title of the whole figure; only of a new one.
    columns : int
        Panels in a row.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError, DataError, UsageError
        As in `boundary`; or if there is no model.

    Examples
    --------
    >>> from cutaway import plots
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> fig = plots.boundaries({"left": lambda X: X[:, 0] - 0.5, "low": lambda X: X[:, 1] - 0.5}, X, y)
    >>> [axes.get_title(loc="left") for axes in fig.axes[:2]]
    ['left', 'low']
    """
    if not models or not hasattr(models, "items"):
        raise UsageError(
            "boundaries takes a mapping of names to models",
            received=f"an object of type {type(models).__name__} of length 0" if not models else type(models).__name__,
            instead="Write {'tree': tree, 'network': network}; for one model use plots.boundary",
        )
    scene = _scene(X, y, resolution, margin, features, feature_names, class_names, target_name, max_points)
    fig, axes, new = frame.panels([str(name) for name in models], ax, size=(4.6, 4.0), columns=columns)
    drawn = [
        draw(a, model, scene, kind, frame.shortened(name, 40))
        for a, (name, model) in zip(axes, models.items(), strict=True)
    ]
    if all(d.same_bar(drawn[0]) for d in drawn):
        drawn[0].colour_bar(fig, axes)
    else:
        for one, a in zip(drawn, axes, strict=True):
            one.colour_bar(fig, [a])
    frame.heading(fig, axes, title, new)
    frame.legend(fig, axes, new, class_signs(scene.table))
    return fig


def _scene(
    X: object,
    y: object,
    resolution: int,
    margin: float,
    features: Sequence[int | str] | None,
    feature_names: Iterable[str] | None,
    class_names: Iterable[str] | None,
    target_name: str | None,
    max_points: int,
) -> Scene:
    if not 2 <= resolution <= 2000:
        raise UsageError("resolution must be between 2 and 2000 points along each axis", received=str(resolution))
    if not 0 <= margin < np.inf:
        raise UsageError("margin must be a share of the data's range, 0 or more", received=str(margin))
    table = samples(X, y, feature_names=feature_names, class_names=class_names, target_name=target_name)
    view = plane(table, features)
    xy = view.project(table.X)
    low, high = xy.min(axis=0), xy.max(axis=0)
    room = np.where(high > low, (high - low) * margin, 1.0)
    across, up = (np.linspace(low[i] - room[i], high[i] + room[i], resolution) for i in (0, 1))
    return Scene(table, view, xy, across, up, subsample(len(xy), max_points))
