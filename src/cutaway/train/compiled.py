"""The training step and the evaluation, compiled for batches of a certain size and bound to a run's arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.numpy_plan import Plan
from cutaway.nn.metrics import Metric, metric_name
from cutaway.train.step import Objective, evaluation, training_step

if TYPE_CHECKING:
    from cutaway.train.loop import TrainingRun

Array = NDArray[Any]
_LARGE, _PART = 2**22, 2**19  # numbers: more are not evaluated at once, but in parts of so many


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
        found: list[tuple[Array, Callable[[int], Any]]] = [
            (run.count, lambda k: run.before + k),
            (run.t, lambda k: run.before + k + 1),
        ]
        if len(set(rates)) > 1:
            found.append((run.lr, rates.__getitem__))
        return [(array, value) for array, value in found if id(array) in read]

    def load(self, rows: Array) -> None:
        """Put these rows into the batch."""
        for source, target in zip(self._data, self.batch, strict=True):
            np.take(source, rows, axis=0, out=target, mode="clip")


class Evaluation:
    """Loss and metrics on the validation rows; of large data, such as images, a part after the other."""

    def __init__(self, run: TrainingRun, data: list[Array], objective: Objective) -> None:
        self._verdicts, self._data, self.targets = run.verdicts, data, data[1]
        n, size = len(data[0]), data[0].size
        self._rows = n if size <= _LARGE else max(1, n * _PART // size)
        params, state = run.network.params, run.network.state
        self._plans: dict[int, tuple[Plan, list[Array]]] = {}
        for rows in {self._rows, n % self._rows} - {0}:
            batch = data if rows == n else [np.array(a[:rows]) for a in data]
            arrays = [a for part in (params, state, batch) for _, a in tree.leaves(part)]
            self._plans[rows] = Plan(evaluation(objective, params, state, batch), arrays), batch

    def __call__(self, metrics: list[Metric]) -> dict[str, float]:
        n, values, shares, outputs = len(self.targets), [], [], []
        for start in range(0, n, self._rows):
            plan, batch = self._plans[min(self._rows, n - start)]
            for part, whole in zip(batch, self._data, strict=True):
                if part is not whole:
                    np.copyto(part, whole[start : start + len(part)])
            plan.run()
            values.append(float(plan.outputs[0]))
            shares.append(len(batch[0]))  # weights have a mean of 1 over all rows, not over those of a part
            outputs.append(plan.outputs[1].copy())
        found = {"val_loss": sum(v * (s / sum(shares)) for v, s in zip(values, shares, strict=True))}
        for metric in metrics:
            found[f"val_{metric_name(metric)}"] = metric(*self._verdicts(self.targets, np.concatenate(outputs)))
        return found
