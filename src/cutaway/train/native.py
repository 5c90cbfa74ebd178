"""Training steps in machine code: many at a time, sharing with their run nothing but its arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.engines.native.nodes import Unsupported
from cutaway.engines.native.program import Program
from cutaway.engines.native.team import cores
from cutaway.graph import Var
from cutaway.tracing import Traced
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder
from cutaway.train.recorded_metrics import Sums, sums_of
from cutaway.train.step import StepGraph, training_step

if TYPE_CHECKING:
    from cutaway.train.loop import TrainingRun

Array = NDArray[Any]


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
        if run.objective.fixed is not None:
            raise Unsupported("all rows go through the network at every step")
        n_params, n_state = (sum(1 for _ in tree.leaves(part)) for part in (params, state))
        first_batch = n_params + n_state
        key = first_batch + len(batch)
        theta = key + 2
        rate = theta + 1 + len(run.optimizer_state)
        step, self._sums = _with_metrics(step, run, first_batch + 1)
        self.complete = self._sums is not None  # whether all metrics are noted by the step itself
        n_sums = sum(len(s.recorded) for s in self._sums or ())
        first = len(step.graph.outputs) - n_sums
        leaves = [a for _, a in tree.leaves(params)]
        start = run.theta.ctypes.data
        self.program = Program(
            step.graph,
            {first_batch + i: 0 for i in range(len(batch))},
            rows,
            updates=step.updates,
            results=() if self.complete else (1,),
            records=[0, *range(first, first + n_sums)],
            counters={"count": key + 1, "lr": rate, "t": rate + 1},
            gather=not whole,
            aliases={i: (theta, (a.ctypes.data - start) // a.itemsize) for i, a in enumerate(leaves)},
            threads=cores(),
        )
        self.program.put(key, run.key)
        for i, array in enumerate(run.data):
            if whole:
                self.program.put(first_batch + i, array)
            else:
                self.program.source(first_batch + i, array)
        states = [a for _, a in tree.leaves(state)]
        live = [(theta, run.theta), *((n_params + i, a) for i, a in enumerate(states))]
        live += [(theta + 1 + i, a) for i, a in enumerate(run.optimizer_state.values())]
        self._live = self.program.shared(live)

    def do(self, first: int, count: int, order: Array | None) -> tuple[Array, Array]:
        """Do steps ``first`` to ``first + count``, or up to the first whose loss is not finite.

        Returns
        -------
        losses : array of float64, shape (steps done,)
        metrics : array of float64, shape (steps done, number of metrics)
        """
        run = self._run
        for inside, outside in self._live:
            np.copyto(inside, outside)
        rates = np.ascontiguousarray(run.rates[first : first + count], np.float64)
        noted = self.program.run(run.before + first, count, rates=rates, order=order)
        for inside, outside in self._live:
            np.copyto(outside, inside)
        if self._sums is None:
            return noted[:, 0], np.empty((len(noted), 0))
        values, place = [], 1
        for sums in self._sums:
            size = len(sums.recorded)
            values.append(sums.finish(noted[:, place : place + size], self.rows))
            place += size
        return noted[:, 0], np.stack(values, axis=1) if values else np.empty((len(noted), 0))

    def outputs(self) -> Array:
        """The outputs of the last step, where a metric needs them."""
        return self.program.output(1)


def _with_metrics(step: StepGraph, run: TrainingRun, targets: int) -> tuple[StepGraph, list[Sums] | None]:
    """The step with the sums of all metrics; unchanged if one of them has no such form."""
    outputs = step.graph.outputs[1]
    if not run.metrics:
        return step, []
    if not isinstance(outputs, Var):
        return step, None
    recorder = Recorder.reopen(step.graph)
    t, y = Traced(recorder, step.graph.inputs[targets]), Traced(recorder, outputs)
    found = []
    for metric in run.metrics:
        with np.errstate(all="ignore"):
            sums = sums_of(metric, run.objective.loss, t, y, run.data[1])
        if sums is None:
            return step, None
        found.append(sums)
    atoms = (*step.graph.outputs, *(as_atom(recorder, x) for sums in found for x in sums.recorded))
    return StepGraph(recorder.graph(atoms, step.graph.name), step.updates), found
