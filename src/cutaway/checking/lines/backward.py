"""The author's backward pass, recorded: each equation with its place in the source, re-run on demand."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from types import CodeType, FrameType
from typing import Any

import numpy as np

from cutaway.checking.lines.held import Notes
from cutaway.checking.records import Params
from cutaway.checking.running.quiet import quiet
from cutaway.graph import Atom, Eqn, Graph, Var
from cutaway.tracing import Traced, frames
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder
from cutaway.tracing.world import recording

_LIBRARY = os.path.dirname(os.__file__) + os.sep  # Python's own: typing.cast returns its argument as it came
_COMPREHENSIONS = ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>")
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass(frozen=True)
class Spot:
    """An expression of the author's program that was running: its place, and the call it ran in."""

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    function: str
    first_line: int
    call: int


@dataclass(eq=False)
class Stack:
    """Where an equation was computed: the expression itself, and the calls around it, innermost first.

    ``names`` and ``globals`` say what the names meant there, for the two innermost calls of a backward pass.
    """

    spots: tuple[Spot, ...]
    names: tuple[Mapping[str, Any], ...] = ()
    globals: tuple[Mapping[str, Any], ...] = ()


class _Noted(list[Eqn]):
    """The equations of a recorder; when one is added, the calls that are running are noted, with their names or not."""

    def __init__(self, names: bool) -> None:
        super().__init__()
        self.names, self.notes = names, Notes()
        self.stacks: dict[Var, Stack] = {}
        self.calls: dict[int, tuple[FrameType, int]] = {}

    def append(self, eqn: Eqn) -> None:
        super().append(eqn)
        self.stacks[eqn.output] = self._stack(sys._getframe(1))

    def _stack(self, frame: FrameType | None) -> Stack:
        """The author's calls, from the innermost one to the one that this module made.

        A comprehension is part of the function that it stands in, though Python may run it as one of its own.
        """
        spots = []
        names: list[dict[str, Any]] = []
        outer: list[Mapping[str, Any]] = []
        inner: list[FrameType] = []
        while frame is not None and not _ours(frame.f_code.co_filename):
            if frames._internal(frame.f_code.co_filename):
                pass
            elif frame.f_code.co_name in _COMPREHENSIONS:
                inner.append(frame)
            else:
                known = self.calls.setdefault(id(frame), (frame, len(self.calls)))
                spots.append(_spot(inner[0] if inner else frame, known[1], frame.f_code))
                if self.names and len(names) < 2:
                    names.append({k: v for f in (frame, *reversed(inner)) for k, v in self.notes.names_in(f).items()})
                    outer.append(frame.f_globals)
                inner = []
            frame = frame.f_back
        return Stack(tuple(spots), tuple(names), tuple(outer))


@lru_cache(maxsize=4096)
def _ours(file: str) -> bool:
    return os.path.abspath(file).startswith(_HERE + os.sep)


@lru_cache(maxsize=4096)
def _positions(code: CodeType) -> list[tuple[int | None, int | None, int | None, int | None]]:
    return list(code.co_positions())


def _spot(frame: FrameType, call: int, within: CodeType | None = None) -> Spot:
    """Where a frame is; ``within`` is the function that it is part of."""
    code = frame.f_code
    within = within or code
    found = _positions(code)
    at = frame.f_lasti // 2
    line, end, column, end_column = found[at] if 0 <= at < len(found) else (frame.f_lineno,) * 2 + (0, 0)
    line = line or frame.f_lineno
    return Spot(
        code.co_filename, line, end or line, column or 0, end_column or 0, within.co_name, within.co_firstlineno, call
    )


