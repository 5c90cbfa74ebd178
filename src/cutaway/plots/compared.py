"""Many configurations beside each other: bars of their scores, and curves of their training with bands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError, ShapeError, UsageError, one_of
from cutaway.plots import frame
from cutaway.plots.curves import _log_scale
from cutaway.plots.scores import _scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


def bars(
    scores: Mapping[str, float | Sequence[float]],
    *,
    baseline: str,
    metric: str = "accuracy",
    marked: Iterable[str] = (),
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw scores as bars that start at the score of a baseline: to the right of it is better, to the left worse.

    Parameters
    ----------
    scores : mapping of str to float or sequence of float
        For each model one score, or one for each seed: a dot each, the bar ends at the mean, the whisker is the
        standard deviation on both sides of it, and the numbers stand beside.
    baseline : str
        The model that the others are held against: a dashed line at its mean.
    metric : str
        What was measured.
    marked : iterable of str
        Models whose bars are darker.
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
        If the baseline, or a model that is to be marked, is none of those with a score.
    DataError, DtypeError, ShapeError
        If the scores of a model are not one finite number, or a list of them.

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.bars({"8": [0.95, 0.97], "2": [0.85, 0.87], "line": 0.86}, baseline="line")
    >>> [label.get_text() for label in fig.axes[0].get_yticklabels()]
    ['8', '2', 'line']
    """
    table = {str(name): _scores(str(name), values) for name, values in scores.items()}
    for name in (baseline, *marked):
        if name not in table:
            raise one_of(name, table, name="The model")
    fig, (axes,), _ = frame.panels(["scores"], ax, size=(7.2, 0.42 * len(table) + 1.3))
    start, strong = float(table[baseline].mean()), set(marked)
    axes.axvline(start, color=frame.GREY, linestyle=(0, (4, 1.5)), linewidth=1.4, zorder=3)
    for row, (name, values) in enumerate(table.items()):
        mean, spread = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0
        colour = frame.BLUE if mean >= start else frame.VERMILION
        light = frame.lighten(colour, 0.25 if name in strong or not strong else 0.6)
        axes.barh(row, mean - start, left=start, height=0.62, color=light, zorder=2)
        if spread:
            axes.errorbar(mean, row, xerr=spread, color="#222222", capsize=3, linewidth=1.3, zorder=5)
        if len(values) > 1:
            axes.scatter(values, np.full(len(values), row), s=14, color="#222222", alpha=0.45, linewidths=0, zorder=4)
        text = f"{mean:.3f}" + (f" ± {spread:.3f}" if len(values) > 1 else "")
        axes.annotate(
            text,
            (1, row),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=frame.SMALL,
            weight="bold" if name in strong else "normal",
            annotation_clip=False,
        )
    axes.set_yticks(range(len(table)), [frame.shortened(name, 44) for name in table])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.margins(x=0.06)
    frame.dress(axes, title=title, x=metric, grid=True)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    return fig


def bands(
    runs: Mapping[str, Sequence[Sequence[float]]],
    *,
    name: str = "loss",
    log: bool = False,
    columns: int = 3,
    ax: Iterable[Axes] | Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a panel for each model: the mean of its runs by epoch, in a band from the lowest to the highest.

    The means of the other models are there in grey, and all panels have the same scales.

    Parameters
    ----------
    runs : mapping of str to sequence of curves
        For each model the numbers of each run, from epoch 1 on. A run that ended before others of its model keeps its
        lowest number from there on, as its weights do; numbers that are not finite are left out.
    name : str
        What the numbers are.
    log : bool
        A logarithmic scale, where all numbers are above 0.
    columns : int
        Panels in a row.
    ax : sequence of matplotlib.axes.Axes, optional
        Axes of your own, one for each model.
    title : str, optional
        The title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        If there is no model.
    DataError, ShapeError
        If a model has no curve, or a curve no finite number.

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.bands({"4": [[0.7, 0.5, 0.4], [0.7, 0.6]], "8": [[0.7, 0.3, 0.2]]})
    >>> [axes.get_title(loc="left") for axes in fig.axes]
    ['4', '8']
    """
    from matplotlib.ticker import MaxNLocator

    if not runs:
        raise UsageError("bands needs at least one model", instead="Write {'8,8': [history['loss'], ...]}")
    tables = {str(label): _held(str(label), curves) for label, curves in runs.items()}
    fig, axes, new = frame.panels(list(tables), ax, size=(3.7, 3.0), columns=columns)
    low, high = (float(extreme([extreme(table) for table in tables.values()])) for extreme in (np.min, np.max))
    for panel, (label, table) in zip(axes, tables.items(), strict=True):
        for other, grey in tables.items():
            if other != label:
                panel.plot(_epochs(grey), grey.mean(axis=0), color="#BBBBBB", linewidth=1.0, zorder=2)
        if len(table) > 1:
            panel.fill_between(
                _epochs(table), table.min(axis=0), table.max(axis=0), color=frame.BLUE, alpha=0.22, linewidth=0
            )
        panel.plot(_epochs(table), table.mean(axis=0), color=frame.BLUE, linewidth=1.8, zorder=3)
        room = (high / low) ** 0.04 if log and low > 0 else 0.04 * ((high - low) or 1.0)
        panel.set_xlim(0, 1.02 * max(t.shape[1] for t in tables.values()) + 0.5)
        panel.set_ylim((low / room, high * room) if log and low > 0 else (low - room, high + room))
        if log and low > 0:
            _log_scale(panel)
        frame.dress(panel, title=frame.shortened(label, 34), x="epoch", y=name, grid=True)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    frame.heading(fig, axes, title, new)
    return fig


def _epochs(table: Floats) -> Floats:
    return np.arange(1, table.shape[1] + 1, dtype=np.float64)


def _held(label: str, curves: Sequence[Sequence[float]]) -> Floats:
    """Curves of one length, shape (runs, epochs): what ended keeps its lowest number."""
    arrays = [np.asarray(curve, np.float64) for curve in curves]
    if not arrays or any(a.ndim != 1 for a in arrays):
        raise ShapeError(f"{label} needs a list of curves", instead="Write [[0.7, 0.5], [0.7, 0.6]]")
    finite = [a[np.isfinite(a)] for a in arrays]
    if any(a.size == 0 for a in finite):
        raise DataError(f"a curve of {label} holds no finite number")
    longest = max(len(a) for a in finite)
    return np.array([np.concatenate([a, np.full(longest - len(a), a.min())]) for a in finite])
