"""Methods of a network: what they are called, what their parameters stand for, and how to call them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

FORWARD = (
    "forward",
    "feedforward",
    "feed_forward",
    "forward_pass",
    "forward_propagation",
    "predict_proba",
    "predict",
    "__call__",
)
LOSSES = ("loss", "cost", "compute_loss", "compute_cost", "loss_function", "objective", "cross_entropy", "mse", "error")
BACKWARD = (
    "backward",
    "backprop",
    "gradients",
    "gradient",
    "grad",
    "grads",
    "backpropagate",
    "back_propagate",
    "backpropagation",
    "back_propagation",
    "backward_pass",
    "backward_propagation",
    "compute_gradients",
    "backprop_step",
)
TRAIN = ("train_step", "step", "update", "train", "fit", "learn")
MEANING = (
    (re.compile(r"^(x\w*|inputs?|data|features|a0|samples)$", re.I), "X"),
    (re.compile(r"^(y_?hat|y_?pred\w*|pred\w*|outputs?|out|yhat|probs?|p|a|al|a2|o)$", re.I), "output"),
    (re.compile(r"^(y\w*|t|targets?|labels?|want\w*|truth|expected)$", re.I), "y"),
    (re.compile(r"^(lr|learning_?rate|alpha|eta|rate|l_rate|step_?size)$", re.I), "lr"),
    (re.compile(r"^(n_?)?(epochs?|iter\w*|steps?|num_?\w+|rounds?|max_iter)$", re.I), "once"),
    (re.compile(r"^(verbose|print\w*|log\w*)$", re.I), "quiet"),
)
EXAMPLE = """
    def loss(p): net.W1, net.b1 = p["W1"], p["b1"]; return ...  # the loss, a number
    def gradients(p): net.W1, net.b1 = p["W1"], p["b1"]; return {"W1": ..., "b1": ...}  # what your code gives
    ca.check(loss, gradients, {"W1": net.W1, "b1": net.b1})
"""


def called(net: Any, method: str, X: Any, y: Any, rate: float = 0.1) -> Any:
    """Call a method with what the names of its parameters ask for; first, what it needs to have happened before."""
    fn = getattr(net, method)
    asked = wanted(fn)
    output = None
    if "output" in asked.values() or method in BACKWARD:  # a backward pass needs what the forward pass keeps
        forward = next((m for m in FORWARD if has(net, m)), None)
        if forward is not None:
            output = getattr(net, forward)(X)
    values = {"X": X, "y": y, "output": output, "lr": rate, "once": 1, "quiet": False}
    return fn(**{name: values[meaning] for name, meaning in asked.items()})


def wanted(fn: Callable[..., Any]) -> dict[str, str]:
    """What each parameter of a method stands for; those with a default that nothing is known of are left out."""
    found: dict[str, str] = {}
    for name, parameter in inspect.signature(fn).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        meaning = next((m for pattern, m in MEANING if pattern.match(name)), None)
        if parameter.default is not parameter.empty and meaning in (None, "lr", "output"):
            continue
        if meaning is None:
            meaning = next((m for m in ("X", "y", "output") if m not in found.values()), "X")
        found[name] = meaning
    return found


def rate_of(net: Any) -> float:
    """The learning rate that the object carries, or a small one of ours."""
    for name, value in vars(net).items():
        if isinstance(value, float) and _is_rate(name):
            return value
    for method in (*BACKWARD, *TRAIN):
        parameters = inspect.signature(getattr(net, method)).parameters if has(net, method) else {}
        for name, parameter in parameters.items():
            if isinstance(parameter.default, float) and _is_rate(name):
                return parameter.default
    return 0.1


def _is_rate(name: str) -> bool:
    return any(pattern.match(name) and meaning == "lr" for pattern, meaning in MEANING)


def has(net: Any, name: str) -> bool:
    """Whether there is a method with this name."""
    return callable(getattr(net, name, None))
