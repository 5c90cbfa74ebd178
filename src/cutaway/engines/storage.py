"""Memory of a plan: a pool of reusable buffers, and values that are mere views of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cutaway.graph import Eqn

Array = np.ndarray[Any, Any]
_ALIGN = 64  # bytes: a cache line, and the widest vector


def is_tall(shape: tuple[int, ...]) -> bool:
    """Whether an array has many rows and few columns, and so is best laid out by columns.

    NumPy's inner loops then run along the rows, a bias is added to a whole column at once, and BLAS reads long rows.
    """
    return len(shape) == 2 and shape[0] > 2 * shape[1]


class Pool:
    """Buffers by size; what was given back is taken again."""

    def __init__(self) -> None:
        self.bytes = 0
        self._free: dict[int, list[Array]] = {}
        self._owner: dict[int, Array] = {}
        self._arrays: dict[tuple[Any, ...], Array] = {}  # keeps the ids in _owner valid

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any], like: Array | None = None) -> Array:
        """An uninitialised array; the same object for the same memory, since NumPy checks others for overlap.

        Tall ones are laid out by columns, and so are the matrices of a stack; those of more than two axes have these in
        the order in which ``like`` has them in memory, as NumPy would do it.
        """
        size = max(_ALIGN, -(-math.prod(shape) * dtype.itemsize // _ALIGN) * _ALIGN)
        free = self._free.get(size)
        if free:
            raw = free.pop()
        else:
            block = np.empty(size + _ALIGN, np.uint8)
            skip = -block.ctypes.data % _ALIGN
            raw = block[skip : skip + size]
            self.bytes += size
        order = list(range(len(shape)))
        if is_tall(shape):
            order = [1, 0]
        elif like is not None and len(shape) > 2:
            order.sort(key=lambda axis: -like.strides[axis])
        elif len(shape) > 2 and is_tall(shape[-2:]):
            order[-2:] = order[-1], order[-2]
        key = (raw.ctypes.data, shape, dtype, *order)
        if key not in self._arrays:
            flat = raw[: math.prod(shape) * dtype.itemsize].view(dtype)
            laid_out = flat.reshape([shape[axis] for axis in order])
            self._arrays[key] = laid_out.transpose([order.index(axis) for axis in sorted(order)])
            self._owner[id(self._arrays[key])] = raw
        return self._arrays[key]

    def give(self, array: Array) -> None:
        """Take back an array that came from :meth:`take`."""
        raw = self._owner.get(id(array))
        if raw is not None:
            self._free.setdefault(raw.nbytes, []).append(raw)


def view_of(eqn: Eqn, args: list[Any]) -> Array | None:
    """The result of an equation as a view of its first argument, or None if it must be computed at each run."""
    name = eqn.primitive.fn.__name__
    if name not in ("reshape", "transpose", "take_at", "broadcast_to") or not isinstance(args[0], np.ndarray):
        return None
    if name == "take_at" and len(args) > 1:
        return None
    view = eqn.primitive.fn(*args, **eqn.params)
    is_view = isinstance(view, np.ndarray) and (view.size == 0 or np.shares_memory(view, args[0]))
    if not is_view and name == "take_at":  # an entry: a 0-d view of it
        view = args[0][(*eqn.params["index"], Ellipsis)]
        is_view = True
    return view if is_view else None
