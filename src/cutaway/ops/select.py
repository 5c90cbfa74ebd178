"""Choosing entries: indexing, writing into slices, where, take, sorting.

An index is split in two: arrays are arguments of the equation (they may be recorded themselves), and the rest
(numbers, slices, ``None``, ``...``) is its parameter ``index``, in which a :class:`Slot` marks the place of an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.graph import ZERO, literal
from cutaway.ops.shape import astype, normal_axis, unbroadcast
from cutaway.tracing.array import Traced, bind, value_of
from cutaway.tracing.registry import handles, primitive


@dataclass(frozen=True)
class Slot:
    """The place of array number ``i`` in an index."""

    i: int


Index = tuple[Any, ...]


def _split(index: Any) -> tuple[Index, list[Any]]:
    parts = index if type(index) is tuple else (index,)
    arrays: list[Any] = []
    template: list[Any] = []
    for part in parts:
        if type(part) is Traced and part.constant:
            part = part.value
        if isinstance(part, (list, np.ndarray)) or (type(part) is Traced):
            arrays.append(np.asarray(part) if isinstance(part, list) else part)
            template.append(Slot(len(arrays) - 1))
        elif isinstance(part, np.integer):
            template.append(int(part))
        else:
            template.append(part)
    return tuple(template), arrays


def _fill(index: Index, arrays: tuple[Any, ...]) -> Index:
    return tuple(arrays[p.i] if isinstance(p, Slot) else p for p in index)


def _show_index(index: Index, arrays: list[str]) -> str:
    def part(p: Any) -> str:
        if isinstance(p, Slot):
            return arrays[p.i]
        if isinstance(p, slice):
            a, b, c = ("" if v is None else literal(v) for v in (p.start, p.stop, p.step))
            return f"{a}:{b}" + (f":{c}" if c else "")
        return "..." if p is Ellipsis else literal(p)

    return ", ".join(map(part, index)) or "()"


# The primitives are functions that can be imported, so that a printed graph can be pasted back.


def take_at(x: Any, *arrays: Any, index: Index) -> Any:
    """``x[index]``."""
    return x[_fill(index, arrays)]


def scatter(g: Any, *arrays: Any, index: Index, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` to which ``g`` was added at ``index``; entries that occur twice add up."""
    y = np.zeros(shape, np.result_type(g))
    if arrays:
        np.add.at(y, _fill(index, arrays), g)
    else:
        y[index] = g
    return y


def put_at(x: Any, v: Any, *arrays: Any, index: Index) -> Any:
    """``x`` with ``x[index] = v``."""
    y = np.array(x, order="K")
    y[_fill(index, arrays)] = v
    return y


def add_at(x: Any, v: Any, *arrays: Any, index: Index) -> Any:
    """``x`` with ``np.add.at(x, index, v)``."""
    y = np.array(x, order="K")
    np.add.at(y, _fill(index, arrays), v)
    return y


TAKE = primitive(
    take_at,
    [lambda g, y, x, *arrays, index: bind(SCATTER, g, *arrays, index=index, shape=np.shape(x)), ZERO],
    show=lambda texts, index: f"{texts[0]}[{_show_index(index, texts[1:])}]",
)
SCATTER = primitive(
    scatter,
    [lambda g, y, v, *arrays, index, shape: bind(TAKE, g, *arrays, index=index), ZERO],
)
PUT = primitive(
    put_at,
    [
        lambda g, y, x, v, *arrays, index: bind(PUT, g, 0.0, *arrays, index=index),
        lambda g, y, x, v, *arrays, index: unbroadcast(bind(TAKE, g, *arrays, index=index), v),
        ZERO,
    ],
)
ADD_AT = primitive(
    add_at,
    [
        lambda g, y, x, v, *arrays, index: g,
        lambda g, y, x, v, *arrays, index: unbroadcast(bind(TAKE, g, *arrays, index=index), v),
        ZERO,
    ],
)


def _freeze_masks(arrays: list[Any]) -> list[Any]:
    """Boolean index arrays decide about shapes: a recorded one is noted, since other data may choose other entries."""
    for a in arrays:
        if type(a) is Traced and a.dtype.kind == "b":
            a.recorder.peek("index", a.variable)
    return arrays


