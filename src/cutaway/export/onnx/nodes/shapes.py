"""Shapes, dtypes, reductions and joins: nearly all of it is one node."""

from __future__ import annotations

import math

import numpy as np

from cutaway.errors import TraceError
from cutaway.export.onnx.nodes.builder import BOOL, Builder, Term
from cutaway.export.onnx.nodes.table import axis_of, exports, refuse
from cutaway.export.onnx.nodes.windows import averaged
from cutaway.export.onnx.rows import Size, Step


@exports("numpy.reshape")
def _reshape(b: Builder, step: Step) -> Term:
    x = b.read(step.inputs[0])
    return x if step.inputs[0].shape == step.output.shape else x.reshape(step.output.shape)


@exports("numpy.transpose")
def _transpose(b: Builder, step: Step) -> Term:
    (x,) = step.inputs
    return b.read(x).transpose(step.params.get("axes") or range(x.ndim)[::-1])


@exports("numpy.broadcast_to")
def _broadcast(b: Builder, step: Step) -> Term:
    return b.read(step.inputs[0]).expand(step.output.shape, step.inputs[0].shape)


@exports("numpy.copy")
def _copy(b: Builder, step: Step) -> Term:
    return b.read(step.inputs[0])


@exports("cutaway.ops.shape.astype")
def _astype(b: Builder, step: Step) -> Term:
    return b.read(step.inputs[0])  # every term is converted to the dtype of its step


@exports("cutaway.ops.shape.python_number")
def _number(b: Builder, step: Step) -> Term:
    return b.read(step.inputs[0]).reshape(())


@exports("cutaway.ops.join.concatenated")
def _concatenate(b: Builder, step: Step) -> Term:
    first, *others = [b.read(x, step.output.dtype) for x in step.inputs]
    return first.op("Concat", *others, axis=step.params.get("axis", 0))


# Reductions -------------------------------------------------------------------------------------------------------

_KINDS = {"sum": "Sum", "mean": "Mean", "prod": "Prod", "max": "Max", "min": "Min", "linalg.norm": "L2"}


@exports(*(f"numpy.{name}" for name in _KINDS))
def _reduce(b: Builder, step: Step) -> Term:
    dtype = np.dtype(np.int32) if step.output.dtype == BOOL else step.output.dtype
    kind = _KINDS[step.primitive.name]
    pooled = averaged(b, step) if kind == "Mean" else None
    if pooled is not None:
        return pooled
    return b.read(step.inputs[0], dtype).reduce(kind, axis_of(step), step.params.get("keepdims", False))


@exports("numpy.all", "numpy.any", "numpy.count_nonzero")
def _truths(b: Builder, step: Step) -> Term:
    kind = {"all": "Min", "any": "Max", "count_nonzero": "Sum"}[step.primitive.name]
    truth = b.read(step.inputs[0]).cast(BOOL).cast(np.int64)
    return truth.reduce(kind, axis_of(step), step.params.get("keepdims", False))


@exports("numpy.cumsum")
def _cumsum(b: Builder, step: Step) -> Term:
    axis = b.term(np.array(axis_of(step)))
    return b.read(step.inputs[0], step.output.dtype).op("CumSum", axis)


@exports("numpy.cumprod")
def _cumprod(b: Builder, step: Step) -> Term:
    """Products of 1, 2, 4, ... neighbours: as many nodes as the logarithm of the length."""
    (source,), axis = step.inputs, axis_of(step)
    n = source.shape[axis]
    if isinstance(n, Size):
        raise TraceError("np.cumprod over the rows cannot be exported to ONNX for any number of rows")
    x, shift = b.read(source, step.output.dtype), 1
    while shift < n:
        shape = [shift if i == axis else size for i, size in enumerate(source.shape)]
        ones = b.term(np.ones((1,) * source.ndim, x.dtype)).expand(shape, (1,) * source.ndim)
        before = x.op("Slice", np.array([0]), np.array([n - shift]), np.array([axis]))
        x, shift = x * ones.op("Concat", before, axis=axis), 2 * shift
    return x


# Order ------------------------------------------------------------------------------------------------------------


@exports("numpy.argmax", "numpy.argmin")
def _place_of_extreme(b: Builder, step: Step) -> Term:
    (source,), axis = step.inputs, axis_of(step)
    x, keep = b.read(source), step.params.get("keepdims", False)
    x = x.cast(np.int32) if x.dtype == BOOL else x
    kind = {"argmax": "ArgMax", "argmin": "ArgMin"}[step.primitive.name]
    if axis is not None:
        return x.op(kind, axis=axis, keepdims=int(keep), dtype=np.int64)
    flat = x.op("Reshape", np.array([-1])).op(kind, axis=0, keepdims=0, dtype=np.int64)
    return flat.reshape((1,) * source.ndim) if keep else flat


@exports("numpy.argsort")
def _argsort(b: Builder, step: Step) -> Term:
    (source,), axis = step.inputs, step.params.get("axis", -1)
    x = b.read(source)
    if axis is None:
        x, n, axis = x.op("Reshape", np.array([-1])), _product(source.shape), 0
    else:
        n = source.shape[axis]
    count = b.size(n)
    names = b.node("TopK", [x.name, count.name], {"axis": axis, "largest": 0, "sorted": 1}, outputs=2)
    return Term(b, names[1], np.dtype(np.int64))


def _product(shape: tuple[int | Size, ...]) -> int | Size:
    fixed = math.prod(n for n in shape if not isinstance(n, Size))
    sizes = [n for n in shape if isinstance(n, Size)]
    return Size(sizes[0].factor * fixed, sizes[0].offset * fixed) if sizes else fixed


@exports("numpy.searchsorted")
def _searchsorted(b: Builder, step: Step) -> Term:
    """How many of the sorted numbers are smaller, or not larger."""
    a, v = step.inputs
    dtype = np.result_type(a.dtype, v.dtype)
    sought = b.read(v, dtype).op("Unsqueeze", np.array([-1]))
    below = b.read(a, dtype) <= sought if step.params.get("side") == "right" else b.read(a, dtype) < sought
    return below.cast(np.int64).reduce("Sum", v.ndim)


@exports("numpy.digitize")
def _digitize(b: Builder, step: Step) -> Term:
    x, bins = step.inputs
    edges = bins.fixed()
    if edges is None:
        raise TraceError("np.digitize with bins that are computed cannot be exported to ONNX")
    dtype, falling = np.result_type(x.dtype, bins.dtype), len(edges) > 1 and edges[0] > edges[-1]
    sought, edge, right = (
        b.read(x, dtype).op("Unsqueeze", np.array([-1])),
        b.read(bins, dtype),
        step.params.get("right"),
    )
    kinds = {(0, 0): "LessOrEqual", (0, 1): "Less", (1, 0): "Greater", (1, 1): "GreaterOrEqual"}
    counted = edge.op(kinds[bool(falling), bool(right)], sought, dtype=BOOL)
    return counted.cast(np.int64).reduce("Sum", x.ndim)


refuse("the order within the two parts is not defined; use np.sort or np.argsort", "numpy.argpartition")
