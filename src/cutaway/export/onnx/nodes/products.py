"""Products of matrices, and of sparse matrices: the entries of these are added where they belong."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.export.onnx.nodes.builder import INT, Builder, Term
from cutaway.export.onnx.nodes.choice import zeros
from cutaway.export.onnx.nodes.elementwise import scales, source
from cutaway.export.onnx.nodes.table import exports, refuse
from cutaway.export.onnx.nodes.windows import convolved
from cutaway.export.onnx.nodes.written_out import F64
from cutaway.export.onnx.rows import Operand, Step
from cutaway.ops.sparse import rows_of


@exports("numpy.matmul")
def _matmul(b: Builder, step: Step) -> Term:
    convolution = convolved(b, step)
    if convolution is not None:
        return convolution
    left, right = (b.read(x, step.output.dtype) for x in step.inputs)
    if left.dtype != F64:
        return left.op("MatMul", right)
    signs = [_scaled(b, x) for x in step.inputs]  # two signs keep a factor apart, see _product
    left, right = (-x if scaled else x for x, scaled in zip((left, right), signs, strict=True))
    product = left.op("MatMul", right)
    return -product if signs[0] != signs[1] else product


def _scaled(b: Builder, x: Operand) -> bool:
    step = source(b, x)
    return step is not None and step.primitive.name in ("multiply", "divide") and any(map(scales, step.inputs))


@exports("cutaway.ops.linear.contracted")
def _einsum(b: Builder, step: Step) -> Term:
    first, *others = [b.read(x, step.output.dtype) for x in step.inputs]
    return first.op("Einsum", *others, equation=step.params["subscripts"])


def _sum_at(b: Builder, rows: Any, values: Term, shape: Any, kind: str = "add", start: Term | None = None) -> Term:
    """Entry ``i`` of ``values`` added to row ``rows[i]`` of zeros."""
    start = zeros(b, shape, values.dtype) if start is None else start
    return start.op("ScatterND", np.asarray(rows, INT).reshape(-1, 1), values, reduction=kind)


@exports("cutaway.ops.linear.sparse_matmul")
def _sparse_matmul(b: Builder, step: Step) -> Term:
    matrix, x = step.inputs[0].value.tocsr(), step.inputs[1]
    term, entries = b.read(x, step.output.dtype), matrix.data.astype(step.output.dtype)
    chosen = term.op("Gather", matrix.indices.astype(INT), axis=0)
    weighted = chosen * entries.reshape((-1,) + (1,) * (x.ndim - 1))
    return _sum_at(b, rows_of(matrix.indptr, matrix.nnz), weighted, step.output.shape)


def _places(step: Step, i: int) -> Any:
    found = step.inputs[i].fixed()
    if found is None:
        raise TraceError("A sparse matrix whose entries move cannot be exported to ONNX")
    return found


@exports("cutaway.ops.sparse.csr_matmul")
def _csr_matmul(b: Builder, step: Step) -> Term:
    values, x = (b.read(a, step.output.dtype) for a in step.inputs[:2])
    indices, indptr = _places(step, 2), _places(step, 3)
    chosen = x.op("Gather", np.asarray(indices, INT), axis=0)
    weighted = chosen * values.op("Unsqueeze", np.array([1]))
    return _sum_at(b, rows_of(indptr, len(indices)), weighted, step.output.shape)


@exports("cutaway.ops.sparse.segment_softmax")
def _segment_softmax(b: Builder, step: Step) -> Term:
    x, indptr = b.read(step.inputs[0]), _places(step, 1)
    k = step.inputs[0].shape[1]
    rows, shape = rows_of(indptr, int(indptr[-1])), (len(indptr) - 1, k)
    lowest = b.term(np.full((1, 1), np.finfo(x.dtype).min, x.dtype)).expand(shape, (1, 1))
    top = _sum_at(b, rows, x, shape, "max", lowest)
    e = (x - top.op("Gather", np.asarray(rows, INT), axis=0)).op("Exp")
    return e / _sum_at(b, rows, e, shape).op("Gather", np.asarray(rows, INT), axis=0)


@exports("numpy.linalg.det")
def _det(b: Builder, step: Step) -> Term:
    return b.read(step.inputs[0]).op("Det")


refuse(
    "ONNX has no operator for it",
    *(f"numpy.linalg.{name}" for name in ("inv", "solve", "cholesky")),
    *(f"cutaway.ops.linalg.{name}" for name in ("sign_of_det", "log_of_det")),
)
refuse("an exported program draws no random numbers", "cutaway.ops.random.uniform")
