"""Activation functions, and softmax with its relatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import OPERATORS, Call, like, operator
from cutaway.ops.shape import astype
from cutaway.ops.special import erf, log_softmax, sigmoid, softmax, softplus


def _relu(x: Any) -> Any:
    return np.maximum(x, like(0, x))


def _leaky_relu(x: Any, alpha: float = 0.01) -> Any:
    return np.where(x < 0, alpha * x, x)


def _elu(x: Any, alpha: float = 1.0) -> Any:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _celu(x: Any, alpha: float = 1.0) -> Any:
    return np.maximum(x, 0) + np.minimum(0, alpha * np.expm1(np.minimum(x, 0) / alpha))


def _selu(x: Any, alpha: float = 1.67326319217681884765625, gamma: float = 1.05070102214813232421875) -> Any:
    return gamma * np.where(x <= 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _hard_sigmoid(x: Any, alpha: float = 0.2, beta: float = 0.5) -> Any:
    return np.clip(alpha * x + beta, 0, 1)


def _thresholded_relu(x: Any, alpha: float = 1.0) -> Any:
    return np.where(x > alpha, x, like(0, x))


def _shrink(x: Any, bias: float = 0.0, lambd: float = 0.5) -> Any:
    return astype(np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0)), x.dtype)


def _gelu(x: Any, approximate: str = "none") -> Any:
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return astype(0.5 * x * (1 + erf(x * math.sqrt(0.5))), x.dtype)


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "Relu": _relu,
    "LeakyRelu": _leaky_relu,
    "Elu": _elu,
    "Celu": _celu,
    "Selu": _selu,
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": lambda x: x * _hard_sigmoid(x, 1 / 6, 0.5),
    "ThresholdedRelu": _thresholded_relu,
    "Shrink": _shrink,
    "Gelu": _gelu,
    "Mish": lambda x: x * np.tanh(softplus(x)),
    "Swish": lambda x, alpha=1.0: x * sigmoid(alpha * x),
}
"""By name; their settings are the operators' attributes."""


def _by_attributes(fn: Callable[..., Any]) -> Callable[..., Any]:
    return lambda call, x: fn(x, **{k: v for k, v in call.attributes.items() if k != "consumed_inputs"})


OPERATORS.update({name: _by_attributes(fn) for name, fn in ACTIVATIONS.items()})


@operator("PRelu")
def _prelu(call: Call, x: Any, slope: Any) -> Any:
    return np.where(x < 0, slope * x, x)


def _along_axis(call: Call, x: Any, fn: Callable[..., Any]) -> Any:
    """Up to version 12, all axes from ``axis`` on were one."""
    if call.opset >= 13:
        return fn(x, call.get("axis", -1))
    axis, shape = call.get("axis", 1), np.shape(x)
    axis = axis % len(shape) if axis != len(shape) else axis
    return np.reshape(fn(np.reshape(x, (math.prod(shape[:axis]), math.prod(shape[axis:]))), -1), shape)


@operator("Softmax")
def _softmax(call: Call, x: Any) -> Any:
    return _along_axis(call, x, softmax)


@operator("LogSoftmax")
def _log_softmax(call: Call, x: Any) -> Any:
    return _along_axis(call, x, log_softmax)


@operator("Hardmax")
def _hardmax(call: Call, x: Any) -> Any:
    def first_largest(x: Any, axis: int) -> Any:
        places = np.arange(np.shape(x)[axis]).reshape([-1 if i == axis % np.ndim(x) else 1 for i in range(np.ndim(x))])
        return astype(np.expand_dims(np.argmax(x, axis=axis), axis) == places, x.dtype)

    return _along_axis(call, x, first_largest)
