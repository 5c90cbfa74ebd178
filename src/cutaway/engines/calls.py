"""How the reference engine computes each primitive: as NumPy calls that write into a given array.

Entry-by-entry functions pass through as they are. Those listed in :data:`_SPECIAL` are spelled out, so that they need
no temporary arrays. Everything else computes its value and copies it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.engines.storage import Array, Pool
from cutaway.graph import Eqn


@dataclass(frozen=True)
class Call:
    """``fn(*args)``."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    note: str = ""

    def ready(self) -> Call:
        """With Python numbers as arrays of the dtype they would be converted to at each call."""
        if not isinstance(self.fn, np.ufunc):
            return self
        dtypes = {a.dtype for a in self.args[: self.fn.nin] if isinstance(a, (np.ndarray, np.generic))}
        if len(dtypes) != 1 or next(iter(dtypes)).kind != "f":
            return self
        (dtype,) = dtypes
        args = tuple(np.asarray(a, dtype) if type(a) in (int, float) else a for a in self.args)
        return Call(self.fn, args, self.note)


def calls_of(eqn: Eqn, args: list[Any], out: Array, pool: Pool) -> list[Call]:
    """The calls that compute one equation into ``out``; temporaries come from ``pool``."""
    prim = eqn.primitive
    note = f"{prim.name} -> {out.dtype}{list(out.shape)}" + (f"  {eqn.output.name}" if eqn.output.name else "")
    if isinstance(prim.fn, np.ufunc) and prim.elementwise and not eqn.params:
        return [Call(prim.fn, (*args, out), note).ready()]
    special = _SPECIAL.get(prim.fn.__name__)
    calls = special(args, out, pool, **eqn.params) if special else None
    if calls is None:
        calls = [_copy_of(prim.fn, args, eqn.params, out)]
    return [Call(c.fn, c.args, note).ready() for c in calls]


def _copy_of(fn: Callable[..., Any], args: list[Any], params: Any, out: Array) -> Call:
    def compute() -> None:
        out[...] = fn(*args, **params)

    return Call(compute, ())


def _matmul(args: list[Any], out: Array, pool: Pool) -> list[Call]:
    a, b = args
    blas = a.ndim == b.ndim == 2 and a.dtype == b.dtype == out.dtype and out.dtype.kind == "f"
    if blas and a.shape[1] == 1:  # an outer product: BLAS is slow at it
        return [Call(np.multiply, (a, b, out))]
    if blas and not out.flags.c_contiguous:
        return [Call(np.dot, (b.T, a.T, out.T))]
    return [Call(np.dot if blas else np.matmul, (a, b, out))]


def _sum(args: list[Any], out: Array, pool: Pool, axis: Any = None, keepdims: bool = False) -> list[Call]:
    (a,) = args
    columns = axis in (0, (0,)) and a.ndim == 2 and a.dtype == out.dtype and a.dtype.kind == "f"
    if columns and a.shape[1] < a.shape[0]:  # BLAS is faster than add.reduce along rows
        return [Call(np.dot, (np.ones(a.shape[0], a.dtype), a, out.reshape(a.shape[1])))]
    return [Call(np.add.reduce, (a, axis, None, out, keepdims))]


def _mean(args: list[Any], out: Array, pool: Pool, axis: Any = None, keepdims: bool = False) -> list[Call]:
    count = args[0].size / max(out.size, 1)
    return [*_sum(args, out, pool, axis, keepdims), Call(np.divide, (out, count, out))]


def _reduce(ufunc: np.ufunc) -> Callable[..., list[Call]]:
    def calls(args: list[Any], out: Array, pool: Pool, axis: Any = None, keepdims: bool = False) -> list[Call]:
        return [Call(ufunc.reduce, (args[0], axis, None, out, keepdims))]

    return calls


def _sigmoid(args: list[Any], out: Array, pool: Pool) -> list[Call]:
    return [
        Call(np.negative, (args[0], out)),
        Call(np.exp, (out, out)),
        Call(np.add, (out, 1, out)),
        Call(np.reciprocal, (out, out)),
    ]


def _log1p_exp_minus_abs(x: Any, out: Array) -> list[Call]:
    return [
        Call(np.absolute, (x, out)),
        Call(np.negative, (out, out)),
        Call(np.exp, (out, out)),
        Call(np.log1p, (out, out)),
    ]


