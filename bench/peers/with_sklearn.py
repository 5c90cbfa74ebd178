"""scikit-learn's MLPClassifier: it is made to start from given weights by a first fit, whose weights are replaced."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from peers.loops import Done, Loop, timed
from peers.workloads import MOMENTUM, Workload

_NEVER = 10**9


def _unheard() -> warnings.catch_warnings[None]:
    """That it has not converged need not be said."""
    return warnings.catch_warnings(action="ignore", category=ConvergenceWarning)


def _classifier(workload: Workload) -> Any:
    activation = {"sigmoid": "logistic", "relu": "relu"}[workload.hidden]
    settings: dict[str, Any] = {"solver": "adam"}
    if workload.rule != "adam":
        momentum = MOMENTUM if workload.rule == "momentum" else 0.0
        settings = {"solver": "sgd", "momentum": momentum, "nesterovs_momentum": False}
    net = MLPClassifier(
        workload.layers[1:-1], activation=activation, learning_rate_init=workload.lr, alpha=0.0, tol=0.0,
        n_iter_no_change=_NEVER, batch_size=workload.batch or workload.n, max_iter=1, shuffle=False, random_state=0,
        warm_start=True, **settings,
    )  # fmt: skip
    rows = min(len(workload.arrays["X"]), 1000)
    rows = workload.n if workload.batch is None else rows
    with _unheard():
        net.fit(workload.arrays["X"][:rows], workload.arrays["y"][:rows])
    for i, (W, b) in enumerate(workload.start()):
        net.coefs_[i][...], net.intercepts_[i][...] = W, b
    return net


def classifier(workload: Workload) -> Loop:
    """``fit`` with ``max_iter``; mini-batches are drawn by its own generator, but for the check.

    For the check they are in the order that is given: ``partial_fit`` takes the rows as they come.
    """
    net = _classifier(workload)
    X, y, done = workload.arrays["X"], workload.arrays["y"], 0
    given = workload.batch is not None and workload.rows is not None
    if given:
        del net._optimizer  # that of the first fit, with its momentum
    elif workload.batch is not None:
        net.set_params(shuffle=True)

    def go(epochs: int) -> Done:
        before = len(net.loss_curve_)

        def work() -> list[float]:
            nonlocal done
            if not given:
                net.set_params(max_iter=epochs).fit(X, y)
            for _ in range(epochs if given else 0):
                order = workload.order(done)
                net.partial_fit(X[order], y[order])
                done += 1
            return net.loss_curve_[before:]

        with _unheard():
            return timed(epochs * workload.steps, work)

    return go


def one_row(workload: Workload) -> Callable[[], Any]:
    """``predict_proba`` of one row."""
    net, row = _classifier(workload), workload.arrays["X"][:1]
    return lambda: np.asarray(net.predict_proba(row))
