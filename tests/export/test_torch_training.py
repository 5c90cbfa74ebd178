"""The exported training loop takes the same way: whole trajectories from equal weights, in a module of its own."""

from __future__ import annotations

import numpy as np
import pytest

import cutaway as ca
from cutaway import train
from cutaway.errors import UsageError
from cutaway.export import torch as export

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.torch

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def moons(n: int) -> tuple[np.ndarray, np.ndarray]:
    data = ca.data.load("moons", n_samples=n, noise=0.2, seed=42)
    return data.X, data.y


def both(net, X, y, t, **how):
    """Train a network, and its exported source from the same start; losses and final weights of both."""
    net.build(X.shape[1:])
    start = {k: torch.from_numpy(a.copy()) for k, a in export.state_dict(net).items()}
    history = net.fit(X, y, progress=False, metrics=(), **how)
    text = export.source(net)
    assert "cutaway" not in text.partition('"""\n')[2]
    names: dict = {}
    exec(text, names)
    module = names["Network"]()
    module.load_state_dict(start)
    losses = names["train"](module, torch.tensor(X), *t)
    mine, theirs = export.state_dict(net), module.state_dict()
    return history["loss"], np.array(losses), mine, {k: v.numpy() for k, v in theirs.items()}


def agree(found, tolerance):
    mine, theirs, weights, others = found
    np.testing.assert_allclose(theirs, mine, rtol=0, atol=tolerance)
    for name in weights:
        if weights[name].dtype.kind == "f":
            np.testing.assert_allclose(others[name], weights[name], rtol=0, atol=tolerance)


def column(y):
    return (torch.tensor(y[:, None], dtype=torch.float64),)


# Adam at 0.1 makes the last one wander for good, where rounding alone tells two runs apart
TUTORIALS = {"2-8-1": (8,), "2-4-1": (4,), "2-10-1": (10,), "2-16-32-1": (16, 32)}
RULES = {
    "sgd": train.SGD(0.5),
    "momentum": train.SGD(0.1, momentum=0.9),
    "adam": train.Adam(0.01),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("size", TUTORIALS)
def test_a_thousand_steps_of_the_tutorials_networks(size, rule):
    layers = [*(ca.Dense(n, "sigmoid") for n in TUTORIALS[size]), ca.Dense(1, "sigmoid")]
    X, y = XOR if size == "2-4-1" else moons(500)
    net = ca.Network(layers, seed=0, dtype="float64")
    found = both(net, X, y, column(y), optimizer=RULES[rule], epochs=1000)
    assert len(found[0]) == 1000 and found[0][-1] < found[0][0]
    agree(found, 1e-9)


MORE = {
    "nesterov": train.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "rmsprop": train.RMSprop(0.01, momentum=0.5, l1=1e-3),
    "adamw": train.AdamW(0.01, clip_norm=0.1),
    "adagrad": train.Adagrad(0.1, clip_value=0.01),
    "step": train.SGD(train.Step(0.5, 7)),
    "exponential": train.Adam(train.Exponential(0.1, 0.97), beta1=0.8, eps=1e-7),
    "cosine": train.SGD(train.Cosine(0.5, floor=0.01)),
    "onecycle": train.SGD(train.OneCycle(0.5, rise=0.4)),
    "warm up": train.SGD(train.WarmUp(0.5, steps=12)),
    "warm up, then cosine": train.SGD(train.WarmUp(train.Cosine(0.5, floor=0.1), epochs=3)),
    "warm up, then steps": train.SGD(train.WarmUp(train.Step(0.5, 7), epochs=3)),
    "warm up, then exponential": train.SGD(train.WarmUp(train.Exponential(0.5, 0.9), epochs=3)),
}


@pytest.mark.parametrize("batch_size", [None, 30])
@pytest.mark.parametrize("name", MORE)
def test_optimizers_and_schedules(name, batch_size):
    X, y = moons(100)
    net = ca.Network([ca.Dense(6, "tanh"), ca.Dense(1, "sigmoid")], dtype="float64")
    how = {"optimizer": MORE[name], "epochs": 30, "batch_size": batch_size, "shuffle": False}
    agree(both(net, X, y, column(y), **how), 1e-11)


def fourth_power(targets, outputs):
    return (targets - outputs) ** 4


def of_rows(targets, outputs):
    return np.logaddexp(outputs - targets, targets - outputs).sum(axis=1)


@pytest.mark.parametrize("loss", ["mean_squared_error", ca.nn.huber(0.3), fourth_power, of_rows])
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_of_numbers(loss, weighted):
    X = np.linspace(-2, 3, 60)[:, None]  # not symmetric: the biases would have no slope, and Adam follow the rounding
    y = np.sin(X[:, 0])
    w = np.random.default_rng(0).uniform(0, 2, 60) if weighted else None
    net = ca.Network([ca.Dense(6, "tanh"), ca.Dense(1)], dtype="float64")
    t = column(y) + ((torch.tensor(w / w.mean()),) if weighted else ())
    how = {"loss": loss, "optimizer": train.Adam(0.01), "epochs": 50, "sample_weight": w}
    agree(both(net, X, y, t, **how), 1e-11)


def test_classes_with_every_kind_of_layer_for_numbers():
    data = ca.data.load("iris")
    X = ca.data.Standardizer.fit(data.X).transform(data.X)
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order], data.y[order]
    # without a bias before the normalisation: its slope is zero, and Adam would follow the rounding
    layers = [ca.Dense(8, bias=None), ca.BatchNorm(), ca.Activation("relu"), ca.LayerNorm(), ca.Dense(3, "softmax")]
    net = ca.Network(layers, dtype="float64")
    t = (torch.tensor(y),)
    agree(both(net, X, y, t, optimizer=train.Adam(0.01), epochs=60, batch_size=50, shuffle=False), 1e-10)


