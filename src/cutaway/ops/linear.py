"""Linear algebra: products of matrices, einsum, solving, determinants, norms."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from cutaway.graph import ZERO
from cutaway.ops.shape import unbroadcast
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.registry import HANDLERS, handles, primitive


def _t(x: Any) -> Any:
    return np.swapaxes(x, -1, -2) if np.ndim(x) > 2 else np.transpose(x)


def _matmul_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == np.ndim(b) == 2:
        return g @ _t(b)
    if np.ndim(b) == 1:
        return unbroadcast(np.expand_dims(g, -1) * b, a)
    if np.ndim(a) == 1:
        return unbroadcast(np.squeeze(b @ np.expand_dims(g, -1), -1), a)
    return unbroadcast(g @ _t(b), a)


def _matmul_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == np.ndim(b) == 2:
        return _t(a) @ g
    if np.ndim(a) == 1:
        return unbroadcast(np.expand_dims(a, -1) * (np.expand_dims(g, -2) if np.ndim(b) > 1 else g[..., None]), b) if np.ndim(b) > 1 else g * a
    if np.ndim(b) == 1:
        return unbroadcast(np.expand_dims(g, -1) * a, b)
    return unbroadcast(_t(a) @ g, b)


MATMUL = primitive(np.matmul, [_matmul_left, _matmul_right], infix=("{0} @ {1}", 12))


def sparse_matmul(x: Any, matrix: Any = None) -> Any:
    """``matrix @ x`` with a SciPy sparse matrix."""
    return matrix @ x


SPARSE_MATMUL = primitive(
    sparse_matmul,
    [lambda g, y, x, matrix: bind(SPARSE_MATMUL, g, matrix=matrix.T.tocsr())],
    show=lambda texts, matrix: f"matrix @ {texts[0]}",
)


@handles("numpy.matmul", "numpy.linalg.matmul")
def _matmul(a: Any, b: Any, /) -> Any:
    if hasattr(a, "indptr") or hasattr(b, "indptr"):
        return sparse_product(a, b)
    return bind(MATMUL, a, b)


def sparse_product(a: Any, b: Any) -> Any:
    """``a @ b`` where one of them is a SciPy sparse matrix and the other is traced."""
    if hasattr(b, "indptr") or hasattr(b, "tocsr"):
        return np.transpose(bind(SPARSE_MATMUL, np.transpose(a), matrix=b.T.tocsr()))
    return bind(SPARSE_MATMUL, b, matrix=a.tocsr())


@handles("numpy.dot")
def _dot(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) <= 2:
        return a @ b
    return np.tensordot(a, b, axes=(-1, -2))


@handles("numpy.vdot")
def _vdot(a: Any, b: Any, /) -> Any:
    return np.ravel(a) @ np.ravel(b)


@handles("numpy.inner")
def _inner(a: Any, b: Any, /) -> Any:
    return a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, axes=(-1, -1))


@handles("numpy.outer", "numpy.linalg.outer")
def _outer(a: Any, b: Any) -> Any:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@handles("numpy.vecdot")
def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return np.sum(x1 * x2, axis=axis)


handles("numpy.linalg.vecdot")(_vecdot)
handles("numpy.matvec")(lambda a, x: np.squeeze(a @ np.expand_dims(x, -1), -1))
handles("numpy.vecmat")(lambda x, a: np.squeeze(np.expand_dims(x, -2) @ a, -2))


@handles("numpy.tensordot", "numpy.linalg.tensordot")
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    n, m = np.ndim(a), np.ndim(b)
    if isinstance(axes, int):
        left, right = list(range(n - axes, n)), list(range(axes))
    else:
        left, right = ([i % k for i in np.atleast_1d(side).tolist()] for side, k in zip(axes, (n, m), strict=True))
    free_a, free_b = [i for i in range(n) if i not in left], [i for i in range(m) if i not in right]
    size = int(np.prod([np.shape(a)[i] for i in left]))
    rows = np.reshape(np.transpose(a, free_a + left), (-1, size))
    columns = np.reshape(np.transpose(b, right + free_b), (size, -1))
    return np.reshape(rows @ columns, [np.shape(a)[i] for i in free_a] + [np.shape(b)[i] for i in free_b])


@handles("numpy.kron")
def _kron(a: Any, b: Any) -> Any:
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    shape = [i * j for i, j in zip(np.shape(a), np.shape(b), strict=True)]
    a = np.reshape(a, [k for i in np.shape(a) for k in (i, 1)])
    return np.reshape(a * np.reshape(b, [k for i in np.shape(b) for k in (1, i)]), shape)


@handles("numpy.cross", "numpy.linalg.cross")
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    product = np.stack(
        [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))], axis=-1
    )
    return np.moveaxis(product, -1, axisc)


# einsum -----------------------------------------------------------------------------------------------------------


def contracted(*operands: Any, subscripts: str) -> Any:
    """``np.einsum(subscripts, *operands)``."""
    return np.einsum(subscripts, *operands, optimize=len(operands) > 2)


def _einsum_rule(i: int) -> Any:
    def rule(g: Any, y: Any, *operands: Any, subscripts: str) -> Any:
        inputs, output = subscripts.split("->")
        terms = inputs.split(",")
        mine, others = terms[i], [t for j, t in enumerate(terms) if j != i]
        known = set(output).union(*others)
        sizes = dict(zip(mine, np.shape(operands[i]), strict=True))
        lost = "".join(k for k in dict.fromkeys(mine) if k not in known)  # summed over in this operand alone
        once = "".join(dict.fromkeys(mine))
        arrays = [g, *(x for j, x in enumerate(operands) if j != i)]
        terms = [output, *others]
        if lost:
            arrays, terms = [*arrays, np.ones([sizes[k] for k in lost])], [*terms, lost]
        result = np.einsum(f"{','.join(terms)}->{once}", *arrays)
        if once != mine:  # a diagonal was read: put the cotangent back onto it
            marks = np.einsum(f"{mine}->{once}", np.arange(np.size(operands[i])).reshape(np.shape(operands[i])))
            flat = HANDLERS["add_at"](_zeros_like(result, np.size(operands[i])), marks.ravel(), np.ravel(result))
            result = np.reshape(flat, np.shape(operands[i]))
        return result

    return rule


def _zeros_like(g: Any, size: int) -> Any:
    return Traced(g.recorder, g.recorder.constant(np.zeros(size, g.dtype)))


class _EinsumRules(list[Any]):
    def __len__(self) -> int:
        return 1_000_000

    def __getitem__(self, i: Any) -> Any:
        return _einsum_rule(i)


EINSUM = primitive(
    contracted,
    _EinsumRules(),
    show=lambda texts, subscripts: f"np.einsum({subscripts!r}, {', '.join(texts)}, optimize={len(texts) > 2})",
)


@handles("numpy.einsum")
def _einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str):  # the form einsum(x, [0, 1], y, [1, 2], [0, 2])
        parts = (subscripts, *operands)
        lists = parts[1::2] if len(parts) % 2 == 0 else parts[1:-1:2]
        spelled = [",".join("".join(string.ascii_letters[k] for k in ks) for ks in lists)]
        if len(parts) % 2:
            spelled.append("".join(string.ascii_letters[k] for k in parts[-1]))
        return np.einsum("->".join(spelled), *parts[0 : 2 * len(lists) : 2])
    text = subscripts.replace(" ", "")
    if "..." in text:
        unused = [c for c in string.ascii_letters if c not in text]
        ranks = [np.ndim(x) - len(t.replace("...", "")) for t, x in zip(text.split("->")[0].split(","), operands, strict=True)]
        widest = max(ranks)
        terms = [
            t.replace("...", "".join(unused[widest - r : widest]))
            for t, r in zip(text.split("->")[0].split(","), ranks, strict=True)
        ]
        output = text.split("->")[1].replace("...", "".join(unused[:widest])) if "->" in text else None
        text = ",".join(terms) + ("" if output is None else f"->{output}")
        if output is None:
            summed = {c for c in text if text.count(c) > 1} - set(unused[:widest])
            free = sorted(set(text) - summed - {","} - set(unused[:widest]))
            text += "->" + "".join(unused[:widest]) + "".join(free)
    if "->" not in text:
        text += "->" + "".join(sorted(c for c in set(text) - {","} if text.count(c) == 1))
    return bind(EINSUM, *operands, subscripts=text)


# diagonals and triangles ------------------------------------------------------------------------------------------


@handles("numpy.diagonal", "numpy.linalg.diagonal")
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = np.shape(a)[-2:]
    i = np.arange(max(0, min(rows + min(offset, 0), columns - max(offset, 0))))
    return a[..., i - min(offset, 0), i + max(offset, 0)]


@handles("numpy.diag")
def _diag(v: Any, k: int = 0) -> Any:
    if np.ndim(v) == 2:
        return np.diagonal(v, k)
    n = np.shape(v)[0] + abs(k)
    return np.reshape(v, (-1, 1))[np.maximum(np.arange(n) - max(-k, 0), 0) % max(np.shape(v)[0], 1)] * np.eye(n, k=k)


handles("numpy.diagflat")(lambda v, k=0: np.diag(np.ravel(v), k))


@handles("numpy.trace", "numpy.linalg.trace")
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@handles("numpy.tril")
def _tril(m: Any, k: int = 0) -> Any:
    return np.where(np.tri(*np.shape(m)[-2:], k=k, dtype=bool), m, 0.0)


@handles("numpy.triu")
def _triu(m: Any, k: int = 0) -> Any:
    return np.where(np.tri(*np.shape(m)[-2:], k=k - 1, dtype=bool), 0.0, m)


# numpy.linalg -----------------------------------------------------------------------------------------------------

INV = primitive(np.linalg.inv, [lambda g, y, a: -_t(y) @ g @ _t(y)])
handles("numpy.linalg.inv")(lambda a: bind(INV, a))


def _solve_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    return unbroadcast(np.linalg.solve(_t(a), g), b)


def _solve_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    back = np.linalg.solve(_t(a), g)
    if np.ndim(b) == 1:
        return unbroadcast(-np.expand_dims(back, -1) * np.expand_dims(y, -2), a)
    return unbroadcast(-back @ _t(y), a)


SOLVE = primitive(np.linalg.solve, [_solve_left, _solve_right])
handles("numpy.linalg.solve")(lambda a, b: bind(SOLVE, a, b))

DET = primitive(np.linalg.det, [lambda g, y, a: (g * y)[..., None, None] * _t(np.linalg.inv(a))])
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
    [lambda g, y, a: g[..., None, None] * _t(np.linalg.inv(a))],
    show=lambda texts: f"np.linalg.slogdet({texts[0]})[1]",
)
handles("numpy.linalg.slogdet")(lambda a: (bind(SIGN_OF_DET, a), bind(LOG_OF_DET, a)))


def _cholesky_rule(g: Any, y: Any, a: Any) -> Any:
    """Murray (2016), Differentiation of the Cholesky decomposition, eq. 9, symmetrised."""
    n = np.shape(a)[-1]
    lower = np.tri(n) - 0.5 * np.eye(n)
    inverse = np.linalg.inv(y)
    middle = lower * (_t(y) @ g)
    half = _t(inverse) @ middle @ inverse
    return 0.5 * (half + _t(half))


CHOLESKY = primitive(np.linalg.cholesky, [_cholesky_rule])
handles("numpy.linalg.cholesky")(lambda a: bind(CHOLESKY, a))


@handles("numpy.linalg.matrix_power")
def _matrix_power(a: Any, n: int) -> Any:
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result = np.eye(np.shape(a)[-1])
    for _ in range(n):
        result = result @ a
    return result


@handles("numpy.linalg.multi_dot")
def _multi_dot(arrays: Any) -> Any:
    result = arrays[0]
    for a in arrays[1:]:
        result = np.dot(result, a)
    return result


@handles("numpy.linalg.vector_norm")
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if ord == 2:
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
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
    axes = tuple(range(np.ndim(x))) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if ord in (None, "fro") or len(axes) == 1:
        return np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=2 if ord in (None, "fro") else ord)
    return np.linalg.matrix_norm(np.moveaxis(x, axes, (-2, -1)), keepdims=keepdims, ord=ord)


@handles("numpy.linalg.matrix_norm")
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    if ord == "fro":
        return np.sqrt(np.sum(np.square(x), axis=(-2, -1), keepdims=keepdims))
    if ord not in (1, -1, np.inf, -np.inf):
        return np.linalg.svd(x)  # says that singular values cannot be recorded
    sums = np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1, keepdims=True)
    result = (np.max if ord > 0 else np.min)(sums, axis=(-2, -1), keepdims=True)
    return result if keepdims else np.squeeze(result, (-2, -1))
