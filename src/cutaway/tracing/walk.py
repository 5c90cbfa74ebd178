"""Everything that a piece of the author's code can reach: visited, and where asked replaced in place.

From a function one reaches its globals, closure and defaults; from an object its attributes and class; from a container
its items. Code and objects of the standard library and of installed packages are not entered; of this package's own
layers and networks only the functions, which may be the author's, such as an activation.
"""

from __future__ import annotations

import functools
import random
import sys
import sysconfig
import types
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from cutaway.tracing.array import Traced

LONGEST = 10_000  # longer lists and dicts hold data, not parameters: they are not searched for arrays
_LEAVES = frozenset((str, int, float, bool, bytes, complex, type(None), types.BuiltinFunctionType, np.ndarray, Traced))
Replace = Callable[[str, Any], Any]


class Walk:
    """Visits all arrays and functions that a piece of the author's code can reach, and replaces them in place."""

    def __init__(self, replace: Replace) -> None:
        self.replace = replace
        self.seen: dict[int, Any] = {}
        self.generators: list[Any] = []

    def visit(self, *roots: Any) -> list[Any]:
        """Visit everything below ``roots``; return the random generators found there."""
        for root in roots:
            self._object(root)
            if isinstance(root, types.BuiltinFunctionType):
                self._watch()
        return self.generators

    def _watch(self) -> None:
        """Let the generators that all code shares be among those that were found.

        Only where there is code of the author's, or they would tell of what other threads draw meanwhile.
        """
        if random._inst not in self.generators:
            self.generators += [np.random.mtrand._rand, random._inst]

    def _object(self, obj: Any) -> None:
        if type(obj) in _LEAVES or id(obj) in self.seen:
            return
        self.seen[id(obj)] = obj
        if isinstance(obj, types.FunctionType):
            self._function(obj)
        elif isinstance(obj, types.MethodType):
            self._object(obj.__func__)
            self._object(obj.__self__)
        elif isinstance(obj, functools.partial):
            func, *args = (self._value("", part) for part in (obj.func, *obj.args))
            self._items(obj.keywords, obj.keywords.items(), "")
            if any(new is not part for new, part in zip((func, *args), (obj.func, *obj.args), strict=True)):
                obj.__setstate__((func, tuple(args), obj.keywords, vars(obj)))  # type: ignore[attr-defined]
        elif isinstance(obj, np.vectorize):
            self._object(obj.pyfunc)
        elif isinstance(obj, (list, dict)):
            if len(obj) <= LONGEST:
                self._items(obj, obj.items() if isinstance(obj, dict) else enumerate(obj), "")
        elif isinstance(obj, tuple):
            for part in obj[:LONGEST]:
                self._object(part)
        elif isinstance(obj, (np.random.Generator, np.random.RandomState, Random)):
            self.generators.append(obj)
        elif isinstance(obj, types.ModuleType):
            if _authored(obj.__name__):
                self._namespace(vars(obj))
        elif isinstance(obj, (classmethod, staticmethod)):
            self._object(obj.__func__)
        elif isinstance(obj, property):
            for accessor in (obj.fget, obj.fset):
                self._object(accessor)
        elif isinstance(obj, type):
            if _authored(obj.__module__):
                self._attributes(obj, vars(obj))
                for base in obj.__bases__:
                    self._object(base)
        elif _authored(type(obj).__module__):
            self._attributes(obj, _fields(obj))
            self._object(type(obj))
        elif _of_a_network(obj):
            self._functions(obj, _fields(obj))

    def _function(self, fn: types.FunctionType) -> None:
        if not _authored(fn.__module__):
            if fn.__closure__:  # a library's wrapper around the author's function
                for cell in fn.__closure__:
                    self._cell(cell)
            return
        for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
            self._cell(cell, name)
        if fn.__defaults__ and any(isinstance(d, (np.ndarray, list, dict)) for d in fn.__defaults__):
            names = fn.__code__.co_varnames[: fn.__code__.co_argcount][-len(fn.__defaults__) :]
            fn.__defaults__ = tuple(self._value(n, d) for n, d in zip(names, fn.__defaults__, strict=True))
        if fn.__kwdefaults__:
            self._items(fn.__kwdefaults__, fn.__kwdefaults__.items(), "")
        self._namespace(fn.__globals__)

    def _functions(self, owner: Any, fields: dict[str, Any]) -> None:
        """Visit a layer, or what holds layers: its arrays stay as they are, but its functions may be the author's."""
        self._attributes(owner, {k: v for k, v in fields.items() if callable(v) and not isinstance(v, type)})
        for value in fields.values():
            if isinstance(value, tuple) or _of_a_network(value):
                self._object(value)

    def _cell(self, cell: types.CellType, name: str = "") -> None:
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            return
        new = self._value(name, content)
        if new is not content:
            cell.cell_contents = new

    def _namespace(self, names: dict[str, Any]) -> None:
        if id(names) in self.seen:
            return
        self.seen[id(names)] = names
        self._watch()
        if "float" not in names:
            names["float"] = float
        self._items(names, names.items(), "")
        if names["float"] is float:
            del names["float"]

    def _items(self, container: Any, items: Any, prefix: str) -> None:
        for key, value in list(items):
            if isinstance(key, str) and key.startswith("__"):
                continue
            new = self._value(f"{prefix}{key}", value)
            if new is not value:
                container[key] = new

    def _attributes(self, owner: Any, items: Any) -> None:
        for key, value in list(items.items()):
            if key.startswith("__") and not isinstance(value, types.FunctionType):
                continue
            new = self._value(f"self.{key}", value)
            if new is not value:
                if isinstance(owner, type):
                    setattr(owner, key, new)
                elif key in getattr(owner, "__dict__", {}):
                    owner.__dict__[key] = new
                else:
                    object.__setattr__(owner, key, new)

    def _value(self, name: str, value: Any) -> Any:
        new = self.replace(name, value)
        if new is value:
            self._object(value)
        return new


def _fields(obj: Any) -> dict[str, Any]:
    return getattr(obj, "__dict__", {}) | _slots(obj)


def _of_a_network(obj: Any) -> bool:
    return type(obj).__module__.startswith("cutaway.nn.")


def _slots(obj: Any) -> dict[str, Any]:
    names = [name for cls in type(obj).__mro__ for name in _names(vars(cls).get("__slots__", ()))]
    return {name: getattr(obj, name) for name in names if not name.startswith("__") and hasattr(obj, name)}


def _names(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


@functools.lru_cache(maxsize=1024)
def _authored(module: str | None) -> bool:
    """Whether a module is the author's own: not the standard library's, not an installed package's."""
    module = module or ""
    root = module.partition(".")[0]
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    if root in sys.stdlib_module_names and root != "__main__" and (not file or file.startswith(_STANDARD_LIBRARY)):
        return False
    installed = "site-packages" in file or "dist-packages" in file
    return root not in ("cutaway", "numpy", "scipy", "_pytest") and not installed


_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
