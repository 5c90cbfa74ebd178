"""Differences, integrals, interpolation, convolution and polynomials, written in terms of the primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import ShapeError, TraceError
from cutaway.graph import NOT_WRITTEN
from cutaway.ops.convolve import patches
from cutaway.ops.shape import astype, normal_axis, strong
from cutaway.tracing.array import bind, value_of
from cutaway.tracing.registry import HANDLERS, handles, primitive

I0 = primitive(np.i0, NOT_WRITTEN)
handles("numpy.i0")(lambda x: bind(I0, x))


def _at(a: Any, axis: int, part: Any) -> Any:
    """``a[part]`` along one axis."""
    return a[(slice(None),) * axis + (part,)]


# Differences and integrals ----------------------------------------------------------------------------------------


@handles("numpy.diff")
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    axis = normal_axis(axis, np.ndim(a))
    border = (*np.shape(a)[:axis], 1, *np.shape(a)[axis + 1 :])
    ends = [x if np.ndim(x) else np.broadcast_to(x, border) for x in (prepend, append) if x is not None]
    if ends:
        before = ends[:1] if prepend is not None else []
        a = np.concatenate([*before, a, *ends[len(before) :]], axis=axis)
    subtract = np.not_equal if np.result_type(value_of(a)).kind == "b" else np.subtract
    for _ in range(n):
        a = subtract(_at(a, axis, slice(1, None)), _at(a, axis, slice(None, -1)))
    return a


@handles("numpy.ediff1d")
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    middle = np.diff(np.ravel(ary))
    dtype = np.result_type(value_of(middle))
    ends = [None if x is None else astype(np.ravel(strong(x)), dtype) for x in (to_begin, to_end)]
    parts = [p for p in (ends[0], middle, ends[1]) if p is not None]
    return np.concatenate(parts) if len(parts) > 1 else middle


@handles("numpy.trapezoid", "numpy.trapz")
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    axis = normal_axis(axis, np.ndim(y))
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
        dx = np.reshape(dx, [-1 if i == axis else 1 for i in range(np.ndim(y))]) if np.ndim(x) == 1 else dx
    return np.sum(dx * (_at(y, axis, slice(1, None)) + _at(y, axis, slice(None, -1))) / 2.0, axis=axis)


@handles("numpy.gradient")
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    ndim = np.ndim(f)
    axes = range(ndim) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    axes = [normal_axis(i, ndim) for i in axes]
    steps = (varargs or (1.0,)) * (len(axes) if len(varargs) < 2 else 1)
    if edge_order != 1:
        raise TraceError("np.gradient with edge_order=2 cannot be recorded", instead="Leave edge_order at 1")
    results = tuple(_slopes(f, h, i) for h, i in zip(steps, axes, strict=True))
    return results[0] if len(results) == 1 else results


def _slopes(f: Any, h: Any, axis: int) -> Any:
    """Second-order differences inside, first-order ones at the edges; the formulas of ``numpy.gradient``."""
    along = (-1,) + (1,) * (np.ndim(f) - axis - 1)
    steps = np.reshape(np.diff(h), along) if np.ndim(h) else h
    forward = np.diff(f, axis=axis) / steps
    left, right = _at(forward, axis, slice(None, -1)), _at(forward, axis, slice(1, None))
    if np.ndim(h):
        before, after = steps[:-1], steps[1:]
        inside = (left * after + right * before) / (before + after)
    else:
        inside = (left + right) / 2
    first, last = _at(forward, axis, slice(0, 1)), _at(forward, axis, slice(-1, None))
    result = np.concatenate([first, inside, last], axis=axis)
    return astype(result, np.result_type(value_of(f))) if np.result_type(value_of(f)).kind == "f" else result


@handles("numpy.unwrap")
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    axis = normal_axis(axis, np.ndim(p))
    steps = np.diff(p, axis=axis)
    turned = np.remainder(steps + period / 2, period) - period / 2
    turned = np.where((turned == -period / 2) & (steps > 0), period / 2, turned)
    turns = np.where(np.abs(steps) < max(discont or 0, period / 2), 0.0, turned - steps)
    first = _at(p, axis, slice(0, 1))
    return np.concatenate([first, _at(p, axis, slice(1, None)) + np.cumsum(turns, axis=axis)], axis=axis)


@handles("numpy.interp")
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    x, xp, fp = (astype(strong(a), np.float64) for a in (x, xp, fp))
    i = np.clip(HANDLERS["numpy.searchsorted"](xp, x, side="right") - 1, 0, np.shape(xp)[0] - 2)
    x0, x1, f0, f1 = (HANDLERS["numpy.take"](a, j) for a in (xp, fp) for j in (i, i + 1))
    inside = f0 + (f1 - f0) / (x1 - x0) * (x - x0)
    result = np.where(np.less(x, xp[0]), fp[0] if left is None else left, inside)
    return np.where(np.greater(x, xp[-1]), fp[-1] if right is None else right, result)


# Convolution ------------------------------------------------------------------------------------------------------


@handles("numpy.lib.stride_tricks.sliding_window_view")
def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    sizes = np.atleast_1d(window_shape).tolist()
    axes = [normal_axis(i, np.ndim(x)) for i in (range(np.ndim(x)) if axis is None else np.atleast_1d(axis).tolist())]
    if len(sizes) != len(axes):
        raise ShapeError(
            "window_shape must give one length for each axis", received=f"{len(sizes)} lengths for {len(axes)} axes"
        )
    if len(set(axes)) < len(axes):  # windows of windows
        for size, i in zip(sizes, axes, strict=True):
            x = np.lib.stride_tricks.sliding_window_view(x, size, i)
        return x
    found = patches(x, axes=tuple(axes), size=tuple(sizes), stride=(1,) * len(axes))
    return np.moveaxis(found, range(len(axes)), range(-len(axes), 0))


def _full(a: Any, v: Any) -> Any:
    """The full 1-D convolution, as a product of the padded signal's windows with the reversed kernel."""
    m = np.shape(v)[0]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(a, m - 1), m)
    return windows @ np.flip(v)


