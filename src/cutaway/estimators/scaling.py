"""Columns in units of their own spread, for training; the weights are put back into the user's units afterwards.

A first layer that takes ``(x - mean) / scale`` is a layer that takes ``x``, with other weights. So a network is trained
on standardised columns and kept as one that takes them as they come: nothing has to be remembered beside it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError
from cutaway.nn.layers import Dense
from cutaway.nn.network import Network
from cutaway.nn.sparse import is_sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Affine:
    """``x * gain + shift``, column by column."""

    gain: Floats
    shift: Floats

    def __call__(self, X: Any) -> Any:
        """Apply it to rows, in float64; the shift is left out of sparse rows, for which it is 0."""
        return X.multiply(self.gain).tocsr() if is_sparse(X) else X * self.gain + self.shift

    @property
    def inverse(self) -> Self:
        """What undoes it."""
        return type(self)(1 / self.gain, -self.shift / self.gain)


@dataclass(frozen=True)
class Columns:
    """What is known of some columns: total weight of the rows seen, mean and variance of each.

    Of sparse columns, which have to keep their zeros, the largest absolute value stands in place of the standard
    deviation, and the mean counts as 0.
    """

    weight: float
    mean: Floats
    variance: Floats
    sparse: bool = False

    @classmethod
    def of(cls, X: Any, weights: Floats | None) -> Columns:
        """Of the rows ``X``, dense or sparse, each of which counts by its weight.

        Raises
        ------
        DataError
            If the values of a column are so far apart that their spread is no finite number.
        """
        total = float(X.shape[0] if weights is None else weights.sum())
        if is_sparse(X):
            peaks = np.asarray(abs(X).max(axis=0).todense(), np.float64).ravel()
            return cls(total, np.zeros(X.shape[1]), peaks**2, sparse=True)
        X = np.asarray(X, np.float64)
        low = X.min(axis=0)
        with np.errstate(over="ignore"):
            width = X.max(axis=0) - low
        if not np.isfinite(width).all():
            raise DataError(f"The values of column {int((~np.isfinite(width)).argmax())} are too far apart")
        # In units of the width neither huge nor tiny values are lost, and a constant column has no spread at all.
        unit = (X - low) / np.where(width > 0, width, 1.0)
        mean = np.average(unit, axis=0, weights=weights)
        spread = np.average(np.square(unit - mean), axis=0, weights=weights)
        with np.errstate(over="ignore"):
            return cls(total, low + width * mean, np.minimum(width**2 * spread, np.finfo(np.float64).max))

    def joined(self, other: Columns) -> Columns:
        """Of the rows of both. Source: Chan, Golub and LeVeque (1983), equation 2.1."""
        if self.sparse:
            return Columns(self.weight + other.weight, self.mean, np.maximum(self.variance, other.variance), True)
        total = self.weight + other.weight
        part, apart = other.weight / total, other.mean - self.mean
        within = (1 - part) * self.variance + part * other.variance
        return Columns(total, self.mean + part * apart, within + part * (1 - part) * apart**2)

    @property
    def standardised(self) -> Affine:
        """What brings the columns to mean 0 and deviation 1; one that is constant, to 0."""
        gain = 1 / np.sqrt(np.where(self.variance > 0, self.variance, 1.0))
        return Affine(gain, -self.mean * gain)

    @property
    def varied(self) -> Affine:
        """The same, but blind to what is constant: nothing was learned of such columns."""
        whole, seen = self.standardised, self.variance > 0
        return Affine(np.where(seen, whole.gain, 0.0), np.where(seen, whole.shift, 0.0))


def composed(outer: Affine | None, network: Network, inner: Affine | None) -> Network:
    """The network that computes ``outer(network(inner(X)))``, as a copy of the same layers with other weights.

    The first layer must be dense; the last one too, and without an activation, if there is an ``outer``.
    """
    dense = [i for i, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    twin = copy.copy(network)
    params = [{k: v.astype(np.float64) for k, v in layer.items()} for layer in network.params]
    first, last = params[dense[0]], params[dense[-1]]
    if inner is not None:
        first["b"] = first["b"] + inner.shift @ first["W"]
        first["W"] = first["W"] * inner.gain[:, None]
    if outer is not None:
        last["W"], last["b"] = last["W"] * outer.gain, last["b"] * outer.gain + outer.shift
    twin.params = [{k: v.astype(network.dtype) for k, v in layer.items()} for layer in params]
    twin.state = [{k: v.copy() for k, v in layer.items()} for layer in network.state]
    return twin
