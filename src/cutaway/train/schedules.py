"""Schedules: how the learning rate changes during training.

A schedule answers one question, ``rates(steps_per_epoch, epochs)``: the learning rate of every optimizer step as one
array. It can be printed, plotted and compared before a network is trained; training only reads from it.

>>> Cosine(0.1).rates(steps_per_epoch=1, epochs=4).round(3)
array([0.1  , 0.085, 0.05 , 0.015])
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import UsageError
from cutaway.train.settings import NOT_NEGATIVE, Count, Fraction, MaybeCount, MaybePositive, NotNegative, Settings

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Schedule(Settings, ABC):
    """The learning rate of every step. Subclass it, as a frozen dataclass, and give `rates`."""

    @abstractmethod
    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Return the learning rate of each optimizer step.

        Parameters
        ----------
        steps_per_epoch : int
            Optimizer steps in an epoch: 1 for full-batch training.
        epochs : int
            Epochs of the whole training.

        Returns
        -------
        ndarray of float64, shape (steps_per_epoch * epochs,)
        """


Rate: TypeAlias = Annotated[float | Schedule, NOT_NEGATIVE]


def schedule(lr: float | Schedule) -> Schedule:
    """Return the schedule itself, or the constant one of a plain learning rate."""
    return lr if isinstance(lr, Schedule) else Constant(lr)


@dataclass(frozen=True, repr=False)
class Constant(Schedule):
    """The same learning rate throughout; a plain number given as ``lr`` means this."""

    lr: NotNegative

    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Return the same number for each step."""
        return np.full(steps_per_epoch * epochs, self.lr)


@dataclass(frozen=True, repr=False)
class Step(Schedule):
    """Multiply the rate by ``factor`` after every ``every`` epochs: ``lr * factor ** (epoch // every)``.

    The numbers are those of ``torch.optim.lr_scheduler.StepLR``, stepped once an epoch.
    """

    lr: NotNegative
    every: Count
    factor: NotNegative = 0.1

    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Keep a rate for each epoch."""
        return np.repeat(self.lr * self.factor ** (np.arange(epochs) // self.every), steps_per_epoch)


@dataclass(frozen=True, repr=False)
class Exponential(Schedule):
    """Multiply the rate by ``factor`` after each epoch: ``lr * factor ** epoch`` (torch: ``ExponentialLR``)."""

    lr: NotNegative
    factor: NotNegative

    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Keep a rate for each epoch."""
        return np.repeat(self.lr * self.factor ** np.arange(epochs), steps_per_epoch)


@dataclass(frozen=True, repr=False)
class Cosine(Schedule):
    """Fall from ``lr`` towards ``floor`` along half a cosine over the whole training, epoch by epoch.

    Loshchilov and Hutter, *SGDR* (2017), equation 5, without restarts (torch: ``CosineAnnealingLR``).
    """

    lr: NotNegative
    _: KW_ONLY
    floor: NotNegative = 0.0

    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Keep a rate for each epoch; the floor would be reached in the epoch after the last."""
        return np.repeat(_half_cosine(self.lr, self.floor, np.arange(epochs) / max(epochs, 1)), steps_per_epoch)


@dataclass(frozen=True, repr=False)
class OneCycle(Schedule):
    """Rise from a small rate to ``peak``, then fall to a far smaller one, step by step along half cosines.

    Smith and Topin, *Super-convergence* (2018); the numbers are those of torch's ``OneCycleLR`` with
    ``anneal_strategy="cos"`` and ``cycle_momentum=False``.

    Parameters
    ----------
    peak : float
        The highest learning rate.
    rise : float
        The part of all steps that rises.
    start, end : float
        The first and the last rate, as fractions of ``peak``.
    """

    peak: NotNegative
    _: KW_ONLY
    rise: Fraction = 0.3
    start: NotNegative = 1 / 25
    end: NotNegative = 1 / 25 / 1e4

    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Give each step its own rate."""
        total = steps_per_epoch * epochs
        k = np.arange(total)
        top = self.rise * total - 1  # where the peak is; between two steps as a rule, as in torch
        up = _half_cosine(self.start * self.peak, self.peak, k / (top or 1))
        down = _half_cosine(self.peak, self.end * self.peak, (k - top) / max(total - 1 - top, 1e-300))
        return np.where(k < top, up, down)


@dataclass(frozen=True, repr=False)
class WarmUp(Schedule):
    """Rise in equal steps from near zero to another schedule: step k = 1, 2, ..., n has ``k / n`` of its rate.

    Parameters
    ----------
    lr : float or Schedule
        What is reached, and then followed.
    epochs, steps : float or int
        How long the rise takes: give one of them. A part of an epoch is allowed.

    Examples
    --------
    >>> WarmUp(0.1, steps=4).rates(steps_per_epoch=3, epochs=2)
    array([0.025, 0.05 , 0.075, 0.1  , 0.1  , 0.1  ])
    """

    lr: Rate
    _: KW_ONLY
    epochs: MaybePositive = None
    steps: MaybeCount = None

    def __post_init__(self) -> None:
        """Check that there is one length."""
        super().__post_init__()
        if (self.epochs is None) == (self.steps is None):
            raise UsageError(
                "WarmUp needs its length, in epochs or in steps",
                received=f"epochs={self.epochs}, steps={self.steps}",
                instead="Write WarmUp(0.1, epochs=5) or WarmUp(0.1, steps=100)",
            )

    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Return the rates of ``lr``, the first ones scaled down."""
        rates = schedule(self.lr).rates(steps_per_epoch, epochs)
        n = self.steps or max(round((self.epochs or 0) * steps_per_epoch), 1)
        return rates * np.minimum(np.arange(1, rates.size + 1) / n, 1.0)


def _half_cosine(first: float, last: float, part: NDArray[np.floating[Any]]) -> FloatArray:
    """Go from ``first`` (part 0) to ``last`` (part 1) along half a cosine."""
    curve: FloatArray = last + (first - last) * (1 + np.cos(np.pi * part)) / 2
    return curve
