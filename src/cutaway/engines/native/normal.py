"""From equations to nodes: values are told apart by whether they have rows, equations by what they do to them.

Row-wise equations treat each row by itself; sums over rows give values without; the rest has nothing to do with rows.
Which arrays have rows at the start is given; everything else follows from the equations.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from cutaway.engines.native.features import spread
from cutaway.engines.native.nodes import (
    Node,
    Ref,
    RowRef,
    Shape,
    Unsupported,
    WholeRef,
    dtype_name,
    whole,
)
from cutaway.engines.native.rules import RULES
from cutaway.engines.native.scalars import OPS
from cutaway.engines.native.sparse import are_lines, laid_out, rows
from cutaway.graph import Eqn, Graph, Var


class Normal:
    """The nodes of a graph.

    Parameters
    ----------
    graph : Graph
    rows : dict of Var to int
        The axis that counts rows, of the inputs and constants that have one.
    n : int
        Number of rows.
    places : collection of int
        Inputs that are numbers of rows, and known to be those of some that are there.
    """

    def __init__(self, graph: Graph, rows: Mapping[Var, int], n: int, places: Collection[int] = ()) -> None:
        self.n, self.places = n, places
        self.nodes: list[Node] = []
        self.refs: dict[Var, Any] = {}
        self.inputs: list[Node] = []
        self.constants: list[tuple[Node, Any]] = []
        self.known: dict[tuple[Any, ...], Node] = {}  # what equations need more than once
        self._values = {var: var.value for var in graph._constant_vars}
        for i, var in enumerate(graph.inputs):
            node = self._leaf("input", var, rows.get(var))
            node.how["index"] = i
            self.inputs.append(node)
        for var in graph._constant_vars:
            if hasattr(var.value, "tocsr"):
                self.refs[var] = var.value
            else:
                self.constants.append((self._leaf("constant", var, rows.get(var)), var.value))
        self._rectified = {
            e.inputs[0]: e.output
            for e in reversed(graph.eqns)
            if e.primitive.fn.__name__ == "maximum" and isinstance(e.inputs[0], Var)
            and not isinstance(e.inputs[1], Var) and e.inputs[1] == 0
        }  # fmt: skip
        for eqn in graph.eqns:
            try:
                ref = self._equation(eqn)
            except Unsupported as reason:
                where = f" ({eqn.where})" if eqn.where else ""
                raise Unsupported(f"{_printed(eqn)}{where}: {reason}") from None
            if not ref.node.name:
                ref.node.name = eqn.output.name or ""
            self.refs[eqn.output] = ref
        self.outputs = [self.refs[a] if isinstance(a, Var) else a for a in graph.outputs]

    def _leaf(self, op: str, var: Var, axis: int | None) -> Node:
        dtype = dtype_name(var.dtype)
        shape = var.shape
        if 0 in shape:
            raise Unsupported("it has empty arrays")
        if axis is None:
            node = self.add(Node(op, (), False, math.prod(shape), dtype, shape))
            self.refs[var] = whole(node)
        else:
            features = (*shape[:axis], *shape[axis + 1 :])
            node = self.add(Node(op, (), True, math.prod(features), dtype, n=shape[axis]))
            node.how["axis"] = axis
            self.refs[var] = RowRef(node, axis, features)
        node.name = var.name or ""
        return node

    def add(self, node: Node) -> Node:
        """Note a node; it has as many rows as what it reads."""
        rows = {a.node.n for a in node.args if isinstance(a, RowRef)}
        if len(rows) > 1:
            raise Unsupported("the rows of its arguments are not the same")
        node.n = node.n or max(rows, default=0)
        node.number = len(self.nodes)
        self.nodes.append(node)
        return node

    def value(self, atom: Any) -> Any:
        """The value of a constant; None for what is computed."""
        return self._values.get(atom) if isinstance(atom, Var) else None

    def fixed(self, array: Any, dtype: str) -> WholeRef:
        """An array that stays as it is."""
        key = ("fixed", id(array), dtype)
        if key not in self.known:
            node = self.known[key] = self.add(Node("constant", (), False, array.size, dtype, array.shape))
            self.constants.append((node, array))
        return whole(self.known[key])

    def along(self, var: Any, axis: int) -> Ref:
        """A constant that has rows along another axis too."""
        node = self.known.get(("along", var, axis))
        kept = self.refs[var]
        if node is None:
            node = self.known["along", var, axis] = self._leaf("constant", var, axis)
            self.constants.append((node, self._values[var]))
            self.refs[var] = kept
        return RowRef(node, axis, kept.features)

    def _read(self, atom: Any) -> Any:
        return self.refs[atom] if isinstance(atom, Var) else atom

    # Equations -------------------------------------------------------------------------------------------------

    def _equation(self, eqn: Eqn) -> Ref:
        name = eqn.primitive.fn.__name__
        args = [self._read(a) for a in eqn.inputs]
        if name in ("greater", "less_equal"):
            args = self._of_rectified(eqn, args)
        rule = RULES.get(name)
        if rule is not None:
            return rule(self, eqn, args)
        if name in OPS and not eqn.params:
            return self.entries(name, args, eqn.output.shape, dtype_name(eqn.output.dtype))
        raise Unsupported("there is no machine code for this function")

    def _of_rectified(self, eqn: Eqn, args: list[Any]) -> list[Any]:
        """``z > 0`` as ``max(z, 0) > 0``, where that is known: then nobody needs z any more."""
        z, limit = eqn.inputs
        if isinstance(z, Var) and not isinstance(limit, Var) and limit == 0 and self._rectified.get(z) in self.refs:
            return [self.refs[self._rectified[z]], limit]
        return args

    def entries(self, op: str, args: list[Any], shape: Shape, dtype: str) -> Ref:
        """A function that works entry by entry, with NumPy's broadcasting."""
        rowed = [a for a in args if isinstance(a, RowRef)]
        if 0 in shape:
            raise Unsupported("it gives an empty array")
        if not rowed:
            given = tuple(_stretched(a, shape) if isinstance(a, WholeRef) else a for a in args)
            return whole(self.add(Node(op, given, False, math.prod(shape), dtype, shape)))
        axes = {a.axis + len(shape) - a.ndim for a in rowed}
        (axis,) = axes if len(axes) == 1 else (-1,)
        if axis < 0 or shape[axis] != rowed[0].node.n:
            raise Unsupported("the rows of its arguments lie along different axes")
        if any(_meets_rows(a, axis, shape) for a in args) and all(map(are_lines, rowed)):
            return self.entries(op, [laid_out(self, a) for a in args], shape, dtype)
        features = (*shape[:axis], *shape[axis + 1 :])
        given = tuple(self._beside_rows(a, axis, shape, features) for a in args)
        node = self.add(Node(op, given, True, math.prod(features), dtype))
        return RowRef(node, axis, features)

    def _beside_rows(self, a: Any, axis: int, shape: Shape, features: Shape) -> Any:
        """An argument of an equation on rows, for each feature of the result."""
        size = math.prod(features)
        if isinstance(a, RowRef):
            return a if a.size in (1, size) else spread(self, a, features)
        if not isinstance(a, WholeRef):
            return a
        if a.size == 1:
            return WholeRef(a.node, (), (), a.offset)
        place = axis - (len(shape) - len(a.shape))  # of the axis of rows in this argument
        if place >= 0:
            if _meets_rows(a, axis, shape):
                if shape[axis] == self.n or a.node.op not in ("input", "constant") or place or not a.contiguous:
                    raise Unsupported("it meets an array that was not known to have rows")
                return self._beside_rows(rows(self, a), axis, shape, features)
            a = WholeRef(
                a.node,
                (*a.shape[:place], *a.shape[place + 1 :]),
                (*a.strides[:place], *a.strides[place + 1 :]),
                a.offset,
            )
        stretched = a.broadcast(features)
        flat = stretched.reshaped((size,))
        return flat if flat is not None else self.copied(stretched).reshaped((size,))

    def copied(self, a: WholeRef) -> WholeRef:
        """An array without gaps."""
        return whole(self.add(Node("copy", (a,), False, a.size, a.node.dtype, a.shape)))

    def of_dtype(self, a: Any, dtype: str) -> Ref:
        """An argument as a value of a dtype."""
        if not isinstance(a, (RowRef, WholeRef)):
            return self.number(a, dtype)
        if a.node.dtype == dtype:
            return a
        return self.entries("cast", [a], a.shape, dtype)

    def number(self, a: Any, dtype: str) -> WholeRef:
        """A number of the program as a value."""
        return whole(self.add(Node("copy", (a,), False, 1, dtype, ())))

    def flat(self, a: WholeRef, shape: Shape) -> WholeRef:
        """A reshape, by copying if need be."""
        view = a.reshaped(shape)
        if view is None:
            view = self.copied(a).reshaped(shape)
            assert view is not None
        return view


def _meets_rows(a: Any, axis: int, shape: Shape) -> bool:
    """Whether something without rows has an entry for each of those that lie along an axis."""
    place = axis - (len(shape) - len(a.shape)) if isinstance(a, WholeRef) else -1
    return place >= 0 and a.shape[place] != 1 and a.strides[place] != 0


def _stretched(a: WholeRef, shape: Shape) -> WholeRef:
    """Broadcast, but for single numbers: these are known wherever they are read."""
    return WholeRef(a.node, (), (), a.offset) if a.size == 1 else a.broadcast(shape)


def _printed(eqn: Eqn) -> str:
    shapes = ", ".join(str(a.shape) if isinstance(a, Var) else str(a) for a in eqn.inputs)
    return f"{eqn.primitive.name} of {shapes}"
