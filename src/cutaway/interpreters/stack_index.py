"""Indexing in a stack of programs: rules for reading, adding and writing at an index.

NumPy puts the axes of index arrays where these stand in the index, or first if something stands between them. A rule
moves them there behind the leading axis, so that each program sees what it sees alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.ops.select import Slot


@dataclass(frozen=True)
class _Place:
    """An index of one program, made into that of a stack.

    Parameters
    ----------
    index, arrays : tuple
        Those of the stack.
    shape : tuple of int
        Of ``x[index]`` in one program.
    before, mixed : int
        It has so many axes, then so many of the index arrays, then the rest.
    apart : bool
        Whether something stands between the index arrays, so that NumPy puts their axes first.
    each : bool
        Whether every program has index arrays of its own.
    """

    index: tuple[Any, ...]
    arrays: tuple[Any, ...]
    shape: tuple[int, ...]
    before: int
    mixed: int
    apart: bool
    each: bool

    def from_stack(self, x: Any) -> Any:
        """What indexing gave, with the leading axis in front and the others as in one program."""
        if self.each:
            start = range(1, 1 + self.mixed)
            return np.moveaxis(x, tuple(start), tuple(i + self.before for i in start))
        return np.moveaxis(x, self.mixed, 0) if self.apart and self.mixed else x

    def to_stack(self, x: Any) -> Any:
        """The way back."""
        if self.each:
            start = range(1, 1 + self.mixed)
            return np.moveaxis(x, tuple(i + self.before for i in start), tuple(start))
        return np.moveaxis(x, 0, self.mixed) if self.apart and self.mixed else x


def _place(args: Any, shape: tuple[int, ...], first: int) -> _Place:
    """The place in arrays of ``shape`` (in one program) that is said by the arguments from number ``first`` on."""
    index, k = args.eqn.params["index"], args.k
    numbers = range(first, len(args.values))
    arrays = tuple(args.values[i] for i in numbers)
    plain = [_example(args, i) for i in numbers]
    filled = tuple(plain[p.i] if isinstance(p, Slot) else p for p in index)
    target = np.broadcast_to(0, shape)[filled]
    if not arrays:
        return _Place((slice(None), *index), (), target.shape, 0, 0, False, False)
    masks = any(a.dtype.kind == "b" for a in plain)
    mixed = 1 if masks else max(a.ndim for a in plain)
    where = [i for i, part in enumerate(index) if isinstance(part, (Slot, int)) and not isinstance(part, bool)]
    apart = where[-1] - where[0] + 1 != len(where)
    consumed = sum(_consumed(part) for part in filled)
    axes = [len(shape) - consumed if part is Ellipsis else 1 for part in index[: where[0]]]
    before = 0 if apart else sum(axes)
    if not any(args.stacked[i] for i in numbers):
        return _Place((slice(None), *index), arrays, target.shape, before, mixed, apart, False)
    if masks:
        raise TraceError("A mask that is another in each program chooses another number of entries")
    aligned = [
        np.reshape(a, (k, *(1,) * (mixed - p.ndim), *p.shape)) if args.stacked[i] else a
        for i, a, p in zip(numbers, arrays, plain, strict=True)
    ]
    programs = np.arange(k).reshape(k, *(1,) * mixed)
    moved = tuple(Slot(p.i + 1) if isinstance(p, Slot) else p for p in index)
    return _Place((Slot(0), *moved), (programs, *aligned), target.shape, before, mixed, apart, True)


def _example(args: Any, i: int) -> Any:
    """The index array of one program for the example input."""
    atom = args.eqn.inputs[i]
    return np.asarray(getattr(atom, "value", atom))


def _consumed(part: Any) -> int:
    """How many axes an entry of an index takes up."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype.kind == "b" else 1


def _take(args: Any) -> Any:
    place = _place(args, args.shape(0), 1)
    return place.from_stack(args.bind(args.full(0), *place.arrays, index=place.index))


def _scatter(args: Any) -> Any:
    shape = args.eqn.params["shape"]
    place = _place(args, shape, 1)
    g = np.broadcast_to(args.aligned(0, len(place.shape)), (args.k, *place.shape))
    return args.bind(place.to_stack(g), *place.arrays, index=place.index, shape=(args.k, *shape))


def _put(args: Any) -> Any:
    place = _place(args, args.shape(0), 2)
    v = np.broadcast_to(args.aligned(1, len(place.shape)), (args.k, *place.shape))
    return args.bind(args.full(0), place.to_stack(v), *place.arrays, index=place.index)


INDEXING: dict[str, Callable[[Any], Any]] = {"take_at": _take, "scatter": _scatter, "put_at": _put, "add_at": _put}
