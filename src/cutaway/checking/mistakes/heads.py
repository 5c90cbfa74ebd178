"""Mistakes about the first error of all: that of the output, which belongs to one loss and one activation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.mistakes.mistake import ACTIVATIONS, Mistake, Scene
from cutaway.checking.mistakes.slopes import OF_OUTPUT
from cutaway.graph import Var
from cutaway.ops.linear import MATMUL

MOST = 8  # arrays that may be the targets


def heads(scene: Scene) -> Iterator[Mistake]:
    """The error of another loss, or one from which an activation was left out or put in."""
    for z, a, kind in outputs(scene):
        p = np.asarray(a.value, float)
        for label, y in labels(scene, p.shape):
            pred = scene.name(a)
            for code, words, delta in errors_at_output(p, y, kind):
                yield Mistake(
                    code,
                    words.format(p=pred, y=label),
                    "Use the derivative of the loss that is computed",
                    {},
                    {z: delta},
                    (z,),
                    cost=1.15,
                )


def errors_at_output(p: Any, y: Any, kind: str) -> Iterator[tuple[str, str, Any]]:
    """Errors at the pre-activation of the output, up to a constant factor."""
    yield (
        "loss-and-delta",
        f"starts from {{p}} - {{y}}, the error of cross-entropy after {kind or 'a linear output'}",
        p - y,
    )
    if kind in OF_OUTPUT:
        slope = OF_OUTPUT[kind](p)
        yield (
            "loss-and-delta",
            f"starts from ({{p}} - {{y}}) times the slope of {kind}: the error of squared error",
            (p - y) * slope,
        )
        yield "loss-and-delta", f"multiplies {{p}} - {{y}} by the slope of {kind} twice", (p - y) * slope**2
    if kind == "softmax":
        for axis in range(np.ndim(p)):
            inner = np.sum((p - y) * p, axis=axis, keepdims=True)
            yield "loss-and-delta", "starts from the error of squared error after softmax", p * ((p - y) - inner)
        yield "loss-and-delta", "starts from -{y} / {p}, without the derivative of softmax", -y / p
        yield (
            "delta-one-sided",
            "starts from {p} * {y} - {y}: the outputs of the wrong classes are left out",
            (p - 1) * y,
        )
    with np.errstate(all="ignore"):
        yield (
            "slope-missing-at-output",
            "starts from the derivative of cross-entropy by {p}, without the slope of the output",
            (p - y) / (p * (1 - p)),
        )
        yield "delta-one-sided", "uses the part of cross-entropy with {y} alone", -y / p * (p * (1 - p))
    yield "delta-is-output", "takes the output {p} itself for the error", p
    yield "delta-is-sign", "takes the sign of {p} - {y}, the error of absolute differences", np.sign(p - y)
    yield "delta-is-square", "takes the squared error itself for the error", (p - y) ** 2
    yield "delta-is-absolute", "takes the absolute error: its sign is lost", np.abs(p - y)


def outputs(scene: Scene) -> list[tuple[Var, Var, str]]:
    """(pre-activation, activation, kind) of what may be the network's output: nothing after it has weights."""
    products = [k for k, e in enumerate(scene.eqns) if e.primitive is MATMUL and e.output in scene.true]
    sized = [k for k in products if np.ndim(scene.eqns[k].output.value)]  # w @ w may be a penalty
    last = max(sized or products, default=-1)
    after = [e for e in scene.eqns[last + 1 :] if e.output in scene.true]
    found: list[tuple[Var, Var, str]] = []
    for eqn in after:
        kind = eqn.primitive.name.rpartition(".")[2]
        x = eqn.inputs[0]
        if kind in ACTIVATIONS and isinstance(x, Var) and x in scene.true:
            found.append((x, eqn.output, kind))
    if not found and last >= 0:
        top = [scene.eqns[last], *(e for e in after if e.primitive.name == "add")][-1].output
        found.append((top, top, ""))
    return found[-2:]


def labels(scene: Scene, shape: tuple[int, ...]) -> list[tuple[str, Any]]:
    """Constants of the loss that may be its targets, in the shape of the output."""
    found: list[tuple[str, Any]] = []
    for name, value in _constants(scene):
        y = _shaped(value, shape)
        if y is not None and not any(np.array_equal(y, other) for _, other in found):
            found.append((name, y))
            if len(found) == MOST:  # a loop that is recorded pass by pass has thousands
                break
    return found


def _constants(scene: Scene) -> Iterator[tuple[str, Any]]:
    for eqn in scene.eqns:
        for atom in eqn.inputs:
            if isinstance(atom, Var) and atom not in scene.live and np.ndim(atom.value):
                value = np.asarray(atom.value)
                if value.dtype.kind in "fiub":
                    yield scene.name(atom), value
    yield from ((name, np.asarray(value)) for name, value in scene.given)


def _shaped(value: Any, shape: tuple[int, ...]) -> Any:
    if value.size == int(np.prod(shape)):
        turned = value.ndim == 2 and min(shape, default=0) > 1 and value.shape == shape[::-1] != shape
        return (value.T if turned else value.reshape(shape)).astype(float)
    if value.ndim == 1 and value.dtype.kind in "iu" and len(shape) == 2 and value.size in shape:  # class numbers
        classes = shape[1] if value.size == shape[0] else shape[0]
        if value.size and value.min() >= 0 and value.max() < classes:
            onehot = np.eye(classes)[value]
            return onehot if onehot.shape == shape else onehot.T
    return None
