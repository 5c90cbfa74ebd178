"""The state of a program at the start of a loop's iteration: a copy in which the same arrays stay the same arrays."""

from __future__ import annotations

import copy
import random
import types
from dataclasses import dataclass, field
from random import Random
from types import FrameType
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.running.authored import is_users
from cutaway.checking.running.log import DEEPEST
from cutaway.tracing import Traced

Path: TypeAlias = "tuple[tuple[str, Any], ...]"  # ("k", key) goes into a container, ("a", name) to an attribute
LARGE = 2_000_000  # entries; larger arrays are data, and are shared


@dataclass
class Snapshot:
    """A program's data at one moment.

    Attributes
    ----------
    loop, frame, function : int, int, str
        The loop whose iteration begins, the number of its frame and the function it stands in.
    state : dict
        ``{"globals": ..., "locals": ...}``; for a loop at the top of the file, ``locals`` is None.
    objects : dict
        The way to each of the author's objects, by the id that it had.
    """

    loop: int
    frame: int
    function: str
    state: dict[str, Any]
    objects: dict[int, Path] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    generators: tuple[Any, Any] = (None, None)

    def path(self, owner: int, way: tuple[Any, ...]) -> Path | None:
        """The way to what the watch calls ``(owner, way)``; None if it was not there yet."""
        if owner in self.objects:
            path = (*self.objects[owner], ("a", way[0]), *(("k", k) for k in way[1:]))
        elif owner == 0:
            path = (("k", "globals"), *(("k", k) for k in way))
        elif owner == self.frame and self.state["locals"] is not None:
            path = (("k", "locals"), *(("k", k) for k in way))
        else:
            return None
        try:
            get(self.state, path)
        except (KeyError, IndexError, AttributeError, TypeError):
            return None
        return path


def take(loop: int, number: int, frame: FrameType, namespace: dict[str, Any]) -> Snapshot:
    """Copy what a frame and its module hold."""
    memo: dict[int, Any] = {}
    at_top = frame.f_locals is frame.f_globals or frame.f_locals is namespace
    state: dict[str, Any] = {"globals": _data(namespace, memo), "locals": None}
    found = Snapshot(loop, number, frame.f_code.co_name, state)
    if not at_top:
        state["locals"] = {k: clone(v, memo) for k, v in frame.f_locals.items() if k[0] != "."}
        _objects(frame.f_locals, (("k", "locals"),), found)
    _objects(namespace, (("k", "globals"),), found)
    found.generators = (random.getstate(), np.random.get_state())  # noqa: NPY002 - what old code draws from
    return found


def _data(namespace: dict[str, Any], memo: dict[int, Any]) -> dict[str, Any]:
    return {k: clone(v, memo) for k, v in namespace.items() if not k.startswith("__") and is_data(v)}


def is_data(value: Any) -> bool:
    """Whether a name of a module holds data, and not code."""
    return not isinstance(value, types.ModuleType | types.FunctionType | types.BuiltinFunctionType | type) and not (
        callable(value) and not is_users(type(value))
    )


def _objects(root: Any, path: Path, found: Snapshot, depth: int = 0) -> None:
    """Note the way to each of the author's objects below ``root``."""
    if isinstance(root, dict):
        items: list[tuple[tuple[str, Any], Any]] = [(("k", k), v) for k, v in list(root.items())[:200]]
    elif isinstance(root, list | tuple):
        items = [(("k", k), v) for k, v in enumerate(root[:64])]
    else:
        items = [(("a", k), v) for k, v in getattr(root, "__dict__", {}).items()]
    for step, value in items:
        if isinstance(step[1], str) and step[1].startswith("__"):
            continue
        if isinstance(value, list | tuple | dict) and depth < DEEPEST:
            _objects(value, (*path, step), found, depth + 1)
        elif is_users(type(value)) and id(value) not in found.objects and depth < DEEPEST:
            found.objects[id(value)] = (*path, step)
            found.kept.append(value)
            _objects(value, (*path, step), found, depth + 1)


def get(state: Any, path: Path) -> Any:
    """What stands at the end of a way."""
    for how, key in path:
        state = state[key] if how == "k" else getattr(state, key)
    return state


def put(state: Any, path: Path, value: Any) -> None:
    """Put a value at the end of a way, if what holds it can be written to."""
    holder, (how, key) = get(state, path[:-1]), path[-1]
    if how == "a":
        object.__setattr__(holder, key, value)
    elif not isinstance(holder, tuple):
        holder[key] = value


def clone(value: Any, memo: dict[int, Any]) -> Any:
    """A copy of data, in which what was one object stays one object; code and foreign objects are shared."""
    known = memo.get(id(value))
    if known is not None:
        return known
    kind = type(value)
    if kind is Traced:
        made: Any = Traced(value.recorder, value.variable)
    elif kind is np.ndarray:
        made = value.copy() if value.size <= LARGE and value.dtype != object else value
    elif kind in (list, set):
        made = memo[id(value)] = kind()
        for part in value:
            made.append(clone(part, memo)) if kind is list else made.add(part)
        return made
    elif isinstance(value, dict) and kind.__module__ in ("builtins", "collections"):
        made = memo[id(value)] = copy.copy(value)
        for key, part in value.items():
            made[key] = clone(part, memo)
        return made
    elif kind is tuple:
        made = tuple(clone(part, memo) for part in value)
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        made = kind(*(clone(part, memo) for part in value))
    elif isinstance(value, np.random.Generator | np.random.RandomState | Random):
        made = copy.deepcopy(value)
    elif kind is types.MethodType:
        made = types.MethodType(value.__func__, clone(value.__self__, memo))
    elif is_users(kind) and hasattr(value, "__dict__"):
        made = memo[id(value)] = object.__new__(kind)
        for key, part in vars(value).items():
            object.__setattr__(made, key, clone(part, memo))
        return made
    else:
        return value
    memo[id(value)] = made
    return made
