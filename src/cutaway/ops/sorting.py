"""Sorting and searching: the order is recorded as integers, and what is sorted is taken in that order."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.graph import ZERO
from cutaway.ops.shape import astype, strong
from cutaway.tracing.array import bind, value_of
from cutaway.tracing.registry import handles, primitive

ARGSORT = primitive(np.argsort, ZERO)
ARGPARTITION = primitive(np.argpartition, ZERO)
ARGMAX = primitive(np.argmax, ZERO)
ARGMIN = primitive(np.argmin, ZERO)
SEARCHSORTED = primitive(np.searchsorted, ZERO)
DIGITIZE = primitive(np.digitize, ZERO)


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None and value is not False}


@handles("numpy.argsort")
def _argsort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    return bind(ARGSORT, a, axis=axis, **_given(kind="stable" if stable else kind))


@handles("numpy.sort")
def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take_along_axis(a, np.argsort(a, axis, "stable" if stable else kind), axis)


@handles("numpy.argpartition")
def _argpartition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    return bind(ARGPARTITION, a, kth=kth, axis=axis)


@handles("numpy.partition")
def _partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take_along_axis(a, np.argpartition(a, kth, axis), axis)


@handles("numpy.lexsort")
def _lexsort(keys: Any, axis: int = -1) -> Any:
    order = np.argsort(keys[0], axis, "stable")
    for key in keys[1:]:
        following = np.argsort(np.take_along_axis(key, order, axis), axis, "stable")
        order = np.take_along_axis(order, following, axis)
    return order


@handles("numpy.argmax")
def _argmax(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    return bind(ARGMAX, a, **_given(axis=axis, keepdims=keepdims))


@handles("numpy.argmin")
def _argmin(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    return bind(ARGMIN, a, **_given(axis=axis, keepdims=keepdims))


@handles("numpy.searchsorted")
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    return bind(SEARCHSORTED, a if sorter is None else np.take(a, sorter), v, side=side)


@handles("numpy.digitize")
def _digitize(x: Any, bins: Any, right: bool = False) -> Any:
    return bind(DIGITIZE, x, bins, **_given(right=right))


@handles("numpy.isin")
def _isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None
) -> Any:
    found = np.any(np.equal(np.expand_dims(element, -1), np.ravel(strong(test_elements))), axis=-1)
    return ~found if invert else found


@handles("numpy.in1d")
def _in1d(ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    return np.isin(np.ravel(ar1), ar2, invert=invert)


@handles("numpy.bincount")
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    from cutaway.ops.select import SCATTER, Slot

    size = max(int(np.max(np.append(value_of(x), -1))) + 1, int(minlength))
    if getattr(x, "constant", True) is False:
        x.recorder.peek("index", np.max(x).variable)  # the length of the result depends on it
    weights = np.ones(np.shape(x), int) if weights is None else astype(weights, np.float64)
    return bind(SCATTER, weights, x, index=(Slot(0),), shape=(size,))
