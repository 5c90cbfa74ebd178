"""Choosing entries and writing them: slices become Slice, one index array Gather, several GatherND.

Writing goes through positions: which entries of the flattened array an index means, computed when the model is built.
An axis of rows, which no index may cut then, is kept apart.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.export.onnx.nodes.builder import BOOL, INT, Builder, Shape, Term
from cutaway.export.onnx.nodes.table import exports
from cutaway.export.onnx.rows import ROWS, Extent, Operand, Size, Step, merged
from cutaway.ops.select import Slot

_FAR = 2**62  # beyond the end of any axis
Index = tuple[Any, ...]


@exports("numpy.where")
def _where(b: Builder, step: Step) -> Term:
    condition, x, y = step.inputs
    return b.read(condition).cast(BOOL).where(b.read(x, step.output.dtype), b.read(y, step.output.dtype))


@exports("numpy.clip")
def _clip(b: Builder, step: Step) -> Term:
    x, low, high = step.inputs
    result = b.read(x, step.output.dtype)
    for limit, kind in ((low, "Max"), (high, "Min")):
        if limit.fixed() is None or not np.all(np.isinf(limit.fixed())):
            result = result.op(kind, b.read(limit, step.output.dtype))
    return result


def _complete(index: Index, shape: Shape, arrays: tuple[Operand, ...]) -> list[Any]:
    """The index with as many slices as ``...`` and what is not mentioned stand for, and masks as their places."""
    ndim = len(shape)
    parts: list[Any] = []
    for part in index:
        array = arrays[part.i] if isinstance(part, Slot) else None
        if array is not None and array.dtype == BOOL:
            mask = array.fixed()
            if mask is None:
                raise TraceError(
                    "A mask that is computed cannot be exported to ONNX: the shape of the result depends on it",
                    instead="Write np.where(mask, x, 0)",
                )
            parts += [Operand(np.shape(i), i.dtype, value=i) for i in np.nonzero(mask)]
        else:
            parts.append(part if array is None else array)
    used = sum(p is not None and p is not Ellipsis for p in parts)
    place = next((i for i, p in enumerate(parts) if p is Ellipsis), len(parts))
    parts = parts[:place] + [slice(None)] * (ndim - used) + parts[place + 1 :]
    sizes = iter(shape)
    return [part if part is None else _plain(part, next(sizes)) for part in parts]


def _plain(part: Any, size: Extent) -> Any:
    """A slice of a whole axis as ``:``."""
    if isinstance(part, slice) and part.start in (None, 0) and part.step in (None, 1) and part.stop in (None, size):
        return slice(None)
    return part


def _bound(b: Builder, value: Any, default: int) -> Term:
    return b.size(default if value is None else value)


def _sliced(b: Builder, x: Term, parts: list[Any]) -> Term:
    """Apply the slices of an index, in which numbers are axes of their own."""
    cuts = [(i, p) for i, p in enumerate(parts) if isinstance(p, slice) and p != slice(None)]
    if not cuts:
        return x
    steps = [1 if p.step is None else p.step for _, p in cuts]
    starts = [_bound(b, p.start, 0 if s > 0 else _FAR) for (_, p), s in zip(cuts, steps, strict=True)]
    ends = [_bound(b, p.stop, _FAR if s > 0 else -_FAR) for (_, p), s in zip(cuts, steps, strict=True)]
    joined = [first.op("Concat", *others, axis=0) if others else first for first, *others in (starts, ends)]
    return x.op("Slice", *joined, np.array([i for i, _ in cuts], INT), np.array(steps, INT))


def take(b: Builder, x: Term, shape: Shape, index: Index, arrays: tuple[Operand, ...]) -> Term:
    """``x[index]``."""
    parts = _complete(index, shape, arrays)
    x = _sliced(b, x, [p for p in parts if p is not None])
    if not any(isinstance(p, Operand) for p in parts):
        for i, part in reversed(list(enumerate(p for p in parts if p is not None))):
            x = x.op("Gather", np.asarray(part, INT), axis=i) if isinstance(part, int) else x
        new = [i for i, p in enumerate(p for p in parts if not isinstance(p, int)) if p is None]
        return x.op("Unsqueeze", np.array(new, INT)) if new else x
    new = [i for i, p in enumerate(parts) if p is None]
    x = x.op("Unsqueeze", np.array(new, INT)) if new else x
    places = [i for i, p in enumerate(parts) if isinstance(p, (int, Operand))]
    chosen = [
        p if isinstance(p, Operand) else Operand((), INT, value=np.asarray(p, INT))
        for p in map(parts.__getitem__, places)
    ]
    if len(chosen) == 1:
        return x.op("Gather", b.read(chosen[0], INT), axis=places[0])
    common = broadcast([p.shape for p in chosen])
    stacked = [b.read(p, INT).expand(common, p.shape).op("Unsqueeze", np.array([-1])) for p in chosen]
    others = [i for i in range(len(parts)) if i not in places]
    found = x.transpose(places + others).op("GatherND", stacked[0].op("Concat", *stacked[1:], axis=-1))
    if places != list(range(places[0], places[0] + len(places))):
        return found  # NumPy puts the chosen entries first if slices stand between their indices
    order = list(range(len(common), len(common) + len(others)))
    first = places[0]
    return found.transpose(order[:first] + list(range(len(common))) + order[first:])


def broadcast(shapes: list[Shape]) -> Shape:
    """The shape that shapes broadcast to."""
    result: list[Any] = [1] * max(map(len, shapes))
    for shape in shapes:
        for i, n in enumerate(shape, len(result) - len(shape)):
            result[i] = n if n != 1 else result[i]
    return result


@exports("cutaway.ops.select.take_at")
def _take(b: Builder, step: Step) -> Term:
    x, *arrays = step.inputs
    return take(b, b.read(x), x.shape, step.params["index"], tuple(arrays))


# Writing ----------------------------------------------------------------------------------------------------------


def zeros(b: Builder, shape: Shape, dtype: Any) -> Term:
    """Zeros of a shape."""
    return b.term(np.zeros((1,) * len(shape), dtype)).expand(shape, (1,) * len(shape))


def write(x: Term, shape: Shape, v: Term, v_rows: int | None, positions: Any, reduction: str = "none") -> Term:
    """``x`` of ``shape`` with ``v`` at ``positions`` of it, as it would be flattened without its axis of rows.

    ``v`` has the shape of ``positions`` and, at ``v_rows``, an axis of rows.
    """
    if not positions.size:
        return x
    rows = [i for i, n in enumerate(shape) if isinstance(n, Size)]
    fixed = [i for i in range(len(shape)) if i not in rows]
    sizes = [shape[i] for i in (*fixed, *rows)]
    flat = x.transpose(fixed + rows).reshape([math.prod(rows_apart(shape)[0]), *sizes[len(fixed) :]])
    count = positions.ndim + (v_rows is not None)
    if v_rows is not None:
        v = v.transpose([i for i in range(count) if i != v_rows] + [v_rows])
    v = v.reshape([positions.size, *sizes[len(fixed) :]])
    how = {} if reduction == "none" else {"reduction": reduction}
    places, last = np.unique(positions.ravel()[::-1], return_index=True)
    if reduction == "none" and len(places) < positions.size:  # of several, NumPy keeps the last; ONNX leaves it open
        positions, v = places, v.op("Gather", (positions.size - 1 - last).astype(INT), axis=0)
    written = flat.op("ScatterND", positions.reshape(-1, 1).astype(INT), v, **how)
    return written.reshape(sizes).transpose([int(i) for i in np.argsort(fixed + rows)])


def rows_apart(shape: Shape) -> tuple[list[int], int | None]:
    """The sizes that are fixed, and which axis holds the rows."""
    rows = [i for i, n in enumerate(shape) if isinstance(n, Size)]
    if len(rows) > 1:
        raise TraceError("Writing into an array that has rows along several axes cannot be exported to ONNX")
    return [n for n in shape if not isinstance(n, Size)], rows[0] if rows else None


def _written(b: Builder, x: Term, shape: Shape, v: Operand, step: Step, arrays: tuple[Operand, ...], how: str) -> Term:
    parts = _complete(step.params["index"], shape, arrays)
    fixed, rows = rows_apart(shape)
    value = b.read(v, x.dtype)
    moving = [p for p in parts if isinstance(p, Operand) and p.fixed() is None]
    if moving:
        slots = [i for i, p in enumerate(p for p in parts if p is not None) if not _whole(p)]
        if len(slots) > 1 or None in parts:
            raise TraceError(f"{step.primitive.name} with several indices that are computed cannot be exported to ONNX")
        axis, place = slots[0], moving[0]
        others = [i for i in range(len(shape)) if i != axis]
        target = [*(n for n in shape[:axis]), *place.shape, *(n for n in shape[axis + 1 :])]
        value = value.expand(target, v.shape)
        k = place.ndim
        value = value.transpose([*range(axis, axis + k), *range(axis), *range(axis + k, len(target))])
        where = b.read(place, INT)
        where = (where < 0).where(where + b.size(shape[axis]), where).op("Unsqueeze", np.array([-1]))
        reduction = {"reduction": how} if how != "none" else {}
        found = x.transpose([axis, *others]).op("ScatterND", where, value, **reduction)
        return found.transpose([int(i) for i in np.argsort([axis, *others])])
    index = tuple(p.fixed() if isinstance(p, Operand) else p for p in parts)
    if rows is not None and not _whole([q for q in index if q is not None][rows]):
        raise TraceError("Writing to some of the rows cannot be exported to ONNX for any number of rows")
    results = []
    for n in ROWS:  # where the axis of rows is afterwards
        full = tuple(int(s.factor * n + s.offset) if isinstance(s, Size) else s for s in shape)
        results.append(np.broadcast_to(0, full)[index].shape)
    target = merged(results, ROWS)
    _, v_rows = rows_apart(target)
    without = tuple(p for i, p in _numbered(index) if i != rows)
    positions = np.arange(math.prod(fixed)).reshape(fixed)[without]
    return write(x, shape, value.expand(target, v.shape), v_rows, positions, how)


def _numbered(index: Index) -> list[tuple[int | None, Any]]:
    """Each part of an index with the axis that it is about."""
    axis, result = 0, []
    for part in index:
        result.append((None if part is None else axis, part))
        axis += part is not None
    return result


def _whole(part: Any) -> bool:
    return isinstance(part, slice) and part == slice(None)


def _padding(step: Step) -> tuple[Any, list[int], list[int]] | None:
    """What ``np.pad`` writes: one number everywhere, into which an array is put; the number, before and after."""
    x, v, *arrays = step.inputs
    if arrays or not x.constant or x.step is not None or x.shared or isinstance(x.value, Size) or v.ndim != x.ndim:
        return None
    values = np.unique(x.value)
    before, after = [], []
    for size, inner, part in zip(x.shape, v.shape, _complete(step.params["index"], x.shape, ()), strict=False):
        if _whole(part) and size == inner:
            start, stop = 0, 0
        elif isinstance(part, slice) and part.step in (None, 1) and isinstance(size, int):
            start, stop, _ = part.indices(size)
            if stop - start != inner:
                return None
            stop = size - stop
        else:
            return None
        before.append(start)
        after.append(stop)
    return (values[0], before, after) if len(values) == 1 and len(before) == x.ndim else None


@exports("cutaway.ops.select.put_at")
def _put(b: Builder, step: Step) -> Term:
    x, v, *arrays = step.inputs
    padding = _padding(step)
    if padding is not None:
        number, before, after = padding
        return b.read(v, x.dtype).op("Pad", np.array(before + after, INT), np.asarray(number, x.dtype))
    return _written(b, b.read(x), x.shape, v, step, tuple(arrays), "none")


@exports("cutaway.ops.select.add_at")
def _add(b: Builder, step: Step) -> Term:
    x, v, *arrays = step.inputs
    return _written(b, b.read(x), x.shape, v, step, tuple(arrays), "add")


@exports("cutaway.ops.select.scatter")
def _scatter(b: Builder, step: Step) -> Term:
    v, *arrays = step.inputs
    shape = step.params["shape"]
    how = "add" if arrays else "none"
    return _written(b, zeros(b, shape, step.output.dtype), shape, v, step, tuple(arrays), how)
