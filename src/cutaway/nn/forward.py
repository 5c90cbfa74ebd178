"""A batch goes through the layers; the pure function that everything else about a network is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cutaway.nn.activations import Array
from cutaway.nn.layers import Layer
from cutaway.ops.random import uniform


class Forward:
    """One pass of a batch; what a layer sees as its ``run``.

    Parameters
    ----------
    training : bool
        Whether dropout drops, and batch normalisation notes its statistics.
    dtype : dtype
        Of the random numbers.
    seed, step : int or integer array of shape ()
        What the random numbers of this pass depend on.
    """

    def __init__(self, *, training: bool, dtype: Any, seed: Any = 0, step: Any = 0) -> None:
        self.training = training
        self.updates: dict[tuple[int, str], Array] = {}
        self._dtype, self._seed, self._step = dtype, seed, step
        self._layer, self._draws = 0, 0

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Random numbers in [0, 1), others at each call and each step."""
        self._draws += 1
        return uniform(self._seed, self._step, draw=self._draws, shape=tuple(shape), dtype=self._dtype)

    def update(self, name: str, value: Array) -> None:
        """Note the new value of a state entry of the current layer."""
        self.updates[self._layer, name] = value

    def through(
        self,
        layers: Sequence[Layer],
        params: Sequence[Mapping[str, Array]],
        state: Sequence[Mapping[str, Array]],
        x: Array,
    ) -> Array:
        """Output of ``layers`` for the batch ``x``; ``params[i]`` and ``state[i]`` belong to ``layers[i]``."""
        for i, layer in enumerate(layers):
            self._layer = i
            x = layer.forward({**params[i], **state[i]}, x, self)
        return x
