"""Train a loss of one's own: a NumPy function of its parameters, and nothing else."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.native.estimate import WORTH, work
from cutaway.engines.native.machine import why_not
from cutaway.engines.native.nodes import Unsupported
from cutaway.engines.numpy_plan import Plan
from cutaway.engines.threads import one_blas_thread
from cutaway.errors import DivergenceWarning, DtypeError, TraceError, UsageError, one_of
from cutaway.interpreters.simplify import simplify
from cutaway.nn.validate import whole
from cutaway.tracing import Traced, record
from cutaway.train.history import History
from cutaway.train.interrupts import Asked, catch_interrupt
from cutaway.train.native_minimize import NativeMinimizer, Steps
from cutaway.train.optimizers import Optimizer
from cutaway.train.optimizers import optimizer as find_optimizer
from cutaway.train.step import StepGraph, views_of, with_update
from cutaway.train.steppers import SLICE

ENGINES = ("auto", "numpy", "native")


def minimize(
    loss: Callable[..., Any],
    params: Any,
    *args: Any,
    optimizer: str | Optimizer = "sgd",
    lr: Any = None,
    steps: int = 1000,
    engine: Literal["auto", "numpy", "native"] = "auto",
) -> tuple[Any, History]:
    """Minimise a loss of your own, written in plain NumPy.

    The loss is recorded once; its gradient and the optimizer's update become one graph, which is run ``steps`` times.

    Parameters
    ----------
    loss : callable
        ``loss(params, *args)`` gives one number.
    params : array, or dict, list, tuple or nesting of arrays
        Where to start; floating-point arrays of one dtype. They are not changed.
    *args
        Further arguments of the loss, such as data.
    optimizer : str or Optimizer
        A name, or for instance ``Adam(0.01)``.
    lr : float or Schedule, optional
        Learning rate, in place of the optimizer's own. A schedule counts each step as an epoch.
    steps : int
        How many updates to make.
    engine : {"auto", "numpy", "native"}
        How it is computed: with NumPy, or in machine code made from the loss. "auto" goes by the estimated work.

    Returns
    -------
    params : as given
        The trained parameters.
    history : History
        One record for each step; its loss was measured before the update. After Ctrl-C, the steps that were done.

    Warns
    -----
    DivergenceWarning
        If the loss stopped being finite; the last parameters for which it was are returned.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> x = np.array([0.0, 1.0, 2.0])
    >>> def loss(p):
    ...     return np.mean((p["a"] * x + p["b"] - (3 * x + 1)) ** 2)
    >>> p, history = ca.minimize(loss, {"a": np.zeros(1), "b": np.zeros(1)}, lr=0.3, steps=200)
    >>> p["a"].round(3), p["b"].round(3), history.last["loss"] < 1e-9
    (array([3.]), array([1.]), True)
    """
    if engine not in ENGINES:
        raise one_of(engine, ENGINES, name="engine")
    steps = whole(steps, "steps")
    rule = find_optimizer(optimizer, lr)
    leaves = [np.asarray(leaf) for _, leaf in tree.leaves(params)]
    if not leaves:
        raise UsageError("There are no parameters to train", received=repr(params)[:60])
    dtypes = {a.dtype for a in leaves}
    if len(dtypes) > 1 or next(iter(dtypes)).kind != "f":
        raise DtypeError(
            "All parameters must be floating-point arrays of one dtype",
            received=", ".join(sorted(map(str, dtypes))),
            instead="Write W.astype(float); integers would be cut off at each update",
        )
    theta = np.concatenate([a.ravel() for a in leaves])
    views = views_of(theta, [a.shape for a in leaves])
    own = tree.rebuild(params, views)
    recording = record(loss, own, *args)
    value = recording.output
    if type(value) is not Traced or value.constant or value.size != 1:
        raise TraceError(
            f"{recording.name} must return one number that depends on the parameters",
            received=f"shape {np.shape(value)}",
        )
    forward = simplify(recording.graph(value.reshape(())))
    state = {k: np.array(v) for k, v in rule.init(theta).items()}
    step = with_update(forward, len(leaves), rule, theta, state)
    rate, t = np.ones((), theta.dtype), np.ones((), theta.dtype)
    data = [
        np.array(leaf.value) for arg in recording.inputs[1:] for _, leaf in tree.leaves(arg) if type(leaf) is Traced
    ]
    live = [theta, *state.values()]
    rates = rule.rates(1, steps)
    run = _stepper(engine, step, [*views, *data, theta, *state.values(), rate, t], len(leaves), len(data), live, rates)

    history = History()
    asked = Asked()
    safe: tuple[int, list[Any]] = (0, [a.copy() for a in live])
    k = 0
    with catch_interrupt(asked), one_blas_thread(), np.errstate(all="ignore"):
        while k < steps and not history.stopped:
            if np.isfinite(theta).all():  # else the next loss says so, and the steps since are done again
                safe = (k, [a.copy() for a in live])
            losses = run(k)
            if not math.isfinite(losses[-1]):
                bad = k + len(losses) - 1
                _go_back(run, live, safe, bad)
                history.stopped = "diverged"
                message = (
                    f"The loss became {losses[-1]} at step {bad + 1}; the last finite parameters were kept. "
                    "Try a smaller lr"
                )
                history.notes.append(message)
                warnings.warn(message, DivergenceWarning, stacklevel=2)
                losses = losses[:-1]
            first, k = k, k + len(losses)
            if k > first:
                history.extend({"epoch": range(first + 1, k + 1), "loss": losses, "lr": rates[first:k].copy()})
            if asked.stop and k < steps:
                history.stopped = history.stopped or "interrupted"
    history.stopped = history.stopped or "finished"
    return tree.rebuild(params, [v.copy() for v in views]), history


def _stepper(
    engine: str,
    step: StepGraph,
    arrays: list[Any],
    n_params: int,
    n_data: int,
    live: list[Any],
    rates: Any,
) -> Steps:
    """A function that does steps from number ``k`` on, at most ``most`` of them, and gives their losses."""
    if engine == "native" or (engine == "auto" and work(step.graph) * len(rates) > WORTH):
        reason = why_not()
        if reason is None:
            try:
                return NativeMinimizer(step, arrays, n_params, n_data, live, rates).run
            except Unsupported as error:
                reason = str(error)
        if engine == "native":
            raise UsageError("There is no machine code for this loss", received=reason, instead='Write engine="auto"')
    plan = Plan(step.graph, arrays, step.updates)
    rate, t = arrays[-2:]

    def several(k: int, most: int = len(rates)) -> NDArray[np.float64]:
        losses: list[float] = []
        until = time.perf_counter() + SLICE
        for i in range(k, min(k + most, len(rates))):
            rate[()], t[()] = rates[i], i + 1
            plan.run()
            losses.append(float(plan.outputs[0]))
            if not math.isfinite(losses[-1]) or time.perf_counter() > until:
                break
        return np.array(losses)

    return several


def _go_back(run: Steps, live: list[Any], safe: tuple[int, list[Any]], bad: int) -> None:
    """Put the last finite parameters back: step ``bad`` went wrong, and there is a copy from an earlier one."""

    def put(arrays: list[Any]) -> None:
        for target, array in zip(live, arrays, strict=True):
            np.copyto(target, array)

    first, good = safe
    put(good)
    for k in range(first, bad):
        run(k, 1)
        if not np.isfinite(live[0]).all():
            break
        good = [a.copy() for a in live]
    put(good)
