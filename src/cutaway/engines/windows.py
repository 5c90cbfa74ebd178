"""How the reference engine computes the operations on sliding windows: slice by slice, into given arrays.

Each function returns the calls, as pairs of a function and its arguments. They are fast when the last axis, that of the
samples, lies in memory without gaps: then every slice is made of long runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from cutaway.engines.storage import Array, Pool
from cutaway.ops.convolve import Sizes, places, windows_of

Calls: TypeAlias = list[tuple[Callable[..., Any], tuple[Any, ...]]]


def _patches(args: list[Any], out: Array, pool: Pool, axes: Sizes, size: Sizes, stride: Sizes) -> Calls:
    x = args[0]
    if x.flags.c_contiguous:
        return [(np.copyto, (out, windows_of(x, axes, size, stride)))]
    dense = pool.take(x.shape, x.dtype)  # read once for each place in a window: worth a copy without gaps
    pool.give(dense)
    return [(np.copyto, (dense, x)), (np.copyto, (out, windows_of(dense, axes, size, stride)))]


def _fold(args: list[Any], out: Array, pool: Pool, axes: Sizes, size: Sizes, stride: Sizes, shape: Sizes) -> Calls:
    calls: Calls = [(out.fill, (0,))]
    for place, index in places(out, axes, size, stride):
        calls.append((np.add, (out[index], args[0][place], out[index])))
    return calls


def _max_pool(args: list[Any], out: Array, pool: Pool, axes: Sizes, size: Sizes, stride: Sizes) -> Calls:
    slices = [args[0][index] for _, index in places(args[0], axes, size, stride)]
    if len(slices) == 1:
        return [(np.copyto, (out, slices[0]))]
    return [(np.maximum, pair) for pair in [(slices[0], slices[1], out), *((out, s, out) for s in slices[2:])]]


def _unpool(args: list[Any], out: Array, pool: Pool, axes: Sizes, size: Sizes, stride: Sizes) -> Calls:
    g, x, y = args
    free, here, part = (pool.take(y.shape, np.dtype(d)) for d in (bool, bool, out.dtype))
    for temporary in (free, here, part):
        pool.give(temporary)
    calls: Calls = [(out.fill, (0,)), (free.fill, (True,))]
    overlap = any(step < n for n, step in zip(size, stride, strict=True))
    for _, index in places(x, axes, size, stride):
        calls += [(np.equal, (x[index], y, here)), (np.logical_and, (here, free, here))]
        calls += [(np.logical_xor, (free, here, free)), (np.multiply, (g, here, part if overlap else out[index]))]
        if overlap:
            calls.append((np.add, (out[index], part, out[index])))
    return calls


KERNELS: dict[str, Callable[..., Calls]] = {
    "patches": _patches,
    "fold": _fold,
    "max_pool": _max_pool,
    "unpool": _unpool,
}
"""By the name of the primitive's function."""
