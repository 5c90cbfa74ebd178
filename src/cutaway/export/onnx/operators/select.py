"""Choosing entries and writing them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import Call, axes_of, numbers, operator
from cutaway.ops.select import ADD_AT, PUT, Slot
from cutaway.ops.shape import astype
from cutaway.tracing.array import Traced, bind


@operator("Gather")
def _gather(call: Call, x: Any, indices: Any) -> Any:
    return np.take(x, indices, axis=call.get("axis", 0))


@operator("GatherElements")
def _gather_elements(call: Call, x: Any, indices: Any) -> Any:
    return x[_grid(indices, call.get("axis", 0))]


def _grid(indices: Any, axis: int) -> tuple[Any, ...]:
    """The index that takes ``indices`` along one axis, and at the others stays where it is."""
    shape = np.shape(indices)
    axis %= len(shape)
    grid: list[Any] = [
        np.arange(n).reshape((1,) * i + (-1,) + (1,) * (len(shape) - 1 - i)) for i, n in enumerate(shape)
    ]
    grid[axis] = indices
    return tuple(grid)


@operator("GatherND")
def _gather_nd(call: Call, x: Any, indices: Any) -> Any:
    batch = call.get("batch_dims", 0)
    shape = np.shape(indices)
    before = tuple(np.arange(n).reshape((-1,) + (1,) * (len(shape) - 2 - i)) for i, n in enumerate(shape[:batch]))
    return x[(*before, *(indices[..., i] for i in range(shape[-1])))]


@operator("Slice")
def _slice(call: Call, x: Any, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None) -> Any:
    first, last = axes_of(call, starts, "starts") or (), axes_of(call, ends, "ends") or ()
    chosen = axes_of(call, axes) or tuple(range(len(first)))
    strides = (1,) * len(first) if steps is None else tuple(numbers(steps))
    index = [slice(None)] * np.ndim(x)
    for a, b, axis, step in zip(first, last, chosen, strides, strict=True):
        n = np.shape(x)[axis]
        stop = None if step < 0 and b < -n else b  # past the beginning
        index[axis] = slice(a, stop, step)
    return x[tuple(index)]


@operator("Compress")
def _compress(call: Call, x: Any, condition: Any) -> Any:
    axis = call.get("axis")
    return np.take(x if axis is not None else np.ravel(x), np.flatnonzero(numbers(condition)), axis=axis or 0)


@operator("OneHot")
def _one_hot(call: Call, indices: Any, depth: Any, values: Any) -> Any:
    n, axis = int(np.ravel(numbers(depth))[0]), call.get("axis", -1)
    places = np.expand_dims(astype(np.remainder(indices, n), np.int64), axis)
    inside = np.expand_dims((indices >= -n) & (indices < n), axis)
    rank = np.ndim(places)
    classes = np.arange(n).reshape([-1 if i == axis % rank else 1 for i in range(rank)])
    return np.where((places == classes) & inside, values[1], values[0])


# Writing ----------------------------------------------------------------------------------------------------------


def _written(x: Any, index: tuple[Any, ...], updates: Any, reduction: str) -> Any:
    """``x`` with ``updates`` at ``index``, which holds arrays alone."""
    if reduction in ("none", "add"):
        primitive = PUT if reduction == "none" else ADD_AT
        slots = tuple(Slot(i) for i in range(len(index)))
        if any(type(a) is Traced for a in (x, updates, *index)):
            return bind(primitive, x, updates, *index, index=slots)
        return primitive.fn(x, updates, *index, index=slots)
    result = np.array(x)
    {"mul": np.multiply, "max": np.maximum, "min": np.minimum}[reduction].at(result, index, updates)
    return result


@operator("ScatterElements", "Scatter")
def _scatter_elements(call: Call, x: Any, indices: Any, updates: Any) -> Any:
    return _written(x, _grid(indices, call.get("axis", 0)), updates, call.get("reduction", "none"))


@operator("ScatterND")
def _scatter_nd(call: Call, x: Any, indices: Any, updates: Any) -> Any:
    index = tuple(indices[..., i] for i in range(np.shape(indices)[-1]))
    return _written(x, index, updates, call.get("reduction", "none"))


@operator("TensorScatter")
def _tensor_scatter(call: Call, cache: Any, update: Any, first: Any = None) -> Any:
    """Each row of a cache gets its part of a sequence written from a place of its own on."""
    axis = call.get("axis", -2) % np.ndim(cache)
    n, size, steps = np.shape(cache)[0], np.shape(cache)[axis], np.shape(update)[axis]
    start = np.zeros((n, 1), np.int64) if first is None else np.reshape(np.asarray(first), (n, 1))
    places = start + np.arange(steps)
    places = places % size if call.get("mode", "linear") == "circular" else places
    turned, parts = np.moveaxis(cache, axis, 1), np.moveaxis(update, axis, 1)
    return np.moveaxis(_written(turned, (np.arange(n)[:, None], places), parts, "none"), 1, axis)
