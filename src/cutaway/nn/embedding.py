"""Codes become vectors: a table with a row for each code, whose rows are learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.nn.activations import Array
from cutaway.nn.initializers import Shape
from cutaway.nn.layers import Layer, Pass, Weights, set_field
from cutaway.nn.validate import whole


@dataclass(frozen=True, repr=False)
class Embedding(Layer):
    """Look up a learned vector for each code: samples (steps,) of codes become samples (steps, units).

    As the first layer of a network it takes X of shape (n_samples, steps) with whole numbers 0 ... vocabulary - 1, of
    any dtype.

    Parameters
    ----------
    vocabulary : int
        Number of different codes.
    units : int
        Length of the vectors.

    Raises
    ------
    UsageError
        If a number cannot be used.
    DataError
        By ``fit`` and ``predict``, if X holds anything but such codes.

    Notes
    -----
    Trained is ``E``, shape (vocabulary, units), which starts with normal numbers of deviation 1, as in PyTorch.

    Examples
    --------
    >>> import cutaway as ca
    >>> net = ca.Network([ca.Embedding(3, 4), ca.LSTM(8), ca.Dense(3, "softmax")])
    >>> net([[0, 1, 1, 2, 0]]).shape
    (1, 3)
    """

    vocabulary: int
    units: int

    def __post_init__(self) -> None:
        set_field(self, "vocabulary", whole(self.vocabulary, "vocabulary of Embedding"))
        set_field(self, "units", whole(self.units, "units of Embedding"))

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        self.output_shape(shape)
        return Weights({"E": rng.normal(size=(self.vocabulary, self.units))})

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise ShapeError(
                f"{self} takes samples that are rows of codes, X of shape (n_samples, steps)",
                received=f"samples of shape {shape}",
                instead="Write X[:, :, 0] if the codes stand in a last axis of their own; vectors need no Embedding",
            )
        return (*shape, self.units)

    def check(self, x: NDArray[Any], name: str) -> NDArray[Any]:
        if self.vocabulary > 2 ** (np.finfo(x.dtype).nmant + 1):
            raise UsageError(f"{x.dtype} cannot tell all codes of {self} apart", instead='Write dtype="float64"')
        wrong = (x < 0) | (x >= self.vocabulary) | (x != np.floor(x))
        if wrong.any():
            row, column = (int(i) for i in np.argwhere(wrong)[0])
            value = float(x[row, column])
            raise DataError(
                f"{self} looks up codes, whole numbers 0 ... {self.vocabulary - 1}",
                received=f"{value:.10g} in row {row}, column {column} of {name}",
                instead="Number the symbols from 0: symbols, codes = numpy.unique(text, return_inverse=True)",
            )
        return x

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        return p["E"][x.astype(np.int64)]
