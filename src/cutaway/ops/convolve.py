"""Sliding windows: convolution is a matrix product of all windows, pooling the mean or the largest entry of each.

``patches`` gathers the windows and ``fold`` adds them back where they came from; each is the other's gradient. The same
holds for ``unpool``, which sends numbers back to where the largest entries were, and ``pick``, which takes them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cutaway.graph import ZERO
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.registry import primitive

Sizes = tuple[int, ...]


def windows_of(x: Any, axes: Sizes, size: Sizes, stride: Sizes) -> Any:
    """What :func:`patches` gathers, as a view of a plain array."""
    view = np.moveaxis(sliding_window_view(x, size, axes), range(-len(size), 0), range(len(size)))
    steps = dict(zip((a + len(size) for a in axes), stride, strict=True))
    return view[tuple(slice(None, None, steps.get(i)) for i in range(view.ndim))]


def places(x: Any, axes: Sizes, size: Sizes, stride: Sizes) -> Iterator[tuple[Sizes, Any]]:
    """Each place within a window, row by row, and the index of the entries of ``x`` that stand there."""
    counts = [(np.shape(x)[a] - n) // step + 1 for a, n, step in zip(axes, size, stride, strict=True)]
    for place in np.ndindex(size):
        index = [slice(None)] * np.ndim(x)
        for axis, first, count, step in zip(axes, place, counts, stride, strict=True):
            index[axis] = slice(first, first + (count - 1) * step + 1, step)
        yield place, tuple(index)


# The primitives ---------------------------------------------------------------------------------------------------


def patches(x: Any, *, axes: Sizes, size: Sizes, stride: Sizes) -> Any:
    """All windows of ``x``, of shape (*size, *shape of x with the number of windows along each of ``axes``).

    Parameters
    ----------
    x : array
    axes : tuple of int
        The axes along which windows slide, counted from the front.
    size, stride : tuple of int
        Of a window, and from one to the next, one for each of ``axes``.

    Examples
    --------
    >>> patches(np.arange(5), axes=(0,), size=(2,), stride=(3,))
    array([[0, 3],
           [1, 4]])
    """
    if type(x) is Traced:
        return bind(PATCHES, x, axes=axes, size=size, stride=stride)
    return windows_of(np.ascontiguousarray(x), axes, size, stride).copy()


def fold(p: Any, *, axes: Sizes, size: Sizes, stride: Sizes, shape: Sizes) -> Any:
    """Zeros of ``shape`` to which all windows were added, each where :func:`patches` finds it."""
    if type(p) is Traced:
        return bind(FOLD, p, axes=axes, size=size, stride=stride, shape=shape)
    x = np.zeros(shape, p.dtype)
    for place, index in places(x, axes, size, stride):
        x[index] += p[place]
    return x


def max_pool(x: Any, *, axes: Sizes, size: Sizes, stride: Sizes) -> Any:
    """The largest entry of each window.

    Of several that are equally large the first, row by row, gets the gradient, as in other libraries.
    """
    if type(x) is Traced:
        return bind(MAX_POOL, x, axes=axes, size=size, stride=stride)
    return reduce(np.maximum, (x[index] for _, index in places(x, axes, size, stride)))


def unpool(g: Any, x: Any, y: Any, *, axes: Sizes, size: Sizes, stride: Sizes) -> Any:
    """Zeros of the shape of ``x``; at the first place in each window where it equals ``y``, ``g`` was added."""
    if any(type(a) is Traced for a in (g, x, y)):
        return bind(UNPOOL, g, x, y, axes=axes, size=size, stride=stride)
    result = np.zeros(np.shape(x), np.result_type(g))
    for index, here in _first(x, y, axes, size, stride):
        result[index] += np.where(here, g, 0)
    return result


def pick(v: Any, x: Any, y: Any, *, axes: Sizes, size: Sizes, stride: Sizes) -> Any:
    """The entries of ``v`` at the first place in each window where ``x`` equals ``y``."""
    if any(type(a) is Traced for a in (v, x, y)):
        return bind(PICK, v, x, y, axes=axes, size=size, stride=stride)
    return sum(np.where(here, v[index], 0) for index, here in _first(x, y, axes, size, stride))


def _first(x: Any, y: Any, axes: Sizes, size: Sizes, stride: Sizes) -> Iterator[tuple[Any, Any]]:
    found = np.zeros(np.shape(y), bool)
    for _, index in places(x, axes, size, stride):
        here = (x[index] == y) & ~found
        found |= here
        yield index, here


PATCHES = primitive(patches, [lambda g, y, x, **how: fold(g, shape=np.shape(x), **how)])
FOLD = primitive(fold, [lambda g, y, p, *, shape, **how: patches(g, **how)])
MAX_POOL = primitive(max_pool, [lambda g, y, x, **how: unpool(g, x, y, **how)])
UNPOOL = primitive(unpool, [lambda v, _, g, x, y, **how: pick(v, x, y, **how), ZERO, ZERO])
PICK = primitive(pick, [lambda g, _, v, x, y, **how: unpool(g, x, y, **how), ZERO, ZERO])
