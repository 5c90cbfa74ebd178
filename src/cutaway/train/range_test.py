"""Which learning rate? Train a copy of the network with a rate that rises at every step, and watch the loss.

A rate that is far too small changes nothing, one that is far too large makes the loss explode; what lies between shows
within some hundred steps. The network itself is left as it is.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.engines.threads import one_blas_thread
from cutaway.errors import UsageError
from cutaway.nn.validate import real, whole
from cutaway.train.fit import prepared
from cutaway.train.history import Record
from cutaway.train.optimizers import Optimizer

if TYPE_CHECKING:
    from cutaway.nn.network import Network

Floats = NDArray[np.float64]
_MEMORY = 0.9  # of the running mean of the loss
_EXPLODED = 4  # times the smallest mean so far: nothing is learned from going on
_FELL = 0.95  # of the first mean: a loss that does not get below it has not fallen
_CAUTION = 10  # the rate with the smallest loss is on the brink; a tenth of it is not


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What a learning-rate range test saw.

    Parameters
    ----------
    rates, losses : ndarray, shape (steps,)
        The rate of each step, and the loss before it.
    means : ndarray, shape (steps,)
        The running mean of the losses, the last ones weighing most.
    diverged : bool
        Whether it ended early, because the loss exploded.
    """

    rates: Floats
    losses: Floats
    means: Floats
    diverged: bool

    @property
    def suggested(self) -> float | None:
        """A tenth of the rate at which the mean loss was smallest; None if the loss did not fall."""
        if not len(self.means) or self.means.min() > _FELL * self.means[0]:
            return None
        return float(self.rates[self.means.argmin()] / _CAUTION)

    @property
    def records(self) -> list[Record]:
        """One record for each step: ``step`` (from 1), ``lr``, ``loss``, ``mean``."""
        columns = (self.rates.tolist(), self.losses.tolist(), self.means.tolist())
        return [
            {"step": k, "lr": lr, "loss": loss, "mean": mean}
            for k, (lr, loss, mean) in enumerate(zip(*columns, strict=True), 1)
        ]

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.rates)

    def __iter__(self) -> Iterator[Record]:
        """Go through the records."""
        return iter(self.records)


def lr_range(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    lowest: float = 1e-5,
    highest: float = 10.0,
    steps: int = 200,
    loss: Any = None,
    optimizer: str | Optimizer = "adam",
    batch_size: int | None = 32,
    rows: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    class_weight: Any = None,
    seed: int | None = None,
) -> RangeTest:
    """Train a copy of a network with a rising learning rate, and return the loss at each rate.

    Parameters
    ----------
    network : Network
        It is left as it is, built or not.
    X, y, loss, optimizer, batch_size, rows, sample_weight, class_weight, seed
        As for :meth:`cutaway.nn.Network.fit`; the optimizer's own rate is not used.
    lowest, highest : float
        The first and the last rate; from one step to the next it grows by the same factor.
    steps : int
        How many. The test ends earlier when the loss explodes.

    Returns
    -------
    RangeTest
        Its ``suggested`` is a rate to start from; ``cutaway.plots.lr_range`` draws it.

    Notes
    -----
    Smith, *Cyclical learning rates for training neural networks* (2017), section 3.3. The suggestion is a rule of
    thumb: a rate that suits the first steps of a short run.

    Examples
    --------
    >>> import cutaway as ca
    >>> data = ca.data.load("moons")
    >>> net = ca.Network([ca.Dense(16, "tanh"), ca.Dense(1, "sigmoid")])
    >>> found = ca.train.lr_range(net, data.X, data.y)
    >>> 0.001 < found.suggested < 0.2
    True
    """
    lowest = real(lowest, "lowest", "(0, inf)")
    highest = real(highest, "highest", "(0, inf)")
    if lowest >= highest:
        raise UsageError("The rate must rise", received=f"lowest={lowest:g}, highest={highest:g}")
    steps = whole(steps, "steps", least=2)
    run = prepared(
        twin(network),
        X,
        y,
        loss=loss,
        optimizer=optimizer,
        lr=None,
        epochs=1,
        batch_size=batch_size,
        shuffle=True,
        rows=rows,
        validation=None,
        sample_weight=sample_weight,
        class_weight=class_weight,
        metrics=(),
        seed=seed,
        engine="numpy",
    )
    run.rates = np.geomspace(lowest, highest, steps)
    losses: list[float] = []
    means: list[float] = []
    total = weight = 0.0
    diverged = False
    with one_blas_thread(), np.errstate(all="ignore"):
        for k in range(steps):
            value = float(run._step(k).loss)
            total, weight = _MEMORY * total + value, _MEMORY * weight + 1
            mean = total / weight
            diverged = not math.isfinite(value) or (k > 0 and mean > _EXPLODED * max(min(means), 1e-12))
            if not math.isfinite(value):
                break
            losses.append(value)
            means.append(mean)
            if diverged:
                break
    return RangeTest(run.rates[: len(losses)], np.array(losses), np.array(means), diverged)


def twin(network: Network) -> Network:
    """Return a copy of a network with weights of its own."""
    other = copy.copy(network)
    other.params = [{k: v.copy() for k, v in layer.items()} for layer in network.params]
    other.state = [{k: v.copy() for k, v in layer.items()} for layer in network.state]
    return other
