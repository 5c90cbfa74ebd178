"""Nodes in the making: a term is the name of a tensor and its dtype, and what is written with terms becomes nodes.

ONNX converts nothing by itself: the inputs of a node have one dtype, and a shape is a tensor like any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from cutaway.export.onnx.rows import Extent, Operand, Size, Step

Shape: TypeAlias = Sequence[Extent]
INT = np.dtype(np.int64)
BOOL = np.dtype(bool)


@dataclass(frozen=True, eq=False)
class Term:
    """A tensor of the model that is being built."""

    builder: Builder
    name: str
    dtype: np.dtype[Any]

    def op(self, kind: str, *others: Any, dtype: Any = None, **attributes: Any) -> Term:
        """The node ``kind`` of this tensor and others; numbers become constants of its dtype."""
        names = [self.name, *(self._name(x) for x in others)]
        return Term(self.builder, self.builder.node(kind, names, attributes)[0], np.dtype(dtype or self.dtype))

    def _name(self, x: Any) -> str:
        if x is None:
            return ""
        if isinstance(x, Term):
            return x.name
        return self.builder.initializer(np.asarray(x, self.dtype if isinstance(x, (int, float)) else None))

    def cast(self, dtype: Any) -> Term:
        """The same numbers of another dtype."""
        dtype = np.dtype(dtype)
        if dtype == self.dtype:
            return self
        return self.op("Cast", to=int(_onnx_dtype(dtype)), dtype=dtype)

    def reshape(self, shape: Shape) -> Term:
        """The same entries in another shape."""
        if sum(isinstance(n, Size) for n in shape) == 1 and 0 not in shape:
            return self.op("Reshape", np.array([-1 if isinstance(n, Size) else n for n in shape], INT))
        return self.op("Reshape", self.builder.sizes(shape), allowzero=int(0 in shape))

    def expand(self, shape: Shape, of: Shape) -> Term:
        """Broadcast from shape ``of``."""
        return self if tuple(shape) == tuple(of) else self.op("Expand", self.builder.sizes(shape))

    def transpose(self, axes: Sequence[int]) -> Term:
        """Another order of the axes; of two such nodes, one."""
        first, before = self.builder.transposed.get(self.name, (self, range(len(axes))))
        perm = [int(before[i]) for i in axes]
        if perm == sorted(perm):
            return first
        result = first.op("Transpose", perm=perm)
        self.builder.transposed[result.name] = (first, perm)
        return result

    def reduce(self, kind: str, axis: Any, keepdims: bool = False) -> Term:
        """``ReduceSum`` and the like; of all axes if ``axis`` is None."""
        axes = None if axis is None else np.array(axis if isinstance(axis, tuple) else [axis], INT)
        if axes is not None and not axes.size:
            return self
        return self.op(f"Reduce{kind}", axes, keepdims=int(keepdims))

    def where(self, a: Any, b: Any) -> Term:
        """``np.where(self, a, b)``; one of the two is a term."""
        like = a if isinstance(a, Term) else b
        return Term(
            self.builder,
            self.builder.node("Where", [self.name, like._name(a), like._name(b)], {})[0],
            like.dtype,
        )

    def __add__(self, other: Any) -> Term:
        return self.op("Add", other)

    def __sub__(self, other: Any) -> Term:
        return self.op("Sub", other)

    def __rsub__(self, other: Any) -> Term:
        return self.builder.term(np.asarray(other, self.dtype)).op("Sub", self)

    def __mul__(self, other: Any) -> Term:
        return self.op("Mul", other)

    def __truediv__(self, other: Any) -> Term:
        return self.op("Div", other)

    def __rtruediv__(self, other: Any) -> Term:
        return self.builder.term(np.asarray(other, self.dtype)).op("Div", self)

    def __neg__(self) -> Term:
        return self.op("Neg")

    def __abs__(self) -> Term:
        return self.op("Abs")

    def __pow__(self, other: Any) -> Term:
        return self.op("Pow", other)

    def __gt__(self, other: Any) -> Term:
        return self.op("Greater", other, dtype=BOOL)

    def __ge__(self, other: Any) -> Term:
        return self.op("GreaterOrEqual", other, dtype=BOOL)

    def __lt__(self, other: Any) -> Term:
        return self.op("Less", other, dtype=BOOL)

    def __le__(self, other: Any) -> Term:
        return self.op("LessOrEqual", other, dtype=BOOL)

    def equals(self, other: Any) -> Term:
        """Where the entries are equal."""
        return self.op("Equal", other, dtype=BOOL)

    def __and__(self, other: Term) -> Term:
        return self.op("And", other)

    def __or__(self, other: Term) -> Term:
        return self.op("Or", other)

    def __invert__(self) -> Term:
        return self.op("Not")


class Builder:
    """The nodes and constants of a model."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: dict[str, Any] = {}
        self.terms: dict[Operand, Term] = {}
        self.producers: dict[Operand, Step] = {}
        self.uses: Counter[Operand] = Counter()
        self.weights: dict[Operand, Any] = {}
        self.transposed: dict[str, tuple[Term, Sequence[int]]] = {}
        self.images: dict[Operand, Operand] = {}
        """Of matrices that a convolution gave, the images that they are, (samples, channels, height, width)."""
        self.rows: tuple[str, int] | None = None
        """An input and its axis that has as many entries as there are rows."""
        self._names: set[str] = set()
        self._same: dict[Any, str] = {}

    def name(self, wish: str) -> str:
        """A name that nothing else has."""
        wish = re.sub(r"\W+", "_", wish) if not re.fullmatch(r"[\w.]+", wish) else wish
        name, n = wish or "t", 1
        while name in self._names:
            n += 1
            name = f"{wish}_{n}"
        self._names.add(name)
        return name

    def node(self, kind: str, inputs: Sequence[str], attributes: dict[str, Any], outputs: int = 1) -> list[str]:
        """Add a node and return the names of its outputs."""
        from onnx import helper

        while inputs and not inputs[-1]:
            inputs = inputs[:-1]
        names = [self.name(kind.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=names[0], **attributes))
        return names

    def initializer(self, array: Any, name: str = "") -> str:
        """The name of a constant; those with names of their own are weights, the others are nodes, equal ones once."""
        from onnx import numpy_helper

        array = np.asarray(array, order="C")
        key = (array.dtype.str, array.shape, array.tobytes())
        if name:
            unique = self.name(name)
            self.initializers[unique] = numpy_helper.from_array(array, unique)
            return unique
        if key not in self._same:
            self._same[key] = self.node("Constant", [], {"value": numpy_helper.from_array(array)})[0]
        return self._same[key]

    def relaid(self, x: Operand, array: Any) -> Term:
        """A weight that nothing else reads, kept in the layout of the node that reads it."""
        from onnx import numpy_helper

        name = self.terms[x].name
        self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return self.terms[x]

    def term(self, array: Any, name: str = "") -> Term:
        """A constant."""
        return Term(self, self.initializer(array, name), np.asarray(array).dtype)

    def size(self, n: Extent) -> Term:
        """A size as a tensor of one entry."""
        if not isinstance(n, Size):
            return self.term(np.array([n], INT))
        assert self.rows is not None
        source, axis = self.rows
        key = ("rows",)
        if key not in self._same:
            self._same[key] = self.node("Shape", [source], {"start": axis, "end": axis + 1})[0]
        rows = Term(self, self._same[key], INT)
        rows = rows if n.factor == 1 else rows * int(n.factor)
        return rows + int(n.offset) if n.offset else rows

    def sizes(self, shape: Shape) -> Any:
        """A shape as a tensor, or as an array if it is fixed."""
        if not any(isinstance(n, Size) for n in shape):
            return np.array(shape, INT)
        first, *others = [self.size(n) for n in shape]
        return first.op("Concat", *others, axis=0)

    def number(self, n: Size, dtype: np.dtype[Any]) -> Term:
        """A number that depends on the number of rows, as a scalar."""
        rows = self.size(Size(1)).op("Squeeze").cast(dtype)
        if n.inverse:
            return self.term(np.asarray(n.factor, dtype)).op("Div", rows)
        rows = rows if n.factor == 1 else rows * n.factor
        return rows + n.offset if n.offset else rows

    def read(self, x: Operand, dtype: Any = None) -> Term:
        """An operand as a term, of its own dtype unless another is asked for."""
        dtype = np.dtype(dtype or x.dtype)
        if x not in self.terms:
            if x.weak and x.constant and not isinstance(x.value, Size):
                return self.term(np.asarray(x.value, dtype))
            self.terms[x] = self._constant(x)
        return self.terms[x].cast(dtype)

    def _constant(self, x: Operand) -> Term:
        if isinstance(x.value, Size):
            return self.number(x.value, x.dtype)
        term = self.term(x.value, x.name if x.ndim and x.fixed() is not None else "")
        if x.step is not None:
            axis = next(i for i, n in enumerate(x.shape) if isinstance(n, Size))
            end = self.size(x.shape[axis]).op("Squeeze").cast(x.dtype)
            places = self.term(np.asarray(0, x.dtype)).op("Range", end, 1)
            return term + places.reshape([n if i == axis else 1 for i, n in enumerate(x.shape)]).op("Mul", x.step)
        if x.shared:
            term = term / self.size(Size(1)).op("Squeeze").cast(x.dtype)
        return term.expand(x.shape, np.shape(x.value))

    def used(self, outputs: Sequence[str]) -> tuple[list[Any], list[Any]]:
        """The nodes and the constants that the outputs depend on."""
        needed, nodes = set(outputs), []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                needed.update(node.input)
                nodes.append(node)
        return nodes[::-1], [array for name, array in self.initializers.items() if name in needed]


def _onnx_dtype(dtype: np.dtype[Any]) -> Any:
    from onnx import helper

    return helper.np_dtype_to_tensor_dtype(dtype)
