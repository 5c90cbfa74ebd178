"""Pictures, layers, XOR with the library, learning rates, optimizers by hand: numbers that are known, files made."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cutaway as ca

Example = Callable[[str], ModuleType]


def accuracy(model: Any, X: Any, y: Any) -> float:
    return float(np.mean(model.predict(X) == y))


# Simpler models on two moons -----------------------------------------------------------------------------------------


def test_the_scores_of_a_tree_and_a_line_on_500_moons(example: Example) -> None:
    data = ca.data.load("moons", n_samples=500, noise=0.2, seed=42)
    models = example("moons_pictures").models(data)
    assert accuracy(models["decision tree"], data.X, data.y) == pytest.approx(0.986)
    assert accuracy(models["logistic regression"], data.X, data.y) == pytest.approx(0.856)


def test_the_scores_of_a_line_on_240_and_60_moons(example: Example) -> None:
    from sklearn.linear_model import LogisticRegression

    X, Y, X_test, Y_test = example("shortcut_or_gradient").moons()
    line = LogisticRegression().fit(X.T, Y[0])
    assert accuracy(line, X.T, Y[0]) == pytest.approx(206 / 240)
    assert accuracy(line, X_test.T, Y_test[0]) == pytest.approx(54 / 60)


def test_the_network_beats_them_on_held_out_points(example: Example) -> None:
    module = example("moons_pictures")
    split = ca.data.load("moons", n_samples=500, noise=0.2, seed=42).split(test=0.2, seed=0)
    net, _ = module.train(split, 0.03, [])
    line = module.models(split.train)["logistic regression"]
    ours, theirs = (accuracy(model, split.test.X, split.test.y) for model in (net, line))
    assert ours > theirs + 0.05


# Architectures trained with a shortcut in place of the gradient ------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "loss", "digits", "right"),
    [
        ([2, 4, 1], 0.37128462, 1e-5, 53),
        ([2, 8, 8, 1], 0.75455106, 1e-3, 53),
        ([2, 16, 16, 16, 1], 0.87871566, 1e-3, 52),
    ],
    ids=["2-4-1", "2-8-8-1", "2-16-16-16-1"],
)
def test_more_layers_do_not_help_a_wrong_gradient(
    example: Example, monkeypatch: pytest.MonkeyPatch, sizes: list[int], loss: float, digits: float, right: int
) -> None:
    """All units of a layer move alike, so that rounding grows: only the first digits belong to the training."""
    module = example("shortcut_or_gradient")
    hidden, output = module.LAYERS[0], module.LAYERS[-1]
    monkeypatch.setattr(module, "LAYERS", [hidden] * (len(sizes) - 2) + [output])

    def start() -> list[tuple[np.ndarray, np.ndarray]]:
        np.random.seed(42)
        return [(np.random.randn(units, inputs) * 0.01, np.zeros((units, 1))) for inputs, units in pairwise(sizes)]

    monkeypatch.setattr(module, "start", start)
    X, Y, X_test, Y_test = module.moons()
    weights, losses = module.train(module.shortcut, X, Y, epochs=500)
    assert losses[-1] == pytest.approx(loss, abs=digits)
    found = int(np.sum((module.forward(weights, X_test)[-1] > 0.5) == Y_test))
    assert found == pytest.approx(right, abs=1)


# Layers --------------------------------------------------------------------------------------------------------------


def test_a_layer_of_four_units_on_three_inputs(example: Example) -> None:
    module = example("layers_and_shapes")
    layer = module.by_hand([3, 4], ["relu"], scale=1.0)[0]
    x = np.array([[1.0], [2.0], [3.0]])
    output = layer.forward(x)
    assert (layer.weights.shape, layer.biases.shape, layer.z.shape, output.shape) == ((4, 3), (4, 1), (4, 1), (4, 1))
    np.testing.assert_array_equal(output, np.maximum(layer.weights @ x, 0))
    assert layer.diagram().splitlines()[-1].split() == ["(", "unit", "4", ")", "->", "a4"]


def test_untrained_small_weights_answer_one_half(example: Example) -> None:
    module = example("layers_and_shapes")
    activations = ["relu", "relu", "sigmoid"]
    layers = module.by_hand([2, 4, 3, 1], activations)
    samples = ca.data.load("moons", n_samples=5, noise=0.2, seed=42).X
    outputs = module.forward(layers, samples.T)
    assert outputs.shape == (1, 5)
    assert 0 < np.abs(outputs - 0.5).max() < 1e-6
    np.testing.assert_allclose(module.in_the_library(layers, activations)(samples), outputs.T, rtol=0, atol=1e-15)


# XOR and learning rates ----------------------------------------------------------------------------------------------


def test_xor_with_the_library(example: Example) -> None:
    module = example("xor_library")
    net, history = module.train(0)
    assert net.n_params == 17
    assert net.predict(module.GATE.X).tolist() == [0, 1, 1, 0]
    assert history["loss"][200] < 0.01
    assert module.failures("relu", range(6)) > 0 == module.failures("tanh", range(6))


def test_rate_decides(example: Example) -> None:
    module = example("learning_rates")
    data, held_out = module.quadrants(), module.quadrants(seed=43)
    last = {rate: module.train(rate, 0, *data, held_out)[1].last for rate in (0.01, 1.0)}
    assert last[0.01]["loss"] > 0.3
    assert last[1.0]["loss"] == pytest.approx(0.0317, abs=0.01)
    assert last[1.0]["val_accuracy"] > 0.99
    assert last[0.01]["val_accuracy"] < 0.95


@pytest.mark.parametrize(("seed", "cost"), [(5, 0.28743), (7, 0.28760)])
def test_some_seeds_stay_on_the_plateau(
    example: Example, monkeypatch: pytest.MonkeyPatch, seed: int, cost: float
) -> None:
    columns = example("columns_2_16_32_1")
    X, Y = columns.moons()
    draw = np.random.seed
    monkeypatch.setattr(np.random, "seed", lambda _: draw(seed))
    net = columns.Network([2, 16, 32, 1])
    for _ in range(1900):
        net.step(X, Y, lr=1.0)
    assert net.cost(X, Y) == pytest.approx(cost, abs=2e-5)


def test_circles_can_be_learned() -> None:
    from cutaway import experiments

    run = experiments.train(
        ca.data.load("circles", n_samples=1000, noise=0.2, seed=0), experiments.Settings(seeds=1, epochs=100)
    )
    assert run.network_scores["accuracy"]["mean"] > 0.85
    assert run.baseline_scores["logistic_regression"]["accuracy"] < 0.55


# Optimizers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "rmsprop", "adam"])
def test_the_rules_by_hand_are_those_of_the_library(example: Example, name: str) -> None:
    module = example("optimizers_by_hand")
    X, y, X_test, y_test = module.digits()
    rule = getattr(module, name)
    mine, losses = module.train(rule, X, y, epochs=15, size=len(X))
    same, history = ca.minimize(module.loss, module.start(), X, y, optimizer=module.RULES[rule], steps=15)
    np.testing.assert_allclose(losses, history["loss"], rtol=1e-12)
    for key in mine:
        np.testing.assert_allclose(mine[key], same[key], rtol=0, atol=1e-12)
    trained, losses = module.train(rule, X, y)
    assert losses[-1] < losses[0] / 3
    assert np.mean(module.logits(trained, X_test).argmax(axis=1) == y_test) > 0.88
