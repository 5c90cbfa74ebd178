"""The minimisation of somebody's own loss in machine code, many steps at a time."""

from __future__ import annotations

import time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cutaway.engines.native.discover import compiled
from cutaway.engines.native.team import cores
from cutaway.train.step import StepGraph
from cutaway.train.steppers import SLICE


class Steps(Protocol):
    """Does steps from number ``k`` on, at most ``most`` of them; gives their losses."""

    def __call__(self, k: int, most: int = ..., /) -> NDArray[np.float64]: ...


class NativeMinimizer:
    """The steps of one call of ``minimize``.

    Parameters
    ----------
    step : StepGraph
        Inputs: parameters, data, the flat vector of all parameters, the optimizer's state, learning rate, step number.
    arrays : list of arrays
        For these inputs; the parameters are parts of the flat vector.
    live : list of arrays
        The flat vector and the state: read before each call, written after it.
    rates : array
        The learning rate of every step.

    Raises
    ------
    Unsupported
        If there is no machine code for it.
    """

    def __init__(
        self, step: StepGraph, arrays: list[Any], n_params: int, n_data: int, live: list[Any], rates: Any
    ) -> None:
        theta = n_params + n_data
        last = len(arrays)
        start = arrays[theta].ctypes.data
        size = arrays[theta].itemsize
        self._program = compiled(
            step.graph,
            [*range(n_params), *range(theta, last)],
            updates=step.updates,
            records=[0],
            counters={"lr": last - 2, "t": last - 1},
            aliases={i: (theta, (arrays[i].ctypes.data - start) // size) for i in range(n_params)},
            threads=cores(),
        )
        for i in range(n_params, theta):
            self._program.put(i, arrays[i])
        self._live = self._program.shared((theta + i, a) for i, a in enumerate(live))
        self._rates = np.ascontiguousarray(rates, np.float64)
        self._slice = 1

    def run(self, k: int, most: int = 2**30, /) -> NDArray[np.float64]:
        """Do a slice of steps."""
        count = min(most, self._slice, len(self._rates) - k)
        for inside, outside in self._live:
            np.copyto(inside, outside)
        begin = time.perf_counter()
        noted = self._program.run(k, count, rates=self._rates[k : k + count])
        seconds = time.perf_counter() - begin
        for inside, outside in self._live:
            np.copyto(outside, inside)
        if most > 1:
            self._slice = max(1, min(4 * self._slice, int(SLICE * count / max(seconds, 1e-9))))
        return noted[:, 0]
