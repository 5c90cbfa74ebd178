"""How arrays are kept and told apart while a program is watched: copies, and marks of their contents."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from cutaway.checking.running.log import LONGEST

COPIED = 200_000  # entries of an array that is copied; of a larger one the log keeps the array itself
SAMPLE = 4096  # entries by which a large array is recognised


def copied(value: Any) -> Any:
    """A copy of an array and of containers of them; other things themselves."""
    if type(value) is np.ndarray:
        return value.copy() if value.size <= COPIED else value
    if isinstance(value, list | tuple) and len(value) <= LONGEST and type(value) in (list, tuple):
        return type(value)(copied(v) for v in value)
    if type(value) is dict and len(value) <= LONGEST:
        return {k: copied(v) for k, v in value.items()}
    return value


def mark_of(value: Any) -> Any:
    """What tells the contents of two arrays apart."""
    if type(value) is not np.ndarray:
        return "nan" if value != value else ("number", value)
    if value.size > SAMPLE:
        flat = (
            value.reshape(-1) if value.flags.c_contiguous else value.T.reshape(-1) if value.flags.f_contiguous else None
        )
        if flat is None:
            return (value.shape, value.dtype, id(value))
        return (value.shape, value.dtype, zlib.crc32(flat[:: value.size // SAMPLE].tobytes()))
    return (value.shape, value.dtype, value.tobytes())


def unchanged(value: np.ndarray[Any, Any], mark: Any) -> bool:
    """Whether a small array has the contents that its mark was made of; said without making another mark."""
    shape, dtype, content = mark
    return bool(type(content) is bytes and value.tobytes() == content and value.shape == shape and value.dtype == dtype)


def only_numbers(value: list[Any]) -> bool:
    """Whether a list holds numbers alone, and lists of them: two such lists are compared at once."""
    return all(type(v) in (float, int) or (type(v) is list and len(v) <= LONGEST and only_numbers(v)) for v in value)
