"""Outputs and gradients of the graph layers are PyTorch Geometric's, in float64, to 1e-10."""

import numpy as np
import pytest

import cutaway as ca
from cutaway.nn import GraphAttention, GraphConv, GraphSAGE
from cutaway.nn.forward import Forward

torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytest.importorskip("torch_geometric", reason="compares with PyTorch Geometric")
sparse = pytest.importorskip("scipy.sparse")
pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore"),  # PyTorch Geometric's own, about PyTorch's and NumPy's newer ways
]

N, D, UNITS = 30, 12, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, D)) * (RNG.uniform(size=(N, D)) < 0.4)


def both_ways(edges):
    return np.concatenate([edges, edges[:, ::-1]]).T


def random_edges(count):
    """Different pairs among all nodes but the last two, which have no edge."""
    pairs = np.array([(i, j) for i in range(N - 2) for j in range(i)])
    return pairs[RNG.permutation(len(pairs))[:count]]


GRAPHS = {  # as edge_index, shape (2, n_edges)
    "undirected": both_ways(random_edges(60)),
    "directed": random_edges(60).T,
    "with self-loops": np.hstack([both_ways(random_edges(40)), [[3, 8, 29], [3, 8, 29]]]),
    "no edge": np.empty((2, 0), int),
}
graphs = pytest.mark.parametrize("edges", GRAPHS.values(), ids=GRAPHS)


def matrix_of(edges, weights=None):
    weights = np.ones(edges.shape[1]) if weights is None else weights
    return sparse.csr_array((weights, (edges[1], edges[0])), shape=(N, N))


def compare(layer, theirs, names, edges, *extra):
    """``names`` says what PyTorch's parameters are called here; linear maps are transposed."""
    rng = np.random.default_rng(1)
    params = {}
    for name, parameter in theirs.named_parameters():
        ours = rng.normal(size=parameter.shape)
        parameter.data = torch.from_numpy(ours.copy())
        params[names[name]] = ours.T if name.startswith("lin") and ours.ndim == 2 else ours.reshape(ours.shape[-2:])
        if ours.ndim == 1:
            params[names[name]] = ours
    built = layer.build((D,), rng).params
    assert {k: v.shape for k, v in built.items()} == {k: v.shape for k, v in params.items()}

    x = torch.from_numpy(X).requires_grad_()
    y = theirs(x, torch.from_numpy(edges), *map(torch.from_numpy, extra))
    mix = rng.normal(size=y.shape)
    (torch.from_numpy(mix) * torch.tanh(y)).sum().backward()

    def output(p, x):
        return layer.forward(p, x, Forward(training=False, dtype=float))

    close(output(params, X), y.detach().numpy())
    grads = ca.grad(lambda p, x: np.sum(mix * np.tanh(output(p, x))), wrt=[0, 1])(params, X)
    close(grads[1], x.grad.numpy())
    sparse_x = ca.grad(lambda p: np.sum(mix * np.tanh(output(p, sparse.csr_array(X)))))(params)
    for name, parameter in theirs.named_parameters():
        expected = parameter.grad.numpy()
        expected = (
            expected.T if name.startswith("lin") and expected.ndim == 2 else expected.reshape(params[names[name]].shape)
        )
        close(grads[0][names[name]], expected)
        close(sparse_x[names[name]], expected)


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


@graphs
@pytest.mark.parametrize("bias", [True, False])
def test_graph_conv(edges, bias):
    from torch_geometric.nn import GCNConv

    layer = GraphConv(UNITS, matrix_of(edges), bias="zeros" if bias else None)
    compare(layer, GCNConv(D, UNITS, bias=bias).double(), {"lin.weight": "W", "bias": "b"}, edges)


def test_graph_conv_with_weighted_edges():
    from torch_geometric.nn import GCNConv

    edges = GRAPHS["with self-loops"]
    weights = np.random.default_rng(2).uniform(0.1, 3.0, edges.shape[1])
    layer = GraphConv(UNITS, matrix_of(edges, weights))
    compare(layer, GCNConv(D, UNITS).double(), {"lin.weight": "W", "bias": "b"}, edges, weights)


@graphs
def test_graph_sage(edges):
    from torch_geometric.nn import SAGEConv

    names = {"lin_l.weight": "W", "lin_l.bias": "b", "lin_r.weight": "W_self"}
    compare(GraphSAGE(UNITS, matrix_of(edges)), SAGEConv(D, UNITS).double(), names, edges)


@graphs
@pytest.mark.parametrize("concat", [True, False])
@pytest.mark.parametrize("heads", [1, 3])
def test_graph_attention(edges, heads, concat):
    from torch_geometric.nn import GATConv

    names = {"lin.weight": "W", "att_src": "source", "att_dst": "target", "bias": "b"}
    theirs = GATConv(D, UNITS, heads=heads, concat=concat, negative_slope=0.3).double()
    layer = GraphAttention(UNITS, matrix_of(edges), heads=heads, concat=concat, negative_slope=0.3)
    compare(layer, theirs, names, edges)
