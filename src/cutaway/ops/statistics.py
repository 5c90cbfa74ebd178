"""Variance, quantiles and covariance, and the forms that leave out NaN; written in terms of the primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.ops.reduce import axes_of, count
from cutaway.ops.shape import astype, normal_axis, strong
from cutaway.tracing.array import value_of
from cutaway.tracing.registry import handles


@handles("numpy.var")
def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: float = 0,
) -> Any:
    a = a if dtype is None else astype(a, dtype)
    mean = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
    squares, ddof = np.square(a - mean), ddof or correction
    if not ddof:
        return np.mean(squares, axis=axis, keepdims=keepdims, where=where)
    n = count(a, axes_of(a, axis).get("axis"))
    if where is not True:
        there = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)
        n = astype(there, np.result_type(value_of(a)))
    return np.sum(squares, axis=axis, keepdims=keepdims, where=where) / (n - ddof)


@handles("numpy.std")
def _std(a: Any, axis: Any = None, dtype: Any = None, **how: Any) -> Any:
    return np.sqrt(np.var(a, axis, dtype, **how))


@handles("numpy.average")
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    if weights is None:
        result = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.full_like(result, np.size(a) / max(np.size(result), 1))
        return (result, total) if returned else result
    if np.shape(weights) != np.shape(a):
        if not isinstance(axis, int):
            raise TraceError("np.average cannot be recorded with weights of another shape along several axes")
        weights = np.reshape(weights, [-1 if i == normal_axis(axis, np.ndim(a)) else 1 for i in range(np.ndim(a))])
        weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    result = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (result, np.broadcast_to(total, np.shape(result))) if returned else result


@handles("numpy.ptp")
def _ptp(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@handles("numpy.cov")
def _cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, *, dtype: Any = None
) -> Any:
    m = astype(m, np.result_type(value_of(m), np.float64) if dtype is None else dtype)
    rows = np.atleast_2d(m)
    rows = rows if rowvar or np.ndim(m) < 2 else np.transpose(rows)
    if y is not None:
        others = np.atleast_2d(y)
        rows = np.concatenate([rows, others if rowvar or np.ndim(y) < 2 else np.transpose(others)])
    n = np.shape(rows)[1] - (ddof if ddof is not None else 0 if bias else 1)
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    return np.squeeze(centred @ np.transpose(centred) / n)


@handles("numpy.corrcoef")
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diagonal(c))
    return c / np.expand_dims(deviation, 1) / deviation


# Order statistics -------------------------------------------------------------------------------------------------


def _rows(a: Any, axis: Any) -> tuple[Any, list[int]]:
    """``a`` with the reduced axes flattened into the last one, and which axes these were."""
    ndim = np.ndim(a)
    axes = range(ndim) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    axes = [normal_axis(i, ndim) for i in axes]
    a = np.moveaxis(a, axes, range(-len(axes), 0))
    return np.reshape(a, (*np.shape(a)[: ndim - len(axes)], -1)), axes


def _pick(ordered: Any, place: Any) -> Any:
    if np.ndim(place) == 0:
        return np.take(ordered, place, axis=-1)
    return np.squeeze(np.take_along_axis(ordered, np.expand_dims(place, -1), -1), -1)


def _between(ordered: Any, position: Any, method: str) -> Any:
    """The value at a fractional position among ordered rows."""
    low, high = astype(np.floor(position), int), astype(np.ceil(position), int)
    part = position - np.floor(position)
    if method == "nearest":
        return _pick(ordered, astype(np.rint(position), int))
    if method in ("lower", "higher"):
        return _pick(ordered, low if method == "lower" else high)
    if method == "midpoint":
        part = astype(part != 0, np.result_type(value_of(part))) / 2
    below, above = _pick(ordered, low), _pick(ordered, high)
    return below + (above - below) * part


def _quantile_of(ordered: Any, n: Any, q: Any, method: str) -> Any:
    if method not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise TraceError(f"Quantiles with method={method!r} cannot be recorded", instead="Use method='linear'")
    if np.any((value_of(q) < 0) | (value_of(q) > 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    values = [_between(ordered, part * (n - 1), method) for part in np.ravel(q)]
    return np.reshape(np.stack(values), np.shape(q) + np.shape(values[0])) if np.ndim(q) else values[0]


def _strong_quantile(q: Any, a: Any) -> Any:
    """A Python number takes the dtype of the data; arrays and lists keep their own."""
    dtype = np.result_type(value_of(a))
    return np.asarray(q, dtype)[()] if isinstance(q, (int, float)) and dtype.kind == "f" else strong(q)


def _finished(result: Any, a: Any, q: Any, axes: list[int], keepdims: bool) -> Any:
    if not keepdims:
        return result
    return np.reshape(result, np.shape(q) + tuple(1 if i in axes else n for i, n in enumerate(np.shape(a))))


@handles("numpy.quantile")
def _quantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    q = _strong_quantile(q, a)
    rows, axes = _rows(a, axis)
    ordered = np.sort(rows, axis=-1)
    result = _quantile_of(ordered, np.shape(ordered)[-1], q, method)
    last = np.take(ordered, -1, axis=-1)  # NaN sorts last, and makes the result NaN
    return _finished(np.where(np.isnan(last), last, result), a, q, axes, keepdims)


@handles("numpy.nanquantile")
def _nanquantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    q = _strong_quantile(q, a)
    rows, axes = _rows(a, axis)
    ordered = np.sort(rows, axis=-1)
    there = np.maximum(np.sum(~np.isnan(ordered), axis=-1), 1)
    there = astype(there, np.result_type(value_of(ordered)))
    return _finished(_quantile_of(ordered, there, q, method), a, q, axes, keepdims)


def _percent(q: Any) -> Any:
    return np.asarray(q) / 100 if isinstance(q, (list, tuple)) else q / 100


handles("numpy.percentile")(
    lambda a, q, axis=None, *, method="linear", keepdims=False: np.quantile(
        a, _percent(q), axis, method=method, keepdims=keepdims
    )
)
handles("numpy.nanpercentile")(
    lambda a, q, axis=None, *, method="linear", keepdims=False: np.nanquantile(
        a, _percent(q), axis, method=method, keepdims=keepdims
    )
)
handles("numpy.median")(lambda a, axis=None, *, keepdims=False: np.quantile(a, 0.5, axis, keepdims=keepdims))
handles("numpy.nanmedian")(lambda a, axis=None, *, keepdims=False: np.nanquantile(a, 0.5, axis, keepdims=keepdims))


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
def _nanmean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims, where=~np.isnan(a))


@handles("numpy.nanvar")
def _nanvar(a: Any, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: Any = False) -> Any:
    there = ~np.isnan(a)
    filled = np.where(there, a, 0.0)
    return np.var(filled, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=there)


@handles("numpy.nanstd")
def _nanstd(a: Any, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: Any = False) -> Any:
    return np.sqrt(np.nanvar(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims))
