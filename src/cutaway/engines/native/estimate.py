"""How long NumPy would take for a graph, from its sizes alone: the same graph always gets the same engine."""

from __future__ import annotations

import math

from cutaway.graph import Graph, Var

WORTH = 0.2  # seconds of NumPy's work: from here on, compiling pays
_CALL = 0.7e-6  # seconds of a NumPy call on nothing
_ENTRY = 0.6e-9  # of an entry of its result
_PRODUCT = 4e10  # multiplications and additions in a second
_SPARSE = 1e9  # in products with sparse matrices


def work(graph: Graph) -> float:
    """Seconds, roughly."""
    seconds = 0.0
    for eqn in graph.eqns:
        size = math.prod(eqn.output.shape)
        seconds += _CALL + _ENTRY * size
        if eqn.primitive.fn.__name__ == "matmul":
            left = eqn.inputs[0]
            inner = left.shape[-1] if isinstance(left, Var) and left.shape else 1
            seconds += 2 * size * inner / _PRODUCT
        elif eqn.primitive.fn.__name__ in ("sparse_matmul", "csr_matmul"):
            matrix = eqn.inputs[0]
            entries = math.prod(matrix.shape) if isinstance(matrix, Var) else 1
            if isinstance(matrix, Var) and hasattr(matrix.value, "nnz"):
                entries = matrix.value.nnz
            seconds += 2 * entries * size / max(1, eqn.output.shape[0]) / _SPARSE
    return seconds
