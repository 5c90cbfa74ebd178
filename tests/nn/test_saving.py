"""Networks in files: every layer comes back to the bit, and nothing but a whole file of ours is read."""

from __future__ import annotations

import inspect
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import CutawayError, DataError, DataMissingError, UsageError
from cutaway.files import read_arrays, write_arrays
from cutaway.nn.saving import FORMAT, from_json, known_layers, layer_from_json, layer_to_json, to_json

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 2))
YES = (X[:, 0] > 0).astype(int)

FLAT, IMAGE, SEQUENCE, CODES = (4,), (6, 6), (5, 3), (5,)
LAYERS: dict[str, list[tuple[ca.Layer, tuple[int, ...]]]] = {
    "Activation": [(ca.Activation("gelu"), FLAT)],
    "AvgPool2D": [(ca.nn.AvgPool2D(2), (6, 6, 2)), (ca.nn.AvgPool2D((2, 3), stride=1), (6, 6, 2))],
    "BatchNorm": [(ca.BatchNorm(0.3, 1e-3), FLAT)],
    "Conv2D": [
        (ca.nn.Conv2D(3, 3, "relu"), (6, 6, 2)),
        (ca.nn.Conv2D(3, (2, 3), stride=2, padding="same", bias=None), (6, 6, 2)),
    ],
    "Dense": [
        (ca.Dense(3, "relu"), FLAT),
        (ca.Dense(3, bias=None), FLAT),
        (ca.Dense(3, "elu", weights="he_uniform", bias=0.5), FLAT),
        (ca.Dense(2, weights=np.ones((4, 2)), bias=[1.0, 2.0]), FLAT),
    ],
    "Dropout": [(ca.Dropout(0.25), FLAT)],
    "Embedding": [(ca.nn.Embedding(7, 3), CODES)],
    "Flatten": [(ca.Flatten(), IMAGE)],
    "GRU": [(ca.nn.GRU(3), SEQUENCE)],
    "GlobalAveragePool": [(ca.nn.GlobalAveragePool(), (6, 6, 2))],
    "LSTM": [(ca.nn.LSTM(3, sequences=True), SEQUENCE)],
    "LayerNorm": [(ca.LayerNorm(1e-3), FLAT)],
    "MaxPool2D": [(ca.nn.MaxPool2D((3, 2)), (6, 6, 2))],
    "RNN": [(ca.nn.RNN(3, "relu"), SEQUENCE)],
    "SelfAttention": [(ca.nn.SelfAttention(6, 2, causal=True), SEQUENCE)],
}
"""Of every kind of layer some, each with the shape of a sample."""
EDGES = [[0, 1], [1, 2], [2, 0]]
ON_GRAPHS: dict[str, list[tuple[ca.Layer, tuple[int, ...]]]] = {
    "GraphAttention": [(ca.nn.GraphAttention(2, EDGES), FLAT)],
    "GraphConv": [(ca.nn.GraphConv(2, EDGES, "relu"), FLAT), (ca.nn.GraphConv(2, EDGES, bias=None), FLAT)],
    "GraphSAGE": [(ca.nn.GraphSAGE(2, EDGES), FLAT)],
}
"""Their graph, of 3 nodes, is saved among the arrays."""


def arrays(net: ca.Network) -> list[tuple[str, Array]]:
    parts = (net.params, net.state)
    return [(f"{i}.{name}", a) for part in parts for i, layer in enumerate(part) for name, a in layer.items()]


def identical(one: ca.Network, two: ca.Network) -> bool:
    pairs = zip(arrays(one), arrays(two), strict=True)
    return all(n == m and a.dtype == b.dtype and a.tobytes() == b.tobytes() for (n, a), (m, b) in pairs)


