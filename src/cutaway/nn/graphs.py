"""Layers on a graph: the samples are its nodes, and each node's output depends on its neighbours too.

A graph layer holds its graph as a sparse matrix (see :func:`cutaway.data.adjacency`): row i says how much node i hears
each other node. All nodes go through the network at once; which of them the loss is taken over is said when training,
``net.fit(X, y, rows=...)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.nn.activations import ActivationFunction, Array, activate
from cutaway.nn.initializers import INITIALIZERS, Shape
from cutaway.nn.layers import Dense, Dropout, Layer, Pass, Weighting, Weights, set_field
from cutaway.nn.validate import real, whole
from cutaway.ops.sparse import csr_matmul, gather, rows_of, segment_softmax

_GLOROT = INITIALIZERS["glorot_uniform"]  # of all graph layers, as their papers have it, for relu too


@dataclass(frozen=True, repr=False, eq=False)
class GraphLayer(Layer):
    """Base of the graph layers: a dense layer whose sums go along the edges of a graph."""

    rowwise: ClassVar[bool] = False
    takes_sparse: ClassVar[bool] = True

    units: int
    adjacency: Any
    activation: str | ActivationFunction = "identity"
    _: KW_ONLY
    weights: Weighting | None = None
    bias: Weighting | None = "zeros"

    def __post_init__(self) -> None:
        from cutaway.data.adjacency import adjacency

        matrix = adjacency(self.adjacency)
        if matrix.nnz and matrix.data.min() < 0:
            raise DataError(
                "The weights of edges cannot be negative",
                received=f"{matrix.data.min():g} among them",
                instead="Give the absolute values, or leave these edges out",
            )
        set_field(self, "adjacency", matrix)
        set_field(self, "units", self._dense.units)
        for name in ("weights", "bias"):
            if getattr(self, name) is not None:
                set_field(self, name, getattr(self._dense, name))

    @cached_property
    def _dense(self) -> Dense:
        """The dense layer that it would be without a graph: it checks the settings, and makes the weights."""
        start = _GLOROT if self.weights is None else self.weights
        return Dense(self.units, self.activation, weights=start, bias=self.bias)

    @property
    def output_activation(self) -> str | ActivationFunction:
        return self.activation

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        return self._dense.build(shape, rng)

    def output_shape(self, shape: Shape) -> Shape:
        return self._dense.output_shape(shape)

    def _finish(self, p: Mapping[str, Array], z: Array) -> Array:
        """Add the bias and apply the activation."""
        return activate(self.activation, z if self.bias is None else z + p["b"])

    def _check_nodes(self, x: Any) -> None:
        n = self.adjacency.shape[0]
        if x.shape[0] != n:
            raise ShapeError(
                f"The graph has {n} nodes, and each needs a row of X",
                received=f"{x.shape[0]} rows",
                instead="Give the features of all nodes; fit and evaluate take rows= for those that count",
            )


@dataclass(frozen=True, repr=False, eq=False)
class GraphConv(GraphLayer):
    """Graph convolution: each node takes a weighted mean over its neighbours and itself, of what a dense layer gives.

    Parameters
    ----------
    units : int
        Number of outputs for each node.
    adjacency : sparse matrix, array_like or graph
        The graph; see :func:`cutaway.data.adjacency`. A node that has no edge to itself gets one of weight 1.
    activation, weights, bias
        As for ``Dense``; the weights start as ``"glorot_uniform"``.

    Raises
    ------
    ShapeError, DtypeError, DataError
        If the graph cannot be read, or has negative weights.
    ShapeError
        When used, if there is not one row for each node.

    Notes
    -----
    ``activation(D^-1/2 (A + I) D^-1/2 @ x @ W + b)``, where ``D`` has the sums of the rows of ``A + I`` on its diagonal
    (Kipf and Welling 2017, equation 2); the numbers are those of PyTorch Geometric's ``GCNConv``.

    Examples
    --------
    >>> from cutaway.nn.forward import Forward
    >>> layer = GraphConv(1, [[0, 1], [1, 2], [1, 3]], weights="ones")
    >>> layer
    GraphConv(1, <graph of 4 nodes>, weights='ones')
    >>> layer.forward({"W": np.ones((1, 1)), "b": np.zeros(1)}, np.ones((4, 1)), Forward(training=False, dtype=float))
    array([[0.85355339],
           [1.31066017],
           [0.85355339],
           [0.85355339]])
    """

    @cached_property
    def _mean(self) -> Any:
        from scipy.sparse import diags_array

        own = self.adjacency.diagonal()
        matrix = self.adjacency + diags_array((own == 0).astype(float))
        root = 1 / np.sqrt(matrix.sum(axis=1))
        return (diags_array(root) @ matrix @ diags_array(root)).tocsr()

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        self._check_nodes(x)
        return self._finish(p, self._mean.astype(x.dtype) @ (x @ p["W"]))


@dataclass(frozen=True, repr=False, eq=False)
class GraphSAGE(GraphLayer):
    """Each node weighs its own features and the mean of its neighbours' by two matrices.

    Parameters
    ----------
    units : int
        Number of outputs for each node.
    adjacency : sparse matrix, array_like or graph
        The graph; see :func:`cutaway.data.adjacency`. The mean is weighted if its edges are; that of a node without
        neighbours is zero.
    activation, weights, bias
        As for ``Dense``; both matrices start alike, by default as ``"glorot_uniform"``.

    Raises
    ------
    ShapeError, DtypeError, DataError
        As for :class:`GraphConv`.

    Notes
    -----
    ``activation(mean of neighbours @ W + x @ W_self + b)``: Hamilton, Ying and Leskovec (2017), algorithm 1 with the
    mean aggregator, all neighbours and no normalisation; the numbers are those of PyTorch Geometric's ``SAGEConv``.

    Examples
    --------
    >>> layer = GraphSAGE(8, [[0, 1], [1, 2], [2, 3]])
    >>> {name: array.shape for name, array in layer.build((3,), np.random.default_rng(0)).params.items()}
    {'W': (3, 8), 'W_self': (3, 8), 'b': (8,)}
    """

    @cached_property
    def _mean(self) -> Any:
        from scipy.sparse import diags_array

        total = self.adjacency.sum(axis=1)
        return (diags_array(1 / np.where(total > 0, total, 1)) @ self.adjacency).tocsr()

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        first, second = (self._dense.build(shape, rng).params for _ in range(2))
        return Weights({"W": first.pop("W"), "W_self": second["W"], **first})

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        self._check_nodes(x)
        return self._finish(p, self._mean.astype(x.dtype) @ (x @ p["W"]) + x @ p["W_self"])


@dataclass(frozen=True, repr=False, eq=False)
class GraphAttention(GraphLayer):
    """Each node takes a mean over its neighbours and itself, and learns whom to listen to.

    Parameters
    ----------
    units : int
        Number of outputs of each head for each node.
    adjacency : sparse matrix, array_like or graph
        The graph; see :func:`cutaway.data.adjacency`. Only where edges are matters, not what they weigh.
    activation, weights, bias
        As for ``Dense``; the weights start as ``"glorot_uniform"``.
    heads : int
        How many means are taken, each with weights of its own.
    concat : bool
        Whether the heads' outputs stand side by side (``heads * units`` outputs), or their mean is taken.
    negative_slope : float
        Of the leaky relu that the scores go through.
    dropout : float
        Share of the neighbours that each node does not hear while training.

    Raises
    ------
    ShapeError, DtypeError, DataError, UsageError
        As for :class:`GraphConv`, or if a number cannot be used.

    Notes
    -----
    Node i hears node j with the weight ``softmax_j(leaky_relu(source . h_j + target . h_i))``, where ``h = x @ W``:
    Velickovic et al. (2018), equations 1 to 6; the numbers are those of PyTorch Geometric's ``GATConv``.

    Examples
    --------
    >>> layer = GraphAttention(8, [[0, 1], [1, 2], [2, 3]], "elu", heads=4)
    >>> {name: array.shape for name, array in layer.build((3,), np.random.default_rng(0)).params.items()}
    {'W': (3, 32), 'source': (4, 8), 'target': (4, 8), 'b': (32,)}
    """

    _: KW_ONLY
    heads: int = 1
    concat: bool = True
    negative_slope: float = 0.2
    dropout: float = 0.0

    def __post_init__(self) -> None:
        set_field(self, "heads", whole(self.heads, "heads of GraphAttention"))
        if not isinstance(self.concat, bool):
            raise UsageError("concat of GraphAttention must be True or False", received=repr(self.concat)[:60])
        set_field(self, "negative_slope", real(self.negative_slope, "negative_slope of GraphAttention", "[0, inf)"))
        set_field(self, "dropout", Dropout(self.dropout).rate)
        super().__post_init__()

    @cached_property
    def _links(self) -> tuple[Any, Any]:
        """Whom each node hears, itself among them: ``indices`` and ``indptr`` as in CSR."""
        from scipy.sparse import eye_array

        links = (self.adjacency + eye_array(self.adjacency.shape[0])).tocsr()
        links.sort_indices()
        return links.indices, links.indptr

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        wide = Dense(self.heads * self.units, weights=self._dense.weights, bias=None)
        params = wide.build(shape, rng).params
        params |= {name: _GLOROT((self.heads, self.units), rng) for name in ("source", "target")}
        if self.bias is not None:
            (outputs,) = self.output_shape(shape)
            params["b"] = Dense(outputs, weights="zeros", bias=self.bias).build(shape, rng).params["b"]
        return Weights(params)

    def output_shape(self, shape: Shape) -> Shape:
        (units,) = self._dense.output_shape(shape)
        return (self.heads * units if self.concat else units,)

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        self._check_nodes(x)
        indices, indptr = self._links
        h = (x @ p["W"]).reshape((x.shape[0], self.heads, self.units))
        source, target = (np.sum(h * p[name], axis=-1) for name in ("source", "target"))
        scores = gather(source, indices) + gather(target, rows_of(indptr, len(indices)))
        scores = np.where(scores > 0, scores, self.negative_slope * scores)
        shares = Dropout(self.dropout).forward({}, segment_softmax(scores, indptr), run)
        heads = [csr_matmul(shares[:, k], h[:, k], indices, indptr) for k in range(self.heads)]
        return self._finish(p, np.concatenate(heads, axis=1) if self.concat else sum(heads) / self.heads)
