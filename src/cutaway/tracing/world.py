"""The author's own names while a recording is made.

NumPy's protocols do not reach everything: ``X.dot(W)`` with a plain ``X``, ``np.zeros`` and writing into it,
``np.array([a, b])``, ``float(loss)``, ``math.exp(z)``. So for the duration of a recording, the plain arrays that the
author's functions can see (globals, closures, attributes, lists and dicts of them) are replaced by recorded constants,
and the functions of :data:`cutaway.tracing.registry.STAND_INS` by their stand-ins, in the author's own namespaces alone:
NumPy itself and all libraries stay as they are. Afterwards everything is put back; values that the program stored
meanwhile (``self.A1 = ...``) stay, as plain arrays.
"""

from __future__ import annotations

import builtins
import functools
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from cutaway.graph import Peek, Var
from cutaway.tracing.array import Traced
from cutaway.tracing.recorder import Recorder, activate, active
from cutaway.tracing.registry import STAND_INS

_LONGEST = 10_000  # longer lists and dicts hold data, not parameters: they are not searched for arrays
Replace = Callable[[str, Any], Any]


@contextmanager
def recording(recorder: Recorder, *roots: Any) -> Iterator[None]:
    """Make the author's world recordable while the block runs; ``roots`` are the functions and objects it starts from."""
    originals: dict[int, Any] = {}  # id of a stand-in -> the array it stands for
    stand_ins: dict[int, Traced] = {}  # id of an array -> its stand-in: two names of one array stay one array
    functions = _function_stand_ins()

    def lift(name: str, value: Any) -> Any:
        if type(value) is np.ndarray and value.dtype.kind in "biufc":
            if id(value) not in stand_ins:
                stand_in = Traced(recorder, Var(value, name))
                stand_ins[id(value)], originals[id(stand_in)] = stand_in, value
            return stand_ins[id(value)]
        if type(value) is types.ModuleType:
            return _view_of_module(value)
        return functions.get(id(value), value) if callable(value) else value

    def lower(name: str, value: Any) -> Any:
        if type(value) is Traced:
            return originals.get(id(value), value.value)
        return vars(value).get("_stands_for", value) if isinstance(value, (_ModuleView, types.FunctionType, type)) else value

    generators = _Walk(lift).visit(*roots)
    states = [_state(g) for g in generators]
    try:
        with _patched(), activate(recorder):
            yield
    finally:
        _Walk(lower).visit(*roots)
    drawn = [g for g, before in zip(generators, states, strict=True) if _state(g) != before]
    recorder.peeks.extend(Peek("random", None, None) for _ in drawn)


def _state(generator: Any) -> Any:
    """What changes when a generator draws, in a form that compares."""

    def frozen(x: Any) -> Any:
        if isinstance(x, dict):
            return {k: frozen(v) for k, v in x.items()}
        return x.tobytes() if isinstance(x, np.ndarray) else x

    bits = generator._bit_generator if isinstance(generator, np.random.RandomState) else generator.bit_generator
    return frozen(bits.state)


class _Walk:
    """Visits all arrays and functions that a piece of the author's code can reach, and replaces them in place."""

    def __init__(self, replace: Replace) -> None:
        self.replace = replace
        self.seen: dict[int, Any] = {}
        self.generators: list[Any] = [np.random.mtrand._rand]  # type: ignore[attr-defined]

    def visit(self, *roots: Any) -> list[Any]:
        """Visit everything below ``roots``; return the random generators found there."""
        for root in roots:
            self._object(root)
        return self.generators

    def _object(self, obj: Any) -> None:
        if id(obj) in self.seen or type(obj) is Traced:
            return
        self.seen[id(obj)] = obj
        if isinstance(obj, types.FunctionType):
            self._function(obj)
        elif isinstance(obj, types.MethodType):
            self._object(obj.__func__)
            self._object(obj.__self__)
        elif isinstance(obj, functools.partial):
            for part in (obj.func, *obj.args, *obj.keywords.values()):
                self._object(part)
        elif isinstance(obj, (list, dict)):
            if len(obj) <= _LONGEST:
                self._items(obj, obj.items() if isinstance(obj, dict) else enumerate(obj), "")
        elif isinstance(obj, tuple):
            for part in obj[:_LONGEST]:
                self._object(part)
        elif isinstance(obj, (np.random.Generator, np.random.RandomState)):
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
        elif hasattr(obj, "__dict__") and _authored(type(obj).__module__):
            self._attributes(obj, vars(obj))
            self._object(type(obj))

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
        self._namespace(fn.__globals__)

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
                else:
                    vars(owner)[key] = new

    def _value(self, name: str, value: Any) -> Any:
        new = self.replace(name, value)
        if new is value:
            self._object(value)
        return new


