"""Inputs meet the network once, at the boundary: numbers, finite, with samples as rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, DtypeError, ShapeError


def as_input(X: ArrayLike, name: str) -> NDArray[Any]:
    """``X`` as a finite array of numbers with samples as rows."""
    if hasattr(X, "toarray"):
        raise DtypeError(f"{name} must be dense", received="a sparse matrix", instead=f"Write {name}.toarray()")
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise DataError(f"{name} is not an array: its rows have different lengths") from error
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            array = array.astype(str)
    if array.dtype.kind not in "biuf":
        kind = "text" if array.dtype.kind in "UST" else str(array.dtype)
        raise DtypeError(
            f"{name} must hold numbers", received=kind, instead="Encode text columns, for instance as one-hot columns"
        )
    if array.ndim < 2:
        raise ShapeError(
            f"{name} must have samples as rows, shape (n_samples, n_features)",
            received=f"shape {array.shape}",
            instead=f"Write {name}.reshape(-1, 1) for a single feature, {name}.reshape(1, -1) for a single sample",
        )
    if array.size == 0:
        raise DataError(f"{name} is empty", received=f"shape {array.shape}")
    wrong = ~np.isfinite(array)
    if wrong.any():
        row = np.argwhere(wrong)[0]
        raise DataError(
            f"{name} must be finite",
            received=f"{np.count_nonzero(wrong)} values that are NaN or infinite, the first in row {row[0]}, "
            f"column {row[1]}",
            instead="Leave these rows out, or fill the values in (the column's median is a start)",
        )
    return array


def as_dtype(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Floating-point targets in the network's dtype; labels stay integers."""
    return array.astype(dtype, copy=False) if array.dtype.kind == "f" else array
