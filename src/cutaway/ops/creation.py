"""Making arrays: what stands in for functions that no NumPy protocol reaches, so that nothing is frozen silently.

While a recording is made, ``np.zeros`` and its like give recorded constants (writing recorded values into them is then
recorded), ``np.array([a, b])`` stacks, ``float(loss)`` and ``math.exp(z)`` stay recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.ops.shape import astype
from cutaway.tracing.array import Traced, value_of
from cutaway.tracing.recorder import active
from cutaway.tracing.registry import HANDLERS, answers, handles, stands_in_for


def _has_traced(x: Any) -> bool:
    return type(x) is Traced or (isinstance(x, (list, tuple)) and any(map(_has_traced, x)))


def _stacked(x: Any) -> Any:
    """A nested list of recorded values as one recorded array."""
    if type(x) is Traced or not _has_traced(x):
        return x
    return np.stack([_stacked(part) for part in x])


def _constant(array: Any) -> Any:
    recorder = active()
    if recorder is None or type(array) is not np.ndarray or array.dtype.kind not in "biufc":
        return array
    return Traced(recorder, recorder.constant(array))


_NEW = "zeros ones empty full eye identity tri zeros_like ones_like empty_like full_like arange linspace"


@stands_in_for(*(f"numpy:{name}" for name in _NEW.split()))
def _new(original: Any, *args: Any, **kwargs: Any) -> Any:
    if any(type(x) is Traced for x in (*args, *kwargs.values())):
        name = f"numpy.{original.__name__}"
        if name in HANDLERS:
            return HANDLERS[name](*args, **kwargs)
        args = tuple(_number(x) for x in args)
        kwargs = {k: _number(x) for k, x in kwargs.items()}
    return _constant(original(*args, **kwargs))


def _number(x: Any) -> Any:
    """A recorded size or limit as the number it is; the recorder notes the peek."""
    if type(x) is not Traced:
        return x
    if not x.constant:
        x.recorder.peek("index", x.variable)
    return x.value


@stands_in_for(*(f"numpy:{name}" for name in "array asarray asanyarray ascontiguousarray asfortranarray".split()))
def _array(original: Any, a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    if not _has_traced(a):
        return _constant(original(a, dtype, *args, **kwargs))
    result = _stacked(a)
    if dtype is not None and np.dtype(getattr(dtype, "dtype", dtype)) != result.dtype:
        result = astype(result, dtype)
    elif original is np_array and kwargs.get("copy", True) and result is a:
        result = np.copy(result)
    missing = kwargs.get("ndmin", 0) - np.ndim(result)
    return np.reshape(result, (1,) * missing + np.shape(result)) if missing > 0 else result


np_array = np.array

for _name in ("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray"):
    handles(f"numpy.{_name}")(
        lambda a, dtype=None, *args, _original=getattr(np, _name), **kwargs: _array(_original, a, dtype, **kwargs)
    )


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
    dtype = a.dtype if dtype is None else np.dtype(getattr(dtype, "dtype", dtype))
    filled = np.zeros(np.shape(a) if shape is None else shape, dtype) + np.asarray(value, dtype)
    filled = value_of(filled)
    return Traced(a.recorder, a.recorder.constant(filled)) if np.ndim(filled) else filled


@handles("numpy.full_like")
def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Any:
    dtype = np.result_type(a) if dtype is None else dtype
    return astype(np.broadcast_to(fill_value, np.shape(a) if shape is None else shape), dtype)


@handles("numpy.full")
def _full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C") -> Any:
    result = np.broadcast_to(fill_value, _number(shape))
    return np.copy(result) if dtype is None else astype(result, dtype)


# Lists of recorded values -----------------------------------------------------------------------------------------

_TAKES_LISTS = (
    "sum mean prod max min amax amin std var median any all cumsum cumprod dot vdot inner outer matmul argmax argmin "
    "argsort sort abs exp log sqrt square tanh maximum minimum average linalg.norm isnan isfinite ravel reshape "
    "transpose squeeze where clip diff"
)


def _with_stacked(original: Any, *args: Any, **kwargs: Any) -> Any:
    return original(*(_stacked(a) for a in args), **kwargs)


stands_in_for(
    *(
        f"numpy{'.linalg' if '.' in name else ''}:{name.rpartition('.')[2]}"
        for name in _TAKES_LISTS.split()
        if not isinstance(getattr(np, name, None), np.ufunc)
    )
)(_with_stacked)


# np.c_ and np.r_ --------------------------------------------------------------------------------------------------


@stands_in_for("numpy.lib._index_tricks_impl:AxisConcatenator.__getitem__")
def _joined(original: Any, self: Any, key: Any) -> Any:
    parts = key if isinstance(key, tuple) else (key,)
    if not any(map(_has_traced, parts)):
        return original(self, key)
    if any(isinstance(p, (str, slice)) for p in parts):
        raise TraceError("np.r_ and np.c_ with slices or strings cannot be recorded", instead="Use np.concatenate")
    arrays = []
    for part in map(_stacked, parts):
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


_MATH = {
    **{name: name for name in "exp log log2 log10 log1p expm1 sqrt sin cos tan sinh cosh tanh floor ceil".split()},
    **{"pow": "power", "fabs": "abs", "atan": "arctan", "asin": "arcsin", "acos": "arccos", "atan2": "arctan2"},
    **{"isnan": "isnan", "isinf": "isinf", "isfinite": "isfinite", "hypot": "hypot", "exp2": "exp2", "cbrt": "cbrt"},
}


@stands_in_for(*(f"math:{name}" for name in _MATH))
def _math(original: Any, *args: Any) -> Any:
    if not any(type(x) is Traced for x in args):
        return original(*args)
    return getattr(np, _MATH[original.__name__])(*args)


# Sparse matrices --------------------------------------------------------------------------------------------------


@stands_in_for(
    *(f"scipy.sparse._base:_spbase.{name}" for name in ("__matmul__", "__mul__", "dot", "multiply", "__rmatmul__"))
)
def _sparse(original: Any, self: Any, other: Any) -> Any:
    if type(other) is not Traced:
        return original(self, other)
    from cutaway.ops.linear import sparse_product

    if original.__name__ == "__rmatmul__":
        return sparse_product(other, self)
    if original.__name__ == "multiply" or (original.__name__ == "__mul__" and type(self).__name__.endswith("_array")):
        raise TraceError("A sparse matrix times a traced array, entry by entry, cannot be recorded")
    return sparse_product(self, other)
