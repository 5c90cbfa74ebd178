"""Networks as ONNX files: every layer, both precisions, any number of rows, against two independent runtimes.

A result may differ by 1e-5 of the largest number in float32 and by 1e-12 in float64: sums are taken in another order.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

import cutaway as ca
from cutaway.data.standardize import Standardizer
from cutaway.errors import ShapeError, TraceError, UsageError
from cutaway.export.onnx import save, to_model
from cutaway.export.onnx.importer import imported

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
ort = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
pytestmark = pytest.mark.onnx

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
EDGES = [[0, 1], [1, 2], [2, 3], [1, 3]]


def runtimes(model: Any) -> list[Any]:
    """ONNX Runtime and the reference of the package onnx; both have ``run(None, {name: array})``."""
    from onnx.reference import ReferenceEvaluator

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [session, ReferenceEvaluator(model)]


def check(model: Any, inputs: dict[str, Any], expected: Any, tolerance: float) -> None:
    for runtime in runtimes(model):
        (found,) = runtime.run(None, inputs)
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.max(np.abs(expected)))


def drawn(layers: list[Any], shape: tuple[int, ...], dtype: str) -> ca.Network:
    """A network whose weights and statistics are all random: no zeros and ones hide a mistake."""
    net, rng = ca.Network(layers, dtype=dtype).build(shape), np.random.default_rng(1)
    for layer in net.params:
        for name, array in layer.items():
            array[...] = rng.normal(size=array.shape) * 0.5 + (name == "gamma")
    for layer in net.state:
        for array in layer.values():
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    return net


def first_by_sine(z: Any) -> Any:
    out = np.zeros_like(z)
    out[:, 0] = np.sin(z[:, 0])
    out[:, 1:] = softmax(z[:, 1:], axis=1)
    return out


class Gate(ca.Layer):
    """A layer of one's own: what passes depends on the mean of the sample."""

    def build(self, shape: tuple[int, ...], rng: Any) -> Any:
        return ca.nn.Weights({"slope": np.ones(shape)})

    def forward(self, p: Any, x: Any, run: Any) -> Any:
        return x / (1 + np.exp(-p["slope"] * x.mean(axis=1, keepdims=True)))


NETWORKS: dict[str, tuple[list[Any], tuple[int, ...]]] = {
    **{name: ([ca.Dense(5, name), ca.Dense(3)], (4,)) for name in ca.nn.ACTIVATIONS},
    "own activation": ([ca.Dense(5, lambda z: np.sin(z) + z**2), ca.Dense(2, bias=None)], (4,)),
    "own activation in place": ([ca.Dense(4, first_by_sine), ca.Dense(2)], (3,)),
    "own layer": ([ca.Dense(4), Gate(), ca.Dense(2)], (3,)),
    "batch norm": ([ca.Dense(4), ca.BatchNorm(), ca.Activation("tanh"), ca.Dense(2)], (3,)),
    "layer norm": ([ca.LayerNorm(), ca.Dense(2)], (3,)),
    "dropout": ([ca.Dense(4, "relu"), ca.Dropout(0.5), ca.Dense(2)], (3,)),
    "flatten": ([ca.Flatten(), ca.Dense(2)], (3, 4)),
    "convolution": ([ca.Conv2D(3, (3, 2), "relu"), ca.Conv2D(2, 3, stride=(1, 2), padding="same")], (7, 8, 2)),
    "padding": ([ca.Conv2D(3, 3, padding=2, bias=None), ca.GlobalAveragePool()], (5, 6)),
    "max pooling": ([ca.MaxPool2D((2, 3), stride=1), ca.MaxPool2D(2), ca.Flatten(), ca.Dense(2)], (7, 8, 2)),
    "average pooling": ([ca.AvgPool2D(2), ca.Flatten(), ca.Dense(2)], (6, 5, 3)),
    "lenet": (
        [
            *(ca.Conv2D(4, 5, "tanh", padding=2), ca.AvgPool2D(2), ca.Conv2D(6, 3, "relu"), ca.MaxPool2D(2)),
            *(ca.Flatten(), ca.Dense(10, "softmax")),
        ],
        (12, 12),
    ),
    "rnn": ([ca.RNN(4, "relu", sequences=True), ca.RNN(3)], (5, 3)),
    "gru": ([ca.GRU(4, sequences=True), ca.GRU(3)], (5, 3)),
    "lstm": ([ca.LSTM(4, sequences=True), ca.LSTM(3), ca.Dense(2, "softmax")], (5, 3)),
    "attention": ([ca.SelfAttention(4, 2), ca.LayerNorm(), ca.SelfAttention(4, causal=True), ca.Flatten()], (5, 3)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_the_same_numbers_everywhere(name, dtype):
    layers, shape = NETWORKS[name]
    net, rng = drawn(layers, shape, dtype), np.random.default_rng(2)
    model = to_model(net)
    again = imported(model)
    for n in (1, 4, 7):
        X = rng.normal(size=(n, *shape)).astype(dtype)
        expected = net(X)
        check(model, {"X": X}, expected, TOLERANCE[dtype])
        found = again(X)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype] * np.max(np.abs(expected)))