class Backward:
    """The recorded backward pass of the author's.

    Attributes
    ----------
    eqns : tuple of Eqn
        Forward and backward equations, in the order in which they ran.
    outputs : dict
        The atom of each parameter's gradient.
    stacks : dict
        Where each value was computed.
    reaches : dict
        The parameters whose gradients depend on a value.
    passed : dict
        Where a value went through a function that returned it as it came.
    """

    def __init__(
        self, recorder: Recorder, noted: _Noted, outputs: dict[str, Atom], passed: dict[Var, list[Spot]] | None = None
    ) -> None:
        self.passed = passed or {}
        self.eqns: tuple[Eqn, ...] = tuple(noted)
        self.inputs = {str(v.name): v for v in recorder.inputs}
        self.outputs, self.stacks = outputs, noted.stacks
        self.producer = {e.output: e for e in self.eqns}
        self.place = {e.output: k for k, e in enumerate(self.eqns)}
        self.reaches: dict[Var, frozenset[str]] = {}
        for name, atom in outputs.items():
            if isinstance(atom, Var):
                self.reaches[atom] = self.reaches.get(atom, frozenset()) | {name}
        for eqn in reversed(self.eqns):
            names = self.reaches.get(eqn.output)
            for atom in eqn.inputs if names else ():
                if isinstance(atom, Var):
                    self.reaches[atom] = self.reaches.get(atom, frozenset()) | names  # type: ignore[operator]
        self.users: dict[Var, list[int]] = {}
        for k, eqn in enumerate(self.eqns):
            for atom in eqn.inputs:
                if isinstance(atom, Var):
                    self.users.setdefault(atom, []).append(k)

    def spot(self, var: Var) -> Spot | None:
        """The expression of the author's that computed a value; None where it was not the author's."""
        stack = self.stacks.get(var)
        return stack.spots[0] if stack and stack.spots else None

    def relevant(self) -> list[Eqn]:
        """The equations that some gradient depends on."""
        return [e for e in self.eqns if e.output in self.reaches]

    def given(self) -> list[tuple[str, Any]]:
        """The plain arrays that the gradients are computed with, by name."""
        found: dict[int, tuple[str, Any]] = {}
        for eqn in self.relevant():
            for atom in eqn.inputs:
                if not isinstance(atom, Var) or atom in self.producer or str(atom.name) in self.inputs:
                    continue
                if np.ndim(atom.value) and np.asarray(atom.value).dtype.kind in "fiub":
                    found.setdefault(id(atom), (str(atom.name or "a plain array"), atom.value))
        return list(found.values())

    def rerun(
        self, replaced: Mapping[Var, Any], computed: Mapping[Var, Callable[[Mapping[Var, Any]], Any]] | None = None
    ) -> dict[str, Any] | None:
        """The gradients if some values had been others; None if the shapes do not allow it."""
        values = self.values(replaced, computed)
        if values is None:
            return None
        return {n: values.get(a, a.value) if isinstance(a, Var) else a for n, a in self.outputs.items()}

    def values(
        self, replaced: Mapping[Var, Any], computed: Mapping[Var, Callable[[Mapping[Var, Any]], Any]] | None = None
    ) -> dict[Var, Any] | None:
        """All values that would have been others; None if the shapes do not allow it.

        What is ``computed`` comes from functions of those that have changed until then.
        """
        values: dict[Var, Any] = dict(replaced)
        computed = computed or {}
        todo = [self.place[v] for v in computed]
        for var in replaced:
            todo += self.users.get(var, ())
        heapify(todo)
        done = -1
        try:
            with np.errstate(all="ignore"):
                while todo:
                    k = heappop(todo)
                    eqn = self.eqns[k]
                    if k == done or eqn.output in replaced or not (computed or eqn.output in self.reaches):
                        continue
                    done = k
                    if eqn.output in computed:
                        values[eqn.output] = computed[eqn.output](values)
                        if values[eqn.output] is None:
                            return None
                    else:
                        args = [values.get(a, a.value) if isinstance(a, Var) else a for a in eqn.inputs]
                        values[eqn.output] = eqn.primitive.fn(*args, **eqn.params)
                    for user in self.users.get(eqn.output, ()):
                        heappush(todo, user)
        except (ValueError, IndexError, TypeError):
            return None
        return values

    def ancestors(self, atom: Atom) -> set[Var]:
        """All values that ``atom`` was computed from, itself included."""
        found: set[Var] = set()
        todo = [atom]
        while todo:
            a = todo.pop()
            if isinstance(a, Var) and a not in found:
                found.add(a)
                if a in self.producer:
                    todo += self.producer[a].inputs
        return found


def record_loss(loss: Callable[[Params], Any], params: Params) -> tuple[Graph, dict[Var, Stack]]:
    """The graph of the author's loss, and where each of its values was computed."""
    recorder, noted = Recorder(), _Noted(names=False)
    recorder.eqns = noted
    boxes = {name: Traced(recorder, recorder.input(np.array(value), name)) for name, value in params.items()}
    with quiet(loss), recording(recorder, loss):
        output = as_atom(recorder, loss(boxes))  # type: ignore[arg-type]
    recorder.settle()
    noted.calls.clear()
    return recorder.graph((output,)), noted.stacks


def record_backward(gradients: Callable[[Params], Mapping[str, Any]], params: Params) -> Backward:
    """Record the author's backward pass at ``params``; raises what the recording raises."""
    recorder, noted = Recorder(), _Noted(names=True)
    recorder.eqns = noted
    boxes = {name: Traced(recorder, recorder.input(np.array(value), name)) for name, value in params.items()}
    passed: dict[Var, list[Spot]] = {}
    with quiet(gradients), recording(recorder, gradients):
        try:
            with _watching(noted, passed):
                found = dict(gradients(boxes))  # type: ignore[arg-type]
        except Exception as error:
            error.recorded = Backward(recorder, noted, {})  # type: ignore[attr-defined]
            raise
        outputs = {n: as_atom(recorder, _whole(v)) for n, v in found.items() if n in params and v is not None}
    recorder.settle()
    noted.calls.clear()
    return Backward(recorder, noted, outputs, passed)


@contextmanager
def _watching(noted: _Noted, passed: dict[Var, list[Spot]]) -> Iterator[None]:
    """Note where a function of the author's returns one of its arguments as it came: it computed nothing on it."""

    def returned(frame: FrameType, event: str, value: Any) -> Any:
        if event == "return" and type(value) is Traced:
            code = frame.f_code
            held = frame.f_locals
            arguments = code.co_varnames[: code.co_argcount]
            if any(type(held.get(n)) is Traced and held[n]._var is value._var for n in arguments):
                known = noted.calls.setdefault(id(frame), (frame, len(noted.calls)))
                passed.setdefault(value.variable, []).append(_spot(frame, known[1]))
        return returned

    def called(frame: FrameType, event: str, value: Any) -> Any:
        file = frame.f_code.co_filename
        if _ours(file) or frames._internal(file) or file.startswith(_LIBRARY):
            return None
        frame.f_trace_lines = False
        return returned

    before = sys.gettrace()
    sys.settrace(called)  # of calls and returns of functions in Python alone: profiling would hear of NumPy's too
    try:
        yield
    finally:
        sys.settrace(before)


def _whole(value: Any) -> Any:
    return np.stack([_whole(v) for v in value]) if isinstance(value, (list, tuple)) else value


assert sys.version_info >= (3, 11)  # instructions know their columns
