"""NumPy functions of one's own as ONNX files, for any number of rows; their gradients too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway import tree
from cutaway.errors import ShapeError, TraceError, UsageError
from cutaway.export.onnx import save, to_model
from cutaway.nn.forward import Forward

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytestmark = pytest.mark.onnx

rng = np.random.default_rng(0)
W = rng.normal(size=(4, 3))


def check(fn: Any, model: Any, *arguments: Any) -> None:
    """The numbers of ``fn`` from the model, to rounding."""
    from onnx.reference import ReferenceEvaluator

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    expected = [np.asarray(leaf) for _, leaf in tree.leaves(fn(*arguments))]
    inputs = {i.name: leaf for i, (_, leaf) in zip(model.graph.input, tree.leaves(arguments), strict=True)}
    for runtime in (session, ReferenceEvaluator(model)):
        found = runtime.run(None, inputs)
        for a, b in zip(found, expected, strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


def shifted(X: Any) -> Any:
    Z = np.zeros_like(X)
    Z[:, 1:] = X[:, :-1]
    Z[:, 0] += 1
    return Z


PROGRAMS = {
    "a layer": lambda X: np.tanh(X @ W),
    "columns": lambda X: np.tanh(W.T @ X.T).T,
    "backwards": lambda X: X[::-1],
    "one column": lambda X: X[:, 1],
    "one row": lambda X: X[-1],
    "picked columns": lambda X: X[:, [2, 0]],
    "differences": lambda X: X[:, 1:] - X[:, :-1],
    "two index arrays": lambda X: X[:, np.array([0, 1])][:, :, None] * np.ones(2),
    "sorted columns": lambda X: np.sort(X, axis=0),
    "sorted rows": lambda X: np.take_along_axis(X, np.argsort(X, axis=1), axis=1),
    "median of rows": lambda X: np.median(X, axis=1),
    "running sum": lambda X: np.cumsum(X, axis=0),
    "gram": lambda X: X.T @ X,
    "statistics": lambda X: (X.mean(axis=0), X.std(), X.max(axis=0)),
    "twice": lambda X: np.concatenate([X, 2 * X]),
    "divided by the number of rows": lambda X: X.sum(axis=0) / len(X),
    "times the number of rows": lambda X: len(X) * X,
    "share": lambda X: X * (1 / len(X)),
    "number of the row": lambda X: X + np.arange(len(X))[:, None],
    "one row more": lambda X: np.zeros((len(X) + 1, 2 * len(X))) + X.mean(),
    "one-hot": lambda X: np.eye(4)[np.argmax(X, axis=1)],
    "in place": shifted,
    "padded": lambda X: np.pad(X, ((0, 0), (1, 2)), constant_values=3.0),
    "reshaped": lambda X: X.reshape(len(X), 2, 2).transpose(1, 0, 2).reshape(2, -1),
    "where": lambda X: np.where(X > 0, X, 0.1 * X),
    "einsum": lambda X: np.einsum("ni,ij->nj", X, W),
    "whole numbers": lambda X: np.floor(X).astype(int) % 3,
    "a constant": lambda X: (X, np.ones(3)),
}


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=PROGRAMS)
def test_a_function_gives_the_same_numbers_for_any_number_of_rows(f):
    model = to_model(f, inputs=[rng.normal(size=(3, 4))])
    for n in (1, 2, 6):
        check(f, model, rng.normal(size=(n, 4)))


def test_of_several_numbers_for_one_place_the_last_is_kept_and_no_place_is_written_twice():
    def f(X: Any) -> Any:
        Z = np.zeros_like(X)
        Z[:, [0, 2, 2, 0]] = X
        return Z

    model = to_model(f, inputs=[np.ones((2, 4))])
    check(f, model, rng.normal(size=(3, 4)))
    constants = {n.output[0]: onnx.numpy_helper.to_array(n.attribute[0].t) for n in model.graph.node if not n.input}
    (places,) = (constants[n.input[1]] for n in model.graph.node if n.op_type == "ScatterND")
    assert sorted(places.ravel().tolist()) == [0, 2]


def test_samples_may_be_columns():
    def columns(X: Any, y: Any) -> Any:
        A = np.maximum(W.T @ X, 0)
        return A / A.max(axis=0, keepdims=True).clip(1), np.mean((A.sum(axis=0) - y) ** 2)

    model = to_model(columns, inputs=[np.ones((4, 2)), np.ones(2)], rows={0: 1, 1: 0})
    for n in (1, 5):
        check(columns, model, rng.normal(size=(4, n)), rng.normal(size=n))


def loss(p: Any, X: Any, y: Any) -> Any:
    A = np.tanh(X @ p["W1"] + p["b1"])
    return -np.mean(y * np.log(ca.nn.activations.sigmoid(A @ p["W2"])))


def test_value_and_gradient_with_the_weights_as_inputs():
    p = {"W1": rng.normal(size=(4, 8)), "b1": np.zeros(8), "W2": rng.normal(size=(8, 1))}
    f = ca.value_and_grad(loss)
    model = to_model(lambda p, X, y: f(p, X, y), inputs=[p, np.ones((2, 4)), np.ones((2, 1))], rows=(1, 2))
    assert [i.name for i in model.graph.input] == ["p_W1", "p_b1", "p_W2", "X", "y"]
    for n in (1, 5):
        check(f, model, p, rng.normal(size=(n, 4)), rng.uniform(size=(n, 1)))


GRADIENTS: dict[str, tuple[list[Any], tuple[int, ...]]] = {
    "convolution": (
        [ca.Conv2D(3, 3, "relu", padding="same"), ca.MaxPool2D(2), ca.AvgPool2D((1, 2)), ca.Flatten(), ca.Dense(2)],
        (6, 8),
    ),
    "attention": ([ca.SelfAttention(4, 2, causal=True), ca.LayerNorm()], (3, 2)),
    "recurrent": ([ca.GRU(3), ca.Dense(1)], (3, 2)),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_gradient_of_a_network_is_a_program_too(name):
    layers, shape = GRADIENTS[name]
    net = ca.Network(layers, dtype="float64").build(shape)

    def loss(P: Any, X: Any) -> Any:
        return np.mean(Forward(training=False, dtype=float).through(net.layers, P, net.state, X) ** 2)

    f = ca.value_and_grad(loss)
    model = to_model(lambda X: f(net.params, X), inputs=[rng.normal(size=(2, *shape))])
    for n in (1, 4):
        check(lambda X: f(net.params, X), model, rng.normal(size=(n, *shape)))


def test_the_gradient_of_an_embedding_adds_at_the_codes_of_the_input():
    net = ca.Network([ca.Embedding(5, 3), ca.LSTM(2)], dtype="float64").build((4,))

    def loss(P: Any, X: Any) -> Any:
        return np.sum(Forward(training=False, dtype=float).through(net.layers, P, net.state, X) ** 2)

    f = ca.grad(loss)
    model = to_model(lambda X: f(net.params, X), inputs=[np.zeros((2, 4))])
    check(lambda X: f(net.params, X), model, rng.integers(0, 5, (6, 4)).astype(float))


def test_a_graph_keeps_its_shapes(tmp_path):
    graph = ca.gradient_graph(lambda x: np.sum(np.sin(x) ** 2), np.ones((2, 3)))
    save(graph, tmp_path / "graph.onnx")
    x = rng.normal(size=(2, 3))
    value, slope = ca.from_onnx(tmp_path / "graph.onnx")(x)
    np.testing.assert_allclose(value, np.sum(np.sin(x) ** 2))
    np.testing.assert_allclose(slope, np.sin(2 * x))
    with pytest.raises(ShapeError, match=r"must have the shape \(2, 3\); received \(3, 3\)"):
        ca.from_onnx(tmp_path / "graph.onnx")(np.ones((3, 3)))


def test_examples_are_asked_for_and_looked_at(tmp_path):
    with pytest.raises(UsageError, match=r"Write inputs=\[X\]"):
        save(np.tanh, tmp_path / "f.onnx")
    with pytest.raises(UsageError, match=r"\(1,\) of 1 inputs"):
        save(np.tanh, tmp_path / "f.onnx", inputs=[np.ones(3)], rows=(1,))
    with pytest.raises(ShapeError, match=r"received shape \(0, 3\)"):
        save(np.tanh, tmp_path / "f.onnx", inputs=[np.ones((0, 3))])


def test_recordings_that_are_wired_in_another_way_are_no_program():
    def f(X: Any) -> Any:
        a, b = np.sin(X), np.cos(X)
        return (a if len(X) < 10 else b) * 2.0

    with pytest.raises(TraceError, match="multiply depends on the number of rows in a way of its own"):
        to_model(f, inputs=[np.ones((2, 3))])


@pytest.mark.parametrize(
    "f",
    [lambda X: X[:10] + 1.0, lambda X: X * min(len(X), 50), lambda X: X + np.sqrt(np.arange(len(X)))[:, None]],
    ids=["the first ten rows", "at most fifty", "roots"],
)
def test_sizes_that_are_no_multiple_of_the_rows_are_refused(f):
    with pytest.raises(TraceError, match="depends on the number of rows in a way of its own"):
        to_model(f, inputs=[np.ones((2, 3))])
