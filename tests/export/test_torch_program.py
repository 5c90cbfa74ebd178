"""A program of the user's own becomes a module: value, gradients, training, source; what cannot is said."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from scipy.sparse import random_array

import cutaway as ca
from cutaway.errors import PeekWarning, TraceError, UsageError
from cutaway.export import torch as export

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.torch

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 2)), (rng.normal(size=(20, 1)) > 0) * 1.0
PARAMS = {"W1": rng.normal(size=(2, 8)), "b1": np.zeros(8), "W2": rng.normal(size=(8, 1)), "b2": np.zeros(1)}
CENTRE, MATRIX = rng.normal(size=2), random_array((20, 20), density=0.2, rng=1, format="csr")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loss(p, X, y):
    A1 = np.tanh(X @ p["W1"] + p["b1"])
    A2 = sigmoid(A1 @ p["W2"] + p["b2"])
    return -np.mean(y * np.log(A2) + (1 - y) * np.log(1 - A2))


def of_everything(p, X, y):
    """Slices, constants, a sparse matrix, a peephole of integers, in-place updates."""
    Z = MATRIX @ (X - CENTRE)
    H = np.maximum(Z @ p["W1"][:, ::-1] + p["b1"], -0.5)
    H[:3] *= 2
    best = np.argmax(H, axis=1)
    picked = H[np.arange(len(H)), best] + np.sort(H, axis=1)[:, -2]
    counts = np.arange(20) // 3
    extra = np.where(y[:, 0] > 0, picked * counts, np.clip(picked, -1, 1)) / 7
    return np.sqrt(np.var(extra) + 1) + np.mean((H @ p["W2"] + p["b2"] - y) ** 2) + np.linalg.norm(p["W1"])


PROGRAMS = {"loss": loss, "of_everything": of_everything}


@pytest.mark.parametrize("name", PROGRAMS)
def test_value_and_gradients_agree(name):
    value, slopes = ca.value_and_grad(PROGRAMS[name])(PARAMS, X, Y)
    module = export.module(PROGRAMS[name], PARAMS, X, Y)
    found = module(torch.tensor(X), torch.tensor(Y))
    found.backward()
    assert abs(found.item() - value) < 1e-12
    parameters = dict(module.named_parameters())
    assert list(parameters) == list(PARAMS)
    for key, slope in slopes.items():
        np.testing.assert_allclose(parameters[key].grad.numpy(), slope, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_source_computes_the_same_without_cutaway(name):
    text = export.source(PROGRAMS[name], PARAMS, X, Y)
    assert "import cutaway" not in text
    names: dict = {}
    exec(text, names)
    module = names["Loss" if name == "loss" else "OfEverything"]()
    module.load_state_dict(export.module(PROGRAMS[name], PARAMS, X, Y).state_dict())
    found = module(torch.tensor(X), torch.tensor(Y)).item()
    assert abs(found - PROGRAMS[name](PARAMS, X, Y)) < 1e-12


def test_the_authors_names_stay():
    assert export.source(ca.trace(loss, PARAMS, X, Y)).partition("def ")[2] == (
        "loss(p_W1, p_b1, p_W2, p_b2, X, y):\n"
        "    A1 = torch.tanh(X @ p_W1 + p_b1)\n"
        "    z = A1 @ p_W2 + p_b2\n"
        "    A2 = 1 / (1 + torch.exp(-z))\n"
        "    return -torch.mean(y * torch.log(A2) + (1 - y) * torch.log(1 - A2))\n"
    )


def test_a_graph_with_some_inputs_as_parameters():
    graph = ca.simplify(ca.trace(loss, PARAMS, X, Y))
    module = export.module(graph, {f"p_{key}": array for key, array in PARAMS.items()})
    assert abs(module(torch.tensor(X), torch.tensor(Y)).item() - loss(PARAMS, X, Y)) < 1e-12
    with pytest.raises(UsageError, match="W1 is no input of the graph"):
        export.module(graph, {"W1": PARAMS["W1"]})


def test_it_trains_as_minimize_does():
    trained, _ = ca.minimize(loss, PARAMS, X, Y, optimizer=ca.SGD(0.5), steps=200)
    module = export.module(loss, PARAMS, X, Y)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    for _ in range(200):
        optimizer.zero_grad()
        module(torch.tensor(X), torch.tensor(Y)).backward()
        optimizer.step()
    for key, array in trained.items():
        np.testing.assert_allclose(module.state_dict()[key].numpy(), array, rtol=1e-9, atol=1e-9)


def test_nested_and_plain_parameters():
    def nested(p, x):
        return np.sum(x * p["layers"][1] + p["layers"][0])

    module = export.module(nested, {"layers": [np.ones(3), np.full(3, 2.0)]}, np.ones(3))
    assert list(module.state_dict()) == ["layers_0", "layers_1"]
    assert module(torch.ones(3, dtype=torch.float64)).item() == 9.0

    def plain(w, x):
        return np.sum(w * x)

    assert list(export.module(plain, np.ones(3), np.ones(3)).state_dict()) == ["w"]


def test_other_batches_where_no_size_stands_in_the_program():
    def outputs(p, X):
        return sigmoid(np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])

    module = export.module(outputs, PARAMS, X)
    np.testing.assert_allclose(module(torch.tensor(X[:7])).detach().numpy(), outputs(PARAMS, X[:7]), rtol=1e-13)


def test_other_batches_are_refused_where_the_number_of_rows_stands_in_the_program():
    def mean(p, X):
        return np.sum(X @ p) / len(X)

    module = export.module(mean, np.ones(2), X)
    assert module(torch.tensor(X)).item() == pytest.approx(mean(np.ones(2), X), rel=1e-13)
    with pytest.raises(ValueError, match=r"sizes stand in this program: X \(20, 2\)"):
        module(torch.tensor(X[:7]))


def test_dtypes_are_numpys():
    def mixed(w, counts):
        return w / counts + counts / 3 + counts.mean()

    w, counts = np.ones(4, np.float32), np.arange(1, 5)
    found = export.module(mixed, w, counts)(torch.tensor(counts))
    assert found.dtype == torch.float64
    np.testing.assert_allclose(found.detach().numpy(), mixed(w, counts), rtol=1e-15)


def branch(w):
    return w * 2 if w.sum() > 0 else w


def drawn(w):
    return w + np.random.default_rng().normal(size=3)


def masked(w):
    return np.sum(w[w > 0])


@pytest.mark.parametrize(("fn", "what"), [(branch, "decided by a value"), (drawn, "random"), (masked, "decided by")])
def test_what_would_be_frozen_is_refused(fn, what):
    with pytest.raises(TraceError, match=what):
        export.module(fn, np.ones(3))


def test_a_number_that_left_the_recording_is_warned_of():
    def told(w):
        (scale,) = struct.unpack("d", struct.pack("d", w[0]))
        return w * scale

    with pytest.warns(PeekWarning, match="read as a plain Python number"):
        export.module(told, np.ones(3))


def test_layers_of_ones_own_code_in_a_module():
    class Net:
        def __init__(self):
            self.W = rng.normal(size=(2, 3))

        def forward(self, X):
            return np.tanh(X @ self.W)

    net = Net()
    graph = ca.trace(net.forward, X)
    names: dict = {}
    exec(export.source(graph), names)
    constants = {key: torch.tensor(value) for key, value in graph.constants.items()}
    found = names["forward"](torch.tensor(X), **constants)
    np.testing.assert_allclose(found.numpy(), net.forward(X), rtol=1e-13)
