"""Features of rows that are stretched, added up in groups or joined: products with matrices of zeros and ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway.engines.native.nodes import Node, RowRef, Shape, Unsupported

if TYPE_CHECKING:
    from cutaway.engines.native.normal import Normal

_LARGEST = 2**14  # entries of such a matrix: beyond, NumPy is faster


def spread(self: Normal, a: RowRef, features: Shape) -> RowRef:
    """Broadcast, apart from the axis of rows."""
    try:
        places = np.broadcast_to(np.arange(a.size).reshape(a.features), features).ravel()
    except ValueError:
        raise Unsupported("it stretches some of the features of its rows") from None
    return RowRef(_moved(self, a, np.arange(a.size)[:, None] == places, "it stretches"), a.axis, features)


def added_up(self: Normal, a: RowRef, axes: Sequence[int], shape: Shape) -> RowRef:
    """Sums along axes of features; ``shape`` is that of the result."""
    groups = np.zeros(a.features, int) + np.arange(a.size).reshape(a.features)
    first = groups.take([0], axis=axes[0])
    for axis in axes[1:]:
        first = first.take([0], axis=axis)
    groups = np.broadcast_to(first, a.features).ravel()
    node = _moved(self, a, groups[:, None] == np.unique(groups), "it adds up")
    axis = shape.index(a.node.n) if len(shape) < a.ndim else a.axis
    return RowRef(node, axis, (*shape[:axis], *shape[axis + 1 :]))


def joined(self: Normal, parts: Sequence[RowRef], axis: int, shape: Shape, dtype: str) -> RowRef:
    """Concatenated along an axis of features."""
    place = parts[0].axis
    if axis == place or any(a.axis != place for a in parts):
        raise Unsupported("it joins rows")
    features = (*shape[:place], *shape[place + 1 :])
    along, start, total = axis - (axis > place), 0, None
    numbers = np.arange(int(np.prod(features))).reshape(features)
    for a in parts:
        stop = start + a.features[along]
        taken = np.take(numbers, range(start, stop), axis=along).ravel()
        matrix = taken[:, None] == np.arange(numbers.size)
        part = RowRef(_moved(self, a, matrix, "it joins", dtype), place, features)
        found = part if total is None else self.entries("add", [total, part], shape, dtype)
        assert isinstance(found, RowRef)
        total, start = found, stop
    assert total is not None
    return total


def _moved(self: Normal, a: RowRef, matrix: NDArray[Any], what: str, dtype: str | None = None) -> Node:
    dtype = dtype or a.node.dtype
    if dtype not in ("float32", "float64") or a.step != 1 or matrix.size > _LARGEST:
        raise Unsupported(f"{what} some of the features of its rows")
    given = self.of_dtype(a, dtype)
    return self.add(Node("product", (given, self.fixed(matrix.astype(dtype), dtype)), True, matrix.shape[1], dtype))
