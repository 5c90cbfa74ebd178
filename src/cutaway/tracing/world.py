"""The author's own names while a recording is made.

NumPy's protocols do not reach everything: ``X.dot(W)`` with a plain ``X``, ``np.zeros`` and writing into it,
``np.array([a, b])``, ``float(loss)``, ``math.exp(z)``. So for the duration of a recording, the plain arrays that the
author's functions can see (globals, closures, attributes, lists and dicts of them) are replaced by recorded constants,
and the functions of :data:`cutaway.tracing.registry.STAND_INS` by their stand-ins, in the author's own namespaces
alone: NumPy itself and all libraries stay as they are. Afterwards everything is put back; values that the program
stored meanwhile (``self.A1 = ...``) stay, as plain arrays. Recordings in several threads take turns.
"""

from __future__ import annotations

import builtins
import functools
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import numpy as np

from cutaway.graph import Peek, Var
from cutaway.tracing.array import Traced
from cutaway.tracing.recorder import Recorder, activate, active
from cutaway.tracing.registry import STAND_INS
from cutaway.tracing.walk import LONGEST, Walk


@contextmanager
def recording(recorder: Recorder, *roots: Any) -> Iterator[None]:
    """Make the author's world recordable while the block runs; ``roots`` are what it is reached from."""
    originals: dict[int, Any] = {}  # id of a stand-in -> the array or tuple it stands for
    stand_ins: dict[int, Any] = {}  # id of an array -> its stand-in: two names of one array stay one array
    functions = _function_stand_ins()

    def lift(name: str, value: Any) -> Any:
        if type(value) is types.ModuleType:
            return _view_of_module(value)
        if not _holds_arrays(value):
            return functions.get(id(value), value) if callable(value) else value
        if id(value) not in stand_ins:
            if isinstance(value, tuple):
                stand_in: Any = _like(value, [lift(name, part) for part in value])
            else:
                stand_in = Traced(recorder, Var(value, name))
            stand_ins[id(value)], originals[id(stand_in)] = stand_in, value
        return stand_ins[id(value)]

    def lower(name: str, value: Any) -> Any:
        if id(value) in originals:
            return originals[id(value)]
        if type(value) is Traced:
            return value.value
        if isinstance(value, tuple) and any(type(part) is Traced for part in value):
            return _like(value, [lower(name, part) for part in value])
        stands_in = isinstance(value, (_ModuleView, types.FunctionType, type))
        return vars(value).get("_stands_for", value) if stands_in else value

    with _lock:  # the names belong to all threads: recordings take turns
        try:
            generators = Walk(lift).visit(*roots)
            states = [_state(g) for g in generators]
            with _patched(), activate(recorder):
                yield
            drawn = [g for g, before in zip(generators, states, strict=True) if _state(g) != before]
            recorder.peeks.extend(Peek("random", None, None) for _ in drawn)
        finally:
            Walk(lower).visit(*roots)


def _holds_arrays(value: Any) -> bool:
    if type(value) is tuple or hasattr(type(value), "_fields"):
        return isinstance(value, tuple) and any(map(_holds_arrays, value[:LONGEST]))
    return type(value) is np.ndarray and value.dtype.kind in "biufc"


def _like(value: Any, parts: list[Any]) -> Any:
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _state(generator: Any) -> Any:
    """What changes when a generator draws, in a form that compares."""

    def frozen(x: Any) -> Any:
        if isinstance(x, dict):
            return {k: frozen(v) for k, v in x.items()}
        return x.tobytes() if isinstance(x, np.ndarray) else x

    if isinstance(generator, Random):
        return generator.getstate()
    bits = generator._bit_generator if isinstance(generator, np.random.RandomState) else generator.bit_generator
    return frozen(bits.state)


# Functions that no protocol reaches -------------------------------------------------------------------------------


def _function_stand_ins() -> dict[int, Callable[..., Any]]:
    """The stand-in of every original function whose module is loaded, by the original's id."""
    found = {}
    for (module, attribute), make in STAND_INS.items():
        original = getattr(sys.modules.get(module), attribute, None)
        if original is not None and "." not in attribute:
            found[id(original)] = _stand_in(original, make)
    return found


@functools.cache
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


@functools.cache
def _function_stand_ins_of(module: str) -> dict[str, Callable[..., Any]]:
    owner = sys.modules[module]
    places = [(attribute, make) for (home, attribute), make in STAND_INS.items() if home == module]
    return {a: _stand_in(getattr(owner, a), make) for a, make in places if "." not in a and hasattr(owner, a)}


@functools.cache
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
