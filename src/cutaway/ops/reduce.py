"""Operations that sum up or otherwise reduce axes."""

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


def _count(a: Any, axis: Axis) -> int:
    axes = range(np.ndim(a)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return math.prod(np.shape(a)[i] for i in axes)


def _full(g: Any, a: Any) -> Any:
    return np.broadcast_to(g, np.shape(a))


def _sum_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _full(spread(g, a, axis, keepdims), a)


def _mean_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _full(spread(g, a, axis, keepdims) / _count(a, axis), a)


def _extreme_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Tied extremes share the cotangent equally."""
    winners = astype(a == spread(y, a, axis, keepdims), np.result_type(g))
    ties = np.sum(winners, axis=axis, keepdims=True)
    return winners * (spread(g, a, axis, keepdims) / ties)


def _prod_rule(g: Any, y: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of all other entries, also where some entries are zero."""
    zero = a == 0
    zeros = np.sum(zero, axis=axis, keepdims=True)
    others = np.prod(np.where(zero, 1.0, a), axis=axis, keepdims=True)
    slope = np.where(zero, np.where(zeros == 1, others, 0.0), np.where(zeros == 0, others / np.where(zero, 1.0, a), 0.0))
    return spread(g, a, axis, keepdims) * slope


def _cumsum_rule(g: Any, y: Any, a: Any, axis: int = 0) -> Any:
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def _cumprod_rule(g: Any, y: Any, a: Any, axis: int = 0) -> Any:
    return np.flip(np.cumsum(np.flip(g * y, axis), axis), axis) / a


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


def _axes(a: Any, axis: Any, keepdims: Any = False) -> dict[str, Any]:
    """The parameters of a reduction as they are recorded: normal form, and only those that are not the default."""
    if isinstance(axis, (tuple, list)):
        axis = tuple(sorted(normal_axis(i, np.ndim(a)) for i in axis))
        axis = axis[0] if len(axis) == 1 else axis
    elif axis is not None:
        axis = normal_axis(axis, np.ndim(a))
    params: dict[str, Any] = {} if axis is None else {"axis": axis}
    return params | ({"keepdims": True} if keepdims else {})


def _reduction(prim: Primitive, *names: str) -> None:
    def handler(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, where: Any = True) -> Any:
        if where is not True:
            a = np.where(where, a, _NEUTRAL[prim])
        return bind(prim, a if dtype is None else astype(a, dtype), **_axes(a, axis, keepdims))

    handles(*names)(handler)


_NEUTRAL = {SUM: 0.0, PROD: 1.0, MAX: -np.inf, MIN: np.inf, ALL: True, ANY: False, COUNT_NONZERO: 0}
_reduction(SUM, "numpy.sum")
_reduction(PROD, "numpy.prod")
_reduction(MAX, "numpy.max", "numpy.amax")
_reduction(MIN, "numpy.min", "numpy.amin")
_reduction(ALL, "numpy.all")
_reduction(ANY, "numpy.any")
_reduction(COUNT_NONZERO, "numpy.count_nonzero")


@handles("numpy.mean")
def _mean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    if where is not True:
        count = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)
        return np.sum(a, axis=axis, keepdims=keepdims, where=where) / count
    return bind(MEAN, a if dtype is None else astype(a, dtype), **_axes(a, axis, keepdims))


@handles("numpy.var")
def _var(a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: Any = False, **how: Any) -> Any:
    mean = how.get("mean")
    mean = np.mean(a, axis=axis, keepdims=True) if mean is None else mean
    squares = np.square(a - mean)
    if not (ddof or how.get("correction")):
        return np.mean(squares, axis=axis, keepdims=keepdims)
    n = _count(a, _axes(a, axis).get("axis"))
    return np.sum(squares, axis=axis, keepdims=keepdims) / (n - (ddof or how.get("correction", 0)))


