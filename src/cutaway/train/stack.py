"""A stack of training runs: their arrays joined along a leading axis, and one step computed for all of them.

An engine gets the graph of one step, which inputs differ between the networks, the joined arrays, and the rows of each
batch. A run that ends (stopped early, or no longer finite) takes its rows with it; the stack goes on with the others,
and is made anew when half of it is gone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.threads import one_blas_thread
from cutaway.graph import Graph
from cutaway.interpreters.stack import stacked
from cutaway.nn.metrics import metric_name
from cutaway.train.callbacks import Callback
from cutaway.train.history import History, Record
from cutaway.train.interrupts import catch_interrupt
from cutaway.train.loop import TrainingRun
from cutaway.train.stacked import StackedEvaluation, StackedStep, joined, measured
from cutaway.train.step import StepGraph, evaluation, training_step, views_of

Array = NDArray[Any]
_SAFE_EVERY = 64  # steps between two copies of all weights, from which the last finite ones can be computed again


class Stack:
    """Runs whose training step is the same graph, done together.

    Parameters
    ----------
    runs : sequence of TrainingRun
        Not begun yet.

    Raises
    ------
    TraceError
        If the step cannot be computed for several networks at once. The runs are then as they were.
    """

    def __init__(self, runs: Sequence[TrainingRun]) -> None:
        first = runs[0]
        self.runs = list(runs)
        self.epochs, self.epoch, self.steps_per_epoch = first.epochs, 0, first.steps_per_epoch
        self.history, self.network = History(), None  # what a progress bar looks at
        self.stop = False
        self._graphs: dict[int, StepGraph] = {}
        self._evaluations: dict[int, Graph] = {}
        sizes = {first.batch_size, first.n % first.batch_size or first.batch_size}
        self.own_data = not all(a is b for run in runs for a, b in zip(run.data, first.data, strict=True))
        held = [run.held_out or [] for run in runs]
        self.own_held = not all(a is b for own in held for a, b in zip(own, held[0], strict=True))
        for rows in sizes:  # what cannot be stacked is found before anything is joined
            stacked(self.step_graph(rows).graph, self.differing(rows), 2)
        if held[0]:
            stacked(self.evaluation_graph(1), self.evaluated(), 2)
        self._join(self.runs)

    # The graphs of one network ---------------------------------------------------------------------------------

    def step_graph(self, rows: int) -> StepGraph:
        """The training step of one network for a batch of so many rows."""
        if rows not in self._graphs:
            run = self.runs[0]
            batch = [np.array(a[:rows]) for a in run.data]
            self._graphs[rows] = training_step(
                run.objective,
                run.optimizer,
                run.network.params,
                run.network.state,
                batch,
                run.theta,
                run.optimizer_state,
            )
        return self._graphs[rows]

    def differing(self, rows: int) -> list[int]:
        """The inputs of that graph that differ between the networks: all but rows that they share."""
        run = self.runs[0]
        n_model = sum(1 for part in (run.network.params, run.network.state) for _ in tree.leaves(part))
        n_slots = len(run.optimizer_state)
        batch = range(n_model, n_model + len(run.data)) if self.own_rows(rows) else ()
        key = n_model + len(run.data)
        return [*range(n_model), *batch, *range(key, key + 5 + n_slots)]

    def own_rows(self, rows: int) -> bool:
        """Whether each network has rows of its own in its batch."""
        return self.own_data or (rows < self.runs[0].n and self.runs[0].shuffle)

    def evaluation_graph(self, rows: int) -> Graph:
        """Loss and outputs of one network for so many validation rows."""
        run = self.runs[0]
        if rows not in self._evaluations:
            batch = [np.array(a[:rows]) for a in run.held_out or ()]
            self._evaluations[rows] = evaluation(run.held_objective, run.network.params, run.network.state, batch)
        return self._evaluations[rows]

    def evaluated(self) -> range:
        """The inputs of that graph that differ between the networks."""
        run = self.runs[0]
        n_model = sum(1 for part in (run.network.params, run.network.state) for _ in tree.leaves(part))
        return range(n_model + (len(run.held_out or ()) if self.own_held else 0))

    # Joined arrays ---------------------------------------------------------------------------------------------

    def _join(self, runs: list[TrainingRun]) -> None:
        """Make the arrays of these runs rows of new, joined ones, and compile for them."""
        self.members = runs
        self.theta = np.stack([run.theta for run in runs])
        self.slots = {k: np.stack([run.optimizer_state[k] for run in runs]) for k in runs[0].optimizer_state}
        states = [[a for _, a in tree.leaves(run.network.state)] for run in runs]
        self.states = [np.stack(parts) for parts in zip(*states, strict=True)]
        self.lr = np.array([run.rates[0] for run in runs], self.theta.dtype)
        self.rates = np.array([run.rates for run in runs], self.theta.dtype)
        self.keys = np.array([run.key for run in runs])
        self.count, self.t = np.zeros(len(runs), np.int64), np.ones(len(runs), self.theta.dtype)
        self.data = joined([run.data for run in runs], self.own_data)
        self.held = joined([run.held_out or [] for run in runs], self.own_held)
        self._safe: tuple[int, list[Array]] = (0, [])
        self._steps: dict[int, StackedStep] = {}
        self._orders: tuple[int, Array] = (-1, np.arange(runs[0].n))
        self._evaluate = StackedEvaluation(self) if self.held else None
        for i, run in enumerate(runs):
            _give(run, self.theta[i], {k: v[i] for k, v in self.slots.items()}, [s[i] for s in self.states])

    def _leave(self, run: TrainingRun) -> None:
        """Let a run keep its rows as arrays of its own."""
        state = [a.copy() for _, a in tree.leaves(run.network.state)]
        _give(run, run.theta.copy(), {k: v.copy() for k, v in run.optimizer_state.items()}, state)

    def params(self) -> list[Array]:
        """The parameters of all networks, each with a leading axis: views into ``theta``."""
        shapes = [a.shape for _, a in tree.leaves(self.members[0].network.params)]
        ends = np.cumsum([int(np.prod(s, dtype=np.int64)) for s in shapes])
        parts = np.split(self.theta, ends[:-1], axis=1)
        return [part.reshape(len(self.theta), *shape) for part, shape in zip(parts, shapes, strict=True)]

    def _live(self) -> list[Array]:
        return [self.theta, *self.slots.values(), *self.states]

    # The loop --------------------------------------------------------------------------------------------------

    def go(self, listeners: Sequence[Sequence[Callback]], bar: Sequence[Callback] = ()) -> None:
        """Run all epochs; ``listeners`` are those of each run, ``bar`` hears of the means."""
        of = {id(run): list(own) for run, own in zip(self.runs, listeners, strict=True)}
        started: dict[int, list[Callback]] = {id(run): [] for run in self.runs}
        alive = list(self.runs)
        for run in alive:
            run.history.stopped = None

        def end(run: TrainingRun, why: Any) -> None:
            alive.remove(run)
            self._leave(run)
            run.history.stopped = run.history.stopped or why
            for listener in started[id(run)]:
                listener.on_end(run.history)

        why = "finished"
        view: Any = self  # as a bar sees a run
        try:
            with catch_interrupt(self), one_blas_thread(), np.errstate(all="ignore"):
                for one in bar:
                    one.on_start(view)
                for run in alive:
                    for listener in of[id(run)]:
                        listener.on_start(run)
                        started[id(run)].append(listener)
                for epoch in range(self.epochs):
                    records = self._one_epoch(epoch, alive, end)
                    if records is None or not alive:
                        break
                    for run, record in records:
                        run.epoch = epoch + 1
                        run.history.append(record)
                        if any([one.on_epoch(run.history.last, run) for one in of[id(run)]]):
                            end(run, "early stopping")
                    self._tell(bar, epoch, [record for _, record in records])
                    if 0 < len(alive) <= len(self.members) // 2:
                        self._join(list(alive))
                    if not alive:
                        break
        except KeyboardInterrupt:  # outside of the main thread, or a second Ctrl-C
            why = "interrupted"
        except BaseException:  # a callback's own error: it goes on to the caller, after all listeners have heard
            why = "interrupted"
            raise
        finally:
            why = "interrupted" if self.stop else why
            for run in list(alive):
                end(run, why)
            self.history.stopped = why  # type: ignore[assignment]
            for one in bar:
                one.on_end(self.history)

    def _tell(self, bar: Sequence[Callback], epoch: int, records: list[Record]) -> None:
        """Let the bar hear of the means of the networks that are in training."""
        if not bar:
            return
        self.epoch = epoch + 1
        mean = {k: float(np.mean([record[k] for record in records])) for k in records[0]} | {"epoch": epoch + 1}
        self.history.append(mean)
        view: Any = self
        for one in bar:
            one.on_epoch(self.history.last, view)

    def _one_epoch(self, epoch: int, alive: list[TrainingRun], end: Any) -> list[tuple[TrainingRun, Record]] | None:
        """Train for one epoch; None if it was cut short."""
        begin, first = time.perf_counter(), self.members[0]
        totals = np.zeros(len(self.members))
        sums = [np.zeros(len(self.members)) for _ in first.metrics]
        start = epoch * self.steps_per_epoch
        for k in range(start, start + self.steps_per_epoch):
            if self.stop:
                return None
            if k % _SAFE_EVERY == 0 or not self._safe[1]:
                self._safe = (k, [a.copy() for a in self._live()])
            step = self._step(k)
            values = step.loss.astype(np.float64)
            if not np.isfinite(values).all():
                lost = [i for i, run in enumerate(self.members) if run in alive and not np.isfinite(values[i])]
                if lost:
                    self._diverged(k, lost, values, end)
                    if not alive:
                        return None
            totals += values * step.rows
            for total, metric in zip(sums, first.metrics, strict=True):
                total += step.rows * measured(metric, first.objective.loss, step.targets, step.outputs, own=step.own)
        found: list[Record] = [{"epoch": epoch + 1, "loss": float(total) / first.n} for total in totals]
        for metric, total in zip(first.metrics, sums, strict=True):
            for record, value in zip(found, total, strict=True):
                record[metric_name(metric)] = float(value) / first.n
        if self._evaluate is not None:
            for record, more in zip(found, self._evaluate(first.metrics), strict=True):
                record |= more
        seconds = (time.perf_counter() - begin) / len(alive)
        last = start + self.steps_per_epoch - 1
        for run, record in zip(self.members, found, strict=True):
            record |= {"lr": float(run.rates[last]), "seconds": seconds}
        return [(run, record) for run, record in zip(self.members, found, strict=True) if run in alive]

    def _step(self, k: int) -> StackedStep:
        """Do step number ``k`` (from 0) of all networks."""
        first = self.members[0]
        epoch, position = divmod(k, self.steps_per_epoch)
        begin = position * first.batch_size
        rows = min(first.batch_size, first.n - begin)
        step = self._steps.get(rows)
        if step is None:
            step = self._steps[rows] = StackedStep(self, rows)
        if rows < first.n:
            step.load(self._order(epoch)[..., begin : begin + rows])
        self.count[:] = [run.before + k for run in self.members]
        self.t[:], self.lr[:] = self.count + 1, self.rates[:, k]
        step.run()
        return step

    def _order(self, epoch: int) -> Array:
        """The order of the rows in an epoch, (k, n); (n,) if it is that of the data."""
        if not self.members[0].shuffle:
            return self._orders[1]
        if self._orders[0] != epoch:
            by_seed = {run.seed: run for run in self.members}  # networks of one seed see their rows in one order
            drawn = {seed: run._permutation(epoch) for seed, run in by_seed.items()}
            self._orders = (epoch, np.stack([drawn[run.seed] for run in self.members]))
        return self._orders[1]

    def _diverged(self, k: int, lost: list[int], values: Array, end: Any) -> None:
        """Compute the last finite weights of the lost networks again; the others end up where they were."""
        start, kept = self._safe
        for target, array in zip(self._live(), kept, strict=True):
            np.copyto(target, array)
        good = {i: [a[i].copy() for a in kept] for i in lost}
        finite = set(lost)
        for j in range(start, k):
            self._step(j)
            finite = {i for i in finite if np.isfinite(self.theta[i]).all()}
            good |= {i: [a[i].copy() for a in self._live()] for i in finite}
        self._step(k)
        for i in lost:
            run = self.members[i]
            for target, array in zip(self._live(), good[i], strict=True):
                np.copyto(target[i], array)
            run.note_divergence(k, float(values[i]), stacklevel=7)
            end(run, "diverged")


def _give(run: TrainingRun, theta: Array, slots: dict[str, Array], states: list[Array]) -> None:
    """Let a run and its network have these arrays."""
    network = run.network
    run.theta, run.optimizer_state = theta, slots
    network.params = tree.rebuild(network.params, views_of(theta, [a.shape for _, a in tree.leaves(network.params)]))
    network.state = tree.rebuild(network.state, states)
