"""Everything that training can do, on both engines: the same trajectories, and the same bits where they should be."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

import cutaway as ca
from cutaway.engines.native import team
from cutaway.errors import DivergenceWarning, UsageError
from cutaway.train import loop, steppers

pytestmark = pytest.mark.native
Array = np.ndarray[Any, Any]
D, S = ca.Dense, dict


def data(n: int, classes: int, dtype: str) -> tuple[Array, Array]:
    """Points with classes, or (classes 0) with a number."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4)).astype(dtype)
    if classes == 0:
        return X, (X[:, :1] * X[:, 1:2] + 0.1 * rng.normal(size=(n, 1))).astype(dtype)
    return X, (X[:, 0] * X[:, 1] > 0).astype(int) if classes == 2 else rng.integers(0, classes, n)


def train(engine: str, layers: list[ca.Layer], classes: int, *, dtype: str, n: int = 90, **how: Any) -> Any:
    X, y = data(n, classes, dtype)
    net = ca.Network(layers, seed=1, dtype=dtype)
    history = net.fit(X, y, **{"epochs": 30, "lr": 0.02, "progress": False, **how}, engine=engine)
    return net, history


def weights(net: ca.Network) -> Array:
    return np.concatenate([a.ravel() for part in (*net.params, *net.state) for a in part.values()])