@handles("numpy.std")
def _std(a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: Any = False, **how: Any) -> Any:
    return np.sqrt(np.var(a, axis=axis, ddof=ddof, keepdims=keepdims, **how))


@handles("numpy.average")
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    if weights is None:
        weights = np.ones(np.shape(a))
    elif np.shape(weights) != np.shape(a):
        weights = np.reshape(weights, [-1 if i == normal_axis(axis, np.ndim(a)) else 1 for i in range(np.ndim(a))])
        weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    result = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (result, np.broadcast_to(total, np.shape(result))) if returned else result


@handles("numpy.ptp")
def _ptp(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def _cumulative(prim: Primitive, *names: str) -> None:
    def handler(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
        if axis is None:
            a, axis = np.ravel(a), 0
        return bind(prim, a if dtype is None else astype(a, dtype), axis=normal_axis(axis, np.ndim(a)))

    handles(*names)(handler)


_cumulative(CUMSUM, "numpy.cumsum", "numpy.cumulative_sum")
_cumulative(CUMPROD, "numpy.cumprod", "numpy.cumulative_prod")


# Order statistics -------------------------------------------------------------------------------------------------


@handles("numpy.quantile")
def _quantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    shape = np.shape(a)
    if axis is None or isinstance(axis, tuple):
        axes = [normal_axis(i, len(shape)) for i in (range(len(shape)) if axis is None else axis)]
        a = np.moveaxis(a, axes, range(-len(axes), 0))
        a = np.reshape(a, (*np.shape(a)[: len(shape) - len(axes)], -1))
    else:
        axes = [normal_axis(axis, len(shape))]
        a = np.moveaxis(a, axes[0], -1)
    ordered = np.sort(a, axis=-1)
    position = np.asarray(value_of(q)) * (np.shape(ordered)[-1] - 1)
    low = np.floor(position).astype(int)
    high, part = np.ceil(position).astype(int), position - low
    result = ordered[..., low] * (1 - part) + ordered[..., high] * part
    if np.ndim(position):
        result = np.moveaxis(result, -1, 0)
    if keepdims:
        result = np.reshape(result, np.shape(position) + tuple(1 if i in axes else n for i, n in enumerate(shape)))
    return result


@handles("numpy.percentile")
def _percentile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    return np.quantile(a, np.asarray(value_of(q)) / 100, axis=axis, keepdims=keepdims)


@handles("numpy.median")
def _median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.quantile(a, 0.5, axis=axis, keepdims=keepdims)


# Leaving out NaN --------------------------------------------------------------------------------------------------


def _without_nan(name: str, neutral: float) -> None:
    def handler(a: Any, axis: Any = None, **how: Any) -> Any:
        return getattr(np, name)(np.where(np.isnan(a), neutral, a), axis=axis, **how)

    handles(f"numpy.nan{name}")(handler)


for _name, _neutral in [("sum", 0.0), ("prod", 1.0), ("max", -np.inf), ("min", np.inf), ("cumsum", 0.0)]:
    _without_nan(_name, _neutral)
for _name, _neutral in [("cumprod", 1.0), ("argmax", -np.inf), ("argmin", np.inf)]:
    _without_nan(_name, _neutral)


@handles("numpy.nanmean")
def _nanmean(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return np.mean(a, axis=axis, keepdims=keepdims, where=~np.isnan(a))


@handles("numpy.nanvar")
def _nanvar(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: Any = False) -> Any:
    there = ~np.isnan(a)
    squares = np.square(np.where(there, a - np.nanmean(a, axis=axis, keepdims=True), 0.0))
    count = np.sum(there, axis=axis, keepdims=keepdims)
    return np.sum(squares, axis=axis, keepdims=keepdims) / (count - ddof)


@handles("numpy.nanstd")
def _nanstd(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: Any = False) -> Any:
    return np.sqrt(np.nanvar(a, axis=axis, ddof=ddof, keepdims=keepdims))
