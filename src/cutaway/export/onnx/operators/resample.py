"""Arrays read between their entries: resized along axes, or sampled at any places.

A new entry is a weighted sum of old ones. How a weight falls with the distance is a kernel: a triangle, or Keys' cubic
(1981, equation 15).
"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import Call, numbers, operator
from cutaway.ops.shape import astype


def _triangle(t: Any, a: float) -> Any:
    return np.clip(1 - np.abs(t), 0, 1)


def _cubic(t: Any, a: float) -> Any:
    t = np.abs(t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0))


_KERNELS = {"linear": (_triangle, 1), "cubic": (_cubic, 2)}


def _rounded(x: Any, how: str) -> Any:
    return {
        "round_prefer_floor": lambda: np.ceil(x - 0.5),
        "round_prefer_ceil": lambda: np.floor(x + 0.5),
        "floor": lambda: np.floor(x),
        "ceil": lambda: np.ceil(x),
    }[how]().astype(int)


# Resizing ---------------------------------------------------------------------------------------------------------


def _coordinates(mode: str, n: int, m: int, scale: float, start: float, end: float) -> Any:
    """Where the ``m`` new entries lie among the ``n`` old ones."""
    i, width = np.arange(m), scale * n  # which need not be whole
    if mode == "align_corners":
        return i * (n - 1) / (width - 1) if m > 1 else 0.0 * i
    if mode == "asymmetric":
        return i / scale
    if mode == "tf_crop_and_resize":
        return (start + i * (end - start) / (width - 1) if m > 1 else 0.5 * (start + end) + 0 * i) * (n - 1)
    if mode == "half_pixel_symmetric":
        return n / 2 * (1 - m / width) + (i + 0.5) / scale - 0.5
    if mode == "pytorch_half_pixel" and m == 1:
        return 0.0 * i
    return (i + 0.5) / scale - 0.5


def _weights(call: Call, x: Any, n: int, scale: float, mode: str) -> Any:
    """The weights of the ``n`` old entries (columns) in each new one (rows)."""
    kernel, reach = _KERNELS[mode]
    shrink = min(scale, 1.0) if call.get("antialias", 0) else 1.0
    reach = math.ceil(reach / shrink)
    taps = np.floor(x)[:, None].astype(int) + np.arange(-reach, reach + 1)
    w = kernel((taps - x[:, None]) * shrink, call.get("cubic_coeff_a", -0.75))
    if call.get("exclude_outside", 0):
        w = np.where((taps >= 0) & (taps < n), w, 0)
    w = w / w.sum(axis=1, keepdims=True)
    result = np.zeros((len(x), n))
    np.add.at(result, (np.arange(len(x))[:, None], np.clip(taps, 0, n - 1)), w)
    return result


@operator("Resize", "Upsample")
def _resize(call: Call, x: Any, *inputs: Any) -> Any:
    roi, scales, sizes = ((None, *inputs, None) if call.opset < 11 else (*inputs, None, None, None))[:3]
    scales = call.get("scales") if scales is None or not np.size(scales) else numbers(scales)
    axes = [a % np.ndim(x) for a in call.get("axes", range(np.ndim(x)))]
    lengths = [np.shape(x)[a] for a in axes]
    if scales is None:
        targets = numbers(sizes)
        scales = [m / n for m, n in zip(targets, lengths, strict=True)]
        policy = call.get("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            scales = [(min if policy == "not_larger" else max)(scales)] * len(scales)
            targets = [math.floor(s * n + 0.5) for s, n in zip(scales, lengths, strict=True)]
    else:
        targets = [math.floor(s * n) for s, n in zip(scales, lengths, strict=True)]
    corners = np.ravel(numbers(roi)).tolist() if roi is not None and np.size(roi) else []
    corners = corners or [0.0] * len(axes) + [1.0] * len(axes)
    mode = call.get("mode", "nearest")
    mode = {"bilinear": "linear"}.get(mode, mode)
    places = call.get("coordinate_transformation_mode", "half_pixel") if call.opset >= 11 else "asymmetric"
    nearest = call.get("nearest_mode", "round_prefer_floor") if call.opset >= 11 else "floor"
    outside: Any = False
    for i, (axis, n, m, scale) in enumerate(zip(axes, lengths, targets, scales, strict=True)):
        if n == m and scale == 1 and places != "tf_crop_and_resize":
            continue
        at = _coordinates(places, n, m, scale, corners[i], corners[i + len(axes)])
        if places == "tf_crop_and_resize":
            beyond = (at < 0) | (at > n - 1)
            outside = outside | np.reshape(beyond, [-1 if k == axis else 1 for k in range(np.ndim(x))])
        if mode == "nearest":
            x = np.take(x, np.clip(_rounded(at, nearest), 0, n - 1), axis=axis)
        else:
            w = _weights(call, at, n, scale, mode)
            wide = w if x.dtype.kind == "f" else w.astype(np.float64)
            moved = np.tensordot(wide.astype(x.dtype) if x.dtype.kind == "f" else wide, x, axes=(1, axis))
            x = astype(np.moveaxis(moved, 0, axis), x.dtype)
    if np.any(outside):
        x = np.where(np.broadcast_to(outside, np.shape(x)), x.dtype.type(call.get("extrapolation_value", 0.0)), x)
    return x


# Sampling ---------------------------------------------------------------------------------------------------------


def _inside(i: Any, n: int, how: str, aligned: bool) -> Any:
    """Places as whole numbers, those beyond the border brought inside."""
    if how == "reflection":
        low, span = (0.0, n - 1.0) if aligned else (-0.5, float(n))
        if span:
            t = np.mod(i - low, 2 * span)
            i = np.where(t > span, 2 * span - t, t) + low
    return np.clip(i, 0, n - 1).astype(int)


@operator("GridSample")
def _grid_sample(call: Call, x: Any, grid: Any) -> Any:
    """Each place of the grid, from -1 to 1 along every axis, the last axis first."""
    lengths, places = np.shape(x)[2:], np.asarray(numbers(grid))
    mode = call.get("mode", "linear").removeprefix("bi")
    how, aligned = call.get("padding_mode", "zeros"), bool(call.get("align_corners", 0))
    taps, weights = [], []
    for n, g in zip(lengths, np.moveaxis(places, -1, 0)[::-1], strict=True):
        at = (g + 1) / 2 * (n - 1) if aligned else ((g + 1) * n - 1) / 2
        if mode == "nearest":
            found, w = np.rint(at)[..., None], np.ones((*np.shape(at), 1))
        else:
            kernel, reach = _KERNELS[mode]
            found = np.floor(at)[..., None] + np.arange(1 - reach, reach + 1)
            w = kernel(found - at[..., None], -0.75)
        if how == "zeros":
            w = np.where((found >= 0) & (found < n), w, 0)
        taps.append(_inside(found, n, how, aligned))
        weights.append(w)
    rows = np.arange(np.shape(x)[0]).reshape((-1,) + (1,) * (np.ndim(places) - 2))
    last = np.moveaxis(x, 1, -1)
    total: Any = 0
    for choice in product(*(range(t.shape[-1]) for t in taps)):
        picked = last[(rows, *(t[..., k] for t, k in zip(taps, choice, strict=True)))]
        weight = math.prod((w[..., k] for w, k in zip(weights, choice, strict=True)), start=np.float64(1))
        total = total + picked * np.expand_dims(weight, -1).astype(x.dtype)
    return np.moveaxis(total, -1, 1)
