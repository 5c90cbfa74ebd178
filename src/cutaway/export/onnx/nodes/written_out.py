"""Functions that runtimes lack, at least for float64, written with those that they have.

Exponentials, logarithms and square roots, or an integral with Gauss and Legendre's nodes, to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cutaway.export.onnx.nodes.builder import Term

F64 = np.dtype(np.float64)


def unless_double(kind: str, written_out: Callable[..., Term]) -> Callable[..., Term]:
    """A node that runtimes lack for float64, where it is written out."""
    return lambda x, *others: x.op(kind, *others) if x.dtype != F64 else written_out(x, *others)


# Exponentials near zero: Kahan's way, by the rounded result itself (Higham, Accuracy and Stability, section 1.14.1)


def log1p(x: Term) -> Term:
    """``log(1 + x)``, also for small ``x``."""
    u = x + 1
    exact = u.equals(1)
    return exact.where(x, (u.op("Log") * x) / exact.where(1, u - 1))


def expm1(x: Term) -> Term:
    """``exp(x) - 1``, also for small ``x``."""
    u = x.op("Exp")
    near, far = u.equals(1), (u - 1).equals(-1) | u.equals(np.inf)
    safe = (near | far).where(2, u)
    return near.where(x, far.where(u - 1, (safe - 1) * x / safe.op("Log")))


def _integral(x: Term, slope: Callable[[Term], Term], nodes: int) -> Term:
    """The integral of ``slope`` from 0 to ``x``."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    at = x.op("Unsqueeze", np.array([-1])) * ((places + 1) / 2).astype(x.dtype)
    return x * (slope(at) * (weights / 2).astype(x.dtype)).reduce("Sum", -1)


def erf(x: Term) -> Term:
    """For float64 the integral itself; beyond 6 it is 1 to rounding."""
    if x.dtype != F64:
        return x.op("Erf")
    far = abs(x) > 6
    near = far.where(0, x)
    return far.where(x.op("Sign"), _integral(near, lambda t: (-(t * t)).op("Exp"), 48) * (2 / math.sqrt(math.pi)))


def softplus(x: Term) -> Term:
    """``log(1 + exp(x))``, without overflow."""
    return x.op("Softplus") if x.dtype != F64 else x.op("Max", 0) + log1p((-abs(x)).op("Exp"))


def tan(x: Term) -> Term:
    """Sine over cosine."""
    return x.op("Sin") / x.op("Cos")


def arctan(x: Term) -> Term:
    """The integral itself up to 1; beyond, by the angle of the reciprocal."""
    far = abs(x) > 1
    near = far.where(1 / far.where(x, 1), x)
    small = _integral(near, lambda t: 1 / (t * t + 1), 24)
    return far.where(x.op("Sign") * (math.pi / 2) - small, small)


arctan_any = unless_double("Atan", arctan)


def arcsin(x: Term) -> Term:
    """By the arc tangent."""
    return arctan(x / ((1 - x) * (x + 1)).op("Sqrt"))


def arccos(x: Term) -> Term:
    """By the arc tangent of half the angle."""
    return arctan(((1 - x) / (x + 1)).op("Sqrt")) * 2


def sinh(x: Term) -> Term:
    """From ``expm1``, so that small numbers keep their digits."""
    e = expm1(abs(x))
    return x.op("Sign") * (e + e / (e + 1)) / 2


def cosh(x: Term) -> Term:
    """From one exponential."""
    e = abs(x).op("Exp")
    return (e + 1 / e) / 2


def arcsinh(x: Term) -> Term:
    """From ``log1p``, so that small numbers keep their digits."""
    a = abs(x)
    return x.op("Sign") * log1p(a + a * a / ((a * a + 1).op("Sqrt") + 1))


def arccosh(x: Term) -> Term:
    """From ``log1p``."""
    t = x - 1
    return log1p(t + (t * (t + 2)).op("Sqrt"))


def arctanh(x: Term) -> Term:
    """From ``log1p``."""
    a = abs(x)
    return x.op("Sign") * log1p(a * 2 / (1 - a)) / 2


def arctan2(y: Term, x: Term) -> Term:
    """The angle of the point (x, y)."""
    left = x < 0
    upright = x.equals(0)
    base = arctan_any(y / upright.where(1, x))
    turned = left.where((y >= 0).where(base + math.pi, base - math.pi), base)
    return upright.where(y.op("Sign") * (math.pi / 2), turned)


def hypot(x: Term, y: Term) -> Term:
    """The length of (x, y), without overflow."""
    x, y = abs(x), abs(y)
    large, small = x.op("Max", y), x.op("Min", y)
    ratio = small / large.equals(0).where(1, large)
    return large * (ratio * ratio + 1).op("Sqrt")


def logaddexp(x: Term, y: Term) -> Term:
    """``log(exp(x) + exp(y))``, without overflow."""
    return x.op("Max", y) + log1p((-abs(x - y)).op("Exp"))


def logaddexp2(x: Term, y: Term) -> Term:
    """``log2(2**x + 2**y)``, without overflow."""
    return x.op("Max", y) + log1p((abs(x - y) * -math.log(2)).op("Exp")) * (1 / math.log(2))
