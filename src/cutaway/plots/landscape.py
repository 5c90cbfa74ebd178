"""How the loss depends on the learning rate, and how it lies around the weights of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.errors import DataError, UsageError
from cutaway.plots import frame
from cutaway.plots.inputs import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cutaway.train import LossSurface, RangeTest

_LEVELS = 24
_STEEP = 20  # largest loss over smallest: beyond it the levels grow by a factor
_SHOWN = 95  # percent of the losses that the colours tell apart; the highest walls have one colour


def lr_range(found: RangeTest, *, ax: Axes | None = None, title: str | None = None) -> Figure:
    """Draw a learning-rate range test: the loss at each rate, its running mean, and the rate that it suggests.

    Parameters
    ----------
    found : RangeTest
        What ``cutaway.train.lr_range`` returns.
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
        If this is no range test.
    DataError
        If it has no step: the loss was not finite from the start.

    Examples
    --------
    >>> import cutaway as ca
    >>> data = ca.data.load("moons", n_samples=100)
    >>> found = ca.train.lr_range(ca.Network([ca.Dense(8, "tanh"), ca.Dense(1, "sigmoid")]), data.X, data.y)
    >>> fig = ca.plots.lr_range(found)
    >>> fig.axes[0].get_xscale()
    'log'
    """
    if not hasattr(found, "rates"):
        raise UsageError(
            "lr_range draws a range test",
            received=f"an object of type {type(found).__name__}",
            instead="Write plots.lr_range(cutaway.train.lr_range(net, X, y))",
        )
    if not len(found):
        raise DataError("There is nothing to draw: the loss was not finite at the lowest rate")
    fig, (axes,), new = frame.panels(["learning rate"], ax, size=(5.6, 4.0))
    axes.plot(found.rates, found.losses, color=frame.lighten(frame.BLUE, 0.6), linewidth=1, label="each step")
    axes.plot(found.rates, found.means, color=frame.BLUE, linewidth=1.8, label="running mean")
    axes.set_xscale("log")
    low, first = float(found.losses.min()), float(found.means[0])
    room = 0.5 * (first - low) or 1.0
    axes.set_ylim(low - 0.1 * room, min(float(found.losses.max()), first + room) + 0.1 * room)
    note = "the loss did not fall at any rate"
    if found.suggested is not None:
        axes.axvline(
            found.suggested,
            color=frame.VERMILION,
            linewidth=1.5,
            linestyle=(0, (4, 1.5)),
            label=f"suggested: {found.suggested:.2g}",
        )
        note = f"ended at {found.rates[-1]:.2g}, where the loss exploded" if found.diverged else ""
    frame.dress(axes, title=title, x="learning rate", y="loss", note=note, grid=True)
    frame.legend(fig, [axes], new)
    return fig


def surface(found: LossSurface, *, ax: Axes | None = None, title: str | None = None) -> Figure:
    """Draw a loss surface as a map with contours, the network in its middle, and the path that led there.

    Parameters
    ----------
    found : LossSurface
        What ``cutaway.train.loss_surface`` returns.
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
        If this is no loss surface.
    DataError
        If the loss is nowhere finite.

    Examples
    --------
    >>> import cutaway as ca
    >>> data = ca.data.load("moons", n_samples=100)
    >>> net = ca.Network([ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")]).build(2)
    >>> fig = ca.plots.surface(ca.train.loss_surface(net, data.X, data.y, resolution=9), title="before training")
    >>> [axes.get_ylabel() for axes in fig.axes]
    ['second random direction', 'loss']
    """
    if not hasattr(found, "losses") or np.ndim(found.losses) != 2:
        raise UsageError(
            "surface draws a loss surface",
            received=f"an object of type {type(found).__name__}",
            instead="Write plots.surface(cutaway.train.loss_surface(net, X, y))",
        )
    if not np.isfinite(found.losses).any():
        raise DataError("There is nothing to draw: the loss is nowhere finite")
    fig, (axes,), new = frame.panels(["surface"], ax, size=(6.2, 4.8))
    losses = np.ma.masked_invalid(found.losses)
    levels = _levels(found.losses[np.isfinite(found.losses)])
    filled = axes.contourf(
        found.x, found.y, losses, levels=levels, cmap=frame.SEQUENTIAL, norm=_norm(levels), extend="max"
    )
    axes.contour(found.x, found.y, losses, levels=levels[::2], colors="white", linewidths=0.5, alpha=0.7)
    bar = fig.colorbar(filled, ax=axes, label="loss", format=lambda value, _: f"{value:.3g}")
    bar.set_ticks(levels[:: max(1, len(levels) // 7)].tolist())
    bar.minorticks_off()
    if found.path is not None:
        axes.plot(*found.path.T, color="white", linewidth=3)
        axes.plot(*found.path.T, color=frame.VERMILION, linewidth=1.5, label="training")
        axes.plot(*found.path[0], **_mark("s"), label="start")
    axes.plot(0, 0, **_mark("*"), label=f"the network, {found.centre:.3g}")
    note = "" if found.explained is None else f"{100 * found.explained:.0f} % of the path lies in this plane"
    frame.dress(axes, title=title, x=found.names[0], y=found.names[1], note=note)
    frame.legend(fig, [axes], new)
    return fig


def _levels(losses: Array) -> Array:
    """Heights of the contours: even steps or, where the walls are high, steps by a factor."""
    low, high = float(losses.min()), float(np.percentile(losses, _SHOWN))
    if high <= low:
        return low + np.linspace(-0.5, 0.5, 3) * max(abs(low), 1e-12)
    if low > 0 and high / low > _STEEP:
        return np.geomspace(low, high, _LEVELS)
    return np.linspace(low, high, _LEVELS)


def _norm(levels: Array) -> Any:
    """The colours of neighbouring levels differ by the same amount, whatever the levels are."""
    from matplotlib.colors import LogNorm, Normalize

    steep = levels[0] > 0 and levels[-1] / levels[0] > _STEEP
    return (LogNorm if steep else Normalize)(levels[0], levels[-1])


def _mark(sign: str) -> dict[str, Any]:
    size = 14 if sign == "*" else 8
    return {
        "marker": sign,
        "linestyle": "none",
        "markersize": size,
        "markerfacecolor": frame.VERMILION,
        "markeredgecolor": "white",
    }
