"""The 2-16-32-1 network with samples in columns: published costs, and its gradient recorded from the objects.

From epoch 1600 on the training is chaotic: a rounding error grows about a thousandfold in a hundred epochs, so those
four costs belong to one order of summation. They are held to what any order gives, the others to all published digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cutaway as ca

COSTS = [
    *(0.7307138564, 0.2999246740, 0.2907619569, 0.2903142585, 0.2899456167, 0.2896249619, 0.2893391646, 0.2890759085),
    *(0.2888199601, 0.2885454690, 0.2881939656, 0.2875948303, 0.2860899453, 0.2801733766, 0.2519515353, 0.1854815595),
    *(0.1310548029, 0.1053606163, 0.0977828302, 0.0870503154),
]
FIRM = 16  # of these twenty
ACCURACY = 0.972


@pytest.fixture(scope="module")
def columns(example: Callable[[str], ModuleType]) -> ModuleType:
    return example("columns_2_16_32_1")


def new(columns: ModuleType) -> Any:
    return columns.Network([2, 16, 32, 1])


def weights_of(net: Any) -> list[Any]:
    return [(layer.W, layer.b) for layer in net.layers]


def compare(costs: list[float]) -> None:
    np.testing.assert_allclose(costs[:FIRM], COSTS[:FIRM], rtol=0, atol=0.5e-9)
    np.testing.assert_allclose(costs[FIRM:], COSTS[FIRM:], rtol=0.05)


def step_of(weights: Any, net: Any, X: Any, Y: Any) -> Any:
    for layer, (W, b) in zip(net.layers, weights, strict=True):
        layer.W, layer.b = W, b
    net.step(X, Y, 1.0)
    return weights_of(net)


def test_the_costs_and_the_recorded_steps(columns: ModuleType) -> None:
    X, Y = columns.moons()
    assert new(columns).cost(X, Y) == pytest.approx(0.7086909615, abs=0.5e-10)
    graph = ca.trace(step_of, weights_of(new(columns)), new(columns), X, Y)
    net, costs = new(columns), []
    recorded: Sequence[Any] = [array for pair in weights_of(net) for array in pair]
    for epoch in range(2000):
        net.step(X, Y, lr=1.0)
        if epoch <= 1000:
            recorded = ca.run(graph, *recorded, X, Y)
        if epoch % 100 == 0:
            costs.append(net.cost(X, Y))
        if epoch == 1000:  # the recorded calls are the same calls, to the last bit
            assert all(np.array_equal(a, b) for a, (b, _) in zip(recorded[::2], weights_of(net), strict=True))
    compare(costs)
    assert np.mean((net.forward(X) > 0.5) == Y) == pytest.approx(ACCURACY, abs=0.0021)


def test_the_recorded_gradient_is_the_one_by_hand(columns: ModuleType) -> None:
    X, Y = columns.moons()
    net = new(columns)
    for epoch in range(101):
        if epoch in (0, 1, 100):
            cost, exact = ca.value_and_grad(columns.cost_of)(weights_of(net), net, X, Y)
            net.forward(X)
            net.backward(Y)
            assert cost == net.cost(X, Y)
            for layer, (dW, db) in zip(net.layers, exact, strict=True):
                np.testing.assert_allclose(dW, layer.dW, rtol=0, atol=1e-12)
                np.testing.assert_allclose(db, layer.db, rtol=0, atol=1e-12)
        net.step(X, Y, lr=1.0)


def test_recording_leaves_the_objects_with_plain_arrays(columns: ModuleType) -> None:
    X, Y = columns.moons()
    net = new(columns)
    ca.grad(columns.cost_of)(weights_of(net), net, X, Y)
    for layer in net.layers:
        assert all(type(value) is np.ndarray for value in (layer.W, layer.b, layer.A, layer.inputs))


def test_the_compiled_gradient_takes_the_same_way(columns: ModuleType) -> None:
    X, Y = columns.moons()
    net = new(columns)
    gradient = ca.compile(ca.value_and_grad(columns.cost_of))
    weights, costs = weights_of(net), []
    for epoch in range(2001):
        cost, slopes = gradient(weights, net, X, Y)
        if epoch % 100 == 1:
            costs.append(cost)
        weights = [(W - dW, b - db) for (W, b), (dW, db) in zip(weights, slopes, strict=True)]
    compare(costs)


def test_the_library_takes_the_same_way(columns: ModuleType) -> None:
    X, Y = columns.moons()
    layers = [ca.Dense(len(layer.W), "sigmoid", weights=layer.W.T) for layer in new(columns).layers]
    net = ca.Network(layers, dtype="float64")
    history = net.fit(X.T, Y.T, optimizer=ca.SGD(1.0), epochs=2000, progress=False)
    compare(list(history["loss"][1::100]))
