"""Choosing entries: indexing, writing into slices, where, take.

An index is split in two: arrays are arguments of the equation (they may be recorded themselves), and the rest
(numbers, slices, ``None``, ``...``) is its parameter ``index``, in which a :class:`Slot` marks the place of an array.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.graph import ZERO, Primitive, literal
from cutaway.ops.shape import astype, known, normal_axis, stacked, strong, unbroadcast
from cutaway.tracing.array import Traced, bind, value_of
from cutaway.tracing.registry import handles, primitive


@dataclass(frozen=True)
class Slot:
    """The place of array number ``i`` in an index."""

    i: int

    def __repr__(self) -> str:
        return f"Slot({self.i})"


Index = tuple[Any, ...]


def _split(index: Any) -> tuple[Index, list[Any]]:
    parts = index if type(index) is tuple else (index,)
    arrays: list[Any] = []
    template: list[Any] = []
    for part in parts:
        if type(part) is Traced and part.constant:
            part = part.value
        if isinstance(part, list):
            part = strong(part) if part else np.empty(0, int)
        if type(part) is Traced or isinstance(part, np.ndarray):
            arrays.append(part)
            template.append(Slot(len(arrays) - 1))
        elif isinstance(part, slice):
            template.append(slice(*(_whole(x) for x in (part.start, part.stop, part.step))))
        else:
            template.append(int(part) if isinstance(part, np.integer) else part)
    return tuple(template), arrays


def _whole(x: Any) -> int | None:
    return None if x is None else operator.index(x)  # a recorded number notes the look at it


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


def _put_rule(g: Any, y: Any, x: Any, v: Any, *arrays: Any, index: Index) -> Any:
    """Where an index occurs twice, only the value written last counts."""
    taken = bind(TAKE, g, *arrays, index=index)
    if any(np.result_type(value_of(a)).kind != "b" for a in arrays):
        order = np.reshape(np.arange(1, 1 + np.size(taken)), np.shape(taken))
        last = bind(TAKE, bind(PUT, np.zeros(np.shape(x), int), order, *arrays, index=index), *arrays, index=index)
        if not np.array_equal(value_of(last), order) or not getattr(last, "constant", True):
            taken = taken * (last == order)
    return unbroadcast(taken, v)


TAKE: Primitive = primitive(
    take_at,
    [lambda g, y, x, *arrays, index: bind(SCATTER, g, *arrays, index=index, shape=np.shape(x)), ZERO],
    show=lambda texts, index: f"{texts[0]}[{_show_index(index, texts[1:])}]",
)
SCATTER: Primitive = primitive(
    scatter,
    [lambda g, y, v, *arrays, index, shape: bind(TAKE, g, *arrays, index=index), ZERO],
)
PUT: Primitive = primitive(
    put_at,
    [lambda g, y, x, v, *arrays, index: bind(PUT, g, 0.0, *arrays, index=index), _put_rule, ZERO],
)
ADD_AT: Primitive = primitive(
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
    return result.view_of(x, lambda base: base[template], lambda base, new: bind(PUT, base, new, index=template))


@handles("setitem")
def _setitem(x: Traced, index: Any, value: Any) -> Any:
    template, arrays = _split(index)
    masked = len(arrays) == len(template) == 1 and np.result_type(value_of(arrays[0])).kind == "b"
    if masked and np.ndim(value) == 0:
        mask = np.reshape(arrays[0], np.shape(arrays[0]) + (1,) * (x.ndim - np.ndim(arrays[0])))
        return astype(np.where(mask, value, x), x.dtype)
    return bind(PUT, x, stacked(value), *_freeze_masks(arrays), index=template)


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
    return np.nonzero(known(a))


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
    if type(condlist) is not list and np.ndim(condlist) == np.ndim(x):
        condlist = [condlist]
    values = [f(x, *args, **kw) if callable(f) else f for f in funclist]
    default = values.pop() if len(values) > len(condlist) else 0
    result = default
    for condition, value in zip(condlist, values, strict=True):  # of two that hold, the later one counts
        result = np.where(condition, value, result)
    return astype(result, np.result_type(value_of(x)))


@handles("numpy.choose")
def _choose(a: Any, choices: Any) -> Any:
    return np.select([np.equal(a, i) for i in range(len(choices))], list(choices))


@handles("numpy.compress")
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    return np.take(a, np.flatnonzero(condition), axis)


handles("numpy.extract")(lambda condition, arr: np.compress(np.ravel(condition), np.ravel(arr)))


# Taking along axes ------------------------------------------------------------------------------------------------


def within(indices: Any, n: int, mode: str) -> Any:
    """``indices`` into ``n`` entries as NumPy's ``mode`` understands those out of bounds."""
    if mode == "raise":
        return indices
    return np.remainder(indices, n) if mode == "wrap" else np.clip(indices, 0, n - 1)


@handles("numpy.take")
def _take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    axis = normal_axis(axis, np.ndim(a))
    places = within(strong(indices), np.shape(a)[axis], mode)
    return bind(
        TAKE, strong(a), np.asarray(places) if np.isscalar(places) else places, index=(slice(None),) * axis + (Slot(0),)
    )


def along(arr: Any, indices: Any, axis: int) -> tuple[Any, ...]:
    """The index that ``take_along_axis`` and ``put_along_axis`` mean."""
    axis, n, shape = normal_axis(axis, np.ndim(arr)), np.ndim(arr), np.shape(indices)
    grid = [np.arange(shape[i]).reshape((1,) * i + (-1,) + (1,) * (n - 1 - i)) for i in range(n)]
    sizes = np.shape(arr)
    for i in range(n):  # an axis of length one is broadcast
        if shape[i] == 1 != sizes[i] and i != axis:
            grid[i] = np.arange(sizes[i]).reshape((1,) * i + (-1,) + (1,) * (n - 1 - i))
    return tuple(indices if i == axis else grid[i] for i in range(n))


@handles("numpy.take_along_axis")
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    place = along(arr, indices, axis)
    return bind(TAKE, arr, *place, index=tuple(map(Slot, range(len(place)))))


@handles("numpy.unravel_index")
def _unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    shape = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    places = []
    for size in shape[::-1] if order == "C" else shape:
        places.append(np.remainder(indices, size))
        indices = np.floor_divide(indices, size)
    return tuple(places[::-1] if order == "C" else places)


@handles("numpy.ravel_multi_index")
def _ravel_multi_index(multi_index: Any, dims: Any, mode: str = "raise", order: str = "C") -> Any:
    if mode != "raise":
        raise TraceError(f"np.ravel_multi_index with mode={mode!r} cannot be recorded", instead="Use np.clip before it")
    steps = [math.prod(dims[i + 1 :] if order == "C" else dims[:i]) for i in range(len(dims))]
    return sum(place * step for place, step in zip(multi_index, steps, strict=True))


@handles("numpy.ix_")
def _ix(*args: Any) -> Any:
    places = [np.nonzero(a)[0] if np.result_type(value_of(a)).kind == "b" else a for a in map(strong, args)]
    return tuple(np.reshape(a, (1,) * i + (-1,) + (1,) * (len(args) - 1 - i)) for i, a in enumerate(places))
