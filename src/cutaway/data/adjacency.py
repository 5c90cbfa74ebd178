"""A graph, however it is written down, becomes one sparse matrix: row i says how much node i hears each other node.

``A @ X`` is then what every graph layer starts from: for each node, the sum over its neighbours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.data.checks import counted, whole_number
from cutaway.errors import DataError, DtypeError, ShapeError

_FORMS = "Give a square matrix, pairs of node numbers (n_edges, 2), an edge_index (2, n_edges) or a NetworkX graph"


def adjacency(source: Any, n_nodes: int | None = None) -> Any:
    """Return the adjacency matrix of a graph.

    Parameters
    ----------
    source : sparse matrix, array_like or graph
        One of:

        - a square matrix (n_nodes, n_nodes), sparse or dense: entry (i, j) is how much node i hears node j;
        - pairs of node numbers, shape (n_edges, 2): each connects two nodes, both ways;
        - an ``edge_index`` as in PyTorch Geometric, shape (2, n_edges): one way, from the nodes of the first row to
          those of the second;
        - a NetworkX graph, its nodes numbered as it lists them; the edge attribute ``weight`` counts.

        An edge that is listed twice, or in both directions, is one edge.
    n_nodes : int, optional
        For pairs and an ``edge_index``: how many nodes there are, if the last ones have no edge.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_nodes, n_nodes), float64
        Sorted; no entry is stored twice, and no zero.

    Raises
    ------
    ShapeError, DtypeError, DataError
        If it is none of these, or a number in it makes no sense.

    Examples
    --------
    >>> adjacency([[0, 1], [1, 2], [1, 3]]).toarray()
    array([[0., 1., 0., 0.],
           [1., 0., 1., 1.],
           [0., 1., 0., 0.],
           [0., 1., 0., 0.]])
    """
    if hasattr(source, "is_directed") and hasattr(source, "edges"):
        return _from_networkx(source)
    listed = not hasattr(source, "tocsr")  # a sparse matrix is never a list of edges
    array = _numbers(source) if listed else source
    rows, columns = array.shape if array.ndim == 2 else (0, 0)
    if listed and (rows, columns) == (2, 2):
        raise ShapeError(
            "Four numbers can be a matrix of two nodes as well as two edges",
            received="shape (2, 2)",
            instead="Write scipy.sparse.csr_array(matrix) for a matrix",
        )
    if rows == columns > 0:
        return _matrix(array, n_nodes)
    if listed and rows > 0 and columns == 2:
        return _edges(np.concatenate([array, array[:, ::-1]]).T, n_nodes)
    if listed and rows == 2 and columns > 0:
        return _edges(array, n_nodes)
    raise ShapeError("This is no graph that can be read", received=f"shape {array.shape}", instead=_FORMS)


def _numbers(source: Any) -> NDArray[Any]:
    try:
        array = np.asarray(source)
    except ValueError as error:
        raise ShapeError(
            "This is no graph that can be read", received="rows of other lengths", instead=_FORMS
        ) from error
    if array.dtype.kind not in "biuf":
        received = f"an array of dtype {array.dtype}" if array.ndim else type(source).__name__
        raise DtypeError("This is no graph that can be read", received=received, instead=_FORMS)
    return array


def _matrix(matrix: Any, n_nodes: int | None = None) -> Any:
    """A copy in float64 and in canonical form."""
    from scipy import sparse

    if n_nodes is not None and n_nodes != matrix.shape[0]:
        raise ShapeError(f"The matrix is not one of {counted(n_nodes, 'node')}", received=f"shape {matrix.shape}")
    found = sparse.csr_array(matrix, dtype=np.float64, copy=True)
    found.sum_duplicates()
    found.eliminate_zeros()
    if not np.isfinite(found.data).all():
        wrong = int(np.count_nonzero(~np.isfinite(found.data)))
        raise DataError(
            "The weights of edges must be finite", received=f"{counted(wrong, 'edge')} with NaN or infinity"
        )
    return found


def _edges(edge_index: NDArray[Any], n_nodes: int | None) -> Any:
    from scipy import sparse

    source, target = ends = edge_index.astype(np.int64)
    if (ends != edge_index).any():
        raise DtypeError("Edges are pairs of node numbers", received="numbers that are not whole", instead=_FORMS)
    if ends.min() < 0:
        raise DataError("Nodes are numbered from 0", received=f"an edge of node {ends.min()}")
    least = int(ends.max()) + 1
    n = least if n_nodes is None else whole_number(n_nodes, "n_nodes", 1)
    if n < least:
        raise DataError(f"There are {counted(n, 'node')}, numbered from 0", received=f"an edge of node {least - 1}")
    found = _matrix(sparse.coo_array((np.ones(len(source)), (target, source)), shape=(n, n)))
    found.data[:] = 1.0
    return found


def _from_networkx(graph: Any) -> Any:
    from scipy import sparse

    number = {node: i for i, node in enumerate(graph.nodes)}
    if not number:
        raise DataError("The graph has no nodes", instead=_FORMS)
    edges = [(number[a], number[b], weight) for a, b, weight in graph.edges(data="weight", default=1.0)]
    if not graph.is_directed():
        edges += [(b, a, weight) for a, b, weight in edges if a != b]
    table = np.array(edges, np.float64).reshape(-1, 3)
    ends = table[:, 1::-1].T.astype(np.int64)  # (target, source)
    return _matrix(sparse.coo_array((table[:, 2], (ends[0], ends[1])), shape=(len(number), len(number))))
