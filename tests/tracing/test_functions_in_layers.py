"""Functions of the author's are recorded wherever they are kept: as the activation of a layer of this package, too."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.special
from scipy.special import softmax

import cutaway as ca

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4))
y = np.arange(30) % 3


class Warm:
    """A softmax with a temperature that is an array of the author's."""

    def __init__(self) -> None:
        self.temperature = np.ones(())

    def __call__(self, z: Any) -> Any:
        return softmax(z / self.temperature, axis=1)


ROWWISE = {
    "of a module": lambda z: scipy.special.softmax(z, axis=1),
    "by its name": lambda z: softmax(z, axis=1),
    "in a partial": partial(softmax, axis=1),
    "in an object": Warm(),
    "by its logarithm": lambda z: np.exp(scipy.special.log_softmax(z, axis=1)),
    "by the sum": lambda z: np.exp(z - scipy.special.logsumexp(z, axis=1, keepdims=True)),
}


def trained(last: ca.nn.Layer, batch_size: int | None = None) -> ca.Network:
    net = ca.Network([ca.Dense(5, "tanh"), ca.Dense(3), last], seed=1, dtype="float64")
    net.fit(X, y, loss="categorical_cross_entropy", epochs=3, batch_size=batch_size, validation=0.2, progress=False)
    return net


@pytest.mark.parametrize("name", ROWWISE)
def test_softmax_of_scipy_is_that_of_cutaway(name: str) -> None:
    own = ROWWISE[name]
    net, expected = trained(ca.Activation(own), 8), trained(ca.Activation("softmax"), 8)
    for mine, ours in zip(net.params, expected.params, strict=True):
        for key, array in mine.items():
            np.testing.assert_allclose(array, ours[key], rtol=1e-9, atol=1e-12)


def test_the_activation_of_a_dense_layer() -> None:
    net = ca.Network([ca.Dense(3, activation=lambda z: scipy.special.softmax(z, axis=1))], seed=0)
    history = net.fit(X, y, loss="categorical_cross_entropy", epochs=20, lr=0.1, progress=False)
    assert history["loss"][-1] < history["loss"][0]


def test_a_function_of_scipy_itself() -> None:
    def total(z: Any) -> Any:
        return softmax(z)

    net, expected = trained(ca.Activation(softmax)), trained(ca.Activation(total))
    np.testing.assert_array_equal(net.params[0]["W"], expected.params[0]["W"])


def test_layers_are_as_they_were_afterwards() -> None:
    act, direct = partial(softmax, axis=1), ca.Activation(softmax)
    trained(ca.Activation(act))
    assert act.func is softmax and act.keywords == {"axis": 1}
    trained(direct)
    assert direct.activation is softmax
    warm = ROWWISE["in an object"]
    trained(ca.Activation(warm))
    assert type(warm.temperature) is np.ndarray


def test_layers_in_an_object_of_the_authors() -> None:
    class Model:
        def __init__(self) -> None:
            self.last = ca.Activation(partial(softmax, axis=1))

        def __call__(self, z: Any) -> Any:
            return np.sum(self.last.activation(z)[:, 0])

    model, z = Model(), RNG.normal(size=(2, 3))
    p = softmax(z, axis=1)
    expected = p[:, :1] * (np.eye(3)[:1] - p)
    np.testing.assert_allclose(ca.grad(model)(z), expected, rtol=1e-12)


def test_arrays_of_layers_stay_as_they_are() -> None:
    layer = ca.Dense(3, weights=np.ones((4, 3)))
    start = layer.weights
    net = ca.Network([layer])
    seen = []

    def loss(targets: Any, outputs: Any) -> Any:
        seen.append(layer.weights is start)
        return np.mean((outputs - targets) ** 2)

    net.fit(X, X[:, :3], loss=loss, epochs=1, progress=False)
    assert all(seen) and layer.weights is start
