"""The two ways to do training steps: one after the other in NumPy, or many at a time in machine code.

Both do the steps ``first``, ``first + 1``, ... of a run, whose arrays are the only state there is: whoever changes them
in between, or does a step again from older ones, gets what these arrays give. Only between a step and the next
``settle`` may an engine be ahead of them.
"""

from __future__ import annotations

import copy
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cutaway.engines.native.estimate import WORTH
from cutaway.engines.native.nodes import Unsupported
from cutaway.errors import MissingPackageError, UsageError
from cutaway.nn.sparse import is_sparse

if TYPE_CHECKING:
    from cutaway.nn.metrics import Metric
    from cutaway.train.loop import TrainingRun
    from cutaway.train.native import NativeStep

Array = NDArray[Any]
SLICE = 0.01
"""Seconds after which Python has its turn."""


class Done(NamedTuple):
    """What steps gave: losses of shape (steps,), metrics of shape (steps, metrics)."""

    losses: Array
    metrics: Array


class Stepper(Protocol):
    """An engine in a training run."""

    name: str

    def do(self, first: int, count: int, *, measured: bool = True) -> Done:
        """Do at least one and at most ``count`` steps; the last of them may have a loss that is not finite.

        If not ``measured``, metrics may be left out. The arrays of the run need not be up to date before `settle`.
        """

    def settle(self) -> None:
        """Bring the arrays of the run up to date; whoever changes them has to do it before."""

    def at_once(self) -> int:
        """How many steps are done before Python has its turn."""

    def evaluation(self) -> Measure | None:
        """The engine's own evaluation of the validation rows, if it has one."""


class Measure(Protocol):
    """Loss and metrics on the validation rows, for the weights as they are."""

    def __call__(self, metrics: list[Metric], /) -> dict[str, float]: ...


class NumpyStepper:
    """The reference engine."""

    name = "numpy"

    def __init__(self, run: TrainingRun) -> None:
        self._run = run
        self._pace = SLICE  # seconds of a step

    def at_once(self) -> int:
        """As many as take a few milliseconds."""
        return max(1, int(SLICE / self._pace))

    def settle(self) -> None:
        """The arrays of the run are what it computes with."""

    def evaluation(self) -> None:
        """That of the run."""

    def do(self, first: int, count: int, *, measured: bool = True) -> Done:
        """Do steps until all are done, a loss is not finite, or somebody interrupts."""
        run = self._run
        metrics = run.metrics if measured else ()
        losses: list[float] = []
        values: list[list[float]] = []
        begin = time.perf_counter()
        for k in range(first, first + count):
            step = run._step(k)
            losses.append(float(step.loss))
            if not math.isfinite(losses[-1]):
                values.append([math.nan] * len(metrics))
                break
            if metrics:
                verdicts = run.verdicts(step.targets, step.outputs)
                values.append([metric(*verdicts) for metric in metrics])
            if run.stop:
                break
        self._pace = max((time.perf_counter() - begin) / len(losses), 1e-9)
        return Done(np.array(losses), np.array(values).reshape(len(losses), len(metrics)))


