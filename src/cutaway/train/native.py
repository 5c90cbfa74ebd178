"""Training steps in machine code: many at a time, sharing with their run nothing but its arrays."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.native.program import Program
from cutaway.engines.native.team import cores
from cutaway.graph import Graph, Var
from cutaway.nn.metrics import Metric, metric_name
from cutaway.tracing import Traced
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder
from cutaway.train.recorded_metrics import Sums, sums_of
from cutaway.train.step import Objective, evaluation, training_step

if TYPE_CHECKING:
    from cutaway.train.loop import TrainingRun

Array = NDArray[Any]


class _Places(NamedTuple):
    """Numbers of inputs of the step's graph."""

    batch: int
    key: int
    theta: int
    state: int


class NativeStep:
    """The training step for batches of a certain number of rows.

    Parameters
    ----------
    run : TrainingRun
    rows : int

    Raises
    ------
    Unsupported
        If there is no machine code for it; the message says why.
    """

    def __init__(self, run: TrainingRun, rows: int) -> None:
        self.rows, self._run = rows, run
        params, state = run.network.params, run.network.state
        whole = rows == run.n
        batch = list(run.data) if whole else [np.array(a[:rows]) for a in run.data]
        step = training_step(run.objective, run.optimizer, params, state, batch, run.theta, run.optimizer_state)
        n_params, n_state = (sum(1 for _ in tree.leaves(part)) for part in (params, state))
        first_batch = n_params + n_state
        key = first_batch + len(batch)
        theta = key + 2
        rate = theta + 1 + len(run.optimizer_state)
        graph, self._sums = _with_metrics(step.graph, run, first_batch + 1)
        self.complete = self._sums is not None  # whether all metrics are noted by the step itself
        n_sums = sum(len(s.recorded) for s in self._sums or ())
        first = len(graph.outputs) - n_sums
        leaves = [a for _, a in tree.leaves(params)]
        start = run.theta.ctypes.data
        self.program = Program(
            graph,
            {first_batch + i: 0 for i in range(len(batch))},
            rows,
            updates=step.updates,
            results=() if self.complete else (1,),
            records=[0, *range(first, first + n_sums)],
            counters={"count": key + 1, "lr": rate, "t": rate + 1},
            gather=not whole,
            aliases={i: (theta, (a.ctypes.data - start) // a.itemsize) for i, a in enumerate(leaves)},
            threads=cores(),
            **_of_fixed(graph, run.objective, first_batch),
        )
        self._places = _Places(first_batch, key, theta, n_params)
        self._take_up(run)

    def twin(self, run: TrainingRun) -> NativeStep:
        """The same step for another run, of which only numbers differ."""
        other = copy.copy(self)
        other._run, other.program = run, self.program.twin()
        other._take_up(run)
        return other

    def _take_up(self, run: TrainingRun) -> None:
        """Give the program the data of a run, and note which arrays are copied to and fro."""
        p = self._places
        self.program.put(p.key, run.key)
        for i, array in enumerate(run.data):
            if self.rows == run.n:
                self.program.put(p.batch + i, array)
            else:
                self.program.source(p.batch + i, array)
        states = [a for _, a in tree.leaves(run.network.state)]
        live = [(p.theta, run.theta), *((p.state + i, a) for i, a in enumerate(states))]
        live += [(p.theta + 1 + i, a) for i, a in enumerate(run.optimizer_state.values())]
        self._live = self.program.shared(live)

    def fetch(self) -> None:
        """Take the state of the run: weights, the state of the optimizer, that of the layers."""
        for inside, outside in self._live:
            np.copyto(inside, outside)

    def give_back(self) -> None:
        """Give the run its state."""
        for inside, outside in self._live:
            np.copyto(outside, inside)

    def do(self, first: int, count: int, order: Array | None) -> tuple[Array, Array]:
        """Do steps ``first`` to ``first + count``, or up to the first whose loss is not finite, from the state fetched.

        Returns
        -------
        losses : array of float64, shape (steps done,)
        metrics : array of float64, shape (steps done, number of metrics)
        """
        run = self._run
        rates = np.ascontiguousarray(run.rates[first : first + count], np.float64)
        noted = self.program.run(run.before + first, count, rates=rates, order=order)
        if self._sums is None:
            return noted[:, 0], np.empty((len(noted), 0))
        values, place = [], 1
        targets = run.data[1][None, : self.rows]
        if order is not None and any(sums.reads_targets for sums in self._sums):
            targets = run.data[1][order[: len(noted) * self.rows]].reshape(len(noted), self.rows, -1)
        for sums in self._sums:
            size = len(sums.recorded)
            values.append(sums.finish(noted[:, place : place + size], targets))
            place += size
        return noted[:, 0], np.stack(values, axis=1) if values else np.empty((len(noted), 0))

    def outputs(self) -> Array:
        """The outputs of the last step, where a metric needs them."""
        return self.program.output(1)


class NativeEvaluation:
    """Loss and metrics on the validation rows.

    Raises
    ------
    Unsupported
        If there is no machine code for it.
    """

    def __init__(self, run: TrainingRun, data: list[Array], objective: Objective) -> None:
        self._run, self._data, self._n = run, data, len(data[0])
        params, state = run.network.params, run.network.state
        graph = evaluation(objective, params, state, data)
        own = [a for part in (params, state) for _, a in tree.leaves(part)]
        first = len(own)
        graph, self._sums = _with_metrics(graph, run, first + 1)
        n_sums = sum(len(s.recorded) for s in self._sums or ())
        self._program = Program(
            graph,
            {first + i: 0 for i in range(len(data))},
            self._n,
            results=() if self._sums is not None else (1,),
            records=[0, *range(2, 2 + n_sums)],
            threads=cores(),
            **_of_fixed(graph, objective, first),
        )
        for i, array in enumerate(data):
            self._program.put(first + i, array)
        self._live = self._program.shared(enumerate(own))

    def __call__(self, metrics: list[Metric]) -> dict[str, float]:
        """Measure the weights as they are."""
        for inside, outside in self._live:
            np.copyto(inside, outside)
        noted = self._program.run()
        found = {"val_loss": float(noted[0, 0])}
        if self._sums is None:
            verdicts = self._run.verdicts(self._data[1], self._program.output(1))
            return found | {f"val_{metric_name(m)}": m(*verdicts) for m in metrics}
        place = 1
        for metric, sums in zip(metrics, self._sums, strict=True):
            size = len(sums.recorded)
            value = sums.finish(noted[:, place : place + size], self._data[1][None])
            found[f"val_{metric_name(metric)}"] = float(value[0])
            place += size
        return found


def _of_fixed(graph: Graph, objective: Objective, batch: int) -> dict[str, Any]:
    """Settings of a program through which the same rows go at every step, and its batch is the places that count."""
    if objective.fixed is None:
        return {}
    n = objective.fixed.shape[0]
    dense = [v for v in graph._constant_vars if not hasattr(v.value, "tocsr")]
    return {"constant_rows": {v: v.shape.index(n) for v in dense if n in v.shape}, "places": {batch}}


def _with_metrics(graph: Graph, run: TrainingRun, targets: int) -> tuple[Graph, list[Sums] | None]:
    """A graph with the sums of all metrics at the end; as it was if one of them has no such form."""
    outputs = graph.outputs[1]
    if not run.metrics:
        return graph, []
    if not isinstance(outputs, Var):
        return graph, None
    recorder = Recorder.reopen(graph)
    t, y = Traced(recorder, graph.inputs[targets]), Traced(recorder, outputs)
    found = []
    for metric in run.metrics:
        with np.errstate(all="ignore"):
            sums = sums_of(metric, run.objective.loss, t, y)
        if sums is None:
            return graph, None
        found.append(sums)
    atoms = (*graph.outputs, *(as_atom(recorder, x) for sums in found for x in sums.recorded))
    return recorder.graph(atoms, graph.name), found