@handles("numpy.convolve")
def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    a, v = (v, a) if np.shape(v)[0] > np.shape(a)[0] else (a, v)
    n, m = np.shape(a)[0], np.shape(v)[0]
    start, length = {"full": (0, n + m - 1), "same": (m - 1 - m // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return _full(a, v)[start : start + length]


@handles("numpy.correlate")
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    if np.shape(v)[0] > np.shape(a)[0]:
        return np.flip(np.correlate(v, a, mode))
    return np.convolve(a, np.flip(v), mode)


# Polynomials, highest power first ---------------------------------------------------------------------------------


@handles("numpy.polyval")
def _polyval(p: Any, x: Any) -> Any:
    result = np.zeros_like(x)
    for coefficient in p:
        result = result * x + coefficient
    return result


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(np.shape(a1)[0], np.shape(a2)[0])
    return np.pad(a1, (n - np.shape(a1)[0], 0)), np.pad(a2, (n - np.shape(a2)[0], 0))


handles("numpy.polyadd")(lambda a1, a2: np.add(*_aligned(a1, a2)))
handles("numpy.polysub")(lambda a1, a2: np.subtract(*_aligned(a1, a2)))
handles("numpy.polymul")(lambda a1, a2: np.convolve(a1, a2))


@handles("numpy.polyder")
def _polyder(p: Any, m: int = 1) -> Any:
    for _ in range(m):
        p = p[:-1] * np.arange(np.shape(p)[0] - 1, 0, -1)
    return p


@handles("numpy.polyint")
def _polyint(p: Any, m: int = 1) -> Any:
    for _ in range(m):
        p = np.concatenate([p / np.arange(np.shape(p)[0], 0, -1), [0.0]])
    return p


@handles("numpy.poly")
def _poly(seq_of_zeros: Any) -> Any:
    if np.ndim(seq_of_zeros) != 1:
        raise TraceError("np.poly of a matrix cannot be recorded: it needs eigenvalues")
    result = np.ones(1)
    for zero in seq_of_zeros:
        result = np.convolve(result, np.stack([1.0, -zero]))
    return result


@handles("numpy.vander")
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    columns = np.shape(x)[0] if N is None else N
    x = astype(x, np.promote_types(np.result_type(value_of(x)), int))
    powers = range(columns) if increasing else range(columns)[::-1]
    return np.stack([x**k for k in powers], axis=1)
