"""What the names of a running function hold, noted as it is at that moment: arrays, lists of them, attributes.

A list that is filled as the program goes on, and an object whose attributes are exchanged, are something else later.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from cutaway.graph import Var
from cutaway.tracing import Traced

CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, np.ufunc)
MOST = 100  # entries of a list, or attributes of an object, that are noted


@dataclass(frozen=True)
class Object:
    """An object of the author's, and what its attributes held."""

    itself: Any
    attributes: Mapping[str, Any]


class Notes:
    """Takes the notes; an object that is as it was when it was last looked at is the same note."""

    def __init__(self) -> None:
        self.objects: dict[int, tuple[Any, Object]] = {}

    def names_in(self, frame: FrameType) -> dict[str, Any]:
        """The local names of a running function; recorded arrays as the variables that they hold now."""
        held = frame.f_locals
        if held is frame.f_globals:
            return {}
        return {k: self._noted(v) for k, v in held.items() if not k.startswith(".")}

    def _noted(self, value: Any) -> Any:
        if type(value).__module__ != "builtins" and not isinstance(value, (Traced, np.ndarray, np.generic, *CODE)):
            attributes = getattr(value, "__dict__", None)
            if type(attributes) is dict and 0 < len(attributes) < MOST:
                state = [_state(v) for v in attributes.values()]
                known = self.objects.get(id(value))
                if known is None or known[0] != state:
                    known = state, Object(value, {k: _held(v, 1) for k, v in attributes.items()})
                    self.objects[id(value)] = known
                return known[1]
        return _held(value)


def _state(value: Any) -> Any:
    """What changes when an attribute does: which array it is, and which entries a list has."""
    if type(value) in (list, tuple):
        return (id(value), *map(id, value))
    if type(value) is dict:
        return (id(value), *map(id, value.values()))
    return id(value.variable) if type(value) is Traced else id(value)


def _held(value: Any, depth: int = 0) -> Any:
    kind = type(value)
    if kind is Traced:
        return value.variable
    if kind in (list, tuple, dict):
        if depth >= 2 or len(value) >= MOST:
            return value
        if kind is dict:
            return {k: _held(v, depth + 1) for k, v in value.items()}
        return kind([_held(v, depth + 1) for v in value])
    return value


def shown(value: Any, now: Mapping[Var, Any] | None = None) -> Any:
    """What a name held, with plain arrays in place of variables; ``now`` has those that would have been others."""
    if isinstance(value, Var) or type(value) is Traced:
        var = value if isinstance(value, Var) else value.variable
        return now.get(var, var.value) if now else var.value
    if type(value) in (list, tuple):
        return type(value)(shown(v, now) for v in value)
    if type(value) is Object:
        try:
            twin = copy.copy(value.itself)
            twin.__dict__.update(shown(value.attributes, now))
        except Exception:
            return value.itself
        return twin
    return {k: shown(v, now) for k, v in value.items()} if type(value) is dict else value
