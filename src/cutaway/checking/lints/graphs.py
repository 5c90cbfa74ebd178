"""What lints read in the graph of a loss: where the data come in, and which values are those of hidden layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.records import Array
from cutaway.graph import Eqn, Graph, Var

PRODUCTS = ("matmul", "dot")
TIMES = (*PRODUCTS, "multiply", "einsum", "contracted", "tensordot", "inner", "outer")
PARTS = ("take_at", "reshape", "transpose", "ravel", "copy", "astype", "squeeze", "python_number")


def data_of(graph: Graph, product: Eqn) -> Iterator[tuple[Var, int]]:
    """The constant matrices that a product takes, each with the axis of its samples: 0 for that on the left."""
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    for axis, a in enumerate(product.inputs):
        if isinstance(a, Var) and a not in varying and np.ndim(a.value) == 2:
            yield a, axis


def inputs_of(graph: Graph) -> Iterator[tuple[Eqn, Var, int]]:
    """Every product that takes data: its equation, the data, and the axis of the samples."""
    for eqn in graph.eqns:
        if eqn.primitive.name in PRODUCTS:
            for x, axis in data_of(graph, eqn):
                yield eqn, x, axis


def hidden_values(graph: Graph) -> set[Var]:
    """The values from which a later matrix product is computed: those of hidden layers."""
    found: set[Var] = set()
    for e in reversed(graph.eqns):
        if e.primitive.name in PRODUCTS or e.output in found:
            found.update(a for a in e.inputs if isinstance(a, Var))
    return found


def plain(x: Any) -> Array:
    """The numbers of a variable or of a constant."""
    return np.asarray(x.value if isinstance(x, Var) else x, dtype=float)


def multiplied(graph: Graph) -> set[str]:
    """The parameters that are multiplied with something, whole or in parts: weights, and no biases."""
    own: dict[Var, str] = {v: str(v.name) for v in graph.inputs}
    found: set[str] = set()
    for eqn in graph.eqns:
        names = [own[a] for a in eqn.inputs if isinstance(a, Var) and a in own]
        kind = eqn.primitive.name.rpartition(".")[2]
        if kind in PARTS and len(names) == 1:
            own[eqn.output] = names[0]
        elif kind in TIMES and any(isinstance(a, Var) and a not in own for a in eqn.inputs):
            found.update(names)
    return found
