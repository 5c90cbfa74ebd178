"""Numbers as few bits: a scale and a zero point for all of them, for each row of an axis, or for each block."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import Call, operator
from cutaway.ops.shape import astype


def _spread(call: Call, a: Any, x: Any) -> Any:
    """A scale or zero point in a shape that broadcasts against ``x``."""
    if np.ndim(a) == 0 or np.size(a) == 1:
        return np.reshape(a, ())
    axis, block = call.get("axis", 1), call.get("block_size", 0)
    if block:
        return np.take(np.repeat(a, block, axis=axis), np.arange(np.shape(x)[axis]), axis=axis)
    return np.reshape(a, [-1 if i == axis % np.ndim(x) else 1 for i in range(np.ndim(x))])


@operator("QuantizeLinear")
def _quantize(call: Call, x: Any, scale: Any, zero: Any = None) -> Any:
    dtype = np.dtype(call.get("output_dtype") or np.uint8) if zero is None else zero.dtype
    if dtype.kind not in "iu":
        raise call.refuse(f"the dtype {dtype}")
    limits, point = np.iinfo(dtype), 0 if zero is None else astype(_spread(call, zero, x), np.int32)
    precision = np.dtype(call.get("precision") or scale.dtype)
    levels = np.rint(astype(x, precision) / astype(_spread(call, scale, x), precision)) + point
    return astype(np.clip(levels, limits.min, limits.max), dtype)


@operator("DequantizeLinear")
def _dequantize(call: Call, x: Any, scale: Any, zero: Any = None) -> Any:
    point = 0 if zero is None else astype(_spread(call, zero, x), np.int32)
    wide = astype(astype(x, np.int32) - point, np.result_type(scale.dtype, np.float32))
    dtype = np.dtype(call.get("output_dtype") or scale.dtype)
    return astype(wide * _spread(call, scale, x), dtype)
