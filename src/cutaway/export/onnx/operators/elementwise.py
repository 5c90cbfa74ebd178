"""Operators on every entry, with broadcasting."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import OPERATORS, Call, operator, plain
from cutaway.ops.shape import astype
from cutaway.ops.special import erf, sigmoid, softplus
from cutaway.tracing.array import Traced

UNARY: dict[str, Any] = {
    "Abs": np.abs,
    "Acos": np.arccos,
    "Acosh": np.arccosh,
    "Asin": np.arcsin,
    "Asinh": np.arcsinh,
    "Atan": np.arctan,
    "Atanh": np.arctanh,
    "BitwiseNot": np.invert,
    "Ceil": np.ceil,
    "Cos": np.cos,
    "Cosh": np.cosh,
    "Erf": erf,
    "Exp": np.exp,
    "Floor": np.floor,
    "Identity": lambda x: x,
    "IsNaN": np.isnan,
    "Log": np.log,
    "Neg": np.negative,
    "Not": np.logical_not,
    "Reciprocal": lambda x: 1 / x,
    "Round": np.rint,
    "Sigmoid": sigmoid,
    "Sign": np.sign,
    "Sin": np.sin,
    "Sinh": np.sinh,
    "Softplus": softplus,
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Sqrt": np.sqrt,
    "Tan": np.tan,
    "Tanh": np.tanh,
}
BINARY: dict[str, Any] = {
    "And": np.logical_and,
    "BitwiseAnd": np.bitwise_and,
    "BitwiseOr": np.bitwise_or,
    "BitwiseXor": np.bitwise_xor,
    "Equal": np.equal,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "Or": np.logical_or,
    "Xor": np.logical_xor,
}
OPERATORS.update({name: plain(fn) for name, fn in {**UNARY, **BINARY}.items()})


def _same_dtype(fn: Any) -> Any:
    """Erf and the like through SciPy give float64 for float16."""
    return lambda call, x: astype(fn(x), x.dtype)


OPERATORS.update({name: _same_dtype(UNARY[name]) for name in ("Erf", "Round", "Ceil", "Floor", "Sigmoid", "Softplus")})


def _with_axis(fn: Any) -> Any:
    """Up to version 6, the second input was laid along the axes from ``axis`` on."""

    def compute(call: Call, x: Any, y: Any) -> Any:
        if call.get("broadcast") and call.get("axis") is not None and np.ndim(y):
            y = np.reshape(y, np.shape(y) + (1,) * (np.ndim(x) - call.get("axis") - np.ndim(y)))
        return fn(x, y)

    return compute


def _divide(x: Any, y: Any) -> Any:
    if np.result_type(x.dtype).kind in "iu":  # towards zero
        quotient = np.floor_divide(np.abs(x), np.abs(y)) * np.sign(x) * np.sign(y) if x.dtype.kind == "i" else x // y
        return astype(quotient, x.dtype)
    return np.divide(x, y)


OPERATORS["Add"] = _with_axis(np.add)
OPERATORS["Sub"] = _with_axis(np.subtract)
OPERATORS["Mul"] = _with_axis(np.multiply)
OPERATORS["Div"] = _with_axis(_divide)


@operator("Pow")
def _pow(call: Call, x: Any, y: Any) -> Any:
    return astype(np.power(x, y if x.dtype.kind == "f" else astype(y, np.result_type(x.dtype, y.dtype))), x.dtype)


@operator("Mod")
def _mod(call: Call, x: Any, y: Any) -> Any:
    return np.fmod(x, y) if call.get("fmod", 0) else np.remainder(x, y)


@operator("BitShift")
def _bit_shift(call: Call, x: Any, y: Any) -> Any:
    return np.left_shift(x, y) if call.get("direction") == "LEFT" else np.right_shift(x, y)


@operator("IsInf")
def _is_inf(call: Call, x: Any) -> Any:
    up, down = call.get("detect_positive", 1), call.get("detect_negative", 1)
    return np.isinf(x) & (((x > 0) & bool(up)) | ((x < 0) & bool(down)))


OPERATORS["Max"] = lambda call, *inputs: reduce(np.maximum, inputs)
OPERATORS["Min"] = lambda call, *inputs: reduce(np.minimum, inputs)
OPERATORS["Sum"] = lambda call, *inputs: reduce(np.add, inputs)
OPERATORS["Mean"] = lambda call, *inputs: astype(reduce(np.add, inputs) / len(inputs), inputs[0].dtype)
OPERATORS["Where"] = plain(np.where)


@operator("Clip")
def _clip(call: Call, x: Any, low: Any = None, high: Any = None) -> Any:
    low = call.get("min") if low is None else low
    high = call.get("max") if high is None else high
    x = x if low is None else astype(np.maximum(x, low), x.dtype)
    return x if high is None else astype(np.minimum(x, high), x.dtype)


# Other dtypes -----------------------------------------------------------------------------------------------------


def to_dtype(x: Any, dtype: Any) -> Any:
    """``x`` of another dtype; of numbers that it cannot hold, whatever the processor makes of them."""
    if type(x) is Traced:
        return astype(x, dtype)
    with np.errstate(all="ignore"):
        return np.asarray(x).astype(dtype)


@operator("Cast")
def _cast(call: Call, x: Any) -> Any:
    return to_dtype(x, call.get("to"))


@operator("CastLike")
def _cast_like(call: Call, x: Any, target: Any) -> Any:
    return to_dtype(x, target.dtype)


@operator("BitCast")
def _bit_cast(call: Call, x: Any) -> Any:
    return np.ascontiguousarray(x).view(call.get("to")).reshape(np.shape(x))
