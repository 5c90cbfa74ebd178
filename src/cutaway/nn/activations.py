"""An activation is a plain NumPy function from an array to an array of the same shape; a few have names.

Each stays finite and silent for inputs of any size. Any other function of the user's own, written in NumPy, serves
wherever a name does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from cutaway.errors import ShapeError, UsageError, one_of
from cutaway.nn.validate import is_function, shown
from cutaway.ops.special import erf, sigmoid, softmax, softplus

Array: TypeAlias = Any
"""A ``numpy.ndarray``, or the stand-in for one with which the recorder calls plain NumPy code."""

ActivationFunction: TypeAlias = Callable[[Array], Array]


def identity(z: Array) -> Array:
    """``z`` itself: for the output of a regression, or for logits."""
    return z


def step(z: Array) -> Array:
    """1 where ``z > 0``, else 0, in the dtype of ``z``; its gradient is zero, so it cannot be trained.

    Source: Rosenblatt (1958), the perceptron's threshold.
    """
    return (z > 0).astype(z.dtype)


def tanh(z: Array) -> Array:
    """Hyperbolic tangent, in (-1, 1)."""
    return np.tanh(z)


def relu(z: Array) -> Array:
    """``max(z, 0)``. Source: Nair and Hinton (2010)."""
    return np.maximum(z, 0)


def leaky_relu(z: Array, slope: float = 0.01) -> Array:
    """``z`` where it is positive, else ``slope * z``. Source: Maas, Hannun and Ng (2013)."""
    return np.where(z > 0, z, slope * z)


def elu(z: Array, alpha: float = 1.0) -> Array:
    """``z`` where it is positive, else ``alpha (exp(z) - 1)``. Source: Clevert et al. (2016), equation 15."""
    negative = np.where(z > 0, 0, z)  # so that the exponential never overflows in the branch that is not taken
    return np.where(z > 0, z, alpha * np.expm1(negative))


def gelu(z: Array) -> Array:
    """``z Phi(z)`` with the normal distribution function ``Phi``, exact. Source: Hendrycks and Gimpel (2016)."""
    return 0.5 * z * (1 + erf(z * math.sqrt(0.5)))


def silu(z: Array) -> Array:
    """``z sigmoid(z)``, also called swish. Source: Elfwing, Uchibe and Doya (2018), equation 5."""
    return z * sigmoid(z)


ACTIVATIONS: dict[str, ActivationFunction] = {
    "identity": identity,
    "step": step,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "gelu": gelu,
    "silu": silu,
    "softplus": softplus,
    "softmax": softmax,
}
"""Activations by name."""

RELU_FAMILY = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})
"""Those that pass positive inputs and flatten negative ones, for which the weights of He et al. (2015) are meant."""


def find_activation(activation: str | ActivationFunction) -> ActivationFunction:
    """Return the function of that name, or the function itself.

    Raises
    ------
    UsageError
        If the name is not known, or it is neither a name nor a function.

    Examples
    --------
    >>> find_activation("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise one_of(activation, ACTIVATIONS, name="activation")
        return ACTIVATIONS[activation]
    if not is_function(activation):
        raise UsageError(
            "activation must be a name or a function from an array to an array",
            received=shown(activation),
            instead='Write a name such as "relu", or the function itself without calling it, such as np.sin; '
            'the number of inputs is not given, it comes from the data: Dense(8, "relu")',
        )
    return activation


def activation_name(activation: str | ActivationFunction) -> str:
    """How displays call an activation: its name, or that of the user's own function."""
    return activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)


def activate(activation: str | ActivationFunction, z: Array) -> Array:
    """Apply an activation, given by name or as a function, to the pre-activations ``z``.

    Raises
    ------
    ShapeError
        If the user's own function changes the shape.
    """
    a = find_activation(activation)(z)
    if np.shape(a) != z.shape:
        raise ShapeError(
            f"The activation {activation_name(activation)} changes the shape of its input",
            received=f"{np.shape(a)} for an input of shape {z.shape}",
            instead="Write a function that returns one value for each entry",
        )
    return a
