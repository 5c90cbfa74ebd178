"""Layers on graphs, sparse samples, and training on some rows of all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

import cutaway as ca
from cutaway.errors import CutawayError, DataError, DtypeError, ShapeError, UsageError
from cutaway.files import read_arrays, write_arrays
from cutaway.nn.forward import Forward
from cutaway.nn.saving import FORMAT

RNG = np.random.default_rng(0)
N, D = 40, 9
LINKS = np.triu(RNG.uniform(size=(N, N)) < 0.1, 1).astype(float)
A = LINKS + LINKS.T
X = RNG.normal(size=(N, D)) * (RNG.uniform(size=(N, D)) < 0.5)
Y = RNG.integers(0, 3, N)
SIDE = (X[:, 0] > 0).astype(int)
MASK = np.arange(N) < 25
PASS = Forward(training=False, dtype=np.float64)
KINDS = {
    "conv": lambda units, **how: ca.GraphConv(units, A, **how),
    "sage": lambda units, **how: ca.GraphSAGE(units, A, **how),
    "attention": lambda units, **how: ca.GraphAttention(units, A, heads=2, concat=False, **how),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def classifier(kind: Any, **how: Any) -> ca.Network:
    return ca.Network([kind(8, activation="relu"), ca.Dropout(0.3), kind(3, activation="softmax")], **how)


def fitted(net: ca.Network, X: Any = X, y: Any = Y, **how: Any) -> ca.History:
    return net.fit(X, y, **{"epochs": 5, "progress": False} | how)


def weights(net: ca.Network) -> Any:
    return np.concatenate([a.ravel() for layer in net.params for a in layer.values()])


# What the layers compute ------------------------------------------------------------------------------------------


def test_graph_conv_is_the_formula_of_the_paper() -> None:
    p = {"W": RNG.normal(size=(D, 4)), "b": RNG.normal(size=4)}
    hears = A + np.eye(N)
    root = np.diag(1 / np.sqrt(hears.sum(axis=1)))
    expected = np.tanh(root @ hears @ root @ X @ p["W"] + p["b"])
    np.testing.assert_allclose(ca.GraphConv(4, A, "tanh").forward(p, X, PASS), expected, atol=1e-14)


def test_graph_sage_takes_the_mean_over_neighbours_alone() -> None:
    alone = A.copy()
    alone[3] = alone[:, 3] = 0
    p = {"W": np.eye(D), "W_self": np.zeros((D, D))}
    y = ca.GraphSAGE(D, alone, bias=None).forward(p, X, PASS)
    for i in range(N):
        neighbours = X[alone[i] > 0]
        np.testing.assert_allclose(y[i], neighbours.mean(axis=0) if len(neighbours) else 0, atol=1e-14)


@each_kind
def test_weights_start_as_in_the_papers_for_relu_too(kind: Any) -> None:
    params = kind(30, activation="relu").build((500,), np.random.default_rng(0)).params
    outputs = 60 if "source" in params else 30  # of both heads
    assert params["W"].std() == pytest.approx(np.sqrt(2 / (500 + outputs)), rel=0.02)
    assert np.abs(params["W"]).max() < np.sqrt(6 / (500 + outputs))
    assert not params["b"].any() and params["b"].shape == (30,)


def test_attention_is_a_mean_that_no_score_can_overflow() -> None:
    layer = ca.GraphAttention(D, A, bias=None)
    p = {"W": np.eye(D), "source": np.full((1, D), 1e4), "target": RNG.normal(size=(1, D))}
    y = layer.forward(p, X, PASS)
    for i in range(N):
        hears = np.flatnonzero(A[i] + np.eye(N)[i])
        loudest = hears[X[hears].sum(axis=1).argmax()]
        np.testing.assert_allclose(y[i], X[loudest], atol=1e-8)


def test_attention_drops_neighbours_while_training_alone() -> None:
    layer = ca.GraphAttention(D, A, dropout=0.5)
    p = layer.build((D,), np.random.default_rng(0)).params
    once, again = (layer.forward(p, X, Forward(training=True, dtype=np.float64, step=k)) for k in (0, 1))
    assert not np.allclose(once, again)
    whole = ca.GraphAttention(D, A)
    np.testing.assert_array_equal(layer.forward(p, X, PASS), whole.forward(p, X, PASS))


@each_kind
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sparse_samples_give_what_dense_ones_give(kind: Any, dtype: str) -> None:
    dense, thin = classifier(kind, dtype=dtype), classifier(kind, dtype=dtype)
    logs = [fitted(net, x, rows=MASK, validation=~MASK) for net, x in ((dense, X), (thin, sparse.coo_matrix(X)))]
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(logs[0][name], logs[1][name], rtol=tolerance)
    outputs = dense(X)
    assert outputs.dtype == dtype
    np.testing.assert_allclose(outputs, thin(sparse.csc_array(X)), rtol=100 * tolerance)


def test_a_product_of_sparse_samples_is_recorded_as_one() -> None:
    net = ca.Network([ca.GraphConv(2, A)], dtype="float64").build(D)
    thin = sparse.csr_array(X)
    graph = ca.trace(lambda p: net.layers[0].forward(p, thin, PASS), net.params[0])
    names = [eqn.primitive.name.rpartition(".")[2] for eqn in graph.eqns]
    assert names == ["sparse_matmul", "sparse_matmul", "add"]


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil"])
def test_other_networks_take_sparse_samples_too(form: str) -> None:
    layers = [ca.Dense(6, "tanh"), ca.Dense(1, "sigmoid")]
    dense, thin = ca.Network(layers), ca.Network(layers)
    S = getattr(sparse, f"{form}_array")(X)
    logs = [fitted(n, x, SIDE, validation=(x, SIDE), epochs=20) for n, x in ((dense, X), (thin, S))]
    np.testing.assert_allclose(logs[0]["loss"], logs[1]["loss"], rtol=1e-5)
    np.testing.assert_allclose(logs[0]["val_loss"], logs[1]["val_loss"], rtol=1e-5)
    assert thin.evaluate(S, SIDE)["loss"] == pytest.approx(dense.evaluate(X, SIDE)["loss"], rel=1e-5)


def test_a_share_of_sparse_samples_is_held_out() -> None:
    layers = [ca.Dense(6, "tanh"), ca.BatchNorm(), ca.Dense(1, "sigmoid")]
    logs = [fitted(ca.Network(layers), x, SIDE, validation=0.25) for x in (X, sparse.csr_array(X))]
    np.testing.assert_allclose(logs[0]["val_loss"], logs[1]["val_loss"], rtol=1e-5)


def test_dropout_drops_stored_inputs_and_keeps_their_mean() -> None:
    S = sparse.random_array((200, 300), density=0.2, rng=np.random.default_rng(0), dtype=np.float64).tocsr()
    dropped = ca.Dropout(0.25).forward({}, S, Forward(training=True, dtype=np.float64, seed=3))
    dense = dropped @ np.eye(300)
    kept = dense != 0
    assert 0.74 < kept.sum() / S.nnz < 0.76
    np.testing.assert_allclose(dense[kept], S.toarray()[kept] / 0.75)
    twice = ca.Dropout(0.5).forward({}, dropped, Forward(training=True, dtype=np.float64, seed=4))
    assert np.count_nonzero(twice @ np.eye(300)) < kept.sum()
    assert ca.Dropout(0.25).forward({}, S, PASS) is S


def test_dropout_of_sparse_inputs_differs_from_step_to_step() -> None:
    net = ca.Network([ca.Dropout(0.5), ca.GraphConv(3, A, "softmax")], dtype="float64")
    history = fitted(net, sparse.csr_array(X), optimizer=ca.SGD(1e-12), epochs=4)
    assert len(set(history["loss"])) == 4


def test_the_loss_is_computed_from_logits() -> None:
    net = classifier(KINDS["conv"])
    net.build(D).params[-1]["b"][...] = [1e4, 0, -1e4]
    assert np.isfinite(fitted(net, epochs=1)["loss"]).all()


# Some rows of all -------------------------------------------------------------------------------------------------


@each_kind
def test_the_targets_of_other_rows_do_not_matter(kind: Any) -> None:
    unknown = np.where(MASK, Y, -1)
    one, two = classifier(kind), classifier(kind)
    logs = [fitted(one, y=Y, rows=MASK), fitted(two, y=unknown, rows=np.flatnonzero(MASK))]
    np.testing.assert_array_equal(weights(one), weights(two))
    np.testing.assert_array_equal(logs[0]["accuracy"], logs[1]["accuracy"])


def test_the_features_of_other_nodes_do_matter() -> None:
    moved = X + 10 * ~MASK[:, None]
    one, two = classifier(KINDS["conv"]), classifier(KINDS["conv"])
    assert fitted(one, rows=MASK)["loss"][0] != fitted(two, moved, rows=MASK)["loss"][0]


def test_without_graph_layers_rows_are_all_that_is_seen() -> None:
    layers = [ca.Dense(6, "tanh"), ca.BatchNorm(), ca.Dense(3, "softmax")]
    whole, part = ca.Network(layers), ca.Network(layers)
    logs = [fitted(whole, rows=MASK, validation=~MASK), fitted(part, X[MASK], Y[MASK], validation=(X[~MASK], Y[~MASK]))]
    np.testing.assert_array_equal(weights(whole), weights(part))
    np.testing.assert_array_equal(logs[0]["val_loss"], logs[1]["val_loss"])


def test_rows_held_out_are_not_trained_on() -> None:
    one, two = classifier(KINDS["conv"]), classifier(KINDS["conv"])
    fitted(one, validation=~MASK)
    fitted(two, rows=MASK)
    np.testing.assert_array_equal(weights(one), weights(two))


def test_a_share_of_the_nodes_is_held_out() -> None:
    history = fitted(classifier(KINDS["conv"]), rows=MASK, validation=0.2)
    assert "val_accuracy" in history.columns
    assert {round(5 * a) / 5 for a in history["val_accuracy"]} == set(history["val_accuracy"])  # 5 of the 25


def test_measures_are_taken_over_rows() -> None:
    net = classifier(KINDS["conv"])
    history = fitted(net, rows=MASK, validation=~MASK)
    found = net.evaluate(X, Y, rows=~MASK)
    assert found["loss"] == pytest.approx(history.last["val_loss"], rel=1e-5)
    assert found["accuracy"] == history.last["val_accuracy"] == np.mean(net.predict(X)[~MASK] == Y[~MASK])


def test_sample_weights_are_those_of_the_rows() -> None:
    heavy = np.where(np.arange(N) < 5, 1.0, 0.0)
    one, two = classifier(KINDS["conv"]), classifier(KINDS["conv"])
    fitted(one, rows=MASK, sample_weight=heavy)
    fitted(two, rows=np.arange(5))
    np.testing.assert_allclose(weights(one), weights(two), atol=1e-6)


def test_mini_batches_are_of_nodes_that_count() -> None:
    net = classifier(KINDS["conv"])
    history = fitted(net, rows=MASK, batch_size=10, epochs=30)
    assert history["loss"][-1] < history["loss"][0]


def test_a_run_can_be_resumed_to_the_same_bits(tmp_path: Any) -> None:
    whole, parts = classifier(KINDS["attention"]), classifier(KINDS["attention"])
    fitted(whole, rows=MASK, epochs=6)
    fitted(parts, rows=MASK, epochs=3, callbacks=ca.Checkpoint(tmp_path / "c.safetensors", every=3))
    fitted(parts, rows=MASK, epochs=6, resume=tmp_path / "c.safetensors")
    np.testing.assert_array_equal(weights(whole), weights(parts))


def test_all_nodes_of_a_large_graph_go_through_at_once() -> None:
    n = 40_000
    ring = np.column_stack([np.arange(n), (np.arange(n) + 1) % n])
    net = ca.Network([ca.GraphConv(1, ca.data.adjacency(ring), weights="ones", bias=None)])
    np.testing.assert_allclose(net(np.ones((n, 1))), 1, rtol=1e-5)


def test_hidden_outputs() -> None:
    net = classifier(KINDS["conv"]).build(D)
    np.testing.assert_array_equal(net.hidden(X, -1), net(X))
    np.testing.assert_array_equal(net.hidden(X), net.hidden(X, 0))  # dropout does nothing when predicting
    assert net.hidden(X, 0).shape == (N, 8)
    with pytest.raises(UsageError, match="There is no such layer; received layer 3 of 3"):
        net.hidden(X, 3)


# What is refused --------------------------------------------------------------------------------------------------


CONV = KINDS["conv"]
WRONG: dict[str, tuple[Any, type[CutawayError], str]] = {
    "other nodes": (lambda: classifier(CONV)(X[:5]), ShapeError, "The graph has 40 nodes.*received 5 rows"),
    "negative weights": (lambda: ca.GraphConv(2, -A), DataError, "cannot be negative; received -1"),
    "no units": (lambda: ca.GraphConv(0, A), UsageError, "units of Dense must be a whole number"),
    "activation": (lambda: ca.GraphSAGE(2, A, "rleu"), UsageError, "Did you mean 'relu'"),
    "no graph": (lambda: ca.GraphConv(2, "relu"), DtypeError, "This is no graph that can be read; received str"),
    "heads": (lambda: ca.GraphAttention(2, A, heads=0), UsageError, "heads of GraphAttention"),
    "concat": (lambda: ca.GraphAttention(2, A, concat="yes"), UsageError, "concat of GraphAttention"),
    "dropout": (lambda: ca.GraphAttention(2, A, dropout=1.0), UsageError, "rate of Dropout"),
    "given weights": (lambda: ca.GraphConv(2, A, weights=np.ones((2, 2))).build((D,), RNG), ShapeError, r"\(9, 2\)"),
    "pictures": (lambda: ca.GraphConv(2, A).output_shape((3, 3)), ShapeError, "rows of numbers"),
    "pair": (
        lambda: fitted(classifier(CONV), validation=(X, Y)),
        UsageError,
        "With graph layers, validation is a share or rows",
    ),
    "leak": (
        lambda: fitted(classifier(CONV), rows=MASK, validation=np.arange(24, 30)),
        UsageError,
        "trained on and held out; received 1 rows .* such as row 24",
    ),
    "nothing left": (lambda: fitted(classifier(CONV), validation=np.ones(N, bool)), UsageError, "leaves none to train"),
    "short mask": (lambda: fitted(classifier(CONV), rows=MASK[:9]), ShapeError, "received 9 for 40 rows"),
    "no row": (lambda: fitted(classifier(CONV), rows=np.zeros(N, bool)), DataError, "rows names no row"),
    "row of floats": (lambda: fitted(classifier(CONV), rows=[0.5]), UsageError, "row numbers, or a mask"),
    "row too far": (lambda: fitted(classifier(CONV), rows=[0, N]), UsageError, "received row 40 of 40"),
    "short y": (lambda: fitted(classifier(CONV), y=Y[:25], rows=MASK), ShapeError, r"received y of shape \(25,\)"),
    "sparse convolution": (
        lambda: ca.Network([ca.LayerNorm(), ca.Dense(1)])(sparse.csr_array(X)),
        DtypeError,
        r"must be dense for LayerNorm\(\)",
    ),
    "sparse batches": (
        lambda: fitted(ca.Network([ca.Dense(1)]), sparse.csr_array(X), SIDE, batch_size=8),
        UsageError,
        "Sparse samples go through the network all at once; received batch_size=8 for 40 rows",
    ),
    "sparse NaN": (lambda: classifier(CONV)(sparse.csr_array(X * np.nan)), DataError, "must be finite"),
    "sparse and empty": (lambda: classifier(CONV)(sparse.csr_array((0, 3))), DataError, "X is empty"),
    "sparse and complex": (lambda: classifier(CONV)(sparse.csr_array(X * 1j)), DtypeError, "real numbers"),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str) -> None:
    call, kind, words = WRONG[name]
    with pytest.raises(kind, match=words):
        call()


def test_a_saved_graph_with_nodes_that_are_not_there_is_refused(tmp_path: Any) -> None:
    classifier(CONV).build(D).save(tmp_path / "net")
    arrays, description = read_arrays(tmp_path / "net", FORMAT)
    arrays["0.adjacency.indices"][0] = 10**6
    write_arrays(tmp_path / "net", arrays, description, FORMAT)
    with pytest.raises(DataError, match="cannot be read"):
        ca.Network.load(tmp_path / "net")


def test_layers_print_without_their_graph() -> None:
    assert repr(ca.GraphConv(2, A, "relu", bias=None)) == "GraphConv(2, <graph of 40 nodes>, 'relu', bias=None)"
    assert repr(ca.GraphAttention(2, A, heads=3)) == "GraphAttention(2, <graph of 40 nodes>, heads=3)"


# The published figures --------------------------------------------------------------------------------------------


def test_cora_with_few_labels_reaches_the_published_accuracy(data_folder: Any) -> None:
    """Kipf and Welling (2017), table 2: 81.5 %; single runs lie within two per cent of it."""
    cora = ca.data.load("cora", data_dir=data_folder)
    for seed in range(2):
        layers = [ca.Dropout(0.5), CONV_OF(cora, 16, "relu"), ca.Dropout(0.5), CONV_OF(cora, 7, "softmax")]
        net = ca.Network(layers, seed=seed)
        history = net.fit(
            cora.X,
            cora.y,
            rows=cora.train,
            validation=cora.validation,
            optimizer=ca.Adam(0.01, weight_decay=5e-4),
            epochs=200,
            progress=False,
        )
        assert net.n_params == 23_063 - 16 - 7
        assert history.last["val_accuracy"] > 0.77
        assert 0.795 < net.evaluate(cora.X, cora.y, rows=cora.test)["accuracy"] < 0.835


def CONV_OF(cora: Any, units: int, activation: str) -> ca.GraphConv:
    return ca.GraphConv(units, cora.adjacency, activation, bias=None)
