"""The recorder: appends an equation for every NumPy call on values that depend on the inputs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.graph import Atom, Eqn, Graph, Peek, Primitive, Var, Where
from cutaway.tracing import frames


class Recorder:
    """A graph in the making.

    Values that depend on no input are computed and not recorded: they are constants.
    """

    def __init__(self) -> None:
        self.inputs: list[Var] = []
        self.eqns: list[Eqn] = []
        self.peeks: list[Peek] = []
        self.varying: set[Var] = set()
        self.origin: Eqn | None = None  # the forward equation whose gradient is being recorded
        self._constants: dict[int, tuple[Any, Any, Var]] = {}  # id -> (array, its contents when seen, variable)
        self._floats: dict[int, tuple[float, Var]] = {}

    @classmethod
    def reopen(cls, graph: Graph, eqns: tuple[Eqn, ...] | None = None) -> Recorder:
        """A recorder that goes on where ``graph`` ends (or after ``eqns`` of it)."""
        recorder = cls()
        recorder.inputs, recorder.peeks = list(graph.inputs), list(graph.peeks)
        recorder.eqns = list(graph.eqns if eqns is None else eqns)
        recorder.varying = {*graph.inputs, *(e.output for e in recorder.eqns)}
        return recorder

    def input(self, value: Any, name: str | None = None) -> Var:
        """Add an input."""
        var = Var(value, name)
        self.inputs.append(var)
        self.varying.add(var)
        return var

    def constant(self, value: Any, name: str | None = None) -> Var:
        """The variable of a fixed array: a copy, since its owner may write to it later."""
        known = self._constants.get(id(value))
        if known and _same(known[0], known[1]):
            return known[2]
        copy = value.copy()
        var = Var(copy, name)
        self._constants[id(value)] = (value, copy, var)
        return var

    def settle(self) -> None:
        """Copy the constants that the equations read and that still share memory with the author's arrays."""
        owned = {id(copy) for _, copy, _ in self._constants.values()}
        for atom in (a for e in self.eqns for a in e.inputs):
            if isinstance(atom, Var) and atom not in self.varying and id(atom.value) not in owned:
                atom.value = atom.value.copy() if hasattr(atom.value, "copy") else atom.value
                owned.add(id(atom.value))

    def atom(self, x: Any) -> Atom:
        """What an equation reads when the program passes ``x``: a plain array becomes a constant."""
        if isinstance(x, (bool, int, float, complex, np.generic)):
            return self.float_var(x) or x
        if isinstance(x, np.ndarray):
            return self.constant(x)
        if isinstance(x, (list, tuple)):
            return self.constant(np.array(x))
        raise TraceError("A value of this kind cannot be recorded", received=type(x).__name__)

    def equation(self, primitive: Primitive, atoms: tuple[Atom, ...], params: dict[str, Any]) -> Var:
        """Compute ``primitive(*atoms, **params)`` and note it, unless all of it is constant."""
        value = primitive.fn(*(a.value if isinstance(a, Var) else a for a in atoms), **params)
        output = Var(value)
        if any(a in self.varying for a in atoms if isinstance(a, Var)):
            if output.dtype.kind == "c":
                raise TraceError(f"{primitive.name} gives complex numbers here, and recorded arrays are real")
            self.varying.add(output)
            line: Where | None
            if self.origin is not None:
                line = self.origin.where
            else:
                frame = frames.author_frame()
                line, output.name = frames.where(frame), frames.assigned_name(frame)
            self.eqns.append(Eqn(primitive, atoms, params, output, line, self.origin))
        elif primitive.fn is np.transpose and isinstance(atoms[0], Var) and atoms[0].name:
            output.name = f"{atoms[0].name}.T"
        return output

    def peek(self, kind: Any, var: Var | None) -> None:
        """Note that Python looked at a value; looking at a constant is no peek."""
        if var is None or var in self.varying:
            self.peeks.append(Peek(kind, var, frames.where(frames.author_frame())))

    def remember_float(self, number: float, var: Var) -> None:
        """Keep track of a Python number that left the recording, so that it is known when it comes back."""
        self._floats[id(number)] = (number, var)

    def float_var(self, number: Any) -> Var | None:
        """The variable that a Python number came from, if it is the very object that left the recording."""
        known = self._floats.get(id(number))
        return known[1] if known and known[0] is number else None

    def graph(self, outputs: tuple[Atom, ...], name: str = "f") -> Graph:
        """The graph recorded so far."""
        return Graph(tuple(self.inputs), tuple(self.eqns), outputs, tuple(self.peeks), name)


def _same(a: Any, b: Any) -> bool:
    if not isinstance(a, np.ndarray):
        return True  # sparse matrices: not watched for changes
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


_active = threading.local()


def active() -> Recorder | None:
    """The recorder at work in this thread."""
    return getattr(_active, "recorder", None)


@contextmanager
def activate(recorder: Recorder) -> Iterator[None]:
    """Make ``recorder`` the one at work in this thread."""
    before = active()
    _active.recorder = recorder
    try:
        yield
    finally:
        _active.recorder = before