@functools.lru_cache(maxsize=1024)
def _authored(module: str) -> bool:
    """Whether a module is the author's own: not the standard library's, not an installed package's."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names and root != "__main__":
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return root not in ("cutaway", "numpy", "scipy", "_pytest") and "site-packages" not in file


# Functions that no protocol reaches -------------------------------------------------------------------------------


def _function_stand_ins() -> dict[int, Callable[..., Any]]:
    """The stand-in of every original function whose module is loaded, by the original's id."""
    found = {}
    for (module, attribute), make in STAND_INS.items():
        original = getattr(sys.modules.get(module), attribute, None)
        if original is not None and "." not in attribute:
            found[id(original)] = _stand_in(original, make)
    return found


@functools.lru_cache(maxsize=None)
def _stand_in(original: Any, make: Callable[..., Any]) -> Any:
    """``original`` as the author's code sees it; where nothing is being recorded, it is itself."""
    if original is float:
        return _TracedFloat

    def stand_in(*args: Any, **kwargs: Any) -> Any:
        if active() is None:
            return original(*args, **kwargs)
        return make(original, *args, **kwargs)

    functools.update_wrapper(stand_in, original, updated=())
    stand_in._stands_for = original  # type: ignore[attr-defined]
    return stand_in


class _ModuleView(types.ModuleType):
    """A module as the author's code sees it: its functions, with the stand-ins in their places."""

    def __init__(self, module: types.ModuleType) -> None:
        super().__init__(module.__name__, module.__doc__)
        self._stands_for = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._stands_for, name)
        if type(value) is types.ModuleType:
            return _view_of_module(value)
        return _function_stand_ins_of(self.__name__).get(name, value)


@functools.lru_cache(maxsize=None)
def _function_stand_ins_of(module: str) -> dict[str, Callable[..., Any]]:
    owner = sys.modules[module]
    places = [(attribute, make) for (home, attribute), make in STAND_INS.items() if home == module]
    return {a: _stand_in(getattr(owner, a), make) for a, make in places if "." not in a and hasattr(owner, a)}


@functools.lru_cache(maxsize=None)
def _view_of_module(module: types.ModuleType) -> types.ModuleType:
    roots = {home.partition(".")[0] for home, _ in STAND_INS} - {"builtins"}
    return _ModuleView(module) if module.__name__.partition(".")[0] in roots else module


class _FloatType(type):
    def __call__(cls, x: Any = 0.0) -> Any:
        return STAND_INS["builtins", "float"](float, x)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, builtins.float)


class _TracedFloat(builtins.float, metaclass=_FloatType):
    """``float`` as the recording program sees it: ``float(loss)`` stays recorded."""

    dtype = np.dtype(builtins.float)  # so that dtype=float means what it always means
    _stands_for = builtins.float


_lock = threading.RLock()
_depth = 0
_undo: list[tuple[Any, str, Any]] = []


@contextmanager
def _patched() -> Iterator[None]:
    """Put the stand-ins of methods into their classes; they act on recorded arrays alone."""
    global _depth
    with _lock:
        _depth += 1
        if _depth == 1:
            for (module, path), make in STAND_INS.items():
                if "." not in path or module not in sys.modules:
                    continue
                name, attribute = path.split(".")
                owner = getattr(sys.modules[module], name)
                original = getattr(owner, attribute)
                _undo.append((owner, attribute, original))
                setattr(owner, attribute, _stand_in(original, make))
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                while _undo:
                    setattr(*_undo.pop())
