"""Standardisation: subtract the mean of each column and divide by its standard deviation.

Fit it on the training part only: the mean and spread of held-out rows are not known when a network is trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.data.checks import Floats, finite_matrix, float_array
from cutaway.errors import DataError, ShapeError


@dataclass(frozen=True, eq=False)
class Standardizer:
    """The mean and the scale of each column.

    Parameters
    ----------
    mean, scale : ndarray, shape (n_features,), float64
        ``transform`` returns ``(X - mean) / scale``. The scale is the population standard deviation (divided by n), and
        1 for a column that is constant.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> Standardizer.fit(X).transform(X)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    mean: Floats
    scale: Floats

    def __post_init__(self) -> None:
        """Check that both are vectors of one length, finite, and the scale positive."""
        mean, scale = float_array(self.mean, "mean"), float_array(self.scale, "scale")
        if mean.ndim != 1 or mean.shape != scale.shape:
            raise ShapeError("mean and scale must be vectors of one length", received=f"{mean.shape}, {scale.shape}")
        if not (np.isfinite(mean).all() and np.isfinite(scale).all() and (scale > 0).all()):
            raise DataError("mean and scale must be finite, and the scale positive")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "scale", scale)

    @classmethod
    def fit(cls, X: Floats) -> Standardizer:
        """Return the standardisation of the rows of `X`, which should be those that are trained on.

        Raises
        ------
        ShapeError, DtypeError, DataError
            When `X` is not a matrix of finite numbers, or so large that its spread is not finite.
        """
        X = finite_matrix(X)
        low = X.min(axis=0)
        with np.errstate(over="ignore"):
            width = X.max(axis=0) - low
        if not np.isfinite(width).all():
            raise DataError(f"The values of column {int((~np.isfinite(width)).argmax())} are too far apart")
        # Measured in units of the column's width, so that neither huge nor tiny values overflow, underflow or make a
        # constant column look as if it varied.
        unit = (X - low) / np.where(width > 0, width, 1.0)
        scale = width * unit.std(axis=0)
        return cls(low + width * unit.mean(axis=0), np.where(scale > 0, scale, 1.0))

    def transform(self, X: Floats) -> Floats:
        """Return ``(X - mean) / scale`` in float64; raise a ShapeError for another number of columns."""
        return (self._checked(X) - self.mean) / self.scale

    def inverse(self, X: Floats) -> Floats:
        """Return what ``transform`` was given: ``X * scale + mean``."""
        return self._checked(X) * self.scale + self.mean

    def to_json(self) -> dict[str, list[float]]:
        """Return the numbers as lists; JSON keeps every bit of them."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Standardizer:
        """Return the standardisation that `to_json` wrote; raise a DataError when it is another document."""
        try:
            return cls(document["mean"], document["scale"])
        except (KeyError, TypeError) as error:
            raise DataError(
                "This is not a standardisation",
                received=f"{type(error).__name__}: {error}",
                instead="Give the document that Standardizer.to_json wrote",
            ) from error

    def _checked(self, X: Floats) -> Floats:
        X = float_array(X, "X")
        if X.ndim != 2 or X.shape[1] != len(self.mean):
            raise ShapeError(f"X must have the shape (n_samples, {len(self.mean)})", received=f"{X.shape}")
        return X
