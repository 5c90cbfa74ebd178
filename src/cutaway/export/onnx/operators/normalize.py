"""Normalisations, as they are when a network predicts."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.export.onnx.operators.shape import pad
from cutaway.export.onnx.operators.table import Call, numbers, operator
from cutaway.ops.shape import astype


def _per_channel(a: Any, x: Any) -> Any:
    return np.reshape(a, (-1,) + (1,) * (np.ndim(x) - 2))


@operator("BatchNormalization")
def _batch_normalization(call: Call, x: Any, scale: Any, bias: Any, mean: Any, variance: Any) -> Any:
    if not call.get("training_mode", 0):
        factor = scale / np.sqrt(variance + call.get("epsilon", 1e-5))
        return astype((x - _per_channel(mean, x)) * _per_channel(factor, x) + _per_channel(bias, x), x.dtype)
    axes = tuple(i for i in range(np.ndim(x)) if i != 1)
    now_mean, now_variance = np.mean(x, axis=axes), np.var(x, axis=axes)
    old = call.get("momentum", 0.9)
    factor = scale / np.sqrt(now_variance + call.get("epsilon", 1e-5))
    y = (x - _per_channel(now_mean, x)) * _per_channel(factor, x) + _per_channel(bias, x)
    kept = (mean * old + now_mean * (1 - old), variance * old + now_variance * (1 - old))
    return (astype(y, x.dtype), *(astype(a, mean.dtype) for a in kept))[: call.n_outputs]


def _normal(x: Any, axes: tuple[int, ...], epsilon: float) -> Any:
    centred = x - np.mean(x, axis=axes, keepdims=True)
    return centred / np.sqrt(np.mean(np.square(centred), axis=axes, keepdims=True) + epsilon)


@operator("InstanceNormalization")
def _instance_normalization(call: Call, x: Any, scale: Any, bias: Any) -> Any:
    normal = _normal(x, tuple(range(2, np.ndim(x))), call.get("epsilon", 1e-5))
    return normal * _per_channel(scale, x) + _per_channel(bias, x)


@operator("LayerNormalization")
def _layer_normalization(call: Call, x: Any, scale: Any, bias: Any = None) -> Any:
    """Computed in float32 at least, as the operator's definition has it by default."""
    axes = tuple(range(call.get("axis", -1) % np.ndim(x), np.ndim(x)))
    wide = astype(x, np.result_type(x.dtype, np.float32))
    mean = np.mean(wide, axis=axes, keepdims=True)
    centred = wide - mean
    inverse = 1 / np.sqrt(np.mean(np.square(centred), axis=axes, keepdims=True) + call.get("epsilon", 1e-5))
    y = astype(centred * inverse, x.dtype) * scale
    return (y if bias is None else y + bias, mean, inverse)[: max(call.n_outputs, 1)]


@operator("LRN")
def _lrn(call: Call, x: Any) -> Any:
    """Over neighbouring channels: Krizhevsky, Sutskever and Hinton (2012), section 3.3."""
    size = call.get("size")
    before = (size - 1) // 2
    squares = pad(np.square(x), [(0, 0), (before, size - 1 - before), *[(0, 0)] * (np.ndim(x) - 2)])
    n = np.shape(x)[1]
    total = sum(squares[:, i : i + n] for i in range(size))
    scale = call.get("bias", 1.0) + call.get("alpha", 0.0001) / size * total
    return x / scale ** call.get("beta", 0.75)


@operator("LpNormalization")
def _lp_normalization(call: Call, x: Any) -> Any:
    axis = call.get("axis", -1)
    if call.get("p", 2) == 1:
        size = np.sum(np.abs(x), axis=axis, keepdims=True)
    else:
        size = np.sqrt(np.sum(np.square(x), axis=axis, keepdims=True))
    return np.where(size == 0, 0 * x, x / np.where(size == 0, 1 + 0 * size, size))


@operator("Dropout")
def _dropout(call: Call, x: Any, ratio: Any = None, training: Any = None) -> Any:
    rate = call.get("ratio", 0.5) if ratio is None else float(np.ravel(numbers(ratio))[0])
    if training is not None and numbers(training) and rate:
        raise call.refuse("dropping inputs, as while training,")
    return (x, np.ones(np.shape(x), bool)) if call.n_outputs > 1 else x
