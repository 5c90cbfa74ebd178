"""Optimizers: the rules that turn a gradient into new weights, in plain NumPy.

A rule sees arrays of any shape and works on each element by itself, so a trainer may pass all parameters of a network
as one flat vector. It is recorded like any other NumPy code and becomes a part of the training step: what is a Python
number here is a constant of the compiled step.

Each rule gives the numbers of the optimizer of the same name in PyTorch.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import UsageError
from cutaway.train.schedules import FloatArray, Rate, Schedule, schedule
from cutaway.train.settings import Fraction, MaybePositive, NotNegative, Settings

Array: TypeAlias = NDArray[Any]
State: TypeAlias = dict[str, Array]


@dataclass(frozen=True, repr=False)
class Optimizer(Settings, ABC):
    """A rule for new weights, with what is done to the gradient before. Subclass it, and give `init` and `update`.

    Parameters
    ----------
    lr : float or Schedule
        The learning rate.
    weight_decay : float
        Adds ``weight_decay * w`` to the gradient: the L2 penalty ``weight_decay / 2 * sum(w**2)``.
    l1 : float
        Adds ``l1 * sign(w)`` to the gradient: the L1 penalty ``l1 * sum(abs(w))``.
    clip_norm : float, optional
        Scales the gradient of the loss down to this Euclidean norm, taken over all parameters.
    clip_value : float, optional
        Limits each entry of the gradient of the loss to ``[-clip_value, clip_value]``; comes before ``clip_norm``.
    """

    lr: Rate
    _: KW_ONLY
    weight_decay: NotNegative = 0.0
    l1: NotNegative = 0.0
    clip_norm: MaybePositive = None
    clip_value: MaybePositive = None

    @abstractmethod
    def init(self, w: Array) -> State:
        """Return the state before the first step: named arrays of the shape and dtype of ``w``."""

    @abstractmethod
    def update(self, w: Array, g: Array, s: State, lr: Array, t: Array) -> tuple[Array, State]:
        """Return new weights and new state.

        Parameters
        ----------
        w, g : ndarray
            Weights and gradient, of one shape and dtype.
        s : dict of ndarray
            The state, as `init` made it or the last update left it.
        lr, t : ndarray, shape ()
            The learning rate of this step and its number, from 1, in the dtype of ``w``.
        """

    def clip(self, g: Array) -> Array:
        """Return the gradient within its limits; ``g`` holds the gradient of *all* parameters.

        As ``torch.nn.utils.clip_grad_value_`` and ``clip_grad_norm_``, with the latter's 1e-6.
        """
        if self.clip_value is not None:
            g = np.clip(g, -self.clip_value, self.clip_value)
        if self.clip_norm is not None:
            g = g * np.minimum(self.clip_norm / (np.sqrt(np.sum(g * g)) + 1e-6), 1.0)
        return g

    def regularize(self, w: Array, g: Array) -> Array:
        """Return the gradient with those of the L2 and L1 penalties added."""
        if self.weight_decay:
            g = g + self.weight_decay * w
        if self.l1:
            g = g + self.l1 * np.sign(w)
        return g

    def step(self, w: Array, g: Array, s: State, lr: Array, t: Array) -> tuple[Array, State]:
        """Return new weights and state from the gradient of the loss: clip it, add the penalties, update."""
        return self.update(w, self.regularize(w, self.clip(g)), s, lr, t)

    def rates(self, steps_per_epoch: int, epochs: int) -> FloatArray:
        """Return the learning rate of every step, shape (steps_per_epoch * epochs,), float64."""
        return schedule(self.lr).rates(steps_per_epoch, epochs)


@dataclass(frozen=True, repr=False)
class SGD(Optimizer):
    """Gradient descent, ``w - lr * g``, with momentum if wanted.

    With momentum, ``v = momentum * v + g`` takes the place of ``g`` (Polyak 1964); with ``nesterov``,
    ``g + momentum * v`` does (Sutskever et al. 2013, as PyTorch writes it).

    Examples
    --------
    >>> w, s = SGD(0.5).step(np.array([2.0]), np.array([1.0]), {}, np.array(0.5), np.array(1.0))
    >>> w
    array([1.5])
    """

    lr: Rate = 0.1
    _: KW_ONLY
    momentum: Fraction = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        """Check the numbers, and that they go together."""
        super().__post_init__()
        if self.nesterov and not self.momentum:
            raise UsageError(
                "Nesterov's method needs momentum",
                received="nesterov=True, momentum=0.0",
                instead="Write SGD(momentum=0.9, nesterov=True)",
            )

    def init(self, w: Array) -> State:
        """Start with no state, or a velocity of zero."""
        return {"velocity": np.zeros_like(w)} if self.momentum else {}

    def update(self, w: Array, g: Array, s: State, lr: Array, t: Array) -> tuple[Array, State]:
        """``w - lr * direction``; the direction is the gradient, the velocity, or a look ahead along it."""
        if not self.momentum:
            return w - lr * g, {}
        velocity = self.momentum * s["velocity"] + g
        direction = g + self.momentum * velocity if self.nesterov else velocity
        return w - lr * direction, {"velocity": velocity}


@dataclass(frozen=True, repr=False)
class RMSprop(Optimizer):
    """Divide the gradient by the root of a running mean of its square (Hinton 2012), then use momentum if wanted.

    ``alpha`` is the share of the old mean that is kept in each step.
    """

    lr: Rate = 0.01
    _: KW_ONLY
    alpha: Fraction = 0.99
    eps: NotNegative = 1e-8
    momentum: Fraction = 0.0

    def init(self, w: Array) -> State:
        """Start from a mean square of zero, and a velocity of zero if there is momentum."""
        state = {"square": np.zeros_like(w)}
        return {**state, "velocity": np.zeros_like(w)} if self.momentum else state

    def update(self, w: Array, g: Array, s: State, lr: Array, t: Array) -> tuple[Array, State]:
        """``w - lr * g / (root mean square + eps)``."""
        square = self.alpha * s["square"] + (1 - self.alpha) * (g * g)
        direction = g / (np.sqrt(square) + self.eps)
        if not self.momentum:
            return w - lr * direction, {"square": square}
        velocity = self.momentum * s["velocity"] + direction
        return w - lr * velocity, {"square": square, "velocity": velocity}


@dataclass(frozen=True, repr=False)
class Adam(Optimizer):
    """Divide the mean of past gradients by the root mean of their squares (Kingma and Ba 2015, algorithm 1).

    Older gradients weigh less: the last one 1, the one before ``beta``, then ``beta**2``. The state holds weighted
    sums; divided by the sum of the weights, ``(1 - beta**t) / (1 - beta)``, they are the paper's bias-corrected
    means. That sum is one number, so it moves into the step size and costs nothing for each weight.
    """

    lr: Rate = 0.001
    _: KW_ONLY
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: NotNegative = 1e-8

    def init(self, w: Array) -> State:
        """Start from two empty weighted sums: of gradients, and of their squares."""
        return {"sum": np.zeros_like(w), "sum_squares": np.zeros_like(w)}

    def update(self, w: Array, g: Array, s: State, lr: Array, t: Array) -> tuple[Array, State]:
        """``w - lr * mean / (root mean square + eps)``, both corrected for the zeros they start from."""
        m = self.beta1 * s["sum"] + g
        v = self.beta2 * s["sum_squares"] + g * g
        weight1, root2 = _weights_so_far(self.beta1, t), np.sqrt(_weights_so_far(self.beta2, t))
        # lr * (m / weight1) / (sqrt(v) / root2 + eps), with the operations on single numbers done first
        return w - (lr * root2 / weight1) * (m / (np.sqrt(v) + self.eps * root2)), {"sum": m, "sum_squares": v}


def _weights_so_far(beta: float, t: Array) -> Array:
    """``1 + beta + ... + beta**(t - 1)``; written with ``1 - beta**t`` it costs float32 three of its seven digits."""
    return np.expm1(t * math.log(beta)) / (beta - 1) if beta else np.ones_like(t)


@dataclass(frozen=True, repr=False)
class AdamW(Adam):
    """Adam with decoupled weight decay: ``w`` shrinks by ``lr * weight_decay * w``, outside of the gradient.

    Loshchilov and Hutter, *Decoupled weight decay regularization* (2019), algorithm 2, as PyTorch writes it. Here,
    unlike elsewhere, ``weight_decay`` is no L2 penalty.
    """

    _: KW_ONLY
    weight_decay: NotNegative = 0.01

    def regularize(self, w: Array, g: Array) -> Array:
        """Only the L1 penalty goes into the gradient."""
        return g + self.l1 * np.sign(w) if self.l1 else g

    def update(self, w: Array, g: Array, s: State, lr: Array, t: Array) -> tuple[Array, State]:
        """Shrink the weights, then do as Adam does."""
        return super().update(w * (1 - lr * self.weight_decay) if self.weight_decay else w, g, s, lr, t)


@dataclass(frozen=True, repr=False)
class Adagrad(Optimizer):
    """Divide the gradient by the root of the sum of all its squares so far (Duchi, Hazan and Singer 2011)."""

    lr: Rate = 0.01
    _: KW_ONLY
    eps: NotNegative = 1e-10

    def init(self, w: Array) -> State:
        """Start from an empty sum of squares."""
        return {"sum_squares": np.zeros_like(w)}

    def update(self, w: Array, g: Array, s: State, lr: Array, t: Array) -> tuple[Array, State]:
        """``w - lr * g / (root of the sum of squares + eps)``."""
        total = s["sum_squares"] + g * g
        return w - lr * (g / (np.sqrt(total) + self.eps)), {"sum_squares": total}


def optimizer(choice: str | Optimizer, lr: float | Schedule | None = None) -> Optimizer:
    """Return the optimizer of that name with its default settings, or the given one; with another ``lr`` if given.

    Parameters
    ----------
    choice : str or Optimizer
        ``"sgd"``, ``"rmsprop"``, ``"adam"``, ``"adamw"``, ``"adagrad"``, or an optimizer.
    lr : float or Schedule, optional
        The learning rate to use in place of its own.

    Raises
    ------
    UsageError
        If there is no optimizer of that name, or ``choice`` is neither a name nor an optimizer.

    Examples
    --------
    >>> optimizer("adam").lr
    0.001
    """
    if isinstance(choice, str):
        choice = Optimizer.from_json({"name": choice})
    if not isinstance(choice, Optimizer):
        name = choice.__name__ if isinstance(choice, type) and issubclass(choice, Optimizer) else "SGD"
        raise UsageError(
            "the optimizer must be a name or an Optimizer",
            received=f"the class {choice.__name__}" if isinstance(choice, type) else type(choice).__name__,
            instead=f'Write optimizer={name}(lr=0.1) or optimizer="{name.lower()}"',
        )
    return choice if lr is None else replace(choice, lr=lr)
