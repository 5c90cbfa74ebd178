"""Predicting with machine code, plans in words, and many networks side by side."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite", reason="machine code is made by llvmlite")

import cutaway as ca
from cutaway.errors import DataError, UsageError

pytestmark = pytest.mark.native
Array = np.ndarray[Any, Any]
D = ca.Dense


def network(*layers: ca.Layer, seed: int = 0, dtype: str = "float32") -> ca.Network:
    return ca.Network(layers or (D(8, "relu"), D(3, "softmax")), seed=seed, dtype=dtype)


@pytest.mark.parametrize("rows", [1, 2, 40, 300])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_predictions(rows: int, dtype: str) -> None:
    X = np.random.default_rng(0).normal(size=(rows, 4)).astype(dtype)
    for layers in ((), (D(5, "tanh"), ca.BatchNorm(), ca.Dropout(0.5), ca.LayerNorm(), D(1, "sigmoid"))):
        net = network(*layers, dtype=dtype).build(4)
        plain = net(X)
        compiled = net.compile(rows)(X)
        assert compiled.shape == plain.shape and compiled.dtype == plain.dtype
        np.testing.assert_allclose(compiled, plain, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-7)
        assert not np.shares_memory(net(X), net(X))


def test_compiled_predictions_follow_the_weights() -> None:
    X = np.random.default_rng(0).normal(size=(1, 4)).astype("float32")
    net, other = network().build(4), network().build(4)
    net.compile()
    for each in (net, other):
        each.params[0]["W"][:] *= 2
        each.params[1]["b"] = each.params[1]["b"] + 1
    np.testing.assert_allclose(net(X), other(X), rtol=1e-5)
    for each in (net, other):
        each.fit(np.random.default_rng(1).normal(size=(30, 4)), np.arange(30) % 3, epochs=3, progress=False)
    np.testing.assert_allclose(net(X), other(X), rtol=1e-5)


def test_other_arrays_are_predicted_and_refused_as_before() -> None:
    net = network().build(4).compile(2)
    X = np.random.default_rng(0).normal(size=(3, 4))
    assert net(X).shape == (3, 3) and net(X[:2]).shape == (2, 3) and net(X[:2].tolist()).shape == (2, 3)
    bad = X[:2].astype("float32")
    bad[1, 2] = np.nan
    with pytest.raises(DataError, match="must be finite"):
        net(bad)


def test_a_layer_without_machine_code_is_named() -> None:
    net = ca.Network([ca.GRU(3), D(1)]).build((5, 2))
    with pytest.raises(UsageError, match="no machine code for this network"):
        net.compile()


def test_plans_in_words() -> None:
    def loss(W: Array, X: Array) -> Any:
        return np.mean(np.tanh(X @ W) ** 2)

    f = ca.compile(loss, engine="native")
    assert f.explain() == "not called yet"
    W, X = np.ones((3, 8)) / 9, np.linspace(-1, 1, 3000).reshape(1000, 3)
    np.testing.assert_allclose(f(W, X), loss(W, X), rtol=1e-12)
    text = f.explain()
    for part in ("1000 rows", "pass 1 over the rows", "3 → 8, tanh", "sum over rows", "bytes", "operations"):
        assert part in text, part
    with pytest.raises(UsageError, match="no machine code") as caught:
        ca.compile(lambda X: np.sort(X).sum(), engine="native")(X)
    assert "sort" in str(caught.value)


def moons(dtype: str = "float32") -> tuple[Array, Array]:
    found = ca.data.load("moons", n_samples=200, noise=0.2, seed=1)
    return found.X.astype(dtype), found.y


@pytest.mark.parametrize("how", [{}, {"batch_size": 64, "validation": 0.25}], ids=["all rows", "mini-batches"])
def test_networks_side_by_side_are_those_that_were_trained_alone(how: dict[str, Any]) -> None:
    X, y = moons()

    def make() -> list[ca.Network]:
        return [network(D(6, "tanh"), ca.Dropout(0.1), D(1, "sigmoid"), seed=s) for s in range(5)]

    lrs = [0.01, 0.02, 0.03, 0.04, 0.05]
    many, alone = make(), make()
    together = ca.fit_many(many, X, y, lr=lrs, epochs=20, engine="native", progress=False, **how)
    for net, twin, history, lr in zip(alone, many, together, lrs, strict=True):
        own = net.fit(X, y, lr=lr, epochs=20, engine="native", progress=False, **how)
        assert history.stopped == "finished" and len(history) == 20
        np.testing.assert_array_equal(own["loss"], history["loss"])
        np.testing.assert_array_equal(net.params[0]["W"], twin.params[0]["W"])


def test_listeners_of_networks_side_by_side() -> None:
    X, y = moons()
    nets = [network(D(6, "tanh"), D(1, "sigmoid"), seed=s) for s in range(3)]
    heard: list[int] = []

    def listen(i: int) -> Any:
        return lambda record: heard.append(i) or record["epoch"] == 3 + i

    histories = ca.fit_many(nets, X, y, epochs=20, engine="native", progress=False, callbacks=listen)
    assert [len(h) for h in histories] == [3, 4, 5] and heard == [0] * 3 + [1] * 4 + [2] * 5


def test_ctrl_c_stops_all_of_them() -> None:
    X, y = moons()
    nets = [network(D(6, "tanh"), D(1, "sigmoid"), seed=s) for s in range(4)]
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))

    class Press(ca.Callback):
        every_epoch = False

        def on_epoch(self, record: Any, run: Any) -> None:
            if not timer.ident:
                timer.start()

    histories = ca.fit_many(
        nets, X, y, epochs=30_000_000, engine="native", progress=False, callbacks=lambda i: Press() if i == 0 else []
    )
    assert any(h.stopped == "interrupted" for h in histories)
    assert all(np.isfinite(net.params[0]["W"]).all() for net in nets)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system")
def test_a_forked_process_trains_with_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutaway.train.native.cores", lambda: 2)
    monkeypatch.setattr("cutaway.engines.native.team.cores", lambda: 2)
    X, y = np.random.default_rng(0).normal(size=(2000, 4)), np.arange(2000) % 2

    def train() -> float:
        net = network(D(32, "tanh"), D(32, "tanh"), D(1, "sigmoid"))
        return float(net.fit(X, y, epochs=40, engine="native", progress=False).last["loss"])

    expected = train()
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads about
        child = os.fork()
    if child == 0:
        os.write(write, repr(train()).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert float(pipe.read()) == expected
    assert os.waitpid(child, 0)[1] == 0
