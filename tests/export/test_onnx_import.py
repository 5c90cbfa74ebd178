"""ONNX files as functions: recorded, differentiated, trained; what is not known or not safe is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import CutawayError, DataError, DataMissingError, DtypeError, ShapeError, UsageError
from cutaway.export.onnx import to_model
from cutaway.export.onnx.importer import imported
from cutaway.nn.forward import Forward

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytestmark = pytest.mark.onnx

FLOAT, INT = 1, 7  # of onnx.TensorProto
rng = np.random.default_rng(0)


def model(nodes: list[Any], inputs: dict[str, Any], outputs: list[str], weights: dict[str, Any] | None = None) -> Any:
    """A model of these nodes, whose inputs are {name: shape}."""
    from onnx import helper, numpy_helper

    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [numpy_helper.from_array(a, name) for name, a in (weights or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def node(kind: str, inputs: str, outputs: str = "y", **attributes: Any) -> Any:
    from onnx import helper

    return helper.make_node(kind, inputs.split(), outputs.split(), name=f"the_{kind}", **attributes)


# Recording --------------------------------------------------------------------------------------------------------

NETWORKS: dict[str, tuple[list[Any], tuple[int, ...]]] = {
    "dense": ([ca.Dense(5, "gelu"), ca.BatchNorm(), ca.Dense(3, "softmax")], (4,)),
    "convolution": ([ca.Conv2D(3, 3, "relu", padding=1), ca.MaxPool2D(2), ca.Flatten(), ca.Dense(2)], (6, 5, 2)),
    "gru": ([ca.GRU(4, sequences=True), ca.GRU(3)], (4, 3)),
    "attention": ([ca.SelfAttention(4, 2, causal=True), ca.LayerNorm()], (4, 3)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_was_written_can_be_read_recorded_and_differentiated(name, tmp_path):
    layers, shape = NETWORKS[name]
    net = ca.Network(layers, dtype="float64").build(shape)
    net.to_onnx(tmp_path / "net.onnx")
    again, X = ca.from_onnx(tmp_path / "net.onnx"), rng.normal(size=(3, *shape))
    np.testing.assert_allclose(again(X), net(X), rtol=1e-12, atol=1e-12)
    (found,) = ca.run(ca.trace(again, X), X)
    np.testing.assert_allclose(found, net(X), rtol=1e-12, atol=1e-12)

    def loss(P: Any) -> Any:
        return np.sum(Forward(training=False, dtype=float).through(net.layers, P, net.state, X) ** 2)

    expected = {f"{i}.{k}": g for i, layer in enumerate(ca.grad(loss)(net.params)) for k, g in layer.items()}
    slopes = ca.grad(lambda p: np.sum(again.apply(p, X) ** 2))(again.params)
    assert set(expected) <= set(slopes)
    for key, slope in expected.items():
        np.testing.assert_allclose(slopes[key], slope, rtol=1e-10, atol=1e-12)


def test_a_model_that_was_read_can_be_trained_on(tmp_path):
    net = ca.Network([ca.Dense(8, "tanh"), ca.Dense(1)], dtype="float64").build(2)
    net.to_onnx(tmp_path / "net.onnx")
    again = ca.from_onnx(tmp_path / "net.onnx")
    X = rng.normal(size=(40, 2))
    y = X[:, :1] * X[:, 1:]

    def loss(p: Any, X: Any, y: Any) -> Any:
        return np.mean((again.apply(p, X) - y) ** 2)

    trained, history = ca.minimize(loss, again.params, X, y, optimizer=ca.Adam(0.03), steps=200)
    assert history.last["loss"] < 0.1 * loss(again.params, X, y)
    np.testing.assert_allclose(again(X), net(X), rtol=1e-12)
    assert not np.allclose(again.apply(trained, X), again(X))


conv = {"strides": [2, 2], "dilations": [1, 2]}
OPERATORS: dict[str, tuple[Any, tuple[int, ...], dict[str, tuple[int, ...]]]] = {
    "Conv": (node("Conv", "x w b", group=2, **conv), (2, 4, 7, 8), {"w": (6, 2, 3, 2), "b": (6,)}),
    "ConvTranspose": (
        node("ConvTranspose", "x w b", pads=[1, 0, 0, 1], **conv),
        (2, 3, 4, 5),
        {"w": (3, 2, 3, 2), "b": (2,)},
    ),
    "AveragePool": (node("AveragePool", "x", kernel_shape=[2, 3], strides=[2, 2], pads=[1, 1, 0, 1]), (2, 3, 5, 6), {}),
    "LSTM": (
        node("LSTM", "x w r b", hidden_size=3, direction="bidirectional"),
        (4, 2, 5),
        {"w": (2, 12, 5), "r": (2, 12, 3), "b": (2, 24)},
    ),
    "Gemm": (node("Gemm", "x w b", alpha=0.5, transB=1), (4, 3), {"w": (2, 3), "b": (2,)}),
    "InstanceNormalization": (node("InstanceNormalization", "x w b"), (2, 3, 5), {"w": (3,), "b": (3,)}),
    "LogSoftmax": (node("LogSoftmax", "x", axis=1), (3, 4), {}),
    "ScatterND": (node("ScatterND", "x places w", reduction="add"), (4, 3), {"w": (2, 3)}),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_gradients_of_operators_agree_with_differences(name):
    operator, shape, shapes = OPERATORS[name]
    weights = {k: rng.normal(size=s) for k, s in shapes.items()} | {"places": np.array([[1], [1]])}
    program = imported(model([operator], {"x": shape}, ["y"], weights))
    x = rng.normal(size=shape)

    def loss(p: Any, x: Any) -> Any:
        return np.sum(np.sin(program._program.run([x], {**program._program.constants, **p})[0]))

    slopes = ca.grad(lambda both: loss(both[0], both[1]))([program.params, x])
    along = [{k: rng.normal(size=a.shape) for k, a in program.params.items()}, rng.normal(size=shape)]

    def moved(t: float) -> Any:
        return loss({k: a + t * along[0][k] for k, a in program.params.items()}, x + t * along[1])

    expected = (moved(1e-5) - moved(-1e-5)) / 2e-5
    found = sum(np.sum(g * along[0][k]) for k, g in slopes[0].items()) + np.sum(slopes[1] * along[1])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_sequences_of_several_lengths_go_through_each_by_itself(kind, gates):
    weights = {"w": rng.normal(size=(2, 3 * gates, 5)), "r": rng.normal(size=(2, 3 * gates, 3))}
    weights = {k: a.astype(np.float32) for k, a in weights.items()} | {"b": rng.normal(size=(2, 6 * gates)).astype("f")}
    outputs = "y h c" if kind == "LSTM" else "y h"

    def made(lengths: list[int]) -> Any:
        from onnx import helper

        given = ["x", "w", "r", "b", "lengths"]
        layer = helper.make_node(kind, given, outputs.split(), hidden_size=3, direction="bidirectional")
        return imported(model([layer], {"x": ["t", "n", 5]}, outputs.split(), weights | {"lengths": np.int32(lengths)}))

    x, lengths = rng.normal(size=(6, 3, 5)), [4, 6, 1]
    y, *memories = made(lengths)(x)
    for i, n in enumerate(lengths):
        alone, *last = made([n])(x[:n, i : i + 1])
        np.testing.assert_allclose(y[:n, :, i : i + 1], alone, atol=1e-6)
        np.testing.assert_array_equal(y[n:, :, i], 0)
        for a, b in zip(memories, last, strict=True):
            np.testing.assert_allclose(a[:, i : i + 1], b, atol=1e-6)


# Calling ----------------------------------------------------------------------------------------------------------


def test_inputs_are_converted_where_nothing_is_lost_and_looked_at():
    program = imported(model([node("Relu", "x")], {"x": ["n", 2]}, ["y"]))
    assert program([[1, -2]]).dtype == np.float32
    assert program(np.array([[1.5, -2.0]])).tolist() == [[1.5, 0.0]]
    with pytest.raises(DtypeError, match="The input x must be float32; received complex128"):
        program(np.array([[1j, 2]]))
    with pytest.raises(ShapeError, match=r"The input x must have the shape \(any, 2\); received \(1, 3\)"):
        program(np.ones((1, 3)))
    with pytest.raises(UsageError, match=r"takes 1 inputs \(x\); received 2"):
        program(1, 2)
    with pytest.raises(UsageError, match="no such weights; received z"):
        program.apply({"z": 1}, np.ones((1, 2)))


def test_several_outputs_come_as_a_tuple_and_metadata_are_kept():
    net = ca.Network([ca.Dense(2)]).build(3)
    program = imported(to_model(net, class_names=["a", "b"]))
    assert program.metadata["class_names"] == '["a", "b"]'
    assert repr(program) == "<ONNX model (X: float32) -> outputs, 3 nodes>"
    both = imported(model([node("Relu", "x", "a"), node("Neg", "x", "b")], {"x": [2]}, ["a", "b"]))
    assert [a.tolist() for a in both([1.0, -1.0])] == [[1.0, 0.0], [-1.0, 1.0]]


def test_bodies_of_choices_and_loops_see_the_values_around_them():
    from onnx import helper

    def body(name: str, nodes: list[Any], inputs: list[Any], outputs: list[Any]) -> Any:
        return helper.make_graph(nodes, name, inputs, outputs)

    value = helper.make_tensor_value_info
    twice = body("twice", [node("Add", "x x", "d")], [], [value("d", FLOAT, None)])
    minus = body("minus", [node("Neg", "x", "m")], [], [value("m", FLOAT, None)])
    turn = body(
        "turn",
        [node("Identity", "go", "going"), node("Add", "s x", "next"), node("Identity", "next", "seen")],
        [value("i", INT, []), value("go", 9, []), value("s", FLOAT, None)],
        [value("going", 9, []), value("next", FLOAT, None), value("seen", FLOAT, None)],
    )
    nodes = [
        node("ReduceSum", "x", "sum", keepdims=0),
        node("Greater", "sum zero", "positive"),
        node("If", "positive", "chosen", then_branch=twice, else_branch=minus),
        node("Loop", "three yes chosen", "last all", body=turn),
    ]
    weights = {"zero": np.float32(0), "three": np.int64(3), "yes": np.asarray(True)}
    program = imported(model(nodes, {"x": [2]}, ["chosen", "last", "all"], weights))
    chosen, last, seen = program([1.0, 2.0])
    assert (chosen.tolist(), last.tolist(), seen.shape) == ([2.0, 4.0], [5.0, 10.0], (3, 2))
    assert program([-1.0, -2.0])[0].tolist() == [1.0, 2.0]


def test_functions_of_the_file_are_computed_with_their_attributes():
    from onnx import helper

    inner = node("LeakyRelu", "a", "b")
    attribute = inner.attribute.add()
    attribute.name, attribute.ref_attr_name, attribute.type = "alpha", "slope", 1
    function = helper.make_function("mine", "Slanted", ["a"], ["b"], [inner], [helper.make_opsetid("", 21)], ["slope"])
    call = helper.make_node("Slanted", ["x"], ["y"], domain="mine", slope=0.5)
    made = model([call], {"x": [2]}, ["y"])
    made.functions.append(function)
    made.opset_import.append(helper.make_opsetid("mine", 1))
    assert imported(made)([-2.0, 2.0]).tolist() == [-1.0, 2.0]


# Refusing ---------------------------------------------------------------------------------------------------------


def test_an_unknown_operator_is_named_with_its_node():
    with pytest.raises(
        DataError, match=r"The operator NonMaxSuppression is not supported; received node the_NonMaxSuppression"
    ):
        imported(model([node("NonMaxSuppression", "x g")], {"x": [1, 1, 4], "g": [1, 1, 1]}, ["y"]))
    call = onnx.helper.make_node("Relu", ["x"], ["y"], domain="com.other")
    with pytest.raises(DataError, match=r"operator Relu is not supported; .* of the domain com\.other"):
        imported(model([call], {"x": [2]}, ["y"]))


def test_a_node_that_cannot_be_computed_is_named_with_its_shapes():
    program = imported(model([node("MatMul", "x w")], {"x": ["n", "m"]}, ["y"], {"w": np.ones((3, 2), np.float32)}))
    with pytest.raises(
        DataError, match=r"node the_MatMul \(MatMul\) cannot be computed: .*float32\[1, 4\], float32\[3, 2\]"
    ):
        program(np.ones((1, 4)))
    lost = imported(model([node("Neg", "z")], {"x": [2]}, ["y"]))
    with pytest.raises(DataError, match="reads a value that nothing computes; received z"):
        lost(np.ones(2))


@pytest.mark.parametrize("code", [8, 16, 17, 22, 99], ids=["string", "bfloat16", "float8", "int4", "unknown"])
def test_a_dtype_that_numpy_lacks_is_refused(code):
    made = model([node("Identity", "x")], {"x": [2]}, ["y"])
    made.graph.input[0].type.tensor_type.elem_type = code
    with pytest.raises(DataError, match="The input x has a dtype that NumPy lacks"):
        imported(made)


def test_files_that_are_none_or_broken(tmp_path):
    with pytest.raises(DataMissingError, match="not there"):
        ca.from_onnx(tmp_path / "no.onnx")
    with pytest.raises(DataMissingError, match="a folder"):
        ca.from_onnx(tmp_path)
    (tmp_path / "text.onnx").write_text("This is no model.")
    (tmp_path / "empty.onnx").write_bytes(b"")
    for name in ("text", "empty"):
        with pytest.raises(DataError, match="no ONNX"):
            ca.from_onnx(tmp_path / f"{name}.onnx")
    whole = to_model(ca.Network([ca.Dense(3), ca.Dense(2)]).build(4)).SerializeToString()
    for end in range(1, len(whole), 7):  # cut off anywhere
        (tmp_path / "part.onnx").write_bytes(whole[:end])
        try:
            ca.from_onnx(tmp_path / "part.onnx")(np.ones((1, 4)))
        except CutawayError:
            continue
        raise AssertionError(f"{end} of {len(whole)} bytes were taken for a model")


def test_an_array_whose_shape_lies_is_refused(tmp_path):
    made = model([node("Add", "x w")], {"x": [2]}, ["y"], {"w": np.ones(2, np.float32)})
    made.graph.initializer[0].dims[0] = 2**40
    with pytest.raises(DataError, match=r"The array 'w' does not have as many entries as its shape says"):
        imported(made)


def external(folder: Path, location: str, **more: str) -> Path:
    """A model in ``folder`` whose weights are said to lie at ``location``."""
    made = model([node("Add", "x w")], {"x": [4]}, ["y"], {"w": np.ones(4, np.float32)})
    (tensor,) = made.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=value)
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    return folder / "model.onnx"


def test_weights_are_read_from_files_beside_the_model(tmp_path):
    numbers = np.arange(6, dtype=np.float32)
    path = external(tmp_path / "m", "weights.bin", offset="8", length="16")
    (tmp_path / "m" / "weights.bin").write_bytes(numbers.tobytes())
    program = ca.from_onnx(path)
    assert program(np.zeros(4)).tolist() == [2, 3, 4, 5]
    assert program.params["w"].tolist() == [2, 3, 4, 5]


def test_weights_outside_of_the_folder_are_not_read(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.ones(4, np.float32).tobytes())
    for location in ("../secret.bin", str(secret), "inside/../../secret.bin", ""):
        with pytest.raises(DataError, match="outside of the folder"):
            ca.from_onnx(external(tmp_path / "m", location))
    (tmp_path / "m" / "link.bin").symlink_to(secret)
    with pytest.raises(DataError, match="outside of the folder"):
        ca.from_onnx(external(tmp_path / "m", "link.bin"))
    with pytest.raises(DataError, match="there is no folder to read it from"):
        imported(onnx.load(external(tmp_path / "m", "w.bin"), load_external_data=False))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"offset": "8"}, "as many entries as its shape says"),
        ({"offset": "8", "length": "16"}, "beyond the end"),
        ({"offset": "-4"}, "beyond the end"),
        ({"offset": "x"}, "names no place"),
    ],
    ids=["too few", "too long", "before", "no number"],
)
def test_a_place_in_a_file_that_is_not_there_is_refused(more, message, tmp_path):
    path = external(tmp_path / "m", "w.bin", **more)
    (tmp_path / "m" / "w.bin").write_bytes(bytes(16))
    with pytest.raises(DataError, match=message):
        ca.from_onnx(path)
