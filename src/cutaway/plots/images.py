"""Samples that are images: a gallery, with what was predicted and what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from cutaway.errors import ShapeError, UsageError
from cutaway.plots import frame
from cutaway.plots.inputs import Array, classes_of, numbers, vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def gallery(
    images: object,
    labels: object = None,
    predicted: object = None,
    *,
    image_shape: tuple[int, int] | None = None,
    class_names: Iterable[str] | None = None,
    limit: int = 30,
    wrong_only: bool = False,
    columns: int | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Figure:
    """Draw images with their labels or predictions; a wrong one has a frame, and the true label beside it.

    Parameters
    ----------
    images : array (n, height, width), (n, height, width, 3) or (n, n_pixels)
        Grey or colour images. Grey ones are drawn dark on white.
    labels : array (n,), optional
        The true labels.
    predicted : array (n,), optional
        The predicted labels.
    image_shape : (height, width), optional
        The shape of images given as rows of pixels; square if left out.
    class_names : sequence of str, optional
        Names for labels 0, 1, ..., or for the classes in sorted order.
    limit : int
        At most this many images are drawn, and the picture says of how many.
    wrong_only : bool
        Draw only the wrong ones.
    columns : int, optional
        Images in a row.
    ax : matplotlib.axes.Axes, optional
        Draw here instead of in a new figure.
    title : str, optional
        The title; otherwise it says how many are wrong.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError
        If the images have no such shape, or labels another length.
    DataError
        If a pixel is NaN or infinite.
    UsageError
        If an option is not allowed.

    Examples
    --------
    >>> import numpy as np
    >>> from cutaway import plots
    >>> fig = plots.gallery(np.eye(4).reshape(1, 16), labels=[1], predicted=[7])
    >>> fig.axes[0].get_title(loc="left")
    '1 of 1 wrong'
    """
    tiles = _tiles(images, image_shape)
    captions, wrong = _captions(len(tiles), labels, predicted, class_names)
    if limit < 1 or (columns is not None and columns < 1):
        raise UsageError("limit and columns must be at least 1", received=f"limit={limit}, columns={columns}")
    if wrong_only and predicted is None:
        raise UsageError("wrong_only needs labels and predicted")
    chosen = (np.flatnonzero(wrong) if wrong_only else np.arange(len(tiles)))[:limit]
    told = title or _title(wrong, len(chosen), labels is not None and predicted is not None, wrong_only)

    longest = max((len(line) for i in chosen for line in captions[i].split("\n")), default=0)
    lines = max((captions[i].count("\n") + 1 for i in chosen if captions[i]), default=0)
    words, letters = 0.18 * lines, 0.078 * longest  # inches that captions of 9 points take
    height, width = tiles.shape[1:3]
    gap = max(1.0, 0.14 * max(height, width))
    across = columns or min(max(len(chosen), 1), max(4, math.ceil(math.sqrt(1.7 * len(chosen)))))
    down = max(1, math.ceil(len(chosen) / across))
    inch = 0.95 / height  # of a pixel, so that a tile is about an inch high
    wide, step = max(width + gap, letters / inch), height + gap + words / inch
    size = (max((across * wide + 2 * gap) * inch, 0.095 * len(told) + 0.3), (down * step + gap) * inch + 0.35)
    fig, (axes,), new = frame.panels(["gallery"], ax, size=size)
    if not new:  # tiles as large as the caller's axes allow
        free = np.array(axes.get_window_extent().size) / fig.dpi
        inch = max(0.2 / height, min(free[0] / across / (width + gap), (free[1] / down - words) / (height + gap)))
        wide, step = max(width + gap, letters / inch), height + gap + words / inch
    grey = {"cmap": "gray_r", "vmin": float(tiles.min()), "vmax": float(tiles.max()) or 1.0} if tiles.ndim == 3 else {}
    for place, i in enumerate(chosen):
        left, top = place % across * wide + (wide - width) / 2, place // across * step + words / inch
        box = (left, left + width, top + height, top)
        axes.imshow(tiles[i], extent=box, interpolation="nearest", **grey)  # type: ignore[arg-type]
        _mark(axes, captions[i], bool(wrong[i]), box, gap)
    axes.set(xlim=(-gap, across * wide + gap), ylim=(down * step, -gap), aspect="equal", anchor="NW")
    axes.set_axis_off()
    axes.set_title(told, loc="left")
    return fig


def mosaic(images: Array) -> tuple[Array, int, int]:
    """Put images (n, height, width) into one, NaN between them; return it with the tiles across and down."""
    count, height, width = images.shape
    across = math.ceil(math.sqrt(count * 1.4 * height / width))
    down = math.ceil(count / across)
    gap = max(1, round(0.08 * max(height, width)))
    whole = np.full((down * (height + gap) - gap, across * (width + gap) - gap), np.nan)
    for i, image in enumerate(images):
        top, left = i // across * (height + gap), i % across * (width + gap)
        whole[top : top + height, left : left + width] = image
    return whole, across, down


def _title(wrong: Array, shown: int, judged: bool, wrong_only: bool) -> str:
    """Say how many are wrong, and how many of them all are in the picture."""
    counted = f"{int(wrong.sum()):,} of {len(wrong):,} wrong" if judged else ""
    if shown == (int(wrong.sum()) if wrong_only else len(wrong)):
        return counted
    return f"{counted}, the first {shown:,} shown" if judged else f"the first {shown:,} of {len(wrong):,}"


def _mark(ax: Axes, caption: str, wrong: bool, box: tuple[float, float, float, float], gap: float) -> None:
    """Write the caption over an image; put a frame around it, thick if it is wrong."""
    from matplotlib.patches import Rectangle

    left, right, bottom, top = box
    colour = frame.VERMILION if wrong else "#BBBBBB"
    shape = Rectangle(
        (left, top), right - left, bottom - top, fill=False, edgecolor=colour, linewidth=3 if wrong else 0.6
    )
    ax.add_patch(shape)
    if caption:
        weight = "bold" if wrong else "normal"
        colour = "#A84300" if wrong else "black"  # vermilion, darker: small text needs more contrast
        middle = (left + right) / 2
        ax.text(
            middle,
            top - 0.3 * gap,
            caption,
            ha="center",
            va="bottom",
            color=colour,
            weight=weight,
            fontsize=frame.SMALL,
        )


def _tiles(images: object, image_shape: tuple[int, ...] | None) -> Array:
    array = numbers(images, "images")
    bytes_given = getattr(images, "dtype", None) == np.uint8
    if array.ndim == 2:
        side = math.isqrt(array.shape[1])
        shape = image_shape or (side, side)
        if len(shape) != 2 or shape[0] * shape[1] != array.shape[1]:
            raise ShapeError(
                f"rows of {array.shape[1]} pixels are not images of {shape[0]} x {shape[1]}"
                if image_shape
                else f"rows of {array.shape[1]} pixels are not square images",
                instead="Say their shape, such as image_shape=(28, 28)",
            )
        array = array.reshape(-1, *shape)
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim != 3 and not (array.ndim == 4 and array.shape[3] in (3, 4)):
        raise ShapeError(
            "images must be (n, height, width), (n, height, width, 3) or (n, n_pixels)",
            received=f"shape {array.shape}",
            instead="One image is images[None]; channels come last",
        )
    if array.size == 0:
        raise ShapeError("there is no image", received=f"shape {array.shape}")
    if array.ndim == 4:
        array = array / 255 if bytes_given else array
        if array.min() < 0 or array.max() > 1:
            raise UsageError(
                "colour images must have values from 0 to 1, or bytes (uint8)",
                received=f"values from {array.min():.4g} to {array.max():.4g}",
            )
    return array


def _captions(count: int, labels: object, predicted: object, names: Iterable[str] | None) -> tuple[list[str], Array]:
    """Return what is written over each image, and which predictions are wrong."""
    columns = {}
    for name, values in (("labels", labels), ("predicted", predicted)):
        if values is not None:
            columns[name] = vector(values, name, like=count, like_name="images")
    if not columns:
        return [""] * count, np.zeros(count, dtype=bool)
    words = {}
    if names is not None:
        every = np.concatenate(list(columns.values()))
        classes, given = classes_of(every, names)
        words = dict(zip(classes.tolist(), given, strict=True))
    text = {name: [frame.shortened(words.get(v, v)) for v in values.tolist()] for name, values in columns.items()}
    if len(columns) == 1:
        return next(iter(text.values())), np.zeros(count, dtype=bool)
    wrong = columns["labels"] != columns["predicted"]
    captions = []
    for said, true, bad in zip(text["predicted"], text["labels"], wrong, strict=True):
        short = f"{said} (true {true})"
        captions.append(said if not bad else short if len(short) <= 12 else f"{said}\n(true {true})")
    return captions, np.asarray(wrong)
