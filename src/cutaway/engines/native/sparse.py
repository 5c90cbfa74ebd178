"""What reads other rows than its own: products with sparse matrices, rows chosen by number.

For these the rows of a value lie in memory one after the other, as *lines*. Such a node is one of

- ``lines``: the lines of a value with rows; they are complete when a pass over the rows is over;
- ``sparse``: lines that are sums of other lines, ``matrix @ x``; a row of the matrix is done like any row, but all
  lines of ``x`` must be there;
- ``turn``: a value with rows, from its lines;
- ``take``: a value with rows, each of them a line of a given number;
- ``scatter``: zeros, to whose lines of given numbers lines are added.

A matrix is kept in SciPy's CSR format. The transposed one, for gradients, is a matrix of its own in the graph: two
threads never add to the same place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway.engines.native.nodes import Node, Ref, RowRef, Unsupported, WholeRef, dtype_name, whole
from cutaway.graph import Eqn, Var

if TYPE_CHECKING:
    from cutaway.engines.native.normal import Normal

Array = NDArray[Any]
_MOST = 2**31  # entries: their numbers have 32 bits


# Lines ---------------------------------------------------------------------------------------------------------------


def lines(self: Normal, a: Any, dtype: str) -> WholeRef:
    """A value as lines, shape (n, ...)."""
    a = self.of_dtype(a, dtype)
    if isinstance(a, WholeRef):
        return a if a.contiguous else self.copied(a)
    if a.axis != 0:
        raise Unsupported("the rows of its argument lie along its last axis")
    if a.node.op == "turn" and a.whole:
        ref: WholeRef = a.node.args[0].reshaped(a.shape)
        return ref
    key = ("lines", a.node, a.start, a.step, a.features)
    if key not in self.known:
        self.known[key] = self.add(Node("lines", (a,), False, a.node.n * a.size, dtype, a.shape))
    return whole(self.known[key])


def rows(self: Normal, a: WholeRef) -> Any:
    """Lines as a value with rows; a single line stays what it is."""
    n, features = a.shape[0], a.shape[1:]
    if n == 1:
        return a
    key = ("turn", a.node, a.offset, a.shape)
    if key not in self.known:
        node = Node("turn", (a,), True, math.prod(features), a.node.dtype, n=n)
        self.known[key] = self.add(node)
    return RowRef(self.known[key], 0, features)


def are_lines(a: Any) -> bool:
    """Whether a value with rows has lines anyway."""
    return isinstance(a, RowRef) and a.node.op == "turn" and a.whole


def laid_out(self: Normal, a: Any) -> Any:
    """A value as its lines, without rows, if it has some anyway or other rows than most; others as they are."""
    if not isinstance(a, RowRef) or not (are_lines(a) or a.node.n != self.n):
        return a
    first = lines(self, RowRef(a.node, 0, a.features, a.start, a.step), a.node.dtype)
    order = list(range(1, a.ndim))
    return first.transposed([*order[: a.axis], 0, *order[a.axis :]])


# Matrices ------------------------------------------------------------------------------------------------------------


def _sparse_matmul(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    matrix, x = args
    entries = np.asarray(matrix.data)
    weights = None if (entries == 1).all() else entries
    return _product(self, eqn, x, (matrix.indptr, matrix.indices), matrix.shape[1], weights)


def _csr_matmul(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    values, x = args[:2]
    columns, starts = (self.value(eqn.inputs[i]) for i in (2, 3))
    if columns is None or starts is None:
        raise Unsupported("the places of the entries are not known beforehand")
    n_columns = eqn.inputs[1].shape[0]  # type: ignore[union-attr]
    known = self.value(eqn.inputs[0])
    if known is not None:
        return _product(self, eqn, x, (starts, columns), n_columns, None if (known == 1).all() else known)
    return _product(self, eqn, x, (starts, columns), n_columns, values)


def _product(self: Normal, eqn: Eqn, x: Any, places: tuple[Array, Array], n_columns: int, weights: Any) -> Ref:
    """``weights``: the stored numbers as an array or a value of the program; None if all are 1."""
    dtype = dtype_name(eqn.output.dtype)
    if dtype not in ("float32", "float64"):
        raise Unsupported("a product of integers")
    starts, columns = places
    count = len(columns)
    good = starts[0] == 0 and starts[-1] == count < _MOST and (np.diff(starts) >= 0).all()
    if not good or (count and not 0 <= columns.min() <= columns.max() < n_columns):
        raise Unsupported("a sparse matrix that is not in order")
    if not count:
        raise Unsupported("a sparse matrix without entries")
    if weights is not None:
        weights = self.fixed(weights, dtype) if isinstance(weights, np.ndarray) else lines(self, weights, dtype)
    return _gathered(self, lines(self, x, dtype), places, weights)


def _gathered(self: Normal, x: WholeRef, places: tuple[Array, Array], weights: Any = None, op: str = "sum") -> Ref:
    """Sums, or maxima, of lines."""
    starts, columns = places
    given = [x, self.fixed(starts, "int32"), self.fixed(columns, "int32"), *([] if weights is None else [weights])]
    shape, how = (len(starts) - 1, *x.shape[1:]), {"op": op, "entries": len(columns)}
    node = Node("sparse", tuple(given), False, math.prod(shape), x.node.dtype, shape, how, n=shape[0])
    found: Ref = rows(self, whole(self.add(node)))
    return found


def _segment_softmax(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    """Maximum and sum of each segment, and every entry by those of its own."""
    x, starts = args[0], self.value(eqn.inputs[1])
    shape, dtype = eqn.output.shape, dtype_name(eqn.output.dtype)
    if starts is None or dtype not in ("float32", "float64"):
        raise Unsupported("its segments are not known beforehand")
    places = starts, np.arange(shape[0])
    segments = _fixed_numbers(self, ("segments", eqn.inputs[1]), np.repeat(np.arange(len(starts) - 1), np.diff(starts)))

    def of_segments(value: Any, op: str) -> RowRef:
        found = _gathered(self, lines(self, value, dtype), places, op=op)
        return _taken(self, lines(self, found, dtype), segments)

    powers = self.entries("exp", [self.entries("subtract", [x, of_segments(x, "max")], shape, dtype)], shape, dtype)
    return self.entries("divide", [powers, of_segments(powers, "sum")], shape, dtype)


# Numbers of rows -----------------------------------------------------------------------------------------------------


def _numbers(self: Normal, eqn: Eqn, i: int, n: int) -> RowRef:
    """The numbers of rows, of ``n``, that argument ``i`` holds, as a value with rows."""
    atom = eqn.inputs[i]
    assert isinstance(atom, Var)
    found = self.value(atom)
    if found is None:
        ref = self.refs[atom]
        if not isinstance(ref, RowRef) or ref.node.how.get("index") not in self.places or ref.features:
            raise Unsupported("it is indexed by an array that is not known beforehand")
        return ref
    if found.ndim != 1:
        raise Unsupported("it is indexed by an array of several axes")
    if found.dtype == np.bool:
        found = np.flatnonzero(found)
    if not found.size or found.min() < -n or found.max() >= n:
        raise Unsupported("it is indexed by an array that names no rows, or some that are not there")
    return _fixed_numbers(self, ("numbers", atom), found % n)


def _fixed_numbers(self: Normal, key: tuple[Any, ...], numbers: Array) -> RowRef:
    if key not in self.known:
        node = self.known[key] = self.add(Node("constant", (), True, 1, "int64", n=len(numbers)))
        node.how["axis"] = 0
        self.constants.append((node, numbers))
    return RowRef(self.known[key], 0, ())


def _taken(self: Normal, source: WholeRef, numbers: RowRef) -> RowRef:
    features = source.shape[1:]
    node = Node("take", (source, numbers), True, math.prod(features), source.node.dtype)
    return RowRef(self.add(node), 0, features)


def is_choice_of_rows(eqn: Eqn) -> bool:
    """Whether an index is one array for the first axis."""
    first, *others = eqn.params["index"]
    return type(first).__name__ == "Slot" and all(p == slice(None) or p is Ellipsis for p in others)


def take_rows(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    """``x[numbers]``."""
    if not is_choice_of_rows(eqn):
        raise Unsupported("it is indexed by arrays, not along the first axis alone")
    source = eqn.inputs[0].shape  # type: ignore[union-attr]
    numbers = _numbers(self, eqn, 1, source[0])
    return _taken(self, lines(self, args[0], dtype_name(eqn.output.dtype)), numbers)


def _scatter(self: Normal, eqn: Eqn, args: list[Any]) -> Ref:
    shape = eqn.params["shape"]
    if len(args) != 2 or not is_choice_of_rows(eqn):
        raise Unsupported("it is not along the first axis alone")
    numbers = lines(self, _numbers(self, eqn, 1, shape[0]), "int64")
    dtype = dtype_name(eqn.output.dtype)
    source = lines(self, args[0], dtype)
    node = self.add(Node("scatter", (source, numbers), False, math.prod(shape), dtype, shape))
    if isinstance(args[0], RowRef):
        node.how["source"] = args[0]
    found: Ref = rows(self, whole(node))
    return found


def before_scattering(a: RowRef) -> RowRef:
    """What has the same sum over rows: the rows before they were put in their places among zeros."""
    if a.node.op == "turn" and a.whole:
        found = a.node.args[0].node.how.get("source")
        if found is not None and found.features == a.features:
            return found  # type: ignore[no-any-return]
    return a


SPARSE = {
    "sparse_matmul": _sparse_matmul,
    "csr_matmul": _csr_matmul,
    "segment_softmax": _segment_softmax,
    "scatter": _scatter,
}
