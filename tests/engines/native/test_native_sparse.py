"""Sparse matrices, layers on graphs and rows chosen by number: the same numbers on both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

from scipy import sparse

import cutaway as ca
from cutaway.engines.native import machine, team
from cutaway.engines.native.program import Program
from cutaway.errors import UsageError
from cutaway.interpreters.simplify import simplify

pytestmark = pytest.mark.native
Array = np.ndarray[Any, Any]
N = 150


def links(n: int = N, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return ca.data.adjacency(rng.integers(0, n, (3 * n, 2)), n_nodes=n)


def words(n: int = N, features: int = 40, seed: int = 0) -> Any:
    """Samples of which some are empty, and a feature that nobody has."""
    X = sparse.random_array((n, features), density=0.1, rng=np.random.default_rng(seed), format="lil")
    X[3] = X[n - 1] = 0
    X[:, 5] = 0
    return X.tocsr()


def labels(n: int = N, classes: int = 3) -> Array:
    return np.random.default_rng(1).integers(0, classes, n)


def train(engine: str, layers: list[ca.Layer], X: Any, y: Array, *, dtype: str = "float64", **how: Any) -> Any:
    net = ca.Network(layers, seed=1, dtype=dtype)
    history = net.fit(X, y, **{"epochs": 12, "lr": 0.02, "progress": False, **how}, engine=engine)
    return net, history


def weights(net: ca.Network) -> Array:
    return np.concatenate([a.ravel() for part in (*net.params, *net.state) for a in part.values()])


A = links()
KNOWN = np.random.default_rng(2).permutation(N)
CASES: dict[str, tuple[list[ca.Layer], Any, dict[str, Any]]] = {
    "convolutions": (
        [ca.GraphConv(16, A, "relu"), ca.Dropout(0.5), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50], "optimizer": ca.Adam(0.01, weight_decay=5e-4), "lr": None},
    ),
    "all nodes": ([ca.GraphConv(5, A, "tanh"), ca.GraphConv(3, A, "softmax")], words(), {}),
    "dense features": (
        [ca.GraphConv(20, A, "relu"), ca.GraphConv(3, A, "softmax")],
        words().toarray(),
        {"rows": KNOWN[:50]},
    ),
    "dense features, as many as nodes": (
        [ca.GraphConv(20, A, "relu"), ca.GraphConv(3, A, "softmax")],
        np.eye(N),
        {"rows": KNOWN[:50]},
    ),
    "three layers": (
        [ca.GraphConv(33, A, "relu"), ca.GraphConv(6, A, "tanh"), ca.Dense(4, "elu"), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50]},
    ),
    "wide layers": (
        [ca.GraphConv(160, A, "relu"), ca.GraphConv(130, A, "tanh"), ca.GraphConv(3, A, "softmax")],
        words(),
        {"epochs": 4, "lr": 0.001},
    ),
    "dropout of words": (
        [ca.Dropout(0.3), ca.GraphConv(8, A, "relu"), ca.Dropout(0.5), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50]},
    ),
    "means of neighbours": ([ca.GraphSAGE(7, A, "relu"), ca.GraphSAGE(3, A, "softmax")], words(), {"rows": KNOWN[:50]}),
    "attention": (
        [ca.GraphAttention(5, A, "elu", heads=2), ca.GraphAttention(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50], "validation": KNOWN[50:90]},
    ),
    "attention with dropout": (
        [ca.GraphAttention(4, A, "elu", heads=3, concat=False, dropout=0.3), ca.GraphAttention(3, A, "softmax")],
        words().toarray(),
        {"rows": KNOWN[:50]},
    ),
    "mini-batches": (
        [ca.GraphConv(9, A, "relu"), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50], "batch_size": 16, "epochs": 5},
    ),
    "validation": (
        [ca.GraphConv(9, A, "relu"), ca.Dropout(0.2), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50], "validation": KNOWN[50:90]},
    ),
    "other metrics": (
        [ca.GraphConv(9, A, "relu"), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50], "validation": KNOWN[50:90], "metrics": ["accuracy", "f1"]},
    ),
    "class weights": (
        [ca.GraphConv(9, A, "relu"), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:50], "class_weight": "balanced"},
    ),
    "rows that occur twice": (
        [ca.GraphConv(9, A, "relu"), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": np.concatenate([KNOWN[:20], KNOWN[:7]])},
    ),
    "one column": ([ca.GraphConv(4, A, "tanh"), ca.GraphConv(1, A, "sigmoid")], words(), {"rows": KNOWN[:50]}),
    "as many features as nodes": (
        [ca.GraphConv(4, A, "tanh"), ca.GraphConv(3, A, "softmax")],
        sparse.eye_array(N).tocsr(),
        {"rows": KNOWN[:50]},
    ),
    "as many known nodes as features": (
        [ca.GraphConv(4, A, "tanh"), ca.GraphConv(3, A, "softmax")],
        words(),
        {"rows": KNOWN[:40]},
    ),
    "sparse samples": ([ca.Dense(12, "relu"), ca.Dense(3, "softmax")], words(), {}),
    "sparse samples and batch normalisation": (
        [ca.Dense(12, "relu"), ca.BatchNorm(), ca.Dense(3, "softmax")],
        words(),
        {"validation": 0.2},
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", list(CASES))
def test_trajectories(case: str, dtype: str) -> None:
    layers, X, how = CASES[case]
    y = labels() % 2 if case == "one column" else labels()
    one, expected = train("numpy", layers, X, y, dtype=dtype, **how)
    two, found = train("native", layers, X, y, dtype=dtype, **how)
    assert found.columns == expected.columns and len(found) == len(expected)
    tolerance = 1e-4 if dtype == "float32" else 1e-9
    for name in expected.columns:
        if name != "seconds":
            np.testing.assert_allclose(found[name], expected[name], rtol=tolerance, atol=tolerance / 100, err_msg=name)
    np.testing.assert_allclose(weights(two), weights(one), rtol=30 * tolerance, atol=3 * tolerance)


@pytest.mark.parametrize("batch_size", [None, 700])
def test_the_same_bits_on_any_number_of_threads(batch_size: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    n, found, parts = 3000, [], []
    graph, X, y = links(n), words(n, 300), labels(n)
    for threads in (1, 2, 3):
        monkeypatch.setattr("cutaway.train.native.cores", lambda threads=threads: threads)
        monkeypatch.setattr(team, "cores", lambda threads=threads: threads)
        monkeypatch.setattr("cutaway.train.native.Program", lambda *a, **k: parts.append(Program(*a, **k)) or parts[-1])
        team.team.cache_clear()
        layers = [ca.Dropout(0.2), ca.GraphConv(32, graph, "relu"), ca.Dropout(0.5), ca.GraphConv(3, graph, "softmax")]
        net, history = train(
            "native", layers, X, y, dtype="float32", rows=np.arange(1400), epochs=3, batch_size=batch_size
        )
        found.append((weights(net), history["loss"]))
    team.team.cache_clear()
    assert max(parts[0].layout.chunks) > 2 and parts[-1].threads == 3
    for other in found[1:]:
        np.testing.assert_array_equal(other[0], found[0][0])
        np.testing.assert_array_equal(other[1], found[0][1])


@pytest.mark.parametrize("kind", ["host", "avx2", "sse2"])
@pytest.mark.parametrize("width", [1, 3, 7, 16, 21, 85])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products(width: int, dtype: str, kind: str) -> None:
    """Forward and backward, through tiles and back, on vectors of each kind."""
    target = machine.host() if kind == "host" else machine.lesser(kind)
    if ("sse2" not in machine.host().enabled and kind != "host") or target.width > machine.host().width:
        pytest.skip(f"this machine has no {kind}")
    X = words(100, 60).astype(dtype)
    B = links(100).astype(dtype)
    rng = np.random.default_rng(0)
    W = rng.normal(size=(60, width)).astype(dtype)

    def loss(W: Array) -> Any:
        h = np.tanh(B @ (X @ W))
        return np.mean((B @ (h * h)) ** 2) + np.sum(h[rows] ** 3)

    rows = rng.integers(-100, 100, 37)
    graph = simplify(ca.trace(ca.value_and_grad(loss), W))
    program = Program(graph, {}, 100, results=(0, 1), target=target)
    program.put(0, W)
    program.run()
    value, gradient = ca.value_and_grad(loss)(W)
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(program.output(0), value, rtol=tolerance)
    np.testing.assert_allclose(program.output(1), gradient, rtol=10 * tolerance, atol=10 * tolerance)


# Somebody's own programs ---------------------------------------------------------------------------------------------

X, Y = words(), np.eye(3)[labels()]
SIGNS = np.sign(np.random.default_rng(3).normal(size=N))


def logistic(p: dict[str, Array]) -> Any:
    z = X @ p["w"] + p["c"]
    return np.mean(np.logaddexp(0, -SIGNS * z)) + 0.01 * np.sum(p["w"] ** 2)


def convolutions(p: dict[str, Array]) -> Any:
    h = np.maximum(A @ (X @ p["W"]) + p["b"], 0)
    z = (A @ (h @ p["V"]))[KNOWN[:50]]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return -np.mean(np.sum(Y[KNOWN[:50]] * np.log(e / e.sum(axis=1, keepdims=True)), axis=1))


def masked(p: dict[str, Array]) -> Any:
    known = np.arange(N) % 3 == 0
    return np.mean(((A @ np.tanh(X @ p["W"]) @ p["V"])[known] - Y[known]) ** 2)


def from_the_end(p: dict[str, Array]) -> Any:
    h = np.tanh(X @ p["W"])
    return np.sum((h[[-2, 7, 7]] @ p["V"] - 1) ** 2)


def in_columns(p: dict[str, Array]) -> Any:
    return np.mean((p["V"].T @ np.tanh(p["W"].T @ X.T) - Y.T) ** 2)


def embedded(p: dict[str, Array]) -> Any:
    """Places of nodes: near to those of their neighbours, and to what they were."""
    return np.sum((A @ p["E"] - 2 * p["E"]) ** 2) / N + np.mean((p["E"][KNOWN[:50]] - 1) ** 2)


def pairs(p: dict[str, Array]) -> Any:
    """How like neighbours are, of whom each is in several pairs."""
    first, second = A.indices[:60], A.indices[60:120]
    return np.mean((np.sum(p["E"][first] * p["E"][second], axis=1) - 1) ** 2)


OWN = {f.__name__: f for f in (pairs, logistic, convolutions, masked, from_the_end, in_columns, embedded)}


def start() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    shapes = {"w": (40,), "c": (), "W": (40, 9), "b": (9,), "V": (9, 3), "E": (N, 4)}
    return {k: 0.3 * rng.normal(size=shape) for k, shape in shapes.items()}


@pytest.mark.parametrize("name", list(OWN))
def test_own_losses(name: str) -> None:
    losses = []
    for engine in ("numpy", "native"):
        _, history = ca.minimize(OWN[name], start(), optimizer=ca.Adam(0.02), steps=50, engine=engine)
        losses.append(history["loss"])
    assert losses[0][-1] < losses[0][0]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-9)


def test_compiled_functions_and_their_plans() -> None:
    f = ca.compile(lambda W: np.tanh(A @ (X @ W)), engine="native")
    W = np.random.default_rng(0).normal(size=(40, 5))
    np.testing.assert_allclose(f(W), np.tanh(A @ (X @ W)), rtol=1e-12, atol=1e-15)
    text = f.explain()
    for part in ("product of a sparse matrix", f"150 × 40, {X.nnz} entries", f"150 × 150, {A.nnz} entries"):
        assert part in text, part


def test_what_has_no_machine_code_is_named() -> None:
    places = np.argsort(np.random.default_rng(0).random(N))

    def chosen(E: Array, i: Array) -> Any:
        return np.sum((A @ E)[i] ** 2)

    f = ca.compile(chosen, engine="native")
    with pytest.raises(UsageError, match="indexed by an array that is not known beforehand"):
        f(np.ones((N, 2)), places)
    g = ca.compile(lambda E: np.sum((A @ E)[places[:, None], [0, 1]]), engine="native")
    with pytest.raises(UsageError, match="not along the first axis alone"):
        g(np.ones((N, 2)))


def test_many_networks_on_a_graph() -> None:
    def networks() -> list[ca.Network]:
        layers = [ca.GraphConv(6, A, "relu"), ca.Dropout(0.2), ca.GraphConv(3, A, "softmax")]
        return [ca.Network(layers, seed=i, dtype="float32") for i in range(3)]

    how: dict[str, Any] = {"rows": KNOWN[:50], "epochs": 10, "progress": False}
    together, alone = networks(), networks()
    ca.fit_many(together, X, labels(), engine="native", **how)
    for one, other in zip(together, alone, strict=True):
        other.fit(X, labels(), engine="native", **how)
        np.testing.assert_array_equal(weights(one), weights(other))


def test_compiled_predictions_on_a_graph() -> None:
    dense = X.toarray()
    net, _ = train("numpy", [ca.GraphConv(6, A, "relu"), ca.GraphConv(3, A, "softmax")], dense, labels(), epochs=2)
    plain = net(dense)
    np.testing.assert_allclose(net.compile(N)(dense), plain, rtol=1e-12)
