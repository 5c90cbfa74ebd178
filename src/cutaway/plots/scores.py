"""How good predictions are: which classes are confused, how far a quantity is missed, which model wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cutaway.errors import DataError, DtypeError, ShapeError, UsageError, one_of
from cutaway.plots import frame
from cutaway.plots.inputs import Array, are_classes, classes_of, finite, numbers, vector
from cutaway.plots.points import point_size, subsample, subsample_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def confusion(
    y_true: object,
    y_pred: object,
    *,
    class_names: Iterable[str] | None = None,
    normalize: bool = False,
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the confusion matrix: how many samples of each true class (row) were predicted as each class (column).

    Parameters
    ----------
    y_true, y_pred : arrays (n,)
        True and predicted labels.
    class_names : sequence of str, optional
        Names for labels 0, 1, ..., or for the classes in sorted order.
    normalize : bool
        Shares of each row instead of counts.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title; otherwise the accuracy.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        If the two are not one label for each sample, of the same length.
    DataError
        If these are not classes, or labels of different types.

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.confusion([0, 0, 1, 1], [0, 1, 1, 1])
    >>> fig.axes[0].get_title(loc="left")
    'accuracy 0.750 (3 of 4)'
    """
    true = vector(y_true, "y_true")
    said = vector(y_pred, "y_pred", like=len(true), like_name="y_true")
    if (true.dtype.kind in "UT") != (said.dtype.kind in "UT"):
        raise DataError(
            "y_true and y_pred must be labels of the same type", received=f"such as {true[0]!s} and {said[0]!s}"
        )
    for name, labels in (("y_true", true), ("y_pred", said)):
        if not are_classes(labels):
            raise DataError(
                f"{name} must hold classes, text or at most 30 different whole numbers",
                received=f"{len(np.unique(labels))} different values such as {labels[0]:.4g}",
                instead="Of probabilities take the label: (p >= 0.5).astype(int)",
            )
    classes, names = classes_of(np.concatenate([true, said]), class_names)
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (np.searchsorted(classes, true), np.searchsorted(classes, said)), 1)

    table = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) if normalize else counts
    side = (0.62 if len(classes) <= 10 else 0.44) * len(classes)  # inches; room for four digits
    names = tuple(frame.shortened(name, 18) for name in names)
    upright = max(len(name) for name in names) > 5
    words = 0.08 * max(len(name) for name in names)
    size = (max(4.4, side + words + 1.6), max(3.8, side + (words if upright else 0.2) + 1.0))
    fig, (axes,), _ = frame.panels(["confusion"], ax, size=size)
    image = axes.imshow(table, cmap="Blues", vmin=0, vmax=1 if normalize else max(int(counts.max()), 1), aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        colour = frame.ink(image.cmap(image.norm(value))[:3])
        text = (f"{value:.2f}" if value else "0") if normalize else f"{value}"
        weight = "bold" if row == column else "normal"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=frame.SMALL, weight=weight)
    ticks = range(len(classes))
    axes.set_xticks(ticks, names, rotation=90 if upright and len(classes) > 3 else 0)
    axes.set_yticks(ticks, names)
    right = int(np.trace(counts))
    frame.dress(
        axes,
        title=title or f"accuracy {right / len(true):.3f} ({right:,} of {len(true):,})",
        x="predicted class",
        y="true class",
    )
    axes.spines[:].set_visible(False)
    fig.colorbar(image, ax=axes, aspect=30, pad=0.02, label="share of the true class" if normalize else "samples")
    return fig


