"""The training step and the evaluation, compiled for batches of a certain size and bound to a run's arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.numpy_plan import Plan
from cutaway.nn.metrics import Metric
from cutaway.train.step import evaluation, training_step

if TYPE_CHECKING:
    from cutaway.train.loop import TrainingRun

Array = NDArray[Any]


class CompiledStep:
    """The training step for batches of a certain number of rows."""

    def __init__(self, run: TrainingRun, rows: int) -> None:
        self.rows, self._data = rows, run.data
        self.batch = list(run.data) if rows == run.n else [np.array(a[:rows]) for a in run.data]
        params, state = run.network.params, run.network.state
        step = training_step(run.objective, run.optimizer, params, state, self.batch, run.theta, run.optimizer_state)
        arrays = [a for part in (params, state, self.batch) for _, a in tree.leaves(part)]
        arrays += [run.key, run.count, run.theta, *run.optimizer_state.values(), run.lr, run.t]
        self.plan = Plan(step.graph, arrays, step.updates)
        self.run: Callable[[], None] = self.plan.run
        self.changing = self._changing(run, arrays)
        self.loss, self.outputs = self.plan.outputs[:2]
        self.targets = self.batch[1]

    def _changing(self, run: TrainingRun, arrays: list[Array]) -> list[tuple[Array, Callable[[int], Any]]]:
        """The numbers that this step reads and that change from step to step, each with its value at step ``k``."""
        uses = self.plan.graph.uses()
        read = {id(a) for var, a in zip(self.plan.graph.inputs, arrays, strict=True) if uses.get(var)}
        rates = run.rates.tolist()
        found: list[tuple[Array, Callable[[int], Any]]] = [(run.count, lambda k: k), (run.t, lambda k: k + 1)]
        if len(set(rates)) > 1:
            found.append((run.lr, rates.__getitem__))
        return [(array, value) for array, value in found if id(array) in read]

    def load(self, rows: Array) -> None:
        """Put these rows into the batch."""
        for source, target in zip(self._data, self.batch, strict=True):
            np.take(source, rows, axis=0, out=target, mode="clip")


class Evaluation:
    """Loss and metrics on the validation rows."""

    def __init__(self, run: TrainingRun, data: list[Array]) -> None:
        self._verdicts, self.targets = run.verdicts, data[1]
        graph = evaluation(run.objective, run.network.params, run.network.state, data)
        arrays = [a for part in (run.network.params, run.network.state, data) for _, a in tree.leaves(part)]
        self.plan = Plan(graph, arrays)

    def __call__(self, metrics: list[Metric]) -> dict[str, float]:
        self.plan.run()
        value, outputs = self.plan.outputs
        found = {"val_loss": float(value)}
        for metric in metrics:
            found[f"val_{metric_name(metric)}"] = metric(*self._verdicts(self.targets, outputs))
        return found


def metric_name(metric: Metric) -> str:
    """How a metric is called in records."""
    return getattr(metric, "__name__", "metric")