@pytest.mark.parametrize("kind", [ca.RNN, ca.GRU, ca.LSTM])
def test_a_recurrent_network_learns_alike_in_spite_of_its_second_bias(kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 5, 2))
    y = X.sum(axis=(1, 2)) > 0
    net = ca.Network([kind(4), ca.Dense(1, "sigmoid")], dtype="float64")
    agree(both(net, X, y, column(1.0 * y), optimizer=train.Adam(0.01), epochs=60), 1e-11)


def test_a_graph_network_learns_from_some_of_its_nodes():
    rng = np.random.default_rng(0)
    edges, X = rng.integers(0, 12, (20, 2)), rng.normal(size=(12, 4))
    y, rows = rng.integers(0, 3, 12), np.array([0, 2, 3, 5, 7, 11])
    net = ca.Network([ca.GraphConv(6, edges, "relu"), ca.GraphAttention(3, edges, "softmax")], dtype="float64")
    t = (torch.tensor(y[rows]), torch.tensor(rows))
    agree(both(net, X, y, t, optimizer=train.SGD(0.1), epochs=60, rows=rows), 1e-11)


def test_shuffled_batches_are_drawn_by_the_seed():
    X, y = moons(100)
    net = ca.Network([ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")], dtype="float64")
    runs = [both(net, X, y, column(y), optimizer=train.SGD(0.5), epochs=40, batch_size=10, seed=3) for _ in range(2)]
    np.testing.assert_array_equal(runs[0][1], runs[1][1])
    assert abs(runs[0][1][-1] - runs[0][0][-1]) < 0.05  # another order, the same problem


def test_a_network_that_was_not_fitted_has_no_loop():
    net = ca.Network([ca.Dense(1)]).build(2)
    assert "def train" not in export.source(net)


def test_the_loop_can_be_left_out():
    net = ca.Network([ca.Dense(1)])
    net.fit(np.ones((4, 2)), np.ones(4), epochs=1, progress=False)
    assert "def train" in export.source(net)
    assert "def train" not in export.source(net, training=None)


@pytest.mark.parametrize("what", ["An optimizer of your own", "A schedule"])
def test_what_has_no_twin_is_named(what):
    class Slow(train.SGD):  # in here, so that it is not among the optimizers that other tests know
        pass

    class Zigzag(train.Schedule):
        def rates(self, steps_per_epoch, epochs):
            return np.full(steps_per_epoch * epochs, 0.1)

    optimizer = Slow(0.1) if "optimizer" in what else train.SGD(Zigzag())
    net = ca.Network([ca.Dense(1)])
    net.fit(np.ones((4, 2)), np.ones(4), epochs=1, progress=False, optimizer=optimizer)
    with pytest.raises(UsageError, match=f"{what}.* has no twin in torch.optim.*training=None"):
        export.source(net)