def _softplus(args: list[Any], out: Array, pool: Pool) -> list[Call]:
    part = pool.take(out.shape, out.dtype)
    calls = [
        *_log1p_exp_minus_abs(args[0], part),
        Call(np.maximum, (args[0], 0, out)),
        Call(np.add, (out, part, out)),
    ]
    pool.give(part)
    return calls


def _cross_entropy_of_logits(args: list[Any], out: Array, pool: Pool) -> list[Call] | None:
    z, y = args
    if np.shape(z) != out.shape:
        return None
    part, rest = pool.take(out.shape, out.dtype), pool.take(out.shape, out.dtype)
    calls = [
        *_log1p_exp_minus_abs(z, part),
        Call(np.multiply, (z, y, rest)),
        Call(np.maximum, (z, 0, out)),
        Call(np.subtract, (out, rest, out)),
        Call(np.add, (out, part, out)),
    ]
    pool.give(part)
    pool.give(rest)
    return calls


def _clip(args: list[Any], out: Array, pool: Pool) -> list[Call] | None:
    a, low, high = args
    if isinstance(high, np.ndarray) and np.may_share_memory(high, out):
        return None
    return [Call(np.maximum, (a, low, out)), Call(np.minimum, (out, high, out))]


def _where(args: list[Any], out: Array, pool: Pool) -> list[Call] | None:
    condition, a, b = args
    if condition.dtype != bool or any(np.may_share_memory(x, out) for x in args if isinstance(x, np.ndarray)):
        return None
    return [Call(np.copyto, (out, b)), Call(_copy_where, (out, a, condition))]


def _copy_where(out: Array, a: Any, condition: Array) -> None:
    np.copyto(out, a, where=condition)


def _astype(args: list[Any], out: Array, pool: Pool, dtype: Any) -> list[Call]:
    return [Call(np.copyto, (out, args[0], "unsafe"))]


def _copy(args: list[Any], out: Array, pool: Pool, **_: Any) -> list[Call]:
    return [Call(np.copyto, (out, args[0]))]


def _reduced(x: Array, axis: Any) -> tuple[int, ...]:
    return np.sum(np.broadcast_to(0, x.shape), axis=axis, keepdims=True).shape


def _softmax(args: list[Any], out: Array, pool: Pool, axis: Any = -1) -> list[Call]:
    (x,) = args
    edge = pool.take(_reduced(x, axis), out.dtype)
    calls = [
        Call(np.maximum.reduce, (x, axis, None, edge, True)),
        Call(np.subtract, (x, edge, out)),
        Call(np.exp, (out, out)),
        Call(np.add.reduce, (out, axis, None, edge, True)),
        Call(np.divide, (out, edge, out)),
    ]
    pool.give(edge)
    return calls


def _log_softmax(args: list[Any], out: Array, pool: Pool, axis: Any = -1) -> list[Call]:
    (x,) = args
    edge, part = pool.take(_reduced(x, axis), out.dtype), pool.take(out.shape, out.dtype)
    calls = [
        Call(np.maximum.reduce, (x, axis, None, edge, True)),
        Call(np.subtract, (x, edge, out)),
        Call(np.exp, (out, part)),
        Call(np.add.reduce, (part, axis, None, edge, True)),
        Call(np.log, (edge, edge)),
        Call(np.subtract, (out, edge, out)),
    ]
    pool.give(edge)
    pool.give(part)
    return calls


def _concatenated(args: list[Any], out: Array, pool: Pool, axis: int = 0) -> list[Call]:
    """Parts that were computed in their place already need no copy."""
    calls, start = [], 0
    for part in args:
        stop = start + np.shape(part)[axis]
        place = out[(slice(None),) * axis + (slice(start, stop),)]
        there = part.ctypes.data == place.ctypes.data and part.strides == place.strides
        if not there or part.dtype != out.dtype:
            calls.append(Call(np.copyto, (place, part)))
        start = stop
    return calls


_SPECIAL: dict[str, Callable[..., list[Call] | None]] = {
    "matmul": _matmul,
    "sum": _sum,
    "mean": _mean,
    "max": _reduce(np.maximum),
    "min": _reduce(np.minimum),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "cross_entropy_of_logits": _cross_entropy_of_logits,
    "clip": _clip,
    "where": _where,
    "astype": _astype,
    "copy": _copy,
    "concatenated": _concatenated,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
}
