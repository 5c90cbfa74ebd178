"""numpy.linalg: inverses, solving, determinants, Cholesky factors and norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cutaway.graph import ZERO
from cutaway.ops.linear import matrix_transpose
from cutaway.ops.reduce import axes_of, spread
from cutaway.ops.shape import unbroadcast
from cutaway.tracing.array import bind, value_of
from cutaway.tracing.registry import handles, primitive


def _as_matrix(g: Any) -> Any:
    """The cotangent of one number for each matrix, in a shape that broadcasts against the matrices."""
    return np.expand_dims(g, (-2, -1))


INV = primitive(np.linalg.inv, [lambda g, y, a: -matrix_transpose(y) @ g @ matrix_transpose(y)])
handles("numpy.linalg.inv")(lambda a: bind(INV, a))


def _solve_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return unbroadcast(np.squeeze(np.linalg.solve(matrix_transpose(a), np.expand_dims(g, -1)), -1), b)
    return unbroadcast(np.linalg.solve(matrix_transpose(a), g), b)


def _solve_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        g, y = np.expand_dims(g, -1), np.expand_dims(y, -1)
    return unbroadcast(-np.linalg.solve(matrix_transpose(a), g) @ matrix_transpose(y), a)


SOLVE = primitive(np.linalg.solve, [_solve_left, _solve_right])
handles("numpy.linalg.solve")(lambda a, b: bind(SOLVE, a, b))

DET = primitive(np.linalg.det, [lambda g, y, a: _as_matrix(g * y) * matrix_transpose(np.linalg.inv(a))])
handles("numpy.linalg.det")(lambda a: bind(DET, a))


def sign_of_det(a: Any) -> Any:
    """``np.linalg.slogdet(a)[0]``."""
    return np.linalg.slogdet(a)[0]


def log_of_det(a: Any) -> Any:
    """``np.linalg.slogdet(a)[1]``."""
    return np.linalg.slogdet(a)[1]


SIGN_OF_DET = primitive(sign_of_det, ZERO, show=lambda texts: f"np.linalg.slogdet({texts[0]})[0]")
LOG_OF_DET = primitive(
    log_of_det,
    [lambda g, y, a: _as_matrix(g) * matrix_transpose(np.linalg.inv(a))],
    show=lambda texts: f"np.linalg.slogdet({texts[0]})[1]",
)
_SlogdetResult: Any = type(np.linalg.slogdet(np.eye(1)))
handles("numpy.linalg.slogdet")(lambda a: _SlogdetResult(bind(SIGN_OF_DET, a), bind(LOG_OF_DET, a)))


def _cholesky_rule(g: Any, y: Any, a: Any) -> Any:
    """Murray (2016), Differentiation of the Cholesky decomposition, eq. 9; for the lower triangle that NumPy reads."""
    n, dtype = np.shape(a)[-1], np.result_type(value_of(a))
    lower, unit = np.tri(n, dtype=dtype), np.eye(n, dtype=dtype)
    inverse = np.linalg.inv(y)
    half = matrix_transpose(inverse) @ ((lower - 0.5 * unit) * (matrix_transpose(y) @ g)) @ inverse
    return (half + matrix_transpose(half)) * (lower - 0.5 * unit)


CHOLESKY = primitive(np.linalg.cholesky, [_cholesky_rule])


@handles("numpy.linalg.cholesky")
def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    if upper:
        return matrix_transpose(bind(CHOLESKY, matrix_transpose(a)))
    return bind(CHOLESKY, a)


@handles("numpy.linalg.matrix_power")
def _matrix_power(a: Any, n: int) -> Any:
    if n == 0:
        return np.broadcast_to(np.eye(np.shape(a)[-1], dtype=a.dtype), np.shape(a))
    a, n = (np.linalg.inv(a), -n) if n < 0 else (a, n)
    result = a
    for _ in range(n - 1):
        result = result @ a
    return result


@handles("numpy.linalg.multi_dot")
def _multi_dot(arrays: Any) -> Any:
    result = arrays[0]
    for a in arrays[1:]:
        result = np.dot(result, a)
    return result


@handles("numpy.linalg.tensorinv")
def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = np.shape(a)
    inverse = np.linalg.inv(np.reshape(a, (math.prod(shape[:ind]), -1)))
    return np.reshape(inverse, shape[ind:] + shape[:ind])


@handles("numpy.linalg.tensorsolve")
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, range(np.ndim(a) - len(axes), np.ndim(a)))
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, math.prod(shape))), np.ravel(b)), shape)


# Norms ------------------------------------------------------------------------------------------------------------


def _norm_rule(g: Any, y: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The slope of a length at zero is taken as zero."""
    return spread(g / np.where(y == 0, 1.0, y), a, axis, keepdims) * a


NORM = primitive(np.linalg.norm, [_norm_rule])


@handles("numpy.linalg.vector_norm")
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if ord == 2:
        if isinstance(axis, tuple) and len(axis) > 2:
            return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
        return bind(NORM, x, **axes_of(x, axis, keepdims))
    size = np.abs(x)
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(x != 0, axis=axis, keepdims=keepdims) * 1.0
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


@handles("numpy.linalg.norm")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is None:
        return bind(NORM, x, **axes_of(x, axis, keepdims))
    axes = tuple(range(np.ndim(x))) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(axes) == 1:
        return np.linalg.vector_norm(x, axis=axes[0], keepdims=keepdims, ord=ord)
    result = np.linalg.matrix_norm(np.moveaxis(x, axes, (-2, -1)), ord=ord)
    return np.expand_dims(result, axes) if keepdims else result


@handles("numpy.linalg.matrix_norm")
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    if ord == "fro":
        return bind(NORM, x, **axes_of(x, (-2, -1), keepdims))
    if ord not in (1, -1, np.inf, -np.inf):
        return np.linalg.svd(x)  # says that singular values cannot be recorded
    sums = np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1, keepdims=True)
    result = (np.max if ord > 0 else np.min)(sums, axis=(-2, -1), keepdims=True)
    return result if keepdims else np.squeeze(result, (-2, -1))
