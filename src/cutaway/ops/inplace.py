"""Functions that write into an array: the box of the recorded array receives the new value, so all views see it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.ops.select import along, within
from cutaway.tracing.array import Traced
from cutaway.tracing.registry import handles, stands_in_for


def _target(a: Any, name: str) -> Traced:
    if type(a) is not Traced:
        raise TraceError(
            f"np.{name} writes a traced value into a plain array of shape {np.shape(a)}",
            instead="Make the array inside the recorded function with the np of your module",
        )
    return a


@handles("numpy.copyto")
def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    _target(dst, "copyto")[...] = src if where is True else np.where(where, src, dst)


@handles("numpy.putmask")
def _putmask(a: Any, mask: Any, values: Any) -> None:
    repeated = values if np.shape(values) in ((), np.shape(a)) else np.resize(values, np.shape(a))
    _target(a, "putmask")[...] = np.where(mask, repeated, a)


@handles("numpy.place")
def _place(arr: Any, mask: Any, vals: Any) -> None:
    places = np.nonzero(np.reshape(mask, np.shape(arr)))
    _target(arr, "place")[places] = np.resize(vals, len(places[0]))


@handles("numpy.put")
def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    ind = np.ravel(ind)
    ind = np.where(np.less(ind, 0), ind + np.size(a), ind) if mode == "raise" else within(ind, np.size(a), mode)
    places = np.unravel_index(ind, np.shape(a))
    _target(a, "put")[places] = v if np.ndim(v) == 0 else np.resize(v, np.shape(ind))


@handles("numpy.put_along_axis")
def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    if axis is None:
        return np.put(arr, indices, values)
    _target(arr, "put_along_axis")[along(arr, indices, axis)] = values


@handles("numpy.fill_diagonal")
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    rows, columns = np.shape(a)[0], np.shape(a)[-1]
    i = np.arange(min(np.shape(a)))
    if wrap and rows > columns and np.ndim(a) == 2:
        flat = np.arange(0, rows * columns, columns + 1)
        return np.put(a, flat, val)
    _target(a, "fill_diagonal")[(i,) * np.ndim(a)] = val if np.ndim(val) == 0 else np.resize(val, len(i))


@stands_in_for("numpy.random:shuffle")
def _shuffle(original: Any, x: Any) -> None:
    if type(x) is not Traced:
        original(x)
        return
    order = np.arange(len(x))
    original(order)
    x[...] = x[order]


# Functions of one row at a time -----------------------------------------------------------------------------------


@handles("numpy.apply_along_axis")
def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    rows = np.moveaxis(arr, axis, -1)
    outer = np.shape(rows)[:-1]
    results = np.stack([func1d(rows[i], *args, **kwargs) for i in np.ndindex(outer)])
    inner = np.shape(results)[1:]
    results = np.reshape(results, outer + inner)
    for _ in inner:  # what a row became takes the place of the axis
        results = np.moveaxis(results, len(outer), axis if axis >= 0 else axis + np.ndim(arr))
        axis = (axis if axis >= 0 else axis + np.ndim(arr)) + 1
    return results


@handles("numpy.apply_over_axes")
def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    for axis in np.atleast_1d(axes).tolist():
        result = func(a, axis)
        a = result if np.ndim(result) == np.ndim(a) else np.expand_dims(result, axis)
    return a


@stands_in_for("numpy:vectorize.__call__")
def _vectorize(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    if not any(type(x) is Traced for x in (*args, *kwargs.values())):
        return original(self, *args, **kwargs)
    if kwargs or self.signature or self.excluded:
        raise TraceError("np.vectorize with keywords, a signature or excluded arguments cannot be recorded")
    args = tuple(np.broadcast_arrays(*args)) if len(args) > 1 else args
    shape = np.shape(args[0])
    results = [self.pyfunc(*(a[i] for a in args)) for i in np.ndindex(shape)]
    if isinstance(results[0], tuple):
        return tuple(np.reshape(np.stack(parts), shape) for parts in zip(*results, strict=True))
    return np.reshape(np.stack(results), shape)