class NativeStepper:
    """Machine code."""

    name = "native"

    def __init__(self, run: TrainingRun) -> None:
        from cutaway.train.native import NativeStep

        self._run = run
        sizes = {run.batch_size, run.n % run.batch_size or run.batch_size}
        self._steps: dict[int, NativeStep] = {rows: NativeStep(run, rows) for rows in sizes}
        self._ahead: NativeStep | None = None  # which holds the state of the run
        self._pace = 0.0  # seconds of a step, as measured; the numbers do not depend on it

    def twin(self, run: TrainingRun) -> NativeStepper:
        """The same machine code for another run, of which only numbers differ."""
        other = copy.copy(self)
        other._run, other._ahead = run, None
        other._steps = {rows: step.twin(run) for rows, step in self._steps.items()}
        return other

    def at_once(self) -> int:
        """As many as take a few milliseconds."""
        return max(1, int(SLICE / self._pace)) if self._pace else 1

    def do(self, first: int, count: int, *, measured: bool = True) -> Done:
        """Do a slice of steps."""
        run = self._run
        epoch, position = divmod(first, run.steps_per_epoch)
        rest = run.n % run.batch_size
        if rest and position == run.steps_per_epoch - 1:
            rows, count = rest, 1
        else:
            rows = run.batch_size
            count = min(count, run.steps_per_epoch - 1 - position) if rest else count
        step = self._steps[rows]
        if not step.complete:
            count = 1
        order = self._order(epoch, position, rows, count) if rows < run.n else None
        begin = time.perf_counter()
        if step is not self._ahead:
            self.settle()
            step.fetch()
            self._ahead = step
        losses, metrics = step.do(first, count, order)
        pace, alone = max((time.perf_counter() - begin) / len(losses), 1e-9), len(losses) == 1
        if self._pace:  # others may have had the core, and a step alone is the slowest
            self._pace = min(pace, self._pace if alone else 1.2 * self._pace)
        else:
            self._pace = 0.1 * pace if alone else pace  # the first call alone says little
        if step.complete or not measured or not math.isfinite(losses[-1]):
            return Done(losses, metrics)
        targets = run.data[1] if order is None else run.data[1][order]
        verdicts = run.verdicts(targets, step.outputs())
        return Done(losses, np.array([[metric(*verdicts) for metric in run.metrics]]))

    def settle(self) -> None:
        """Copy the state out of the memory of the program that has it."""
        if self._ahead is not None:
            self._ahead.give_back()
            self._ahead = None

    def evaluation(self) -> Measure | None:
        """The evaluation in machine code, if there are rows for it and it has such."""
        from cutaway.train.native import NativeEvaluation

        run = self._run
        if run.held_out is None:
            return None
        try:
            return NativeEvaluation(run, run.held_out, run.held_objective)
        except Unsupported:
            return None

    def _order(self, epoch: int, position: int, rows: int, count: int) -> Array:
        """The numbers of the rows of the next steps."""
        run = self._run
        start = position * run.batch_size
        stop = start + rows * count
        parts, skipped = [], 0
        while skipped < stop:
            parts.append(run._permutation(epoch))
            skipped += run.n
            epoch += 1
        return np.ascontiguousarray((parts[0] if len(parts) == 1 else np.concatenate(parts))[start:stop], np.int64)


def choose(run: TrainingRun, engine: str) -> Stepper:
    """The stepper of an engine; "auto" goes by the estimated work alone.

    Raises
    ------
    UsageError, MissingPackageError
        If the native engine is asked for and cannot do it; the message says why.
    """
    if engine == "numpy" or (engine == "auto" and not _worth_it(run)):
        return NumpyStepper(run)
    from cutaway.engines.native.machine import why_not

    reason = why_not()
    if reason is None:
        try:
            return NativeStepper(run)
        except Unsupported as error:
            reason = str(error)
    elif engine == "native":
        raise MissingPackageError(f"There is no native engine: {reason}", instead='Write engine="auto"')
    if engine == "native":
        raise UsageError(
            "The native engine has no machine code for this training step",
            received=reason,
            instead='Write engine="auto", which then uses NumPy',
        )
    return NumpyStepper(run)


def _worth_it(run: TrainingRun) -> bool:
    """Whether the steps would take NumPy so long that compiling pays."""
    return estimated(run) > WORTH


def estimated(run: TrainingRun) -> float:
    """Seconds that NumPy would take, roughly; depends on sizes alone."""
    fixed = run.objective.fixed
    entries, pace = float(run.batch_size), 4e10  # how often all weights are used, and operations in a second
    if fixed is not None:
        entries = fixed.shape[0]
        if is_sparse(fixed):
            entries, pace = fixed.nnz / fixed.shape[1], 1e9
    seconds = 30e-6 + 6.0 * entries * run.theta.size / pace
    return run.epochs * run.steps_per_epoch * seconds
