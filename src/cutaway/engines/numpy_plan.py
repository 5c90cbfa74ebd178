"""The reference engine: a graph becomes a flat list of NumPy calls into buffers that are allocated once.

Three things make a step cheap. Views (``X.T``, a reshape, a slice) are taken once, when the plan is made. Buffers are
shared by liveness: an entry-by-entry operation writes into the buffer of an argument that nobody reads any more. And
an input can be declared *updated* by an output: the new weights are computed in the very memory of the old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.engines.calls import Call, calls_of
from cutaway.engines.lower import lower
from cutaway.engines.storage import Pool, view_of
from cutaway.errors import UsageError
from cutaway.graph import Eqn, Graph, Var
from cutaway.interpreters.run import check_peeks, refuse_random


class Plan:
    """A graph that is ready to run many times.

    Parameters
    ----------
    graph : Graph
        What to compute; best simplified.
    inputs : sequence of arrays
        One for each input of the graph, of its shape and dtype. The plan reads these very arrays at each run: write
        new data into them in place.
    updates : dict of int to int, optional
        ``{output: input}``: after a run, the array of that input holds the output. Arrays of two inputs may share
        memory.

    Attributes
    ----------
    outputs : list of arrays
        Filled by each run; valid until the next one.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> graph = ca.trace(lambda w, x: w - 0.5 * x, np.ones(2), np.ones(2))
    >>> w, x = np.array([1.0, 2.0]), np.array([2.0, 2.0])
    >>> plan = Plan(graph, [w, x], updates={0: 0})
    >>> plan.run(); plan.run(); w
    array([-1.,  0.])
    """

    def __init__(self, graph: Graph, inputs: Sequence[np.ndarray[Any, Any]], updates: Mapping[int, int] | None = None):
        self.inputs = list(inputs)
        _check(graph, self.inputs)
        refuse_random(graph)
        self.graph = graph = lower(graph)
        build = _Build(graph, self.inputs, dict(updates or {}))
        self.calls: list[Call] = build.calls
        self.outputs: list[Any] = build.outputs
        self.bytes = build.pool.bytes
        self._run = _compile(self.calls)
        self._guards = {p.var: build.storage[p.var] for p in graph.peeks if p.var in build.storage}

    def run(self) -> None:
        """Compute the outputs for what the input arrays hold now."""
        self._run()
        if self._guards:
            check_peeks(self.graph, self._guards)

    def explain(self) -> str:
        """The calls of one run, one a line."""
        lines = [f"{len(self.calls)} NumPy calls, {self.bytes:,} bytes of buffers"]
        return "\n".join(lines + [f"  {call.note}" for call in self.calls])


def _check(graph: Graph, inputs: Sequence[Any]) -> None:
    if len(inputs) != len(graph.inputs):
        raise UsageError(f"The graph has {len(graph.inputs)} inputs", received=f"{len(inputs)} arrays")
    for var, array in zip(graph.inputs, inputs, strict=True):
        if not isinstance(array, np.ndarray) or array.shape != var.shape or array.dtype != var.dtype:
            raise UsageError(
                f"The plan was made for {graph.names[var]} of shape {var.shape}, {var.dtype}",
                received=f"{type(array).__name__} of shape {np.shape(array)}, {getattr(array, 'dtype', '')}",
            )


def _compile(calls: list[Call]) -> Callable[[], None]:
    """One Python function that makes all the calls: cheaper than a loop over them."""
    names: dict[str, Any] = {}
    lines = []
    for i, call in enumerate(calls):
        names[f"f{i}"] = call.fn
        for j, arg in enumerate(call.args):
            names[f"a{i}_{j}"] = arg
        # NumPy deprecates the third positional argument of maximum and minimum, and of these two only.
        by_name = {2: "out="} if call.fn in (np.maximum, np.minimum) else {}
        lines.append(f"  f{i}({', '.join(by_name.get(j, '') + f'a{i}_{j}' for j in range(len(call.args)))})")
    body = "\n".join(lines) or "  pass"
    scope: dict[str, Any] = {}
    exec(f"def make({', '.join(names)}):\n def run():\n{body}\n return run", scope)
    run: Callable[[], None] = scope["make"](**names)
    return run


@dataclass(frozen=True)
class _Place:
    """Where a part of a concatenation goes: straight into the joined buffer."""

    eqn: Eqn
    start: int


class _Build:
    """Decides where every value lives, and lists the calls."""

    def __init__(self, graph: Graph, inputs: list[np.ndarray[Any, Any]], updates: dict[int, int]) -> None:
        self.graph = graph
        self.pool = Pool()
        self.calls: list[Call] = []
        self.storage: dict[Var, Any] = dict(zip(graph.inputs, inputs, strict=True))
        self.storage.update((v, v.value) for v in graph._constant_vars)
        self.root: dict[Var, Var] = {v: v for v in self.storage}  # a view's root owns the memory
        self.fixed = set(self.storage)  # memory that is not the pool's
        self.targets = {graph.outputs[o]: graph.inputs[i] for o, i in updates.items()}
        self.last_use = self._last_uses()
        self.places = self._places()
        self.joined: dict[Eqn, np.ndarray[Any, Any]] = {}
        for i, eqn in enumerate(graph.eqns):
            self._eqn(i, eqn)
        self.outputs = [self._read(a) for a in graph.outputs]
        self._copy_updates(updates)

    def _read(self, atom: Any) -> Any:
        return self.storage[atom] if isinstance(atom, Var) else atom

    def _last_uses(self) -> dict[Var, int]:
        """The last equation that reads the memory of each variable, through views too."""
        last: dict[Var, int] = {}
        sources: dict[Var, Var] = {}  # of what may be a view: a reshape, for one, may also need memory of its own

        def read(atom: Any, i: int) -> None:
            while isinstance(atom, Var):
                last[atom] = i
                atom = sources.get(atom)

        for i, eqn in enumerate(self.graph.eqns):
            for atom in eqn.inputs:
                read(atom, i)
            source = eqn.inputs[0] if eqn.inputs else None
            if isinstance(source, Var) and eqn.primitive.fn.__name__ in (
                "reshape",
                "transpose",
                "take_at",
                "broadcast_to",
            ):
                sources[eqn.output] = source
        for kept in (*self.graph.outputs, *(p.var for p in self.graph.peeks)):
            read(kept, len(self.graph.eqns))
        return last

    def _places(self) -> dict[Var, _Place]:
        """Values that can be computed straight into the array that they are going to be joined into."""
        producers = {e.output: e for e in self.graph.eqns}
        places: dict[Var, _Place] = {}
        for eqn in self.graph.eqns:
            if eqn.primitive.fn.__name__ != "concatenated" or len(eqn.output.shape) != 1:
                continue
            start = 0
            for atom in eqn.inputs:
                source: Any = atom
                while isinstance(source, Var) and source in producers:
                    maker = producers[source]
                    if maker.primitive.fn.__name__ != "reshape":
                        break
                    source = maker.inputs[0]
                if isinstance(source, Var) and source in producers and source.dtype == eqn.output.dtype:
                    places.setdefault(source, _Place(eqn, start))
                start += int(np.prod(np.shape(atom.value if isinstance(atom, Var) else atom)))
        return places

    def _eqn(self, i: int, eqn: Eqn) -> None:
        var = eqn.output
        args = [self._read(a) for a in eqn.inputs]
        view = view_of(eqn, args)
        if view is not None:
            source = eqn.inputs[0]
            assert isinstance(source, Var)
            self.storage[var], self.root[var] = view, self.root[source]
            if self.last_use.get(var, -1) < 0:
                self.last_use[var] = i
            return
        dying = self._dying(i, eqn)
        if eqn.primitive.elementwise:
            self._release(dying)
        out = self._place(i, eqn)
        self.storage[var], self.root[var] = out, var
        self.calls += calls_of(eqn, args, out, self.pool)
        if not eqn.primitive.elementwise:
            self._release(dying)
        if var not in self.last_use:  # never read
            self._release([var])

    def _dying(self, i: int, eqn: Eqn) -> list[Var]:
        roots = {self.root[a] for a in eqn.inputs if isinstance(a, Var)}
        return [r for r in roots if r not in self.fixed and self.last_use.get(r, i) <= i]

    def _release(self, roots: list[Var]) -> None:
        for root in roots:
            if root not in self.fixed:
                self.pool.give(self.storage[root])
                self.fixed.add(root)

    def _place(self, i: int, eqn: Eqn) -> np.ndarray[Any, Any]:
        """The array that an equation writes to."""
        var = eqn.output
        place = self.places.get(var)
        if place is not None:
            size = int(np.prod(var.shape))
            self.fixed.add(var)
            return self._joined(place.eqn)[place.start : place.start + size].reshape(var.shape)
        if eqn.primitive.fn.__name__ == "concatenated" and len(var.shape) == 1:
            self.fixed.add(var)
            return self._joined(eqn)
        target = self.targets.get(var)
        if target is not None and eqn.primitive.elementwise and self._finished(i, eqn, target):
            self.fixed.add(var)
            return self.storage[target]  # type: ignore[no-any-return]
        reads = [self._read(a) for a in eqn.inputs] if eqn.primitive.elementwise else []
        full = [a for a in reads if isinstance(a, np.ndarray) and a.shape == var.shape]
        like = max(full, key=lambda a: np.count_nonzero(a.strides), default=None)  # not one that is broadcast
        return self.pool.take(var.shape, var.dtype, like)

    def _joined(self, eqn: Eqn) -> np.ndarray[Any, Any]:
        if eqn not in self.joined:
            self.joined[eqn] = np.empty(eqn.output.shape, eqn.output.dtype)
            self.pool.bytes += self.joined[eqn].nbytes
        return self.joined[eqn]

    def _finished(self, i: int, eqn: Eqn, target: Var) -> bool:
        """Whether nobody reads an input's memory after equation ``i``, and ``i`` itself reads it entry by entry."""
        memory = self.storage[target]
        for var in self.graph.inputs:
            shared = var is target or np.may_share_memory(self.storage[var], memory)
            if shared and self.last_use.get(var, -1) > i:
                return False
        reads = [a for a in eqn.inputs if isinstance(a, Var) and a is not target]
        return not any(np.may_share_memory(self.storage[a], memory) for a in reads if np.ndim(self.storage[a]))

    def _copy_updates(self, updates: dict[int, int]) -> None:
        """Outputs that could not be computed in the memory of their input are copied there at the end."""
        targets = {i: self.inputs_array(i) for i in updates.values()}
        for o, value in enumerate(self.outputs):
            others = [memory for i, memory in targets.items() if i != updates.get(o)]
            if isinstance(value, np.ndarray) and any(np.may_share_memory(value, memory) for memory in others):
                self.outputs[o] = np.empty_like(value)  # what it was before an update is written over it
                self.calls.append(Call(np.copyto, (self.outputs[o], value), "keep"))
        for o, i in updates.items():
            if self.outputs[o] is not targets[i]:
                self.calls.append(Call(np.copyto, (targets[i], self.outputs[o]), "update"))
            self.outputs[o] = targets[i]

    def inputs_array(self, i: int) -> np.ndarray[Any, Any]:
        array: np.ndarray[Any, Any] = self.storage[self.graph.inputs[i]]
        return array
