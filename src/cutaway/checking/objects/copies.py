"""Copies of a network with other parameters: every run happens on one, so that the object stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cutaway.checking.objects.methods import called
from cutaway.checking.records import Array
from cutaway.checking.running.authored import is_users
from cutaway.checking.running.log import DEEPEST, LONGEST
from cutaway.checking.sources.losses import scalar
from cutaway.checking.sources.snapshots import Path, clone, get, put
from cutaway.tracing import Traced


def with_parameters(net: Any, names: Mapping[str, Path], p: Mapping[str, Any]) -> Any:
    """A copy of the object with other parameters."""
    memo: dict[int, Any] = {}
    for name, path in names.items():
        new = Traced(p[name].recorder, p[name].variable) if type(p[name]) is Traced else np.array(p[name])
        memo[id(get(net, path))] = new
    copy = clone(net, memo)
    for name, path in names.items():
        if not isinstance(get(net, path), np.ndarray):
            put(copy, path, p[name] if type(p[name]) is Traced else float(p[name]))
    return copy


def composed(
    net: Any, X: Array, y: Array, method: str, names: Mapping[str, Path]
) -> Callable[[Mapping[str, Any]], Any]:
    """A method that gives one number, as a function of the parameters."""

    # the object and the data stand in the closure: a recording looks for arrays there
    def loss(p: Mapping[str, Any]) -> Any:
        copy = with_parameters(net, names, p)
        return scalar(called(copy, method, X, y))

    return loss


def arrays_below(value: Any, path: Path, found: dict[str, Path], seen: set[int], depth: int = 0) -> None:
    """Arrays of floats below an object, by the way there."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        text = "".join(f".{k}" if how == "a" else f"[{k!r}]" for how, k in path).lstrip(".")
        found[text] = path
        return
    if id(value) in seen or depth > DEEPEST:
        return
    seen.add(id(value))
    if isinstance(value, dict) and len(value) <= LONGEST:
        for k, v in value.items():
            arrays_below(v, (*path, ("k", k)), found, seen, depth + 1)
    elif isinstance(value, list | tuple) and len(value) <= LONGEST:
        for i, v in enumerate(value):
            arrays_below(v, (*path, ("k", i)), found, seen, depth + 1)
    elif is_users(type(value)) or depth == 0:
        for k, v in getattr(value, "__dict__", {}).items():
            arrays_below(v, (*path, ("a", k)), found, seen, depth + 1)