@handles("getitem")
def _getitem(x: Traced, index: Any) -> Any:
    template, arrays = _split(index)
    result = bind(TAKE, x, *_freeze_masks(arrays), index=template)
    if arrays:
        return result
    return result.view_of(x, lambda base: base[index], lambda base, new: bind(PUT, base, new, index=template))


@handles("setitem")
def _setitem(x: Traced, index: Any, value: Any) -> Any:
    template, arrays = _split(index)
    if len(arrays) == 1 and len(template) == 1 and np.result_type(value_of(arrays[0])) == bool and np.ndim(value) == 0:
        mask = np.reshape(arrays[0], np.shape(arrays[0]) + (1,) * (x.ndim - np.ndim(arrays[0])))
        return astype(np.where(mask, value, x), x.dtype)
    value = value if type(value) is Traced or np.isscalar(value) else np.asarray(value)
    return bind(PUT, x, value, *_freeze_masks(arrays), index=template)


@handles("add_at")
def _add_at(x: Traced, index: Any, value: Any) -> Any:
    template, arrays = _split(index)
    return bind(ADD_AT, x, value, *_freeze_masks(arrays), index=template)


# where and its relatives ------------------------------------------------------------------------------------------

WHERE = primitive(
    np.where,
    [
        ZERO,
        lambda g, y, c, a, b: unbroadcast(np.where(c, g, 0.0), a),
        lambda g, y, c, a, b: unbroadcast(np.where(c, 0.0, g), b),
    ],
    elementwise=True,
)


@handles("numpy.where")
def _where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    return np.nonzero(condition) if x is None else bind(WHERE, condition, x, y)


@handles("numpy.nonzero")
def _nonzero(a: Any) -> Any:
    a.recorder.peek("index", a.variable)
    return np.nonzero(a.value)


handles("numpy.flatnonzero")(lambda a: np.nonzero(np.ravel(a))[0])
handles("numpy.argwhere")(lambda a: np.transpose(np.nonzero(a)))


@handles("numpy.select")
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        result = np.where(condition, choice, result)
    return result


@handles("numpy.piecewise")
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    values = [f(x, *args, **kw) if callable(f) else f for f in funclist]
    default = values.pop() if len(values) > len(condlist) else 0.0
    return np.select(list(condlist), values, default)


@handles("numpy.choose")
def _choose(a: Any, choices: Any) -> Any:
    return np.select([a == i for i in range(len(choices))], list(choices))


@handles("numpy.compress")
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    return np.take(a, np.flatnonzero(condition), axis)


handles("numpy.extract")(lambda condition, arr: np.compress(np.ravel(condition), np.ravel(arr)))


# taking along axes ------------------------------------------------------------------------------------------------


@handles("numpy.take")
def _take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return a[(slice(None),) * normal_axis(axis, np.ndim(a)) + (indices,)]


@handles("numpy.take_along_axis")
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis = normal_axis(axis, np.ndim(arr))
    n = np.ndim(arr)
    shape = np.shape(indices)
    grid = [np.arange(shape[i]).reshape((1,) * i + (-1,) + (1,) * (n - 1 - i)) for i in range(n)]
    return arr[tuple(indices if i == axis else grid[i] for i in range(n))]


def _by_index(a: Any, axis: int | None, indices: Any) -> Any:
    """Take from one axis what ``indices(np.arange(n))`` names."""
    flat = axis is None
    a, axis = (np.ravel(a), 0) if axis is None else (a, normal_axis(axis, np.ndim(a)))
    chosen = np.take(a, indices(np.arange(np.shape(a)[axis])), axis=axis)
    return np.ravel(chosen) if flat else chosen


@handles("numpy.repeat")
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return _by_index(a, axis, lambda i: np.repeat(i, value_of(repeats)))


@handles("numpy.tile")
def _tile(A: Any, reps: Any) -> Any:
    reps = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    n = max(np.ndim(A), len(reps))
    A = np.reshape(A, (1,) * (n - np.ndim(A)) + np.shape(A))
    for axis, count in enumerate((1,) * (n - len(reps)) + reps):
        if count != 1:
            A = _by_index(A, axis, lambda i, count=count: np.tile(i, count))
    return A


