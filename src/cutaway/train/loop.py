"""The training loop: batches go into a compiled step, records come out.

The loop draws nothing, writes nothing and decides nothing about the model; callbacks listen to its records.
"""

from __future__ import annotations

import math
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.storage import is_tall
from cutaway.engines.threads import one_blas_thread
from cutaway.errors import DivergenceWarning, UsageError
from cutaway.nn.metrics import Metric, metric_name
from cutaway.train.callbacks import Callback
from cutaway.train.checkpoints import read_checkpoint
from cutaway.train.compiled import CompiledStep, Evaluation
from cutaway.train.history import History
from cutaway.train.interrupts import catch_interrupt as _catch_interrupt
from cutaway.train.optimizers import Optimizer
from cutaway.train.step import Objective, views_of
from cutaway.train.steppers import Done, Measure, NumpyStepper, Stepper, choose

if TYPE_CHECKING:
    from cutaway.nn.losses import Loss
    from cutaway.nn.network import Network

Array = NDArray[Any]
_SAFE_AFTER = 0.5  # seconds between two copies of the weights, from which the last finite ones can be computed again


class TrainingRun:
    """A run in progress; what callbacks see of it is :class:`cutaway.train.callbacks.Run`."""

    def __init__(
        self,
        network: Network,
        loss: Loss,
        optimizer: Optimizer,
        data: list[Array],
        held_out: list[Array] | None,
        *,
        epochs: int,
        batch_size: int,
        shuffle: bool,
        seed: int,
        metrics: list[Metric],
        fixed: tuple[Any, Any] = (None, None),
        engine: str = "auto",
    ) -> None:
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.n = len(data[0])
        whole = batch_size == self.n  # the step then reads these arrays themselves, at every step
        self.data = [np.asfortranarray(a) if whole and is_tall(a.shape) else a for a in data]
        self.held_out = held_out
        self.epochs, self.batch_size, self.shuffle, self.seed = epochs, batch_size, shuffle, seed
        self.metrics = metrics
        self.steps_per_epoch = -(-self.n // batch_size)
        self.epoch = 0
        self.history = History()
        self.objective = Objective.of(network, loss, fixed[0])
        self.rates = optimizer.rates(self.steps_per_epoch, epochs)

        # All parameters are views into one vector, so that the optimizer is a handful of NumPy calls.
        leaves = [a for layer in network.params for a in layer.values()]
        self.theta = np.concatenate([a.ravel() for a in leaves])
        views = views_of(self.theta, [a.shape for a in leaves])
        network.params = tree.rebuild(network.params, views)
        self.optimizer_state = {k: np.array(v) for k, v in optimizer.init(self.theta).items()}
        self.lr, self.t = np.full((), self.rates[0], self.theta.dtype), np.ones((), self.theta.dtype)
        self.count, self.key = np.zeros((), np.int64), np.full((), seed % 2**63, np.int64)
        self.before = 0  # steps that the optimizer did in an earlier run, which a listener may say in `on_start`
        self._steps: dict[int, CompiledStep] = {}
        self.held_objective = replace(self.objective, fixed=fixed[1])
        self._evaluate: Measure | None = None
        self._order: tuple[int, Array] = (-1, np.arange(self.n))
        self._safe: tuple[int, float, list[Array]] = (0, 0.0, [])  # before which step, when, and all that is live
        self.stop = False
        self._engine = engine
        self._stepper: Stepper | None = None

    def live(self) -> list[Array]:
        """All that changes from step to step: weights, the state of the optimizer, that of the layers."""
        return [self.theta, *self.optimizer_state.values(), *(a for s in self.network.state for a in s.values())]

    def snapshot(self) -> list[Array]:
        """A copy of the weights and the state of the layers."""
        return [self.theta.copy(), *(a.copy() for s in self.network.state for a in s.values())]

    def restore(self, snapshot: list[Array]) -> None:
        """Put a snapshot back."""
        targets = [self.theta, *(a for s in self.network.state for a in s.values())]
        for target, kept in zip(targets, snapshot, strict=True):
            np.copyto(target, kept)

    # Another run in the place of this one ----------------------------------------------------------------------

    @property
    def renewable(self) -> bool:
        """Whether its steps read all numbers from arrays: machine code has its own copy, sparse rows are constants."""
        read = self.objective.fixed is None and self.held_out is None and bool((self.rates == self.rates[0]).all())
        return isinstance(self._stepper, NumpyStepper) and read

    def alike(self, other: TrainingRun) -> bool:
        """Whether another run differs in nothing but numbers, of which the learning rate is one."""
        if other.objective.fixed is not None or other.held_out is not None or (other.rates != other.rates[0]).any():
            return False
        return (
            self.network.layers is other.network.layers
            and (self.batch_size, self.loss, self._engine) == (other.batch_size, other.loss, other._engine)
            and [(a.shape, a.dtype) for a in self.data] == [(a.shape, a.dtype) for a in other.data]
            and type(self.optimizer) is type(other.optimizer)
            and vars(self.optimizer) | {"lr": None} == vars(other.optimizer) | {"lr": None}
            and self.metrics == other.metrics
        )

    def renew(self, other: TrainingRun) -> None:
        """Take in all numbers of an `alike` run that has not begun, to do it with the steps that are compiled here."""
        mine, theirs = [*self.data, self.lr, self.key, *self.live()], [*other.data, other.lr, other.key, *other.live()]
        for target, array in zip(mine, theirs, strict=True):
            np.copyto(target, array)
        self.optimizer, self.rates, self.shuffle, self.seed = other.optimizer, other.rates, other.shuffle, other.seed
        self.before, self.epoch, self.epochs, self.history = other.before, other.epoch, other.epochs, other.history
        self._order, self._safe, self.stop = other._order, other._safe, False

    # The loop --------------------------------------------------------------------------------------------------

    def go(self, listeners: list[Callback]) -> None:
        """Run all epochs that are left."""
        started: list[Callback] = []
        self.history.stopped = None
        try:
            with _catch_interrupt(self), one_blas_thread(), np.errstate(all="ignore"):
                for listener in listeners:
                    listener.on_start(self)
                    started.append(listener)
                self._loop(listeners)
        except KeyboardInterrupt:  # outside of the main thread, or a second Ctrl-C
            self.history.stopped = "interrupted"
        except BaseException:  # a callback's own error: it goes on to the caller, after all listeners have heard
            self.history.stopped = "interrupted"
            raise
        finally:
            self.history.stopped = self.history.stopped or ("interrupted" if self.stop else "finished")
            for listener in started:
                listener.on_end(self.history)

    def take(self, stepper: Stepper) -> None:
        """Let an engine that was made before do the steps."""
        self._stepper = stepper

    def interrupt(self) -> None:
        """Ask the run to stop after the slice at hand."""
        self.stop = True

    def _loop(self, listeners: list[Callback]) -> None:
        """Epochs until the end, or until somebody stops them."""
        if self._stepper is None:
            self._stepper = choose(self, self._engine)
        if self.held_out is not None and self._evaluate is None:
            own = self._stepper.evaluation()
            self._evaluate = own or Evaluation(self, self.held_out, self.held_objective)
        # Who must hear of an epoch before the next one begins keeps the engine from doing several at once.
        alone = self._evaluate is not None or any(listener.every_epoch for listener in listeners)
        while self.epoch < self.epochs:
            several = 1 if alone else max(1, self._stepper.at_once() // self.steps_per_epoch)
            before = self.epoch
            bad = self._some_epochs(self._stepper, min(several, self.epochs - before))
            if bad is not None:
                self._diverged(self._stepper, *bad)
                break
            if self.epoch == before:  # cut short
                break
            if any([listener.on_epoch(self.history.last, self) for listener in listeners]):
                self.history.stopped = "early stopping"
                break

    def _some_epochs(self, stepper: Stepper, several: int) -> tuple[int, float] | None:
        """Train for so many epochs; if a loss was not finite, return its step and value."""
        begin = time.perf_counter()
        per = self.steps_per_epoch
        first = self.epoch * per
        parts: list[Done] = []
        steps = 0
        bad = None
        try:
            while steps < several * per and bad is None and not self.stop:
                k = first + steps
                self._keep_safe(stepper, k)
                done = stepper.do(k, min(several * per - steps, stepper.at_once()))
                if not math.isfinite(done.losses[-1]):
                    bad = k + len(done.losses) - 1, float(done.losses[-1])
                    done = Done(done.losses[:-1], done.metrics[:-1])
                parts.append(done)
                steps += len(done.losses)
        finally:
            stepper.settle()
        if epochs := steps // per:
            self._record(begin, epochs, *map(np.concatenate, zip(*parts, strict=True)))
        return bad

    def _keep_safe(self, stepper: Stepper, k: int) -> None:
        """Copy what is live before step ``k``, if the last copy is old and the weights are finite."""
        step, moment, kept = self._safe
        now = time.perf_counter()
        if kept and step <= k and now - moment < _SAFE_AFTER:
            return
        stepper.settle()
        if not kept or np.isfinite(self.theta).all():
            self._safe = (k, now, [a.copy() for a in self.live()])

    def _record(self, begin: float, epochs: int, losses: Array, metrics: Array) -> None:
        """Note all whole epochs in the history, as columns."""
        per = self.steps_per_epoch
        losses, metrics = losses[: epochs * per], metrics[: epochs * per]
        if per > 1:
            rows = np.full(per, self.batch_size)
            rows[-1] = self.n - (per - 1) * self.batch_size
            share = rows / self.n
            losses = (losses.reshape(epochs, per) * share).sum(axis=1)
            metrics = (metrics.reshape(epochs, per, len(self.metrics)) * share[:, None]).sum(axis=1)
        columns = {"epoch": np.arange(self.epoch + 1, self.epoch + epochs + 1), "loss": losses}
        columns |= {metric_name(m): values for m, values in zip(self.metrics, metrics.T, strict=True)}
        if self._evaluate is not None:
            columns |= {name: np.array([value]) for name, value in self._evaluate(self.metrics).items()}
        columns["lr"] = self.rates[(self.epoch + 1) * per - 1 : (self.epoch + epochs) * per : per].copy()
        columns["seconds"] = np.full(epochs, (time.perf_counter() - begin) / epochs)
        self.history.extend(columns)
        self.epoch += epochs

    def verdicts(self, targets: Array, outputs: Array) -> tuple[Array, Array]:
        """What metrics compare: true and predicted labels, or numbers."""
        loss = self.objective.loss
        return loss.labels(targets), loss.predict(outputs)

    def _step(self, k: int) -> CompiledStep:
        """Do step number ``k`` (from 0) of the run."""
        epoch, position = divmod(k, self.steps_per_epoch)
        start = position * self.batch_size
        rows = min(self.batch_size, self.n - start)
        step = self._steps.get(rows)
        if step is None:
            step = self._steps[rows] = CompiledStep(self, rows)
        if rows < self.n:
            step.load(self._permutation(epoch)[start : start + rows])
        for array, value in step.changing:
            array[()] = value(k)
        step.run()
        return step

    def _permutation(self, epoch: int) -> Array:
        """The order of the rows in an epoch; it depends on seed and epoch alone."""
        if not self.shuffle:
            return self._order[1]
        if self._order[0] != epoch:
            self._order = (epoch, np.random.default_rng([self.seed, epoch]).permutation(self.n))
        return self._order[1]

    # When the loss is not finite -------------------------------------------------------------------------------

    def _diverged(self, stepper: Stepper, at: int, value: float) -> None:
        """Find the last finite weights before step ``at`` again, by halves, and say what happened."""
        (start, _, good), stop = self._safe, at
        self._go_back_to(good)
        while start < stop:
            done = len(stepper.do(start, -(-(stop - start) // 2), measured=False).losses)
            stepper.settle()
            if np.isfinite(self.theta).all():
                start, good = start + done, [a.copy() for a in self.live()]
            else:
                stop = start + done - 1
                self._go_back_to(good)
        self.note_divergence(at, value, stacklevel=7)

    def _go_back_to(self, kept: list[Array]) -> None:
        """Let what is live be as it was once."""
        for target, array in zip(self.live(), kept, strict=True):
            np.copyto(target, array)

    def note_divergence(self, k: int, value: float, *, stacklevel: int) -> None:
        """Say that the loss was not finite at step ``k``, and why that may be."""
        epoch = k // self.steps_per_epoch + 1
        message = (
            f"The loss became {value} at step {k + 1} (epoch {epoch}); the last finite weights were kept. "
            f"{self._cause(k)}"
        )
        self.history.stopped = "diverged"
        self.history.notes.append(message)
        warnings.warn(message, DivergenceWarning, stacklevel=stacklevel)

    def _cause(self, k: int) -> str:
        losses = self.history["loss"] if len(self.history) else np.zeros(0)
        largest = float(abs(self.data[0] if self.objective.fixed is None else self.objective.fixed).max())
        if len(losses) > 1 and losses[-1] > losses.min() * 2:
            return (
                f"The loss had risen from {losses.min():.3g} to {losses[-1]:.3g}: the learning rate "
                f"{self.rates[k]:g} is too large; try {self.rates[k] / 10:g}, or clip_norm=1.0."
            )
        if largest > 100:
            return f"The inputs are large (up to {largest:.3g}): standardise them, so that each column has deviation 1."
        return (
            f"Most often the learning rate is too large ({self.rates[k]:g}): try {self.rates[k] / 10:g}, or "
            "clip_norm=1.0. A loss function of your own may take the logarithm or root of 0."
        )

    # Checkpoints -----------------------------------------------------------------------------------------------

    def checkpoint(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """All that the run needs to continue to the same bits."""
        arrays = {"theta": self.theta, **{f"optimizer.{k}": v for k, v in self.optimizer_state.items()}}
        arrays |= {f"state.{i}.{k}": v for i, s in enumerate(self.network.state) for k, v in s.items()}
        return arrays, {"epoch": self.epoch, "history": self.history.to_json(), "run": self._settings()}

    def _settings(self) -> dict[str, Any]:
        return {
            "network": repr(self.network.layers),
            "dtype": self.network.dtype.name,
            "loss": self.loss.name,
            "optimizer": {k: v for k, v in self.optimizer.to_json().items() if k != "lr"},
            "rows": self.n,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "seed": self.seed,
        }

    def resume(self, path: str | Path) -> None:
        """Go on from a checkpoint.

        Raises
        ------
        UsageError
            If it belongs to a run with other settings.
        """
        arrays, meta = read_checkpoint(path)
        mine, theirs = self._settings(), meta.get("run", {})
        for key, value in mine.items():
            if theirs.get(key) != value:
                raise UsageError(
                    f"{path} belongs to a run with other settings",
                    received=f"{key}: {theirs.get(key)} there, {value} here",
                    instead="Resume with the settings of that run, or start a new one",
                )
        own, _ = self.checkpoint()
        if own.keys() != arrays.keys() or any(own[k].shape != arrays[k].shape for k in own):
            raise UsageError(f"{path} holds the weights of another network")
        for name, array in own.items():
            np.copyto(array, arrays[name])
        self.epoch = int(meta["epoch"])
        self.history = History.from_json(meta["history"])
