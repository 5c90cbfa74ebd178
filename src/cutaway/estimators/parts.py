"""Training in parts: where an optimizer is between two calls of ``partial_fit``, and compiled steps to use again.

A part is trained on by a run of its own. As the parts of a loop are alike but for their numbers, the run of an earlier
one takes those of the new one in, and its compiled step, which is bound to its arrays, serves again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.train.callbacks import Callback
from cutaway.train.loop import TrainingRun
from cutaway.train.optimizers import Optimizer
from cutaway.train.steppers import NumpyStepper

Array = NDArray[Any]
_SMALL = 2**20  # numbers: a run of more takes so long that compiling is little beside it, and would be a lot to keep
_MOST = 4  # runs that are kept: the parts of a loop are of one size, and at its end of another


@dataclass
class Progress:
    """Where the training is after some parts. Copies and pickles have all of it but the compiled runs."""

    calls: int = 0
    steps: int = 0
    state: Mapping[str, Array] = field(default_factory=dict)
    runs: list[TrainingRun] = field(default_factory=list, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Without the runs."""
        return vars(self) | {"runs": []}

    def go(self, run: TrainingRun, listeners: list[Callback]) -> None:
        """Do a run from here on: it begins anew if the weights or the optimizer are others than before."""
        shapes = {name: array.shape for name, array in run.optimizer_state.items()}
        if self.calls and shapes == {name: array.shape for name, array in self.state.items()}:
            for name, array in run.optimizer_state.items():
                np.copyto(array, self.state[name])
            run.before = self.steps
        used = next((kept for kept in self.runs if _alike(kept, run)), None)
        if used is None:
            used = run
            used.data = [array.copy(order="K") for array in run.data]  # those of the user are not ours to write to
        else:
            _renew(used, run)
        used.go(listeners)
        if used is not run:
            for target, array in zip(_results(run), _results(used), strict=True):
                np.copyto(target, array)
            run.epoch, run.history = used.epoch, used.history
        self.calls, self.steps = self.calls + 1, run.before + run.epoch * run.steps_per_epoch
        self.state = {name: array.copy() for name, array in run.optimizer_state.items()}
        others = [kept for kept in self.runs if kept is not used]
        self.runs = [used, *others][:_MOST] if _can_serve_again(used) else others


def _results(run: TrainingRun) -> list[Array]:
    """What a run changes: weights, the state of the optimizer, that of the layers."""
    return [run.theta, *run.optimizer_state.values(), *(a for s in run.network.state for a in s.values())]


def _can_serve_again(run: TrainingRun) -> bool:
    """Whether its step reads all numbers from arrays: machine code has its own copy, sparse rows are constants."""
    numbers = run.theta.size + sum(array.size for array in run.data)
    return isinstance(run._stepper, NumpyStepper) and run.objective.fixed is None and numbers <= _SMALL


def _alike(kept: TrainingRun, run: TrainingRun) -> bool:
    """Whether the two differ in nothing but numbers; the learning rate is one."""
    return (
        kept.network.layers is run.network.layers
        and kept.batch_size == run.batch_size
        and [(a.shape, a.dtype) for a in kept.data] == [(a.shape, a.dtype) for a in run.data]
        and kept.loss == run.loss
        and kept._engine == run._engine
        and _but_rate(kept.optimizer) == _but_rate(run.optimizer)
        and run.objective.fixed is None
    )


def _but_rate(rule: Optimizer) -> tuple[type, dict[str, Any]]:
    return type(rule), vars(rule) | {"lr": None}


def _renew(kept: TrainingRun, run: TrainingRun) -> None:
    """Take in all numbers of a run that was just made."""
    for target, array in zip(_results(kept), _results(run), strict=True):
        np.copyto(target, array)
    for target, array in zip([*kept.data, kept.lr, kept.key], [*run.data, run.lr, run.key], strict=True):
        np.copyto(target, array)
    kept.optimizer, kept.rates, kept.shuffle, kept.seed = run.optimizer, run.rates, run.shuffle, run.seed
    kept.before, kept.epoch, kept.history = run.before, run.epoch, run.history
    kept._order, kept._safe, kept._interrupted = run._order, run._safe, run._interrupted
