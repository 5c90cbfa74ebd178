"""Repeating, turning, padding, inserting and leaving out entries: all of it is choosing by a fixed index."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.ops.select import PUT, Slot
from cutaway.ops.shape import known, normal_axis
from cutaway.tracing.array import Traced, bind, value_of
from cutaway.tracing.registry import handles


def _by_index(a: Any, axis: int | None, indices: Any) -> Any:
    """Take from one axis what ``indices(np.arange(n))`` names."""
    a, axis = (np.ravel(a), 0) if axis is None else (a, normal_axis(axis, np.ndim(a)))
    return np.take(a, indices(np.arange(np.shape(a)[axis])), axis=axis)


@handles("numpy.repeat")
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return _by_index(a, axis, lambda i: np.repeat(i, known(repeats)))


@handles("numpy.tile")
def _tile(A: Any, reps: Any) -> Any:
    reps = (known(reps),) if np.ndim(reps) == 0 else tuple(known(reps))
    n = max(np.ndim(A), len(reps))
    A = np.reshape(A, (1,) * (n - np.ndim(A)) + np.shape(A))
    for axis, count in enumerate((1,) * (n - len(reps)) + reps):
        if count != 1:
            A = _by_index(A, axis, lambda i, count=count: np.tile(i, count))
    return A


@handles("numpy.resize")
def _resize(a: Any, new_shape: Any) -> Any:
    size = math.prod(new_shape) if np.ndim(new_shape) else int(new_shape)
    return np.reshape(np.take(np.ravel(a), np.arange(size) % max(np.size(a), 1)), new_shape)


@handles("numpy.roll")
def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    shift = known(shift)
    if axis is None:
        return np.reshape(_by_index(a, None, lambda i: np.roll(i, shift)), np.shape(a))
    for s, ax in np.broadcast(shift, axis):
        a = _by_index(a, ax, lambda i, s=s: np.roll(i, s))
    return a


@handles("numpy.fft.fftshift")
def _fftshift(x: Any, axes: Any = None) -> Any:
    axes = tuple(range(np.ndim(x))) if axes is None else axes
    return np.roll(x, [np.shape(x)[i] // 2 for i in np.atleast_1d(axes).tolist()], np.atleast_1d(axes).tolist())


@handles("numpy.fft.ifftshift")
def _ifftshift(x: Any, axes: Any = None) -> Any:
    axes = tuple(range(np.ndim(x))) if axes is None else axes
    return np.roll(x, [-(np.shape(x)[i] // 2) for i in np.atleast_1d(axes).tolist()], np.atleast_1d(axes).tolist())


@handles("numpy.flip")
def _flip(m: Any, axis: Any = None) -> Any:
    axes = range(np.ndim(m)) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    chosen = {normal_axis(ax, np.ndim(m)) for ax in axes}
    return m[tuple(slice(None, None, -1) if i in chosen else slice(None) for i in range(np.ndim(m)))]


handles("numpy.flipud")(lambda m: np.flip(m, 0))
handles("numpy.fliplr")(lambda m: np.flip(m, 1))


@handles("numpy.rot90")
def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    for _ in range(k % 4):
        m = np.flip(np.swapaxes(m, *axes), axes[0])
    return m


@handles("numpy.delete")
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    return _by_index(arr, axis, lambda i: np.delete(i, known(obj)))


@handles("numpy.insert")
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis, obj = normal_axis(axis, np.ndim(arr)), known(obj)
    shape = np.shape(arr)
    marks = np.insert(np.zeros(shape[axis], bool), obj, True)
    old, new = np.flatnonzero(~marks), np.flatnonzero(marks)
    if np.ndim(obj) == 0:  # NumPy's two ways: one place takes a block, several take what broadcasts
        values = np.reshape(values, (1,) * (len(shape) - np.ndim(values)) + np.shape(values))
        values = np.moveaxis(values, 0, axis)
    elif np.size(obj) > 1:  # NumPy inserts in the order in which the places were given
        new = new[np.argsort(np.argsort(np.asarray(obj) % (shape[axis] + 1), kind="stable"), kind="stable")]
    result = np.zeros((*shape[:axis], len(marks), *shape[axis + 1 :]), np.result_type(value_of(arr)))
    index = (slice(None),) * axis + (Slot(0),)
    return bind(PUT, bind(PUT, result, arr, old, index=index), values, new, index=index)


_PAD_BY_INDEX = ("edge", "reflect", "symmetric", "wrap")


@handles("numpy.pad")
def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    ndim, shape = np.ndim(array), np.shape(array)
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - ndim, (0, 0))) for i in range(ndim)]
        pad_width = [width if np.ndim(width) else (width, width) for width in pad_width]
    widths = np.broadcast_to(known(pad_width), (ndim, 2)).tolist()
    if mode in _PAD_BY_INDEX:
        for axis, width in enumerate(widths):
            if any(width):
                array = _by_index(array, axis, lambda i, w=width: np.pad(i, w, mode=mode))  # type: ignore[call-overload]
        return array
    if mode not in ("constant", "empty"):
        raise TraceError(f"np.pad with mode={mode!r} cannot be recorded", instead="Use np.concatenate with the borders")
    inside = tuple(slice(a, a + n) for (a, _), n in zip(widths, shape, strict=True))
    frame = np.pad(np.zeros(shape, np.result_type(value_of(array))), widths, constant_values=value_of(constant_values))
    if type(constant_values) is Traced:
        frame = np.broadcast_to(constant_values, frame.shape)
    return bind(PUT, frame, array, index=inside)


# Triangles and diagonals ------------------------------------------------------------------------------------------


def _triangle(m: Any, k: int) -> Any:
    rows, columns = np.shape(m)[-2:]
    return np.tri(rows, columns, k=k) != 0


@handles("numpy.tril")
def _tril(m: Any, k: int = 0) -> Any:
    return np.where(_triangle(m, k), m, 0)


@handles("numpy.triu")
def _triu(m: Any, k: int = 0) -> Any:
    return np.where(_triangle(m, k - 1), 0, m)


@handles("numpy.diagonal")
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = np.shape(a)[-2:]
    i = np.arange(max(0, min(rows + min(offset, 0), columns - max(offset, 0))))
    return a[..., i - min(offset, 0), i + max(offset, 0)]


handles("numpy.linalg.diagonal")(lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1))


@handles("numpy.diag")
def _diag(v: Any, k: int = 0) -> Any:
    if np.ndim(v) == 2:
        return np.diagonal(v, k)
    n, i = np.shape(v)[0] + abs(k), np.arange(np.shape(v)[0])
    zeros = np.zeros((n, n), np.result_type(value_of(v)))
    return bind(PUT, zeros, v, i + max(-k, 0), i + max(k, 0), index=(Slot(0), Slot(1)))


handles("numpy.diagflat")(lambda v, k=0: np.diag(np.ravel(v), k))


@handles("numpy.trace")
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


handles("numpy.linalg.trace")(lambda x, /, *, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype))
