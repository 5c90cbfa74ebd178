"""Sums, means, products and extremes along axes, and their running forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cutaway.graph import ZERO, Primitive
from cutaway.ops.shape import astype, normal_axis
from cutaway.tracing.array import bind, value_of
from cutaway.tracing.registry import handles, primitive

Axis = int | tuple[int, ...] | None


def spread(g: Any, a: Any, axis: Axis, keepdims: bool = False) -> Any:
    """A reduced array, or its cotangent, in a shape that broadcasts against what was reduced."""
    if axis is None or keepdims:
        return g if keepdims or np.ndim(g) == 0 else np.reshape(g, (1,) * np.ndim(a))
    return np.expand_dims(g, axis)


def count(a: Any, axis: Axis) -> int:
    """How many entries of ``a`` are reduced to one."""
    axes = range(np.ndim(a)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return math.prod(np.shape(a)[i] for i in axes)


def _full(g: Any, a: Any) -> Any:
    return np.broadcast_to(g, np.shape(a))


def _sum_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _full(spread(g, a, axis, keepdims), a)


def _mean_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _full(spread(g, a, axis, keepdims) / count(a, axis), a)


def _extreme_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Tied extremes share the cotangent equally."""
    winners = astype(a == spread(y, a, axis, keepdims), np.result_type(g))
    ties = np.sum(winners, axis=axis, keepdims=True)
    return winners * (spread(g, a, axis, keepdims) / ties)


def _prod_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of the entries before times that of the entries after: nothing is divided, so zeros do no harm."""
    ndim = np.ndim(a)
    axes = tuple(range(ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    last = np.moveaxis(a, axes, range(-len(axes), 0))
    flat = np.reshape(last, (*np.shape(last)[: ndim - len(axes)], -1))
    ones = np.ones_like(flat[..., :1])
    before = np.cumprod(np.concatenate([ones, flat[..., :-1]], axis=-1), axis=-1)
    after = np.flip(np.cumprod(np.concatenate([ones, np.flip(flat[..., 1:], -1)], axis=-1), axis=-1), -1)
    slope = np.moveaxis(np.reshape(before * after, np.shape(last)), range(-len(axes), 0), axes)
    return spread(g, a, axis, keepdims) * slope


def _cumsum_rule(g: Any, y: Any, a: Any, axis: int = 0) -> Any:
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def _cumprod_rule(g: Any, y: Any, a: Any, axis: int = 0) -> Any:
    """Row ``k`` of a square holds the products that leave out entry ``k``; again nothing is divided."""
    g, a = np.moveaxis(g, axis, -1), np.moveaxis(a, axis, -1)
    n = np.shape(a)[-1]
    without = np.cumprod(np.where(np.eye(n) == 1, 1.0, np.expand_dims(a, -2)), axis=-1)
    slope = np.sum(np.where(np.tri(n).T == 1, without * np.expand_dims(g, -2), 0.0), axis=-1)
    return np.moveaxis(slope, -1, axis)


SUM = primitive(np.sum, [_sum_rule])
MEAN = primitive(np.mean, [_mean_rule])
MAX = primitive(np.max, [_extreme_rule])
MIN = primitive(np.min, [_extreme_rule])
PROD = primitive(np.prod, [_prod_rule])
ALL = primitive(np.all, ZERO)
ANY = primitive(np.any, ZERO)
COUNT_NONZERO = primitive(np.count_nonzero, ZERO)
CUMSUM = primitive(np.cumsum, [_cumsum_rule])
CUMPROD = primitive(np.cumprod, [_cumprod_rule])


def axes_of(a: Any, axis: Any, keepdims: Any = False) -> dict[str, Any]:
    """The parameters of a reduction as they are recorded: normal form, and only those that are not the default."""
    if isinstance(axis, (tuple, list)):
        axis = tuple(sorted(normal_axis(i, np.ndim(a)) for i in axis))
        axis = axis[0] if len(axis) == 1 else axis
    elif axis is not None:
        axis = normal_axis(axis, np.ndim(a))
    params: dict[str, Any] = {} if axis is None else {"axis": axis}
    return params | ({"keepdims": True} if keepdims else {})


def _reduction(prim: Primitive, *names: str) -> None:
    neutral, combine = _EMPTY[prim]

    def reduced(a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
        a = a if where is True else np.where(where, a, neutral)
        result = bind(prim, a, **axes_of(a, axis, keepdims))
        return result if initial is None else combine(result, initial)

    def handler(a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
        return reduced(a, axis, keepdims, initial, where)

    def with_dtype(
        a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, initial: Any = None, where: Any = True
    ) -> Any:
        return reduced(a if dtype is None else astype(a, dtype), axis, keepdims, initial, where)

    handles(*names)(with_dtype if prim in (SUM, PROD) else handler)


_EMPTY: dict[Primitive, tuple[Any, Any]] = {
    SUM: (0, np.add),
    PROD: (1, np.multiply),
    MAX: (-np.inf, np.maximum),
    MIN: (np.inf, np.minimum),
    ALL: (True, np.logical_and),
    ANY: (False, np.logical_or),
    COUNT_NONZERO: (0, np.add),
}
"""What a reduction gives when nothing is left, and how it takes one value more."""

_reduction(SUM, "numpy.sum")
_reduction(PROD, "numpy.prod")
_reduction(MAX, "numpy.max", "numpy.amax")
_reduction(MIN, "numpy.min", "numpy.amin")
_reduction(ALL, "numpy.all")
_reduction(ANY, "numpy.any")
_reduction(COUNT_NONZERO, "numpy.count_nonzero")


@handles("numpy.mean")
def _mean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, where: Any = True) -> Any:
    if where is not True:
        there = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)
        return np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where) / astype(
            there, np.result_type(value_of(a))
        )
    return bind(MEAN, a if dtype is None else astype(a, dtype), **axes_of(a, axis, keepdims))


def _cumulative(prim: Primitive, *names: str) -> None:
    def handler(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
        if axis is None:
            a, axis = np.ravel(a), 0
        return bind(prim, a if dtype is None else astype(a, dtype), axis=normal_axis(axis, np.ndim(a)))

    handles(*names)(handler)


_cumulative(CUMSUM, "numpy.cumsum")
_cumulative(CUMPROD, "numpy.cumprod")


def _cumulative_of_numpy_21(name: str, start: float) -> None:
    def handler(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
        axis = 0 if axis is None and np.ndim(x) == 1 else normal_axis(axis, np.ndim(x))
        result = getattr(np, name)(x, axis, dtype)
        if not include_initial:
            return result
        first = np.full_like(np.sum(result, axis=axis, keepdims=True), start)
        return np.concatenate([first, result], axis=axis)

    handles(f"numpy.cumulative_{name.removeprefix('cum')}")(handler)


_cumulative_of_numpy_21("cumsum", 0)
_cumulative_of_numpy_21("cumprod", 1)
