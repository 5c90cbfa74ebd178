"""Shapes: reshaping, turning, joining, padding, and arrays that are made from a shape."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import OPERATORS, Call, axes_of, numbers, operator
from cutaway.ops.shape import astype


@operator("Reshape")
def _reshape(call: Call, x: Any, given: Any = None) -> Any:
    shape = list(call.get("shape")) if given is None else numbers(given)
    if not call.get("allowzero", 0):
        shape = [np.shape(x)[i] if n == 0 else n for i, n in enumerate(shape)]
    return np.reshape(x, shape)


@operator("Flatten")
def _flatten(call: Call, x: Any) -> Any:
    shape, axis = np.shape(x), call.get("axis", 1)
    axis = axis + len(shape) if axis < 0 else axis
    return np.reshape(x, (math.prod(shape[:axis]), math.prod(shape[axis:])))


@operator("Squeeze")
def _squeeze(call: Call, x: Any, given: Any = None) -> Any:
    return np.squeeze(x, axes_of(call, given))


@operator("Unsqueeze")
def _unsqueeze(call: Call, x: Any, given: Any = None) -> Any:
    return np.expand_dims(x, axes_of(call, given) or ())


@operator("Transpose")
def _transpose(call: Call, x: Any) -> Any:
    return np.transpose(x, call.get("perm"))


@operator("Expand")
def _expand(call: Call, x: Any, shape: Any) -> Any:
    return np.broadcast_to(x, np.broadcast_shapes(np.shape(x), tuple(numbers(shape))))


@operator("Tile")
def _tile(call: Call, x: Any, repeats: Any) -> Any:
    return np.tile(x, numbers(repeats))


@operator("Concat")
def _concat(call: Call, *inputs: Any) -> Any:
    return np.concatenate(inputs, axis=call.get("axis", 1))


@operator("Split")
def _split(call: Call, x: Any, given: Any = None) -> Any:
    axis = call.get("axis", 0)
    n, sizes = np.shape(x)[axis], axes_of(call, given, "split")
    if sizes is None:
        parts = call.get("num_outputs") or call.n_outputs
        size = -(-n // parts)
        sizes = tuple(max(min(size, n - i * size), 0) for i in range(parts))
    ends = np.cumsum((0, *sizes)).tolist()
    return tuple(np.take(x, np.arange(a, b), axis=axis) for a, b in pairwise(ends))


@operator("Shape")
def _shape(call: Call, x: Any) -> Any:
    return np.array(np.shape(x)[call.get("start", 0) : call.get("end")], np.int64)


OPERATORS["Size"] = lambda call, x: np.asarray(np.size(x), np.int64)


@operator("Constant")
def _constant(call: Call) -> Any:
    kinds = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    for name, value in call.attributes.items():
        if name == "value":
            return value
        if name in kinds:
            return np.array(value, kinds[name])
    raise call.refuse(" and ".join(call.attributes) or "a constant without a value")


@operator("ConstantOfShape")
def _constant_of_shape(call: Call, shape: Any) -> Any:
    value = call.get("value", np.zeros(1, np.float32))
    return np.full(numbers(shape), np.ravel(value)[0], value.dtype)


@operator("Range")
def _range(call: Call, start: Any, limit: Any, delta: Any) -> Any:
    first, last, step = (np.ravel(numbers(x))[0].item() for x in (start, limit, delta))
    return (np.arange(max(math.ceil((last - first) / step), 0)) * step + first).astype(start.dtype)


@operator("EyeLike")
def _eye_like(call: Call, x: Any) -> Any:
    rows, columns = np.shape(x)
    return np.eye(rows, columns, k=call.get("k", 0), dtype=call.get("dtype", x.dtype))


@operator("Trilu")
def _trilu(call: Call, x: Any, k: Any = None) -> Any:
    offset = 0 if k is None else int(np.ravel(numbers(k))[0])
    return astype((np.triu if call.get("upper", 1) else np.tril)(x, offset), x.dtype)


# Blocks and borders -----------------------------------------------------------------------------------------------


@operator("DepthToSpace")
def _depth_to_space(call: Call, x: Any) -> Any:
    (n, c, h, w), k = np.shape(x), call.get("blocksize")
    if call.get("mode", "DCR") == "DCR":
        parts = np.transpose(np.reshape(x, (n, k, k, c // k**2, h, w)), (0, 3, 4, 1, 5, 2))
    else:
        parts = np.transpose(np.reshape(x, (n, c // k**2, k, k, h, w)), (0, 1, 4, 2, 5, 3))
    return np.reshape(parts, (n, c // k**2, h * k, w * k))


@operator("SpaceToDepth")
def _space_to_depth(call: Call, x: Any) -> Any:
    (n, c, h, w), k = np.shape(x), call.get("blocksize")
    order = (0, 3, 5, 1, 2, 4) if call.get("mode", "DCR") == "DCR" else (0, 1, 3, 5, 2, 4)
    parts = np.reshape(x, (n, c, h // k, k, w // k, k))
    return np.reshape(np.transpose(parts, order), (n, c * k * k, h // k, w // k))


def pad(x: Any, widths: Any, value: Any = 0) -> Any:
    """``x`` with ``value`` around it; negative widths cut."""
    if any(n < 0 for pair in widths for n in pair):
        x = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(widths, np.shape(x), strict=True))]
        widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    if not any(n for pair in widths for n in pair):
        return x
    return np.pad(x, widths, constant_values=value)


@operator("Pad")
def _pad(call: Call, x: Any, pads: Any = None, value: Any = None, axes: Any = None) -> Any:
    given = list(call.get("pads", call.get("paddings", ()))) if pads is None else np.ravel(numbers(pads)).tolist()
    chosen = range(np.ndim(x)) if axes is None else [a % np.ndim(x) for a in numbers(axes)]
    widths = [(0, 0)] * np.ndim(x)
    for axis, start, end in zip(chosen, given[: len(given) // 2], given[len(given) // 2 :], strict=True):
        widths[axis] = (start, end)
    mode = call.get("mode", "constant")
    if mode == "constant":
        return pad(x, widths, call.get("value", 0) if value is None else np.reshape(value, ())[()])
    if any(n < 0 for pair in widths for n in pair):
        raise call.refuse(f"a negative padding in mode {mode}")
    return np.pad(x, widths, mode=mode)


@operator("CenterCropPad")
def _center_crop_pad(call: Call, x: Any, shape: Any) -> Any:
    axes = call.get("axes", range(np.ndim(x)))
    widths = [(0, 0)] * np.ndim(x)
    for axis, size in zip(axes, numbers(shape), strict=True):
        extra = size - np.shape(x)[axis]
        before = extra // 2 if extra >= 0 else -(-extra // 2)
        widths[axis] = (before, extra - before)
    return pad(x, widths)


@operator("ReverseSequence")
def _reverse_sequence(call: Call, x: Any, lengths: Any) -> Any:
    time, batch = call.get("time_axis", 0), call.get("batch_axis", 1)
    steps = np.arange(np.shape(x)[time])[:, None]
    ends = np.array(numbers(lengths))[None, :]
    places = np.where(steps < ends, ends - 1 - steps, steps)
    turned = np.moveaxis(x, (time, batch), (0, 1))
    return np.moveaxis(turned[places, np.arange(np.shape(turned)[1])[None, :]], (0, 1), (time, batch))
