"""Joining arrays into one, and splitting one into parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from cutaway.ops.shape import astype, known, normal_axis
from cutaway.tracing.array import Traced, bind
from cutaway.tracing.registry import handles, primitive


def _part_rule(g: Any, y: Any, part: Any, start: int, axis: int) -> Any:
    return g[(slice(None),) * axis + (slice(start, start + np.shape(part)[axis]),)]


class _ConcatenateRules(Sequence[Any]):
    """One rule for each part, made when asked for: part ``i`` gets its own slice of the cotangent."""

    def __len__(self) -> int:
        return 1_000_000

    def __getitem__(self, i: Any) -> Any:
        def rule(g: Any, y: Any, *parts: Any, axis: int = 0) -> Any:
            start = sum(np.shape(p)[axis] for p in parts[:i])
            return _part_rule(g, y, parts[i], start, axis)

        return rule


def concatenated(*parts: Any, axis: int = 0) -> Any:
    """``np.concatenate(parts, axis)`` with the parts as arguments of their own."""
    return np.concatenate(parts, axis)


CONCATENATE = primitive(
    concatenated,
    _ConcatenateRules(),
    show=lambda texts, axis=0: f"np.concatenate([{', '.join(texts)}], axis={axis})",
)


@handles("numpy.concatenate")
def _concatenate(arrays: Any, /, axis: int | None = 0, *, dtype: Any = None) -> Any:
    parts = [a if type(a) is Traced else np.asarray(a) for a in arrays]
    if axis is None:
        parts, axis = [np.ravel(a) for a in parts], 0
    result = bind(CONCATENATE, *parts, axis=normal_axis(axis, np.ndim(parts[0])))
    return result if dtype is None else astype(result, dtype)


@handles("numpy.stack")
def _stack(arrays: Any, axis: int = 0, *, dtype: Any = None) -> Any:
    axis = normal_axis(axis, np.ndim(arrays[0]) + 1)
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis, dtype=dtype)


@handles("numpy.vstack", "numpy.row_stack")
def _vstack(tup: Any, *, dtype: Any = None) -> Any:
    return np.concatenate([np.atleast_2d(a) for a in tup], axis=0, dtype=dtype)


@handles("numpy.hstack")
def _hstack(tup: Any, *, dtype: Any = None) -> Any:
    parts = [np.atleast_1d(a) for a in tup]
    return np.concatenate(parts, axis=0 if np.ndim(parts[0]) == 1 else 1, dtype=dtype)


@handles("numpy.dstack")
def _dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


@handles("numpy.column_stack")
def _column_stack(tup: Any) -> Any:
    return np.concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup], axis=1)


@handles("numpy.append")
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return np.concatenate([arr, values], axis=axis)


@handles("numpy.block")
def _block(arrays: Any) -> Any:
    def depth(x: Any) -> int:
        return 1 + depth(x[0]) if type(x) is list else 0

    def join(x: Any, level: int) -> Any:
        if type(x) is not list:
            return x if np.ndim(x) >= total else np.reshape(x, (1,) * (total - np.ndim(x)) + np.shape(x))
        return np.concatenate([join(part, level + 1) for part in x], axis=level - depth_of_nesting)

    def largest(x: Any) -> int:
        return max(largest(part) for part in x) if type(x) is list else np.ndim(x)

    depth_of_nesting = depth(arrays)
    total = max(largest(arrays), depth_of_nesting)
    return join(arrays, 0)


# Splitting --------------------------------------------------------------------------------------------------------


def _splitter(plain: Any) -> Any:
    def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
        axis = normal_axis(axis, np.ndim(ary))
        parts = plain(np.arange(np.shape(ary)[axis]), known(indices_or_sections))
        starts = np.cumsum([0, *map(len, parts)]).tolist()
        before = (slice(None),) * axis
        return [ary[(*before, slice(a, b))] for a, b in pairwise(starts)]

    return split


handles("numpy.split")(_splitter(np.split))
handles("numpy.array_split")(_splitter(np.array_split))
handles("numpy.vsplit")(lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 0))
handles("numpy.hsplit")(
    lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)
)
handles("numpy.dsplit")(lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 2))


@handles("numpy.unstack")
def _unstack(x: Any, /, *, axis: int = 0) -> Any:
    return tuple(np.moveaxis(x, axis, 0))