def trained(*layers: Any, y: Any = YES, **how: Any) -> ca.Network:
    net = ca.Network(layers or [ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")], seed=5)
    net.fit(X, y, epochs=2, progress=False, **how)
    return net


# There and back ---------------------------------------------------------------------------------------------------


def test_every_kind_of_layer_has_an_example() -> None:
    ours = {
        n
        for n, kind in known_layers().items()
        if kind.__module__.startswith("cutaway.") and not inspect.isabstract(kind)
    }
    assert ours == {*LAYERS, *ON_GRAPHS}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layer, shape", [c for cases in (LAYERS | ON_GRAPHS).values() for c in cases], ids=repr)
def test_every_layer_comes_back_to_the_bit(layer: ca.Layer, shape: tuple[int, ...], dtype: str, tmp_path: Path) -> None:
    net = ca.Network([layer], seed=2**40, dtype=dtype).build(shape)
    for _, a in arrays(net):
        a[...] += RNG.uniform(size=a.shape)
    x = RNG.integers(0, 7, size=(3, *shape)) if shape == CODES else RNG.normal(size=(3, *shape))
    net.save(tmp_path / "net.safetensors")
    again = ca.Network.load(tmp_path / "net.safetensors")
    assert identical(net, again)
    assert (again.seed, again.dtype, again.input_shape) == (net.seed, net.dtype, shape)
    assert np.array_equal(net(x), again(x))


@pytest.mark.parametrize("layer", [layer for cases in LAYERS.values() for layer, _ in cases], ids=repr)
def test_settings_go_through_json(layer: ca.Layer) -> None:
    record = json.loads(json.dumps(layer_to_json(layer)))
    again = layer_from_json(record)
    assert type(again) is type(layer)
    assert layer_to_json(again) == layer_to_json(layer)


def poisson(t: Any, y: Any) -> Any:
    return np.mean((t - y) ** 4)


LOSSES: dict[str, tuple[Any, Any, str | None]] = {
    "natural": (None, YES, "binary_cross_entropy"),
    "named": ("mean_absolute_error", X[:, 0], "mean_absolute_error"),
    "huber": (ca.nn.huber(), X[:, 0], "huber"),
    "huber with a delta": (ca.nn.huber(0.3), X[:, 0], "huber(delta=0.3)"),
    "huber with many digits": (ca.nn.huber(1 / 3), X[:, 0], "huber(delta=0.3333333333333333)"),
    "one's own": (lambda t, y: np.mean((t - y) ** 2), X[:, 0], None),
    "one's own of a known name": (poisson, X[:, 0], None),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_is_remembered(loss: str, tmp_path: Path) -> None:
    given, y, name = LOSSES[loss]
    last = ca.Dense(1, "sigmoid" if y is YES else "identity")
    net = trained(ca.Dense(3, "tanh"), last, y=y, loss=given)
    net.save(tmp_path / "net")
    again = ca.Network.load(tmp_path / "net")
    assert (again.loss and again.loss.name) == name
    np.testing.assert_array_equal(net.predict(X), again.predict(X))
    if name:
        assert net.evaluate(X, y) == again.evaluate(X, y)


def test_what_logits_mean_is_remembered(tmp_path: Path) -> None:
    net = trained(ca.Dense(3, "tanh"), ca.Dense(1))
    assert net.loss is not None and net.loss.name == "binary_cross_entropy_from_logits"
    net.save(tmp_path / "net")
    again = ca.Network.load(str(tmp_path / "net"))
    np.testing.assert_array_equal(net.predict(X), again.predict(X))
    np.testing.assert_array_equal(net.predict_proba(X), again.predict_proba(X))


def test_a_loaded_network_can_be_trained_on(tmp_path: Path) -> None:
    net = trained(ca.Dense(4), ca.BatchNorm(), ca.Dropout(0.2), ca.Dense(1, "sigmoid"))
    net.save(tmp_path / "net")
    again = ca.Network.load(tmp_path / "net")
    for each in (net, again):
        each.fit(X, YES, epochs=3, batch_size=8, optimizer=ca.SGD(0.1), progress=False)
    assert identical(net, again)


def test_numbers_of_any_kind_come_back(tmp_path: Path) -> None:
    net = ca.Network([ca.Dense(1)], dtype="float64").build(6)
    net.params[0]["W"][:, 0] = [np.nan, np.inf, -np.inf, -0.0, 5e-324, np.pi]
    net.save(tmp_path / "net")
    assert identical(net, ca.Network.load(tmp_path / "net"))


def test_the_file_holds_no_code_and_can_be_read_by_others(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    net = trained()
    net.save(tmp_path / "net.safetensors")
    found = load_file(tmp_path / "net.safetensors")
    assert {k: v.shape for k, v in found.items()} == {"0.W": (2, 4), "0.b": (4,), "1.W": (4, 1), "1.b": (1,)}
    _, description = read_arrays(tmp_path / "net.safetensors", FORMAT)
    assert description == {
        "format": "cutaway network 1",
        "version": ca.__version__,
        "layers": [
            {"layer": "Dense", "units": 4, "activation": "tanh"},
            {"layer": "Dense", "units": 1, "activation": "sigmoid"},
        ],
        "input_shape": [2],
        "seed": 5,
        "dtype": "float32",
        "loss": "binary_cross_entropy",
    }


@pytest.mark.parametrize(
    "layer, received",
    [
        (ca.Dense(3, np.sin), "its activation is a function of your own; received sin."),
        (ca.Activation(lambda z: z), "its activation is a function of your own; received <lambda>."),
    ],
)
def test_functions_of_ones_own_are_not_saved(layer: ca.Layer, received: str, tmp_path: Path) -> None:
    net = ca.Network([layer, ca.Dense(1)]).build(2)
    with pytest.raises(UsageError) as caught:
        net.save(tmp_path / "net")
    assert received in str(caught.value)
    assert not list(tmp_path.iterdir())


# Files that cannot be read ----------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    trained().save(tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


def test_every_truncation_is_refused(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in (*range(0, len(whole), 41), len(whole) - 1):
        saved.write_bytes(whole[:length])
        with pytest.raises(DataError, match="is incomplete or no network"):
            ca.Network.load(saved)
    saved.write_bytes(whole + b"\0")
    with pytest.raises(DataError):
        ca.Network.load(saved)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", pickle.dumps({"W": [1.0]}), b"\xff" * 500, b"\x00" * 8, b"\x02\0\0\0\0\0\0\0{}"]
)
def test_files_of_other_kinds_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with pytest.raises(DataError):
        ca.Network.load(path)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    path, trap = tmp_path / "net.safetensors", tmp_path / "trap"

    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (trap,))

    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError):
        ca.Network.load(path)
    assert not trap.exists()


def test_missing_files(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(DataMissingError, match="The network is not there"):
            ca.Network.load(path)


WRONG: dict[str, dict[str, Any]] = {
    "no layers": {"layers": None},
    "layers of no kind": {"layers": [{"layer": "Dens", "units": 3}]},
    "a layer without a name": {"layers": [{"units": 3}]},
    "a layer that is a word": {"layers": ["Dense"]},
    "a setting too many": {"layers": [{"layer": "Dense", "units": 3, "colour": "red"}]},
    "a setting too few": {"layers": [{"layer": "Dense"}]},
    "an unknown activation": {"layers": [{"layer": "Dense", "units": 3, "activation": "eval"}]},
    "negative units": {"layers": [{"layer": "Dense", "units": -3}]},
    "an empty list of layers": {"layers": []},
    "an input shape that is a word": {"input_shape": "ab"},
    "a negative input shape": {"input_shape": [-2]},
    "no input shape": {"input_shape": None},
    "another input shape": {"input_shape": [3]},
    "an unknown precision": {"dtype": "float31"},
    "a seed that is a word": {"seed": "five"},
    "a huge network": {"input_shape": [10**15]},
    "a loss with settings that are none": {"loss": "huber(delta=wide)"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_descriptions_that_were_tampered_with(wrong: str, saved: Path) -> None:
    found, description = read_arrays(saved, FORMAT)
    write_arrays(saved, found, {**description, **WRONG[wrong]}, FORMAT)
    with pytest.raises(CutawayError):
        ca.Network.load(saved)
    for key in ("layers", "input_shape", "seed", "dtype"):
        write_arrays(saved, found, {k: v for k, v in description.items() if k != key}, FORMAT)
        with pytest.raises(DataError, match="The description of the network cannot be read"):
            ca.Network.load(saved)


def test_a_description_that_is_a_list(saved: Path) -> None:
    with pytest.raises(DataError, match="The description of the network cannot be read"):
        from_json([1, 2])  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"0.W": None}, {"0.W": np.ones((3, 4), "float32")}, {"1.b": np.ones(())}])
def test_weights_that_are_missing_or_of_another_shape(change: dict[str, Any], saved: Path) -> None:
    found, description = read_arrays(saved, FORMAT)
    kept = {k: v for k, v in {**found, **change}.items() if v is not None}
    write_arrays(saved, kept, description, FORMAT)
    (name,) = change
    with pytest.raises(DataError) as caught:
        ca.Network.load(saved)
    assert f"lacks the weights {name[2:]} of layer {name[0]}, or they have another shape" in str(caught.value)


def test_a_newer_format_is_refused(saved: Path) -> None:
    found, description = read_arrays(saved, FORMAT)
    write_arrays(saved, found, description, "cutaway network 2")
    with pytest.raises(DataError, match="is no network that this cutaway can read; received 'cutaway network 2'"):
        ca.Network.load(saved)


def test_a_failure_while_saving_leaves_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(UsageError, match="cannot be written; received No space left on device"):
        trained(ca.Dense(1, "sigmoid")).save(saved)
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_saving_makes_folders_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "net.safetensors"
    one, two = trained(), trained(ca.Dense(1, "sigmoid"))
    one.save(path)
    two.save(path)
    assert identical(ca.Network.load(path), two)
    assert to_json(ca.Network.load(path)) == to_json(two)
