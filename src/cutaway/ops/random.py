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


def uniform(seed: Any, step: Any, *, draw: int, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """Uniform numbers in [0, 1) with 24 random bits each.

    Parameters
    ----------
    seed, step : int or integer array of shape ()
        May be recorded: a training step draws new numbers because its ``step`` is an input.
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
        one = np.ones((), np.uint32)
        key = _mix(np.asarray(int(seed) & 0xFFFFFFFF, np.uint32) + _GOLDEN * np.uint32(draw + 1))
        other = _mix(np.asarray((int(seed) >> 32) & 0xFFFFFFFF, np.uint32) ^ key)
        key = _mix(key ^ np.asarray(int(step) & 0xFFFFFFFF, np.uint32)) * one
        other = _mix(other + np.asarray(int(step) & 0xFFFFFFFF, np.uint32) * _GOLDEN) * one
        index = np.arange(math.prod(shape), dtype=np.uint32)
        bits = _mix(_mix(index ^ key) + other)
    return ((bits >> np.uint32(8)).astype(dtype) * np.dtype(dtype).type(2.0**-24)).reshape(shape)


UNIFORM = primitive(uniform, ZERO)


@stands_in_for("numpy.random:default_rng")
def _default_rng(original: Any, seed: Any = None) -> Any:
    recorder = active()
    if seed is None and recorder is not None:
        recorder.peek("random", None)
    return original(seed)
