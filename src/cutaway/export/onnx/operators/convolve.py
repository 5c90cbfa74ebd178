"""Convolution and pooling over any number of axes: samples, channels, and then the axes that windows slide along."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.export.onnx.operators.linear import requantized, zero_point
from cutaway.export.onnx.operators.shape import pad
from cutaway.export.onnx.operators.table import Call, numbers, operator
from cutaway.ops.convolve import fold, patches
from cutaway.ops.shape import astype

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Windows:
    """Where the windows of a convolution or pooling lie."""

    size: Sizes
    stride: Sizes
    dilation: Sizes
    before: Sizes
    after: Sizes
    count: Sizes

    @property
    def reach(self) -> Sizes:
        """From the first to the last place in a window."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True))

    def padded(self, x: Any, value: Any = 0) -> Any:
        """``x`` with borders, such that all windows lie inside."""
        widths = [(0, 0), (0, 0)]
        for n, k, s, a, c in zip(np.shape(x)[2:], self.reach, self.stride, self.before, self.count, strict=True):
            widths.append((a, (c - 1) * s + k - a - n))
        return pad(x, widths, value)

    def of(self, x: Any, value: Any = 0) -> Any:
        """All windows of ``x``, shape (*size, samples, channels, *count)."""
        axes = tuple(range(2, np.ndim(x)))
        found = patches(self.padded(x, value), axes=axes, size=self.reach, stride=self.stride)
        if all(d == 1 for d in self.dilation):
            return found
        return found[tuple(slice(None, None, d) for d in self.dilation)]