CASES: dict[str, tuple[list[ca.Layer], int, dict[str, Any]]] = {
    "sigmoid": ([D(5, "sigmoid"), D(1, "sigmoid")], 2, S(optimizer=ca.SGD(0.5), lr=None)),
    "tanh, mini-batches": ([D(5, "tanh"), D(1, "sigmoid")], 2, S(batch_size=30)),
    "a rest of a batch": ([D(5, "tanh"), D(1, "sigmoid")], 2, S(batch_size=32)),
    "a rest of one row": ([D(5, "tanh"), D(1, "sigmoid")], 2, S(batch_size=89)),
    "batches of one row": ([D(3, "tanh"), D(1, "sigmoid")], 2, S(batch_size=1, epochs=3)),
    "in order": ([D(5, "tanh"), D(1, "sigmoid")], 2, S(batch_size=32, shuffle=False)),
    "softmax": ([D(6, "relu"), D(3, "softmax")], 3, S(batch_size=45)),
    "softmax inside": ([D(6, "softmax"), D(1)], 0, S()),
    "relus": ([D(17, "relu"), D(9, "relu"), D(1)], 0, S(batch_size=30, optimizer=ca.SGD(0.05, momentum=0.9), lr=None)),
    "leaky": ([D(6, "leaky_relu"), D(1)], 0, S(loss="mean_absolute_error", optimizer="rmsprop")),
    "elu": ([D(6, "elu"), D(1)], 0, S(loss="huber", optimizer=ca.SGD(0.1, momentum=0.9, nesterov=True), lr=None)),
    "gelu": ([D(6, "gelu"), D(1)], 0, S(optimizer=ca.RMSprop(0.01, momentum=0.5), lr=None)),
    "silu": ([D(6, "silu"), D(1)], 0, S(optimizer=ca.AdamW(0.02), lr=None)),
    "softplus": ([D(6, "softplus"), D(1)], 0, S(optimizer=ca.Adagrad(0.1), lr=None)),
    "poisson": ([D(6, "tanh"), D(1, "softplus")], 2, S(loss="poisson")),
    "own loss": ([D(6, "tanh"), D(1)], 0, S(loss=lambda t, y: np.mean((t - y) ** 4 + np.abs(y), axis=1))),
    "own activation": ([D(6, lambda z: z / (1 + np.abs(z))), D(1)], 0, S()),
    "batch norm": ([D(6), ca.BatchNorm(), D(1, "sigmoid")], 2, S(batch_size=45, optimizer=ca.SGD(0.1), lr=None)),
    "layer norm": ([D(6, "tanh"), ca.LayerNorm(), D(1, "sigmoid")], 2, S()),
    "dropout": ([D(20, "relu"), ca.Dropout(0.3), D(1, "sigmoid")], 2, S(batch_size=30, seed=5)),
    "decay and clipping": (
        [D(6, "tanh"), D(1)],
        0,
        S(optimizer=ca.Adam(0.02, weight_decay=0.1, l1=0.01, clip_norm=0.2, clip_value=0.1), lr=None),
    ),
    "schedule": ([D(6, "tanh"), D(1)], 0, S(lr=ca.Cosine(0.1))),
    "weights of rows": ([D(6, "tanh"), D(3, "softmax")], 3, S(class_weight="balanced", batch_size=30)),
    "validation": ([D(6, "tanh"), ca.BatchNorm(), D(1, "sigmoid")], 2, S(validation=0.3)),
    "metrics": ([D(6, "tanh"), D(1)], 0, S(metrics=["r2", "mean_absolute_error", "root_mean_squared_error"])),
    "metrics of batches": ([D(6, "tanh"), D(1)], 0, S(metrics="r2", batch_size=16, shuffle=False)),
    "metrics of single rows": ([D(3, "tanh"), D(1)], 0, S(metrics="r2", batch_size=1, epochs=2)),
    "other metrics": ([D(6, "tanh"), D(3, "softmax")], 3, S(metrics=["accuracy", "f1"], batch_size=45)),
    "no metrics": ([D(6, "tanh"), D(1, "sigmoid")], 2, S(metrics=())),
    "ties": ([D(3, "softmax", weights="zeros")], 3, S(epochs=2, lr=1e-30)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", list(CASES))
def test_trajectories(case: str, dtype: str) -> None:
    layers, classes, how = CASES[case]
    one, expected = train("numpy", layers, classes, dtype=dtype, **how)
    two, found = train("native", layers, classes, dtype=dtype, **how)
    assert found.columns == expected.columns and found.stopped == expected.stopped == "finished"
    assert len(found) == len(expected)
    tolerance = 1e-4 if dtype == "float32" else 1e-9
    for name in expected.columns:
        if name != "seconds":
            np.testing.assert_allclose(found[name], expected[name], rtol=tolerance, atol=tolerance / 100, err_msg=name)
    np.testing.assert_allclose(weights(two), weights(one), rtol=30 * tolerance, atol=3 * tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_two_hundred_steps_of_two_moons(dtype: str) -> None:
    moons = ca.data.load("moons", n_samples=500, noise=0.2, seed=42)
    losses = []
    for engine in ("numpy", "native"):
        net = ca.Network([D(16, "sigmoid"), D(32, "sigmoid"), D(1, "sigmoid")], seed=0, dtype=dtype)
        history = net.fit(
            moons.X, moons.y, optimizer=ca.SGD(1.0), epochs=200, progress=False, metrics=(), engine=engine
        )
        losses.append(history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4 if dtype == "float32" else 1e-9)


HARD = ([D(32, "relu"), ca.BatchNorm(), ca.Dropout(0.2), D(32, "tanh"), D(1, "sigmoid")], 2)


def hard(n: int = 1500, **how: Any) -> Any:
    layers, classes = HARD
    return train("native", layers, classes, dtype="float32", n=n, **{"epochs": 12, **how})


@pytest.mark.parametrize("batch_size", [None, 500])
def test_the_same_bits_on_any_number_of_threads(batch_size: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for threads in (1, 2, 3):
        monkeypatch.setattr("cutaway.train.native.cores", lambda threads=threads: threads)
        team.team.cache_clear()
        monkeypatch.setattr(team, "cores", lambda threads=threads: threads)
        net, history = hard(batch_size=batch_size)
        found.append((weights(net), history["loss"]))
    for other in found[1:]:
        np.testing.assert_array_equal(other[0], found[0][0])
        np.testing.assert_array_equal(other[1], found[0][1])
    team.team.cache_clear()


@pytest.mark.parametrize("batch_size", [None, 400])
def test_the_same_bits_whoever_listens_and_in_a_resumed_run(batch_size: int | None, tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    net, history = hard(batch_size=batch_size)
    listened, _ = hard(batch_size=batch_size, callbacks=lambda record: None)
    half, _ = hard(batch_size=batch_size, epochs=6, callbacks=ca.Checkpoint(path))
    assert not np.array_equal(weights(half), weights(net))
    resumed, again = hard(batch_size=batch_size, resume=path)
    for other in (listened, resumed):
        np.testing.assert_array_equal(weights(other), weights(net))
    np.testing.assert_array_equal(again["loss"], history["loss"])


def test_early_stopping_ends_at_the_same_epoch() -> None:
    lengths = []
    for engine in ("numpy", "native"):
        stop = ca.EarlyStopping(patience=2, min_delta=0.01)
        _, history = train(engine, [D(6, "tanh"), D(1)], 0, dtype="float64", callbacks=stop, epochs=500, validation=0.2)
        lengths.append(len(history))
        assert history.stopped == "early stopping"
    assert lengths[0] == lengths[1]


@pytest.mark.parametrize("batch_size", [None, 16])
def test_the_last_finite_weights_are_kept(batch_size: int | None) -> None:
    ends = []
    for engine in ("numpy", "native"):
        with pytest.warns(DivergenceWarning, match="the last finite weights were kept") as caught:
            net, history = train(
                engine, [D(6), D(1)], 0, dtype="float64", optimizer=ca.SGD(0.7), lr=None, epochs=900,
                batch_size=batch_size, metrics=(),
            )  # fmt: skip
        assert history.stopped == "diverged" and np.isfinite(weights(net)).all()
        assert Path(caught[0].filename).name == Path(__file__).name
        ends.append((len(history), str(caught[0].message)[:40], weights(net)))
    assert ends[0][:2] == ends[1][:2]
    np.testing.assert_allclose(ends[1][2], ends[0][2], rtol=1e-6)


def one_weight(engine: str, weight: float, rate: float, epochs: int) -> tuple[float, ca.History, int]:
    """The weight of ``y = w x`` after steps that make it larger, the history, and how many slices were done."""
    slices = 0
    net = ca.Network([D(1, weights=np.array([[weight]]), bias=None)], dtype="float32")
    stepper = {"numpy": steppers.NumpyStepper, "native": steppers.NativeStepper}[engine]
    do: Callable[..., Any] = stepper.do

    def counted(*args: Any, **how: Any) -> Any:
        nonlocal slices
        slices += 1
        return do(*args, **how)

    with pytest.MonkeyPatch.context() as patch, pytest.warns(DivergenceWarning):
        patch.setattr(stepper, "do", counted)
        history = net.fit(
            np.ones((1, 1)), np.zeros((1, 1)), loss="mean_squared_error", optimizer=ca.SGD(rate), metrics=(),
            epochs=epochs, engine=engine, progress=False,
        )  # fmt: skip
    return float(net.params[0]["W"][0, 0]), history, slices


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_the_last_finite_weights_are_found_by_halves(engine: str) -> None:
    weight, history, slices = one_weight(engine, 1.0, 1.002, 30_000)
    largest = float(np.finfo(np.float32).max)
    assert history.stopped == "diverged" and 10_000 < len(history) < 30_000
    assert (weight / 1.004) ** 2 < largest < weight**2, "the loss of these weights is the first that is not finite"
    assert slices < 500
    # the weight itself overflows, by a finite loss: that before this step is the last
    weight, history, _ = one_weight(engine, 2.0**50, 1e30, 5)
    assert (weight, len(history)) == (2.0**50, 1)


def test_a_slow_beginning_does_not_keep_slices_short(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 10.0])  # before and after the first step
    counts = []
    do: Callable[..., Any] = steppers.NativeStepper.do

    def noted(self: Any, first: int, count: int, **how: Any) -> Any:
        counts.append(count)
        return do(self, first, count, **how)

    monkeypatch.setattr(steppers.NativeStepper, "do", noted)
    monkeypatch.setattr(steppers, "time", SimpleNamespace(perf_counter=lambda: next(seconds, time.perf_counter())))
    train("native", [D(4, "tanh"), D(1)], 0, dtype="float32", epochs=100, batch_size=16)
    assert counts[0] == counts[1] == 1 and max(counts) > 10, counts


class Press(ca.Callback):
    """Presses Ctrl-C after a while; epochs may be done several at once meanwhile."""

    every_epoch = False

    def on_epoch(self, record: Any, run: Any) -> None:
        if record["epoch"] >= 1000:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_keeps_what_was_trained() -> None:
    net, history = train("native", [D(6, "tanh"), D(1)], 0, dtype="float32", epochs=200_000, callbacks=Press())
    assert history.stopped == "interrupted" and 1000 <= len(history) < 200_000
    assert [r["epoch"] for r in history.records] == list(range(1, len(history) + 1))
    other, _ = train("native", [D(6, "tanh"), D(1)], 0, dtype="float32", epochs=len(history))
    np.testing.assert_array_equal(weights(net), weights(other))


def test_a_callback_sees_the_weights_of_its_epoch() -> None:
    class Look(ca.Callback):
        def __init__(self) -> None:
            self.seen: list[Array] = []

        def on_epoch(self, record: Any, run: Any) -> None:
            self.seen.append(weights(run.network))

    both = []
    for engine in ("numpy", "native"):
        look = Look()
        train(engine, [D(4, "tanh"), D(1)], 0, dtype="float64", callbacks=look, epochs=5)
        both.append(look.seen)
    np.testing.assert_allclose(both[1], both[0], rtol=1e-9, atol=1e-12)
    assert len(both[1]) == 5


def test_what_has_no_machine_code_is_said_or_left_to_numpy() -> None:
    def sorted_loss(t: Array, y: Array) -> Array:
        return np.mean(np.sort((t - y) ** 2, axis=0))

    layers: list[ca.Layer] = [D(4, "tanh"), D(1)]
    with pytest.raises(UsageError, match="no machine code") as caught:
        train("native", layers, 0, dtype="float32", loss=sorted_loss)
    assert "sort" in str(caught.value) and "there is no machine code for this function" in str(caught.value)
    _, one = train("numpy", layers, 0, dtype="float32", loss=sorted_loss)
    _, two = train("auto", layers, 0, dtype="float32", loss=sorted_loss)
    np.testing.assert_array_equal(one["loss"], two["loss"])


def test_auto_goes_by_the_work_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[str] = []
    choose: Callable[..., Any] = steppers.choose

    def noted(run: Any, engine: str) -> Any:
        stepper = choose(run, engine)
        chosen.append(stepper.name)
        return stepper

    monkeypatch.setattr(loop, "choose", noted)
    small: list[ca.Layer] = [D(4, "tanh"), D(1)]
    train("auto", small, 0, dtype="float32", epochs=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(
            "auto", [D(64, "tanh"), D(1)], 0, dtype="float32", n=2000, epochs=6000, callbacks=lambda r: r["epoch"] == 2
        )
    assert chosen == ["numpy", "native"]


# A loss of one's own -----------------------------------------------------------------------------------------------


def own(p: Any, X: Array, Y: Array) -> Any:
    """Samples in columns, as many courses write it."""
    A = np.tanh(p["W1"] @ X + p["b1"])
    A = 1 / (1 + np.exp(-(p["W2"] @ A + p["b2"])))
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_own_losses_in_columns(dtype: str, optimizer: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 300)).astype(dtype)
    Y = (X[:1] * X[1:] > 0).astype(dtype)
    start = {k: rng.normal(0, 0.5, s).astype(dtype) for k, s in
             {"W1": (7, 2), "b1": (7, 1), "W2": (1, 7), "b2": (1, 1)}.items()}  # fmt: skip
    (p, one), (q, two) = (
        ca.minimize(own, start, X, Y, optimizer=optimizer, lr=0.1, steps=200, engine=engine)
        for engine in ("numpy", "native")
    )
    tolerance = 1e-4 if dtype == "float32" else 1e-9
    np.testing.assert_allclose(two["loss"], one["loss"], rtol=tolerance)
    for name in p:
        np.testing.assert_allclose(q[name], p[name], rtol=100 * tolerance, atol=10 * tolerance)


def test_own_losses_without_rows() -> None:
    def loss(w: Array) -> Any:
        return np.sum((w - np.arange(5.0)) ** 2) + 0.01 * np.sum(np.outer(w, w) ** 2)

    one, two = (ca.minimize(loss, np.zeros(5), lr=0.02, steps=60, engine=e)[0] for e in ("numpy", "native"))
    np.testing.assert_allclose(two, one, rtol=1e-9)


def test_own_losses_that_diverge() -> None:
    found = []
    for engine in ("numpy", "native"):
        with pytest.warns(DivergenceWarning, match="last finite parameters") as caught:
            p, history = ca.minimize(lambda w: np.sum(w**4), np.ones(3), lr=2.0, steps=50, engine=engine)
        found.append((len(history), str(caught[0].message), p))
    assert found[0][:2] == found[1][:2]
    np.testing.assert_allclose(found[1][2], found[0][2])
