"""Sliding windows: convolution and pooling are nodes of their own where runtimes have them, else windows are gathered.

Runtimes have no convolution and no average pooling for float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.export.onnx.nodes.builder import INT, Builder, Term
from cutaway.export.onnx.nodes.choice import rows_apart, write, zeros
from cutaway.export.onnx.nodes.table import Rule, exports
from cutaway.export.onnx.rows import Operand, Size, Step
from cutaway.ops.convolve import PATCHES, patches
from cutaway.ops.shape import RESHAPE, TRANSPOSE

F32 = np.dtype(np.float32)


def _windows(b: Builder, x: Term, shape: Any, axes: Any, size: Any, stride: Any) -> Term:
    """All windows of ``x``, first the places within a window, as ``patches`` gathers them."""
    starts = {a: (k, s) for a, k, s in zip(axes, size, stride, strict=True)}
    if any(isinstance(shape[a], Size) for a in axes):
        raise TraceError("Windows that slide over the rows cannot be exported to ONNX for any number of rows")
    for a in sorted(axes, reverse=True):  # an axis becomes two: the place within the window, and the window
        k, s = starts[a]
        count = (shape[a] - k) // s + 1
        x = x.op("Gather", (np.arange(k)[:, None] + s * np.arange(count)).astype(INT), axis=a)
    before = {a: a + sum(other < a for other in axes) for a in range(len(shape))}
    inside = [before[a] for a in axes]
    rest = [before[a] + (a in axes) for a in range(len(shape))]
    return x.transpose(inside + rest)


def _folded(b: Builder, p: Term, shape: Any, axes: Any, size: Any, stride: Any) -> Term:
    """The sum of all windows, each where it came from."""
    fixed, rows = rows_apart(shape)
    if rows in axes:
        raise TraceError("Windows that slide over the rows cannot be exported to ONNX for any number of rows")
    inner = tuple(a - (rows is not None and a > rows) for a in axes)
    positions = patches(np.arange(int(np.prod(fixed))).reshape(fixed), axes=inner, size=size, stride=stride)
    v_rows = None if rows is None else rows + len(size)
    return write(zeros(b, shape, p.dtype), shape, p, v_rows, positions, "add")


def _how(step: Step) -> dict[str, Any]:
    return {name: step.params[name] for name in ("axes", "size", "stride")}


@exports("cutaway.ops.convolve.patches")
def _patches(b: Builder, step: Step) -> Term:
    (x,) = step.inputs
    return _windows(b, b.read(x), x.shape, **_how(step))


@exports("cutaway.ops.convolve.fold")
def _fold(b: Builder, step: Step) -> Term:
    return _folded(b, b.read(step.inputs[0]), step.params["shape"], **_how(step))


@exports("cutaway.ops.convolve.max_pool")
def _max_pool(b: Builder, step: Step) -> Term:
    (x,), how = step.inputs, _how(step)
    others = [a for a in range(x.ndim) if a not in how["axes"]]
    order = [*others[::-1], *how["axes"]]  # samples are the last axis of what layers of images slide over
    if len(others) != 2 or x.dtype.kind != "f":  # what MaxPool takes: samples, channels, and where windows slide
        return _windows(b, b.read(x), x.shape, **how).reduce("Max", tuple(range(len(how["axes"]))))
    pooled = b.read(x).transpose(order).op("MaxPool", kernel_shape=how["size"], strides=how["stride"])
    return pooled.transpose([int(i) for i in np.argsort(order)])


def _first_largest(b: Builder, x: Operand, y: Operand, how: Any) -> Term:
    """Where each window has its largest entry first."""
    here = _windows(b, b.read(x), x.shape, **how).equals(b.read(y)).cast(np.int32)
    flat = here.reshape([int(np.prod(how["size"])), *y.shape])
    first = flat.cast(bool) & flat.op("CumSum", b.term(np.array(0))).equals(1)
    return first.reshape([*how["size"], *y.shape])


@exports("cutaway.ops.convolve.unpool")
def _unpool(b: Builder, step: Step) -> Term:
    g, x, y = step.inputs
    sent = _first_largest(b, x, y, _how(step)).where(b.read(g, step.output.dtype), 0)
    return _folded(b, sent, x.shape, **_how(step))


@exports("cutaway.ops.convolve.pick")
def _pick(b: Builder, step: Step) -> Term:
    v, x, y = step.inputs
    how = _how(step)
    windows = _windows(b, b.read(v, step.output.dtype), v.shape, **how)
    return _first_largest(b, x, y, how).where(windows, 0).reduce("Sum", tuple(range(len(how["size"]))))


# Whole layers -----------------------------------------------------------------------------------------------------


def convolved(b: Builder, step: Step) -> Term | None:
    """The product of all windows with weights, ``windows.reshape(inside, outside).T @ W``, as a convolution."""
    turned = b.producers.get(step.inputs[0])
    flat = b.producers.get(turned.inputs[0]) if turned is not None and turned.primitive is TRANSPOSE else None
    gathered = b.producers.get(flat.inputs[0]) if flat is not None and flat.primitive is RESHAPE else None
    if gathered is None or gathered.primitive is not PATCHES or step.output.dtype != F32:
        return None
    (x,), how = gathered.inputs, _how(gathered)
    axes, size = how["axes"], how["size"]
    if x.ndim != 4 or sorted(axes) != [1, 2] or x.dtype != F32 or step.inputs[1].ndim != 2:
        return None
    inside = int(np.prod(size)) * x.shape[0] if isinstance(x.shape[0], int) else None
    if flat.output.shape[0] != inside or flat.output.ndim != 2:  # type: ignore[union-attr]
        return None  # the product is not one over places within a window and channels
    images = b.read(x).transpose([3, 0, *axes])
    result = images.op("Conv", _kernel(b, step.inputs[1], (*size, x.shape[0])), strides=how["stride"])
    sizes = {a: gathered.output.shape[len(size) + a] for a in axes}
    image = Operand((x.shape[3], step.output.shape[1], *(sizes[a] for a in axes)), step.output.dtype)
    b.terms[image], b.images[step.output] = result, image
    places = [2 + axes.index(1), 2 + axes.index(2)]
    return result.transpose([*places, 0, 1]).reshape(step.output.shape)


def as_images(b: Builder, step: Step, rule: Rule) -> Term | None:
    """What follows a convolution, on its images as they are: biases, activations, and their way back from a matrix.

    Nodes that are not needed then are left out in the end.
    """
    found = [b.images[x] for x in step.inputs if x in b.images]
    if len(found) != 1:
        return None
    (image,) = found
    if step.primitive is TRANSPOSE:
        b.images[step.output] = image
    elif step.primitive is RESHAPE:
        n, channels, height, width = image.shape
        if step.inputs[0].shape[0] == channels and step.output.shape == (channels, width, height, n):
            return b.terms[image].transpose([1, 3, 2, 0])
    elif step.primitive.elementwise and step.output.shape[1:] == image.shape[1:2]:
        inputs = [image if x in b.images else _per_channel(b, x, image) for x in step.inputs]
        if None not in inputs:
            result = Operand(image.shape, step.output.dtype)
            alike = Step(step.primitive, tuple(inputs), step.params, result, step.eqn)  # type: ignore[arg-type]
            b.terms[result] = rule(b, alike).cast(result.dtype)
            b.images[step.output] = result
    return None


def _per_channel(b: Builder, x: Operand, image: Operand) -> Operand | None:
    """A number, or one for each channel, as it broadcasts against images."""
    if x.ndim == 0:
        return x
    if x.shape != image.shape[1:2]:
        return None
    column = Operand((*x.shape, 1, 1), x.dtype)
    b.terms[column] = b.read(x).reshape(column.shape)
    return column


def _kernel(b: Builder, rows: Operand, shape: Any) -> Term:
    """Weights (places and channels of a window, filters) as ONNX has them: (filters, channels, height, width)."""
    shape, order = (*shape, rows.shape[1]), (3, 2, 0, 1)
    step = b.producers.get(rows)
    source = step.inputs[0] if step is not None and step.primitive is RESHAPE else rows
    if source in b.weights and b.uses[source] == 1 and b.uses[rows] == 1:
        return b.relaid(source, b.weights[source].reshape(shape).transpose(order))
    return b.read(rows).reshape(shape).transpose(order)


def averaged(b: Builder, step: Step) -> Term | None:
    """The mean of each window, ``windows.mean(axis=(0, 1))``, as an average pooling."""
    gathered = b.producers.get(step.inputs[0])
    if gathered is None or gathered.primitive is not PATCHES or step.output.dtype != F32:
        return None
    (x,), how = gathered.inputs, _how(gathered)
    others = [a for a in range(x.ndim) if a not in how["axes"]]
    if len(others) != 2 or step.params.get("axis") != tuple(range(len(how["size"]))) or step.params.get("keepdims"):
        return None
    order = [*others[::-1], *how["axes"]]
    pooled = b.read(x).transpose(order).op("AveragePool", kernel_shape=how["size"], strides=how["stride"])
    return pooled.transpose([int(i) for i in np.argsort(order)])