def predictions(
    y_true: object,
    y_pred: object,
    *,
    target_name: str = "target",
    max_points: int = 5000,
    ax: Iterable[Axes] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a predicted quantity against the true one, and the residuals (true minus predicted).

    Parameters
    ----------
    y_true, y_pred : arrays (n,) or (n, 1)
        True and predicted values.
    target_name : str
        What the quantity is, with its unit.
    max_points : int
        Of more samples than this, an even random choice is drawn, and the picture says so.
    ax : two matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title; otherwise R² (the share of the variance that is explained) and the mean absolute error.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        If the two don't have one number for each sample.
    DataError
        If a value is NaN or infinite.

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.predictions([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], target_name="height in m")
    >>> [axes.get_ylabel() for axes in fig.axes]
    ['predicted height in m', 'true minus predicted']
    """
    true = vector(numbers(y_true, "y_true"), "y_true").astype(np.float64)
    said = vector(numbers(y_pred, "y_pred"), "y_pred", like=len(true), like_name="y_true").astype(np.float64)
    rest = true - said
    spread = float(np.sum((true - true.mean()) ** 2))
    fit = f"R² {1 - float(np.sum(rest**2)) / spread:.3f}, " if spread else ""
    said_title = title or f"{fit}mean absolute error {float(np.abs(rest).mean()):.3g}"
    kept = subsample(len(true), max_points)
    note = subsample_note(len(true), kept)
    fig, (left, right), _ = frame.panels(["predicted", "residuals"], ax, size=(4.9, 4.0))
    look = {
        "s": point_size(len(kept)),
        "color": frame.BLUE,
        "edgecolors": "white",
        "linewidths": 0.4,
    }
    ends = [min(true.min(), said.min()), max(true.max(), said.max())]
    left.plot(ends, ends, color=frame.GREY, linestyle=(0, (4, 1.5)), linewidth=1.4, label="perfect")
    left.scatter(true[kept], said[kept], **look)  # type: ignore[arg-type]
    frame.dress(left, title=said_title, x=f"true {target_name}", y=f"predicted {target_name}", note=note, grid=True)
    right.axhline(0, color=frame.GREY, linestyle=(0, (4, 1.5)), linewidth=1.4)
    right.scatter(said[kept], rest[kept], **look)  # type: ignore[arg-type]
    frame.dress(right, title="residuals", x=f"predicted {target_name}", y="true minus predicted", note=note, grid=True)
    return fig


def comparison(
    scores: Mapping[str, float | Sequence[float]],
    *,
    metric: str = "accuracy",
    baseline: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the scores of several models: a dot for each run, a bar at the mean, and the numbers.

    Parameters
    ----------
    scores : mapping of str to float or sequence of float
        For each model one score, or one for each seed.
    metric : str
        What was measured.
    baseline : str, optional
        The model to beat; a line is drawn at its mean.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        If there is no model, or the baseline is none of them.
    DataError, DtypeError, ShapeError
        If the scores of a model are not one finite number, or a list of them.

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.comparison({"network": [0.95, 0.97], "line": 0.86}, baseline="line")
    >>> [label.get_text() for label in fig.axes[0].get_yticklabels()]
    ['network', 'line']
    """
    if not scores:
        raise UsageError("comparison needs at least one score", instead="Write {'network': [0.95, 0.97], 'line': 0.86}")
    table = {str(name): _scores(str(name), values) for name, values in scores.items()}
    if baseline is not None and baseline not in table:
        raise one_of(baseline, table, name="baseline")
    fig, (axes,), _ = frame.panels(["comparison"], ax, size=(6.6, 0.5 * len(table) + 1.3))
    for row, (name, values) in enumerate(table.items()):
        colour = frame.GREY if name == baseline else frame.BLUE
        axes.scatter(values, np.full(len(values), row), s=34, color=colour, alpha=0.55, linewidths=0, zorder=2)
        mean = float(values.mean())
        axes.plot([mean, mean], [row - 0.28, row + 0.28], color=colour, linewidth=3, zorder=3)
        spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
        axes.annotate(
            f"{mean:.3f}{spread}",
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    if baseline is not None:
        axes.axvline(float(table[baseline].mean()), color=frame.GREY, linestyle=(0, (4, 1.5)), linewidth=1.2, zorder=1)
    axes.set_yticks(range(len(table)), [frame.shortened(name, 32) for name in table])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.margins(x=0.08)
    several = any(len(values) > 1 for values in table.values())
    frame.dress(
        axes, title=title, x=metric, note="dots: runs; bar: their mean; ± standard deviation" if several else ""
    )
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return fig


def _scores(name: str, values: object) -> Array:
    try:
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise DtypeError(f"the scores of {name!r} must be numbers", received=f"a {type(values).__name__}") from None
    if array.ndim != 1 or len(array) == 0:
        raise ShapeError(f"the scores of {name!r} must be a number or a list", received=f"shape {array.shape}")
    finite(array, f"the score of {name!r}")
    return array
