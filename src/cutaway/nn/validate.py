"""A number from a user is held against an interval in text, from which both the check and the sentence follow."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from cutaway.errors import UsageError


def whole(value: Any, name: str, *, least: int = 1) -> int:
    """Return ``value`` as an int; UsageError unless it is a whole number of at least ``least``.

    >>> whole(np.int64(8), "units")
    8
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, (bool, np.bool)):
        raise UsageError(
            f"{name} must be a whole number of at least {least}",
            received=shown(value),
            instead=f"Write an integer such as {max(least, 8)}",
        )
    return number


def real(value: Any, name: str, interval: str = "(-inf, inf)", *, instead: str | None = None) -> float:
    """Return ``value`` as a float; UsageError unless it is a number within the interval, such as ``"[0, 1)"``.

    >>> real(np.float32(0.5), "rate", "[0, 1)")
    0.5
    """
    low, high = (float(end) for end in interval[1:-1].split(","))
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        above = value >= low if interval[0] == "[" else value > low
        below = value <= high if interval[-1] == "]" else value < high
        if above and below:
            return float(value)
    sentence = {(-math.inf, math.inf): "a finite number", (0.0, math.inf): "a positive number"}
    kind = sentence.get((low, high)) if interval[0] == "(" else None
    raise UsageError(f"{name} must be {kind or f'a number in {interval}'}", received=shown(value), instead=instead)


def is_function(value: object) -> bool:
    """Whether ``value`` can serve as a user's own function: a class, most likely of another library, cannot."""
    return callable(value) and not isinstance(value, type)


def shown(value: Any) -> str:
    """How an error shows a value that was received: never a whole array."""
    if isinstance(value, (int, float, np.generic)):
        return str(value)
    return f"{type(value).__name__} {value!r}" if np.ndim(value) == 0 else f"an array of shape {np.shape(value)}"
