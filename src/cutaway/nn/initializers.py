"""An initializer is a function ``(shape, rng) -> array``; those here are small records, so that they print and compare.

Weights have the shape (inputs, units), and ``fan_in``, ``fan_out`` of the papers are these two numbers. Those of a
convolution, (height, width, channels, filters), count height x width x channels inputs and height x width x filters
units: a unit of another layer sees, and is seen by, so many.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, DtypeError, UsageError, one_of
from cutaway.nn.validate import real, shown

Shape: TypeAlias = tuple[int, ...]
Initializer: TypeAlias = Callable[[Shape, np.random.Generator], NDArray[np.float64]]


@dataclass(frozen=True)
class Constant:
    """The same number everywhere: right for biases; equal *weights* make all units of a layer learn the same."""

    value: float = 0.0

    def __post_init__(self) -> None:
        real(self.value, "value of Constant")

    def __call__(self, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return an array of this shape."""
        return np.full(shape, float(self.value))


@dataclass(frozen=True)
class Normal:
    """Normal numbers with mean 0 and standard deviation ``scale``."""

    scale: float = 0.05

    def __post_init__(self) -> None:
        real(self.scale, "scale of Normal", "(0, inf)")

    def __call__(self, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return an array of this shape."""
        return rng.normal(0.0, self.scale, shape)


@dataclass(frozen=True)
class Uniform:
    """Numbers spread evenly over [-scale, scale)."""

    scale: float = 0.05

    def __post_init__(self) -> None:
        real(self.scale, "scale of Uniform", "(0, inf)")

    def __call__(self, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return an array of this shape."""
        return rng.uniform(-self.scale, self.scale, shape)


@dataclass(frozen=True)
class Scaled:
    """Weights of mean 0 and variance ``gain / fan``, so that a layer neither enlarges nor shrinks what passes through.

    Parameters
    ----------
    gain : float
        1 for linear units and tanh, 2 for units that let half of their inputs pass (relu).
    fan : {"in", "mean"}
        The number of inputs, or the mean of the numbers of inputs and units.
    distribution : {"normal", "uniform"}
        Shape of the distribution; the variance is the same.

    Notes
    -----
    Gain 1 and fan "mean" is Glorot and Bengio (2010), equations 12 and 16; gain 2 and fan "in" is He et al. (2015),
    equation 10; gain 1 and fan "in" is LeCun et al. (1998), equation 16. The normal distribution is not truncated.
    """

    gain: float
    fan: Literal["in", "mean"]
    distribution: Literal["normal", "uniform"]

    def __post_init__(self) -> None:
        real(self.gain, "gain of Scaled", "(0, inf)")
        if self.fan not in ("in", "mean"):
            raise one_of(self.fan, ("in", "mean"), name="fan of Scaled")
        if self.distribution not in ("normal", "uniform"):
            raise one_of(self.distribution, ("normal", "uniform"), name="distribution of Scaled")

    def __call__(self, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return an array of this shape."""
        inputs, units = _matrix(shape, "Weights scaled by the number of inputs (Glorot, He, LeCun)")
        variance = self.gain / (inputs if self.fan == "in" else (inputs + units) / 2)
        if self.distribution == "normal":
            return rng.normal(0.0, math.sqrt(variance), shape)
        limit = math.sqrt(3 * variance)  # a uniform distribution over ±limit has the variance limit² / 3
        return rng.uniform(-limit, limit, shape)


@dataclass(frozen=True)
class Orthogonal:
    """``gain`` times a random matrix with orthonormal rows or columns, whichever are fewer.

    Source: Saxe, McClelland and Ganguli (2014); the signs that make it uniform: Mezzadri (2007), section 5.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        real(self.gain, "gain of Orthogonal", "(0, inf)")

    def __call__(self, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return an array of this shape."""
        inputs, units = _matrix(shape, "Orthogonal weights")[0], shape[-1]
        q, r = np.linalg.qr(rng.normal(size=(max(inputs, units), min(inputs, units))))
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return np.asarray(self.gain * (q if inputs >= units else q.T)).reshape(shape)


class Given:
    """A given array, copied to float64, so that integer weights are not truncated when they are trained."""

    def __init__(self, array: ArrayLike) -> None:
        values = np.asarray(array)
        if values.dtype.kind not in "biuf":
            raise DtypeError(
                "Given weights must be real numbers",
                received=f"dtype {values.dtype}",
                instead="Give an array of floats",
            )
        if not np.isfinite(values).all():
            raise DataError(
                "Given weights must be finite",
                received=f"{np.count_nonzero(~np.isfinite(values))} values that are NaN or infinite",
                instead="Give an array without them",
            )
        self.array = values.astype(np.float64)
        self.array.flags.writeable = False

    def __call__(self, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return an array of this shape."""
        return self.array.copy()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Given) and np.array_equal(self.array, other.array)

    def __hash__(self) -> int:
        return hash((self.array.shape, self.array.tobytes()))

    def __repr__(self) -> str:
        return f"<given array of shape {self.array.shape}>"


INITIALIZERS: dict[str, Initializer] = {
    "zeros": Constant(0.0),
    "ones": Constant(1.0),
    "normal": Normal(),
    "uniform": Uniform(),
    "glorot_uniform": Scaled(1.0, "mean", "uniform"),
    "glorot_normal": Scaled(1.0, "mean", "normal"),
    "he_uniform": Scaled(2.0, "in", "uniform"),
    "he_normal": Scaled(2.0, "in", "normal"),
    "lecun_uniform": Scaled(1.0, "in", "uniform"),
    "lecun_normal": Scaled(1.0, "in", "normal"),
    "orthogonal": Orthogonal(),
}
"""Initializers by name."""


def find_initializer(value: str | float | ArrayLike | Initializer, *, name: str = "weights") -> Initializer:
    """Return the initializer that a name, a number, an array or a function ``(shape, rng) -> array`` stands for.

    Raises
    ------
    UsageError
        If the name is not known, or it is none of these.

    Examples
    --------
    >>> find_initializer("he_normal")
    Scaled(gain=2.0, fan='in', distribution='normal')
    >>> find_initializer(0.1, name="bias")
    Constant(value=0.1)
    """
    if isinstance(value, str):
        if value not in INITIALIZERS:
            raise one_of(value, INITIALIZERS, name=name)
        return INITIALIZERS[value]
    if isinstance(value, (type, bool)) or value is None:
        raise UsageError(
            f"{name} must be the name of an initializer, a number, an array or a function (shape, rng) -> array",
            received=shown(value),
            instead='Write a name such as "zeros" or "he_normal", or a record such as Normal(0.5); '
            "bias=None leaves the biases out",
        )
    if callable(value):
        return value
    if np.ndim(value) == 0:
        return Constant(float(value))  # type: ignore[arg-type]
    return Given(value)


def _matrix(shape: Shape, what: str) -> tuple[int, int]:
    if len(shape) < 2:
        raise UsageError(
            f"{what} need a matrix (inputs, units)",
            received=f"shape {shape}",
            instead='For biases write "zeros", a number, Normal(scale) or an array',
        )
    *window, inputs, units = shape
    return math.prod(window) * inputs, math.prod(window) * units
