"""The stand-in for an array while a program is recorded.

A :class:`Traced` is a box that holds the current variable of an array. Every operation on it goes through NumPy's
protocols to the handlers in :mod:`cutaway.tracing.registry`. An in-place update puts a new variable into the box, and a
view remembers what it is a view of: so aliases see each other's writes, exactly as in NumPy, while the recorded graph
stays purely functional.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from cutaway import tree
from cutaway.errors import DtypeError, ShapeError, TraceError
from cutaway.graph import Atom, Primitive, Var, function_name
from cutaway.tracing import frames
from cutaway.tracing.methods import ArrayMethods
from cutaway.tracing.recorder import Recorder
from cutaway.tracing.registry import HANDLERS, REFUSED


class _Storage:
    """Counts the writes to an array and all its views."""

    __slots__ = ("writes",)

    def __init__(self) -> None:
        self.writes = 0


class Traced(ArrayMethods, NDArrayOperatorsMixin):
    """An array, NumPy scalar or Python float that is being recorded.

    ``isinstance`` answers for it as for the value that it stands for, so that ``isinstance(x, np.ndarray)`` in the
    author's code takes the path that it always takes.
    """

    __slots__ = ("__weakref__", "_base", "_get", "_put", "_seen", "_storage", "_var", "recorder")

    def __init__(self, recorder: Recorder, var: Var) -> None:
        self.recorder = recorder
        self._var = var
        self._base: Traced | None = None
        self._storage, self._seen = _Storage(), 0

    # The box ---------------------------------------------------------------------------------------------------

    @property
    def variable(self) -> Var:
        """The current variable; a view of an array that was written to meanwhile is read afresh."""
        if self._base is not None and self._seen != self._storage.writes:
            self._seen = self._storage.writes
            self._var = self._get(self._base).variable
        return self._var

    @property
    def value(self) -> Any:
        """The value for the example input."""
        return self.variable.value

    def write(self, new: Traced) -> None:
        """Put a new value into this array, and into the array that it is a view of."""
        if self._base is not None:
            self._base.write(self._put(self._base, new))
        else:
            self._storage.writes += 1
        self._var, self._seen = new.variable, self._storage.writes

    def view_of(self, base: Traced, get: Callable[[Traced], Traced], put: Callable[[Traced, Traced], Traced]) -> Traced:
        """Declare this array a view: ``get(base)`` reads it, ``put(base, new)`` is the base after a write to it."""
        if np.may_share_memory(self.value, base.value):
            self._base, self._get, self._put = base, get, put
            self._storage, self._seen = base._storage, base._storage.writes
        return self

    def take_shape(self, shape: Any) -> bool:
        """Let a view be of another shape from now on; an array of its own cannot, as views of it know its old one."""
        if self._base is None:
            return False
        same = Traced(self.recorder, self.variable).view_of(self._base, self._get, self._put)
        turned: Any = np.reshape(same, shape)
        if turned._base is None:
            return False
        self._var, self._base, self._get, self._put = turned.variable, turned._base, turned._get, turned._put
        self._storage, self._seen = turned._storage, turned._seen
        return True

    @property
    def constant(self) -> bool:
        """Whether the value depends on no input of the recording."""
        return self.variable not in self.recorder.varying

    # NumPy's protocols -----------------------------------------------------------------------------------------

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self.value)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "at":
            return _ufunc_at(ufunc, *inputs)
        (out,) = kwargs.pop("out", (None,)) or (None,)
        if method == "__call__":
            dtype, mask = kwargs.pop("dtype", None), kwargs.pop("where", True)
            if dtype is not None:
                inputs = tuple(HANDLERS["numpy.astype"](x, dtype) for x in inputs)
            if mask is not True:
                inputs = tuple(_harmless(x, mask) for x in inputs)
            result = _call(ufunc, inputs, kwargs)
            if mask is not True:
                result = np.where(mask, result, 0 if out is None else out)
        else:
            result = _ufunc_method(ufunc, method, inputs, kwargs)
        return result if out is None else _write_out(out, result, ufunc)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        result = _call(func, args, kwargs)
        return result if out is None else _write_out(out, result, func)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if not self.constant and self.dtype.kind in "biu":  # np.int64(z > 0): no gradient is lost
            self._peek("index")
        elif not self.constant:
            raise TraceError(
                f"NumPy asked for the plain contents of {self._label()}, which would freeze it in the recording",
                instead="Use a function of np.* instead of the method of a plain array (np.dot(X, W), X @ W), np.stack "
                "instead of building an array by hand, and float(x) where you only want to look",
            )
        return np.array(self.value, dtype=dtype)

    def _label(self) -> str:
        name = self.variable.name or frames.local_name(frames.author_frame(), self) or "a traced value"
        return f"{name} (shape {self.shape}, {self.dtype})"

    # Python looks at the value ---------------------------------------------------------------------------------

    def _peek(self, kind: str) -> Any:
        self.recorder.peek(kind, self.variable)
        return self.value

    def _not_stored(self) -> None:
        if not self.constant and frames.stores(frames.author_frame()):
            raise TraceError(
                f"{self._label()} is written into a plain array, which would freeze it in the recording",
                instead="Import NumPy at the top of the module (then np.zeros inside the function is recorded), or "
                "build the array with np.stack",
            )

    def __bool__(self) -> bool:
        return bool(self._peek("branch"))

    def __int__(self) -> int:
        self._not_stored()
        return int(self._peek("print" if frames.computes(frames.author_frame()) else "index"))  # "%d" % x

    def __index__(self) -> int:
        if self.dtype.kind not in "iub" or self.ndim:
            raise TypeError(f"only integer scalars can be an index, received {self._label()}")
        return int(self._peek("index"))

    def __float__(self) -> float:
        self._not_stored()
        if frames.computes(frames.author_frame()):  # "%.3f" % x
            return float(self._peek("print"))
        number = float(self._peek("number"))
        self.recorder.remember_float(number, self.variable)
        return number

    def __complex__(self) -> complex:
        if self.constant:
            return complex(self.value)
        raise TraceError(f"{self._label()} was converted to a complex number; recorded arrays are real")

    def __format__(self, spec: str) -> str:
        return format(self._peek("print"), spec)

    def __str__(self) -> str:
        return str(self._peek("print"))

    def __repr__(self) -> str:
        return repr(self._peek("print"))

    def __len__(self) -> int:
        return len(self.value)

    def __hash__(self) -> int:
        return hash(self.value)  # as NumPy: an array is unhashable, a scalar hashes by value

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self == item))

    def __round__(self, ndigits: int | None = None) -> Any:
        rounded = np.round(cast(Any, self), ndigits or 0)
        if ndigits is not None or self.ndim:
            return rounded
        return HANDLERS["item"](HANDLERS["numpy.astype"](rounded, int))  # an integer, as Python's numbers give

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        raise TraceError("A traced array cannot be saved or sent to another process while it is being recorded")

    # Indexing, in-place ----------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        return HANDLERS["getitem"](self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        if frames.calls(sys._getframe(1)):
            raise TraceError(
                f"{self._label()} is written to by a function that NumPy's protocols do not reach, such as rng.shuffle",
                instead="Write x = x[rng.permutation(len(x))]",
            )
        self.write(HANDLERS["setitem"](self, index, value))


def _harmless(x: Any, mask: Any) -> Any:
    """``x`` with a harmless number where ``mask`` leaves it out: there a slope of infinity times 0 would be NaN."""
    kind = np.result_type(value_of(x)).kind
    return np.where(mask, x, 0.5 if kind == "f" else 1) if kind in "iuf" else x


def value_of(x: Any) -> Any:
    """The value of a traced array; anything else as it is."""
    return x.value if type(x) is Traced else x


def bind(primitive: Primitive, *args: Any, **params: Any) -> Any:
    """Compute ``primitive`` on arrays, and record it if one of them is traced.

    Constants that were captured get the name under which the author's code knows them.
    """
    recorder = next((a.recorder for a in args if type(a) is Traced), None)
    if recorder is None:
        return primitive.fn(*args, **params)
    atoms: list[Atom] = []
    for x in args:
        if type(x) in (list, tuple):  # it may hold recorded numbers
            x = HANDLERS["numpy.array"](x)
        atom = x.variable if type(x) is Traced else recorder.atom(x)
        if isinstance(atom, Var) and atom.name is None and recorder.origin is None:
            atom.name = frames.local_name(frames.author_frame(), x)
        atoms.append(atom)
    return Traced(recorder, recorder.equation(primitive, tuple(atoms), params))


# Dispatch --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _signature(handler: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(handler)


def _call(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the handler of a NumPy function, or say why there is none."""
    name = function_name(func)
    handler = HANDLERS.get(name)
    try:
        if handler is not None:
            _signature(handler).bind(*args, **kwargs)
    except TypeError as error:
        reason, handler = f"it was called with arguments that are not known to the recorder ({error})", None
    else:
        reason = REFUSED.get(name, "it is not known to the recorder")
    if handler is not None:
        return handler(*args, **kwargs)
    traced = [x for _, x in tree.leaves((args, kwargs)) if type(x) is Traced]
    if not all(x.constant for x in traced):
        raise TraceError(f"{_short(name)} cannot be recorded: {reason}")
    plain_args, plain_kwargs = tree.map_leaves(value_of, (args, kwargs))
    return tree.map_leaves(_constant_in(traced[0].recorder), func(*plain_args, **plain_kwargs))


