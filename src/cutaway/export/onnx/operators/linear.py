"""Products of matrices, also of quantized ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import OPERATORS, Call, operator, plain
from cutaway.ops.shape import astype

OPERATORS["MatMul"] = plain(np.matmul)


@operator("Gemm")
def _gemm(call: Call, a: Any, b: Any, c: Any = None) -> Any:
    a = np.transpose(a) if call.get("transA", 0) else a
    b = np.transpose(b) if call.get("transB", 0) else b
    alpha, beta = call.get("alpha", 1.0), call.get("beta", 1.0)
    product = a @ b if alpha == 1 else astype(alpha * (a @ b), a.dtype)
    if c is None:
        return product
    return product + (c if beta == 1 else astype(beta * c, c.dtype))


@operator("Einsum")
def _einsum(call: Call, *operands: Any) -> Any:
    return np.einsum(call.get("equation"), *operands)


OPERATORS["Det"] = plain(np.linalg.det)


def zero_point(point: Any, ndim: int, axis: int) -> Any:
    """A zero point, or one for each row or column, to subtract; None is zero."""
    if point is None:
        return 0
    whole = astype(point, np.int32)
    if np.ndim(whole) != 1 or np.size(whole) == 1:
        return np.reshape(whole, ()) if np.size(whole) == 1 else whole
    return np.reshape(whole, [-1 if i == axis % ndim else 1 for i in range(ndim)])


@operator("MatMulInteger")
def _matmul_integer(call: Call, a: Any, b: Any, a_zero: Any = None, b_zero: Any = None) -> Any:
    left = astype(a, np.int32) - zero_point(a_zero, np.ndim(a), -2)
    right = astype(b, np.int32) - zero_point(b_zero, np.ndim(b), -1)
    return left @ right


@operator("QLinearMatMul")
def _qlinear_matmul(
    call: Call, a: Any, a_scale: Any, a_zero: Any, b: Any, b_scale: Any, b_zero: Any, y_scale: Any, y_zero: Any
) -> Any:
    whole = _matmul_integer(call, a, b, a_zero, b_zero)
    return requantized(whole, a_scale * b_scale / y_scale, y_zero)


def requantized(x: Any, scale: Any, zero: Any) -> Any:
    """``x * scale + zero`` rounded to the integers that the dtype of ``zero`` holds."""
    limits = np.iinfo(zero.dtype)
    return astype(np.clip(np.rint(x * scale) + astype(zero, np.int32), limits.min, limits.max), zero.dtype)
