"""Our side, through what its users call: ``fit``, ``fit_many``, ``minimize``, ``predict``.

A listener that need not hear of every epoch takes the times. What comes before the first record (recording, compiling)
is not in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import cutaway as ca
from cutaway.errors import MissingPackageError, UsageError
from peers.loops import Done, Loop, Missing, clock
from peers.workloads import MOMENTUM, Workload


class _Watch(ca.Callback):
    """Notes when the first epochs of a network were over, and when the last."""

    every_epoch = False

    def __init__(self) -> None:
        self.first: tuple[int, float] | None = None
        self.last = (0, 0.0)

    def on_epoch(self, record: Any, run: Any) -> None:
        self.last = (record["epoch"], clock())
        if self.first is None:
            self.first = self.last


def _seconds(watch: _Watch, epochs: int) -> float:
    """What so many epochs take."""
    if watch.first is None or watch.last[0] == watch.first[0]:
        return float("nan")
    return (watch.last[1] - watch.first[1]) / (watch.last[0] - watch.first[0]) * epochs


def _sparse(workload: Workload) -> Any:
    from scipy import sparse

    a = workload.arrays
    starts = np.concatenate([[0], np.cumsum(a["word_counts"])])
    return sparse.csr_array((a["values"], a["words"], starts), (workload.n, workload.layers[0]))


def _network(workload: Workload, seed: int = 0) -> Any:
    params = workload.start(seed)
    last = {"sigmoid": "sigmoid", "logits": "identity", "softmax": "softmax"}[workload.output]
    kinds = [workload.hidden] * (len(params) - 1) + [last]
    layers: list[Any] = []
    for (W, b), kind in zip(params, kinds, strict=True):
        if workload.graph:
            links = ca.data.adjacency(workload.arrays["edges"], n_nodes=workload.n)
            layers.append(ca.GraphConv(W.shape[1], links, kind, weights=W, bias=b))
            if workload.dropout and len(layers) == 1:
                layers.append(ca.Dropout(workload.dropout))
        else:
            layers.append(ca.Dense(W.shape[1], kind, weights=W, bias=b))
    return ca.Network(layers, seed=0, dtype="float32")


def _rule(workload: Workload, lr: float) -> Any:
    if workload.rule == "adam":
        return ca.Adam(lr, weight_decay=workload.decay)
    return ca.SGD(lr, momentum=MOMENTUM if workload.rule == "momentum" else 0.0)


def _settings(workload: Workload) -> dict[str, Any]:
    losses = {
        "sigmoid": "binary_cross_entropy", "logits": "binary_cross_entropy_from_logits",
        "softmax": "categorical_cross_entropy",
    }  # fmt: skip
    found: dict[str, Any] = {"loss": losses[workload.output], "metrics": (), "progress": False}
    if workload.batch is not None:
        found["batch_size"] = workload.batch
    if workload.graph:
        found["rows"] = workload.arrays["known"]
    return found


def _data(workload: Workload) -> tuple[Any, np.ndarray]:
    return (_sparse(workload) if workload.graph else workload.arrays["X"]), workload.arrays["y"]


def fit(workload: Workload, engine: str = "native") -> Loop:
    """One network."""
    net, settings = _network(workload), _settings(workload)
    X, y = _data(workload)

    def go(epochs: int) -> Done:
        watch = _Watch()
        more = 1 if workload.batch is not None else 0  # the first epochs are not in the times
        try:
            history = net.fit(
                X, y, optimizer=_rule(workload, workload.lr), epochs=epochs + more, callbacks=watch, engine=engine,
                **settings,
            )  # fmt: skip
        except (UsageError, MissingPackageError) as error:
            if engine == "native":
                raise Missing(" ".join(str(error).split())) from None
            raise
        return Done(history["loss"][:epochs], _seconds(watch, epochs), epochs * workload.steps)

    return go


def once(workload: Workload, engine: str = "native") -> Callable[[], None]:
    """The whole training, as a script does it."""

    def train() -> None:
        X, y = _data(workload)
        _network(workload).fit(
            X, y, optimizer=_rule(workload, workload.lr), epochs=workload.epochs, engine=engine, **_settings(workload)
        )

    return train


def many(workload: Workload, engine: str = "native") -> Loop:
    """All networks together, without anybody who listens; the time of a single epoch is that of what comes before."""
    rates, seeds = zip(*workload.members(), strict=True)
    networks = [_network(workload, seed) for seed in seeds]
    X, y = _data(workload)

    def take(epochs: int) -> tuple[Any, float]:
        begin = clock()
        histories = ca.fit_many(
            networks, X, y, optimizer=ca.SGD(workload.lr), lr=rates, epochs=epochs, engine=engine,
            **_settings(workload),
        )  # fmt: skip
        return histories, clock() - begin

    def go(epochs: int) -> Done:
        histories, seconds = take(epochs + 1)
        first = sorted(take(1)[1] for _ in range(3))[1]
        return Done([h["loss"][:epochs] for h in histories], seconds - first, epochs * workload.networks)

    return go


def own_loss(workload: Workload, engine: str = "native") -> Loop:
    """The same network as a NumPy function of its parameters, as somebody writes it who has no layers."""
    params = {f"{kind}{i}": p for i, pair in enumerate(workload.start()) for kind, p in zip("Wb", pair, strict=True)}
    X, y = workload.arrays["X"], workload.arrays["y"][:, None].astype(np.float32)

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    def loss(p: Any) -> Any:
        A = X
        for i in range(len(p) // 2):
            A = sigmoid(A @ p[f"W{i}"] + p[f"b{i}"])
        return -np.mean(y * np.log(A) + (1 - y) * np.log(1 - A))

    def take(steps: int) -> tuple[Any, float]:
        nonlocal params
        begin = clock()
        params, history = ca.minimize(loss, params, optimizer=ca.SGD(workload.lr), steps=steps, engine=engine)
        return history["loss"], clock() - begin

    def go(epochs: int) -> Done:
        nonlocal params
        try:
            losses, seconds = take(epochs)
            kept = params
            first = sorted(take(1)[1] for _ in range(3))[1]  # what comes before the steps, again
        except (UsageError, MissingPackageError) as error:
            raise Missing(" ".join(str(error).split())) from None
        params = kept
        return Done(losses, seconds - first, epochs)

    return go


def one_row(workload: Workload) -> Callable[[], Any]:
    """``predict_proba`` of one row, by a network that was compiled for it."""
    X, y = _data(workload)
    net, row = _network(workload), X[:1]
    net.fit(X, y, optimizer=_rule(workload, workload.lr), epochs=1, **_settings(workload))
    net.compile()
    return lambda: net.predict_proba(row)


def compiling(workload: Workload) -> dict[str, float]:
    """Seconds that machine code costs, by what they are spent on: LLVM's import, and everything else.

    The second is what ``fit`` takes for one epoch in machine code, less what it takes with NumPy: both record the step.
    """
    begin = clock()
    try:
        import llvmlite.binding as llvm
    except ImportError:
        raise Missing("llvmlite is not installed") from None
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    imported = clock() - begin
    small, _ = workload.to_check()
    seconds = {}
    for engine in ("numpy", "native"):  # another network: whatever is imported on first use
        fit(replace(small, layers=(small.layers[0], 3, small.layers[-1])), engine)(1)
    for engine in ("numpy", "native"):
        loop = fit(small, engine)
        begin = clock()
        loop(1)
        seconds[engine] = clock() - begin
    return {"llvmlite": imported, "numpy": seconds["numpy"], "machine code": seconds["native"] - seconds["numpy"]}
