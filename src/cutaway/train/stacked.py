"""The training step and the evaluation of a stack, by the reference engine: one plan for all networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway.engines.numpy_plan import Plan
from cutaway.interpreters.stack import stacked
from cutaway.nn.losses import Loss
from cutaway.nn.metrics import Metric, accuracy, metric_name, r2
from cutaway.train.loop import TrainingRun

if TYPE_CHECKING:
    from cutaway.train.stack import Stack

Array = NDArray[Any]
_PART = 2**22  # numbers that are evaluated at once


class StackedStep:
    """The training step of all networks, for batches of a certain number of rows, by the reference engine."""

    def __init__(self, stack: Stack, rows: int) -> None:
        step, k = stack.step_graph(rows), len(stack.members)
        self.rows, self.own, self._data, self._own_data = rows, stack.own_rows(rows), stack.data, stack.own_data
        if rows == stack.members[0].n:
            self.batch = stack.data
        else:
            lead = (k, rows) if self.own else (rows,)
            self.batch = [np.empty((*lead, *a.shape[1 + stack.own_data :]), a.dtype) for a in stack.data]
        arrays = [*stack.params(), *stack.states, *self.batch]
        arrays += [stack.keys, stack.count, stack.theta, *stack.slots.values(), stack.lr, stack.t]
        self.plan = Plan(stacked(step.graph, stack.differing(rows), k), arrays, step.updates)
        self.run = self.plan.run
        self.loss, self.outputs = self.plan.outputs[:2]
        self.targets = self.batch[1]

    def load(self, rows: Array) -> None:
        """Put rows into the batch: of each network its own, (k, rows), or the same for all, (rows,)."""
        for data, batch in zip(self._data, self.batch, strict=True):
            if self._own_data:
                k, n = data.shape[:2]
                rows_of_all, data = rows + n * np.arange(k)[:, None], data.reshape(k * n, *data.shape[2:])
            else:
                rows_of_all = rows
            np.take(data, rows_of_all, axis=0, out=batch, mode="clip")


class StackedEvaluation:
    """Loss and metrics of all networks on the validation rows; of large data a part after the other."""

    def __init__(self, stack: Stack) -> None:
        self._loss, self._k = stack.members[0].objective.loss, len(stack.members)
        self._data, self._own = stack.held, stack.own_held
        self._n = self._data[0].shape[1 if self._own else 0]
        size = self._k * self._n * max(sizes_of_layers(stack.members[0]))
        self._rows = self._n if size <= _PART else max(1, self._n * _PART // size)
        self._plans = {}
        for rows in {self._rows, self._n % self._rows} - {0}:
            batch = self._data if rows == self._n else [np.array(self._part(a, 0, rows)) for a in self._data]
            graph = stacked(stack.evaluation_graph(rows), stack.evaluated(), self._k)
            self._plans[rows] = Plan(graph, [*stack.params(), *stack.states, *batch]), batch

    def _part(self, a: Array, begin: int, rows: int) -> Array:
        part: Array = a[:, begin : begin + rows] if self._own else a[begin : begin + rows]
        return part

    def __call__(self, metrics: list[Metric]) -> list[dict[str, float]]:
        """Return what is measured of each network, by name."""
        losses, outputs = np.zeros(self._k), []
        for begin in range(0, self._n, self._rows):
            rows = min(self._rows, self._n - begin)
            plan, batch = self._plans[rows]
            if rows < self._n:
                for part, whole in zip(batch, self._data, strict=True):
                    np.copyto(part, self._part(whole, begin, rows))
            plan.run()
            losses += plan.outputs[0].astype(np.float64) * (rows / self._n)
            outputs.append(plan.outputs[1] if rows == self._n else plan.outputs[1].copy())
        found = [{"val_loss": float(value)} for value in losses]
        every = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)
        for metric in metrics:
            values = measured(metric, self._loss, self._data[1], every, own=self._own)
            for record, value in zip(found, values, strict=True):
                record[f"val_{metric_name(metric)}"] = float(value)
        return found


def joined(data: Sequence[Sequence[Array]], own: bool) -> list[Array]:
    """The arrays of all runs joined, or those of the first if all runs share them."""
    return [np.stack(parts) for parts in zip(*data, strict=True)] if own else list(data[0])


def sizes_of_layers(run: TrainingRun) -> list[int]:
    """How many numbers a sample is in front of the first layer, and behind each."""
    shape = run.network.input_shape or ()
    sizes = [math.prod(shape)]
    for layer in run.network.layers:
        shape = layer.output_shape(shape)
        sizes.append(math.prod(shape))
    return sizes


# Metrics of all networks at once ----------------------------------------------------------------------------------


def measured(metric: Metric, loss: Loss, targets: Array, outputs: Array, *, own: bool) -> Array:
    """A metric of each network, shape (k,): of outputs (k, rows, ...) for targets (rows, ...), or their own ones."""
    k, rows = outputs.shape[:2]
    fast = _TOGETHER.get(metric)
    if fast is None:
        each = targets if own else [targets] * k
        return np.array([metric(loss.labels(t), loss.predict(y)) for t, y in zip(each, outputs, strict=True)])
    y = loss.predict(outputs.reshape(k * rows, *outputs.shape[2:])).reshape(k, rows, -1)
    t = loss.labels(targets.reshape(k * rows, *targets.shape[2:]) if own else targets)
    return fast(t.reshape(k if own else 1, rows, -1), y)


def _accuracy(t: Array, y: Array) -> Array:
    right: Array = (t == y).all(axis=2).mean(axis=1)
    return right


def _r2(t: Array, y: Array) -> Array:
    left = np.square(y - t).sum(axis=1, dtype=np.float64)
    total = np.square(t - t.mean(axis=1, keepdims=True)).sum(axis=1, dtype=np.float64)
    share = 1 - left / np.where(total > 0, total, 1)
    found: Array = np.where(total > 0, share, np.where(left > 0, 0.0, 1.0)).mean(axis=1)
    return found


_TOGETHER: dict[Metric, Callable[[Array, Array], Array]] = {accuracy: _accuracy, r2: _r2}
