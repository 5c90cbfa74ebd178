"""L-BFGS: a training run of few, long steps, each of which looks at all rows several times.

It is no rule that turns one gradient into new weights, so it is no optimizer of the loop: SciPy's routine leads, and
asks for loss and gradient at the weights it chooses. All else is the run's: its arrays, its records, its listeners.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.engines.threads import one_blas_thread
from cutaway.errors import UsageError
from cutaway.nn.metrics import metric_name
from cutaway.train.callbacks import Callback
from cutaway.train.compiled import CompiledStep, Evaluation
from cutaway.train.history import Record
from cutaway.train.loop import TrainingRun

Array = NDArray[Any]
_LOOKS = 20  # evaluations for each iteration, on average, if no limit is given; a good line search needs one or two


class _Gradient:
    """In place of an optimizer: the step leaves the weights as they are and notes the gradient."""

    def step(self, w: Array, g: Array, s: Any, lr: Array, t: Array) -> tuple[Array, dict[str, Array]]:
        """Leave ``w``, and note ``g``."""
        return w, {"gradient": g}


class _NoMoreLooks(Exception):
    """The limit of evaluations is reached, maybe in the middle of a line search."""


def descend(run: TrainingRun, listeners: list[Callback], *, tol: float = 0.0, max_fun: int | None = None) -> None:
    """Train by L-BFGS; an epoch is one iteration.

    Parameters
    ----------
    run : TrainingRun
        One that has not begun, with all its rows in one batch. Of its optimizer only the weight decay is used.
    listeners : list of Callback
        They hear the record of each iteration, and may end the training.
    tol : float
        The training ends when no entry of the gradient is larger.
    max_fun : int, optional
        The training ends after so many evaluations of loss and gradient, with the weights of the last iteration that
        was complete, and a note in the history says so. None: 20 for each of the run's epochs.

    Raises
    ------
    UsageError
        If a layer draws random numbers, as dropout does, or keeps running means, as batch normalisation does.

    Notes
    -----
    Byrd, Lu, Nocedal and Zhu (1995), as ``scipy.optimize.minimize(method="L-BFGS-B")`` has it.
    """
    from scipy.optimize import minimize

    history, decay, begin = run.history, run.optimizer.weight_decay, time.perf_counter()
    gradient = np.zeros_like(run.theta)
    run.optimizer, run.optimizer_state = _Gradient(), {"gradient": gradient}  # type: ignore[assignment]
    step = CompiledStep(run, run.n)
    if any(run.network.state) or any(array is run.count for array, _ in step.changing):
        raise UsageError(
            "L-BFGS needs a loss that is the same each time, without random numbers and running means",
            received=repr(run.network)[:80],
            instead='Leave dropout and batch normalisation out, or write optimizer="adam"',
        )
    evaluate = None if run.held_out is None else Evaluation(run, run.held_out, run.held_objective)
    limit, looks = _LOOKS * run.epochs if max_fun is None else max_fun, 0
    start = reached = run.theta.astype(np.float64)
    looked_at: Array | None = None  # where the step's loss and outputs are those of

    def look(theta: Array) -> None:
        nonlocal looked_at
        if looked_at is None or not np.array_equal(theta, looked_at):
            run.theta[:] = theta
            step.run()
            looked_at = theta.copy()

    def at(theta: Array) -> tuple[float, Array]:
        nonlocal looks
        if looks >= limit:
            raise _NoMoreLooks
        looks += 1
        look(theta)
        return float(step.loss) + decay / 2 * float(theta @ theta), gradient + decay * theta

    def after(theta: Array) -> None:
        nonlocal begin, reached
        reached = theta.copy()
        look(theta)
        record: Record = {"epoch": run.epoch + 1, "loss": float(step.loss)}
        record |= {metric_name(m): m(*run.verdicts(step.targets, step.outputs)) for m in run.metrics}
        record |= {} if evaluate is None else evaluate(run.metrics)
        now = time.perf_counter()
        history.append({**record, "seconds": now - begin})
        run.epoch, begin = run.epoch + 1, now
        if any([listener.on_epoch(history.last, run) for listener in listeners]):
            raise StopIteration

    started: list[Callback] = []
    try:
        for listener in listeners:
            listener.on_start(run)
            started.append(listener)
        with one_blas_thread(), np.errstate(all="ignore"):
            options = {"maxiter": run.epochs, "maxfun": limit, "gtol": tol, "ftol": _smallest(run, tol)}
            try:
                minimize(at, start, jac=True, method="L-BFGS-B", callback=after, options=options)
                spent = run.epoch >= run.epochs
            except _NoMoreLooks:
                spent = True
                history.notes.append(
                    f"L-BFGS made its {limit} evaluations of the loss; {run.epoch} iterations are whole."
                )
            if not history.records:  # the first weights are the best, or no step could be made
                with suppress(StopIteration):
                    after(start)
        history.stopped = "finished" if spent else "early stopping"
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    except BaseException:
        history.stopped = "interrupted"
        raise
    finally:
        run.theta[:] = reached  # and not where the line search was
        for listener in started:
            listener.on_end(history)


def _smallest(run: TrainingRun, tol: float) -> float:
    """The smallest change of the loss, as a share of it, that is not rounding; 0 to go on to the end."""
    return 10 * float(np.finfo(run.theta.dtype).eps) if tol else 0.0
