"""Some rows of all: named by their numbers, or by a mask with one truth for each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.nn.validate import shown

Places = NDArray[np.int64]


def as_places(rows: ArrayLike, n: int, name: str) -> Places:
    """The numbers of the rows, of ``n``, that ``rows`` names; by its ``name`` an error says what is wrong with it."""
    array = np.asarray(rows)
    if array.dtype == np.bool and array.ndim == 1:
        if len(array) != n:
            raise ShapeError(
                f"The mask {name} needs one truth for each row of X", received=f"{len(array)} for {n} rows"
            )
        array = np.flatnonzero(array)
    elif array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise UsageError(
            f"{name} must be row numbers, or a mask with one truth for each row",
            received=shown(rows) if array.ndim == 0 else f"an array of shape {array.shape}, {array.dtype}",
            instead=f"Write for example {name}=np.arange(100)",
        )
    if array.size == 0:
        raise DataError(f"{name} names no row", instead="Name at least one")
    if array.min() < -n or array.max() >= n:
        wrong = array[(array < -n) | (array >= n)][0]
        raise UsageError(f"{name} has a row that X does not have", received=f"row {wrong} of {n}")
    places: Places = array.astype(np.int64) % n
    return places


def at_places(values: Any, places: Places | None, n: int, name: str) -> Any:
    """Those of the ``n`` values, one for each row; all if ``places`` is None."""
    if places is None or values is None:
        return values
    array = values if hasattr(values, "shape") else np.asarray(values)
    if array.ndim == 0 or array.shape[0] != n:
        raise ShapeError(
            f"{name} must have one entry for each row of X, also for rows that do not count",
            received=f"{name} of shape {array.shape} for {n} rows",
            instead="Put any number in place of what is not known",
        )
    return array[places]
