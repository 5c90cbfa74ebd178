"""How the reference engine computes each primitive: as NumPy calls that write into a given array.

Entry-by-entry functions pass through as they are. For those listed in :data:`_SPECIAL` there is a call that writes in
place. Everything else computes its value and copies it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.engines.storage import Array, Pool
from cutaway.engines.windows import KERNELS
from cutaway.graph import Eqn


@dataclass(frozen=True)
class Call:
    """``fn(*args)``."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    note: str = ""

    def ready(self) -> Call:
        """With Python numbers as arrays of the dtype they would be converted to at each call."""
        if not isinstance(self.fn, np.ufunc) or self.fn.signature:
            return self
        dtypes = {a.dtype for a in self.args[: self.fn.nin] if isinstance(a, (np.ndarray, np.generic))}
        if len(dtypes) != 1 or next(iter(dtypes)).kind != "f":
            return self
        (dtype,) = dtypes
        shape = self.args[-1].shape
        return Call(self.fn, tuple(_as_number(a, dtype, shape) for a in self.args), self.note)


def _as_number(a: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """An array of no axes for a number, and a view of no axes of an array of one entry: broadcast at no cost."""
    if type(a) in (int, float):
        return np.asarray(a, dtype)
    alone = isinstance(a, np.ndarray) and a.size == 1 and a.shape != shape and a.ndim <= len(shape)
    return a.reshape(()) if alone else a


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
    blocks = _in_blocks(a, b, out, pool) if blas else None
    if blocks is not None:
        return blocks
    if blas and not out.flags.c_contiguous:
        return [Call(np.dot, (b.T, a.T, out.T))]
    return [Call(np.dot if blas else np.matmul, (a, b, out))]


_LONG, _SHORT = 2**14, 128  # of a product with one long axis: measured where blocks gain a factor of two and more


def _in_blocks(a: Array, b: Array, out: Array, pool: Pool) -> list[Call] | None:
    """A product with one long axis, such as that of all windows of a batch: in blocks that stay in the cache."""
    if b.shape[1] > max(a.shape):
        a, b, out = b.T, a.T, out.T
    rows, inner = a.shape
    long = max(rows, inner)
    block = next((size for size in range(2000, 499, -1) if long % size == 0), 0)
    if long < _LONG or not block or sorted((rows, inner, b.shape[1]))[1] > _SHORT:
        return None

    def cut(x: Array) -> Array:
        return x.reshape(x.shape[0], -1, block).swapaxes(0, 1)

    if rows == long and a.flags.f_contiguous and out.flags.f_contiguous:
        return [Call(np.matmul, (b.T, cut(a.T), cut(out.T)))]
    if inner == long and a.flags.c_contiguous and b.flags.f_contiguous:
        sums = pool.take((long // block, *out.shape), out.dtype)
        pool.give(sums)
        return [Call(np.matmul, (cut(a), cut(b.T).swapaxes(1, 2), sums)), Call(np.add.reduce, (sums, 0, None, out))]
    return None


_LONGEST_DOT = 65_536  # above, the vector of ones would cost more memory traffic than the call saves


def _sum(args: list[Any], out: Array, pool: Pool, axis: Any = None, keepdims: bool = False) -> list[Call]:
    return _weighted_sum(args[0], out, axis, keepdims, 1.0) or [
        Call(np.add.reduce, (args[0], axis, None, out, keepdims))
    ]


def _mean(args: list[Any], out: Array, pool: Pool, axis: Any = None, keepdims: bool = False) -> list[Call]:
    count = args[0].size / max(out.size, 1)
    calls = _weighted_sum(args[0], out, axis, keepdims, 1 / count)
    return calls or [Call(np.add.reduce, (args[0], axis, None, out, keepdims)), Call(np.divide, (out, count, out))]


def _weighted_sum(a: Any, out: Array, axis: Any, keepdims: bool, weight: float) -> list[Call] | None:
    """A sum as a product with a vector of equal weights: BLAS is faster at it than ``add.reduce``."""
    if a.dtype != out.dtype or a.dtype.kind != "f" or a.size == 0 or max(a.shape, default=0) > _LONGEST_DOT:
        return None
    contiguous = a.flags.c_contiguous or a.flags.f_contiguous
    if axis is None and contiguous and 0 < a.size <= _LONGEST_DOT:
        flat = a.ravel(order="K")
        return [Call(np.dot, (flat, np.full(a.size, weight, a.dtype), out.reshape(())))]
    if a.ndim != 2 or not contiguous or not out.flags.c_contiguous:
        return None
    if axis in (0, (0,)):
        return [Call(np.dot, (np.full(a.shape[0], weight, a.dtype), a, out.reshape(a.shape[1])))]
    if axis in (1, -1, (1,)):
        return [Call(np.dot, (a, np.full(a.shape[1], weight, a.dtype), out.reshape(a.shape[0])))]
    return None


def _reduce(ufunc: np.ufunc) -> Callable[..., list[Call]]:
    def calls(args: list[Any], out: Array, pool: Pool, axis: Any = None, keepdims: bool = False) -> list[Call]:
        return [Call(ufunc.reduce, (args[0], axis, None, out, keepdims))]

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


def _reshape(args: list[Any], out: Array, pool: Pool, shape: Any) -> list[Call] | None:
    """A copy, since a reshape that is none is a view and needs no call."""
    same = out.reshape(args[0].shape) if out.flags.c_contiguous else None
    return None if same is None else [Call(np.copyto, (same, args[0]))]


def _scatter(args: list[Any], out: Array, pool: Pool, index: Any, shape: Any) -> list[Call] | None:
    return None if len(args) > 1 else [Call(out.fill, (0,)), Call(np.copyto, (out[(*index, Ellipsis)], args[0]))]


def _put_at(args: list[Any], out: Array, pool: Pool, index: Any) -> list[Call] | None:
    x, v, *arrays = args
    return None if arrays else [Call(np.copyto, (out, x)), Call(np.copyto, (out[(*index, Ellipsis)], v))]


def _of_windows(kernel: Callable[..., Any]) -> Callable[..., list[Call]]:
    return lambda args, out, pool, **how: [Call(fn, given) for fn, given in kernel(args, out, pool, **how)]


_SPECIAL: dict[str, Callable[..., list[Call] | None]] = {
    "matmul": _matmul,
    "sum": _sum,
    "mean": _mean,
    "max": _reduce(np.maximum),
    "min": _reduce(np.minimum),
    "clip": _clip,
    "where": _where,
    "astype": _astype,
    "copy": _copy,
    "concatenated": _concatenated,
    "reshape": _reshape,
    "scatter": _scatter,
    "put_at": _put_at,
    **{name: _of_windows(kernel) for name, kernel in KERNELS.items()},
}
