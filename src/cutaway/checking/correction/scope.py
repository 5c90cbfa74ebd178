"""What the names at a place in the program mean: their values when it ran, and what an expression of them gives."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import shown

_CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType, np.ufunc)


class Scope:
    """The names of a place in the program, with plain arrays; objects are copies, so that nothing of theirs changes."""

    def __init__(self, names: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        self.locals = {k: _copied(shown(v)) for k, v in names.items()}
        self.outer = outer

    def value(self, text: str) -> Any:
        """What an expression gives; None if it fails or is no array of numbers."""
        try:
            with np.errstate(all="ignore"):
                found = shown(eval(compile(text, "<correction>", "eval"), {**self.outer, **self.locals}))
        except Exception:
            return None
        array = np.asarray(found) if isinstance(found, (np.ndarray, np.generic, int, float)) else None
        return array if array is not None and array.dtype.kind in "fiub" else None

    def arrays(self) -> Iterator[tuple[str, Any]]:
        """Texts that give arrays: names, attributes of objects, entries of dicts and lists."""
        for name, value in self.locals.items():
            yield from _arrays_in(name, value)
        for name, value in self.outer.items():
            if not name.startswith("_") and name not in self.locals and isinstance(value, np.ndarray):
                yield name, value

    def scalars(self) -> Iterator[tuple[str, float]]:
        """The names of plain numbers, those of the function first."""
        for names in (self.locals, {k: v for k, v in self.outer.items() if k not in self.locals}):
            for name, value in names.items():
                plain = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
                if plain and not name.startswith("_"):
                    yield name, value

    def sizes(self) -> Iterator[tuple[str, float]]:
        """Texts that give numbers of samples, features and the like."""
        for name, value in self.locals.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value not in (0, 1):
                yield name, float(value)
        for name, value in self.arrays():
            for i, n in enumerate(value.shape):
                if n > 1:
                    yield (f"len({name})" if i == 0 else f"{name}.shape[{i}]"), float(n)
            if value.ndim > 1:
                yield f"{name}.size", float(value.size)


def _copied(value: Any, depth: int = 0) -> Any:
    """``value`` with plain arrays; of objects, and lists and dicts of them, a copy."""
    value = shown(value)
    if depth > 2 or isinstance(value, (np.ndarray, *_CODE)):
        return value
    if type(value) in (list, tuple):
        return type(value)(_copied(v, depth + 1) for v in value)
    if type(value) is dict:
        return {k: _copied(v, depth + 1) for k, v in value.items()}
    if hasattr(value, "__dict__"):
        try:
            twin = copy.copy(value)
            twin.__dict__.update({k: _copied(v, depth + 1) for k, v in vars(value).items()})
        except Exception:
            return value
        return twin
    return value


def _arrays_in(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiub":
        yield name, value
    elif depth < 2 and isinstance(value, dict) and len(value) < 60:
        for k, v in value.items():
            if isinstance(k, (str, int)):
                yield from _arrays_in(f"{name}[{k!r}]" if not isinstance(k, str) else f'{name}["{k}"]', v, depth + 1)
    elif depth < 2 and isinstance(value, (list, tuple)) and len(value) < 30:
        for i, v in enumerate(value):
            yield from _arrays_in(f"{name}[{i}]", v, depth + 1)
    elif depth < 1 and hasattr(value, "__dict__") and not isinstance(value, _CODE):
        for k, v in vars(value).items():
            yield from _arrays_in(f"{name}.{k}", v, depth + 1)
