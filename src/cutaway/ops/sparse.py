"""Sparse matrices whose stored numbers are recorded, as after dropout or in attention over the links of a graph.

Where the entries stand never changes: ``indices`` holds the column of each entry, row by row, and row i has the entries
``indptr[i]`` to ``indptr[i + 1]``, as in SciPy's CSR format. (A matrix that is a constant as a whole is simply
multiplied, ``A @ x``.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.graph import ZERO
from cutaway.ops.select import TAKE, Slot
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.registry import primitive


def csr_matmul(values: Any, x: Any, indices: Any, indptr: Any) -> Any:
    """Product of a sparse matrix and a dense one.

    Parameters
    ----------
    values : array, shape (n_entries,)
        The stored numbers, row by row.
    x : array, shape (n_columns, k)
    indices, indptr : integer arrays, shapes (n_entries,) and (n_rows + 1,)
        Where the entries stand.

    Returns
    -------
    array, shape (n_rows, k)

    Examples
    --------
    >>> csr_matmul(np.array([2.0, 3.0]), np.array([[1.0], [10.0]]), np.array([0, 1]), np.array([0, 2, 2]))
    array([[32.],
           [ 0.]])
    """
    if any(type(a) is Traced for a in (values, x, indices, indptr)):
        return bind(CSR_MATMUL, values, x, indices, indptr)
    from scipy.sparse import csr_array

    return csr_array((values, indices, indptr), shape=(len(indptr) - 1, len(x))) @ x


def segment_softmax(x: Any, indptr: Any) -> Any:
    """Softmax over the rows ``indptr[i]`` to ``indptr[i + 1]`` of ``x`` for every i, each column by itself.

    Parameters
    ----------
    x : array, shape (n_entries, k)
    indptr : integer array, shape (n_segments + 1,)
        From 0 to n_entries; a segment may be empty.

    Examples
    --------
    >>> segment_softmax(np.array([[0.0], [0.0], [7.0]]), np.array([0, 2, 3]))
    array([[0.5],
           [0.5],
           [1. ]])
    """
    if type(x) is Traced or type(indptr) is Traced:
        return bind(SEGMENT_SOFTMAX, x, indptr)
    sizes = np.diff(indptr)
    starts, sizes = indptr[:-1][sizes > 0], sizes[sizes > 0]  # reduceat knows no empty segments
    with np.errstate(under="ignore"):
        e = np.exp(x - np.repeat(np.maximum.reduceat(x, starts), sizes, axis=0))
    return e / np.repeat(np.add.reduceat(e, starts), sizes, axis=0)


def gather(x: Any, places: Any) -> Any:
    """``x[places]`` for the rows of ``x`` (n, k), as a product, whose gradient is a product too."""
    return csr_matmul(np.ones(len(places), x.dtype), x, places, np.arange(len(places) + 1))


def rows_of(indptr: Any, n_entries: int) -> Any:
    """The row of each entry."""
    return np.searchsorted(indptr, np.arange(n_entries), side="right") - 1


def _at(x: Any, places: Any) -> Any:
    return bind(TAKE, x, places, index=(Slot(0),))


def _values_rule(g: Any, y: Any, values: Any, x: Any, indices: Any, indptr: Any) -> Any:
    return np.sum(_at(g, rows_of(indptr, len(values))) * _at(x, indices), axis=1)


def _x_rule(g: Any, y: Any, values: Any, x: Any, indices: Any, indptr: Any) -> Any:
    order = np.argsort(indices, kind="stable")  # the transposed matrix has the same entries column by column
    starts = np.searchsorted(_at(indices, order), np.arange(len(x) + 1))
    return csr_matmul(_at(values, order), g, _at(rows_of(indptr, len(values)), order), starts)


def _softmax_rule(g: Any, y: Any, x: Any, indptr: Any) -> Any:
    n = len(x)
    totals = csr_matmul(np.ones(n, y.dtype), g * y, np.arange(n), indptr)
    return y * (g - gather(totals, rows_of(indptr, n)))


CSR_MATMUL = primitive(csr_matmul, [_values_rule, _x_rule, ZERO, ZERO])
SEGMENT_SOFTMAX = primitive(segment_softmax, [_softmax_rule, ZERO])
