"""Operations on every entry: one node each where ONNX has it, else in terms of those that it has."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.export.onnx.nodes.builder import BOOL, Builder, Term
from cutaway.export.onnx.nodes.table import RULES, exports, refuse
from cutaway.export.onnx.nodes.written_out import (
    F64,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan2,
    arctan_any,
    arctanh,
    cosh,
    expm1,
    hypot,
    log1p,
    logaddexp,
    logaddexp2,
    sinh,
    tan,
    unless_double,
)
from cutaway.export.onnx.rows import Operand, Step
from cutaway.ops.linear import MATMUL
from cutaway.ops.shape import TRANSPOSE


def operands(b: Builder, step: Step) -> list[Term]:
    """The arguments of a ufunc, in the dtypes in which NumPy computes."""
    ufunc: Any = step.primitive.fn
    python = {"i": int, "f": float}
    kinds = [python.get(x.dtype.kind, x.dtype) if x.weak else x.dtype for x in step.inputs]
    if all(x.weak for x in step.inputs):
        kinds = [x.dtype for x in step.inputs]
    found = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout))
    return [b.read(x, dtype) for x, dtype in zip(step.inputs, found, strict=False)]


def _rule(fn: Callable[..., Term]) -> Callable[[Builder, Step], Term]:
    return lambda b, step: fn(*operands(b, step))


def _node(kind: str, **how: Any) -> Callable[..., Term]:
    return lambda x, *others: x.op(kind, *others, **how)


def _of_bools(kind: str, logical: str) -> Callable[..., Term]:
    return lambda x, *others: x.op(logical if x.dtype == BOOL else kind, *others)


def _truth(x: Term) -> Term:
    return x.cast(BOOL)


# Division -------------------------------------------------------------------------------------------------------------


def _remainder(x: Term, y: Term) -> Term:
    if x.dtype.kind != "f":
        return x.op("Mod", y)
    rest = x.op("Mod", y, fmod=1)
    turn = ~rest.equals(0) & (rest < 0).op("Xor", y < 0)
    return turn.where(rest + y, rest)


def _floor_divide(x: Term, y: Term) -> Term:
    quotient = (x - _remainder(x, y)) / y
    return quotient.op("Round") if x.dtype.kind == "f" else quotient


def _square(x: Term) -> Term:
    return x.op("And", x) if x.dtype == BOOL else x * x


def _trunc(x: Term) -> Term:
    return x.op("Sign") * abs(x).op("Floor") if x.dtype.kind == "f" else x


def _extreme_beside_nan(kind: str) -> Callable[..., Term]:
    def rule(x: Term, y: Term) -> Term:
        if x.dtype.kind != "f":
            return x.op(kind, y)
        return _is("IsNaN")(x).where(y, _is("IsNaN")(y).where(x, x.op(kind, y)))

    return rule


def _is(kind: str) -> Callable[..., Term]:
    return lambda x: (x if x.dtype.kind == "f" else x.cast(np.float32)).op(kind, dtype=BOOL)


def _finite(x: Term) -> Term:
    return ~(_is("IsNaN")(x) | _is("IsInf")(x))


def _signbit(x: Term) -> Term:
    return (x < 0) | (x.equals(0) & ((1 / x) < 0)) if x.dtype.kind == "f" else x < 0


def _copysign(x: Term, y: Term) -> Term:
    return _signbit(y).where(-abs(x), abs(x))


def _heaviside(x: Term, y: Term) -> Term:
    return (x < 0).where(y * 0, x.equals(0).where(y, y * 0 + 1))


def _cbrt(x: Term) -> Term:
    root = abs(x) ** (1 / 3)
    return x.op("Sign") * root


def _compared(kind: str) -> Callable[..., Term]:
    """Order is not defined for Booleans in ONNX."""
    return lambda x, y: (x.cast(np.int32) if x.dtype == BOOL else x).op(
        kind, y.cast(np.int32) if x.dtype == BOOL else y, dtype=BOOL
    )


def _not_equal(x: Term, y: Term) -> Term:
    return ~x.equals(y)


def _bits(kind: str, logical: str) -> Callable[..., Term]:
    return lambda x, *others: x.op(logical if x.dtype == BOOL else kind, *others)


def _two_to_the(y: Term) -> Term:
    return y.builder.term(np.asarray(2, np.int64)).op("Pow", y.cast(np.int64))


UFUNCS: dict[str, Callable[..., Term]] = {
    "negative": _node("Neg"),
    "positive": _node("Identity"),
    "add": _of_bools("Add", "Or"),
    "subtract": _node("Sub"),
    "multiply": _of_bools("Mul", "And"),
    "divide": _node("Div"),
    "square": _square,
    "sqrt": _node("Sqrt"),
    "cbrt": _cbrt,
    "reciprocal": lambda x: 1 / x,
    "power": _node("Pow"),
    "remainder": _remainder,
    "fmod": _node("Mod", fmod=1),
    "floor_divide": _floor_divide,
    "exp": _node("Exp"),
    "exp2": lambda x: x.builder.term(np.asarray(2, x.dtype)) ** x,
    "expm1": expm1,
    "log": _node("Log"),
    "log2": lambda x: x.op("Log") * (1 / math.log(2)),
    "log10": lambda x: x.op("Log") * (1 / math.log(10)),
    "log1p": log1p,
    "logaddexp": logaddexp,
    "logaddexp2": logaddexp2,
    "sin": _node("Sin"),
    "cos": _node("Cos"),
    "tan": unless_double("Tan", tan),
    "arcsin": unless_double("Asin", arcsin),
    "arccos": unless_double("Acos", arccos),
    "arctan": arctan_any,
    "sinh": unless_double("Sinh", sinh),
    "cosh": unless_double("Cosh", cosh),
    "tanh": _node("Tanh"),
    "arcsinh": unless_double("Asinh", arcsinh),
    "arccosh": unless_double("Acosh", arccosh),
    "arctanh": unless_double("Atanh", arctanh),
    "arctan2": arctan2,
    "hypot": hypot,
    **dict.fromkeys(("degrees", "rad2deg"), lambda x: x * (180 / math.pi)),
    **dict.fromkeys(("radians", "deg2rad"), lambda x: x * (math.pi / 180)),
    "absolute": lambda x: x if x.dtype == BOOL else abs(x),
    "fabs": abs,
    "maximum": _of_bools("Max", "Or"),
    "minimum": _of_bools("Min", "And"),
    "fmax": _extreme_beside_nan("Max"),
    "fmin": _extreme_beside_nan("Min"),
    "copysign": _copysign,
    "ldexp": lambda x, y: x * x.builder.term(np.asarray(2, x.dtype)).op("Pow", y.cast(x.dtype)),
    "equal": lambda x, y: x.equals(y),
    "not_equal": _not_equal,
    "less": _compared("Less"),
    "less_equal": _compared("LessOrEqual"),
    "greater": _compared("Greater"),
    "greater_equal": _compared("GreaterOrEqual"),
    "sign": _node("Sign"),
    "floor": lambda x: x.op("Floor") if x.dtype.kind == "f" else x,
    "ceil": lambda x: x.op("Ceil") if x.dtype.kind == "f" else x,
    "trunc": _trunc,
    "rint": lambda x: x.op("Round"),
    "signbit": _signbit,
    "heaviside": _heaviside,
    "isnan": _is("IsNaN"),
    "isinf": _is("IsInf"),
    "isfinite": _finite,
    "logical_and": lambda x, y: _truth(x) & _truth(y),
    "logical_or": lambda x, y: _truth(x) | _truth(y),
    "logical_xor": lambda x, y: _truth(x).op("Xor", _truth(y)),
    "logical_not": lambda x: ~_truth(x),
    "bitwise_and": _bits("BitwiseAnd", "And"),
    "bitwise_or": _bits("BitwiseOr", "Or"),
    "bitwise_xor": _bits("BitwiseXor", "Xor"),
    "invert": _bits("BitwiseNot", "Not"),
    "left_shift": lambda x, y: x * _two_to_the(y).cast(x.dtype),
    "right_shift": lambda x, y: _floor_divide(x, _two_to_the(y).cast(x.dtype)),
}


def _product(b: Builder, step: Step) -> Term:
    """ONNX Runtime keeps the factor of a scaled matrix product in float32; two signs keep the two apart in float64."""
    for x, factor in (step.inputs, step.inputs[::-1]):
        origin = source(b, x) if step.output.dtype == F64 and scales(factor) else None
        if origin is not None and origin.primitive is MATMUL:
            return -b.read(x, F64) * float(-factor.fixed())
    return UFUNCS["multiply"](*operands(b, step))


def scales(x: Operand) -> bool:
    """Whether this is a single number that is known."""
    return x.fixed() is not None and x.fixed().size == 1


def source(b: Builder, x: Operand) -> Step | None:
    """What computed an operand, apart from transposing it."""
    step = b.producers.get(x)
    return source(b, step.inputs[0]) if step is not None and step.primitive is TRANSPOSE else step


@exports("numpy.round")
def _round(b: Builder, step: Step) -> Term:
    x, decimals = b.read(step.inputs[0]), step.params.get("decimals", 0)
    if x.dtype.kind != "f":
        return x
    unit = float(10 ** abs(decimals))
    if decimals < 0:
        return (x / unit).op("Round") * unit
    return (x * unit).op("Round") / unit if decimals else x.op("Round")


def _maximum(b: Builder, step: Step) -> Term:
    x, y = step.inputs
    if step.output.dtype.kind == "f" and y.weak and y.value == 0:
        return b.read(x, step.output.dtype).op("Relu")
    return UFUNCS["maximum"](*operands(b, step))


RULES.update({f"numpy.{name}": _rule(fn) for name, fn in UFUNCS.items()})

RULES["numpy.maximum"], RULES["numpy.multiply"] = _maximum, _product
refuse(
    "ONNX has no operator for it",
    *(f"numpy.{n}" for n in ["gcd", "lcm", "bitwise_count", "nextafter", "spacing", "i0"]),
)
