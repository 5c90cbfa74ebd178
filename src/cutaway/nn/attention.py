"""Attention: each step of a sequence looks at all steps, and takes most from those that answer its question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

import numpy as np

from cutaway.errors import UsageError
from cutaway.nn.activations import Array
from cutaway.nn.initializers import INITIALIZERS, Shape
from cutaway.nn.layers import Layer, Pass, Weights, set_field
from cutaway.nn.sequence import check_flag, check_sequence
from cutaway.nn.validate import whole
from cutaway.ops.special import softmax


@dataclass(frozen=True, repr=False)
class SelfAttention(Layer):
    """Multi-head self-attention: samples (steps, features) become samples (steps, units).

    Parameters
    ----------
    units : int
        Number of outputs at each step; PyTorch's ``embed_dim`` if it equals the number of features.
    heads : int
        How many questions each step asks, each with ``units / heads`` numbers.
    causal : bool
        Whether a step sees only itself and the steps before it.

    Raises
    ------
    UsageError
        If a number cannot be used, or the heads do not divide the units.
    ShapeError
        At ``build``, if samples are not sequences (steps, features).

    Notes
    -----
    Vaswani et al. (2017), section 3.2: with queries, keys and values ``x @ W + b`` in three blocks of ``units``
    columns, each head computes ``softmax(q @ k.T / sqrt(units / heads)) @ v``, and the heads side by side go through
    ``W_out`` and ``b_out``. Weights start as Glorot's uniform ones, biases as zeros; PyTorch's weights are transposed.
    Attention by itself knows no order; only ``causal`` and the layers around it do.

    Examples
    --------
    >>> weights = SelfAttention(8, heads=2).build((20, 3), np.random.default_rng(0))
    >>> {name: array.shape for name, array in weights.params.items()}
    {'W': (3, 24), 'b': (24,), 'W_out': (8, 8), 'b_out': (8,)}
    """

    units: int
    heads: int = 1
    _: KW_ONLY
    causal: bool = False

    def __post_init__(self) -> None:
        set_field(self, "units", whole(self.units, "units of SelfAttention"))
        set_field(self, "heads", whole(self.heads, "heads of SelfAttention"))
        check_flag(self.causal, "causal of SelfAttention")
        if self.units % self.heads:
            divisors = ", ".join(str(k) for k in range(1, self.units + 1) if self.units % k == 0)
            raise UsageError(
                "The heads of SelfAttention must divide its units",
                received=f"{self.heads} heads for {self.units} units",
                instead=f"{self.units} units can have {divisors} heads",
            )

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        self.output_shape(shape)
        glorot, units = INITIALIZERS["glorot_uniform"], self.units
        return Weights(
            {
                "W": np.hstack([glorot((shape[-1], units), rng) for _ in range(3)]),
                "b": np.zeros(3 * units),
                "W_out": glorot((units, units), rng),
                "b_out": np.zeros(units),
            }
        )

    def output_shape(self, shape: Shape) -> Shape:
        check_sequence(self, shape)
        return (shape[0], self.units)

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        n, steps, size = x.shape[0], x.shape[1], self.units // self.heads
        parts = (x @ p["W"] + p["b"]).reshape((n, steps, 3, self.heads, size))
        q, k, v = np.transpose(parts, (2, 0, 3, 1, 4))  # each (n, heads, steps, size)
        scores = q @ np.swapaxes(k, -1, -2) * (1 / math.sqrt(size))
        if self.causal:
            scores = scores + np.triu(np.full((steps, steps), -np.inf, x.dtype), 1)
        y = np.transpose(softmax(scores) @ v, (0, 2, 1, 3)).reshape((n, steps, self.units))
        return y @ p["W_out"] + p["b_out"]