@handles("numpy.roll")
def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.reshape(_by_index(a, None, lambda i: np.roll(i, shift)), np.shape(a))
    for s, ax in np.broadcast(shift, axis):
        a = _by_index(a, ax, lambda i, s=s: np.roll(i, s))
    return a


@handles("numpy.flip")
def _flip(m: Any, axis: Any = None) -> Any:
    axes = range(np.ndim(m)) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    chosen = {normal_axis(ax, np.ndim(m)) for ax in axes}
    return m[tuple(slice(None, None, -1) if i in chosen else slice(None) for i in range(np.ndim(m)))]


handles("numpy.flipud")(lambda m: np.flip(m, 0))
handles("numpy.fliplr")(lambda m: np.flip(m, 1))


@handles("numpy.rot90")
def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    for _ in range(k % 4):
        m = np.flip(np.swapaxes(m, *axes), axes[0])
    return m


@handles("numpy.delete")
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    return _by_index(arr, axis, lambda i: np.delete(i, value_of(obj)))


@handles("numpy.insert")
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis = normal_axis(axis, np.ndim(arr))
    n = np.shape(arr)[axis]
    places = np.insert(np.arange(n), value_of(obj), -1)
    old, new = np.flatnonzero(places >= 0), np.flatnonzero(places < 0)
    before = (slice(None),) * axis
    result = np.zeros((*np.shape(arr)[:axis], len(places), *np.shape(arr)[axis + 1 :]), np.result_type(arr))
    recorder = next(x.recorder for x in (arr, values) if type(x) is Traced)
    box = Traced(recorder, recorder.constant(result))
    box[(*before, old)] = arr
    scalar_place = np.ndim(value_of(obj)) == 0
    box[(*before, new)] = np.moveaxis(np.atleast_1d(values), 0, axis) if scalar_place and np.ndim(values) > 1 else (
        np.expand_dims(values, axis) if scalar_place and np.ndim(values) == np.ndim(arr) - 1 else values
    )
    return box


@handles("numpy.resize")
def _resize(a: Any, new_shape: Any) -> Any:
    size = int(np.prod(new_shape))
    return np.reshape(np.take(np.ravel(a), np.arange(size) % max(np.size(a), 1)), new_shape)


@handles("numpy.pad")
def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    widths = np.broadcast_to(pad_width, (np.ndim(array), 2)).tolist() if not isinstance(pad_width, dict) else [
        np.broadcast_to(pad_width.get(i, 0), 2).tolist() for i in range(np.ndim(array))
    ]
    if mode != "constant":
        for axis, width in enumerate(widths):
            if any(width):
                array = _by_index(array, axis, lambda i, w=width: np.pad(i, w, mode=mode))  # type: ignore[call-overload]
        return array
    shape = np.shape(array)
    frame = np.pad(np.zeros(shape, np.result_type(array)), widths, constant_values=value_of(constant_values))
    inside = tuple(slice(a, a + n) for (a, _), n in zip(widths, shape, strict=True))
    return bind(PUT, frame, array, index=inside)


# sorting ----------------------------------------------------------------------------------------------------------

ARGSORT = primitive(np.argsort, ZERO)
ARGMAX = primitive(np.argmax, ZERO)
ARGMIN = primitive(np.argmin, ZERO)
SEARCHSORTED = primitive(np.searchsorted, ZERO)


@handles("numpy.argsort")
def _argsort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    return bind(ARGSORT, a, axis=axis, kind="stable")


@handles("numpy.sort")
def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take_along_axis(a, np.argsort(a, axis), axis)


handles("numpy.argpartition")(lambda a, kth, axis=-1: np.argsort(a, axis))
handles("numpy.partition")(lambda a, kth, axis=-1: np.sort(a, axis))


@handles("numpy.argmax")
def _argmax(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    return bind(ARGMAX, a, axis=axis, **({"keepdims": True} if keepdims else {}))


@handles("numpy.argmin")
def _argmin(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    return bind(ARGMIN, a, axis=axis, **({"keepdims": True} if keepdims else {}))


@handles("numpy.searchsorted")
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    return bind(SEARCHSORTED, a if sorter is None else a[sorter], v, side=side)


@handles("numpy.digitize")
def _digitize(x: Any, bins: Any, right: bool = False) -> Any:
    return np.searchsorted(bins, x, side="left" if right else "right")
