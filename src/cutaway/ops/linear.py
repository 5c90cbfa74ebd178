"""Products of arrays: matrix products, also with sparse matrices, contractions, einsum."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from cutaway.graph import NOT_WRITTEN, Primitive
from cutaway.ops.select import SCATTER, Slot
from cutaway.ops.shape import strong, unbroadcast
from cutaway.tracing import frames
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.registry import handles, primitive


def matrix_transpose(x: Any) -> Any:
    """The last two axes swapped."""
    return np.swapaxes(x, -1, -2) if np.ndim(x) > 2 else np.transpose(x)


def _matmul_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return unbroadcast(np.expand_dims(g, -1) * b, a)
    if np.ndim(a) == 1:
        return unbroadcast(np.squeeze(b @ np.expand_dims(g, -1), -1), a)
    return unbroadcast(g @ matrix_transpose(b), a)


def _matmul_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return unbroadcast(np.expand_dims(g, -1) * a, b)
    if np.ndim(a) == 1:
        return unbroadcast(np.expand_dims(a, -1) * np.expand_dims(g, -2), b)
    return unbroadcast(matrix_transpose(a) @ g, b)


MATMUL = primitive(np.matmul, [_matmul_left, _matmul_right], infix=("{0} @ {1}", 12))


def sparse_matmul(matrix: Any, x: Any) -> Any:
    """``matrix @ x`` with a SciPy sparse matrix, which is a constant of the program."""
    return matrix @ x


def _sparse_rule(g: Any, y: Any, matrix: Any, x: Any) -> Any:
    return sparse_product(matrix.value.T, g)


SPARSE_MATMUL: Primitive = primitive(sparse_matmul, [NOT_WRITTEN, _sparse_rule], infix=("{0} @ {1}", 12))


@handles("numpy.matmul", "numpy.linalg.matmul")
def _matmul(a: Any, b: Any, /) -> Any:
    if hasattr(a, "tocsr") or hasattr(b, "tocsr"):
        return sparse_product(a, b)
    return bind(MATMUL, a, b)


def sparse_product(a: Any, b: Any) -> Any:
    """``a @ b`` where one of them is a SciPy sparse matrix."""
    if hasattr(b, "tocsr"):
        return np.transpose(sparse_product(b.T, np.transpose(a)))
    if type(b) is not Traced:
        return a @ b
    name = frames.local_name(frames.author_frame(), a) or "matrix"
    return bind(SPARSE_MATMUL, Traced(b.recorder, b.recorder.constant(a.tocsr(), name)), b)


@handles("numpy.dot")
def _dot(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return strong(a) * strong(b)
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


@handles("numpy.tensordot")
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


handles("numpy.linalg.tensordot")(lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes))


@handles("numpy.kron")
def _kron(a: Any, b: Any) -> Any:
    n = max(np.ndim(a), np.ndim(b))
    a, b = (np.reshape(x, (1,) * (n - np.ndim(x)) + np.shape(x)) for x in (a, b))
    shape = [i * j for i, j in zip(np.shape(a), np.shape(b), strict=True)]
    a = np.reshape(a, [k for i in np.shape(a) for k in (i, 1)])
    return np.reshape(a * np.reshape(b, [k for i in np.shape(b) for k in (1, i)]), shape)


@handles("numpy.cross")
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    product = np.stack([a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))], axis=-1)
    return np.moveaxis(product, -1, axisc)


handles("numpy.linalg.cross")(lambda x1, x2, /, *, axis=-1: np.cross(x1, x2, axis=axis))


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
            shape, size = np.shape(operands[i]), np.size(operands[i])
            places = np.einsum(f"{mine}->{once}", np.arange(size).reshape(shape)).ravel()
            flat = bind(SCATTER, np.ravel(result), places, index=(Slot(0),), shape=(size,))
            result = np.reshape(flat, shape)
        return unbroadcast(result, operands[i])

    return rule


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
        ranks = [
            np.ndim(x) - len(t.replace("...", ""))
            for t, x in zip(text.split("->")[0].split(","), operands, strict=True)
        ]
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
