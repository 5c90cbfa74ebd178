"""Layers of images: a convolution is a `Dense` layer that looks at one small window after the other.

A sample is (height, width, channels), as images are stored and drawn, so that the features are the last axis here as
everywhere; an image without channels, (height, width), has one. Inside, ``x.T`` is (channels, width, height, samples):
then the windows of one place in all samples lie side by side in memory, and NumPy's loops are long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import ShapeError, UsageError
from cutaway.nn.activations import ActivationFunction, Array, activate, find_activation
from cutaway.nn.initializers import Shape, find_initializer
from cutaway.nn.layers import Layer, Pass, Weighting, Weights, keep_weightings, set_field, usual_weights
from cutaway.nn.validate import shown, whole
from cutaway.ops.convolve import max_pool, patches

Size: TypeAlias = int | tuple[int, int]
"""Of something square, or (height, width)."""

_AXES = (2, 1)  # height and width in x.T


@dataclass(frozen=True, repr=False)
class Conv2D(Layer):
    """Weigh every window of the image with the same weights: ``activation(window @ W + b)``, one filter per unit.

    Parameters
    ----------
    filters : int
        Number of channels of the output.
    kernel_size : int or (height, width)
        Of a window.
    activation : str or callable
        A name from ``ACTIVATIONS``, or a NumPy function of your own.
    stride : int or (height, width), optional
        From one window to the next.
    padding : "valid", "same" or int, optional
        ``"valid"``: windows lie inside the image. ``"same"``: zeros around the image, such that the output has the size
        of the image divided by the stride, rounded up; where the zeros do not come out even, one more below and right.
        A number: so many zeros on each side.
    weights : str, float, array or callable, optional
        Start of ``W``, shape (height, width, channels, filters); as in `Dense`.
    bias : str, float, array, callable or None
        Start of ``b``, shape (filters,); None leaves it out.

    Raises
    ------
    UsageError
        If a number, a name or an array cannot be used.
    ShapeError
        At ``build``, if samples are no images, or smaller than a window, or given arrays do not fit.

    Notes
    -----
    Windows are not mirrored, as in all such libraries, so that mathematically it is a cross-correlation. Source: LeCun
    et al. (1998), section II; as a matrix product of windows: Chellapilla, Puri and Simard (2006).

    Examples
    --------
    >>> layer = Conv2D(6, 5, "relu")
    >>> layer, layer.output_shape((28, 28, 1))
    (Conv2D(6, 5, 'relu'), (24, 24, 6))
    >>> {name: array.shape for name, array in layer.build((28, 28, 1), np.random.default_rng(0)).params.items()}
    {'W': (5, 5, 1, 6), 'b': (6,)}
    """

    filters: int
    kernel_size: Size
    activation: str | ActivationFunction = "identity"
    _: KW_ONLY
    stride: Size = 1
    padding: str | int = "valid"
    weights: Weighting | None = None
    bias: Weighting | None = "zeros"

    def __post_init__(self) -> None:
        set_field(self, "filters", whole(self.filters, "filters of Conv2D"))
        for name in ("kernel_size", "stride"):
            set_field(self, name, _size(getattr(self, name), f"{name} of Conv2D"))
        set_field(self, "padding", _padding(self.padding))
        find_activation(self.activation)
        keep_weightings(self)

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        self.output_shape(shape)
        weights = self.weights if self.weights is not None else usual_weights(self.activation)
        channels = with_channels(self, shape)[2]
        params = {"W": self._start("weights", weights, (*_pair(self.kernel_size), channels, self.filters), rng)}
        if self.bias is not None:
            params["b"] = self._start("bias", self.bias, (self.filters,), rng)
        return Weights(params)

    def output_shape(self, shape: Shape) -> Shape:
        height, width, _ = with_channels(self, shape)
        padded = tuple(n + sum(more) for n, more in zip((height, width), self._zeros(shape), strict=True))
        return (*_count(self, shape, padded, self.kernel_size, self.stride), self.filters)

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        x = x.reshape(x.shape[0], *with_channels(self, x.shape[1:])).T
        above, left = self._zeros(x.T.shape[1:])
        if any((*above, *left)):
            x = np.pad(x, ((0, 0), left, above, (0, 0)))
        windows = patches(x, axes=_AXES, size=_pair(self.kernel_size), stride=_pair(self.stride))
        width, height, n = windows.shape[3:]
        rows = windows.reshape(-1, width * height * n).T
        z = rows @ p["W"].reshape(-1, self.filters)
        if self.bias is not None:
            z = z + p["b"]
        return activate(self.activation, z.T.reshape(self.filters, width, height, n).T)

    def _zeros(self, shape: Shape) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows of zeros (above, below) and columns of zeros (left, right)."""
        if isinstance(self.padding, int):
            return ((self.padding, self.padding), (self.padding, self.padding))
        if self.padding == "valid":
            return ((0, 0), (0, 0))
        sizes = zip(shape[:2], _pair(self.kernel_size), _pair(self.stride), strict=True)
        rows, columns = (max((-(-n // step) - 1) * step + size - n, 0) for n, size, step in sizes)
        return ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))

    def _start(self, name: str, value: Weighting, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        array = np.asarray(find_initializer(value, name=name)(shape, rng), dtype=np.float64)
        if array.shape != shape:
            torch = name == "weights" and array.shape == (shape[3], shape[2], shape[0], shape[1])
            layout = "(height, width, channels, filters)" if name == "weights" else "(filters,)"
            raise ShapeError(
                f"The {name} of {self} must have the shape {layout}, here {shape}",
                received=f"shape {array.shape}",
                instead=f"Write {name}=array.transpose(2, 3, 1, 0)" if torch else f"Give {name} of that shape",
            )
        return array


@dataclass(frozen=True, repr=False)
class Pool2D(Layer):
    """What the two kinds of pooling share: where the windows are."""

    size: Size = 2
    stride: Size | None = None

    def __post_init__(self) -> None:
        name = type(self).__name__
        set_field(self, "size", _size(self.size, f"size of {name}"))
        if self.stride is not None:
            set_field(self, "stride", _size(self.stride, f"stride of {name}"))

    def output_shape(self, shape: Shape) -> Shape:
        *image, channels = with_channels(self, shape)
        return (*_count(self, shape, image, self.size, self.stride or self.size), channels)

    def _windows(self) -> dict[str, tuple[int, int]]:
        return {"axes": _AXES, "size": _pair(self.size), "stride": _pair(self.stride or self.size)}


@dataclass(frozen=True, repr=False)
class MaxPool2D(Pool2D):
    """Keep the largest entry of each window, in each channel.

    Parameters
    ----------
    size : int or (height, width)
        Of a window.
    stride : int or (height, width), optional
        From one window to the next; by default they lie side by side. Rows and columns that fill no window are left
        out.

    Examples
    --------
    >>> MaxPool2D(2).output_shape((24, 24, 6))
    (12, 12, 6)
    """

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        x = x.reshape(x.shape[0], *with_channels(self, x.shape[1:])).T
        return max_pool(x, **self._windows()).T


@dataclass(frozen=True, repr=False)
class AvgPool2D(Pool2D):
    """Replace each window by its mean, in each channel.

    Parameters
    ----------
    size : int or (height, width)
        Of a window.
    stride : int or (height, width), optional
        From one window to the next; by default they lie side by side. Rows and columns that fill no window are left
        out.

    Examples
    --------
    >>> AvgPool2D((1, 4)).output_shape((8, 8, 3))
    (8, 2, 3)
    """

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        x = x.reshape(x.shape[0], *with_channels(self, x.shape[1:])).T
        return patches(x, **self._windows()).mean(axis=(0, 1)).T


@dataclass(frozen=True, repr=False)
class GlobalAveragePool(Layer):
    """Replace each channel by its mean: an image of any size becomes one row of numbers.

    Source: Lin, Chen and Yan (2014), section 3.2.

    Examples
    --------
    >>> GlobalAveragePool().output_shape((7, 7, 64))
    (64,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        return with_channels(self, shape)[2:]

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        return x.reshape(x.shape[0], *with_channels(self, x.shape[1:])).mean(axis=(1, 2))


def with_channels(layer: Layer, shape: Shape) -> Shape:
    """Shape (height, width, channels) of an image; ShapeError if samples of this shape are none."""
    if len(shape) not in (2, 3):
        side = round(shape[0] ** 0.5) if len(shape) == 1 else 0
        square = side > 1 and side * side == shape[0]
        raise ShapeError(
            f"{layer} takes images of shape (height, width) or (height, width, channels)",
            received=f"samples of shape {shape}",
            instead=f"Write X.reshape(-1, {side}, {side})" if square else "Write X.reshape(-1, height, width)",
        )
    return shape if len(shape) == 3 else (*shape, 1)


def _count(layer: Layer, shape: Shape, image: Any, size: Size, stride: Size) -> tuple[int, int]:
    """How many windows lie above and beside one another."""
    rows, columns = ((n - k) // step + 1 for n, k, step in zip(image, _pair(size), _pair(stride), strict=True))
    if rows < 1 or columns < 1:
        raise ShapeError(
            f"The windows of {layer} are larger than the image",
            received=f"samples of shape {shape}",
            instead='Choose smaller windows, padding="same", or fewer layers that shrink the image',
        )
    return rows, columns


def _pair(size: Size) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)


def _size(value: Any, name: str) -> Size:
    """``value`` as it was meant: one number for a square, or a pair."""
    if not isinstance(value, (tuple, list)):
        return whole(value, name)
    if len(value) != 2:
        raise UsageError(
            f"{name} must be a whole number or two, (height, width)", received=repr(value), instead="Write 5 or (5, 5)"
        )
    height, width = (whole(v, name) for v in value)
    return height if height == width else (height, width)


def _padding(value: Any) -> str | int:
    if isinstance(value, str):
        if value not in ("valid", "same"):
            raise _not_a_padding(value)
        return value
    try:
        return whole(value, "padding", least=0)
    except UsageError:
        raise _not_a_padding(value) from None


def _not_a_padding(value: Any) -> UsageError:
    return UsageError(
        'padding of Conv2D must be "valid", "same" or a number of zeros on each side',
        received=shown(value),
        instead='Write padding="same" for an output of the size of the image',
    )
