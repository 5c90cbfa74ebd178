"""What a contestant gives: a loop that trains on for so many epochs, and says what that gave and took."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

# On a machine that does other things as well, processor time says more, as long as there is one thread.
clock = time.process_time if os.environ.get("PEERS_CLOCK") == "cpu" else time.perf_counter


class Missing(Exception):
    """A contestant cannot do a workload; the message says why."""


@dataclass(frozen=True)
class Done:
    """Training steps that were done.

    Parameters
    ----------
    losses : array_like
        Of each step, or the mean of each epoch; of several networks, one row for each.
    seconds : float
        What the steps took, all together.
    steps : int
        How many: those of all networks.
    """

    losses: Any
    seconds: float
    steps: int


class Loop(Protocol):
    """Trains for so many epochs, going on from the weights that it has."""

    def __call__(self, epochs: int, /) -> Done: ...


def timed(steps: int, work: Callable[[], Any]) -> Done:
    """Do work that returns losses."""
    begin = clock()
    losses = work()
    return Done(losses, clock() - begin, steps)


def by_epoch(losses: Any, networks: int, epochs: int) -> np.ndarray:
    """Means of epochs, (networks, epochs)."""
    return np.asarray(losses, np.float64).reshape(networks, epochs, -1).mean(axis=-1)


def in_turn(members: list[Any], sample: int | None) -> Callable[[], list[Any]]:
    """All of the members at each call; or a sample of them, the next ones at the next call."""
    if sample is None or len(members) <= 8:
        return lambda: members
    place = 0

    def some() -> list[Any]:
        nonlocal place
        place += sample
        return [members[i % len(members)] for i in range(place - sample, place)]

    return some
