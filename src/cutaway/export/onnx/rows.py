"""Any number of rows from recordings with a few: where recordings of 2, 3 and 61 rows differ, there are the rows.

A recorded graph has the shapes of its example. A size that is 8, 12 and 244 in the three recordings is four times the
number of rows; a size that is the same in all of them has nothing to do with it. What differs in another way, such as
another equation, is no program for any number of rows, and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from cutaway.errors import TraceError
from cutaway.graph import Atom, Eqn, Graph, Primitive, Var

ROWS = (2, 3, 61)
"""How many rows the recordings have that are compared: two tell the rule, and one is so large that limits such as that
of ``X[:10]`` show."""


@dataclass(frozen=True)
class Size:
    """A number that depends on the number of rows: ``factor * rows + offset``, or ``factor / rows``."""

    factor: float
    offset: float = 0
    inverse: bool = False


Extent: TypeAlias = "int | Size"


@dataclass(eq=False)
class Operand:
    """What a step reads or gives.

    Attributes
    ----------
    shape : tuple of int or Size
    dtype : dtype
    weak : bool
        Whether it is a Python number, which takes the dtype of the array that it meets.
    value : array, number or Size, optional
        Of a constant; along an axis that has as many entries as there are rows, it has one.
    step : array, optional
        How much a constant grows from one row to the next.
    name : str
        What the author calls it.
    shared : bool
        Whether a constant is divided by the number of rows.
    """

    shape: tuple[Extent, ...]
    dtype: np.dtype[Any]
    weak: bool = False
    value: Any = None
    step: Any = None
    name: str = ""
    shared: bool = False

    @property
    def constant(self) -> bool:
        """Whether it is known before the program runs."""
        return self.value is not None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def fixed(self) -> Any:
        """The array of a constant, or None if it is computed or depends on the number of rows."""
        known = self.constant and not isinstance(self.value, Size) and np.shape(self.value) == self.shape
        return np.asarray(self.value) if known else None


@dataclass(frozen=True, eq=False)
class Step:
    """One equation, whose sizes may depend on the number of rows."""

    primitive: Primitive
    inputs: tuple[Operand, ...]
    params: dict[str, Any]
    output: Operand
    eqn: Eqn


@dataclass(frozen=True, eq=False)
class Program:
    """What the recordings have in common."""

    inputs: tuple[Operand, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Operand, ...]


@dataclass
class _Aligner:
    rows: Sequence[int]
    known: dict[Var, Operand] = field(default_factory=dict)

    def computed(self, variables: Sequence[Var]) -> Operand:
        first = variables[0]
        shape = merged([v.shape for v in variables], self.rows)
        operand = Operand(shape, first.dtype, type(first.value) in (int, float, bool), name=first.name or "")
        self.known.update(dict.fromkeys(variables, operand))
        return operand

    def read(self, atoms: Sequence[Atom]) -> Operand:
        variables = [a for a in atoms if isinstance(a, Var)]
        known = {self.known.get(v) for v in variables}
        if known - {None}:
            if len(known) > 1 or len(variables) < len(atoms):
                raise _Differs  # one recording reads another value than the others
            return self.known[variables[0]]
        name = variables[0].name or "" if variables else ""
        operand = constant([a.value if isinstance(a, Var) else a for a in atoms], self.rows, name)
        self.known.update(dict.fromkeys(variables, operand))
        return operand

    def step(self, eqns: Sequence[Eqn]) -> Step:
        first = eqns[0]
        if len({e.primitive for e in eqns}) > 1:
            raise _Differs
        operands = tuple(self.read(atoms) for atoms in zip(*(e.inputs for e in eqns), strict=True))
        params = {k: merged([e.params[k] for e in eqns], self.rows) for k in first.params}
        return Step(first.primitive, operands, params, self.computed([e.output for e in eqns]), first)


def align(graphs: Sequence[Graph], rows: Sequence[int] = ROWS) -> Program:
    """One program from the graphs of recordings with so many rows; from a single graph, one whose sizes are fixed.

    Raises
    ------
    TraceError
        If the recordings differ in more than the number of rows.
    """
    first = graphs[0]
    if len({len(g.eqns) for g in graphs}) > 1:
        raise _differs(f"{first.name} does not take as many steps for {rows[0]} rows as for {rows[-1]}")
    aligner = _Aligner(rows)
    steps: list[Step] = []
    try:
        inputs = tuple(aligner.computed(vs) for vs in zip(*(g.inputs for g in graphs), strict=True))
        for eqns in zip(*(g.eqns for g in graphs), strict=True):
            steps.append(aligner.step(eqns))
        outputs = tuple(aligner.read(atoms) for atoms in zip(*(g.outputs for g in graphs), strict=True))
    except _Differs:
        eqn = first.eqns[min(len(steps), len(first.eqns) - 1)]
        place = f"{eqn.where}: " if eqn.where else ""
        raise _differs(f"{place}{eqn.primitive.name} depends on the number of rows in a way of its own") from None
    return Program(inputs, tuple(steps), outputs)


class _Differs(Exception):
    """Values that no rule makes from the number of rows."""


def _differs(what: str) -> TraceError:
    return TraceError(what, instead="Write rows=() to export the program for the shapes of the examples alone")


def merged(values: Sequence[Any], rows: Sequence[int]) -> Any:
    """The one value, or what makes these values from the numbers of rows."""
    first = values[0]
    if all(_same(first, v) for v in values[1:]):
        return first
    if all(type(v) is int for v in values):
        factor, rest = divmod(values[1] - first, rows[1] - rows[0])
        size = Size(factor, first - factor * rows[0])
        if not rest and all(v == size.factor * n + size.offset for v, n in zip(values, rows, strict=True)):
            return size
    if all(isinstance(v, float) for v in values):
        for inverse in (False, True):
            factors = [v * n if inverse else v / n for v, n in zip(values, rows, strict=True)]
            if np.allclose(factors, factors[0], rtol=1e-13, atol=0):
                return Size(factors[0], inverse=inverse)
    if all(type(v) is tuple and len(v) == len(first) for v in values):
        return tuple(merged(parts, rows) for parts in zip(*values, strict=True))
    if all(type(v) is slice for v in values):
        parts = ([getattr(v, name) for v in values] for name in ("start", "stop", "step"))
        return slice(*(merged(p, rows) for p in parts))
    raise _Differs


def constant(values: Sequence[Any], rows: Sequence[int], name: str) -> Operand:
    """The operand of a constant, from its values in the recordings."""
    if hasattr(values[0], "tocsr"):
        return Operand((), np.dtype(object), value=values[0], name=name)
    first: Any = values[0]
    dtype, shape = np.asarray(first).dtype, merged([np.shape(v) for v in values], rows)
    weak = type(first) in (int, float, bool)
    if not np.ndim(first) or all(np.shape(v) == np.shape(first) for v in values):
        value = merged([np.asarray(v).item() if not np.ndim(v) and not weak else v for v in values], rows)
        value = value if isinstance(value, Size) or weak else np.asarray(value, dtype)
        return Operand(shape, dtype, weak, value, name=name)
    cut = tuple(slice(0, 1) if isinstance(n, Size) else slice(None) for n in shape)
    one = first[cut]
    if all(np.array_equal(np.broadcast_to(one, v.shape), v, equal_nan=dtype.kind == "f") for v in values):
        return Operand(shape, dtype, False, one, name=name)
    parts = [v[cut] * n for v, n in zip(values, rows, strict=True)] if dtype.kind == "f" else []
    alike = all(np.array_equal(v, np.broadcast_to(v[cut], v.shape)) for v in values)
    if parts and alike and all(np.allclose(p, parts[0], rtol=1e-6, atol=0) for p in parts):
        return Operand(shape, dtype, False, parts[0], name=name, shared=True)
    axes = [i for i, n in enumerate(shape) if isinstance(n, Size)]
    if len(axes) == 1 and dtype.kind in "iuf":
        (axis,) = axes
        growth = first.take([1], axis) - first.take([0], axis)
        places = [np.arange(v.shape[axis]).reshape([-1 if i == axis else 1 for i in range(v.ndim)]) for v in values]
        if all(np.array_equal(one + growth * p, v) for v, p in zip(values, places, strict=True)):
            return Operand(shape, dtype, False, one, growth, name)
    raise _Differs


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return type(a) is type(b) and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, (tuple, slice)):
        return type(a) is type(b) and repr(a) == repr(b)
    return bool(a is b or (type(a) is type(b) and (a == b or (a != a and b != b))))
