"""Every layer as a PyTorch module: outputs, losses and gradients agree, in training and when predicting."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import UsageError
from cutaway.export.torch.layers import LAYERS
from cutaway.export.torch.sheet import ACTIVATIONS
from cutaway.nn import LOSSES, Layer
from cutaway.nn.forward import Forward
from cutaway.nn.saving import known_layers

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.torch

EDGES = [[0, 1], [1, 2], [1, 3], [3, 4], [4, 5]]


def snake(z):
    return z + np.sin(z) ** 2


def centred(z):
    return z - z.mean(axis=-1, keepdims=True)


def dense(activation: Any, **more: Any) -> list[Layer]:
    return [ca.Dense(5, activation, **more), ca.Dense(3)]


NETWORKS: dict[str, tuple[list[Layer], tuple[int, ...]]] = {
    **{f"dense {name}": (dense(name), (4,)) for name in ca.nn.ACTIVATIONS if name != "step"},
    "an activation of one's own": (dense(snake), (4,)),
    "another": (dense(centred), (4,)),
    "no bias": (dense("relu", bias=None), (4,)),
    "sigmoid at the end": ([ca.Dense(8, "tanh"), ca.Dense(1, "sigmoid")], (4,)),
    "softmax at the end": ([ca.Dense(8, "tanh"), ca.Dense(3), ca.Activation("softmax")], (4,)),
    "norms": ([ca.BatchNorm(0.3, 1e-3), ca.Dense(6), ca.LayerNorm(1e-3), ca.Activation("elu"), ca.BatchNorm()], (4,)),
    "images": (
        [ca.Conv2D(6, 3, "relu", padding="same"), ca.MaxPool2D(2), ca.Conv2D(4, (2, 3), "softmax"), ca.Flatten()],
        (9, 8),
    ),
    "padding and strides": (
        [ca.Conv2D(4, 4, "tanh", stride=(2, 1), padding="same", bias=None), ca.Conv2D(3, 2, snake, padding=1)],
        (7, 6, 2),
    ),
    "pools": (
        [ca.MaxPool2D(3, 2), ca.AvgPool2D((1, 2)), ca.LayerNorm(), ca.Conv2D(2, 2), ca.GlobalAveragePool()],
        (9, 9, 3),
    ),
    "codes": ([ca.Embedding(7, 5), ca.LSTM(6, sequences=True), ca.GRU(4), ca.Dense(2)], (6,)),
    "steps": ([ca.GRU(4, sequences=True), ca.RNN(3, sequences=True), ca.RNN(3, "relu")], (5, 3)),
    "steps with activations": ([ca.RNN(3, "sigmoid", sequences=True), ca.RNN(4, snake), ca.Dense(2)], (5, 3)),
    "attention": ([ca.SelfAttention(6, 2), ca.SelfAttention(4, 2, causal=True), ca.LSTM(2)], (5, 3)),
    "a graph": (
        [ca.GraphConv(4, EDGES, "relu"), ca.GraphSAGE(3, EDGES, "tanh"), ca.GraphConv(2, EDGES, bias=None)],
        (4,),
    ),
    "attention on a graph": (
        [ca.GraphAttention(4, EDGES, "elu", heads=2), ca.GraphAttention(3, EDGES, "softmax", heads=2, concat=False)],
        (4,),
    ),
    "a graph without biases": ([ca.GraphSAGE(3, EDGES, bias=None), ca.GraphAttention(3, EDGES, bias=None)], (4,)),
}


def network(name: str, dtype: str = "float64") -> tuple[ca.Network, np.ndarray]:
    """A network with weights that are all different, and six samples."""
    layers, shape = NETWORKS[name]
    net = ca.Network(layers, seed=1, dtype=dtype).build(shape)
    rng = np.random.default_rng(5)
    for part in (*net.params, *net.state):
        for key, array in part.items():
            array += 0.1 * rng.normal(size=array.shape) if key != "variance" else 0.3
    if name == "codes":
        return net, rng.integers(0, 7, (6, *shape)).astype(dtype)
    return net, rng.normal(size=(6, *shape)).astype(dtype)


def test_every_layer_is_in_the_table():
    abstract = {"GraphLayer", "Recurrent", "Pool2D"}
    own = {kind for kind in known_layers().values() if kind.__module__.startswith("cutaway.")}
    assert {kind.__name__ for kind in own} - abstract == {kind.__name__ for kind in LAYERS}
    assert ACTIVATIONS.keys() == ca.nn.ACTIVATIONS.keys()


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_agree(name):
    net, X = network(name)
    module = net.to_torch()
    assert not module.training
    found = module(torch.tensor(X)).detach().numpy()
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, net(X), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["dense gelu", "images", "codes", "attention on a graph"])
def test_the_dtype_is_kept(name):
    net, X = network(name, "float32")
    found = net.to_torch()(torch.tensor(X)).detach().numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, net(X), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_of_a_training_pass_agree(name):
    net, X = network(name)
    module = net.to_torch().train()
    weights = np.random.default_rng(2).normal(size=net(X).shape)
    state = net.state

    def loss(params, X):
        run = Forward(training=True, dtype=np.float64)
        return np.sum(weights * run.through(net.layers, params, state, X))

    value, slopes = ca.value_and_grad(loss)(net.params, X)
    found = (module(torch.tensor(X)) * torch.tensor(weights)).sum()
    found.backward()
    assert abs(found.item() - value) < 1e-11
    twin = ca.Network(net.layers, dtype="float64").build(NETWORKS[name][1])
    theirs = {k: p.grad if p.grad is not None else torch.zeros_like(p) for k, p in module.named_parameters()}
    buffers = dict(module.named_buffers())
    of_state = ca.export.torch.state_dict(net)
    for key in [k for k in theirs if k.endswith("bias_hh_l0") and "gru" not in k]:
        assert not theirs[key].any()
    twin.load_state_dict({k: theirs.get(k, buffers.get(k)) for k in of_state})
    for mine, other in zip(slopes, twin.params, strict=True):
        for key in mine:
            scale = max(1.0, np.abs(mine[key]).max())
            np.testing.assert_allclose(other[key] / scale, mine[key] / scale, rtol=1e-12, atol=1e-12)


def test_batch_statistics_are_collected_alike():
    net, X = network("norms")
    module = net.to_torch().train()
    run = Forward(training=True, dtype=np.float64)
    run.through(net.layers, net.params, net.state, X)
    module(torch.tensor(X))
    state = module.state_dict()
    np.testing.assert_allclose(state["norm_1.running_mean"].numpy(), run.updates[0, "mean"], rtol=1e-13)
    np.testing.assert_allclose(state["norm_1.running_var"].numpy(), run.updates[0, "variance"], rtol=1e-13)


def test_dropout_drops_in_training_alone():
    net = ca.Network([ca.Dropout(0.5), ca.Dense(1)], dtype="float64").build(50)
    module, x = net.to_torch(), torch.ones(40, 50, dtype=torch.float64)
    assert torch.equal(module(x), module(x))
    module.train()
    assert not torch.equal(module(x), module(x))


def test_the_weights_are_copies():
    net = ca.Network([ca.Dense(1)], dtype="float64").build(2)
    module, before = net.to_torch(), net.params[0]["W"].copy()
    with torch.no_grad():
        module.linear_1.weight += 1
    np.testing.assert_array_equal(net.params[0]["W"], before)


def test_a_copy_of_a_module_computes_the_same():
    net, X = network("codes")
    module = net.to_torch()
    assert torch.equal(copy.deepcopy(module)(torch.tensor(X)), module(torch.tensor(X)))


def test_the_step_activation_has_no_slope():
    net = ca.Network([ca.Dense(4, "step"), ca.Dense(1)], dtype="float64").build(3)
    x = torch.tensor(np.random.default_rng(0).normal(size=(8, 3)), requires_grad=True)
    out = net.to_torch()(x)
    np.testing.assert_array_equal(out.detach().numpy(), net(x.detach().numpy()))
    out.sum().backward()
    assert not x.grad.any()


def test_two_functions_of_one_name_are_told_apart():
    def twice(z):
        return 2 * z

    first = twice

    def twice(z):
        return z * 2 + 1

    net = ca.Network([ca.Dense(2, first), ca.Dense(2, twice), ca.Dense(2, first)], dtype="float64").build(3)
    X = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_allclose(net.to_torch()(torch.tensor(X)).detach().numpy(), net(X), rtol=1e-13)
    assert ca.export.torch.source(net).count("def twice") == 2


class Doubled(Layer):
    def forward(self, p, x, run):
        return 2 * x

    def __repr__(self):
        return "Doubled()"


def test_a_layer_of_ones_own_is_refused_by_name():
    net = ca.Network([Doubled(), ca.Dense(1)]).build(2)
    with pytest.raises(UsageError, match=r"no twin in PyTorch for Doubled.*export\.torch\.module"):
        net.to_torch()


def test_a_network_without_weights_is_refused():
    with pytest.raises(UsageError, match=r"no weights yet.*net\.build"):
        ca.Network([ca.Dense(1)]).to_torch()


def test_an_activation_that_depends_on_the_number_of_rows_is_refused():
    def by_rows(z):
        return z / len(z)

    with pytest.raises(ca.errors.ShapeError, match="by_rows computes something else for another number of rows"):
        ca.Network([ca.Dense(3, by_rows)]).build(2).to_torch()


@pytest.mark.parametrize("name", LOSSES)
def test_losses_agree(name):
    from cutaway.export.torch.training import loop_source
    from cutaway.train import SGD
    from cutaway.train.training import Training

    loss, rng = LOSSES[name], np.random.default_rng(0)
    last = {"probabilities": {"binary": "sigmoid", "multiclass": "softmax"}.get(loss.task), "rates": "softplus"}
    activation = last.get(loss.reads) or "identity"
    net = ca.Network([ca.Dense(3, activation)], dtype="float64").build(4)
    X = rng.normal(size=(10, 4))
    labels = rng.integers(0, 3, 10)
    targets = {"binary": 1.0 * (rng.normal(size=(10, 3)) > 0), "multiclass": ca.nn.one_hot(labels, 3)}
    t = targets.get(loss.task, rng.poisson(2.0, (10, 3)) + 0.0)
    w = rng.uniform(0.5, 1.5, 10)
    for weighted in (False, True):
        for has_logits in {activation in ("sigmoid", "softmax"), False}:
            text = loop_source(net, Training(loss, SGD(0.1), 1, 10, 10, weighted=weighted), has_logits)
            names = {"torch": torch, "F": torch.nn.functional}
            exec(text, names)
            more = (torch.tensor(w),) if weighted else ()
            found = names["loss_of"](net.to_torch(), torch.tensor(X), torch.tensor(t), *more).item()
            expected = np.mean(loss(t, net(X)) * (w if weighted else 1.0))
            assert abs(found - expected) < 1e-12 * max(1, abs(expected))
            if loss.task == "multiclass":
                found = names["loss_of"](net.to_torch(), torch.tensor(X), torch.tensor(labels), *more).item()
                assert abs(found - expected) < 1e-12


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_module_that_standardises_what_it_is_given(dtype):
    X = np.random.default_rng(0).normal(1000, 50, size=(20, 3)) * [1, 10, 0.1]
    standardizer = ca.data.Standardizer.fit(X)
    net = ca.Network([ca.Dense(4, "tanh"), ca.Dense(1)], dtype=dtype).build(3)
    module = ca.export.torch.to_torch(net, standardizer=standardizer)
    found = module(torch.tensor(X)).detach().numpy()
    assert found.dtype == dtype
    tolerance = 1e-12 if dtype == "float64" else 1e-6
    np.testing.assert_allclose(found, net(standardizer.transform(X)), rtol=tolerance, atol=tolerance)
    fresh = type(module)()
    assert torch.isfinite(fresh(torch.tensor(X))).all()


def test_a_standardisation_of_other_columns_is_refused():
    net = ca.Network([ca.Dense(1)]).build(3)
    standardizer = ca.data.Standardizer(np.zeros(2), np.ones(2))
    with pytest.raises(ca.errors.DataError, match=r"2 columns for samples of shape \(3,\)"):
        ca.export.torch.to_torch(net, standardizer=standardizer)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_at_kinks_and_extremes(name):
    z = np.array([[-800.0, -50.0, -5.0, -1.0, -0.0, 0.0, 1.0, 5.0, 25.0, 40.0, 800.0]])
    weights = np.linspace(1, 2, z.size)
    x = torch.tensor(z, requires_grad=True)
    found = eval(ACTIVATIONS[name].format("x"), {"torch": torch, "F": torch.nn.functional, "x": x})
    (found * torch.tensor(weights)).sum().backward()
    fn = ca.nn.ACTIVATIONS[name]
    np.testing.assert_allclose(found.detach().numpy(), fn(z), rtol=1e-13, atol=1e-300)
    if name != "step":  # whose slope is an error here, since it cannot be trained
        slope = ca.grad(lambda z: np.sum(weights * fn(z)))(z)
        np.testing.assert_allclose(x.grad.numpy(), slope, rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize("name", ["images", "attention on a graph"])
def test_pytorchs_own_exporter_takes_the_module(name):
    net, X = network(name)
    program = torch.export.export(net.to_torch(), (torch.tensor(X),))
    np.testing.assert_allclose(program.module()(torch.tensor(X)).detach().numpy(), net(X), rtol=1e-12, atol=1e-13)


def test_a_float64_in_an_activation_does_not_stop_a_float32_network():
    half = np.float64(0.5)
    net = ca.Network([ca.Dense(4, lambda z: half * z), ca.Dense(2)]).build(3)
    X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    found = net.to_torch()(torch.tensor(X))
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.detach().numpy(), net(X), rtol=1e-5, atol=1e-6)
