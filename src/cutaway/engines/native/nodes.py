"""What a graph becomes before it is compiled: values with rows, values without, and how each is computed.

A value *with rows* has one axis that counts samples. It is kept as so many features for each row, whichever way round
the program holds it; transposing it costs nothing. A value *without rows* is an ordinary strided array.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]


@dataclass(eq=False)
class Node:
    """One computed value.

    Attributes
    ----------
    op : str
        What is done: ``input``, ``constant``, the name of an entry-by-entry function, or one of ``product`` (of rows
        with a matrix), ``gram`` (sum over rows of outer products), ``rowsum``, ``fold`` (over features), ``uniform``,
        and without rows ``matmul``, ``reduce``, ``concat``; what :mod:`.sparse` adds to these is said there.
    args : sequence of RowRef, WholeRef and numbers
    rows : bool
        Whether it has rows.
    n : int
        How many; of what is made while going over rows, of these.
    size : int
        Number of features; of a value without rows, of entries.
    dtype : str
        Name of the NumPy dtype.
    shape : tuple of int
        Of a value without rows.
    how : dict
        Further settings of ``op``.
    """

    op: str
    args: tuple[Any, ...]
    rows: bool
    size: int
    dtype: str
    shape: Shape = ()
    how: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    phase: int = 0  # of a value with rows: which pass over the rows computes it
    after: int = -1  # of a value without: the pass after which it is known; -1 for before all
    number: int = 0
    n: int = 0

    def __repr__(self) -> str:
        return f"{self.op}#{self.number}[{'rows × ' if self.rows else ''}{self.size} {self.dtype}]"


@dataclass(frozen=True)
class RowRef:
    """A value with rows as an equation sees it: some features of a node, and which axis counts the rows."""

    node: Node
    axis: int
    features: Shape
    start: int = 0  # first feature of the node
    step: int = 1

    @property
    def size(self) -> int:
        """Number of features."""
        return math.prod(self.features)

    @property
    def ndim(self) -> int:
        """Number of axes of the array that it stands for."""
        return len(self.features) + 1

    @property
    def shape(self) -> Shape:
        """Shape of the array that it stands for."""
        return (*self.features[: self.axis], self.node.n, *self.features[self.axis :])

    @property
    def whole(self) -> bool:
        """Whether it is all of the node."""
        return self.start == 0 and self.step == 1 and self.size == self.node.size


@dataclass(frozen=True)
class WholeRef:
    """A value without rows: a strided view of a node."""

    node: Node
    shape: Shape
    strides: Shape  # in entries
    offset: int = 0

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def contiguous(self) -> bool:
        """Whether its entries follow each other in C order."""
        expected = 1
        for n, s in zip(self.shape[::-1], self.strides[::-1], strict=True):
            if n != 1 and s != expected:
                return False
            expected *= n
        return True

    def reshaped(self, shape: Shape) -> WholeRef | None:
        """The same entries in another shape, if that is a view."""
        if self.contiguous:
            return WholeRef(self.node, shape, c_strides(shape), self.offset)
        kept = [(n, s) for n, s in zip(self.shape, self.strides, strict=True) if n != 1]
        wanted = [n for n in shape if n != 1]
        if [n for n, _ in kept] != wanted:
            return None
        strides = iter([s for _, s in kept])
        return WholeRef(self.node, shape, tuple(0 if n == 1 else next(strides) for n in shape), self.offset)

    def transposed(self, axes: Sequence[int]) -> WholeRef:
        """With other order of axes."""
        return WholeRef(
            self.node, tuple(self.shape[i] for i in axes), tuple(self.strides[i] for i in axes), self.offset
        )

    def broadcast(self, shape: Shape) -> WholeRef:
        """Stretched to another shape."""
        extra = len(shape) - len(self.shape)
        strides = [0] * extra
        for n, s, m in zip(self.shape, self.strides, shape[extra:], strict=True):
            strides.append(0 if n == 1 and m != 1 else s)
        return WholeRef(self.node, shape, tuple(strides), self.offset)


def c_strides(shape: Shape) -> Shape:
    """Strides of an array without gaps, in entries."""
    strides: list[int] = []
    step = 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(strides[::-1])


def whole(node: Node) -> WholeRef:
    """All of a node without rows."""
    return WholeRef(node, node.shape, c_strides(node.shape))


Ref: TypeAlias = RowRef | WholeRef


class Unsupported(Exception):  # control flow: it becomes words before a user sees it
    """A graph that the native engine leaves to the reference engine, and why."""


DTYPES = {"float32", "float64", "int64", "int32", "bool"}


def dtype_name(dtype: Any) -> str:
    """The name of a dtype that the engine knows."""
    name: str = np.dtype(dtype).name
    if name not in DTYPES:
        raise Unsupported(f"it has values of dtype {name}")
    return name
