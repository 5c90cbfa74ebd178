"""Gradients of slices: a sum of arrays that are zero but for neighbouring slices is one array, joined from the slices.

Whoever cuts an array into steps, gates or parts gets such sums from the gradient, with as much work for each part as
for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from cutaway.graph import Atom, Eqn, Var
from cutaway.ops.join import CONCATENATE
from cutaway.ops.select import SCATTER
from cutaway.tracing import Traced, bind
from cutaway.tracing.recorder import Recorder

Box: TypeAlias = tuple[tuple[int, int], ...]
"""Where a slice lies: (start, stop) along each axis."""


def joined(recorder: Recorder, eqn: Eqn, producers: Mapping[Var, Eqn]) -> Any:
    """A shorter spelling of an equation about scattered slices; None if it is not about them."""
    if eqn.primitive is SCATTER:
        fills = _box(eqn) == _whole(eqn)
        return np.reshape(_traced(recorder, eqn.inputs[0]), eqn.output.shape) if fills else None
    if eqn.primitive.fn is not np.add:
        return None
    parts = [producers.get(a) if isinstance(a, Var) else None for a in eqn.inputs]
    found = [(box, part) for part in parts if part is not None and (box := _box(part)) is not None]
    if len(found) < 2 or any(part.output.dtype != eqn.output.dtype for _, part in found):
        return None
    (low, first), (high, second) = sorted(found, key=lambda pair: pair[0])
    axes = [i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a != b]
    if len(axes) != 1 or low[axes[0]][1] != high[axes[0]][0]:
        return None
    (axis,) = axes
    pieces = [piece for part in (first, second) for piece in _pieces(recorder, part, axis, producers)]
    union = tuple((a, b) for (a, _), (_, b) in zip(low, high, strict=True))
    join = np.concatenate(pieces, axis=axis)
    if union == _whole(eqn):
        return join
    return bind(SCATTER, join, index=tuple(slice(*edges) for edges in union), shape=eqn.output.shape)


def _whole(eqn: Eqn) -> Box:
    return tuple((0, n) for n in eqn.output.shape)


def _traced(recorder: Recorder, atom: Atom) -> Any:
    return Traced(recorder, atom) if isinstance(atom, Var) else atom


def _box(eqn: Eqn) -> Box | None:
    """The box that a scatter fills, if it is a plain one: no index arrays, no steps, no new axes."""
    if eqn.primitive is not SCATTER or len(eqn.inputs) != 1:
        return None
    index, shape = eqn.params["index"], eqn.params["shape"]
    if index[:1] == (Ellipsis,):
        index = (*[slice(None)] * (len(shape) - len(index) + 1), *index[1:])
    if not all(isinstance(part, (int, slice)) and not isinstance(part, bool) for part in index):
        return None
    edges = []
    for part, n in zip((*index, *[slice(None)] * (len(shape) - len(index))), shape, strict=True):
        start, stop, step = part.indices(n) if isinstance(part, slice) else (part % n, part % n + 1, 1)
        if step != 1 or stop <= start:
            return None
        edges.append((start, stop))
    return tuple(edges)


def _pieces(recorder: Recorder, eqn: Eqn, axis: int, producers: Mapping[Var, Eqn]) -> list[Any]:
    """What a scatter scatters, with all axes; the pieces of an earlier join one by one."""
    atom, sizes = eqn.inputs[0], tuple(stop - start for start, stop in _box(eqn) or ())
    maker = producers.get(atom) if isinstance(atom, Var) else None
    if maker and maker.primitive is CONCATENATE and maker.params["axis"] == axis and maker.output.shape == sizes:
        return [_traced(recorder, a) for a in maker.inputs]
    return [np.reshape(_traced(recorder, atom), sizes)]