def test_an_embedding_takes_codes():
    net = drawn([ca.Embedding(7, 4), ca.LSTM(3), ca.Dense(2, "softmax")], (5,), "float32")
    model = to_model(net)
    for n in (1, 4):
        X = np.random.default_rng(0).integers(0, 7, (n, 5)).astype(np.float32)
        check(model, {"X": X}, net(X), 1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_on_a_graph_keeps_the_graph(dtype):
    layers = [ca.GraphConv(4, EDGES, "relu"), ca.GraphSAGE(3, EDGES), ca.GraphAttention(3, EDGES, "elu", heads=2)]
    net = drawn(layers, (5,), dtype)
    model = to_model(net)
    assert [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == [4, 5]
    X = np.random.default_rng(0).normal(size=(4, 5)).astype(dtype)
    check(model, {"X": X}, net(X), TOLERANCE[dtype])


def test_the_file_says_what_it_is(tmp_path):
    net = drawn([ca.Dense(4, "relu"), ca.Dense(2, "softmax")], (3,), "float32")
    save(net, tmp_path / "deep" / "net.onnx", class_names=["no", "yes"])
    model = onnx.load(tmp_path / "deep" / "net.onnx")
    assert (model.producer_name, model.producer_version) == ("cutaway", ca.__version__)
    assert max(o.version for o in model.opset_import) >= 21
    assert json.loads({p.key: p.value for p in model.metadata_props}["class_names"]) == ["no", "yes"]
    (given,), (result,) = model.graph.input, model.graph.output
    assert (given.name, given.type.tensor_type.shape.dim[0].dim_param) == ("X", "rows")
    assert (result.name, result.type.tensor_type.shape.dim[0].dim_param) == ("outputs", "rows")
    assert sorted(i.name for i in model.graph.initializer) == ["0.W", "0.b", "1.W", "1.b"]
    assert [n.op_type for n in model.graph.node][:4] == ["MatMul", "Add", "Relu", "MatMul"]
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["net.onnx"]


def test_the_same_network_gives_the_same_bytes(tmp_path):
    net = drawn([ca.Conv2D(3, 3), ca.Flatten(), ca.Dense(2)], (5, 5), "float32")
    net.to_onnx(tmp_path / "a.onnx")
    net.to_onnx(tmp_path / "b.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_convolution_and_pooling_are_nodes_of_their_own():
    net = drawn(NETWORKS["lenet"][0], (12, 12), "float32")
    model = to_model(net)
    kinds = [n.op_type for n in model.graph.node]
    assert [kinds.count(k) for k in ("Conv", "AveragePool", "MaxPool")] == [2, 1, 1]
    (kernel,) = (i for i in model.graph.initializer if i.name == "0.W")
    assert list(kernel.dims) == [4, 1, 5, 5]


def test_between_convolutions_nothing_is_laid_out_anew():
    layers = [ca.Conv2D(4, 3), ca.MaxPool2D(2), ca.Conv2D(5, 3), ca.AvgPool2D(2)]
    kinds = [n.op_type for n in to_model(drawn(layers, (14, 14), "float32")).graph.node if n.op_type != "Constant"]
    first, last = kinds.index("Conv"), kinds.index("AveragePool")
    assert "Transpose" not in kinds[first:last]


def test_a_standardisation_becomes_a_part_of_the_model():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)) * [1e-3, 1, 1e4] + [2000.0, 0.0, -7.0]
    standardizer = Standardizer.fit(X)
    net = drawn([ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")], (3,), "float32")
    model = to_model(net, standardizer=standardizer)
    check(model, {"X": X}, net(standardizer.transform(X)), 1e-6)
    with pytest.raises(ShapeError, match="2 columns, for samples of shape \\(3,\\)"):
        to_model(net, standardizer=Standardizer.fit(X[:, :2]))


def test_a_network_without_weights_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(UsageError, match="no weights yet"):
        ca.Network([ca.Dense(1)]).to_onnx(tmp_path / "net.onnx")
    net = ca.Network([ca.Dense(2, lambda z: np.linalg.inv(np.exp(z).T @ z) @ z.T if z.shape[1] > 2 else np.i0(z))])
    with pytest.raises(TraceError, match="i0 cannot be exported to ONNX: ONNX has no operator for it"):
        net.build(3).to_onnx(tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []
