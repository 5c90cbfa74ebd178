"""Operations that give the same entries another shape or dtype: reshaping, transposing, broadcasting, copies, casts."""

from __future__ import annotations

import inspect
import operator
from typing import Any

import numpy as np

from cutaway.graph import literal
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.registry import handles, primitive


def unbroadcast(g: Any, like: Any) -> Any:
    """Sum ``g`` over the axes along which an array of the shape of ``like`` was broadcast."""
    shape = np.shape(like)
    if np.shape(g) == shape:
        return g
    extra = np.ndim(g) - len(shape)
    if extra < 0:  # a[i] = v, where v has axes of length 1 in front that a[i] has not
        return np.reshape(unbroadcast(g, np.empty(shape[-extra:])), shape)
    stretched = tuple(i + extra for i, n in enumerate(shape) if n == 1 and np.shape(g)[i + extra] != 1)
    if stretched and not extra:
        return np.sum(g, axis=stretched if len(stretched) > 1 else stretched[0], keepdims=True)
    axes = (*range(extra), *stretched)
    g = np.sum(g, axis=axes if len(axes) > 1 else axes[0]) if axes else g
    return g if np.shape(g) == shape else np.reshape(g, shape)


def known(x: Any) -> Any:
    """A size, place or limit as the plain value that it has; if it is recorded, the recorder notes the look at it."""
    if isinstance(x, (list, tuple)):
        return type(x)([known(part) for part in x])
    if type(x) is not Traced:
        return x
    x.recorder.peek("index", x.variable)
    return x.value


def stacked(x: Any) -> Any:
    """A nested list with recorded values in it as one recorded array."""
    if not isinstance(x, (list, tuple)) or not holds_traced(x):
        return x
    return np.stack([stacked(part) for part in x])


def holds_traced(x: Any) -> bool:
    """Whether ``x`` is recorded, or a nested list with recorded values in it."""
    return type(x) is Traced or (isinstance(x, (list, tuple)) and any(map(holds_traced, x)))


def strong(x: Any) -> Any:
    """What ``np.asarray`` makes of an argument: a Python number becomes a float64 that promotes float32."""
    x = stacked(x)
    return x if type(x) is Traced else np.asarray(x)[()]


def normal_axis(axis: Any, ndim: int) -> int:
    """``axis`` counted from the front."""
    return operator.index(axis) % ndim if -ndim <= axis < ndim else int(np.empty(0).sum(axis=axis))  # raises AxisError


# Reshape, transpose -----------------------------------------------------------------------------------------------


def _reshape_of_numpy_20(a: Any, shape: Any) -> Any:
    return np.reshape(a, shape)  # NumPy 2.0 calls its second argument newshape


_reshape_of_numpy_20.__module__, _reshape_of_numpy_20.__qualname__ = "numpy", "reshape"
_reshape_of_numpy_20.__name__ = "reshape"

RESHAPE = primitive(
    np.reshape if "shape" in inspect.signature(np.reshape).parameters else _reshape_of_numpy_20,
    [lambda g, y, a, shape: np.reshape(g, np.shape(a))],
    show=lambda texts, shape: f"{texts[0]}.reshape({literal(shape)})",
)
TRANSPOSE = primitive(
    np.transpose,
    [lambda g, y, a, axes=None: np.transpose(g, axes and tuple(int(i) for i in np.argsort(axes)))],
    show=lambda texts, axes=None: f"{texts[0]}.T" if axes is None else f"{texts[0]}.transpose({axes})",
)
BROADCAST = primitive(np.broadcast_to, [lambda g, y, a, shape: unbroadcast(g, a)])


@handles("numpy.reshape")
def _reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: bool | None = None) -> Any:
    shape = newshape if shape is None else shape
    target = np.broadcast_to(0, np.shape(a)).reshape(shape).shape  # resolves -1, and raises NumPy's own error
    if order == "F":
        return np.transpose(np.reshape(np.transpose(a), target[::-1]))
    if target == np.shape(a) and isinstance(a, Traced) and copy is not True:
        return bind(RESHAPE, a, shape=target).view_of(a, lambda base: base, lambda base, new: new)
    result = bind(RESHAPE, a, shape=target)
    if copy is True or type(a) is not Traced:
        return result
    return result.view_of(
        a, lambda base: np.reshape(base, target), lambda base, new: bind(RESHAPE, new, shape=base.shape)
    )


