"""What each equation with a shape of its own becomes: views, sums, products, and what is drawn or joined."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.engines.native.features import added_up, joined
from cutaway.engines.native.nodes import Node, Ref, RowRef, Shape, Unsupported, WholeRef, dtype_name, whole
from cutaway.engines.native.sparse import SPARSE, before_scattering, laid_out, take_rows
from cutaway.graph import Eqn

if TYPE_CHECKING:
    from cutaway.engines.native.normal import Normal

# Views ---------------------------------------------------------------------------------------------------------------


def _transpose(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    (a,) = args
    axes = eqn.params.get("axes") or tuple(range(len(eqn.inputs[0].shape)))[::-1]  # type: ignore[union-attr]
    if isinstance(a, WholeRef):
        return a.transposed(axes)
    order = [i - (i > a.axis) for i in axes if i != a.axis]
    if order != sorted(order):
        raise Unsupported("it changes the order of the features of its rows")
    return RowRef(a.node, axes.index(a.axis), a.features, a.start, a.step)


def _reshape(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    (a,) = args
    shape = eqn.output.shape
    if not isinstance(a, RowRef):
        return self.flat(a, shape)
    n = a.node.n
    if n == 1 and (len(shape) != a.ndim or shape[a.axis] != 1):  # of a single row: what was a sum over it
        return self.flat(whole(self.add(Node("rowsum", (a,), False, a.size, a.node.dtype, a.features))), shape)
    if a.size == 1 and n in shape:
        place = a.axis if n == 1 else shape.index(n)
        return RowRef(a.node, place, (*shape[:place], *shape[place + 1 :]), a.start, a.step)
    if shape and a.axis == 0 and shape[0] == n:
        return RowRef(a.node, 0, shape[1:], a.start, a.step)
    if shape and a.axis == len(a.features) and shape[-1] == n:
        return RowRef(a.node, len(shape) - 1, shape[:-1], a.start, a.step)
    without = laid_out(self, a)
    if isinstance(without, WholeRef):
        return self.flat(without, shape)
    raise Unsupported("it mixes rows and features")


def _broadcast_to(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    (a,) = args
    shape = eqn.output.shape
    if isinstance(a, RowRef):
        return self.entries("copy", [a], shape, a.node.dtype) if a.shape != shape else a
    if not isinstance(a, WholeRef):
        a = self.number(a, dtype_name(eqn.output.dtype))
    return a.broadcast(shape)


def _take(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    a = args[0]
    if len(args) > 1:
        return take_rows(self, eqn, args)
    index = eqn.params["index"]
    ndim = a.ndim if isinstance(a, RowRef) else len(a.shape)
    given = sum(1 for p in index if p is not None and p is not Ellipsis)
    filled: list[Any] = []
    for p in index:
        filled += [slice(None)] * (ndim - given) if p is Ellipsis else [p]
    if Ellipsis not in index:
        filled += [slice(None)] * (ndim - given)
    if isinstance(a, RowRef):
        return _take_features(self, a, filled, eqn.output.shape)
    shape, strides, offset, axis = [], [], a.offset, 0
    for p in filled:
        if p is None:
            shape.append(1)
            strides.append(0)
            continue
        n, s = a.shape[axis], a.strides[axis]
        axis += 1
        if isinstance(p, slice):
            start, stop, step = p.indices(n)
            shape.append(len(range(start, stop, step)))
            strides.append(s * step)
            offset += start * s
        else:
            offset += (p % n) * s
    return WholeRef(a.node, tuple(shape), tuple(strides), offset)


def _take_features(self: Normal, a: RowRef, index: list[Any], shape: Shape) -> Ref:
    """Rows stay; of the features one axis at most is cut, and none behind it but of length one."""
    axis, place, row_place = 0, 0, -1
    picked = np.arange(a.size).reshape(a.features)
    chosen: list[Any] = []
    for p in index:
        if p is None:
            chosen.append(None)
            place += 1
            continue
        if axis == a.axis:
            if not (isinstance(p, slice) and p.indices(a.node.n) == (0, a.node.n, 1)):
                raise Unsupported("it picks some of the rows")
            row_place = place
            place += 1
        else:
            chosen.append(p)
            place += isinstance(p, slice)
        axis += 1
    picked = picked[tuple(chosen)]
    flat = picked.ravel()
    step = int(flat[1] - flat[0]) if flat.size > 1 else 1
    if flat.size == 0 or (flat.size > 1 and (np.diff(flat) != step).any()) or step < 1:
        raise Unsupported("it picks features that are not evenly spaced")
    return RowRef(a.node, row_place, picked.shape, a.start + int(flat[0]) * a.step, step * a.step)


# Sums ----------------------------------------------------------------------------------------------------------------


def _reduction(name: str) -> Callable[[Normal, Eqn, list[Any]], Ref]:
    def rule(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
        (a,) = args
        axis = eqn.params.get("axis")
        full = eqn.inputs[0].shape  # type: ignore[union-attr]
        axes = tuple(range(len(full))) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        dtype = dtype_name(eqn.output.dtype)
        count = math.prod(full[i] for i in axes)
        op = "sum" if name == "mean" else name
        shape = eqn.output.shape
        if isinstance(a, RowRef):
            result = _reduce_rows(self, a, op, axes, dtype, shape)
        else:
            result = _reduce_whole(self, a, op, axes, dtype, shape)
        if name == "mean" and count != 1:
            return self.entries("divide", [result, count], shape, dtype)
        return result

    return rule


def _reduce_whole(self: Normal, a: Any, op: str, axes: tuple[int, ...], dtype: str, shape: Shape) -> WholeRef:
    kept = [i for i in range(len(a.shape)) if i not in axes]
    if all(a.shape[i] == 1 for i in axes) and a.node.dtype == dtype:
        return self.flat(a, shape)
    inner = a.transposed([*kept, *axes])
    node = Node("reduce", (inner,), False, math.prod(shape), dtype, shape, {"op": op, "kept": len(kept)})
    return whole(self.add(node))


def _reduce_rows(self: Normal, a: RowRef, op: str, axes: tuple[int, ...], dtype: str, shape: Shape) -> Ref:
    feature_axes = tuple(i - (i > a.axis) for i in axes if i != a.axis)
    if a.axis in axes:
        if op != "sum":
            raise Unsupported(f"it takes the {op} over rows")
        total = whole(self.add(Node("rowsum", (before_scattering(a),), False, a.size, dtype, a.features)))
        if not all(a.features[i] == 1 for i in feature_axes):
            kept = tuple(n for i, n in enumerate(a.features) if i not in feature_axes)
            total = _reduce_whole(self, total, "sum", feature_axes, dtype, kept)
        return self.flat(total, shape)
    if any(a.features[i] != 1 for i in range(len(a.features)) if i not in feature_axes):
        if op == "sum":
            return added_up(self, a, feature_axes, shape)
        raise Unsupported("it reduces some of the features of its rows")
    place = shape.index(a.node.n) if len(shape) < a.ndim else a.axis
    features = (*shape[:place], *shape[place + 1 :])
    if a.size == 1 and a.node.dtype == dtype:
        return RowRef(a.node, place, features, a.start, a.step)
    return RowRef(self.add(Node("fold", (a,), True, 1, dtype, how={"op": op})), place, features)


# Products ------------------------------------------------------------------------------------------------------------


def _matmul(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    a, b = args
    dtype = dtype_name(eqn.output.dtype)
    if dtype not in ("float32", "float64"):
        raise Unsupported("a product of integers")
    shapes = [x.shape for x in args]
    if max(map(len, shapes)) > 2:
        raise Unsupported("a product of stacks of matrices")
    shape = eqn.output.shape
    a, b = (self.of_dtype(x, dtype) for x in (a, b))
    last = len(shapes[0]) - 1  # the axis of the left factor that is summed over; of the right one, the first
    if isinstance(a, RowRef) and isinstance(b, RowRef):
        if a.axis == b.axis == 0 and len(shapes[0]) == 2 and self.value(eqn.inputs[0]) is not None:
            a = self.of_dtype(self.along(eqn.inputs[0], 1), dtype)  # a square one
        if a.axis == last and b.axis == 0:
            node = Node("gram", (a, b), False, a.size * b.size, dtype, (a.size, b.size))
            return self.flat(whole(self.add(node)), shape)
        raise Unsupported("a product of two arrays with rows that is not a sum over these")
    if isinstance(a, RowRef) or isinstance(b, RowRef):
        rows: Any
        matrix: Any
        rows, matrix, left = (a, b, True) if isinstance(a, RowRef) else (b, a, False)
        if rows.axis == (last if left else 0):
            raise Unsupported("it meets an array that was not known to have rows")
        if len(matrix.shape) == 1:
            matrix = WholeRef(matrix.node, (*matrix.shape, 1), (*matrix.strides, 0), matrix.offset)
        elif not left:
            matrix = matrix.transposed((1, 0))  # (features, outputs)
        outputs = matrix.shape[1]
        if matrix.shape[0] == 1:  # nothing to sum
            line = WholeRef(matrix.node, (outputs,), (matrix.strides[1],), matrix.offset)
            node = self.add(Node("multiply", (rows, line), True, outputs, dtype))
        else:
            node = self.add(Node("product", (rows, matrix), True, outputs, dtype))
        axis = 0 if left else len(shape) - 1
        return RowRef(node, axis, (*shape[:axis], *shape[axis + 1 :]))
    m = a if len(a.shape) == 2 else WholeRef(a.node, (1, *a.shape), (0, *a.strides), a.offset)
    k = b if len(b.shape) == 2 else WholeRef(b.node, (*b.shape, 1), (*b.strides, 0), b.offset)
    node = Node("matmul", (m, k), False, m.shape[0] * k.shape[1], dtype, (m.shape[0], k.shape[1]))
    return self.flat(whole(self.add(node)), shape)


# Others --------------------------------------------------------------------------------------------------------------


def _cast(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    (a,) = args
    dtype = dtype_name(eqn.params["dtype"])
    return a if a.node.dtype == dtype else self.entries("cast", args, eqn.output.shape, dtype)


def _copy(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    a: Ref = args[0]
    return a  # nothing is ever written to


def _concatenated(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    dtype, shape = dtype_name(eqn.output.dtype), eqn.output.shape
    if len(shape) != 1:
        if all(isinstance(a, RowRef) for a in args):
            return joined(self, args, eqn.params["axis"] % len(shape), shape, dtype)
        raise Unsupported("it joins arrays of several axes")
    args = [laid_out(self, a) for a in args]
    if any(isinstance(a, RowRef) for a in args):
        raise Unsupported("it joins arrays with rows")
    parts = tuple(self.of_dtype(a, dtype) for a in args)
    return whole(self.add(Node("concat", parts, False, shape[0], dtype, shape)))


def _uniform(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    shape = eqn.params["shape"]
    if not shape:
        raise Unsupported("random numbers without rows")
    if any(isinstance(a, RowRef) for a in args):
        raise Unsupported("random numbers whose seed has rows")
    dtype = dtype_name(eqn.params["dtype"])
    seeds = tuple(self.of_dtype(a, "int64") for a in args)
    node = Node("uniform", seeds, True, math.prod(shape[1:]), dtype, how={"draw": eqn.params["draw"]}, n=shape[0])
    return RowRef(self.add(node), 0, shape[1:])


RULES: dict[str, Callable[[Normal, Eqn, list[Any]], Ref]] = {
    "transpose": _transpose,
    "reshape": _reshape,
    "broadcast_to": _broadcast_to,
    "take_at": _take,
    **{name: _reduction(name) for name in ("sum", "mean", "max", "min")},
    "matmul": _matmul,
    "astype": _cast,
    "copy": _copy,
    "concatenated": _concatenated,
    "uniform": _uniform,
    **SPARSE,
}
