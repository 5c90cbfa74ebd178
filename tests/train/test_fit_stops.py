"""How training ends before its time: Ctrl-C, a loss that is not finite, a metric that no longer improves."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DivergenceWarning, ShapeError
from cutaway.train.checkpoints import read_checkpoint

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 2))
YES = (X[:, 0] > 0).astype(int)
NUMBERS = X[:, 0] - X[:, 1]


def network(*hidden: Any, **how: Any) -> ca.Network:
    return ca.Network([*(hidden or (ca.Dense(4, "tanh"),)), ca.Dense(1, "sigmoid")], seed=1, **how)


def fit(net: ca.Network, y: Array = YES, **how: Any) -> ca.History:
    return net.fit(X, y, **{"optimizer": ca.SGD(0.5), "epochs": 10, "progress": False, **how})


def weights(net: ca.Network) -> Array:
    return np.concatenate([a.ravel() for part in (net.params, net.state) for layer in part for a in layer.values()])


# Ctrl-C -----------------------------------------------------------------------------------------------------------


def press(*_: Any) -> float:
    os.kill(os.getpid(), signal.SIGINT)
    return 0.0


def test_ctrl_c_returns_what_there_is() -> None:
    before = signal.getsignal(signal.SIGINT)
    net, other = network(), network()
    history = fit(net, callbacks=lambda record: press() if record["epoch"] == 3 else None)
    assert (len(history), history.stopped) == (3, "interrupted")
    fit(other, epochs=3)
    np.testing.assert_array_equal(weights(net), weights(other))
    assert signal.getsignal(signal.SIGINT) is before
    assert net.predict(X).shape == (20,)


def test_ctrl_c_within_an_epoch_ends_after_the_step_at_hand() -> None:
    net, other, steps = network(), network(), []

    def third(targets: Array, predictions: Array) -> float:
        steps.append(1)
        return press() if len(steps) == 7 else 0.0

    history = fit(net, batch_size=5, metrics=third, shuffle=False)  # 4 steps in an epoch
    assert (len(steps), len(history), history.stopped) == (7, 1, "interrupted")
    fit(other, batch_size=5, epochs=1, shuffle=False)
    other.fit(X[:15], YES[:15], optimizer=ca.SGD(0.5), batch_size=5, epochs=1, shuffle=False, progress=False)
    np.testing.assert_array_equal(weights(net), weights(other))


def test_ctrl_c_from_elsewhere() -> None:
    started = threading.Event()
    thread = threading.Thread(target=lambda: started.wait() and press())
    thread.start()
    net = network()
    history = fit(net, epochs=10**7, callbacks=lambda record: started.set())
    thread.join()
    assert history.stopped == "interrupted" and 0 < len(history) < 10**7
    assert np.isfinite(weights(net)).all()


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    reached: list[str] = []

    def twice(record: Any) -> None:
        press()
        reached.append("once")
        press()
        reached.append("twice")

    before = signal.getsignal(signal.SIGINT)
    history = fit(network(), callbacks=twice)
    assert reached == ["once"]
    assert (len(history), history.stopped) == (1, "interrupted")
    assert signal.getsignal(signal.SIGINT) is before


def test_callbacks_are_told_of_ctrl_c(tmp_path: Path) -> None:
    told: list[Any] = []

    class Ear(ca.Callback):
        def on_end(self, history: ca.History) -> None:
            told.append(history.stopped)

    path = tmp_path / "run.safetensors"
    fit(network(), callbacks=[Ear(), ca.Checkpoint(path), lambda r: press() if r["epoch"] == 2 else None])
    assert told == ["interrupted"]
    whole, resumed = network(), network()
    fit(whole)
    fit(resumed, resume=path)
    np.testing.assert_array_equal(weights(whole), weights(resumed))


def test_training_in_another_thread_leaves_signals_alone() -> None:
    found: list[Any] = []

    def work() -> None:
        history = fit(network(), callbacks=lambda r: found.append(signal.getsignal(signal.SIGINT)))
        found.append(history.stopped)

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before] * 10 + ["finished"]


# A loss that is not finite ----------------------------------------------------------------------------------------


def linear(*hidden: Any, dtype: str = "float32") -> ca.Network:
    return ca.Network([*hidden, ca.Dense(1)], seed=1, dtype=dtype)


def test_divergence_is_said_with_step_and_cause() -> None:
    net = linear()
    with pytest.warns(DivergenceWarning) as caught:
        history = fit(net, NUMBERS, optimizer=ca.SGD(30.0), epochs=100)
    assert history.stopped == "diverged"
    (warning,) = caught
    message = str(warning.message)
    step = len(history) + 1
    low, high = history["loss"].min(), history["loss"][-1]
    assert message == (
        f"The loss became inf at step {step} (epoch {step}); the last finite weights were kept. The loss had risen "
        f"from {low:.3g} to {high:.3g}: the learning rate 30 is too large; try 3, or clip_norm=1.0."
    )
    assert history.notes[-1] == message
    assert Path(warning.filename).name == "test_fit_stops.py", "the warning points at the line that called fit"
    assert np.isfinite(weights(net)).all() and np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("optimizer", [ca.SGD(30.0), ca.SGD(3.0, momentum=0.9), ca.SGD(ca.Cosine(20.0))], ids=repr)
@pytest.mark.parametrize("hidden", [(), (ca.Dropout(0.2),), (ca.Dense(3), ca.Dropout(0.1))], ids=repr)
def test_the_last_finite_weights_are_those_of_a_run_that_was_stopped_just_before(
    optimizer: ca.train.Optimizer, hidden: Any
) -> None:
    net, stopped = linear(*hidden), linear(*hidden)
    with pytest.warns(DivergenceWarning):
        history = fit(net, NUMBERS, optimizer=optimizer, epochs=150)
    steps = len(history)
    assert 2 < steps < 150
    fit(stopped, NUMBERS, optimizer=optimizer, epochs=150, callbacks=lambda r: r["epoch"] == steps)
    if not np.isfinite(weights(stopped)).all():  # the last update overflowed, though its loss was finite
        stopped = linear(*hidden)
        fit(stopped, NUMBERS, optimizer=optimizer, epochs=150, callbacks=lambda r: r["epoch"] == steps - 1)
    np.testing.assert_array_equal(weights(net), weights(stopped))


class Seen(ca.Layer):
    """Counts the rows that passed."""

    def build(self, shape: Any, rng: Any) -> Any:
        return ca.nn.Weights(state={"rows": np.zeros(())})

    def forward(self, p: Any, x: Any, run: Any) -> Any:
        if run.training:
            run.update("rows", p["rows"] + x.shape[0])
        return x


def test_small_batches_far_from_the_last_copy() -> None:
    """More steps than lie between two copies of the weights; with dropout, momentum, and what a layer notes."""

    def run(steps: list[int], stop: int | None) -> tuple[ca.Network, ca.History]:
        def count(targets: Array, predictions: Array) -> float:
            steps.append(1)
            return press() if len(steps) == stop else 0.0

        net = linear(Seen(), ca.Dropout(0.1), dtype="float64")
        history = fit(net, NUMBERS, optimizer=ca.SGD(1.3, momentum=0.2), epochs=500, batch_size=5, metrics=count)
        return net, history

    steps: list[int] = []
    with pytest.warns(DivergenceWarning) as caught:
        net, history = run(steps, None)
    assert len(steps) > 100 and len(steps) % 64 > 5, "the test is about the steps between copies"
    assert f"at step {len(steps) + 1} (epoch {len(history) + 1})" in str(caught[0].message)
    other, _ = run([], len(steps))
    if not np.isfinite(weights(other)).all():
        other, _ = run([], len(steps) - 1)
    np.testing.assert_array_equal(weights(net), weights(other))
    assert net.state[0]["rows"] > 500


def test_an_update_that_overflows_at_once() -> None:
    net = linear().build(2)
    before = weights(net)
    with pytest.warns(DivergenceWarning, match="at step 2 .*Most often the learning rate is too large") as caught:
        history = fit(net, NUMBERS, optimizer=ca.SGD(3e38))
    assert len(history) == 1 and len(caught) == 1
    np.testing.assert_array_equal(weights(net), before)


def test_inputs_that_are_too_large_are_named_as_the_cause() -> None:
    net = linear()
    with pytest.warns(DivergenceWarning) as caught:
        net.fit(1e15 * X, NUMBERS, optimizer=ca.SGD(0.1), epochs=10, progress=False)
    largest = np.abs(1e15 * X).max()
    assert f"The inputs are large (up to {largest:.3g}): standardise them" in str(caught[0].message)


def test_a_loss_of_ones_own_that_takes_a_logarithm_of_nothing() -> None:
    def own(targets: Any, outputs: Any) -> Any:
        return -np.mean(targets * np.log(outputs - 1))

    net = network().build(2)
    before = weights(net)
    with pytest.warns(DivergenceWarning, match="became nan at step 1 .*may take the logarithm or root of 0"):
        history = fit(net, loss=own)
    assert len(history) == 0 and history.stopped == "diverged"
    np.testing.assert_array_equal(weights(net), before)


def test_callbacks_hear_of_divergence(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    told: list[Any] = []

    class Ear(ca.Callback):
        def on_end(self, history: ca.History) -> None:
            told.append((history.stopped, len(history)))

    net = linear()
    with pytest.warns(DivergenceWarning):
        history = fit(net, NUMBERS, optimizer=ca.SGD(30.0), epochs=100, callbacks=[Ear(), ca.Checkpoint(path)])
    assert told == [("diverged", len(history))]
    assert np.isfinite(read_checkpoint(path)[0]["theta"]).all()


def test_the_best_weights_are_restored_after_divergence() -> None:
    net = linear()
    with pytest.warns(DivergenceWarning):
        history = fit(
            net, NUMBERS, optimizer=ca.SGD(30.0), epochs=100, callbacks=ca.EarlyStopping("loss", patience=1000)
        )
    assert history.stopped == "diverged"
    assert history.best("loss")["epoch"] == 1
    assert np.abs(weights(net)).max() < 1000
    assert "The weights are those of epoch 1" in history.notes[-1]


def test_nothing_warns_of_its_own_while_training() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(network(ca.Dense(4, "sigmoid", weights=1e4)), optimizer=ca.Adam(0.1))


# Early stopping ---------------------------------------------------------------------------------------------------


def test_early_stopping_restores_the_best_weights() -> None:
    """The held-out labels are wrong: what is learned makes them worse."""
    net = network(ca.Dense(16, "relu"), ca.BatchNorm())
    snapshots: list[Array] = []
    history = fit(
        net,
        epochs=200,
        validation=(X, np.where(np.arange(20) < 8, 1 - YES, YES)),
        callbacks=[ca.EarlyStopping(patience=4), lambda r: snapshots.append(weights(net))],
    )
    best = history.best("val_loss")
    assert history.stopped == "early stopping" and len(history) == best["epoch"] + 4
    np.testing.assert_array_equal(weights(net), snapshots[best["epoch"] - 1])
    assert not np.array_equal(weights(net), snapshots[-1])
    assert history.notes[-1] == (
        f"The weights are those of epoch {best['epoch']}, with the best val_loss ({best['val_loss']:.4g})."
    )


def test_early_stopping_may_watch_the_training_loss() -> None:
    history = fit(network(), epochs=500, callbacks=ca.EarlyStopping("loss", patience=3, min_delta=1e-3))
    assert history.stopped == "early stopping" and len(history) < 500
    assert (np.diff(history["loss"][-4:]) > -1e-3).all()


# What cannot go on ------------------------------------------------------------------------------------------------


def test_a_last_batch_of_one_row_is_refused_by_batch_normalisation() -> None:
    with pytest.raises(ShapeError, match="Choose a batch_size that leaves no single row over"):
        fit(network(ca.Dense(3), ca.BatchNorm()), batch_size=19)
    assert fit(network(ca.Dense(3), ca.BatchNorm()), batch_size=18).stopped == "finished"