def _constant_in(recorder: Recorder) -> Callable[[Any], Any]:
    """The result of a function of constants is a constant."""
    return lambda x: Traced(recorder, recorder.constant(x)) if type(x) is np.ndarray and x.dtype.kind in "biuf" else x


def _short(name: str) -> str:
    return name.replace("numpy", "np", 1)


_REDUCE: dict[np.ufunc, str] = {
    np.add: "numpy.sum",
    np.multiply: "numpy.prod",
    np.maximum: "numpy.max",
    np.minimum: "numpy.min",
    np.logical_and: "numpy.all",
    np.logical_or: "numpy.any",
}
_ACCUMULATE: dict[np.ufunc, str] = {np.add: "numpy.cumsum", np.multiply: "numpy.cumprod"}


def _ufunc_method(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    kwargs = {k: v for k, v in kwargs.items() if v is not np._NoValue}
    if kwargs.get("where") is True:
        del kwargs["where"]
    table: dict[np.ufunc, str] = {"reduce": _REDUCE, "accumulate": _ACCUMULATE}.get(method, {})
    if ufunc in table:
        axis = kwargs.pop("axis", inputs[1] if len(inputs) > 1 else 0)
        return HANDLERS[table[ufunc]](inputs[0], axis=axis, **kwargs)
    if method == "outer":
        a, b = inputs
        return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **kwargs)
    raise TraceError(f"np.{ufunc.__name__}.{method} cannot be recorded", instead="Use np.sum, np.cumsum or a loop")


