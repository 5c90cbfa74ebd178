"""Which loss belongs to an output layer: the natural one is chosen and said, a contradictory one is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cutaway.errors import UsageError
from cutaway.nn.activations import ActivationFunction, activation_name
from cutaway.nn.losses import LOSSES, Loss
from cutaway.nn.targets import as_numbers, is_one_hot, is_single, is_whole

_SUITED = {
    ("binary", "probabilities"): ("a probability from each output", ("sigmoid",)),
    ("multiclass", "probabilities"): ("positive outputs that sum to 1", ("softmax",)),
    ("binary", "logits"): ("logits, to which it applies its own sigmoid,", ("identity",)),
    ("multiclass", "logits"): ("logits, to which it applies its own softmax,", ("identity",)),
    ("regression", "rates"): ("positive outputs", ("softplus", "relu")),
}
"""What a loss reads, and the output activations that give it; a loss that is not here takes anything."""


def natural_loss(
    activation: str | ActivationFunction, n_outputs: int, targets: ArrayLike, *, name: str = "y"
) -> tuple[Loss, str]:
    """Choose the loss from the output layer and the targets, and say why.

    Parameters
    ----------
    activation : str or callable
        Activation of the output layer.
    n_outputs : int
        Number of its units.
    targets : array_like
        Targets as the user gave them.
    name : str
        How the sentence calls the targets.

    Returns
    -------
    loss : Loss
        A cross-entropy if the targets are classes, else the mean squared error. The loss is the negative
        log-likelihood for which the activation is the canonical link (Bishop 2006, section 4.3.6).
    why : str
        One sentence.

    Examples
    --------
    >>> loss, why = natural_loss("sigmoid", 1, [0, 1, 1])
    >>> print(why)
    The loss is binary_cross_entropy, because the output is one sigmoid unit and y holds classes.
    """
    array = as_numbers(targets, name)
    binary = is_whole(array) and bool(np.isin(array, (0, 1)).all())
    chosen, because = "mean_squared_error", f"{name} holds numbers"
    if activation == "softmax":
        chosen, because = "categorical_cross_entropy", "each row is one distribution over classes"
    elif activation == "sigmoid" and is_whole(array):  # labels other than 0 and 1 too: align says what to write instead
        chosen, because = "binary_cross_entropy", f"{name} holds classes"
    elif activation == "identity" and n_outputs == 1 and binary and array.dtype.kind in "biu":
        chosen, because = "binary_cross_entropy_from_logits", f"{name} holds the classes 0 and 1"
    elif activation == "identity" and n_outputs > 1 and is_single(array) and is_whole(array):
        chosen, because = "categorical_cross_entropy_from_logits", f"{name} holds class labels"
    elif activation == "identity" and n_outputs > 1 and is_one_hot(array):
        chosen, because = "categorical_cross_entropy_from_logits", f"{name} holds one-hot rows"
    function = activation_name(activation)
    outputs = f"output is one {function} unit" if n_outputs == 1 else f"outputs are {n_outputs} {function} units"
    return LOSSES[chosen], f"The loss is {chosen}, because the {outputs} and {because}."


def check_outputs(loss: Loss, activation: str | ActivationFunction) -> None:
    """Refuse an output layer that contradicts the loss; an activation of the user's own is taken on trust.

    Raises
    ------
    UsageError
        If, for instance, a loss of probabilities gets outputs of any size, or a loss of logits gets probabilities.

    Examples
    --------
    >>> check_outputs(LOSSES["binary_cross_entropy"], "sigmoid")
    """
    reads, suited = _SUITED.get((loss.task, loss.reads), ("", ()))
    if not suited or not isinstance(activation, str) or activation in suited:
        return
    twins = [
        other.name
        for other in LOSSES.values()
        if other.task == loss.task and activation in _SUITED.get((other.task, other.reads), ("", ()))[1]
    ]
    raise UsageError(
        f"{loss.name} needs {reads} from the last layer",
        received=f'the output activation "{activation}"',
        instead=f'Write "{suited[0]}" as its activation' + "".join(f', or loss="{name}"' for name in twins),
    )
