"""Reductions, running sums, places of extremes, order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import OPERATORS, Call, axes_of, numbers, operator
from cutaway.ops.shape import astype
from cutaway.ops.special import logsumexp


def _log_sum_exp(x: Any, axis: Any, keepdims: bool) -> Any:
    if x.dtype.kind != "f" or np.size(x) == 0:
        return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))
    return logsumexp(x, axis, keepdims)


def _log_sum(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.log(np.sum(x, axis=axis, keepdims=keepdims))


def _highest(kind: str) -> Callable[..., Any]:
    """The extreme of nothing is the other end of the dtype."""

    def compute(x: Any, axis: Any, keepdims: bool) -> Any:
        if np.size(x):
            fn = {"max": (np.any, np.max), "min": (np.all, np.min)}[kind][x.dtype.kind != "b"]
            return fn(x, axis=axis, keepdims=keepdims)
        end = {"f": (-np.inf, np.inf), "b": (False, True)}.get(x.dtype.kind)
        end = end or (np.iinfo(x.dtype).min, np.iinfo(x.dtype).max)
        return getattr(np, kind)(x, axis=axis, keepdims=keepdims, initial=end[kind == "min"])

    return compute


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "ReduceL1": lambda x, axis, keepdims: np.sum(np.abs(x), axis=axis, keepdims=keepdims),
    "ReduceL2": lambda x, axis, keepdims: np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims)),
    "ReduceLogSum": _log_sum,
    "ReduceLogSumExp": _log_sum_exp,
    "ReduceMax": _highest("max"),
    "ReduceMean": lambda x, axis, keepdims: np.mean(x, axis=axis, keepdims=keepdims),
    "ReduceMin": _highest("min"),
    "ReduceProd": lambda x, axis, keepdims: np.prod(x, axis=axis, keepdims=keepdims),
    "ReduceSum": lambda x, axis, keepdims: np.sum(x, axis=axis, keepdims=keepdims),
    "ReduceSumSquare": lambda x, axis, keepdims: np.sum(np.square(x), axis=axis, keepdims=keepdims),
}


def _reduction(fn: Callable[..., Any]) -> Callable[..., Any]:
    def compute(call: Call, x: Any, given: Any = None) -> Any:
        axes = axes_of(call, given)
        if not axes:
            axes = () if call.get("noop_with_empty_axes", 0) else None
        return astype(fn(x, axes, bool(call.get("keepdims", 1))), x.dtype)

    return compute


OPERATORS.update({name: _reduction(fn) for name, fn in REDUCTIONS.items()})


@operator("ArgMax", "ArgMin")
def _place_of_extreme(call: Call, x: Any) -> Any:
    axis, fn = call.get("axis", 0), np.argmax if call.kind == "ArgMax" else np.argmin
    found = fn(np.flip(x, axis) if call.get("select_last_index", 0) else x, axis=axis)
    found = np.shape(x)[axis] - 1 - found if call.get("select_last_index", 0) else found
    return astype(np.expand_dims(found, axis) if call.get("keepdims", 1) else found, np.int64)


@operator("CumSum", "CumProd")
def _cumulative(call: Call, x: Any, axis: Any) -> Any:
    axis = int(np.ravel(numbers(axis))[0])
    fn, start = (np.cumsum, 0) if call.kind == "CumSum" else (np.cumprod, 1)
    x = np.flip(x, axis) if call.get("reverse", 0) else x
    result = fn(x, axis=axis)
    if call.get("exclusive", 0):
        first = np.full_like(np.take(x, [0], axis=axis), start)
        shorter = np.take(result, np.arange(np.shape(x)[axis] - 1), axis=axis)
        result = np.concatenate([first, shorter], axis=axis)
    result = np.flip(result, axis) if call.get("reverse", 0) else result
    return astype(result, x.dtype)


@operator("TopK")
def _top_k(call: Call, x: Any, k: Any = None) -> Any:
    count = call.get("k") if k is None else int(np.ravel(numbers(k))[0])
    axis = call.get("axis", -1)
    if call.get("largest", 1):  # of equal ones the first: sorted backwards in both ways
        backwards = np.flip(np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)
        order = np.shape(x)[axis] - 1 - backwards
    else:
        order = np.argsort(x, axis=axis, kind="stable")
    chosen = np.take(order, np.arange(count), axis=axis)
    return np.take_along_axis(x, chosen, axis=axis), astype(chosen, np.int64)


@operator("NonZero")
def _non_zero(call: Call, x: Any) -> Any:
    return np.stack(np.nonzero(x)).astype(np.int64)


@operator("Unique")
def _unique(call: Call, x: Any) -> Any:
    axis = call.get("axis")
    values, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True, axis=axis)
    inverse = np.ravel(inverse)
    if not call.get("sorted", 1):
        order = np.argsort(first)
        back = np.argsort(order)
        values, first, counts, inverse = np.take(values, order, axis or 0), first[order], counts[order], back[inverse]
    return values, first.astype(np.int64), inverse.astype(np.int64), counts.astype(np.int64)
