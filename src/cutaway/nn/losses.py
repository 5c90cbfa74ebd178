"""A loss is a plain NumPy function ``fn(targets, outputs)`` that gives one number for each row, and a record about it.

The record says what the outputs mean, hence how they become predictions and probabilities. Targets have the shape of
the outputs (:func:`cutaway.nn.align` sees to that); where a row has several outputs, its loss is their mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from cutaway.errors import ShapeError, UsageError, one_of
from cutaway.nn.activations import Array
from cutaway.nn.validate import is_function, real, shown
from cutaway.ops.special import cross_entropy_of_logits, cross_entropy_of_scores, sigmoid, softmax

LossFunction: TypeAlias = Callable[[Array, Array], Any]
Task: TypeAlias = Literal["binary", "multiclass", "regression"]

TINY = 1e-30
"""The smallest probability whose logarithm is taken; it and its inverse are far within float32."""


def binary_cross_entropy(targets: Array, outputs: Array) -> Array:
    """``-t log(p) - (1 - t) log(1 - p)`` for probabilities ``p``; several outputs are one yes or no each."""
    log_p = np.log(np.clip(outputs, TINY, 1.0))
    log_q = np.log(np.clip(1 - outputs, TINY, 1.0))
    return _mean_over_outputs(-(targets * log_p + (1 - targets) * log_q))


def binary_cross_entropy_from_logits(targets: Array, outputs: Array) -> Array:
    """``softplus(z) - t z``: the cross-entropy of ``p = sigmoid(z)``, exact for logits ``z`` of any size."""
    return _mean_over_outputs(cross_entropy_of_logits(outputs, targets))


def categorical_cross_entropy(targets: Array, outputs: Array) -> Array:
    """``-sum(t log(p))`` for probabilities ``p`` that sum to 1; ``targets`` are one-hot rows or integer labels."""
    log_p = np.log(np.clip(outputs, TINY, 1.0))
    return -(_rows_of_classes(targets, outputs) * log_p).sum(axis=-1)


def categorical_cross_entropy_from_logits(targets: Array, outputs: Array) -> Array:
    """``-sum(t log(softmax(z)))``, exact for logits ``z`` of any size; ``targets`` are one-hot or integer labels."""
    return cross_entropy_of_scores(outputs, _rows_of_classes(targets, outputs), axis=-1)


def mean_squared_error(targets: Array, outputs: Array) -> Array:
    """``(y - t)²``."""
    return _mean_over_outputs(np.square(outputs - targets))


def mean_absolute_error(targets: Array, outputs: Array) -> Array:
    """``|y - t|``: less moved by outliers than the square; its best constant is the median."""
    return _mean_over_outputs(np.abs(outputs - targets))


def poisson(targets: Array, outputs: Array) -> Array:
    """``y - t log(y)`` for counts ``t`` and positive expected counts ``y``: minus the log-likelihood, up to ``t!``."""
    return _mean_over_outputs(outputs - targets * np.log(np.maximum(outputs, TINY)))


@dataclass(frozen=True)
class Huber:
    """``e²/2`` for errors up to ``delta``, from there on a straight line. Source: Huber (1964).

    Written with ``m = min(|e|, delta)`` as ``m (|e| - m/2)``, which has no branch and the right slope everywhere.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "delta", real(self.delta, "delta of huber", "(0, inf)"))

    def __call__(self, targets: Array, outputs: Array) -> Array:
        """Return one loss for each row."""
        error = np.abs(outputs - targets)
        m = np.minimum(error, self.delta)
        return _mean_over_outputs(m * (error - 0.5 * m))


