"""A network whose loss stands only inside its training method: the method's loop runs on a copy, and is watched.

It is watched as the loop of a file is: one of its steps becomes the loss and the gradients as functions of the
parameters.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import types
from typing import Any

import numpy as np

from cutaway.checking.objects.methods import EXAMPLE, TRAIN, has, wanted
from cutaway.checking.records import Array, Case
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import undisturbed
from cutaway.checking.running.program import Program, listen
from cutaway.checking.running.quiet import quiet
from cutaway.checking.running.watch import Watch, listeners
from cutaway.checking.sources.parameters import find_steps
from cutaway.checking.sources.snapshots import Snapshot, clone, take
from cutaway.checking.sources.watched import case_of_step
from cutaway.errors import UsageError

ROUNDS = 3  # that the method is asked to train


def case_of_training(net: Any, X: Array, y: Array) -> Case | None:
    """The case that the loop of a training method makes; None if there is no such loop.

    Raises
    ------
    UsageError
        If there is a loop, and no loss in it.
    """
    for name in TRAIN:
        if not has(net, name):
            continue
        method = getattr(type(net), name, None)
        if not isinstance(method, types.FunctionType):
            continue
        try:
            program, function = _marked(method)
        except (OSError, SyntaxError, LookupError, TypeError):
            continue  # its source is not there
        case = _watched(program, function, clone(net, {}), X, y)
        if case is not None:
            return case
    return None


def _marked(method: types.FunctionType) -> tuple[Program, types.FunctionType]:
    """The method with markers in its loops, and the program that it stands in, with names of its own."""
    path = inspect.getsourcefile(method) or method.__code__.co_filename
    source = "".join(linecache.getlines(path))
    program = Program(path, source, ast.parse(source, path))
    code = next(c for c in _codes(program.compiled()) if _same_place(c, method.__code__))
    program.module = types.ModuleType(method.__module__)
    program.namespace.update(method.__globals__)
    cells = dict(zip(method.__code__.co_freevars, method.__closure__ or (), strict=True))
    closure = tuple(cells[n] for n in code.co_freevars)
    function = types.FunctionType(code, program.namespace, method.__name__, method.__defaults__, closure)
    function.__kwdefaults__ = method.__kwdefaults__
    return program, function


def _codes(code: types.CodeType) -> list[types.CodeType]:
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return [*inner, *(found for c in inner for found in _codes(c))]


def _same_place(a: types.CodeType, b: types.CodeType) -> bool:
    return a.co_name == b.co_name and a.co_firstlineno == b.co_firstlineno


def _watched(program: Program, function: types.FunctionType, net: Any, X: Array, y: Array) -> Case | None:
    values = {"X": X, "y": y, "output": None, "lr": 0.1, "once": ROUNDS, "quiet": False}
    bound = types.MethodType(function, net)
    watch, snapshots = Watch(program.namespace), dict[int, Snapshot]()

    def first(loop: int, number: int, frame: Any) -> None:
        if loop not in snapshots:
            snapshots[loop] = take(loop, number, frame, program.namespace)

    watch.on_first = first
    listen(*listeners(watch))
    try:
        with undisturbed(), quiet(bound), np.errstate(all="ignore"), watch:
            bound(**{name: values[meaning] for name, meaning in wanted(bound).items()})
    except Exception:
        if not watch.log.changes:
            return None
    try:
        return _case(program, watch.log, snapshots, X, y)
    except UsageError as error:  # a loop, and no loss in it
        raise UsageError(error.what, received=error.received, instead=f"Write {EXAMPLE}") from error


def _case(program: Program, log: Log, snapshots: dict[int, Snapshot], X: Array, y: Array) -> Case | None:
    step = next(find_steps(program, log, snapshots), None)
    if step is None:
        return None
    case = case_of_step(program, step, log)
    case.data = {"X": X, "y": y}
    return case
