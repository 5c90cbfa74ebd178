"""What the author's functions can reach and change, kept as it is: a changed program may write where it should not."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checking.records import Array
from cutaway.tracing.walk import Walk

MOST = 20_000_000  # bytes of arrays


class Contents:
    """The contents of all arrays, lists, dicts and objects that functions of the author's reach.

    Attributes
    ----------
    whole : bool
        Whether all of it is kept; False if that would be too much.
    """

    def __init__(self, *roots: Any) -> None:
        arrays: dict[int, Array] = {}

        def look(name: str, value: Any) -> Any:
            if type(value) is np.ndarray and value.flags.writeable and value.dtype.kind != "O":
                arrays[id(value)] = value
            return value

        walk = Walk(look)
        walk.visit(*roots)
        self.whole = sum(a.nbytes for a in arrays.values()) <= MOST
        if not self.whole:
            return
        self._arrays = [(a, a.copy()) for a in arrays.values()]
        self._lists = [(x, list(x)) for x in walk.seen.values() if type(x) is list]
        held = [x if type(x) is dict else getattr(x, "__dict__", None) for x in walk.seen.values()]
        self._dicts = [(x, dict(x)) for x in held if type(x) is dict]

    def put_back(self) -> None:
        """Let everything be as it was."""
        for array, contents in self._arrays:
            np.copyto(array, contents)
        for values, items in self._lists:
            values[:] = items
        for named, pairs in self._dicts:
            for name in named.keys() - pairs.keys():
                del named[name]
            named.update(pairs)
