"""What the names at a place in the program mean: their values when it ran, and what an expression of them gives."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from cutaway.checking.lines.held import CODE, shown


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
        array = np.asarray(found) if isinstance(found, (np.ndarray, np.generic, int, float)) else _listed(found)
        return array if array is not None and array.dtype.kind in "fiub" else None

    def arrays(self, indices: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
        """Texts that give arrays: names, attributes of objects, entries of dicts and lists.

        An entry is called by the names among ``indices`` that hold its number, before or after it, where some do.
        """
        known = {n: int(v) for n, v in self.scalars() if n in indices and isinstance(v, (int, np.integer))}
        for name, value in self.locals.items():
            yield from _arrays_in(name, value, known)
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


def _listed(found: Any) -> Any:
    """A list of numbers, or of lists of them, as an array; None for anything else."""
    try:
        return np.asarray(found) if type(found) in (list, tuple) and len(found) else None
    except ValueError:
        return None


def _copied(value: Any, depth: int = 0) -> Any:
    """``value`` with plain arrays; of objects, and lists and dicts of them, a copy."""
    value = shown(value)
    if depth > 2 or isinstance(value, (np.ndarray, *CODE)):
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


def _arrays_in(name: str, value: Any, known: Mapping[str, int], depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiub":
        yield name, value
    elif depth < 2 and isinstance(value, dict) and len(value) < 60:
        for k, v in value.items():
            if isinstance(k, (str, int)):
                for text in [f'"{k}"'] if isinstance(k, str) else _called(k, known):
                    yield from _arrays_in(f"{name}[{text}]", v, known, depth + 1)
    elif depth < 2 and isinstance(value, (list, tuple)) and len(value) < 30:
        for i, v in enumerate(value):
            for text in _called(i, known):
                yield from _arrays_in(f"{name}[{text}]", v, known, depth + 1)
    elif depth < 1 and hasattr(value, "__dict__") and not isinstance(value, CODE):
        for k, v in vars(value).items():
            yield from _arrays_in(f"{name}.{k}", v, known, depth + 1)


def _called(k: int, known: Mapping[str, int]) -> list[str]:
    """What an entry is called: by the name of its number, or of the one beside it; else by the number."""
    beside = {0: "{}", 1: "{} - 1", -1: "{} + 1"}
    names = sorted((abs(v - k), beside[v - k].format(name)) for name, v in known.items() if abs(v - k) <= 1)
    return [text for _, text in names] or [str(k)]
