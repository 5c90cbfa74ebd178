"""Which arrays of somebody's program have rows: those whose axes are as long as the data, if the program agrees.

An axis is tried as that of the rows, the longest ones first; whether it is one follows from what the equations do with
it. If none is, everything is computed without rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cutaway.engines.native.nodes import Unsupported
from cutaway.engines.native.program import Program
from cutaway.engines.native.sparse import SPARSE
from cutaway.graph import Graph, Var

_SHORTEST = 2  # rows
_LONG = 1000  # entries of an array that is not worth machine code without rows


def compiled(graph: Graph, parameters: Iterable[int], **settings: Any) -> Program:
    """A program for a graph of which it is not known what has rows; ``parameters`` are inputs that have none.

    Raises
    ------
    Unsupported
        With the reason of the most likely choice of rows.
    """
    fixed = {graph.inputs[i] for i in parameters}
    data = [v for v in graph.inputs if v not in fixed]
    constants = [v for v in graph._constant_vars if not hasattr(v.value, "tocsr")]
    reason: Unsupported | None = None
    for n in _lengths([*data, *constants]):
        for axes, of_constants in _choices(data, constants, n):
            rows = {i: axes[v] for i, v in enumerate(graph.inputs) if v in axes}
            try:
                return Program(graph, rows, n, constant_rows=of_constants, **settings)
            except Unsupported as error:
                reason = reason or error
    largest = max((v.size for v in (_Sized(e.output) for e in graph.eqns)), default=0)
    sparse = any(e.primitive.fn.__name__ in SPARSE for e in graph.eqns)  # what has rows then follows from the matrices
    if largest > _LONG and not sparse:
        raise reason or Unsupported("no array of it has rows")
    return Program(graph, {}, 1, **settings)


class _Sized:
    def __init__(self, var: Var) -> None:
        self.size = 1
        for n in var.shape:
            self.size *= n


def _lengths(data: list[Var]) -> Iterator[int]:
    """Lengths of axes, those first that most entries lie along."""
    weights: dict[int, int] = {}
    for var in data:
        for n in set(var.shape):
            if n >= _SHORTEST:
                weights[n] = weights.get(n, 0) + n
    yield from sorted(weights, key=lambda n: -n)[:2]


def _choices(data: list[Var], constants: list[Var], n: int) -> Iterator[tuple[Mapping[Var, int], Mapping[Var, int]]]:
    """Axes of inputs and constants; of a square array, the first and then the last."""
    seen = []
    for last in (False, True):
        found = []
        for group in (data, constants):
            axes = {v: [i for i, m in enumerate(v.shape) if m == n] for v in group}
            found.append({v: places[-1 if last else 0] for v, places in axes.items() if places})
        if found not in seen and any(found):
            seen.append(found)
            yield found[0], found[1]
