"""The attributes and methods of an array, in terms of NumPy's functions; they see only what an array shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.tracing.registry import HANDLERS

_SAME = (
    "all any argmax argmin argpartition argsort choose clip conj conjugate copy cumprod cumsum diagonal dot max mean "
    "min nonzero prod put ravel repeat round searchsorted squeeze std sum swapaxes take trace var"
)
_SAME_AS_FUNCTION = frozenset(_SAME.split())
_PLAIN_WHEN_CONSTANT = frozenset(("base", "data", "device", "strides", "tobytes"))


class ArrayMethods:
    """What shapes and dtypes tell is plain Python; everything else is a call of a NumPy function."""

    __slots__ = ()

    @property
    def shape(self: Any) -> tuple[int, ...]:
        """As ``ndarray.shape``."""
        return np.shape(self.value)

    @shape.setter
    def shape(self: Any, shape: Any) -> None:
        if not self.take_shape(shape):
            what = "The shape of a traced array cannot be set in place, if it is no view of another one"
            raise TraceError(what, instead=f"Write x = x.reshape({shape})")

    @property
    def dtype(self: Any) -> np.dtype[Any]:
        """As ``ndarray.dtype``."""
        dtype: np.dtype[Any] = self.variable.dtype
        return dtype

    @property
    def ndim(self: Any) -> int:
        """As ``ndarray.ndim``."""
        return np.ndim(self.value)

    @property
    def size(self: Any) -> int:
        """As ``ndarray.size``."""
        return int(np.size(self.value))

    @property
    def itemsize(self) -> int:
        """As ``ndarray.itemsize``."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """As ``ndarray.nbytes``."""
        return self.size * self.itemsize

    @property
    def flags(self: Any) -> Any:
        """As ``ndarray.flags``."""
        return np.asarray(self.value).flags

    @property
    def T(self: Any) -> Any:
        """As ``ndarray.T``."""
        return np.transpose(self)

    @property
    def mT(self: Any) -> Any:
        """As ``ndarray.mT``."""
        return np.matrix_transpose(self)

    @property
    def real(self: Any) -> Any:
        """As ``ndarray.real``."""
        return np.real(self)

    @property
    def imag(self: Any) -> Any:
        """As ``ndarray.imag``."""
        return np.imag(self)

    @property
    def flat(self: Any) -> Any:
        """As ``ndarray.flat``: iterates over all entries, and reads and writes them by their number."""
        return _Flat(self)

    # Methods whose arguments are not those of the function

    def reshape(self: Any, *shape: Any, order: Any = "C") -> Any:
        """As ``ndarray.reshape``."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self: Any, *axes: Any) -> Any:
        """As ``ndarray.transpose``."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return np.transpose(self, order or None)

    def flatten(self: Any, order: Any = "C") -> Any:
        """As ``ndarray.flatten``: always a copy."""
        return np.copy(np.ravel(self, order=order))

    def compress(self: Any, condition: Any, axis: Any = None) -> Any:
        """As ``ndarray.compress``."""
        return np.compress(condition, self, axis)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """As ``ndarray.astype``."""
        return HANDLERS["numpy.astype"](self, dtype)

    def item(self: Any, *index: Any) -> Any:
        """As ``ndarray.item``, recorded: the result is a traced Python number."""
        if len(index) == 1 and not isinstance(index[0], tuple):
            index = np.unravel_index(index[0], self.shape)
        picked = self[index[0] if len(index) == 1 else index] if index else self.reshape(())
        return HANDLERS["item"](picked)

    def tolist(self: Any) -> Any:
        """As ``ndarray.tolist``: nested lists of traced numbers."""
        return [row.tolist() for row in self] if self.ndim else self.item()

    # In place

    def fill(self: Any, value: Any) -> None:
        """As ``ndarray.fill``."""
        self[...] = value

    def sort(self: Any, axis: int = -1, kind: Any = None) -> None:
        """As ``ndarray.sort``: in place."""
        self[...] = np.sort(self, axis, kind)

    def partition(self: Any, kth: Any, axis: int = -1) -> None:
        """As ``ndarray.partition``: in place."""
        self[...] = np.partition(self, kth, axis)

    def __getattr__(self: Any, name: str) -> Any:
        """Array methods that take the arguments of the NumPy function of the same name."""
        if name in _SAME_AS_FUNCTION:
            func = getattr(np, name)
            return lambda *args, **kwargs: func(self, *args, **kwargs)
        if name.startswith("__") or not hasattr(self.value, name):
            raise AttributeError(f"{type(self.value).__name__!r} object has no attribute {name!r}")
        if name in _PLAIN_WHEN_CONSTANT and self.constant:
            return getattr(self.value, name)
        raise TraceError(f"The array method .{name} cannot be recorded", instead="Use a function of np.* instead")


class _Flat:
    """All entries of an array in C order; writing to it writes into the array."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __iter__(self) -> Iterator[Any]:
        return iter(np.ravel(self.array))

    def __len__(self) -> int:
        return int(self.array.size)

    def __getitem__(self, index: Any) -> Any:
        return np.ravel(self.array)[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        entries = np.copy(np.ravel(self.array))
        entries[index] = value
        self.array[...] = np.reshape(entries, self.array.shape)
