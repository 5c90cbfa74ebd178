"""A loss of one's own is trained by the same step graph as a network."""

import os
import signal
import threading
import time
import warnings
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DivergenceWarning, DtypeError, TraceError, UsageError

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, :1] * X[:, 1:2] > 0) * 1.0


def start() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {"W": rng.normal(size=(3, 5)), "b": np.zeros(5), "V": rng.normal(size=(5, 1)), "c": np.zeros((1, 1))}


def network_loss(p):
    hidden = np.tanh(X @ p["W"] + p["b"])
    q = 1 / (1 + np.exp(-(hidden @ p["V"] + p["c"])))
    return float(-np.mean(Y * np.log(q) + (1 - Y) * np.log(1 - q)))


def test_gradient_descent_equals_the_loop_by_hand():
    params, history = ca.minimize(network_loss, start(), lr=0.5, steps=60)
    by_hand, losses = start(), []
    for _ in range(60):
        value, grads = ca.value_and_grad(network_loss)(by_hand)
        losses.append(value)
        by_hand = {k: by_hand[k] - 0.5 * grads[k] for k in by_hand}
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-12)
    for name in by_hand:
        np.testing.assert_allclose(params[name], by_hand[name], rtol=1e-10, atol=1e-14)


def test_the_start_and_the_data_are_not_changed():
    params = start()
    before = {k: v.copy() for k, v in params.items()}
    data = X.copy()
    ca.minimize(network_loss, params, optimizer=ca.Adam(0.01), steps=5)
    assert all(np.array_equal(params[k], before[k]) for k in params)
    assert np.array_equal(X, data)


def test_data_may_be_arguments_and_parameters_a_list():
    def loss(weights, x, y):
        return np.mean((x @ weights[0] + weights[1] - y) ** 2)

    target = X @ np.array([[1.0], [-2.0], [0.5]]) + 3
    (w, b), history = ca.minimize(loss, [np.zeros((3, 1)), np.zeros(1)], X, target, lr=0.2, steps=400)
    np.testing.assert_allclose(w.ravel(), [1, -2, 0.5], atol=1e-6)
    np.testing.assert_allclose(b, 3, atol=1e-6)
    assert history.stopped == "finished"
    assert len(history) == 400


def test_a_schedule_counts_each_step():
    _, history = ca.minimize(network_loss, start(), optimizer=ca.SGD(ca.Exponential(1.0, 0.5)), steps=4)
    np.testing.assert_allclose(history["lr"], [1, 0.5, 0.25, 0.125])


def test_float32_stays_float32():
    params = {k: v.astype(np.float32) for k, v in start().items()}
    trained, _ = ca.minimize(network_loss, params, lr=0.1, steps=3)
    assert {v.dtype for v in trained.values()} == {np.dtype(np.float32)}


def test_divergence_keeps_the_last_finite_parameters():
    with pytest.warns(DivergenceWarning, match=r"The loss became (inf|nan) at step \d+; the last finite parameters"):
        params, history = ca.minimize(lambda p: np.sum(p**4), np.array([3.0, 1.0]), lr=10.0, steps=50)
    assert np.isfinite(params).all()
    assert history.stopped == "diverged"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again, _ = ca.minimize(lambda p: np.sum(p**4), np.array([3.0, 1.0]), lr=10.0, steps=len(history))
    np.testing.assert_array_equal(again if np.isfinite(again).all() else params, params)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ca.minimize(network_loss, {}), UsageError, "There are no parameters to train"),
        (lambda: ca.minimize(lambda p: np.sum(p * 1.0), np.array([1, 2])), DtypeError, "integers would be cut off"),
        (lambda: ca.minimize(lambda p: p * 2.0, np.ones(2)), TraceError, "must return one number that depends on"),
        (lambda: ca.minimize(lambda p: 3.0, np.ones(2)), TraceError, "must return one number that depends on"),
        (lambda: ca.minimize(network_loss, start(), steps=0), UsageError, "steps must be a whole number of at least 1"),
        (lambda: ca.minimize(network_loss, start(), engine="gpu"), UsageError, "Choose one of: auto, native, numpy"),
        (lambda: ca.minimize(network_loss, start(), optimizer="adm"), UsageError, "adam"),
    ],
)
def test_mistakes_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_random_numbers_in_the_loss_are_refused():
    with pytest.raises(TraceError, match="drew random numbers"):
        ca.minimize(lambda p: np.sum((p - np.random.rand(2)) ** 2), np.zeros(2), steps=3)


@pytest.mark.parametrize("engine", ["numpy", pytest.param("native", marks=pytest.mark.native)])
def test_ctrl_c_keeps_what_was_reached(engine: str) -> None:
    x = np.linspace(-1, 1, 50)
    started = threading.Event()

    def loss(w: Any) -> Any:
        started.set()
        return np.mean((w * x - x) ** 2)

    def press() -> None:
        started.wait()
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    presses = threading.Thread(target=press)
    presses.start()
    w, history = ca.minimize(loss, np.zeros(1), lr=1e-6, steps=10**7, engine=engine)
    presses.join()
    assert history.stopped == "interrupted" and 0 < len(history) < 10**7
    again, _ = ca.minimize(loss, np.zeros(1), lr=1e-6, steps=len(history), engine=engine)
    np.testing.assert_array_equal(w, again)
