"""Sparse samples on their way into a network: a SciPy matrix, or one whose stored numbers are recorded.

A layer that takes them does one thing with them: ``x @ W``. Nothing is ever made dense.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError, DtypeError, ShapeError
from cutaway.nn.activations import Array
from cutaway.ops.sparse import csr_matmul


class Entries:
    """A sparse matrix with other stored numbers, which may be recorded, as after dropout."""

    def __init__(self, matrix: Any, values: Array) -> None:
        self.matrix, self.values = matrix, values
        self.shape, self.dtype = matrix.shape, values.dtype

    def __matmul__(self, weights: Array) -> Array:
        product: Array = csr_matmul(self.values, weights, self.matrix.indices, self.matrix.indptr)
        return product


def is_sparse(x: object) -> bool:
    """Whether ``x`` is a sparse matrix of SciPy's, in whatever format."""
    return hasattr(x, "tocsr")


def on_entries(x: Any, fn: Callable[[Array], Array]) -> Any:
    """``fn(x)`` for an ``fn`` that works entry by entry and leaves zeros as they are."""
    if is_sparse(x):
        return Entries(x, fn(x.data))
    return Entries(x.matrix, fn(x.values)) if isinstance(x, Entries) else fn(x)


def as_sparse_input(X: Any, name: str) -> Any:
    """``X`` as a CSR matrix of finite numbers with samples as rows."""
    from scipy.sparse import csr_array

    if X.ndim != 2:
        raise ShapeError(
            f"{name} must have samples as rows, shape (n_samples, n_features)", received=f"shape {X.shape}"
        )
    if X.dtype.kind not in "biuf":
        raise DtypeError(f"{name} must hold real numbers", received=str(X.dtype), instead="Convert it to floats")
    if 0 in X.shape:
        raise DataError(f"{name} is empty", received=f"shape {X.shape}", instead="Give at least one row and one column")
    array = csr_array(X)
    if not array.has_canonical_format:  # an entry that is stored in parts is one input, which dropout drops as a whole
        array = array.copy()
        array.sum_duplicates()
    check_finite(array.data, name)
    return array


def check_finite(values: NDArray[Any], name: str) -> None:
    """DataError if one of the stored numbers is NaN or infinite."""
    wrong = np.count_nonzero(~np.isfinite(values))
    if wrong:
        raise DataError(
            f"{name} must be finite",
            received=f"{wrong} values that are NaN or infinite",
            instead="Leave these rows out, or fill the values in",
        )
