"""How a network was trained, as a record: what somebody needs to train it in the same way elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutaway.train.optimizers import Optimizer

if TYPE_CHECKING:
    from cutaway.nn.losses import Loss
    from cutaway.train.loop import TrainingRun


@dataclass(frozen=True)
class Training:
    """The settings of a training run.

    Parameters
    ----------
    loss : Loss
    optimizer : Optimizer
        With its learning rate or schedule.
    epochs, batch_size, n_samples : int
        ``batch_size`` is the number of rows of an update, at most ``n_samples``.
    shuffle, weighted : bool
        Whether batches were drawn anew in each epoch, and whether rows had weights.
    seed : int
    """

    loss: Loss
    optimizer: Optimizer
    epochs: int
    batch_size: int
    n_samples: int
    shuffle: bool = True
    weighted: bool = False
    seed: int = 0

    @classmethod
    def of(cls, run: TrainingRun) -> Training:
        """The settings of a run."""
        weighted = len(run.data) > 2
        return cls(run.loss, run.optimizer, run.epochs, run.batch_size, run.n, run.shuffle, weighted, run.seed)
