"""Exponentials, logarithms and their relatives in machine code, against mpmath over the whole range."""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

llvmlite = pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

import mpmath  # noqa: E402

from cutaway.engines.native import functions, machine  # noqa: E402
from cutaway.engines.native.machine import Loaded, Machine  # noqa: E402
from cutaway.engines.native.text import SIZES, Module, Value, Writer, vector  # noqa: E402

pytestmark = pytest.mark.native
Array = np.ndarray[Any, Any]
MOST = 4.0  # units in the last place


def _log(x: Any) -> Any:
    return mpmath.log(x) if x > 0 else mpmath.mpf("-inf") if x == 0 else mpmath.nan


def _log1p(x: Any) -> Any:
    return mpmath.log1p(x) if x > -1 else mpmath.mpf("-inf") if x == -1 else mpmath.nan


def _bounded(low: Any, high: Any, fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``fn`` with its limits far outside, where mpmath would need more digits than there are."""
    return lambda x: low if x < -2000 else high if x > 2000 else fn(x)


INFINITE = mpmath.mpf("inf")
TRUTH: dict[str, Callable[[Any], Any]] = {
    "exp": _bounded(0, INFINITE, mpmath.exp),
    "exp2": _bounded(0, INFINITE, lambda x: mpmath.power(2, x)),
    "expm1": _bounded(-1, INFINITE, mpmath.expm1),
    "log": _log,
    "log1p": _log1p,
    "tanh": _bounded(-1, 1, mpmath.tanh),
    "sigmoid": _bounded(0, 1, lambda x: 1 / (1 + mpmath.exp(-x))),
    "softplus": lambda x: x if x > 2000 else 0 if x < -2000 else mpmath.log1p(mpmath.exp(x)),
    "erf": _bounded(-1, 1, mpmath.erf),
}
DTYPES = {"float32": "float", "float64": "double"}
MACHINES = ["host", "avx2", "sse2"] if machine.why_not() is None and "sse2" in machine.host().enabled else ["host"]


def kind_of(name: str) -> Machine:
    host = machine.host()
    if name == "host":
        return host
    lesser = machine.lesser(name)
    if lesser.width > host.width:
        pytest.skip(f"this machine has no {name}")
    return lesser


@functools.cache
def code(name: str) -> Loaded:
    """All functions for a kind of processor."""
    target = kind_of(name)
    module = Module(width=target.width, features=target.enabled)
    for function in TRUTH:
        for dtype, scalar in DTYPES.items():
            lanes = target.width // SIZES[scalar]
            arguments = [("x", "ptr"), ("y", "ptr"), ("n", "i64")]
            w = Writer(module, f"{function}_{dtype}", arguments, exported=True)
            n = w.arguments[2]

            def body(i: Value, _: list[Value], w: Any = w, f: str = function, s: str = scalar, k: int = lanes) -> None:
                x, y, _n = w.arguments
                result = getattr(functions, f)(w, w.load(w.at(x, i, s), vector(s, k)))
                w.store(result, w.at(y, i, s))

            w.loop(0, n, body, step=lanes)
            w.end()
    return Loaded(machine.assemble(module.text(), target))


def compute(name: str, function: str, x: Array) -> Array:
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    y = np.empty_like(x)
    kind(code(name).address(f"{function}_{x.dtype}"))(x.ctypes.data, y.ctypes.data, len(x))
    return y


def points(dtype: str) -> Array:
    """All bit patterns alike, and the places where something happens."""
    rng = np.random.default_rng(0)
    limits = np.finfo(dtype)
    bits = np.int32 if dtype == "float32" else np.int64
    anything = rng.integers(np.iinfo(bits).min, np.iinfo(bits).max, 400, dtype=bits).view(dtype)
    reach = 110 if dtype == "float32" else 760
    parts = [
        anything[np.isfinite(anything)],
        rng.uniform(-reach, reach, 400),
        rng.uniform(-3, 3, 300),
        rng.uniform(0.4, 2.2, 200),
        rng.choice([-1, 1], 200) * 10.0 ** rng.uniform(-9, 0, 200),
        rng.uniform(-1.5, 1.5, 50) * float(limits.tiny),
        [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 0.92, -0.92],
        [float(s) * sign for s in (limits.max, limits.tiny, limits.smallest_subnormal) for sign in (1, -1)],
    ]
    with np.errstate(under="ignore"):
        found = np.concatenate([np.asarray(p, dtype) for p in parts])
    return np.resize(found, -(-len(found) // 16) * 16)


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("dtype", list(DTYPES))
@pytest.mark.parametrize("function", list(TRUTH))
def test_at_most_four_units_in_the_last_place(function: str, dtype: str, name: str) -> None:
    x = points(dtype)
    y = compute(name, function, x)
    limits = np.finfo(dtype)
    overflow = mpmath.mpf(float(limits.max)) * (1 + mpmath.mpf(2) ** -(limits.nmant + 2))
    with mpmath.workprec(160):
        for a, b in zip(x.tolist(), y.tolist(), strict=True):
            if math.isnan(a):
                assert math.isnan(b)
                continue
            true = TRUTH[function](mpmath.mpf(a))
            if mpmath.isnan(true):
                assert math.isnan(b), a
            elif abs(true) >= overflow:
                assert b == math.copysign(math.inf, true) or abs(b) == limits.max, (a, b)
            else:
                unit = np.spacing(np.dtype(dtype).type(min(abs(float(true)), 0.9 * float(limits.max))))
                assert abs(mpmath.mpf(b) - true) <= MOST * float(unit), (a, b, float(true))


@pytest.mark.parametrize("dtype", list(DTYPES))
def test_signed_zeros_stay_where_the_function_passes_through_zero(dtype: str) -> None:
    x = np.resize(np.array([0.0, -0.0], dtype), 16)
    for function in ("tanh", "expm1", "log1p", "erf"):
        np.testing.assert_array_equal(np.signbit(compute("host", function, x)), np.signbit(x), err_msg=function)