@dataclass(frozen=True)
class Loss:
    """A loss function and what follows from it.

    Parameters
    ----------
    name : str
        How it is called in settings and displays.
    fn : callable
        ``fn(targets, outputs)`` in plain NumPy; it gives one loss for each row, shape (n,). A function of your own may
        also give one for each output, whose mean is taken, or a single number for the whole batch.
    task : {"binary", "multiclass", "regression"}
        What the outputs decide.
    reads : {"probabilities", "logits", "rates", "numbers", "anything"}
        What the outputs must be. With "anything" neither they nor the targets are held to more than their shape.

    Examples
    --------
    >>> loss = find_loss("binary_cross_entropy")
    >>> loss(np.array([[1.0], [0.0]]), np.array([[0.5], [0.5]])).round(4)
    array([0.6931, 0.6931])
    >>> loss.predict(np.array([[0.2], [0.9]]))
    array([0, 1])
    """

    name: str
    fn: LossFunction
    task: Task = "regression"
    reads: Literal["probabilities", "logits", "rates", "numbers", "anything"] = "anything"

    def __call__(self, targets: Array, outputs: Array) -> Array:
        """Return losses of shape (n,), or () if the user's own function gives a single number.

        Raises
        ------
        ShapeError
            If the user's own function gives anything else, as it does when it broadcasts rows against columns.
        """
        losses = self.fn(targets, outputs)
        shape = np.shape(losses)
        if shape == outputs.shape and len(shape) > 1:
            losses, shape = _mean_over_outputs(losses), shape[:1]
        if shape not in ((), outputs.shape[:1]):
            raise ShapeError(
                f"The loss {self.name} must give one number for each row, or a single number",
                received=f"shape {shape} for targets {targets.shape} and outputs {outputs.shape}",
                instead=f"Return an array of shape {outputs.shape[:1]}; look for a (n,) that met a (n, 1)",
            )
        return losses

    def probabilities(self, outputs: Array) -> Array:
        """Turn outputs into probabilities of the same shape; UsageError if they are not about classes."""
        if self.task == "regression":
            raise UsageError(
                f"The outputs of a network trained with {self.name} are numbers, not probabilities",
                instead="Use predict(X), or train with a cross-entropy",
            )
        if self.reads != "logits":
            return outputs
        return sigmoid(outputs) if self.task == "binary" else softmax(outputs, axis=-1)

    def predict(self, outputs: Array) -> Array:
        """Turn outputs into predictions: int64 labels, or numbers; a single column (n, 1) becomes (n,).

        A binary output is 1 if its probability is *above* one half; of several classes the most probable one counts.
        """
        if self.task == "multiclass":
            return outputs.argmax(axis=-1)
        if self.task == "binary":
            return _column_as_row((outputs > (0 if self.reads == "logits" else 0.5)).astype(np.int64))
        return _column_as_row(outputs)

    def labels(self, targets: Array) -> Array:
        """Turn targets into the form of predictions, for metrics: ``accuracy(loss.labels(t), loss.predict(y))``."""
        if self.task == "multiclass":
            return targets.argmax(axis=-1) if targets.ndim > 1 else targets
        if self.task == "binary":
            return _column_as_row((targets > 0.5).astype(np.int64))
        return _column_as_row(targets)


def huber(delta: float = 1.0) -> Loss:
    """Huber loss that is a square up to errors of ``delta`` (see :class:`Huber`)."""
    fn = Huber(delta)
    name = "huber" if fn.delta == 1 else f"huber(delta={fn.delta!r})".replace(".0)", ")")
    return Loss(name, fn, "regression", "numbers")


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss("binary_cross_entropy", binary_cross_entropy, "binary", "probabilities"),
        Loss("binary_cross_entropy_from_logits", binary_cross_entropy_from_logits, "binary", "logits"),
        Loss("categorical_cross_entropy", categorical_cross_entropy, "multiclass", "probabilities"),
        Loss("categorical_cross_entropy_from_logits", categorical_cross_entropy_from_logits, "multiclass", "logits"),
        Loss("mean_squared_error", mean_squared_error, "regression", "numbers"),
        Loss("mean_absolute_error", mean_absolute_error, "regression", "numbers"),
        huber(),
        Loss("poisson", poisson, "regression", "rates"),
    )
}
"""Losses by name."""


def find_loss(loss: str | Loss | LossFunction, *, activation: object = "identity") -> Loss:
    """Return the loss of that name, the record itself, or a record of the user's own function ``fn(targets, outputs)``.

    The task of an own function follows from the activation of the output layer: "sigmoid" binary, "softmax" multiclass,
    else regression.

    Raises
    ------
    UsageError
        If the name is not known, or it is none of these.

    Examples
    --------
    >>> find_loss(lambda targets, outputs: (targets - outputs) ** 4, activation="sigmoid").task
    'binary'
    """
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise one_of(loss, LOSSES, name="loss")
        return LOSSES[loss]
    if not is_function(loss):
        raise UsageError(
            "loss must be a name or a function fn(targets, outputs)",
            received=shown(loss),
            instead='Write a name such as "mean_squared_error", huber(2.0), or your own function without calling it',
        )
    tasks: dict[object, Task] = {"sigmoid": "binary", "softmax": "multiclass"}
    own = activation if isinstance(activation, str) else None
    return Loss(getattr(loss, "__name__", type(loss).__name__), loss, tasks.get(own, "regression"))


def one_hot(labels: Array, n_classes: int, dtype: Any = np.float64) -> Array:
    """Rows of zeros with a one at the place of each label; shape (n, n_classes).

    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return (labels[:, None] == np.arange(n_classes)).astype(dtype)


def _rows_of_classes(targets: Array, outputs: Array) -> Array:
    return one_hot(targets, outputs.shape[-1], outputs.dtype) if targets.ndim < outputs.ndim else targets


def _mean_over_outputs(losses: Array) -> Array:
    return losses.mean(axis=tuple(range(1, losses.ndim))) if losses.ndim > 1 else losses


def _column_as_row(array: Array) -> Array:
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
