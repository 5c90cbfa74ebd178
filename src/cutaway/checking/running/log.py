"""What is seen of a program while it runs: changes of names, calls of functions, and how to read their log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.running.lost import Lost

Slot: TypeAlias = "tuple[int, tuple[Any, ...]]"  # whose it is (a frame's number or an object's id), and the way there
LONGEST, DEEPEST = 64, 4  # items of a container, and containers in each other, that are looked into


@dataclass(frozen=True, slots=True)
class Change:
    """A name got another value, or its array other contents.

    Attributes
    ----------
    at : int
        Number of the event.
    slot : tuple
        Whose it is and the way there; the same name of the same frame or object has the same slot.
    name : str
        As the author writes it, ``self.W[0]``.
    file, line, function : str, int, str
        The line that did it.
    frame : int
        Number of the frame that the line ran in.
    old, new : ndarray or number, or None
    inplace : bool
        Whether it is the same array with other contents.
    identity : int
        The array object's id.
    loops : tuple of (int, int, int)
        The loops it happened in, outermost first: frame, loop, iteration.
    unseen : bool
        Whether it happened while nobody watched, on another line than this one, and perhaps in several steps.
    """

    at: int
    slot: Slot
    name: str
    file: str
    line: int
    function: str
    frame: int
    old: Any
    new: Any
    inplace: bool
    identity: int
    loops: tuple[tuple[int, int, int], ...]
    unseen: bool = False


@dataclass(slots=True)
class Call:
    """A call of one of the user's functions."""

    at: int
    code: CodeType
    frame: int
    caller: int
    arguments: dict[str, Any]
    line: int
    caller_line: int
    loops: tuple[tuple[int, int, int], ...]
    result: Any = None
    returned: int = -1
    result_line: int = 0


@dataclass(slots=True)
class Kept:
    """Something that the program keeps for later, as it was then: see :mod:`cutaway.checking.running.kept`.

    ``keeper`` is the statement, ``value`` what it kept, ``copies`` are its arrays, ``shared`` the numbers of those that
    the program also has elsewhere; ``changed`` of them had other contents in a later round, ``rounds`` of which began.
    """

    at: int
    file: str
    keeper: Any
    value: Any
    copies: list[Any]
    loops: tuple[tuple[int, int, int], ...]
    shared: tuple[int, ...]
    changed: int = 0
    rounds: int = 0


@dataclass
class Log:
    """What was seen."""

    changes: list[Change] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lost: dict[int, Lost] = field(default_factory=dict)
    iterations: dict[tuple[int, int], int] = field(default_factory=dict)
    first: dict[int, tuple[Any, int, str, str, int]] = field(default_factory=dict)
    events: int = 0
    sampled: bool = False


def by_slot(changes: Iterable[Change]) -> dict[Slot, list[Change]]:
    """Changes that belong to one name of one frame or object, in their order."""
    found: dict[Slot, list[Change]] = {}
    for change in changes:
        found.setdefault(change.slot, []).append(change)
    return found


def arrays_in(value: Any, name: str = "", depth: int = 0) -> list[tuple[str, np.ndarray[Any, Any]]]:
    """The arrays in nested lists, tuples and dicts, with the last key or number on the way as their name."""
    if isinstance(value, np.ndarray):
        return [(name, value)]
    if isinstance(value, list | tuple | dict) and depth < DEEPEST and len(value) <= LONGEST:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for k, v in items for found in arrays_in(v, str(k), depth + 1)]
    return []


def last_name(name: str) -> str:
    """``W1`` of ``self.params['W1']``."""
    return name.rsplit("[", 1)[-1].strip("]'\"") if name.endswith("]") else name.rsplit(".", 1)[-1]


def bare(name: str) -> str:
    """A name without what only its place adds: ``W1`` of ``self.params['W1']``, ``w0`` of ``net.w[0]``."""
    last = name.rsplit(".", 1)[-1]
    own = last_name(name)
    return own if not own.isdigit() else "".join(c for c in last if c.isalnum())
