"""Counter-based randomness: every number is a hash of (key, step, index of its entry).

The same seed gives the same bits in any order of computation, in tiles, on threads and in every engine. The hash is
Wellons' ``lowbias32`` integer mixer [1]_, applied to the entry's index between two keys that come from the seed, the
draw's number and the step; it is for dropout masks and noise, not for cryptography.

.. [1] C. Wellons, Prospecting for Hash Functions, 2018.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cutaway.graph import ZERO
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.recorder import active
from cutaway.tracing.registry import primitive, stands_in_for

_GOLDEN = np.uint32(0x9E3779B9)


def _mix(x: Any) -> Any:
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def _word(x: Any, shift: int = 0) -> Any:
    """32 bits of an integer, the lowest or those ``shift`` above, with an axis for the entries to draw."""
    whole = np.asarray(x & 0xFFFFFFFFFFFFFFFF, np.uint64) if isinstance(x, int) else np.asarray(x).astype(np.uint64)
    return (whole >> np.uint64(shift)).astype(np.uint32)[..., None]


def uniform(seed: Any, step: Any, *, draw: int, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """Uniform numbers in [0, 1) with 24 random bits each.

    Parameters
    ----------
    seed, step : int or integer array
        May be recorded: a training step draws new numbers because its ``step`` is an input. Of arrays that are not of
        shape (), each entry draws for itself, and their shape comes before ``shape`` in the result.
    draw : int
        Number of this draw within the program, so that two layers get different numbers.
    shape : tuple of int
        Shape of the result; entry ``i`` in C order depends on ``i`` alone, not on the shape.
    dtype : dtype
        Floating dtype of the result.
    """
    if type(seed) is Traced or type(step) is Traced:
        return bind(UNIFORM, seed, step, draw=draw, shape=shape, dtype=np.dtype(dtype))
    with np.errstate(over="ignore"):
        low, high, count = _word(seed), _word(seed, 32), _word(step)
        key = _mix(low + _GOLDEN * np.uint32(draw + 1))
        other = _mix(high ^ key)
        key = _mix(key ^ count)
        other = _mix(other + count * _GOLDEN)
        index = np.arange(math.prod(shape), dtype=np.uint32)
        bits = _mix(_mix(index ^ key) + other)
    several = np.broadcast_shapes(np.shape(seed), np.shape(step))
    return ((bits >> np.uint32(8)).astype(dtype) * np.dtype(dtype).type(2.0**-24)).reshape((*several, *shape))


UNIFORM = primitive(uniform, ZERO)


@stands_in_for("numpy.random:default_rng")
def _default_rng(original: Any, seed: Any = None) -> Any:
    recorder = active()
    if seed is None and recorder is not None:
        recorder.peek("random", None)
    return original(seed)