def _ufunc_at(ufunc: np.ufunc, target: Any, index: Any, *values: Any) -> None:
    signs: dict[np.ufunc, int] = {np.add: 1, np.subtract: -1}
    sign = signs.get(ufunc)
    if sign is None or type(target) is not Traced:
        raise TraceError(
            f"np.{ufunc.__name__}.at cannot be recorded here", instead="Use np.add.at on an array made in this function"
        )
    target.write(HANDLERS["add_at"](target, index, values[0] if sign > 0 else -values[0]))


def _write_out(out: Any, result: Any, func: Callable[..., Any]) -> Any:
    """In-place: ``out`` receives ``result`` under NumPy's rules for shapes and dtypes."""
    if type(out) is not Traced:
        raise TraceError(
            f"{_short(function_name(func))} writes a traced result into a plain array of shape {np.shape(out)}",
            instead="Make the array inside the recorded function, or write a = a + b instead of a += b",
        )
    if not isinstance(out.value, np.ndarray):
        return result  # scalars are immutable: x += 1 makes a new one
    if np.shape(result) != out.shape:
        raise ShapeError(
            f"In-place {func.__name__} gives another shape than the array that it writes to",
            received=f"result {np.shape(result)} for an array of shape {out.shape}",
        )
    dtype = np.result_type(value_of(result))
    if not np.can_cast(dtype, out.dtype, "same_kind"):
        raise DtypeError(
            f"In-place {func.__name__} cannot store {dtype} values in an array of {out.dtype}: they would be cut off",
            instead="Make the array of floats: np.array([0.0, 1.0]) or .astype(float)",
        )
    out.write(cast(Traced, result if dtype == out.dtype else HANDLERS["numpy.astype"](result, out.dtype)))
    return out
