"""Where a loop keeps each parameter: recognised by its numbers, its name, and what is kept beside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

import numpy as np

from cutaway.checking.records import Array
from cutaway.checking.running.log import Change, bare

FEW = 6  # moves of another array that are looked at


def trajectories(params: dict[str, Array], changes: list[Change]) -> dict[str, list[Change]]:
    """The changes of each parameter, in the one place where the loop keeps it."""
    slots: dict[Any, list[Change]] = {}
    for change in changes:
        if isinstance(change.new, np.ndarray | float | np.floating):
            if change.slot in slots and same(np.asarray(change.new), change.old):
                continue  # another array with the same numbers
            slots.setdefault(change.slot, []).append(change)
    moving = {slot for slot, seen in slots.items() if len(seen) > 2}
    shapes = {slot: {np.shape(c.new) for c in seen} for slot, seen in slots.items()}
    found: dict[str, list[Change]] = {}
    taken: set[Any] = set()
    families: list[Any] = []  # whose they are, and in which of its containers
    ways: set[Any] = set()  # from their owners to them
    telling = sorted(params, key=lambda name: not np.any(params[name]))  # zeros look alike
    for stage in range(6):
        for name in telling:
            value = params[name]
            if name in found:
                continue
            best, rank = None, (0, 0, 0, 0)
            wanted = _index(name, found)
            for slot, seen in slots.items():
                if slot in taken or shapes[slot] != {np.shape(value)}:
                    continue
                own = slots.get((slot[0], (*slot[1][:-1], wanted))) if type(slot[1][-1]) is int else None
                if own is not None and slot[1][-1] != wanted and same(own[0].new, value):
                    continue  # zeros of one shape look alike: the one with its number is meant
                family = slot[0], slot[1][:-1]
                equal, alike = bool(np.array_equal(seen[0].new, value)), bare(seen[0].name) == name
                beside, like = family in families, _likeness(bare(seen[0].name), name)
                fits = (
                    equal and (slot in moving or (beside and like > 1)),
                    equal and beside,
                    slot in moving and alike and (beside or not families),
                    equal and alike,
                    slot in moving and not families,
                    equal and slot not in moving and stage == 5 and _kept_beside(name, seen[0], families, ways),
                )[stage]
                new = (families.count(family), like, wanted is not None and slot[1][-1] == wanted, len(seen))
                if fits and slot in moving and not np.any(seen[0].new) and _is_sum(seen, slots.values()):
                    continue
                if fits and (best is None or new > rank):
                    best, rank = slot, new
            if best is not None:
                taken.add(best)
                families += [(best[0], best[1][:-1])] * (best in moving)
                ways |= {best[1]} if best in moving else set()
                found[name] = slots[best]
    return found if any(len(seen) > 1 for seen in found.values()) else {}


def _kept_beside(name: str, first: Change, families: list[Any], ways: set[Any]) -> bool:
    """Whether an array is kept where others that move are: in a list beside theirs, as the attribute of an object."""
    if type(first.slot[1][-1]) is str and first.slot[1] in ways and "." in first.name:
        return True
    telling = bool(np.any(first.new)) or bare(first.name)[:1].lower() == name[:1].lower()  # zeros look alike
    return telling and any(first.slot[0] == owner for owner, _ in families)


def _index(name: str, found: dict[str, list[Change]]) -> int | None:
    """Where in a list a parameter like ``b2`` is to be expected, from where those are whose numbers are known."""
    number = _number(name)
    known = {(_number(n), changes[0].slot[1][-1]) for n, changes in found.items()}
    offsets = {i - k for k, i in known if k is not None and type(i) is int}
    return number + offsets.pop() if number is not None and len(offsets) == 1 else None


def _number(name: str) -> int | None:
    digits = name[len(name.rstrip("0123456789")) :]
    return int(digits) if digits else None


def _likeness(slot: str, name: str) -> int:
    """How much the name of a slot is that of a parameter: the same, up to the numbers, the first letter, not at all."""
    own, wanted = (word.lower().rstrip("0123456789").rstrip("_") for word in (slot, name))
    return 3 if slot == name else 2 if own == wanted else int(own[:1] == wanted[:1] != "")


def _is_sum(one: list[Change], all_: Iterable[list[Change]]) -> bool:
    """Whether an array that begins with zeros is a sum of gradients or a velocity, and no parameter.

    It is set back to zeros again and again, or another one moves by multiples of it.
    """
    if sum(not np.any(c.new) and bool(np.any(c.old)) for c in one[1:]) > 1:
        return True
    shape = np.shape(one[0].new)
    for other in all_:
        if other is one or np.shape(other[0].new) != shape:
            continue
        moves = [c for c in other[1:] if np.shape(c.old) == np.shape(c.new) == shape and not c.unseen][:FEW]
        if len(moves) < 2 or not all(isinstance(c.new, np.ndarray) for c in (one[0], *moves)):
            continue
        if _same_multiple(one, moves):
            return True
    return False


def _same_multiple(one: list[Change], moves: list[Change]) -> bool:
    """Whether each of these moves is what an array was then, all times the same number."""
    first: float | None = None
    for c in moves:
        before = bisect_left(one, c.at, key=lambda own: own.at)
        k = _multiple(np.asarray(c.new, dtype=float) - c.old, one[before - 1].new) if before else 0.0
        if k == 0.0 or (first is not None and abs(k - first) > 1e-6 * abs(first)):
            return False
        first = k
    return first is not None


def _multiple(a: Array, b: Any) -> float:
    """What ``b`` is multiplied by to give ``a``; 0 if ``a`` is no multiple of it."""
    b = np.asarray(b, dtype=float)
    below = float(np.sum(b * b))
    k = float(np.sum(a * b)) / below if below > 0 and np.isfinite(below) else 0.0
    return k if np.allclose(a, k * b, rtol=1e-9, atol=1e-9 * float(np.abs(a).max(initial=0))) else 0.0


def same(a: Array, b: Any) -> bool:
    """Whether two arrays have the same shape and numbers."""
    return np.shape(a) == np.shape(b) and bool(np.array_equal(a, b))
