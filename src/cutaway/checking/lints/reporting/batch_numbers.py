"""What was seen in each iteration of a loop over batches: its numbers, and how many rows its arrays have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.running.log import Change, Log, arrays_in

Key: TypeAlias = "tuple[Any, ...]"


@dataclass
class Round:
    """One time through a loop over batches: the numbers and the shapes that were seen in each of its iterations."""

    numbers: dict[int, dict[Key, float]] = field(default_factory=dict)
    shapes: dict[int, dict[Key, tuple[int, ...]]] = field(default_factory=dict)
    names: dict[Key, Change] = field(default_factory=dict)


def rounds(log: Log) -> Iterator[Round]:
    """The times that a loop was gone through, as far as it was seen without a gap."""
    found: dict[Any, Round] = {}
    for c in log.changes:
        if c.loops:
            *outer, (frame, loop, i) = c.loops
            one = found.setdefault((tuple(outer), frame, loop), Round())
            if isinstance(c.new, np.ndarray):
                one.shapes.setdefault(i, {})[c.slot] = c.new.shape
            elif isinstance(c.new, float | int | np.number):
                key = (c.slot[0], *c.slot[1])
                one.numbers.setdefault(i, {})[key] = float(c.new)
                one.names.setdefault(key, c)
                if c.old is not None and not isinstance(c.old, np.ndarray) and len(c.slot[1]) == 1:
                    one.numbers[i]["sum", *key] = float(c.new) - float(c.old)
                    one.names["sum", *key] = c
                if isinstance(c.slot[1][-1], int) and len(c.slot[1]) > 1:  # the items of a list, one after the other
                    one.numbers[i]["item", c.slot[0], *c.slot[1][:-1]] = float(c.new)
                    one.names.setdefault(("item", c.slot[0], *c.slot[1][:-1]), c)
    for call in log.calls:
        if call.loops:
            *outer, (frame, loop, i) = call.loops
            one = found.setdefault((tuple(outer), frame, loop), Round())
            for name, value in call.arguments.items():
                for path, array in arrays_in(value):
                    one.shapes.setdefault(i, {})["call", call.code, name, path] = array.shape
            for path, number in plain_numbers(call.result):
                one.numbers.setdefault(i, {})["call", call.code, path] = number
    for one in found.values():
        steps = sorted(one.numbers)
        if len(steps) > 1 and steps[-1] - steps[0] == len(steps) - 1:
            yield one


def plain_numbers(value: Any) -> Iterator[tuple[str, float]]:
    """The numbers that a function returned, alone or in a tuple."""
    if isinstance(value, float | int | np.number) and not isinstance(value, bool):
        yield "", float(value)
    elif isinstance(value, tuple):
        for i, v in enumerate(value[:8]):
            for path, number in plain_numbers(v):
                yield f"{i}{path}", number
    elif isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "fiu":
        yield "", float(value)


def sizes_of(one: Round, table: int, sampled: bool) -> list[int] | None:
    """The rows of each batch: the same for all but the last; None if none are seen, or nothing is odd about them."""
    steps = sorted(one.numbers)
    if any(i not in one.shapes for i in steps):
        return None
    votes: dict[tuple[int, ...], int] = {}
    for key in one.shapes[steps[0]]:
        shapes = [one.shapes[i].get(key) for i in steps]
        if any(s is None or len(s) != len(shapes[0] or ()) for s in shapes):
            continue
        for axis in range(min(len(shapes[0] or ()), 2)):
            sizes = tuple(s[axis] for s in shapes if s is not None)
            smaller = 0 < sizes[-1] < sizes[0]
            dropped = sizes[-1] == sizes[0] > 1 and table // sizes[0] == len(sizes) < table / sizes[0] and not sampled
            if len(set(sizes[:-1])) == 1 and (smaller or dropped):
                votes[sizes] = votes.get(sizes, 0) + 1
    most = max(votes.values(), default=0)
    return next((list(sizes) for sizes, count in votes.items() if count == most), None)


def series_of(one: Round) -> dict[Key, list[float]]:
    """The numbers that each iteration has: one for each batch."""
    steps = sorted(one.numbers)
    found = {}
    for key in one.numbers[steps[0]]:
        series = [one.numbers[i].get(key, math.nan) for i in steps]
        if np.isfinite(series).all() and len(set(series)) > 1:
            found[key] = series
    return found
