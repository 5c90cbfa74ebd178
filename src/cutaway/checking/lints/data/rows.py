"""The samples of arrays, as bytes that can be compared and counted, whichever axis they lie along."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checking.records import Array

FEWEST = 4  # rows that a pair must have to be followed
HINT = "Follow one row through the loop: is its label still beside it, and does every row come once in an epoch?"


def is_order(array: Array) -> bool:
    """Whether an array is a permutation: numbers of rows, not labels."""
    return array.ndim == 1 and array.dtype.kind in "iu" and bool(np.array_equal(np.sort(array), np.arange(len(array))))


def is_table(value: Any) -> bool:
    """Whether something may hold samples."""
    return isinstance(value, np.ndarray) and value.ndim in (1, 2) and max(value.shape) >= FEWEST


class Rows:
    """The samples of arrays as bytes, each array turned once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[Array, list[bytes]]] = {}

    def of(self, array: Array, axis: int) -> list[bytes]:
        """The samples of one array."""
        key = (id(array), axis)
        if key not in self.known:
            self.known[key] = array, rows_of(array, axis)
        return self.known[key][1]


def rows_of(array: Array, axis: int) -> list[bytes]:
    """The samples of an array, each as bytes."""
    turned = array if axis == 0 else np.moveaxis(array, -1, 0)
    flat = np.ascontiguousarray(turned.reshape(len(turned), -1).astype(float))
    return [row.tobytes() for row in flat]