def windows(call: Call, shape: Sizes, size: Sizes | None = None) -> Windows:
    """The windows that a node's attributes describe, over an input of this shape."""
    size = tuple(call.get("kernel_shape") or size or ())
    n = len(size)
    stride, dilation = tuple(call.get("strides", (1,) * n)), tuple(call.get("dilations", (1,) * n))
    pads, auto = call.get("pads", (0,) * 2 * n), call.get("auto_pad", "NOTSET")
    before, after = list(pads[:n]), list(pads[n:])
    count = []
    for i, (length, k, s, d) in enumerate(zip(shape[2:], size, stride, dilation, strict=True)):
        reach = (k - 1) * d + 1
        if auto.startswith("SAME"):
            extra = max((-(-length // s) - 1) * s + reach - length, 0)
            less, more = extra // 2, extra - extra // 2
            before[i], after[i] = (less, more) if auto == "SAME_UPPER" else (more, less)
        elif auto == "VALID":
            before[i] = after[i] = 0
        room = length + before[i] + after[i] - reach
        found = (-(-room // s) if call.get("ceil_mode", 0) else room // s) + 1
        if call.get("ceil_mode", 0) and (found - 1) * s >= length + before[i]:
            found -= 1  # a window must not begin in the border at the end
        count.append(found)
    return Windows(size, stride, dilation, tuple(before), tuple(after), tuple(count))


# Convolution ------------------------------------------------------------------------------------------------------


@operator("Conv")
def _conv(call: Call, x: Any, w: Any, b: Any = None) -> Any:
    """Windows as columns, weights as rows: one matrix product for each group of channels."""
    where = windows(call, np.shape(x), np.shape(w)[2:])
    found = where.of(x)
    n, channels, k = np.shape(x)[0], np.shape(x)[1], len(where.size)
    groups, filters = call.get("group", 1), np.shape(w)[0]
    columns = np.transpose(found, (k + 1, *range(k), k, *range(k + 2, 2 * k + 2)))
    columns = np.reshape(columns, (groups, channels // groups * math.prod(where.size), n * math.prod(where.count)))
    rows = np.reshape(w, (groups, filters // groups, -1))
    result = np.moveaxis(np.reshape(rows @ columns, (filters, n, *where.count)), 0, 1)
    return result if b is None else result + np.reshape(b, (-1,) + (1,) * k)


@operator("ConvInteger")
def _conv_integer(call: Call, x: Any, w: Any, x_zero: Any = None, w_zero: Any = None) -> Any:
    left = astype(x, np.int32) - zero_point(x_zero, np.ndim(x), 1)
    return _conv(call, left, astype(w, np.int32) - zero_point(w_zero, np.ndim(w), 0))


@operator("QLinearConv")
def _qlinear_conv(
    call: Call,
    x: Any,
    x_scale: Any,
    x_zero: Any,
    w: Any,
    w_scale: Any,
    w_zero: Any,
    y_scale: Any,
    y_zero: Any,
    b: Any = None,
) -> Any:
    whole = _conv_integer(call, x, w, x_zero, w_zero)
    lead = (-1,) + (1,) * (np.ndim(x) - 2)
    whole = whole if b is None else whole + np.reshape(b, lead)
    scale = np.reshape(w_scale, lead) if np.size(w_scale) > 1 else np.reshape(w_scale, ())
    return requantized(whole, x_scale * scale / y_scale, y_zero)


def _spaced(a: Any, axis: int, step: int) -> Any:
    """``a`` with zeros between its entries along an axis."""
    if step == 1:
        return a
    places = np.eye((np.shape(a)[axis] - 1) * step + 1, dtype=a.dtype)[::step]
    return np.moveaxis(np.tensordot(a, places, axes=(axis, 0)), -1, axis)


@operator("ConvTranspose")
def _conv_transpose(call: Call, x: Any, w: Any, b: Any = None) -> Any:
    """What the gradient of a convolution does: each entry weighs a window, and the windows are added."""
    n, channels, *lengths = np.shape(x)
    size, k, groups = np.shape(w)[2:], np.ndim(x) - 2, call.get("group", 1)
    stride, dilation = call.get("strides", (1,) * k), call.get("dilations", (1,) * k)
    more = call.get("output_padding", (0,) * k)
    reach = [(s - 1) * d + 1 for s, d in zip(size, dilation, strict=True)]
    for i, d in enumerate(dilation):
        w = _spaced(w, 2 + i, d)
    full = [(m - 1) * s + r for m, s, r in zip(lengths, stride, reach, strict=True)]
    pads = list(call.get("pads", (0,) * 2 * k))
    shape, auto = call.get("output_shape"), call.get("auto_pad", "NOTSET")
    if shape is None and auto.startswith("SAME"):
        shape = [m * s for m, s in zip(lengths, stride, strict=True)]
    if shape is not None:
        for i, target in enumerate(shape[-k:]):
            extra = max(full[i] + more[i] - target, 0)
            less = extra // 2
            pads[i], pads[i + k] = (extra - less, less) if auto == "SAME_LOWER" else (less, extra - less)
            more = [*more[:i], max(target - full[i], 0) if extra == 0 else more[i], *more[i + 1 :]]
    filters = np.shape(w)[1]
    rows = np.transpose(np.reshape(w, (groups, channels // groups, filters, *reach)), (0, *range(3, 3 + k), 2, 1))
    rows = np.reshape(rows, (groups, math.prod(reach) * filters, channels // groups))
    columns = np.reshape(np.moveaxis(x, 1, 0), (groups, channels // groups, n * math.prod(lengths)))
    parts = np.reshape(rows @ columns, (groups, *reach, filters, n, *lengths))
    parts = np.transpose(parts, (*range(1, k + 1), k + 2, 0, k + 1, *range(k + 3, 2 * k + 3)))
    parts = np.reshape(parts, (*reach, n, groups * filters, *lengths))
    axes = tuple(range(2, k + 2))
    result = fold(parts, axes=axes, size=tuple(reach), stride=tuple(stride), shape=(n, groups * filters, *full))
    widths = [(0, 0), (0, 0), *((-a, m - b) for a, b, m in zip(pads[:k], pads[k:], more, strict=True))]
    result = pad(result, widths)
    return result if b is None else result + np.reshape(b, (-1,) + (1,) * k)


# Pooling ----------------------------------------------------------------------------------------------------------


@operator("MaxPool")
def _max_pool(call: Call, x: Any) -> Any:
    where = windows(call, np.shape(x))
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    found = where.of(x, lowest)
    k = len(where.size)
    largest = np.max(found, axis=tuple(range(k)))
    if call.n_outputs == 1:
        return largest
    lengths = np.shape(x)[2:]
    places = np.arange(math.prod(lengths)).reshape(lengths)
    if call.get("storage_order", 0):
        places = np.arange(math.prod(lengths)).reshape(lengths[::-1]).T
    channel = np.arange(math.prod(np.shape(x)[:2])).reshape((*np.shape(x)[:2], *(1,) * k)) * math.prod(lengths)
    everywhere = np.reshape(where.of(np.broadcast_to(places, np.shape(x)) + channel), (-1, *np.shape(largest)))
    first = np.argmax(np.reshape(found, (-1, *np.shape(largest))), axis=0)
    return largest, np.take_along_axis(everywhere, first[None], axis=0)[0].astype(np.int64)


@operator("AveragePool")
def _average_pool(call: Call, x: Any) -> Any:
    where = windows(call, np.shape(x))
    axes = tuple(range(len(where.size)))
    ones = np.ones((1, 1, *np.shape(x)[2:]), x.dtype)
    if call.get("count_include_pad", 0):  # of a window that reaches beyond the border, only what lies in it counts
        widths = [(0, 0), (0, 0), *zip(where.before, where.after, strict=True)]
        x, ones = pad(x, widths), pad(ones, widths, 1)
        where = Windows(where.size, where.stride, where.dilation, (0,) * len(axes), (0,) * len(axes), where.count)
    return astype(np.sum(where.of(x), axis=axes) / np.sum(where.of(ones), axis=axes), x.dtype)


@operator("LpPool")
def _lp_pool(call: Call, x: Any) -> Any:
    where, p = windows(call, np.shape(x)), call.get("p", 2)
    total = np.sum(np.abs(where.of(x)) ** p, axis=tuple(range(len(where.size))))
    return astype(total ** (1 / p), x.dtype)


def _over_places(x: Any) -> tuple[int, ...]:
    return tuple(range(2, np.ndim(x)))


@operator("GlobalAveragePool")
def _global_average_pool(call: Call, x: Any) -> Any:
    return np.mean(x, axis=_over_places(x), keepdims=True)


@operator("GlobalMaxPool")
def _global_max_pool(call: Call, x: Any) -> Any:
    return np.max(x, axis=_over_places(x), keepdims=True)


@operator("GlobalLpPool")
def _global_lp_pool(call: Call, x: Any) -> Any:
    p = call.get("p", 2)
    return np.sum(np.abs(x) ** p, axis=_over_places(x), keepdims=True) ** (1 / p)


@operator("MaxUnpool")
def _max_unpool(call: Call, x: Any, places: Any, given: Any = None) -> Any:
    k = len(call.get("kernel_shape"))
    stride, pads = call.get("strides", (1,) * k), call.get("pads", (0,) * 2 * k)
    small = [
        (n - 1) * s + size - a - b
        for n, s, size, a, b in zip(np.shape(x)[2:], stride, call.get("kernel_shape"), pads[:k], pads[k:], strict=True)
    ]
    inner = (*np.shape(x)[:2], *small)
    flat = np.zeros(math.prod(inner), x.dtype)
    flat[np.ravel(places)] = np.ravel(x)
    result = flat.reshape(inner)
    if given is None:
        return result
    return pad(result, [(0, m - n) for n, m in zip(inner, numbers(given), strict=True)])


@operator("Col2Im")
def _col2im(call: Call, x: Any, image: Any, block: Any) -> Any:
    """The windows of an image, one in each column, added where they came from."""
    lengths, size = numbers(image), tuple(numbers(block))
    k = len(size)
    where = windows(call, (1, 1, *lengths), size)
    n, channels = np.shape(x)[0], np.shape(x)[1] // math.prod(size)
    parts = np.reshape(x, (n, channels, *size, *where.count))
    parts = np.transpose(parts, (*range(2, k + 2), 0, 1, *range(k + 2, 2 * k + 2)))
    full = [m + a + b for m, a, b in zip(lengths, where.before, where.after, strict=True)]
    for i, d in enumerate(where.dilation):
        parts = _spaced(parts, i, d)
    axes = tuple(range(2, k + 2))
    result = fold(parts, axes=axes, size=where.reach, stride=where.stride, shape=(n, channels, *full))
    return pad(result, [(0, 0), (0, 0), *((-a, -b) for a, b in zip(where.before, where.after, strict=True))])
