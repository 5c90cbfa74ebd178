"""Making arrays: what stands in for functions that no NumPy protocol reaches, so that nothing is frozen silently.

While a recording is made, ``np.zeros`` and its like give recorded constants (writing recorded values into them is then
recorded), ``np.array([a, b])`` stacks, ``float(loss)`` and ``math.exp(z)`` stay recorded.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.ops.linear import sparse_product
from cutaway.ops.shape import astype, holds_traced, known, stacked
from cutaway.ops.special import erf
from cutaway.tracing.array import Traced, value_of
from cutaway.tracing.recorder import active
from cutaway.tracing.registry import HANDLERS, answers, handles, stands_in_for


def _constant(array: Any) -> Any:
    recorder = active()
    if recorder is None or type(array) is not np.ndarray or array.dtype.kind not in "biufc":
        return array
    return Traced(recorder, recorder.constant(array))


_NEW = "zeros ones empty full eye identity tri arange linspace logspace geomspace"
_LIKE = "zeros_like ones_like empty_like full_like"
_COPIES = "array asarray asanyarray ascontiguousarray asfortranarray require"


@stands_in_for(*(f"numpy:{name}" for name in f"{_NEW} {_LIKE}".split()))
def _new(original: Any, *args: Any, **kwargs: Any) -> Any:
    name = f"numpy.{original.__name__}"
    if name in HANDLERS and any(type(x) is Traced for x in (*args, *kwargs.values())):
        return HANDLERS[name](*args, **kwargs)
    return _constant(original(*args, **kwargs))


def _sized(original: Any) -> None:
    def handler(*args: Any, like: Any = None, **kwargs: Any) -> Any:
        return _constant(original(*map(known, args), **{k: known(v) for k, v in kwargs.items()}))

    answers(f"numpy.{original.__name__}")(handler)


for _original in (np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri, np.arange):
    _sized(_original)


@stands_in_for(*(f"numpy:{name}" for name in _COPIES.split()))
def _array(original: Any, a: Any, /, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    if not holds_traced(a):
        return _constant(original(a, dtype, *args, **kwargs))
    if dtype is not None and np.dtype(dtype) == object:
        boxes = np.empty(len(a), object)
        for k, part in enumerate(a):
            boxes[k] = part
        return boxes
    result = stacked(a)
    if dtype is not None and np.dtype(dtype) != result.dtype:
        result = astype(result, dtype)
    elif original is np_array and kwargs.get("copy", True) and result is a:
        result = np.copy(result)
    missing = kwargs.get("ndmin", 0) - np.ndim(result)
    return np.reshape(result, (1,) * missing + np.shape(result)) if missing > 0 else result


np_array = np.array
for _name in _COPIES.split():
    _copy_of = functools.partial(_array, getattr(np, _name))
    handles(f"numpy.{_name}")(_copy_of)


@stands_in_for("numpy:fromiter")
def _fromiter(original: Any, iter: Any, dtype: Any, count: int = -1, **how: Any) -> Any:
    parts = list(iter)
    return astype(stacked(parts), dtype) if holds_traced(parts) else _constant(original(parts, dtype, count, **how))


@answers("numpy.zeros_like")
def _zeros_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None) -> Any:
    return _filled(a, 0, dtype, shape)


@answers("numpy.ones_like")
def _ones_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None) -> Any:
    return _filled(a, 1, dtype, shape)


@answers("numpy.empty_like")
def _empty_like(prototype: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None) -> Any:
    return _filled(prototype, 0, dtype, shape)


def _filled(a: Traced, value: float, dtype: Any, shape: Any) -> Any:
    dtype = a.dtype if dtype is None else np.dtype(dtype)
    filled = np.zeros(np.shape(a) if shape is None else shape, dtype) + np.asarray(value, dtype)
    filled = value_of(filled)
    return Traced(a.recorder, a.recorder.constant(filled)) if np.ndim(filled) else filled


@handles("numpy.full_like")
def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Any:
    dtype = np.result_type(value_of(a)) if dtype is None else dtype
    return _constant(astype(np.broadcast_to(fill_value, np.shape(a) if shape is None else known(shape)), dtype))


@handles("numpy.full")
def _full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", *, like: Any = None) -> Any:
    result = np.broadcast_to(fill_value, known(shape))
    return _constant(np.copy(result) if dtype is None else astype(result, dtype))


@handles("numpy.linspace")
def _linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    num, start, stop = known(num), stacked(start), stacked(stop)
    step = (stop - start) / max(num - 1 if endpoint else num, 1)
    places = np.reshape(np.arange(num, dtype=np.result_type(value_of(step))), (-1,) + (1,) * np.ndim(step))
    result = np.moveaxis(start + places * step, 0, axis) if np.ndim(step) else start + places * step
    result = result if dtype is None else astype(result, dtype)
    return (result, step) if retstep else result


@handles("numpy.logspace")
def _logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    result = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return result if dtype is None else astype(result, dtype)


@handles("numpy.geomspace")
def _geomspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    sign = np.sign(start)
    powers = np.linspace(np.log10(sign * start), np.log10(sign * stop), num, endpoint, axis=axis)
    result = sign * np.power(10.0, powers)
    return astype(result, np.result_type(value_of(result), np.float64) if dtype is None else dtype)


# Lists of recorded values -----------------------------------------------------------------------------------------

_TAKES_LISTS = (
    "sum mean prod max min amax amin std var median any all cumsum cumprod dot vdot inner outer matmul argmax argmin "
    "argsort sort average linalg.norm ravel reshape transpose squeeze where clip diff allclose isclose array_equal "
    "append insert repeat tile outer"
)


def _with_stacked(original: Any, *args: Any, **kwargs: Any) -> Any:
    return original(*(stacked(a) for a in args), **kwargs)


stands_in_for(
    *(
        f"numpy{'.linalg' if '.' in name else ''}:{name.rpartition('.')[2]}"
        for name in _TAKES_LISTS.split()
        if not isinstance(getattr(np, name, None), np.ufunc)
    )
)(_with_stacked)


_JOINS = "concatenate stack vstack hstack dstack column_stack"


@stands_in_for(*(f"numpy:{name}" for name in _JOINS.split()))
def _with_stacked_parts(original: Any, arrays: Any, *args: Any, **kwargs: Any) -> Any:
    return original(arrays if type(arrays) is Traced else [stacked(a) for a in arrays], *args, **kwargs)


# np.c_ and np.r_ --------------------------------------------------------------------------------------------------


@stands_in_for("numpy.lib._index_tricks_impl:AxisConcatenator.__getitem__")
def _joined(original: Any, self: Any, key: Any) -> Any:
    parts = key if isinstance(key, tuple) else (key,)
    if not any(map(holds_traced, parts)):
        return original(self, key)
    if any(isinstance(p, (str, slice)) for p in parts):
        raise TraceError("np.r_ and np.c_ with slices or strings cannot be recorded", instead="Use np.concatenate")
    arrays = []
    for part in map(stacked, parts):
        missing = self.ndmin - np.ndim(part)
        if missing > 0:
            shape = (1,) * missing + np.shape(part)
            if self.trans1d != -1:  # np.c_: a vector becomes a column
                shape = np.shape(part)[:1] + (1,) * missing if np.ndim(part) == 1 else shape
            part = np.reshape(part, shape)
        arrays.append(np.atleast_1d(part))
    return np.concatenate(arrays, axis=self.axis)


# Python's own numbers ---------------------------------------------------------------------------------------------


@stands_in_for("builtins:float")
def _float(original: Any, x: Any = 0.0) -> Any:
    return HANDLERS["item"](x) if type(x) is Traced and x.dtype.kind in "fiub" else original(x)


_SAME = "exp log2 log10 log1p expm1 sqrt sin cos tan sinh cosh tanh degrees radians exp2 cbrt copysign fmod gcd lcm"
_SAME += " hypot isnan isinf isfinite remainder"
_MATH = {
    **{name: name for name in _SAME.split()},
    **{"pow": "power", "fabs": "abs", "atan": "arctan", "asin": "arcsin", "acos": "arccos", "atan2": "arctan2"},
    **{"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"},
}
_MATH_OF_LISTS: dict[str, Any] = {"fsum": np.sum, "prod": np.prod}


@stands_in_for(*(f"math:{name}" for name, f in vars(math).items() if callable(f) and not name.startswith("_")))
def _math(original: Any, *args: Any, **kwargs: Any) -> Any:
    name = original.__name__
    if not any(map(holds_traced, args)):
        return original(*args, **kwargs)
    if name in _MATH_OF_LISTS:
        return _MATH_OF_LISTS[name](stacked(args[0]))
    if name in ("floor", "ceil", "trunc"):
        return HANDLERS["item"](astype(getattr(np, name)(args[0]), int))
    if name == "log":
        return np.log(args[0]) if len(args) == 1 else np.log(args[0]) / np.log(args[1])
    if name == "erf":
        return erf(args[0])
    if name not in _MATH:
        if all(x.constant for x in args if type(x) is Traced):
            return original(*map(value_of, args), **kwargs)
        raise TraceError(f"math.{name} of a traced number cannot be recorded", instead="Use a function of np.*")
    return getattr(np, _MATH[name])(*args)


# Sparse matrices --------------------------------------------------------------------------------------------------


@stands_in_for(
    "scipy.sparse._base:_spbase._matmul_dispatch",
    "scipy.sparse._base:_spbase._rmatmul_dispatch",
    "scipy.sparse._base:_spbase.multiply",
)
def _sparse(original: Any, self: Any, other: Any) -> Any:
    if type(other) is not Traced:
        return original(self, other)
    if original.__name__ == "multiply" or not np.ndim(other):
        raise TraceError(
            "A sparse matrix times a traced array, entry by entry, cannot be recorded",
            instead="Multiply after the matrix product, or use matrix.toarray()",
        )
    return sparse_product(self, other) if original.__name__ == "_matmul_dispatch" else sparse_product(other, self)
