"""Questions about arrays that NumPy answers with True and False, in terms of the primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.tracing.registry import handles

handles("numpy.isposinf")(lambda x: x == np.inf)
handles("numpy.isneginf")(lambda x: x == -np.inf)


@handles("numpy.isclose")
def _isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    with np.errstate(invalid="ignore"):
        close = (np.isfinite(b) & (np.abs(a - b) <= atol + rtol * np.abs(b))) | np.equal(a, b)
    return close | (np.isnan(a) & np.isnan(b)) if equal_nan else close


@handles("numpy.allclose")
def _allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    return np.all(np.isclose(a, b, rtol, atol, equal_nan))


@handles("numpy.array_equal")
def _array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    if np.shape(a1) != np.shape(a2):
        return False
    same = np.equal(a1, a2)
    return np.all(same | (np.isnan(a1) & np.isnan(a2)) if equal_nan else same)


@handles("numpy.array_equiv")
def _array_equiv(a1: Any, a2: Any) -> Any:
    try:
        np.broadcast_shapes(np.shape(a1), np.shape(a2))
    except ValueError:
        return False
    return np.all(np.equal(a1, a2))
