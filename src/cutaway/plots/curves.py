"""How training went: loss and metrics by epoch, with validation, of one run or of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.errors import DataError, ShapeError, UsageError, one_of
from cutaway.plots import frame
from cutaway.plots.inputs import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOT_METRICS = ("epoch", "step", "lr", "learning_rate", "seconds")
VALIDATION = "val_"


def curves(
    history: object,
    *,
    metrics: Sequence[str] | None = None,
    log: bool = False,
    ax: Iterable[Axes] | Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw loss and metrics by epoch, one panel for each, training solid and validation dashed.

    Parameters
    ----------
    history : History, mapping of columns, list of records, or mapping of names to any of these
        One run, or several by name. A column ``val_x`` is drawn into the panel of ``x``.
    metrics : sequence of str, optional
        Which columns to draw, such as ``["loss", "lr"]``; otherwise the loss and every metric.
    log : bool
        A logarithmic scale for losses.
    ax : sequence of matplotlib.axes.Axes, optional
        Axes of your own, one for each panel.
    title : str, optional
        The title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        If this is no history, or a metric is not in it.
    ShapeError
        If the columns of a history have different lengths.
    DataError
        If nothing was recorded, or a loss is not positive and the scale is to be logarithmic.

    Examples
    --------
    >>> from cutaway import plots
    >>> fig = plots.curves({"loss": [0.7, 0.4, 0.3], "val_loss": [0.7, 0.5, 0.45], "accuracy": [0.5, 0.8, 0.9]})
    >>> [axes.get_ylabel() for axes in fig.axes]
    ['loss', 'accuracy']
    """
    from matplotlib.ticker import MaxNLocator

    runs = {name: _columns(run) for name, run in _runs(history).items()}
    names = _metrics(runs, metrics)
    fig, axes, new = frame.panels(names, ax, size=(5.0, 3.7))
    for panel, metric in zip(axes, names, strict=True):
        logarithmic = log and "loss" in metric
        for i, (run, columns) in enumerate(runs.items()):
            _draw(panel, run, columns, metric, i if len(runs) > 1 else None, logarithmic)
        if logarithmic:
            _log_scale(panel)
        frame.dress(panel, x="epoch", y=metric.replace("_", " "), grid=True)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    frame.heading(fig, axes, title, new)
    _legend(fig, axes, new, runs, names)
    return fig


def _draw(ax: Axes, run: str, columns: dict[str, Array], metric: str, index: int | None, log: bool) -> None:
    """Draw one metric of one run: a single run differs in colour and dashes, several only in dashes."""
    for column, part, dashes in ((metric, "training", "-"), (VALIDATION + metric, "validation", (0, (4, 1.5)))):
        if column not in columns:
            continue
        values = columns[column]
        shown = np.isfinite(values)
        if log and np.any(values[shown] <= 0):
            raise DataError(
                f"the {column} of {run or 'this history'} can't be drawn on a logarithmic scale",
                received=f"a smallest value of {values[shown].min():.4g}",
                instead="Leave log=True out",
            )
        number = (0 if part == "training" else 1) if index is None else index
        ax.plot(
            columns.get("epoch", np.arange(1, len(values) + 1))[shown],
            values[shown],
            color=frame.COLOURS[number % len(frame.COLOURS)],
            linestyle=dashes,
            linewidth=1.8,
            marker="o" if shown.sum() < 3 else None,
            label=f"{run} {part}".strip(),
        )


def _log_scale(ax: Axes) -> None:
    """Make the y axis logarithmic, with plain numbers; between powers of ten only where there are few of those."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high / low < 1e3 else (1.0,)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _legend(fig: Figure, axes: list[Axes], new: bool, runs: Mapping[str, dict[str, Array]], names: list[str]) -> None:
    from matplotlib.lines import Line2D

    validated = any(VALIDATION + metric in columns for columns in runs.values() for metric in names)
    if len(runs) == 1:
        lines = {line.get_label(): line for panel in axes for line in panel.get_lines()}
        if validated:
            frame.legend(fig, axes, new, list(lines.values()))
        return
    keys = [
        Line2D([], [], color=frame.COLOURS[i % len(frame.COLOURS)], linewidth=1.8, label=frame.shortened(run))
        for i, run in enumerate(runs)
    ]
    if validated:
        keys.append(Line2D([], [], color=frame.GREY, linewidth=1.8, label="training"))
        keys.append(Line2D([], [], color=frame.GREY, linewidth=1.8, linestyle=(0, (4, 1.5)), label="validation"))
    frame.legend(fig, axes, new, keys)


def _runs(history: Any) -> dict[str, Any]:
    """Return runs by name; one run has the name ''."""
    if isinstance(history, Mapping) and history and all(_is_history(run) for run in history.values()):
        return {str(name): run for name, run in history.items()}
    if not _is_history(history):
        raise UsageError(
            "curves takes a history, or a mapping of names to histories",
            received=f"an object of type {type(history).__name__}",
            instead="Write plots.curves(net.fit(...)), or a mapping such as {'loss': [0.7, 0.5]}",
        )
    return {"": history}


def _is_history(value: Any) -> bool:
    if isinstance(value, Mapping) or (hasattr(value, "columns") and hasattr(value, "__getitem__")):
        return True
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(r, Mapping) for r in value)


def _columns(run: Any) -> dict[str, Array]:
    """Return the numeric columns of a run, float64 with NaN where nothing was recorded."""
    if isinstance(run, Mapping):
        raw = dict(run)
    elif hasattr(run, "columns"):
        raw = {name: run[name] for name in run.columns}
    else:
        keys = dict.fromkeys(key for record in run for key in record)
        raw = {key: [record.get(key) for record in run] for key in keys}
    columns = {}
    for name, values in raw.items():
        if np.ndim(values) != 1:
            raise ShapeError(f"the column {name!r} of a history must be a list", received=f"shape {np.shape(values)}")
        try:
            columns[str(name)] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        except (TypeError, ValueError):
            continue  # text, such as a note, is no curve
    if not columns or not any(np.isfinite(values).any() for values in columns.values()):
        raise DataError("the history is empty: nothing was recorded")
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        sizes = ", ".join(f"{name} {len(values)}" for name, values in columns.items())
        raise ShapeError("the columns of a history must have the same length", received=sizes)
    return columns


def _metrics(runs: dict[str, dict[str, Array]], chosen: Sequence[str] | None) -> list[str]:
    known = list(dict.fromkeys(name for columns in runs.values() for name in columns))
    if chosen is not None:
        wanted = [chosen] if isinstance(chosen, str) else list(chosen)
        for name in wanted:
            if name not in known:
                raise one_of(name, known, name="metric")
        if wanted:
            return wanted
    found = [n for n in known if n not in NOT_METRICS and not n.startswith(VALIDATION)]
    if not found:
        raise DataError("the history has no loss and no metric", received=f"the columns {', '.join(known)}")
    return sorted(found, key=lambda name: name != "loss")  # the loss first, the rest as recorded
