"""Small checks of arguments and arrays, and the phrases that their errors share."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError, DtypeError, ShapeError, UsageError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SEED_LIMIT = 2**32  # scikit-learn's generators take 32-bit seeds
SHOWN = 12  # names listed in a message before "and 30 more"


def whole_number(value: object, name: str, least: int, below: int | None = None) -> int:
    """Return `value` as an int of at least `least` (and under `below`), or raise a UsageError that names it."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        number = int(value)
        if number >= least and (below is None or number < below):
            return number
    limit = f"of at least {least}" + (f" and under {below}" if below is not None else "")
    raise UsageError(f"{name} must be a whole number", received=short(value), instead=f"Write one {limit}")


def spread(value: object, name: str) -> float:
    """Return `value` as a finite float that is not negative, or raise a UsageError that names it."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number) and number >= 0:
            return number
    raise UsageError(
        f"{name} must be a number that is not negative",
        received=short(value),
        instead="It is a standard deviation: write 0 for none, or for example 0.2",
    )


def finite_matrix(X: object, name: str = "X", columns: Sequence[str] = (), *, single: bool = False) -> Floats:
    """Return `X` as a float64 matrix with at least one row and one column and no NaN or infinity, or raise.

    With `single`, float32 stays what it is.
    """
    matrix = float_array(X, name, single=single)
    if matrix.ndim != 2:
        advice = f"For one feature write {name}.reshape(-1, 1)" if matrix.ndim == 1 else "Rows are samples"
        raise ShapeError(f"{name} must be a matrix (n_samples, n_features)", received=f"{matrix.shape}", instead=advice)
    if 0 in matrix.shape:
        raise DataError(f"{name} has no {'rows' if matrix.shape[0] == 0 else 'columns'}", received=f"{matrix.shape}")
    bad = ~np.isfinite(matrix)
    if bad.any():
        column = int(bad.any(axis=0).argmax())
        row = int(bad[:, column].argmax())
        label = repr(columns[column]) if column < len(columns) else f"{column}"
        raise DataError(
            f"{name} has {counted(int(bad.sum()), 'value')} that {'is' if bad.sum() == 1 else 'are'} not finite",
            received=f"{matrix[row, column]} in column {label}, row {row}",
            instead="Fill in or delete such rows first",
        )
    return matrix


def sparse_matrix(X: Any, name: str = "X") -> Any:
    """Return a sparse `X` as a CSR matrix of float64 without NaN or infinity, or raise."""
    from scipy.sparse import csr_array

    if X.ndim != 2 or 0 in X.shape:
        raise ShapeError(f"{name} must be a matrix with rows and columns", received=f"shape {X.shape}")
    if X.dtype.kind not in "buif":
        raise DtypeError(f"{name} must hold real numbers", received=f"dtype {X.dtype}")
    matrix = csr_array(X, dtype=np.float64)
    if not np.isfinite(matrix.data).all():
        raise DataError(f"{name} has values that are not finite", instead="Fill in or delete such rows first")
    return matrix


def float_array(values: object, name: str, *, single: bool = False) -> Floats:
    """Return `values` as float64 (float32 as it is with `single`), or raise a DtypeError when they are no numbers."""
    try:
        array: NDArray[Any] = np.asarray(values)
    except ValueError as error:
        raise ShapeError(f"{name} has rows of different lengths", instead="Give an array of numbers") from error
    if array.dtype.kind not in "buif":
        raise DtypeError(f"{name} must hold real numbers", received=f"dtype {array.dtype}")
    return array if single and array.dtype == np.float32 else array.astype(np.float64, copy=False)


def short(value: object, limit: int = 60) -> str:
    """Return a representation of `value` that fits into a sentence; arrays are named by dtype and shape."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}, shape {value.shape}"
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def counted(count: int, noun: str) -> str:
    """Return ``1 value`` or ``2 values``."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def listed(names: Iterable[str]) -> str:
    """Return names as one line, the first few of a long list and the number of the rest."""
    every = list(names)
    rest = len(every) - SHOWN
    return ", ".join(every[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ``Did you mean 'age'? `` for the most similar of the words whatever their case, or an empty string."""
    import difflib

    lowered: dict[str, str] = {}
    for candidate in words:
        lowered.setdefault(candidate.lower(), candidate)
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return f"Did you mean {lowered[close[0]]!r}? " if close else ""
