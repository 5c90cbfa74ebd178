"""The 2-8-1 network on two moons: published numbers, and every way to train it gives them.

The numbers belong to `np.random.seed(42)`, scikit-learn's `make_moons(500, noise=0.2, random_state=42)`, a learning
rate of 0.5 and 1000 full-batch steps in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import cutaway as ca

STEPS = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]
LOSSES = [
    *(0.90129465, 0.33269175, 0.29261082, 0.28681670, 0.28559535),
    *(0.28511610, 0.28479374, 0.28452732, 0.28429499, 0.28408876),
]
LAST, AFTER = 0.2839053729, 0.2839036121  # before and after the last update
# The mean over all pairs of outputs and labels, which a loss prints whose labels are a row.
BROADCAST = [
    *(0.79480841, 1.02951980, 1.26866293, 1.37458888, 1.42334717),
    *(1.44599925, 1.45727729, 1.46363230, 1.46782295, 1.47101911),
]
ACCURACIES = [0.500, 0.846, 0.860, 0.862, 0.860, 0.860, 0.860, 0.860, 0.860, 0.860]
W2 = [-1.5299105, -1.0315652, -0.9118674, -0.4097617, 2.5086255, 2.1022641, 3.4365147, -1.9066141]
B2 = -0.48992999
DIGITS_8 = 0.5e-8


@pytest.fixture(scope="module")
def moons(example: Callable[[str], ModuleType]) -> ModuleType:
    return example("moons_by_hand")


@pytest.fixture(scope="module")
def trained(moons: ModuleType) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Return the weights before each update and after the last, and the losses before each update."""
    X, y = moons.moons()
    weights, losses = [moons.start()], []
    for _ in range(moons.EPOCHS):
        loss, p = moons.step(weights[-1], X, y)
        losses.append(loss)
        weights.append(p)
    return weights, np.array(losses)


def trajectory(losses: np.ndarray, digits: float = DIGITS_8) -> None:
    np.testing.assert_allclose(losses[STEPS], LOSSES, rtol=0, atol=digits)
    assert losses[999] == pytest.approx(LAST, abs=0.5e-10)


def test_the_first_outputs(moons: ModuleType) -> None:
    X, _ = moons.moons()
    outputs = moons.forward(moons.start(), X)[1][:5].ravel()
    np.testing.assert_allclose(outputs, [0.25320965, 0.29095032, 0.23520808, 0.36804077, 0.34546393], atol=DIGITS_8)


def test_the_losses_by_hand(moons: ModuleType, trained: Any) -> None:
    weights, losses = trained
    trajectory(losses)
    assert moons.loss(weights[-1], *moons.moons()) == pytest.approx(AFTER, abs=0.5e-10)


def test_train_is_the_loop_over_step(moons: ModuleType, trained: Any) -> None:
    p, losses = moons.train(moons.start(), *moons.moons())
    np.testing.assert_array_equal(losses, trained[1])
    np.testing.assert_array_equal(p["W2"], trained[0][-1]["W2"])


def test_labels_as_a_row_give_the_mean_over_all_pairs(moons: ModuleType, trained: Any) -> None:
    X, y = moons.moons()
    wrong = [moons.loss(trained[0][i], X, y.ravel()) for i in STEPS]
    np.testing.assert_allclose(wrong, BROADCAST, atol=DIGITS_8)
    assert moons.loss(trained[0][999], X, y.ravel()) == pytest.approx(1.4736902743, abs=0.5e-10)


def test_the_accuracies(moons: ModuleType, trained: Any) -> None:
    X, y = moons.moons()
    found = [np.mean((moons.forward(trained[0][i], X)[1] > 0.5) == y) for i in [*STEPS, 999]]
    np.testing.assert_allclose(found, [*ACCURACIES, 0.860], atol=1e-12)


def test_the_trained_weights(trained: Any) -> None:
    p = trained[0][-1]
    np.testing.assert_allclose(p["W2"].ravel(), W2, atol=0.5e-7)
    np.testing.assert_allclose(p["b2"], B2, atol=0.5e-8)


@pytest.mark.parametrize("epoch", [0, 100, 1000])
def test_the_recorded_gradient_is_the_one_by_hand(moons: ModuleType, trained: Any, epoch: int) -> None:
    X, y = moons.moons()
    p = trained[0][epoch]
    value, exact = ca.value_and_grad(moons.loss)(p, X, y)
    assert value == moons.loss(p, X, y)
    by_hand = moons.backward(p, X, y)
    assert exact.keys() == by_hand.keys()
    for name in exact:
        np.testing.assert_allclose(exact[name], by_hand[name], rtol=0, atol=1e-12)


def test_the_recorded_step_takes_the_same_way(moons: ModuleType, trained: Any) -> None:
    X, y = moons.moons()
    graph = ca.trace(moons.step, moons.start(), X, y)
    weights, losses = list(moons.start().values()), []
    for _ in range(moons.EPOCHS):
        loss, *weights = ca.run(graph, *weights, X, y)
        losses.append(loss)
    np.testing.assert_array_equal(losses, trained[1])  # the same NumPy calls: the same bits


def test_the_printed_program_computes_the_same(moons: ModuleType) -> None:
    X, y = moons.moons()
    graph = ca.trace(moons.loss, moons.start(), X, y)
    scope: dict[str, Any] = {}
    exec(graph.source(), scope)
    assert scope["loss"](*moons.start().values(), X, y, **graph.constants) == moons.loss(moons.start(), X, y)


def test_the_compiled_step_takes_the_same_way(moons: ModuleType) -> None:
    X, y = moons.moons()
    p, losses = moons.train(moons.start(), X, y, ca.compile(moons.step))
    trajectory(losses)
    assert moons.loss(p, X, y) == pytest.approx(AFTER, abs=0.5e-10)


def test_the_recorded_gradient_takes_the_same_way(moons: ModuleType) -> None:
    X, y = moons.moons()

    def step(p: Any, X: Any, y: Any) -> Any:
        value, dp = ca.value_and_grad(moons.loss)(p, X, y)
        return value, {name: p[name] - moons.LR * dp[name] for name in p}

    p, losses = moons.train(moons.start(), X, y, ca.compile(step))
    trajectory(losses)
    np.testing.assert_allclose(p["W2"].ravel(), W2, atol=0.5e-7)


def test_minimize_takes_the_same_way(moons: ModuleType) -> None:
    X, y = moons.moons()
    p, history = ca.minimize(moons.loss, moons.start(), X, y, lr=moons.LR, steps=moons.EPOCHS)
    trajectory(history["loss"])
    assert moons.loss(p, X, y) == pytest.approx(AFTER, abs=0.5e-10)


def test_the_library_takes_the_same_way(moons: ModuleType) -> None:
    X, y = moons.moons()
    net, history = moons.train_library(X, y)
    trajectory(history["loss"])
    np.testing.assert_allclose(history["accuracy"][STEPS], ACCURACIES, atol=1e-12)
    assert net.evaluate(X, y) == pytest.approx({"loss": AFTER, "accuracy": 0.860}, abs=0.5e-10)
    np.testing.assert_allclose(net.params[1]["W"].ravel(), W2, atol=0.5e-7)