@handles("numpy.transpose")
def _transpose(a: Any, axes: Any = None) -> Any:
    if axes is not None:
        axes = tuple(normal_axis(i, np.ndim(a)) for i in axes)
        axes = None if axes == tuple(range(np.ndim(a)))[::-1] else axes
    if np.ndim(a) < 2 and axes is None:
        return a
    back = axes and tuple(int(i) for i in np.argsort(axes))
    how, undo = ({"axes": axes} if axes else {}), ({"axes": back} if back else {})
    return bind(TRANSPOSE, a, **how).view_of(
        a, lambda base: np.transpose(base, axes), lambda base, new: bind(TRANSPOSE, new, **undo)
    )


@handles("numpy.ravel")
def _ravel(a: Any, order: str = "C") -> Any:
    return np.reshape(a, -1, order="F" if order == "F" else "C")


@handles("numpy.matrix_transpose", "numpy.linalg.matrix_transpose")
def _matrix_transpose(x: Any, /) -> Any:
    return np.swapaxes(x, -1, -2)


@handles("numpy.swapaxes")
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    order = list(range(np.ndim(a)))
    i, j = normal_axis(axis1, len(order)), normal_axis(axis2, len(order))
    order[i], order[j] = j, i
    return np.transpose(a, order)


@handles("numpy.moveaxis")
def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    ndim = np.ndim(a)
    sources = [normal_axis(i, ndim) for i in np.atleast_1d(source).tolist()]
    targets = [normal_axis(i, ndim) for i in np.atleast_1d(destination).tolist()]
    order = [i for i in range(ndim) if i not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return np.transpose(a, order)


@handles("numpy.rollaxis")
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis = normal_axis(axis, np.ndim(a))
    start = start + np.ndim(a) if start < 0 else start
    return np.moveaxis(a, axis, start - (axis < start))


@handles("numpy.expand_dims")
def _expand_dims(a: Any, axis: Any) -> Any:
    return np.reshape(a, np.expand_dims(np.broadcast_to(0, np.shape(a)), axis).shape)


@handles("numpy.squeeze")
def _squeeze(a: Any, axis: Any = None) -> Any:
    return np.reshape(a, np.squeeze(np.broadcast_to(0, np.shape(a)), axis).shape)


def _atleast(n: int) -> Any:
    plain = {1: np.atleast_1d, 2: np.atleast_2d, 3: np.atleast_3d}[n]

    def atleast(*arrays: Any) -> Any:
        results = tuple(np.reshape(a, plain(np.broadcast_to(0, np.shape(a))).shape) for a in arrays)
        return results[0] if len(results) == 1 else results

    return atleast


for _n in (1, 2, 3):
    handles(f"numpy.atleast_{_n}d")(_atleast(_n))


@handles("numpy.broadcast_to")
def _broadcast_to(array: Any, shape: Any) -> Any:
    target = np.broadcast_to(np.broadcast_to(0, np.shape(array)), shape).shape
    return bind(BROADCAST, array, shape=target)


@handles("numpy.broadcast_arrays")
def _broadcast_arrays(*arrays: Any) -> Any:
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


@handles("numpy.meshgrid")
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    n = len(xi)
    columns = [np.reshape(x, (1,) * i + (-1,) + (1,) * (n - 1 - i)) for i, x in enumerate(xi)]
    grids = columns if sparse else np.broadcast_arrays(*columns)
    return tuple(np.swapaxes(g, 0, 1) if indexing == "xy" and n > 1 else g for g in grids)


# Copies and dtypes ------------------------------------------------------------------------------------------------


def astype(x: Any, dtype: Any) -> Any:
    """``x.astype(dtype)`` for arrays, scalars and traced arrays."""
    dtype = np.dtype(dtype)
    return bind(ASTYPE, x, dtype=dtype) if type(x) is Traced else np.asarray(x).astype(dtype)[()]


COPY = primitive(np.copy, [lambda g, y, a: g])
ASTYPE = primitive(
    astype,
    [lambda g, y, a, dtype: astype(g, np.result_type(a))],
    show=lambda texts, dtype: f"{texts[0]}.astype({dtype.name!r})",
)


@handles("numpy.copy")
def _copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return bind(COPY, a)


@handles("numpy.astype")
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    return astype(x, dtype)


def python_number(x: Any) -> Any:
    """``x.item()``: the Python number of an array of one entry."""
    return x.item() if hasattr(x, "item") else x


ITEM = primitive(
    python_number, [lambda g, y, a: np.reshape(g * 1.0, np.shape(a))], show=lambda texts: f"{texts[0]}.item()"
)


@handles("item")
def _item(x: Any) -> Any:
    return bind(ITEM, x)
