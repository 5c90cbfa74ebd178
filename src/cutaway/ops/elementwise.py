"""Operations that treat every entry on its own, with NumPy's broadcasting.

Derivatives at kinks: ``abs`` and ``sign`` take 0; ``maximum(z, 0)`` with a number takes 0 where ``z`` equals it, as
ReLU does everywhere in the field; between two arrays a tie is shared half and half; ``clip`` lets the cotangent pass
at its bounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.graph import UNDEFINED, ZERO, Primitive, Rule
from cutaway.ops.linear import sparse_product
from cutaway.ops.shape import astype, strong, unbroadcast
from cutaway.tracing.array import Traced, bind, value_of
from cutaway.tracing.registry import HANDLERS, handles, primitive


def _record(prim: Primitive, *names: str) -> Primitive:
    """Let the ufunc itself be recorded as this primitive."""

    def handler(*args: Any) -> Any:
        return bind(prim, *args)

    handles(*(names or (f"numpy.{prim.name}",)))(handler)
    return prim


def unary(ufunc: np.ufunc, slope: Any, **how: Any) -> Primitive:
    """Register ``ufunc`` with ``slope(y, a)``, its derivative at ``a`` where the result is ``y``."""
    rule = slope if not callable(slope) else lambda g, y, a: g * slope(y, a)
    return _record(primitive(ufunc, [rule], **how))


def binary(ufunc: np.ufunc, left: Rule, right: Rule, **how: Any) -> Primitive:
    """Register ``ufunc`` with the cotangents of its two arguments, before broadcasting is undone."""
    return _record(
        primitive(
            ufunc,
            [
                lambda g, y, a, b: unbroadcast(left(g, y, a, b), a),
                lambda g, y, a, b: unbroadcast(right(g, y, a, b), b),
            ],
            **how,
        )
    )


# Arithmetic
_record(primitive(np.negative, [lambda g, y, a: -g], infix=("-{0}", 13)))
_record(primitive(np.positive, [lambda g, y, a: g], infix=("+{0}", 13)))
binary(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g, infix=("{0} + {1}", 11))
binary(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g, infix=("{0} - {1}", 11))
binary(np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, infix=("{0} * {1}", 12))
binary(np.divide, lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b, infix=("{0} / {1}", 12))
unary(np.square, lambda y, a: 2 * a)
unary(np.sqrt, lambda y, a: 0.5 / y)
unary(np.cbrt, lambda y, a: 1 / (3 * y**2))
unary(np.reciprocal, lambda y, a: -(y**2))


_times = HANDLERS["numpy.multiply"]


@handles("numpy.multiply")
def _multiply(a: Any, b: Any) -> Any:
    if hasattr(b, "tocsr") and type(b).__name__.endswith("_matrix"):
        return sparse_product(a, b)  # what * means for SciPy's matrices
    return _times(a, b)


def _power_base(g: Any, y: Any, a: Any, b: Any) -> Any:
    if type(b) in (int, float) and b != 0:
        return g * (2 * a) if b == 2 else g * (b * a ** (b - 1))
    return g * np.where(b == 0, 0.0, b * a ** np.where(b == 0, 1.0, b - 1))


def _power_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * np.where(a == 0, 0.0, y * np.log(np.where(a == 0, 1.0, a)))


binary(np.power, _power_base, _power_exponent, infix=("{0} ** {1}", 14))
binary(np.remainder, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b), infix=("{0} % {1}", 12))
binary(np.fmod, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b))
_record(primitive(np.floor_divide, ZERO, infix=("{0} // {1}", 12)))

# Exponentials and logarithms
unary(np.exp, lambda y, a: y)
unary(np.exp2, lambda y, a: y * float(np.log(2)))
unary(np.expm1, lambda y, a: y + 1)
unary(np.log, lambda y, a: 1 / a)
unary(np.log2, lambda y, a: float(1 / np.log(2)) / a)
unary(np.log10, lambda y, a: float(1 / np.log(10)) / a)
unary(np.log1p, lambda y, a: 1 / (1 + a))
binary(np.logaddexp, lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y))
binary(np.logaddexp2, lambda g, y, a, b: g * np.exp2(a - y), lambda g, y, a, b: g * np.exp2(b - y))


def _not_zero(x: Any) -> Any:
    """A divisor that gives the slope 0 where 0 / 0 would stand."""
    return np.where(x == 0, 1.0, x)


# Trigonometric and hyperbolic
unary(np.sin, lambda y, a: np.cos(a))
unary(np.cos, lambda y, a: -np.sin(a))
unary(np.tan, lambda y, a: 1 + y**2)
unary(np.arcsin, lambda y, a: 1 / np.sqrt(1 - a**2))
unary(np.arccos, lambda y, a: -1 / np.sqrt(1 - a**2))
unary(np.arctan, lambda y, a: 1 / (1 + a**2))
unary(np.sinh, lambda y, a: np.cosh(a))
unary(np.cosh, lambda y, a: np.sinh(a))
unary(np.tanh, lambda y, a: 1 - y**2)
unary(np.arcsinh, lambda y, a: 1 / np.sqrt(1 + a**2))
unary(np.arccosh, lambda y, a: 1 / np.sqrt(a**2 - 1))
unary(np.arctanh, lambda y, a: 1 / (1 - a**2))
binary(np.arctan2, lambda g, y, a, b: g * b / (a**2 + b**2), lambda g, y, a, b: -g * a / (a**2 + b**2))
binary(np.hypot, lambda g, y, a, b: g * (a / _not_zero(y)), lambda g, y, a, b: g * (b / _not_zero(y)))
_ufunc: Any  # NumPy's types tell its ufuncs apart by name
for _ufunc in (np.degrees, np.rad2deg):
    unary(_ufunc, lambda y, a: 180 / np.pi)
for _ufunc in (np.radians, np.deg2rad):
    unary(_ufunc, lambda y, a: np.pi / 180)

# Kinks: the slope is that of the side, see the module's first lines
unary(np.absolute, lambda y, a: np.sign(a))
unary(np.fabs, lambda y, a: np.sign(a))


def _number(x: Any) -> bool:
    """Whether an argument is a number that stands in the program, not an array."""
    return type(x) is not Traced and np.ndim(x) == 0


def _extreme(wins: Any) -> list[Rule]:
    def part(g: Any, mine: Any, other: Any) -> Any:
        if _number(other):
            return g * wins(mine, other)
        return g * np.where(mine == other, 0.5, wins(mine, other))

    return [lambda g, y, a, b: part(g, a, b), lambda g, y, a, b: part(g, b, a)]


binary(np.maximum, *_extreme(np.greater))
binary(np.minimum, *_extreme(np.less))
binary(np.fmax, *_extreme(lambda mine, other: np.greater(mine, other) | np.isnan(other)))
binary(np.fmin, *_extreme(lambda mine, other: np.less(mine, other) | np.isnan(other)))
_record(primitive(np.copysign, [lambda g, y, a, b: unbroadcast(g * (np.sign(a) * np.sign(y)), a), ZERO]))
_record(primitive(np.ldexp, [lambda g, y, a, b: unbroadcast(np.ldexp(g, b), a), UNDEFINED]))

CLIP = primitive(
    np.clip,
    [
        lambda g, y, a, low, high: unbroadcast(g * ((a >= low) & (a <= high)), a),
        lambda g, y, a, low, high: unbroadcast(g * (a < low), low),
        lambda g, y, a, low, high: unbroadcast(g * (a > high), high),
    ],
    elementwise=True,
)


@handles("numpy.clip")
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if np.result_type(value_of(a)).kind == "f":
        return bind(CLIP, a, -np.inf if low is None else low, np.inf if high is None else high)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


# Piecewise constant: the gradient is zero wherever it exists
for _ufunc, _sign in [
    (np.equal, "=="),
    (np.not_equal, "!="),
    (np.less, "<"),
    (np.less_equal, "<="),
    (np.greater, ">"),
    (np.greater_equal, ">="),
]:
    _record(primitive(_ufunc, ZERO, infix=("{0} " + _sign + " {1}", 6)))


def _comparison(ufunc: np.ufunc) -> None:
    recorded = HANDLERS[f"numpy.{ufunc.__name__}"]

    def handler(a: Any, b: Any) -> Any:
        if any(x is None or isinstance(x, str) for x in (a, b)):
            return ufunc(value_of(a), value_of(b))  # x == None: no number, whatever x is
        return recorded(a, b)

    handles(f"numpy.{ufunc.__name__}")(handler)


_comparison(np.equal)
_comparison(np.not_equal)
for _ufunc in (
    *(np.sign, np.floor, np.ceil, np.trunc, np.rint, np.signbit, np.heaviside),
    *(np.isnan, np.isinf, np.isfinite, np.logical_and, np.logical_or, np.logical_xor, np.logical_not),
):
    _record(primitive(_ufunc, ZERO))

# Integers and bits: there is nothing to differentiate
for _ufunc, _sign, _strength in [(np.bitwise_and, "&", 9), (np.bitwise_or, "|", 7), (np.bitwise_xor, "^", 8)]:
    _record(primitive(_ufunc, UNDEFINED, infix=("{0} " + _sign + " {1}", _strength)))
_record(primitive(np.left_shift, UNDEFINED, infix=("{0} << {1}", 10)))
_record(primitive(np.right_shift, UNDEFINED, infix=("{0} >> {1}", 10)))
_record(primitive(np.invert, UNDEFINED, infix=("~{0}", 13)))
for _ufunc in (np.gcd, np.lcm, np.bitwise_count, np.nextafter, np.spacing):
    _record(primitive(_ufunc, UNDEFINED))


# Written in terms of the above
handles("numpy.real")(lambda val: val)  # recorded arrays are real
handles("numpy.imag")(lambda val: np.zeros_like(val))
handles("numpy.conjugate")(lambda x: x)
handles("numpy.real_if_close")(lambda a, tol=100: a)


@handles("numpy.angle")
def _angle(z: Any, deg: bool = False) -> Any:
    return astype(z < 0, np.result_type(value_of(z), np.float16)) * (180 if deg else np.pi)


@handles("numpy.float_power")
def _float_power(a: Any, b: Any) -> Any:
    return np.power(astype(a, np.float64), b)


@handles("numpy.divmod")
def _divmod(a: Any, b: Any) -> Any:
    return np.floor_divide(a, b), np.remainder(a, b)


@handles("numpy.modf")
def _modf(x: Any) -> Any:
    return x - np.trunc(x), np.trunc(x)


@handles("numpy.sinc")
def _sinc(x: Any) -> Any:
    safe = np.where(x == 0, 1.0, x) * np.pi
    return np.where(x == 0, 1 - (np.pi * x) ** 2 / 6, np.sin(safe) / safe)


ROUND = primitive(np.round, ZERO)


@handles("numpy.round", "numpy.around")
def _round(a: Any, decimals: int = 0) -> Any:
    return bind(ROUND, a, **({"decimals": decimals} if decimals else {}))


@handles("numpy.fix")
def _fix(x: Any) -> Any:
    return np.trunc(x)


@handles("numpy.nan_to_num")
def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if np.result_type(value_of(x)).kind != "f":
        return x
    limits = np.finfo(np.result_type(value_of(x)))
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, float(limits.max) if posinf is None else posinf, x)
    return np.where(x == -np.inf, float(limits.min) if neginf is None else neginf, x)


# numpy.lib.scimath gives complex numbers outside the real domain; these must stay inside
def _of_scimath(name: str) -> tuple[str, str]:
    return f"numpy.lib.scimath.{name}", f"numpy.lib._scimath_impl.{name}"  # newer and older versions of NumPy


def _real_only(ufunc: Any) -> None:
    def handler(x: Any) -> Any:
        with np.errstate(all="ignore"):
            result = ufunc(x)
        if np.any(np.isnan(result) & ~np.isnan(x)):
            raise TraceError(f"np.emath.{ufunc.__name__} gives complex numbers here, and these cannot be recorded")
        return result

    handles(*_of_scimath(ufunc.__name__))(handler)


for _ufunc in (np.sqrt, np.log, np.log2, np.log10, np.arcsin, np.arccos, np.arctanh):
    _real_only(_ufunc)
handles(*_of_scimath("logn"))(lambda n, x: np.emath.log(x) / np.emath.log(n))


@handles(*_of_scimath("power"))
def _emath_power(x: Any, p: Any) -> Any:
    if np.any(x < 0):
        raise TraceError("np.emath.power gives complex numbers here, and these cannot be recorded")
    return np.power(x, strong(p))
