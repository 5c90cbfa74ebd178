"""How each entry-by-entry function is computed on vectors: one line for each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cutaway.engines.native import functions as f
from cutaway.engines.native.text import SCALARS, Value, Writer, like, scalar_of

_FLOATS = ("float", "double")


@dataclass(frozen=True)
class Op:
    """A function of entries.

    Parameters
    ----------
    emit : callable
        ``emit(writer, *values)``.
    cost : int
        Instructions, roughly; what costs more than a few is computed once and kept.
    of : {"result", "arguments", "as they are"}
        The dtype in which it is computed: that of the result, the common one of the arguments, or each its own.
    floats : bool
        Whether it is for floating-point numbers alone.
    """

    emit: Callable[..., Value]
    cost: int = 1
    of: str = "result"
    floats: bool = False


def is_float(x: Value) -> bool:
    """Whether the entries are floating-point numbers."""
    return scalar_of(x.type) in _FLOATS


def cast(w: Writer, x: Value, dtype: str) -> Value:
    """Entries as another dtype; Booleans are of type i1 here."""
    to = "i1" if dtype == "bool" else SCALARS[dtype]
    old = scalar_of(x.type)
    type = like(x.type, to)
    if old == to:
        return x
    if to == "i1":
        return w.compare("une" if is_float(x) else "ne", x, w.const(x.type, 0))
    if old == "i1":
        return w.select(x, w.const(type, 1), w.const(type, 0))
    if old in _FLOATS:
        return w.cast(("fpext" if to == "double" else "fptrunc") if to in _FLOATS else "fptosi", x, type)
    if to in _FLOATS:
        return w.cast("sitofp", x, type)
    return w.cast("sext" if to == "i64" else "trunc", x, type)


def _arithmetic(floats: str, integers: str) -> Callable[..., Value]:
    return lambda w, a, b: w.two(floats if is_float(a) else integers, a, b)


def _compare(floats: str, integers: str) -> Callable[..., Value]:
    return lambda w, a, b: w.compare(floats if is_float(a) else integers, a, b)


def _negative(w: Writer, a: Value) -> Value:
    return w.new(a.type, f"fneg {a}") if is_float(a) else w.exactly("sub", w.const(a.type, 0), a)


def _maximum(w: Writer, a: Value, b: Value) -> Value:
    """NaN if one of them is."""
    if not is_float(a):
        return w.select(w.compare("sgt", a, b), a, b)
    if b.text.startswith(("splat", "0x")):  # a number, hence not NaN
        return w.select(w.compare("ogt", b, a), b, a)
    return w.select(w.two("or", w.compare("ogt", a, b), w.compare("uno", a, a)), a, b)


def _minimum(w: Writer, a: Value, b: Value) -> Value:
    if not is_float(a):
        return w.select(w.compare("slt", a, b), a, b)
    if b.text.startswith(("splat", "0x")):
        return w.select(w.compare("olt", b, a), b, a)
    return w.select(w.two("or", w.compare("olt", a, b), w.compare("uno", a, a)), a, b)


def _absolute(w: Writer, a: Value) -> Value:
    return f.absolute(w, a) if is_float(a) else w.select(w.compare("slt", a, w.const(a.type, 0)), _negative(w, a), a)


def _sign(w: Writer, a: Value) -> Value:
    if not is_float(a):
        raise NotImplementedError
    zero, one = w.const(a.type, 0.0), w.const(a.type, 1.0)
    signed = w.select(w.compare("olt", a, zero), w.const(a.type, -1.0), w.select(w.compare("ogt", a, zero), one, zero))
    return w.select(w.compare("uno", a, a), a, signed)


def _divide(w: Writer, a: Value, b: Value) -> Value:
    return w.two("fdiv", a, b)


def _square(w: Writer, a: Value) -> Value:
    return w.two("fmul" if is_float(a) else "mul", a, a)


def _power(w: Writer, a: Value, b: Value) -> Value:
    """By multiplication for small whole exponents that stand in the program."""
    exponent = _number(b)
    if exponent is not None and exponent == int(exponent) and 0 < abs(exponent) <= 8:
        result, n, factor = None, abs(int(exponent)), a
        while n:
            if n & 1:
                result = factor if result is None else w.exactly("fmul", result, factor)
            n >>= 1
            factor = w.exactly("fmul", factor, factor) if n else factor
        assert result is not None
        return _divide(w, w.const(a.type, 1.0), result) if exponent < 0 else result
    if exponent == 0.5:
        return w.call("llvm.sqrt", a)
    return f.power(w, a, b)


def _number(x: Value) -> float | None:
    import struct

    text = x.text[x.text.find("0x") :].rstrip(")")
    if not text.startswith("0x") or x.text[0] == "%":
        return None
    number: float = struct.unpack("<d", int(text, 16).to_bytes(8, "little"))[0]
    return number if math.isfinite(number) else None


def _cross_entropy(w: Writer, z: Value, t: Value) -> Value:
    loss = w.exactly("fsub", f.at_least(w, z, 0.0), w.exactly("fmul", z, t))
    return w.exactly("fadd", loss, f.log1p_of_fraction(w, w.shared(f.exp_minus_absolute, z)))


def _sigmoid(w: Writer, x: Value) -> Value:
    return f.sigmoid(w, x, w.known(f.exp_minus_absolute, x))


def _softplus(w: Writer, x: Value) -> Value:
    return f.softplus(w, x, w.shared(f.exp_minus_absolute, x))


def _logic(how: str) -> Callable[..., Value]:
    return lambda w, a, b: w.two(how, cast(w, a, "bool"), cast(w, b, "bool"))


def _where(w: Writer, condition: Value, a: Value, b: Value) -> Value:
    return w.select(cast(w, condition, "bool"), a, b)


def _clip(w: Writer, a: Value, low: Value, high: Value) -> Value:
    return _minimum(w, _maximum(w, a, low), high)


def _is(how: str) -> Callable[..., Value]:
    def emit(w: Writer, a: Value) -> Value:
        if how == "nan":
            return w.compare("uno", a, a)
        infinite = w.const(a.type, math.inf)
        return w.compare("oeq" if how == "infinite" else "one", f.absolute(w, a), infinite)

    return emit


def _intrinsic(name: str) -> Callable[..., Value]:
    return lambda w, a: w.call(name, a)


OPS: dict[str, Op] = {
    "copy": Op(lambda w, a: a, 0),
    "cast": Op(lambda w, a: a, 1),
    "positive": Op(lambda w, a: a, 0),
    "negative": Op(_negative),
    "add": Op(_arithmetic("fadd", "add")),
    "subtract": Op(_arithmetic("fsub", "sub")),
    "multiply": Op(_arithmetic("fmul", "mul")),
    "divide": Op(_divide, 8, floats=True),
    "square": Op(_square),
    "sqrt": Op(_intrinsic("llvm.sqrt"), 10, floats=True),
    "reciprocal": Op(lambda w, a: _divide(w, w.const(a.type, 1.0), a), 8, floats=True),
    "power": Op(_power, 40, floats=True),
    "absolute": Op(_absolute),
    "fabs": Op(_absolute, floats=True),
    "sign": Op(_sign, 4, floats=True),
    "maximum": Op(_maximum, 2),
    "minimum": Op(_minimum, 2),
    "floor": Op(_intrinsic("llvm.floor"), floats=True),
    "ceil": Op(_intrinsic("llvm.ceil"), floats=True),
    "trunc": Op(_intrinsic("llvm.trunc"), floats=True),
    "rint": Op(_intrinsic("llvm.rint"), floats=True),
    "exp": Op(f.exp, 16, floats=True),
    "exp2": Op(f.exp2, 16, floats=True),
    "expm1": Op(f.expm1, 20, floats=True),
    "log": Op(f.log, 30, floats=True),
    "log1p": Op(f.log1p, 40, floats=True),
    "log2": Op(f.scaled_log(2.0), 30, floats=True),
    "log10": Op(f.scaled_log(10.0), 30, floats=True),
    "tanh": Op(f.tanh, 20, floats=True),
    "sigmoid": Op(_sigmoid, 20, floats=True),
    "softplus": Op(_softplus, 30, floats=True),
    "erf": Op(f.erf, 40, floats=True),
    "cross_entropy_of_logits": Op(_cross_entropy, 32, floats=True),
    "clip": Op(_clip, 3),
    "where": Op(_where, 1, "where"),
    "equal": Op(_compare("oeq", "eq"), of="arguments"),
    "not_equal": Op(_compare("une", "ne"), of="arguments"),
    "less": Op(_compare("olt", "slt"), of="arguments"),
    "less_equal": Op(_compare("ole", "sle"), of="arguments"),
    "greater": Op(_compare("ogt", "sgt"), of="arguments"),
    "greater_equal": Op(_compare("oge", "sge"), of="arguments"),
    "logical_and": Op(_logic("and"), of="as they are"),
    "logical_or": Op(_logic("or"), of="as they are"),
    "logical_xor": Op(_logic("xor"), of="as they are"),
    "logical_not": Op(
        lambda w, a: w.two("xor", cast(w, a, "bool"), w.const(like(a.type, "i1"), True)), of="as they are"
    ),
    "bitwise_and": Op(lambda w, a, b: w.two("and", a, b), of="arguments"),
    "bitwise_or": Op(lambda w, a, b: w.two("or", a, b), of="arguments"),
    "bitwise_xor": Op(lambda w, a, b: w.two("xor", a, b), of="arguments"),
    "invert": Op(lambda w, a: w.two("xor", a, w.const(a.type, -1)), of="arguments"),
    "isnan": Op(_is("nan"), of="as they are", floats=True),
    "isinf": Op(_is("infinite"), of="as they are", floats=True),
    "isfinite": Op(_is("finite"), of="as they are", floats=True),
}
"""By the name of the primitive's function."""
