"""Inputs meet the network once, at the boundary: numbers, finite, with samples as rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, DtypeError, ShapeError, UsageError


def as_input(X: ArrayLike, name: str) -> NDArray[Any]:
    """``X`` as a finite array of numbers with samples as rows."""
    if X is None:
        raise UsageError(f"{name} is missing", received="None", instead=f"Give {name}, one row for each sample")
    array = as_array(X, name)
    if array.dtype.kind in "UST":
        raise DtypeError(
            f"{name} must hold numbers", received="text", instead="Encode text columns, for instance as one-hot columns"
        )
    if array.dtype.kind not in "biuf":
        raise DtypeError(f"{name} must hold real numbers", received=str(array.dtype), instead="Convert it to floats")
    if array.ndim < 2:
        raise ShapeError(
            f"{name} must have samples as rows, shape (n_samples, n_features)",
            received=f"shape {array.shape}",
            instead=f"Write {name}.reshape(-1, 1) for a single feature, {name}.reshape(1, -1) for a single sample",
        )
    if array.size == 0:
        raise DataError(
            f"{name} is empty", received=f"shape {array.shape}", instead="Give at least one row and one column"
        )
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


def as_array(values: Any, name: str) -> NDArray[Any]:
    """``values`` as a dense array; objects become numbers if all of them are, and else text."""
    if hasattr(values, "toarray"):
        raise DtypeError(f"{name} must be dense", received="a sparse matrix", instead=f"Write {name}.toarray()")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(
            f"{name} is not an array: its rows have different lengths", instead="Give rows of equal length"
        ) from error
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            array = array.astype(str)
    return array


def check_rows(X: NDArray[Any], y: ArrayLike) -> None:
    """ShapeError if ``X`` has as many columns as there are targets, but not as many rows."""
    n = np.size(y) if isinstance(y, (np.ndarray, list, tuple)) else X.shape[0]
    if X.ndim == 2 and X.shape[0] != n == X.shape[1]:
        raise ShapeError(
            "Samples must be the rows of X, and here they look like its columns",
            received=f"X of shape {X.shape} and {n} targets",
            instead="Write X.T",
        )


def as_dtype(array: NDArray[Any], dtype: np.dtype[Any], name: str = "y") -> NDArray[Any]:
    """Floating-point targets in the network's dtype; labels stay integers."""
    return to_dtype(array, dtype, name) if array.dtype.kind == "f" else array


def to_dtype(array: NDArray[Any], dtype: np.dtype[Any], name: str) -> NDArray[Any]:
    """Finite numbers in another dtype; DataError if they are too large for it."""
    with np.errstate(over="ignore"):
        cast: NDArray[Any] = array.astype(dtype, copy=False)
    if cast.dtype.itemsize < array.dtype.itemsize and not np.isfinite(cast).all():
        raise DataError(
            f"{name} holds numbers that are too large for {dtype}",
            received=f"values up to {np.abs(array).max():.3g}",
            instead=f'Divide {name} by a constant, or write dtype="float64" for the network',
        )
    return cast
