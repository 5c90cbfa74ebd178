"""Published numbers of the smaller examples: a neuron, gates, XOR, one step worked out, quadrants, a wrong gradient."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cutaway as ca

Example = Callable[[str], ModuleType]


def same(exact: dict[str, Any], by_hand: dict[str, Any]) -> None:
    assert exact.keys() == by_hand.keys()
    for name in exact:
        np.testing.assert_allclose(exact[name], by_hand[name], rtol=0, atol=1e-12)


# A neuron ------------------------------------------------------------------------------------------------------------


def test_the_neuron(example: Example) -> None:
    neuron = example("neuron")
    answer = neuron.neuron(neuron.WEATHER, neuron.IMPORTANCE, -neuron.THRESHOLD)
    assert answer == pytest.approx(0.710949502625004, abs=1e-15)
    z = np.array([-5.0, -1.0, 0.0, 1.0, 5.0])
    np.testing.assert_allclose(neuron.sigmoid(z), [0.0067, 0.2689, 0.5, 0.7311, 0.9933], atol=0.5e-4)


def test_the_cross_entropy_of_four_answers(example: Example) -> None:
    neuron = example("neuron")
    found = neuron.binary_cross_entropy(neuron.TRUTH, neuron.ANSWERS)
    assert found == pytest.approx(0.164252033486018, abs=1e-15)
    assert neuron.accuracy(neuron.TRUTH, neuron.ANSWERS) == 1.0


def test_the_slopes_of_the_activations(example: Example) -> None:
    neuron = example("neuron")
    z = np.array([-2.0, -0.5, 0.25, 3.0])
    s = neuron.sigmoid(z)
    np.testing.assert_allclose(neuron.slopes(neuron.sigmoid, z), s * (1 - s), atol=1e-15)
    np.testing.assert_allclose(neuron.slopes(np.tanh, z), 1 - np.tanh(z) ** 2, atol=1e-15)
    np.testing.assert_array_equal(neuron.slopes(neuron.relu, z), [0, 0, 1, 1])


# Gates ---------------------------------------------------------------------------------------------------------------


def test_one_unit_is_and_and_or(example: Example) -> None:
    gates = example("gates")
    np.testing.assert_array_equal(gates.perceptron(gates.X, np.ones(2), -1.5), gates.AND)
    np.testing.assert_array_equal(gates.perceptron(gates.X, np.ones(2), -0.5), gates.OR)


def test_no_line_is_xor(example: Example) -> None:
    from sklearn.linear_model import LogisticRegression

    gates = example("gates")
    assert [gates.best_line(y) for y in (gates.AND, gates.OR, gates.XOR)] == [4, 4, 3]
    np.testing.assert_allclose(ca.grad(gates.cross_entropy)(np.zeros(3), gates.X, gates.XOR), 0, atol=1e-15)
    model = LogisticRegression().fit(gates.X, gates.XOR)
    np.testing.assert_allclose([*model.coef_[0], *model.intercept_], 0, atol=1e-12)
    assert model.score(gates.X, gates.XOR) == 0.5


def test_hand_made_weights_are_judged_by_their_answers(example: Example) -> None:
    gates = example("gates")
    with_step = gates.network(gates.FOR_STEP, gates.X, gates.step)
    np.testing.assert_allclose(with_step, [0.377541, 0.622459, 0.622459, 0.182426], atol=0.5e-6)
    assert gates.solves(with_step, gates.XOR)
    wrong = gates.network(gates.FOR_STEP, gates.X, gates.relu)
    np.testing.assert_allclose(wrong, [0.377541, 0.5, 0.5, 0.5], atol=0.5e-6)
    assert not gates.solves(wrong, gates.XOR)
    right = gates.network(gates.FOR_RELU, gates.X, gates.relu)
    np.testing.assert_allclose(right, [0.377541, 0.622459, 0.622459, 0.377541], atol=0.5e-6)
    assert gates.solves(right, gates.XOR)


def test_hand_made_weights_in_a_library_network(example: Example) -> None:
    gates = example("gates")
    p = gates.FOR_RELU
    net = ca.Network(
        [
            ca.Dense(2, "relu", weights=p["W1"], bias=p["b1"]),
            ca.Dense(1, "sigmoid", weights=p["W2"][:, None], bias=p["b2"]),
        ]
    )
    np.testing.assert_array_equal(net.predict(gates.X), gates.XOR)


# XOR, learned --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_gradients_of_fifty_networks(example: Example, activation: str) -> None:
    xor = example("xor_net")
    p = xor.start(range(50))
    same(ca.grad(lambda p: np.sum(xor.losses(p, activation)))(p), xor.backward(p, activation))


def test_the_recorded_training_of_xor(example: Example) -> None:
    xor = example("xor_net")
    p = xor.start(range(5))
    graph = ca.trace(lambda p: xor.train(p, epochs=30), p)
    trained, losses = xor.train(p, epochs=30)
    *weights, recorded = ca.run(graph, *p.values())
    np.testing.assert_allclose(recorded, losses, rtol=0, atol=1e-12)
    for found, name in zip(weights, p, strict=True):
        np.testing.assert_allclose(found, trained[name], rtol=0, atol=1e-10)


def test_some_networks_fail_at_three_levels(example: Example) -> None:
    xor = example("xor_net")
    p, _ = xor.train(xor.start(range(50)))
    losses = xor.losses(p)
    solved = ((xor.forward(p)[1] > 0) == xor.Y).all(axis=(1, 2))
    assert 20 < solved.sum() < 45
    # two, three or all four points lie together: log(2) / 2, 0.4774, log(2)
    levels = np.array([np.log(2) / 2, 0.4774, np.log(2)])
    assert np.abs(losses[~solved][:, None] - levels).min(axis=1).max() < 2e-3


@pytest.mark.torch
def test_xor_from_the_weights_of_torch(example: Example) -> None:
    torch = pytest.importorskip("torch", reason="the first weights come from PyTorch's generator")
    xor = example("xor_net")

    def start(seeds: Any) -> dict[str, np.ndarray]:
        found = []
        for seed in seeds:
            torch.manual_seed(seed)
            hidden, out = torch.nn.Linear(2, 4), torch.nn.Linear(4, 1)
            found.append(
                [t.detach().numpy().astype(float).T for layer in (hidden, out) for t in (layer.weight, layer.bias)]
            )
        arrays = [np.stack(parts) for parts in zip(*found, strict=True)]
        return {"W1": arrays[0], "b1": arrays[1][:, None, :], "W2": arrays[2], "b2": arrays[3][:, None, :]}

    _, losses = xor.train(start([42]))
    reference = [0.80646932, 0.00293422, 0.00104227, 0.00055118, 0.00034644, 0.00023923]
    np.testing.assert_allclose(losses[[0, 200, 400, 600, 800, 999], 0], reference, rtol=2e-4)  # it was float32
    p, _ = xor.train(start(range(50)))
    assert 50 - ((xor.forward(p)[1] > 0) == xor.Y).all(axis=(1, 2)).sum() == 18


# One step, worked out ------------------------------------------------------------------------------------------------


def test_the_worked_step(example: Example) -> None:
    worked = example("worked_2_2_1")
    forward = {
        "Z1": [[0.8, 1.1]],
        "A1": [[0.68997448, 0.75026011]],
        "Z2": [[0.8951433]],
        "A2": [[0.70995043]],
    }
    for (name, expected), found in zip(forward.items(), worked.forward(worked.WEIGHTS), strict=True):
        np.testing.assert_allclose(found, expected, atol=0.5e-8, err_msg=name)
    assert worked.loss(worked.WEIGHTS) == pytest.approx(0.3425601304225264, abs=1e-15)
    slopes = worked.backward(worked.WEIGHTS)
    backward = {
        "W1": [[-0.03102221, -0.03260793], [-0.06204442, -0.06521586]],
        "b1": [[-0.03102221, -0.03260793]],
        "W2": [[-0.2001268], [-0.21761262]],
        "b2": [[-0.29004957]],
    }
    for name, expected in backward.items():
        np.testing.assert_allclose(slopes[f"d{name}"], expected, atol=0.5e-8)
    assert worked.loss(worked.update(worked.WEIGHTS, slopes)) == pytest.approx(0.3245614552572158, abs=1e-15)


def test_the_worked_slopes_are_recorded(example: Example) -> None:
    worked = example("worked_2_2_1")
    slopes = worked.backward(worked.WEIGHTS)
    same(ca.grad(worked.loss)(worked.WEIGHTS), {name: slopes[f"d{name}"] for name in worked.WEIGHTS})
    graph = ca.trace(lambda p: worked.update(p, worked.backward(p)), worked.WEIGHTS)
    updated = dict(zip(worked.WEIGHTS, ca.run(graph, *worked.WEIGHTS.values()), strict=True))
    assert worked.loss(updated) == pytest.approx(0.3245614552572158, abs=1e-15)


# Quadrants -----------------------------------------------------------------------------------------------------------

QUADRANTS = [
    *(0.6925594609, 0.6907806171, 0.6829652125, 0.6528942341, 0.5625938667, 0.4131733683, 0.3026081523, 0.2387397408),
    *(0.1997125447, 0.1736745039, 0.1550181210, 0.1409266444, 0.1298552876, 0.1208891059, 0.1134528803, 0.1071650157),
    *(0.1017632581, 0.0970609606, 0.0929213951, 0.0892420708),
]


def test_the_quadrants(example: Example) -> None:
    quadrants = example("quadrants")
    X, y = quadrants.quadrants()
    net = quadrants.NeuralNetwork(2, 10, 1)
    same(ca.grad(quadrants.loss_of)(net.weights(), net, X, y), net.backward(X, y))
    losses = net.train(X, y)
    assert losses[0] == pytest.approx(0.693078308, abs=0.5e-9)
    np.testing.assert_allclose(losses[99::100], QUADRANTS, rtol=0, atol=0.5e-10)
    assert np.mean((net.forward(X) > 0.5) == y) == pytest.approx(0.996)
    assert (np.sum(losses > 0.69), np.sum(losses > 0.5)) == (219, 542)
    same(ca.grad(quadrants.loss_of)(net.weights(), net, X, y), net.backward(X, y))


def test_the_quadrants_recorded(example: Example) -> None:
    quadrants = example("quadrants")
    X, y = quadrants.quadrants()
    net = quadrants.NeuralNetwork(2, 10, 1)
    first = net.weights()

    def step(weights: Any, net: Any, X: Any, y: Any) -> Any:
        net.put(weights)
        loss = net.train(X, y, epochs=1)
        return loss[0], net.weights()

    graph, compiled = ca.trace(step, first, net, X, y), ca.compile(step)
    run, compiled_run = [], []
    flat, weights = list(first.values()), first
    for _ in range(2000):
        loss, *flat = ca.run(graph, *flat, X, y)
        run.append(loss)
        loss, weights = compiled(weights, net, X, y)
        compiled_run.append(loss)
    np.testing.assert_allclose(run[99::100], QUADRANTS, rtol=0, atol=0.5e-10)
    np.testing.assert_allclose(compiled_run[99::100], QUADRANTS, rtol=0, atol=0.5e-10)


# The wrong gradient and the right one --------------------------------------------------------------------------------


def test_the_shortcut_is_no_gradient(example: Example) -> None:
    module = example("shortcut_or_gradient")
    X, Y, X_test, Y_test = module.moons()
    assert (X.shape, X_test.shape) == ((2, 240), (2, 60))
    weights, losses = module.train(module.shortcut, X, Y)
    assert losses[0] == pytest.approx(0.693147307, abs=0.5e-9)
    assert losses.min() == pytest.approx(0.387906800, abs=1e-6)
    # All units of a layer move alike, and rounding decides what comes after; with one order of summation it is
    # 0.48305859 0.76218875 0.87837073 0.87876921 0.80480141.
    assert losses[199] == pytest.approx(0.48305859, abs=1e-3)
    assert all(losses[[399, 599, 799, 999]] > 0.7)
    assert np.mean((module.forward(weights, X_test)[-1] > 0.5) == Y_test) == pytest.approx(52 / 60, abs=1 / 60 + 1e-12)
    cosines = []
    for (fake, _), (true, _) in zip(
        module.shortcut(module.start(), X, Y), module.gradient(module.start(), X, Y), strict=True
    ):
        fake = np.broadcast_to(fake, true.shape)
        cosines.append(np.sum(fake * true) / np.linalg.norm(fake) / np.linalg.norm(true))
    np.testing.assert_allclose(cosines, [0.58, 0.23, 1.00], atol=0.005)


def test_the_true_gradient_from_the_same_start(example: Example) -> None:
    module = example("shortcut_or_gradient")
    X, Y, X_test, Y_test = module.moons()
    weights, losses = module.train(module.gradient, X, Y)
    assert losses[-1] == pytest.approx(0.26724, abs=1e-4)
    assert np.mean((module.forward(weights, X_test)[-1] > 0.5) == Y_test) == pytest.approx(52 / 60)


# The library ---------------------------------------------------------------------------------------------------------


def test_newton_finds_the_valley_floor(example: Example) -> None:
    module = example("gradients_of_anything")
    np.testing.assert_allclose(module.newton(module.rosenbrock, np.array([-1.2, 1.0, 1.0])), np.ones(3), atol=1e-9)


def test_the_orbit_is_differentiated_through_its_loop(example: Example) -> None:
    module = example("gradients_of_anything")
    start = {"position": np.array([1.0, 0.0]), "velocity": np.array([0.0, 1.0])}
    exact = ca.jacobian(module.orbit)(start)["velocity"]
    h = 1e-6
    for i, direction in enumerate(np.eye(2)):
        ahead = module.orbit({**start, "velocity": start["velocity"] + h * direction})
        behind = module.orbit({**start, "velocity": start["velocity"] - h * direction})
        np.testing.assert_allclose(exact[:, i], (ahead - behind) / (2 * h), rtol=1e-7)


def test_functions_of_your_own_serve_in_a_network(example: Example) -> None:
    module = example("own_loss_and_activation")
    relu = module.train("relu")[1].last
    own = module.train(module.snake, weights=module.wide)[1].last
    assert own["val_loss"] < 0.01 < relu["val_loss"]
    assert own["val_worst"] < relu["val_worst"]


def test_the_digits_are_read(example: Example, tmp_path: Any) -> None:
    assert example("network_digits").run(tmp_path)["accuracy"] > 0.96
