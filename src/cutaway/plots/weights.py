"""Weights as heat maps, or the weights of the first layer as the small images that each unit looks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.errors import ShapeError, UsageError, one_of
from cutaway.plots import frame
from cutaway.plots.images import mosaic
from cutaway.plots.inputs import Array, as_array, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOLDERS = ("weights", "params", "coefs_", "state_dict")  # where networks, ours and others', keep their arrays
WRITTEN = 8  # up to so many rows and columns there is room for the numbers


def weights(
    source: object,
    *,
    image_shape: tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
    limit: int = 64,
    columns: int = 3,
    ax: Iterable[Axes] | Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw weights: blue is negative, vermilion positive, white zero.

    Parameters
    ----------
    source : network, array, sequence of arrays, or mapping of names to arrays
        A network is asked for its ``weights``, ``params``, ``coefs_`` (scikit-learn) or ``state_dict`` (PyTorch); of
        those, arrays with at least two axes are drawn. Arrays with more than two are drawn as (first axis, all others).
    image_shape : (height, width), optional
        Draw, instead of heat maps, the weights into each unit of the first layer as an image of this shape.
    names : sequence of str, optional
        Which arrays of a mapping or network to draw.
    limit : int
        With ``image_shape``: at most this many units.
    columns : int
        Panels in a row.
    ax : sequence of matplotlib.axes.Axes, optional
        Axes of your own, one for each array.
    title : str, optional
        The title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UsageError
        If there are no arrays in ``source``, or a name is not known.
    ShapeError
        If no axis of the first array has ``height * width`` entries.
    DataError
        If a weight is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from cutaway import plots
    >>> fig = plots.weights({"W1": np.eye(2, 3), "W2": np.ones((3, 1))})
    >>> [axes.get_title(loc="left") for axes in fig.axes[:2]]
    ['W1 (2, 3)', 'W2 (3, 1)']
    """
    arrays = _chosen(source, names)
    if image_shape is not None:
        return _as_images(arrays, image_shape, limit, ax, title)
    fig, axes, new = frame.panels(list(arrays), ax, size=(4.6, 3.9), columns=columns)
    for panel, (name, array) in zip(axes, arrays.items(), strict=True):
        _heat_map(fig, panel, name, array)
    frame.heading(fig, axes, title, new)
    return fig


def _heat_map(fig: Figure, ax: Axes, name: str, array: Array) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator

    table = np.atleast_2d(array).reshape(array.shape[0] if array.ndim > 1 else 1, -1)
    end = float(np.abs(table).max()) or 1.0
    image = ax.imshow(table, cmap=frame.diverging(), vmin=-end, vmax=end, aspect="auto", interpolation="nearest")
    fig.colorbar(image, ax=ax, aspect=30, pad=0.02)
    frame.dress(ax, title=f"{frame.shortened(name)} {array.shape}".strip(), x="column", y="row")
    ax.spines[:].set_visible(False)
    for axis, count in ((ax.xaxis, table.shape[1]), (ax.yaxis, table.shape[0])):
        axis.set_major_locator(MaxNLocator(integer=True) if count > WRITTEN else FixedLocator(range(count)))
    if max(table.shape) <= WRITTEN:
        for (row, column), value in np.ndenumerate(table):
            colour = frame.ink(image.cmap(image.norm(value))[:3])
            ax.text(column, row, f"{value:.2g}", ha="center", va="center", color=colour, fontsize=frame.SMALL)


def _as_images(
    arrays: dict[str, Array], shape: tuple[int, ...], limit: int, ax: Iterable[Axes] | Axes | None, title: str | None
) -> Figure:
    if len(shape) != 2 or min(shape) < 1:
        raise UsageError("image_shape must be (height, width)", received=repr(shape))
    if limit < 1:
        raise UsageError("limit must be at least 1", received=str(limit))
    size = shape[0] * shape[1]
    name, first = next(iter(arrays.items()))
    if first.ndim != 2 or size not in first.shape:
        raise ShapeError(
            f"no axis of the first array, {name or 'given'}, has {shape[0]} x {shape[1]} = {size} entries",
            received=f"shape {first.shape}",
        )
    units = first.T if first.shape[0] == size else first  # (n_features, n_units), or the transposed convention
    shown = units[:limit].reshape(-1, *shape)
    end = float(np.abs(shown).max()) or 1.0
    picture, across, down = mosaic(shown)
    fig, (axes,), _ = frame.panels(["images"], ax, size=(max(4.5, across * 0.75 + 0.8), max(3.0, down * 0.75 + 0.6)))
    image = axes.imshow(picture, cmap=frame.diverging(), vmin=-end, vmax=end, interpolation="nearest")
    axes.set_axis_off()
    part = f"{len(shown)} of {len(units)} units" if len(shown) < len(units) else f"{len(units)} units"
    axes.set_title(
        title or f"{frame.shortened(name)}{': ' * bool(name)}{part}, {shape[0]} x {shape[1]} inputs each", loc="left"
    )
    fig.colorbar(image, ax=axes, aspect=30, pad=0.02, label="weight")
    return fig


def _chosen(source: object, names: Sequence[str] | None) -> dict[str, Array]:
    arrays = _arrays(source)
    if names is not None:
        wanted = [names] if isinstance(names, str) else list(names)
        missing = [name for name in wanted if name not in arrays]
        if missing or not wanted:
            raise one_of(missing[0] if missing else "", arrays, name="array")
        arrays = {name: arrays[name] for name in wanted}
    elif len(arrays) > 1 and any(array.ndim > 1 for array in arrays.values()) and not isinstance(source, Mapping):
        arrays = {name: array for name, array in arrays.items() if array.ndim > 1}
    for name, array in arrays.items():
        if array.size == 0:
            raise ShapeError(f"{name or 'the array'} is empty", received=f"shape {array.shape}")
    return {name: numbers(array, name or "the array") for name, array in arrays.items()}


def _arrays(source: Any) -> dict[str, Array]:
    """Return the arrays in a network, a mapping or a list, with names that say where they are."""
    held, name = source, ""
    for holder in HOLDERS:
        if hasattr(source, holder) and not isinstance(source, (Mapping, np.ndarray)):
            held, name = getattr(source, holder), holder
            held = held() if callable(held) else held
            break
    found = dict(_leaves(held, "" if isinstance(held, Mapping) else name))
    if not found:
        raise UsageError(
            "weights takes a network, an array, or a mapping of names to arrays",
            received=f"an object of type {type(source).__name__} without arrays",
            instead="A network has weights once it is built or trained: call fit, or build" if name else None,
        )
    return found


def _leaves(node: Any, name: str) -> Iterable[tuple[str, Array]]:
    """Yield every array in nested mappings and sequences; a sequence of numbers, or of lists of them, is an array."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, f"{name}.{key}" if name else str(key))
    elif isinstance(node, (list, tuple)):
        numeric = all(np.ndim(value) == 0 and not isinstance(value, Mapping) for value in node)
        rows = all(isinstance(value, list) and value and np.ndim(value[0]) == 0 for value in node)
        if node and (numeric or rows):
            yield name, as_array(node)
        else:
            for i, value in enumerate(node):
                yield from _leaves(value, f"{name}[{i}]")
    elif np.ndim(node) >= 1:
        yield name, as_array(node)
