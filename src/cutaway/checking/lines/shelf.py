"""Many arrays, sorted by shape, so that those that are like a given one are found at once.

A backward pass that goes through its samples one by one has thousands of values: comparing each of them with each
true one would take longer than everything else. Here all arrays of one shape are one matrix.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cutaway.checking.records import Array

ALIKE = 1e-6  # relative difference of two values that are the same up to rounding
EQUAL = 1e-10  # relative difference of two single numbers of which one is a multiple of the other
LOST = 1e-9, 1e-12  # what is lost of a cosine of 1, and for each entry


def proportional(value: Any, target: Any, factors: Iterable[float] = ()) -> tuple[float, Any] | None:
    """``(c, like)`` if ``value`` is ``c`` times ``target``, up to its shape or transposition; ``like`` reshapes.

    Any number is a multiple of any other: of a number only the same counts, its negative, and ``factors`` times these.
    """
    value, target = np.asarray(value), np.asarray(target)
    if value.dtype.kind != "f" or not value.size:
        return None
    if value.size == 1 == target.size:
        mine, theirs = float(value.ravel()[0]), float(target.ravel()[0])
        near = [(1.0, ALIKE), (-1.0, ALIKE), *((sign * k, EQUAL * k) for k in factors for sign in (1.0, -1.0))]
        return next(((c, False) for c, off in near if abs(mine - c * theirs) <= off * abs(theirs)), None)
    for turned in (False, True):
        if turned and (target.ndim != 2 or 1 in target.shape):
            break
        t = target.T if turned else target
        if value.size != t.size:
            if value.size == 1 and np.ptp(t) <= ALIKE * np.max(np.abs(t), initial=1e-300):  # one number for all
                mean = float(np.mean(t))
                tiny = abs(mean) < 1e-12  # a sum that cancels: nothing can be read from its size
                return 1.0 if tiny else float(value.ravel()[0]) / mean, None
            continue
        if tuple(n for n in value.shape if n != 1) != tuple(n for n in t.shape if n != 1):
            continue
        flat, u = t.ravel(), value.ravel()
        below = float(flat @ flat)
        c = float(u @ flat) / below if below > 0 else 0.0
        if c != 0 and np.max(np.abs(u - c * flat)) <= ALIKE * np.max(np.abs(u)):
            return c, turned
    return None


class Shelf:
    """Arrays by their shape, axes of length one apart; each is known by its number."""

    def __init__(self, arrays: Iterable[Any]) -> None:
        found: dict[tuple[int, ...], list[tuple[int, Array]]] = {}
        for k, value in enumerate(map(np.asarray, arrays)):
            if value.dtype.kind in "fbiu" and value.size:
                found.setdefault(squeezed(value.shape), []).append((k, value.ravel()))
        self._numbers = {shape: np.array([k for k, _ in held]) for shape, held in found.items()}
        self._rows = {shape: np.stack([v for _, v in held]).astype(float) for shape, held in found.items()}
        self._units: dict[tuple[int, ...], Array] = {}

    def has(self, value: Any) -> bool:
        """Whether one of the arrays holds these numbers, up to rounding."""
        rows = self._rows.get(squeezed(np.shape(value)))
        if rows is None:
            return False
        return bool(np.isclose(np.ravel(value), rows, rtol=1e-10, atol=1e-12).all(axis=1).any())

    def multiples(self, target: Any, factors: Iterable[float] = ()) -> list[int]:
        """The numbers of the arrays that may be a multiple of ``target``, or of what it is transposed; a few more.

        Any number is a multiple of any other: of one number only the same counts, and ``factors`` times that, up to
        the sign.
        """
        target = np.asarray(target)
        if target.dtype.kind not in "fiub" or not target.size:
            return []
        target = target.astype(float)
        found = set(self._along(target, factors))
        if target.ndim == 2 and 1 not in target.shape:
            found |= set(self._along(target.T))
        if target.size > 1 and () in self._numbers and np.ptp(target) <= ALIKE * np.max(np.abs(target)):
            found |= set(self._numbers[()].tolist())  # one number that stands for all
        return sorted(found)

    def _along(self, target: Array, factors: Iterable[float] = ()) -> list[int]:
        shape = squeezed(target.shape)
        if shape not in self._rows:
            return []
        if target.size == 1:
            size, sizes = abs(float(target.ravel()[0])), np.abs(self._rows[shape][:, 0])
            near = np.abs(sizes - size) <= ALIKE * size
            for c in factors:
                near |= np.abs(sizes - c * size) <= EQUAL * c * size
        else:
            if shape not in self._units:
                self._units[shape] = _unit(self._rows[shape])
            lost = LOST[0] + LOST[1] * target.size
            near = np.abs(self._units[shape] @ _unit(target.reshape(1, -1))[0]) >= 1 - lost
        return [int(k) for k in self._numbers[shape][near]]


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its axes of length one."""
    return tuple(n for n in shape if n != 1)


def _unit(rows: Array) -> Array:
    """Rows of length one; those of zeros stay."""
    with np.errstate(all="ignore"):
        rows = rows / np.maximum(np.max(np.abs(rows), axis=1, keepdims=True), 1e-300)
        unit = rows / np.maximum(np.sqrt(np.sum(rows * rows, axis=1, keepdims=True)), 1e-300)
    return np.asarray(np.nan_to_num(unit, nan=0.0, posinf=0.0, neginf=0.0))
