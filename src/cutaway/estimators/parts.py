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
        used = next((kept for kept in self.runs if kept.alike(run)), None)
        if used is None:
            used = run
            used.data = [array.copy(order="K") for array in run.data]  # those of the user are not ours to write to
        else:
            used.renew(run)
        used.go(listeners)
        if used is not run:
            for target, array in zip(run.live(), used.live(), strict=True):
                np.copyto(target, array)
            run.epoch, run.history = used.epoch, used.history
        self.calls, self.steps = self.calls + 1, run.before + run.epoch * run.steps_per_epoch
        self.state = {name: array.copy() for name, array in run.optimizer_state.items()}
        others = [kept for kept in self.runs if kept is not used]
        self.runs = [used, *others][:_MOST] if used.renewable and _numbers(used) <= _SMALL else others


def _numbers(run: TrainingRun) -> int:
    return run.theta.size + sum(array.size for array in run.data)
