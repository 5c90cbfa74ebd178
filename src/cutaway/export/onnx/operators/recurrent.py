"""Recurrent layers: a loop over the steps, in one direction or both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.export.onnx.operators.activations import ACTIVATIONS
from cutaway.export.onnx.operators.table import Call, numbers, operator
from cutaway.ops.special import sigmoid, softplus

Function = Callable[[Any], Any]
_PLAIN: dict[str, Function] = {
    "Sigmoid": sigmoid,
    "Tanh": np.tanh,
    "Softplus": softplus,
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Affine": lambda x: x,
}
_ONE = ("LeakyRelu", "ThresholdedRelu", "Elu")
_TWO = ("HardSigmoid", "Affine", "ScaledTanh")


def _activations(call: Call, direction: int, defaults: list[str]) -> list[Function]:
    """The activations of one direction, with their settings."""
    names = list(call.get("activations", defaults * 2))
    alphas, betas = list(call.get("activation_alpha", ())), list(call.get("activation_beta", ()))
    made: list[Function] = []
    for name in names:
        alpha = alphas.pop(0) if name in (*_ONE, *_TWO) and alphas else None
        beta = betas.pop(0) if name in _TWO and betas else None
        made.append(_activation(call, name, alpha, beta))
    k = len(defaults)
    return made[direction * k : direction * k + k]


def _activation(call: Call, name: str, alpha: float | None, beta: float | None) -> Function:
    known = {n.lower(): n for n in (*_PLAIN, *ACTIVATIONS, "ScaledTanh")}.get(name.lower())
    if known is None:
        raise call.refuse(f"the activation {name}")
    if known == "Affine":
        return lambda x: (1.0 if alpha is None else alpha) * x + (beta or 0.0)
    if known == "ScaledTanh":
        return lambda x: (1.0 if alpha is None else alpha) * np.tanh((1.0 if beta is None else beta) * x)
    if known in _PLAIN:
        return _PLAIN[known]
    settings = {k: v for k, v in (("alpha", alpha), ("beta", beta)) if v is not None}
    return lambda x: ACTIVATIONS[known](x, **settings)


def _clipped(call: Call) -> Function:
    limit = call.get("clip")
    return (lambda x: x) if limit is None else (lambda x: np.clip(x, -limit, limit))


def _unrolled(
    call: Call, x: Any, lengths: Any, starts: list[Any], units: int, step: Callable[[int, Any, list[Any]], list[Any]]
) -> list[Any]:
    """Outputs of all steps and the last memories, for each direction; ``step(direction, x_t, memory)``."""
    if call.get("layout", 0):
        x = np.swapaxes(x, 0, 1)
    steps, n = np.shape(x)[:2]
    which = {"forward": (0,), "reverse": (1,), "bidirectional": (0, 1)}[call.get("direction", "forward").lower()]
    ends = None if lengths is None else np.array(numbers(lengths))
    order = np.arange(steps)[:, None] + np.zeros((1, n), int)
    backwards = steps - 1 - order if ends is None else np.where(order < ends, ends - 1 - order, order)
    outputs, finals = [], []
    for d, turned in enumerate(which):
        memory = []
        for start in starts:
            start = start if start is None or not call.get("layout", 0) else np.swapaxes(start, 0, 1)
            memory.append(np.zeros((n, units), x.dtype) if start is None else start[d])
        found = []
        inputs = x[backwards, np.arange(n)[None, :]] if turned else x
        for t in range(steps):
            new = step(d, inputs[t], memory)
            if ends is None:
                memory, out = new, new[0]
            else:
                live = (t < ends)[:, None]
                memory = [np.where(live, a, b) for a, b in zip(new, memory, strict=True)]
                out = np.where(live, new[0], new[0].dtype.type(0))
            found.append(out)
        stacked = np.stack(found)
        outputs.append(stacked[backwards, np.arange(n)[None, :]] if turned else stacked)
        finals.append(memory)
    y = np.stack(outputs, axis=1)  # (steps, directions, n, units)
    last = [np.stack([memory[i] for memory in finals]) for i in range(len(starts))]
    if call.get("layout", 0):
        y, last = np.transpose(y, (2, 0, 1, 3)), [np.swapaxes(a, 0, 1) for a in last]
    return [y, *last]


def _biases(b: Any, d: int, gates: int, units: int) -> tuple[Any, Any]:
    """The biases of the inputs and of the memory."""
    return (0.0, 0.0) if b is None else (b[d][: gates * units], b[d][gates * units :])


@operator("RNN")
def _rnn(call: Call, x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None) -> Any:
    units, clip = np.shape(r)[-1], _clipped(call)

    def step(d: int, x: Any, memory: list[Any]) -> list[Any]:
        (f,) = _activations(call, d, ["Tanh"])
        wb, rb = _biases(b, d, 1, units)
        return [f(clip(x @ np.transpose(w[d]) + memory[0] @ np.transpose(r[d]) + wb + rb))]

    return tuple(_unrolled(call, x, lengths, [h], units, step))


@operator("GRU")
def _gru(call: Call, x: Any, w: Any, r: Any, b: Any = None, lengths: Any = None, h: Any = None) -> Any:
    units, clip = np.shape(r)[-1], _clipped(call)

    def step(d: int, x: Any, memory: list[Any]) -> list[Any]:
        f, g = _activations(call, d, ["Sigmoid", "Tanh"])
        wb, rb = _biases(b, d, 3, units)
        (before,) = memory
        inputs = x @ np.transpose(w[d]) + wb
        kept = before @ np.transpose(r[d][: 2 * units]) + (rb if b is None else rb[: 2 * units])
        update = f(clip(inputs[:, :units] + kept[:, :units]))
        reset = f(clip(inputs[:, units : 2 * units] + kept[:, units:]))
        weights, bias = np.transpose(r[d][2 * units :]), rb if b is None else rb[2 * units :]
        if call.get("linear_before_reset", 0):
            inner = reset * (before @ weights + bias)
        else:
            inner = (reset * before) @ weights + bias
        candidate = g(clip(inputs[:, 2 * units :] + inner))
        return [(1 - update) * candidate + update * before]

    return tuple(_unrolled(call, x, lengths, [h], units, step))


@operator("LSTM")
def _lstm(
    call: Call,
    x: Any,
    w: Any,
    r: Any,
    b: Any = None,
    lengths: Any = None,
    h: Any = None,
    c: Any = None,
    peepholes: Any = None,
) -> Any:
    units, clip = np.shape(r)[-1], _clipped(call)

    def step(d: int, x: Any, memory: list[Any]) -> list[Any]:
        f, g, output = _activations(call, d, ["Sigmoid", "Tanh", "Tanh"])
        wb, rb = _biases(b, d, 4, units)
        before, cell = memory
        z = x @ np.transpose(w[d]) + before @ np.transpose(r[d]) + wb + rb
        write, read, keep, new = (z[:, i * units : (i + 1) * units] for i in range(4))
        look = [0.0] * 3 if peepholes is None else [peepholes[d][i * units : (i + 1) * units] for i in range(3)]
        write = f(clip(write + look[0] * cell))
        keep = 1 - write if call.get("input_forget", 0) else f(clip(keep + look[2] * cell))
        cell = keep * cell + write * g(clip(new))
        return [f(clip(read + look[1] * cell)) * output(cell), cell]

    return tuple(_unrolled(call, x, lengths, [h, c], units, step))
